#!/usr/bin/env python3
"""Other people's mail beside ours: it flows on, untouched, whatever of Trivium is away; ours waits."""
import sys
import threading

sys.path.insert(0, "t")
from whole import Gateway, Mail, equal, ok, run, wait_for

OTHER = "bob@sink.example"


def tail(mail):
    """A mail behind what mail servers put above it."""
    at = mail.find(b"From: ")
    return mail[at:] if at >= 0 else mail


def mixed(text):
    """A mail whose bytes tell when someone touches it."""
    return Mail(headers=["X-Odd:   two  blanks\t", "X-Long: " + "x" * 900,
                         "X-Folded: a\r\n\tb\r\n  c", "MIME-Version: 1.0",
                         "Content-Type: text/plain; charset=utf-8",
                         "Content-Transfer-Encoding: 8bit"],
                body=f"{text}\n.\n..two\n\t tab \n ä€ \nend ".encode())


def test_mixed(g):
    mail = mixed("mixed")
    to = ["+4915551001@sms.example.com", OTHER, "carl@sink.example", "0155-51002@sms.example.com"]
    said = g.send(mail, *to)
    ok(said.startswith("250"), "a mail to phones and others is taken", said)
    want = "mixed\n.\n..two\n  tab\n ä€\nend"
    for number in ["+4915551001", "+4915551002"]:
        equal(g.arrive(number), [want], f"{number} gets it")
    got = g.sink.arrive(OTHER)
    equal([tail(m) for m in got], [bytes(mail)], "another gets it byte for byte")
    equal([tail(m) for m in g.sink.arrive("carl@sink.example")], [bytes(mail)], "and the third")
    ok(wait_for(lambda: not g.mailq()), "Postfix keeps nothing", g.mailq())
    ok(not [r for rcpts, _ in g.sink.mails for r in rcpts if "sms.example.com" in r],
       "no phone's copy went by mail")
    # The bounce and the trace services would tell of a recipient that was taken off badly.
    ok("status=bounced" not in postfix_log(g), "and nothing bounced")


def test_twice_the_same_phone(g):
    mail = Mail("once only")
    said = g.send(mail, "+4915551003@sms.example.com", "0155-51003@sms.example.com",
                  "0049-155-51003@sms.example.com")
    ok(said.startswith("250"), "a mail to one phone, written three times, is taken", said)
    ok(g.idle(), "nothing is left in the queue", g.ctl("queue"))
    equal(g.arrive("+4915551003"), ["once only"], "the phone gets it once")


def test_refused_beside(g):
    """One recipient refused does not take the others with it."""
    with g.smtp() as s:
        s.mail("ann@example.org")
        codes = [s.rcpt(to)[0] for to in ["nobody@sms.example.com", "+4915551004@sms.example.com",
                                          "+49900123@sms.example.com", OTHER]]
        equal(codes, [550, 250, 550, 250], "each recipient has its own answer")
        mail = mixed("beside")
        equal(s.data(bytes(mail))[0], 250, "and the mail is taken for the others")
    ok(len(g.arrive("+4915551004")) == 1, "the phone gets it")
    ok(bytes(mail) in [tail(m) for m in g.sink.arrive(OTHER, 2)], "and another")


def test_bridge_down(g):
    g.end("triviumd")
    n = len(g.sink.to(OTHER))
    said = g.rcpt("+4915551101@sms.example.com")
    ok(said.startswith("451 4.3.0 "), "the bridge is down: ours is put off", said)
    mail = Mail("flows on")
    said = g.send(mail, OTHER)
    ok(said.startswith("250") and len(g.sink.arrive(OTHER, n + 1)) == n + 1,
       "the bridge is down: other mail flows", said)
    g.start_bridge()
    said = g.send(Mail("again"), "+4915551101@sms.example.com")
    ok(said.startswith("250"), "the bridge is back: ours is taken", said)
    equal(g.arrive("+4915551101"), ["again"], "and arrives")


def test_bridge_dies_before_the_end(g):
    """Down between RCPT and the end of the mail: all of it is put off, nobody gets it."""
    n = len(g.sink.to(OTHER))
    mail = Mail("interrupted")
    to = ["+4915551102@sms.example.com", OTHER]
    with g.smtp() as s:
        s.mail(mail.sender)
        equal([s.rcpt(t)[0] for t in to], [250, 250], "both recipients are taken")
        g.end("triviumd", 9)
        code, text = s.data(bytes(mail))
        ok(code == 451 and text.startswith(b"4.3.0"), "the bridge died: 451 4.3.0 at the end", text)
    g.start_bridge()
    said = g.send(mail, *to)
    ok(said.startswith("250"), "the client tries again: taken", said)
    ok(g.idle(), "nothing is left in the queue", g.ctl("queue"))
    equal(g.arrive("+4915551102"), ["interrupted"], "the phone gets it once")
    equal(len(g.sink.arrive(OTHER, n + 1)), n + 1, "and so does the other")


