# SPDX-License-Identifier: MIT
"""e2e_api: every call of the API through a real web server"""

import base64
import hashlib
import os
import re
import struct
import time
import zlib

import api
import harness

TIME_LIMIT = 600
RICH = b"""Return-Path: <wrong@example.com>
From: =?utf-8?Q?J=C3=BCrgen_=3CA=3E?= <j@example.com>
To: Bob <bob@example.com>, "Doe, J" <doe@example.com>
Cc: team+red@example.com
Reply-To: r@example.com
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= & more
Message-ID: <rich@example.com>
Date: Tue, 14 Nov 2023 22:13:20 -0330
X-Tags: beta, Alpha!, beta
List-Unsubscribe: <mailto:u@example.com>, <https://example.com/u>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
X-Twice: one
x-twice: two
 folded
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=A

--A
Content-Type: multipart/related; boundary=B

--B
Content-Type: multipart/alternative; boundary=C

--C
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Your code is 123456, gr=FC=DFe
--C
Content-Type: text/html; charset=utf-8

<p>Hello <b>there</b> <img src="cid:pic@x"> <a href="https://e.example/">x</a></p>
--C--
--B
Content-Type: image/png; name="p.png"
Content-ID: <pic@x>
Content-Disposition: inline; filename="p.png"
Content-Transfer-Encoding: base64

@PNG@
--B--
--A
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''%C3%BC%20%22x%22.pdf
Content-Transfer-Encoding: base64

aGVsbG8=
--A
Content-Type: text/html
Content-Disposition: attachment; filename="evil.html"

<script>alert(1)</script>
--A
Content-Type: text/calendar

BEGIN:VCALENDAR
--A--
"""


