/* SPDX-License-Identifier: MIT */
/* page_do.c: what the pages' forms change; each leads back to its list */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/tag.h"
#include "web/page.h"

#define IDS_MAX 10000

/*
 * What a form is about: the messages that it names, or all that its search
 * finds, or all. Anything that is not clearly one of these is nothing.
 */
struct doing {
	struct page p;
	char (*ids)[ID_SIZE];
	struct index_set set;
	struct index_changed changed;
	bool failed;
};

static void
read_ids(struct doing *d)
{
	struct str rest = buf_str(&d->p.w->cgi.body);
	struct buf name = BUF_INIT, value = BUF_INIT;
	size_t n = 0;

	while (n < IDS_MAX && cgi_form_next(&rest, &name, &value)) {
		if (!str_eq(buf_str(&name), STR("id")) ||
		    !id_is_valid(buf_str(&value)))
			continue;
		if ((n & (n - 1)) == 0)
			d->ids = mem_grow(d->ids, n ? 2 * n : 1, ID_SIZE);
		memcpy(d->ids[n++], value.data, ID_SIZE);
	}
	d->set.ids = (const char(*)[ID_SIZE])d->ids;
	d->set.count = n;
	buf_fini(&name);
	buf_fini(&value);
}

static bool
begin(struct doing *d, struct web *w)
{
	struct buf scope = BUF_INIT;

	*d = (struct doing){0};
	if (!page_init(&d->p, w))
		return false;
	page_field(&d->p, "scope", &scope);
	if (str_eq(buf_str(&scope), STR("results")))
		d->set.query = d->p.query;
	else if (str_eq(buf_str(&scope), STR("all")))
		d->set.all = d->p.q.n == 0;
	else
		read_ids(d);
	buf_fini(&scope);
	return true;
}

static void
end(struct doing *d)
{
	free(d->ids);
	page_fini(&d->p);
}

static bool
is_about_nothing(const struct doing *d)
{
	return d->set.count == 0 && !d->set.query && !d->set.all;
}

/* Back to where the form stood, saying what was done. */
static void
lead_back(
    struct doing *d, const char *path, const char *done, const char *group)
{
	struct page *p = &d->p;
	struct buf url = BUF_INIT;

	if (d->failed) {
		page_failed(p);
		return;
	}
	if (path)
		page_url(p, path, &url);
	else
		page_list_url(p, p->start, &url);
	buf_addf(&url, "%c%s=%s&n=%" PRIu64,
	    memchr(url.data, '?', url.len) ? '&' : '?', group ? "undo" : "done",
	    group ? group : done, d->changed.changed);
	if (d->changed.refused > 0)
		buf_addf(&url, "&no=%" PRIu64, d->changed.refused);
	out_redirect(p->out, 303, buf_str(&url));
	buf_fini(&url);
}

/* The path of a message that a field names, or NULL. */
static const char *
message_path(const struct doing *d, const char *field, struct buf *path)
{
	struct buf id = BUF_INIT;

	if (page_field(&d->p, field, &id) && id_is_valid(buf_str(&id)))
		buf_addf(path, "view/%s", id.data);
	buf_fini(&id);
	return path->len > 0 ? path->data : NULL;
}

void
page_do_mark(struct web *w)
{
	struct doing d;
	struct buf read = BUF_INIT;

	if (!begin(&d, w))
		return;
	page_field(&d.p, "read", &read);
	bool to_read = str_eq(buf_str(&read), STR("1"));

	if (is_about_nothing(&d) ||
	    (!to_read && !str_eq(buf_str(&read), STR("0")))) {
		lead_back(&d, NULL, "none", NULL);
	} else {
		d.failed =
		    index_mark(w->index, &d.set, to_read, &d.changed) != 0;
		lead_back(&d, NULL, to_read ? "read" : "unread", NULL);
	}
	buf_fini(&read);
	end(&d);
}

void
page_do_delete(struct web *w)
{
	struct doing d;
	struct buf path = BUF_INIT;
	char group[ID_SIZE] = "";

	if (!begin(&d, w))
		return;
	if (d.set.all && w->settings.hide_delete_all) {
		page_error(&d.p, 403, "Deleting all is switched off here",
		    "Select messages instead.");
	} else if (is_about_nothing(&d)) {
		lead_back(&d, NULL, "none", NULL);
	} else {
		d.failed =
		    index_trash(w->index, &d.set, &d.changed, group) != 0;
		if (d.set.query || d.set.all)
			d.p.start = 0;
		lead_back(&d, message_path(&d, "next", &path), "delete",
		    d.changed.changed ? group : NULL);
	}
	buf_fini(&path);
	end(&d);
}

