#!/usr/bin/env python3
"""Platforms call: who may, what is made of what they bring, and what they are answered. The listener
and the driver are triviumd's, what they hand on is printed by t/callbackrun.c."""
import base64
import hashlib
import http.client
import os
import signal
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
from callbacks import MMS, SMS, Run, mms, mo, receipt, secret, work
from sdpsim import envelope, equal, ok, wait_for
import sdpsim


def basic(password):
    return {"Authorization": "Basic " + base64.b64encode(f"operator:{password}".encode()).decode()}


def huawei(password, rev_id="900", stamp="20240501103000", upper=True, more=""):
    digest = hashlib.md5((rev_id + password + stamp).encode()).hexdigest()
    return ('<s:Header><h:NotifySOAPHeader xmlns:h="http://www.huawei.com.cn/schema/common/v2_1">'
            f"<h:spRevId>{rev_id}</h:spRevId><h:spRevpassword>{digest.upper() if upper else digest}"
            f"</h:spRevpassword><h:timeStamp>{stamp}</h:timeStamp>{more}</h:NotifySOAPHeader></s:Header>")


def test_door(run):
    """Who may call what."""
    word = "s3cret-0123456789"
    cases = [
        ("the right path", "/sdp/acme", {}, "127.0.0.1", 200),
        ("from another address of this host", "/sdp/acme", {}, "127.9.9.9", 200),
        ("more behind it", "/sdp/acme/anything/else", {}, "127.0.0.1", 200),
        ("an unknown section", "/sdp/nobody", {}, "127.0.0.1", 404),
        ("a name that only begins like one", "/sdp/acme2", {}, "127.0.0.1", 404),
        ("no section", "/sdp/", {}, "127.0.0.1", 404),
        ("a section that is never called", "/sdp/loop", {}, "127.0.0.1", 404),
        ("another path", "/", {}, "127.0.0.1", 404),
        ("a path of 20000 bytes", "/sdp/" + "a" * 20000, {}, "127.0.0.1", 404),
        ("the secret in the path", f"/sdp/guarded/{word}", {}, "127.0.0.1", 200),
        ("and more behind it", f"/sdp/guarded/{word}/mms", {}, "127.0.0.1", 200),
        ("no secret", "/sdp/guarded", {}, "127.0.0.1", 401),
        ("a wrong one", "/sdp/guarded/s3cret-0123456788", {}, "127.0.0.1", 401),
        ("its beginning", "/sdp/guarded/s3cret", {}, "127.0.0.1", 401),
        ("more than it", f"/sdp/guarded/{word}x", {}, "127.0.0.1", 401),
        ("nothing in its place", "/sdp/guarded//", {}, "127.0.0.1", 401),
        ("as a bearer's token", "/sdp/guarded", {"Authorization": "Bearer " + word}, "127.0.0.1", 200),
        ("by HTTP Basic", "/sdp/guarded/x", basic(word), "127.0.0.1", 200),
        ("a wrong token", "/sdp/guarded", {"Authorization": "Bearer " + word + "x"}, "127.0.0.1", 401),
        ("a wrong password", "/sdp/guarded", basic("x"), "127.0.0.1", 401),
        ("Basic that is none", "/sdp/guarded", {"Authorization": "Basic %%%%"}, "127.0.0.1", 401),
        ("Basic of 10000 bytes", "/sdp/guarded", basic("x" * 10000), "127.0.0.1", 401),
        ("another kind", "/sdp/guarded", {"Authorization": "Digest " + word}, "127.0.0.1", 401),
        ("a listed address", "/sdp/listed", {}, "127.1.2.3", 200),
        ("one that is not", "/sdp/listed", {}, "127.0.0.1", 403),
        ("both are wanted, both are right", f"/sdp/both/{word}", {}, "127.1.2.3", 200),
        ("the address is wrong", f"/sdp/both/{word}", {}, "127.0.0.1", 403),
        ("the secret is wrong", "/sdp/both/x", {}, "127.1.2.3", 401),
        ("the secret of another section", f"/sdp/acme/{word}", {}, "127.0.0.1", 200),
    ]
    for name, path, headers, source, want in cases:
        answer = run.call(path, mo(name), headers=headers, source=source)
        good = answer.status == want and (want != 401 or "Basic" in answer.headers["WWW-Authenticate"])
        wait_for(lambda: run.got or want != 200, 5)
        got = run.take()
        ok(good and len(got) == (want == 200) and (not got or got[0]["text"] == name),
           f"{name}: {want}", answer.status, answer.text, got)
    refusals = [l for l in run.log if "refused" in l]
    ok(refusals and any("guarded is refused: the secret is wrong or missing" in l for l in refusals),
       "refusals are logged", run.log)
    ok(len(refusals) <= 8, "but not each of them", *refusals)
    ok(word not in "".join(run.log), "and never with the secret")


