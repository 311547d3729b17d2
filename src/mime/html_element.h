/* SPDX-License-Identifier: MIT */
#ifndef MIME_HTML_ELEMENT_H
#define MIME_HTML_ELEMENT_H

/* html_element: what each element means to a text; for html_render.c. */

#include <stdbool.h>

#include "base/str.h"

enum shape {
	SHAPE_BLOCK, /* stands on lines of its own */
	SHAPE_SKIP, /* has no text for readers */
	SHAPE_ASIDE, /* text for readers, but none for lists */
	SHAPE_BREAK, /* br */
	SHAPE_ITEM,
	SHAPE_CELL,
	SHAPE_BOLD,
	SHAPE_PRE,
	SHAPE_HEADING,
	SHAPE_LINK,
	SHAPE_IMAGE,
	SHAPE_QUOTE,
};

struct html_element {
	struct str name;
	enum shape shape;
	unsigned breaks; /* line ends around it */
	char above, below; /* rules of a heading */
	bool spaced; /* a blank behind it in a line */
};

/* NULL: it means nothing, its text is that of its parent. */
const struct html_element *html_element(struct str name);

/* Its number, below HTML_ELEMENTS; -1: NULL. */
#define HTML_ELEMENTS 64
int html_element_number(struct str name);

#endif
