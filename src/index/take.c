/* SPDX-License-Identifier: MIT */
/* take.c: read messages, so that they can be listed and searched */

#include "index/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/tag.h"
#include "mime/message.h"

/* A transaction takes in so many at most, and ends when others waited for it
 * long enough. Large ones spare the full text much merging. */
#define BATCH 5000
#define BATCH_MS 400
/* So many take a moment: what a list waits for beyond its own messages. */
#define NEWEST 300
/* Larger ones are listed, but not read. */
#define MESSAGE_MAX ((size_t)256 << 20)
/* Of the search text of one message. */
#define TEXT_MAX ((size_t)1 << 20)

/* What a message is called in the index while it is read. */
struct entry {
	int64_t key;
	char id[ID_SIZE];
	struct buf name;
	bool in_new, hidden, known;
	bool sized; /* its name tells the size */
};

static bool
find_entry(struct index *x, int64_t key, struct entry *e)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT m.id, d.name, m.place, m.hidden, m.known FROM message m"
	    " JOIN detail d ON d.key = m.key WHERE m.key = ?");
	struct maildir_name name;
	bool found;

	*e = (struct entry){.key = key, .name = BUF_INIT};
	db_int(s, 1, key);
	found = db_step(s) && db_get_text(s, 0).n == ID_LENGTH;
	if (found) {
		memcpy(e->id, db_get_text(s, 0).p, ID_LENGTH);
		buf_add_str(&e->name, db_get_text(s, 1));
		e->in_new = db_get_int(s, 2) != 0;
		e->hidden = db_get_int(s, 3) != 0;
		e->known = db_get_int(s, 4) != 0;
		maildir_parse_name(buf_str(&e->name), &name);
		e->sized = name.id.n > 0 && name.vsize <= INT64_MAX;
	}
	db_done(s);
	return found;
}

