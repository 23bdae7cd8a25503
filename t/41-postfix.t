#!/usr/bin/env python3
"""The milter with a real Postfix, whose public door calls it with default_action=accept, and whose
second door waits for it. t/bridge.py stands for the bridge, so that it can be late, or away."""
import atexit
import functools
import hashlib
import os
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, "t")
sys.dont_write_bytecode = True
import doors  # noqa: E402
from bridge import Bridge  # noqa: E402
from doors import STRANGER, Client, mail_text, message, wait_for  # noqa: E402
from smtp import Sink  # noqa: E402
from tap import done, like, ok, same  # noqa: E402

if os.getuid() != 0:
    print("1..0 # SKIP Postfix can be started by root only")
    sys.exit(0)

DIR = os.path.abspath(os.path.join(os.environ["B"], "t41"))
PF = DIR + "/postfix"
Milter = functools.partial(doors.Milter, DIR, "postfix/queue/trivium")


def shell(command, *arguments):
    """A function of t/postfix.sh. Its output."""
    p = subprocess.run(["sh", "-c", '. t/postfix.sh; f=$1; shift; "$f" "$@"', "sh", command, *arguments],
                       stdout=subprocess.PIPE, text=True)
    if p.returncode != 0:
        raise SystemExit(f"Bail out! {command} failed")
    return p.stdout


def end_all():
    doors.kill_all()
    subprocess.run(["sh", "-c", f". t/postfix.sh; postfix_stop '{PF}'"])


def maillog():
    with open(PF + "/mail.log", encoding="utf-8", errors="replace") as f:
        return f.read()


def queue():
    return shell("postfix_queue", PF).splitlines()


def once(*rcpts, port=None, **how):
    return doors.once(port or PORTS["front"], *rcpts, **how)


def after_flushes(bridge, n=1):
    """As message(), of what waits in Postfix's queue, or is on its way there: Postfix tries once when
    it is told to, and that may be too early."""
    for _ in range(30):
        shell("postfix_flush", PF)
        if wait_for(lambda: len(bridge.submitted()) >= n, 2):
            return bridge.submitted()[n - 1]
    return {}


def make():
    subprocess.run(["sh", "-c", f". t/postfix.sh; postfix_stop '{PF}'"])
    subprocess.run(["rm", "-rf", DIR], check=True)
    os.makedirs(DIR)
    for name in ("front", "second", "plain", "two"):
        PORTS[name] = int(shell("postfix_port"))
    shell("postfix_make", PF, str(PORTS["front"]))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj",
                    "/CN=mx.test", "-keyout", PF + "/tls.pem", "-out", PF + "/tls.crt"], check=True,
                   capture_output=True)
    with open(PF + "/tls.crt", encoding="utf-8") as f, open(PF + "/tls.pem", "a", encoding="utf-8") as t:
        t.write(f.read())
    with open(PF + "/aliases", "w", encoding="utf-8") as f:
        f.write("staff +4915550150@sms.test\n")
    shell("postfix_set", PF, "relay_domains = sms.test, other.test",
          "transport_maps = inline:{{sms.test = smtp:[127.0.0.1]:%d}, {other.test = smtp:[127.0.0.1]:%d}}"
          % (PORTS["second"], SINK.port),
          "smtpd_milters = { unix:trivium/milter.sock, default_action=accept, content_timeout=3s }",
          f"alias_maps = texthash:{PF}/aliases",
          "virtual_alias_maps = inline:{{team@other.test = +4915550151@sms.test}}",
          "smtpd_sasl_authenticated_header = yes", "smtpd_authorized_xclient_hosts = 127.0.0.1",
          f"smtpd_tls_cert_file = {PF}/tls.pem", "smtpd_tls_key_file = $smtpd_tls_cert_file",
          "smtpd_tls_security_level = may", "smtpd_tls_received_header = yes",
          "minimal_backoff_time = 600s", "queue_run_delay = 600s", "smtpd_client_connection_count_limit = 0",
          "smtp_destination_concurrency_failed_cohort_limit = 100")
    shell("postfix_service", PF, f"127.0.0.1:{PORTS['second']} inet n - n - - smtpd",
          "smtpd_milters = unix:trivium/milter.sock", "milter_default_action = tempfail",
          "milter_macro_daemon_name = trivium-second", "receive_override_options = no_address_mappings")
    shell("postfix_service", PF, f"127.0.0.1:{PORTS['plain']} inet n - n - - smtpd", "smtpd_milters =")
    shell("postfix_service", PF, f"127.0.0.1:{PORTS['two']} inet n - n - - smtpd",
          "smtpd_milters = unix:trivium/first.sock unix:trivium/milter.sock")
    shell("postfix_start", PF)


