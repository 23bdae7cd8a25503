#!/usr/bin/env python3
"""Whoever wrote a message learns what became of it: through triviumd as it runs, from the platform's
receipts to the mail that comes back, with a platform that reports early and twice, and does not
answer. t/82-reports.t kills it on the way."""
import http.client
import json
import re
import sys
import time

sys.path.insert(0, "t")
import reports as r
from reports import Daemon, ctl, dsn_fields, parts, status, submit
from sdpsim import Sim, wait_for
from smtp import Sink
from tap import done, like, ok, same


def reports(*arguments, **more):
    return r.reports(sink, *arguments, **more)


def test_failure(d):
    number = "+4915199" + "9005"
    i = submit(number, rcpt={"orcpt": "rfc822;+2B49@sms.example.com"}, envid="QQ+2B314159", ret="HDRS")
    got = reports()
    if not ok(len(got) == 1, "who wrote to a phone that cannot be reached gets a report"):
        print("# " + "\n# ".join(d.log().splitlines()[-20:]))
        return
    sender, mail = got[0]
    same(sender, "", "from nobody")
    same(mail.get_content_type(), "multipart/report", "which is a multipart/report")
    same(mail.get_param("report-type"), "delivery-status", "of delivery status")
    same(mail["In-Reply-To"], f"<{r.serial}@example.org>", "in answer to the mail")
    ok(mail["Auto-Submitted"], "and says that nobody wrote it")
    fields = dsn_fields(mail)
    same(len(fields), 2, "with fields for the mail and for the recipient")
    same(fields[0].get("Reporting-MTA"), "dns; gw.example.com", "Reporting-MTA")
    same(fields[0].get("Original-Envelope-Id"), "QQ+314159", "Original-Envelope-Id")
    ok(fields[0].get("Arrival-Date"), "Arrival-Date")
    same(fields[1].get("Original-Recipient"), "rfc822;+2B49@sms.example.com", "Original-Recipient")
    same(fields[1].get("Final-Recipient"), f"rfc822; {number}@sms.example.com", "Final-Recipient")
    same(fields[1].get("Action"), "failed", "Action")
    ok(re.fullmatch(r"5\.\d\.\d+", fields[1].get("Status", "")), "Status")
    same(fields[1].get("Diagnostic-Code"), "X-Parlayx; DeliveryImpossible", "Diagnostic-Code")
    text = parts(mail)["text/plain"].get_content()
    like(text, number, "people read which number it is about")
    like(text, "Lunch?", "and which message")
    like(parts(mail)["text/rfc822-headers"].get_content(), "Subject: Lunch?", "and the header is there")
    same(status(i), "failed", "show tells the state")
    like(ctl("show", i), "DeliveryImpossible", "and why")
    like("".join(d.lines(i)), "status=failed (DeliveryImpossible)", "so does the log")
    like("".join(d.lines(i)), "status=told (failed, by ", "and that it was told")
    same(len(ctl("queue").splitlines()), 1, "nothing is left in the queue")


def test_success(d):
    sink.mails.clear()
    i = submit("+491511000001")
    ok(wait_for(lambda: status(i) == "delivered"), "a receipt makes a message delivered")
    j = submit("+491511000002", rcpt={"notify": "SUCCESS,FAILURE"}, sender="bob@example.org")
    got = reports("bob@example.org")
    ok(len(got) == 1 and dsn_fields(got[0][1])[1].get("Action") == "delivered",
       "who asks to be told of success is")
    same(status(j), "delivered", "of that one, too")
    k = submit("+491519999008", rcpt={"notify": "SUCCESS"}, sender="carl@example.org")
    ok(reports("carl@example.org"), "a receipt before the answer counts")
    same(status(k), "delivered", "and the message is delivered")
    m = submit("+491519999011", rcpt={"notify": "SUCCESS"}, sender="dora@example.org")
    ok(reports("dora@example.org"), "a receipt that comes twice is told")
    time.sleep(1)
    same(len(sink.of("dora@example.org")), 1, "once")
    same(status(m), "delivered", "of what was delivered")
    n = submit("+491519999006", rcpt={"notify": "SUCCESS"}, sender="emil@example.org")
    ok(wait_for(lambda: status(n) == "delivered"), "a receipt settles what no answer came to")
    same(len([x for x in sim.messages() if "1519999006" in json.dumps(x)]), 1, "which is not sent again")
    same(len(sink.of("ann@example.org")), 0, "who did not ask is not told")


def test_many(d):
    sink.mails.clear()
    bad = [f"+49152{i:02d}999005" for i in range(12)]
    good = [f"+49152{i:02d}000000" for i in range(12)]
    submit(bad + good, sender="many@example.org")
    got = reports("many@example.org")
    ok(len(got) == 1, "a mail to many phones, half of which fail, is told of once")
    time.sleep(1.5)
    same(len(sink.of("many@example.org")), 1, "and once only")
    fields = dsn_fields(got[0][1])
    same(sorted(f["Final-Recipient"][8:].split("@")[0] for f in fields[1:]), sorted(bad),
         "with all that failed, and no other")


