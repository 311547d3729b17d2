# SPDX-License-Identifier: MIT
"""e2e_sendmail: mailpit sendmail, as PHP, cron and people call it"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import harness

OK, USAGE, DATA, REFUSED, CANNOT_CREATE, TRY_AGAIN = 0, 64, 65, 69, 73, 75

# Nothing has to be added to a message with these.
WHOLE = (b"From: a@example.org\n"
         b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n"
         b"Message-ID: <1@example.org>\n")


def own_host():
    """What the program takes for this machine's name."""
    name = socket.gethostname()
    label = r"[A-Za-z0-9_-]+"
    return name if re.fullmatch(r"%s(\.%s)*" % (label, label), name) \
        else "localhost"


class Sendmail(harness.Case):
    def send(self, *args, message=WHOLE + b"\ntext\n", to=None, env=None,
             **kw):
        """Runs it with a message; to is a Server, for -S."""
        if to is not None:
            args = ("-S", to.path and "unix:" + to.path or
                    "127.0.0.1:%d" % to.port, *args)
        return self.mailpit("sendmail", *args, input=message, env=env, **kw)

    def deliver(self, *args, status=OK, **kw):
        """Sends, straight into the Maildir unless to is given; returns what
        is new there."""
        before = set(self.maildir.names())
        if kw.get("to") is None:
            args = ("--maildir", self.use(), *args)
        done = self.send(*args, **kw)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        fresh = [harness.Stored(p) for p in self.maildir.names()
                 if p not in before]
        self.assertEqual(len(fresh), 1 if status == OK else 0)
        return fresh[0] if fresh else done


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
        import email.header
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
        import pwd
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


class Options(Sendmail):
    def test_switches_that_callers_give_change_nothing(self):
        for switches in (
                "-i", "-oi", "-odi", "-odb", "-oem", "-oee", "-om", "-o",
                "-em", "-e m", "-bm", "-b m", "-B 8BITMIME", "-N never",
                "-N success,failure", "-R hdrs", "-V envid", "-X /nowhere/log",
                "-O DeliveryMode=i", "-G", "-U", "-n", "-m", "-p protocol",
                "-L tag", "-C /nowhere/sendmail.cf", "-Am", "-Ac", "-d0",
                "-D /nowhere/debug", "-q", "-q30m", "-i -odi -oem",
                "-ioem", "-ni"):
            with self.subTest(switches):
                stored = self.deliver(*switches.split(" "), "a@x.org")
                self.assertEqual(stored.delivered_to, ["a@x.org"])
                self.assertEqual(stored.content, WHOLE + b"\ntext\n")

    def test_a_queue_run_alone_does_nothing(self):
        for switch in ("-q", "-q15m"):
            done = self.send(switch, message=b"")
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (OK, "", ""))

    def test_jobs_of_other_programs_are_refused(self):
        for mode in ("d", "D", "p", "i", "t", "v", "h", "H", "a", ""):
            with self.subTest(mode):
                done = self.deliver("-b", mode, "a@x.org", status=USAGE)
                self.assertIn("-b" + mode, done.stderr)

    def test_mistakes(self):
        for args, word in (
                (["-Z"], "-Z"), (["--nope"], "--nope"), (["-f"], "-f"),
                (["--from"], "--from"), (["--help=x"], "--help=x"),
                (["-S", "nonsense"], "nonsense"), (["-S", "host"], "host"),
                (["-S", "a b:25", "a@x.org"], "a b:25"),
                (["-S", "unix:"], "unix:"),
                (["-bs", "--maildir", "x"], "--maildir")):
            with self.subTest(args):
                done = self.send(*args)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertIn(word, done.stderr)

    def test_help(self):
        for switch in ("-h", "--help"):
            done = self.send(switch)
            self.assertEqual(done.returncode, OK)
            for word in ("--smtp-addr", "--from", "--maildir", "-bs",
                         "MP_SENDMAIL_SMTP_ADDR", "MP_SENDMAIL_FROM"):
                self.assertIn(word, done.stdout)

    def test_the_variable_names_the_server(self):
        server = self.server()
        address = "localhost:%d" % server.port
        wrong = "127.0.0.1:%d" % harness.free_port()
        for args, variable in (([], address), (["-S", address], wrong),
                               (["--smtp-addr", address], None),
                               (["--smtp-addr=" + address], wrong),
                               (["-S", ":%d" % server.port], wrong),
                               (["-S", "[::1]:%d" % server.port], wrong)):
            with self.subTest((args, variable)):
                done = self.send(*args, "a@x.org",
                                 env={"MP_SENDMAIL_SMTP_ADDR": variable})
                self.assertEqual(done.returncode, OK, done.stderr)
        self.assertEqual(len(self.maildir), 6)

    def test_variables_for_proxies_are_for_others(self):
        proxy = "http://127.0.0.1:%d" % harness.free_port()
        self.deliver("a@x.org", to=self.server(), env={
            "ALL_PROXY": proxy, "all_proxy": proxy, "SMTP_PROXY": proxy})

    def test_verbose_shows_the_dialogue(self):
        done = self.send("-v", "a@x.org", to=self.server())
        self.assertEqual(done.returncode, OK)
        self.assertIn("RCPT TO:<a@x.org>", done.stderr)
        self.assertIn("250 2.0.0 Ok: queued as", done.stderr)


