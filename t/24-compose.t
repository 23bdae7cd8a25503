#!/usr/bin/env python3
"""Mail made of messages, read by another program's parser: what a person wrote, and reports. Nothing
that a stranger wrote adds a field or a part, or moves to where it does not belong."""
import email
import email.policy
import os
import re
import subprocess
import sys

B = os.environ.get("B", ".build/plain")
ID = "01KAYC2M5T9WZ8X7Y6V5R4Q3P2"
count = failed = 0
PERSON = {"X-Trivium-Loop", "Date", "From", "To", "Subject", "Message-Id", "In-Reply-To", "References", "MIME-Version",
          "Content-Type", "Content-Transfer-Encoding"}


def ok(good, name, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            for line in str(s).splitlines()[:40]:
                print("#   " + line[:300])
    return good


def equal(got, want, name):
    return ok(got == want, name, f" got: {got!r}", f"want: {want!r}")


def field(name, value):
    data = value if isinstance(value, bytes) else str(value).encode()
    return name.encode() + b"=" + str(len(data)).encode() + b":" + data + b"\n"


def formatted(to="mailto:ann@example.org", parts=(), **fields):
    fields = {"id": ID, "from": "tel:+4915112345678", "arrived": 1764000000, "text": "Hi", **fields}
    data = b"".join(field(n, v) for n, v in fields.items() if v is not None)
    data += field("rcpt", "") + field("to", to)
    for kind, name, content in parts:
        data += field("part", kind)
        if name is not None:
            data += field("part_name", name)
        data += field("part_bytes", content)
    return data


def raw(**fields):
    return subprocess.run([B + "/t/composer"], input=formatted(**fields), capture_output=True)


def mail(**fields):
    p = raw(**fields)
    ok(p.returncode == 0, "composed", p.stderr.decode(errors="replace"))
    out = p.stdout
    lines = out.split(b"\r\n")
    good = all(len(l) <= 998 and b"\n" not in l and b"\r" not in l for l in lines)
    ok(good and all(c < 128 and c for c in out), "7 bit, no NUL, lines end in CR LF, none is too long",
       out[:2000])
    m = email.message_from_bytes(out, policy=email.policy.default)
    defects = [d for p in m.walk() for d in p.defects]
    ok(not defects, "the parser finds no fault", defects, out[:3000])
    return m


def text_of(m):
    body = m.get_body(("plain",))
    return body.get_content().replace("\r\n", "\n")


def test_person():
    m = mail(text="Hello Ann,\nsee you\n", name="Bob Brown", date="Tue, 24 Nov 2026 10:00:00 +0100",
             subject="Re: Lunch?", in_reply_to="<a@example.org>",
             references="<root@example.org> <a@example.org>")
    equal(m["From"], "Bob Brown <+4915112345678@sms.example.com>", "From: name and number")
    equal(m["To"], "ann@example.org", "To")
    equal(m["Subject"], "Re: Lunch?", "Subject")
    equal(m["Message-Id"], f"<{ID}@sms.example.com>", "Message-ID is the message's own id")
    equal(m["In-Reply-To"], "<a@example.org>", "In-Reply-To")
    equal(m["References"].split(), ["<root@example.org>", "<a@example.org>"], "References")
    equal(m["Date"].datetime.isoformat(), "2026-11-24T10:00:00+01:00", "Date is the network's")
    equal(text_of(m), "Hello Ann,\nsee you\n", "the text")
    equal(m["Content-Transfer-Encoding"], "7bit", "ASCII stands as it is")
    ok(set(m.keys()) <= PERSON and m["Auto-Submitted"] is None, "no other fields", m.keys())
    m = mail(in_reply_to="<a@example.org>")
    equal(m["References"], "<a@example.org>", "References are at least what is answered")
    m = mail(date="yesterday")
    equal(m["Date"].datetime.timestamp(), 1764000000, "a date that is none: when it arrived")
    equal(m["Subject"], "SMS from +4915112345678", "no subject: the number")
    equal(m["From"], "+4915112345678@sms.example.com", "no name: the address alone")
    m = mail(**{"from": "xmpp:juliet@im.example.com/balcony"})
    equal(m["From"], "juliet@im.example.com", "a JID of our domain")
    m = mail(**{"from": "xmpp:juliet@capulet.lit"})
    equal(m["From"], "juliet%capulet.lit@im.example.com", "a JID of another domain")
    m = mail(automatic="1")
    equal(m["Auto-Submitted"], "auto-generated", "what a program wrote says so")


def test_texts():
    for name, text in (
            ("Chinese", "你好,明天见!\n" * 30), ("emoji", "👩‍👩‍👧 🎉\n"), ("one thousand", "x" * 1000 + "\n"),
            ("a long line of words", "words " * 400 + "\n"), ("accents", "Grüße aus Köln\n"),
            ("From at a line's start", "From here\n.\n..\nFrom there\n"), ("trailing blanks", "a  \nb\t\n"),
            ("an equals sign", "a=3D=\nb=\n"), ("not encoded words", "=?utf-8?q?x?=\n")):
        m = mail(text=text)
        equal(text_of(m), text, f"the text stays: {name}")
    m = mail(text="a\r\nb\rc\x01\x1b[31m\n")
    equal(text_of(m), "a\nb\nc[31m\n", "controls are left out, line ends are one kind")
    m = mail(text="cut", full="the whole text")
    equal(text_of(m), "the whole text\n", "the whole text where it is known")
    m = mail(text="")
    equal(text_of(m).strip(), "", "an empty text is a mail")


HOSTILE = ["a\r\nBcc: evil@example.net", "a\nX-Evil: 1", "a\r\n\r\n<b>body</b>", "a\rX-Evil: 1",
           "\u202eevil\u202c\u2066x", "x" * 5000, "\U0001f47b \U0001f1e9\U0001f1ea", '"quote\\" <evil@example.net>',
           "a, b; c: <x@y>", "=?utf-8?q?=0d=0aX-Evil:_1?=", "\x1b]0;title\x07", "\u2028X-Evil: 1", "\x85X: 1",
           "(comment)", "@example.net"]


def test_hostile():
    for text in HOSTILE:
        m = mail(name=text, subject=text, text=text, date=text, in_reply_to=text, references=text)
        name = repr(text[:30])
        ok(set(m.keys()) <= PERSON and len(m.keys()) == len(set(m.keys())), f"no field is added: {name}",
           m.items())
        equal(m["From"].addresses[0].addr_spec, "+4915112345678@sms.example.com", f"one sender: {name}")
        equal([a.addr_spec for a in m["To"].addresses], ["ann@example.org"], f"one recipient: {name}")
        shown = m["From"].addresses[0].display_name + m["Subject"]
        ok(not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", shown),
           f"neither controls nor bidi marks are shown: {name}", repr(shown))
        ok(len(m["Subject"]) <= 1000 and len(m["From"].addresses[0].display_name) <= 210,
           f"bounded (its parser puts blanks between encoded words): {name}", len(m["Subject"]), len(m["From"].addresses[0].display_name))
    m = mail(name="Łukasz Żółć")
    equal(m["From"].addresses[0].display_name, "Łukasz Żółć", "a name beyond ASCII")
    ids = " ".join(f"<{i}@example.org>" for i in range(100)) + " <bad id@x> nonsense <a\r\nX-Evil: 1@b>"
    m = mail(references=ids)
    got = m["References"].split()
    equal((got[0], got[-1], len(got)), ("<0@example.org>", "<99@example.org>", 20),
          "References keep the first and the last")
    for to in ("mailto:a\r\nRCPT TO:<evil@example.net>@example.org", "mailto:nobody", "mailto:",
               "tel:", "urn:x"):
        p = raw(to=to)
        ok(p.returncode == 1 or (to == "mailto:"), f"no mail to {to!r}", p.stdout[:300])
    p = raw(**{"from": "tel:+49\r\nX: 1"})
    ok(p.returncode == 1, "a number that ends the line is refused", p.stdout[:300])
    m = mail(to='mailto:"john doe"@example.org')
    ok('"john doe"@example.org' in str(m["To"]), "a quoted local part", m["To"])


JPEG = bytes(range(256)) * 800


def test_parts():
    m = mail(text="Look", parts=[
        ("application/smil", "show.smil", b"<smil/>"), ("image/jpeg", "IMG_1.jpg", JPEG),
        ("text/plain", "t.txt", "and then \u00fc\n".encode()), ("audio/amr", None, b"#!AMR\n\x00")])
    parts = list(m.iter_parts())
    equal([p.get_content_type() for p in parts], ["text/plain", "image/jpeg", "text/plain", "audio/amr"],
          "parts in order, the order of show left out")
    equal(m.get_content_type(), "multipart/mixed", "mixed")
    equal(parts[1].get_content(), JPEG, "a picture of 200 kB byte for byte")
    equal(parts[1].get_filename(), "IMG_1.jpg", "its name")
    equal(parts[2].get_content().replace("\r\n", "\n"), "and then \u00fc\n", "a text between")
    equal(parts[3].get_filename(), "sound-3.amr", "a name for what has none")
    m = mail(text="Look", parts=[("text/plain", "t.txt", b"Look\n")])
    equal(m.get_content_type(), "text/plain", "a text that is the message's is not repeated")
    m = mail(text="", parts=[("image/gif", "a.gif", b"GIF89a")])
    equal(m.get_content_type(), "image/gif", "a picture alone")
    names = [("../../etc/passwd", "passwd.jpg"), ("C:\\x\\y.jpg", "y.jpg"), ("..", "picture-1.jpg"),
             ("a\r\nX-Evil: 1.jpg", "a X-Evil_ 1.jpg"), ("\u202egpj.exe", "gpj.exe"), ("b\u00fc\u4f60.jpg", "b\u00fc\u4f60.jpg"),
             ('q"uo;te.jpg', "q_uo;te.jpg"), ("noending", "noending.jpg"), (".hidden", "hidden.jpg"),
             ("\u4f60" * 200 + ".jpg", "\u4f60" * 33 + ".jpg")]
    for given, want in names:
        m = mail(parts=[("image/jpeg", given, b"\xff\xd8")])
        part = list(m.iter_parts())[1]
        equal(part.get_filename(), want, f"a safe name of {given[:30]!r}")
        ok(set(m.keys()) <= PERSON and set(part.keys()) <= {"Content-Type", "Content-Disposition",
                                                           "Content-Transfer-Encoding"},
           "no field is added", part.keys())
    for kind in ("multipart/mixed; boundary=x", "message/rfc822", "image/jpeg\r\nX-Evil: 1", "nonsense", ""):
        m = mail(parts=[(kind, "x", b"From: evil\r\n\r\nx")])
        part = list(m.iter_parts())[1]
        equal(part.get_content_type(), "application/octet-stream", f"a strange type is bytes: {kind!r}")


REPORT = ("Reporting-MTA: dns; sms.example.com\nArrival-Date: Tue, 24 Nov 2026 10:00:00 +0000\n\n"
          "Final-Recipient: rfc822; +4915112345678@sms.example.com\nAction: failed\nStatus: 5.1.1\n"
          "Diagnostic-Code: x-sms; absent\n")
HEAD = "From: Ann <ann@example.org>\nTo: +4915112345678@sms.example.com\nSubject: Caf\u00e9\nMessage-ID: <a@example.org>\n"


def test_report():
    m = mail(**{"from": "mailto:"}, about="01KAYC2M5T9WZ8X7Y6V5R4Q3P1", action="failed", report=REPORT,
             text="It did not arrive.\n", subject="Lunch?", head=HEAD, in_reply_to="<a@example.org>")
    equal(m.get_content_type(), "multipart/report", "a report")
    equal(m.get_param("report-type"), "delivery-status", "of delivery")
    parts = list(m.iter_parts())
    equal([p.get_content_type() for p in parts],
          ["text/plain", "message/delivery-status", "text/rfc822-headers"], "three parts (RFC 6522)")
    groups = parts[1].get_payload()
    equal(groups[1]["Action"], "failed", "its fields can be read")
    equal(groups[1]["Status"], "5.1.1", "its status can be read")
    ok("Subject: Caf\u00e9" in parts[2].get_content(), "the third part is the header", parts[2])
    equal(m["From"], "Mail Delivery System <MAILER-DAEMON@sms.example.com>", "From")
    equal(m["Reply-To"], "postmaster@example.com", "who answers for it")
    equal(m["Auto-Submitted"], "auto-replied", "Auto-Submitted (RFC 3834)")
    equal(m["X-Auto-Response-Suppress"], "All", "the same for Exchange")
    equal(m["Subject"], "Undelivered: Lunch?", "Subject")
    equal((m["In-Reply-To"], m["References"]), ("<a@example.org>", "<a@example.org>"), "its thread")
    for action, word in (("delivered", "Delivered"), ("delayed", "Delayed"), ("relayed", "Relayed")):
        m = mail(**{"from": "mailto:"}, about=ID, action=action, report=REPORT, subject="Lunch?")
        equal(m["Subject"], f"{word}: Lunch?", f"Subject when {action}")
    m = mail(**{"from": "mailto:"}, about=ID, action="failed", report=REPORT + "X: \u00fc\n", subject="\r\nX: 1",
             head="Subject: x\r\n\r\n--=_evil\r\nContent-Type: text/html\r\n\r\n<b>\n")
    equal(len(list(m.iter_parts())), 3, "a hostile header adds no part")
    m = mail(**{"from": "mailto:"}, about=ID, action="failed", report=REPORT + "X-Long: " + "x" * 5000 + "\n")
    equal(len(list(m.iter_parts())[1].get_payload()[1]["X-Long"].replace("\n", "").replace(" ", "")
              .replace("\r", "")), 5000, "a long field is folded, not cut")


for test in (test_person, test_texts, test_hostile, test_parts, test_report):
    test()
print(f"1..{count}")
sys.exit(failed > 0)
