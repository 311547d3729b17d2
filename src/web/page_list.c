/* SPDX-License-Identifier: MIT */
/* page_list.c: the mailbox, and what a search finds */
#include <string.h>

#include "web/page.h"

/* What leads nowhere now. */
#define OFF "<span role=\"link\" aria-disabled=\"true\" "

/* Written with the first row, when the counts are known; or without one. */
struct listing {
	struct page *p;
	bool begun;
};

static void
step_link(struct page *p, bool possible, uint64_t start, enum icon icon,
    const char *text, const char *id)
{
	struct buf url = BUF_INIT;

	if (possible) {
		page_list_url(p, start, &url);
		PUT(p->out, H("<a class=\"tool\" id=\""), TS(id),
		    H("\" href=\""), TB(&url), H("\" title=\""), TS(text),
		    H("\">"));
	} else {
		PUT(p->out, H(OFF "class=\"tool off\" id=\""), TS(id),
		    H("\">"));
	}
	ICON(p, icon);
	PUT(p->out, H("<span class=\"vh\">"), TS(text), H("</span>"));
	out_adds(p->out, possible ? "</a> " : "</span> ");
	buf_fini(&url);
}

static void
pager(struct page *p)
{
	static const uint64_t limits[] = {25, 50, 100, 200};
	uint64_t matches = p->counts.matches;
	uint64_t end = p->start + p->limit;
	struct buf range = BUF_INIT;

	if (end > matches)
		end = matches;
	page_number(&range, matches ? p->start + 1 : 0);
	buf_adds(&range, "\xe2\x80\x93");
	page_number(&range, end);
	buf_adds(&range, " of ");
	page_number(&range, matches);
	PUT(p->out,
	    H("<div class=\"pager\" id=\"pager\">"
	      "<form class=\"size\" action=\""),
	    TS(p->w->settings.webroot), TS(p->q.n ? "search" : ""), H("\">"));
	if (p->q.n)
		PUT(p->out, H("<input type=\"hidden\" name=\"q\" value=\""),
		    T(p->q), H("\">"));
	out_adds(p->out, "<select name=\"limit\" "
			 "aria-label=\"Messages on a page\">");
	for (size_t i = 0; i < 4; i++)
		PUT(p->out, H("<option"),
		    TS(PAGE_SELECTED(limits[i] == p->limit)), H(">"),
		    N(limits[i]), H("</option>"));
	PUT(p->out,
	    H("</select> <button class=\"no-js\">Show</button></form>"
	      "<span class=\"range\">"),
	    TB(&range), H("</span> "));
	step_link(p, p->start > 0,
	    p->start > p->limit ? p->start - p->limit : 0, ICON_LEFT,
	    "Newer messages", "newer");
	step_link(p, end < matches, p->start + p->limit, ICON_RIGHT,
	    "Older messages", "older");
	out_adds(p->out, "</div>\n");
	buf_fini(&range);
}

static void
button(struct page *p, const char *id, const char *name, const char *value,
    enum icon icon, const char *text)
{
	PUT(p->out, H("<button class=\"button\" id=\""), TS(id),
	    H("\" name=\""), TS(name), H("\" value=\""), TS(value), H("\">"));
	ICON(p, icon);
	PUT(p->out, H(" <span>"), TS(text), H("</span></button> "));
}

static void
tag_names(struct page *p)
{
	struct str rest = buf_str(&p->tags);

	out_adds(p->out, "<datalist id=\"tag-names\">");
	while (rest.n > 0) {
		struct str name = str_cut(&rest, '\n');

		str_cut(&name, '\t');
		PUT(p->out, H("<option value=\""), T(name), H("\">"));
	}
	out_adds(p->out, "</datalist>");
}

