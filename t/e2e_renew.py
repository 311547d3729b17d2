# SPDX-License-Identifier: MIT
"""e2e_renew: certificates and password files, replaced while mail flows

Stand-alone and once per connection (--inetd). Also which keys, chains and TLS
versions work, and the certificates that the program makes itself (sans:).
"""

import contextlib
import hashlib
import os
import re
import ssl
import subprocess
import time
from pathlib import Path

import harness

TIME_LIMIT = 180


def peer_fingerprint(dialogue):
    der = dialogue.sock.getpeercert(binary_form=True)
    return hashlib.sha256(der).hexdigest()


class Renewal:
    """The same cases for both forms; a subclass says how to start one."""

    def setUp(self):
        super().setUp()
        self.first = harness.certificate(serial=1)
        self.second = harness.certificate(serial=2)
        self.pair = self.first.copy_to(self.dir)
        self.passwd = self.passwords()
        self.smtpd = self.start(*self.pair.options, "--smtp-auth-file",
                                self.passwd)

    def secure(self):
        smtp = self.smtpd.dial()
        self.addCleanup(smtp.close)
        smtp.ehlo()
        smtp.starttls()
        smtp.ehlo()
        return smtp

    def login(self, password, *wanted, user="joe"):
        with self.secure() as smtp:
            smtp.login(user, password, *wanted)
            if not wanted:
                smtp.deliver()
            smtp.quit()

    def replace_pair(self, cert, key):
        harness.replace(self.pair.cert, cert)
        harness.replace(self.pair.key, key)

    def test_the_next_connection_gets_the_new_certificate(self):
        with self.secure() as smtp:
            self.assertEqual(peer_fingerprint(smtp), self.first.fingerprint)
            self.replace_pair(self.second.cert, self.second.key)
            with self.secure() as other:
                self.assertEqual(peer_fingerprint(other),
                                 self.second.fingerprint)
                other.quit()
            smtp.login("joe", "secret")  # the old connection goes on
            smtp.deliver()
            smtp.quit()

    def test_the_next_connection_gets_the_new_passwords(self):
        self.login("secret")
        harness.replace(self.passwd, "joe:changed\nann:new\n")
        self.login("secret", "535 5.7.8")
        self.login("changed")
        self.login("new", user="ann")

    def test_a_file_written_in_place_counts_as_well(self):
        self.login("secret")
        self.passwd.write_text("joe:another-length\n")
        self.login("another-length")

    def test_a_broken_password_file_lets_nobody_in(self):
        self.login("secret")
        for label, text in (("unknown form", "ann:x\njoe:$unknown$form\n"),
                            ("no secret", "joe:secret\nann:\n"),
                            ("no colon", "joe:secret\nnonsense\n"),
                            ("empty", "")):
            with self.subTest(label):
                harness.replace(self.passwd, text)
                self.login("secret", "454 4.7.0")
                self.login("wrong", "454 4.7.0")
        harness.replace(self.passwd, "joe:secret\n")
        self.login("secret")
        self.assertRegex(self.smtpd.log, r"level=(error|warning) [^\n]*" +
                         re.escape(str(self.passwd)) + ":2:")
        self.assertNotIn("secret", self.smtpd.log)

    def test_a_missing_password_file_lets_nobody_in(self):
        self.login("secret")
        os.rename(self.passwd, self.dir / "away")
        self.login("secret", "454 4.7.0")
        os.rename(self.dir / "away", self.passwd)
        self.login("secret")
        self.assertIn(str(self.passwd), self.smtpd.log)

    def test_an_expired_certificate_is_a_warning(self):
        old = harness.expired_certificate()
        self.replace_pair(old.cert, old.key)
        with self.secure() as smtp:
            self.assertEqual(peer_fingerprint(smtp), old.fingerprint)
            smtp.login("joe", "secret")
            smtp.deliver()
            smtp.quit()
        self.assertRegex(self.smtpd.log,
                         r"level=warning [^\n]*expired")


class StandAlone(Renewal, harness.Case):
    def start(self, *args):
        return self.server(*args)

    def test_a_broken_certificate_leaves_the_last_good_pair(self):
        for label, cert, key in (
                ("no PEM", b"nonsense\n", self.first.key),
                ("empty", b"", b""),
                ("pair does not match", self.second.cert, self.first.key)):
            with self.subTest(label):
                self.replace_pair(cert, key)
                with self.secure() as smtp:
                    self.assertEqual(peer_fingerprint(smtp),
                                     self.first.fingerprint)
                    smtp.login("joe", "secret")
                    smtp.deliver()
                    smtp.quit()
                self.assertRegex(self.smtpd.log, r"level=(error|warning) [^\n]*" +
                                 re.escape(str(self.pair.cert)))
        self.replace_pair(self.second.cert, self.second.key)
        with self.secure() as smtp:
            self.assertEqual(peer_fingerprint(smtp), self.second.fingerprint)

    def test_a_renewal_in_two_steps_never_shows_a_half_pair(self):
        harness.replace(self.pair.cert, self.second.cert)
        with self.secure() as smtp:
            self.assertEqual(peer_fingerprint(smtp), self.first.fingerprint)
        harness.replace(self.pair.key, self.second.key)
        with self.secure() as smtp:
            self.assertEqual(peer_fingerprint(smtp), self.second.fingerprint)


