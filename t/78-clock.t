#!/usr/bin/env python3
"""Rules that go by the clock, in a triviumd whose clocks the test sets ahead (t/clock.inc): rates and quotas
come back, hours open and shut, what was held or folded goes by itself when its time has come, and traffic
that is pumped is held: a new country's spike, and a country where nothing arrives."""
import datetime
import os
import struct
import subprocess
import sys
import zoneinfo

sys.path.insert(0, "t")
from whole import Gateway, Mail, equal, free_port, ok, run, wait_for

LISTEN = free_port()
MINUTE, HOUR, DAY = 60, 3600, 86400


def clock(hours, zone=None):
    """The time of day so many hours from now, here or in that zone."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo(zone) if zone else None)
    return (now + datetime.timedelta(hours=hours)).strftime("%H:%M")


POLICY = f"""\
*                        allow=+4915,+232,+257
rate@sink.example        rate=1/h
pair@sink.example        rate_pair=1/h
quota@sink.example       daily=1 monthly=2
night@sink.example       quiet={clock(-2, "Europe/Berlin")}-{clock(3, "Europe/Berlin")}
fold@sink.example        fold=10m
shut@sink.example        hours={clock(3)}-{clock(8)}
"""
ahead = 0


def forward(g, seconds):
    """Set the daemon's clocks ahead, and wake it: it looks at them when it has something to do."""
    global ahead
    ahead += seconds
    with open(f"{g.dir}/clock", "r+b") as f:
        f.write(struct.pack("=q", ahead * 1000))
    g.ask("/counts")


def send(g, sender, phone, text="x"):
    return g.send(Mail(text, sender=f"{sender}@sink.example"), f"{phone}@sms.example.com")


def told(g, sender, words):
    """How many reports to that sender say so."""
    return sum(words in m for m in g.sink.to(f"{sender}@sink.example"))


def test_held(g):
    """Before the clock is changed: what is held, and shut."""
    g.held = g.submit("+4915559001", "for the morning", sender="night@sink.example")
    equal(g.state(g.held), "queued", "in quiet hours a message waits")
    ok(send(g, "shut", "+4915559010").startswith("550 5.7.1"), "outside of its hours a sender is refused")
    for text in ("Disk full",) * 4:
        g.submit("+4915559011", text, sender="fold@sink.example")
    equal(g.arrive("+4915559011"), ["Disk full"], "of a storm the first message goes")
    for sender in ("rate", "pair", "quota"):
        equal(send(g, sender, "+4915559012")[:3], "250", f"one message: {sender}")
    ok(send(g, "rate", "+4915559012", "y").startswith("451 4.7.1"), "a second one is put off by the rate")
    ok(send(g, "pair", "+4915559012", "y").startswith("451 4.7.1"), "and by that of the pair")
    ok(send(g, "quota", "+4915559012", "y").startswith("550 5.7.1"), "and refused by the quota")


def test_window(g):
    forward(g, 9 * MINUTE)
    g.submit("+4915559011", "Disk full", sender="fold@sink.example")
    equal(len(g.texts("+4915559011")), 1, "within the window nothing goes")
    forward(g, 2 * MINUTE)
    equal(g.arrive("+4915559011", 2), ["Disk full", "(4 times) Disk full"], "at its end the others do, by themselves, as one")
    equal(wait_for(lambda: told(g, "fold", b"same text")), 1, "of which the author was told once")


def test_hour(g):
    forward(g, HOUR)
    for sender in ("rate", "pair"):
        equal(send(g, sender, "+4915559012", "an hour later")[:3], "250", f"an hour later there is room again: {sender}")
    if g.day == day_of():
        equal(send(g, "quota", "+4915559012", "an hour later")[:3], "550", "but a quota's day is not over")


def day_of():
    return (datetime.datetime.now() + datetime.timedelta(seconds=ahead)).date()


def test_morning(g):
    equal(g.texts("+4915559001"), [], "the night is not over")
    forward(g, 2 * HOUR)
    equal(g.arrive("+4915559001"), ["for the morning"], "when it is, what was held goes by itself")
    equal(wait_for(lambda: told(g, "night", b"quiet hours until")), 1, "its author was told once that it waits")
    equal(send(g, "shut", "+4915559010")[:3], "250", "and within its hours a sender may")
    g.idle()
    equal(g.texts("+4915559001"), ["for the morning"], "once")
    equal([told(g, "fold", b"same text"), told(g, "night", b"quiet hours until")], [1, 1], "neither author is told again")