def test_message(run):
    """What is made of an SMS."""
    answer, m = run.bring(mo("Grüße, 你好 & <so> on"))
    equal(answer.status, 200, "an SMS is taken")
    ok(f'notifySmsReceptionResponse xmlns:n="{SMS}"' in answer.text and
       answer.headers["Content-Type"] == "text/xml; charset=utf-8", "and answered in its namespace",
       answer.text)
    equal({k: m[k] for k in ("transport", "from", "to", "text", "date")},
          {"transport": "acme", "from": "tel:+4915550100", "to": "tel:4711",
           "text": "Grüße, 你好 & <so> on", "date": "Wed, 1 May 2024 10:30:00 +0000"}, "with all it says")
    for sender, want in (("4915550100", "+4915550100"), ("tel:015550100", "+4915550100"),
                         ("tel:+49 (0)1555-0100;npdi", "+4915550100"),
                         ("tel:+254700000001", "+254700000001")):
        answer, m = run.bring(mo(sender=sender))
        ok(m and m["from"] == "tel:" + want, f"a sender written {sender}", answer.text, m)
    equal(run.bring(mo(sender="254700000001"), path="/sdp/plain")[1]["from"], "tel:+254700000001",
          "where the platform writes no plus, digits are an international number")
    equal(run.bring(mo(number="short:4711"))[1]["to"], "tel:4711", "a short code")
    equal(run.bring(mo("a\r\nb\n\n"))[1]["text"], "a\nb\n\n", "line ends")
    answer, m = run.bring(mo("ok &#13;&#10;x".replace("&", "\0"), date=None).replace("\0", "&"))
    equal(m["text"], "ok \nx", "and those that XML keeps")
    ok("date" not in m and m["once_ms"] == 300000, "without a date: known again for five minutes", m)
    answer, m = run.bring(mo("\0".join("ab")).replace("\0", "&#0;"))
    equal((answer.status, m), (400, None), "a NUL is no XML")
    equal(run.bring(mo(sender="short:4747"))[1]["from"], "tel:4747", "a sender that is a short code")
    answer, m = run.bring(mo(sender="tel:Operator"))
    ok(answer.status == 500 and "Client" in answer.text and not m, "a sender that is no number", answer.text)
    answer, m = run.bring(mo("x" * 70000))
    equal(len(m["text"]), 65536, "a text without end is cut")
    answer, m = run.bring(mo("€" * 30000))
    equal(m["text"], "€" * 21845, "between two characters")


def test_once(run):
    """A repetition is the same, another message is not."""
    def once(body, path="/sdp/acme"):
        m = run.bring(body, path=path)[1]
        return m["once"], m["once_ms"]
    first = once(mo())
    equal(first[1], 48 * 3600 * 1000, "with a date: known again for 48 hours")
    equal(once(mo()), first, "the same again")
    for name, other in (("text", mo("hello ")), ("sender", mo(sender="tel:+4915550101")),
                        ("number", mo(number="tel:4712")), ("date", mo(date="2024-05-01T10:30:01Z"))):
        ok(once(other)[0] != first[0], f"another {name} is another message")
    ok(once(mo(), "/sdp/plain")[0] != first[0], "and so is one of another platform")
    link = huawei("x", more="<h:linkid>77</h:linkid>")
    linked = once(mo(header=link))
    equal(linked, once(mo(header=link, date="2024-05-01T10:35:00Z")),
          "by its linkid one is known although its date has changed")
    equal(linked[1], 0, "for as long as anything is known")
    ok(once(mo("other", header=link)) != linked, "but two texts of one linkid are two messages")


