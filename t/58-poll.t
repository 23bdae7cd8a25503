#!/usr/bin/env python3
"""Coming to what phones write: registrations at the platform's managers, and polling."""
import base64
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, "t")
from callbacks import Run
from sdp import HANG, Sdp, envelope, fault, http
from sdpsim import Sim, equal, ok, wait_for
from whole import free_port
import sdpsim

SERVICE = {name: f"/{name}Service/services/{name}" for name in (
    "SendSms", "ReceiveSms", "ReceiveMessage", "SmsNotificationManager", "MessageNotificationManager")}
GIF = b"GIF89a"


def conf(base, lines):
    return f'driver = "parlayx"\nsms_url = "{base}{SERVICE["SendSms"]}"\n{lines}'


def write(sim, **what):
    return sim.json("POST", "/api/mo", {"from": "+4915550100", "to": "4711", "text": "hello", **what})


def texts(run):
    return [m["text"] for m in run.got if isinstance(m, dict) and m["what"] == "message"]


def test_managers():
    sim = Sim()
    base = sim.url.rstrip("/")
    port = free_port()
    lines = (f'callback = "http://127.0.0.1:{port}/sdp/acme"\nservice_numbers = "tel:4711, tel:4712"\n'
             f'sms_manager_url = "{base}{SERVICE["SmsNotificationManager"]}"\n'
             f'mms_manager_url = "{base}{SERVICE["MessageNotificationManager"]}"\n'
             f'mms_receive_url = "{base}{SERVICE["ReceiveMessage"]}"\n')

    def run(more=""):
        r = Run({"acme": conf(base, lines + more)}, listen=f"127.0.0.1:{port}")
        ok(wait_for(lambda: sum("is registered for" in l for l in r.log) == 4), "two numbers are registered, "
           "for SMS and for MMS", *r.log)
        return r
    try:
        r = run()
        write(sim, text="one")
        write(sim, text="two", to="4712")
        write(sim, text="Look", attachments=[{"contentType": "image/gif", "name": "a.gif",
                                              "base64": base64.b64encode(GIF).decode()}])
        ok(wait_for(lambda: sorted(texts(r)) == ["Look", "one", "two"]), "what phones write is brought", r.got)
        m = next(m for m in r.got if m["text"] == "Look")
        equal((m["part0"], m["len0"]), ("image/gif", len(GIF)), "an MMS with its picture")
        r.process.kill()
        r.process.wait()
        r = run()
        write(sim, text="again")
        ok(wait_for(lambda: texts(r) == ["again"]), "after a crash: registered again, brought once")
        equal(r.stop(), 0, "an end without taking leave")
        r = run("unregister = yes\n")
        r.process.send_signal(signal.SIGUSR2)
        ok(wait_for(lambda: {"what": "quiet"} in r.got), "leave is taken")
        equal(r.stop(), 0, "and it ends")
        write(sim, text="for nobody")
        equal(sim.json("GET", "/api/mo")["messages"][-1]["state"], "kept", "nobody is registered any more")
    finally:
        sim.stop()


def test_manager_is_away():
    sdp = Sdp(fault("SVC0002"), fault("SVC0001"), http(200, envelope("")))
    r = Run({"acme": conf("http://127.0.0.1:1", f'callback = "http://127.0.0.1:1/"\nsender = "tel:4711"\n'
                          f'sms_manager_url = "{sdp.url}"\n')})
    ok(wait_for(lambda: any("cannot be registered for tel:4711: SVC0001" in l and "again in 5 s" in l
                            for l in r.log)), "a fault: it is tried again", *r.log)
    ok(wait_for(lambda: any("is registered" in l for l in r.log)), "until it is done; an empty body says so")
    equal([q[1].count("startSmsNotification") > 0 for q in sdp.requests], [False, True, True],
          "first the registration of before is ended")
    r.stop()
    sdp.stop()
    sdp = Sdp(fault("SVC0002"), fault("SVC0008"))
    r = Run({"acme": conf("http://127.0.0.1:1", f'callback = "http://127.0.0.1:1/"\nsender = "tel:4711"\n'
                          f'sms_manager_url = "{sdp.url}"\ncriteria = "lunch"')})
    ok(wait_for(lambda: any("is registered for tel:4711 lunch" in l for l in r.log)), "one that is there is well")
    r.stop()
    sdp.stop()


