# SPDX-License-Identifier: MIT
"""e2e_noscript: no mail runs a script, whatever page of ours shows it

Chromium opens hostile mail in every page and tab. What counts is told by
noscript.mjs: dialogs, errors, the console, requests to elsewhere, windows and
frames that go away, a mark that a script leaves, markup that is not ours. The
first class shows that it would tell: there the same mail stands in pages
without any protection.
"""

import http.server
import json
import ssl
import subprocess
import threading
import time
from urllib.parse import quote

import harness
import hostile
import mimes
import samples
import web
from common import TOP

RUN_SAN = False
TIME_LIMIT = 1500

READY = (TOP / "build/npm/node_modules/playwright-core").is_dir()
TABS = ("html", "source", "text", "headers", "raw", "attachments", "findings")
BATCH = 100


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers what the server's pages say, and remembers what was asked."""

    def setup(self):
        self.server.asked.append("connection")
        if self.server.context:
            self.request = self.server.context.wrap_socket(
                self.request, server_side=True)
        super().setup()

    def do_GET(self):
        self.server.asked.append(self.path)
        kind, body = self.server.pages.get(self.path, ("image/gif", b""))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Elsewhere(http.server.ThreadingHTTPServer):
    """A server of somebody else; asked has the connections and paths."""

    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context, self.asked, self.pages = context, [], {}
        self.place = "%s://127.0.0.1:%d" % (
            "https" if context else "http", self.server_address[1])
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a browser may leave at any time

    def stop(self):
        self.shutdown()
        self.server_close()

    def paths(self):
        return sorted(set(self.asked) - {"connection"})


