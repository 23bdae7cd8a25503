"""imcrash.py - messages on their way into an XMPP server, while it and triviumd die and come back: none is
lost, and none comes twice but those that were under way when something died."""
import os
import signal
import sys
import threading

import xmpp
from tap import ok, same

CONCURRENCY = 100


class Writers:
    """Mail servers that try each mail until it is taken."""

    def __init__(self, bridge, n, users):
        self.bridge, self.n, self.users, self.taken = bridge, n, users, set()
        self.threads = [threading.Thread(target=self.write, args=(i, 8), daemon=True) for i in range(8)]
        for t in self.threads:
            t.start()

    def write(self, first, step):
        end = xmpp.time.monotonic() + 90
        for n in range(first, self.n, step):
            while xmpp.time.monotonic() < end and not self.bridge.submit(
                    f"a{n % 97}@example.org", f"u{n % self.users}%im.test@im.example.com", f"message {n} of all",
                    f"<{n}@load>"):
                xmpp.time.sleep(0.05)
            self.taken.add(n)

    def join(self):
        for t in self.threads:
            t.join(120)


def sent(writers):
    """How many messages have left triviumd, about."""
    counts = writers.bridge.counts()
    return len(writers.taken) - counts["jobs"] if counts else 0


def crash(name, server, n, users, deaths, arrived):
    """deaths: (share of the messages, the server or None for triviumd, signal) one after another.
    arrived() counts how often each message is there."""
    bridge = None
    try:
        bridge = xmpp.Bridge(name, server.port, f"concurrency = {CONCURRENCY}", 'reconnect = "200 ms"',
                             'unknown_wait = "200 ms"')
        writers = Writers(bridge, n, users)
        for share, what, signo in deaths:
            xmpp.wait_for(lambda: sent(writers) > n * share, 60)
            (what or bridge).kill(signo)
            (what or bridge).start()
        writers.join()
        same(len(writers.taken), n, f"all {n} messages are taken")
        xmpp.wait_for(lambda: bridge.counts() and bridge.counts()["jobs"] == 0, 90)
        xmpp.wait_for(lambda: len(arrived()) >= n, 60)
        found = arrived()
        same(sorted(set(range(n)) - {int(i) for i in found}), [], "none is lost")
        twice = sum(found.values()) - len(found)
        ok(twice <= len(deaths) * CONCURRENCY, f"{twice} came twice, of {len(deaths)} times {CONCURRENCY} under way")
        bridge.stop()
        same([line for line in open(f"{bridge.dir}/log") if "Sanitizer" in line or "runtime error" in line], [],
             "no sanitizer has anything to say")
    finally:
        if bridge:
            bridge.kill()
        server.stop()
