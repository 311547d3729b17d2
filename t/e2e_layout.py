# SPDX-License-Identifier: MIT
"""e2e_layout: maildir-layout/check finds every breach of the contract"""

import os
import re
from pathlib import Path

import harness
from common import CHECK, TOP, run

RUN_SAN = False  # nothing compiled takes part

ID = "0123456789ABCDEFGHIJab"
OTHER_ID = "0123456789ABCDEFGHIJcd"
BLOCK = (b"Return-Path: <a@example.org>\n"
         b"Delivered-To: one@example.com\n"
         b"Delivered-To: \xc3\xa4@example.com\n"
         b"Received: from client.example ([192.0.2.1])\n"
         b"\t(TLS1.3:AES-256-GCM auth=joe+28x+29)\n"
         b"\tby mail.example (Mailpit) with ESMTPSA\n"
         b"\tid 0123456789ABCDEFGHIJab; Mon, 23 Nov 2026 23:26:57 +0000\n")
MESSAGE = BLOCK + b"Subject: x\n\nhello\n"
FINDINGS = (b"finding bare-lf 2 LF without CR in the message\n"
            b"param MAIL ENVID=a+20b\n"
            b"param RCPT <\"a> b\"@example.com> NOTIFY=NEVER\n"
            b"param RCPT <one@example.com> X-FLAG\n")
SESSION = (b"time=1795476417 session=a1 peer=192.0.2.1 helo=- tls=TLS1.3 "
           b"user=joe\\x20x messages=1 bytes=10 rejected=1 ignored=0 end=quit "
           b'reply="550 5.1.1 no \\x22such\\x22 one"\n')


