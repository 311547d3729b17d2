/* SPDX-License-Identifier: MIT */
/* page_settings.c: preferences, names of tags, and questions before much */
#include <inttypes.h>
#include <string.h>

#include "web/page.h"

static void
plain_begin(struct page *p, const char *title)
{
	struct page_frame f = {.title = str_of(title), .kind = "sheet"};

	(void)page_count(p);
	page_head(p, &f);
	PUT(p->out, H("<div class=\"paper\"><h1>"), TS(title), H("</h1>\n"));
}

static void
plain_end(struct page *p)
{
	out_adds(p->out, "</div>\n");
	page_foot(p);
	page_fini(p);
}

/* --- Preferences ------------------------------------------------------- */

static void
option(struct page *p, const char *value, const char *text, bool chosen)
{
	PUT(p->out, H("<option value=\""), TS(value), H("\""),
	    TS(PAGE_SELECTED(chosen)), H(">"), TS(text), H("</option>"));
}

static void
check_box(struct page *p, const char *name, bool checked, const char *text)
{
	PUT(p->out, H("<p><label><input type=\"checkbox\" name=\""), TS(name),
	    H("\" value=\"on\""), TS(PAGE_CHECKED(checked)), H("> "), TS(text),
	    H("</label></p>\n"));
}

void
page_settings(struct web *w)
{
	static const char *const limits[] = {"25", "50", "100", "200"};
	struct page p;
	struct page_preferences *now = &p.preferences;
	uint64_t limit;

	if (!page_init(&p, w))
		return;
	plain_begin(&p, "Settings");
	PUT(p.out,
	    H("<form class=\"settings\" id=\"settings\" "
	      "method=\"post\" action=\""),
	    TS(w->settings.webroot), H("do/settings\">\n"));
	page_form_fields(&p);
	out_adds(p.out, "<p><label for=\"set-theme\">Colours</label>"
			"<select id=\"set-theme\" name=\"theme\">");
	option(&p, "auto", "As the system has them",
	    strcmp(now->theme, "auto") == 0);
	option(&p, "light", "Light", strcmp(now->theme, "light") == 0);
	option(&p, "dark", "Dark", strcmp(now->theme, "dark") == 0);
	out_adds(p.out, "</select></p>\n<p><label for=\"set-limit\">Messages "
			"on a page</label><select id=\"set-limit\" "
			"name=\"size\">");
	for (size_t i = 0; i < 4; i++)
		option(&p, limits[i], limits[i],
		    str_u64(str_of(limits[i]), &limit) && limit == now->limit);
	PUT(p.out,
	    H("</select></p>\n<p><label for=\"set-zone\">Time zone</label>"
	      "<input id=\"set-zone\" name=\"zone\" value=\""),
	    TS(now->zone), H("\" list=\"zones\" placeholder=\""),
	    TS(now->browser_zone[0] ? now->browser_zone : "The server's"),
	    H("\" autocomplete=\"off\" aria-describedby=\"zone-note\">"
	      "<datalist id=\"zones\"></datalist><small id=\"zone-note\">"
	      "For the times shown, and for after: and before: in searches. "
	      "As Europe/Berlin; empty for that of the browser."
	      "</small></p>\n"));
	check_box(&p, "colors", !now->plain_tags, "Colours for tags");
	check_box(&p, "questions", !now->no_questions,
	    "Ask before all messages are deleted or marked");
	out_adds(p.out, "<div class=\"js-only\">");
	check_box(&p, "keys", !now->no_keys,
	    "Keys of one character, such as j for the next message");
	check_box(&p, "notify", now->notify,
	    "Tell of new messages by the browser's notifications");
	out_adds(p.out, "</div><p><button class=\"button main\">Save"
			"</button></p></form>\n");
	plain_end(&p);
}

static bool
is_on(const struct page *p, const char *name)
{
	struct buf value = BUF_INIT;
	bool on =
	    page_field(p, name, &value) && str_eq(buf_str(&value), STR("on"));

	buf_fini(&value);
	return on;
}

void
page_save_settings(struct web *w)
{
	struct page p;
	struct page_preferences *to = &p.preferences;
	struct buf value = BUF_INIT, cookie = BUF_INIT, url = BUF_INIT;
	uint64_t limit;

	if (!page_init(&p, w))
		return;
	page_field(&p, "theme", &value);
	memcpy(to->theme, "auto", 5);
	if (str_eq(buf_str(&value), STR("light")) ||
	    str_eq(buf_str(&value), STR("dark")))
		memcpy(to->theme, value.data, value.len + 1);
	page_field(&p, "size", &value);
	if (str_u64(buf_str(&value), &limit) && page_limit_is_valid(limit))
		to->limit = limit;
	page_field(&p, "zone", &value);
	to->zone[0] = '\0';
	if (page_zone_is_valid(buf_str(&value)))
		memcpy(to->zone, value.data, value.len + 1);
	to->plain_tags = !is_on(&p, "colors");
	to->no_questions = !is_on(&p, "questions");
	to->no_keys = !is_on(&p, "keys");
	to->notify = is_on(&p, "notify");
	page_cookie(&p, &cookie);
	out_header(p.out, "Set-Cookie", buf_str(&cookie));
	buf_addf(&url, "%ssettings?done=saved", w->settings.webroot);
	out_redirect(p.out, 303, buf_str(&url));
	buf_fini(&value);
	buf_fini(&cookie);
	buf_fini(&url);
	page_fini(&p);
}

