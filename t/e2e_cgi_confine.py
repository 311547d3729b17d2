# SPDX-License-Identifier: MIT
"""e2e_cgi_confine: what mailpit.cgi cannot do any more once it reads mail

t/forbidden_cgi.c, preloaded into it, tries what a process that was taken over
by a message might want. The same library in mailpit-index, which is not
confined, shows that it is the confinement that refuses.
"""

import base64
import json
import re
import socket

import harness
import samples
import web
from api import ApiCase

RUN_SAN = False

BUILT = harness.TOP / "build/t/forbidden_cgi.so"
ACT = re.compile(r"forbidden: (.*): (\w+)")
ITS_OWN = {"make a file in the Maildir", "make a file beside the index"}
VERSION = harness.landlock_version()
# What versions of Landlock before 3, 4 and 6 know nothing of.
LATER = ({"cut another file short"} if VERSION < 3 else set()) | (
    {"connect", "wait for connections"} if VERSION < 4 else set()) | (
        {"signal another process"} if VERSION < 6 else set())
REFUSED = {"EACCES", "EPERM"}
# Landlock says so of what would enter or leave a folder.
ALSO_REFUSED = {("move a file out of the Maildir", "EXDEV"),
                ("link a file into the Maildir", "EXDEV")}
SEND = json.dumps({"From": {"Email": "a@example.com"}, "Text": "x",
                   "To": [{"Email": "b@example.com"}]}).encode()


@harness.skip_if(not harness.has_landlock(), "this kernel has no Landlock")
class Confined(ApiCase):
    def setUp(self):
        super().setUp()
        self.drop(b"Subject: taken over\n\ntext\n")
        for name in ("secret", "passwd"):
            (self.dir / name).write_text("joe:not for you\n")
        (self.maildir.path / "link").symlink_to(self.dir / "secret")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.preload = {"LD_PRELOAD": BUILT, "FORBIDDEN_TOP": self.dir,
                        "FORBIDDEN_PORT": str(listener.getsockname()[1])}

    def acts(self, argv, body=b"", **env):
        done = harness.run(argv, input=body, env=self.env({
            "MP_MAILDIR": self.maildir.path, "MP_ENV_FILE": "/dev/null",
            "MP_INDEX_DIR": self.dir / "index", **self.preload, **env}))
        came = dict(ACT.findall(done.stderr.decode()))
        self.assertEqual(len(came), 23, done.stderr)
        return done.stdout, came

    def ask(self, uri, method="GET", body=b"", **env):
        return self.acts([web.CGI], body, GATEWAY_INTERFACE="CGI/1.1",
                         REQUEST_METHOD=method, REQUEST_URI=uri,
                         QUERY_STRING=uri.partition("?")[2],
                         HTTP_HOST="localhost", **env)

    def assert_confined(self, came):
        self.assertEqual({act for act, how in came.items() if how == "OK"},
                         ITS_OWN | LATER)
        self.assertEqual({(act, how) for act, how in came.items()
                          if how not in REFUSED | {"OK"}} - ALSO_REFUSED,
                         set())
        self.assertEqual((self.dir / "secret").read_text(),
                         "joe:not for you\n")

    def test_it_keeps_to_the_maildir_and_the_index(self):
        login = "Basic " + base64.b64encode(b"joe:not for you").decode()
        message = self.site().api.get("messages")["messages"][0]["ID"]
        for uri, said in (
                ("/api/v1/messages", b"taken over"), ("/", b"taken over"),
                ("/view/latest.txt", b"text"),
                ("/view/%s?tab=raw" % message, b"taken over"),
                ("/search?q=taken", b"taken over"),
                ("/api/v1/search?query=text&wait=1", b"taken over"),
                ("/api/v1/message/%s/raw" % message, b"taken over")):
            answer, came = self.ask(uri, HTTP_AUTHORIZATION=login,
                                    MP_UI_AUTH_FILE=self.dir / "passwd")
            self.assertTrue(answer.startswith(b"Status: 200"), answer)
            self.assertIn(said, answer)
            self.assert_confined(came)

    def test_so_it_does_when_it_makes_a_message(self):
        answer, came = self.ask("/api/v1/send", "POST", SEND,
                                CONTENT_LENGTH=str(len(SEND)),
                                CONTENT_TYPE="application/json")
        self.assertTrue(answer.startswith(b"Status: 200"), answer)
        came["make a file beside the index"] = "OK"  # there is none
        self.assert_confined(came)

    def test_who_decodes_pictures_may_do_nothing(self):
        """Not even what the CGI may; and makes a thumbnail all the same."""
        picture, came = self.acts([web.CGI.parent / "mailpit-thumb"],
                                  samples.picture(), FORBIDDEN_READ="1")
        self.assertEqual(picture[:2], b"\xff\xd8")
        self.assertEqual(set(came.values()), {"EPERM"}, came)

    def test_without_confinement_it_might(self):
        _, came = self.acts([web.CGI.parent / "mailpit-index"])
        self.assertEqual(set(came.values()), {"OK"}, came)


if __name__ == "__main__":
    harness.run(["make", "-s", "-C", harness.TOP,
                 BUILT.relative_to(harness.TOP)], timeout=120)
    harness.main()
