#!/usr/bin/env python3
"""MMS out: what the driver makes of text and media. MMS in: what it fetches, and how the platform's
answers, good and bad, end."""
import email
import email.policy
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
from callbacks import Run, mms, work
from sdp import HANG, RESET_AFTER, Sdp, envelope, fault, http
from sdpsim import PARLAYX, equal, ok
import sdpsim

SEND = os.path.join(os.environ.get("B", ".build/plain"), "t/transportrun")
# What is good goes as it is, so all bytes can be looked for: a GIF of one dot, and one with what looks like
# a boundary among its colours.
GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\r\n\r,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
LARGE = b"GIF89a\1\0\1\0\xf7\0\0" + (b"\r\n--x\r\n" * 110)[:768] + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG = bytes(range(256)) * 10 + b"\r\n--x\r\n"  # coming in, nobody looks


def taken(identifier):
    return http(200, envelope(
        f'<p:sendMessageResponse xmlns:p="{PARLAYX}multimedia_messaging/send/v2_4/local">'
        f"<p:result>{identifier}</p:result></p:sendMessageResponse>"))


def write(name, data):
    with open(os.path.join(work.name, name), "wb") as f:
        f.write(data)
    return os.path.join(work.name, name)


def send(answers, *args, more=""):
    """Send by the driver; its lines, and the requests."""
    sdp = Sdp(*answers)
    path = os.path.join(work.name, "send.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'sdp acme {{\ndriver = "parlayx"\nsms_url = "{sdp.url}"\nmms_url = "{sdp.url}"\n'
                f'sender = "tel:4711"\ncallback = "http://192.0.2.1/cb"\n{more}\n}}\n')
    p = subprocess.run([SEND, path, *args], capture_output=True, timeout=60, check=False, text=True)
    sdp.stop()
    return p.stdout.splitlines() or [p.stderr], sdp.requests


def parse(request):
    """The request as [root, presentation, …], each a message of the email package."""
    head, body = request
    kind = re.search(r"(?im)^content-type:.*$", head).group(0).strip()
    whole = (kind + "\r\n\r\n").encode() + body.encode("utf-8", "surrogateescape")
    return email.message_from_bytes(whole, policy=email.policy.HTTP)


