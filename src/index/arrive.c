/* SPDX-License-Identifier: MIT */
/* arrive.c: messages that are new here, or have a new name */

#include "index/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/scan.h"

/* Words, not octets: a million names are many. The seed is the file's own. */
int64_t
inside_mark(const struct index *x, struct str name)
{
	uint64_t sum = (uint64_t)x->seed ^ name.n;

	for (size_t i = 0; i < name.n; i += sizeof(sum)) {
		size_t left = name.n - i;
		uint64_t word = 0;

		memcpy(&word, name.p + i,
		    left < sizeof(word) ? left : sizeof(word));
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return (int64_t)(sum * UINT64_C(0x9e3779b97f4a7c15));
}

static bool
is_read(struct str name)
{
	struct maildir_name parsed;

	maildir_parse_name(name, &parsed);
	return str_find(parsed.flags, 'S') != parsed.flags.n;
}

void
inside_rename(struct index *x, int64_t key, struct str name, bool in_new)
{
	struct db_statement *s = db_statement(
	    x->db, "UPDATE message SET place = ?, mark = ? WHERE key = ?");
	bool read = is_read(name);

	db_int(s, 1, in_new);
	db_int(s, 2, inside_mark(x, name));
	db_int(s, 3, key);
	db_go(s);
	s = db_statement(x->db, "UPDATE detail SET name = ? WHERE key = ?");
	db_text(s, 1, name);
	db_int(s, 2, key);
	db_go(s);
	s = db_statement(x->db, "UPDATE message SET read = ?1 WHERE key = ?2"
				" AND read <> ?1 RETURNING id, hidden");
	db_int(s, 1, read);
	db_int(s, 2, key);
	if (db_step(s)) {
		inside_touch(x, key);
		if (db_get_int(s, 1) == 0)
			inside_note(x,
			    read ? INDEX_EVENT_READ : INDEX_EVENT_UNREAD,
			    db_get_text(s, 0));
	}
	db_done(s);
}

static bool
look_up(const struct index *x, struct str name, bool in_new, struct stat *st)
{
	char *file = mem_dup(name.p, name.n);
	bool there =
	    scan_is_file(in_new ? x->reader.new : x->reader.cur, file, st);

	free(file);
	return there;
}

bool
inside_is_there(const struct index *x, struct str name, bool in_new)
{
	struct stat st;

	return look_up(x, name, in_new, &st);
}

/* The names of one second sort by what follows it, microseconds in ours. */
static int64_t
tie_of(const struct maildir_name *name)
{
	struct str rest = name->unique;
	int64_t tie = 0;

	if (name->time >= 0)
		(void)str_cut(&rest, '.');
	for (size_t i = 0; i < 7; i++)
		tie = tie << 8 | (i < rest.n ? (unsigned char)rest.p[i] : 0);
	return tie;
}

/* Ours has microseconds behind an M, and more behind these. */
static int64_t
created_at(const struct maildir_name *name)
{
	struct str rest = name->unique;
	int64_t ms = 0;

	(void)str_cut(&rest, '.');
	for (size_t i = 1; name->id.n > 0 && i <= 3 && chr_digit(rest.p[i]);
	     i++)
		ms = ms * 10 + (rest.p[i] - '0');
	return name->time * 1000 + ms;
}

/* A name that was met. */
struct arrival {
	struct str whole;
	bool in_new;
	struct maildir_name parsed;
};

/* What lists show at once, without opening the file. */
struct outside {
	int64_t created, size;
};

static bool
see_outside(const struct index *x, const struct arrival *a, struct outside *out)
{
	const struct maildir_name *name = &a->parsed;
	bool ours = name->id.n > 0 && name->vsize <= INT64_MAX;
	struct stat st;

	*out = (struct outside){0};
	if (ours) {
		out->size = (int64_t)name->vsize;
	} else {
		if (!look_up(x, a->whole, a->in_new, &st))
			return false;
		out->size = (int64_t)st.st_size;
		out->created = (int64_t)st.st_mtim.tv_sec * 1000 +
			       st.st_mtim.tv_nsec / 1000000;
	}
	if (name->time >= 0 && name->time < INT64_MAX / 1000 - 1)
		out->created = created_at(name);
	return true;
}

/* false: there is a message with this ID already. */
static bool
insert(struct index *x, const struct arrival *a, const char *id)
{
	struct outside out;
	struct db_statement *s;
	int64_t key;

	if (!see_outside(x, a, &out))
		return true;
	s = db_statement(x->db,
	    "INSERT INTO message(id, created, tie, place, mark, size, read,"
	    " hidden) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(id) DO NOTHING");
	db_text(s, 1, str_of(id));
	db_int(s, 2, out.created);
	db_int(s, 3, tie_of(&a->parsed));
	db_int(s, 4, a->in_new);
	db_int(s, 5, inside_mark(x, a->whole));
	db_int(s, 6, out.size);
	db_int(s, 7, is_read(a->whole));
	/* Until it is known that no other one has its Message-ID. */
	db_int(s, 8, x->o.ignore_duplicate_ids);
	db_go(s);
	if (db_changes(x->db) == 0)
		return false;
	key = db_last_row(x->db);
	s = db_statement(
	    x->db, "INSERT INTO detail(key, uniq, name) VALUES (?, ?, ?)");
	db_int(s, 1, key);
	db_text(s, 2, a->parsed.unique);
	db_text(s, 3, a->whole);
	db_go(s);
	inside_touch(x, key);
	if (!x->o.ignore_duplicate_ids) {
		x->journal.came++;
		x->journal.came_unread += !is_read(a->whole);
		inside_note(x, INDEX_EVENT_NEW, str_of(id));
	}
	return true;
}

/* false: the message with this ID is another, of which this is a copy. */
static bool
meets_itself(struct index *x, const struct arrival *a, const char *id)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT m.key, d.uniq, d.name, m.place FROM message m"
	    " JOIN detail d ON d.key = m.key WHERE m.id = ?");
	int64_t key = 0;
	bool itself = false, moved = false;

	db_text(s, 1, str_of(id));
	if (db_step(s)) {
		key = db_get_int(s, 0);
		itself = str_eq(db_get_text(s, 1), a->parsed.unique);
		/* It may be there under its known name, too. */
		moved = itself && !inside_is_there(x, db_get_text(s, 2),
				      db_get_int(s, 3) != 0);
	}
	db_done(s);
	if (moved)
		inside_rename(x, key, a->whole, a->in_new);
	return itself;
}

void
inside_welcome(struct index *x, struct str name, bool in_new)
{
	struct arrival a = {.whole = name, .in_new = in_new};
	char id[ID_SIZE];

	maildir_parse_name(name, &a.parsed);
	reader_id(&a.parsed, id);
	if (insert(x, &a, id) || meets_itself(x, &a, id))
		return;
	reader_derive_id(a.parsed.unique, id);
	if (!insert(x, &a, id))
		(void)meets_itself(x, &a, id);
}
