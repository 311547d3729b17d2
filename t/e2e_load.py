# SPDX-License-Identifier: MIT
"""e2e_load: whatever one source does, others are served within a second

The wait form, with a process for every connection. Each load comes from an
address of its own, and while it lasts mail comes from another. Memory and
processes are printed.
"""

import contextlib
import multiprocessing
import re
import socket
import ssl
import statistics
import threading
import time

import harness

RUN_SAN = False  # times and memory of the program as it is used
TIME_LIMIT = 240
IDLE = 1000
SLOW = 100
DEAF = 40  # in clear, and as many inside TLS
PER_SOURCE = 500  # connections of the flood that are taken
FLOODERS = 2
BOUND = 1.0  # seconds from connecting to 250
DELIVERIES = 50
PAUSE = 0.05  # between them
ROUNDS = 3  # the machine may have other work in one of them
MIB = 1 << 20
MESSAGE = b"Subject: meanwhile\r\n\r\nText.\r\n"
# Where each comes from.
IDLER, IDLER_TOO, FLOODER, SLOW_ONE, DEAF_ONE, OTHER = (
    "127.0.0.%d" % n for n in range(2, 8))
# A binding that takes no port from those who connect without one.
IP_BIND_ADDRESS_NO_PORT = 24


def connected(port, source):
    """A connection to the port from that address."""
    sock = socket.socket()
    try:
        sock.settimeout(harness.PATIENCE)
        sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((source, 0))
        sock.connect(("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return sock


def flood(port, counts, ended):
    """Connects as fast as it goes; keeps what is taken.

    counts: how many connections got 220, 421, and neither.
    """
    kept = []
    while not ended.is_set():
        group = []
        with contextlib.suppress(OSError):
            for _ in range(50):
                group.append(connected(port, FLOODER))
        for sock in group:
            try:
                code = sock.recv(4)
            except OSError:
                code = b""
            with counts.get_lock():
                counts[{b"220 ": 0, b"421 ": 1}.get(code, 2)] += 1
            if code == b"220 ":
                kept.append(sock)
            else:
                sock.close()
    for sock in kept:
        sock.close()


class Load(harness.Case):
    def setUp(self):
        super().setUp()
        self.use().mkdir(mode=0o700)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    @contextlib.contextmanager
    def serving(self, *options):
        """mailpit with a listening socket as its stdin, as inetd's wait."""
        argv = [harness.MAILPIT, "--maildir", self.maildir.path,
                "--no-fsync", "--smtp-max-junk", "1000000000",
                *harness.certificate().options, *options]
        with self.running(*argv, stdin=self.listener) as server:
            self.listener.close()
            self.server_pid = server.pid
            yield server
            if server.process.poll() is None:
                self.open.close()
                harness.eventually(lambda: not harness.children(server.pid),
                                   "no session is left")
        self.assertEqual(server.process.returncode, 0, server.log)
        self.assertNotIn("died by signal", server.log)

    def dial(self, source):
        smtp = harness.Dialogue(connected(self.port, source))
        self.open.callback(smtp.close)
        smtp.banner()
        return smtp

    # --- the others ---

    def one_delivery(self):
        """Seconds from connecting to the 250 of the message."""
        begun = time.monotonic()
        with harness.Dialogue(connected(self.port, OTHER)) as smtp:
            smtp.banner()
            smtp.ehlo()
            smtp.deliver(MESSAGE)
            took = time.monotonic() - begun
            smtp.quit()
        return took

    def assert_others_are_served(self, meanwhile):
        for _ in range(ROUNDS):
            took = []
            for _ in range(DELIVERIES):
                took.append(self.one_delivery())
                time.sleep(PAUSE)
            harness.comment(
                "%s: %d deliveries from another source, median %.1f ms, "
                "longest %.1f ms" % (
                    meanwhile, len(took), 1000 * statistics.median(took),
                    1000 * max(took)))
            if max(took) < BOUND:
                return
        self.fail("%s: %.1f s" % (meanwhile, max(took)))

    def has_children(self, count):
        """The processes of the sessions, once there are as many."""
        pids = harness.children(self.server_pid)
        return pids if len(pids) == count else None

    def tell_memory(self, what, sessions):
        """Prints what parent and children take; returns a session's."""
        pids = harness.eventually(
            lambda: self.has_children(sessions), "%d sessions" % sessions)
        own = [harness.private_memory(pid) for pid in pids]
        shared = [harness.memory(pid)["Pss"]
                  for pid in (self.server_pid, *pids)]
        harness.comment(
            "%s: %d processes, private memory of the parent %.2f MiB, of a "
            "session %.2f MiB (at most %.2f), all together %.1f MiB (PSS)" % (
                what, 1 + len(pids),
                harness.private_memory(self.server_pid) / MIB,
                statistics.median(own) / MIB, max(own) / MIB,
                sum(shared) / MIB))
        return statistics.median(own)

    # --- the loads ---

    def idle(self, count, source=IDLER):
        """Connections that have said EHLO and nothing since."""
        for _ in range(count):
            self.dial(source).ehlo()

    @contextlib.contextmanager
    def flooding(self):
        """As many connections as several processes can make."""
        fork = multiprocessing.get_context("fork")
        counts, ended = fork.Array("q", 3), fork.Event()
        flooders = [fork.Process(target=flood,
                                 args=(self.port, counts, ended))
                    for _ in range(FLOODERS)]
        begun = time.monotonic()
        for flooder in flooders:
            flooder.start()
        try:
            harness.eventually(lambda: counts[1] > 0, "the flood is refused")
            yield counts
        finally:
            # By now: when one ends, another gets its places.
            made, took = list(counts), time.monotonic() - begun
            ended.set()
            for flooder in flooders:
                flooder.join(harness.PATIENCE)
                flooder.kill()
        harness.comment(
            "flood: %d taken, %d refused with 421, %d neither; %d a second" % (
                *made, sum(made) / took))
        self.assertEqual(made[0], PER_SOURCE)
        self.assertEqual(made[2], 0)

    @contextlib.contextmanager
    def trickling(self, count=SLOW):
        """Messages that come at an octet a second."""
        slow, ended = [], threading.Event()
        for _ in range(count):
            smtp = self.dial(SLOW_ONE)
            smtp.ehlo()
            smtp.envelope()
            smtp.command("DATA", 354)
            slow.append(smtp.sock)

        def send():
            while True:
                for sock in slow:
                    sock.sendall(b"x")
                if ended.wait(1):
                    return
        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield
        finally:
            ended.set()
            sender.join()

    @staticmethod
    def stuff(sock):
        """Asks without reading a reply until nothing is taken any more."""
        sock.settimeout(0)
        asked = b"EHLO c.example.org\r\n" * 400
        since, total = time.monotonic(), 0
        while time.monotonic() < since + 1:
            try:
                total += sock.send(asked)
                since = time.monotonic()
            except (BlockingIOError, ssl.SSLWantWriteError):
                time.sleep(0.05)
        return total

    def unread(self):
        """The sessions whose replies fill the kernel's buffers."""
        with open("/proc/net/tcp", encoding="ascii") as lines:
            return len(re.findall(
                r"^ *\d+: 0100007F:%04X %s:[0-9A-F]{4} 01 "
                r"(?!00000000)[0-9A-F]{8}:" % (
                    self.port, socket.inet_aton(DEAF_ONE)[::-1].hex().upper()),
                lines.read(), re.M))

    def deaf_one(self, tls):
        """A client that asks and does not read; the Dialogue."""
        sock = connected(self.port, DEAF_ONE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        smtp = harness.Dialogue(sock)
        self.open.callback(smtp.close)
        smtp.banner()
        smtp.ehlo()
        if tls:
            smtp.starttls()
        self.assertGreater(self.stuff(smtp.sock), 10000)
        return smtp

    def deaf(self, count=DEAF):
        """As many of them in clear, and as many inside TLS."""
        found = harness.together(*(lambda tls=n % 2: self.deaf_one(tls)
                                   for n in range(2 * count)), workers=16)
        self.assertEqual(self.unread(), 2 * count)
        return found

    # --- the tests ---

    def test_a_thousand_idle_connections(self):
        with self.serving("--max-connections", IDLE + 10,
                          "--max-connections-per-source", IDLE):
            begun = time.monotonic()
            self.idle(IDLE)
            harness.comment("idle: %d connections in %.1f s" % (
                IDLE, time.monotonic() - begun))
            with harness.Dialogue(connected(self.port, IDLER)) as smtp:
                smtp.expect(421)
            self.assert_others_are_served("idle")
            self.assertLess(self.tell_memory("idle", IDLE), MIB)

    def test_a_flood_from_one_source(self):
        with self.serving("--max-connections", PER_SOURCE + 10,
                          "--max-connections-per-source", PER_SOURCE), \
                self.flooding() as counts:
            before = counts[1]
            self.assert_others_are_served("flood")
            self.assertGreater(counts[1], before)
            self.tell_memory("flood", PER_SOURCE)

    def test_slow_senders(self):
        with self.serving(), self.trickling():
            self.assert_others_are_served("slow senders")
            self.tell_memory("slow senders", SLOW)

    def test_clients_that_never_read(self):
        with self.serving():
            self.deaf()
            self.assert_others_are_served("clients that never read")
            self.assertEqual(self.unread(), 2 * DEAF)
            self.tell_memory("clients that never read", 2 * DEAF)

    def test_a_server_ends_though_clients_never_read(self):
        with self.serving() as server:
            self.deaf(5)
            server.process.terminate()
            server.wait()

    def test_who_reads_too_late_finds_replies_and_nothing_else(self):
        with self.serving("--smtp-command-timeout", "2") as server:
            found = self.deaf(3)
            harness.eventually(lambda: server.log.count(" 421 4.4.2 ") == 6,
                               "their time is over")
            for smtp in found:
                smtp.sock.settimeout(harness.PATIENCE)
                came = b""
                with contextlib.suppress(OSError):
                    while piece := smtp.sock.recv(65536):
                        came += piece
                self.assertGreater(len(came), 10000)
                self.assertRegex(
                    came, rb"\A(\d\d\d[ -][ -~]*\r\n)*[ -~]*\r?\Z")

    def test_all_of_them_at_once(self):
        with self.serving("--max-connections", 2 * IDLE,
                          "--max-connections-per-source", PER_SOURCE):
            self.idle(PER_SOURCE, IDLER)
            self.idle(IDLE - PER_SOURCE, IDLER_TOO)
            self.deaf()
            with self.flooding(), self.trickling():
                self.assert_others_are_served("all at once")
                self.tell_memory("all at once",
                                 IDLE + PER_SOURCE + SLOW + 2 * DEAF)


if __name__ == "__main__":
    harness.main()
