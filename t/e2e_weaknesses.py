# SPDX-License-Identifier: MIT
"""e2e_weaknesses: where catchers of mail go wrong, and what is right

Each behaviour has a test that fails without it; those that stand in another
file are named here, all others are below.

Mail is neither lost nor split nor forged:
  the rest of a refused message is never run
    e2e_smuggling.py::test_tail_of_an_oversized_message_is_never_executed
    e2e_smuggling.py::test_tail_of_an_oversized_chunk_is_never_executed
  only the true end ends a message
    e2e_smuggling.py::test_look_alikes_are_content
    test_data.c::no_mixture_ends_a_message
  only lines behind a true line end lose a dot
    e2e_bytes.py::test_data_in_odd_pieces
  what no parser understands is stored whole
    e2e_weaknesses.py::test_what_no_parser_understands_is_stored_whole
  the envelope ends with the message, whatever became of it
    e2e_smuggling.py::test_state_does_not_survive_a_refusal
    e2e_delivery.py::test_a_message_that_cannot_be_written

Passwords are kept:
  a certificate and passwords together demand TLS
    e2e_effects.py::test_a_file_and_a_certificate_demand_both
    e2e_clients.py::test_credentials_from_the_environment_force_tls_too
  no password is taken in clear, even where any will do
    e2e_clients.py::test_accept_any_accepts_and_does_not_demand
  AUTH is offered only where it works
    e2e_clients.py::test_before_tls_it_is_neither_offered_nor_accepted
  what was said in clear is forgotten under TLS
    e2e_clients.py::test_a_login_in_clear_is_forgotten_at_starttls
    e2e_renew.py::test_everything_is_forgotten_at_starttls
  a failed handshake ends the connection
    e2e_renew.py::test_a_failed_handshake_ends_the_connection
  an empty password file, or an unknown form, is refused
    e2e_options.py::test_password_files_are_refused_with_file_and_line
    e2e_renew.py::test_a_broken_password_file_lets_nobody_in
  a comment is no user
    e2e_weaknesses.py::test_a_comment_in_a_password_file_is_no_user
  a broken hash ends no process
    e2e_weaknesses.py::test_a_broken_hash_harms_nobody_else
  a self-signed certificate needs a name
    e2e_options.py::test_combinations_that_cannot_be_are_78
  guessing is slow and ends
    e2e_clients.py::test_a_failure_takes_one_second_whoever_it_was
    e2e_clients.py::test_the_third_failure_closes
  no password is logged
    e2e_clients.py::test_no_password_is_in_the_log
  a cancelled or malformed exchange gets its code, and nothing else
    e2e_clients.py::test_malformed_exchanges_get_their_codes
  where any login will do, any name will
    e2e_weaknesses.py::test_any_login_is_taken_where_any_will_do
  mechanisms are listed in a fixed order
    e2e_clients.py::test_under_tls_it_is_offered_in_a_fixed_order_and_demanded

Configuration means what it says:
  older variables work
    e2e_options.py::test_old_variables_work_with_a_notice
  the log is where it should be, whatever else is set
    e2e_weaknesses.py::test_older_variables_leave_the_log_where_it_is
  a number that is none is refused
    e2e_options.py::test_bad_values_in_the_environment_are_78_and_name_the_variable
  only sockets are ever replaced by sockets
    e2e_effects.py::test_a_regular_file_is_never_deleted
  a socket file is never open to more than was asked for
    e2e_weaknesses.py::test_a_socket_file_is_never_wider_than_asked_for

Resources are bounded, and running out of them is survived:
  nothing is looked up
    e2e_weaknesses.py::test_nothing_is_looked_up_and_nobody_is_called
  a server without descriptors goes on
    e2e_weaknesses.py::test_running_out_of_descriptors_is_survived
    e2e_weaknesses.py::test_idle_connections_take_nothing_from_others
  connections, errors and time are limited
    e2e_effects.py::test_connections_are_limited_in_all_and_per_source
    e2e_limits.py::test_the_20th_error_ends_the_session
    e2e_limits.py::test_a_command_line_has_its_time_in_all
    e2e_limits.py::test_a_message_has_its_time_in_all
  memory does not grow with the message
    e2e_growth.py::test_a_message_of_any_size_takes_no_memory
  a stop is told to the clients
    e2e_endings.py::test_a_stopped_server_says_421_where_it_can
  one pass removes all that is too much
    e2e_weaknesses.py::test_one_pass_removes_however_many_there_are

Protocol and message:
  paths and parameters are read to their end
    e2e_weaknesses.py::test_mail_and_rcpt_are_read_to_their_end
    test_params.c::of_mail
  addresses are those of the standard
    e2e_weaknesses.py::test_addresses_are_those_of_the_standard
  a refused reverse-path leaves none
    e2e_weaknesses.py::test_a_refused_sender_leaves_none
    e2e_weaknesses.py::test_mail_after_rcpt_needs_rset
  lines may have 2048 octets, and longer ones do not end the session
    e2e_limits.py::test_a_line_that_is_too_long_gets_one_reply
  the trace says how a message came, and to nobody who else got it
    e2e_weaknesses.py::test_the_trace_says_how_a_message_came
    e2e_smuggling.py::test_odd_names_never_enter_the_trace
  Bcc stays, and no recipient is lost
    e2e_weaknesses.py::test_bcc_stays_and_no_recipient_is_lost
  the client's header is never edited
    e2e_weaknesses.py::test_odd_headers_stay_as_they_are_below_our_block
  only the header is repaired, and with strict headers nothing
    e2e_effects.py::test_double_cr_in_the_header_is_repaired_unless_strict
  a message needs no header
    e2e_weaknesses.py::test_a_message_without_a_header_is_accepted
  every refusal has an enhanced status code
    e2e_weaknesses.py::test_every_refusal_has_an_enhanced_code
"""

