# SPDX-License-Identifier: MIT
"""e2e_effects: options whose effect a client sees

TLS and authentication in all their combinations, Unix sockets, limits.
"""

import os
import shutil
import socket
import stat

import harness
from options import CERT, CONFIG, PASSWD, USAGE, Options

TIME_LIMIT = 240


class Combinations(Options):
    """TLS and authentication together: what the server then does."""

    def offer(self, *args, env=None, tls=False):
        smtpd = self.server(*self.fill(args), env=env)
        smtp = smtpd.dial(tls=tls)
        self.addCleanup(smtp.close)
        return smtp, smtp.ehlo(), smtpd

    def test_nothing_given(self):
        smtp, extensions, smtpd = self.offer()
        self.assertNotIn("STARTTLS", extensions)
        self.assertNotIn("AUTH", extensions)
        smtp.command("STARTTLS", 502)
        smtp.command("AUTH PLAIN AHgAeQ==", 502)
        smtp.deliver()
        self.assertIn("no encryption", smtpd.log)

    def test_a_certificate_makes_starttls_optional(self):
        smtp, extensions, smtpd = self.offer(CERT)
        self.assertIn("STARTTLS", extensions)
        self.assertNotIn("AUTH", extensions)
        smtp.deliver()
        self.assertIn("STARTTLS optional", smtpd.log)

    def test_required_starttls(self):
        smtp, _, smtpd = self.offer(CERT, "--smtp-require-starttls")
        for line in ("MAIL FROM:<a@example.org>", "RCPT TO:<a@example.org>",
                     "DATA"):
            smtp.command(line, "530 5.7.0")
        smtp.command("NOOP", 250)
        smtp.starttls()
        smtp.ehlo()
        smtp.deliver()
        self.assertIn("STARTTLS required", smtpd.log)

    def test_required_tls(self):
        smtp, extensions, smtpd = self.offer(CERT, "--smtp-require-tls",
                                             tls=True)
        self.assertNotIn("STARTTLS", extensions)
        smtp.deliver()
        self.assertIn("SSL/TLS required", smtpd.log)

    def test_insecure_alone_has_no_effect(self):
        smtp, extensions, _ = self.offer("--smtp-auth-allow-insecure")
        self.assertNotIn("AUTH", extensions)
        smtp.command("AUTH PLAIN AHgAeQ==", 502)
        smtp.deliver()

    def test_a_file_and_a_certificate_demand_both(self):
        smtp, extensions, smtpd = self.offer(CERT, "--smtp-auth-file", PASSWD)
        self.assertNotIn("AUTH", extensions)
        smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
        smtp.starttls()
        smtp.ehlo()
        smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
        smtp.login("joe", "secret")
        smtp.deliver()
        self.assertIn("STARTTLS required", smtpd.log)
        self.assertIn("enabling login authentication", smtpd.log)

    def test_a_file_a_certificate_and_insecure(self):
        smtp, extensions, smtpd = self.offer(
            CERT, "--smtp-auth-file", PASSWD, "--smtp-auth-allow-insecure")
        self.assertIn("AUTH", extensions)
        self.assertIn("STARTTLS", extensions)
        smtp.login("joe", "secret")
        smtp.deliver()
        self.assertIn("enabling login authentication (insecure)", smtpd.log)

    def test_accept_any_is_said_in_the_log(self):
        _, _, smtpd = self.offer(CERT, "--smtp-auth-accept-any")
        self.assertIn("enabling any authentication", smtpd.log)

    def test_the_file_wins_over_the_list_of_the_environment(self):
        smtp, _, _ = self.offer(CERT, "--smtp-auth-file", PASSWD,
                                env={"MP_SMTP_AUTH": "ann:other"})
        smtp.starttls()
        smtp.ehlo()
        smtp.login("ann", "other", "535 5.7.8")
        smtp.login("joe", "secret")

    def test_smtps_stands_beside_starttls(self):
        port = harness.free_port()
        smtpd = self.server(*harness.certificate().options, "--smtps",
                            "127.0.0.1:%d" % port)
        with smtpd.dial() as smtp:
            self.assertIn("STARTTLS", smtp.ehlo())
            smtp.deliver()
        with smtpd.dial(port, tls=True) as smtp:
            self.assertNotIn("STARTTLS", smtp.ehlo())
            smtp.deliver()


