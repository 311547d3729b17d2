# SPDX-License-Identifier: MIT
"""e2e_soak: very many messages in mixed forms, and each of them is there

32 senders (scripts/soak-load.c) use every way to get a process, all into one
Maildir, with and without TLS, AUTH and fsync, while a mail reader moves what
is new, and changes flags. What was acknowledged is then compared with what is
stored, by number, ID and SHA-256. `make soak` sends 200,000 messages; SOAK
says how many.
"""

import collections
import contextlib
import hashlib
import multiprocessing
import os
import random
import re
import subprocess
import time
import zlib

import harness
from common import TOP

RUN_SAN = False  # it is about many, and the sanitizers make it few
TIME_LIMIT = 240
COUNT = int(os.environ.get("SOAK", "6000"))
SEED = int(os.environ.get("SOAK_SEED", "20261124"))
SENDERS = 32
LOAD = TOP / "build" / "soak-load"
USER, PASSWORD = "joe", "secret"
SUBJECT = re.compile(rb"Subject: (\d+)\n")
# What the reader gives to messages, one after the other.
FLAGS = ("S", "FS", "", "RS", "F", "FRS", "ST")


def read_mail(maildir, ended, done):
    """A mail reader that is never content: moves to cur/, changes flags.

    It leaves one message of 64 in new/ alone. done: how many it moved, and
    how many it gave other flags.
    """
    dice = random.Random(SEED)
    new, cur = maildir.path / "new", maildir.path / "cur"
    seen = []  # what it moved, without flags, and the number of the flags

    def rename(old, folder, unique, turn):
        os.rename(old, folder / ("%s:2,%s" % (unique, FLAGS[turn])))
    while not ended.is_set():
        for name in os.listdir(new):
            if zlib.crc32(os.fsencode(name)) % 64 != 0:
                rename(new / name, cur, name, 0)
                seen.append([name, 0])
                done[0] += 1
        for _ in range(min(len(seen), 50)):
            mail = dice.choice(seen)
            unique, turn = mail
            mail[1] = (turn + 1) % len(FLAGS)
            rename(cur / ("%s:2,%s" % (unique, FLAGS[turn])), cur, unique,
                   mail[1])
            done[1] += 1
        time.sleep(0.02)


class Entry(collections.namedtuple("Entry", "number id size digest")):
    """A line of the ledger: what was acknowledged."""


