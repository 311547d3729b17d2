/* SPDX-License-Identifier: MIT */
/* api_change.c: marking and deleting */

#include <stdlib.h>

#include "web/api.h"

/* Changes what is named, if anything is that can be known. */
static void
change(struct web *w, const struct index_set *set, const bool *read)
{
	struct index_changed done = {0};
	struct index *x = web_index(w);
	int rc = 0;

	if (x == NULL)
		return;
	if (set->count > 0 || set->query != NULL || set->all)
		rc = read != NULL ? index_mark(x, set, *read, &done)
				  : index_delete(x, set, &done);
	api_changed(w, rc, &done);
}

static void
set_read(struct web *w, struct jread *j)
{
	const struct jvalue *root = jread_root(j);
	bool read = jread_bool(j, root, "Read", false);
	struct str search = str_trim_crlf(jread_string(j, root, "Search"));
	const struct jvalue *array = jread_array(j, root, "IDs");
	struct query *query = NULL;
	struct index_set set;
	struct api_ids ids;

	if (!api_body_ends(w, j) || !api_ids(w, j, array, &ids))
		return;
	if (ids.given > 0 && search.n > 0)
		out_error(&w->out, 400,
		    "You may specify either IDs or a search query, not both");
	else if (search.n > 0)
		query = api_parse_query(w, search);
	if (!w->out.begun) {
		set = (struct index_set){
		    .ids =
			ids.count > 0 ? (const char(*)[ID_SIZE])ids.ids : NULL,
		    .count = ids.count,
		    .query = query,
		    .all = ids.given == 0 && query == NULL,
		};
		change(w, &set, &read);
	}
	query_free(query);
	free(ids.ids);
}

void
api_set_read(struct web *w)
{
	struct jread *j = api_body(w);

	if (j != NULL)
		set_read(w, j);
	jread_free(j);
}

/*
 * Only the absence of a body means everything. What has a body must say which
 * messages, and say nothing else that might have meant to restrict it.
 */
static void
delete_named(struct web *w, struct jread *j)
{
	static const char *const names[] = {"IDs", NULL};
	const struct jvalue *root = jread_root(j);
	const struct jvalue *array = jread_array(j, root, "IDs");
	struct index_set set;
	struct api_ids ids;

	if (!api_body_ends(w, j))
		return;
	if (!jread_only(j, root, names)) {
		out_error(&w->out, 400, "unknown member: there is only IDs");
		return;
	}
	if (!api_ids(w, j, array, &ids))
		return;
	set = (struct index_set){
	    .ids = (const char(*)[ID_SIZE])ids.ids,
	    .count = ids.count,
	};
	if (ids.given == 0)
		out_error(&w->out, 400,
		    "no IDs: to delete all messages, send no body");
	else
		change(w, &set, NULL);
	free(ids.ids);
}

/* It was meant for some messages, but that stands where nobody reads it. */
static bool
is_misplaced(const struct cgi *c)
{
	static const char *const names[] = {
	    "query", "search", "q", "ids", "id", "IDs", "ID"};
	bool given = false;

	for (size_t i = 0; !given && i < sizeof(names) / sizeof(names[0]); i++)
		(void)cgi_parameter(c, names[i], &given);
	return given;
}

void
api_delete(struct web *w)
{
	static const struct index_set everything = {.all = true};
	struct jread *j;

	if (is_misplaced(&w->cgi)) {
		out_error(&w->out, 400,
		    "Error: IDs belong into the body, and a query to "
		    "api/v1/search; nothing was deleted");
		return;
	}
	if (w->cgi.body.len == 0) {
		change(w, &everything, NULL);
		return;
	}
	j = api_body(w);
	if (j != NULL)
		delete_named(w, j);
	jread_free(j);
}

void
api_delete_search(struct web *w)
{
	bool given;
	struct query *q = api_query(w, &given);
	struct index_set set = {.query = q};

	if (!given)
		out_error(&w->out, 400, "Error: no search query");
	if (q != NULL)
		change(w, &set, NULL);
	query_free(q);
}