def test_receipts(run):
    for status, want in (("DeliveredToTerminal", ("delivered", "2.1.5")),
                         ("DeliveryImpossible", ("failed", "5.0.0")),
                         ("DeliveredToNetwork", ("relayed", "2.1.9")),
                         ("DeliveryUncertain", ("relayed", "2.1.9")),
                         ("DeliveryNotificationNotSupported", ("relayed", "2.1.9")),
                         ("MessageWaiting", ("waiting", "4.4.7")),
                         ("Insufficient_Balance", ("failed", "5.0.0"))):
        answer, r = run.bring(receipt(status))
        ok(answer.status == 200 and "notifySmsDeliveryReceiptResponse" in answer.text and
           (r["is"], r["dsn"], r["code"], r["correlator"], r["address"]) ==
           (*want, status, "Q1", "tel:+4915550100"), f"{status} is {want[0]}", answer.text, r)
    for address in ("4915550100", "tel:4915550100", "+4915550100", "015550100", "tel:+49-155-50100"):
        equal(run.bring(receipt(address=address))[1]["address"], "tel:+4915550100",
              f"an address written {address}")
    equal(run.bring(receipt(address="254700000001"))[1]["address"], "tel:+254700000001",
          "digits alone repeat what was asked for: an international number")
    ok("address" not in run.bring(receipt(address=None))[1], "none at all")
    answer, r = run.bring(receipt(kind="Message", ns=MMS))
    ok(answer.status == 200 and r["is"] == "delivered" and
       f'notifyMessageDeliveryReceiptResponse xmlns:n="{MMS}"' in answer.text, "of an MMS", answer.text)
    answer, r = run.bring(receipt("x" * 5000))
    ok(r["is"] == "failed" and len(r["code"]) == 63, "a word without end", r)
    equal(run.bring(receipt("two\nlines&#9;x"))[1]["code"], "two lines x", "a word of two lines is one")
    equal(run.bring(receipt("EXPIRED"), path="/sdp/plain")[1]["is"], "relayed", "the errors table says more")


def test_answers(run):
    """Taken only when it is on the disk; what is wrong is a fault."""
    answer, m = run.bring(mo("later, please"), handed_on=True)
    ok(answer.status == 503 and answer.one("faultcode").endswith(":Server") and
       "not now" in answer.text and run.take() == [], "put off: 503 and a fault of the server", answer.text)
    answer, m = run.bring(mo("never"), handed_on=True)
    ok(answer.status == 500 and answer.one("faultcode").endswith(":Client"), "refused: a fault of the client",
       answer.text)
    run.take()
    wrong = [
        ("no XML", "from=1&to=2", 400), ("nothing", "", 400), ("cut", mo()[:200], 400),
        ("a billion laughs", '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><e>&b;</e>', 400),
        ("ten thousand levels", "<a>" * 10000 + "</a>" * 10000, 400),
        ("NULs", b"\0" * 1000, 400), ("random bytes", os.urandom(1000), 400),
        ("no envelope", "<html/>", 500), ("an empty body", envelope(""), 500),
        ("an unknown operation", envelope('<n:syncOrderRelation xmlns:n="x"/>'), 500),
        ("no sender", mo(sender=""), 500), ("no number", mo(number=""), 500),
        ("no correlator", receipt(correlator=""), 500), ("no status", receipt(""), 500),
        ("a namespace of kilobytes", mo(ns="x" * 2000), 400),
        ("an MMS that cannot be fetched", mms(), 500),
    ]
    for name, body, want in wrong:
        answer = run.call("/sdp/acme", body)
        ok(answer.status == want and answer.one("faultcode").endswith(":Client") and not run.take(),
           f"{name}: {want} and a fault of the client", answer.status, answer.text)
    ok(any("syncOrderRelation" in l for l in run.log), "an unknown operation is logged by its name", run.log)
    equal(run.call("/sdp/acme", "", "GET").status, 405, "GET")
    answer = run.call("/sdp/acme", b"x" * (1 << 20 | 1))
    equal(answer.status, 413, "a body of more than a megabyte")
    answer = run.call("/sdp/acme", mo("x" * 1000000))
    equal((answer.status, len(run.bring(mo("y"))[1]["text"])), (200, 65536), "one just below is read")
    run.take()


def test_password(run):
    for name, header, want in (("the right password", huawei("word"), 200),
                               ("in lower case", huawei("word", upper=False), 200),
                               ("a wrong one", huawei("ward"), 403), ("none", "", 403),
                               ("of another user", huawei("word", rev_id="901"), 403)):
        answer, m = run.bring(mo(header=header), path="/sdp/huawei")
        ok(answer.status == want and bool(m) == (want == 200), f"spRevpassword: {name}", answer.text)


