#!/usr/bin/env python3
"""imuser.py - a user's XMPP client, as small as it can be, for the demonstration:

	imuser.py PORT USER watch		is there, and prints "FROM<tab>TEXT" for each message
	imuser.py PORT USER send TO TEXT	sends one message

It speaks without TLS to 127.0.0.1, as user@im.test with the password "pw"."""
import base64
import re
import socket
import sys
from xml.sax.saxutils import escape, unescape


class Client:
    def __init__(self, port, user):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.data = ""
        self.open()
        plain = base64.b64encode(f"\0{user}\0pw".encode()).decode()
        self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>")
        self.hear(r"<success[^>]*>")
        self.open()
        self.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        self.hear(r"<iq[^>]*>.*?</iq>")
        self.socket.settimeout(None)

    def open(self):
        self.say("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
                 "to='im.test' version='1.0'>")
        self.hear(r"</stream:features>")

    def say(self, text):
        self.socket.sendall(text.encode())

    def hear(self, pattern):
        while not (m := re.search(pattern, self.data, re.S)):
            more = self.socket.recv(65536)
            if not more:
                sys.exit("the server has closed the connection: " + self.data)
            self.data += more.decode(errors="replace")
        self.data = self.data[m.end():]
        return m[0]


port, user, what = int(sys.argv[1]), sys.argv[2], sys.argv[3]
c = Client(port, user)
if what == "send":
    c.say(f"<message to='{escape(sys.argv[4])}' type='chat' id='demo-{user}-{hash(sys.argv[5])}'>"
          f"<body>{escape(sys.argv[5])}</body></message></stream:stream>")
    c.hear(r"</stream:stream>")
else:
    c.say("<presence/>")
    while True:
        m = c.hear(r"<message\b.*?(/>|</message>)")
        sender, body = re.search(r"from=['\"]([^'\"]*)", m), re.search(r"<body>(.*?)</body>", m, re.S)
        if sender and body:
            print(sender[1], unescape(body[1], {"&apos;": "'", "&quot;": '"', "&#10;": "\n"}).replace("\n", "\\n"),
                  sep="\t", flush=True)
