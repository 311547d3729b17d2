/* SPDX-License-Identifier: MIT */
/* web.c: one request from its environment to the end of its answer */

#include "web/web.h"

#include <inttypes.h>

#include "base/log.h"
#include "web/guard.h"
#include "web/route.h"

static bool
is_below(const struct cgi *c, const char *first, const char *second)
{
	return c->segment_count >= 1 && str_eq(c->segments[0], str_of(first)) &&
	       (second == NULL || (c->segment_count >= 2 &&
				      str_eq(c->segments[1], str_of(second))));
}

static void
open_index(struct web *w)
{
	struct buf why = BUF_INIT;

	w->index = w->open_index(w->arg, &why);
	if (w->index == NULL) {
		log_error("[web] %s", why.data);
		out_error(&w->out, 503, "The mailbox cannot be read now.\n");
	}
	buf_fini(&why);
}

struct index *
web_index(struct web *w)
{
	if (w->index == NULL)
		open_index(w);
	return w->index;
}

bool
web_is_building(struct web *w, struct buf *text)
{
	uint64_t done, all;

	if (w->index == NULL || !index_is_building(w->index, &done, &all))
		return false;
	buf_adds(text, "Messages are still being read");
	if (done < all)
		buf_addf(
		    text, ", %" PRIu64 " of %" PRIu64 " so far", done, all);
	buf_adds(text, "; ask again in a few seconds.");
	out_header(&w->out, "Retry-After", STR("5"));
	return true;
}

bool
web_read_body(struct web *w, uint64_t max)
{
	static const struct {
		int status;
		const char *text;
	} refusals[] = {
	    [CGI_BODY_READ] = {0, NULL},
	    [CGI_BODY_NONE] = {0, NULL},
	    [CGI_BODY_TOO_LARGE] = {413, "http: request body too large"},
	    [CGI_BODY_SHORT] = {400, "unexpected EOF"},
	    [CGI_BODY_LENGTH_REQUIRED] = {411, "Length Required"},
	    [CGI_BODY_ENCODED] = {415, "Content-Encoding is not supported"},
	};
	enum cgi_body verdict = cgi_read_body(&w->cgi, max);

	if (refusals[verdict].status == 0)
		return true;
	out_error(&w->out, refusals[verdict].status, refusals[verdict].text);
	return false;
}

/* Nothing answers this path, or not with this method. */
static void
refuse(struct web *w, unsigned methods)
{
	struct buf allow = BUF_INIT;
	bool api = is_below(&w->cgi, "api", NULL);

	if (api && methods == 0 && w->cgi.method != CGI_GET)
		methods = 1u << CGI_GET;
	if (methods == 0 && w->cgi.method == CGI_GET) {
		out_begin(&w->out, 404, "text/plain; charset=utf-8", OUT_API);
		out_adds(
		    &w->out, api ? "File not found\n" : "404 page not found\n");
		return;
	}
	if (is_below(&w->cgi, "api", "v1"))
		methods |= 1u << CGI_OPTIONS;
	route_allow(methods, &allow);
	out_header(&w->out, "Allow", buf_str(&allow));
	out_begin(&w->out, 405, "text/plain; charset=utf-8", OUT_API);
	out_adds(&w->out, "Method Not Allowed\n");
	buf_fini(&allow);
}

/* Whatever a change carries is read, and refused, in one place. */
static bool
body_passes(struct web *w, const struct route *route)
{
	return w->cgi.method == CGI_GET || (route->flags & ROUTE_SEND) != 0 ||
	       web_read_body(w, CGI_BODY_MAX);
}

static void
answer(struct web *w)
{
	struct route_found found = route_find(&w->cgi);

	if (!guard_request(w, found.route))
		return;
	if (found.route != NULL) {
		if (body_passes(w, found.route))
			found.route->handle(w);
	} else if (w->cgi.method == CGI_OPTIONS &&
		   is_below(&w->cgi, "api", "v1"))
		out_begin(&w->out, 200, "text/plain", OUT_API);
	else
		refuse(w, found.methods);
}

void
web_serve(struct web *w)
{
	enum cgi_verdict verdict = cgi_read(&w->cgi, w->settings.webroot);

	w->out.head = w->cgi.head;
	w->out.block_remote = w->settings.block_remote;
	switch (verdict) {
	case CGI_GOOD:
		answer(w);
		break;
	case CGI_NO_SLASH:
		if (guard_request(w, NULL))
			out_redirect(&w->out, 302, str_of(w->settings.webroot));
		break;
	case CGI_OUTSIDE:
	case CGI_BAD_PATH:
		out_begin(&w->out, 404, "text/plain; charset=utf-8", OUT_API);
		out_adds(&w->out, "404 page not found\n");
		break;
	case CGI_BAD_REQUEST:
		out_error(&w->out, 400, "Bad Request\n");
		break;
	case CGI_TOO_LONG:
		out_error(&w->out, 414, "URI Too Long\n");
		break;
	}
	out_end(&w->out);
	buf_wipe(&w->credentials);
	buf_fini(&w->credentials);
}
