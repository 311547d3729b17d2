# SPDX-License-Identifier: MIT
"""dialogue: the client's side of SMTP, octet for octet"""

import base64
import contextlib
import os
import re
import select
import socket
import ssl
import time

from common import MESSAGE_ID, PATIENCE


class Reply:
    """One reply: code, its lines without code and CRLF, the text in one."""

    def __init__(self, code, lines):
        self.code = code
        self.lines = lines
        self.text = "\n".join(lines)

    @property
    def enhanced(self):
        """The enhanced status code, or the empty string."""
        found = re.match(r"[245]\.\d{1,3}\.\d{1,3}(?= |$)", self.lines[0])
        return found.group() if found else ""

    @property
    def id(self):
        """The message ID of a 'queued as' reply; fails if there is none."""
        found = re.search(r"queued as (\S+)", self.text)
        assert found and MESSAGE_ID.fullmatch(found.group(1)), self
        return found.group(1)

    def __repr__(self):
        return "%d %s" % (self.code, self.text)


class PipePair:
    """Two pipe ends that look like a socket, for a Dialogue."""

    def __init__(self, read_fd, write_fd):
        self.read_fd, self.write_fd = read_fd, write_fd
        self.timeout = None

    def settimeout(self, seconds):
        self.timeout = seconds

    def recv(self, size):
        if not select.select([self.read_fd], [], [], self.timeout)[0]:
            raise TimeoutError
        return os.read(self.read_fd, size)

    def sendall(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.write_fd, view):]

    def shutdown(self, _how):
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1

    def close(self):
        self.shutdown(None)
        if self.read_fd >= 0:
            os.close(self.read_fd)
            self.read_fd = -1


