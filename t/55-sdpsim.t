#!/usr/bin/env python3
"""trivium-sdpsim: what its service takes and refuses, its receipts, its faults, its JSON."""
import atexit
import base64
import datetime
import hashlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sdpsim as t  # noqa: E402
from sdpsim import Sim, envelope, equal, get_status, ok, send_sms, wait_for  # noqa: E402

answers = []  # of the service, with a name each, to be held to the schemas at the end
NS = f'xmlns:q="{t.PARLAYX}sms/send/v2_2/local"'


def started(*options):
    sim = Sim(*options)
    atexit.register(sim.stop)
    return sim


def keep(name, answer):
    answers.append((name, answer.body))
    return answer


# Requests that are taken.
sim = started("--receipt-delay", "0")
ok(sim.url.startswith("http://127.0.0.1:"), "the first line on stdout is the URL", sim.url)
for version in ("v2_1", "v2_2", "v3_1"):
    a = keep("answer " + version, sim.send(version=version, correlator="ok-" + version, sender="4711"))
    ok(a.status == 200 and a.one("result") and f"sms/send/{version}/local" in a.text,
       f"{version}: taken, and answered in its own namespace", a.text)
equal(a.headers["Content-Type"], "text/xml; charset=utf-8", "the answer's content type")
good = {
    "a prefix of its own": send_sms(prefix="very-long.prefix"),
    "the namespace as default, undone inside":
        envelope(f'<sendSms xmlns="{t.PARLAYX}sms/send/v2_2/local"><addresses>tel:+4915550100</addresses>'
                 "<message>x</message></sendSms>"),
    "white space, comments and an empty header":
        envelope(f"\n <q:sendSms {NS}>\n  <q:addresses> tel:+4915550100 </q:addresses><!-- c -->\n"
                 "  <q:message>x</q:message>\n </q:sendSms>\n", "<s:Header/>"),
    "charging":
        envelope(f"<q:sendSms {NS}><q:addresses>tel:+4915550100</q:addresses><q:charging>"
                 "<description>d</description><currency>EUR</currency><amount>-0.09</amount>"
                 "<code>c</code></q:charging><q:message>x</q:message></q:sendSms>"),
    "no plus": send_sms("tel:4915550100"),
    "a national number": send_sms("tel:015550100"),
    "a header nobody asked for": send_sms(header='<s:Header><x xmlns="urn:x">1</x></s:Header>'),
}
for name, xml in good.items():
    a = keep(name, sim.soap(xml))
    ok(a.status == 200 and a.one("result"), "taken: " + name, a.text)
equal(sim.soap(send_sms(), {"SOAPAction": '"sendSms"'}).status, 200, "any SOAPAction will do")
equal(sim.soap(send_sms(), {"Content-Type": 'text/xml;charset="UTF-8"'}).status, 200, "charset in quotes")

# Requests that are refused, with the fault and the part that it names.
ADDRESS, MESSAGE = "<q:addresses>tel:+4915550100</q:addresses>", "<q:message>x</q:message>"


def sms(inside):
    return envelope(f"<q:sendSms {NS}>{inside}</q:sendSms>")


def receipt(inside):
    return sms(f"{ADDRESS}{MESSAGE}<q:receiptRequest>{inside}</q:receiptRequest>")


END, NAME, COR = ("<endpoint>http://127.0.0.1:1/</endpoint>",
                  "<interfaceName>SmsNotification</interfaceName>", "<correlator>bad</correlator>")
