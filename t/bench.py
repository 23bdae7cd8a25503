#!/usr/bin/env python3
"""make bench: what Trivium costs, as ratios of one run, the two sides in turn.

(a) mails/s that Postfix accepts with Trivium behind it (flattened, routed, committed, sent to a
    platform on this machine), against the same Postfix without a milter delivering to discard:.
    4 KB mails with ten headers, unix socket, smtp-source at 10 and 50 sessions. Twice: until the
    last mail is accepted, and until the last one has also left (Postfix puts its deliveries off
    while mails come in, Trivium does not). In the same turns, the least that could stand in Trivium's
    place (t/bare.c): a milter that reads and drops each mail, and one process that makes it text, stores
    it and sends it, with no question at RCPT, no tables, policy, history, segments or retries.
(b) messages/s from submission to the platform's acceptance, every one durable, 64 in flight, against
    a bare libcurl client that posts the same SOAP bodies to the same platform. In the same turns, a bare
    durable queue (t/bare.c) that makes them within: stored, flushed, posted, deleted, and nothing else.
(c) resident memory of triviumd with nothing and with 200,000 messages queued for a transport that is
    down.
(i) messages/s of phones into a private Prosody, from the platform's call through queue and barrier, against
    a raw component that writes the same stanzas and knows nothing of what becomes of them; see t/imbench.py.
(m) delivery status notifications and mails of phones composed a second, by one processor.
(p) messages/s of phones, from a platform's call until it is durable and the call answered, 64
    connections, against the same listener and driver answering without storing; and against Kannel's
    way in (a fake SMSC, bearerbox, smsbox, and a server that only counts), which stores nothing.

(r) what the policy costs at RCPT: the bridge's question by 100 senders one after another, each in a users table
    of 100,000 people and a policy of 10,000, against the same without either table.

PAIRS, MAILS, MESSAGES, BROUGHT and QUEUED in the environment change how much is done; BENCH=abcimpr says
which."""
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

B = os.environ["B"]
DIR = os.path.abspath(f"{B}/bench")
PAIRS = int(os.environ.get("PAIRS", "5"))
MAILS = int(os.environ.get("MAILS", "3000"))
MESSAGES = int(os.environ.get("MESSAGES", "30000"))
QUEUED = int(os.environ.get("QUEUED", "200000"))
BROUGHT = int(os.environ.get("BROUGHT", "10000"))
WHICH = os.environ.get("BENCH", "abcimpr")
SH = f". t/postfix.sh; . t/gateway.sh; dir={DIR}; B={B}; export B; "
PATH = os.environ["PATH"] + ":/usr/sbin"
TICK = os.sysconf("SC_CLK_TCK")
run_number = 0


def say(text=""):
    print(text, flush=True)


def sh(command):
    subprocess.run(["sh", "-c", SH + command], check=True, stdin=subprocess.DEVNULL)


def port(name):
    return dict(w.split("=") for w in open(f"{DIR}/ports").read().split())[name]


def pid(name):
    return int(open(f"{DIR}/{name}.pid").read())


def state():
    with urllib.request.urlopen(f"http://127.0.0.1:{port('sdp_port')}/api/state", timeout=60) as r:
        return json.load(r)


def counts(where=""):
    out = subprocess.run(["curl", "-sS", "--unix-socket", f"{DIR}/{where}run/control.sock",
                          "http://localhost/counts"], capture_output=True, check=True)
    return json.loads(out.stdout)


def cpu_of(number):
    """Seconds of CPU of a process and its dead children."""
    fields = open(f"/proc/{number}/stat").read().rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICK


def cpu():
    """Seconds of CPU so far: our programs, and Postfix with its living children."""
    used = {name: cpu_of(pid(name)) for name in ("milter", "triviumd", "sdpsim")}
    master = int(open(f"{DIR}/postfix/queue/pid/master.pid").read())
    used["postfix"] = cpu_of(master)
    for child in open(f"/proc/{master}/task/{master}/children").read().split():
        try:
            used["postfix"] += cpu_of(int(child))
        except OSError:
            pass
    return used


def memory(name):
    """Resident KiB."""
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid(name)}/status").read()).group(1))


def spread(values):
    return f"best {max(values):.2f}, median {statistics.median(values):.2f}, worst {min(values):.2f}"


