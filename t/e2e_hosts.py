# SPDX-License-Identifier: MIT
"""e2e_hosts: two hosts deliver into one Maildir, each with an index of its own

A host is a network namespace with a host name of its own; both listen on the
same ports of their own loopbacks, and all they share is the folder.
MAILPIT_HOSTS says how many messages there are.
"""

import ctypes
import os
import threading

import api
import harness
import web
from common import MESSAGE_ID
from e2e_events import Stream, until

COUNT = int(os.environ.get("MAILPIT_HOSTS", "10000"))
TIME_LIMIT = 600
RUN_SAN = False  # what it would find, the tests of one host find
SENDERS = 3  # on each host
LOOK_EVERY = 100  # messages of a sender
SMTP_PORT, WEB_PORT = 1025, 8025
NEW_UTS, NEW_NET = 0x04000000, 0x40000000
KINDS = {"net": NEW_NET, "uts": NEW_UTS}
OCTETS = (b"From: %s@example.org\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
          b"Subject: %s\r\n\r\nText of %s.\r\n")


def libc(name, *args):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*args) != 0:
        raise OSError(ctypes.get_errno(),
                      name + ": " + os.strerror(ctypes.get_errno()))


def in_thread(function):
    """Calls it in a thread of its own; what it returns or raises."""
    said = []

    def run():
        try:
            said.append((function(), None))
        except BaseException as e:
            said.append((None, e))
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    value, error = said[0]
    if error is not None:
        raise error
    return value


class Host:
    """Whatever inside() calls is on this host."""

    webroot = "/"
    port = WEB_PORT

    def __init__(self, name):
        self.name, self.fds = name, {}
        in_thread(self._found)
        self.api = api.Api(self)

    def _found(self):
        libc("unshare", NEW_NET | NEW_UTS)
        libc("sethostname", self.name.encode(), len(self.name))
        harness.bring_up_loopback()
        for kind in KINDS:
            self.fds[kind] = os.open("/proc/thread-self/ns/" + kind,
                                     os.O_RDONLY | os.O_CLOEXEC)

    def close(self):
        for fd in self.fds.values():
            os.close(fd)

    def inside(self, function):
        def run():
            for kind, flag in KINDS.items():
                libc("setns", self.fds[kind], flag)
            return function()
        return in_thread(run)

    # The API client asks by this.
    def request(self, *args, **kw):
        return self.inside(lambda: web.Site.request(self, *args, **kw))

    def ids(self, **query):
        """All IDs of the list, page by page; each must be there once."""
        found = []
        while True:
            page = self.api.get("messages", start=len(found), limit=2000,
                                **query)
            found += [m["ID"] for m in page["messages"]]
            if not page["messages"]:
                break
        assert len(found) == len(set(found)), "an ID is listed twice"
        return set(found)

    def totals(self):
        said = self.api.get("messages", limit=1)
        return said["total"], said["unread"]


class Sender:
    """Delivers over one connection, two round trips for a message."""

    def __init__(self, host, other, names):
        self.host, self.other, self.names = host, other, names
        self.sent = {}  # ID: name
        self.invisible = []

    def run(self):
        with self.host.server.dial() as smtp:
            smtp.ehlo()
            for n, name in enumerate(self.names):
                text = name.encode()
                smtp.send(b"MAIL FROM:<%s@example.org>\r\n"
                          b"RCPT TO:<b@example.com>\r\nDATA\r\n" % text)
                for code in (250, 250, 354):
                    smtp.expect(code)
                smtp.send(harness.stuffed(OCTETS % (text, text, text)))
                message = smtp.expect(250).id
                smtp.transcript.clear()
                self.sent[message] = name
                if n % LOOK_EVERY == 0:
                    self.look(message, name)
            smtp.quit()

    def look(self, message, name):
        """The other host shows it at once."""
        found = self.other.api.get("search", query="subject:%s" % name)
        if message not in [m["ID"] for m in found["messages"]]:
            self.invisible.append(message)


def hosts_or_reason():
    """Two hosts cannot be had everywhere."""
    reason = harness.private_network()
    if reason is None:
        try:
            Host("probe").close()
        except OSError as e:
            reason = "no namespaces for hosts: %s" % e
    return reason


REASON = hosts_or_reason() if __name__ == "__main__" else None


