#!/usr/bin/env python3
"""Tables are made anew again and again while mails and phones' messages come: nothing is dropped, nothing
that may pass is refused, and nothing passes that may not. REBUILDS in the environment: so often at least."""
import collections
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, "t")
from whole import B, Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for

LISTEN = free_port()
REBUILDS, SENDERS = int(os.environ.get("REBUILDS", "60")), 6
TABLES = {
    "routes": "sms.example.com phone:operator-a\n+49900 error:5.7.1 premium numbers are not served\n",
    "users": "bob name=Bob tel=+4915558800\n",
    "policy": "* allow=+4915\n@strict.example deny=+4915\n",
    "inbound": "10690123/NEWS mailto:news@sink.example\n",
}
FILLERS = {"routes": "x{}.example.com sms:operator-a\n", "users": "user{} name=x\n",
           "policy": "@x{}.example daily=1\n", "inbound": "10690123/X{} mailto:x@sink.example\n"}
PHONES = [f"+49155587{i:02}" for i in range(SENDERS)]
# who sends, to whom, what is said
CASES = [("ann@example.org", None, "250"), ("ann@example.org", "bob", "250"), ("eve@strict.example", None, "550 5.7.1"),
         ("ann@example.org", "+4990012345", "550 5.7.1"), ("ann@example.org", "+8613800138000", "550 5.7.1"),
         ("ann@example.org", "nobody", "550 5.1.3")]


def build(g, name, n):
    """The n-th contents: the same rows that matter, among others; sometimes by one tool, sometimes by another."""
    with open(f"{g.dir}/{name}", "w") as f:
        f.write("".join(FILLERS[name].format(i) for i in range(500 + n % 5 * 700)) + TABLES[name])
    tool = (["postmap", "-c", f"{g.dir}/postfix", f"hash:{g.dir}/{name}"] if n % 2 else
            [os.path.abspath(f"{B}/triviumctl"), "-c", "trivium.conf", "map", name])
    return subprocess.run(tool, cwd=g.dir, capture_output=True, text=True, timeout=60)


def test_rebuilt(g):
    stop, wrong, taken, refused = threading.Event(), [], [], [0]

    def mails(k):
        n = 0
        while not stop.is_set():
            sender, to, want = CASES[n % len(CASES)]
            mail = Mail(f"mail {k} {n}", sender=sender)
            said = g.send(mail, f"{to or PHONES[k]}@sms.example.com")
            if not said.startswith(want):
                wrong.append((sender, to, said))
            elif want == "250":
                taken.append(mail)
            else:
                refused[0] += 1
            n += 1

    def phone():
        n = 0
        while not stop.is_set():
            n += 1
            status = phone_writes(LISTEN, f"NEWS of {n}", "+4915558799", date=f"2026-11-24T10:{n // 60 % 60:02}:{n % 60:02}Z")
            if status != 200:
                wrong.append(("a phone", status))
            written.append(n)
            time.sleep(0.01)  # it writes faster than Postfix can deliver, and all is waited for
    written = []
    threads = [threading.Thread(target=mails, args=(k,)) for k in range(SENDERS)] + [threading.Thread(target=phone)]
    for t in threads:
        t.start()
    bad, n = [], 0
    while n < REBUILDS or len(taken) < 60 or len(written) < 20:
        for name in TABLES:
            done = build(g, name, n)
            bad += [done.stdout + done.stderr] if done.returncode else []
        n += 1
    stop.set()
    for t in threads:
        t.join()
    ok(not bad, f"each table is made {n} times", *bad[:3])
    ok(not wrong, f"{len(taken)} mails and {len(written)} messages of a phone meanwhile are taken, {refused[0]} refused, "
       "each rightly", *wrong[:10], g.log("triviumd")[-1500:])
    ok(g.idle(), "all goes where it goes", *g.ctl("queue"))
    texts = [m["text"] for m in g.messages() if m["text"].startswith("mail ")]
    ok(sorted(texts) == sorted(m.body.decode() for m in taken), "the phones have each mail once",
       collections.Counter(texts) - collections.Counter(m.body.decode() for m in taken))
    wait_for(lambda: len(g.sink.to("news@sink.example")) >= len(written))
    equal(len(g.sink.to("news@sink.example")), len(written), "and the mailbox each message of the phone")


def main():
    g = Gateway("tables", start=False, bridge=(f'listen = "127.0.0.1:{LISTEN}"',), sim="--no-receipts",
                postfix=("smtpd_client_connection_count_limit = 0",),
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    g.change("tables {", [f'{name} = "hash:{g.dir}/{name}"' for name in TABLES])
    for name in TABLES:
        done = build(g, name, 1)
        assert done.returncode == 0, done.stderr
    g.start()
    return run(g, test_rebuilt)


main()
