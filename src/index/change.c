/* SPDX-License-Identifier: MIT */
/* change.c: mark, delete and tag messages: in the Maildir, then here */

#include "index/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/tag.h"

#define BATCH 500
/* From so many on nobody reads the folders for a single renamed message. */
#define HURRY 16
#define TRASH_SECONDS (2 * 3600)

struct target {
	int64_t key;
	bool done;
};

struct work {
	const struct index_set *set;
	struct index_changed *done;
	/* Does it to one; 0 or -1 with errno. changed: there was a change. */
	int (*act)(struct index *x, struct work *w, const struct index_row *row,
	    int64_t key, bool *changed);
	bool with_hidden; /* also what is not shown because of these */
	bool needs_all; /* the present tags must be known */
	bool empties; /* nothing shall be left */
	bool read, remove; /* arguments of act */
	struct str tags;
	const char *group;
	struct target *targets;
	size_t n, cap;
	bool started; /* part of it is done, it must not be done twice */
};

static void
add_target(struct work *w, int64_t key)
{
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 64 : w->cap * 2;
		w->targets = mem_grow(w->targets, w->cap, sizeof(*w->targets));
	}
	w->targets[w->n++] = (struct target){key, false};
}

static void
add_ids(struct index *x, struct work *w)
{
	const struct index_set *set = w->set;

	for (size_t i = 0; i < set->count; i++) {
		struct db_statement *s = db_statement(x->db,
		    "SELECT key FROM message WHERE id = ? AND hidden = 0");

		db_text(s, 1, str_of(set->ids[i]));
		if (db_step(s))
			add_target(w, db_get_int(s, 0));
		else
			w->done->unknown++;
		db_done(s);
	}
}

static void
add_matches(struct index *x, struct work *w)
{
	struct search *s =
	    inside_search(x, w->set->query, INT64_MAX, INSIDE_ANY_ORDER);
	int64_t key;
	bool read;

	while (inside_next(s, &key, &read))
		add_target(w, key);
	inside_search_end(s);
}

/* Copies with the same Message-ID go with the one that is shown. */
static void
add_hidden(struct index *x, struct work *w)
{
	size_t shown = w->n;

	for (size_t i = 0; i < shown; i++) {
		struct db_statement *s = db_statement(x->db,
		    "SELECT m.key FROM detail d JOIN message m ON m.key = d.key"
		    " WHERE d.message_id ="
		    " (SELECT message_id FROM detail WHERE key = ?)"
		    " AND m.hidden = 1");

		db_int(s, 1, w->targets[i].key);
		while (db_step(s))
			add_target(w, db_get_int(s, 0));
	}
}

static void
find_targets(struct index *x, struct work *w)
{
	w->n = 0;
	w->done->unknown = 0;
	db_begin(x->db, false);
	if (w->set->ids != NULL)
		add_ids(x, w);
	else if (w->set->query != NULL || w->set->all)
		add_matches(x, w);
	if (w->with_hidden && x->o.ignore_duplicate_ids)
		add_hidden(x, w);
	(void)db_commit(x->db);
}

static void
act_on(struct index *x, struct work *w, struct target *t)
{
	struct buf memory = BUF_INIT;
	struct index_row row;
	bool changed = false;

	if (!inside_row(x, t->key, &row)) {
		t->done = true;
		return;
	}
	inside_keep(&row, &memory);
	if (w->act(x, w, &row, t->key, &changed) == 0) {
		t->done = true;
		w->done->changed += changed;
	} else if (errno != ENOENT) {
		/* Not ours to change: said in the log, and counted. */
		t->done = true;
		w->done->refused++;
		log_warning("[index] %s: %s", row.id, strerror(errno));
	}
	buf_fini(&memory);
}

static int
act_on_all(struct index *x, struct work *w)
{
	size_t i = 0;

	while (i < w->n || (w->empties && !w->started)) {
		size_t end = w->n - i > BATCH ? i + BATCH : w->n;

		inside_begin(x);
		x->journal.empties = w->empties;
		w->started = true;
		for (; i < end; i++)
			if (!w->targets[i].done)
				act_on(x, w, &w->targets[i]);
		if (inside_commit(x) != 0)
			return -1;
	}
	return 0;
}

static bool
is_all_done(const struct work *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->targets[i].done)
			return false;
	return true;
}

/*
 * Those that were not where they had been are tried once more after the
 * folders were read again; who is not there even then has gone meanwhile.
 */
static int
run(struct index *x, void *arg)
{
	struct work *w = arg;
	int rc;

	if (inside_follow(x) != 0 ||
	    ((w->needs_all || inside_needs_all(x, w->set->query)) &&
		inside_take_all(x) != 0))
		return -1;
	find_targets(x, w);
	if (db_state(x->db) != DB_FINE)
		return -1;
	x->reader.hurried = w->n > HURRY;
	rc = act_on_all(x, w);
	if (rc == 0 && !is_all_done(w) && inside_follow(x) == 0)
		rc = act_on_all(x, w);
	x->reader.hurried = false;
	return rc;
}

static int
do_work(struct index *x, struct work *w)
{
	int rc;

	*w->done = (struct index_changed){0};
	rc = inside_attempt(x, run, w, &w->started);
	free(w->targets);
	return rc;
}

static int
act_mark(struct index *x, struct work *w, const struct index_row *row,
    int64_t key, bool *changed)
{
	struct buf name = BUF_INIT;
	int rc, saved;

	if (row->read == w->read)
		return 0;
	rc = reader_mark(&x->reader, row->name, row->in_new, w->read, &name);
	saved = errno;
	if (rc == 0) {
		*changed = true;
		inside_rename(x, key, buf_str(&name), false);
	}
	buf_fini(&name);
	errno = saved;
	return rc;
}

