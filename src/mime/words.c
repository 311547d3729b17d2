/* SPDX-License-Identifier: MIT */
/* words.c: encoded words in header fields */

#include "mime/words.h"

#include "mime/charset.h"
#include "mime/gmime.h"

#define CHARSET_LONGEST 60

struct word {
	struct str charset, text;
	bool base64;
};

struct decoder {
	struct buf *out;
	struct str charset; /* of what is pending */
	struct buf pending; /* octets of words that touch */
	bool no_end; /* no "?=" is left: nothing more to look for */
};

static int
hex(char c)
{
	if (chr_digit(c))
		return c - '0';
	c = chr_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An octet behind '=' or '%'; -1: none. */
static int
escaped(struct str s, size_t i)
{
	int high, low;

	if (i + 2 >= s.n)
		return -1;
	high = hex(s.p[i + 1]);
	low = hex(s.p[i + 2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void
words_unescape_percent(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int octet = s.p[i] == '%' ? escaped(s, i) : -1;

		buf_addc(out, octet < 0 ? s.p[i] : (char)octet);
		if (octet >= 0)
			i += 2;
	}
}

/* RFC 2047 section 4.2. */
static void
decode_q(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int octet = s.p[i] == '=' ? escaped(s, i) : -1;

		if (octet >= 0) {
			buf_addc(out, (char)octet);
			i += 2;
		} else {
			buf_addc(out, s.p[i] == '_' ? ' ' : s.p[i]);
		}
	}
}

/* Cuts "=?charset?Q?text?=" from the front of *rest. */
static bool
cut_word(struct decoder *d, struct str *rest, struct word *w)
{
	struct str s = *rest, head;
	size_t at;

	if (d->no_end || !str_begins(s, STR("=?")))
		return false;
	s = str_skip(s, 2);
	head = str_make(s.p, s.n < CHARSET_LONGEST ? s.n : CHARSET_LONGEST);
	at = str_find(head, '?');
	if (at == 0 || at + 2 >= s.n || s.p[at + 2] != '?')
		return false;
	w->charset = str_make(s.p, at);
	/* RFC 2231 section 5: a language may follow. */
	w->charset.n = str_find(w->charset, '*');
	w->base64 = chr_lower(s.p[at + 1]) == 'b';
	if (!w->base64 && chr_lower(s.p[at + 1]) != 'q')
		return false;
	s = str_skip(s, at + 3);
	w->text = s;
	for (at = 0; at + 1 < s.n; at++)
		if (s.p[at] == '?' && s.p[at + 1] == '=') {
			w->text.n = at;
			*rest = str_skip(s, at + 2);
			return true;
		}
	d->no_end = true;
	return false;
}

static void
add_line(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_addc(out, chr_control(s.p[i]) ? ' ' : s.p[i]);
}

static void
flush(struct decoder *d)
{
	struct buf text = BUF_INIT;

	if (d->pending.len == 0)
		return;
	charset_convert(&text, buf_str(&d->pending), d->charset);
	add_line(d->out, buf_str(&text));
	buf_fini(&text);
	buf_reset(&d->pending);
}

static void
take(struct decoder *d, const struct word *w)
{
	if (!str_ieq(d->charset, w->charset))
		flush(d);
	d->charset = w->charset;
	if (w->base64)
		gmime_decode(
		    TRANSFER_BASE64, w->text, sink_to_buf(&d->pending));
	else
		decode_q(&d->pending, w->text);
}

void
words_decode(struct buf *out, struct str value)
{
	struct decoder d = {.out = out, .pending = BUF_INIT};
	struct str blanks = {NULL, 0};
	bool behind_word = false;

	while (value.n > 0) {
		struct word w;
		size_t n = 1;

		if (cut_word(&d, &value, &w)) {
			if (!behind_word)
				add_line(out, blanks);
			blanks.n = 0;
			take(&d, &w);
			behind_word = true;
			continue;
		}
		if (value.p[0] == ' ' || value.p[0] == '\t') {
			while (n < value.n &&
			       (value.p[n] == ' ' || value.p[n] == '\t'))
				n++;
			blanks = str_make(value.p, n);
			value = str_skip(value, n);
			if (value.n > 0)
				continue;
			n = 0;
		}
		flush(&d);
		add_line(out, blanks);
		blanks.n = 0;
		behind_word = false;
		while (n < value.n && value.p[n] != '=' && value.p[n] != ' ' &&
		       value.p[n] != '\t')
			n++;
		add_line(out, str_make(value.p, n));
		value = str_skip(value, n);
	}
	flush(&d);
	buf_fini(&d.pending);
}
