/* SPDX-License-Identifier: MIT */
/* test_mime_build.c: messages made for clients, read back */

#include <criterion/criterion.h>
#include <string.h>

#include "mime/build.h"
#include "mime/message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Builds, checks the form of every line, and reads it back. */
static struct message *
there_and_back(const struct build *b, char **text)
{
	struct buf out = BUF_INIT;
	struct str rest;
	size_t n;

	build_message(b, &out);
	rest = buf_str(&out);
	cr_expect_not(str_has_8bit(rest), "%s", out.data);
	while (rest.n > 0) {
		bool ended = str_find(rest, '\n') < rest.n;
		struct str line = str_cut(&rest, '\n');

		/* Only a text may end the message without one. */
		cr_assert(ended || rest.n == 0);
		cr_assert(!ended || (line.n > 0 && line.p[line.n - 1] == '\r'),
		    "a line without CRLF in %s", out.data);
		cr_expect_leq(line.n, 999);
		cr_expect_eq(str_find(line, '\r'), ended ? line.n - 1 : line.n);
	}
	if (text != NULL)
		*text = strdup(out.data);
	n = out.len;
	return message_new(buf_detach(&out), n, "");
}

Test(build, fields_come_back_as_they_were)
{
	static const struct build_field fields[] = {
	    {{"X-Custom", 8}, {"wörth", 6}},
	    {{"x-odd", 5}, {"a\r\nBcc: evil@x", 14}},
	    {{"Subject", 7}, {"second", 6}},
	};
	struct build b = {.from_name = STR("Jö \"e\", x"),
	    .from_address = STR("j@x.y"),
	    .to = STR("A, B\ta@b.c\n\td@e.f\n"),
	    .cc = STR("Ü\tc@c.c\n"),
	    .reply_to = STR("R R\tr@r.r\n"),
	    .subject = STR("Sübject with \r\n lines"),
	    .text = STR("Text ü\n"),
	    .tags = STR("One\nTwo\n"),
	    .fields = fields,
	    .field_count = COUNT(fields)};
	char *text;
	struct message *m = there_and_back(&b, &text);
	const struct message_fields *f = message_fields(m);

	cr_expect(
	    str_eq(f->from, STR("Jö \"e\", x\tj@x.y\n")), "%s", f->from.p);
	cr_expect(str_eq(f->to, b.to), "%s", f->to.p);
	cr_expect(str_eq(f->cc, b.cc), "%s", f->cc.p);
	cr_expect(str_eq(f->reply_to, b.reply_to), "%s", f->reply_to.p);
	cr_expect(str_eq(f->subject, STR("Sübject with    lines")), "%s",
	    f->subject.p);
	cr_expect(str_eq(f->tags_header, STR("One\nTwo\n")));
	cr_expect(f->has_date);
	cr_expect_eq(f->bcc.n, 0);
	cr_expect(str_eq(message_plain(m), b.text));
	cr_expect_not_null(strstr(text, "X-Custom: =?utf-8?B?d8O2cnRo?="));
	cr_expect_not_null(strstr(text, "X-Odd: a  Bcc: evil@x"));
	cr_expect_null(strstr(text, "second"));
	free(text);
	message_free(m);
}

Test(build, attachments_and_images_find_their_places)
{
	static const char octets[] = "\x89PNG\r\n\x1a\n\0\n\r\xff";
	struct build_attachment files[] = {
	    {.content = {octets, sizeof(octets) - 1},
		.file_name = STR("ü x.png"),
		.content_id = STR("img@x")},
	    {.content = STR("%PDF-1.4"), .file_name = STR("a \"b\".pdf")},
	    {.content = STR("plain"), .type = STR("text/x-y; a=b")},
	    {.content = STR("x"), .type = STR("bad\r\nX: y")},
	};
	struct build b = {.from_address = STR("j@x.y"),
	    .html = STR("<img src=\"cid:img@x\">"),
	    .attachments = files,
	    .attachment_count = COUNT(files)};
	static const struct {
		const char *id, *type, *name;
	} parts[] = {
	    {"0", "multipart/mixed", ""},
	    {"1.0", "multipart/related", ""},
	    {"1.1.0", "multipart/alternative", ""},
	    {"1.1.1", "text/plain", ""},
	    {"1.1.2", "text/html", ""},
	    {"1.2", "image/png", "ü x.png"},
	    {"2", "application/pdf", "a \"b\".pdf"},
	    {"3", "text/x-y", ""},
	    {"4", "text/plain", ""},
	};
	struct message *m = there_and_back(&b, NULL);
	struct buf out = BUF_INIT;

	cr_assert_eq(message_part_count(m), COUNT(parts));
	for (size_t i = 0; i < COUNT(parts); i++) {
		const struct part *p = message_part(m, i);

		cr_expect_str_eq(p->id, parts[i].id);
		cr_expect_str_eq(p->type, parts[i].type);
		cr_expect_str_eq(p->file_name, parts[i].name);
	}
	message_part_content(m, message_part(m, 5), &out);
	cr_expect(str_eq(buf_str(&out), files[0].content));
	buf_reset(&out);
	message_html_linked(m, "p/", &out);
	cr_expect_str_eq(out.data, "<img src=\"p/1.2\">");
	buf_fini(&out);
	message_free(m);
}

