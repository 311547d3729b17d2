/* SPDX-License-Identifier: MIT */
#ifndef INDEX_DB_H
#define INDEX_DB_H

/*
 * db: as much of SQLite as the index needs.
 *
 * Errors are sticky: after the first one every statement is a no-op that
 * finds nothing, so code reads as a list of sentences and the end of the
 * transaction says whether all of it held. A fresh db_begin() or
 * db_recover() forgets an error that is not DB_BROKEN.
 *
 * Statements that db_statement() lends are prepared once per connection and
 * stay owned by it; one SQL text has one statement, so it must be done with
 * (db_done) before it is asked for again. Texts that are bound must live until
 * then; texts that are got live until the next step or db_done.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct db;
struct db_statement;

enum db_state {
	DB_FINE,
	DB_BUSY, /* somebody else was writing for too long */
	DB_BROKEN, /* not a database, or damaged: throw it away */
	DB_FAILED, /* no space, no right, ...: as it said in the log */
};

/*
 * Opens, or makes, the file and reads from it, so that all files that belong
 * to it are open on return. NULL: out of memory only; else look at the state.
 */
struct db *db_open(const char *path);
void db_close(struct db *d);

enum db_state db_state(const struct db *d);
/* What went wrong, for the log. */
const char *db_error(const struct db *d);
/* Forgets an error that is not DB_BROKEN; rolls back what is open. */
void db_recover(struct db *d);
/* The caller found what cannot be in a sound file. */
void db_declare_broken(struct db *d);

/* Makes a function available: text, text to truth. */
void db_function(struct db *d, const char *name,
    bool (*function)(void *arg, struct str a, struct str b), void *arg);

/* Several statements, without values and results. */
void db_run(struct db *d, const char *sql);

/* One that is kept; sql is a literal. Or one that db_free() ends. */
struct db_statement *db_statement(struct db *d, const char *sql);
struct db_statement *db_prepare(struct db *d, struct str sql);
void db_free(struct db_statement *s);

/* The highest number of a value in it. */
int db_parameters(const struct db_statement *s);

/* Values are numbered from 1. */
void db_int(struct db_statement *s, int n, int64_t value);
void db_text(struct db_statement *s, int n, struct str value);

/* True: there is a row. At the end it is done by itself. */
bool db_step(struct db_statement *s);
/* A statement without rows, or whose row is not wanted. */
void db_go(struct db_statement *s);
void db_done(struct db_statement *s);

/* Columns are numbered from 0. */
int64_t db_get_int(struct db_statement *s, int n);
struct str db_get_text(struct db_statement *s, int n);

/* The number of the row that was inserted last. */
int64_t db_last_row(struct db *d);
/* Rows that the last statement changed. */
int64_t db_changes(struct db *d);

/* More memory for this connection, before very much is written. */
void db_enlarge(struct db *d);

/*
 * A transaction that writes begins with the right to do so; one that reads
 * sees one moment. db_commit() returns false when anything failed since
 * db_begin(); then nothing of it was done.
 */
void db_begin(struct db *d, bool write);
bool db_commit(struct db *d);
/* One that writes, if nobody else does right now; false: not begun. */
bool db_begin_now(struct db *d);
void db_rollback(struct db *d);

/* The first column of the only row, 0 without one; sql is a literal. */
int64_t db_number(struct db *d, const char *sql);

#endif
