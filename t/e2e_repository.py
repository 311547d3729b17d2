# SPDX-License-Identifier: MIT
"""e2e_repository: the tree itself: manuals, installing, what lies at the top"""

import os
import re
import shutil
import subprocess

import harness

RUN_SAN = False
TOP = harness.TOP
TOP_LEVEL = {"Makefile", "src", "units", "scripts", "maildir-layout", "t",
             "README.md"}
MANUALS = sorted(TOP.glob("src/*/*.[1-8]"))
SUBCOMMANDS = ("sendmail", "prune", "readyz")
ANY_OPTION = "--option"  # stands for whichever
OPTION = re.compile(r"(?<![-\w])--[a-z][a-z0-9-]*[a-z0-9]")
VARIABLE = re.compile(r"\bMP_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])")


def in_git(*args):
    return subprocess.run(["git", "-C", str(TOP), *args], capture_output=True,
                          text=True, check=False)


def rendered(path):
    """A manual as text, without overstriking and broken words."""
    text = harness.run(["mandoc", "-T", "ascii", "-O", "width=1000",
                        path]).stdout.decode()
    return re.sub(r".\x08", "", text)


def section(text, heading):
    found = re.search(r"(?ms)^%s\n(.*?)(?=^\S|\Z)" % re.escape(heading), text)
    return found.group(1) if found else ""


def variables_of(*programs):
    """Every MP_ name that the programs hold."""
    found = set()
    for program in programs:
        for word in re.findall(rb"(?<![A-Z])MP_[A-Z0-9_]+",
                               program.read_bytes()):
            if not word.endswith(b"_"):
                found.add(word.decode())
    return found


class Manuals(harness.Case):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.text = {path.name: rendered(path) for path in MANUALS}
        self.all = "\n".join(self.text.values())
        self.programs = [harness.MAILPIT, harness.BUILD / "mailpit-sendmail",
                         harness.BUILD / "mailpit.cgi"]
        self.help = self.mailpit("--help").stdout
        self.helps = self.help + "".join(
            self.mailpit(word, "--help").stdout for word in SUBCOMMANDS)

    def exists(self, option):
        """The program knows the option, if only to refuse it by name."""
        done = self.mailpit("--check", "--maildir", self.dir / "M", option)
        return "unknown option" not in done.stderr

    def test_they_are_there_and_lint_clean(self):
        names = set(self.text)
        self.assertLessEqual({"mailpit.8", "mailpit-passwd.5"}, names)
        done = harness.run(["mandoc", "-T", "lint", "-W", "warning",
                            *MANUALS], check=False)
        self.assertEqual(done.stdout.decode() + done.stderr.decode(), "")

    def test_every_option_of_the_help_is_in_one(self):
        options = set(OPTION.findall(self.help))
        self.assertGreater(len(options), 20)
        self.assertEqual(sorted(options - set(OPTION.findall(self.all))), [])

    def test_every_option_in_the_main_one_exists(self):
        self.assertFalse(self.exists("--no-such-option"))
        told = set(OPTION.findall(self.text.get("mailpit.8", "")))
        self.assertGreater(len(told), 20)
        self.assertEqual([option for option in sorted(told - {ANY_OPTION})
                          if option not in self.helps and
                          not self.exists(option)], [])

    def test_variables_and_manuals_agree(self):
        held = variables_of(*self.programs)
        self.assertGreater(len(held), 20)
        told = set(VARIABLE.findall(self.all))
        self.assertEqual(sorted(told - held), [], "in a manual only")
        families = tuple(re.findall(r"\bMP_[A-Z0-9_]*_(?=\*)", self.all))
        self.assertEqual([name for name in sorted(held - told)
                          if not name.startswith(families)], [],
                         "in no manual")

    def test_exit_statuses_are_listed(self):
        said = section(self.text.get("mailpit.8", ""), "EXIT STATUS")
        for status in ("0", "64", "78"):
            self.assertRegex(said, r"\b%s\b" % status)
        for name in self.text:
            if name.endswith((".1", ".8")):
                self.assertTrue(section(self.text[name], "EXIT STATUS"), name)

    def test_references_between_them_are_kept(self):
        ours = {path.stem for path in MANUALS}
        for name, text in self.text.items():
            for word in re.findall(r"\b(mailpit[a-z-]*)\(\d\)", text):
                self.assertIn(word, ours, name)


