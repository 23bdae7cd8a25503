#!/usr/bin/env python3
"""The daemons started by root: they become their user for good, their sockets and files have the right
owner and mode, and with -d they come back only when they serve, or say that they cannot."""

import glob
import grp
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

B = os.path.abspath(os.environ.get("B", ".build/plain"))
USER = "nobody"
count = failed = 0
started = []


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    for line in str(why).splitlines() if not good else []:
        print("#   " + line)


def run(*argv):
    """Run to its end. stderr goes to a file: a daemon that logs there keeps it open."""
    with tempfile.TemporaryFile("w+", errors="replace") as out:
        code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                              timeout=60).returncode
        out.seek(0)
        return code, out.read()


def pids(program, conf):
    """The processes of a program that were started with that configuration."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                argv = f.read().split(b"\0")
        except OSError:
            continue
        if argv[0] == (B + "/" + program).encode() and conf.encode() in argv:
            found.append(int(path.split("/")[2]))
    return found


def status(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def is_alive(pid):
    try:
        return not status(pid)["State"].startswith("Z")
    except FileNotFoundError:
        return False


def look(path):
    st = os.stat(path)
    return "%s:%s %o" % (pwd.getpwuid(st.st_uid).pw_name, grp.getgrgid(st.st_gid).gr_name,
                         stat.S_IMODE(st.st_mode))


def answers(path):
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.connect(path)
            return True
        except OSError:
            return False


def test_dropped(program, conf):
    """It runs in the background, and nothing of root is left to it."""
    found = pids(program, conf)
    ok(len(found) == 1, "one %s runs" % program, found)
    if not found:
        return
    pid = found[0]
    started.append(pid)
    pw, s = pwd.getpwnam(USER), status(pid)
    groups = sorted(os.getgrouplist(USER, pw.pw_gid))
    ok(s["Uid"].split() == [str(pw.pw_uid)] * 4, "all user ids of %s are the user's" % program,
       s["Uid"])
    ok(s["Gid"].split() == [str(pw.pw_gid)] * 4, "all its group ids are the user's", s["Gid"])
    ok(sorted(map(int, s["Groups"].split())) == groups, "it has the user's groups and no others",
       s["Groups"])
    caps = {k: s[k] for k in ("CapPrm", "CapEff", "CapInh", "CapAmb")}
    ok(not any(int(v, 16) for v in caps.values()),
       "it has no capability, so root cannot be had back", caps)
    ok(os.getsid(pid) == pid, "it belongs to no terminal's session")
    ok(os.readlink("/proc/%d/cwd" % pid) == "/", "it keeps no directory busy")
    fds = [os.readlink("/proc/%d/fd/%d" % (pid, fd)) for fd in (0, 1)]
    ok(fds == ["/dev/null"] * 2, "its input and output are /dev/null", fds)


def configure(work, name, **more):
    path = "%s/%s.conf" % (work, name)
    top = {"user": USER, "state_dir": work + "/state", "log": "stderr", "country_code": "1"}
    top.update(more)
    with open(path, "w") as f:
        for key, value in top.items():
            f.write('%s = "%s"\n' % (key, value))
        f.write('milter { socket = "unix:%s/spool/milter.sock" }\n' % work)
        f.write('bridge { submit = "unix:%s/run/submit.sock"\ncontrol = "unix:%s/run/control.sock" }\n'
                % (work, work))
        f.write('tables { routes = "hash:%s/routes" }\n' % work)
        f.write('sdp operator-a { driver = "loopback" }\n')
    return path


def prepare(work):
    pw = pwd.getpwnam(USER)
    os.chmod(work, 0o755)
    for name, mode in (("state", 0o750), ("run", 0o750), ("spool", 0o750)):
        os.mkdir("%s/%s" % (work, name))
        os.chmod("%s/%s" % (work, name), mode)
        os.chown("%s/%s" % (work, name), pw.pw_uid, pw.pw_gid)
    os.mkdir(work + "/closed", 0o700)
    # The folder's group stands for the mail server's.
    os.chown(work + "/spool", pw.pw_uid, grp.getgrnam("daemon").gr_gid)
    shutil.copy("etc/routes", work + "/routes")
    code, said = run(B + "/triviumctl", "map", "hash:" + work + "/routes")
    ok(code == 0, "the table is made", said)


def test_good(work):
    group = grp.getgrgid(pwd.getpwnam(USER).pw_gid).gr_name
    conf = configure(work, "good")
    code, said = run(B + "/triviumd", "-d", "-c", conf)
    ok(code == 0, "triviumd -d comes back with 0", "exit %d\n%s" % (code, said))
    ok(answers(work + "/run/submit.sock"), "and serves by then")
    code, said = run(B + "/triviumctl", "-c", conf, "queue")
    ok(code == 0, "root may ask it", said)
    test_dropped("triviumd", conf)
    for name, want in (("submit", "660"), ("control", "600")):
        got = look("%s/run/%s.sock" % (work, name))
        ok(got == "%s:%s %s" % (USER, group, want), name + ".sock is the user's, with mode " + want,
           got)
    wrong = [p for p in glob.glob(work + "/state/queue/**", recursive=True)
             if os.stat(p).st_mode & 0o077 or os.stat(p).st_uid != pwd.getpwnam(USER).pw_uid]
    ok(os.listdir(work + "/state/queue") and not wrong, "the queue's files are the user's alone",
       [look(p) + " " + p for p in wrong])

    code, said = run(B + "/trivium-milter", "-d", "-c", conf)
    ok(code == 0, "trivium-milter -d comes back with 0", "exit %d\n%s" % (code, said))
    ok(answers(work + "/spool/milter.sock"), "and serves by then")
    test_dropped("trivium-milter", conf)
    got = look(work + "/spool/milter.sock")
    ok(got.endswith(":daemon 660"), "milter.sock has its folder's group, and mode 660", got)

    code, said = run(B + "/triviumd", "-d", "-c", conf)
    ok(code == 1 and ("submit.sock" in said or "queue" in said),
       "a second triviumd -d comes back with 1 and the reason", "exit %d\n%s" % (code, said))
    code, said = run(B + "/trivium-milter", "-d", "-c", conf)
    ok(code == 1 and "milter.sock" in said,
       "a second trivium-milter -d comes back with 1 and the reason", "exit %d\n%s" % (code, said))
    ok(answers(work + "/run/submit.sock") and answers(work + "/spool/milter.sock"),
       "and the first ones still serve")
    killed = stop()
    ok(not killed, "SIGTERM ends them", killed)


def test_bad(work):
    for program, code_of in (("triviumd", 71), ("trivium-milter", 69)):
        for user, why in (("root", "is root"), ("no-such-user", "no such user")):
            conf = configure(work, program + "-" + user, user=user)
            code, said = run(B + "/" + program, "-c", conf)
            ok(code == code_of and why in said,
               "%s does not serve with user = \"%s\", and ends with %d" % (program, user, code_of),
               "exit %d\n%s" % (code, said))
    conf = configure(work, "closed", state_dir=work + "/closed")
    code, said = run(B + "/triviumd", "-c", conf)
    ok(code == 69 and "/closed" in said, "triviumd opens its queue as the user, not as root",
       "exit %d\n%s" % (code, said))
    code, said = run(B + "/triviumd", "-d", "-c", conf)
    ok(code == 1 and "/closed" in said, "with -d it comes back with 1 and the reason",
       "exit %d\n%s" % (code, said))
    for program in ("triviumd", "trivium-milter"):
        code, said = run(B + "/" + program, "-c", work + "/none.conf")
        ok(code == 78 and "none.conf:1: " in said,
           program + " ends with 78 when its configuration is wrong", "exit %d\n%s" % (code, said))


def stop():
    """End what was started; return what had to be killed for it."""
    killed = []
    for pid in started:
        os.kill(pid, signal.SIGTERM)
    for pid in started:
        for _ in range(600):
            # Nobody may be there who takes a zombie away.
            if not is_alive(pid):
                break
            time.sleep(0.05)
        else:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
    started.clear()
    return killed


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP only root can give root up")
        return 0
    os.environ.pop("NOTIFY_SOCKET", None)
    work = tempfile.mkdtemp(prefix="trivium-root-")
    try:
        prepare(work)
        test_good(work)
        test_bad(work)
    finally:
        stop()
        shutil.rmtree(work)
    print("1..%d" % count)
    return 1 if failed else 0


sys.exit(main())