import functools
import os
import re
import signal
import stat

import harness
from harness import b64, plain

NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}  # it cannot look under strace
BADLY_FORMED = {
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\na\r\n",
    "a part with a line that is no field":
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nno field\r\n\r\na\r\n--x--\r\n",
    "parts that never end": b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" %
        (n, n) for n in range(60)) + b"\r\ntext\r\n",
    "no base64": b"Content-Transfer-Encoding: base64\r\n\r\n!!!=!\r\n",
    "unknown everything": b"Content-Type: ;;;\r\nMIME-Version: 9\r\n"
                          b"Content-Transfer-Encoding: rot13\r\n\r\nx\r\n",
    "words without an end": b"Subject: =?utf-8?q?=\r\nDate: never\r\n\r\n",
    "a line that is no field": b"Subject: a\r\nno field\r\n\r\ntext\r\n",
}


def end_traced(process):
    """Stops what strace runs; a signal for strace would only let it go."""
    if process.process.poll() is None:
        for child in harness.children(process.pid):
            os.kill(child, signal.SIGTERM)
    status = process.wait()
    process.assert_clean()
    assert status == 0, process.log


class Table(harness.Case):
    def test_every_behaviour_has_its_test(self):
        rows = re.findall(r"(?m)^    (\S+)::(\S+)$", __doc__)
        self.assertEqual(len(rows), len(re.findall(r"::", __doc__)))
        for name, test in rows:
            text = (harness.TOP / "t" / name).read_text()
            wanted = r"(?m)^    def %s\(self" if name.endswith(".py") else \
                r"(?m)^Test\(\w+, %s[,)]"
            self.assertRegex(text, wanted % test, name)


