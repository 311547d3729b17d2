/* SPDX-License-Identifier: MIT */
/* utf8.c: characters out of octets and back */

#include "mime/utf8.h"

/* What a first octet opens: how many follow, and where the second lies. */
static unsigned
opens(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	*high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		return 1;
	if (c >= 0xe0 && c <= 0xef)
		return 2;
	if (c >= 0xf0 && c <= 0xf4)
		return 3;
	return 0;
}

uint32_t
utf8_next(struct str *rest)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	unsigned char low, high;
	unsigned more = opens(p[0], &low, &high);
	uint32_t c = p[0] & (0x3fU >> more);
	size_t n = 1;

	if (p[0] < 0x80)
		c = p[0];
	else if (more == 0)
		c = UTF8_REPLACEMENT;
	for (; more > 0; more--, n++) {
		if (n >= rest->n || p[n] < low || p[n] > high) {
			c = UTF8_REPLACEMENT;
			break;
		}
		c = c << 6 | (p[n] & 0x3fU);
		low = 0x80;
		high = 0xbf;
	}
	*rest = str_skip(*rest, n);
	return c;
}

size_t
utf8_write(char out[UTF8_MAX], uint32_t c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = UTF8_REPLACEMENT;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

void
utf8_add(struct buf *out, uint32_t c)
{
	char octets[UTF8_MAX];

	buf_add(out, octets, utf8_write(octets, c));
}

size_t
utf8_floor(struct str s, size_t n)
{
	if (n >= s.n)
		return s.n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

size_t
utf8_count(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return count;
}
