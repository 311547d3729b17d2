# SPDX-License-Identifier: MIT
"""bed: tests of the Debian package under a real systemd

A test file calls enter(__file__) first; that starts it again inside
scripts/systemd-bed, where root may do as it likes, because nothing is left.
"""

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import harness

IN_BED = "MAILPIT_BED_PACKAGE"  # names the package, and so says where we are
PACKAGE = os.environ.get(IN_BED)
NO_BED = []  # the reason, if there is one

PORT, SMTPS_PORT = 1025, 1465
STATE = Path("/var/lib/mailpit")
MAILDIR = harness.Maildir(STATE / "Maildir")
CONF = Path("/etc/mailpit")
ENV = CONF / "mailpit.env"
UNIX = "/run/mailpit.sock"
SOCKETS = ("mailpit.socket", "mailpit-smtps.socket", "mailpit-wait.socket",
           "mailpit-wait-smtps.socket", "mailpit-web.socket")
CACHE = Path("/var/cache/mailpit-web")
WEB_PORT = 8025


def text(argv, **kw):
    return harness.run(argv, **kw).stdout.decode()


def systemctl(*args, check=True):
    return harness.run(["systemctl", *args], check).stdout.decode().strip()


def journal(*options):
    """The lines of the program, oldest first."""
    harness.run(["journalctl", "--sync"])
    return text(["journalctl", "--no-pager", "-o", "cat", "-t", "mailpit",
                 *options]).splitlines()


def install(package):
    harness.run(["apt-get", "install", "-y",
                 "--allow-downgrades", "-o",
                 "Dpkg::Options::=--force-confold", package], timeout=120,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def bare(service):
    """The text of a service with nothing but what it takes to run at all."""
    kept = ("ExecStart", "User", "Environment", "StandardInput",
            "StandardError", "SyslogIdentifier")
    lines = (Path("/lib/systemd/system") / service).read_text().splitlines()
    return "\n".join(["[Unit]", "CollectMode=inactive-or-failed",
                      "[Service]", *(line for line in lines if
                                     line.partition("=")[0] in kept), ""])


def connect(where):
    """A connected socket; where is a port or the path of a Unix socket."""
    if isinstance(where, int):
        return socket.create_connection(("127.0.0.1", where),
                                        harness.PATIENCE)
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(harness.PATIENCE)
    sock.connect(where)
    return sock


def dial(where=PORT, tls=False):
    smtp = harness.Dialogue(connect(where))
    if tls:
        smtp.tls()
    smtp.banner()
    return smtp


def processes(unit):
    """The process numbers of a unit, or of all instances of name@*."""
    found = []
    groups = Path("/sys/fs/cgroup/system.slice")
    try:
        for path in groups.rglob(unit + "/cgroup.procs"):
            with contextlib.suppress(OSError):
                found += [int(pid) for pid in path.read_text().split()]
    except FileNotFoundError:
        return processes(unit)  # a group went while it was looked at
    return found


class Bed(harness.Case):
    """A test that begins with the package as freshly installed."""

    def setUp(self):
        super().setUp()
        if NO_BED:
            self.skipTest(NO_BED[0])
        self.addCleanup(self.nothing_failed)
        harness.run(["dpkg", "--purge", "mailpit"], check=False, timeout=120)
        shutil.rmtree(STATE, ignore_errors=True)
        shutil.rmtree(CONF, ignore_errors=True)
        shutil.rmtree(CACHE, ignore_errors=True)
        for socket_unit in SOCKETS:
            shutil.rmtree("/etc/systemd/system/%s.d" % socket_unit,
                          ignore_errors=True)
        install(PACKAGE)

    def nothing_failed(self):
        """No unit failed, and what was stored keeps the contract."""
        failed = systemctl("--failed", "--plain", "--no-legend")
        by_hand = [*SOCKETS, "mailpit-prune.timer", "mailpit-web-reload.path"]
        systemctl("stop", *by_hand, "mailpit@*", "mailpit-smtps@*",
                  "mailpit-wait.service", "mailpit-web.service", check=False)
        systemctl("disable", *by_hand, check=False)
        systemctl("reset-failed")
        self.assertEqual(failed, "")
        if MAILDIR.path.is_dir():
            MAILDIR.check()

    def configure(self, **variables):
        """Appends to the environment file, as an administrator does."""
        with open(ENV, "a", encoding="utf-8") as f:
            for name, value in variables.items():
                f.write("%s=%s\n" % (name, value))

    def secure(self):
        """A certificate and a user, with the modes that the design wants."""
        pair = harness.certificate()
        for source, name, owner, mode in (
                (pair.cert, "smtp.crt", "root:mailpit", 0o644),
                (pair.key, "smtp.key", "mailpit:mailpit", 0o400),
                (self.passwords(form="$2y$"), "passwd", "root:mailpit",
                 0o640)):
            target = CONF / name
            shutil.copyfile(source, target)
            harness.run(["chown", owner, target])
            target.chmod(mode)
        self.configure(MP_SMTP_TLS_CERT=CONF / "smtp.crt",
                       MP_SMTP_TLS_KEY=CONF / "smtp.key",
                       MP_SMTP_AUTH_FILE=CONF / "passwd")

    def listen(self, unit, *addresses):
        """A drop-in that sets the addresses of a socket unit."""
        folder = Path("/etc/systemd/system/%s.d" % unit)
        folder.mkdir()
        (folder / "bind.conf").write_text("[Socket]\nListenStream=\n" + "".join(
            "ListenStream=%s\n" % a for a in addresses))
        systemctl("daemon-reload")

    def user(self, name, *groups):
        """A person of that name; returns the home."""
        harness.run(["userdel", "-r", name], check=False)
        harness.run(["useradd", "-m", "-s", "/bin/sh", *groups, name])
        self.addCleanup(harness.run, ["userdel", "-r", "-f", name], False)
        return Path("/home") / name

    def as_user(self, name, *argv):
        return harness.run(["runuser", "-u", name, "--", *argv], False)

    def higher_version(self):
        """The same package under a later version, its conffile changed."""
        folder, package = self.dir / "next", self.dir / "next.deb"
        harness.run(["dpkg-deb", "-R", PACKAGE, folder])
        control = folder / "DEBIAN" / "control"
        control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+next",
                                  control.read_text()))
        env = folder / ENV.relative_to("/")
        env.write_text(env.read_text() + "# of the next version\n")
        harness.run(["dpkg-deb", "--root-owner-group", "-b", folder, package])
        return package


