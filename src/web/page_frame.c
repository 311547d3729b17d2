/* SPDX-License-Identifier: MIT */
/* page_frame.c: what surrounds every page: head, top bar, side column, foot */
#include <inttypes.h>
#include <string.h>

#include "web/asset.h"
#include "web/page.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
asset_link(
    struct page *p, const char *before, const char *name, const char *after)
{
	struct buf url = BUF_INIT;

	asset_url(&url, name);
	out_adds(p->out, before);
	PUT(p->out, TS(p->w->settings.webroot), TB(&url));
	out_adds(p->out, after);
	buf_fini(&url);
}

/* What the script needs to know stands in attributes of the root. */
static void
root_element(struct page *p)
{
	const struct page_preferences *as = &p->preferences;

	PUT(p->out, H("<!doctype html>\n<html lang=\"en\" data-theme=\""),
	    TS(as->theme), H("\" data-root=\""), TS(p->w->settings.webroot),
	    H("\" data-version=\""), TS(p->w->settings.version),
	    H("\" data-zone=\""), TS(as->zone), H("\" data-browser=\""),
	    TS(as->browser_zone), H("\" data-cookie=\"" PAGE_COOKIE "\""),
	    IF(as->no_questions, " data-no-questions"),
	    IF(as->no_keys, " data-no-keys"), IF(as->notify, " data-notify"),
	    H(" data-unread=\""), N(p->counts.unread), H("\" data-total=\""),
	    N(p->counts.total));
	asset_link(p, "\" data-stream=\"", "stream.js", "\">\n");
}

static void
head_element(struct page *p, const struct page_frame *f)
{
	static const char *const scripts[] = {
	    "stream.js", "app.js", "swap.js", "live.js", "list.js", "keys.js"};
	const char *label = p->w->settings.label;
	struct str title = f->title;

	if (title.n == 0)
		title = p->q.n > 0 ? p->q : STR("Inbox");
	PUT(p->out,
	    H("<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"referrer\" content=\"same-origin\">\n<meta "
	      "name=\"robots\" content=\"noindex, nofollow\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>"));
	if (p->counts.unread > 0)
		PUT(p->out, H("("), N(p->counts.unread), H(") "));
	PUT(p->out, T(title), H(" \xe2\x80\x93 Mailpit"),
	    TS(label[0] ? " " : ""), TS(label), H("</title>\n"));
	asset_link(p, "<link rel=\"icon\" type=\"image/svg+xml\" href=\"",
	    "favicon.svg", "\">\n");
	asset_link(p,
	    "<link rel=\"manifest\" crossorigin=\"use-credentials\" "
	    "href=\"",
	    "app.webmanifest", "\">\n");
	asset_link(p, "<link rel=\"stylesheet\" href=\"", "base.css", "\">\n");
	asset_link(p, "<link rel=\"stylesheet\" href=\"", "app.css", "\">\n");
	asset_link(p, "<script src=\"", "boot.js", "\"></script>\n");
	for (size_t i = 0; i < COUNT(scripts); i++)
		asset_link(
		    p, "<script defer src=\"", scripts[i], "\"></script>\n");
	out_adds(p->out, "</head>\n");
}

static void
search_form(struct page *p)
{
	PUT(p->out, H("<form class=\"search\" role=\"search\" action=\""),
	    TS(p->w->settings.webroot), H("search\">"));
	ICON(p, ICON_SEARCH);
	PUT(p->out,
	    H("<label class=\"vh\" for=\"q\">Search mail</label>"
	      "<input type=\"search\" id=\"q\" name=\"q\" value=\""),
	    T(p->q),
	    H("\" placeholder=\"Search mail\" autocomplete=\"off\" "
	      "spellcheck=\"false\" list=\"search-words\">"
	      "<datalist id=\"search-words\">"
	      "<option value=\"is:unread\"><option value=\"is:read\">"
	      "<option value=\"has:attachment\"><option value=\"from:\">"
	      "<option value=\"to:\"><option value=\"subject:\">"
	      "<option value=\"tag:\"><option value=\"after:\">"
	      "<option value=\"before:\"><option value=\"larger:1M\">"
	      "<option value=\"header:\"></datalist> <a class=\"tool\" "
	      "href=\""),
	    TS(p->w->settings.webroot),
	    H("help#search\" title=\"How to search\">"));
	ICON(p, ICON_HELP);
	PUT(p->out, H("<span class=\"vh\">How to search</span></a> "
		      "<button class=\"vh\">Search</button></form>\n"));
}

