/* SPDX-License-Identifier: MIT */
/* page_help.c: keys, the search language, and what is running here */
#include "mail/sessions.h"
#include "web/page.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct help_row {
	const char *what, *means;
};

static const struct help_row keys[] = {
    {"j / k", "next, previous message"},
    {"Enter", "open it"},
    {"u", "back to the list"},
    {"g i", "inbox"},
    {"g u", "unread"},
    {"/", "search"},
    {"x", "select; with Shift, all from the last one on"},
    {"a", "select all on the page"},
    {"Escape", "select nothing"},
    {"m", "mark read or unread"},
    {"#", "delete"},
    {"z", "undo"},
    {"t", "tag"},
    {"[ / ]", "newer, older page"},
    {"1 \xe2\x80\xa6 7", "tabs of a message"},
    {"i", "show remote content, or hide it"},
    {"d", "dark, light, or as the system"},
    {"?", "this list"},
};

static const struct help_row words[] = {
    {"hello world", "both words, anywhere"},
    {"\"hello world\"", "this phrase"},
    {"-word, !word", "not this; goes with all of the below"},
    {"one OR two", "either"},
    {"from:ann  to:bob  cc:  bcc:  reply-to:", "in this address"},
    {"addressed:ann", "in any of these"},
    {"to:=ann@example.com", "exactly this address"},
    {"subject:invoice", "in the subject"},
    {"message-id:", "in the Message-ID"},
    {"header:X-Name=value", "in a header"},
    {"tag:orders  tag:\"two words\"", "with this tag"},
    {"is:read  is:unread  is:tagged", "state"},
    {"has:attachment  has:inline", "with such parts"},
    {"larger:2M  smaller:10k", "size"},
    {"after:2026-01-31  before:\"2026-02-01 12:00\"", "time"},
};

static void
rows(struct page *p, const struct help_row *row, size_t n, bool key)
{
	out_adds(p->out, "<dl class=\"help-list\">\n");
	for (size_t i = 0; i < n; i++) {
		out_adds(p->out, key ? "<div><dt><kbd>" : "<div><dt><code>");
		PUT(p->out, TS(row[i].what));
		out_adds(p->out, key ? "</kbd></dt><dd>" : "</code></dt><dd>");
		PUT(p->out, TS(row[i].means), H("</dd></div>\n"));
	}
	out_adds(p->out, "</dl>\n");
}

void
page_help_keys(struct page *p)
{
	rows(p, keys, COUNT(keys), true);
	PUT(p->out,
	    H("<p class=\"aside\">Those of one character can be "
	      "switched off in the <a href=\""),
	    TS(p->w->settings.webroot), H("settings\">settings</a>.</p>\n"));
}

void
page_help(struct web *w)
{
	struct page p;
	struct page_frame f = {.title = STR("Help"), .kind = "sheet"};

	if (!page_init(&p, w))
		return;
	(void)page_count(&p);
	page_head(&p, &f);
	out_adds(p.out,
	    "<div class=\"paper\"><h1>Help</h1>\n"
	    "<h2 id=\"search\">Search</h2>\n"
	    "<p>Words that stand side by side must all match.</p>\n");
	rows(&p, words, COUNT(words), false);
	out_adds(p.out, "<h2>Keys</h2>\n");
	page_help_keys(&p);
	out_adds(p.out, "</div>\n");
	page_foot(&p);
	page_fini(&p);
}

static void
fact(struct page *p, const char *name, uint64_t n, bool octets)
{
	struct buf text = BUF_INIT;

	if (octets)
		page_size(&text, n);
	else
		page_number(&text, n);
	PUT(p->out, H("<div><dt>"), TS(name), H("</dt><dd>"), TB(&text),
	    H("</dd></div>\n"));
	buf_fini(&text);
}

void
page_about(struct web *w)
{
	struct page p;
	struct page_frame f = {.title = STR("About"), .kind = "sheet"};
	struct session_totals totals = {0};

	if (!page_init(&p, w))
		return;
	(void)page_count(&p);
	page_head(&p, &f);
	PUT(p.out, H("<div class=\"paper\"><h1>Mailpit</h1>\n<p>Version "),
	    TS(w->settings.version),
	    H(". Mail is kept in a Maildir, which any mail program can "
	      "read.</p>\n<dl class=\"facts-list\">\n"));
	fact(&p, "Messages", p.counts.total, false);
	fact(&p, "Unread", p.counts.unread, false);
	if (sessions_total(index_reader(w->index), 0, &totals) == 0) {
		fact(&p, "Accepted by SMTP", totals.accepted, false);
		fact(&p, "Their size", totals.bytes, true);
		fact(&p, "Refused", totals.rejected, false);
		fact(&p, "Ignored", totals.ignored, false);
	}
	fact(&p, "Index", index_size(w->index), true);
	if (totals.since > 0) {
		out_adds(p.out, "<div><dt>Counted since</dt><dd>");
		page_time(&p, totals.since, false);
		out_adds(p.out, "</dd></div>\n");
	}
	PUT(p.out, H("</dl>\n<p><a href=\""), TS(w->settings.webroot),
	    H("api/v1/\">API documentation</a></p></div>\n"));
	page_foot(&p);
	page_fini(&p);
}
