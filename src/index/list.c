/* SPDX-License-Identifier: MIT */
/* list.c: pages of messages */

#include "index/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* So many rows of one page are read first if they are still outstanding. */
#define PAGE_FEW 1000
#define TRIES 4

struct listing {
	const struct query *query;
	const struct index_page *page;
	struct index_counts *counts;
	bool (*each)(void *arg, const struct index_row *row);
	void *arg;
	int64_t *keys; /* of the page */
	size_t n, cap;
	bool told; /* the first row was handed out */
	struct answer answer;
};

bool
inside_row(struct index *x, int64_t key, struct index_row *row)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT m.id, m.created, m.place, m.size, m.read, m.attachments,"
	    " m.inlines, d.name, d.sender, d.recipients, d.cc, d.bcc,"
	    " d.reply_to, d.subject, d.message_id, d.return_path, d.username,"
	    " d.snippet, d.tags FROM message m JOIN detail d ON d.key = m.key"
	    " WHERE m.key = ?");
	struct str *const texts[] = {&row->name, &row->from, &row->to, &row->cc,
	    &row->bcc, &row->reply_to, &row->subject, &row->message_id,
	    &row->return_path, &row->username, &row->snippet, &row->tags};
	struct str id;

	db_int(s, 1, key);
	if (!db_step(s))
		return false;
	*row = (struct index_row){.created = db_get_int(s, 1)};
	id = db_get_text(s, 0);
	if (id.n != ID_LENGTH) {
		db_declare_broken(x->db);
		return false;
	}
	memcpy(row->id, id.p, ID_LENGTH);
	row->in_new = db_get_int(s, 2) != 0;
	row->size = (uint64_t)db_get_int(s, 3);
	row->read = db_get_int(s, 4) != 0;
	row->attachments = (uint64_t)db_get_int(s, 5);
	row->inlines = (uint64_t)db_get_int(s, 6);
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		*texts[i] = db_get_text(s, 7 + i);
	return true;
}

/* Copies what the row borrows; its slices then borrow from the memory. */
void
inside_keep(struct index_row *row, struct buf *memory)
{
	struct str *const texts[] = {&row->name, &row->from, &row->to, &row->cc,
	    &row->bcc, &row->reply_to, &row->subject, &row->message_id,
	    &row->return_path, &row->username, &row->snippet, &row->tags};
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	size_t at = memory->len;

	for (size_t i = 0; i < count; i++)
		buf_add_str(memory, *texts[i]);
	for (size_t i = 0; i < count; i++) {
		texts[i]->p = memory->data + at;
		at += texts[i]->n;
	}
}

static void
add_key(struct listing *l, int64_t key)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		l->keys = mem_grow(l->keys, l->cap, sizeof(*l->keys));
	}
	l->keys[l->n++] = key;
}

static void
count_all(struct index *x, struct index_counts *c)
{
	struct db_statement *s =
	    db_statement(x->db, "SELECT total, unread FROM state");

	*c = (struct index_counts){0};
	if (db_step(s)) {
		c->total = (uint64_t)db_get_int(s, 0);
		c->unread = (uint64_t)db_get_int(s, 1);
	}
	db_done(s);
	c->matches = c->total;
	c->matches_unread = c->unread;
}

static bool
is_on_page(const struct index_page *p, uint64_t at)
{
	return at >= p->start && at - p->start < p->limit;
}

static void
search_page(struct listing *l, struct search *s)
{
	const struct index_page *p = l->page;
	uint64_t at = 0, unread = 0;
	int64_t key;
	bool read;

	while (inside_next(s, &key, &read)) {
		if (is_on_page(p, at))
			add_key(l, key);
		at++;
		unread += !read;
		if (l->query == NULL && at >= p->start &&
		    at - p->start >= p->limit)
			break;
	}
	if (l->query != NULL) {
		l->counts->matches = at;
		l->counts->matches_unread = unread;
	}
}

/* The page of an answer: the order's own index tells which come when. */
static void
walk_page(struct index *x, struct listing *l, uint64_t start, uint64_t end)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT key FROM message ORDER BY created DESC, tie DESC, id DESC");
	uint64_t at = 0;

	while (at < end && db_step(s)) {
		int64_t key = db_get_int(s, 0);

		if (inside_matches(&l->answer, key) && at++ >= start)
			add_key(l, key);
	}
	db_done(s);
}

