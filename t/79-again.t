#!/usr/bin/env python3
"""The way back, when things come more than once, late, or at the same time: what a platform repeats after
the world has changed; receipts three times and out of order; a pool of numbers; a mail that took the second
door; names that would be more than names."""
import email
import email.policy
import http.client
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()
ALONE, POOL = "10690999", ("10690201", "10690202")


def writes(text, phone, minute, number="10690123", section="operator-a"):
    return phone_writes(LISTEN, text, phone, number, f"2026-11-24T10:{minute:02}:00Z", section)


def read(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def body(mail):
    return read(mail).get_body(("plain",)).get_content().replace("\r\n", "\n").strip()


def number_of(g, phone, text):
    return [m["sender"] for m in g.messages(phone) if m["text"] == text][0].removeprefix("tel:")


def mail_to(g, sender, text, phone, domain="sms.example.com"):
    """A mail user writes to that phone, and it arrives. The mail, and the number that the phone sees."""
    mail = Mail(text, sender=f"{sender}@sink.example")
    ok(g.send(mail, f"{phone}@{domain}").startswith("250"), f"{sender} writes to {phone}")
    wait_for(lambda: text in g.texts(phone))
    return mail, number_of(g, phone, text)


def settled(g):
    """All that was taken has gone where it goes, and nothing more comes of it."""
    g.idle()
    time.sleep(0.5)
    g.idle()


def test_pool(g):
    """Two numbers for three: the replies part, and the third has that of who was silent longest."""
    phone, seen = "+4915560001", {}
    for who in ("ann", "bob"):
        seen[who] = mail_to(g, who, f"from {who}", phone, "pool.example.com")[1]
    equal(sorted(seen.values()), sorted(POOL), "each has a number of the pool")
    for i, who in enumerate(("bob", "ann")):
        equal(writes(f"to {who}", phone, i, seen[who], "pool"), 200, "the phone answers")
        equal([body(m) for m in g.sink.arrive(f"{who}@sink.example")], [f"to {who}"], f"{who} gets it")
    # ann was answered last, so bob's number is the next one's.
    equal(mail_to(g, "cleo", "from cleo", phone, "pool.example.com")[1], seen["bob"], "the third has bob's")
    equal(writes("to cleo", phone, 5, seen["bob"], "pool"), 200, "an answer to that")
    equal([body(m) for m in g.sink.arrive("cleo@sink.example")], ["to cleo"], "is cleo's")
    equal(writes("to bob", phone, 0, seen["bob"], "pool"), 200, "the platform repeats what was bob's")
    settled(g)
    equal((len(g.sink.to("bob@sink.example")), len(g.sink.to("cleo@sink.example"))), (1, 1),
          "and cleo does not read it")


def test_moved(g):
    """A message is repeated when a second correspondent has come: it went to the first, and nobody is asked."""
    phone = "+4915560002"
    mail_to(g, "dora", "from dora", phone, "alone.example.com")
    equal(writes("yes, of course", phone, 0, ALONE, "alone"), 200, "the phone answers its only correspondent")
    g.sink.arrive("dora@sink.example")
    mail_to(g, "emil", "from emil", phone, "alone.example.com")
    for _ in range(3):
        equal(writes("yes, of course", phone, 0, ALONE, "alone"), 200, "the platform repeats it")
    settled(g)
    equal([body(m) for m in g.sink.to("dora@sink.example")], ["yes, of course"], "it arrived once")
    equal(g.sink.to("emil@sink.example"), [], "with nobody else")
    equal(g.texts(phone), ["from dora", "from emil"], "and the phone hears nothing of it")
    for _ in range(3):
        equal(writes("whom do I mean?", phone, 1, ALONE, "alone"), 200, "one that is in doubt, three times")
    settled(g)
    equal(len([t for t in g.texts(phone) if t.startswith("Whom is your message for")]), 1, "is asked about once")


def test_repeated(g):
    """A platform that never hears our answer repeats a message more often than we let programs say the same
    to each other: it was taken, so the phone must not be told that it was not."""
    phone, text = "+4915560003", "I shall be home at eight tonight"
    answers = [writes(f"fay@sink.example {text}", phone, 0) for _ in range(12)]
    equal(answers, [200] * 12, "twelve times the same, and each time it hears that it was taken")
    settled(g)
    equal([body(m) for m in g.sink.to("fay@sink.example")], [text], "one mail")
    equal(g.texts(phone), [], "and not a word to the phone")


def receipt(g, job, status):
    c = http.client.HTTPConnection("127.0.0.1", LISTEN, timeout=30)
    c.request("POST", "/sdp/operator-a", f"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
        <n:notifySmsDeliveryReceipt xmlns:n="http://www.csapi.org/schema/parlayx/sms/notification/v2_2/local">
        <n:correlator>{job["correlator"]}</n:correlator><n:deliveryStatus><address>{job["to"]}</address>
        <deliveryStatus>{status}</deliveryStatus></n:deliveryStatus></n:notifySmsDeliveryReceipt></e:Body>
        </e:Envelope>""", {"Content-Type": "text/xml"})
    status = c.getresponse().status
    c.close()
    return status


def reports_to(g, who):
    return [m for rcpts, m in g.sink.mails if f"{who}@sink.example" in rcpts]


def fields(mail):
    return list(read(mail).iter_parts())[1].get_payload()[1]


def test_receipts(g):
    """The last word was said with the first final one."""
    for who, digit, order, want in (
            ("gil", 1, ["DeliveredToTerminal"] * 3 + ["MessageWaiting", "DeliveryImpossible"], "delivered"),
            ("hal", 2, ["MessageWaiting", "MessageWaiting", "DeliveryImpossible", "DeliveryImpossible",
                        "MessageWaiting"], "failed")):
        phone = f"+491556{digit}999010"  # the platform itself says nothing
        mail = Mail("hello", sender=f"{who}@sink.example")
        g.send(mail, f"{phone}@sms.example.com", rcpt_options=["NOTIFY=SUCCESS,FAILURE"])
        equal(g.state(mail, "sent"), "sent", f"{who}'s message waits for its receipt")
        job = g.jobs(mail)[0]
        equal([receipt(g, job, status) for status in order], [200] * 5, "five receipts come")
        equal(g.state(mail, want), want, f"{order[0]}, …, {order[-1]}: {want}")
        wait_for(lambda: reports_to(g, who))
        settled(g)
        got = reports_to(g, who)
        equal([fields(m)["Action"] for m in got], [want], "and one report says so")
        equal(g.state(mail), want, "it stays so")


def test_second_door(g):
    """The milter is away, so Postfix takes the mail and brings it by its own SMTP client to the second door:
    what the sender asked of reports comes along."""
    phones = ("+4915563001", "+4915564999005")
    g.end("milter")
    mail = Mail("by the second door", sender="ida@sink.example")
    said = g.send(mail, f"{phones[0]}@sms.example.com", options=["ENVID=QQ314159", "RET=HDRS"],
                  rcpt_options=["NOTIFY=SUCCESS", f"ORCPT=rfc822;+2B{phones[0][1:]}@sms.example.com"])
    ok(said.startswith("250"), "Postfix takes it without the milter", said)
    quiet = Mail("nobody wants to know", sender="jan@sink.example")
    g.send(quiet, f"{phones[1]}@sms.example.com", rcpt_options=["NOTIFY=NEVER"])
    ok(wait_for(lambda: len(g.mailq()) == 2), "and keeps it", g.mailq())
    g.start_milter()
    got = wait_for(lambda: reports_to(g, "ida"), 60)
    if ok(len(got) == 1, "the author hears that it was delivered", g.log("triviumd")[-2000:]):
        whole, one = list(read(got[0]).iter_parts())[1].get_payload()
        equal((whole["Original-Envelope-Id"], one["Action"]), ("QQ314159", "delivered"), "with ENVID and NOTIFY")
        ok(one["Original-Recipient"] and phones[0] in one["Original-Recipient"].replace("+2B", "+"), "and ORCPT",
           one.as_string())
        ok("text/rfc822-headers" in got[0].decode(errors="replace"), "and RET=HDRS")
    ok(wait_for(lambda: g.state(quiet) == "failed", 60), "the other one fails", g.state(quiet))
    settled(g)
    equal(reports_to(g, "jan"), [], "and by NOTIFY=NEVER nobody hears of that")


NAMES = ["a\" <evil@sink.example>, \"b", "Mallory\u202e\u2066 gro.elpmaxe@live", "x, y; z: (comment \\",
         "=?utf-8?q?a=0d=0aBcc:_evil=40sink.example?=", "\u0645\u062d\u0645\u062f \u4f60\u597d \U0001f389", "n" * 120]


def test_names(g):
    """Names of the users table that would be more than a name in a header."""
    with open(f"{g.dir}/users", "w", encoding="utf-8") as f:
        for i, name in enumerate(NAMES):
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            f.write(f'+49155650{i:02} name="{quoted}"\n')
    subprocess.run(["postmap", "-c", f"{g.dir}/postfix", f"hash:{g.dir}/users"], check=True)
    for i in range(len(NAMES)):
        equal(writes("kim@sink.example hello", f"+49155650{i:02}", i), 200, f"{NAMES[i][:20]!a} writes")
    got = [read(m) for m in g.sink.arrive("kim@sink.example", len(NAMES))]
    equal(len(got), len(NAMES), "all arrive")
    equal(sorted(a.addr_spec for m in got for a in m["From"].addresses),
          sorted(f"+49155650{i:02}@sms.example.com" for i in range(len(NAMES))), "each from one address, the phone's")
    equal(g.sink.to("evil@sink.example"), [], "and none goes to another")
    ok(not any(m["Bcc"] or re.search("[\u202a-\u202e\u2066-\u2069]", str(m["From"])) for m in got),
       "no field is added, no direction turned", [str(m["From"]) for m in got])


def test_at_once(g):
    """Twenty phones answer two correspondents each, all at the same time."""
    phones = [f"+491556600{i:02}" for i in range(20)]
    number = {}
    for phone in phones:
        for who in ("lea", "max"):
            g.send(Mail(f"from {who}", sender=f"{who}@sink.example"), f"{phone}@sms.example.com")
    for phone in phones:
        g.arrive(phone, 2)
        for who in ("lea", "max"):
            number[phone, who] = number_of(g, phone, f"from {who}")
    wrong = []

    def answer(phone):
        for i in range(3):
            for who in ("lea", "max"):
                if writes(f"{i} of {phone} to {who}", phone, i, number[phone, who]) != 200:
                    wrong.append((phone, who, i))
    threads = [threading.Thread(target=answer, args=(phone,)) for phone in phones]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(wrong, [], "all are taken")
    for who in ("lea", "max"):
        got = [body(m) for m in g.sink.arrive(f"{who}@sink.example", 60)]
        equal(sorted(got), sorted(f"{i} of {phone} to {who}" for phone in phones for i in range(3)), f"{who} gets {who}'s")


gateway = Gateway("79-again", start=False, bridge=[f'listen = "127.0.0.1:{LISTEN}"'],
                  sdp=[f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"', "extensions = 2"],
                  domains={"alone.example.com": "phone:alone", "pool.example.com": "phone:pool"},
                  conf='mail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
gateway.add_sdp("alone", None)
gateway.change("sdp alone {", [f'sender = "tel:{ALONE}"'])
gateway.add_sdp("pool", None, f'numbers = "{" ".join(POOL)}"')
gateway.change("sdp pool {", ['sender = "tel:10690200"'])
gateway.change("tables {", [f'users = "hash:{gateway.dir}/users"'])
with open(f"{gateway.dir}/users", "w") as users:
    users.write("somebody name=x\n")
subprocess.run(["postmap", "-c", f"{gateway.dir}/postfix", f"hash:{gateway.dir}/users"], check=True)
gateway.start()
run(gateway, test_pool, test_moved, test_repeated, test_receipts, test_second_door, test_names, test_at_once)
