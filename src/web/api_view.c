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

/* Where the images of this message are, as a path and for the policy. */
static void
image_places(
    const struct web *w, const char *id, struct buf *path, struct buf *source)
{
	buf_addf(path, "%sapi/v1/message/%s/part/", w->settings.webroot, id);
	/* A policy has no form for [::1]. */
	if (w->cgi.host.n == 0 || w->cgi.host.p[0] == '[') {
		buf_adds(source, "'self'");
		return;
	}
	/* Without a scheme: a proxy may speak TLS for us. */
	buf_add_str(source, w->cgi.host);
	buf_add_str(source, buf_str(path));
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
	struct buf path = BUF_INIT, source = BUF_INIT, html = BUF_INIT;
	struct api_message m;

	if (!take(w, name_of(w, STR(".html")), &m))
		return;
	if (message_html(m.message).n == 0) {
		out_begin(&w->out, 404, "text/plain; charset=utf-8", OUT_API);
		out_adds(&w->out, "This message does not contain a HTML part");
		api_release_message(&m);
		return;
	}
	image_places(w, m.row.id, &path, &source);
	message_html_linked(m.message, path.data, &html);
	w->out.images = source.data;
	out_begin(&w->out, 200, "text/html; charset=utf-8",
	    how.remote ? OUT_MAIL_HTML_REMOTE : OUT_MAIL_HTML);
	document_put(&w->out, buf_str(&html), &how);
	w->out.images = NULL;
	buf_fini(&path);
	buf_fini(&source);
	buf_fini(&html);
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