class Names(Sendmail):
    """Called through a link, as /usr/sbin/sendmail."""

    def link(self, name):
        link = self.dir / name
        link.symlink_to(harness.MAILPIT)
        return link

    def call(self, link, *args, message=WHOLE + b"\ntext\n", env=None):
        return harness.run([link, *args], check=False, cwd=self.dir,
                           input=message, env=self.env(env))

    def test_a_link_is_the_sender(self):
        for name in ("sendmail", "newsendmail", "Sendmail", "mysend.sh"):
            with self.subTest(name):
                before = len(self.maildir)
                done = self.call(self.link(name), "--maildir", self.use(),
                                 "-t", "-i", message=WHOLE +
                                 b"To: a@x.org\n\n")
                self.assertEqual(done.returncode, OK, done.stderr)
                self.assertEqual(len(self.maildir), before + 1)

    def test_statuses_come_through_a_link(self):
        link = self.link("sendmail")
        for args, status in ((["-Z"], USAGE), (["-t"], DATA),
                             (["-h"], OK), (["-bp"], USAGE)):
            self.assertEqual(self.call(link, *args).returncode, status, args)

    def test_php(self):
        # mail("a@x.org", ..., additional_headers, "-fwww@x.org")
        server = self.server()
        done = self.call(self.link("sendmail"), "-t", "-i", "-fwww@x.org",
                         message=b"To: a@x.org\r\nSubject: php\r\n"
                         b"From: P <www@x.org>\r\nBcc: b@x.org\r\n\r\nx\r\n",
                         env={"MP_SENDMAIL_SMTP_ADDR": "localhost:%d" %
                              server.port})
        self.assertEqual(done.returncode, OK, done.stderr)
        stored = self.maildir.only()
        self.assertEqual(stored.return_path, "<www@x.org>")
        self.assertEqual(stored.delivered_to, ["a@x.org", "b@x.org"])
        self.assertNotIn(b"Bcc", stored.raw)

    def test_cron(self):
        done = self.call(
            self.link("sendmail"), "-FCronDaemon", "-i", "-odi", "-oem",
            "-oi", "-t", "-f", "root", message=b"From: root (Cron Daemon)\n"
            b"To: root\nSubject: Cron <root@host> true\n"
            b"X-Cron-Env: <SHELL=/bin/sh>\n\noutput\n.\nmore\n",
            env={"MP_SENDMAIL_SMTP_ADDR": "127.0.0.1:%d" %
                 self.server().port})
        self.assertEqual(done.returncode, OK, done.stderr)
        stored = self.maildir.only()
        self.assertEqual(stored.delivered_to, ["root@" + own_host()])
        self.assertTrue(stored.content.endswith(b"\noutput\n.\nmore\n"))

    def test_git_send_email(self):
        done = self.call(
            self.link("sendmail"), "-i", "-f", "me@x.org", "a@x.org",
            "list@x.org", "--maildir", self.use(), message=WHOLE +
            b"To: a@x.org\nCc: list@x.org\nSubject: [PATCH] x\n\n---\n")
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertEqual(self.maildir.only().delivered_to,
                         ["a@x.org", "list@x.org"])

    @harness.skip_if(shutil.which("mutt") is None, "mutt is not installed")
    def test_mutt(self):
        link = self.link("sendmail")
        harness.run(
            ["mutt", "-n", "-F", "/dev/null", "-e", 'set sendmail="%s '
             '--maildir %s -oem -oi"' % (link, self.use()), "-e",
             "set copy=no", "-s", "from mutt", "-b", "h@x.org", "--",
             "a@x.org"], input=b"text\n.\nmore\n", cwd=self.dir,
            env=self.env())
        stored = self.maildir.only()
        self.assertEqual(stored.delivered_to, ["a@x.org", "h@x.org"])
        self.assertNotIn(b"\nBcc:", stored.raw)
        self.assertIn(b"\n\ntext\n.\nmore\n", stored.raw)


