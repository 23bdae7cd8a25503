#!/usr/bin/env python3
"""5000 messages on their way into a private Prosody, which is killed with -9 in the middle; then triviumd
is. None is lost, and none comes twice but those that were under way when something was killed."""
import collections
import os
import re
import signal
import sys
import threading

sys.path.insert(0, "t")
import xmpp
from tap import done, ok, same

N, USERS, CONCURRENCY = int(os.environ.get("MESSAGES", "5000")), 50, 100
prosody = xmpp.Prosody("t83p", users=[f"u{i}" for i in range(USERS)])
bridge = None
taken = set()


def arrived():
    """How often each message was stored for its user."""
    found = collections.Counter()
    for u in range(USERS):
        try:
            text = open(f"{prosody.dir}/data/im%2etest/offline/u{u}.list").read()
        except FileNotFoundError:
            continue
        found.update(re.findall(r"message (\d+) of", text))
    return found


def write(first, step):
    """A mail server that tries each mail until it is taken."""
    end = xmpp.time.monotonic() + 90
    for n in range(first, N, step):
        while xmpp.time.monotonic() < end and not bridge.submit(f"a{n % 97}@example.org", f"u{n % USERS}%im.test@im.example.com",
                                f"message {n} of all", f"<{n}@load>"):
            xmpp.time.sleep(0.05)
        taken.add(n)


try:
    bridge = xmpp.Bridge("t83", prosody.port, f"concurrency = {CONCURRENCY}", 'reconnect = "200 ms"',
                         'unknown_wait = "200 ms"')
    writers = [threading.Thread(target=write, args=(i, 8), daemon=True) for i in range(8)]
    for w in writers:
        w.start()
    kills = 0
    for share, what in ((0.2, prosody), (0.5, bridge), (0.7, prosody)):
        xmpp.wait_for(lambda: len(arrived()) > N * share, 60)
        what.kill(signal.SIGKILL)
        kills += 1
        what.start()
    for w in writers:
        w.join(120)
    same(len(taken), N, f"all {N} messages are taken")
    xmpp.wait_for(lambda: len(arrived()) >= N and bridge.counts() and bridge.counts()["jobs"] == 0, 60)
    found = arrived()
    same(sorted(set(range(N)) - {int(n) for n in found}), [], "none is lost")
    twice = sum(found.values()) - len(found)
    ok(twice <= kills * CONCURRENCY, f"{twice} came twice, of {kills} times {CONCURRENCY} under way")
    bridge.stop()
    same([line for line in open(f"{bridge.dir}/log") if "Sanitizer" in line or "runtime error" in line], [],
         "no sanitizer has anything to say")
finally:
    if bridge:
        bridge.kill()
    prosody.stop()
done()
