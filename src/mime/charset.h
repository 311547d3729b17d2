/* SPDX-License-Identifier: MIT */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

/*
 * charset: from what a message says its octets are to UTF-8.
 *
 * A name in mail only chooses a row of our own table; no such name reaches
 * iconv. What is not labelled, or by an unknown name, is UTF-8 if it is valid
 * UTF-8, else windows-1252; so is what is plainly mislabelled. Converting
 * never fails: what cannot be read becomes U+FFFD. The result is valid UTF-8.
 *
 * Text comes in pieces: first all of it to a survey, then all of it again to
 * a reader which that survey instructs.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "mime/sink.h"

/* What one look at all the octets tells. */
struct charset_survey {
	uint64_t multi; /* sequences of UTF-8 with more than one octet */
	uint64_t bad; /* what is no UTF-8 */
	uint64_t escapes; /* ESC $ and ESC (, as in ISO-2022-JP */

	/* private */
	unsigned char held[4];
	unsigned held_n;
};

void charset_look(struct charset_survey *s, const char *p, size_t n);
void charset_look_end(struct charset_survey *s);

struct charset; /* a row of the table */

/* NULL: none of that name. */
const struct charset *charset_find(struct str name);

/* What to read octets as that are labelled so (or not at all: ""). */
const struct charset *
charset_choose(struct str label, const struct charset_survey *s);

struct charset_reader {
	struct sink to;
	uint64_t errors; /* replacements made */

	/* private */
	const struct charset *row;
	void *iconv; /* borrowed from the table */
	char held[32];
	size_t held_n;
};

void charset_begin(
    struct charset_reader *r, const struct charset *row, struct sink to);
void charset_feed(struct charset_reader *r, const char *p, size_t n);
void charset_end(struct charset_reader *r);

/*
 * Whether errors of the chosen row show that the label is wrong: the octets
 * are UTF-8. If so they are better read as charset_utf8().
 */
bool charset_was_wrong(
    const struct charset_survey *s, const struct charset_reader *r);
const struct charset *charset_utf8(void);

/* All of it at once, appended. */
void charset_convert(struct buf *out, struct str in, struct str label);

#endif
