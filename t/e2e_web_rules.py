# SPDX-License-Identifier: MIT
"""e2e_web_rules: what the pages and the API must never do

The tests are named by the rule that they show; the last class goes through
what is known to go wrong in programs like this one.
"""

import base64
import json
import os
import re
import stat
import subprocess
import time

import api
import harness
from e2e_api import jpeg_size, png

TIME_LIMIT = 600
OWN_PATHS = ("", "search?query=a", "api/v1/messages", "api/v1/info",
             "api/v1/message/latest", "api/v1/message/latest/raw",
             "api/v1/message/latest/part/2", "api/v1/message/0/part/1/thumb",
             "api/v1/", "api/v1/swagger.json", "api/v1/nothing", "nothing",
             "view/latest", "view/latest.html", "view/latest.txt",
             "view/x", "livez", "readyz", "events", "api/events", "dist/x",
             "favicon.svg", "proxy?data=x", "metrics")


def attached(kind, content=b"x", name="f", encoding="base64"):
    return (b"From: a@example.com\nSubject: s\nMIME-Version: 1.0\n"
            b"Content-Type: multipart/mixed; boundary=B\n\n--B\n\ntext\n--B\n"
            b"Content-Type: %s\nContent-Disposition: attachment; "
            b"filename=\"%s\"\nContent-Transfer-Encoding: base64\n\n%s\n"
            b"--B--\n" % (kind.encode(), name.encode(),
                          base64.encodebytes(content).strip()))


