# SPDX-License-Identifier: MIT
"""e2e_confine: the process that talks to a client is confined

What a confined process can and cannot do is tried in test_confine; here the
kernel is asked about the processes that serve, in every form.
"""

import re
import shutil
import socket
from pathlib import Path

import harness

RUN_SAN = False  # the sanitizers need what confinement takes away

KEPT_BY_ROOT = 0b1011  # CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER
STRACE = harness.skip_if(shutil.which("strace") is None,
                         "strace is not installed")


def status(pid):
    """What /proc says of a process."""
    lines = Path("/proc/%d/status" % pid).read_text().splitlines()
    return {k: v.strip() for k, _, v in (line.partition(":")
                                         for line in lines)}


def limits(pid):
    """The soft limits of a process, by name."""
    text = Path("/proc/%d/limits" % pid).read_text()
    return dict(re.findall(r"(?m)^(Max [a-z ]+?)  +(\S+)", text))


@harness.skip_if(not harness.has_landlock(), "this kernel has no Landlock")
class Confinement(harness.Case):
    def listening(self, *args, prefix=()):
        """The wait form on stdin, and the port it serves."""
        self.use().mkdir(mode=0o700, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            started = harness.Process(
                [harness.MAILPIT, "--maildir", self.maildir.path,
                 "--idle-exit", "0", *args], self.env(), self.dir,
                stdin=listener, prefix=prefix)
        self.addCleanup(started.kill)
        return started, port

    def dial(self, port):
        smtp = harness.Dialogue(socket.create_connection(
            ("127.0.0.1", port), harness.PATIENCE))
        smtp.banner()
        return smtp

    def assert_confined(self, pid):
        said = status(pid)
        self.assertEqual(said["NoNewPrivs"], "1")
        self.assertEqual(said["Seccomp"], "2")
        self.assertEqual(int(said["CapEff"], 16) & ~KEPT_BY_ROOT, 0)
        self.assertEqual(int(said["CapInh"], 16), 0)
        self.assertEqual(int(said["Threads"]), 1)
        bounds = limits(pid)
        self.assertEqual(bounds["Max core file size"], "0")
        self.assertEqual(bounds["Max processes"], "0")
        self.assertLessEqual(int(bounds["Max open files"]), 32)
        self.assertNotEqual(bounds["Max file size"], "unlimited")
        self.assertNotEqual(bounds["Max cpu time"], "unlimited")

    def test_the_filter_is_confined_when_it_greets(self):
        started = self.filter(kind="tcp")
        with started.smtp as smtp:
            smtp.banner()
            self.assert_confined(started.pid)
            smtp.ehlo()
            smtp.deliver()
            self.assert_confined(started.pid)
            smtp.quit()
        self.assertEqual(len(self.maildir), 1)
        self.assertNotIn("confine", started.log)

    def test_each_child_of_the_wait_form_is_confined(self):
        started, port = self.listening()
        with self.dial(port) as one, self.dial(port) as other:
            pids = harness.children(started.pid)
            self.assertEqual(len(pids), 2)
            for pid in pids:
                self.assert_confined(pid)
            # The parent never hears a client, and has to fork.
            self.assertEqual(status(started.pid)["Seccomp"], "0")
            for smtp in (one, other):
                smtp.ehlo()
                smtp.deliver()
                smtp.quit()
        self.assertEqual(len(self.maildir), 2)
        self.assertNotIn("confine", started.log)

    def test_each_child_of_a_stand_alone_server_is_confined(self):
        server = self.server()
        with server.dial() as smtp:
            for pid in server.children():
                self.assert_confined(pid)
            smtp.ehlo()
            smtp.deliver()
        self.assertNotIn("confine", server.log)

    # --- all of it, and in time ---

    # Not the questions of libseccomp, which have no program to load.
    FILTERED = re.compile(r"seccomp\(SECCOMP_SET_MODE_FILTER, 0, \{")

    def traced(self, *options):
        """The calls of a whole session, with the reply to each."""
        calls = self.dir / "calls"
        pair = harness.certificate()
        started = self.filter(
            *pair.options, "--smtp-auth-file", self.passwords(form="plain"),
            *options, kind="tcp",
            prefix=["strace", "-f", "-s", "16", "-o", calls])
        with started.smtp as smtp:
            smtp.banner()
            smtp.ehlo()
            smtp.starttls()
            smtp.ehlo()
            smtp.login("joe", "secret", 235)
            smtp.deliver(b"Subject: x\r\n\r\nbare\nline\r\n")
            smtp.command("NOOP", 250)
            smtp.quit()
        started.finish()
        return [line.partition(" ")[2].strip()
                for line in calls.read_text().splitlines()]

    @STRACE
    def test_nothing_a_session_needs_is_refused(self):
        calls = self.traced()
        at = [i for i, call in enumerate(calls)
              if self.FILTERED.match(call)]
        self.assertEqual(len(at), 1)
        after = calls[at[0]:]
        self.assertGreater(len(after), 50)
        self.assertEqual([c for c in after
                          if re.search(r"= -1 (EPERM|EACCES)", c)], [])
        self.assertEqual(len(self.maildir), 1)

    @STRACE
    def test_not_an_octet_is_read_before(self):
        calls = self.traced()
        heard = [i for i, call in enumerate(calls)
                 if re.match(r"(recvfrom|read|recvmsg|readv)\(0,", call)
                 and not call.endswith("EAGAIN (Resource temporarily "
                                       "unavailable)")]
        entered = [i for i, call in enumerate(calls)
                   if re.match(r"landlock_restrict_self|capset", call)
                   or self.FILTERED.match(call)]
        self.assertEqual(len(entered), 3, [calls[i] for i in entered])
        self.assertGreater(len(heard), 3)
        self.assertLess(max(entered), min(heard))

    # --- where it cannot be had ---

    NO_LANDLOCK = ("strace", "-D", "-f", "-o", "/dev/null", "-e",
                   "inject=landlock_create_ruleset:error=ENOSYS")
    NO_SECCOMP = ("strace", "-D", "-f", "-o", "/dev/null", "-e",
                  "inject=seccomp:error=EINVAL")

    @STRACE
    def test_without_landlock_it_says_so_once_and_goes_on(self):
        server = self.server(prefix=self.NO_LANDLOCK)
        for _ in range(2):
            with server.dial() as smtp:
                smtp.ehlo()
                smtp.deliver()
                smtp.quit()
        self.assertEqual(server.log.count("not to be had here: landlock"), 1)
        self.assertEqual(len(self.maildir), 2)

    @STRACE
    def test_without_seccomp_it_says_so_and_goes_on(self):
        started = self.filter(kind="tcp", prefix=self.NO_SECCOMP)
        with started.smtp as smtp:
            smtp.banner()
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()
        started.finish()
        self.assertIn("[confine] refused", started.log)
        self.assertEqual(len(self.maildir), 1)

    @STRACE
    def test_a_filter_that_requires_it_refuses_to_work(self):
        for label, prefix in (("landlock", self.NO_LANDLOCK),
                              ("seccomp", self.NO_SECCOMP)):
            with self.subTest(label):
                started = self.filter("--require-confinement", kind="tcp",
                                      prefix=prefix)
                reply = started.smtp.reply()
                self.assertEqual((reply.code, reply.enhanced),
                                 (421, "4.3.5"))
                started.smtp.closed()
                self.assertEqual(started.wait(), 78)
                self.assertIn("[confine]", started.log)
                started.stopped = True

    @STRACE
    def test_the_wait_form_that_requires_it_does_not_start(self):
        started, _ = self.listening("--require-confinement",
                                    prefix=self.NO_LANDLOCK)
        self.assertEqual(started.wait(), 78)
        self.assertIn("not to be had here: landlock", started.log)

    @STRACE
    def test_check_tells_before_it_is_needed(self):
        self.use().mkdir(mode=0o700)
        argv = ["--check", "--inetd", "--require-confinement", "--maildir",
                self.maildir.path]
        self.assertEqual(self.mailpit(*argv).returncode, 0)
        done = self.mailpit(*argv, prefix=self.NO_LANDLOCK)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("landlock", done.stderr)

    def test_where_it_can_be_had_requiring_it_changes_nothing(self):
        started, port = self.listening("--require-confinement")
        with self.dial(port) as smtp:
            smtp.ehlo()
            smtp.deliver()
            smtp.quit()
        self.assertEqual(len(self.maildir), 1)
        self.assertNotIn("confine", started.log)


if __name__ == "__main__":
    harness.main()
