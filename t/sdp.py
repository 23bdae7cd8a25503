"""A Parlay X platform that answers from a script, for the tests: each request gets the next answer
of a list, the last one for ever. It speaks raw sockets, so that it can misbehave as HTTP servers
do not."""
import socket
import ssl
import struct
import threading

XML = "text/xml; charset=utf-8"


def envelope(body):
    return ('<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e='
            f'"http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>')


def http(status, body="", kind=XML, *headers):
    """A whole answer; body is text or bytes."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def result(identifier, status=200):
    return http(status, envelope(
        '<p:sendSmsResponse xmlns:p="http://www.csapi.org/schema/parlayx/sms/send/v2_2/local">'
        f"<p:result>{identifier}</p:result></p:sendSmsResponse>"))


def statuses(*names):
    return http(200, envelope("<getSmsDeliveryStatusResponse>" + "".join(
        f"<result><address>tel:1</address><deliveryStatus>{n}</deliveryStatus></result>"
        for n in names) + "</getSmsDeliveryStatusResponse>"))


def fault(identifier, variable="", status=500, *headers):
    return http(status, envelope(
        "<e:Fault><faultcode>e:Server</faultcode><faultstring>it failed</faultstring><detail>"
        '<c:ServiceException xmlns:c="http://www.csapi.org/schema/parlayx/common/v2_1">'
        f"<messageId>{identifier}</messageId><text>about %1</text><variables>{variable}</variables>"
        "</c:ServiceException></detail></e:Fault>"), XML, *headers)


# What an answer may be besides bytes.
HANG = "read the request, say nothing until stop()"
RESET_FIRST = "reset the connection without reading"
RESET_AFTER = "read the request, then reset"
ENDLESS = "an answer without end"
CUT = "announce 1000 bytes, send some, close"
TRICKLE = "an answer's first bytes, then nothing until stop()"


class Sdp:
    """Listens on a free port of 127.0.0.1 from the start; `requests` are the heads and bodies that
    came, as pairs of text."""

    def __init__(self, *answers, certificate=None):
        self.answers = list(answers)
        self.requests = []
        self.stopped = threading.Event()
        self.came = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}/sms"
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.stopped.set()
        # The listener must be woken, or the port stays open behind its close().
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def next(self):
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def serve(self, connection):
        try:
            if self.answers[0] == RESET_FIRST:
                self.next()
                self.came.release()
                return self.reset(connection)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                while self.answer(connection):
                    pass
        except OSError:
            connection.close()

    @staticmethod
    def reset(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def read(self, connection):
        """A request as (head, body), or None at the connection's end."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536) or b" " * length
        return head.decode(), body.decode("utf-8", "surrogateescape")

    def answer(self, connection):
        """One request; whether the connection goes on."""
        request = self.read(connection)
        if request is None:
            return False
        self.requests.append(request)
        what = self.next()
        self.came.release()
        if isinstance(what, bytes):
            connection.sendall(what)
            return b"Connection: close" not in what
        if what == RESET_AFTER:
            self.reset(connection)
        elif what == CUT:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<e:Envelope")
        elif what == ENDLESS:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a>")
            while not self.stopped.is_set():
                connection.sendall(b"x" * 65536)
        elif what == TRICKLE:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<e:En")
            self.stopped.wait()
        else:
            self.stopped.wait()
        return False
