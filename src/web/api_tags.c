/* SPDX-License-Identifier: MIT */
/* api_tags.c: tags of messages, and tags as such */

#include <stdlib.h>

#include "mail/tag.h"
#include "web/api.h"

#define TAG_SEGMENT 3

void
api_tags(struct web *w)
{
	struct index *x = web_index(w);
	struct buf tags = BUF_INIT;
	struct str rest;
	const char *comma = "";

	if (x == NULL)
		return;
	if (index_tags(x, true, &tags) != 0) {
		buf_fini(&tags);
		api_failed(w);
		return;
	}
	rest = buf_str(&tags);
	api_json(w);
	out_adds(&w->out, "[");
	for (; rest.n > 0; comma = ",") {
		struct str line = str_cut(&rest, '\n');

		out_adds(&w->out, comma);
		out_json(&w->out, str_skip(line, str_find(line, '\t') + 1));
	}
	out_adds(&w->out, "]\n");
	buf_fini(&tags);
}

/* The names of an array, cleaned, as a list of lines. */
static void
read_names(struct jread *j, const struct jvalue *array, struct buf *out)
{
	struct buf name = BUF_INIT;

	for (size_t i = 0; i < jread_count(array); i++) {
		buf_reset(&name);
		if (tag_clean(&name, jread_item_string(j, array, i)))
			tag_add(out, buf_str(&name));
	}
	buf_fini(&name);
}

static void
set_tags(struct web *w, struct jread *j)
{
	const struct jvalue *root = jread_root(j);
	const struct jvalue *array = jread_array(j, root, "IDs");
	const struct jvalue *names = jread_array(j, root, "Tags");
	struct index_changed done = {0};
	struct buf tags = BUF_INIT;
	struct index *x;
	struct api_ids ids;
	int rc = 0;

	if (jread_count(names) > TAGS_MAX) {
		out_error(&w->out, 400, "too many tags");
		return;
	}
	read_names(j, names, &tags);
	if (api_body_ends(w, j) && api_ids(w, j, array, &ids)) {
		struct index_set set = {
		    .ids = (const char(*)[ID_SIZE])ids.ids,
		    .count = ids.count,
		};

		x = web_index(w);
		if (x != NULL && ids.count > 0)
			rc = index_set_tags(x, &set, buf_str(&tags), &done);
		if (x != NULL)
			api_changed(w, rc, &done);
		free(ids.ids);
	}
	buf_fini(&tags);
}

void
api_set_tags(struct web *w)
{
	struct jread *j = api_body(w);

	if (j != NULL)
		set_tags(w, j);
	jread_free(j);
}

static void
complain(struct web *w, const char *text, struct str name)
{
	out_begin(&w->out, 400, "text/plain", OUT_API);
	out_addf(&w->out, "%s: ", text);
	out_add(&w->out, name);
}

static void
answer(struct web *w, enum index_tag_verdict verdict, struct str from,
    struct str to)
{
	switch (verdict) {
	case INDEX_TAG_OK:
		out_ok(&w->out);
		break;
	case INDEX_TAG_NOT_FOUND:
		complain(w, "tag not found", from);
		break;
	case INDEX_TAG_EXISTS:
		complain(w, "tag already exists", to);
		break;
	case INDEX_TAG_FAILED:
		api_failed(w);
		break;
	}
}

/* There is a message with it, whatever the case of its letters. */
static bool
is_in_use(struct index *x, struct str name)
{
	struct buf tags = BUF_INIT;
	struct str rest;
	bool found = false;

	if (index_tags(x, true, &tags) != 0)
		return false;
	for (rest = buf_str(&tags); rest.n > 0 && !found;) {
		struct str line = str_cut(&rest, '\n');

		found = str_ieq(str_skip(line, str_find(line, '\t') + 1), name);
	}
	buf_fini(&tags);
	return found;
}

void
api_rename_tag(struct web *w)
{
	struct str from = w->cgi.segments[TAG_SEGMENT];
	struct jread *j = api_body(w);
	struct buf to = BUF_INIT;
	struct index *x;
	bool named;

	if (j == NULL)
		return;
	named = tag_clean(&to, jread_string(j, jread_root(j), "Name"));
	if (api_body_ends(w, j) && (x = web_index(w)) != NULL) {
		if (!is_in_use(x, from))
			complain(w, "tag not found", from);
		else if (!named)
			complain(w, "invalid tag name", buf_str(&to));
		else
			answer(w, index_rename_tag(x, from, buf_str(&to)), from,
			    buf_str(&to));
	}
	buf_fini(&to);
	jread_free(j);
}

void
api_delete_tag(struct web *w)
{
	struct str name = w->cgi.segments[TAG_SEGMENT];
	struct index *x = web_index(w);

	if (x != NULL)
		answer(w, index_remove_tag(x, name), name, name);
}
