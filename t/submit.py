# SPDX-License-Identifier: MIT
"""submit: what the tests of mailpit sendmail share"""

import re
import socket

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
