/* SPDX-License-Identifier: MIT */
/* param.c: parameters of header fields */

#include "mime/param.h"

#include "mime/charset.h"
#include "mime/words.h"

/* RFC 2231 does not bound the pieces of a value; no real one has as many. */
#define PIECES_MAX 200

/* One "name=value". */
struct param {
	struct str name, raw; /* raw: quotes are off, backslashes are there */
	bool quoted;
};

struct pieces {
	struct {
		struct str raw;
		bool quoted, encoded, there;
	} at[PIECES_MAX];
	struct param plain, extended;
	bool has_plain, has_extended;
};

static void
skip_comment(struct str *s)
{
	size_t depth = 0, i = 0;

	for (; i < s->n; i++) {
		char c = s->p[i];

		if (c == '\\')
			i++;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			break;
	}
	*s = str_skip(*s, i + 1);
}

static void
skip_blanks(struct str *s)
{
	while (s->n > 0) {
		if (s->p[0] == '(')
			skip_comment(s);
		else if (s->p[0] == ' ' || s->p[0] == '\t')
			*s = str_skip(*s, 1);
		else
			return;
	}
}

/* A comment, and no "(1)" inside a bare file name. */
static bool
begins_comment(struct str s, size_t i)
{
	return s.p[i] == '(' &&
	       (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '\t');
}

/* Cuts up to one of the two ends, or a comment. */
static struct str
cut_until(struct str *s, char a, char b)
{
	struct str part = {s->p, 0};

	while (part.n < s->n && s->p[part.n] != a && s->p[part.n] != b &&
	       !begins_comment(*s, part.n))
		part.n++;
	*s = str_skip(*s, part.n);
	return str_trim(part);
}

static struct str
cut_quoted(struct str *s)
{
	struct str part = str_skip(*s, 1);
	size_t i = 0;

	while (i < part.n && part.p[i] != '"')
		i += part.p[i] == '\\' && i + 1 < part.n ? 2 : 1;
	*s = str_skip(part, i + 1);
	part.n = i;
	return part;
}

/* The next parameter; *s begins behind the token. */
static bool
next_param(struct str *s, struct param *p)
{
	for (;;) {
		skip_blanks(s);
		if (s->n == 0)
			return false;
		if (s->p[0] == ';') {
			*s = str_skip(*s, 1);
			continue;
		}
		p->name = cut_until(s, '=', ';');
		skip_blanks(s);
		if (s->n == 0 || s->p[0] != '=') {
			if (p->name.n == 0 && s->n > 0 && s->p[0] != ';')
				*s = str_skip(*s, 1);
			continue;
		}
		*s = str_skip(*s, 1);
		skip_blanks(s);
		p->quoted = s->n > 0 && s->p[0] == '"';
		if (!p->quoted) {
			p->raw = cut_until(s, ';', ';');
			return true;
		}
		p->raw = cut_quoted(s);
		return true;
	}
}

static void
add_raw(struct buf *out, struct str raw, bool quoted)
{
	for (size_t i = 0; i < raw.n; i++) {
		/* A backslash before anything else is one of Windows. */
		if (quoted && raw.p[i] == '\\' && i + 1 < raw.n &&
		    (raw.p[i + 1] == '"' || raw.p[i + 1] == '\\'))
			i++;
		buf_addc(out, raw.p[i]);
	}
}

/* "name*3*" of "name": where it belongs. */
static void
sort_in(struct pieces *all, const struct param *p, struct str tail)
{
	bool encoded = tail.n > 0 && tail.p[tail.n - 1] == '*';
	uint64_t i = 0;

	if (tail.n == 0) {
		if (!all->has_plain)
			all->plain = *p;
		all->has_plain = true;
		return;
	}
	if (tail.n == 1 && encoded) {
		if (!all->has_extended)
			all->extended = *p;
		all->has_extended = true;
		return;
	}
	tail = str_skip(tail, 1);
	tail.n -= encoded;
	if (!str_u64(tail, &i) || i >= PIECES_MAX || all->at[i].there)
		return;
	all->at[i].raw = p->raw;
	all->at[i].quoted = p->quoted;
	all->at[i].encoded = encoded;
	all->at[i].there = true;
}

static void
add_line(struct buf *out, struct str octets, struct str charset)
{
	struct buf text = BUF_INIT;

	charset_convert(&text, octets, charset);
	for (size_t i = 0; i < text.len; i++)
		if (chr_control(text.data[i]))
			text.data[i] = ' ';
	buf_add_str(out, buf_str(&text));
	buf_fini(&text);
}

/* Cuts "charset'language'"; a value without it stays whole. */
static struct str
cut_charset(struct str *raw)
{
	struct str rest = *raw, charset = str_cut(&rest, '\'');
	size_t at = str_find(rest, '\'');

	if (charset.n == raw->n || at == rest.n)
		return STR("");
	*raw = str_skip(rest, at + 1);
	return charset;
}

static void
add_extended(struct buf *out, struct str raw)
{
	struct str charset = cut_charset(&raw);
	struct buf octets = BUF_INIT;

	words_unescape_percent(&octets, raw);
	add_line(out, buf_str(&octets), charset);
	buf_fini(&octets);
}

static void
add_pieces(struct buf *out, const struct pieces *all)
{
	struct buf octets = BUF_INIT;
	struct str charset = STR("");

	for (size_t i = 0; i < PIECES_MAX && all->at[i].there; i++) {
		struct str raw = all->at[i].raw;

		if (i == 0 && all->at[i].encoded)
			charset = cut_charset(&raw);
		if (all->at[i].encoded)
			words_unescape_percent(&octets, raw);
		else
			add_raw(&octets, raw, all->at[i].quoted);
	}
	add_line(out, buf_str(&octets), charset);
	buf_fini(&octets);
}

static void
add_plain(struct buf *out, const struct param *p)
{
	struct buf raw = BUF_INIT;

	add_raw(&raw, p->raw, p->quoted);
	words_decode(out, buf_str(&raw));
	buf_fini(&raw);
}

void
param_token(struct buf *out, struct str value)
{
	skip_blanks(&value);
	value = cut_until(&value, ';', ';');
	for (size_t i = 0; i < value.n; i++)
		buf_addc(out, chr_lower(value.p[i]));
}

bool
param_get(struct buf *out, struct str value, struct str name)
{
	struct pieces all = {0};
	struct param p;

	skip_blanks(&value);
	cut_until(&value, ';', ';');
	while (next_param(&value, &p)) {
		struct str tail = str_skip(p.name, name.n);

		if (str_ibegins(p.name, name) &&
		    (p.name.n == name.n || tail.p[0] == '*'))
			sort_in(&all, &p, p.name.n == name.n ? STR("") : tail);
	}
	if (all.has_extended)
		add_extended(out, all.extended.raw);
	else if (all.at[0].there)
		add_pieces(out, &all);
	else if (all.has_plain)
		add_plain(out, &all.plain);
	return all.has_extended || all.at[0].there || all.has_plain;
}