def test_out():
    pictures = [f"part=image/gif,Grüße vom Strand.gif,{write('a', LARGE)}",
                f"part=image/gif,pic.gif,{write('b', GIF)}", f"part=image/gif,pic.gif,{write('c', GIF)}",
                f"part=application/pdf,-,{write('d', b'%PDF')}"]
    for encoding in ("base64", "binary"):
        lines, requests = send([taken("77")], "phone", "subject=" + "ü" * 50, *pictures, "Hello & 你好",
                               more=f'mms_encoding = "{encoding}"')
        ok(re.match(r"done message 2\.0\.0 0 77 ", lines[0]) and len(requests) == 1,
           f"an MMS is taken ({encoding})", *lines)
        head, body = requests[0]
        whole = parse(requests[0])
        parts = list(whole.iter_parts())
        ok(whole.get_content_type() == "multipart/related" and whole["Content-Type"].params["type"] ==
           "text/xml" and whole["Content-Type"].params["start"] == parts[0]["Content-ID"] and
           'SOAPAction: ""' in head and "Content-Length" in head, "a multipart whose root is named", head)
        root = parts[0].get_payload(decode=True).decode()
        equal(re.findall(r"<(?:p:)?(\w+)>([^<]+)<", root),
              [("addresses", "tel:+254700000001"), ("senderAddress", "tel:4711"), ("subject", "ü" * 40),
               ("endpoint", "http://192.0.2.1/cb"), ("interfaceName", "MessageNotification"),
               ("correlator", re.search(r"<correlator>(\w{30})</", root).group(1))], "the request")
        ok(PARLAYX + "multimedia_messaging/send/v2_4/local" in root, "in its version")
        equal([p.get_content_type() for p in parts[1:]],
              ["application/smil", "text/plain", "image/gif", "image/gif", "image/gif", "application/pdf"],
              "presentation, text and media in their order")
        data = [p.get_payload(decode=True) for p in parts[1:]]
        if encoding == "binary":
            # The email package takes no binary; so look for the bytes.
            raw = body.encode("utf-8", "surrogateescape")
            ok(raw.count(b"\r\n\r\n" + GIF + b"\r\n--") == 2 and b"\r\n\r\n" + LARGE + b"\r\n--" in raw,
               "with all bytes")
        else:
            equal(data[1:], ["Hello & 你好".encode(), LARGE, GIF, GIF, b"%PDF"], "with all bytes")
        ids = [p["Content-ID"] for p in parts]
        equal(ids[1:], ["<smil.xml>", "<text_1.txt>", "<GrevomStrand.gif>", "<pic.gif>", "<4_pic.gif>",
                        "<file>"], "named in ASCII, each differently")
        ok(re.findall(rb'src="cid:([^"]+)"', data[0]) ==
           [b"text_1.txt", b"GrevomStrand.gif", b"pic.gif", b"4_pic.gif"] and data[0].count(b"<par ") == 3,
           "three slides show them", data[0])
    lines, requests = send([taken("1")], "phone", "sender=471107", "just text")
    ok("sendSms" in requests[0][1] and "<p:senderName>tel:471107</p:senderName>" in requests[0][1],
       "text alone goes by SMS, from the number of its conversation", requests)
    lines, requests = send([taken("1")], "mms", "sender=471107", "just text")
    ok("sendMessage" in requests[0][1] and ">tel:471107</p:senderAddress>" in requests[0][1],
       "but by MMS when that is wanted", requests)
    lines, requests = send([taken("1")], "phone", pictures[0], "x" * 1100, more='mms_size = "1 kB"')
    ok(re.match(r"never message 5\.3\.4 .*2 kB.*1 kB", lines[0]) and not requests, "a text that is too large", *lines)
    lines, requests = send([fault("SVC0283"), taken("5")], "mms", pictures[0], "x")
    ok(lines[0].startswith("done message 2.0.0 0 5 ") and "receiptRequest" in requests[0][1] and
       "receiptRequest" not in requests[1][1], "again without a receipt", *lines)
    lines, requests = send([RESET_AFTER], "mms", pictures[0], "x")
    ok(lines[0].startswith("unknown message 4.4.2"), "the connection breaks", *lines)
    lines, requests = send([fault("POL0001")], "mms", pictures[0], "x")
    ok(lines[0].startswith("never message 5.7.1"), "refused", *lines)
    lines, requests = send([http(413)], "mms", pictures[0], "x")
    ok(lines[0].startswith("never message 5.3.4"), "too large for the platform", *lines)


def content(*parts, root=None, kind='multipart/related; type="text/xml"; boundary="b"'):
    """An answer to getMessage."""
    root = envelope('<r:getMessageResponse xmlns:r="x"/>') if root is None else root
    body = b"--b\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n" + root.encode() + b"\r\n"
    for head, data in parts:
        body += b"--b\r\n" + head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + data + b"\r\n"
    return http(200, body + b"--b--\r\n", kind)


SMIL = (b'<!DOCTYPE smil><smil><body><par><img src="cid:one"/><text src="words.txt"></par>'
        b'<par><img src="second.gif"/></par></body></smil>')
THREE = (("Content-Type: application/smil\nContent-ID: <smil>", SMIL),
         ("Content-Type: image/gif; name=second.gif\nContent-Location: second.gif", GIF),
         ("Content-Type: text/plain; charset=iso-8859-1\nContent-Location: words.txt", "Grüße".encode("latin-1")),
         ("Content-Type: image/jpeg\nContent-ID: <one>\nContent-Disposition: attachment; "
          "filename=\"../../etc/first.jpg\"", JPEG))


def bring(answers, more="", call=None):
    """Announce an MMS to the driver; the answer, what it handed on, what it asked."""
    sdp = Sdp(*answers)
    run = Run({"acme": f'driver = "parlayx"\nsms_url = "{sdp.url}"\nmms_receive_url = "{sdp.url}"\n'
                       f'timeout = "3 s"\n{more}'})
    try:
        answer, m = run.bring(call or mms())
        return answer, m, sdp
    finally:
        equal(run.stop(), 0, "the driver ends well")
        sdp.stop()


