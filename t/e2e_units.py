# SPDX-License-Identifier: MIT
"""e2e_units: what systemd, sysusers.d and tmpfiles.d think of units/"""

import os
import re
import shutil

import harness
from common import TOP, run

RUN_SAN = False  # nothing compiled takes part but --check
UNITS = TOP / "units"
WAIT_EXPOSURE_MAX = 1.0
CONNECTION_EXPOSURE_MAX = 3.3
PREFIX = "/usr"
SOCKETS = ("mailpit.socket", "mailpit-smtps.socket", "mailpit-wait.socket",
           "mailpit-wait-smtps.socket")


def settings(path, section):
    """The assignments of a section, as lists by name."""
    found, here = {}, None
    for line in path.read_text().splitlines():
        if line.startswith("["):
            here = line.strip("[]")
        elif here == section and re.match(r"\w+=", line):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def environment_rows():
    """The variables of the options that work, from the program's table."""
    table = (TOP / "src/conf/table.c").read_text()
    rows = re.split(r"\n    (?=[A-Z_]+\()", table)
    return {re.search(r'"(MP_\w+)"', row).group(1) for row in rows
            if re.match(r"(BOOL|TEXT|NUMBER)\(", row) and '"MP_' in row}


class Installed(harness.Case):
    """make install into an empty folder."""

    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        self.make("install")
        self.units = self.root / "usr/lib/systemd/system"

    def make(self, goal):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("MAKE", "MFLAGS"))}
        run(["make", "-s", "-C", TOP, goal, "PREFIX=" + PREFIX,
             "DESTDIR=%s" % self.root], env=env, timeout=120)

    def test_every_unit_is_installed_with_the_place_of_the_program(self):
        wanted = {p.name for p in UNITS.iterdir()
                  if p.suffix in (".socket", ".service", ".timer", ".path")}
        self.assertEqual({p.name for p in self.units.iterdir()}, wanted)
        self.assertGreaterEqual(len(wanted), 8)
        for path in self.root.rglob("*"):
            if path.is_file() and path.suffix != "":
                self.assertNotIn(b"@BINDIR@", path.read_bytes(), path)
        service = settings(self.units / "mailpit@.service", "Service")
        self.assertEqual(service["ExecStart"], ["/usr/bin/mailpit"])

    def test_settings_that_were_changed_survive_and_others_go(self):
        env = self.root / "etc/mailpit/mailpit.env"
        self.assertEqual(env.stat().st_mode & 0o777, 0o640)
        env.write_text("MP_LABEL=changed\n")
        self.make("install")
        self.assertEqual(env.read_text(), "MP_LABEL=changed\n")
        self.make("uninstall")
        self.assertEqual([p for p in self.root.rglob("*") if p.is_file()],
                         [env])

    @harness.skip_if(shutil.which("systemd-analyze") is None,
                     "systemd-analyze is not installed")
    def test_systemd_finds_no_fault_in_any_unit(self):
        folder = self.dir / "units"
        shutil.copytree(self.units, folder)
        for path in folder.iterdir():
            # The program is not in place here, nor is its user.
            text = path.read_text().replace("/usr/bin/mailpit",
                                            str(harness.MAILPIT))
            path.write_text(text)
        for path in sorted(folder.iterdir()):
            with self.subTest(path.name):
                done = run(["systemd-analyze", "verify", "--man=no",
                            "--recursive-errors=no", path], check=False,
                           env=self.env({"SYSTEMD_UNIT_PATH": "%s:" % folder}))
                said = [line for line in done.stderr.decode().splitlines()
                        if "mailpit" in line]
                self.assertEqual((done.returncode, said), (0, []),
                                 done.stderr.decode())

    def test_verify_would_find_a_fault(self):
        path = self.file("broken.service", "[Service]\nExecStart=mailpit\n"
                         "NoSuchOption=yes\n")
        done = run(["systemd-analyze", "verify", "--man=no", path],
                   check=False, env=self.env())
        self.assertIn(b"NoSuchOption", done.stderr)

    def exposure(self, name):
        done = run(["systemd-analyze", "security", "--offline=true",
                    "--no-pager", self.units / name], check=False)
        found = re.search(r"exposure level for \S+: ([0-9.]+)",
                          done.stdout.decode())
        self.assertIsNotNone(found, done.stdout.decode() +
                             done.stderr.decode())
        return float(found.group(1))

    def test_the_exposure_of_the_services(self):
        found = {name: self.exposure(name) for name in (
            "mailpit-wait.service", "mailpit-prune.service",
            "mailpit@.service", "mailpit-smtps@.service",
            "mailpit-web.service", "mailpit-index.service",
            "mailpit-web-reload.service")}
        for name, value in found.items():
            harness.comment("systemd-analyze security: %-22s %.1f" % (
                name, value))
        self.assertLessEqual(found["mailpit-wait.service"], WAIT_EXPOSURE_MAX)
        for name in ("mailpit-prune.service", "mailpit-web.service",
                     "mailpit-index.service"):
            self.assertLessEqual(found[name], WAIT_EXPOSURE_MAX, name)
        # A unit that only says what to run has 9.2; scripts/bench-units prints
        # that, and the connections per second of both.
        for name in ("mailpit@.service", "mailpit-smtps@.service"):
            self.assertLessEqual(found[name], CONNECTION_EXPOSURE_MAX)


    @harness.skip_if(shutil.which("lighttpd", path="/usr/sbin:/usr/bin")
                     is None, "lighttpd is not installed")
    def test_lighttpd_accepts_its_configuration(self):
        path = self.root / "etc/mailpit/lighttpd.conf"
        self.assertEqual(path.stat().st_mode & 0o777, 0o644)
        text = path.read_text()
        self.assertIn('"/usr/libexec/mailpit/mailpit.cgi"', text)
        lighttpd = shutil.which("lighttpd", path="/usr/sbin:/usr/bin")
        moved = self.file("lighttpd.conf", text.replace(
            "/usr/libexec", str(self.root / "usr/libexec")))
        run([lighttpd, "-tt", "-f", moved])
        moved.write_text(moved.read_text() + "no-such-thing\n")
        self.assertNotEqual(run([lighttpd, "-tt", "-f", moved],
                                check=False).returncode, 0)


