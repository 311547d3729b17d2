# SPDX-License-Identifier: MIT
"""e2e_submission: what mailpit sendmail makes of messages and addresses"""

import email.header
import os
import pwd
import re

import harness
from submit import DATA, USAGE, WHOLE, Sendmail, own_host


class Recipients(Sendmail):
    def test_arguments_and_header_combine_as_asked(self):
        header = WHOLE + b"To: to@x.org\nCc: cc@x.org\nBcc: bcc@x.org\n\n"
        rows = (
            (["one@x.org", "two@x.org"], ["one@x.org", "two@x.org"]),
            ([], ["to@x.org", "cc@x.org", "bcc@x.org"]),
            (["-t"], ["to@x.org", "cc@x.org", "bcc@x.org"]),
            (["-t", "one@x.org"],
             ["one@x.org", "to@x.org", "cc@x.org", "bcc@x.org"]),
            (["one@x.org", "-t"],
             ["one@x.org", "to@x.org", "cc@x.org", "bcc@x.org"]),
            (["-t", "to@x.org"], ["to@x.org", "cc@x.org", "bcc@x.org"]),
            (["a@x.org,b@x.org", "C <c@x.org>"],
             ["a@x.org", "b@x.org", "c@x.org"]),
            (["--", "-dash@x.org"], ["-dash@x.org"]),
        )
        for args, wanted in rows:
            with self.subTest(args):
                self.assertEqual(
                    self.deliver(*args, message=header).delivered_to, wanted)

    def test_address_lists_are_read_as_rfc_5322_has_them(self):
        host = own_host()
        rows = (
            ("a@x.org", ["a@x.org"]),
            ("a@x.org, b@x.org,,c@x.org,",
             ["a@x.org", "b@x.org", "c@x.org"]),
            ("Joe Doe <joe@x.org>", ["joe@x.org"]),
            ('"Doe, Joe (x)" <joe@x.org>, b@x.org', ["joe@x.org", "b@x.org"]),
            (r'"a \" <no@x.org>, b" <joe@x.org>', ["joe@x.org"]),
            ("joe@x.org (Joe (the, one) Doe)", ["joe@x.org"]),
            (r"(a \) b) joe@x.org", ["joe@x.org"]),
            ("joe (x) @ (y) x . org", ["joe@x.org"]),
            ("< joe@x.org >", ["joe@x.org"]),
            ('"two words"@x.org', ['"two words"@x.org']),
            ('"at@sign"@x.org', ['"at@sign"@x.org']),
            ('"at@sign"', ['"at@sign"@' + host]),
            ("A group: a@x.org, B <b@x.org>; c@x.org",
             ["a@x.org", "b@x.org", "c@x.org"]),
            ("undisclosed-recipients:;, c@x.org", ["c@x.org"]),
            ("<@one.org,@two.org:joe@x.org>", ["joe@x.org"]),
            ("joe@[192.0.2.1], joe@[IPv6:2001:db8::1]",
             ["joe@[192.0.2.1]", "joe@[IPv6:2001:db8::1]"]),
            ("root", ["root@" + host]),
            ("Root <root>, postmaster", ["root@" + host, "postmaster@" +
                                         host]),
            ("Joe\n <joe@x.org>,\n\tb@x.org", ["joe@x.org", "b@x.org"]),
            ("=?UTF-8?Q?Zo=C3=AB=2C?= <zoe@x.org>", ["zoe@x.org"]),
            ("a@x.org, A <a@x.org>", ["a@x.org"]),
            ("\r\n a@x.org\r\n", ["a@x.org"]),
        )
        for text, wanted in rows:
            with self.subTest(text):
                message = WHOLE + b"To: " + text.encode() + b"\n\ntext\n"
                self.assertEqual(
                    self.deliver("-t", message=message).delivered_to, wanted)

    def test_what_is_no_address_sends_nothing(self):
        for text in ("two words", "two words <a@x.org", "a@", "@x.org",
                     "a@x.org b@x.org", "a..b@x.org", '"a@x.org', "(a@x.org",
                     "a@x.org>", "<a@x.org><b@x.org>", "<>", "a@b@c",
                     "a@x_.[", "good@x.org, bad@@x.org"):
            with self.subTest(text):
                message = WHOLE + b"To: " + text.encode() + b"\n\ntext\n"
                done = self.deliver("-t", message=message, status=DATA)
                self.assertIn("not an address", done.stderr)
                done = self.deliver(text, status=DATA)
                self.assertIn("not an address", done.stderr)

    def test_nobody_to_send_to(self):
        for args in ([], ["-t"]):
            for header in (b"", b"To:\n", b"To: undisclosed:;\n",
                           b"X-To: a@x.org\n"):
                with self.subTest((args, header)):
                    done = self.deliver(*args, message=WHOLE + header +
                                        b"\nTo: b@x.org\n", status=DATA)
                    self.assertIn("no recipients", done.stderr)

    def test_resent_fields_rule_if_there_are_any(self):
        message = (b"Resent-To: r@x.org\nResent-Bcc: rb@x.org\n" + WHOLE +
                   b"To: a@x.org\n\ntext\n")
        stored = self.deliver("-t", message=message)
        self.assertEqual(stored.delivered_to, ["r@x.org", "rb@x.org"])
        self.assertNotIn(b"Resent-Bcc", stored.raw)

    def test_many_recipients_up_to_a_limit(self):
        def message(count):
            return WHOLE + b"To: " + b",\n ".join(
                b"u%d@x.org" % i for i in range(count)) + b"\n\ntext\n"
        self.assertEqual(
            len(self.deliver("-t", message=message(3000)).delivered_to), 3000)
        done = self.deliver("-t", message=message(10001), status=DATA)
        self.assertIn("more than 10000", done.stderr)
        fat = WHOLE + b"To: " + b"a@x.org,\n " * 120000 + b"a@x.org\n\n"
        done = self.deliver("-t", message=fat, status=DATA)
        self.assertIn("too many addresses", done.stderr)


