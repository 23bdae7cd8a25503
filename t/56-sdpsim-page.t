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
finally:
    status = sim.stop()
equal(status, 0, "the simulator ended well")
t.done()