class Rules(api.ApiCase):
    def test_wb1_names_never_become_paths(self):
        site = self.site()
        secret = self.file("secret", "geheim")
        os.symlink(secret, self.maildir.path / "new/1700000000.M1P1.h")
        for path in ("api/v1/message/..%2f..%2fsecret",
                     "api/v1/message/%2e%2e/x", "api/v1/message/../../secret",
                     "view/../../secret.txt", "view/..%2fsecret.txt",
                     "dist/../../secret", "dist/%2e%2e%2fsecret"):
            answer = site.get(path)
            self.assertEqual(answer.status, 404, path)
        self.assertEqual(site.api.get("messages")["total"], 0)
        os.unlink(self.maildir.path / "new/1700000000.M1P1.h")

    def test_wb2_the_query_is_no_argument(self):
        self.make()
        for query in "--help", "-s", "-d+allow_url_include", "--maildir=/etc":
            done = harness.run(
                [api.web.CGI, *query.split("+")], input=b"",
                env=self.env({"GATEWAY_INTERFACE": "CGI/1.1",
                              "REQUEST_METHOD": "GET",
                              "REQUEST_URI": "/livez?" + query,
                              "QUERY_STRING": query,
                              "MP_MAILDIR": self.maildir.path,
                              "MP_ENV_FILE": "/dev/null"}))
            self.assertTrue(done.stdout.startswith(b"Status: 200 "))
            self.assertTrue(done.stdout.endswith(b"\r\n\r\n"))

    def test_wb5_wb21_other_sites_change_nothing(self):
        site = self.site()
        site.api.send()
        own = "http://127.0.0.1:%d" % site.port
        for headers, status in (
                ({"Origin": "http://evil.example"}, 403),
                ({"Origin": "null"}, 403),
                ({"Origin": "http://127.0.0.1"}, 403),
                ({"Sec-Fetch-Site": "cross-site"}, 403),
                ({"Sec-Fetch-Site": "same-site"}, 403),
                ({"Origin": own, "Sec-Fetch-Site": "cross-site"}, 403),
                ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, 200),
                ({"Origin": own}, 200), ({}, 200),
                ({"Content-Type": "text/plain"}, 200)):
            # What waits for mail is listened to, as events are.
            for path in ("messages?wait=1", "search?query=larger:1&wait=1",
                         "message/latest?wait=1", "/view/latest?wait=1",
                         "/view/latest.txt?%77ait=1"):
                answer = site.api.call("GET", path, headers=headers)
                self.assertEqual(answer.status, 302 if status == 200 and
                                 path.startswith("/view/latest?") else status,
                                 (headers, path))
            for method, path, body in (
                    ("PUT", "messages", {"Read": True}),
                    ("DELETE", "messages", {"IDs": ["x"]}),
                    ("DELETE", "search?query=nothing", None),
                    ("PUT", "tags", {"IDs": []})):
                answer = site.api.call(method, path, body, headers)
                self.assertEqual(answer.status, status, (headers, method))
                self.assertIsNone(
                    answer.headers["Access-Control-Allow-Origin"])
        answer = site.api.call("DELETE", "messages",
                               headers={"Origin": "http://evil.example"})
        self.assertEqual(answer.text, "Blocked due to CORS violation\n")
        self.assertEqual(site.api.get("messages")["total"], 1)

    def test_wb5_origins_that_are_configured(self):
        site = self.site(MP_API_CORS="http://a.example:3000, b.example")
        allowed = {"Origin": "http://a.example:3000",
                   "Sec-Fetch-Site": "cross-site"}
        answer = site.api.call("DELETE", "messages", headers=allowed)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"],
                         allowed["Origin"])
        self.assertEqual(answer.headers["Vary"], "Origin")
        answer = site.request("OPTIONS", "/api/v1/messages", None, allowed)
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(answer.headers["Access-Control-Allow-Methods"],
                         "GET, POST, DELETE, PUT, OPTIONS")
        self.assertIsNone(
            site.api.call("GET", "info").headers[
                "Access-Control-Allow-Origin"])
        other = {"Origin": "http://a.example"}
        self.assertEqual(site.api.call("GET", "info", headers=other).status,
                         403)
        site = self.site(MP_API_CORS="*", MP_UI_AUTH="joe:secret",
                         login="joe:secret")
        answer = site.api.call("GET", "info", headers=other)
        self.assertEqual(answer.status, 403)

    def test_wb6_one_spelling(self):
        site = self.site()
        self.assertEqual(site.get("%61pi/v1/%69nfo").status, 200)
        for path in ("api//v1/info", "api/v1//info", "api/./v1/info",
                     "api/v1/x/../info", "API/v1/info", "api/v1/info/",
                     "api/v1%2finfo", "api%2fv1%2finfo", "api/v1/info%00"):
            self.assertNotEqual(site.get(path).status, 200, path)
        for spelling in "api", "%61pi", "%61%70%69":
            answer = site.get(spelling + "/v1/messages",
                              headers={"Origin": "http://evil.example"})
            self.assertEqual(answer.status, 403, spelling)
        login = self.site(MP_UI_AUTH="joe:secret")
        for spelling in "api", "%61pi", "%61%70%69":
            self.assertEqual(login.get(spelling + "/v1/messages").status, 401)

    def test_wb7_names_of_others(self):
        site = self.site()
        for host, status in (("evil.example", 403), ("localhost", 200),
                             ("evil.example:%d" % site.port, 403),
                             ("127.0.0.1", 200), ("[::1]:8025", 200),
                             ("mailpit", 200)):
            answer = site.api.call("GET", "info", headers={"Host": host})
            self.assertEqual(answer.status, status, host)
            if status == 403:
                self.assertIn("--ui-hosts", answer.text)
        for path in OWN_PATHS:
            answer = site.get(path, {"Host": "evil.example"})
            self.assertEqual(answer.status, 403, path)
        for env, host, status in (
                ({"MP_UI_HOSTS": "ok.example"}, "ok.example", 200),
                ({"MP_UI_HOSTS": "ok.example"}, "evil.example", 403),
                ({"MP_UI_BIND_ADDR": "127.0.0.1:8025"}, "evil.example", 403),
                ({"MP_UI_BIND_ADDR": "localhost:8025"}, "evil.example", 403),
                ({"MP_UI_BIND_ADDR": "[::1]:8025"}, "evil.example", 403),
                ({"MP_UI_BIND_ADDR": "[::]:8025"}, "any.example", 200),
                ({"MP_UI_BIND_ADDR": "[::]:8025", "MP_UI_HOSTS": "a.example"},
                 "any.example", 403)):
            answer = self.site(**env).api.call("GET", "info",
                                               headers={"Host": host})
            self.assertEqual(answer.status, status, (env, host))

    def test_wb8_file_names_split_no_header(self):
        self.drop(attached("application/pdf", name="=?utf-8?Q?"
                           "a=0D=0AX-Evil:_y=E2=80=AE=22.pdf?="))
        answer = self.site().api.call("GET", "message/latest/part/2")
        self.assertIsNone(answer.headers["X-Evil"])
        value = answer.headers["Content-Disposition"]
        self.assertRegex(value, r"^attachment; filename=\"[ -~]*\"; "
                         r"filename\*=UTF-8''[!-~]*$")
        self.assertNotIn("%0D", value)
        self.assertNotIn("%E2%80%AE", value)

    def test_wb9_types(self):
        cases = {
            "text/html": ("text/html", "attachment"),
            "image/svg+xml": ("image/svg+xml", "attachment"),
            "application/pdf": ("application/pdf", "attachment"),
            "text/css": ("text/css", "attachment"),
            "text/javascript": ("text/javascript", "attachment"),
            "application/xhtml+xml": ("application/xhtml+xml", "attachment"),
            "application/javascript": ("text/javascript", "attachment"),
            "text/xml": ("text/xml", "attachment"),
            "application/xml": ("application/xml", "attachment"),
            "IMAGE/PNG": ("image/png", "inline"),
            "text/plain": ("text/plain", "inline"),
            "application/x-httpd-php": ("application/octet-stream",
                                        "attachment"),
            "proxy:http": ("application/octet-stream", "attachment"),
            "server-status/x": ("application/octet-stream", "attachment"),
            "": ("application/octet-stream", "attachment"),
        }
        for n, kind in enumerate(cases):
            self.drop(attached(kind), "17000000%02d.M1P1.h" % n)
        site = self.site()
        found = [m["ID"] for m in site.api.get("messages")["messages"]]
        for message, (kind, (sent, how)) in zip(reversed(found),
                                                cases.items()):
            answer = site.api.call("GET", "message/%s/part/2" % message)
            self.assertEqual(answer.status, 200, kind)
            if kind:  # without a type it is text
                self.assertEqual(answer.headers["Content-Type"], sent)
                self.assertEqual(
                    answer.headers["Content-Disposition"].split(";")[0], how)
            self.assertEqual(answer.headers["Content-Security-Policy"],
                             "default-src 'none'; sandbox")
            for header in "Location", "X-Sendfile", "X-Accel-Redirect":
                self.assertIsNone(answer.headers[header])

    def test_wb9_wb8_every_way_to_what_a_message_holds(self):
        """The parts of what is attached, thumbnails and texts, too."""
        name = "=?utf-8?Q?a=0D=0AX-Evil:_y=E2=80=AE=22.x?="
        inner = b"".join(
            b"--I\nContent-Type: %s; name=\"%s\"\nContent-Disposition: "
            b"attachment\n\n<svg xmlns='http://www.w3.org/2000/svg'/>\n" %
            (kind, name.encode()) for kind in (
                b"text/html", b"image/svg+xml", b"text/xml",
                b"application/pdf", b"text/plain", b"image/png"))
        self.drop(b"Subject: s\nContent-Type: multipart/mixed; boundary=O\n\n"
                  b"--O\n\ntext\n--O\nContent-Type: message/rfc822\n\n"
                  b"Subject: i\nContent-Type: multipart/mixed; boundary=I\n\n" +
                  inner + b"--I--\n--O\nContent-Type: image/png; name=\"" +
                  name.encode() + b"\"\n\nx\n--O--\n")
        site = self.site()
        message = site.api.get("messages")["messages"][0]["ID"]
        said = site.api.get("message/" + message)
        parts = {part["ContentType"]: part["PartID"]
                 for part in said["Attachments"] + said["Inline"]}
        rfc822, picture = parts["message/rfc822"], parts["image/png"]
        text, binary, image = ("text/plain; charset=utf-8",
                               "application/octet-stream", "image/png")
        ways = [("view/%s.txt" % message, text, None),
                ("api/v1/message/%s/raw" % message, text, None),
                ("api/v1/message/%s/raw?dl=1" % message, text, "attachment"),
                ("api/v1/message/%s/part/%s" % (message, rfc822),
                 "message/rfc822", "attachment"),
                ("api/v1/message/%s/part/%s" % (message, picture), image,
                 "inline"),
                ("api/v1/message/%s/part/%s/thumb" % (message, picture),
                 "image/jpeg", "inline")]
        ways += [("inner/%s/%s,%d" % (message, rfc822, n), kind, how)
                 for n, (kind, how) in enumerate(
                     [(binary, "attachment")] * 5 + [(image, "inline")], 1)]
        for path, kind, how in ways:
            answer = site.get(path)
            self.assertEqual(answer.status, 200, path)
            headers = answer.headers
            self.assertEqual(headers["Content-Type"], kind, path)
            value = headers["Content-Disposition"]
            self.assertEqual(value and value.split(";")[0], how, path)
            self.assertEqual(headers["Content-Security-Policy"],
                             "default-src 'none'; sandbox", path)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertIsNone(headers["X-Evil"])
            self.assertEqual(
                headers["Cross-Origin-Resource-Policy"], "cross-origin" if
                kind.startswith("image/") else "same-origin", path)
            if value:
                self.assertRegex(value, r"\A[ -~]+\Z")
                self.assertNotRegex(value, r"%0[AD]|%E2%80%AE")

    def test_wb11_html_mail(self):
        self.drop(b"Subject: x\nContent-Type: text/html\n\n"
                  b"<script>alert(1)</script><img src=http://e.example/x>")
        site = self.site()
        policy = site.api.call("GET", "/view/latest.html").headers[
            "Content-Security-Policy"]
        parts = dict(part.strip().partition(" ")[::2]
                     for part in policy.split(";"))
        self.assertEqual(parts["sandbox"],
                         "allow-popups allow-popups-to-escape-sandbox")
        self.assertEqual(parts["default-src"], "'none'")
        self.assertNotIn("http", parts["img-src"])
        self.assertNotIn("*", policy)
        self.assertNotIn("script-src", policy)
        policy = site.api.call("GET", "/view/latest.html", remote=1).headers[
            "Content-Security-Policy"]
        self.assertRegex(policy, r"img-src data: [^;]* https:;")
        site = self.site(MP_BLOCK_REMOTE_CSS_AND_FONTS="true")
        policy = site.api.call("GET", "/view/latest.html", remote=1).headers[
            "Content-Security-Policy"]
        self.assertIn("style-src 'unsafe-inline';", policy)

    def test_wb12_odd_files(self):
        self.make()
        new = self.maildir.path / "new"
        os.mkfifo(new / "1700000001.M1P1.h")
        (new / "1700000002.M1P1.h").mkdir()
        os.symlink("/dev/zero", new / "1700000003.M1P1.h")
        self.drop(b"", "1700000004.M1P1.h")
        (new / os.fsdecode(b"1700000005.M\xff\xfe.h")).write_bytes(b"a\n")
        site = self.site()
        page = site.api.get("messages")
        self.assertLessEqual(page["total"], 2)
        for m in page["messages"]:
            self.assertEqual(site.api.get("message/" + m["ID"])["ID"],
                             m["ID"])
        for name in os.listdir(os.fsencode(new)):
            path = os.path.join(os.fsencode(new), name)
            (os.rmdir if stat.S_ISDIR(os.lstat(path).st_mode) else
             os.unlink)(path)

    def test_wb17_methods(self):
        site = self.site()
        site.api.send()
        for method in "PATCH", "TRACE", "PROPFIND", "FOO":
            answer = site.request(method, "/api/v1/messages", None, {})
            self.assertIn(answer.status, (405, 501, 400), method)
        answer = site.request("POST", "/api/v1/messages", b"", {
            "X-HTTP-Method-Override": "DELETE"})
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["Allow"],
                         "DELETE, GET, HEAD, OPTIONS, PUT")
        said = self.cgi("GET", "/api/v1/message/latest/raw",
                        HTTP_RANGE="bytes=0-3")
        self.assertTrue(said.startswith(b"Status: 200 "))
        self.assertGreater(len(said), 600)
        answer = site.request("HEAD", "/api/v1/info")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(site.api.get("messages")["total"], 1)

    def test_wb20_no_way_round_the_login(self):
        site = self.site(MP_UI_AUTH="joe:secret")
        for path in OWN_PATHS:
            for headers in ({}, {"X-Forwarded-User": "joe"},
                            {"Remote-User": "joe"},
                            {"Authorization": "Bearer joe"},
                            {"Authorization": "Basic " + base64.b64encode(
                                b"joe:wrong").decode()}):
                answer = site.get(path, headers)
                wanted = 200 if path in ("livez", "readyz") else 401
                self.assertEqual(answer.status, wanted, (path, headers))
            self.assertEqual(site.request("HEAD", "/" + path).status, wanted)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for method in "POST", "PUT", "DELETE", "OPTIONS":
            for path in ("/do/mark", "/do/delete", "/do/undo", "/do/tag",
                         "/do/tags", "/do/settings", "/api/v1/messages",
                         "/api/v1/send", "/api/v1/tags", "/nothing"):
                answer = site.request(method, path, b"x=y", form)
                self.assertEqual(answer.status, 401, (method, path))
        answer = site.get("api/v1/info")
        self.assertEqual(answer.headers["WWW-Authenticate"],
                         'Basic realm="Login"')
        self.assertEqual(answer.body, b"Unauthorized.\n")

    def test_wb20_a_proof_holds_as_long_as_the_list(self):
        passwords = self.passwords({"joe": "secret"}, "$2y$")
        site = self.site(MP_UI_AUTH_FILE=passwords, login="joe:secret")
        self.assertEqual(site.api.call("GET", "info").status, 200)
        proofs = list((self.dir / "index/proofs").iterdir())
        self.assertEqual([stat.S_IMODE(p.stat().st_mode) for p in proofs],
                         [0o600])
        self.assertNotIn(b"secret", proofs[0].read_bytes())
        self.assertEqual(site.api.call("GET", "info").status, 200)
        for wrong in "joe:", "joe:secreT", "joe:secret ", "jo:esecret":
            self.assertEqual(api.Api(site, wrong).call(
                "GET", "info").status, 401, wrong)
        self.passwords({"joe": "other"}, "$2y$")
        self.assertEqual(site.api.call("GET", "info").status, 401)
        self.assertEqual(api.Api(site, "joe:other").call(
            "GET", "info").status, 200)
        passwords.write_text("joe:$nonsense$\n")
        self.assertEqual(api.Api(site, "joe:other").call(
            "GET", "info").status, 503)

    def test_wb22_every_answer_is_guarded(self):
        site = self.site()
        self.drop(attached("text/html"))
        for path in OWN_PATHS:
            if path == "events":
                continue  # a stream; t/e2e_events.py
            answer = site.get(path)
            self.assertLess(answer.status, 500, path)
            headers = answer.headers
            self.assertIn("default-src 'none'",
                          headers["Content-Security-Policy"], path)
            for name, value in api.COMMON.items():
                self.assertEqual(headers[name], value, path)
            self.assertIn(headers["Cross-Origin-Resource-Policy"],
                          ("same-origin", "cross-origin"))
            self.assertIsNone(headers["Set-Cookie"])
            self.assertNotIn(str(self.dir).encode(),
                             answer.body if "info" not in path else b"")
            answer.body.decode()

    def test_errors_of_the_configuration_tell_the_client_nothing(self):
        self.make()
        said = self.cgi("GET", "/", MP_WEBROOT="a b;c")
        self.assertTrue(said.startswith(b"Status: 500 "), said)
        self.assertTrue(said.endswith(b"\r\n\r\n"), said)

    def test_every_refusal_is_documented(self):
        self.make()
        login = "Basic " + base64.b64encode(b"joe:secret").decode()
        refusals = {
            403: {"HTTP_HOST": "evil.example", "SERVER_ADDR": "127.0.0.1"},
            401: {"MP_UI_AUTH": "joe:secret"},
            503: {"MP_UI_AUTH_FILE": self.file("broken", "joe\n"),
                  "HTTP_AUTHORIZATION": login},
            411: {"CONTENT_TYPE": "application/json"},
            413: {"CONTENT_LENGTH": "600000000"},
            415: {"CONTENT_LENGTH": "2", "HTTP_CONTENT_ENCODING": "gzip"},
        }
        asked = [(verb, path) for path, verbs in api.OPENAPI["paths"].items()
                 for verb in verbs]
        for status, env in refusals.items():
            for verb, path in asked:
                if verb == "get" and status in (411, 413, 415):
                    continue
                said = self.cgi(verb.upper(),
                                re.sub(r"\{\w+\}", "latest", path), b"{}",
                                **env)
                if b"Status: %d " % status in said.partition(b"\r\n\r\n")[0]:
                    self.assertIn(
                        str(status),
                        api.OPENAPI["paths"][path][verb]["responses"],
                        (verb, path))
                else:
                    self.assertIn(path, ("/livez", "/readyz"), said[:20])


