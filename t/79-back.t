#!/usr/bin/env python3
"""The way back, with a real Postfix in both directions: what a phone writes arrives as mail in the
thread of the mail that it answers; a bounce comes back to the phone as an SMS; who wrote a mail that
fails is told; an automatic answer makes no loop; and no text or name gets into a header."""
import email
import email.policy
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()
RETURN_PATH = r"bounce-[0-9a-z]{30}-[0-9a-z]{16}@sms\.example\.com"


def mo(text, sender, number="10690123", date="2026-11-24T10:30:00Z"):
    return phone_writes(LISTEN, text, sender, number, date)


def read(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def plain(m):
    return m.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_first(g):
    """A phone begins."""
    equal(mo("bea@sink.example Lunch?", "+4915557001"), 200, "the platform hears that it was taken")
    got = g.sink.arrive("bea@sink.example")
    if not ok(len(got) == 1, "the mail arrives", g.log("triviumd")[-2000:]):
        return
    m = read(got[0])
    equal(m["From"], "+4915557001@sms.example.com", "from the number")
    equal(m["To"], "bea@sink.example", "to whom the text names")
    equal(plain(m), "Lunch?\n", "the text without the address")
    ok(re.fullmatch(r"<[0-9A-Z]{26}@sms\.example\.com>", m["Message-Id"] or ""), "a Message-ID of ours",
       m["Message-Id"])
    equal(m["Date"].datetime.strftime("%F %T %z"), "2026-11-24 10:30:00 +0000", "the date is the phone's")
    ok(m["Auto-Submitted"] is None, "a person wrote it")
    ok(re.fullmatch(RETURN_PATH, g.sink.senders[-1]), "a signed return path", g.sink.senders)
    equal(mo("bea@sink.example Lunch?", "+4915557001"), 200, "the same again is taken")
    mo("bea@sink.example Coffee?", "+4915557001", date="2026-11-24T10:31:00Z")
    g.sink.arrive("bea@sink.example", 2)
    equal([plain(read(x)) for x in g.sink.to("bea@sink.example")], ["Lunch?\n", "Coffee?\n"],
          "and makes no second mail")


def test_names(g):
    """Who is in the users table has a name in mail, and a phone by it."""
    with open(f"{g.dir}/users", "w") as f:
        f.write('hal name="Hal \u00d6sterberg" tel=+4915557011\n+4915557011 name="Hal \u00d6sterberg"\n')
    subprocess.run(["postmap", "-c", f"{g.dir}/postfix", f"hash:{g.dir}/users"], check=True)
    mo("ivy@sink.example Hi", "+4915557011")
    got = g.sink.arrive("ivy@sink.example")
    equal([str(read(x)["From"]) for x in got], ["Hal \u00d6sterberg <+4915557011@sms.example.com>"], "the name in From")
    ok(g.send(Mail("Hello Hal", sender="ivy@sink.example"), "hal@sms.example.com").startswith("250"),
       "a mail to a name is taken")
    ok(any("Hello Hal" in t for t in g.arrive("+4915557011")), "and reaches that phone", g.texts("+4915557011"))
    said = g.rcpt("nobody@sms.example.com")
    ok(said.startswith("550 5.1.3"), "a name that is none is no number", said)


def test_thread(g):
    """A mail, a phone's answer, the answer to that, and so on: one thread."""
    first = Mail("Are you coming?", subject="Dinner", sender="cleo@sink.example")
    ok(g.send(first, "+4915557002@sms.example.com").startswith("250"), "a mail to a phone")
    g.arrive("+4915557002")
    number = g.messages("+4915557002")[0]["sender"].removeprefix("tel:")
    mo("Yes, at eight. \u4f60\u597d \U0001f389", "+4915557002", number)
    got = g.sink.arrive("cleo@sink.example")
    if not ok(len(got) == 1, "the answer arrives", g.log("triviumd")[-2000:]):
        return
    one = read(got[0])
    equal(plain(one), "Yes, at eight. \u4f60\u597d \U0001f389\n", "as it was written")
    equal(one["In-Reply-To"], first.message_id, "it answers the mail")
    equal(one["References"], first.message_id, "and stands in its thread")
    equal(one["Subject"], "Re: Dinner", "with its subject")
    reply = Mail("Great", subject="Re: Dinner", sender="cleo@sink.example", headers=[
        f"In-Reply-To: {one['Message-Id']}", f"References: {first.message_id} {one['Message-Id']}"])
    to = one["From"].addresses[0].addr_spec
    ok(g.send(reply, to).startswith("250"), "the mail user answers to the address in From")
    g.arrive("+4915557002", 2)
    mo("See you", "+4915557002", number, date="2026-11-24T11:00:00Z")
    two = read(g.sink.arrive("cleo@sink.example", 2)[1])
    equal(two["In-Reply-To"], reply.message_id, "the next answer answers that")
    ok(first.message_id in (two["References"] or ""), "and is in the same thread", two["References"])


HOSTILE = ["x\r\nBcc: evil@sink.example\r\n\r\nbody", "\u202eevil\u2066", "=?utf-8?q?=0aBcc:_evil@sink.example?=",
           ".\r\nMAIL FROM:<a@b>\r\n.", "From evil\n.\n..\nx", "<b>&amp;</b>", "'; DROP TABLE x", "a" * 1000,
           "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 30]


def test_hostile(g):
    number = 0
    for text in HOSTILE:
        number += 1
        phone = f"+491555710{number:02}"
        equal(mo(f"dora@sink.example ({text[:40]}) {text}", phone), 200, f"taken: {text[:20]!r}")
    got = g.sink.arrive("dora@sink.example", number)
    equal(len(got), number, "every one arrives once")
    allowed = {"Received", "From", "To", "Date", "Subject", "Message-Id", "MIME-Version", "Content-Type",
               "Content-Transfer-Encoding", "X-Trivium-Loop"}
    strange = [set(read(x).keys()) - allowed for x in got]
    ok(not any(strange), "with no field more than ours and Postfix's", strange)
    ok(not g.sink.to("evil@sink.example"), "and nothing to anybody else")
    ok(not any(re.search("[\u202a-\u202e\u2066-\u2069]", str(read(x)["Subject"])) for x in got),
       "no bidi mark in a subject")


def test_refused_at_once(g):
    """The relay itself knows that the mailbox does not exist."""
    mo("nobody@virt.example Hello", "+4915557201")
    texts = g.arrive("+4915557201")
    ok(len(texts) == 1 and "nobody@virt.example" in texts[0] and "no such address" in texts[0],
       "the phone is told that there is no such mailbox", texts, g.log("triviumd")[-1500:])


def test_bounce(g):
    """The relay takes it, and reports later."""
    g.sink.refuse["gone@sink.example"] = "550 5.1.1 <gone@sink.example>: no such user here"
    mo("gone@sink.example Hello", "+4915557202")
    texts = g.arrive("+4915557202")
    ok(len(texts) == 1 and "gone@sink.example" in texts[0], "the phone is told of the bounce", texts,
       g.log("triviumd")[-2500:], g.log("milter")[-1000:])
    job = g.jobs_of("+4915557202")
    ok("failed" in job and "no such user here" in job, "the message's history has it", job)
    equal([m for m in g.mailq() if "bounce-" in str(m)], [], "nothing stays in Postfix")
    time.sleep(1)
    equal(len(g.texts("+4915557202")), 1, "told once")


def path_of(g, phone, rcpt):
    mo(f"{rcpt} Hello", phone)
    wait_for(lambda: g.sink.to(rcpt))
    at = next(i for i, (rcpts, _) in enumerate(g.sink.mails) if rcpt in rcpts)
    return g.sink.senders[at]


def answer(g, path, subject, headers=(), text="I am away", sender=""):
    return g.send(Mail(text, subject=subject, message_id="", headers=headers), path, sender=sender)


def test_answers(g):
    """What else comes back to a return path."""
    path = path_of(g, "+4915557203", "eve@sink.example")
    said = answer(g, path, "Out of office: SMS", ["Auto-Submitted: auto-replied"])
    ok(said.startswith("250"), "an automatic answer is taken", said)
    ok(wait_for(lambda: "status=swallowed" in g.log("triviumd")), "and swallowed")
    ok(answer(g, path.upper().replace("SMS.EXAMPLE.COM", "sms.example.com"), "Automatic reply: SMS").startswith("250"),
       "in capitals, too")
    said = answer(g, path, "Re: SMS", text="Thanks", sender="eve@sink.example")
    ok(said.startswith("550 5.7.1"), "a person is told to write elsewhere", said)
    for bad, name in ((path.replace("bounce-0", "bounce-1", 1), "changed"), ("bounce-x@sms.example.com", "made up")):
        said = g.rcpt(bad, "")
        ok(said.startswith("550 5.1.1"), f"a return path that was {name} is refused at RCPT", said)
    said = g.rcpt(path, "", xclient="ADDR=192.0.2.66")
    ok(said.startswith("250"), "a report may come from anybody", said)
    said = g.rcpt("+4915557203@sms.example.com", "", xclient="ADDR=192.0.2.66")
    ok(said.startswith("5"), "a message may not", said)
    report = ("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nDelayed\n--b\n"
              "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; eve@sink.example\n"
              "Action: {}\nStatus: {}\n--b--\n")

    def returns(action, status):
        headers, body = report.format(action, status).split("\n\n", 1)
        return g.send(Mail(subject="Report", headers=["MIME-Version: 1.0", headers], body=body.encode()),
                      path, sender="")
    ok(returns("delayed", "4.4.1").startswith("250"), "a report of a delay is taken")
    time.sleep(1)
    equal(g.texts("+4915557203"), [], "none of these reaches the phone")
    for n in range(3):
        ok(returns("failed", "5.2.2").startswith("250"), "a report of failure is taken")
    texts = g.arrive("+4915557203")
    time.sleep(1)
    equal(len(g.texts("+4915557203")), 1, "three times the same is told once")
    ok(texts and "mailbox is full" in texts[0], "and says why", texts)


def test_responder(g):
    """A responder that answers to the address in From, as some do."""
    mo("kim@sink.example Hello", "+4915557204")
    m = read(g.sink.arrive("kim@sink.example")[0])
    auto = Mail("I am away", subject="Out of office: SMS", sender="kim@sink.example",
                headers=["Auto-Submitted: auto-replied", f"In-Reply-To: {m['Message-Id']}"])
    ok(g.send(auto, "+4915557204@sms.example.com").startswith("250"), "its answer is taken")
    ok(wait_for(lambda: f"{m['Message-Id'][1:27]}: from=<mailto:kim@sink.example>, status=swallowed" in
                g.log("triviumd")), "and swallowed")
    alarm = Mail("Disk full", subject="Alarm", sender="kim@sink.example", headers=["Auto-Submitted: auto-generated"])
    g.send(alarm, "+4915557204@sms.example.com")
    texts = g.arrive("+4915557204")
    ok(len(texts) == 1 and "Disk full" in texts[0], "while an alarm reaches the phone", texts)


def test_picture(g):
    """A picture alone, to a platform that has no MMS: the phone is told what there was."""
    head = ["MIME-Version: 1.0", "Content-Type: image/png; name=\"photo.png\"", "Content-Transfer-Encoding: base64"]
    said = g.send(Mail(sender="lea@sink.example", headers=head, body=b"iVBORw0KGgoAAAANSUhEUgAAAQAAAAEA\n"),
                  "+4915557205@sms.example.com")
    ok(said.startswith("250"), "a mail that is nothing but a picture is taken", said)
    equal(g.arrive("+4915557205"), ["[photo.png]"], "and its name is shown")


def test_author(g):
    """A mail to a phone that fails: its author gets a report that programs can read."""
    g.faults({"match": {"number": "+4915557301"}, "do": "fault:SVC0004"})
    mail = Mail("Hello", subject="Caf\u00e9", sender="fay@sink.example")
    ok(g.send(mail, "+4915557301@sms.example.com", options=["ENVID=abc", "RET=HDRS"]).startswith("250"), "taken")
    got = g.sink.arrive("fay@sink.example")
    g.no_faults()
    if not ok(len(got) == 1, "the author is told", g.log("triviumd")[-2500:]):
        return
    m = read(got[0])
    equal(g.sink.senders[-1], "", "from the null sender")
    equal(m.get_content_type(), "multipart/report", "by a report")
    status = list(m.iter_parts())[1].get_payload()
    equal((status[0]["Original-Envelope-Id"], status[1]["Action"]), ("abc", "failed"), "with its fields")
    ok("4915557301" in status[1]["Final-Recipient"], "of the recipient", status[1])
    equal(m["In-Reply-To"], mail.message_id, "in the mail's thread")
    equal(m["Auto-Submitted"], "auto-replied", "marked as automatic")
    before = len(g.sink.to("fay@sink.example"))
    g.faults({"match": {"number": "+4915557302"}, "do": "fault:SVC0004"})
    g.send(Mail("x", sender="fay@sink.example", headers=["Auto-Submitted: auto-generated"]),
           "+4915557302@sms.example.com")
    g.send(Mail("y", sender="fay@sink.example"), "+4915557302@sms.example.com",
           rcpt_options=["NOTIFY=NEVER"])
    g.idle()
    time.sleep(1)
    g.no_faults()
    equal(len(g.sink.to("fay@sink.example")), before, "no report about an automatic mail, and none where none is wanted")


def test_later(g):
    """The relay is away: nothing is lost, and what was taken arrives when it is back."""
    g.sh('postfix_stop "$dir/postfix"')
    equal(mo("gil@sink.example Are you there?", "+4915557401"), 200, "taken though Postfix is down")
    ok(wait_for(lambda: "transport mail is paused" in g.log("triviumd")), "mail waits")
    g.sh('postfix_start "$dir/postfix"')
    equal(len(g.sink.arrive("gil@sink.example")), 1, "and arrives once Postfix is back")


class Back(Gateway):
    def jobs_of(self, phone):
        ids = re.findall(rf"([0-9A-Z]{{26}}): mta=-, from=<tel:\{phone}>", self.log("triviumd"))
        return "\n".join(self.history(i) for i in ids)


gateway = Back("79-back", start=False, bridge=[f'listen = "127.0.0.1:{LISTEN}"'],
         sdp=[f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"', "extensions = 2"],
         conf='mail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n',
         postfix=["virtual_mailbox_domains = virt.example", "virtual_mailbox_maps = inline:{somebody@virt.example=x}",
                  "virtual_mailbox_base = /nonexistent"])
gateway.change("tables {", [f'users = "hash:{gateway.dir}/users"'])
with open(f"{gateway.dir}/users", "w") as users:
    users.write("somebody name=x\n")
subprocess.run(["postmap", "-c", f"{gateway.dir}/postfix", f"hash:{gateway.dir}/users"], check=True)
gateway.start()
run(gateway,
    test_first, test_names, test_thread, test_hostile, test_refused_at_once, test_bounce, test_answers,
    test_responder, test_picture, test_author, test_later)
