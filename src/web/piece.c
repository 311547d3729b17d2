/* SPDX-License-Identifier: MIT */
/* piece.c: HTML written as a list of typed pieces */
#include "web/piece.h"

#include <inttypes.h>

void
piece_put(struct out *o, const struct piece *pieces, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];

		switch (p->kind) {
		case PIECE_HTML:
			out_add(o, p->s);
			break;
		case PIECE_TEXT:
			out_attribute(o, p->s);
			break;
		case PIECE_URL:
			out_url(o, p->s);
			break;
		case PIECE_NUMBER:
			out_addf(o, "%" PRIu64, p->n);
			break;
		}
	}
}

void
piece_url(struct buf *out, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (chr_alnum(c) || c == '-' || c == '_' || c == '.' ||
		    c == '~') {
			buf_addc(out, c);
			continue;
		}
		buf_addc(out, '%');
		buf_addc(out, hex[(unsigned char)c >> 4]);
		buf_addc(out, hex[(unsigned char)c & 15]);
	}
}
