#!/usr/bin/env python3
"""The manual pages: mandoc finds nothing wrong with them, they have every option and command of the
programs and no others, name only pages that exist, and what they and README tell to run, runs."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

B = os.path.abspath(os.environ.get("B", ".build/plain"))
PROGRAMS = ("triviumd", "trivium-milter", "triviumctl", "trivium-sdpsim")
count = failed = 0


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    for line in str(why).splitlines() if not good else []:
        print("#   " + line)


def run(*argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    return p.returncode, p.stdout


def read(path):
    with open(path) as f:
        return f.read()


def usage_options(text):
    found = set(re.findall(r"(?<![\w-])-([A-Za-z])\b", text))
    return found | set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text))


def page_options(page):
    items = [line for line in page.splitlines() if line.startswith(".It Fl ")]
    return {name for line in items for name in re.findall(r"Fl (?:Fl )?([A-Za-z][a-z-]*)", line)}


def displays(page):
    """The lines of the page's literal displays."""
    for display in re.findall(r"(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed$", page):
        yield from display.replace("\\e", "\\").splitlines()


def test_program(name):
    page = read("man/%s.8" % name)
    code, usage = run(B + "/" + name, "-h")
    ok(code == 0 and usage.startswith("usage: " + name), name + " -h shows its usage", usage)
    ours, pages = usage_options(usage), page_options(page)
    ok(ours == pages, "the page of %s has its options" % name,
       "usage: %s\npage:  %s" % (sorted(ours - pages), sorted(pages - ours)))
    commands = {m for m in re.findall(r"(?m)^  ([a-z]+) ", usage)}
    pages = {m for m in re.findall(r"(?m)^\.It Cm ([a-z]+)", page)}
    if name == "triviumctl":
        missing = commands - pages
        ok(commands and not missing, "the page of triviumctl has its commands", missing)
    code, said = run(B + "/" + name, "-Z")
    ok(code == 64 and said, "%s ends with 64 for an option that it has not" % name,
       "exit %d\n%s" % (code, said))
    code, said = run(B + "/" + name, "what")
    ok(code == 64 and said, "%s ends with 64 for a word too many" % name,
       "exit %d\n%s" % (code, said))
    ok(re.search(r"(?m)^\.Sh EXIT STATUS\n(.*\n)*?.*\b64\b", page), name + ".8 names the 64")
    if "V" in ours:
        code, said = run(B + "/" + name, "-V")
        ok(code == 0 and re.fullmatch(re.escape(name) + r" [0-9.]+\n", said),
           name + " -V shows the version", said)


def test_examples(work):
    """The tables' example, and every trace that a page or README shows."""
    page = read("man/trivium-tables.5")
    table = [line for line in displays(page[page.index(".Sh EXAMPLES"):]) if ":" in line]
    with open(work + "/routes", "w") as f:
        f.write("\n".join(table) + "\n")
    with open(work + "/trivium.conf", "w") as f:
        f.write('country_code = "1"\n'
                'tables { routes = "hash:%s/routes" }\n'
                'sdp operator-a { driver = "loopback" }\n'
                'sdp operator-b { driver = "loopback" }\n' % work)
    ctl = (B + "/triviumctl", "-c", work + "/trivium.conf")
    code, said = run(*ctl, "map", "routes")
    ok(code == 0 and len(table) == 6, "the example of trivium-tables.5 makes a table", said)

    shown = set()
    for path in sorted(glob.glob("man/*.[58]")) + ["README"]:
        lines = read(path).splitlines() if path == "README" else displays(read(path))
        shown |= set(re.findall(r"(?m)^ *(?:\$ )?triviumctl trace (\S+@\S+)", "\n".join(lines)))
    ok(len(shown) >= 3, "there are traces to try", shown)
    for address in sorted(shown):
        code, said = run(*ctl, "trace", address)
        ok(code == 0 and "would be sent to tel:+" in said, "trace " + address, said)
    for address, want in (("0044-20-7946-0958@sms.example.com", "by operator-b"),
                          ("5555550100@sms.example.com", "tel:+15555550100 by operator-a"),
                          ("pager@example.com", "the pager is gone"),
                          ("+19005550100@sms.example.com", "premium numbers are not served"),
                          ("alice@example.com", "not ours")):
        code, said = run(*ctl, "trace", address)
        ok(want in said, "by the example, %s: %s" % (address, want), said)

    code, said = run(*ctl, "map", "hash:" + os.path.abspath("etc/routes") + ".none")
    ok(code == 66, "map names a file that is not there", said)
    shutil.copy("etc/routes", work + "/sample")
    code, said = run(*ctl, "map", "hash:" + work + "/sample")
    ok(code == 0, "etc/routes makes a table", said)