/* The octets of a file; NULL: not to be had. */
static char *
read_octets(int fd, size_t size, size_t *n)
{
	char *octets = mem_new(size + 1);

	*n = 0;
	while (*n < size) {
		ssize_t got = read(fd, octets + *n, size - *n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(octets);
			return NULL;
		}
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return octets;
}

/* Length with CRLF line ends, which it has where the first line has one. */
static int64_t
wire_size(const char *p, size_t n)
{
	const char *end = p + n, *first = memchr(p, '\n', n);
	int64_t size = (int64_t)n;

	if (first != NULL && first > p && first[-1] == '\r')
		return size;
	for (p = first; p != NULL; p = memchr(p, '\n', (size_t)(end - p))) {
		size++;
		p++;
	}
	return size;
}

static struct message *
open_message(struct index *x, const struct entry *e, int64_t *size)
{
	struct stat st;
	char *octets = NULL;
	size_t n;
	int fd =
	    reader_open_message(&x->reader, buf_str(&e->name), e->in_new, &st);

	if (fd < 0) {
		if (errno != ENOENT)
			log_warning(
			    "[index] %s: %s", e->name.data, strerror(errno));
		return NULL;
	}
	if (st.st_size >= 0 && (uint64_t)st.st_size <= MESSAGE_MAX)
		octets = read_octets(fd, (size_t)st.st_size, &n);
	close(fd);
	if (octets == NULL)
		return NULL;
	*size = wire_size(octets, n);
	return message_new(octets, n, e->id);
}

static void
put_detail(struct index *x, int64_t key, struct message *m)
{
	const struct message_fields *f = message_fields(m);
	const struct str values[] = {f->from, f->to, f->cc, f->bcc, f->reply_to,
	    f->subject, f->message_id, f->return_path, f->username,
	    message_snippet(m)};
	struct db_statement *s = db_statement(x->db,
	    "UPDATE detail SET sender = ?, recipients = ?, cc = ?, bcc = ?,"
	    " reply_to = ?, subject = ?, message_id = ?, return_path = ?,"
	    " username = ?, snippet = ? WHERE key = ?");
	const int count = (int)(sizeof(values) / sizeof(values[0]));

	for (int i = 0; i < count; i++)
		db_text(s, i + 1, values[i]);
	db_int(s, count + 1, key);
	db_go(s);
}

static struct str
cut_text(struct str s)
{
	if (s.n <= TEXT_MAX)
		return s;
	s.n = TEXT_MAX;
	/* Not within a character. */
	while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

static void
put_text(struct index *x, int64_t key, struct message *m)
{
	const struct message_fields *f = message_fields(m);
	const struct str values[] = {cut_text(message_search_text(m)),
	    f->subject, f->from, f->to, f->cc, f->bcc, f->reply_to,
	    f->message_id};
	enum {
		COUNT = sizeof(values) / sizeof(values[0])
	};
	struct buf folded[COUNT];
	struct db_statement *s = db_statement(x->db,
	    "INSERT INTO ft(rowid, text, subject, sender, recipients, cc, bcc,"
	    " reply_to, message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

	db_int(s, 1, key);
	for (int i = 0; i < COUNT; i++) {
		folded[i] = (struct buf)BUF_INIT;
		query_fold(&folded[i], values[i]);
		db_text(s, i + 2, buf_str(&folded[i]));
	}
	db_go(s);
	s = db_statement(x->db, "INSERT INTO body(key, text) VALUES (?, ?)");
	db_int(s, 1, key);
	db_text(s, 2, buf_str(&folded[0]));
	db_go(s);
	for (int i = 0; i < COUNT; i++)
		buf_fini(&folded[i]);
}

/* The first letter of each word, the others as they are. */
static void
add_titled(struct buf *list, struct str names)
{
	struct buf titled = BUF_INIT;
	struct str name;

	while (tag_next(&names, &name)) {
		bool first = true;

		buf_reset(&titled);
		for (size_t i = 0; i < name.n; i++) {
			char c = name.p[i];

			if (first && c >= 'a' && c <= 'z')
				c = (char)(c - 'a' + 'A');
			buf_addc(&titled, c);
			first = c == ' ' || c == '-' || c == '@';
		}
		tag_add(list, buf_str(&titled));
	}
	buf_fini(&titled);
}

static void
add_derived(struct buf *list, struct str names, bool titled)
{
	struct str name;

	if (titled)
		add_titled(list, names);
	else
		while (tag_next(&names, &name))
			tag_add(list, name);
}

static void
derive_tags(
    const struct index *x, const struct message_fields *f, struct buf *list)
{
	if (x->o.tags_from_header)
		add_derived(list, f->tags_header, x->o.tags_title_case);
	if (x->o.tags_from_plus)
		add_derived(list, f->tags_plus, x->o.tags_title_case);
	if (x->o.tags_username)
		tag_add_commas(list, f->username);
}

/* Another one with this Message-ID is shown already. */
static bool
is_duplicate(struct index *x, int64_t key, struct str message_id)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT 1 FROM detail d JOIN message m ON m.key = d.key"
	    " WHERE d.message_id = ? AND m.hidden = 0 AND d.key <> ?");
	bool found;

	db_text(s, 1, message_id);
	db_int(s, 2, key);
	found = db_step(s);
	db_done(s);
	return found;
}

static void
show(struct index *x, int64_t key)
{
	struct db_statement *s = db_statement(
	    x->db, "UPDATE message SET hidden = 0 WHERE key = ? RETURNING id");

	db_int(s, 1, key);
	if (db_step(s)) {
		inside_touch(x, key);
		inside_note(x, INDEX_EVENT_NEW, db_get_text(s, 0));
	}
	db_done(s);
}

static bool
put_tags(struct index *x, const struct entry *e, struct message *m)
{
	struct buf list = BUF_INIT;
	int64_t mark = inside_tagmark(x, e->id);
	struct db_statement *s;
	bool changed;

	if (!inside_read_tags(x, e->id, &list) && m != NULL)
		derive_tags(x, message_fields(m), &list);
	changed = inside_put_tags(x, e->key, buf_str(&list));
	s = db_statement(x->db, "UPDATE message SET tagmark = ? WHERE key = ?");
	db_int(s, 1, mark);
	db_int(s, 2, e->key);
	db_go(s);
	buf_fini(&list);
	return changed;
}

static void
put_message(
    struct index *x, const struct entry *e, struct message *m, int64_t size)
{
	const struct message_fields *f = message_fields(m);
	bool dated = x->o.use_message_dates && f->has_date &&
		     f->date < INT64_MAX / 1000 && f->date > INT64_MIN / 1000;
	struct db_statement *s = db_statement(x->db,
	    "UPDATE message SET attachments = ?2, inlines = ?3,"
	    " size = CASE WHEN ?4 THEN ?5 ELSE size END,"
	    " created = CASE WHEN ?6 THEN ?7 ELSE created END WHERE key = ?1");

	db_int(s, 1, e->key);
	db_int(s, 2, (int64_t)message_attachments(m));
	db_int(s, 3, (int64_t)message_inlines(m));
	db_int(s, 4, !e->sized);
	db_int(s, 5, size);
	db_int(s, 6, dated);
	db_int(s, 7, dated ? f->date * 1000 : 0);
	db_go(s);
	put_detail(x, e->key, m);
	put_text(x, e->key, m);
}

void
inside_take(struct index *x, int64_t key)
{
	struct message *m;
	struct db_statement *s;
	struct entry e;
	int64_t size = 0;

	if (!find_entry(x, key, &e) || e.known) {
		buf_fini(&e.name);
		return;
	}
	m = open_message(x, &e, &size);
	if (m != NULL)
		put_message(x, &e, m, size);
	if (e.hidden && (m == NULL || !is_duplicate(x, key,
					  message_fields(m)->message_id))) {
		show(x, key);
		e.hidden = false;
	}
	if (!e.hidden)
		(void)put_tags(x, &e, m);
	s = db_statement(x->db, "UPDATE message SET known = 1 WHERE key = ?");
	db_int(s, 1, key);
	db_go(s);
	inside_touch(x, key);
	message_free(m);
	buf_fini(&e.name);
}

void
inside_derive_again(struct index *x, int64_t key)
{
	struct entry e;

	if (find_entry(x, key, &e)) {
		int64_t size;
		struct message *m = open_message(x, &e, &size);

		if (put_tags(x, &e, m))
			inside_note(x, INDEX_EVENT_TAGS, str_of(e.id));
		message_free(m);
	}
	buf_fini(&e.name);
}

void
inside_show_next(struct index *x, int64_t key)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT m.key, m.known FROM detail d"
	    " JOIN message m ON m.key = d.key WHERE d.message_id ="
	    " (SELECT message_id FROM detail WHERE key = ?) AND m.hidden = 1"
	    " ORDER BY m.created, m.tie, m.id LIMIT 1");
	int64_t next = 0;

	db_int(s, 1, key);
	if (db_step(s) && db_get_int(s, 1) != 0)
		next = db_get_int(s, 0);
	db_done(s);
	if (next == 0)
		return;
	show(x, next);
	inside_derive_again(x, next);
}

