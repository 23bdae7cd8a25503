"""bridge.py - the bridge's submit socket from a script (see bridge/message/door.h).

As a module: Bridge(path) serves in threads; `answers` maps a path to a list of (status, text, delay)
that are used up one after another, the last one for ever; `seen` holds what was asked. As a program:
bridge.py PATH [DELAY] takes everything, and logs each message as a line of JSON on its output.
"""
import json
import os
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id():
    n = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(DIGITS[n >> 5 * i & 31] for i in reversed(range(26)))


def parse(body):
    """The fields of msg_format(): those of the message, and `rcpts`, a dictionary each."""
    message = {"rcpts": []}
    into = message
    while body:
        name, _, rest = body.partition(b"=")
        length, _, rest = rest.partition(b":")
        length = int(length)
        name, value = name.decode(), rest[:length].decode("utf-8", "replace")
        assert rest[length:length + 1] == b"\n", "a field ends in a line feed"
        if name == "rcpt":
            into = {}
            message["rcpts"].append(into)
        into[name] = value
        body = rest[length + 1:]
    return message


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self):
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self):
        self.server.connections.discard(self.connection)
        super().finish()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, text, delay = self.server.bridge.answer(self.path, body, self.headers)
        if delay:
            time.sleep(delay)
        if status is None:
            self.close_connection = True
            return
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
        self.server.bridge.answered.append(self.path)

    def address_string(self):
        return "milter"

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass    # the other side may go at any moment


class Bridge:
    def __init__(self, path):
        if os.path.exists(path):
            os.unlink(path)
        self.path = path
        self.lock = threading.Lock()
        self.seen, self.answered, self.answers = [], [], {}
        self.on_message = None
        self.server = Server(path, Handler)
        os.chmod(path, 0o666)
        self.server.bridge = self
        self.server.connections = set()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path, body, headers):
        message = parse(body)
        message["deadline"] = headers.get("Trivium-Deadline")
        message["path"] = path
        with self.lock:
            self.seen.append(message)
            script = self.answers.get(path, [])
            status, text, delay = (script.pop(0) if len(script) > 1 else
                                   script[0] if script else (200, None, 0))
        if text is None:
            text = new_id() + "\n" if path == "/submit" else "ok\n"
        if self.on_message:
            self.on_message(message)
        return status, text, delay

    def say(self, path, *script):
        with self.lock:
            self.answers[path] = list(script)

    def submitted(self):
        with self.lock:
            return [m for m in self.seen if m["path"] == "/submit"]

    def asked(self):
        with self.lock:
            return [m for m in self.seen if m["path"] == "/rcpt"]

    def clear(self):
        with self.lock:
            self.seen.clear()
            self.answers.clear()

    def close(self):
        self.server.shutdown()
        for connection in list(self.server.connections):    # those that the milter keeps
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.server.server_close()
        os.unlink(self.path)


if __name__ == "__main__":
    bridge = Bridge(sys.argv[1])
    if len(sys.argv) > 2:
        bridge.say("/submit", (200, None, float(sys.argv[2])))
    bridge.on_message = lambda m: print(json.dumps(m), flush=True)
    threading.Event().wait()
