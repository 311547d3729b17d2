/* SPDX-License-Identifier: MIT */
#ifndef MAIL_MAILDIR_H
#define MAIL_MAILDIR_H

/*
 * maildir: deliver so that a crash never shows half a message.
 *
 * The on-disk contract is maildir-layout/README.md; the base is D. J.
 * Bernstein's maildir(5). Every access goes through folder descriptors
 * (openat), so a folder renamed meanwhile does no harm.
 *
 * A delivery is begin, any number of writes, then commit or abort. Errors are
 * sticky: after the first failed write further ones are no-ops, and commit
 * reports it. Whatever happens, either the complete message is in new/ after
 * a commit that returned 0, or nothing of it is left. Only a crash leaves a
 * file in tmp/, which maildir_prune() removes after 36 hours.
 *
 * File modes follow the mode of the Maildir folder: 0700 gives 0600, 02770
 * gives 0660, whatever the umask is.
 *
 * Functions return 0, or -1 with errno.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/id.h"

#define MAILDIR_NAME_MAX 255

struct maildir {
	int dir, tmp, new, cur; /* folders; -1 when not open */
	int side; /* the folder mailpit/ in it */
	mode_t mode; /* of new files */
	bool sync; /* fsync before a commit counts */
	char host[128]; /* as it stands in names, escaped */
};

enum maildir_flag {
	MAILDIR_CREATE = 1 << 0, /* make it (0700) and its parents if missing */
	MAILDIR_NO_SYNC = 1 << 1,
};

/*
 * Opens a Maildir; the missing ones among its folders (also mailpit/ and what
 * is in it) are made when the Maildir itself is there. ENOENT: it is not there
 * (without MAILDIR_CREATE); ENOTDIR: something else is; EACCES or EROFS: no
 * message could be written.
 */
int maildir_open(struct maildir *m, const char *path, unsigned flags);
void maildir_close(struct maildir *m);

/*
 * Makes a new file in one of the folders, to be written, with the mode that
 * files of this Maildir have. Returns its descriptor; EEXIST: it was there.
 */
int maildir_create_file(const struct maildir *m, int folder, const char *name);

/*
 * Makes a folder in the Maildir with its mode and opens it; only opens it if
 * it is there. Returns its descriptor. Of m, only dir is looked at.
 */
int maildir_make_folder(const struct maildir *m, const char *name);

/* A message on its way; all members are private to delivery.c. */
struct delivery {
	struct maildir *maildir;
	int fd;
	int error; /* the first errno, sticky */
	uint64_t size, line_ends;
	char last; /* octet written */
	bool cr_lf; /* a CR stands before an LF */
	struct buf pending;
	char id[ID_SIZE];
	char name[MAILDIR_NAME_MAX + 1];
};

/*
 * Opens a new file in tmp/ under a fresh unique name and ID. The delivery
 * borrows the maildir until commit or abort.
 */
int delivery_begin(struct delivery *d, struct maildir *m);

/* The ID that the message will have; valid from begin to commit or abort. */
const char *delivery_id(const struct delivery *d);

/* Appends octets; lines end in LF here. Sticky errors; see above. */
void delivery_write(struct delivery *d, const void *p, size_t n);

/* The sticky errno so far, or 0. */
int delivery_error(const struct delivery *d);

/*
 * Makes the message visible in new/ and durable, in the order: write, fsync,
 * close, rename into new/ (never onto something), fsync new/. Returns -1 with
 * the errno of the first failure; then nothing is left of the message. In both
 * cases the delivery is over.
 */
int delivery_commit(struct delivery *d);

/* Removes the temporary file. No-op on a delivery that is over. */
void delivery_abort(struct delivery *d);

/* What a unique name says, borrowing from the name. */
struct maildir_name {
	int64_t time; /* seconds; -1: none there */
	struct str id; /* the ID after R, or empty in foreign names */
	uint64_t size; /* S=, or UINT64_MAX */
	uint64_t vsize; /* W=, or UINT64_MAX */
	struct str flags; /* what follows ":2,", or empty */
	struct str unique; /* all before ":" */
};
void maildir_parse_name(struct str name, struct maildir_name *out);

/* What retention removes; zero means no limit. */
struct maildir_limits {
	uint64_t max_messages;
	int64_t max_age; /* seconds */
};

struct maildir_pruned {
	uint64_t messages; /* removed from new/ and cur/ */
	uint64_t temporary; /* stale files removed from tmp/ */
	uint64_t orphans; /* side files whose message was gone already */
};

/*
 * Removes, oldest first, what is beyond the limits in new/ and cur/, with its
 * side files; regular files in tmp/ not written to for 36 hours; what was
 * moved to mailpit/trash more than an hour ago; side files without a message
 * and not written to for 36 hours; and rotates this host's session log when it
 * is larger than 1 MiB (one old one is kept). A file that vanishes meanwhile
 * is no error. *done is filled also on failure. The order is that of the time
 * in the unique name, or of the mtime where there is none, then of the name.
 */
int maildir_prune(struct maildir *m, const struct maildir_limits *limits,
    struct maildir_pruned *done);

#endif
