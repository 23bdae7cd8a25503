#!/usr/bin/env python3
"""The lines that are shipped for Postfix, in a real one, as they stand: who may send, what is refused,
what goes by the second door, and that mail is neither refused before the milter sees it nor lost when
the milter is away."""

import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time

B = os.path.abspath(os.environ.get("B", ".build/plain"))
count = failed = 0
work = tempfile.mkdtemp(prefix="trivium-lines-", dir=os.environ.get("TMPDIR", "/tmp"))
place = work + "/gw"


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    for line in str(why).splitlines() if not good else []:
        print("#   " + line)


def sh(script, *args):
    """Run a line of shell that has t/postfix.sh and t/gateway.sh; its exit code and its output."""
    with tempfile.TemporaryFile("w+", errors="replace") as out:
        env = dict(os.environ, B=B)
        code = subprocess.run(["sh", "-c", ". t/postfix.sh; . t/gateway.sh; " + script, "sh", *args],
                              stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env).returncode
        out.seek(0)
        return code, out.read()


def must(script, *args):
    code, said = sh(script, *args)
    if code != 0:
        raise SystemExit("Bail out! %s: exit %d\n%s" % (script, code, said))
    return said


def ports():
    with open(place + "/ports") as f:
        return dict(word.split("=") for word in f.read().split())


def set_up():
    """A gateway whose Postfix has the shipped lines, with but the second door's port changed."""
    must('gateway_make "$1"', place)
    door = must("postfix_port").strip()
    os.mkdir(work + "/shipped")
    for name in ("main.cf", "master.cf"):
        shutil.copy("etc/postfix/" + name, work + "/shipped")
    lines = [line for line in must('postconf -c "$1" -n', work + "/shipped").splitlines()
             if not line.startswith("config_directory")]
    must('dir=$1; shift; postfix_set "$dir" "$@"', place + "/postfix",
         *[line.replace("10026", door) for line in lines])
    with open("etc/postfix/master.cf") as f, open(place + "/postfix/master.cf", "a") as g:
        g.write(f.read().replace("10026", door))
    must('postfix_set "$1" "$2" "$3" "$4"', place + "/postfix", "mynetworks = 127.0.0.1/32",
         "relayhost = ", "default_transport = discard:")
    with open("etc/postfix/main.cf") as f:
        old = next(line[1:].strip() for line in f if line.startswith("#virtual_alias_maps = regexp:"))
    must('postfix_set "$1" "$2"', place + "/postfix",
         old + ", inline:{{oncall@mx.test = 015550105@sms.example.com}}")
    must('gateway_start "$1"', place)
    return lines


def send(to, text, client="127.0.0.1"):
    """A mail by SMTP: the replies to its recipients, and to its end (None: not come so far)."""
    with smtplib.SMTP("127.0.0.1", int(ports()["smtp_port"]), "client.example.org", timeout=60,
                      source_address=(client, 0)) as s:
        s.ehlo()
        s.mail("alice@example.org")
        replies = [s.rcpt(rcpt) for rcpt in to]
        if not any(code == 250 for code, _ in replies):
            return replies, None
        return replies, s.data("Subject: test\r\nMessage-ID: <%s@example.org>\r\n\r\n%s\r\n" %
                               (text, text))


def handset(number, text, wait=30):
    """How many times the handset got the text; waits until it has."""
    for _ in range(wait * 10 + 1):
        lines = must('gateway_messages "$1" "$2"', place, number).splitlines()
        n = sum(line.endswith("\\n" + text) for line in lines)
        if n or not wait:
            return n
        time.sleep(0.1)
    return 0


def queue():
    return must('postfix_queue "$1"', place + "/postfix").splitlines()


def emptied():
    for _ in range(300):
        if not queue():
            return True
        time.sleep(0.1)
    return False


def log_has(pattern):
    return sh('postfix_wait "$1" "$2"', place + "/postfix", pattern)[0] == 0


def test_takes():
    replies, end = send(["+4915550100@sms.example.com"], "plain")
    ok(end and end[0] == 250 and handset("+4915550100", "plain") == 1,
       "a mail from our own people comes to the phone", (replies, end))
    replies, end = send(["+4915550101@sms.example.com", "notes@sms.example.com",
                         "bob@example.net", "+499005550100@sms.example.com"], "mixed")
    ok([r[0] for r in replies] == [250, 550, 250, 550] and b"5.1.3" in replies[1][1] and
       b"premium" in replies[3][1],
       "what is no number, and what a route refuses, is refused at RCPT with the reason", replies)
    ok(end[0] == 250 and handset("+4915550101", "mixed") == 1, "the phone among them is served", end)
    ok(log_has("to=<bob@example.net>.*status=sent"), "and so is the mailbox")
    ok(emptied() and not log_has_bounce(), "nothing waits, nothing bounced")


