"""scanners.py - real scanners, each in a folder of its own with a few rules of the test's, and none of
what Debian or anybody else ships as signatures; for the tests of screening."""
import os
import pwd
import random
import signal
import socket
import subprocess
import time

MARK = b"TRIVIUM-TEST-SIGNATURE-5b1f"
SECOND = b"TRIVIUM-SECOND-SIGNATURE-77"
SPAM = "buy-now-trivium-test"


def free_port():
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(15000, 32000)))
                return s.getsockname()[1]
            except OSError:
                pass


def signatures(folder, **marks):
    """A database of signatures, replaced in one step; for names and bytes."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/new", "w", encoding="ascii") as f:
        f.writelines(f"{name}:0:*:{mark.hex()}\n" for name, mark in marks.items())
    os.replace(f"{folder}/new", f"{folder}/test.ndb")
    os.chmod(folder, 0o755)
    os.chmod(f"{folder}/test.ndb", 0o644)


def answers(port, family=socket.AF_INET):
    try:
        with socket.socket(family) as s:
            s.settimeout(1)
            s.connect(("127.0.0.1", port) if family == socket.AF_INET else port)
            return True
    except OSError:
        return False


class Daemon:
    """A program in the foreground, in a process group of its own."""

    def __init__(self, folder, *command, ready, env=None):
        self.folder, self.command, self.ready, self.env = folder, command, ready, env
        self.start()

    def start(self):
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, start_new_session=True,
                                            env={**os.environ, **(self.env or {})})
        end = time.monotonic() + 90
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"Bail out! {self.command[0]} does not come up: "
                                 + open(f"{self.folder}/log", errors="replace").read()[-2000:])
            time.sleep(0.05)

    def stop(self, signo=signal.SIGTERM):
        """All of its processes, and wait until the first is gone."""
        try:
            os.killpg(self.process.pid, signo)
            self.process.wait(20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def hold(self):
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.killpg(self.process.pid, signal.SIGCONT)


def folder(base, name):
    path = f"{base}/{name}"
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o755)
    return path


def clamd(base, database, limit="25M"):
    d = folder(base, "clamd")
    path = f"{d}/clamd.sock"
    with open(f"{d}/clamd.conf", "w") as f:
        f.write(f"Foreground yes\nLocalSocket {path}\nLocalSocketMode 666\nDatabaseDirectory {database}\n"
                f"StreamMaxLength {limit}\nLogFile {d}/clamd.log\nSelfCheck 1\nConcurrentDatabaseReload yes\n"
                f"TemporaryDirectory {d}\nMaxThreads 4\n" + ("User root\n" if os.getuid() == 0 else ""))
    daemon = Daemon(d, "clamd", "-c", f"{d}/clamd.conf", "--foreground",
                    ready=lambda: answers(path, socket.AF_UNIX))
    daemon.where = path
    return daemon


def c_icap(base, clamd_socket):
    d = folder(base, "c-icap")
    port = free_port()
    modules = next(p for p in (f"/usr/lib/{m}/c_icap" for m in os.listdir("/usr/lib")) if os.path.isdir(p))
    with open(f"{d}/c-icap.conf", "w") as f:
        f.write(f"PidFile {d}/pid\nCommandsSocket {d}/ctl\nTimeout 30\nMaxKeepAliveRequests 100\n"
                f"KeepAliveTimeout 60\nStartServers 1\nMaxServers 2\nMinSpareThreads 2\nMaxSpareThreads 10\n"
                f"ThreadsPerChild 5\nMaxRequestsPerChild 0\nPort 127.0.0.1:{port}\nServerName test\nTmpDir {d}\n"
                f"DebugLevel 1\nModulesDir {modules}\nServicesDir {modules}\n"
                f"TemplateDir /usr/share/c_icap/templates/\nTemplateDefaultLanguage en\n"
                f"LoadMagicFile /etc/c-icap/c-icap.magic\nServerLog {d}/server.log\nAccessLog {d}/access.log\n"
                f"Service echo srv_echo.so\nService antivirus_module virus_scan.so\n"
                f"ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple\n"
                f"virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE\n"
                f"virus_scan.SendPercentData 5\nvirus_scan.StartSendPercentDataAfter 20M\n"
                f"virus_scan.MaxObjectSize 25M\nvirus_scan.DefaultEngine clamd\n"
                f"Module common clamd_mod.so\nclamd_mod.ClamdSocket {clamd_socket}\n")
    daemon = Daemon(d, "c-icap", "-N", "-f", f"{d}/c-icap.conf", ready=lambda: answers(port))
    daemon.where = f"127.0.0.1:{port}"
    return daemon


def spamd(base):
    d = folder(base, "spamd")
    port = free_port()
    rules = folder(d, "rules")
    with open(f"{rules}/test.cf", "w") as f:
        f.write(f"body TRIVIUM_TEST /{SPAM}/\nscore TRIVIUM_TEST 20\nrequired_score 5\nuse_bayes 0\nutil_rb_tld example\n")
    with open(f"{rules}/test.pre", "w") as f:
        f.write("loadplugin Mail::SpamAssassin::Plugin::Check\n")
    user = pwd.getpwuid(os.getuid()).pw_name
    for path in (d, rules):
        os.chmod(path, 0o755)
    daemon = Daemon(d, "spamd", "-L", "-x", "-m", "2", "-i", "127.0.0.1", "-p", str(port), "-u",
                    "nobody" if user == "root" else user, f"--configpath={rules}", f"--siteconfigpath={rules}",
                    "-s", f"{d}/spamd.log", ready=lambda: answers(port), env={"HOME": d})
    daemon.where = f"127.0.0.1:{port}"
    return daemon


def rspamd(base):
    d = folder(base, "rspamd")
    port = free_port()
    with open(f"{d}/rspamd.conf", "w") as f:
        f.write(f'''options {{ pidfile = "{d}/pid"; filters = "regexp"; dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }}
control_socket = "{d}/control.sock mode=0600"; history_file = "{d}/history"; rrd = ""; hs_cache_dir = "{d}/"; url_tld = "/usr/share/rspamd/effective_tld_names.dat"; cores_dir = ""; }}
logging {{ type = "file"; filename = "{d}/rspamd.log"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
metric "default" {{ actions {{ reject = 15; "add header" = 6; greylist = 4; }}
  symbol {{ name = "TRIVIUM_TEST"; weight = 20; }} symbol {{ name = "TRIVIUM_HALF"; weight = 7; }} }}
lua = "{d}/rules.lua";
regexp {{ }}
''')
    with open(f"{d}/rules.lua", "w") as f:
        f.write(f'''config['regexp'] = config['regexp'] or {{}}
config['regexp']['TRIVIUM_TEST'] = {{ re = '/{SPAM}/{{mime}}', score = 20.0 }}
config['regexp']['TRIVIUM_HALF'] = {{ re = '/perhaps-trivium-test/{{mime}}', score = 7.0 }}
rspamd_config:register_symbol({{ name = 'TRIVIUM_LATER', type = 'prefilter', callback = function(task)
  local s = task:get_header('Subject')
  if s and s == 'later-trivium-test' then task:set_pre_result('soft reject', 'come again, please') end
end }})
''')
    os.chmod(d, 0o777)
    daemon = Daemon(d, "rspamd", "-f", "-i", *(["-u", "_rspamd", "-g", "_rspamd"] if os.getuid() == 0 else []),
                    "-c", f"{d}/rspamd.conf", ready=lambda: answers(port))
    daemon.where = f"127.0.0.1:{port}"
    return daemon
