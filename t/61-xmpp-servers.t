#!/usr/bin/python3
"""Our component with the servers that people run: Prosody and ejabberd. What a pong proves, errors before
it, hostile texts, a user there and away, restarts, a name that is taken."""
import os
import sys

sys.path.insert(0, "t")
import xmpp
from tap import done, like, ok, same

ID = "01KJ00000000000000000%05d"
# Each of these closed the stream of some gateway once.
TEXTS = ["plain", "a & b < c > d ' \" ]]> <![CDATA[ -->", "control \x01\x08\x0b\x0c\x1f", "tab\there",
         "two\nlines", "cr\rlf", "\U0001f600 \U0010ffff", "\ufffe\uffff", "\u202eevil\u202c", "\x7f\x85",
         "lone \udcff byte", "cut \udce4\udcb8", "overlong \udcc0\udc80", "surrogate \udced\udca0\udc80"]
WANT = ["plain", TEXTS[1], "control " + "\ufffd" * 5, "tab\there", "two\nlines", "cr\rlf", TEXTS[6],
        "\ufffd\ufffd", TEXTS[8], "\x7f\x85", "lone \ufffd byte", "cut \ufffd\ufffd",
        "overlong \ufffd\ufffd", "surrogate \ufffd\ufffd\ufffd"]


def finishes(t, n):
    """The outcomes of n jobs: {id: [outcome, …]}."""
    got = {}
    for _ in range(n):
        f = t.what("finish", 30)
        if not f:
            break
        got.setdefault(f[1], []).append(f[2])
    return got


def basics(server, t, kind):
    juliet = xmpp.Client(server, "juliet")
    for i, text in enumerate(TEXTS):
        t.say("send", ID % i, "xmpp:juliet@im.test", "mailto:o'hara/\\40&co@example.com", text)
    got = finishes(t, len(TEXTS))
    same(set(sum(got.values(), [])), {"done"}, f"{kind}: every text is taken, and the stream stays open")
    xmpp.wait_for(lambda: len(juliet.got) >= len(WANT), 10)
    # A server may make of the CR what its own XML makes of it.
    same([x.replace("\r", "\n") for x in juliet.texts()], [x.replace("\r", "\n") for x in WANT], f"{kind}: a user who is there gets each, with what XML cannot say as U+FFFD")
    same(str(juliet.got[0]["from"]) if juliet.got else "",
         "o\\27hara\\2f\\5c40\\26co\\40example.com@gw.im.test", f"{kind}: from the escaped address")
    t.drain()
    t.say("send", ID % 80, "xmpp:juliet@im.test", "tel:+49170", "last")
    reports = [(t.what("report", 20) or ["", ""])[1:4]]
    while reports[-1] and reports[-1][0] not in ("", ID % 80 + "-0"):
        reports.append((t.what("report", 20) or ["", ""])[1:4])
    same(reports[-1], [ID % 80 + "-0", "xmpp:juliet@im.test", "delivered"],
         f"{kind}: the client's receipt is a report")
    t.say("old", ID % 90, "xmpp:juliet@im.test", "tel:+49170", "late")
    xmpp.wait_for(lambda: juliet.texts()[-1:] == ["late"], 10)
    ok(juliet.got[-1]["delay"]["stamp"], f"{kind}: a late message says when it was written")

    # Back.
    juliet.send("+49170555@gw.im.test", "Hello <phone> & \U0001f600", receipt=True)
    m = t.what("message", 5)
    same(m and [m[1], m[2], m[6]], ["xmpp:juliet@im.test", "tel:+49170555", "Hello <phone> & \U0001f600"],
         f"{kind}: a user's message comes in")
    t.say("report", ID % 91, "xmpp:juliet@im.test", m[3], "delivered", "")
    ok(xmpp.wait_for(lambda: juliet.receipts, 10), f"{kind}: and its receipt reaches the client")
    id = juliet.send("0170555123@gw.im.test", "second")
    m = t.what("message", 5)
    same(m and m[2], "tel:+49170555123", f"{kind}: a number may be typed as at home")
    t.say("report", ID % 92, "xmpp:juliet@im.test", m[3], "failed", "The number is not in use.")
    xmpp.wait_for(lambda: juliet.errors, 10)
    same([(e["id"], e["error"]["text"]) for e in juliet.errors], [(id, "The number is not in use.")],
         f"{kind}: a failure reaches it as an error with the message's id")
    juliet.send("not-a-number@gw.im.test", "x")
    xmpp.wait_for(lambda: len(juliet.errors) > 1, 10)
    ok(len(juliet.errors) > 1 and juliet.errors[1]["error"]["condition"] == "jid-malformed",
       f"{kind}: what is no number is refused")
    juliet.close()


