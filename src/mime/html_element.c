/* SPDX-License-Identifier: MIT */
/* html_element.c: what each element means to a text */

#include "mime/html_element.h"

#define NAME(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}
#define BLOCK(s, n)                                                            \
	{                                                                      \
		NAME(s), SHAPE_BLOCK, n, 0, 0, true                            \
	}
#define SKIP(s)                                                                \
	{                                                                      \
		NAME(s), SHAPE_SKIP, 0, 0, 0, false                            \
	}
#define HEADING(s, above, below)                                               \
	{                                                                      \
		NAME(s), SHAPE_HEADING, 2, above, below, true                  \
	}

static const struct html_element elements[] = {
    BLOCK("div", 1),
    BLOCK("p", 2),
    BLOCK("ul", 2),
    BLOCK("ol", 2),
    BLOCK("dl", 2),
    BLOCK("table", 2),
    BLOCK("address", 1),
    BLOCK("article", 1),
    BLOCK("aside", 1),
    BLOCK("center", 1),
    BLOCK("dt", 1),
    BLOCK("dd", 1),
    BLOCK("footer", 1),
    BLOCK("form", 1),
    BLOCK("header", 1),
    BLOCK("hr", 1),
    BLOCK("main", 1),
    BLOCK("nav", 1),
    BLOCK("section", 1),
    BLOCK("thead", 1),
    BLOCK("tbody", 1),
    BLOCK("tfoot", 1),
    BLOCK("tr", 1),
    BLOCK("video", 1),
    {NAME("br"), SHAPE_BREAK, 1, 0, 0, true},
    {NAME("li"), SHAPE_ITEM, 1, 0, 0, true},
    {NAME("td"), SHAPE_CELL, 0, 0, 0, true},
    {NAME("th"), SHAPE_CELL, 0, 0, 0, true},
    {NAME("b"), SHAPE_BOLD, 0, 0, 0, false},
    {NAME("strong"), SHAPE_BOLD, 0, 0, 0, false},
    {NAME("pre"), SHAPE_PRE, 2, 0, 0, true},
    {NAME("a"), SHAPE_LINK, 0, 0, 0, false},
    {NAME("img"), SHAPE_IMAGE, 0, 0, 0, true},
    {NAME("blockquote"), SHAPE_QUOTE, 2, 0, 0, true},
    HEADING("h1", '*', '*'),
    HEADING("h2", '-', '-'),
    HEADING("h3", 0, '-'),
    HEADING("h4", 0, 0),
    HEADING("h5", 0, 0),
    HEADING("h6", 0, 0),
    SKIP("head"),
    SKIP("title"),
    SKIP("style"),
    SKIP("script"),
    SKIP("template"),
    {NAME("noscript"), SHAPE_ASIDE, 0, 0, 0, false},
};

_Static_assert(sizeof(elements) / sizeof(elements[0]) <= HTML_ELEMENTS,
    "more elements than HTML_ELEMENTS");

const struct html_element *
html_element(struct str name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (str_ieq(elements[i].name, name))
			return &elements[i];
	return NULL;
}

int
html_element_number(struct str name)
{
	const struct html_element *e = html_element(name);

	return e == NULL ? -1 : (int)(e - elements);
}
