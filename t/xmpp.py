"""xmpp.py - XMPP for the tests: a server that answers from a script, private Prosody and ejabberd, a
user's client, and our transport by itself (t/imrun.c)."""
import hashlib
import json
import os
import queue
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree as ET

B = os.environ.get("B", ".build/plain")
SECRET = "s3cret"
GATEWAY = "gw.im.test"


def wait_for(look, seconds=30):
    """The first true answer of look(), or its last one when that does not come in time."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.02)


def free_port():
    """Not one of those that the system gives to connections."""
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(15000, 32000)))
                return s.getsockname()[1]
            except OSError:
                pass


def coded(word):
    return word.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") \
        .replace("\r", "\\x0d")


def plain(word):
    return re.sub(r"\\(x..|.)", lambda m: {"n": "\n", "t": "\t", "\\": "\\"}.get(m[1]) or
                  chr(int(m[1][1:], 16)), word)


class Transport:
    """Our im transport, run by imrun. what() takes what it says, a list of words each."""

    def __init__(self, name, port, *lines, secret=SECRET, jid=GATEWAY):
        self.dir = os.path.abspath(f"{B}/{name}")
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.conf = f"{self.dir}/trivium.conf"
        with open(f"{self.dir}/secret", "w") as f:
            f.write(secret + "\n")
        os.chmod(f"{self.dir}/secret", 0o600)
        with open(self.conf, "w") as f:
            f.write('im xmpp {\n' + "\n".join((
                'driver = "xmpp"', f'server = "127.0.0.1:{port}"', f'jid = "{jid}"',
                f'secret_file = "{self.dir}/secret"', *lines)) + "\n}\n")
        self.start()

    def start(self, *bound):
        """bound: JID, NUMBER, JID, NUMBER, ... of users who have registered."""
        self.said = queue.Queue()
        self.errors = []
        self.program = subprocess.Popen([f"{B}/t/imrun", self.conf, *bound], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=self.read_errors, daemon=True)]
        for t in self.readers:
            t.start()

    def read(self):
        for line in self.program.stdout:
            self.said.put([plain(w) for w in line.decode().rstrip("\n").split("\t")])
        self.said.put(["gone"])

    def read_errors(self):
        for line in self.program.stderr:
            self.errors.append(line.decode(errors="replace").rstrip())

    def say(self, *words):
        data = "\t".join(coded(w) if isinstance(w, str) else w.decode("latin-1") for w in words)
        self.program.stdin.write(data.encode("utf-8", "surrogateescape") + b"\n")
        self.program.stdin.flush()

    def what(self, word, seconds=20):
        """The next line that begins with that word; those before it are dropped."""
        end = time.monotonic() + seconds
        while True:
            try:
                said = self.said.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                return None
            if said[0] == word:
                return said
            if said[0] == "gone":
                return None

    def silent(self, *words, seconds=0.3):
        """Does it say none of these words for a while? For what must not happen; never to wait."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.said.get(timeout=0.05)[0] in words:
                    return False
            except queue.Empty:
                pass
        return True

    def drain(self):
        """Forget what it has said."""
        while not self.said.empty():
            self.said.get()

    def stop(self):
        """Its exit code, and what a sanitizer had to say."""
        if self.program.poll() is None:
            try:
                self.program.stdin.close()
            except OSError:
                pass
            try:
                self.program.wait(20)
            except subprocess.TimeoutExpired:
                self.program.kill()
        code = self.program.wait()
        for t in self.readers:
            t.join(5)
        return code

    def kill(self):
        self.program.kill()
        self.program.wait()


