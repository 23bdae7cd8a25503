#!/usr/bin/env python3
"""triviumctl trace and map: what needs no daemon. Each row is an address and what must be said."""
import os
import shutil
import subprocess
import tempfile

B = os.environ.get("B", ".build/plain")
CTL = os.path.abspath(f"{B}/triviumctl")
count = 0


def ok(good, name, *seen):
    global count
    count += 1
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            print("".join(f"#   {line}\n" for line in str(s).splitlines()), end="")


def ctl(*words, conf="trivium.conf"):
    p = subprocess.run([CTL, "-c", conf, *words], capture_output=True, timeout=60)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


# No secret is read: the file need not even be there.
CONF = """
country_code = "86"
tables { routes = "hash:%s" }
sdp operator-a {
  driver = "parlayx"
  sms_url = "http://127.0.0.1:1/"
  sender = "tel:10690123"
  username = "trivium"
  password_file = "/nonexistent/secret"
}
sdp nowhere { driver = "loopback" }
sdp both {
  driver = "parlayx"
  sms_url = "http://127.0.0.1:1/"
  mms_url = "http://127.0.0.1:1/"
  sender = "tel:10690123"
}
"""

ROUTES = """# A table for this test.
sms.example.com       phone:operator-a
mms.example.com       mms:nowhere
.example.net          sms:nowhere
gone.example.com      phone:gone
both.example.com      phone:both
later.example.com     error:4.3.2 closed for the night
bob@sms.example.com   error:5.1.6 moved
+1900                 error:5.7.1 premium numbers are not served
+8610                 sms:nowhere
"""

SENT = "would be sent to tel:+8613800138000 by operator-a"
ROWS = [
    # given, exit code, lines in this order, the verdict
    ("+8613800138000@sms.example.com", 0,
     ['mailbox local part "+8613800138000", domain "sms.example.com"',
      "looked up +8613800138000@sms.example.com: not found",
      "looked up sms.example.com: found phone:operator-a",
      "+8613800138000 is the number +8613800138000",
      "looked up +8613800138000 and its prefixes: not found",
      "route tel:+8613800138000 as SMS (there is no mms_url)",
      "transport sdp operator-a, driver parlayx, at trivium.conf:4"], SENT),
    ("+8613800138000@both.example.com", 0, ["route tel:+8613800138000 as SMS or MMS, by its content"],
     "would be sent to tel:+8613800138000 by both"),
    ("0086-138-0013-8000@SMS.Example.COM", 0,
     ["0086-138-0013-8000 is the number +8613800138000"], SENT),
    ("<+86.138.0013.8000@sms.example.com>", 0, [], SENT),
    ('"138 0013 8000"@sms.example.com', 0, ['mailbox local part "138 0013 8000",'], SENT),
    ("13800138000@a.b.example.net", 0,
     ["looked up a.b.example.net: not found", "looked up .b.example.net: not found",
      "looked up .example.net: found sms:nowhere", "transport sdp nowhere, driver loopback"],
     "would be sent to tel:+8613800138000 by nowhere"),
    ("+8610123456@sms.example.com", 0,
     ["looked up sms.example.com: found phone:operator-a", "looked up +8610: found sms:nowhere"],
     "would be sent to tel:+8610123456 by nowhere"),
    ("+1900123456@sms.example.com", 1, ["looked up +1900: found error:5.7.1"],
     "refused (550 5.7.1): premium numbers are not served"),
    ("bob@sms.example.com", 1, ["looked up bob@sms.example.com: found error:5.1.6 moved"],
     "refused (550 5.1.6): moved"),
    ("hello@sms.example.com", 1, ["looked up sms.example.com: found phone:operator-a"],
     "refused (550 5.1.3): "),
    ("1@later.example.com", 75, ["looked up later.example.com: found error:4.3.2"],
     "refused for now (451 4.3.2): closed for the night"),
    ("13800138000@gone.example.com", 1, ['transport "gone" is not in trivium.conf'],
     "refused for now (451 4.3.5): "),
    ("13800138000@mms.example.com", 1, ["transport sdp nowhere, driver loopback"],
     "refused (550 5.3.3): nowhere cannot carry"),
    ("x@other.example", 1, ["looked up other.example: not found"], "not ours"),
    ("nobody", 1, [], "not ours"),
    ("", 1, [], "not ours"),
    ("<<>>@@", 1, [], ""),
    ("\x1b[31m@sms.example.com", 1, [], ""),
    ("x" * 5000 + "@sms.example.com", 1, [], ""),
]


def words(line):
    return " ".join(line.split())


def test_trace():
    for given, code, steps, verdict in ROWS:
        got = ctl("trace", given)
        lines = [words(line) for line in got[1].splitlines()]
        at = 0
        for want in steps:
            at = next((n for n in range(at, len(lines)) if lines[n].startswith(want)), None)
            if at is None:
                break
        ok(got[0] == code and at is not None and lines[-1].startswith("verdict " + verdict) and
           "\x1b" not in got[1] and not got[2], f"trace {given[:40]!a}: {code}", *got)


def test_map():
    got = ctl("trace", "1@sms.example.com")
    ok(got[0] == 75 and "could not tell" in got[1], "no table yet: it could not tell", *got)
    got = ctl("map", "routes")
    ok(got[0] == 0 and os.path.exists("routes.db"), "map a table of the configuration", *got)
    before = open("routes.db", "rb").read()
    os.rename("routes", "good")
    got = ctl("map", "routes")
    ok(got[0] == 66 and f"{os.getcwd()}/routes" in got[2], "no text: 66", *got)
    with open("routes", "w") as f:
        f.write("sms.example.com phone:operator-a\nmms.example.com fax:operator-a\n")
    got = ctl("map", "routes")
    ok(got[0] == 65 and f"{os.getcwd()}/routes:2: " in got[2], "a wrong line: 65, with its place",
       *got)
    ok(open("routes.db", "rb").read() == before, "and the table is as it was")
    os.rename("good", "routes")
    got = ctl("map", f"hash:{os.getcwd()}/routes", conf="nonexistent.conf")
    ok(got[0] == 0, "map by path, without a configuration", *got)
    got = ctl("map", "nonsense")
    ok(got[0] == 66 and '"nonsense"' in got[2], "no such table: 66", *got)
    got = ctl("map", "regexp:/x")
    ok(got[0] == 64 and "regexp" in got[2], "no such type: 64", *got)


def test_conf():
    for text, what in [("nonsense = 1\n", "nonsense"), ("sdp x { driver = \"fax\" }\n", "fax"),
                       ("tables { routes = \"static:=\" \n", "")]:
        with open("bad.conf", "w") as f:
            f.write(text)
        got = ctl("trace", "1@sms.example.com", conf="bad.conf")
        ok(got[0] == 78 and "bad.conf:" in got[2] and what in got[2] and not got[1],
           f"a wrong configuration: 78 ({text.strip()})", *got)
    with open("bad.conf", "w") as f:
        f.write('tables { routes = "nonsense" }\n')
    got = ctl("trace", "1@sms.example.com", conf="bad.conf")
    ok(got[0] == 78 and "nonsense" in got[2], "a table's name that is none: 78", *got)


top = tempfile.mkdtemp(prefix="trivium-trace.")
here = os.getcwd()
os.chdir(top)
try:
    with open("trivium.conf", "w") as f:
        f.write(CONF % os.path.join(top, "routes"))
    with open("routes", "w") as f:
        f.write(ROUTES)
    test_map()
    test_trace()
    test_conf()
finally:
    os.chdir(here)
    shutil.rmtree(top)
print(f"1..{count}")
