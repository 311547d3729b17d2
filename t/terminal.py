# SPDX-License-Identifier: MIT
"""terminal: programs that people use in a terminal, used by a test

    t = terminal.Terminal(folder, env)
    t.start("mutt", folder)
    t.shows("words")
    t.keys("q")
    t.stop()
"""

import subprocess

import harness


class Terminal:
    """A terminal that can be read: tmux with a socket of its own."""

    def __init__(self, folder, env):
        self.argv = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.env = env
        # Not as a daemon, so that it ends with this test whatever happens.
        self.server = subprocess.Popen([*self.argv, "-D"], env=env,
                                       stdin=subprocess.DEVNULL)
        harness.eventually((folder / "tmux").exists, "tmux starts")

    def tmux(self, *args):
        return harness.run([*self.argv, *args],
                           env=self.env).stdout.decode(errors="replace")

    def start(self, command, folder):
        self.tmux("new-session", "-d", "-s", "reader", "-x", "100", "-y", "30",
                  "-c", str(folder), "sh", "-c", command)

    def keys(self, *keys):
        """Presses keys; what is no name of a key is typed."""
        self.tmux("send-keys", "-t", "reader", *keys)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "reader")

    def shows(self, words):
        try:
            harness.eventually(lambda: words in self.screen(), words)
        except AssertionError:
            raise AssertionError("%r is not on the screen:\n%s" % (
                words, self.screen())) from None

    def is_over(self):
        return subprocess.run([*self.argv, "has-session", "-t", "reader"],
                              env=self.env, capture_output=True,
                              check=False).returncode != 0

    def stop(self):
        self.server.terminate()
        self.server.wait()
