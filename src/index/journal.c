/* SPDX-License-Identifier: MIT */
/* journal.c: transactions, and the numbered list of what they changed */

#include "index/inside.h"

#include <string.h>
#include <time.h>

#define KEPT 10000
#define DEATHS_SECONDS (90 * 24 * 3600)

void
inside_begin(struct index *x)
{
	x->journal.count = 0;
	x->journal.deleted = 0;
	x->journal.empties = false;
	x->journal.touches = 0;
	x->journal.came = x->journal.came_unread = 0;
	db_begin(x->db, true);
}

void
inside_note(struct index *x, enum index_event event, struct str id)
{
	struct journal *j = &x->journal;

	if (event == INDEX_EVENT_DELETE)
		j->deleted++;
	if (j->count < JOURNAL_MANY && id.n < ID_SIZE) {
		j->items[j->count].event = event;
		memcpy(j->items[j->count].id, id.p, id.n);
		j->items[j->count].id[id.n] = '\0';
	}
	j->count++;
}

void
inside_touch(struct index *x, int64_t key)
{
	struct journal *j = &x->journal;

	if (j->touches > 0 && j->touches <= JOURNAL_MANY &&
	    j->touched[j->touches - 1] == key)
		return;
	if (j->touches < JOURNAL_MANY)
		j->touched[j->touches] = key;
	j->touches++;
}

/* Key 0 stands for more than are written down. */
static void
write_touched(struct index *x)
{
	const struct journal *j = &x->journal;
	struct db_statement *s;
	bool many = j->touches > JOURNAL_MANY;

	db_run(x->db, "UPDATE state SET changes = changes + 1");
	s = db_statement(x->db, "INSERT OR IGNORE INTO touched(changes, key)"
				" SELECT changes, ? FROM state");
	for (size_t i = 0; i < (many ? 1 : j->touches); i++) {
		db_int(s, 1, many ? 0 : j->touched[i]);
		db_go(s);
	}
	s = db_statement(x->db, "DELETE FROM touched WHERE changes <="
				" (SELECT changes FROM state) - ?");
	db_int(s, 1, INSIDE_CHANGES_KEPT);
	db_go(s);
}

static void
write_event(struct index *x, enum index_event event, struct str id)
{
	struct db_statement *s =
	    db_statement(x->db, "INSERT INTO event(event, id) VALUES (?, ?)");

	db_int(s, 1, event);
	db_text(s, 2, id);
	db_go(s);
}

/* Who asked for everything is told so, even if there was nothing. */
static void
write_events(struct index *x)
{
	const struct journal *j = &x->journal;

	if (j->empties && db_number(x->db, "SELECT total FROM state") == 0)
		write_event(x, INDEX_EVENT_TRUNCATE, STR(""));
	else if (j->count > JOURNAL_MANY)
		write_event(x, INDEX_EVENT_RELOAD, STR(""));
	else
		for (size_t i = 0; i < j->count; i++)
			write_event(
			    x, j->items[i].event, str_of(j->items[i].id));
}

static void
count_deaths(struct index *x)
{
	int64_t now = (int64_t)time(NULL);
	struct db_statement *s =
	    db_statement(x->db, "INSERT INTO deaths VALUES (?, ?)"
				" ON CONFLICT(time) DO UPDATE SET"
				" count = count + excluded.count");

	db_int(s, 1, now);
	db_int(s, 2, (int64_t)x->journal.deleted);
	db_go(s);
	s = db_statement(x->db, "DELETE FROM deaths WHERE time < ?");
	db_int(s, 1, now - DEATHS_SECONDS);
	db_go(s);
}

static void
count_arrivals(struct index *x)
{
	struct db_statement *s = db_statement(
	    x->db, "UPDATE state SET total = total + ?, unread = unread + ?");

	db_int(s, 1, x->journal.came);
	db_int(s, 2, x->journal.came_unread);
	db_go(s);
}

int
inside_commit(struct index *x)
{
	struct db_statement *s;

	if (x->journal.came > 0)
		count_arrivals(x);

	if (x->journal.count > 0 || x->journal.empties) {
		write_events(x);
		s = db_statement(x->db, "DELETE FROM event WHERE number <="
					" (SELECT max(number) FROM event) - ?");
		db_int(s, 1, KEPT);
		db_go(s);
	}
	if (x->journal.deleted > 0)
		count_deaths(x);
	if (x->journal.touches > 0)
		write_touched(x);
	return db_commit(x->db) ? 0 : -1;
}

int
index_last_event(struct index *x, uint64_t *number)
{
	*number = 0;
	if (x->db == NULL)
		return -1;
	db_recover(x->db);
	*number = (uint64_t)db_number(x->db,
	    "SELECT coalesce((SELECT seq FROM sqlite_sequence"
	    " WHERE name = 'event'), 0)");
	return db_state(x->db) == DB_FINE ? 0 : -1;
}

/* Nothing between the number and the first that is kept is missing. */
static bool
is_remembered(struct index *x, uint64_t after)
{
	int64_t first =
	    db_number(x->db, "SELECT coalesce(min(number), 0) FROM event");
	int64_t last =
	    db_number(x->db, "SELECT coalesce((SELECT seq FROM sqlite_sequence"
			     " WHERE name = 'event'), 0)");

	if (after > INT64_MAX || (int64_t)after > last)
		return false; /* of an index that was made anew */
	return (int64_t)after == last || first <= (int64_t)after + 1;
}

static void
copy_id(char out[ID_SIZE], struct str id)
{
	size_t n = id.n < ID_SIZE ? id.n : 0;

	memcpy(out, id.p, n);
	out[n] = '\0';
}

int
index_events(struct index *x, uint64_t after,
    bool (*each)(void *arg, const struct index_happening *h), void *arg)
{
	struct index_happening h = {.event = INDEX_EVENT_RELOAD};
	struct db_statement *s;
	bool more = true;

	if (x->db == NULL)
		return -1;
	db_begin(x->db, false);
	if (!is_remembered(x, after)) {
		h.number = (uint64_t)db_number(x->db,
		    "SELECT coalesce((SELECT seq FROM sqlite_sequence"
		    " WHERE name = 'event'), 0)");
		if (db_commit(x->db))
			(void)each(arg, &h);
		return db_state(x->db) == DB_FINE ? 0 : -1;
	}
	s = db_statement(x->db, "SELECT number, event, id FROM event"
				" WHERE number > ? ORDER BY number");
	db_int(s, 1, (int64_t)after);
	while (more && db_step(s)) {
		h.number = (uint64_t)db_get_int(s, 0);
		h.event = (enum index_event)db_get_int(s, 1);
		copy_id(h.id, db_get_text(s, 2));
		more = each(arg, &h);
	}
	db_done(s);
	return db_commit(x->db) ? 0 : -1;
}

uint64_t
index_deleted(struct index *x, int64_t from)
{
	struct db_statement *s;
	uint64_t count = 0;

	if (x->db == NULL)
		return 0;
	s = db_statement(
	    x->db, "SELECT total(count) FROM deaths WHERE time >= ?");
	db_int(s, 1, from);
	if (db_step(s))
		count = (uint64_t)db_get_int(s, 0);
	db_done(s);
	return count;
}
