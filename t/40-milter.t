#!/usr/bin/env python3
"""The milter as a mail server sees it: t/mta.py speaks to it, t/bridge.py answers it. Each trap that
is known of milters is a case here, by its name."""
import atexit
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, "t")
sys.dont_write_bytecode = True
import mta  # noqa: E402
from bridge import Bridge, new_id  # noqa: E402
from tap import done, like, ok, same  # noqa: E402

PROGRAM = os.path.join(os.environ["B"], "trivium-milter")
DIR = tempfile.TemporaryDirectory(prefix="trivium-milter.")
SOCKET = DIR.name + "/milter.sock"
ROUTES = ("static:sms.test=phone:acme,im.test=im:chat,+4990=error:5.7.1 premium numbers are not served,"
          "broken.test=what is this,away.test=error:4.2.1 closed for lunch")


RUNNING = []


def end_all():
    for process in RUNNING:
        if process.poll() is None:
            process.kill()


atexit.register(end_all)


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


class Milter:
    """The program, in a configuration of its own."""

    def __init__(self, routes=ROUTES, fault="", **settings):
        values = {"networks": "127.0.0.0/8 [::1]/128 198.51.100.0/24", "size": "300 kB", "wait": "3 s"}
        values.update(settings)
        with open(DIR.name + "/trivium.conf", "w", encoding="utf-8") as f:
            f.write('user = ""\nlog = "stderr"\ncountry_code = "49"\nmilter {\n')
            f.write(f'  socket = "unix:{SOCKET}"\n')
            f.writelines(f'  {name} = "{value}"\n' for name, value in values.items())
            # `history` is the bridge's alone: the milter lets it pass.
            f.write(f'}}\nbridge {{\n  submit = "unix:{DIR.name}/submit.sock"\n  history = "7 d"\n}}\n')
            f.write(f'tables {{\n  routes = "{routes}"\n}}\n')
        open(DIR.name + "/log", "w", encoding="utf-8").close()
        self.log = open(DIR.name + "/log", "a+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([PROGRAM, "-c", DIR.name + "/trivium.conf"], stderr=self.log,
                                        env=dict(os.environ, TRIVIUM_FAULT=fault))
        RUNNING.append(self.process)
        if not wait_for(lambda: "ready: " in self.text() or self.process.poll() is not None):
            raise SystemExit("Bail out! the milter does not come up: " + self.text())

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)


def session(address="127.0.0.1", login=None, door=None, **negotiation):
    m = mta.Mta("unix:" + SOCKET, **negotiation)
    m.macros = {"j": "mx.test", "{daemon_name}": door or "mx.test", "i": "4jYzQ93t0Nz1cffg"}
    if login:
        m.macros["{auth_authen}"] = login
    m.connect(address)
    return m


HEADERS = [("From", "Alice <alice@example.org>"), ("Message-ID", "<1@example.org>"),
           ("Date", "Tue, 24 Nov 2026 12:00:00 +0000"), ("Subject", "Lunch"),
           ("X-Folded", "one\n\ttwo")]
BODY = b"It is at noon.\r\n"


def mail(m, *rcpts, headers=HEADERS, body=BODY, sender="<alice@example.org>"):
    """One mail. The replies to its recipients, and that to its end (None: nothing was sent)."""
    m.mail(sender)
    replies = [m.rcpt(r) for r in rcpts]
    if all(r.kind != "continue" for r in replies):
        m.abort()
        return replies, None
    reply = m.data()
    return replies, reply if reply.kind == "accept" else m.send(headers, body)


