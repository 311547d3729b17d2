# SPDX-License-Identifier: MIT
"""e2e_delivery: what 250 promises, and what is left when there is none

System calls are watched and made to fail by strace; disks run full; clients
and sessions go away at the wrong time.
"""

import errno
import functools
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import harness

TIME_LIMIT = 240
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}  # it cannot look under strace
CALLS = "openat,write,fsync,close,renameat2,linkat,unlinkat,sendto,fchmod"
# It has findings: neither From nor Date.
MESSAGE = b"Subject: a\r\n\r\nText.\r\n"

CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(<[^>]*>)?")

# The steps of a delivery in their order: call, and what its line holds.
STEPS = {
    "create": ("openat", r"/tmp>, .*O_CREAT\|O_EXCL\|O_NOFOLLOW"),
    "write": ("write", r"^\d+<[^>]*/Maildir/tmp/"),
    "sync": ("fsync", r"^\d+<[^>]*/Maildir/tmp/"),
    "close": ("close", r"^\d+<[^>]*/Maildir/tmp/"),
    "show": ("renameat2", r"/tmp>, .*/new>, .*RENAME_NOREPLACE"),
    "sync folder": ("fsync", r"^\d+<[^>]*/Maildir/new>"),
    "reply": ("sendto", r"250 2\.0\.0 Ok: queued"),
}
# The same for what is odd about the message.
SIDE_STEPS = {
    "create findings": ("openat", r"/findings>, .*O_CREAT\|O_EXCL"),
    "write findings": ("write", r"^\d+<[^>]*/findings/"),
    "sync findings": ("fsync", r"^\d+<[^>]*/findings/"),
    "close findings": ("close", r"^\d+<[^>]*/findings/"),
    "sync findings folder": ("fsync", r"^\d+<[^>]*/findings>"),
}


class Calls(list):
    """The calls that strace wrote down: (name, arguments, result)."""

    def __init__(self, path):
        super().__init__(found.groups()[:3] for found in map(
            CALL.match, Path(path).read_text(errors="replace").splitlines())
            if found)

    def find(self, step, after=-1):
        """Where a step stands behind the position; None if nowhere."""
        name, pattern = {**STEPS, **SIDE_STEPS}[step]
        for i, (call, arguments, _) in enumerate(self):
            if i > after and call == name and re.search(pattern, arguments):
                return i
        return None

    def turn(self, step):
        """The how-manieth call of its name a step is, from 1."""
        at = self.find(step)
        assert at is not None, "no %s in %s" % (step, self)
        return sum(call == self[at][0] for call, _, _ in self[:at + 1])


class Delivery(harness.Case):
    def assert_nothing_stored(self, maildir=None):
        maildir = self.maildir if maildir is None else maildir
        self.assertEqual(maildir.names(), [])
        self.assertEqual(maildir.stray(), [])
        findings = maildir.path / "mailpit" / "findings"
        self.assertEqual(list(findings.iterdir()), [])

    def traced(self, name, *args, inject=()):
        """A filter under strace, greeted; and where strace writes."""
        log = self.dir / (name + ".strace")
        prefix = ["strace", "-f", "-y", "-s", "200", "-o", log,
                  "-e", "trace=" + CALLS]
        for each in inject:
            prefix += ["-e", "inject=" + each]
        started = self.filter(*args, maildir=self.dir / name / "Maildir",
                              env=NO_LEAKS, prefix=prefix)
        started.smtp.banner()
        started.smtp.ehlo()
        return started, log

    def filter(self, *args, maildir=None, **kw):
        (maildir or self.maildir.path).mkdir(parents=True, exist_ok=True,
                                             mode=0o700)
        return super().filter(*args, maildir=maildir, **kw)

    def watch(self, *args):
        """The calls of one delivery."""
        started, log = self.traced("watched", *args)
        started.smtp.deliver(MESSAGE)
        started.smtp.quit()
        started.finish()
        return Calls(log)