static int
by_value(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* Some, in transactions of their own, as long as there is time. */
static int
take_until(struct index *x, int64_t *keys, size_t n, int64_t until)
{
	/* The full text likes its rows in ascending order. */
	if (n > 1)
		qsort(keys, n, sizeof(*keys), by_value);
	for (size_t i = 0; i < n;) {
		int64_t end;

		inside_begin(x);
		end = io_now() + BATCH_MS;
		if (end > until)
			end = until;
		do
			inside_take(x, keys[i++]);
		while (i < n && io_now() < end);
		if (inside_commit(x) != 0)
			return -1;
		if (i < n && io_now() >= until) {
			x->building = true;
			return -1;
		}
		/* Who waited for the right to write has it now. */
		if (i < n)
			inside_wait_tick();
	}
	return 0;
}

int
inside_take_these(struct index *x, int64_t *keys, size_t n)
{
	return take_until(x, keys, n, INT64_MAX);
}

static size_t
find_outstanding(struct index *x, const char *sql, int64_t *keys, size_t max)
{
	struct db_statement *s = db_statement(x->db, sql);
	size_t n = 0;

	db_int(s, 1, (int64_t)max);
	while (n < max && db_step(s))
		keys[n++] = db_get_int(s, 0);
	db_done(s);
	return n;
}

int
inside_take_all(struct index *x)
{
	int64_t *keys = mem_new(BATCH * sizeof(*keys));
	int64_t until =
	    x->o.patience > 0 ? io_now() + x->o.patience : INT64_MAX;
	int rc = 0;
	size_t n;

	while (rc == 0 && (n = find_outstanding(x,
			       "SELECT key FROM message WHERE known = 0"
			       " ORDER BY key LIMIT ?",
			       keys, BATCH)) > 0)
		rc = take_until(x, keys, n, until);
	free(keys);
	return rc == 0 && db_state(x->db) == DB_FINE ? 0 : -1;
}

int
inside_take_newest(struct index *x)
{
	int64_t keys[NEWEST];
	size_t n = find_outstanding(x,
	    "SELECT key FROM message WHERE known = 0"
	    " ORDER BY key DESC LIMIT ?",
	    keys, NEWEST);

	return inside_take_these(x, keys, n) == 0 && db_state(x->db) == DB_FINE
		   ? 0
		   : -1;
}
