#!/usr/bin/python3
"""What becomes of pictures in an MMS: upright, small enough, of a kind that phones show, and without what
their files tell; and that pictures made to do harm do none."""
import ctypes
import email.message
import io
import json
import os
import random
import resource
import struct
import subprocess
import sys
import tempfile
import zlib

from PIL import Image, ImageCms

B = os.environ.get("B", ".build/plain")
MEDIA, CTL = B + "/trivium-media", B + "/triviumctl"
count = failed = 0
# Where it was taken, in words that can be looked for.
SECRET = b"SECRETPLACE"


def ok(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    if not good and why != "":
        print("# " + str(why)[:1500].replace("\n", "\n# "))
    return good


def equal(got, want, name):
    return ok(got == want, name, f"got {got!r}, want {want!r}")


def fit(data, width=1600, size=300000, env=None):
    """(picture, its bytes), or (None, the reason)."""
    p = subprocess.run([MEDIA, str(width), str(size)], input=data, capture_output=True, timeout=120, check=False,
                       env={**os.environ, **(env or {})})
    head, _, rest = p.stdout.partition(b"\n")
    if not head.isdigit():
        return None, (head or b"died").decode() + (p.stderr.decode()[:800] if b"ERROR" in p.stderr else "")
    assert int(head) == len(rest), (head, len(rest))
    im = Image.open(io.BytesIO(rest))
    im.load()
    return im, rest


def save(im, kind, **more):
    out = io.BytesIO()
    im.save(out, kind, **more)
    return out.getvalue()


def photo(width, height, noise=40):
    """Hard to compress, as photographs are; its quarters are red, green, blue and white."""
    im = Image.new("RGB", (width, height))
    for i, color in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))):
        im.paste(color, (i % 2 * width // 2, i // 2 * height // 2, (i % 2 + 1) * width // 2, (i // 2 + 1) * height // 2))
    if noise:
        grain = Image.frombytes("L", (width, height), random.Random(1).randbytes(width * height))
        im = Image.blend(im, grain.convert("RGB"), noise / 256)
    return im


def quarters(im):
    """The letters of its four quarters' colours."""
    im = im.convert("RGB")
    seen = ""
    for y in (1, 3):
        for x in (1, 3):
            w, h = im.width // 8, im.height // 8
            box = im.crop((x * im.width // 4 - w, y * im.height // 4 - h, x * im.width // 4 + w, y * im.height // 4 + h))
            r, g, b = box.resize((1, 1), Image.BOX).getpixel((0, 0))
            seen += "w" if min(r, g, b) > 150 else "rgb"[(r, g, b).index(max(r, g, b))]
    return seen


def greys(im):
    """The order of its four quarters, from dark to light."""
    w, h = im.size
    seen = [im.convert("L").getpixel((x * w // 4, y * h // 4)) for y in (1, 3) for x in (1, 3)]
    return sorted(range(4), key=lambda i: seen[i])


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    e[0x010f] = SECRET.decode()
    e[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0), 29: SECRET.decode()}
    return e


def clean(data):
    return not any(word in data for word in (SECRET, b"Exif", b"xpacket", b"ns.adobe.com", b"http://ns"))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, data):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))


def test_orientation():
    # How a picture that is to look r g / b w is stored for each orientation.
    T = Image.Transpose
    stored = {1: None, 2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_90,
              7: T.TRANSVERSE, 8: T.ROTATE_270}
    for n, how in stored.items():
        upright = photo(320, 240, 0)
        im = upright.transpose(how) if how is not None else upright
        data = save(im, "JPEG", exif=exif(n), quality=95)
        assert SECRET in data
        got, out = fit(data)
        if ok(got, f"orientation {n}", out):
            equal((quarters(got), got.size, clean(out), got.format), ("rgbw", (320, 240), True, "JPEG"),
                  "upright, without saying where")
    for kind, mode in (("WEBP", "RGB"), ("PNG", "RGB"), ("TIFF", "RGB"), ("TIFF", "L")):
        seen = []
        for n, how in stored.items():
            im = photo(320, 240, 0)
            only = Image.Exif()
            only[0x0112] = n
            im = (im.transpose(how) if how is not None else im).convert(mode)
            got, out = fit(save(im, kind, exif=only, **({"lossless": True} if kind == "WEBP" else {})))
            seen.append((n, got and quarters(got) if mode == "RGB" else greys(got), got and got.size, clean(out)))
        want = quarters(photo(320, 240, 0)) if mode == "RGB" else greys(photo(320, 240, 0).convert("L"))
        equal(seen, [(n, want, (320, 240), True) for n in stored], f"{kind} {mode}: the same of all eight orientations")
    big = save(photo(2400, 1800).transpose(T.ROTATE_90), "JPEG", exif=exif(6), quality=95)
    got, out = fit(big)
    ok(got and got.size[0] > got.size[1] and quarters(got) == "rgbw" and len(out) <= 300000 and clean(out) and
       max(got.size) <= 1600 and abs(got.width / got.height - 4 / 3) < 0.01,
       f"a photo of {len(big)} bytes: upright, small enough, as wide as it was high", (got, len(out)))


def test_metadata():
    im = photo(400, 300)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    data = save(im, "JPEG", quality=90, comment=SECRET, exif=exif(1))
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp + data[2:]
    data += b"\0\0\0\x18ftypmp42" + SECRET   # what "motion photos" have behind their end
    got, out = fit(data)
    ok(got and clean(out), "EXIF, XMP, comment and what is behind the end are gone", out[:80])
    equal(got and got.tobytes() == Image.open(io.BytesIO(data)).tobytes(), True, "and the picture is the same, dot by dot")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    got, out = fit(save(im, "JPEG", icc_profile=profile))
    ok(got and got.info.get("icc_profile") == profile, "a colour profile stays")
    text = chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"eXIf", b"II*\0" + SECRET)
    plain = save(photo(200, 100, 0), "PNG")
    got, out = fit(plain[:33] + text + plain[33:])
    ok(got and clean(out) and got.format == "PNG" and quarters(got) == "rgbw", "text and EXIF of a PNG too", out[:80])
    still = save(photo(60, 40, 0).convert("P"), "GIF", comment=SECRET)
    got, out = fit(still)
    ok(SECRET in still and got and clean(out) and got.format == "GIF", "and a GIF's comment")
    head = b"!\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\0"
    at = still.index(b"!")
    got, out = fit(still[:at] + head + still[at:])
    ok(got and clean(out), "and its XMP")


def test_kinds():
    small = photo(640, 480)
    for name, data in (("WebP", save(small, "WEBP")), ("WebP without loss", save(small, "WEBP", lossless=True)),
                       ("TIFF", save(small, "TIFF")), ("TIFF, packed", save(small, "TIFF", compression="tiff_lzw")),
                       ("BMP", save(small, "BMP")), ("CMYK JPEG", save(small.convert("CMYK"), "JPEG")),
                       ("progressive JPEG", save(small, "JPEG", progressive=True))):
        got, out = fit(data)
        ok(got and (got.format, got.mode, got.size, quarters(got)) == ("JPEG", "RGB", (640, 480), "rgbw") and
           "progressive" not in got.info and len(out) <= 300000, f"{name} becomes a JPEG", (got, out[:200]))
    got, out = fit(save(small.convert("L"), "JPEG"))
    ok(got and got.format == "JPEG" and got.size == (640, 480), "a JPEG in grey stays one", out[:80])
    for size in ((300, 200), (1800, 1200)):
        clear = photo(*size, 40 if size[0] > 400 else 0).convert("RGBA")
        clear.paste((0, 0, 0, 0), (size[0] // 2, 0, size[0], size[1] // 2))
        got, out = fit(save(clear, "PNG"))
        ok(got and quarters(got) == "rwbw" and got.mode == "RGB" and
           got.format == ("PNG" if size[0] == 300 else "JPEG") and len(out) <= 300000,
           f"{size}: what is transparent is white", (got, out[:80]))
    frames = [photo(120, 90, 0).rotate(a).convert("P") for a in (0, 90, 180)]
    data = save(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, duration=100)
    got, out = fit(data)
    ok(got and got.format == "GIF" and got.n_frames == 3 and got.info.get("loop") == 0, "a small animation stays one", got)
    frames = [photo(500, 400, 60 + i).convert("P") for i in range(6)]
    data = save(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, duration=100)
    got, out = fit(data)
    ok(len(data) > 300000 and got and got.format == "JPEG" and quarters(got) == "rgbw" and len(out) <= 300000,
       f"of one of {len(data)} bytes, the first picture goes", (got, out[:80]))
    for most, longest in ((100000, 1600), (30000, 1600), (15000, 1600), (300000, 640)):
        got, out = fit(save(photo(3000, 2000), "JPEG", quality=90), longest, most)
        ok(got and len(out) <= most and max(got.size) <= longest and quarters(got) == "rgbw",
           f"at most {most} bytes and {longest} dots", (got, out[:80]))


def test_heif():
    """What an iPhone takes. Its decoder makes threads, which the process has to let it."""
    with tempfile.TemporaryDirectory() as folder:
        photo(2000, 1500).save(f"{folder}/a.jpg", quality=95, exif=exif(1))
        subprocess.run(["heif-enc", "-q", "60", f"{folder}/a.jpg", "-o", f"{folder}/a.heic"], check=True, capture_output=True)
        with open(f"{folder}/a.heic", "rb") as f:
            data = f.read()
    got, out = fit(data)
    ok(SECRET in data and got and (got.format, got.size, quarters(got)) == ("JPEG", (1600, 1200), "rgbw") and
       len(out) <= 300000 and clean(out), f"HEIF of {len(data)} bytes becomes a JPEG", (got, out[:80]))
    got, out = fit(data[:len(data) // 2])
    ok(got is None or got.format == "JPEG", "half of it is refused, or is a picture", out[:80])
    at = data.index(b"ispe")
    huge = data.replace(data[at:at + 16], b"ispe\0\0\0\0" + struct.pack(">II", 60000, 60000))
    got, why = fit(huge)
    ok(got is None and "pixels" in why, "one that says it has 60000 x 60000 is not decoded", why)


def test_hostile():
    row = zlib.compressobj(9)
    zeros = b"".join([row.compress(bytes(1 << 20)) for _ in range(6)]) + row.flush()
    good = save(photo(800, 600), "JPEG", quality=90)
    tiff = struct.pack("<2sHIH", b"II", 42, 8, 2) + struct.pack("<HHII", 256, 4, 1, 60000) + \
        struct.pack("<HHII", 257, 4, 1, 60000) + bytes(4)
    gif = b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + b"\0" * 6 + b",\0\0\0\0" + \
        struct.pack("<HH", 65535, 65535) + b"\0\x02\x02D\x01\0;"
    webp = b"RIFF" + struct.pack("<I", 100) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff" * 2 + bytes(99)
    bmp = save(photo(8, 8), "BMP")
    bmp = bmp[:18] + struct.pack("<ii", 40000, -40000) + bmp[26:]
    for name, data in (("PNG of 60000 x 60000", png(60000, 60000, zeros)), ("GIF with a huge screen", gif), ("TIFF", tiff),
                       ("WebP", webp), ("BMP upside down", bmp)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        got, why = fit(data)
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        ok(got is None and "pixels" in why and used < 2, f"bomb of {len(data)} bytes: {name}", (why, used))
    got, why = fit(b"GIF89a" + struct.pack("<HH", 10, 10) + b"\0\0\0," + struct.pack("<HHHH", 0, 0, 65535, 65535) +
                   b"\0\x02\x02D\x01\0;")
    ok(got is None or max(got.size) <= 1600, "a GIF whose frame is larger than its screen", why)
    still = save(photo(40, 40, 0).convert("P"), "GIF")
    got, out = fit(still[:-1] + b",\0\0\0\0" + struct.pack("<HH", 65535, 65535) + b"\0\x02\x02D\x01\0;")
    ok(got and got.size == (40, 40) and getattr(got, "n_frames", 1) == 1, "one whose second frame is: the first goes", out[:80])
    got, why = fit(png(6000, 6000, zlib.compress(b"")))
    ok(got is None, "a PNG that ends before it begins", why)
    got, out = fit(good[:len(good) // 2])
    ok(got is None or (got.format == "JPEG" and max(got.size) <= 800), "half a JPEG shows what there is, or is refused", out[:80])
    makers = {"JPEG": {}, "PNG": {}, "GIF": {}, "WEBP": {}, "TIFF": {"compression": "tiff_lzw"}, "BMP": {}}
    rnd = random.Random(7)
    bad = []
    for kind, more in makers.items():
        data = save(photo(64, 48).convert("P") if kind == "GIF" else photo(64, 48), kind, **more)
        for _ in range(12):
            cut = bytearray(data[:rnd.randrange(len(data))] if rnd.random() < 0.4 else data)
            for _ in range(rnd.randrange(8)):
                if cut:
                    cut[rnd.randrange(len(cut))] = rnd.randrange(256)
            try:
                got, why = fit(bytes(cut))
            except (AssertionError, subprocess.TimeoutExpired, OSError, SyntaxError) as e:
                # A GIF is copied, not written anew: it may be as spoilt as it came.
                if kind != "GIF" or not isinstance(e, (OSError, SyntaxError)):
                    bad.append((kind, repr(e)))
                continue
            if got is None and ("ERROR" in why or "died" in why and "asan" in B) or got is not None and max(got.size) > 1600:
                bad.append((kind, why))
    equal(bad, [], "cut and spoilt files of six kinds")
    for name, data in (("nothing", b""), ("garbage", random.Random(3).randbytes(5000)), ("a text", b"hello" * 100),
                       ("a script", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>"),
                       ("a JPEG of 4 bytes", b"\xff\xd8\xff\xd9"), ("a list of files", b"#!/bin/sh\necho\n")):
        got, why = fit(data)
        ok(got is None and why.startswith("-"), f"{name} is refused", why)


def test_locked_in():
    """The process itself: it dies alone, and cannot do anything else."""
    good = save(photo(100, 100), "JPEG")
    for action in ("kill", "fail"):
        got, why = fit(good, env={"TRIVIUM_FAULT": f"media_decode={action}"})
        equal((got, why), (None, "died"), f"a decoder that ends by {action}")
    for words in ([], ["0", "1"], ["1600", "x"], ["1600", "300000", "3"], ["99999999", "1"]):
        p = subprocess.run([MEDIA, *words], input=good, capture_output=True, check=False)
        ok(p.returncode == 64 and b"usage" in p.stderr, f"asked wrongly: {words}", p)
    if "address" in B or not os.path.exists("/proc/self/status"):
        return
    p = subprocess.Popen([MEDIA, "1600", "300000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write(good[:1])
    p.stdin.flush()
    status = limits = ""
    for _ in range(500):
        with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
            status = f.read()
        if "Seccomp:\t2" in status:
            break
        os.sched_yield()
        subprocess.run(["sleep", "0.01"], check=True)
    p.stdin.close()
    p.wait()
    ok("Seccomp:\t2" in status and "NoNewPrivs:\t1" in status, "calls are filtered and no privileges come", status)


def deny(*calls):
    """For a process to begin with: these calls fail there with EPERM, and all others go on."""
    libc = ctypes.CDLL(None, use_errno=True)

    class Program(ctypes.Structure):
        _fields_ = [("n", ctypes.c_ushort), ("code", ctypes.c_char_p)]
    code = b""
    for number, first in calls:     # first: only with this as the first argument
        code += (struct.pack("<HBBI", 0x20, 0, 0, 0) + struct.pack("<HBBI", 0x15, 0, 1 if first is None else 3, number) +
                 (b"" if first is None else struct.pack("<HBBI", 0x20, 0, 0, 16) + struct.pack("<HBBI", 0x15, 0, 1, first)) +
                 struct.pack("<HBBI", 0x06, 0, 0, 0x50001))
    code += struct.pack("<HBBI", 0x06, 0, 0, 0x7fff0000)
    program = Program(len(code) // 8, code)

    def begin():
        assert libc.prctl(38, 1, 0, 0, 0) == 0      # PR_SET_NO_NEW_PRIVS
        assert libc.prctl(22, 2, ctypes.byref(program)) == 0
    return begin


def test_unlocked():
    """Where it cannot be locked in, it looks at no picture."""
    numbers = {"x86_64": (157, 302, 160), "aarch64": (167, 261, 164), "riscv64": (167, 261, 164)}.get(os.uname().machine)
    if "address" in B or not numbers:
        return
    prctl, prlimit, setrlimit = numbers
    good = save(photo(100, 100), "JPEG")
    for name, calls, want in (("PR_SET_SECCOMP", [(prctl, 22)], b"-not looked at: its system calls cannot be filtered (Operation"),
                              ("PR_SET_NO_NEW_PRIVS", [(prctl, 38)], b"-not looked at: its system calls cannot be filtered"),
                              ("PR_SET_PDEATHSIG", [(prctl, 1)], b"-not looked at: it cannot be tied"),
                              ("prlimit(2)", [(prlimit, None), (setrlimit, None)], b"-not looked at: its limits"),
                              ("nothing", [], b"")):
        p = subprocess.run([MEDIA, "1600", "300000"], input=good, capture_output=True, check=False, preexec_fn=deny(*calls))
        ok(p.stdout.startswith(want) and p.stdout[:1].isdigit() == (not want) and p.returncode == (69 if want else 0),
           f"{name} fails in it", p)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/conf", "w", encoding="utf-8") as f:
            f.write('user = ""\nsdp a {\ndriver = "parlayx"\nsms_url = "http://127.0.0.1:1/"\n'
                    'mms_url = "http://127.0.0.1:1/"\n}\nsdp b {\ndriver = "loopback"\n}\n')
        for calls, want in (([], b"ok    trivium-media"), ([(prctl, 22)], b"BAD   trivium-media not looked at: its system calls")):
            p = subprocess.run([CTL, "-c", f"{folder}/conf", "doctor"], capture_output=True, check=False, preexec_fn=deny(*calls))
            ok(want in p.stdout, "which the doctor sees", p)
    # Where a process has been given less than it would take, that is no failure.
    p = subprocess.run(["sh", "-c", f"ulimit -v 700000; ulimit -t 5; exec {MEDIA} 1600 300000"], input=good, capture_output=True,
                       check=False)
    ok(p.stdout[:1].isdigit(), "limits that are lower already stay", p)


def mail(*parts, text="Look"):
    m = email.message.EmailMessage()
    m["From"], m["To"] = "ann@example.org", "+4915550001@sms.example.com"
    m.set_content(text)
    for kind, name, data in parts:
        main, sub = kind.split("/")
        m.add_attachment(data, main, sub, filename=name)
    return m.as_bytes()


def preview(data, env=None, *words):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("trivium.conf", f'sdp a {{\ndriver = "parlayx"\nsms_url = "http://127.0.0.1:1/"\n'
                            f'mms_url = "http://127.0.0.1:1/"\n}}\ntables {{\nroutes = "static:{folder}/routes"\n}}\n'),):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
                f.write(text.replace(f'"static:{folder}/routes"', '"static:sms.example.com=phone:a"'))
        return subprocess.run([CTL, "-c", f"{folder}/trivium.conf", "preview", "-", *words], input=data, capture_output=True,
                              timeout=300, check=False, env={**os.environ, **(env or {})})


def test_message():
    """Many parts, by the room that does it when a message is sent."""
    good = save(photo(1200, 900), "JPEG", quality=92, exif=exif(1))
    p = preview(mail(*[("image/jpeg", f"{i}.jpg", good) for i in range(4)], ("video/mp4", "film.mp4", bytes(5 << 20)),
                     ("audio/amr", "note.amr", bytes(20000)), ("image/heic", "x.heic", b"garbage" * 100)), None, "--json")
    try:
        got = json.loads(p.stdout)
    except ValueError:
        ok(False, "a mail with many parts", p)
        return
    media = got.get("media", [])
    equal([(m["type"], m["name"]) for m in media], [("image/jpeg", f"{i}.jpg") for i in range(4)] +
          [("audio/amr", "note.amr")], "four photos and a sound fit in their order; a film and garbage do not")
    ok(sum(m["bytes"] for m in media) <= 300000 and all(m["bytes"] > 30000 for m in media[:4]),
       "together in the size, each with its share", media)
    p = preview(mail(("image/jpeg", "a.jpg", good), ("video/mp4", "film.mp4", bytes(5 << 20))))
    ok(b"with MMS: image/jpeg a.jpg, " in p.stdout and b"[film.mp4, 5.2 MB, not sent]|\n" in p.stdout,
       "people see what goes and what does not", p)
    p = preview(mail(("image/webp", "a.webp", save(photo(300, 200), "WEBP"))))
    ok(b"with MMS: image/jpeg a.jpg, " in p.stdout, "a name follows its kind", p)
    p = preview(mail(("image/jpeg", "a.jpg", good), ("image/jpeg", "b.jpg", good)), {"TRIVIUM_FAULT": "media_decode=kill"})
    ok(p.returncode == 0 and b"with MMS" not in p.stdout and p.stdout.count(b"kB, not sent]") == 2,
       "where decoders die, the message goes without pictures, and says so", p)
    p = preview(mail(("image/jpeg", "a.jpg", good)), {"TRIVIUM_FAULT": "media_decode=sleep:300000"})
    ok(p.returncode == 0 and b"kB, not sent]" in p.stdout and b"took too long" in p.stderr + p.stdout,
       "where one hangs, too, after 20 s", p)


for test in (test_orientation, test_metadata, test_kinds, test_heif, test_hostile, test_locked_in, test_unlocked, test_message):
    test()
print(f"1..{count}")
sys.exit(failed > 0)
