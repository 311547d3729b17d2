/* SPDX-License-Identifier: MIT */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

/*
 * page: what all HTML pages have in common.
 *
 * A page knows its place, which is the list that a person works in: a search
 * or none, and the part of it that is shown. The place travels in every URL,
 * so that going on, going back and undoing find it again without a script.
 * Preferences come from one cookie, mailpit_ui=KEY:VALUE|...; it holds nothing
 * secret, and what is not understood in it is ignored.
 *
 * Handlers call page_init() first (false: it has answered already) and
 * page_fini() last.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "index/index.h"
#include "index/query.h"
#include "web/piece.h"
#include "web/web.h"

#define PAGE_COOKIE "mailpit_ui"
#define PAGE_DATE_SIZE 64

struct page_preferences {
	char theme[8]; /* "auto", "light", "dark" */
	char zone[64]; /* IANA name; "": the browser's, else the machine's */
	char browser_zone[64]; /* what the script saw; "" without a script */
	uint64_t limit;
	bool plain_tags; /* no colours */
	bool no_questions; /* "delete all" and the like without asking */
	bool no_keys; /* no keys of one character */
	bool notify;
};

struct page {
	struct web *w;
	struct out *out;
	struct page_preferences preferences;
	struct str q; /* the search as it was typed; empty: the mailbox */
	struct buf memory; /* of q */
	struct query *query; /* NULL: the mailbox, or not understood */
	struct buf why; /* why it was not understood */
	uint64_t start, limit;
	struct index_counts counts;
	struct buf tags; /* index_tags() */
	struct buf token; /* for forms */
	int64_t now; /* seconds */
	bool compact; /* rows without check boxes */
};

bool page_init(struct page *p, struct web *w);
void page_fini(struct page *p);

/* The first field of that name in the form; false: there is none. */
bool page_field(const struct page *p, const char *name, struct buf *value);

/* Fills in the counts without a list. */
bool page_count(struct page *p);

/* What a time zone's name may look like (no path, no rule). */
bool page_zone_is_valid(struct str name);

/* Limits that the list offers. */
bool page_limit_is_valid(uint64_t limit);

/* Appends the URL of the list, or of a path below the webroot in it. */
void page_list_url(const struct page *p, uint64_t start, struct buf *out);
void page_url(const struct page *p, const char *path, struct buf *out);

/* Hidden fields of a form: its token, and the place. */
void page_form_fields(const struct page *p);

/* A <select>'s options and the like: " selected" if it is so. */
#define PAGE_SELECTED(yes) ((yes) ? " selected" : "")
#define PAGE_CHECKED(yes) ((yes) ? " checked" : "")

/* page_frame.c: what surrounds every page. */
struct page_frame {
	struct str title; /* of the window; empty: of the list */
	const char *kind; /* class of the body: list, view, sheet */
	const char *content; /* id of what one came for; NULL: all of it */
	bool navigation; /* the side column is about the list */
	int status; /* 0: 200 */
};
void page_head(struct page *p, const struct page_frame *f);
void page_foot(struct page *p);
void page_notice(struct page *p, const char *kind, struct str text);
/* An undo that the URL offers (?undo=GROUP&n=COUNT), or what else was done. */
void page_done_notice(struct page *p);
/* A whole page that says what is wrong. */
void
page_error(struct page *p, int status, const char *heading, const char *text);
/* The index could not answer; while it is being built the page asks again. */
void page_failed(struct page *p);

/* page_icon.c: drawings of ours. */
enum icon {
	ICON_MENU,
	ICON_SEARCH,
	ICON_INBOX,
	ICON_TAG,
	ICON_TRASH,
	ICON_READ,
	ICON_UNREAD,
	ICON_CLIP,
	ICON_LEFT,
	ICON_RIGHT,
	ICON_BACK,
	ICON_SETTINGS,
	ICON_HELP,
	ICON_THEME,
	ICON_BELL,
	ICON_DOWNLOAD,
	ICON_PRINT,
	ICON_PHONE,
	ICON_TABLET,
	ICON_SCREEN,
	ICON_OPEN,
	ICON_FILE,
	ICON_IMAGE,
	ICON_CALENDAR,
	ICON_MAIL,
	ICON_CODE,
	ICON_CLOSE,
	ICON_UNDO,
	ICON_INFO,
	ICON_CHECK,
	ICON_COPY,
	ICON_COUNT,
};
void page_icon(struct out *o, enum icon icon);
#define ICON(p, icon) page_icon((p)->out, (icon))

/* page_format.c: numbers, sizes and times for people. */
void page_size(struct buf *out, uint64_t octets);
void page_number(struct buf *out, uint64_t n); /* 12,345 */
/* <time>, relative or absolute; seconds. */
void page_time(struct page *p, int64_t seconds, bool relative);
void page_date(int64_t seconds, char text[PAGE_DATE_SIZE]);
/* A link for one tag, to the search that shows it. */
void page_tag(struct page *p, struct str name);
/* Appends tag:NAME as it is written in a search. */
void page_tag_word(struct buf *out, struct str name);
/* The class of its colour, "hue-0" to "hue-35". */
void page_tag_class(const struct page *p, struct str name, struct buf *out);

/* page_row.c: one message in a list. */
void
page_row(struct page *p, const struct index_row *row, const char *current_id);
void page_rows_begin(struct page *p);
void page_rows_end(struct page *p);
/* The name of a mailbox, or else its address. */
struct str page_mailbox(struct str list, struct str *address);

/*
 * page_view.c: GET view/ID, for paths that end in neither
 * .html nor .txt.
 */
void page_view(struct web *w);

/* page_inner.c: of messages within messages, inner/ID/WAY[.html]. */
void page_inner_html(struct web *w);
void page_inner_part(struct web *w);

/* The cookie that holds the preferences, as the value of Set-Cookie. */
void page_cookie(const struct page *p, struct buf *out);

/* The other handlers: page_list.c, page_settings.c, page_help.c, page_do.c. */
void page_list(struct web *w);
void page_confirm(struct web *w);
void page_settings(struct web *w);
void page_save_settings(struct web *w);
void page_tags(struct web *w);
void page_help(struct web *w);
void page_help_keys(struct page *p);
void page_about(struct web *w);
void page_do_mark(struct web *w);
void page_do_delete(struct web *w);
void page_do_selected(struct web *w);
void page_do_undo(struct web *w);
void page_do_tag(struct web *w);
void page_do_tag_names(struct web *w);

#endif