class Dialogue:
    """A client that says exactly what the test wants, octet for octet.

    Failures carry the transcript. Sockets and PipePairs will do; TLS needs a
    socket.
    """

    def __init__(self, sock, timeout=PATIENCE):
        self.sock = sock
        self.sock.settimeout(timeout)
        self.buffer = b""
        self.transcript = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.close()

    def _fail(self, text):
        raise AssertionError("%s\n%s" % (
            text, "\n".join("    " + t for t in self.transcript[-40:])))

    def send(self, data):
        """Sends octets as they are."""
        if isinstance(data, str):
            data = data.encode()
        self.transcript.append("C: %r" % data[:200])
        self.sock.sendall(data)

    def send_chunks(self, data, size=1, pause=0.0):
        """Sends octets in writes of that size, or of those sizes in turn."""
        sizes = [size] if isinstance(size, int) else list(size)
        if isinstance(data, str):
            data = data.encode()
        self.transcript.append("C: %r in pieces of %s" % (data[:200], sizes))
        if isinstance(self.sock, socket.socket) and \
                self.sock.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        at = turn = 0
        while at < len(data):
            step = sizes[turn % len(sizes)]
            self.sock.sendall(data[at:at + step])
            at, turn = at + step, turn + 1
            if pause:
                time.sleep(pause)

    def line(self, text):
        """Sends one line; its CRLF is added."""
        self.send((text if isinstance(text, bytes) else text.encode()) +
                  b"\r\n")

    def read_line(self):
        """One line of the server without CRLF; None at the end."""
        while b"\n" not in self.buffer:
            try:
                data = self.sock.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                self._fail("no reply in time")
            except (ConnectionError, ssl.SSLError) as e:
                self.transcript.append("S: (%s)" % e)
                data = b""
            if not data:
                if self.buffer:
                    self._fail("half a line at the end: %r" % self.buffer)
                return None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            self._fail("reply line without CR: %r" % line)
        line = line[:-1]
        self.transcript.append("S: " + line.decode(errors="replace"))
        if len(line) > 510:
            self._fail("reply line of %d octets" % len(line))
        return line.decode("utf-8", errors="replace")

    def reply(self):
        """The next whole reply, or None at the end of the connection."""
        lines, code = [], None
        while True:
            line = self.read_line()
            if line is None:
                if lines:
                    self._fail("the connection ended inside a reply")
                return None
            found = re.fullmatch(r"([2-5]\d\d)([ -])(.*)", line)
            if not found or (code is not None and found.group(1) != code):
                self._fail("not a reply line: %r" % line)
            code = found.group(1)
            lines.append(found.group(3))
            if found.group(2) == " ":
                return Reply(int(code), lines)

    def expect(self, *wanted):
        """The next reply, which must be one of the wanted.

        A wanted reply is a code (250) or the start of the line ("535 5.7.8").
        """
        reply = self.reply()
        if reply is None:
            self._fail("connection closed, wanted %s" % (wanted,))
        line = "%d %s" % (reply.code, reply.lines[0])
        for w in wanted:
            if reply.code == w or (isinstance(w, str) and
                                   (line + " ").startswith(w + " ")):
                return reply
        self._fail("got %r, wanted %s" % (reply, wanted))

    def command(self, text, *wanted):
        """Sends a line and expects one of the wanted replies."""
        self.line(text)
        return self.expect(*wanted)

    def banner(self):
        return self.expect(220)

    def ehlo(self, name="client.example.org"):
        """Says EHLO; returns the extensions: keyword to its parameters."""
        reply = self.command("EHLO " + name, 250)
        return {line.split(" ")[0]: line.split(" ")[1:]
                for line in reply.lines[1:]}

    def tls(self, context=None, name="localhost", session=None):
        """Makes the handshake now. The Dialogue goes on inside TLS."""
        if self.buffer:
            self._fail("octets before the handshake: %r" % self.buffer)
        context = context or tls_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=name,
                                        session=session)
        self.transcript.append("   (%s %s)" % (self.sock.version(),
                                               self.sock.cipher()[0]))
        return self

    def starttls(self, context=None, **kw):
        self.command("STARTTLS", "220 2.0.0")
        return self.tls(context, **kw)

    def login(self, user, password, *wanted, mechanism="PLAIN"):
        """One AUTH exchange; expects 235 unless told otherwise."""
        wanted = wanted or ("235 2.7.0",)
        if mechanism == "PLAIN":
            return self.command("AUTH PLAIN " + plain(user, password), *wanted)
        self.command("AUTH LOGIN", "334 VXNlcm5hbWU6")
        self.command(b64(user), "334 UGFzc3dvcmQ6")
        return self.command(b64(password), *wanted)

    def envelope(self, sender="from@example.org", to=("to@example.com",),
                 parameters=""):
        """MAIL and RCPT, all accepted."""
        self.command("MAIL FROM:<%s>%s" % (sender, parameters and
                                           " " + parameters), "250 2.1.0")
        for recipient in [to] if isinstance(to, str) else to:
            self.command("RCPT TO:<%s>" % recipient, "250 2.1.5")

    def data(self, octets, *wanted):
        """DATA with dot-stuffing; octets are the content with its CRLFs."""
        self.command("DATA", 354)
        self.send(stuffed(octets))
        return self.expect(*(wanted or ("250 2.0.0",)))

    def deliver(self, octets=b"Subject: test\r\n\r\nText.\r\n", **kw):
        """A whole transaction after EHLO; returns the message's ID."""
        self.envelope(**kw)
        return self.data(octets).id

    def half_close(self):
        """Says that nothing more will come."""
        self.sock.shutdown(socket.SHUT_WR)

    def quit(self):
        reply = self.command("QUIT", "221 2.0.0")
        self.closed()
        return reply

    def closed(self):
        """The server must close, with nothing more to say."""
        line = self.read_line()
        if line is not None:
            self._fail("wanted the end, got %r" % line)

    def is_silent(self, seconds=0.3):
        """Nothing comes for that long."""
        if self.buffer:
            return False
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return False
        fd = getattr(self.sock, "read_fd", self.sock)
        return not select.select([fd], [], [], seconds)[0]


def stuffed(octets):
    """Content as it goes over the wire after DATA, with the end."""
    if octets.startswith(b"."):
        octets = b"." + octets
    octets = octets.replace(b"\r\n.", b"\r\n..")
    if octets and not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    return octets + b".\r\n"


def read_to_end(sock):
    """Everything the peer still sends; a reset is an end, too."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := sock.recv(65536):
            data += piece
    return data


def b64(text):
    data = text if isinstance(text, bytes) else text.encode()
    return base64.b64encode(data).decode()


def plain(user, password, authorisation=""):
    """The initial response of AUTH PLAIN."""
    return b64("%s\0%s\0%s" % (authorisation, user, password))


def tls_context(version=None, verify=None):
    """A client context: no verification, or against one CA file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = verify is not None
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if verify:
        context.load_verify_locations(verify)
    if version:
        context.minimum_version = context.maximum_version = version
    return context