class Order(Delivery):
    def test_the_reply_comes_after_everything_is_safe(self):
        calls, at = self.watch(), -1
        for step in STEPS:
            found = calls.find(step, at)
            self.assertIsNotNone(found, "%s is not behind %d in\n%s" % (
                step, at, "\n".join(map(str, calls))))
            at = found

    def test_findings_are_safe_before_the_message_is_shown(self):
        calls = self.watch()
        shown = calls.find("show")
        for step in SIDE_STEPS:
            self.assertLess(calls.find(step), shown, step)

    def test_without_fsync_the_order_is_the_same_and_nothing_is_synced(self):
        calls, at = self.watch("--no-fsync"), -1
        for step in ("create", "write", "close", "show", "reply"):
            at = calls.find(step, at)
            self.assertIsNotNone(at, step)
        # Folders that had to be made may be synced when they are opened.
        self.assertNotIn("fsync", [call for call, _, _ in calls])


class Failures(Delivery):
    """Each step fails once, in each way; the session goes on."""

    CODES = {
        errno.ENOSPC: "452 4.3.1", errno.EFBIG: "452 4.3.1",
        errno.EDQUOT: "452 4.2.2", errno.EIO: "451 4.3.0",
        errno.EROFS: "451 4.3.0", errno.EMFILE: "451 4.3.0",
    }

    @functools.cached_property
    def watched(self):
        return self.watch()

    def fail_once(self, step, inject, code):
        """One delivery in which the injected calls fail, and one after it."""
        name = re.sub(r"\W", "-", "%s %s" % (step, inject))[:100]
        started, log = self.traced(name, inject=inject)
        maildir, smtp = started.maildir, started.smtp
        label = "%s, %s" % (step, inject)
        try:
            smtp.envelope()
            smtp.data(MESSAGE, code)
            self.assert_nothing_stored(maildir)
            smtp.command("DATA", "503")
            message_id = smtp.deliver(MESSAGE)
            smtp.quit()
            started.finish()
            self.assertEqual(maildir.only().id, message_id)
            self.assertEqual(maildir.stray(), [])
        except AssertionError as e:
            raise AssertionError("%s\n%s" % (label, e)) from None
        return Calls(log)

    def each(self, steps, codes=None):
        def one(step, number, code):
            call = {**STEPS, **SIDE_STEPS}[step][0]
            try:
                self.fail_once(step, ["%s:error=%s:when=%d" % (
                    call, errno.errorcode[number],
                    self.watched.turn(step))], code)
            except AssertionError as e:
                return str(e)
            return None
        self.watched  # once, before the threads
        rows = [(step, number, code) for step in steps
                for number, code in (codes or self.CODES).items()]
        troubles = [t for t in harness.together(*(
            functools.partial(one, *row) for row in rows), workers=4) if t]
        self.assertEqual(troubles, [], "\n\n".join(troubles))

    def test_a_message_that_cannot_be_created(self):
        self.each(["create"])

    def test_a_message_that_cannot_be_written(self):
        self.each(["write"])

    def test_a_message_that_cannot_be_synced(self):
        self.each(["sync"])

    def test_a_message_that_cannot_be_closed(self):
        self.each(["close"])

    def test_a_message_that_cannot_be_shown(self):
        self.each(["show"])

    def test_a_folder_that_cannot_be_synced(self):
        self.each(["sync folder"])

    def test_findings_that_cannot_be_written(self):
        """A message is shown with its findings or not at all."""
        self.each(SIDE_STEPS, {errno.ENOSPC: "452 4.3.1",
                               errno.EIO: "451 4.3.0"})

    def test_a_file_system_that_can_only_link(self):
        turn = self.watched.turn("show")
        started, log = self.traced("link", inject=[
            "renameat2:error=EINVAL:when=%d+" % turn])
        with started as filtered:
            message_id = filtered.smtp.deliver(MESSAGE)
            filtered.smtp.quit()
        self.assertEqual(started.maildir.only().id, message_id)
        self.assertEqual(started.maildir.stray(), [])
        calls = [call for call, _, _ in Calls(log)]
        self.assertLess(calls.index("renameat2"), calls.index("linkat"))

    def test_a_link_that_cannot_be_made(self):
        turn = self.watched.turn("show")
        rows = [functools.partial(self.fail_once, "link", [
            "renameat2:error=ENOSYS:when=%d" % turn,
            "linkat:error=%s:when=1" % errno.errorcode[number]], code)
            for number, code in self.CODES.items()]
        harness.together(*rows, workers=4)

    def test_a_failed_sync_is_never_tried_again(self):
        turn = self.watched.turn("sync")
        calls = self.fail_once(
            "again", ["fsync:error=EIO:when=%d" % turn], "451 4.3.0")
        names = [re.search(r"/tmp/([^>]*)>", arguments).group(1)
                 for call, arguments, _ in calls if call == "fsync" and
                 re.search(STEPS["sync"][1], arguments)]
        self.assertEqual(len(names), len(set(names)), names)

    def test_interrupted_and_short_writes_go_on(self):
        turn = self.watched.turn("write")
        started, _ = self.traced("short", inject=[
            "write:error=EINTR:when=%d" % turn])
        with started as filtered:
            message_id = filtered.smtp.deliver(MESSAGE)
        self.assertTrue(started.maildir.find(message_id).holds(MESSAGE))

    def test_a_file_that_may_not_grow(self):
        started = self.filter(prefix=["prlimit", "--fsize=100000", "--"])
        started.smtp.banner()
        started.smtp.ehlo()
        started.smtp.envelope()
        started.smtp.data(b"A: 1\r\n\r\n" + b"x" * 500000 + b"\r\n",
                          "452 4.3.1")
        self.assert_nothing_stored()
        started.smtp.deliver(MESSAGE)
        started.smtp.quit()


