#!/usr/bin/env python3
"""Every mail in t/content shows what it should: NAME.eml beside what `triviumctl preview --only WORD`
is to print of it in NAME.WORD, for as many words as there are files. A name may go on behind a dash
("koi8-r-mislabelled"); a folder's README tells of its kinds."""
import glob
import os
import subprocess
import sys

CTL = os.path.join(os.environ.get("B", ".build/plain"), "triviumctl")
WORDS = ("full", "headers", "reply", "forward", "classify")
HERE = "t/content"


def read(path):
    with open(path, "rb") as f:
        return f.read()


# What preview is given, and the code of sysexits(3) that it must end with.
REFUSED = (
    ("nothing", ("-", "--only", "full"), b"", 65),
    ("a file that is not there", ("/nonexistent.eml", "--only", "full"), b"", 66),
    ("a word that is none", ("-", "--only", "nothing"), b"x", 64),
    ("a word too few", ("-", "--only"), b"x", 64),
    ("any bytes", ("-", "--only", "full"), bytes(range(256)) * 1000, 0),
    ("10 MB of text", ("-", "--only", "full"), b"Subject: s\n\n" + b"words " * 1700000, 0),
)


def refused():
    """(name, whether it ended as it must) for each of REFUSED."""
    for name, words, mail, code in REFUSED:
        p = subprocess.run([CTL, "preview", *words], input=mail, capture_output=True, timeout=60)
        yield name, p.returncode == code and (code == 0 or (p.stderr and not p.stdout))


def main():
    n = failed = 0
    for name, good in refused():
        n += 1
        failed += not good
        print("%sok %d - preview of %s" % ("" if good else "not ", n, name))
    mails = sorted(glob.glob(HERE + "/**/*.eml", recursive=True))
    for mail in mails:
        stem = mail[:-len(".eml")]
        wanted = [w for w in WORDS if os.path.exists(stem + "." + w)]
        for word in wanted:
            p = subprocess.run([CTL, "preview", "-", "--only", word], input=read(mail),
                               capture_output=True, timeout=60)
            want = read(stem + "." + word)
            good = p.returncode == 0 and p.stdout == want
            n += 1
            failed += not good
            print("%sok %d - %s.%s" % ("" if good else "not ", n, os.path.relpath(stem, HERE), word))
            if not good:
                for title, text in (("want", want), ("got", p.stdout), ("stderr", p.stderr)):
                    for line in text.decode(errors="backslashreplace").splitlines()[:40]:
                        print("# %s: %s" % (title, line))
        if not wanted:
            n += 1
            failed += 1
            print("not ok %d - %s has an expectation" % (n, mail))
    print("1..%d" % n)
    return failed != 0


sys.exit(main())
