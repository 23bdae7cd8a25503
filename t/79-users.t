#!/usr/bin/env python3
"""What users have changed themselves is listed, exported and imported as text, counts as the users table does,
and outlives a kill; and a person's data is forgotten: messages, conversations, links, quotas, registrations."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()
PHONE, OTHER = "+4915550100", "+4915550200"
BINDINGS = [
    f"binding via=xmpp im=juliet@im.test tel={PHONE} since=2026-11-20T10:00:00Z tell=yes",
    "binding via=xmpp im=romeo@im.test tel=+4915550300 since=2026-11-21T10:00:00Z tell=no",
]
CONSENTS = [
    f'consent tel={OTHER} number=10690123 from=* wants=no since=2026-11-22T10:00:00Z said=" \\"stop\\" \\\\ it!"',
    f"consent tel={OTHER} number=10690123 from=mailto:bob@sink.example wants=no since=2026-11-22T11:00:00Z said=STOP",
]


def ctl(g, *words):
    return g.ctl("-c", f"{g.dir}/trivium.conf", *words)


def imported(g, *lines):
    with open(f"{g.dir}/people.txt", "w") as f:
        f.write("".join(f"{line}\n" for line in lines))
    return ctl(g, "users", "import", f"{g.dir}/people.txt")


def exported(g):
    rc, out, err = ctl(g, "users", "export")
    return out.splitlines()[1:] if rc == 0 else err


WRONG = (
    ("bind via=xmpp", 'a line begins with "binding" or "consent"'),
    (BINDINGS[0].replace("via=xmpp", "via=nowhere"), 'there is no transport "nowhere"'),
    (BINDINGS[0].replace("via=xmpp", "via=operator-a"), 'transport "operator-a" is no im section'),
    (BINDINGS[0].replace("tel=+", "tel="), "tel is no number with + and country code"),
    (BINDINGS[0].replace(" tell=yes", ""), "tell is missing"),
    (BINDINGS[0].replace("tell=yes", "tell=perhaps"), "tell is neither yes nor no"),
    (BINDINGS[0] + " said=x", "said has no place here"),
    (BINDINGS[0] + " via=xmpp", "via stands twice"),
    (BINDINGS[0] + " size=7", '"size" is no word'),
    (BINDINGS[0].replace("im.test", "im.test/phone"), "im is no bare JID"),
    (CONSENTS[1].replace("2026-11-22T11:00:00Z", "yesterday"), "since is no time like 2026-11-25T10:00:00Z"),
    (CONSENTS[1].replace("2026", "2099"), "since lies in the future"),
    (BINDINGS[0].replace("juliet@im.test", "@@"), "im is no bare JID"),
    (CONSENTS[1].replace("said=STOP", 'said="STOP'), "said lacks its closing quote"),
    (CONSENTS[1].replace("said=STOP", "said=" + 400 * "x"), "said is too long"),
    (CONSENTS[1].replace("from=mailto:bob", "from=bob"), "from is neither * nor an address"),
    (CONSENTS[1].replace("said=STOP", "said=\x07"), "said is not UTF-8 without controls"),
    ("consent " + 3000 * "x", "it is too long, or no text"),
)


def test_wrong(g):
    equal(ctl(g, "users"), (0, "no user has registered\n", ""), "nobody has registered")
    rc, out, err = imported(g, "# a comment", BINDINGS[0], *[line for line, _ in WRONG])
    said = err.splitlines()
    equal((rc, out, len(said)), (65, "", len(WRONG) + 1), "a file with slips is refused, each slip told")
    for i, (line, why) in enumerate(WRONG):
        ok(f"people.txt:{i + 3}: " in said[i] and why in said[i], f"with its line: {why}", said[i])
    equal(exported(g), [], "and nothing of it is taken")
    equal(ctl(g, "users", "import", f"{g.dir}/none")[0], 66, "a file that is not there")
    rc, out, err = ctl(g, "users", "import", g.dir)
    ok(rc == 66 and "Is a directory" in err, "nor is a folder one", rc, out, err)
    equal([ctl(g, "users", *w)[0] for w in (("export", "x"), ("import",), ("what",))], [64, 64, 64],
          "other words are none")


def test_import(g):
    equal(imported(g, *BINDINGS, "", *CONSENTS)[:2], (0, "4 lines imported\n"), "a good one is taken")
    equal(exported(g), BINDINGS + sorted(CONSENTS), "and what comes out is what went in")
    rc, out, err = ctl(g, "users")
    ok(re.search(rf"xmpp +juliet@im.test +\{PHONE} +yes", out), "it can be listed", out)
    equal([json.loads(line)["jid"] for line in ctl(g, "users", "--json")[1].splitlines()],
          ["juliet@im.test", "romeo@im.test"], "as JSON, too")
    said = g.send(Mail("Hello"), f"{OTHER}@sms.example.com")
    ok(said.startswith("550 5.7.1") and "asked for no more" in said, "the phone's word is followed at once", said)
    g.end("triviumd", 9)
    g.start_bridge()
    equal(exported(g), BINDINGS + sorted(CONSENTS), "all of it outlives a kill")
    start = f"consent tel={OTHER} number=10690123 from=* wants=yes since=2026-11-23T10:00:00Z said=START"
    equal(imported(g, start)[0], 0, "a later word of the phone")
    equal(g.send(Mail("Hello again"), f"{OTHER}@sms.example.com")[:3], "250", "counts at once")
    equal(imported(g, CONSENTS[0])[0], 0, "an older one")
    equal(g.send(Mail("And again"), f"{OTHER}@sms.example.com")[:3], "250", "does not")
    rc, out, err = imported(g, *[f"binding via=xmpp im=u{i}@im.test tel=+4915{i:07} since=2026-11-20T10:00:00Z tell=no"
                                 for i in range(1500)])
    equal((rc, out), (0, "1500 lines imported\n"), "many are taken")
    equal(len(ctl(g, "users", "--json")[1].splitlines()), 1502, "and listed, page by page")


def test_merged(g):
    rc, out, err = ctl(g, "trace", "xmpp:juliet@im.test", "+4915550900@sms.example.com")
    ok(rc == 0, "who has bound a number of the users table has its class", out, err)
    rc, out, err = ctl(g, "trace", "xmpp:romeo@im.test", "+4915550900@sms.example.com")
    ok(rc == 1 and "5.7.1" in out + err, "who has bound another one has not", out, err)


def conversations(g):
    """Ann and Bob write to the phone; it answers both. The numbers it sees of them."""
    for who in "ann", "bob":
        equal(g.send(Mail(f"from {who}", sender=f"{who}@sink.example"), f"{PHONE}@sms.example.com")[:3], "250",
              f"{who} writes to a phone")
    wait_for(lambda: len(g.texts(PHONE)) >= 2)
    seen = {m["text"]: m["sender"].removeprefix("tel:") for m in g.messages(PHONE)}
    for who in "ann", "bob":
        phone_writes(LISTEN, f"to {who}", PHONE, seen[f"from {who}"], f"2026-11-24T10:3{who == 'bob':d}:00Z")
        ok(g.sink.arrive(f"{who}@sink.example"), f"the phone answers {who}", g.log("triviumd")[-1500:])
    return seen


def test_forget(g):
    seen = conversations(g)
    held = Mail("later", sender="Ann@sink.example")
    g.faults({"match": {"text": "later"}, "do": "fault:SVC0001"})
    g.send(held, f"{OTHER}@sms.example.com")
    equal(g.state(held, "queued", "deferred") in ("queued", "deferred"), True, "another mail of hers waits")
    rc, out, err = ctl(g, "forget", "ANN@sink.example")
    ok(re.search(r"mailto:ann@sink.example: \d+ messages?, \d+ conversations?, \d counts? of (a quota|quotas) forgotten", out),
       "what is kept of ann is forgotten", out, err)
    ok(rc == 1 and "1 message is left, since more will become of it" in err, "but for what waits, and that is told",
       rc, err)
    ok("xmpp:ann@sink.example: nothing to forget" in out, "as an IM user she is unknown", out)
    g.no_faults()
    ctl(g, "cancel", "ALL")
    equal(ctl(g, "forget", "ann@sink.example")[0], 0, "when nothing waits, all is")
    phone_writes(LISTEN, "to ann again", PHONE, seen["from ann"], "2026-11-24T10:50:00Z")
    phone_writes(LISTEN, "to bob again", PHONE, seen["from bob"], "2026-11-24T10:51:00Z")
    ok(g.sink.arrive("bob@sink.example", 2), "bob's conversation goes on")
    equal(len(g.sink.to("ann@sink.example")), 1, "hers does not")
    equal(ctl(g, "forget", "ann@sink.example")[1].splitlines()[0], "mailto:ann@sink.example: nothing to forget",
          "a second time there is nothing")


def test_forget_phone(g):
    ok(f"+{PHONE[1:]}" in ctl(g, "users")[1], "the phone is bound to a user")
    rc, out, err = ctl(g, "forget", "0155 50100")
    ok(f"tel:{PHONE}: " in out and "1 registration" in out and "conversation" in out, "a phone is forgotten", rc, out, err)
    ok("it stands in the users table still" in err, "that it stands in a table is told", err)
    ok("juliet" not in ctl(g, "users")[1], "its registration, too")
    imported(g, CONSENTS[1].replace("11-22", "11-24"))
    bob = [line for line in exported(g) if "bob" in line]
    equal(ctl(g, "forget", OTHER)[0], 0, "so is one that wants no mails of bob's")
    equal([line for line in exported(g) if "bob" in line], bob, "which is kept, to be followed")
    said = g.send(Mail("Hello", sender="bob@sink.example"), f"{OTHER}@sms.example.com")
    ok(said.startswith("550 5.7.1"), "and is", said)
    rc, out, err = ctl(g, "forget", "--consent", OTHER)
    ok("decisions" in out, "unless that is to be forgotten, too", out, err)
    ok(wait_for(lambda: g.send(Mail("Hello", sender="bob@sink.example"), f"{OTHER}@sms.example.com").startswith("250")),
       "then it is")
    g.end("triviumd", 9)
    g.start_bridge()
    equal([line for line in exported(g) if OTHER in line or "juliet" in line], [], "for good")
    equal([ctl(g, "forget", *w)[0] for w in (("nobody",), ("--consent",), ("sip:x@y",))], [65, 64, 65], "what is no address")


def test_many(g):
    """In several pieces, of which the last has no decision: all count when the command says so."""
    lines = [f"consent tel=+4915{i:08} number=10690123 from=* wants=no since=2026-11-20T10:00:00Z said=STOP"
             for i in range(3000)]
    equal(imported(g, *lines, *BINDINGS)[:2], (0, "3002 lines imported\n"), "a list of thousands")
    equal([g.send(Mail("Hello"), f"+4915{i:08}@sms.example.com")[:3] for i in (0, 2999)], ["550", "550"],
          "is followed when the import has ended")


def test_starting(g):
    """Before the books are read, which does not succeed at once."""
    g.end("triviumd", 9)
    before = g.log("triviumd").count("ready: ")
    g.start_bridge(env={"TRIVIUM_FAULT": "queue.full=fail@1,queue.full=fail@2"})
    rc, out, err = imported(g, CONSENTS[0].replace(OTHER, "+4915550777").replace("2026-11-22", "2026-11-24"))
    equal((rc, out), (0, "1 line imported\n"), "an import while the books cannot be read yet")
    ok(wait_for(lambda: g.log("triviumd").count("ready: ") > before), "triviumd comes up all the same", g.log("triviumd")[-800:])
    equal(g.send(Mail("Hello"), "+4915550777@sms.example.com")[:3], "550", "and follows it")


def main():
    g = Gateway("users", start=False, bridge=(f'listen = "127.0.0.1:{LISTEN}"',), sdp=("extensions = 2",),
                conf='\nmail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n'
                     'im xmpp {\n\tdriver = "xmpp"\n\tserver = "127.0.0.1:1"\n\tjid = "gw.im.test"\n'
                     '\tsecret_file = "xmpp.secret"\n\tregistrations = yes\n}\n')
    with open(f"{g.dir}/xmpp.secret", "w") as f:
        f.write("secret\n")
    os.chmod(f"{g.dir}/xmpp.secret", 0o600)
    g.change("tables {", (f'policy = "hash:{g.dir}/policy"', f'users = "hash:{g.dir}/users"'))
    for name, text in (("policy", "* allow=+4915 auth=sasl,ip,phone daily=1000\nstaff allow=+4915 auth=im,phone\n"),
                       ("users", f"{PHONE} tel={PHONE} class=staff\n")):
        with open(f"{g.dir}/{name}", "w") as f:
            f.write(text)
        g.sh(f'postmap -c "$dir/postfix" "hash:$dir/{name}"')
    g.start()
    return run(g, test_wrong, test_import, test_merged, test_forget, test_forget_phone, test_many, test_starting)


if __name__ == "__main__":
    sys.exit(main())
