# SPDX-License-Identifier: MIT
"""e2e_smuggling: one accepted message is one message, and nothing in it runs

Whatever looks like the end of a message, like a command or like another
protocol is either content or refused. What is forged here would be a second
message from EVIL.
"""

import time

import corpus
import harness
from smuggling import (EVIL, FORGED, has_bare, HEAD, LF_LOOK_ALIKES,
                       LOOK_ALIKES, Smuggling)


class EndOfData(Smuggling):
    def content(self, look_alike):
        return HEAD + look_alike + FORGED[:-3]

    def test_look_alikes_are_content(self):
        smtp = self.dial()
        for look_alike in LOOK_ALIKES:
            with self.subTest(look_alike):
                smtp.envelope()
                smtp.command("DATA", 354)
                wire = self.content(look_alike)
                smtp.send(wire + b".\r\n")
                self.assert_stored(
                    smtp, corpus.stored(corpus.unstuffed(wire)))
                self.assert_in_step(smtp)
        self.assertEqual(len(self.maildir), len(LOOK_ALIKES))

    def test_look_alikes_split_over_packets_are_content(self):
        def split(smtp, look_alike, at):
            smtp.envelope()
            smtp.command("DATA", 354)
            wire = self.content(look_alike) + b".\r\n"
            smtp.send(wire[:at])
            time.sleep(0.002)
            smtp.send(wire[at:])
            self.assert_stored(
                smtp, corpus.stored(corpus.unstuffed(wire[:-3])))
        smtp, count = self.dial(), 0
        for look_alike in LOOK_ALIKES[:24]:
            for at in range(len(HEAD), len(HEAD + look_alike) + 2):
                with self.subTest(look_alike, at=at):
                    split(smtp, look_alike, at)
                    count += 1
        self.assert_in_step(smtp)
        self.assertEqual(len(self.maildir), count)

    def test_look_alikes_are_content_octet_by_octet(self):
        smtp = self.dial()
        for look_alike in LOOK_ALIKES:
            smtp.envelope()
            smtp.command("DATA", 354)
            wire = self.content(look_alike)
            smtp.send_chunks(wire + b".\r\n")
            self.assert_stored(smtp, corpus.stored(corpus.unstuffed(wire)))
        self.assert_in_step(smtp)

    def test_look_alikes_are_content_inside_tls(self):
        smtp = self.dial(*harness.certificate().options)
        smtp.starttls()
        smtp.ehlo()
        for look_alike in LOOK_ALIKES:
            smtp.envelope()
            smtp.command("DATA", 354)
            wire = self.content(look_alike)
            smtp.send(wire + b".\r\n")
            self.assert_stored(smtp, corpus.stored(corpus.unstuffed(wire)))
        self.assert_in_step(smtp)

    def test_look_alikes_are_content_at_the_very_start(self):
        """The CRLF of DATA counts as the first one, and no other line end."""
        smtp = self.dial()
        for start in (b".\n", b".\r", b"\n.\n", b"\n.\r\n", b"\r.\r\n",
                      b".\r\r\n", b".\0\r\n", b". \r\n", b"..\r\n"):
            with self.subTest(start):
                smtp.envelope()
                smtp.command("DATA", 354)
                wire = start + FORGED[:-3]
                smtp.send(wire + b".\r\n")
                self.assert_stored(
                    smtp, corpus.stored(corpus.unstuffed(wire)))
        self.assert_in_step(smtp)

    def test_the_true_end_is_seen_however_it_is_split(self):
        smtp = self.dial()
        for wire in (HEAD + b"\r\n.\r\n", b".\r\n", HEAD + b"\r\r\n.\r\n",
                     HEAD + b"\n\r\n.\r\n", HEAD + b"\r\n\r\n.\r\n"):
            for at in range(1, len(wire)):
                with self.subTest(wire, at=at):
                    smtp.envelope()
                    smtp.command("DATA", 354)
                    smtp.send(wire[:at])
                    time.sleep(0.001)
                    smtp.send(wire[at:])
                    self.assert_stored(smtp, corpus.stored(
                        corpus.unstuffed(wire[:-3])))
        self.assert_in_step(smtp)

    def test_what_follows_the_true_end_is_a_lawful_next_transaction(self):
        smtp = self.dial()
        smtp.envelope()
        smtp.command("DATA", 354)
        smtp.send(HEAD + b"\r\n.\r\nMAIL FROM:<b@example.org>\r\n"
                         b"RCPT TO:<c@example.com>\r\nDATA\r\n")
        first = smtp.expect("250 2.0.0").id
        smtp.expect("250 2.1.0")
        smtp.expect("250 2.1.5")
        smtp.expect(354)
        smtp.send(b"Subject: two\r\n\r\n.\r\n")
        second = smtp.expect("250 2.0.0").id
        self.assertEqual(self.stored(second).return_path, "<b@example.org>")
        for message_id in (first, second):
            self.assertFalse(any(
                line.startswith("finding early-input")
                for line in self.maildir.findings(message_id)))

    def test_bare_newlines_are_counted(self):
        smtp = self.dial()
        message_id = smtp.deliver(b"A: 1\r\n\r\na\nb\nc\rd\r\n")
        found = self.maildir.findings(message_id)
        self.assertTrue(any(f.startswith("finding bare-lf 2 ") for f in found))
        self.assertTrue(any(f.startswith("finding bare-cr 1 ") for f in found))