class UnixSockets(Options):
    def setUp(self):
        super().setUp()
        self.path = self.dir / "smtp.sock"

    def address(self, mode="0660"):
        return "unix:%s:%s" % (self.path, mode)

    def test_the_mode_is_the_one_given(self):
        for mode in ("660", "0600", "0666"):
            with self.subTest(mode):
                smtpd = self.server(smtp=self.address(mode))
                self.assertEqual(stat.S_IMODE(self.path.stat().st_mode),
                                 int(mode, 8))
                with smtpd.dial() as smtp:
                    smtp.ehlo()
                    stored = self.stored(smtp.deliver())
                    self.assertIn("[local]", stored.received)
                smtpd.stop()
                self.assertFalse(self.path.exists())

    def test_tls_works_there_too(self):
        smtpd = self.server(*harness.certificate().options,
                            smtp=self.address())
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.deliver()

    def test_a_regular_file_is_never_deleted(self):
        self.path.write_text("precious")
        done = self.mailpit("--smtp", self.address(), "--maildir", self.use())
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        self.assertIn(str(self.path), done.stderr)
        self.assertEqual(self.path.read_text(), "precious")

    def test_a_socket_in_use_is_refused_and_stays(self):
        smtpd = self.server(smtp=self.address())
        done = self.mailpit("--smtp", self.address(), "--maildir", self.use())
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        self.assertIn("in use", done.stderr)
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.deliver()

    def test_a_socket_left_over_is_replaced(self):
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(str(self.path))
        with self.server(smtp=self.address()).dial() as smtp:
            smtp.ehlo()
            smtp.deliver()

    def test_a_mode_that_is_none_is_refused(self):
        for mode in ("0688", "6", "rw", ""):
            with self.subTest(mode):
                done = self.mailpit("--smtp", self.address(mode), "--maildir",
                                    self.use())
                self.assertIn(done.returncode, (USAGE, CONFIG), done.stderr)
                self.assertFalse(self.path.exists())

    def test_a_path_that_is_too_long_is_refused(self):
        self.path = self.dir / ("x" * 120)
        done = self.mailpit("--smtp", self.address(), "--maildir", self.use())
        self.assertEqual(done.returncode, CONFIG, done.stderr)


