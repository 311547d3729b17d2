/* SPDX-License-Identifier: MIT */
/* addrlist.c: address lists of header fields */

#include "mime/addrlist.h"

#include <string.h>

#include "mail/mailbox.h"
#include "mime/words.h"

struct parser {
	struct str rest;
	bool supply; /* commas where they are missing */
	bool in_group;
	struct buf phrase; /* a display name, not yet decoded */
	struct buf address;
	struct str comment; /* the last one, without its brackets */
};

static bool
is_atext(char c)
{
	return (unsigned char)c >= 0x80 || chr_alnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static char
peek(const struct parser *p)
{
	return p->rest.n == 0 ? '\0' : p->rest.p[0];
}

/* Returns false if it is never closed. */
static bool
skip_comment(struct parser *p)
{
	struct str s = p->rest;
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\') {
			i++;
		} else if (s.p[i] == '(') {
			depth++;
		} else if (s.p[i] == ')' && --depth == 0) {
			p->comment = str_trim(str_make(s.p + 1, i - 1));
			p->rest = str_skip(s, i + 1);
			return true;
		}
	}
	return false;
}

static bool
skip_blanks(struct parser *p)
{
	for (;;) {
		if (peek(p) == '(') {
			if (!skip_comment(p))
				return false;
		} else if (p->rest.n > 0 &&
			   (p->rest.p[0] == ' ' || p->rest.p[0] == '\t')) {
			p->rest = str_skip(p->rest, 1);
		} else {
			return true;
		}
	}
}

static bool
take_quoted(struct parser *p, struct buf *out)
{
	struct str s = str_skip(p->rest, 1);

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"') {
			p->rest = str_skip(s, i + 1);
			return true;
		}
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		buf_addc(out, s.p[i]);
	}
	return false;
}

static size_t
take_atom(struct parser *p, struct buf *out, const char *also)
{
	size_t n = 0;

	while (n < p->rest.n && (is_atext(p->rest.p[n]) ||
				    (p->rest.p[n] != '\0' &&
					strchr(also, p->rest.p[n]) != NULL)))
		n++;
	buf_add(out, p->rest.p, n);
	p->rest = str_skip(p->rest, n);
	return n;
}

static bool
take_domain(struct parser *p)
{
	size_t n = 1;

	if (peek(p) != '[')
		return take_atom(p, &p->address, ".") > 0;
	while (n < p->rest.n && p->rest.p[n] != ']' && p->rest.p[n] != '[' &&
	       !chr_control(p->rest.p[n]))
		n++;
	if (n >= p->rest.n || p->rest.p[n] != ']')
		return false;
	buf_add(&p->address, p->rest.p, n + 1);
	p->rest = str_skip(p->rest, n + 1);
	return true;
}

/*
 * Takes local@domain; false leaves the parser where it was, so that the same
 * octets can be read as a phrase.
 */
static bool
take_addr_spec(struct parser *p)
{
	struct parser before = *p;

	buf_reset(&p->address);
	if (peek(p) == '"' ? take_quoted(p, &p->address)
			   : take_atom(p, &p->address, ".") > 0)
		if (skip_blanks(p) && peek(p) == '@') {
			buf_addc(&p->address, '@');
			p->rest = str_skip(p->rest, 1);
			if (skip_blanks(p) && take_domain(p))
				return true;
		}
	p->rest = before.rest;
	p->comment = before.comment;
	return false;
}

static void
emit(struct parser *p, struct buf *list)
{
	struct buf name = BUF_INIT;

	words_decode(&name, str_trim(buf_str(&p->phrase)));
	mailbox_add(list, buf_str(&name), buf_str(&p->address));
	buf_fini(&name);
}

/* Behind '<': an old route is passed over (RFC 5322 section 4.4). */
static bool
take_angle(struct parser *p)
{
	p->rest = str_skip(p->rest, 1);
	if (!skip_blanks(p))
		return false;
	if (peek(p) == '@') {
		size_t colon = str_find(p->rest, ':');
		size_t end = str_find(p->rest, '>');

		if (colon > end)
			return false;
		p->rest = str_skip(p->rest, colon + 1);
	}
	if (!skip_blanks(p) || !take_addr_spec(p) || !skip_blanks(p) ||
	    peek(p) != '>')
		return false;
	p->rest = str_skip(p->rest, 1);
	return true;
}

/* Words up to what ends a phrase, one blank between them. */
static bool
take_phrase(struct parser *p)
{
	for (;;) {
		bool taken;

		if (!skip_blanks(p))
			return false;
		if (p->rest.n == 0 || strchr("<:;,", peek(p)) != NULL)
			return true;
		if (p->phrase.len > 0)
			buf_addc(&p->phrase, ' ');
		taken = peek(p) == '"' ? take_quoted(p, &p->phrase)
				       : take_atom(p, &p->phrase, ".@[]") > 0;
		if (!taken)
			return false;
	}
}

/* A mailbox without a phrase, or with one behind it in brackets. */
static bool
take_bare(struct parser *p, struct buf *list)
{
	p->comment = STR("");
	if (!take_addr_spec(p) || !skip_blanks(p))
		return false;
	if (peek(p) == '<') {
		/* The address stands where a name would. */
		buf_reset(&p->phrase);
		buf_add_str(&p->phrase, buf_str(&p->address));
		if (!take_angle(p))
			return false;
	} else {
		buf_reset(&p->phrase);
		buf_add_str(&p->phrase, p->comment);
	}
	emit(p, list);
	return true;
}

/* One mailbox, or the head of a group. */
static bool
take_item(struct parser *p, struct buf *list)
{
	struct str before = p->rest;

	if (take_bare(p, list))
		return true;
	p->rest = before;
	buf_reset(&p->phrase);
	if (!take_phrase(p))
		return false;
	if (peek(p) == ':' && !p->in_group && p->phrase.len > 0) {
		p->in_group = true;
		p->rest = str_skip(p->rest, 1);
		return true;
	}
	if (peek(p) != '<' || !take_angle(p))
		return false;
	emit(p, list);
	return true;
}

/* What may stand between two items; false: nothing that separates. */
static bool
take_separator(struct parser *p)
{
	bool taken = false;

	for (;;) {
		if (!skip_blanks(p))
			return false;
		if (peek(p) == ';' && (p->in_group || p->supply))
			p->in_group = false;
		else if (peek(p) != ',' || p->rest.n == 0)
			return taken || p->rest.n == 0;
		p->rest = str_skip(p->rest, 1);
		taken = true;
	}
}

static bool
parse(struct buf *list, struct str value, bool supply)
{
	struct parser p = {.rest = value,
	    .supply = supply,
	    .phrase = BUF_INIT,
	    .address = BUF_INIT};
	bool ok = true, group;

	take_separator(&p);
	while (ok && p.rest.n > 0) {
		group = p.in_group;
		ok = take_item(&p, list);
		/* Behind the colon of a group nothing needs to separate. */
		if (ok && !take_separator(&p))
			ok = supply || (p.in_group && !group);
	}
	buf_fini(&p.phrase);
	buf_fini(&p.address);
	return ok;
}

bool
addrlist_parse(struct buf *list, struct str value)
{
	size_t before = list->len;

	if (parse(list, value, false))
		return true;
	buf_truncate(list, before);
	if (parse(list, value, true))
		return true;
	buf_truncate(list, before);
	return false;
}
