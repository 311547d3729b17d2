# SPDX-License-Identifier: MIT
"""web: lighttpd with mailpit.cgi on a free port, for tests

    site = web.Site(home, maildir, env={"MP_LABEL": "Test"})
    answer = site.get("api/v1/info")        # .status .headers .body .text
    site.stop()
"""

import http.client
import os
import subprocess
from pathlib import Path

from common import BUILD, PATIENCE, SANITIZER_REPORT, environment, eventually, \
    free_port, listens

CGI = BUILD / "mailpit.cgi"
CONF = """server.document-root = "%(home)s"
server.bind = "127.0.0.1"
server.port = %(port)d
server.errorlog = "%(log)s"
server.breakagelog = "%(log)s.cgi"
server.modules = ( "mod_setenv", "mod_alias", "mod_cgi" )
server.max-request-size = 65536
server.stream-response-body = 1
setenv.add-environment = ( %(env)s )
alias.url = ( "" => "%(cgi)s" )
cgi.assign = ( "" => "" )
cgi.upgrade = "enable"
"""


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()


def find_lighttpd():
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin"]:
        if folder and os.access(os.path.join(folder, "lighttpd"), os.X_OK):
            return os.path.join(folder, "lighttpd")
    raise AssertionError("lighttpd is not installed")


class Site:
    """
    A web server with our CGI; env has MP_* settings, lines are more of the
    web server's own.
    """

    def __init__(self, home, maildir, env=None, webroot="/", lines=""):
        self.home = Path(home)
        self.webroot = webroot
        self.port = free_port()
        self.log = self.home / ("lighttpd.%d.log" % self.port)
        no_file = self.home / "empty.env"
        no_file.write_text("")
        settings = {"MP_MAILDIR": str(maildir),
                    "MP_INDEX_DIR": str(self.home / "index"),
                    "MP_ENV_FILE": str(no_file),
                    "MP_WEBROOT": webroot, **(env or {})}
        settings = {**environment(home), **settings}
        conf = self.home / ("lighttpd.%d.conf" % self.port)
        conf.write_text(CONF % {
            "home": self.home, "port": self.port, "log": self.log, "cgi": CGI,
            "env": ", ".join('"%s" => "%s"' % item
                             for item in settings.items())} + lines)
        self.output = open(self.home / ("lighttpd.%d.out" % self.port), "wb")
        self.process = subprocess.Popen(
            [find_lighttpd(), "-D", "-f", str(conf)], cwd=home,
            stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=self.output, env=environment(home))
        eventually(self._listens, "lighttpd listens")

    def _listens(self):
        if self.process.poll() is not None:
            raise AssertionError("lighttpd ended:\n" + self.said())
        return listens(self.port)

    def said(self):
        """What lighttpd and the CGI wrote."""
        files = [self.log, Path(str(self.log) + ".cgi"),
                 Path(self.output.name)]
        return "".join(f.read_text(errors="replace")
                       for f in files if f.exists())

    @property
    def url(self):
        return "http://127.0.0.1:%d%s" % (self.port, self.webroot)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=PATIENCE)
        target = path if path.startswith("/") else self.webroot + path
        connection.request(method, target, body, headers or {})
        try:
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path="", headers=None):
        return self.request("GET", path, headers=headers)

    def stop(self):
        """Ends it; a sanitizer report of the CGI is a failure."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()
        if SANITIZER_REPORT.search(self.said().encode()):
            raise AssertionError("sanitizer report:\n" + self.said())
