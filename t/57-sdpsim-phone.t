#!/usr/bin/env python3
"""What the simulator's phones write: to whom it is brought, how it is fetched, and MMS both ways."""
import base64
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
import sdpsim as t
from sdpsim import PARLAYX, Listener, Sim, envelope, equal, ok, wait_for

SMS, MM = PARLAYX + "sms/", PARLAYX + "multimedia_messaging/"
GIF = b"GIF89a\0\xff\r\n--x\r\n"
XSD = os.environ.get("TRIVIUM_XSD", "../shared/reference/wsdl/xsd") + "/all.xsd"


def call(sim, path, ns, operation, inside, **more):
    return sim.http("POST", path, envelope(f'<q:{operation} xmlns:q="{ns}/local">{inside}</q:{operation}>'),
                    {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}, **more)


def manage(sim, kind, operation, inside, version=None):
    name = {"Sms": "SmsNotificationManager", "Message": "MessageNotificationManager"}[kind]
    version = version or {"Sms": "v2_3", "Message": "v2_5"}[kind]
    base = {"Sms": SMS, "Message": MM}[kind]
    return call(sim, f"/{name}Service/services/{name}", f"{base}notification_manager/{version}",
                f"{operation}{kind}Notification", inside)


def start(sim, kind, endpoint, number="tel:4711", correlator="r1", criteria=None, **more):
    element = {"Sms": "sms", "Message": "message"}[kind] + "ServiceActivationNumber"
    return manage(sim, kind, "start",
                  f"<q:reference><endpoint>{endpoint}</endpoint><interfaceName>X</interfaceName><correlator>"
                  f"{correlator}</correlator></q:reference><q:{element}>{number}</q:{element}>"
                  + (f"<q:criteria>{criteria}</q:criteria>" if criteria else ""), **more)


def receive(sim, kind, operation, inside, version="v2_4"):
    base = {"Sms": SMS, "Message": MM}[kind]
    return call(sim, f"/Receive{kind}Service/services/Receive{kind}", f"{base}receive/{version}", operation,
                inside)


def write(sim, **what):
    return sim.json("POST", "/api/mo", {"from": "+4915550100", "to": "4711", "text": "hello", **what})


def state(sim, n=None):
    return [m["state"] for m in sim.json("GET", "/api/mo")["messages"] if n in (None, m["n"])]


def valid(answer, name):
    """Valid by the schemas, where they are."""
    if not os.path.exists(XSD):
        return t.skip(name, "no schemas")
    with tempfile.NamedTemporaryFile(suffix=".xml") as f:
        f.write(answer.body)
        f.flush()
        p = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", XSD, f.name], capture_output=True,
                           text=True)
        return ok(p.returncode == 0, name, p.stderr, answer.text)


def test_bring(sim):
    with_endpoint = Listener()
    a = write(sim, endpoint=with_endpoint.url, correlator="c", text="Grüße & <so>", linkid="7")
    ok(a["ok"] and wait_for(lambda: with_endpoint.got), "a phone's message is brought where it says", a)
    got = with_endpoint.got[0]
    equal([got.one(n) for n in ("correlator", "senderAddress", "smsServiceActivationNumber", "linkid")],
          ["c", "tel:+4915550100", "tel:4711", "7"], "with its numbers")
    ok("<message>Grüße &amp; &lt;so&gt;</message>" in got.text and got.one("dateTime"), "text and date", got.text)
    ok(wait_for(lambda: state(sim, a["n"]) == ["taken"]), "and it is known that it was taken")
    write(sim, endpoint=with_endpoint.url, text="plain")
    write(sim, endpoint=with_endpoint.url, mms=True, text="words", subject="Look")
    write(sim, endpoint=with_endpoint.url, version="v3_1")
    write(sim, endpoint=with_endpoint.url, version="v2_1")
    wait_for(lambda: len(with_endpoint.got) == 5)
    for g in with_endpoint.got[1:]:
        valid(g, "what is brought is valid")
    ok("notifyMessageReception" in "".join(g.text for g in with_endpoint.got), "an MMS by its own operation")
    refusing = Listener(refuse=9)
    a = write(sim, endpoint=refusing.url)
    ok(wait_for(lambda: state(sim, a["n"]) == ["lost"], 30) and len(refusing.got) == 3,
       "it is tried three times", state(sim))
    for bad, why in (({"from": "x"}, "numbers"), ({"to": "12"}, "numbers"), ({"version": "v9"}, "version"),
                     ({"attachments": [{"contentType": "image/gif", "name": "x", "base64": "%"}]}, "base64"),
                     ({"attachments": [{"contentType": "a\r\nb", "name": "x", "base64": ""}]}, "base64")):
        ok(why in write(sim, **bad).get("error", ""), f"not: {bad}")
    for l in (with_endpoint, refusing):
        l.close()


