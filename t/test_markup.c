/* SPDX-License-Identifier: MIT */
/* test_markup.c: source and text of mail as HTML of ours */
#include <criterion/criterion.h>
#include <string.h>

#include "web/markup.h"
#include "web/piece.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
check(void (*markup)(struct out *, struct str), const char *in,
    const char *expected)
{
	struct out o;

	out_init(&o, -1);
	o.begun = true;
	markup(&o, str_of(in));
	cr_expect_str_eq(o.buf.data, expected, "%s", in);
	out_fini(&o);
}

Test(markup, text_gets_links_and_nothing_else)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"a <b> & c", "a &lt;b&gt; &amp; c"},
	    {"javascript:alert(1) data:x", "javascript:alert(1) data:x"},
	    {"xhttp://a", "xhttp://a"},
	    {"http://", "http://"},
	};
	static const struct {
		const char *in, *href, *after;
	} links[] = {
	    {"see https://a.example/x?b=1&c=2.",
		"\"https://a.example/x?b=1&amp;c=2\"", "</a>."},
	    {"(http://a.example/x_(y))", "\"http://a.example/x_(y)\"", "</a>)"},
	    {"www.a.example!", "\"https://www.a.example\"", "</a>!"},
	    {"<mailto:a@b.example>", "\"mailto:a@b.example\"", "</a>&gt;"},
	    {"http://a/\"onclick=1", "\"http://a/\"", "</a>&"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(markup_text, rows[i].in, rows[i].out);
	for (size_t i = 0; i < COUNT(links); i++) {
		struct out o;

		out_init(&o, -1);
		o.begun = true;
		markup_text(&o, str_of(links[i].in));
		cr_expect(strstr(o.buf.data, links[i].href) != NULL, "%s: %s",
		    links[i].in, o.buf.data);
		cr_expect(strstr(o.buf.data, links[i].after) != NULL, "%s: %s",
		    links[i].in, o.buf.data);
		out_fini(&o);
	}
}

/* What a browser shows of it: tags left out, references resolved. */
static void
read_back(struct str s, struct buf *text)
{
	static const struct {
		struct str reference;
		char c;
	} references[] = {
	    {STR("&lt;"), '<'},
	    {STR("&gt;"), '>'},
	    {STR("&amp;"), '&'},
	    {STR("&#34;"), '"'},
	    {STR("&quot;"), '"'},
	    {STR("&#39;"), '\''},
	};

	while (s.n > 0) {
		size_t skip = s.p[0] == '<' ? str_find(s, '>') + 1 : 0;

		for (size_t i = 0; i < COUNT(references); i++)
			if (str_begins(s, references[i].reference)) {
				skip = references[i].reference.n;
				buf_addc(text, references[i].c);
			}
		if (skip == 0)
			buf_addc(text, s.p[0]);
		s = str_skip(s, skip > 0 ? skip : 1);
	}
}

Test(markup, source_keeps_every_octet_of_its_text)
{
	static const char *const rows[] = {
	    "<p class=\"a\" id='b' c=d>x &amp; y</p>",
	    "<!-- a > b --><!doctype html>",
	    "<style>a > b { }</style>",
	    "< no tag, <3, <",
	    "<a href=\"never closed",
	    "<!-- never closed",
	    "<script>if (a < b) x()</script",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf plain = BUF_INIT;
		struct out o;

		out_init(&o, -1);
		o.begun = true;
		markup_source(&o, str_of(rows[i]));
		read_back(buf_str(&o.buf), &plain);
		cr_expect_str_eq(plain.data, rows[i], "%s", rows[i]);
		out_fini(&o);
		buf_fini(&plain);
	}
}

Test(markup, what_a_message_wants_from_elsewhere_is_seen)
{
	static const struct {
		const char *html;
		bool remote;
	} rows[] = {
	    {"<img src=\"https://a/x.png\">", true},
	    {"<IMG SRC = 'HTTP://a/x.png'>", true},
	    {"<img src=//a/x.png>", true},
	    {"<td background=http://a/b>", true},
	    {"<style>@import \"https://a/b.css\";</style>", true},
	    {"<p style=\"background: url( 'https://a/b' )\">", true},
	    {"<link rel=stylesheet href=\"https://a/b.css\">", true},
	    {"<img srcset=\"https://a/b 2x\">", true},
	    {"<a href=\"https://a/b\">https://a/b</a>", false},
	    {"<img src=\"cid:x@y\"><img src=\"data:image/png,//\">", false},
	    {"// http:// text", false},
	    {"", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect(
		    markup_is_remote(str_of(rows[i].html)) == rows[i].remote,
		    "%s", rows[i].html);
}
