#!/usr/bin/env python3
"""At SIGHUP triviumd reads its configuration anew: what may change counts at once, what may not is told and stays,
a configuration with a mistake changes nothing, and under load no message is lost or repeated by it."""
import os
import signal
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
        return said if said and (said[-1].startswith("done, ") or said[-1].startswith("the configuration of")) else None
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
    g.send(Mail("from whom?"), "+4915550110@sms.example.com")
    g.arrive("+4915550110")
    equal([m["sender"] for m in g.messages("+4915550110")], ["tel:10690123"], "and is as before")
    path = f"{g.dir}/trivium.conf"
    text = open(path).read()
    with open(path, "w") as f:
        f.write(text[:text.index("sdp other {")])
    ok("section sdp other (gone) needs a restart" in reload(g), "so is a section that is gone")


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
    equal(reload(g), ["done, 0 changes count now, 0 need a restart"], "with what it had")


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
    return run(g, test_nothing, test_counts, test_fixed, test_wrong, test_load)


if __name__ == "__main__":
    sys.exit(main())
