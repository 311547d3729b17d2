# SPDX-License-Identifier: MIT
"""e2e_container: the program as the only one of a container

As PID 1 of a PID namespace of its own, with whatever stdin, stdout and stderr
are given or missing, and told from a process for one connection.
"""

import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading

import harness

# What a container's runtime does, as far as it matters here.
NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
NOBODY = 65534
OCTETS = b"Subject: from outside\r\n\r\nText.\r\n"
# Starts the program as its child, with a pipe of its own making as stdin.
NODE = """
const child = require("child_process").spawn(process.argv[1],
    process.argv.slice(2), {stdio: ["pipe", "inherit", "inherit"]});
child.on("exit", (code) => process.exit(code === null ? 99 : code));
process.on("SIGTERM", () => child.kill("SIGTERM"));
"""


@functools.cache
def no_namespace():
    """Why there cannot be a PID namespace here; empty if there can."""
    done = harness.run([*NAMESPACE, "true"], check=False)
    return done.stderr.decode().strip() if done.returncode else ""


def status(pid):
    """The fields of /proc/PID/status."""
    with open("/proc/%d/status" % pid, encoding="ascii") as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines
                    if ":\t" in line)


def shell(redirections):
    """A prefix that starts the rest with these redirections."""
    return ["sh", "-c", 'exec "$@" ' + redirections, "sh"]


class Container(harness.Case):
    def assert_serves(self, server):
        with server.dial() as smtp:
            smtp.ehlo()
            message = self.stored(smtp.deliver(OCTETS))
            self.assertTrue(message.holds(OCTETS))
            smtp.quit()
        return message


