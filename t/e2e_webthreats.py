# SPDX-License-Identifier: MIT
"""e2e_webthreats: what is sent to the pages, the API and the MIME parser to
harm, and what is right

Each behaviour has a test that fails without it; those that stand in another
file are named here, all others are below.

Requests:
  an ID is looked up in the list, and never a path
    e2e_web_rules.py::test_wb1_names_never_become_paths
    e2e_webthreats.py::test_ids_of_a_request_name_no_files
    test_reader.c::names_that_are_paths_or_no_files_are_not_opened
    test_reader.c::folders_that_are_links_are_not_followed
  the argument vector is ignored
    e2e_web_rules.py::test_wb2_the_query_is_no_argument
  a length is believed only where it is one
    test_cgi.c::lengths_and_hosts_are_strict
    test_cgi.c::a_body_is_what_its_length_says
    e2e_api_changes.py::test_a_body_that_the_server_keeps_back_deletes_nothing
  a request has one end, and there is none within it
    e2e_webthreats.py::test_a_request_has_one_end
    e2e_webservers.py::test_a_request_has_one_end
  JSON is bounded, and what is not valid changes nothing
    test_jread.c::depth_and_number_of_values_are_bounded
    test_jread.c::what_is_not_one_object_is_refused
    e2e_api_changes.py::test_what_cannot_be_understood_changes_nothing
    e2e_api_changes.py::test_only_no_body_means_everything
  other sites change nothing
    e2e_web_rules.py::test_wb5_wb21_other_sites_change_nothing
    e2e_web_rules.py::test_wb5_origins_that_are_configured
    test_guard.c::origins
    test_guard.c::a_form_needs_its_token
    e2e_pages.py::test_a_form_needs_its_token
  other sites learn nothing by waiting, or from windows that they open
    test_guard.c::waiting_for_a_search_is_listening
    test_out.c::each_kind_has_its_policy
  what was checked is what is used
    e2e_web_rules.py::test_wb6_one_spelling
    e2e_serve.py::test_encoded_slashes_stay_what_they_are
    test_cgi.c::the_path_is_split_before_it_is_decoded
  names of others are refused
    e2e_web_rules.py::test_wb7_names_of_others
    test_guard.c::names_that_may_be_somebody_elses_are_refused_on_loopback
  a body has its limit on every way, and is never unpacked
    e2e_webthreats.py::test_a_huge_body_takes_no_memory
    e2e_webthreats.py::test_nothing_is_unpacked
    e2e_web_rules.py::test_a_body_without_bounds
    e2e_api_changes.py::test_a_body_that_is_too_large
  a search is words, and numbers are numbers
    e2e_webthreats.py::test_a_search_is_no_expression_and_takes_linear_time
    e2e_api.py::test_pages
    test_query.c::what_cannot_be_understood_matches_nothing
  there are no other methods
    e2e_web_rules.py::test_wb17_methods
    test_cgi.c::methods
  the login has no way round
    e2e_web_rules.py::test_wb20_no_way_round_the_login
    e2e_web_rules.py::test_wb20_a_proof_holds_as_long_as_the_list
    test_guard.c::other_words_for_a_user_count_for_nothing
  live events are guarded like a change
    e2e_events.py::test_strangers_hear_nothing

Answers:
  file names split and mislead no header
    e2e_web_rules.py::test_wb8_file_names_split_no_header
    test_out.c::file_names_cannot_mislead
    test_out.c::a_line_end_in_a_header_ends_the_process
  types are those of a list, and what is active is a download
    e2e_web_rules.py::test_wb9_types
    e2e_web_rules.py::test_wb9_wb8_every_way_to_what_a_message_holds
  everything from mail stays a text
    e2e_noscript.py::test_each_stays_a_text_in_every_page
    e2e_noscript.py::test_queries
    e2e_noscript.py::test_mail_that_comes_while_one_looks
    e2e_webthreats.py::test_scripts_of_ours_never_make_markup
    test_out.c::escaping_is_per_destination
  HTML mail runs nothing, goes nowhere and fetches nothing
    e2e_noscript.py::test_no_form_does_anything
    e2e_noscript.py::test_no_page_runs_any_of_them
    e2e_noscript.py::test_nothing_is_fetched_before_it_is_asked_for
    e2e_noscript.py::test_what_is_asked_for_is_pictures_and_styles
    e2e_noscript.py::test_parts_of_the_message_are_no_way_round
    e2e_web_rules.py::test_wb11_html_mail
    test_document.c::nothing_is_announced_before_remote_content_is_asked_for
    test_document.c::links_leave_the_frame
    test_document.c::frames_are_never_there
  every answer has its policy, and tells nothing of the machine
    e2e_web_rules.py::test_wb22_every_answer_is_guarded
    e2e_web_rules.py::test_errors_of_the_configuration_tell_the_client_nothing
    test_out.c::each_kind_has_its_policy

The Maildir and what leaves it:
  odd files never block, and are never followed
    e2e_web_rules.py::test_wb12_odd_files
    e2e_webthreats.py::test_a_file_beyond_the_limit_is_not_read
    test_reader.c::a_side_file_is_a_small_regular_file
  what vanishes meanwhile is no error
    e2e_webthreats.py::test_many_at_once_on_one_message
    e2e_api_changes.py::test_a_message_that_went_away_is_no_error
    e2e_index.py::test_what_others_renamed_meanwhile_is_changed_all_the_same
  no value of JSON adds a line to a message
    e2e_api_changes.py::test_no_value_can_add_a_line
    e2e_webthreats.py::test_no_line_of_what_is_sent_is_too_long
  the envelope is that of our own block
    test_envelope.c::a_block_that_is_not_exactly_ours_proves_nothing
    test_mime_message.c::the_envelope_comes_from_our_block_alone
    e2e_webthreats.py::test_a_forged_envelope_is_none
  nobody is called
    e2e_mailthreats.py::test_no_request_makes_a_connection
    e2e_web_rules.py::test_no_proxy_and_no_checks_that_connect

MIME:
  time is linear and memory bounded, in every view
    e2e_mime.py::test_time_is_linear_and_memory_bounded
    e2e_mime.py::test_what_is_beyond_the_limits_is_said
    e2e_mailthreats.py::test_each_tab_takes_linear_time
  names of charsets are looked up in a list of ours
    test_mime_charset.c::labels_are_followed_where_they_can_be
    test_mime_charset.c::any_octets_give_utf8
    e2e_mailthreats.py::test_a_charset_of_the_mail_loads_nothing
  whatever octets a message has, it is shown
    e2e_mailthreats.py::test_every_view_of_every_message_is_200
    e2e_mime.py::test_a_message_cut_at_any_octet_is_shown
    e2e_mime.py::test_octets_set_to_anything_do_no_harm
    e2e_noscript.py::test_whatever_octets_a_message_has
  a picture is measured before it is looked at
    e2e_web_rules.py::test_a_picture_that_is_too_large_to_look_at
    e2e_mailthreats.py::test_a_huge_picture_takes_no_memory
    e2e_mailthreats.py::test_a_decoder_that_goes_astray_is_ended
    e2e_cgi_confine.py::test_who_decodes_pictures_may_do_nothing
  who reads mail keeps to the Maildir and the index
    e2e_cgi_confine.py::test_it_keeps_to_the_maildir_and_the_index
    e2e_cgi_confine.py::test_so_it_does_when_it_makes_a_message

What has gone wrong in catchers of mail before:
  addresses that fetch what they are told: nobody is called, above
  a foreign page that listens to events: guarded like a change, above
  checks that fetch what a mail names: nobody is called, above
  messages and bodies of any size
    e2e_growth.py::test_a_message_of_any_size_takes_no_memory
    e2e_webthreats.py::test_a_huge_body_takes_no_memory
  many requests on one message
    e2e_webthreats.py::test_many_at_once_on_one_message
    e2e_web_rules.py::test_a_hundred_requests_at_once
  lists of IDs of any size
    e2e_web_rules.py::test_a_body_without_bounds
  one spelling of a path is guarded and another is not
    e2e_web_rules.py::test_wb6_one_spelling
  octets in an address that end up in the trace
    e2e_smuggling.py::test_cr_or_nul_inside_a_command_ends_the_session
  lines of any length
    e2e_growth.py::test_nothing_that_is_long_takes_memory
    e2e_growth.py::test_lines_of_a_message
"""

