# SPDX-License-Identifier: MIT
"""e2e_serve: stand-alone with pages: the web server that it starts and ends"""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
from pathlib import Path

import harness
import samples
from web import Answer, find_lighttpd

TIME_LIMIT = 240
UNAVAILABLE, CONFIG = 69, 78
NOBODY = 65534
OCTETS = (b"From: a@example.org\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
          b"Subject: seen by both\r\n\r\nText.\r\n")


class Connection(http.client.HTTPConnection):
    """HTTP over a TCP or Unix socket, or TLS."""

    def __init__(self, where, context=None):
        super().__init__("localhost", timeout=harness.PATIENCE)
        self.where, self.context = where, context

    def connect(self):
        if isinstance(self.where, int):
            self.sock = socket.create_connection(("127.0.0.1", self.where),
                                                 harness.PATIENCE)
        else:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(harness.PATIENCE)
            self.sock.connect(str(self.where))
        if self.context:
            self.sock = self.context.wrap_socket(self.sock,
                                                 server_hostname="localhost")


def ask(where, path="/livez", method="GET", context=None, body=None,
        **headers):
    connection = Connection(where, context)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        return Answer(connection.getresponse())


def basic(user, password):
    return "Basic " + base64.b64encode(
        b"%s:%s" % (user.encode(), password.encode())).decode()


def fingerprint(port):
    """The certificate that a new connection gets, in DER."""
    context = harness.tls_context()
    with socket.create_connection(("127.0.0.1", port)) as raw, \
            context.wrap_socket(raw) as tls:
        return tls.getpeercert(binary_form=True)


def der(pair):
    return ssl.PEM_cert_to_DER_cert(
        harness.first_certificate(pair.cert.read_text()))


def name_of(pid):
    try:
        return Path("/proc/%d/comm" % pid).read_text().strip()
    except OSError:
        return ""


def is_alive(pid):
    try:
        stat_line = Path("/proc/%d/stat" % pid).read_text()
    except OSError:
        return False
    return stat_line.rpartition(")")[2].split()[0] not in "ZX"


def below(pid):
    """All processes below pid."""
    found = []
    with contextlib.suppress(OSError):
        for child in harness.children(pid):
            found += [child, *below(child)]
    return found


class Serving(harness.Case):
    def serve(self, *args, listen=None, **kw):
        """A server with pages; its web attribute is where they are."""
        port = harness.free_port()
        server = self.server("--listen", listen or "127.0.0.1:%d" % port,
                             *args, **kw)
        server.web = port
        if listen is None:
            harness.eventually(lambda: harness.listens(port), "the pages")
        return server

    def deliver(self, server):
        with server.dial() as smtp:
            smtp.ehlo()
            message = smtp.deliver(OCTETS)
            smtp.quit()
        return message

    def lighttpd(self, server):
        """Its process number, once it runs."""
        def running():
            return [pid for pid in below(server.pid)
                    if name_of(pid) == "lighttpd"]
        return harness.eventually(running, "lighttpd runs")[-1]

    def folders(self):
        """The private folders of web servers."""
        return list(self.dir.glob("mailpit.??????"))


