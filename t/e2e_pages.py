#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""e2e_pages: the pages and their forms as a web server hands them out"""

import re
from urllib.parse import urlencode

import harness
import samples
import web

TIME_LIMIT = 300
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Pages(harness.Case):
    def site(self, count=7, env=None, webroot="/"):
        maildir = self.use()
        self.ids = samples.fill(maildir, count)
        site = web.Site(self.dir, maildir, env, webroot)
        self.addCleanup(site.stop)
        return site

    def token(self, site):
        page = site.get("").text
        return re.search(r'name="token" value="([^"]+)"', page).group(1)

    def post(self, site, path, headers=None, token=None, **fields):
        if token is None:
            token = self.token(site)
        pairs = [("token", token)] if token else []
        for name, value in fields.items():
            values = value if isinstance(value, list) else [value]
            pairs += [(name.rstrip("_"), v) for v in values]
        return site.request("POST", path, urlencode(pairs),
                            {**FORM, **(headers or {})})

    def left(self, site):
        return site.get("").text.count('class="row ')

    def test_every_page_has_its_policy(self):
        site = self.site()
        for path in ("", "search?q=is:unread", "view/" + self.ids[0],
                     "settings", "help", "tags", "about",
                     "confirm?do=delete", "view/nothing"):
            with self.subTest(path=path):
                answer = site.get(path)
                policy = answer.headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("script-src 'self'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertEqual(answer.headers["X-Content-Type-Options"],
                                 "nosniff")
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                self.assertNotRegex(answer.text, r"<[^>]* style=")
                self.assertNotRegex(answer.text, r"<[^>]* on[a-z]+=\"?[a-z]+\(")
                self.assertNotRegex(answer.text, r"<script[^>]*>[^<]")

    def test_assets_are_kept_for_ever_under_their_hash(self):
        site = self.site(0)
        page = site.get("").text
        links = re.findall(r'(?:href|src)="(/dist/[^"]+)"', page)
        self.assertGreaterEqual(len(links), 7)
        for link in links:
            answer = site.get(link)
            self.assertEqual(answer.status, 200, link)
            self.assertIn("immutable", answer.headers["Cache-Control"])
        stale = re.sub("/dist/[0-9a-f]+/", "/dist/00000000/", links[0])
        self.assertEqual(site.get(stale).status, 404)
        self.assertEqual(site.get("favicon.ico").status, 200)

    def test_a_form_needs_its_token(self):
        site = self.site()
        for path, fields in (("do/delete", {"id": self.ids[0]}),
                             ("do/selected", {"id": self.ids[0],
                                              "do": "delete"}),
                             ("do/delete", {"scope": "all"}),
                             ("do/mark", {"id": self.ids[0], "read": "1"}),
                             ("do/tag", {"id": self.ids[0], "tag": "x"}),
                             ("do/tags", {"name": "orders", "do": "delete"}),
                             ("do/undo", {"group": self.ids[0]}),
                             ("do/settings", {"theme": "dark"})):
            with self.subTest(path=path):
                for token in ("wrong", ""):
                    answer = self.post(site, path, token=token, **fields)
                    self.assertEqual(answer.status, 403)
                    self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual(self.left(site), 7)

    def test_a_form_of_another_site_is_refused(self):
        site = self.site()
        for headers in ({"Origin": "https://evil.example"},
                        {"Origin": "null"},
                        {"Sec-Fetch-Site": "cross-site"}):
            answer = self.post(site, "do/delete", headers, scope="all")
            self.assertEqual(answer.status, 403, headers)
        self.assertEqual(self.left(site), 7)

    def test_what_is_not_clear_deletes_nothing(self):
        site = self.site()
        for fields in ({}, {"scope": "everything"}, {"scope": "results"},
                       {"scope": "results", "q": "after:nonsense"},
                       {"scope": "all", "q": "subject:x"},
                       {"id": "../../etc/passwd"}, {"id": "*"},
                       {"scope": "selected", "id": self.ids[0][:-1]}):
            with self.subTest(fields=fields):
                answer = self.post(site, "do/delete", **fields)
                self.assertEqual(answer.status, 303)
                self.assertEqual(self.left(site), 7)

    def test_a_list_does_what_its_button_says(self):
        """Not every browser knows formaction: the name tells."""
        site = self.site()

        def press(**fields):
            answer = self.post(site, "do/selected", id=self.ids[3], **fields)
            self.assertEqual(answer.status, 303)
            return answer.headers["Location"]
        self.assertEqual(press(read="0"), "/?done=unread&n=1")
        self.assertEqual(press(read="1"), "/?done=read&n=1")
        self.assertEqual(press(do="add", tag="new"), "/?done=tag&n=1")
        self.assertIn(">new<", site.get("").text)
        self.assertEqual(press(do="remove", tag="new"), "/?done=tag&n=1")
        self.assertNotIn(">new<", site.get("").text)
        for fields in ({}, {"do": "undo"}, {"read": "2"}, {"tag": "new"},
                       {"do": ["delete", "add"], "tag": "new"},
                       {"do": ["delete", "delete"]},
                       {"do": "delete", "read": "1"}):
            with self.subTest(fields=fields):
                self.assertEqual(press(**fields), "/?done=none&n=0")
                self.assertEqual(self.left(site), 7)
        self.assertRegex(press(do="delete"), r"^/\?undo=\w{22}&n=1$")
        self.assertEqual(self.left(site), 6)

    def test_a_form_leads_back_to_its_place(self):
        site = self.site(60)
        answer = self.post(site, "do/delete", id=self.ids[30:32],
                           start="25", limit="25")
        self.assertRegex(
            answer.headers["Location"],
            r"^/\?start=25&limit=25&undo=[0-9A-Za-z]{22}&n=2$")
        group = answer.headers["Location"].split("undo=")[1][:22]
        answer = self.post(site, "do/undo", group=group, q="is:read")
        self.assertEqual(answer.headers["Location"],
                         "/search?q=is%3Aread&done=undo&n=2")
        answer = self.post(site, "do/mark", id=self.ids[0], read="1",
                           q="a\r\nSet-Cookie: x=y")
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertIn("%0D%0A", answer.headers["Location"])

    def test_results_of_a_search_are_deleted_and_nothing_else(self):
        site = self.site()
        answer = self.post(site, "do/delete", scope="results", q="tag:orders")
        self.assertIn("n=1", answer.headers["Location"])
        self.assertEqual(self.left(site), 6)

    def test_delete_all_can_be_hidden(self):
        site = self.site(env={"MP_HIDE_DELETE_ALL_BUTTON": "true"})
        self.assertNotIn('id="all-delete"', site.get("").text)
        answer = self.post(site, "do/delete", scope="all")
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.left(site), 7)

    def test_hostile_values_come_out_as_text(self):
        site = self.site()
        evil = '"><img src=x onerror=alert(1)>'
        for path in ("search?" + urlencode({"q": evil}),
                     "search?" + urlencode({"q": "tag:" + evil}),
                     "?done=" + evil.replace(" ", "+"), "",
                     "view/" + self.ids[5],
                     "view/%s?%s" % (self.ids[5], urlencode({"q": evil})),
                     "view/%s?tab=headers" % self.ids[5]):
            with self.subTest(path=path):
                text = site.get(path).text
                self.assertNotIn("<img src=x", text)
                self.assertNotIn("<script>alert", text)

    def test_preferences_that_make_no_sense_are_ignored(self):
        site = self.site(0)
        for value in ("theme:pink|limit:7|zone:../../etc/passwd",
                      "zone::/etc/passwd|limit:-1", "|||:::", "x" * 5000):
            answer = site.get("", {"Cookie": "mailpit_ui=" + value})
            self.assertEqual(answer.status, 200)
            self.assertIn('data-theme="auto"', answer.text)
            self.assertIn('data-zone=""', answer.text)
        answer = site.get("", {"Cookie": "a=b; mailpit_ui=theme:dark|zone:UTC"})
        self.assertIn('data-theme="dark"', answer.text)
        self.assertIn('data-zone="UTC"', answer.text)

    def test_looking_at_the_head_marks_nothing(self):
        site = self.site()
        self.assertEqual(site.request(
            "HEAD", "view/" + self.ids[0]).status, 200)
        self.assertIn("(3) Inbox", site.get("").text)
        site.get("view/" + self.ids[0])
        self.assertIn("(2) Inbox", site.get("").text)

    def test_findings_are_shown(self):
        site = self.site(0)
        message = samples.put(
            self.maildir.path, samples.text("odd", "a@x.example",
                                            "b@x.example", "text\n"),
            findings="finding bare-lf 3 LF without <CR>\n"
                     "param RCPT <b@x.example> NOTIFY=NEVER\n")
        text = site.get("view/%s?tab=findings" % message).text
        self.assertIn("bare-lf", text)
        self.assertIn("LF without &lt;CR&gt;", text)
        self.assertIn("NOTIFY=NEVER", text)

    def test_ways_into_messages_are_checked(self):
        site = self.site()
        report = self.ids[1]
        for way in ("99", "0", "1,1", "5,", ",", "..", "5,5,5,5,5,5,5,5,5,5"):
            with self.subTest(way=way):
                self.assertEqual(
                    site.get("view/%s?part=%s" % (report, way)).status, 404)
        inner = re.search(r"part=([0-9.]+)\"", site.get(
            "view/%s?tab=attachments" % report).text).group(1)
        self.assertIn("Your order #77", site.get(
            "view/%s?part=%s" % (report, inner)).text)
        answer = site.get("inner/%s/%s.html" % (report, inner))
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        self.assertIn('<a target="_blank" rel="noreferrer noopener" ',
                      answer.text)
        self.assertNotIn("<a class", answer.text)
        for message, part in ((self.ids[0], ""), (report, "&part=" + inner)):
            frame, = re.findall("<iframe[^>]*>", site.get(
                "view/%s?tab=html%s" % (message, part)).text)
            self.assertEqual(
                re.findall(r'sandbox(?:="([^"]*)")?', frame),
                ["allow-popups allow-popups-to-escape-sandbox"])
        picture = re.search(r'src="(/inner/[^"]+)"', answer.text).group(1)
        answer = site.get(picture, {"Origin": "null",
                                    "Sec-Fetch-Site": "cross-site"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "image/png")
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)

    def test_a_policy_names_the_place_of_images_or_ourselves(self):
        site = self.site()
        report = self.ids[1]
        inner = re.search(r"part=([0-9.]+)\"", site.get(
            "view/%s?tab=attachments" % report).text).group(1)
        for path, folder in (
                ("inner/%s/%s.html" % (report, inner), "inner/%s/" % report),
                ("view/%s.html" % self.ids[0],
                 "api/v1/message/%s/part/" % self.ids[0])):
            for host, source in (("localhost:8025", "localhost:8025/" + folder),
                                 ("[::1]:8025", "'self'")):
                with self.subTest(path=path, host=host):
                    policy = site.get(path, {"Host": host}).headers[
                        "Content-Security-Policy"]
                    self.assertIn("img-src data: %s;" % source, policy)


if __name__ == "__main__":
    harness.main()
