# SPDX-License-Identifier: MIT
"""e2e_systemd: the Debian package under a real systemd

Started by hand or by t/run, this file builds the package and starts itself
again in scripts/systemd-bed, where the tests run; nothing they install, start
or write is left afterwards. Where the bed cannot be had, they are skipped and
say why.
"""

import itertools
import re
import shutil
import threading
import time
from pathlib import Path

import bed
import harness
from bed import (CONF, ENV, MAILDIR, PACKAGE, PORT, SMTPS_PORT, SOCKETS, STATE,
                 UNIX, Bed, Terminal, dial, install, journal, processes,
                 systemctl, text)

RUN_SAN = False
TIME_LIMIT = 600

SENDERS = 50
ENOUGH = 3  # messages that each sender has acknowledged before the stop
PAUSE = 0.02  # between the messages of a sender, where the act takes long
TEXT = b"Subject: %s\r\n\r\nText of %s.\r\n"


class Package(Bed):
    def test_lintian_finds_no_error(self):
        done = harness.run(["lintian", "--allow-root", "--fail-on", "error",
                            PACKAGE], check=False, timeout=120)
        said = (done.stdout + done.stderr).decode()
        harness.comment(said)
        self.assertEqual(done.returncode, 0, said)

    def test_nothing_listens_until_it_is_enabled(self):
        for unit in SOCKETS:
            with self.subTest(unit):
                self.assertEqual(systemctl("is-enabled", unit, check=False),
                                 "disabled")
                self.assertEqual(systemctl("is-active", unit, check=False),
                                 "inactive")
        self.assertFalse(harness.listens(PORT))
        self.assertFalse(harness.listens(SMTPS_PORT))

    def test_users_folders_and_modes(self):
        self.secure()
        for path, wanted in (
                (ENV, "root:mailpit 640"),
                (STATE, "mailpit:mailpit-mail 750"),
                (MAILDIR.path, "mailpit:mailpit-mail 2770"),
                (MAILDIR.path / "new", "mailpit:mailpit-mail 2770")):
            with self.subTest(str(path)):
                self.assertEqual(
                    text(["stat", "-c", "%U:%G %a", path]).strip(), wanted)

    def test_an_upgrade_keeps_configuration_mail_and_sessions(self):
        for unit in ("mailpit.socket", "mailpit-wait.socket"):
            with self.subTest(unit):
                self.configure(MP_LABEL="kept")
                before = ENV.read_text()
                systemctl("enable", "--now", unit)
                with dial() as smtp:
                    smtp.ehlo()
                    first = smtp.deliver()
                    install(self.higher_version())
                    # One of a process of its own goes on; the warm parent
                    # is replaced when it has told its sessions.
                    if unit == "mailpit.socket":
                        smtp.deliver()
                with dial() as smtp:
                    smtp.ehlo()
                    second = smtp.deliver()
                    smtp.quit()
                self.assertEqual(ENV.read_text(), before)
                self.assertEqual(text(["stat", "-c", "%U:%G %a", ENV]).strip(),
                                 "root:mailpit 640")
                MAILDIR.find(first)
                MAILDIR.find(second)
                self.assertEqual(systemctl("is-enabled", unit), "enabled")
                self.assertEqual(systemctl("is-active", unit), "active")
                systemctl("disable", "--now", unit)
                install(PACKAGE)
                shutil.rmtree(self.dir / "next")

    def test_removing_ends_what_runs_and_keeps_all_files(self):
        systemctl("enable", "--now", "mailpit-wait.socket")
        with dial() as smtp:
            smtp.ehlo()
            kept = smtp.deliver()
        harness.run(["apt-get", "remove", "-y", "mailpit"])
        self.assertFalse(harness.listens(PORT))
        self.assertEqual(processes("mailpit-wait.service"), [])
        MAILDIR.find(kept)
        self.assertTrue(ENV.exists())

    def test_purge_asks_nothing_and_never_removes_mail(self):
        systemctl("enable", "--now", "mailpit.socket")
        with dial() as smtp:
            smtp.ehlo()
            kept = smtp.deliver()
            smtp.quit()
        own = CONF / "passwd"
        own.write_text("joe:secret\n")
        harness.run(["apt-get", "purge", "-y", "mailpit"])
        self.assertTrue(MAILDIR.find(kept).content)
        self.assertTrue(MAILDIR.sessions())
        self.assertEqual(own.read_text(), "joe:secret\n")
        self.assertFalse(ENV.exists())
        self.assertEqual(self.left_over(), [])

    def test_purge_without_mail_leaves_nothing(self):
        systemctl("enable", "mailpit.socket", "mailpit-prune.timer")
        harness.run(["apt-get", "purge", "-y", "mailpit"])
        self.assertFalse(STATE.exists())
        self.assertFalse(CONF.exists())
        self.assertEqual(self.left_over(), [])

    def left_over(self):
        """Files of ours outside of the state and configuration folders."""
        found = []
        for folder in ("/etc", "/usr/bin", "/usr/share", "/usr/lib",
                       "/usr/libexec", "/var/lib/systemd"):
            for path in Path(folder).rglob("*mailpit*"):
                if not path.is_relative_to(CONF):
                    found.append(str(path))
        return found


