# SPDX-License-Identifier: MIT
"""e2e_dovecot: IMAP from the same Maildir, by maildir-layout/dovecot.conf

In the bed of the Debian package, where that file is put in place by the
commands that stand in it, and Dovecot runs as Debian has it.
"""

import email
import imaplib
import re
import threading
from pathlib import Path

import bed
import harness
from bed import MAILDIR, dial, systemctl, text
from people import TEXT, People

RUN_SAN = False
TIME_LIMIT = 400

CONF = harness.TOP / "maildir-layout" / "dovecot.conf"
PASSWORD = "correct horse"
OWN = {"tmp", "new", "cur", "mailpit"}
COMPLAINT = re.compile(r"\b(Error|Warning|Panic|Fatal)\b")
HEAD = b"From: a@example.org\r\nDate: x\r\nSubject: "
# Contents that one might count in two ways.
BODIES = {
    "plain": HEAD + b"plain\r\n\r\nText.\r\n",
    "no end": HEAD + b"no end\r\n\r\nText",
    "empty": HEAD + b"empty\r\n\r\n",
    "no header": b"Text only.\r\n",
    "dots": HEAD + b"dots\r\n\r\n.\r\n..\r\n.x\r\n",
    "bare LF": HEAD + b"bare\r\n\r\na\nb\r\nc\n",
    "bare CR": HEAD + b"bare\r\n\r\na\rb\r\n\rc\r\n",
    "CR CR LF": HEAD + b"cr\r\n\r\na\r\r\nb\r\r\r\n\r\r\n",
    "CR at the end": HEAD + b"cr\r\n\r\na\r",
    "8 bit": HEAD + "ä\r\n\r\näöü €\r\n".encode(),
    "no UTF-8": HEAD + b"\xff\r\n\r\n\xe4\x80\r\n",
    "long line": HEAD + b"long\r\n\r\n" + b"x" * 200000 + b"\r\n",
    "large": HEAD + b"large\r\n\r\n" + b"0123456789abcdef\r\n" * 100000,
    "multipart": HEAD + b"parts\r\nMIME-Version: 1.0\r\nContent-Type: "
                 b"multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b"
                 b"\r\nContent-Type: text/html\r\n\r\n<p>two\r\n--b--\r\n",
}


def commands():
    """What dovecot.conf says is to be done once, as root."""
    return "\n".join(re.findall(r"(?m)^#   (.*)$", CONF.read_text()))


class Client(imaplib.IMAP4):
    """A mail program with INBOX selected; messages are known by subject."""

    def __init__(self, user):
        super().__init__("127.0.0.1", timeout=harness.PATIENCE)
        self.ok("login", user, PASSWORD)
        self.ok("select", "INBOX")

    def ok(self, name, *args):
        status, said = getattr(self, name)(*args)
        assert status == "OK", (name, args, status, said)
        return said

    def messages(self):
        """Subject: (UID, flags without Recent), as they are now."""
        self.ok("noop")
        found = {}
        for item in self.ok("uid", "FETCH", "1:*",
                            "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"):
            if isinstance(item, tuple):
                meta = item[0].decode()
                uid = re.search(r"UID (\d+)", meta).group(1)
                flags = re.search(r"FLAGS \(([^)]*)\)", meta).group(1)
                subject = email.message_from_bytes(item[1])["Subject"]
                assert subject not in found, "%s is there twice" % subject
                found[subject] = uid, set(flags.split()) - {"\\Recent"}
        return found

    def flags(self, subject):
        return self.messages()[subject][1]

    def change(self, subject, change, flags):
        self.ok("uid", "STORE", self.messages()[subject][0], change, flags)

    def whole(self, uid):
        """The octets, and the size that was said of them."""
        for item in self.ok("uid", "FETCH", uid,
                            "(RFC822.SIZE BODY.PEEK[])"):
            if isinstance(item, tuple):
                size = re.search(rb"RFC822\.SIZE (\d+)", item[0]).group(1)
                return item[1], int(size)
        return None

    def remove(self, subject):
        self.change(subject, "+FLAGS", r"(\Deleted)")
        self.ok("expunge")


