#!/usr/bin/env python3
"""5000 messages on their way into a private Prosody, which is killed with -9 in the middle; then triviumd
is. None is lost, and none comes twice but those that were under way when something was killed."""
import collections
import os
import re
import signal
import sys

sys.path.insert(0, "t")
import imcrash
import xmpp
from tap import done

N, USERS = int(os.environ.get("MESSAGES", "5000")), 50
prosody = xmpp.Prosody("t83p", users=[f"u{i}" for i in range(USERS)])


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


imcrash.crash("t83", prosody, N, USERS, ((0.2, prosody, signal.SIGKILL), (0.5, None, signal.SIGKILL),
                                         (0.7, prosody, signal.SIGKILL)), arrived)
done()
