# SPDX-License-Identifier: MIT
"""e2e_index: the index gives the answers of the Maildir

The real server delivers, other programs mark, move and remove: the answers
are those that a look into the folders gives.
"""

import os
import random
import threading
import time

import harness
from common import SANITIZED
from indexing import MESSAGES, Case

TIME_LIMIT = 420

# Deliveries that are each looked for right behind their 250.
VISIBLE = int(os.environ.get("INDEX_VISIBLE", 150 if SANITIZED else 1500))


class Visible(Case):
    def test_a_message_is_in_every_answer_after_its_250(self):
        server = self.server("--no-fsync")
        asker = self.asker()
        missed = []
        seen = 0

        def load(stop):
            while not stop.is_set():
                with server.dial() as smtp:
                    smtp.ehlo()
                    for _ in range(20):
                        smtp.deliver(b"Subject: load\r\n\r\nx\r\n")

        stop = threading.Event()
        loader = threading.Thread(target=load, args=(stop,))
        loader.start()
        try:
            while seen < VISIBLE:
                with server.dial() as smtp:
                    smtp.ehlo()
                    for _ in range(50):
                        message = smtp.deliver(
                            b"Subject: wanted %d\r\n\r\nq%dq\r\n"
                            % (seen, seen))
                        found = asker.ask("find " + message)
                        if not found or found[0][1] != message:
                            missed.append(message)
                        if seen % 10 == 0:
                            self.assertEqual(
                                asker.ids("q%dq" % seen), [message])
                        seen += 1
        finally:
            stop.set()
            loader.join()
        self.assertEqual(missed, [])
        asker.close()


