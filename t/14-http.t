#!/usr/bin/env python3
# 14-http.t - how exchanges by http.h end when the other side misbehaves: each of the http_end
# values, from the client on the loop and from the one that blocks. The server answers by script.
import os, socket, ssl, subprocess, sys, tempfile, threading, time, warnings

warnings.simplefilter('ignore')  # old TLS is deprecated, which is what we test
B = os.environ.get('B', '.build/plain')
tmp = tempfile.TemporaryDirectory()
count = [0, 0]
seen = {}          # path -> whole requests that came
lock = threading.Lock()
release = threading.Event()  # ends the scripts that hang


def ok(passed, name, note=''):
    count[0] += 1
    count[1] += not passed
    print(('ok' if passed else 'not ok'), count[0], '-', name, flush=True)
    if not passed:
        print('#', note, flush=True)


def read_request(c):
    """One whole request, or None when the client closed."""
    data = b''
    while b'\r\n\r\n' not in data:
        more = c.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b'\r\n\r\n', 1)
    length = 0
    for line in head.lower().split(b'\r\n'):
        if line.startswith(b'content-length:'):
            length = int(line.split(b':')[1])
    while len(body) < length:
        more = c.recv(65536)
        if not more:
            return None
        body += more
    path = head.split(b' ')[1].decode()
    with lock:
        seen.setdefault(path, []).append(head + b'\r\n\r\n' + body)
    return path


def reset(c):
    """Close with RST."""
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')


def answer(c, body, extra=b'', status=b'200 OK'):
    c.sendall(b'HTTP/1.1 ' + status + b'\r\nContent-Length: ' + str(len(body)).encode() +
              b'\r\nContent-Type: text/xml\r\n' + extra + b'\r\n' + body)


def serve(c):
    first = True
    while True:
        path = read_request(c)
        if path is None:
            return
        what = path.split('/')[1]
        if what == 'ok':
            answer(c, b'hello')
        elif what == 'close':          # answers, then closes without having said so
            answer(c, b'hello')
            return
        elif what == 'lost':
            return
        elif what == 'reset':
            return reset(c)
        elif what == 'second':         # the second request of a connection is read and not answered
            if not first:
                return
            answer(c, b'hello')
        elif what == 'silent':
            release.wait()
            return
        elif what == 'slow':
            for byte in b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello':
                c.sendall(bytes([byte]))
                if release.wait(1):
                    return
        elif what == 'endless':
            c.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
            while True:
                c.sendall(b'x' * 4096)
        elif what == 'chunks':
            c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
            while True:
                c.sendall(b'1000\r\n' + b'x' * 4096 + b'\r\n')
        elif what == 'headers':
            c.sendall(b'HTTP/1.1 200 OK\r\n')
            while True:
                c.sendall(b'X-A: ' + b'x' * 4000 + b'\r\n')
        elif what == 'badchunk':
            c.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello')
            return
        elif what == 'garbage':
            c.sendall(b'\0\1\2 what\r\n\r\n')
            return
        elif what == 'short':
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello')
            return
        elif what == 'cut':
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Le')
            return
        elif what == 'continue':
            c.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
            return
        elif what == 'continued':
            c.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
            answer(c, b'hello')
        elif what == 'redirect':
            answer(c, b'', b'Location: /ok/redirected\r\n', b'302 Found')
        elif what == 'busy':
            answer(c, b'later', b'Retry-After: 7\r\n', b'503 Busy')
        elif what == 'fault':
            answer(c, b'<fault/>', b'', b'500 Fault')
        first = False


def guard(run, c):
    try:
        run(c)
    except OSError:
        pass
    finally:
        c.close()


def accept(listener, run):
    while True:
        try:
            c, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=guard, args=(run, c), daemon=True).start()


def start(run, listener=None):
    listener = listener or socket.create_server(('127.0.0.1', 0))
    threading.Thread(target=accept, args=(listener, run), daemon=True).start()
    return listener.getsockname()


def certificate(name, san):
    key, cert = f'{tmp.name}/{name}.key', f'{tmp.name}/{name}.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-keyout', key, '-out', cert, '-subj', '/CN=' + name,
                    '-addext', 'subjectAltName=' + san], check=True, stderr=subprocess.DEVNULL)
    return key, cert


