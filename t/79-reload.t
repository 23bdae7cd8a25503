#!/usr/bin/env python3
"""At SIGHUP triviumd reads its configuration anew: what may change counts at once, what may not is told and stays,
a configuration with a mistake changes nothing, and under load no message is lost or repeated by it."""
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()
LONG = "word " * 100  # four segments, cut after the first where segments = 1


def reload(g):
    """Ask for it. What the log says of it, without times and the program's name."""
    before = len(g.log("triviumd"))
    os.kill(g.pid("triviumd"), signal.SIGHUP)

    def lines():
        said = [line.split("reload: ", 1)[1] for line in g.log("triviumd")[before:].splitlines() if "reload: " in line]
        return said if any(line.startswith(("done, ", "the configuration of")) for line in said) else None
    return wait_for(lines) or g.log("triviumd")[before:]


def segments(g, phone):
    g.send(Mail(LONG), f"{phone}@sms.example.com")
    g.arrive(phone)
    return [m["segments"] for m in g.messages(phone)]


def test_nothing(g):
    equal(reload(g), ["done, 0 changes count now, 0 need a restart"], "without a change nothing changes")


def test_counts(g):
    equal(segments(g, "+4915550100"), [4], "a long text takes its segments")
    g.change("sdp operator-a {", ("segments = 1",))
    g.change("retry {", ('lifetime = "2 d"',))
    g.change("bridge {", ('stop_words = "BASTA"',))
    said = reload(g)
    equal(said, ["bridge: stop_words counts now", "retry: lifetime counts now", "sdp operator-a: segments counts now",
                 "done, 3 changes count now, 0 need a restart"], "what may change is told")
    equal(segments(g, "+4915550101"), [1], "and counts: of a section")
    mail = Mail("short")
    g.send(mail, "+4915550102@sms.example.com")
    [job] = g.jobs(mail)
    ok(2 * 86400 - 5 <= job["expires"] - job["arrived"] <= 2 * 86400, "of the retries", job)
    phone_writes(LISTEN, "STOP", "+4915550102")
    phone_writes(LISTEN, "Basta!", "+4915550103")
    ok(wait_for(lambda: "peer=<*>, consent=stop" in g.log("triviumd")), "and of the words", g.log("triviumd")[-800:])
    equal([("4915550102" in line, "4915550103" in line) for line in g.log("triviumd").splitlines() if "consent=" in line],
          [(False, True)], "the new ones alone")


def test_fixed(g):
    def words():
        return [line for line in reload(g) if "counts now" not in line or line.startswith("done")]
    g.change("sdp operator-a {", ('sender = "tel:777"', "extensions = 1"))
    g.change("bridge {", ("pumping = yes", "pumping_country = 7"))
    with open(f"{g.dir}/trivium.conf", "a") as f:
        f.write('sdp other {\n\tdriver = "parlayx"\n\tsms_url = "http://127.0.0.1:1/"\n\tsender = "tel:1"\n}\n')
    equal(words(), ["bridge: pumping needs a restart", "sdp operator-a: sender needs a restart",
                    "sdp operator-a: extensions needs a restart", "section sdp other (new) needs a restart",
                    "done, 1 changes count now, 4 need a restart"], "what may not is told")
    g.change("sdp other {", ("segments = 2",))
    equal(reload(g)[-1], "done, 0 changes count now, 4 need a restart", "nothing counts now of a section that is not open")
    g.send(Mail("from whom?"), "+4915550110@sms.example.com")
    g.arrive("+4915550110")
    equal([m["sender"] for m in g.messages("+4915550110")], ["tel:10690123"], "and is as before")
    path = f"{g.dir}/trivium.conf"
    text = open(path).read()
    with open(path, "w") as f:
        f.write(text[:text.index("sdp other {")])
    later = words()
    equal(later[-1], "done, 0 changes count now, 3 need a restart", "what was there never, and is gone again, needs none")
    equal(words(), later, "the others are told until there was one")
    text = open(path).read()
    with open(path, "w") as f:
        f.write(text.replace("sdp operator-a {", "sdp another {"))
    ok("section sdp operator-a (gone) needs a restart" in reload(g), "so is a section that is gone")
    with open(path, "w") as f:
        f.write(text.replace("sdp operator-a {", "sdp operator-a {\n\trate = 999"))
    ok("sdp operator-a: rate counts now" in reload(g), "and what it says otherwise when it is back")
    with open(path, "w") as f:
        f.write(text)
    equal(words()[:-1], later[:-1], "and it needs none then")


