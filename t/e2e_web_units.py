# SPDX-License-Identifier: MIT
"""e2e_web_units: pages and API under a real systemd, from the package"""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import time
from pathlib import Path

import bed
import harness
from bed import (CACHE, CONF, ENV, MAILDIR, STATE, UNIX, WEB_PORT, Bed, dial,
                 install, processes, systemctl, text)

RUN_SAN = False
TIME_LIMIT = 600

SOCKET, SERVICE = "mailpit-web.socket", "mailpit-web.service"
BOTH = ("mailpit.socket", SOCKET)
LIGHTTPD = CONF / "lighttpd.conf"
OCTETS = (b"From: a@example.org\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
          b"Subject: %s\r\n\r\nText.\r\n")


def owner(path):
    return text(["stat", "-c", "%U:%G %a", path]).strip()


def curl(path, *options, code=200, base="http://127.0.0.1:%d" % WEB_PORT):
    """The body of an answer with that status."""
    said = text(["curl", "-sS", "-m", harness.PATIENCE, "-w", "\n%{http_code}",
                 *options, base + path])
    body, _, status = said.rpartition("\n")
    assert int(status) == code, (path, status, body)
    return body


def messages(**kw):
    return json.loads(curl("/api/v1/messages", **kw))["messages"]


def deliver(subject=b"hello"):
    with dial() as smtp:
        smtp.ehlo()
        message = smtp.deliver(OCTETS % subject)
        smtp.quit()
    return message


def journal():
    harness.run(["journalctl", "--sync"])
    return text(["journalctl", "--no-pager", "-o", "cat", "-t", "mailpit-web"])


def certificate_of_server():
    context = harness.tls_context()
    with socket.create_connection(("127.0.0.1", WEB_PORT)) as raw, \
            context.wrap_socket(raw) as tls:
        return tls.getpeercert(binary_form=True)


def der(pair):
    return ssl.PEM_cert_to_DER_cert(
        harness.first_certificate(pair.cert.read_text()))


class Web(Bed):
    def idle_exit(self, seconds):
        folder = Path("/etc/systemd/system/%s.d" % SERVICE)
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        (folder / "idle.conf").write_text(
            "[Service]\nExecStart=\nExecStart=/usr/sbin/lighttpd -D -i %d "
            "-f %s\n" % (seconds, LIGHTTPD))
        systemctl("daemon-reload")

    def place(self, pair, name="ui"):
        """As a hook of certbot does."""
        for source, suffix, mode, who in (
                (pair.cert, ".crt", 0o640, "root:mailpit"),
                (pair.key, ".key", 0o400, "mailpit-web:mailpit-web")):
            fresh = CONF / (name + suffix + ".new")
            shutil.copyfile(source, fresh)
            harness.run(["chown", who, fresh])
            fresh.chmod(mode)
            os.rename(fresh, CONF / (name + suffix))

    def use_https(self):
        """Takes the comment signs off the lines for it."""
        conf, changed = re.subn(r"(?m)^# ((server\.modules \+=|ssl\.).*)$",
                                r"\1", LIGHTTPD.read_text())
        self.assertEqual(changed, 4)
        LIGHTTPD.write_text(conf)


