/* SPDX-License-Identifier: MIT */
/* unsubscribe.c: what List-Unsubscribe offers (RFC 2369, RFC 8058) */

#include "mime/internal.h"

#define LINKS_MAX 2

struct reading {
	struct buf *links, *errors;
	bool mail, http;
};

static void
complain(struct reading *r, struct str what, const char *text)
{
	if (r->errors->len > 0)
		buf_adds(r->errors, ", ");
	buf_addc(r->errors, '"');
	buf_add_str(r->errors, what);
	buf_addf(r->errors, "\" %s", text);
}

/* Comments may hold comments; an end without a beginning is text. */
static void
drop_comments(struct buf *out, struct str value)
{
	size_t depth = 0;

	for (size_t i = 0; i < value.n; i++) {
		/* Brackets inside a link are the link's. */
		if (value.p[i] == '<' && depth == 0) {
			size_t n = str_find(str_skip(value, i), '>');

			buf_add_str(out, str_make(value.p + i, n));
			i += n;
			if (i >= value.n)
				break;
		}
		if (value.p[i] == '(')
			depth++;
		else if (value.p[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0)
			buf_addc(out, value.p[i]);
	}
}

static bool
begins_right(struct str link, bool *mail)
{
	struct str rest;

	*mail = str_begins(link, STR("mailto:"));
	rest = str_skip(link, 7);
	if (!*mail && str_ibegins(link, STR("https://")))
		rest = str_skip(link, 8);
	else if (!*mail && !str_ibegins(link, STR("http://")))
		return false;
	return rest.n > 0 && chr_alnum(rest.p[0]);
}

static bool
has_bad_escape(struct str link)
{
	struct str digits = STR("0123456789abcdefABCDEF");

	for (size_t i = 0; i < link.n; i++) {
		if (link.p[i] != '%')
			continue;
		for (size_t k = 1; k <= 2; k++)
			if (i + k >= link.n ||
			    str_find(digits, link.p[i + k]) == digits.n)
				return true;
	}
	return false;
}

static bool
has_blank(struct str link)
{
	return str_find(link, ' ') < link.n || str_find(link, '\t') < link.n;
}

static void
take_link(struct reading *r, struct str link)
{
	bool mail, right = begins_right(link, &mail);
	bool *seen = mail ? &r->mail : &r->http;

	if (has_blank(link))
		complain(r, link, "should not contain spaces");
	else if (!right)
		complain(
		    r, link, "should start with either http(s):// or mailto:");
	else if (*seen)
		complain(r, link,
		    mail ? "should only contain one mailto:"
			 : "should only contain one HTTP link");
	else if (has_bad_escape(link))
		complain(r, link, "has an invalid URL escape");
	else {
		*seen = true;
		buf_add_str(r->links, link);
		buf_addc(r->links, '\n');
	}
}

/* How many links there are; -1: something odd stands between them. */
static int
count_links(struct str value)
{
	int n = 0;

	while (value.n > 0) {
		size_t begin = str_find(value, '<');
		struct str between = str_make(value.p, begin);
		size_t end = str_find(value, '>');
		size_t commas = 0;

		for (size_t i = 0; i < between.n; i++) {
			commas += between.p[i] == ',';
			if (between.p[i] != ',' && between.p[i] != ' ' &&
			    between.p[i] != '\t')
				return -1;
		}
		if (n > 0 && (commas != 1 || begin == value.n))
			return -1;
		if (begin == value.n || end == value.n || end < begin)
			return -1;
		value = str_skip(value, end + 1);
		n++;
	}
	return n;
}

static bool
has_link(struct str value)
{
	value = str_skip(value, str_find(value, '<'));
	return str_find(value, '>') < value.n;
}

static size_t
count_pairs(struct str value)
{
	size_t n = 0;

	for (;;) {
		value = str_skip(value, str_find(value, '<'));
		if (str_find(value, '>') >= value.n)
			return n;
		str_cut(&value, '>');
		n++;
	}
}

/* A value that cannot be used at all says why; then its links are not read. */
static const char *
whole_error(struct str v)
{
	if (!has_link(v))
		return "no valid unsubscribe links found";
	if (v.p[0] != '<' || v.p[v.n - 1] != '>')
		return "should be enclosed in <>";
	if (count_pairs(v) > LINKS_MAX)
		return "should include a maximum of one email and one HTTP "
		       "link";
	if (count_links(v) < 0)
		return "<> should be split with a comma and optional spaces";
	return NULL;
}

void
message_unsubscribe(
    const struct message *m, struct buf *links, struct buf *errors)
{
	struct reading r = {.links = links, .errors = errors};
	struct buf plain = BUF_INIT;
	struct str value;
	const char *error;

	if (!m->fields.has_list_unsubscribe)
		return;
	drop_comments(&plain, m->fields.list_unsubscribe);
	value = str_trim(buf_str(&plain));
	error = whole_error(value);
	if (error != NULL)
		complain(&r, value, error);
	while (error == NULL && value.n > 0) {
		str_cut(&value, '<');
		take_link(&r, str_cut(&value, '>'));
	}
	buf_fini(&plain);
}