def ours_and_others(bridge):
    replies, end = once("+4915550100@sms.test")
    like(end, "250 2.0.0", "a mail for a phone: 250")
    like(maillog(), "milter-discard: END-OF-MESSAGE", "A: Postfix drops it, as the milter has it")
    sent = message(bridge)
    same((sent["rcpts"][0]["to"], sent["client"], len(sent["mta_id"]) > 8),
         ("tel:+4915550100", "127.0.0.1", True), "the bridge has it, with Postfix's long queue id")
    replies, end = once("+4915550101@sms.test", "bob@other.test", "015550102@SMS.test")
    ok(wait_for(lambda: SINK.of("bob@other.test")), "a mixed mail: the other recipient gets it")
    same((SINK.of("bob@other.test")[0][1], [r["to"] for r in message(bridge, 2)["rcpts"]]),
         (["bob@other.test"], ["tel:+4915550101", "tel:+4915550102"]), "M: each to its own, none to both")
    like(once("bob@sms.test")[0][0], "550 5.1.3 ", "what is no number: 550 5.1.3 at RCPT")
    bridge.say("/rcpt", (422, "5.7.1 100% of your share is used up\n", 0))
    same(once("+4915550100@sms.test")[0], ["550 5.7.1 100% of your share is used up"],
         "the bridge's words reach the client; Postfix halves the '%'")
    bridge.clear()
    once("+4915550100@sms.test", options=["RET=HDRS", "ENVID=QQ31"], rcpt_options=["NOTIFY=SUCCESS"])
    sent = message(bridge)
    same((sent.get("ret"), sent.get("envid"), sent["rcpts"][0].get("notify")), ("HDRS", "QQ31", "SUCCESS"),
         "DSN parameters come through")
    once("+4915550100@sms.test", sender="")
    same(message(bridge, 2)["from"], "mailto:", "the null sender")
    once("+4915550100@sms.test", text="\r\nno header at all\r\n")
    like(message(bridge, 3)["text"], "no header at all", "a mail without headers")
    same(queue(), [], "nothing is left in Postfix's queue")


def untouched(bridge):
    text = ("Received: from x\r\n\tby y; z\r\nFrom: a@b.test\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
            "Message-ID: <x@b.test>\r\nX-Odd:no blank\r\nX-Wide:   three   \r\nX-8bit: \xe9\xff\r\n"
            "Subject: =?utf-8?q?=C3=A9?=\r\n folded\r\nX-Empty:\r\nX-Long: " + "l" * 900 + "\r\n\r\n"
            ".dot\r\n..two\r\n" + "x" * 990 + "\r\n\r\n--\r\n\xff\xfe\r\n").encode("latin-1")
    once("with@other.test", text=text, options=["BODY=8BITMIME"])
    once("plain@other.test", text=text, options=["BODY=8BITMIME"], port=PORTS["plain"])
    once("both@other.test", "+4915550100@sms.test", text=text, options=["BODY=8BITMIME"])
    got = []
    for who in ("with", "plain", "both"):
        wait_for(lambda w=who: SINK.of(w + "@other.test"))
        mail = SINK.of(who + "@other.test")[0][2]
        got.append(mail[mail.index(b"Received: from x\r\n"):].replace(who.encode(), b""))
    same(got[0], got[1], "a mail for others is the same, byte for byte, with the milter and without")
    ok(got[2] == got[1], "and that for others of a mixed mail, too")
    ok(got[0].startswith(text[:90]), "and it is the one that was sent")
    same(message(bridge)["digest"], hashlib.sha256(text[text.index(b"\r\n\r\n") + 4:]).hexdigest(),
         "the bridge gets the digest of just that body")


