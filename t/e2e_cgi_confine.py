# SPDX-License-Identifier: MIT
"""e2e_cgi_confine: what mailpit.cgi cannot do any more once it reads mail

t/forbidden_cgi.c, preloaded into it, tries what a process that was taken over
by a message might want. The same library in mailpit-index, which is not
confined, shows that it is the confinement that refuses.
"""

import re
import socket

import harness
import web
from api import ApiCase

RUN_SAN = False

BUILT = harness.TOP / "build/t/forbidden_cgi.so"
ACT = re.compile(r"forbidden: (.*): (\w+)")
ITS_OWN = "make a file in the Maildir"
# Since version 4 of Landlock.
NETWORK = {"connect"} if harness.landlock_version() < 4 else set()


@harness.skip_if(not harness.has_landlock(), "this kernel has no Landlock")
class Confined(ApiCase):
    def setUp(self):
        super().setUp()
        self.drop(b"Subject: taken over\n\ntext\n")
        for name in ("secret", "passwd"):
            (self.dir / name).write_text("not for you\n")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.preload = {"LD_PRELOAD": BUILT, "FORBIDDEN_TOP": self.dir,
                        "FORBIDDEN_PORT": str(listener.getsockname()[1])}

    def acts(self, argv, **env):
        done = harness.run(argv, env=self.env({
            "MP_MAILDIR": self.maildir.path, "MP_ENV_FILE": "/dev/null",
            "MP_INDEX_DIR": self.dir / "index", **self.preload, **env}))
        came = dict(ACT.findall(done.stderr.decode()))
        self.assertEqual(len(came), 7, done.stderr)
        return done.stdout, came

    def test_it_keeps_to_the_maildir_and_the_index(self):
        for uri in ("/api/v1/messages", "/", "/view/latest.txt"):
            answer, came = self.acts(
                [web.CGI], GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET",
                REQUEST_URI=uri, MP_UI_AUTH_FILE="", HTTP_HOST="localhost")
            self.assertTrue(answer.startswith(b"Status: 200"), answer)
            self.assertIn(b"text" if "view" in uri else b"taken over", answer)
            self.assertEqual(came.pop(ITS_OWN), "OK")
            self.assertEqual({act for act, how in came.items()
                              if how != "EACCES"}, NETWORK, came)

    def test_without_confinement_it_might(self):
        _, came = self.acts([web.CGI.parent / "mailpit-index"])
        self.assertEqual(set(came.values()), {"OK"}, came)


if __name__ == "__main__":
    harness.run(["make", "-s", "-C", harness.TOP,
                 BUILT.relative_to(harness.TOP)], timeout=120)
    harness.main()
