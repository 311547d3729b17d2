# SPDX-License-Identifier: MIT
"""process: the program, stand-alone or for one connection"""

import os
import re
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from common import (MAILPIT, PATIENCE, SANITIZER_REPORT, eventually,
                    free_port, listens, listens_at)
from dialogue import Dialogue, PipePair
from store import Maildir


def children(pid):
    """The process numbers of the children of a process, oldest first."""
    path = Path("/proc/%d/task/%d/children" % (pid, pid))
    return [int(child) for child in path.read_text().split()]


def memory(pid):
    """What a process has, in octets: Pss, Private_Dirty, Shared_Clean, ..."""
    text = Path("/proc/%d/smaps_rollup" % pid).read_text()
    return {name: 1024 * int(kib) for name, kib in
            re.findall(r"^(\w+): +(\d+) kB", text, re.M)}


def private_memory(pid):
    """What a process shares with no other, in octets."""
    found = memory(pid)
    return found["Private_Clean"] + found["Private_Dirty"]


class Process:
    """A mailpit that runs; its stderr is kept in a file, as is its stdout."""

    def __init__(self, argv, env, home, stdin=subprocess.DEVNULL,
                 stdout=None, prefix=(), **kw):
        self.argv = [str(a) for a in [*prefix, *argv]]
        self.errors = Path(tempfile.mktemp(prefix="stderr.", dir=home))
        self.said = self.errors.with_suffix(".out")
        with open(self.errors, "ab") as stderr, open(self.said, "ab") as out:
            self.process = subprocess.Popen(
                self.argv, env=env, cwd=home, stdin=stdin,
                stdout=stdout or out, stderr=stderr, **kw)

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        """Everything it wrote to stderr so far."""
        return self.errors.read_text(errors="replace")

    def wait_log(self, pattern, timeout=PATIENCE):
        """The first match of a regular expression in the log."""
        return eventually(lambda: re.search(pattern, self.log),
                          "%r in the log:\n%s" % (pattern, self.log), timeout)

    def wait(self, timeout=PATIENCE):
        """The exit status once it ended by itself."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("%s does not end\n%s" % (
                " ".join(self.argv), self.log)) from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def assert_clean(self):
        if SANITIZER_REPORT.search(self.errors.read_bytes()):
            raise AssertionError("sanitizer report:\n" + self.log)


class Server(Process):
    """A stand-alone mailpit that listens; use Case.server().

    port is its TCP port; path is set instead for a Unix socket.
    """

    def __init__(self, args, env, home, maildir, smtp=None, **kw):
        self.maildir = Maildir(maildir)
        self.path = None
        self.port = None
        argv = [MAILPIT]
        if smtp is None:
            self.port = free_port()
            smtp = "[::]:%d" % self.port
        if smtp.startswith("unix:"):
            self.path = smtp.split(":")[1]
        elif self.port is None:
            self.port = int(smtp.rpartition(":")[2])
        argv += ["--smtp", smtp, "--maildir", maildir]
        argv += args
        self.stopped = False
        super().__init__(argv, env, home, **kw)
        try:
            self._wait_until_ready()
        except AssertionError:
            self.kill()
            raise

    def _wait_until_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError("%s: exit status %d\n%s" % (
                    " ".join(self.argv), self.process.returncode, self.log))
            return listens_at(self.path) if self.path else listens(self.port)
        eventually(ready, "the server listens")

    def connect(self, port=None):
        """A connected socket, nothing read."""
        if self.path and port is None:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE)
            sock.connect(self.path)
            return sock
        return socket.create_connection(("127.0.0.1", port or self.port),
                                        timeout=PATIENCE)

    def dial(self, port=None, tls=False, context=None):
        """A Dialogue whose banner was read; tls=True from the first octet."""
        dialogue = Dialogue(self.connect(port))
        if tls:
            dialogue.tls(context)
        dialogue.banner()
        return dialogue

    def children(self):
        """The process numbers of the sessions, oldest first."""
        return children(self.pid)

    def stop(self, sig=signal.SIGTERM):
        """Stops it; exit status 0 and no sanitizer report, or it fails."""
        if self.stopped:
            return
        self.stopped = True
        if self.process.poll() is None:
            self.process.send_signal(sig)
        status = self.wait()
        self.assert_clean()
        if status != 0:
            raise AssertionError("stopped with exit status %d\n%s" % (
                status, self.log))


def made(maildir):
    """A process for one connection makes no Maildir; the administrator does."""
    Path(maildir).mkdir(mode=0o700, exist_ok=True)
    return Maildir(maildir)


class Filter(Process):
    """A mailpit --inetd for one connection; use Case.filter().

    smtp is a Dialogue on its stdin and stdout, the banner not yet read.
    """

    def __init__(self, args, env, home, maildir, kind="socket", **kw):
        self.maildir = made(maildir)
        argv = [MAILPIT, "--inetd", "--maildir", maildir, *args]
        if kind == "socket":
            ours, theirs = socket.socketpair()
            super().__init__(argv, env, home, stdin=theirs, stdout=theirs,
                             **kw)
            theirs.close()
        elif kind == "tcp":
            ours, theirs = tcp_pair()
            super().__init__(argv, env, home, stdin=theirs, stdout=theirs,
                             **kw)
            theirs.close()
        elif kind == "pipe":
            in_r, in_w = os.pipe()
            out_r, out_w = os.pipe()
            super().__init__(argv, env, home, stdin=in_r, stdout=out_w, **kw)
            os.close(in_r)
            os.close(out_w)
            ours = PipePair(out_r, in_w)
        else:
            raise ValueError(kind)
        self.smtp = Dialogue(ours)
        self.stopped = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.smtp.close()

    def finish(self):
        """Closes our side; it must end with status 0 and no report."""
        if self.stopped:
            return
        self.stopped = True
        self.smtp.close()
        status = self.wait()
        self.assert_clean()
        if status != 0:
            raise AssertionError("exit status %d\n%s" % (status, self.log))

    stop = finish


def tcp_pair():
    """Two ends of one TCP connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    return ours, theirs


class SuperServer:
    """Accepts on a port and runs mailpit --inetd for each connection.

    Stands for inetd, xinetd or a socket unit where only the form matters.
    """

    def __init__(self, args, env, home, maildir):
        self.args, self.env, self.home = args, env, home
        self.maildir = made(maildir)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.filters = []

    def dial(self, tls=False):
        """A Dialogue with a fresh process, the banner read."""
        ours = socket.create_connection(("127.0.0.1", self.port))
        theirs, _ = self.listener.accept()
        started = Process(
            [MAILPIT, "--inetd", "--maildir", self.maildir.path, *self.args],
            self.env, self.home, stdin=theirs, stdout=theirs)
        theirs.close()
        self.filters.append(started)
        dialogue = Dialogue(ours)
        if tls:
            dialogue.tls()
        dialogue.banner()
        return dialogue

    @property
    def log(self):
        return "".join(f.log for f in self.filters)

    def stop(self):
        self.listener.close()
        for f in self.filters:
            if f.wait() != 0:
                raise AssertionError("exit status %d\n%s" % (f.wait(), f.log))
            f.assert_clean()

    def kill(self):
        for f in self.filters:
            f.kill()
