#!/usr/bin/env python3
"""The page of trivium-sdpsim in a real browser: handsets appear as messages come, texts stay texts."""
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sdpsim as t  # noqa: E402
from sdpsim import Sim, equal, ok  # noqa: E402

browser = shutil.which("chromium") or shutil.which("chromium-browser")
if not browser:
    print("1..0 # SKIP chromium is not installed")
    sys.exit(0)

sim = Sim("--receipt-delay", "0", "--no-receipts")
EVIL = "<script>alert(1)</script><img src=x onerror=\"document.title='broken in'\">"


# A white dot.
PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=")
# What a person does, done by a script in the page.
TRY = """
document.getElementById('number').value = '+49 155 50300';
document.getElementById('open').requestSubmit();
const card = document.querySelector('.phone[data-number="+4915550300"]');
card.querySelector('.to').value = '10690123';
card.querySelector('.text').value = 'typed here';
card.querySelector('form').requestSubmit();
"""


class Scripted:
    """The page with a script of ours behind its own; all else is passed on."""

    def __init__(self, sim, script):
        class Handler(http.server.BaseHTTPRequestHandler):
            def pass_on(self, method):
                length = int(self.headers.get("Content-Length") or 0)
                answer = sim.http(method, self.path, self.rfile.read(length) or None)
                body = answer.body
                if self.path == "/":
                    body = body.replace(b"</body>", b"<script>" + script.encode() + b"</script></body>")
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.pass_on("GET")

            def do_POST(self):
                self.pass_on("POST")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Between:
    """Stands between browser and simulator, and calls second() before it passes on the second question
    for the state."""

    def __init__(self, sim, second):
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/api/state":
                    asked.append(1)
                    if len(asked) == 2:
                        second()
                answer = sim.http("GET", self.path)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def page(seconds, url):
    """The page as it is after so much of the browser's own time."""
    with tempfile.TemporaryDirectory() as home:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                   "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   "--disable-sync", "--user-data-dir=" + home, "--window-size=1200,800",
                   f"--virtual-time-budget={seconds * 1000}", "--dump-dom", url]
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def phones(dom):
    """{number: [(sender, text, what stands below it)]} of the handsets shown."""
    shown = {}
    for number, inside in re.findall(r'<section class="phone" data-number="([^"]*)">(.*?)</section>', dom, re.S):
        shown[number] = re.findall(r'<li><div class="from[^"]*">(.*?)</div><p class="bubble">(.*?)</p>'
                                   r'<div class="about"[^>]*>(.*?)</div></li>', inside, re.S)
    return shown


try:
    dom = page(3, sim.url)
    ok(not phones(dom) and re.search(r'<div id="none">', dom), "without messages there is a hint")
    ok(sim.url.rstrip("/") + t.PATH in dom, "which says where the platform listens")
    ok("999006" in dom, "the numbers that misbehave are listed")

    sim.send("tel:+4915550100", "Lunch at noon?", sender="ann@example.com")
    sim.send("tel:+4915550100", EVIL, sender="<b>bold</b>")
    sim.send("tel:+8613800138000", "会议改到下午三点")
    sim.send("tel:+4915999005", "not for you")

    # Between what the page asks for first and for the second time, one more comes.
    between = Between(sim, lambda: sim.send("tel:+254700000001", "I came later"))
    dom = page(4, between.url)
    between.server.shutdown()
    between.server.server_close()
    shown = phones(dom)
    equal(sorted(shown), ["+254700000001", "+4915550100", "+4915999005", "+8613800138000"],
          "a handset for each number, and for one that came while the page was open")
    equal(list(shown)[0], "+254700000001", "the last one that got something stands first")
    equal([m[1] for m in shown["+4915550100"]],
          ["Lunch at noon?", EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")],
          "its messages in order, and HTML in a text is text")
    equal([m[0] for m in shown["+4915550100"]], ["ann@example.com", "&lt;b&gt;bold&lt;/b&gt;"],
          "so it is in a sender's name")
    ok("<title>Handsets" in dom and "<img src=\"x\"" not in dom, "and nothing of it ran")
    below = shown["+8613800138000"][0][2]
    ok("UCS-2" in below and "1 segment" in below and "delivered" in below, "encoding, segments, state", below)
    ok("not delivered" in shown["+4915999005"][0][2], "a message that is not delivered says so")
    ok(re.search(r'<b id="n-messages">5</b>', dom), "messages are counted")
    ok('value="late"' in dom and 'class="write"' in dom, "each handset can write, and be told what is reported")

    picture = {"contentType": "image/png", "name": "dot.png", "base64": PNG}
    sim.json("POST", "/api/mo", {"from": "+4915550200", "to": "4711", "text": EVIL, "subject": EVIL,
                                 "attachments": [picture]})
    dom = page(4, sim.url)
    own = re.findall(r'<section class="phone" data-number="\+4915550200">.*?<li class="own">(.*?)</li>', dom, re.S)
    ok(own and "&lt;script&gt;" in own[0] and 'src="/api/media?own=1&amp;i=0"' in own[0] and
       "waits to be fetched" in own[0], "what a handset wrote is on it, with its picture", own)
    ok("broken in" not in dom.split("</title>")[0], "and nothing of it ran")
    scripted = Scripted(sim, TRY)
    dom = page(6, scripted.url)
    scripted.server.shutdown()
    scripted.server.server_close()
    shown = sim.json("GET", "/api/mo")["messages"][-1]
    equal((shown["from"], shown["to"], shown["text"]), ("tel:+4915550300", "tel:10690123", "typed here"),
          "a handset is taken, and a message written on it")
finally:
    status = sim.stop()
equal(status, 0, "the simulator ended well")
t.done()
