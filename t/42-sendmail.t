#!/usr/bin/env python3
"""The milter with a real Sendmail, whose configuration is what etc/sendmail/trivium.mc tells administrators:
the front door passes mail by when the milter is away, the second one waits for it. t/bridge.py stands for the
bridge, so that it can be late, or away."""
import atexit
import functools
import hashlib
import os
import subprocess
import sys
import threading

sys.path.insert(0, "t")
sys.dont_write_bytecode = True
import doors  # noqa: E402
import sendmail  # noqa: E402
from bridge import Bridge  # noqa: E402
from doors import STRANGER, TRUSTED, Client, mail_text, message, wait_for  # noqa: E402
from smtp import Sink  # noqa: E402
from tap import done, like, ok, same  # noqa: E402
from whole import free_port  # noqa: E402

WHY = "sendmail can be started by root only" if os.getuid() != 0 else sendmail.fetch() or sendmail.unnamed()
if WHY:
    print(f"1..0 # SKIP {WHY}")
    sys.exit(0)

DIR = os.path.abspath(os.path.join(os.environ["B"], "t42"))
FRONT, SECOND = free_port(), free_port()
Milter = functools.partial(doors.Milter, DIR, ".")
# What a login comes to, without a password's database: {auth_authen} is set for one sender.
LOGIN = """LOCAL_CONFIG
Kset macro
LOCAL_RULESETS
SLocal_check_mail
R<joe@$*>	$: $(set {auth_authen} $@ joe $) $(set {auth_type} $@ PLAIN $) <joe@$1>
"""


def end_all():
    doors.kill_all()
    MTA.stop()


def once(*rcpts, port=None, **how):
    return doors.once(port or FRONT, *rcpts, **how)


def answers(port):
    try:
        Client(port).quit()
        return True
    except OSError:
        return False


def after_flushes(bridge, n=1):
    """As message(), of what waits in the queue, or is on its way there."""
    for _ in range(30):
        MTA.flush()
        if wait_for(lambda: len(bridge.submitted()) >= n, 2):
            return bridge.submitted()[n - 1]
    return {}


def ours_and_others(bridge):
    replies, end = once("+4915550100@sms.test")
    like(end, "250 2.0.0", "a mail for a phone: 250")
    sent = message(bridge)
    same((sent["rcpts"][0]["to"], sent["from"], sent["client"], len(sent["mta_id"]) > 8),
         ("tel:+4915550100", "mailto:alice@example.org", TRUSTED, True), "the bridge has it, with sendmail's queue id")
    ok(wait_for(lambda: not MTA.queue()), "and sendmail has dropped it", MTA.run("-bp"))
    replies, end = once("+4915550101@sms.test", "bob@other.test", "015550102@SMS.test")
    ok(wait_for(lambda: SINK.of("bob@other.test")), "a mixed mail: the other recipient gets it")
    same((SINK.of("bob@other.test")[0][1], [r["to"] for r in message(bridge, 2)["rcpts"]]),
         (["bob@other.test"], ["tel:+4915550101", "tel:+4915550102"]), "each to its own, none to both")
    like(once("bob@sms.test")[0][0], "550 5.1.3 ", "what is no number: 550 5.1.3 at RCPT")
    bridge.say("/rcpt", (422, "5.7.1 100% of your share is used up\n", 0))
    like(once("+4915550100@sms.test")[0][0], "550 5.7.1 <+4915550100@sms.test>... 100% of your share is used up",
         "the bridge's words reach the client")
    bridge.clear()
    once("+4915550100@sms.test", options=["RET=HDRS", "ENVID=QQ31"],
         rcpt_options=["NOTIFY=SUCCESS", "ORCPT=rfc822;bob@example.org"])
    sent = message(bridge)
    same((sent.get("ret"), sent.get("envid"), sent["rcpts"][0].get("notify"), sent["rcpts"][0].get("orcpt")),
         ("HDRS", "QQ31", "SUCCESS", "rfc822;bob@example.org"), "DSN parameters come through")
    once("+4915550100@sms.test", sender="")
    same(message(bridge, 2)["from"], "mailto:", "the null sender")
    once("+4915550100@sms.test", text="\r\nno header at all\r\n")
    like(message(bridge, 3)["text"], "no header at all", "a mail without headers")
    once("bob9@other.test")
    ok(wait_for(lambda: SINK.of("bob9@other.test")), "a mail for others alone arrives")
    same(len(bridge.submitted()), 3, "and the bridge hears nothing of it")
    ok(wait_for(lambda: not MTA.queue()), "nothing is left in the queue", MTA.queue())