class Web(harness.Case):
    """What the units of the pages must say."""

    def test_they_listen_on_the_loopback_alone(self):
        said = settings(UNITS / "mailpit-web.socket", "Socket")
        self.assertEqual(said["ListenStream"],
                         ["127.0.0.1:8025", "[::1]:8025"])
        self.assertEqual(said["TriggerLimitIntervalSec"], ["0"])
        unit = settings(UNITS / "mailpit-web.service", "Unit")
        self.assertEqual(unit["StartLimitIntervalSec"], ["0"])

    def test_all_is_checked_before_it_listens(self):
        said = settings(UNITS / "mailpit-web.socket", "Socket")
        self.assertEqual([line.split()[0] for line in said["ExecStartPre"]],
                         ["/usr/sbin/lighttpd", "@BINDIR@/mailpit"])
        self.assertEqual(said["User"], ["mailpit-web"])
        # What it has nothing to do with: all that names a secret of SMTP.
        unset = set(said["UnsetEnvironment"][0].split())
        secret = {name for name in environment_rows() if re.match(
            r"MP_SMTP_(TLS|SSL|AUTH|REQUIRE)", name)}
        self.assertGreater(len(secret), 6)
        self.assertEqual(secret - unset, set())

    def test_the_web_server_opens_no_connection_of_its_own(self):
        said = settings(UNITS / "mailpit-web.service", "Service")
        self.assertEqual(said["RestrictAddressFamilies"], ["AF_UNIX"])
        self.assertEqual(said["PrivateNetwork"], ["yes"])
        self.assertEqual(said["User"], ["mailpit-web"])

    def test_the_path_unit_watches_what_the_configuration_proposes(self):
        watched = settings(UNITS / "mailpit-web-reload.path",
                           "Path")["PathChanged"]
        conf = (UNITS / "lighttpd.conf").read_text()
        self.assertEqual(sorted(re.findall(
            r'(?m)^# ssl\.p\w+ = "(.*)"$', conf)), sorted(watched))


