"""sdpsim.py - for the tests of trivium-sdpsim: start one, ask it, listen for its receipts, print TAP."""
import base64
import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PARLAYX = "http://www.csapi.org/schema/parlayx/"
PATH = "/SendSmsService/services/SendSms"

tests = failures = 0


def ok(passed, name, *details):
    global tests, failures
    tests += 1
    failures += not passed
    print(f"{'' if passed else 'not '}ok {tests} - {name}")
    if not passed:
        for d in details:
            for line in str(d).splitlines() or [""]:
                print("#", line)
    sys.stdout.flush()
    return passed


def equal(got, want, name):
    return ok(got == want, name, f" got: {got!r}", f"want: {want!r}")


def skip(name, why):
    global tests
    tests += 1
    print(f"ok {tests} - {name} # SKIP {why}")


def done():
    print(f"1..{tests}")
    sys.exit(failures != 0)


def wait_for(look, seconds=20):
    """The first true answer of look(), or its last one when that never comes."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.02)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.text = body.decode("utf-8", "replace")

    def find(self, name):
        """The text of the elements with that local name."""
        return re.findall(rf"<(?:\w+:)?{name}>(.*?)</(?:\w+:)?{name}>", self.text, re.S)

    def one(self, name):
        return (self.find(name) or [None])[0]

    @property
    def fault(self):
        return self.one("messageId") or self.one("faultcode")


class Sim:
    """A running simulator."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [os.environ.get("B", ".build/plain") + "/trivium-sdpsim", "-l", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        self.log = []
        self.url = self.process.stdout.readline().strip()
        self.host = urlsplit(self.url).netloc
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def read_log(self):
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))

    def http(self, method, path, body=None, headers=None, timeout=20):
        c = http.client.HTTPConnection(self.host, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return Answer(r.status, r.headers, r.read())
        finally:
            c.close()

    def json(self, method, path, value=None):
        body = value if value is None or isinstance(value, str) else json.dumps(value)
        return json.loads(self.http(method, path, body).body)

    def soap(self, xml, headers=None, timeout=20):
        """POST to the service. A header whose value is None is left out."""
        h = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', **(headers or {})}
        data = xml if isinstance(xml, bytes) else xml.encode()
        return self.http("POST", PATH, data, {k: v for k, v in h.items() if v is not None}, timeout)

    def send(self, to="tel:+4915550100", text="Hello", **more):
        timeout = more.pop("timeout", 20)
        return self.soap(send_sms(to, text, **more), timeout=timeout)

    def state(self):
        return self.json("GET", "/api/state")

    def messages(self, query=""):
        return self.json("GET", "/api/messages" + query)["messages"]

    def faults(self, *rules):
        return self.json("POST", "/api/faults", list(rules))

    def reset(self):
        return self.json("POST", "/api/reset")

    def stop(self, signo=signal.SIGTERM):
        """End it; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signo)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()
        return status


def envelope(body, header="", ns=f'xmlns:s="{SOAP}"'):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope {ns}>{header}'
            f"<s:Body>{body}</s:Body></s:Envelope>")


def send_sms(to="tel:+4915550100", text="Hello", sender=None, correlator=None,
             endpoint="http://127.0.0.1:1/none", version="v2_2", header="", prefix="q"):
    """A good sendSms."""
    p = prefix
    out = [f'<{p}:sendSms xmlns:{p}="{PARLAYX}sms/send/{version}/local">']
    out += [f"<{p}:addresses>{a}</{p}:addresses>" for a in ([to] if isinstance(to, str) else to)]
    if sender is not None:
        out.append(f"<{p}:senderName>{escape(sender)}</{p}:senderName>")
    out.append(f"<{p}:message>{escape(text)}</{p}:message>")
    if correlator is not None:
        out.append(f"<{p}:receiptRequest><endpoint>{escape(endpoint)}</endpoint>"
                   "<interfaceName>SmsNotification</interfaceName>"
                   f"<correlator>{escape(correlator)}</correlator></{p}:receiptRequest>")
    out.append(f"</{p}:sendSms>")
    return envelope("".join(out), header)


def get_status(identifier, version="v2_2"):
    return envelope(f'<q:getSmsDeliveryStatus xmlns:q="{PARLAYX}sms/send/{version}/local">'
                    f"<q:requestIdentifier>{identifier}</q:requestIdentifier>"
                    "</q:getSmsDeliveryStatus>")


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Listener:
    """Takes receipts; answers the first `refuse` of them with 503."""

    def __init__(self, refuse=0):
        self.got = []  # Answer, for its find()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append(Answer(0, self.headers, body))
                ns = re.search(rb'xmlns:\w+="([^"]*notification[^"]*)"', body)
                operation = re.search(rb"<\w+:(notify\w+)", body)
                answer = envelope('<n:%sResponse xmlns:n="%s"/>'
                                  % (operation.group(1).decode() if operation else "x",
                                     ns.group(1).decode() if ns else "")).encode()
                refused = len(listener.got) <= refuse
                self.send_response(503 if refused else 200)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/receipts"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
