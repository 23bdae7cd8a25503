#!/usr/bin/env python3
"""Who may: each rule of the policy by a mail that passes and one that is refused; quotas that are exact
under many senders and outlive a kill; and phones that want no more messages."""
import base64
import datetime
import json
import os
import struct
import subprocess
import sys
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import B, Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()


def around_now():
    """The hours around this one, as this machine has it."""
    now = datetime.datetime.now()
    return "-".join((now + datetime.timedelta(hours=h)).strftime("%H:%M") for h in (-2, 3))


POLICY = f"""\
*                        allow=+4915
@narrow.example          allow=+4915,+49155501 deny=+491555
@orbit.example           allow=+8816,+4490
@now.example             hours={around_now()}
@login.example           auth=sasl
staff                    rate=9/s
@travel.example          allow=+4915,+86
@trust.example           auth=dkim,dmarc
@press.example           hours=00:00-00:01
fast@pace.example        rate=2/h
pair@pace.example        rate_pair=1/h
one@crowd.example        rate_to=2/h
two@crowd.example        rate_to=2/h
crowd@pace.example       rcpts=2 rate=2/h
day@quota.example        daily=3
month@quota.example      monthly=2
segment@quota.example    daily_segments=4
segments@quota.example   monthly_segments=3
many@quota.example       daily=20
long@quota.example       daily_segments=20
short@quota.example      segments=1
text@sink.example        mms=no
twice@quota.example      daily=2 rate=4/h
big@quota.example        size=2kB
+                        allow=@sink.example rate=5/h
"""


def mo(text, sender, number="10690123", date="2026-11-24T10:30:00Z"):
    return phone_writes(LISTEN, text, sender, number, date)


def write_policy(g, text=POLICY):
    with open(f"{g.dir}/policy", "w") as f:
        f.write(text)
    g.sh('postmap -c "$dir/postfix" "hash:$dir/policy"')


NUMBERS = (
    # sender, number, the answer at RCPT
    ("ann@example.org", "+4915550001", "250"),
    ("ann@example.org", "+4917550001", "250"),  # one's own country
    ("ann@example.org", "+8613800138000", "550 5.7.1"),
    ("ann@travel.example", "+8613800138000", "250"),
    ("ann@example.org", "+4490550001", "550 5.7.1"),
    ("ann@travel.example", "+881612345678", "550 5.7.1"),
    ("ann@orbit.example", "+4490550001", "250"),  # a premium service and a satellite that are allowed
    ("ann@orbit.example", "+881612345678", "250"),
    ("ann@orbit.example", "+881912345678", "550 5.7.1"),
    ("ann@narrow.example", "+4915200001", "250"),
    ("ann@narrow.example", "+4915550001", "550 5.7.1"),  # the longest prefix wins, either way
    ("ann@narrow.example", "+4915550101", "250"),
    ("ann@now.example", "+4915550001", "250"),
    ("ann@press.example", "+4915550001", "550 5.7.1"),
    ("ann@trust.example", "+4915550001", "250"),  # what the header proves comes later
)


def test_numbers(g):
    for sender, number, want in NUMBERS:
        said = g.rcpt(f"{number}@sms.example.com", sender=sender)
        ok(said.startswith(want), f"{sender} to {number}: {want}", said)
    said = g.rcpt("+4915550001@sms.example.com", sender="zoe@trust.example", xclient="ADDR=192.0.2.9")
    ok(said.startswith("250"), "a stranger may still prove who it is, when verifiers are believed", said)


def send_from(g, sender, text="Hello", to="+4915550001", **more):
    return g.send(Mail(text, sender=sender, **more), *[f"{n}@sms.example.com" for n in to.split()])


