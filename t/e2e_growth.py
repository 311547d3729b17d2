# SPDX-License-Identifier: MIT
"""e2e_growth: memory stays flat and time linear, whatever is sent"""

import contextlib
import re
import threading
from pathlib import Path

import corpus
import harness

RUN_SAN = False  # sanitizers need memory and time of their own
TIME_LIMIT = 240
MIB = 1 << 20
DEFAULT_SIZE = 50 * MIB
MESSAGE = b"Subject: x\r\n\r\ntext\r\n"
ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n"
QUICK = ("--no-fsync", "--max", "0")


class Sampler(threading.Thread):
    """Watches the memory of a process: the most it had for itself."""

    def __init__(self, pid):
        super().__init__()
        self.pid = pid
        self.proc = Path("/proc/%d" % pid)
        self.ended = threading.Event()
        self.private = 0

    def look(self):
        self.private = max(self.private, harness.private_memory(self.pid))

    def run(self):
        while not self.ended.wait(0.003):
            self.look()

    def __enter__(self):
        self.look()  # fails here if it may not
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        self.look()
        status = (self.proc / "status").read_text()
        self.peak = 1024 * int(re.search(r"VmHWM:\s+(\d+)", status).group(1))


class Memory(harness.Case):
    PRIVATE = 8 * 1000 * 1000
    LONG = 48 * MIB

    # Label, what opens it, what is repeated, what ends it, what it gets.
    FLOODS = [
        ("a command", b"", b"x", b"\r\n", [500]),
        ("AUTH", b"AUTH PLAIN ", b"x", b"\r\n", [500]),
        ("blanks", b"NOOP", b" ", b"\r\n", [500]),
        ("NULs", b"", b"\0", b"\r\n", [500]),
        ("a line of the body", ENVELOPE + b"DATA\r\nA: b\r\n\r\n", b"x",
         b"\r\n.\r\n", [250, 250, 354, 250]),
        ("a field", ENVELOPE + b"DATA\r\nA: ", b"x", b"\r\n.\r\n",
         [250, 250, 354, 250]),
        ("a field's name", ENVELOPE + b"DATA\r\n", b"x", b"\r\n.\r\n",
         [250, 250, 354, 250]),
        ("many fields", ENVELOPE + b"DATA\r\n", b"A: b\r\n", b".\r\n",
         [250, 250, 354, 250]),
        ("many folds", ENVELOPE + b"DATA\r\nA: b\r\n", b" c\r\n", b".\r\n",
         [250, 250, 354, 250]),
        ("many CRs", ENVELOPE + b"DATA\r\n", b"\r", b"\r\n.\r\n",
         [250, 250, 354, 250]),
        ("a refused chunk", b"BDAT %d\r\n" % LONG, b"x", b"", [503]),
        ("a chunk beyond the limit", ENVELOPE + b"BDAT %d\r\n" % (
            2 * LONG), b"xy", b"", [250, 250, 552]),
    ]

    def assert_flat(self, label, seen, tls):
        harness.comment("%s%s: private %.1f MB, peak %.1f MiB" % (
            label, ", TLS" if tls else "", seen.private / 1e6,
            seen.peak / MIB))
        self.assertLess(seen.private, self.PRIVATE, label)
        self.assertLess(seen.peak, (32 if tls else 24) * MIB, label)

    @contextlib.contextmanager
    def session(self, server, tls):
        """A Dialogue and the process behind it."""
        with server.dial() as smtp:
            smtp.ehlo()
            if tls:
                smtp.starttls()
                smtp.ehlo()
            pid, = server.children()
            yield smtp, pid
            smtp.quit()
        harness.eventually(lambda: not server.children(), "the session ends")
        findings = self.maildir.path / "mailpit" / "findings"
        for path in [*self.maildir.names(), *findings.iterdir()]:
            path.unlink()

    def memory_server(self):
        return self.server(
            *QUICK, "--smtp-auth-accept-any", "--smtp-auth-allow-insecure",
            *harness.certificate().options)

    def test_a_message_of_any_size_takes_no_memory(self):
        server = self.memory_server()
        octets = corpus.of_size(DEFAULT_SIZE)
        wire = harness.stuffed(octets)
        chunk = 1000000
        chunks = [octets[i:i + chunk] for i in range(0, len(octets), chunk)]
        too_large = harness.stuffed(octets + b"x\r\n")
        rows = [
            ("DATA", [ENVELOPE + b"DATA\r\n", wire], [250, 250, 354, 250]),
            ("BDAT", [ENVELOPE + b"BDAT %d LAST\r\n" % len(octets), octets],
             [250] * 3),
            ("many BDAT", [ENVELOPE] + [
                b"BDAT %d\r\n" % len(c) + c for c in chunks] +
             [b"BDAT 0 LAST\r\n"], [250] * (len(chunks) + 3)),
            ("too large", [ENVELOPE + b"DATA\r\n", too_large],
             [250, 250, 354, 552]),
        ]
        for tls in (False, True):
            for label, pieces, replies in rows:
                with self.subTest(label, tls=tls), \
                        self.session(server, tls) as (smtp, pid):
                    with Sampler(pid) as seen:
                        for piece in pieces:
                            smtp.send(piece)
                        for wanted in replies:
                            smtp.expect(wanted)
                    self.assert_flat(label, seen, tls)

    def test_a_filter_takes_no_more(self):
        filtered = self.filter(*QUICK, kind="tcp")
        smtp = filtered.smtp
        smtp.banner()
        smtp.ehlo()
        smtp.envelope()
        with Sampler(filtered.pid) as seen:
            smtp.data(corpus.of_size(DEFAULT_SIZE))
        smtp.quit()
        self.assert_flat("filter", seen, False)

    def test_nothing_that_is_long_takes_memory(self):
        server = self.memory_server()
        for tls in (False, True):
            for label, opens, unit, ends, replies in self.FLOODS:
                with self.subTest(label, tls=tls), \
                        self.session(server, tls) as (smtp, pid):
                    count = self.LONG * len(unit) if "BDAT" in str(opens) \
                        else self.LONG
                    block = unit * (MIB // len(unit))
                    with Sampler(pid) as seen:
                        smtp.send(opens)
                        while count >= len(block):
                            smtp.send(block)
                            count -= len(block)
                        smtp.send(unit * (count // len(unit)) + ends)
                        for wanted in replies:
                            smtp.expect(wanted)
                    self.assert_flat(label, seen, tls)

    def test_long_recipients_take_little(self):
        server = self.memory_server()
        with self.session(server, False) as (smtp, pid):
            with Sampler(pid) as seen:
                smtp.command("MAIL FROM:<%s@b>" % ("x" * 1000), 250)
                for n in range(100):
                    smtp.command("RCPT TO:<%04d%s@b> ORCPT=rfc822;%s" % (
                        n, "x" * 1000, "y" * 400), 250)
                smtp.data(MESSAGE)
            self.assert_flat("recipients", seen, False)


class Time(harness.Case):
    """Twice as much takes about twice the time of the processor.

    Three doublings at once: what is linear and what is not lie so far apart
    there that a busy machine cannot take the one for the other.
    """

    FACTOR = 8
    MOST = 2.6 ** 3
    ROUNDS = 10

    def processor_time(self, smtp, pid, wire, replies):
        """Nanoseconds that the session ran to answer all that."""
        schedstat = Path("/proc/%d/schedstat" % pid)
        before = int(schedstat.read_text().split()[0])
        sender = threading.Thread(target=smtp.send, args=(wire,))
        sender.start()
        for wanted in replies:
            smtp.expect(wanted)
        sender.join()
        return int(schedstat.read_text().split()[0]) - before

    def assert_linear(self, make, count):
        """make(n): what to send, and the replies to it."""
        server = self.server(*QUICK, "--smtp-max-junk", "100000000",
                             "--smtp-max-errors", "100000000")
        with server.dial() as smtp:
            smtp.ehlo()
            pid, = server.children()
            # What others do beside us only adds: the least of each counts.
            few = many = float("inf")
            for _ in range(self.ROUNDS):
                few = min(few, self.processor_time(smtp, pid, *make(count)))
                many = min(many, self.processor_time(
                    smtp, pid, *make(self.FACTOR * count)))
                if many < self.MOST * few:
                    return
        self.fail("%d and %d ns" % (few, many))

    def test_lines_of_a_message(self):
        for line in (b"\r\n", b"ab\r\n", b"a\n", b"\n", b"\r", b"..\r\n",
                     b"\r\r\n", b"\0\r\n"):
            with self.subTest(line):
                self.assert_linear(lambda n, line=line: (
                    ENVELOPE + b"DATA\r\nA: b\r\n\r\n" + line * n +
                    b"\r\n.\r\n", [250, 250, 354, 250]), 150000)

    def test_lines_of_a_header(self):
        for line in (b"A:\r\n", b" a\r\n", b"a\r\n", b"A:\r\r\n", b"A:\n"):
            with self.subTest(line):
                self.assert_linear(lambda n, line=line: (
                    ENVELOPE + b"DATA\r\nA: b\r\n" + line * n + b"\r\n.\r\n",
                    [250, 250, 354, 250]), 150000)

    def test_lines_of_a_chunk(self):
        for line in (b"ab\r\n", b"\n", b".\r\n"):
            with self.subTest(line):
                self.assert_linear(lambda n, line=line: (
                    ENVELOPE + b"BDAT %d LAST\r\n" % (n * len(line)) +
                    line * n, [250] * 3), 150000)

    def test_many_chunks(self):
        self.assert_linear(lambda n: (
            ENVELOPE + b"BDAT 1\r\nx" * n + b"BDAT 0 LAST\r\n",
            [250] * (n + 3)), 1250)

    def test_many_commands(self):
        for command, wanted in ((b"NOOP", 250), (b"RSET", 250),
                                (b"X", 500)):
            with self.subTest(command):
                self.assert_linear(lambda n, command=command, wanted=wanted: (
                    (command + b"\r\n") * n, [wanted] * n), 1250)


if __name__ == "__main__":
    harness.main()
