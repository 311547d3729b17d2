/* SPDX-License-Identifier: MIT */
/* charset.c: octets of any charset to UTF-8, by our own table of names */

#include "mime/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/mem.h"
#include "mime/charset_names.h"
#include "mime/utf8.h"

#define ROWS_MAX 64
#define NAME_LONGEST 40

/*
 * Opening a converter loads a module, so each stays open once it was used; a
 * subject may change charsets at every word.
 */
static iconv_t converters[ROWS_MAX];

/* 0x80 to 0x9f; what is missing there is missing in the charset. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, /* 80 */
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, /* 88 */
    0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, /* 90 */
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178, /* 98 */
};

static const struct charset *
row_named(const char *name)
{
	for (size_t i = 0; i < charset_row_count; i++)
		if (strcmp(charset_rows[i].name, name) == 0)
			return &charset_rows[i];
	bug("no charset %s", name);
}

const struct charset *
charset_utf8(void)
{
	return row_named("utf-8");
}

const struct charset *
charset_find(struct str name)
{
	char wanted[NAME_LONGEST + 3] = " ";

	if (name.n == 0 || name.n > NAME_LONGEST)
		return NULL;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] <= ' ')
			return NULL;
		wanted[i + 1] = chr_lower(name.p[i]);
	}
	wanted[name.n + 1] = ' ';
	for (size_t i = 0; i < charset_row_count; i++)
		if (strstr(charset_rows[i].aliases, wanted) != NULL)
			return &charset_rows[i];
	return NULL;
}

/* Cuts one character, or what stands in its place; false: the latter. */
static bool
cut_char(struct str *text, struct str *octets)
{
	*octets = *text;
	if (utf8_next(text) != UTF8_REPLACEMENT) {
		octets->n -= text->n;
		return true;
	}
	octets->n -= text->n;
	return str_is_utf8(*octets);
}

static void
look_at(struct charset_survey *s, struct str *text)
{
	struct str octets;

	if (!cut_char(text, &octets))
		s->bad++;
	else if (octets.n > 1)
		s->multi++;
}

/* A sequence may be cut by the end of a piece: then it waits for the next. */
void
charset_look(struct charset_survey *s, const char *p, size_t n)
{
	struct str text = {p, n};

	while (text.n > 0) {
		struct str held;
		unsigned char c = (unsigned char)text.p[0];

		if (s->held_n == 0 && c < 0x80) {
			if (c == '\033')
				s->escapes++;
			text = str_skip(text, 1);
			continue;
		}
		if (s->held_n == 0 && text.n >= UTF8_MAX) {
			look_at(s, &text);
			continue;
		}
		s->held[s->held_n++] = c;
		text = str_skip(text, 1);
		if (s->held_n < UTF8_MAX)
			continue;
		held = str_make((const char *)s->held, s->held_n);
		look_at(s, &held);
		memmove(s->held, held.p, held.n);
		s->held_n = (unsigned)held.n;
	}
}

void
charset_look_end(struct charset_survey *s)
{
	struct str held = {(const char *)s->held, s->held_n};

	while (held.n > 0)
		look_at(s, &held);
	s->held_n = 0;
}

const struct charset *
charset_choose(struct str label, const struct charset_survey *s)
{
	static const char ascii[] = " us-ascii ascii 7bit 8bit ";
	const struct charset *row = charset_find(label);
	char wanted[NAME_LONGEST + 3];
	bool open = row == NULL;

	if (row != NULL && row->kind == CHARSET_WINDOWS_1252) {
		size_t n = label.n;

		wanted[0] = ' ';
		for (size_t i = 0; i < n; i++)
			wanted[i + 1] = chr_lower(label.p[i]);
		wanted[n + 1] = ' ';
		wanted[n + 2] = '\0';
		/* Nobody who says ASCII means one of its supersets. */
		open = strstr(ascii, wanted) != NULL;
	}
	if (row == NULL && s->escapes > 1 && s->multi == 0 && s->bad == 0)
		return row_named("iso-2022-jp");
	if (row != NULL && row->kind == CHARSET_UTF8)
		/* A text that was cut or damaged is UTF-8 all the same. */
		return s->bad > s->multi ? row_named("windows-1252") : row;
	if (!open)
		return row;
	return row_named(
	    s->bad == 0 || s->multi > s->bad ? "utf-8" : "windows-1252");
}

bool
charset_was_wrong(
    const struct charset_survey *s, const struct charset_reader *r)
{
	return r->errors > 0 && s->bad == 0 && s->multi > 0;
}

static iconv_t
converter(const struct charset *row)
{
	size_t i = (size_t)(row - charset_rows);

	if (charset_row_count > ROWS_MAX)
		bug("too many charsets");
	if (converters[i] == NULL)
		converters[i] = iconv_open("UTF-8", row->iconv);
	return converters[i];
}