class Content(Sendmail):
    def test_bcc_is_left_out_of_the_header_and_of_nothing_else(self):
        rows = (
            b"Bcc: h@x.org\n",
            b"bcc: h@x.org\n",
            b"BCC : h@x.org\n",
            b"Bcc: h@x.org,\n i@x.org,\n\tj@x.org\n",
            b"Bcc:\n h@x.org\n",
            b"Bcc:\n",
            b"Bcc: h@x.org\nBcc: i@x.org\n",
        )
        rest = (b"X-Bcc: stays@x.org\nBccx: stays@x.org\n"
                b"Subject: a\n Bcc: folded, stays\n")
        body = b"\nBcc: in the body, stays\n folded\n\nBcc: again\n"
        for bcc in rows:
            for before, after in ((b"", WHOLE + rest), (WHOLE + rest, b""),
                                  (WHOLE, rest)):
                for end in (b"\n", b"\r\n"):
                    with self.subTest((bcc, before, end)):
                        message = before + bcc + after + body
                        stored = self.deliver(
                            "a@x.org", message=message.replace(b"\n", end))
                        self.assertEqual(stored.content, before + after + body)

    def test_bcc_goes_to_its_addresses_and_not_over_the_wire(self):
        server = self.server()
        message = WHOLE + b"To: a@x.org\nBcc: h@x.org,\n i@x.org\n\ntext\n"
        stored = self.deliver("-t", message=message, to=server)
        self.assertEqual(stored.delivered_to, ["a@x.org", "h@x.org",
                                               "i@x.org"])
        self.assertEqual(stored.content, WHOLE + b"To: a@x.org\n\ntext\n")

    def test_octets_arrive_the_same_both_ways(self):
        server = self.server()
        bodies = (
            b"text\n", b"text", b"", b"\n", b"\n\n\n",
            b".\n", b"..\n", b".text\n.\n..\n...\n", b"a\n.\nb\n", b"a\n.",
            b"a\r\n.\r\nb\r\n", b"a\nb\r\nc\n", b"a\rb\n", b"a\r\r\nb\n",
            b"caf\xc3\xa9 \xe9 \xff\n", b"nul \0 nul\n", b"tail \t \n",
            b"x" * 5000 + b"\n", b"From here\n>From there\n",
            b"".join(b".%d\n..\n" % i for i in range(20000)),
            (b"y" * 70 + b"\n.\n") * 3000,
        )
        for body in bodies:
            message = WHOLE + b"\n" + body
            wanted = message.replace(b"\r\n", b"\n")
            if not wanted.endswith(b"\n"):
                wanted += b"\n"
            for to in (server, None):
                with self.subTest((body[:40], to and "smtp")):
                    stored = self.deliver("a@x.org", message=message, to=to)
                    self.assertTrue(stored.content == wanted,
                                    stored.content[:200])

    def test_fields_are_added_only_if_they_are_missing(self):
        stored = self.deliver("a@x.org", "-f", "joe@x.org",
                              message=b"Subject: x\n\ntext\n")
        host = re.escape(own_host().encode())
        self.assertRegex(
            stored.content,
            rb"\ASubject: x\nFrom: <joe@x\.org>\n"
            rb"Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} "
            rb"\d\d:\d\d:\d\d [+-]\d{4}\n"
            rb"Message-ID: <[0-7][0-9A-Za-z]{21}@" + host + rb">\n\ntext\n\Z")
        for name in (b"From", b"Date", b"Message-ID"):
            rest = b"".join(line for line in WHOLE.splitlines(True)
                            if not line.startswith(name))
            stored = self.deliver("a@x.org", message=rest + b"\ntext\n")
            self.assertEqual(stored.content.count(name + b": "), 1, name)
            for line in rest.splitlines(True):
                self.assertEqual(stored.content.count(line), 1, name)

    def test_the_date_is_local_time(self):
        stored = self.deliver("a@x.org", message=b"\n",
                              env={"TZ": "XYZ-5:30", "LC_ALL": "de_DE.UTF-8"})
        self.assertRegex(stored.content, rb"Date: [A-Z].* \+0530\n")

    def test_the_full_name_goes_into_a_missing_from(self):
        rows = (
            ("Cron Daemon", b'From: "Cron Daemon" <a@x.org>\n'),
            ('a "b" \\c', b'From: "a \\"b\\" \\\\c" <a@x.org>\n'),
            ("Zo\u00eb", b"From: =?UTF-8?B?Wm/Dqw==?= <a@x.org>\n"),
            ("x\ny: z", b"From: =?UTF-8?B?eAp5OiB6?= <a@x.org>\n"),
            ("\u00e9" * 30, b"From: =?UTF-8?B?" + b"w6nD" * 14 + b"qcOp" +
             b"?=\n =?UTF-8?B?w6nDqcOpw6nDqcOpw6k=?= <a@x.org>\n"),
        )
        for name, wanted in rows:
            with self.subTest(name):
                stored = self.deliver("-F", name, "-f", "a@x.org", "b@x.org",
                                      message=b"\n")
                if name == "\u00e9" * 30:
                    self.assert_encoded(stored.content, name)
                else:
                    self.assertIn(wanted, stored.content)
        stored = self.deliver("-F", "Not Used", "b@x.org")
        self.assertNotIn(b"Not Used", stored.content)
        done = self.deliver("-F", "\udcff", "b@x.org", message=b"\n",
                            status=USAGE)
        self.assertIn("-F", done.stderr)

    def assert_encoded(self, content, name):
        field = re.search(rb"From: ((?:.*\n )*.*)<a@x.org>\n", content)
        text = field.group(1).decode()
        for word in text.split():
            self.assertLessEqual(len(word), 75)
        self.assertEqual(str(email.header.make_header(
            email.header.decode_header(text.strip()))).strip(), name)

    def test_a_message_without_a_header_gets_one(self):
        for body in (b"text\n", b"\ntext\n", b" text\n", b"no field\nX: y\n",
                     b"z" * 3000000):
            with self.subTest(body[:20]):
                stored = self.deliver("a@x.org", message=body)
                head, _, rest = stored.content.partition(b"\n\n")
                self.assertEqual([line.split(b":")[0] for line in
                                  head.splitlines()],
                                 [b"From", b"Date", b"Message-ID"])
                self.assertEqual(rest, body.removeprefix(b"\n").removesuffix(
                    b"\n") + b"\n")

    def test_a_body_without_an_empty_line_gets_one(self):
        stored = self.deliver("a@x.org", message=WHOLE + b"text\nX: y\n")
        self.assertEqual(stored.content, WHOLE + b"\ntext\nX: y\n")

    def test_a_header_alone_is_a_message(self):
        for message in (WHOLE, WHOLE.removesuffix(b"\n"),
                        WHOLE.replace(b"\n", b"\r\n").removesuffix(b"\n")):
            stored = self.deliver("a@x.org", message=message)
            self.assertEqual(stored.content, WHOLE)

    def test_the_postmark_of_a_mailbox_file_is_dropped(self):
        for mark in (b"From joe Mon Nov 23 10:00:00 2026\n",
                     b">From joe Mon Nov 23 10:00:00 2026\r\n"):
            stored = self.deliver("a@x.org", message=mark + WHOLE +
                                  b"\nFrom the body\n")
            self.assertEqual(stored.content, WHOLE + b"\nFrom the body\n")

    def test_a_header_line_has_a_limit(self):
        long = b"X: " + b"y" * 900000
        stored = self.deliver("a@x.org", message=WHOLE + long + b"\n\n")
        self.assertEqual(stored.content, WHOLE + long + b"\n\n")
        done = self.deliver("a@x.org", message=WHOLE + b"X: " +
                            b"y" * 3000000 + b"\n\n", status=DATA)
        self.assertIn("too long", done.stderr)


