/* SPDX-License-Identifier: MIT */
#ifndef BASE_STR_H
#define BASE_STR_H

/*
 * str: a borrowed slice of octets.
 *
 * A slice owns nothing and is valid as long as the octets it points at. It
 * may hold NULs; p is never NULL when n is not 0. Nothing here allocates or
 * fails. Case is folded for ASCII only, whatever the locale.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *p;
	size_t n;
};

/* Borrows a literal. */
#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})

/* For printf's "%.*s": cut at what an int holds. */
#define STR_ARG(s) ((int)((s).n > 4096 ? 4096 : (s).n)), (s).p

struct str str_of(const char *s);
struct str str_make(const char *p, size_t n);

bool str_eq(struct str a, struct str b);
bool str_ieq(struct str a, struct str b);
bool str_begins(struct str s, struct str head);
bool str_ibegins(struct str s, struct str head);

/* The position of c, or s.n when there is none. */
size_t str_find(struct str s, char c);

/* What follows the first n octets; nothing when there are not as many. */
struct str str_skip(struct str s, size_t n);

/* Without SP and TAB (and with str_trim_crlf also CR, LF) at both ends. */
struct str str_trim(struct str s);
struct str str_trim_crlf(struct str s);

/*
 * Cuts the part up to the first c out of *rest, which then begins behind it.
 * Without a c, the part is all and *rest becomes empty.
 */
struct str str_cut(struct str *rest, char c);

/*
 * Cuts the next word out of *rest; words are separated by runs of SP, TAB,
 * CR and LF. An empty word means that there was none left.
 */
struct str str_word(struct str *rest);

/*
 * Strict unsigned decimal: 1 to 20 digits and nothing else, no overflow.
 * Returns false and leaves *value alone otherwise.
 */
bool str_u64(struct str s, uint64_t *value);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);

/* Only octets 32..126. */
bool str_is_printable(struct str s);

/* An octet above 127 is somewhere in it. */
bool str_has_8bit(struct str s);

/* Character classes of the C locale. */
bool chr_alpha(char c);
bool chr_digit(char c);
bool chr_alnum(char c);
bool chr_control(char c);
char chr_lower(char c);

#endif