@harness.skip_if(REASON is not None, REASON)
class Hosts(harness.Case):
    def setUp(self):
        super().setUp()
        self.one, self.two = self.host("one.example"), self.host("two.example")

    def host(self, name):
        host = Host(name)
        self.addCleanup(host.close)
        host.server = host.inside(lambda: self.server(
            "--listen", "127.0.0.1:%d" % WEB_PORT, "--no-fsync",
            "--index-dir", self.dir / ("index." + name),
            smtp="127.0.0.1:%d" % SMTP_PORT))
        host.inside(lambda: harness.eventually(
            lambda: harness.listens(WEB_PORT), "the pages of " + name))
        return host

    def deliver(self, count, senders=SENDERS):
        """By both hosts at the same time; ID: subject."""
        jobs = []
        for host, other in ((self.one, self.two), (self.two, self.one)):
            for n in range(senders):
                names = ["%s%dx%d" % (host.name[:3], n, k)
                         for k in range(n, count // 2, senders)]
                jobs.append(Sender(host, other, names))
        harness.together(*[lambda j=j: j.host.inside(j.run) for j in jobs])
        self.assertEqual([j.invisible for j in jobs if j.invisible], [])
        sent = {}
        for job in jobs:
            sent.update(job.sent)
        self.assertEqual(len(sent), sum(len(j.names) for j in jobs))
        return sent

    def both(self):
        return self.one, self.two

    def assert_agree(self, ids, unread):
        for host in self.both():
            self.assertEqual(host.totals(), (len(ids), unread), host.name)
            self.assertEqual(host.ids(), set(ids), host.name)

    def test_nothing_is_lost_or_doubled(self):
        sent = self.deliver(COUNT)
        self.assert_agree(sent, COUNT)
        files = [p.name for p in self.maildir.names()]
        self.assertEqual(len(files), COUNT)
        self.assertEqual({MESSAGE_ID.search(f.partition("R")[2]).group()
                          for f in files}, set(sent))
        for host in self.both():
            self.assertEqual(sum(".%s,S=" % host.name in f for f in files),
                             COUNT // 2)
            log = self.maildir.path / "mailpit" / ("sessions." + host.name)
            self.assertEqual(len(log.read_text().splitlines()), SENDERS)
        # The text of what the other one took is found.
        for message in list(sent)[::max(1, COUNT // 10)]:
            for host in self.both():
                found = host.api.get(
                    "search", query='"Text of %s."' % sent[message])
                self.assertEqual([m["ID"] for m in found["messages"]],
                                 [message])

    def test_flags_and_deletions_cross(self):
        ids = sorted(self.deliver(120))
        self.assert_agree(ids, 120)
        self.one.api.ok("PUT", "messages", {"IDs": ids[:40], "Read": True})
        self.assert_agree(ids, 80)
        self.two.api.ok("PUT", "messages", {"IDs": ids[:10], "Read": False})
        self.assert_agree(ids, 90)
        for host in self.both():
            unread = host.api.get("search", query="is:unread", limit=200)
            self.assertEqual({m["ID"] for m in unread["messages"]},
                             set(ids[:10] + ids[40:]))
        self.two.api.ok("PUT", "tags", {"IDs": ids[:3], "Tags": ["crossed"]})
        found = self.one.api.get("search", query="tag:crossed")["messages"]
        self.assertEqual({m["ID"] for m in found}, set(ids[:3]))
        self.one.api.ok("DELETE", "messages", {"IDs": ids[5:25]})
        self.assert_agree(ids[:5] + ids[25:], 85)
        self.assertEqual(
            self.two.api.call("GET", "message/" + ids[5]).status, 404)

    def test_both_change_the_same_at_the_same_time(self):
        ids = sorted(self.deliver(60))

        def mark(host, read):
            for n in range(10):
                host.api.ok("PUT", "messages", {
                    "IDs": ids, "Read": read if n < 9 else True})
                self.assertEqual(host.ids(), set(ids))
        harness.together(lambda: mark(self.one, True),
                         lambda: mark(self.two, False))
        self.assert_agree(ids, 0)
        harness.together(
            lambda: self.one.api.ok("DELETE", "messages", {"IDs": ids[:40]}),
            lambda: self.two.api.ok("DELETE", "messages", {"IDs": ids[20:]}))
        self.assert_agree([], 0)
        self.assertEqual(self.maildir.names(), [])

    def test_live_changes_come_from_the_other_host(self):
        stream = self.two.inside(lambda: Stream(self.two))
        self.addCleanup(stream.close)
        sent = self.deliver(2, senders=1)
        for _ in sent:
            self.assertIn(until(stream, "new")["ID"], sent)
        message = next(iter(sent))
        self.one.api.ok("PUT", "messages", {"IDs": [message], "Read": True})
        self.assertTrue(until(stream, "update", ID=message)["Read"])
        self.one.api.ok("DELETE", "messages", {"IDs": [message]})
        until(stream, "delete", ID=message)

    def test_what_one_loses_the_other_keeps(self):
        ids = sorted(self.deliver(20))
        self.assert_agree(ids, 20)
        self.one.server.stop()
        self.two.api.ok("PUT", "messages", {"IDs": ids[:5], "Read": True})
        for path in (self.dir / "index.one.example").iterdir():
            if path.is_file():
                path.unlink()
        self.one = self.host("one.example")
        self.assert_agree(ids, 15)


if __name__ == "__main__":
    harness.main()
