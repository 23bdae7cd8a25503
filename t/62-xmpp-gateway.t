#!/usr/bin/python3
"""The gateway as people's clients see it, by slixmpp over Prosody and ejabberd: discovery, version, ping,
vCards, contacts that can be added, registration by a code, commands."""
import re
import sys

sys.path.insert(0, "t")
import xmpp
from tap import done, ok, same

PHONE, GATEWAY = "+49170555123", xmpp.GATEWAY


def outcome(client, call):
    """The result, or the condition of the error."""
    from slixmpp.exceptions import IqError, IqTimeout
    try:
        return client.do(call)
    except IqError as e:
        return e.iq["error"]["condition"]
    except IqTimeout:
        return "timeout"


def discovery(c):
    info = outcome(c, lambda x: x["xep_0030"].get_info(GATEWAY))["disco_info"]
    same({i[:2] for i in info["identities"]}, {("gateway", "sms"), ("gateway", "smtp")}, "it is a gateway")
    ok({"jabber:iq:register", "jabber:iq:gateway", "urn:xmpp:ping", "vcard-temp",
        "http://jabber.org/protocol/commands"} <= set(info["features"]), "and says what it can")
    info = outcome(c, lambda x: x["xep_0030"].get_info(f"{PHONE}@{GATEWAY}"))["disco_info"]
    same({i[:2] for i in info["identities"]}, {("client", "phone")}, "a number is a phone")
    ok("urn:xmpp:receipts" in info["features"], "which gives receipts")
    same(outcome(c, lambda x: x["xep_0030"].get_info(f"nobody@{GATEWAY}")), "item-not-found",
         "what is no number is nothing")
    v = outcome(c, lambda x: x["xep_0092"].get_version(GATEWAY))["software_version"]
    same(v["name"], "Trivium", "it has a version")
    ok(isinstance(outcome(c, lambda x: x["xep_0199"].ping(GATEWAY, timeout=10)), float), "it answers a ping")
    ok(isinstance(outcome(c, lambda x: x["xep_0199"].ping(f"{PHONE}@{GATEWAY}", timeout=10)), float),
       "and so does a contact")
    card = outcome(c, lambda x: x["xep_0054"].get_vcard(f"alice\\40example.com@{GATEWAY}"))
    same(card["vcard_temp"]["FN"], "alice@example.com", "a contact has a vCard")
    card = outcome(c, lambda x: x["xep_0054"].get_vcard(f"bob@{GATEWAY}"))["vcard_temp"]
    same([card["FN"], card.xml.findtext("{vcard-temp}TEL/{vcard-temp}NUMBER")], ["Bob Brown", "+49170111222"],
         "that of a user whom the table names is by name")
    same(outcome(c, lambda x: x.make_iq_get("unknown:ns", ito=GATEWAY).send(timeout=10)),
         "service-unavailable", "an unknown question is refused")

    def prompt(x):
        import xml.etree.ElementTree as ET
        q = ET.fromstring("<query xmlns='jabber:iq:gateway'><prompt>+49 (0)170 / 555-123</prompt></query>")
        return x.make_iq_set(q, ito=GATEWAY).send(timeout=10)
    jid = outcome(c, prompt)
    same(jid.xml.findtext(".//{jabber:iq:gateway}jid"), f"{PHONE}@{GATEWAY}", "it translates a number")


def roster(c, kind):
    contact = f"{PHONE}@{GATEWAY}"
    c.do(lambda x: x.send_presence(pto=contact, ptype="subscribe"))
    ok(xmpp.wait_for(lambda: ("available", contact, "") in c.presences, 10),
       f"a phone can be added and shows as available", c.presences)
    ok(xmpp.wait_for(lambda: c.do(lambda x: x.client_roster[contact]["subscription"]) in ("to", "both"), 5),
       "it stands in the roster")
    c.do(lambda x: x.send_presence(pto=f"nobody@{GATEWAY}", ptype="subscribe"))
    ok(xmpp.wait_for(lambda: any(p[0] == "unsubscribed" and "nobody" in p[1] for p in c.presences), 10),
       "what is no number cannot be added")
    c.close()
    again = xmpp.Client(c.server, "juliet")
    ok(xmpp.wait_for(lambda: ("available", contact, "") in again.presences, 10),
       "and is there again at the next login")
    again.do(lambda x: x.send_presence(pto=contact, ptype="unsubscribe"))
    ok(xmpp.wait_for(lambda: any(p[0] == "unavailable" and p[1] == contact for p in again.presences), 10),
       "a contact that is removed goes")
    return again


def code_of(t):
    """The code in the SMS, and who is to get it."""
    m = t.what("message", 10)
    found = m and re.match(r"(\d{6}) is your code", m[6])
    return (found[1], m[1], m[2]) if found else (None, m, None)


