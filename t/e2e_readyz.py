# SPDX-License-Identifier: MIT
"""e2e_readyz: is a server up?"""

import http.server
import socket
import ssl
import threading
import time

import harness

READY, NOT_READY, USAGE, CONFIG = 0, 1, 64, 78


class OnePeer:
    """Listens on loopback and says one thing to everybody who connects."""

    def __init__(self, words):
        self.words = words
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(peer)
            try:
                peer.sendall(self.words)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for each in [self.listener, *self.open]:
            each.close()


class Readyz(harness.Case):
    def readyz(self, *args, **kw):
        return self.mailpit("readyz", *args, **kw)

    def peer(self, words):
        peer = OnePeer(words)
        self.addCleanup(peer.close)
        return "127.0.0.1:%d" % peer.port

    def test_a_server_that_listens_is_ready(self):
        port = self.server().port
        for address in ("[::]:%d", ":%d", "0.0.0.0:%d", "127.0.0.1:%d",
                        "localhost:%d"):
            for how in ({"args": ["--smtp", address % port]},
                        {"args": ["-s", address % port]},
                        {"env": {"MP_SMTP_BIND_ADDR": address % port}}):
                with self.subTest(how):
                    done = self.readyz(*how.get("args", []),
                                       env=how.get("env"))
                    self.assertEqual(
                        (done.returncode, done.stdout, done.stderr),
                        (READY, "", ""))

    def test_it_takes_leave_and_stores_nothing(self):
        server = self.server()
        self.readyz("-s", "127.0.0.1:%d" % server.port)
        line = harness.eventually(self.maildir.sessions, "the session line")
        self.assertIn(" messages=0 ", line[0])
        self.assertIn(" end=quit", line[0])
        self.assertEqual(len(self.maildir), 0)

    def test_a_unix_socket(self):
        address = "unix:%s/smtp.sock:0600" % self.dir
        self.assertEqual(self.readyz("-s", address).returncode, NOT_READY)
        self.server(smtp=address)
        self.assertEqual(self.readyz("-s", address).returncode, READY)

    def test_nobody_listens(self):
        address = "127.0.0.1:%d" % harness.free_port()
        began = time.monotonic()
        done = self.readyz("-s", address)
        self.assertEqual(done.returncode, NOT_READY)
        self.assertIn(address, done.stderr)
        self.assertIn("refused", done.stderr)
        self.assertLess(time.monotonic() - began, 10)

    def test_a_flag_wins_over_the_variable(self):
        server = self.server()
        wrong = "127.0.0.1:%d" % harness.free_port()
        done = self.readyz("-s", "127.0.0.1:%d" % server.port,
                           env={"MP_SMTP_BIND_ADDR": wrong})
        self.assertEqual(done.returncode, READY)

    def test_it_waits_until_the_server_is_up(self):
        port = harness.free_port()
        result = []
        waiting = threading.Thread(target=lambda: result.append(self.readyz(
            "--wait", "--timeout", "25s", "-s", "127.0.0.1:%d" % port)))
        waiting.start()
        time.sleep(0.7)
        self.assertTrue(waiting.is_alive())
        self.server(smtp="127.0.0.1:%d" % port)
        waiting.join()
        self.assertEqual(result[0].returncode, READY, result[0].stderr)

    def test_waiting_ends_with_the_time(self):
        for text, least in (("1s", 0.7), ("1", 0.7), ("0m1s", 0.7),
                            ("600ms", 0.3)):
            with self.subTest(text):
                began = time.monotonic()
                done = self.readyz("--wait", "--timeout", text, "-s",
                                   "127.0.0.1:%d" % harness.free_port())
                self.assertEqual(done.returncode, NOT_READY)
                took = time.monotonic() - began
                self.assertGreater(took, least)
                self.assertLess(took, 10)

    def test_another_service_is_no_smtp_server(self):
        for words in (b"SSH-2.0-x\r\n", b"421 4.3.2 busy\r\n", b"220"):
            with self.subTest(words):
                done = self.readyz("--timeout", "1s", "-s", self.peer(words))
                self.assertEqual(done.returncode, NOT_READY, done.stderr)

    def test_a_peer_without_line_ends_is_given_up(self):
        done = self.readyz("--timeout", "20s", "-s", self.peer(b"2" * 100000))
        self.assertEqual(done.returncode, NOT_READY)
        self.assertIn("no SMTP banner", done.stderr)

    def test_a_silent_peer_is_not_ready(self):
        began = time.monotonic()
        done = self.readyz("--timeout", "1s", "-s", self.peer(b""))
        self.assertEqual(done.returncode, NOT_READY)
        self.assertIn("timed out", done.stderr)
        self.assertLess(time.monotonic() - began, 10)

    def test_behind_implicit_tls_it_asks_after_a_handshake(self):
        server = self.server(*harness.certificate().options,
                             "--smtp-require-tls")
        address = "127.0.0.1:%d" % server.port
        self.assertEqual(self.readyz("-s", address, "--timeout", "1s")
                         .returncode, NOT_READY)
        for how in ({"args": ["--smtp-require-tls"]},
                    {"args": [], "env": {"MP_SMTP_REQUIRE_TLS": "true"}}):
            done = self.readyz("-s", address, *how["args"],
                               env=how.get("env"))
            self.assertEqual(done.returncode, READY, done.stderr)
        for port in (harness.free_port(), self.server().port):
            done = self.readyz("--smtp-require-tls", "--timeout", "5s", "-s",
                               "127.0.0.1:%d" % port)
            self.assertEqual(done.returncode, NOT_READY)

    def test_variables_of_other_programs_are_no_error(self):
        server = self.server()
        done = self.readyz(env={
            "MP_UI_BIND_ADDR": "none", "MP_UI_AUTH": "joe:secret",
            "MP_MAX_MESSAGES": "7", "MP_NO_SUCH_THING": "1",
            "MP_SMTP_BIND_ADDR": "127.0.0.1:%d" % server.port})
        self.assertEqual((done.returncode, done.stderr), (READY, ""))

    def test_mistakes(self):
        rows = (
            (["--nope"], {}, USAGE),
            (["operand"], {}, USAGE),
            (["--timeout", ""], {}, USAGE),
            (["--timeout", "1x"], {}, USAGE),
            (["--timeout", "s"], {}, USAGE),
            (["--timeout", "-1s"], {}, USAGE),
            (["--timeout", "99999999999999999999s"], {}, USAGE),
            (["--timeout", "25h"], {}, USAGE),
            (["--timeout"], {}, USAGE),
            (["--smtp", "nonsense"], {}, CONFIG),
            (["--listen", "nonsense"], {}, CONFIG),
            (["--webroot", "/a b"], {}, CONFIG),
            ([], {"MP_SMTP_BIND_ADDR": "nonsense"}, CONFIG),
            ([], {"MP_UI_BIND_ADDR": "nonsense"}, CONFIG),
            ([], {"MP_SMTP_REQUIRE_TLS": "perhaps"}, CONFIG),
        )
        for args, env, status in rows:
            with self.subTest((args, env)):
                done = self.readyz(*args, env=env)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn("[readyz]", done.stderr)

    def test_help_names_every_option(self):
        done = self.readyz("--help")
        self.assertEqual(done.returncode, READY)
        for word in ("--smtp", "--timeout", "--wait", "--smtp-require-tls",
                     "MP_SMTP_BIND_ADDR", "--listen", "--webroot", "--https",
                     "MP_UI_BIND_ADDR"):
            self.assertIn(word, done.stdout)