/* What can be done with the messages that are ticked. */
static void
selection_bar(struct page *p)
{
	out_adds(p->out, "<div class=\"selection\" id=\"selection\" "
			 "role=\"group\" aria-label=\"Selected messages\">"
			 "<span class=\"js-only selected\" id=\"selected\" "
			 "aria-live=\"polite\"></span>"
			 "<input type=\"hidden\" name=\"scope\" id=\"scope\" "
			 "value=\"selected\">");
	button(p, "mark-read", "read", "1", ICON_READ, "Mark read");
	button(p, "mark-unread", "read", "0", ICON_UNREAD, "Mark unread");
	button(p, "delete", "do", "delete", ICON_TRASH, "Delete");
	out_adds(p->out, "<span class=\"tagging\"><input name=\"tag\" "
			 "id=\"tag\" list=\"tag-names\" maxlength=\"100\" "
			 "placeholder=\"Tag\" aria-label=\"Tag\" "
			 "autocomplete=\"off\">");
	tag_names(p);
	button(p, "tag-add", "do", "add", ICON_TAG, "Add");
	button(p, "tag-remove", "do", "remove", ICON_CLOSE, "Remove");
	out_adds(p->out, "</span><button type=\"button\" "
			 "class=\"js-only plain\" id=\"cancel\">Cancel"
			 "</button></div>\n");
}

static void
ask_link(struct page *p, const char *what, const char *id, enum icon icon,
    const char *text, bool possible)
{
	struct buf path = BUF_INIT, url = BUF_INIT;

	buf_addf(&path, "confirm?do=%s", what);
	page_url(p, path.data, &url);
	if (possible)
		PUT(p->out, H("<a class=\"button ask\" id=\""), TS(id),
		    H("\" href=\""), TB(&url), H("\">"));
	else
		PUT(p->out, H(OFF "class=\"button off\" id=\""), TS(id),
		    H("\">"));
	ICON(p, icon);
	PUT(p->out, H(" <span>"), TS(text), H("</span>"));
	out_adds(p->out, possible ? "</a> " : "</span> ");
	buf_fini(&path);
	buf_fini(&url);
}

/* What can be done with all of them. */
static void
all_bar(struct page *p)
{
	bool search = p->q.n > 0;

	out_adds(p->out, "<div class=\"all\" id=\"all\">");
	ask_link(p, "read", "all-read", ICON_READ, "Mark all read",
	    p->counts.matches_unread > 0);
	if (search || !p->w->settings.hide_delete_all)
		ask_link(p, "delete", "all-delete", ICON_TRASH,
		    search ? "Delete results" : "Delete all",
		    p->counts.matches > 0);
	out_adds(p->out, "</div>\n");
}

static void
heading(struct page *p)
{
	out_adds(p->out, "<h1 class=\"list-title\" id=\"list-title\">");
	if (p->q.n > 0)
		PUT(p->out, H("<small>Search</small> <bdi>"), T(p->q),
		    H("</bdi>"));
	else
		out_adds(p->out, "Inbox");
	if (p->counts.matches_unread > 0)
		PUT(p->out, H(" <span class=\"unread-count\">"),
		    N(p->counts.matches_unread), H(" unread</span>"));
	out_adds(p->out, "</h1>\n");
}

static void
begin(struct listing *l)
{
	struct page *p = l->p;
	struct page_frame f = {.kind = "list", .navigation = true};

	l->begun = true;
	page_head(p, &f);
	out_adds(p->out, "<div class=\"list-head\" id=\"list-head\">");
	heading(p);
	if (p->counts.matches > 0)
		pager(p);
	PUT(p->out,
	    H("</div>\n<form id=\"list-form\" method=\"post\" action=\""),
	    TS(p->w->settings.webroot), H("do/selected\">"));
	page_form_fields(p);
	/* What Enter means in the field of the form, which is for a tag. */
	out_adds(p->out, "<button class=\"vh\" name=\"do\" value=\"add\" "
			 "tabindex=\"-1\" aria-hidden=\"true\"></button>");
	if (p->counts.matches > 0) {
		out_adds(p->out, "<div class=\"actions\" id=\"actions\">"
				 "<label class=\"pick js-only\"><input "
				 "type=\"checkbox\" id=\"pick-all\" "
				 "aria-label=\"Select all on this page\">"
				 "</label>");
		selection_bar(p);
		all_bar(p);
		out_adds(p->out, "</div>\n");
	}
	PUT(p->out, H("<div id=\"list\" data-matches=\""), N(p->counts.matches),
	    H("\" data-start=\""), N(p->start), H("\">\n"));
	if (p->counts.matches > 0)
		page_rows_begin(p);
}

