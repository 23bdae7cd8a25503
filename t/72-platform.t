#!/usr/bin/env python3
"""A platform that is away, refuses, says nothing or says nonsense: what becomes of the messages."""
import re
import sys

sys.path.insert(0, "t")
from sdpsim import Sim
from whole import Gateway, Mail, equal, free_port, ok, run, wait_for

def rule(number, do, count=1, **more):
    return {"match": {"number": number}, "count": count, "do": do, **more}


def test_down(g):
    """Connections are refused: the transport waits, the messages too, and none is lost or late."""
    mails = [g.submit(f"+49155520{i:02}", f"down {i}", domain="down.example.com") for i in range(20)]
    ok(wait_for(lambda: g.transport("down")["paused"]), "no connection: the transport is paused")
    code, out, _ = g.ctl("transports")
    line = next((l for l in out.splitlines() if l.startswith("down ")), "")
    ok(re.search(r"^down +parlayx +paused .* 20 .*The platform cannot be reached.*connect", line),
       "triviumctl says so, how many wait, and why", out)
    ok(all(g.state(m) == "queued" for m in mails[:3]), "the messages are queued")
    ok(g.jobs(mails[0])[0]["tries"] == 0, "no try counts against a message", g.jobs(mails[0]))
    rows = [l for l in g.ctl("queue")[1].splitlines() if " down " in l]
    equal([len(rows), sum("down is paused: " in r or "cannot be reached" in r for r in rows)], [20, 20],
          "each says what it waits for")
    waiting = next(m for m in mails if "cannot be reached" not in g.history(m))
    shown = g.ctl("show", g.jobs(waiting)[0]["id"])[1]
    ok(re.search(r"(?m)^ +waits +down is paused: .*cannot be reached", shown), "and when it is shown", shown)
    sim = Sim("-l", f"127.0.0.1:{DOWN}")
    try:
        ok(wait_for(lambda: g.transport("down")["queued"] == 0), "the platform comes: all are sent",
           g.ctl("transports"))
        got = sorted(m["text"] for m in g.messages(port=DOWN))
        equal(got, sorted(f"down {i}" for i in range(20)), "each once")
        ok(not g.transport("down")["paused"] and "transport down answers again" in g.log("triviumd"),
           "the transport runs again by itself")
    finally:
        sim.stop()


def test_refusals(g):
    """What an answer means: put off and tried again, failed, or the platform's own trouble."""
    g.faults(rule("+4915552101", "fault:SVC0001", 2), rule("+4915552102", "fault:SVC0004"),
             rule("+4915552103", "fault:POL0001"), rule("+4915552104", "http:500", 1))
    mail = g.submit("+4915552101", "again")
    equal(g.state(mail, "sent"), "sent", "SVC0001 twice: sent in the end")
    ok(g.history(mail).count("The platform had an error of its own") == 2 and
       g.jobs(mail)[0]["tries"] == 2, "put off two times, with the reason", g.history(mail))
    equal(g.texts("+4915552101"), ["again"], "and at the handset once")
    for number, code in [("+4915552102", "5.1.1"), ("+4915552103", "5.7.1")]:
        mail = g.submit(number, "refused")
        equal(g.state(mail, "failed"), "failed", f"a final fault: failed ({code})")
        ok(re.search(rf"to=<tel:\{number}>.* dsn={re.escape(code)}, status=failed", g.log("triviumd")),
           "and the log says so")
        equal(g.texts(number), [], "and nothing arrives")
    mail = g.submit("+4915552104", "broken")
    equal(g.state(mail, "sent"), "sent", "status 500: its outcome is unknown, then sent")
    ok("uncertain" in g.history(mail), "it was uncertain meanwhile", g.history(mail))
    for name, number, do, reason in [
            ("503 with Retry-After", "+4915552110", dict(do="http:503", retry_after=3000),
             "The platform is not available"),
            ("POL0904", "+4915552111", dict(do="fault:POL0904"), "The platform wants fewer requests"),
            ("SVC0901", "+4915552112", dict(do="fault:SVC0901"), "does not accept our password"),
            ("404", "+4915552113", dict(do="http:404"), "There is no service at the platform's address")]:
        g.faults(rule(number, count=1, **do))
        mail = g.submit(number, "waits")
        seen = wait_for(lambda: g.transport()["paused"] and g.transport() or
                        g.state(mail) == "sent" and {"reason": g.history(mail), "probe_in": 0})
        ok(reason in seen["reason"], f"{name}: the transport is paused, and says why", seen)
        if "retry_after" in do:
            ok(1000e3 < seen["probe_in"] <= 3000e3, "for as long as the platform wants", seen)
            equal(g.state(mail), "queued", "the message waits")
            ok(g.ctl("probe", "operator-a")[0] == 0, "an administrator has it probed")
        equal(g.state(mail, "sent"), "sent", f"{name}: then it is sent")
        equal(g.jobs(mail)[0]["tries"], 0, "without a try that counts")
        equal(g.texts(number), ["waits"], "once")


def test_unknown(g):
    """The platform took it and said nothing: nobody gets it twice."""
    g.faults(rule("+4915552201", "hang-accept"))
    mail = g.submit("+4915552201", "answer lost")
    equal(g.state(mail, "sent"), "sent", "no answer: sent again with its correlator, which is known")
    equal(g.texts("+4915552201"), ["answer lost"], "once at the handset")
    ok("uncertain" in g.history(mail) and g.jobs(mail)[0]["unknowns"] == 1, "it was uncertain meanwhile",
       g.history(mail))
    g.faults(rule("+4915552202", "hang"))
    mail = g.submit("+4915552202", "request lost")
    equal(g.state(mail, "sent"), "sent", "no answer, and not taken: sent again")
    equal(g.texts("+4915552202"), ["request lost"], "once at the handset")


