# SPDX-License-Identifier: MIT
"""e2e_visible: what was accepted is in every answer that is asked for later

Several senders deliver, and each looks for its message through the API as
soon as it has its 250. MAILPIT_VISIBLE says how many messages there are.
"""

import os
import smtplib
import threading
import time

import api
import harness

COUNT = int(os.environ.get("MAILPIT_VISIBLE", "500"))
SENDERS = 4
TIME_LIMIT = 180 + COUNT // 4


class Visible(api.ApiCase):
    def look(self, client, n, message, subject):
        """Through one of the ways to find it; all take their turn."""
        if n % 4 == 0:
            found = client.get("search", query='subject:"%s"' % subject)
            return [m["ID"] for m in found["messages"]] == [message]
        if n % 4 == 1:
            found = client.get("messages", limit=2 * SENDERS + 20)
            return message in [m["ID"] for m in found["messages"]]
        if n % 4 == 2:
            return client.get("message/" + message)["Subject"] == subject
        found = client.get("message/latest", query="word%sx" % subject)
        return found["ID"] == message

    def test_at_once_and_always(self):
        server = self.server("--max", "0", maildir=self.maildir.path)
        site = self.site()
        missing, lock = [], threading.Lock()

        def sender(which):
            client = api.Api(site)
            smtp = smtplib.SMTP("127.0.0.1", server.port,
                                timeout=harness.PATIENCE)
            smtp.ehlo()
            for n in range(which, COUNT, SENDERS):
                subject = "n%dn" % n
                smtp.mail("a@example.com")
                smtp.rcpt("b@example.com")
                code, text = smtp.data("Subject: %s\r\n\r\nword%sx\r\n" % (
                    subject, subject))
                assert code == 250, text
                message = text.split()[-1].decode()
                if not self.look(client, n, message, subject):
                    with lock:
                        missing.append((n, message))
            smtp.quit()
        started = time.monotonic()
        harness.together(*[lambda w=w: sender(w) for w in range(SENDERS)])
        harness.comment("%d of %d found at once, %.0f per second" % (
            COUNT - len(missing), COUNT,
            COUNT / (time.monotonic() - started)))
        self.assertEqual(missing, [])
        self.assertEqual(site.api.get("messages", limit=1)["total"], COUNT)


if __name__ == "__main__":
    harness.main()
