#!/usr/bin/env python3
"""What comes back to a return path: reports with fields for programs, as of RFC 3464; reports that tell
people only, in the manner of many mail servers; automatic answers; and what a person wrote."""
import base64
import os
import shutil
import subprocess
import sys
import tempfile

B = os.environ.get("B", ".build/plain")
WORK = tempfile.mkdtemp(prefix="trivium-bounce-")
count = failed = 0


def ok(good, name, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            print("#   " + str(s)[:500])


def read(mail, sender="-"):
    path = f"{WORK}/mail"
    with open(path, "wb") as f:
        f.write(mail if isinstance(mail, bytes) else mail.replace("\n", "\r\n").encode())
    p = subprocess.run([B + "/t/bouncer", sender, path], capture_output=True, text=True, timeout=60)
    if p.returncode or p.stderr:
        return f"died: {p.stderr[-400:]}"
    return p.stdout.rstrip("\n")


def dsn(groups, subject="Undelivered Mail Returned to Sender", kind="message/delivery-status",
        head="", text="Your mail could not be delivered.\n", more="", encoding="", boundary='"b=_1"'):
    return f"""From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: bounce-x@sms.example.com
Subject: {subject}
{head}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary={boundary}

This is a MIME-encapsulated message.

--b=_1
Content-Type: text/plain; charset=us-ascii

{text}
--b=_1
Content-Description: Delivery report
Content-Type: {kind}
{encoding}
Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0000

{groups}
--b=_1
Content-Type: message/rfc822

From: +49@sms.example.com
Subject: 550 5.7.1 user unknown, mailbox full

Hello, Action: delivered
Status: 2.0.0
{more}
--b=_1--
"""


POSTFIX = """Final-Recipient: rfc822; nobody@example.net
Original-Recipient: rfc822;nobody@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.net>: Recipient address
    rejected: User unknown in local recipient table
"""
FIELDS = [
    ("as Postfix writes it", dsn(POSTFIX), "failed 5.1.1 smtp; 550 5.1.1 <nobody@example.net>: Recipient "
     "address rejected: User unknown in local recipient table"),
    ("an auto-replied one is a report still", dsn(POSTFIX, head="Auto-Submitted: auto-replied\n"), "failed 5.1.1"),
    ("a delay", dsn("Final-Recipient: rfc822; a@b\nAction: delayed\nStatus: 4.4.1\n"
                    "Will-Retry-Until: x\n"), "delayed 4.4.1 |"),
    ("delivered", dsn("Final-Recipient: rfc822; a@b\nAction: delivered\nStatus: 2.1.5\n"), "delivered 2.1.5 |"),
    ("relayed", dsn("Final-Recipient: rfc822; a@b\nAction: relayed (to mx)\nStatus: 2.1.9\n"), "relayed 2.1.9 |"),
    ("expanded", dsn("Final-Recipient: rfc822; a@b\nAction: EXPANDED\nStatus: 2.0.0\n"), "relayed 2.0.0 |"),
    ("of several recipients the failed one counts", dsn(
        "Final-Recipient: rfc822; a@b\nAction: delivered\nStatus: 2.0.0\n\n" + POSTFIX), "failed 5.1.1"),
    ("more than one empty line between groups", dsn("\n\n\n" + POSTFIX), "failed 5.1.1"),
    ("no empty line at all", dsn(POSTFIX).replace("+0000\n\nFinal", "+0000\nFinal"), "failed 5.1.1"),
    ("no Action: the status says it", dsn("Final-Recipient: rfc822; a@b\nStatus: 5.2.2 (full)\n"), "failed 5.2.2"),
    ("a failed one of class 4 has expired", dsn("Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 4.4.7\n"),
     "failed 5.4.7"),
    ("a status in the diagnostic says more", dsn(
        "Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.1.1 no\n"),
     "failed 5.1.1 smtp; 550-5.1.1 no"),
    ("no status", dsn("Final-Recipient: rfc822; a@b\nAction: failed\n"), "failed 5.0.0 |"),
    ("a nonsense status", dsn("Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 550\n"), "failed 5.0.0 |"),
    ("an international one", dsn(POSTFIX.replace("rfc822; nobody", "utf-8; n\u00f6body"),
                                 kind="message/global-delivery-status"), "failed 5.1.1"),
    ("a boundary without quotes", dsn(POSTFIX, boundary="b=_1"), "failed 5.1.1"),
    ("hostile bytes", dsn(POSTFIX.replace("User unknown", "\x1b]0;x\x07 \u202eevil")),
     "failed 5.1.1 smtp; 550 5.1.1 <nobody@example.net>: Recipient address rejected: ]0;x evil in"),
]


def simple(subject, text, sender="Mail Delivery System <MAILER-DAEMON@example.net>", head=""):
    return f"""From: {sender}
To: bounce-x@sms.example.com
Subject: {subject}
{head}
{text}
"""


WORDS = [
    ("qmail", simple("failure notice", """Hi. This is the qmail-send program at example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<nobody@example.net>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <bounce-x@sms.example.com>
Subject: mailbox full 452 4.2.2 over quota
"""), "failed 5.1.1 |Sorry, no mailbox here by that name. (#5.1.1)"),
    ("Exim", simple("Mail delivery failed: returning message to sender", """This message was created automatically.
A message that you sent could not be delivered to one or more of its recipients.

  nobody@example.net
    SMTP error from remote mail server after RCPT TO:<nobody@example.net>:
    host mx.example.net [192.0.2.1]: 550 Unrouteable address

------ This is a copy of the message, including all the headers. ------
Subject: x
""", head="X-Failed-Recipients: nobody@example.net\nAuto-Submitted: auto-replied\n"),
     "failed 5.1.2 smtp; 550 Unrouteable address|"),
    ("Exim warns", simple("Warning: message 1abc-0 delayed 24 hours", """A message has not yet been delivered to one
or more of its recipients after more than 24 hours. No action is required on your part.
""", head="Auto-Submitted: auto-replied\n"), "delayed 4.0.0 |"),
    ("Exchange", simple("Undeliverable: Lunch", """Your message did not reach some or all of the intended recipients.

The following recipient(s) could not be reached:
      nobody@example.net on 24.11.2026 10:00
            The e-mail account does not exist at the organization this message was sent to.
            <mx.example.net #5.1.1 smtp;550 5.1.1 User unknown>
"""), "failed 5.1.1 smtp; 550 5.1.1 User unknown>|"),
    ("Outlook, without codes", simple("Unzustellbar: Hallo", "Ihre Nachricht wurde nicht zugestellt.\n"
                                      "Der Empf\u00e4nger existiert nicht.\n"),
     "failed 5.1.1 |Der Empf\u00e4nger existiert nicht."),
    ("Gmail", simple("Delivery Status Notification (Failure)", """Address not found
Your message wasn't delivered to nobody@example.net because the address couldn't be found.
The response was:
550 5.1.1 The email account that you tried to reach does not exist.
""", head="X-Failed-Recipients: nobody@example.net\n"),
     "failed 5.1.1 smtp; 550 5.1.1 The email account that you tried to reach does not exist.|"),
    ("Gmail delays", simple("Delivery Status Notification (Delay)", "This is an automatically generated warning.\n"
                            "Gmail will retry for 46 more hours.\n"), "delayed 4.0.0 |"),
    ("Yahoo", simple("Failure Notice", """Sorry, we were unable to deliver your message to the following address.

<nobody@yahoo.example>:
554: delivery error: dd This user doesn't have a yahoo.example account (nobody@yahoo.example) [0]
"""), "failed 5.1.1 |554: delivery error"),
    ("Domino", simple("DELIVERY FAILURE: User nobody (nobody@example.net) not listed in Domino Directory",
                      "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  nobody@example.net\n\nbecause:\n\n"
                      "  User nobody (nobody@example.net) not listed in Domino Directory\n"),
     "failed 5.1.1 |User nobody (nobody@example.net) not listed in Domino Directory"),
    ("GroupWise", simple("Message status - undeliverable", "The message that you sent was undeliverable to the "
                         "following:\n    nobody (user not found)\n"), "failed 5.1.1 |nobody (user not found)"),
    ("Sendmail of old", simple("Returned mail: User unknown", """   ----- The following addresses had permanent fatal errors -----
<nobody@example.net>

   ----- Transcript of session follows -----
... while talking to mx.example.net.:
>>> RCPT To:<nobody@example.net>
<<< 553 5.3.0 <nobody@example.net>... No such user here
550 <nobody@example.net>... User unknown
"""), "failed 5.3.0 smtp; 553 5.3.0"),
    ("a full mailbox", simple("Returned mail", "nobody@example.net: the mailbox is full\n"), "failed 5.2.2 |"),
    ("only that it failed", simple("Undelivered mail", "It did not work.\n"), "failed 5.0.0 |"),
    ("Chinese", simple("=?utf-8?b?" + base64.b64encode("退信通知".encode()).decode() + "?=",
                       "收件人地址不存在\n"), "failed 5.1.1 |收件人地址不存在"),
    ("in HTML, in base64", simple("Undeliverable", base64.b64encode(
        b"<html><style>p{}</style><p>Sorry,<br>user unknown</p>").decode(),
        head="MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n"),
     "failed 5.1.1 |user unknown"),
]
ANSWERS = [
    ("a vacation answer", simple("Out of office: Lunch", "I am away.\n", "Ann <ann@example.net>",
                                 "Auto-Submitted: auto-replied\n"), "-", "automatic"),
    ("one without any header", simple("Automatic reply: Lunch", "I am away.\n", "Ann <ann@example.net>"),
     "ann@example.net", "automatic"),
    ("one that only the null sender tells", simple("Lunch", "I am away.\n", "ann@example.net"), "-", "automatic"),
    ("one with X-Autoreply", simple("Re: SMS", "Danke.\n", "ann@example.net", "X-Autoreply: yes\n"),
     "ann@example.net", "automatic"),
    ("one that speaks of delivery", simple("Out of office: x", "Mail could not be delivered in person.\n",
                                           "ann@example.net", "Auto-Submitted: auto-replied\n"), "-", "automatic"),
    ("a receipt of reading", """From: ann@example.net
Subject: Read: Lunch
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

It was read.
--b
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--b--
""", "-", "automatic"),
    ("a complaint", """From: abuse@example.net
Subject: spam
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

This is spam.
--b--
""", "ann@example.net", "automatic"),
    ("a person", simple("Re: SMS from +49", "Thanks, see you!\n", "Ann <ann@example.net>"), "ann@example.net", "none"),
    ("a person who speaks of users unknown", simple("Re: Hello", "550 5.1.1 user unknown, it said.\n",
                                                    "Ann <ann@example.net>"), "ann@example.net", "none"),
    ("nothing at all", "\n", "ann@example.net", "none"),
]
try:
    for name, mail, want in FIELDS:
        got = read(mail)
        ok(got.startswith(want), f"fields: {name}", got, want)
    for name, mail, want in WORDS:
        got = read(mail)
        ok(got.startswith(want) or (want.endswith("|") and got.startswith(want[:-1])), f"words: {name}", got, want)
    for name, mail, sender, want in ANSWERS:
        got = read(mail, sender)
        ok(got.startswith(want + " "), f"no report: {name}", got)
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(200))
    ok(read(deep + POSTFIX).split()[0] in ("none", "automatic"), "nested too deeply", read(deep + POSTFIX)[:200])
    many = "Content-Type: multipart/report; boundary=b\n\n" + "--b\n\nx\n" * 5000 + "--b\nContent-Type: " \
        "message/delivery-status\n\n" + POSTFIX
    ok(read(many), "a great many parts")
    ok(read(dsn((POSTFIX + "\n") * 3000)).startswith("failed 5.1.1"), "a great many recipients")
    ok(read(b"Subject: " + b"x" * 2000000 + b"\n\n" + b"y" * 3000000).split()[0] == "automatic", "long lines")
    ok(read(dsn(POSTFIX).encode()[:900].replace(b"\n", b"\r\n")), "cut off")
    ok("died" not in read(bytes(range(256)) * 2000), "any bytes")
finally:
    shutil.rmtree(WORK)
print(f"1..{count}")
sys.exit(failed > 0)
