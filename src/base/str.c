/* SPDX-License-Identifier: MIT */
/* str.c: compare, split and trim borrowed octets */

#include "base/str.h"

#include <string.h>

struct str
str_of(const char *s)
{
	return (struct str){s, s == NULL ? 0 : strlen(s)};
}

struct str
str_make(const char *p, size_t n)
{
	return (struct str){p, n};
}

bool
chr_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
chr_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
chr_alnum(char c)
{
	return chr_alpha(c) || chr_digit(c);
}

bool
chr_control(char c)
{
	return (unsigned char)c < 32 || c == 127;
}

char
chr_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (chr_lower(a.p[i]) != chr_lower(b.p[i]))
			return false;
	return true;
}

bool
str_begins(struct str s, struct str head)
{
	return s.n >= head.n && str_eq(str_make(s.p, head.n), head);
}

bool
str_ibegins(struct str s, struct str head)
{
	return s.n >= head.n && str_ieq(str_make(s.p, head.n), head);
}

size_t
str_find(struct str s, char c)
{
	const char *hit = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return hit == NULL ? s.n : (size_t)(hit - s.p);
}

struct str
str_skip(struct str s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return n == 0 ? s : (struct str){s.p + n, s.n - n};
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static struct str
trim_set(struct str s, const char *set)
{
	while (s.n > 0 && is_one_of(s.p[0], set))
		s = str_skip(s, 1);
	while (s.n > 0 && is_one_of(s.p[s.n - 1], set))
		s.n--;
	return s;
}

struct str
str_trim(struct str s)
{
	return trim_set(s, " \t");
}

struct str
str_trim_crlf(struct str s)
{
	return trim_set(s, " \t\r\n");
}

struct str
str_cut(struct str *rest, char c)
{
	size_t at = str_find(*rest, c);
	struct str part = {rest->p, at};

	*rest = str_skip(*rest, at + 1);
	return part;
}

struct str
str_word(struct str *rest)
{
	struct str s = *rest;
	size_t n = 0;

	while (s.n > 0 && is_one_of(s.p[0], " \t\r\n"))
		s = str_skip(s, 1);
	while (n < s.n && !is_one_of(s.p[n], " \t\r\n"))
		n++;
	*rest = str_skip(s, n);
	s.n = n;
	return s;
}

bool
str_u64(struct str s, uint64_t *value)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t digit;

		if (!chr_digit(s.p[i]))
			return false;
		digit = (uint64_t)(s.p[i] - '0');
		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

/* The length of the sequence that c opens, 0 when it cannot open one. */
static size_t
utf8_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

/* RFC 3629 section 4: which second octet the first one allows. */
static bool
utf8_second_fits(unsigned char first, unsigned char second)
{
	unsigned char low = 0x80, high = 0xbf;

	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	return second >= low && second <= high;
}

bool
str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < s.n;) {
		size_t len = utf8_length(p[i]);

		if (len == 0 || len > s.n - i)
			return false;
		if (len > 1 && !utf8_second_fits(p[i], p[i + 1]))
			return false;
		for (size_t k = 2; k < len; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		i += len;
	}
	return true;
}

bool
str_is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 32 || s.p[i] > 126)
			return false;
	return true;
}

bool
str_has_8bit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 127)
			return true;
	return false;
}
