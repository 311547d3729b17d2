# SPDX-License-Identifier: MIT
"""e2e_sendmail: mailpit sendmail as PHP, cron and people call it"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import harness
from submit import (CANNOT_CREATE, DATA, OK, REFUSED, TRY_AGAIN, USAGE, WHOLE,
                    Sendmail, own_host)


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
