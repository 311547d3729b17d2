# SPDX-License-Identifier: MIT
"""api: a client of the API that believes nothing

Every answer is compared with the OpenAPI document that the server serves: the
path, the status, the type and every member must stand there.

    class Something(api.ApiCase):
        def test_it(self):
            site = self.site(MP_LABEL="x")         # a web.Site
            message_id = site.api.send(subject="a")
            site.api.json("GET", "messages")["total"]
"""

import base64
import datetime
import json
import re
from urllib.parse import urlencode

import jsonschema

import harness
import web

OPENAPI = json.loads((harness.TOP / "src/web/assets/openapi.json").read_text())
COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
}
used = set()  # (method, path of the document, status), of all tests


def pattern(path):
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


PATHS = [(path, pattern(path), operations)
         for path, operations in OPENAPI["paths"].items()]
FORMATS = jsonschema.FormatChecker(())
DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?"
                       r"(Z|[+-][01]\d:[0-5]\d)", re.A)


@FORMATS.checks("date-time", ValueError)
def is_date_time(value):
    """RFC 3339; what is no string is the business of the type."""
    if not isinstance(value, str):
        return True
    found = DATE_TIME.fullmatch(value)
    return found and datetime.datetime.fromisoformat(found.group(1))


VALIDATORS = {
    name: jsonschema.Draft4Validator(
        {**schema, "definitions": OPENAPI["definitions"]},
        format_checker=FORMATS)
    for name, schema in OPENAPI["definitions"].items()}


def validate(schema, value):
    whole = {**schema, "definitions": OPENAPI["definitions"]}
    if "$ref" in schema:
        VALIDATORS[schema["$ref"].rpartition("/")[2]].validate(value)
    else:
        jsonschema.Draft4Validator(whole).validate(value)


def operation(method, path):
    """The path of the document and what it says of the method, or None."""
    # A fixed path wins over one with a variable in it.
    found = sorted((p.count("{"), p) for p, regex, _ in PATHS
                   if regex.fullmatch(path))
    if not found:
        return None, None
    name = found[0][1]
    verb = "get" if method == "HEAD" else method.lower()
    return name, OPENAPI["paths"][name].get(verb)


def check(method, path, answer):
    """What the document says of this answer is true."""
    name, said = operation(method, path.partition("?")[0])
    assert said, "%s %s is not documented" % (method, path)
    status = str(answer.status)
    assert status in said["responses"], "%s %s: %s is not documented" % (
        method, name, status)
    used.add((method, name, status))
    for header, value in COMMON.items():
        assert answer.headers[header] == value, (header, answer.headers)
    assert answer.headers["Content-Security-Policy"], path
    schema = said["responses"][status].get("schema")
    if not schema or schema.get("type") == "file" or method == "HEAD":
        return
    if schema.get("type") == "string":
        text = answer.body.decode()
        if "enum" in schema:
            assert text in schema["enum"], text
        return
    assert answer.headers["Content-Type"] == "application/json", path
    assert answer.body.endswith(b"\n") and answer.body.count(b"\n") == 1 or \
        path.endswith("swagger.json"), answer.body[-100:]
    validate(schema, json.loads(answer.body))


class Api:
    """Calls below api/v1/ (or any path that begins with a slash)."""

    def __init__(self, site, login=None):
        self.site = site
        self.headers = {}
        if login:
            self.headers["Authorization"] = "Basic " + base64.b64encode(
                login.encode()).decode()

    def call(self, method, path, body=None, headers=None, **query):
        """An answer that was checked; a body that is no octets is JSON."""
        target = path if path.startswith("/") else "/api/v1/" + path
        if query:
            target += "?" + urlencode(query)
        headers = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        answer = self.site.request(
            method, self.site.webroot.rstrip("/") + target, body, headers)
        check(method, target, answer)
        return answer

    def json(self, method, path, body=None, **query):
        answer = self.call(method, path, body, **query)
        assert answer.status == 200, (answer.status, answer.body)
        return json.loads(answer.body)

    def get(self, path, **query):
        return self.json("GET", path, **query)

    def ok(self, method, path, body=None, **query):
        answer = self.call(method, path, body, **query)
        assert (answer.status, answer.body) == (200, b"ok"), (
            answer.status, answer.body)

    def send(self, subject="x", sender="a@example.com", to=("b@example.com",),
             **more):
        """Sends a message; returns its ID."""
        body = {"From": {"Email": sender}, "Subject": subject,
                "To": [{"Email": each} for each in to], **more}
        return self.json("POST", "send", body)["ID"]

    def subjects(self, query, **more):
        found = self.get("search", query=query, **more)["messages"]
        return [each["Subject"] for each in found]


class ApiCase(harness.Case):
    """A test with web sites on the Maildir of the test."""

    def site(self, login=None, webroot="/", **env):
        self.make()
        site = web.Site(self.dir, self.maildir.path,
                        env={"TZ": "UTC", **env}, webroot=webroot)
        self.addCleanup(site.stop)
        site.api = Api(site, login)
        return site

    def cgi(self, method, uri, body=b"", **env):
        """What the CGI itself says to a request; env as a server has it."""
        done = harness.run([web.CGI], check=False, input=body, env=self.env({
            "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method,
            "REQUEST_URI": uri, "QUERY_STRING": uri.partition("?")[2],
            "MP_MAILDIR": self.maildir.path, "MP_ENV_FILE": "/dev/null",
            "MP_INDEX_DIR": self.dir / "index", **env}))
        assert not harness.SANITIZER_REPORT.search(done.stderr), done.stderr
        return done.stdout

    def make(self):
        """The Maildir with all its folders."""
        for each in ("new", "cur", "tmp", "mailpit", "mailpit/trash", "mailpit/findings",
                     "mailpit/tags"):
            (self.maildir.path / each).mkdir(0o700, True, True)
        self.maildir.path.chmod(0o700)
        self.use()

    def drop(self, octets, name="1700000000.M1P1.foreign", folder="new"):
        """Puts a message there as another program would."""
        self.make()
        path = self.maildir.path / folder / name
        path.write_bytes(octets)
        path.chmod(0o600)
        return path
