# SPDX-License-Identifier: MIT
"""e2e_api_changes: marking, deleting, tags, sending, and their errors"""

import base64
import json
import os

import api
import harness

TIME_LIMIT = 600


class Marking(api.ApiCase):
    def setUp(self):
        super().setUp()
        self.api = self.site().api
        self.ids = [self.api.send("m%d" % n) for n in range(4)]

    def unread(self):
        return {m["Subject"] for m in self.api.get("messages")["messages"]
                if not m["Read"]}

    def test_by_ids_by_search_and_all(self):
        mark = "PUT", "messages"
        self.api.ok(*mark, {"Read": True, "IDs": self.ids[:2]})
        self.assertEqual(self.unread(), {"m2", "m3"})
        self.api.ok(*mark, {"read": True, "search": "subject:m3"})
        self.assertEqual(self.unread(), {"m2"})
        self.api.ok(*mark, {"IDs": [self.ids[0], "0" * 22, "nonsense"]})
        self.assertEqual(self.unread(), {"m0", "m2"})
        self.api.ok(*mark, {"Read": True})
        self.assertEqual(self.unread(), set())
        self.api.ok(*mark, {})
        self.assertEqual(len(self.unread()), 4)

    def test_what_cannot_be_understood_changes_nothing(self):
        cases = [
            ({"IDs": self.ids, "Search": "x", "Read": True},
             "You may specify either IDs or a search query, not both"),
            (b"", "EOF"), (b"{", "unexpected EOF"), (b"x", None),
            (b"[]", None), ({"Read": "yes"}, None), ({"IDs": "a"}, None),
            ({"Read": True, "IDs": [1]}, None),
            ({"Read": True, "Search": "before:garbage"}, None),
            ({"Read": True, "IDs": ["a" * 65]}, None),
            ({"Read": True, "IDs": ["a"] * 10001}, None),
            (b'{"Read":true} trailing', None),
            (b'{"Read":true,"x":' + b"[" * 40 + b"]" * 40 + b"}", None),
            (b'{"Read":true,"x":"\xff"}', None),
        ]
        for body, text in cases:
            with self.subTest(str(body)[:60]):
                answer = self.api.call("PUT", "messages", body)
                self.assertEqual(answer.status, 400)
                if text:
                    self.assertEqual(answer.text, text)
                self.assertEqual(len(self.unread()), 4)

    def test_many_ids(self):
        ids = ["%022d" % n for n in range(9996)] + self.ids
        self.api.ok("PUT", "messages", {"Read": True, "IDs": ids})
        self.assertEqual(self.unread(), set())