def test_managers(sim):
    for kind, mms in (("Sms", False), ("Message", True)):
        all_of_them, lunch = Listener(), Listener()
        a = start(sim, kind, all_of_them.url)
        ok(a.status == 200 and f"start{kind}NotificationResponse" in a.text, f"{kind}: registered", a.text)
        valid(a, "the answer is valid")
        equal(start(sim, kind, all_of_them.url).fault, "SVC0005", "the correlator again")
        equal(start(sim, kind, all_of_them.url, correlator="r2").fault, "SVC0008", "the number again")
        equal(start(sim, kind, "ftp://x", correlator="r3", number="1").fault, "SVC0002", "no such endpoint")
        equal(start(sim, kind, lunch.url, correlator="r2", criteria="lunch").status, 200, "but with a word")
        write(sim, text="lunch at noon?", mms=mms)
        write(sim, text="lunchtime", mms=mms)
        write(sim, text="anything", mms=mms)
        ok(wait_for(lambda: len(lunch.got) == 1 and len(all_of_them.got) == 2), "each gets what it wants",
           len(lunch.got), len(all_of_them.got))
        equal(lunch.got[0].one("correlator"), "r2", "with its correlator")
        for r in ("r1", "r2"):
            equal(manage(sim, kind, "stop", f"<q:correlator>{r}</q:correlator>").status, 200, "stopped")
        equal(manage(sim, kind, "stop", "<q:correlator>r1</q:correlator>").fault, "SVC0002", "once")
        all_of_them.close()
        lunch.close()


def test_poll(sim):
    write(sim, text="one")
    write(sim, text="two")
    write(sim, text="words", mms=True)
    box = "<q:registrationIdentifier>default</q:registrationIdentifier>"
    a = receive(sim, "Sms", "getReceivedSms", box, "v2_2")
    equal([m for m in a.find("message")], ["one", "two"], "what nobody registered for can be fetched")
    valid(a, "validly")
    equal(receive(sim, "Sms", "getReceivedSms", box, "v2_2").find("message"), [], "once")
    a = receive(sim, "Message", "getReceivedMessages", box)
    equal(a.find("message"), ["words"], "and MMS by their own operation")
    valid(a, "validly")


def test_mms_in(sim):
    picture = {"contentType": "image/gif", "name": "pic.gif", "base64": base64.b64encode(GIF).decode()}
    a = write(sim, text="Look", subject="Beach", attachments=[picture, picture])
    m = sim.json("GET", "/api/mo")["messages"][-1]
    equal([(x["type"], x["name"], x["size"]) for x in m["media"]], [("image/gif", "pic.gif", len(GIF))] * 2,
          "a phone sends pictures")
    got = sim.http("GET", f"/api/media?own={a['n']}&i=1")
    equal((got.body, got.headers["Content-Type"], got.headers["X-Content-Type-Options"]),
          (GIF, "image/gif", "nosniff"), "which can be looked at")
    reference = f"<q:messageRefIdentifier>{m['id']}</q:messageRefIdentifier>"
    a = receive(sim, "Message", "getMessage", reference)
    ok(a.headers["Content-Type"].startswith("multipart/related") and b"getMessageResponse" in a.body and
       a.body.count(GIF) == 2 and b'src="cid:1_pic.gif"' in a.body, "and fetched", a.text)
    a = receive(sim, "Message", "getMessageURIs", reference)
    valid(a, "or asked for")
    equal(a.one("bodyText"), "Look", "the text")
    url = a.find("fileReferences")[1].replace("&amp;", "&")
    equal(sim.http("GET", "/" + url.split("/", 3)[3]).body, GIF, "and a URL for each picture")
    equal(receive(sim, "Message", "getMessage", "<q:messageRefIdentifier>x</q:messageRefIdentifier>").fault,
          "SVC0002", "an MMS that is not there")