static bool
each(void *arg, const struct index_row *row)
{
	struct listing *l = arg;

	if (!l->begun)
		begin(l);
	page_row(l->p, row, NULL);
	return !l->p->out->failed;
}

static void
empty(struct page *p)
{
	if (p->q.n > 0) {
		PUT(p->out,
		    H("<div class=\"empty\"><h2>No results</h2><p>Nothing "
		      "matches <b dir=\"auto\">"),
		    T(p->q), H("</b>. <a href=\""), TS(p->w->settings.webroot),
		    H("help#search\">How to search</a></p></div>\n"));
		return;
	}
	out_adds(p->out, "<div class=\"empty\"><svg class=\"art\" "
			 "viewBox=\"0 0 120 90\" aria-hidden=\"true\">"
			 "<path class=\"back\" d=\"M14 40 60 10l46 "
			 "30v40H14z\"/><path class=\"sheet\" d=\"M28 "
			 "22h64v44H28z\"/><path class=\"lines\" d=\"M38 "
			 "33h44M38 42h44M38 51h26\"/><path "
			 "class=\"front\" d=\"M14 40l46 28 46-28v40H14z\"/>"
			 "</svg><h2>No messages yet</h2><p>Let your "
			 "application send its mail to this machine, and it "
			 "appears here: SMTP port 1025, unless it was set up "
			 "otherwise.</p><p class=\"hint\"><code>swaks "
			 "--to you@example.com --server localhost:1025</code>"
			 "</p></div>\n");
}

static void
misunderstood(struct page *p)
{
	struct page_frame f = {
	    .kind = "list", .navigation = true, .status = 400};

	page_head(p, &f);
	PUT(p->out,
	    H("<div class=\"paper empty\"><h1>This search is not "
	      "understood</h1><p>"),
	    TB(&p->why), H("</p><p><a href=\""), TS(p->w->settings.webroot),
	    H("help#search\">How to search</a></p></div>\n"));
	page_foot(p);
}

/* A page whose messages are all gone falls back to the first. */
static bool
beyond_the_end(struct page *p)
{
	struct buf url = BUF_INIT;

	if (p->start == 0 || p->counts.matches == 0)
		return false;
	page_list_url(p, 0, &url);
	out_redirect(p->out, 303, buf_str(&url));
	buf_fini(&url);
	return true;
}

static void
show(struct page *p)
{
	struct listing l = {.p = p};
	struct index_page page = {.start = p->start, .limit = p->limit};

	if (index_list(p->w->index, p->query, &page, &p->counts, each, &l) !=
	    0) {
		if (!l.begun)
			page_failed(p);
		return;
	}
	if (!l.begun) {
		if (beyond_the_end(p))
			return;
		begin(&l);
	}
	if (p->counts.matches > 0)
		page_rows_end(p);
	else
		empty(p);
	out_adds(p->out, "</div>\n</form>\n");
	page_foot(p);
}

void
page_list(struct web *w)
{
	bool search = w->cgi.segment_count > 0;
	struct page p;

	if (!page_init(&p, w))
		return;
	if (search == (p.q.n > 0)) {
		if (search && !p.query)
			misunderstood(&p);
		else
			show(&p);
	} else {
		struct buf url = BUF_INIT;

		page_list_url(&p, p.start, &url);
		out_redirect(p.out, 303, buf_str(&url));
		buf_fini(&url);
	}
	page_fini(&p);
}
