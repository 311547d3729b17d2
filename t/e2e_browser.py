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
import terminal
import web
from common import TOP

RUN_SAN = False
TIME_LIMIT = 900

MODULES = TOP / "build" / "npm" / "node_modules"
READY = (MODULES / "playwright-core").is_dir() and \
    (MODULES / "axe-core").is_dir()

# For lighttpd, so that there is no stream of events.
NO_STREAM = """server.modules += ( "mod_access" )
$HTTP["url"] =~ "/events$" { url.access-deny = ( "" ) }
"""


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

    def site(self, count=7, more=(), **kw):
        """With some messages besides, if wanted, each with its findings."""
        maildir = self.use()
        self.ids = samples.fill(maildir, count)
        self.ids += [samples.put(maildir, message, findings=findings)
                     for message, findings in more]
        site = web.Site(self.dir, maildir, **kw)
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

    def test_undoing_what_was_found(self):
        self.play("undoing_what_was_found")
        self.assertEqual(self.names("mailpit/trash"), [])

    def test_enter_in_the_field_tags(self):
        self.play("enter_in_the_field_tags")

    def test_several_tags_at_once(self):
        self.play("several_tags_at_once")

    def test_a_phone_in_the_hand(self):
        self.play("a_phone_in_the_hand", 60)

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

    def test_very_many_people(self):
        self.play("very_many_people", more=[
            (samples.to_many(10), ""), (samples.to_many(30), "")])

    def test_a_message_that_is_a_file(self):
        self.play("a_message_that_is_a_file", more=[(samples.file_alone(), "")])

    def test_how_to_unsubscribe(self):
        self.play("how_to_unsubscribe", more=[
            (message, "") for message in samples.newsletters()])

    def test_what_was_odd(self):
        self.play("what_was_odd", more=[(
            samples.text("Odd", "odd@example.com", "ann@example.com", "x\n"),
            "finding bare-lf 3 a line ends with LF alone\n"
            "finding early 1 spoke before the banner\nparam MAIL SIZE=300\n")])

    def test_each_line_has_its_direction(self):
        self.play("each_line_has_its_direction", more=[(samples.text(
            "Both", "both@example.com", "ann@example.com",
            "\u05e9\u05dc\u05d5\u05dd.\n\nEnglish.\n"), "")])

    def test_hostile_mail_does_nothing(self):
        self.play("hostile_mail_does_nothing")


@harness.skip_if(not READY, "npm ci could not be done")
class Keys(Browser):
    def test_the_keyboard_alone(self):
        self.play("the_keyboard_alone")

    def test_keys_of_one_character_can_be_off(self):
        self.play("keys_of_one_character_can_be_off")

    def test_every_key_of_the_sheet(self):
        self.play("every_key_of_the_sheet", 60)

    def test_enter_on_a_check_box_opens(self):
        self.play("enter_on_a_check_box_opens")

    def test_tab_goes_through_all_of_a_page(self):
        self.play("tab_goes_through_all_of_a_page")

    def test_the_focus_outlasts_deleting(self):
        self.play("the_focus_outlasts_deleting")


@harness.skip_if(not READY, "npm ci could not be done")
class Live(Browser):
    def test_new_mail_appears_by_itself(self):
        self.play("new_mail_appears_by_itself")

    def test_polling_where_streams_are_cut(self):
        self.play("polling_where_streams_are_cut", lines=NO_STREAM)

    def test_a_page_can_follow_by_itself(self):
        self.play("a_page_can_follow_by_itself")

    def test_a_server_that_is_gone(self):
        self.play("a_server_that_is_gone")

    def test_refused_mail_is_told_of(self):
        self.play("refused_mail_is_told_of")

    def test_a_new_version_is_loaded(self):
        self.play("a_new_version_is_loaded")

    def test_many_pages_at_once(self):
        self.play("many_pages_at_once")

    def test_new_mail_disturbs_nobody(self):
        self.play("new_mail_disturbs_nobody", 60)

    def test_a_later_page_stays_as_it_is(self):
        self.play("a_later_page_stays_as_it_is", 60)

    def test_a_page_that_comes_back(self):
        self.play("a_page_that_comes_back")

    def test_the_grown_list_follows(self):
        self.play("the_grown_list_follows", 120)

    def test_unread_in_title_and_icon(self):
        self.play("unread_in_title_and_icon")

    def test_notifications(self):
        self.play("notifications")


@harness.skip_if(not READY, "npm ci could not be done")
class Rest(Browser):
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
        message = samples.to_many(30)
        message["List-Unsubscribe"] = "nonsense"
        self.play("nothing_that_axe_objects_to", more=[
            (message, "finding early 1 spoke before the banner\n")])


@harness.skip_if(not shutil.which("w3m"), "w3m is not installed")
class Terminal(Browser):
    """Without any of that, in w3m."""

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

    def test_w3m_reads_a_message(self):
        site = self.site()
        shown = self.dump(site.url)
        self.assertIn("Report for November", shown)
        self.assertIn("Unread:", shown)
        shown = self.dump(site.url + "view/" + self.ids[1])
        self.assertIn("Please find the report attached.", shown)
        self.assertIn("reports@example.com", shown)
        self.assertNotIn("Unread: Reports", self.dump(site.url))

    def test_w3m_searches_marks_tags_and_deletes(self):
        site = self.site()
        w3m = terminal.Terminal(self.dir, self.env())
        self.addCleanup(w3m.stop)

        def go(words, *keys):
            """From the top to these words, and then more keys."""
            w3m.keys("g", "/", words, "Enter", *keys)

        def tick(row):
            go(row, "C-u", "Enter")  # what is before the row
            w3m.shows("[*] " + row)

        w3m.start("w3m '%s'" % site.url, self.dir)
        w3m.shows("Inbox")
        go("Search mail", "Tab", "Enter", "tag:reports", "Enter", "Tab", "Tab",
           "Enter")
        w3m.shows("(3) tag:reports")  # the title
        tick("Unread: Reports")
        go("Mark read Mark", "Enter")
        w3m.shows("1 message marked read.")
        self.assertEqual(len(self.names("new")), 2)
        tick("Read: Reports")
        go("Mark unread", "Tab", "Tab", "Enter", "by w3m", "Enter", "Tab",
           "Enter")
        w3m.shows("1 message tagged.")
        self.assertIn("by w3m", site.get("").text)
        tick("Read: Reports")
        go("Mark unread", "Tab", "Enter")  # Delete; here that is a key's name
        w3m.shows("1 message deleted.")
        self.assertEqual(len(self.names("mailpit/trash")), 1)
        go("Undo", "Enter")
        w3m.shows("1 message restored.")
        self.assertEqual(self.names("mailpit/trash"), [])


if __name__ == "__main__":
    harness.main()
