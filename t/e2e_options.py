# SPDX-License-Identifier: MIT
"""e2e_options: the command line and the environment

What is refused at start, with which exit status and in which words; what is
accepted with a notice. What the options then do is in e2e_effects.py.
"""

import os
import re
import signal
import socket
import stat

import harness
from options import CERT, CONFIG, PAGES, PASSWD, USAGE, Options

TIME_LIMIT = 180

class Refusals(Options):
    def test_usage_errors_are_64_and_name_the_option(self):
        rows = [
            (["--no-such-option"], ["--no-such-option"]),
            (["-Z"], ["-Z"]),
            (["surplus"], ["surplus"]),
            (["--max"], ["--max"]),
            (["--max", "many"], ["--max", "many"]),
            (["--max", "12x"], ["--max", "12x"]),
            (["--max-message-size", "big"], ["--max-message-size", "big"]),
            (["--max-message-size", "99999999999999999999"],
             ["--max-message-size"]),
            (["--smtp-max-recipients", "x"], ["--smtp-max-recipients"]),
            (["--max-connections", "1.5"], ["--max-connections"]),
            (["--smtp-command-timeout", "soon"], ["--smtp-command-timeout"]),
            (["--smtp-require-starttls=maybe"],
             ["--smtp-require-starttls", "maybe"]),
            (["--no-fsync=2"], ["--no-fsync"]),
        ]
        for args, words in rows:
            with self.subTest(args):
                self.assert_refused(USAGE, words, *args)

    def test_bad_values_in_the_environment_are_78_and_name_the_variable(self):
        rows = {
            "MP_MAX_MESSAGES": "abc",
            "MP_MAX_MESSAGE_SIZE": "5MB",
            "MP_SMTP_MAX_RECIPIENTS": "many",
            "MP_SMTP_REQUIRE_STARTTLS": "maybe",
            "MP_SMTP_REQUIRE_TLS": "on",
        }
        for name, value in rows.items():
            with self.subTest(name):
                self.assert_refused(CONFIG, [name, value], env={name: value})

    def test_values_that_make_no_sense_are_78_and_shown(self):
        rows = {
            "MP_MAX_AGE": ("3 weeks", "max-age"),
            "MP_SMTP_ALLOWED_RECIPIENTS": ("(", "smtp-allowed-recipients"),
            "MP_SMTP_BIND_ADDR": ("nonsense", "nonsense"),
        }
        for name, (value, word) in rows.items():
            with self.subTest(name):
                done = self.mailpit("--check", "--maildir", self.use(),
                                    env={name: value})
                self.assertEqual(done.returncode, CONFIG, done.stderr)
                self.assertIn(word, done.stderr)

    def test_options_that_are_not_there_yet_are_refused_by_name(self):
        rows = {
            "--smtp-relay-config": ("MP_SMTP_RELAY_CONFIG", "relay.yaml"),
            "--smtp-relay-all": ("MP_SMTP_RELAY_ALL", None),
            "--smtp-relay-matching": ("MP_SMTP_RELAY_MATCHING", "x"),
            "--smtp-forward-config": ("MP_SMTP_FORWARD_CONFIG", "f.yaml"),
            "--enable-chaos": ("MP_ENABLE_CHAOS", None),
            "--chaos-triggers": ("MP_CHAOS_TRIGGERS", "Sender:451:5"),
            "--pop3-auth-file": ("MP_POP3_AUTH_FILE", "f"),
            "--tag": ("MP_TAG", "a=b"),
            "--tags-config": ("MP_TAGS_CONFIG", "f"),
            "--webhook-url": ("MP_WEBHOOK_URL", "http://localhost/"),
        }
        for flag, (variable, value) in rows.items():
            args = [flag] if value is None else [flag, value]
            with self.subTest(flag):
                self.assert_refused(USAGE, [flag], *args)
            with self.subTest(variable):
                self.assert_refused(CONFIG, [variable],
                                    env={variable: value or "true"})

    def test_combinations_that_cannot_be_are_78(self):
        rows = [
            ("certificate alone",
             ["--smtp-tls-cert", harness.certificate().cert], ["key"]),
            ("key alone",
             ["--smtp-tls-key", harness.certificate().key], ["certificate"]),
            ("certificate not there",
             ["--smtp-tls-cert", "DIR/none.crt", "--smtp-tls-key",
              harness.certificate().key], ["DIR/none.crt"]),
            ("key not there",
             ["--smtp-tls-cert", harness.certificate().cert,
              "--smtp-tls-key", "DIR/none.key"], ["DIR/none.key"]),
            ("key of another certificate",
             ["--smtp-tls-cert", harness.certificate().cert,
              "--smtp-tls-key", harness.certificate(serial=9).key],
             [str(harness.certificate().cert), "match"]),
            ("certificate is no PEM",
             ["--smtp-tls-cert", "/etc/passwd", "--smtp-tls-key",
              harness.certificate().key], ["/etc/passwd"]),
            ("require-tls without a certificate",
             ["--smtp-require-tls"], ["certificate"]),
            ("require-starttls without a certificate",
             ["--smtp-require-starttls"], ["certificate"]),
            ("smtps without a certificate",
             ["--smtps", "127.0.0.1:1"], ["certificate"]),
            ("require-tls with insecure authentication",
             [CERT, "--smtp-require-tls", "--smtp-auth-allow-insecure"],
             ["--smtp-auth-allow-insecure"]),
            ("require-starttls with insecure authentication",
             [CERT, "--smtp-require-starttls", "--smtp-auth-allow-insecure"],
             ["--smtp-auth-allow-insecure"]),
            ("require-tls and require-starttls",
             [CERT, "--smtp-require-tls", "--smtp-require-starttls"],
             ["STARTTLS"]),
            ("credentials and accept-any",
             [CERT, "--smtp-auth-file", PASSWD, "--smtp-auth-accept-any"],
             ["--smtp-auth-accept-any"]),
            ("credentials without TLS", ["--smtp-auth-file", PASSWD],
             ["--smtp-auth-allow-insecure"]),
            ("accept-any without TLS", ["--smtp-auth-accept-any"],
             ["--smtp-auth-allow-insecure"]),
            ("max-age in words", ["--max-age", "3 weeks"],
             ["max-age", "3 weeks"]),
            ("address without a port", ["--smtp", "127.0.0.1"],
             ["127.0.0.1"]),
            ("pattern that does not compile",
             ["--smtp-allowed-recipients", "(a"],
             ["smtp-allowed-recipients"]),
            ("sans without a name",
             ["--smtp-tls-cert", "sans:", "--smtp-tls-key", "sans:"],
             ["sans:"]),
            ("sans with blanks only",
             ["--smtp-tls-cert", "sans: ,", "--smtp-tls-key", "sans: ,"],
             ["sans:"]),
            ("sans in one of the two",
             ["--smtp-tls-cert", "sans:localhost", "--smtp-tls-key",
              harness.certificate().key], ["sans:"]),
            ("address of the pages without a port",
             ["--listen", "127.0.0.1"], ["[ui]", "127.0.0.1"]),
            ("webroot with a blank", [*PAGES, "--webroot", "/a b"],
             ["webroot", "/a b"]),
            ("webroot that leads upwards", [*PAGES, "--webroot", "/a/.."],
             ["webroot"]),
            ("UI certificate alone",
             [*PAGES, "--ui-tls-cert", harness.certificate().cert],
             ["[ui]", "key"]),
            ("UI key alone under its older name",
             [*PAGES, "--ui-ssl-key", harness.certificate().key],
             ["[ui]", "certificate"]),
            ("UI certificate not there",
             [*PAGES, "--ui-tls-cert", "DIR/none.crt", "--ui-tls-key",
              harness.certificate().key], ["[ui]", "DIR/none.crt"]),
            ("UI key of another certificate",
             [*PAGES, "--ui-tls-cert", harness.certificate().cert,
              "--ui-tls-key", harness.certificate(serial=9).key],
             ["[ui]", "match"]),
            ("UI names that differ",
             [*PAGES, "--ui-tls-cert", "sans:a", "--ui-tls-key", "sans:b"],
             ["[ui]", "same hosts"]),
            ("passwords of the pages not there",
             [*PAGES, "--ui-auth-file", "DIR/none"], ["[ui]", "DIR/none"]),
            ("passwords of send not there",
             [*PAGES, "--send-api-auth-file", "DIR/none"],
             ["[ui]", "DIR/none"]),
            ("send with passwords and without",
             [*PAGES, "--send-api-auth-file", PASSWD,
              "--send-api-auth-accept-any"], ["--send-api-auth-accept-any"]),
            ("tags from nothing that is known",
             [*PAGES, "--tags-disable", "x-tags,all"], ["tags-disable"]),
            ("a remote database", ["--database", "http://localhost:4001"],
             ["database", "http://localhost:4001"]),
        ]
        for label, args, words in rows:
            with self.subTest(label):
                self.assert_refused_either(words, *args)

    def assert_refused_either(self, words, *args):
        """A value that cannot be may count as usage or as configuration."""
        done = self.check(*args)
        self.assertIn(done.returncode, (USAGE, CONFIG), done.stderr)
        self.assert_refused(done.returncode, words, *args)

    def test_credentials_without_tls_are_refused_from_the_environment(self):
        self.assert_refused(CONFIG, ["--smtp-auth-allow-insecure"],
                            env={"MP_SMTP_AUTH": "joe:secret"})

    def test_password_files_are_refused_with_file_and_line(self):
        good = harness.entry("ann", "x", "{SSHA}")
        rows = [
            ("empty", "", None),
            ("comments only", "# nothing\n\n", None),
            ("no colon", good + "\nnonsense\n", 2),
            ("no secret", good + "\n\njoe:\n", 3),
            ("no user", ":secret\n", 1),
            ("unknown form", good + "\njoe:$3$form$x\n", 2),
            ("unknown braces", good + "\njoe:{MD5}abc\n", 2),
            ("rounds that are none", "joe:$6$rounds=abc$salt$x\n", 1),
            ("a cost beyond the table",
             "joe:$2b$31$" + "a" * 53 + "\n", 1),
            ("SHA of the wrong length", "joe:{SHA}c2VjcmV0\n", 1),
        ]
        for label, text, line in rows:
            with self.subTest(label):
                path = self.file("broken", text)
                where = "%s:%d:" % (path, line) if line else str(path)
                self.assert_refused(CONFIG, [where], CERT, "--smtp-auth-file",
                                    path)

    def test_password_files_that_cannot_be_read_are_refused(self):
        for path in (self.dir / "none", self.dir):
            with self.subTest(path):
                self.assert_refused(CONFIG, [str(path)], CERT,
                                    "--smtp-auth-file", path)

    def test_broken_passwords_of_the_pages_are_refused(self):
        path = self.file("broken", "ann:x\njoe:$3$form$hidden\n")
        for option in ("--ui-auth-file", "--send-api-auth-file"):
            with self.subTest(option):
                self.assert_refused(CONFIG, ["%s:2:" % path], *PAGES, option,
                                    path)
        for name in ("MP_UI_AUTH", "MP_SEND_API_AUTH"):
            with self.subTest(name):
                done = self.check(*PAGES, env={name: "joe:$3$form$hidden"})
                self.assertEqual(done.returncode, CONFIG)
                self.assertIn(name, done.stderr)
                self.assertNotIn("hidden", done.stderr)

    def test_a_bad_entry_in_the_environment_is_refused_without_a_secret(self):
        done = self.check(CERT, env={"MP_SMTP_AUTH": "ann:x joe:$9$hidden"})
        self.assertEqual(done.returncode, CONFIG)
        self.assertIn("MP_SMTP_AUTH", done.stderr)
        self.assertNotIn("hidden", done.stderr)

    def test_a_maildir_that_cannot_be_written_is_refused(self):
        plain = self.file("file", "text")
        rows = [("a file", plain),
                ("below a file", plain / "Maildir"),
                ("a dangling link", self.dir / "dangling"),
                ("a file system that takes no files", "/proc/self/Maildir")]
        os.symlink(self.dir / "nowhere", self.dir / "dangling")
        for label, path in rows:
            with self.subTest(label):
                done = self.mailpit("--check", "--maildir", path)
                self.assertEqual(done.returncode, CONFIG, done.stderr)
                self.assertIn(str(path), done.stderr)
        self.assertEqual(plain.read_text(), "text")

    def test_a_port_that_is_taken_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            done = self.mailpit("--smtp", address, "--maildir", self.use())
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        self.assertIn(address, done.stderr)
        self.assertIn("in use", done.stderr)

    def test_a_password_in_a_flag_named_for_a_file_is_never_echoed(self):
        done = self.check(CERT, "--smtp-auth-file", self.file(
            "passwd", "joe:$unknown$hidden-secret\n"))
        self.assertEqual(done.returncode, CONFIG)
        self.assertNotIn("hidden-secret", done.stdout + done.stderr)


