# SPDX-License-Identifier: MIT
"""e2e_forbidden: what the installed service cannot do, tried from inside it

Under a real systemd (scripts/systemd-bed) the package serves a client while
t/forbidden.c, preloaded into it, tries everything that a session which was
taken over might want. The same library in an unconfined process of the same
user shows that it is the confinement that refuses.
"""

import re
import shutil
from pathlib import Path

import bed
import harness
from bed import CONF, MAILDIR, STATE, Bed, dial, journal, systemctl

RUN_SAN = False
TIME_LIMIT = 300

BUILT = harness.TOP / "build/t/forbidden.so"
PRELOADED = Path("/usr/lib/mailpit-forbidden.so")
ACT = re.compile(r"forbidden: (.*): (\w+)")
LAST = "run a program"

# The user may not do these in any case, or the kernel may not have them.
NEVER = {
    "write %s/passwd" % CONF, "write %s/smtp.key" % CONF, "change the root",
    "mount", "connect", "bind", "listen", "accept", "trace another",
    "signal another", "read another's memory", "become root",
    "new namespace", "io_uring", "bpf", "perf events",
}

# Granted to every session, and to one that has to read them by itself.
MAILDIR_ONLY = {"write %s/tmp/forbidden" % MAILDIR.path}
ITS_FILES = {"read %s/%s" % (CONF, name)
             for name in ("passwd", "smtp.crt", "smtp.key")}

REFUSED = {"EPERM", "EACCES"}
ALSO_REFUSED = {
    # Landlock says so of what would enter or leave a folder.
    ("link a file into the Maildir", "EXDEV"),
    ("move a file into the Maildir", "EXDEV"),
    # ProtectProc= hides it.
    ("read /proc/1/status", "ENOENT"),
}


@harness.skip_if(not harness.has_landlock(), "this kernel has no Landlock")
class Forbidden(Bed):
    def setUp(self):
        super().setUp()
        self.secure()
        shutil.copyfile(BUILT, PRELOADED)
        PRELOADED.chmod(0o755)
        for name in ("victim", "other-victim"):
            victim = STATE / name
            victim.write_text("not for you\n")
            shutil.chown(victim, "mailpit", "mailpit")
            victim.chmod(0o600)

    def preload(self, service):
        """A drop-in for a service that loads the library."""
        folder = Path("/etc/systemd/system/%s.d" % service)
        folder.mkdir()
        self.addCleanup(systemctl, "daemon-reload")
        self.addCleanup(shutil.rmtree, folder)
        (folder / "forbidden.conf").write_text(
            "[Service]\nEnvironment=LD_PRELOAD=%s\n" % PRELOADED)
        systemctl("daemon-reload")

    def acts(self, lines):
        found = dict(ACT.fullmatch(line).groups() for line in lines
                     if line.startswith("forbidden: "))
        self.assertGreater(len(found), 60, lines)
        return found

    def served(self, unit, login=True):
        """What came of each act, while a session went its way."""
        before = len(journal())
        systemctl("start", unit)
        with dial() as smtp:
            smtp.ehlo()
            smtp.command("NOOP forbidden", 250)
            if login:
                smtp.starttls()
                smtp.ehlo()
                smtp.login("joe", "secret")
            message = smtp.deliver()
            smtp.quit()
        MAILDIR.find(message)
        for name in ("victim", "other-victim"):
            self.assertEqual((STATE / name).read_text(), "not for you\n")
        self.assertEqual(list(MAILDIR.path.glob("forbidden")), [])
        return self.acts(journal()[before:])

    def assert_refused(self, label, came, granted):
        harness.comment("%s: %d acts, granted: %s" % (
            label, len(came), ", ".join(sorted(granted))))
        self.assertIn(LAST, came)
        self.assertEqual({act for act, how in came.items() if how == "OK"},
                         granted)
        others = {act: how for act, how in came.items()
                  if act not in granted and how not in REFUSED and
                  (act, how) not in ALSO_REFUSED}
        self.assertEqual(others, {})

    def test_a_process_of_one_connection(self):
        self.preload("mailpit@.service")
        self.assert_refused("mailpit@", self.served("mailpit.socket"),
                            MAILDIR_ONLY | ITS_FILES)

    def test_a_child_of_the_process_for_many(self):
        self.preload("mailpit-wait.service")
        self.assert_refused("mailpit-wait", self.served("mailpit-wait.socket"),
                            MAILDIR_ONLY)

    def test_the_program_by_itself_without_help_from_the_unit(self):
        unit = Path("/etc/systemd/system/mailpit@.service")
        unit.write_text(bed.bare("mailpit@.service"))
        self.addCleanup(unit.unlink)
        self.preload("mailpit@.service")
        self.assert_refused(
            "mailpit@ without options", self.served("mailpit.socket", False),
            MAILDIR_ONLY | {"memory to write and run"})

    def test_without_confinement_the_same_user_may_do_it(self):
        done = harness.run(
            ["runuser", "-u", "mailpit", "--", "env",
             "LD_PRELOAD=%s" % PRELOADED, "cat"], input=b"NOOP forbidden\r\n")
        came = self.acts(done.stderr.decode().splitlines())
        # It is another program by now.
        self.assertNotIn(LAST, came)
        self.assertEqual({act: how for act, how in came.items()
                          if how != "OK" and act not in NEVER}, {})


if __name__ == "__main__":
    if bed.PACKAGE is None:
        harness.run(["make", "-s", "-C", harness.TOP,
                     BUILT.relative_to(harness.TOP)], timeout=120)
    bed.enter(__file__)
    harness.main()
