/* SPDX-License-Identifier: MIT */
/* pattern.c: the administrator's regular expressions, by PCRE2 */

#include "mail/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/mem.h"

/* Some thousand times what an address needs. */
#define STEPS_MAX 200000

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *match;
};

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_match_data_free(p->match);
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

struct pattern *
pattern_new(const char *expression, struct buf *why)
{
	struct pattern *p = mem_new(sizeof(*p));
	PCRE2_SIZE offset = 0;
	PCRE2_UCHAR text[128];
	int error = 0;

	p->code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF, &error, &offset, NULL);
	if (p->code == NULL) {
		if (pcre2_get_error_message(error, text, sizeof(text)) < 0)
			text[0] = '\0';
		buf_addf(why, "%s at offset %zu of \"%s\"", (const char *)text,
		    (size_t)offset, expression);
		pattern_free(p);
		return NULL;
	}
	p->limits = pcre2_match_context_create(NULL);
	p->match = pcre2_match_data_create_from_pattern(p->code, NULL);
	if (p->limits == NULL || p->match == NULL)
		die("out of memory (pattern)");
	pcre2_set_match_limit(p->limits, STEPS_MAX);
	return p;
}

enum pattern_verdict
pattern_match(const struct pattern *p, struct str s)
{
	int n = pcre2_match(
	    p->code, (PCRE2_SPTR)s.p, s.n, 0, 0, p->match, p->limits);

	if (n == PCRE2_ERROR_NOMATCH)
		return PATTERN_DIFFERS;
	return n >= 0 ? PATTERN_MATCHES : PATTERN_GAVE_UP;
}
