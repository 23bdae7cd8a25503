#!/usr/bin/python3
"""triviumctl preview: what each phone would get of a mail, with a configuration and without."""

import base64
import io
import json
import os
import random
import subprocess
import tempfile

from PIL import Image

import tap
from tap import done, same as equal

CTL = os.path.abspath(os.environ.get("B", ".build/plain")) + "/triviumctl"
CONF = """country_code = "49"
tables { routes = "static:sms.example.com=phone:acme,friends.example.com=sms:acme lead=from segments=1,\
alarms.example.com=sms:plain lead=subject text=no,+90=sms:plain national=tr,+1900=error:5.7.1 no premium numbers,\
lost.example.com=sms:nowhere,bad.example.com=sms:acme colour=red,im.example.com=im:chat,\
apart.example.com=phone:apart,single.example.com=phone:apart mms_count=1" }
sdp acme { driver = "loopback"
           lead = "from,subject" }
sdp plain { driver = "loopback"
            smart = yes
            reference = "16" }
sdp apart { driver = "parlayx"
            sms_url = "http://127.0.0.1:1/"
            mms_url = "http://127.0.0.1:1/"
            concatenate = no
            counters = yes
            mms_count = 3 }
im chat { driver = "xmpp"
          server = "127.0.0.1:1"
          jid = "im.example.com"
          secret_file = "none" }
"""
MAIL = """From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.org>
To: nobody@example.org
Subject: AW: Lunch
Content-Type: text/plain; charset=utf-8

Let’s meet at noon – ok?
"""
LONG = MAIL.split("\n\n")[0] + "\n\n" + "word " * 100 + "\n"


def ok(passed, name, said=""):
    if not tap.ok(passed, name):
        print("".join("# %s\n" % line for line in str(said).splitlines()), end="", flush=True)


