#!/usr/bin/env python3
# What mails made to hurt cost: each is read with the processor's time limited, the growth of memory
# is measured, and the text that a person would read in it must still come out.
import os
import resource
import subprocess
import sys
import tempfile

HELPER = os.path.join(os.environ.get("B", ".build/plain"), "t", "flatten")
# Sanitizers keep freed memory and shadow it, so there only the text and the time are looked at.
SANITIZED = "plain" not in os.path.basename(os.environ.get("B", "plain"))
GROWTH_KB = 32 * 1024
CPU_S = 60 if SANITIZED else 10

MB = 1 << 20


def text(body, header=b"Subject: s\n"):
    return header + b"\n" + body


def typed(kind, body):
    return b"Subject: s\nContent-Type: " + kind + b"\n\n" + body


def html(body):
    return typed(b"text/html; charset=utf-8", body)


def parts(n, kind=b"mixed", part=b"\nhello\n"):
    return typed(b"multipart/" + kind + b"; boundary=b", (b"--b\n" + part) * n + b"--b--\n")


def nested(n):
    out = [b"Subject: s\n"]
    for i in range(n):
        out.append(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i))
        if i == 0:
            out.append(b"\nouter\n--b0\n")
    out.append(b"\ninner\n")
    return b"".join(out)


B64 = (b"A" * 76 + b"\n") * 14 * 1024  # about 1 MB


