/* SPDX-License-Identifier: MIT */
/* find.c: single messages, and their neighbours in a list */

#include "index/inside.h"

#include <string.h>

struct finding {
	const char *id; /* NULL: the newest */
	const struct query *query;
	struct buf *memory;
	struct index_row *row;
	enum index_found found;
};

/* What matches: a few in their order, or an answer; then the few are NULL. */
static struct search *
match(struct index *x, const struct query *query, struct answer *a)
{
	struct search *s;

	if (query != NULL && inside_recall(x, a, query, INT64_MAX))
		return NULL;
	s = inside_search(x, query, INT64_MAX, INSIDE_NEWEST_FIRST);
	if (query == NULL || inside_is_few(s))
		return s;
	inside_search_end(s);
	inside_find_out(x, a, query, INT64_MAX);
	return NULL;
}

/* The first that matches, in the order of a statement that gives keys. */
static int64_t
first_match(struct db_statement *s, const struct answer *a)
{
	int64_t key = 0;

	while (key == 0 && db_step(s))
		if (a == NULL || inside_matches(a, db_get_int(s, 0)))
			key = db_get_int(s, 0);
	db_done(s);
	return key;
}

static int64_t
find_newest(struct index *x, const struct query *query)
{
	struct answer a = INSIDE_ANSWER;
	struct search *s;
	int64_t key = 0;
	bool read;

	db_begin(x->db, false);
	s = match(x, query, &a);
	if (s == NULL)
		key = first_match(
		    db_statement(x->db, "SELECT key FROM message ORDER BY"
					" created DESC, tie DESC, id DESC"),
		    &a);
	else if (!inside_next(s, &key, &read))
		key = 0;
	if (s != NULL)
		inside_search_end(s);
	(void)db_commit(x->db);
	inside_remember(x, &a);
	inside_answer_end(&a);
	return key;
}

static int64_t
find_key(struct index *x, const char *id)
{
	struct db_statement *s = db_statement(
	    x->db, "SELECT key FROM message WHERE id = ? AND hidden = 0");
	int64_t key = 0;

	db_text(s, 1, str_of(id));
	if (db_step(s))
		key = db_get_int(s, 0);
	db_done(s);
	return key;
}

static int
find(struct index *x, void *arg)
{
	struct finding *f = arg;
	int64_t key;

	f->found = INDEX_NONE;
	if (inside_follow(x) != 0 ||
	    (inside_needs_all(x, f->query) && inside_take_all(x) != 0))
		return -1;
	key = f->id == NULL ? find_newest(x, f->query) : find_key(x, f->id);
	if (key != 0 && inside_is_outstanding(x, key) &&
	    inside_take_these(x, &key, 1) != 0)
		return -1;
	if (key != 0 && inside_row(x, key, f->row)) {
		inside_keep(f->row, f->memory);
		f->found = INDEX_FOUND;
	}
	return db_state(x->db) == DB_FINE ? 0 : -1;
}

enum index_found
index_find(struct index *x, const char *id, const struct query *query,
    struct buf *memory, struct index_row *row)
{
	struct finding f = {id, query, memory, row, INDEX_NONE};

	if (id != NULL && !id_is_valid(str_of(id)))
		return INDEX_NONE;
	if (inside_attempt(x, find, &f, NULL) != 0)
		return INDEX_FAILED;
	return f.found;
}

struct neighbourhood {
	const char *id;
	const struct query *query;
	char *newer, *older;
};

static void
copy_id(struct index *x, int64_t key, char id[ID_SIZE])
{
	struct db_statement *s =
	    db_statement(x->db, "SELECT id FROM message WHERE key = ?");

	id[0] = '\0';
	db_int(s, 1, key);
	if (db_step(s) && db_get_text(s, 0).n == ID_LENGTH) {
		memcpy(id, db_get_text(s, 0).p, ID_LENGTH);
		id[ID_LENGTH] = '\0';
	}
	db_done(s);
}

/* The order's own index knows the neighbours. */
static void
next_in_order(struct index *x, const struct answer *a, const char *sql,
    int64_t key, char id[ID_SIZE])
{
	struct db_statement *s = db_statement(x->db, sql);

	db_int(s, 1, key);
	copy_id(x, first_match(s, a), id);
}

static void
find_in_order(struct index *x, const struct neighbourhood *n,
    const struct answer *a, int64_t key)
{
	next_in_order(x, a,
	    "SELECT n.key FROM message m, message n WHERE m.key = ?"
	    " AND n.hidden = 0 AND (n.created, n.tie, n.id) >"
	    " (m.created, m.tie, m.id) ORDER BY n.created, n.tie, n.id",
	    key, n->newer);
	next_in_order(x, a,
	    "SELECT n.key FROM message m, message n WHERE m.key = ?"
	    " AND n.hidden = 0 AND (n.created, n.tie, n.id) <"
	    " (m.created, m.tie, m.id) ORDER BY n.created DESC,"
	    " n.tie DESC, n.id DESC",
	    key, n->older);
}

static void
find_among(struct index *x, const struct neighbourhood *n, struct search *s,
    int64_t key)
{
	int64_t at, before = 0, behind = 0;
	bool read, found = false;

	while (inside_next(s, &at, &read)) {
		if (found) {
			behind = at;
			break;
		}
		found = at == key;
		if (!found)
			before = at;
	}
	copy_id(x, found ? before : 0, n->newer);
	copy_id(x, behind, n->older);
}

static void
search_neighbours(struct index *x, const struct neighbourhood *n, int64_t key)
{
	struct answer a = INSIDE_ANSWER;
	struct search *s;

	db_begin(x->db, false);
	s = match(x, n->query, &a);
	if (s != NULL)
		find_among(x, n, s, key);
	else if (inside_matches(&a, key))
		find_in_order(x, n, &a, key);
	if (s != NULL)
		inside_search_end(s);
	(void)db_commit(x->db);
	inside_remember(x, &a);
	inside_answer_end(&a);
}

static int
neighbours(struct index *x, void *arg)
{
	struct neighbourhood *n = arg;
	int64_t key;

	n->newer[0] = n->older[0] = '\0';
	if (inside_follow(x) != 0 ||
	    (inside_needs_all(x, n->query) && inside_take_all(x) != 0))
		return -1;
	key = find_key(x, n->id);
	if (key != 0 && n->query != NULL)
		search_neighbours(x, n, key);
	else if (key != 0)
		find_in_order(x, n, NULL, key);
	return db_state(x->db) == DB_FINE ? 0 : -1;
}

int
index_neighbours(struct index *x, const char *id, const struct query *query,
    char newer[ID_SIZE], char older[ID_SIZE])
{
	struct neighbourhood n = {id, query, newer, older};

	return inside_attempt(x, neighbours, &n, NULL);
}
