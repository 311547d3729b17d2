/* SPDX-License-Identifier: MIT */
#ifndef WEB_PAGE_VIEW_H
#define WEB_PAGE_VIEW_H

/*
 * page_view: one message on a page, and the tabs that it is shown by.
 *
 * A message that is attached to another is shown the same way: part= in the
 * URL names the way to it, as "2" or "2,1.3" (part 1.3 of the message that is
 * part 2). Each tab has a URL; which tabs there are depends on the message.
 */

#include <stdbool.h>

#include "mime/message.h"
#include "web/page.h"

#define VIEW_DEPTH_MAX 8 /* messages within messages */

enum view_tab {
	VIEW_HTML,
	VIEW_SOURCE,
	VIEW_TEXT,
	VIEW_HEADERS,
	VIEW_RAW,
	VIEW_PARTS,
	VIEW_FINDINGS,
	VIEW_TAB_COUNT,
};

struct view {
	struct page *p;
	struct index_row row;
	struct buf memory; /* of row */
	struct message *messages[VIEW_DEPTH_MAX]; /* from the outermost on */
	size_t depth;
	const struct part *inner; /* the part that m is; NULL: the outermost */
	struct message *m; /* the one that is shown */
	struct str part; /* the way to it; empty: the outermost */
	enum view_tab tab;
	char *octets; /* as stored, if the tab shows them; else NULL */
	size_t size;
	bool remote; /* remote content was asked for */
	char newer[ID_SIZE], older[ID_SIZE];
	struct buf findings; /* the file; may be empty */
	size_t finding_count;
};

/*
 * Opens the message of that ID and, in it, the one that v->part names. NONE:
 * there is no such thing; if the answer has begun, that is told already.
 * view_close() goes with it in any case.
 */
enum index_found view_open(struct view *v, struct str id);
void view_close(struct view *v);

/* Appends the URL of this message under another tab. */
void view_url(const struct view *v, enum view_tab tab, struct buf *out);

/* Appends the URL of its HTML as a document, for a frame or alone. */
void view_document_url(const struct view *v, struct buf *out);

/* page_message.c: what stands above the tabs. */
void view_actions(struct view *v);
void view_head(struct view *v);
/* "attached" parts: not bodies, not containers. */
bool view_is_attached(const struct part *part);
size_t view_attached_count(const struct view *v);
/* Its file name; or the subject, if it is a message; or its type. */
void view_part_name(
    const struct message *m, const struct part *part, struct buf *out);

/* page_tabs.c, page_parts.c, page_findings.c: the tabs. */
void view_html(struct view *v);
void view_source(struct view *v);
void view_text(struct view *v);
void view_headers(struct view *v);
void view_raw(struct view *v);
void view_parts(struct view *v);
void view_findings(struct view *v);

#endif
