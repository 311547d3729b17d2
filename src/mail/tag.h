/* SPDX-License-Identifier: MIT */
#ifndef MAIL_TAG_H
#define MAIL_TAG_H

/*
 * tag: names of tags, and lists of them as lines.
 *
 * A list is one name per line, sorted ignoring ASCII case, none twice (of two
 * that differ in case only, the first one stays). It is the format of
 * mailpit/tags/<ID> too, and of the column in the index.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

#define TAG_MAX 100 /* octets of a name */
#define TAGS_MAX 256 /* names in a list; what is added beyond is dropped */

/*
 * Appends the cleaned name: what is not A-Z a-z 0-9 - _ . @ becomes a blank,
 * runs of blanks one, trimmed, cut to TAG_MAX. Returns false if nothing was
 * left (then nothing is appended).
 */
bool tag_clean(struct buf *out, struct str raw);

/* Adds a cleaned name to a sorted list of lines. */
void tag_add(struct buf *list, struct str name);

/* Adds all of "a, b, c". */
void tag_add_commas(struct buf *list, struct str names);

/* The next name of a list. */
bool tag_next(struct str *rest, struct str *name);

bool tag_has(struct str list, struct str name);

/* A colour for the name: 0..359, the hue; the same everywhere. */
unsigned tag_hue(struct str name);

#endif