class Sender(Sendmail):
    def test_the_sender_is_what_is_asked_for(self):
        host = own_host()
        rows = (
            (["-f", "a@x.org"], None, "<a@x.org>"),
            (["-fa@x.org"], None, "<a@x.org>"),
            (["-r", "a@x.org"], None, "<a@x.org>"),
            (["--from", "a@x.org"], None, "<a@x.org>"),
            (["--from=Joe <a@x.org>"], None, "<a@x.org>"),
            (["-f", "root"], None, "<root@%s>" % host),
            (["-f", "<>"], None, "<>"),
            (["-f", ""], None, "<>"),
            (["-f", "a@x.org", "-f", "b@x.org"], None, "<b@x.org>"),
            ([], "env@x.org", "<env@x.org>"),
            (["-f", "a@x.org"], "env@x.org", "<a@x.org>"),
        )
        for args, variable, wanted in rows:
            with self.subTest((args, variable)):
                stored = self.deliver(*args, "b@x.org",
                                      env={"MP_SENDMAIL_FROM": variable})
                self.assertEqual(stored.return_path, wanted)

    def test_the_null_path_goes_over_smtp(self):
        stored = self.deliver("-f", "<>", "b@x.org", to=self.server())
        self.assertEqual(stored.return_path, "<>")

    def test_without_a_word_it_is_the_user_who_calls(self):
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            user = "uid-%d" % os.getuid()
        stored = self.deliver("b@x.org")
        self.assertEqual(stored.return_path, "<%s@%s>" % (
            re.sub(r"[^A-Za-z0-9._-]", "-", user), own_host()))

    def test_a_sender_that_is_none(self):
        for sender in ("two words", "a@", "a@x.org, b@x.org", "a@x\n.org:",
                       "a@x.org> SIZE=1"):
            with self.subTest(sender):
                self.deliver("-f", sender, "b@x.org", status=DATA)

    def test_utf8_addresses_travel(self):
        server = self.server()
        for to in (server, None):
            stored = self.deliver("-f", "zo\u00eb@x.org", "\u00e9t\u00e9@x.org",
                                  to=to)
            self.assertIn(" with UTF8SMTP", stored.received)
            self.assertIn(b"Delivered-To: \xc3\xa9t\xc3\xa9@x.org\n",
                          stored.raw)


if __name__ == "__main__":
    harness.main()
