#!/usr/bin/env python3
"""Tables made and remade by the tools administrators have: postmap, makemap, db_load, cp, and our own
map_build(). What is asked of each: the keys are found, and while the file is rebuilt no key that is
in the old and in the new contents is ever said not to be there."""
import glob
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, "t")
sys.dont_write_bytecode = True
import sendmail  # noqa: E402

B = os.environ.get("B", ".build/plain")
GET = os.path.abspath(os.path.join(B, "t/tableget"))
DIR = tempfile.mkdtemp(prefix="trivium-tables-")
REBUILDS = 200
count = failed = 0

ROUTES = """\
# A comment
SMS.example.com         phone:operator-a
.example.net            sms:operator-b

+1900                   error:5.7.1 premium numbers
    # A comment inside a line
    are not served
bob@sms.example.com\terror:5.2.1 bob has left
"""
WANT = {
    "sms.example.com": "1 phone:operator-a",
    ".example.net": "1 sms:operator-b",
    "bob@sms.example.com": "1 error:5.2.1 bob has left",
    "SMS.example.com": "0",
    "sms.example.co": "0",
    "sms.example.com.": "0",
}


def ok(passed, name, *notes):
    global count, failed
    count += 1
    failed += not passed
    print(("" if passed else "not ") + f"ok {count} - {name}", flush=True)
    if not passed:
        for note in notes:
            print("# " + str(note).replace("\n", "\n# "))
    return passed


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def path(name):
    return os.path.join(DIR, name)