def what_is_taken(bridge):
    m = session()
    same((m.steps & mta.NO_HELO > 0, m.steps & mta.NR_EOH > 0, m.steps & mta.NR_HEADER > 0,
          m.steps & mta.LEADING_SPACE > 0, m.actions & 0x8), (True, True, True, True, 0x8),
         "it negotiates away what it does not need, and may remove recipients")
    replies, end = mail(m, "<+4915550100@sms.test>")
    same((replies[0].kind, end.kind), ("continue", "discard"), "A: a mail for a phone is taken whole")
    sent = bridge.submitted()[0]
    same((sent["from"], sent["rcpts"][0]["rcpt"], sent["rcpts"][0]["to"], sent["rcpts"][0]["transport"]),
         ("mailto:alice@example.org", "+4915550100@sms.test", "tel:+4915550100", "acme"),
         "the bridge gets the sender, the recipient as given, its URI and its transport")
    same((sent["message_id"], sent["date"], sent["subject"], sent["mta_id"], sent["client"]),
         ("<1@example.org>", "Tue, 24 Nov 2026 12:00:00 +0000", "Lunch", "4jYzQ93t0Nz1cffg",
          "127.0.0.1"), "and the headers that it works with, the queue id, the client")
    like(sent["text"], "It is at noon.", "and the text")
    same(sent["digest"], __import__("hashlib").sha256(BODY).hexdigest(), "and the body's SHA-256")
    raw = "".join(f"{n}: {v}\r\n" for n, v in HEADERS).replace("\n\t", "\r\n\t") + "\r\n" + BODY.decode()
    same(sent["size"], str(len(raw)), "and the size of the mail as it came")
    same(sent["deadline"], "3000", "and until when it may take it")
    bridge.clear()
    replies, end = mail(m, "<bob@example.org>")
    same((replies[0].kind, end.kind, bridge.seen), ("continue", "accept", []),
         "a mail for others is left alone before its headers come; the bridge hears nothing of it")
    replies, end = mail(m, "<bob@example.org>", "<+4915550100@SMS.test>", "<015550101@sms.test>")
    same((end.kind, end.removed), ("continue", ["<+4915550100@SMS.test>", "<015550101@sms.test>"]),
         "M: of a mixed mail ours are removed, letter by letter as they were given")
    same([r["to"] for r in bridge.submitted()[0]["rcpts"]], ["tel:+4915550100", "tel:+4915550101"],
         "both go to the bridge in one message")
    bridge.clear()
    replies, end = mail(m, "<+4915550100@sms.test>", "<015550100@sms.test>", "<+4915550100@sms.test>")
    same((end.kind, len(bridge.submitted()[0]["rcpts"])), ("discard", 1),
         "one phone, given three times in two ways, gets one message")
    m.quit()


def dsn_parameters(bridge):
    m = session()
    m.mail("<alice@example.org>", "SIZE=100", "ret=HDRS", "ENVID=QQ314159")
    m.rcpt("<+4915550100@sms.test>", "NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;bob@example.org")
    m.data()
    m.send(HEADERS, BODY)
    sent = bridge.submitted()[0]
    same((sent["ret"], sent["envid"], sent["rcpts"][0]["notify"], sent["rcpts"][0]["orcpt"]),
         ("HDRS", "QQ314159", "SUCCESS,FAILURE", "rfc822;bob@example.org"),
         "DSN parameters are kept, since their duty is ours after DISCARD")
    bridge.clear()
    mail(m, "<+4915550100@sms.test>", sender="<>")
    same(bridge.submitted()[0]["from"], "mailto:", "the null sender stays one")
    m.quit()