def test_spike(g):
    """The daemon has run for more than an hour, so it knows what is usual."""
    mails = [g.submit(f"+23276{n:02}0000", "x", sender="fraud@sink.example") for n in range(7)]
    equal([g.state(m, "sent", "delivered", "held") == "held" for m in mails], [False] * 5 + [True] * 2,
          "five messages an hour to a new country go, more are held")
    ok(all("held suddenly many messages to its country" in g.history(m) for m in mails[5:]), "for a reason", g.history(mails[5]))
    equal([b"suddenly many" in m for m in g.sink.arrive("boss@sink.example")], [True], "the postmaster is told once")
    ok(wait_for(lambda: told(g, "fraud", b"suddenly many") == 2, 90), "and the author of each, once", g.sink.mails[-3:])
    equal(g.ctl("cancel", g.jobs(mails[5])[0]["id"])[0], 0, "one is dropped")
    equal(g.ctl("release", g.jobs(mails[6])[0]["id"])[0], 0, "one is released")
    equal(g.arrive("+23276060000"), ["x"], "and goes")
    equal(g.texts("+23276070000"), [], "the other does not")


def test_unheard(g):
    """Numbers behind which no phone is."""
    forward(g, 4 * HOUR)
    many = [g.submit(f"+25776{n:02}999010", "x", sender="fraud@sink.example") for n in range(5)]
    forward(g, HOUR + MINUTE)  # the country is not new any more
    many += [g.submit(f"+25777{n:02}999010", "x", sender="fraud@sink.example") for n in range(25)]
    equal([g.state(m, "sent", "held") for m in many], ["sent"] * 30, "thirty messages to a country whose phones say nothing")
    forward(g, 25 * MINUTE)
    heard = g.submit("+4915559020", "heard", sender="fraud@sink.example")
    equal(g.state(heard, "delivered"), "delivered", "while elsewhere they arrive")
    mail = g.submit("+2577799999010", "x", sender="fraud@sink.example")
    equal(g.state(mail, "held", "sent"), "held", "the next one is held")
    ok("few messages to its country arrive" in g.history(mail), "for that reason", g.history(mail))
    ok(any(b"few messages" in m for m in g.sink.arrive("boss@sink.example", 2)), "and the postmaster is told")


def test_day(g):
    forward(g, DAY)
    first = day_of().month == g.day.month
    equal(send(g, "quota", "+4915559013")[:3], "250", "on another day the daily quota is whole")
    if first:
        ok(send(g, "quota", "+4915559013", "y").startswith("550 5.7.1"), "once")
        forward(g, DAY)
        said = send(g, "quota", "+4915559013", "z")
        ok(day_of().month != g.day.month or (said.startswith("550 5.7.1") and "a month" in said), "the monthly one is not", said)
    forward(g, 32 * DAY)
    equal(send(g, "quota", "+4915559014")[:3], "250", "in another month that is, too")
    g.end("triviumd", 9)
    g.start_bridge()
    ok(send(g, "quota", "+4915559014", "y").startswith("550 5.7.1"), "and a kill forgives nothing of it")


def main():
    g = Gateway("clock", start=False, sim=f"--callback http://127.0.0.1:{LISTEN}/sdp/operator-a",
                bridge=(f'listen = "127.0.0.1:{LISTEN}"', "pumping = yes", "pumping_country = 5",
                        "pumping_neighbours = 100"),
                sdp=(f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"',),
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n'
                     '\tpostmaster = "boss@sink.example"\n}\n')
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"',))
    with open(f"{g.dir}/policy", "w") as f:
        f.write(POLICY)
    g.sh('postmap -c "$dir/postfix" "hash:$dir/policy"')
    with open(f"{g.dir}/clock", "wb") as f:
        f.write(struct.pack("=q", 0))
    library = f"{g.dir}/clock.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-x", "c", "t/clock.inc", "-o", library], check=True)
    g.day = day_of()
    g.env = {"TRIVIUMD_PRELOAD": library, "CLOCK": f"{g.dir}/clock",
             "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    g.start()
    return run(g, test_held, test_window, test_hour, test_morning, test_spike, test_unheard, test_day)


main()
