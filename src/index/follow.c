/* SPDX-License-Identifier: MIT */
/* follow.c: take in what others have delivered, marked, moved or removed */

#include "index/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

#define LOOKS_MAX 5
/* So many arrivals at once are worth more memory to who only builds. */
#define MANY 20000
#define OF_ONE_PART 6

/* What the index has of a folder: the marks of its names, sorted. */
struct folder {
	int64_t *marks;
	unsigned char *seen; /* a bit for each: the name is still there */
	size_t count, cap;
	/* Where each first part of a mark begins, and the last one ends. */
	size_t *starts;
	unsigned bits; /* of a first part */
};

/* A name that the index does not have. */
struct stranger {
	char *name;
	bool in_new;
};

struct looking {
	struct index *x;
	bool in_new; /* the folder that is being listed */
	struct folder folders[2]; /* cur/ and new/ */
	struct stranger *strangers;
	size_t count, cap;
};

/* Marks are spread evenly, and sorted by their signed value. */
static size_t
first_part(const struct folder *f, int64_t mark)
{
	return (size_t)(((uint64_t)mark ^ UINT64_C(1) << 63) >> (64 - f->bits));
}

/*
 * A search over all would miss the processor's cache at every step; those of
 * one part lie in one or two of its lines.
 */
static void
make_starts(struct folder *f)
{
	size_t part = 0, parts;

	f->bits = 1;
	while (f->bits < 30 && f->count >> f->bits > OF_ONE_PART)
		f->bits++;
	parts = (size_t)1 << f->bits;
	f->starts = mem_grow(NULL, parts + 1, sizeof(*f->starts));
	for (size_t i = 0; i < f->count; i++)
		while (part <= first_part(f, f->marks[i]))
			f->starts[part++] = i;
	while (part <= parts)
		f->starts[part++] = f->count;
}

static void
load_known(struct looking *l, bool in_new)
{
	struct folder *f = &l->folders[in_new];
	struct db_statement *s = db_statement(
	    l->x->db, "SELECT mark FROM message WHERE place = ? ORDER BY mark");

	l->in_new = in_new;
	db_int(s, 1, in_new);
	while (db_step(s)) {
		if (f->count == f->cap) {
			f->cap = f->cap == 0 ? 1024 : f->cap * 2;
			f->marks =
			    mem_grow(f->marks, f->cap, sizeof(*f->marks));
		}
		f->marks[f->count++] = db_get_int(s, 0);
	}
	f->seen = mem_new(f->count / 8 + 1);
	make_starts(f);
}

/* Those of the same mark, should there be two, are all seen. */
static bool
see(struct folder *f, int64_t mark)
{
	size_t part = first_part(f, mark), end = f->starts[part + 1];
	bool found = false;

	for (size_t i = f->starts[part]; i < end; i++)
		if (f->marks[i] == mark) {
			f->seen[i / 8] |= (unsigned char)(1u << i % 8);
			found = true;
		}
	return found;
}

static bool
look_at(void *arg, struct str name)
{
	struct looking *l = arg;

	if (see(&l->folders[l->in_new], inside_mark(l->x, name)))
		return true;
	if (l->count == l->cap) {
		l->cap = l->cap == 0 ? 256 : l->cap * 2;
		l->strangers =
		    mem_grow(l->strangers, l->cap, sizeof(*l->strangers));
	}
	l->strangers[l->count++] =
	    (struct stranger){mem_dup(name.p, name.n), l->in_new};
	return true;
}

/* Lists the folder of which load_known() was. */
static int
look_again(struct looking *l)
{
	const struct reader *r = &l->x->reader;

	return reader_list(l->in_new ? r->new : r->cur, look_at, l);
}

static int
look_into(struct looking *l, bool in_new)
{
	load_known(l, in_new);
	return look_again(l);
}

/* Keys follow the names, so that a new index comes out as the old one was. */
static int
by_name(const void *pa, const void *pb)
{
	const struct stranger *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

struct missing_list {
	struct missing *items;
	size_t n, cap;
};

/* Those of this mark whose known name is really not there. */
static void
add_missing(
    struct index *x, bool in_new, int64_t mark, struct missing_list *list)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT m.key, d.uniq, d.name FROM message m"
	    " JOIN detail d ON d.key = m.key WHERE m.place = ? AND m.mark = ?");

	db_int(s, 1, in_new);
	db_int(s, 2, mark);
	while (db_step(s)) {
		struct str unique = db_get_text(s, 1);

		if (inside_is_there(x, db_get_text(s, 2), in_new))
			continue;
		if (list->n == list->cap) {
			list->cap = list->cap == 0 ? 64 : list->cap * 2;
			list->items = mem_grow(
			    list->items, list->cap, sizeof(*list->items));
		}
		list->items[list->n++] = (struct missing){
		    db_get_int(s, 0), mem_dup(unique.p, unique.n)};
	}
	db_done(s);
}

