"""mta.py - speaks the milter protocol as a mail server does (version 6, as Postfix 3 and Sendmail 8.14).

    mta = Mta("unix:/path")        connects and negotiates
    mta.connect("192.0.2.1")       a client; None for one without an Internet address
    mta.mail("<a@b.test>")         each returns a Reply; kind is one of
    mta.rcpt("<c@d.test>")         "continue", "accept", "discard", "reject", "tempfail", "skip",
    mta.data()                     "noreply" (agreed not to wait), or "reply" with a text
    mta.send(headers, body)        all headers, the body in pieces, the end; the Reply of the end has
                                   `removed` (recipients) and `progress` (how often it was told to wait)
"""
import socket
import struct

NO_HELO, NO_EOH, NO_DATA, SKIP, NR_CONNECT, NR_MAIL, NR_HEADER, NR_EOH, LEADING_SPACE = (
    0x2, 0x40, 0x200, 0x400, 0x1000, 0x4000, 0x80, 0x40000, 0x100000)
ALL_STEPS = 0x1fffff & ~0x800
ALL_ACTIONS = 0x1ff

KINDS = {"c": "continue", "a": "accept", "d": "discard", "r": "reject", "t": "tempfail", "s": "skip",
         "y": "reply", "f": "connection failed", "4": "shutdown"}


class Reply:
    def __init__(self, kind, text="", removed=(), progress=0):
        self.kind, self.text, self.removed, self.progress = kind, text, list(removed), progress

    def __repr__(self):
        return f"{self.kind} {self.text}".strip()


class Gone(Exception):
    """The milter has closed the connection."""


class Mta:
    def __init__(self, where, actions=ALL_ACTIONS, steps=ALL_STEPS):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(where.split(":", 1)[1])
        self.macros = {}    # sent with every command, where the milter has asked for them
        self.wanted = {}    # stage: the macros asked for
        self.put("O", struct.pack(">III", 6, actions, steps))
        command, data = self.get()
        if command != "O":
            raise Gone(command)
        _, self.actions, self.steps = struct.unpack(">III", data[:12])
        for stage, names in self.symlists(data[12:]):
            self.wanted[stage] = names.split()

    @staticmethod
    def symlists(data):
        while len(data) >= 4:
            stage, = struct.unpack(">I", data[:4])
            names, data = data[4:].split(b"\0", 1)
            yield stage, names.decode()

    def put(self, command, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + command.encode() + data)

    def read(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(n - len(data))
            if not piece:
                raise Gone("end of file")
            data += piece
        return data

    def get(self):
        length, = struct.unpack(">I", self.read(4))
        data = self.read(length)
        return chr(data[0]), data[1:]

    def answer(self):
        removed, progress = [], 0
        while True:
            command, data = self.get()
            if command == "-":
                removed.append(data.rstrip(b"\0").decode("latin-1"))
            elif command == "p":
                progress += 1
            else:
                text = data.rstrip(b"\0").decode("latin-1")
                return Reply(KINDS[command], text, removed, progress)

    def ask(self, command, data=b"", stage=None, unheard=0):
        if stage is not None:
            names = self.wanted.get(stage, list(self.macros))
            pairs = "".join(f"{n}\0{self.macros[n]}\0" for n in names if n in self.macros)
            self.put("D", command.encode() + pairs.encode())
        self.put(command, data)
        return Reply("noreply") if self.steps & unheard else self.answer()

    @staticmethod
    def strings(*all_of_them):
        return b"".join(s.encode("latin-1") + b"\0" for s in all_of_them)

    def connect(self, address="127.0.0.1", name="client.test"):
        if address is None:
            where = b"U"
        elif address.startswith("/"):
            where = b"L" + struct.pack(">H", 0) + self.strings(address)
        else:
            family = b"6" if ":" in address else b"4"
            text = "IPv6:" + address if ":" in address else address
            where = family + struct.pack(">H", 4711) + self.strings(text)
        return self.ask("C", self.strings(name) + where, 0, NR_CONNECT)

    def mail(self, *arguments):
        return self.ask("M", self.strings(*arguments), 2, NR_MAIL)

    def rcpt(self, *arguments):
        return self.ask("R", self.strings(*arguments), 3)

    def data(self):
        if self.steps & NO_DATA:
            return Reply("continue")
        return self.ask("T", b"", 4)

    def header(self, name, value):
        if self.steps & LEADING_SPACE:
            value = " " + value
        return self.ask("L", self.strings(name, value), None, NR_HEADER)

    def end_of_headers(self):
        if not self.steps & NO_EOH:
            self.ask("N", b"", 6, NR_EOH)

    def body(self, data):
        return self.ask("B", data)

    def end(self, data=b""):
        return self.ask("E", data, 5)

    def send(self, headers, body, piece=65535):
        for name, value in headers:
            reply = self.header(name, value)
            if reply.kind not in ("continue", "noreply"):
                return reply
        self.end_of_headers()
        skip = False
        for at in range(0, len(body), piece):
            if not skip:
                reply = self.body(body[at:at + piece])
                skip = reply.kind == "skip"
                if reply.kind not in ("continue", "skip"):
                    return reply
        return self.end()

    def abort(self):
        self.put("A")

    def quit(self):
        try:
            self.put("Q")
        except OSError:
            pass
        self.socket.close()
