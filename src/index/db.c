/* SPDX-License-Identifier: MIT */
/* db.c: the one place that calls SQLite */

#include "index/db.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "base/mem.h"

#define BUSY_MS 10000
/* Shorter than the pause that who writes much makes: its turn is not missed. */
#define BUSY_STEP_US 2000
#define KEPT_MAX 96

struct db_statement {
	struct db *db;
	sqlite3_stmt *handle; /* NULL: could not be prepared */
	const char *sql;
};

struct db {
	sqlite3 *handle;
	enum db_state state;
	char *error;
	struct db_statement *kept[KEPT_MAX];
	size_t count;
};

static enum db_state
state_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return DB_FINE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return DB_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_ERROR: /* a table that should be there is not */
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_FORMAT:
	case SQLITE_CANTOPEN: /* remade, if that is what is wrong */
	case SQLITE_READONLY:
		return DB_BROKEN;
	case SQLITE_IOERR:
		return code == SQLITE_IOERR_SHORT_READ ||
			       code == SQLITE_IOERR_SHMOPEN ||
			       code == SQLITE_IOERR_SHMSIZE ||
			       code == SQLITE_IOERR_CORRUPTFS
			   ? DB_BROKEN
			   : DB_FAILED;
	case SQLITE_NOMEM:
		die("out of memory (index)");
	default:
		return DB_FAILED;
	}
}

/* Takes note of a result; true: it is no error. */
static bool
note(struct db *d, int code)
{
	enum db_state state = state_of(code);

	if (state == DB_FINE)
		return true;
	if (d->state == DB_FINE || state == DB_BROKEN) {
		d->state = state;
		free(d->error);
		d->error = mem_format("%s (%d)", sqlite3_errmsg(d->handle),
		    sqlite3_extended_errcode(d->handle));
	}
	return false;
}

/* Somebody else is writing. SQLite's own handler asks ever more rarely. */
static int
wait_turn(void *arg, int asked)
{
	static const struct timespec step = {.tv_nsec = BUSY_STEP_US * 1000};

	(void)arg;
	if (asked >= BUSY_MS * 1000 / BUSY_STEP_US)
		return 0;
	(void)nanosleep(&step, NULL);
	return 1;
}

/*
 * The files that belong to the database must not be removed by name when the
 * last connection closes: by then another process may have made new ones.
 */