def write(name, text, mode=0o644):
    with open(path(name), "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path(name), mode)
    return path(name)


def run(*words, text=None):
    return subprocess.run(words, input=text, cwd=DIR, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def get(table, *keys):
    return run(GET, table, *keys).stdout.splitlines()


def finds(table, name):
    got = get(table, *WANT)
    ok(got == list(WANT.values()), name, got)


def postmap(kind, name):
    return run("postmap", "-c", path("postfix"), f"{kind}:{path(name)}")


def pairs(text):
    """The lines of a routes text as db_load -T wants them."""
    words = [line.split(None, 1) for line in text.splitlines()]
    return "".join(f"{k}\n{v}\n" for k, v in words)


def find_makemap():
    why = sendmail.fetch()
    return (None, why) if why else (sendmail.program("makemap"), "")


def makemap(program, name, *options, kind="hash"):
    with open(path(name), encoding="utf-8") as f:
        return run(program, "-C", "/dev/null", *options, kind, path(name), text=f.read())


# Made by every tool.

def made_by_tools():
    for kind in ("hash", "btree"):
        write("p" + kind, ROUTES)
        done = postmap(kind, "p" + kind)
        if ok(done.returncode == 0, f"postmap {kind}", done.stdout):
            finds(f"{kind}:{path('p' + kind)}", f"its {kind} file is read")
            ok(get(f"{kind}:{path('p' + kind)}", "+1900") ==
               ["1 error:5.7.1 premium numbers    are not served"], "and a line in two parts")
        plain = "sms.example.com phone:operator-a\n.example.net sms:operator-b\n" \
                "bob@sms.example.com error:5.2.1 bob has left\n"
        done = run("db_load", "-T", "-t", kind, path("l" + kind) + ".db", text=pairs(plain))
        ok(done.returncode == 0, f"db_load -T -t {kind}", done.stdout)
        finds(f"{kind}:{path('l' + kind)}", "its file is read")
    write("other", ROUTES)
    postmap("btree", "other")
    finds(f"hash:{path('other')}", "the file's own type counts, not the name's")


def made_by_makemap(program):
    text = "".join(line + "\n" for line in ROUTES.splitlines() if "\t" in line or line[:1] in "S.")
    for kind in ("hash", "btree"):
        for options in ((), ("-N",)):
            name = f"m{kind}{len(options)}"
            write(name, text)
            done = makemap(program, name, *options, kind=kind)
            ok(done.returncode == 0, f"makemap {' '.join(options)} {kind}", done.stdout)
            finds(f"{kind}:{path(name)}", "its file is read")


def duplicates():
    text = "k\nfirst\nk\nsecond\n"
    run("db_load", "-T", "-t", "btree", "-c", "duplicates=1", path("dup") + ".db", text=text)
    ok(get("btree:" + path("dup"), "k") == ["1 first"], "of several values the first one counts")
    run("db_load", "-T", "-t", "hash", path("dup2") + ".db", text=text)
    ok(get("hash:" + path("dup2"), "k") == ["1 second"], "db_load itself keeps the last line")
    run("db_load", "-T", "-t", "btree", path("nul") + ".db",
        text="a\\00b\nx\nc\\00\nd\\00\n\\00\ny\ne\nf\\00g\n")
    ok(get("btree:" + path("nul"), "a", "c", "e", "") == ["0", "1 d", "1 f", "0"],
       "NULs: one at the end is taken off, a key with another is passed over, a value ends there")
    run("db_load", "-T", "-t", "recno", path("recno") + ".db", text="x\n")
    ok("neither a hash nor a btree" in get("hash:" + path("recno"), "x")[0], "a file of numbers is refused")


# Remade under load.

class Readers:
    """Threads that ask for keys again and again until told to stop."""

    def __init__(self, table, *keys):
        self.child = subprocess.Popen([GET, "-r", "3", table, *keys], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.child.stdout.readline()

    def stop(self, name):
        out, err = self.child.communicate()
        ok(out.strip().endswith("look-ups, 0 not found, 0 failed"), f"{name}: {out.strip()}", err)


def big(n):
    return "".join(f"key{i} sms:n{n}\n" for i in range(8000 + n % 7 * 1000))


def remade(name, rebuild, times):
    """rebuild(n) makes the n-th contents; the last ones must be found at the end."""
    rebuild(0)
    readers = Readers("hash:" + path(name), "key0", "key77", "key7999")
    bad = [done.stdout for done in (rebuild(n) for n in range(1, times)) if done.returncode]
    readers.stop(f"{times} times while it is read")
    ok(not bad, "each time without an error", *bad[:1])


def remade_by_tools(program):
    def by_postmap(n):
        write("load", big(n))
        return postmap("hash", "load")

    def by_makemap(n):
        write("loadm", big(n))
        return makemap(program, "loadm")

    def by_map(n):
        write("loado", big(n).replace(" ", ".example.com ").replace("key", "x"))
        return run(GET, "-m", path("loado"))

    def by_cp(n):
        write("source", big(n))
        done = postmap("btree", "source")
        return run("cp", path("source.db"), path("loadc.db")) if done.returncode == 0 else done

    print("# postmap, in place under flock")
    remade("load", by_postmap, REBUILDS)
    print("# cp, in place under no lock at all")
    remade("loadc", by_cp, 50)
    if program:
        print("# makemap, in place")
        remade("loadm", by_makemap, 50)
    print("# map_build(), by rename")
    by_map(0)
    readers = Readers("hash:" + path("loado"), "x0.example.com", "x7999.example.com")
    bad = [done.stdout for done in map(by_map, range(1, 50)) if done.returncode]
    readers.stop("50 times while it is read")
    ok(not bad, "each time without an error", *bad[:1])


class Session:
    """One process with a table open, asked a key at a time."""

    def __init__(self, table):
        self.errors = open(path("session.err"), "w+", encoding="utf-8")
        self.child = subprocess.Popen([GET, table, "-"], stdin=subprocess.PIPE, text=True,
                                      stdout=subprocess.PIPE, stderr=self.errors)

    def get(self, key):
        self.child.stdin.write(key + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()

    def until(self, key, want):
        """What is right is noticed; how soon is not for this test to say."""
        got = None
        for _ in range(500):
            got = self.get(key)
            if got == want:
                break
            time.sleep(0.02)
        return got

    def end(self):
        self.child.communicate()
        self.errors.seek(0)
        text = self.errors.read()
        self.errors.close()
        return text


def troubles():
    write("t", "k one\n")
    postmap("hash", "t")
    s = Session("hash:" + path("t"))
    ok(s.get("k") == "1 one", "before any trouble")
    write("t", "k two\n")
    postmap("hash", "t")
    ok(s.until("k", "1 two") == "1 two", "a rebuilt file is noticed")
    good = open(path("t.db"), "rb").read()
    for name, data in (("half written", good[:len(good) // 2]), ("garbage", os.urandom(5000)),
                       ("empty", b"")):
        with open(path("t.db"), "wb") as f:
            f.write(data)
        got = {s.get("k") for _ in range(50)}
        ok(got == {"1 two"}, f"{name}: the old contents stay", got)
    write("t", "k three\n")
    postmap("hash", "t")
    ok(s.until("k", "1 three") == "1 three", "a good one is taken again")
    os.unlink(path("t.db"))
    ok(s.get("k") == "1 three", "removed: the old contents stay")
    errors = s.end()
    lines = [line for line in errors.splitlines() if "warning" in line]
    ok(len(lines) <= 4 and all("t.db: " in line for line in lines),
       "each change is told once, not at each look-up", errors)
    ok("t.db: No such file or directory" in get("hash:" + path("t"), "k")[0], "a missing file is named")


# map_build()

WRONG = """\
  indented
good.example.com  phone:a
lonely
bad.example.com   fax:a
GOOD.example.com  sms:b
a..b              sms:b
+49               im:x
ok.example.com
   sms:b
"""
ERRORS = """\
F:1: a line that continues another has none before it
F:3: key lonely has no value
F:4: value fax:a of key bad.example.com: it must be sms:NAME, mms:NAME, phone:NAME, im:NAME or error:CODE TEXT
F:5: key good.example.com stands there before, on line 2
F:6: key a..b: an empty part is in the domain
F:7: value im:x of key +49: a number cannot lead to instant messages
"""


def own_map():
    write("own", ROUTES, 0o640)
    done = run(GET, "-m", "hash:" + path("own"))
    ok(done.returncode == 0 and not done.stdout, "map_build() of a good text", done.stdout)
    finds("hash:" + path("own"), "its file is read")
    got = run("postmap", "-c", path("postfix"), "-q", "sms.example.com", "hash:" + path("own")).stdout
    ok(got == "phone:operator-a\n", "by postmap too", got)
    got = run("db_verify", path("own.db"))
    ok(got.returncode == 0, "and db_verify has no complaint", got.stdout)
    ok(stat.S_IMODE(os.stat(path("own.db")).st_mode) == 0o640, "with the mode of the text")
    os.chmod(path("own.db"), 0o604)
    before = os.stat(path("own.db"))
    run(GET, "-m", "btree:" + path("own"))
    after = os.stat(path("own.db"))
    ok(stat.S_IMODE(after.st_mode) == 0o604 and after.st_ino != before.st_ino,
       "a file made anew keeps the mode it had")
    finds("hash:" + path("own"), "a btree")
    write("own", WRONG)
    done = run(GET, "-m", path("own"))
    ok(done.returncode == 65, "a wrong text is EX_DATAERR", done.returncode)
    said = done.stdout.replace(path("own"), "F")
    ok(said == ERRORS, "each error is told with its line", said)
    ok(os.stat(path("own.db")).st_ino == after.st_ino, "and the file stays")
    os.unlink(path("own"))
    done = run(GET, "-m", path("own"))
    ok(done.returncode == 66 and "No such file" in done.stdout, "no text is EX_NOINPUT", done.stdout)
    ok(run(GET, "-m", "lmdb:" + path("own")).returncode == 64, "another type is EX_USAGE")
    done = run(GET, "-m", DIR)
    ok(done.returncode == 66, "a folder is no text", done.returncode, done.stdout)
    write("blocked", "a.example sms:b\n")
    os.mkdir(path("blocked.db"))
    done = run(GET, "-m", path("blocked"))
    ok(done.returncode == 73, "a file that cannot be put in place is EX_CANTCREAT", done.stdout)
    ok(not glob.glob(DIR + "/*.db.*"), "nothing is left lying about", glob.glob(DIR + "/*.db.*"))
    write("empty", "# nothing\n")
    ok(run(GET, "-m", path("empty")).returncode == 0 and get("hash:" + path("empty"), "a") == ["0"],
       "a text without lines makes a table without keys")
    with open(path("odd"), "wb") as f:
        f.write(b"a.example sms:b\0c\nb.example sms:" + b"x" * 70000 + b"\nlast.example sms:b")
    done = run(GET, "-m", path("odd"))
    ok(done.stdout.replace(path("odd"), "F") == "F:1: there is a NUL byte in it\n"
       "F:2: the line is longer than 65536 bytes\n", "hostile lines", done.stdout)


def users():
    """The users table: a row is found by each of its identities when triviumctl makes it, by its key
    when postmap does."""
    row = 'name="Bob Brown" mail=bob@example.com tel=+8613800138000 im=bob@im.example.org class=staff'
    write("users", f"bob  {row}\n\n# Comment\nann  tel=+8613800138000\n+8613800138001 name=Carol\n"
          "dave tel=+8613800138001 name=Dave\n")
    done = run(os.path.join(os.path.abspath(B), "triviumctl"), "map", path("users"))
    ok(done.returncode == 0, "triviumctl map FILE knows users by the file's name", done.stdout)
    name = "hash:" + path("users")
    for key, want in (("bob", row), ("bob@example.com", row), ("bob@im.example.org", row),
                      ("+8613800138000", row), ("ann", "tel=+8613800138000"),
                      ("+8613800138001", "name=Carol")):
        got = get(name, key)
        ok("1 " + want in str(got), f"found by {key}", got)
    postmap("hash", "users")
    ok("1 " + row in str(get(name, "bob")) and "1 " + row not in str(get(name, "bob@example.com")),
       "postmap makes only the keys that stand there", get(name, "bob@example.com"))
    for line, why in (("bob tel=12", "tel is no number"), ("bob nam=x", "is none of"),
                      ("+12 name=x", "is no number"), ("bob name=\"x", "closing quote")):
        write("users-bad", line + "\n")
        done = run(os.path.join(os.path.abspath(B), "triviumctl"), "map", path("users-bad"))
        ok(done.returncode == 65 and why in done.stdout and ":1:" in done.stdout,
           f"refused with its line: {line}", done.stdout)


def main():
    os.mkdir(path("postfix"))
    write("postfix/main.cf", "")
    made_by_tools()
    program, why = find_makemap()
    if program:
        made_by_makemap(program)
    else:
        skip("tables made by makemap", why)
    duplicates()
    troubles()
    own_map()
    users()
    remade_by_tools(program)
    print(f"1..{count}")
    return failed != 0


try:
    code = main()
finally:
    shutil.rmtree(DIR)
sys.exit(code)
