# SPDX-License-Identifier: MIT
"""e2e_forms: every way to get a process, by the super-servers themselves

Whatever starts the program, one message comes through whole, and nothing but
SMTP reaches the client, though the program talks a lot to its log.
"""

import grp
import os
import pwd
import re
import shutil
import socket
import subprocess

import harness
from common import TOP, run

RUN_SAN = False  # super-servers clean the environment
UNITS = TOP / "units"
MESSAGE = b"Subject: by %s\r\n\r\nOne line.\r\n.A dot.\r\n"


def inetd():
    """The path of inetd, or None."""
    if os.getuid() != 0:
        return None
    done = run([TOP / "scripts/fetch-inetd"], check=False, timeout=120)
    return done.stdout.decode().strip() if done.returncode == 0 else None


INETD = inetd()


def missing(program):
    return harness.skip_if(shutil.which(program) is None,
                           program + " is not installed")


class Recorder:
    """A socket that keeps all that came."""

    def __init__(self, sock):
        self._sock, self.came = sock, b""

    def recv(self, size):
        data = self._sock.recv(size)
        self.came += data
        return data

    def __getattr__(self, name):
        return getattr(self._sock, name)


class Forms(harness.Case):
    def setUp(self):
        super().setUp()
        self.use().mkdir(mode=0o700)
        for name in (TOP / "maildir-layout/skel").read_text().split():
            (self.maildir.path / name).mkdir(mode=0o700)
        self.port = harness.free_port()
        user = pwd.getpwuid(os.getuid())
        self.user = user.pw_name
        self.group = grp.getgrgid(user.pw_gid).gr_name

    def options(self, *more):
        return [harness.MAILPIT, "--maildir", self.maildir.path, "--verbose",
                *more]

    def connect(self, port=None):
        return socket.create_connection(("127.0.0.1", port or self.port),
                                        harness.PATIENCE)

    def one_message(self, sock, form, tls=False):
        """Delivers one message; nothing but SMTP comes, and it is stored."""
        text = MESSAGE % form.encode()
        recorder = Recorder(sock)
        smtp = harness.Dialogue(sock if tls else recorder)
        with smtp:
            if tls:
                smtp.tls()
            smtp.banner()
            smtp.ehlo()
            smtp.command("NOOP", 250)
            message = smtp.deliver(text)
            smtp.command("WRONG", 500)
            smtp.quit()
            smtp.closed()
        self.assertTrue(self.stored(message).holds(text))
        self.only_smtp(recorder.came)
        return message

    def only_smtp(self, octets):
        self.assertRegex(octets, rb"\A(\d\d\d[ -][^\r\n]*\r\n)*\Z")

    def refused(self, sock):
        """A process that cannot work says 421 and nothing else."""
        sock.settimeout(harness.PATIENCE)
        came = harness.read_to_end(sock)
        self.assertRegex(came, rb"\A421 4\.3\.[05] [^\r\n]*\r\n\Z")
        sock.close()

    # --- as units do it ---

    @missing("systemd-socket-activate")
    def test_systemd_with_a_process_per_connection(self):
        with self.running("systemd-socket-activate", "--accept", "--inetd",
                          "-l", "127.0.0.1:%d" % self.port, *self.options()):
            self.one_message(self.connect(), "accept")
            self.one_message(self.connect(), "accept again")
        self.assertEqual(len(self.maildir), 2)

    @missing("systemd-socket-activate")
    def test_systemd_with_listening_sockets_by_name(self):
        pair, smtps = harness.certificate(), harness.free_port()
        with self.running(
                "systemd-socket-activate", "-l", "127.0.0.1:%d" % self.port,
                "-l", "127.0.0.1:%d" % smtps, "--fdname=smtp:smtps",
                *self.options("--idle-exit", "1", *pair.options)) as server:
            self.one_message(self.connect(), "smtp")
            self.one_message(self.connect(smtps), "smtps", tls=True)
            # It ends by itself, which no service manager takes for a fault.
            self.assertEqual(server.wait(), 0)
            self.assertIn("idle, ending", server.log)
        self.assertEqual(len(self.maildir), 2)

    @missing("systemd-socket-activate")
    def test_a_listening_unix_socket(self):
        path = self.dir / "smtp.sock"
        started = harness.Process(
            ["systemd-socket-activate", "-l", path,
             *self.options("--idle-exit", "1")], self.env(), self.dir)
        try:
            harness.eventually(lambda: harness.listens_at(path), "a socket")
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(harness.PATIENCE)
            sock.connect(str(path))
            self.one_message(sock, "unix")
            self.assertEqual(started.wait(), 0)
        finally:
            started.kill()

    # --- xinetd and inetd ---

    def xinetd_conf(self, **changes):
        """Our entry as it is delivered, moved to this test's places."""
        text = (UNITS / "xinetd.d/mailpit").read_text()
        changes = {"disable": "no", "port": self.port, "user": self.user,
                   "group": self.group, "server": harness.MAILPIT,
                   "bind": "127.0.0.1", **changes}
        changes.setdefault("server_args", " ".join(
            str(a) for a in self.options()[1:]))
        for name, value in changes.items():
            line = "\t%-15s = %s\n" % (name, value)
            text, n = re.subn(r"(?m)^\t%s\s+=.*\n" % name,
                              lambda _: line, text, count=1)
            if n == 0:
                text = text.replace("{\n", "{\n" + line, 1)
        return self.file("xinetd.conf", text)

    def xinetd(self, **changes):
        return self.running(
            shutil.which("xinetd") or "/usr/sbin/xinetd", "-dontfork",
            "-stayalive", "-f", self.xinetd_conf(**changes),
            "-filelog", self.dir / "xinetd.log",
            "-pidfile", self.dir / "xinetd.pid")

    @missing("xinetd")
    def test_xinetd_nowait(self):
        with self.xinetd():
            self.one_message(self.connect(), "xinetd")
            self.one_message(self.connect(), "xinetd again")
        self.assertEqual(len(self.maildir), 2)

    @missing("xinetd")
    def test_xinetd_nowait_says_421_when_it_cannot_work(self):
        nowhere = "--maildir %s" % (self.dir / "nowhere")
        for label, args in (("a Maildir that is not there", nowhere),
                            ("a wrong option", "--no-such-option"),
                            ("a wrong value", "--max-age tomorrow")):
            with self.subTest(label), self.xinetd(server_args=args):
                self.refused(self.connect())

    @missing("xinetd")
    def test_xinetd_wait(self):
        args = " ".join(str(a) for a in self.options(
            "--idle-exit", "1", "--log-file", self.dir / "log")[1:])
        with self.xinetd(wait="yes", flags="REUSE", server_args=args):
            self.one_message(self.connect(), "xinetd wait")
            log = self.dir / "log"
            harness.eventually(lambda: "idle, ending" in log.read_text(),
                               "it ends when it is idle")
            # xinetd listens again, and starts another.
            self.one_message(self.connect(), "xinetd wait again")
        self.assertEqual(len(self.maildir), 2)

    def inetd_conf(self, wanted, *options):
        """A line of ours as it is delivered, moved to this test's places."""
        text = (UNITS / "inetd.conf.example").read_text()
        line = re.search(r"(?m)^#?(1025 stream tcp %s.*)$" % wanted,
                         text).group(1)
        field = line.split()
        self.assertEqual(field[5], "@BINDIR@/mailpit")
        field[0] = "127.0.0.1:%d" % self.port
        field[4] = "%s.%s" % (self.user, self.group)
        field[5:] = [harness.MAILPIT, "mailpit", *self.options(*options)[1:]]
        return self.file("inetd.conf", " ".join(map(str, field)) + "\n")

    def inetd(self, conf):
        # It writes its process number to /run, so it has one of its own.
        return self.running(
            "sh", "-ec", 'mount -t tmpfs tmpfs /run && exec "$0" -i "$1"',
            INETD, conf, prefix=["unshare", "--mount"])

    @harness.skip_if(INETD is None, "no inetd, or not root")
    def test_inetd_nowait(self):
        with self.inetd(self.inetd_conf(r"nowait\.\d+")):
            self.one_message(self.connect(), "inetd")
            self.one_message(self.connect(), "inetd again")
        self.assertEqual(len(self.maildir), 2)

    @harness.skip_if(INETD is None, "no inetd, or not root")
    def test_inetd_is_not_closed_by_many_connections(self):
        with self.inetd(self.inetd_conf(r"nowait\.\d+")):
            for _ in range(300):  # 256 in a minute is where it would close
                with self.connect() as sock:
                    self.assertEqual(sock.recv(4), b"220 ")
            self.one_message(self.connect(), "inetd after many")

    @harness.skip_if(INETD is None, "no inetd, or not root")
    def test_inetd_wait(self):
        log = self.dir / "log"
        with self.inetd(self.inetd_conf("wait", "--log-file", log,
                                        "--idle-exit", "1")):
            self.one_message(self.connect(), "inetd wait")
            harness.eventually(lambda: "idle, ending" in log.read_text(),
                               "it ends when it is idle")
            self.one_message(self.connect(), "inetd wait again")
        self.assertEqual(len(self.maildir), 2)

    # --- tcpserver ---

    @missing("tcpserver")
    def test_tcpserver(self):
        with self.running("tcpserver", "-H", "-R", "-l", "localhost", "-c",
                          "40", "127.0.0.1", str(self.port),
                          *self.options()) as server:
            message = self.one_message(self.connect(), "tcpserver")
            # Its stderr is not the client, so the log is there.
            server.wait_log("session ended")
        self.assertIn("127.0.0.1", self.stored(message).received)

    # --- what any other would hand over ---

    def process(self, theirs, *options, stderr=None):
        """The program with theirs as stdin, stdout, and stderr if wanted."""
        started = subprocess.Popen(
            [str(a) for a in self.options(*options)], env=self.env(),
            cwd=self.dir, stdin=theirs, stdout=theirs,
            stderr=theirs if stderr is None else stderr)
        theirs.close()
        self.addCleanup(started.kill)
        return started

    def test_a_connection_as_all_three(self):
        ours, theirs = harness.tcp_pair()
        started = self.process(theirs)
        self.one_message(ours, "inetd's form")
        self.assertEqual(started.wait(harness.PATIENCE), 0)

    def test_an_unnamed_socket_pair_as_all_three(self):
        ours, theirs = socket.socketpair()
        started = self.process(theirs, "--inetd")
        self.one_message(ours, "a socket pair")
        self.assertEqual(started.wait(harness.PATIENCE), 0)

    def test_a_connection_of_a_unix_socket_as_all_three(self):
        path = str(self.dir / "smtp.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            ours = socket.socket(socket.AF_UNIX)
            ours.connect(path)
            theirs, _ = listener.accept()
        started = self.process(theirs)
        self.one_message(ours, "a Unix socket")
        self.assertEqual(started.wait(harness.PATIENCE), 0)

    def test_two_pipes(self):
        started = self.filter("--verbose", kind="pipe")
        started.smtp.banner()
        started.smtp.ehlo()
        message = started.smtp.deliver(MESSAGE % b"pipes")
        started.smtp.quit()
        self.assertTrue(self.stored(message).holds(MESSAGE % b"pipes"))

    def test_a_listening_stdin(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            started = self.process(listener.dup(), "--idle-exit", "1")
        self.one_message(self.connect(), "a listening stdin")
        self.assertEqual(started.wait(harness.PATIENCE), 0)

    def test_what_is_wrong_is_told_as_421_and_no_more(self):
        for label, options, status in (
                ("a Maildir that is not there",
                 ["--maildir", self.dir / "nowhere"], 78),
                ("an unknown option", ["--no-such-option"], 64),
                ("contradicting options", ["--smtp-require-tls"], 78)):
            with self.subTest(label):
                ours, theirs = harness.tcp_pair()
                started = self.process(theirs, *options)
                self.refused(ours)
                self.assertEqual(started.wait(harness.PATIENCE), status)


if __name__ == "__main__":
    harness.main()