class Installing(harness.Case):
    def make(self, *goals, destdir):
        return harness.run(
            ["make", "-C", TOP, "--no-print-directory", *goals,
             "DESTDIR=%s" % destdir, "PREFIX=/usr"], timeout=120,
            env={k: v for k, v in os.environ.items()
                 if not k.startswith(("MAKE", "MFLAGS"))})

    def files(self, root):
        return sorted(str(p.relative_to(root)) for p in root.rglob("*")
                      if not p.is_dir())

    def test_install_and_uninstall_leave_nothing(self):
        root = self.dir / "root"
        self.make("install", destdir=root)
        installed = self.files(root)
        for wanted in ("usr/bin/mailpit", "usr/libexec/mailpit/"
                       "mailpit-sendmail", "usr/libexec/mailpit/maildir-check",
                       "usr/libexec/mailpit/mailpit.cgi",
                       "usr/libexec/mailpit/mailpit-thumb",
                       "usr/lib/systemd/system/mailpit-web.socket",
                       "etc/mailpit/lighttpd.conf",
                       "usr/share/man/man8/mailpit.cgi.8",
                       "usr/share/man/man8/mailpit.8",
                       "usr/share/man/man5/mailpit-passwd.5"):
            self.assertIn(wanted, installed)
        for name in ("usr/bin/mailpit", "usr/libexec/mailpit/maildir-check"):
            self.assertEqual((root / name).stat().st_mode & 0o777, 0o755)
        self.make("uninstall", destdir=root)
        self.assertEqual(self.files(root), [])

    def test_what_is_installed_runs_from_there(self):
        root = self.dir / "root"
        self.make("install", destdir=root)
        moved = self.dir / "moved"
        shutil.move(root, moved)
        done = harness.run([moved / "usr/bin/mailpit", "version"],
                           env=self.env())
        self.assertIn(b"ailpit", done.stdout)


class Tree(harness.Case):
    def test_the_top_level_holds_only_what_belongs_there(self):
        listed = in_git("ls-files", "--cached", "--others",
                        "--exclude-standard")
        if listed.returncode != 0:
            names = set(os.listdir(TOP)) - {"build"}
        else:
            names = {line.split("/")[0] for line in listed.stdout.split("\n")
                     if line}
        self.assertEqual({n for n in names if not n.startswith(".")} -
                         TOP_LEVEL, set())
        for name in ("Makefile", "src", "scripts", "t", "README.md"):
            self.assertTrue((TOP / name).exists(), name)

    def test_every_layer_includes_only_what_is_below_it(self):
        harness.run([TOP / "scripts" / "lint", "layers", "libraries"])

    def test_the_proof_of_the_layers_can_fail(self):
        tree = self.dir / "tree"
        for name in ("scripts", "src"):
            shutil.copytree(TOP / name, tree / name)
        bad = tree / "src" / "mail" / "bad.c"
        bad.write_text('#include "net/tls.h"\n#include <gnutls/gnutls.h>\n'
                       '#include "../base/buf.h"\n')
        done = harness.run([tree / "scripts" / "lint", "layers", "libraries"],
                           check=False)
        self.assertEqual(done.returncode, 1)
        said = done.stdout.decode()
        self.assertEqual(len(said.splitlines()), 4, said)
        for line in (1, 2, 3):
            self.assertIn("src/mail/bad.c:%d:" % line, said)

    def text_files(self):
        for name in sorted(TOP_LEVEL):
            top = TOP / name
            yield from [top] if top.is_file() else (
                p for p in sorted(top.rglob("*"))
                if p.is_file() and "__pycache__" not in p.parts)

    def test_scripts_can_be_started(self):
        for path in self.text_files():
            if path.read_bytes().startswith(b"#!"):
                self.assertTrue(os.access(path, os.X_OK), path)

    def test_the_makefile_helps(self):
        done = harness.run(["make", "-C", TOP, "--no-print-directory", "help"])
        for goal in ("run", "check", "install"):
            self.assertIn(b"make " + goal.encode(), done.stdout)


if __name__ == "__main__":
    harness.main()