class Units(Web):
    def test_one_command_shows_what_comes_in(self):
        systemctl("enable", "--now", *BOTH)
        self.assertEqual(processes(SERVICE), [])
        text(["swaks", "--server", "127.0.0.1:1025", "--from",
              "dev@example.org", "--to", "all@example.com", "--header",
              "Subject: by swaks"])
        self.assertEqual([m["Subject"] for m in messages()], ["by swaks"])
        self.assertIn("by swaks", curl("/"))
        self.assertIn("by swaks", curl("/", base="http://[::1]:8025"))
        self.assertTrue(processes(SERVICE))

    def test_only_the_loopback_is_listened_on(self):
        systemctl("start", SOCKET)
        said = text(["ss", "-Hltn", "sport = :%d" % WEB_PORT])
        self.assertEqual(sorted(line.split()[3] for line in said.splitlines()),
                         ["127.0.0.1:8025", "[::1]:8025"])

    def test_who_may_do_what(self):
        systemctl("start", *BOTH)
        message = deliver()
        self.assertEqual(len(messages()), 1)
        self.assertEqual(owner(CACHE), "mailpit-web:mailpit-web 700")
        self.assertEqual(owner(ENV), "root:mailpit 640")
        groups = text(["id", "-nG", "mailpit-web"]).split()
        self.assertEqual(sorted(groups),
                         ["mailpit", "mailpit-mail", "mailpit-web"])
        for pid in processes(SERVICE):
            status = Path("/proc/%d/status" % pid).read_text()
            for wanted in (r"NoNewPrivs:\s+1", r"CapBnd:\s+0+\n",
                           r"CapEff:\s+0+\n", r"Seccomp:\s+2"):
                self.assertRegex(status, wanted)
        # Reading marks, which is a rename: the file stays as it was made.
        curl("/api/v1/message/" + message)
        path = MAILDIR.find(message).path
        self.assertTrue(path.name.endswith(":2,S"), path.name)
        self.assertEqual(owner(path), "mailpit:mailpit-mail 660")
        self.assertEqual(curl("/api/v1/messages", "-X", "DELETE"), "ok")
        self.assertEqual(len(MAILDIR), 0)

    def test_what_it_sends_is_for_all_readers(self):
        systemctl("start", SOCKET)
        sent = json.loads(curl(
            "/api/v1/send", "-H", "Content-Type: application/json", "-d",
            json.dumps({"From": {"Email": "a@example.org"},
                        "To": [{"Email": "b@example.org"}],
                        "Subject": "by the API", "Text": "x"})))
        self.assertEqual(owner(MAILDIR.find(sent["ID"]).path),
                         "mailpit-web:mailpit-mail 660")
        # The one who removes old mail may remove it.
        self.configure(MP_MAX_AGE="1h")
        os.utime(MAILDIR.find(sent["ID"]).path, (1, 1))
        systemctl("start", "mailpit-prune.service")

    def test_what_is_not_allowed_is_logged_and_no_fault(self):
        systemctl("start", *BOTH)
        message = deliver()
        self.assertEqual(len(messages()), 1)
        for folder in ("new", "cur"):
            (MAILDIR.path / folder).chmod(0o2750)
        self.addCleanup(lambda: [(MAILDIR.path / f).chmod(0o2770)
                                 for f in ("new", "cur")])
        shown = json.loads(curl("/api/v1/message/" + message))
        self.assertEqual(shown["Subject"], "hello")
        done = text(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}",
                     "-X", "DELETE",
                     "http://127.0.0.1:8025/api/v1/messages"])
        self.assertNotEqual(done, "500")
        self.assertIn("ermission denied", journal())
        self.assertEqual(len(MAILDIR), 1)

    def test_it_ends_when_idle_and_comes_back(self):
        self.idle_exit(1)
        systemctl("enable", "--now", *BOTH)
        for count in (1, 2):
            deliver()
            self.assertEqual(len(messages()), count)
            harness.eventually(lambda: not processes(SERVICE),
                               "lighttpd ends when idle")
        self.assertEqual(systemctl("is-active", SOCKET), "active")

    def test_a_unix_socket_and_all_addresses(self):
        self.listen(SOCKET, UNIX, WEB_PORT)
        systemctl("start", SOCKET)
        self.assertEqual(messages(), [])
        curl("/livez", "--unix-socket", UNIX, base="http://localhost")

    def test_settings_and_passwords(self):
        path = self.passwords(form="$2y$")
        shutil.copyfile(path, CONF / "passwd")
        harness.run(["chown", "root:mailpit", CONF / "passwd"])
        (CONF / "passwd").chmod(0o640)
        self.configure(MP_UI_AUTH_FILE=CONF / "passwd", MP_WEBROOT="/mail",
                       MP_LABEL="of the bed")
        systemctl("start", SOCKET)
        curl("/mail/api/v1/info", code=401)
        curl("/api/v1/info", "-u", "joe:secret", code=404)
        webui = json.loads(curl("/mail/api/v1/webui", "-u", "joe:secret"))
        self.assertEqual(webui["Label"], "of the bed")

    def test_what_is_wrong_is_told_at_once(self):
        for what, change in (
                ("passwords", lambda: self.configure(
                    MP_UI_AUTH_FILE="/etc/mailpit/none")),
                ("lighttpd.conf", lambda: LIGHTTPD.write_text("nonsense")),
                ("no lighttpd", lambda: os.rename("/usr/sbin/lighttpd",
                                                  "/usr/sbin/lighttpd.not"))):
            with self.subTest(what):
                before = ENV.read_text(), LIGHTTPD.read_text()
                change()
                done = harness.run(["systemctl", "start", SOCKET], False)
                self.assertNotEqual(done.returncode, 0)
                self.assertFalse(harness.listens(WEB_PORT))
                systemctl("reset-failed", SOCKET)
                ENV.write_text(before[0])
                LIGHTTPD.write_text(before[1])
                if what == "no lighttpd":
                    os.rename("/usr/sbin/lighttpd.not", "/usr/sbin/lighttpd")
        systemctl("start", SOCKET)

    def test_smtp_has_nothing_to_do_with_its_secrets(self):
        self.secure()
        self.configure(MP_UI_AUTH_FILE="/etc/mailpit/none",
                       MP_UI_TLS_CERT="/etc/mailpit/none",
                       MP_UI_TLS_KEY="/etc/mailpit/none")
        systemctl("start", "mailpit.socket")
        with dial() as smtp:
            smtp.ehlo()
            smtp.quit()

    def test_it_has_nothing_to_do_with_the_secrets_of_smtp(self):
        self.secure()
        systemctl("start", SOCKET)
        self.assertEqual(messages(), [])

    def test_a_stop_lets_requests_end(self):
        systemctl("start", SOCKET)
        connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT)
        self.addCleanup(connection.close)
        connection.request("GET", "/events")
        self.assertEqual(connection.getresponse().status, 200)
        began = time.monotonic()
        systemctl("stop", SERVICE)
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(processes(SERVICE), [])
        self.assertEqual(messages(), [])


