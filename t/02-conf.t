#!/usr/bin/env python3
"""The configuration, its sample and its page agree: every key that the code has is in trivium.conf(5)
with its type, preset and bounds, none is there that the code does not have, and what is shipped or
shown as an example is accepted by the daemons."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

B = os.environ.get("B", ".build/plain")
PAGE = "man/trivium.conf.5"
count = failed = 0


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    for line in str(why).splitlines() if not good else []:
        print("#   " + line)


def code_keys():
    out = subprocess.run([B + "/t/rows"], stdout=subprocess.PIPE, check=True, text=True).stdout
    keys = {}
    for line in out.splitlines():
        section, key, *rest = line.split("\t")
        keys[section, key] = rest
    return keys


def page_keys(lines):
    """(section, key) -> the lines of its item, the first one being .It."""
    keys, section, item = {}, None, None
    for line in lines:
        if line.startswith(".Sh "):
            words = line[4:].split()
            section = "" if line == ".Sh KEYS OUTSIDE ALL SECTIONS" else \
                words[1] if words[0] == "SECTION" else None
        elif line.startswith(".Ss driver = "):
            section = section.split()[0] + " " + line.split()[-1]
        elif line.startswith(".It Ic ") and section is not None:
            item = keys[section, line.split()[2]] = []
        elif line in (".El", ".Bl -tag -width Ds"):
            item = None
        if item is not None:
            item.append(line)
    return keys


def page_preset(item):
    if "There is no preset: this key must stand there." in item:
        return "-"
    if item[-1] == "Preset: empty.":
        return ""
    if len(item) > 1 and item[-2] == "Preset:" and item[-1].startswith(".Ql "):
        return re.sub(r" \.$", "", item[-1][4:])
    return None


def differences(row, item):
    kind, preset, low, high = row
    text = " ".join(item)
    if item[0].split(" = Ar ")[-1] != kind:
        yield "its type is " + kind
    if page_preset(item) != preset:
        yield "its preset is \"%s\", not \"%s\"" % (preset, page_preset(item))
    if kind == "word":
        for word in low.split():
            if not re.search(r"\.Ql %s( |$)" % re.escape(word), text):
                yield "the choice \"%s\" is missing" % word
    elif low != "-":
        bounds = "%s to %s" % (low, high) if high != "-" else low + " or more"
        if bounds not in text:
            yield "its bounds are %s" % bounds


def literal(lines, heading):
    """The literal displays of a section of the page, each as text."""
    displays, inside, display = [], False, None
    for line in lines:
        if line.startswith((".Sh ", ".Ss ")):
            inside = line[4:] == heading
        elif inside and line.startswith(".Bd -literal"):
            display = []
        elif inside and line == ".Ed":
            displays.append("\n".join(display) + "\n")
            display = None
        elif inside and display is not None:
            display.append(line.replace("\\e", "\\").replace("\\&", ""))
    return displays


def at_home(text, work):
    """The text with folders that are there, addresses that are free, and no other user."""
    for folder in ("/etc/trivium", "/run/trivium", "/var/lib/trivium"):
        text = text.replace(folder, work)
    text = re.sub(r'(?m)^(\s*#?\s*(?:listen|admin) *= *"127\.0\.0\.1):\d+"', r'\1:0"', text)
    text = re.sub(r'(?m)^(user *=).*', r'\1 ""', text)
    for key, value in (("user", ""), ("state_dir", work)):
        if not re.search(f"(?m)^{key} *=", text):
            text = f'{key} = "{value}"\n{text}'
    if "bridge {" not in text:
        text += f'bridge {{ submit = "unix:{work}/submit.sock" control = "unix:{work}/control.sock" }}\n'
    return text


def check(program, path):
    p = subprocess.run([B + "/" + program, "-n", "-c", path], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, errors="replace")
    return p.returncode, p.stdout


def accepted(path, name):
    for program in ("triviumd", "trivium-milter"):
        code, said = check(program, path)
        ok(code == 0 and not said, "%s is accepted by %s -n" % (name, program),
           "exit %d\n%s" % (code, said))


def write(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def main():
    os.environ.pop("NOTIFY_SOCKET", None)
    with open(PAGE) as f:
        lines = f.read().splitlines()
    code, page = code_keys(), page_keys(lines)
    ok(len(code) > 40, "the code has keys", code)
    for where in sorted(code):
        name = "key %s of section \"%s\"" % (where[1], where[0])
        if where not in page:
            ok(False, name + " is in the page")
        else:
            why = list(differences(code[where], page[where]))
            ok(not why, name + " is in the page as it is", "\n".join(why))
    strange = sorted(set(page) - set(code))
    ok(not strange, "the page has no key that does not exist", strange)

    work = tempfile.mkdtemp(prefix="trivium-conf-")
    try:
        with open("etc/trivium.conf") as f:
            sample = at_home(f.read(), work)
        write(work + "/operator-a.secret", "secret\n", 0o600)
        write(work + "/sample.conf", sample)
        accepted(work + "/sample.conf", "the sample")
        more = re.sub(r"(?m)^#(\t[a-z_]+ +=)", r"\1", sample)
        ok(more != sample, "the sample has keys that are commented out")
        write(work + "/sample.conf", more)
        accepted(work + "/sample.conf", "the sample with all its keys")

        example, errors = literal(lines, "EXAMPLES")
        example, errors = at_home(example, work), errors.replace("/etc/trivium", work)
        write(work + "/acme.secret", "secret\n", 0o600)
        write(work + "/acme.errors", errors)
        write(work + "/example.conf", example)
        accepted(work + "/example.conf", "the example of the page")
        write(work + "/acme.errors", errors.replace("transport", "transparent"))
        code_, said = check("triviumd", work + "/example.conf")
        ok(code_ == 1 and "acme.errors:1: " in said and "transparent" in said,
           "an error in the table of errors is told with its line", said)

        write(work + "/trivium.conf", 'country_code = "49"\n\n\nsdp operator-a {\n'
              '\tdriver = "parlayx"\n\n\tsendr = "tel:1"\n\n\trate = "fast"\n}\n')
        code_, said = check("triviumd", work + "/trivium.conf")
        shown = literal(lines, "Errors")[0].splitlines()
        told = [re.sub("^.*/", "", line) for line in said.splitlines()]
        ok(code_ == 1 and len(told) == len(shown) and
           all(t.startswith(s.removesuffix("...")) for t, s in zip(told, shown)),
           "errors look as the page shows them", said)
        code_, said = check("trivium-milter", work + "/none.conf")
        ok(code_ == 1 and said.startswith(work + "/none.conf:1: "),
           "a file that is not there is an error with its name", said)
    finally:
        shutil.rmtree(work)
    print("1..%d" % count)
    return 1 if failed else 0


sys.exit(main())
