#!/usr/bin/env python3
"""The whole way of a mail to a handset: what it shows, what refusals say, what is kept of it."""
import base64
import json
import quopri
import sys

sys.path.insert(0, "t")
from whole import Gateway, Mail, equal, ok, run, skip

PLAIN = "Content-Type: text/plain; charset="


def coded(text, charset, how):
    """The head and body of a text part."""
    data = text.encode(charset)
    body = {"8bit": lambda: data, "7bit": lambda: data, "base64": lambda: base64.encodebytes(data),
            "quoted-printable": lambda: quopri.encodestring(data)}[how]()
    return ["MIME-Version: 1.0", PLAIN + charset, f"Content-Transfer-Encoding: {how}"], body


def parts(kind, *bodies):
    body = b"".join(b"--x\n" + b + b"\n" for b in bodies) + b"--x--\n"
    return ["MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="x"'], body


HTML = (b"Content-Type: text/html; charset=utf-8\n\n<html><head><style>p {color: red}</style></head>"
        b"<body><p>Dear <b>Bob</b>,</p><p>noon &amp; not later<br>&euro; 5</p>"
        b"<script>alert(1)</script></body></html>")
RUSSIAN = "Привет, Анна! Встреча в полдень."
JAPANESE = "正午に会いましょう。"
CHINESE = "中午见,别迟到。"

CONTENT = [
    ("plain", dict(text="See you at noon."), "See you at noon."),
    ("subject first", dict(text="At noon.", subject="Lunch"), "Lunch\nAt noon."),
    ("subject alone", dict(text="", subject="Come home"), "Come home"),
    ("subject in RFC 2047", dict(text="x", subject="=?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?Q?_=E4?="),
     "Grüße ä\nx"),
    ("the answer to a phone's message", dict(text="Yes.", subject="Re: SMS from +491555", headers=[
        "In-Reply-To: <01ARZ3NDEKTSV4RRFFQ69G5FAV@sms.example.com>"]), "Yes."),
    ("lines", dict(text="one\n\ntwo\n.three\n"), "one\n\ntwo\n.three"),
    ("GSM extension", dict(text="{5 €}"), "{5 €}"),
    ("emoji", dict(text="Yes \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467!"),
     "Yes \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467!"),
    ("HTML alone", dict(headers=["MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"],
                        body=HTML.split(b"\n\n", 1)[1]), "Dear Bob,\nnoon & not later\n€ 5"),
    ("alternative", (lambda h, b: dict(headers=h, body=b))(*parts(
        "alternative", b"Content-Type: text/plain\n\nDear Bob, noon", HTML)), "Dear Bob, noon"),
    ("attachment", (lambda h, b: dict(headers=h, body=b))(*parts(
        "mixed", b"Content-Type: text/plain\n\nsee the plan",
        b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nPLAN")),
     "see the plan"),
] + [
    (f"{charset}, {how}", (lambda h, b: dict(headers=h, body=b))(*coded(text, charset, how)), text)
    for text, charset, how in [
        (RUSSIAN, "windows-1251", "8bit"), (RUSSIAN, "koi8-r", "base64"),
        (JAPANESE, "iso-2022-jp", "7bit"), (JAPANESE, "shift_jis", "base64"),
        (CHINESE, "gb18030", "8bit"), (CHINESE, "gb18030", "quoted-printable"),
        ("Grüße – äöü", "utf-8", "quoted-printable"), ("Grüße", "iso-8859-1", "quoted-printable"),
        ("\U0001f4a1 Idee", "utf-8", "base64")]
]


def test_content(g):
    for i, (name, mail, want) in enumerate(CONTENT):
        number = f"+49155501{i:03}"
        said = g.send(Mail(**mail), f"{number}@sms.example.com")
        if not ok(said.startswith("250"), f"{name}: taken", said):
            continue
        equal(g.arrive(number), [want], f"{name}: at the handset")


def test_sizes(g):
    """The segments a phone gets: at most six, GSM 7 bit or UCS-2, with an ellipsis where cut."""
    for i, (name, text, encoding, segments) in enumerate([
            ("160 septets", "a" * 160, "GSM-7", 1), ("161 septets", "a" * 161, "GSM-7", 2),
            ("70 units", "я" * 70, "UCS-2", 1), ("71 units", "я" * 71, "UCS-2", 2),
            ("six full segments", "a" * 918, "GSM-7", 6), ("six full in UCS-2", "я" * 402, "UCS-2", 6)]):
        number = f"+49155502{i:03}"
        g.submit(number, text)
        g.arrive(number)
        m = g.messages(number)
        ok(m and (m[0]["text"], m[0]["encoding"], m[0]["segments"]) == (text, encoding, segments),
           f"{name}: {segments} segments of {encoding}", m)
    for i, (name, word, end, encoding) in enumerate([
            ("long", "word ", "...", "GSM-7"), ("long in UCS-2", "слово ", "…", "UCS-2")]):
        number = f"+49155503{i:03}"
        text = word * 400
        g.submit(number, text)
        got = (g.arrive(number) or [""])[0]
        m = g.messages(number)[0]
        kept = got.removesuffix(end).rstrip()
        ok(got.endswith(end) and text.startswith(kept) and m["segments"] == 6 and
           m["encoding"] == encoding and text[len(kept)] == " ",
           f"{name}: cut to six segments at a word, with an ellipsis", got[-40:], m["segments"])


def test_ways_to_write(g):
    for i, given in enumerate(["0155-504{n}", "+49.155.504{n}", "0049-155-504{n}", "(0155)504{n}"]):
        n = f"{i:04}"
        said = g.send(Mail(f"way {i}"), f'"{given.format(n=n)}"@sms.example.com')
        equal((said[:3], g.arrive(f"+49155504{n}")), ("250", [f"way {i}"]), f"{given} is understood")


def test_refusals(g):
    foreign = "ADDR=192.0.2.7 NAME=mx.foreign.example"
    for name, to, want, more in [
            ("no number", "bob@sms.example.com", "550 5.1.3 ", {}),
            ("too short", "01@sms.example.com", "550 5.1.3 ", {}),
            ("too long", "+49155501234567890123@sms.example.com", "550 5.1.3 ", {}),
            ("a premium number", "+4990012345@sms.example.com",
             "550 5.7.1 premium numbers are not served", {}),
            ("the same, written nationally", "0900-12345@sms.example.com",
             "550 5.7.1 premium numbers are not served", {}),
            ("a route that says later", "+49155@later.example.com", "451 4.7.1 come back", {}),
            ("a route to nowhere", "015550100@lost.example.com", "451 4.3.5 ", {}),
            ("a foreign client", "015550100@sms.example.com", "550 5.7.1 ", dict(xclient=foreign)),
    ]:
        said = g.rcpt(to, **more)
        ok(said.startswith(want), f"{name}: {want}", said)
    said = g.rcpt("bob@sms.example.com")
    ok("number" in said, "what is no number is told so", said)
    for name, to, more in [("another's", "bob@sink.example", {}), ("mx.test's", "root@mx.test", {}),
                           ("mx.test's from outside", "root@mx.test", dict(xclient=foreign))]:
        said = g.rcpt(to, **more)
        ok(said.startswith("250 2.1.5"), f"{name} recipient is not ours to judge", said)
    equal(g.messages("+4915550100"), [], "of what was refused nothing is sent")


def test_login(g):
    """XCLIENT gives a login where Postfix is built with SASL."""
    who = "ADDR=192.0.2.7 NAME=mx.foreign.example LOGIN=joe"
    try:
        said = g.send(Mail("with a login"), "+4915550600@sms.example.com", xclient=who)
    except AssertionError as e:
        skip("a foreign client that has logged in may send", f"XCLIENT LOGIN: {e}")
        return
    ok(said.startswith("250"), "a foreign client that has logged in may send", said)
    equal(g.arrive("+4915550600"), ["with a login"], "and the phone gets it")


def test_routes_words(g):
    """A route's words say how its messages are shown."""
    for i, (name, mail, want) in enumerate([
            ("sender and subject, in plain letters", dict(
                text="“At noon” – or later?", subject="Re: Lunch", sender="=?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <ann@example.org>"),
             "Jörg Müller: Lunch\n\"At noon\" - or later?"),
            ("no name", dict(text="Noon?", sender="ann@example.org"), "ann@example.org: Noon?"),
            ("cut to one segment", dict(text="word " * 60, subject="word word"), "ann@example.org: " + "word " * 27 + "word...")]):
        said = g.send(Mail(**mail), f"+491555065{i}@friends.example.com")
        ok(said.startswith("250"), f"{name}: taken", said)
        equal(g.arrive(f"+491555065{i}"), [want], f"{name}: at the handset")
        with open(f"{g.dir}/preview.eml", "wb") as f:
            f.write(bytes(Mail(**mail)))
        code, out, err = g.ctl("-c", f"{g.dir}/trivium.conf", "preview", f"{g.dir}/preview.eml", "--json",
                               "--to", f"+491555065{i}@friends.example.com")
        equal((code, code == 0 and json.loads(out)["text"]), (0, want), f"{name}: and in the preview")
    lines = [line for line in g.log("triviumd").splitlines() if "to=<tel:+4915550652>" in line and "cut=" in line]
    ok(len(lines) == 1 and "cut=160 (" in lines[0], "what was cut is told in the log", lines)


def test_dsn(g):
    """What a client asks of reports is kept, for the day when they are made."""
    mail = Mail("dsn")
    said = g.send(mail, "+4915550700@sms.example.com", options=["RET=HDRS", "ENVID=QQ314159"],
                  rcpt_options=["NOTIFY=SUCCESS,FAILURE",
                                "ORCPT=rfc822;+2B4915550700@sms.example.com"])
    ok(said.startswith("250"), "a mail with DSN parameters is taken", said)
    equal(g.arrive("+4915550700"), ["dsn"], "and arrives")
    code, _, err = g.ctl("backup", f"{g.dir}/backup")
    ok(code == 0, "the queue is copied", err)
    data = b"".join(open(f, "rb").read() for f in files(f"{g.dir}/backup"))
    for name, value in [("envid", b"QQ314159"), ("ret", b"HDRS"), ("notify", b"SUCCESS,FAILURE"),
                        ("orcpt", b"rfc822;+2B4915550700@sms.example.com")]:
        ok(name.encode() + b"=%d:" % len(value) + value in data, f"{name.upper()} is on the disk")


def files(top):
    import os
    return [os.path.join(d, f) for d, _, names in os.walk(top) for f in names]


gateway = Gateway("70-whole", domains={"later.example.com": "error:4.7.1 come back",
                                       "friends.example.com": "phone:operator-a lead=from,subject smart=yes segments=1",
                                       "lost.example.com": "phone:nowhere"})
run(gateway, test_content, test_sizes, test_ways_to_write, test_refusals, test_login, test_routes_words, test_dsn)