static void
find_missing(const struct looking *l, struct missing_list *list)
{
	for (int in_new = 1; in_new >= 0; in_new--) {
		const struct folder *f = &l->folders[in_new];

		for (size_t i = 0; i < f->count; i++)
			if ((f->seen[i / 8] >> i % 8 & 1) == 0 &&
			    (i == 0 || f->marks[i - 1] != f->marks[i]))
				add_missing(l->x, in_new, f->marks[i], list);
	}
}

static void
end_looking(struct looking *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->strangers[i].name);
	free(l->strangers);
	for (int i = 0; i < 2; i++) {
		free(l->folders[i].marks);
		free(l->folders[i].seen);
		free(l->folders[i].starts);
	}
}

/*
 * new/ first, since that is the way messages go: one that leaves it meanwhile
 * is met in cur/. One that is renamed within cur/ may be missed, and an unknown
 * one would then be missing from the answer; so cur/ is read again until
 * nothing can have changed in it. looks[] tells from when each listing is.
 */
static int
look_into_both(struct index *x, struct looking *l, bool changed[INSIDE_FOLDERS],
    struct look looks[INSIDE_FOLDERS])
{
	struct look k;

	if (changed[INSIDE_NEW]) {
		if (look_into(l, true) != 0 || inside_look(x, &k) != 0)
			return -1;
		if (!changed[INSIDE_CUR] &&
		    inside_is_still(x, &looks[INSIDE_CUR], &k, INSIDE_CUR))
			return 0;
		changed[INSIDE_CUR] = true;
		looks[INSIDE_CUR] = k;
	}
	if (!changed[INSIDE_CUR])
		return 0;
	load_known(l, false);
	for (int n = 0; n < LOOKS_MAX; n++) {
		if (look_again(l) != 0 || inside_look(x, &k) != 0)
			return -1;
		if (inside_is_still(x, &looks[INSIDE_CUR], &k, INSIDE_CUR))
			break;
		inside_wait_tick();
		if (inside_look(x, &looks[INSIDE_CUR]) != 0)
			return -1;
	}
	return 0;
}

static int
compare(struct index *x, bool changed[INSIDE_FOLDERS],
    struct look looks[INSIDE_FOLDERS])
{
	struct looking l = {.x = x};
	int rc = look_into_both(x, &l, changed, looks);
	struct missing_list missing = {NULL, 0, 0};

	if (rc == 0) {
		if (l.count > 1)
			qsort(l.strangers, l.count, sizeof(*l.strangers),
			    by_name);
		if (l.count > MANY && x->o.patience == 0)
			db_enlarge(x->db);
		for (size_t i = 0; i < l.count; i++)
			inside_welcome(x, str_of(l.strangers[i].name),
			    l.strangers[i].in_new);
		find_missing(&l, &missing);
		rc = inside_say_goodbye(x, missing.items, missing.n);
		free(missing.items);
	}
	end_looking(&l);
	return rc;
}

/* The folders were replaced by others of the same names. */
static int
open_again(struct index *x)
{
	struct reader fresh;
	struct stat st;

	if (fstat(x->reader.new, &st) == 0 && st.st_nlink > 0 &&
	    fstat(x->reader.cur, &st) == 0 && st.st_nlink > 0)
		return 0;
	if (reader_open(&fresh, x->o.maildir) != 0)
		return -1;
	reader_close(&x->reader);
	x->reader = fresh;
	return 0;
}

static int
see_changes(
    struct index *x, struct look *k, bool changed[INSIDE_FOLDERS], bool *any)
{
	if (open_again(x) != 0) {
		log_error("[index] %s: %s", x->o.maildir, strerror(errno));
		return -1;
	}
	if (inside_look(x, k) != 0)
		return -1;
	*any = false;
	for (int folder = 0; folder < INSIDE_FOLDERS; folder++) {
		changed[folder] = inside_has_changed(x, k, folder);
		*any = *any || changed[folder];
	}
	return db_state(x->db) == DB_FINE ? 0 : -1;
}

/* Under the right to write, so whoever waited for it looks again. */
static int
take_changes(struct index *x)
{
	struct look looks[INSIDE_FOLDERS];
	bool changed[INSIDE_FOLDERS], any;

	inside_begin(x);
	if (see_changes(x, &looks[0], changed, &any) != 0) {
		db_rollback(x->db);
		return -1;
	}
	looks[1] = looks[2] = looks[0];
	if ((any && compare(x, changed, looks) != 0) ||
	    (changed[INSIDE_TAGS] && inside_follow_tags(x) != 0)) {
		db_rollback(x->db);
		return -1;
	}
	for (int folder = 0; folder < INSIDE_FOLDERS; folder++)
		if (changed[folder])
			inside_has_read(x, &looks[folder], folder);
	if (!any) {
		db_rollback(x->db);
		return 0;
	}
	return inside_commit(x);
}

int
inside_follow(struct index *x)
{
	struct look k;
	bool changed[INSIDE_FOLDERS], any;

	if (see_changes(x, &k, changed, &any) != 0 ||
	    (any && take_changes(x) != 0))
		return -1;
	/* Here the message itself decides when, and whether, it is listed. */
	if (x->o.ignore_duplicate_ids || x->o.use_message_dates)
		return inside_take_all(x);
	return 0;
}
