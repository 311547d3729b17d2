/* SPDX-License-Identifier: MIT */
/* sendmail_address.c: from address lists to mailboxes of the envelope */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/addr.h"
#include "prog/sendmail.h"

#define MAILBOXES_MAX 10000
#define SHOWN_MAX 100

/* What stands between two commas of a list, without comments. */
struct element {
	struct buf bare; /* outside of angle brackets: mailbox or name */
	struct buf path; /* inside */
	bool has_path, in_path;
	bool gap; /* blanks were skipped and may have to be one */
	bool broken;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The length of what opens s and ends with close; 0 when it does not end. */
static size_t
closed_length(struct str s, char open, char close)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == close && --depth == 0)
			return i + 1;
		else if (s.p[i] == open)
			depth++;
	}
	return 0;
}

/* As above, for what does not nest. */
static size_t
quoted_length(struct str s, char close)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == close)
			return i + 1;
	}
	return 0;
}

/* A blank counts between words, not around the dots and the at-sign. */
static void
add(struct element *e, const char *p, size_t n)
{
	struct buf *to = e->in_path ? &e->path : &e->bare;
	char last = to->len > 0 ? to->data[to->len - 1] : '@';

	if (e->gap && strchr("@.", last) == NULL &&
	    (n == 0 || strchr("@.", p[0]) == NULL))
		buf_addc(to, ' ');
	e->gap = false;
	buf_add(to, p, n);
}

static size_t
take_whole(struct element *e, const char *p, size_t n)
{
	if (n == 0)
		e->broken = true;
	else
		add(e, p, n);
	return n > 0 ? n : 1;
}

static size_t
take_bracket(struct element *e, char c)
{
	bool opens = c == '<';

	if (opens == e->in_path || (opens && e->has_path))
		e->broken = true;
	e->in_path = opens;
	e->has_path = true;
	e->gap = false;
	return 1;
}

/* Takes one octet, or one thing that hangs together; returns its length. */
static size_t
take(struct element *e, struct str s)
{
	char c = s.p[0];
	size_t n;

	switch (c) {
	case '(':
		n = closed_length(s, '(', ')');
		e->broken |= n == 0;
		e->gap = true;
		return n > 0 ? n : 1;
	case '"':
		return take_whole(e, s.p, quoted_length(s, '"'));
	case '[':
		return take_whole(e, s.p, quoted_length(s, ']'));
	case '<':
	case '>':
		return take_bracket(e, c);
	case ':':
		if (e->in_path)
			break;
		/* What was read is the name of a group, not of a mailbox. */
		buf_reset(&e->bare);
		e->gap = false;
		return 1;
	default:
		break;
	}
	if (is_blank(c))
		e->gap = true;
	else
		add(e, &c, 1);
	return 1;
}

/* Cuts the next element out of *rest, which is not empty. */
static struct str
read_element(struct element *e, struct str *rest)
{
	struct str all = *rest;
	size_t i = 0;

	buf_reset(&e->bare);
	buf_reset(&e->path);
	e->has_path = e->in_path = e->gap = e->broken = false;
	while (i < all.n) {
		if (!e->in_path && (all.p[i] == ',' || all.p[i] == ';'))
			break;
		i += take(e, str_skip(all, i));
	}
	e->broken |= e->in_path;
	*rest = str_skip(all, i + 1);
	return str_trim_crlf(str_make(all.p, i < all.n ? i : all.n));
}

/* A domain follows; an at-sign may stand in a quoted local part, too. */
static bool
has_domain(struct str s)
{
	for (size_t i = s.n; i > 0 && s.p[i - 1] != '"'; i--)
		if (s.p[i - 1] == '@')
			return true;
	return false;
}

/* Appends the mailbox with a domain, if it is a mailbox. */
static bool
complete(struct buf *out, struct str text, const char *host)
{
	struct buf path = BUF_INIT;
	struct addr_path parsed;
	bool ok;

	buf_addc(&path, '<');
	buf_add_str(&path, text);
	if (!has_domain(text))
		buf_addf(&path, "@%s", host);
	buf_addc(&path, '>');
	ok = addr_parse_path(buf_str(&path), &parsed) == ADDR_OK &&
	     parsed.mailbox.n > 0 && parsed.rest.n == 0;
	if (ok)
		buf_add_str(out, parsed.mailbox);
	buf_fini(&path);
	return ok;
}

static void
complain(struct buf *why, struct str text)
{
	buf_addf(why, "not an address: %.*s",
	    (int)(text.n > SHOWN_MAX ? SHOWN_MAX : text.n), text.p);
}

static bool
insert(struct mailboxes *l, struct str mailbox, struct buf *why)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(str_of(l->items[i]), mailbox))
			return true;
	if (l->count == MAILBOXES_MAX) {
		buf_addf(why, "more than %d recipients", MAILBOXES_MAX);
		return false;
	}
	l->items = mem_grow(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = mem_dup(mailbox.p, mailbox.n);
	return true;
}

bool
mailboxes_add(
    struct mailboxes *l, struct str list, const char *host, struct buf *why)
{
	struct element e = {.bare = BUF_INIT, .path = BUF_INIT};
	struct buf mailbox = BUF_INIT;
	bool ok = true;

	while (ok && list.n > 0) {
		struct str text = read_element(&e, &list);

		/* Nothing between two commas, or an empty group. */
		if (!e.broken && !e.has_path && e.bare.len == 0)
			continue;
		buf_reset(&mailbox);
		ok = !e.broken &&
		     complete(&mailbox, buf_str(e.has_path ? &e.path : &e.bare),
			 host);
		if (!ok)
			complain(why, text);
		else
			ok = insert(l, buf_str(&mailbox), why);
	}
	buf_fini(&mailbox);
	buf_fini(&e.bare);
	buf_fini(&e.path);
	return ok;
}

void
mailboxes_fini(struct mailboxes *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct mailboxes){.items = NULL};
}

bool
mailbox_read(
    struct buf *out, struct str text, const char *host, struct buf *why)
{
	struct mailboxes one = {.items = NULL};
	bool ok;

	text = str_trim(text);
	if (text.n == 0 || str_eq(text, STR("<>")))
		return true;
	ok = mailboxes_add(&one, text, host, why);
	if (ok && one.count != 1) {
		complain(why, text);
		ok = false;
	}
	if (ok)
		buf_adds(out, one.items[0]);
	mailboxes_fini(&one);
	return ok;
}
