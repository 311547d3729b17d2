# SPDX-License-Identifier: MIT
"""common: folders, environment, ports, and running programs to their end"""

import ctypes
import fcntl
import functools
import os
import re
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
MAILPIT = Path(os.environ.get("MAILPIT", TOP / "build" / "mailpit")).resolve()
BUILD = MAILPIT.parent
CHECK = TOP / "maildir-layout" / "check"
SANITIZED = "/san/" in str(MAILPIT)
# How long one expected thing may take; generous, because nothing waits for it.
PATIENCE = 60 if SANITIZED else 30
SANITIZER_REPORT = re.compile(
    rb"(ERROR: (Address|Leak|Thread)Sanitizer|runtime error:)")
MESSAGE_ID = re.compile(r"[0-7][0-9A-Za-z]{21}")


@functools.cache
def cache_dir():
    """A folder for what is costly to make, shared by the tests of a file."""
    return Path(tempfile.mkdtemp(prefix="cache."))


def environment(home, extra=None):
    """A clean environment: nothing of the caller's MP_* or XDG_*."""
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_STATE_HOME": str(Path(home) / "state"),
        # Pages only where a test asks for them, on a port of its own.
        "MP_UI_BIND_ADDR": "none",
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1"),
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    env.update(extra or {})
    return {key: str(value) for key, value in env.items() if value is not None}


def run(argv, check=True, timeout=PATIENCE, **kw):
    """Runs a program to its end; stdout and stderr are kept as bytes."""
    kw.setdefault("stdin", subprocess.DEVNULL if "input" not in kw else None)
    if kw["stdin"] is None:
        del kw["stdin"]
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          timeout=timeout, **kw)
    if check and done.returncode != 0:
        raise AssertionError("%s: exit status %d\n%s%s" % (
            " ".join(map(str, argv)), done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace")))
    return done


def eventually(condition, what, timeout=PATIENCE):
    """Returns the first true value of condition(); fails after the time."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain: %s" % (timeout, what))
        time.sleep(0.02)


def free_port():
    """A TCP port that nothing listens on, neither IPv4 nor IPv6."""
    with socket.socket(socket.AF_INET6) as s:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", 0))
        return s.getsockname()[1]


def listens(port):
    """Somebody listens on the port; asks the kernel, connects nowhere.

    The network is that of the thread, which may be another than its process's.
    """
    for table in ("/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                field = line.split()
                if field[3] == "0A" and \
                        int(field[1].rpartition(":")[2], 16) == port:
                    return True
    return False


def listens_at(path):
    """Somebody listens on the Unix socket of that path."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            field = line.split()
            if field[-1] == str(path) and int(field[3], 16) & 0x10000:
                return True
    return False


def landlock_version():
    """That of the kernel; below 1: it has none."""
    create_ruleset, only_version = 444, 1
    return ctypes.CDLL(None).syscall(create_ruleset, None, 0, only_version)


def has_landlock():
    """The kernel has as much of it as the program wants."""
    return landlock_version() >= 2


def private_network():
    """Moves this process into a network of its own with a loopback.

    Returns None, or the reason why that cannot be had.
    """
    new_user, new_net = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(new_net | (0 if uid == 0 else new_user)) != 0:
        return "no network namespace: " + os.strerror(ctypes.get_errno())
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text("%d %d 1" % (uid, uid))
        Path("/proc/self/gid_map").write_text("%d %d 1" % (gid, gid))
    bring_up_loopback()
    return None


def bring_up_loopback():
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(s, get_flags, request))[1]
        fcntl.ioctl(s, set_flags, struct.pack("16sH14x", b"lo", flags | up))
