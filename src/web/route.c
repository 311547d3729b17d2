/* SPDX-License-Identifier: MIT */
/* route.c: find what answers a request */

#include "web/route.h"

#include <stddef.h>

static const struct route_table *const tables[] = {
    &api_routes,
    &event_routes,
    &view_routes,
    &page_routes,
    &asset_routes,
};

static bool
segment_fits(struct str segment, struct str pattern)
{
	struct str tail;

	if (pattern.n == 0 || pattern.p[0] != '*')
		return str_eq(segment, pattern);
	tail = str_skip(pattern, 1);
	/* There must be something for the star to stand for. */
	return segment.n > tail.n &&
	       str_eq(str_skip(segment, segment.n - tail.n), tail);
}

bool
route_fits(const struct cgi *c, const char *pattern)
{
	struct str rest = str_of(pattern);
	bool folder = rest.n == 0 || rest.p[rest.n - 1] == '/';
	size_t i = 0;

	if (folder != c->folder)
		return false;
	while (rest.n > 0 && i < c->segment_count)
		if (!segment_fits(c->segments[i++], str_cut(&rest, '/')))
			return false;
	return rest.n == 0 && i == c->segment_count;
}

struct route_found
route_find(const struct cgi *c)
{
	struct route_found found = {.route = NULL};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct route *r = &tables[t]->rows[i];

			if (!route_fits(c, r->pattern))
				continue;
			found.methods |= 1u << r->method;
			if (r->method == c->method && found.route == NULL)
				found.route = r;
		}
	return found;
}

void
route_allow(unsigned methods, struct buf *out)
{
	static const struct {
		enum cgi_method method;
		const char *name;
	} names[] = {
	    {CGI_DELETE, "DELETE"},
	    {CGI_GET, "GET"},
	    {CGI_GET, "HEAD"},
	    {CGI_OPTIONS, "OPTIONS"},
	    {CGI_POST, "POST"},
	    {CGI_PUT, "PUT"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((methods & 1u << names[i].method) != 0)
			buf_addf(out, "%s%s", out->len > 0 ? ", " : "",
			    names[i].name);
}
