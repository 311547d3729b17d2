# SPDX-License-Identifier: MIT
"""e2e_index_together: several processes share an index, and some break it

Eight ask and change at the same time, some are killed amid their work, the
file is damaged or taken away: the answers stay those of the folders.
"""

import json
import os
import random
import signal
import sqlite3
import threading
import time

import harness
import web
from indexing import MESSAGES, Case

TIME_LIMIT = 420


class Together(Case):
    """Several processes, some of them killed, and a file that breaks."""

    def setUp(self):
        super().setUp()
        self.make()

    def test_eight_at_a_time_ask_and_change(self):
        self.add(MESSAGES)
        askers = [self.asker() for _ in range(8)]
        troubles = []

        def work(number):
            chance = random.Random(number)
            asker = askers[number]
            for _ in range(25):
                command = chance.choice((
                    "list 0 20", "list 0 20 body", "tags", "read ?w%dx"
                    % chance.randint(1, MESSAGES), "unread ?w%dx"
                    % chance.randint(1, MESSAGES), "add t%d ?w%dx"
                    % (number, chance.randint(1, MESSAGES)), "delete ?w%dx"
                    % chance.randint(1, MESSAGES)))
                if asker.ask(command) is None:
                    troubles.append((command, asker.log))

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            self.add(2)
            time.sleep(0.02)
        for thread in threads:
            thread.join()
        self.assertEqual(troubles, [])
        for asker in askers:
            self.assert_true_answers(asker)
            asker.close()

    def test_kill_amid_a_build_leaves_a_sound_index(self):
        self.stray_ok = True
        self.add(MESSAGES * 2)
        for delay in (0.01, 0.03, 0.06, 0.1, 0.2, 0.4):
            asker = self.asker()
            asker.process.stdin.write(b"build\n")
            asker.process.stdin.flush()
            time.sleep(delay)
            asker.process.send_signal(signal.SIGKILL)
            asker.kill()
        asker = self.asker()
        self.assert_true_answers(asker)
        asker.close()

    def break_file(self, how):
        path = self.folder / "index.db"
        if how == "deleted":
            path.unlink()
        elif how == "all deleted":
            for entry in self.folder.iterdir():
                entry.unlink()
        elif how == "no database":
            path.write_bytes(b"this is no database\n" * 1000)
        elif how == "empty":
            path.write_bytes(b"")
        elif how == "cut":
            os.truncate(path, path.stat().st_size // 2)
        else:
            data = bytearray(path.read_bytes())
            for page in range(2, len(data) // 4096):
                data[page * 4096:page * 4096 + 64] = b"\xff" * 64
            path.write_bytes(data)

    def test_a_broken_or_missing_file_is_made_anew(self):
        self.add(MESSAGES)
        for how in ("deleted", "all deleted", "no database", "empty", "cut",
                    "damaged"):
            for fresh in (True, False):
                with self.subTest(how=how, fresh=fresh):
                    asker = self.asker()
                    asker.ask("build")
                    if fresh:
                        asker.close()
                    self.break_file(how)
                    if fresh:
                        asker = self.asker()
                    self.assert_true_answers(asker)
                    asker.close()

    def test_others_go_on_while_the_file_is_made_anew(self):
        self.add(MESSAGES)
        askers = [self.asker() for _ in range(4)]
        for asker in askers:
            asker.ids()
        for _ in range(5):
            self.break_file("all deleted")
            results = []
            threads = [threading.Thread(
                target=lambda a=asker: results.append(a.ask(
                    "list 0 100000 body")))
                for asker in askers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for asker, result in zip(askers, results, strict=True):
                self.assertIsNotNone(result, [a.log for a in askers])
                self.assertEqual(sum(line[0] == "row" for line in result),
                                 MESSAGES)
        for asker in askers:
            asker.close()

    def test_a_question_does_not_wait_for_ever_for_an_index_being_built(self):
        """It fails, nothing else happens, and asking again gets further."""
        self.add(150)
        asker = self.asker("impatient")
        self.assertEqual(len(asker.ids(limit=5)), 5)
        self.assertIsNone(asker.ask("progress"))
        seen = [0]
        while asker.ask("delete ?body") is None:
            (done, total), = asker.ask("progress")
            self.assertEqual(int(total), 150)
            self.assertLess(int(done), 150)
            self.assertGreater(int(done), seen[-1])
            seen.append(int(done))
            self.assertEqual(len(self.present()), 150)
            self.assertEqual(len(asker.ids(limit=5)), 5)
        self.assertGreater(len(seen), 2)
        self.assertIsNone(asker.ask("progress"))
        self.assertEqual(self.present(), [])
        asker.close()

    def test_pages_and_api_say_that_the_index_is_being_built(self):
        self.add(5)
        site = web.Site(self.dir, self.top)
        self.addCleanup(site.stop)
        self.assertEqual(site.get("api/v1/messages").status, 200)
        writer = sqlite3.connect(self.folder / "index.db",
                                 isolation_level=None)
        self.addCleanup(writer.close)
        writer.execute("BEGIN IMMEDIATE")
        self.add(1)
        answers = {}

        def ask(method, path):
            answers[path] = site.request(method, "/" + path)

        harness.together(
            lambda: ask("GET", "api/v1/search?query=body"),
            lambda: ask("DELETE", "api/v1/search?query=body"),
            lambda: ask("GET", "search?q=body"),
            lambda: ask("GET", "confirm?do=delete&q=body"))
        for path, answer in answers.items():
            with self.subTest(path=path):
                self.assertEqual(answer.status, 503)
                self.assertEqual(answer.headers["Retry-After"], "5")
                self.assertIn(b"Messages are still being read",
                              answer.body)
                self.assertEqual(answer.headers["Refresh"],
                                 None if path.startswith("api") else "5")
        self.assertEqual(len(self.present()), 6)
        writer.execute("ROLLBACK")
        found = site.get("api/v1/search?query=body")
        self.assertEqual(json.loads(found.body)["messages_count"], 6)

    def test_many_find_no_file_at_the_same_time(self):
        self.add(3)
        for _ in range(60):
            askers = [self.asker() for _ in range(8)]
            for asker in askers:
                self.assertEqual(len(asker.ids()), 3, asker.log)
                asker.close()
            self.break_file("all deleted")

    def test_the_program_builds_it_and_says_how_much(self):
        self.add(10)
        done = self.mailpit("index", "--maildir", self.top,
                            "--index-dir", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("10 messages, 10 unread", done.stderr)
        self.assertEqual(os.stat(self.folder).st_mode & 0o777, 0o700)
        self.assertEqual(
            os.stat(self.folder / "index.db").st_mode & 0o777, 0o600)
        self.assertEqual(
            self.mailpit("index", "--maildir", self.dir / "none",
                         "--index-dir", self.folder).returncode, 73)
        self.assertEqual(self.mailpit("index", "x").returncode, 64)


if __name__ == "__main__":
    harness.main()
