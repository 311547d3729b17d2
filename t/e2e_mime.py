# SPDX-License-Identifier: MIT
"""e2e_mime: whatever octets a message has, it is read as well as possible

build/dump-mime prints all that the MIME part of the program tells; it ends
itself where a text is not valid UTF-8 or a size is not that of the content.
"""

import base64
import email
import email.policy
import json
import os
import subprocess
import time

import harness
import mimes
from common import (BUILD, PATIENCE, SANITIZED, SANITIZER_REPORT, TOP,
                    environment, run)

DUMP = BUILD / "dump-mime"
CONTAINER = 0
TIME_LIMIT = 600  # doublings are measured again where others use the CPU
SAN = ["SAN=1"] if SANITIZED else []
MIB = 1 << 20
# Labels that Python does not know, or not as everybody means them.
CODECS = {"shift_jis": "cp932", "windows-31j": "cp932",
          "iso-8859-8-i": "iso8859-8"}
# The sanitizers multiply time and memory; there only the result counts.
SCALE = 20 if SANITIZED else 1


def setUpModule():
    """One file alone is tested without the goal that makes the program."""
    folder = BUILD.relative_to(TOP)
    if not DUMP.exists():
        run(["make", "-s", "-C", TOP, "BUILD=%s" % folder, *SAN,
             folder / "dump-mime"], timeout=900)


