/* SPDX-License-Identifier: MIT */
/* test_mime_html.c: HTML mail as text, as one line, for searching */

#include <criterion/criterion.h>
#include <string.h>

#include "mime/html.h"
#include "mime/html_tag.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *in, *out;
};

static void
expect_all(const struct row *rows, size_t n,
    void (*convert)(struct str html, struct buf *out))
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT;

		convert(str_of(rows[i].in), &out);
		cr_expect_str_eq(
		    out.data, rows[i].out, "%s: \"%s\"", rows[i].in, out.data);
		buf_fini(&out);
	}
}

Test(html, text_keeps_its_shape)
{
	static const struct row rows[] = {
	    {"<h1>Head</h1><p>Para <b>bold</b> <a href=\"http://e.x/\">link"
	     "</a></p><ul><li>one</li><li>two</li></ul>",
		"****\nHead\n****\n\nPara *bold* link ( http://e.x/ )\n\n"
		"* one\n* two"},
	    {"", ""},
	    {"plain", "plain"},
	    {"  a \n\t b  ", "a b"},
	    {"a<br>b<br/>c", "a\nb\nc"},
	    {"a<br><br><br><br>b", "a\n\nb"},
	    {"<div>a</div><div>b</div>c", "a\nb\nc"},
	    {"<p>a</p><p>b</p>", "a\n\nb"},
	    {"<p>a<p>b", "a\n\nb"},
	    {"<p>a</p><a href=x></a><p>b</p>", "a\n\n( x )\n\nb"},
	    {"<h2>Two</h2>x", "---\nTwo\n---\n\nx"},
	    {"<h3>Drei ü</h3>x", "Drei ü\n------\n\nx"},
	    {"<h1></h1>x", "x"},
	    {"<h4>Four</h4>x", "Four\n\nx"},
	    {"<strong>a</strong><b></b>", "*a*"},
	    {"a<b>b</b>c", "a*b*c"},
	    {"a <b> b </b> c", "a *b* c"},
	    {"<a href=\"mailto:a@b.c\">a@b.c</a>", "a@b.c"},
	    {"<a href=\"mailto:a@b.c\">me</a>", "me ( a@b.c )"},
	    {"<a href=\"http://e.x/\">http://e.x/</a>", "http://e.x/"},
	    {"<a href=\"http://e.x/?a=1&amp;b=2\">x</a>",
		"x ( http://e.x/?a=1&b=2 )"},
	    {"<a href=x><img src=y alt=\"A pic\"></a>", "A pic ( x )"},
	    {"<a href=x><img alt=a><img alt=b></a>", "( x )"},
	    {"<img alt=a>b", "b"},
	    {"<a name=x>b</a>", "b"},
	    {"<blockquote>quoted</blockquote>after", "> quoted\n\nafter"},
	    {"<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"},
	    {"<blockquote>a<blockquote>b</blockquote></blockquote>",
		"> a\n>\n> > b"},
	    {"<blockquote>1234567890 1234567890 1234567890 1234567890 "
	     "1234567890 1234567890 1234567890 1234567890</blockquote>",
		"> 1234567890 1234567890 1234567890 1234567890 1234567890 "
		"1234567890\n> 1234567890 1234567890"},
	    {"<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd"},
	    {"<ol><li>a</li></ol>", "* a"},
	    {"<ul><li><p>a</p></li><li>b</li></ul>", "* a\n\n* b"},
	    {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
		"a b\nc"},
	    {"<head><title>t</title><style>s</style></head>b", "b"},
	    {"a<script>b<c</script>d<style>e</style>f", "adf"},
	    {"a<!-- b -->c<!d>e<?f?>g", "aceg"},
	    {"<noscript>seen</noscript>", "seen"},
	    {"a &lt;b&gt; &amp; &uuml; &#252; &#xfc; &nbsp; c",
		"a <b> & ü ü ü c"},
	    {"&nosuch; &", "&nosuch; &"},
	    {"1 < 2 > 1 <3", "1 < 2 > 1 <3"},
	    {"a</b></p></x>b", "ab"},
	    {"<P>UPPER</P><B>x</B>", "UPPER\n\n*x*"},
	    {"<div", ""},
	    {"a<div title=\"", "a"},
	    {"a<script>never", "a"},
	    {"a<!-- never", "a"},
	    {"<body onload=x>a<iframe src=y></iframe>", "a"},
	    {"<a href='a\"b'>c</a>", "c ( a\"b )"},
	};

	expect_all(rows, COUNT(rows), html_to_text);
}