int
index_mark(struct index *x, const struct index_set *set, bool read,
    struct index_changed *done)
{
	struct work w = {
	    .set = set, .done = done, .act = act_mark, .read = read};

	return do_work(x, &w);
}

static int
act_delete(struct index *x, struct work *w, const struct index_row *row,
    int64_t key, bool *changed)
{
	(void)w;
	if (reader_delete(&x->reader, row->name, row->in_new) != 0)
		return -1;
	*changed = true;
	inside_forget(x, key);
	return 0;
}

int
index_delete(
    struct index *x, const struct index_set *set, struct index_changed *done)
{
	struct work w = {.set = set,
	    .done = done,
	    .act = act_delete,
	    .with_hidden = true,
	    .empties = set->all};

	return do_work(x, &w);
}

static int
act_trash(struct index *x, struct work *w, const struct index_row *row,
    int64_t key, bool *changed)
{
	struct db_statement *s;
	struct maildir_name name;

	if (reader_trash(&x->reader, row->name, row->in_new) != 0)
		return -1;
	maildir_parse_name(row->name, &name);
	s = db_statement(
	    x->db, "INSERT OR REPLACE INTO trash VALUES (?, ?, ?)");
	db_text(s, 1, str_of(w->group));
	db_text(s, 2, name.unique);
	db_int(s, 3, (int64_t)time(NULL));
	db_go(s);
	*changed = true;
	inside_forget(x, key);
	return 0;
}

int
index_trash(struct index *x, const struct index_set *set,
    struct index_changed *done, char group[ID_SIZE])
{
	struct work w = {.set = set,
	    .done = done,
	    .act = act_trash,
	    .with_hidden = true,
	    .empties = set->all,
	    .group = group};

	id_fresh(group);
	return do_work(x, &w);
}

struct restoring {
	const char *group;
	struct index_changed *done;
};

static void
restore_one(struct index *x, const struct restoring *r, struct str unique)
{
	if (reader_restore(&x->reader, unique) == 0) {
		r->done->changed++;
	} else if (errno == ENOENT) {
		r->done->unknown++;
	} else {
		r->done->refused++;
		log_warning("[index] restore: %s", strerror(errno));
	}
}

static int
restore(struct index *x, void *arg)
{
	const struct restoring *r = arg;
	struct db_statement *s =
	    db_statement(x->db, "SELECT uniq FROM trash WHERE grp = ?");

	*r->done = (struct index_changed){0};
	db_text(s, 1, str_of(r->group));
	while (db_step(s))
		restore_one(x, r, db_get_text(s, 0));
	if (db_state(x->db) != DB_FINE)
		return -1;
	inside_begin(x);
	s = db_statement(x->db, "DELETE FROM trash WHERE grp = ? OR time < ?");
	db_text(s, 1, str_of(r->group));
	db_int(s, 2, (int64_t)time(NULL) - TRASH_SECONDS);
	db_go(s);
	if (inside_commit(x) != 0)
		return -1;
	return inside_follow(x);
}

int
index_restore(struct index *x, const char *group, struct index_changed *done)
{
	struct restoring r = {group, done};

	*done = (struct index_changed){0};
	return id_is_valid(str_of(group)) ? inside_attempt(x, restore, &r, NULL)
					  : 0;
}

/* The file first, then the index; nothing if it is so already. */
static int
write_tags(struct index *x, const struct index_row *row, int64_t key,
    struct str list, bool *changed)
{
	struct db_statement *s;

	if (str_eq(row->tags, list))
		return 0;
	if (reader_write_tags(&x->reader, row->id, list) != 0)
		return -1;
	if (inside_put_tags(x, key, list)) {
		*changed = true;
		inside_note(x, INDEX_EVENT_TAGS, str_of(row->id));
	}
	s = db_statement(x->db, "UPDATE message SET tagmark = ? WHERE key = ?");
	db_int(s, 1, inside_tagmark(x, row->id));
	db_int(s, 2, key);
	db_go(s);
	return 0;
}

static int
act_set_tags(struct index *x, struct work *w, const struct index_row *row,
    int64_t key, bool *changed)
{
	return write_tags(x, row, key, w->tags, changed);
}

int
index_set_tags(struct index *x, const struct index_set *set, struct str tags,
    struct index_changed *done)
{
	struct work w = {.set = set,
	    .done = done,
	    .act = act_set_tags,
	    .needs_all = true,
	    .tags = tags};

	return do_work(x, &w);
}

static int
act_add_tag(struct index *x, struct work *w, const struct index_row *row,
    int64_t key, bool *changed)
{
	struct buf list = BUF_INIT;
	struct str rest = row->tags, name;
	int rc, saved;

	while (tag_next(&rest, &name))
		if (!w->remove || !str_ieq(name, w->tags))
			tag_add(&list, name);
	if (!w->remove)
		tag_add(&list, w->tags);
	rc = write_tags(x, row, key, buf_str(&list), changed);
	saved = errno;
	buf_fini(&list);
	errno = saved;
	return rc;
}

int
index_add_tag(struct index *x, const struct index_set *set, struct str tag,
    bool remove, struct index_changed *done)
{
	struct work w = {.set = set,
	    .done = done,
	    .act = act_add_tag,
	    .needs_all = true,
	    .remove = remove,
	    .tags = tag};

	return do_work(x, &w);
}