import gzip
import json
import random
import re
import socket
import threading
import time
from urllib.parse import quote

import harness
import hostile
import mimes
from threats import OneEnd, Threats

TIME_LIMIT = 600
MIB = 1 << 20
TABS = ("html", "source", "text", "headers", "raw", "attachments", "findings")


class Table(harness.Case):
    def test_every_behaviour_has_its_test(self):
        rows = re.findall(r"(?m)^    (\S+)::(\S+)$", __doc__)
        self.assertEqual(len(rows), len(re.findall(r"::", __doc__)))
        self.assertGreater(len(rows), 80)
        for name, test in rows:
            text = (harness.TOP / "t" / name).read_text()
            wanted = r"(?m)^    def %s\(self" if name.endswith(".py") else \
                r"(?m)^Test\(\w+, %s[,)]"
            self.assertRegex(text, wanted % test, name)


class Requests(Threats):
    def test_ids_of_a_request_name_no_files(self):
        site = self.site()
        message = site.api.send()
        before = {p for p in self.dir.rglob("*") if p.is_file() and
                  "index" not in p.parts and "lighttpd" not in p.name}
        odd = ["../../x", "../" + message, message + "/../x", "..", "/tmp/x",
               message + "\n", message[:-1], message.upper(), "*", "%2e%2e"]
        for name in odd:
            site.api.ok("PUT", "tags", {"IDs": [name], "Tags": ["ghost"]})
            site.api.ok("PUT", "messages", {"IDs": [name], "Read": True})
            site.api.ok("DELETE", "messages", {"IDs": [name]})
            for path in ("api/v1/message/%s", "view/%s", "view/%s.html",
                         "view/%s.txt", "api/v1/message/%s/raw"):
                answer = site.get(path % quote(name, safe=""))
                self.assertIn(answer.status, (400, 404), (path, name))
        after = {p for p in self.dir.rglob("*") if p.is_file() and
                 "index" not in p.parts and "lighttpd" not in p.name}
        self.assertEqual(before, after)
        self.assertEqual(site.api.get("tags"), [])
        # Nor does a name in the folder give an ID that is one.
        for n, name in enumerate(("R..%2F..%2Fx", "R/".replace("/", "."),
                                  "R" + "A" * 80, "R" + "\t" * 22)):
            self.drop(b"Subject: odd\n\nx\n",
                      "17000000%02d.M1P1Q1%s.h" % (n, name))
        for found in site.api.get("messages")["messages"]:
            self.assertRegex(found["ID"], r"\A[0-9A-Za-z]{22}\Z")

    def test_a_search_is_no_expression_and_takes_linear_time(self):
        for n in range(300):
            self.put(b"Subject: aaaa%d\n\n%s\n" % (n, b"a" * 2000))
        site = self.site()
        for text in ("(a+)+$", "[a", "a{1,99}", ".*", "a|b", "^a", "\\w",
                     "a*b", "sub%ject", "_aaa"):
            page = site.api.get("search", query=text)
            self.assertEqual(page["messages_count"], 0, text)
        self.assertEqual(site.api.get("search", query="aaa")[
            "messages_count"], 300)

        def seconds(query):
            return min(self.ask("/api/v1/search?query=" + quote(query))[1]
                       for _ in range(2))
        for word in ("a ", "-a ", "a OR ", "subject:a ", '"a a" ', "((((",
                     "a*a*", "before:2 "):
            with self.subTest(word):
                half, whole = (seconds(word * (n // len(word)))
                               for n in (500, 1000))
                self.assertLess(whole, 2.6 * half + 0.2)


class Bodies(Threats, OneEnd):
    def peaks(self, pid, peaks, stop):
        """The largest sum of memory of a process and all below it."""
        while not stop.is_set():
            total, todo = 0, [pid]
            while todo:
                each = todo.pop()
                try:
                    total += harness.private_memory(each)
                    todo += harness.children(each)
                except (OSError, KeyError):
                    continue
            peaks.append(total)
            time.sleep(0.02)

    def test_a_huge_body_takes_no_memory(self):
        port = harness.free_port()
        server = self.server("--listen", "127.0.0.1:%d" % port)
        harness.eventually(lambda: harness.listens(port), "the pages")
        peaks, stop = [], threading.Event()
        watching = threading.Thread(
            target=self.peaks, args=(server.pid, peaks, stop))
        watching.start()
        sent = 0
        try:
            for head in (b"Content-Length: %d" % (200 * MIB),
                         b"Transfer-Encoding: chunked"):
                sent += self.pour(port, head)
        finally:
            stop.set()
            watching.join()
        harness.comment("%d MiB were taken, peak %.1f MiB" % (
            sent // MIB, max(peaks) / MIB))
        self.assert_bounded(max(peaks) / MIB, 80)
        self.assertEqual(len(self.maildir), 0)

    def pour(self, port, head):
        """Sends 200 MiB, or what is taken of it; the answer must be 413."""
        chunk = b" " * MIB
        if b"chunked" in head:
            chunk = b"%x\r\n%s\r\n" % (len(chunk), chunk)
        sent = 0
        with socket.create_connection(("127.0.0.1", port),
                                      harness.PATIENCE) as sock:
            sock.sendall(b"POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Type: application/json\r\n%s\r\n\r\n" %
                         head)
            try:
                for _ in range(200):
                    sock.sendall(chunk)
                    sent += MIB
            except OSError:
                pass
            try:
                said = sock.recv(100)
            except ConnectionResetError:
                said = b""
        self.assertIn(said.split(b" ")[1:2], ([b"413"], [], [b"411"]), head)
        # Who goes on sending may lose the answer; who asks first does not.
        with socket.create_connection(("127.0.0.1", port),
                                      harness.PATIENCE) as sock:
            sock.sendall(b"POST /api/v1/send HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n" % (200 * MIB))
            self.assertEqual(sock.recv(100).split(b" ")[1], b"413")
        return sent

    def test_a_request_has_one_end(self):
        """Nothing in it is another request, and no body is overlooked."""
        self.put(b"Subject: x\n\nx\n")
        port = harness.free_port()
        self.server("--listen", "127.0.0.1:%d" % port)
        harness.eventually(lambda: harness.listens(port), "the pages")
        self.assert_one_end(port)

    def test_nothing_is_unpacked(self):
        site = self.site()
        bomb = gzip.compress(b"0" * (64 * MIB))
        for name in "gzip", "deflate", "br", "x", "gzip, identity":
            for method, path in (("POST", "send"), ("PUT", "messages"),
                                 ("DELETE", "messages"), ("PUT", "tags")):
                answer = site.api.call(method, path, bomb, {
                    "Content-Encoding": name,
                    "Content-Type": "application/json"})
                self.assertEqual(answer.status, 415, (method, path, name))
        message = self.put(
            b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
            b"text\n--b\nContent-Type: application/gzip; name=x.gz\n"
            b"Content-Encoding: gzip\nContent-Transfer-Encoding: base64\n\n" +
            mimes.b64(bomb) + b"--b--\n")
        answer = site.get("api/v1/message/%s/part/2" % message)
        self.assertEqual(answer.body, bomb)
        self.assertIsNone(answer.headers["Content-Encoding"])
        for path in ("/view/%s?tab=attachments", "/api/v1/message/%s",
                     "/api/v1/message/%s/part/2/thumb"):
            self.assert_bounded(self.ask(path % message)[2], 64)


class Answers(Threats):
    def test_scripts_of_ours_never_make_markup(self):
        scripts = sorted((harness.TOP / "src/web/assets").glob("*.js"))
        self.assertGreaterEqual(len(scripts), 4)
        for path in scripts:
            self.assertNotRegex(
                path.read_text(), r"\.(inner|outer)HTML|insertAdjacentHTML|"
                r"document\.write|createContextualFragment|srcdoc|\beval\b|"
                r"new Function|setAttribute\(.on|javascript:", path.name)
        message = self.put(hostile.html("<p>x</p>"))
        site = self.site()
        pages = ["", "search?q=x", "tags", "settings", "help", "about",
                 "confirm?what=all", *("view/%s?tab=%s" % (message, tab)
                                       for tab in TABS)]
        for path in pages:
            answer = site.get(path)
            if "html" not in answer.headers["Content-Type"]:
                continue
            policy = dict(rule.strip().partition(" ")[::2] for rule in answer
                          .headers["Content-Security-Policy"].split(";"))
            self.assertEqual(policy["script-src"], "'self'", path)
            self.assertEqual(policy["style-src"], "'self'", path)
            for tag in re.findall(r"<[a-z][^>]*>", answer.text):
                self.assertNotRegex(tag, r"\s(on\w+|style)=", path)
            for attributes, text in re.findall(
                    r"<script([^>]*)>(.*?)</script>", answer.text, re.S):
                self.assertEqual(text, "", path)
                self.assertRegex(attributes, r'src="/dist/', path)


class Files(Threats):
    def test_a_file_beyond_the_limit_is_not_read(self):
        self.put(b"Subject: small\n\nx\n")
        self._maildirs.clear()  # such a file is a breach of the contract
        path = self.maildir.path / "new/1700000000.M1P1.h"
        with open(path, "wb") as file:
            file.write(b"Subject: large\n\nx\n")
            file.truncate(3 << 30)
        said, seconds, peak = self.ask("/api/v1/messages",
                                       MP_MAX_MESSAGE_SIZE="1")
        self.assertTrue(said.startswith(b"Status: 200 "), said[:60])
        self.assert_bounded(peak, 64)
        self.assertLess(seconds, 10)
        for m in json.loads(said.partition(b"\r\n\r\n")[2])["messages"]:
            for rest in "/api/v1/message/%s", "/view/%s?tab=raw", \
                    "/view/%s?tab=text", "/api/v1/message/%s/raw":
                said, _, peak = self.ask(rest % m["ID"],
                                         MP_MAX_MESSAGE_SIZE="1")
                self.assertNotIn(b"Status: 500", said[:20])
                self.assert_bounded(peak, 64)
        path.unlink()

    def test_many_at_once_on_one_message(self):
        site = self.site()
        self.stray_ok = True
        ids = [site.api.send("m%d" % n, HTML="<p>x</p>", Attachments=[
            {"Content": "eA==", "Filename": "f"}]) for n in range(5)]
        first = ids[0]
        reading = ["api/v1/message/" + first, "view/" + first,
                   "view/%s.html" % first, "api/v1/messages", "",
                   "api/v1/message/%s/part/2" % first, "search?q=m0",
                   "api/v1/message/latest", "api/v1/message/%s/raw" % first]

        def change(n):
            body = json.dumps({"IDs": [ids[n % 5]], "Read": bool(n % 2)})
            return site.request("PUT", "api/v1/messages", body, {
                "Content-Type": "application/json"}).status

        def tag(n):
            body = json.dumps({"IDs": [ids[n % 5]], "Tags": ["t%d" % n]})
            return site.request("PUT", "api/v1/tags", body, {
                "Content-Type": "application/json"}).status

        def delete(n):
            body = json.dumps({"IDs": [ids[1 + n % 4]]})
            return site.request("DELETE", "api/v1/messages", body, {
                "Content-Type": "application/json"}).status

        def remove(n):
            """As another program does."""
            for folder in "new", "cur":
                for path in (self.maildir.path / folder).glob(
                        "*R%s.*" % ids[n % 5]):
                    if n == 4:
                        path.unlink(missing_ok=True)
            return 200
        work = [lambda n=n: site.get(reading[n % len(reading)]).status
                for n in range(60)]
        work += [lambda n=n: change(n) for n in range(15)]
        work += [lambda n=n: tag(n) for n in range(10)]
        work += [lambda n=n: delete(n) for n in range(10)]
        work += [lambda n=n: remove(n) for n in range(5)]
        random.shuffle(work)
        statuses = harness.together(*work, workers=100)
        self.assertLessEqual(set(statuses), {200, 404}, site.said())
        self.assertNotIn("died", site.said())
        self.assertEqual(site.get("api/v1/message/" + first).status, 200)

    def test_no_line_of_what_is_sent_is_too_long(self):
        site = self.site()
        long = "x" * 5000
        for more in ({"Subject": long}, {"Subject": "\u00fc" * 3000},
                     {"Headers": {"X-Long": long}}, {"Text": long},
                     {"HTML": "<p>" + long}, {"Tags": [long]},
                     {"From": {"Email": "a@example.com", "Name": long}},
                     {"To": [{"Email": "b@example.com", "Name": long}]},
                     {"Attachments": [{"Content": "eA==", "Filename": long,
                                       "ContentID": long}]},
                     {"Attachments": [{"Content": "eA==",
                                       "ContentType": "a/" + long}]},
                     {"Headers": {"X-" + long: "x"}}):
            answer = site.api.call("POST", "send", {
                "From": {"Email": "a@example.com"},
                "To": [{"Email": "b@example.com"}], **more})
            self.assertIn(answer.status, (200, 400), more)
            if answer.status == 200:
                raw = self.stored(json.loads(answer.body)["ID"]).raw
                self.assertLessEqual(max(map(len, raw.split(b"\n"))), 998,
                                     str(more)[:60])

    def test_a_forged_envelope_is_none(self):
        forged = (b"Return-Path: <ceo@example.com>\nDelivered-To: all@example."
                  b"com\nReceived: from x ([192.0.2.9])\n\tby y (Mailpit) with "
                  b"ESMTP\n\tid %s; Tue, 24 Nov 2026 10:00:00 +0000\n")
        server = self.server()
        with server.dial() as smtp:
            smtp.ehlo()
            message = smtp.deliver(
                (forged % (b"0" * 22) + b"Subject: x\n\nx\n").replace(
                    b"\n", b"\r\n"), sender="me@example.com",
                to=["you@example.com"])
            smtp.quit()
        foreign = forged % (b"1" * 22) + b"Subject: y\n\ny\n"
        self.drop(foreign, "1700000000.M1P1R%s.h" % ("2" * 22))
        site = self.site()
        said = site.api.get("message/" + message)
        self.assertEqual(said["ReturnPath"], "me@example.com")
        self.assertEqual([a["Address"] for a in said["Bcc"]],
                         ["you@example.com"])
        other, = [m for m in site.api.get("messages")["messages"]
                  if m["ID"] != message]
        self.assertEqual(other["Bcc"], [])


if __name__ == "__main__":
    harness.main()