bad = [
    ("no address", sms(MESSAGE), "SVC0002", "addresses"),
    ("no message", sms(ADDRESS), "SVC0002", "message"),
    ("an empty message", sms(ADDRESS + "<q:message> \n</q:message>"), "SVC0002", "message"),
    ("two messages", sms(ADDRESS + MESSAGE + MESSAGE), "SVC0002", "message"),
    ("the wrong order", sms(MESSAGE + ADDRESS), "SVC0002", "addresses"),
    ("senderName behind the message", sms(ADDRESS + MESSAGE + "<q:senderName>1</q:senderName>"),
     "SVC0002", "senderName"),
    ("an unknown element", sms(ADDRESS + MESSAGE + "<q:encode>UCS2</q:encode>"), "SVC0002", "encode"),
    ("an unqualified part", sms(ADDRESS + "<message>x</message>"), "SVC0002", "message"),
    ("a part in another namespace", sms(ADDRESS + '<m:message xmlns:m="urn:m">x</m:message>'),
     "SVC0002", "message"),
    ("text between the parts", sms(ADDRESS + "oops" + MESSAGE), "SVC0002", "sendSms"),
    ("an element inside the message", sms(ADDRESS + "<q:message>x<b/></q:message>"), "SVC0002", "message"),
    ("charging without description",
     sms(ADDRESS + "<q:charging><currency>EUR</currency></q:charging>" + MESSAGE), "SVC0002", "charging"),
    ("an amount that is no number",
     sms(ADDRESS + "<q:charging><description>d</description><amount>1.2.3</amount></q:charging>" + MESSAGE),
     "SVC0007", None),
    ("a number without tel:", send_sms("+4915550100"), "SVC0002", "addresses"),
    ("letters in a number", send_sms("tel:+49155x"), "SVC0002", "addresses"),
    ("parameters behind a number", send_sms("tel:+4915550100;ext=1"), "SVC0002", "addresses"),
    ("too long a number", send_sms("tel:+4915550100123456"), "SVC0002", "addresses"),
    ("another kind of address", send_sms("sip:a@example.com"), "SVC0002", "addresses"),
    ("one wrong address among good ones", send_sms(["tel:+4915550100", "bob"]), "SVC0002", "addresses"),
    ("101 addresses", send_sms([f"tel:+4915550{i:03}" for i in range(101)]), "POL0003", "addresses"),
    ("too long a message", send_sms(text="x" * 40000), "SVC0280", "39015"),
    ("no endpoint", receipt(NAME + COR), "SVC0002", "receiptRequest"),
    ("no interfaceName", receipt(END + COR), "SVC0002", "receiptRequest"),
    ("no correlator", receipt(END + NAME), "SVC0002", "receiptRequest"),
    ("an empty correlator", receipt(END + NAME + "<correlator/>"), "SVC0002", "receiptRequest"),
    ("too long a correlator", send_sms(correlator="c" * 256), "SVC0002", "receiptRequest"),
    ("receiptRequest out of order", receipt(NAME + END + COR), "SVC0002", "receiptRequest"),
    ("a qualified endpoint",
     receipt("<q:endpoint>http://127.0.0.1:1/</q:endpoint>" + NAME + COR), "SVC0002", "receiptRequest"),
    ("something more in receiptRequest", receipt(END + NAME + COR + "<x/>"), "SVC0002", "receiptRequest"),
    ("an endpoint that is no URL", send_sms(correlator="b", endpoint="here"), "SVC0002", "receiptRequest"),
    ("a correlator that was there", send_sms(correlator="ok-v2_2"), "SVC0005", "ok-v2_2"),
    ("an unknown request", get_status("4711"), "SVC0002", "requestIdentifier"),
    ("a status of nothing",
     envelope(f"<q:getSmsDeliveryStatus {NS}/>"), "SVC0002", "requestIdentifier"),
    ("another version", send_sms(version="v4_0"), "e:Client", None),
    ("another operation", envelope(f"<q:sendSmsLogo {NS}/>"), "e:Client", None),
    ("an empty body", envelope(""), "e:Client", None),
    ("two operations", envelope(f"<q:sendSms {NS}/><q:sendSms {NS}/>"), "e:Client", None),
    ("SOAP 1.2", send_sms().replace(t.SOAP, "http://www.w3.org/2003/05/soap-envelope"),
     "e:VersionMismatch", None),
    ("no envelope", "<hello/>", "e:Client", None),
    ("a cut document", send_sms()[:-20], "e:Client", None),
    ("no document", "", "e:Client", None),
    ("a DTD", '<!DOCTYPE a [<!ENTITY b "c">]>' + send_sms().split("\n", 1)[1], "e:Client", None),
    ("bytes that are not UTF-8", send_sms(text="@@").encode().replace(b"@@", b"\xff\xfe"), "e:Client", None),
    ("a NUL", send_sms(text="@@").encode().replace(b"@@", b"\0"), "e:Client", None),
    ("depth", "<a>" * 2000 + "</a>" * 2000, "e:Client", None),
]
before = sim.state()
for name, xml, fault, part in bad:
    a = keep(name, sim.soap(xml))
    ok(a.status == 500 and a.fault == fault and (part is None or a.one("variables") == part),
       f"refused: {name} ({fault} {part or ''})", a.status, a.text)