def make_mail():
    """A file of 4 KB with ten headers that no run before had: a repeated mail is recognised."""
    global run_number
    run_number += 1
    path = f"{DIR}/mail.{run_number}"
    lines = [f"Message-ID: <{os.getpid()}.{run_number}.{time.time()}@bench.example.org>",
             "Date: Tue, 24 Nov 2026 10:00:00 +0000", "From: Monitor <monitor@example.org>",
             "To: phone@sms.example.com", "Subject: pump 3 in hall 7 has stopped",
             "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
             "Content-Transfer-Encoding: 8bit", "X-Mailer: monitor 4.2", "X-Priority: 1", ""]
    body = "The pressure is 0.4 bar and falling; please look at it and call the control room.\n"
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n" + body * ((4096 - 400) // len(body)))
    return path


def postfix_holds():
    """How many mails Postfix has not delivered yet."""
    return sum(len(files) for queue in ("incoming", "active", "deferred")
               for _, _, files in os.walk(f"{DIR}/postfix/queue/{queue}"))


def mails_per_second(smtp_port, sessions, domain):
    """Mails a second until all are accepted, and until all have left."""
    path = make_mail()
    sent = state()["accepted"] + (MAILS if domain == "sms.example.com" else 0)
    begin = time.monotonic()
    subprocess.run(["smtp-source", "-s", str(sessions), "-m", str(MAILS), "-d", "-N", "-F", path,
                    "-f", "monitor@example.org", "-t", f"15550100@{domain}",
                    f"inet:127.0.0.1:{smtp_port}"], check=True)
    accepted = time.monotonic()
    while state()["accepted"] < sent or postfix_holds():
        time.sleep(0.02)
    return MAILS / (accepted - begin), MAILS / (time.monotonic() - begin)


def bare_start(name, *words):
    """Start t/bare, whose milter socket is in the place that Postfix can reach."""
    path = f"{DIR}/postfix/queue/trivium/{name}.sock"
    p = subprocess.Popen([f"{B}/t/bare", words[0], f"unix:{path}", *words[1:]])
    while not os.path.exists(path):
        time.sleep(0.02)
    os.chmod(path, 0o777)
    return p


def bench_postfix():
    ports = {name: free_port() for name in ("plain", "discard", "send")}
    for name, number in ports.items():
        milters = "" if name == "plain" else f"unix:trivium/{name}.sock"
        sh(f'postfix_service "$dir/postfix" "127.0.0.1:{number} inet n - n - - smtpd" "smtpd_milters={milters}"')
    sh('postfix_set "$dir/postfix" "default_process_limit = 200" "relay_domains = sms.example.com, example.org" '
       '"smtpd_client_connection_count_limit = 0" && gateway_start "$dir"')
    os.makedirs(f"{DIR}/bare", exist_ok=True)
    bare = [bare_start("discard", "discard"),
            bare_start("send", "send", f"http://127.0.0.1:{port('sdp_port')}/SendSmsService/services/SendSms",
                       f"{DIR}/bare")]
    ways = ((ports["plain"], "example.org"), (ports["discard"], "example.org"),
            (ports["send"], "sms.example.com"), (port("smtp_port"), "sms.example.com"))
    try:
        for sessions in (10, 50):
            for way in ways:  # warm all of them up
                mails_per_second(way[0], sessions, way[1])
            bench_sessions(sessions, ways)
    finally:
        for p in bare:
            p.kill()
            p.wait()


def bench_sessions(sessions, ways):
    ratios, through, discard, send, costs = [], [], [], [], []
    for pair in range(PAIRS):
        without, dropped, sent = (mails_per_second(way[0], sessions, way[1]) for way in ways[:3])
        before, committed = cpu(), counts()
        with_us = mails_per_second(ways[3][0], sessions, ways[3][1])
        after, now = cpu(), counts()
        costs.append({k: (after[k] - before[k]) * 1000 / MAILS for k in after})
        ratios.append(with_us[0] / without[0])
        through.append(with_us[1] / without[1])
        discard.append(dropped[0] / without[0])
        send.append(sent[0] / without[0])
        say(f"    {sessions} sessions, pair {pair + 1}: accepted {with_us[0]:.0f} mails/s with Trivium, "
            f"{without[0]:.0f} without, ratio {ratios[-1]:.2f}; until all have left {with_us[1]:.0f}, "
            f"{without[1]:.0f}, ratio {through[-1]:.2f}; flushes a mail "
            f"{(now['commits'] - committed['commits']) / MAILS:.2f}; a milter that drops all {dropped[0]:.0f}, "
            f"a bare one that sends {sent[0]:.0f}")
    cost = {k: statistics.median(c[k] for c in costs) for k in costs[0]}
    say(f"(a) {sessions} sessions: accepted: ratio {spread(ratios)}; until all have left: ratio "
        f"{spread(through)}; CPU ms a mail: " + ", ".join(f"{k} {v:.2f}" for k, v in cost.items()))
    say(f"    a milter that drops all: ratio {spread(discard)}; a bare one that sends: {spread(send)}; "
        f"Trivium against that: {spread([a / b for a, b in zip(ratios, send)])}")


