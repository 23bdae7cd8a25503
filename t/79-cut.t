#!/usr/bin/env python3
"""What was too long for a phone: its author is told how much was left out, and which attachments, once,
unless nobody wants to know; quotas count what is sent, not what was written; and a link leads to all of
it."""
import email
import email.message
import email.policy
import os
import re
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, run, wait_for  # noqa: E402

LISTEN = free_port()
WORDS = "A rather long text that no phone will show as a whole. " * 40


def read(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def test_told(g):
    mail = Mail(WORDS, subject="Minutes", sender="ann@sink.example")
    equal(g.send(mail, "+4915550001@sms.example.com", "+4915550002@sms.example.com")[:3], "250", "a long mail")
    g.arrive("+4915550001")
    ok(g.texts("+4915550001")[0].endswith("..."), "arrives with an ellipsis at its end")
    got = g.sink.arrive("ann@sink.example")
    if not ok(len(got) == 1, "its author gets a note", g.log("triviumd")[-3000:]):
        return
    m = read(got[0])
    text = m.get_body(("plain",)).get_content()
    equal(m["Subject"], "Shortened: Minutes", "which says so in its subject")
    ok("Left out: " in text and "+4915550001" in text and "+4915550002" in text, "how much, for both phones", text)
    equal(m["Auto-Submitted"], "auto-replied", "it is automatic")
    equal(g.sink.senders[-1], "", "from nobody")
    ok(m.get_content_type() == "text/plain", "and no delivery status, which nobody asked for", m.get_content_type())
    time.sleep(1)
    equal(len(g.sink.to("ann@sink.example")), 1, "once")


def with_files(sender, text, **files):
    m = email.message.EmailMessage()
    m["From"], m["Subject"], m["Date"] = sender, "Plan <b>", "Tue, 24 Nov 2026 10:00:00 +0000"
    m["Message-ID"] = f"<{os.urandom(8).hex()}@files.example>"
    m.set_content(text)
    for name, (kind, data) in files.items():
        major, minor = kind.split("/")
        m.add_attachment(data, major, minor, filename=name)
    mail = Mail(sender=sender)
    mail.head, mail.body = m.as_bytes().replace(b"\n", b"\r\n").split(b"\r\n\r\n", 1)
    mail.head += b"\r\n"
    return mail


def test_files(g):
    """A short text, and attachments that an SMS does not show."""
    mail = with_files("fay@sink.example", "See these.", **{
        "report.pdf": ("application/pdf", b"%PDF-1.4"), "photo.png": ("image/png", os.urandom(999)),
        "invite.ics": ("text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")})
    equal(g.send(mail, "+4915550008@sms.example.com")[:3], "250", "a short mail with attachments")
    got = g.sink.arrive("fay@sink.example")
    if ok(len(got) == 1, "its author gets a note", g.log("triviumd")[-3000:]):
        text = read(got[0]).get_body(("plain",)).get_content()
        ok("Not shown: report.pdf, photo.png" in text and "ics" not in text and "Left out: " not in text, "which names them", text)


def test_untold(g):
    g.send(Mail("short", sender="bob@sink.example"), "+4915550003@sms.example.com")
    g.send(Mail(WORDS, sender="cleo@sink.example"), "+4915550003@sms.example.com", rcpt_options=("NOTIFY=NEVER",))
    g.send(Mail(WORDS, sender="dora@sink.example", headers=("Auto-Submitted: auto-generated",)),
           "+4915550003@sms.example.com")
    g.send(Mail(WORDS, sender="eve@sink.example"), "+4915550003@sms.example.com")
    ok(g.sink.arrive("eve@sink.example"), "who wants to know is told")
    for who in ("bob", "cleo", "dora"):
        equal(g.sink.to(f"{who}@sink.example"), [], f"{who} is not")


def test_quota(g):
    """300 characters a mail, cut to one segment: six of them are six segments."""
    for i in range(6):
        equal(g.send(Mail(f"{i} " + WORDS, sender="quota@sink.example"), "+4915550004@sms.example.com")[:3], "250",
              f"segment {i + 1} of six")
    said = g.send(Mail("7", sender="quota@sink.example"), "+4915550004@sms.example.com")
    ok(said.startswith("550 5.7.1"), "then the quota is used up", said)
    ok(wait_for(lambda: len(g.texts("+4915550004")) == 6) and all(len(t) <= 160 for t in g.texts("+4915550004")),
       "and each was one SMS, as the policy says", g.texts("+4915550004"))


def fetch(path):
    """Status, body, headers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{LISTEN}{path}", timeout=60) as r:
            return r.status, r.read(), r.headers
    except urllib.error.HTTPError as e:
        return e.code, e.read(), e.headers


def link_in(sms):
    found = re.search(r"https://sms\.example\.com/t/([0-9A-Z]{16})$", sms)
    return found and found.group(1)


def test_link(g):
    nasty = 'A <script>alert("x")</script> & more. ' * 40 + "The very end."
    picture, pdf = b"\x89PNG\r\n\x1a\n" + os.urandom(3000), b"%PDF-1.4" + os.urandom(5000)
    mail = with_files("ann@link.example", nasty + "\n\nOn Mon, 23 Nov 2026 at 10:00, Bob <bob@example.org> "
                      "wrote:\n> What is the plan?\n", **{'../we"ird.png': ("image/png", picture),
                                                          "report.pdf": ("application/pdf", pdf),
                                                          "big.zip": ("application/zip", os.urandom(9 << 20))})
    equal(g.send(mail, "+4915550005@link.example.com")[:3], "250", "a long mail with attachments; the section has cut = link")
    g.arrive("+4915550005")
    sms = g.texts("+4915550005")[0]
    token = link_in(sms)
    if not ok(token and len(sms) <= 306, "the SMS ends in a link and keeps its two segments", sms):
        return
    status, body, head = fetch(f"/t/{token}")
    page = body.decode()
    equal(status, 200, "which leads to a page")
    ok("The very end." in page and "What is the plan?" in page, "with the whole text, quotes too", page[-2000:])
    ok("<script>" not in page and "Plan &#60;b&#62;" in page, "in which strangers' words are words")
    ok("report.pdf</a> (6 kB)" in page and "Not kept here: big.zip" in page, "and all attachments, but what is too large",
       page[-800:])
    ok("default-src 'none'" in head["Content-Security-Policy"] and head["X-Content-Type-Options"] == "nosniff",
       "and the browser is told so")
    status, body, head = fetch(f"/t/{token}/0")
    equal((status, body), (200, picture), "the attachment as it was")
    ok(head["Content-Disposition"].startswith("attachment;") and "/" not in head["Content-Disposition"],
       "to be saved, by a safe name", head["Content-Disposition"])
    status, body, head = fetch(f"/t/{token}/1")
    equal((status, body, head["Content-Type"]), (200, pdf, "application/octet-stream"), "and so is the other")
    for path in (f"/t/{token}/2", f"/t/{token}/x", f"/t/{token}x", "/t/0000000000000000", "/t/", f"/t/{token[:-1]}"):
        equal(fetch(path)[0], 404, f"nothing at {path}")
    g.end("triviumd", 9)
    g.change("bridge {", ('link_time = "1 s"',))
    g.start_bridge()
    equal(fetch(f"/t/{token}")[0], 200, "it outlives a kill")
    g.send(with_files("ann@link.example", "short"), "+4915550006@link.example.com")
    g.arrive("+4915550006")
    equal(g.texts("+4915550006"), ["Plan <b>\nshort"], "what is shown as a whole has no link")
    g.send(with_files("ann@link.example", "file", **{"a.pdf": ("application/pdf", pdf)}), "+4915550007@link.example.com")
    g.arrive("+4915550007")
    token = link_in(g.texts("+4915550007")[0])
    ok(token, "a file alone has one", g.texts("+4915550007"))
    ok(wait_for(lambda: fetch(f"/t/{token}")[0] == 410), "and its time ends")


def test_link_quota(g):
    """146 to 160 characters, and a link makes two segments of each: five segments are two such mails."""
    for i, code in enumerate(("250", "250", "550")):
        mail = with_files("payer@sink.example", f"{i}" + "x" * 140, **{"a.pdf": ("application/pdf", b"%PDF-1.4")})
        equal(g.send(mail, "+4915550009@link.example.com")[:3], code, f"mail {i + 1}, of two segments with its link")


def main():
    g = Gateway("cut", start=False, sdp=('cut = "link"',), postfix=("message_size_limit = 20000000",),
                domains={"sms.example.com": "phone:operator-a cut=ellipsis",
                         "link.example.com": "phone:operator-a segments=2"},
                bridge=('report_gather = "100 ms"', f'listen = "127.0.0.1:{LISTEN}"',
                        'link_url = "https://sms.example.com/t"', 'link_time = "1 h"'),
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"',))
    with open(f"{g.dir}/policy", "w") as f:
        f.write("quota@sink.example segments=1 daily_segments=6\npayer@sink.example daily_segments=5\n")
    g.sh('postmap -c "$dir/postfix" "hash:$dir/policy"')
    g.start()
    return run(g, test_told, test_files, test_untold, test_quota, test_link_quota, test_link)


if __name__ == "__main__":
    sys.exit(main())
