#!/usr/bin/env python3
"""The Parlay X driver against a real socket: each way in which a platform answers, or does not."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
from sdp import (CUT, ENDLESS, HANG, RESET_AFTER, RESET_FIRST, TRICKLE, Sdp, envelope, fault, http,
                 result, statuses)

RUN = os.path.join(os.environ["B"], "t/transportrun")
TEXT = "Lunch & <dinner> \u20ac"
LAUGHS = ('<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' +
          "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) + "]>" +
          "<e:Envelope xmlns:e='x'><e:Body><sendSmsResponse><result>&j;</result></sendSmsResponse>"
          "</e:Body></e:Envelope>")
DEEP = "<a>" * 10000 + "</a>" * 10000
number = 0
work = tempfile.TemporaryDirectory()


def ok(passed, name, *diagnosis):
    global number
    number += 1
    print(f"{'' if passed else 'not '}ok {number} - {name}", flush=True)
    if not passed:
        for line in diagnosis:
            print(f"#   {line!r}")


def configure(url, more=""):
    path = os.path.join(work.name, "conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'sdp acme {{\n driver = "parlayx"\n sms_url = "{url}"\n sender = "4711"\n'
                f'{more}\n}}\n')
    return path


def run(url, more, *args):
    p = subprocess.run([RUN, configure(url, more), *args], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=120, check=False, encoding="utf-8")
    if p.returncode != 0:
        return [f"exit {p.returncode}: {p.stderr}"]
    return p.stdout.splitlines()


def case(name, answers, want, *args, more="", sent=1):
    """Send one message; want is a regular expression for the line that comes of it."""
    sdp = Sdp(*answers)
    lines = run(sdp.url, more, *args, TEXT)
    sdp.stop()
    ok(len(lines) == 1 and re.fullmatch(want, lines[0]) and len(sdp.requests) == sent, name, *lines,
       f"{len(sdp.requests)} requests")
    return sdp.requests


# The request.
requests = case("a message is taken", [result("10177351234500000042")],
                r"done message 2\.0\.0 0 10177351234500000042 .*", more=' callback = "http://192.0.2.1/cb"')
head, body = requests[0]
lines = head.lower().split("\r\n")
ok(lines[0].startswith("post /sms http/1.1") and 'soapaction: ""' in lines and
   "content-type: text/xml; charset=utf-8" in lines and not any("expect:" in l for l in lines) and
   any(l.startswith("content-length:") for l in lines), "the head of a request", head)
ok("<p:message>Lunch &amp; &lt;dinner&gt; \u20ac</p:message>" in body and
   re.search("<correlator>[0-9A-Z]{30}</correlator>", body), "its body", body)
requests = case("HTTP Basic", [result("1")], "done .*", more=' basic = yes\n username = "joe"')
ok("Authorization: Basic am9lOg==" in requests[0][0], "name and password", requests[0][0])

# No outcome, or none that is known.
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    closed = s.getsockname()[1]
    lines = run(f"http://127.0.0.1:{closed}/", "", TEXT)
ok(re.fullmatch(r"later whole 4\.4\.1 0 - .*", lines[0]), "refused: the platform's failure", *lines)
case("hangs: nobody knows", [HANG], r"unknown message 4\.4\.7 0 - .*", more=' timeout = "1 s"')
case("stops half-way: nobody knows", [TRICKLE], r"unknown message 4\.4\.7 0 - .*",
     more=' timeout = "1 s"')
case("resets after reading: nobody knows", [RESET_AFTER], r"unknown message 4\.4\.2 0 - .*")
case("resets before reading: nobody knows how far it came", [RESET_FIRST],
     r"unknown message 4\.4\.2 0 - .*|later whole 4\.4\.1 0 - .*", sent=0)
case("cuts its answer", [CUT], r"unknown message 4\.4\.2 0 - .*")
case("an answer without end", [ENDLESS], r"unknown message 4\.5\.0 0 - .*")
case("no HTTP", [b"SSH-2.0-OpenSSH_9.2\r\n" * 5 + b"Connection: close"],
     r"(unknown message 4\.\d\.\d|later whole .*) 0 - .*")

# Answers that are none.
case("a portal's page", [http(200, "<!DOCTYPE html><html><body>Log in<br>", "text/html")],
     r"unknown message 4\.5\.0 0 - .*")
case("nothing", [http(200)], r"unknown message 4\.5\.0 0 - .*")
case("NULs", [http(200, b"\0" * 1000)], r"unknown message 4\.5\.0 0 - .*")
case("a billion laughs", [http(200, LAUGHS)], r"unknown message 4\.5\.0 0 - .*")
case("ten thousand levels", [http(200, DEEP)], r"unknown message 4\.5\.0 0 - .*")
case("an empty identifier", [result("")], r"unknown message 4\.5\.0 0 - .*")
case("an identifier of 60000 bytes", [result("x" * 60000)], r"done message 2\.0\.0 0 - .*")
case("an identifier of two lines", [result("1\n2")], r"done message 2\.0\.0 0 - .*")

# Refusals.
case("401", [http(401, "", "text/html", 'WWW-Authenticate: Basic realm="x"')],
     r"later whole 4\.7\.8 0 - .*HTTP status 401.*")
case("a redirect is not followed", [http(302, "", "text/html", "Location: http://127.0.0.1:1/")],
     r"later whole 4\.4\.4 0 - .*")
case("503, wait 120 s", [http(503, "", "text/html", "Retry-After: 120")],
     r"later whole 4\.3\.2 120 - .*")
case("SVC0001", [fault("SVC0001", "E17")], r"later message 4\.3\.0 0 - .*SVC0001: about E17.*")
case("SVC0001 with 200", [fault("SVC0001", "E17", 200)], r"later message 4\.3\.0 0 - .*")
case("SVC0002, the number", [fault("SVC0002", "addresses")], r"never message 5\.1\.1 0 - .*")
case("SVC0004", [fault("SVC0004", "addresses")], r"never message 5\.1\.1 0 - .*")
case("SVC0901", [fault("SVC0901")], r"later whole 4\.7\.8 0 - .*")
case("POL0904, wait 7 s", [fault("POL0904", "", 500, "Retry-After: 7")],
     r"later whole 4\.7\.0 7 - .*")
case("SVC0005", [fault("SVC0005")], r"never message 5\.5\.4 0 - .*")
case("SVC0005 after an unknown outcome", [fault("SVC0005")], r"done message 2\.0\.0 0 - .*", "again")
requests = case("SVC0283: again without receipt", [fault("SVC0283"), result("5")],
                r"done message 2\.0\.0 0 5 .*", more=' callback = "http://192.0.2.1/cb"', sent=2)
ok("receiptRequest" in requests[0][1] and "receiptRequest" not in requests[1][1],
   "the second without receiptRequest")
errors = os.path.join(work.name, "errors")
with open(errors, "w", encoding="utf-8") as f:
    f.write("POL0001/7 retry 4.7.0 The quota is used up\n")
case("a table of the administrator's", [fault("POL0001", "7")],
     r"later message 4\.7\.0 0 - The quota is used up .*", more=f' errors = "{errors}"')

# Asking.
CORRELATOR = ' ask_by = "correlator"'
case("asked: it has it", [statuses("DeliveredToTerminal")],
     r"done message 2\.0\.0 0 - .*DeliveredToTerminal", "ask", more=CORRELATOR)
case("asked: an empty list", [statuses()], r"later message .*", "ask", more=CORRELATOR)
case("asked: not known", [fault("SVC0002", "requestIdentifier")], r"later message .*", "ask",
     more=CORRELATOR)
case("asked: no answer", [RESET_AFTER], r"unknown message .*", "ask", more=CORRELATOR)
case("asked: by default not at all", [HANG], r"unknown message .*", "ask", sent=0)

# TLS.
pem = os.path.join(work.name, "pem")
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", pem + ".key",
                "-out", pem + ".crt"], check=True, stderr=subprocess.DEVNULL)
with open(pem, "w", encoding="utf-8") as f:
    for end in (".key", ".crt"):
        with open(pem + end, encoding="utf-8") as g:
            f.write(g.read())
sdp = Sdp(result("1"), certificate=pem)
lines = run(sdp.url, "", TEXT)
ok(re.fullmatch(r"later whole 4\.7\.5 0 - .*", lines[0]) and not sdp.requests,
   "a certificate nobody signed", *lines)
lines = run(sdp.url, f' ca_file = "{pem}.crt"', TEXT)
ok(re.fullmatch(r"done message 2\.0\.0 0 1 .*", lines[0]), "one that ca_file trusts", *lines)
lines = run(sdp.url.replace("127.0.0.1", "localhost"), f' ca_file = "{pem}.crt"', TEXT)
ok(re.fullmatch(r"later whole 4\.7\.5 0 - .*", lines[0]), "but of another host", *lines)
sdp.stop()

# Many side by side, and the end with jobs under way.
sdp = Sdp(result("9"))
lines = run(sdp.url, "", *[TEXT] * 200)
ok(len(lines) == 200 and all(l.startswith("done ") for l in lines) and len(sdp.requests) == 200,
   "200 side by side", *lines[:3])
sdp.stop()
sdp = Sdp(HANG)
with subprocess.Popen([RUN, configure(sdp.url), "a", "b", "c"], stdout=subprocess.PIPE,
                      stderr=subprocess.DEVNULL, encoding="utf-8") as p:
    for _ in range(3):
        sdp.came.acquire()
    p.send_signal(signal.SIGTERM)
    lines = p.stdout.read().splitlines()
ok(len(lines) == 3 and all(l.startswith("unknown message 4.4.2 ") for l in lines) and
   p.returncode == 0, "closed with three under way: each is answered", *lines)
sdp.stop()
print(f"1..{number}")
