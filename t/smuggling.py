# SPDX-License-Identifier: MIT
"""smuggling: what might be taken for the end of a message, and is not"""

import socket

import harness

EVIL = b"evil@example.net"
FORGED = (b"MAIL FROM:<" + EVIL + b">\r\nRCPT TO:<victim@example.com>\r\n"
          b"DATA\r\nSubject: forged\r\n\r\nforged\r\n.\r\n")
HEAD = b"Subject: one\r\n\r\nfirst"

# None of these ends a message that DATA<CR><LF> began.
LOOK_ALIKES = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r",
    b"\r\n.\r\r\n", b"\r\n\r.\r\n", b"\n\r.\r\n", b"\n\r.\n\r", b"\r\n.\n\r",
    b"\n.\r", b"\r.\n", b"\n\n.\n\n", b"\r\r.\r\r", b"\r\n\n.\r\n",
    b"\0.\0", b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\0\n", b"\r\0\n.\r\n",
    b"\n\0.\n", b"\r\n..\r\n", b"\r\n. \r\n", b"\r\n.\t\r\n", b"\r\n .\r\n",
    b"\r\n.\x0b\r\n", b"\x0b.\x0b", b"\x0c.\x0c", b"\r\n.\x08\r\n",
    b"\x85.\x85", b"\xc2\x85.\xc2\x85", "\u2028.\u2028".encode(),
    b"\r\n.\x1a", b"=0D=0A.=0D=0A", b"%0d%0a.%0d%0a", b"\r\n\xff.\r\n",
]
# In a dialogue of bare line feeds neither do these.
LF_LOOK_ALIKES = [
    b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r\n", b"\n.\r", b"\n\r.\n",
    b"\n..\n", b"\n. \n", b"\n\0.\n", b"\n.\0\n", b"\r.\n", b"\n.\r\r\n",
]
BARE = (b"\r\n", b"")  # what is no bare CR or LF


def has_bare(octets):
    rest = octets.replace(*BARE)
    return b"\r" in rest or b"\n" in rest


class Smuggling(harness.Case):
    """Shared: a server, and what must not have happened."""

    OPTIONS = ("--no-fsync", "--max", "0", "--smtp-max-errors", "1000")

    def dial(self, *args):
        server = self.server(*self.OPTIONS, *args)
        smtp = server.dial()
        self.addCleanup(smtp.close)
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo()
        return smtp

    def assert_in_step(self, smtp):
        """No reply is left over, and the session is where it should be."""
        smtp.command("NOOP in-step", 250)
        self.assertTrue(smtp.is_silent(0))

    def assert_nothing_forged(self):
        for message in self.maildir.messages():
            self.assertNotIn(EVIL.decode(), message.return_path)

    def assert_stored(self, smtp, content):
        """The next reply says queued, and this is what is stored."""
        message = self.stored(smtp.expect("250 2.0.0").id)
        self.assertEqual(message.content, content)
        self.assertEqual(message.return_path, "<from@example.org>")
