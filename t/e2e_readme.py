# SPDX-License-Identifier: MIT
"""e2e_readme: what the README prints works as printed

Runs in a copy of the tree, with a home of its own, in a network of its own so
that ports 1025 and 8025 are free. A comment before a block says what is done with it:

    <!-- test: run -->                  it must end with status 0
    <!-- test: serve -->                a server until the next one comes
    <!-- test: elsewhere: FILE -->      FILE does the same on a host of its own
    <!-- test: browse: URL: WORDS -->   Chromium shows WORDS there; no block
    <!-- test: screen: WORDS: TEXT -->  a mail reader in a terminal that must
                                        list WORDS and, after Enter, show TEXT
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
import terminal

RUN_SAN = False
TIME_LIMIT = 240
PORT, WEB_PORT = 1025, 8025
README = harness.TOP / "README.md"
ALL_BLOCKS = re.compile(r"<!-- test: ([^\n]*?) -->\n```sh\n(.*?)```", re.S)
# Those that are run here.
BLOCK = re.compile(r"<!-- test: (?!elsewhere)([^\n]*?) -->\n"
                   r"(?:```sh\n(.*?)```)?", re.S)
NO_NETWORK = harness.private_network()


def children(pid):
    """All processes below pid."""
    found = []
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid),
                  encoding="ascii") as f:
            direct = [int(word) for word in f.read().split()]
    except OSError:
        return []
    for child in direct:
        found += [child, *children(child)]
    return found


def is_mailpit(pid):
    try:
        return os.readlink("/proc/%d/exe" % pid).endswith("/mailpit")
    except OSError:
        return False


@unittest.skipIf(NO_NETWORK, str(NO_NETWORK))
class Readme(harness.Case):
    def setUp(self):
        super().setUp()
        self.tree = self.dir / "mailpit"
        self.home_env = self.env({"XDG_STATE_HOME": None,
                                  "MP_UI_BIND_ADDR": None})
        # mutt asks once in the life of a home whether to make this folder.
        (self.dir / "Mail").mkdir()
        self.copy_tree()
        self.serving = None
        self.addCleanup(self.stop_server)

    def copy_tree(self):
        """What a clone has, and what is built of it already."""
        shutil.copytree(harness.TOP, self.tree, symlinks=True,
                        ignore=shutil.ignore_patterns(
                            ".git", "build", "node_modules", "__pycache__"))
        (self.tree / "build").mkdir()
        for name in ("obj", "libmailpit.a", "mailpit", "mailpit-sendmail",
                     "mailpit.cgi", "mailpit-index", "mailpit-thumb"):
            self.copy(harness.TOP / "build" / name)
        for stamp in (harness.TOP / "build").glob(".need-*"):
            self.copy(stamp)

    def copy(self, source):
        target = self.tree / "build" / source.name
        if source.is_dir():
            shutil.copytree(source, target, copy_function=shutil.copy2)
        else:
            shutil.copy2(source, target)

    def stop_server(self):
        """Ctrl-C; the server ends with 0, and so does what started it."""
        if self.serving is None:
            return
        process, self.serving = self.serving, None
        for pid in [process.pid, *children(process.pid)]:
            if is_mailpit(pid):
                os.kill(pid, signal.SIGINT)
                break
        else:
            process.kill()
        self.assertEqual(process.wait(), 0, process.log)

    def serve(self, command):
        self.stop_server()
        self.serving = harness.Process(
            ["sh", "-ec", "cd %s && exec %s" % (
                shlex.quote(str(self.tree)), command)],
            self.home_env, self.dir)

        def ready():
            if self.serving.process.poll() is not None:
                raise AssertionError("%s\n%s" % (command, self.serving.log))
            return harness.listens(PORT) and harness.listens(WEB_PORT)
        harness.eventually(ready, "ports %d and %d are open" % (
            PORT, WEB_PORT))

    def run_block(self, command):
        done = subprocess.run(["sh", "-ec", command], cwd=self.tree,
                              env=self.home_env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT,
                              timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0,
                         command + done.stdout.decode(errors="replace"))

    def read(self, command, words, text):
        """Lists and opens a message in a mail reader; then it is read."""
        reader = terminal.Terminal(self.dir, self.home_env)
        try:
            reader.start(command, self.tree)
            reader.shows(words)
            reader.keys("/", words, "Enter")  # finds it
            reader.keys("Enter")
            reader.shows(text)
            reader.keys("q")
            reader.keys("q")
            harness.eventually(reader.is_over, "the reader ends")
        finally:
            reader.stop()
            (self.dir / "tmux").unlink(missing_ok=True)

    def browse(self, url, words):
        if shutil.which("chromium") is None:
            self.skipTest("chromium is not installed")
        # The paths of its sockets must not be long.
        folder = tempfile.mkdtemp(prefix="c.")
        self.addCleanup(shutil.rmtree, folder, True)
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
             "--user-data-dir=%s/user" % folder,
             "--dump-dom", url],
            env=self.home_env | {"TMPDIR": folder}, stdin=subprocess.DEVNULL, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=90)
        self.assertIn(words, done.stdout.decode(),
                      done.stderr.decode(errors="replace"))

    def test_every_block_works_as_printed(self):
        maildir = harness.Maildir(
            self.dir / ".local" / "state" / "mailpit" / "Maildir")
        self.use(maildir.path)
        blocks = BLOCK.findall(README.read_text())
        for mark, command in blocks:
            what, *rest = mark.split(": ", 2)
            with self.subTest(command or mark):
                if what == "run":
                    self.run_block(command)
                elif what == "serve":
                    self.serve(command)
                elif what == "browse":
                    self.browse(*rest)
                elif what == "screen":
                    self.read(command, *rest)
                else:
                    self.fail("no such mark: " + mark)
        self.stop_server()
        self.assert_delivered(maildir)

    def assert_delivered(self, maildir):
        said = {}
        for message in maildir.messages():
            found = re.search(rb"(?m)^Subject: (.*)$", message.content)
            said[found.group(1).decode()] = message
        self.assertEqual(sorted(said), ["first message", "from sendmail",
                                        "sent under TLS"])
        secured = said["sent under TLS"]
        self.assertIn("auth=joe", secured.received)
        self.assertIn(" with ESMTPSA ", secured.received)
        for subject in ("first message", "sent under TLS"):
            path = said[subject].path
            self.assertEqual(path.parent.name, "cur")
            self.assertRegex(path.name, r":2,[A-Z]*S")
        self.assertIn(b"\n\nNo network in sight.\n",
                      said["from sendmail"].content)


class Text(harness.Case):
    def test_the_two_commands_come_first(self):
        blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.S)
        self.assertEqual(blocks[:2], ["make run\n", "make check\n"])

    def test_every_command_block_is_run(self):
        text = README.read_text()
        blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
        marked = []
        for mark, command in ALL_BLOCKS.findall(text):
            marked.append(command)
            if mark.startswith("elsewhere: "):
                self.assertTrue((README.parent / mark.split()[1]).is_file())
        self.assertEqual([b for b in blocks if b not in marked],
                         ["make check\n"])

    def test_every_option_it_names_is_in_the_help(self):
        known = self.mailpit("--help").stdout
        for option in set(re.findall(r"`(--[a-z-]+)", README.read_text())):
            self.assertIn(option, known)


if __name__ == "__main__":
    harness.main()
