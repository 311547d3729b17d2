/* SPDX-License-Identifier: MIT */
/* test_out.c: heads, policies, escaping */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "web/out.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct out o;
static int fd = -1;

static void
begin(void)
{
	fd = memfd_create("out", 0);
	cr_assert_geq(fd, 0);
	out_init(&o, fd);
}

/* Everything that was written; owned. */
static char *
end(void)
{
	off_t n;
	char *text;

	out_end(&o);
	out_fini(&o);
	n = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	cr_assert_eq(pread(fd, text, (size_t)n, 0), n);
	close(fd);
	return text;
}

static void
expect_in(const char *text, const char *part)
{
	cr_expect(strstr(text, part) != NULL, "%s in:\n%s", part, text);
}

Test(out, a_short_answer_has_its_length)
{
	char *text;

	begin();
	out_ok(&o);
	text = end();
	expect_in(text, "Status: 200 OK\r\n");
	expect_in(text, "Content-Type: text/plain\r\n");
	expect_in(text, "Content-Length: 2\r\n");
	expect_in(text, "X-Content-Type-Options: nosniff\r\n");
	expect_in(text, "Referrer-Policy: no-referrer\r\n");
	expect_in(text, "X-Frame-Options: SAMEORIGIN\r\n");
	expect_in(text, "Cross-Origin-Resource-Policy: same-origin\r\n");
	expect_in(text, "Cache-Control: no-store\r\n");
	expect_in(text, "Content-Security-Policy: default-src 'none'");
	expect_in(text, "\r\n\r\nok");
	cr_expect(strstr(text, "Access-Control") == NULL);
	free(text);
}

Test(out, a_head_has_no_body_but_its_length)
{
	char *text;

	begin();
	o.head = true;
	out_begin(&o, 200, "text/plain", OUT_API);
	for (size_t i = 0; i < 10000; i++)
		out_adds(&o, "0123456789");
	text = end();
	expect_in(text, "Content-Length: 100000\r\n");
	cr_expect(strstr(text, "0123456789") == NULL);
	free(text);
}

Test(out, a_long_answer_is_streamed)
{
	char *text;

	begin();
	out_begin(&o, 200, "text/plain", OUT_API);
	for (size_t i = 0; i < 10000; i++)
		out_adds(&o, "0123456789");
	cr_expect(o.head_written);
	cr_expect_lt(o.buf.len, 100000);
	text = end();
	cr_expect(strstr(text, "Content-Length") == NULL);
	cr_expect_eq(strlen(strstr(text, "\r\n\r\n") + 4), 100000);
	free(text);
}

