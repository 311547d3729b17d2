/* SPDX-License-Identifier: MIT */
/* envelope.c: recognise the block that trace_write() put on top */

#include "mail/envelope.h"

#include <string.h>

#include "base/codec.h"
#include "mail/addr.h"

#define HELO_MAX 255
#define HOST_MAX 255
#define DATE_MAX 40

static bool
take(struct str *s, struct str literal)
{
	if (!str_begins(*s, literal))
		return false;
	*s = str_skip(*s, literal.n);
	return true;
}

/* The octets in front of `end`, at least `least`, without a control octet. */
static bool
take_until(
    struct str *s, struct str end, size_t least, size_t most, struct str *out)
{
	struct str line = *s;
	size_t length = str_find(line, '\n');

	if (length == line.n)
		return false;
	line.n = length + 1;
	for (size_t n = 0; n <= most && n + end.n <= line.n; n++) {
		if (n >= least && str_begins(str_skip(line, n), end)) {
			*out = str_make(line.p, n);
			*s = str_skip(*s, n + end.n);
			return true;
		}
		if (chr_control(line.p[n]))
			return false;
	}
	return false;
}

/* A run of visible ASCII, as far as it goes. */
static struct str
take_visible(struct str *s, size_t most)
{
	struct str run = {s->p, 0};

	while (run.n < s->n && run.n < most && s->p[run.n] > 32 &&
	       s->p[run.n] < 127)
		run.n++;
	*s = str_skip(*s, run.n);
	return run;
}

/* An address may hold a '>', so the line's end decides. */
static bool
take_return_path(struct str *s, struct envelope *e)
{
	return take(s, STR("Return-Path: <")) &&
	       take_until(s, STR(">\n"), 0, ADDR_PATH_MAX, &e->reverse_path);
}

static bool
take_recipients(struct str *s, struct envelope *e)
{
	const char *start = s->p;
	struct str address;

	while (take(s, STR("Delivered-To: ")))
		if (!take_until(s, STR("\n"), 1, ADDR_PATH_MAX, &address))
			return false;
	e->recipients = str_make(start, (size_t)(s->p - start));
	return e->recipients.n > 0;
}

static bool
take_peer(struct str *s)
{
	struct str word;

	return take(s, STR("Received: from ")) &&
	       take_until(s, STR(" (["), 1, HELO_MAX, &word) &&
	       take_until(s, STR("])\n"), 1, HOST_MAX, &word) &&
	       str_is_printable(word);
}

/* "\t(TLS1.3:CIPHER auth=USER)\n", of which either may be missing. */
static bool
take_security(struct str *s, struct envelope *e)
{
	struct str comment;

	if (!take(s, STR("\t(")))
		return true;
	if (!take_until(s, STR(")\n"), 1, 2 * ADDR_PATH_MAX, &comment))
		return false;
	if (str_begins(comment, STR("TLS"))) {
		e->tls = str_cut(&comment, ' ');
		if (comment.n == 0)
			return true;
	}
	if (!take(&comment, STR("auth=")) || !codec_is_xtext(comment))
		return false;
	e->user = comment;
	return true;
}

/* What comes last; the ID must be the one in the file's name. */
static bool
take_end(struct str *s, struct str id)
{
	struct str date;

	return take(s, STR("\tby ")) && take_visible(s, HOST_MAX).n > 0 &&
	       take(s, STR(" (Mailpit) with ")) && take_visible(s, 16).n > 0 &&
	       take(s, STR("\n\tid ")) && id.n > 0 && take(s, id) &&
	       take(s, STR("; ")) &&
	       take_until(s, STR("\n"), 1, DATE_MAX, &date);
}

bool
envelope_read(struct str message, struct str id, struct envelope *e)
{
	struct str s = message;

	*e = (struct envelope){.block = 0};
	if (!take_return_path(&s, e) || !take_recipients(&s, e) ||
	    !take_peer(&s) || !take_security(&s, e) || !take_end(&s, id)) {
		*e = (struct envelope){.block = 0};
		return false;
	}
	e->block = message.n - s.n;
	/* The empty line behind a block of its own is ours too. */
	e->head = e->block + (str_begins(s, STR("\n")) ? 1 : 0);
	return true;
}

bool
envelope_recipient(struct str *rest, struct str *address)
{
	struct str line;

	if (rest->n == 0)
		return false;
	line = str_cut(rest, '\n');
	*address = str_skip(line, strlen("Delivered-To: "));
	return true;
}

static unsigned
hex_value(char c)
{
	return (unsigned)(chr_digit(c) ? c - '0' : c - 'A' + 10);
}

void
envelope_user(const struct envelope *e, struct buf *out)
{
	struct str s = e->user;

	/* envelope_read() has seen that it is well-formed. */
	for (size_t i = 0; i < s.n; i++) {
		unsigned octet;

		if (s.p[i] != '+' || s.n - i < 3) {
			buf_addc(out, s.p[i]);
			continue;
		}
		octet = hex_value(s.p[i + 1]) << 4 | hex_value(s.p[i + 2]);
		buf_addc(out, (char)octet);
		i += 2;
	}
}
