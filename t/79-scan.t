#!/usr/bin/python3
"""Screening on the whole way, with a real Postfix, the simulated platform and a real clamd: a mail, an
MMS and an instant message with a signature in them get nowhere, and who sent them is told; while the
scanner is away mail and MMS wait where they are, and none is lost."""
import base64
import http.server
import os
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scanners  # noqa: E402
import xmpp  # noqa: E402
from scanners import MARK  # noqa: E402
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()
GOOD = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + os.urandom(3000) + b"\xff\xd9"
BAD = GOOD[:-2] + MARK + GOOD[-2:]
DIR = tempfile.mkdtemp(prefix="trivium-scan.")
os.chmod(DIR, 0o755)


def mixed(data):
    """A mail of a text and a picture: headers and body."""
    body = (b"--b\nContent-Type: text/plain; charset=utf-8\n\nHello\n--b\nContent-Type: image/jpeg; name=a.jpg\n"
            b"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=a.jpg\n\n"
            + base64.encodebytes(data) + b"--b--\n")
    return {"headers": ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'], "body": body}


def mms(g, sender, to, data):
    """What a handset sends; its place in the platform's list."""
    g.sdp("/api/mo", {"from": sender, "to": "10690123", "subject": "", "text": f"{to} Look at this",
                      "attachments": [{"contentType": "image/jpeg", "name": "a.jpg",
                                       "base64": base64.b64encode(data).decode()}]})
    return len(g.sdp("/api/mo")["messages"]) - 1


def brought(g, i):
    return g.sdp("/api/mo")["messages"][i]["state"] == "taken"


def test_mail(g):
    said = g.send(Mail("Hello"), "+4915559001@sms.example.com")
    ok(said.startswith("250"), "a mail of text is taken", said)
    said = g.send(Mail(**mixed(GOOD)), "+4915559001@sms.example.com")
    ok(said.startswith("250"), "one with a picture is taken", said, g.log("milter"))
    equal(len(g.arrive("+4915559001", 2)), 2, "and both arrive")
    said = g.send(Mail(**mixed(BAD)), "+4915559002@sms.example.com")
    ok(said.startswith("550 5.7.1") and "Trivium" in said, "one with the signature in its picture is not", said)
    ok("status=refused (550 5.7.1 a scanner found Trivium" in g.log("milter"), "which is logged", g.log("milter"))
    said = g.send(Mail(MARK.decode()), "+4915559002@sms.example.com")
    ok(said.startswith("550 5.7.1"), "nor one with it in its text", said)
    said = g.send(Mail(**mixed(BAD)), "+4915559002@sms.example.com", "other@example.org")
    ok(said.startswith("550 5.7.1"), "nor one that has other recipients, too", said)
    equal(g.texts("+4915559002"), [], "and nothing of them arrives")


def test_phone(g):
    i = mms(g, "+4915559003", "ann@sink.example", GOOD)
    equal(len(g.sink.arrive("ann@sink.example")), 1, "an MMS arrives as a mail")
    ok(wait_for(lambda: brought(g, i)), "and the platform hears that it is taken", g.log("triviumd"))
    i = mms(g, "+4915559004", "bea@sink.example", BAD)
    told = g.arrive("+4915559004")
    ok(len(told) == 1 and "was not delivered: a scanner found Trivium" in told[0],
       "of one with the signature the phone is told that it is not delivered, and why", told, g.log("triviumd"))
    ok(wait_for(lambda: brought(g, i)), "the platform hears that it need not bring it again")
    ok("status=refused (a scanner found Trivium" in g.log("triviumd"), "it is logged", g.log("triviumd"))
    i = mms(g, "+4915559004", "bea@sink.example", BAD)
    ok(wait_for(lambda: brought(g, i)), "a second one is dropped, too")
    equal(len(g.texts("+4915559004")), 1, "and the phone told once")
    equal(g.sink.to("bea@sink.example"), [], "and nothing arrives")
    equal(phone_writes(LISTEN, "bob@sink.example Hello", "+4915559005", "10690123"), 200, "an SMS is taken")
    equal(len(g.sink.arrive("bob@sink.example")), 1, "and arrives")


class Picture(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(BAD)))
        self.end_headers()
        self.wfile.write(BAD)

    def log_message(self, *arguments):
        pass