class Content(harness.Case):
    def setUp(self):
        super().setUp()
        self.smtp = self.server("--no-fsync").dial()
        self.addCleanup(self.smtp.close)
        self.smtp.ehlo()

    def test_what_no_parser_understands_is_stored_whole(self):
        for label, octets in BADLY_FORMED.items():
            with self.subTest(label):
                message = self.stored(self.smtp.deliver(octets))
                self.assertEqual(message.content,
                                 octets.replace(b"\r\n", b"\n"))
        self.assertEqual(len(self.maildir), len(BADLY_FORMED))

    def test_a_message_without_a_header_is_accepted(self):
        for octets in (b"Test message.\r\n", b"Test message.\r\n\r\nMore.\r\n",
                       b" folded\r\n", b": none\r\n"):
            with self.subTest(octets):
                message = self.stored(self.smtp.deliver(octets))
                self.assertEqual(message.content,
                                 b"\n" + octets.replace(b"\r\n", b"\n"))
        self.smtp.deliver(b"")
        self.assertEqual(len(self.maildir), 5)

    def test_bcc_stays_and_no_recipient_is_lost(self):
        recipients = ["to@example.com", "old@example.com", "one@example.com",
                      "two@example.com"]
        for bcc in (b"", b"Bcc: old@example.com\r\n", b"Bcc: \r\n",
                    b"Bcc: ,,\r\n", b"Bcc: old@example.com,\r\n two\r\n"):
            with self.subTest(bcc):
                octets = b"To: to@example.com\r\n" + bcc + b"\r\ntext\r\n"
                message = self.stored(self.smtp.deliver(octets,
                                                        to=recipients))
                self.assertEqual(message.delivered_to, recipients)
                self.assertTrue(message.holds(octets))

    def test_odd_headers_stay_as_they_are_below_our_block(self):
        rows = {
            "line feeds only": b"Return-Path: <forged@example.net>\n"
                               b"Received: from nowhere\nSubject: x\n\nText\n",
            "an envelope of its own":
                b"Return-Path: <forged@example.net>\r\n"
                b"Delivered-To: forged@example.net\r\n\r\nText\r\n",
            "a line beyond 64 KiB": b"Return-Path: <forged@example.net>\r\n"
                                    b"X-Long: " + b"x" * 70000 + b"\r\n\r\n",
            "an empty message ID": b"Message-ID: <>\r\n\r\nText\r\n",
            "two message IDs": b"Message-ID: <a@b>\r\n"
                               b"Message-ID: <c@d>\r\n\r\nText\r\n",
        }
        for label, octets in rows.items():
            with self.subTest(label):
                self.smtp.envelope()
                self.smtp.command("DATA", 354)
                self.smtp.send(octets + b"\r\n.\r\n")
                message = self.stored(self.smtp.expect(250).id)
                self.assertEqual(message.content, (octets + b"\r\n").replace(
                    b"\r\n", b"\n"))
                self.assertEqual([name for name, _ in message.fields],
                                 ["Return-Path", "Delivered-To", "Received"])
                self.assertEqual(message.return_path, "<from@example.org>")
                self.assertEqual(message.delivered_to, ["to@example.com"])


