#!/usr/bin/env python3
"""imbench.py - messages a second from phones into a private Prosody: ours, brought by a platform's calls,
with queue and barrier, against a raw component that writes the same stanzas and knows nothing of what becomes
of them, one by one and in writes of 64 KB. MESSAGES each, to 100 users who are there, whose clients only count,
in turn, PAIRS times; and once from a full queue to users who are away."""
import base64
import hashlib
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, "t")
import xmpp

N = int(os.environ.get("IM_MESSAGES", "10000"))
PAIRS = int(os.environ.get("PAIRS", "5"))
TEXT = "Lunch 6a1b2c3d4e5f6071.{}?"


def component(port):
    """A component's connection that has logged in."""
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' "
              f"to='{xmpp.GATEWAY}'>".encode())
    data = b""
    while b"<stream:features" not in data and not re.search(rb"id='[^']+'|id=\"[^\"]+\"", data):
        data += s.recv(4096)
    id = re.search(rb"id=['\"]([^'\"]+)", data)[1].decode()
    s.sendall(f"<handshake>{hashlib.sha1((id + xmpp.SECRET).encode()).hexdigest()}</handshake>".encode())
    while b"<handshake" not in data:
        data += s.recv(4096)
    return s


class Sink:
    """A client that is there and counts its messages, reading as fast as it can."""

    def __init__(self, port, user):
        self.count = 0
        self.s = s = socket.create_connection(("127.0.0.1", port))
        head = (b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                b"to='im.test' version='1.0'>")
        plain = base64.b64encode(f"\0{user}\0pw".encode()).decode()
        self.talk(head, b"</stream:features>")
        self.talk(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>".encode(),
                  b"<success")
        self.talk(head, b"</stream:features>")
        self.talk(b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", b"</iq>")
        s.sendall(b"<presence/>")
        threading.Thread(target=self.run, daemon=True).start()

    def talk(self, data, until):
        self.s.sendall(data)
        got = b""
        while until not in got:
            more = self.s.recv(65536)
            if not more:
                raise RuntimeError(got)
            got += more

    def run(self):
        tail = b""
        while True:
            data = self.s.recv(1 << 18)
            if not data:
                return
            data = tail + data
            self.count += data.count(b"</message>")
            tail = data[-9:] if not data.endswith(b"</message>") else b""

    def wait(self, n):
        while self.count < n:
            time.sleep(0.002)


def stanzas(to):
    """What triviumd writes for the same messages."""
    return [(f"<message from='+49155{n:08}@{xmpp.GATEWAY}' to='{to(n)}@im.test' type='chat' "
             f"id='01KJ0000000000000000{n:06}-0'><body>{TEXT.format(n)}</body><request xmlns='urn:xmpp:receipts'/>"
             f"<origin-id xmlns='urn:xmpp:sid:0' id='01KJ0000000000000000{n:06}-0'/></message>").encode()
            for n in range(N)]


PING = f"<iq type='get' id='end' from='{xmpp.GATEWAY}' to='{xmpp.GATEWAY}'><ping xmlns='urn:xmpp:ping'/></iq>".encode()


def raw(port, to, batch):
    """Messages a second by the raw component; batch: bytes to a write, 0: each is one. Over when the server
    has processed the last, which the one ping at the end tells; what it sends meanwhile is read."""
    all = stanzas(to)
    if batch:
        whole = b"".join(all)
        all = [whole[i:i + batch] for i in range(0, len(whole), batch)]
    s = component(port)
    got, end = b"", threading.Event()

    def read():
        nonlocal got
        while True:
            data = s.recv(1 << 16)
            got = (got + data)[-200:]
            if not data or b"id='end'" in got or b'id="end"' in got:
                end.set()
                return
    threading.Thread(target=read, daemon=True).start()
    begin = time.monotonic()
    for piece in all:
        s.sendall(piece)
    s.sendall(PING)
    end.wait()
    took = time.monotonic() - begin
    s.close()
    return N / took


def ours(bridge, listen):
    """Messages a second from the platform's calls through the queue, until all are settled."""
    begin = time.monotonic()
    subprocess.run([f"{xmpp.B}/t/notify", "soap", str(listen), "/sdp/acme", str(N), "64", "u#%im.test@im.example.com"],
                   check=True, stdout=subprocess.DEVNULL)
    while bridge.counts()["jobs"] > 0:
        time.sleep(0.005)
    return N / (time.monotonic() - begin)


def drain(bridge, server):
    """The same from a full queue, which waits for its server."""
    server.stop()
    subprocess.run([f"{xmpp.B}/t/load", "im", os.path.relpath(f"{bridge.dir}/submit.sock"), str(N), "200", "-"],
                   check=True, stdout=subprocess.DEVNULL)
    server.start()
    while bridge.counts()["jobs"] > N * 0.98:
        time.sleep(0.002)
    begin, left = time.monotonic(), bridge.counts()["jobs"]
    while bridge.counts()["jobs"] > 0:
        time.sleep(0.005)
    return left / (time.monotonic() - begin)


def spread(values):
    return f"best {max(values):.2f}, median {statistics.median(values):.2f}, worst {min(values):.2f}"


def main():
    users = [f"u{i}" for i in range(100)]
    server = xmpp.Prosody("imbench-p", users=users)
    listen = xmpp.free_port()
    bridge = None
    try:
        sinks = [Sink(server.c2s, u) for u in users]
        bridge = xmpp.Bridge("imbench", server.port, "concurrency = 500", listen=listen)
        each_by, large_by = [], []
        for pair in range(PAIRS + 1):
            # Two components of one name cannot be there at a time.
            bridge.stop()
            each, large = raw(server.port, lambda n: f"u{n % 100}", 0), raw(server.port, lambda n: f"u{n % 100}", 65536)
            bridge.start()
            while not bridge.up():
                time.sleep(0.01)
            cpu = bridge.cpu()
            live = ours(bridge, listen)
            if pair == 0:
                continue  # warming up
            each_by.append(live / each)
            large_by.append(live / large)
            print(f"    pair {pair}: {live:.0f} messages/s from phones; a raw component {each:.0f}, ratio "
                  f"{each_by[-1]:.2f}; with writes of 64 KB {large:.0f}, ratio {large_by[-1]:.2f}; CPU us a message: "
                  f"triviumd {(bridge.cpu() - cpu) * 1e6 / N:.0f}", flush=True)
        print(f"(i) into Prosody, users there: ratio to a raw component {spread(each_by)}; with writes of 64 KB "
              f"{spread(large_by)}", flush=True)
        del sinks
        full = drain(bridge, server)
        large = raw(server.port, lambda n: f"u{n % 100}", 65536)
        print(f"    from a full queue, users away: {full:.0f} messages/s; a raw component with writes of 64 KB "
              f"{large:.0f} ({full / large:.2f})", flush=True)
    finally:
        if bridge:
            bridge.kill()
        server.stop()


main()