class Forbidden(Smuggling):
    """--smtp-forbid-bare-newline: one 550 at the true end, nothing stored."""

    def test_look_alikes_are_refused_once(self):
        smtp = self.dial("--smtp-forbid-bare-newline")
        kept = 0
        for look_alike in LOOK_ALIKES:
            with self.subTest(look_alike):
                wire = HEAD + look_alike + FORGED
                smtp.envelope()
                smtp.command("DATA", 354)
                smtp.send(wire)
                if has_bare(corpus.unstuffed(wire[:-3])):
                    smtp.expect("550 5.5.2")
                    smtp.command("DATA", 503)
                else:
                    smtp.expect("250 2.0.0")
                    kept += 1
                self.assert_in_step(smtp)
        self.assertEqual(len(self.maildir), kept)
        self.assertLess(kept, len(LOOK_ALIKES) - 15)
        self.assert_nothing_forged()

    def test_chunks_are_refused_too(self):
        smtp = self.dial("--smtp-forbid-bare-newline")
        for octets in (b"a\nb", b"a\rb", b"a\r", b"\n", b"\r\r\n", b"\n\r"):
            with self.subTest(octets):
                smtp.envelope()
                smtp.send(b"BDAT 1\r\nx")
                smtp.expect("250 2.0.0")
                smtp.send(b"BDAT %d LAST\r\n" % len(octets) + octets)
                smtp.expect("550 5.5.2")
        smtp.envelope()
        smtp.send(b"BDAT 5\r\nA: 1\rBDAT 1 LAST\r\n\n")
        smtp.expect("250 2.0.0")
        smtp.expect("250 2.0.0")
        self.assertEqual(len(self.maildir), 1)


class BareLineFeeds(Smuggling):
    """DATA<LF> opens a dialogue in which only <LF>.<LF> ends."""

    def send(self, smtp, wire):
        smtp.envelope()
        smtp.send(b"DATA\n")
        smtp.expect(354)
        smtp.send(wire)

    def test_only_its_own_end_ends_it(self):
        smtp = self.dial()
        for look_alike in LF_LOOK_ALIKES:
            with self.subTest(look_alike):
                wire = HEAD + look_alike + FORGED.replace(b"\r\n", b"\n")[:-2]
                self.send(smtp, wire + b".\n")
                self.assert_stored(smtp, corpus.stored(
                    corpus.unstuffed(wire, b"\n")))
                self.assert_in_step(smtp)

    def test_its_own_end_ends_it_at_any_split(self):
        smtp = self.dial()
        wire = b"Subject: a\n\nb\n.\n"
        for at in range(1, len(wire)):
            with self.subTest(at):
                self.send(smtp, wire[:at])
                time.sleep(0.001)
                smtp.send(wire[at:])
                self.assert_stored(smtp, b"Subject: a\n\nb\n")
        self.send(smtp, b".\n")
        self.assert_stored(smtp, b"\n")
        self.assert_in_step(smtp)

    def test_the_next_message_chooses_for_itself(self):
        smtp = self.dial()
        self.send(smtp, b"A: 1\n\nx\n.\n")
        self.assert_stored(smtp, b"A: 1\n\nx\n")
        smtp.envelope()
        smtp.command("DATA", 354)
        smtp.send(b"A: 2\r\n\r\nx\n.\n" + FORGED)
        self.assert_stored(smtp, corpus.stored(
            b"A: 2\r\n\r\nx\n.\n" + FORGED[:-3]))

    def test_a_whole_dialogue_of_line_feeds_works(self):
        smtp = self.dial()
        smtp.send(b"EHLO a\nMAIL FROM:<from@example.org>\n"
                  b"RCPT TO:<to@example.com>\nDATA\nA: 1\n\n..x\n.\nQUIT\n")
        for code in (250, 250, 250, 354):
            smtp.expect(code)
        message_id = smtp.expect("250 2.0.0").id
        smtp.expect(221)
        smtp.closed()
        self.assertEqual(self.stored(message_id).content, b"A: 1\n\n.x\n")
        found = "\n".join(self.maildir.findings(message_id))
        self.assertIn("finding lf-command", found)
        self.assertIn("finding early-input", found)


