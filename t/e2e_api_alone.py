# SPDX-License-Identifier: MIT
"""e2e_api_alone: the API of the stand-alone program, which starts lighttpd"""

import http.client
import json
import urllib.request

import harness


class Alone(harness.Case):
    def test_what_smtp_takes_the_api_gives(self):
        port = harness.free_port()
        server = self.server("--listen", "127.0.0.1:%d" % port,
                             env={"XDG_CACHE_HOME": self.dir / "cache"})
        with server.dial() as smtp:
            smtp.ehlo()
            message = smtp.deliver(b"Subject: alone\r\n\r\nx\r\n")
        harness.eventually(lambda: harness.listens(port), "lighttpd listens")
        url = "http://127.0.0.1:%d/api/v1/search?query=alone" % port
        with urllib.request.urlopen(url, timeout=harness.PATIENCE) as answer:
            found = json.load(answer)
        self.assertEqual([m["ID"] for m in found["messages"]], [message])
        request = urllib.request.Request(
            "http://127.0.0.1:%d/api/v1/messages" % port, method="DELETE")
        with urllib.request.urlopen(request,
                                    timeout=harness.PATIENCE) as answer:
            self.assertEqual(answer.read(), b"ok")
        self.assertEqual(len(self.maildir), 0)
        self.stray_ok = True  # findings of what is deleted: prune's work

    def test_a_search_may_hold_a_tab(self):
        port = harness.free_port()
        server = self.server("--listen", "127.0.0.1:%d" % port,
                             env={"XDG_CACHE_HOME": self.dir / "cache"})
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.deliver(b"Subject: order 66\r\n\r\nx\r\n")
        harness.eventually(lambda: harness.listens(port), "lighttpd listens")
        for path, status in (("search?query=order%0966", 200),
                             ("search?query=%0Aorder%0D%0A", 200),
                             ("search?query=order%00", 400),
                             ("messages%0A", 404), ("messages%0D%0AX:y", 404),
                             ("messages%00", 404)):
            connection = http.client.HTTPConnection(
                "127.0.0.1", port, timeout=harness.PATIENCE)
            connection.request("GET", "/api/v1/" + path)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            self.assertEqual(answer.status, status, path)
            self.assertEqual(answer.headers["X-Content-Type-Options"],
                             "nosniff", path)
            self.assertIsNone(answer.headers["X"])
            if status == 200:
                self.assertEqual(json.loads(body)["messages_count"], 1, path)


if __name__ == "__main__":
    harness.main()
