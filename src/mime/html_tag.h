/* SPDX-License-Identifier: MIT */
#ifndef MIME_HTML_TAG_H
#define MIME_HTML_TAG_H

/*
 * html_tag: HTML cut into tags and what lies between them.
 *
 * The cuts are those of browsers: quotes in tags, comments, and scripts and
 * styles whose content is no markup. Pieces borrow, follow one another without
 * a gap and together are the input. Time is linear, whatever is not closed.
 */

#include <stdbool.h>

#include "base/str.h"

enum html_piece_kind {
	HTML_TEXT,
	HTML_OPEN, /* <a href="..."> */
	HTML_CLOSE, /* </a> */
	HTML_RAW, /* what is inside script and style */
	HTML_NOTHING, /* comments, declarations, a tag that never ends */
};

struct html_piece {
	enum html_piece_kind kind;
	struct str all; /* the octets */
	struct str name; /* of the tag; RAW: of the element it is in */
	struct str attributes; /* OPEN: what lies behind the name */
};

struct html_cutter {
	struct str rest;
	struct str raw; /* the element whose content comes next */
};

/* Begin with {.rest = html}. */
bool html_cut(struct html_cutter *c, struct html_piece *piece);

/*
 * The next attribute; the value without quotes, entities not decoded. *rest
 * begins as the piece's attributes.
 */
bool html_attribute(struct str *rest, struct str *name, struct str *value);

/* The value of the first attribute of that name; empty: none. */
struct str html_attribute_of(const struct html_piece *piece, struct str name);

#endif
