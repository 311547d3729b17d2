# SPDX-License-Identifier: MIT
"""e2e_bytes: what the client sent is what is stored, octet for octet

The messages are those of corpus.py; they go over raw sockets in odd pieces,
by DATA and by BDAT, in clear and inside TLS.
"""

import socket

import corpus
import harness

TIME_LIMIT = 240
SENDERS = 4
LIMIT = 50 * corpus.MIB


class Sender:
    """One connection that sends samples in one of several ways."""

    def __init__(self, smtp):
        self.smtp = smtp
        if isinstance(smtp.sock, socket.socket):
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo()

    def begin(self):
        self.smtp.envelope()

    def by_data(self, sample):
        self.begin()
        self.smtp.command("DATA", 354)
        wire = harness.stuffed(sample.octets)
        self.smtp.send_chunks(
            wire, [len(p) for p in sample.pieces(wire)])
        return self.smtp.expect("250 2.0.0").id

    def by_lines_in_pieces(self, sample):
        """DATA with everything, commands too, one octet at a time."""
        self.begin()
        self.smtp.send_chunks("DATA\r\n")
        self.smtp.expect(354)
        self.smtp.send_chunks(harness.stuffed(sample.octets))
        return self.smtp.expect("250 2.0.0").id

    @staticmethod
    def as_chunks(sample):
        """The commands with their octets; the last one says LAST."""
        chunks = sample.chunks()
        for n, chunk in enumerate(chunks):
            last = b" LAST" if n == len(chunks) - 1 else b""
            yield b"BDAT %d%s\r\n" % (len(chunk), last), chunk

    def by_chunks(self, sample):
        self.begin()
        replies = 0
        for command, chunk in self.as_chunks(sample):
            if replies:
                self.smtp.expect("250 2.0.0")
            self.smtp.send(command)
            self.smtp.send_chunks(chunk, [1, 2, 1000, 65536])
            replies += 1
        return self.smtp.expect("250 2.0.0").id

    def by_pipeline(self, sample):
        """The whole transaction at once, in odd pieces, replies at the end."""
        chunks = list(self.as_chunks(sample))
        wire = (b"MAIL FROM:<from@example.org>\r\n"
                b"RCPT TO:<to@example.com>\r\n" +
                b"".join(command + chunk for command, chunk in chunks))
        self.smtp.send_chunks(wire, [len(p) for p in sample.pieces(wire)])
        self.smtp.expect("250 2.1.0")
        self.smtp.expect("250 2.1.5")
        for _ in chunks[1:]:
            self.smtp.expect("250 2.0.0")
        return self.smtp.expect("250 2.0.0").id


class Bytes(harness.Case):
    SAMPLES = corpus.samples()

    def assert_kept(self, sample, message_id, strict=False):
        got = self.stored(message_id).content
        wanted = corpus.stored(sample.octets, strict)
        if got != wanted:
            at = next((i for i, (a, b) in enumerate(zip(got, wanted))
                       if a != b), min(len(got), len(wanted)))
            self.fail("%s: %d octets, not %d; at %d %r instead of %r" % (
                sample.name, len(got), len(wanted), at, got[at:at + 40],
                wanted[at:at + 40]))

    def send_all(self, samples, how, dial, strict=False):
        """Sends the samples over some connections; each must be kept."""
        def one(start):
            with dial() as smtp:
                sender = Sender(smtp)
                sent = [(sample, getattr(sender, how)(sample))
                        for sample in samples[start::SENDERS]]
                smtp.quit()
                return sent
        for sent in harness.together(*(
                lambda n=n: one(n) for n in range(SENDERS))):
            for sample, message_id in sent:
                with self.subTest(sample.name):
                    self.assert_kept(sample, message_id, strict)
        self.assertEqual(len(self.maildir), len(samples))

    def test_data_in_odd_pieces(self):
        self.send_all([s for s in self.SAMPLES if s.by_data], "by_data",
                      self.server("--no-fsync").dial)

    def test_every_octet_in_a_packet_of_its_own(self):
        small = [s for s in self.SAMPLES
                 if s.by_data and len(s.octets) < 1200]
        self.send_all(small[::2], "by_lines_in_pieces",
                      self.server("--no-fsync").dial)

    def test_chunks(self):
        self.send_all(self.SAMPLES, "by_chunks",
                      self.server("--no-fsync").dial)

    def test_chunks_in_one_pipeline(self):
        self.send_all(self.SAMPLES, "by_pipeline",
                      self.server("--no-fsync").dial)

    def test_data_with_fsync(self):
        self.send_all([s for s in self.SAMPLES if s.by_data][::4], "by_data",
                      self.server().dial)

    def test_chunks_with_fsync(self):
        self.send_all(self.SAMPLES[2::4], "by_pipeline", self.server().dial)

    def under_tls(self, samples, how):
        server = self.server("--no-fsync", *harness.certificate().options)

        def dial():
            smtp = server.dial()
            smtp.ehlo()
            return smtp.starttls()
        self.send_all(samples, how, dial)

    def test_data_under_tls(self):
        self.under_tls([s for s in self.SAMPLES if s.by_data][1::3],
                       "by_data")

    def test_chunks_under_tls(self):
        self.under_tls(self.SAMPLES[1::3], "by_pipeline")

    def test_strict_headers_are_not_repaired(self):
        odd = [s for s in self.SAMPLES if b"\r\r\n" in s.octets]
        self.send_all(odd, "by_chunks", self.server(
            "--no-fsync", "--smtp-strict-rfc-headers").dial, strict=True)

    def test_a_filter_on_pipes_keeps_them_too(self):
        some = [s for s in self.SAMPLES if s.by_data][3::6]
        filtered = self.filter("--no-fsync", kind="pipe")
        with filtered as f:
            f.smtp.banner()
            sender = Sender(f.smtp)
            for sample in some:
                with self.subTest(sample.name):
                    self.assert_kept(sample, sender.by_data(sample))
            f.smtp.quit()

    def test_a_dialogue_with_bare_line_feeds(self):
        some = [s for s in self.SAMPLES
                if s.by_data and b"\n." not in s.octets.replace(b"\r\n", b"\n")
                and not s.octets.startswith(b".")]
        some += [corpus.Sample("dots", b"A: b\r\n\r\n.\r\n..\r\n.a\r\n")]
        server = self.server("--no-fsync")
        with server.dial() as smtp:
            smtp.ehlo()
            for sample in some[::2] + some[-1:]:
                with self.subTest(sample.name):
                    octets = sample.octets.replace(b"\r\n", b"\n")
                    wire = (b"\n" + octets).replace(b"\n.", b"\n..")[1:]
                    smtp.envelope()
                    smtp.send(b"DATA\n")
                    smtp.expect(354)
                    smtp.send(wire + b".\n")
                    self.assert_kept(corpus.Sample(sample.name, octets),
                                     smtp.expect("250 2.0.0").id)

    def test_a_message_of_exactly_the_limit(self):
        sample = corpus.Sample("limit", corpus.of_size(LIMIT))
        self.assertEqual(len(sample.octets), LIMIT)
        server = self.server("--no-fsync")
        for how in ("by_data", "by_chunks"):
            with self.subTest(how), server.dial() as smtp:
                sender = Sender(smtp)
                self.assert_kept(sample, getattr(sender, how)(sample))


if __name__ == "__main__":
    harness.main()