class Mime(harness.Case):
    def write(self, name, octets):
        path = self.dir / name
        path.write_bytes(octets)
        return path

    def dump_files(self, paths, *options):
        done = subprocess.run(
            [DUMP, *options, *paths], capture_output=True,
            timeout=4 * PATIENCE, env=environment(self.dir), check=False)
        self.assertIsNone(SANITIZER_REPORT.search(done.stderr), done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return done.stdout

    def dump(self, *all_octets):
        paths = [self.write("%d.eml" % i, octets)
                 for i, octets in enumerate(all_octets)]
        return json.loads(self.dump_files(paths))


def content(part):
    return base64.b64decode(part["content"])


def leaves(message, number=""):
    """(number, part) of what Python's email finds, without what is inside
    attached messages."""
    if message.get_content_maintype() == "multipart" and \
            message.is_multipart():
        for i, child in enumerate(message.get_payload(), 1):
            yield from leaves(child, "%s%d." % (number, i))
    else:
        yield number.rstrip(".") or "0", message


def expected(part):
    """The octets of a part by Python's email; a text as UTF-8."""
    if part.get_content_maintype() == "message":
        return part.get_payload(0).as_bytes(policy=email.policy.SMTP)
    octets = part.get_payload(decode=True)
    if part.get_content_maintype() == "text":
        label = part.get_content_charset() or "utf-8"
        octets = octets.decode(CODECS.get(label, label)).encode()
    return octets


class Corpus(Mime):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.all = list(mimes.corpus())

    def setUp(self):
        super().setUp()
        self.read = self.dump(*(m.octets for m in self.all))

    def pairs(self):
        return zip(self.all, self.read)

    def test_there_are_many_and_each_is_read(self):
        self.assertGreaterEqual(len(self.all), 150)
        self.assertEqual(len(self.all), len(self.read))
        self.assertEqual(len({m.name for m in self.all}), len(self.all))

    def test_texts_subjects_and_names_are_as_known(self):
        for mime, read in self.pairs():
            with self.subTest(mime.name):
                if mime.text is not None:
                    self.assertEqual(read["plain"].replace("\r\n", "\n"),
                                     mime.text)
                if mime.subject is not None:
                    self.assertEqual(read["subject"], mime.subject)
                if mime.names is not None:
                    self.assertEqual([p["file_name"] for p in read["parts"]],
                                     mime.names)

    def test_parts_are_those_of_pythons_email(self):
        compared = 0
        for mime, read in self.pairs():
            if mime.python:
                continue
            wire = mime.octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            theirs = list(leaves(email.message_from_bytes(wire)))
            ours = {p["id"]: p for p in read["parts"]
                    if p["role"] != CONTAINER}
            with self.subTest(mime.name):
                self.assertEqual(sorted(ours),
                                 sorted(number for number, _ in theirs))
                for number, part in theirs:
                    self.assertEqual(content(ours[number]), expected(part),
                                     number)
                    compared += 1
        self.assertGreater(compared, 200)

    def test_numbers_find_their_parts(self):
        for mime, read in self.pairs():
            for part in read["parts"]:
                self.assertEqual(part["found"], part["role"] != CONTAINER,
                                 mime.name)

    def test_a_dump_of_crlf_says_the_same(self):
        """What lies in a foreign Maildir with CRLF is the same message."""
        some = [m for m in self.all if b"\r" not in m.octets][::7]
        other = self.dump(*(m.octets.replace(b"\n", b"\r\n") for m in some))
        known = {m.name: r for m, r in self.pairs()}
        for mime, read in zip(some, other):
            with self.subTest(mime.name):
                # In base64 and the like line ends are no content.
                for a, b in zip(known[mime.name]["parts"], read["parts"]):
                    self.assertEqual(a, b)
                self.assertEqual(known[mime.name]["text"], read["text"])


class Cut(Mime):
    def test_a_message_cut_at_any_octet_is_shown(self):
        whole = mimes.rich()
        step = 5 if SANITIZED else 1
        cuts = [whole[:n] for n in range(0, len(whole) + 1, step)]
        for at in range(0, len(cuts), 300):
            for cut, read in zip(cuts[at:at + 300],
                                 self.dump(*cuts[at:at + 300])):
                self.assertTrue(read["parts"], cut)
        last = self.dump(whole)[0]
        self.assertEqual(last["subject"], "ü x")
        self.assertEqual([p["id"] for p in last["parts"]],
                         ["0", "1.0", "1.1", "1.2", "2", "3"])
        self.assertIn('src="part/2"', last["linked"])

    def test_octets_set_to_anything_do_no_harm(self):
        whole = mimes.rich()
        many = []
        for at in range(0, len(whole), 9 if SANITIZED else 3):
            for octet in b"\0\n\r(\"=-\xff":
                many.append(whole[:at] + bytes([octet]) + whole[at + 1:])
        for at in range(0, len(many), 400):
            self.dump(*many[at:at + 400])


def header(name):
    return lambda n: name + b"(" * n + b"\n\nx\n"


def html(piece):
    return lambda n: b"Content-Type: text/html\n\n" + piece * n


MULTI = b"Content-Type: multipart/mixed; boundary=b\n\n"

# Name, what makes it, how large: each must take linear time.
LARGE = [
    ("nested multiparts", lambda n: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i)
        for i in range(n)) + b"\nbottom\n", 100000),
    ("nested multiparts of one boundary",
     lambda n: (MULTI + b"--b\n") * n, 100000),
    ("sibling parts", lambda n: MULTI + b"--b\n\nx\n" * n, 300000),
    ("header fields", lambda n: b"".join(
        b"X-%d: %d\n" % (i, i) for i in range(n)) + b"\nx\n", 500000),
    ("brackets in From", header(b"From: "), 1000000),
    ("brackets in To", header(b"To: a@b.c "), 1000000),
    ("brackets within the limit", header(b"Cc: "), 250000),
    ("brackets in a type", header(b"Content-Type: "), 250000),
    ("one character a line", lambda n: b"Content-Type: a/b\n"
     b"Content-Transfer-Encoding: base64\n\n" + b"Q\n" * n, 3000000),
    ("one character a line of text",
     lambda n: b"Content-Transfer-Encoding: base64\n\n" + b"Q\n" * n,
     3000000),
    ("soft line ends", lambda n: b"Content-Transfer-Encoding: "
     b"quoted-printable\n\n" + b"=\n" * n, 1500000),
    ("euro signs", lambda n: b"Content-Type: text/plain; charset=cp1252\n\n" +
     b"\x80" * n, 8000000),
    ("broken Japanese", lambda n: b"Content-Type: text/plain; "
     b"charset=shift_jis\n\n" + b"\x81" * n, 1500000),
    ("escapes", lambda n: b"Content-Type: text/plain; charset=iso-2022-jp"
     b"\n\n" + b"\x1b$B\x1b(J" * n, 500000),
    ("dashes", lambda n: MULTI + b"--b\n\n" + b"--\n" * n, 1500000),
    ("words that never end", lambda n: b"Subject: " + b"=?x?q?" * n +
     b"\n\n", 43000),
    ("words that touch", lambda n: b"Subject: " + b"=?a?q?x?= " * n +
     b"\n\n", 26000),
    ("attributes", lambda n: b"Content-Type: text/html\n\n<a " + b" ".join(
        b"a%d=1" % i for i in range(n)) + b">", 200000),
    ("embedded images", lambda n: b"Content-Type: multipart/related; "
     b"boundary=b\n\n--b\nContent-Type: text/html\n\n" +
     b'<img src="cid:no@x">' * n + b"\n" + b"".join(
         b"--b\nContent-Type: a/b\nContent-ID: <%d@x>\n\n" % i
         for i in range(min(n, 9000))), 60000),
] + [("html " + repr(piece)[2:-1], html(piece), n) for piece, n in (
    (b"<div>", 400000), (b"</b>", 400000), (b"<b>x", 300000),
    (b"<blockquote>a b ", 200000), (b"<ul><li>x", 150000),
    (b"<p>x", 300000), (b"<a href=x>", 200000), (b"<!--", 400000),
    (b"<", 400000), (b'<a "', 400000), (b"<script>", 200000),
    (b"<table><td>", 150000), (b"&#x41;&amp;&", 200000),
    (b"<h1>x</h1>", 200000), (b"word ", 1500000), (b"&aaaaaaaa", 300000))]