class Both(Serving):
    def test_what_smtp_took_the_pages_show_at_once(self):
        server = self.serve()
        message = self.deliver(server)
        listed = json.loads(ask(server.web, "/api/v1/messages").body)
        self.assertEqual([m["ID"] for m in listed["messages"]], [message])
        self.assertEqual(listed["messages"][0]["Subject"], "seen by both")
        page = ask(server.web, "/")
        self.assertEqual(page.status, 200)
        self.assertIn("text/html", page.headers["Content-Type"])
        self.assertIn("seen by both", page.text)

    def test_it_says_where_both_are(self):
        server = self.serve("--webroot", "mail")
        server.wait_log(r"\[smtpd\] starting on \[::\]:%d" % server.port)
        server.wait_log(r"\[ui\] starting on 127\.0\.0\.1:%d, path /mail/" %
                        server.web)

    def test_what_was_there_before_is_indexed_without_a_question(self):
        samples.make(self.maildir.path)
        for i in range(300):
            samples.put(self.maildir.path, OCTETS.replace(b"\r\n", b"\n"),
                        when=1795000000 + i)
        server = self.serve()

        def known():
            for path in self.dir.rglob("index.db"):
                with contextlib.closing(sqlite3.connect(
                        "file:%s?mode=ro" % path, uri=True)) as db, \
                        contextlib.suppress(sqlite3.Error):
                    return db.execute("SELECT count(*) FROM message"
                                      " WHERE known <> 0").fetchone()[0] == 300
            return False
        harness.eventually(known, "the index has all of it")
        harness.eventually(lambda: "mailpit-index" not in
                           map(name_of, below(server.pid)),
                           "the indexer has ended")
        listed = json.loads(ask(server.web, "/api/v1/messages?limit=1").body)
        self.assertEqual(listed["total"], 300)

    def test_readyz_sees_both(self):
        server = self.serve()
        for https in ([], ["--https"]):
            done = self.mailpit("readyz", "--timeout", "5s", *https,
                                "-s", "127.0.0.1:%d" % server.port,
                                "-l", "127.0.0.1:%d" % server.web)
            self.assertEqual(done.returncode, 1 if https else 0, done.stderr)

    def test_all_addresses_answer_on_both_protocols(self):
        port = harness.free_port()
        self.serve(listen="[::]:%d" % port)
        harness.eventually(lambda: harness.listens(port), "the pages")
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, port)) as sock:
                sock.sendall(b"GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n")
                self.assertTrue(harness.read_to_end(sock).startswith(
                    b"HTTP/1.0 200"))

    def test_encoded_slashes_stay_what_they_are(self):
        server = self.serve()
        self.assertEqual(ask(server.web, "/api%2Fv1%2Finfo").status, 404)
        self.assertEqual(ask(server.web, "/api/v1/info").status, 200)

    def test_a_path_of_its_own(self):
        server = self.serve("--webroot", "/mail")
        self.assertEqual(ask(server.web, "/mail/api/v1/info").status, 200)
        self.assertEqual(ask(server.web, "/api/v1/info").status, 404)

    def test_places_with_blanks_and_relative_ones(self):
        folder = self.dir / "a b"
        folder.mkdir()
        (folder / "passwd").write_text("joe:secret\n")
        server = self.serve("--ui-auth-file", "a b/passwd",
                            maildir="a b/Maildir", env={"TMPDIR": folder})
        self._maildirs.clear()
        self.use(folder / "Maildir")
        self.deliver(server)
        answer = ask(server.web, "/api/v1/messages",
                     Authorization=basic("joe", "secret"))
        self.assertEqual(json.loads(answer.body)["total"], 1)

    def test_a_body_beyond_the_limit_is_refused(self):
        server = self.serve("--max-message-size", "1")
        connection = Connection(server.web)
        with contextlib.closing(connection):
            connection.request("POST", "/api/v1/send", b"{}" + b" " * (9 << 20),
                               {"Content-Type": "application/json"})
            self.assertEqual(connection.getresponse().status, 413)


class Passwords(Serving):
    def test_they_are_asked_for(self):
        server = self.serve("--ui-auth-file", self.passwords(form="$2y$"))
        for header, status in (({}, 401),
                               ({"Authorization": basic("joe", "no")}, 401),
                               ({"Authorization": basic("joe", "secret")},
                                200)):
            answer = ask(server.web, "/api/v1/info", **header)
            self.assertEqual(answer.status, status)
        self.assertEqual(ask(server.web, "/livez").status, 200)

    def test_from_the_environment_and_changed_files(self):
        path = self.passwords({"ann": "first"})
        server = self.serve("--send-api-auth-file", path,
                            env={"MP_UI_AUTH": "joe:secret bob:{PLAIN}a\"b"})
        for user, password in (("joe", "secret"), ("bob", 'a"b')):
            answer = ask(server.web, "/api/v1/info",
                         Authorization=basic(user, password))
            self.assertEqual(answer.status, 200)

        def send(password):
            return ask(server.web, "/api/v1/send", "POST",
                       Authorization=basic("ann", password)).status
        self.assertNotEqual(send("first"), 401)
        harness.replace(path, "ann:second\n")
        self.assertEqual(send("first"), 401)
        self.assertNotEqual(send("second"), 401)

    def test_they_are_in_no_process_list_and_no_foreign_file(self):
        server = self.serve(env={"MP_UI_AUTH": "joe:hidden-secret"})
        folder, = self.folders()
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        for path in folder.iterdir():
            if path.is_file():
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        for pid in [server.pid, *below(server.pid)]:
            self.assertNotIn(b"hidden", Path("/proc/%d/cmdline" % pid)
                             .read_bytes())