after = sim.state()
equal(after["messages"], before["messages"], "nothing refused became a message")
equal(sum(after["refused"].values()), len(bad), "each refusal is counted")
a = keep("v3_1 fault", sim.soap(send_sms("bob", version="v3_1")))
ok("parlayx/common/v3_1" in a.text, "a fault of v3_1 is in the namespace of Parlay X 3", a.text)
a = sim.soap(receipt(END + NAME))
ok("element correlator is missing" in a.one("faultstring"), "faultstring says what is wrong", a.text)

# What HTTP itself refuses.
equal(sim.http("GET", t.PATH).status, 405, "GET is not for a service")
for kind in (None, "application/soap+xml", "text/xmlish", "text/xml; charset=iso-8859-1"):
    equal(sim.soap(send_sms(), {"Content-Type": kind}).status, 415, f"Content-Type {kind}: 415")
a = sim.soap(send_sms(), {"SOAPAction": None})
ok(a.status == 500 and a.fault == "e:Client", "without SOAPAction: a fault", a.text)
with socket.create_connection(sim.host.split(":")) as s:
    s.sendall(f"POST {t.PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n\r\n".encode())
    ok(s.recv(100).startswith(b"HTTP/1.1 413"), "too long a body: 413")
equal(sim.http("GET", "/nothing").status, 404, "nothing else is there")

# Messages, as JSON.
sim.reset()
equal((sim.state()["requests"], sim.messages()), (0, []), "a reset forgets everything")
texts = ["Grüße €", "<script>alert(1)</script> & \"'", "会议改到下午三点", "x" * 161, "two\nlines"]
for i, text in enumerate(texts):
    sim.send(["tel:+4915550100", "tel:4915550101"] if i == 0 else "tel:+4915550100", text,
             sender="4711" if i == 0 else None, correlator=f"m{i}")
got = sim.messages()
equal([m["text"] for m in got], [texts[0]] + texts, "texts come back as they were sent")
equal([m["n"] for m in got], [1, 2, 3, 4, 5, 6], "messages are numbered")
equal({m["number"] for m in got}, {"+4915550100", "+4915550101"}, "numbers have a plus")
first = got[1]
equal((first["address"], first["sender"], first["correlator"], first["version"], first["endpoint"]),
      ("tel:4915550101", "4711", "m0", "v2_2", "http://127.0.0.1:1/none"), "what came with a message")
equal([(m["encoding"], m["segments"]) for m in got[2:5]],
      [("GSM-7", 1), ("UCS-2", 1), ("GSM-7", 2)], "encoding and segments")
equal(got[0]["request"], got[1]["request"], "two addresses, one request")
equal([m["n"] for m in sim.messages("?after=4")], [5, 6], "after=N")
equal(len(sim.messages("?to=%2B4915550101")), 1, "to=NUMBER")
equal(len(sim.messages("?to=4915550101")), 1, "to=NUMBER without plus")
equal(sim.json("GET", "/api/messages")["next"], 6, "next")
equal(len(sim.messages("?after=99")), 6, "an N from before a reset starts over")

