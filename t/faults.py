# SPDX-License-Identifier: MIT
"""faults: processes whose system calls are counted, and one made to fail

One thread traces a session and speaks with it, and it speaks only when the
session waits for its client. So the same dialogue makes the same calls in the
same order every time, and a call can be named by its number.
"""

import ctypes
import errno
import functools
import os
import platform
import re
import select
import signal
import struct
import time
from collections import namedtuple

from common import run
from dialogue import stuffed

SUPPORTED = platform.machine() == "x86_64"  # registers are set by their place

# ptrace(2): requests, options, events.
POKEUSER, SYSCALL = 6, 24
GETEVENTMSG, SEIZE, CALL_INFO = 0x4201, 0x4206, 0x420e
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000  # calls, forks, exec, ours
EVENT_EXEC, EVENTS_FORK = 4, (1, 2, 3)
CALL_STOP = signal.SIGTRAP | 0x80
ENTRY = 1
RAX, RDX, RDI, ORIG_RAX = 80, 96, 112, 120  # in struct user
WALL = 0x40000000

# Closed is closed, whatever close() says of it.
DONE_NEVERTHELESS = ("close",)

# Call number at of a process in that role, which must have that name, gets
# what kind says: KILL as it begins, SHORT: half of what it asks for, or the
# name of an error.
KILL, SHORT = "KILL", "SHORT"
Fault = namedtuple("Fault", "role at call kind")
# How a process ended: role, its exit status or minus its signal.
End = namedtuple("End", "role status")

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                        ctypes.c_void_p]


def ptrace(request, pid, address=0, data=0):
    ctypes.set_errno(0)
    result = libc.ptrace(request, pid, address, data)
    error = ctypes.get_errno()
    if error:
        raise OSError(error, "ptrace: " + os.strerror(error))
    return result


@functools.cache
def call_names():
    """The names of the system calls by their numbers."""
    text = run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c",
                "/dev/null"]).stdout.decode()
    return {int(number): name for name, number in
            re.findall(r"#define __NR_(\w+) (\d+)$", text, re.M)}


class Client:
    """Delivers one message, and once more if the first try was refused.

    replies holds all, finals the last one of each try, acknowledged the IDs.
    """

    def __init__(self, connect, message):
        self.connect, self.message = connect, message
        self.sock = None
        self.ended = self.gave_up = self.refused = False
        self.replies, self.finals, self.acknowledged = [], [], []
        self._came = self._unsent = b""
        self._lines = []
        self._script = self._speak()
        next(self._script)

    def _speak(self):
        """Takes replies, gives what is said next."""
        reply = yield
        if not reply.startswith("220"):
            self.refused = reply.startswith("421")
            return
        yield b"EHLO client.example.org\r\n"
        for _ in range(2):
            final = yield from self._deliver()
            self.finals.append(final)
            if final.startswith("250 2.0.0"):
                self.acknowledged.append(final.split()[-1])
                break
        yield b"QUIT\r\n"

    def _deliver(self):
        for line in (b"MAIL FROM:<from@example.org>\r\n",
                     b"RCPT TO:<to@example.com>\r\n", b"DATA\r\n"):
            reply = yield line
            if reply[0] not in "23":
                return reply
        return (yield stuffed(self.message))

    def _take(self, reply):
        self.replies.append(reply)
        try:
            self._unsent += self._script.send(reply)
        except StopIteration:
            self._hang_up()

    def _hang_up(self):
        self.ended = True
        if self.sock:
            self.sock.close()

    def _hear(self):
        """Takes what came."""
        while not self.ended:
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                break
            except ConnectionError:
                data = b""
            if not data:
                self._hang_up()
                break
            self._came += data
            *lines, self._came = self._came.split(b"\r\n")
            for line in lines:
                if line[3:4] != b"-" and not self.ended:
                    self._take(line.decode())

    def turn(self):
        """The session waits: hear what it said, and go on."""
        if self.sock is None:
            self.sock = self.connect()
            self.sock.setblocking(False)
            return
        self._hear()
        while self._unsent and not self.ended:
            try:
                sent = self.sock.send(self._unsent)
            except BlockingIOError:
                return
            except ConnectionError:
                self._hang_up()
                return
            self._unsent = self._unsent[sent:]

    def wait(self, seconds):
        """Takes a turn if something comes in that time; says whether."""
        if not select.select([self.sock], [], [], seconds)[0]:
            return False
        self.turn()
        return True

    def give_up(self):
        """Both wait for the other one, and that for ever."""
        self.gave_up = True
        self._hang_up()

    def finish(self):
        """The session is gone: hear what is left."""
        if self.sock is not None and not self.ended:
            self._hear()
            self._hang_up()


class Tracee:
    def __init__(self, pid, role):
        self.pid, self.role = pid, role
        self.calls = []
        self.waiting = False  # for its client
        self.after = []  # registers to be set when the call under way ends


