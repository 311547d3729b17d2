# SPDX-License-Identifier: MIT
"""e2e_clients: programs that people use log in and deliver under TLS

Seven clients, two mechanisms, every password form: one table, printed as TAP
comments and kept in build/log/clients.txt. Then AUTH itself, octet for octet.
"""

import json
import os
import smtplib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import harness
from harness import b64, plain

TIME_LIMIT = 240

PASSWORD = "p4ss:w0rd!"
# One user per form: u0, u1, ...
USERS = {"u%d" % i: form for i, form in enumerate(harness.PASSWORD_FORMS)}
MECHANISMS = ("PLAIN", "LOGIN")
NODEMAILER = harness.TOP / "build/npm/node_modules/nodemailer"


def message(cell):
    return ("From: a@example.org\r\nTo: b@example.com\r\n"
            "Subject: %s\r\n\r\nSent by a client.\r\n" % cell).encode()


class Attempt:
    """One delivery: where to, how, as whom, and what."""

    def __init__(self, port, user, mechanism, cell, password=PASSWORD,
                 implicit=False):
        self.port, self.user, self.mechanism = port, user, mechanism
        self.cell, self.password, self.implicit = cell, password, implicit


# --- The clients: each returns True after a 250, False when it was refused ------

def ran(argv, octets=b"", env=None):
    done = harness.run(argv, check=False, input=octets,
                       env=harness.environment(harness.cache_dir(), env))
    return done.returncode == 0


def by_swaks(a):
    return ran(["swaks", "--server", "127.0.0.1:%d" % a.port,
                "--tls-on-connect" if a.implicit else "--tls",
                "--auth", a.mechanism, "--auth-user", a.user,
                "--auth-password", a.password, "--from", "a@example.org",
                "--to", "b@example.com", "--data", "-", "--timeout", "20"],
               message(a.cell))


def by_smtplib(a):
    context = harness.tls_context()
    if a.implicit:
        client = smtplib.SMTP_SSL("127.0.0.1", a.port, context=context,
                                  timeout=harness.PATIENCE)
    else:
        client = smtplib.SMTP("127.0.0.1", a.port, timeout=harness.PATIENCE)
    with client:
        if not a.implicit:
            client.starttls(context=context)
        client.ehlo()
        client.user, client.password = a.user, a.password
        try:
            client.auth(a.mechanism, getattr(
                client, "auth_" + a.mechanism.lower()))
        except smtplib.SMTPAuthenticationError:
            return False
        client.sendmail("a@example.org", ["b@example.com"], message(a.cell))
    return True


NODE = """
const [path, text] = process.argv.slice(1);
const a = JSON.parse(text);
require(path).createTransport({
  host: '127.0.0.1', port: a.port, secure: a.implicit,
  requireTLS: !a.implicit, authMethod: a.mechanism,
  auth: {user: a.user, pass: a.password},
  tls: {rejectUnauthorized: false},
}).sendMail({
  envelope: {from: 'a@example.org', to: 'b@example.com'}, raw: a.raw,
}).then(() => process.exit(0), (e) => {
  console.error(e);
  process.exit(1);
});
"""


def by_nodemailer(a):
    return ran(["node", "-e", NODE, NODEMAILER,
                json.dumps({**vars(a), "raw": message(a.cell).decode()})])


def by_curl(a):
    scheme = "smtps" if a.implicit else "smtp"
    return ran(["curl", "-q", "-sS", "--insecure", "--ssl-reqd",
                "--login-options", "AUTH=" + a.mechanism,
                "--user", "%s:%s" % (a.user, a.password),
                "--mail-from", "a@example.org",
                "--mail-rcpt", "b@example.com", "--upload-file", "-",
                "%s://127.0.0.1:%d/client.example.org" % (scheme, a.port)],
               message(a.cell))


def by_msmtp(a):
    return ran(["msmtp", "--file=/dev/null", "--host=127.0.0.1",
                "--port=%d" % a.port, "--tls=on", "--tls-certcheck=off",
                "--tls-starttls=%s" % ("off" if a.implicit else "on"),
                "--auth=" + a.mechanism.lower(), "--user=" + a.user,
                "--passwordeval=printf %s \"$SECRET\"",
                "--from=a@example.org", "b@example.com"],
               message(a.cell), {"SECRET": a.password})


