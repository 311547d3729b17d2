/* SPDX-License-Identifier: MIT */
#ifndef WEB_EXTRACT_H
#define WEB_EXTRACT_H

/*
 * extract: what tests look for in a message: links, and one-time codes.
 *
 * Pure. Each find comes with its context, the line in which it stands, so that
 * a caller can tell two finds apart. Nothing is found twice. Time is linear.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

#define EXTRACT_LINKS_MAX 1000
#define EXTRACT_CODES_MAX 50

struct extract_found {
	struct str value, context;
};

struct extract {
	struct extract_found *links, *codes;
	size_t link_count, code_count;
	struct buf joined; /* of codes that are written in two groups */
};

void extract_fini(struct extract *e);

/*
 * A URL without what stands behind it in a sentence and is no part of it: any
 * of the marks, and brackets that it did not open.
 */
struct str extract_trim(struct str url, const char *marks);

/* http and https links of a text. Slices borrow from the text. */
void extract_links(struct extract *e, struct str text);

/*
 * One-time codes: 4 to 8 digits, also in two groups, or 5 to 10 capitals and
 * digits mixed, where a word such as "code" or "PIN" stands in the same line
 * or in one of the two lines before it, or in the subject if the code has a
 * line of its own.
 */
void extract_codes(struct extract *e, struct str subject, struct str text);

#endif