/* All of the policy, not a part of it: what is missing is what lets go. */
Test(out, each_kind_has_its_policy)
{
#define QUIET                                                                  \
	"default-src 'none'; base-uri 'none'; form-action 'none'; "            \
	"frame-ancestors 'self'"
#define MAIL "sandbox allow-popups allow-popups-to-escape-sandbox; "
#define NO_STORE "no-store"
	static const struct {
		enum out_kind kind;
		const char *type, *policy, *cache, *who;
	} cases[] = {
	    {OUT_PAGE, "text/html",
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
		"form-action 'self'; manifest-src 'self'; base-uri 'none'; "
		"frame-ancestors 'self'",
		NO_STORE, "same-origin"},
	    {OUT_API, "application/json", QUIET, NO_STORE, "same-origin"},
	    {OUT_PART, "image/png", "default-src 'none'; sandbox", NO_STORE,
		"cross-origin"},
	    {OUT_PART, "text/plain", "default-src 'none'; sandbox", NO_STORE,
		"same-origin"},
	    {OUT_MAIL_HTML, "text/html",
		MAIL "default-src 'none'; img-src data: h/p/; style-src "
		     "'unsafe-inline'; form-action 'none'; base-uri 'none'; "
		     "frame-ancestors 'self'",
		NO_STORE, "same-origin"},
	    {OUT_MAIL_HTML_REMOTE, "text/html",
		MAIL "default-src 'none'; img-src data: h/p/ https:; style-src "
		     "'unsafe-inline' https:; font-src data: https:; "
		     "form-action 'none'; base-uri 'none'; frame-ancestors "
		     "'self'",
		NO_STORE, "same-origin"},
	    {OUT_ASSET, "text/css", QUIET,
		"public, max-age=31536000, immutable", "same-origin"},
	    {OUT_WORKER, "text/javascript",
		"default-src 'none'; connect-src 'self'; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'self'",
		"public, max-age=31536000, immutable", "same-origin"},
	    {OUT_STREAM, "text/event-stream",
		"default-src 'none'; frame-ancestors 'self'", NO_STORE,
		"same-origin"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf policy = BUF_INIT, cache = BUF_INIT, who = BUF_INIT;
		char *text;

		buf_addf(&policy, "Content-Security-Policy: %s\r\n",
		    cases[i].policy);
		buf_addf(&cache, "Cache-Control: %s\r\n", cases[i].cache);
		buf_addf(
		    &who, "Cross-Origin-Resource-Policy: %s\r\n", cases[i].who);
		begin();
		o.images = "h/p/";
		out_begin(&o, 200, cases[i].type, cases[i].kind);
		text = end();
		expect_in(text, policy.data);
		expect_in(text, cache.data);
		expect_in(text, who.data);
		expect_in(text, "X-Content-Type-Options: nosniff\r\n");
		expect_in(text, "X-Frame-Options: SAMEORIGIN\r\n");
		expect_in(text, "Referrer-Policy: no-referrer\r\n");
		expect_in(text, "X-DNS-Prefetch-Control: off\r\n");
		cr_expect_eq(
		    strstr(text, "Opener-Policy: same-origin\r\n") != NULL,
		    cases[i].kind == OUT_PAGE);
		buf_fini(&policy);
		buf_fini(&cache);
		buf_fini(&who);
		free(text);
	}
}

Test(out, blocked_styles_stay_blocked_when_pictures_are_shown)
{
	char *text;

	begin();
	o.block_remote = true;
	out_begin(&o, 200, "text/html", OUT_MAIL_HTML_REMOTE);
	text = end();
	expect_in(text, "img-src data: https:; style-src 'unsafe-inline'; f");
	cr_expect(strstr(text, "font-src") == NULL);
	free(text);
}

Test(out, other_origins_are_told_only_what_is_configured)
{
	char *text;

	begin();
	o.cors = true;
	o.cors_origin = "http://a:1";
	out_ok(&o);
	text = end();
	expect_in(text, "Access-Control-Allow-Origin: http://a:1\r\n");
	expect_in(text, "Vary: Origin\r\n");
	expect_in(text, "Allow-Methods: GET, POST, DELETE, PUT, OPTIONS\r\n");
	free(text);
}

Test(out, escaping_is_per_destination)
{
	static const struct {
		void (*put)(struct out *o, struct str s);
		struct str in;
		const char *out;
	} cases[] = {
	    {out_text, STR("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;"},
	    {out_text, STR("\xc3\xbc\xff\x01\n"), "\xc3\xbc\ufffd\ufffd\n"},
	    {out_text, STR("\xe2\x82"), "\ufffd\ufffd"},
	    {out_attribute, STR("\"><img>"), "&quot;&gt;&lt;img&gt;"},
	    {out_url, STR("a b/\xc3\xbc&=~"), "a%20b%2F%C3%BC%26%3D~"},
	    {out_url, STR("\"'<>\\%+?#;"), "%22%27%3C%3E%5C%25%2B%3F%23%3B"},
	    {out_json, STR("a\"\\\n\t\x01"), "\"a\\\"\\\\\\n\\t\\u0001\""},
	    {out_json, STR("</script>&"), "\"\\u003c/script\\u003e\\u0026\""},
	    {out_json, STR("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\""},
	    {out_json, STR("\xc3\xbc\xff\xed\xa0\x80"),
		"\"\xc3\xbc\\ufffd\\ufffd\\ufffd\\ufffd\""},
	    {out_json, STR("a\0b"), "\"a\\u0000b\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct out m;

		out_hold(&m);
		cases[i].put(&m, cases[i].in);
		cr_expect_str_eq(m.buf.data, cases[i].out, "case %zu", i);
		out_fini(&m);
	}
}

Test(out, file_names_cannot_mislead)
{
	static const struct {
		struct str name;
		const char *value;
	} cases[] = {
	    {STR("a b.pdf"), "; filename=\"a b.pdf\"; filename*=UTF-8''"
			     "a%20b.pdf\r\n"},
	    {STR("../../etc/passwd"), "; filename=\"passwd\"; "},
	    {STR("C:\\x\\y.txt"), "; filename=\"y.txt\"; "},
	    {STR("\xc3\xbc.txt"), "filename=\"_.txt\"; filename*=UTF-8''"
				  "%C3%BC.txt\r\n"},
	    {STR("a\"b;c%d"), "filename=\"a_b_c_d\"; "},
	    {STR("a\r\nX-Y: z"), "filename=\"a__X-Y: z\"; "},
	    {STR("gpj.\u202eexe"), "filename=\"gpj.exe\"; "},
	    {STR("a\xff"), "filename=\"a_\"; "},
	    {STR(""), "Content-Disposition: attachment\r\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text;

		begin();
		out_disposition(&o, "attachment", cases[i].name);
		out_begin(&o, 200, "text/plain", OUT_PART);
		text = end();
		expect_in(text, cases[i].value);
		cr_expect(strstr(text, "\nX-Y") == NULL);
		free(text);
	}
}

Test(out, a_line_end_in_a_header_ends_the_process, .exit_code = 70)
{
	begin();
	out_header(&o, "X-Name", STR("a\r\nb"));
}

Test(out, a_redirection_stays_here, .exit_code = 70)
{
	begin();
	out_redirect(&o, 302, STR("//evil.example/"));
}

Test(out, a_client_that_went_away_is_noticed)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(ends), 0);
	close(ends[0]);
	out_init(&o, ends[1]);
	out_begin(&o, 200, "text/plain", OUT_API);
	out_adds(&o, "x");
	cr_expect_not(out_flush(&o));
	cr_expect(o.failed);
	out_fini(&o);
	close(ends[1]);
}
