#!/usr/bin/env python3
"""kill -9 of triviumd while phones write to mail users: every message that the platform was answered
200 for arrives as mail; no more mails are doubled than were under way when it was killed, and a double
has the same Message-ID, by which mail programs know it. KILLS in the environment makes it longer."""
import collections
import email
import http.client
import os
import random
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()
KILLS, PHONES, CONCURRENCY = int(os.environ.get("KILLS", "8")), 6, 5


class Phone(threading.Thread):
    """Writes one message after another, each until the platform hears that it was taken."""
    taken, lock, stop = [], threading.Lock(), False

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number = f"+49155581{number:02}"

    def run(self):
        n = 0
        while not Phone.stop:
            n += 1
            text = f"m{self.number[-2:]}x{n}"
            while not Phone.stop:
                try:
                    if phone_writes(LISTEN, f"joe@sink.example {text}", self.number) == 200:
                        with Phone.lock:
                            Phone.taken.append(text)
                        break
                except (OSError, http.client.HTTPException):
                    pass
                time.sleep(0.02)


def test_kills(g):
    phones = [Phone(n) for n in range(PHONES)]
    for p in phones:
        p.start()
    for n in range(KILLS):
        want = len(Phone.taken) + 20
        wait_for(lambda: len(Phone.taken) >= want)
        time.sleep(random.random() / 5)
        g.end("triviumd", signal.SIGKILL)
        g.start_bridge()
    Phone.stop = True
    for p in phones:
        p.join(60)
    ok(wait_for(g.idle, 60), "the queue becomes empty")
    wait_for(lambda: not g.mailq(), 60)
    got = collections.defaultdict(list)
    for _, mail in list(g.sink.mails):
        m = email.message_from_bytes(mail)
        got[m.get_payload().strip()].append(m["Message-Id"])
    lost = [t for t in Phone.taken if t not in got]
    ok(len(Phone.taken) > 20 * KILLS - 1 and not lost, f"none of {len(Phone.taken)} is lost", lost[:10])
    doubled = sum(len(ids) - 1 for ids in got.values())
    ok(doubled <= CONCURRENCY * KILLS, f"{doubled} are doubled, no more than were under way")
    ok(all(len(set(ids)) == 1 for ids in got.values()), "a double has the same Message-ID",
       [ids for ids in got.values() if len(set(ids)) > 1][:5])
    ok(all(re.fullmatch(r"m\d\dx\d+", t) for t in got), "and every mail is whole")


run(Gateway("81-back-crash", bridge=[f'listen = "127.0.0.1:{LISTEN}"'],
            sdp=[f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"'],
            conf='mail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n'
                 f"\tconcurrency = {CONCURRENCY}\n}}\n"), test_kills)