def later_milters(bridge):
    first = Milter("first", "im.test=im:chat")
    replies, end = once("+4915550100@sms.test", port=PORTS["two"])
    same((end[:3], len(bridge.submitted())), ("250", 1),
         "ACCEPT of a milter that has no recipient does not skip the milter behind it")
    like(maillog(), "milter-discard", "which takes the mail")
    first.stop()


def slow_bridge(bridge):
    bridge.say("/submit", (200, None, 6))
    replies, end = once("+4915550100@sms.test")
    like(end, "250 ", "L: content_timeout is 3 s, the bridge takes 6 s: 250 all the same")
    bridge.clear()


def strangers(bridge):
    like(once("+4915550100@sms.test", address=STRANGER)[0][0], "550 5.7.1 ",
         "a stranger's mail for a phone is refused at RCPT")
    replies, end = once("+4915550100@sms.test", "bob2@other.test", address=STRANGER)
    same((replies[0][:9], end[:3]), ("550 5.7.1", "250"), "his other recipients are not our business")
    c = Client(PORTS["front"])
    c.smtp.docmd("XCLIENT", "ADDR=192.0.2.1 NAME=c.test LOGIN=joe")
    c.smtp.ehlo("c.test")
    replies, end = c.send("+4915550100@sms.test")
    c.quit()
    sent = message(bridge)
    same((end[:3], sent.get("client"), sent.get("login")), ("250", "192.0.2.1", "joe"),
         "a login may send from anywhere")


def aliases(bridge):
    for alias, phone in (("team@other.test", "tel:+4915550151"), ("staff@mx.test", "tel:+4915550150")):
        bridge.clear()
        replies, end = once(alias)
        sent = message(bridge)
        same((end[:3], sent["rcpts"][0]["to"], sent["client"]), ("250", phone, "127.0.0.1"),
             f"O: {alias} leads to a phone: by the second door, with its sender's client")
        bridge.clear()
        c = Client(PORTS["front"])
        c.smtp.docmd("XCLIENT", "ADDR=192.0.2.1 NAME=c.test LOGIN=joe")
        c.smtp.ehlo("c.test")
        c.send(alias)
        c.quit()
        sent = message(bridge)
        same((sent["client"], sent["login"]), ("192.0.2.1", "joe"), "with his login")
        bridge.clear()
        before = maillog().count("status=bounced")
        once(alias, address=STRANGER)
        ok(wait_for(lambda: maillog().count("status=bounced") > before), "a stranger's goes back")
        same(bridge.submitted(), [], "and the bridge gets nothing of it")
    like(maillog(), "sending to phones needs a login here", "for the right reason")


def by_tls(bridge):
    """TLS makes Postfix's Received field longer, by lines of their own."""
    c = Client(PORTS["front"])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    c.smtp.starttls(context=context)
    c.smtp.ehlo("[192.0.2.1]")
    c.smtp.docmd("XCLIENT", "ADDR=192.0.2.1 NAME=c.test LOGIN=joe")
    c.smtp.ehlo("[192.0.2.1]")
    c.send("team@other.test")
    c.quit()
    sent = message(bridge)
    same((sent.get("client"), sent.get("login")), ("192.0.2.1", "joe"),
         "an alias, by TLS, greeted by an address literal: the login is found in Postfix's own field")


def local_users(bridge):
    p = subprocess.run(["sendmail", "-C", PF, "-f", "root@mx.test", "+4915550100@sms.test"],
                       input=mail_text().replace("\r\n", "\n"), text=True)
    sent = message(bridge)
    same((p.returncode, sent["rcpts"][0]["to"], sent.get("client")), (0, "tel:+4915550100", None),
         "sendmail(1): by the second door, as a user of this host")
    bridge.clear()
    shell("postfix_set", PF, "non_smtpd_milters = unix:trivium/milter.sock")
    shell("postfix_reload", PF)
    subprocess.run(["sendmail", "-C", PF, "-f", "root@mx.test", "+4915550100@sms.test", "bob3@other.test"],
                   input=mail_text().replace("\r\n", "\n"), text=True)
    sent = message(bridge)
    ok(wait_for(lambda: SINK.of("bob3@other.test")), "P1: the same through non_smtpd_milters")
    same((len(bridge.submitted()), sent["from"], SINK.of("bob3@other.test")[0][1]),
         (1, "mailto:root@mx.test", ["bob3@other.test"]), "once, and the other recipient got his")
    shell("postfix_set", PF, "non_smtpd_milters =")
    shell("postfix_reload", PF)


