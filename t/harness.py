# SPDX-License-Identifier: MIT
"""harness: what the end-to-end tests share.

A test file looks like this and is started by t/run, or by hand from the top
of the tree:

    import harness

    class Greeting(harness.Case):
        def test_the_banner_comes_first(self):
            server = self.server()
            with server.dial() as smtp:         # a Dialogue, banner read
                smtp.ehlo()
                message = smtp.deliver(b"Subject: x\\r\\n\\r\\nhello\\r\\n")
            self.assertEqual(self.stored(message).content, b"Subject: ...")

    if __name__ == "__main__":
        harness.main()

Every Case has its own folder (self.dir) below TMPDIR. When a test ends its
servers are stopped by SIGTERM, which must give exit status 0 and no sanitizer
report, and every Maildir that was used must pass maildir-layout/check.

A module may set RUN_SAN = False (no second run with the sanitizer build) and
TIME_LIMIT = seconds (for one run of the file; t/run reads both).

The environment names the programs: MAILPIT (default build/mailpit).
"""

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from common import (BUILD, MAILPIT, PATIENCE, SANITIZED, SANITIZER_REPORT,
                    TOP, bring_up_loopback, cache_dir, environment,
                    eventually, free_port, has_landlock, landlock_version,
                    listens, listens_at, private_network, run)
from dialogue import (Dialogue, PipePair, Reply, b64, plain, read_to_end,
                      stuffed, tls_context)
from keys import (KEY_OPTIONS, PASSWORD_FORMS, Pair, certificate,
                  chained_certificate, entry, expired_certificate,
                  first_certificate, replace)
from process import (Filter, Process, Server, SuperServer, children,
                     memory, private_memory, tcp_pair)
from store import Maildir, Stored

skip = unittest.skip
skip_if = unittest.skipIf