def load(*words):
    return rate_of("load", *words)


def rate_of(program, *words):
    p = subprocess.run([f"{B}/t/{program}", *words], capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(p.stderr)
    out = p.stdout
    return float(out.split()[0]), float(out.split()[2])


def bench_bridge():
    soap = f"http://127.0.0.1:{port('sdp_port')}/SendSmsService/services/SendSms"
    url = f"http://127.0.0.1:{port('sdp_port')}/api/state"
    submit = f"{DIR}/run/submit.sock"
    ratios, queues = [], []
    os.makedirs(f"{DIR}/bare-queue", exist_ok=True)
    for pair in range(PAIRS + 1):
        bare, bare_cpu = load("soap", soap, str(MESSAGES), "64", url)
        queue, queue_cpu = rate_of("bare", "queue", soap, f"{DIR}/bare-queue", str(MESSAGES), "64")
        before, cpu_before = counts(), cpu_of(pid("triviumd"))
        ours, _ = load("submit", submit, str(MESSAGES), "64", url)
        after, cpu_after = counts(), cpu_of(pid("triviumd"))
        if pair == 0:
            continue  # warming up
        ratios.append(ours / bare)
        queues.append(queue / bare)
        say(f"    pair {pair}: {ours:.0f} messages/s through the queue, {bare:.0f} by the bare client, "
            f"{queue:.0f} by a bare durable queue, "
            f"ratio {ratios[-1]:.2f}, flushes a message "
            f"{(after['commits'] - before['commits']) / MESSAGES:.3f}, CPU us a message: triviumd "
            f"{(cpu_after - cpu_before) * 1e6 / MESSAGES:.0f}, bare client {bare_cpu:.0f}, bare queue {queue_cpu:.0f}")
    say(f"(b) ratio {spread(ratios)}; of a bare durable queue: {spread(queues)}; Trivium against that: "
        f"{spread([a / b for a, b in zip(ratios, queues)])}")


def bench_memory():
    sh('gateway_end "$dir" sdpsim; gateway_end "$dir" triviumd; rm -rf "$dir/queue"; gateway_bridge_start "$dir"')
    empty = memory("triviumd")
    rate, _ = load("fill", f"{DIR}/run/submit.sock", str(QUEUED), "64", "-")
    full = memory("triviumd")
    queued = counts()["jobs"]
    say(f"(c) resident memory of triviumd: {empty} KiB with nothing queued, {full} KiB with {queued} "
        f"messages for a platform that is down: {(full - empty) / 1024:.1f} MiB more "
        f"(accepted at {rate:.0f}/s)")


def free_port():
    """Not one of those that the system gives to connections."""
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(15000, 32000)))
                return s.getsockname()[1]
            except OSError:
                pass


def wait_for_port(number):
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", number)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise subprocess.CalledProcessError(1, f"wait for port {number}")


class Inbound:
    """triviumd, the listener without a queue, and Kannel, each taking what phones write."""

    def __init__(self):
        self.dir = f"{DIR}/inbound"
        os.makedirs(f"{self.dir}/run", exist_ok=True)
        self.ours, self.bare, self.smsc, self.sink, box, admin, send = (free_port() for _ in range(7))
        for name, number in (("ours", self.ours), ("bare", self.bare)):
            self.write(f"{name}.conf", f"""{'state_dir = "."' if name == "ours" else ""}
                {'user = ""' if name == "ours" else ""} {'log = "stderr"' if name == "ours" else ""}
                country_code = "49"
                bridge {{ submit = "unix:run/submit.sock" control = "unix:run/control.sock"
                    listen = "127.0.0.1:{number}" }}
                {'mail { relay = "smtp://127.0.0.1:1" domain = "sms.example.com" }' if name == "ours" else ""}
                tables {{ routes = "hash:{DIR}/routes" }}
                sdp acme {{ driver = "parlayx" sms_url = "http://127.0.0.1:1/" sender = "tel:10690123" }}
                """.replace(" }", "\n}").replace("{ ", "{\n").replace('" ', '"\n'))
        self.write("kannel.conf", f"""
            group = core
            admin-port = {admin}
            admin-password = bench
            smsbox-port = {box}
            log-level = 4

            group = smsc
            smsc = fake
            port = {self.smsc}
            connect-allow-ip = 127.0.0.1

            group = smsbox
            bearerbox-host = 127.0.0.1
            sendsms-port = {send}
            log-level = 4

            group = sms-service
            keyword = default
            catch-all = true
            get-url = "http://127.0.0.1:{self.sink}/?from=%p&to=%P&text=%b"
            max-messages = 0
            omit-empty = true
            """.replace("            ", ""))
        self.processes = [self.start(os.path.abspath(f"{B}/triviumd"), "-c", "ours.conf"),
                          self.start(os.path.abspath(f"{B}/t/callbackrun"), "-q", "bare.conf")]
        wait_for_port(self.ours)
        wait_for_port(self.bare)
        self.kannel = all(shutil.which(p, path=PATH) for p in ("bearerbox", "smsbox"))
        if self.kannel:
            self.processes.append(self.start(shutil.which("bearerbox", path=PATH), "-v", "4", "kannel.conf"))
            wait_for_port(self.smsc)
            wait_for_port(box)
            self.processes.append(self.start(shutil.which("smsbox", path=PATH), "-v", "4", "kannel.conf"))
            wait_for_port(send)

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w") as f:
            f.write(text)

    def start(self, *command):
        with open(f"{self.dir}/{os.path.basename(command[0])}.log", "w") as log:
            return subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        for p in reversed(self.processes):
            p.terminate()
        for p in self.processes:
            p.wait(60)


