/* SPDX-License-Identifier: MIT */
#ifndef MIME_HTML_H
#define MIME_HTML_H

/*
 * html: HTML mail read as text, by libxml2's forgiving parser.
 *
 * The input is UTF-8 of any size; nesting is bounded, nothing is fetched, and
 * time is linear. Output is appended.
 */

#include "base/buf.h"
#include "base/str.h"

/* A readable text (HTTP API, section 5.5). */
void html_to_text(struct str html, struct buf *out);

/* One line for a list, not yet cut (section 5.8). */
void html_to_line(struct str html, struct buf *out);

/* For searching: with link targets (section 5.11). */
void html_to_search(struct str html, struct buf *out);

/* The charset that a meta element names; empty: none. Borrows. */
struct str html_meta_charset(struct str html);

#endif