class Imap(People):
    def setUp(self):
        super().setUp()
        for path in ("/var/lib/mailpit/imap", "/etc/dovecot/local.conf"):
            harness.run(["rm", "-rf", path])
        self.said_before = len(self.log())
        harness.run(["sh", "-euc", commands()], cwd=CONF.parent)
        self.addCleanup(systemctl, "stop", "dovecot.service", check=False)
        self.addCleanup(self.nobody_complained)
        harness.eventually(lambda: harness.listens(143), "IMAP")

    @staticmethod
    def log():
        harness.run(["journalctl", "--sync"])
        return text(["journalctl", "--no-pager", "-o", "cat", "-t",
                     "dovecot"]).splitlines()

    def nobody_complained(self):
        """Neither of sizes nor of files, and the Maildir has only ours."""
        said = [line for line in self.log()[self.said_before:]
                if COMPLAINT.search(line)]
        self.assertEqual(said, [])
        self.assertEqual({p.name for p in MAILDIR.path.iterdir()}, OWN)

    def client(self, user="alice"):
        if not Path("/home", user).exists():
            self.member(user)
            harness.run(["chpasswd"], input=b"%s:%s\n" % (
                user.encode(), PASSWORD.encode()))
        client = Client(user)
        self.addCleanup(client.shutdown)
        return client


class Contents(Imap):
    def test_each_message_is_served_as_it_is(self):
        with dial() as smtp:
            smtp.ehlo()
            ids = {smtp.deliver(octets): name
                   for name, octets in BODIES.items()}
        client = self.client()
        sizes = {m["ID"]: m["Size"] for m in self.listed().values()}
        uids = client.ok("uid", "SEARCH", "ALL")[0].decode().split()
        self.assertEqual(len(uids), len(ids))
        for uid in uids:
            octets, size = client.whole(uid)
            message = re.search(rb"\tid (\w{22});", octets).group(1).decode()
            raw = self.site.get("/api/v1/message/%s/raw" % message).body
            with self.subTest(ids.pop(message)):
                self.assertEqual(len(raw), sizes[message])
                self.assertEqual(len(octets), size)
                # CR LF is one line end to IMAP, whatever stands before it.
                kept = MAILDIR.find(message).raw
                if b"\r\n" not in kept:
                    self.assertEqual(octets, raw)
                self.assertEqual(
                    octets, re.sub(rb"(?<!\r)\n", b"\r\n", kept))
        self.assertEqual(ids, {})
        # Looking at them changed no name.
        self.assertEqual(set(self.listed()), set(sizes))

    def test_only_mail_is_seen_as_mail(self):
        findings = self.deliver(octets=b"Text.\r\n")
        self.api.ok("PUT", "tags", {"IDs": [findings], "Tags": ["x"]})
        self.deliver("one", "two")
        client = self.client()
        self.assertEqual(client.ok("list"),
                         [b'(\\HasNoChildren) "." INBOX'])
        self.assertEqual(client.ok("status", "INBOX", "(MESSAGES UNSEEN)"),
                         [b"INBOX (MESSAGES 3 UNSEEN 3)"])
        self.assertNotEqual(client.status("mailpit", "(MESSAGES)")[0], "OK")

    def test_an_appended_message_is_a_message(self):
        client = self.client()
        octets = (TEXT % (b"appended", b"appended")).replace(b".\r", b"\r")
        client.ok("append", "INBOX", r"(\Flagged)", None, octets)
        message, = self.listed().values()
        found = message["ID"]
        self.assertEqual((message["Subject"], message["Size"]),
                         ("appended", len(octets)))
        self.assertEqual(
            self.api.call("GET", "message/%s/raw" % found).body, octets)
        self.mark(found)
        self.assertEqual(client.flags("appended"), {"\\Flagged", "\\Seen"})
        self.assertEqual(self.shows(found), "read")
        self.delete(found)
        self.assertEqual(client.messages(), {})


