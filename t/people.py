# SPDX-License-Identifier: MIT
"""people: the package in the bed, and humans who read its mail

SMTP and the web server run as their own users by their socket units; a
person is a user who is in mailpit-mail and in no other group of ours.
"""

import grp
import re
from pathlib import Path

import api
import bed
import harness
import web
from bed import MAILDIR, WEB_PORT, Terminal, dial, systemctl

TEXT = (b"From: dev@example.org\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        b"Subject: %s\r\n\r\nText of %s.\r\n")
MUTT = ("mutt -n -F /dev/null -e 'set sleep_time=0 timeout=1 mail_check=0 "
        "delete=yes confirmappend=no' -f %s" % MAILDIR.path)


class Installed(web.Site):
    """The web server of the units."""

    def __init__(self):
        self.port, self.webroot = WEB_PORT, "/"
        self.api = api.Api(self)


class Mutt(Terminal):
    """mutt on the Maildir; a message is named by its subject."""

    def __init__(self, user, home):
        super().__init__(user, home)
        self.start(MUTT)

    def line(self, subject):
        """Its line in the index of messages; None if there is none."""
        for line in self.screen().splitlines():
            found = re.match(r"(?:->|>)?\s*(\d+) (...) .*\s%s\s*$" %
                             re.escape(subject), line)
            if found:
                return found
        return None

    def is_shown(self, subject, flags=None):
        """Waits until it is listed, and with one of those flags, if given."""
        def is_so():
            line = self.line(subject)
            return line and (flags is None or
                             line.group(2).replace(" ", "") in flags)
        self._await(is_so, "%s (%s)" % (subject, flags))

    def is_gone(self, subject):
        self._await(lambda: "---Mutt:" in self.screen() and
                    not self.line(subject), "%s is gone" % subject)

    def _await(self, condition, what):
        try:
            harness.eventually(condition, what)
        except AssertionError:
            raise AssertionError("%s in vain on the screen:\n%s" % (
                what, self.screen())) from None

    def go_to(self, subject):
        self.is_shown(subject)
        self.keys(self.line(subject).group(1), "Enter")

    def press(self, subject, *keys):
        """Keys for that message, then all changes are written."""
        self.go_to(subject)
        self.keys(*keys)
        self.keys("$")


class People(bed.Bed):
    """The package is installed once for all tests of a file."""

    def setUp(self):
        if self.site is None:
            super().setUp()
            People.site = Installed()
        else:
            harness.Case.setUp(self)
            self.addCleanup(self.nothing_failed)
            self.empty()
        systemctl("start", "mailpit.socket", "mailpit-web.socket")
        self.api = self.site.api

    site = None

    def empty(self):
        for folder in ("new", "cur", "tmp", "mailpit/trash",
                       "mailpit/findings", "mailpit/tags"):
            for path in (MAILDIR.path / folder).iterdir():
                path.unlink()

    def member(self, name):
        """A person in mailpit-mail and in no other group of ours."""
        home = self.user(name, "-G", "mailpit-mail")
        self.as_user(name, "mkdir", home / "Mail")  # mutt would ask
        for group in ("mailpit", "mailpit-web"):
            try:
                self.assertNotIn(name, grp.getgrnam(group).gr_mem)
            except KeyError:
                pass
        return home

    def mutt(self, name):
        mutt = Mutt(name, Path("/home") / name)
        self.addCleanup(mutt.stop)
        return mutt

    def deliver(self, *subjects, octets=None):
        """By SMTP; returns the ID, or a list of them."""
        with dial() as smtp:
            smtp.ehlo()
            ids = [smtp.deliver(octets or TEXT % ((subject.encode(),) * 2))
                   for subject in subjects or ("x",)]
            smtp.quit()
        return ids if len(ids) > 1 else ids[0]

    # --- What the API and the page say ---

    def listed(self, **query):
        """ID: what the list of the API says of it."""
        return {m["ID"]: m for m in
                self.api.get("messages", limit=0, **query)["messages"]}

    def shows(self, message):
        """What the page says: 'read', 'unread' or None."""
        found = re.search(r'<li class="row (\w+)[^"]*" id="m-%s"' % message,
                          self.site.get("/").text)
        return found and found.group(1)

    def is_read(self, message):
        """What API, page and file name agree on; fails where they differ."""
        said = self.listed()[message]["Read"]
        page = self.shows(message)
        flags = self.flags(message)
        again = self.listed()[message]["Read"]
        if said == again:
            assert page == ("read" if said else "unread"), (said, page)
            assert ("S" in flags) == said, (said, flags)
        return said

    def flags(self, message):
        """Of its file, which may move between the folders meanwhile."""
        def look():
            found = [p.name for p in MAILDIR.names() if message in p.name]
            return found if len(found) == 1 else None
        name, = harness.eventually(look, "one file of " + message)
        return name.partition(":2,")[2]

    def comes_flags(self, message, flags):
        harness.eventually(lambda: self.flags(message) == flags,
                           "%s has %s" % (message, flags))

    def comes_read(self, message, read):
        harness.eventually(lambda: self.is_read(message) == read,
                           "%s is %s" % (message, "read" if read else
                                         "unread"))

    def comes_gone(self, *messages):
        harness.eventually(lambda: not set(messages) & set(self.listed()),
                           "%s are gone" % (messages,))
        for message in messages:
            self.assertIsNone(self.shows(message))

    def mark(self, *messages, read=True):
        self.api.ok("PUT", "messages", {"IDs": list(messages), "Read": read})

    def delete(self, *messages):
        self.api.ok("DELETE", "messages", {"IDs": list(messages)})
