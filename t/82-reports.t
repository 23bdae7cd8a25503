#!/usr/bin/env python3
"""triviumd is killed at one step after another on the way of a message, its receipt and the report to
its sender: the report comes all the same, and no second one. ROUNDS in the environment: so many steps."""
import os
import sys

sys.path.insert(0, "t")
import reports as r
from reports import Daemon, ctl, submit
from sdpsim import Sim, wait_for
from smtp import Sink
from tap import done, ok

ROUNDS = int(os.environ.get("ROUNDS", "8"))


def submit_until_taken(daemon, to, **more):
    """As a mail server does: again, until it is answered. Who has died is started again."""
    again = False
    while True:
        try:
            return submit(to, again=again, **more)
        except (OSError, RuntimeError, IndexError):
            again = True
            if daemon.process.poll() is not None:
                daemon.start()


def mails_to(sender):
    return [r.parse(m) for m in sink.of(sender)]


def recipients(sender):
    """All that the reports to that sender name. What goes out twice with the same Message-ID was in
    flight when the daemon was killed, and counts as one mail."""
    mails = {m["Message-ID"]: m for m in mails_to(sender)}
    return sorted(f["Final-Recipient"] for m in mails.values() for f in r.dsn_fields(m)[1:])


def one(daemon, fault, n):
    sender = f"round{n}@example.org"
    daemon.start(TRIVIUM_FAULT=fault)
    i = submit_until_taken(daemon, [f"+49151{n:04d}999005", f"+49152{n:04d}999005"], sender=sender)
    wait_for(lambda: len(recipients(sender)) == 2 or daemon.process.poll() is not None)
    died = daemon.process.poll() is not None
    if died:
        daemon.start()
        wait_for(lambda: len(recipients(sender)) == 2)

    def empty():
        if daemon.process.poll() is not None:   # in what came behind the report
            daemon.start()
        return ctl("queue").startswith("queue is empty")
    settled = wait_for(empty)
    mails = mails_to(sender)
    ids = {m["Message-ID"] for m in mails}
    told = recipients(sender)
    right = settled and told == sorted(set(told)) and len(told) == 2 and \
        len(mails) <= len(ids) + 1
    ok(right, f"{fault}{'' if died else ' (not reached)'}: both failures are told once")
    if not right:
        print(f"# {len(mails)} mails, {ids}, {told}\n# " + "# ".join(daemon.lines(i)))
    return died


sim = Sim("--receipt-delay", "100", "--quiet")
sink = Sink()
daemon = Daemon(sim, sink)
killed = n = 0
try:
    for place in ("queue.before-commit", "queue.after-commit"):
        for at in range(3, 3 + ROUNDS):
            n += 1
            killed += one(daemon, f"{place}=kill@{at}", n)
            daemon.stop()
    for place in ("report.committed", "notice.composed", "notice.told"):
        n += 1
        if not one(daemon, f"{place}=kill@1", n):
            ok(False, place + " was passed")
        killed += 1
        daemon.stop()
    ok(killed * 2 > n, f"it was killed in {killed} of {n} rounds")
finally:
    daemon.end()
    sim.stop()
    sink.close()
done()
