#!/usr/bin/env python3
"""Mail out by SMTP, against a server that answers from a script: what is said on the wire, and what
each refusal and each lost connection means."""
import base64
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time

B = os.environ.get("B", ".build/plain")
WORK = tempfile.mkdtemp(prefix="trivium-smtp-")
count = failed = 0


def ok(good, name, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            for line in str(s).splitlines()[:30]:
                print("#   " + line[:300])


def equal(got, want, name):
    ok(got == want, name, f" got: {got!r}", f"want: {want!r}")


class Handler(socketserver.StreamRequestHandler):
    """`script` maps a command ("greeting", "MAIL", "end" of the mail) to replies that are used up one
    after another, the last one for ever; "drop" closes the connection, "hang" says nothing."""

    def say(self, event, preset):
        replies = self.server.script.get(event, [preset])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply == "hang":
            time.sleep(8)
        if reply in ("drop", "hang"):
            return False
        self.wfile.write(reply.replace("\n", "\r\n").encode() + b"\r\n")
        return True

    def handle(self):
        server = self.server
        server.connections += 1
        tls = False
        if not self.say("greeting", "220 relay.test ESMTP"):
            return
        while True:
            line = self.rfile.readline()
            if not line:
                return
            server.commands.append(line.decode(errors="replace").rstrip("\r\n"))
            verb = line[:4].upper().decode(errors="replace").strip()
            if verb == "DATA":
                if not self.say(verb, "354 go on"):
                    return
                if server.script.get("DATA"):
                    continue
                lines = []
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    lines.append(part)
                    if "cut" in server.script and len(lines) > 3:
                        return
                server.mails.append(b"".join(lines))
                if not self.say("end", "250 2.0.0 Ok: queued as 4X"):
                    return
            elif verb == "EHLO":
                more = "" if tls or not server.context else "250-STARTTLS\n"
                if not self.say(verb, f"250-relay.test\n{more}250-8BITMIME\n250-SMTPUTF8\n"
                                "250-AUTH PLAIN LOGIN\n250 SIZE 1000000"):
                    return
            elif verb == "STAR":
                self.say(verb, "220 go on")
                self.connection = server.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                tls = True
            elif verb == "AUTH":
                self.say("challenge", "334 ")
                server.commands.append(self.rfile.readline().decode().strip())
                self.say(verb, "235 2.7.0 known")
            elif not self.say(verb, "250 2.1.0 fine"):
                return


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def handle_error(self, *_):
        pass

    def __init__(self, context=None, **script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.context = script, context
        self.commands, self.mails, self.connections = [], [], 0
        self.url = f"smtp://localhost:{self.server_address[1]}" if context else \
            f"smtp://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


def write(name, data):
    path = f"{WORK}/{name}"
    with open(path, "wb") as f:
        f.write(data)
    return path


MAIL = write("mail", b"From: a@b\r\n\r\n.\r\n..\r\nHello\r\n")
BIG = write("big", b"From: a@b\r\n\r\n" + (b"x" * 70 + b"\r\n") * 100000)


def send(url, lines, *options):
    p = subprocess.run([B + "/t/smtp-client", url, *options], input=lines, capture_output=True, text=True)
    ok(p.returncode == 0 and not p.stderr, "the client ends well", p.stderr)
    return p.stdout.splitlines()


def one(*options, server=None, to="ann@example.org", mail=MAIL, sender="me@sms.test", **script):
    server = server or Server(**script)
    out = send(server.url, f"{sender} {to} {mail}\n\n", *options)
    server.shutdown()
    server.server_close()
    return server, out[0] if out else ""


def test_wire():
    s, out = one("hello=gw.test")
    equal(out, "DONE - 2.0.0 250 2.0.0 Ok: queued as 4X", "taken, in the relay's words")
    equal([c for c in s.commands if c != "QUIT"],
          ["EHLO gw.test", f"MAIL FROM:<me@sms.test> SIZE={os.path.getsize(MAIL)}",
           "RCPT TO:<ann@example.org>", "DATA"], "what is said")
    equal(s.mails, [b"From: a@b\r\n\r\n..\r\n...\r\nHello\r\n"], "dots at a line's start are doubled")
    s, out = one(sender="-")
    ok(any(c.startswith("MAIL FROM:<>") for c in s.commands), "the null sender", s.commands)
    s, out = one(to='"a b"@example.org')
    ok(True, "a quoted local part", s.commands)
    s, out = one(to="j\u00fcrgen@example.org")
    ok(any(c.endswith("SMTPUTF8") for c in s.commands) and "DONE" in out, "SMTPUTF8", s.commands)
    for to in ("a\\nRCPT", "a>\\nQUIT", "a@b>", ""):
        s, out = one(to=to)
        ok(out.startswith("NEVER - 5.1.3") and not s.connections, f"an address {to!r} is refused", out)
    s, out = one(mail=BIG)
    equal(len(s.mails[0]), os.path.getsize(BIG), "a long mail is whole")


def test_many():
    s = Server()
    lines = "".join(f"me@sms.test u{i}@example.org {MAIL}\n" for i in range(8))
    out = send(s.url, (lines + "\n") * 3)
    equal([l[:4] for l in out], ["DONE"] * 24, "many side by side, three times")
    ok(s.connections <= 16 and len(s.mails) == 24, "connections are kept", s.connections)
    s = Server()
    line = f"me@sms.test a@example.org {MAIL}\n\n"
    send(s.url, line * 10)
    equal((s.connections, len(s.mails)), (1, 10), "ten mails one after another take one connection")


REFUSALS = [
    ({"greeting": ["554 5.7.1 not you"]}, "LATER whole 4.7.1 554 5.7.1 not you"),
    ({"greeting": ["421 4.3.2 busy"]}, "LATER whole 4.3.2 421 4.3.2 busy"),
    ({"MAIL": ["452 4.3.1 full"]}, "LATER - 4.3.1 452 4.3.1 full"),
    ({"MAIL": ["550 5.7.1 no sender"]}, "NEVER - 5.7.1 550 5.7.1 no sender"),
    ({"MAIL": ["530 5.7.0 STARTTLS first"]}, "LATER whole 4.7.0 530 5.7.0 STARTTLS first"),
    ({"RCPT": ["550-5.1.1 <ann@example.org>: unknown\n550 5.1.1 in table users"]},
     "NEVER - 5.1.1 550 5.1.1 <ann@example.org>: unknown in table users"),
    ({"RCPT": ["450 4.2.0 greylisted"]}, "LATER - 4.2.0 450 4.2.0 greylisted"),
    ({"RCPT": ["550 no such user"]}, "NEVER - 5.0.0 550 no such user"),
    ({"RCPT": ["421 4.7.0 too many"]}, "LATER whole 4.7.0 421 4.7.0 too many"),
    ({"RCPT": ["550 2.1.1 confused"]}, "NEVER - 5.0.0 550 2.1.1 confused"),
    ({"DATA": ["554 5.5.1 no"]}, "NEVER - 5.5.1 554 5.5.1 no"),
    ({"end": ["550 5.7.1 spam"]}, "NEVER - 5.7.1 550 5.7.1 spam"),
    ({"end": ["451 4.3.0 try later"]}, "LATER - 4.3.0 451 4.3.0 try later"),
    ({"end": ["552 5.3.4 too big"]}, "NEVER - 5.3.4 552 5.3.4 too big"),
    ({"RCPT": ["550 5.1.1 a\x01b\x1b[1m"]}, "NEVER - 5.1.1 550 5.1.1 a b [1m"),
]


def test_refusals():
    for script, want in REFUSALS:
        _, out = one(**{k: list(v) for k, v in script.items()})
        equal(out, want, f"{script}")
    s = Server(RCPT=["550 5.1.1 no", "250 fine"])
    out = send(s.url, f"me@sms.test a@example.org {MAIL}\n\n" * 2)
    ok(out[0].startswith("NEVER") and out[1].startswith("DONE"), "after a refusal the next goes", out)


def test_lost():
    for event, want in (("greeting", "LATER whole 4.4.1"), ("EHLO", "LATER whole 4.4.1"),
                        ("MAIL", "LATER - 4.4.2"), ("RCPT", "LATER - 4.4.2"), ("end", "UNKNOWN - 4.4.2")):
        _, out = one(**{event: ["drop"]})
        ok(out.startswith(want), f"the connection is lost: {event}", out)
    s = Server(cut=1)
    out = send(s.url, f"me@sms.test a@example.org {BIG}\n\n")[0]
    ok(out.startswith("LATER - 4.4.2"), "the connection is lost in the middle of the mail", out)
    _, out = one("timeout=1500", end=["hang"])
    ok(out.startswith("UNKNOWN - 4.4.2"), "no answer to the mail", out)
    _, out = one("timeout=1500", greeting=["hang"])
    ok(out.startswith("LATER whole"), "no greeting", out)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        out = send(f"smtp://127.0.0.1:{closed.getsockname()[1]}", f"a@b c@d {MAIL}\n\n")[0]
    ok(out.startswith("LATER whole 4.4.1"), "nobody is there", out)
    out = send("smtp://no-such-host.invalid:25", f"a@b c@d {MAIL}\n\n")[0]
    ok(out.startswith("LATER whole 4.4.1"), "no such host", out)
    s = Server(MAIL=["250 ok", "drop", "250 ok"])
    out = send(s.url, f"me@sms.test a@example.org {MAIL}\n\n" * 2)
    ok([o[:4] for o in out] == ["DONE", "DONE"] and s.connections == 2,
       "a kept connection that turns out to be dead is no failure", out)
    for event, want in (("end", "UNKNOWN"), ("greeting", "LATER")):
        s = Server(**{event: ["hang"]})
        out = send(s.url, f"me@sms.test a@example.org {MAIL}\nfree\n")
        ok(out and out[0].startswith(want), f"given up while it waits: {event}", out)


def test_login():
    s, out = one("username=gw", "password=s3cret", "tls=never")
    want = base64.b64encode(b"\0gw\0s3cret").decode()
    ok(any(want in c for c in s.commands) and out.startswith("DONE"), "AUTH", s.commands)
    _, out = one("username=gw", "password=s3cret", "tls=never", AUTH=["535 5.7.8 wrong"])
    ok(out.startswith("LATER whole 4.7.8 535"), "a login that is refused is the relay's trouble", out)


def test_tls():
    cert, key = WORK + "/cert.pem", WORK + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-days", "2",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    for options, want, starts in (((), "DONE", True), (("tls=never",), "DONE", False),
                                  (("tls=lways", "ca=" + cert), "DONE", True),
                                  (("tls=lways",), "LATER whole", True),
                                  (("ca=" + cert,), "DONE", True)):
        s, out = one(*options, server=Server(context))
        ok(out.startswith(want) and ("STARTTLS" in s.commands) == starts and
           (bool(s.mails) == (want == "DONE")), f"STARTTLS offered: {options}", out, s.commands)
    s, out = one("tls=lways")
    ok(out.startswith("LATER whole") and not any(c.startswith("MAIL") for c in s.commands),
       "no STARTTLS, and it is wanted: nothing is sent", out, s.commands)


try:
    for test in (test_wire, test_many, test_refusals, test_lost, test_login, test_tls):
        test()
finally:
    shutil.rmtree(WORK)
print(f"1..{count}")
sys.exit(failed > 0)
