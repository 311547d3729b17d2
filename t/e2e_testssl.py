# SPDX-License-Identifier: MIT
"""e2e_testssl: testssl.sh finds nothing above LOW in our TLS

The only findings that may stay are those of a certificate that signs itself,
and each is listed. Everything happens in a network of its own, so nothing can
be asked outside. Checks without a judgement (all ciphers once more, simulated
clients) are left out for their time.
"""

import collections
import json
import shutil
import subprocess

import harness

RUN_SAN = False  # it judges parameters, which are the same there
TIME_LIMIT = 300

HARMLESS = {"OK", "INFO", "LOW", "DEBUG"}

# What may be found nevertheless, and why.
ALLOWED = {
    "cert_chain_of_trust": "the certificate signs itself",
    "cert_revocation": "who signs for himself has nobody to revoke it",
    "engine_problem": "the client has no GOST; says nothing of the server",
    "sessionresumption_ticket": "the client may leave before its ticket comes",
    "sessionresumption_ID": "as above",
}

# Protocols, ciphers, forward secrecy, order, the certificate, vulnerabilities.
ALL = ("-p", "-s", "-f", "-P", "-S", "-U")
# Below implicit TLS is the same library: what differs is the way there.
SOME = ("-p", "-s", "-S", "-R")

# Without these the sections were not there, whatever the rest says.
JUDGED = {
    "-p": {"SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3"},
    "-s": {"cipherlist_NULL", "cipherlist_aNULL", "cipherlist_EXPORT",
           "cipherlist_LOW", "cipherlist_3DES_IDEA", "cipherlist_AVERAGE",
           "cipherlist_STRONG"},
    "-f": {"PFS", "PFS_ECDHE_curves"},
    "-P": {"cipher_order", "cipher_negotiated"},
    "-S": {"cert_keySize", "cert_signatureAlgorithm", "cert_commonName",
           "cert_trust", "cert_expirationStatus", "TLS_timestamp"},
    "-R": {"secure_renego", "secure_client_renego"},
    "-U": {"heartbleed", "CCS", "ROBOT", "secure_renego",
           "secure_client_renego", "CRIME_TLS", "POODLE_SSL", "fallback_SCSV",
           "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST", "LUCKY13", "RC4"},
}

NO_NETWORK = harness.private_network()


def above_low(findings):
    return ["%s %s: %s" % (f["severity"], f["id"], f["finding"])
            for f in findings if f["severity"] not in HARMLESS]


@harness.skip_if(shutil.which("testssl") is None, "testssl.sh is not installed")
@harness.skip_if(NO_NETWORK is not None, NO_NETWORK)
class Testssl(harness.Case):
    def scan(self, label, port, sections, *options):
        """The findings, as testssl.sh writes them."""
        out = self.dir / (label + ".json")
        done = harness.run(
            ["testssl", *sections, *options, "--nodns", "none", "--ip",
             "127.0.0.1", "--warnings", "off", "--quiet", "--color", "0",
             "--jsonfile", out, "localhost:%d" % port],
            check=False, timeout=TIME_LIMIT, env=self.env(), cwd=self.dir)
        said = done.stdout.decode(errors="replace")
        self.assertTrue(out.exists(), said)
        findings = json.loads(out.read_text())
        found = {f["id"] for f in findings}
        for section in sections:
            self.assertEqual(JUDGED[section] - found, set(), said)
        self.assertIn("scanTime", found, said)  # it came to its end
        return findings

    def summary(self, label, findings):
        """Prints what was found; fails for what must not be."""
        counts = collections.Counter(f["severity"] for f in findings)
        harness.comment("%s: %s" % (label, ", ".join(
            "%d %s" % (n, severity) for severity, n in counts.most_common())))
        for f in findings:
            if f["severity"] == "LOW":
                harness.comment("  LOW %s: %s" % (f["id"], f["finding"]))
            elif f["severity"] not in HARMLESS and f["id"] in ALLOWED:
                harness.comment("  %s %s: %s" % (
                    f["severity"], f["id"], ALLOWED[f["id"]]))
        self.assertEqual(above_low(f for f in findings
                                   if f["id"] not in ALLOWED), [], label)
        said = {f["id"]: f["finding"] for f in findings}
        # A certificate that nobody knows is always seen, if one looks.
        self.assertIn("self signed", said["cert_chain_of_trust"])
        self.assertEqual({name: said[name] for name in JUDGED["-p"]}, {
            "SSLv2": "not offered", "SSLv3": "not offered",
            "TLS1": "not offered", "TLS1_1": "not offered",
            "TLS1_2": "offered", "TLS1_3": "offered with final"})

    def judge(self, label, *options):
        """STARTTLS and TLS from the first octet, at the same time."""
        smtps = harness.free_port()
        server = self.server("--smtps", "127.0.0.1:%d" % smtps, *options)
        starttls, implicit = harness.together(
            lambda: self.scan("starttls", server.port, ALL,
                                 "--starttls", "smtp"),
            lambda: self.scan("implicit", smtps, SOME))
        self.summary(label + ", STARTTLS", starttls)
        self.summary(label + ", implicit TLS", implicit)

    def test_an_rsa_key_in_a_file(self):
        self.judge("RSA 2048", *harness.certificate(kind="rsa",
                                                    days=365).options)

    def test_the_certificate_that_it_makes_itself(self):
        self.judge("sans:localhost", "--smtp-tls-cert", "sans:localhost",
                   "--smtp-tls-key", "sans:localhost")

    def test_a_server_that_renegotiates_would_be_found(self):
        pair, port = harness.certificate(), harness.free_port()
        with open(self.dir / "s_server", "wb") as log:
            lax = subprocess.Popen(
                ["openssl", "s_server", "-accept", "127.0.0.1:%d" % port,
                 "-cert", pair.cert, "-key", pair.key, "-client_renegotiation"],
                stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.addCleanup(lax.communicate)
        self.addCleanup(lax.kill)
        harness.eventually(lambda: harness.listens(port), "s_server listens")
        self.assertRegex(
            "\n".join(above_low(self.scan("lax", port, ("-R",)))),
            r"(MEDIUM|HIGH) secure_client_renego: VULNERABLE")

    def test_who_renegotiates_is_told_and_sent_away(self):
        pair, smtps = harness.certificate(), harness.free_port()
        server = self.server("--smtps", "127.0.0.1:%d" % smtps, *pair.options)
        for label, port, options in (
                ("STARTTLS", server.port, ["-starttls", "smtp"]),
                ("implicit", smtps, [])):
            with self.subTest(label):
                for _ in range(10):
                    done = harness.run(
                        ["openssl", "s_client", "-tls1_2", *options,
                         "-connect", "127.0.0.1:%d" % port], input=b"R\n",
                        check=False)
                    self.assertEqual(done.returncode, 1)
                    # A greeting on its way gets between its own records.
                    if b"unexpected record" not in done.stderr:
                        break
                self.assertIn(b"no renegotiation", done.stderr)
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()


if __name__ == "__main__":
    harness.main()
