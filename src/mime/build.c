/* SPDX-License-Identifier: MIT */
/* build.c: make a message out of what a client of the API wants to send */

#include "mime/build.h"

#include "base/codec.h"
#include "mail/id.h"
#include "mime/build_field.h"
#include "mime/gmime.h"
#include "mime/utf8.h"

/* So that no line is too long, however many octets are escaped. */
#define ID_MAX 900
#define FILE_NAME_MAX 250

#define LINE_HARD 990

static void
add_base64(struct buf *out, struct str octets)
{
	buf_adds(out, "Content-Transfer-Encoding: base64\r\n\r\n");
	while (octets.n > 0) {
		/* 57 octets make a line of 76. */
		size_t n = octets.n < 57 ? octets.n : 57;

		codec_base64_encode(out, str_make(octets.p, n));
		buf_adds(out, "\r\n");
		octets = str_skip(octets, n);
	}
}

/*
 * A text arrives as it was given, whatever its line ends are: only CRLF is a
 * line end of the message, so with others it is encoded.
 */
static void
add_body(struct buf *out, const char *type, struct str text)
{
	size_t odd = 0, bare = 0, column = 0, longest = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], before = i > 0 ? text.p[i - 1] : '\0';

		column = c == '\n' ? 0 : column + 1;
		if (column > longest)
			longest = column;
		bare += (c == '\n') != (before == '\r');
		odd +=
		    (c < ' ' && c != '\r' && c != '\n' && c != '\t') || c > 126;
	}
	bare += text.n > 0 && text.p[text.n - 1] == '\r';
	buf_addf(out, "Content-Type: %s; charset=utf-8\r\n", type);
	if (odd == 0 && bare == 0 && longest <= LINE_HARD) {
		buf_adds(out, "Content-Transfer-Encoding: 7bit\r\n\r\n");
		buf_add_str(out, text);
	} else if (odd <= text.n / 4 && bare <= text.n / 3) {
		buf_adds(
		    out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		gmime_quote(text, out);
	} else {
		add_base64(out, text);
	}
}

/* What the octets are, for those who did not say. */
static struct str
guess_type(struct str s)
{
	static const struct {
		struct str head, type;
	} types[] = {
	    {{"\x89PNG\r\n\x1a\n", 8}, {"image/png", 9}},
	    {{"\xff\xd8\xff", 3}, {"image/jpeg", 10}},
	    {{"GIF8", 4}, {"image/gif", 9}},
	    {{"%PDF-", 5}, {"application/pdf", 15}},
	    {{"PK\x03\x04", 4}, {"application/zip", 15}},
	    {{"\x1f\x8b\x08", 3}, {"application/gzip", 16}},
	    {{"<!DOCTYPE html", 14}, {"text/html", 9}},
	    {{"<html", 5}, {"text/html", 9}},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_ibegins(s, types[i].head))
			return types[i].type;
	if (s.n > 12 && str_begins(s, STR("RIFF")) &&
	    str_begins(str_skip(s, 8), STR("WEBP")))
		return STR("image/webp");
	for (size_t i = 0; i < s.n; i++)
		if (chr_control(s.p[i]) && s.p[i] != '\n' && s.p[i] != '\r' &&
		    s.p[i] != '\t')
			return STR("application/octet-stream");
	return str_is_utf8(s) ? STR("text/plain; charset=utf-8")
			      : STR("application/octet-stream");
}

/* token/token and plain parameters, or it is not believed. */
static bool
is_type(struct str type)
{
	return type.n > 2 && type.n < 256 && str_is_printable(type) &&
	       str_find(type, '/') > 0 && str_find(type, '/') < type.n - 1;
}

/* name="..." for ASCII, name*=utf-8''... for the rest (RFC 2231). */
static void
add_file_name(struct buf *out, struct str name)
{
	static const char digits[] = "0123456789ABCDEF";

	if (name.n > FILE_NAME_MAX)
		name.n = utf8_floor(name, FILE_NAME_MAX);
	if (name.n == 0)
		return;
	if (str_is_printable(name)) {
		buf_adds(out, ";\r\n filename=\"");
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_addc(out, '\\');
			buf_addc(out, name.p[i]);
		}
		buf_addc(out, '"');
		return;
	}
	buf_adds(out, ";\r\n filename*=utf-8''");
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (chr_alnum(name.p[i]) || c == '.' || c == '-' || c == '_') {
			buf_addc(out, name.p[i]);
		} else {
			buf_addc(out, '%');
			buf_addc(out, digits[c >> 4]);
			buf_addc(out, digits[c & 15]);
		}
	}
}

static void
add_attachment(struct buf *out, const struct build_attachment *a)
{
	struct str type = is_type(a->type) ? a->type : guess_type(a->content);

	buf_adds(out, "Content-Type: ");
	buf_add_str(out, type);
	buf_addf(out, "\r\nContent-Disposition: %s",
	    a->content_id.n > 0 ? "inline" : "attachment");
	add_file_name(out, a->file_name);
	buf_adds(out, "\r\n");
	if (a->content_id.n > 0) {
		buf_adds(out, "Content-Id: <");
		for (size_t i = 0; i < a->content_id.n && i < ID_MAX; i++) {
			char c = a->content_id.p[i];

			if (c > ' ' && c < 127 && c != '<' && c != '>')
				buf_addc(out, c);
		}
		buf_adds(out, ">\r\n");
	}
	add_base64(out, a->content);
}

struct container {
	char boundary[ID_SIZE];
};

static void
begin(struct buf *out, struct container *c, const char *type)
{
	id_fresh(c->boundary);
	buf_addf(out, "Content-Type: multipart/%s;\r\n boundary=\"=_%s\"\r\n",
	    type, c->boundary);
}

/* The line end in front belongs to the boundary, not to the part. */
static void
next(struct buf *out, const struct container *c)
{
	buf_addf(out, "\r\n--=_%s\r\n", c->boundary);
}

static void
end(struct buf *out, const struct container *c)
{
	buf_addf(out, "\r\n--=_%s--\r\n", c->boundary);
}

static void
add_bodies(const struct build *b, struct buf *out)
{
	struct container c;

	if (b->html.n == 0) {
		add_body(out, "text/plain", b->text);
		return;
	}
	begin(out, &c, "alternative");
	next(out, &c);
	add_body(out, "text/plain", b->text);
	next(out, &c);
	add_body(out, "text/html", b->html);
	end(out, &c);
}

static size_t
count_attachments(const struct build *b, bool embedded)
{
	size_t n = 0;

	for (size_t i = 0; i < b->attachment_count; i++)
		n += (b->attachments[i].content_id.n > 0) == embedded;
	return n;
}

static void
add_attachments(const struct build *b, bool embedded, struct buf *out,
    const struct container *c)
{
	for (size_t i = 0; i < b->attachment_count; i++)
		if ((b->attachments[i].content_id.n > 0) == embedded) {
			next(out, c);
			add_attachment(out, &b->attachments[i]);
		}
}

static void
add_related(const struct build *b, struct buf *out)
{
	struct container c;

	if (count_attachments(b, true) == 0) {
		add_bodies(b, out);
		return;
	}
	begin(out, &c, "related");
	next(out, &c);
	add_bodies(b, out);
	add_attachments(b, true, out, &c);
	end(out, &c);
}

void
build_message(const struct build *b, struct buf *out)
{
	struct container c;

	build_header(b, out);
	if (count_attachments(b, false) == 0) {
		add_related(b, out);
		return;
	}
	begin(out, &c, "mixed");
	next(out, &c);
	add_related(b, out);
	add_attachments(b, false, out, &c);
	end(out, &c);
}
