# SPDX-License-Identifier: MIT
"""e2e_mailthreats: whatever a mail names or holds, nobody is called, nothing
is loaded, and every view is shown in bounded time and memory"""

import re
import shutil
import socket
import subprocess
import time
from urllib.parse import quote

import api
import harness
import hostile
import mimes
from e2e_api import jpeg_size, png
from threats import MEASURE, Threats

TIME_LIMIT = 900
TABS = ("html", "source", "text", "headers", "raw", "attachments", "findings")
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}  # it cannot look under strace

# Addresses that lead back to this machine or its neighbours, each in a form
# of its own; %d is a port where somebody listens.
INSIDE = ["http://127.0.0.1:%d/", "http://localhost:%d/", "http://[::1]:%d/",
          "http://[::ffff:127.0.0.1]:%d/", "http://[::127.0.0.1]:%d/",
          "http://[64:ff9b::127.0.0.1]:%d/", "http://0:%d/",
          "http://[64:ff9b:1::7f00:1]:%d/", "http://127.1:%d/",
          "http://[2002:7f00:1::1]:%d/", "http://2130706433:%d/",
          "http://[2001:0:7f00:1::80ff:fffe]:%d/", "http://0x7f.1:%d/",
          "http://[fe80::5efe:127.0.0.1]:%d/", "http://100.64.7.1:%d/",
          "http://169.254.169.254:%d/", "http://10.0.0.1:%d/",
          "http://a@127.0.0.1:%d/", "ftp://127.0.0.1:%d/",
          "gopher://127.0.0.1:%d/", "file:///etc/hostname#%d"]


class Nobody(Threats):
    """The server makes no connection, whatever a mail or request names."""

    def test_no_request_makes_a_connection(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0)
            self.go_through(listener.getsockname()[1])
            self.assertRaises(BlockingIOError, listener.accept)

    def go_through(self, port):
        urls = [url % port for url in INSIDE]
        mail = "".join("<link rel=stylesheet href='%s'><img src='%s'>"
                       "<a href='%s'>x</a><style>@import '%s';</style>" %
                       ((url,) * 4) for url in urls)
        message = self.put(
            ("Subject: x\nList-Unsubscribe: <%s>\n" % urls[0]).encode() +
            hostile.html(mail))
        env = {"HTTP_PROXY": urls[0], "http_proxy": urls[0], **NO_LEAKS}
        paths = ["/view/%s?tab=%s&remote=1" % (message, t) for t in TABS]
        paths += ["/view/%s.html?remote=1" % message]
        for rest in ("", "/headers", "/raw", "/link-check?follow=true",
                     "/html-check", "/sa-check", "/extract", "/findings"):
            paths.append("/api/v1/message/%s%s" % (message, rest))
        for url in urls:
            paths += [address % quote(url, safe="") for address in (
                "/proxy?url=%s", "/proxy?data=%s", "/screenshot?url=%s")]
        log, seen = self.dir / "strace", 0
        for path in paths:
            done = harness.run(
                ["strace", "-f", "-o", log, "-e",
                 "trace=socket,connect,sendto,sendmsg,execve", api.web.CGI],
                check=False, input=b"",
                env=self.env({**self.request(path), **env}))
            self.assertTrue(done.stdout.startswith(b"Status: "), path)
            said = log.read_text()
            seen += said.count("execve(")
            self.assertEqual(re.findall(
                r".*(?:connect|send\w+)\(.*|.*AF_INET.*", said), [], path)
        self.assertEqual(seen, len(paths))


