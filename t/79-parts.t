#!/usr/bin/env python3
"""A platform that does not join segments: a long text goes as several SMS, in order, whole words each; what
was taken is not sent again when a later one fails, or triviumd is killed between; delivered when all are."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, run, wait_for  # noqa: E402

LISTEN = free_port()


def words(mark, n):
    """So many SMS, the first word of each telling which."""
    return " ".join(f"{mark}{i}----- " + " ".join(["sevenxx"] * 19) for i in range(n))


def marks(g, number):
    return [t.split(" ")[0].rstrip("-") for t in g.texts(number)]


def test_order(g):
    g.send(Mail(words("a", 3)), "+4915550001@sms.example.com")
    g.send(Mail("behind"), "+4915550001@sms.example.com")
    ok(wait_for(lambda: len(g.texts("+4915550001")) == 4), "four SMS", g.texts("+4915550001"))
    equal(marks(g, "+4915550001"), ["a0", "a1", "a2", "behind"], "in order, and before the next message")
    ok(all(len(t) <= 160 and t == t.strip() for t in g.texts("+4915550001")), "each whole words in one segment")
    done = "to=<tel:+4915550001>, transport=operator-a, delay="
    ok(wait_for(lambda: sum(done in line and "status=delivered" in line for line in g.log("triviumd").splitlines()) == 2),
       "delivered when all are, and said once for each message", g.log("triviumd")[-1500:])
    ok("part=2/3" in g.log("triviumd"), "the log tells of each")


def test_again(g):
    g.faults({"match": {"text": "b1"}, "count": 2, "do": "http:503"})
    g.send(Mail(words("b", 3)), "+4915550002@sms.example.com")
    ok(wait_for(lambda: len(g.texts("+4915550002")) == 3), "after errors of the platform, the rest follows",
       g.texts("+4915550002"))
    equal(marks(g, "+4915550002"), ["b0", "b1", "b2"], "and nothing twice")
    g.no_faults()


def test_killed(g):
    g.faults({"match": {"text": "c1"}, "do": "hang"})
    g.send(Mail(words("c", 3)), "+4915550003@sms.example.com")
    ok(wait_for(lambda: "+4915550003>, transport=operator-a, part=1/3" in g.log("triviumd")),
       "triviumd is killed while the platform has the second one")
    g.end("triviumd", 9)
    g.no_faults()
    g.start_bridge()
    ok(wait_for(lambda: marks(g, "+4915550003")[-1:] == ["c2"]), "and goes on where it was", g.texts("+4915550003"),
       g.log("triviumd")[-1500:])
    equal(marks(g, "+4915550003"), ["c0", "c1", "c2"], "without the first one again")


def test_refused(g):
    g.faults({"match": {"text": "d1"}, "do": "fault:SVC0004"})
    g.send(Mail(words("d", 3), sender="ann@sink.example"), "+4915550004@sms.example.com")
    got = g.sink.arrive("ann@sink.example")
    ok(got and b"Action: failed" in got[0], "one that is refused fails the message", got)
    equal(marks(g, "+4915550004"), ["d0"], "and the rest is not sent")
    g.no_faults()


def main():
    g = Gateway("parts", sdp=("concatenate = no", f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"',
                              'unknown_wait = "300 ms"', 'timeout = "60 s"'),
                bridge=(f'listen = "127.0.0.1:{LISTEN}"',),
                sim=f"--callback http://127.0.0.1:{LISTEN}/sdp/operator-a",
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    return run(g, test_order, test_again, test_killed, test_refused)


if __name__ == "__main__":
    sys.exit(main())
