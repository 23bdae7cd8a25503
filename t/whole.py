"""whole.py - for the tests of the whole way: a gateway of real programs, made and started by
t/gateway.sh, mail sent through its Postfix by SMTP, what its platform and its queue know."""
import http.client
import json
import os
import random
import re
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from xml.sax.saxutils import escape

B = os.environ.get("B", ".build/plain")
ID = r"[0-9A-HJKMNP-TV-Z]{26}"
DATE = "Tue, 24 Nov 2026 10:00:00 +0000"
count = failed = 0


def ok(good, name, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            for line in str(s).splitlines()[-30:]:
                print(f"#   {line[:500]}")
    sys.stdout.flush()
    return bool(good)


def equal(got, want, name):
    return ok(got == want, name, f" got: {got!r}", f"want: {want!r}")


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}")


def wait_for(look, seconds=30):
    """The first true answer of look(), or its last one when that does not come in time."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.03)


def free_port():
    """Not one of those that the system gives to connections."""
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(15000, 32000)))
                return s.getsockname()[1]
            except OSError:
                pass


def phone_writes(port, text, sender, number="10690123", date="2026-11-24T10:30:00Z", section="operator-a"):
    """A phone writes to a number of ours: the platform brings it to that section at that port.
    The status that the platform hears."""
    ns = "http://www.csapi.org/schema/parlayx/sms/notification/v2_2/local"
    body = (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<n:notifySmsReception xmlns:n="{ns}"><n:correlator>r1</n:correlator><n:message>'
            f"<message>{escape(text)}</message><senderAddress>tel:{sender}</senderAddress>"
            f"<smsServiceActivationNumber>tel:{number}</smsServiceActivationNumber>"
            f"<dateTime>{date}</dateTime></n:message></n:notifySmsReception></s:Body></s:Envelope>")
    r = urllib.request.Request(f"http://127.0.0.1:{port}/sdp/{section}", body.encode(),
                               {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'})
    try:
        with urllib.request.urlopen(r, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        return e.code


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Mail:
    """A mail as its client writes it. The Message-ID is new in each; None leaves a field out."""
    made = 0

    def __init__(self, text="", subject=None, message_id="", date=DATE, sender="ann@example.org",
                 headers=(), body=None):
        Mail.made += 1
        if message_id == "":
            message_id = f"<{os.getpid()}.{Mail.made}@ann.example>"
        self.message_id, self.sender = message_id, sender
        lines = [f"From: {sender}"]
        if subject is not None:
            lines.append(f"Subject: {subject}")
        if message_id:
            lines.append(f"Message-ID: {message_id}")
        if date:
            lines.append(f"Date: {date}")
        lines += headers
        if body is None:
            body = text.encode()
            if not any(h.lower().startswith("content-type") for h in headers):
                lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
                          "Content-Transfer-Encoding: 8bit"]
        self.body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.head = "\r\n".join(lines).encode() + b"\r\n"

    def __bytes__(self):
        return self.head + b"\r\n" + self.body + b"\r\n"


class Gateway:
    """
    A private Postfix, triviumd, trivium-milter and a platform, below $B/NAME.

    sdp: more lines of section "operator-a"; sim: the platform's options; retry: lines of section
    retry; conf: more text for trivium.conf, in which @SMTP@ is Postfix's port; domains: more domains that come to us, {domain: route};
    postfix: more settings of main.cf; env: the environment of triviumd.
    """

    def __init__(self, name, sdp=(), sim="", retry=(), conf="", domains=None, postfix=(),
                 env=None, bridge=(), milter=(), start=True):
        self.dir = os.path.abspath(f"{B}/{name}")
        self.env = env or {}
        self.sh('gateway_stop "$dir"; umount "$dir/small" 2>/dev/null; rm -rf "$dir"; '
                'gateway_make "$dir"', quiet=False)
        self.ports = {k: int(v) for k, v in
                      (w.split("=") for w in open(f"{self.dir}/ports").read().split())}
        self.sink = Sink()
        domains = {"sms.example.com": "phone:operator-a", **(domains or {})}
        second = f"smtp:[127.0.0.1]:{self.ports['second_port']}"
        transports = [f"{{{d} = {second}}}" for d in domains] + ["{example.org = discard:}",
                      f"{{sink.example = smtp:[127.0.0.1]:{self.sink.port}}}"]
        self.set(f"relay_domains = {' '.join(domains)}",
                 f"transport_maps = inline:{{{', '.join(transports)}}}",
                 "minimal_backoff_time = 1s", "maximal_backoff_time = 2s", "queue_run_delay = 1s",
                 "smtpd_authorized_xclient_hosts = 127.0.0.0/8", "smtpd_error_sleep_time = 0",
                 "smtpd_hard_error_limit = 1000",
                 # A connection that is kept to a second door without a milter says 451 until it ends.
                 "smtp_connection_cache_on_demand = no", *postfix)
        self.routes = {**domains, "+49900": "error:5.7.1 premium numbers are not served"}
        self.write_routes()
        self.change("retry {", retry)
        self.change("bridge {", bridge)
        self.change("milter {", milter)
        with open(f"{self.dir}/trivium.conf", "a") as f:
            f.write(conf.replace("@SMTP@", str(self.ports["smtp_port"])))
        with open(f"{self.dir}/sdp.conf", "a") as f:
            f.write("\n".join(sdp) + "\n")
        self.sim_options = sim
        if start:
            self.start()

    def change(self, section, lines):
        """Put lines into a section; they replace what its keys had."""
        path = f"{self.dir}/trivium.conf"
        text = open(path).read()
        at = text.index(section)
        end = text.index("}", at)
        inside = text[at:end]
        for line in lines:
            key = line.split("=")[0].strip()
            inside = re.sub(rf"(?m)^\s*{key}\s*=.*\n", "", inside) + f"\t{line}\n"
        open(path, "w").write(text[:at] + inside + text[end:])

    def add_sdp(self, name, port, *lines, where="http://127.0.0.1"):
        """One more section, before the start. port: of its platform; None: of the gateway's own."""
        lines = ['driver = "parlayx"', 'sender = "tel:10690123"', f'sms_url = "{where}:'
                 f'{port or self.ports["sdp_port"]}/SendSmsService/services/SendSms"', *lines]
        with open(f"{self.dir}/trivium.conf", "a") as f:
            f.write(f"sdp {name} {{\n\t" + "\n\t".join(lines) + "\n}\n")

    def sh(self, command, quiet=True, check=True):
        out = subprocess.DEVNULL if quiet else sys.stderr
        return subprocess.run(["sh", "-c", ". t/postfix.sh; . t/gateway.sh; " + command], check=check,
                              env={**os.environ, **self.env, "B": B, "dir": self.dir},
                              stdin=subprocess.DEVNULL, stdout=out, stderr=None).returncode

    def set(self, *lines):
        subprocess.run(["postconf", "-c", f"{self.dir}/postfix", "-e", *lines], check=True)

    def write_routes(self, text=None):
        if text is None:
            text = "".join(f"{k} {v}\n" for k, v in self.routes.items())
        with open(f"{self.dir}/routes", "w") as f:
            f.write(text)
        subprocess.run(["postmap", "-c", f"{self.dir}/postfix", f"hash:{self.dir}/routes"], check=True)

    def start(self):
        try:
            self.sh(f'gateway_sim_options="{self.sim_options}"; gateway_start "$dir"', quiet=False)
        except BaseException:
            self.stop()
            raise

    def start_sim(self):
        self.sh(f'gateway_sim_options="{self.sim_options}"; gateway_sim_start "$dir"', quiet=False)

    def start_bridge(self, env=None):
        if env is not None:
            self.env = env
        self.sh('gateway_bridge_start "$dir"', quiet=False)

    def start_milter(self):
        self.sh('gateway_milter_start "$dir"', quiet=False)

    def end(self, name, signo=signal.SIGTERM):
        """Stop one program, and wait until it is gone; False when it had to be killed."""
        pid = self.pid(name)
        os.unlink(f"{self.dir}/{name}.pid")
        try:
            os.kill(pid, signo)
        except ProcessLookupError:
            return False

        def is_gone():
            if name == "milter" and signo != signal.SIGKILL:
                self.poke()
            try:
                # Its parent is gone, so it may stay a zombie; its locks go with its last thread.
                return ("State:\tZ" in open(f"/proc/{pid}/status").read() and
                        len(os.listdir(f"/proc/{pid}/task")) == 1)
            except OSError:
                return True
        if wait_for(is_gone, 90):
            return True
        os.kill(pid, signal.SIGKILL)
        return False

    def poke(self):
        """libmilter looks every five seconds whether it is to stop, and at each connection."""
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(f"/proc/self/cwd/{os.path.relpath(self.dir)}/postfix/queue/trivium/milter.sock")
            except OSError:
                pass

    def pid(self, name):
        return int(open(f"{self.dir}/{name}.pid").read())

    def stop(self):
        """Everything; and what a sanitizer had to say is a failure."""
        self.sh('postfix_stop "$dir/postfix"', check=False)
        for name in ("milter", "triviumd", "sdpsim"):
            if os.path.exists(f"{self.dir}/{name}.pid"):
                self.end(name)
        self.sh('gateway_stop "$dir"; umount "$dir/small" 2>/dev/null; true', check=False)
        self.sink.close()
        for name in ("triviumd", "milter", "sdpsim"):
            log = self.log(name)
            if "Sanitizer" in log or "runtime error" in log:
                ok(False, f"no sanitizer has anything to say of {name}", log[-3000:])

    def log(self, name):
        try:
            return open(f"{self.dir}/{name}.log", errors="replace").read()
        except FileNotFoundError:
            return ""

    def peak(self, name):
        """The most memory it ever had, in bytes."""
        status = open(f"/proc/{self.pid(name)}/status").read()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024

    # Mail

    def smtp(self, xclient=None, port=None):
        s = smtplib.SMTP("127.0.0.1", port or self.ports["smtp_port"], timeout=90)
        s.ehlo("ann.example")
        if xclient:
            code, text = s.docmd("XCLIENT " + xclient)
            assert code == 220, (code, text)
            s.ehlo("ann.example")
        return s

    def rcpt(self, to, sender="ann@example.org", xclient=None):
        """What the mail server says to that recipient: "550 5.1.3 ..."."""
        s = self.smtp(xclient)
        s.mail(sender)
        code, text = s.rcpt(to)
        s.close()
        return f"{code} {text.decode(errors='replace')}"

    def send(self, mail, *to, sender=None, options=(), rcpt_options=(), xclient=None):
        """What the mail server says at the end of the mail; or to the first recipient it refuses."""
        with self.smtp(xclient) as s:
            s.mail(mail.sender if sender is None else sender, options)
            for t in to:
                code, text = s.rcpt(t, rcpt_options)
                if code // 100 != 2:
                    return f"{code} {text.decode(errors='replace')}"
            code, text = s.data(bytes(mail))
            return f"{code} {text.decode(errors='replace')}"

    def submit(self, number, text, **more):
        """Send a mail of that text to that number, which must be taken; the mail."""
        domain = more.pop("domain", "sms.example.com")
        mail = Mail(text, **more)
        said = self.send(mail, f"{number}@{domain}")
        if not said.startswith("250"):
            ok(False, f"a mail to {number} is taken", said)
        return mail

    def mailq(self):
        out = subprocess.run(["postqueue", "-c", f"{self.dir}/postfix", "-j"], capture_output=True,
                             text=True).stdout
        return [json.loads(line) for line in out.splitlines()]

    # The platform

    def sdp(self, path, value=None, method=None, port=None):
        data = None if value is None else json.dumps(value).encode()
        r = urllib.request.Request(f"http://127.0.0.1:{port or self.ports['sdp_port']}{path}", data,
                                   method=method)
        with urllib.request.urlopen(r, timeout=30) as answer:
            return json.load(answer)

    def faults(self, *rules, port=None):
        return self.sdp("/api/faults", list(rules), port=port)

    def no_faults(self, port=None):
        return self.sdp("/api/faults", method="DELETE", port=port)

    def messages(self, number=None, port=None):
        """What the platform took, in order."""
        found, after = [], 0
        while True:
            to = f"&to={number.replace('+', '%2B')}" if number else ""
            page = self.sdp(f"/api/messages?after={after}{to}", port=port)
            if not page["messages"]:
                return found
            found += page["messages"]
            after = page["next"]

    def texts(self, number, port=None):
        return [m["text"] for m in self.messages(number, port)]

    def arrive(self, number, n=1, port=None):
        """The texts at that handset, when there are n of them."""
        wait_for(lambda: len(self.texts(number, port)) >= n)
        return self.texts(number, port)

    # The queue

    def ctl(self, *words):
        p = subprocess.run([f"{B}/triviumctl", "-s", f"unix:{self.dir}/run/control.sock", *words],
                           capture_output=True, timeout=60)
        return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")

    def ask(self, path):
        c = Unix(f"{self.dir}/run/control.sock")
        try:
            c.request("GET", path)
            return json.loads(c.getresponse().read())
        finally:
            c.close()

    def jobs(self, mail):
        """The recipients' jobs of a mail, by its Message-ID."""
        what = urllib.request.quote(getattr(mail, "message_id", mail), safe="")
        return self.ask(f"/show?what={what}").get("jobs", [])

    def state(self, mail, *states):
        """The state of its first recipient; waits for it to be one of those that are given."""
        def look():
            jobs = self.jobs(mail)
            return jobs and jobs[0]["state"]
        if not states:
            return look()
        wait_for(lambda: look() in states)
        return look()

    def history(self, mail):
        return "\n".join(f"{e['state']} {e['text']}" for j in self.jobs(mail) for e in j["history"])

    def transport(self, name="operator-a"):
        return next(t for t in self.ask("/transports")["transports"] if t["name"] == name)

    def idle(self):
        return wait_for(lambda: self.ask("/counts")["jobs"] == 0)


