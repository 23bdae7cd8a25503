#!/usr/bin/env python3
"""The same mail twice is one SMS; what differs is two."""
import socket
import sys
import time

sys.path.insert(0, "t")
from whole import Gateway, Mail, equal, ok, run, wait_for


def test_same_mail(g):
    mail = Mail("the same", subject="Again")
    for _ in range(3):
        said = g.send(mail, "+4915556001@sms.example.com")
        ok(said.startswith("250"), "the same mail: taken each time", said)
    g.send(mail, "0155-56001@sms.example.com")
    g.idle()
    equal(g.texts("+4915556001"), ["Again\nthe same"], "one SMS, however the number is written")
    ok("repeated=1" in g.log("triviumd"), "and the log says why")
    g.send(mail, "+4915556001@sms.example.com", "+4915556002@sms.example.com")
    equal(g.arrive("+4915556002"), ["Again\nthe same"], "a new recipient of it gets it")
    g.idle()
    equal(len(g.texts("+4915556001")), 1, "and the old one not again")


def test_what_differs(g):
    """A person who writes the same twice means it: another Message-ID, or date, text, sender."""
    same = dict(text="Where are you?", message_id="<one@ann.example>")
    mails = [Mail(**same), Mail(**{**same, "message_id": "<two@ann.example>"}),
             Mail(**{**same, "date": "Tue, 24 Nov 2026 10:00:05 +0000"}),
             Mail(**{**same, "text": "Where are YOU?"}), Mail(**{**same, "sender": "bob@example.org"})]
    for mail in mails * 2:
        g.send(mail, "+4915556101@sms.example.com")
    g.idle()
    equal(sorted(g.texts("+4915556101")), sorted(["Where are you?"] * 4 + ["Where are YOU?"]),
          "five mails that differ, each sent twice: five SMS")


def test_nothing_of_its_own(g):
    """Without Message-ID and Date the mail server makes them, and makes others for the retry."""
    mail = Mail("no name", message_id=None, date=None)
    other = Mail("no name, other", message_id=None, date=None)
    for m in (mail, mail, other, mail):
        said = g.send(m, "+4915556201@sms.example.com")
        ok(said.startswith("250"), "a mail without Message-ID and Date: taken", said)
    g.idle()
    equal(sorted(g.texts("+4915556201")), ["no name", "no name, other"], "a retry is one SMS, other text two")
    for subject in ("pump 3 stopped", "hall 7 on fire"):
        said = g.send(Mail("please look", subject, message_id=None, date=None), "+4915556203@sms.example.com")
        ok(said.startswith("250"), "an alarm whose text is that of another: taken", said)
    g.idle()
    equal(sorted(g.texts("+4915556203")), ["hall 7 on fire\nplease look", "pump 3 stopped\nplease look"],
          "two alarms that differ in their subject are two SMS")
    dated = Mail("only a date", message_id=None)
    for _ in range(2):
        g.send(dated, "+4915556202@sms.example.com")
    g.idle()
    equal(g.texts("+4915556202"), ["only a date"], "without Message-ID: one SMS")


def lose_the_answer(g, mail, to):
    """Send a mail as a client that is gone before it hears the 250."""
    s = g.smtp()
    s.mail(mail.sender)
    for t in to:
        s.rcpt(t)
    s.putcmd("data")
    s.getreply()
    s.sock.sendall(bytes(mail) + b".\r\n")
    # A reset, as when a cable breaks: what the server says meets nobody.
    s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    s.sock.close()
    s.file = None


def test_answer_lost(g):
    for i in range(10):
        number, other = f"+49155563{i:02}", f"bob{i}@sink.example"
        mail = Mail(f"answer lost {i}")
        lose_the_answer(g, mail, [f"{number}@sms.example.com", other])
        time.sleep(0.003 * i)
        said = g.send(mail, f"{number}@sms.example.com", other)
        ok(said.startswith("250"), "the client lost its answer and tries again", said)
    g.idle()
    for i in range(10):
        equal(g.texts(f"+49155563{i:02}"), [f"answer lost {i}"], "one SMS")
        ok(g.sink.arrive(f"bob{i}@sink.example"), "and the other has the mail")


def test_milter_dies(g):
    """The milter dies when the bridge has the mail: the client hears 4xx, tries again, one SMS."""
    for place in ("milter.before_submit", "milter.after_submit"):
        g.end("milter")
        g.env = {"TRIVIUM_FAULT": f"{place}=kill@1"}
        g.start_milter()
        g.env = {}
        number = "+4915556401" if "before" in place else "+4915556402"
        mail = Mail(f"dies {place}")
        said = g.send(mail, f"{number}@sms.example.com")
        ok(said[0] in "24", f"{place}: nothing is refused for good", said)
        g.end("milter", 9)
        g.start_milter()
        said = g.send(mail, f"{number}@sms.example.com")
        ok(said.startswith("250"), f"{place}: taken the second time", said)
        ok(wait_for(lambda: not g.mailq()) and g.idle(), "nothing waits any more", g.mailq())
        equal(g.arrive(number), [f"dies {place}"], "one SMS")


def test_bridge_dies(g):
    """triviumd dies around the commit: the client tries again, and it is one SMS."""
    for place in ("queue.before-commit", "queue.after-commit"):
        for nth in (1, 2, 3, 4):
            g.end("triviumd", 9)
            g.start_bridge(env={"TRIVIUM_FAULT": f"{place}=kill@{nth + 3}"})
            g.env = {}
            number = f"+491555650{nth + (4 if 'after' in place else 0)}"
            mail = Mail(f"dies {place} {nth}")
            said = g.send(mail, f"{number}@sms.example.com")
            for _ in range(20):
                if bridge_is_dead(g):
                    break
                g.send(Mail(f"{place} {nth}"), "+4915556510@sms.example.com")
            ok(said[0] in "24" and bridge_is_dead(g), f"{place} {nth}: it dies; taken, or not now", said)
            g.end("triviumd", 9)
            g.start_bridge()
            said = g.send(mail, f"{number}@sms.example.com")
            ok(said.startswith("250"), f"{place} {nth}: taken the second time", said)
            ok(g.idle(), "nothing waits any more", *g.ctl("queue"))
            equal(g.texts(number), [f"dies {place} {nth}"], "one SMS")


def bridge_is_dead(g):
    try:
        return "State:\tZ" in open(f"/proc/{g.pid('triviumd')}/status").read()
    except OSError:
        return True


run(Gateway("76-repeat", sim="--no-receipts",
            sdp=['callback = "http://127.0.0.1:1/"', 'unknown_wait = "200 ms"']),
    test_same_mail, test_what_differs, test_nothing_of_its_own, test_answer_lost, test_milter_dies,
    test_bridge_dies)