class Deleting(api.ApiCase):
    def setUp(self):
        super().setUp()
        self.api = self.site().api
        self.ids = [self.api.send("m%d" % n, Tags=["t%d" % n])
                    for n in range(4)]

    def left(self):
        return [m["Subject"] for m in self.api.get("messages")["messages"]]

    def test_by_ids(self):
        self.api.ok("DELETE", "messages",
                    {"ids": [self.ids[1], self.ids[1], "0" * 22]})
        self.assertEqual(self.left(), ["m3", "m2", "m0"])
        self.assertEqual(self.api.get("tags"), ["t0", "t2", "t3"])
        self.api.ok("DELETE", "messages", {"IDs": ["0" * 22]})
        self.assertEqual(len(self.left()), 3)
        self.assertEqual(len(os.listdir(self.maildir.path / "new")), 3)

    def test_by_search(self):
        self.api.ok("DELETE", "search", query="subject:m1 OR subject:m2")
        self.assertEqual(self.left(), ["m3", "m0"])
        self.api.ok("DELETE", "search", query="nothing-like-it")
        self.assertEqual(len(self.left()), 2)

    def test_no_body_means_everything(self):
        self.api.ok("DELETE", "messages")
        self.assertEqual(self.left(), [])
        self.assertEqual(self.api.get("tags"), [])
        self.assertEqual(os.listdir(self.maildir.path / "new"), [])
        self.api.ok("DELETE", "messages")

    def test_only_no_body_means_everything(self):
        bodies = [b"{}", b'{"IDs":[]}', b'{"IDs":null}', b"{", b"x", b"[]",
                  b"null", b'{"IDs":"all"}', b'{"IDs":[1]}', b'{"IDs":[null]}',
                  b'{"IDs":{}}', b'{"Id":["x"]}', b'{"IDs":["x"],"Search":"y"}',
                  b'{"IDs":["x"]} x', b" ", b"\xff", b'{"IDs":["\x00"]}',
                  b'"IDs"', b'{"IDs":["' + b"a" * 65 + b'"]}']
        for body in bodies:
            with self.subTest(body[:40]):
                answer = self.api.call("DELETE", "messages", body)
                self.assertEqual(answer.status, 400)
                self.assertEqual(len(self.left()), 4)

    def test_what_is_meant_for_some_never_deletes_all(self):
        for query in ({"query": "subject:m1"}, {"search": "m1"}, {"id": "x"},
                      {"IDs": self.ids[0]}, {"query": ""}):
            with self.subTest(query):
                answer = self.api.call("DELETE", "messages", **query)
                self.assertEqual(answer.status, 400)
                self.assertEqual(len(self.left()), 4)

    def test_a_body_that_the_server_keeps_back_deletes_nothing(self):
        for headers, status in (
                ({"CONTENT_TYPE": "application/json"}, 411),
                ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
                ({"CONTENT_LENGTH": "2", "HTTP_CONTENT_ENCODING": "gzip"},
                 415),
                ({"CONTENT_LENGTH": "99"}, 400),
                ({"CONTENT_LENGTH": "-1"}, 400),
                ({"CONTENT_LENGTH": "99999999"}, 413)):
            said = self.cgi("DELETE", "/api/v1/messages", b"{}", **headers)
            self.assertTrue(said.startswith(b"Status: %d " % status), said)
            self.assertEqual(len(self.left()), 4)
        said = self.cgi("DELETE", "/api/v1/messages", b"", CONTENT_LENGTH="0",
                        CONTENT_TYPE="application/json")
        self.assertTrue(said.startswith(b"Status: 200 "), said)
        self.assertEqual(self.left(), [])

    def test_a_body_that_is_too_large(self):
        for method, path in (("DELETE", "messages"), ("PUT", "messages"),
                             ("PUT", "tags")):
            body = json.dumps({"IDs": ["a" * 22] * 650000}).encode()
            self.assertGreater(len(body), 16 << 20)
            answer = self.api.call(method, path, body)
            self.assertEqual(answer.status, 413)
            body = b'{"IDs":["%s"]}' % (b"0" * 22)
            for more, status in (0, 200), (1, 413):
                answer = self.api.call(
                    method, path, body.ljust((5 << 20) + more))
                self.assertEqual(answer.status, status, (method, path, more))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for method, path in (
                ("DELETE", "api/v1/search?query=m"), ("PUT", "api/v1/chaos"),
                ("PUT", "api/v1/tags/t0"), ("DELETE", "api/v1/tags/t0"),
                ("POST", "api/v1/message/%s/release" % self.ids[0]),
                *(("POST", "do/" + name) for name in (
                    "mark", "delete", "undo", "tag", "tags", "settings"))):
            answer = self.api.site.request(
                method, "/" + path, b" " * ((5 << 20) + 1), form)
            self.assertEqual(answer.status, 413, path)
        self.assertEqual(len(self.left()), 4)
        self.assertEqual(len(self.api.get("tags")), 4)

    def test_a_message_that_went_away_is_no_error(self):
        for name in os.listdir(self.maildir.path / "new"):
            if self.ids[0] in name:
                os.unlink(self.maildir.path / "new" / name)
        self.api.ok("DELETE", "messages", {"IDs": self.ids[:2]})
        self.assertEqual(self.left(), ["m3", "m2"])


