# SPDX-License-Identifier: MIT
"""e2e_readers: a person with mutt, mv and rm beside the pages and the API

In the bed of the Debian package: SMTP, web server and person are three users.
"""

import contextlib
import shlex
from pathlib import Path

import bed
import harness
from bed import CACHE, ENV, MAILDIR, processes, text
from people import TEXT, People

RUN_SAN = False
TIME_LIMIT = 400
FLAG_STORM = 40  # messages that both sides mark at the same time


def owner(path):
    return text(["stat", "-c", "%U:%G %a", path]).strip()


class Readers(People):
    def setUp(self):
        super().setUp()
        self.member("alice")

    def shell(self, script):
        """What alice types."""
        done = self.as_user("alice", "sh", "-euc", script)
        self.assertEqual(done.returncode, 0, done.stderr)

    def put(self, octets, name):
        """A message of another program: written in tmp/, moved by mv."""
        path = MAILDIR.path / "tmp" / name
        self.shell("umask 007; printf %%s %s >%s; mv %s %s" % (
            shlex.quote(octets.decode()), path, path, MAILDIR.path / "new"))


class Mutt(Readers):
    def test_what_is_read_in_mutt_is_read_everywhere(self):
        one, two, three = self.deliver("one", "two", "three")
        mutt = self.mutt("alice")
        mutt.go_to("two")
        mutt.keys("Enter")
        mutt.shows("Text of two.")
        mutt.keys("i", "$")
        self.comes_read(two, True)
        self.assertFalse(self.is_read(one) or self.is_read(three))
        self.assertEqual(self.api.get("messages")["unread"], 2)
        mutt.press("two", "N")
        self.comes_read(two, False)
        mutt.press("three", "F")
        self.comes_flags(three, "F")
        self.assertFalse(self.is_read(three))
        # It stays flagged, whoever marks it.
        self.mark(three)
        self.assertEqual(self.flags(three), "FS")

    def test_what_the_api_marks_shows_in_an_open_mutt(self):
        one, two = self.deliver("one", "two")
        mutt = self.mutt("alice")
        mutt.is_shown("one", ("N", "O"))
        self.mark(one)
        mutt.is_shown("one", ("",))
        mutt.is_shown("two", ("N", "O"))
        self.mark(one, read=False)
        mutt.is_shown("one", ("N", "O"))
        # Opening the page of a message marks it.
        self.assertEqual(self.site.get("/view/" + two).status, 200)
        mutt.is_shown("two", ("",))
        self.comes_read(two, True)

    def test_marks_of_both_sides_meet(self):
        one, two = self.deliver("one", "two")
        mutt = self.mutt("alice")
        # mutt has not written this yet when the API marks the message; it
        # writes what it shows itself, so its flags are the last word.
        mutt.go_to("one")
        mutt.keys("F")
        self.mark(one)
        self.assertTrue(self.is_read(one))
        mutt.keys("$")
        self.comes_flags(one, "F")
        self.comes_read(one, False)
        self.mark(one)
        self.assertEqual(self.flags(one), "FS")
        mutt.is_shown("one", ("!",))
        for read in (True, False, True):
            mutt.press("two", "N")
            self.comes_read(two, read)

    def test_deliveries_and_deletions_both_ways(self):
        one, two, three = self.deliver("one", "two", "three")
        mutt = self.mutt("alice")
        mutt.is_shown("three")
        mutt.press("one", "d")
        self.comes_gone(one)
        self.delete(two)
        mutt.is_gone("two")
        four = self.deliver("four")
        mutt.is_shown("four", ("N",))
        self.assertEqual(set(self.listed()), {three, four})
        mutt.press("four", "d")
        self.comes_gone(four)
        # A message that is on the screen goes.
        mutt.go_to("three")
        mutt.keys("Enter")
        mutt.shows("Text of three.")
        self.delete(three)
        mutt.keys("i", "$")
        mutt.is_gone("three")
        self.assertEqual(self.listed(), {})
        self.assertFalse(mutt.is_over())

    def test_what_leaving_mutt_does(self):
        one, two = self.deliver("one", "two")
        mutt = self.mutt("alice")
        mutt.go_to("one")
        mutt.keys("Enter")
        mutt.shows("Text of one.")
        mutt.keys("i", "q")
        harness.eventually(mutt.is_over, "mutt ends")
        self.comes_read(one, True)
        self.assertFalse(self.is_read(two))  # old to mutt, and unread
        self.assertEqual(MAILDIR.find(two).path.parent.name, "cur")
        for message in (one, two):
            self.assertEqual(owner(MAILDIR.find(message).path),
                             "mailpit:mailpit-mail 660")

    def test_a_message_edited_in_mutt(self):
        one = self.deliver("one")
        mutt = self.mutt("alice")
        mutt.is_shown("one")
        mutt.keys(":", "set editor=\"sed -i s/Text/Words/\"", "Enter")
        mutt.go_to("one")
        mutt.keys("e")
        mutt.is_shown("one", ("", "N", "O", "D", "d"))
        mutt.keys("$")

        def edited():
            found = [m for m in self.listed().values() if m["ID"] != one]
            return found and one not in self.listed() and found[0]
        message = harness.eventually(edited, "the edited message")
        self.assertEqual(message["Subject"], "one")
        shown = self.api.get("message/" + message["ID"])
        self.assertIn("Words of one.", shown["Text"])
        self.delete(message["ID"])
        self.assertEqual(MAILDIR.names(), [])


