"""doors.py - what the milter's tests with real mail servers share: the milter as a process, an SMTP client, and
what the bridge (t/bridge.py) has got."""
import os
import signal
import smtplib
import subprocess
import time

PROGRAM = os.path.abspath(os.path.join(os.environ["B"], "trivium-milter"))
TRUSTED, STRANGER = "127.0.0.1", "127.0.0.2"
RUNNING = []


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


class Milter:
    """It runs in that folder, with its socket below it in `sockets`."""

    def __init__(self, folder, sockets, name="milter", routes="sms.test=phone:acme", fault="", **settings):
        values = {"networks": TRUSTED + "/32", "wait": "20 s"}
        values.update(settings)
        conf = f"{folder}/{name}.conf"
        with open(conf, "w", encoding="utf-8") as f:
            f.write('user = ""\nlog = "stderr"\ncountry_code = "49"\n')
            f.write(f'milter {{\n  socket = "unix:{sockets}/{name}.sock"\n')
            f.writelines(f'  {key} = "{value}"\n' for key, value in values.items())
            f.write('}\nbridge {\n  submit = "unix:submit.sock"\n}\n')
            f.write(f'tables {{\n  routes = "static:{routes}"\n}}\n')
        open(f"{folder}/{name}.log", "w", encoding="utf-8").close()
        self.log = open(f"{folder}/{name}.log", "a+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([PROGRAM, "-c", conf], cwd=folder, stderr=self.log,
                                        env=dict(os.environ, TRIVIUM_FAULT=fault))
        RUNNING.append(self.process)
        if not wait_for(lambda: "ready: " in self.text() or self.process.poll() is not None, 30):
            raise SystemExit("Bail out! the milter does not come up: " + self.text())

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self, signo=signal.SIGTERM):
        self.process.send_signal(signo)
        return self.process.wait(90)


def kill_all():
    for process in RUNNING:
        if process.poll() is None:
            process.kill()


COUNT = [0]


def mail_text(body="It is at noon.\r\n"):
    COUNT[0] += 1
    return (f"From: Alice <alice@example.org>\r\nTo: bob\r\nMessage-ID: <{COUNT[0]}@example.org>\r\n"
            f"Date: Tue, 24 Nov 2026 12:00:00 +0000\r\nSubject: Lunch\r\n\r\n{body}")


class Client:
    """An SMTP client at that address; each reply is (code, text)."""

    def __init__(self, port, address=TRUSTED, hello=True):
        self.smtp = smtplib.SMTP("127.0.0.1", port, timeout=90,
                                 source_address=(address, 0))
        if hello:
            self.smtp.ehlo("client.test")

    def send(self, *rcpts, text=None, sender="alice@example.org", options=(), rcpt_options=()):
        self.smtp.mail(sender, options)
        replies = []
        for r in rcpts:
            code, words = self.smtp.rcpt(r, rcpt_options)
            replies.append(f"{code} {words.decode()}")
        if not any(r.startswith("250") for r in replies):
            self.smtp.rset()
            return replies, None
        code, words = self.smtp.data(text if text is not None else mail_text())
        return replies, f"{code} {words.decode()}"

    def quit(self):
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            pass


def once(port, *rcpts, address=TRUSTED, **how):
    c = Client(port, address)
    result = c.send(*rcpts, **how)
    c.quit()
    return result


def message(bridge, n=1):
    """The n-th message that the bridge got, once it is there."""
    return bridge.submitted()[n - 1] if wait_for(lambda: len(bridge.submitted()) >= n) else {}