def test_proofs(g):
    """What our verifier says of DKIM and DMARC, and what others say in its name."""
    good = "Authentication-Results: mx.example.com; dkim=pass header.d=trust.example"
    rows = (
        ("no proof", (), "550 5.7.1"),
        ("our verifier's", (good,), "250"),
        ("another's verifier", (good.replace("mx.example.com", "evil.example"),), "550 5.7.1"),
        ("another's signature", (good.replace("trust.example", "evil.example"),), "550 5.7.1"),
        ("below a foreign Received", ("Received: from x (x [192.0.2.1]) by evil.example; " + Mail().head.decode()
                                      .split("Date: ")[1].split("\r\n")[0], good), "550 5.7.1"),
    )
    for name, headers, want in rows:
        mail = Mail("Trust me", sender="zoe@trust.example")
        mail.head = "".join(h + "\r\n" for h in headers).encode() + mail.head
        said = g.send(mail, "+4915550002@sms.example.com")
        ok(said.startswith(want), f"DKIM asked for: {name}: {want}", said)
    stranger = Mail("Trust me", sender="zoe@trust.example")
    stranger.head = (good + "\r\n").encode() + stranger.head
    said = g.send(stranger, "+4915550003@sms.example.com", xclient="ADDR=192.0.2.9")
    ok(said.startswith("250"), "a stranger with a proof that the policy takes", said)
    said = g.send(Mail("Trust me"), "+4915550003@sms.example.com", xclient="ADDR=192.0.2.9")
    ok(said.startswith("550 5.7.1"), "a stranger without one is refused at the end", said)


def test_login(g):
    """What asks for a login takes no address instead."""
    mail = Mail("By whom?", sender="eve@login.example")
    said = g.send(mail, "+4915550004@sms.example.com")
    ok(said.startswith("550 5.7.1"), "auth=sasl: an address of our own network does not do", said)
    said = g.send(mail, "+4915550004@sms.example.com", xclient="ADDR=192.0.2.9 LOGIN=eve")
    ok(said.startswith("250"), "a login does, from anywhere", said)
    equal(g.arrive("+4915550004"), ["By whom?"], "and the phone has it")


def test_rates(g):
    for i in range(2):
        equal(send_from(g, "fast@pace.example")[:3], "250", f"mail {i + 1} of two an hour")
    ok(send_from(g, "fast@pace.example").startswith("451 4.7.1"), "the third is put off")
    equal(send_from(g, "pair@pace.example")[:3], "250", "one an hour to the same phone")
    ok(send_from(g, "pair@pace.example").startswith("451 4.7.1"), "the second is put off")
    equal(send_from(g, "pair@pace.example", to="+4915550009")[:3], "250", "to another phone it is not")
    for sender in ("one", "two"):
        equal(send_from(g, f"{sender}@crowd.example", to="+4915550008")[:3], "250", f"two an hour to a phone: {sender}")
    for sender in ("one", "two"):
        said = send_from(g, f"{sender}@crowd.example", to="+4915550008")
        ok(said.startswith("451 4.7.1"), f"more are put off, whoever sends: {sender}", said)
    equal(send_from(g, "one@crowd.example", to="+4915550009")[:3], "250", "to another phone they are not")
    said = send_from(g, "crowd@pace.example", to="+4915550010 +4915550011 +4915550012")
    ok(said.startswith("550 5.5.3"), "more recipients than allowed", said)
    equal(send_from(g, "crowd@pace.example", to="+4915550010 +4915550011")[:3], "250", "as many as allowed")
    ok(send_from(g, "big@quota.example", "x" * 3000).startswith("550 5.3.4") or
       send_from(g, "big@quota.example", "x" * 3000).startswith("552"), "a mail that is too long")
    equal(send_from(g, "big@quota.example", "short")[:3], "250", "one that is not")


def test_quotas(g):
    for i in range(3):
        equal(send_from(g, "day@quota.example", f"n{i}")[:3], "250", f"message {i + 1} of 3 a day")
    ok(send_from(g, "day@quota.example", "n4").startswith("550 5.7.1"), "the fourth is refused")
    long = "w" * 300
    equal(send_from(g, "segment@quota.example", long)[:3], "250", "two segments of four")
    ok(send_from(g, "segment@quota.example", long * 2).startswith("550 5.7.1"), "four more are refused")
    equal(send_from(g, "segment@quota.example", long, to="+4915550013")[:3], "250", "two more fit")
    ok(send_from(g, "segment@quota.example", "x").startswith("550 5.7.1"), "then they are used up")