static void
set_up(struct db *d)
{
	static const char how[] = "PRAGMA journal_mode=WAL;"
				  "PRAGMA synchronous=NORMAL;"
				  "PRAGMA temp_store=MEMORY;"
				  "PRAGMA secure_delete=OFF;"
				  "PRAGMA journal_size_limit=4194304;"
				  "PRAGMA cache_size=-32768;"
				  "PRAGMA wal_autocheckpoint=8000;"
				  "SELECT count(*) FROM sqlite_schema;";
	int yes = 1;

	sqlite3_extended_result_codes(d->handle, 1);
	note(d, sqlite3_busy_handler(d->handle, wait_turn, NULL));
	(void)sqlite3_file_control(
	    d->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &yes);
	(void)sqlite3_db_config(
	    d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	(void)sqlite3_db_config(
	    d->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	db_run(d, how);
}

struct db *
db_open(const char *path)
{
	struct db *d = mem_new(sizeof(*d));
	int code;

	/* One thread, and nobody asks for statistics; refused if it is too
	 * late, which does no harm. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	code = sqlite3_open_v2(path, &d->handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL);

	if (d->handle == NULL)
		die("out of memory (index)");
	if (note(d, code))
		set_up(d);
	return d;
}

void
db_close(struct db *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->count; i++) {
		(void)sqlite3_finalize(d->kept[i]->handle);
		free(d->kept[i]);
	}
	(void)sqlite3_close_v2(d->handle);
	free(d->error);
	free(d);
}

enum db_state
db_state(const struct db *d)
{
	return d->state;
}

const char *
db_error(const struct db *d)
{
	return d->error == NULL ? "no error" : d->error;
}

void
db_recover(struct db *d)
{
	db_rollback(d);
	if (d->state != DB_BROKEN)
		d->state = DB_FINE;
}

void
db_declare_broken(struct db *d)
{
	if (d->state != DB_FINE)
		return;
	d->state = DB_BROKEN;
	free(d->error);
	d->error = mem_dups("what is in it does not fit together");
}

static struct str
value_text(sqlite3_value *value)
{
	const void *p = sqlite3_value_blob(value);
	int n = sqlite3_value_bytes(value);

	return p == NULL || n <= 0 ? STR("")
				   : str_make((const char *)p, (size_t)n);
}

struct function {
	bool (*function)(void *arg, struct str a, struct str b);
	void *arg;
};

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
	const struct function *f = sqlite3_user_data(context);

	if (count == 2)
		sqlite3_result_int(
		    context, f->function(f->arg, value_text(values[0]),
				 value_text(values[1])));
}

void
db_function(struct db *d, const char *name,
    bool (*function)(void *arg, struct str a, struct str b), void *arg)
{
	struct function *f = mem_new(sizeof(*f));

	f->function = function;
	f->arg = arg;
	note(d,
	    sqlite3_create_function_v2(d->handle, name, 2,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC, f, call, NULL, NULL, free));
}

void
db_run(struct db *d, const char *sql)
{
	if (d->state == DB_FINE)
		note(d, sqlite3_exec(d->handle, sql, NULL, NULL, NULL));
}

struct db_statement *
db_prepare(struct db *d, struct str sql)
{
	struct db_statement *s = mem_new(sizeof(*s));

	s->db = d;
	if (d->state == DB_FINE && sql.n <= INT_MAX)
		note(d, sqlite3_prepare_v3(
			    d->handle, sql.p, (int)sql.n, 0, &s->handle, NULL));
	return s;
}

void
db_free(struct db_statement *s)
{
	(void)sqlite3_finalize(s->handle);
	free(s);
}

struct db_statement *
db_statement(struct db *d, const char *sql)
{
	struct db_statement *s;

	for (size_t i = 0; i < d->count; i++) {
		s = d->kept[i];
		if (s->sql != sql && strcmp(s->sql, sql) != 0)
			continue;
		if (s->handle == NULL && d->state == DB_FINE)
			note(d,
			    sqlite3_prepare_v3(d->handle, sql, -1,
				SQLITE_PREPARE_PERSISTENT, &s->handle, NULL));
		db_done(s);
		return s;
	}
	if (d->count == KEPT_MAX)
		bug("more than %d statements", KEPT_MAX);
	s = db_prepare(d, str_of(sql));
	s->sql = sql;
	d->kept[d->count++] = s;
	return s;
}

static bool
usable(const struct db_statement *s)
{
	return s->handle != NULL && s->db->state == DB_FINE;
}

int
db_parameters(const struct db_statement *s)
{
	return s->handle == NULL ? 0 : sqlite3_bind_parameter_count(s->handle);
}

void
db_int(struct db_statement *s, int n, int64_t value)
{
	if (usable(s))
		note(s->db, sqlite3_bind_int64(s->handle, n, value));
}

void
db_text(struct db_statement *s, int n, struct str value)
{
	if (usable(s))
		note(s->db, sqlite3_bind_text64(s->handle, n,
				value.n == 0 ? "" : value.p, value.n,
				SQLITE_STATIC, SQLITE_UTF8));
}

bool
db_step(struct db_statement *s)
{
	int code;

	if (!usable(s))
		return false;
	code = sqlite3_step(s->handle);
	if (code == SQLITE_ROW)
		return true;
	note(s->db, code);
	db_done(s);
	return false;
}

void
db_go(struct db_statement *s)
{
	(void)db_step(s);
	db_done(s);
}

void
db_done(struct db_statement *s)
{
	if (s->handle == NULL)
		return;
	(void)sqlite3_reset(s->handle);
	(void)sqlite3_clear_bindings(s->handle);
}

int64_t
db_get_int(struct db_statement *s, int n)
{
	return s->handle == NULL ? 0 : sqlite3_column_int64(s->handle, n);
}

struct str
db_get_text(struct db_statement *s, int n)
{
	const void *p =
	    s->handle == NULL ? NULL : sqlite3_column_blob(s->handle, n);
	int length = p == NULL ? 0 : sqlite3_column_bytes(s->handle, n);

	return length <= 0 ? STR("")
			   : str_make((const char *)p, (size_t)length);
}

int64_t
db_last_row(struct db *d)
{
	return sqlite3_last_insert_rowid(d->handle);
}

int64_t
db_changes(struct db *d)
{
	return sqlite3_changes64(d->handle);
}

void
db_enlarge(struct db *d)
{
	db_run(d, "PRAGMA cache_size=-262144");
}

void
db_begin(struct db *d, bool write)
{
	db_recover(d);
	db_run(d, write ? "BEGIN IMMEDIATE" : "BEGIN");
}

bool
db_begin_now(struct db *d)
{
	db_recover(d);
	(void)sqlite3_busy_handler(d->handle, NULL, NULL);
	db_run(d, "BEGIN IMMEDIATE");
	(void)sqlite3_busy_handler(d->handle, wait_turn, NULL);
	if (d->state == DB_FINE)
		return true;
	db_recover(d);
	return false;
}

bool
db_commit(struct db *d)
{
	db_run(d, "COMMIT");
	if (d->state == DB_FINE)
		return true;
	db_rollback(d);
	return false;
}

void
db_rollback(struct db *d)
{
	for (size_t i = 0; i < d->count; i++)
		db_done(d->kept[i]);
	if (sqlite3_get_autocommit(d->handle) == 0)
		(void)sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
}

int64_t
db_number(struct db *d, const char *sql)
{
	struct db_statement *s = db_statement(d, sql);
	int64_t value = db_step(s) ? db_get_int(s, 0) : 0;

	db_done(s);
	return value;
}
