# SPDX-License-Identifier: MIT
"""threats: requests to the CGI itself, with what they took; and requests to a
web server that may be read in two ways"""

import re
import socket
import subprocess

import api
import harness
import samples

# Runs a program, and says what it took: seconds, and the peak in KiB.
MEASURE = ("import resource, subprocess, sys\n"
           "r = subprocess.run(sys.argv[1:], stdin=0)\n"
           "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
           "print(u.ru_utime + u.ru_stime, u.ru_maxrss, file=sys.stderr)\n"
           "sys.exit(r.returncode)\n")


HIDDEN = b"DELETE %sapi/v1/messages HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"
# Headers and body of a request to delete something.
TWISTED = [
    (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", CHUNKS),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", CHUNKS),
    (b"Transfer-Encoding: chunked\r\n", CHUNKS),
    (b"Transfer-Encoding:\r\n chunked\r\n", CHUNKS),
    (b"Transfer-Encoding: xchunked\r\n", CHUNKS),
    (b"Transfer-Encoding: identity, chunked\r\n", CHUNKS),
    (b"Transfer-Encoding: chunked\r\n", b"-2\r\n{}\r\n0\r\n\r\n"),
    (b"Content-Length: 0\r\nContent-Length: 2\r\n", b"{}"),
    (b"Content-Length: 0, 2\r\n", b"{}"),
    (b"Content-Length: +2\r\n", b"{}"),
    (b"Content-Length: -2\r\n", b"{}"),
    (b"Content-Length : 2\r\n", b"{}"),
    (b"Content_Length: 0\r\nContent-Length: 2\r\n", b"{}"),
    (b"Origin: http://a.example\r\nX-HTTP-Method-Override: GET\r\n", b""),
]
LAST = b"GET %slivez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# First lines of requests that hold another one as their body.
AROUND = [b"GET %slivez HTTP/1.1", b"GET %snothing HTTP/1.1",
          b"POST %sapi/v1/send HTTP/1.1", b"POST %sdo/delete HTTP/1.1",
          b"PUT %sapi/v1/messages HTTP/1.1\r\nOrigin: http://a.example"]


def twisted(root):
    """Requests of which none may delete what is there."""
    hidden = HIDDEN % root
    for head, body in TWISTED:
        yield hidden[:-2] + head + b"\r\n" + body
    for first in AROUND:
        yield b"%s\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (
            first % root, len(hidden), hidden)
    yield hidden.replace(b"1.1\r\nHost: localhost",
                         b"1.0\r\nOrigin: http://a.example")


def statuses(port, *octets):
    """What is sent on a connection of its own; the answers' statuses."""
    with socket.create_connection(("127.0.0.1", port),
                                  harness.PATIENCE) as sock:
        sock.sendall(b"".join(octets))
        said = harness.read_to_end(sock)
    return re.findall(rb"HTTP/1\.[01] (\d+) ", said)


class OneEnd:
    """For a harness.Case whose Maildir holds one message."""

    def assert_one_end(self, port, root=b"/"):
        last = LAST % root
        for request in twisted(root):
            came = statuses(port, request, last)
            self.assertLessEqual(len(came), 2, request)
            self.assertEqual(len(self.maildir), 1, request)
        self.assertEqual(statuses(port, HIDDEN % root, last), [b"200"] * 2)
        self.assertEqual(len(self.maildir), 0)


class Threats(api.ApiCase):
    def spent(self, argv, octets=b"", **env):
        """What a program says, its seconds and its peak in MiB."""
        done = subprocess.run(
            ["python3", "-S", "-c", MEASURE, *map(str, argv)], input=octets,
            capture_output=True, timeout=4 * harness.PATIENCE, check=False,
            env=self.env(env))
        *said, took = done.stderr.decode().splitlines()
        self.assertEqual(done.returncode, 0, said)
        seconds, kib = took.split()
        return done.stdout, float(seconds), int(kib) / 1024

    def ask(self, uri, method="GET", **env):
        """The same for one request."""
        return self.spent([api.web.CGI], **self.request(uri, method, **env))

    def request(self, uri, method="GET", **env):
        return {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
                "REQUEST_URI": uri, "QUERY_STRING": uri.partition("?")[2],
                "MP_MAILDIR": self.maildir.path, "MP_ENV_FILE": "/dev/null",
                "MP_INDEX_DIR": self.dir / "index", **env}

    def put(self, octets, **kw):
        self.make()
        return samples.put(self.maildir.path, octets, **kw)

    def assert_bounded(self, peak, most):
        if not harness.SANITIZED:
            self.assertLess(peak, most)
