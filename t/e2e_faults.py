# SPDX-License-Identifier: MIT
"""e2e_faults: killed, or refused something, at every single system call

One delivery is watched call by call. Then it is done again for each of its
calls, which is made to fail in each way that it can, or to be the last one.
After each, the client has been told the truth: what it has a 250 for is in
new/, whole; what it has none for is not there, unless the session died
between the two.
"""

import contextlib
import io
import os
import shutil
import signal
import socket
import tempfile
import time
import types
from collections import Counter, namedtuple
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import common
import harness
from delivering import REFUSALS
from faults import KILL, SHORT, SUPPORTED, Client, Fault, Tracer, call_names

RUN_SAN = False  # sanitizers make calls of their own
TIME_LIMIT = 240

# More than one write, and findings: neither From nor Date.
MESSAGE = b"Subject: a\r\n\r\n" + b"0123456789abcde.\r\n" * 6000

ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENOMEM")
NO_ROOM = ("EMFILE", "ENFILE", "ENOMEM")
# The calls that can be refused, and how.
KINDS = {
    **dict.fromkeys((
        "openat", "mkdirat", "newfstatat", "fstat", "faccessat2", "fchmod",
        "fchown", "read", "pread64", "lseek", "write", "fsync", "syncfs",
        "close", "renameat2", "linkat", "unlinkat", "memfd_create",
        "recvfrom", "sendto", "shutdown"), ERRORS),
    **dict.fromkeys(("accept4", "clone", "clone3", "ppoll", "wait4"), NO_ROOM),
    **dict.fromkeys((
        "brk", "mmap", "munmap", "mprotect", "poll", "getpeername",
        "getsockname", "getsockopt", "seccomp", "landlock_create_ruleset",
        "landlock_add_rule", "landlock_restrict_self"), ("ENOMEM",)),
}
CONNECTION = ("recvfrom", "sendto", "shutdown", "poll", "ppoll")
FORKS = ("clone", "clone3")
SHORTENED = ("write", "sendto")
EX_CONFIG = 78  # sysexits.h: what a session that cannot begin ends with
MEMORY = "/dev/shm"
STALE = 37 * 3600  # s, beyond what prune spares

AT_ONCE = 2
PATIENCE = 30  # s for one point
ENOUGH = 10  # troubles of one process; each may take that long
TRIES = 5  # of a point whose call was made by another turn of events

# What came of one point: the trouble if there is any, whether there was a 250,
# and whether the file is there without one.
Outcome = namedtuple("Outcome", "fault trouble acknowledged unsaid")


def load_checker():
    """maildir-layout/check as a module: a process for each point is dear."""
    module = types.ModuleType("check")
    exec(compile(common.CHECK.read_text(), common.CHECK, "exec"),
         module.__dict__)
    return module


checker = load_checker()
# The replies of a session, each with a call of its own.
STEPS = ("banner", "EHLO", "MAIL", "RCPT", "DATA", "message", "QUIT")


class Order:
    """Where in the calls of a session the steps of its delivery stand."""

    def __init__(self, calls, replies=()):
        self.calls = calls
        said = [at for at, name in enumerate(calls) if name == "sendto"]
        self.said = dict(zip(STEPS, said))
        assert len(said) == len(replies), (said, replies)
        # Before it the program is loaded; a child was loaded already.
        self.main = self._first("fcntl")
        self.show = self._first("linkat") or self._first("renameat2")

    def _first(self, name):
        return self.calls.index(name) if name in self.calls else 0

    @property
    def greeting(self):
        return self.said["banner"]

    @property
    def reply(self):
        return self.said["message"]

    def delivers(self, at):
        """From DATA to its 250, both included."""
        return self.said["RCPT"] < at <= self.reply


