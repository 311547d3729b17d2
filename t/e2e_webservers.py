# SPDX-License-Identifier: MIT
"""e2e_webservers: mailpit.cgi under Apache and under nginx with fcgiwrap

The lines are those of the README, with the paths and the port of this test.
"""

import base64
import contextlib
import html
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import harness
from e2e_serve import ask, basic
from threats import OneEnd

RUN_SAN = False
TIME_LIMIT = 150

README = (harness.TOP / "README.md").read_text()
MODULES = Path("/usr/lib/apache2/modules")
USER = "www-data"
CGI = harness.BUILD / "mailpit.cgi"
OCTETS = (b"From: a@example.org\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
          b"Subject: hello\r\nMIME-Version: 1.0\r\n"
          b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
          b"--b\r\nContent-Type: text/plain\r\n\r\nText.\r\n"
          b"--b\r\nContent-Type: application/octet-stream\r\n"
          b"Content-Disposition: attachment; filename=a.bin\r\n"
          b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n")
BLOB = bytes(range(256)) * 400

APACHE = """
ServerRoot {home}
ServerName localhost
PidFile {home}/apache.pid
DefaultRuntimeDir {home}
Mutex pthread
Listen 127.0.0.1:{port}
ErrorLog {home}/apache.log
{modules}
DocumentRoot {home}/www
<Directory />
	Require all denied
</Directory>
<Directory {home}/www>
	Require all granted
</Directory>
{lines}
"""
NGINX = """
daemon off;
pid {home}/nginx.pid;
error_log {home}/nginx.log;
worker_processes 1;
{user}
events {{ worker_connections 64; }}
http {{
	access_log off;
	client_body_temp_path {home}/body;
	fastcgi_temp_path {home}/fastcgi;
	proxy_temp_path {home}/proxy;
	uwsgi_temp_path {home}/uwsgi;
	scgi_temp_path {home}/scgi;
	server {{
		listen 127.0.0.1:{port};
		root {home}/www;
{lines}
	}}
}}
"""


def program(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def block(language):
    """The README's lines for a web server."""
    found = re.findall(r"```%s\n(.*?)```" % language, README, re.S)
    assert len(found) == 1, language
    return found[0]


class WebServer(OneEnd):
    """What every web server must hand over and pass on."""

    def setUp(self):
        super().setUp()
        self.addCleanup(harness.eventually, self.no_cgi_runs,
                        "streams end when their web server has")
        # The paths of sockets must not be long.
        self.home = Path(tempfile.mkdtemp(prefix="w."))
        self.addCleanup(shutil.rmtree, self.home)
        (self.home / "www").mkdir()
        (self.home / "www" / "index.html").write_text("not ours")
        (self.home / "index").mkdir(mode=0o700)
        self.port = harness.free_port()
        self.use().mkdir(mode=0o700)
        if os.getuid() == 0:
            self.give_away()
        self.smtpd = self.server()

    def no_cgi_runs(self):
        ours = os.fsencode(self.maildir.path)
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "comm").read_text() == "mailpit.cgi\n" and \
                        ours in (process / "environ").read_bytes():
                    return False
        return True

    def give_away(self):
        """Mail and index to the user of web servers, who must get there."""
        for folder in (self.home, self.dir, *self.dir.parents):
            if folder.name.startswith(("run.", "mailpit-", "w.")) or \
                    folder == self.dir:
                folder.chmod(0o711)
        shutil.chown(self.maildir.path, USER, USER)
        shutil.chown(self.home / "index", USER, USER)

    def placed(self, lines, settings=""):
        """The README's lines for this test's paths, all of them."""
        for theirs, ours in (
                ("/usr/local/libexec/mailpit/mailpit.cgi", CGI),
                ("/var/lib/mailpit/Maildir", self.maildir.path),
                ("/var/cache/mailpit-www", self.home / "index"),
                ("/run/fcgiwrap.socket", self.home / "fcgi")):
            lines = lines.replace(theirs, str(ours))
        where = re.search(r"(?m)^.*MP_WEBROOT.*\n", lines)
        return lines[:where.end()] + settings + lines[where.end():]

    def run_beside(self, argv, ready, env=None, **kw):
        process = harness.Process(argv, self.env(env), self.dir,
                                  start_new_session=True, **kw)

        def stop():
            process.process.terminate()
            process.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its helpers
        self.addCleanup(stop)

        def started():
            if process.process.poll() is not None:
                raise AssertionError(process.log + self.said())
            return ready()
        harness.eventually(started, "%s listens" % argv[0])

    def said(self):
        return "".join(p.read_text(errors="replace")
                       for p in self.home.glob("*.log"))

    def ask(self, path, method="GET", status=200, **kw):
        answer = ask(self.port, path, method, **kw)
        self.assertEqual(answer.status, status, self.said())
        return answer

    def deliver(self):
        with self.smtpd.dial() as smtp:
            smtp.ehlo()
            message = smtp.deliver(OCTETS % base64.encodebytes(BLOB).replace(
                b"\n", b"\r\n").rstrip())
            smtp.quit()
        return message

    def test_pages_and_api(self):
        self.start()
        message = self.deliver()
        listed = json.loads(self.ask("/mail/api/v1/messages").body)
        self.assertEqual([m["ID"] for m in listed["messages"]], [message])
        page = self.ask("/mail/")
        self.assertIn("hello", page.text)
        # Every link of the page leads below the webroot, and somewhere.
        links = {html.unescape(link).partition("#")[0] for link in
                 re.findall(r'(?:href|src)="(/[^"]*)"', page.text)}
        self.assertTrue(links)
        for link in sorted(links):
            self.assertTrue(link.startswith("/mail/"), link)
            answer = ask(self.port, link)
            self.assertEqual(answer.status, 200, link + self.said())
        self.assertEqual(ask(self.port, "/mail").status // 100, 3)
        self.assertEqual(ask(self.port, "/index.html").body, b"not ours")

    def test_octets_come_through_as_they_are(self):
        self.start()
        message = self.deliver()
        part = self.ask("/mail/api/v1/message/%s/part/2" % message)
        self.assertEqual(part.body, BLOB)
        raw = self.ask("/mail/api/v1/message/%s/raw" % message)
        self.assertIn(b"Subject: hello\r\n", raw.body)

    def test_head_has_no_body(self):
        self.start()
        message = self.deliver()
        for path in ("/mail/", "/mail/api/v1/message/" + message):
            with socket.create_connection(("127.0.0.1", self.port)) as sock:
                sock.sendall(b"HEAD %s HTTP/1.1\r\nHost: localhost\r\n"
                             b"Connection: close\r\n\r\n" % path.encode())
                said = harness.read_to_end(sock)
            self.assertTrue(said.startswith(b"HTTP/1.1 200 "), said[:200])
            self.assertTrue(said.endswith(b"\r\n\r\n"), said[-200:])
            self.assertNotIn(b"hello", said)

    def test_encoded_slashes_stay_what_they_are(self):
        self.start()
        message = self.deliver()
        self.ask("/mail/api/v1/message/" + message)
        for path in ("/mail/api/v1/message%2F" + message,
                     "/mail/api%2Fv1/messages",
                     "/mail/api/v1/message/..%2F" + message):
            self.assertEqual(ask(self.port, path).status, 404, path)
        # A name with a slash in it is one segment.
        answer = ask(self.port, "/mail/api/v1/tags/a%2Fb", "DELETE")
        self.assertIn(answer.status, (200, 400, 404))
        self.assertEqual(len(self.maildir), 1)

    def test_a_request_has_one_end(self):
        self.start()
        self.deliver()
        self.assert_one_end(self.port, b"/mail/")

    def test_passwords_are_handed_on(self):
        self.start(MP_UI_AUTH_FILE=self.passwords(form="$2y$"))
        self.ask("/mail/api/v1/info", status=401)
        self.ask("/mail/api/v1/info", status=401,
                 Authorization=basic("joe", "wrong"))
        self.ask("/mail/api/v1/info", Authorization=basic("joe", "secret"))
        self.ask("/mail/livez")

    def test_bodies_come_in_whole(self):
        self.start()
        content = base64.b64encode(os.urandom(3 << 20)).decode()
        sent = json.loads(self.ask(
            "/mail/api/v1/send", "POST", body=json.dumps({
                "From": {"Email": "a@example.org"},
                "To": [{"Email": "b@example.org"}],
                "Subject": "uploaded", "Text": "x",
                "Attachments": [{"Filename": "a.bin", "Content": content}]}),
            **{"Content-Type": "application/json"}).body)
        part = self.ask("/mail/api/v1/message/%s/part/2" % sent["ID"])
        self.assertEqual(base64.b64encode(part.body).decode(), content)

    def test_what_changes_the_mail(self):
        self.start()
        message = self.deliver()
        self.ask("/mail/api/v1/messages", "PUT", body=json.dumps(
            {"IDs": [message], "Read": True}))
        self.assertRegex(self.stored(message).path.name, ":2,S$")
        self.ask("/mail/api/v1/messages", "DELETE", body=json.dumps(
            {"IDs": [message]}))
        self.assertEqual(len(self.maildir), 0)

    def test_live_changes_come_at_once(self):
        self.start()
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/mail/events")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        message = self.deliver()
        for line in iter(answer.readline, b""):
            if message.encode() in line:
                return
        self.fail("the stream ended: " + self.said())


@harness.skip_if(program("apache2") is None, "apache2 is not installed")
class Apache(WebServer, harness.Case):
    def start(self, **settings):
        lines = self.placed(block("apache"), "".join(
            "SetEnv %s %s\n" % each for each in settings.items()))
        modules = "".join(
            "LoadModule %s_module %s/mod_%s.so\n" % (name, MODULES, name)
            for name in ("mpm_event", "authz_core", "alias", "env", "cgid"))
        user = "User %s\nGroup %s\n" % (USER, USER)
        conf = self.file("apache.conf", APACHE.format(
            home=self.home, port=self.port, lines=lines, modules=modules +
            "ScriptSock %s/cgid\n" % self.home +
            (user if os.getuid() == 0 else "")))
        self.run_beside([program("apache2"), "-DFOREGROUND", "-f", conf],
                        lambda: harness.listens(self.port))


@harness.skip_if(program("nginx") is None, "nginx is not installed")
@harness.skip_if(program("fcgiwrap") is None, "fcgiwrap is not installed")
class Nginx(WebServer, harness.Case):
    def start(self, **settings):
        lines = self.placed(block("nginx"), "".join(
            "fastcgi_param %s %s;\n" % each for each in settings.items()))
        lines = lines.replace("include fastcgi_params;",
                              "include /etc/nginx/fastcgi_params;")
        option = re.search(r"`DAEMON_OPTS=(\S+)` in `/etc/default/fcgiwrap`",
                           README).group(1)
        wrapped = self.home / "fcgi"
        user, who = "", {}
        if os.getuid() == 0:
            self.home.chmod(0o777)  # for the socket; ours for a moment
            user, who = "user %s;" % USER, {"user": USER, "group": USER}
        self.run_beside([program("fcgiwrap"), option, "-s",
                         "unix:%s" % wrapped],
                        lambda: harness.listens_at(wrapped), **who)
        conf = self.file("nginx.conf", NGINX.format(
            home=self.home, port=self.port, lines=lines, user=user))
        self.run_beside([program("nginx"), "-e", self.home / "start.log",
                         "-c", conf],
                        lambda: harness.listens(self.port))


if __name__ == "__main__":
    harness.main()