def test_slow(run):
    """Who brings nothing, or half of it, holds up nobody."""
    idle = [socket.create_connection(("127.0.0.1", run.port)) for _ in range(100)]
    for i, s in enumerate(idle):
        s.sendall([b"", b"POST /sdp/acme HTTP/1.1\r\n", b"POST /sdp/acme HTTP/1.1\r\nHost: x\r\n"
                   b"Content-Length: 1000\r\n\r\n<e:Env"][i % 3])
    equal(run.bring(mo("meanwhile"))[1]["text"], "meanwhile", "a hundred who say nothing more")
    for s in idle:
        s.close()
    idle = [socket.create_connection(("127.0.0.1", run.port), source_address=("127.9.9.9", 0)) for _ in range(600)]
    equal(run.bring(mo("all the same"))[1]["text"], "all the same", "nor do 600 of another address, more than there is room for")
    for s in idle:
        s.close()
    with socket.create_connection(("127.0.0.1", run.port)) as s:
        s.sendall(b"POST /sdp/acme HTTP/1.1\r\nHost: x\r\n" + b"".join(
            b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(100)) + b"\r\n")
        answer = s.recv(100)
    ok(answer.split()[1] in (b"431", b"413", b"400"), "a header without end is refused", answer)
    with socket.create_connection(("127.0.0.1", run.port)) as s:
        s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500))
        equal(run.bring(mo("afterwards"))[1]["text"], "afterwards", "TLS on a port without it disturbs nobody")


def test_waiting(run):
    """The answer waits for the disk; a hundred repetitions are each answered; stopping answers 503."""
    answers = []

    def bring():
        answers.append(run.call("/sdp/acme", mo("hold on")))
    threads = [threading.Thread(target=bring) for _ in range(20)]
    for t in threads:
        t.start()
    ok(wait_for(lambda: len(run.got) == 20) and not answers, "who waits for the disk is not answered")
    equal(run.call("/sdp/acme", mo("me")).status, 200, "and holds up nobody")
    run.process.send_signal(signal.SIGUSR1)
    for t in threads:
        t.join(20)
    equal([a.status for a in answers], [200] * 20, "when it is there, all are")
    run.take()
    del answers[:]
    threads = [threading.Thread(target=bring) for _ in range(20)]
    for t in threads:
        t.start()
    wait_for(lambda: len(run.got) == 20)
    c = http.client.HTTPConnection("127.0.0.1", run.port, timeout=20)
    c.request("POST", "/sdp/acme", mo("first"))
    c.getresponse().read()
    run.process.send_signal(signal.SIGUSR2)
    wait_for(lambda: {"what": "quiet"} in run.got)
    c.request("POST", "/sdp/acme", mo("second"))
    r = c.getresponse()
    ok(r.status == 503 and r.headers["Retry-After"] and b"stopping" in r.read(),
       "a new request while the bridge stops: 503")
    c.close()
    equal(run.stop(), 0, "it stops with twenty waiting")
    for t in threads:
        t.join(20)
    ok([a.status for a in answers] == [503] * 20 and "stopping" in answers[0].text, "who are told 503",
       *[a.status for a in answers])


ERRORS = os.path.join(work.name, "errors")
with open(ERRORS, "w", encoding="utf-8") as f:
    f.write("status/EXPIRED relayed 2.1.9 Nobody knows\n")
URL = 'driver = "parlayx"\nsms_url = "http://127.0.0.1:1/"\n'
secret_file = f'callback_secret_file = "{secret("secret", "s3cret-0123456789")}"\n'
run = Run({
    "acme": URL, "guarded": URL + secret_file, "listed": URL + 'callback_from = "127.1.0.0/16, ::1"',
    "both": URL + secret_file + 'callback_from = "127.1.0.0/16"', "loop": 'driver = "loopback"',
    "plain": URL + f'address_form = "tel"\nerrors = "{ERRORS}"',
    "huawei": URL + f'callback_id = "900"\ncallback_password_file = "{secret("password", "word")}"'})
try:
    for test in (test_door, test_message, test_once, test_receipts, test_answers, test_password, test_slow,
                 test_waiting):
        test(run)
finally:
    if run.process.poll() is None:
        run.stop()
sdpsim.done()