def times_asked():
    """A question about a correlator that the platform does not know counts as a bad one."""
    state = ASK.state()
    return state["asked"] + state["refused"].get("SVC0002", 0)


def test_ask(g):
    """A platform that can be asked is asked, and sent nothing a second time."""
    for number, do, name in [("+4915552301", "hang-accept", "taken"), ("+4915552302", "hang", "not taken"),
                             ("+4915552303", "reset-accept", "taken, connection broken"),
                             ("+4915552304", "reset", "not taken, connection broken")]:
        g.faults(rule(number, do), port=ASK.port)
        asked = times_asked()
        mail = g.submit(number, name, domain="ask.example.com")
        equal(g.state(mail, "sent"), "sent", f"{name}: sent in the end")
        ok(times_asked() > asked, f"{name}: the platform was asked", ASK.state())
        equal(g.texts(number, ASK.port), [name], f"{name}: once at the handset")
    equal(ASK.state()["duplicates"]["correlator"], 0, "and no correlator came twice")


def test_hold(g):
    g.faults(rule("+4915552401", "hang-accept"), rule("+4915552402", "hang"))
    taken = g.submit("+4915552401", "held, taken", domain="hold.example.com")
    lost = g.submit("+4915552402", "held, lost", domain="hold.example.com")
    for mail, number, n in [(taken, "+4915552401", 1), (lost, "+4915552402", 0)]:
        equal(g.state(mail, "held"), "held", "on_unknown = hold: held")
        equal(len(g.texts(number)), n, "and not sent again")
    for mail, number in [(taken, "+4915552401"), (lost, "+4915552402")]:
        code, out, err = g.ctl("release", g.jobs(mail)[0]["id"])
        ok(code == 0 and "1 job released" in out, "an administrator releases it", out, err)
        equal(g.state(mail, "sent"), "sent", "released: sent")
        equal(len(g.texts(number)), 1, "once at the handset")


def test_nonsense(g):
    """Answers that are none, too long, or made to hurt: bounded in memory, and nothing is lost."""
    kinds = ["garbage", "endless", "huge", "doctype", "deep", "truncate", "reset", "wrongns",
             "emptyresult", "charset:latin1"]
    before = g.peak("triviumd")
    for i, kind in enumerate(kinds):
        number = f"+4915552{500 + i}"
        g.faults(rule(number, kind))
        mail = g.submit(number, f"nonsense {kind}")
        equal(g.state(mail, "sent"), "sent", f"{kind}: sent in the end")
        equal(g.texts(number), [f"nonsense {kind}"], f"{kind}: once at the handset")
    for i, kind in enumerate(["garbage", "endless", "huge", "doctype", "deep", "reset", "http:500",
                              "http:504"]):
        number = f"+4915552{600 + i}"
        g.faults(rule(number, kind + "-accept"))
        mail = g.submit(number, f"nonsense {kind}")
        equal(g.state(mail, "sent"), "sent", f"{kind}, but taken: sent in the end")
        equal(g.texts(number), [f"nonsense {kind}"], f"{kind}, but taken: once at the handset")
    grown = (g.peak("triviumd") - before) >> 20
    ok(grown < 64, f"triviumd's memory stays: {grown} MB more", grown)
    log = g.log("triviumd")
    ok(len(log) < 400000 and max(map(len, log.splitlines())) < 2000, "the log stays readable", len(log))


def test_two_recipients(g):
    """One of two fails: the other is not held up, and is not sent again."""
    g.faults(rule("+4915552701", "fault:SVC0004"), rule("+4915552703", "fault:SVC0001", 3))
    mail = Mail("to four")
    to = [f"+49155527{i:02}@sms.example.com" for i in (1, 2, 3, 4)]
    said = g.send(mail, *to)
    ok(said.startswith("250"), "a mail to four phones is taken", said)
    ok(wait_for(lambda: [j["state"] for j in g.jobs(mail)] == ["failed", "sent", "sent", "sent"]),
       "the first fails, the third is put off, all are settled", g.history(mail))
    equal([g.texts(t.split("@")[0]) for t in to], [[], ["to four"], ["to four"], ["to four"]],
          "each handset has what it should")


def test_quiet_end(g):
    g.no_faults()
    ok(g.idle(), "nothing is left in the queue", *g.ctl("queue"))


DOWN = free_port()
ASK = Sim("--no-receipts", "--status-by-correlator", "--reuse-correlators")
ASK.port = int(ASK.host.split(":")[1])
quick = ['callback = "http://127.0.0.1:1/"', 'unknown_wait = "100 ms"', 'timeout = "1 s"', "unknown_tries = 10"]
domains = {f"{n}.example.com": f"phone:{n}" for n in ("down", "ask", "hold")}
gateway = Gateway("72-platform", sdp=quick, sim="--no-receipts", domains=domains, start=False,
                  retry=['first = "100 ms"', 'probe_first = "300 ms"', 'probe_most = "1 s"'])
gateway.add_sdp("down", DOWN)
gateway.add_sdp("ask", ASK.port, 'ask_by = "correlator"', *quick)
gateway.add_sdp("hold", None, 'on_unknown = "hold"', *quick)
try:
    gateway.start()
    run(gateway, test_down, test_refusals, test_unknown, test_ask, test_hold, test_nonsense,
        test_two_recipients, test_quiet_end)
finally:
    ASK.stop()
