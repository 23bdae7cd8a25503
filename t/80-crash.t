#!/usr/bin/env python3
"""kill -9 of triviumd and of the milter at random moments under load: every mail that was answered
250 reaches the platform, and no more are sent twice than were under way when something was killed.

The platform is told to take a correlator more than once, so that what is sent twice is seen twice.
ROUNDS and SESSIONS in the environment make it longer or wilder."""
import collections
import glob
import json
import os
import random
import smtplib
import subprocess
import sys
import threading
import time
import urllib.request

ROUNDS = int(os.environ.get("ROUNDS", "24"))
SESSIONS = int(os.environ.get("SESSIONS", "6"))
CONCURRENCY = 8
B = os.environ["B"]
DIR = os.path.abspath(f"{B}/80-crash")
SH = f". t/postfix.sh; . t/gateway.sh; dir={DIR}; B={B}; export B; "

tests = failed = 0


def ok(good, what):
    global tests, failed
    tests += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {tests} - {what}", flush=True)
    return good


def sh(command, check=True):
    return subprocess.run(["sh", "-c", SH + command], check=check, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL).returncode


def ports():
    return dict(w.split("=") for w in open(f"{DIR}/ports").read().split())


def sdp(path):
    with urllib.request.urlopen(f"http://127.0.0.1:{ports()['sdp_port']}{path}", timeout=30) as r:
        return json.load(r)


class Load(threading.Thread):
    """A mail client that sends one mail after another, and tries each until it is taken."""
    taken = set()
    refused = collections.Counter()
    stop = False

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number = number

    def run(self):
        n = 0
        smtp = None
        port = int(ports()["smtp_port"])
        while not Load.stop:
            n += 1
            name = f"mail {self.number}.{n}"
            mail = (f"From: load{self.number}@example.org\r\nMessage-ID: <{self.number}.{n}@load>\r\n"
                    f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n{name}\r\n")
            # Numbers differ, so that conversations go side by side.
            to = f"+4915{self.number:03d}{n % 50:05d}@sms.example.com"
            while True:
                try:
                    if smtp is None:
                        smtp = smtplib.SMTP("127.0.0.1", port, timeout=60)
                    smtp.sendmail(f"load{self.number}@example.org", [to], mail)
                    Load.taken.add(name)
                    break
                except (smtplib.SMTPException, OSError) as e:
                    Load.refused[str(e)[:40]] += 1
                    try:
                        smtp and smtp.close()
                    finally:
                        smtp = None
                    if Load.stop:
                        return
                    time.sleep(0.02)


def kill(name):
    """Returns when it is gone: the next one could not have the queue before."""
    sh(f'gateway_end "$dir" {name} KILL')


def messages():
    found, after = [], 0
    while True:
        page = sdp(f"/api/messages?after={after}")
        if not page["messages"]:
            return found
        found += page["messages"]
        after = page["next"]


def settled():
    """Is nothing left in Postfix's queue and in ours?"""
    out = subprocess.run([f"{B}/triviumctl", "-s", f"unix:{DIR}/run/control.sock", "queue"],
                         capture_output=True, text=True)
    mailq = subprocess.run(["postqueue", "-c", f"{DIR}/postfix", "-j"], capture_output=True, text=True)
    return out.returncode == 0 and "empty" in out.stdout and not mailq.stdout.strip()


def main():
    random.seed(int(os.environ.get("SEED", "0")) or None)
    sh('gateway_stop "$dir"; rm -rf "$dir"; gateway_make "$dir" && '
       f'gateway_sdp "$dir" "concurrency = {CONCURRENCY}" "unknown_wait = 1s" "timeout = 5s" '
       '"unknown_tries = 100" && gateway_sim_options="--reuse-correlators --keep 200000 --quiet --no-receipts" && '
       'postfix_set "$dir/postfix" "minimal_backoff_time = 1s" "maximal_backoff_time = 2s" '
       '"queue_run_delay = 1s" && gateway_start "$dir"')
    loads = [Load(i) for i in range(SESSIONS)]
    for load in loads:
        load.start()
    kills = collections.Counter()
    for _ in range(ROUNDS):
        time.sleep(random.uniform(0.1, 0.9))
        victim = random.choice(["triviumd", "triviumd", "milter"])
        kill(victim)
        kills[victim] += 1
        sh(f'gateway_{"bridge" if victim == "triviumd" else "milter"}_start "$dir"')
    time.sleep(0.5)
    Load.stop = True
    for load in loads:
        load.join(70)
    for _ in range(600):
        if settled():
            break
        sh('postfix_flush "$dir/postfix"', check=False)
        time.sleep(0.2)
    ok(settled(), "after the last restart everything is sent")
    got = collections.Counter(m["text"] for m in messages())
    missing = Load.taken - set(got)
    ok(len(Load.taken) > 10 * ROUNDS, f"{len(Load.taken)} mails were taken, over {sum(kills.values())} kills "
       f"({kills['triviumd']} of triviumd, {kills['milter']} of the milter)")
    if not ok(not missing, "each mail that was answered 250 reached the platform"):
        print("# missing:", sorted(missing)[:10])
    twice = sum(n - 1 for n in got.values())
    ok(twice <= CONCURRENCY * kills["triviumd"],
       f"{twice} sent twice: no more than were under way when triviumd was killed")
    strangers = [t for t in got if t not in Load.taken and not t.startswith("mail ")]
    ok(not strangers, "and nothing else came")
    print("# refused meanwhile:", dict(Load.refused))


try:
    main()
finally:
    sh('gateway_stop "$dir"', check=False)
print(f"1..{tests}")
sys.exit(failed > 0)
