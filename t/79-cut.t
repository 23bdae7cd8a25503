#!/usr/bin/env python3
"""What was too long for a phone: its author is told how much was left out, once, unless nobody wants to
know; and quotas count what is sent, not what was written."""
import email
import email.policy
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, ok, run, wait_for  # noqa: E402

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


def main():
    g = Gateway("cut", start=False, bridge=('report_gather = "100 ms"',),
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"',))
    with open(f"{g.dir}/policy", "w") as f:
        f.write("quota@sink.example segments=1 daily_segments=6\n")
    g.sh('postmap -c "$dir/postfix" "hash:$dir/policy"')
    g.start()
    return run(g, test_told, test_untold, test_quota)


if __name__ == "__main__":
    sys.exit(main())
