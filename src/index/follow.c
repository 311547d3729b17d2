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
/* So many arrivals at once are worth more memory. */
#define MANY 20000

/* A message as the index has it; seen: its name is still there. */
struct known {
	int64_t mark, key;
	bool seen;
};

/* A name that the index does not have. */
struct stranger {
	char *name;
	bool in_new;
};

struct looking {
	struct index *x;
	bool in_new; /* the folder that is being listed */
	struct known *known;
	size_t known_count, known_cap;
	struct known *here; /* those of the folder that is being listed */
	size_t here_count;
	/* Where in here each first part of a mark begins, and the last ends. */
	size_t *starts;
	unsigned bits; /* of a first part */
	struct stranger *strangers;
	size_t count, cap;
};

/* Marks are spread evenly, and sorted by their signed value. */
static size_t
first_part(const struct looking *l, int64_t mark)
{
	return (size_t)(((uint64_t)mark ^ UINT64_C(1) << 63) >> (64 - l->bits));
}

/* A search over all would miss the processor's cache at every step. */
static void
make_starts(struct looking *l)
{
	size_t part = 0, parts;

	for (l->bits = 1; l->bits < 30; l->bits++)
		if ((size_t)1 << l->bits >= l->here_count)
			break;
	parts = (size_t)1 << l->bits;
	l->starts = mem_grow(l->starts, parts + 1, sizeof(*l->starts));
	for (size_t i = 0; i < l->here_count; i++)
		while (part <= first_part(l, l->here[i].mark))
			l->starts[part++] = i;
	while (part <= parts)
		l->starts[part++] = l->here_count;
}

static void
load_known(struct looking *l, bool in_new)
{
	struct db_statement *s = db_statement(l->x->db,
	    "SELECT mark, key FROM message WHERE place = ? ORDER BY mark");
	size_t start = l->known_count;

	l->in_new = in_new;
	db_int(s, 1, in_new);
	while (db_step(s)) {
		if (l->known_count == l->known_cap) {
			l->known_cap =
			    l->known_cap == 0 ? 1024 : l->known_cap * 2;
			l->known =
			    mem_grow(l->known, l->known_cap, sizeof(*l->known));
		}
		l->known[l->known_count++] =
		    (struct known){db_get_int(s, 0), db_get_int(s, 1), false};
	}
	l->here = l->known + start;
	l->here_count = l->known_count - start;
	make_starts(l);
}

static struct known *
find_known(const struct looking *l, int64_t mark)
{
	size_t part = first_part(l, mark);
	size_t low = l->starts[part], high = l->starts[part + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->here[middle].mark == mark)
			return &l->here[middle];
		if (l->here[middle].mark < mark)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool
look_at(void *arg, struct str name)
{
	struct looking *l = arg;
	struct known *k = find_known(l, inside_mark(l->x, name));

	if (k != NULL) {
		k->seen = true;
		return true;
	}
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

	return reader_list(r, l->in_new ? r->new : r->cur, look_at, l);
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

/* Of those not seen, the ones whose known name is really not there. */
static struct missing *
find_missing(const struct looking *l, size_t *n)
{
	struct missing *items = NULL;
	size_t cap = 0;

	*n = 0;
	for (size_t i = 0; i < l->known_count; i++) {
		struct db_statement *s;

		if (l->known[i].seen)
			continue;
		s = db_statement(l->x->db,
		    "SELECT d.uniq, d.name, m.place FROM message m"
		    " JOIN detail d ON d.key = m.key WHERE m.key = ?");
		db_int(s, 1, l->known[i].key);
		if (db_step(s) && !inside_is_there(l->x, db_get_text(s, 1),
				      db_get_int(s, 2) != 0)) {
			struct str unique = db_get_text(s, 0);

			if (*n == cap) {
				cap = cap == 0 ? 64 : cap * 2;
				items = mem_grow(items, cap, sizeof(*items));
			}
			items[(*n)++] = (struct missing){
			    l->known[i].key, mem_dup(unique.p, unique.n)};
		}
		db_done(s);
	}
	return items;
}

static void
end_looking(struct looking *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->strangers[i].name);
	free(l->strangers);
	free(l->known);
	free(l->starts);
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
	struct missing *missing;
	size_t n;

	if (rc == 0) {
		if (l.count > 1)
			qsort(l.strangers, l.count, sizeof(*l.strangers),
			    by_name);
		if (l.count > MANY)
			db_enlarge(x->db);
		for (size_t i = 0; i < l.count; i++)
			inside_welcome(x, str_of(l.strangers[i].name),
			    l.strangers[i].in_new);
		missing = find_missing(&l, &n);
		rc = inside_say_goodbye(x, missing, n);
		free(missing);
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