class PerConnection(Renewal, harness.Case):
    def start(self, *args):
        return self.superserver(*args)

    def test_a_broken_certificate_is_a_temporary_refusal(self):
        for label, cert, key in (
                ("no PEM", b"nonsense\n", self.first.key),
                ("empty", b"", b""),
                ("pair does not match", self.second.cert, self.first.key)):
            with self.subTest(label):
                self.replace_pair(cert, key)
                with self.smtpd.dial() as smtp:
                    smtp.ehlo()
                    smtp.command("STARTTLS", "454 4.7.0")
                    smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
                    smtp.quit()
                self.assertIn(str(self.pair.cert), self.smtpd.log)
        self.replace_pair(self.second.cert, self.second.key)
        self.login("secret")

    def test_mail_in_clear_goes_on_where_tls_is_not_demanded(self):
        smtpd = self.superserver(*self.pair.options)
        harness.replace(self.pair.key, b"nonsense\n")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.command("STARTTLS", "454 4.7.0")
            smtp.deliver()
            smtp.quit()


class Keys(harness.Case):
    def handshake(self, pair, context=None, **kw):
        smtpd = self.server(*pair.options)
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls(context, **kw)
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()

    def test_keys_of_every_kind_work(self):
        for kind in harness.KEY_OPTIONS:
            with self.subTest(kind):
                pair = harness.certificate(kind=kind)
                self.handshake(pair, harness.tls_context(verify=pair.cert))

    def test_a_chain_is_sent_whole(self):
        pair, root = harness.chained_certificate()
        self.handshake(pair, harness.tls_context(verify=root))

    def test_one_file_may_hold_both_and_be_named_twice(self):
        pair = harness.certificate()
        both = self.file("both.pem",
                         pair.key.read_bytes() + pair.cert.read_bytes())
        self.handshake(harness.Pair(both, both),
                       harness.tls_context(verify=pair.cert))