def test_silence(d):
    sink.mails.clear()
    for name, more in (("null", {"sender": ""}), ("auto", {"automatic": "1"}),
                       ("never", {"rcpt": {"notify": "NEVER"}})):
        i = submit("+491511999005", **{"sender": name + "@example.org", **more})
        ok(wait_for(lambda: status(i) == "failed"), name + ": it failed")
    time.sleep(1)
    same([m[1] for m in sink.mails], [], "the null sender, automatic mail and NOTIFY=NEVER hear nothing")


SMS_RECEPTION = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<n:notifySmsReception xmlns:n="http://www.csapi.org/schema/parlayx/sms/notification/v2_2/local">
<n:correlator>x</n:correlator><n:message><message>%s</message><senderAddress>tel:%s</senderAddress>
<smsServiceActivationNumber>tel:10690123</smsServiceActivationNumber></n:message>
</n:notifySmsReception></s:Body></s:Envelope>"""


def sms(d, phone, text):
    """A phone writes to us."""
    c = http.client.HTTPConnection("127.0.0.1", d.port, timeout=30)
    c.request("POST", "/sdp/acme", SMS_RECEPTION % (text, phone), {"Content-Type": "text/xml"})
    answer = c.getresponse().status
    c.close()
    return answer


def shown(phone):
    """The texts on a handset."""
    return [m["text"] for m in sim.messages() if phone.lstrip("+") in json.dumps(m)]


def test_phone(d):
    sink.mails.clear()
    sink.refused["nobody@example.org"] = "550 5.1.1 <nobody@example.org>: User unknown in local table"
    phone = "+4917155500001"
    same(sms(d, phone, "alice@example.org Lunch?"), 200, "a phone writes a mail")
    ok(wait_for(lambda: sink.of("alice@example.org")), "which arrives")
    same(sms(d, phone, "nobody@example.org Lunch?"), 200, "and one to nobody")
    ok(wait_for(lambda: shown(phone)), "then the phone is told")
    same(shown(phone)[:1], ["Not delivered to nobody@example.org: there is no such address"], "in one SMS")
    time.sleep(1)
    same(len(shown(phone)), 1, "once, and of the other mail nothing")
    same([m for m in sink.mails if not m[0]], [], "and nobody writes to anybody about that")


def test_hostile(d):
    sink.mails.clear()
    nasty = "x\nBcc: evil@example.net\r\n\r\nbody\x00\u202e\u0007 — ✓"
    submit("+491511999005", sender="evil@example.org", subject=nasty.replace("\x00", ""), envid="a+0AEvil: yes",
           ret="FULL", text="Grüße\nFrom me\n.\n" + "x" * 3000, rcpt={"orcpt": "rfc822;a\nEvil: yes"})
    got = reports("evil@example.org")
    if not ok(len(got) == 1, "a hostile mail is reported, too"):
        return
    mail = got[0][1]
    ok(not mail["Bcc"] and not mail["Evil"], "no field was added to the report")
    fields = dsn_fields(mail)
    ok(len(fields) == 2 and all("Evil" not in f for f in fields), "nor to its status")
    raw = sink.of("evil@example.org")[0][2]
    ok(all(len(line) <= 998 for line in raw.split(b"\r\n")), "no line is too long")
    inner = parts(mail).get("message/rfc822")
    ok(inner, "RET=FULL brings the mail back")
    if inner:
        text = inner.get_payload()[0].get_content().replace("\r\n", "\n")
        ok("Grüße\nFrom me\n.\n" + "x" * 3000 in text, "with its text")


def test_no_report():
    d = Daemon(sim, sink, bridge="report_wait = 2 s").start()
    try:
        i = submit("+491519999010", rcpt={"notify": "SUCCESS"}, sender="quiet@example.org")
        ok(wait_for(lambda: status(i) == "sent"), "a message whose receipt never comes stays sent")
        same(ctl("queue"), "queue is empty\n", "and is no work to be done")
        ok(wait_for(lambda: status(i) == "no-report"), "until that has lasted too long")
        got = reports("quiet@example.org")
        ok(len(got) == 1 and dsn_fields(got[0][1])[1].get("Action") == "relayed",
           "who asked to be told hears that it was relayed")
        same(d.stop(), 0, "and triviumd stops")
    finally:
        d.end()


sim = Sim("--receipt-delay", "200")
sink = Sink()
try:
    daemon = Daemon(sim, sink).start()
    for test in (test_failure, test_success, test_many, test_silence, test_phone, test_hostile):
        test(daemon)
    same(daemon.stop(), 0, "triviumd stops in good order")
    test_no_report()
    if "ERROR: " in daemon.log():
        ok(False, "no sanitizer complains")
        print("# " + daemon.log()[-3000:].replace("\n", "\n# "))
finally:
    daemon.end()
    sim.stop()
    sink.close()
done()