class Mime(Threats):
    def test_a_charset_of_the_mail_loads_nothing(self):
        log = self.dir / "strace"
        for label in ("../../../tmp/x", "UTF-16//TRANSLIT", "CSISO2022KR-X",
                      "IBM930", "UNICODE//IGNORE", "\x01"):
            message = self.put(
                ("Subject: =?%s?b?eHg=?=\nContent-Type: text/plain; "
                 "charset=\"%s\"\n\nx\xc3\xbc\n" % (label, label)).encode())
            done = harness.run(
                ["strace", "-f", "-o", log, "-e", "trace=openat", api.web.CGI],
                input=b"", env=self.env({**NO_LEAKS, **self.request(
                    "/api/v1/message/" + message)}))
            self.assertTrue(done.stdout.startswith(b"Status: 200 "), label)
            self.assertIn(b"charset=utf-8", done.stdout.lower() +
                          b"charset=utf-8")
            said = log.read_text()
            self.assertIn("Maildir", said)
            self.assertNotRegex(said, r"gconv/(?!gconv-modules)\S*(IBM|UTF-16"
                                r"|UNICODE|ISO2022)|/tmp/x", label)

    def test_every_view_of_every_message_is_200(self):
        groups = [mimes.labels(), mimes.encodings(), mimes.structures(),
                  mimes.names(), mimes.hostile()]
        shown = [(m.name, self.put(m.octets)) for g in groups for m in g]
        site = self.site()
        self._maildirs.clear()  # some have no line that closes our block
        paths = ["api/v1/message/%s", "api/v1/message/%s/headers",
                 "api/v1/message/%s/raw", "api/v1/message/%s/extract",
                 "view/%s.txt", *("view/%s?tab=" + tab for tab in TABS)]

        def look(name, message):
            for path in paths:
                answer = site.get(path % message)
                self.assertEqual(answer.status, 200, (name, path))
                if not path.endswith("/raw"):
                    answer.body.decode()
        some = shown[::5] if harness.SANITIZED else shown
        harness.together(*[lambda s=s: look(*s) for s in some], workers=4)
        self.assertGreater(len(shown), 120)
        self.assertEqual(len(site.api.get("messages", limit=0)["messages"]),
                         len(shown))

    def test_each_tab_takes_linear_time(self):
        scale = 10 if harness.SANITIZED else 1
        rows = [
            ("tags", lambda n: b"Content-Type: text/html\n\n" + b"<i a='" * n,
             200000, ("source", "html", "text")),
            ("links", lambda n: b"\n" + b"http://a.example/( " * n, 60000,
             ("text", "raw")),
            ("a long link", lambda n: b"\n" + b"http://a." * n, 120000,
             ("text",)),
            ("fields", lambda n: b"X-A: b\n" * n + b"\nx", 100000,
             ("headers", "raw")),
            ("parts", lambda n: b"Content-Type: multipart/mixed; boundary=b"
             b"\n\n" + b"--b\nContent-Type: a/b; name=x\n\nx\n" * n, 5000,
             ("attachments",)),
            ("octets that are no text", lambda n: b"\n" + b"\xff\0\n" * n,
             100000, ("raw", "text")),
            ("events", lambda n: b"Content-Type: text/calendar\n"
             b"Content-Disposition: attachment\n\nBEGIN:VCALENDAR\n" +
             b"BEGIN:VEVENT\nSUMMARY:x\\,\nATTENDEE:a\n" * n, 40000,
             ("attachments",)),
        ]
        for name, make, n, tabs in rows:
            ids = [self.put(make(size // scale)) for size in (n // 2, n)]
            self.ask("/api/v1/messages")  # what is new is taken in once
            for tab in tabs:
                with self.subTest("%s, %s" % (name, tab)):
                    self.compare(["/view/%s?tab=%s" % (i, tab) for i in ids])
            self.ask("/api/v1/messages", "DELETE")

    def compare(self, paths):
        """The second is of twice the size."""
        half, whole = (min(self.ask(path)[1] for _ in range(2))
                       for path in paths)
        said, _, peak = self.ask(paths[1])
        self.assertTrue(said.startswith(b"Status: 200 "))
        if not harness.SANITIZED:
            self.assertLess(whole, 2.6 * half + 0.2)
            self.assertLess(peak, 160)

    def test_a_huge_picture_takes_no_memory(self):
        program = harness.BUILD / "mailpit-thumb"
        for octets in (png(60000, 60000, header_only=True),
                       png(9000, 9000, header_only=True),
                       b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0" * 900,
                       b"<svg xmlns='http://www.w3.org/2000/svg' width="
                       b"'99999' height='99999'/>"):
            done = subprocess.run(
                ["python3", "-S", "-c", MEASURE, str(program)], input=octets,
                capture_output=True, timeout=harness.PATIENCE, check=False,
                env=self.env())
            seconds, kib = done.stderr.decode().splitlines()[-1].split()
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stdout, b"")
            self.assert_bounded(int(kib) / 1024, 64)
            self.assertLess(float(seconds), 5)

    def test_a_decoder_that_goes_astray_is_ended(self):
        """One that never ends, and one that says too much."""
        octets = b"kill -STOP $$\n"
        self.put(b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
                 b"--b\n\nx\n--b\nContent-Type: image/png; name=x.png\n\n" +
                 octets + b"--b--\n")
        program = self.dir / "bin/mailpit.cgi"
        program.parent.mkdir()
        shutil.copy(api.web.CGI, program)
        for decoder, most in ("dash", 15), ("yes", 5):
            shutil.copy(shutil.which(decoder), self.dir / "bin/mailpit-thumb")
            started = time.monotonic()
            said = harness.run([program], input=b"", env=self.env(
                self.request("/api/v1/message/latest/part/2/thumb"))).stdout
            self.assertLess(time.monotonic() - started, most)
            self.assertIn(b"Status: 200 ", said[:200])
            self.assertEqual(jpeg_size(said.partition(b"\r\n\r\n")[2]),
                             (180, 120))


if __name__ == "__main__":
    harness.main()
