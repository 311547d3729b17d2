/* SPDX-License-Identifier: MIT */
/* escape.c: text that came from anywhere, for the place where it goes */

#include <string.h>

#include "web/out.h"

/* What names of files never carry: bidi controls, line separators, BOM. */
static const char *const invisible[] = {"\u061c", "\u200b", "\u200e", "\u200f",
    "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
    "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"};

#define FILE_NAME_MAX 200

static const struct {
	char c;
	const char *html;
} entities[] = {
    {'&', "&amp;"},
    {'<', "&lt;"},
    {'>', "&gt;"},
    {'"', "&quot;"},
    {'\'', "&#39;"},
};

/* The octets of the valid character at the beginning; 0: there is none. */
static size_t
character(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n <= s.n && str_is_utf8(str_make(s.p, n)) ? n : 0;
}

static const char *
html_of(char c)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (entities[i].c == c)
			return entities[i].html;
	if (chr_control(c) && c != '\t' && c != '\n' && c != '\r')
		return "\ufffd";
	return NULL;
}

void
out_text(struct out *o, struct str s)
{
	while (s.n > 0) {
		size_t plain = 0, n = 1;

		/* Runs of what needs nothing go as one. */
		while (plain < s.n && (unsigned char)s.p[plain] < 0x80 &&
		       html_of(s.p[plain]) == NULL)
			plain++;
		out_add(o, str_make(s.p, plain));
		s = str_skip(s, plain);
		if (s.n == 0)
			break;
		if ((unsigned char)s.p[0] < 0x80)
			out_adds(o, html_of(s.p[0]));
		else if ((n = character(s)) > 0)
			out_add(o, str_make(s.p, n));
		else {
			out_adds(o, "\ufffd");
			n = 1;
		}
		s = str_skip(s, n);
	}
}

void
out_attribute(struct out *o, struct str s)
{
	out_text(o, s);
}

static void
percent(struct buf *out, char c)
{
	buf_addf(out, "%%%02X", (unsigned char)c);
}

/* Percent-encodes all but letters, digits and the marks named. */
static void
encode(struct buf *out, struct str s, const char *marks)
{
	for (size_t i = 0; i < s.n; i++)
		if (chr_alnum(s.p[i]) ||
		    (s.p[i] != '\0' && strchr(marks, s.p[i]) != NULL))
			buf_addc(out, s.p[i]);
		else
			percent(out, s.p[i]);
}

void
out_url(struct out *o, struct str s)
{
	struct buf text = BUF_INIT;

	encode(&text, s, "-._~");
	out_add(o, buf_str(&text));
	buf_fini(&text);
}

static void
json_ascii(struct out *o, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c == '\0' ? NULL : strchr(from, c);

	if (at != NULL)
		out_addf(o, "\\%c", to[at - from]);
	else
		out_addf(o, "\\u%04x", (unsigned char)c);
}

/* ASCII that stands for itself in JSON, also within a script element. */
static bool
is_json_plain(char c)
{
	return (unsigned char)c >= 32 && (unsigned char)c < 0x80 &&
	       strchr("\"\\<>&", c) == NULL;
}

void
out_json(struct out *o, struct str s)
{
	out_adds(o, "\"");
	while (s.n > 0) {
		size_t plain = 0, n = 1;

		while (plain < s.n && is_json_plain(s.p[plain]))
			plain++;
		out_add(o, str_make(s.p, plain));
		s = str_skip(s, plain);
		if (s.n == 0)
			break;
		if ((unsigned char)s.p[0] < 0x80)
			json_ascii(o, s.p[0]);
		else if ((n = character(s)) == 0) {
			out_adds(o, "\\ufffd");
			n = 1;
		} else if (str_begins(s, STR("\u2028")))
			out_adds(o, "\\u2028");
		else if (str_begins(s, STR("\u2029")))
			out_adds(o, "\\u2029");
		else
			out_add(o, str_make(s.p, n));
		s = str_skip(s, n);
	}
	out_adds(o, "\"");
}

static bool
is_invisible(struct str c)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (str_eq(c, str_of(invisible[i])))
			return true;
	return c.n == 2 && c.p[0] == '\xc2' && (unsigned char)c.p[1] < 0xa0;
}

/* The last component of a path, without what could mislead. */
static void
clean_name(struct str raw, struct buf *name)
{
	for (size_t i = raw.n; i > 0; i--)
		if (raw.p[i - 1] == '/' || raw.p[i - 1] == '\\') {
			raw = str_skip(raw, i);
			break;
		}
	while (raw.n > 0 && name->len < FILE_NAME_MAX) {
		size_t n = character(raw);

		if (n == 0) {
			buf_addc(name, '_');
			n = 1;
		} else if (n == 1 && chr_control(raw.p[0]))
			buf_addc(name, '_');
		else if (!is_invisible(str_make(raw.p, n)))
			buf_add(name, raw.p, n);
		raw = str_skip(raw, n);
	}
}

void
out_disposition(struct out *o, const char *type, struct str file_name)
{
	struct buf name = BUF_INIT, value = BUF_INIT;

	clean_name(file_name, &name);
	buf_adds(&value, type);
	if (name.len > 0) {
		buf_adds(&value, "; filename=\"");
		for (size_t i = 0; i < name.len; i++) {
			unsigned char c = (unsigned char)name.data[i];

			/* One mark for each character, not for each octet. */
			if (c >= 0x80 && c < 0xc0)
				continue;
			buf_addc(&value,
			    c >= 0x80 || strchr("\"%;", name.data[i]) != NULL
				? '_'
				: name.data[i]);
		}
		buf_adds(&value, "\"; filename*=UTF-8''");
		encode(&value, buf_str(&name), "!#$&+-.^_`|~");
	}
	out_header(o, "Content-Disposition", buf_str(&value));
	buf_fini(&name);
	buf_fini(&value);
}
