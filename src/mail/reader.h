/* SPDX-License-Identifier: MIT */
#ifndef MAIL_READER_H
#define MAIL_READER_H

/*
 * reader: the reading side of a Maildir, after maildir-layout/README.md.
 *
 * Everything goes through folder descriptors and unique names; nothing that
 * comes from outside is ever part of a path. Links and what is no regular
 * file are never opened and never block. A message that another program has
 * moved or marked meanwhile is looked for once more in new/ and cur/.
 *
 * Functions return 0 or a descriptor, or -1 with errno. ENOENT: the message
 * is gone, which callers treat as deleted. EACCES, EPERM, EROFS: this user
 * may only read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/id.h"
#include "mail/maildir.h"

struct reader {
	int dir, new, cur, side, trash, tags, findings; /* -1: not there */
	mode_t mode; /* of new files */
	/* Look for a renamed message only under the commonest names; for one
	 * who changes thousands and then reads the folders once. */
	bool hurried;
};

/* Opens what is there; only new/ and cur/ must be. */
int reader_open(struct reader *r, const char *path);
void reader_close(struct reader *r);

/*
 * The ID of a message: the one in its unique name, or one that is derived
 * from it and has the same form (never equal for two names).
 */
void reader_id(const struct maildir_name *name, char id[ID_SIZE]);

/* The derived one: of a foreign file, or of a copy that has another's ID. */
void reader_derive_id(struct str unique, char id[ID_SIZE]);

/*
 * Calls each() for every message of new/ or cur/ (r->new, r->cur), with its
 * whole name; each() returns false to end. In no order. Returns 0 or -1.
 */
int
reader_list(int folder, bool (*each)(void *arg, struct str name), void *arg);

/*
 * Opens a message for reading. hint is the name it had when last seen (with
 * flags); in_new says in which folder. Looks for its unique name elsewhere if
 * it is not there any more. The descriptor is that of a regular file.
 */
int reader_open_message(
    const struct reader *r, struct str hint, bool in_new, struct stat *st);

/* Where a message is now: *name gets its present whole name. */
int reader_find(
    const struct reader *r, struct str unique, struct buf *name, bool *in_new);

/*
 * Sets or clears the flag S (and so moves it to cur/). *name gets the name
 * that it then has. Not an error if it was so already.
 */
int reader_mark(const struct reader *r, struct str hint, bool in_new, bool seen,
    struct buf *name);

/* Unlinks, with its tags; its findings are left to prune. */
int reader_delete(const struct reader *r, struct str hint, bool in_new);

/* Moves to the trash, name unchanged; back into cur/ by its unique name. */
int reader_trash(const struct reader *r, struct str hint, bool in_new);
int reader_restore(const struct reader *r, struct str unique);

/* The mtime (and inode) of new/, cur/ and tags/: whether something changed. */
struct reader_stamp {
	uint64_t inode[3];
	int64_t seconds[3], nanoseconds[3];
};
int reader_stamp(const struct reader *r, struct reader_stamp *stamp);

/*
 * Reads a side file (folder: r->tags, r->findings; name: an ID) of at most 1
 * MiB; appends it. ENOENT: there is none.
 */
int reader_side(int folder, const char *id, struct buf *out);

/*
 * Replaces mailpit/tags/<ID> as a whole (a new file, renamed over it); an
 * empty text is a statement too: no tags (written as an empty line; a file
 * without an octet says nothing, a crash may leave one). The folder is made if
 * missing.
 */
int reader_write_tags(struct reader *r, const char *id, struct str text);

#endif
