/* SPDX-License-Identifier: MIT */
/* fold.c: lower case by Unicode rules, whatever the locale is */

#include "index/query.h"

#include <locale.h>
#include <wctype.h>

#include "base/mem.h"

/* One character of valid UTF-8; what is not valid stands for itself. */
static size_t
decode(struct str s, wint_t *c)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned char first = (unsigned char)s.p[0];
	size_t n = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

	if (n > s.n || !str_is_utf8(str_make(s.p, n))) {
		*c = 0;
		return 1;
	}
	*c = (wint_t)(first & masks[n]);
	for (size_t i = 1; i < n; i++)
		*c = *c << 6 | (wint_t)((unsigned char)s.p[i] & 0x3f);
	return n;
}

static void
encode(struct buf *out, wint_t c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | c >> 18));
		buf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* The C library has it built in; made once and kept. */
static locale_t
unicode(void)
{
	static locale_t made;

	if (made == (locale_t)0)
		made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (made == (locale_t)0)
		die("the locale C.UTF-8 is missing");
	return made;
}

void
query_fold(struct buf *out, struct str s)
{
	while (s.n > 0) {
		size_t plain = 0, n;
		wint_t c;

		while (plain < s.n && (unsigned char)s.p[plain] < 0x80)
			plain++;
		for (size_t i = 0; i < plain; i++)
			buf_addc(out, chr_lower(s.p[i]));
		s = str_skip(s, plain);
		if (s.n == 0)
			break;
		n = decode(s, &c);
		if (c != 0)
			encode(out, (wint_t)towlower_l(c, unicode()));
		else
			buf_addc(out, s.p[0]);
		s = str_skip(s, n);
	}
}