class Acceptance(Options):
    def test_check_says_nothing_is_wrong(self):
        self.assertEqual(self.check().returncode, 0)
        self.assertEqual(self.check(CERT, "--smtp-auth-file",
                                    PASSWD).returncode, 0)

    def test_check_opens_no_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = self.check("--smtp", "127.0.0.1:%d" %
                              taken.getsockname()[1])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_meaningless_options_get_a_notice_of_one_line(self):
        rows = [(["--compression", "3"], "--compression"),
                (["--disable-wal"], "--disable-wal"),
                (["--disable-auto-vacuum"], "--disable-auto-vacuum"),
                (["--disable-version-check"], "--disable-version-check"),
                (["--disable-http-compression"], "--disable-http-compression"),
                (["--smtp-disable-rdns"], "--smtp-disable-rdns")]
        for args, name in rows:
            with self.subTest(name):
                self.assert_one_notice(self.check(*args), name)
        for name in ("MP_COMPRESSION", "MP_DISABLE_WAL",
                     "MP_DISABLE_AUTO_VACUUM", "MP_DISABLE_VERSION_CHECK",
                     "MP_SMTP_DISABLE_RDNS"):
            with self.subTest(name):
                self.assertEqual(self.check(env={name: "1"}).returncode, 0)

    def assert_one_notice(self, done, *names):
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line for line in done.stderr.splitlines()
                 if names[0] in line]
        self.assertEqual(len(lines), 1, done.stderr)
        for name in names:
            self.assertIn(name, lines[0])

    def test_variables_of_the_pages_are_no_error_for_a_filter(self):
        env = {"MP_UI_BIND_ADDR": "nonsense", "MP_WEBROOT": "/../mail",
               "MP_UI_AUTH_FILE": "/nonexistent", "MP_API_CORS": "*",
               "MP_UI_TLS_CERT": "/nonexistent", "MP_TAGS_DISABLE": "all",
               "MP_HIDE_DELETE_ALL_BUTTON": "true"}
        self.use().mkdir()
        done = self.check("--inetd", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line for line in done.stderr.splitlines() if
                          "[confine]" not in line and "is good" not in line],
                         [], done.stderr)
        with self.filter(env=env) as started:
            started.smtp.banner()
            started.smtp.ehlo()
            started.smtp.deliver()
            started.smtp.quit()

    def test_without_pages_their_secrets_are_not_looked_at(self):
        done = self.check("--listen", "none",
                          env={"MP_UI_AUTH_FILE": "/nonexistent"})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_passwords_of_the_pages_without_tls_get_a_notice(self):
        done = self.check(*PAGES, "--ui-auth-file", PASSWD)
        self.assert_one_notice(done, "--ui-tls-cert", "clear")

    def test_old_names_of_the_certificate_of_the_pages(self):
        pair = harness.certificate()
        done = self.check(*PAGES, "--ui-ssl-cert", pair.cert, "--ui-ssl-key",
                          pair.key)
        self.assert_one_notice(done, "--ui-ssl-cert", "--ui-tls-cert")
        done = self.check(*PAGES, env={"MP_UI_SSL_CERT": pair.cert,
                                       "MP_UI_SSL_KEY": pair.key})
        self.assert_one_notice(done, "MP_UI_SSL_CERT", "MP_UI_TLS_CERT")

    def test_old_flags_work_with_a_notice(self):
        pair = harness.certificate()
        smtpd = self.server("--smtp-ssl-cert", pair.cert, "--smtp-ssl-key",
                            pair.key, "--smtp-tls-required")
        with smtpd.dial() as smtp:
            self.assertIn("STARTTLS", smtp.ehlo())
            smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
        for old, new in (("--smtp-ssl-cert", "--smtp-tls-cert"),
                         ("--smtp-ssl-key", "--smtp-tls-key"),
                         ("--smtp-tls-required", "--smtp-require-starttls")):
            lines = [line for line in smtpd.log.splitlines()
                     if old in line and new in line]
            self.assertEqual(len(lines), 1, smtpd.log)

    def test_old_variables_work_with_a_notice(self):
        pair = harness.certificate()
        smtpd = self.server(env={"MP_SMTP_SSL_CERT": pair.cert,
                                 "MP_SMTP_SSL_KEY": pair.key,
                                 "MP_SMTP_TLS_REQUIRED": "true"})
        with smtpd.dial() as smtp:
            self.assertIn("STARTTLS", smtp.ehlo())
            smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
            smtp.starttls()
            smtp.ehlo()
            smtp.deliver()
        for old, new in (("MP_SMTP_SSL_CERT", "MP_SMTP_TLS_CERT"),
                         ("MP_SMTP_SSL_KEY", "MP_SMTP_TLS_KEY"),
                         ("MP_SMTP_TLS_REQUIRED", "MP_SMTP_REQUIRE_STARTTLS")):
            lines = [line for line in smtpd.log.splitlines()
                     if old in line and new in line]
            self.assertEqual(len(lines), 1, smtpd.log)

    def test_a_new_variable_wins_over_its_old_name(self):
        pair = harness.certificate()
        done = self.check(env={"MP_SMTP_SSL_CERT": "/nonexistent",
                               "MP_SMTP_TLS_CERT": pair.cert,
                               "MP_SMTP_TLS_KEY": pair.key})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_flag_wins_over_the_environment(self):
        smtpd = self.server("--smtp-require-starttls=false", "--label=flag",
                            *harness.certificate().options,
                            env={"MP_SMTP_REQUIRE_STARTTLS": "true",
                                 "MP_LABEL": "variable",
                                 "MP_SMTP_BIND_ADDR": "127.0.0.1:1",
                                 "MP_MAILDIR": "/nonexistent/Maildir"})
        dialogue = harness.Dialogue(smtpd.connect())
        with dialogue as smtp:
            self.assertIn("(flag)", smtp.banner().text)
            smtp.ehlo()
            smtp.deliver()

    def test_booleans_of_the_environment_are_words(self):
        pair = {"MP_SMTP_TLS_CERT": harness.certificate().cert,
                "MP_SMTP_TLS_KEY": harness.certificate().key}
        for word, on in (("1", True), ("TRUE", True), ("Yes", True),
                         ("0", False), ("false", False), ("no", False),
                         ("", False)):
            with self.subTest(word):
                smtpd = self.server(env={
                    **pair, "MP_SMTP_REQUIRE_STARTTLS": word})
                with smtpd.dial() as smtp:
                    smtp.ehlo()
                    smtp.command("MAIL FROM:<a@example.org>",
                                 530 if on else 250)
                smtpd.stop()

    def test_the_environment_alone_is_enough(self):
        other = harness.free_port()
        process = harness.Process(
            [harness.MAILPIT],
            self.env({"MP_SMTP_BIND_ADDR": "127.0.0.1:%d" % other,
                      "MP_MAILDIR": self.use(self.dir / "Other")}), self.dir)
        self.addCleanup(process.kill)
        harness.eventually(lambda: harness.listens(other), "it listens")
        with harness.Dialogue(socket.create_connection(
                ("127.0.0.1", other))) as smtp:
            smtp.banner()
            smtp.ehlo()
            smtp.deliver()
        process.process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 0, process.log)
        self.assertEqual(len(harness.Maildir(self.dir / "Other")), 1)

    def test_without_a_maildir_it_is_in_the_state_folder(self):
        for label, env, path in (
                ("XDG_STATE_HOME", {"XDG_STATE_HOME": self.dir / "xdg"},
                 self.dir / "xdg/mailpit/Maildir"),
                ("HOME", {"XDG_STATE_HOME": None},
                 self.dir / ".local/state/mailpit/Maildir")):
            with self.subTest(label):
                port = harness.free_port()
                process = harness.Process(
                    [harness.MAILPIT, "-s", "127.0.0.1:%d" % port],
                    self.env(env), self.dir)
                self.addCleanup(process.kill)
                harness.eventually(lambda: harness.listens(port), "listens")
                process.process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(), 0, process.log)
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700)
                self.use(path)

    def test_a_database_file_puts_the_maildir_beside_it(self):
        done = self.mailpit("--check", "--database", self.dir / "mailpit.db")
        self.assertEqual(done.returncode, 0, done.stderr)
        port = harness.free_port()
        process = harness.Process(
            [harness.MAILPIT, "-s", "127.0.0.1:%d" % port, "-d",
             self.dir / "mailpit.db"], self.env(), self.dir)
        self.addCleanup(process.kill)
        harness.eventually(lambda: harness.listens(port), "listens")
        process.process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 0, process.log)
        self.assertTrue((self.use() / "new").is_dir())


class Help(Options):
    def test_help_names_the_groups_and_ends_with_0(self):
        for flag in ("--help", "-h"):
            done = self.mailpit(flag)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(done.stderr, "")
            for word in ("--smtp ", "--maildir", "--smtp-tls-cert",
                         "--smtp-auth-file", "--max-connections", "sendmail",
                         "prune", "readyz", "version"):
                self.assertIn(word, done.stdout)
            headings = re.findall(r"(?m)^\S.*:$", done.stdout)
            self.assertGreaterEqual(len(headings), 3, done.stdout)

    def test_help_fits_a_terminal(self):
        for line in self.mailpit("--help").stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_version_says_its_name_and_number(self):
        done = self.mailpit("version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"(?i)mailpit v?\d+\.\d+")

    def test_a_slip_gets_a_hint_not_the_whole_help(self):
        done = self.mailpit("--no-such-option")
        self.assertLess(len(done.stderr.splitlines()), 5)
        self.assertIn("--help", done.stderr)


if __name__ == "__main__":
    harness.main()
