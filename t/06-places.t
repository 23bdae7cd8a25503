#!/usr/bin/env python3
"""triviumd -n looks at what the configuration names: addresses, sockets' folders, certificates and keys,
folders of the state. Each mistake is told with its line, and nothing is changed or disturbed."""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
import whole  # noqa: E402
from whole import B, equal, free_port, ok, skip, wait_for  # noqa: E402

DAEMON = os.path.abspath(f"{B}/triviumd")
ROOT = os.geteuid() == 0
work = tempfile.mkdtemp(prefix="trivium-places-")
LINES = 'state_dir = "state"', 'log = "stderr"', 'user = ""', "bridge {", 'submit = "unix:run/submit.sock"', \
    'control = "unix:run/control.sock"', "}", 'tables { routes = "static:a.example=phone:acme" }', \
    "sdp acme {", 'driver = "parlayx"', 'sender = "tel:4711"', 'sms_url = "http://127.0.0.1:9/"', "}"


def write(*changes, name="conf"):
    """The good configuration with other lines: each takes the place of its key's, or stands at the
    section's end; "SECTION: line" for other sections than bridge. It says at which line each stands."""
    lines = list(LINES)
    for change in changes:
        section, _, line = change.partition(": ") if change.split(":")[0] in ("top", "sdp", "more") else \
            ("bridge", "", change)
        key = line.split(" = ")[0]
        same = [i for i, l in enumerate(lines) if l.startswith(key + " = ")]
        if same:
            lines[same[0]] = line
        elif section == "more":
            lines.append(line)
        else:
            lines.insert(lines.index("}") if section == "bridge" else len(lines) - 1, line)
    with open(f"{work}/{name}", "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    return lines


def check(name="conf"):
    p = subprocess.run([DAEMON, "-n", "-c", name], cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    return p.returncode, p.stdout.splitlines()


def good(name, *changes):
    write(*changes)
    equal(check(), (0, []), name)


def bad(name, key, says, *changes):
    """One error, at the line where the key stands, with those words."""
    lines = write(*changes)
    at = [i + 1 for i, line in enumerate(lines) if f"{key} = " in line]
    code, said = check()
    ok(code == 1 and len(said) == 1 and said[0].startswith(f'conf:{at[0]}: key "{key}": ') and says in said[0],
       name, code, *said, f"line {at}")


def openssl(*words):
    subprocess.run(["openssl", *words], cwd=work, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def listing():
    return sorted((d, tuple(sorted(subs)), tuple(sorted(files))) for d, subs, files in os.walk(work))


def test_addresses():
    port, other = free_port(), free_port()
    listen, admin = f'listen = "127.0.0.1:{port}"', f'admin = "127.0.0.1:{other}"'
    good("a good configuration is passed without a word", listen, admin)
    good("port 0 is another one for each", 'listen = "127.0.0.1:0"', 'admin = "127.0.0.1:0"')
    bad("an address that this machine has not", "listen", f"192.0.2.1:{port} is no address of this machine",
        f'listen = "192.0.2.1:{port}"', admin)
    bad("what is no address", "admin", "not \"host:port\"", 'admin = "8081"')
    bad("a port that there is not", "admin", "a port up to 65535", 'admin = "127.0.0.1:65537"')
    bad("the same address twice", "admin", f'127.0.0.1:{port} is taken by "listen" already', listen,
        f'admin = "127.0.0.1:{port}"')
    bad("one that is in the other", "admin", f'0.0.0.0:{port} is taken by "listen" already', listen,
        f'admin = "0.0.0.0:{port}"')
    try:
        with socket.create_server(("::", 0), family=socket.AF_INET6):
            pass
        bad("IPv6's wildcard, which takes IPv4's addresses, too", "admin", 'is taken by "listen" already', listen,
            f'admin = "[::]:{port}"')
    except OSError:
        skip("IPv6's wildcard", "there is no IPv6 here")
    bad("the same by another name", "admin", 'is taken by "listen" already', listen, f'admin = "localhost:{port}"')
    bad("the same socket twice", "control", 'unix:run/submit.sock is taken by "submit" already',
        'control = "unix:run/submit.sock"')
    with socket.create_server(("127.0.0.1", port)):
        bad("an address on which another program listens", "listen", f"127.0.0.1:{port}: another program", listen)
    good("none listens there any more", listen)
    bad("a socket's folder that is not there", "submit", "none: No such file or directory",
        'submit = "unix:none/submit.sock"')
    bad("a path too long", "submit", "a path has 1 to 107 bytes", f'submit = "unix:{"x" * 108}"')
    open(f"{work}/run/file", "w", encoding="utf-8").close()
    bad("a file in a socket's place", "submit", "run/file is there and is not a socket",
        'submit = "unix:run/file"')
    bad("a file in its folder's place", "submit", "run/file is not a folder", 'submit = "unix:run/file/s"')
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"{work}/run/stale")
    good("a socket that was left is replaced", 'listen = "unix:run/stale"')
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"{work}/run/living")
        s.listen()
        bad("a socket of another program", "listen", "unix:run/living: another program", 'listen = "unix:run/living"')
    bad("control by TCP", "control", "is not unix:/path", f'control = "127.0.0.1:{port}"')
    bad("submit by TCP without TLS", "submit", "it must be https", f'submit = "127.0.0.1:{port}"')


def test_certificates():
    for name in ("one", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "ec.key")
    openssl("req", "-x509", "-new", "-key", "ec.key", "-days", "2", "-subj", "/CN=x", "-out", "ec.pem")
    openssl("rsa", "-aes128", "-passout", "pass:x", "-in", "one.key", "-out", "locked.key")
    listen = f'listen = "127.0.0.1:{free_port()}"'

    def pair(cert, key):
        return listen, f'listen_cert = "{cert}"', f'listen_key = "{key}"'
    good("a certificate and its key", *pair("one.pem", "one.key"))
    good("of an elliptic curve", *pair("ec.pem", "ec.key"))
    bad("a certificate that is not there", "listen_cert", "none.pem: No such file", *pair("none.pem", "one.key"))
    bad("a certificate that is none", "listen_cert", "one.key: there is no certificate in it",
        *pair("one.key", "one.key"))
    bad("a key that is not there", "listen_key", "none.key: No such file", *pair("one.pem", "none.key"))
    bad("a key that is none", "listen_key", "one.pem: there is no private key in it", *pair("one.pem", "one.pem"))
    bad("a key with a passphrase, which nobody is asked for", "listen_key", "without a passphrase",
        *pair("one.pem", "locked.key"))
    bad("the key of another one", "listen_key", "other.key is not the key of the certificate in one.pem",
        *pair("one.pem", "other.key"))
    bad("of another kind", "listen_key", "ec.key is not the key", *pair("one.pem", "ec.key"))
    bad("a certificate alone", "listen_cert", "there is no key to it", listen, 'listen_cert = "one.pem"')
    bad("a key alone", "listen_key", "there is no certificate to it", listen, 'listen_key = "one.key"')
    with open(f"{work}/secret", "w", encoding="utf-8") as f:
        f.write("secret\n")
    os.chmod(f"{work}/secret", 0o600)
    submit = f'submit = "https://127.0.0.1:{free_port()}"', 'submit_secret_file = "secret"', 'submit_cert = "one.pem"'
    good("submit by https", *submit, 'submit_key = "one.key"')
    bad("with the key of another one", "submit_key", "is not the key", *submit, 'submit_key = "other.key"')
    bad("at an address that this machine has not", "submit", "is no address of this machine", *submit,
        f'submit = "https://192.0.2.1:{free_port()}"', 'submit_key = "one.key"')
    good("a platform's certificates", 'sdp: ca_file = "one.pem"')
    bad("which are not there", "ca_file", "none.pem: No such file", 'sdp: ca_file = "none.pem"')
    bad("or none", "ca_file", "there is no certificate in it", 'sdp: ca_file = "one.key"')
    bad("those of the mail server", "ca_file", "none.pem: No such file",
        'more: mail { relay = "smtp://127.0.0.1:25" domain = "a.example" ca_file = "none.pem" }')


def test_folders():
    bad("no folder for the state", "state_dir", "none: No such file", 'top: state_dir = "none"')
    bad("a file in its place", "state_dir", "run/file is not a folder", 'top: state_dir = "run/file"')
    open(f"{work}/state/queue", "w", encoding="utf-8").close()
    bad("or in that of the queue", "state_dir", "state/queue is not a folder")
    os.unlink(f"{work}/state/queue")
    good("the queue is made when it is not there")
    equal(os.listdir(f"{work}/state"), [], "but not by -n")


def test_all():
    lines = write('listen = "192.0.2.1:8080"', 'listen_cert = "one.pem"', 'listen_key = "other.key"',
                  'submit = "unix:none/s"', 'top: state_dir = "none"', 'sdp: ca_file = "none.pem"')
    code, said = check()
    want = sorted(i + 1 for i, line in enumerate(lines) if line.split(" = ")[0] in
                  ("listen", "listen_key", "submit", "state_dir", "ca_file"))
    equal((code, sorted(int(line.split(":")[1]) for line in said)), (1, want), "all mistakes are told at once")


def test_user():
    """What root may is of no use to the user that triviumd becomes."""
    bad("a user that is not there", "user", "there is no such user", 'top: user = "nobody-of-that-name"') if ROOT \
        else skip("a user that is not there", "only root becomes another")
    if not ROOT:
        return skip("what its user may not", "only root becomes another")
    user, them = 'top: user = "nobody"', pwd.getpwnam("nobody")
    os.chmod(work, 0o755)
    for folder in ("run", "state"):
        os.chown(f"{work}/{folder}", them.pw_uid, them.pw_gid)
    good("what its user may", user)
    os.chown(f"{work}/run", 0, 0)
    lines = write(user)
    code, said = check()
    ok(code == 1 and len(said) == 2 and all("the folder run cannot be written to: Permission denied" in s for s in said),
       "a folder of sockets where the user may not write", code, *said, *lines)
    os.chown(f"{work}/run", them.pw_uid, them.pw_gid)
    os.chown(f"{work}/state", 0, 0)
    bad("a folder of the state where it may not", "state_dir", "the folder state cannot be written to", user)
    os.chown(f"{work}/state", them.pw_uid, them.pw_gid)
    os.mkdir(f"{work}/state/queue", 0o700)
    bad("a queue that is another's", "state_dir", "the folder state/queue cannot be written to", user)
    os.rmdir(f"{work}/state/queue")
    os.chmod(f"{work}/one.key", 0o600)
    bad("a key that it may not read", "listen_key", "one.key: Permission denied", user,
        f'listen = "127.0.0.1:{free_port()}"', 'listen_cert = "one.pem"', 'listen_key = "one.key"')
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="utf-8") as f:
        lowest = int(f.read())
    if lowest > 1:
        bad("a port that takes a right", "listen", "CAP_NET_BIND_SERVICE", user, f'listen = "127.0.0.1:{lowest - 1}"')
    else:
        skip("a port that takes a right", "here none does")
    good("without a user root stays root", 'top: user = ""', 'listen = "127.0.0.1:0"')
    for folder in ("run", "state"):
        os.chown(f"{work}/{folder}", 0, 0)


