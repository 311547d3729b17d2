# SPDX-License-Identifier: MIT
"""e2e_limits: every bound holds at its value, one beyond it and far beyond

Sizes, numbers and times are those of a session; for memory and the time of
the processor see e2e_growth.py.
"""

import contextlib
import os
import re
import select
import socket
import ssl
import time

import corpus
import harness

TIME_LIMIT = 240
MIB = 1 << 20
DEFAULT_SIZE = 50 * MIB
MESSAGE = b"Subject: x\r\n\r\ntext\r\n"
ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n"
QUICK = ("--no-fsync", "--max", "0")
INSECURE = ("--smtp-auth-accept-any", "--smtp-auth-allow-insecure")


class Limits(harness.Case):
    def dial(self, *args):
        smtp = self.server(*QUICK, *args).dial()
        self.addCleanup(smtp.close)
        return smtp

    def open(self, *args):
        smtp = self.dial(*args)
        smtp.ehlo()
        return smtp


class Lines(Limits):
    # What a line starts with, its length with its end, what it gets.
    ROWS = [
        ("NOOP ", 512, "250 2.0.0"), ("NOOP ", 2047, "250 2.0.0"),
        ("NOOP ", 2048, "250 2.0.0"), ("NOOP ", 2049, "500 5.5.2"),
        ("NOOP ", 4096, "500 5.5.2"), ("NOOP ", 12290, "500 5.5.2"),
        ("NOOP ", 12291, "500 5.5.2"), ("NOOP ", MIB, "500 5.5.2"),
        ("", 2048, "500 5.5.2"), ("", 65537, "500 5.5.2"),
        ("AUTH PLAIN ", 2049, "501 5.5.2"),
        ("AUTH PLAIN ", 12290, "501 5.5.2"),
        ("AUTH PLAIN ", 12291, "500 5.5.6"),
        ("AUTH PLAIN ", MIB, "500 5.5.6"),
    ]

    def test_a_line_that_is_too_long_gets_one_reply(self):
        for end in (b"\r\n", b"\n"):
            smtp = self.open("--smtp-max-errors", "1000", *INSECURE)
            for start, length, wanted in self.ROWS:
                with self.subTest(start=start, length=length, end=end):
                    # "%" is no letter of any encoding.
                    line = start.encode().ljust(length - len(end), b"%") + end
                    smtp.send_chunks(line, [1, 2047, 1, 4096, 65536])
                    smtp.expect(wanted)
                    smtp.command("VRFY in-step", 502)

    def test_a_response_to_a_challenge_has_the_length_of_auth(self):
        smtp = self.open(*INSECURE)
        for length, wanted in ((12290, "501 5.5.2"), (12291, "500 5.5.6"),
                               (MIB, "500 5.5.6")):
            for mechanism in ("PLAIN", "LOGIN"):
                with self.subTest(mechanism, length=length):
                    smtp.command("AUTH " + mechanism, 334)
                    smtp.command(b"%" * (length - 2), wanted)
                    smtp.command("VRFY in-step", 502)

    def test_a_password_may_be_as_long_as_its_line(self):
        smtp = self.open(*INSECURE)
        response = harness.plain("u", "p" * 9000)
        self.assertLess(len(response), 12290 - 2 - len("AUTH PLAIN "))
        smtp.command("AUTH PLAIN " + response, "235 2.7.0")

    def test_no_reply_line_is_longer_than_512_octets(self):
        """A Dialogue fails at longer ones; these are the longest there are."""
        smtp = self.dial("--label", "L" * 100)
        for name in (".".join(["d" * 49] * 5), "d" * 255, "d" * 2000):
            smtp.ehlo(name)
        smtp.quit()

    def test_an_address_may_have_1024_octets(self):
        smtp = self.open("--smtp-max-errors", "1000")
        for length in (1023, 1024, 1025, 1026, 2000):
            path = "<%s@example.org>" % ("x" * (length - 12))
            good = length <= 1024
            with self.subTest(length=length):
                smtp.command("MAIL FROM:" + path,
                             "250 2.1.0" if good else "553 5.1.3")
                smtp.command("RSET", 250)
                smtp.command("MAIL FROM:<>", "250 2.1.0")
                smtp.command("RCPT TO:" + path,
                             "250 2.1.5" if good else "553 5.1.3")
                smtp.command("RSET", 250)

    def test_a_path_beyond_the_standard_is_a_finding(self):
        smtp = self.open()
        domain = ".".join(["d" * 60] * 4)  # 243 octets
        for path, finding in (
                ("x" * 64 + "@example.org", False),
                ("x" * 65 + "@example.org", True),
                ("x@%s.%s" % (domain, "e" * 8), False),  # 256 with <>
                ("x@%s.%s" % (domain, "e" * 9), True),
                ("x" * 1000 + "@example.org", True)):
            with self.subTest(path):
                smtp.envelope(sender=path)
                found = self.maildir.findings(smtp.data(MESSAGE).id)
                self.assertEqual(finding, any(
                    "finding path-length " in line for line in found), found)


