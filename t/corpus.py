# SPDX-License-Identifier: MIT
"""corpus: messages that are hard to keep octet for octet

All of them are made here from a fixed seed. stored() says what must lie in
the Maildir behind our own block, and unstuffed() what a dialogue opened by
DATA carries; both follow maildir-layout/README.md and know nothing of the
program.
"""

import random
import re
import zlib

SEED = 20260723
# Around every limit and buffer size that there might be.
LENGTHS = [0, 1, 2, 76, 77, 78, *range(509, 515), *range(997, 1002),
           *range(2045, 2051), *range(4095, 4098), *range(8190, 8194),
           *range(65535, 65538)]
MIB = 1024 * 1024
HEAD = b"From: a@example.org\r\nSubject: test\r\n\r\n"

FIELD = re.compile(rb"[^\x00-\x20\x7f:]+[ \t]*:")


def stored(octets, strict=False):
    """What stands behind our block when a client sent these octets."""
    has_header = FIELD.match(octets) is not None
    in_header, out = has_header, []
    for line in re.findall(rb"[^\n]*\n|[^\n]+", octets):
        end = b"\n" if line.endswith(b"\n") else b""
        text = line[:-1] if end else line
        if end and text.endswith(b"\r"):
            text = text[:-1]
            if in_header and not strict and text.endswith(b"\r"):
                text = text[:-1]
        if end and not text:
            in_header = False
        out.append(text + end)
    return (b"" if has_header else b"\n") + b"".join(out)


def unstuffed(wire, end=b"\r\n"):
    """The content of a dialogue, given without its final dot line."""
    lines = wire.split(end)
    return end.join(line[1:] if line.startswith(b".") else line
                    for line in lines)