class Files(Readers):
    def test_a_message_put_by_mv_and_removed_by_rm(self):
        mutt = self.mutt("alice")
        self.put((TEXT % (b"moved", b"moved")).replace(b"\r", b""),
                 "1795000000.4711_1.laptop")
        message, = self.listed().values()
        self.assertEqual(message["Subject"], "moved")
        found = message["ID"]
        self.assertEqual(self.shows(found), "unread")
        mutt.is_shown("moved", ("N",))
        # The pages mark it, though it is alice's.
        self.assertTrue(self.api.get("message/" + found)["Subject"])
        self.assertEqual(self.shows(found), "read")
        path = MAILDIR.path / "cur" / "1795000000.4711_1.laptop:2,S"
        self.assertEqual(owner(path), "alice:mailpit-mail 660")
        mutt.is_shown("moved", ("",))
        self.shell("rm %s" % path)
        self.comes_gone(found)
        mutt.is_gone("moved")

    def test_taken_out_and_put_back(self):
        one, two = self.deliver("one", "two")
        self.mark(one)
        name = MAILDIR.find(one).path.name
        self.shell("mv %s ~/kept" % (MAILDIR.path / "cur" / name))
        self.assertEqual(set(self.listed()), {two})
        self.assertIsNone(self.shows(one))
        self.shell("mv ~/kept %s" % (MAILDIR.path / "cur" / name))
        self.assertTrue(self.is_read(one))
        self.assertEqual(set(self.listed()), {one, two})

    def test_flags_by_mv(self):
        message = self.deliver("one")
        for flags, read in (("S", True), ("F", False), ("FRS", True),
                            ("", False)):
            with self.subTest(flags):
                path = MAILDIR.find(message).path
                unique = path.name.partition(":")[0]
                self.shell("mv %s %s/cur/%s:2,%s" % (
                    path, MAILDIR.path, unique, flags))
                self.assertEqual(self.is_read(message), read)

    def test_what_the_pages_trash_is_gone_and_comes_back(self):
        mutt = self.mutt("alice")
        one, _ = self.deliver("one", "two")
        mutt.is_shown("one")
        name = MAILDIR.find(one).path.name
        trash = MAILDIR.path / "mailpit" / "trash"
        self.shell("mv %s %s" % (MAILDIR.find(one).path, trash))
        mutt.is_gone("one")
        self.assertNotIn(one, self.listed())
        self.shell("mv %s %s" % (trash / name, MAILDIR.path / "cur"))
        mutt.is_shown("one")
        self.assertIn(one, self.listed())

    def test_both_mark_many_at_once(self):
        ids = self.deliver(*["m%d" % n for n in range(FLAG_STORM)])
        script = self.file("storm", "\n".join([
            "cd %s" % MAILDIR.path,
            "for turn in 1 2 3; do for f in new/* cur/*; do",
            "[ -e $f ] || continue; u=${f#*/}; u=${u%%:*}",
            "mv $f cur/$u:2,S 2>&-; mv cur/$u:2,S cur/$u:2, 2>&-",
            "done; done; exit 0"]))
        script.chmod(0o755)
        self.dir.chmod(0o755)

        def api_marks():
            for n in range(12):
                self.mark(*ids, read=n % 2 == 0)
                self.assertEqual(set(self.listed()), set(ids))
        harness.together(
            lambda: self.as_user("alice", "sh", script), api_marks,
            lambda: self.as_user("alice", "sh", script))
        self.assertEqual(len(MAILDIR), FLAG_STORM)
        for message in ids[::7]:
            self.is_read(message)
        reads = {m.id: "S" in m.path.name.partition(":2,")[2]
                 for m in MAILDIR.messages()}
        self.assertEqual({i: m["Read"] for i, m in self.listed().items()},
                         reads)
        self.mark(*ids)
        self.assertEqual(self.api.get("messages")["unread"], 0)


class Users(Readers):
    def test_each_is_a_user_of_its_own(self):
        message = self.deliver("one")
        self.assertEqual(set(self.listed()), {message})
        users = set()
        for pid in processes("mailpit-web.service"):
            with contextlib.suppress(OSError):
                users.add(Path("/proc/%d" % pid).owner())
        self.assertEqual(users, {"mailpit-web"})
        for path in (ENV, CACHE):
            with self.subTest(str(path)):
                self.assertNotEqual(self.as_user(
                    "alice", "ls" if path.is_dir() else "cat",
                    path).returncode, 0)
        self.assertEqual(text(["id", "-nG", "alice"]).split(),
                         ["alice", "mailpit-mail"])


if __name__ == "__main__":
    bed.enter(__file__)
    harness.main()
