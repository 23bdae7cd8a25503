#!/usr/bin/env python3
"""Conversations, the whole way: whom a phone's answer finds, with extensions behind the service number,
with a pool of numbers, and with the service number alone; the listener by TLS."""
import email
import email.policy
import os
import ssl
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN, second = free_port(), 0


def writes(text, phone, number="10690123"):
    """A phone writes, each time at another second: the platform must hear that it was taken."""
    global second
    second += 1
    date = f"2026-11-24T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    equal(phone_writes(LISTEN, text, phone, number, date, "alone" if number == "10690999" else "operator-a"), 200, f"{phone} writes {text[:30]!r}")


def mails(g, to, n=1):
    return [email.message_from_bytes(m, policy=email.policy.default) for m in g.sink.arrive(to, n)]


def body(m):
    return m.get_body(("plain",)).get_content().replace("\r\n", "\n").strip()


def number_of(g, phone, text):
    return [m["sender"] for m in g.messages(phone) if m["text"] == text][0].removeprefix("tel:")


def test_two(g):
    """Two mail users and one phone at once: the replies part correctly."""
    phone = "+4915559001"
    first = {who: Mail(f"from {who}", subject=f"About {who}", sender=f"{who}@sink.example") for who in ("ann", "bob")}
    for who, mail in first.items():
        g.send(mail, f"{phone}@sms.example.com")
    g.arrive(phone, 2)
    numbers = {who: number_of(g, phone, f"About {who}\nfrom {who}") for who in first}
    ok(numbers["ann"] != numbers["bob"], "each has a number of their own", numbers)
    for i in range(3):
        for who in ("bob", "ann"):
            writes(f"{i} to {who}", phone, numbers[who])
    for who in first:
        got = mails(g, f"{who}@sink.example", 3)
        equal(sorted(body(m) for m in got), [f"{i} to {who}" for i in range(3)], f"{who} gets what is {who}'s")
        equal({m["In-Reply-To"] for m in got}, {first[who].message_id}, "in the thread of the first mail")


def test_hundred(g):
    """100 peers on one phone: each answer finds its own; one more takes the place of the oldest."""
    phone = "+4915559002"
    for i in range(101):
        g.send(Mail(f"p{i}", sender=f"p{i}@sink.example"), f"{phone}@sms.example.com")
    g.arrive(phone, 101)
    got = {m["text"]: m["sender"].removeprefix("tel:") for m in g.messages(phone)}
    equal(len(set(got.values())), 100, "a hundred numbers")
    equal(got["p100"], got["p0"], "the last one has that of the first")
    for i in (1, 50, 99, 100):
        writes(f"for {i}", phone, got[f"p{i}"])
        equal([body(m) for m in mails(g, f"p{i}@sink.example")], [f"for {i}"], f"peer {i}'s answer")
    equal(g.sink.to("p0@sink.example"), [], "and none to who was longest silent")


def test_alone(g):
    """Without extensions: one correspondent is meant, two are asked about, a code says it."""
    phone, number = "+4915559003", "10690999"
    g.send(Mail("hello", sender="cleo@sink.example"), f"{phone}@alone.example.com")
    g.arrive(phone)
    writes("hi cleo", phone, number)
    equal([body(m) for m in mails(g, "cleo@sink.example")], ["hi cleo"], "the only correspondent")
    g.send(Mail("hello too", sender="dora@sink.example"), f"{phone}@alone.example.com")
    g.arrive(phone, 2)
    writes("who is meant?", phone, number)
    ok(wait_for(lambda: any("Whom is your message for" in t for t in g.texts(phone))), "the phone is asked", g.texts(phone))
    asked = [t for t in g.texts(phone) if "Whom is your message for" in t][0]
    ok("cleo@sink.example" in asked and "dora@sink.example" in asked, "and both are named", asked)
    code = [w for w in asked.split() if w.startswith("#")][1 if asked.index("cleo@") < asked.index("dora@") else 0]
    equal(len(g.sink.to("cleo@sink.example")), 1, "nobody got it")
    writes(f"{code} it is you", phone, number)
    equal([body(m) for m in mails(g, "dora@sink.example")], ["it is you"], "the code says it")
    writes("eve@sink.example (A subject) and text", phone, number)
    m = mails(g, "eve@sink.example")[0]
    equal((m["Subject"], body(m)), ("A subject", "and text"), "an address and a subject in the text")


def test_words(g):
    """Keywords, numbers that lead somewhere, and a message for nobody."""
    writes("support my phone is broken", "+4915559004", "10690999")
    equal([body(m) for m in mails(g, "desk@sink.example")], ["support my phone is broken"], "a keyword")
    for i in range(3):
        writes(f"hello? {i}", "+4915559005", "10690999")
    ok(wait_for(lambda: g.texts("+4915559005")), "for nobody: the phone is helped")
    writes("hello? again", "+4915559005", "10690999")
    g.idle()
    equal(len(g.texts("+4915559005")), 1, "once an hour")


def test_joined(g):
    """1,000 characters that came in pieces, and Chinese, and emoji."""
    long = "".join(f"{i:04} " for i in range(200))
    for i in range(0, 1000, 153):
        writes(("fay@sink.example " + long)[i:i + 153], "+4915559006")
    # The pieces behind the first one go where it went: it is the last correspondent.
    got = mails(g, "fay@sink.example")
    equal(body(got[0])[:990], long.strip()[:990], "one mail of all pieces")
    writes("gus@sink.example 你好，世界 🎉👩‍👩‍👧", "+4915559007")
    equal(body(mails(g, "gus@sink.example")[0]), "你好，世界 🎉👩‍👩‍👧", "Chinese and emoji")


def test_tls(g):
    """The listener has a certificate: what comes by plain HTTP is not heard."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{g.dir}/key.pem",
                    "-out", f"{g.dir}/cert.pem"], check=True, capture_output=True)
    g.end("triviumd")
    g.change("bridge {", (f'listen_cert = "{g.dir}/cert.pem"', f'listen_key = "{g.dir}/key.pem"'))
    g.start_bridge()
    context = ssl.create_default_context(cafile=f"{g.dir}/cert.pem")
    try:
        urllib.request.urlopen(f"https://127.0.0.1:{LISTEN}/nothing", context=context, timeout=30)
        status = 200
    except urllib.error.HTTPError as e:
        status = e.code
    equal(status, 404, "it answers by TLS, with the certificate")
    try:
        phone_writes(LISTEN, "x", "+4915559008")
        plain = True
    except OSError:
        plain = False
    ok(not plain, "and not without")


def main():
    g = Gateway("talks", start=False, bridge=(f'listen = "127.0.0.1:{LISTEN}"',), sdp=("extensions = 2",),
                domains={"alone.example.com": "phone:alone"},
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    g.add_sdp("alone", None)
    g.change("sdp alone {", ('sender = "tel:10690999"',))
    with open(f"{g.dir}/inbound", "w") as f:
        f.write("10690999 SUPPORT  mailto:desk@sink.example\n")
    ok(subprocess.run([os.path.abspath(os.environ.get("B", ".build/plain")) + "/triviumctl", "map",
                       f"hash:{g.dir}/inbound"], capture_output=True).returncode == 0, "triviumctl map makes the table")
    g.change("tables {", (f'inbound = "hash:{g.dir}/inbound"',))
    g.start()
    return run(g, test_two, test_hundred, test_alone, test_words, test_joined, test_tls)


if __name__ == "__main__":
    sys.exit(main())
