# SPDX-License-Identifier: MIT
"""e2e_store: modes, side files, and what prune removes"""

import os
import subprocess
import time

import harness
from delivering import Delivery, MESSAGE


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