class SmallDisk(Delivery):
    """A file system that runs full, seen from the program's namespace."""

    def mounted(self, options):
        if os.getuid() != 0:
            self.skipTest("not root")
        disk = self.dir / "disk"
        disk.mkdir()
        self.server_there = self.server(
            maildir=disk / "Maildir", prefix=[
                "unshare", "-m", "sh", "-c",
                'mount -t tmpfs -o "$0" none "$1" && shift && exec "$@"',
                options, disk])
        inside = Path("/proc/%d/root%s" % (self.server_there.pid, disk))
        smtp = self.server_there.dial()
        self.addCleanup(smtp.close)
        smtp.ehlo()
        return smtp, inside, harness.Maildir(inside / "Maildir")

    def test_a_message_that_does_not_fit_is_452_and_leaves_nothing(self):
        smtp, _, maildir = self.mounted("size=600k")
        for _ in range(2):
            smtp.envelope()
            smtp.data(b"A: 1\r\n\r\n" + b"x" * 1000000 + b"\r\n", "452 4.3.1")
            self.assert_nothing_stored(maildir)
            message_id = smtp.deliver(MESSAGE)
            path = maildir.find(message_id).path
            maildir.check()
            path.unlink()
            (maildir.path / "mailpit" / "findings" / message_id).unlink()

    def test_a_full_disk_is_452_until_there_is_space_again(self):
        smtp, inside, maildir = self.mounted("size=200k")
        smtp.deliver(MESSAGE)
        with open(inside / "filler", "wb", buffering=0) as filler:
            with self.assertRaises(OSError):
                while True:
                    filler.write(bytes(4096))
        smtp.envelope()
        smtp.data(MESSAGE, "452 4.3.1")
        self.assertEqual(len(maildir), 1)
        self.assertEqual(maildir.stray(), [])
        (inside / "filler").unlink()
        smtp.deliver(MESSAGE)
        self.assertEqual(len(maildir), 2)
        maildir.check()

    def test_no_more_files_is_452_until_there_are_some_again(self):
        smtp, inside, maildir = self.mounted("size=1m,nr_inodes=20")
        made = 0
        with self.assertRaises(OSError):
            while made < 100:
                (inside / ("filler%d" % made)).write_bytes(b"")
                made += 1
        smtp.envelope()
        smtp.data(MESSAGE, "452 4.3.1")
        self.assert_nothing_stored(maildir)
        for n in range(made):
            (inside / ("filler%d" % n)).unlink()
        smtp.deliver(MESSAGE)
        maildir.check()