class Effects(Options):
    """Options whose effect a client sees."""

    def test_the_label_is_in_the_banner(self):
        smtpd = self.server("--label", "  my \t own   box ")
        with harness.Dialogue(smtpd.connect()) as smtp:
            self.assertRegex(smtp.banner().text,
                             r"^\S+ Mailpit \(my own box\) ESMTP")

    def test_the_size_is_announced_and_kept(self):
        smtpd = self.server("--max-message-size", "1")
        with smtpd.dial() as smtp:
            self.assertEqual(smtp.ehlo()["SIZE"], ["1048576"])
            smtp.command("MAIL FROM:<a@example.org> SIZE=1048577",
                         "552 5.3.4")
            smtp.envelope(parameters="SIZE=1048576")
            head = b"Subject: x\r\n\r\n"
            line = b"x" * 1022 + b"\r\n"
            body = head + line * 1023
            exact = body + b"y" * (1048576 - len(body) - 2) + b"\r\n"
            smtp.data(exact)
            smtp.envelope()
            smtp.data(b"z" + exact, "552 5.3.4")
            smtp.command("DATA", 503)
        self.assertEqual(len(self.maildir), 1)

    def test_no_limit_is_announced_as_zero_with_a_warning(self):
        smtpd = self.server("--max-message-size", "0")
        with smtpd.dial() as smtp:
            self.assertEqual(smtp.ehlo()["SIZE"], ["0"])
        self.assertIn("level=warning", smtpd.log)

    def test_the_number_of_recipients_is_limited(self):
        smtpd = self.server("--smtp-max-recipients", "2")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.envelope(to=["a@example.com", "b@example.com"])
            smtp.command("RCPT TO:<c@example.com>", "452 4.5.3")
            stored = self.stored(smtp.data(b"Subject: x\r\n\r\n").id)
        self.assertEqual(stored.delivered_to,
                         ["a@example.com", "b@example.com"])

    def test_only_allowed_recipients_are_accepted(self):
        smtpd = self.server("--smtp-allowed-recipients",
                            r"@example\.com$|^joe@")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.envelope(to=["a@example.com", "joe@example.net"])
            smtp.command("RCPT TO:<a@example.net>", "550 5.1.0")
            stored = self.stored(smtp.data(b"Subject: x\r\n\r\n").id)
        self.assertEqual(stored.delivered_to,
                         ["a@example.com", "joe@example.net"])

    def test_rejected_recipients_can_be_ignored(self):
        smtpd = self.server("--smtp-allowed-recipients", "@example.com$",
                            "--smtp-ignore-rejected-recipients")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.envelope(to=["a@example.net"])
            reply = smtp.data(b"Subject: dropped\r\n\r\n")
            self.assertNotIn("queued as", reply.text)
            smtp.envelope(to=["a@example.net", "a@example.com"])
            smtp.data(b"Subject: kept\r\n\r\n")
        self.assertEqual(self.maildir.only().delivered_to, ["a@example.com"])

    def test_ignoring_without_a_pattern_is_a_warning(self):
        done = self.check("--smtp-ignore-rejected-recipients")
        self.assertEqual(done.returncode, 0)
        self.assertIn("level=warning", done.stderr)

    def test_bare_newlines_are_content_or_refused_as_told(self):
        octets = b"Subject: x\r\n\r\none\ntwo\n.\nthree\r\n"
        with self.server().dial() as smtp:
            smtp.ehlo()
            message = smtp.deliver(octets)
            self.assertEqual(self.stored(message).content,
                             octets.replace(b"\r\n", b"\n"))
            self.assertTrue(self.maildir.findings(message))
        with self.server("--smtp-forbid-bare-newline").dial() as smtp:
            smtp.ehlo()
            smtp.envelope()
            smtp.data(octets, "550 5.5.2")
            smtp.deliver()
        self.assertEqual(len(self.maildir), 2)

    def test_double_cr_in_the_header_is_repaired_unless_strict(self):
        octets = b"Subject: x\r\r\nX-Two: y\r\r\n\r\nbody\r\r\n"
        with self.server().dial() as smtp:
            smtp.ehlo()
            self.assertEqual(self.stored(smtp.deliver(octets)).content,
                             b"Subject: x\nX-Two: y\n\nbody\r\n")
        with self.server("--smtp-strict-rfc-headers").dial() as smtp:
            smtp.ehlo()
            self.assertEqual(self.stored(smtp.deliver(octets)).content,
                             b"Subject: x\r\nX-Two: y\r\n\nbody\r\n")

    def test_limits_of_a_session_close_it_with_421(self):
        rows = [("--smtp-max-errors", "3", "NONSENSE", 500),
                ("--smtp-max-junk", "3", "NOOP", 250)]
        for option, limit, line, code in rows:
            with self.subTest(option):
                with self.server(option, limit).dial() as smtp:
                    smtp.ehlo()
                    for _ in range(8):
                        smtp.line(line)
                    replies = []
                    while (reply := smtp.reply()) is not None:
                        replies.append(reply.code)
                self.assertEqual(set(replies[:-1]), {code})
                self.assertEqual(replies[-1], 421)
                # The EHLO may count as a command without mail.
                self.assertIn(len(replies), (2, 3, 4))

    def test_the_number_of_messages_of_a_session_is_limited(self):
        with self.server("--smtp-max-messages", "2").dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
            smtp.deliver()
            smtp.command("MAIL FROM:<a@example.org>", 421)
            smtp.closed()

    def test_a_command_has_a_time_limit(self):
        with self.server("--smtp-command-timeout", "1").dial() as smtp:
            smtp.expect("421 4.4.2")
            smtp.closed()

    def test_a_message_has_a_time_limit(self):
        with self.server("--smtp-data-timeout", "1").dial() as smtp:
            smtp.ehlo()
            smtp.envelope()
            smtp.command("DATA", 354)
            smtp.send(b"Subject: never\r\n")
            smtp.expect("421 4.4.2")
            smtp.closed()
        self.assertEqual(len(self.maildir), 0)
        self.assertEqual(self.maildir.stray(), [])

    def test_a_handshake_has_a_time_limit(self):
        smtpd = self.server("--smtp-handshake-timeout", "1",
                            *harness.certificate().options)
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.command("STARTTLS", 220)
            smtp.send(b"\x16\x03\x01")
            self.assertNotRegex(harness.read_to_end(smtp.sock),
                                rb"(?m)^[2-5]\d\d[ -]")

    def test_connections_are_limited_in_all_and_per_source(self):
        for option in ("--max-connections", "--max-connections-per-source"):
            with self.subTest(option):
                smtpd = self.server(option, "2")
                with smtpd.dial(), smtpd.dial() as second:
                    with harness.Dialogue(smtpd.connect()) as third:
                        third.expect(421)
                        third.closed()
                    second.quit()

                    def dials():
                        with harness.Dialogue(smtpd.connect()) as again:
                            return again.reply().code == 220
                    harness.eventually(dials, "a place becomes free")

    def test_the_log_can_go_to_a_file(self):
        path = self.dir / "mail.log"
        smtpd = self.server("--log-file", path)
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.quit()
        smtpd.stop()
        self.assertIn("[smtpd] starting on", path.read_text())
        self.assertNotIn("[smtpd]", smtpd.log)
        for line in path.read_text().splitlines():
            self.assertRegex(line, r'^time="\d{4}/\d\d/\d\d \d\d:\d\d:\d\d" '
                             r'level=(debug|info|warning|error) .*msg=".*"$')

    def test_the_log_is_there_when_stdout_and_stderr_are_one(self):
        both = self.dir / "both"
        with open(both, "ab") as out:
            smtpd = self.server(stdout=out, prefix=[
                "sh", "-c", 'exec "$@" 2>&1', "sh"])
        smtpd.stop()
        self.assertIn("[smtpd] starting on", both.read_text())

    def test_a_log_file_that_cannot_be_opened_is_said(self):
        smtpd = self.server("--log-file", self.dir / "none" / "mail.log")
        self.assertIn(str(self.dir / "none"), smtpd.log)

    def test_quiet_and_verbose(self):
        for args, wanted, unwanted in (
                ([], "level=info", "level=debug"),
                (["-v"], "level=debug", "impossible"),
                (["-q"], "", "level=info"),
                (["-q", "-v"], "level=debug", "impossible")):
            with self.subTest(args):
                smtpd = self.server(*args)
                with smtpd.dial() as smtp:
                    smtp.ehlo()
                    smtp.deliver()
                    smtp.quit()
                smtpd.stop()
                self.assertIn(wanted, smtpd.log)
                self.assertNotIn(unwanted, smtpd.log)

    def test_without_fsync_is_said(self):
        smtpd = self.server("--no-fsync")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
        self.assertIn("fsync", smtpd.log)

    def test_only_so_many_messages_are_kept(self):
        smtpd = self.server("--max", "3")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            for number in range(6):
                smtp.deliver(b"Subject: %d\r\n\r\n" % number)
            smtp.quit()
        smtpd.stop()
        done = self.mailpit("prune", "--max", "3", "--maildir",
                            self.maildir.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([m.content for m in self.maildir.messages()],
                         [b"Subject: %d\n\n" % n for n in (3, 4, 5)])

    def test_readyz_says_whether_it_listens(self):
        smtpd = self.server()
        address = "127.0.0.1:%d" % smtpd.port
        self.assertEqual(self.mailpit("readyz", "--smtp", address).returncode,
                         0)
        smtpd.stop()
        self.assertEqual(self.mailpit("readyz", "--smtp", address).returncode,
                         1)

    def test_as_root_it_takes_the_owner_of_the_maildir(self):
        if os.getuid() != 0:
            self.skipTest("not root")
        self.dir.chmod(0o755)
        path = self.use()
        path.mkdir(mode=0o700)
        shutil.chown(path, 65534, 65534)
        for folder in self.dir.parents:
            if folder.name.startswith(("run.", "mailpit-")):
                folder.chmod(0o711)  # ours, made by the runner
        smtpd = self.server()
        with smtpd.dial() as smtp:
            smtp.ehlo()
            stored = self.stored(smtp.deliver())
        self.assertEqual(stored.path.stat().st_uid, 65534)
        self.assertRegex(smtpd.log, r"uid 65534|nobody")


if __name__ == "__main__":
    harness.main()