def archive(bridge, milter):
    """A copy that Postfix adds by itself is seen by no milter."""
    milter.stop()
    other = Milter(discard="no")
    shell("postfix_set", PF, "always_bcc = archive@other.test")
    shell("postfix_reload", PF)
    once("+4915550100@sms.test")
    ok(wait_for(lambda: SINK.of("archive@other.test")), "BCC: with discard = no the archive keeps its copy")
    same(len(bridge.submitted()), 1, "and the phone gets one message")
    shell("postfix_set", PF, "always_bcc =")
    shell("postfix_reload", PF)
    other.stop()


def bridge_away(bridge):
    replies, end = once("+4915550100@sms.test", "bob4@other.test")
    same((replies[0][:9], replies[1][:3], end[:3]), ("451 4.3.0", "250", "250"),
         "the bridge is away: 451 for ours, other mail flows on")
    ok(wait_for(lambda: SINK.of("bob4@other.test")), "and arrives")


def milter_away(bridge):
    text = mail_text()
    replies, end = once("+4915550100@sms.test", "bob5@other.test", text=text)
    like(end, "250 ", "E3: the milter is away: mail is accepted")
    ok(wait_for(lambda: SINK.of("bob5@other.test")), "others get theirs")
    ok(wait_for(lambda: "status=deferred" in maillog()), "ours waits in Postfix's queue")
    same([q.split()[2] for q in queue()], ["+4915550100@sms.test"], "and only ours")
    milter = Milter()
    sent = after_flushes(bridge)
    same((sent["rcpts"][0]["to"], sent["client"], sent["digest"]),
         ("tel:+4915550100", "127.0.0.1", hashlib.sha256(text.split("\r\n\r\n", 1)[1].encode()).hexdigest()),
         "the milter is back: it arrives, with the body's digest of the first door")
    return milter


def restart_in_session(bridge, milter):
    c = Client(PORTS["front"])
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
        like(end, "250 ", f"H: kill -9 at {place}: Postfix accepts all the same")
        milter.process.wait()
        milter = Milter()
        sent = after_flushes(bridge, times)
        ok(sent and wait_for(lambda p=place: SINK.of(p + "@other.test")) and wait_for(lambda: not queue()),
           "nothing is lost: each recipient is served")
        keys = {tuple(m[k] for k in ("from", "message_id", "date", "digest")) + (m["rcpts"][0]["to"],)
                for m in bridge.submitted()}
        same((len(bridge.submitted()), len(keys)), (times, 1),
             f"the bridge gets it {times} times, and can tell that it is the same")
        milter.stop()
    return Milter()


def under_load(bridge):
    p = subprocess.run(["smtp-source", "-s", "20", "-m", "200", "-l", "4096", "-f", "a@b.test",
                        "-t", "+4915550100@sms.test", f"inet:127.0.0.1:{PORTS['front']}"],
                       capture_output=True, text=True)
    same((p.returncode, p.stderr, len(bridge.submitted())), (0, "", 200), "20 sessions, 200 mails: all taken")


def stopped_in_hand(bridge, milter):
    bridge.say("/submit", (200, None, 6))
    result = []
    t = threading.Thread(target=lambda: result.append(once("+4915550100@sms.test")[1][:3]))
    t.start()
    wait_for(bridge.submitted)
    code = milter.stop()
    t.join()
    same((result, code), (["250"], 0), "SIGTERM while a mail waits for the bridge: 250, then it ends")


PORTS = {}
SINK = Sink()
atexit.register(end_all)
make()
BRIDGE = Bridge(DIR + "/submit.sock")
MILTER = Milter()
for part in (ours_and_others, untouched, later_milters, slow_bridge, strangers, aliases, by_tls, local_users):
    print(f"# {part.__name__}", flush=True)
    BRIDGE.clear()
    part(BRIDGE)
BRIDGE.clear()
archive(BRIDGE, MILTER)
MILTER = Milter()
BRIDGE.close()
bridge_away(BRIDGE)
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
same(queue(), [], "nothing is left in the queue")
BRIDGE.close()
done()