def test_milter_down(g):
    n = len(g.sink.to(OTHER))
    ok(g.end("milter"), "the milter stops in good order")
    mail = mixed("second door")
    said = g.send(mail, "+4915551103@sms.example.com", OTHER)
    ok(said.startswith("250"), "the milter is down: the mail server takes the mail", said)
    got = g.sink.arrive(OTHER, n + 1)
    ok(len(got) == n + 1 and bytes(mail) in [tail(m) for m in got], "another gets it, untouched")
    ok(wait_for(lambda: any("delay_reason" in r for m in g.mailq() for r in m["recipients"])),
       "ours waits in the mail server's queue", g.mailq())
    equal(g.texts("+4915551103"), [], "and has not been sent")
    g.start_milter()
    equal(g.arrive("+4915551103"), ["second door\n.\n..two\n  tab\n ä€\nend"],
          "the milter is back: it comes")
    ok(wait_for(lambda: not g.mailq()), "once: Postfix keeps nothing", g.mailq())
    ok(g.idle(), "nothing is left in the queue", g.ctl("queue"))
    equal(len(g.texts("+4915551103")), 1, "and no more of it was sent")


def test_milter_killed(g):
    """A socket that a killed milter leaves behind does not keep the next one from starting."""
    g.end("milter", 9)
    g.end("triviumd", 9)
    g.start_bridge()
    g.start_milter()
    said = g.send(Mail("stale"), "+4915551104@sms.example.com")
    ok(said.startswith("250"), "after kill -9 of both both start, and mail is taken", said)
    equal(g.arrive("+4915551104"), ["stale"], "and arrives")


def test_foreign_by_the_second_door(g):
    """A stranger's mail that came while the milter was away is refused by it later, and bounces."""
    g.end("milter")
    mail = Mail("toll fraud", sender="mallory@sink.example")
    said = g.send(mail, "+4915551105@sms.example.com",
                  xclient="ADDR=192.0.2.7 NAME=mx.foreign.example")
    ok(said.startswith("250"), "while the milter is away a stranger's mail is taken", said)
    g.start_milter()
    bounce = g.sink.arrive("mallory@sink.example")
    ok(bounce and b"5.7.1" in bounce[0], "it bounces when the milter is back", bounce)
    equal(g.texts("+4915551105"), [], "and no phone gets it")


def test_restarts_under_load(g):
    """SIGTERM and a new start while mail comes in: every mail that was taken arrives, once."""
    taken, stop, lock = [], threading.Event(), threading.Lock()

    def load(who):
        n = 0
        while not stop.is_set():
            n += 1
            mail = Mail(f"load {who}.{n}")
            while True:
                try:
                    if g.send(mail, f"+491555120{who}@sms.example.com").startswith("250"):
                        break
                except OSError:
                    pass
                if stop.wait(0.02):
                    return
            with lock:
                taken.append(f"load {who}.{n}")
            stop.wait(0.01)

    threads = [threading.Thread(target=load, args=(i,)) for i in range(3)]
    for t in threads:
        t.start()
    for name, start in [("triviumd", g.start_bridge), ("milter", g.start_milter)] * 2:
        n = len(taken)
        wait_for(lambda: len(taken) > n + 20)
        ok(g.end(name), f"{name} stops under load by SIGTERM")
        start()
    n = len(taken)
    wait_for(lambda: len(taken) > n + 20)
    stop.set()
    for t in threads:
        t.join()
    wait_for(lambda: not g.mailq())
    ok(g.idle(), "nothing is left in the queue", g.ctl("queue"))
    got = [text for i in range(3) for text in g.texts(f"+491555120{i}")]
    got = [t for t in got if t in set(taken)]
    equal(sorted(got), sorted(taken), f"all {len(taken)} mails that were taken arrived, once")


def postfix_log(g):
    return open(f"{g.dir}/postfix/mail.log", errors="replace").read()


run(Gateway("71-others", sdp=["unknown_wait = \"1 s\""]), test_mixed, test_twice_the_same_phone, test_refused_beside,
    test_bridge_down, test_bridge_dies_before_the_end, test_milter_down, test_milter_killed,
    test_foreign_by_the_second_door, test_restarts_under_load)
