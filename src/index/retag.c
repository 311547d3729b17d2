/* SPDX-License-Identifier: MIT */
/* retag.c: rename or remove a tag on all messages that have it */

#include "index/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/tag.h"

struct retag {
	struct str from, to; /* to empty: only away */
	enum index_tag_verdict verdict;
	bool started;
	int64_t *keys;
	size_t n;
};

static bool
is_in_use(struct index *x, struct str name)
{
	struct db_statement *s =
	    db_statement(x->db, "SELECT 1 FROM tag WHERE name = ?");
	bool found;

	db_text(s, 1, name);
	found = db_step(s);
	db_done(s);
	return found;
}

static void
find_keys(struct index *x, struct retag *r)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT key FROM tagged WHERE tag ="
	    " (SELECT tag FROM tag WHERE name = ?) ORDER BY key");
	size_t cap = 0;

	r->n = 0;
	db_text(s, 1, r->from);
	while (db_step(s)) {
		if (r->n == cap) {
			cap = cap == 0 ? 64 : cap * 2;
			r->keys = mem_grow(r->keys, cap, sizeof(*r->keys));
		}
		r->keys[r->n++] = db_get_int(s, 0);
	}
}

static void
replace(struct buf *list, struct str before, const struct retag *r)
{
	struct str name;

	while (tag_next(&before, &name))
		if (!str_ieq(name, r->from))
			tag_add(list, name);
	if (r->to.n > 0)
		tag_add(list, r->to);
}

static void
retag_one(struct index *x, const struct retag *r, int64_t key)
{
	struct buf list = BUF_INIT, memory = BUF_INIT;
	struct db_statement *s;
	struct index_row row;

	if (!inside_row(x, key, &row))
		return;
	inside_keep(&row, &memory);
	replace(&list, row.tags, r);
	if (reader_write_tags(&x->reader, row.id, buf_str(&list)) != 0) {
		log_warning("[index] tags of %s: %s", row.id, strerror(errno));
	} else {
		(void)inside_put_tags(x, key, buf_str(&list));
		s = db_statement(
		    x->db, "UPDATE message SET tagmark = ? WHERE key = ?");
		db_int(s, 1, inside_tagmark(x, row.id));
		db_int(s, 2, key);
		db_go(s);
	}
	buf_fini(&list);
	buf_fini(&memory);
}

/* A change of case is one of spelling, for the tag and in every list. */
static void
respell(struct index *x, struct retag *r)
{
	struct db_statement *s =
	    db_statement(x->db, "UPDATE tag SET name = ?1 WHERE name = ?1");

	db_text(s, 1, r->to);
	db_go(s);
	for (size_t i = 0; i < r->n; i++) {
		struct buf list = BUF_INIT;
		struct index_row row;

		if (inside_row(x, r->keys[i], &row)) {
			replace(&list, row.tags, r);
			s = db_statement(
			    x->db, "UPDATE detail SET tags = ? WHERE key = ?");
			db_text(s, 1, buf_str(&list));
			db_int(s, 2, r->keys[i]);
			db_go(s);
		}
		buf_fini(&list);
	}
}

static int
retag(struct index *x, void *arg)
{
	struct retag *r = arg;
	bool same = str_ieq(r->from, r->to);

	if (inside_follow(x) != 0 || inside_take_all(x) != 0)
		return -1;
	r->verdict = INDEX_TAG_NOT_FOUND;
	if (!is_in_use(x, r->from))
		return db_state(x->db) == DB_FINE ? 0 : -1;
	r->verdict = INDEX_TAG_EXISTS;
	if (r->to.n > 0 && !same && is_in_use(x, r->to))
		return 0;
	r->verdict = INDEX_TAG_OK;
	find_keys(x, r);
	inside_begin(x);
	r->started = true;
	if (same)
		respell(x, r);
	for (size_t i = 0; i < r->n; i++)
		retag_one(x, r, r->keys[i]);
	if (r->n > 0)
		inside_note(x, INDEX_EVENT_RELOAD, STR(""));
	return inside_commit(x);
}

enum index_tag_verdict
index_rename_tag(struct index *x, struct str from, struct str to)
{
	struct retag r = {.from = from, .to = to};
	int rc = inside_attempt(x, retag, &r, &r.started);

	free(r.keys);
	return rc == 0 ? r.verdict : INDEX_TAG_FAILED;
}

enum index_tag_verdict
index_remove_tag(struct index *x, struct str tag)
{
	return index_rename_tag(x, tag, STR(""));
}