/* --- Names of tags -------------------------------------------------------- */

static void
tag_form(struct page *p, struct str name, struct str count)
{
	struct buf class = BUF_INIT;

	page_tag_class(p, name, &class);
	PUT(p->out, H("<li><form method=\"post\" action=\""),
	    TS(p->w->settings.webroot), H("do/tags\">"));
	page_form_fields(p);
	PUT(p->out, H("<input type=\"hidden\" name=\"name\" value=\""), T(name),
	    H("\"><span class=\"swatch "), TB(&class),
	    H("\"></span><input name=\"to\" maxlength=\"100\" value=\""),
	    T(name), H("\" aria-label=\"New name for "), T(name),
	    H("\" dir=\"auto\"> <span class=\"count\">"), T(count),
	    H("</span> <button class=\"button small\" name=\"do\" "
	      "value=\"rename\">Rename</button> <details "
	      "class=\"sure\"><summary class=\"button small\">Delete"
	      "</summary><button class=\"button small danger\" name=\"do\" "
	      "value=\"delete\">Delete from all messages</button></details>"
	      "</form></li>\n"));
	buf_fini(&class);
}

void
page_tags(struct web *w)
{
	struct page p;
	struct str rest;

	if (!page_init(&p, w))
		return;
	plain_begin(&p, "Tags");
	rest = buf_str(&p.tags);
	if (rest.n == 0)
		out_adds(p.out, "<p>No message has a tag.</p>\n");
	else
		out_adds(p.out, "<ul class=\"tag-names\" role=\"list\">\n");
	while (rest.n > 0) {
		struct str name = str_cut(&rest, '\n');
		struct str count = str_cut(&name, '\t');

		tag_form(&p, name, count);
	}
	if (p.tags.len > 0)
		out_adds(p.out, "</ul>\n");
	out_adds(p.out, "<p class=\"aside\">Names have letters, digits, "
			"blanks and - _ . @, at most 100 of them.</p>\n");
	plain_end(&p);
}

/* --- Questions --------------------------------------------------------- */

static void
question(struct page *p, bool delete)
{
	struct buf count = BUF_INIT, back = BUF_INIT;
	bool search = p->q.n > 0;
	uint64_t n = delete ? p->counts.matches : p->counts.matches_unread;

	page_number(&count, n);
	page_list_url(p, p->start, &back);
	PUT(p->out, H("<form class=\"question\" method=\"post\" action=\""),
	    TS(p->w->settings.webroot), TS(delete ? "do/delete" : "do/mark"),
	    H("\"><h1 id=\"ask-title\">"),
	    TS(delete ? search ? "Delete all results?" : "Delete all messages?"
		: search ? "Mark all results read?"
			 : "Mark all messages read?"),
	    H("</h1><p>"), TB(&count), TS(n == 1 ? " message" : " messages"),
	    TS(delete ? " will be deleted. This can be undone for an hour."
		      : " will be marked read."),
	    H("</p>"));
	if (search)
		PUT(p->out, H("<p>Search: <b dir=\"auto\">"), T(p->q),
		    H("</b></p>"));
	page_form_fields(p);
	PUT(p->out, H("<input type=\"hidden\" name=\"scope\" value=\""),
	    TS(search ? "results" : "all"),
	    H("\"><input type=\"hidden\" name=\"read\" value=\"1\">"
	      "<p class=\"choice\"><button class=\"button main"),
	    IF(delete, " danger"), H("\">"),
	    TS(delete ? "Delete" : "Mark read"),
	    H("</button> <a class=\"button\" id=\"ask-cancel\" href=\""),
	    TB(&back), H("\">Cancel</a></p></form>\n"));
	buf_fini(&count);
	buf_fini(&back);
}

void
page_confirm(struct web *w)
{
	struct page p;
	struct page_frame f = {.title = STR("Sure?"), .kind = "sheet"};
	struct str what = cgi_parameter(&w->cgi, "do", NULL);

	if (!page_init(&p, w))
		return;
	if (p.q.n > 0 && !p.query) {
		page_error(&p, 400, "This search is not understood",
		    "Nothing was changed.");
		page_fini(&p);
		return;
	}
	if (!page_count(&p)) {
		page_failed(&p);
		page_fini(&p);
		return;
	}
	page_head(&p, &f);
	out_adds(p.out, "<div class=\"paper\">");
	question(&p, str_eq(what, STR("delete")));
	plain_end(&p);
}
