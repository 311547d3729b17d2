# SPDX-License-Identifier: MIT
"""options: what the tests of the command line share"""

import harness

USAGE, CONFIG = 64, 78

CERT = object()      # stands for a pair's options
PASSWD = object()    # stands for the path of a good password file
PAGES = ("--listen", "127.0.0.1:0")  # with pages, whose settings then count


class Options(harness.Case):
    """Shared: rows of arguments with the stand-ins filled in."""

    def fill(self, args):
        filled = []
        for arg in args:
            if arg is CERT:
                filled += harness.certificate().options
            elif arg is PASSWD:
                filled.append(self.passwords())
            else:
                filled.append(str(arg).replace("DIR", str(self.dir)))
        return filled

    def check(self, *args, env=None):
        """mailpit --check with these arguments."""
        return self.mailpit("--check", "--maildir", self.use(),
                            *self.fill(args), env=env)

    def assert_refused(self, status, words, *args, env=None):
        """Both --check and a start refuse, and say each of the words."""
        for argv in ([*args, "--check"], args):
            done = self.mailpit(
                "--smtp", "127.0.0.1:%d" % harness.free_port(), "--maildir",
                self.use(), *self.fill(argv), env=env)
            said = done.stdout + done.stderr
            self.assertEqual(done.returncode, status, said)
            for word in words:
                self.assertIn(word.replace("DIR", str(self.dir)), said)