Test(build, texts_come_back_octet_for_octet)
{
	struct buf long_line = BUF_INIT;
	struct str texts[] = {STR(""), STR("a"), STR("a\nb"), STR("a\r\nb\r\n"),
	    STR("\n"), STR("\r"), STR("a\rb\r\nc\n\r\n"), STR("a \n\tb\t\n"),
	    STR(".\r\n..\r\nFrom x"), STR("日本\n語"), STR("=C3=A9 ü\n"),
	    {NULL, 0}};

	/* Lines of every length on both sides of where one is broken. */
	for (int i = 0; i < 90; i++) {
		for (int k = 0; k < i; k++)
			buf_addc(&long_line, k == 5 ? '=' : 'x');
		buf_addc(&long_line, '\n');
	}
	for (int i = 0; i < 3000; i++)
		buf_adds(&long_line, i == 5 ? "é" : "x");
	texts[COUNT(texts) - 1] = buf_str(&long_line);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct build single = {
		    .from_address = STR("j@x.y"), .text = texts[i]};
		struct build both = {.from_address = STR("j@x.y"),
		    .text = texts[i],
		    .html = texts[i]};
		struct message *m = there_and_back(&single, NULL);

		cr_expect(str_eq(message_plain(m), texts[i]), "%zu: %.*s", i,
		    STR_ARG(message_plain(m)));
		message_free(m);
		m = there_and_back(&both, NULL);
		cr_expect(str_eq(message_plain(m), texts[i]), "%zu: %.*s", i,
		    STR_ARG(message_plain(m)));
		cr_expect(str_eq(message_html(m), texts[i]), "%zu: %.*s", i,
		    STR_ARG(message_html(m)));
		message_free(m);
	}
	buf_fini(&long_line);
}

Test(build, nothing_grows_beyond_three_times_its_size)
{
	static const char *const patterns[] = {"\n", "\r", "a\n", "aa\n",
	    "\x01", "\x01\x01\n", "\x01xxx", "ü\n", "\r\n", "\n\r"};

	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct buf text = BUF_INIT, out = BUF_INIT;
		struct build b = {.from_address = STR("j@x.y")};
		struct message *m;

		while (text.len < 100000)
			buf_adds(&text, patterns[i]);
		b.text = buf_str(&text);
		build_message(&b, &out);
		cr_expect_leq(out.len, 3 * text.len, "%zu: %zu", i, out.len);
		m = there_and_back(&b, NULL);
		cr_expect(str_eq(message_plain(m), b.text), "%zu", i);
		message_free(m);
		buf_fini(&text);
		buf_fini(&out);
	}
}

Test(build, no_coded_line_is_longer_than_it_may_be)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct build b = {.from_address = STR("j@x.y")};
	struct str rest;

	for (int i = 0; i < 90; i++) {
		for (int k = 0; k < i; k++)
			buf_addc(&text, 'x');
		buf_addc(&text, '\n');
	}
	b.text = buf_str(&text);
	build_message(&b, &out);
	cr_assert_not_null(strstr(out.data, "quoted-printable"));
	for (rest = buf_str(&out); rest.n > 0;)
		cr_expect_leq(str_cut(&rest, '\n').n, 77);
	buf_fini(&text);
	buf_fini(&out);
}

Test(build, fields_of_ours_are_not_to_be_given)
{
	static const struct {
		struct str name;
		bool tags, allowed;
	} cases[] = {
	    {{"X-Any", 5}, false, true},
	    {{"subject", 7}, false, false},
	    {{"MIME-VERSION", 12}, false, false},
	    {{"bcc", 3}, false, false},
	    {{"X-Tags", 6}, false, true},
	    {{"x-tags", 6}, true, false},
	    {{"", 0}, false, false},
	    {{"A B", 3}, false, false},
	    {{"A:B", 3}, false, false},
	    {{"A\r\nB", 4}, false, false},
	    {{"\xc3\xbc", 2}, false, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(build_field_allowed(cases[i].name, cases[i].tags),
		    cases[i].allowed, "%s", cases[i].name.p);
}