# Delivery status.
request = got[0]["request"]
status = keep("status", sim.soap(get_status(request)))
equal((status.find("address"), set(status.find("deliveryStatus"))),
      (["tel:+4915550100", "tel:4915550101"], {"DeliveredToTerminal"}), "getSmsDeliveryStatus")
equal(sim.soap(get_status("m0")).fault, "SVC0002", "not by correlator, unless told so")

# Duplicates. Here a correlator may come twice.
twice = started("--reuse-correlators", "--status-by-correlator", "--no-receipts", "--receipt-delay",
                "3600000", "--bare", "--max-segments", "2", "--keep", "5")
for text in ("a", "b"):
    equal(twice.send(text=text, correlator="same").status, 200, f"a correlator again ({text})")
twice.send(text="b", correlator="other")
twice.send("tel:+4915550101", "b", correlator="other")
equal(twice.state()["duplicates"], {"correlator": 1, "text": 1}, "duplicates are counted")
a = keep("waiting", twice.soap(get_status("same")))
equal(a.find("deliveryStatus"), ["MessageWaiting"], "by correlator: it waits for its time")
equal(twice.send("4915550100").status, 200, "--bare takes bare digits")
equal(twice.send(text="x" * 307).fault, "SVC0280", "--max-segments")
old = twice.messages()[0]["request"]
for i in range(20):
    twice.send(text=f"many {i}", correlator=f"k{i}")
equal([m["text"] for m in twice.messages()], [f"many {i}" for i in range(15, 20)], "--keep 5 keeps five")
equal((twice.state()["messages"], twice.state()["kept"]), (25, 5), "but all are counted")
equal(twice.soap(get_status(old)).fault, "SVC0002", "a forgotten request is unknown")
equal(twice.send([f"tel:+4915550{i:03}" for i in range(100)], correlator="wide").status, 200,
      "more addresses than are kept")
equal(len(twice.soap(get_status("wide")).find("address")), 5, "the last of them are known")
equal(twice.state()["receipts"], {"waiting": 0, "taken": 0, "failed": 0, "given_up": 0}, "--no-receipts")

# Receipts.
listener = t.Listener()
atexit.register(listener.close)


def receipts(n, of=listener):
    wait_for(lambda: len(of.got) >= n)
    return of.got


for version in ("v2_1", "v2_2", "v3_1"):
    sim.send(version=version, correlator="r-" + version, endpoint=listener.url)
got = receipts(3)
for r in got:
    answers.append(("receipt", r.body))
equal(sorted(r.one("correlator") for r in got), ["r-v2_1", "r-v2_2", "r-v3_1"], "receipts come")
ok(all(f"sms/notification/{r.one('correlator')[2:]}/local" in r.text for r in got),
   "each in the namespace of its version", *[r.text for r in got])
equal((got[0].find("address"), got[0].headers["SOAPAction"], got[0].headers["Content-Type"]),
      (["tel:+4915550100"], '""', "text/xml; charset=utf-8"), "as the WSDL says")
ok("<deliveryStatus>DeliveredToTerminal</deliveryStatus>" in got[0].text, "usually it is delivered")
wait_for(lambda: sim.state()["receipts"]["taken"] == 3)
equal(sim.messages()[-1]["receipt"], "taken", "the message knows that its receipt was taken")

kinds = {"DeliveryImpossible": 1, "Insufficient_Balance": 1, "twice": 2, "bare": 1, "never": 0}
for kind, n in kinds.items():
    listener.got.clear()
    sim.json("DELETE", "/api/faults")
    sim.faults({"match": {"number": "+4915550100"}, "do": "receipt:" + kind})
    sim.send(correlator="k-" + kind, endpoint=listener.url)
    sim.send("tel:+4915550999", correlator="after-" + kind, endpoint=listener.url)
    got = [r for r in receipts(n + 1) if r.one("correlator") == "k-" + kind]
    equal(len(got), n, f"receipt:{kind}: {n} receipts")
    if kind[0].isupper():
        ok(f"<deliveryStatus>{kind}<" in got[0].text, "with that status", got[0].text)
    if kind == "bare":
        equal(got[0].one("address"), "4915550100", "with bare digits")