class Sockets(Bed):
    def swaks(self, *where):
        """Delivers with STARTTLS and AUTH; returns the ID."""
        said = text(["swaks", *where, "--tls", "--auth", "PLAIN",
                     "--auth-user", "joe", "--auth-password", "secret",
                     "--from", "dev@example.org", "--to", "all@example.com",
                     "--header", "Subject: by swaks"])
        return re.search(r"queued as ([0-9A-Za-z]{22})", said).group(1)

    def assert_delivered(self, message_id, peer):
        stored = MAILDIR.find(message_id)
        self.assertIn(b"Subject: by swaks\n", stored.content)
        self.assertIn("ESMTPSA", stored.received)
        self.assertEqual(
            text(["stat", "-c", "%U:%G %a", stored.path]).strip(),
            "mailpit:mailpit-mail 660")
        line, = [line for line in journal() if "id=" + message_id in line]
        for part in ("peer=" + peer, "tls=TLS1.3", "user=joe",
                     "from=<dev@example.org>", "to=<all@example.com>",
                     "reply=250", "session="):
            self.assertIn(part, line)

    def test_one_command_enables_a_service_of_its_own_per_connection(self):
        self.secure()
        systemctl("enable", "--now", "mailpit.socket")
        self.assert_delivered(self.swaks("--server", "127.0.0.1:%d" % PORT),
                              "127.0.0.1")
        harness.eventually(lambda: not processes("mailpit@*.service"),
                           "the process ends with its connection")
        self.assertEqual(systemctl("list-units", "--all", "--plain",
                                   "--no-legend", "mailpit@*"), "")

    def test_one_command_enables_one_process_for_many(self):
        self.secure()
        systemctl("enable", "--now", "mailpit-wait.socket")
        self.assertEqual(processes("mailpit-wait.service"), [])
        self.assert_delivered(self.swaks("--server", "127.0.0.1:%d" % PORT),
                              "127.0.0.1")
        self.assertEqual(len(processes("mailpit-wait.service")), 1)
        said = systemctl("show", "-p", "StatusText", "mailpit-wait.service")
        self.assertNotEqual(said, "StatusText=")

    def test_an_idle_process_ends_and_comes_back(self):
        self.configure(MP_IDLE_EXIT=1)
        systemctl("enable", "--now", "mailpit-wait.socket")
        for _ in range(2):
            with dial() as smtp:
                smtp.ehlo()
                smtp.deliver()
                smtp.quit()
            harness.eventually(lambda: not processes("mailpit-wait.service"),
                               "the idle process ends")
        self.assertEqual(systemctl("is-active", "mailpit-wait.socket"),
                         "active")

    def test_a_unix_socket(self):
        self.secure()
        for unit in ("mailpit.socket", "mailpit-wait.socket"):
            with self.subTest(unit):
                self.listen(unit, UNIX, PORT)
                systemctl("enable", "--now", unit)
                self.assert_delivered(self.swaks("--socket", UNIX), "local")
                with dial(PORT) as smtp:
                    smtp.quit()
                systemctl("disable", "--now", unit)
                self.assertFalse(Path(UNIX).exists())

    def test_tls_from_the_first_octet(self):
        self.secure()
        for plain, smtps in (("mailpit.socket", "mailpit-smtps.socket"),
                             ("mailpit-wait.socket",
                              "mailpit-wait-smtps.socket")):
            with self.subTest(smtps):
                systemctl("enable", "--now", plain, smtps)
                with dial(SMTPS_PORT, tls=True) as smtp:
                    self.assertNotIn("STARTTLS", smtp.ehlo())
                    smtp.login("joe", "secret")
                    message = smtp.deliver()
                    smtp.quit()
                self.assertIn("ESMTPS", MAILDIR.find(message).received)
                with dial(PORT) as smtp:
                    self.assertIn("STARTTLS", smtp.ehlo())
                    smtp.quit()
                systemctl("disable", "--now", plain, smtps)

    def test_one_form_takes_the_place_of_the_other(self):
        systemctl("start", "mailpit.socket")
        systemctl("start", "mailpit-wait.socket")
        self.assertEqual(systemctl("is-active", "mailpit.socket",
                                   check=False), "inactive")
        with dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
            self.assertTrue(processes("mailpit-wait.service"))
            smtp.quit()

    def test_the_timer_starts_what_removes_old_messages(self):
        self.configure(MP_MAX_MESSAGES=1)
        systemctl("start", "mailpit.socket")
        with dial() as smtp:
            smtp.ehlo()
            last = [smtp.deliver() for _ in range(3)][-1]
            smtp.quit()
        systemctl("enable", "--now", "mailpit-prune.timer")
        self.assertIn("mailpit-prune.service", systemctl(
            "list-timers", "--no-legend"))
        systemctl("start", "mailpit-prune.service")
        self.assertEqual(len(MAILDIR), 1)
        MAILDIR.find(last)

    def test_a_wrong_configuration_is_told_at_once(self):
        self.configure(MP_SMTP_AUTH_FILE="/etc/mailpit/no-such-file")
        for unit in ("mailpit.socket", "mailpit-wait.socket"):
            with self.subTest(unit):
                done = harness.run(["systemctl", "start", unit], check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertFalse(harness.listens(PORT))
                systemctl("reset-failed", unit)

    def test_sessions_are_confined(self):
        for unit, service in (("mailpit.socket", "mailpit@*.service"),
                              ("mailpit-wait.socket",
                               "mailpit-wait.service")):
            with self.subTest(unit):
                systemctl("start", unit)
                with dial() as smtp:
                    smtp.ehlo()
                    serving = max(processes(service))
                    status = Path("/proc/%d/status" % serving).read_text()
                    smtp.quit()
                for wanted in (r"NoNewPrivs:\s+1", r"Seccomp:\s+2",
                               r"CapEff:\s+0+\n", r"CapBnd:\s+0+\n"):
                    self.assertRegex(status, wanted)
                uid = harness.run(["id", "-u", "mailpit"]).stdout.decode()
                self.assertRegex(status, r"Uid:\s+%s\s" % uid.strip())


class Sender:
    """Sends messages over one connection until the server ends it."""

    def __init__(self, number, pause):
        self.number, self.pause = number, pause
        self.acknowledged = {}  # ID: content
        self.in_flight = None
        self.trouble = None

    def run(self):
        try:
            with dial() as smtp:
                smtp.ehlo()
                for n in itertools.count():
                    name = b"%d.%d" % (self.number, n)
                    self.in_flight = TEXT % (name, name)
                    message = smtp.deliver(self.in_flight)
                    self.acknowledged[message] = self.in_flight
                    self.in_flight = None
                    time.sleep(self.pause)
        except OSError:
            pass
        except AssertionError as e:
            if not re.search(r"connection closed|got 421 ", str(e)):
                self.trouble = str(e)


class Stop(Bed):
    """What was acknowledged is there, whenever the stop comes."""

    def sending(self, pause):
        """Starts the senders; returns when each got replies."""
        senders = [Sender(n, pause) for n in range(SENDERS)]
        threads = [threading.Thread(target=s.run) for s in senders]
        for thread in threads:
            thread.start()
        harness.eventually(
            lambda: all(len(s.acknowledged) >= ENOUGH or s.trouble
                        for s in senders), "all senders get replies")
        return senders, threads

    def amidst(self, unit, service, least, act, pause=0):
        """Calls act(processes) while all send; then nothing is missing."""
        systemctl("enable", "--now", unit)
        senders, threads = self.sending(pause)
        running = processes(service)
        began = time.monotonic()
        act(running)
        took = time.monotonic() - began
        for thread in threads:
            thread.join(harness.PATIENCE)
        self.assertEqual([s.trouble for s in senders if s.trouble], [])
        self.assertGreaterEqual(len(running), least)
        self.assertEqual(set(running) & set(processes(service)), set())
        self.assert_kept(senders)
        stored = len(MAILDIR)
        harness.comment(
            "%s: %d processes, over in %.2f s, %d messages acknowledged, %d "
            "stored" % (unit, len(running), took,
                        sum(len(s.acknowledged) for s in senders), stored))
        # The socket was not stopped: the next connection is served.
        with dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()
        self.assertEqual(len(MAILDIR), stored + 1)

    def assert_kept(self, senders):
        """Every 250 has its file; a file without one was in flight."""
        stored = {s.id: s for s in MAILDIR.messages()}
        for sender in senders:
            for message, content in sender.acknowledged.items():
                self.assertIn(message, stored)
                self.assertTrue(stored.pop(message).holds(content), message)
        in_flight = [s.in_flight for s in senders if s.in_flight]
        for other in stored.values():
            self.assertTrue(any(other.holds(c) for c in in_flight),
                            other.raw)
        self.assertEqual(MAILDIR.stray(), [])

    def test_stopping_the_process_for_many(self):
        self.amidst("mailpit-wait.socket", "mailpit-wait.service", SENDERS + 1,
                    lambda _: systemctl("stop", "mailpit-wait.service"))

    def test_stopping_all_processes_of_one_connection(self):
        self.amidst("mailpit.socket", "mailpit@*.service", SENDERS,
                    lambda _: systemctl("stop", "mailpit@*.service"))

    def test_an_upgrade_replaces_the_process_for_many(self):
        package = self.higher_version()
        self.amidst("mailpit-wait.socket", "mailpit-wait.service", SENDERS + 1,
                    lambda _: install(package), PAUSE)

    def test_an_upgrade_lets_processes_of_one_connection_go_on(self):
        package = self.higher_version()

        def act(running):
            install(package)
            self.assertEqual(set(running), set(processes("mailpit@*.service")))
            systemctl("stop", "mailpit@*.service")
        self.amidst("mailpit.socket", "mailpit@*.service", SENDERS, act,
                    PAUSE)


class People(Bed):
    def test_a_member_of_the_group_reads_and_marks_in_mutt(self):
        home = self.user("alice", "-G", "mailpit-mail")
        self.as_user("alice", "mkdir", home / "Mail")
        systemctl("enable", "--now", "mailpit.socket")
        with dial() as smtp:
            smtp.ehlo()
            message = smtp.deliver(TEXT % (b"hello", b"hello"))
            smtp.quit()
        mutt = Terminal("alice", home)
        self.addCleanup(mutt.stop)
        mutt.start("mutt -n -F /dev/null -e 'set sleep_time=0' -f %s" %
                   MAILDIR.path)
        mutt.shows("hello")
        mutt.keys("Enter")
        mutt.shows("Text of hello.")
        mutt.keys("i")
        mutt.keys("F")
        mutt.keys("q")
        harness.eventually(mutt.is_over, "mutt ends")
        path = MAILDIR.find(message).path
        self.assertEqual(path.parent.name, "cur")
        self.assertTrue(path.name.endswith(":2,FS"), path.name)
        self.assertEqual(text(["stat", "-c", "%U %a", path]).strip(),
                         "mailpit 660")
        self.assertNotEqual(self.as_user("alice", "cat", ENV).returncode, 0)

    def test_others_see_nothing(self):
        self.user("mallory")
        for path in (STATE, MAILDIR.path, ENV):
            with self.subTest(str(path)):
                self.assertNotEqual(
                    self.as_user("mallory", "ls", path / ".").returncode
                    if path.is_dir() else
                    self.as_user("mallory", "cat", path).returncode, 0)


if __name__ == "__main__":
    bed.enter(__file__)
    harness.main()