static void
cut_page(struct index *x, struct listing *l)
{
	struct answer *a = &l->answer;
	uint64_t start = l->page->start, end = start + l->page->limit;

	l->counts->matches = a->matches;
	l->counts->matches_unread = a->unread;
	if (end < start || end > a->matches)
		end = a->matches;
	if (start >= end)
		return;
	if (a->start == start && a->end == end &&
	    a->page.len == (end - start) * sizeof(*l->keys)) {
		for (size_t i = 0; i < a->page.len; i += sizeof(*l->keys)) {
			int64_t key;

			memcpy(&key, a->page.data + i, sizeof(key));
			add_key(l, key);
		}
		return;
	}
	walk_page(x, l, start, end);
	if (l->n > PAGE_FEW)
		return;
	buf_reset(&a->page);
	buf_add(&a->page, l->keys, l->n * sizeof(*l->keys));
	a->start = start;
	a->end = end;
	a->kept = false;
}

/* Without a query and with nothing hidden the order's own index will do. */
static void
skip_page(struct index *x, struct listing *l)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT key FROM message ORDER BY created DESC, tie DESC, id DESC"
	    " LIMIT ? OFFSET ?");

	db_int(s, 1, l->page->limit > INT64_MAX ? -1 : (int64_t)l->page->limit);
	db_int(s, 2,
	    l->page->start > INT64_MAX ? INT64_MAX : (int64_t)l->page->start);
	while (db_step(s))
		add_key(l, db_get_int(s, 0));
}

/* Finds the keys of the page, and counts what matches. */
static void
find_page(struct index *x, struct listing *l)
{
	int64_t before = l->page->has_before ? l->page->before : INT64_MAX;
	struct search *s;

	l->n = 0;
	if (l->query == NULL && !l->page->has_before &&
	    !x->o.ignore_duplicate_ids) {
		skip_page(x, l);
		return;
	}
	if (l->query != NULL &&
	    inside_recall(x, &l->answer, l->query, before)) {
		cut_page(x, l);
		return;
	}
	s = inside_search(x, l->query, before, INSIDE_NEWEST_FIRST);
	if (l->query == NULL || inside_is_few(s)) {
		search_page(l, s);
	} else {
		inside_find_out(x, &l->answer, l->query, before);
		cut_page(x, l);
	}
	inside_search_end(s);
}

bool
inside_is_outstanding(struct index *x, int64_t key)
{
	struct db_statement *s = db_statement(
	    x->db, "SELECT 1 FROM message WHERE key = ? AND known = 0");
	bool outstanding;

	db_int(s, 1, key);
	outstanding = db_step(s);
	db_done(s);
	return outstanding;
}

/* Reads those of the page that are known by name only; *n: how many. */
static int
fill_page(struct index *x, const struct listing *l, size_t *n)
{
	int64_t *keys = mem_new((l->n + 1) * sizeof(*keys));
	int rc;

	*n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (inside_is_outstanding(x, l->keys[i]))
			keys[(*n)++] = l->keys[i];
	rc = *n == 0 ? 0 : inside_take_these(x, keys, *n);
	free(keys);
	return rc;
}

static int
tell(struct index *x, struct listing *l)
{
	struct index_row row;
	bool more = true;

	for (size_t i = 0; i < l->n && more; i++)
		if (inside_row(x, l->keys[i], &row)) {
			l->told = true;
			more = l->each(l->arg, &row);
		}
	if (!db_commit(x->db))
		return -1;
	inside_remember(x, &l->answer);
	return 0;
}

static int
list(struct index *x, void *arg)
{
	struct listing *l = arg;
	bool whole = l->page->limit > PAGE_FEW;

	if (inside_follow(x) != 0 ||
	    ((whole || inside_needs_all(x, l->query)) &&
		inside_take_all(x) != 0))
		return -1;
	for (int i = 0; i < TRIES; i++) {
		size_t n;

		db_begin(x->db, false);
		count_all(x, l->counts);
		find_page(x, l);
		if (whole || i == TRIES - 1)
			break;
		if (fill_page(x, l, &n) != 0)
			return -1;
		if (n == 0)
			break;
	}
	return tell(x, l);
}

int
index_list(struct index *x, const struct query *query,
    const struct index_page *page, struct index_counts *counts,
    bool (*each)(void *arg, const struct index_row *row), void *arg)
{
	struct listing l = {
	    query, page, counts, each, arg, .n = 0, .answer = INSIDE_ANSWER};
	int rc = inside_attempt(x, list, &l, &l.told);

	inside_answer_end(&l.answer);
	free(l.keys);
	return rc;
}