class Form:
    """How a session comes to be; one after another in the same folder."""

    def __init__(self, folder, standing=None):
        self.folder = Path(folder)
        self.maildir = harness.Maildir(self.folder / "Maildir")
        self.env = harness.environment(self.folder)
        self.tracer = Tracer(standing)
        self.log = os.open(self.folder / "log",
                           os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.maildir.path.mkdir(mode=0o700)

    def start(self, role, *argv, stdin, stdout):
        self.tracer.start(role, [harness.MAILPIT, *argv, "--maildir",
                                 self.maildir.path],
                          self.env, stdin.fileno(), stdout.fileno(), self.log)

    def clear(self):
        """As before the session, for the next one."""
        for folder in ("new", "tmp", "mailpit/findings"):
            for path in (self.maildir.path / folder).glob("*"):
                path.unlink()

    def end(self):
        self.tracer.kill()
        os.close(self.log)


class FilterForm(Form):
    """mailpit --inetd on one connection, in a Maildir that is new."""

    role = "filter"

    def session(self, fault):
        ours, theirs = socket.socketpair()
        client = Client(lambda: ours, MESSAGE)
        self.tracer.begin(client, fault)
        client.turn()
        self.start("filter", "--inetd", stdin=theirs, stdout=theirs)
        theirs.close()
        self.tracer.go()
        return client

    def clear(self):
        shutil.rmtree(self.maildir.path)
        self.maildir.path.mkdir(mode=0o700)


class WaitForm(Form):
    """A listening socket handed over to a parent that forks."""

    role = "child"

    def __init__(self, folder, standing=None):
        super().__init__(folder, standing)
        self.listener = socket.create_server(("127.0.0.1", 0))
        for _ in range(2):  # what is made once is made
            self.session(None)
            self.clear()

    def connect(self):
        return socket.create_connection(self.listener.getsockname())

    def stand_up(self, client, fault):
        """The parent is there, and waits."""
        if not self.tracer.tracees:
            self.tracer.begin(None, None)
            self.start("parent", stdin=self.listener, stdout=self.listener)
            self.tracer.go()
        self.tracer.begin(client, fault)

    def session(self, fault):
        client = Client(self.connect, MESSAGE)
        self.stand_up(client, fault)
        client.turn()
        self.tracer.go()
        calls, ends, struck = (self.tracer.calls, self.tracer.ends,
                               self.tracer.struck)
        if not client.ended and not self.tracer.tracees:
            # Whoever is started next finds the connection still waiting.
            self.stand_up(client, None)
            self.tracer.go()
            self.tracer.calls = calls
            self.tracer.ends, self.tracer.struck = ends, struck
        return client

    def end(self):
        super().end()
        self.listener.close()


class Judge:
    """Looks at what is left after one session."""

    def __init__(self, form, fault, client, orders):
        self.form, self.fault, self.client = form, fault, client
        self.maildir = form.maildir
        self.order, self.parent = orders[form.role], orders.get("parent")
        self.ours = fault.role == form.role
        self.killed = fault.kind == KILL
        self.ends = form.tracer.ends
        self.messages = {m.id: m for m in self.maildir.messages()}
        self.unsaid = set(self.messages) - set(client.acknowledged)

    def troubles(self):
        yield from self._truth()
        yield from self._reply()
        yield from self._ends()
        if not self.killed:
            yield from self._tidy()
        yield from self._pruned()

    def _truth(self):
        if self.client.gave_up:
            yield "both sides wait: %s" % self.client.finals
        lost = set(self.client.acknowledged) - set(self.messages)
        if lost:
            yield "250 without a file: %s" % lost
        if list((self.maildir.path / "cur").glob("*")):
            yield "something is in cur/"
        for message in self.messages.values():
            if not message.holds(MESSAGE):
                yield "not what was sent: %s" % message.path.name
        at, order = self.fault.at, self.order
        fell_between = self.ours and order.show < at <= order.reply
        if self.killed and self.ours:
            yield from self._equal("files", len(self.messages),
                                   int(at > order.show))
            yield from self._equal("250s", len(self.client.acknowledged),
                                   int(at > order.reply))
        elif self.unsaid and not (fell_between and
                                  self.fault.call == "sendto"):
            yield "a file without its 250: %s" % self.unsaid

    @staticmethod
    def _equal(what, seen, wanted):
        if seen != wanted:
            yield "%s: %s, wanted %s" % (what, seen, wanted)

    def _reply(self):
        """What the client is told of a fault that is not the end."""
        at, order, finals = self.fault.at, self.order, self.client.finals
        served = len(self.client.acknowledged)
        if not self.ours:
            wanted = self._served_by_parent()
            yield from self._equal("served", served, wanted)
            if not wanted and not self.killed and not self.client.refused:
                yield "turned away without a word"
        elif self.killed:
            return
        elif at < order.greeting and self.fault.call not in CONNECTION:
            if not served and not self.client.refused and not finals:
                yield "neither served nor told why not: %s" % (self.ends,)
        elif at > order.reply:
            yield from self._equal("250s", served, 1)
        elif order.delivers(at) and (self.fault.call not in CONNECTION or
                                     self.fault.kind == SHORT):
            yield from self._equal("250s, with one try more", served, 1)
            for final in finals[:-1]:
                wanted = REFUSALS[self.fault.kind]
                if not final.startswith(wanted):
                    yield "%r, wanted %s" % (final, wanted)

    def _served_by_parent(self):
        """One, but for a connection that no child was made for."""
        calls = self.parent.calls
        fork = next(i for i, name in enumerate(calls) if name in FORKS)
        if self.killed:
            accepted = calls.index("accept4")
            return int(not accepted < self.fault.at <= fork)
        return int(self.fault.at != fork)

    def _ends(self):
        """Nobody dies but who was killed, and a parent does not end."""
        ends = list(self.ends)
        if self.killed:
            struck = (self.fault.role, -signal.SIGKILL)
            if struck not in ends:
                yield "not killed: %s" % (ends,)
            else:
                ends.remove(struck)
        for end in ends:
            if end.role == "parent" or end.status not in (0, EX_CONFIG):
                yield "ended: %s" % (end,)

    def _orphans(self):
        folder = self.maildir.path / "mailpit/findings"
        return {p.name for p in folder.glob("*")} - set(self.messages)

    def _left(self):
        return [p.name for p in self.maildir.stray()], self._orphans()

    def _tidy(self):
        """Only who dies, or may not remove it, leaves something behind."""
        if any(self._left()) and self.fault.call != "unlinkat":
            yield "left behind: %s" % (self._left(),)

    def _pruned(self):
        """When its time has come, nothing is there but messages."""
        then = time.time() - STALE
        for folder in ("tmp", "mailpit/findings"):
            for path in (self.maildir.path / folder).glob("*"):
                os.utime(path, (then, then))
        harness.run([harness.MAILPIT, "prune", "--maildir",
                     self.maildir.path], env=self.form.env)
        if any(self._left()):
            yield "not pruned: %s" % (self._left(),)
        yield from self._equal("messages after prune",
                               {m.id for m in self.maildir.messages()},
                               set(self.messages))
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            if checker.Check(str(self.maildir.path), False).run() != 0:
                yield said.getvalue()


def give_up(*_):
    raise TimeoutError("the session does not end")


def try_point(form, fault, orders):
    """One session with one fault, judged; nothing of it stays."""
    for _ in range(TRIES):
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        try:
            client = form.session(fault)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if not form.tracer.struck:
                form.clear()
                continue
            judge = Judge(form, fault, client, orders)
            outcome = Outcome(fault, "\n".join(judge.troubles()),
                              len(client.acknowledged), len(judge.unsaid))
            form.clear()
            return outcome
        except (OSError, AssertionError) as e:
            form.tracer.kill()
            form.clear()
            return Outcome(fault, repr(e), 0, 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return Outcome(fault, "that call is not made there", 0, 0)


def work(kind, folder, standing, faults, orders):
    """A process's share of the points; in the end all is as before."""
    signal.signal(signal.SIGALRM, give_up)
    folder.mkdir()
    form = kind(folder, standing)
    try:
        outcomes = []
        for fault in faults:
            outcomes.append(try_point(form, fault, orders))
            if sum(bool(o.trouble) for o in outcomes) >= ENOUGH:
                return outcomes
        client = form.session(None)
        assert len(client.acknowledged) == 1, client.finals
        return outcomes
    finally:
        form.end()


def faults_at(role, calls, chosen=lambda at: True, kinds=KINDS):
    """What can happen at each of the calls."""
    for at, name in enumerate(calls):
        if chosen(at):
            yield Fault(role, at, name, KILL)
            for kind in kinds.get(name, ()):
                yield Fault(role, at, name, kind)


@harness.skip_if(not SUPPORTED, "only x86-64's registers are known here")
class Faults(harness.Case):
    def setUp(self):
        super().setUp()
        call_names()  # once, before there are more processes
        # In memory a sync costs nothing, and here it is done all the time.
        parent = MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else self.dir
        self.folder = Path(tempfile.mkdtemp(prefix="mailpit.", dir=parent))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def watch(self, kind, standing=None):
        """The calls of each role in a session where all goes well."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        form = kind(folder, standing)
        try:
            client = form.session(None)
            self.assertEqual(len(client.acknowledged), 1, client.finals)
            return {role: Order(calls, client.replies * (role == kind.role))
                    for role, calls in form.tracer.calls.items()}
        finally:
            form.end()

    def each(self, what, kind, faults, orders, standing=None):
        """Tries all points, in some processes; prints how many there were."""
        faults = list(faults)
        with ProcessPoolExecutor(AT_ONCE, get_context("fork")) as pool:
            shares = [pool.submit(
                work, kind, self.folder / ("%s %d" % (what, n)), standing,
                faults[n::AT_ONCE], orders) for n in range(AT_ONCE)]
        outcomes = [o for share in shares for o in share.result()]
        self.tell(what, outcomes)
        bad = ["%s: %s" % (o.fault, o.trouble) for o in outcomes if o.trouble]
        self.assertEqual(bad, [], "%d of %d\n%s" % (
            len(bad), len(outcomes), "\n".join(bad)))
        self.assertEqual(len(outcomes), len(faults))
        self.assertGreater(len(faults), 0)
        return outcomes

    @staticmethod
    def tell(what, outcomes):
        kinds = Counter(o.fault.kind for o in outcomes)
        harness.comment("%s: %d points: %s; %d with 250; %d where the session "
                        "fell between file and 250, %d of these killed" % (
                            what, len(outcomes),
                            " ".join("%s %d" % row for row in kinds.items()),
                            sum(o.acknowledged for o in outcomes),
                            sum(o.unsaid for o in outcomes),
                            sum(o.unsaid for o in outcomes
                                if o.fault.kind == KILL)))

    def in_two_tables(self, kind, role):
        """The delivery itself with short writes, then the rest."""
        orders = self.watch(kind)
        order = orders[role]
        shorter = {name: [*kinds, SHORT] if name in SHORTENED else kinds
                   for name, kinds in KINDS.items()}
        outcomes = self.each(
            "%s, DATA to 250" % role, kind,
            faults_at(role, order.calls, order.delivers, shorter), orders)
        between = sum(o.unsaid for o in outcomes if o.fault.kind == KILL)
        self.assertEqual(between, order.reply - order.show)
        self.each("%s, before and after" % role, kind, (
            fault for fault in faults_at(
                role, order.calls, lambda at: not order.delivers(at))
            if fault.kind == KILL or fault.at >= order.main), orders)


class InTheFilter(Faults):
    def test_a_250_and_its_file_come_together(self):
        self.in_two_tables(FilterForm, "filter")

    def test_the_same_where_a_file_can_only_be_linked(self):
        standing = {"renameat2": "EINVAL"}
        orders = self.watch(FilterForm, standing)
        order = orders["filter"]
        self.each("filter, linking to 250", FilterForm, faults_at(
            "filter", order.calls,
            lambda at: order.delivers(at) and at > order.show - 2), orders,
            standing)


class InTheWaitForm(Faults):
    def test_a_250_and_its_file_come_together(self):
        self.in_two_tables(WaitForm, "child")

    def test_a_parent_goes_on_and_a_dead_one_loses_nothing(self):
        """The next client is the next point's, and finds it as it was."""
        orders = self.watch(WaitForm)
        self.each("parent", WaitForm, faults_at(
            "parent", orders["parent"].calls), orders)


if __name__ == "__main__":
    harness.main()