class Tracer:
    """Runs processes call by call; a client is given its turns.

    Of the calls in standing, each returns that error but for the one that the
    fault is about. calls holds what each role called, ends how each ended.
    """

    QUIET = 1  # s in which what is under way arrives

    def __init__(self, standing=None):
        self.standing = standing or {}
        self.tracees = {}
        self.begin(None, None)

    def begin(self, client, fault):
        """What is counted is counted from here on."""
        self.client, self.fault = client, fault
        self.struck = False
        self.calls, self.ends, self.forked = {}, [], []
        for tracee in self.tracees.values():
            tracee.calls = self.calls[tracee.role] = []

    def start(self, role, argv, env, stdin, stdout, stderr):
        """Starts a program; it runs when go() is called."""
        held, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(go)
                os.read(held, 1)
                for number, fd in enumerate((stdin, stdout, stderr)):
                    os.dup2(fd, number)
                os.execve(argv[0], [str(a) for a in argv], env)
            finally:
                os._exit(127)
        ptrace(SEIZE, pid, 0, OPTIONS)
        os.close(held)
        os.close(go)
        self._add(pid, role)

    def _add(self, pid, role):
        tracee = self.tracees[pid] = Tracee(pid, role)
        self.calls[role] = tracee.calls
        return tracee

    def _forked(self, pid):
        self.forked.append(pid)
        return self._add(pid, "child")

    def go(self):
        """Until nobody is left, or only a server that waits for the next."""
        while self.tracees:
            if not all(t.waiting for t in self.tracees.values()):
                pid, status = os.waitpid(-1, WALL)
            else:
                pid, status = self._all_wait()
            if pid == 0:
                return
            self._stopped(pid, status)

    def _all_wait(self):
        """What comes next when all wait for the client, or for good."""
        client, end = self.client, time.monotonic() + self.QUIET
        while True:
            pid, status = os.waitpid(-1, WALL | os.WNOHANG)
            if pid != 0:
                return pid, status
            if client and not client.ended:
                if client.wait(0.001):
                    end = time.monotonic() + self.QUIET
                elif time.monotonic() > end:
                    client.give_up()
                continue
            if all(t.role == "parent" for t in self.tracees.values()) and (
                    self._reaped() or time.monotonic() > end):
                return 0, 0
            time.sleep(0.0005)

    def _reaped(self):
        """The server has taken note of all its sessions."""
        return not any(os.path.exists("/proc/%d" % pid)
                       for pid in self.forked)

    def _stopped(self, pid, status):
        tracee = self.tracees.get(pid) or self._forked(pid)
        tracee.waiting = False
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            self.ends.append(End(tracee.role,
                                 os.waitstatus_to_exitcode(status)))
            del self.tracees[pid]
            if tracee.role != "parent":
                self.client.finish()
            return
        signo, event = os.WSTOPSIG(status), status >> 16
        if event in EVENTS_FORK:
            message = ctypes.c_ulong()
            ptrace(GETEVENTMSG, pid, 0, ctypes.addressof(message))
            if message.value not in self.forked:
                self._forked(message.value)
        try:
            if signo == CALL_STOP:
                self._call(tracee)
            passed = 0 if event or signo == CALL_STOP else signo
            ptrace(SYSCALL, pid, 0, passed)
        except ProcessLookupError:
            pass  # killed meanwhile

    def _call(self, tracee):
        octets = ctypes.create_string_buffer(88)
        ptrace(CALL_INFO, tracee.pid, len(octets), ctypes.addressof(octets))
        if octets.raw[0] == ENTRY:
            number, *arguments = struct.unpack_from("=7Q", octets, 24)
            self._enter(tracee, call_names().get(number, str(number)),
                        arguments)
        else:
            for place, value in tracee.after:
                ptrace(POKEUSER, tracee.pid, place, value)
            tracee.after = []

    def _enter(self, tracee, name, arguments):
        fault, at = self.fault, len(tracee.calls)
        tracee.calls.append(name)
        if fault and not self.struck and tracee.role == fault.role and \
                at == fault.at:
            self.struck = name == fault.call
            if self.struck and fault.kind == KILL:
                os.kill(tracee.pid, signal.SIGKILL)
            elif self.struck:
                self._change(tracee, name, fault.kind, arguments)
        elif name in self.standing:
            self._change(tracee, name, self.standing[name], arguments)
        elif name == "ppoll" and arguments[1] > 0:  # for a descriptor
            tracee.waiting = True
            if tracee.role != "parent":
                self.client.turn()

    @staticmethod
    def _change(tracee, name, kind, arguments):
        """Makes the call that has begun a smaller one, or one that fails."""
        place, value = ORIG_RAX, -1  # no call at all
        if kind == SHORT:
            place, value = RDX, (arguments[2] + 1) // 2
            tracee.after = [(RDX, arguments[2])]
        elif name == "brk":  # knows no errors: where it cannot, nothing moves
            place, value = RDI, 0
            tracee.after = [(RDI, arguments[0])]
        else:
            tracee.after = [(RAX, -getattr(errno, kind))]
        if name not in DONE_NEVERTHELESS:
            ptrace(POKEUSER, tracee.pid, place, value)

    def kill(self):
        """Ends what is left, in whatever state it is."""
        for pid in self.tracees:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while self.tracees:
            try:
                pid, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                self.tracees.pop(pid, None)
