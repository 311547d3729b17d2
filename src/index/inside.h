/* SPDX-License-Identifier: MIT */
#ifndef INDEX_INSIDE_H
#define INDEX_INSIDE_H

/*
 * inside: what the files of the index share; nobody else includes it but
 * their own test.
 *
 * Writing happens between inside_begin() and inside_commit(), which also
 * writes the journal. What a function of the outside does with the database
 * goes through inside_attempt(): where the file turns out to be damaged it is
 * made anew and the work done again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/db.h"
#include "index/index.h"

/* Events of one transaction beyond which a follower had better read again. */
#define JOURNAL_MANY 200
/* So many transactions later an answer can still be brought up to date. */
#define INSIDE_CHANGES_KEPT 1000

struct journal {
	struct {
		enum index_event event;
		char id[ID_SIZE];
	} items[JOURNAL_MANY];
	size_t count; /* also beyond what items holds */
	uint64_t deleted;
	bool empties; /* the whole mailbox is being deleted */
	int64_t came, came_unread; /* shown, not yet in the totals */
	/* Messages about which searches may answer differently now. */
	int64_t touched[JOURNAL_MANY];
	size_t touches; /* also beyond what touched holds */
};

struct index {
	struct index_options o; /* texts owned */
	char *path; /* of the database */
	char *lock; /* of the file that is locked to make a new one */
	uint64_t inode; /* of the open database */
	int64_t options; /* what the options come to, to be compared */
	int64_t seed; /* of the marks */
	int64_t grain; /* nanoseconds that the folders' clock may hide */
	bool remote; /* their clock may be another machine's */
	bool building; /* what was asked last was given up for that reason */
	struct reader reader;
	struct db *db;
	struct journal journal;
};

/* schema.c: the file, and making it anew. */
int inside_open(struct index *x);
void inside_close(struct index *x);
/*
 * Does the work; 0 or -1. Once more in a new file if this one is broken, but
 * not when *once says that part of the answer is already given.
 */
int inside_attempt(struct index *x, int (*work)(struct index *x, void *arg),
    void *arg, const bool *once);

/* journal.c */
void inside_begin(struct index *x);
int inside_commit(struct index *x);
void inside_note(struct index *x, enum index_event event, struct str id);
/* What is known about this message changed, or it came, or it went. */
void inside_touch(struct index *x, int64_t key);

/* follow.c: takes in what changed. No transaction may be open. */
int inside_follow(struct index *x);
/* Takes a message out of all tables, within a transaction. */
void inside_forget(struct index *x, int64_t key);

/* arrive.c: within a transaction. */
/* A file that no message is known to be: a new one, or one renamed. */
void inside_welcome(struct index *x, struct str name, bool in_new);
/* The name it has now. */
void inside_rename(struct index *x, int64_t key, struct str name, bool in_new);
/* The mark of a whole name, for comparing listings. */
int64_t inside_mark(const struct index *x, struct str name);
/* A regular file of that name is there. */
bool inside_is_there(const struct index *x, struct str name, bool in_new);

/* take.c: summaries, read from the messages. */
/* The first of those with the same Message-ID as this one is shown now. */
void inside_show_next(struct index *x, int64_t key);
/* Its tags are again what it says itself. */
void inside_derive_again(struct index *x, int64_t key);
/* One message, within a transaction. */
void inside_take(struct index *x, int64_t key);
/* Some (sorted here), in transactions of its own. */
int inside_take_these(struct index *x, int64_t *keys, size_t n);
/* All that is outstanding, or -1 with building set. */
int inside_take_all(struct index *x);
/* The last few that came and are outstanding; all of them in a warm index. */
int inside_take_newest(struct index *x);

/* tidy.c: makes the full text anew when most of it is about messages that are
 * gone. */
int inside_tidy(struct index *x);