class Layout(harness.Case):
    """A Maildir that keeps the contract; each test breaks it somewhere."""

    def setUp(self):
        super().setUp()
        self.top = self.dir / "Maildir"
        os.umask(0o077)
        self.top.mkdir()
        for folder in (TOP / "maildir-layout/skel").read_text().split():
            (self.top / folder).mkdir()
        self.message = self.add("new", MESSAGE)

    def add(self, folder, data, message_id=ID, flags="", **sizes):
        vsize = sizes.get("vsize", len(data) + data.count(b"\n"))
        path = self.top / folder / (
            "1795476417.M000042P7Q1R%s.mail.example,S=%d%s%s" % (
                message_id, sizes.get("size", len(data)),
                "" if vsize is None else ",W=%d" % vsize, flags))
        path.write_bytes(data)
        return path

    def side(self, name, data):
        path = self.top / "mailpit" / name
        path.write_bytes(data)
        return path

    def verdict(self, *options):
        done = run([CHECK, *options, self.top], check=False)
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()

    def assert_kept(self, *options):
        status, said = self.verdict(*options)
        self.assertEqual(status, 0, said)
        self.assertEqual(said.count("\n"), 1, said)
        return said

    def assert_breach(self, path, what, *options):
        """The one and only breach is this one."""
        status, said = self.verdict(*options)
        self.assertEqual(status, 1, said)
        self.assertEqual(said, "%s: %s\n" % (path, what))

    def test_what_keeps_the_contract_passes(self):
        self.side("findings/" + ID, FINDINGS)
        self.side("sessions.mail.example", SESSION * 2)
        self.side("sessions.mail.example.1", SESSION)
        self.add("cur", MESSAGE.replace(ID.encode(), OTHER_ID.encode()),
                 OTHER_ID, ":2,FS")
        (self.top / "cur" / "1700000000.4711.host:2,S").write_bytes(b"x")
        (self.top / "new" / ".hidden").mkdir()
        (self.top / ".Sent").mkdir()
        said = self.assert_kept()
        self.assertIn("2 messages, 1 by other programs, 1 with findings, "
                      "3 sessions", said)

    def test_every_form_of_our_block_passes(self):
        forms = [
            (b"<a@example.org>", b"<>"),
            (b"client.example", b"unknown"),
            (b"client.example", b"[IPv6:2001:db8::1]"),
            (b"192.0.2.1", b"local"),
            (b"192.0.2.1", b"IPv6:2001:db8::1"),
            (b"(TLS1.3:AES-256-GCM auth=joe+28x+29)\n\tby mail.example "
             b"(Mailpit) with ESMTPSA", b"by x (Mailpit) with SMTP"),
            (b" auth=joe+28x+29)\n\tby mail.example (Mailpit) with ESMTPSA",
             b")\n\tby x (Mailpit) with UTF8SMTPS"),
            (b"TLS1.3:AES-256-GCM auth=joe+28x+29)\n\tby mail.example "
             b"(Mailpit) with ESMTPSA",
             b"auth=joe)\n\tby x (Mailpit) with ESMTPA"),
            (b"Subject: x\n", b"\nno header\n"),
            (b"Subject: x\n\nhello\n", b"\n"),
            (b"Subject: x\n\nhello\n", b"Received: from me\n\n"),
        ]
        for old, new in forms:
            with self.subTest(new=new):
                self.message.unlink()
                self.message = self.add("new", MESSAGE.replace(old, new))
                self.assert_kept()

    def test_a_breach_in_our_block_is_found(self):
        breaches = [
            (b"Return-Path", b"Return-path", "no block of ours on top"),
            (b"Return-Path: <a@", b"Return-Path: <a\x07@",
             "no block of ours on top"),
            (b"Delivered-To: one@example.com\nDelivered-To: \xc3\xa4@example."
             b"com\n", b"", "no block of ours on top"),
            (b"from client.example", b"from a b", "no block of ours on top"),
            (b"+28x", b"(x", "no block of ours on top"),
            (b"+28x", b"+2", "no block of ours on top"),
            (b"(Mailpit)", b"(Postfix)", "no block of ours on top"),
            (b"\tby", b" by", "no block of ours on top"),
            (b"GCM auth", b"GCMauth", "comment of Received is malformed"),
            (b"auth=joe+28x+29)", b")", "comment of Received is malformed"),
            (ID.encode(), OTHER_ID.encode(),
             "ID in Received is " + OTHER_ID),
            (b"ESMTPSA", b"ESMTPS",
             "protocol ESMTPS does not go with the comment"),
            (b"ESMTPSA", b"SMTP",
             "protocol SMTP does not go with the comment"),
            (b"192.0.2.1", b"192.0.2.256",
             "address of the client is malformed"),
            (b"192.0.2.1", b"IPv6:192.0.2.1",
             "address of the client is malformed"),
            (b"192.0.2.1", b"2001:db8::1",
             "address of the client is malformed"),
            (b"Mon, 23", b"Tue, 23", "date is malformed"),
            (b"+0000", b"+0100", "date is malformed"),
            (b"Subject: x\n", b"no header\n", "block is not closed"),
            (b"Subject: x\n", b" folded: x\n", "block is not closed"),
            (b"Subject: x\n\nhello\n", b"", "block is not closed"),
        ]
        for old, new, what in breaches:
            with self.subTest(new=new, what=what):
                self.assertIn(old, MESSAGE)
                self.message.unlink()
                self.message = self.add("new", MESSAGE.replace(old, new))
                self.assert_breach(self.message, what)

    def test_sizes_in_the_name_must_be_right(self):
        size, vsize = len(MESSAGE), len(MESSAGE) + MESSAGE.count(b"\n")
        self.message.unlink()
        self.message = self.add("new", MESSAGE, size=size + 1)
        self.assert_breach(self.message, "S= is not the size, %d" % size)
        self.message.unlink()
        self.message = self.add("new", MESSAGE, vsize=vsize - 1)
        self.assert_breach(self.message,
                           "W= is not the size with CRLF, %d" % vsize)
        self.message.unlink()
        self.message = self.add("new", MESSAGE, vsize=None)
        self.assert_breach(self.message,
                           "no W=, the size with CRLF, %d" % vsize)

    def test_a_cr_before_an_lf_leaves_out_the_size_with_crlf(self):
        data = MESSAGE + b"a\r\n"
        self.message.unlink()
        self.message = self.add("new", data, vsize=None)
        self.assert_kept()
        self.message.unlink()
        self.message = self.add("new", data)
        self.assert_breach(self.message, "W= in spite of a CR before an LF")

    def test_names_of_ours_must_parse(self):
        for old, new in ((",W=", ",X="), (".M000042", ".M42"),
                         ("mail.example", "a,b"), ("mail.example", r"a\b"),
                         ("mail.example", "a b"), (",S=", ",S=-")):
            with self.subTest(new=new):
                path = self.message.with_name(
                    self.message.name.replace(old, new))
                self.message.rename(path)
                self.assert_breach(
                    str(path).replace("\\", "\\\\"), "name does not parse")
                path.rename(self.message)

    def test_an_id_is_there_once(self):
        for folder in ("cur", "mailpit/trash"):
            with self.subTest(folder=folder):
                path = self.add(folder, MESSAGE, flags=":2,")
                self.assert_breach(path, "same ID as %s" % self.message)
                path.unlink()

    def test_what_is_no_regular_file_is_found(self):
        for folder in ("new", "cur", "tmp", "mailpit/trash",
                       "mailpit/findings"):
            path = self.top / folder / "1.x.h"
            for make in (path.mkdir, lambda p=path: p.symlink_to("/etc/passwd"),
                         lambda p=path: os.mkfifo(p)):
                with self.subTest(folder=folder):
                    make()
                    self.assert_breach(path, "not a regular file",
                                       "--stray-ok")
                    path.rmdir() if path.is_dir() else path.unlink()

    def test_what_was_left_behind_is_a_breach_unless_allowed(self):
        path = self.top / "tmp" / "1.x.h"
        path.write_bytes(b"")
        self.assert_breach(path, "left behind")
        self.assert_kept("--stray-ok")
        path.unlink()
        path = self.side("findings/" + OTHER_ID, FINDINGS)
        self.assert_breach(path, "no such message")
        self.assert_kept("--stray-ok")

    def test_findings_of_what_is_in_the_trash_may_stay(self):
        self.side("findings/" + ID, FINDINGS)
        self.message.rename(self.top / "mailpit/trash" / self.message.name)
        self.assert_kept()

    def test_side_files_must_parse(self):
        cases = [
            ("findings/" + ID, b"finding bare-lf 0 x\n",
             "line 1 does not parse"),
            ("findings/" + ID, b"finding bare-lf 1 \xff\n",
             "line 1 does not parse"),
            ("findings/" + ID, FINDINGS + b"param DATA X=1\n",
             "line 5 does not parse"),
            ("findings/" + ID, b"param MAIL X=\\xA0\n",
             "line 1 does not parse"),
            ("findings/" + ID, b"param RCPT one@example.com X=1\n",
             "line 1 does not parse"),
            ("findings/" + ID, FINDINGS[:-1], "last line has no end"),
            ("findings/" + ID, b"", "empty"),
            ("findings/x", FINDINGS, "name is no ID"),
            ("sessions.h", SESSION + b"\n", "line 2 does not parse"),
            ("sessions.h", SESSION.replace(b"end=quit", b"end=bored"),
             "line 1 does not parse"),
            ("sessions.h", SESSION.replace(b"helo=-", b"helo="),
             "line 1 does not parse"),
            ("sessions.h", SESSION.replace(b" tls=TLS1.3", b""),
             "line 1 does not parse"),
            ("sessions.h", SESSION.replace(b"550", b"250"),
             "line 1 does not parse"),
            ("sessions.h", SESSION.replace(b"\\x22such", b'"such'),
             "line 1 does not parse"),
            ("sessions.h", re.sub(rb"( reply=.*)\n", rb"\1\1\1\1\1\1\1\1\1\n",
                                  SESSION), "line 1 does not parse"),
            ("sessions.h", SESSION[:-1], "last line has no end"),
            ("notes", b"", "unknown"),
        ]
        for name, data, what in cases:
            with self.subTest(name=name, data=data):
                path = self.side(name, data)
                status, said = self.verdict()
                self.assertEqual(status, 1)
                self.assertIn("%s: %s\n" % (path, what), said)
                path.unlink()
                self.assert_kept()

    def test_modes_follow_the_folder(self):
        self.side("findings/" + ID, FINDINGS)
        self.message.chmod(0o644)
        self.assert_breach(self.message, "mode 0644, should be 0600")
        self.message.chmod(0o600)
        new = self.top / "new"
        new.chmod(0o755)
        self.assert_breach(new, "mode 0755, the Maildir has 0700")
        new.chmod(0o700)
        for folder, file in ((0o2770, 0o660), (0o750, 0o640)):
            with self.subTest(folder=oct(folder)):
                for path in [self.top, *self.top.rglob("*")]:
                    path.chmod(folder if path.is_dir() else file)
                self.assert_kept()

    def test_missing_folders_are_found(self):
        for folder in ("tmp", "cur", "mailpit/findings", "mailpit/trash",
                       "mailpit/tags"):
            with self.subTest(folder=folder):
                path = self.top / folder
                path.rmdir()
                self.assert_breach(path, "No such file or directory")
                path.symlink_to("/tmp")
                status, said = self.verdict()
                self.assertEqual(status, 1)
                self.assertIn("%s: not a folder\n" % path, said)
                path.unlink()
                path.mkdir()

    def test_usage(self):
        for argv in ([], ["--wrong", "x"], ["a", "b"]):
            with self.subTest(argv=argv):
                done = run([CHECK, *argv], check=False)
                self.assertEqual(done.returncode, 64)
        done = run([CHECK, Path("/dev/null")], check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, b"/dev/null: not a folder\n")


if __name__ == "__main__":
    harness.main()
