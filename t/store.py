# SPDX-License-Identifier: MIT
"""store: reads the Maildir that the program wrote"""

import re
from pathlib import Path

from common import CHECK, PATIENCE, run


class Stored:
    """A message in the Maildir: our block of fields, and the client's octets.

    fields   the fields of our block, in order: (name, value) with folds joined
    content  what follows the block, lines ending in LF
    """

    def __init__(self, path):
        self.path = path
        self.raw = path.read_bytes()
        self.fields, self.content = self._split()

    def _split(self):
        at, fields, ours = 0, [], (b"Return-Path", b"Delivered-To", b"Received")
        while at < len(self.raw):
            found = re.compile(rb"([!-9;-~]+): ?(.*(?:\n[ \t].*)*)\n").match(
                self.raw, at)
            if not found or found.group(1) not in ours:
                break
            value = re.sub(rb"\n[ \t]+", b" ", found.group(2))
            fields.append((found.group(1).decode(), value.decode("latin-1")))
            at = found.end()
            if fields[-1][0] == "Received":
                return fields, self.raw[at:]
        raise AssertionError("no block of ours on top of %s:\n%r" % (
            self.path, self.raw[:300]))

    def values(self, name):
        return [value for field, value in self.fields if field == name]

    @property
    def return_path(self):
        return self.values("Return-Path")[0]

    @property
    def delivered_to(self):
        return self.values("Delivered-To")

    @property
    def received(self):
        return self.values("Received")[0]

    @property
    def id(self):
        found = re.search(r"R([0-9A-Za-z]{22})\.", self.path.name)
        return found and found.group(1)

    def holds(self, octets):
        """The client's octets (CRLF as sent) are what is stored.

        A message without a header of its own has an empty line above it.
        """
        wanted = octets.replace(b"\r\n", b"\n")
        if self.content == wanted:
            return True
        return self.content == b"\n" + wanted and \
            not re.match(rb"[!-9;-~]+[ \t]*:", wanted)


class Maildir:
    """Reads a Maildir; waits for nothing, because 250 means it is there."""

    def __init__(self, path):
        self.path = Path(path)

    def names(self):
        """All message files, oldest name first."""
        found = []
        for folder in ("new", "cur"):
            if (self.path / folder).is_dir():
                found += (self.path / folder).iterdir()
        return sorted(found, key=lambda p: p.name)

    def __len__(self):
        return len(self.names())

    def messages(self):
        return [Stored(path) for path in self.names()]

    def only(self):
        names = self.names()
        assert len(names) == 1, "not one message but: %s" % names
        return Stored(names[0])

    def find(self, message_id):
        """The message with that ID; fails if it is not there exactly once."""
        found = [p for p in self.names() if "R%s." % message_id in p.name]
        assert len(found) == 1, "message %s: %s among %s" % (
            message_id, found, self.names())
        return Stored(found[0])

    def stray(self):
        """What lies in tmp/."""
        tmp = self.path / "tmp"
        return sorted(tmp.iterdir()) if tmp.is_dir() else []

    def findings(self, message_id):
        """The lines of the findings file; none if there is no file."""
        path = self.path / "mailpit" / "findings" / message_id
        return path.read_text().splitlines() if path.exists() else []

    def sessions(self):
        """The lines of all session logs."""
        found = sorted((self.path / "mailpit").glob("sessions.*"))
        return [line for path in found
                for line in path.read_text().splitlines()]

    def check(self, stray_ok=False):
        """Runs maildir-layout/check; fails with what it says."""
        run([CHECK] + ["--stray-ok"] * stray_ok + [self.path],
            timeout=PATIENCE + len(self) / 1000)