class Init(Container):
    """As PID 1, where signals without a handler are not delivered."""

    def setUp(self):
        super().setUp()
        if no_namespace():
            self.skipTest("no PID namespace: " + no_namespace())

    def contain(self, *args, before="", **kw):
        """A server as PID 1; before is run by the shell that becomes it."""
        server = self.server(*args, prefix=[
            *NAMESPACE, "sh", "-c", before + 'exec "$@"', "sh"], **kw)
        server.init = harness.children(server.pid)[0]
        # Stopping it means PID 1, not what waits for it outside.
        server.stopped = True
        self.addCleanup(self.stop, server)
        self.assertEqual(status(server.init)["NSpid"].split()[-1], "1")
        return server

    def stop(self, server, sig=signal.SIGTERM):
        """PID 1 ends with 0, and with it the namespace."""
        if server.process.poll() is None:
            os.kill(server.init, sig)
        self.assertEqual(server.wait(), 0, server.log)
        server.assert_clean()

    def test_it_serves_and_ends_with_0_at_sigterm_and_sigint(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(sig.name):
                server = self.contain()
                self.assert_serves(server)
                self.stop(server, sig)
                self.assertIn("shutting down", server.log)

    def test_a_session_is_told_when_it_stops(self):
        server = self.contain()
        with server.dial() as smtp:
            smtp.ehlo()
            kept = smtp.deliver(OCTETS)
            smtp.envelope()
            smtp.command("DATA", 354)
            smtp.send(b"Subject: never whole\r\n")
            with server.dial() as idle:
                os.kill(server.init, signal.SIGTERM)
                idle.expect("421 4.3.2")
                idle.closed()
            last = smtp.reply()
            self.assertIn(last and last.code, (None, 421))
        self.stop(server)
        self.assertEqual(self.maildir.only().id, kept)
        self.assertEqual(self.maildir.stray(), [])

    def test_orphans_are_reaped(self):
        # Their parent is gone at once: they become children of PID 1.
        server = self.contain(
            before="for s in 0.2 0.4 0.6 0.8 30; do (sleep $s &); done; ")

        def orphans():
            return harness.children(server.init)
        harness.eventually(lambda: len(orphans()) == 1,
                           "all that ended are reaped")
        last = orphans()[0]
        self.assertEqual(status(last)["Name"], "sleep")
        self.assertNotIn("Z", status(last)["State"])
        self.assert_serves(server)
        # One that is killed later wakes it up as well.
        os.kill(last, signal.SIGKILL)
        harness.eventually(lambda: not orphans(), "nothing is left")
        self.assert_serves(server)

    def test_sessions_leave_no_zombies(self):
        server = self.contain()
        for _ in range(40):
            self.assert_serves(server)
            # Without anything else that would wake it up.
            harness.eventually(lambda: not harness.children(server.init),
                               "the session is reaped", timeout=5)

    @harness.skip_if(os.getuid() != 0, "only root can become another user")
    def test_root_becomes_the_owner_of_the_maildir_for_good(self):
        for folder in (self.dir, *self.dir.parents):
            if folder.name.startswith(("run.", "mailpit-")) or \
                    folder == self.dir:
                folder.chmod(0o711)  # ours, made by the runner
        path = self.use()
        path.mkdir(mode=0o700)
        shutil.chown(path, NOBODY, NOBODY)
        server = self.contain()
        message = self.assert_serves(server)
        self.assertEqual(message.path.stat().st_uid, NOBODY)
        self.assertRegex(server.log, r"serving as uid %d" % NOBODY)
        with server.dial():
            # The first session may not be reaped yet.
            harness.eventually(
                lambda: len(harness.children(server.init)) == 1,
                "one session is there")
            for pid in (server.init, *harness.children(server.init)):
                said = status(pid)
                # Real, effective, saved, and that of the file system.
                for field in ("Uid", "Gid"):
                    self.assertEqual(set(said[field].split()),
                                     {str(NOBODY)})
                self.assertEqual(int(said["CapEff"], 16), 0)
                self.assertEqual(int(said["CapPrm"], 16), 0)
                self.assertLessEqual(set(said["Groups"].split()),
                                     self.groups_of(NOBODY))

    @staticmethod
    def groups_of(uid):
        try:
            user = pwd.getpwuid(uid)
        except KeyError:
            return set()
        return {str(g) for g in os.getgrouplist(user.pw_name, user.pw_gid)}


class Descriptors(Container):
    """Stand-alone is what it is whatever 0, 1 and 2 are, but for a peer."""

    def assert_open(self, server, *numbers):
        """A closed one was replaced, so that no mail is opened there."""
        for number in numbers:
            self.assertEqual(os.readlink("/proc/%d/fd/%d" % (
                server.pid, number)), "/dev/null")

    def test_no_terminal_is_needed(self):
        server = self.server(start_new_session=True)
        with open("/proc/%d/stat" % server.pid, encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        self.assertEqual(fields[4], "0")  # tty_nr
        self.assert_serves(server)

    def test_stdin_may_be_anything_that_is_no_peer(self):
        plain = self.file("input", "EHLO client.example.org\r\nQUIT\r\n")
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, write_end)
        with open(plain, "rb") as file:
            for label, stdin in (("/dev/null", subprocess.DEVNULL),
                                 ("a file", file), ("a pipe", read_end)):
                with self.subTest(label):
                    server = self.server(stdin=stdin)
                    self.assert_serves(server)
                    self.assertNotIn("ESMTP", server.said.read_text())
        os.close(read_end)

    def test_closed_ones_are_replaced(self):
        rows = [("<&-", [0]), (">&-", [1]), ("2>&-", [2]),
                ("<&- >&-", [0, 1]), ("<&- >&- 2>&-", [0, 1, 2])]
        for redirections, closed in rows:
            with self.subTest(redirections):
                log = self.dir / "log"
                server = self.server("--log-file", log,
                                     prefix=shell(redirections))
                self.assert_open(server, *closed)
                self.assert_serves(server)
                server.stop()
                self.assertIn("shutting down", log.read_text())
                log.unlink()

    def test_a_message_is_whole_where_all_three_are_closed(self):
        server = self.server("--verbose", prefix=shell("<&- >&- 2>&-"))
        with server.dial() as smtp:
            smtp.ehlo()
            octets = b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 20000
            self.assertTrue(self.stored(smtp.deliver(octets)).holds(octets))

    def test_unnamed_socket_pairs_are_no_peer(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        server = self.server(stdin=theirs)
        theirs.close()
        self.assert_serves(server)
        ours.setblocking(False)
        with self.assertRaises(BlockingIOError):
            ours.recv(1)  # no banner, and it is still open

    @harness.skip_if(shutil.which("node") is None, "node is not installed")
    def test_a_child_of_node_is_stand_alone(self):
        server = self.server(prefix=["node", "-e", NODE])
        child = harness.children(server.pid)[0]
        self.assertRegex(os.readlink("/proc/%d/fd/0" % child),
                         "^(socket|pipe)")
        self.assert_serves(server)
        self.assertNotIn("ESMTP", server.said.read_text())


class Connected(Container):
    """A connection as stdin makes it a filter, without any flag."""

    def start(self, theirs, *args, **kw):
        path = self.use()
        path.mkdir(mode=0o700, exist_ok=True)
        # Were it stand-alone, it would have to listen on a port of its own.
        self.port = harness.free_port()
        started = harness.Process(
            [harness.MAILPIT, "--smtp", "127.0.0.1:%d" % self.port,
             "--maildir", path, *args], self.env(), self.dir, stdin=theirs,
            stdout=theirs, **kw)
        self.addCleanup(started.kill)
        theirs.close()
        return started

    def assert_filters(self, started, ours):
        smtp = harness.Dialogue(ours)
        self.addCleanup(smtp.close)
        smtp.banner()
        self.assertFalse(harness.listens(self.port))
        smtp.ehlo()
        message = self.stored(smtp.deliver(OCTETS))
        smtp.quit()
        smtp.close()
        self.assertEqual(started.wait(), 0, started.log)
        started.assert_clean()
        return message

    def test_a_tcp_connection(self):
        ours, theirs = harness.tcp_pair()
        message = self.assert_filters(self.start(theirs), ours)
        self.assertIn("[127.0.0.1]", message.received)

    def test_a_connection_to_a_named_unix_socket(self):
        path = str(self.dir / "sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            ours = socket.socket(socket.AF_UNIX)
            ours.connect(path)
            theirs, _ = listener.accept()
        message = self.assert_filters(self.start(theirs), ours)
        self.assertIn("[local]", message.received)

    def test_the_log_never_reaches_the_peer(self):
        ours, theirs = harness.tcp_pair()
        duplicate = theirs.dup()
        with duplicate:
            path = self.use()
            path.mkdir(mode=0o700)
            process = subprocess.Popen(
                [harness.MAILPIT, "--verbose", "--maildir", path],
                stdin=theirs, stdout=theirs, stderr=duplicate,
                env=self.env(), cwd=self.dir)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        theirs.close()
        with ours:
            ours.sendall(b"EHLO client.example.org\r\nNONSENSE\r\nQUIT\r\n")
            said = harness.read_to_end(ours)
        self.assertEqual(process.wait(harness.PATIENCE), 0)
        for line in said.splitlines(keepends=True):
            self.assertRegex(line, rb"\A[2-5]\d\d[ -][^\r\n]*\r\n\Z")

    def test_a_peer_that_is_gone_already_makes_no_server(self):
        ours, theirs = harness.tcp_pair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")
        ours.close()  # with a reset
        started = self.start(theirs)
        watch = threading.Event()

        def listened():
            while not watch.wait(0.01):
                if harness.listens(self.port):
                    return True
            return False
        found, ended = harness.together(
            listened, lambda: (started.wait(), watch.set()))
        self.assertFalse(found)
        self.assertEqual(ended[0], 0, started.log)
        self.assertEqual(len(self.maildir), 0)


if __name__ == "__main__":
    harness.main()
