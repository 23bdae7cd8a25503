"""sendmail.py - Debian's real sendmail for tests. Its packages cannot be installed beside Postfix's, but
unpacked below the build folder they harm nobody.

fetch() unpacks it; Sendmail(folder, ...) is a private one: its own configuration, made by m4 of what
etc/sendmail/trivium.mc tells administrators, its own queue, on ports of the loopback."""
import fcntl
import glob
import os
import re
import shutil
import signal
import subprocess
import time

KEPT = os.path.abspath(os.path.join(os.environ.get("B", ".build/plain"), "t", "sendmail"))
WANTED = {"sendmail-bin": ("*/makemap", "*/libexec/sendmail/sendmail"), "sendmail-cf": ("*/sendmail/cf/*",)}


def program(name):
    found = [f for f in glob.glob(f"{KEPT}/**/{name}", recursive=True) if not os.path.islink(f) and os.path.isfile(f)]
    return found[0] if found else None


def fetch():
    """"" when it is there and can run, else why not. Tests that run side by side wait for each other."""
    os.makedirs(KEPT, exist_ok=True)
    with open(KEPT + "/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return unpack()


def unpack():
    if not (program("makemap") and program("sendmail") and program("cf.m4")):
        try:
            p = subprocess.run(["apt-get", "-q", "download", *WANTED], cwd=KEPT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired) as e:
            return f"apt-get download: {e}"
        for name, files in WANTED.items():
            debs = glob.glob(f"{KEPT}/{name}_*.deb")
            if p.returncode or not debs:
                return f"cannot download {name}: " + p.stdout.strip().split("\n")[-1]
            # No more than these: make would take other files under $B for its own.
            tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", debs[0]], stdout=subprocess.PIPE, check=True)
            subprocess.run(["tar", "-x", "-C", KEPT, "--wildcards", *files], input=tar.stdout, check=True)
    for name in ("makemap", "sendmail"):
        if not program(name):
            return f"sendmail-bin has no {name}"
        ldd = subprocess.run(["ldd", program(name)], capture_output=True, text=True).stdout
        missing = [line.strip() for line in ldd.splitlines() if "not found" in line]
        if missing:
            return missing[0]
    return "" if program("cf.m4") else "sendmail-cf has no cf.m4"


def shipped(socket, second, folder):
    """The lines for administrators, with this socket, port and folder instead of theirs, and less patience."""
    with open("etc/sendmail/trivium.mc", encoding="utf-8") as f:
        text = f.read()
    for old, new in (("/run/trivium/milter.sock", socket), ("10026", str(second)), ("R:60s;", "R:5s;"),
                     ("FEATURE(`mailertable')", f"FEATURE(`mailertable', `hash -o {folder}/mailertable')")):
        if old not in text:
            raise SystemExit(f"Bail out! etc/sendmail/trivium.mc has no {old}")
        text = text.replace(old, new)
    return text


# Where the machine's name has no domain, sendmail would sleep for a minute each time.
NAMED = ("unshare", "--uts", "sh", "-c", 'hostname mx.test && exec "$@"', "sh")


def unnamed():
    """"" when the machine can be given a name for one process, else why not."""
    p = subprocess.run([*NAMED, "true"], capture_output=True, text=True)
    return p.stderr.strip().split("\n")[-1] if p.returncode else ""


class Sendmail:
    """
    ports: of its front door and of the second one; sink: where mail for other.test goes; relay: domains
    that it relays to for everybody; rules: more text of its configuration's rules.
    """

    def __init__(self, folder, socket, front, second, sink, relay=(), aliases="", rules="", more=""):
        self.folder, self.cf = folder, folder + "/sendmail.cf"
        os.makedirs(folder + "/queue")
        mc = f"""divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mx.test')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`ALIAS_FILE', `{folder}/aliases')dnl
define(`HELP_FILE', `{folder}/help')dnl
define(`confPID_FILE', `{folder}/sendmail.pid')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/switch')dnl
define(`confTO_IDENT', `0')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe,TrustStickyBit')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `1000')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
DAEMON_OPTIONS(`Port={front}, Addr=127.0.0.1, Name=MTA')dnl
""" + "".join(f"RELAY_DOMAIN(`{d}')dnl\n" for d in relay) + more + shipped(socket, second, folder) + f"""
Msink,	P=[IPC], F=mDFMuXa8k, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=2040,
		T=DNS/RFC822/SMTP, A=TCP $h {sink}
MAILER(`local')dnl
MAILER(`smtp')dnl
""" + rules
        self.write("sendmail.mc", mc)
        self.write("switch", "hosts\tfiles\naliases\tfiles\n")
        self.write("mailertable", "other.test\tsink:[127.0.0.1]\nsms.test\ttrivium:[127.0.0.1]\n")
        self.write("aliases", aliases)
        m4 = program("cf.m4")
        with open(self.cf, "w", encoding="utf-8") as out:
            subprocess.run(["m4", f"-D_CF_DIR_={os.path.dirname(os.path.dirname(m4))}/", m4, folder + "/sendmail.mc"],
                           stdout=out, check=True)
        with open(folder + "/mailertable", encoding="utf-8") as f:
            subprocess.run([program("makemap"), "-C", "/dev/null", "hash", folder + "/mailertable"], stdin=f, check=True,
                           stderr=subprocess.DEVNULL)
        self.run("-bi", quiet=True)
        self.process = None

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def run(self, *options, text=None, quiet=False):
        """The program with its configuration: what it says."""
        p = subprocess.run([*NAMED, program("sendmail"), "-C", self.cf, *options], input=text, text=True,
                           stdin=None if text is not None else subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        if p.returncode and not quiet:
            print("# " + p.stdout.replace("\n", "\n# "))
        return p.stdout

    def start(self, ready):
        """ready(): does it answer at its port?"""
        log = open(self.folder + "/sendmail.log", "w", encoding="utf-8")
        self.process = subprocess.Popen([*NAMED, program("sendmail"), "-C", self.cf, "-bD"],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 30
        while not ready():
            if time.monotonic() > end or self.process.poll() is not None:
                with open(self.folder + "/sendmail.log", encoding="utf-8") as f:
                    raise SystemExit("Bail out! sendmail does not come up: " + f.read())
            time.sleep(0.1)

    def stop(self):
        """All its processes: each is of its session."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)

    def queue(self):
        """The recipients that wait."""
        return re.findall(r"(?m)^\s+<?(\S+@[^\s>]+)>?$", self.run("-bp"))

    def flush(self):
        self.run("-q", quiet=True)


def clean(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