def refused_recipients(bridge):
    m = session()
    replies, end = mail(m, "<bob@sms.test>")
    same(replies[0].kind, "reply", "what cannot be a number is refused at RCPT")
    like(replies[0].text, "550 5.1.3 ", "with 550 5.1.3 and the reason")
    replies, end = mail(m, "<+499012345678@sms.test>")
    same(replies[0].text, "550 5.7.1 premium numbers are not served", "an error: route says its text")
    replies, end = mail(m, "<+4915550100@away.test>")
    same(replies[0].text, "451 4.2.1 closed for lunch", "a temporary one, too")
    replies, end = mail(m, "<x@broken.test>")
    like(replies[0].text, "451 4.3.0 ", "a route that cannot be read is 'later', never 'not ours'")
    bridge.say("/rcpt", (422, "5.7.1 your day's 100% share is used up\n", 0))
    replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
    same([r.text for r in replies], ["550 5.7.1 your day's 100%% share is used up", ""],
         "the bridge's words pass through, '%' doubled, and others' recipients stay")
    same(end.kind, "accept", "then nothing of that mail is ours")
    bridge.say("/rcpt", (422, "5.1.1 caf\u00e9\x1b[31m\n550 forged\n", 0))
    replies, end = mail(m, "<+4915550100@sms.test>")
    same(replies[0].text, "550 5.1.1 caf??" + "?[31m", "one line, in ASCII, without controls")
    bridge.say("/rcpt", (422, "5.1.1 " + "x" * 3000, 0))
    replies, end = mail(m, "<+4915550100@sms.test>")
    ok(replies[0].text.startswith("550 5.1.1 xxx") and len(replies[0].text) < 500, "and not without end")
    for status, text, want in ((422, "\n", "550 5.7.1"), (422, "4.1.1 x\n", "550 5.7.1 4.1.1 x"),
                               (503, "4.3.1 the disk is full\n", "452 4.3.1 the disk is full"),
                               (500, "what?", "451 4.3.0 "), (None, "", "451 4.3.0 ")):
        bridge.say("/rcpt", (status, text, 0))
        replies, end = mail(m, "<+4915550100@sms.test>")
        like(replies[0].text, want, f"the bridge says {status} {text.strip()!r}: {want.strip()}")
    bridge.clear()
    mail(m, "<+4915550100@sms.test>")
    asked = bridge.asked()[0]
    same((asked["from"], asked["client"], asked["rcpts"][0]["to"]),
         ("mailto:alice@example.org", "127.0.0.1", "tel:+4915550100"),
         "at RCPT the bridge is told who asks, and for whom")
    m.quit()


def who_may_send(bridge):
    for address, login, may in (("192.0.2.1", None, False), ("192.0.2.1", "joe", True),
                                ("127.0.0.1", None, True), ("198.51.100.77", None, True),
                                ("2001:db8::1", None, False), ("::1", None, True),
                                ("::ffff:198.51.100.1", None, True), ("::ffff:192.0.2.1", None, False),
                                (None, None, True), ("/run/x", None, True)):
        bridge.clear()
        m = session(address, login)
        replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
        same([replies[0].text[:9], replies[1].kind, end.kind],
             ["" if may else "550 5.7.1", "continue", "continue" if may else "accept"],
             f"client {address}, login {login}: {'may' if may else 'may not'} send to a phone")
        if login:
            same(bridge.submitted()[0].get("login"), login, "the bridge is told the login")
        m.quit()


FRONT = ("from laptop (c.test [{0}])\n\t(using TLSv1.3 with cipher X (256/256 bits))\n{1}"
         "\tby mx.test (Postfix) with ESMTP id 4jY\n\tfor <staff@mx.test>; Tue, 24 Nov 2026 12:00:00 +0000")
INSIDE = "by mx.test (Postfix)\n\tid 4jZ; Tue, 24 Nov 2026 12:00:01 +0000"
USER = "by mx.test (Postfix, from userid 1000)\n\tid 4jZ; Tue, 24 Nov 2026 12:00:01 +0000"
FILTER = ("from mx.test ([127.0.0.1])\n\tby localhost (filter.mx.test [127.0.0.1]) (amavisd-new, port 10024)"
          "\n\twith ESMTP id x")
JOE = "\t(Authenticated sender: joe)\n"


