/* SPDX-License-Identifier: MIT */
/* page_inner.c: HTML and parts of a message that is attached to another */
#include "web/document.h"
#include "web/page_view.h"

/* What a browser may show in place; everything else is a download. */
static const struct str pictures[] = {
    STR("image/png"),
    STR("image/jpeg"),
    STR("image/gif"),
    STR("image/webp"),
};

struct inner {
	struct page p;
	struct view v;
};

static void
not_here(struct web *w)
{
	if (!w->out.begun)
		out_error(&w->out, 404, "404 page not found");
}

/* way: as part= of the page. False: answered. */
static bool
begin(struct inner *in, struct web *w, struct str way)
{
	in->v = (struct view){
	    .p = &in->p, .memory = BUF_INIT, .findings = BUF_INIT, .part = way};
	if (!page_init(&in->p, w))
		return false;
	if (view_open(&in->v, w->cgi.segments[1]) == INDEX_FOUND)
		return true;
	not_here(w);
	view_close(&in->v);
	page_fini(&in->p);
	return false;
}

static void
end(struct inner *in)
{
	view_close(&in->v);
	page_fini(&in->p);
}

void
page_inner_html(struct web *w)
{
	struct str way = w->cgi.segments[2];
	struct buf images = BUF_INIT;
	struct document how = {
	    true, str_eq(cgi_parameter(&w->cgi, "remote", NULL), STR("1"))};
	struct inner in;

	way.n -= STR(".html").n;
	if (!begin(&in, w, way))
		return;
	if (message_html(in.v.m).n == 0) {
		not_here(w);
		end(&in);
		return;
	}
	buf_addf(&images, "%sinner/%s/%.*s,", w->settings.webroot, in.v.row.id,
	    STR_ARG(way));
	document_answer(w, in.v.m, images.data, &how);
	buf_fini(&images);
	end(&in);
}

static void
send_part(struct inner *in, const struct part *part)
{
	struct out *o = in->p.out;
	const char *type = "application/octet-stream";
	struct buf content = BUF_INIT;

	for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++)
		if (str_eq(str_of(part->type), pictures[i]))
			type = pictures[i].p;
	message_part_content(in->v.m, part, &content);
	out_disposition(o, type[0] == 'i' ? "inline" : "attachment",
	    str_of(part->file_name[0] ? part->file_name : part->id));
	out_begin(o, 200, type, OUT_PART);
	out_add(o, buf_str(&content));
	buf_fini(&content);
}

void
page_inner_part(struct web *w)
{
	struct str way = w->cgi.segments[2], id = way;
	const struct part *part;
	struct inner in;

	/* The last one is the part; before it is the way to its message. */
	while (way.n > 0 && way.p[way.n - 1] != ',')
		way.n--;
	id = str_skip(id, way.n);
	if (way.n == 0) {
		not_here(w);
		return;
	}
	way.n--;
	if (!begin(&in, w, way))
		return;
	part = message_find_part(in.v.m, id);
	if (part && view_is_attached(part))
		send_part(&in, part);
	else
		not_here(w);
	end(&in);
}