def notify(*words):
    out = subprocess.run([f"{B}/t/notify", *map(str, words)], capture_output=True, text=True, check=True).stdout
    return float(out)


def bench_inbound():
    i = Inbound()
    against, kannel = [], []
    try:
        for pair in range(PAIRS + 1):
            bare = notify("soap", i.bare, "/sdp/acme", BROUGHT, 64)
            before, cpu_before = counts("inbound/"), cpu_of(i.processes[0].pid)
            ours = notify("soap", i.ours, "/sdp/acme", BROUGHT, 64)
            after, cpu_after = counts("inbound/"), cpu_of(i.processes[0].pid)
            theirs = notify("kannel", i.smsc, BROUGHT, i.sink) if i.kannel else None
            if pair == 0:
                continue  # warming up
            against.append(ours / bare)
            kannel += [ours / theirs] if theirs else []
            say(f"    pair {pair}: {ours:.0f} messages/s brought, durable and answered; {bare:.0f} answered "
                f"without storing, ratio {against[-1]:.2f}; flushes a message "
                f"{(after['commits'] - before['commits']) / BROUGHT:.3f}, CPU us a message "
                f"{(cpu_after - cpu_before) * 1e6 / BROUGHT:.0f}; "
                + (f"Kannel {theirs:.0f}, ratio {kannel[-1]:.2f}" if theirs else "Kannel is not installed"))
    finally:
        i.stop()
    say(f"(p) against the same without storing: ratio {spread(against)}"
        + (f"; against Kannel: ratio {spread(kannel)}" if kannel else ""))