Test(html, a_line_holds_the_texts_alone)
{
	static const struct row rows[] = {
	    {"<b>a</b><b>b</b>", "ab"},
	    {"<p>a</p><p>b</p>", "a b"},
	    {"<div>a</div>b", "a b"},
	    {"a<br>b", "a b"},
	    {"a<img src=x>b", "a b"},
	    {"<td>a</td><td>b</td>", "a b"},
	    {"<a href=x>l</a>", "l"},
	    {"<title>t</title><style>s</style>x", "x"},
	    {"<noscript>n</noscript>x", "x"},
	    {"&lt;c&gt;", "<c>"},
	    {"<h1>H</h1><ul><li>1</li><li>2</li></ul>", "H 1 2"},
	};

	expect_all(rows, COUNT(rows), html_to_line);
}

Test(html, searching_finds_where_links_lead)
{
	static const struct row rows[] = {
	    {"<a href=\"http://e.x/\">l</a>b", "l http://e.x/ b"},
	    {"<a href=\"mailto:x\">l</a>b", "lb"},
	    {"<a href=\"https://a/\"></a><a href=\"http://b/\">c</a>",
		"https://a/ c http://b/"},
	};

	expect_all(rows, COUNT(rows), html_to_search);
}

Test(html, the_charset_is_found_in_its_own_head)
{
	static const struct row rows[] = {
	    {"<meta charset=\"koi8-r\">", "koi8-r"},
	    {"<META CHARSET=koi8-r />", "koi8-r"},
	    {"<meta http-equiv=\"Content-Type\" content=\"text/html; "
	     "charset=koi8-r\">",
		"koi8-r"},
	    {"<meta content='text/html; charset = \"x\"; y' "
	     "http-equiv=content-type>",
		"x"},
	    {"<meta name=x content=\"charset=y\">", ""},
	    {"<!-- <meta charset=a> --><meta charset=b>", "b"},
	    {"<script><meta charset=a></script>", ""},
	    {"", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect(str_eq(html_meta_charset(str_of(rows[i].in)),
			      str_of(rows[i].out)),
		    "%s", rows[i].in);
}

/* However it is cut, the pieces are the input. */
Test(html, pieces_leave_no_gap)
{
	static const char whole[] =
	    "<!DOCTYPE x>a<p title=\"a>b\" c='d' e>f</p ><script>1<2</script>"
	    "<style>x</style><!-- - -- --> <3 </> <?x?><a href=x/>y<br/>";

	for (size_t from = 0; from < sizeof(whole); from++)
		for (size_t n = 0; from + n < sizeof(whole); n++) {
			struct str in = {whole + from, n};
			struct html_cutter c = {.rest = in};
			struct html_piece piece;
			const char *at = in.p;

			while (html_cut(&c, &piece)) {
				struct str rest = piece.attributes, name, v;

				cr_assert_eq(piece.all.p, at);
				cr_assert_gt(piece.all.n, 0);
				at += piece.all.n;
				while (html_attribute(&rest, &name, &v))
					cr_assert_gt(name.n, 0);
			}
			cr_assert_eq(at, in.p + in.n);
		}
}

Test(html, nesting_without_end_keeps_the_text)
{
	struct buf in = BUF_INIT, out = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_adds(&in, i % 2 == 0 ? "<blockquote>" : "<b>x");
	buf_adds(&in, "<div>the-end");
	html_to_text(buf_str(&in), &out);
	cr_expect_not_null(strstr(out.data, "the-end"));
	cr_expect_lt(out.len, 10 * in.len);
	buf_fini(&in);
	buf_fini(&out);
}
