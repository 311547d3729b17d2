/* SPDX-License-Identifier: MIT */
/* schema.c: open the database, or make it anew */

#include "index/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#define VERSION 3
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define LOCK_SECONDS 20
#define TRIES 3
#define LOCAL_GRAIN INT64_C(20000000)
#define REMOTE_GRAIN INT64_C(2000000000)

/*
 * message is narrow, because searches visit many of its rows; what only a
 * shown row needs is in detail. A key is never used twice, so that what ft
 * still holds about a message that is gone meets nothing. ft cannot forget
 * (its texts are not kept), see inside_tidy(). hidden: another message has
 * the same Message-ID and only one is to be shown. Of a folder: the time that
 * it was changed, of the clock that stamps files when it was read, since when
 * that time was seen and when it was read, both by the clock that never goes
 * back. touched: which messages each change was about, so that answers can be
 * brought up to date; 0 stands for any. What is
 * inserted is counted by who does it, since a trigger would cost half as much
 * as the insertion.
 */
static const char schema[] =
    "CREATE TABLE state(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " options INTEGER NOT NULL, seed INTEGER NOT NULL,"
    " total INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0,"
    " dead INTEGER NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE folder(folder INTEGER PRIMARY KEY, inode INTEGER NOT NULL,"
    " changed INTEGER NOT NULL, scanned INTEGER NOT NULL,"
    " seen INTEGER NOT NULL, looked INTEGER NOT NULL);"
    "CREATE TABLE message(key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,"
    " tie INTEGER NOT NULL, place INTEGER NOT NULL, mark INTEGER NOT NULL,"
    " size INTEGER NOT NULL, read INTEGER NOT NULL,"
    " hidden INTEGER NOT NULL DEFAULT 0, known INTEGER NOT NULL DEFAULT 0,"
    " attachments INTEGER NOT NULL DEFAULT 0,"
    " inlines INTEGER NOT NULL DEFAULT 0, tags INTEGER NOT NULL DEFAULT 0,"
    " tagmark INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX message_time ON message(created, tie, id);"
    "CREATE INDEX message_place ON message(place, mark);"
    "CREATE INDEX message_new ON message(key) WHERE known = 0;"
    "CREATE INDEX message_tagged ON message(key) WHERE tagmark <> 0;"
    "CREATE TABLE detail(key INTEGER PRIMARY KEY, uniq TEXT NOT NULL,"
    " name TEXT NOT NULL, sender TEXT, recipients TEXT, cc TEXT, bcc TEXT,"
    " reply_to TEXT, subject TEXT, message_id TEXT, return_path TEXT,"
    " username TEXT, snippet TEXT, tags TEXT);"
    "CREATE INDEX detail_message_id ON detail(message_id)"
    " WHERE message_id IS NOT NULL;"
    "CREATE TABLE body(key INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE VIRTUAL TABLE ft USING fts5(text, subject, sender, recipients,"
    " cc, bcc, reply_to, message_id, content='', columnsize=0,"
    " tokenize='trigram case_sensitive 1');"
    "INSERT INTO ft(ft, rank) VALUES ('hashsize', 16777216);"
    "INSERT INTO ft(ft, rank) VALUES ('automerge', 4);"
    "CREATE TABLE tag(tag INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE COLLATE NOCASE, uses INTEGER NOT NULL);"
    "CREATE TABLE tagged(tag INTEGER NOT NULL, key INTEGER NOT NULL,"
    " PRIMARY KEY(tag, key)) WITHOUT ROWID;"
    "CREATE TABLE event(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " event INTEGER NOT NULL, id TEXT NOT NULL);"
    "CREATE TABLE deaths(time INTEGER PRIMARY KEY, count INTEGER NOT NULL);"
    "CREATE TABLE trash(grp TEXT NOT NULL, uniq TEXT NOT NULL,"
    " time INTEGER NOT NULL, PRIMARY KEY(grp, uniq)) WITHOUT ROWID;"
    "CREATE TABLE touched(changes INTEGER NOT NULL, key INTEGER NOT NULL,"
    " PRIMARY KEY(changes, key)) WITHOUT ROWID;"
    "CREATE TABLE answer(question TEXT PRIMARY KEY, changes INTEGER NOT NULL,"
    " matches INTEGER NOT NULL, unread INTEGER NOT NULL,"
    " matching TEXT NOT NULL, new TEXT NOT NULL, start INTEGER NOT NULL,"
    " count INTEGER NOT NULL, page TEXT NOT NULL);"
    "CREATE TRIGGER message_out AFTER DELETE ON message BEGIN"
    " UPDATE state SET total = total - (old.hidden = 0),"
    " unread = unread - (old.hidden = 0 AND old.read = 0),"
    " dead = dead + (old.known <> 0); END;"
    "CREATE TRIGGER message_up AFTER UPDATE OF read, hidden ON message BEGIN"
    " UPDATE state SET total = total + (new.hidden = 0) - (old.hidden = 0),"
    " unread = unread + (new.hidden = 0 AND new.read = 0)"
    " - (old.hidden = 0 AND old.read = 0); END;";