def bench_rcpt():
    """Two daemons, one with large tables and one without, asked in turn."""
    dirs = {}
    for name, policed in (("policed", True), ("open", False)):
        d = dirs[name] = f"{DIR}/rcpt-{name}"
        os.makedirs(f"{d}/run", exist_ok=True)
        tables = f'routes = "hash:{DIR}/routes"'
        if policed:
            with open(f"{d}/users", "w") as f:
                for n in range(100000):
                    f.write(f"monitor{n}@example.org class=class{n % 5000} tel=+49170{n:07} im=monitor{n}@im.example.org\n")
            with open(f"{d}/policy", "w") as f:
                f.write("* allow=+49,+43,+41 rate=1000000/h daily=1000000\n")
                for n in range(5000):
                    f.write(f"class{n} allow=+49,+4915,+43 deny=+49900,+49137 rate=1000000/h daily=1000000\n")
                for n in range(5000):
                    f.write(f"@domain{n}.example daily=10\n")
            for table in ("users", "policy"):
                subprocess.run([f"{B}/triviumctl", "-c", "/nonexistent", "map", f"hash:{d}/{table}"], check=False,
                               capture_output=True)
                if not os.path.exists(f"{d}/{table}.db"):
                    sh(f'postmap -c "$dir/postfix" "hash:{d}/{table}"')
            tables += f'\n users = "hash:{d}/users"\n policy = "hash:{d}/policy"'
        with open(f"{d}/trivium.conf", "w") as f:
            f.write(f"""state_dir = "."
user = ""
log = "stderr"
country_code = "49"
bridge {{
 submit = "unix:run/submit.sock"
 control = "unix:run/control.sock"
}}
tables {{
 {tables}
}}
sdp operator-a {{
 driver = "loopback"
}}
""")
    run = {}
    try:
        for name, d in dirs.items():
            with open(f"{d}/log", "w") as log:
                run[name] = subprocess.Popen([os.path.abspath(f"{B}/triviumd"), "-c", "trivium.conf"], cwd=d,
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            while "ready" not in open(f"{d}/log").read():
                if run[name].poll() is not None:
                    raise RuntimeError(open(f"{d}/log").read())
                time.sleep(0.05)
        us, cpus = {k: [] for k in dirs}, {k: [] for k in dirs}
        for pair in range(PAIRS + 1):
            for name, d in dirs.items():
                before = cpu_of(run[name].pid)
                rate, _ = load("rcpt", os.path.relpath(f"{d}/run/submit.sock"), "20000", "1", "-")
                if pair:
                    us[name].append(1e6 / rate)
                    cpus[name].append((cpu_of(run[name].pid) - before) * 1e6 / 20000)
        m = {k: statistics.median(v) for k, v in us.items()}
        c = {k: statistics.median(v) for k, v in cpus.items()}
        say(f"(r) a question at RCPT: {m['policed']:.0f} us with 100,000 users and 10,000 policies, {m['open']:.0f} us "
            f"without, ratio {m['policed'] / m['open']:.2f}; CPU of triviumd {c['policed']:.0f} and {c['open']:.0f} us: "
            f"the policy costs {m['policed'] - m['open']:.0f} us, {c['policed'] - c['open']:.0f} us of CPU")
    finally:
        for p in run.values():
            p.kill()
            p.wait()


def bench_compose():
    def rate(count, **fields):
        fields = {"id": "01KAYC2M5T9WZ8X7Y6V5R4Q3P2", "arrived": "1764000000", **fields, "rcpt": "",
                  "to": "mailto:ann@example.org"}
        data = b"".join(b"%s=%d:%s\n" % (n.encode(), len(v.encode()), v.encode()) for n, v in fields.items())
        p = subprocess.run([f"{B}/t/composer", "-n", str(count)], input=data, capture_output=True, check=True)
        return int(p.stdout)

    group = ("\nFinal-Recipient: rfc822; +49151123456{:02}@sms.example.com\nAction: failed\nStatus: 5.1.1\n"
             "Diagnostic-Code: X-Parlayx; SVC0004 No valid addresses\n")
    report = {"from": "mailto:", "about": "01KAYC2M5T9WZ8X7Y6V5R4Q3P1", "action": "failed", "subject": "Lunch?",
              "text": "It could not be delivered to the following.\n" * 8,
              "head": "From: Ann <ann@example.org>\nSubject: Lunch?\nMessage-ID: <a@example.org>\n" * 3}
    fields = "Reporting-MTA: dns; gw.example.com\nArrival-Date: Tue, 24 Nov 2026 10:00:00 +0000\n"
    one = rate(5000, report=fields + group.format(0), **report)
    many = rate(1000, report=fields + "".join(group.format(i) for i in range(100)), **report)
    mail = rate(5000, **{"from": "tel:+4915112345678", "name": "Bob \u00d6sterberg", "text": "Gr\u00fc\u00dfe! " * 10})
    say(f"(m) composed a second: {one} notifications about one recipient, {many} about 100; {mail} mails of a phone")


def main():
    sh('gateway_stop "$dir"; rm -rf "$dir"; gateway_make "$dir" && '
       'gateway_sdp "$dir" "concurrency = 200" && '
       'echo "sms.example.com phone:operator-a" >"$dir/routes" && '  # smtp-source makes any number
       # Every mail of (a) is too long for a phone: its author's notice would be a second message.
       'sed -i "s/^bridge {/&\\n\\treport_cut = no/" "$dir/trivium.conf"')
    global SH
    SH += 'gateway_sim_options="--quiet --no-receipts"; '
    if "p" in WHICH:
        sh('postmap -c "$dir/postfix" "hash:$dir/routes"')
        bench_inbound()
    if "r" in WHICH:
        sh('postmap -c "$dir/postfix" "hash:$dir/routes"')
        bench_rcpt()
    if "m" in WHICH:
        bench_compose()
    if "i" in WHICH:
        subprocess.run([sys.executable, "t/imbench.py"], check=True)
    if "a" in WHICH:
        bench_postfix()
        sh('postfix_stop "$dir/postfix"; gateway_end "$dir" milter')
    else:
        sh('gateway_start "$dir"; postfix_stop "$dir/postfix"; gateway_end "$dir" milter')
    if "b" in WHICH:
        bench_bridge()
    if "c" in WHICH:
        bench_memory()


try:
    main()
except subprocess.CalledProcessError as e:
    print(f"bench: {e}", file=sys.stderr)
    sys.exit(1)
finally:
    sh('gateway_stop "$dir"')