class Others(Case):
    """What other programs do with the files."""

    def setUp(self):
        super().setUp()
        self.make()

    def test_marks_moves_and_deletions_are_taken_in(self):
        self.add(MESSAGES)
        asker = self.asker()
        self.assert_true_answers(asker)
        for _ in range(40):
            for message_id, _ in self.random.sample(self.present(), 3):
                path = self.file_of(message_id)
                unique = path.name.partition(":")[0]
                what = self.random.choice(("read", "flag", "new", "rm"))
                if what == "rm":
                    path.unlink()
                elif what == "new":
                    path.rename(self.top / "new" / unique)
                else:
                    path.rename(self.top / "cur" / (
                        unique + (":2,S" if what == "read" else ":2,F")))
            self.add(self.random.randint(0, 2))
            self.assert_true_answers(asker)
        asker.close()

    def test_events_tell_of_each_change_and_of_nothing_else(self):
        one, two = self.add(2)
        asker = self.asker()
        asker.ids()
        last = asker.ask("last")[0][0]
        path = self.file_of(one)
        path.rename(self.top / "cur" / (path.name + ":2,S"))
        asker.ask("follow")
        # A change of flags that nobody sees is none.
        path = self.file_of(one)
        path.rename(str(path) + "T")
        self.file_of(two).unlink()
        (three,) = self.add()
        events = [line[2:4] for line in asker.ask("events " + last)]
        self.assertEqual(events[0], ["read", one])
        self.assertEqual(sorted(events[1:]),
                         sorted([["delete", two], ["new", three]]))
        self.assertEqual(asker.ask("events 1")[0][2], "reload")
        asker.close()

    def test_a_restless_message_never_blinks(self):
        """One that is renamed all the time is not deleted and made again."""
        ids = self.add(MESSAGES)
        asker = self.asker()
        asker.ids()
        last = asker.ask("last")[0][0]
        stop = threading.Event()

        def rename():
            path = self.file_of(ids[0])
            unique = path.name.partition(":")[0]
            while not stop.is_set():
                for target in (self.top / "cur" / (unique + ":2,S"),
                               self.top / "cur" / (unique + ":2,FS"),
                               self.top / "new" / unique):
                    path.rename(target)
                    path = target

        mover = threading.Thread(target=rename)
        mover.start()
        try:
            for _ in range(100):
                self.assertIn(ids[0], asker.ids(limit=1000))
        finally:
            stop.set()
            mover.join()
        kinds = {line[2] for line in asker.ask("events " + last)}
        self.assertLessEqual(kinds, {"read", "unread"})
        asker.close()

    def test_a_time_that_was_young_when_it_was_read_proves_nothing(self):
        """Two deliveries within one tick: the folder shows but one time."""
        (first,) = self.add()
        folder = self.top / "new"
        asker = self.asker()
        old, late = (time.time_ns() + delta * 10**9 for delta in (-60, 60))
        os.utime(folder, ns=(old, old))
        self.assertEqual(asker.ids(), [first])
        (second,) = self.add()
        os.utime(folder, ns=(old, old))
        self.assertEqual(asker.ids(), [first], "it reads what is unchanged")
        os.utime(folder, ns=(late, late))
        self.assertEqual(asker.ids(), [second, first])
        (third,) = self.add()
        os.utime(folder, ns=(late, late))
        self.assertEqual(asker.ids(), [third, second, first])
        asker.close()

    def test_one_that_is_moved_and_marked_while_it_comes_is_there(self):
        """A listing may miss what is renamed meanwhile."""
        self.add(MESSAGES * 5, where="cur")
        asker = self.asker()
        asker.ids(limit=1)
        stop = threading.Event()
        current = []

        def reader():
            """Takes each new message to cur/ and goes on marking it."""
            cur = self.top / "cur"
            while not stop.is_set():
                if not current:
                    continue
                path = current[0]
                for flags in ("", "S", "FS", "F", "RS") * 4:
                    target = cur / (path.name.partition(":")[0] + ":2,"
                                    + flags)
                    path.rename(target)
                    path = target
                current.clear()

        thread = threading.Thread(target=reader)
        thread.start()
        missed = []
        try:
            for _ in range(MESSAGES):
                (message,) = self.add()
                current.append(self.file_in_new(message))
                if message not in asker.ids(limit=3):
                    missed.append(message)
                while current:
                    time.sleep(0.001)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(missed, [])
        self.assert_true_answers(asker)
        asker.close()

    def test_tag_files_of_others_are_taken_in(self):
        one, two = self.add(2, extra="X-Tags: own\n")
        asker = self.asker()
        self.assertEqual(asker.ask("tags"), [["2", "own"]])
        tags = self.top / "mailpit" / "tags"
        for text, expected in (("hand\n", [["1", "hand"], ["1", "own"]]),
                               ("hand\nzwei\n",
                                [["1", "hand"], ["1", "own"], ["1", "zwei"]]),
                               ("\n", [["1", "own"]]),
                               ("", [["2", "own"]]),
                               ("x!!y\n", [["1", "own"], ["1", "x y"]]),
                               (None, [["2", "own"]])):
            fresh = self.top / "tmp" / "tags.new"
            if text is None:
                (tags / one).unlink()
            else:
                fresh.write_text(text)
                fresh.rename(tags / one)
            self.assertEqual(asker.ask("tags"), expected, repr(text))
        (tags / two).write_text("gone\n")
        self.file_of(two).unlink()
        (tags / two).unlink()
        self.assertEqual(asker.ask("tags"), [["1", "own"]])
        asker.close()

    def test_foreign_files_and_odd_ones(self):
        (self.top / "new" / "1795000000.1_2.host").write_bytes(
            b"Subject: number foreign\n\nline\nbody\n")
        os.symlink("/etc/passwd", self.top / "new" / "link")
        os.mkfifo(self.top / "cur" / "pipe")
        (self.top / "cur" / "folder").mkdir()
        (self.top / "new" / "empty").write_bytes(b"")
        (self.top / "new" / "na\\me \xe9".encode("latin-1").decode(
            "utf-8", "surrogateescape")).write_bytes(b"\0\xff\n\r")
        # Breaches of the contract, gone before the check at the end.
        self.addCleanup((self.top / "cur" / "folder").rmdir)
        self.addCleanup((self.top / "cur" / "pipe").unlink)
        self.addCleanup((self.top / "new" / "link").unlink)
        asker = self.asker()
        self.assertEqual(asker.counts()[0], 3)
        (row,) = [line for line in asker.ask('list 0 10 "number foreign"')
                  if line[0] == "row"]
        self.assertEqual(int(row[5]), 39)  # each line end is two octets
        self.assertEqual(len(asker.ids()), 3)
        asker.close()

    def test_a_copy_is_a_message_of_its_own(self):
        (one,) = self.add()
        path = self.file_of(one)
        asker = self.asker()
        self.assertEqual(asker.ids(), [one])
        copy = path.with_name(path.name.replace("Q1R", "Q2R"))
        copy.write_bytes(path.read_bytes())
        ids = asker.ids()
        self.assertEqual(len(ids), 2)
        self.assertIn(one, ids)
        copy.unlink()
        self.assertEqual(asker.ids(), [one])
        asker.close()