class Tags(api.ApiCase):
    def setUp(self):
        super().setUp()
        self.api = self.site().api
        self.ids = [self.api.send("m%d" % n) for n in range(3)]

    def tags_of(self, n):
        return self.api.get("message/" + self.ids[n])["Tags"]

    def test_set_and_clear(self):
        self.api.ok("PUT", "tags", {"IDs": self.ids[:2] + ["0" * 22],
                                    "Tags": ["zeta", "Al pha", "a!!b", "!!"]})
        self.assertEqual(self.tags_of(0), ["a b", "Al pha", "zeta"])
        self.assertEqual(self.api.get("tags"), ["a b", "Al pha", "zeta"])
        stored = self.maildir.path / "mailpit/tags" / self.ids[0]
        self.assertEqual(stored.read_text(), "a b\nAl pha\nzeta\n")
        self.api.ok("PUT", "tags", {"IDs": self.ids[:1]})
        self.assertEqual(self.tags_of(0), [])
        self.api.ok("PUT", "tags", {"IDs": [], "Tags": ["x"]})
        self.assertEqual(self.api.get("tags"), ["a b", "Al pha", "zeta"])
        self.api.ok("PUT", "tags", {"IDs": ["0" * 22], "Tags": ["ghost"]})
        self.assertNotIn("ghost", self.api.get("tags"))

    def test_tags_that_are_too_many_are_not_cut_off(self):
        names = ["t%03d" % n for n in range(256)]
        self.api.ok("PUT", "tags", {"IDs": self.ids[:1], "Tags": names})
        self.assertEqual(self.api.get("tags"), names)
        answer = self.api.call("PUT", "tags", {"IDs": self.ids[:1],
                                               "Tags": [*names, "one more"]})
        self.assertEqual((answer.status, answer.text), (400, "too many tags"))
        self.assertEqual(self.api.get("tags"), names)

    def test_rename_and_remove(self):
        self.api.ok("PUT", "tags", {"IDs": self.ids, "Tags": ["one two", "b"]})
        self.api.ok("PUT", "tags/One%20Two", {"Name": "Three"})
        self.assertEqual(self.tags_of(2), ["b", "Three"])
        self.api.ok("PUT", "tags/three", {"Name": "THREE"})
        self.api.ok("PUT", "tags/THREE", {"Name": "THREE"})
        self.assertEqual(self.api.get("tags"), ["b", "THREE"])
        self.api.ok("DELETE", "tags/b")
        self.assertEqual(self.tags_of(0), ["THREE"])
        for method, tag, body, text in (
                ("PUT", "none", {"Name": "x"}, "tag not found: none"),
                ("PUT", "THREE", {"Name": "!!"}, "invalid tag name: "),
                ("PUT", "THREE", {}, "invalid tag name: "),
                ("DELETE", "none", None, "tag not found: none")):
            answer = self.api.call(method, "tags/" + tag, body)
            self.assertEqual((answer.status, answer.text), (400, text))
        self.api.ok("PUT", "tags", {"IDs": self.ids[:1], "Tags": ["b"]})
        answer = self.api.call("PUT", "tags/THREE", {"Name": "B"})
        self.assertEqual((answer.status, answer.text.lower()),
                         (400, "tag already exists: b"))


