/* SPDX-License-Identifier: MIT */
/* answer.c: remember what costly searches found, and keep it true */

#include "index/inside.h"

#include <inttypes.h>
#include <string.h>

#define ANSWERS_MAX 50
/* So many matches make a search worth remembering. */
#define COSTLY 300
/* So many messages are looked into; with more, the search is made again. */
#define TOUCHED_MAX 1000

/* Values hold no control characters, so these can separate them. */
static void
add_term(struct buf *out, const struct query_term *t)
{
	buf_addf(out, "\001%d.%d.%d.%" PRId64 ".%" PRId64 "\002%s\002%s",
	    (int)t->field, t->negated, t->exact, t->low, t->high,
	    t->name == NULL ? "" : t->name, t->value == NULL ? "" : t->value);
}

static void
add_question(struct buf *out, const struct query *query, int64_t before)
{
	size_t at = 0;

	buf_reset(out);
	for (size_t i = 0; i < query->count; i++) {
		add_term(out, &query->terms[i]);
		if (i + 1 == query->ends[at]) {
			buf_addc(out, '\003');
			at++;
		}
	}
	buf_addf(out, "%" PRId64, before);
}

static bool
get_bit(const struct buf *bits, int64_t key)
{
	size_t at = (size_t)key / 8;

	return at < bits->len && (bits->data[at] >> (key % 8) & 1) != 0;
}

static void
put_bit(struct buf *bits, int64_t key, bool on)
{
	static const char zeros[4096];
	size_t at = (size_t)key / 8;
	unsigned char mask = (unsigned char)(1u << (key % 8));

	while (on && bits->len <= at)
		buf_add(bits, zeros, sizeof(zeros));
	if (on)
		bits->data[at] = (char)((unsigned char)bits->data[at] | mask);
	else if (at < bits->len)
		bits->data[at] = (char)((unsigned char)bits->data[at] & ~mask);
}

static void
put(struct answer *a, int64_t key, bool match, bool unread)
{
	a->matches -= get_bit(&a->matching, key);
	a->unread -= get_bit(&a->new, key);
	put_bit(&a->matching, key, match);
	put_bit(&a->new, key, unread);
	a->matches += match;
	a->unread += unread;
}

bool
inside_matches(const struct answer *a, int64_t key)
{
	return get_bit(&a->matching, key);
}

/* Those touched since; false: they are too many, or not known any more. */
static bool
find_touched(struct index *x, int64_t since, int64_t now, struct buf *keys)
{
	struct db_statement *s =
	    db_statement(x->db, "SELECT DISTINCT key FROM touched"
				" WHERE changes > ? ORDER BY key LIMIT ?");
	bool known = now - since < INSIDE_CHANGES_KEPT;
	size_t n = 0;

	db_int(s, 1, since);
	db_int(s, 2, TOUCHED_MAX + 1);
	while (known && db_step(s)) {
		int64_t key = db_get_int(s, 0);

		known = key != 0 && ++n <= TOUCHED_MAX;
		buf_add(keys, &key, sizeof(key));
	}
	db_done(s);
	return known;
}

static bool
bring_up_to_date(struct index *x, struct answer *a, const struct query *query,
    int64_t before, int64_t now)
{
	struct buf keys = BUF_INIT;
	bool known = find_touched(x, a->changes, now, &keys);
	struct search *s = NULL;

	for (size_t at = 0; known && at < keys.len; at += sizeof(int64_t)) {
		int64_t key, same;
		bool match, read;

		memcpy(&key, keys.data + at, sizeof(key));
		if (s == NULL)
			s = inside_search(x, query, before, INSIDE_ONE);
		inside_search_again(s, key);
		match = inside_next(s, &same, &read);
		put(a, key, match, match && !read);
	}
	if (s != NULL)
		inside_search_end(s);
	a->kept = keys.len == 0;
	if (!a->kept)
		a->end = 0;
	a->changes = now;
	buf_fini(&keys);
	return known;
}

static void
forget(struct answer *a)
{
	buf_reset(&a->matching);
	buf_reset(&a->new);
	buf_reset(&a->page);
	a->matches = a->unread = a->start = a->end = 0;
	a->kept = false;
}

bool
inside_recall(struct index *x, struct answer *a, const struct query *query,
    int64_t before)
{
	int64_t now = db_number(x->db, "SELECT changes FROM state");
	struct db_statement *s = db_statement(x->db,
	    "SELECT changes, matches, unread, matching, new,"
	    " start, count, page FROM answer"
	    " WHERE question = ?");
	bool known;

	add_question(&a->question, query, before);
	forget(a);
	db_text(s, 1, buf_str(&a->question));
	known = db_step(s);
	if (known) {
		a->changes = db_get_int(s, 0);
		a->matches = (uint64_t)db_get_int(s, 1);
		a->unread = (uint64_t)db_get_int(s, 2);
		buf_add_str(&a->matching, db_get_text(s, 3));
		buf_add_str(&a->new, db_get_text(s, 4));
		a->start = (uint64_t)db_get_int(s, 5);
		a->end = a->start + (uint64_t)db_get_int(s, 6);
		buf_add_str(&a->page, db_get_text(s, 7));
	}
	db_done(s);
	if (known && bring_up_to_date(x, a, query, before, now))
		return true;
	a->changes = now;
	forget(a);
	return false;
}

void
inside_find_out(struct index *x, struct answer *a, const struct query *query,
    int64_t before)
{
	struct search *s = inside_search(x, query, before, INSIDE_ANY_ORDER);
	int64_t key;
	bool read;

	while (inside_next(s, &key, &read))
		put(a, key, true, !read);
	inside_search_end(s);
}

void
inside_remember(struct index *x, const struct answer *a)
{
	struct db_statement *s;

	if (a->kept || a->matches < COSTLY || !db_begin_now(x->db))
		return;
	s = db_statement(x->db,
	    "DELETE FROM answer WHERE changes <= ?1 - ?2 OR"
	    " (SELECT count(*) FROM answer) > ?3 AND changes ="
	    " (SELECT min(changes) FROM answer)");
	db_int(s, 1, a->changes);
	db_int(s, 2, INSIDE_CHANGES_KEPT);
	db_int(s, 3, ANSWERS_MAX);
	db_go(s);
	s = db_statement(x->db, "INSERT OR REPLACE INTO answer"
				" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	db_text(s, 1, buf_str(&a->question));
	db_int(s, 2, a->changes);
	db_int(s, 3, (int64_t)a->matches);
	db_int(s, 4, (int64_t)a->unread);
	db_text(s, 5, buf_str(&a->matching));
	db_text(s, 6, buf_str(&a->new));
	db_int(s, 7, (int64_t)a->start);
	db_int(s, 8, (int64_t)(a->end - a->start));
	db_text(s, 9, buf_str(&a->page));
	db_go(s);
	(void)db_commit(x->db);
}

void
inside_answer_end(struct answer *a)
{
	buf_fini(&a->question);
	buf_fini(&a->matching);
	buf_fini(&a->new);
	buf_fini(&a->page);
}
