/* SPDX-License-Identifier: MIT */
/* test_route.c: which handler answers */

#include <criterion/criterion.h>
#include <string.h>

#include "web/api.h"
#include "web/route.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
set_path(struct cgi *c, const char *path)
{
	struct str rest = str_of(path);

	memset(c, 0, sizeof(*c));
	c->folder = rest.n == 0 || rest.p[rest.n - 1] == '/';
	while (rest.n > 0)
		c->segments[c->segment_count++] = str_cut(&rest, '/');
}

Test(route, a_pattern_fits_whole_segments)
{
	static const struct {
		const char *path, *pattern;
		bool fits;
	} cases[] = {
	    {"", "", true},
	    {"", "search", false},
	    {"search", "", false},
	    {"api/v1/", "api/v1/", true},
	    {"api/v1", "api/v1/", false},
	    {"api/v1/info/", "api/v1/info", false},
	    {"api/v1/INFO", "api/v1/info", false},
	    {"a/b", "a/*", true},
	    {"a/b/c", "a/*", false},
	    {"a", "a/*", false},
	    {"a/b/c", "a/*/c", true},
	    {"view/x.html", "view/*.html", true},
	    {"view/.html", "view/*.html", false},
	    {"view/x.htm", "view/*.html", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cgi c;

		set_path(&c, cases[i].path);
		cr_expect_eq(route_fits(&c, cases[i].pattern), cases[i].fits,
		    "%s %s", cases[i].path, cases[i].pattern);
	}
}

Test(route, path_and_method_find_the_handler)
{
	struct cgi c;
	struct route_found found;

	set_path(&c, "api/v1/messages");
	c.method = CGI_DELETE;
	found = route_find(&c);
	cr_assert_not_null(found.route);
	cr_expect(found.route->handle == api_delete);
	c.method = CGI_POST;
	found = route_find(&c);
	cr_expect_null(found.route);
	cr_expect_eq(
	    found.methods, 1u << CGI_GET | 1u << CGI_PUT | 1u << CGI_DELETE);
	set_path(&c, "api/v1/nothing");
	cr_expect_eq(route_find(&c).methods, 0);
}

Test(route, only_the_probes_are_open_and_streams_are_guarded)
{
	static const struct route_table *const tables[] = {&api_routes,
	    &view_routes, &page_routes, &asset_routes, &event_routes};

	for (size_t t = 0; t < COUNT(tables); t++)
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct route *r = &tables[t]->rows[i];
			bool probe = strcmp(r->pattern, "livez") == 0 ||
				     strcmp(r->pattern, "readyz") == 0;

			cr_expect_eq((r->flags & ROUTE_OPEN) != 0, probe, "%s",
			    r->pattern);
			if (strstr(r->pattern, "events") != NULL)
				cr_expect(r->flags & ROUTE_LIVE);
			/* What changes something is the API or a form. */
			if (r->method != CGI_GET)
				cr_expect(r->flags & (ROUTE_API | ROUTE_FORM),
				    "%s", r->pattern);
		}
}

Test(route, allow_is_sorted_and_knows_head)
{
	struct buf text = BUF_INIT;

	route_allow(1u << CGI_PUT | 1u << CGI_GET | 1u << CGI_OPTIONS, &text);
	cr_expect_str_eq(text.data, "GET, HEAD, OPTIONS, PUT");
	buf_fini(&text);
}