def test_running():
    port, other = free_port(), free_port()
    doors = f'listen = "127.0.0.1:{port}"', f'admin = "127.0.0.1:{other}"'
    write(*doors, name="running")
    with open(f"{work}/log", "wb") as out:
        daemon = subprocess.Popen([DAEMON, "-c", "running"], cwd=work, stdout=out, stderr=out)

    def log():
        with open(f"{work}/log", encoding="utf-8", errors="replace") as f:
            return f.read()
    try:
        if not ok(wait_for(lambda: "ready: " in log() or daemon.poll() is not None) and daemon.poll() is None,
                  "triviumd runs", log()):
            return
        before = listing(), log()
        good("while it runs its addresses are no mistake", *doors)
        bad("but others are still", "listen", "no address of this machine", f'listen = "192.0.2.1:{port}"', doors[1])
        bad("and so are twins", "admin", 'is taken by "listen" already', doors[0], f'admin = "127.0.0.1:{port}"')
        equal(((listing(), log()), daemon.poll()), (before, None), "it is not disturbed")
        with socket.create_connection(("127.0.0.1", other), 30) as s:
            s.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            ok(b" 200 " in s.recv(100), "and answers")
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(f"{work}/run/control.sock")
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(90)


def test_names():
    """What only shows when the whole is looked at is told with its line, too."""
    for change, line, says in (
            ('top: country_code = "4x"', 'country_code = "4x"', "a country code has 1 to 3 digits"),
            ("more: sdp mail { driver = \"parlayx\"\nsms_url = \"http://127.0.0.1:9/\"\nsender = \"tel:1\"\n}",
             "sdp mail", '"mail" is the name of the section mail\'s transport'),
            ('sdp: callback = "nonsense"', "sdp acme", "callback must begin with http"),
            ('sdp: mms_url = "http://"', "sdp acme", 'mms_url = "http://" is no URL'),
            ('more: mail { relay = "smtp://127.0.0.1:99999"\ndomain = "a.example"\n}', "mail", "relay must be smtp://host:port"),
            ('more: im b { driver = "xmpp"\nserver = "127.0.0.1:99999"\njid = "a.test"\nsecret_file = "secret"\n}', "im b",
             "with a port up to 65535"),
            ("more: im acme { driver = \"xmpp\"\nserver = \"127.0.0.1:9\"\njid = \"a.test\"\nsecret_file = \"secret\"\n}",
             "im acme", 'the name "acme" is taken')):
        if change.startswith("top"):
            lines = [line, *LINES]
            with open(f"{work}/conf", "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
        else:
            lines = write(change)
        with open(f"{work}/secret", "w", encoding="utf-8") as f:
            f.write("x\n")
        os.chmod(f"{work}/secret", 0o600)
        at = [i + 1 for i, text in enumerate(lines) if text.startswith(line)]
        code, said = check()
        ok(code == 1 and len(said) == 1 and said[0].startswith(f"conf:{at[0]}: ") and says in said[0], says, code, *said)
    os.unlink(f"{work}/secret")


try:
    for d in ("run", "state"):
        os.mkdir(f"{work}/{d}")
    for test in (test_addresses, test_names, test_certificates, test_folders, test_all, test_user, test_running):
        test()
finally:
    shutil.rmtree(work)
print(f"1..{whole.count}")
sys.exit(whole.failed > 0)