class Https(Web):
    def test_a_renewed_certificate_is_read(self):
        before, after = (harness.certificate(),
                         harness.certificate(serial=1))
        self.place(before)
        self.use_https()
        systemctl("enable", "--now", SOCKET, "mailpit-web-reload.path")
        self.assertEqual(certificate_of_server(), der(before))
        self.place(after)
        harness.eventually(lambda: certificate_of_server() == der(after),
                           "the renewed certificate")
        curl("/livez", "-k", base="https://127.0.0.1:8025")

    def test_half_a_renewal_changes_nothing(self):
        before, after = (harness.certificate(),
                         harness.certificate(serial=1))
        self.place(before)
        self.use_https()
        systemctl("start", SOCKET, "mailpit-web-reload.path")
        self.assertEqual(certificate_of_server(), der(before))
        harness.replace(CONF / "ui.crt", after.cert.read_bytes())
        (CONF / "ui.crt").chmod(0o644)
        time.sleep(4)
        self.assertEqual(certificate_of_server(), der(before))
        self.place(after)
        harness.eventually(lambda: certificate_of_server() == der(after),
                           "the renewed certificate")

    def test_the_key_is_for_nobody_else(self):
        self.place(harness.certificate())
        for user in ("mailpit", "nobody"):
            done = harness.run(["runuser", "-u", user, "--", "cat",
                                CONF / "ui.key"], check=False)
            self.assertNotEqual(done.returncode, 0)


class Package(Web):
    def test_an_upgrade_goes_on_with_what_was_there(self):
        systemctl("enable", "--now", *BOTH)
        deliver()
        self.assertEqual(len(messages()), 1)
        before = LIGHTTPD.read_text() + "# changed\n"
        LIGHTTPD.write_text(before)
        install(self.higher_version())
        self.assertEqual(LIGHTTPD.read_text(), before)
        self.assertEqual(len(messages()), 1)
        self.assertEqual(systemctl("is-enabled", SOCKET), "enabled")

    def test_purge_removes_the_index_and_no_mail(self):
        systemctl("enable", "--now", *BOTH)
        message = deliver()
        self.assertEqual(len(messages()), 1)
        self.assertTrue(list(CACHE.iterdir()))
        harness.run(["apt-get", "purge", "-y", "mailpit"])
        self.assertFalse(CACHE.exists())
        self.assertTrue(MAILDIR.find(message).content)
        self.assertFalse(harness.listens(WEB_PORT))
        self.assertEqual(processes(SERVICE), [])

    def test_the_package_starts_no_web_server(self):
        for unit in ("lighttpd.service", SOCKET, SERVICE):
            self.assertNotEqual(systemctl("is-active", unit, check=False),
                                "active")
        self.assertFalse(harness.listens(80))
        self.assertFalse(harness.listens(WEB_PORT))

    def test_lighttpd_stays_off_as_the_readme_has_it(self):
        commands = re.search(
            r"<!-- test: elsewhere: t/e2e_web_units.py -->\n```sh\n(.*?)```",
            (harness.TOP / "README.md").read_text(), re.S).group(1)
        masking, _, rest = commands.partition("\n")
        self.assertEqual(masking, "systemctl mask lighttpd.service")
        self.assertRegex(rest, r"(?m)^apt install lighttpd")
        systemctl("mask", "lighttpd.service")
        self.addCleanup(systemctl, "unmask", "lighttpd.service")
        # What apt would run after unpacking it.
        harness.run(["/var/lib/dpkg/info/lighttpd.postinst", "configure", ""],
                    env=os.environ | {"DPKG_MAINTSCRIPT_PACKAGE": "lighttpd",
                                      "DPKG_MAINTSCRIPT_NAME": "postinst"})
        self.assertFalse(harness.listens(80))
        for command in re.findall(r"(?m)^systemctl enable .*$", rest):
            harness.run(command.split())
        self.assertEqual(messages(), [])
        self.assertFalse(harness.listens(80))


class Folders(Web):
    def test_a_maildir_that_is_gone_is_told(self):
        systemctl("start", SOCKET)
        self.assertEqual(messages(), [])
        os.rename(MAILDIR.path, STATE / "Away")
        try:
            answer = text(["curl", "-sS", "-o", "/dev/null", "-w",
                           "%{http_code}",
                           "http://127.0.0.1:8025/api/v1/messages"])
            self.assertNotEqual(answer, "200")
            self.assertIn(str(MAILDIR.path), journal())
        finally:
            os.rename(STATE / "Away", MAILDIR.path)
        self.assertEqual(messages(), [])


if __name__ == "__main__":
    bed.enter(__file__)
    harness.main()
