/* SPDX-License-Identifier: MIT */
/* api_view.c: the texts of a message as documents: view/ID.html, view/ID.txt */

#include <string.h>

#include "web/api.h"
#include "web/document.h"
#include "web/route.h"

#define ID_SEGMENT 1

/* The name in front of ".html" or ".txt". */
static struct str
name_of(const struct web *w, struct str tail)
{
	struct str s = w->cgi.segments[ID_SEGMENT];

	s.n -= tail.n;
	return s;
}

static bool
take(struct web *w, struct str name, struct api_message *m)
{
	if (!api_find(w, name, API_MISSING_MESSAGE, m) ||
	    !api_open(w, API_MISSING_MESSAGE, m))
		return false;
	api_parse(m);
	api_mark_read(w, m);
	return true;
}

static bool
wants(const struct web *w, const char *name)
{
	return str_eq(cgi_parameter(&w->cgi, name, NULL), STR("1"));
}

static void
view_html(struct web *w)
{
	struct document how = {wants(w, "embed"), wants(w, "remote")};
	struct buf images = BUF_INIT;
	struct api_message m;

	if (!take(w, name_of(w, STR(".html")), &m))
		return;
	if (message_html(m.message).n == 0) {
		out_begin(&w->out, 404, "text/plain; charset=utf-8", OUT_API);
		out_adds(&w->out, "This message does not contain a HTML part");
		api_release_message(&m);
		return;
	}
	buf_addf(&images, "%sapi/v1/message/%s/part/", w->settings.webroot,
	    m.row.id);
	document_answer(w, m.message, images.data, &how);
	buf_fini(&images);
	api_release_message(&m);
}

static void
view_text(struct web *w)
{
	struct api_message m;

	if (!take(w, name_of(w, STR(".txt")), &m))
		return;
	out_begin(&w->out, 200, "text/plain; charset=utf-8", OUT_PART);
	out_add(&w->out, message_text(m.message));
	api_release_message(&m);
}

static void
view_latest(struct web *w)
{
	struct buf to = BUF_INIT;
	struct index_row row;
	struct buf memory = BUF_INIT;
	enum index_found found = INDEX_NONE;
	bool given;
	struct query *q = api_query(w, &given);

	if (given && q == NULL)
		return;
	if (api_wait(w, q)) {
		found = index_find(w->index, NULL, q, &memory, &row);
		buf_adds(&to, w->settings.webroot);
		if (found == INDEX_FOUND)
			buf_addf(&to, "view/%s", row.id);
		if (found == INDEX_FAILED)
			api_failed(w);
		else
			out_redirect(&w->out, 302, buf_str(&to));
	}
	query_free(q);
	buf_fini(&memory);
	buf_fini(&to);
}

static const struct route rows[] = {
    {CGI_GET, "view/latest", 0, view_latest},
    {CGI_GET, "view/*.html", 0, view_html},
    {CGI_GET, "view/*.txt", 0, view_text},
};

const struct route_table view_routes = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};