@harness.skip_if(not READY, "npm ci could not be done")
class Watched(harness.Case):
    """Chromium, and two places that nobody should come to unasked."""

    @classmethod
    def setUpClass(cls):
        cls.node = subprocess.Popen(
            ["node", str(TOP / "t" / "noscript.mjs")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @classmethod
    def tearDownClass(cls):
        cls.node.stdin.close()
        cls.node.wait(60)
        cls.node.stdout.close()

    def setUp(self):
        super().setUp()
        pair = harness.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        self.http, self.https = Elsewhere(), Elsewhere(context)
        for server in self.http, self.https:
            self.addCleanup(server.stop)
        self.http.pages["/script.js"] = (
            "text/javascript", self.placed(hostile.CODE).encode())

    def placed(self, text):
        return hostile.placed(text, self.http.place, self.https.place)

    def look(self, jobs, opened=None):
        """What was noticed at each job, in their order."""
        results = []
        for at in range(0, len(jobs), BATCH):
            self.node.stdin.write(json.dumps(jobs[at:at + BATCH]) + "\n")
            self.node.stdin.flush()
            answer = {}
            while isinstance(answer, dict):
                if answer:
                    opened()
                line = self.node.stdout.readline()
                self.assertTrue(line, "the browser ended")
                answer = json.loads(line)
            results += answer
        return results

    def site(self, **env):
        site = web.Site(self.dir, self.use(), env)
        self.addCleanup(site.stop)
        return site

    def put(self, octets, **kw):
        return samples.put(self.maildir.path, octets, **kw)

    def assert_quiet(self, jobs, wanted=(200,)):
        """Nothing is noticed in any of these pages; nobody is called."""
        troubles = []
        for job, found in zip(jobs, self.look(jobs)):
            download = found["status"] == 0 and "/part/" in job["url"]
            if found["noticed"] or not (download or
                                        found["status"] in wanted):
                troubles.append("%s %s: %.150s" % (
                    found["status"], found["noticed"], job["url"]))
        if troubles:
            self.fail("\n".join(troubles[:20]))
        self.assertEqual(self.http.asked, [])
        harness.comment("%d pages" % len(jobs))


def view(site, message, tab, part=""):
    return {"url": "%sview/%s?tab=%s%s" % (
        site.url, message, tab, "&part=" + part if part else "")}


def document(site, path, **more):
    """Mail is the document itself there."""
    return {"url": site.url + path, "document": True, **more}


def pages_of(site, message):
    """Every page and tab of a message, and what can be fetched of it."""
    said = json.loads(site.get("api/v1/message/" + message).text)
    jobs = [view(site, message, tab) for tab in TABS]
    jobs.append(document(site, "view/%s.txt" % message))
    if said["HTML"]:
        jobs += [document(site, "view/%s.html" % message),
                 document(site, "view/%s.html?embed=1" % message)]
    for part in said["Attachments"] + said["Inline"]:
        number = part["PartID"]
        place = "api/v1/message/%s/part/%s" % (message, number)
        jobs += [document(site, place), document(site, place + "/thumb")]
        if part["ContentType"] == "message/rfc822":
            jobs += [view(site, message, tab, number) for tab in TABS]
            inner = "inner/%s/%s" % (message, number)
            if "text/html" in part_of(site, place):
                jobs.append(document(site, inner + ".html"))
    return jobs + [document(site, "api/v1/message/%s%s" % (message, rest))
                   for rest in ("", "/headers", "/raw")]


def part_of(site, place):
    return site.get(place).body.decode(errors="replace").lower()


class Control(Watched):
    """Without protection each of them is noticed."""

    def assert_noticed(self, texts, **more):
        server = Elsewhere()
        self.addCleanup(server.stop)
        for n, (_, text) in enumerate(texts):
            server.pages["/%d" % n] = ("text/html; charset=utf-8",
                                       self.placed(text).encode())
        found = self.look([{"url": "%s/%d" % (server.place, n),
                            "document": True, **more}
                           for n in range(len(texts))])
        silent = [form.name for (form, _), said in zip(texts, found)
                  if form.live and not said["noticed"]]
        self.assertEqual(silent, [])

    def test_pages(self):
        forms = hostile.pages()
        self.assertGreater(sum(f.live for f in forms), 50)
        for click in False, True:
            self.assert_noticed([(f, f.text) for f in forms
                                 if f.click == click], click=click)

    def test_what_is_fetched(self):
        forms = hostile.remote("%HTTP%")
        self.assert_noticed([(f, f.text) for f in forms
                             if f.name != "preconnect"])
        self.http.asked.clear()
        with self.assertRaises(AssertionError):
            self.assert_noticed([(f, f.text) for f in forms
                                 if f.name == "preconnect"])
        self.assertEqual(self.http.asked, ["connection"])

    def test_values(self):
        self.assert_noticed([
            (f, "<title>%s</title><p>%s<p title=\"%s\">x<p title='%s'>x"
             "<a href=\"%s\">x</a><textarea>%s</textarea><style>%s</style>"
             "<template>%s</template><!-- %s --><script>var x = '%s';"
             "</script>" % ((f.text,) * 10)) for f in hostile.values()],
            click=True)


class Html(Watched):
    """Messages of HTML, one for each form."""

    def fill(self, texts):
        samples.make(self.maildir.path)
        return [self.put(hostile.html(self.placed(text))) for text in texts]

    def test_no_form_does_anything(self):
        """Each alone, in a page and as a document of its own."""
        forms = hostile.pages()
        ids = self.fill(f.text for f in forms)
        site = self.site()
        self.assert_quiet([
            {**job, "click": form.click} for message, form in zip(ids, forms)
            for job in (view(site, message, "html"), document(
                site, "view/%s.html?remote=1" % message))])
        self.assertEqual(self.https.asked, [])

    def test_no_page_runs_any_of_them(self):
        """Some at a time, in every page and tab, and within a message."""
        texts = [self.placed(t) for t in hostile.joined(hostile.pages(), 19)]
        samples.make(self.maildir.path)
        ids = [self.put(hostile.html(t)) for t in texts]
        ids += [self.put(hostile.inside(hostile.html(t))) for t in texts[:2]]
        site = self.site()
        self.assert_quiet([job for message in ids
                           for job in pages_of(site, message)])

    def test_nothing_is_fetched_before_it_is_asked_for(self):
        ids = self.fill(text for place in ("%HTTP%", "%HTTPS%")
                        for text in hostile.joined(hostile.remote(place), 30))
        ids += [self.put(hostile.inside(hostile.html(self.placed(
            hostile.joined(hostile.remote("%HTTPS%"), 30)[0]))))]
        site = self.site()
        self.assert_quiet([job for message in ids
                           for job in pages_of(site, message)])
        self.assertEqual(self.https.asked, [])

    def test_what_is_asked_for_is_pictures_and_styles(self):
        ids = self.fill(text for place in ("%HTTP%", "%HTTPS%")
                        for text in hostile.joined([
                            form for form in hostile.remote(place)
                            if form.name != "preconnect"], 10))
        site = self.site()
        self.assert_quiet([
            {**job, "allowed": self.https.place + "/seen."}
            for message in ids for job in (
                {"url": site.url + "view/%s?tab=html&remote=1" % message},
                document(site, "view/%s.html?remote=1" % message))])
        # The document is of the form "prefetch", and is never shown.
        self.assertEqual(self.https.paths(), [
            "/seen.css", "/seen.gif", "/seen.html", "/seen.woff"])

    def test_parts_of_the_message_are_no_way_round(self):
        samples.make(self.maildir.path)
        ids = [self.put(self.placed(octets)) for octets in hostile.embedded()]
        site = self.site()
        self.assert_quiet(pages_of(site, ids[0]) + [
            job for message in ids for job in (
                view(site, message, "html"),
                document(site, "view/%s.html" % message))])

    def test_a_person_who_asks_gets_it(self):
        """The places that must stay silent would hear of it."""
        message, = self.fill(["<img src=%HTTPS%/seen.gif>"])
        site = self.site()
        found, = self.look([{"url": "%sview/%s?tab=html&remote=1" % (
            site.url, message)}])
        self.assertEqual(found["noticed"],
                         ["request: %s/seen.gif" % self.https.place])
        self.assertEqual(self.https.paths(), ["/seen.gif"])


class Values(Watched):
    """Fields, names and queries."""

    def fill(self):
        samples.make(self.maildir.path)
        self.texts = [self.placed(text)
                      for text in hostile.joined(hostile.values(), 4)]
        ids = []
        for text in self.texts:
            line = text.replace("\u2028", " ")
            message = self.put(
                hostile.everywhere(text), sender=line, recipients=[line],
                user=line[:500],
                findings="finding %s 2 %s\nparam MAIL %s\n" % (
                    line.replace(" ", ""), line, line))
            tags = self.maildir.path / "mailpit/tags" / message
            tags.write_text(line + "\n")
            tags.chmod(0o600)
            ids.append(message)
        self._maildirs.clear()  # such envelopes and tags are not ours
        return ids

    def test_each_stays_a_text_in_every_page(self):
        ids = self.fill()
        site = self.site()
        self._maildirs.clear()
        jobs = [job for message in ids for job in pages_of(site, message)]
        jobs += [{"url": site.url + path} for path in (
            "", "search?q=x", "tags", "settings", "about", "help",
            "confirm?what=delete")]
        self.assert_quiet(jobs, (200, 400, 404))

    def test_queries(self):
        message = self.fill()[0]
        site = self.site(MP_LABEL="'><svg onload=alert(1)>")
        self._maildirs.clear()
        jobs = []
        for text in self.texts:
            v = quote(text, safe="")
            jobs += [{"url": site.url + path.replace("@", v)} for path in (
                "search?q=@", "search?q=tag:@", "search?q=before:@",
                "?start=@&limit=@", "?undo=@&n=@", "?done=@&n=@",
                "view/%s?tab=@&part=@&width=@&q=@" % message,
                "view/%s?tab=html&width=@#@" % message, "tags?tag=@",
                "confirm?what=@&q=@&id=@", "settings?done=@", "help?@=@")]
            jobs += [document(site, path.replace("@", v)) for path in (
                "@", "view/@", "view/@.html", "api/v1/@", "inner/x/@.html",
                "api/v1/message/@", "api/v1/search?query=@", "dist/@",
                "api/v1/messages?start=@&before=@")]
        self.assert_quiet(jobs, (200, 400, 404))

    def test_mail_that_comes_while_one_looks(self):
        samples.make(self.maildir.path)
        site = self.site()
        texts = [self.placed(form.text) for form in hostile.values()]

        def deliver():
            for text in texts:
                self.put(hostile.everywhere(text))
                time.sleep(0.1)
        threads = []

        def opened():
            threads.append(threading.Thread(target=deliver))
            threads[0].start()
        found, = self.look([{"url": site.url, "rows": len(texts)}], opened)
        threads[0].join()
        self.assertEqual(found["noticed"], [])
        self.assertEqual(self.http.asked, [])


class Corpus(Watched):
    def test_whatever_octets_a_message_has(self):
        """The messages that other tests read, where they are odd or HTML."""
        samples.make(self.maildir.path)
        groups = [(mimes.structures(), ("html", "attachments")),
                  (mimes.hostile(), ("html", "headers", "raw")),
                  (mimes.names(), ("attachments",))]
        shown = [(self.put(m.octets), tabs) for group, tabs in groups
                 for m in group]
        site = self.site()
        self._maildirs.clear()  # some have no line that closes our block
        self.assert_quiet([view(site, message, tab)
                           for message, tabs in shown for tab in tabs])


if __name__ == "__main__":
    harness.main()
