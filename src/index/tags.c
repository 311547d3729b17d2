/* SPDX-License-Identifier: MIT */
/* tags.c: which message has which tags, after the files that say so */

#include "index/inside.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "mail/tag.h"

/* The number of a tag, made if need be; its first spelling goes into *list. */
static int64_t
number_of(struct index *x, struct str name, struct buf *list)
{
	struct db_statement *s = db_statement(x->db,
	    "INSERT INTO tag(name, uses) VALUES (?, 1)"
	    " ON CONFLICT(name) DO UPDATE SET uses = uses + 1"
	    " RETURNING tag, name");
	int64_t number = 0;

	db_text(s, 1, name);
	if (db_step(s)) {
		number = db_get_int(s, 0);
		tag_add(list, db_get_text(s, 1));
	}
	db_done(s);
	return number;
}

static void
add_one(struct index *x, int64_t key, struct str name, struct buf *list)
{
	int64_t number = number_of(x, name, list);
	struct db_statement *s = db_statement(
	    x->db, "INSERT OR IGNORE INTO tagged(tag, key) VALUES (?, ?)");

	db_int(s, 1, number);
	db_int(s, 2, key);
	db_go(s);
}

static void
remove_one(struct index *x, int64_t key, struct str name)
{
	struct db_statement *s =
	    db_statement(x->db, "DELETE FROM tagged WHERE key = ? AND tag ="
				" (SELECT tag FROM tag WHERE name = ?)");

	db_int(s, 1, key);
	db_text(s, 2, name);
	db_go(s);
	s = db_statement(
	    x->db, "UPDATE tag SET uses = uses - 1 WHERE name = ?");
	db_text(s, 1, name);
	db_go(s);
	s = db_statement(x->db, "DELETE FROM tag WHERE name = ? AND uses <= 0");
	db_text(s, 1, name);
	db_go(s);
}

/* What the message has so far, copied. */
static void
present_tags(struct index *x, int64_t key, struct buf *list)
{
	struct db_statement *s =
	    db_statement(x->db, "SELECT tags FROM detail WHERE key = ?");

	db_int(s, 1, key);
	if (db_step(s))
		buf_add_str(list, db_get_text(s, 0));
	db_done(s);
}

static void
store(struct index *x, int64_t key, struct str list, size_t count)
{
	struct db_statement *s =
	    db_statement(x->db, "UPDATE detail SET tags = ? WHERE key = ?");

	db_text(s, 1, list);
	db_int(s, 2, key);
	db_go(s);
	s = db_statement(x->db, "UPDATE message SET tags = ? WHERE key = ?");
	db_int(s, 1, (int64_t)count);
	db_int(s, 2, key);
	db_go(s);
}

/* The spelling that a list has of a name. */
static bool
find_spelling(struct str list, struct str name, struct str *spelling)
{
	while (tag_next(&list, spelling))
		if (str_ieq(*spelling, name))
			return true;
	return false;
}

bool
inside_put_tags(struct index *x, int64_t key, struct str list)
{
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct str rest = list, name, spelling;
	size_t count = 0;
	bool changed;

	present_tags(x, key, &before);
	for (; tag_next(&rest, &name); count++)
		if (find_spelling(buf_str(&before), name, &spelling))
			tag_add(&after, spelling);
		else
			add_one(x, key, name, &after);
	rest = buf_str(&before);
	while (tag_next(&rest, &name))
		if (!tag_has(list, name))
			remove_one(x, key, name);
	changed = !str_eq(buf_str(&before), buf_str(&after));
	if (changed) {
		store(x, key, buf_str(&after), count);
		inside_touch(x, key);
	}
	buf_fini(&before);
	buf_fini(&after);
	return changed;
}