def second_door(bridge):
    refused = None
    for name, received, sender, want in (
            ("a client of the networks", [FRONT.format("198.51.100.7", "")], "<a@b.test>",
             ("198.51.100.7", None)),
            ("a client whose HELO is an address literal",
             [FRONT.format("198.51.100.7", "").replace("laptop", "[10.0.0.7]")], "<a@b.test>",
             ("198.51.100.7", None)),
            ("a stranger", [FRONT.format("192.0.2.1", "")], "<a@b.test>", refused),
            ("a stranger whose HELO is an address of ours",
             [FRONT.format("192.0.2.1", "").replace("laptop", "[127.0.0.1]")], "<a@b.test>", refused),
            ("a stranger's bounce", [FRONT.format("192.0.2.1", "")], "<>", refused),
            ("a login", [FRONT.format("192.0.2.1", JOE)], "<a@b.test>", ("192.0.2.1", "joe")),
            ("IPv6", [FRONT.format("IPv6:::1", "")], "<a@b.test>", ("IPv6:::1", None)),
            ("a user of this host", [USER], "<a@b.test>", (None, None)),
            ("a bounce of our own", [INSIDE], "<>", refused),
            ("an automatic answer", [USER], "<>", refused),
            ("a stranger's by way of a content filter", [FRONT.format("127.0.0.1", ""),
             FILTER, FRONT.format("192.0.2.1", "")], "<a@b.test>", refused),
            ("a login's by way of a content filter", [FRONT.format("127.0.0.1", ""), FILTER,
             FRONT.format("192.0.2.1", JOE)], "<a@b.test>", ("192.0.2.1", "joe")),
            ("a program of this host, by SMTP", [FRONT.format("127.0.0.1", "")], "<a@b.test>",
             ("127.0.0.1", None)),
            ("no client known, and a sender", [INSIDE], "<a@b.test>", refused),
            ("a stranger's by way of an alias", [INSIDE, FRONT.format("192.0.2.1", "")], "<a@b.test>",
             refused),
            ("a login's by way of an alias", [INSIDE, FRONT.format("192.0.2.1", JOE)], "<a@b.test>",
             ("192.0.2.1", "joe")),
            ("a stranger who forged fields below", [FRONT.format("192.0.2.1", ""),
                                                    FRONT.format("127.0.0.1", JOE), USER], "<a@b.test>",
             refused),
            ("no Received at all", [], "<a@b.test>", refused),
            ("another host's field", [FRONT.format("127.0.0.1", "").replace("mx.test (P", "evil.test (P")],
             "<a@b.test>", refused),
            ("another host's user", [USER.replace("mx.test (P", "evil.test (P")], "<a@b.test>", refused),
            ("a name that plays the field", [FRONT.format("192.0.2.1", "").replace(
                "laptop", "x (y [127.0.0.1])")], "<a@b.test>", refused),
            ("two addresses", [FRONT.format("127.0.0.1] [192.0.2.1", "")], "<a@b.test>", refused),
            ("a login in a comment's middle", [FRONT.format("192.0.2.1", "").replace(
                "(using", "(Client CN \"(Authenticated sender: joe)\" using")], "<a@b.test>", refused),
            ("a login behind \"by\"", [FRONT.format("192.0.2.1", "") + "\n" + JOE], "<a@b.test>", refused)):
        bridge.clear()
        m = session(door="trivium-second")
        replies, end = mail(m, "<+4915550100@sms.test>", sender=sender,
                            headers=[("Received", r) for r in received] + HEADERS)
        same(bridge.asked(), [], "the bridge is not asked before it is known who sends") \
            if name == "a login" else None
        if want is refused:
            same((end.kind, end.text[:9], bridge.submitted()), ("reply", "550 5.7.1", []),
                 f"second door, {name}: refused at the end")
        elif same(end.kind, "discard", f"second door, {name}: taken"):
            sent = bridge.submitted()[0]
            same((sent.get("client"), sent.get("login")), want, f"and the bridge is told {want}")
        m.quit()
    bridge.clear()
    m = session("192.0.2.1", door="trivium-second")
    replies, end = mail(m, "<+4915550100@sms.test>", headers=[("Received", USER)] + HEADERS)
    same((end.text[:9], bridge.submitted()), ("550 5.7.1", []),
         "a stranger who reaches the second door himself is not believed")
    m.quit()
    m = session(door="trivium-second")
    replies, end = mail(m, "<bob@sms.test>")
    like(replies[0].text, "550 5.1.3", "what is no number is refused there at RCPT, too")
    m.quit()


