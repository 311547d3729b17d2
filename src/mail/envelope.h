/* SPDX-License-Identifier: MIT */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

/*
 * envelope: what the closed block on top of a message says.
 *
 * The block is what trace_write() wrote (maildir-layout/README.md). It is
 * believed only if it is whole, of exactly that form, and its id is that of
 * the file's name; a client's look-alike proves nothing. All slices borrow
 * from the message.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct envelope {
	struct str reverse_path; /* without brackets */
	struct str recipients; /* the lines, each "Delivered-To: A LF" */
	struct str tls; /* "TLS1.3:AES-256-GCM", or empty */
	struct str user; /* xtext, or empty */
	size_t block; /* octets of the block */
	size_t head; /* where the client's octets begin */
};

/*
 * Reads it from the first octets of a message (all of the block must be among
 * them). id is that of the name. Returns false if there is no such block; then
 * *e is empty and head is 0.
 */
bool envelope_read(struct str message, struct str id, struct envelope *e);

/* The next recipient; *rest begins as e->recipients. */
bool envelope_recipient(struct str *rest, struct str *address);

/* Appends the user, decoded from xtext. */
void envelope_user(const struct envelope *e, struct buf *out);

#endif
