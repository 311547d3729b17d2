/* SPDX-License-Identifier: MIT */
/* api_list.c: the mailbox and searches, as lists that are streamed */

#include <string.h>

#include "web/api.h"

#define DEFAULT_LIMIT 50

/* A list on its way out; the head waits for the first row, or for none. */
struct list {
	struct web *w;
	struct index_page page;
	struct index_counts counts;
	struct buf tags;
	bool mailbox; /* not a search: counts are those of the mailbox */
	bool begun;
	uint64_t rows;
};

/* What is left of n matches behind the start, up to the limit. */
static uint64_t
rows_of(const struct list *l)
{
	uint64_t n = l->counts.matches;

	n = n > l->page.start ? n - l->page.start : 0;
	return n < l->page.limit ? n : l->page.limit;
}

static void
put_tags(struct out *o, struct str lines)
{
	const char *comma = "";

	out_adds(o, "[");
	for (; lines.n > 0; comma = ",") {
		struct str line = str_cut(&lines, '\n');

		out_adds(o, comma);
		out_json(o, str_skip(line, str_find(line, '\t') + 1));
	}
	out_adds(o, "]");
}

static void
begin(struct list *l)
{
	struct out *o = &l->w->out;
	const struct index_counts *c = &l->counts;

	l->begun = true;
	api_json(l->w);
	out_addf(o,
	    "{\"total\":%llu,\"unread\":%llu,\"count\":%llu,"
	    "\"messages_count\":%llu,\"messages_unread\":%llu,\"start\":%llu,"
	    "\"tags\":",
	    (unsigned long long)c->total, (unsigned long long)c->unread,
	    (unsigned long long)rows_of(l),
	    (unsigned long long)(l->mailbox ? c->total : c->matches),
	    (unsigned long long)(l->mailbox ? c->unread : c->matches_unread),
	    (unsigned long long)l->page.start);
	put_tags(o, buf_str(&l->tags));
	out_adds(o, ",\"messages\":[");
}

static bool
put_row(void *arg, const struct index_row *row)
{
	struct list *l = arg;

	if (!l->begun) {
		begin(l);
	} else if (l->w->out.head) {
		/* What is not made has no length to be told. */
		out_flush(&l->w->out);
		return false;
	}
	out_adds(&l->w->out, l->rows++ > 0 ? "," : "");
	api_summary(&l->w->out, row);
	return !l->w->out.failed;
}

static void
answer(struct list *l, const struct query *query)
{
	struct index *x = l->w->index;

	if (index_tags(x, false, &l->tags) != 0 ||
	    index_list(x, query, &l->page, &l->counts, put_row, l) != 0) {
		/* A list that broke off must not look like a whole one. */
		l->w->out.failed |= l->begun;
		api_failed(l->w);
		return;
	}
	if (!l->begun)
		begin(l);
	out_adds(&l->w->out, "]}\n");
}

/* Takes start, limit and before; *q may become another query. */
static void
read_page(struct list *l, struct query **q)
{
	const struct cgi *c = &l->w->cgi;
	struct str before = cgi_parameter(c, "before", NULL);
	struct str zone = l->mailbox ? STR("") : cgi_parameter(c, "tz", NULL);
	int64_t ms;

	l->page.start = cgi_number(c, "start", 0);
	l->page.limit = cgi_number(c, "limit", DEFAULT_LIMIT);
	if (l->mailbox && l->page.limit == 0) {
		l->page.limit = UINT64_MAX;
		l->page.start = 0;
	}
	if (l->page.start > INT64_MAX)
		l->page.start = INT64_MAX;
	if (before.n > 0 && query_date(before, zone, &ms))
		*q = api_query_before(*q, ms);
}

void
api_messages(struct web *w)
{
	struct list l = {.w = w, .mailbox = true, .tags = BUF_INIT};
	struct query *q = NULL;

	read_page(&l, &q);
	if (api_wait(w, q))
		answer(&l, q);
	query_free(q);
	buf_fini(&l.tags);
}

void
api_search(struct web *w)
{
	struct list l = {.w = w, .tags = BUF_INIT};
	bool given;
	struct query *q = api_query(w, &given);

	if (!given)
		out_error(&w->out, 400, "Error: no search query");
	if (q == NULL)
		return;
	read_page(&l, &q);
	if (api_wait(w, q))
		answer(&l, q);
	query_free(q);
	buf_fini(&l.tags);
}
