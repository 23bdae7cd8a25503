#!/usr/bin/python3
"""Pictures of instant messages: put onto the server for its users (XEP-0363), and fetched from where
users put theirs, but not from our own network."""
import http.server
import os
import ssl
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, "t")
import xmpp
from tap import done, like, ok, same

ID = "01KJ00000000000000000000%02d"
PNG = b"\x89PNG\r\n\x1a\nAnd so on"


class Files(http.server.BaseHTTPRequestHandler):
    """What hostile and friendly hosts have at a link's end."""
    protocol_version = "HTTP/1.0"
    seen = []

    def do_GET(self):
        Files.seen.append(self.path)
        if self.path == "/move":
            self.send_response(302)
            self.send_header("Location", "/cat.png")
            self.end_headers()
            return
        if self.path == "/no":
            self.send_error(404)
            return
        body = {"/page": b"<html>", "/large": PNG + bytes(200000), "/empty": b""}.get(
            self.path, b"\xff\xd8\xff\xe0jpeg" if "jpg" in self.path else PNG)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if self.path != "/endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
            while self.path == "/endless":
                self.wfile.write(bytes(65536))
        except OSError:
            pass

    def log_message(self, *arguments):
        pass


def serve(tls=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def certificate():
    d = os.path.abspath(f"{xmpp.B}/t63c")
    os.makedirs(d, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", f"{d}/key", "-out", f"{d}/cert", "-days", "2", "-subj", "/CN=x",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(f"{d}/cert", f"{d}/key")
    return tls, f"{d}/cert"


def out(server, kind):
    t = xmpp.Transport("t63", server.port)
    juliet = xmpp.Client(server, "juliet")
    ok(xmpp.wait_for(lambda: any("pictures are put onto upload.im.test" in e for e in t.errors), 10) or
       kind == "ejabberd" and xmpp.wait_for(lambda: any("pictures are put onto" in e for e in t.errors), 10),
       f"{kind}: the upload service is found", t.errors)
    t.say("picture", ID % 1, "xmpp:juliet@im.test", "tel:+49170", "Look at")
    same((t.what("finish", 20) or [0] * 3)[2], "done", f"{kind}: a picture is sent")
    xmpp.wait_for(lambda: juliet.got, 10)
    body = juliet.texts()[0] if juliet.got else ""
    link = body.split("\n")[-1]
    ok(body.startswith("Look at\nhttp"), f"{kind}: as text and link", body)
    same(juliet.got[0]["oob"]["url"] if juliet.got else "", link, f"{kind}: which the client knows for one")
    try:
        data = urllib.request.urlopen(link, timeout=10).read()
    except OSError as e:
        data = e
    same(data, PNG, f"{kind}: and the picture is there")
    juliet.close()
    same(t.stop(), 0, f"{kind}: ends well")


def without(server):
    t = xmpp.Transport("t63", server.port, 'upload = "none"')
    juliet = xmpp.Client(server, "juliet")
    t.what("probe")
    t.say("picture", ID % 2, "xmpp:juliet@im.test", "tel:+49170", "Look at")
    t.what("finish", 10)
    ok(xmpp.wait_for(lambda: any("[h\u00e4t 1.png: image/png, 1 kB]" in x for x in juliet.texts()), 10),
       "without a service the picture is named", juliet.texts())
    t.stop()
    t = xmpp.Transport("t63", server.port, 'upload = "nobody.im.test"')
    t.what("probe")
    t.say("picture", ID % 3, "xmpp:juliet@im.test", "tel:+49170", "Again")
    same((t.what("finish", 20) or [0] * 3)[2], "done", "a service that refuses keeps no message back")
    juliet.close()
    t.stop()


def arrives(link, url, body=None):
    """Send that link as a client does; the part, if any, and the text."""
    link.write("<message from='a@im.test/r' to='+49170555@gw.im.test' type='chat' id='m-1234567'>"
               f"<body>{body or url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x></message>")


def fetched(t):
    """What comes of it: [type, name, size] or None, and the text."""
    part = None
    while True:
        said = t.said.get(timeout=30)
        if said[0] == "part":
            part = said[1:]
        if said[0] == "message":
            return part, said[6]


def into():
    tls, cert = certificate()
    plain, secure = serve(), serve(tls)
    server = xmpp.Server()
    t = xmpp.Transport("t63", server.port, f'ca_file = "{cert}"', 'fetch_hosts = "localhost files.test"',
                       'fetch_size = "100 kB"')
    link = server.login()
    for name, url, want in (
            ("a picture", f"http://localhost:{plain}/cat.png?x=/y", ["image/png", "cat.png", "17"]),
            ("by https", f"https://localhost:{secure}/a/b.jpg", ["image/jpeg", "b.jpg", "8"]),
            ("a hostile name", f"http://localhost:{plain}/..%2f..%2fetc.png", ["image/png", "2f..2fetc.png", "17"]),
            ("a redirect", f"http://localhost:{plain}/move", None),
            ("one that is not there", f"http://localhost:{plain}/no", None),
            ("a page", f"http://localhost:{plain}/page", None),
            ("an empty file", f"http://localhost:{plain}/empty", None),
            ("one that is too large", f"http://localhost:{plain}/large", None),
            ("an endless one", f"http://localhost:{plain}/endless", None)):
        arrives(link, url)
        part, text = fetched(t)
        same(part, want, f"{name}: " + ("fetched" if want else "stays a link"))
        same(text, "" if want else url, f"{name}: the text")
    arrives(link, f"http://localhost:{plain}/cat.png", "My cat")
    same(fetched(t)[1], "My cat", "what is said with it stays")

    Files.seen.clear()
    for url in (f"https://127.0.0.1:{secure}/cat.png", f"https://127.1:{secure}/cat.png",
                f"https://2130706433:{secure}/cat.png", f"https://0x7f000001:{secure}/cat.png",
                f"https://[::1]:{secure}/cat.png", f"https://[::ffff:127.0.0.1]:{secure}/cat.png",
                f"https://0.0.0.0:{secure}/cat.png", f"https://localhost.:{secure}/cat.png",
                f"http://127.0.0.1:{plain}/cat.png", f"https://localhost@127.0.0.1:{secure}/cat.png",
                f"https://127.0.0.1:{secure}\\@localhost/cat.png", f"https://localhost#@127.0.0.1:{secure}/",
                "file:///etc/passwd", "gopher://localhost/x", "ftp://localhost/x.png", "https:///x",
                "https://", f"//localhost:{plain}/cat.png", "https://169.254.169.254/latest/meta-data",
                f"https://10.0.0.1:{secure}/cat.png"):
        arrives(link, url)
        part, text = fetched(t)
        ok(part is None, f"not fetched: {url}", part)
    same([p for p in Files.seen if "cat" in p], [], "none of these was even asked for")
    t.say("quiet")
    link.end()
    link.close()
    same(t.stop(), 0, "ends well")

    t = xmpp.Transport("t63", server.port, 'fetch = "none"', 'fetch_hosts = "localhost"')
    link = server.login()
    arrives(link, f"http://localhost:{plain}/cat.png")
    ok(fetched(t)[0] is None, "fetch = none fetches nothing")
    # One that is being fetched when all ends is handed on as a link, and does no harm.
    t.stop()
    server.close()


for make, kind in ((lambda: xmpp.Prosody("t63p", upload=True), "prosody"),
                   (lambda: xmpp.Ejabberd("t63e", upload=True), "ejabberd")):
    s = make()
    try:
        out(s, kind)
        if kind == "prosody":
            without(s)
    finally:
        s.stop()
into()
done()
