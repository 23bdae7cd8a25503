#!/usr/bin/env python3
"""triviumctl segments: what it says of a text to people, and to programs by lines of JSON."""

import json
import os
import subprocess

import tap
from tap import done, same as equal

CTL = os.environ.get("B", ".build/plain") + "/triviumctl"


def ok(passed, name, said=""):
    if not tap.ok(passed, name):
        print("".join("# %s\n" % line for line in str(said).splitlines()), end="", flush=True)


def run(*words, given=""):
    if isinstance(given, str):
        given = given.encode()
    p = subprocess.run([CTL, "segments", *words], input=given, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def ask(*lines):
    code, out, _ = run("--batch", given="".join(
        (line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return code, [json.loads(line) for line in out.splitlines()]


def test_batch():
    hindi = "नमस्ते दुनिया, यह एक परीक्षण है। "
    cases = [
        ("plain", "a" * 160, {}, ("GSM-7", 160, 1)),
        ("161", "a" * 161, {}, ("GSM-7", 161, 2)),
        ("16 bit", "a" * 306, {"ref16": True}, ("GSM-7", 306, 3)),
        ("escapes", "€" * 153, {}, ("GSM-7", 306, 3)),
        ("forced", "a" * 71, {"force": "ucs2"}, ("UCS-2", 71, 2)),
        ("surrogates", "😀" * 67, {}, ("UCS-2", 134, 3)),
        ("Turkish", "ğ" * 155, {"lang": ["tr"]}, ("GSM-7", 155, 1)),
        ("no Turkish", "ğ" * 155, {"lang": []}, ("UCS-2", 155, 3)),
        ("Hindi", hindi * 5, {"lang": ["hi"]}, ("GSM-7", 170, 2)),
        ("no Hindi", hindi * 5, None, ("UCS-2", 165, 3)),
        ("names", hindi * 5, {"lang": ["Hindi", "pt-BR"], "smart": None}, ("GSM-7", 170, 2)),
        ("a NUL", "a\0b", {}, ("UCS-2", 3, 1)),
        ("nothing", "", {}, ("GSM-7", 0, 1)),
        ("CR LF", "a\r\nb", {}, ("GSM-7", 4, 1)),
        ("smart", "“Zürich” – ça va… ﬁne", {"smart": True}, ("GSM-7", 24, 1)),
        ("smart, but an emoji", "“Zürich” … 😀", {"smart": True}, ("UCS-2", 13, 1)),
        ("smart with tables", "“çok iyi”", {"smart": True, "lang": "tr"}, ("GSM-7", 9, 1)),
    ]
    code, got = ask(*[{"id": i, "text": text, "opts": opts} for i, (_, text, opts, _) in enumerate(cases)])
    equal(code, 0, "all is answered")
    equal(len(got), len(cases), "line by line")
    for i, (name, _, _, want) in enumerate(cases):
        answer = got[i] if i < len(got) else {}
        equal((answer.get("id"), (answer.get("encoding"), answer.get("units"), answer.get("segments"))),
              (i, want), name)
    mapped = {name: got[i].get("mapped") for i, (name, *_) in enumerate(cases)}
    equal(mapped["smart"], "\"Zürich\" - ca va... fine", "look-alikes")
    equal(mapped["smart, but an emoji"], "“Zürich” … 😀", "what stays UCS-2 stays as it is")
    equal(mapped["smart with tables"], "\"çok iyi\"", "what a table has stays, too")
    equal(mapped["plain"], None, "mapped only when it is asked for")


def test_bad():
    bad = ["{", "[]", "3", "\"a\"", "null", {"id": 1}, {"id": 1, "text": 1},
           {"id": 1, "text": "a", "opts": []}, {"id": 1, "text": "a", "opts": {"lang": ["xx"]}},
           {"id": 1, "text": "a", "opts": {"lang": 3}}, {"id": 1, "text": "a", "opts": {"lang": [3]}},
           {"id": 1, "text": "a", "opts": {"force": "gsm"}}, {"id": 1, "text": "a", "opts": {"smart": "yes"}},
           {"id": 1, "text": "a", "opts": {"ref16": 1}}, "{\"text\":\"a\"} x", "[" * 100000]
    lines = []
    for line in bad:
        lines += [line, {"id": [2, "x"], "text": "a"}, ""]
    code, got = ask(*lines)
    equal(code, 65, "a bad line is told by the exit code")
    equal(len(got), 2 * len(bad), "and answered like the others")
    for i, line in enumerate(bad):
        answer, good = got[2 * i:2 * i + 2]
        equal((list(answer), bool(answer.get("error")), answer["id"]),
              (["id", "error"], True, 1 if isinstance(line, dict) else None), "bad: %.60s" % line)
        equal(good, {"id": [2, "x"], "encoding": "GSM-7", "units": 1, "segments": 1}, "  the next is answered")
    code, out, _ = run("--batch", given=b'{"id":1,"text":"a\xff"}\n{"id":2,"text":"a"}')
    answers = [json.loads(line) for line in out.splitlines()]
    ok(code == 65 and "error" in answers[0] and answers[1]["units"] == 1,
       "bytes that are no UTF-8, and a last line without an end", out)


def test_halves():
    """Half a surrogate pair is one unit, whatever stands around it."""
    for text, units, name in (
            (r"\ud83d", 1, "high"), (r"\uDE00", 1, "low"), (r"\ud83d\ude00", 2, "both"),
            (r"\ude00\ud83d", 2, "the wrong way round"), (r"\ud83d\ud83d\ude00", 3, "high, both"),
            (r"a\\ud83d", 8, "an escaped backslash"), (r"\ud83dx\ude00", 3, "parted"),
            (r"\ud83d\\ude00", 7, "parted by a backslash"), (r"\u005cud83d", 7, "a backslash by number")):
        _, got = ask('{"id":0,"text":"%s"}' % text)
        equal(got[0].get("units"), units, name)


def test_people():
    code, out, _ = run("Hello", "“world”")
    ok(code == 0 and "UCS-2, 13 units, 1 segment\n" in out and "“ (U+201C), ” (U+201D)" in out and
       "(smart): GSM-7, 13 units, 1 segment" in out, "a text, and what makes it UCS-2", out)
    code, out, _ = run("--smart", "Hello", "“world”")
    ok(code == 0 and out == "GSM-7, 13 units, 1 segment\n  1 |Hello \"world\"|\n", "--smart", out)
    code, out, _ = run("--lang", "tr", "İstanbul")
    ok(code == 0 and out.startswith("GSM-7, Turkish locking shift, 8 units"), "--lang", out)
    code, out, _ = run("--ucs2", "a")
    ok(out == "UCS-2, 1 units, 1 segment\n  1 |a|\n", "--ucs2", out)
    code, out, _ = run("-", given="a\n" + "b" * 160 + "\n")
    ok(code == 0 and out.splitlines()[1:] == ["  1 |a|", "    |" + "b" * 151 + "|", "  2 |" + "b" * 9 + "|"],
       "a text of two segments on standard input", out)
    code, out, _ = run("--ref16", "b" * 161)
    ok("  2 |" + "b" * 9 + "|" in out, "--ref16", out)
    code, out, _ = run("--separate", "word " * 40)
    ok("  1 |" + ("word " * 32).strip() + "|\n  2 |" + ("word " * 8).strip() + "|\n" in out, "--separate", out)
    code, out, _ = run("--", "--batch")
    ok("|--batch|" in out, "-- ends the options", out)
    code, out, _ = run("a\x1b[31mb")
    ok(code == 0 and "\x1b" not in out, "no control characters for the terminal", out)
    for words, want in ((["--what", "a"], "no option"), (["--lang"], "which"), (["--lang", "xx", "a"], "xx"),
                        (["--batch", "a"], "standard input"), (["--smart"], "which text")):
        code, _, err = run(*words)
        ok(code == 64 and want in err, "64: " + " ".join(words), err)
    code, _, err = run("-", given="a" * 1100000)
    ok(code == 65 and "no SMS" in err, "a megabyte is no SMS", err)


test_batch()
test_bad()
test_halves()
test_people()
done()
