#!/usr/bin/env python3
"""Strangers who connect and say nothing, very many of them, from several addresses: triviumd goes on
serving the platforms that call and whoever reads its status, and drops nobody whom it knows."""
import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
from callbacks import receipt
from whole import B, equal, free_port, ok, wait_for

SECRET = "s3cret-0123456789"
PATIENCE = 20  # far less than the time after which a silent connection is closed
SILENT, HALF, IN_BODY = 400, 100, 100  # silent connections, half a header, half a body
CONF = """
state_dir = "{dir}"
user = ""
log = "stderr"
bridge {{
  submit = "unix:{dir}/submit.sock"
  control = "unix:{dir}/control.sock"
  listen = "127.0.0.1:{port}"
  admin = "127.0.0.1:{admin}"
}}
tables {{ routes = "static:sms.example=phone:acme" }}
sdp acme {{
  driver = "parlayx" sender = "tel:4711" sms_url = "http://127.0.0.1:9/"
  callback_secret_file = "{dir}/secret"
}}
sdp listed {{
  driver = "parlayx" sender = "tel:4712" sms_url = "http://127.0.0.1:9/"
  callback_from = "127.0.8.0/24"
}}
"""


class Platform(http.client.HTTPConnection):
    """One that calls by one connection, again and again."""

    def __init__(self, port, source):
        super().__init__("127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0))

    def call(self, path):
        """The status, or why there is none; never by a second connection."""
        try:
            if not self.sock:
                self.connect()
            self.auto_open = False
            self.request("POST", path, receipt().encode(), {"Content-Type": "text/xml", "SOAPAction": '""'})
            answer = self.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException) as e:
            return repr(e)


def crowd(port, n, addresses, says=b""):
    """n connections from so many addresses."""
    sockets = []
    for i in range(n):
        s = socket.socket()
        s.settimeout(PATIENCE)
        at = i % addresses
        s.bind((f"127.{len(says) % 99 + 100}.{at // 250}.{at % 250 + 1}", 0))
        s.connect(("127.0.0.1", port))
        if says:
            try:
                s.sendall(says)
            except OSError:
                pass
        sockets.append(s)
    return sockets


def is_open(s):
    s.setblocking(False)
    try:
        return s.recv(1000) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def peers(pid):
    """How many files the program has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as work:
        port, admin = free_port(), free_port()
        for name, text in (("secret", SECRET + "\n"),
                           ("conf", CONF.format(dir=work, port=port, admin=admin))):
            with open(f"{work}/{name}", "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(f"{work}/{name}", 0o600)
        with open(f"{work}/log", "wb") as out:
            daemon = subprocess.Popen([f"{B}/triviumd", "-c", f"{work}/conf"], stdout=out, stderr=out)

        def log():
            with open(f"{work}/log", encoding="utf-8", errors="replace") as f:
                return f.read()
        try:
            ok(wait_for(lambda: "ready: " in log() or daemon.poll() is not None) and daemon.poll() is None,
               "triviumd serves", log())
            test(daemon, port, admin, log)
        finally:
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(90)
        ok(code == 0 and "Sanitizer" not in log() and "runtime error" not in log(), "it stops in good order",
           code, log())


def test(daemon, port, admin, log):
    before = peers(daemon.pid)
    by_address = Platform(port, "127.0.8.1")
    equal(by_address.call("/sdp/listed"), 200, "a platform known by its address keeps a connection")
    by_secret = Platform(port, "127.0.7.1")
    equal(by_secret.call(f"/sdp/acme/{SECRET}"), 200, "another one, known by its secret, does")
    silent = crowd(port, SILENT, 8)
    many = crowd(port, 600, 600)
    half = crowd(port, HALF, 2, b"POST /sdp/acme HTTP/1.1\r\nHost: ")
    body = crowd(port, IN_BODY, 2, b"POST /sdp/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n<")
    equal(Platform(port, "127.0.0.1").call(f"/sdp/acme/{SECRET}"), 200,
          f"with {SILENT + 600 + HALF + IN_BODY} silent connections a platform that comes is answered")
    equal(Platform(port, "127.0.8.2").call("/sdp/listed"), 200, "and one with a listed address")
    two = crowd(port, 600, 2)
    equal(Platform(port, "127.0.7.2").call(f"/sdp/acme/{SECRET}"), 200, "also when two addresses alone hold all")
    stranger = Platform(port, "127.0.6.1")
    equal(stranger.call("/sdp/acme"), 401, "a stranger is answered, too")
    equal(by_address.call("/sdp/listed"), 200, "the connection of the known address is there still")
    equal(by_secret.call(f"/sdp/acme/{SECRET}"), 200, "and the one by which the secret came")

    ok(wait_for(lambda: peers(daemon.pid) <= before + 540), "no more connections are kept than the page says",
       before, peers(daemon.pid))
    everybody = silent + many + half + body + two
    left = sum(is_open(s) for s in everybody)
    ok(450 <= left <= 530, "and no fewer", left)
    lines = [line for line in log().splitlines() if "is full: an idle connection of 127.1" in line]
    ok(1 <= len(lines) < 10, "that is logged, but not for each", *lines)

    visitors = crowd(admin, 200, 3)
    c = http.client.HTTPConnection("127.0.0.1", admin, timeout=PATIENCE)
    c.request("GET", "/healthz")
    equal(c.getresponse().status, 200, "the same holds where the status is read")
    c.close()
    for s in everybody + visitors:
        s.close()
    ok(wait_for(lambda: peers(daemon.pid) <= before + 6), "those who go are forgotten", before, peers(daemon.pid))


main()
import whole  # noqa: E402
print(f"1..{whole.count}")
sys.exit(whole.failed > 0)
