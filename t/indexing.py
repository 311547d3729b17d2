# SPDX-License-Identifier: MIT
"""indexing: ask an index, and compare its answers with the folders"""

import os
import random
import subprocess
import threading

import harness
from common import BUILD, SANITIZED, SANITIZER_REPORT, TOP

ASK = BUILD / "ask-index"
MESSAGES = 60 if SANITIZED else 300
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Asker:
    """One process with an index open."""

    def __init__(self, maildir, folder, env, *options):
        self.process = subprocess.Popen(
            [ASK, maildir, folder, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        self.log = b""
        self.reader = threading.Thread(target=self._drain)
        self.reader.start()

    def _drain(self):
        for line in self.process.stderr:
            self.log += line

    def ask(self, command):
        """The lines of an answer; None: it failed."""
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        lines = []
        while True:
            line = self.process.stdout.readline().decode(
                errors="replace").rstrip("\n")
            if line in ("ok", "failed", ""):
                return lines if line == "ok" else None
            lines.append(line.split("\t"))

    def ids(self, query="", limit=100000):
        return [line[1] for line in self.ask(
            "list 0 %d %s" % (limit, query)) if line[0] == "row"]

    def counts(self, query=""):
        line = self.ask("list 0 0 " + query)[-1]
        return tuple(int(n) for n in line[1:5])

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(60)
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        assert not SANITIZER_REPORT.search(self.log), self.log.decode()
        assert status == 0, (status, self.log)

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout,
                     self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(self._testMethodName)
        self.folder = self.dir / "index"
        self.top = self.dir / "Maildir"
        self.count = 0

    def make(self):
        os.umask(0o077)
        self.top.mkdir()
        for name in (TOP / "maildir-layout/skel").read_text().split():
            (self.top / name).mkdir()
        self.use(self.top)

    def add(self, count=1, subject="number", extra="", where="new"):
        """Messages as a delivery puts them; returns their IDs."""
        ids = []
        for _ in range(count):
            self.count += 1
            n = self.count
            message_id = "1" + "".join(
                self.random.choice(DIGITS) for _ in range(21))
            data = ("Return-Path: <a@example.org>\n"
                    "Delivered-To: u%d@example.com\n"
                    "Received: from unknown ([local])\n"
                    "\tby vm (Mailpit) with SMTP\n"
                    "\tid %s; Mon, 23 Nov 2026 23:26:57 +0000\n"
                    "From: Joe <joe%d@example.com>\nTo: u@example.com\n"
                    "Subject: %s %d\nMessage-ID: <m%d@x>\n%s\nbody w%dx\n"
                    % (n, message_id, n % 7, subject, n, n, extra, n)
                    ).encode()
            name = "%d.M%06dP1Q%dR%s.vm,S=%d,W=%d" % (
                1795000000 + n // 10, n % 10 * 100000, n, message_id,
                len(data), len(data) + data.count(b"\n"))
            path = self.top / "tmp" / name
            path.write_bytes(data)
            path.rename(self.top / where / (
                name + (":2," if where == "cur" else "")))
            ids.append(message_id)
        return ids

    def file_of(self, message_id):
        for folder in ("new", "cur"):
            for name in os.listdir(self.top / folder):
                if "R%s." % message_id in name:
                    return self.top / folder / name
        return None

    def file_in_new(self, message_id):
        """A message that is sure to be there."""
        return next(path for path in (self.top / "new").iterdir()
                    if "R%s." % message_id in path.name)

    def present(self):
        """IDs with 'seen' as the folders have them, newest first."""
        names = {}
        for folder in ("new", "cur"):
            for name in os.listdir(self.top / folder):
                unique, _, info = name.partition(":2,")
                names[unique] = "S" in info
        return [(unique.split(".")[1].partition("R")[2], names[unique])
                for unique in sorted(names, reverse=True)]

    def asker(self, *options):
        asker = Asker(self.top, self.folder, self.env(), *options)
        self.addCleanup(asker.kill)
        return asker

    def assert_true_answers(self, asker):
        rows = [(line[1], line[3] == "1") for line in
                asker.ask("list 0 1000000") if line[0] == "row"]
        self.assertEqual(rows, self.present())
        unread = sum(not seen for _, seen in rows)
        self.assertEqual(asker.counts()[:2], (len(rows), unread))
        self.assertEqual(asker.counts("is:unread")[2], unread)
        self.assertEqual(
            asker.counts("subject:number")[2],
            sum(1 for _ in rows))
        if rows:
            self.assertIn(rows[0][0], asker.ids("body"))