class Sending(api.ApiCase):
    def setUp(self):
        super().setUp()
        self.api = self.site().api

    def error(self, body, status=400):
        answer = self.api.call("POST", "send", body)
        self.assertEqual(answer.status, status, answer.body)
        return json.loads(answer.body)["Error"]

    def test_everything_at_once(self):
        message = self.api.json("POST", "send", {
            "From": {"Name": "J\u00fcrgen, jr", "Email": "j@example.com"},
            "To": [{"Name": "B", "Email": "b@example.com"},
                   {"Email": "c@example.com"}],
            "Cc": [{"Email": "d@example.com"}],
            "Bcc": ["hidden@example.com"],
            "ReplyTo": [{"Name": "R", "Email": "r@example.com"}],
            "Subject": "Gr\u00fc\u00dfe \U0001f600", "Text": "Text \u00fc",
            "HTML": "<p>HTML <img src='cid:pic'></p>",
            "Tags": ["two", "one"], "Headers": {"X-Own": "w\u00f6rt"},
            "Attachments": [
                {"Content": "data:text/plain;base64,aGVs\r\nbG8=",
                 "Filename": "\u00e4.txt", "ContentType": "text/plain"},
                {"Content": "R0lGODlh", "Filename": "p.gif",
                 "ContentType": "image/gif", "ContentID": "pic"}],
        })["ID"]
        m = self.api.get("message/" + message)
        self.assertEqual(m["From"], {"Name": "J\u00fcrgen, jr",
                                     "Address": "j@example.com"})
        self.assertEqual([a["Address"] for a in m["To"]],
                         ["b@example.com", "c@example.com"])
        self.assertEqual([a["Address"] for a in m["Bcc"]],
                         ["hidden@example.com"])
        self.assertEqual(m["ReplyTo"], [{"Name": "R",
                                         "Address": "r@example.com"}])
        self.assertEqual((m["Subject"], m["ReturnPath"], m["Tags"]),
                         ("Gr\u00fc\u00dfe \U0001f600", "j@example.com",
                          ["one", "two"]))
        self.assertIn("Text \u00fc", m["Text"])
        self.assertIn("<p>HTML <img src='cid:pic'></p>", m["HTML"])
        self.assertEqual([(a["FileName"], a["Size"]) for a in
                          m["Attachments"]], [("\u00e4.txt", 5)])
        self.assertEqual([(a["FileName"], a["ContentID"]) for a in
                          m["Inline"]], [("p.gif", "pic")])
        headers = self.api.get("message/%s/headers" % message)
        self.assertNotIn("Bcc", headers)
        self.assertIn("X-Own", headers)
        self.assertRegex(headers["Message-Id"][0], r"^<\w{22}@mailpit>$")
        raw = self.api.call("GET", "message/%s/raw" % message).body
        self.assertTrue(raw.isascii())

    def test_texts_arrive_as_they_were_sent(self):
        for text, html in (
                ("one line", "<p>one line</p>"), ("a\nb\n", "<p>\n  a\n</p>\n"),
                ("a\r\nb\r\n", "<p>\r\n</p>"), ("\u00fc \n\tb", "<p>\u00fc\n"),
                ("x" * 2000 + "\n" + "y" * 80, "<i>" + "z" * 2000),
                ("\u65e5\u672c\n\u8a9e", "\u65e5\u672c\n\u8a9e")):
            for more in {"Text": text}, {"Text": text, "HTML": html}:
                with self.subTest(str(more)[:40]):
                    message = self.api.send(**more)
                    m = self.api.get("message/" + message)
                    self.assertEqual(m["Text"], text)
                    self.assertEqual(m["HTML"], more.get("HTML", ""))
                    self.assertEqual(self.api.call(
                        "GET", "/view/%s.txt" % message).body.decode(), text)
                    raw = self.api.call("GET", "message/%s/raw" % message)
                    self.assertEqual(len(raw.body), m["Size"])
            answer = self.api.call("GET", "/view/latest.html")
            self.assertEqual(answer.body.decode(), html)

    def test_what_a_duplicate_hides_has_no_id(self):
        site = self.site(MP_IGNORE_DUPLICATE_IDS="true")
        headers = {"Message-ID": "<same@example.com>"}
        first = site.api.send("first", Headers=headers)
        self.assertEqual(site.api.send("second", Headers=headers), "")
        self.assertEqual(site.api.get("messages")["messages"][0]["ID"], first)
        other = site.api.send("other")
        self.assertEqual(site.api.get("message/" + other)["Subject"], "other")
        # Without the option both are shown.
        self.assertNotIn(self.api.send("third", Headers=headers), ("", first))

    def test_errors_in_their_order(self):
        good = {"From": {"Email": "a@example.com"},
                "To": [{"Email": "b@example.com"}]}
        bad = [{"Email": "bad"}]
        cases = [
            (b"", "EOF"), (b"{", "unexpected EOF"),
            ({"To": bad, "Cc": bad}, "invalid To address: bad"),
            ({**good, "Cc": bad}, "invalid Cc address: bad"),
            ({**good, "Bcc": ["bad"]}, "invalid Bcc address: bad"),
            ({**good, "ReplyTo": bad}, "invalid Reply-To address: bad"),
            ({**good, "Headers": {"SUBJECT": "x"}},
             'cannot overwrite header: "SUBJECT"'),
            ({**good, "Headers": {"X-Tags": "x"}, "Tags": ["y"]},
             'cannot overwrite header: "X-Tags"'),
            ({"To": good["To"]}, "error building message: from not set"),
            ({"From": good["From"]},
             "error building message: no recipients (to, cc, bcc) set"),
        ]
        for body, text in cases:
            with self.subTest(text):
                self.assertEqual(self.error(body), text)
        text = self.error({**good, "Attachments": [
            {"Content": "!!", "Filename": "f.txt"}]})
        self.assertTrue(text.startswith(
            'error decoding base64 attachment "f.txt": '))
        self.error({**good, "To": "b@example.com"})
        self.assertEqual(self.api.get("messages")["total"], 0)

    def test_no_value_can_add_a_line(self):
        evil = "x\r\nX-Injected: yes\r\n\r\nbody"
        for more in ({"Subject": evil}, {"Headers": {"X-Own": evil}},
                     {"Attachments": [{"Content": "eA==", "Filename": evil,
                                       "ContentID": evil}]},
                     {"Attachments": [{"Content": "eA==", "Filename": "x",
                                       "ContentType": evil}]},
                     {"Tags": [evil]},
                     {"From": {"Email": "a@example.com", "Name": evil}},
                     {"To": [{"Email": "b@example.com", "Name": evil}]}):
            body = {"From": {"Email": "a@example.com"},
                    "To": [{"Email": "b@example.com"}], **more}
            answer = self.api.call("POST", "send", body)
            if answer.status == 200:
                message = json.loads(answer.body)["ID"]
                headers = self.api.get("message/%s/headers" % message)
                self.assertNotIn("X-Injected", headers, more)
                stored = self.stored(message).raw
                self.assertNotIn(b"\nX-Injected", stored, more)
        for address in ("a@b.c\r\nRCPT TO:<x@y>", "a@b.c> <x@y", "a b@c.d",
                        "a@b.c\x00", "<a@b.c>", "", "a" * 2000 + "@b.c"):
            self.error({"From": {"Email": "a@example.com"},
                        "To": [{"Email": address}]})
        self.error({"From": {"Email": "a@b.c\r\nX: y"},
                    "To": [{"Email": "b@example.com"}]})
        self.error({"From": {"Email": "a@example.com"},
                    "To": [{"Email": "b@example.com"}],
                    "Headers": {"X-A: b\r\nX-Injected": "y"}})

    def test_a_peer_without_an_address_is_local(self):
        body = json.dumps({"From": {"Email": "a@example.com"},
                           "To": [{"Email": "b@example.com"}]}).encode()
        for said, trace, peer in (
                ("192.0.2.7", b"[192.0.2.7]", "192.0.2.7"),
                ("2001:db8::7", b"[IPv6:2001:db8::7]", "2001:db8::7"),
                ("/run/x y.sock", b"[local]", "local"),
                ("192.0.2.7]) by x\nX-Own: y", b"[local]", "local"),
                ("", b"[local]", "local")):
            with self.subTest(said):
                answer = self.cgi("POST", "/api/v1/send", body,
                                  CONTENT_LENGTH=str(len(body)),
                                  REMOTE_ADDR=said)
                message = json.loads(answer.partition(b"\r\n\r\n")[2])["ID"]
                self.assertIn(b"Received: from unknown (%s)\n" % trace,
                              self.stored(message).raw)
                log, = (self.maildir.path / "mailpit").glob("sessions.*")
                self.assertIn(" peer=%s " % peer,
                              log.read_text().splitlines()[-1])

    def test_the_size_has_a_limit(self):
        site = self.site(MP_MAX_MESSAGE_SIZE="1")
        content = base64.b64encode(b"x" * (1 << 20)).decode()
        answer = site.api.call("POST", "send", {
            "From": {"Email": "a@example.com"},
            "To": [{"Email": "b@example.com"}],
            "Attachments": [{"Content": content}]})
        self.assertEqual(answer.status, 413)
        self.assertEqual(json.loads(answer.body),
                         {"Error": "http: request body too large"})
        body = b'{"From":{"Email":"a@b.c"},"To":[{"Email":"d@e.f"}],"Text":' \
            b'"%s"}'
        for more, status in (0, 200), (1, 413):
            self.assertEqual(site.api.call(
                "POST", "send", (body % b"x").ljust((1 << 20) + more)).status,
                status)
        # Small as JSON, but not as the message that it makes.
        self.assertEqual(site.api.call(
            "POST", "send", body % (b"\xc3\xbc" * 500000)).status, 413)
        self.assertEqual(answer.headers["Content-Type"], "application/json")

    def test_who_may_send(self):
        def send(site, login):
            client = api.Api(site, login)
            body = {"From": {"Email": "a@example.com"},
                    "To": [{"Email": "b@example.com"}], "Subject": "s"}
            return client.call("POST", "send", body)
        site = self.site(MP_UI_AUTH="joe:secret",
                         MP_SEND_API_AUTH="sam:secret sue:secret")
        for login, status in ((None, 401), ("joe:secret", 401),
                              ("sam:wrong", 401), ("sam:secret", 200)):
            self.assertEqual(send(site, login).status, status, login)
        joe = api.Api(site, "joe:secret")
        self.assertEqual(joe.get("messages")["messages"][0]["Username"],
                         "sam")
        self.assertEqual(api.Api(site, "sam:secret").call(
            "GET", "messages").status, 401)
        site = self.site(MP_UI_AUTH="joe:secret",
                         MP_SEND_API_AUTH_ACCEPT_ANY="true")
        self.assertEqual(send(site, None).status, 200)
        message = json.loads(send(site, "ann:x").body)["ID"]
        self.assertEqual(api.Api(site, "joe:secret").get(
            "message/" + message)["Username"], "ann")


