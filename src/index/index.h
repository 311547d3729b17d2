/* SPDX-License-Identifier: MIT */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

/*
 * index: a cache of the Maildir, so that lists and searches are quick.
 *
 * One SQLite file in a folder of its own, never on a shared file system. It
 * can be deleted at any time; a broken, old or missing one is made anew while
 * requests are answered. index_follow() takes in what other programs have
 * delivered, marked, moved or removed; every function that answers does so
 * first, so an answer holds all that was in the Maildir before the question.
 *
 * Changes go to the Maildir first (flags in names, tags in files) and then to
 * the index. A message that vanished meanwhile is no error; one that this user
 * may not change is counted in *refused and logged.
 *
 * Functions return 0, or -1 after they have logged why (the answer to the
 * client is 500 or 503).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "index/query.h"
#include "mail/id.h"
#include "mail/reader.h"

struct index;

struct index_options {
	const char *folder; /* holds index.db; made (0700) if missing */
	const char *maildir;
	bool use_message_dates; /* Created is the Date field */
	bool ignore_duplicate_ids; /* only the first with a Message-ID */
	bool tags_from_header, tags_from_plus, tags_title_case, tags_username;
	/* Milliseconds that a question waits until all is read; 0: for ever. */
	int64_t patience;
};

/* NULL with a text: the Maildir cannot be read, or the folder not be made. */
struct index *index_open(const struct index_options *o, struct buf *why);
void index_close(struct index *x);

/* The Maildir that it indexes, open for reading. */
struct reader *index_reader(struct index *x);

/* Takes in what changed; called by all below, cheap when nothing did. */
int index_follow(struct index *x);

/*
 * What was asked last failed only because the index is being built (more to
 * read than the patience allows, or somebody else is writing): asking again
 * helps. How many messages were read, of all.
 */
bool index_is_building(struct index *x, uint64_t *done, uint64_t *all);

/* Takes in everything, full text too (mailpit index, the path unit). */
int index_build(struct index *x);

/* A row of a list; slices are valid until the callback returns. */
struct index_row {
	char id[ID_SIZE];
	struct str name; /* whole file name */
	bool in_new;
	int64_t created; /* milliseconds */
	uint64_t size; /* with CRLF */
	bool read;
	uint64_t attachments, inlines;
	struct str from, to, cc, bcc, reply_to; /* mail/mailbox.h */
	struct str subject, message_id, return_path, username, snippet;
	struct str tags; /* mail/tag.h */
};

struct index_page {
	uint64_t start, limit; /* limit UINT64_MAX: all */
	bool has_before;
	int64_t before; /* milliseconds: only what was created earlier */
};

struct index_counts {
	uint64_t total, unread; /* of the mailbox */
	uint64_t matches, matches_unread; /* of the search; all without one */
};

/*
 * Newest first; query NULL: all. counts come first (the callback may look at
 * them), all of one moment. each() returns false to end.
 */
int index_list(struct index *x, const struct query *query,
    const struct index_page *page, struct index_counts *counts,
    bool (*each)(void *arg, const struct index_row *row), void *arg);

/* One message by ID, or the newest (of a query) if id is NULL. */
enum index_found {
	INDEX_FAILED = -1,
	INDEX_NONE,
	INDEX_FOUND
};
enum index_found index_find(struct index *x, const char *id,
    const struct query *query, struct buf *memory, struct index_row *row);

/* The newer and the older neighbour in a list (query NULL: all); "" if none. */
int index_neighbours(struct index *x, const char *id, const struct query *query,
    char newer[ID_SIZE], char older[ID_SIZE]);

/*
 * The tags in use as lines "COUNT TAB NAME LF", sorted. With wait, after all
 * messages were read; without, after the newest: in an index that is being
 * built those of older messages come later.
 */
int index_tags(struct index *x, bool wait, struct buf *out);

/* What a change is about: either IDs, or a query, or all. */
struct index_set {
	const char (*ids)[ID_SIZE];
	size_t count;
	const struct query *query;
	bool all;
};

struct index_changed {
	uint64_t changed, refused, unknown;
};

int index_mark(struct index *x, const struct index_set *set, bool read,
    struct index_changed *done);
int index_delete(
    struct index *x, const struct index_set *set, struct index_changed *done);
/* To the trash, as one group that can be restored together. */
int index_trash(struct index *x, const struct index_set *set,
    struct index_changed *done, char group[ID_SIZE]);
int
index_restore(struct index *x, const char *group, struct index_changed *done);

/* tags: a list of lines that replaces what each message had. */
int index_set_tags(struct index *x, const struct index_set *set,
    struct str tags, struct index_changed *done);
/* Add or remove one tag on each. */
int index_add_tag(struct index *x, const struct index_set *set, struct str tag,
    bool remove, struct index_changed *done);
enum index_tag_verdict {
	INDEX_TAG_FAILED = -1,
	INDEX_TAG_OK,
	INDEX_TAG_NOT_FOUND,
	INDEX_TAG_EXISTS,
};
enum index_tag_verdict
index_rename_tag(struct index *x, struct str from, struct str to);
enum index_tag_verdict index_remove_tag(struct index *x, struct str tag);

/*
 * What happened since a moment, for live updates. A journal in the index gives
 * every change a number; a follower asks for what came after the last it saw.
 */
enum index_event {
	INDEX_EVENT_NEW, /* row is filled in by index_find() */
	INDEX_EVENT_READ,
	INDEX_EVENT_UNREAD,
	INDEX_EVENT_TAGS,
	INDEX_EVENT_DELETE,
	INDEX_EVENT_RELOAD, /* too much at once (prune, tag renamed) */
	INDEX_EVENT_TRUNCATE, /* everything was deleted */
};
struct index_happening {
	uint64_t number;
	enum index_event event;
	char id[ID_SIZE];
};
/* The number of the last change so far. */
int index_last_event(struct index *x, uint64_t *number);
/*
 * After index_follow(): calls each() for what came after number, in order. A
 * number that the journal has forgotten gives one INDEX_EVENT_RELOAD.
 */
int index_events(struct index *x, uint64_t after,
    bool (*each)(void *arg, const struct index_happening *h), void *arg);

/* Octets of the database file. */
uint64_t index_size(struct index *x);

/* Messages deleted through the index or seen vanishing, since `from`. */
uint64_t index_deleted(struct index *x, int64_t from);

#endif
