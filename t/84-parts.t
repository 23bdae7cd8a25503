#!/usr/bin/env python3
"""A platform that joins no segments: each goes as a message of its own. triviumd is killed at one step after
another while they do: all arrive, in order, and no more than one of them twice; the message has one state,
and its author hears of it once. ROUNDS in the environment: so many steps."""
import os
import re
import sys

sys.path.insert(0, "t")
import reports as r
from reports import Daemon, ctl, status, submit
from sdpsim import Sim, wait_for
from smtp import Sink
from tap import done, ok, same

ROUNDS = int(os.environ.get("ROUNDS", "9"))
TEXT = "".join(f"Sentence {i:02} of a long text. " for i in range(17))


def numbers(phone):
    """Which parts the phone has, in the order they came."""
    return [int(re.match(r"(\d)/4 ", m["text"]).group(1)) for m in sorted(sim.messages(f"?to={phone}"), key=lambda m: m["n"])]


def show(i):
    return ctl("show", i)


def submitted(phone, sender):
    """As a mail server does: again, until it is answered."""
    again = False
    while True:
        try:
            return submit(phone, sender=sender, subject="", text=TEXT, again=again, rcpt={"notify": "SUCCESS"})
        except (OSError, RuntimeError, IndexError):
            again = True
            if daemon.process.poll() is not None:
                daemon.start()


def test_killed(n, fault):
    phone, sender = f"+49151{n:04d}111", f"round{n}@example.org"
    daemon.start(TRIVIUM_FAULT=fault)
    i = submitted(phone, sender)
    wait_for(lambda: status(i) == "delivered" or daemon.process.poll() is not None)
    died = daemon.process.poll() is not None
    if died:
        daemon.start()
    wait_for(lambda: status(i) == "delivered")
    got = numbers(phone)
    twice = len(got) - len(set(got))
    ok(got == sorted(got) and sorted(set(got)) == [1, 2, 3, 4] and twice <= died and status(i) == "delivered",
       f"{fault}{'' if died else ' (not reached)'}: all four arrive in order")
    if got != sorted(set(got)):
        print(f"# {got}")
    told = r.reports(sink, sender)
    ok(len({m["Message-ID"] for _, m in told}) == 1 and r.dsn_fields(told[0][1])[1]["Action"] == "delivered",
       "and its author hears that it was delivered")
    daemon.stop()
    return died


def test_later():
    """The second is put off by the platform, twice: the first is not sent again."""
    sim.faults({"match": {"text": "2/4 "}, "count": 2, "do": "fault:SVC0001"})
    i = submit("+4915170001", subject="", text=TEXT)
    same((wait_for(lambda: status(i) == "delivered"), numbers("+4915170001")), (True, [1, 2, 3, 4]), "put off and sent on")
    ok("4, 4 of them sent, 4 delivered" in show(i), "show tells of each", show(i))
    ok(len([line for line in daemon.lines(i) if "status=sent in part" in line]) == 3, "and the log does")


def test_failed():
    """A number that ends in 005 is one where nothing is delivered."""
    i = submit("+4915170999005", subject="", text=TEXT, sender="lost@example.org")
    same(wait_for(lambda: status(i) == "failed"), True, "a report that one failed fails the message")
    told = r.reports(sink, "lost@example.org")
    ok(len(told) == 1 and "part " in told[0][1].as_string(), "whose author is told once, which part it was", told)


sim = Sim("--receipt-delay", "50", "--quiet")
sink = Sink()
daemon = Daemon(sim, sink, sdp="concatenate = no\n  counters = yes")
killed = n = 0
try:
    daemon.start()
    test_failed()
    test_later()
    daemon.stop()
    for at in range(3, 3 + ROUNDS):
        n += 1
        killed += test_killed(n, f"queue.{'after' if at % 2 else 'before'}-commit=kill@{at}")
    ok(killed * 2 > n, f"it was killed in {killed} of {n} rounds")
finally:
    daemon.end()
    sim.stop()
    sink.close()
done()
