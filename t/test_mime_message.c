/* SPDX-License-Identifier: MIT */
/* test_mime_message.c: messages as trees of parts, and their fields */

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "mime/message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ID "1i5ZpUhIB9kG0nN3oDSxhT"

static struct message *
open_text(const char *text)
{
	return message_new(mem_dups(text), strlen(text), "");
}

/* "id type role|" for each part. */
static void
describe(const struct message *m, struct buf *out)
{
	static const char *const roles[] = {"-", "body", "A", "B", "C"};

	for (size_t i = 0; i < message_part_count(m); i++) {
		const struct part *p = message_part(m, i);

		buf_addf(out, "%s %s %s|", p->id, p->type, roles[p->role]);
	}
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"
#define ALT "Content-Type: multipart/alternative; boundary=a\n\n"
#define PNG "Content-Type: image/png\n"

Test(message, parts_are_numbered_and_sorted)
{
	static const struct {
		const char *label, *in, *out;
	} cases[] = {
	    {"nothing", "", "0 text/plain body|"},
	    {"no header", "hello\n", "0 text/plain body|"},
	    {"text", "Content-Type: text/plain\n\nx", "0 text/plain body|"},
	    {"html", "Content-Type: TEXT/HTML\n\nx", "0 text/html body|"},
	    {"a file", PNG "\nx", "0 image/png A|"},
	    {"attached text", "Content-Disposition: attachment\n\nx",
		"0 text/plain A|"},
	    {"two", MIXED "--b\n\nx\n--b\n" PNG "\ny\n--b--\n",
		"0 multipart/mixed -|1 text/plain body|2 image/png C|"},
	    {"sets",
		MIXED "--b\n" PNG "Content-Disposition: inline\n\n"
		      "--b\n" PNG "Content-Disposition: attachment\n\n"
		      "--b\nContent-Type: application/octet-stream\n\n"
		      "--b\nContent-Disposition: inline\n\n"
		      "--b\n" PNG "Content-Disposition: odd\n\n--b--\n",
		"0 multipart/mixed -|1 image/png B|2 image/png A|"
		"3 application/octet-stream A|4 text/plain B|5 image/png A|"},
	    {"nested", MIXED "--b\n" ALT "--a\n\nx\n--a\n\ny\n--a--\n--b\n\nz",
		"0 multipart/mixed -|1.0 multipart/alternative -|"
		"1.1 text/plain body|1.2 text/plain body|2 text/plain body|"},
	    {"deeper",
		MIXED "--b\n" ALT "--a\nContent-Type: multipart/x; "
		      "boundary=c\n\n--c\n\nx\n--c--\n",
		"0 multipart/mixed -|1.0 multipart/alternative -|"
		"1.1.0 multipart/x -|1.1.1 text/plain body|"},
	    {"no end", MIXED "--b\n\nx",
		"0 multipart/mixed -|1 text/plain "
		"body|"},
	    {"inner end missing", MIXED "--b\n" ALT "--a\n\nx\n--b\n\ny\n--b--",
		"0 multipart/mixed -|1.0 multipart/alternative -|1.1 "
		"text/plain body|2 text/plain body|"},
	    {"empty parts count", MIXED "--b\n--b\n--b\n\nx\n--b--",
		"0 multipart/mixed -|1 text/plain body|2 text/plain body|"
		"3 text/plain body|"},
	    {"blanks behind", MIXED "--b  \n\nx\n--b-- \t\n",
		"0 multipart/mixed -|1 text/plain body|"},
	    {"not a boundary", MIXED "--b\n\n--bb\n--b-\n --b\n--b x\n--b--",
		"0 multipart/mixed -|1 text/plain body|"},
	    {"prefix of another",
		MIXED "--b\nContent-Type: multipart/x; boundary=bb\n\n--bb\n\n"
		      "x\n--bb--\n--b\n\ny\n--b--\n",
		"0 multipart/mixed -|1.0 multipart/x -|1.1 text/plain body|2 "
		"text/plain body|"},
	    {"boundary like a field",
		"Content-Type: multipart/x; boundary=\"=a:b\"\n\n--=a:b\n"
		"--=a:b\n\nx\n--=a:b--\n",
		"0 multipart/x -|1 text/plain body|2 text/plain body|"},
	    {"no boundary", "Content-Type: multipart/mixed\n\nx",
		"0 text/plain body|"},
	    {"boundary never comes", MIXED "only this\n", "0 text/plain body|"},
	    {"no part at all", MIXED "--b--\n", "0 multipart/mixed -|"},
	    {"digest",
		"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: "
		"x\n--b\nContent-Type: text/plain\n\ny\n",
		"0 multipart/digest -|1 message/rfc822 C|2 text/plain body|"},
	    {"a message is a leaf",
		MIXED "--b\nContent-Type: message/rfc822\n\n" ALT "--a\n\nx\n"
		      "--a--\n--b--\n",
		"0 multipart/mixed -|1 message/rfc822 C|"},
	    {"bad types",
		MIXED "--b\nContent-Type: text\n\n--b\nContent-Type: "
		      "<script>\n\n--b\nContent-Type: a/b/c\n"
		      "Content-Disposition: attachment\n\n",
		"0 multipart/mixed -|1 text/plain body|2 text/plain body|3 "
		"application/octet-stream A|"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *m = open_text(cases[i].in);
		struct buf out = BUF_INIT;

		describe(m, &out);
		cr_expect_str_eq(
		    out.data, cases[i].out, "%s: %s", cases[i].label, out.data);
		buf_fini(&out);
		message_free(m);
	}
}

Test(message, the_example_of_the_reference_has_its_numbers)
{
	static const char *const ids[] = {
	    "0", "1.0", "1.1.0", "1.1.1", "1.1.2", "1.2", "1.3", "2", "3"};
	struct message *m = open_text(MIXED
	    "--b\nContent-Type: multipart/related; boundary=r\n\n--r\n" ALT
	    "--a\n\nt\n--a\nContent-Type: text/html\n\nh\n--a--\n--r\n" PNG
	    "Content-Disposition: inline\n\n--r\n" PNG "\n--r--\n--b\n"
	    "Content-Type: application/pdf\n\n--b\n"
	    "Content-Type: message/rfc822\n\n--b--\n");

	cr_assert_eq(message_part_count(m), COUNT(ids));
	for (size_t i = 0; i < COUNT(ids); i++)
		cr_expect_str_eq(message_part(m, i)->id, ids[i]);
	cr_expect_null(message_find_part(m, STR("1.0")));
	cr_expect_null(message_find_part(m, STR("")));
	cr_expect_null(message_find_part(m, STR("9")));
	cr_expect_str_eq(message_find_part(m, STR("1.2"))->type, "image/png");
	cr_expect_eq(message_attachments(m), 0);
	cr_expect_eq(message_inlines(m), 1);
	message_free(m);
}

#define AS(type, encoding)                                                     \
	"Content-Type: " type "\nContent-Transfer-Encoding: " encoding "\n\n"

Test(message, contents_are_those_of_the_wire)
{
	static const struct {
		const char *label, *in, *out;
	} cases[] = {
	    {"text", "\na\nb\n", "a\r\nb\r\n"},
	    {"CRLF already", "\r\na\r\nb\nc", "a\r\nb\r\nc"},
	    {"bare CR", "\na\rb\n", "a\rb\r\n"},
	    {"8bit file", AS("a/b", "8bit") "a\nb", "a\r\nb"},
	    {"base64", AS("a/b", "base64") "YQpi\n", "a\nb"},
	    {"base64 with junk", AS("a/b", "BASE64") "Y Q!p\n\ni\n", "a\nb"},
	    {"base64 without padding", AS("a/b", "base64") "YWI", "ab"},
	    {"base64 cut", AS("a/b", "base64") "YWJjZ", "abc"},
	    {"quoted", AS("text/plain", "quoted-printable") "a=\nb=3D\n c=0Ad",
		"ab=\r\n c\nd"},
	    {"quoted with blanks", AS("a/b", "quoted-printable") "a \t\nb= \nc",
		"a\r\nbc"},
	    {"quoted badly", AS("a/b", "quoted-printable") "a=zz=", "a=zz"},
	    {"uu", AS("a/b", "x-uuencode") "begin 644 x\n#86)C\n`\nend\n",
		"abc"},
	    {"unknown encoding", AS("a/b", "x-odd") "a=3D\n", "a=3D\r\n"},
	    {"charset", AS("text/plain; charset=iso-8859-1", "8bit") "\xfc",
		"ü"},
	    {"no text", AS("a/b; charset=iso-8859-1", "8bit") "\xfc", "\xfc"},
	    {"meta", AS("text/html", "8bit") "<meta charset=koi8-r>\xd0",
		"<meta charset=koi8-r>п"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *m = open_text(cases[i].in);
		struct buf out = BUF_INIT;
		const struct part *p = message_find_part(m, STR("0"));

		message_part_content(m, p, &out);
		cr_expect_str_eq(out.data, cases[i].out, "%s: \"%s\"",
		    cases[i].label, out.data);
		cr_expect_eq(
		    message_part_size(m, p), out.len, "%s", cases[i].label);
		buf_fini(&out);
		message_free(m);
	}
}

#define HTML "Content-Type: text/html\n\n"

Test(message, bodies_are_chosen_and_joined)
{
	static const struct {
		const char *label, *in, *plain, *html, *text;
	} cases[] = {
	    {"plain", "\nx", "x", "", "x"},
	    {"html alone", HTML "<p>x", "", "<p>x", "x"},
	    {"attachment", "Content-Disposition: attachment\n\nx", "", "", ""},
	    {"alternative", ALT "--a\n\nx\n--a\n" HTML "y\n--a--", "x", "y",
		"x"},
	    {"alternative, nearest first",
		ALT "--a\n" MIXED "--b\n\nfar\n--b--\n--a\n\nnear\n--a--",
		"near", "", "near"},
	    {"mixed joins",
		MIXED "--b\n\nx\n--b\n\ny\n--b\nContent-Disposition: "
		      "attachment\n\nz\n--b\nContent-Disposition: inline\n\nw"
		      "\n--b--",
		"x\n--\ny\n--\nw", "", "x\n--\ny\n--\nw"},
	    {"first html", MIXED "--b\n" HTML "x\n--b\n" HTML "y\n--b--", "",
		"x", "x"},
	    {"empty plain, html", ALT "--a\n\n\n--a\n" HTML "y\n--a--", "", "y",
		"y"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *m = open_text(cases[i].in);

		cr_expect(str_eq(message_plain(m), str_of(cases[i].plain)),
		    "%s: \"%s\"", cases[i].label, message_plain(m).p);
		cr_expect(str_eq(message_html(m), str_of(cases[i].html)),
		    "%s: \"%s\"", cases[i].label, message_html(m).p);
		cr_expect(str_eq(message_text(m), str_of(cases[i].text)),
		    "%s: \"%s\"", cases[i].label, message_text(m).p);
		message_free(m);
	}
}

Test(message, snippets_are_short_lines)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"\nhello\n\nworld\n", "hello world"},
	    {HTML "<b>a</b><b>b</b> &lt;c&gt;", "ab <c>"},
	    {ALT "--a\n\nx\n--a\n" HTML "<img>\n--a--", ""},
	    {"\na\xe2\x80\x8b\xc2\xa0 \xef\xbb\xbf"
	     "b",
		"a b"},
	    {"\n", ""},
	};
	struct buf in = BUF_INIT;
	struct message *m;

	for (size_t i = 0; i < COUNT(cases); i++) {
		m = open_text(cases[i].in);
		cr_expect(str_eq(message_snippet(m), str_of(cases[i].out)),
		    "%zu: \"%s\"", i, message_snippet(m).p);
		message_free(m);
	}
	buf_adds(&in, "\n");
	for (int i = 0; i < 100; i++)
		buf_adds(&in, "ab");
	m = open_text(in.data);
	cr_expect_eq(message_snippet(m).n, 200);
	message_free(m);
	buf_adds(&in, " \n");
	m = open_text(in.data);
	cr_expect_eq(message_snippet(m).n, 200);
	message_free(m);
	buf_adds(&in, "ü");
	m = open_text(in.data);
	cr_expect_eq(message_snippet(m).n, 203);
	cr_expect_str_eq(message_snippet(m).p + 198, "ab...");
	message_free(m);
	buf_fini(&in);
}

Test(message, searching_sees_fields_body_and_names_of_files)
{
	struct message *m =
	    open_text("From: JÖE <Joe@X.Y>\nSubject: (Ä), \"b\"\nTo: a@b.c\n"
		      "Cc: c@c.c\nBcc: d@d.d\nReply-To: r@r.r\n"
		      "Return-Path: <p@p.p>\n" MIXED "--b\n" HTML
		      "<a href=\"HTTP://e.x/A\">Link</a>\n--b\n\nnot seen\n"
		      "--b\n" PNG "Content-Disposition: attachment; "
		      "filename=\"My File.PNG\"\n\nz\n--b--");

	cr_expect_str_eq(message_search_text(m).p,
	    "jöe joe@x.y ä b a@b.c c@c.c d@d.d r@r.r d@d.d p@p.p link "
	    "http://e.x/a my file.png");
	message_free(m);
}

Test(message, embedded_images_lead_to_their_parts)
{
	struct message *m = open_text(
	    "Content-Type: multipart/related; boundary=b\n\n--b\n" HTML
	    "<img src=\"cid:A+b@x\"><img src='cid:a%2Bb@x'><img src=cid:no>"
	    "<p style=\"background:url(cid:c&amp;d)\" title='cid:a+b@x.'>"
	    "cid:a+b@x <style>x{y:url('cid:c&d')}</style>\n"
	    "--b\n" PNG "Content-ID: <a+b@x>\n\n--b\n" PNG
	    "Content-ID: <c&d>\n\n--b--\n");
	struct buf out = BUF_INIT;

	message_html_linked(m, "p/", &out);
	cr_expect_str_eq(out.data,
	    "<img src=\"p/2\"><img src='p/2'><img src=cid:no>"
	    "<p style=\"background:url(p/3)\" title='cid:a+b@x.'>"
	    "cid:a+b@x <style>x{y:url('p/3')}</style>",
	    "%s", out.data);
	buf_fini(&out);
	message_free(m);
}

#define BLOCK                                                                  \
	"Return-Path: <s@x.y>\nDelivered-To: A@b.c\nDelivered-To: h@i.j\n"     \
	"Received: from c.x ([192.0.2.1])\n"                                   \
	"\t(TLS1.3:AES-256-GCM auth=joe+20x)\n"                                \
	"\tby m.x (Mailpit) with ESMTPSA\n\tid " ID                            \
	"; Mon, 23 Nov 2026 23:26:57 +0000\n"

static struct message *
open_stored(const char *text)
{
	return message_new(mem_dups(text), strlen(text), ID);
}

Test(message, the_envelope_comes_from_our_block_alone)
{
	struct message *m =
	    open_stored(BLOCK "Return-Path: <false@x>\nTo: a@B.c\n"
			      "Delivered-To: false@x\n\nbody");
	const struct message_fields *f = message_fields(m);

	cr_expect(str_eq(f->return_path, STR("s@x.y")));
	cr_expect(str_eq(f->bcc, STR("\th@i.j\n")), "%s", f->bcc.p);
	cr_expect(str_eq(f->username, STR("joe x")), "%s", f->username.p);
	cr_expect(str_eq(f->message_id, STR(ID "@mailpit")));
	cr_expect_eq(message_header_count(m), 7);
	cr_expect(str_eq(message_header(m, 1).value, STR("A@b.c")));
	cr_expect(str_eq(message_plain(m), STR("body")));
	message_free(m);
	m = message_new(mem_dups(BLOCK "\nbody"), strlen(BLOCK "\nbody"),
	    "0000000000000000000000");
	f = message_fields(m);
	cr_expect_eq(f->bcc.n, 0);
	cr_expect_eq(f->username.n, 0);
	message_free(m);
}

Test(message, a_quoted_recipient_that_a_field_shows_is_not_hidden)
{
	struct message *m = open_stored(
	    "Return-Path: <s@x.y>\nDelivered-To: \"q q\"@b.c\n"
	    "Delivered-To: \"r\\\"r\"@b.c\nDelivered-To: \"plain\"@b.c\n"
	    "Delivered-To: \"hid den\"@b.c\n"
	    "Received: from c.x ([192.0.2.1])\n\tby m.x (Mailpit) with SMTP\n"
	    "\tid " ID "; Mon, 23 Nov 2026 23:26:57 +0000\n"
	    "To: \"q q\"@B.c, \"r\\\"r\"@b.c\nCc: plain@b.c\n\nbody");

	cr_expect(str_eq(message_fields(m)->bcc, STR("\thid den@b.c\n")), "%s",
	    message_fields(m)->bcc.p);
	message_free(m);
}

Test(message, a_message_without_fields_keeps_its_text)
{
	struct message *m = open_stored(BLOCK "\nno field here\nmore\n");

	cr_expect(str_eq(message_plain(m), STR("no field here\r\nmore\r\n")));
	cr_expect_eq(message_header_count(m), 4);
	message_free(m);
}

Test(message, fields_are_decoded)
{
	struct message *m =
	    open_text("From: =?utf-8?q?J=C3=B6e?= <joe+T1+t.2@x.y>, b@c.d\n"
		      "from: second@x.y\nTo: no address here\nSubject: a\n b\n"
		      "Message-ID: <<id@x>>\nX-Tags: b, A ,b!c,,\n"
		      "Date: 23 Nov 2026 23:26:57 +0100\n\n");
	const struct message_fields *f = message_fields(m);

	cr_expect(str_eq(f->from, STR("Jöe\tjoe+T1+t.2@x.y\n")));
	cr_expect_eq(f->to.n, 0);
	cr_expect(str_eq(f->subject, STR("a b")));
	cr_expect(str_eq(f->message_id, STR("id@x")));
	cr_expect(str_eq(f->return_path, STR("joe+T1+t.2@x.y")));
	cr_expect(
	    str_eq(f->tags_header, STR("A\nb\nb c\n")), "%s", f->tags_header.p);
	cr_expect(str_eq(f->tags_plus, STR("t.2\nT1\n")), "%s", f->tags_plus.p);
	cr_expect(f->has_date);
	cr_expect_eq(f->date_offset, 60);
	message_free(m);
	m = open_text("From: Nobody at all\nReturn-Path: <>\n\n");
	f = message_fields(m);
	cr_expect(str_eq(f->from, STR("Nobody at all\t\n")));
	cr_expect_eq(f->return_path.n, 0);
	cr_expect_eq(f->message_id.n, 0);
	cr_expect_not(f->has_date);
	message_free(m);
}

Test(message, an_attached_message_opens_as_one)
{
	struct message *m =
	    open_text(MIXED "--b\nContent-Type: message/rfc822\n"
			    "Content-Transfer-Encoding: base64\n\n"
			    "U3ViamVjdDogaW5uZXIKClRoZSB0ZXh0Cg==\n--b--\n");
	const struct part *p = message_find_part(m, STR("1"));
	struct message *nested = message_open_nested(m, p);

	cr_expect(p->is_message);
	cr_expect(str_eq(message_fields(nested)->subject, STR("inner")));
	cr_expect(str_eq(message_plain(nested), STR("The text\r\n")));
	message_free(nested);
	message_free(m);
}

Test(message, limits_are_kept_and_said)
{
	struct buf in = BUF_INIT;
	struct message *m;
	const struct part *last;

	for (int i = 0; i < 300; i++)
		buf_addf(&in,
		    "Content-Type: multipart/x; boundary=b%d\n\n--b%d\n", i, i);
	buf_adds(&in, "\nthe text\n");
	m = message_new(mem_dup(in.data, in.len), in.len, "");
	cr_expect_str_eq(
	    message_note(m), "more than 100 parts inside each other");
	cr_expect_eq(message_part_count(m), 101);
	last = message_part(m, 100);
	cr_expect(last->truncated && last->role == PART_BODY);
	cr_expect_eq(message_find_part(m, str_of(last->id)), last);
	cr_expect_not_null(strstr(message_plain(m).p, "the text"));
	message_free(m);

	buf_reset(&in);
	buf_adds(&in, MIXED);
	for (int i = 0; i < 20000; i++)
		buf_adds(&in, "--b\n\nx\n");
	m = message_new(mem_dup(in.data, in.len), in.len, "");
	cr_expect_str_eq(message_note(m), "more than 10,000 parts");
	cr_expect_eq(message_part_count(m), 10000);
	cr_expect(message_part(m, 9999)->truncated);
	message_free(m);

	buf_reset(&in);
	for (int i = 0; i < 2000; i++)
		buf_addf(&in, "X-%d: y\n", i);
	buf_adds(&in, "\nbody");
	m = message_new(mem_dup(in.data, in.len), in.len, "");
	cr_expect_str_eq(message_note(m),
	    "more than 1,000 header fields or 256 KiB of them");
	cr_expect_eq(message_header_count(m), 1000);
	cr_expect(str_eq(message_plain(m), STR("body")));
	message_free(m);
	buf_fini(&in);
}