class OverSmtp(Sendmail):
    def test_a_unix_socket(self):
        path = "%s/smtp.sock" % self.dir
        self.server(smtp="unix:%s:0600" % path)
        for address in ("unix:" + path, "unix:" + path + ":0600"):
            with self.subTest(address):
                done = self.send("-S", address, "a@x.org")
                self.assertEqual(done.returncode, OK, done.stderr)
        self.assertIn("[local]", self.maildir.messages()[0].received)

    def test_it_says_its_own_name(self):
        stored = self.deliver("a@x.org", to=self.server())
        self.assertIn("from %s ([" % own_host(), stored.received)
        self.assertIn(" with ESMTP id", stored.received)

    def test_it_encrypts_if_that_is_offered_whoever_signed(self):
        for cert, args in (
                (harness.certificate(), []),
                (harness.certificate(), ["--smtp-require-starttls"]),
                (harness.expired_certificate(), [])):
            server = self.server(*cert.options, *args)
            stored = self.deliver("a@x.org", to=server)
            self.assertIn(" with ESMTPS id", stored.received)

    def test_no_server(self):
        done = self.send("-S", "127.0.0.1:%d" % harness.free_port(),
                         "a@x.org")
        self.assertEqual(done.returncode, TRY_AGAIN)
        self.assertIn("[sendmail]", done.stderr)
        done = self.send("-S", "unix:%s/none" % self.dir, "a@x.org")
        self.assertEqual(done.returncode, TRY_AGAIN)

    def test_a_refused_recipient_stops_the_message(self):
        server = self.server("--smtp-allowed-recipients", "@good[.]org$")
        for to in (["a@bad.org"], ["a@good.org", "a@bad.org"]):
            done = self.deliver(*to, to=server, status=REFUSED)
            self.assertRegex(done.stderr, r"refused: 5\d\d 5\.\d\.\d")
        self.deliver("a@good.org", to=server)

    def test_a_temporary_refusal_is_told_apart(self):
        server = self.server("--smtp-max-recipients", "1")
        done = self.deliver("a@x.org", "b@x.org", to=server,
                            status=TRY_AGAIN)
        self.assertRegex(done.stderr, r"refused: 4\d\d 4\.\d\.\d")

    def test_a_message_that_is_too_large_for_the_server(self):
        server = self.server("--max-message-size", "1")
        done = self.deliver("a@x.org", to=server, status=REFUSED,
                            message=WHOLE + b"\n" + b"x" * 2000000)
        self.assertIn("refused: 552", done.stderr)

    def test_a_password_is_never_guessed(self):
        server = self.server("--smtp-auth-file", self.passwords(),
                             *harness.certificate().options)
        self.deliver("a@x.org", to=server, status=REFUSED)


class IntoMaildir(Sendmail):
    def test_no_server_is_needed(self):
        stored = self.deliver("-f", "f@x.org", "a@x.org", "b@x.org")
        self.assertEqual(stored.return_path, "<f@x.org>")
        self.assertEqual(stored.delivered_to, ["a@x.org", "b@x.org"])
        self.assertRegex(stored.received, r"^from %s \(\[local\]\) by %s "
                         r"\(Mailpit\) with SMTP id %s; " % (
                             re.escape(own_host()), re.escape(own_host()),
                             stored.id))
        self.assertEqual(self.maildir.findings(stored.id), [])

    def test_what_is_odd_is_found_as_over_smtp(self):
        message = WHOLE + b"\n" + b"x" * 1000 + b"\na\rb\n\0\n\xff\n"
        stored = self.deliver("a@x.org", message=message)
        codes = [line.split()[1] for line in
                 self.maildir.findings(stored.id)]
        self.assertEqual(sorted(codes), ["bare-cr", "long-line", "nul"])

    def test_a_maildir_is_made_with_its_parents(self):
        path = self.dir / "deep" / "er" / "Maildir"
        done = self.send("--maildir", self.use(path), "a@x.org")
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertEqual(path.stat().st_mode & 0o7777, 0o700)

    def test_a_maildir_that_cannot_be(self):
        done = self.send("--maildir", self.file("file") / "x", "a@x.org")
        self.assertEqual(done.returncode, CANNOT_CREATE)
        done = self.send("--maildir", self.file("file"), "a@x.org")
        self.assertEqual(done.returncode, CANNOT_CREATE)

    def test_the_environment_of_the_server_does_not_lead_here(self):
        server = self.server()
        other = self.dir / "Other"
        self.deliver("a@x.org", to=server, env={"MP_MAILDIR": other})
        self.assertFalse(other.exists())


