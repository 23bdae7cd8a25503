"""reports.py - triviumd between the platform's simulator and a mail server that keeps all: submit mails
to phones, see what becomes of them, and what mails come back. Daemon(sim, sink) in a folder of its own."""
import email
import email.policy
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

from sdpsim import wait_for

B = os.environ.get("B", ".build/plain")
work = tempfile.TemporaryDirectory(prefix="trivium-r-")
DIR = work.name
serial = 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(DIR + "/run/submit.sock")


def field(name, value):
    value = value.encode()
    return b"%s=%d:%s\n" % (name.encode(), len(value), value)


def submit(to, sender="ann@example.org", subject="Lunch?", text="At noon.", rcpt=None, again=False,
           **more):
    """Submit a mail as the milter does, for one number or more; its id. again: the last one."""
    global serial
    serial += not again
    head = f"From: Ann <{sender}>\nSubject: {subject}\nMessage-ID: <{serial}@example.org>\n"
    fields = {"from": "mailto:" + sender, "message_id": f"<{serial}@example.org>", "subject": subject,
              "date": "Wed, 25 Nov 2026 10:00:00 +0000", "digest": f"{serial:064x}", "head": head, "login": "ann", "auth": "1",
              "text": text, **more}
    body = b"".join(field(k, v) for k, v in fields.items())
    for number in [to] if isinstance(to, str) else to:
        body += field("rcpt", number + "@sms.example.com")
        for k, v in (rcpt or {}).items():
            body += field(k, v)
    c = Unix("localhost")
    c.request("POST", "/submit", body)
    r = c.getresponse()
    answer = r.read().decode().split()
    c.close()
    if r.status != 200:
        raise RuntimeError(f"{r.status} {answer}")
    return answer[0]


class Daemon:
    def __init__(self, sim, sink, bridge="", sdp=""):
        os.makedirs(DIR + "/run", exist_ok=True)
        with open(DIR + "/routes", "w") as f:
            f.write("sms.example.com phone:acme\n")
        self.port = free_port()
        with open(DIR + "/trivium.conf", "w") as f:
            f.write(f'''hostname = "gw.example.com"
state_dir = "{DIR}"
user = ""
log = "stderr"
country_code = "49"
bridge {{
  submit = "unix:{DIR}/run/submit.sock"
  control = "unix:{DIR}/run/control.sock"
  listen = "127.0.0.1:{self.port}"
  report_gather = 300 ms
  reserve = 0
  {bridge}
}}
tables {{ routes = "hash:{DIR}/routes" }}
retry {{ first = 200 ms }}
mail {{ relay = "smtp://127.0.0.1:{sink.port}"
  domain = "sms.example.com"
  unknown_wait = 1 s }}
sdp acme {{
  driver = "parlayx"
  sms_url = "{sim.url}SendSmsService/services/SendSms"
  sender = "tel:10690123"
  callback = "http://127.0.0.1:{self.port}/sdp/acme"
  unknown_wait = 1 s
  timeout = 2 s
  {sdp}
}}
''')
        subprocess.run([B + "/triviumctl", "-c", DIR + "/trivium.conf", "map", "routes"], check=True,
                       stdout=subprocess.DEVNULL)
        self.process = None

    def start(self, **fault):
        env = dict(os.environ, **fault)
        self.log_at = os.path.getsize(DIR + "/log") if os.path.exists(DIR + "/log") else 0
        with open(DIR + "/log", "ab") as log:
            self.process = subprocess.Popen([B + "/triviumd", "-c", DIR + "/trivium.conf"], env=env,
                                            stdout=log, stderr=log)
        wait_for(lambda: "ready:" in self.log() or self.process.poll() is not None)
        if "ready:" not in self.log() and not fault:
            print("Bail out! triviumd does not start: " + self.log())
            sys.exit(1)
        return self

    def log(self):
        with open(DIR + "/log", encoding="utf-8", errors="replace") as f:
            f.seek(self.log_at)
            return f.read()

    def lines(self, message):
        with open(DIR + "/log", encoding="utf-8", errors="replace") as f:
            return [line for line in f if message in line]

    def stop(self, signo=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signo)
        return self.process.wait(90)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def ctl(*words):
    return subprocess.run([B + "/triviumctl", "-c", DIR + "/trivium.conf", *words],
                          capture_output=True, text=True).stdout


def status(what):
    """The state that show tells, of the first recipient."""
    found = re.search(r"(?m)^    state +(\S+)", ctl("show", what))
    return found and found.group(1)


def reports(sink, address="ann@example.org", n=1, seconds=20):
    """The mails to that address once there are n, as messages."""
    wait_for(lambda: len(sink.of(address)) >= n, seconds)
    return [(m[0], parse(m)) for m in sink.of(address)]


def parse(mail):
    """One of the sink's mails as a message."""
    return email.message_from_bytes(mail[2], policy=email.policy.default)


def parts(mail):
    return {p.get_content_type(): p for p in reversed(list(mail.walk()))}


def dsn_fields(mail):
    """The fields of its message/delivery-status: the message's, then each recipient's."""
    for p in mail.walk():
        if p.get_content_type() == "message/delivery-status":
            return [dict(block.items()) for block in p.get_payload()]
    return []


