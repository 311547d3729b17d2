# SPDX-License-Identifier: MIT
"""delivering: deliveries whose system calls are watched, or made to fail"""

import re
from pathlib import Path

import harness

NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}  # it cannot look under strace
CALLS = "openat,write,fsync,close,renameat2,linkat,unlinkat,sendto,fchmod"
# It has findings: neither From nor Date.
MESSAGE = b"Subject: a\r\n\r\nText.\r\n"
# What the client is told when the store fails, by the error.
REFUSALS = {
    "ENOSPC": "452 4.3.1", "EFBIG": "452 4.3.1", "EDQUOT": "452 4.2.2",
    "EIO": "451 4.3.0", "EROFS": "451 4.3.0", "EMFILE": "451 4.3.0",
    "ENOMEM": "451 4.3.0",
}

CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(<[^>]*>)?")

# The steps of a delivery in their order: call, and what its line holds.
STEPS = {
    "create": ("openat", r"/tmp>, .*O_CREAT\|O_EXCL\|O_NOFOLLOW"),
    "write": ("write", r"^\d+<[^>]*/Maildir/tmp/"),
    "sync": ("fsync", r"^\d+<[^>]*/Maildir/tmp/"),
    "close": ("close", r"^\d+<[^>]*/Maildir/tmp/"),
    "show": ("renameat2", r"/tmp>, .*/new>, .*RENAME_NOREPLACE"),
    "sync folder": ("fsync", r"^\d+<[^>]*/Maildir/new>"),
    "reply": ("sendto", r"250 2\.0\.0 Ok: queued"),
}
# The same for what is odd about the message.
SIDE_STEPS = {
    "create findings": ("openat", r"/findings>, .*O_CREAT\|O_EXCL"),
    "write findings": ("write", r"^\d+<[^>]*/findings/"),
    "sync findings": ("fsync", r"^\d+<[^>]*/findings/"),
    "close findings": ("close", r"^\d+<[^>]*/findings/"),
    "sync findings folder": ("fsync", r"^\d+<[^>]*/findings>"),
}


class Calls(list):
    """The calls that strace wrote down: (name, arguments, result)."""

    def __init__(self, path):
        super().__init__(found.groups()[:3] for found in map(
            CALL.match, Path(path).read_text(errors="replace").splitlines())
            if found)

    def find(self, step, after=-1):
        """Where a step stands behind the position; None if nowhere."""
        name, pattern = {**STEPS, **SIDE_STEPS}[step]
        for i, (call, arguments, _) in enumerate(self):
            if i > after and call == name and re.search(pattern, arguments):
                return i
        return None

    def turn(self, step):
        """The how-manieth call of its name a step is, from 1."""
        at = self.find(step)
        assert at is not None, "no %s in %s" % (step, self)
        return sum(call == self[at][0] for call, _, _ in self[:at + 1])


class Delivery(harness.Case):
    def assert_nothing_stored(self, maildir=None):
        maildir = self.maildir if maildir is None else maildir
        self.assertEqual(maildir.names(), [])
        self.assertEqual(maildir.stray(), [])
        findings = maildir.path / "mailpit" / "findings"
        self.assertEqual(list(findings.iterdir()), [])

    def traced(self, name, *args, inject=()):
        """A filter under strace, greeted; and where strace writes."""
        log = self.dir / (name + ".strace")
        prefix = ["strace", "-f", "-y", "-s", "200", "-o", log,
                  "-e", "trace=" + CALLS]
        for each in inject:
            prefix += ["-e", "inject=" + each]
        started = self.filter(*args, maildir=self.dir / name / "Maildir",
                              env=NO_LEAKS, prefix=prefix)
        started.smtp.banner()
        started.smtp.ehlo()
        return started, log

    def filter(self, *args, maildir=None, **kw):
        (maildir or self.maildir.path).mkdir(parents=True, exist_ok=True,
                                             mode=0o700)
        return super().filter(*args, maildir=maildir, **kw)

    def watch(self, *args):
        """The calls of one delivery."""
        started, log = self.traced("watched", *args)
        started.smtp.deliver(MESSAGE)
        started.smtp.quit()
        started.finish()
        return Calls(log)