class Versions(harness.Case):
    def setUp(self):
        super().setUp()
        self.smtpd = self.server(*harness.certificate().options)

    def s_client(self, *args):
        """openssl s_client, one EHLO; returns its exit status and its words.

        The wait for the answer to EHLO lets a session ticket arrive.
        """
        client = subprocess.Popen(
            ["openssl", "s_client", "-starttls", "smtp", "-connect",
             "127.0.0.1:%d" % self.smtpd.port, *map(str, args)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            stderr=subprocess.STDOUT)
        self.addCleanup(client.stdout.close)
        said = b""
        with contextlib.suppress(BrokenPipeError):  # it may have ended
            client.stdin.write(b"EHLO client.example.org\r\n")
            for line in client.stdout:
                said += line
                if line.startswith(b"250 ") and b"PIPELINING" in said:
                    break
            client.stdin.write(b"Q\n")
        client.stdin.close()
        said += client.stdout.read()
        client.wait(harness.PATIENCE)
        return client.returncode, said.decode(errors="replace")

    def test_tls_1_2_and_1_3_work(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                              (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with self.subTest(name), self.smtpd.dial() as smtp:
                smtp.ehlo()
                smtp.starttls(harness.tls_context(version))
                self.assertEqual(smtp.sock.version(), name)
                smtp.ehlo()
                stored = self.stored(smtp.deliver())
                self.assertIn("(TLS" + name[4:] + ":", stored.received)

    def test_older_versions_are_refused(self):
        for option in ("-tls1", "-tls1_1"):
            with self.subTest(option):
                status, said = self.s_client(
                    option, "-cipher", "ALL:@SECLEVEL=0")
                self.assertNotEqual(status, 0, said)
                self.assertRegex(said, "(?i)alert protocol version")

    def test_only_forward_secret_authenticated_ciphers_work(self):
        for cipher in ("AES128-SHA", "AES128-GCM-SHA256",
                       "ECDHE-ECDSA-AES128-SHA"):
            with self.subTest(cipher):
                status, said = self.s_client(
                    "-tls1_2", "-cipher", cipher + ":@SECLEVEL=0")
                self.assertNotEqual(status, 0, said)
                self.assertRegex(said, "(?i)alert handshake failure")

    def test_a_session_is_resumed(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                kept = self.dir / ("session" + version)
                self.s_client(version, "-sess_out", kept)
                self.assertTrue(kept.exists())
                _, said = self.s_client(version, "-sess_in", kept)
                self.assertIn("Reused, " + "TLSv" + version[4:].replace(
                    "_", "."), said)

    def test_an_unknown_alpn_name_is_refused(self):
        status, said = self.s_client("-alpn", "h2")
        self.assertNotEqual(status, 0, said)
        self.assertRegex(said, "(?i)alert no application protocol")

    def test_a_failed_handshake_ends_the_connection(self):
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.command("STARTTLS", 220)
            smtp.send(b"EHLO this is no hello\r\n")
            said = harness.read_to_end(smtp.sock)
            self.assertNotRegex(said, rb"(?m)^[2-5]\d\d[ -]")
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.deliver()

    def test_octets_behind_starttls_end_the_session(self):
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.send(b"STARTTLS\r\nRSET\r\n")
            reply = smtp.reply()
            self.assertIn(reply and reply.code, (None, 554))
            smtp.closed()

    def test_everything_is_forgotten_at_starttls(self):
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.command("MAIL FROM:<a@example.org>", 250)
            smtp.command("STARTTLS", 503)
            smtp.command("RSET", 250)
            smtp.starttls()
            smtp.command("RCPT TO:<b@example.com>", 503)
            smtp.command("MAIL FROM:<a@example.org>", 503)
            smtp.ehlo()
            smtp.command("STARTTLS", "503 5.5.1")
            smtp.deliver()

    def test_starttls_takes_no_argument(self):
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.command("STARTTLS now", 501)
            smtp.starttls()
            smtp.ehlo()


class Sans(harness.Case):
    """Certificates made by the program."""

    NAMES = "sans:Mail.example.org, other.example.org"

    def setUp(self):
        super().setUp()
        # faketime(1) stands between us and the program's signals; its library
        # does the work. The sanitizer wants to be loaded first, and is not.
        self.faketime = {
            "LD_PRELOAD": next(Path("/usr/lib").glob(
                "*/faketime/libfaketime.so.1")),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1") +
                            ":verify_asan_link_order=0",
        }

    def start(self, *args, names=NAMES, **kw):
        return self.server("--smtp-tls-cert", names, "--smtp-tls-key", names,
                           *args, **kw)

    def leaf(self, smtpd):
        """The certificate that the server shows, as DER."""
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            der = smtp.sock.getpeercert(binary_form=True)
            smtp.ehlo()
            smtp.quit()
        return der

    def text(self, der):
        return harness.run(["openssl", "x509", "-inform", "DER", "-noout",
                            "-text"], input=der).stdout.decode()

    def test_it_is_made_with_all_names(self):
        text = self.text(self.leaf(self.start()))
        self.assertIn("DNS:mail.example.org", text)
        self.assertIn("DNS:other.example.org", text)
        self.assertIn("id-ecPublicKey", text)
        self.assertRegex(text, r"Subject:.*CN ?= ?mail\.example\.org")

    def test_the_fingerprint_is_printed(self):
        smtpd = self.start()
        wanted = hashlib.sha256(self.leaf(smtpd)).hexdigest()
        smtpd.stop()
        self.assertIn(wanted, re.sub(r"(?<=[0-9A-Fa-f]{2}):(?=[0-9A-Fa-f]{2})",
                                     "", smtpd.log).lower())

    def test_it_is_used_again(self):
        smtpd = self.start()
        first = self.leaf(smtpd)
        smtpd.stop()
        self.assertEqual(self.leaf(self.start()), first)

    def test_the_key_is_for_its_owner_only(self):
        self.start()
        kept = [p for p in self.dir.rglob("*") if p.is_file() and
                b"PRIVATE KEY" in p.read_bytes()]
        self.assertTrue(kept)
        for path in kept:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_other_names_get_another(self):
        smtpd = self.start()
        first = self.leaf(smtpd)
        smtpd.stop()
        other = self.leaf(self.start(names="sans:third.example.org"))
        self.assertNotEqual(other, first)
        self.assertNotIn("other.example.org", self.text(other))

    def test_it_is_renewed_thirty_days_before_its_end(self):
        smtpd = self.start()
        first = self.leaf(smtpd)
        smtpd.stop()
        end = ssl.cert_time_to_seconds(
            harness.run(["openssl", "x509", "-inform", "DER", "-noout",
                         "-enddate"], input=first).stdout.decode()
            .strip().partition("=")[2])
        for days, same in ((31, True), (29, False)):
            with self.subTest(days):
                when = time.strftime("%Y-%m-%d %H:%M:%S",
                                     time.localtime(end - days * 86400))
                later = self.start(
                    env={"FAKETIME": "@" + when, **self.faketime})
                self.assertEqual(self.leaf(later) == first, same)
                later.stop()

    def test_many_that_start_at_once_use_one(self):
        kept = []
        for _ in range(4):
            filter_ = self.filter("--smtp-tls-cert", self.NAMES,
                                  "--smtp-tls-key", self.NAMES)
            kept.append(filter_)
        ders = set()
        for filter_ in kept:
            smtp = filter_.smtp
            smtp.banner()
            smtp.ehlo()
            smtp.starttls()
            ders.add(smtp.sock.getpeercert(binary_form=True))
        self.assertEqual(len(ders), 1)


if __name__ == "__main__":
    harness.main()
