/* SPDX-License-Identifier: MIT */
/* head.c: header fields out of octets */

#include "mime/head.h"

#include "mime/charset.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without its line end. */
static struct str
chop(struct str line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* The colon's place; line.n: this is no field. */
static size_t
find_colon(struct str line)
{
	size_t n = 0, end;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 127 &&
	       line.p[n] != ':')
		n++;
	end = n;
	while (n < line.n && is_blank(line.p[n]))
		n++;
	return end > 0 && n < line.n && line.p[n] == ':' ? n : line.n;
}

static void
skip_folded(struct str *rest)
{
	while (rest->n > 0 && is_blank(rest->p[0]))
		str_cut(rest, '\n');
}

bool
head_next(struct str *rest, struct str *name, struct str *raw)
{
	for (;;) {
		struct str from = *rest, next = *rest;
		struct str line = chop(str_cut(&next, '\n'));
		size_t colon = find_colon(line);

		if (line.n == 0) {
			*rest = next;
			return false;
		}
		/* Of a mailbox file; or what continues no field. */
		if (str_begins(line, STR("From ")) || is_blank(line.p[0])) {
			*rest = next;
			skip_folded(rest);
			continue;
		}
		if (colon == line.n)
			return false;
		*rest = next;
		skip_folded(rest);
		*name = str_trim(str_make(line.p, colon));
		raw->p = from.p + colon + 1;
		raw->n = from.n - rest->n - colon - 1;
		*raw = str_trim_crlf(*raw);
		return true;
	}
}

void
head_unfold(struct buf *out, struct str raw)
{
	struct buf plain = BUF_INIT;
	bool first = true;

	while (raw.n > 0) {
		struct str line = str_trim_crlf(str_cut(&raw, '\n'));

		if (!first && line.n > 0 && plain.len > 0)
			buf_addc(&plain, ' ');
		first = false;
		for (size_t i = 0; i < line.n; i++)
			buf_addc(
			    &plain, chr_control(line.p[i]) && line.p[i] != '\t'
					? ' '
					: line.p[i]);
	}
	if (str_is_utf8(buf_str(&plain)))
		buf_add_str(out, buf_str(&plain));
	else
		charset_convert(out, buf_str(&plain), STR(""));
	buf_fini(&plain);
}