sim.json("DELETE", "/api/faults")
equal(sim.json("POST", "/api/handset", {"number": "+4915550100", "status": "DeliveryImpossible"}),
      {"ok": True}, "a handset can be told")
listener.got.clear()
sim.send(correlator="told", endpoint=listener.url)
ok("DeliveryImpossible" in receipts(1)[0].text, "and its receipts say so")
sim.json("POST", "/api/handset", {"number": "+4915550100", "status": ""})
equal(sim.json("GET", "/api/faults")["rules"], [], "and told otherwise")

# The receipt that comes first: when the answer arrives, the listener has got it.
late = started("--receipt-delay", "3600000")
listener.got.clear()
late.send("tel:+4915999008", correlator="early", endpoint=listener.url)
equal([r.one("correlator") for r in listener.got], ["early"], "receipt:early comes before the answer")
late.send("tel:+4915999008", correlator="early2", endpoint="http://127.0.0.1:1/none", timeout=20)
equal(len(late.messages()), 2, "and is not waited for for ever")

# Receipts that are refused: tried again, and not written about each time.
slow = t.Listener(refuse=1)
atexit.register(slow.close)
sim.send(correlator="again", endpoint=slow.url)
equal([r.one("correlator") for r in receipts(2, slow)], ["again", "again"], "a 503 is tried again")
sim.reset()


def complaints():
    return [line for line in sim.log if "receipts to http://127.0.0.1:1/none are not taken" in line]


had = len(complaints())
for i in range(5):
    sim.send(correlator=f"gone{i}", endpoint="http://127.0.0.1:1/none")
wait_for(lambda: sim.state()["receipts"]["given_up"] == 5)
equal(sim.state()["receipts"], {"waiting": 0, "taken": 0, "failed": 15, "given_up": 5}, "three tries each")
wait_for(lambda: len(complaints()) > had)
equal(len(complaints()) - had, 1, "fifteen failures are one line in the log")
equal(sim.messages()[0]["receipt"], "lost", "the message knows that its receipt was not taken")

# What goes wrong on purpose.
sim.reset()


def rule(do, count=1, **more):
    answer = sim.faults({"match": {"number": "+49*"}, "count": count, "do": do, **more})
    if answer != {"ok": True}:
        ok(False, "a rule is taken: " + do, answer)


serial = 0


def send_one(timeout=20):
    """(status or what broke, whether it was accepted, the answer)"""
    global serial
    serial += 1
    had = sim.state()["accepted"]
    try:
        a = sim.send(text=f"number {serial}", correlator=f"f{serial}", timeout=timeout)
        how = a.status
    except (http.client.RemoteDisconnected, ConnectionResetError):
        a, how = None, "reset"
    except http.client.IncompleteRead as e:
        a, how = t.Answer(200, {}, e.partial), "cut"
    except socket.timeout:
        a, how = None, "nothing"
    return how, sim.state()["accepted"] - had, a


for id in ("SVC0001", "SVC0004", "SVC0283", "SVC1000", "SVC7777", "POL0001", "POL0904", "POL8888"):
    rule("fault:" + id)
    how, accepted, a = send_one()
    keep("fault " + id, a)
    ok((how, accepted, a.fault) == (500, 0, id) and ("PolicyException" in a.text) == (id[0] == "P"),
       "fault:" + id, a.text)
rule("fault:POL0001", variables=["quota"])
how, accepted, a = send_one()
equal((a.find("variables"), a.one("faultstring")), (["quota"], "A policy error occurred. Error code is quota"),
      "a fault's variables can be given")
