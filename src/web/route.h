/* SPDX-License-Identifier: MIT */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

/*
 * route: which handler answers, found in one table.
 *
 * A pattern is a path of segments; "*" stands for any one segment, and "*.x"
 * for one that ends in ".x". A pattern that ends in '/' is a folder. The tables
 * say for each pattern which methods there are, so 405 and Allow come from
 * them, and so does the OpenAPI test. The first table and row that fits wins.
 * Everything passes the guard first.
 */

#include "web/web.h"

/* Flags of a route. */
enum route_flag {
	ROUTE_OPEN = 1 << 0, /* no login (livez, readyz) */
	ROUTE_API = 1 << 1, /* CORS, text errors */
	ROUTE_SEND = 1 << 2, /* the users of send */
	ROUTE_FORM = 1 << 3, /* a form of the pages: needs its token */
	ROUTE_LIVE = 1 << 4, /* a stream: guarded like a change */
	ROUTE_PART = 1 << 5, /* shown in the frame, which has no origin */
};

struct route {
	enum cgi_method method; /* GET stands for HEAD too */
	const char *pattern; /* as "api/v1/info"; see above */
	unsigned flags;
	void (*handle)(struct web *w);
};

/* Every family of handlers has a table of its own (web/api.h, web/page.h). */
struct route_table {
	const struct route *rows;
	size_t count;
};
extern const struct route_table api_routes, view_routes, page_routes,
    asset_routes, event_routes;

struct route_found {
	const struct route *route; /* NULL: nothing answers this */
	unsigned methods; /* 1 << cgi_method: what the path has; 0: unknown */
};
struct route_found route_find(const struct cgi *c);

/* Whether the segments of the request fit a pattern (pure). */
bool route_fits(const struct cgi *c, const char *pattern);

/* The value of Allow, sorted: "DELETE, GET, HEAD". */
void route_allow(unsigned methods, struct buf *out);

#endif