class Known(api.ApiCase):
    """What has gone wrong elsewhere."""

    def peak(self, method, uri, body=b"", **env):
        """Runs the CGI; returns its answer and its peak memory in MiB."""
        self.make()
        program = ("import resource, subprocess, sys\n"
                   "r = subprocess.run(sys.argv[1], stdin=0)\n"
                   "print(resource.getrusage(resource.RUSAGE_CHILDREN)"
                   ".ru_maxrss, file=sys.stderr)\n")
        path = self.file("body", body)
        with open(path, "rb") as stdin:
            done = subprocess.run(
                ["python3", "-c", program, str(api.web.CGI)], stdin=stdin,
                capture_output=True, timeout=harness.PATIENCE, check=True,
                env=self.env({
                    "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
                    "REQUEST_URI": uri, "CONTENT_LENGTH": str(len(body)),
                    "CONTENT_TYPE": "application/json",
                    "MP_MAILDIR": self.maildir.path,
                    "MP_ENV_FILE": "/dev/null",
                    "MP_INDEX_DIR": self.dir / "index", **env}))
        return done.stdout, int(done.stderr.split()[-1]) / 1024

    def test_no_proxy_and_no_checks_that_connect(self):
        site = self.site()
        self.drop(b"Subject: x\nContent-Type: text/html\n\n<link rel="
                  b"stylesheet href=http://127.0.0.1:1/x.css><a href="
                  b"http://127.0.0.1:22/>x</a>\n")
        for path in ("proxy?data=x", "proxy?url=http://127.0.0.1/",
                     "api/v1/message/latest/link-check",
                     "api/v1/message/latest/html-check", "metrics"):
            self.assertEqual(site.get(path).status, 404, path)

    def test_a_body_without_bounds(self):
        body = json.dumps({"IDs": ["a" * 22] * 650000}).encode()
        for method in "PUT", "DELETE":
            said, peak = self.peak(method, "/api/v1/messages", body)
            self.assertTrue(said.startswith(b"Status: 413 "), said[:40])
            if not harness.SANITIZED:
                self.assertLess(peak, 80)
        body = b'{"IDs":[' + b"[]," * 1700000 + b"[]]}"
        said, peak = self.peak("DELETE", "/api/v1/messages", body[:5 << 20])
        self.assertTrue(said.startswith(b"Status: 400 "), said[:40])
        if not harness.SANITIZED:
            self.assertLess(peak, 64)
        said, peak = self.peak("POST", "/api/v1/send", b"x" * (60 << 20))
        self.assertTrue(said.startswith(b"Status: 413 "), said[:40])
        if not harness.SANITIZED:
            self.assertLess(peak, 64)

    def test_a_picture_that_is_too_large_to_look_at(self):
        self.drop(attached("image/png", png(60000, 60000, header_only=True)))
        site = self.site()
        started = time.monotonic()
        answer = site.api.call("GET", "message/latest/part/2/thumb")
        self.assertEqual(answer.status, 200)
        self.assertEqual(jpeg_size(answer.body), (180, 120))
        self.assertLess(time.monotonic() - started, 10)

    def test_a_hundred_requests_at_once(self):
        site = self.site()
        message = site.api.send(HTML="<p>x</p>")
        paths = ["api/v1/message/" + message, "view/%s.html" % message,
                 "api/v1/messages", "api/v1/search?query=x"] * 25
        answers = harness.together(
            *[lambda p=p: site.get(p).status for p in paths], workers=20)
        self.assertEqual(set(answers), {200})

    def test_the_webroot(self):
        site = self.site(webroot="/mail/")
        message = site.api.send(HTML="<img src=cid:x>", Attachments=[
            {"Content": "eA==", "Filename": "x.png", "ContentID": "x",
             "ContentType": "image/png"}])
        html = site.get("view/%s.html" % message).text
        self.assertIn("/mail/api/v1/message/%s/part/" % message, html)
        answer = site.request("GET", "/mail")
        self.assertEqual((answer.status, answer.headers["Location"]),
                         (302, "/mail/"))
        answer = site.request("GET", "/mail", headers={"Host": "a.example"})
        self.assertEqual(answer.status, 403)
        answer = site.request("GET", "/api/v1/info")
        self.assertEqual((answer.status, answer.text),
                         (404, "404 page not found\n"))
        document = json.loads(site.get("api/v1/swagger.json").text)
        self.assertEqual(document["basePath"], "/mail")

    def test_a_long_list_takes_no_memory(self):
        self.make()
        for n in range(3000):
            (self.maildir.path / "new" / ("17%08d.M1P1.h" % n)).write_bytes(
                b"Subject: %s\n\nx\n" % (b"long " * 100))
        self.peak("GET", "/api/v1/info")
        said, peak = self.peak("GET", "/api/v1/messages?limit=0",
                               QUERY_STRING="limit=0")
        page = json.loads(said.partition(b"\r\n\r\n")[2])
        self.assertEqual((page["count"], len(page["messages"])), (3000, 3000))
        if not harness.SANITIZED:
            self.assertLess(peak, 64)
        for path in (self.maildir.path / "new").iterdir():
            path.chmod(0o600)


if __name__ == "__main__":
    harness.main()
