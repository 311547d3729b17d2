/* SPDX-License-Identifier: MIT */
/* page_view.c: one message on a page, opened and marked read */
#include "web/page_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/reader.h"
#include "web/api.h"

static const struct {
	const char *name, *title;
	void (*show)(struct view *v);
} tabs[VIEW_TAB_COUNT] = {
    [VIEW_HTML] = {"html", "HTML", view_html},
    [VIEW_SOURCE] = {"source", "Source", view_source},
    [VIEW_TEXT] = {"text", "Text", view_text},
    [VIEW_HEADERS] = {"headers", "Headers", view_headers},
    [VIEW_RAW] = {"raw", "Raw", view_raw},
    [VIEW_PARTS] = {"attachments", "Attachments", view_parts},
    [VIEW_FINDINGS] = {"findings", "Findings", view_findings},
};

void
view_url(const struct view *v, enum view_tab tab, struct buf *out)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "view/%s?tab=%s", v->row.id, tabs[tab].name);
	if (v->part.n > 0) {
		buf_adds(&path, "&part=");
		piece_url(&path, v->part);
	}
	page_url(v->p, path.data, out);
	buf_fini(&path);
}

/* Follows part= from the outermost message inwards. */
static bool
open_inner(struct view *v)
{
	struct str rest = v->part;

	if (rest.n > 0 && rest.p[rest.n - 1] == ',')
		return false;
	while (rest.n > 0) {
		const struct message *outer = v->messages[v->depth - 1];

		v->inner = message_find_part(outer, str_cut(&rest, ','));
		if (!v->inner || !v->inner->is_message ||
		    v->depth == VIEW_DEPTH_MAX)
			return false;
		v->messages[v->depth] = message_open_nested(outer, v->inner);
		if (!v->messages[v->depth])
			return false;
		v->depth++;
	}
	v->m = v->messages[v->depth - 1];
	return true;
}

static bool
has_tab(struct view *v, enum view_tab tab)
{
	switch (tab) {
	case VIEW_HTML:
	case VIEW_SOURCE:
		return message_html(v->m).n > 0;
	case VIEW_PARTS:
		return view_attached_count(v) > 0;
	case VIEW_FINDINGS:
		return v->part.n == 0;
	default:
		return true;
	}
}

static void
choose_tab(struct view *v)
{
	struct str wanted = cgi_parameter(&v->p->w->cgi, "tab", NULL);

	v->tab = has_tab(v, VIEW_HTML) ? VIEW_HTML
		 : message_text(v->m).n == 0 && has_tab(v, VIEW_PARTS)
		     ? VIEW_PARTS
		     : VIEW_TEXT;
	for (enum view_tab t = 0; t < VIEW_TAB_COUNT; t++)
		if (str_eq(wanted, str_of(tabs[t].name)) && has_tab(v, t))
			v->tab = t;
}

static void
read_findings(struct view *v)
{
	const struct reader *r = index_reader(v->p->w->index);
	struct str rest;

	if (r->findings >= 0)
		reader_side(r->findings, v->row.id, &v->findings);
	rest = buf_str(&v->findings);
	while (rest.n > 0)
		if (str_begins(str_cut(&rest, '\n'), STR("finding ")))
			v->finding_count++;
	if (message_note(v->messages[0])[0])
		v->finding_count++;
}

static bool
shows_octets(const struct view *v)
{
	struct str tab = cgi_parameter(&v->p->w->cgi, "tab", NULL);

	return str_eq(tab, STR("raw")) || str_eq(tab, STR("findings"));
}

/* Looking at a message marks it read, as a MUA does. */
static void
mark_read(struct view *v, struct api_message *found)
{
	struct buf memory = BUF_INIT;
	struct index_row row;

	api_mark_read(v->p->w, found);
	/* Its name has changed with the flag. */
	if (index_find(v->p->w->index, v->row.id, NULL, &memory, &row) ==
	    INDEX_FOUND) {
		buf_fini(&v->memory);
		v->memory = memory;
		v->row = row;
	} else {
		buf_fini(&memory);
	}
}

enum index_found
view_open(struct view *v, struct str name)
{
	struct web *w = v->p->w;
	struct api_message found = {.memory = BUF_INIT};
	enum index_found verdict = INDEX_NONE;
	char id[ID_SIZE];

	if (id_is_valid(name)) {
		memcpy(id, name.p, ID_LENGTH);
		id[ID_LENGTH] = '\0';
		verdict = index_find(w->index, id, NULL, &v->memory, &v->row);
	}
	if (verdict != INDEX_FOUND)
		return verdict;
	found.row = v->row;
	/* Where this fails it has answered. */
	if (!api_open(w, API_MISSING_MESSAGE, &found))
		return INDEX_NONE;
	if (shows_octets(v)) {
		v->octets = mem_dup(found.octets, found.size);
		v->size = found.size;
	}
	api_parse(&found);
	v->messages[v->depth++] = found.message;
	if (!open_inner(v))
		return INDEX_NONE;
	mark_read(v, &found);
	return INDEX_FOUND;
}