class Dialogue(Sendmail):
    """-bs: the caller speaks SMTP itself."""

    WORDS = (b"EHLO client.example.org\r\nMAIL FROM:<a@x.org>\r\n"
             b"RCPT TO:<b@x.org>\r\nDATA\r\n")

    def test_the_words_pass_both_ways(self):
        server = self.server()
        for tail in (b"QUIT\r\n", b""):
            with self.subTest(tail):
                done = self.send("-bs", to=server, message=self.WORDS +
                                 WHOLE.replace(b"\n", b"\r\n") +
                                 b"\r\n..x\r\n.\r\n" + tail)
                self.assertEqual(done.returncode, OK, done.stderr)
                self.assertTrue(done.stdout.startswith("220 "))
                self.assertIn("\n250 2.0.0 Ok: queued as ", done.stdout)
        for stored in self.maildir.messages():
            self.assertEqual(stored.content, WHOLE + b"\n.x\n")
            self.assertEqual(stored.return_path, "<a@x.org>")

    def test_it_ends_with_the_server(self):
        server = self.server()
        process = subprocess.Popen(
            [harness.MAILPIT, "sendmail", "-bs", "-S", "127.0.0.1:%d" %
             server.port], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=self.env(), cwd=self.dir)
        try:
            process.stdin.write(b"QUIT\r\n")
            process.stdin.flush()
            said = process.stdout.read()
            self.assertEqual(process.wait(harness.PATIENCE), OK)
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        self.assertRegex(said, rb"\A220 .*\r\n221 .*\r\n\Z")

    def test_large_messages_pass(self):
        body = b"0123456789" * 7 + b"\r\n"
        done = self.send("-bs", to=self.server(), message=self.WORDS +
                         WHOLE.replace(b"\n", b"\r\n") + b"\r\n" +
                         body * 100000 + b".\r\nQUIT\r\n")
        self.assertEqual(done.returncode, OK, done.stderr)
        self.assertTrue(self.maildir.only().content.endswith(
            b"\n" + body.replace(b"\r", b"") * 100000))

    def test_no_server(self):
        done = self.send("-bs", "-S", "127.0.0.1:%d" % harness.free_port())
        self.assertEqual(done.returncode, TRY_AGAIN)
        self.assertEqual(done.stdout, "")

    @harness.skip_if(shutil.which("swaks") is None, "swaks is not installed")
    def test_swaks_through_a_pipe(self):
        server = self.server()
        harness.run(["swaks", "--pipe", "%s sendmail -bs -S 127.0.0.1:%d" % (
            harness.MAILPIT, server.port), "--to", "b@x.org", "--from",
            "a@x.org"], env=self.env(), cwd=self.dir)
        self.assertEqual(self.maildir.only().delivered_to, ["b@x.org"])


class Resources(Sendmail):
    BIG = WHOLE + b"\n" + (b"0123456789" * 7 + b"\n") * 300000  # 21 MB

    def peak(self, message, *args):
        """Peak memory in KiB of one run that succeeds."""
        path = self.file("message", message)
        with open(path, "rb") as stdin:
            process = subprocess.Popen(
                [harness.MAILPIT, "sendmail", *map(str, args), "a@x.org"],
                stdin=stdin, env=self.env(), cwd=self.dir)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, OK)
        return usage.ru_maxrss

    @harness.skip_if(harness.SANITIZED, "sanitizers need memory of their own")
    def test_memory_does_not_grow_with_the_message(self):
        server = self.server()
        for way in (["-S", "127.0.0.1:%d" % server.port],
                    ["--maildir", self.use()]):
            with self.subTest(way):
                small = self.peak(WHOLE + b"\ntext\n", *way)
                large = self.peak(self.BIG, *way)
                self.assertLess(large - small, 3072)
        self.assertEqual([len(m.content) for m in self.maildir.messages()],
                         [len(WHOLE) + 6, len(self.BIG)] * 2)

    def test_nothing_is_left_in_the_temporary_folder(self):
        folder = self.dir / "tmp"
        folder.mkdir()
        self.deliver("a@x.org", to=self.server(), env={"TMPDIR": folder})
        self.assertEqual(list(folder.iterdir()), [])

    def test_a_temporary_folder_that_is_none(self):
        self.deliver("a@x.org", env={"TMPDIR": self.dir / "none"},
                     status=TRY_AGAIN)

    @harness.skip_if(shutil.which("prlimit") is None, "there is no prlimit")
    def test_a_full_disk_sends_nothing(self):
        done = self.deliver("a@x.org", message=self.BIG, status=TRY_AGAIN,
                            prefix=["prlimit", "--fsize=1000000"])
        self.assertIn("cannot keep the message", done.stderr)
        self.assertFalse(Path(self.maildir.path).exists())

    def test_input_that_cannot_be_read(self):
        folder = os.open(self.dir, os.O_RDONLY)
        try:
            done = self.mailpit("sendmail", "--maildir", self.use(),
                                "a@x.org", stdin=folder)
        finally:
            os.close(folder)
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertEqual(len(self.maildir), 0)

    def test_without_descriptors_it_fails_in_order(self):
        done = harness.run(
            ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", harness.MAILPIT,
             "sendmail", "--maildir", self.use(), "-t"], check=False,
            env=self.env(), cwd=self.dir)
        self.assertEqual(done.returncode, DATA)


if __name__ == "__main__":
    harness.main()