class Envelope(harness.Case):
    def setUp(self):
        super().setUp()
        self.smtpd = self.server("--no-fsync", "--smtp-max-errors", "1000",
                                 "--smtp-auth-accept-any",
                                 "--smtp-auth-allow-insecure",
                                 *harness.certificate().options)
        self.smtp = self.smtpd.dial()
        self.addCleanup(self.smtp.close)

    def test_mail_and_rcpt_are_read_to_their_end(self):
        self.smtp.ehlo()
        for rest in ("MAIL FROM:<a@b>x", "MAIL FROM:<a@b>,<c@d>",
                     "MAIL FROM:<a@b> <c@d>", "MAIL FROM <a@b>",
                     "MAIL x FROM:<a@b>", "MAIL FROM:a@b", "MAIL",
                     "MAIL FROM:<a@b> SIZE=-1", "MAIL FROM:<a@b> SIZE=+1",
                     "MAIL FROM:<a@b> SIZE=1x", "MAIL FROM:<a@b> SIZE=",
                     "MAIL FROM:<a@b> SIZE=1 SIZE=2"):
            with self.subTest(rest):
                self.smtp.command(rest, 501)
                self.smtp.command("RCPT TO:<c@d>", 503)
        self.smtp.command("MAIL FROM:<a@b>", 250)
        for rest in ("RCPT TO:<c@d>x", "RCPT TO:<c@d>,<e@f>", "RCPT TO <c@d>",
                     "RCPT x TO:<c@d>", "RCPT TO:c@d", "RCPT"):
            with self.subTest(rest):
                self.smtp.command(rest, 501)
        self.smtp.command("DATA", 503)
        # What many clients send all the same is taken, and said.
        self.smtp.command("MAIL FROM: <a@b> X-OWN=1 BODY=BINARYMIME", 250)
        self.smtp.command("RCPT TO: <c@d> X-OWN", 250)
        message = self.smtp.data(b"Subject: x\r\n\r\n").id
        said = "\n".join(self.maildir.findings(message))
        self.assertIn("finding path-space 2 ", said)
        self.assertIn("finding unknown-parameter ", said)
        self.assertIn("param MAIL X-OWN=1", said)
        self.assertEqual(self.stored(message).return_path, "<a@b>")

    def test_addresses_are_those_of_the_standard(self):
        taken = {
            "Postmaster": "Postmaster", "a@localhost": "a@localhost",
            "a@host": "a@host", '"two words"@b.c': '"two words"@b.c',
            '"a@b>"@c.d': '"a@b>"@c.d', "@one.x,@two.x:a@b.c": "a@b.c",
            "a@[192.0.2.1]": "a@[192.0.2.1]",
            "a@[IPv6:2001:db8::1]": "a@[IPv6:2001:db8::1]",
            "a+b=c/d@e.f": "a+b=c/d@e.f", "ö@b.c": "ö@b.c",
        }
        self.smtp.ehlo()
        for given, wanted in taken.items():
            with self.subTest(given):
                message = self.stored(self.smtp.deliver(to=given))
                self.assertEqual(message.delivered_to[0].encode("latin-1"),
                                 wanted.encode())
        said = self.maildir.findings(message.id)
        self.assertIn("utf8-unannounced", "\n".join(said))
        self.smtp.command("MAIL FROM:<a@b>", 250)
        for given in ("", "a", "(x)a@b", "a@b(x)", "g:a@b;", "a@b,c@d",
                      "a..b@c", "a@b.", "a b@c", "a@[300.1.1.1]", "a@[x]",
                      "a@b@c", "<a@b>", '"a@b'):
            with self.subTest(given):
                self.smtp.command("RCPT TO:<%s>" % given, 501, 553)
        self.smtp.command("DATA", 503)

    def test_a_refused_sender_leaves_none(self):
        self.smtp.ehlo()
        for bad in ("MAIL FROM:<broken", "MAIL FROM:<no domain>",
                    "MAIL FROM:<a@b> SIZE=x",
                    "MAIL FROM:<a@b> SIZE=99999999999"):
            with self.subTest(bad):
                self.smtp.command("MAIL FROM:<old@example.org>", 250)
                self.smtp.command(bad, 501, 552, 553)
                self.smtp.command("RCPT TO:<c@d>", 503)
        self.smtp.command("MAIL FROM:<old@example.org>", 250)
        message = self.stored(self.smtp.deliver(sender="new@example.org"))
        self.assertEqual(message.return_path, "<new@example.org>")

    def test_mail_after_rcpt_needs_rset(self):
        self.smtp.ehlo()
        self.smtp.envelope(sender="one@example.org")
        self.smtp.command("MAIL FROM:<two@example.org>", "503 5.5.1")
        message = self.stored(self.smtp.data(b"Subject: x\r\n\r\n").id)
        self.assertEqual(message.return_path, "<one@example.org>")
        self.smtp.envelope(sender="one@example.org")
        self.smtp.command("RSET", 250)
        message = self.stored(self.smtp.deliver(sender="two@example.org"))
        self.assertEqual(message.return_path, "<two@example.org>")

    def assert_came(self, protocol, comment="", **kw):
        message = self.stored(self.smtp.deliver(**kw))
        self.assertRegex(message.received, (
            r"\Afrom client\.example\.org \(\[127\.0\.0\.1\]\) %sby \S+ "
            r"\(Mailpit\) with %s id %s; \w{3}, \d+ \w{3} \d{4} [\d:]{8} "
            r"\+0000\Z") % (comment and r"\(%s\) " % comment, protocol,
                            message.id))
        for recipient in message.delivered_to:
            self.assertNotIn(recipient, message.received)

    def test_the_trace_says_how_a_message_came(self):
        two = ["to@example.com", "hidden@example.com"]
        cipher = r"TLS1\.[23]:[A-Z0-9-]+"
        self.smtp.command("HELO client.example.org", 250)
        self.assert_came("SMTP")
        self.smtp.ehlo()
        self.assert_came("ESMTP", to=two)
        self.assert_came("UTF8SMTP", parameters="SMTPUTF8")
        self.smtp.login("joe", "secret")
        self.assert_came("ESMTPA", "auth=joe")
        self.smtp.starttls()
        self.smtp.ehlo()
        self.assert_came("ESMTPS", cipher, to=two)
        self.assert_came("UTF8SMTPS", cipher, parameters="SMTPUTF8")
        self.smtp.login("joe", "secret")
        self.assert_came("ESMTPSA", cipher + " auth=joe", to=two)

    def test_every_refusal_has_an_enhanced_code(self):
        too_long = "<%s@example.org>" % ("a" * 1100)
        rows = ["NONSENSE", "MAIL FROM:<a@b>", "VRFY joe", "EXPN list", "HELP",
                "EHLO client.example.org", "RCPT TO:<a@b>", "DATA", "BDAT x",
                "MAIL FROM:" + too_long, "MAIL FROM:<a b@c>", "MAIL FROM:<a",
                "MAIL FROM:<a@b> SIZE=x", "MAIL FROM:<a@b> SIZE=99999999999",
                "AUTH", "AUTH UNKNOWN", "AUTH PLAIN ?", "STARTTLS now",
                "RSET now", "XCLIENT NAME=x", "x" * 3000,
                "MAIL FROM:<a@b>", "RCPT TO:" + too_long, "RCPT TO:<a b@c>",
                "RCPT TO:<a@b> NOTIFY=x", "AUTH PLAIN", "DATA"]
        refused = 0
        for line in rows:
            if line.startswith("BDAT"):
                continue  # ends the session, so it comes last
            with self.subTest(line[:40]):
                self.smtp.line(line)
                reply = self.smtp.reply()
                if reply.code >= 400:
                    refused += 1
                    self.assertEqual(reply.enhanced[:1],
                                     str(reply.code)[0], reply)
        self.assertGreater(refused, len(rows) // 2)
        self.smtp.line("BDAT x")
        self.assertEqual(self.smtp.reply().enhanced[:1], "5")


class Passwords(harness.Case):
    def serve(self, *args):
        self.smtpd = self.server("--no-fsync", *args,
                                 *harness.certificate().options)

    def login(self, user, password, *wanted):
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.login(user, password, *wanted)
            smtp.command("NOOP", 250)

    def test_a_comment_in_a_password_file_is_no_user(self):
        self.serve("--smtp-auth-file", self.file(
            "passwd", "# users: x\n#ann:old\n  # bob:blank\n\njoe:secret\n"))
        self.login("joe", "secret")
        rows = [("users", ""), ("users", "x"), ("# users", " x"),
                ("# users", "x"), ("#ann", "old"), ("ann", "old"),
                ("bob", "blank"), ("# bob", "blank"),
                ("  # bob", "blank")]
        harness.together(*(
            functools.partial(self.login, user, password, 535, 501)
            for user, password in rows))

    def test_a_broken_hash_harms_nobody_else(self):
        path = self.passwords()
        self.serve("--smtp-auth-file", path)
        broken = ("$6$rounds=abc$salt$hash", "$6$", "$2b$99$x", "$y$",
                  "{SSHA}", "$5$rounds=99999999999999999999$s$h")
        for secret in broken:
            with self.subTest(secret), self.smtpd.dial() as other:
                other.ehlo()
                harness.replace(path, "joe:secret\nann:%s\n" % secret)
                self.login("ann", "x", "454 4.7.0")
                other.command("NOOP", 250)
                self.assertIsNone(self.smtpd.process.poll())
        harness.replace(path, "joe:secret\n")
        self.login("joe", "secret")
        self.assertNotIn("died by signal", self.smtpd.log)

    def test_any_login_is_taken_where_any_will_do(self):
        self.serve("--smtp-auth-accept-any")
        for user, password in (("joe", "x"), ("", ""), ("two words", ""),
                               ("jö", "ö"), ("a:b", ":"), ("x" * 200, "y")):
            with self.subTest(user):
                self.login(user, password)
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.command("AUTH PLAIN " + plain("joe", "x", "ann"), 235)
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.command("AUTH LOGIN", 334)
            smtp.command("", 334)
            smtp.command(b64("x"), 235)


class Configuration(harness.Case):
    def test_older_variables_leave_the_log_where_it_is(self):
        pair = harness.certificate()
        path = self.dir / "mail.log"
        env = {"MP_SMTP_SSL_CERT": pair.cert, "MP_SMTP_SSL_KEY": pair.key,
               "MP_STRICT_RFC_HEADERS": "true"}
        for flag, wanted in (("--verbose", "level=debug"), ("--quiet", "")):
            with self.subTest(flag):
                path.write_text("")
                smtpd = self.server("--log-file", path, flag, env=env)
                with smtpd.dial() as smtp:
                    smtp.ehlo()
                    smtp.quit()
                smtpd.stop()
                self.assertEqual(smtpd.log, "")
                said = path.read_text()
                self.assertIn(wanted, said)
                self.assertEqual("MP_SMTP_SSL_CERT" in said, bool(wanted))
                self.assertEqual("level=info" in said, bool(wanted))

    def test_a_socket_file_is_never_wider_than_asked_for(self):
        path = self.dir / "smtp.sock"
        argv = ["strace", "-f", "-o", self.dir / "strace", "-e",
                "trace=listen", "-e", "inject=listen:delay_enter=700000",
                harness.MAILPIT, "--smtp", "unix:%s:0600" % path, "--maildir",
                self.use()]
        started = harness.Process(argv, self.env(NO_LEAKS), self.dir, umask=0)
        self.addCleanup(end_traced, started)
        modes = set()

        def is_up():
            listens = harness.listens_at(path)
            if path.exists():
                modes.add((stat.S_IMODE(path.stat().st_mode), listens))
            return listens
        harness.eventually(is_up, "it listens")
        # The first is the state in which only its mode keeps others out.
        self.assertEqual(modes, {(0o600, False), (0o600, True)})


class Resources(harness.Case):
    def test_nothing_is_looked_up_and_nobody_is_called(self):
        log = self.dir / "strace"
        smtpd = self.server(
            "--no-fsync", *harness.certificate().options, env=NO_LEAKS,
            prefix=["strace", "-f", "-o", log, "-e",
                    "trace=socket,connect,openat,execve,sendmmsg,accept4"])
        smtpd.stopped = True  # by end_traced
        self.addCleanup(end_traced, smtpd)
        for name in ("client.example.org", "[192.0.2.1]", "nonsense"):
            with smtpd.dial() as smtp:
                smtp.ehlo(name)
                smtp.starttls()
                smtp.ehlo(name)
                smtp.deliver(sender="a@mail.example.net", to="b@example.com")
                smtp.quit()
        end_traced(smtpd)
        said = log.read_text()
        self.assertIn("accept4(", said)
        self.assertEqual(re.findall(r".*\b(?:connect|sendmmsg)\(.*", said), [])
        self.assertEqual(re.findall(r".*SOCK_DGRAM.*|.*SOCK_RAW.*", said), [])
        for name in ("resolv.conf", "/etc/hosts", "nsswitch.conf", "libnss"):
            self.assertNotIn(name, said)
        # One for each way to listen, and none for any client.
        self.assertLessEqual(len(re.findall(r"socket\(AF_INET", said)), 2)
        self.assertEqual(said.count("execve("), 1)

    def prlimit(self, pid, soft):
        harness.run(["prlimit", "--pid", pid, "--nofile=%d:4096" % soft])

    def test_running_out_of_descriptors_is_survived(self):
        smtpd = self.server("--no-fsync", prefix=["prlimit",
                                                  "--nofile=1024:4096"])
        held = {int(fd) for fd in os.listdir("/proc/%d/fd" % smtpd.pid)}
        full = min(set(range(max(held) + 2)) - held)
        with smtpd.dial() as before:
            before.ehlo()
            self.prlimit(smtpd.pid, full)
            waiting = [harness.Dialogue(smtpd.connect()) for _ in range(5)]
            for smtp in waiting:
                self.addCleanup(smtp.close)
            smtpd.wait_log("accept: [^\n]*waiting")
            self.assertTrue(waiting[0].is_silent(0.3))
            # Nobody else notices, and it does not spin meanwhile.
            before.deliver()
            said = smtpd.log.count("accept: ")
            self.assertTrue(waiting[0].is_silent(1))
            self.assertLess(smtpd.log.count("accept: ") - said, 30)
            self.assertIsNone(smtpd.process.poll())
            self.prlimit(smtpd.pid, 1024)
            for smtp in waiting:
                smtp.banner()
                smtp.ehlo()
                smtp.deliver()
        self.assertEqual(len(self.maildir), 6)

    def test_idle_connections_take_nothing_from_others(self):
        smtpd = self.server("--no-fsync", prefix=["prlimit", "--nofile=40"])
        idle = [smtpd.dial() for _ in range(60)]
        for smtp in idle:
            self.addCleanup(smtp.close)
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()
        for smtp in (idle[0], idle[-1]):
            smtp.ehlo()
            smtp.deliver()
        self.assertEqual(len(self.maildir), 3)

    def test_one_pass_removes_however_many_there_are(self):
        path = self.maildir.path
        done = self.mailpit("sendmail", "--maildir", path, "a@example.org",
                            input=b"Subject: the newest\n\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        newest = self.maildir.only().path
        for number in range(12000):
            (path / "new" / ("%d.x.host" % (10**9 + number))).touch()
        done = self.mailpit("prune", "--max", "1", "--maildir", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.maildir.names(), [newest])


if __name__ == "__main__":
    harness.main()