class StartTls(Smuggling):
    """What was said in clear behind STARTTLS is never executed."""

    def server_with_tls(self):
        return self.server(*self.OPTIONS, *harness.certificate().options)

    def test_commands_in_the_same_packet_end_the_session(self):
        server = self.server_with_tls()
        for more in (b"RSET\r\n", FORGED, b"EHLO a\r\n", b"\r\n", b"M", b"\0",
                     b"\x16\x03\x01", b"STARTTLS\r\n", b"QUIT\r\n"):
            with self.subTest(more), server.dial() as smtp:
                smtp.ehlo()
                smtp.send(b"STARTTLS\r\n" + more)
                smtp.expect("554 5.5.1")
                smtp.closed()
        self.assertEqual(len(self.maildir), 0)

    def test_commands_in_a_later_packet_are_never_executed(self):
        server = self.server_with_tls()
        for more in (b"RSET\r\n", FORGED, b"EHLO a\r\n" + FORGED, b"QUIT\r\n"):
            for pause in (0, 0.05):
                with self.subTest(more, pause=pause), server.dial() as smtp:
                    smtp.ehlo()
                    smtp.send(b"STARTTLS\r\n")
                    time.sleep(pause)
                    smtp.send(more)
                    said = harness.read_to_end(smtp.sock)
                    # One reply at most; then an alert record, or the end.
                    if not said.startswith(b"554 "):
                        self.assertTrue(said.startswith(b"220 2.0.0 "), said)
                    line, _, rest = said.partition(b"\r\n")
                    self.assertIn(rest[:1], (b"", b"\x15"), said)
                    self.assertNotIn(b"\r\n", rest)
        self.assertEqual(len(self.maildir), 0)

    def test_commands_before_the_hello_never_reach_the_session(self):
        server = self.server_with_tls()
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.command("STARTTLS", "220 2.0.0")
            smtp.send(FORGED)
            with self.assertRaises(OSError):
                smtp.tls()
        self.assertEqual(len(self.maildir), 0)

    def test_inside_data_it_is_content(self):
        server = self.server_with_tls()
        with server.dial() as smtp:
            smtp.ehlo()
            message = self.stored(smtp.deliver(b"A: 1\r\n\r\nSTARTTLS\r\n"))
            self.assertEqual(message.content, b"A: 1\n\nSTARTTLS\n")
            self.assert_in_step(smtp)

    def test_a_transaction_does_not_survive_it(self):
        server = self.server_with_tls()
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.command("MAIL FROM:<evil@example.net>", 250)
            smtp.command("RSET", 250)
            smtp.starttls()
            smtp.command("MAIL FROM:<a@example.org>", 503)
            smtp.command("RCPT TO:<a@example.org>", 503)
            smtp.command("DATA", 503)


