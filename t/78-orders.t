#!/usr/bin/env python3
"""An administrator's orders on real jobs, what can be found again, and a stop under load."""
import os
import re
import subprocess
import sys

sys.path.insert(0, "t")
from whole import B, ID, Gateway, equal, ok, run, wait_for


def ageless(shown):
    """What triviumctl printed, but for how long ago things were: a second may pass between two looks."""
    return (shown[0], re.sub(r"\((\w+ ago|in \w+)\)", "(then)", shown[1]), *shown[2:])


def test_show(g):
    mail = g.submit("+4915558001", "find me", subject="secret")
    equal(g.state(mail, "sent"), "sent", "a mail is sent")
    job = g.jobs(mail)[0]
    request = g.messages("+4915558001")[0]["request"]
    equal(job["request"], request, "the platform's request identifier is kept")
    log = re.findall(rf"({ID}): .*status=queued", g.log("triviumd"))
    ok(job["id"] in log and f"{job['id']}: mta={job['mta_id']}, " in g.log("milter"),
       "both logs call it by the same id")
    ok(job["mta_id"] in open(f"{g.dir}/postfix/mail.log").read(), "and name Postfix's")
    shown = g.ctl("show", job["id"])
    ok(shown[0] == 0 and "find me" not in shown[1] and "secret" not in shown[1], "show by id, without text",
       *shown)
    for name, what in [("Message-ID", mail.message_id), ("Message-ID without brackets", mail.message_id[1:-1]),
                       ("request identifier", request), ("correlator", job["correlator"]),
                       ("recipient", job["id"] + "/0")]:
        equal(ageless(g.ctl("show", what)), ageless(shown), f"show by {name}")
    ok(g.ctl("show", "<nobody@ann.example>")[0] == 66, "what is not there is not found")


def test_orders(g):
    number = "+4915558101"
    g.faults({"match": {"number": number}, "do": "fault:SVC1000"})
    mails = {n: g.submit(number if n == "first" else f"+491555811{i}", n)
             for i, n in enumerate(["first", "second"])}
    first = mails["first"]
    ok(wait_for(lambda: g.jobs(first)[0]["tries"] > 0), "a message is put off")
    id_ = g.jobs(first)[0]["id"]
    ok(wait_for(lambda: g.ctl("hold", id_)[0] == 0), "hold it")
    g.no_faults()
    later = g.submit(number, "behind a held one")
    equal(g.state(later, "sent"), "sent", "a held message does not hold up those behind it")
    ok(g.ctl("retry", id_)[0] == 1 and g.state(first) == "held", "retry does not move a held one")
    equal(g.ctl("release", id_)[0], 0, "release it")
    equal(g.state(first, "sent"), "sent", "it is sent")
    equal(g.texts(number), ["behind a held one", "first"], "once")
    g.faults({"match": {"number": number}, "do": "fault:SVC1000"})
    mail = g.submit(number, "cancelled")
    wait_for(lambda: g.jobs(mail)[0]["tries"] > 0)
    ok(wait_for(lambda: g.ctl("cancel", g.jobs(mail)[0]["id"])[0] == 0), "cancel another")
    equal(g.state(mail), "cancelled", "it is cancelled")
    g.no_faults()
    ok(g.idle() and "cancelled" not in g.texts(number), "and is never sent")


def test_retry(g):
    """Put off for an hour by the platform's own wish; an administrator knows better."""
    g.faults({"match": {"number": "+4915558201"}, "count": 1, "do": "fault:SVC1000"})
    g.end("triviumd")
    g.change("retry {", ['first = "1 h"'])
    g.start_bridge()
    mail = g.submit("+4915558201", "not in an hour")
    ok(wait_for(lambda: g.jobs(mail)[0]["tries"] == 1 and g.state(mail) == "queued"), "put off for an hour")
    equal(g.ctl("retry", g.jobs(mail)[0]["id"])[0], 0, "try it now")
    equal(g.state(mail, "sent"), "sent", "it is sent")


def test_stop_under_load(g):
    """SIGTERM with requests under way: they are finished, and the rest goes after the next start."""
    g.faults({"match": {"number": "+491555830*"}, "do": "slow:200"})
    mails = [g.submit(f"+491555830{i % 10}", f"load {i}") for i in range(60)]
    ok(g.end("triviumd"), "triviumd stops in good order")
    g.no_faults()
    taken = [m["text"] for m in g.messages() if m["text"].startswith("load ")]
    ok("uncertain" not in g.log("triviumd"), "what was under way had its answer")
    g.start_bridge()
    ok(g.idle(), "after the next start all is sent", *g.ctl("queue"))
    got = [m["text"] for m in g.messages() if m["text"].startswith("load ")]
    equal(sorted(got), sorted(f"load {i}" for i in range(60)), f"each once, {len(taken)} before the stop")
    ok(all(g.jobs(m)[0]["sends"] == 1 for m in mails), "none was sent a second time")


def test_killed(g):
    """kill -9 leaves sockets behind; the next start takes their place. A second daemon does not."""
    for name in ("triviumd", "milter"):
        g.end(name, 9)
    ok(os.path.exists(f"{g.dir}/run/submit.sock"), "a socket is left")
    g.start_bridge()
    g.start_milter()
    mail = g.submit("+4915558401", "after kill -9")
    equal(g.state(mail, "sent"), "sent", "both serve again")
    p = subprocess.run([os.path.abspath(f"{B}/triviumd"), "-c", "trivium.conf"], cwd=g.dir,
                       capture_output=True, text=True, timeout=60)
    ok(p.returncode == 69 and p.stderr, "a second triviumd on the same queue ends, and says why", p)
    mail = g.submit("+4915558402", "still the first")
    equal(g.state(mail, "sent"), "sent", "and the first one serves on")


run(Gateway("78-orders", sim="--no-receipts", sdp=['callback = "http://127.0.0.1:1/"'],
            retry=['first = "100 ms"', 'most = "1 h"']),
    test_show, test_orders, test_retry, test_stop_under_load, test_killed)