class Link:
    """A component's connection, seen from the server."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.settimeout(20)
        self.bytes = b""

    def read_until(self, pattern, seconds=20):
        """Read up to the pattern (bytes of a regular expression); what was read, or None."""
        end = time.monotonic() + seconds
        while True:
            m = re.search(pattern, self.bytes, re.S)
            if m:
                found, self.bytes = self.bytes[:m.end()], self.bytes[m.end():]
                return found
            try:
                self.connection.settimeout(max(end - time.monotonic(), 0.01))
                more = self.connection.recv(65536)
            except OSError:
                return None
            if not more:
                return None
            self.bytes += more

    def write(self, data):
        try:
            self.connection.sendall(data if isinstance(data, bytes) else data.encode())
            return True
        except OSError:
            return False

    def open(self, id="abc&amp;1"):
        """Answer its header. The id holds a reference, which must be read before it is hashed."""
        header = self.read_until(rb"<stream:stream[^>]*>")
        self.write("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                   f"xmlns:stream='http://etherx.jabber.org/streams' from='{GATEWAY}' id='{id}'>")
        return header

    def shake(self, secret=SECRET, id="abc&1"):
        """Take its handshake; whether it was the right one."""
        got = self.read_until(rb"<handshake>[^<]*</handshake>")
        want = hashlib.sha1((id + secret).encode()).hexdigest()
        if not got or want.encode() not in got:
            return False
        return self.write("<handshake/>")

    def stanza(self, name="message", seconds=20):
        """The next whole stanza of that name, as an element; or None."""
        while True:
            got = self.read_until(rb"<(message|iq|presence)\b[^>]*?(/>|>.*?</\1>)", seconds)
            if not got:
                return None
            text = re.search(rb"<(message|iq|presence)\b.*", got, re.S)[0]
            x = ET.fromstring(text)
            if x.tag == name:
                return x

    def pong(self, seconds=20):
        """Send its next ping back, as a server does with what we send to ourselves."""
        while True:
            x = self.stanza("iq", seconds)
            if x is None:
                return None
            if x.find("{urn:xmpp:ping}ping") is not None:
                self.write(ET.tostring(x))
                return x.get("id")

    def end(self):
        """Does it close its stream properly?"""
        return self.read_until(rb"</stream:stream>") is not None

    def closed(self):
        """Is the connection closed by the other side?"""
        return self.read_until(rb"(?!)") is None

    def close(self):
        self.connection.close()


class Server:
    """A server that answers from a script: accept() gives one connection after another."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(20)
        self.port = self.socket.getsockname()[1]

    def accept(self, seconds=20):
        self.socket.settimeout(seconds)
        try:
            return Link(self.socket.accept()[0])
        except OSError:
            return None

    def login(self):
        """Accept a component that does everything right."""
        link = self.accept()
        link.open()
        assert link.shake()
        return link

    def close(self):
        self.socket.close()