/* tags.c: within a transaction. */
/* Replaces the tags of a message; true: they changed. */
bool inside_put_tags(struct index *x, int64_t key, struct str list);
/* What identifies the present tag file of a message; 0: none. */
int64_t inside_tagmark(const struct index *x, const char *id);
/* Appends what the tag file says; false: there is none. */
bool inside_read_tags(struct index *x, const char *id, struct buf *list);
/* tags/ was changed by somebody. */
int inside_follow_tags(struct index *x);

/* look.c: whether the folders changed. */
enum { /* as in struct reader_stamp */
	INSIDE_NEW,
	INSIDE_CUR,
	INSIDE_TAGS,
	INSIDE_FOLDERS
};
/*
 * How the folders were at a moment; the times are from just before. now is the
 * clock that stamps files: it ticks, and late on a machine that is busy, so
 * what the finer clock says proves nothing about a later stamp. ticks never
 * goes back.
 */
struct look {
	struct reader_stamp stamp;
	int64_t now, ticks;
};
int inside_look(struct index *x, struct look *k);
/* Nothing can have changed in the folder between two looks. */
bool inside_is_still(const struct index *x, const struct look *before,
    const struct look *after, int folder);
/* It may hold something else than when it was read. */
bool inside_has_changed(struct index *x, const struct look *k, int folder);
/* It was read after this look. */
void inside_has_read(struct index *x, const struct look *k, int folder);
/* Until the clock that stamps files has ticked. */
void inside_wait_tick(void);

/* leave.c: messages that were not met where they had been. */
struct missing {
	int64_t key;
	char *unique; /* owned by the list */
};
/* Forgets those that are in neither folder; frees what the items own. */
int inside_say_goodbye(struct index *x, struct missing *items, size_t n);

/* search.c */
struct search;
enum inside_how {
	INSIDE_NEWEST_FIRST, /* only where they are few, or without a query */
	INSIDE_ANY_ORDER,
	INSIDE_ONE, /* that inside_search_again() names */
};
/* Prepares; before: milliseconds, INT64_MAX: no limit. Query NULL: all. */
struct search *inside_search(struct index *x, const struct query *query,
    int64_t before, enum inside_how how);
void inside_search_again(struct search *s, int64_t key);
/* So few that to find and sort them costs nothing. */
bool inside_is_few(const struct search *s);
/* The next key; false at the end. */
bool inside_next(struct search *s, int64_t *key, bool *read);
void inside_search_end(struct search *s);
/* The summaries must be there before the query can be answered. */
bool inside_needs_all(const struct index *x, const struct query *query);

/* match.c: registers the functions that queries use. */
void inside_functions(struct index *x);

/*
 * answer.c: what matches a query, a bit per key. Kept in the database where it
 * was costly to find out; brought up to date by looking into the messages that
 * were touched since.
 */
struct answer {
	struct buf question;
	struct buf matching, new; /* bits; new: and unread */
	uint64_t matches, unread;
	int64_t changes; /* the state of the index that it is about */
	bool kept; /* just so in the database */
	/* The page that was asked for last: keys; end 0: none. */
	uint64_t start, end;
	struct buf page;
};
/* Within a reading transaction. One that is remembered; false: none is. */
bool inside_recall(struct index *x, struct answer *a, const struct query *query,
    int64_t before);
/* Found out; after inside_recall(). */
void inside_find_out(struct index *x, struct answer *a,
    const struct query *query, int64_t before);
bool inside_matches(const struct answer *a, int64_t key);
/* Outside of transactions; if it can be done at once. */
void inside_remember(struct index *x, const struct answer *a);
void inside_answer_end(struct answer *a);
#define INSIDE_ANSWER                                                          \
	{                                                                      \
		.question = BUF_INIT, .matching = BUF_INIT, .new = BUF_INIT,   \
		.page = BUF_INIT                                               \
	}

/* list.c */
/* It is known by its name only. */
bool inside_is_outstanding(struct index *x, int64_t key);
/* Fills in a row; slices live until the next one. */
bool inside_row(struct index *x, int64_t key, struct index_row *row);
/* Copies what the row borrows; its slices then live as long as the memory. */
void inside_keep(struct index_row *row, struct buf *memory);

#endif
