#!/usr/bin/env python3
"""Each scanner: what it finds and what not, and that whoever cannot tell is never taken for one who
found nothing: away, killed while it looks, silent, talking nonsense. With ClamAV, c-icap, SpamAssassin
and rspamd as Debian has them, and rules of the test's own."""
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

sys.path.insert(0, "t")
sys.dont_write_bytecode = True
import scanners  # noqa: E402
from scanners import MARK, SECOND, SPAM  # noqa: E402
from tap import done, like, ok, same  # noqa: E402

B = os.environ.get("B", ".build/plain")
DIR = tempfile.mkdtemp(prefix="trivium-scan.")
os.chmod(DIR, 0o755)
AWAY = "4.7.1 the message could not be scanned"
FOUND = "5.7.1 a scanner found "
HEAD = (b"From: ann@example.org\r\nTo: bob@example.com\r\nSubject: Hello\r\nMessage-ID: <1@example.org>\r\n"
        b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n")


def wait_for(look, seconds=60):
    end = time.monotonic() + seconds
    while not look() and time.monotonic() < end:
        time.sleep(0.05)
    return look()


def file(name, data):
    path = f"{DIR}/{name}"
    with open(path, "wb") as f:
        f.write(data)
    return path


CLEAN = file("clean", HEAD + b"Nothing in here.\r\n")
BAD = file("bad", HEAD + b"x" * 150000 + MARK + b"\r\n")
LATER = file("later", HEAD + SECOND + b"\r\n")
JUNK = file("junk", HEAD + SPAM.encode() + b"\r\n")
HALF = file("half", HEAD + b"perhaps-trivium-test\r\n")
AGAIN = file("again", HEAD.replace(b"Hello", b"later-trivium-test") + b"x\r\n")
HUGE = file("huge", HEAD + (b"0123456789" * 10 + b"\r\n") * 60000 + MARK)
EMPTY = file("empty", b"")


class Look:
    """t/scanlook, which is asked by lines."""

    def __init__(self, virus="none", spam="none", away="tempfail", ms=60000, size=20000000):
        self.errors = open(f"{DIR}/errors", "w+")
        self.process = subprocess.Popen([B + "/t/scanlook", virus, spam, away, str(ms), str(size)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True)
        self.ready = self.read()

    def read(self):
        return self.process.stdout.readline().rstrip("\n")

    def put(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def __call__(self, *words):
        self.put(*words)
        return self.read()

    def log(self):
        return open(f"{DIR}/errors", errors="replace").read()

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(60)
        if code != 0 or "Sanitizer" in self.log() or "runtime error" in self.log():
            ok(False, "scanlook ends well", code, self.log()[-3000:])


class Server:
    """A scanner that says what a script says: it reads until it has seen `until`, answers, and hangs up."""

    def __init__(self, *answers, until=b"", hold=False):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(16)
        self.where = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.answers, self.until, self.hold, self.seen = list(answers), until, hold, []
        self.kept = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(c,), daemon=True).start()

    def talk(self, c):
        got = b""
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        try:
            for piece in answer if isinstance(answer, list) else [answer]:
                until, text = piece if isinstance(piece, tuple) else (self.until, piece)
                while until not in got:
                    data = c.recv(65536)
                    if not data:
                        break
                    got += data
                self.seen.append(got)
                got = b""
                c.sendall(text)
            if self.hold:
                self.kept.append(c)
                return
            c.shutdown(socket.SHUT_WR)
            while c.recv(65536):
                pass
        except OSError:
            pass
        c.close()

    def close(self):
        self.listener.close()
        for c in self.kept:
            c.close()


def judge(server, scanner, path=CLEAN, ms=60000, kind="mail"):
    look = Look(**scanner, ms=ms)
    said = look(kind, path)
    log = look.log()
    look.end()
    server.close()
    return said, log


def viruses(look, name):
    same(look("mail", CLEAN), "clean", f"{name}: a clean mail")
    like(look("mail", BAD), FOUND + "Trivium", f"{name}: one with a signature in it is refused, by its name")
    like(look("mail", HUGE), FOUND + "Trivium", f"{name}: at the end of 6 MB, too")
    like(look("parts", CLEAN, BAD), FOUND + "Trivium", f"{name}: in a part of an MMS")
    same(look("parts", CLEAN, CLEAN, EMPTY), "clean", f"{name}: an MMS of clean parts, and of an empty one")
    like(look("text", MARK.decode()), FOUND, f"{name}: in the text of an IM user")
    same(look("sms", MARK.decode()), "clean", f"{name}: the text of an SMS is not its business")


def cycle(daemon, name, **scanner):
    """The daemon stops answering, is killed while it looks, is away, and comes back."""
    look = Look(**scanner)
    daemon.hold()
    look.put("mail", CLEAN)
    time.sleep(0.3)
    daemon.stop(signal.SIGKILL)
    like(look.read(), AWAY, f"{name}: killed while it looks: not now")
    like(look("mail", BAD), AWAY, f"{name}: away: not now")
    passing = Look(**scanner, away="pass")
    same(passing("mail", BAD), "clean", f"{name}: away, and configured to pass")
    like(passing.log(), "status=unscanned", f"{name}: which is logged")
    same(passing("mail", BAD), "clean", f"{name}: again")
    same(passing.log().count("status=unscanned"), 2, f"{name}: and logged again")
    passing.end()
    daemon.start()
    same(look("mail", CLEAN), "clean", f"{name}: and back")
    look.end()
    hasty = Look(**scanner, ms=300)
    daemon.hold()
    like(hasty("mail", CLEAN), AWAY, f"{name}: silent: not now, when the time is over")
    daemon.go_on()
    hasty.end()


def test_clamd():
    scanners.signatures(DIR + "/db", Trivium=MARK)
    daemon = scanners.clamd(DIR, DIR + "/db", limit="8M")
    try:
        scanner = {"virus": "clamd:" + daemon.where}
        look = Look(**scanner)
        viruses(look, "clamd")
        big = file("big", b"0123456789abcdef" * 600000)
        like(look("mail", big), AWAY, "clamd: longer than its StreamMaxLength: not now")
        like(look.log(), "size limit exceeded", "clamd: and the log says why")
        os.unlink(big)
        look.end()
        small = Look(**scanner, size=1000)
        like(small("mail", BAD), "5.3.4", "what is longer than `size` is refused")
        like(small("parts", BAD), "5.3.4", "so is a part of an MMS")
        small.end()
        icap = scanners.c_icap(DIR, daemon.where)
        try:
            scanner = {"virus": f"icap://{icap.where}/avscan"}
            look = Look(**scanner)
            viruses(look, "icap")
            look.end()
            echo = Look(virus=f"icap://{icap.where}/echo")
            same(echo("mail", BAD), "clean", "icap: a service that lets all pass")
            same(echo("mail", HUGE), "clean", "icap: 6 MB of it")
            echo.end()
            none = Look(virus=f"icap://{icap.where}/nosuch")
            like(none("mail", CLEAN), AWAY, "icap: a service that is not there")
            none.end()
            cycle(icap, "icap", **scanner)
        finally:
            icap.stop()
        cycle(daemon, "clamd", virus="clamd:" + daemon.where)
    finally:
        daemon.stop()


def test_libclamav():
    database = DIR + "/own"
    scanners.signatures(database, Trivium=MARK)
    look = Look(virus="libclamav:=" + database)
    same(look.ready, "ready", "libclamav: loads a folder of signatures")
    viruses(look, "libclamav")
    same(look("mail", LATER), "clean", "libclamav: what it has no signature of")
    scanners.signatures(database, Trivium=MARK, Second=SECOND)
    ok(wait_for(lambda: "Second" in look("mail", LATER)), "libclamav: until there is one", look.log())
    like(look.log(), "2 signatures, loaded anew", "libclamav: which is logged")
    with open(database + "/broken.ndb", "w") as f:
        f.write("this is no signature\n")
    ok(wait_for(lambda: "stay in use" in look.log()), "libclamav: a broken database is said", look.log())
    like(look("mail", BAD), FOUND, "libclamav: and the signatures of before stay in use")
    os.unlink(database + "/broken.ndb")
    scanners.signatures(database, Second=SECOND)
    ok(wait_for(lambda: look("mail", BAD) == "clean"), "libclamav: and a good one is taken again", look.log())
    look.end()
    nest = b"x"
    for i in range(25):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as z:
            z.writestr(f"{i}.zip", nest)
        nest = data.getvalue()
    look = Look(virus="libclamav:=" + database)
    like(look("parts", file("nest", nest)), "Limits.Exceeded", "libclamav: what is nested too deep is refused")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("long", b"\0" * 30000000 + SECOND)
    like(look("parts", file("long", data.getvalue())), FOUND, "libclamav: and an archive is looked through to its end")
    look.end()
    os.mkdir(DIR + "/none")
    for where in (DIR + "/none", DIR + "/nowhere"):
        look = Look(virus="libclamav:=" + where)
        like(look.ready, "4.3.5", "libclamav: does not start without signatures")
        look.process.wait(60)


def spams(look, name):
    same(look("mail", CLEAN), "clean", f"{name}: a mail")
    like(look("mail", JUNK), FOUND + "spam (20.0 points of", f"{name}: spam, with its points")
    like(look("sms", "Hi", SPAM), FOUND + "spam", f"{name}: in an SMS")
    like(look("text", SPAM), FOUND + "spam", f"{name}: in a message of an IM user")
    same(look("sms", "Hi"), "clean", f"{name}: an SMS")
    same(look("mail", HALF), "clean", f"{name}: a few points are not enough")


def test_spamd():
    daemon = scanners.spamd(DIR)
    try:
        scanner = {"spam": "spamd:" + daemon.where}
        look = Look(**scanner)
        spams(look, "spamd")
        look.end()
        cycle(daemon, "spamd", **scanner)
    finally:
        daemon.stop()


def test_rspamd():
    daemon = scanners.rspamd(DIR)
    try:
        scanner = {"spam": "rspamd:http://" + daemon.where}
        look = Look(**scanner)
        spams(look, "rspamd")
        same(look("mail", AGAIN), "4.7.1 come again, please", "rspamd: soft reject, in its own words")
        look.end()
        passing = Look(**scanner, away="pass")
        same(passing("mail", AGAIN), "4.7.1 come again, please", "rspamd: which `pass` does not change")
        passing.end()
        small = Look(**scanner, size=1000)
        same(small("mail", BAD), "clean", "a mail longer than spam_size is let in")
        like(small.log(), "status=unscanned", "and that is logged")
        small.end()
        cycle(daemon, "rspamd", **scanner)
    finally:
        daemon.stop()


def test_hostile_clamd():
    end = b"\0\0\0\0"
    for answer, want, name in (
            (b"stream: OK\0", "clean", "OK"),
            (b"stream: Evil \x1b[31m\r\nname FOUND\0", FOUND, "a name with controls"),
            (b"stream: " + b"N" * 900 + b" FOUND\0", FOUND + "N" * 100, "a long name"),
            (b"stream: OK", AWAY, "an answer that is cut"),
            (b"", AWAY, "no answer"),
            (b"stream: OKAY\0", AWAY, "OKAY"),
            (b"OK\0", AWAY, "an OK of nothing"),
            (b" FOUND\0", AWAY, "found nothing"),
            (b"stream: out of memory ERROR\0", AWAY, "ERROR"),
            (b"UNKNOWN COMMAND\0", AWAY, "another protocol"),
            (b"x" * 100000, AWAY, "no end"),
            (os.urandom(3000), AWAY, "noise")):
        said, log = judge(s := Server(answer, until=end), {"virus": "clamd:" + s.where})
        ok(said.startswith(want) and said.isprintable(), f"clamd says {name}", said, log)
    said, log = judge(s := Server(b"stream: OK\0", until=b""), {"virus": "clamd:" + s.where}, HUGE)
    ok(said == "clean" or said.startswith(AWAY), "clamd says OK before it has seen it", said, log)
    said, log = judge(s := Server(b"", until=end, hold=True), {"virus": "clamd:" + s.where}, ms=300)
    like(said, AWAY, "clamd says nothing")


OPTIONS = b"ICAP/1.0 200 OK\r\nMethods: RESPMOD\r\nPreview: 10\r\nOptions-TTL: 0\r\nEncapsulated: null-body=0\r\n\r\n"
PLAIN = OPTIONS.replace(b"Preview: 10\r\n", b"")
REQMOD = PLAIN.replace(b"RESPMOD", b"REQMOD")


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def test_hostile_icap():
    body = open(CLEAN, "rb").read()
    http = b"HTTP/1.1 200 OK\r\n\r\n"
    ok200 = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=%d\r\n\r\n" % len(http) + http
    request = b"POST / HTTP/1.1\r\n\r\n"
    req200 = b"ICAP/1.0 200 OK\r\nEncapsulated: req-hdr=0, req-body=%d\r\n\r\n" % len(request) + request
    head = b"ICAP/1.0 200 OK\r\n%s\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\n"
    for options, answer, want, name in (
            (PLAIN, b"ICAP/1.0 204 No Content\r\n\r\n", "clean", "204"),
            (OPTIONS, b"ICAP/1.0 204 No Content\r\n\r\n", "clean", "204 after the preview"),
            (OPTIONS, [(b"0\r\n\r\n", b"ICAP/1.0 100 Continue\r\n\r\n"),
                       (b"0\r\n\r\n", b"ICAP/1.0 204 Nothing\r\n\r\n")], "clean", "100, then 204"),
            (OPTIONS, [(b"0\r\n\r\n", b"ICAP/1.0 100 Continue\r\n\r\n"),
                       (b"0\r\n\r\n", b"ICAP/1.0 100 Continue\r\n\r\n")], AWAY, "100 again and again"),
            (PLAIN, b"ICAP/1.0 100 Continue\r\n\r\n", AWAY, "100 without a preview"),
            (PLAIN, ok200 + chunked(body), "clean", "200 and the same again"),
            (PLAIN, ok200 + chunked(body[:5], body[5:9], body[9:]), "clean", "the same in pieces"),
            (REQMOD, req200 + chunked(body), "clean", "REQMOD, the same again"),
            (REQMOD, ok200 + chunked(b"blocked"), FOUND, "REQMOD, an answer instead"),
            (REQMOD, ok200 + chunked(body), FOUND, "REQMOD, an answer of the same bytes"),
            (PLAIN, ok200 + chunked(b"Blocked!"), FOUND, "200 and something else"),
            (PLAIN, ok200 + chunked(body[:-1]), FOUND, "less than all"),
            (PLAIN, ok200 + chunked(body, b"x"), FOUND, "more than all"),
            (PLAIN, ok200 + b"5\r\n", AWAY, "a body that is cut"),
            (PLAIN, ok200 + b"ffffffffffffffff\r\n", AWAY, "a chunk of endless size"),
            (PLAIN, ok200 + b"-5\r\n", AWAY, "a chunk of negative size"),
            (PLAIN, b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=99999999\r\n\r\n", AWAY, "a far body"),
            (PLAIN, b"ICAP/1.0 200 OK\r\nEncapsulated: res-body=-1\r\n\r\n", AWAY, "a body before the start"),
            (PLAIN, b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, null-body=19\r\n\r\n", FOUND, "no body"),
            (PLAIN, head % b"X-Infection-Found: Type=0; Resolution=2; Threat=Eicar;", FOUND + "Eicar",
             "X-Infection-Found"),
            (PLAIN, head % b"X-Virus-ID: W32/Evil", FOUND + "W32/Evil", "X-Virus-ID"),
            (PLAIN, head % b"X-Virus-ID: no threats" + http + chunked(body), "clean", "X-Virus-ID of none"),
            (PLAIN, head % b"X-Violations-Found: 1\r\n\tfile\r\n\tEvil\r\n\t0\r\n\t0", FOUND, "X-Violations-Found"),
            (PLAIN, head % b"X-Violations-Found: 0" + http + chunked(body), "clean", "no violations"),
            (PLAIN, b"ICAP/1.0 403 Forbidden\r\n\r\n", FOUND, "403"),
            (PLAIN, b"ICAP/1.0 500 Oops\r\n\r\n", AWAY, "500"),
            (PLAIN, b"HTTP/1.1 204 No Content\r\n\r\n", AWAY, "HTTP"),
            (PLAIN, b"ICAP/1.0 204\r\nNo colon\r\n\r\n", AWAY, "a field without a colon"),
            (PLAIN, b"ICAP/1.0 204 x\r\n" + b"A: b\r\n" * 5000 + b"\r\n", AWAY, "fields without end"),
            (PLAIN, b"ICAP/1.0 204 x\r\nA: " + b"b" * 100000, AWAY, "a line without end"),
            (PLAIN, b"", AWAY, "nothing"),
            (PLAIN, os.urandom(5000), AWAY, "noise"),
            (b"ICAP/1.0 404 No\r\n\r\n", b"", AWAY, "404 to OPTIONS"),
            (b"ICAP/1.0 200 OK\r\nMethods: NOTHING\r\n\r\n", b"", AWAY, "no method"),
            (OPTIONS.replace(b"10", b"99999999"), b"ICAP/1.0 204 x\r\n\r\n", "clean", "a preview of all")):
        s = Server([(b"\r\n\r\n", options)], answer, until=b"0\r\n\r\n" if b"Preview: 9" not in options else b"ieof")
        said, log = judge(s, {"virus": f"icap://{s.where}/x"})
        ok(said.startswith(want) and said.isprintable(), f"icap says {name}", said, log)
    s = Server([(b"\r\n\r\n", OPTIONS.replace(b"10", b"0"))],
               [(b"0\r\n\r\n", b"ICAP/1.0 100 Continue\r\n\r\n"), (b"\r\n0\r\n\r\n", b"ICAP/1.0 204 x\r\n\r\n")])
    said, log = judge(s, {"virus": f"icap://{s.where}/x"})
    same(said, "clean", "icap: a preview of nothing")
    ok(s.seen[2] == chunked(body), "and then all is shown", s.seen)
    places = dict(p.split(b"=") for p in s.seen[1].split(b"Encapsulated: ")[1].split(b"\r\n")[0].split(b", "))
    inner = s.seen[1].split(b"\r\n\r\n", 1)[1]
    ok(inner[int(places[b"res-hdr"]):].startswith(b"HTTP/1.1 200") and
       inner[int(places[b"res-body"]):].startswith(b"0\r\n"), "and the heads stand where they are said to", s.seen[1])


def test_hostile_spam():
    for answer, want, name in (
            (b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.1 / 5.0\r\n\r\n", "clean", "False"),
            (b"SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nspam: yes;9/5\r\n\r\n", FOUND + "spam (9.0", "yes"),
            (b"SPAMD/1.1 0 EX_OK\r\nSpam: Maybe ; 1 / 5\r\n\r\n", AWAY, "Maybe"),
            (b"SPAMD/1.1 0 EX_OK\r\n\r\n", AWAY, "nothing of spam"),
            (b"SPAMD/1.1 76 Bad header line\r\n\r\n", AWAY, "an error"),
            (b"SPAMD/1.1 0 EX_OK\r\n" + b"X: y\r\n" * 1000, AWAY, "fields without end"),
            (b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.1", AWAY, "half an answer"),
            (b"", AWAY, "nothing"), (os.urandom(3000), AWAY, "noise")):
        said, log = judge(s := Server(answer, until=b"Nothing in here."), {"spam": "spamd:" + s.where})
        ok(said.startswith(want) and said.isprintable(), f"spamd says {name}", said, log)
    for answer, want, name in (
            (b'{"action": "no action"}', "clean", "no action"),
            (b'{"action": "reject", "score": 20, "required_score": 15}', FOUND + "spam (20.0", "reject"),
            (b'{"action": "discard"}', AWAY, "an action that is not known"),
            (b'{"action": 7}', AWAY, "an action that is a number"),
            (b'{"action": "soft reject", "messages": {"smtp_message": "a\\r\\nb\\u001bc"}}', "4.7.1 a", "controls"),
            (b'{"action": "soft reject", "messages": 3}', "4.7.1 try again later", "a message that is none"),
            (b'["action"]', AWAY, "an array"), (b'{"error": "busy"}', AWAY, "an error"),
            (b'{"action": "no act', AWAY, "half an answer"), (b"[" * 100000, AWAY, "a deep one"),
            (b" " * 3000000, AWAY, "a long one")):
        http = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
        s = Server(http + answer, until=b"Nothing in here.")
        said, log = judge(s, {"spam": f"rspamd:http://{s.where}"})
        ok(said.startswith(want), f"rspamd says {name}", said, log)
    skipped = b'{"action": "no action", "is_skipped": true}'
    s = Server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(skipped) + skipped, until=b"Nothing in here.")
    said, log = judge(s, {"spam": f"rspamd:http://{s.where}"})
    same(said, "clean", "what rspamd skips by its own settings goes in")
    like(log, "status=unscanned (skipped by rspamd's own settings)", "and the log says so")
    s = Server(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", until=b"Nothing in here.")
    like(judge(s, {"spam": f"rspamd:http://{s.where}"})[0], AWAY, "rspamd says 500")


def test_once():
    """The same part twice is looked at once."""
    s = Server(b"stream: OK\0", until=b"\0\0\0\0")
    look = Look(virus="clamd:" + s.where)
    same(look("parts", CLEAN, LATER, CLEAN, LATER, CLEAN), "clean", "five parts, of two kinds")
    same(len(s.seen), 2, "are looked at twice")
    look.end()
    s.close()


def test_settings():
    for scanner in ({"virus": "clamd:"}, {"virus": "clamd"}, {"virus": "nosuch:x"}, {"virus": "icap:x"},
                    {"virus": "icap://host"}, {"virus": "icap://host/"}, {"virus": "libclamav:here"},
                    {"spam": "spamd:"}, {"spam": "rspamd:127.0.0.1:1"}):
        look = Look(**scanner)
        like(look.ready, "5.3.5", f"{scanner} is refused at the start")
        look.process.wait(60)


try:
    for test in (test_settings, test_once, test_hostile_clamd, test_hostile_icap, test_hostile_spam,
                 test_libclamav, test_clamd, test_spamd, test_rspamd):
        if test.__name__ in sys.argv[1:] or not sys.argv[1:]:
            test()
finally:
    shutil.rmtree(DIR, ignore_errors=True)
done()