/* Waits its turn, but not for ever. Returns the descriptor or -1. */
static int
take_lock(const struct index *x, int how)
{
	static const struct timespec pause = {.tv_nsec = 5000000};
	int64_t end = io_now() + LOCK_SECONDS * 1000;
	int fd = open(x->lock,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	while (fd >= 0 && flock(fd, how | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    io_now() > end) {
			close(fd);
			return -1;
		}
		(void)nanosleep(&pause, NULL);
	}
	return fd;
}

static uint64_t
inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* It is ours, of this version, and made under the same options. */
static bool
is_current(struct index *x)
{
	struct db_statement *s;
	bool same = false;

	if (db_number(x->db, "PRAGMA user_version") != VERSION)
		return false;
	s = db_statement(x->db, "SELECT options, seed FROM state");
	if (db_step(s)) {
		same = db_get_int(s, 0) == x->options;
		x->seed = db_get_int(s, 1);
	}
	db_done(s);
	return same && db_state(x->db) == DB_FINE;
}

static void
attach(struct index *x)
{
	/* Made here if it is missing, so that nobody else may read it. */
	int fd = open(x->path,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd >= 0)
		close(fd);
	x->db = db_open(x->path);
	x->inode = inode_of(x->path);
	inside_functions(x);
}

static void
detach(struct index *x)
{
	db_close(x->db);
	x->db = NULL;
}

static void
remove_files(const struct index *x)
{
	static const char *const tails[] = {"-wal", "-shm", ""};

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char *path = mem_format("%s%s", x->path, tails[i]);

		if (unlink(path) != 0 && errno != ENOENT)
			log_error("[index] %s: %s", path, strerror(errno));
		free(path);
	}
}

static void
make(struct index *x)
{
	struct db_statement *s;

	if (getrandom(&x->seed, sizeof(x->seed), 0) != sizeof(x->seed))
		die("no random numbers for the index");
	db_begin(x->db, true);
	db_run(x->db, schema);
	s = db_statement(
	    x->db, "INSERT INTO state(one, options, seed) VALUES (1, ?, ?)");
	db_int(s, 1, x->options);
	db_int(s, 2, x->seed);
	db_go(s);
	/* Numbers of events go on where those of an older file may be. */
	s = db_statement(x->db,
	    "INSERT INTO sqlite_sequence(name, seq) VALUES ('event', ?)");
	db_int(s, 1, (int64_t)time(NULL) * 1000);
	db_go(s);
	db_run(x->db, "PRAGMA user_version = " TEXT(VERSION));
	(void)db_commit(x->db);
}

static bool
complain(const struct index *x)
{
	log_error("[index] %s: %s", x->path, db_error(x->db));
	return false;
}

/*
 * Puts a new file in the place of one that is not fit, under the exclusive
 * lock: everybody else opens under the shared one, so nobody can find the old
 * database with the new log beside it. Whoever has the old one open goes on
 * with it until the next question.
 */
static bool
remake(struct index *x)
{
	int lock = take_lock(x, LOCK_EX);

	if (lock < 0) {
		log_error("[index] %s: %s", x->lock, strerror(errno));
		return false;
	}
	attach(x);
	if (!is_current(x)) {
		detach(x);
		remove_files(x);
		attach(x);
		make(x);
	}
	close(lock);
	return db_state(x->db) == DB_FINE || complain(x);
}

