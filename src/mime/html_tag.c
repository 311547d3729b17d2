/* SPDX-License-Identifier: MIT */
/* html_tag.c: HTML cut into tags and what lies between them */

#include "mime/html_tag.h"

#include <string.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
cut_piece(struct html_cutter *c, struct html_piece *p, size_t n)
{
	p->all = str_make(c->rest.p, n);
	c->rest = str_skip(c->rest, n);
}

/* Where "</name" is; s.n if nowhere. */
static size_t
find_end_tag(struct str s, struct str name)
{
	for (size_t at = 0; at < s.n; at++) {
		struct str tail;

		at += str_find(str_skip(s, at), '<');
		tail = str_skip(s, at);
		if (tail.n > 2 + name.n && tail.p[1] == '/' &&
		    str_ibegins(str_skip(tail, 2), name))
			return at;
	}
	return s.n;
}

/* The length of a comment or declaration at the beginning. */
static size_t
nothing_length(struct str s)
{
	const char *end;
	size_t at;

	if (str_begins(s, STR("<!--"))) {
		/* "<!-->" is a whole comment. */
		if (str_begins(s, STR("<!-->")))
			return 5;
		end = memmem(s.p + 4, s.n - 4, "-->", 3);
		return end == NULL ? s.n : (size_t)(end - s.p) + 3;
	}
	at = str_find(s, '>');
	return at < s.n ? at + 1 : s.n;
}

/* The length of a tag, quotes observed; 0 if it never ends. */
static size_t
tag_length(struct str s)
{
	char quote = '\0', last = '\0';

	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];

		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
		} else if ((c == '"' || c == '\'') && last == '=') {
			quote = c;
		} else if (c == '>') {
			return i + 1;
		}
		if (!is_space(c))
			last = c;
	}
	return 0;
}

static void
read_tag(struct html_cutter *c, struct html_piece *p, bool closing)
{
	static const struct str raw[] = {{"script", 6}, {"style", 5}};
	struct str inner = str_skip(p->all, closing ? 2 : 1);
	size_t n = 0;

	inner.n--;
	while (n < inner.n && !is_space(inner.p[n]) && inner.p[n] != '/')
		n++;
	p->kind = closing ? HTML_CLOSE : HTML_OPEN;
	p->name = str_make(inner.p, n);
	p->attributes = str_skip(inner, n);
	for (size_t i = 0; !closing && i < sizeof(raw) / sizeof(raw[0]); i++)
		if (str_ieq(p->name, raw[i]))
			c->raw = raw[i];
}

/* A '<' that begins a tag, or a comment; any other one is text. */
static bool
begins_markup(struct str s)
{
	return s.n > 1 &&
	       (chr_alpha(s.p[1]) || s.p[1] == '!' || s.p[1] == '?' ||
		   (s.p[1] == '/' && s.n > 2 && chr_alpha(s.p[2])));
}

static size_t
text_length(struct str s)
{
	size_t at = 0;

	for (;;) {
		at += str_find(str_skip(s, at), '<');
		if (at >= s.n || begins_markup(str_skip(s, at)))
			return at;
		at++;
	}
}

bool
html_cut(struct html_cutter *c, struct html_piece *piece)
{
	struct str s = c->rest;
	size_t n;

	*piece = (struct html_piece){.kind = HTML_NOTHING};
	if (s.n == 0)
		return false;
	if (c->raw.n > 0) {
		piece->kind = HTML_RAW;
		piece->name = c->raw;
		n = find_end_tag(s, c->raw);
		c->raw.n = 0;
		if (n > 0) {
			cut_piece(c, piece, n);
			return true;
		}
		piece->kind = HTML_NOTHING;
	}
	n = text_length(s);
	if (n > 0) {
		piece->kind = HTML_TEXT;
		cut_piece(c, piece, n);
		return true;
	}
	if (s.p[1] == '!' || s.p[1] == '?') {
		cut_piece(c, piece, nothing_length(s));
		return true;
	}
	n = tag_length(s);
	cut_piece(c, piece, n > 0 ? n : s.n);
	if (n > 0)
		read_tag(c, piece, s.p[1] == '/');
	return true;
}

bool
html_attribute(struct str *rest, struct str *name, struct str *value)
{
	struct str s = *rest;
	size_t n = 0;

	while (s.n > 0 && (is_space(s.p[0]) || s.p[0] == '/'))
		s = str_skip(s, 1);
	if (s.n == 0)
		return false;
	/* An equals sign in front is part of the name. */
	for (n = 1; n < s.n && !is_space(s.p[n]) && s.p[n] != '/'; n++)
		if (s.p[n] == '=')
			break;
	*name = str_make(s.p, n);
	*value = str_make(s.p + n, 0);
	s = str_skip(s, n);
	for (n = 0; n < s.n && is_space(s.p[n]);)
		n++;
	if (n < s.n && s.p[n] == '=') {
		for (n++; n < s.n && is_space(s.p[n]);)
			n++;
		s = str_skip(s, n);
		n = 0;
		if (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\'')) {
			n = str_find(str_skip(s, 1), s.p[0]);
			*value = str_make(s.p + 1, n);
			n += 2;
		} else {
			while (n < s.n && !is_space(s.p[n]))
				n++;
			*value = str_make(s.p, n);
		}
		s = str_skip(s, n);
	}
	*rest = s;
	return true;
}

struct str
html_attribute_of(const struct html_piece *piece, struct str wanted)
{
	struct str rest = piece->attributes, name, value;

	while (html_attribute(&rest, &name, &value))
		if (str_ieq(name, wanted))
			return value;
	return STR("");
}