def test_wrong(g):
    path = f"{g.dir}/trivium.conf"
    text = open(path).read()
    for change, why in ((("segments = 0",), 'key "segments"'), (("segmentz = 2",), 'unknown key "segmentz"'),
                        (('lead = "nonsense"',), 'lead = "nonsense"')):
        g.change("sdp operator-a {", (*change, "concurrency = 1"))
        said = reload(g)
        ok("trivium.conf:" in said[0] and why in said[0], f"a mistake is told: {why}", said)
        equal(said[-1], "the configuration of before stays in use", "and nothing changes")
        with open(path, "w") as f:
            f.write(text)
    os.rename(path, path + ".away")
    said = reload(g)
    ok("cannot open: No such file" in said[0], "nor where there is no file", said)
    os.rename(path + ".away", path)
    equal(segments(g, "+4915550120"), [1], "it goes on")
    equal(reload(g)[-1], "done, 0 changes count now, 3 need a restart", "with what it had")


def certificate(g, name):
    """A new one for the listener; its bytes as a client sees them."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-subj", f"/CN={name}", "-keyout", f"{g.dir}/{name}.key", "-out", f"{g.dir}/{name}.pem"],
                   check=True, capture_output=True)
    return ssl.PEM_cert_to_DER_cert(open(f"{g.dir}/{name}.pem").read())


def use(g, name):
    for end in ("key", "pem"):
        shutil.copy(f"{g.dir}/{name}.{end}", f"{g.dir}/listen.{end}")


def connect():
    c = http.client.HTTPSConnection("127.0.0.1", LISTEN, timeout=30, context=ssl._create_unverified_context())
    c.connect()
    return c, c.sock.getpeercert(True)


def asked(c):
    """The answer to a question on that connection: its status, and whether the connection ends with it."""
    c.request("GET", "/nothing")
    r = c.getresponse()
    r.read()
    return r.status, r.will_close


def test_certificate(g):
    certs = [certificate(g, name) for name in ("one", "two", "three")]
    use(g, "one")
    g.end("triviumd")
    g.change("bridge {", (f'listen_cert = "{g.dir}/listen.pem"', f'listen_key = "{g.dir}/listen.key"'))
    g.start_bridge()
    kept, seen = connect()
    equal((seen == certs[0], asked(kept)), (True, (404, False)), "the listener shows its certificate")
    use(g, "two")
    reload(g)
    ok(wait_for(lambda: "reload: listen_cert and its key are read anew" in g.log("triviumd")), "a new one is read")
    fresh, seen = connect()
    equal((seen == certs[1], asked(fresh)), (True, (404, False)), "and shown to who comes")
    use(g, "three")
    shutil.copy(f"{g.dir}/one.key", f"{g.dir}/listen.key")
    reload(g)
    ok(wait_for(lambda: "reload: listen_cert: there are still connections" in g.log("triviumd")),
       "not while somebody is connected from before the last change", g.log("triviumd")[-500:])
    equal(asked(kept), (404, True), "who gets his answer, and may come again")
    kept.close()

    def told():
        reload(g)
        return "listen.key" in g.log("triviumd").rsplit("reload: listen_cert: ", 1)[1]
    ok(wait_for(told), "a key of another one is told", g.log("triviumd")[-500:])
    equal((connect()[1] == certs[1], asked(fresh)), (True, (404, False)), "and the certificate stays")
    use(g, "three")
    failed, stop = [], threading.Event()

    def knock():
        while not stop.is_set():
            try:
                c, _ = connect()
                if asked(c)[0] != 404:
                    failed.append("not 404")
                c.close()
            except (OSError, http.client.HTTPException) as e:
                failed.append(repr(e))
    knocking = [threading.Thread(target=knock) for _ in range(3)]
    for t in knocking:
        t.start()
    reload(g)
    ok(wait_for(lambda: connect()[1] == certs[2]), "the next one")
    for _ in range(5):
        reload(g)
    stop.set()
    for t in knocking:
        t.join()
    equal(failed, [], "nobody finds the door closed meanwhile")


def test_load(g):
    """Limits go up and down while mails come in."""
    phones = [f"+49155502{n:02}" for n in range(60)]
    senders = [threading.Thread(target=lambda mine=phones[n::3]: [g.send(Mail("load"), f"{p}@sms.example.com")
                                                                  for p in mine for _ in range(3)]) for n in range(3)]
    for t in senders:
        t.start()
    n = 0
    while any(t.is_alive() for t in senders) or n < 10:
        n += 1
        g.change("sdp operator-a {", (f"concurrency = {1 + n % 3 * 20}", f"rate = {n % 2 * 300}"))
        reload(g)
    for t in senders:
        t.join()
    ok(n >= 10, "it was reloaded many times", n)
    g.idle()
    equal([len(g.messages(p)) for p in phones], 60 * [3], "each message has come, once")


def main():
    g = Gateway("reload", bridge=(f'listen = "127.0.0.1:{LISTEN}"',), retry=('lifetime = "1 d"',))
    return run(g, test_nothing, test_counts, test_fixed, test_wrong, test_load, test_certificate)


if __name__ == "__main__":
    sys.exit(main())
