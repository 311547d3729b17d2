# SPDX-License-Identifier: MIT
"""threats: requests to the CGI itself, with what they took"""

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
