#!/usr/bin/env python3
"""What monitoring and an administrator's browser read: /metrics, /healthz, /readyz, the status page in
a real browser, and that nothing can be changed there."""
import json
import os
import re
import shutil
import socketserver
import subprocess
import threading
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, run, skip, wait_for  # noqa: E402

ADMIN = free_port()


def get(path, method="GET"):
    """Status, text, headers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{ADMIN}{path}", method=method),
                                    timeout=60) as r:
            return r.status, r.read().decode(), r.headers
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode(), e.headers


def metric(name):
    found = re.search(rf"(?m)^trivium_{re.escape(name)} (\S+)$", get("/metrics")[1])
    return float(found.group(1)) if found else None


def test_health(g):
    equal(get("/healthz")[0], 200, "/healthz while it lives")
    equal(get("/readyz")[0], 200, "/readyz while it takes messages")
    equal(get("/nothing")[0], 404, "nothing else")
    for method in ("POST", "DELETE", "PUT"):
        equal(get("/metrics", method)[0], 405, f"no {method}")
    ok("default-src 'none'" in get("/")[2]["Content-Security-Policy"], "the page is bound to itself")


def test_metrics(g):
    at = 'transport="operator-a"'
    equal(metric(f"sent_total{{{at}}}"), 0, "nothing sent yet")
    for i in range(3):
        g.submit("+4915550001", f"message {i}")
    g.arrive("+4915550001", 3)
    ok(wait_for(lambda: metric(f"sent_total{{{at}}}") == 3), "three sent")
    equal(metric(f"accepted_total{{{at}}}"), 3, "three accepted")
    equal(metric(f'latency_seconds_bucket{{{at},le="+Inf"}}'), 3, "three in the histogram")
    ok(metric("commits_total") >= 3, "commits are counted")
    g.faults({"match": {"number": "+4915550002"}, "count": 1, "do": "fault:SVC0004"})
    g.submit("+4915550002", "fails")
    ok(wait_for(lambda: metric(f'failed_total{{{at},reason="5.1.1"}}') == 1), "a failure with its reason",
       get("/metrics")[1])
    g.no_faults()
    g.end("sdpsim", 9)
    g.submit("+4915550003", "waits")
    ok(wait_for(lambda: metric(f"transport_paused{{{at}}}") == 1), "a paused transport")
    equal(metric(f"queue_depth{{{at}}}"), 1, "one waits")
    ok(metric("queue_age_seconds") > 0, "and grows old")
    good = all(re.fullmatch(r'(# (HELP|TYPE) trivium_\w+ .+)|(trivium_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.e+-]+)', line)
               for line in get("/metrics")[1].splitlines())
    ok(good, "every line is of Prometheus' form", get("/metrics")[1])


def test_page(g):
    status = json.loads(get("/status.json")[1])
    ok(any(t["paused"] for t in status["transports"]), "the page's numbers")
    ok(len(status["recent"]) == 5, "recent messages", status["recent"])
    shown = json.loads(get("/show?what=" + status["recent"][-1]["id"])[1])
    ok(shown["jobs"][0]["history"], "with their history")
    ok("message 0" not in get("/status.json")[1] + json.dumps(shown), "and no text of any")
    equal(get("/show?what=nothing")[0], 404, "what is not known")
    browser = shutil.which("chromium")
    if not browser:
        skip("the page in a browser", "there is no chromium")
        return
    out = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                          f"--user-data-dir={g.dir}/chromium", "--virtual-time-budget=4000", "--dump-dom",
                          f"http://127.0.0.1:{ADMIN}/"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         timeout=120).stdout.decode()
    ok("1 of" in out and "transports are paused" in out, "the page shows that a transport is paused", out[-3000:])
    ok(out.count("<button") == 5, "and the recent messages")


def doctor(g):
    p = subprocess.run([os.path.abspath(os.environ.get("B", ".build/plain")) + "/triviumctl", "-c", "trivium.conf",
                        "doctor"], cwd=g.dir, capture_output=True, text=True, timeout=60,
                       env={**os.environ, "MAIL_CONFIG": f"{g.dir}/postfix"})
    return p.returncode, p.stdout, p.stderr


def test_doctor(g):
    """What is wrong is named, with what to do; and what is right, too."""
    code, out, err = doctor(g)
    equal(code, 1, "with a paused transport something is to mend")
    ok(re.search(r"BAD +operator-a +is paused: .*cannot be reached", out), "the transport, and why", out)
    for what in ("conf", "routes", "triviumd", "milter", "admin"):
        ok(re.search(rf"(?m)^ok +{what} ", out), f"{what} is fine", out)
    routes = open(f"{g.dir}/routes").read()
    for text, want in ((routes + "lost.example.com phone:nosuch\nmore.example.com sms:nosuch\n",
                        r'(?m)^BAD +routes +\w+.example.com leads to "nosuch", which is no section sdp or im \(2 such rows\)$'),
                       (routes + "lost.example.com mms:operator-a\n",
                        r'(?m)^BAD +routes +lost.example.com leads to "operator-a", which does not carry that kind'),
                       ("# nothing\n", r"(?m)^warn +routes +the table is empty"), (routes, r"(?m)^ok +routes ")):
        with open(f"{g.dir}/routes", "w") as f:
            f.write(text)
        g.sh('postmap -c "$dir/postfix" "hash:$dir/routes"')
        out = doctor(g)[1]
        ok(re.search(want, out), f"the doctor of routes: {want[6:30]}", out)
    g.set("in_flow_delay = 1s")
    ok("set it to 0s" in doctor(g)[1], "a setting of Postfix that slows mails down")
    g.set("in_flow_delay = 0s")
    g.end("milter")
    ok("is trivium-milter running?" in doctor(g)[1], "a milter that is away")
    g.start_milter()
    conf = open(f"{g.dir}/trivium.conf").read()
    scanner = Clamd()
    for where, want in (("127.0.0.1:1", r"(?m)^BAD +antivirus +does not answer: .*refused; is clamd running, .*no mail for phones is taken$"),
                        (f"127.0.0.1:{scanner.server_address[1]}", r"(?m)^ok +antivirus +looks at mails$")):
        with open(f"{g.dir}/trivium.conf", "a") as f:
            f.write(f'\nscan {{\n\tantivirus = "clamd:{where}"\n}}\n')
        out = doctor(g)[1]
        ok(re.search(want, out), f"a scanner: {want[7:10]}", out)
        open(f"{g.dir}/trivium.conf", "w").write(conf)
    scanner.shutdown()


class Clamd(socketserver.ThreadingTCPServer):
    """It takes what it is shown by INSTREAM, and finds nothing."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            data = b""
            while not data.endswith(bytes(4)):
                data += self.request.recv(65536)
            self.wfile.write(b"stream: OK\0")

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.daemon_threads = True
        threading.Thread(target=self.serve_forever, daemon=True).start()


def test_stop(g):
    g.start_sim()
    ok(wait_for(lambda: metric('transport_paused{transport="operator-a"}') == 0), "it answers again")
    code, out, err = doctor(g)
    equal(code, 0, "then nothing is to mend")


def main():
    g = Gateway("admin", start=False, bridge=(f'admin = "127.0.0.1:{ADMIN}"',))
    g.start()
    return run(g, test_health, test_metrics, test_page, test_doctor, test_stop)


if __name__ == "__main__":
    sys.exit(main())
