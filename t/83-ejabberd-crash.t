#!/usr/bin/python3
"""Messages on their way into a private ejabberd, for users who are away; it is stopped and started in the
middle, and triviumd is killed with -9 before and after. (Killed with -9, ejabberd itself loses what its
own database had not written yet, whatever it told us: trivium.conf(5) says so.)"""
import collections
import os
import re
import signal
import sys

sys.path.insert(0, "t")
import imcrash
import xmpp
from tap import done

N, USERS = int(os.environ.get("MESSAGES", "1500")), 5
ejabberd = xmpp.Ejabberd("t83e", users=[f"u{i}" for i in range(USERS)])
clients = []


def arrived():
    """How often each user has each message, once they have come back."""
    if not clients:
        clients.extend(xmpp.Client(ejabberd, f"u{i}") for i in range(USERS))
    return collections.Counter(m for c in clients for t in c.texts() for m in re.findall(r"message (\d+) of", t))


try:
    imcrash.crash("t83eb", ejabberd, N, USERS, ((0.2, None, signal.SIGKILL), (0.4, ejabberd, signal.SIGTERM),
                                                (0.7, None, signal.SIGKILL)), arrived)
finally:
    for c in clients:
        c.close()
done()