def log_patterns():
    """For each log line that the daemons' rooms write: where, and what a page must have of it."""
    rooms = ("bridge/*.c", "bridge/store/*.c", "bridge/flow/*.c", "milter/*.c", "sdp/*.c")
    for path in sorted(p for room in rooms for p in glob.glob(room)):
        if path.startswith(("sdp/sim", "sdp/trivium-sdpsim")):
            continue  # its lines are told as a whole
        literals = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
        for call in re.findall(r"\blog_(?:event\([^,\"]*,|(?:info|warn|error)\()\s*" + literals,
                               read(path)):
            text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call)).replace('\\"', '"')
            text = re.sub(r"status=\w+ \([^%)]*\)", "status=%s (%s)", text)
            text = re.sub(r"status=\w+ \(", "status=%s (", text)
            text = re.sub(r"dsn=[\d.]+", "dsn=%s", text)
            parts = re.split(r"%[-.\d]*(?:\.\*)?(?:l|ll|z|h)*[a-z]", text)
            if any(part.strip(" :") for part in parts):
                yield path + ": " + text, ".{1,60}?".join(re.escape(p) for p in parts)


def test_log_lines():
    """Every line of the log is in a page."""
    pages = ""
    for path in glob.glob("man/*.8"):
        pages += re.sub(r".\x08", "", run("mandoc", "-T", "utf8", path)[1]) + "\n\n"
    pages = re.sub(r"\s+", " ", pages)
    lines = list(log_patterns())
    missing = [name for name, pattern in lines if not re.search(pattern, pages)]
    ok(len(lines) > 20 and not missing, "every line of the log is in a page", "\n".join(missing))


def test_readme():
    """What README shows of Postfix's and Sendmail's settings is what is shipped."""
    def bare(text):
        lines = [l for l in text.splitlines() if not l.lstrip().startswith(("#", "dnl"))]
        return re.sub(r"\s", "", "\n".join(lines))

    readme = read("README")
    shown = readme[readme.index("main.cf:\n"):readme.index("Day by day")]
    for name in ("postfix/main.cf", "postfix/master.cf", "sendmail/trivium.mc"):
        shipped = bare(read("etc/" + name))
        paragraph = next((p for p in re.findall(r"(?:^    .*\n)+", shown, re.M)
                          if bare(p)[:15] and bare(p)[:15] in shipped), "")
        missing = [l for l in re.split(r"\n(?=    \S)", paragraph.rstrip())
                   if bare(l) not in shipped]
        ok(paragraph and not missing, "README shows what etc/%s says" % name, "\n".join(missing))
    ok(all(len(line) <= 100 for line in readme.splitlines()), "README has no line over 100")
    targets = set(re.findall(r"(?m)^    make ([a-z]+)", readme))
    known = set(re.search(r"(?m)^\.PHONY: (.*)$", read("Makefile")).group(1).split())
    ok(targets and targets <= known, "README names make's targets", targets - known)


def main():
    pages = sorted(glob.glob("man/*.[0-9]"))
    names = {re.sub(r"\.(\d)$", r"(\1)", os.path.basename(p)) for p in pages}
    ok(len(pages) == 6, "there are six pages", pages)
    for path in pages:
        code, said = run("mandoc", "-T", "lint", "-W", "warning", path)
        ok(code == 0 and not said, "mandoc finds nothing wrong with " + path, said)
        xrs = re.findall(r"(?m)^\.Xr (trivium\S*) (\d)", read(path))
        lost = ["%s(%s)" % x for x in xrs if "%s(%s)" % x not in names]
        ok(not lost, "the pages that %s names are there" % path, lost)
    lost = [n for n in re.findall(r"trivium\S*\(\d\)", read("README")) if n not in names]
    ok(not lost, "the pages that README names are there", lost)
    for name in PROGRAMS:
        test_program(name)
    work = tempfile.mkdtemp(prefix="trivium-man-")
    try:
        test_examples(work)
    finally:
        shutil.rmtree(work)
    test_log_lines()
    test_readme()
    print("1..%d" % count)
    return 1 if failed else 0


sys.exit(main())