rule("http:503", retry_after=7)
how, accepted, a = send_one()
equal((how, accepted, a.headers["Retry-After"]), (503, 0, "7"), "http:503 with Retry-After")
for do, want in (("http:504-accept", (504, 1)), ("reset", ("reset", 0)), ("reset-accept", ("reset", 1)),
                 ("garbage", (200, 0)), ("garbage-accept", (200, 1)), ("truncate", ("cut", 1)),
                 ("doctype", (200, 0)), ("deep", (200, 0)), ("wrongns", (200, 1)),
                 ("emptyresult", (200, 1)), ("charset:latin1", (200, 1)), ("slow:50", (200, 1)),
                 ("huge", (200, 0)), ("endless", (200, 0))):
    rule(do)
    how, accepted, a = send_one()
    equal((how, accepted), want, do)
    if do == "garbage":
        ok("text/html" in a.headers["Content-Type"], "garbage is HTML")
    elif do == "truncate":
        ok(a.text.startswith("<?xml") and "</" not in a.text, "truncate gives the first half", a.text)
    elif do == "doctype":
        ok("<!DOCTYPE" in a.text and "&a;&a;" in a.text, "doctype has entities")
    elif do == "deep":
        equal(a.text.count("<a>"), 10000, "deep is deep")
    elif do == "wrongns":
        ok(a.one("result") and "csapi.org" not in a.text, "wrongns has no namespace of Parlay X", a.text)
    elif do == "emptyresult":
        equal(a.one("result"), "", "emptyresult has an empty result")
    elif do == "charset:latin1":
        ok(b"\xe9" in a.body and "ISO-8859-1" in a.headers["Content-Type"], "latin1 has a byte of Latin-1")
    elif do == "huge":
        equal(len(a.body), 50000000, "huge is 50 MB")
    elif do == "endless":
        equal((len(a.body), a.headers["Transfer-Encoding"]), (100000000, "chunked"), "endless ends at 100 MB")
for do, want in (("hang", 0), ("hang-accept", 1)):
    rule(do)
    how, accepted, a = send_one(timeout=0.3)
    equal((how, accepted), ("nothing", want), do)
equal(sim.state()["held"], 2, "two requests hang")
rule("fault:SVC0001", 2)
equal([send_one()[0] for i in range(3)], [500, 500, 200], "count: 2")
rule("fault:SVC0001", -1)
equal([send_one()[0] for i in range(3)], [500, 500, 500], "no count: for ever")
equal(sim.send("tel:+254700000001").status, 200, "a number that does not match")
sim.json("DELETE", "/api/faults")
sim.faults({"match": {"text": "spam"}, "do": "fault:SVC0001"}, {"do": "http:500"})
equal((sim.send(text="some spam").status, sim.send(text="spam").fault, sim.send(text="ham").fault),
      (500, "SVC0001", None), "text contains; the first rule that matches is used")
shown = sim.json("GET", "/api/faults")["rules"]
equal([(r["do"], r["used"]) for r in shown], [("fault:SVC0001", 2), ("http:500", 1)], "rules are shown")
sim.json("DELETE", "/api/faults")
for wrong in ("{", "[1]", '{"do":"nothing"}', '{"do":"fault:ABC"}', '{"do":"slow:-1"}', '{"do":"hang:1"}',
              '{"do":"fault:SVC0001-accept"}', '{"match":{"nummer":"1"},"do":"hang"}',
              '[{"do":"hang"},{"do":"oops"}]', '{"do":"http:600"}', '{"do":"receipt:"}', '"hang"'):
    equal(sim.http("POST", "/api/faults", wrong).status, 400, f"no rule: {wrong}")
equal(sim.json("GET", "/api/faults")["rules"], [], "and none of them was added")
rule("reset-accept")
how, accepted, a = send_one()
equal(sim.send(text=f"number {serial}", correlator=f"f{serial}").fault, "SVC0005",
      "accepted without an answer, then sent again: SVC0005")