def test_im(g):
    global juliet
    ok(wait_for(lambda: "connected to" in g.log("triviumd")), "triviumd is a component of Prosody")
    juliet = xmpp.Client(prosody, "juliet")
    phone = "+4915559101@gw.im.test"
    juliet.send(phone, "Hello phone")
    ok(any("Hello phone" in t for t in g.arrive("+4915559101")), "an instant message reaches the phone", g.log("triviumd"))
    refused = juliet.send(phone, "Look: " + MARK.decode())
    ok(wait_for(lambda: [e for e in juliet.errors if e["id"] == refused]),
       "one with the signature in it comes back as an error", g.log("triviumd")[-2000:])
    text = [e["error"]["text"] for e in juliet.errors if e["id"] == refused]
    ok(text and "a scanner found Trivium" in text[0], "that says why", text)
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Picture)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    url = f"http://localhost:{files.server_address[1]}/cat.jpg"
    juliet.raw(f"<message to='{phone}' type='chat' id='picture-1'><body>{url}</body>"
               f"<x xmlns='jabber:x:oob'><url>{url}</url></x></message>")
    ok(wait_for(lambda: [e for e in juliet.errors if e["id"] == "picture-1"]),
       "so does a link to a picture with it", juliet.errors, g.log("triviumd")[-2000:])
    files.shutdown()
    for i in range(30):
        juliet.send(phone, f"number {i}")
    got = [t for t in g.arrive("+4915559101", 31) if "number" in t]
    equal([int(t.split("number ")[1].split()[0]) for t in got], list(range(30)), "many come in their order")


def test_away(g):
    """Killed; nothing passes, and nothing is lost."""
    daemon.stop(9)
    said = g.send(Mail(**mixed(GOOD)), "+4915559006@sms.example.com")
    ok(said.startswith("451 4.7.1"), "the scanner is away: a mail is put off", said)
    ok("clamd" not in said, "and its sender is told no more than that", said)
    ok(f"scanner clamd:{daemon.where} could not tell" in g.log("milter"), "the log says more", g.log("milter"))
    i = mms(g, "+4915559007", "cleo@sink.example", GOOD)
    ok(wait_for(lambda: "could not tell" in g.log("triviumd")), "an MMS is put off", g.log("triviumd"))
    time.sleep(1)
    ok(not brought(g, i) and not g.sink.to("cleo@sink.example"), "the platform keeps it, and nothing arrives")
    equal(phone_writes(LISTEN, "dora@sink.example Hello", "+4915559008", "10690123"), 200, "an SMS is still taken")
    waits = juliet.send("+4915559101@gw.im.test", "not now")
    ok(wait_for(lambda: [e for e in juliet.errors if e["id"] == waits]), "an IM user is told", juliet.errors)
    daemon.start()
    said = g.send(Mail(**mixed(GOOD)), "+4915559006@sms.example.com")
    ok(said.startswith("250"), "it is back: the mail is taken", said)
    equal(len(g.arrive("+4915559006")), 1, "and arrives")
    ok(wait_for(lambda: g.sink.to("cleo@sink.example"), 90), "and so does the MMS", g.log("triviumd")[-2000:])
    time.sleep(1)
    equal(len(g.sink.to("cleo@sink.example")), 1, "once")


def test_stop(g):
    """Two MMS wait for a scanner that is silent when the bridge is to stop."""
    daemon.hold()
    i = mms(g, "+4915559009", "eve@sink.example", GOOD)
    time.sleep(0.5)
    ok(g.end("triviumd"), "the bridge stops although the scanner is silent", g.log("triviumd")[-1000:])
    daemon.go_on()
    g.start_bridge()
    ok(wait_for(lambda: g.sink.to("eve@sink.example"), 90), "and the MMS arrives after the next start",
       g.log("triviumd")[-2000:])
    ok(wait_for(lambda: brought(g, i)), "and is taken")


juliet = None
prosody = xmpp.Prosody("t79s", upload=True)
scanners.signatures(DIR + "/db", Trivium=MARK)
daemon = scanners.clamd(DIR, DIR + "/db")
try:
    gateway = Gateway("79-scan", start=False, domains={"gw.im.test": "phone:operator-a"}, bridge=[f'listen = "127.0.0.1:{LISTEN}"'],
                      conf='mail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n'
                           f'im xmpp {{\n\tdriver = "xmpp"\n\tserver = "127.0.0.1:{prosody.port}"\n'
                           '\tjid = "gw.im.test"\n\tsecret_file = "xmpp.secret"\n\treconnect = "300 ms"\n'
                           '\tfetch_hosts = "localhost"\n}\n'
                           f'scan {{\n\tantivirus = "clamd:{daemon.where}"\n\ttimeout = "5 s"\n}}\n')
    with open(f"{gateway.dir}/xmpp.secret", "w") as secret:
        secret.write(xmpp.SECRET + "\n")
    os.chmod(f"{gateway.dir}/xmpp.secret", 0o600)
    platform = f"http://127.0.0.1:{gateway.ports['sdp_port']}"
    with open(f"{gateway.dir}/sdp.conf", "a") as conf:
        conf.write(f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"\n'
                   f'mms_url = "{platform}/SendMessageService/services/SendMessage"\n'
                   f'mms_receive_url = "{platform}/ReceiveMessageService/services/ReceiveMessage"\n')
    gateway.sim_options = f"--callback http://127.0.0.1:{LISTEN}/sdp/operator-a"
    gateway.start()
    run(gateway, test_mail, test_phone, test_im, test_away, test_stop)
finally:
    daemon.stop()
    prosody.stop()
    if juliet:
        juliet.close()
    shutil.rmtree(DIR, ignore_errors=True)