class Broken(Delivery):
    """A Maildir that is no longer what it was."""

    def setUp(self):
        super().setUp()
        self.running = self.server("--no-fsync")
        self.smtp = self.running.dial()
        self.addCleanup(self.smtp.close)
        self.smtp.ehlo()

    def refused(self, smtp=None, codes=("451 4.3.0",)):
        smtp = smtp or self.smtp
        smtp.envelope()
        smtp.data(MESSAGE, *codes)

    def refused_in_new_session(self):
        with self.running.dial() as smtp:
            smtp.ehlo()
            self.refused(smtp)
            smtp.quit()

    def test_folders_that_vanish_are_made_again(self):
        for folder in ("tmp", "new", "mailpit/findings", "mailpit", "cur"):
            with self.subTest(folder):
                self.smtp.deliver(MESSAGE)
                shutil.rmtree(self.maildir.path / folder)
                self.smtp.envelope()
                self.smtp.data(MESSAGE, "451 4.3.0", "250 2.0.0")
                self.smtp.deliver(MESSAGE)
                with self.running.dial() as other:
                    other.ehlo()
                    other.deliver(MESSAGE)
        shutil.rmtree(self.maildir.path / "mailpit" / "findings")
        (self.maildir.path / "mailpit" / "findings").mkdir(mode=0o700)

    def test_a_maildir_that_vanishes_is_451_until_it_is_back(self):
        self.smtp.deliver(MESSAGE)
        away = self.dir / "away"
        self.maildir.path.rename(away)
        shutil.rmtree(away)
        self.refused()
        self.refused()
        self.refused_in_new_session()
        self.assertFalse(self.maildir.path.exists())
        self.maildir.path.mkdir(mode=0o700)
        message_id = self.smtp.deliver(MESSAGE)
        self.assertEqual(self.maildir.only().id, message_id)

    def test_a_maildir_that_vanishes_inside_a_message_is_451(self):
        self.smtp.envelope()
        self.smtp.command("DATA", 354)
        self.smtp.send(b"A: 1\r\n\r\n" + b"x" * 200000)
        harness.eventually(self.maildir.stray, "a file in tmp")
        shutil.rmtree(self.maildir.path)
        self.smtp.send(b"\r\n.\r\n")
        self.smtp.expect("451 4.3.0")
        self.maildir.path.mkdir(mode=0o700)
        self.smtp.deliver(MESSAGE)

    def test_a_file_in_its_place_is_451(self):
        shutil.rmtree(self.maildir.path)
        self.maildir.path.write_text("precious")
        self.refused()
        self.refused_in_new_session()
        self.assertEqual(self.maildir.path.read_text(), "precious")

    def test_a_dangling_link_in_its_place_is_451(self):
        shutil.rmtree(self.maildir.path)
        nowhere = self.dir / "nowhere"
        self.maildir.path.symlink_to(nowhere)
        self.refused()
        self.refused_in_new_session()
        self.assertFalse(nowhere.exists())
        self.maildir.path.unlink()

    def test_links_in_the_place_of_folders_are_not_followed(self):
        for folder in ("tmp", "new", "mailpit/findings", "mailpit"):
            with self.subTest(folder):
                elsewhere = self.dir / "elsewhere"
                elsewhere.mkdir()
                path = self.maildir.path / folder
                shutil.rmtree(path)
                path.symlink_to(elsewhere)
                self.refused_in_new_session()
                self.assertEqual(list(elsewhere.iterdir()), [])
                path.unlink()
                path.mkdir(mode=0o700)
                elsewhere.rmdir()

    def test_a_filter_that_cannot_open_it_says_421_and_why(self):
        for kind in ("missing", "file", "link"):
            with self.subTest(kind):
                path = self.dir / kind
                if kind == "file":
                    path.write_text("")
                elif kind == "link":
                    path.symlink_to(self.dir / "nowhere")
                done = self.mailpit("--inetd", "--maildir", path)
                self.assertEqual(done.returncode, 78)
                self.assertRegex(done.stdout, r"\A421 4\.3\.5 [^\n]*\r\n\Z")
                self.assertIn(str(path), done.stderr)