def test_months(g):
    for i in range(2):
        equal(send_from(g, "month@quota.example", f"n{i}")[:3], "250", f"message {i + 1} of 2 a month")
    said = send_from(g, "month@quota.example", "n3")
    ok(said.startswith("550 5.7.1") and "a month" in said, "the third is refused", said)
    equal(send_from(g, "segments@quota.example", "w" * 300)[:3], "250", "two segments of three a month")
    said = send_from(g, "segments@quota.example", "v" * 300)
    ok(said.startswith("550 5.7.1") and "segments a month" in said, "two more are refused", said)
    equal(send_from(g, "segments@quota.example", "v", to="+4915550013")[:3], "250", "one fits")


def test_segments(g):
    for sender, n in (("short@quota.example", 1), ("ann@example.org", 2)):
        phone = f"+491555005{n}"
        equal(send_from(g, sender, "word " * 50, to=phone)[:3], "250", f"a text of two segments from {sender}")
        wait_for(lambda: g.messages(phone))
        equal([m["segments"] for m in g.messages(phone)], [n], f"has {n} at the phone")


def picture(sender, text=""):
    """A mail that is a grey square, or a text with one."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 40, 8, 0, 0, 0, 0)) +
           chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 40) * 40)) + chunk(b"IEND", b""))
    kind, body = 'image/png; name="grey.png"', base64.encodebytes(png)
    if text:
        head = f"\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
        kind = "multipart/mixed; boundary=b"
        body = f"--b\n\n{text}\n--b{head}".encode() + body + b"\n--b--\n"
    return Mail(sender=sender, body=body, headers=["MIME-Version: 1.0", f"Content-Type: {kind}"] +
                ([] if text else ["Content-Transfer-Encoding: base64"]))


def test_mms(g):
    phone = "+4915550060"
    said = g.rcpt(f"{phone}@mms.example.com", sender="text@sink.example")
    ok(said.startswith("550 5.7.1"), "mms=no: where all goes as MMS, the recipient is refused", said)
    equal(g.rcpt(f"{phone}@mms.example.com", sender="ann@example.org")[:3], "250", "to others it is not")
    for sender in ("text@sink.example", "ann@example.org"):
        equal(g.send(picture(sender), f"{phone}@sms.example.com")[:3], "250", f"a picture where content decides: {sender}")
        equal(g.send(picture(sender, "See this"), f"{phone}@sms.example.com")[:3], "250", "a picture and a text")
    wait_for(lambda: len(g.messages(phone)) >= 4)
    equal([(bool(m["mms"]), m["text"]) for m in g.messages(phone)],
          [(False, "[grey.png]"), (False, "See this"), (True, ""), (True, "See this")], "mms=no: they go as SMS")
    told = g.sink.arrive("text@sink.example", 2)
    equal([b"Not shown: grey.png" in m for m in told], [True, True], "and their author hears of each what was not shown")


def test_repeated(g):
    """A mail server that did not hear our yes brings the mail again: that costs nothing, and is not refused."""
    mails = [Mail(f"m{i}", sender="twice@quota.example", message_id=f"<twice.{i}@x>") for i in range(3)]
    for i in (0, 1, 1, 0, 1):
        equal(g.send(mails[i], "+4915550020@sms.example.com")[:3], "250", f"message {i + 1} of 2 a day")
    ok(g.send(mails[2], "+4915550020@sms.example.com").startswith("550 5.7.1"), "a third one is refused")
    ok(wait_for(lambda: len(g.texts("+4915550020")) == 2), "the phone has two", g.texts("+4915550020"))
    equal(g.send(mails[0], "+4915550020@sms.example.com")[:3], "250", "and the first may come again still")
    equal(sorted(g.texts("+4915550020")), ["m0", "m1"], "without being sent again")


def test_trace(g):
    """`triviumctl trace FROM TO` says what would become of it, and why."""
    def trace(*words):
        p = subprocess.run([os.path.abspath(f"{B}/triviumctl"), "-c", "trivium.conf", "trace", *words], cwd=g.dir,
                           capture_output=True, text=True, timeout=60)
        return p.returncode, p.stdout
    for words, code, lines in (
            (("ann@pace.example", "+4915550001@sms.example.com"), 0,
             ("row       *  allow=+4915", "number    allowed", "verdict   allowed (250 2.1.5): ok")),
            (("ann@pace.example", "+8613800138000@sms.example.com"), 1,
             ("number    refused: ", "verdict   refused (550 5.7.1): ")),
            (("ann@travel.example", "+8613800138000@sms.example.com"), 0, ("row       @travel.example  allow=+4915,+86",)),
            (("ann@trust.example", "+4915550001@sms.example.com"), 1, ("evidence  sasl; the policy takes one of: dkim dmarc",)),
            (("ann@trust.example", "+4915550001@sms.example.com", "dkim"), 0, ("evidence  suffices",)),
            (("twice@quota.example", "+4915550001@sms.example.com"), 1,
             ("quotas    used 2 of 2 messages", "verdict   refused (550 5.7.1): your 2 messages a day are used up")),
            (("ann@press.example", "+4915550001@sms.example.com"), 1, ("message   refused: you may send from",))):
        got = trace(*words)
        ok(got[0] == code and all(line in got[1] for line in lines), f"trace {' '.join(words)}", got[0], got[1])
    steps = [json.loads(line) for line in trace("--json", "twice@quota.example", "+4915550001@sms.example.com")[1].splitlines()]
    ok(steps[-1]["step"] == "verdict" and "used up" in steps[-1]["text"], "as JSON, too", steps[-1:])


def at_once(g, sender, text, n=64):
    said = []

    def one(i):
        said.append(send_from(g, sender, f"{text} {i}", to=f"+49155600{i:02}")[:3])
    threads = [threading.Thread(target=one, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return said


def test_exact(g):
    """64 at a time, 20 a day: 20."""
    for sender, text, most in (("many@quota.example", "many", 20), ("long@quota.example", "long " * 40, 10)):
        said = at_once(g, sender, text)
        equal(sorted(set(said)), ["250", "550"], f"{sender}: some are taken, some refused")
        equal(said.count("250"), most, "exactly as many as the quota says")


def test_restart(g):
    for signo, name in ((9, "a kill"), (15, "a stop")):
        g.end("triviumd", signo)
        g.start_bridge()
        for sender in ("day", "month", "segment", "many", "long"):
            said = send_from(g, f"{sender}@quota.example", f"again {signo}")
            ok(said.startswith("550 5.7.1") and "used up" in said, f"{name} forgives nothing: {sender}", said)
        equal(send_from(g, "segments@quota.example", f"too long {signo} " * 20)[:3], "550", "nor a part of it")


def test_changed(g):
    write_policy(g, POLICY.replace("daily=3", "daily=4"))
    equal(send_from(g, "day@quota.example", "one more")[:3], "250", "a changed table counts at once")
    write_policy(g, POLICY + "*bad daily=x\nday2@quota.example daily=x\n")
    ok(send_from(g, "day2@quota.example").startswith("451 4.3.5"), "a row that is wrong is later, not yes")
    write_policy(g)


def test_phones(g):
    """What a phone may: only those that its row lists, and so often."""
    equal(mo("eve@sink.example hello", "+4915551001"), 200, "to a domain on the list")
    ok(g.sink.arrive("eve@sink.example"), "it arrives")
    equal(mo("eve@elsewhere.example hello", "+4915551001", date="2026-11-24T10:31:00Z"), 200, "to another domain")
    ok(wait_for(lambda: any("may not write to" in t for t in g.texts("+4915551001"))), "the phone is told why not",
       g.texts("+4915551001"))
    for i in range(2, 5):
        equal(mo(f"eve@elsewhere.example hello {i}", "+4915551001", date=f"2026-11-24T10:3{i}:00Z"), 200, "it goes on")
    g.idle()
    equal(len([t for t in g.texts("+4915551001") if "may not write to" in t]), 1, "it is told once")
    said = [mo(f"eve@sink.example n{i}", "+4915551009", date=f"2026-11-24T10:4{i}:00Z") for i in range(6)]
    equal(said, [200] * 5 + [503], "more than the rate of phones is put off")


def no_more(g, phone):
    return sum("no more" in t for t in g.texts(phone))


def consents(g, phone):
    said = [json.loads(line) for line in g.ctl("consent", "--json")[1].splitlines()]
    return [(d["stop"], d["text"]) for d in said if d["phone"] == phone and d["time"] > 0]


def test_stop(g):
    phone = "+4915551002"
    equal(send_from(g, "ann@sink.example", "first", to=phone)[:3], "250", "a mail to a phone")
    equal(send_from(g, "bob@example.org", "second", to=phone)[:3], "250", "another one's")
    g.arrive(phone, 2)
    ann = [m["sender"] for m in g.messages(phone) if m["text"] == "first"][0].removeprefix("tel:")
    equal(mo("STOP 12345", phone, ann), 200, "STOP and more is data")
    ok(any(b"STOP 12345" in m for m in g.sink.arrive("ann@sink.example")), "which reaches ann", g.sink.mails[-1:])
    equal(send_from(g, "ann@sink.example", "not yet", to=phone)[:3], "250", "and ends nothing")
    equal(mo(" stop! ", phone, ann, date="2026-11-24T10:33:00Z"), 200, "STOP to ann's number")
    ok(wait_for(lambda: any("no more" in t for t in g.texts(phone))), "is answered")
    said = send_from(g, "ann@sink.example", "third", to=phone)
    ok(said.startswith("550 5.7.1") and "asked for no more" in said, "ann is refused, with the reason", said)
    equal(send_from(g, "bob@example.org", "fourth", to=phone)[:3], "250", "bob is not")
    mo("stop all", phone, ann, date="2026-11-24T10:34:00Z")
    wait_for(lambda: sum("no more" in t for t in g.texts(phone)) == 2)
    ok(send_from(g, "bob@example.org", "fifth", to=phone).startswith("550 5.7.1"), "STOP ALL is for all")
    said = [json.loads(line) for line in g.ctl("consent", "--json")[1].splitlines()]
    ok({(d["text"].strip(), d["peer"]) for d in said if d["phone"] == phone and d["stop"]} ==
       {("stop!", "mailto:ann@sink.example"), ("stop all", "*")}, "what the phone said can be shown", said)
    ok("no more" in g.ctl("consent")[1], "to people, too", g.ctl("consent"))
    g.end("triviumd", 9)
    g.start_bridge()
    ok(send_from(g, "bob@example.org", "sixth", to=phone).startswith("550 5.7.1"), "and outlives a kill")
    mo("Start", phone, date="2026-11-24T10:35:00Z")
    ok(wait_for(lambda: any("again" in t and "START" not in t for t in g.texts(phone))), "START is answered")
    equal(send_from(g, "ann@sink.example", "seventh", to=phone)[:3], "250", "and ends it")
    mo("help", phone, date="2026-11-24T10:36:00Z")
    ok(wait_for(lambda: any("passes messages on" in t for t in g.texts(phone))), "HELP is answered")


def test_again(g):
    """What the platform brings again changes nothing, and is answered no second time; nor is what is known."""
    phone, stop, start = "+4915551003", "2026-11-24T10:33:00Z", "2026-11-24T10:35:00Z"
    equal([mo("STOP", phone, date=stop) for _ in range(3)], [200] * 3, "STOP is brought three times")
    g.idle()
    equal(no_more(g, phone), 1, "and answered once")
    equal(mo("Stop", phone, date="2026-11-24T10:34:00Z"), 200, "who says it again")
    g.idle()
    equal(no_more(g, phone), 1, "knows already")
    g.end("triviumd", 9)
    g.start_bridge()
    equal(mo("STOP", phone, date=stop), 200, "it is brought again after a kill")
    equal([mo("START", phone, date=start) for _ in range(2)], [200] * 2, "then START")
    for name in ("at once", "after a kill"):
        equal(mo("STOP", phone, date=stop), 200, f"and the old STOP once more, {name}")
        equal(send_from(g, "ann@example.org", f"on again, {name}", to=phone)[:3], "250", "which ends nothing any more")
        g.end("triviumd", 9)
        g.start_bridge()
    equal(mo("STOP", phone, date="2026-11-24T10:36:00Z"), 200, "a new STOP")
    equal(mo("START", phone, date=start), 200, "and the old START once more")
    ok(send_from(g, "ann@example.org", "off", to=phone).startswith("550 5.7.1"), "begin nothing")
    g.idle()
    equal((no_more(g, phone), len([t for t in g.texts(phone) if "from this number again" in t])), (2, 1),
          "two STOPs and a START were answered")
    equal(consents(g, phone), [(True, "STOP"), (True, "Stop"), (False, "START"), (True, "STOP")],
          "and each that was said is evidence, in its order")


def test_service(g):
    """What one number of ours is told does not count for another."""
    phone = "+4915551004"
    equal(mo("STOP", phone), 200, "STOP to one number")
    said = g.send(Mail("a"), f"{phone}@sms.example.com")
    ok(said.startswith("550 5.7.1"), "it is refused there", said)
    equal(g.send(Mail("b"), f"{phone}@other.example.com")[:3], "250", "not from another")
    equal(phone_writes(LISTEN, "STOP", phone, "10690999", "2026-11-24T10:31:00Z", "other"), 200, "until that is told, too")
    said = g.send(Mail("c"), f"{phone}@other.example.com")
    ok(said.startswith("550 5.7.1") and "10690999" in said, "then it is refused there", said)


PRESET = ("STOP", "quit", "End", "REVOKE", "opt out", "Cancel.", "unsubscribe")
OURS = ("Stopp", "\u0441\u0442\u043e\u043f", "\u9000\u8ba2")


def test_words(g):
    def ends(words, first):
        for i, word in enumerate(words):
            phone = f"+49155511{first + i:02}"
            equal(mo(word, phone), 200, f"a phone says {word}")
            said = send_from(g, "ann@example.org", word, to=phone)
            ok(said.startswith("550 5.7.1"), "and gets nothing more", said)
            ok(wait_for(lambda: no_more(g, phone) == 1), "but one answer", g.texts(phone))
    ends(PRESET, 0)
    for i, word in enumerate(OURS):
        mo(word, f"+49155511{20 + i}")
        equal(send_from(g, "ann@example.org", word, to=f"+49155511{20 + i}")[:3], "250", f"{word} is no word of the preset")
    g.end("triviumd")
    g.change("bridge {", ('stop_words = "STOP,STOPP,\u0421\u0422\u041e\u041f,\u9000\u8ba2"',))
    g.start_bridge()
    ends(OURS, 30)


def main():
    g = Gateway("policy", start=False, bridge=(f'listen = "127.0.0.1:{LISTEN}"',),
                sdp=("extensions = 2",),
                domains={"mms.example.com": "mms:operator-a", "other.example.com": "sms:other"}, milter=('authserv = "mx.example.com"',),
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n',
                postfix=("smtpd_client_connection_count_limit = 0",))
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"',))
    with open(f"{g.dir}/sdp.conf", "a") as f:
        f.write(f'mms_url = "http://127.0.0.1:{g.ports["sdp_port"]}/SendMessageService/services/SendMessage"\n')
    g.add_sdp("other", None)
    g.change("sdp other {", ('sender = "tel:10690999"',))
    write_policy(g)
    g.start()
    return run(g, test_numbers, test_proofs, test_login, test_rates, test_quotas, test_months, test_segments, test_mms,
               test_repeated, test_trace, test_exact, test_restart, test_changed, test_phones, test_stop, test_again,
               test_service, test_words)


if __name__ == "__main__":
    sys.exit(main())