class Ours(Case):
    """What is done through the index is done in the Maildir."""

    def setUp(self):
        super().setUp()
        self.make()

    def test_marking_deleting_and_restoring(self):
        ids = self.add(30)
        asker = self.asker()
        self.assertEqual(asker.ask("read %s %s %s" % (
            ids[0], ids[1], "7" * 22))[0][1:4], ["2", "0", "1"])
        self.assert_true_answers(asker)
        self.assertEqual(asker.ask("read all")[0][1], "28")
        self.assertEqual(asker.ask("unread ?subject:5")[0][1], "3")
        self.assert_true_answers(asker)
        self.assertEqual(asker.ask("delete " + ids[3])[0][1], "1")
        answer = asker.ask("trash ?from:joe1@")
        group = answer[0][4]
        self.assertEqual(asker.counts()[0], 29 - int(answer[0][1]))
        self.assertEqual(len(os.listdir(self.top / "mailpit" / "trash")),
                         int(answer[0][1]))
        self.assert_true_answers(asker)
        self.assertEqual(asker.ask("restore " + group)[0][1], answer[0][1])
        self.assertEqual(asker.counts()[0], 29)
        self.assert_true_answers(asker)
        last = asker.ask("last")[0][0]
        self.assertEqual(asker.ask("delete all")[0][1], "29")
        self.assertEqual(self.present(), [])
        self.assertEqual(asker.ask("events " + last)[0][2], "truncate")
        self.assertGreaterEqual(int(asker.ask("deleted 0")[0][0]), 30)
        asker.close()

    def test_what_others_renamed_meanwhile_is_changed_all_the_same(self):
        self.add(100)
        asker = self.asker()
        asker.ids()
        for name in os.listdir(self.top / "new")[:50]:
            (self.top / "new" / name).rename(
                self.top / "cur" / (name + ":2,FR"))
        self.assertEqual(asker.ask("delete all")[0][1], "100")
        self.assertEqual(self.present(), [])
        asker.close()

    def test_tags_are_kept_in_files(self):
        one, two, three = self.add(3, extra="X-Tags: Own\n")
        asker = self.asker()
        self.assertEqual(asker.ask("put b+c,A " + one)[0][1], "1")
        self.assertEqual((self.top / "mailpit/tags" / one).read_text(),
                         "A\nb c\n")
        self.assertEqual(asker.ask("add own " + one)[0][1], "1")
        self.assertEqual(asker.ask("tags"),
                         [["1", "A"], ["1", "b c"], ["3", "Own"]])
        self.assertEqual(asker.ask("drop OWN %s %s" % (one, two))[0][1], "2")
        self.assertEqual(asker.ask("tags"),
                         [["1", "A"], ["1", "b c"], ["1", "Own"]])
        self.assertEqual(asker.ids("tag:own"), [three])
        self.assertEqual(asker.ids("is:tagged"), [three, one])
        self.assertEqual(asker.ask("rename nothing x"), [["verdict", "1"]])
        self.assertEqual(asker.ask("rename own A"), [["verdict", "2"]])
        self.assertEqual(asker.ask("rename own OWN"), [["verdict", "0"]])
        self.assertEqual(asker.ask("rename a New+1"), [["verdict", "0"]])
        expected = [["1", "b c"], ["1", "New 1"], ["1", "OWN"]]
        self.assertEqual(asker.ask("tags"), expected)
        asker.close()
        # Losing the index loses none of them.
        for path in self.folder.iterdir():
            path.unlink()
        asker = self.asker()
        self.assertEqual(asker.ask("tags"), expected)
        self.assertEqual(asker.ask("remove new+1"), [["verdict", "0"]])
        self.assertEqual(asker.ask("put  " + three), [["changed", "0", "0",
                                                       "0", ""]])
        self.assertEqual(asker.ask("tags"), [["1", "b c"], ["1", "OWN"]])
        asker.close()

    def test_only_the_first_of_a_message_id_is_shown_if_asked_for(self):
        one, two, three = self.add(3)
        for message_id in (two, three):
            path = self.file_of(message_id)
            text = path.read_bytes().replace(b"<m2@x>", b"<m1@x>")
            path.write_bytes(text.replace(b"<m3@x>", b"<m1@x>"))
        asker = self.asker("duplicates")
        self.assertEqual(asker.ids(), [one])
        self.assertEqual(asker.counts(), (1, 1, 1, 1))
        self.file_of(one).unlink()
        self.assertEqual(asker.ids(), [two])
        self.assertEqual(asker.ask("delete all")[0][1], "2")
        self.assertEqual(self.present(), [])
        asker.close()

    def test_the_date_of_the_message_if_asked_for(self):
        old = self.add(extra="Date: Mon, 1 Apr 2024 13:05:06 +0000\n")
        new = self.add()
        older = self.add(extra="Date: Mon, 1 Apr 2019 13:05:06 +0200\n")
        asker = self.asker("dates")
        self.assertEqual(asker.ids(), new + old + older)
        self.assertEqual(asker.ids("before:2024-04-02 after:2024-04-01"), old)
        asker.close()