class Soak(harness.Case):
    def setUp(self):
        super().setUp()
        self.ways = []
        harness.run(["make", "-s", "-C", TOP, LOAD.relative_to(TOP)],
                    timeout=300)

    # --- every way to get a process ---

    def way(self, label, address, *words):
        """One more way to send; an address is a port or a text."""
        if isinstance(address, int):
            address = "127.0.0.1:%d" % address
        self.ways.append((", ".join([label, *words]),
                          ",".join([address, *words])))

    def stand_alone(self, *options):
        """Binds by itself; with a password file, so AUTH comes first."""
        smtps = harness.free_port()
        server = self.server(
            "--max", "0", "--smtps", "127.0.0.1:%d" % smtps,
            "--smtp-auth-file", self.passwords({USER: PASSWORD}),
            "--smtp-auth-allow-insecure", *harness.certificate().options,
            *options)
        self.way("stand-alone", server.port, "auth")
        self.way("stand-alone", server.port, "starttls", "auth")
        self.way("stand-alone", smtps, "smtps", "auth")

    def unix_socket(self, *options):
        address = "unix:%s:600" % (self.dir / "smtp.sock")
        self.server("--max", "0", *options, smtp=address)
        self.way("a Unix socket", address)

    def command(self, *options):
        return [harness.MAILPIT, "--maildir", self.use(), *options]

    @contextlib.contextmanager
    def waiting(self, label, *options):
        """Takes listening sockets, as from a socket unit."""
        smtp, smtps = harness.free_port(), harness.free_port()
        with self.running(
                "systemd-socket-activate", "-l", "127.0.0.1:%d" % smtp,
                "-l", "127.0.0.1:%d" % smtps, "--fdname=smtp:smtps",
                *self.command("--idle-exit", "0", *options,
                              *harness.certificate().options),
                port=smtp) as server:
            self.way(label, smtp)
            self.way(label, smtp, "starttls")
            self.way(label, smtps, "smtps")
            yield server
        self.assertEqual(server.process.returncode, 0, server.log)

    @contextlib.contextmanager
    def executed(self, superserver, port, *options, words=()):
        """A program for each connection."""
        with self.running(*superserver, *self.command("--inetd", *options),
                          port=port) as server:
            self.way(superserver[0], port, *words)
            yield server

    @contextlib.contextmanager
    def all_ways(self):
        quick, pair = "--no-fsync", harness.certificate()
        accept, tcpserver = harness.free_port(), harness.free_port()
        self.stand_alone(quick)
        self.unix_socket(quick)
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.waiting("wait form", quick))
            stack.enter_context(self.waiting("wait form with fsync"))
            stack.enter_context(self.executed(
                ["systemd-socket-activate", "--accept", "--inetd", "-l",
                 "127.0.0.1:%d" % accept], accept, quick))
            stack.enter_context(self.executed(
                ["tcpserver", "-H", "-R", "-l", "localhost", "-c", "40",
                 "127.0.0.1", str(tcpserver)], tcpserver, "--smtp-auth-file",
                self.passwords({USER: PASSWORD}), *pair.options,
                words=("starttls", "auth")))
            yield

    # --- what goes on meanwhile ---

    @contextlib.contextmanager
    def reading(self):
        fork = multiprocessing.get_context("fork")
        done, ended = fork.Array("q", 2), fork.Event()
        reader = fork.Process(target=read_mail,
                              args=(self.maildir, ended, done))
        reader.start()
        try:
            yield
        finally:
            ended.set()
            reader.join(harness.PATIENCE)
            reader.kill()
        self.assertEqual(reader.exitcode, 0, "the reader failed")
        harness.comment("the reader moved %d to cur/ and changed the flags of"
                        " %d" % tuple(done))
        self.assertGreater(min(done), 0)

    def tell_way(self, index, sessions, messages):
        harness.comment("%s: %d connections, %d messages" % (
            self.ways[index][0], sessions, messages))
        if COUNT >= 1000:  # few messages need not come every way
            self.assertGreater(messages, 0)

    def send(self, ledger):
        """Runs the senders, and prints what they say."""
        log = self.file("soak-load.log")
        with open(log, "wb") as errors:
            sender = subprocess.Popen(
                [LOAD, "--messages", str(COUNT), "--senders", str(SENDERS),
                 "--seed", str(SEED), "--ledger", ledger, "--auth",
                 "%s:%s" % (USER, PASSWORD), *(way for _, way in self.ways)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, text=True)
        self.addCleanup(sender.kill)
        said = {}
        with sender.stdout as lines:
            for line in lines:
                word, _, rest = line.strip().partition(" ")
                said[word] = rest
                if word == "sent":
                    harness.comment(line.strip())
                elif word == "way":
                    self.tell_way(*map(int, rest.split()))
        self.assertEqual(sender.wait(harness.PATIENCE), 0,
                         log.read_text(errors="replace"))
        seconds = float(said["seconds"])
        harness.comment(
            "%s messages, %.1f MB, in %.1f s: %.0f a second (seed %d)" % (
                said["messages"], int(said["octets"]) / 1e6, seconds,
                COUNT / seconds, SEED))

    # --- what it comes to ---

    def read_ledger(self, path):
        """What was acknowledged, by ID; each number and each ID once."""
        with open(path, encoding="ascii") as lines:
            entries = [Entry(int(number), message, int(size), digest)
                       for number, message, size, digest in
                       map(str.split, lines)]
        self.assertEqual(sorted(e.number for e in entries),
                         list(range(COUNT)))
        by_id = {e.id: e for e in entries}
        self.assertEqual(len(by_id), COUNT)
        self.assertEqual(len({e.digest for e in entries}), COUNT)
        return by_id

    def compare(self, acknowledged):
        """Takes each stored message off what was acknowledged."""
        missing = dict(acknowledged)
        for path in self.maildir.names():
            stored = harness.Stored(path)
            entry = missing.pop(stored.id, None)
            self.assertIsNotNone(entry, "%s: doubled, or not sent" % path)
            self.assertEqual(
                (len(stored.content),
                 hashlib.sha256(stored.content).hexdigest()),
                (entry.size, entry.digest), path)
            self.assertEqual(int(SUBJECT.match(stored.content).group(1)),
                             entry.number)
        self.assertEqual(missing, {})

    def test_what_was_sent_is_stored_and_nothing_twice(self):
        ledger = self.dir / "ledger"
        self.use().mkdir(mode=0o700)
        with self.all_ways(), self.reading():
            self.send(ledger)
        acknowledged = self.read_ledger(ledger)
        began = time.monotonic()
        self.assertEqual(len(self.maildir), COUNT)
        self.compare(acknowledged)
        self.assertEqual(self.maildir.stray(), [])  # all else: check()
        harness.comment("compared in %.1f s: %d sent = %d stored" % (
            time.monotonic() - began, len(acknowledged), len(self.maildir)))


if __name__ == "__main__":
    harness.main()