class Ends(Delivery):
    """Sessions that end early, and those that end just in time."""

    def open(self, *args):
        self.running = self.server(*args)
        smtp = self.running.dial()
        self.addCleanup(smtp.close)
        smtp.ehlo()
        return smtp

    def begin(self, smtp, by="DATA"):
        """The first half of a message; it is in tmp."""
        smtp.envelope()
        half = b"A: 1\r\n\r\n" + b"x" * 200000 + b"\r\n"
        if by == "DATA":
            smtp.command("DATA", 354)
            smtp.send(half)
        else:
            smtp.send(b"BDAT %d\r\n" % (len(half) * 2) + half)
        harness.eventually(self.maildir.stray, "a file in tmp")

    def assert_ended(self, how):
        """The sessions are over, and the last one ended in that way."""
        harness.eventually(lambda: not self.running.children(),
                           "the session ends")
        self.assert_nothing_stored()
        self.assertIn(" end=%s" % how, self.maildir.sessions()[-1])

    def test_a_lost_connection_leaves_nothing(self):
        for by in ("DATA", "BDAT"):
            for reset in (False, True):
                with self.subTest(by, reset=reset):
                    smtp = self.open()
                    self.begin(smtp, by)
                    if reset:
                        smtp.sock.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
                    smtp.close()
                    self.assert_ended("eof")
                    self.running.stop()

    def test_a_lost_connection_between_chunks_leaves_nothing(self):
        smtp = self.open()
        smtp.envelope()
        smtp.send(b"BDAT 8\r\nA: 1\r\n\r\n")
        smtp.expect("250 2.0.0")
        smtp.close()
        self.assert_ended("eof")

    def test_the_end_of_tls_inside_a_message_drops_it(self):
        for how in ("FIN", "close_notify", "close_notify and clear text",
                    "clear text"):
            with self.subTest(how):
                smtp = self.open(*harness.certificate().options)
                smtp.starttls()
                smtp.ehlo()
                self.begin(smtp)
                tls = smtp.sock
                raw = socket.socket(fileno=os.dup(tls.fileno()))
                raw.settimeout(harness.PATIENCE)
                if how.startswith("close_notify"):
                    try:
                        tls.setblocking(False)
                        tls.unwrap()
                    except OSError:
                        pass  # only our half was wanted
                if how.endswith("clear text"):
                    raw.sendall(b"y\r\n.\r\nNOOP\r\n")
                raw.shutdown(socket.SHUT_WR)
                said = harness.read_to_end(raw)
                self.assertNotIn(b"250 ", said)
                raw.close()
                smtp.close()
                harness.eventually(lambda: not self.running.children(),
                                   "the session ends")
                self.assert_nothing_stored()
                self.running.stop()

    def test_a_timeout_leaves_nothing(self):
        smtp = self.open("--smtp-data-timeout", "1")
        smtp.envelope()
        smtp.command("DATA", 354)
        smtp.send(b"A: 1\r\n")
        smtp.expect("421 4.4.2")
        smtp.closed()
        self.assert_ended("timeout")

    def test_a_client_that_leaves_after_the_dot_has_sent_its_message(self):
        wire = (b"EHLO a\r\nMAIL FROM:<a@example.org>\r\n"
                b"RCPT TO:<b@example.com>\r\nDATA\r\nA: 1\r\n\r\nx\r\n.\r\n")
        self.running = self.server()
        for count, half in enumerate((False, True), 1):
            with self.subTest(half_close=half):
                sock = self.running.connect()
                sock.sendall(wire)
                if half:
                    sock.shutdown(socket.SHUT_WR)
                    self.assertIn(b"250 2.0.0 Ok: queued as ",
                                  harness.read_to_end(sock))
                sock.close()
                harness.eventually(lambda n=count: len(self.maildir) == n,
                                   "the message is stored")

    def test_a_stopped_server_says_421_where_it_can(self):
        server = self.running = self.server()
        dialogues = [server.dial() for _ in range(5)]
        for smtp in dialogues:
            self.addCleanup(smtp.close)
            smtp.ehlo()
        idle, in_command, in_data, in_chunk, acknowledged = dialogues
        in_command.send(b"MAIL FRO")
        self.begin(in_data)
        self.begin(in_chunk, "BDAT")
        message_id = acknowledged.deliver(MESSAGE)
        time.sleep(0.05)  # so that what was sent has been read
        server.process.send_signal(signal.SIGTERM)
        for smtp in dialogues:
            smtp.expect("421 4.3.2")
            smtp.closed()
        self.assertEqual(server.wait(), 0)
        self.assertEqual(self.maildir.only().id, message_id)
        self.assertEqual(self.maildir.stray(), [])
        self.assertEqual(
            [" end=stop" in line for line in self.maildir.sessions()],
            [True] * 5)

    def test_a_stopped_filter_says_421(self):
        for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signo), self.filter() as started:
                started.smtp.banner()
                started.smtp.ehlo()
                started.process.send_signal(signo)
                started.smtp.expect("421 4.3.2")
                started.smtp.closed()
                self.assertEqual(started.wait(), 0)

    def test_what_was_acknowledged_is_there_after_a_stop(self):
        server = self.server("--no-fsync", "--max", "0")
        acknowledged = []

        def send():
            with server.dial() as smtp:
                smtp.ehlo()
                try:
                    while True:
                        acknowledged.append(smtp.deliver(MESSAGE))
                except AssertionError:
                    pass  # it was stopped
                except OSError:
                    pass

        def stop():
            harness.eventually(lambda: len(acknowledged) > 50, "some mail")
            server.stop()
        harness.together(send, send, send, stop)
        stored = {message.id for message in self.maildir.messages()}
        self.assertLessEqual(set(acknowledged), stored)
        self.assertEqual(self.maildir.stray(), [])

    def test_a_killed_session_leaves_nothing_but_a_stray_file(self):
        smtp = self.open()
        self.stray_ok = True
        self.begin(smtp)
        os.kill(self.running.children()[0], signal.SIGKILL)
        smtp.closed()
        self.assertEqual(self.maildir.names(), [])
        (stray,) = self.maildir.stray()
        young = self.prune()
        self.assertEqual(self.maildir.stray(), [stray], young)
        old = time.time() - 37 * 3600
        os.utime(stray, (old, old))
        self.prune()
        self.assertEqual(self.maildir.stray(), [])
        with self.running.dial() as other:
            other.ehlo()
            other.deliver(MESSAGE)

    def prune(self, *args):
        done = self.mailpit("prune", "--maildir", self.use(), *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_a_session_killed_at_any_call_tells_no_lies(self):
        """Killed as it enters each call: without 250, no half message."""
        self.stray_ok = True
        watched = self.watch()
        calls = ("openat", "write", "fsync", "close", "renameat2", "sendto")
        rows = [(call, watched.turn(step))
                for step, (call, _) in {**STEPS, **SIDE_STEPS}.items()
                if call in calls]

        def one(call, turn):
            name = "kill-%s-%d" % (call, turn)
            started, _ = self.traced(name, inject=[
                "%s:signal=KILL:when=%d" % (call, turn)])
            with started:
                try:
                    acknowledged = bool(started.smtp.deliver(MESSAGE))
                except (AssertionError, OSError):
                    acknowledged = False
            status = started.process.wait(harness.PATIENCE)
            assert status == -signal.SIGKILL, (name, status)
            started.stopped = True
            found = started.maildir.messages()
            for message in found:
                assert message.holds(MESSAGE), (name, message.raw)
            assert len(found) <= 1, name
            assert found or not acknowledged, name
        harness.together(*(functools.partial(one, *row) for row in rows),
                         workers=4)


class Together(Delivery):
    SENDERS, EACH = 8, 200

    def test_many_senders_at_once(self):
        server = self.server("--max", "0")

        def send(sender):
            with server.dial() as smtp:
                smtp.ehlo()
                return {smtp.deliver(self.text(sender, n)): (sender, n)
                        for n in range(self.EACH)}
        sent = {}
        for part in harness.together(*(functools.partial(send, n)
                                       for n in range(self.SENDERS))):
            sent.update(part)
        self.assertEqual(len(sent), self.SENDERS * self.EACH)
        stored = self.maildir.messages()
        self.assertEqual({message.id for message in stored}, set(sent))
        for message in stored:
            self.assertTrue(message.holds(self.text(*sent[message.id])))

    @staticmethod
    def text(sender, n):
        return b"Subject: %d of %d\r\n\r\nText.\r\n" % (n, sender)

    def test_names_of_one_session_sort_as_the_messages_came(self):
        server = self.server("--no-fsync")
        with server.dial() as smtp:
            smtp.ehlo()
            ids = [smtp.deliver() for _ in range(50)]
        self.assertEqual([m.id for m in self.maildir.messages()], ids)


class Side(Delivery):
    """Modes, findings and session lines."""

    def test_files_take_their_mode_from_the_maildir(self):
        for mode, wanted in ((0o700, 0o600), (0o2770, 0o660),
                             (0o750, 0o640), (0o770, 0o660)):
            with self.subTest(oct(mode)):
                path = self.dir / ("%o" % mode) / "Maildir"
                path.mkdir(parents=True)
                path.chmod(mode)
                server = self.server(maildir=path, preexec_fn=self.umask)
                with server.dial() as smtp:
                    smtp.ehlo()
                    message = server.maildir.find(smtp.deliver(MESSAGE))
                    smtp.quit()
                harness.eventually(server.maildir.sessions, "a session line")
                files = [message.path, path / "mailpit/findings" / message.id,
                         *path.glob("mailpit/sessions.*")]
                self.assertEqual(len(files), 3)
                for file in files:
                    self.assertEqual(file.stat().st_mode & 0o7777, wanted)
                for folder in ("tmp", "new", "cur", "mailpit",
                               "mailpit/findings", "mailpit/trash"):
                    self.assertEqual((path / folder).stat().st_mode & 0o7777,
                                     mode, folder)
                server.stop()

    @staticmethod
    def umask():
        os.umask(0o077)

    CASES = [
        (b"From: a@b\r\nDate: x\r\n\r\n.\r\n", "", []),
        (b"A: 1\r\n\r\n", "", ["no-from 1", "no-date 1"]),
        (b"From: a@b\r\nDate: x\r\n\r\na\nb\nc\rd\0\r\n", "",
         ["bare-lf 2", "bare-cr 1", "nul 1"]),
        (b"From: a@b\r\r\nDate: x\r\n\r\n" + b"x" * 999 + b"\r\n", "",
         ["cr-cr-lf 1", "long-line 1"]),
        ("From: é@b\r\nDate: x\r\n\r\né\r\n".encode(), "",
         ["8bit-header 1", "8bit-body 1"]),
        ("From: é@b\r\nDate: x\r\n\r\né\r\n".encode(),
         "SMTPUTF8 BODY=8BITMIME", []),
        (b"From: a@b\r\nDate: x\r\nnonsense\r\n\r\n", "", ["bad-header 1"]),
        (b"Text.\r\n", "SIZE=3",
         ["size-mismatch 1", "no-headers 1", "no-from 1", "no-date 1"]),
    ]

    def test_findings_say_what_was_odd(self):
        server = self.server("--no-fsync")
        with server.dial() as smtp:
            smtp.ehlo()
            for octets, parameters, wanted in self.CASES:
                with self.subTest(octets[:60]):
                    smtp.envelope(parameters=parameters)
                    found = self.maildir.findings(smtp.data(octets).id)
                    self.assertEqual([" ".join(line.split(" ")[1:3])
                                      for line in found], wanted)

    def test_parameters_are_recorded(self):
        server = self.server("--no-fsync")
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.command("MAIL FROM:<a@b> ENVID=QQ314159 RET=HDRS", 250)
            smtp.command('RCPT TO:<"c >"@d> NOTIFY=SUCCESS,FAILURE X-y=\\"',
                         250)
            found = self.maildir.findings(smtp.data(MESSAGE).id)
        for line in ("param MAIL ENVID=QQ314159", "param MAIL RET=HDRS",
                     'param RCPT <"c >"@d> NOTIFY=SUCCESS,FAILURE',
                     'param RCPT <"c >"@d> X-y=\\x5c\\x22'):
            self.assertIn(line, found)

    def test_each_session_has_its_line(self):
        server = self.server("--no-fsync", "--smtp-auth-accept-any",
                             *harness.certificate().options)
        with server.dial() as smtp:
            smtp.ehlo("one.example.org")
            smtp.starttls()
            smtp.ehlo("two.example.org")
            smtp.login("jo e", "secret")
            first = smtp.deliver(MESSAGE)
            smtp.deliver(MESSAGE)
            smtp.command("RCPT TO:<a@b>", 503)
            smtp.quit()
        harness.eventually(self.maildir.sessions, "a session line")
        (line,) = self.maildir.sessions()
        size = len(MESSAGE) * 2
        self.assertRegex(line, (
            r"\Atime=\d+ session=[0-9A-Za-z]{22} peer=127\.0\.0\.1"
            r" helo=two\.example\.org tls=TLS1\.3 user=jo\\x20e messages=2"
            r" bytes=%d rejected=0 ignored=0 end=quit"
            r' reply="503 5\.5\.1 [^"]*"\Z') % size)
        self.assertIn(first, server.log)


class Prune(Delivery):
    """mailpit prune: what is beyond the limits, and what was left behind."""

    def deliver(self, count):
        server = self.server("--no-fsync")
        with server.dial() as smtp:
            smtp.ehlo()
            ids = [smtp.deliver(MESSAGE) for _ in range(count)]
        server.stop()
        return ids

    def prune(self, *args):
        done = self.mailpit("prune", "--maildir", self.use(), *args)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_oldest_go_first_with_their_findings(self):
        ids = self.deliver(10)
        self.prune("--max", "4")
        self.assertEqual([m.id for m in self.maildir.messages()], ids[6:])
        findings = self.maildir.path / "mailpit" / "findings"
        self.assertEqual(sorted(p.name for p in findings.iterdir()),
                         sorted(ids[6:]))
        self.prune("--max", "0")
        self.assertEqual(len(self.maildir), 4)

    def test_age_is_that_of_the_name(self):
        ids = self.deliver(4)
        for path in self.maildir.names()[:2]:
            when, _, rest = path.name.partition(".")
            path.rename(path.with_name("%d.%s" % (int(when) - 7300, rest)))
        self.prune("--max-age", "3h")
        self.assertEqual(len(self.maildir), 4)
        self.prune("--max-age", "2h")
        self.assertEqual([m.id for m in self.maildir.messages()], ids[2:])

    def test_messages_that_were_read_count_as_well(self):
        ids = self.deliver(6)
        for path in self.maildir.names()[:3]:
            path.rename(self.maildir.path / "cur" / (path.name + ":2,S"))
        self.prune("--max", "4")
        self.assertEqual([m.id for m in self.maildir.messages()], ids[2:])

    def test_what_is_stale_goes_and_what_is_young_stays(self):
        self.stray_ok = True
        self.deliver(1)
        tmp, side = self.maildir.path / "tmp", self.maildir.path / "mailpit"
        rows = [(tmp / "1.young", 35, True), (tmp / "2.old", 37, False),
                (side / "findings" / ("1" * 22), 35, True),
                (side / "findings" / ("2" * 22), 37, False)]
        for path, hours, _ in rows:
            path.write_text("finding x 1 y\n")
            path.chmod(0o600)
            when = time.time() - hours * 3600
            os.utime(path, (when, when))
        self.prune("--max", "0")
        for path, _, stays in rows:
            self.assertEqual(path.exists(), stays, path)
        self.assertEqual(len(self.maildir), 1)

    def test_a_maildir_that_is_missing_is_said(self):
        done = subprocess.run(
            [harness.MAILPIT, "prune", "--maildir", self.dir / "missing"],
            capture_output=True, timeout=harness.PATIENCE, env=self.env(),
            check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"missing", done.stderr)


if __name__ == "__main__":
    harness.main()