def test_in():
    answer, m, sdp = bring([content(*THREE)])
    ok(answer.status == 200 and "notifyMessageReceptionResponse" in answer.text, "an MMS is taken", answer.text)
    request = sdp.requests[0][1]
    ok("p:getMessage>" in request and "<p:messageRefIdentifier>mm-1<" in request and
       PARLAYX + "multimedia_messaging/receive/v2_4/local" in request, "it is fetched by its identifier", request)
    equal({k: m.get(k) for k in ("from", "to", "subject", "text", "once_ms")},
          {"from": "tel:+4915550100", "to": "tel:4711", "subject": "Look", "text": "Grüße", "once_ms": 0},
          "sender, number, subject and text")
    equal([m.get(k) for k in ("part0", "name0", "len0", "part1", "name1", "len1", "part2")],
          ["image/jpeg", "first.jpg", len(JPEG), "image/gif", "second.gif", len(GIF), None],
          "its media in the order of its presentation, without folders in their names")
    answer, m, sdp = bring([HANG], call=mms(identifier=None, text="plain words"))
    ok(m["text"] == "plain words" and not sdp.requests, "nothing is fetched when the text came with it")
    for name, answers, status in (
            ("the platform has it not yet", [fault("SVC0002", "messageRefIdentifier")], 503),
            ("a fault in a multipart", [content(root=envelope("<e:Fault><faultcode>e:Server</faultcode>"
                                                              "<faultstring>no</faultstring></e:Fault>"))], 503),
            ("it is down", [http(503)], 503), ("it wants a password", [http(401)], 503),
            ("it says nothing", [HANG], 503), ("it breaks off", [RESET_AFTER], 503),
            ("a portal's page", [http(200, "<html>", "text/html")], 503),
            ("no boundary", [http(200, "x", "multipart/related")], 503),
            ("a part of nine megabytes", [content(("Content-Type: image/gif", b"x" * 9000000))], 500),
            ("an answer without end", [content(("Content-Type: image/gif", b"x" * 20000000))], 500)):
        answer, m, sdp = bring(answers)
        ok(answer.status == status and not m, f"{name}: {status}, so that it is announced again", answer.text)
    answer, m, sdp = bring([http(200, envelope("<getMessageResponse/>"))])
    ok(answer.status == 200 and m["text"] == "" and "part0" not in m, "an MMS with nothing in it")
    answer, m, sdp = bring([content(*[("Content-Type: image/gif", GIF)] * 60)])
    ok(m["part31"] == "image/gif" and "part32" not in m, "of sixty parts 32 are kept")


def uris(*files, text=""):
    return http(200, envelope(
        '<r:getMessageURIsResponse xmlns:r="x"><r:result>' + (f"<bodyText>{text}</bodyText>" if text else "") +
        "".join(f"<fileReferences>{f}</fileReferences>" for f in files) +
        "</r:result></r:getMessageURIsResponse>"))


def test_uris():
    files = Sdp(http(200, JPEG, "image/jpeg"))
    other = files.url.replace("/sms", "/files/photo.jpg?x=1")
    more = 'mms_fetch = "uris"\nbasic = yes\nusername = "joe"'
    listed = more + f'\nmms_hosts = "files.example, 127.0.0.1:{files.port}"'
    answer, m, sdp = bring([uris(other, text="Look")], listed)
    ok(answer.status == 200 and (m["text"], m["part0"], m["name0"], m["len0"]) ==
       ("Look", "image/jpeg", "photo.jpg", len(JPEG)), "an MMS is fetched in pieces", answer.text, m)
    ok("getMessageURIs" in sdp.requests[0][1] and "Authorization" in sdp.requests[0][0], "from a list")
    ok(len(files.requests) == 1 and "Authorization" not in files.requests[0][0],
       "and nobody but the platform is shown the password")
    n = len(files.requests)
    for url in (other, other.replace("127.0.0.1", "127.1"), "file:///etc/passwd", "ftp://x/",
                other.replace("http://", "http://files.example@"), f"http://[::ffff:7f00:1]:{files.port}/",
                f"http://localhost:{files.port}/", "/relative", other.replace("http://", "http://x\\@")):
        answer, m, sdp = bring([uris(url)], more + '\nmms_hosts = "files.example"')
        ok(answer.status == 500 and not m, f"a stranger's host is not asked: {url[:30]}", answer.text)
    equal(len(files.requests), n, "none of these was")
    files.stop()
    answer, m, sdp = bring([uris(text="words alone")], more)
    ok(m and m["text"] == "words alone", "no file at all")


test_out()
test_in()
test_uris()
sdpsim.done()