def png(width, height, header_only=False):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = b"" if header_only else (b"\0" + b"\xc0\x20\x20" * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def rich():
    return RICH.replace(b"@PNG@", base64.encodebytes(
        png(400, 300)).strip())


class Probes(api.ApiCase):
    def test_livez_and_readyz_need_nothing(self):
        site = self.site(MP_UI_AUTH="joe:secret")
        for probe in "/livez", "/readyz":
            answer = site.api.call("GET", probe)
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertEqual(answer.headers["Content-Length"], "0")

    def test_readyz_is_503_without_a_maildir(self):
        site = self.site(MP_MAILDIR=self.dir / "nowhere")
        self.assertEqual(site.api.call("GET", "/readyz").status, 503)
        self.assertEqual(site.api.call("GET", "/livez").status, 200)
        self.assertEqual(site.get("api/v1/messages").status, 503)


class Information(api.ApiCase):
    def test_info_is_empty_at_first(self):
        info = self.site().api.get("info")
        self.assertEqual(list(info), [
            "Version", "LatestVersion", "Database", "DatabaseSize",
            "Messages", "Unread", "Tags", "RuntimeStats"])
        self.assertEqual((info["Messages"], info["Unread"], info["Tags"]),
                         (0, 0, {}))
        self.assertEqual(info["RuntimeStats"]["SMTPAccepted"], 0)
        self.assertGreater(info["RuntimeStats"]["Memory"], 100000)

    def test_info_counts_what_the_sessions_say(self):
        self.stray_ok = True  # findings of what is deleted: prune's work
        server = self.server()
        site = self.site()
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.deliver(b"Subject: a\r\n\r\nx\r\n")
            smtp.quit()
        site.api.send(Tags=["b", "a", "B"])
        server.stop()
        info = site.api.get("info")
        stats = info["RuntimeStats"]
        self.assertEqual(stats["SMTPAccepted"], 2)
        self.assertGreater(stats["SMTPAcceptedSize"], 200)
        self.assertEqual(stats["MessagesDeleted"], 0)
        self.assertEqual(info["Tags"], {"a": 1, "b": 1})
        site.api.ok("DELETE", "messages")
        self.assertEqual(
            site.api.get("info")["RuntimeStats"]["MessagesDeleted"], 2)

    def test_webui(self):
        ui = self.site(MP_LABEL="My <label>", MP_HIDE_DELETE_ALL_BUTTON="1",
                       MP_IGNORE_DUPLICATE_IDS="true").api.get("webui")
        self.assertEqual(ui["Label"], "My <label>")
        self.assertTrue(ui["HideDeleteAllButton"])
        self.assertTrue(ui["DuplicatesIgnored"])
        self.assertFalse(ui["MessageRelay"]["Enabled"])

    def test_what_is_off_says_so(self):
        site = self.site()
        message = site.api.send()
        for method in "GET", "PUT":
            answer = site.api.call(method, "chaos",
                                   {} if method == "PUT" else None)
            self.assertEqual((answer.status, answer.text),
                             (400, "Chaos is not enabled"))
        for name in "html-check", "link-check", "sa-check":
            answer = site.get("api/v1/message/%s/%s" % (message, name))
            self.assertEqual((answer.status, answer.text),
                             (404, "File not found\n"))
        answer = site.api.call("POST", "message/%s/release" % message,
                               {"To": []})
        self.assertEqual(answer.text, "No valid addresses found")
        answer = site.api.call("POST", "message/%s/release" % message,
                               {"To": ["a@example.com"]})
        self.assertEqual(answer.status, 400)
        self.assertTrue(answer.text.startswith("SMTP error: "))

    def test_the_document_and_the_page_list_the_same_calls(self):
        site = self.site()
        document = site.api.get("swagger.json")
        self.assertEqual(document, api.OPENAPI)
        page = site.api.call("GET", "/api/v1/").text
        rows = set(re.findall(r"<td>(\w+)</td><td><code>(.*?)</code></td>"
                              r"<td>(.*?)</td>", page))
        self.assertEqual(rows, {
            (verb.upper(), path, said["summary"])
            for path, verbs in document["paths"].items()
            for verb, said in verbs.items()})

    def test_the_document_tells_the_search_language(self):
        said = api.OPENAPI["info"]["description"]
        source = (harness.TOP / "src/index/query.c").read_text()
        words = set(re.findall(r'"((?:[a-z]+-)?[a-z]+:[a-z]*)"', source))
        self.assertGreater(len(words), 18)
        for word in words - {"has:attachments", "has:inlines"}:
            self.assertIn(word, said)
        header = (harness.TOP / "src/index/query.h").read_text()
        for limit in "QUERY_MAX", "QUERY_TERMS_MAX":
            number, = re.findall(r"#define %s (\d+)" % limit, header)
            self.assertIn(" %s " % number, said)

    def test_the_document_has_exactly_the_routes_of_the_source(self):
        text = "".join((harness.TOP / "src/web" / name).read_text()
                       for name in ("api.c", "api_view.c", "events.c"))
        text = text.replace('MESSAGE "', '"api/v1/message/*').replace(
            "MESSAGE,", '"api/v1/message/*",').replace('V1 "', '"api/v1/')
        text = text.replace(" V1,", ' "api/v1/",')
        found = {(verb, "/" + path) for verb, path in re.findall(
            r'\{CGI_(\w+), "([^"]*)"', text)}
        said = {(verb.upper(), re.sub(r"\{\w+\}", "*", path))
                for path, verbs in api.OPENAPI["paths"].items()
                for verb in verbs}
        self.assertEqual(found, said)


class Lists(api.ApiCase):
    def test_an_empty_mailbox(self):
        page = self.site().api.get("messages")
        self.assertEqual(list(page), [
            "total", "unread", "count", "messages_count", "messages_unread",
            "start", "tags", "messages"])
        self.assertEqual(page["messages"], [])
        self.assertEqual(page["tags"], [])

    def test_pages(self):
        site = self.site()
        for n in range(7):
            site.api.send("m%d" % n)
        whole = site.api.get("messages")
        self.assertEqual([m["Subject"] for m in whole["messages"]],
                         ["m6", "m5", "m4", "m3", "m2", "m1", "m0"])
        cases = [
            ({"limit": 2}, 2, 0, ["m6", "m5"]),
            ({"limit": 2, "start": 5}, 2, 5, ["m1", "m0"]),
            ({"limit": 3, "start": 6}, 1, 6, ["m0"]),
            ({"start": 7}, 0, 7, []),
            ({"start": 99, "limit": 5}, 0, 99, []),
            ({"limit": 0, "start": 3}, 7, 0, None),
            ({"limit": -1}, 7, 0, None),
            ({"limit": "x", "start": "-3"}, 7, 0, None),
            ({"limit": 18446744073709551615, "start": 6}, 1, 6, ["m0"]),
            ({"limit": 99999999999999999999}, 7, 0, None),
        ]
        for query, count, start, subjects in cases:
            with self.subTest(query):
                page = site.api.get("messages", **query)
                self.assertEqual((page["count"], page["start"]),
                                 (count, start))
                self.assertEqual(len(page["messages"]), count)
                self.assertEqual((page["total"], page["messages_count"]),
                                 (7, 7))
                if subjects is not None:
                    self.assertEqual([m["Subject"] for m in page["messages"]],
                                     subjects)

    def test_a_head_tells_no_length_but_the_true_one(self):
        site = self.site()
        message = site.api.send(Tags=["a"])
        paths = ["messages", "messages?limit=2", "search?query=x", "tags",
                 "info", "message/" + message, "message/latest/raw",
                 "message/latest/headers", "swagger.json"]
        for n in range(3):
            for path in paths:
                head = site.api.call("HEAD", path)
                length = len(site.api.call("GET", path).body)
                self.assertEqual(head.status, 200)
                self.assertIn(head.headers["Content-Length"],
                              (None, str(length)), path)
            site.api.send("x")
        self.assertIsNone(
            site.api.call("HEAD", "/events").headers["Content-Length"])

    def test_before_is_a_page_too(self):
        site = self.site()
        for n in range(4):
            self.drop(b"Subject: m%d\n\nx\n" % n,
                      "%d.M1P%d.h" % (1700000000 + n, n))
        created = site.api.get("messages")["messages"][1]["Created"]
        page = site.api.get("messages", before=created, limit=1)
        self.assertEqual([m["Subject"] for m in page["messages"]], ["m1"])
        self.assertEqual((page["count"], page["messages_count"]), (1, 4))
        found = site.api.get("search", before=created, query="subject:m")
        self.assertEqual([m["Subject"] for m in found["messages"]],
                         ["m1", "m0"])
        self.assertEqual((found["messages_count"], found["total"]), (2, 4))
        page = site.api.get("messages", before="garbage")
        self.assertEqual(page["count"], 4)

    def test_search(self):
        site = self.site()
        site.api.send("apple pie", to=["ann@example.com"], Text="crust")
        site.api.send("banana", to=["bob@example.com"],
                      HTML="<p>Peel <i>me</i></p>", Tags=["fruit"])
        site.api.send("cherry", "joe@example.com", to=["ann@example.com.au"],
                      Attachments=[{"Content": "eA==", "Filename": "f.bin"}],
                      Headers={"X-Kind": "stone fruit"})
        search = site.api.subjects
        cases = {
            "apple": ["apple pie"], "CRUST": ["apple pie"],
            "subject:banana": ["banana"], "-banana": ["cherry", "apple pie"],
            "to:ann@example.com": ["cherry", "apple pie"],
            "to:=ann@example.com": ["apple pie"],
            "from:joe": ["cherry"], "tag:FRUIT": ["banana"],
            "!tag:fruit subject:\"apple pie\"": ["apple pie"],
            "has:attachment": ["cherry"], "is:unread peel": ["banana"],
            "apple OR banana": ["banana", "apple pie"],
            "header:X-Kind=stone": ["cherry"], "nothing-of-this": [],
            "larger:1g": [], "smaller:1g banana": ["banana"],
            "a%e": [], "_": [],
        }
        for query, subjects in cases.items():
            with self.subTest(query):
                self.assertEqual(search(query), subjects)
        page = site.api.get("search", query="to:ann", limit=0)
        self.assertEqual((page["messages"], page["messages_count"],
                          page["count"], page["total"]), ([], 2, 0, 3))
        page = site.api.get("search", query="to:ann", limit=1, start=1)
        self.assertEqual((page["messages"][0]["Subject"], page["count"]),
                         ("apple pie", 1))
        self.assertEqual(page["tags"], ["fruit"])

    def test_blanks_of_a_subject_are_found_as_they_are(self):
        site = self.site()
        site.api.send("Invoice  No. 7,  x", Headers={"X-Ref": "a  b"},
                      **{"From": {"Name": "Bob  B", "Email": "b@example.com"}})
        for query in ('subject:"invoice  no. 7"', 'subject:"7,  x"',
                      'subject:"  x"', 'subject:"e  n"',
                      '"header:X-Ref=a  B"', 'from:"bob  b"', 'from:"bob b"'):
            with self.subTest(query):
                self.assertEqual(len(site.api.subjects(query)), 1)
        self.assertEqual(site.api.subjects('subject:"7, x"'), [])

    def test_a_search_that_means_nothing_is_400(self):
        site = self.site()
        message = site.api.send()
        for query in "", "   ", "before:garbage", '"<>"', "after:13/13/2024":
            for method in "GET", "DELETE":
                answer = site.api.call(method, "search", query=query)
                self.assertEqual(answer.status, 400, (method, query))
        answer = site.api.call("GET", "search")
        self.assertEqual(answer.text, "Error: no search query")
        self.assertEqual(site.api.get("message/" + message)["ID"], message)

    def test_times_are_in_the_zone_of_the_machine(self):
        self.drop(b"Subject: z\n\nx\n", "1700000000.M120000P1.h")
        site = self.site(TZ="Pacific/Auckland")
        created = site.api.get("messages")["messages"][0]["Created"]
        self.assertRegex(created, r"^2023-11-15T11:13:20(\.12)?\+13:00$")
        found = site.api.get("search", query="after:2023-11-15", tz="UTC")
        self.assertEqual(found["messages_count"], 0)
        found = site.api.get("search", query="after:2023-11-15",
                             tz="Pacific/Auckland")
        self.assertEqual(found["messages_count"], 1)


class Waiting(api.ApiCase):
    def test_wait_answers_as_soon_as_something_matches(self):
        site = self.site()
        site.api.send("other")
        started = time.monotonic()

        def later():
            time.sleep(1)
            return site.api.send("wanted")

        def search():
            return site.api.get("search", query="subject:wanted", wait=30)

        def latest():
            return site.api.get("message/latest", query="wanted", wait=30)
        sent, found, one = harness.together(later, search, latest)
        self.assertEqual(found["messages"][0]["ID"], sent)
        self.assertEqual(one["ID"], sent)
        self.assertLess(time.monotonic() - started, 25)

    def test_wait_ends_with_what_there_is(self):
        site = self.site()
        started = time.monotonic()
        self.assertEqual(site.api.get("messages", wait=1)["count"], 0)
        answer = site.api.call("GET", "message/latest", wait=1)
        self.assertEqual(answer.status, 404)
        self.assertGreaterEqual(time.monotonic() - started, 1.8)

    def test_what_is_there_is_not_waited_for(self):
        site = self.site()
        site.api.send("x")
        started = time.monotonic()
        site.api.get("messages", wait=20)
        site.api.get("search", query="x", wait="20")
        self.assertLess(time.monotonic() - started, 15)


class Reading(api.ApiCase):
    def setUp(self):
        super().setUp()
        server = self.server()
        with server.dial() as smtp:
            smtp.ehlo()
            self.id = smtp.deliver(
                rich().replace(b"\n", b"\r\n"), sender="env@example.com",
                to=["bob@example.com", "hidden@example.com"])
        self.api = self.site().api

    def test_the_summary(self):
        m = self.api.get("messages")["messages"][0]
        self.assertEqual(m["ID"], self.id)
        self.assertEqual(m["MessageID"], "rich@example.com")
        self.assertEqual(m["From"], {"Name": "J\u00fcrgen <A>",
                                     "Address": "j@example.com"})
        self.assertEqual(m["To"][1], {"Name": "Doe, J",
                                      "Address": "doe@example.com"})
        self.assertEqual(m["Bcc"], [{"Name": "",
                                     "Address": "hidden@example.com"}])
        self.assertEqual(m["Subject"], "Gr\u00fc\u00dfe & more")
        self.assertEqual(m["Tags"], ["Alpha", "beta", "red"])
        self.assertEqual(m["Attachments"], 2)
        self.assertEqual(m["Snippet"], "Hello there x")
        self.assertFalse(m["Read"])

    def test_the_message(self):
        m = self.api.get("message/" + self.id)
        self.assertEqual(list(m), [
            "ID", "MessageID", "From", "To", "Cc", "Bcc", "ReplyTo",
            "ReturnPath", "Subject", "ListUnsubscribe", "Date", "Tags",
            "Username", "Text", "HTML", "Size", "Inline", "Attachments"])
        self.assertEqual(m["ReturnPath"], "env@example.com")
        self.assertEqual(m["Date"], "2023-11-14T22:13:20-03:30")
        self.assertIn("gr\u00fc\u00dfe", m["Text"])
        self.assertIn('src="cid:pic@x"', m["HTML"])
        self.assertEqual(m["ListUnsubscribe"]["Links"],
                         ["mailto:u@example.com", "https://example.com/u"])
        self.assertEqual(m["ListUnsubscribe"]["HeaderPost"],
                         "List-Unsubscribe=One-Click")
        self.assertEqual(
            [(a["PartID"], a["FileName"]) for a in m["Attachments"]],
            [("2", "\u00fc \"x\".pdf"), ("3", "evil.html")])
        self.assertEqual([a["PartID"] for a in m["Inline"]], ["1.2", "4"])
        pdf = m["Attachments"][0]
        self.assertEqual(pdf["Checksums"]["SHA256"],
                         hashlib.sha256(b"hello").hexdigest())
        self.assertEqual(pdf["Size"], 5)

    def test_reading_marks_and_looking_at_the_head_does_not(self):
        def unread():
            return self.api.get("messages")["unread"]
        self.api.get("message/%s/headers" % self.id)
        self.api.call("HEAD", "message/" + self.id)
        self.assertEqual(unread(), 1)
        self.api.get("message/" + self.id)
        self.assertEqual(unread(), 0)
        names = os.listdir(self.maildir.path / "cur")
        self.assertEqual([name[-4:] for name in names], [":2,S"])

    def test_the_headers(self):
        headers = self.api.get("message/%s/headers" % self.id)
        self.assertEqual(list(headers), sorted(headers))
        self.assertEqual(headers["Message-Id"], ["<rich@example.com>"])
        self.assertEqual(headers["X-Twice"], ["one", "two folded"])
        self.assertEqual(headers["Mime-Version"], ["1.0"])
        self.assertEqual(headers["Delivered-To"], [
            "bob@example.com", "hidden@example.com"])

    def test_the_source(self):
        raw = self.api.call("GET", "message/%s/raw" % self.id)
        stored = self.stored(self.id).raw
        self.assertEqual(raw.body, stored.replace(b"\n", b"\r\n"))
        self.assertEqual(raw.headers["Content-Type"],
                         "text/plain; charset=utf-8")
        size = self.api.get("message/" + self.id)["Size"]
        self.assertEqual(len(raw.body), size)
        raw = self.api.call("GET", "message/latest/raw", dl=1)
        self.assertTrue(raw.headers["Content-Disposition"].startswith(
            'attachment; filename="%s.eml"' % self.id))

    def test_parts(self):
        def part(name):
            return self.api.call("GET", "message/%s/part/%s" % (self.id, name))
        pdf = part("2")
        self.assertEqual(pdf.body, b"hello")
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        self.assertEqual(
            pdf.headers["Content-Disposition"],
            "attachment; filename=\"_ _x_.pdf\"; "
            "filename*=UTF-8''%C3%BC%20%22x%22.pdf")
        html = part("3")
        self.assertTrue(html.headers["Content-Disposition"].startswith(
            "attachment;"))
        self.assertEqual(html.headers["Content-Security-Policy"],
                         "default-src 'none'; sandbox")
        picture = part("1.2")
        self.assertEqual(picture.body, png(400, 300))
        self.assertEqual(picture.headers["Content-Type"], "image/png")
        self.assertEqual(picture.headers["Cross-Origin-Resource-Policy"],
                         "cross-origin")
        self.assertEqual(part("4").status, 200)
        for name in ("1", "1.1", "1.1.1", "0", "5", "1.2.1", "x", "..", "1..2",
                     "-1", "1" * 40):
            self.assertEqual(self.api.site.get(
                "api/v1/message/%s/part/%s" % (self.id, name)).status, 404,
                name)

    def test_thumbnails(self):
        def thumb(name, of=self.id):
            return self.api.call(
                "GET", "message/%s/part/%s/thumb" % (of, name))
        small = thumb("1.2")
        self.assertEqual(small.headers["Content-Type"], "image/jpeg")
        self.assertEqual(jpeg_size(small.body), (180, 120))
        white = thumb("2").body
        self.assertEqual(jpeg_size(white), (180, 120))
        self.assertNotEqual(small.body, white)
        self.assertEqual(thumb("1.2", "latest").body, small.body)
        self.assertEqual(thumb("9").status, 404)

    def test_documents(self):
        html = self.api.call("GET", "/view/%s.html" % self.id)
        self.assertEqual(html.headers["Content-Type"],
                         "text/html; charset=utf-8")
        self.assertIn('src="/api/v1/message/%s/part/1.2"' % self.id, html.text)
        html = self.api.call("GET", "/view/latest.html", embed=1)
        self.assertIn('<a target="_blank" rel="noreferrer noopener" href=',
                      html.text)
        text = self.api.call("GET", "/view/%s.txt" % self.id)
        self.assertEqual(text.headers["Content-Type"],
                         "text/plain; charset=utf-8")
        self.assertIn("gr\u00fc\u00dfe", text.text)
        answer = self.api.call("GET", "/view/latest")
        self.assertEqual((answer.status, answer.headers["Location"]),
                         (302, "/view/" + self.id))
        answer = self.api.call("GET", "/view/latest", query="no-such-thing")
        self.assertEqual(answer.headers["Location"], "/")

    def test_additions(self):
        found = self.api.get("message/latest/extract")
        self.assertEqual([c["Code"] for c in found["Codes"]], ["123456"])
        self.assertEqual([x["URL"] for x in found["Links"]],
                         ["https://e.example/"])
        self.assertEqual(self.api.get("message/latest/findings")["Findings"],
                         [])

    def test_nothing_of_that_name(self):
        unknown = "0" * 22
        for name in unknown, "x", "a-b_c", "LATEST", self.id.lower() + "x":
            for rest in "", "/headers", "/raw", "/part/1", "/extract":
                answer = self.api.call("GET", "message/%s%s" % (name, rest))
                self.assertEqual((answer.status, answer.text),
                                 (404, "404 page not found"))
        for name in unknown + ".html", unknown + ".txt":
            answer = self.api.call("GET", "/view/" + name)
            self.assertEqual((answer.status, answer.text),
                             (404, "Message not found"))
        self.api.ok("DELETE", "messages")
        for rest in "", "/headers", "/raw", "/part/1":
            answer = self.api.call("GET", "message/latest" + rest)
            self.assertEqual((answer.status, answer.text),
                             (404, "Message not found"))


def jpeg_size(octets):
    at = 2
    while octets[at + 1] not in (0xc0, 0xc2):
        at += 2 + struct.unpack(">H", octets[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", octets[at + 5:at + 9])
    return width, height


class Findings(api.ApiCase):
    def test_findings_of_a_message(self):
        server = self.server()
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.command("MAIL FROM:<a@example.com> ENVID=QQ1", 250)
            smtp.command("RCPT TO:<b@example.com> NOTIFY=SUCCESS", 250)
            message = smtp.data(b"Subject: x\r\n\r\na\nb\r\n").id
        found = self.site().api.get("message/%s/findings" % message)
        self.assertIn("bare-lf", [f["Code"] for f in found["Findings"]])
        self.assertEqual(found["Parameters"], [
            {"Command": "MAIL", "Address": "", "Parameter": "ENVID=QQ1"},
            {"Command": "RCPT", "Address": "b@example.com",
             "Parameter": "NOTIFY=SUCCESS"}])


class Foreign(api.ApiCase):
    def test_a_message_without_our_block(self):
        self.drop(b"From: a@example.com\r\nSubject: y\r\n\r\nbody\r\n")
        site = self.site()
        m = site.api.get("message/latest")
        self.assertEqual((m["Subject"], m["Bcc"], m["ReturnPath"]),
                         ("y", [], "a@example.com"))
        raw = site.api.call("GET", "message/latest/raw")
        self.assertEqual(raw.body,
                         b"From: a@example.com\r\nSubject: y\r\n\r\nbody\r\n")


if __name__ == "__main__":
    harness.main()
