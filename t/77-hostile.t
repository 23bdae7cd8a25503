#!/usr/bin/env python3
"""Mails made to hurt, through the whole way: each is answered, the programs' memory stays bounded,
and other people's mail flows on."""
import sys
import threading

sys.path.insert(0, "t")
from whole import B, Gateway, Mail, equal, ok, run

SANITIZED = "address" in B
LINES = b"x" * 70 + b"\r\n"


def multipart(parts, kind="mixed", end=True):
    body = b"".join(b"--b\r\n" + p + b"\r\n" for p in parts) + (b"--b--\r\n" if end else b"")
    return dict(headers=["MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="b"'], body=body)


def nested(depth):
    head = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n'
    body = b"".join(b"--b%d\r\n" % i + head % (i + 1) for i in range(depth))
    return dict(headers=["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b0"'],
                body=body + b"--b%d\r\n\r\ndeep inside\r\n" % depth)


def html(body):
    return dict(headers=["MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"], body=body)


def forwarded(depth):
    return dict(headers=["MIME-Version: 1.0", "Content-Type: message/rfc822"],
                body=b"Content-Type: message/rfc822\r\n\r\n" * depth + b"\r\ninside\r\n")


HOSTILE = [
    ("10 MB of HTML in one line", html(b"<p>" + b"<b>x</b>" * 1250000)),
    ("10 MB of HTML, all tags opened", html(b"<div>\n" * 1700000)),
    ("10 MB of one HTML attribute", html(b'<a href="' + b"y" * 10000000 + b'">z</a>')),
    ("100,000 parts", multipart([b"\r\nx"] * 100000)),
    ("100,000 HTML alternatives", multipart([b"Content-Type: text/html\r\n\r\n<p>x"] * 100000, "alternative")),
    ("1,000 nested multiparts", nested(1000)),
    ("100,000 nested multiparts", nested(100000)),
    ("1,000 messages, each in the one before", forwarded(1000)),
    ("100,000 recipients in the header", dict(headers=["To: " + ",\r\n ".join(
        f"user{i}@example.org" for i in range(100000))], body=b"many\r\n")),
    ("a header of a megabyte", dict(headers=["X-Huge: " + "\r\n ".join(["h" * 900] * 1100)], body=b"huge\r\n")),
    ("100,000 headers", dict(headers=[f"X-{i}: y" for i in range(100000)], body=b"headers\r\n")),
    ("a subject of 100,000 encoded words", dict(subject="\r\n ".join(["=?utf-8?B?w6Q=?="] * 100000),
                                                body=b"subject\r\n")),
    ("8 bit garbage", dict(body=bytes(range(1, 10)) + bytes(i for i in range(11, 256) if i != 13) * 4000)),
    ("NULs", dict(body=b"nul \0\0\0 nul\r\n" * 10000)),
    ("garbage said to be base64", dict(headers=["MIME-Version: 1.0", "Content-Type: text/plain",
                                                "Content-Transfer-Encoding: base64"], body=b"\xff=\x80" * 100000)),
    ("a charset that is none", dict(headers=["MIME-Version: 1.0",
                                             "Content-Type: text/plain; charset=" + "c" * 500], body=b"text\r\n")),
    ("a multipart without an end", multipart([b"\r\nbegun"], end=False)),
    ("10 MB of attachment", multipart([b"\r\nsee below", b"Content-Type: image/jpeg\r\n"
                                       b"Content-Transfer-Encoding: base64\r\n\r\n" + LINES * 140000])),
    ("10 MB of text", dict(body=LINES * 140000)),
    ("10 MB of quoted text", dict(body=(b">" * 70 + b"\r\n") * 140000)),
    ("5 MB of combining marks", dict(headers=["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"],
                                     body=("a" + "\u0301" * 35 + "\r\n").encode() * 68000)),
]


def test_each(g):
    before = {p: g.peak(p) for p in ("milter", "triviumd")}
    answers = {"250": 0}
    for i, (name, mail) in enumerate(HOSTILE):
        number = f"+49155570{i:02}"
        m = Mail(**mail)
        said = g.send(m, f"{number}@sms.example.com")
        ok(said.startswith("250") or said.startswith("55"), f"{name}: an answer", said)
        if said.startswith("55"):
            ok(said.startswith("554 5.6.0 ") and number not in [x["number"] for x in g.messages()],
               f"{name}: refused, with a reason, and nothing is sent", said)
        if said.startswith("250"):
            answers["250"] += 1
            equal(g.state(m, "sent", "failed"), "sent", f"{name}: the phone gets something")
            found = g.messages(number)
            ok(len(found) == 1 and found[0]["segments"] <= 6 and "\0" not in found[0]["text"],
               f"{name}: one SMS, six segments at the most", found)
    ok(answers["250"] >= len(HOSTILE) - 6, "nearly all of them could be read", answers)
    for p in before:
        grown = (g.peak(p) - before[p]) >> 20
        ok(grown < (400 if SANITIZED else 64), f"{p}: {grown} MB more")


def test_other_mail_meanwhile(g):
    """While milters chew on the worst of them, other people's mail, and ours, is not held up."""
    mails = [Mail(**HOSTILE[i][1]) for i in (0, 1, 3, 6) * 2]
    said = [None] * len(mails)

    def send(i):
        said[i] = g.send(mails[i], f"+49155571{i:02}@sms.example.com")
    threads = [threading.Thread(target=send, args=(i,)) for i in range(len(mails))]
    for t in threads:
        t.start()
    n = done = 0
    while any(t.is_alive() for t in threads):
        n += 1
        done += g.send(Mail(f"quick {n}"), "bob@sink.example", "+4915557200@sms.example.com").startswith("250")
    for t in threads:
        t.join()
    ok(n > 3 and done == n, f"{done} of {n} other mails went through meanwhile")
    ok(all(s and s[0] in "25" for s in said), "and each of the bad ones had its answer", said)
    ok(len(g.sink.arrive("bob@sink.example", n)) == n, "the others' mails arrived")
    ok(g.idle(), "all is sent", *g.ctl("queue"))
    ok(len(g.texts("+4915557200")) == n, "ours, too")


def test_too_long(g):
    """Longer than is taken, ours alone and beside another's."""
    m = Mail(body=LINES * 400000)
    said = g.send(m, "+4915557300@sms.example.com")
    ok(said.startswith("552 5.3.4"), "a mail of 28 MB: 552 5.3.4", said)


def test_envelope(g):
    for name, to in [("a number of 1,000 digits", "9" * 1000), ("control bytes", "+49155\x01\x7f00"),
                     ("bytes that are no UTF-8", "+49155\udcff\udcfe"), ("a quoted nothing", '""'),
                     ("a format", "%s%n%s%n"), ("an SQL word", "'; drop table routes; --")]:
        s = g.smtp()
        s.mail("ann@example.org")
        s.sock.sendall(f"RCPT TO:<{to}@sms.example.com>\r\n".encode("utf-8", "surrogateescape"))
        code, text = s.getreply()
        ok(400 <= code < 600, f"{name}: refused", code, text)
        s.close()
    with g.smtp() as s:
        s.mail("ann@example.org")
        codes = [s.rcpt(f"+491555{74000 + i}@sms.example.com")[0] for i in range(1005)]
        ok(codes[:1000] == [250] * 1000 and all(c // 100 == 4 for c in codes[1000:]),
           "1,000 phones for one mail, no more", codes[995:])
        m = Mail("to a thousand")
        code, text = s.data(bytes(m))
        equal(code, 250, "and the mail is taken")
    ok(g.idle(), "all is sent", *g.ctl("queue"))
    equal(len([x for x in g.messages() if x["text"] == "to a thousand"]), 1000, "each phone gets it once")


def test_log(g):
    for p in ("milter", "triviumd"):
        lines = g.log(p).splitlines()
        ok(all(len(line) < 4000 and "\0" not in line for line in lines), f"{p}: the log stays readable",
           max(map(len, lines)))


run(Gateway("77-hostile", sim="--no-receipts", postfix=[
    "message_size_limit = 100000000", "header_size_limit = 10000000", "line_length_limit = 2048"]),
    test_each, test_other_mail_meanwhile, test_too_long, test_envelope, test_log)