class Answer(http.server.BaseHTTPRequestHandler):
    """200 for /readyz, also below /mail; 503 for what else there is."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"]))
        good = self.path in ("/readyz", "/mail/readyz")
        self.send_response(200 if good else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


class Pages(harness.Case):
    """Looking at a web server, whichever answers."""

    def web(self, context=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        server.asked = []
        if context is not None:
            server.socket = context.wrap_socket(server.socket,
                                                server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return server, "127.0.0.1:%d" % server.server_address[1]

    def readyz(self, *args, env=None):
        return self.mailpit("readyz", "--timeout", "5s", *args,
                            env={"MP_UI_BIND_ADDR": None, **(env or {})})

    def test_what_is_named_is_looked_at(self):
        server, address = self.web()
        for how in (["--listen", address], ["-l", address]):
            done = self.readyz(*how)
            self.assertEqual((done.returncode, done.stderr), (READY, ""))
        done = self.readyz(env={"MP_UI_BIND_ADDR": address})
        self.assertEqual(done.returncode, READY, done.stderr)
        self.assertEqual(server.asked, [("/readyz", "localhost")] * 3)

    def test_with_both_names_both_must_be_there(self):
        _, address = self.web()
        smtp = "127.0.0.1:%d" % self.server().port
        nobody = "127.0.0.1:%d" % harness.free_port()
        for args, status in ((["-s", smtp, "-l", address], READY),
                             (["-s", nobody, "-l", address], NOT_READY),
                             (["-s", smtp, "-l", nobody], NOT_READY)):
            with self.subTest(args):
                done = self.readyz(*args)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual(nobody in done.stderr, status == NOT_READY)

    def test_none_is_not_looked_at(self):
        smtp = "127.0.0.1:%d" % self.server().port
        done = self.readyz("-s", smtp, env={"MP_UI_BIND_ADDR": "none"})
        self.assertEqual(done.returncode, READY, done.stderr)

    def test_the_webroot_counts(self):
        _, address = self.web()
        for webroot in ("/mail", "mail/"):
            done = self.readyz("-l", address, "--webroot", webroot)
            self.assertEqual(done.returncode, READY, done.stderr)
        done = self.readyz("-l", address, env={"MP_WEBROOT": "/other"})
        self.assertEqual(done.returncode, NOT_READY)
        self.assertIn("not ready", done.stderr)

    def test_https(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pair = harness.certificate()
        context.load_cert_chain(pair.cert, pair.key)
        _, address = self.web(context)
        done = self.readyz("-l", address, "--https")
        self.assertEqual(done.returncode, READY, done.stderr)
        done = self.readyz("-l", address, env={"MP_UI_TLS_CERT": pair.cert})
        self.assertEqual(done.returncode, READY, done.stderr)
        self.assertEqual(self.readyz("-l", address).returncode, NOT_READY)
        _, plain = self.web()
        self.assertEqual(self.readyz("-l", plain, "--https").returncode,
                         NOT_READY)

    def test_another_service_is_no_web_server(self):
        smtp = "127.0.0.1:%d" % self.server().port
        done = self.readyz("-l", smtp)
        self.assertEqual(done.returncode, NOT_READY)
        self.assertIn("not ready", done.stderr)


if __name__ == "__main__":
    harness.main()
