# SPDX-License-Identifier: MIT
"""e2e_events: live events, as a websocket and as a stream"""

import base64
import json
import os
import socket
import struct
import time

import api
import harness

TIME_LIMIT = 300
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


class Line:
    """A connection whose answer is read piece by piece."""

    def __init__(self, site, path, **headers):
        self.sock = socket.create_connection(("127.0.0.1", site.port),
                                             harness.PATIENCE)
        self.file = self.sock.makefile("rb")
        headers = {"Host": "127.0.0.1:%d" % site.port, **headers}
        lines = ["GET %s HTTP/1.1" % path] + [
            "%s: %s" % (name.replace("_", "-"), value)
            for name, value in headers.items()]
        self.sock.sendall("\r\n".join(lines + ["", ""]).encode())
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.chunked = self.headers.get("transfer-encoding") == "chunked"
        self.rest = b""

    def close(self):
        self.file.close()
        self.sock.close()


class Socket(Line):
    """A websocket; events() are the objects that came."""

    def __init__(self, site, **headers):
        super().__init__(site, "/api/events", Connection="Upgrade",
                         Upgrade="websocket", Sec_WebSocket_Version="13",
                         Sec_WebSocket_Key=KEY, **headers)

    def frame(self):
        """The next frame: opcode, payload."""
        first, second = self.file.read(2)
        size = second & 127
        assert not second & 128, "a server does not mask"
        if size == 126:
            size, = struct.unpack(">H", self.file.read(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.file.read(8))
        return first & 15, self.file.read(size)

    def event(self):
        opcode, payload = self.frame()
        assert opcode == 1, opcode
        return json.loads(payload)

    def say(self, opcode, payload=b""):
        mask = os.urandom(4)
        self.sock.sendall(
            bytes([128 | opcode, 128 | len(payload)]) + mask +
            bytes(c ^ mask[i % 4] for i, c in enumerate(payload)))


class Stream(Line):
    """Server-Sent Events."""

    def __init__(self, site, path="/events", **headers):
        super().__init__(site, path, **headers)
        self.number = None

    def octets(self):
        if not self.chunked:
            return self.file.readline()
        size = int(self.file.readline(), 16)
        octets = self.file.read(size)
        self.file.readline()
        return octets

    def event(self):
        """The next event; its name must be that of the object."""
        while True:
            while b"\n\n" not in self.rest:
                self.rest += self.octets()
            block, _, self.rest = self.rest.partition(b"\n\n")
            fields = dict(line.split(": ", 1)
                          for line in block.decode().split("\n"))
            if "data" not in fields:
                continue
            self.number = fields.get("id", self.number)
            event = json.loads(fields["data"])
            assert event["Type"] == fields["event"]
            return event


def until(line, kind, **members):
    """The next event of that type with these members of its data."""
    while True:
        event = line.event()
        if event["Type"] == kind and all(
                event["Data"][name] == value
                for name, value in members.items()):
            return event["Data"]


class Events(api.ApiCase):
    def both(self, site):
        for kind in Socket, Stream:
            line = kind(site)
            self.addCleanup(line.close)
            yield line

    def guarded(self, line):
        """As every other answer is."""
        for name, value in api.COMMON.items():
            self.assertEqual(line.headers[name.lower()], value)
        self.assertIn("default-src 'none'",
                      line.headers["content-security-policy"])
        self.assertEqual(line.headers["cross-origin-resource-policy"],
                         "same-origin")
        self.assertEqual(line.headers["cache-control"], "no-store")
        self.assertNotIn("access-control-allow-origin", line.headers)

    def test_the_handshake(self):
        site = self.site()
        line = Socket(site)
        self.assertEqual(line.status, 101)
        self.assertEqual(line.headers["sec-websocket-accept"], ACCEPT)
        self.assertEqual(line.headers["upgrade"].lower(), "websocket")
        self.guarded(line)
        stats = line.event()
        self.assertEqual(stats["Type"], "stats")
        self.assertEqual(sorted(stats["Data"]), ["Total", "Unread", "Version"])
        line.close()
        answer = site.get("api/events")
        self.assertEqual((answer.status, answer.text), (400, "Bad Request\n"))
        self.assertEqual(answer.headers["Sec-WebSocket-Version"], "13")

    def test_everything_that_happens_is_told(self):
        site = self.site()
        for line in self.both(site):
            with self.subTest(type(line).__name__):
                until(line, "stats")
                message = site.api.send("Hello", Tags=["a"])
                new = until(line, "new")
                api.validate({"$ref": "#/definitions/MessageSummary"}, new)
                self.assertEqual((new["ID"], new["Tags"]), (message, ["a"]))
                self.assertEqual(until(line, "stats")["Total"], 1)
                site.api.get("message/" + message)
                until(line, "update", ID=message, Read=True)
                self.assertEqual(until(line, "stats")["Unread"], 0)
                site.api.ok("PUT", "tags", {"IDs": [message],
                                            "Tags": ["b", "c"]})
                until(line, "update", ID=message, Tags=["b", "c"])
                site.api.ok("PUT", "tags/b", {"Name": "d"})
                self.assertIsNone(until(line, "prune"))
                second = site.api.send("Other")
                until(line, "new", ID=second)
                site.api.ok("DELETE", "messages", {"IDs": [message]})
                until(line, "delete", ID=message)
                # The last one, but not because all were to go.
                site.api.ok("DELETE", "search", query="subject:Other")
                until(line, "delete", ID=second)
                self.assertEqual(until(line, "stats")["Total"], 0)
                site.api.ok("DELETE", "messages")
                self.assertIsNone(until(line, "truncate"))

    def test_refusals_of_smtp_are_errors(self):
        server = self.server("--smtp-allowed-recipients", "@example.com$")
        site = self.site()
        lines = list(self.both(site))
        for line in lines:
            until(line, "stats")
        with server.dial() as smtp:
            smtp.ehlo()
            smtp.command("MAIL FROM:<a@example.com>", 250)
            smtp.command("RCPT TO:<b@example.org>", 550)
            smtp.quit()
        for line in lines:
            error = until(line, "error")
            self.assertEqual(list(error), ["Level", "Type", "IP", "Message"])
            self.assertEqual((error["Level"], error["Type"], error["IP"]),
                             ("error", "smtpd", "127.0.0.1"))
            self.assertTrue(error["Message"].startswith("550 "))

    def test_a_stream_goes_on_where_it_broke_off(self):
        site = self.site()
        line = Stream(site)
        self.guarded(line)
        until(line, "stats")
        first = site.api.send("one")
        until(line, "new", ID=first)
        number = line.number
        line.close()
        second = site.api.send("two")
        line = Stream(site, Last_Event_ID=number)
        self.addCleanup(line.close)
        self.assertEqual(until(line, "new")["ID"], second)

    def test_other_programs_changes_are_told(self):
        self.drop(b"Subject: x\n\ny\n", "1700000000.M1P1.h")
        site = self.site()
        message = site.api.get("messages")["messages"][0]["ID"]
        line = Stream(site)
        self.addCleanup(line.close)
        until(line, "stats")
        os.rename(self.maildir.path / "new/1700000000.M1P1.h",
                  self.maildir.path / "cur/1700000000.M1P1.h:2,S")
        until(line, "update", ID=message, Read=True)
        os.unlink(self.maildir.path / "cur/1700000000.M1P1.h:2,S")
        event = line.event()
        while event["Type"] == "stats":
            event = line.event()
        self.assertEqual(event, {"Type": "delete", "Data": {"ID": message}})

    def test_pings_and_closes_are_answered(self):
        site = self.site()
        line = Socket(site)
        self.addCleanup(line.close)
        until(line, "stats")
        line.say(1, b"what nobody listens to")
        line.say(9, b"ping")
        self.assertEqual(line.frame(), (10, b"ping"))
        line.say(8, struct.pack(">H", 1000))
        self.assertEqual(line.frame()[0], 8)
        self.assertEqual(line.file.read(), b"")

    def test_who_goes_away_leaves_no_process(self):
        site = self.site()
        for kind in Socket, Stream, Socket:
            line = kind(site)
            until(line, "stats")
            line.close()
        harness.eventually(
            lambda: not harness.children(site.process.pid),
            "the processes end")

    def test_strangers_hear_nothing(self):
        site = self.site(MP_UI_AUTH="joe:secret")
        login = "Basic " + base64.b64encode(b"joe:secret").decode()
        for kind in Socket, Stream:
            for status, headers in (
                    (401, {}),
                    (403, {"Origin": "http://evil.example"}),
                    (403, {"Origin": "http://evil.example",
                           "Authorization": login}),
                    (403, {"Origin": "null", "Authorization": login}),
                    (403, {"Sec_Fetch_Site": "cross-site",
                           "Authorization": login}),
                    (403, {"Host": "evil.example", "Authorization": login})):
                line = kind(site, **headers)
                self.assertEqual(line.status, status, headers)
                line.close()
            line = kind(site, Authorization=login,
                        Origin="http://127.0.0.1:%d" % site.port)
            until(line, "stats")
            line.close()

    def test_many_changes_at_once(self):
        site = self.site()
        line = Socket(site)
        self.addCleanup(line.close)
        until(line, "stats")
        started = time.monotonic()
        for n in range(300):
            self.drop(b"Subject: m%d\n\nx\n" % n,
                      "%d.M1P%d.h" % (1700000000 + n, n))
        seen = set()
        while len(seen) < 300:
            event = line.event()
            if event["Type"] == "new":
                seen.add(event["Data"]["ID"])
            elif event["Type"] == "prune":  # told as a whole instead
                break
        self.assertLess(time.monotonic() - started, harness.PATIENCE)


if __name__ == "__main__":
    harness.main()