class Numbers(Limits):
    def recipients(self, most, tried, *args):
        smtp = self.open("--smtp-max-errors", "2", *args)
        smtp.command("MAIL FROM:<a@example.org>", 250)
        for n in range(tried):
            smtp.command("RCPT TO:<r%d@example.org>" % n,
                         "250 2.1.5" if n < most else "452 4.5.3")
        stored = self.stored(smtp.data(MESSAGE).id)
        self.assertEqual([re.search(r"r\d+", to).group()
                          for to in stored.delivered_to],
                         ["r%d" % n for n in range(min(most, tried))])
        # The next message has its own.
        smtp.deliver(to=["x@example.org"] * most)

    def test_a_message_has_100_recipients(self):
        for tried in (100, 101, 300):
            with self.subTest(tried):
                self.recipients(100, tried)

    def test_a_message_has_as_many_recipients_as_the_option_says(self):
        for option, most, tried in (("1", 1, 2), ("3", 3, 3), ("3", 3, 4),
                                    ("0", 100, 101), ("250", 250, 251)):
            with self.subTest(option, tried=tried):
                self.recipients(most, tried, "--smtp-max-recipients", option)

    def assert_ended(self, smtp, wanted="421 4.7.0"):
        smtp.expect(wanted)
        smtp.closed()

    def flood(self, said, reply, limit, before, *args):
        """limit of these end the session, some of which were said before."""
        smtp = self.open(*args)
        for _ in range(limit - before - 1):
            smtp.command(said, reply)
        smtp.line(said)
        self.assert_ended(smtp)

    def test_the_20th_error_ends_the_session(self):
        for said, reply in (("XYZZY", 500), ("DATA", 503),
                            ("MAIL FROM:<x@>", 553),
                            ("N" * 3000, "500 5.5.2"),
                            ("BDAT 0", 503), ("VRFY x", 502),
                            ("AUTH PLAIN", 502)):
            with self.subTest(said[:40]):
                self.flood(said, reply, 20, 0)

    def test_errors_are_counted_as_the_option_says(self):
        for limit in (1, 2, 50):
            with self.subTest(limit):
                self.flood("XYZZY", 500, limit, 0,
                           "--smtp-max-errors", str(limit))

    def test_errors_far_beyond_in_one_packet_get_no_more_replies(self):
        smtp = self.open()
        with contextlib.suppress(ConnectionError):
            smtp.send("XYZZY\r\n" * 50000)
        for _ in range(19):
            smtp.expect(500)
        self.assert_ended(smtp)

    def test_the_100th_command_without_mail_ends_the_session(self):
        """EHLO, said first, is one of them."""
        for said, reply in (("NOOP", 250), ("RSET", 250),
                            ("EHLO c.example.org", 250), ("HELO c", 250)):
            with self.subTest(said):
                self.flood(said, reply, 100, 1)

    def test_commands_without_mail_are_counted_as_the_option_says(self):
        for limit in (2, 3, 200):
            with self.subTest(limit):
                self.flood("NOOP", 250, limit, 1,
                           "--smtp-max-junk", str(limit))

    def test_a_message_forgives_the_commands_before_it(self):
        smtp = self.open("--smtp-max-junk", "5")
        for _ in range(10):
            for said in ("NOOP", "RSET", "NOOP"):
                smtp.command(said, 250)
            smtp.deliver()
        smtp.quit()

    def fail_logins(self, limit, *args):
        pair = harness.certificate()
        passwords = self.passwords(name="passwd.%d" % limit)
        smtp = self.open("--smtp-auth-file", passwords, *pair.options,
                         *args)
        smtp.starttls()
        smtp.ehlo()
        for n in range(limit - 1):
            smtp.login("joe", "wrong", "535 5.7.8",
                       mechanism=("PLAIN", "LOGIN")[n % 2])
        smtp.login("joe", "wrong", "421 4.7.0")
        smtp.closed()

    def test_the_third_failed_login_ends_the_session(self):
        harness.together(
            lambda: self.fail_logins(3),
            lambda: self.fail_logins(1, "--smtp-max-auth-failures", "1"),
            lambda: self.fail_logins(2, "--smtp-max-auth-failures", "2"),
            lambda: self.fail_logins(5, "--smtp-max-auth-failures", "5"))

    def test_a_session_has_as_many_messages_as_the_option_says(self):
        for limit in (1, 3):
            with self.subTest(limit):
                smtp = self.open("--smtp-max-messages", str(limit))
                for _ in range(limit):
                    smtp.deliver()
                before = len(self.maildir)
                smtp.line("MAIL FROM:<a@example.org>")
                self.assert_ended(smtp)
                self.assertEqual(len(self.maildir), before)

    def test_a_session_has_10000_messages(self):
        smtp = self.open()
        group = 100
        for _ in range(10000 // group):
            smtp.send((ENVELOPE + b"BDAT 4 LAST\r\nX: y") * group)
            for _ in range(3 * group):
                smtp.expect(250)
        self.assertEqual(len(self.maildir), 10000)
        smtp.line("MAIL FROM:<a@example.org>")
        self.assert_ended(smtp)


class Sizes(Limits):
    def test_the_size_is_announced(self):
        for args, wanted in (((), DEFAULT_SIZE),
                             (("--max-message-size", "1"), MIB),
                             (("--max-message-size", "0"), 0)):
            with self.subTest(args), self.dial(*args) as smtp:
                self.assertEqual(smtp.ehlo()["SIZE"], [str(wanted)])

    def test_a_declared_size_is_refused_at_once(self):
        for args, limit in (((), DEFAULT_SIZE),
                            (("--max-message-size", "1"), MIB)):
            smtp = self.open(*args)
            for size, wanted in ((limit, "250 2.1.0"),
                                 (limit + 1, "552 5.3.4"),
                                 (2 ** 63, "552 5.3.4"),
                                 (2 ** 64 - 1, "552 5.3.4"),
                                 (2 ** 64, "552 5.3.4"),
                                 (10 ** 20 - 1, "552 5.3.4"),
                                 (10 ** 20, "501 5.5.4")):
                with self.subTest(args, size=size):
                    smtp.command("MAIL FROM:<a@example.org> SIZE=%d" % size,
                                 wanted, "552 5.3.4")
                    smtp.command("RCPT TO:<b@example.org>",
                                 250 if size <= limit else 503)
                    smtp.command("RSET", 250)

    def by_data(self, smtp, octets):
        smtp.send(ENVELOPE + b"DATA\r\n")
        wire = harness.stuffed(octets)
        for wanted in (250, 250, 354):
            smtp.expect(wanted)
        smtp.send(wire)

    def by_one_chunk(self, smtp, octets):
        smtp.send(ENVELOPE + b"BDAT %d LAST\r\n" % len(octets))
        smtp.send(octets)
        for wanted in (250, 250):
            smtp.expect(wanted)

    def test_a_message_beyond_the_limit_is_refused_at_its_end(self):
        smtp = self.open("--max-message-size", "1")
        for size, wanted in ((MIB - 1, "250 2.0.0"), (MIB, "250 2.0.0"),
                             (MIB + 1, "552 5.3.4"),
                             (20 * MIB, "552 5.3.4")):
            for send in (self.by_data, self.by_one_chunk):
                with self.subTest(send.__name__, size=size):
                    before = len(self.maildir)
                    octets = corpus.of_size(size)
                    send(smtp, octets)
                    if smtp.expect(wanted).code == 250:
                        before += 1
                    self.assertEqual(len(self.maildir), before)
                    self.assertEqual(self.maildir.stray(), [])

    def test_the_limit_is_for_all_chunks_together(self):
        smtp = self.open("--max-message-size", "1")
        for first, last, wanted in ((MIB - 10, 10, "250 2.0.0"),
                                    (MIB, 0, "250 2.0.0"),
                                    (MIB - 10, 11, "552 5.3.4"),
                                    (MIB, 1, "552 5.3.4")):
            with self.subTest(first=first, last=last):
                smtp.envelope()
                smtp.send(b"BDAT %d\r\n" % first + b"X: " +
                          b"x" * (first - 3))
                smtp.expect(250)
                smtp.send(b"BDAT %d LAST\r\n" % last + b"x" * last)
                smtp.expect(wanted)
        smtp.envelope()
        smtp.send(b"BDAT %d\r\n" % (MIB + 1) + b"x" * (MIB + 1))
        smtp.expect("552 5.3.4")
        smtp.command("BDAT 0 LAST", 503)

    def test_without_a_limit_everything_is_taken(self):
        smtp = self.open("--max-message-size", "0")
        smtp.command("MAIL FROM:<a@example.org> SIZE=99999999999", 250)
        smtp.command("RSET", 250)
        self.by_data(smtp, corpus.of_size(DEFAULT_SIZE + 1))
        smtp.expect("250 2.0.0")


class Deadlines(Limits):
    """The clock of a line, message or handshake is not set back by octets."""

    LIMIT = 2.0
    PAUSE = 0.3
    LONG = 12.0  # for so long octets come
    LATE = 9.0  # nothing of LIMIT seconds takes longer

    def trickle(self, smtp, octets=b"", wait=None):
        """Sends an octet at a time until there is an answer.

        It must come after LIMIT, and long before the octets are over.
        """
        begun = time.monotonic()
        octets = iter(octets)
        sock = wait or smtp.sock
        while time.monotonic() < begun + self.LONG:
            octet = next(octets, None)
            if octet is not None:
                with contextlib.suppress(ConnectionError):
                    sock.sendall(bytes([octet]))
            if select.select([sock], [], [], self.PAUSE)[0]:
                break
        took = time.monotonic() - begun
        self.assertGreater(took, self.LIMIT - 0.2)
        self.assertLess(took, self.LATE)

    def assert_timed_out(self, smtp, octets=b""):
        self.trickle(smtp, octets)
        smtp.expect("421 4.4.2")
        smtp.closed()

    def command_line(self, before=(), octets=b"", tls=False):
        pair = harness.certificate()
        server = self.server("--smtp-command-timeout", "2", *pair.options,
                             *INSECURE)
        with server.dial() as smtp:
            if tls:
                smtp.ehlo()
                smtp.starttls()
            for said, wanted in before:
                time.sleep(0.5)  # each line has time of its own
                smtp.command(said, wanted)
            self.assert_timed_out(smtp, octets)

    def test_a_command_line_has_its_time_in_all(self):
        hello = ("EHLO c.example.org", 250)
        many = [hello] + [("NOOP", 250)] * 5
        octets = b"X" * 1000
        # Made here, not by several threads at once.
        harness.certificate()
        harness.together(
            self.command_line,
            lambda: self.command_line(octets=octets),
            lambda: self.command_line(many),
            lambda: self.command_line(many, octets),
            lambda: self.command_line([hello], octets, tls=True),
            lambda: self.command_line([hello, ("AUTH LOGIN", 334)], octets),
            # Between two chunks.
            lambda: self.command_line(
                [hello, ("MAIL FROM:<>", 250), ("RCPT TO:<b@c>", 250),
                 ("BDAT 0", 250)], octets))

    def endless_line(self, tls):
        """As fast as it goes, so that nobody ever waits for an octet."""
        server = self.server("--smtp-command-timeout", "2",
                             *harness.certificate().options)
        with server.dial() as smtp:
            smtp.ehlo()
            if tls:
                smtp.starttls()
            begun = time.monotonic()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while time.monotonic() < begun + self.LONG:
                    smtp.sock.sendall(b"x" * 65536)
            took = time.monotonic() - begun
            self.assertGreater(took, self.LIMIT - 0.2)
            self.assertLess(took, self.LATE)

    def test_a_line_without_an_end_has_no_more_time(self):
        harness.certificate()
        harness.together(lambda: self.endless_line(False),
                         lambda: self.endless_line(True))

    def message(self, command, wanted, octets, tls=False):
        pair = harness.certificate()
        server = self.server("--smtp-data-timeout", "2", *pair.options)
        with server.dial() as smtp:
            smtp.ehlo()
            if tls:
                smtp.starttls()
                smtp.ehlo()
            smtp.envelope()
            smtp.send(command)
            if wanted:
                smtp.expect(wanted)
            self.assert_timed_out(smtp, octets)

    def slow_but_steady(self, by_chunk):
        """500 octets for every second, and the time is never over."""
        server = self.server("--smtp-data-timeout", "1")
        turns, piece = 16, b"%s\r\n" % (b"x" * 398)
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.envelope()
            if by_chunk:
                smtp.send("BDAT %d LAST\r\n" % (turns * len(piece)))
            else:
                smtp.command("DATA", 354)
            for _ in range(turns):
                smtp.send(piece)
                time.sleep(0.25)
            if not by_chunk:
                smtp.send(".\r\n")
            smtp.expect("250 2.0.0")

    def many_empty_chunks(self):
        server = self.server("--smtp-data-timeout", "2")
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.envelope()
            begun = time.monotonic()
            while time.monotonic() < begun + self.LONG:
                smtp.line("BDAT 0")
                if smtp.expect(250, "421 4.4.2").code == 421:
                    break
                time.sleep(self.PAUSE)
            took = time.monotonic() - begun
            self.assertGreater(took, self.LIMIT - 0.2)
            self.assertLess(took, self.LATE)
            smtp.closed()

    def test_a_message_has_its_time_in_all(self):
        octets = b"x" * 1000
        harness.certificate()
        harness.together(
            lambda: self.message("DATA\r\n", 354, b""),
            lambda: self.message("DATA\r\n", 354, octets),
            lambda: self.message("DATA\r\n", 354, octets, tls=True),
            lambda: self.message("BDAT 1000\r\n", None, octets),
            lambda: self.message("RSET\r\nBDAT 1000\r\n", 250, octets),
            self.many_empty_chunks,
            lambda: self.slow_but_steady(False),
            lambda: self.slow_but_steady(True))
        self.assertEqual(len(self.maildir), 2)
        self.assertEqual(self.maildir.stray(), [])

    @staticmethod
    def client_hello():
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = harness.tls_context().wrap_bio(into, out)
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        return out.read()

    def handshake(self, server, octets, port=None):
        """Nothing but TLS may be said, and the connection ends."""
        with server.connect(port) as sock:
            if port is None:
                smtp = harness.Dialogue(sock)
                smtp.banner()
                smtp.ehlo()
                smtp.command("STARTTLS", "220 2.0.0")
            self.trickle(None, octets, wait=sock)
            said = harness.read_to_end(sock)
        self.assertNotRegex(said, rb"\d\d\d[ -]")

    def test_a_handshake_has_its_time_in_all(self):
        implicit = harness.free_port()
        server = self.server("--smtp-handshake-timeout", "2", "--smtps",
                             "[::]:%d" % implicit,
                             *harness.certificate().options)
        hello = self.client_hello()
        self.assertGreater(len(hello), self.LONG / self.PAUSE)
        harness.together(*(
            lambda octets=octets, port=port:
                self.handshake(server, octets, port)
            for octets in (b"", hello[:3], hello)
            for port in (None, implicit)))
        self.assert_serves(server)

    def assert_left(self, write, read):
        """Asks much, and takes no answer or a little now and then."""
        begun = time.monotonic()
        asked = b"EHLO c.example.org\r\n" * 10000
        while time.monotonic() < begun + self.LONG:
            try:
                write(asked)
            except (BlockingIOError, TimeoutError):
                pass
            except ConnectionError:
                break
            time.sleep(self.PAUSE)
            with contextlib.suppress(ConnectionError):
                read()
        took = time.monotonic() - begun
        self.assertGreater(took, self.LIMIT - 0.2)
        self.assertLess(took, self.LATE)

    PATIENT = ("--smtp-command-timeout", "2", "--smtp-max-junk", "100000000")

    def never_reads(self):
        server = self.server(*self.PATIENT)
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect(("127.0.0.1", server.port))
            sock.settimeout(self.PAUSE)
            self.assert_left(sock.send, lambda: None)
        harness.eventually(lambda: not server.children(),
                           "no session is left")
        self.assert_serves(server)

    def reads_slowly(self):
        """Replies that leave together have their time together."""
        filtered = self.filter(*self.PATIENT, kind="pipe")
        pair = filtered.smtp.sock
        os.set_blocking(pair.write_fd, False)
        self.assert_left(lambda asked: os.write(pair.write_fd, asked),
                         lambda: os.read(pair.read_fd, 1024))

    def test_a_client_that_does_not_read_is_left(self):
        harness.together(self.never_reads, self.reads_slowly)

    def assert_serves(self, server):
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()


if __name__ == "__main__":
    harness.main()
