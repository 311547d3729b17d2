/* SPDX-License-Identifier: MIT */
/* api_common.c: bodies, searches, waiting and what a change comes to */

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "web/api.h"
#include "web/events.h"

void
api_failed(struct web *w)
{
	struct buf text = BUF_INIT;

	if (w->out.begun)
		return;
	if (web_is_building(w, &text))
		out_error(&w->out, 503, text.data);
	else
		out_error(&w->out, 500,
		    "The mailbox could not be read or changed; the log says "
		    "why.");
	buf_fini(&text);
}

struct jread *
api_body(struct web *w)
{
	struct buf why = BUF_INIT;
	struct jread *j = jread_parse(buf_str(&w->cgi.body), &why);

	if (j == NULL)
		out_error(&w->out, 400, why.data);
	buf_fini(&why);
	return j;
}

bool
api_body_ends(struct web *w, struct jread *j)
{
	const char *error = jread_error(j);

	if (error != NULL)
		out_error(&w->out, 400, error);
	return error == NULL;
}

struct query *
api_parse_query(struct web *w, struct str text)
{
	struct buf why = BUF_INIT;
	struct query *q =
	    query_parse(text, cgi_parameter(&w->cgi, "tz", NULL), &why);

	if (q == NULL)
		out_error(&w->out, 400, why.data);
	buf_fini(&why);
	return q;
}

struct query *
api_query(struct web *w, bool *given)
{
	struct str text = cgi_parameter(&w->cgi, "query", NULL);

	*given = str_trim_crlf(text).n > 0;
	return *given ? api_parse_query(w, text) : NULL;
}

struct query *
api_query_before(struct query *q, int64_t before)
{
	struct query_term term = {.field = QUERY_CREATED,
	    .low = INT64_MIN,
	    .high = before == INT64_MIN ? before : before - 1};
	struct query_term *terms;
	size_t from = 0, to = 0;

	if (q == NULL) {
		q = mem_new(sizeof(*q));
		q->ends = mem_new(sizeof(*q->ends));
		q->alternatives = 1;
	}
	terms = mem_grow(NULL, q->count + q->alternatives, sizeof(*terms));
	for (size_t i = 0; i < q->alternatives; i++) {
		while (from < q->ends[i])
			terms[to++] = q->terms[from++];
		terms[to++] = term;
		q->ends[i] = to;
	}
	free(q->terms);
	q->terms = terms;
	q->count = to;
	return q;
}

static bool
one_row(void *arg, const struct index_row *row)
{
	(void)arg;
	(void)row;
	return false;
}

bool
api_wait(struct web *w, const struct query *query)
{
	static const struct index_page nothing = {.limit = 0};
	uint64_t seconds = cgi_number(&w->cgi, "wait", 0);
	struct index *x = web_index(w);
	int64_t deadline;
	struct watch *watch;
	bool more = true;

	if (x == NULL || seconds == 0)
		return x != NULL;
	if (seconds > API_WAIT_MAX)
		seconds = API_WAIT_MAX;
	deadline = io_now() + (int64_t)seconds * 1000;
	/* Before the first look, so that nothing comes in between. */
	watch = watch_new(index_reader(x));
	while (more) {
		struct index_counts counts;
		uint64_t done, all;

		if (index_list(x, query, &nothing, &counts, one_row, NULL) ==
		    0) {
			more = counts.matches == 0 &&
			       watch_wait(watch, -1, deadline);
		} else {
			more = index_is_building(x, &done, &all) &&
			       io_now() < deadline;
		}
	}
	watch_free(watch);
	return true;
}

/* IDs are compared with those that are known, and never become paths. */
bool
api_ids(struct web *w, struct jread *j, const struct jvalue *array,
    struct api_ids *out)
{
	const char *wrong = NULL;

	*out = (struct api_ids){.given = jread_count(array)};
	if (out->given > API_IDS_MAX) {
		out_error(&w->out, 400, "too many IDs");
		return false;
	}
	out->ids = mem_new((out->given + 1) * sizeof(*out->ids));
	for (size_t i = 0; i < out->given; i++) {
		struct str id = jread_item_string(j, array, i);

		if (id.n > API_ID_LENGTH_MAX)
			wrong = "this is no ID";
		if (id_is_valid(id)) {
			memcpy(out->ids[out->count], id.p, id.n);
			out->ids[out->count++][id.n] = '\0';
		}
	}
	if (wrong == NULL)
		wrong = jread_error(j);
	if (wrong == NULL)
		return true;
	out_error(&w->out, 400, wrong);
	free(out->ids);
	out->ids = NULL;
	return false;
}

void
api_changed(struct web *w, int rc, const struct index_changed *done)
{
	if (rc != 0)
		api_failed(w);
	else if (done->refused > 0)
		out_error(
		    &w->out, 403, "This server may not change these messages.");
	else
		out_ok(&w->out);
}