void
page_do_undo(struct web *w)
{
	struct doing d;
	struct buf group = BUF_INIT;

	if (!begin(&d, w))
		return;
	if (page_field(&d.p, "group", &group) && id_is_valid(buf_str(&group)))
		d.failed = index_restore(w->index, group.data, &d.changed) != 0;
	lead_back(&d, NULL, "undo", NULL);
	buf_fini(&group);
	end(&d);
}

void
page_do_tag(struct web *w)
{
	struct doing d;
	struct buf raw = BUF_INIT, name = BUF_INIT, what = BUF_INIT;
	struct buf path = BUF_INIT;
	bool drop, named;

	if (!begin(&d, w))
		return;
	drop = page_field(&d.p, "drop", &raw);
	if (!drop)
		page_field(&d.p, "tag", &raw);
	page_field(&d.p, "do", &what);
	named = tag_clean(&name, buf_str(&raw)) &&
		str_eq(buf_str(&name), str_trim(buf_str(&raw)));
	drop = drop || str_eq(buf_str(&what), STR("remove"));
	if (!is_about_nothing(&d) && named)
		d.failed = index_add_tag(w->index, &d.set, buf_str(&name), drop,
			       &d.changed) != 0;
	lead_back(&d, message_path(&d, "return", &path),
	    is_about_nothing(&d) ? "none"
	    : named		 ? "tag"
				 : "name",
	    NULL);
	buf_fini(&raw);
	buf_fini(&name);
	buf_fini(&what);
	buf_fini(&path);
	end(&d);
}

/*
 * The form around a list: which button was pressed says what to do, because
 * not every browser knows formaction. More than one was not pressed by anyone.
 */
void
page_do_selected(struct web *w)
{
	static const struct {
		const char *name, *value;
		void (*handler)(struct web *w);
	} buttons[] = {
	    {"read", "1", page_do_mark},
	    {"read", "0", page_do_mark},
	    {"do", "delete", page_do_delete},
	    {"do", "add", page_do_tag},
	    {"do", "remove", page_do_tag},
	};
	struct str rest = buf_str(&w->cgi.body);
	struct buf name = BUF_INIT, value = BUF_INIT;
	size_t pressed = 0, which = 0;

	while (cgi_form_next(&rest, &name, &value))
		for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]);
		     i++)
			if (str_eq(buf_str(&name), str_of(buttons[i].name)) &&
			    str_eq(buf_str(&value), str_of(buttons[i].value))) {
				pressed++;
				which = i;
			}
	buf_fini(&name);
	buf_fini(&value);
	if (pressed == 1) {
		buttons[which].handler(w);
	} else {
		struct doing d;

		if (!begin(&d, w))
			return;
		lead_back(&d, NULL, "none", NULL);
		end(&d);
	}
}

/* Renames or removes a tag on all messages. */
void
page_do_tag_names(struct web *w)
{
	struct doing d;
	struct buf from = BUF_INIT, raw = BUF_INIT, to = BUF_INIT;
	struct buf what = BUF_INIT;
	enum index_tag_verdict verdict = INDEX_TAG_EXISTS;

	if (!begin(&d, w))
		return;
	page_field(&d.p, "name", &from);
	page_field(&d.p, "to", &raw);
	page_field(&d.p, "do", &what);
	if (str_eq(buf_str(&what), STR("delete")))
		verdict = index_remove_tag(w->index, buf_str(&from));
	else if (tag_clean(&to, buf_str(&raw)) &&
		 str_eq(buf_str(&to), str_trim(buf_str(&raw))))
		verdict =
		    index_rename_tag(w->index, buf_str(&from), buf_str(&to));
	d.failed = verdict == INDEX_TAG_FAILED;
	d.changed.changed = verdict == INDEX_TAG_OK;
	lead_back(
	    &d, "tags", verdict == INDEX_TAG_EXISTS ? "name" : "tags", NULL);
	buf_fini(&from);
	buf_fini(&raw);
	buf_fini(&to);
	buf_fini(&what);
	end(&d);
}