def cases():
    yield "10 MB of HTML on one line", html(b"<p>first" + b"<b>word</b> " * (10 * MB // 12)), "first"
    yield "10 MB of HTML text without a tag", html(b"first " + b"word " * (2 * MB)), "first"
    yield "10 MB of < ", html(b"first " + b"<" * (10 * MB)), "first"
    yield "10 MB of <a", html(b"first " + b"<a" * (5 * MB)), "first"
    yield "10 MB of an open tag", html(b"first <a " + b"x=y " * (5 * MB // 2)), "first"
    yield "10 MB of an open attribute", html(b"first <a href='" + b"x" * (10 * MB)), "first"
    yield "10 MB of an open comment", html(b"first <!-- " + b"-x" * (5 * MB)), "first"
    yield "10 MB of comment ends", html(b"first <!-- " + b"--!" * (3 * MB)), "first"
    yield "an open script", html(b"first <script>" + b"</scrip" * MB), "first"
    yield "an open style", html(b"first <style>" + b"</" * (4 * MB)), "first"
    yield "an open processing instruction", html(b"first <?" + b"?x" * (4 * MB)), "first"
    yield "an open doctype", html(b"first <!DOCTYPE " + b"[x" * (4 * MB)), "first"
    yield "10 MB of &", html(b"first " + b"&" * (10 * MB)), "first"
    yield "10 MB of an entity", html(b"first &" + b"a" * (10 * MB)), "first"
    yield "10 MB of &#1", html(b"first &#" + b"1" * (10 * MB)), "first"
    yield "a million open elements", html(b"<div>" * 600000 + b"first"), "first"
    yield "a million open inline elements", html(b"<b>" * MB + b"first"), "first"
    yield "open elements and other ends", html(b"<i>" * 200 + b"</b>" * 2 * MB + b"first"), ""
    yield "a hundred thousand open, then ends", html(b"<div>" * 100000 + b"</p>" * 500000 + b"first"), "first"
    yield "open tables", html(b"<table><tr><td>" * 200000 + b"first"), "first"
    yield "open lists", html(b"<ul><li>" * 400000 + b"first"), "first"
    yield "elements of the head in the body", html(b"<head><title>" * 200000 + b"</title>first"), ""
    yield "nested links", html(b"<a href=x>" * 300000 + b"first"), "first"
    yield "nested fonts and paragraphs", html(b"<font><p>" * 300000 + b"first"), "first"
    yield "nested forms", html(b"<form><input><select><option>" * 100000 + b"first"), "first"
    yield "hidden elements", html(b"<div style='display:none'>" * 100000 + b"</div>" * 100000 + b"first"), "first"
    yield "long styles", html((b"<div style='" + b"display:" * 5000 + b"'>") * 50 + b"first"), "first"
    yield "100000 attributes", html(b"<a " + b"".join(b"x%d=y " % i for i in range(100000)) + b">first"), "first"
    yield "100000 tags of many attributes", html((b"<a " + b"".join(b"x%d=y " % i for i in range(150)) + b">") * 10000 + b"first"), ""
    yield "pictures in tags", html((b"<img src='data:image/png;base64," + b"A" * MB + b"'>") * 30 + b"first"), "first"
    yield "10 MB of dashes in a comment", html(b"first<!--" + b"-" * (10 * MB)), "first"
    yield "NULs in HTML", html(b"first" + b"\0" * (4 * MB)), "first"
    yield "8 MB of white space in <pre>", html(b"<pre>first" + b" \n" * (4 * MB)), "first"
    yield "100000 parts", parts(100000), "hello"
    yield "100000 parts of nothing", parts(100000, part=b""), ""
    yield "100000 alternatives", parts(100000, b"alternative"), "hello"
    yield "100000 HTML parts", parts(100000, part=b"Content-Type: text/html\n\n<p>hello\n"), "hello"
    yield "100000 messages", parts(100000, b"digest"), ""
    yield "1000 nested multiparts", nested(1000), "outer"
    yield "20000 nested multiparts", nested(20000), "outer"
    yield "100000 nested messages", b"Subject: s\n" + b"Content-Type: message/rfc822\n\n" * 100000 + b"\nx\n", None
    yield "a field of 10 MB", text(b"hello\n", b"X: " + b"y" * (10 * MB) + b"\nSubject: s\n"), "hello"
    yield "a subject of 10 MB", text(b"hello\n", b"Subject: s" + b" y" * (5 * MB) + b"\n"), "hello"
    yield "a field folded a million times", text(b"hello\n", b"X: y\n" + b" y\n" * MB + b"Subject: s\n"), "hello"
    yield "a subject folded a million times", text(b"hello\n", b"Subject: s\n" + b" y\n" * MB), "hello"
    yield "300000 fields", text(b"hello\n", b"".join(b"X-%d: y\n" % i for i in range(300000)) + b"Subject: s\n"), "hello"
    yield "300000 subjects", text(b"hello\n", b"Subject: s\n" * 300000), "hello"
    yield "a subject of encoded words", text(b"hello\n", b"Subject: s" + b"=?utf-8?q?=41?=\n " * 100000 + b"\n"), "hello"
    yield "a subject of word beginnings", text(b"hello\n", b"Subject: s" + b"=?" * 100000 + b"\n"), "hello"
    yield "a subject of half words", text(b"hello\n", b"Subject: s" + b"=?a?b?" * 100000 + b"\n"), "hello"
    yield "100000 parameters", typed(b"text/plain" + b"".join(b"; p%d=y" % i for i in range(100000)), b"hello"), "hello"
    yield "100000 parameter segments", typed(b"text/plain" + b"".join(b"; p*%d*=y" % i for i in range(100000)), b"hello"), "hello"
    yield "100000 segments of a boundary", typed(b"multipart/mixed" + b"".join(b"; boundary*%d=y" % i for i in range(100000)), b"hello"), None
    yield "100000 comments", typed(b"text/plain " + b"(" * 100000, b"hello"), "hello"
    yield "a disposition of parameters", text(b"hello", b"Subject: s\nContent-Disposition: inline" + b"; a*0=b" * 100000 + b"\n"), "hello"
    yield "64 MB of base64", typed(b"text/plain\nContent-Transfer-Encoding: base64", b"aGVsbG8gaGVs\n" + B64 * 64), "hello"
    yield "64 MB of base64 in an attachment", typed(
        b"multipart/mixed; boundary=b",
        b"--b\n\nhello\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + B64 * 64 + b"--b--\n"), "hello"
    yield "64 MB of text", text(b"hello\n" + b"x y z\n" * (64 * MB // 6)), "hello"
    yield "64 MB of one line", text(b"hello " + b"x" * (64 * MB)), "hello"
    yield "64 MB of line ends", text(b"hello" + b"\n" * (64 * MB)), "hello"
    yield "64 MB of flowed text", typed(b"text/plain; format=flowed", b"hello \n" + b"xyz \n" * (12 * MB)), "hello"
    yield "quoting without end", typed(b"text/plain; format=flowed", b"hello\n" + b">" * (10 * MB)), "hello"
    yield "quoting ever deeper", typed(
        b"text/plain; format=flowed", b"hello\n" + b"".join(b">" * i + b"\n" for i in range(3000))), "hello"
    yield "64 MB of preamble", typed(b"multipart/mixed; boundary=b", b"preamble\n" * (7 * MB) + b"--b\n\nhello\n--b--\n"), "hello"
    yield "64 MB of epilogue", parts(1) + b"epilogue\n" * (7 * MB), "hello"
    yield "10 MB of NULs", text(b"hello" + b"\0" * (10 * MB)), "hello"
    yield "NULs in the header", text(b"hello", b"Subject: s\0\0\nX\0: y\n"), None
    yield "10 MB of lines --", text(b"hello\n" + b"--\n" * (3 * MB)), "hello"
    yield "10 MB of lines that begin with a boundary", typed(
        b"multipart/mixed; boundary=b", b"--b\n\nhello\n" + b"--bx\n" * (2 * MB) + b"--b--\n"), "hello"
    yield "bad bytes in UTF-8", typed(b"text/plain; charset=utf-8", b"hello\xc3\xa4" + b"\xff" * (10 * MB)), "hello"
    yield "bad bytes in GB18030", typed(b"text/plain; charset=gb18030", b"hello" + b"\xff" * (10 * MB)), "hello"
    yield "UTF-7", typed(b"text/plain; charset=utf-7", b"hello" + b"+AGEAYgBj" * MB), "hello"
    yield "ISO-2022-JP shifts", typed(b"text/plain; charset=iso-2022-jp", b"hello" + b"\x1b$B\x1b(B" * MB), "hello"
    yield "quoted-printable", typed(b"text/plain\nContent-Transfer-Encoding: quoted-printable", b"hello" + b"=\n" * (5 * MB)), "hello"
    yield "one = after the other", typed(b"text/plain\nContent-Transfer-Encoding: base64", b"aGVsbG8=" + b"=" * (5 * MB)), "hello"


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.run([HELPER, "-m", path], capture_output=True, preexec_fn=limits)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    err = p.stderr.decode(errors="replace").strip()
    grown = int(err.split()[-2]) if err.endswith(" kB") else -1
    return p.returncode, p.stdout, grown, cpu, err


def main():
    n = failed = 0
    with tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, "mail")
        for name, mail, want in cases():
            n += 1
            with open(path, "wb") as f:
                f.write(mail)
            code, out, grown, cpu, err = read(path)
            why = []
            if code != 0 or grown < 0:
                why.append("it ended with %d: %s" % (code, err[-300:]))
            if grown > GROWTH_KB and not SANITIZED:
                why.append("it grew by %d kB" % grown)
            try:
                shown = out.decode()
                if want is not None and ("subject: s" not in shown or want not in shown.split("\n\n", 1)[1]):
                    why.append("it shows %r" % shown[:200])
                if len(out) > 80 * 1024:
                    why.append("it shows %d bytes" % len(out))
            except UnicodeDecodeError as e:
                why.append("it shows what is no UTF-8: %s" % e)
            print("%sok %d - %s (%.2f s, %d kB)" % ("not " if why else "", n, name, cpu, grown))
            for w in why:
                print("# " + w)
            failed += bool(why)
            sys.stdout.flush()
    print("1..%d" % n)
    return failed != 0


sys.exit(main())
