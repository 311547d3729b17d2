/* SPDX-License-Identifier: MIT */
#ifndef MIME_HTML_RENDER_H
#define MIME_HTML_RENDER_H

/*
 * html_render: text out of the elements and texts that html.c finds.
 *
 * A render is told of elements as they open and close, well nested, at most
 * some hundred inside each other; it appends to its own buf.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

#define RENDER_FRAMES 64

enum render_kind {
	RENDER_TEXT, /* readable text (html_to_text) */
	RENDER_LINE, /* texts alone (html_to_line) */
	RENDER_SEARCH, /* texts and where links lead (html_to_search) */
};

/* An element whose text matters once it closes. */
struct render_frame {
	const struct html_element *element;
	size_t start; /* where its text begins */
	struct buf href, alt; /* of links */
	size_t images;
};

struct render {
	enum render_kind kind;
	struct buf out;
	unsigned breaks; /* line ends owed before the next text: 0, 1, 2 */
	bool space; /* a blank is owed */
	bool bullet; /* a list's bullet was the last thing */
	unsigned skipped; /* open elements without text */
	unsigned pre, quotes;
	struct render_frame frames[RENDER_FRAMES];
	size_t depth; /* of frames; may be more than there are */
};

void
render_open(struct render *r, struct str name, struct str href, struct str alt);
void render_close(struct render *r, struct str name);
void render_text(struct render *r, struct str text);

/* Appends what came of it, and releases the memory. */
void render_end(struct render *r, struct buf *out);

#endif