# The numbers that misbehave, which the manual lists.
magic = sim.json("GET", "/api/faults")["magic"]
ok(len(magic) >= 9, "there are magic numbers")
for number, want in (("999001", "SVC0001"), ("999002", "SVC0004"), ("999003", "POL0904")):
    equal(sim.send("tel:+4915" + number).fault, want, f"…{number}: {want}")
equal(sim.send("tel:+4915999004").status, 503, "…999004: 503")
sim.send("tel:+4915999005")
equal(sim.messages()[-1]["status"], "DeliveryImpossible", "…999005: not delivered")
page = open("man/trivium-sdpsim.8", encoding="utf-8").read()
for m in magic:
    ok(m["ending"] in page and m["do"] in page, f"the manual knows …{m['ending']}, {m['do']}")
usage = subprocess.run([os.environ.get("B", ".build/plain") + "/trivium-sdpsim", "--help"],
                       capture_output=True, text=True)
options = [w[2:] for line in usage.stdout.splitlines() for w in line.split()[:1] if w.startswith("--")]
equal(usage.returncode, 0, "--help")
for option in options:
    ok(f".It Fl Fl {option}" in page or f"Fl Fl {option}" in page, f"the manual knows --{option}")

# Other sites' pages cannot change anything.
a = sim.http("POST", "/api/reset", headers={"Origin": "https://evil.example"})
equal((a.status, sim.state()["requests"] > 0), (403, True), "a page of another site is refused")
equal(sim.http("POST", "/api/reset", headers={"Origin": sim.url.rstrip("/")}).status, 200, "our own is not")
equal(sim.http("POST", "/").status, 405, "POST / is refused")

# Who calls: HTTP Basic.
auth = started("--user", "joe", "--password", "pässword")
equal(auth.soap(send_sms()).status, 401, "Basic: none is refused")
ok("Basic" in auth.soap(send_sms()).headers["WWW-Authenticate"], "and asked for")
for user, password, want in (("joe", "pässword", 200), ("joe", "password", 401), ("", "", 401)):
    equal(auth.soap(send_sms(), {"Authorization": t.basic(user, password)}).status, want,
          f"Basic: {user}:{password}")
equal(auth.http("GET", "/").status, 200, "the page asks for nothing")

# Huawei's header. The first digest is a vector known from elsewhere.
huawei = started("--header", "huawei", "--spid", "900100", "--sppassword", "demo-word")
H = "http://www.huawei.com.cn/schema/common/v2_1"


def huawei_header(password, stamp="20240501103000", spid="900100", ns=H):
    return (f'<s:Header><h:RequestSOAPHeader xmlns:h="{ns}"><h:spId>{spid}</h:spId>'
            f"<h:spPassword>{password}</h:spPassword><h:timeStamp>{stamp}</h:timeStamp>"
            "</h:RequestSOAPHeader></s:Header>")


GOOD = "9e49a80cf50a8ed2bbd4a8cc2fd470d8"
for name, header, want in (
        ("right", huawei_header(GOOD), None), ("in upper case", huawei_header(GOOD.upper()), None),
        ("none", "", "SVC0901"), ("another digest", huawei_header("0" * 32), "SVC0901"),
        ("the password itself", huawei_header("demo-word"), "SVC0901"),
        ("another time", huawei_header(GOOD, "20240501103001"), "SVC0901"),
        ("no time", huawei_header(hashlib.md5(b"900100demo-word").hexdigest(), ""), "SVC0901"),
        ("another spId", huawei_header(GOOD, spid="1"), "SVC0901"),
        ("another namespace", huawei_header(GOOD, ns="urn:x"), "SVC0901")):
    a = keep("huawei " + name, huawei.soap(send_sms(header=header)))
    ok(a.status == (500 if want else 200) and a.fault == want, f"Huawei: {name}", a.text)