int64_t
inside_tagmark(const struct index *x, const char *id)
{
	struct stat st;
	int64_t mark;

	if (x->reader.tags < 0 ||
	    fstatat(x->reader.tags, id, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	mark = (int64_t)((uint64_t)st.st_ino * UINT64_C(0x9e3779b97f4a7c15) ^
			 ((uint64_t)st.st_mtim.tv_sec * 1000000000 +
			     (uint64_t)st.st_mtim.tv_nsec));
	return mark == 0 ? 1 : mark;
}

bool
inside_read_tags(struct index *x, const char *id, struct buf *list)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	struct str rest;
	/* Without an octet it says nothing: a crash may leave it so. */
	bool found =
	    reader_side(x->reader.tags, id, &text) == 0 && text.len > 0;

	rest = buf_str(&text);
	while (found && rest.n > 0) {
		buf_reset(&name);
		if (tag_clean(&name, str_cut(&rest, '\n')))
			tag_add(list, buf_str(&name));
	}
	buf_fini(&text);
	buf_fini(&name);
	return found;
}

/* A message whose tag file is not what it was when it was read last. */
static void
read_again(struct index *x, int64_t key, struct str id, int64_t mark)
{
	struct buf list = BUF_INIT;
	struct db_statement *s;
	char name[ID_SIZE] = "";

	if (id.n != ID_LENGTH)
		return;
	memcpy(name, id.p, ID_LENGTH);
	if (inside_read_tags(x, name, &list)) {
		if (inside_put_tags(x, key, buf_str(&list)))
			inside_note(x, INDEX_EVENT_TAGS, str_of(name));
		s = db_statement(
		    x->db, "UPDATE message SET tagmark = ? WHERE key = ?");
		db_int(s, 1, mark);
		db_int(s, 2, key);
		db_go(s);
	} else {
		inside_derive_again(x, key);
	}
	buf_fini(&list);
}

static bool
compare_one(void *arg, struct str name)
{
	struct index *x = arg;
	struct db_statement *s =
	    db_statement(x->db, "SELECT key, tagmark FROM message"
				" WHERE id = ? AND known <> 0 AND hidden = 0");
	int64_t key = 0, before = 0, mark;

	if (!id_is_valid(name))
		return true;
	db_text(s, 1, name);
	if (db_step(s)) {
		key = db_get_int(s, 0);
		before = db_get_int(s, 1);
	}
	db_done(s);
	mark = key == 0 ? 0 : inside_tagmark(x, name.p);
	if (mark != 0 && mark != before)
		read_again(x, key, name, mark);
	return true;
}

/* Those whose file is gone get what their message says itself. */
static void
find_withdrawn(struct index *x)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT key, id FROM message WHERE tagmark <> 0 AND key > ?"
	    " ORDER BY key LIMIT 1");
	int64_t key = 0;

	for (;;) {
		char id[ID_SIZE] = "";

		db_int(s, 1, key);
		if (!db_step(s))
			break;
		key = db_get_int(s, 0);
		if (db_get_text(s, 1).n == ID_LENGTH)
			memcpy(id, db_get_text(s, 1).p, ID_LENGTH);
		db_done(s);
		if (inside_tagmark(x, id) == 0)
			read_again(x, key, str_of(id), 0);
	}
	db_done(s);
}

int
inside_follow_tags(struct index *x)
{
	if (x->reader.tags >= 0 &&
	    reader_list(x->reader.tags, compare_one, x) != 0)
		return -1;
	find_withdrawn(x);
	return db_state(x->db) == DB_FINE ? 0 : -1;
}

struct tag_list {
	bool wait;
	struct buf out;
};

static int
list_tags(struct index *x, void *arg)
{
	struct tag_list *l = arg;
	struct buf *out = &l->out;
	struct db_statement *s;

	buf_reset(out);
	if (inside_follow(x) != 0 ||
	    (l->wait ? inside_take_all(x) : inside_take_newest(x)) != 0)
		return -1;
	s = db_statement(x->db, "SELECT uses, name FROM tag ORDER BY name");
	while (db_step(s)) {
		struct str name = db_get_text(s, 1);

		buf_addf(out, "%lld\t", (long long)db_get_int(s, 0));
		buf_add_str(out, name);
		buf_addc(out, '\n');
	}
	return db_state(x->db) == DB_FINE ? 0 : -1;
}

int
index_tags(struct index *x, bool wait, struct buf *out)
{
	struct tag_list l = {wait, BUF_INIT};
	int rc = inside_attempt(x, list_tags, &l, NULL);

	if (rc == 0)
		buf_add_str(out, buf_str(&l.out));
	buf_fini(&l.out);
	return rc;
}
