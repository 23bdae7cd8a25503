"""callbacks.py - for the tests of what platforms bring: run t/callbackrun.c, call it, see what it was
told; and the calls themselves."""
import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
from xml.sax.saxutils import escape

import sdpsim
from sdpsim import PARLAYX, envelope, wait_for

RUN = os.path.join(os.environ.get("B", ".build/plain"), "t/callbackrun")
SMS = PARLAYX + "sms/notification/v2_2/local"
MMS = PARLAYX + "multimedia_messaging/notification/v2_4/local"
work = tempfile.TemporaryDirectory()


def secret(name, text):
    path = os.path.join(work.name, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + "\n")
    os.chmod(path, 0o600)
    return path


class Run:
    """triviumd's listener with these sections: {name: lines}."""

    def __init__(self, sections, top='country_code = "49"', listen="127.0.0.1:0"):
        path = os.path.join(work.name, "conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f'{top}\nbridge {{\nlisten = "{listen}"\n}}\n')
            for name, lines in sections.items():
                f.write(f"sdp {name} {{\n{lines}\n}}\n")
        self.process = subprocess.Popen([RUN, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        encoding="utf-8", errors="replace")
        self.got, self.log = [], []
        self.port = int(self.process.stdout.readline() or 0)
        for stream, into in ((self.process.stdout, self.got), (self.process.stderr, self.log)):
            threading.Thread(target=self.read, args=(stream, into), daemon=True).start()

    @staticmethod
    def read(stream, into):
        for line in stream:
            into.append(json.loads(line) if line.startswith("{") else line.rstrip("\n"))

    def call(self, path, body, method="POST", headers=None, source="127.0.0.1", timeout=30):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout,
                                       source_address=(source, 0))
        try:
            c.request(method, path, body.encode() if isinstance(body, str) else body,
                      {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', **(headers or {})})
            r = c.getresponse()
            return sdpsim.Answer(r.status, r.headers, r.read())
        finally:
            c.close()

    def take(self):
        """What has come since the last time; the answer to a call is sent after its line."""
        got, self.got[:] = list(self.got), []
        return got

    def bring(self, body, path="/sdp/acme", handed_on=False, **more):
        """Call, and the one thing that was handed on for it: surely when it was taken, or when that is said."""
        answer = self.call(path, body, **more)
        wait_for(lambda: self.got or (answer.status != 200 and not handed_on), 5)
        got = self.take()
        return answer, got[0] if got else None

    def stop(self, signo=signal.SIGTERM):
        self.process.send_signal(signo)
        return self.process.wait(30)


def mo(text="hello", sender="tel:+4915550100", number="tel:4711", date="2024-05-01T10:30:00Z", ns=SMS,
       header=""):
    return envelope(
        f'<n:notifySmsReception xmlns:n="{ns}"><n:correlator>reg-1</n:correlator><n:message>'
        f"<message>{escape(text)}</message><senderAddress>{sender}</senderAddress>"
        f"<smsServiceActivationNumber>{number}</smsServiceActivationNumber>"
        + (f"<dateTime>{date}</dateTime>" if date else "") + "</n:message></n:notifySmsReception>", header)


def mms(identifier="mm-1", subject="Look", text=None, sender="tel:+4915550100", number="tel:4711"):
    return envelope(
        f'<n:notifyMessageReception xmlns:n="{MMS}"><n:correlator>reg-2</n:correlator><n:message>'
        + (f"<messageIdentifier>{identifier}</messageIdentifier>" if identifier else "") +
        f"<messageServiceActivationNumber>{number}</messageServiceActivationNumber><senderAddress>"
        f"{sender}</senderAddress>" + (f"<subject>{escape(subject)}</subject>" if subject else "") +
        "<priority>Normal</priority>" + (f"<message>{escape(text)}</message>" if text else "") +
        "</n:message></n:notifyMessageReception>")


def receipt(status="DeliveredToTerminal", address="tel:+4915550100", correlator="Q1", kind="Sms", ns=SMS):
    return envelope(
        f'<n:notify{kind}DeliveryReceipt xmlns:n="{ns}"><n:correlator>{correlator}</n:correlator>'
        f"<n:deliveryStatus>" + (f"<address>{address}</address>" if address else "") +
        f"<deliveryStatus>{status}</deliveryStatus></n:deliveryStatus></n:notify{kind}DeliveryReceipt>")