class Rules(harness.Case):
    """What the units must say, whatever else they say."""

    def test_no_number_of_connections_closes_a_socket(self):
        for name in SOCKETS:
            with self.subTest(name):
                said = settings(UNITS / name, "Socket")
                self.assertEqual(said["TriggerLimitIntervalSec"], ["0"])
                if said.get("Accept") == ["yes"]:
                    self.assertEqual(said["MaxConnections"], ["1000"])
                    self.assertEqual(said["MaxConnectionsPerSource"], ["500"])
        unit = settings(UNITS / "mailpit-wait.service", "Unit")
        self.assertEqual(unit["StartLimitIntervalSec"], ["0"])
        for name in ("mailpit@.service", "mailpit-smtps@.service"):
            unit = settings(UNITS / name, "Unit")
            self.assertEqual(unit["CollectMode"], ["inactive-or-failed"])

    def test_the_two_forms_exclude_each_other(self):
        for one, other in (("mailpit.socket", "mailpit-wait.socket"),
                           ("mailpit-wait.socket", "mailpit.socket"),
                           ("mailpit-smtps.socket",
                            "mailpit-wait-smtps.socket"),
                           ("mailpit-wait-smtps.socket",
                            "mailpit-smtps.socket")):
            self.assertIn(other, settings(UNITS / one, "Unit")[
                "Conflicts"][0].split())

    def test_the_log_never_goes_to_the_client(self):
        for path in UNITS.glob("*@.service"):
            with self.subTest(path.name):
                said = settings(path, "Service")
                self.assertEqual(said["StandardInput"], ["socket"])
                self.assertEqual(said["StandardError"], ["journal"])
                self.assertNotIn("StandardOutput", said)

    def test_the_service_of_one_connection_has_nothing_costly(self):
        costly = re.compile(r"(?m)^(Private|Protect|ProcSubset|ReadWritePaths|"
                            r"InaccessiblePaths|DynamicUser)\w*=")
        for path in UNITS.glob("*@.service"):
            self.assertIsNone(costly.search(path.read_text()), path.name)
        self.assertIsNotNone(costly.search(
            (UNITS / "mailpit-wait.service").read_text()))

    def test_the_shared_folder_has_one_owner(self):
        for path in UNITS.rglob("*.service"):
            self.assertNotRegex(path.read_text(),
                                r"(?m)^(StateDirectory|DynamicUser)=")

    def test_each_socket_checks_what_its_service_will_run(self):
        for name in SOCKETS:
            with self.subTest(name):
                said = settings(UNITS / name, "Socket")
                argv = said["ExecStartPre"][0].split()
                self.assertEqual(argv[:3], ["@BINDIR@/mailpit", "--inetd",
                                            "--check"])
                self.assertEqual("--smtp-require-tls" in argv,
                                 "smtps" in name)
                self.assertEqual(said["User"], ["mailpit"])

    def test_the_names_of_the_descriptors_are_those_the_program_knows(self):
        for name, wanted in (("mailpit-wait.socket", "smtp"),
                             ("mailpit-wait-smtps.socket", "smtps")):
            said = settings(UNITS / name, "Socket")
            self.assertEqual(said["FileDescriptorName"], [wanted])
        said = settings(UNITS / "mailpit-wait-smtps.socket", "Socket")
        self.assertEqual(said["Service"], ["mailpit-wait.service"])

    def test_the_environment_file_explains_every_variable_once(self):
        text = (UNITS / "mailpit.env").read_text()
        shown = re.findall(r"(?m)^#(MP_\w+)=", text)
        self.assertEqual(sorted(shown), sorted(set(shown)))
        self.assertEqual(set(shown), environment_rows())
        self.assertGreater(len(shown), 30)
        # As it is delivered it sets nothing.
        self.assertNotRegex(text, r"(?m)^[^#\n]")
        # Each has words above it, itself or with its neighbours.
        for block in re.split(r"\n\n", text):
            if re.search(r"(?m)^#MP_", block):
                self.assertRegex(block, r"\A# \w")

    def test_the_defaults_in_the_environment_file_are_those_of_help(self):
        text = (UNITS / "mailpit.env").read_text()
        table = (TOP / "src/conf/table.c").read_text()
        numbers = {}
        for row in re.split(r"\n    (?=[A-Z_]+\()", table):
            found = re.search(r'"(MP_\w+)"', row)
            default = re.search(r'\((\d+|\[::\]:1025)\)"', row)
            if found and default and (row.startswith("NUMBER") or
                                      default.group(1) == "[::]:1025"):
                numbers[found.group(1)] = default.group(1)
        self.assertGreater(len(numbers), 12)
        for name, value in numbers.items():
            with self.subTest(name):
                self.assertIn("\n#%s=%s\n" % (name, value), text)

    def test_every_line_of_the_environment_file_is_accepted(self):
        text = (UNITS / "mailpit.env").read_text()
        env = dict(re.findall(r"(?m)^#(MP_\w+)=(.*)$", text))
        env["MP_MAILDIR"] = self.use()
        self.use().mkdir()
        done = self.mailpit("--check", "--inetd", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotRegex(done.stderr, r"MP_")


@harness.skip_if(shutil.which("systemd-sysusers") is None,
                 "systemd is not installed")
@harness.skip_if(os.getuid() != 0, "not root")
class UsersAndFolders(harness.Case):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        (self.root / "etc").mkdir(parents=True)
        run(["systemd-sysusers", "--root=%s" % self.root,
             UNITS / "sysusers.d/mailpit.conf"])

    def members(self, group):
        found = re.search(r"(?m)^%s:[^:]*:(\d+):(.*)$" % group,
                          (self.root / "etc/group").read_text())
        return int(found.group(1)), found.group(2).split(",")

    def test_the_user_may_write_the_mail_and_read_the_passwords(self):
        passwd = (self.root / "etc/passwd").read_text()
        self.assertRegex(passwd, r"(?m)^mailpit:[^:]*:\d+:\d+:[^:]*:"
                         "/var/lib/mailpit:.*nologin$")
        for group in ("mailpit", "mailpit-mail"):
            self.assertIn("mailpit", self.members(group)[1])
            self.assertIn("mailpit-web", self.members(group)[1])
        self.assertRegex(passwd, r"(?m)^mailpit-web:.*nologin$")

    def test_the_folders_are_those_of_the_layout(self):
        run(["systemd-tmpfiles", "--root=%s" % self.root, "--create",
             UNITS / "tmpfiles.d/mailpit.conf"])
        maildir = self.root / "var/lib/mailpit/Maildir"
        names = (TOP / "maildir-layout/skel").read_text().split()
        made = {str(p.relative_to(maildir)) for p in maildir.rglob("*")}
        self.assertEqual(made, set(names))
        group = self.members("mailpit-mail")[0]
        for folder in [maildir, *(maildir / n for n in names)]:
            said = folder.stat()
            self.assertEqual((said.st_mode & 0o7777, said.st_gid),
                             (0o2770, group), folder)
        self.assertEqual((maildir.parent.stat().st_mode & 0o7777), 0o750)
        cache = self.root / "var/cache/mailpit-web"
        self.assertEqual((cache.stat().st_mode & 0o7777), 0o700)


if __name__ == "__main__":
    harness.main()