class Https(Serving):
    def renewable(self):
        pair = harness.certificate().copy_to(self.dir)
        server = self.serve("--ui-tls-cert", pair.cert, "--ui-tls-key",
                            pair.key)
        return pair, server

    def test_a_certificate_makes_it_https(self):
        _, server = self.renewable()
        server.wait_log(r"\(HTTPS\)")
        answer = ask(server.web, "/api/v1/info",
                     context=harness.tls_context(
                         verify=harness.certificate().cert))
        self.assertEqual(answer.status, 200)
        with self.assertRaises((OSError, http.client.HTTPException)):
            ask(server.web, "/api/v1/info")
        done = self.mailpit("readyz", "--https", "-l",
                            "127.0.0.1:%d" % server.web)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_self_signed_one(self):
        server = self.serve("--ui-tls-cert", "sans:localhost",
                            "--ui-tls-key", "sans:localhost")
        made, = (self.dir / "state" / "mailpit").glob("sans-*.pem")
        answer = ask(server.web, context=harness.tls_context(verify=made))
        self.assertEqual(answer.status, 200)

    def test_the_older_names(self):
        pair = harness.certificate()
        server = self.serve("--ui-ssl-cert", pair.cert, "--ui-ssl-key",
                            pair.key)
        self.assertEqual(ask(server.web,
                             context=harness.tls_context()).status, 200)

    def test_a_renewed_one_is_used_and_nobody_is_cut_off(self):
        pair, server = self.renewable()
        before = harness.certificate()
        after = harness.certificate(serial=1)
        self.assertEqual(fingerprint(server.web), der(before))
        stream = Connection(server.web, harness.tls_context())
        self.addCleanup(stream.close)
        stream.request("GET", "/events")
        answer = stream.getresponse()
        self.assertEqual(answer.status, 200)
        first = self.lighttpd(server)
        harness.replace(pair.cert, after.cert)
        server.wait_log("the last good certificate stays")
        self.assertEqual(fingerprint(server.web), der(before))
        harness.replace(pair.key, after.key)
        harness.eventually(lambda: fingerprint(server.web) == der(after),
                           "the renewed certificate")
        self.assertIn("certificate loaded again", server.log)
        # Who was being served still is, by the server that began it.
        self.assertTrue(is_alive(first))
        message = self.deliver(server)
        for line in iter(answer.readline, b""):
            if message.encode() in line:
                break
        else:
            self.fail("the stream was cut off")
        stream.close()
        harness.eventually(lambda: not is_alive(first), "the old one ends")
        server.stop()
        self.assertEqual(self.folders(), [])


class Unix(Serving):
    def test_a_unix_socket_with_its_mode(self):
        path = self.dir / "web.sock"
        server = self.serve(listen="unix:%s:0660" % path)
        harness.eventually(lambda: harness.listens_at(path), "the pages")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
        self.deliver(server)
        answer = ask(path, "/api/v1/messages")
        self.assertEqual(json.loads(answer.body)["total"], 1)
        done = self.mailpit("readyz", "-l", "unix:%s:0660" % path)
        self.assertEqual(done.returncode, 0, done.stderr)
        server.stop()
        self.assertFalse(path.exists())