def log_has_bounce():
    with open(place + "/postfix/mail.log") as f:
        return [line for line in f if "status=bounced" in line or "non-delivery" in line]


def test_strangers():
    replies, _ = send(["+4915550102@sms.example.com"], "stranger", client="127.0.0.2")
    ok(replies[0][0] in (550, 554) and b"5.7.1" in replies[0][1],
       "a stranger may not send to phones", replies)
    with open(place + "/milter.log") as f:
        said = f.read()
    ok("127.0.0.2" not in said, "Postfix itself says so, before the milter is asked", said)
    must('postfix_set "$1" "smtpd_recipient_restrictions = permit"; postfix_reload "$1"',
         place + "/postfix")
    must('gateway_end "$1" milter; sed -i "/^milter {/a networks = \\"127.0.0.1\\"" '
         '"$1/trivium.conf"; gateway_milter_start "$1"', place)
    replies, _ = send(["+4915550102@sms.example.com"], "stranger", client="127.0.0.2")
    ok(replies[0][0] == 550 and b"login" in replies[0][1],
       "were that rule forgotten, the milter would refuse them", replies)
    must('postfix_set "$1" "$2"; postfix_reload "$1"', place + "/postfix",
         next(l for l in shipped if l.startswith("smtpd_recipient_restrictions")))


def test_second_door():
    replies, end = send(["oncall@mx.test"], "alias")
    ok(end and end[0] == 250 and handset("+4915550105", "alias") == 1,
       "an alias leads to a phone, by the second door", (replies, end))
    replies, end = send(["5555550109@txt.att.net"], "old")
    ok(end and end[0] == 250 and handset("+15555550109", "old") == 1,
       "so does an address of a carrier's gateway that has been shut", (replies, end))
    must('printf "Subject: test\\n\\nsendmail\\n" | MAIL_CONFIG="$1" sendmail -C "$1" '
         '-f alice@example.org "+4915550106@sms.example.com"', place + "/postfix")
    ok(handset("+4915550106", "sendmail") == 1, "so does mail by sendmail(1)")
    ok(emptied(), "nothing of them waits", queue())


def test_away():
    must('gateway_end "$1" milter', place)
    replies, end = send(["bob@example.net"], "others")
    ok(end and end[0] == 250 and log_has("to=<bob@example.net>.*status=sent"),
       "while the milter is away, other people's mail goes on", (replies, end))
    replies, end = send(["+4915550107@sms.example.com", "carol@example.net"], "away")
    ok(end and end[0] == 250 and log_has("to=<carol@example.net>.*status=sent"),
       "mail for phones is taken all the same", (replies, end))
    ok(log_has("to=<\\+4915550107@sms.example.com>.*status=deferred"), "and waits in Postfix's queue")
    ok(len(queue()) == 1 and handset("+4915550107", "away", 0) == 0, "no one gets it meanwhile",
       queue())
    must('gateway_milter_start "$1"; postfix_flush "$1/postfix"', place)
    ok(handset("+4915550107", "away") == 1, "when the milter is back, it comes to the phone")
    ok(emptied() and handset("+4915550107", "away", 0) == 1, "once", queue())

    must('gateway_end "$1" triviumd', place)
    replies, end = send(["+4915550108@sms.example.com", "dave@example.net"], "bridge")
    ok(replies[0][0] == 451 and replies[1][0] == 250 and end[0] == 250,
       "while the bridge is away, the client is told to try again, for the phone alone",
       (replies, end))
    must('gateway_bridge_start "$1"', place)
    replies, end = send(["+4915550108@sms.example.com"], "bridge")
    ok(end and end[0] == 250 and handset("+4915550108", "bridge") == 1,
       "and then it comes to the phone", (replies, end))
    ok(not log_has_bounce(), "nothing has bounced in all this", log_has_bounce())


def main():
    test_takes()
    test_second_door()
    test_away()
    test_strangers()
    print("1..%d" % count)
    return 1 if failed else 0


if os.geteuid() != 0 or sh("postfix_usable")[0] != 0:
    print("1..0 # SKIP Postfix can be started by root only, or is not there")
    shutil.rmtree(work)
    sys.exit(0)
try:
    os.chmod(work, 0o755)
    shipped = set_up()
    code = main()
finally:
    sh('gateway_stop "$1"', place)
    for name in ("postfix/mail.log", "milter.log", "triviumd.log") if failed else ():
        try:
            with open(place + "/" + name, errors="replace") as f:
                print("".join("# %s: %s" % (name, line) for line in list(f)[-40:]), end="")
        except OSError:
            pass
    shutil.rmtree(work)
sys.exit(code)
