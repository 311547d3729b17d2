/* SPDX-License-Identifier: MIT */
#ifndef SMTP_FINDING_H
#define SMTP_FINDING_H

/*
 * finding: what was odd about a message or the way it came, but no reason to
 * refuse it. People who write software that sends mail want to know.
 *
 * Findings are counted, not listed, so their memory is constant. Their text
 * form is documented in maildir-layout/README.md.
 */

#include <stdint.h>

#include "base/buf.h"

enum finding {
	FINDING_EARLY_INPUT,
	FINDING_LF_COMMAND,
	FINDING_HELO_NAME,
	FINDING_PATH_SPACE,
	FINDING_PATH_ROUTE,
	FINDING_PATH_LENGTH,
	FINDING_PATH_DOMAIN,
	FINDING_PATH_LITERAL,
	FINDING_UTF8_UNANNOUNCED,
	FINDING_UNKNOWN_PARAMETER,
	FINDING_SIZE_MISMATCH,
	FINDING_BARE_LF,
	FINDING_BARE_CR,
	FINDING_CR_CR_LF,
	FINDING_NUL,
	FINDING_LONG_LINE,
	FINDING_8BIT_HEADER,
	FINDING_8BIT_BODY,
	FINDING_NO_HEADERS,
	FINDING_BAD_HEADER,
	FINDING_NO_FROM,
	FINDING_NO_DATE,
	FINDING_COUNT,
};

struct findings {
	uint64_t count[FINDING_COUNT];
};

/* Counts one; the count stops at its maximum. */
void finding_note(struct findings *f, enum finding what);

/* Adds all counts of more to f. */
void findings_merge(struct findings *f, const struct findings *more);

/* Appends one line "finding CODE COUNT TEXT" per kind that was seen. */
void findings_write(struct buf *out, const struct findings *f);

#endif
