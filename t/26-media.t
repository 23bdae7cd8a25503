#!/usr/bin/env python3
"""Pictures, sound and video of a mail: found in order, byte for byte, whatever the mail is built like;
ornaments left out, what is too large named."""
import base64
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from email.message import EmailMessage

B = os.environ.get("B", ".build/plain")
count = failed = 0


def ok(good, name, *seen):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good:
        for s in seen:
            print("#   " + repr(s)[:600])


def equal(got, want, name):
    ok(got == want, name, got, want)


def png(width, height, fill=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"tEXt", b"x\0" + fill) + chunk(b"IEND", b""))


def gif(width, height):
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def jpeg(width, height, size=100):
    return (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 9 + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) +
            b"\0" * 20 + bytes(range(256)) * (size // 256 + 1) + b"\xff\xd9")


def get(mail):
    with tempfile.TemporaryFile() as f:
        f.write(bytes(mail))
        f.seek(0)
        p = subprocess.run([B + "/t/mediaget"], stdin=f, capture_output=True, timeout=60)
    ok(p.returncode == 0 and not p.stderr, "read", p.stderr)
    return [line.split("\t") for line in p.stdout.decode().splitlines()]


def line(kind, name, data):
    return [kind, name, str(len(data)), hashlib.md5(data).hexdigest()]


def base(html=None):
    m = EmailMessage()
    m["From"] = "ann@example.org"
    m.set_content("See the pictures\n")
    if html:
        m.add_alternative(html, subtype="html")
    return m


PHOTO, LOGO, DOT = jpeg(1600, 1200, 200000), png(200, 60), gif(1, 1)
m = base()
m.add_attachment(PHOTO, "image", "jpeg", filename="IMG_0001.JPG")
m.add_attachment(b"#!AMR\n" + bytes(50), "audio", "amr", filename="note.amr")
m.add_attachment(b"%PDF", "application", "pdf", filename="x.pdf")
m.add_attachment(b"\0\0\0\x18ftyp3gp4", "video", "3gpp", filename="clip.3gp")
equal(get(m), [line("image/jpeg", "IMG_0001.JPG", PHOTO), line("audio/amr", "note.amr", b"#!AMR\n" + bytes(50)),
               line("video/3gpp", "clip.3gp", b"\0\0\0\x18ftyp3gp4")],
      "a picture, a sound, a video in order, and no document")

m = base('<p>x<img src="cid:a"><img src="cid:b"><img src="cid:c"></p>')
html = m.get_payload()[1]
html.add_related(PHOTO, "image", "jpeg", cid="<a>", filename="photo.jpg")
html.add_related(LOGO, "image", "png", cid="<b>", filename="logo.png")
html.add_related(DOT, "image", "gif", cid="<c>")
equal(get(m), [line("image/jpeg", "photo.jpg", PHOTO)], "what HTML shows: the photo, no logo, no spacer")

m = base()
m.add_attachment(LOGO, "image", "png", filename="logo.png")
m.add_attachment(DOT, "image", "gif", filename="dot.gif")
equal(get(m), [line("image/png", "logo.png", LOGO)], "a small picture that is attached stays; a spacer never")

m = base()
m.add_attachment(PHOTO, "application", "octet-stream", filename="photo.JPEG")
m.add_attachment(b"x", "application", "octet-stream", filename="x.exe")
m.add_attachment(b"<svg/>", "image", "svg+xml", filename="x.svg")
equal(get(m), [line("image/jpeg", "photo.JPEG", PHOTO)], "a picture by its name")

inner = base()
inner.add_attachment(PHOTO, "image", "jpeg", filename="inner.jpg")
m = base()
m.add_attachment(inner)
equal(get(m), [line("image/jpeg", "inner.jpg", PHOTO)], "a picture of a mail that is sent on")

m = base()
for i in range(40):
    m.add_attachment(jpeg(640, 480) + bytes([i]), "image", "jpeg", filename=f"{i}.jpg")
got = get(m)
equal([g[1] for g in got[:32]], [f"{i}.jpg" for i in range(32)], "as many as a message may have")
equal([g[0] for g in got[32:]], [f"[{i}.jpg is not shown here]" for i in range(32, 40)], "the others are named")

m = base()
m.add_attachment(jpeg(4000, 3000, 5 << 20), "image", "jpeg", filename="a.jpg")
m.add_attachment(jpeg(4000, 3000, 5 << 20), "image", "jpeg", filename="b.jpg")
m.add_attachment(jpeg(4000, 3000, 9 << 20), "image", "jpeg", filename="c.jpg")
m.add_attachment(PHOTO, "image", "jpeg", filename="d.jpg")
equal([g[1] if len(g) > 1 else g[0] for g in get(m)],
      ["a.jpg", "d.jpg", "[b.jpg is not shown here]", "[c.jpg is not shown here]"], "as many bytes as it may have")


def raw(head, body):
    return (f"MIME-Version: 1.0\r\n{head}\r\n\r\n").encode() + body


encoded = base64.encodebytes(PHOTO)
for name, mail, want in (
        ("alone", raw("Content-Type: image/jpeg; name=p.jpg\r\nContent-Transfer-Encoding: BASE64", encoded), "p.jpg"),
        ("a name beyond ASCII, encoded", raw("Content-Type: image/jpeg; name=\"=?utf-8?q?f=C3=BCr?=\"\r\n"
                                             "Content-Transfer-Encoding: base64", encoded), "f\u00fcr.jpg"),
        ("a hostile name", raw("Content-Type: image/jpeg; name=\"../../x\u202e.jpg\"\r\n"
                               "Content-Transfer-Encoding: base64", encoded), "x.jpg"),
        ("noise in base64", raw("Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64",
                                b"!!\r\n" + encoded.replace(b"\n", b" *\r\n")), "picture-1.jpg"),
        ("binary", raw("Content-Type: image/jpeg\r\nContent-Transfer-Encoding: binary", PHOTO), "picture-1.jpg")):
    equal(get(mail), [line("image/jpeg", want, PHOTO)], name)
equal(get(raw("Content-Type: image/jpeg; name*=utf-8''%E4%BD%A0.jpg\r\nContent-Transfer-Encoding: quoted-printable",
              b"=FF=D8x")), [line("image/jpeg", "\u4f60.jpg", b"\xff\xd8x")], "an encoding that pictures seldom have")
equal(get(raw("Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64", b"")), [], "an empty one is none")
deep = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n" for i in range(300))
get(raw(deep + "Content-Type: image/jpeg", PHOTO))
get(raw("Content-Type: message/rfc822\r\n\r\n" * 300, b"x"))
get(bytes(range(256)) * 1000)
for size in range(0, 40):
    get(raw("Content-Type: image/png", png(5, 5)[:size]))
print(f"1..{count}")
sys.exit(failed > 0)