class Case(unittest.TestCase):
    """A test with a folder, processes that are stopped, Maildirs checked."""

    longMessage = True
    maxDiff = 2000

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(
            prefix=re.sub(r"\W", "_", self._testMethodName)[:40] + "."))
        self.maildir = Maildir(self.dir / "Maildir")
        self.stray_ok = False  # a test that kills processes may set it
        self._processes, self._maildirs = [], {}
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.addCleanup(self._finish)

    def _finish(self):
        try:
            for process in self._processes:
                process.stop()
            for maildir in self._maildirs.values():
                if maildir.path.is_dir():
                    maildir.check(self.stray_ok)
        finally:
            for process in self._processes:
                process.kill()

    def use(self, path=None):
        """Registers a Maildir for the check at the end; returns its path."""
        path = Path(path or self.maildir.path)
        self._maildirs[path] = Maildir(path)
        return path

    def env(self, extra=None):
        return environment(self.dir, extra)

    def server(self, *args, env=None, maildir=None, **kw):
        """Starts a stand-alone server on a free port and waits for it."""
        for attempt in (1, 2, 3):
            try:
                server = Server(args, self.env(env), self.dir,
                                self.use(maildir), **kw)
                break
            except AssertionError as e:
                if "in use" not in str(e) or "smtp" in kw or attempt == 3:
                    raise
        self._processes.append(server)
        return server

    def filter(self, *args, env=None, maildir=None, **kw):
        """Starts mailpit --inetd for one connection (kind: socket, tcp,
        pipe)."""
        started = Filter(args, self.env(env), self.dir, self.use(maildir),
                         **kw)
        self._processes.append(started)
        return started

    def superserver(self, *args, env=None, maildir=None):
        """A port with one mailpit --inetd per connection behind it."""
        started = SuperServer(args, self.env(env), self.dir,
                              self.use(maildir))
        self._processes.append(started)
        return started

    @contextlib.contextmanager
    def running(self, *argv, port=None, prefix=(), **kw):
        """Any super-server that listens; it is ended by SIGTERM."""
        started = Process(argv, self.env(), self.dir, prefix=prefix, **kw)
        try:
            eventually(lambda: listens(port or self.port) or
                       started.process.poll() is not None,
                       "%s listens" % argv[0])
            self.assertIsNone(started.process.poll(), started.log)
            yield started
        finally:
            started.process.terminate()
            try:
                started.process.wait(PATIENCE)
            finally:
                started.kill()

    def mailpit(self, *args, env=None, timeout=PATIENCE, prefix=(), **kw):
        """Runs mailpit to its end; stdout and stderr are text."""
        done = run([*prefix, MAILPIT, *args], check=False, cwd=self.dir,
                   env=self.env(env), timeout=timeout, **kw)
        self.assertIsNone(SANITIZER_REPORT.search(done.stderr),
                          done.stderr.decode(errors="replace"))
        done.stdout = done.stdout.decode(errors="replace")
        done.stderr = done.stderr.decode(errors="replace")
        return done

    def stored(self, message_id):
        """The stored message with that ID."""
        return self.maildir.find(message_id)

    def file(self, name, text=""):
        """Writes a file in the test's folder; returns its path."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def passwords(self, users=None, form="plain", name="passwd"):
        """A password file; users is a dict, by default joe with 'secret'."""
        users = users or {"joe": "secret"}
        return self.file(name, "".join(
            entry(user, password, form) + "\n"
            for user, password in users.items()))


def sentence(test):
    method = getattr(test, "_testMethodName", None)
    if method is None or not method.startswith("test_"):
        return str(test)
    return "%s: %s" % (type(test).__name__.lower(),
                       method[len("test_"):].replace("_", " "))


class TapResult(unittest.TestResult):
    """Prints one line per test; subtests that fail go into its diagnosis."""

    def __init__(self, out):
        super().__init__()
        self.out = out
        self.number = 0
        self.troubles = {}
        self.started = {}

    def startTest(self, test):
        super().startTest(test)
        self.started[test] = time.monotonic()
        self.troubles[test] = []

    def _note(self, test, err, label=""):
        # The library's own frames are left out of this form.
        text = self._exc_info_to_string(err, test)
        self.troubles.setdefault(test, []).append(label + text)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        if test not in self.started:  # setUpClass and the like
            self._note(test, err)
            self._print(test)
            return
        self._note(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, err, subtest._subDescription() + "\n")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.number += 1
        print("ok %d - %s # SKIP %s" % (self.number, sentence(test), reason),
              file=self.out, flush=True)
        self.started.pop(test, None)

    def stopTest(self, test):
        super().stopTest(test)
        if test in self.started:
            self._print(test)

    def _print(self, test):
        self.number += 1
        troubles = self.troubles.pop(test, [])
        took = time.monotonic() - self.started.pop(test, time.monotonic())
        print("%s %d - %s (%.2fs)" % ("not ok" if troubles else "ok",
                                      self.number, sentence(test), took),
              file=self.out)
        for trouble in troubles:
            for line in trouble.splitlines():
                print("# " + line, file=self.out)
        self.out.flush()


def together(*functions, workers=None):
    """Calls all at the same time; returns what they return, in order.

    The first exception among them is raised when all have ended.
    """
    with ThreadPoolExecutor(workers or len(functions)) as pool:
        started = [pool.submit(function) for function in functions]
    return [each.result() for each in started]


def comment(text):
    """Prints a TAP comment that t/run keeps in the log."""
    for line in text.splitlines():
        print("# " + line, flush=True)


def main():
    """Runs the tests of the file that was started; TAP on stdout.

    Arguments are parts of test names; without any, all tests run.
    """
    module = sys.modules["__main__"]
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    tests = []

    def collect(node):
        for each in node:
            if isinstance(each, unittest.TestSuite):
                collect(each)
            elif not sys.argv[1:] or any(
                    word in each.id() or word in sentence(each)
                    for word in sys.argv[1:]):
                tests.append(each)
    collect(suite)
    print("TAP version 13\n1..%d" % len(tests), flush=True)
    made_tmp = None
    if "MAILPIT_TEST_TMP" not in os.environ:  # started by hand
        made_tmp = tempfile.mkdtemp(prefix="mailpit-e2e.")
        tempfile.tempdir = made_tmp
    result = TapResult(sys.stdout)
    try:
        unittest.TestSuite(tests).run(result)
    finally:
        if made_tmp:
            shutil.rmtree(made_tmp, ignore_errors=True)
    sys.exit(0 if result.wasSuccessful() else 1)