class Sink:
    """Another mail server, which takes all mail: (recipients, bytes) of each, and in `senders` whom it
    was from; but for what `refuse` has, {recipient: "550 5.1.1 unknown"}."""

    def __init__(self):
        self.mails, self.senders, self.refuse = [], [], {}
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

            def handle(self):
                rcpts, sender = [], ""
                self.say("220 sink.example ESMTP")
                for line in self.rfile:
                    word = line[:4].upper()
                    if word == b"EHLO":
                        self.say("250-sink.example\r\n250-8BITMIME\r\n250 SIZE 100000000")
                    elif word == b"RCPT":
                        rcpt = line.split(b"<")[1].split(b">")[0].decode()
                        if rcpt in sink.refuse:
                            self.say(sink.refuse[rcpt])
                            continue
                        rcpts.append(rcpt)
                        self.say("250 ok")
                    elif word == b"MAIL":
                        rcpts, sender = [], line.split(b"<")[1].split(b">")[0].decode()
                        self.say("250 ok")
                    elif word == b"DATA":
                        if not rcpts:
                            self.say("503 5.5.1 nobody")
                            continue
                        self.say("354 go on")
                        mail = b""
                        for data in self.rfile:
                            if data == b".\r\n":
                                break
                            mail += data[1:] if data.startswith(b".") else data
                        sink.senders.append(sender)
                        sink.mails.append((rcpts, mail))
                        self.say("250 ok")
                    elif word == b"QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True
            request_queue_size = 128  # a mail server that comes with more waits half a minute

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def to(self, rcpt):
        return [mail for rcpts, mail in self.mails if rcpt in rcpts]

    def arrive(self, rcpt, n=1):
        wait_for(lambda: len(self.to(rcpt)) >= n)
        return self.to(rcpt)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def run(gateway, *tests):
    """Run the tests one after another, stop the gateway, end the test program."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        for test in tests:
            try:
                test(gateway)
            except (OSError, AssertionError, KeyError, IndexError, StopIteration, ValueError,
                    smtplib.SMTPException, http.client.HTTPException) as e:
                import traceback
                ok(False, f"{test.__name__} runs to its end", traceback.format_exc())
    finally:
        gateway.stop()
        print(f"1..{count}")
    sys.exit(failed > 0)