def tls_server(key, cert, highest=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if highest:
        context.set_ciphers('ALL:@SECLEVEL=0')
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = highest

    def run(c):
        serve(context.wrap_socket(c, server_side=True))
    return 'https://127.0.0.1:%d' % start(run)[1]


class Client:
    def __init__(self):
        self.p = subprocess.Popen([B + '/t/http-client'], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)

    def ask(self, line, answers=1):
        self.p.stdin.write(line + '\n')
        self.p.stdin.flush()
        got = [self.p.stdout.readline().strip() for _ in range(answers)]
        return got[0] if answers == 1 else got


plain = 'http://127.0.0.1:%d' % start(serve)[1]
before_reading = 'http://127.0.0.1:%d' % start(lambda c: None)[1]
resets = 'http://127.0.0.1:%d' % start(reset)[1]
mute = 'http://127.0.0.1:%d' % start(lambda c: release.wait())[1]
mute_tls = mute.replace('http', 'https')
no_tls = 'https://127.0.0.1:%d' % start(lambda c: c.sendall(b'HTTP/1.1 400 Bad\r\n\r\n'))[1]
closes_tls = before_reading.replace('http', 'https')
unix = tmp.name + '/sock'
listener = socket.socket(socket.AF_UNIX)
listener.bind(unix)
listener.listen()
start(serve, listener)
gone = socket.create_server(('127.0.0.1', 0))
refused = 'http://127.0.0.1:%d' % gone.getsockname()[1]
gone.close()
key, cert = certificate('right', 'IP:127.0.0.1')
key2, cert2 = certificate('other', 'DNS:elsewhere.example')
good_tls = tls_server(key, cert)
wrong_name = tls_server(key2, cert2)
old_tls = tls_server(key, cert, ssl.TLSVersion.TLSv1_1)

# name, URL, further words, how it ends, how often the server must have seen the whole request
rows = [
    ('answered', plain + '/ok/1', 'body=x', 'ANSWERED status=200 len=5 type=text/xml retry=-1', 1),
    ('GET', plain + '/ok/2', '', 'ANSWERED status=200', 1),
    ('unix socket', 'http://localhost/ok/3', 'body=x unix=' + unix, 'ANSWERED status=200', 1),
    ('500 is an answer', plain + '/fault/1', 'body=x', 'ANSWERED status=500 len=8', 1),
    ('503 with Retry-After', plain + '/busy/1', 'body=x', 'ANSWERED status=503 len=5 type=text/xml retry=7', 1),
    ('a redirect is not followed', plain + '/redirect/1', 'body=x', 'ANSWERED status=302', 1),
    ('refused', refused + '/', 'body=x', 'UNSENT', None),
    ('no unix socket there', 'http://localhost/', 'body=x unix=' + tmp.name + '/none', 'UNSENT', None),
    ('no such name', 'http://name.invalid/', 'body=x', 'UNSENT', None),
    ('not a URL', 'http://[', 'body=x', 'UNSENT', None),
    ('another protocol', 'file:///etc/passwd', '', 'UNSENT', None),
    ('closed before reading', before_reading + '/', 'body=x', 'LOST|UNSENT', None),
    ('reset before reading', resets + '/', 'body=x', 'LOST|UNSENT', None),
    ('closed after reading', plain + '/lost/1', 'body=x', 'LOST', 1),
    ('closed after reading a GET', plain + '/lost/2', '', 'LOST', 1),
    ('reset after reading', plain + '/reset/1', 'body=x', 'LOST', 1),
    ('garbage', plain + '/garbage/1', 'body=x', 'LOST', 1),
    ('answer cut in its headers', plain + '/cut/1', 'body=x', 'LOST', 1),
    ('only a "100 Continue"', plain + '/continue/1', 'body=x', 'LOST', 1),
    ('answer after a "100 Continue"', plain + '/continued/1', 'body=x', 'ANSWERED status=200 len=5', 1),
    ('answer cut in its body', plain + '/short/1', 'body=x', 'LOST', 1),
    ('bad chunk', plain + '/badchunk/1', 'body=x', 'LOST', 1),
    ('silence', plain + '/silent/1', 'body=x timeout=700', 'TIMEOUT', 1),
    ('a byte a second', plain + '/slow/1', 'body=x timeout=2500', 'TIMEOUT', 1),
    ('a server that reads nothing', mute + '/', 'size=30000000 timeout=700', 'TIMEOUT', None),
    ('endless body', plain + '/endless/1', 'body=x', 'TOO_LONG', 1),
    ('endless chunks', plain + '/chunks/1', 'body=x', 'TOO_LONG', 1),
    ('endless headers', plain + '/headers/1', 'body=x', 'LOST', 1),
    ('exactly as long as allowed', plain + '/ok/4', 'body=x max=5', 'ANSWERED status=200 len=5', 1),
    ('a byte too long', plain + '/ok/5', 'body=x max=4', 'TOO_LONG', 1),
    ('a long body', plain + '/ok/6', 'size=3000000', 'ANSWERED status=200', 1),
    ('TLS', good_tls + '/ok/7', 'body=x ca=' + cert, 'ANSWERED status=200', 1),
    ('TLS, closed after reading', good_tls + '/lost/3', 'body=x ca=' + cert, 'LOST', 1),
    ('TLS, a long body', good_tls + '/ok/8', 'size=3000000 ca=' + cert, 'ANSWERED status=200', 1),
    ('a certificate nobody vouches for', good_tls + '/ok/9', 'body=x', 'TLS', 0),
    ('a certificate of another name', wrong_name + '/ok/10', 'body=x ca=' + cert2, 'TLS', 0),
    ('TLS 1.1', old_tls + '/ok/11', 'body=x ca=' + cert, 'TLS', 0),
    ('no TLS there', no_tls + '/ok/12', 'body=x', 'TLS', 0),
    ('closed in the handshake', closes_tls + '/', 'body=x', 'TLS', None),
    ('silence in the handshake', mute_tls + '/', 'body=x timeout=700', 'UNSENT', None),
    ('no file of certificates', good_tls + '/ok/13', 'body=x ca=/none', 'TLS', 0),
]

client = Client()
client.ask('async %s/ok/warm' % plain)
client.ask('block %s/ok/warm' % plain)
for how in 'async', 'block':
    for name, url, words, want, times in rows:
        path = '/' + url.split('/', 3)[3] if url.count('/') > 2 else ''
        seen.pop(path, None)
        got = client.ask(f'{how} {url} {words}')
        # A connection that ends before the server has read may be noticed at each step.
        ok(got.startswith(tuple(want.split('|'))), f'{how}: {name}', f'got {got}, not {want}')
        if times is not None:
            ok(len(seen.get(path, [])) == times, f'{how}: {name}: seen {times} times',
               str(len(seen.get(path, []))))

for how in 'async', 'block':
    # A kept connection that the server has closed meanwhile is noticed, and nothing is lost.
    client.ask(f'{how} {plain}/close/1 body=x')
    time.sleep(0.2)
    seen.clear()
    got = client.ask(f'{how} {plain}/ok/kept body=x')
    ok(got.startswith('ANSWERED'), f'{how}: the kept connection was closed in peace', got)
    ok(len(seen['/ok/kept']) == 1, f'{how}: and the request came once')
    # One that ends while it carries a request: the server may have acted, so it must not come again.
    fresh = 'http://127.0.0.1:%d' % start(serve)[1]
    client.ask(f'{how} {fresh}/second/a body=x')
    seen.clear()
    got = client.ask(f'{how} {fresh}/second/b body=x')
    ok(got.startswith('LOST'), f'{how}: the kept connection ends with a request in it', got)
    ok(len(seen['/second/b']) == 1, f'{how}: a POST is not sent twice')
    client.ask(f'{how} {fresh}/second/a')
    seen.clear()
    got = client.ask(f'{how} {fresh}/second/b')
    ok(got.startswith('ANSWERED') and len(seen['/second/b']) == 2, f'{how}: a GET is repeated', got)

seen.clear()
client.ask(f'async {plain}/ok/head body=x user=ann inject')
head = seen['/ok/head'][0].lower()
ok(b'authorization: basic yw5uonnly3jlda==' in head, 'Basic', head)
ok(b'expect' not in head, 'no Expect', head)
ok(b'x-test: 1\r\n' in head and b'x-second' not in head, 'a line end makes no second header', head)
ok(b'content-type: text/plain' in head, 'Content-Type', head)

got = client.ask(f'block {plain}/slow/w body=x timeout=3500')
ok(any(f'waits={n} ' in got for n in (2, 3, 4)), 'on_wait comes about once a second', got)

got = client.ask(f'async {plain}/ok/many body=x times=50', 50)
ok(all(g.startswith('ANSWERED') for g in got), '50 side by side')

for where, want in [
        ('unix:/run/x.sock', '/run/x.sock http://localhost'), ('http://127.0.0.1:80', '- http://127.0.0.1:80'),
        ('https://[::1]:8443/', '- https://[::1]:8443'), ('https://gw.example:443', '- https://gw.example:443'),
        ('unix:x', 'x http://localhost'), ('unix:', 'no:'), ('http://a', 'no:'), ('http://a:0', 'no:'), ('http://a:65536', 'no:'),
        ('http://a:80/x', 'no:'), ('http://u@a:80', 'no:'), ('http://:80', 'no:'), ('http://[:80', 'no:'),
        ('ftp://a:80', 'no:'), ('a:80', 'no:'), ('http://[::1]', 'no:'), ('http://[', 'no:'),
        ('http://' + 'a' * 70 + ':80', 'no:')]:
    got = client.ask('where ' + where)
    ok(got.startswith(want) if want == 'no:' else got == want, 'where ' + where, got)

# What is under way when the client is freed is answered: sent, and not even connected.
client.ask(f'start {plain}/silent/2 body=x', 0)
got, fds = client.ask('quit', 2)
ok(got.startswith('UNSENT'), 'freed before it began', got)
ok(fds == '3', 'no descriptor is left', fds)
ok(client.p.wait() == 0, 'the client ends well')
release.set()
print('1..%d' % count[0])
sys.exit(count[1] != 0)
