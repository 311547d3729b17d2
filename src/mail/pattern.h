/* SPDX-License-Identifier: MIT */
#ifndef MAIL_PATTERN_H
#define MAIL_PATTERN_H

/*
 * pattern: the administrator's regular expressions over addresses.
 *
 * Perl syntax as PCRE2 has it, which covers what is written for Go's regexp
 * package; unanchored and case-sensitive. The work of one match is bounded,
 * so an unlucky expression cannot hold a session up.
 */

#include "base/buf.h"
#include "base/str.h"

struct pattern;

enum pattern_verdict {
	PATTERN_MATCHES,
	PATTERN_DIFFERS,
	PATTERN_GAVE_UP, /* too much work, or no memory */
};

/* Returns an owned pattern; NULL and a text in *why when it is none. */
struct pattern *pattern_new(const char *expression, struct buf *why);
void pattern_free(struct pattern *p);

enum pattern_verdict pattern_match(const struct pattern *p, struct str s);

#endif