class Sample:
    """A message: a name, its octets, and how it may be sent."""

    def __init__(self, name, octets):
        self.name, self.octets = name, octets

    @property
    def by_data(self):
        """DATA can carry it: only whole lines."""
        return not self.octets or self.octets.endswith(b"\r\n")

    def dice(self):
        """Its own random numbers, the same in every run."""
        return random.Random(zlib.crc32(self.name.encode()) ^ SEED)

    def pieces(self, octets):
        """The octets cut into odd pieces: single octets if they are few."""
        dice, at, out = self.dice(), 0, []
        most = 1 if len(octets) < 250 else max(7, len(octets) // 12)
        while at < len(octets):
            step = dice.randint(1, most)
            out.append(octets[at:at + step])
            at += step
        return out

    def chunks(self):
        """The octets cut for BDAT, with empty chunks among them."""
        dice, at, out = self.dice(), 0, []
        while at < len(self.octets):
            step = dice.choice((0, 1, 2, 3, 100, 4096, 65536,
                                len(self.octets) // 2 + 1,
                                len(self.octets)))
            out.append(self.octets[at:at + step])
            at += step
        return out + [b""] * (dice.random() < 0.3 or not out)


def text(dice, n):
    """n octets of printable ASCII that do not begin with a dot."""
    letters = b"abcdefghijklmnopqrstuvwxyz .,:;<>()+-=0123456789"
    return (b"x" + bytes(dice.choices(letters, k=n)))[:n]


def line_lengths():
    dice = random.Random(SEED)
    for n in LENGTHS:
        yield "body line of %d" % n, HEAD + text(dice, n) + b"\r\nend\r\n"
        yield "dot and %d" % n, HEAD + b"." + text(dice, n) + b"\r\nend\r\n"
        if n > 8:
            yield ("header line of %d" % n,
                   b"Subject: " + text(dice, n - 9) + b"\r\n\r\nend\r\n")
            yield "first line of %d" % n, b"a" * n + b"\r\nend\r\n"


def buffer_ends():
    """CR LF . CR LF look-alikes and dots around multiples of 64 KiB."""
    for multiple in (1, 2):
        for shift in range(-7, 4):
            n = multiple * 65536 + shift - len(HEAD)
            yield ("dots at %d%+d" % (multiple, shift),
                   HEAD + b"y" * n + b"\r\n..\r\n.\r\n...\r\nz\r\n")


def dots():
    for n, body in enumerate((
            b".", b"..", b"...", b"....", b".a", b". ", b" .", b".\t", b"..a",
            b"a.", b".\r\n.", b".\r\n..\r\n...", b"a\r\n.\r\nb", b"\r\n.",
            b".\r\n\r\n.", b"..\r\n", b".\n.", b"\n.\n", b".\r.", b"\r.\r",
            b".\0", b"\0.")):
        yield "dots %d in the body" % n, HEAD + body + b"\r\n"
        yield "dots %d as the message" % n, body + b"\r\n"
    yield "only dot lines", b".\r\n" * 1000


def octets():
    every = bytes(range(256))
    yield "every octet", HEAD + every + b"\r\n"
    yield "every octet twice", HEAD + every + every[::-1] + b"\r\n"
    yield "every octet on a line of its own", HEAD + b"".join(
        bytes([c]) + b"\r\n" for c in range(256))
    yield "every octet behind a dot", HEAD + b"".join(
        b"." + bytes([c]) + b"\r\n" for c in range(256))
    yield "NUL", HEAD + b"a\0b\r\n\0\r\n\0\0\0\r\n"
    yield "NUL in the header", b"Subject: a\0b\r\n\0: c\r\n\r\nend\r\n"
    yield "UTF-8", HEAD + "Žluťoučký kůň 漢字 🐎\r\n".encode()
    yield "UTF-8 in the header", "Subject: žluťoučký\r\n\r\nend\r\n".encode()
    yield "UTF-8 in a name", "Předmět: kůň\r\n\r\nend\r\n".encode()
    yield "latin-1", HEAD + "süß\r\n".encode("latin-1")
    yield "broken UTF-8", HEAD + b"\xc3(\xff\xfe\xed\xa0\x80\r\n"
    yield "blanks at line ends", HEAD + b"a \r\nb\t\r\n  \r\n-- \r\n"
    yield "control octets", HEAD + b"\x1b[31m\x08\x7f\x0b\x0c\x1a\x04\r\n"


def shapes():
    rows = {
        "empty message": b"",
        "empty line": b"\r\n",
        "three empty lines": b"\r\n\r\n\r\n",
        "empty body": HEAD,
        "only headers": b"Subject: a\r\nTo: b@example.com\r\n",
        "one header line": b"Subject: a\r\n",
        "no headers": b"Test message.\r\n",
        "one word": b"word\r\n",
        "empty line first": b"\r\nSubject: none\r\n\r\nx\r\n",
        "continuation first": b" folded\r\nSubject: a\r\n\r\nx\r\n",
        "tab first": b"\tfolded\r\n\r\nx\r\n",
        "mbox line first": b"From a@b Mon Nov 23 2026\r\nSubject: a\r\n\r\n",
        "colon first": b": a\r\n\r\nx\r\n",
        "blank before the colon": b"Subject : a\r\n\r\nx\r\n",
        "blank in the name": b"Sub ject: a\r\n\r\nx\r\n",
        "control octet in the name": b"Sub\x01ject: a\r\n\r\nx\r\n",
        "bad line in the header": b"A: 1\r\nnonsense\r\nB: 2\r\n\r\nx\r\n",
        "folded header": b"A: 1\r\n 2\r\n\t3\r\n\r\nx\r\n",
        "fields like ours": b"Return-Path: <x@y>\r\nDelivered-To: z\r\n"
                            b"Received: from a\r\n\tby b\r\n\r\nx\r\n",
        "double CR in the header": b"A: 1\r\r\nB: 2\r\r\n\r\r\nx\r\r\ny\r\n",
        "triple CR in the header": b"A: 1\r\r\r\nB: 2\r\n\r\nx\r\n",
        "double CR on the first line, no field": b"abc\r\r\nd\r\r\n",
        "double CR behind a blank": b"a bc\r\r\nd\r\r\n",
        "double CR first": b"\r\r\nA: 1\r\r\n\r\nx\r\n",
        "bare LF in the header": b"A: 1\nB: 2\r\n\nx\r\r\ny\nz\r\n",
        "bare CR in the header": b"A: 1\rB: 2\r\n\r\nx\ry\r\n",
        "bare CR in the name": b"A\rB: 2\r\n\r\nx\r\n",
        "LF only": b"A: 1\nB: 2\n\nx\ny\n\r\n",
        "CR only": b"A: 1\rB: 2\r\rx\ry\r\r\n",
        "LF CR": b"A: 1\n\rB: 2\n\r\n\rx\r\n",
        "smtp as content": HEAD + b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
                                  b"DATA\r\n..\r\nQUIT\r\n",
    }
    yield from rows.items()


def unfinished():
    """Only BDAT can carry these: the last line has no end."""
    for n, tail in enumerate((b"x", b"x\r", b"x\n", b"\r\r", b".", b"\r\n.",
                              b"\r\n.\r", b"\0", b"\xc3")):
        yield "unfinished %d" % n, HEAD + tail
        yield "unfinished %d alone" % n, tail
    yield "unfinished header", b"Subject: a"
    yield "unfinished name", b"Subject"
    yield "unfinished header with CR", b"Subject: a\r"


def mixed():
    """Line ends of all kinds, in header and body."""
    dice = random.Random(SEED + 1)
    ends = (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\r", b"\n\n",
            b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n..")
    for n in range(30):
        lines = b"".join(
            dice.choice((b"", b"a", b".", b"b: c", text(dice, 70))) +
            dice.choice(ends) for _ in range(dice.randint(1, 60)))
        head = dice.choice((b"", b"A: 1\r\n", HEAD, b"A: 1\r\r\n"))
        yield "mixed line ends %d" % n, head + lines + b"\r\n"


def binary():
    dice = random.Random(SEED + 2)
    for n in range(20):
        noise = dice.randbytes(dice.choice((1, 50, 3000, 70000, 300000)))
        yield "noise %d" % n, (HEAD if n % 2 else b"") + noise + b"\r\n"
    for n in range(10):
        few = bytes(dice.choices(b"\r\n.\0a", k=dice.randint(1, 2000)))
        yield "line ends and dots %d" % n, HEAD + few + b"\r\n"


def long_lines():
    dice = random.Random(SEED + 3)
    yield "a line of 1 MiB", HEAD + b"x" * MIB + b"\r\n"
    yield "1 MiB of noise", HEAD + dice.randbytes(MIB) + b"\r\n"
    yield "a header line of 1 MiB", b"A: " + b"x" * MIB + b"\r\n\r\nx\r\n"
    yield "a first line of 1 MiB", b"x" * MIB + b"\r\n"
    yield "1 MiB of dots", HEAD + b"." * MIB + b"\r\n"
    yield "1 MiB of CR", HEAD + b"\r" * MIB + b"\r\n"
    yield "1 MiB of LF", HEAD + b"\n" * MIB + b"\r\n"
    yield "1 MiB of empty lines", HEAD + b"\r\n" * (MIB // 2)


def samples():
    """All of them."""
    found = [Sample(name, data) for make in (
        line_lengths, buffer_ends, dots, octets, shapes, unfinished, mixed,
        binary, long_lines) for name, data in make()]
    assert len({s.name for s in found}) == len(found) >= 200
    return found


def of_size(n):
    """A message of exactly n octets in lines of many lengths."""
    dice = random.Random(SEED + 4)
    lines = b"".join(text(dice, dice.randint(0, 200)) + b"\r\n"
                     for _ in range(1000)) + b".\r\n"
    body = HEAD + lines * (n // len(lines) + 1)
    return body[:n - 3] + b"x\r\n"