static void
top_bar(struct page *p)
{
	const char *root = p->w->settings.webroot;

	PUT(p->out, H("<header class=\"bar\">"
		      "<a class=\"tool menu-open\" href=\"#side\">"));
	ICON(p, ICON_MENU);
	PUT(p->out,
	    H("<span class=\"vh\">Menu</span></a> "
	      "<a class=\"brand\" href=\""),
	    TS(root),
	    H("\"><svg class=\"logo\" viewBox=\"0 0 32 32\" "
	      "aria-hidden=\"true\"><rect width=\"32\" height=\"32\" "
	      "rx=\"8\"/><path d=\"M7 11.5A2.5 2.5 0 0 1 9.5 "
	      "9h13a2.5 2.5 0 0 1 2.5 2.5v9a2.5 2.5 0 0 1-2.5 "
	      "2.5h-13A2.5 2.5 0 0 1 7 20.5zM7.8 11.3l8.2 6.5 "
	      "8.2-6.5\"/></svg><span>Mailpit</span></a>"));
	search_form(p);
	out_adds(p->out, "<div class=\"tools\"><button type=\"button\" "
			 "class=\"tool js-only\" id=\"theme\" "
			 "title=\"Light or dark\">");
	ICON(p, ICON_THEME);
	PUT(p->out,
	    H("<span class=\"vh\">Light or dark</span></button> "
	      "<a class=\"tool\" href=\""),
	    TS(root), H("settings\" title=\"Settings\">"));
	ICON(p, ICON_SETTINGS);
	PUT(p->out,
	    H("<span class=\"vh\">Settings</span></a> "
	      "<a class=\"tool\" id=\"help\" href=\""),
	    TS(root), H("help\" title=\"Keys and help (?)\">"));
	ICON(p, ICON_HELP);
	out_adds(p->out, "<span class=\"vh\">Keys and help</span></a></div>"
			 "</header>\n");
}

/* Whether a word of a search is about the tag, with or against it. */
static bool
is_about_tag(struct str word, struct str name)
{
	if (word.n > 0 && (word.p[0] == '-' || word.p[0] == '!'))
		word = str_skip(word, 1);
	if (!str_ibegins(word, STR("tag:")))
		return false;
	word = str_skip(word, 4);
	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
		word = str_make(word.p + 1, word.n - 2);
	return str_ieq(word, name);
}

/*
 * Appends the search without its words about the tag, and returns whether it
 * had any; quotes keep blanks together, as in index/query.
 */
static bool
search_without(struct str q, struct str name, struct buf *out)
{
	bool found = false;

	while ((q = str_trim(q)).n > 0) {
		bool open = false;
		struct str word;
		size_t n = 0;

		for (; n < q.n && (open || q.p[n] != ' '); n++)
			open = open != (q.p[n] == '"');
		word = str_make(q.p, n);
		q = str_skip(q, n);
		if (is_about_tag(word, name)) {
			found = true;
			continue;
		}
		buf_adds(out, out->len > 0 ? " " : "");
		buf_add_str(out, word);
	}
	return found;
}

/* Beside a tag while one searches: to want it too, or no longer. */
static void
side_tag_too(struct page *p, struct str name, bool wanted, struct buf *other)
{
	if (!wanted) {
		buf_adds(other, " ");
		page_tag_word(other, name);
	}
	PUT(p->out, H(" <a class=\"also\" href=\""),
	    TS(p->w->settings.webroot));
	if (other->len > 0)
		PUT(p->out, H("search?q="), U(buf_str(other)));
	PUT(p->out, H("\" title=\""),
	    TS(wanted ? "Search without this tag" : "Search for this tag too"),
	    H("\"><span aria-hidden=\"true\">"),
	    TS(wanted ? "\xe2\x88\x92" : "+"), H("</span><span class=\"vh\">"),
	    TS(wanted ? " without " : " and "), T(name), H("</span></a>"));
}

