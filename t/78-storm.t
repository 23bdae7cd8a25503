#!/usr/bin/env python3
"""What is held back: quiet hours by the phone's zone, and what is urgent; storms of the same text;
loops; and runs of neighbouring numbers."""
import datetime
import os
import sys
import time
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402


LISTEN = free_port()


def hours(zone, begin, end):
    """Hours there from so many hours from now to so many."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo(zone))
    return "-".join((now + datetime.timedelta(hours=h)).strftime("%H:%M") for h in (begin, end))


POLICY = f"""\
*                        allow=+4915,+81 auth=ip,phone
+                        allow=@sink.example
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


def test_marked(g):
    phone = "+4915550030"
    equal(phone_writes(LISTEN, "loop@sink.example Hello there", phone), 200, "a phone writes to a mailbox")
    made = wait_for(lambda: [m for to, m in g.sink.mails if "loop@sink.example" in to])[0]
    ok(b"X-Trivium-Loop: sms.example.com\r\n" in made, "its mail bears our mark", made)
    back = Mail("Hello there", headers=("X-Trivium-Loop: sms.example.com",))
    said = g.send(back, "+4915550031@sms.example.com")
    ok(said.startswith("550 5.4.6"), "such a mail that comes back is refused", said)
    for mark in ("sms.example.com.org", "other.example"):
        other = Mail(mark, headers=(f"X-Trivium-Loop: {mark}",))
        equal(g.send(other, "+4915550031@sms.example.com")[:3], "250", f"another's is not: {mark}")


def test_hops(g):
    trace = "Received: from a.example (a.example [192.0.2.1]) by b.example; Tue, 24 Nov 2026 10:00:00 +0000"
    for n, want in ((40, "250"), (51, "550 5.4.6")):
        mail = Mail(f"by {n}", headers=(trace,) * n)
        said = g.send(mail, "+4915550032@sms.example.com")
        ok(said.startswith(want), f"a mail that came by {n} mail servers: {want}", said)


def test_pingpong(g):
    """A phone's and a mailbox's autoresponders answer each other, and no header says so."""
    phone, text = "+4915550033", "I am driving and cannot answer now."

    def arrived():
        return [m for to, m in g.sink.mails if "pong@sink.example" in to]
    for i in range(8):
        phone_writes(LISTEN, f"pong@sink.example {text}", phone, date=f"2026-11-24T10:3{i}:00Z")
    wait_for(lambda: any("answer each other" in t for t in g.texts(phone)))
    wait_for(lambda: len(arrived()) >= 5)
    equal(len(arrived()), 5, "five of eight pass")
    equal(len([t for t in g.texts(phone) if "answer each other" in t]), 1, "and the phone is told once")
    vacation = [send(g, "away", "+4915550034", "I am on holiday until Monday.", headers=(
        "In-Reply-To: <a@b.example>",)) for _ in range(5)]
    equal(len(vacation), 5, "five answers of a mailbox pass")
    mail = Mail("I am on holiday until Monday.", sender="away@sink.example", headers=("In-Reply-To: <a@b.example>",))
    said = g.send(mail, "+4915550034@sms.example.com")
    ok(said.startswith("550 5.4.6"), "the sixth does not", said)
    for i in range(7):
        mail = Mail("Host down: backup.example", headers=("Auto-Submitted: auto-generated",))
        if not ok(g.send(mail, "+4915550035@sms.example.com").startswith("250"), f"an alarm is no loop ({i + 1})"):
            break


PROGRAMS = (
    # who, and by what a mail shows that no person wrote it
    ("generated", "Auto-Submitted: auto-generated"), ("replied", "Auto-Submitted: auto-replied"),
    ("bulk", "Precedence: bulk"), ("junk", "Precedence: junk"), ("list", "List-Id: <tea.example.org>"),
    ("circle", "X-Loop: loop@sink.example"), ("answer", "X-Autoreply: yes"), ("person", "X-Mailer: hand"),
)


def test_programs(g):
    """A program's mail reaches a phone, but what becomes of it is not told to the program."""
    g.faults({"match": {"text": "fails"}, "do": "fault:SVC0004"})
    for n, (who, header) in enumerate(PROGRAMS):
        phone = f"+491555004{n}"
        send(g, who, phone, f"of {who}", headers=(header,))
        equal(g.arrive(phone), [f"of {who}"], f"{header}: it reaches the phone")
        mail = send(g, who, phone, f"fails {who}", headers=(header,))
        equal(g.state(mail, "failed"), "failed", "another one fails")
    mail = Mail("fails of nobody")
    ok(g.send(mail, "+4915550049@sms.example.com", sender="").startswith("250"), "the null sender may write")
    equal(g.state(mail, "failed"), "failed", "and fails, too")
    g.no_faults()
    told = g.sink.arrive("person@sink.example")
    ok(len(told) == 1 and b"Action: failed" in told[0], "a person is told of that", told)
    g.idle()
    equal([who for who, _ in PROGRAMS if g.sink.to(f"{who}@sink.example")], ["person"], "no program is")
    ok(not any(b"fails of nobody" in m or b"+4915550049" in m for _, m in g.sink.mails), "nor is anybody of the null sender's")


def test_pumping(g):
    mails = [send(g, "fraud", f"+49155600{i:02}", "x") for i in range(12)]
    states = [g.state(m, "sent", "delivered", "held") for m in mails]
    equal([s == "held" for s in states], [False] * 9 + [True] * 3, "the tenth neighbour is held, and what follows")
    told = wait_for(lambda: [m for m in g.sink.to("boss@sink.example") if b"neighbouring" in m])
    equal(len(told or []), 1, "the postmaster is told once")
    authors = g.sink.arrive("fraud@sink.example", 3)
    equal([b"neighbouring" in m for m in authors], [True] * 3, "and the author of each, once")
    equal(g.ctl("release", g.jobs(mails[10])[0]["id"])[0], 0, "it can be released")
    equal(g.arrive("+4915560010"), ["x"], "and goes")


def main():
    g = Gateway("storm", start=False, bridge=(f'listen = "127.0.0.1:{LISTEN}"', "pumping = yes", "pumping_neighbours = 10"), sdp=("extensions = 2",), postfix=("hopcount_limit = 200",),
               
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n\tpostmaster = "boss@sink.example"\n}\n')
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"', f'users = "hash:{g.dir}/users"'))
    write(g, "policy", POLICY)
    write(g, "users", USERS)
    g.start()
    return run(g, test_quiet, test_told, test_order, test_kill, test_fold, test_marked, test_hops, test_pingpong, test_programs, test_pumping)


if __name__ == "__main__":
    sys.exit(main())
