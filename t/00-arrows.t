#!/usr/bin/env python3
"""The house rules that a machine can see: who includes whom, where foreign libraries stand, how long
functions are, and what a file must look like. HOUSE rules are the reason; each failure names file
and line."""
import glob
import os
import re
import sys

BASE, MESSAGE, STORE, FLOW = ("bridge/base/", "bridge/message/", "bridge/store/", "bridge/flow/")
BRIDGE = (BASE, MESSAGE, STORE, FLOW)
# A folder, and what its files may include; the first that fits counts.
ARROWS = [
    (BASE, (BASE,)),
    (MESSAGE, (BASE, MESSAGE)),
    (STORE, (BASE, MESSAGE, STORE)),
    (FLOW, BRIDGE),
    # The rooms of a program, triviumctl.
    ("bridge/", BRIDGE + ("bridge/ctl/", "bridge/triviumd_")),
    # The milter has no queue: what it takes it hands to the bridge, over a socket.
    ("milter/", ("milter/", BASE, MESSAGE, STORE + "table", STORE + "route", STORE + "scan",
                 STORE + "settings")),
    ("sdp/", ("sdp/",) + BRIDGE),
    ("im/", ("im/",) + BRIDGE),
    ("t/", ("t/", "milter/", "sdp/", "im/") + BRIDGE),
]
# A library's headers, and the only files that may know its types.
FOREIGN = [
    ("libxml/", ["bridge/base/xml.c", "bridge/base/xmlpush.c", "bridge/message/html.c"]),
    ("db.h", ["bridge/store/bdb_file.c", "bridge/store/queue_bdb.c"]),
    ("microhttpd.h", ["bridge/base/httpd.c", "bridge/base/httpd_request.c"]),
    ("curl/", ["bridge/base/wire.c", "bridge/base/http.c", "bridge/base/smtp.c", "bridge/base/url.c"]),
    ("gmime/", ["bridge/message/decode.c", "t/bench-flatten.c", "bridge/message/compose.c"]),
    ("glib", ["bridge/message/decode.c", "bridge/message/compose.c"]),
    ("confuse.h", ["bridge/base/conf.c"]),
    ("openssl/", ["bridge/base/digest.c", "bridge/base/cert.c"]),
    ("gd.h", ["bridge/message/picture.c"]),
    ("jansson.h", ["bridge/flow/control_json.c", "bridge/ctl/", "sdp/sim_", "bridge/store/scan_rspamd.c"]),
    ("clamav.h", ["bridge/store/scan_clamav.c"]),
    ("libmilter/", ["milter/"]),
]
LONGEST, LONG, COLUMNS = 60, 50, 100

failed = []
notes = []
too_wide = []


def bad(path, number, what):
    failed.append(f"{path}:{number}: {what}")