class Ending(Serving):
    def test_one_signal_ends_all_of_it(self):
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(sig.name):
                server = self.serve()
                stream = Connection(server.web)
                self.addCleanup(stream.close)
                stream.request("GET", "/events")
                self.assertEqual(stream.getresponse().status, 200)
                pids = below(server.pid)
                self.assertGreaterEqual(len(pids), 2)  # lighttpd and a CGI
                server.stop(sig)
                harness.eventually(
                    lambda: not any(is_alive(pid) for pid in pids),
                    "all processes end")
                self.assertFalse(harness.listens(server.web))
                self.assertFalse(harness.listens(server.port))
                self.assertEqual(self.folders(), [])

    def test_where_it_is_killed_the_web_server_ends_as_well(self):
        server = self.serve()
        pid = self.lighttpd(server)
        server.stopped = True
        server.kill()
        harness.eventually(lambda: not is_alive(pid), "lighttpd ends")
        for folder in self.folders():
            shutil.rmtree(folder)

    def test_a_web_server_that_ends_by_itself_is_the_end(self):
        for sig in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(sig.name):
                server = self.serve()
                # Once it answers, it is the one that serves.
                self.assertEqual(ask(server.web, "/livez").status, 200)
                os.kill(self.lighttpd(server), sig)
                server.stopped = True
                self.assertEqual(server.wait(), UNAVAILABLE, server.log)
                self.assertIn("the web server has ended", server.log)
                self.assertFalse(harness.listens(server.port))
                self.assertEqual(self.folders(), [])

    def test_as_the_first_process_of_a_container(self):
        inside = ["unshare", "--pid", "--fork", "--mount-proc",
                  "--kill-child"]
        if harness.run([*inside, "true"], check=False).returncode != 0:
            self.skipTest("no PID namespace")
        server = self.serve(prefix=inside)
        init = harness.children(server.pid)[0]
        server.stopped = True
        self.deliver(server)
        for _ in range(20):
            self.assertEqual(ask(server.web, "/api/v1/info").status, 200)
        harness.eventually(lambda: len(below(init)) == 1,
                           "only lighttpd is left: no zombies")
        os.kill(init, signal.SIGTERM)
        self.assertEqual(server.wait(), 0, server.log)
        server.assert_clean()