def away(server, t, kind):
    """Users who are away, and some who do not exist: all errors come before the pong."""
    jobs = {}
    t.drain()
    for i in range(200):
        to = "nobody" if i % 10 == 9 else "romeo"
        jobs[ID % (1000 + i)] = "never" if to == "nobody" else "done"
        t.say("send", ID % (1000 + i), f"xmpp:{to}@im.test", "tel:+49170", f"away {i}")
    got = finishes(t, 200)
    same({k: v for k, v in got.items() if v != [jobs[k]]}, {},
         f"{kind}: of 200 messages the 20 to nobody have failed, the others are done")
    ok(t.silent("report", "finish", seconds=0.5), f"{kind}: and no error comes behind the pong")
    romeo = xmpp.Client(server, "romeo")
    xmpp.wait_for(lambda: len(romeo.got) >= 180, 20)
    same([x for x in romeo.texts() if x.startswith("away")],
         [f"away {i}" for i in range(200) if i % 10 != 9], f"{kind}: romeo finds all, in order")
    romeo.close()


def restart(server, t, kind):
    """The server is killed in the middle. What is put off is sent again, as the pump would. (Not with
    ejabberd: its store without SQL writes behind, which no ping can cure; trivium.conf(5) says so.)"""
    waiting = [ID % (2000 + i) for i in range(300)]
    text = {id: f"again {i}" for i, id in enumerate(waiting)}
    for id in waiting:
        t.say("send", id, "xmpp:romeo@im.test", "tel:+49170", text[id])
    done_once, killed = set(), False
    for _ in range(3000):
        f = t.what("finish", 60)
        if not f:
            break
        if f[2] == "done":
            done_once.add(f[1])
        else:
            xmpp.time.sleep(0.02)
            t.say("send", f[1], "xmpp:romeo@im.test", "tel:+49170", text[f[1]])
        if not killed:
            killed = True
            server.kill()
            server.start()
        if len(done_once) == len(waiting):
            break
    same(len(done_once), 300, f"{kind}: killed in the middle of 300 messages, all are done at last")
    romeo = xmpp.Client(server, "romeo")
    xmpp.wait_for(lambda: len({x for x in romeo.texts() if x.startswith("again")}) >= 300, 20)
    texts = [x for x in romeo.texts() if x.startswith("again")]
    lost = set(text.values()) - set(texts)
    twice = len(texts) - len(set(texts))
    same(lost, set(), f"{kind}: none is lost")
    ok(twice <= 300, f"{kind}: {twice} came twice")
    romeo.close()


def refused(server, kind):
    t = xmpp.Transport("t61b", server.port, 'reconnect = "300 ms"', secret="wrong")
    ok(xmpp.wait_for(lambda: any("not-authorized" in e for e in t.errors), 10),
       f"{kind}: a wrong secret is told in the log")
    same(t.stop(), 0, f"{kind}: and does no harm")
    t = xmpp.Transport("t61b", server.port, 'reconnect = "300 ms"', jid="unknown.im.test")
    ok(xmpp.wait_for(lambda: any("no connection" in e for e in t.errors), 10),
       f"{kind}: so is a name that the server does not know")
    t.stop()


def both(make, kind):
    server = make()
    try:
        t = xmpp.Transport("t61", server.port, 'reconnect = "300 ms"')
        ok(t.what("probe", 10), f"{kind}: logged in")
        basics(server, t, kind)
        away(server, t, kind)
        if kind == "prosody":
            restart(server, t, kind)
        refused(server, kind)
        t.say("quiet")
        ok(t.what("quiet", 5), f"{kind}: leaves in good order")
        same(t.stop(), 0, f"{kind}: without a fault")
    finally:
        server.stop()


def taken():
    """Another program has our name. Prosody's preset refuses whoever comes second."""
    server = xmpp.Prosody("t61p", conflict="kick_new")
    try:
        first = xmpp.Transport("t61", server.port)
        ok(first.what("probe", 10), "the name is taken")
        second = xmpp.Transport("t61b", server.port, 'reconnect = "300 ms"')
        ok(xmpp.wait_for(lambda: any("conflict" in e for e in second.errors), 10),
           "whoever comes second hears of the conflict")
        first.say("send", ID % 1, "xmpp:juliet@im.test", "tel:+49170", "x")
        same((first.what("finish", 5) or [])[2:3], ["done"], "the first one works on")
        first.kill()
        ok(second.what("probe", 10), "and when it is gone, the second gets the name")
        second.stop()
    finally:
        server.stop()


both(lambda: xmpp.Prosody("t61p"), "prosody")
taken()
if os.path.exists("/usr/bin/erl") or os.path.exists("/usr/lib/erlang"):
    both(lambda: xmpp.Ejabberd("t61e"), "ejabberd")
done()
