# SPDX-License-Identifier: MIT
"""keys: certificates, and password files in every form"""

import base64
import functools
import hashlib
import os
import shutil
import ssl
from pathlib import Path

from common import cache_dir, run


class Pair:
    """A certificate file and its key file."""

    def __init__(self, cert, key):
        self.cert, self.key = Path(cert), Path(key)

    @property
    def options(self):
        return ["--smtp-tls-cert", self.cert, "--smtp-tls-key", self.key]

    @property
    def fingerprint(self):
        """SHA-256 of the leaf, lower-case hex."""
        der = ssl.PEM_cert_to_DER_cert(
            first_certificate(self.cert.read_text()))
        return hashlib.sha256(der).hexdigest()

    def copy_to(self, folder, name="server"):
        """A copy of its own, to be replaced later."""
        cert, key = folder / (name + ".crt"), folder / (name + ".key")
        shutil.copyfile(self.cert, cert)
        shutil.copyfile(self.key, key)
        key.chmod(0o600)
        return Pair(cert, key)


def first_certificate(pem):
    end = "-----END CERTIFICATE-----"
    start = pem.index("-----BEGIN CERTIFICATE-----")
    return pem[start:pem.index(end, start) + len(end)] + "\n"


KEY_OPTIONS = {
    "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["-newkey", "rsa:2048"],
    "ed25519": ["-newkey", "ed25519"],
}


@functools.cache
def certificate(name="localhost", kind="ecdsa", days=30, serial=0):
    """A self-signed pair, made once per file; a new serial, a new pair."""
    folder = cache_dir()
    base = "%s.%s.%d.%d" % (name, kind, days, serial)
    pair = Pair(folder / (base + ".crt"), folder / (base + ".key"))
    run(["openssl", "req", "-x509", "-noenc", *KEY_OPTIONS[kind],
         "-days", days, "-subj", "/CN=" + name,
         "-addext", "subjectAltName=DNS:" + name,
         "-keyout", pair.key, "-out", pair.cert])
    return pair


@functools.cache
def expired_certificate():
    """A self-signed pair whose time is over."""
    folder = cache_dir()
    pair = Pair(folder / "expired.crt", folder / "expired.key")
    template = folder / "expired.template"
    template.write_text(
        'cn = "localhost"\ndns_name = "localhost"\n'
        'activation_date = "2020-01-01 00:00:00"\n'
        'expiration_date = "2020-02-01 00:00:00"\n')
    run(["certtool", "--generate-privkey", "--key-type", "ecdsa",
         "--outfile", pair.key])
    run(["certtool", "--generate-self-signed", "--load-privkey", pair.key,
         "--template", template, "--outfile", pair.cert])
    return pair


@functools.cache
def chained_certificate():
    """A pair whose certificate file holds leaf and intermediate, and the CA.

    Returns the pair and the file of the root, which alone signs nothing here.
    """
    folder = cache_dir() / "chain"
    folder.mkdir()

    def signed(name, by, extensions):
        (folder / (name + ".ext")).write_text(extensions)
        run(["openssl", "req", "-new", "-noenc", *KEY_OPTIONS["ecdsa"],
             "-subj", "/CN=" + name, "-keyout", folder / (name + ".key"),
             "-out", folder / (name + ".csr")])
        run(["openssl", "x509", "-req", "-in", folder / (name + ".csr"),
             "-CA", folder / (by + ".crt"), "-CAkey", folder / (by + ".key"),
             "-CAcreateserial", "-days", 30, "-extfile",
             folder / (name + ".ext"), "-out", folder / (name + ".crt")])

    run(["openssl", "req", "-x509", "-noenc", *KEY_OPTIONS["ecdsa"],
         "-days", 30, "-subj", "/CN=root", "-keyout", folder / "root.key",
         "-out", folder / "root.crt"])
    authority = "basicConstraints=critical,CA:TRUE\n"
    signed("intermediate", "root", authority)
    signed("localhost", "intermediate", "subjectAltName=DNS:localhost\n")
    both = folder / "both.crt"
    both.write_bytes((folder / "localhost.crt").read_bytes() +
                     (folder / "intermediate.crt").read_bytes())
    return Pair(both, folder / "localhost.key"), folder / "root.crt"


def replace(target, source):
    """What a renewal does: a new file, renamed over the old one."""
    fresh = Path(str(target) + ".fresh")
    if isinstance(source, (str, bytes)):
        fresh.write_bytes(source.encode() if isinstance(source, str)
                          else source)
    else:
        shutil.copyfile(source, fresh)
    os.rename(fresh, target)


def salted_sha1(password):
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def by_openssl(kind):
    return lambda password: run(
        ["openssl", "passwd", kind, "-stdin"],
        input=password.encode()).stdout.decode().strip()


def by_htpasswd(*options):
    return lambda password: run(
        ["htpasswd", "-niB" if "-B" in options else "-ni", *options, "u"],
        input=password.encode()).stdout.decode().strip().partition(":")[2]


def by_mkpasswd(method, *options):
    return lambda password: run(
        ["mkpasswd", "-s", "-m", method, *options],
        input=password.encode()).stdout.decode().strip()


# Every form of a password file entry, and who makes it.
PASSWORD_FORMS = {
    "plain": lambda password: password,
    "{PLAIN}": lambda password: "{PLAIN}" + password,
    "{SHA}": by_htpasswd("-s"),
    "{SSHA}": salted_sha1,
    "$apr1$": by_htpasswd("-m"),
    "$1$": by_openssl("-1"),
    "$2a$": by_mkpasswd("bcrypt-a", "-R", "5"),
    "$2b$": by_mkpasswd("bcrypt", "-R", "5"),
    "$2y$": by_htpasswd("-B", "-C", "5"),
    "$5$": by_openssl("-5"),
    "$6$": by_mkpasswd("sha512crypt", "-R", "5000"),
    "$y$": by_mkpasswd("yescrypt"),
    "$7$": by_mkpasswd("scrypt"),
    "$gy$": by_mkpasswd("gost-yescrypt"),
}


@functools.cache
def entry(user, password, form="plain"):
    """One line of a password file, without its line end."""
    secret = PASSWORD_FORMS[form](password)
    assert form == "plain" or secret.startswith(form), (form, secret)
    return "%s:%s" % (user, secret)