class Terminal:
    """mutt in tmux, as another user."""

    def __init__(self, user, home):
        self.argv = ["runuser", "-u", user, "--", "env", "-i",
                     "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=xterm",
                     "HOME=%s" % home, "tmux", "-S", home / "tmux", "-f",
                     "/dev/null"]

    def tmux(self, *args, check=True):
        return harness.run([*self.argv, *args], check)

    def start(self, command):
        self.tmux("new-session", "-d", "-s", "mutt", "-x", "100", "-y", "30",
                  command)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "mutt").stdout.decode()

    def shows(self, words):
        try:
            harness.eventually(lambda: words in self.screen(), words)
        except AssertionError:
            raise AssertionError("%r is not on the screen:\n%s" % (
                words, self.screen())) from None

    def keys(self, *keys):
        self.tmux("send-keys", "-t", "mutt", *keys)

    def is_over(self):
        return self.tmux("has-session", "-t", "mutt",
                         check=False).returncode != 0

    def stop(self):
        self.tmux("kill-server", check=False)


def own_package():
    """Builds the package; returns a copy that nobody builds anew meanwhile."""
    build = harness.TOP / "build"
    with open(build / ".deb", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = harness.run(["make", "-s", "--no-print-directory", "deb"],
                            cwd=harness.TOP, timeout=300).stdout.decode()
        package = build / ("bed.%d.deb" % os.getpid())
        shutil.copyfile(harness.TOP / built.splitlines()[-1], package)
    return package


def enter(test):
    """Builds the package and runs the test file in the bed, to the end.

    Returns if the bed cannot be had, or if this is it.
    """
    if PACKAGE is not None:
        return
    bed = harness.TOP / "scripts/systemd-bed"
    tried = subprocess.run([bed, "true"], check=False, capture_output=True)
    if tried.returncode == 77:
        NO_BED.append(tried.stderr.decode().partition("skipped: ")[2].strip())
        return
    package = own_package()
    try:
        done = subprocess.run(
            [bed, "--bind", harness.TOP, "env", "%s=%s" % (IN_BED, package),
             "MAILPIT=%s" % harness.MAILPIT, "PYTHONDONTWRITEBYTECODE=1",
             sys.executable, Path(test).resolve(), *sys.argv[1:]],
            check=False)
    finally:
        package.unlink()
    sys.exit(done.returncode)