class Searching(Case):
    def setUp(self):
        super().setUp()
        self.make()

    def test_what_is_searched_is_found_and_nothing_else(self):
        ids = self.add(12)
        (special,) = self.add(subject="100% \u00c9T\u00c9_x", extra=(
            "Cc: \"Bob, Jr & <Co>\" <bob@example.org>\n"
            "X-Mailer: Pigeon 2.0\nReply-To: back@example.org\n"
            "Date: Mon, 1 Apr 2024 13:05:06 +0000\n"))
        asker = self.asker()
        for query, expected in (
                ("w13x", [special]), ("-w13x", ids[::-1]),
                ("W13X", [special]), ("3x", [special, ids[2]]),
                ("!3x subject:number", [i for i in ids[::-1]
                                        if i != ids[2]]),
                ("subject:100%", [special]), ("subject:1%%", []),
                ("subject:_x", [special]), ("subject:t_x", []),
                ("subject:\u00e9t\u00e9", [special]), ("\u00c9T\u00c9",
                                                       [special]),
                ("cc:\"bob, jr\"", [special]), ("cc:\"& <co>\"", [special]),
                ("cc:name", []), ("to:address", []), ("cc:b", [special]),
                ("addressed:back@", [special]),
                ("cc:=bob@example.org", [special]),
                ("cc:=ob@example.org", []), ("cc:=bob", []),
                ("from:joe6", [special, ids[5]]),
                ("from:joe6 -cc:bob", [ids[5]]),
                ("from:joe6 -cc:=bob@example.org", [ids[5]]),
                ("bcc:u13@", [special]), ("message-id:m13@", [special]),
                ("message-id:\"<m13@x>\"", [special]),
                ("header:x-mailer=pigeon", [special]),
                ("header:X-Mailer", [special]),
                ("header:x-mailer=crow", []),
                ("from:joe6 !header:x-mailer", [ids[5]]),
                ("w1x OR w13x", [special, ids[0]]),
                ("w1x from:joe1 OR w13x header:x-mailer=pigeon",
                 [special, ids[0]]),
                ("w1x OR -number", [special, ids[0]]),
                ("has:attachment", []), ("is:read", []),
                ("is:unread w2x", [ids[1]]),
                ("larger:400", [special]), ("smaller:1", []),
                ("after:2026-01-01 w3x", [ids[2]]),
                ("before:2026-01-01", [])):
            with self.subTest(query=query):
                self.assertEqual(asker.ids(query), expected)
                self.assertEqual(asker.counts(query)[2], len(expected))
        self.assertIsNone(asker.ask("delete ?before:garbage"))
        self.assertEqual(asker.counts()[0], 13)
        asker.close()

    def test_answers_that_are_remembered_stay_true(self):
        """So many matches are kept; each change brings them up to date."""
        ids = self.add(2200 if SANITIZED else 3000)
        queries = ("number", "is:unread", "number -w7x", "body is:read",
                   "-tag:red", "number OR tag:red", "bo", "larger:1")
        chance = random.Random("answers")
        asker = self.asker()

        def change(n):
            some = chance.choice(ids)
            asker.ask(chance.choice((
                "read ", "unread ", "delete ", "add red ", "drop red ",
                "trash ")) + some)
            path = self.file_of(chance.choice(ids))
            if path is not None and n % 3 == 0:
                path.unlink()
            if n % 4 == 0:
                ids.extend(self.add(chance.randint(1, 3)))
            if n % 10 == 5:
                asker.ask("read ?from:joe%d@" % (n % 7))

        for n in range(30):
            for query in queries:
                asker.counts(query)
            change(n)
            if n % 3 != 0:
                continue
            self.folder, kept = self.dir / ("fresh%d" % n), self.folder
            fresh = self.asker()
            self.folder = kept
            for query in queries:
                with self.subTest(n=n, query=query):
                    for command in ("list 0 5 ", "list 700 3 ", "find latest ",
                                    "near %s " % chance.choice(ids)):
                        self.assertEqual(asker.ask(command + query),
                                         fresh.ask(command + query))
            fresh.close()
        asker.close()

    def test_pages_and_neighbours(self):
        ids = self.add(25)[::-1]
        asker = self.asker()

        def page(start, limit, query=""):
            return [line[1] for line in asker.ask(
                "list %d %d %s" % (start, limit, query)) if line[0] == "row"]

        self.assertEqual(page(0, 10), ids[:10])
        self.assertEqual(page(20, 10), ids[20:])
        self.assertEqual(page(30, 10), [])
        self.assertEqual(page(5, 10, "body"), ids[5:15])
        self.assertEqual(asker.ask("near " + ids[0])[0][1:], ["", ids[1]])
        self.assertEqual(asker.ask("near " + ids[7])[0][1:],
                         [ids[6], ids[8]])
        self.assertEqual(asker.ask("near %s from:joe1@" % ids[3])[0][1:],
                         [""] + [ids[10]])
        self.assertEqual(asker.ask("find latest")[0][1], ids[0])
        self.assertEqual(asker.ask("find latest w3x")[0][1], ids[22])
        self.assertEqual(asker.ask("find " + ids[4])[0][1], ids[4])
        self.assertEqual(asker.ask("find " + "7" * 22), [])
        self.assertEqual(asker.ask("find ../../etc/passwd"), [])
        asker.close()


if __name__ == "__main__":
    harness.main()
