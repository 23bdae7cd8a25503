#!/usr/bin/env python3
"""A heartbeat: an SMS to a number now and then; when its delivery report is late, or it fails, the postmaster
hears of it once, and again when it is well. And triviumd's own death: told at the next start."""
import os
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, equal, free_port, ok, run, wait_for  # noqa: E402

LISTEN, ADMIN = free_port(), free_port()
NUMBER = "+4915550000"


def metric():
    with urllib.request.urlopen(f"http://127.0.0.1:{ADMIN}/metrics", timeout=30) as r:
        return [line.split()[-1] for line in r.read().decode().splitlines() if line.startswith("trivium_heartbeat_ok{")]


def subjects(g):
    return [line for m in g.sink.to("postmaster@sink.example") for line in m.decode().splitlines()
            if line.startswith("Subject: ")]


def test_well(g):
    ok(wait_for(lambda: any(t.startswith("Trivium works. 20") for t in g.texts(NUMBER))), "an SMS goes out", g.texts(NUMBER))
    ok(wait_for(lambda: metric() == ["1"]), "its report comes, and the metrics say so", g.log("triviumd")[-1500:])
    equal(subjects(g), [], "nobody is bothered")


def test_ill(g):
    g.faults({"match": {"number": NUMBER}, "do": "receipt:none"})
    ok(wait_for(lambda: subjects(g)), "a report that does not come: the postmaster is told", g.log("triviumd")[-1500:])
    equal(metric(), ["0"], "and the metrics say it")
    n = len(g.texts(NUMBER))
    ok(wait_for(lambda: len(g.texts(NUMBER)) > n + 2), "it is tried again")
    g.no_faults()
    ok(wait_for(lambda: len(subjects(g)) == 2), "when it arrives, the postmaster is told", subjects(g))
    equal([s.split(": ", 2)[2] for s in subjects(g)], ["the heartbeat fails", "the heartbeat is back"], "once each")
    g.faults({"match": {"number": NUMBER}, "do": "fault:SVC0004"})
    ok(wait_for(lambda: len(subjects(g)) == 3), "a platform that refuses it: told", subjects(g))
    ok(any(b"SVC0004" in m for m in g.sink.to("postmaster@sink.example")), "and why")
    g.no_faults()


def test_death(g):
    def warned():
        return g.log("triviumd").count("triviumd ended without being stopped; its last sign of life was at ")

    def deaths():
        return [s for s in subjects(g) if s.endswith("triviumd had died and is back")]
    equal(warned(), 0, "at the first start nothing has died")
    g.end("triviumd")
    g.start_bridge()
    g.end("triviumd", 9)
    equal(warned(), 0, "nor at one after a stop")
    g.start_bridge()
    equal(warned(), 1, "after a kill the log says that it had died")
    ok(wait_for(deaths), "and the postmaster is told", g.log("triviumd")[-1500:])
    g.end("triviumd", 9)
    g.start_bridge()
    equal(warned(), 2, "when it dies again, the log says it")
    g.idle()
    equal(len(deaths()), 1, "but no mail an hour later at the soonest")


def main():
    g = Gateway("heartbeat", sdp=(f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"', f'heartbeat = "{NUMBER}"',
                                  'heartbeat_every = "1 s"', 'heartbeat_late = "1 s"'),
                bridge=(f'listen = "127.0.0.1:{LISTEN}"', f'admin = "127.0.0.1:{ADMIN}"'),
                sim=f"--callback http://127.0.0.1:{LISTEN}/sdp/operator-a",
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n'
                     '\tpostmaster = "postmaster@sink.example"\n}\n')
    return run(g, test_well, test_ill, test_death)


if __name__ == "__main__":
    sys.exit(main())