def end_of_message(bridge):
    m = session()
    bridge.say("/submit", (503, "4.3.1 the disk is full\n", 0))
    replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
    same((end.text, end.removed), ("452 4.3.1 the disk is full", []),
         "the bridge cannot take it now: nothing is removed, the mail comes again")
    bridge.say("/submit", (422, "5.7.1 not today\n", 0))
    replies, end = mail(m, "<+4915550100@sms.test>")
    same(end.text, "550 5.7.1 not today", "the bridge will not take it: its words are told")
    for status, text in ((200, "\n"), (200, "no id\n"), (200, "<html>" + "x" * 9000), (404, ""), (None, "")):
        bridge.say("/submit", (status, text, 0))
        replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
        same((end.text[:9], end.removed), ("451 4.3.0", []),
             f"an answer that is none of the bridge's ({status} {text[:8]!r}) is no promise")
    bridge.clear()
    bridge.say("/submit", (200, new_id() + " repeated\n", 0))
    replies, end = mail(m, "<+4915550100@sms.test>")
    same(end.kind, "discard", "what had come before is taken again, and the bridge drops it")
    bridge.clear()
    bridge.say("/submit", (200, None, 3.5))
    replies, end = mail(m, "<+4915550100@sms.test>")
    ok(end.kind == "discard" and 2 <= end.progress <= 5,
       f"L: while it waits it tells so about each second ({end.progress} times in 3.5 s)")
    bridge.clear()
    bridge.say("/submit", (200, None, 11))
    replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
    same((end.text[:9], end.removed, bridge.submitted()[0]["deadline"]), ("451 4.3.0", [], "3000"),
         "K: it gives up at last, and the bridge was told when, so that it does not commit later")
    m.quit()


def sizes(bridge, milter):
    m = session()
    for size, what in ((0, "an empty body"), (1, "a byte"), (65535, "a piece"), (200 * 1000, "memory"),
                       (290 * 1000, "a file")):
        bridge.clear()
        body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
        replies, end = mail(m, "<+4915550100@sms.test>", body=body)
        same((end.kind, bridge.submitted()[0]["digest"]),
             ("discard", __import__("hashlib").sha256(body).hexdigest()), f"{size} bytes, {what}: whole")
    bridge.clear()
    replies, end = mail(m, "<+4915550100@sms.test>", headers=[])
    same((end.kind, bridge.submitted()[0]["text"].strip()), ("discard", "It is at noon."),
         "a mail without any header does not hang (it does where NOEOH is asked for)")
    bridge.clear()
    replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>", body=b"x" * 400000)
    same((end.text[:9], bridge.submitted()), ("552 5.3.4", []), "above the limit: 552 5.3.4 at the end")
    m.mail("<a@b.test>")
    m.rcpt("<+4915550100@sms.test>")
    m.data()
    m.end_of_headers()
    kinds = []
    while "skip" not in kinds and len(kinds) < 9:
        kinds.append(m.body(b"x" * 65535).kind)
    same(kinds, ["continue"] * 4 + ["skip"], "and the rest of the body need not be sent")
    m.abort()
    replies, end = mail(m, "<bob@example.org>", body=b"x" * 400000)
    same(end.kind, "accept", "others' mails may be as long as they like")
    m.mail("<a@b.test>")
    m.rcpt("<+4915550100@sms.test>")
    m.data()
    for i in range(30):
        m.header("X-Long", "y" * 20000)
    m.end_of_headers()
    same(m.end().text[:9], "552 5.3.4", "headers count, too")
    m.quit()
    m = session(steps=0)
    same(m.steps & ~mta.NO_HELO, 0, "a mail server that can leave nothing out is served as well")
    replies, end = mail(m, "<+4915550100@sms.test>")
    same((end.kind, bridge.submitted()[-1]["subject"]), ("discard", "Lunch"), "and the mail is read right")
    replies, end = mail(m, "<+4915550100@sms.test>", body=b"x" * 400000)
    same(end.text[:9], "552 5.3.4", "without SKIP the rest of a body is passed over")
    m.quit()
    try:
        mta.Mta("unix:" + SOCKET, actions=0x1)
        ok(False, "a mail server that lets no recipient be removed is turned away")
    except mta.Gone:
        ok("must" in milter.text(), "a mail server that lets no recipient be removed is turned away")


