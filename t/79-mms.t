#!/usr/bin/python3
"""MMS on the whole way, with a real Postfix and the simulated platform: a mail with a picture reaches a
handset, and what a handset sends arrives as a mail. And what a platform repeats changes nothing."""
import base64
import email
import email.policy
import http.client
import io
import os
import random
import sys
import threading

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from whole import Gateway, Mail, equal, free_port, ok, phone_writes, run, wait_for  # noqa: E402

LISTEN = free_port()


def photo(width, height, orientation=1):
    """As large as a photograph, and as hard to compress; the sky is blue, and it says where it was taken."""
    im = Image.new("RGB", (width, height), (200, 160, 60))
    im.paste((0, 0, 255), (0, 0, width, height // 2))
    grain = Image.frombytes("L", (width, height), random.Random(1).randbytes(width * height)).convert("RGB")
    im = Image.blend(im, grain, 0.3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 29: "SECRETPLACE"}
    out = io.BytesIO()
    if orientation == 6:
        im = im.transpose(Image.Transpose.ROTATE_90)
    im.save(out, "JPEG", quality=93, exif=exif if orientation != 1 else b"")
    return out.getvalue()


JPEG = photo(400, 300)
# Its screen has 16 by 16 dots: what is smaller than a few is a spacer, and left out.
GIF = b"GIF89a\x10\x00\x10\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


def mixed(text, *media):
    """A mail of a text and media: headers and body."""
    body = f"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n".encode()
    for kind, name, data in media:
        body += (f"--b\nContent-Type: {kind}; name={name}\nContent-Transfer-Encoding: base64\n"
                 f"Content-Disposition: attachment; filename={name}\n\n").encode() + base64.encodebytes(data)
    return ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'], body + b"--b--\n"


def read(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def test_mail_to_phone(g):
    """200 kB of picture, and a second one behind it."""
    number = "+4915558001"
    headers, body = mixed("Grüße vom Strand", ("image/jpeg", "beach.jpg", JPEG), ("image/gif", "dot.gif", GIF))
    mail = Mail(subject="Holidays", headers=headers, body=body)
    equal(g.send(mail, f"{number}@sms.example.com")[:3], "250", "a mail with two pictures is taken")
    if not ok(wait_for(lambda: g.messages(number)), "and arrives", g.log("triviumd")[-3000:]):
        return
    m = g.messages(number)[0]
    ok(m["mms"] and "Grüße vom Strand" in m["text"], "as an MMS with its text", m)
    equal([(x["type"], x["size"]) for x in m["media"]], [("image/jpeg", len(JPEG)), ("image/gif", len(GIF))],
          "with both pictures in their order")
    c = http.client.HTTPConnection("127.0.0.1", g.ports["sdp_port"], timeout=30)
    c.request("GET", f"/api/media?n={m['n']}&i=0")
    ok(c.getresponse().read() == JPEG, "byte for byte")
    c.close()
    equal(g.state(mail, "delivered"), "delivered", "its delivery receipt comes back")
    g.submit(number, "just text")
    wait_for(lambda: len(g.messages(number)) == 2)
    equal(g.messages(number)[1]["mms"], False, "a mail of text alone goes by SMS")
    large = photo(3200, 2400, 6)
    headers, body = mixed("large", ("image/jpeg", "large.jpg", large), ("video/mp4", "film.mp4", bytes(400000)))
    mail = Mail(headers=headers, body=body)
    g.send(mail, f"{number}@sms.example.com")
    equal(g.state(mail, "delivered", "failed"), "delivered", f"a photo of {len(large)} bytes, and a film")
    m = g.messages(number)[-1]
    c = http.client.HTTPConnection("127.0.0.1", g.ports["sdp_port"], timeout=30)
    c.request("GET", f"/api/media?n={m['n']}&i=0")
    got = c.getresponse().read()
    c.close()
    im = Image.open(io.BytesIO(got)).convert("RGB")
    sky, ground = (im.crop((0, y, im.width, y + 100)).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
                   for y in (50, im.height - 150))
    ok(len(got) <= 300000 and im.size == (1600, 1200), "the photo is made smaller", (len(got), im.size))
    ok(sky[2] > sky[0] + 50 and ground[0] > ground[2] + 50, "the sky is above", (sky, ground))
    ok(b"SECRETPLACE" in large and b"SECRETPLACE" not in got and b"Exif" not in got, "and it does not say where that was")
    ok(len(m["media"]) == 1 and m["text"] == "large\n[film.mp4, 400 kB, not sent]", "the film is named", m)


def test_many(g):
    """Five photos over several MMS, and a film that is too long; what does not fit is told with its MMS."""
    number = "+4915558007"
    media = [("image/jpeg", f"p{i}.jpg", photo(900 + i, 700)) for i in range(5)]
    headers, body = mixed("Five", *media[:2], ("video/mp4", "film.mp4", bytes(400000)), *media[2:],
                          ("video/mp4", "late.mp4", bytes(500000)))
    mail = Mail(sender="many@sink.example", headers=headers, body=body)
    g.send(mail, f"{number}@many.example.com")
    equal(g.state(mail, "delivered", "failed"), "delivered", "five photos")
    got = g.messages(number)
    equal([[x["type"] for x in m["media"]] for m in got], [["image/jpeg"] * 2, ["image/jpeg"] * 3], "go as two MMS")
    ok(all(150000 < sum(x["size"] for x in m["media"]) < 300000 for m in got), "which they fill", got)
    equal([m["text"] for m in got], ["Five\n[film.mp4, 400 kB, not sent]", "[late.mp4, 500 kB, not sent]"],
          "the text is in the first, and each says what was left out")
    told = g.sink.arrive("many@sink.example")
    ok(len(told) == 1 and b"film.mp4, late.mp4" in told[0], "which the author is told of all, once", told)


def test_both(g):
    """One whose platform carries MMS, and one whose does not."""
    headers, body = mixed("For both", ("image/jpeg", "beach.jpg", JPEG))
    mail = Mail(sender="both@sink.example", headers=headers, body=body)
    g.send(mail, "+4915558010@sms.example.com", "+4915558011@plain.example.com")
    wait_for(lambda: g.messages("+4915558010") and g.messages("+4915558011"))
    equal([(m["mms"], m["text"]) for n in ("+4915558010", "+4915558011") for m in g.messages(n)],
          [(True, "For both"), (False, "For both")], "get an MMS and an SMS")
    told = [read(m) for m in g.sink.arrive("both@sink.example")]
    ok(len(told) == 1 and "beach.jpg" in told[0].as_string() and "+4915558011" in told[0].as_string() and
       "+4915558010" not in told[0].get_body(("plain",)).get_content(), "the author is told who did not get the picture", told)


def test_phone_to_mail(g):
    """Three parts and SMIL."""
    g.sdp("/api/mo", {"from": "+4915558002", "to": "10690123", "subject": "From the beach",
                      "text": "joe@sink.example Look at this",
                      "attachments": [{"contentType": t, "name": n, "base64": base64.b64encode(d).decode()}
                                      for t, n, d in (("image/jpeg", "first.jpg", JPEG),
                                                      ("image/gif", "second.gif", GIF))]})
    got = g.sink.arrive("joe@sink.example")
    if not ok(len(got) == 1, "an MMS of a phone arrives as mail", g.log("triviumd")[-3000:]):
        return
    m = read(got[0])
    equal(m["From"].addresses[0].addr_spec, "+4915558002@sms.example.com", "from its number")
    equal(m.get_body(("plain",)).get_content().strip(), "Look at this", "with its text")
    parts = list(m.iter_attachments())
    equal([(p.get_content_type(), p.get_content()) for p in parts] ==
          [("image/jpeg", JPEG), ("image/gif", GIF)], True, "and its pictures, in their order, byte for byte")
    ok(wait_for(lambda: g.sdp("/api/mo")["messages"][-1]["state"] == "taken"), "the platform hears that it was taken")


def test_repeated(g):
    """One call a hundred times, ten at a time."""
    answers = []

    def bring():
        for _ in range(10):
            answers.append(phone_writes(LISTEN, "kim@sink.example once", "+4915558003", "10690123",
                                        "2026-11-24T10:30:00Z"))
    threads = [threading.Thread(target=bring) for _ in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(answers, [200] * 100, "a platform brings one message a hundred times and each time hears that it is taken")
    phone_writes(LISTEN, "kim@sink.example the last", "+4915558003", "10690123", "2026-11-24T10:31:00Z")
    g.sink.arrive("kim@sink.example", 2)
    # Postfix, which has both in its queue, keeps no order.
    equal(sorted(read(m).get_content().strip() for m in g.sink.to("kim@sink.example")), ["once", "the last"],
          "it is one mail")


def test_receipts(g):
    """Forged ones, strangers' ones, and one that comes before the answer."""
    number = "+4915999008"
    mail = g.submit(number, "early")
    equal(g.state(mail, "delivered"), "delivered", "a receipt before the answer counts")
    mail = g.submit("+4915558004", "waits")
    g.state(mail, "sent", "delivered")
    job = g.jobs(mail)[0]
    for address, correlator in (("tel:+4915558009", job["correlator"]), ("tel:+4915558004", "X" * 30)):
        c = http.client.HTTPConnection("127.0.0.1", LISTEN, timeout=30)
        c.request("POST", "/sdp/operator-a", f"""<Envelope><Body><notifySmsDeliveryReceipt xmlns="x"><correlator>
            {correlator}</correlator><deliveryStatus><address>{address}</address><deliveryStatus>DeliveryImpossible
            </deliveryStatus></deliveryStatus></notifySmsDeliveryReceipt></Body></Envelope>""")
        equal(c.getresponse().status, 200, "a receipt about nothing that is known is answered")
        c.close()
    ok(g.state(mail, "delivered") == "delivered", "and changes nothing", g.history(mail))


gateway = Gateway("79-mms", start=False, domains={"many.example.com": "phone:operator-a mms_count=3",
                                                            "plain.example.com": "phone:plain"}, bridge=[f'listen = "127.0.0.1:{LISTEN}"'],
                  conf='mail {\n\trelay = "smtp://127.0.0.1:@SMTP@"\n\tdomain = "sms.example.com"\n}\n')
platform = f"http://127.0.0.1:{gateway.ports['sdp_port']}"
with open(f"{gateway.dir}/sdp.conf", "a") as conf:
    conf.write(f'callback = "http://127.0.0.1:{LISTEN}/sdp/operator-a"\n'
               f'mms_url = "{platform}/SendMessageService/services/SendMessage"\n'
               f'mms_receive_url = "{platform}/ReceiveMessageService/services/ReceiveMessage"\n')
gateway.add_sdp("plain", None)
gateway.sim_options = f"--callback http://127.0.0.1:{LISTEN}/sdp/operator-a"
gateway.start()
run(gateway, test_mail_to_phone, test_many, test_both, test_phone_to_mail, test_repeated, test_receipts)