def received(*messages):
    return http(200, envelope('<r:getReceivedSmsResponse xmlns:r="x">' + "".join(
        f"<r:result><message>{m}</message><senderAddress>{s}</senderAddress>"
        "<smsServiceActivationNumber>tel:4711</smsServiceActivationNumber></r:result>"
        for m, s in messages) + "</r:getReceivedSmsResponse>"))


def test_poll():
    sim = Sim()
    base = sim.url.rstrip("/")
    for i in range(3):
        write(sim, text=f"before {i}")
    write(sim, text="Look", attachments=[{"contentType": "image/gif", "name": "a.gif",
                                          "base64": base64.b64encode(GIF).decode()}])
    r = Run({"acme": conf(base, f'receive_url = "{base}{SERVICE["ReceiveSms"]}"\nregistration = "box"\n'
                          f'mms_receive_url = "{base}{SERVICE["ReceiveMessage"]}"\nmms_registration = "box"\n'
                          'poll = "100ms"')})
    try:
        ok(wait_for(lambda: len(texts(r)) == 4), "what waits is fetched", r.got)
        ok(any(m.get("part0") == "image/gif" for m in r.got), "an MMS with its picture")
        write(sim, text="after")
        ok(wait_for(lambda: "after" in texts(r)), "and what comes later")
        time.sleep(0.3)
        equal(sorted(texts(r)), ["Look", "after", "before 0", "before 1", "before 2"], "each once")
        equal(r.stop(), 0, "it ends")
    finally:
        sim.stop()


def test_poll_of_trouble():
    """Nothing is fetched again before what came is on the disk."""
    ann = "tel:+4915550100"
    sdp = Sdp(http(503), fault("SVC0001"), http(200, "<html>", "text/html"),
              received(("one", ann), ("hold", ann), ("never", ann), ("x", "")), received(("two", ann)), received())
    r = Run({"acme": conf("http://127.0.0.1:1", f'receive_url = "{sdp.url}"\nregistration = "box"\n'
                          'poll = "50ms"')})
    ok(wait_for(lambda: "hold" in texts(r)), "after failures it goes on", *r.log)
    time.sleep(0.5)
    equal(len(sdp.requests), 4, "while one is not on the disk nothing is asked")
    ok(sum("cannot be fetched" in l for l in r.log) == 1 and sum("can be fetched again" in l for l in r.log) == 1 and
       any("1 messages have no sender" in l for l in r.log) and
       any("which was fetched, is not taken" in l for l in r.log), "what went wrong is in the log", *r.log)
    r.process.send_signal(signal.SIGUSR1)
    ok(wait_for(lambda: "two" in texts(r)), "when it is there, it is")
    equal(texts(r), ["one", "hold", "never", "two"], "each once")
    r.stop()
    sdp.stop()
    sdp = Sdp(received(("later", ann)), HANG)
    r = Run({"acme": conf("http://127.0.0.1:1", f'receive_url = "{sdp.url}"\nregistration = "box"\n'
                          'poll = "50ms"')})
    ok(wait_for(lambda: texts(r).count("later") == 2), "what cannot be put there is tried again, from memory")
    equal(len(sdp.requests), 1, "and nothing else is asked meanwhile")
    equal(r.stop(), 0, "an end meanwhile")
    ok(wait_for(lambda: any("1 messages that were fetched are lost" in l for l in r.log)), "says what is lost", *r.log)
    sdp.stop()


for test in (test_managers, test_manager_is_away, test_poll, test_poll_of_trouble):
    test()
sdpsim.done()
