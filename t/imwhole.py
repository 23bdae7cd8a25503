"""imwhole.py - instant messages on the whole way: a user of a private server writes to a phone and to a
mailbox, and both write back; receipts, failures, pictures, and what must not become an SMS. Runs when it is
imported, with the server whose class (of xmpp.py) is the program's first argument."""
import base64
import email
import email.message
import email.policy
import http.server
import re
import struct
import sys
import threading
import urllib.request
import zlib
from xml.sax.saxutils import escape

sys.path.insert(0, "t")
import xmpp
from whole import Gateway, Mail, equal, free_port, ok, skip, wait_for
import whole

PHONE, JULIET = "+4915550100", "juliet%im.test@im.example.com"
listen = free_port()


def png(size):
    """A grey square."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * size) * size)) + chunk(b"IEND", b""))


PNG = png(40)
NAME = sys.argv[1]
server = getattr(xmpp, NAME)(f"t79{NAME}", upload=True)
g = Gateway(f"t79{NAME}w", start=False, domains={"im.example.com": "im:xmpp", "gw.im.test": "phone:operator-a"},
            bridge=[f'listen = "127.0.0.1:{listen}"'],
            sdp=[f'callback = "http://127.0.0.1:{listen}/sdp/operator-a"', "extensions = 2"],
            conf=f'''
im xmpp {{
	driver = "xmpp"
	server = "127.0.0.1:{server.port}"
	jid = "gw.im.test"
	secret_file = "xmpp.secret"
	reconnect = "300 ms"
	unknown_wait = "500 ms"
	mail_pause = "1 s"
	fetch_hosts = "localhost"
}}
''')
g.change("tables {", (f'policy = "hash:{g.dir}/policy"',))
platform = f"http://127.0.0.1:{g.ports['sdp_port']}"
with open(f"{g.dir}/sdp.conf", "a") as f:
    f.write(f'mms_url = "{platform}/SendMessageService/services/SendMessage"\n'
            f'mms_receive_url = "{platform}/ReceiveMessageService/services/ReceiveMessage"\n')
g.sim_options = f"--callback http://127.0.0.1:{listen}/sdp/operator-a"
with open(f"{g.dir}/xmpp.secret", "w") as f:
    f.write(xmpp.SECRET + "\n")
whole.os.chmod(f"{g.dir}/xmpp.secret", 0o600)
with open(f"{g.dir}/trivium.conf", "a") as f:
    f.write(f'mail {{\n\trelay = "smtp://127.0.0.1:{g.sink.port}"\n\tdomain = "sms.example.com"\n'
            '\tim_domain = "im.example.com"\n}\n')
juliet = None


def phone_writes(text, to, date="2026-11-25T08:00:00Z"):
    """As the platform brings what a phone has written."""
    body = ('<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
            '<n:notifySmsReception xmlns:n="http://www.csapi.org/schema/parlayx/sms/notification/v2_2/local">'
            f'<n:correlator>c</n:correlator><n:message><message>{escape(text)}</message>'
            f'<senderAddress>tel:{PHONE}</senderAddress><smsServiceActivationNumber>{to}'
            f'</smsServiceActivationNumber><dateTime>{date}</dateTime></n:message></n:notifySmsReception>'
            '</soapenv:Body></soapenv:Envelope>')
    r = urllib.request.Request(f"http://127.0.0.1:{listen}/sdp/operator-a", body.encode(),
                               {"Content-Type": "text/xml; charset=utf-8"})
    with urllib.request.urlopen(r, timeout=30) as answer:
        return answer.status


def sms(text):
    return next((m for m in g.messages(PHONE) if text in m["text"]), None)


def im_to_phone():
    juliet.send(PHONE + "@gw.im.test", "Hello phone", receipt=True)
    m = wait_for(lambda: sms("Hello phone"))
    ok(m, "a user's message reaches the phone as an SMS", g.log("triviumd")[-2000:])
    ok(wait_for(lambda: juliet.receipts), "its receipt comes when the handset has it",
       g.log("triviumd")[-2000:])
    juliet.raw("<message to='%s@gw.im.test' type='chat'><composing "
               "xmlns='http://jabber.org/protocol/chatstates'/></message>" % PHONE)
    juliet.raw("<message to='%s@gw.im.test' type='chat'><body> </body></message>" % PHONE)
    juliet.send(PHONE + "@gw.im.test", "after the states")
    ok(wait_for(lambda: sms("after the states")), "the next one, too")
    equal(len(g.messages(PHONE)), 2, "what a client says while somebody types is no SMS")
    return m["sender"] if m else "tel:10690123"


def phone_to_im(number):
    equal(phone_writes("Hi Juliet \u00e4 <&>", number), 200, "the phone answers")
    ok(wait_for(lambda: "Hi Juliet \u00e4 <&>" in juliet.texts()), "and the user has it",
       g.log("triviumd")[-2000:])
    equal([str(m["from"]) for m in juliet.got][-1:], [PHONE + "@gw.im.test"], "from the phone's address")


class Picture(http.server.BaseHTTPRequestHandler):
    seen, go = [], threading.Event()

    def do_GET(self):
        Picture.seen.append(self.path)
        if "slow" in self.path:
            Picture.go.wait(60)
        self.send_response(200)
        self.send_header("Content-Length", str(len(PNG)))
        self.end_headers()
        try:
            self.wfile.write(PNG)
        except OSError:
            pass

    def log_message(self, *arguments):
        pass


def pictures():
    global files
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Picture)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    url = f"http://localhost:{files.server_address[1]}/cat.png"
    juliet.raw(f"<message to='{PHONE}@gw.im.test' type='chat' id='picture-1'><body>{url}</body>"
               f"<x xmlns='jabber:x:oob'><url>{url}</url></x></message>")
    m = wait_for(lambda: next((m for m in g.messages(PHONE) if m["mms"]), None))
    ok(m, "a user's picture reaches the phone as an MMS", m, g.log("triviumd")[-2000:])
    g.sdp("/api/mo", {"from": PHONE, "to": number.replace("tel:", ""), "text": "Mine", "attachments": [
        {"contentType": "image/png", "name": "dog.png", "base64": base64.b64encode(PNG).decode()}]})
    link = wait_for(lambda: next((t.split("\n")[-1] for t in juliet.texts() if t.startswith("Mine\nhttp")), None))
    ok(link, "a phone's picture reaches the user as a link", juliet.texts(), g.log("triviumd")[-2000:])
    got = urllib.request.urlopen(link, timeout=10).read() if link else b""
    equal(got[:8], PNG[:8], "behind which it is")


def killed():
    """A picture comes slowly, and triviumd dies meanwhile."""
    n = len([m for m in g.messages(PHONE) if m["mms"]])
    url = f"http://localhost:{files.server_address[1]}/slow.png"
    juliet.raw(f"<message to='{PHONE}@gw.im.test' type='chat' id='picture-2'><body>{url}</body>"
               f"<x xmlns='jabber:x:oob'><url>{url}</url></x></message>")
    ok(wait_for(lambda: "/slow.png" in Picture.seen), "a picture is being fetched")
    g.end("triviumd", 9)
    Picture.go.set()
    g.start_bridge()
    ok(wait_for(lambda: len([m for m in g.messages(PHONE) if m["mms"]]) > n),
       "and reaches the phone, though triviumd was killed then", g.log("triviumd")[-2000:])
    ok(wait_for(lambda: g.log("triviumd").count("connected to") == 2), "which is a component again")
    juliet.send(PHONE + "@gw.im.test", "behind the picture")
    ok(wait_for(lambda: sms("behind the picture")), "what is written next goes, too")
    equal(len([m for m in g.messages(PHONE) if m["mms"]]), n + 1, "and the picture went once")


def lines_refused():
    """Two lines become one mail, which nobody takes: each line is marked."""
    g.sink.refuse["nobody@refused.example"] = "550 5.1.1 unknown"
    n = len(juliet.errors)
    ids = [juliet.send("nobody\\40refused.example@gw.im.test", text, receipt=True) for text in ("one", "two")]
    ok(wait_for(lambda: len(juliet.errors) >= n + 2, 20), "a mail that is refused marks both of its lines",
       juliet.errors[n:], g.log("triviumd")[-2000:])
    equal(sorted(e["id"] for e in juliet.errors[n:]), sorted(ids), "by their own ids")


def long_ones():
    """More than an SMS, and more than a chat, can hold."""
    juliet.send(PHONE + "@gw.im.test", "long " * 400)
    ok(wait_for(lambda: any(re.match(r"Shortened for \+4915550100: \d{3,} characters at its end are left out$", t)
                            for t in juliet.texts()), 20),
       "a user whose text is too long for a phone is told", juliet.texts()[-2:], g.log("triviumd")[-1500:])
    said = g.send(Mail("0123456789" * 7 * 1024 + " the end", subject="Long", sender="ann@long.example"), JULIET)
    ok(said.startswith("250"), "a mail longer than a chat's message", said)
    text = wait_for(lambda: next((t for t in juliet.texts() if t.startswith("Long\n\n0123")), None))
    ok(text and re.search("\u2026 \\[\\d{4,} more characters are not shown here\\]$", text), "says so at its end",
       text and text[-100:])
    juliet.send("long\\40mail.example@gw.im.test", "y" * 100000 + " fin")
    whole_mail = wait_for(lambda: next((m for r, m in g.sink.mails if r == ["long@mail.example"]), None), 20)
    ok(whole_mail and email.message_from_bytes(whole_mail, policy=email.policy.default).get_content().strip().endswith("yyy fin"),
       "100 kB that a user writes to a mailbox arrive whole", whole_mail and whole_mail[:300])


def refused():
    n = len(juliet.errors)
    juliet.send("12@gw.im.test", "x")
    wait_for(lambda: len(juliet.errors) > n)
    equal([e["error"]["condition"] for e in juliet.errors[n:]], ["jid-malformed"],
          "what is no number is refused to the client")
    g.faults({"match": {"text": "unlucky"}, "do": "fault:SVC0004"})
    id = juliet.send(PHONE + "@gw.im.test", "unlucky one")
    ok(wait_for(lambda: any(e["id"] == id for e in juliet.errors), 20),
       "what the platform refuses comes back as an error with the message's own id",
       g.log("triviumd")[-2000:])
    g.no_faults()


def mail_to_im():
    global balcony
    mail = Mail("Dear Juliet,\n\nthe whole text.\n", subject="Balcony")
    balcony = mail.message_id
    said = g.send(mail, JULIET)
    ok(said.startswith("250"), "a mail to an IM user is taken", said)
    ok(wait_for(lambda: any("the whole text." in t for t in juliet.texts())), "and reaches the user",
       g.log("triviumd")[-2000:])
    m = next((m for m in juliet.got if "whole text" in m["body"]), None)
    equal(m and str(m["from"]), "ann\\40example.org@gw.im.test", "from its author's address, escaped")
    ok(m and m["body"].startswith("Balcony"), "with its subject", m and m["body"])


def mail_with_picture():
    m = email.message.EmailMessage(email.policy.SMTP)
    m["From"], m["Subject"], m["Message-ID"] = "ann@example.org", "Snapshot", "<snapshot@ann.example>"
    m.set_content("See below.")
    m.add_attachment(PNG, "image", "png", filename="snap.png")
    head, _, body = bytes(m).partition(b"\r\n\r\n")
    mail = Mail("", headers=head.decode().replace("\r\n", "\n").split("\n"), body=body, message_id=None, date=None)
    mail.head = head + b"\r\n"
    ok(g.send(mail, JULIET).startswith("250"), "a mail with a picture is taken")
    text = wait_for(lambda: next((t for t in juliet.texts() if "See below." in t), None))
    link = text and text.split("\n")[-1]
    ok(link and link.startswith("http://127.0.0.1:"), "and the user has its text and a link", text,
       g.log("triviumd")[-1500:])
    got = urllib.request.urlopen(link, timeout=10).read() if link and link.startswith("http") else b""
    equal(got[:4], PNG[:4], "behind which the picture is")


def im_to_mail():
    juliet.send("ann\\40example.org@gw.im.test", "Dear Ann \u20ac", receipt=True)
    juliet.send("ann\\40example.org@gw.im.test", "a second line")
    ok(wait_for(lambda: g.sink.mails), "a user's message becomes a mail", g.log("triviumd")[-2000:])
    rcpts, mail = g.sink.mails[-1] if g.sink.mails else ([], b"")
    equal(rcpts, ["ann@example.org"], "to the mailbox")
    ok(re.search(rb"(?m)^From:.*\bjuliet%im\.test@im\.example\.com\b", mail),
       "from an address that leads back", mail[:800])
    mail = email.message_from_bytes(mail, policy=email.policy.default)
    equal(mail.get_content().split(), ["Dear", "Ann", "\u20ac", "a", "second", "line"],
          "two lines within a short pause are one mail")
    equal([mail["In-Reply-To"], mail["Subject"]], [balcony, "Re: Balcony"], "in the thread of the mail before")
    equal(len(g.sink.mails), 1, "and no other")


def away():
    juliet.close()
    phone_writes("while you were away", "tel:" + number.replace("tel:", ""), "2026-11-25T08:05:00Z")
    ok(wait_for(lambda: "xmpp:juliet" not in g.ctl("queue")[1]), "what a phone writes to a user who is away is sent")
    again = xmpp.Client(server, "juliet")
    ok(wait_for(lambda: "while you were away" in again.texts()), "for a user who is away the server keeps it")
    again.close()
    said = g.send(Mail("for nobody", subject="x"), "nobody%im.test@im.example.com")
    ok(said.startswith("250"), "a mail for an unknown user is taken, since only the server knows")
    ok(wait_for(lambda: "status=failed" in g.log("triviumd") and "5.1.1" in g.log("triviumd")),
       "and has failed when the server says so", g.log("triviumd")[-1500:])


def condition(client, to, text):
    """What a message is refused with; None: it is not."""
    id = client.send(to, text, receipt=True)
    wait_for(lambda: any(e["id"] == id for e in client.errors) or id in client.receipts, 20)
    error = next((e["error"].xml for e in client.errors if e["id"] == id), None)
    return None if error is None else error[0].tag.split("}")[1]


def policies():
    """What the policy says no to, and what a phone does, comes back as an error."""
    phone, away = PHONE + "@gw.im.test", "I am away from my desk until noon."
    equal(condition(juliet, "+491709999999@gw.im.test", "a number"), "forbidden", "a number that the policy denies: forbidden")
    equal(condition(juliet, "+8613800138000@gw.im.test", "a country"), "forbidden", "a country that it does not allow, too")
    equal(condition(juliet, phone, "as before"), None, "others may be written to")
    romeo = xmpp.Client(server, "romeo")
    equal([condition(romeo, phone, f"romeo's {i}") for i in range(3)], [None, None, "policy-violation"],
          "more than the rate: policy-violation")
    romeo.raw(f"<message from='juliet@im.test/client' to='{phone}' type='chat'><body>in her name</body></message>")
    equal([condition(juliet, phone, away) for _ in range(5)], [None] * 5, "the same text may be said five times")
    ok(condition(juliet, phone, away), "more often, programs seem to answer each other", g.log("triviumd")[-1000:])
    equal(len([t for t in g.texts(PHONE) if away in t]), 5, "and the phone gets no more of it")
    equal(phone_writes("STOP", number.replace("tel:", ""), "2026-11-25T08:03:00Z"), 200, "the phone says STOP to a user")
    equal(condition(juliet, phone, "after STOP"), "forbidden", "who gets an error from then on")
    phone_writes("START", number.replace("tel:", ""), "2026-11-25T08:04:00Z")
    equal(condition(juliet, phone, "after START"), None, "until START")
    ok(not any("in her name" in t for t in g.texts(PHONE)), "and nobody writes in another's name")
    romeo.close()


try:
    with open(f"{g.dir}/policy", "w") as f:
        f.write("juliet@im.test deny=+4917\nromeo@im.test rate=2/h\n")
    g.sh('postmap -c "$dir/postfix" "hash:$dir/policy"')
    g.start()
    ok(wait_for(lambda: "connected to" in g.log("triviumd")), f"triviumd is a component of {NAME}")
    juliet = xmpp.Client(server, "juliet")
    number = im_to_phone()
    phone_to_im(number)
    pictures()
    killed()
    refused()
    mail_to_im()
    im_to_mail()
    long_ones()
    lines_refused()
    mail_with_picture()
    policies()
    away()
finally:
    g.stop()
    server.stop()
    if juliet:
        juliet.close()
print(f"1..{whole.count}")
sys.exit(whole.failed != 0)
