# SPDX-License-Identifier: MIT
"""e2e_endings: clients and sessions that go away, and many at once"""

import functools
import os
import signal
import socket
import struct
import time

import harness
from delivering import Delivery, MESSAGE

TIME_LIMIT = 240


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


if __name__ == "__main__":
    harness.main()