def one_connection(bridge):
    m = session()
    for i in range(3):
        replies, end = mail(m, f"<+491555010{i}@sms.test>")
        same((end.kind, bridge.submitted()[-1]["rcpts"][0]["to"], len(bridge.submitted()[-1]["rcpts"])),
             ("discard", f"tel:+491555010{i}", 1), f"mail {i + 1} of one connection is its own")
    m.mail("<a@b.test>")
    m.rcpt("<+4915550100@sms.test>")
    m.abort()
    replies, end = mail(m, "<bob@example.org>")
    same(end.kind, "accept", "after RSET nothing of the mail before is left")
    m.mail("<a@b.test>")
    m.rcpt("<+4915550100@sms.test>")
    replies, end = mail(m, "<bob@example.org>")
    same(end.kind, "accept", "nor after a second MAIL")
    m.mail("<a@b.test>")
    m.rcpt("<+4915550100@sms.test>")
    m.data()
    m.header("Subject", "given up")
    m.end_of_headers()
    m.body(b"half")
    m.abort()
    replies, end = mail(m, "<+4915550109@sms.test>")
    same((bridge.submitted()[-1]["subject"], bridge.submitted()[-1]["text"].count("half")), ("Lunch", 0),
         "nor after half a body")
    bridge.clear()
    bridge.say("/rcpt", (200, "ok\n", 0), (503, "4.7.1 slowly\n", 0))
    replies, end = mail(m, "<+4915550100@sms.test>", "<+4915550101@sms.test>")
    same(([r.text for r in replies], end.kind, len(bridge.submitted()[0]["rcpts"])),
         (["", "451 4.7.1 slowly"], "discard", 1), "B: a later recipient's 451 is its own: the first goes")
    bridge.clear()
    m.mail("alice@example.org")
    m.rcpt("+4915550100@sms.test")
    m.rcpt("bob@example.org")
    m.data()
    end = m.send(HEADERS, BODY)
    same((end.removed, bridge.submitted()[-1]["from"]), (["+4915550100@sms.test"],
                                                        "mailto:alice@example.org"),
         "P1: addresses without <>, as sendmail(1) has them")
    m.macros["{rcpt_mailer}"] = "error"
    m.wanted.clear()
    replies, end = mail(m, "<bob@example.org>", "<+4915550100@sms.test>")
    same((end.kind, end.removed), ("continue", ["<+4915550100@sms.test>"]),
         "N: what {rcpt_mailer} says does not count; what was accepted is counted here")
    m.quit()


def bridge_down():
    m = session()
    replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
    same((replies[0].text[:9], replies[1].kind, end.kind), ("451 4.3.0", "continue", "accept"),
         "the bridge is down: our recipients get 451, other mail flows on")
    m.quit()