class Changes(Imap):
    def test_flags_both_ways(self):
        one, two = self.deliver("one", "two")
        client = self.client()
        self.assertEqual(client.flags("one"), set())
        client.change("one", "+FLAGS", r"(\Seen)")
        self.assertTrue(self.is_read(one))
        self.assertFalse(self.is_read(two))
        client.change("one", "-FLAGS", r"(\Seen)")
        self.assertFalse(self.is_read(one))
        self.mark(one)
        self.assertEqual(client.flags("one"), {"\\Seen"})
        self.mark(one, read=False)
        self.assertEqual(client.flags("one"), set())
        # What is none of the API's business stays.
        client.change("two", "+FLAGS", r"(\Flagged \Answered $Label1)")
        self.mark(two)
        self.assertEqual(client.flags("two"),
                         {"\\Flagged", "\\Answered", "$Label1", "\\Seen"})
        self.assertTrue(self.is_read(two))

    def test_deliveries_and_deletions_both_ways(self):
        one, two, three = self.deliver("one", "two", "three")
        client = self.client()
        self.assertEqual(set(client.messages()), {"one", "two", "three"})
        client.remove("one")
        self.assertEqual(set(self.listed()), {two, three})
        self.assertEqual(
            self.api.call("GET", "message/" + one).status, 404)
        self.delete(two)
        self.assertEqual(set(client.messages()), {"three"})
        four = self.deliver("four")
        self.assertEqual(set(client.messages()), {"three", "four"})
        self.assertEqual(set(self.listed()), {three, four})
        self.api.ok("DELETE", "messages")
        self.assertEqual(client.messages(), {})

    def test_a_client_that_waits_is_told(self):
        one = self.deliver("one")
        client = self.client()
        client.messages()
        client.send(b"w IDLE\r\n")
        self.assertTrue(client.readline().startswith(b"+"))
        self.mark(one)
        self.assertIn(b"\\Seen", self.line(client, rb"FETCH"))
        self.deliver("two")
        self.assertTrue(self.line(client, rb"2 EXISTS"))
        self.delete(one)
        self.assertTrue(self.line(client, rb"1 EXPUNGE"))
        client.send(b"DONE\r\n")
        self.assertTrue(self.line(client, rb"^w OK"))

    @staticmethod
    def line(client, pattern):
        while line := client.readline():
            if re.search(pattern, line):
                return line
        raise AssertionError("the connection ended")

    def test_other_folders_lie_beside_the_maildir(self):
        one, two = self.deliver("one", "two")
        client = self.client()
        client.ok("create", "Archive")
        uid = client.messages()["one"][0]
        client.ok("uid", "COPY", uid, "Archive")
        client.remove("one")
        self.assertEqual(set(self.listed()), {two})
        client.ok("select", "Archive")
        self.assertEqual(set(client.messages()), {"one"})
        client.ok("uid", "COPY", client.messages()["one"][0], "INBOX")
        client.ok("select", "INBOX")
        self.assertEqual(set(client.messages()), {"one", "two"})
        back, = set(self.listed()) - {two}
        # A copy is another message, with the ID that is its own.
        shown = self.api.get("message/" + back)
        self.assertEqual(shown["Subject"], "one")
        self.assertEqual(shown["ReturnPath"], "from@example.org")
        self.assertNotEqual(back, one)


class Together(Imap):
    def test_two_people_and_mutt(self):
        one, two = self.deliver("one", "two")
        alice, bob = self.client("alice"), self.client("bob")
        mutt = self.mutt("bob")
        mutt.is_shown("one", ("N", "O"))
        alice.change("one", "+FLAGS", r"(\Seen)")
        self.assertEqual(bob.flags("one"), {"\\Seen"})
        mutt.is_shown("one", ("",))
        self.assertTrue(self.is_read(one))
        bob.change("two", "+FLAGS", r"(\Flagged $Label1)")
        self.assertEqual(alice.flags("two"), {"\\Flagged", "$Label1"})
        mutt.is_shown("two", ("!", "N!", "O!"))
        mutt.press("two", "d")
        self.comes_gone(two)
        self.assertEqual(set(alice.messages()), {"one"})
        bob.remove("one")
        mutt.is_gone("one")
        self.assertEqual(alice.messages(), {})
        self.assertEqual(self.listed(), {})

    def test_all_at_once(self):
        count, deleted = 120, 40
        ids = self.deliver(*["m%d" % n for n in range(count)])
        alice, bob = self.client("alice"), self.client("bob")
        arrived = []
        over = threading.Event()

        def deliver():
            with dial() as smtp:
                smtp.ehlo()
                while not over.is_set() and len(arrived) < 300:
                    name = b"late%d" % len(arrived)
                    arrived.append(smtp.deliver(TEXT % (name, name)))

        def by_imap(client, step):
            for n in range(6):
                client.ok("noop")
                client.ok("store", "1:60", "+-"[n % 2] + "FLAGS",
                          r"(\Seen)")
                client.messages()
            for n in range(0, deleted, 2):
                client.remove("m%d" % (n + step))

        def by_api():
            for n in range(12):
                self.mark(*ids[deleted:], read=n % 2 == 0)
                self.assertLessEqual(set(ids[deleted:]), set(self.listed()))

        def rest():
            try:
                harness.together(lambda: by_imap(alice, 0),
                                 lambda: by_imap(bob, 1), by_api)
            finally:
                over.set()
        harness.together(deliver, rest)
        wanted = set(ids[deleted:]) | set(arrived)
        self.assertEqual(set(self.listed()), wanted)
        self.assertEqual(len(MAILDIR), len(wanted))
        reads = {m["Subject"] for m in self.listed().values() if m["Read"]}
        for client in (alice, bob):
            found = client.messages()
            self.assertEqual(len(found), len(wanted))
            self.assertEqual({s for s, (_, flags) in found.items()
                              if "\\Seen" in flags}, reads)


if __name__ == "__main__":
    bed.enter(__file__)
    harness.main()