def run(mail, *words, conf="none.conf"):
    p = subprocess.run([CTL, "-c", conf, "preview", "-", *words], input=mail.encode(),
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def ask(mail, *to):
    code, out, err = run(mail, "--json", *[w for a in to for w in ("--to", a)], conf="trivium.conf")
    return code, [json.loads(line) for line in out.splitlines()], err


FILES = MAIL.replace("Content-Type: text/plain; charset=utf-8", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b") \
    .replace("\n\nLet", "\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nLet") + """--b
Content-Type: application/pdf; name=report.pdf
Content-Disposition: attachment

x
--b
Content-Type: text/calendar; name=invite.ics

BEGIN:VCALENDAR
END:VCALENDAR
--b
Content-Type: application/pgp-signature; name=signature.asc

x
--b--
"""


def test_files():
    code, out, _ = run(FILES)
    ok(code == 0 and out.endswith("\nnot shown: report.pdf\n"), "an attachment that no phone shows is named, and only that", out)
    code, out, _ = run(FILES, "--json")
    equal(json.loads(out)["left"], "report.pdf", "in JSON, too")


def test_without():
    code, out, _ = run(MAIL)
    equal((code, out), (0, "any phone\nUCS-2, 30 units, 1 segment\n  1 |Lunch|\n    |Let’s meet at noon – ok?|\n"),
          "without a configuration, as any phone would show it")
    code, out, _ = run(LONG + "word " * 300)
    ok(code == 0 and ", 6 segments\n" in out and "\n  6 |" in out and "\ncut: " in out, "six segments, and what was cut", out)
    code, out, _ = run(MAIL, "--to", "+491555012", "--json")
    equal((code, json.loads(out)["recipient"], json.loads(out)["to"]), (0, "+491555012", ""), "for a number, too")
    code, out, err = run("Subject: \n\n \n")
    ok(code == 65 and out == "" and "there is no text" in err, "a mail without text is refused", out + err)
    code, _, err = run("")
    ok(code == 65 and "empty" in err, "65: nothing can be made of nothing", err)
    for words, want in ((["--to"], "whom"), (["--what"], "no option"), (["--only", "full", "--to", "x"], "--only"),
                        (["x"], "one mail"), (["--to", "x"] * 51, "At most 50")):
        code, _, err = run(MAIL, *words)
        ok(code == 64 and want in err, "64: %s" % " ".join(words[:4]), err)


def test_with():
    code, got, _ = ask(MAIL, "0155-5012@sms.example.com", "+491555012@friends.example.com", "01555012@alarms.example.com",
                       "01555012")
    equal(code, 0, "for four recipients")
    equal([(g["recipient"], g["to"], g["transport"], g["how"], g["text"]) for g in got], [
        ("0155-5012@sms.example.com", "tel:+491555012", "acme", "sms", "Jörg Müller: Lunch\nLet’s meet at noon – ok?"),
        ("+491555012@friends.example.com", "tel:+491555012", "acme", "sms", "Jörg Müller: Let’s meet at noon – ok?"),
        ("01555012@alarms.example.com", "tel:+491555012", "plain", "sms", "Lunch"),
        ("01555012", "tel:+491555012", "", "sms", "Lunch\nLet’s meet at noon – ok?")], "each as its route says")
    code, got, _ = ask(MAIL.replace("noon", "ğ"), "+905321234567@sms.example.com", "+905321234567")
    equal([(g["encoding"], g.get("locking"), g.get("single"), g["units"], g["segments"], g["text"]) for g in got], [
        ("GSM-7", "Turkish", None, 27, 1, "Lunch\nLet's meet at ğ - ok?")] * 2, "with tables and look-alikes")
    code, got, _ = ask(LONG, "01555012@sms.example.com", "01555012@friends.example.com", "+905321234567")
    equal([(g["segments"], len(g["parts"]), g["cut"] > 0) for g in got],
          [(4, 4, False), (1, 1, True), (4, 4, False)], "in segments")
    equal([("".join(g["parts"]) == g["text"], [len(p) for p in g["parts"][:-1]]) for g in got],
          [(True, [153, 153, 153]), (True, []), (True, [152, 152, 152])], "which are filled as the platform does")
    code, out, _ = run(MAIL, "--to", "01555012@friends.example.com", conf="trivium.conf")
    equal((code, out), (0, "01555012@friends.example.com: tel:+491555012 by acme\nUCS-2, 37 units, 1 segment\n"
                           "  1 |Jörg Müller: Let’s meet at noon – ok?|\n"), "for people")
    code, got, _ = ask(MAIL, "juliet@im.example.com")
    equal((code, got[0]["how"], got[0]["text"].strip()), (0, "im", "Let’s meet at noon – ok?"), "IM gets the text as it is")
    to = "Bob <01555012@sms.example.com>, \"x, y\" <x@example.org>,\n z, +491555013@friends.example.com"
    code, got, _ = ask(MAIL.replace("nobody@example.org", to))
    equal((code, [g["recipient"] for g in got]), (0, ["01555012@sms.example.com", "+491555013@friends.example.com"]),
          "those of the mail's recipients that are ours")
    quote = MAIL + "\nOn Mon, 23 Nov 2026 at 10:00, Bob <bob@example.org> wrote:\n> Lunch?\n"
    code, got, _ = ask(quote, "01555012@friends.example.com")
    equal(got[0]["text"], "Jörg Müller: Let’s meet at noon – ok?", "the new words only")
    with open("full.conf", "w") as f:
        f.write(CONF + 'milter { trim = no\n socket = "unix:x" }\n')
    code, out, err = run(quote, "--to", "01555012@sms.example.com", conf="full.conf")
    ok(code == 0 and "> Lunch?" in out, "or all, as the configuration says", out + err)
    code, got, _ = ask(quote, "juliet@im.example.com")
    ok("> Lunch?" in got[0]["text"], "IM gets all", got)
    code, got, _ = ask(MAIL)
    equal((code, [g["recipient"] for g in got]), (0, ["any phone"]), "none of the mail's recipients is ours")


def picture(width, height):
    im = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))
    out = io.BytesIO()
    im.save(out, "JPEG", quality=90)
    return out.getvalue()


PICTURE = base64.encodebytes(picture(700, 500)).decode()


def test_apart():
    """A platform that joins nothing."""
    code, got, _ = ask(LONG, "01555012@apart.example.com")
    equal((code, got[0]["segments"], got[0]["cut"]), (0, 4, 0), "four messages")
    equal(got[0]["parts"], ["1/4 Lunch\n" + ("word " * 30).strip(), "2/4 " + ("word " * 31).strip(),
                            "3/4 " + ("word " * 31).strip(), "4/4 " + ("word " * 8).strip()], "each with its number, whole words")
    code, out, _ = run(LONG, "--to", "01555012@apart.example.com", conf="trivium.conf")
    ok("4 segments, each a message of its own\n" in out and "\n  4 |4/4 word" in out, "for people", out)
    mail = FILES.replace("--b--", "".join(
        f"--b\nContent-Type: image/jpeg; name=p{i}.jpg\nContent-Transfer-Encoding: base64\n\n{PICTURE}" for i in range(7)) + "--b--")
    code, got, _ = ask(mail, "01555012@apart.example.com", "01555012@single.example.com", "01555012@sms.example.com")
    equal([[(m["mms"], m["name"]) for m in g.get("media", [])] for g in got],
          [[((1, 1, 2, 2, 2, 3, 3)[i], f"p{i}.jpg") for i in range(7)], [(1, f"p{i}.jpg") for i in range(7)], []],
          "seven photos in three MMS, or in one, or in none where the platform carries none")
    equal([g["as"] for g in got], ["mms", "mms", "sms"], "as what it goes")
    equal((got[0]["subject"], got[0]["text"], "units" in got[0]), ("AW: Lunch", "Let’s meet at noon – ok?", False), "an MMS has a subject")
    ok("p0.jpg, p1.jpg" in got[2]["left"] and "p0.jpg" not in got[0]["left"], "what is not shown is said of each", got)
    equal([m for m in got[0]["mms"] if m > 300000], [], "with the size of each")
    sizes = [sum(m["bytes"] for m in got[0]["media"] if m["mms"] == k) for k in (1, 2, 3)]
    ok(all(100000 < s <= 300000 for s in sizes), "each as large as it may be", sizes)
    code, out, _ = run(mail, "--to", "01555012@apart.example.com", conf="trivium.conf")
    ok("\nMMS 3 of 3, " in out and "subject: AW: Lunch\ntext |Let" in out and "with MMS: image/jpeg p6.jpg, " in out, "for people", out)


def test_refused():
    cases = [("bob@sms.example.com", "5.1.3"), ("x@example.org", "5.1.2"), ("+19001234567@sms.example.com", "5.7.1"),
             ("01555012@lost.example.com", "4.3.5"), ("01555012@bad.example.com", "4.3.0"), ("what", "5.1.3"), ("@", "5.1.2")]
    code, got, _ = ask(MAIL, "01555012@sms.example.com", *[a for a, _ in cases])
    equal(code, 1, "one who would get nothing is told by the exit code")
    equal([(g["recipient"], g.get("dsn")) for g in got], [("01555012@sms.example.com", None)] + cases, "with reasons")
    code, out, _ = run(MAIL, "--to", "bob@sms.example.com", conf="trivium.conf")
    ok(code == 1 and out.startswith("bob@sms.example.com: refused (550 5.1.3): "), "in words", out)
    with open("bad.conf", "w") as f:
        f.write(CONF.replace("from,subject", "everything"))
    code, out, _ = run(MAIL, "--to", "01555012@sms.example.com", conf="bad.conf")
    ok(code == 1 and 'lead = "everything"' in out, "a section that cannot be read", out)
    with open("bad.conf", "w") as f:
        f.write("sdp {")
    code, _, err = run(MAIL, conf="bad.conf")
    ok(code == 78 and "bad.conf:" in err, "78: a configuration that is none", err)


with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    with open("trivium.conf", "w") as f:
        f.write(CONF)
    test_without()
    test_files()
    test_with()
    test_apart()
    test_refused()
done()