equal(a.one("faultcode"), "SVC0901", "Huawei: faultcode is the id itself")

# WS-Security.
wsse = started("--header", "wsse", "--user", "joe", "--password", "secret")
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"


def wsse_header(password="secret", user="joe", age=0, nonce=os.urandom(16), wsu=WSS + "utility-1.0.xsd"):
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
    created = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    return (f'<s:Header><w:Security xmlns:w="{WSS}secext-1.0.xsd"><w:UsernameToken>'
            f"<w:Username>{user}</w:Username><w:Password>{digest}</w:Password>"
            f"<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce>"
            f'<u:Created xmlns:u="{wsu}">{created}</u:Created></w:UsernameToken></w:Security></s:Header>')


for name, header, status in (
        ("right", wsse_header(), 200), ("right, another nonce", wsse_header(nonce=b"\0\1\2"), 200),
        ("none", "", 500), ("another password", wsse_header("secrets"), 500),
        ("another user", wsse_header(user="jim"), 500), ("made an hour ago", wsse_header(age=3600), 500),
        ("made in an hour", wsse_header(age=-3600), 500), ("no nonce", wsse_header(nonce=b""), 500),
        ("Created elsewhere", wsse_header(wsu="urn:x"), 500)):
    a = wsse.soap(send_sms(header=header))
    ok(a.status == status and (status == 200 or a.fault == "e:FailedAuthentication"), f"WSSE: {name}", a.text)

# How it ends, and how it does not start.
program = os.environ.get("B", ".build/plain") + "/trivium-sdpsim"
for options, want in ((["--nonsense"], 64), (["--keep", "0"], 64), (["--receipt-delay", "1x"], 64),
                      (["--header", "huawei"], 64), (["--header", "other"], 64), (["--user", "x"], 64),
                      (["extra"], 64), (["-l", sim.host], 69), (["-l", "nonsense"], 69)):
    r = subprocess.run([program, *options], capture_output=True, text=True, timeout=20)
    ok(r.returncode == want and r.stderr, f"{' '.join(options)}: exit status {want}", r.returncode, r.stderr)
log = "\n".join(sim.log)
ok(": from=127.0.0.1, to=<tel:+4915550100>" in log and "status=accepted" in log, "accepted requests are logged")
ok("NOQUEUE: from=127.0.0.1, status=refused (SVC0002 addresses" in log, "refused requests are logged")
ok(not any("alert(1)" in line for line in sim.log), "the log has no texts")
sim.faults({"do": "hang"})
c = http.client.HTTPConnection(sim.host)
c.request("POST", t.PATH, send_sms(), {"Content-Type": "text/xml", "SOAPAction": '""'})
wait_for(lambda: sim.state()["held"] >= 1)
for name, s in (("", sim), (" --keep", twice), (" --user", auth), (" huawei", huawei), (" wsse", wsse)):
    equal(s.stop(), 0, f"SIGTERM ends it with 0{name}")
c.close()
ok(not any("ERROR:" in line or "runtime error" in line for s in (sim, twice, auth, huawei, wsse, late)
           for line in s.log), "no sanitizer complained", *[line for line in sim.log if "rror" in line])

# All answers and receipts are what the schemas say; those are their publishers', not ours to ship.
xsd = os.environ.get("TRIVIUM_XSD", "../shared/reference/wsdl/xsd") + "/all.xsd"
if not os.path.exists(xsd):
    t.skip("answers are valid", f"no {xsd}; TRIVIUM_XSD can name the folder")
else:
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i, (name, body) in enumerate(answers):
            files.append(f"{folder}/{i:03}.xml")
            with open(files[-1], "wb") as f:
                f.write(body)
        r = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", xsd, *files],
                           capture_output=True, text=True)
        ok(r.returncode == 0, f"{len(files)} answers and receipts are valid",
           *[line for line in r.stderr.splitlines() if not line.endswith(" validates")][:20])
t.done()