/*
 * A file that is not there, or empty, is made by one alone: of several who
 * give it its log at once all but one are told that it is locked.
 */
static bool
is_made(const struct index *x)
{
	struct stat st;

	return stat(x->path, &st) == 0 && st.st_size > 0;
}

static bool
open_database(struct index *x)
{
	int lock = take_lock(x, LOCK_SH);
	bool current = false;

	if (lock < 0) {
		log_error("[index] %s: %s", x->lock, strerror(errno));
		return false;
	}
	if (is_made(x)) {
		attach(x);
		current = is_current(x);
	}
	close(lock);
	if (current)
		return true;
	if (x->db != NULL &&
	    (db_state(x->db) == DB_BUSY || db_state(x->db) == DB_FAILED))
		return complain(x);
	detach(x);
	return remake(x);
}

/* Damaged: it goes, unless somebody else has replaced it by now. */
static bool
mend(struct index *x)
{
	int lock;

	log_warning("[index] %s: %s; making it anew", x->path, db_error(x->db));
	detach(x);
	lock = take_lock(x, LOCK_EX);
	if (lock < 0)
		return false;
	if (inode_of(x->path) == x->inode)
		remove_files(x);
	close(lock);
	return open_database(x);
}

/* The file was deleted or replaced since we opened it, or never open. */
static bool
have_database(struct index *x)
{
	if (x->db != NULL && inode_of(x->path) == x->inode)
		return true;
	detach(x);
	return open_database(x);
}

int
inside_attempt(struct index *x, int (*work)(struct index *x, void *arg),
    void *arg, const bool *once)
{
	for (int i = 0; i < TRIES; i++) {
		int rc;

		x->building = false;
		if (!have_database(x)) {
			detach(x);
			return -1;
		}
		db_recover(x->db);
		rc = work(x, arg);
		if (db_state(x->db) != DB_BROKEN) {
			if (db_state(x->db) == DB_BUSY)
				x->building = true;
			if (rc != 0 && db_state(x->db) != DB_FINE)
				(void)complain(x);
			db_recover(x->db);
			return rc;
		}
		if (!mend(x) || (once != NULL && *once)) {
			detach(x);
			return -1;
		}
	}
	log_error("[index] %s: does not stay whole", x->path);
	return -1;
}

/* Where the folders' times come from another machine they are coarser. */
static void
find_grain(struct index *x)
{
	static const long local[] = {0xef53 /* ext */, 0x9123683e /* btrfs */,
	    0x58465342 /* xfs */, 0x01021994 /* tmpfs */, 0xf2f52010 /* f2fs */,
	    0x2fc12fc1 /* zfs */};
	struct statfs fs;

	x->grain = REMOTE_GRAIN;
	x->remote = true;
	if (fstatfs(x->reader.new, &fs) != 0)
		return;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if ((long)fs.f_type == local[i]) {
			x->grain = LOCAL_GRAIN;
			x->remote = false;
		}
}

/* FNV-1a over all that decides what the index holds. */
static int64_t
sum_options(const struct index_options *o)
{
	const bool flags[] = {o->use_message_dates, o->ignore_duplicate_ids,
	    o->tags_from_header, o->tags_from_plus, o->tags_title_case,
	    o->tags_username};
	char *real = realpath(o->maildir, NULL);
	uint64_t sum = UINT64_C(14695981039346656037);

	for (const char *p = real != NULL ? real : o->maildir; *p != '\0'; p++)
		sum = (sum ^ (unsigned char)*p) * UINT64_C(1099511628211);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		sum = (sum ^ (flags[i] ? 2 : 1)) * UINT64_C(1099511628211);
	free(real);
	return (int64_t)sum;
}

int
inside_open(struct index *x)
{
	x->path = mem_format("%s/index.db", x->o.folder);
	x->lock = mem_format("%s/index.lock", x->o.folder);
	x->options = sum_options(&x->o);
	find_grain(x);
	return open_database(x) ? 0 : -1;
}

void
inside_close(struct index *x)
{
	detach(x);
	free(x->path);
	free(x->lock);
}