def registration(c, t):
    same(outcome(c, lambda x: x["xep_0077"].get_registration(GATEWAY))["register"]["registered"], False,
         "nobody has registered")

    def phone(number, **fields):
        def call(x):
            iq = x.Iq()
            iq["type"], iq["to"] = "set", GATEWAY
            iq["register"]["phone"] = number
            return iq.send(timeout=10)
        return call
    same(outcome(c, phone("12")), "not-acceptable", "no number, no registration")
    outcome(c, phone("0170 555123"))
    code, sender, to = code_of(t)
    same((sender, to), ("mailto:", "tel:" + PHONE), "a code goes to the phone, from nobody")
    wrong = "%06d" % ((int(code or 0) + 1) % 1000000)
    c.send(GATEWAY, wrong)
    ok(xmpp.wait_for(lambda: "That is not the code." in c.texts(), 10), "a wrong one is none")
    c.send(GATEWAY, f" {code}\n")
    ok(xmpp.wait_for(lambda: "You are registered." in c.texts(), 10), "the right one is, written as a message")
    ok(xmpp.wait_for(lambda: any(p[:2] == ("subscribe", GATEWAY) for p in c.presences), 10),
       "and the gateway wants into the roster")
    r = outcome(c, lambda x: x["xep_0077"].get_registration(GATEWAY))["register"]
    same([r["registered"], r["phone"]], [True, PHONE], "it knows the number")
    c.send(GATEWAY, code)
    ok(xmpp.wait_for(lambda: any("no code for you" in x for x in c.texts()), 10), "a code works once")
    c.send(GATEWAY, "What's up?")
    ok(xmpp.wait_for(lambda: c.errors, 10), "chatter is refused")
    outcome(c, phone(PHONE))
    outcome(c, phone(PHONE))
    same(outcome(c, phone(PHONE)), "resource-constraint", "nobody gets more than three codes in an hour")


def command(c, node, action="execute", session=None, **fields):
    def call(x):
        import slixmpp
        form = None
        if fields:
            form = x["xep_0004"].make_form(ftype="submit")
            for k, v in fields.items():
                form.add_field(var=k, value=v)
        return x["xep_0050"].send_command(GATEWAY, node, action=action, payload=form, sessionid=session)
    r = outcome(c, call)
    return r if isinstance(r, str) else r["command"]


def note(r):
    return [n.text for n in r.xml.findall("{http://jabber.org/protocol/commands}note")]


def commands(c, t):
    items = outcome(c, lambda x: x["xep_0050"].get_commands(GATEWAY))["disco_items"]["items"]
    same(sorted(i[1] for i in items), ["history", "register", "settings", "unregister"], "there are commands")
    same(command(c, "nothing"), "item-not-found", "no others")
    r = command(c, "settings")
    same([r["status"], list(r["form"].get_fields())], ["executing", ["number", "tell"]], "settings")
    same(note(command(c, "settings", "complete", "settings", tell="1")), ["Saved."], "are saved")
    same(command(c, "settings")["form"].get_fields()["tell"]["value"], True, "and shown")
    t.drain()
    c.send(f"{PHONE}@{GATEWAY}", "asked about later")
    m = t.what("message", 10)
    r = command(c, "history")
    ok(r["status"] == "completed" and "+49170555123: forgotten" in str(r), "history", r)
    same(t.what("find", 5)[1], m[3], "asks the queue by the message's id")
    t.say("report", "01KJ0000000000000000000007", "xmpp:juliet@im.test", m[3], "delivered", "It has arrived.")
    ok(xmpp.wait_for(lambda: "It has arrived." in c.texts(), 10), "success is told in words, as wished")
    same(command(c, "register", "cancel")["status"], "canceled", "a command can be cancelled")
    same(note(command(c, "unregister")), ["You are not registered any more."], "unregister")
    same(note(command(c, "settings")), ["Register first."], "then there are no settings")


def by_command(server, t):
    romeo = xmpp.Client(server, "romeo")
    r = command(romeo, "register")
    same(r["status"], "executing", "registration by command")
    command(romeo, "register", "complete", "register", phone="+49170555999")
    code = code_of(t)[0]
    same(note(command(romeo, "register", "complete", "register", code=code or "")), ["You are registered."],
         "in three steps")
    return romeo


def both(make, kind):
    server = make()
    c = romeo = None
    print(f"# {kind}")
    try:
        t = xmpp.Transport("t62", server.port, 'registrations = yes', 'name = "Phones"')
        t.what("probe", 10)
        c = xmpp.Client(server, "juliet")
        discovery(c)
        c = roster(c, kind)
        registration(c, t)
        commands(c, t)
        romeo = by_command(server, t)
        same(t.stop(), 0, "it ends without a fault")
        romeo.presences.clear()
        t.start("romeo@im.test", "+49170555999")
        ok(xmpp.wait_for(lambda: any(p[:2] == ("available", GATEWAY) for p in romeo.presences), 10),
           "who has registered sees the gateway come back after a restart", t.errors, romeo.presences)
        t.say("quiet")
        ok(xmpp.wait_for(lambda: any(p[:2] == ("unavailable", GATEWAY) for p in romeo.presences), 10),
           "and go", romeo.presences)
        t.stop()
    finally:
        for x in (c, romeo):
            if x:
                x.close()
        server.stop()


both(lambda: xmpp.Prosody("t62p"), "prosody")
both(lambda: xmpp.Ejabberd("t62e"), "ejabberd")
done()
