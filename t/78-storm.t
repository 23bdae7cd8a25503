#!/usr/bin/env python3
"""What is held back: quiet hours by the phone's zone, and what is urgent; storms of the same text."""
import datetime
import os
import sys
import time
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, ok, run, wait_for  # noqa: E402


def hours(zone, begin, end):
    """Hours there from so many hours from now to so many."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo(zone))
    return "-".join((now + datetime.timedelta(hours=h)).strftime("%H:%M") for h in (begin, end))


POLICY = f"""\
*                        allow=+4915,+81 auth=ip
berlin@sink.example      quiet={hours("Europe/Berlin", -2, 3)}
tokyo@sink.example       quiet={hours("Asia/Tokyo", -2, 3)}
day@sink.example         quiet={hours("Europe/Berlin", 1, 3)}
always@sink.example      quiet={hours("Europe/Berlin", -2, 3)} urgent=yes
header@sink.example      quiet={hours("Europe/Berlin", -2, 3)} urgent=header
fold@sink.example        fold=10m
"""
USERS = "+4915550099 name=Kenji tel=+4915550099 zone=Asia/Tokyo\n"


def write(g, name, text):
    with open(f"{g.dir}/{name}", "w") as f:
        f.write(text)
    g.sh(f'postmap -c "$dir/postfix" "hash:$dir/{name}"')


def send(g, sender, number, text, **more):
    return g.submit(number, text, sender=f"{sender}@sink.example", **more)


def until(job):
    return job["due"] / 1000 - time.time()


ROWS = (
    # sender, number, headers, whether it is held
    ("berlin", "+4915550001", (), True),
    ("day", "+4915550002", (), False),
    ("tokyo", "+4915550003", (), False),  # its quiet hours, but not the phone's
    ("tokyo", "+81905550004", (), True),
    ("tokyo", "+4915550099", (), True),  # whose user is there
    ("always", "+4915550005", (), False),
    ("header", "+4915550006", (), True),
    ("header", "+4915550007", ("X-Priority: 1 (Highest)",), False),
    ("header", "+4915550008", ("Importance: high",), False),
    ("berlin", "+4915550009", ("Priority: urgent",), True),
)


def test_quiet(g):
    for sender, number, headers, held in ROWS:
        name = f"{sender} to {number} {headers}"
        mail = send(g, sender, number, name, headers=headers)
        if not held:
            ok(g.arrive(number), f"{name}: at once", g.history(mail))
            continue
        job = g.jobs(mail)[0]
        ok(job["state"] == "queued" and 3600 * 2.8 < until(job) < 3600 * 3.1, f"{name}: waits", job)
        ok(wait_for(lambda: "status=held (quiet hours until " in g.log("triviumd")), "the log says so")
    equal(g.texts("+4915550001"), [], "what waits has not gone")


def test_told(g):
    found = wait_for(lambda: [m for to, m in g.sink.mails if "berlin@sink.example" in to and b"+4915550001" in m])
    ok(len(found) == 1 and b"Action: delayed" in found[0] and b"quiet hours until" in found[0], "its author is told",
       found)
    mail = send(g, "berlin", "+4915550010", "from a machine", headers=("Auto-Submitted: auto-generated",))
    equal(g.state(mail), "queued", "a machine's message waits, too")


def test_order(g):
    """One that is urgent does not wait behind one that is not."""
    send(g, "header", "+4915550011", "can wait")
    send(g, "header", "+4915550011", "cannot", headers=("Priority: urgent",))
    equal(g.arrive("+4915550011"), ["cannot"], "what is urgent overtakes what waits")


def test_kill(g):
    mail = send(g, "berlin", "+4915550012", "through the night")
    g.end("triviumd", 9)
    g.start_bridge()
    job = g.jobs(mail)[0]
    ok(job["state"] == "queued" and until(job) > 3600, "a kill does not wake it", job)
    equal(g.ctl("retry", job["id"])[0], 0, "an administrator can")
    equal(g.arrive("+4915550012"), ["through the night"], "then it goes")
    ok(not [m for to, m in g.sink.mails if b"from a machine" in m or b"+4915550010" in m],
       "a machine is told nothing")


def test_fold(g):
    phone = "+4915550020"
    mails = [send(g, "fold", phone, "Disk full") for _ in range(6)]
    equal(g.arrive(phone), ["Disk full"], "the first of a storm goes at once")
    jobs = [j for m in mails[1:] for j in g.jobs(m)]
    ok(len(jobs) == 1 and 500 < until(jobs[0]) < 601, "the others wait as one", jobs)
    ok(wait_for(lambda: "folded=5 " in g.log("triviumd")), "the log counts")
    send(g, "fold", phone, "Disk nearly full")
    equal(g.arrive(phone, 2), ["Disk full", "Disk nearly full"], "another text does not wait")
    g.end("triviumd", 9)
    g.start_bridge()
    send(g, "fold", phone, "Disk full")
    equal(g.ctl("retry", jobs[0]["id"])[0], 0, "after a kill, and at the window's end")
    equal(g.arrive(phone, 3)[2:], ["(6 times) Disk full"], "one message has the number")
    told = wait_for(lambda: [m for to, m in g.sink.mails if "fold@sink.example" in to])
    ok(len(told) == 1 and b"Action: delayed" in told[0] and b"same text" in told[0], "the author is told once", told)


def main():
    g = Gateway("storm", start=False,
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"', f'users = "hash:{g.dir}/users"'))
    write(g, "policy", POLICY)
    write(g, "users", USERS)
    g.start()
    return run(g, test_quiet, test_told, test_order, test_kill, test_fold)


if __name__ == "__main__":
    sys.exit(main())