class Refused(Smuggling):
    """What was refused is read to its true end, and none of it runs."""

    OVER = corpus.MIB + 1

    def test_tail_of_an_oversized_message_is_never_executed(self):
        smtp = self.dial("--max-message-size", "1")
        for line in (FORGED[:-3], b"RSET\r\nQUIT\r\n", b"x" * 65 + b"\r\n",
                     b"x" * self.OVER + b"\r\n", b"NOOP\n", b"\r\n"):
            with self.subTest(line[:20]):
                smtp.envelope()
                smtp.command("DATA", 354)
                body = b"A: 1\r\n\r\n" + line * (self.OVER // len(line) + 9)
                smtp.send_chunks(body, 70000)
                smtp.send(FORGED[:-3] + b"\r\n.\r\n")
                smtp.expect("552 5.3.4")
                smtp.command("DATA", 503)
                self.assert_in_step(smtp)
        self.assertEqual(len(self.maildir), 0)
        smtp.deliver()

    def test_tail_of_an_oversized_chunk_is_never_executed(self):
        smtp = self.dial("--max-message-size", "1")
        body = FORGED * (self.OVER // len(FORGED) + 9)
        smtp.envelope()
        smtp.send(b"BDAT %d LAST\r\n" % len(body) + body)
        smtp.expect("552 5.3.4")
        self.assert_in_step(smtp)
        smtp.envelope()
        smtp.send(b"BDAT 10\r\nA: 1\r\n\r\nab"
                  b"BDAT %d\r\n" % len(body) + body + b"BDAT %d LAST\r\n" %
                  len(FORGED) + FORGED)
        smtp.expect("250 2.0.0")
        smtp.expect("552 5.3.4")
        smtp.expect(503)
        self.assert_in_step(smtp)
        self.assertEqual(len(self.maildir), 0)
        smtp.deliver()

    def test_chunks_hold_content_whatever_it_looks_like(self):
        smtp = self.dial()
        payload = b"A: 1\r\n\r\n.\r\n" + FORGED + b"QUIT\r\nBDAT 3 LAST\r\n"
        smtp.envelope()
        smtp.send(b"BDAT %d LAST\r\n" % len(payload) + payload)
        self.assert_stored(smtp, corpus.stored(payload))
        self.assert_in_step(smtp)

    def test_a_refused_chunk_is_read_and_dropped(self):
        smtp = self.dial()
        for before in ((), ("MAIL FROM:<a@example.org>",)):
            for command in before:
                smtp.command(command, 250)
            smtp.send(b"BDAT %d LAST\r\n" % len(FORGED) + FORGED)
            smtp.expect("503 5.5.1")
            self.assert_in_step(smtp)
            smtp.command("RSET", 250)
        self.assertEqual(len(self.maildir), 0)

    def test_a_refused_chunk_is_dropped_where_tls_or_login_is_missing(self):
        passwords = self.passwords()
        for options, code in (
                (["--smtp-require-starttls"], "530 5.7.0"),
                (["--smtp-auth-file", passwords,
                  "--smtp-auth-allow-insecure"], "530 5.7.0")):
            smtp = self.dial(*harness.certificate().options, *options)
            smtp.send(b"BDAT %d LAST\r\n" % len(FORGED) + FORGED)
            smtp.expect(code)
            self.assert_in_step(smtp)

    def test_data_and_chunks_do_not_mix(self):
        smtp = self.dial()
        smtp.envelope()
        smtp.send(b"BDAT 4\r\nA: 1")
        smtp.expect("250 2.0.0")
        for command in ("DATA", "MAIL FROM:<evil@example.net>",
                        "RCPT TO:<b@example.com>", "AUTH PLAIN"):
            smtp.command(command, 503, 502)
        smtp.send(b"BDAT 2 LAST\r\n\r\n")
        self.assert_stored(smtp, b"A: 1\n")
        smtp.envelope()
        smtp.send(b"BDAT 4\r\nA: 1")
        smtp.expect("250 2.0.0")
        smtp.command("RSET", 250)
        smtp.send(b"BDAT 4 LAST\r\nA: 1")
        smtp.expect(503)
        self.assertEqual(len(self.maildir), 1)

    def test_a_chunk_whose_size_is_none_ends_the_session(self):
        server = self.server(*self.OPTIONS)
        for size in (b"", b" ", b" x", b" -1", b" +1", b" 0x10", b" 1e3",
                     b" 1 2", b" 1 LAST x", b" LAST", b" 1LAST", b" 1.0",
                     b" 18446744073709551616", b" " + b"9" * 21):
            with self.subTest(size), server.dial() as smtp:
                smtp.ehlo()
                smtp.envelope()
                smtp.send(b"BDAT" + size + b"\r\n" + FORGED)
                smtp.expect(500, 501)
                smtp.closed()
        self.assertEqual(len(self.maildir), 0)

    def test_a_chunk_of_the_largest_size_never_ends(self):
        smtp = self.dial()
        smtp.envelope()
        smtp.send(b"BDAT 18446744073709551615 LAST\r\n" + FORGED)
        self.assertTrue(smtp.is_silent(0.2))
        smtp.half_close()
        smtp.closed()
        self.assertEqual(len(self.maildir), 0)

    def test_state_does_not_survive_a_refusal(self):
        smtp = self.dial("--max-message-size", "1",
                         "--smtp-forbid-bare-newline")
        for body, code in ((b"x" * self.OVER, 552), (b"a\nb", 550)):
            smtp.envelope()
            smtp.data(body, code)
            smtp.command("DATA", 503)
            smtp.command("RCPT TO:<a@example.com>", 503)
            smtp.send(b"BDAT 1 LAST\r\nx")
            smtp.expect(503)
        smtp.command("MAIL FROM:<a@example.org>", 250)
        smtp.command("RCPT TO:<a@b@c>", 553)
        smtp.command("DATA", 503)
        smtp.command("MAIL FROM:<a@b@c>", 553)
        smtp.command("RCPT TO:<a@example.com>", 503)
        smtp.deliver()

    def test_extensions_that_are_not_offered_are_refused(self):
        smtp = self.dial()
        for command in ("BURL imap://x LAST", "ETRN x", "TURN", "XCLIENT A=b",
                        "XFORWARD A=b", "LHLO a", "SEND FROM:<a@b>",
                        "EXPN a", "VRFY a", "ATRN"):
            smtp.command(command, 500, 502, 555)
        self.assert_in_step(smtp)


class CommandLines(Smuggling):
    def test_cr_or_nul_inside_a_command_ends_the_session(self):
        server = self.server(*self.OPTIONS)
        for line in (b"RCPT TO:<a\rX-Injected: y@example.com>",
                     b"RCPT TO:<a\0b@example.com>", b"NOOP\r\r", b"NOOP \0",
                     b"MAIL FROM:<a@b>\rRCPT TO:<c@d>", b"\r\r", b"\0",
                     b"NOOP\rMAIL FROM:<evil@example.net>"):
            with self.subTest(line), server.dial() as smtp:
                smtp.ehlo()
                smtp.command("MAIL FROM:<from@example.org>", 250)
                smtp.send(line + b"\r\nRCPT TO:<b@example.com>\r\n" + FORGED)
                smtp.expect("500 5.5.2")
                smtp.closed()
        self.assertEqual(len(self.maildir), 0)

    def test_other_control_octets_are_a_syntax_error(self):
        smtp = self.dial()
        for octet in [*range(1, 9), 11, 12, *range(14, 32), 127]:
            with self.subTest(octet):
                smtp.send(b"MAIL FROM:<a" + bytes([octet]) + b"@b>\r\n")
                smtp.expect(500, 501)
        self.assert_in_step(smtp)

    def test_a_command_without_its_line_end_is_not_executed(self):
        smtp = self.dial()
        smtp.send(b"MAIL FROM:<evil@example.net>")
        self.assertTrue(smtp.is_silent(0.1))
        smtp.half_close()
        smtp.closed()

    def test_the_rest_of_a_long_line_is_never_a_command(self):
        smtp = self.dial()
        for length in (2049, 4096, 8192, 12290, 12291, 65536, 131072):
            for near in (-2, 0, 2):
                with self.subTest(length, near=near):
                    smtp.send(b"NOOP " + b"x" * (length - 5 + near) +
                              FORGED.replace(b"\r\n", b" ") + b"\r\n")
                    smtp.expect("500 5.5.2")
                    self.assert_in_step(smtp)
        smtp.send(b"AUTH " + b"x" * 20000 + b"\r\n")
        smtp.expect(500)
        self.assert_in_step(smtp)

    def test_other_protocols_are_closed_at_once(self):
        server = self.server(*self.OPTIONS)
        tail = b"\r\nHost: x\r\n\r\nEHLO a\r\n" + FORGED
        for first in (b"POST / HTTP/1.1", b"GET / HTTP/1.0", b"get /",
                      b"HEAD / HTTP/1.1", b"PUT /x HTTP/1.1",
                      b"OPTIONS * HTTP/1.1", b"CONNECT a:25 HTTP/1.1",
                      b"DELETE / HTTP/1.1", b"PRI * HTTP/2.0", b"Host: x",
                      b"Content-Type: text/plain", b"User-Agent: x",
                      b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                      b"\x16\x03\x03"):
            with self.subTest(first), server.dial() as smtp:
                smtp.send(first + tail)
                smtp.expect("421 4.7.0")
                smtp.closed()
        self.assertEqual(len(self.maildir), 0)

    def test_other_protocols_are_closed_inside_tls_too(self):
        smtp = self.dial(*harness.certificate().options)
        smtp.starttls()
        smtp.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO a\r\n" + FORGED)
        smtp.expect("421 4.7.0")
        smtp.closed()

    def test_replies_never_repeat_what_the_client_said(self):
        smtp = self.dial()
        mark = "zqxj"
        for command in ("NOOP " + mark, mark, "VRFY " + mark,
                        "MAIL FROM:<%s>" % mark, "MAIL FROM:" + mark,
                        "MAIL FROM:<a@b> SIZE=" + mark, "HELP " + mark,
                        "RCPT TO:<%s@x>" % mark, "AUTH " + mark,
                        "EHLO %s (" % mark, "HELO <%s>" % mark,
                        "BDAT " + mark):
            smtp.line(command)
            self.assertNotIn(mark, smtp.reply().text)

    def test_an_address_list_is_no_address(self):
        smtp = self.dial()
        smtp.command("MAIL FROM:<a@example.org>", 250)
        for path in ("<u@c>,<v@c>", "<u@c> <v@c>", "<u@c>\tx,y", "<u@c>>",
                     "<<u@c>>", "<u@c", "u@c", "<u@c>,", "<u@c>x"):
            with self.subTest(path):
                smtp.command("RCPT TO:" + path, 501, 553)
        smtp.command("DATA", 503)

    def test_a_size_is_compared_without_overflow(self):
        smtp = self.dial()
        for size in ("18446744073709551615", "18446744073709551616",
                     "99999999999999999999", "9223372036854775808",
                     "4294967296000", "52428801"):
            smtp.command("MAIL FROM:<a@b> SIZE=" + size, "552 5.3.4")
        for size in ("", "-1", "+1", "1 SIZE=1", "0x1", "1" * 21, "1,"):
            smtp.command("MAIL FROM:<a@b> SIZE=" + size, "501 5.5.4")
        smtp.command("MAIL FROM:<a@b> SIZE=52428800", 250)


class Envelope(Smuggling):
    def test_the_first_lines_of_a_client_never_extend_our_block(self):
        smtp = self.dial()
        for first in (b" (forged)\r\n", b"\tid forged; forged\r\n",
                      b"Return-Path: <" + EVIL + b">\r\n",
                      b"Delivered-To: " + EVIL + b"\r\n", b"\r\n"):
            with self.subTest(first):
                octets = first + b"\r\nx\r\n"
                message = self.stored(smtp.deliver(octets))
                self.assertEqual(message.return_path, "<from@example.org>")
                self.assertEqual(message.delivered_to, ["to@example.com"])
                self.assertRegex(message.received,
                                 r" id %s; [^;]*\+0000$" % message.id)
                self.assertEqual(message.content, corpus.stored(octets))

    def test_odd_names_never_enter_the_trace(self):
        server = self.server(*self.OPTIONS)
        for name in (b"a b", b"a(b", b"(a)", b"a\x80", b"<a>", b"a;b", b"",
                     b"a, b", b"[1.2.3", b"a\tb", b'"a"', b"x" * 300):
            with self.subTest(name), server.dial() as smtp:
                smtp.send(b"EHLO " + name + b"\r\n")
                smtp.expect(250, 501)
                message = self.stored(smtp.deliver())
                self.assertTrue(message.received.startswith(
                    "from unknown ([127.0.0.1])"), message.received)

    def test_addresses_stay_within_their_line(self):
        smtp = self.dial()
        odd = ('"a b"@c.d', '"a>b"@c.d', '"a\\"b"@c.d', "a'b@c.d",
               "a@[IPv6:::1]", "é@c.d", '"a\\\\"@c.d')
        smtp.envelope(to=odd)
        message = self.stored(smtp.data(b"A: 1\r\n\r\n").id)
        self.assertEqual(
            [value.encode("latin-1").decode()
             for value in message.delivered_to], list(odd))


if __name__ == "__main__":
    harness.main()