def through(argv, a):
    """Speaks SMTP through a program that does only the TLS part."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, bufsize=0,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as client:
        smtp = harness.Dialogue(harness.PipePair(
            os.dup(client.stdout.fileno()), os.dup(client.stdin.fileno())))
        client.stdin.close()
        try:
            if a.implicit:
                smtp.banner()
            smtp.ehlo()
            reply = smtp.login(a.user, a.password, 235, 535,
                               mechanism=a.mechanism)
            if reply.code == 235:
                smtp.envelope("a@example.org", "b@example.com")
                smtp.data(message(a.cell))
            smtp.command("QUIT", 221)
        finally:
            smtp.close()
            client.terminate()
    return reply.code == 235


def by_s_client(a):
    argv = ["openssl", "s_client", "-quiet", "-connect",
            "127.0.0.1:%d" % a.port]
    return through(argv + ["-starttls", "smtp"] * (not a.implicit), a)


def by_gnutls_cli(a):
    argv = ["gnutls-cli", "--insecure", "--logfile=/dev/null",
            "--port=%d" % a.port, "127.0.0.1"]
    return through(argv + ["--starttls-proto=smtp"] * (not a.implicit), a)


CLIENTS = {
    "swaks": by_swaks,
    "smtplib": by_smtplib,
    "nodemailer": by_nodemailer,
    "curl": by_curl,
    "msmtp": by_msmtp,
    "s_client": by_s_client,
    "gnutls-cli": by_gnutls_cli,
}


def secured(case, *args, **kw):
    """A server with a certificate, and a password file with every form."""
    lines = [harness.entry(user, PASSWORD, form) + "\n"
             for user, form in USERS.items()]
    passwd = case.file("passwd", "# every form\n" + "".join(lines))
    return case.server(*harness.certificate().options,
                       "--smtp-auth-file", passwd, *args, **kw)


class Clients(harness.Case):
    def setUp(self):
        super().setUp()
        self.implicit_port = harness.free_port()
        self.server_ = secured(self, "--max", "0", "--smtps",
                               "127.0.0.1:%d" % self.implicit_port)

    def attempts(self):
        """Every cell of the table: (row, column, attempt)."""
        for name in CLIENTS:
            for mechanism in MECHANISMS:
                for user, form in USERS.items():
                    yield (name, mechanism), form, Attempt(
                        self.server_.port, user, mechanism,
                        "%s %s %s" % (name, mechanism, user))
                yield (name, mechanism), "implicit TLS", Attempt(
                    self.implicit_port, "u0", mechanism,
                    "%s %s implicit" % (name, mechanism), implicit=True)

    def table(self, done):
        columns = [*harness.PASSWORD_FORMS, "implicit TLS"]
        lines = ["%-17s %s" % ("", " ".join(columns))]
        for name in CLIENTS:
            for mechanism in MECHANISMS:
                cells = done.get((name, mechanism), {})
                lines.append("%-10s %-6s %s" % (name, mechanism, " ".join(
                    cells.get(c, "-").center(len(c)) for c in columns)))
        return "\n".join(lines) + "\n"

    def deliver(self, row, attempt):
        """What the cell says: ok, or what went wrong."""
        try:
            return "ok" if CLIENTS[row[0]](attempt) else "REFUSED"
        except (AssertionError, OSError, subprocess.SubprocessError) as e:
            harness.comment("%s: %s" % (attempt.cell, e))
            return "ERROR"

    def test_every_client_logs_in_by_every_mechanism_and_form(self):
        jobs = list(self.attempts())
        if not NODEMAILER.is_dir():
            jobs = [j for j in jobs if j[0][0] != "nodemailer"]
        with ThreadPoolExecutor(4) as pool:
            said = list(pool.map(lambda j: self.deliver(j[0], j[2]), jobs))
        done = {}
        for (row, column, _), cell in zip(jobs, said):
            done.setdefault(row, {})[column] = cell
        table = "Clients that logged in under TLS and delivered:\n" + \
            self.table(done)
        harness.comment(table)
        if not harness.SANITIZED:
            (harness.TOP / "build/log").mkdir(parents=True, exist_ok=True)
            (harness.TOP / "build/log/clients.txt").write_text(table)
        self.assertEqual({"ok"}, set(said), table)
        self.assert_stored([j[2] for j in jobs])

    def assert_stored(self, attempts):
        stored = {}
        for m in self.maildir.messages():
            subject = m.content.partition(b"Subject: ")[2].split(b"\n")[0]
            stored[subject.decode()] = m
        self.assertEqual(sorted(stored), sorted(a.cell for a in attempts))
        for attempt in attempts:
            m = stored[attempt.cell]
            with self.subTest(attempt.cell):
                self.assertIn(" auth=%s)" % attempt.user, m.received)
                self.assertIn("(TLS1.", m.received)
                self.assertIn(" with ESMTPSA ", m.received)
                self.assertEqual(m.return_path, "<a@example.org>")
                self.assertEqual(m.delivered_to, ["b@example.com"])
                self.assertIn(b"\n\nSent by a client.\n", m.content)

    @harness.skip_if(not NODEMAILER.is_dir(), "npm ci could not be done")
    def test_nodemailer_is_in_the_table(self):
        self.assertTrue(by_nodemailer(Attempt(self.server_.port, "u1", "PLAIN",
                                              "nodemailer")))
        self.assert_stored([Attempt(0, "u1", "PLAIN", "nodemailer")])

    def test_a_wrong_password_is_refused_to_every_client(self):
        attempts = [(name, Attempt(self.server_.port, "u0", mechanism, "never",
                                   password="wrong"))
                    for name in CLIENTS for mechanism in MECHANISMS
                    if name != "nodemailer" or NODEMAILER.is_dir()]
        with ThreadPoolExecutor(7) as pool:
            said = list(pool.map(lambda na: CLIENTS[na[0]](na[1]), attempts))
        self.assertEqual([(n, a.mechanism) for (n, a), ok in
                          zip(attempts, said) if ok], [])
        self.assertEqual(len(self.maildir), 0)


class Auth(harness.Case):
    """The exchange itself."""

    def open(self, *args, **kw):
        """A Dialogue under TLS, EHLO said."""
        self.smtpd = self.server(*harness.certificate().options,
                                 "--smtp-auth-file", self.passwords(),
                                 *args, **kw)
        return self.under_tls()

    def under_tls(self):
        smtp = self.smtpd.dial()
        self.addCleanup(smtp.close)
        smtp.ehlo()
        smtp.starttls()
        self.offered = smtp.ehlo()
        return smtp

    def timed(self, smtp, *args, **kw):
        began = time.monotonic()
        reply = smtp.login(*args, **kw)
        return reply, time.monotonic() - began

    def test_before_tls_it_is_neither_offered_nor_accepted(self):
        self.open()
        with self.smtpd.dial() as smtp:
            extensions = smtp.ehlo()
            self.assertIn("STARTTLS", extensions)
            self.assertNotIn("AUTH", extensions)
            for line in ("AUTH PLAIN " + plain("joe", "secret"), "AUTH LOGIN",
                         "AUTH PLAIN"):
                smtp.command(line, 530, 538, 504)
            smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
            smtp.quit()
        self.assertEqual(len(self.maildir), 0)

    def test_under_tls_it_is_offered_in_a_fixed_order_and_demanded(self):
        smtp = self.open()
        self.assertEqual(self.offered["AUTH"], ["PLAIN", "LOGIN"])
        self.assertNotIn("STARTTLS", self.offered)
        smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
        smtp.login("joe", "secret")
        stored = self.stored(smtp.deliver())
        self.assertIn("auth=joe", stored.received)

    def test_every_way_to_say_it_works(self):
        self.open()
        ways = {
            "PLAIN at once": ["AUTH PLAIN " + plain("joe", "secret")],
            "PLAIN later": ["AUTH PLAIN", plain("joe", "secret")],
            "PLAIN with the authorisation name": [
                "AUTH PLAIN " + plain("joe", "secret", "joe")],
            "LOGIN": ["AUTH LOGIN", b64("joe"), b64("secret")],
            "LOGIN with the user at once": [
                "AUTH LOGIN " + b64("joe"), b64("secret")],
            "lower case": ["auth plain " + plain("joe", "secret")],
        }
        for label, lines in ways.items():
            with self.subTest(label), self.under_tls() as smtp:
                for line in lines[:-1]:
                    smtp.command(line, 334)
                smtp.command(lines[-1], "235 2.7.0")

    def test_a_failure_takes_one_second_whoever_it_was(self):
        self.open()
        for label, user, password in (("wrong password", "joe", "wrong"),
                                      ("unknown user", "nobody", "secret"),
                                      ("empty password", "joe", "")):
            for mechanism in MECHANISMS:
                with self.subTest(label, mechanism=mechanism), \
                        self.under_tls() as smtp:
                    _, took = self.timed(smtp, user, password, "535 5.7.8",
                                         mechanism=mechanism)
                    self.assertGreaterEqual(took, 0.99)
                    self.assertLess(took, 2)
                    smtp.login("joe", "secret")

    def test_others_are_served_while_a_failure_waits(self):
        smtp = self.open()
        other = self.under_tls()
        smtp.line("AUTH PLAIN " + plain("joe", "wrong"))
        began = time.monotonic()
        other.login("joe", "secret")
        other.deliver()
        if not harness.SANITIZED:
            self.assertLess(time.monotonic() - began, 0.9)
        smtp.expect("535 5.7.8")

    def test_the_third_failure_closes(self):
        smtp = self.open()
        for _ in range(2):
            smtp.login("joe", "wrong", "535 5.7.8")
        _, took = self.timed(smtp, "joe", "wrong", 421)
        self.assertGreaterEqual(took, 0.99)
        smtp.closed()

    def test_the_number_of_failures_can_be_set(self):
        smtp = self.open("--smtp-max-auth-failures", "1")
        smtp.login("joe", "wrong", 421)
        smtp.closed()

    def test_malformed_exchanges_get_their_codes(self):
        self.open()
        cases = {
            "not base64": (["AUTH PLAIN !!!!"], "501 5.5.2"),
            "no padding": (["AUTH PLAIN " + plain("joe", "secre")
                            .rstrip("=")], "501 5.5.2"),
            "a blank inside": (["AUTH PLAIN AGpv ZQBzZWNyZXQ="], "501 5.5.2"),
            "one NUL": (["AUTH PLAIN " + b64("joe\0secret")], "501 5.5.2"),
            "three NULs": (["AUTH PLAIN " + b64("\0joe\0sec\0ret")],
                           "501 5.5.2"),
            "empty by equals sign": (["AUTH PLAIN ="], "501 5.5.2"),
            "not base64 later": (["AUTH PLAIN", "?"], "501 5.5.2"),
            "LOGIN user not base64": (["AUTH LOGIN", "*x"], "501 5.5.2"),
            "LOGIN password not base64": (["AUTH LOGIN", b64("joe"), "~"],
                                          "501 5.5.2"),
            "PLAIN cancelled": (["AUTH PLAIN", "*"], "501 5.7.0"),
            "LOGIN cancelled": (["AUTH LOGIN", "*"], "501 5.7.0"),
            "LOGIN cancelled at the password": (
                ["AUTH LOGIN", b64("joe"), "*"], "501 5.7.0"),
            "no mechanism": (["AUTH"], "501 5.5.4"),
            "unknown mechanism": (["AUTH CRAM-MD5"], "504 5.5.4"),
            "another's name": (["AUTH PLAIN " + plain("joe", "secret", "ann")],
                               501, 535),
        }
        for label, (lines, *wanted) in cases.items():
            with self.subTest(label), self.under_tls() as smtp:
                for line in lines[:-1]:
                    smtp.command(line, 334)
                smtp.command(lines[-1], *wanted)
                smtp.login("joe", "secret")

    def test_out_of_sequence_is_503(self):
        self.open()
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            smtp.command("AUTH PLAIN " + plain("joe", "secret"), 503)
            smtp.ehlo()
            smtp.login("joe", "secret")
            smtp.command("AUTH PLAIN " + plain("joe", "secret"), "503 5.5.1")
            smtp.command("STARTTLS", 503)
            smtp.deliver()

    def test_it_is_refused_inside_a_transaction(self):
        smtpd = self.server(*harness.certificate().options,
                            "--smtp-auth-accept-any")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.command("MAIL FROM:<a@example.org>", 250)
            smtp.command("AUTH PLAIN " + plain("x", "y"), "503 5.5.1")

    def test_a_login_in_clear_is_forgotten_at_starttls(self):
        smtpd = self.server(*harness.certificate().options,
                            "--smtp-auth-file", self.passwords(),
                            "--smtp-auth-allow-insecure")
        with smtpd.dial() as smtp:
            smtp.ehlo()
            smtp.login("joe", "secret")
            smtp.starttls()
            smtp.ehlo()
            smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
            smtp.login("joe", "secret")
            smtp.deliver()

    def test_passwords_of_every_length_work(self):
        users = {"one": "x", "colon": "a:b:c", "blanks": "two words",
                 "utf8": "pässwörd", "long": "L" * 511}
        smtpd = self.server(*harness.certificate().options,
                            "--smtp-auth-file", self.passwords(users))
        for user, password in users.items():
            for mechanism in MECHANISMS:
                with self.subTest(user, mechanism=mechanism), \
                        smtpd.dial() as smtp:
                    smtp.ehlo()
                    smtp.starttls()
                    smtp.ehlo()
                    smtp.login(user, password, mechanism=mechanism)

    def test_a_line_beyond_the_limit_is_dropped_as_one(self):
        smtp = self.open()
        smtp.command("AUTH PLAIN", 334)
        smtp.command("A" * 13000, "500 5.5.6")
        smtp.login("joe", "secret")

    def test_no_password_is_in_the_log(self):
        self.smtpd = self.server(
            *harness.certificate().options, "--verbose", "--smtp-auth-file",
            self.passwords({"joe": "correct-horse"}))
        smtp = self.under_tls()
        smtp.command("AUTH LOGIN", 334)
        smtp.command(b64("joe"), 334)
        smtp.command(b64("battery"), 535)
        smtp.login("joe", "correct-horse")
        smtp.quit()
        self.smtpd.stop()
        for hidden in ("battery", b64("battery"), "correct-horse",
                       b64("correct-horse"), plain("joe", "correct-horse")):
            self.assertNotIn(hidden, self.smtpd.log)
        self.assertIn("joe", self.smtpd.log)

    def test_credentials_from_the_environment_force_tls_too(self):
        smtpd = self.server(*harness.certificate().options,
                            env={"MP_SMTP_AUTH": "joe:secret ann:%s" %
                                 harness.entry("ann", "x", "{SSHA}")
                                 .partition(":")[2]})
        with smtpd.dial() as smtp:
            self.assertNotIn("AUTH", smtp.ehlo())
            smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
            smtp.starttls()
            smtp.ehlo()
            smtp.login("ann", "x")
            smtp.deliver()

    def test_accept_any_accepts_and_does_not_demand(self):
        smtpd = self.server(*harness.certificate().options,
                            "--smtp-auth-accept-any")
        with smtpd.dial() as smtp:
            self.assertNotIn("AUTH", smtp.ehlo())
            smtp.command("AUTH PLAIN " + plain("any", "body"), 530, 538, 504)
            smtp.starttls()
            self.assertIn("AUTH", smtp.ehlo())
            smtp.deliver()
            smtp.login("any", "body")
            self.assertIn("auth=any", self.stored(smtp.deliver()).received)

    def test_without_tls_it_works_only_when_told(self):
        smtpd = self.server("--smtp-auth-file", self.passwords(),
                            "--smtp-auth-allow-insecure")
        with smtpd.dial() as smtp:
            extensions = smtp.ehlo()
            self.assertEqual(extensions["AUTH"], ["PLAIN", "LOGIN"])
            self.assertNotIn("STARTTLS", extensions)
            smtp.command("MAIL FROM:<a@example.org>", "530 5.7.0")
            smtp.login("joe", "secret", mechanism="LOGIN")
            self.assertIn(" with ESMTPA ",
                          self.stored(smtp.deliver()).received)

    def test_required_tls_speaks_tls_from_the_first_octet(self):
        smtpd = self.server(*harness.certificate().options,
                            "--smtp-auth-file", self.passwords(),
                            "--smtp-require-tls")
        with smtpd.dial(tls=True) as smtp:
            extensions = smtp.ehlo()
            self.assertNotIn("STARTTLS", extensions)
            smtp.command("STARTTLS", 503)
            smtp.login("joe", "secret")
            self.assertIn(" with ESMTPSA ",
                          self.stored(smtp.deliver()).received)
        with smtpd.connect() as clear:
            clear.sendall(b"EHLO client.example.org\r\n")
            said = harness.read_to_end(clear)
            self.assertNotRegex(said, rb"(?m)^[2-5]\d\d[ -]")

    def test_it_works_the_same_in_a_filter(self):
        filter_ = self.filter(*harness.certificate().options,
                              "--smtp-auth-file", self.passwords())
        smtp = filter_.smtp
        smtp.banner()
        smtp.ehlo()
        smtp.starttls()
        smtp.ehlo()
        smtp.login("joe", "wrong", "535 5.7.8")
        smtp.login("joe", "secret")
        smtp.deliver()
        smtp.quit()


if __name__ == "__main__":
    harness.main()
