#!/usr/bin/env python3
"""triviumctl against a living triviumd: each command's output and exit code.

The daemon has transports that take, put off, refuse and say nothing (loopback), and one whose
platform is not there (parlayx to a port where nobody listens), so jobs stand in every state."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

B = os.environ.get("B", ".build/plain")
DAEMON, CTL = (os.path.abspath(f"{B}/{p}") for p in ("triviumd", "triviumctl"))
ID = r"[0-9A-HJKMNP-TV-Z]{26}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
count = 0


def ok(good, name, *seen):
    global count
    count += 1
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            for line in str(s).splitlines()[:40]:
                print(f"#   {line}")
    sys.stdout.flush()
    return good


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def http_ask(path, method, url, body=None):
    c = Unix(path)
    c.request(method, url, body)
    r = c.getresponse()
    answer = r.read()
    c.close()
    return r.status, answer


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def message(rcpts, **fields):
    fields = {"from": "mailto:ann@example.org", "client": "127.0.0.1", "auth": "2", "size": "100",
              "text": "Hello", **fields}
    out = b""
    for name, value in list(fields.items()) + [("rcpt", r) for r in rcpts]:
        value = value if isinstance(value, bytes) else value.encode()
        out += b"%s=%d:%s\n" % (name.replace("_at", "").encode(), len(value), value)
    return out


def submit(rcpts, **fields):
    status, answer = http_ask("submit.sock", "POST", "/submit", message(rcpts, **fields))
    assert status == 200, (status, answer)
    return answer.decode().split()[0]


def ctl(*words, socket_="unix:control.sock", env=None):
    p = subprocess.run([CTL, "-s", socket_, *words], capture_output=True, timeout=120,
                       env={**os.environ, **(env or {})})
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def until(what, name):
    """Wait for an event, not for a time: the limit is only there for a test that would hang."""
    for _ in range(1200):
        seen = what()
        if seen:
            return seen
        time.sleep(0.05)
    return ok(False, f"in time: {name}")


def state(job):
    out = ctl("show", job)[1]
    m = re.search(r"^    state +(\w+)$", out, re.M)
    return m.group(1) if m else out


def start():
    log = open("triviumd.log", "ab")
    p = subprocess.Popen([DAEMON, "-c", "trivium.conf"], stdout=log, stderr=log)
    until(lambda: os.path.exists("control.sock") and ctl("transports")[0] == 0 or
          p.poll() is not None, "triviumd serves")
    return p


def stop(p):
    p.send_signal(signal.SIGTERM)
    try:
        p.wait(30)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return None
    return p.returncode


CONF = """
state_dir = "."
user = ""
log = "stderr"
country_code = "86"
bridge {
  submit = "unix:submit.sock"
  control = "unix:control.sock"
}
tables {
  routes = "static:good.example=phone:good,later.example=phone:later,never.example=phone:never,mute.example=phone:mute,down.example=phone:down"
}
retry {
  first = "1 h"
  most = "1 h"
  probe_first = "1 h"
  probe_most = "1 h"
}
sdp good { driver = "loopback" }
sdp later { driver = "loopback" answer = "later" }
sdp never { driver = "loopback" answer = "never" }
sdp mute { driver = "loopback" answer = "unknown" on_unknown = "hold" unknown_wait = "10 ms" }
sdp down {
  driver = "parlayx"
  sms_url = "http://127.0.0.1:%d/"
  sender = "tel:10690123"
}
"""


def test_usage():
    for words, code, said in [
            ([], 64, "usage: triviumctl"),
            (["nonsense"], 64, "unknown command: nonsense"),
            (["\x1b[31mred"], 64, "unknown command: ?[31mred"),
            (["show"], 64, "usage: triviumctl show"),
            (["show", "a", "b"], 64, "usage: triviumctl show"),
            (["queue", "all"], 64, "usage: triviumctl queue"),
            (["retry"], 64, "usage: triviumctl retry"),
            (["-x"], 64, "usage: triviumctl"),
    ]:
        got = ctl(*words)
        ok(got[0] == code and said in got[2] and not got[1], f"{words}: {code}", got)
    got = ctl("-h")
    ok(got[0] == 0 and all(f"\n  {c} " in got[1] for c in
                           "queue show retry hold release cancel transports probe backup trace".split()),
       "-h names all commands", *got)
    got = ctl("-V")
    ok(got[0] == 0 and re.fullmatch(r"triviumctl \S+\n", got[1]), "-V", got)


def test_unreachable():
    got = ctl("queue", socket_="unix:/nonexistent/control.sock")
    ok(got[0] == 69 and "cannot reach triviumd at unix:/nonexistent/control.sock" in got[2],
       "no daemon: 69, with the socket's name", got)
    ok("No such file" in got[2], "and why", got)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind("stale.sock")
    got = ctl("queue", socket_="unix:stale.sock")
    ok(got[0] == 69 and "nobody listens there" in got[2], "a socket without a daemon: 69", got)
    got = ctl("queue", socket_="nonsense")
    ok(got[0] == 78 and "nonsense" in got[2], "no socket's name: 78", got)
    p = subprocess.run([CTL, "-c", "nonexistent.conf", "queue"], capture_output=True)
    ok(p.returncode == 78 and b"nonexistent.conf" in p.stderr, "no configuration: 78", p)


def timeless(got):
    """What triviumctl said, without how long ago or in what time things are: that changes."""
    return got[0], re.sub(r"\((\w+ ago|in \w+)\)", "(time)", got[1]), got[2]


def test_states():
    """Each transport leaves its job in a state; show tells it."""
    ids = {t: submit([f"+86138001380{n}@{t}.example"], message_id=f"<{t}@ann.example>",
                     mta_id=f"3zXy{n}", subject="secret subject", text="secret text")
           for n, t in enumerate(["good", "later", "never", "mute", "down"], 10)}
    for transport, want in [("good", "sent"), ("later", "queued"), ("never", "failed"),
                            ("mute", "held")]:
        until(lambda: state(ids[transport]) == want, f"{transport} is {want}")
        got = ctl("show", ids[transport])
        ok(got[0] == 0 and re.search(rf"^    {TIME}  {want}\b", got[1], re.M),
           f"{transport}: {want}, with its history", *got)
    until(lambda: re.search(r"^down .*paused", ctl("transports")[1], re.M), "down is paused")
    got = ctl("show", ids["later"])
    for line in [ids["later"], "  from        mailto:ann@example.org",
                 "  message-id  <later@ann.example>", "  mta         3zXy11",
                 "  size        100 bytes", "  recipients  1",
                 f"  {ids['later']}/0", "    to          tel:+8613800138011",
                 "    given       +8613800138011@later.example", "    transport   later",
                 "    as          sms", "    state       queued"]:
        ok(re.search(rf"^{re.escape(line)}$", got[1], re.M), f"show says {line.strip()!r}", *got)
    ok(re.search(rf"^    next try    {TIME} \(in \w+\)$", got[1], re.M), "show says the next try",
       *got)
    ok("loopback is set to fail for now" in got[1], "show says why", *got)
    ok("secret" not in got[1], "show keeps subject and text private", *got)
    m = re.search(r"^    correlator +(\S+)$", ctl("show", ids["good"])[1], re.M)
    for what, name in [("<later@ann.example>", "Message-ID"), ("later@ann.example", "Message-ID, bare"),
                       (ids["later"] + "/0", "recipient")]:
        same = ctl("show", what)
        ok(timeless(same) == timeless(got), f"show by {name}", same, got)
    got = ctl("show", m.group(1)) if m else (1,)
    ok(m and got[0] == 0 and got[1].startswith(ids["good"]), "show by request and correlator", got)
    return ids


def submit_one(number):
    """A message for a transport that puts it off; whether it was taken."""
    fields = (("from", "mailto:eve@example.org"), ("auth", "1"), ("message_id", f"<{number}@restore>"), ("text", "x"),
              ("rcpt", f"+86138{number:08}@later.example"))
    body = b"".join(f"{k}={len(v)}:{v}\n".encode() for k, v in fields)
    return http_ask("submit.sock", "POST", "/submit", body)[0] == 200


def waiting(socket_="unix:control.sock"):
    return {j["message_id"] for j in map(json.loads, ctl("queue", "--json", socket_=socket_)[1].splitlines())}


def test_restore():
    """Copied under load, put into another place, and started there: what was accepted before is all there."""
    taken, stopped = [], threading.Event()

    def load():
        n = 0
        while not stopped.is_set():
            n += 1
            if submit_one(n):
                taken.append(f"<{n}@restore>")

    writer = threading.Thread(target=load)
    writer.start()
    until(lambda: len(taken) > 200, "messages come")
    before = set(taken)
    got = ctl("backup", "under-load")
    stopped.set()
    writer.join()
    ok(got[0] == 0, "a backup under load", *got)
    os.mkdir("restored")
    shutil.copy("trivium.conf", "restored")
    shutil.copytree("under-load", "restored/queue")
    os.chdir("restored")
    try:
        p = start()
        there = waiting()
        ok(before <= there, f"the restored queue has all {len(before)} messages accepted before, of {len(there)}",
           sorted(before - there)[:10])
        ok(stop(p) == 0, "and its triviumd stops in good order")
    finally:
        os.chdir("..")
    ctl("cancel", *[j["id"] for j in map(json.loads, ctl("queue", "--json")[1].splitlines())
                    if j["message_id"].endswith("@restore>")])


def test_json(ids):
    jobs = [json.loads(line) for line in ctl("queue", "--json")[1].splitlines()]
    ok({ids["later"], ids["mute"]} <= {j["id"] for j in jobs}, "queue --json: a line for each job", jobs)
    shown = [json.loads(line) for line in ctl("show", ids["later"], "--json")[1].splitlines()]
    ok([(j["id"], j["state"]) for j in shown] == [(ids["later"], "queued")], "show --json", shown)
    transports = [json.loads(line) for line in ctl("transports", "--json")[1].splitlines()]
    ok({"good", "later", "mute"} <= {t["name"] for t in transports}, "transports --json", transports)
    p = subprocess.run([CTL, "-c", "trivium.conf", "doctor", "--json"], capture_output=True, text=True, timeout=60)
    found = [json.loads(line) for line in p.stdout.splitlines()]
    ok(found and all(f["finding"] in ("ok", "warn", "bad") and f["text"] for f in found), "doctor --json", found)


def complete(*words):
    """What bash offers behind these words."""
    script = (f'triviumctl() {{ "{CTL}" "$@"; }}; . "{here}/etc/bash-completion/triviumctl"; COMP_WORDS=("$@"); '
              'COMP_CWORD=$(($# - 1)); _triviumctl; printf "%s\\n" "${COMPREPLY[@]}"')
    p = subprocess.run(["bash", "-c", script, "bash", "triviumctl", *words], capture_output=True, text=True, timeout=60)
    return p.stdout.split(), p.stderr


def test_completion(ids):
    asks = ["-s", "unix:control.sock"]
    for words, want in ((["tr"], ["transports", "trace"]), (["ho"], ["hold"]), (["preview", "--only", "f"], ["full", "forward"]),
                        ([*asks, "probe", "goo"], ["good"]), ([*asks, "hold", ids["later"][:10]], None)):
        got, err = complete(*words)
        ok(ids["later"] in got if want is None else got == want, f"bash completes {words[-1]}", got, err)
    listed = subprocess.run([CTL, "-h"], capture_output=True, text=True).stdout
    commands = re.findall(r"(?m)^  ([a-z]+) ", listed)
    ok(set(commands) == set(complete("")[0]) - {"-c", "-s", "-h", "-V"}, "it knows every command", commands, complete(""))


def test_queue(ids):
    got = ctl("queue")
    lines = got[1].splitlines()
    ok(got[0] == 0 and lines[0].split() ==
       "ID AGE STATE TRIES NEXT TRANSPORT FROM TO REASON".split(), "queue has titles", *got)
    ok(re.search(rf"^{ids['later']}/0 +\d+s +queued +1 +{TIME} +later +ann@example.org "
                 r"+tel:\+8613800138011 +.*fail for now", got[1], re.M), "queue: a deferred job", *got)
    ok(re.search(rf"^{ids['mute']}/0 +\d+s +held +\d+ +- +mute ", got[1], re.M), "queue: a held job",
       *got)
    ok(ids["good"] not in got[1] and ids["never"] not in got[1], "queue: no finished jobs", *got)
    ok(re.fullmatch(r"-- 3 jobs of 3 messages: .*", lines[-1]) and "1 held" in lines[-1],
       "queue: the sum", lines[-1])
    at = lines[0].index("STATE")
    ok(all(line[at - 1] == " " and line[at] != " " for line in lines[1:-1]), "queue: columns align",
       *got)


def test_transports():
    got = ctl("transports")
    rows = {line.split()[0]: line.split() for line in got[1].splitlines()}
    ok(got[0] == 0 and rows["NAME"] == "NAME DRIVER STATE PROBE SENDING QUEUED SENT DEFERRED FAILED "
       "UNCERTAIN REASON".split(), "transports has titles", *got)
    ok(rows["good"][1:] == ["loopback", "running", "-", "0", "0", "1", "0", "0", "0"],
       "transports: one that works", rows["good"])
    ok(rows["later"][5] == "1" and rows["later"][7] == "1", "transports: one deferred", rows["later"])
    ok(rows["never"][5] == "0" and rows["never"][8] == "1", "transports: one failed", rows["never"])
    ok(rows["down"][1:3] == ["parlayx", "paused"] and re.match(r"\d", rows["down"][3]) and
       len(rows["down"]) > 10, "transports: one paused, when it is probed, and why", rows["down"])


def test_orders(ids):
    later = ids["later"]

    def expect(words, code, out="", err=""):
        got = ctl(*words)
        ok(got[0] == code and out in got[1] and err in got[2] and bool(got[1]) == bool(out),
           f"{' '.join(words)[:60]}: {code}", *got)

    expect(["hold", later], 0, f"{later}: 1 job held")
    ok(state(later) == "held", "it is held", state(later))
    expect(["hold", later], 1, err="nothing changed, it is held")
    expect(["release", later], 0, f"{later}: 1 job released")
    until(lambda: "queued" == state(later), "it is queued again")
    until(lambda: ctl("show", later)[1].count("fail for now") >= 2, "released means tried")
    n = ctl("show", later)[1].count("fail for now")
    expect(["retry", later + "/0"], 0, "1 job will be tried now")
    until(lambda: ctl("show", later)[1].count("fail for now") > n, "retry means tried")
    expect(["retry", ids["good"]], 1, err="nothing changed, it is sent")
    unknown = "0" * 25 + "1"
    for order in ["retry", "hold", "release", "cancel"]:
        expect([order, unknown], 66, err="no such message")
        expect([order, later + "/7"], 66, err="no such message")
        for bad in ["", "x", later[:-1], later + "0", later + "/", later + "/x", later + "/-1",
                    later + "/99999999999999999999", "a b&id=ALL", "%41LL", "../etc/passwd",
                    "\x1b]0;x\x07", "\u00fc" * 26, "x" * 10000]:
            got = ctl(order, bad)
            ok(got[0] == 65 and not got[1] and "expected ID" in got[2] and "\x1b" not in got[2],
               f"{order} {bad[:40]!a}: 65", *got)
    expect(["show", unknown], 66, err="no such message")
    expect(["show", later + "/7"], 66, err="no such recipient")
    expect(["show", "no&such=thing %41\u00fc"], 66, err="no such message")
    expect(["show", ""], 65, err="expected")
    expect(["show", "x" * 20000], 65)
    expect(["probe", "nonsense"], 66, err="no such transport")
    expect(["probe", "down"], 0, "down: will be probed now")
    expect(["cancel", later], 0, f"{later}: 1 job cancelled")
    ok(state(later) == "cancelled", "it is cancelled", state(later))
    expect(["cancel", later, unknown], 66, err="no such message")


def test_many():
    """A message of 1000 recipients, and more jobs than two pages hold."""
    many = submit([f"+86139{n:08}@later.example" for n in range(1000)])
    submit([f"+86137{n:08}@later.example" for n in range(1000)])
    more = submit([f"+86136{n:08}@later.example" for n in range(100)])
    until(lambda: ctl("queue")[1].count("fail for now") >= 2100,
          "all were tried")
    got = ctl("queue")
    names = re.findall(rf"^({ID}/\d+) ", got[1], re.M)
    ok(got[0] == 0 and len(names) == len(set(names)) and len(names) == 2103 and
       re.search(r"^-- 2103 jobs of 6 messages: ", got[1], re.M), "queue: 2103 jobs, each once",
       len(names), got[1][-300:], got[2])
    got = ctl("show", many)
    rcpts = re.findall(rf"^  {many}/(\d+)$", got[1], re.M)
    ok(got[0] == 0 and rcpts == [str(n) for n in range(1000)] and not got[2],
       "show: 1000 recipients", len(rcpts), got[1][-300:], got[2])
    got = ctl("hold", many)
    ok(got[:2] == (0, f"{many}: 1000 jobs held\n"), "hold them all", *got)
    got = ctl("release", many + "/999", many + "/0")
    ok(got[0] == 0 and got[1].count("1 job released") == 2, "release two of them", *got)
    got = ctl("hold", "ALL")
    ok(got[0] == 0 and re.fullmatch(r"ALL: 110[0-9] jobs held\n", got[1]),
       "hold ALL: those that were not yet", *got)
    got = ctl("release", "ALL")
    ok(got[0] == 0 and re.fullmatch(r"ALL: 210[0-9] jobs released\n", got[1]), "release ALL", *got)
    until(lambda: " sending" not in ctl("queue")[1], "all is quiet")
    until(lambda: re.fullmatch(r"ALL: [1-9]\d* jobs? will be tried now\n", ctl("retry", "ALL")[1]),
          "retry ALL")
    ok(ctl("cancel", more)[0] == 0, "cancel one message")
    until(lambda: " sending" not in ctl("queue")[1] and ctl("cancel", "ALL")[0] == 0 and
          ctl("queue")[1] == "queue is empty\n", "cancel ALL")
    ok(ctl("queue") == (0, "queue is empty\n", ""), "queue is empty", *ctl("queue"))


def test_hostile():
    """What senders write is shown without what a terminal would obey."""
    bad = submit(["138-0013-8099@later.example"], message_id=b"<\x1b[2J\xff\xc2\x9b@x>",
                 **{"from": b"mailto:\xe2\x80\xae\x07ann\xff@example.org"})
    until(lambda: state(bad) == "queued", "it is queued")
    for words in [["show", bad], ["queue"]]:
        got = ctl(*words)
        ok(got[0] == 0 and "ann" in got[1] and
           not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", got[1]), f"{words[0]}: no control bytes",
           got[1].encode())
    got = ctl("show", "\x1b[2J")
    ok(got[0] == 66 and "\x1b" not in got[2], "an id with control bytes", got)


def test_door():
    """The door itself, asked by what is not triviumctl."""
    ok(os.stat("control.sock").st_mode & 0o777 == 0o600, "only the owner may use the socket",
       oct(os.stat("control.sock").st_mode))
    for method, url, status in [
            ("GET", "/", 404), ("GET", "/retry?id=ALL", 405), ("POST", "/queue", 405),
            ("GET", "/queue?max=0", 400), ("GET", "/queue?max=1001", 400), ("GET", "/queue?max=1x", 400),
            ("GET", "/queue?max=99999999999999999999", 400), ("GET", "/queue?after=x", 400),
            ("GET", "/queue?after=" + "0" * 26, 400), ("GET", "/queue?after=" + "0" * 26 + "/0", 200),
            ("GET", "/show", 400), ("GET", "/show?what=%00", 400), ("GET", "/show?what=a%00b", None),
            ("POST", "/retry", 400), ("POST", "/retry?id=ALL&after=x", 400), ("POST", "/probe", 400),
            ("POST", "/probe?transport=" + "x" * 5000, 404), ("POST", "/backup", 400),
            ("POST", "/backup?dir=relative", 400), ("GET", "/counts", 200),
    ]:
        got = http_ask("control.sock", method, url)
        ok(got[0] == status or status is None and got[0] in (400, 404),
           f"{method} {url[:40]}: {status}", got)
    status, answer = http_ask("control.sock", "GET", "/counts")
    ok(re.search(rb'"jobs":\d+', answer) and b'"full":false' in answer, "counts", answer)


def test_backup():
    got = ctl("backup", "copy")
    ok(got[0] == 0 and got[1] == f"{os.getcwd()}/copy: the queue is copied\n", "backup", *got)
    ok(os.path.isdir("copy") and os.listdir("copy"), "the copy is there")
    got = ctl("backup", "copy")
    ok(got[0] == 75 and got[2], "backup does not write over an older one: 75", *got)
    test_restore()
    got = ctl("backup", "/nonexistent/copy")
    ok(got[0] == 75 and "/nonexistent/copy" in got[2], "backup where there is no directory: 75", *got)


def run(p):
    test_usage()
    test_unreachable()
    got = ctl("queue")
    ok(got == (0, "queue is empty\n", ""), "an empty queue", *got)
    ids = test_states()
    test_queue(ids)
    test_json(ids)
    test_completion(ids)
    test_transports()
    test_orders(ids)
    test_hostile()
    test_door()
    test_backup()
    test_many()
    p2 = subprocess.run([CTL, "-c", "trivium.conf", "queue"], capture_output=True)
    ok(p2.returncode == 0, "the socket's name from the configuration", p2)
    with open("/dev/full", "w") as full:
        p2 = subprocess.run([CTL, "-s", "unix:control.sock", "transports"], stdout=full,
                            stderr=subprocess.PIPE)
    log = open("triviumd.log", errors="replace").read()
    ok(log.count("administrator: hold id=ALL") == 1, "the log tells of an order for all, once",
       log.count("administrator: hold id=ALL"))
    ok(p2.returncode == 74, "no room for the output: 74", p2)
    ok(stop(p) == 0, "triviumd stops in good order")
    got = ctl("queue")
    ok(got[0] == 69, "and then it cannot be reached: 69", got)


top = tempfile.mkdtemp(prefix="trivium-ctl.")
here = os.getcwd()
os.chdir(top)
daemon = None
try:
    with open("trivium.conf", "w") as f:
        f.write(CONF % free_port())
    daemon = start()
    if ok(daemon.poll() is None, "triviumd starts", open("triviumd.log").read()):
        run(daemon)
finally:
    if daemon and daemon.poll() is None:
        daemon.kill()
        daemon.wait()
    with open("triviumd.log", errors="replace") as f:
        log = f.read()
    if "Sanitizer" in log or "runtime error" in log:
        ok(False, "no sanitizer has anything to say", log[-3000:])
    os.chdir(here)
    shutil.rmtree(top)
    print(f"1..{count}")
