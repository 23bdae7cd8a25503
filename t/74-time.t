#!/usr/bin/env python3
"""Order, rate and age of messages, whatever the platform does meanwhile."""
import sys

sys.path.insert(0, "t")
from whole import Gateway, equal, free_port, ok, run, wait_for


def test_order(g):
    """One sender to one phone: in the order they came, past every kind of failure."""
    number = "+4915554001"
    for text, do in [("m03", "fault:SVC0001"), ("m05", "http:503"), ("m07", "reset"), ("m09", "hang"),
                     ("m11", "reset-accept"), ("m13", "garbage"), ("m15", "fault:POL0904"),
                     ("m17", "slow:300")]:
        g.faults({"match": {"number": number, "text": text}, "count": 2 if do == "fault:SVC0001" else 1,
                  "do": do})
    g.faults({"match": {"number": number, "text": "m18"}, "do": "fault:SVC0004"})
    for i in range(20):
        g.submit(number, f"m{i:02}")
    g.idle()
    equal(g.texts(number), [f"m{i:02}" for i in range(20) if i != 18],
          "twenty mails of one sender to one number arrive in order, once, but the one refused")


def test_side_by_side(g):
    """A conversation that is stuck holds up no other one, not even to the same phone."""
    number = "+4915554101"
    g.faults({"match": {"number": number, "text": "stuck"}, "do": "fault:SVC1000"})
    stuck = g.submit(number, "stuck")
    behind = g.submit(number, "behind it")
    others = [g.submit(number, "another sender", sender="bob@example.org"),
              g.submit("+4915554102", "another number")]
    for mail in others:
        equal(g.state(mail, "sent"), "sent", "another conversation goes on")
    ok(wait_for(lambda: g.jobs(stuck)[0]["tries"] >= 2), "while the first is tried again and again")
    equal((g.state(behind), g.texts(number)), ("queued", ["another sender"]), "and what is behind waits")
    g.no_faults()
    ok(g.idle(), "then all goes")
    equal(g.texts(number), ["another sender", "stuck", "behind it"], "in order")


def test_rate(g):
    """Between any two messages the contract's number is kept, with a little for the way."""
    mails = [g.submit(f"+49155542{i:02}", f"rate {i}", domain="rate.example.com") for i in range(12)]
    for mail in mails:
        g.state(mail, "sent")
    times = [m["time"] for m in g.messages() if m["text"].startswith("rate ")]
    equal(len(times), 12, "twelve messages are sent")
    worst = max((j - i) - 5 * (times[j] - times[i]) / 1000
                for i in range(len(times)) for j in range(i + 1, len(times)))
    ok(worst < 4, f"rate = 5: never more than that in a second (and {worst:.1f})", times)


def test_expiry(g):
    g.end("triviumd")
    g.change("retry {", ['lifetime = "2 s"'])
    g.start_bridge()
    away = g.submit("+4915554301", "too late", domain="away.example.com")
    g.faults({"match": {"number": "+4915554302"}, "do": "fault:SVC0001"})
    deferred = g.submit("+4915554302", "too late, too")
    fresh = g.submit("+4915554303", "in time")
    equal(g.state(fresh, "sent"), "sent", "what can be sent is sent")
    for mail, why in [(away, "its platform is away"), (deferred, "each try failed for now")]:
        equal(g.state(mail, "expired"), "expired", f"{why}: expired")
        number = g.jobs(mail)[0]["to"]
        ok([l for l in g.log("triviumd").splitlines() if f"to=<{number}>" in l and "dsn=4.4.7" in l and
            "status=expired" in l], "and the log says so")
    g.no_faults()
    ok(g.idle(), "nothing is left in the queue", *g.ctl("queue"))
    equal(g.texts("+4915554302"), [], "what has expired is not sent any more")


def quick(*more):
    return ['callback = "http://127.0.0.1:1/"', 'unknown_wait = "100 ms"', 'timeout = "1 s"',
            "unknown_tries = 20", *more]


gateway = Gateway("74-time", sdp=quick(), sim="--no-receipts", start=False,
                  domains={f"{n}.example.com": f"phone:{n}" for n in ("rate", "away")},
                  retry=['first = "100 ms"', 'most = "200 ms"', 'probe_first = "100 ms"',
                         'probe_most = "500 ms"'])
gateway.add_sdp("rate", None, *quick("rate = 5"))
gateway.add_sdp("away", free_port())
gateway.start()
run(gateway, test_order, test_side_by_side, test_rate, test_expiry)
