# SPDX-License-Identifier: MIT
"""e2e_delivery: what 250 promises, and what is left when there is none

System calls are watched and made to fail by strace; disks run full; folders
go away.
"""

import functools
import os
import re
import shutil
from pathlib import Path

import harness
from delivering import (Calls, Delivery, MESSAGE, REFUSALS, SIDE_STEPS,
                        STEPS)



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


@harness.skip_if(harness.SANITIZED, "which call is the one to fail is "
                 "counted, and sanitizers call more, never as often")
class Failures(Delivery):
    """A write fails, in each way; for all other calls see e2e_faults.py."""

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

    def test_a_message_that_cannot_be_written(self):
        """The envelope is gone then, and the session goes on."""
        turn = self.watched.turn("write")
        harness.together(*(functools.partial(
            self.fail_once, "write", ["write:error=%s:when=%d" % (
                error, turn)], code) for error, code in REFUSALS.items()),
            workers=4)

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

    def remove(self, folder):
        """Also while a session that ends writes its line there."""
        path = self.maildir.path / folder
        harness.eventually(
            lambda: shutil.rmtree(path, ignore_errors=True)
            or not path.exists(), "the folder is gone")

    def all_sessions_have_ended(self):
        """One that still writes its line would make missing folders."""
        self.smtp.close()
        pid = self.running.process.pid
        children = Path("/proc/%d/task/%d/children" % (pid, pid))
        harness.eventually(lambda: not children.read_text().split(),
                           "the sessions end")

    def test_folders_that_vanish_are_made_again(self):
        for folder in ("tmp", "new", "mailpit/findings", "mailpit", "cur"):
            with self.subTest(folder):
                self.smtp.deliver(MESSAGE)
                self.remove(folder)
                self.smtp.envelope()
                self.smtp.data(MESSAGE, "451 4.3.0", "250 2.0.0")
                self.smtp.deliver(MESSAGE)
                with self.running.dial() as other:
                    other.ehlo()
                    other.deliver(MESSAGE)
        self.remove("mailpit/findings")
        (self.maildir.path / "mailpit" / "findings").mkdir(mode=0o700)

    def delivered_in_new_session(self):
        with self.running.dial() as smtp:
            smtp.ehlo()
            message_id = smtp.deliver(MESSAGE)
            smtp.quit()
        return message_id

    def test_a_maildir_that_vanishes_is_451_until_there_is_one_again(self):
        """A confined session keeps to the folder that it began with."""
        self.smtp.deliver(MESSAGE)
        shutil.rmtree(self.maildir.path)
        self.refused()
        self.refused()
        self.refused_in_new_session()
        self.assertFalse(self.maildir.path.exists())
        self.maildir.path.mkdir(mode=0o700)
        message_id = self.delivered_in_new_session()
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
        self.delivered_in_new_session()

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
                elsewhere = self.dir / folder.replace("/", "-")
                elsewhere.mkdir()
                path = self.maildir.path / folder
                self.all_sessions_have_ended()
                shutil.rmtree(path)
                path.symlink_to(elsewhere)
                self.refused_in_new_session()
                self.assertEqual(list(elsewhere.iterdir()), [])
                self.all_sessions_have_ended()
                path.unlink()
                path.mkdir(mode=0o700)
        with self.running.dial() as smtp:  # makes what was in the last one
            smtp.ehlo()
            smtp.deliver(MESSAGE)
            smtp.quit()

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


if __name__ == "__main__":
    harness.main()
