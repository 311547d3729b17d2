/* SPDX-License-Identifier: MIT */
/* leave.c: messages that are not where they were: moved, renamed, or gone */

#include "index/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOOKS_MAX 5

struct searching {
	struct missing *items;
	size_t n;
	bool in_new;
	struct index *x;
};

void
inside_forget(struct index *x, int64_t key)
{
	static const char *const rest[] = {
	    "DELETE FROM detail WHERE key = ?",
	    "DELETE FROM body WHERE key = ?",
	};
	struct db_statement *s;
	bool shown = false;

	(void)inside_put_tags(x, key, STR(""));
	s = db_statement(
	    x->db, "DELETE FROM message WHERE key = ? RETURNING id, hidden");
	db_int(s, 1, key);
	if (db_step(s)) {
		inside_touch(x, key);
		shown = db_get_int(s, 1) == 0;
		if (shown)
			inside_note(x, INDEX_EVENT_DELETE, db_get_text(s, 0));
	}
	db_done(s);
	if (shown && x->o.ignore_duplicate_ids)
		inside_show_next(x, key);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		s = db_statement(x->db, rest[i]);
		db_int(s, 1, key);
		db_go(s);
	}
}

static int
by_unique(const void *pa, const void *pb)
{
	const struct missing *a = pa, *b = pb;

	return strcmp(a->unique, b->unique);
}

static bool
search_at(void *arg, struct str name)
{
	struct searching *s = arg;
	struct maildir_name parsed;
	struct missing wanted = {.key = 0}, *hit;

	maildir_parse_name(name, &parsed);
	wanted.unique = mem_dup(parsed.unique.p, parsed.unique.n);
	hit = bsearch(&wanted, s->items, s->n, sizeof(*s->items), by_unique);
	free(wanted.unique);
	if (hit != NULL && hit->key != 0) {
		inside_rename(s->x, hit->key, name, s->in_new);
		hit->key = 0;
	}
	return true;
}

static size_t
drop_found(struct missing *items, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (items[i].key != 0)
			items[kept++] = items[i];
		else
			free(items[i].unique);
	return kept;
}

static int
search_once(struct index *x, struct missing *items, size_t n)
{
	struct searching s = {items, n, false, x};

	if (reader_list(x->reader.cur, search_at, &s) != 0)
		return -1;
	s.in_new = true;
	return reader_list(x->reader.new, search_at, &s);
}

/*
 * A listing made while others rename may miss a file. So one that is missing
 * is gone only if both folders, read once more and not changed meanwhile, do
 * not have it either.
 */
static int
search_missing(struct index *x, struct missing *items, size_t *n)
{
	struct look before, after;

	if (*n > 0 && inside_look(x, &before) != 0)
		return -1;
	for (int looks = 0; looks<LOOKS_MAX && * n> 0; looks++) {
		if (search_once(x, items, *n) != 0)
			return -1;
		*n = drop_found(items, *n);
		if (inside_look(x, &after) != 0)
			return -1;
		if (inside_is_still(x, &before, &after, INSIDE_NEW) &&
		    inside_is_still(x, &before, &after, INSIDE_CUR))
			break;
		inside_wait_tick();
		if (inside_look(x, &before) != 0)
			return -1;
	}
	return 0;
}

int
inside_say_goodbye(struct index *x, struct missing *items, size_t n)
{
	int rc;

	if (n > 1)
		qsort(items, n, sizeof(*items), by_unique);
	rc = search_missing(x, items, &n);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			inside_forget(x, items[i].key);
		free(items[i].unique);
	}
	return rc;
}