class Daemon:
    """A program with a folder and ports of its own."""
    process = None

    def make_folder(self, name):
        self.dir = os.path.abspath(f"{B}/{name}")
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)

    def answers(self, port):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.dir}: it does not come up")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def kill(self, signo=signal.SIGKILL):
        """End it; a whole group, as ejabberd has helpers of its own."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signo)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def stop(self):
        self.kill(signal.SIGTERM)


class Prosody(Daemon):
    """A private Prosody; users get the password "pw"."""
    kind = "prosody"

    def __init__(self, name, users=("juliet", "romeo"), conflict="kick_old", upload=False):
        self.make_folder(name)
        self.c2s, self.port, self.http = free_port(), free_port(), free_port()
        self.env = {**os.environ, "LC_ALL": "C.UTF-8"}
        more = "" if not upload else f'''
Component "upload.im.test" "http_file_share"
  http_file_share_size_limit = 1024*1024
  http_host = "127.0.0.1"
  http_external_url = "http://127.0.0.1:{self.http}/"
'''
        with open(f"{self.dir}/prosody.cfg.lua", "w") as f:
            f.write(f'''
run_as_root = true
pidfile = "{self.dir}/prosody.pid"
data_path = "{self.dir}/data"
log = {{ {{ levels = {{ min = "info" }}; to = "file"; filename = "{self.dir}/prosody.log" }} }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.c2s} }}
c2s_direct_tls_ports = {{ }}
component_ports = {{ {self.port} }}
component_interface = "127.0.0.1"
http_ports = {{ {self.http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ }}
console_ports = {{ }}
s2s_ports = {{ }}
modules_disabled = {{ "s2s" }}
modules_enabled = {{
  "disco"; "roster"; "saslauth"; "posix"; "ping"; "offline"; "presence"; "message"; "iq";
  "carbons"; "smacks"; "private"; "vcard_legacy"; "pep"; "version";
}}
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
authentication = "internal_plain"
storage = "internal"
component_conflict_resolve = "{conflict}"
VirtualHost "im.test"
Component "{GATEWAY}"
  component_secret = "{SECRET}"
{more}''')
        os.makedirs(f"{self.dir}/data/im%2etest/accounts")
        for user in users:
            self.add_user(user)
        self.start()

    def add_user(self, user):
        """As prosodyctl would write it, without the second that it takes."""
        with open(f"{self.dir}/data/im%2etest/accounts/{user}.dat", "w") as f:
            f.write('return { ["password"] = "pw"; };\n')

    def start(self):
        self.log = open(f"{self.dir}/out", "a")
        self.process = subprocess.Popen(
            ["prosody", "--config", f"{self.dir}/prosody.cfg.lua", "-F"], stdout=self.log,
            stderr=self.log, stdin=subprocess.DEVNULL, env=self.env)
        wait_for(lambda: self.answers(self.port) and self.answers(self.c2s))

    def offline(self, user):
        """The bodies that are stored for a user who is away."""
        try:
            text = open(f"{self.dir}/data/im%2etest/offline/{user}.list", encoding="utf-8").read()
        except FileNotFoundError:
            return []
        return re.findall(r'\["name"\] = "body";\s*"((?:[^"\\]|\\.)*)"', text) or \
            re.findall(r'"((?:[^"\\]|\\.)*)";\s*\["name"\] = "body"', text) or \
            re.findall(r'\{\s*"((?:[^"\\]|\\.)*)";\s*\["attr"\][^{]*\{[^}]*\};\s*\["name"\] = "body"',
                       text)


class Ejabberd(Daemon):
    """A private ejabberd, started without its wrapper: no epmd, no node name, any user."""
    kind = "ejabberd"

    def __init__(self, name, users=("juliet", "romeo"), upload=False):
        self.make_folder(name)
        self.users = users
        self.c2s, self.port, self.http = free_port(), free_port(), free_port()
        with open(f"{self.dir}/ejabberd.yml", "w") as f:
            f.write(f'''
hosts: [im.test]
loglevel: info
log_rotate_count: 0
auth_method: internal
auth_password_format: plain
certfiles: []
s2s_access: none
listen:
  - {{ port: {self.c2s}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: false, starttls_required: false, max_stanza_size: 262144, shaper: none, access: all }}
  - {{ port: {self.http}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{ /upload: mod_http_upload }} }}
  - port: {self.port}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    shaper: none
    hosts:
      {GATEWAY}: {{ password: {SECRET} }}
access_rules:
  register: {{ allow: all }}
shaper: {{}}
shaper_rules:
  max_user_offline_messages: {{ 100000: all }}
modules:
  mod_adhoc: {{}}
  mod_carboncopy: {{}}
  mod_disco: {{}}
''' + (f'  mod_http_upload: {{ put_url: "http://127.0.0.1:{self.http}/upload", get_url: "http://127.0.0.1:{self.http}/upload", docroot: "{self.dir}/upload", access: all, max_size: 1048576 }}\n' if upload else "") + '''  mod_offline: { access_max_user_messages: max_user_offline_messages }
  mod_ping: {}
  mod_private: {}
  mod_roster: {}
  mod_stream_mgmt: {}
  mod_vcard: {}
''')
        self.start()

    def start(self):
        lib = "/usr/lib/x86_64-linux-gnu"
        lib = next(d for d in (f"/usr/lib/{os.uname().machine}-linux-gnu", lib, "/usr/lib")
                   if os.path.isdir(d) and any(n.startswith("ejabberd-") for n in os.listdir(d)))
        home = next(n for n in os.listdir(lib) if n.startswith("ejabberd-"))
        register = "".join(
            f'ejabberd_auth:try_register(<<"{u}">>,<<"im.test">>,<<"pw">>),' for u in self.users)
        env = {**os.environ, "HOME": self.dir, "EJABBERD_CONFIG_PATH": f"{self.dir}/ejabberd.yml",
               "EJABBERD_LOG_PATH": f"{self.dir}/ejabberd.log", "ERL_LIBS": lib,
               "SPOOL_DIR": self.dir, "EJABBERD_SO_PATH": f"{lib}/{home}/priv/lib",
               "ERL_CRASH_DUMP": f"{self.dir}/crash"}
        self.log = open(f"{self.dir}/out", "a")
        self.process = subprocess.Popen(
            ["erl", "-noinput", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none",
             "-pa", f"{lib}/{home}/ebin", "-mnesia", "dir", f'"{self.dir}/mnesia"',
             "-s", "ejabberd", "-eval",
             f'spawn(fun() -> W = fun(W) -> case catch ejabberd_auth:try_register(<<"probe">>,'
             f'<<"im.test">>,<<"pw">>) of {{\'EXIT\', _}} -> timer:sleep(100), W(W); _ -> ok end end,'
             f' W(W), {register} file:write_file("{self.dir}/up", "") end).'],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=env, cwd=self.dir)
        wait_for(lambda: self.process.poll() is not None or os.path.exists(f"{self.dir}/up"), 120)
        wait_for(lambda: self.answers(self.port) and self.answers(self.c2s), 60)


class Bridge(Daemon):
    """A bare triviumd with an im section, and mail for im.example.com that leads there; no mail server."""

    def __init__(self, name, port, *lines, listen=None):
        self.make_folder(name)
        platform = ""
        if listen:
            platform = f"""sdp acme {{
	driver = "parlayx"
	sms_url = "http://127.0.0.1:1/"
	sender = "tel:10690123"
}}
"""
        with open(f"{self.dir}/secret", "w") as f:
            f.write(SECRET + "\n")
        os.chmod(f"{self.dir}/secret", 0o600)
        with open(f"{self.dir}/trivium.conf", "w") as f:
            f.write(f'''
state_dir = "{self.dir}/state"
user = ""
log = "stderr"
country_code = "49"
bridge {{
	submit = "unix:submit.sock"
	control = "unix:control.sock"
	listen = "{f"127.0.0.1:{listen}" if listen else ""}"
}}
{platform}im xmpp {{
	driver = "xmpp"
	server = "127.0.0.1:{port}"
	jid = "{GATEWAY}"
	secret_file = "{self.dir}/secret"
	upload = "none"
	{chr(10).join(lines)}
}}
retry {{
	probe_first = "100 ms"
	probe_most = "300 ms"
}}
tables {{
	routes = "static:im.example.com=im:xmpp"
}}
''')
        os.makedirs(f"{self.dir}/state")
        self.start()

    def start(self):
        self.log = open(f"{self.dir}/log", "a")
        self.said = self.log.tell()
        self.process = subprocess.Popen([os.path.abspath(f"{B}/triviumd"), "-c", "trivium.conf"],
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                        cwd=self.dir)
        if not wait_for(lambda: self.process.poll() is not None or self.counts() is not None) or \
                self.process.poll() is not None:
            raise RuntimeError(open(f"{self.dir}/log").read()[-2000:])

    def request(self, socket_name, method, path, body=None):
        import http.client
        c = http.client.HTTPConnection("localhost", timeout=60)
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.settimeout(60)
        # A relative name, since the whole one may be too long for a socket.
        c.sock.connect(os.path.relpath(f"{self.dir}/{socket_name}"))
        c.request(method, path, body, {"Content-Type": "application/x-trivium-message"} if body else {})
        r = c.getresponse()
        return r.status, r.read().decode()

    def up(self):
        """Whether it is a component by now, since its last start."""
        said = open(f"{self.dir}/log").read()[self.said:]
        return "ready: " in said and "connected to" in said

    def cpu(self):
        """Seconds of CPU so far."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return sum(int(fields[i]) for i in (11, 12)) / os.sysconf("SC_CLK_TCK")

    def counts(self):
        try:
            status, text = self.request("control.sock", "GET", "/counts")
            return json.loads(text) if status == 200 else None
        except OSError:
            return None

    def submit(self, sender, to, text, message_id):
        """A mail from somebody; whether it was taken."""
        fields = (("from", "mailto:" + sender), ("auth", "1"), ("message_id", message_id), ("text", text), ("rcpt", to))
        body = b"".join(f"{k}={len(v.encode())}:{v}\n".encode() for k, v in fields)
        try:
            return self.request("submit.sock", "POST", "/submit", body)[0] == 200
        except OSError:
            return False