def many_at_once(bridge):
    ends = []

    def one(n):
        m = session()
        for i in range(3):
            replies, end = mail(m, f"<+49155501{n:02}@sms.test>")
            ends.append((end.kind, n))
        m.quit()
    bridge.say("/submit", (200, None, 0.1))
    threads = [threading.Thread(target=one, args=(n,)) for n in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    sent = sorted(int(s["rcpts"][0]["to"][-2:]) for s in bridge.submitted())
    same((len(ends), {e[0] for e in ends}), (120, {"discard"}), "40 connections at once, 3 mails each")
    same(sent, sorted(list(range(40)) * 3), "each brought its own recipient: nothing is kept by thread")


def hostile(bridge, milter):
    import socket
    import struct
    for data in (b"", b"\0", struct.pack(">I", 0), struct.pack(">I", 0xffffffff) + b"O",
                 struct.pack(">I", 13) + b"O" + b"\xff" * 12, struct.pack(">I", 5) + b"M<a>\0",
                 struct.pack(">I", 1) + b"E", struct.pack(">I", 2) + b"R\0"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(SOCKET)
        s.sendall(data)
        s.close()
    m = session()
    m.mail("<" + "a" * 3000 + "@" + "b" * 3000 + ">", *["X=" + "y" * 1000] * 50)
    m.rcpt("<" + "1" * 9000 + "@sms.test>")
    m.rcpt("")
    m.rcpt("<@sms.test>")
    m.rcpt("<+49 155 50100@sms.test>")
    m.rcpt("<\xff\xfe@sms.test>")
    m.abort()
    replies, end = mail(m, "<+4915550100@sms.test>", body=bytes(range(256)) * 100,
                        headers=[("\x01", "\xff"), ("Content-Type", "multipart/mixed"), ("X", "")])
    ok(end.kind in ("discard", "reply"), "a mail of rubbish gets an answer")
    m.quit()
    m = session()
    m.mail("<forged\r\nline@example.org>")
    m.rcpt("<bob\r\nfaked: yes@sms.test>")
    m.quit()
    ok("\nfaked: yes" not in milter.text(), "no recipient can forge a line of the log")
    m = session()
    replies, end = mail(m, "<+4915550100@sms.test>")
    same(end.kind, "discard", "after all that it serves as before")
    m.quit()


def all_the_same(bridge, milter):
    m = session()
    m.mail("<a@b.test>")
    for i in range(1002):
        last = m.rcpt(f"<+49155{i:06}@sms.test>")
    same(last.text[:9], "451 4.5.3", "more phones than fit into a message: the others come later")
    m.data()
    same((m.send(HEADERS, BODY).kind, len(bridge.submitted()[-1]["rcpts"])), ("discard", 1000),
         "those that fit are taken")
    m.quit()
    text = milter.text()
    like(text, "mta=4jYzQ93t0Nz1cffg, from=<alice@example.org>, size=", "what was taken is logged")
    like(text, "status=refused (550 5.1.3 ", "and what was refused")


def run(*parts, **settings):
    bridge = Bridge(DIR.name + "/submit.sock")
    milter = Milter(**settings)
    for part in parts:
        bridge.clear()
        print(f"# {part.__name__}")
        part(bridge, milter) if part.__code__.co_argcount == 2 else part(bridge)
    bridge.close()
    bridge_down()
    same(milter.stop(), 0, "SIGTERM: it ends in good order")
    ok(not os.path.exists(SOCKET), "and removes its socket")


def without_discard():
    bridge = Bridge(DIR.name + "/submit.sock")
    milter = Milter(discard="no")
    m = session()
    replies, end = mail(m, "<+4915550100@sms.test>")
    same((end.kind, end.removed), ("continue", ["<+4915550100@sms.test>"]),
         "C: discard = no: the recipients are removed, and what else Postfix added stays")
    m.quit()
    milter.stop()
    bridge.close()


def drain():
    """On SIGTERM the mail that waits for the bridge gets its answer first."""
    bridge = Bridge(DIR.name + "/submit.sock")
    milter = Milter(wait="20 s")
    bridge.say("/submit", (200, None, 6))
    m = session()
    result = []
    t = threading.Thread(target=lambda: result.append(mail(m, "<+4915550100@sms.test>")[1].kind))
    t.start()
    wait_for(bridge.submitted)
    for signo in (signal.SIGUSR1, signal.SIGTERM):
        milter.process.send_signal(signo)
    code = milter.process.wait(60)
    t.join()
    same((result, code), (["discard"], 0), "SIGTERM waits for the mail in hand; SIGUSR1 does nothing")
    bridge.close()


def killed():
    """kill -9 before and after the bridge has taken it."""
    for place, taken in (("milter.before_submit", 0), ("milter.after_submit", 1)):
        bridge = Bridge(DIR.name + "/submit.sock")
        milter = Milter(fault=f"{place}=kill")
        m = session()
        try:
            mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
            ok(False, f"killed at {place}")
        except (mta.Gone, OSError):
            same(len(bridge.submitted()), taken, f"killed at {place}: the mail server hears nothing, "
                 f"{taken} messages at the bridge")
        milter.process.wait()
        milter = Milter()
        m = session()
        replies, end = mail(m, "<+4915550100@sms.test>", "<bob@example.org>")
        same(end.kind, "continue", "started again over the old socket, it takes the same mail")
        if taken:
            a, b = bridge.submitted()
            keys = ("from", "message_id", "date", "digest")
            same([a[k] for k in keys], [b[k] for k in keys], "and says of it what the bridge knows it by")
        m.quit()
        milter.stop()
        bridge.close()


def configurations():
    path = DIR.name + "/bad.conf"
    for lines, want in (('milter { networks = "10.0.0.1/8" }', "bits set behind the first 8"),
                        ('milter { networks = "10.0.0.0/33" }', "behind / stands 0 to 32"),
                        ('milter { networks = "10.0.0.0/" }', "behind / stands 0 to 32"),
                        ('milter { networks = "[2001:db8::]/129" }', "behind / stands 0 to 128"),
                        ('milter { networks = "example.org" }', "is no address"),
                        ('milter { networks = "::1 1.2.3" }', "\"1.2.3\" is no address"),
                        ('milter { socket = "/run/x" }', "not \"unix:/path\""),
                        ('milter { socket = "unix:" }', "the path is empty"),
                        ('milter { sockte = "unix:/x" }', "sockte"),
                        ('bridge { submit = "ftp://x" }', "ftp://x"),
                        ('tables { routes = "what:is" }', "what:is"),
                        ('milter { networks = "" }', None),
                        ('milter { networks = "0.0.0.0/0, ::/0" }', None)):
        with open(path, "w", encoding="utf-8") as f:
            f.write('country_code = "49"\n' + lines.replace("{ ", "{\n").replace(" }", "\n}") + "\n")
        p = subprocess.run([PROGRAM, "-n", "-c", path], capture_output=True, text=True)
        if want:
            ok(p.returncode == 1 and want in p.stderr and p.stderr.startswith(path + ":"),
               f"-n, {lines}: {p.stderr.strip()}")
        else:
            same((p.returncode, p.stderr), (0, ""), f"-n, {lines}: good")
    milter = Milter()
    p = subprocess.run([PROGRAM, "-c", DIR.name + "/trivium.conf"], capture_output=True, text=True)
    ok(p.returncode != 0 and "another milter listens there" in p.stderr,
       "a second milter does not take the first one's socket away")
    same(oct(os.stat(SOCKET).st_mode & 0o777), "0o660", "the socket is its owner's and its group's")
    same(os.stat(SOCKET).st_gid, os.stat(DIR.name).st_gid, "the group is that of the directory")
    milter.stop()
    log = subprocess.run([PROGRAM, "-c", DIR.name + "/none.conf"], capture_output=True, text=True)
    ok(log.returncode not in (0, 1) and "none.conf" in log.stderr, "no configuration: it says so")


configurations()
run(what_is_taken, dsn_parameters, refused_recipients, who_may_send, second_door, end_of_message, sizes,
    one_connection, many_at_once, hostile, all_the_same)
without_discard()
drain()
killed()
done()