void
charset_begin(
    struct charset_reader *r, const struct charset *row, struct sink to)
{
	*r = (struct charset_reader){.to = to, .row = row};
	if (row->kind != CHARSET_ICONV)
		return;
	r->iconv = converter(row);
	if (r->iconv == (iconv_t)-1) {
		/* A system without that module: better than nothing. */
		r->row = row_named("windows-1252");
		return;
	}
	iconv(r->iconv, NULL, NULL, NULL, NULL);
}

static void
replace(struct charset_reader *r)
{
	r->errors++;
	sink_put_char(r->to, UTF8_REPLACEMENT);
}

static void
feed_1252(struct charset_reader *r, struct str s)
{
	char out[1024];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		uint32_t u = c;

		if (c >= 0x80 && c < 0xa0)
			u = windows_1252[c - 0x80];
		n += utf8_write(out + n, u);
		if (n > sizeof(out) - UTF8_MAX) {
			sink_put(r->to, out, n);
			n = 0;
		}
	}
	sink_put(r->to, out, n);
}

/* Returns what is left: an incomplete sequence, unless this is the end. */
static struct str
feed_utf8(struct charset_reader *r, struct str s, bool end)
{
	while (s.n > 0) {
		struct str rest, octets;
		size_t plain = 0;

		while (plain < s.n && (unsigned char)s.p[plain] < 0x80)
			plain++;
		sink_put(r->to, s.p, plain);
		s = rest = str_skip(s, plain);
		if (s.n == 0)
			break;
		if (cut_char(&rest, &octets))
			sink_put(r->to, octets.p, octets.n);
		else if (rest.n == 0 && s.n < UTF8_MAX && !end)
			return s;
		else
			replace(r);
		s = rest;
	}
	return str_make(NULL, 0);
}

static struct str
feed_iconv(struct charset_reader *r, struct str s, bool end)
{
	char out[4096];

	while (s.n > 0) {
		char *from, *to = out;
		size_t from_n = s.n, to_n = sizeof(out), skip;
		int error;

		/* iconv() wants char ** and changes nothing there. */
		memcpy(&from, &s.p, sizeof(from));
		error =
		    iconv(r->iconv, &from, &from_n, &to, &to_n) == (size_t)-1
			? errno
			: 0;
		sink_put(r->to, out, sizeof(out) - to_n);
		s = str_skip(s, s.n - from_n);
		if (error == 0 || (error == E2BIG && to_n < sizeof(out)))
			continue;
		if (error == EINVAL && !end && s.n < sizeof(r->held) / 2)
			break;
		replace(r);
		skip = r->row->unit;
		s = str_skip(s, skip < s.n ? skip : s.n);
	}
	return s;
}

static struct str
feed_some(struct charset_reader *r, struct str s, bool end)
{
	switch (r->row->kind) {
	case CHARSET_UTF8:
		return feed_utf8(r, s, end);
	case CHARSET_WINDOWS_1252:
		feed_1252(r, s);
		break;
	case CHARSET_ICONV:
		return feed_iconv(r, s, end);
	}
	return str_make(NULL, 0);
}

static void
hold(struct charset_reader *r, struct str left)
{
	if (left.n > 0)
		memmove(r->held, left.p, left.n);
	r->held_n = left.n;
}

void
charset_feed(struct charset_reader *r, const char *p, size_t n)
{
	struct str s = {p, n};

	/* What was held back is completed octet by octet. */
	while (r->held_n > 0 && s.n > 0) {
		r->held[r->held_n++] = s.p[0];
		s = str_skip(s, 1);
		hold(r, feed_some(r, str_make(r->held, r->held_n), false));
	}
	if (s.n > 0)
		hold(r, feed_some(r, s, false));
}

void
charset_end(struct charset_reader *r)
{
	char out[64];
	char *to = out;
	size_t to_n = sizeof(out);

	feed_some(r, str_make(r->held, r->held_n), true);
	r->held_n = 0;
	if (r->row->kind != CHARSET_ICONV)
		return;
	iconv(r->iconv, NULL, NULL, &to, &to_n);
	sink_put(r->to, out, sizeof(out) - to_n);
}

void
charset_convert(struct buf *out, struct str in, struct str label)
{
	struct charset_survey s = {0};
	struct charset_reader r;
	size_t before = out->len;

	charset_look(&s, in.p, in.n);
	charset_look_end(&s);
	charset_begin(&r, charset_choose(label, &s), sink_to_buf(out));
	charset_feed(&r, in.p, in.n);
	charset_end(&r);
	if (!charset_was_wrong(&s, &r) || r.row->kind == CHARSET_UTF8)
		return;
	buf_truncate(out, before);
	buf_add_str(out, in);
}
