#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""e2e_browser: the pages in Chromium, with and without a script, and in w3m

What a person does stands in browser_*.mjs, one exported function each; here
the mailboxes are made, and what must be in the Maildir afterwards is looked at.
"""

import json
import shutil
import subprocess

import harness
import samples
import web
from common import TOP

RUN_SAN = False
TIME_LIMIT = 900

MODULES = TOP / "build" / "npm" / "node_modules"
READY = (MODULES / "playwright-core").is_dir() and \
    (MODULES / "axe-core").is_dir()


class Browser(harness.Case):
    """One Chromium for all; a mailbox and a web server for each test."""

    @classmethod
    def setUpClass(cls):
        cls.node = subprocess.Popen(
            ["node", str(TOP / "t" / "browser.mjs")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @classmethod
    def tearDownClass(cls):
        cls.node.stdin.close()
        cls.node.wait(60)
        cls.node.stdout.close()

    def site(self, count=7, env=None, webroot="/"):
        maildir = self.use()
        self.ids = samples.fill(maildir, count)
        site = web.Site(self.dir, maildir, env, webroot)
        self.addCleanup(site.stop)
        return site

    def play(self, name, count=7, **kw):
        site = self.site(count, **kw)
        self.node.stdin.write(json.dumps(
            {"name": name, "url": site.url, "ids": self.ids}) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        self.assertTrue(line, "the browser ended")
        answer = json.loads(line)
        self.assertTrue(answer["ok"], "%s\n%s" % (
            answer.get("error"), site.said()))
        return site

    def names(self, folder):
        path = self.maildir.path / folder
        return sorted(p.name for p in path.iterdir()) if path.is_dir() else []


@harness.skip_if(not READY, "npm ci could not be done")
class Lists(Browser):
    def test_a_row_shows_what_matters(self):
        self.play("a_row_shows_what_matters")

    def test_pages_of_a_list(self):
        self.play("pages_of_a_list", 60)

    def test_selecting_with_check_boxes(self):
        self.play("selecting_with_check_boxes", 60)
        self.assertEqual(self.names("new"), [])

    def test_selecting_by_touch(self):
        self.play("selecting_by_touch")
        self.assertEqual(len(self.names("mailpit/trash")), 2)

    def test_deleting_and_undoing(self):
        self.play("deleting_and_undoing")
        self.assertEqual(self.names("mailpit/trash"), [])

    def test_deleting_all_asks_first(self):
        self.play("deleting_all_asks_first")
        self.assertEqual(len(self.names("cur")), 7)

    def test_search_results(self):
        self.play("search_results")
        self.assertEqual(len(self.names("mailpit/trash")), 1)

    def test_tags_of_messages(self):
        self.play("tags_of_messages")

    def test_coming_back_to_the_place(self):
        self.play("coming_back_to_the_place", 60)


@harness.skip_if(not READY, "npm ci could not be done")
class Messages(Browser):
    def test_opening_marks_read(self):
        self.play("opening_marks_read")

    def test_tabs_have_urls(self):
        self.play("tabs_have_urls")

    def test_html_is_shut_in(self):
        self.play("html_is_shut_in")

    def test_widths_of_a_phone_and_a_tablet(self):
        self.play("widths_of_a_phone_and_a_tablet")

    def test_headers_can_be_filtered(self):
        self.play("headers_can_be_filtered")

    def test_attachments(self):
        self.play("attachments")

    def test_a_message_within_a_message(self):
        self.play("a_message_within_a_message")

    def test_downloads(self):
        self.play("downloads")

    def test_deleting_goes_to_the_next(self):
        self.play("deleting_goes_to_the_next")
        self.assertEqual(self.names("mailpit/trash"), [])

    def test_tags_of_one_message(self):
        self.play("tags_of_one_message")

    def test_the_list_beside_grows(self):
        self.play("the_list_beside_grows", 120)

    def test_hostile_mail_does_nothing(self):
        self.play("hostile_mail_does_nothing")


@harness.skip_if(not READY, "npm ci could not be done")
class Rest(Browser):
    def test_the_keyboard_alone(self):
        self.play("the_keyboard_alone")

    def test_keys_of_one_character_can_be_off(self):
        self.play("keys_of_one_character_can_be_off")

    def test_new_mail_appears_by_itself(self):
        self.play("new_mail_appears_by_itself")

    def test_polling_where_streams_are_cut(self):
        self.play("polling_where_streams_are_cut")

    def test_unread_in_title_and_icon(self):
        self.play("unread_in_title_and_icon")

    def test_notifications(self):
        self.play("notifications")

    def test_light_and_dark(self):
        self.play("light_and_dark")

    def test_settings_persist(self):
        self.play("settings_persist")

    def test_paper(self):
        self.play("paper")

    def test_html_on_paper(self):
        self.play("html_on_paper")

    def test_errors_are_told(self):
        self.play("errors_are_told")

    def test_nothing_is_wider_than_a_phone(self):
        self.play("nothing_is_wider_than_a_phone", 60)

    def test_without_a_script(self):
        self.play("without_a_script", 60)

    def test_a_label_and_a_webroot(self):
        self.play("a_label_and_a_webroot", env={"MP_LABEL": "Staging <1>"},
                  webroot="/mail/pit/")

    def test_nothing_that_axe_objects_to(self):
        self.play("nothing_that_axe_objects_to")


class Terminal(Browser):
    """Without any of that: w3m reads a message."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def dump(self, url):
        return harness.run(
            [shutil.which("w3m"), "-dump", "-cols", "100", url],
            env=self.env()).stdout.decode()

    @harness.skip_if(not shutil.which("w3m"), "w3m is not installed")
    def test_w3m_reads_a_message(self):
        site = self.site()
        shown = self.dump(site.url)
        self.assertIn("Report for November", shown)
        self.assertIn("Unread:", shown)
        shown = self.dump(site.url + "view/" + self.ids[1])
        self.assertIn("Please find the report attached.", shown)
        self.assertIn("reports@example.com", shown)
        self.assertNotIn("Unread: Reports", self.dump(site.url))


if __name__ == "__main__":
    harness.main()