class Logs(Serving):
    def test_the_log_file_takes_all_of_it(self):
        log = self.dir / "log"
        server = self.serve("--log-file", log)
        harness.eventually(lambda: "server started" in log.read_text(),
                           "what lighttpd says")
        server.stop()
        self.assertIn("server stopped", log.read_text())
        self.assertNotIn("server st", server.log)

    def test_requests_are_logged_when_verbose(self):
        server = self.serve("--verbose")
        self.assertEqual(ask(server.web, "/api/v1/info").status, 200)
        server.stop()
        self.assertIn("[http] GET /api/v1/info: 200", server.log)
        server = self.serve()
        self.assertEqual(ask(server.web, "/api/v1/info").status, 200)
        server.stop()
        self.assertNotIn("GET /api", server.log)

    def test_where_the_log_is_a_socket(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        descriptor = theirs.fileno()
        server = self.serve("--verbose", pass_fds=[descriptor], prefix=[
            "sh", "-c", 'exec "$@" 2>&%d' % descriptor, "sh"])
        theirs.close()
        self.assertEqual(ask(server.web, "/api/v1/info").status, 200)
        server.stop()
        said = harness.read_to_end(ours)
        self.assertIn(b"[http] GET /api/v1/info: 200", said)


class Refusals(Serving):
    def start(self, *args, prefix=(), program=harness.MAILPIT, env=None):
        """A start that must fail; nothing listens."""
        port = harness.free_port()
        done = harness.run(
            [*prefix, program, "--smtp", "127.0.0.1:%d" % port, "--maildir",
             self.use(), *args], check=False, env=self.env(env),
            cwd=self.dir)
        self.assertFalse(harness.listens(port))
        self.assertEqual(self.folders(), [])
        return done.returncode, done.stderr.decode()

    def address(self):
        return "127.0.0.1:%d" % harness.free_port()

    def test_an_address_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            status, said = self.start("--listen", address)
        self.assertEqual(status, CONFIG, said)
        self.assertIn("[ui]", said)
        self.assertIn(address, said)
        self.assertIn("in use", said)

    def test_without_the_cgi(self):
        alone = self.dir / "alone"
        alone.mkdir()
        shutil.copy2(harness.MAILPIT, alone)
        status, said = self.start("--listen", self.address(),
                                  program=alone / "mailpit")
        self.assertEqual(status, UNAVAILABLE, said)
        self.assertIn("mailpit.cgi", said)
        self.assertIn("--listen none", said)

    @harness.skip_if(os.getuid() != 0, "only root can hide a program")
    def test_without_lighttpd(self):
        inside = ["unshare", "--mount"]
        if harness.run([*inside, "true"], check=False).returncode != 0:
            self.skipTest("no mount namespace")
        hidden = [*inside, "sh", "-c",
                  "mount --bind /dev/null %s && exec \"$@\"" %
                  find_lighttpd(), "sh"]
        status, said = self.start("--listen", self.address(), prefix=hidden)
        self.assertEqual(status, UNAVAILABLE, said)
        self.assertIn("lighttpd", said)
        self.assertIn("--listen none", said)
        # Without pages nothing is missing.
        server = self.server("--listen", "none", prefix=hidden)
        self.deliver(server)

    def test_a_configuration_that_lighttpd_refuses(self):
        dollar = self.dir / "a$b"
        dollar.mkdir()
        status, said = self.start("--listen", self.address(),
                                  env={"TMPDIR": dollar})
        self.assertEqual(status, CONFIG, said)
        self.assertIn("a$b", said)
        self.assertEqual(list(dollar.iterdir()), [])

    def test_none_is_no_web_server(self):
        server = self.server("--listen", "none")
        self.deliver(server)
        harness.eventually(lambda: not below(server.pid),
                           "the session is the only other process")
        self.assertNotIn("[ui]", server.log)
        self.assertEqual(self.folders(), [])


@harness.skip_if(os.getuid() != 0, "only root can become another user")
class Owner(Serving):
    """Started by root, it serves as the owner of the Maildir."""

    def setUp(self):
        super().setUp()
        for folder in (self.dir, *self.dir.parents):
            if folder.name.startswith(("run.", "mailpit-")) or \
                    folder == self.dir:
                folder.chmod(0o711)  # ours, made by the runner
        self.use().mkdir(mode=0o700)
        shutil.chown(self.maildir.path, NOBODY, NOBODY)

    def uids(self, pid):
        for line in Path("/proc/%d/status" % pid).read_text().splitlines():
            if line.startswith("Uid:"):
                return set(line.split()[1:])
        return set()

    def test_pages_and_api_work_as_that_user(self):
        server = self.serve()
        message = self.deliver(server)
        pid = self.lighttpd(server)
        self.assertEqual(self.uids(pid), {str(NOBODY)})
        listed = json.loads(ask(server.web, "/api/v1/messages").body)
        self.assertEqual([m["ID"] for m in listed["messages"]], [message])
        self.assertEqual(ask(server.web, "/api/v1/message/" + message).status,
                         200)
        path = harness.eventually(
            lambda: self.maildir.find(message).path, "the message")
        self.assertEqual(path.stat().st_uid, NOBODY)
        self.assertTrue(path.name.endswith(":2,S"), path.name)
        self.assertEqual(ask(server.web, "/api/v1/messages", "DELETE").status,
                         200)
        self.assertEqual(len(self.maildir), 0)
        server.stop()
        self.assertEqual(list(Path("/tmp").glob("mailpit.??????/index")), [])

    def test_secrets_that_it_cannot_read_are_told_at_once(self):
        path = self.passwords()
        path.chmod(0o600)
        port = harness.free_port()
        done = self.mailpit("--smtp", "127.0.0.1:%d" % port, "--listen",
                            "127.0.0.1:%d" % harness.free_port(), "--maildir",
                            self.use(), "--ui-auth-file", path)
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        self.assertIn(str(path), done.stderr)
        self.assertIn("ermission denied", done.stderr)
        self.assertFalse(harness.listens(port))


if __name__ == "__main__":
    harness.main()