def send(sim, *parts, root=None, kind=None, subject="Beach", number="tel:+4915550100"):
    root = root or envelope(
        f'<q:sendMessage xmlns:q="{MM}send/v2_4/local"><q:addresses>{number}</q:addresses>'
        f"<q:senderAddress>tel:4711</q:senderAddress><q:subject>{subject}</q:subject>"
        "<q:receiptRequest><endpoint>http://127.0.0.1:1/</endpoint><interfaceName>M</interfaceName>"
        f"<correlator>m{t.tests}</correlator></q:receiptRequest></q:sendMessage>")
    body = b"--b\r\nContent-Type: text/xml; charset=utf-8\r\nContent-ID: <r>\r\n\r\n" + root.encode() + b"\r\n"
    for head, data in parts:
        body += b"--b\r\n" + head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + data + b"\r\n"
    return sim.http("POST", "/SendMessageService/services/SendMessage", body + b"--b--\r\n", {
        "Content-Type": kind or 'multipart/related; type="text/xml"; start="<r>"; boundary=b',
        "SOAPAction": '""'})


def test_mms_out(sim):
    smil = ("Content-Type: application/smil\nContent-ID: <s>",
            b'<smil><body><par><img src="cid:p"/><text src="cid:w"/></par></body></smil>')
    words = ("Content-Type: text/plain; charset=utf-8\nContent-ID: <w>", "Grüße".encode())
    picture = ("Content-Type: image/gif\nContent-ID: <p>\nContent-Location: pic.gif", GIF)
    a = send(sim, smil, words, picture)
    equal((a.status, len(a.find("result"))), (200, 1), "an MMS is taken")
    valid(a, "the answer is valid")
    m = sim.messages()[-1]
    equal((m["mms"], m["subject"], m["text"], m["number"], m["sender"]),
          (True, "Beach", "Grüße", "+4915550100", "tel:4711"), "and on the handset")
    equal([(x["type"], x["name"], x["size"]) for x in m["media"]], [("image/gif", "pic.gif", len(GIF))],
          "with its picture")
    equal(sim.http("GET", f"/api/media?n={m['n']}&i=0").body, GIF, "which can be looked at")
    equal(sim.http("GET", f"/api/media?n={m['n']}&i=1").status, 404, "and no other")
    status = call(sim, "/SendMessageService/services/SendMessage", MM + "send/v2_4", "getMessageDeliveryStatus",
                  f"<q:requestIdentifier>{a.one('result')}</q:requestIdentifier>")
    ok(status.status == 200 and status.find("deliveryStatus"), "its delivery status is told", status.text)
    for name, parts, more, want in (
            ("no attachment", [], {}, "SVC0002"), ("SMIL of what is not there", [smil, words], {}, "SVC0002"),
            ("no Content-ID", [("Content-Type: image/gif", GIF)], {}, "s:Client"),
            ("one id twice", [picture, picture], {}, "s:Client"),
            ("no start", [picture], {"kind": 'multipart/related; type="text/xml"; boundary=b'}, "s:Client"),
            ("a number that is none", [picture], {"number": "x"}, "SVC0002")):
        a = send(sim, *parts, **more)
        ok(a.status == 500 and (a.fault == want or a.fault.endswith(":Client") and want == "s:Client"),
           f"{name}: {want}", a.text)
    a = send(sim, picture, number="tel:+4915999002")
    equal(a.fault, "SVC0004", "numbers that misbehave do so for MMS")


def test_callback():
    listener = Listener()
    sim = Sim("--callback", listener.url, "--quiet")
    try:
        write(sim)
        ok(wait_for(lambda: len(listener.got) == 1), "--callback: there, when nobody registered")
        ok(wait_for(lambda: state(sim) == ["taken"]), "and taken")
        sim.reset()
        equal(state(sim), [], "a reset forgets what phones wrote")
    finally:
        equal(sim.stop(), 0, "it ends well")
        listener.close()


sim = Sim("--receipt-delay", "0")
try:
    for test in (test_bring, test_managers, test_poll, test_mms_in, test_mms_out):
        test(sim)
finally:
    status = sim.stop()
equal(status, 0, "the simulator ended well")
test_callback()
t.done()