void
view_close(struct view *v)
{
	/* An inner message borrows from the one around it. */
	while (v->depth > 0)
		message_free(v->messages[--v->depth]);
	free(v->octets);
	buf_fini(&v->memory);
	buf_fini(&v->findings);
}

static void
tab_links(struct view *v)
{
	struct out *o = v->p->out;

	out_adds(o, "<nav class=\"tabs\" aria-label=\"Parts of the message\">");
	for (enum view_tab t = 0; t < VIEW_TAB_COUNT; t++) {
		struct buf url = BUF_INIT;
		uint64_t count = t == VIEW_PARTS      ? view_attached_count(v)
				 : t == VIEW_FINDINGS ? v->finding_count
						      : 0;

		if (!has_tab(v, t))
			continue;
		view_url(v, t, &url);
		PUT(o, H("<a class=\"tab-link\" href=\""), TB(&url), H("\""),
		    IF(t == v->tab, " aria-current=\"page\""), H(">"),
		    TS(tabs[t].title));
		if (count > 0)
			PUT(o, H(" <span class=\"count\">"), N(count),
			    H("</span>"));
		out_adds(o, "</a> ");
		buf_fini(&url);
	}
	out_adds(o, "</nav>\n");
}

struct siblings {
	struct view *v;
	bool begun;
};

static bool
keep_row(void *arg, const struct index_row *row)
{
	struct siblings *s = arg;
	struct view *v = s->v;

	if (!s->begun) {
		struct page_frame f = {.title = v->row.subject.n
						    ? v->row.subject
						    : STR("no subject"),
		    .kind = "view",
		    .content = "message"};
		struct buf url = BUF_INIT;

		page_head(v->p, &f);
		page_list_url(v->p, v->p->start, &url);
		PUT(v->p->out,
		    H("<div class=\"view\">\n<nav class=\"siblings\" "
		      "id=\"siblings\" aria-label=\"Messages\" "
		      "data-list=\""),
		    TB(&url), H("\">\n"));
		buf_fini(&url);
		page_rows_begin(v->p);
		s->begun = true;
	}
	if (row)
		page_row(v->p, row, v->row.id);
	return !v->p->out->failed;
}

/* The rest of the list beside the message; its counts are the page's. */
static void
list_beside(struct view *v)
{
	struct page *p = v->p;
	struct siblings s = {.v = v};
	struct index_page page = {.start = p->start, .limit = p->limit};
	struct buf url = BUF_INIT;

	p->compact = true;
	index_list(p->w->index, p->query, &page, &p->counts, keep_row, &s);
	if (!s.begun)
		keep_row(&s, NULL);
	p->compact = false;
	page_rows_end(p);
	if (p->start + p->limit < p->counts.matches) {
		page_list_url(p, p->start + p->limit, &url);
		PUT(p->out, H("<p class=\"more\"><a id=\"older\" href=\""),
		    TB(&url), H("\">Older messages</a></p>\n"));
	}
	buf_fini(&url);
	out_adds(p->out, "</nav>\n");
}

static void
show(struct view *v)
{
	struct out *o = v->p->out;

	list_beside(v);
	PUT(o, H("<article class=\"message tab-is-"), TS(tabs[v->tab].name),
	    H("\" id=\"message\" tabindex=\"-1\" data-id=\""), TS(v->row.id),
	    H("\">\n"));
	view_actions(v);
	view_head(v);
	tab_links(v);
	PUT(o, H("<section class=\"tab\" aria-label=\""),
	    TS(tabs[v->tab].title), H("\">\n"));
	tabs[v->tab].show(v);
	out_adds(o, "</section>\n</article>\n</div>\n");
	page_foot(v->p);
}

void
page_view(struct web *w)
{
	struct page p;
	struct view v = {.p = &p, .memory = BUF_INIT, .findings = BUF_INIT};
	enum index_found found;

	if (!page_init(&p, w))
		return;
	v.part = cgi_parameter(&w->cgi, "part", NULL);
	v.remote = str_eq(cgi_parameter(&w->cgi, "remote", NULL), STR("1"));
	found = view_open(&v, w->cgi.segments[1]);
	if (found == INDEX_FOUND) {
		read_findings(&v);
		choose_tab(&v);
		if (index_neighbours(
			w->index, v.row.id, p.query, v.newer, v.older) != 0)
			v.newer[0] = v.older[0] = '\0';
		show(&v);
	} else if (w->out.begun) {
		/* Answered. */
	} else if (found == INDEX_NONE) {
		page_error(&p, 404, "This message is not here",
		    "It may have been deleted, or the link is not complete.");
	} else {
		page_failed(&p);
	}
	view_close(&v);
	page_fini(&p);
}
