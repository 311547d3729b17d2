/* SPDX-License-Identifier: MIT */
#ifndef MIME_TREE_H
#define MIME_TREE_H

/*
 * tree: the parts of a message in one pass over its lines (RFC 2046).
 *
 * No recursion: the open containers lie on a stack of at most TREE_DEPTH. A
 * boundary of any of them ends all that lie inside it, so a missing end loses
 * nothing. A multipart whose boundary never comes is text. What goes beyond
 * the limits becomes one opaque text part and is noted.
 */

#include <stddef.h>

#include "base/str.h"
#include "mime/gmime.h"
#include "mime/message.h"

#define TREE_DEPTH 100
#define TREE_PARTS 10000
#define HEAD_OCTETS (256 * 1024)
#define HEAD_FIELDS 1000

struct leaf {
	struct part part; /* first: a part's address is its leaf's */
	struct str content; /* as it lies in the message */
	enum transfer transfer;
	bool has_type; /* a Content-Type that could be read */
	char *boundary; /* until the container is opened */
};

struct tree {
	struct leaf *leaves; /* depth first */
	size_t n, cap;
	const char *note; /* the limit that was hit; "" */
};

/* text begins with the header of the message; borrowed as long as the tree. */
void tree_read(struct tree *t, struct str text);
void tree_fini(struct tree *t);

#endif