class ReadOnly(api.ApiCase):
    @harness.skip_if(os.geteuid() != 0, "needs root to be somebody else")
    def test_a_server_that_may_only_read_says_so(self):
        site = self.site()
        message = site.api.send()
        site.stop()
        self.dir.parent.chmod(0o755)
        (self.dir / "nobody").mkdir()
        os.chown(self.dir / "nobody", 65534, 65534)
        wrapper = self.file("cgi", "#!/bin/sh\nexec setpriv --reuid=65534 "
                            "--regid=65534 --clear-groups %s\n" % api.web.CGI)
        wrapper.chmod(0o755)
        saved, api.web.CGI = api.web.CGI, wrapper
        try:
            site = self.site(MP_INDEX_DIR=self.dir / "nobody/index")
        finally:
            api.web.CGI = saved
        # Nobody's server: it may look into the Maildir and no more.
        for path in [self.dir, self.maildir.path,
                     *self.maildir.path.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.assertEqual(site.api.get("message/" + message)["ID"], message)
        for method, path, body in (
                ("PUT", "messages", {"Read": True}),
                ("DELETE", "messages", None),
                ("PUT", "tags", {"IDs": [message], "Tags": ["x"]})):
            answer = site.api.call(method, path, body)
            self.assertEqual(answer.status, 403, (method, path))
        self.assertEqual(site.api.get("messages")["total"], 1)
        for path in self.maildir.path.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        self.maildir.path.chmod(0o700)


if __name__ == "__main__":
    harness.main()