def given(bridge):
    """Recipients that sendmail's own reading changes must be taken off under the name that it knows."""
    for n, rcpt in enumerate(('"+4915550160"@sms.test', "+4915550161@SMS.TEST", "0155-50162@sms.test",
                              "+49.155.50163@sms.test")):
        bridge.clear()
        replies, end = once(rcpt, f"given{n}@other.test")
        sent = message(bridge)
        ok(wait_for(lambda k=n: SINK.of(f"given{k}@other.test")), f"{rcpt} and another one: the other one gets it")
        same((end[:3], [r["to"] for r in sent.get("rcpts", [])]), ("250", [f"tel:+491555016{n}"]), "and the phone")
        ok(wait_for(lambda: not MTA.queue()), "once: it was taken off the mail", MTA.queue())
        MTA.flush()
        same(len(bridge.submitted()), 1, "and does not come by the second door as well")


def sessions(bridge):
    """More than one mail on a connection; a recipient that sendmail itself refuses; RSET in between."""
    c = Client(FRONT)
    c.smtp.mail("alice@example.org")
    c.smtp.rcpt("+4915550170@sms.test")
    c.smtp.rset()
    replies, end = c.send("no-such-user@mx.test", "+4915550171@sms.test")
    like(replies[0], "55", "sendmail refuses a recipient")
    like(end, "250 ", "ours is taken all the same")
    replies, end = c.send("+4915550172@sms.test")
    same([[r["to"] for r in m["rcpts"]] for m in bridge.submitted()], [["tel:+4915550171"], ["tel:+4915550172"]],
         "what was reset is forgotten; each mail has its own recipients")
    c.quit()


def untouched(bridge):
    body = ".dot\r\n..two\r\n" + "x" * 900 + "\r\n\r\n--\r\n\xff\xfe\r\n"
    text = ("Received: from x\r\n\tby y; z\r\nFrom: a@b.test\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
            "Message-ID: <x@b.test>\r\nX-Wide:   three\r\nX-8bit: \xe9\xff\r\n"
            "Subject: =?utf-8?q?=C3=A9?=\r\n folded\r\n\r\n" + body).encode("latin-1")
    once("with@other.test", text=text, options=["BODY=8BITMIME"])
    once("both@other.test", "+4915550100@sms.test", text=text, options=["BODY=8BITMIME"])
    got = []
    for who in ("with", "both"):
        wait_for(lambda w=who: SINK.of(w + "@other.test"))
        mail = SINK.of(who + "@other.test")[0][2]
        got.append(mail[mail.index(b"Received: from x\r\n"):].replace(who.encode(), b""))
    same(got[0], got[1], "a mail for others is the same, byte for byte, alone and of a mixed mail")
    ok(got[0].endswith(body.encode("latin-1")), "and its body is the one that was sent", got[0])
    same(message(bridge)["digest"], hashlib.sha256(body.encode("latin-1")).hexdigest(),
         "the bridge gets the digest of just that body")


def forged(bridge):
    """Results that came with the mail are none of our verifier's."""
    once("+4915550100@sms.test", text="Authentication-Results: mx.test; dkim=pass header.d=example.org\r\n" + mail_text())
    ok("dkim" not in str(message(bridge)), "forged Authentication-Results count nothing", message(bridge))


def slow_bridge(bridge):
    bridge.say("/submit", (200, None, 9))
    replies, end = once("+4915550100@sms.test")
    like(end, "250 ", "the bridge takes 9 s, the milter may be silent for 5: 250 all the same")
    ok(wait_for(lambda: not MTA.queue()) and len(bridge.submitted()) == 1, "by the milter, not passed by", MTA.run("-bp"))
    bridge.clear()
    bridge.say("/submit", (503, "4.3.1 no room\n", 0))
    same(once("+4915550100@sms.test")[1][:9], "452 4.3.1", "no room: 452 at the end of the mail")
    bridge.clear()
    bridge.say("/submit", (422, "5.6.0 it cannot be read\n", 0))
    same(once("+4915550100@sms.test")[1][:9], "554 5.6.0", "a refusal: 554")
    bridge.clear()


def too_big(bridge):
    big = mail_text("x" * 998 + "\r\n") + ("x" * 998 + "\r\n") * 400
    same((once("+4915550100@sms.test", text=big)[1][:9], bridge.submitted()), ("552 5.3.4", []),
         "a mail above the milter's size: 552 5.3.4")
    once("big@other.test", text=big)
    ok(wait_for(lambda: SINK.of("big@other.test")), "others may have it")


def strangers(bridge):
    like(once("+4915550100@sms.test", address=STRANGER)[0][0], "550 5.7.1 ",
         "a stranger's mail for a phone is refused at RCPT")
    replies, end = once("+4915550100@sms.test", "bob2@other.test", address=STRANGER)
    same((replies[0][:9], end[:3]), ("550 5.7.1", "250"), "his other recipients are not our business")
    replies, end = once("+4915550100@sms.test", address=STRANGER, sender="joe@example.org")
    sent = message(bridge)
    same(((end or "")[:3], sent.get("client"), sent.get("login")), ("250", STRANGER, "joe"),
         "a login may send from anywhere")