static void
side_tags(struct page *p)
{
	struct str rest = buf_str(&p->tags);
	const char *root = p->w->settings.webroot;

	if (rest.n == 0)
		return;
	PUT(p->out, H("<div class=\"side-head\"><h2>Tags</h2> <a href=\""),
	    TS(root),
	    H("tags\">Edit<span class=\"vh\"> tags</span></a></div>\n"
	      "<ul class=\"side-tags\" role=\"list\">\n"));
	while (rest.n > 0) {
		struct str name = str_cut(&rest, '\n');
		struct str count = str_cut(&name, '\t');
		struct buf class = BUF_INIT, word = BUF_INIT, other = BUF_INIT;
		bool wanted = search_without(p->q, name, &other);

		page_tag_word(&word, name);
		page_tag_class(p, name, &class);
		PUT(p->out, H("<li><a href=\""), TS(root), H("search?q="),
		    U(buf_str(&word)), H("\" data-tag=\""), T(name), H("\""),
		    IF(wanted && other.len == 0, " aria-current=\"page\""),
		    IF(wanted && other.len > 0, " aria-current=\"true\""),
		    H("><span class=\"swatch "), TB(&class),
		    H("\"></span><span class=\"name\" dir=\"auto\">"), T(name),
		    H("</span> <span class=\"count\">"), T(count),
		    H("</span></a>"));
		if (p->query)
			side_tag_too(p, name, wanted, &other);
		out_adds(p->out, "</li>\n");
		buf_fini(&class);
		buf_fini(&word);
		buf_fini(&other);
	}
	out_adds(p->out, "</ul>\n");
}

static void
side_foot(struct page *p)
{
	const char *root = p->w->settings.webroot;

	PUT(p->out,
	    H("<div class=\"side-foot\">"
	      "<p id=\"live\" class=\"js-only\">"
	      "<span class=\"lamp\"></span> <span class=\"text\">"
	      "Connecting</span></p>"
	      "<button type=\"button\" class=\"js-only plain\" id=\"bell\" "
	      "hidden>"));
	ICON(p, ICON_BELL);
	PUT(p->out, H(" Notify me</button><p><a href=\""), TS(root),
	    H("api/v1/\">API</a> <a href=\""), TS(root),
	    H("help\">Help</a> <a href=\""), TS(root),
	    H("about\">About</a></p></div>\n"));
}

static void
side_column(struct page *p, const struct page_frame *f)
{
	const char *label = p->w->settings.label;
	bool inbox = f->navigation && p->q.n == 0;

	out_adds(p->out, "<aside id=\"side\" aria-label=\"Mailbox\">"
			 "<a class=\"tool menu-close\" href=\"#main\">");
	ICON(p, ICON_CLOSE);
	out_adds(p->out, "<span class=\"vh\">Close menu</span></a>\n"
			 "<nav id=\"side-nav\" aria-label=\"Mailbox\">\n");
	if (label[0])
		PUT(p->out, H("<p class=\"label\" dir=\"auto\">"), TS(label),
		    H("</p>\n"));
	PUT(p->out, H("<a class=\"box\" id=\"inbox\" href=\""),
	    TS(p->w->settings.webroot), H("\""),
	    IF(inbox, " aria-current=\"page\""), H(">"));
	ICON(p, ICON_INBOX);
	out_adds(p->out, "<span class=\"name\">Inbox</span>");
	if (p->counts.unread > 0)
		PUT(p->out, H(" <span class=\"badge\">"), N(p->counts.unread),
		    H("<span class=\"vh\"> unread</span></span>"));
	out_adds(p->out, "</a>\n");
	PUT(p->out, H("<a class=\"box\" id=\"unread\" href=\""),
	    TS(p->w->settings.webroot), H("search?q=is%3Aunread\""),
	    IF(str_eq(p->q, STR("is:unread")), " aria-current=\"page\""),
	    H(">"));
	ICON(p, ICON_UNREAD);
	out_adds(p->out, "<span class=\"name\">Unread</span></a>\n");
	side_tags(p);
	out_adds(p->out, "</nav>\n");
	side_foot(p);
	out_adds(p->out, "</aside>\n<a class=\"veil\" href=\"#main\" "
			 "tabindex=\"-1\" aria-hidden=\"true\"></a>\n");
}

void
page_head(struct page *p, const struct page_frame *f)
{
	out_begin(p->out, f->status ? f->status : 200,
	    "text/html; charset=utf-8", OUT_PAGE);
	root_element(p);
	head_element(p, f);
	PUT(p->out, H("<body class=\""), TS(f->kind),
	    H("\">\n<a class=\"skip\" href=\"#"),
	    TS(f->content ? f->content : "main"),
	    H("\">Skip to content</a>\n"));
	top_bar(p);
	out_adds(p->out, "<div class=\"columns\">\n");
	side_column(p, f);
	out_adds(p->out, "<main id=\"main\" tabindex=\"-1\">\n"
			 "<div id=\"notices\" aria-live=\"polite\">");
	page_done_notice(p);
	out_adds(p->out, "</div>\n");
}