class Large(Mime):
    def spent(self, octets):
        """Seconds of processor time, and MiB, for everything asked."""
        path = self.write("large.eml", octets)
        with subprocess.Popen([DUMP, "-q", path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              env=environment(self.dir)) as process:
            end = time.monotonic() + 4 * PATIENCE
            out = process.stdout.read()
            err = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertLess(time.monotonic(), end, "too slow")
        self.assertEqual(process.returncode, 0, err[-2000:])
        return usage.ru_utime + usage.ru_stime, int(out) / 1024

    def test_time_is_linear_and_memory_bounded(self):
        for name, make, n in LARGE:
            n //= SCALE
            with self.subTest(name):
                half, _ = self.spent(make(n // 2))
                octets = make(n)
                whole, mib = self.spent(octets)
                if SANITIZED:
                    continue
                if whole > 2.6 * half + 0.1:  # once more: others use the CPU
                    half = min(half, self.spent(make(n // 2))[0])
                    whole = min(whole, self.spent(octets)[0])
                self.assertLess(whole, 2.6 * half + 0.1)
                self.assertLess(mib, 96 + 3 * len(octets) / MIB)

    def test_what_is_beyond_the_limits_is_said(self):
        fields, siblings, nested = self.dump(
            b"X: y\n" * 2000 + b"\nbody", MULTI + b"--b\n\nx\n" * 12000,
            (MULTI + b"--b\n") * 200 + b"\nbottom")
        self.assertIn("header fields", fields["note"])
        self.assertEqual(len(fields["headers"]), 1000)
        self.assertEqual(fields["plain"], "body")
        self.assertIn("10,000 parts", siblings["note"])
        self.assertEqual(len(siblings["parts"]), 10000)
        self.assertIn("inside each other", nested["note"])
        self.assertIn("bottom", nested["plain"])

    def test_at_the_limits_nothing_is_said(self):
        """One more of each, and it is."""
        def nested(n):
            # The message itself is the first of them.
            return b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" %
                (i, i) for i in range(n)) + b"\nbottom\n"
        for make, limit in (
                (lambda n: b"X: y\n" * n + b"\nbody", 1000),
                (lambda n: b"X: " + b"y" * (n - 1) + b"\n\nbody", 256 << 10),
                # The container is a part, and the last takes all the rest.
                (lambda n: MULTI + b"--b\n\nx\n" * (n - 1), 9999),
                (nested, 100)):
            at, above = self.dump(make(limit), make(limit + 1))
            self.assertEqual(at["note"], "", limit)
            self.assertNotEqual(above["note"], "", limit)


if __name__ == "__main__":
    harness.main()
