#!/usr/bin/env python3
"""The stream of our component, against a server that answers from a script: handshake, barrier, every
way to lose a connection, and what a server may do wrong."""
import os
import sys
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

sys.path.insert(0, "t")
import xmpp
from tap import done, like, ok, same

ID = "01KJ00000000000000000000%02d"
server = xmpp.Server()


def transport(*lines, **more):
    return xmpp.Transport("t60", server.port, 'reconnect = "400 ms"', 'upload = "none"', *lines, **more)


def error_to(x, condition="service-unavailable", type="cancel"):
    """The error that a server sends for a message, with the body in it as ejabberd does."""
    return (f"<message type='error' id='{x.get('id')}' from='{x.get('to')}' to='{x.get('from')}'>"
            f"<body>{escape(x.findtext('body'))}</body><error type='{type}'><{condition} "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")


def logged(t, text):
    return xmpp.wait_for(lambda: any(text in e for e in t.errors), 10)


# Handshake.
t = transport()
t.say("send", ID % 1, "xmpp:a@im.test", "tel:+49170", "early")
finish = t.what("finish")
same(finish[2:5] if finish else None, ["later", "whole", "4.4.1"],
     "what is sent before there is a connection is put off, as the whole transport's failure")
link = server.accept()
header = link.open()
ok(b"to='gw.im.test'" in header and b"jabber:component:accept" in header, "the header names our domain")
ok(link.shake(), "the handshake is of the id, its references read, and the secret")
ok(t.what("probe"), "the pump may go on when the server has accepted us")

# The barrier.
for i in range(3):
    t.say("send", ID % i, "xmpp:a@im.test", "mailto:b@c.test", f"text {i} ]]> \x01")
first = link.stanza()
same([first.get("from"), first.get("to"), first.get("id"), first.findtext("body")],
     ["b\\40c.test@gw.im.test", "a@im.test", ID % 0 + "-0", "text 0 ]]> \ufffd"], "a message arrives")
second = link.stanza()
link.stanza()
ok(t.silent("finish"), "it is not done because it was written")
link.write(error_to(second))
ok(t.silent("finish"), "nor the one that was refused")
link.pong()
got = [t.what("finish") for _ in range(3)]
same([g[1] for g in got if g], [ID % i for i in range(3)], "with the pong all three are answered for")
same([g[2] for g in got if g], ["done", "never", "done"], "done, but for the one that was refused")
same(got[0][5] if got[0] else None, ID % 0 + "-0", "the request is the stanza's id")

# A late error, and what is not one of ours.
link.write(error_to(first))
same((t.what("report") or [])[1:4], [ID % 0 + "-0", "xmpp:a@im.test", "failed"],
     "an error that comes later is a report about its message")
link.write("<message type='error' id='foreign' from='a@im.test' to='gw.im.test'/>"
           f"<message from='a@im.test/r' to='+49@gw.im.test'><received xmlns='urn:xmpp:receipts' id='{ID % 0}-0'/>"
           "</message>")
same((t.what("report") or [])[1:4], [ID % 0 + "-0", "xmpp:a@im.test", "delivered"],
     "a receipt is one, too; an error for nothing of ours is none")

# What arrives.
link.write("<message from='a@im.test/r' to='+49170555@gw.im.test' type='chat' id='m-1234567'><body>Hi</body>"
           "</message>")
same((t.what("message") or [])[1:4],
     ["xmpp:a@im.test", "tel:+49170555", "<m-1234567.r.=2B49170555@gw.im.test>"], "a message is taken")
t.say("answer", "never", "5.7.1", "not allowed, sorry")
t.what("answered")
link.write("<message from='a@im.test/r' to='+49170555@gw.im.test' id='m-2'><body>Hi</body></message>")
t.what("message")
x = link.stanza()
same([x.get("type"), x.get("to"), x.get("from"), x.get("id")],
     ["error", "a@im.test/r", "+49170555@gw.im.test", "m-2"], "one that is not allowed is refused to its client")
ok(x.find(".//{*}forbidden") is not None and x.findtext(".//{*}text") == "not allowed, sorry",
   "with the reason")
t.say("answer", "done", "2.0.0", "ok")
t.what("answered")
link.write("<message from='a@im.test/r' to='+49170555@gw.im.test' id='m-3'><body>" + "x" * 400000 +
           "</body></message>")
x = link.stanza()
ok(x is not None and x.get("id") == "m-3" and x.find(".//{*}not-acceptable") is not None,
   "one that is too large is refused, and the stream goes on")
link.write("<message from='a@im.test/r' to='bob@gw.im.test' id='m-4'><body>Hi Bob</body></message>")
same((t.what("message") or [])[1:3], ["xmpp:a@im.test", "tel:+49170111222"], "a user may be written to by name")
for name, stanza in (
        ("a chat state", "<message from='a@im.test/r' to='+49170@gw.im.test'>"
         "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"),
        ("our own domain", "<message from='+49@gw.im.test' to='+49170@gw.im.test'><body>x</body></message>"),
        ("an unknown thing", "<thing from='a@im.test'/>"),
        ("a message from nobody", "<message to='+49170@gw.im.test'><body>x</body></message>")):
    link.write(stanza)
    ok(t.silent("message", "report", seconds=0.15), f"{name} is no message")

# A pong of another connection proves nothing.
t.say("send", ID % 5, "xmpp:a@im.test", "tel:+49170", "x")
link.stanza()
link.write("<iq type='get' id='bar-0-1' from='gw.im.test' to='gw.im.test'><ping xmlns='urn:xmpp:ping'/></iq>"
           "<iq type='get' id='bar-1-2' from='evil@im.test' to='gw.im.test'><ping xmlns='urn:xmpp:ping'/></iq>")
ok(t.silent("finish"), "neither an old pong nor a user's finishes anything")

# Losses. The job is put off each time, the connection made again.
link.close()
finish = t.what("finish")
same(finish[2:4] if finish else None, ["later", "whole"], "a bare end of the connection puts it off")
ok(logged(t, "no connection"), "and is logged")


def again(name, what, expected):
    """Log in, send, let the server do something, and see it put off for that reason."""
    with_link = server.login()
    t.what("probe")
    t.say("send", ID % 6, "xmpp:a@im.test", "tel:+49170", "x")
    with_link.stanza()
    what(with_link)
    f = t.what("finish")
    ok(f and f[2:4] == ["later", "whole"] and expected in f[6], f"{name}: put off")
    if f and expected not in f[6]:
        print("# " + f[6])
    with_link.close()
    return with_link


again("the server closes its stream", lambda k: k.write("</stream:stream>"), "closed the stream")
again("a conflict", lambda k: k.write(
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
    "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced by a new connection</text></stream:error>"
    "</stream:stream>"), "conflict: Replaced by a new connection")
again("bytes that are no XML", lambda k: k.write("<a></b>"), "XML: ")
again("a DOCTYPE", lambda k: k.write("<!DOCTYPE x>"), "XML: ")

# The same message, sent again, has the same id.
link = server.login()
t.what("probe")
t.say("send", ID % 6, "xmpp:a@im.test", "tel:+49170", "x")
same(link.stanza().get("id"), ID % 6 + "-0", "what is sent again has the same id")
link.close()
t.stop()

# Refusals at the door.
t = transport(secret="wrong")
link = server.accept()
link.open()
ok(not link.shake(), "a wrong secret makes a wrong handshake")
link.write("<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
           "</stream:stream>")
link.close()
ok(logged(t, "not-authorized"), "and the log says why there is no connection")
link = server.accept(5)
ok(link, "it is tried again all the same")
link.write("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
           "xmlns:stream='http://etherx.jabber.org/streams' id=''><stream:error><host-unknown "
           "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
ok(link.read_until(rb"<handshake", 0.3) is None, "no handshake is made of an empty id")
link.close()
same(len([e for e in t.errors if "no connection" in e]), 1, "failure after failure is one line in the log")
t.stop()

# An idle connection is asked whether it lives.
t = transport('keepalive = "1 s"', 'timeout = "1 s"')
again("a stalled server, which takes all and says nothing", lambda k: None, "does not process")
link = server.login()
x = link.stanza("iq", 5)
ok(x is not None and x.get("to") == "gw.im.test", "a silent server is pinged")
link.write(ET.tostring(x))
x = link.stanza("iq", 5)
ok(x is not None, "and again after its answer")
ok(link.closed(), "one that does not answer is left")
link = server.login()
ok(link, "and connected to anew")

t.stop()

# Leave.
t = transport()
link = server.login()
t.what("probe")
t.say("send", ID % 7, "xmpp:a@im.test", "tel:+49170", "x")
link.stanza()
t.say("quiet")
ok(t.silent("quiet"), "the stream stays open while something is under way")
link.pong()
ok(link.end(), "then it is closed properly")
link.write("<message from='a@im.test/r' to='+49170555@gw.im.test' id='m-9'><body>last</body></message>")
link.write("</stream:stream>")
link.close()
got = t.what("message")
same(got and got[6], "last", "what the server still had for us is taken")
ok(t.what("quiet"), "and then it is quiet")
same(t.stop(), 0, "it ends without a fault")
server.close()
done()
