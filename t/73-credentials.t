#!/usr/bin/env python3
"""How Trivium and a platform prove to each other who they are: headers, passwords, certificates."""
import os
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, "t")
from sdpsim import Sim
from whole import B, Gateway, equal, ok, run, wait_for

TOP = os.path.abspath(f"{B}/73-keys")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=TOP)


def make_keys():
    """An authority, and two certificates by it: for localhost, and for 127.0.0.1."""
    os.makedirs(TOP, exist_ok=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Test authority", "-days", "2")
    for name, alt in [("name", "DNS:localhost"), ("address", "IP:127.0.0.1")]:
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", "/CN=platform")
        with open(f"{TOP}/{name}.ext", "w") as f:
            f.write(f"subjectAltName={alt}\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem", "-days", "2")


class Tls:
    """TLS in front of a port; what certificate it shows can be changed."""

    def __init__(self, port, certificate):
        self.to = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.show(certificate)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def show(self, certificate):
        self.context.load_cert_chain(f"{TOP}/{certificate}.pem", f"{TOP}/{certificate}.key")

    def serve(self):
        while True:
            raw, _ = self.socket.accept()
            threading.Thread(target=self.carry, args=(raw,), daemon=True).start()

    def carry(self, raw):
        try:
            here = self.context.wrap_socket(raw, server_side=True)
            there = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            return
        threading.Thread(target=self.copy, args=(here, there), daemon=True).start()
        self.copy(there, here)

    @staticmethod
    def copy(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def secret(name, word):
    path = f"{TOP}/{name}"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(word + "\n")
    return path


SHOULD = {
    "huawei": ('header = "huawei"', 'spid = "35000001"', "oa = yes", 'fa = "recipient"'),
    "wsse": ('header = "wsse"', 'username = "company"'),
    "basic": ("basic = yes", 'username = "company"'),
}
REASONS = {"huawei": "does not accept our password", "wsse": "password", "basic": "password"}


def test_passwords(g):
    for i, kind in enumerate(SHOULD):
        number = f"+49155530{i:02}"
        mail = g.submit(number, f"by {kind}", domain=f"{kind}.example.com")
        equal(g.state(mail, "sent"), "sent", f"{kind}: accepted")
        equal(g.texts(number, SIMS[kind].port), [f"by {kind}"], f"{kind}: at the handset")


def test_wrong_passwords(g):
    for i, kind in enumerate(SHOULD):
        number = f"+49155531{i:02}"
        mail = g.submit(number, "wrong", domain=f"{kind}-wrong.example.com")
        seen = wait_for(lambda: g.transport(f"{kind}-wrong")["paused"]) and g.transport(f"{kind}-wrong")
        ok(seen and REASONS[kind] in seen["reason"], f"{kind}, wrong password: paused, and says why",
           g.transport(f"{kind}-wrong"), g.history(mail))
        equal(g.state(mail), "queued", f"{kind}, wrong password: the message waits")
        equal(g.jobs(mail)[0]["tries"], 0, "and no try counts")
    log = g.log("triviumd")
    ok("sesame" not in log and "Sesame" not in log, "no password stands in the log")


def test_tls(g):
    mail = g.submit("+4915553201", "by TLS", domain="tls.example.com")
    equal(g.state(mail, "sent"), "sent", "https, by our own authority: accepted")
    equal(g.texts("+4915553201"), ["by TLS"], "and at the handset")
    mails = {}
    for i, kind in enumerate(["tls-stranger", "tls-name"]):
        mails[kind] = g.submit(f"+491555330{i}", kind, domain=f"{kind}.example.com")
        seen = wait_for(lambda: g.transport(kind)["paused"]) and g.transport(kind)
        ok(seen and "The platform could not prove who it is" in seen["reason"] and
           ("certificate" in seen["reason"] or "subject name" in seen["reason"]),
           f"{kind}: paused, and says why", g.transport(kind))
        equal(g.state(mails[kind]), "queued", f"{kind}: the message waits")
        equal(g.texts(f"+491555330{i}"), [], f"{kind}: the platform has not seen it")
    TLS.show("address")
    equal(g.state(mails["tls-name"], "sent"), "sent", "the right certificate: it is sent by itself")
    equal(g.texts("+4915553301"), ["tls-name"], "once")
    equal(g.state(mails["tls-stranger"]), "queued", "the other waits on")


make_keys()
SIMS = {
    "huawei": Sim("--header", "huawei", "--spid", "35000001", "--sppassword", "Sesame1"),
    "wsse": Sim("--header", "wsse", "--user", "company", "--password", "Sesame1"),
    "basic": Sim("--user", "company", "--password", "Sesame1"),
}
gateway = Gateway("73-credentials", start=False, domains={
    f"{n}.example.com": f"phone:{n}" for n in [*SIMS, *(k + "-wrong" for k in SIMS), "tls",
                                               "tls-stranger", "tls-name"]},
    retry=['probe_first = "200 ms"', 'probe_most = "500 ms"'])
try:
    for kind, sim in SIMS.items():
        sim.port = int(sim.host.split(":")[1])
        right, wrong = secret("right", "Sesame1"), secret("wrong", "sesame1")
        gateway.add_sdp(kind, sim.port, f'password_file = "{right}"', *SHOULD[kind])
        gateway.add_sdp(f"{kind}-wrong", sim.port, f'password_file = "{wrong}"', *SHOULD[kind])
    TLS = Tls(gateway.ports["sdp_port"], "name")
    ca = f'ca_file = "{TOP}/ca.pem"'
    gateway.add_sdp("tls", TLS.port, ca, where="https://localhost")
    gateway.add_sdp("tls-stranger", TLS.port, where="https://localhost")
    gateway.add_sdp("tls-name", TLS.port, ca, where="https://127.0.0.1")
    gateway.start()
    run(gateway, test_passwords, test_wrong_passwords, test_tls)
finally:
    for sim in SIMS.values():
        sim.stop()
