#!/usr/bin/env python3
"""What comes from a platform that is none, and what a platform brings again: forged receipts and messages
change nothing; true ones count once, also when triviumd was stopped or killed in between."""
import email
import email.policy
import http.client
import os
import sys
import time
from xml.sax.saxutils import escape

sys.path.insert(0, "t")
from whole import Gateway, Mail, equal, free_port, ok, run, wait_for

LISTEN = free_port()
WORD, OTHER = "s3cret-0123456789", "an0ther-0123456789"
RIGHT = dict(path=f"/sdp/operator-a/{WORD}", source="127.1.2.3")
FORGED = [
    # name, path, headers, from where, what it is told
    ("no secret", "/sdp/operator-a", {}, "127.1.2.3", 401),
    ("a wrong secret", f"/sdp/operator-a/{WORD}x", {}, "127.1.2.3", 401),
    ("a wrong token", "/sdp/operator-a", {"Authorization": f"Bearer {OTHER}"}, "127.1.2.3", 401),
    ("a wrong address", f"/sdp/operator-a/{WORD}", {}, "127.0.0.1", 403),
    ("another platform, by its own secret", f"/sdp/other/{OTHER}", {}, "127.0.0.1", 200),
]
NS = "http://www.csapi.org/schema/parlayx/sms/notification/v2_2/local"


def call(inside, path=RIGHT["path"], headers=(), source=RIGHT["source"]):
    """The status that whoever calls hears."""
    c = http.client.HTTPConnection("127.0.0.1", LISTEN, timeout=30, source_address=(source, 0))
    try:
        c.request("POST", path, ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
                                 f"{inside}</s:Body></s:Envelope>").encode(),
                  {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', **dict(headers)})
        return c.getresponse().status
    finally:
        c.close()


def receipt(job, status="DeliveredToTerminal", to=None, correlator=None):
    return (f'<n:notifySmsDeliveryReceipt xmlns:n="{NS}"><n:correlator>{correlator or job["correlator"]}</n:correlator>'
            f'<n:deliveryStatus><address>{to or job["to"]}</address><deliveryStatus>{status}</deliveryStatus>'
            "</n:deliveryStatus></n:notifySmsDeliveryReceipt>")


def message(text, sender, minute=30):
    return (f'<n:notifySmsReception xmlns:n="{NS}"><n:correlator>r</n:correlator><n:message><message>{escape(text)}'
            f"</message><senderAddress>tel:{sender}</senderAddress><smsServiceActivationNumber>tel:10690123"
            f"</smsServiceActivationNumber><dateTime>2026-11-24T10:{minute}:00Z</dateTime></n:message>"
            "</n:notifySmsReception>")


def sent(g, phone, who):
    """A mail whose author wants to hear all of it, and its job, which waits for a receipt."""
    mail = Mail("hello", sender=f"{who}@sink.example")
    g.send(mail, f"{phone}@sms.example.com", rcpt_options=["NOTIFY=SUCCESS,FAILURE"])
    equal(g.state(mail, "sent"), "sent", f"{who}'s message waits for its receipt")
    return mail, g.jobs(mail)[0]


def settled(g):
    g.idle()
    time.sleep(0.5)
    g.idle()


def actions(g, who):
    """What the reports to somebody say."""
    return [list(email.message_from_bytes(m, policy=email.policy.default).iter_parts())[1].get_payload()[1]["Action"]
            for m in g.sink.to(f"{who}@sink.example")]


def restarts(g):
    """One after another: nothing, a stop, a kill. What it is called."""
    yield "at once"
    for signo, name in ((15, "after a restart"), (9, "after a kill")):
        g.end("triviumd", signo)
        g.start_bridge()
        yield name


def test_receipts(g):
    mail, job = sent(g, "+4915559001", "ann")
    for name, path, headers, source, want in FORGED:
        for status in ("DeliveredToTerminal", "DeliveryImpossible"):
            equal(call(receipt(job, status), path, headers, source), want, f"{status} of {name}: {want}")
    unknown = ("01ARZ3NDEKTSV4RRFFQ69G5FAV" + job["correlator"][26:], job["correlator"][:-1] + "~", "x", "0" * 200)
    for correlator in unknown:
        call(receipt(job, "DeliveryImpossible", correlator=correlator))
    call(receipt(job, "DeliveryImpossible", to="tel:+4915559999"))
    settled(g)
    equal((g.state(mail), actions(g, "ann")), ("sent", []), "none of them, nor any of an unknown correlator or "
          "another number, changes anything")
    ok("a report is about nothing that is known here" in g.log("triviumd"), "and the log tells")
    ok(WORD not in g.log("triviumd") and OTHER not in g.log("triviumd"), "but not the secrets")
    equal(call(receipt(job)), 200, "the true one")
    equal(g.state(mail, "delivered"), "delivered", "does")


def test_receipts_again(g):
    for phone, who, status, other, want in (
            ("+4915559011", "bob", "DeliveredToTerminal", "DeliveryImpossible", "delivered"),
            ("+4915559012", "cleo", "DeliveryImpossible", "MessageWaiting", "failed")):
        mail, job = sent(g, phone, who)
        equal(call(receipt(job, status)), 200, f"{status} comes")
        equal(g.state(mail, want), want, f"{who}'s message is {want}")
        wait_for(lambda: actions(g, who))
        was = g.history(mail)
        for name in restarts(g):
            equal([call(receipt(job, s)) for s in (status, other, status)], [200] * 3, f"it comes again, {name}")
            settled(g)
            equal((g.history(mail), actions(g, who)), (was, [want]), "which changes nothing and is told to nobody")
        equal(g.texts(phone), ["hello"], "nor is anything sent again")


def test_messages(g):
    for name, path, headers, source, want in FORGED[:-1]:
        equal(call(message(f"dora@sink.example by {name}", "+4915559021"), path, headers, source), want, f"a message by {name}")
    equal(call(message("dora@sink.example the true one", "+4915559021")), 200, "the true one")
    settled(g)
    equal([b"the true one" in m for m in g.sink.to("dora@sink.example")], [True], "is the only one that arrives")


def test_messages_again(g):
    text, lost = "emil@sink.example just once", "for nobody"
    for name in restarts(g):
        equal([call(message(text, "+4915559031")) for _ in range(2)], [200] * 2, f"the same message, {name}")
        equal([call(message(lost, "+4915559032")) for _ in range(2)], [200] * 2, f"and one for nobody, {name}")
        settled(g)
        equal(len(g.sink.arrive("emil@sink.example")), 1, "is one mail")
        equal(len(g.arrive("+4915559032")), 1, "and one answer")
    equal(call(message(text, "+4915559031", 31)), 200, "one of another time")
    equal(len(g.sink.arrive("emil@sink.example", 2)), 2, "is another one")


def secret(g, name, word):
    path = f"{g.dir}/{name}.secret"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(word + "\n")
    return f'callback_secret_file = "{path}"'


def main():
    g = Gateway("forged", start=False, bridge=(f'listen = "127.0.0.1:{LISTEN}"',), sim="--no-receipts",
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
    with open(f"{g.dir}/sdp.conf", "a") as f:
        f.write(f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"\ncallback_from = "127.1.0.0/16"\n'
                f'{secret(g, "a", WORD)}\n')
    g.add_sdp("other", None, secret(g, "other", OTHER), 'callback_from = "127.0.0.1"')
    g.start()
    return run(g, test_receipts, test_receipts_again, test_messages, test_messages_again)


main()