def aliases(bridge):
    replies, end = once("staff@mx.test")
    sent = message(bridge)
    same((end[:3], sent["rcpts"][0]["to"], sent.get("client"), sent.get("login")),
         ("250", "tel:+4915550150", TRUSTED, None),
         "an alias leads to a phone: by the second door, with its sender's client")
    bridge.clear()
    once("staff@mx.test", address=STRANGER, sender="joe@example.org")
    sent = message(bridge)
    same((sent.get("client"), sent.get("login")), (STRANGER, "joe"), "with his login")
    bridge.clear()
    once("staff@mx.test", address=STRANGER, sender="eve@other.test")
    ok(wait_for(lambda: SINK.of("eve@other.test")), "a stranger's goes back")
    like(SINK.of("eve@other.test")[0][2].decode(errors="replace"), "sending to phones needs a login here", "with the reason")
    c = Client(FRONT, STRANGER, hello=False)
    c.send("staff@mx.test", sender="mallory@other.test")
    c.quit()
    ok(wait_for(lambda: SINK.of("mallory@other.test")), "nor does one get in who says no HELO")
    same(bridge.submitted(), [], "and the bridge gets nothing of it")


def local_users(bridge):
    MTA.run("-f", "root@mx.test", "+4915550100@sms.test", text=mail_text().replace("\r\n", "\n"))
    sent = message(bridge)
    same((sent["rcpts"][0]["to"], sent.get("client")), ("tel:+4915550100", None),
         "sendmail(1): by the second door, as a user of this host")


def bridge_away(bridge):
    replies, end = once("+4915550100@sms.test", "bob4@other.test")
    same((replies[0][:9], replies[1][:3], end[:3]), ("451 4.3.0", "250", "250"),
         "the bridge is away: 451 for ours, other mail flows on")
    ok(wait_for(lambda: SINK.of("bob4@other.test")), "and arrives")


def milter_away(bridge):
    text = mail_text()
    replies, end = once("+4915550100@sms.test", "bob5@other.test", text=text)
    like(end, "250 ", "the milter is away: mail is accepted")
    ok(wait_for(lambda: SINK.of("bob5@other.test")), "others get theirs")
    ok(wait_for(lambda: "triviumwait" in MTA.run("-bp") or "Deferred" in MTA.run("-bp")), "ours waits in the queue",
       MTA.run("-bp"))
    same(MTA.queue(), ["+4915550100@sms.test"], "and only ours")
    milter = Milter()
    sent = after_flushes(bridge)
    same((sent.get("rcpts", [{}])[0].get("to"), sent.get("client"), sent.get("digest")),
         ("tel:+4915550100", TRUSTED, hashlib.sha256(text.split("\r\n\r\n", 1)[1].encode()).hexdigest()),
         "the milter is back: it arrives, with the body's digest of the first door")
    return milter


def restart_in_session(bridge, milter):
    c = Client(FRONT)
    c.send("+4915550100@sms.test")
    milter.stop()
    milter = Milter()
    replies, end = c.send("+4915550101@sms.test")
    c.quit()
    after_flushes(bridge, 2)
    like(end, "250 ", "a restart inside a session: its mails are accepted")
    same([m["rcpts"][0]["to"] for m in (message(bridge, 1), message(bridge, 2))],
         ["tel:+4915550100", "tel:+4915550101"], "and reach the bridge, each once")
    return milter


def killed(bridge, milter):
    """kill -9 before and after the bridge has it: what comes twice can be told by its key."""
    milter.stop()
    for place, times in (("milter.before_submit", 1), ("milter.after_submit", 2)):
        bridge.clear()
        milter = Milter(fault=f"{place}=kill")
        replies, end = once("+4915550100@sms.test", f"{place}@other.test")
        like(end, "250 ", f"kill -9 at {place}: sendmail accepts all the same")
        milter.process.wait()
        milter = Milter()
        sent = after_flushes(bridge, times)
        ok(sent and wait_for(lambda p=place: SINK.of(p + "@other.test")) and wait_for(lambda: not MTA.queue()),
           "nothing is lost: each recipient is served")
        keys = {tuple(m[k] for k in ("from", "message_id", "date", "digest")) + (m["rcpts"][0]["to"],)
                for m in bridge.submitted()}
        same((len(bridge.submitted()), len(keys)), (times, 1),
             f"the bridge gets it {times} times, and can tell that it is the same")
        milter.stop()
    return Milter()