void
page_foot(struct page *p)
{
	out_adds(p->out, "</main>\n</div>\n"
			 "<div id=\"toasts\" aria-live=\"polite\"></div>\n"
			 "<dialog id=\"keys\" aria-labelledby=\"keys-title\">"
			 "<form method=\"dialog\"><h2 id=\"keys-title\">Keys"
			 "</h2><button class=\"tool\" aria-label=\"Close\">");
	ICON(p, ICON_CLOSE);
	out_adds(p->out, "</button></form>");
	page_help_keys(p);
	out_adds(p->out, "</dialog>\n<dialog id=\"ask\" "
			 "aria-labelledby=\"ask-title\"></dialog>\n"
			 "</body>\n</html>\n");
}

void
page_notice(struct page *p, const char *kind, struct str text)
{
	PUT(p->out, H("<div class=\"notice "), TS(kind), H("\"><p>"), T(text),
	    H("</p></div>\n"));
}

static void
undo_notice(struct page *p, struct str group, uint64_t n)
{
	PUT(p->out, H("<form class=\"notice undo\" method=\"post\" action=\""),
	    TS(p->w->settings.webroot), H("do/undo\"><p>"), N(n),
	    TS(n == 1 ? " message deleted." : " messages deleted."), H("</p>"));
	page_form_fields(p);
	PUT(p->out, H("<input type=\"hidden\" name=\"group\" value=\""),
	    T(group), H("\"><button class=\"button\" id=\"undo\">"));
	ICON(p, ICON_UNDO);
	out_adds(p->out, " Undo</button></form>\n");
}

void
page_done_notice(struct page *p)
{
	static const struct {
		const char *done, *one, *many;
	} texts[] = {
	    {"read", " message marked read.", " messages marked read."},
	    {"unread", " message marked unread.", " messages marked unread."},
	    {"tag", " message tagged.", " messages tagged."},
	    {"undo", " message restored.", " messages restored."},
	    {"delete", " message deleted.", " messages deleted."},
	    {"tags", " tag changed.", " tags changed."},
	};
	const struct cgi *c = &p->w->cgi;
	struct str group = cgi_parameter(c, "undo", NULL);
	struct str done = cgi_parameter(c, "done", NULL);
	uint64_t n = cgi_number(c, "n", 0), refused = cgi_number(c, "no", 0);
	struct buf text = BUF_INIT;

	if (id_is_valid(group) && n > 0)
		undo_notice(p, group, n);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (group.n > 0 || !str_eq(done, str_of(texts[i].done)))
			continue;
		page_number(&text, n);
		buf_adds(&text, n == 1 ? texts[i].one : texts[i].many);
		page_notice(p, "good", buf_str(&text));
	}
	if (refused > 0) {
		buf_reset(&text);
		page_number(&text, refused);
		buf_adds(&text, " could not be changed: the web server has no "
				"right to do so in this mailbox.");
		page_notice(p, "bad", buf_str(&text));
	}
	if (str_eq(done, STR("none")))
		page_notice(p, "bad", STR("No message was selected."));
	else if (str_eq(done, STR("name")))
		page_notice(p, "bad",
		    STR("That is no name for a tag, or another tag has it."));
	else if (str_eq(done, STR("saved")))
		page_notice(p, "good", STR("Settings saved."));
	buf_fini(&text);
}

void
page_error(struct page *p, int status, const char *heading, const char *text)
{
	struct page_frame f = {
	    .title = str_of(heading), .kind = "sheet", .status = status};

	page_head(p, &f);
	PUT(p->out, H("<div class=\"paper\"><h1>"), TS(heading), H("</h1><p>"),
	    TS(text), H("</p><p><a class=\"button\" href=\""),
	    TS(p->w->settings.webroot), H("\">To the inbox</a></p></div>\n"));
	page_foot(p);
}

void
page_failed(struct page *p)
{
	struct buf text = BUF_INIT;

	if (web_is_building(p->w, &text)) {
		if (p->w->cgi.method == CGI_GET)
			out_header(p->out, "Refresh", STR("5"));
		page_error(p, 503, "Please wait", text.data);
	} else {
		page_error(p, 503, "The mailbox cannot be read or changed",
		    "The server's log says why.");
	}
	buf_fini(&text);
}