class Client:
    """A user's client, by slixmpp (so for /usr/bin/python3 alone). `got` holds its messages as they come,
    `presences` and `errors` likewise."""

    def __init__(self, server, user, online=True):
        import asyncio
        self.asyncio = asyncio
        self.server, self.user = server, user
        self.got, self.receipts, self.errors, self.presences = [], [], [], []
        self.ready = threading.Event()
        self.gone = threading.Event()
        self.online = online
        threading.Thread(target=self.run, daemon=True).start()
        if not self.ready.wait(30):
            raise RuntimeError(f"{user} cannot log in")

    def run(self):
        import logging
        import slixmpp
        logging.disable(logging.CRITICAL)
        self.loop = self.asyncio.new_event_loop()
        self.asyncio.set_event_loop(self.loop)
        x = self.xmpp = slixmpp.ClientXMPP(f"{self.user}@im.test/client", "pw")
        x["feature_mechanisms"].unencrypted_plain = True
        x["feature_mechanisms"].unencrypted_scram = True
        x.auto_authorize, x.auto_subscribe = True, False
        for plugin in ("xep_0030", "xep_0004", "xep_0050", "xep_0077", "xep_0092", "xep_0199",
                       "xep_0184", "xep_0054", "xep_0066", "xep_0172", "xep_0203"):
            x.register_plugin(plugin)
        x["xep_0184"].auto_ack = True
        x.add_event_handler("session_start", self.on_start)
        x.add_event_handler("message", self.on_message)
        x.add_event_handler("message_error", lambda m: self.errors.append(m))
        x.add_event_handler("receipt_received", lambda m: self.receipts.append(m["receipt"]))
        for kind in ("presence_available", "presence_unavailable", "presence_subscribe",
                     "presence_subscribed", "presence_unsubscribed", "presence_error"):
            x.add_event_handler(kind, lambda p: self.presences.append(
                (p["type"], str(p["from"]), p["status"])))
        x.connect(("127.0.0.1", self.server.c2s), disable_starttls=True, force_starttls=False)
        self.loop.run_until_complete(x.disconnected)
        for task in self.asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(self.asyncio.sleep(0.01))
        self.gone.set()

    async def on_start(self, event):
        if self.online:
            self.xmpp.send_presence()
            await self.xmpp.get_roster()
        self.ready.set()

    def on_message(self, m):
        if m["type"] in ("chat", "normal") and m["body"]:
            self.got.append(m)

    def do(self, call):
        """Run something in the client's thread and return its result; a coroutine's outcome."""
        async def there():
            result = call(self.xmpp)
            return await result if self.asyncio.iscoroutine(result) or \
                self.asyncio.isfuture(result) else result
        return self.asyncio.run_coroutine_threadsafe(there(), self.loop).result(30)

    def send(self, to, text, id=None, receipt=False):
        def send(x):
            m = x.make_message(mto=to, mbody=text, mtype="chat")
            m["id"] = id or x.new_id() + "-" + os.urandom(6).hex()
            if receipt:
                m["request_receipt"] = True
            m.send()
            return m["id"]
        return self.do(send)

    def raw(self, data):
        self.do(lambda x: x.send_raw(data))

    def texts(self):
        return [m["body"] for m in self.got]

    def close(self):
        try:
            self.loop.call_soon_threadsafe(self.xmpp.disconnect)
        except RuntimeError:
            pass
        self.gone.wait(10)
