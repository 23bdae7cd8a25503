"""smtp.py - a mail server that keeps all it gets: Sink(port=0) listens on 127.0.0.1; `mails` holds
(sender, [recipients], bytes) of each, as they came over the wire but for dots doubled. Addresses in
`refused` are answered with what stands there."""
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def read_data(self):
        data = b""
        while True:
            line = self.rfile.readline()
            if not line or line == b".\r\n":
                return data
            data += line[1:] if line.startswith(b".") else line

    def handle(self):
        try:
            self.serve()
        except OSError:
            pass    # the other side may go at any moment

    def serve(self):
        sender, rcpts = "", []
        self.say("220 sink.test ESMTP")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                self.server.sink.mails.append((sender, rcpts, self.read_data()))
                self.say("250 kept")
            elif verb == b"EHLO":
                self.say("250-sink.test")
                self.say("250 8BITMIME")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                if verb == b"MAIL":
                    sender, rcpts = self.address(line), []
                elif verb == b"RCPT":
                    refused = self.server.sink.refused.get(self.address(line))
                    if refused:
                        self.say(refused)
                        continue
                    rcpts.append(self.address(line))
                self.say("250 fine")

    @staticmethod
    def address(line):
        return line.decode("latin-1").split("<", 1)[1].rsplit(">", 1)[0]


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class Sink:
    def __init__(self, port=0):
        self.mails = []
        self.refused = {}   # an address, and what it is answered
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.sink = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def of(self, recipient):
        return [m for m in self.mails if recipient in m[1]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