def under_load(bridge):
    p = subprocess.run(["smtp-source", "-s", "10", "-m", "100", "-l", "4096", "-f", "a@b.test",
                        "-t", "+4915550100@sms.test", f"inet:127.0.0.1:{FRONT}"], capture_output=True, text=True)
    same((p.returncode, p.stderr, len(bridge.submitted())), (0, "", 100), "10 sessions, 100 mails: all taken")


def stopped_in_hand(bridge, milter):
    bridge.say("/submit", (200, None, 6))
    result = []
    t = threading.Thread(target=lambda: result.append(once("+4915550100@sms.test")[1][:3]))
    t.start()
    wait_for(bridge.submitted)
    code = milter.stop()
    t.join()
    same((result, code), (["250"], 0), "SIGTERM while a mail waits for the bridge: 250, then it ends")


def doctor():
    """What `triviumctl doctor` finds in this sendmail.cf, and in some that are wrong."""
    with open(DIR + "/doctor.conf", "w", encoding="utf-8") as f:
        f.write(f'country_code = "49"\nmilter {{\n  socket = "unix:{DIR}/milter.sock"\n}}\n'
                f'bridge {{\n  control = "unix:{DIR}/none.sock"\n}}\n')
    with open(MTA.cf, encoding="utf-8") as f:
        right = f.read()

    def found(text):
        with open(DIR + "/doctor.cf", "w", encoding="utf-8") as f:
            f.write(text)
        p = subprocess.run([os.environ["B"] + "/triviumctl", "-c", DIR + "/doctor.conf", "doctor", DIR + "/doctor.cf"],
                           capture_output=True, text=True, timeout=60)
        return [" ".join(line.split()) for line in p.stdout.splitlines() if line.split()[1] in ("sendmail", "milter")]

    same(found(right), ["ok sendmail shows each mail to trivium",
                        "ok sendmail mail for phones waits at the port trivium-second",
                        f"ok milter {DIR}/milter.sock answers"], "the doctor finds the shipped lines right")
    for old, new, want in (
            ("O InputMailFilters=trivium", "O InputMailFilters=", "BAD sendmail InputMailFilters in "),
            ("\nXtrivium", "\n#Xtrivium", "BAD sendmail no milter in "),
            ("F=T, ", "", "BAD sendmail triviumwait, at the port trivium-second, lacks F=T"),
            ("Name=trivium-second", "Name=other", "warn sendmail no port is named trivium-second"),
            ("InputMailFilters=triviumwait", "InputMailFilters=", "BAD sendmail the port trivium-second has no "),
            ("\nXtrivium, ", "\nXtrivium, F=T, ", "warn sendmail trivium has F=T: "),
            ("\nXtrivium, ", "\n# " + 4093 * "a" + "Xtrivium, ", "BAD sendmail InputMailFilters in ")):
        same((old in right, [line.startswith(want) for line in found(right.replace(old, new))].count(True)), (True, 1),
             f"and tells: {want}")
    same(found(right.replace("S=unix", "S = unix").replace("InputMailFilters=triviumwait", "I=triviumwait")
               .replace("\nO InputMailFilters=", "\nO InputMailFilters=" + "other, " * 900)), found(right),
         "it reads what sendmail reads")
    same(found(right + "X" * 100000 + "\n \n\x00\nX\nX,S=\n" + "O InputMailFilters=" + "," * 9000)[1:],
         found(right)[1:], "a file of nonsense does it no harm")


sendmail.clean(DIR)
SINK = Sink()
MTA = sendmail.Sendmail(DIR + "/mta", DIR + "/milter.sock", FRONT, SECOND, SINK.port, relay=("sms.test", "other.test"),
                        aliases="staff: +4915550150@sms.test\n", rules=LOGIN)
atexit.register(end_all)
BRIDGE = Bridge(DIR + "/submit.sock")
MILTER = Milter(size="300 kB")
MTA.start(lambda: answers(FRONT))
for part in (ours_and_others, given, sessions, untouched, forged, slow_bridge, too_big, strangers, aliases, local_users):
    print(f"# {part.__name__}", flush=True)
    BRIDGE.clear()
    part(BRIDGE)
BRIDGE.close()
bridge_away(BRIDGE)
doctor()
MILTER.stop()
BRIDGE = Bridge(DIR + "/submit.sock")
MILTER = milter_away(BRIDGE)
BRIDGE.clear()
MILTER = restart_in_session(BRIDGE, MILTER)
MILTER = killed(BRIDGE, MILTER)
BRIDGE.clear()
under_load(BRIDGE)
BRIDGE.clear()
stopped_in_hand(BRIDGE, MILTER)
ok(wait_for(lambda: not MTA.queue()), "nothing is left in the queue", MTA.run("-bp"))
BRIDGE.close()
done()