def includes(path, lines):
    may = next(may for folder, may in ARROWS if path.startswith(folder))
    first = None
    for n, line in enumerate(lines, 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
        if not m:
            continue
        name = m.group(2)
        first = first or name
        if m.group(1) == '"':
            if not name.startswith(may) and not name.endswith(".inc"):
                bad(path, n, f'may not include "{name}"')
            continue
        for header, where in FOREIGN:
            if name.startswith(header) and not path.startswith("t/") and \
                    not any(path == w or w[-1] in "/_" and path.startswith(w) for w in where):
                bad(path, n, f"<{name}> belongs into {' or '.join(where)}")
    own = re.sub(r"\.c$", ".h", path)
    if path.endswith(".c") and own in FILES and first != own:
        bad(path, 1, f'its own header "{own}" comes first')


def looks(path, lines):
    if not lines or not lines[0].startswith("/*"):
        bad(path, 1, "begins with a comment that says what it is for")
    wide = 0
    for n, line in enumerate(lines, 1):
        if line != line.rstrip():
            bad(path, n, "blanks at the line's end")
        if re.match(r"\t* +\t", line):
            bad(path, n, "a tab behind spaces")
        if re.match(r" {8}", line):
            bad(path, n, "indented by spaces")
        wide += len(line.expandtabs(8)) > COLUMNS
        if re.match(r"typedef\b", line):
            bad(path, n, "a typedef")
    if wide:
        too_wide.append(path)


def functions(path, lines):
    """A body opens by a brace alone in column 0 and closes likewise."""
    for start, line in enumerate(lines):
        if line != "{":
            continue
        end = next((i for i in range(start, len(lines)) if lines[i] == "}"), start)
        head = start - 1
        while head > 0 and lines[head][:1] in ("\t", " "):
            head -= 1
        name = re.match(r"(\w+)\(", lines[head])
        if not name:
            bad(path, head + 1, "a definition's name starts its line")
            continue
        length = end - start - 1
        if length > LONGEST:
            bad(path, head + 1, f"{name.group(1)}() has {length} lines")
        elif length > LONG:
            notes.append(f"{path}:{head + 1}: {name.group(1)}() has {length} lines")


def declarations(path, lines):
    """Each paragraph of a header that declares functions begins with a comment."""
    paragraph, depth = [], 0
    for n, line in enumerate(lines + [""], 1):
        if depth == 0 and re.match(r"[a-z].*\w\(", line) and not line.startswith("static"):
            if not any("*/" in earlier for earlier in paragraph):
                bad(path, n, "a declaration without a comment above it")
        depth += line.count("{") - line.count("}")
        paragraph = paragraph + [line] if line.strip() or depth else []


def drivers(path, lines):
    """The bridge walks the arrays of drivers and knows none by name."""
    names = "|".join(re.escape(d) for d in DRIVERS)
    for n, line in enumerate(lines, 1):
        if names and re.search(rf"\b(sdp|im)_({names})\b", line):
            bad(path, n, "the bridge names a driver")


TOP = {"Makefile", "README", "bridge", "etc", "im", "man", "milter", "sdp", "t"}


def top(names):
    """What stands at the top of the house."""
    for name in sorted(set(names) - TOP):
        if not name.startswith("."):
            bad(name, 1, "is no room of the house, and stands at its top")


def report(number, name):
    print(f"{'not ' if failed else ''}ok {number} - {name}")
    for f in failed:
        print(f"# {f}")
    failed.clear()


FILES = {}
for pattern in ("bridge/*.[ch]", "bridge/*/*.[ch]", "milter/*.[ch]", "sdp/*.[ch]", "im/*.[ch]",
                "t/*.[ch]"):
    for path in glob.glob(pattern):
        with open(path, encoding="utf-8") as f:
            FILES[path] = f.read()
DRIVERS = sorted(set(re.findall(r"&(?:sdp|im)_(\w+)", FILES.get("sdp/drivers.c", "") +
                                FILES.get("im/drivers.c", ""))))

CHECKS = [
    (includes, "includes go along the arrows, foreign headers stand in their one file", lambda p: True),
    (looks, "tabs, no blanks at line ends, a comment at the top, no typedefs",
     lambda p: True),
    (functions, f"definitions start with their name, no function is over {LONGEST} lines",
     lambda p: p.endswith(".c")),
    (declarations, "what a header declares has a comment above it",
     lambda p: p.endswith(".h") and not p.startswith("t/")),
    (drivers, "the bridge knows no driver by name", lambda p: p.startswith("bridge/")),
]


def proofs():
    """Each check must find what it is for."""
    FILES["bridge/base/proof.h"] = "/* */\n"
    includes("bridge/base/proof.c", ['#include "bridge/flow/pump.h"', "#include <curl/curl.h>"])
    includes("milter/proof.c", ['#include "bridge/store/queue.h"', '#include "session.h"'])
    del FILES["bridge/base/proof.h"]
    looks("proof.c", ["", "x ", "  \tx", "        x", "\t", "typedef int x;"])
    functions("proof.c", ["int proof(void)", "{", "}", "int", "proof(void)", "{"] + ["\tx;"] * 61 + ["}"])
    declarations("proof.h", ["/* Top. */", "", "int proof(void);"])
    drivers("bridge/proof.c", ["x = &sdp_loopback;"])
    top(["bridge", ".ci", "p.html"])
    found = len(failed)
    failed.clear()
    notes.clear()
    too_wide.clear()
    want = 3 + 2 + 6 + 2 + 1 + 1 + 1
    if found != want:
        bad("t/00-arrows.t", 1, f"found {found} of {want} planted faults")


print(f"1..{len(CHECKS) + 2}")
proofs()
report(1, "planted faults are found")
for number, (check, name, fits) in enumerate(CHECKS, 2):
    for path in sorted(FILES):
        if fits(path):
            check(path, FILES[path].split("\n")[:-1] if FILES[path].endswith("\n") else
                  bad(path, 1, "the last line has no end") or FILES[path].split("\n"))
    report(number, name)
top(os.listdir("."))
report(len(CHECKS) + 2, "nothing stands at the top but what belongs there")
for note in notes:
    print(f"# {note}")
if too_wide:
    print(f"# lines of more than {COLUMNS} columns: {' '.join(too_wide)}")
sys.exit(0)
