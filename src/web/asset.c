/* SPDX-License-Identifier: MIT */
/* asset.c: files of ours, served from the program's own memory */
#include "web/asset.h"

#include "base/mem.h"
#include "web/route.h"
#include "web/web.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct asset *
asset_find(struct str name)
{
	for (size_t i = 0; i < asset_count; i++)
		if (str_eq(name, str_of(asset_files[i].name)))
			return &asset_files[i];
	return NULL;
}

const struct asset *
asset_need(const char *name)
{
	const struct asset *a = asset_find(str_of(name));

	if (a != NULL)
		return a;
	bug("no asset named %s", name);
}

void
asset_url(struct buf *out, const char *name)
{
	const struct asset *a = asset_need(name);

	buf_addf(out, "dist/%s/%s", a->hash, a->name);
}

static void
send_asset(struct web *w, const struct asset *a, enum out_kind kind)
{
	out_begin(&w->out, 200, a->type, kind);
	out_add(&w->out, str_make((const char *)a->data, a->size));
}

static void
get_hashed(struct web *w)
{
	const struct asset *a = asset_find(w->cgi.segments[2]);

	if (!a || !str_eq(w->cgi.segments[1], str_of(a->hash))) {
		out_error(&w->out, 404, "404 page not found");
		return;
	}
	send_asset(w, a,
	    str_eq(str_of(a->name), STR("stream.js")) ? OUT_WORKER : OUT_ASSET);
}

/* Where browsers look by themselves; these have no hash and are not kept. */
static void
get_icon(struct web *w)
{
	send_asset(w, asset_find(STR("favicon.svg")), OUT_PAGE);
}

static const struct route rows[] = {
    {CGI_GET, "dist/*/*", 0, get_hashed},
    {CGI_GET, "favicon.svg", 0, get_icon},
    {CGI_GET, "favicon.ico", 0, get_icon},
};

const struct route_table asset_routes = {rows, COUNT(rows)};
