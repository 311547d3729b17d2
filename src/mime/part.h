/* SPDX-License-Identifier: MIT */
#ifndef MIME_PART_H
#define MIME_PART_H

/*
 * part: what the header of one part says of it; for tree.c.
 *
 * Of each field the first counts. A type that cannot be read is text/plain
 * (RFC 2045 section 5.2), or octets where the part is plainly a file.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "mime/tree.h"

/* The fields that matter, unfolded. */
struct part_fields {
	struct buf type, disposition, transfer, id, description;
	bool seen[5];
};

#define PART_FIELDS_INIT                                                       \
	{                                                                      \
		BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT,              \
		{                                                              \
			false                                                  \
		}                                                              \
	}

void part_take_field(struct part_fields *f, struct str name, struct str raw);
void part_fields_fini(struct part_fields *f);

/* Fills in all but id, depth, parent and role. */
void part_settle(struct leaf *l, const struct part_fields *f, bool digest);

/* The boundary with its dashes; false: this is no container. */
bool part_boundary(struct leaf *l, struct buf *boundary);

/* A container without parts; or what lies beyond a limit. */
void part_make_text(struct leaf *l);
void part_make_opaque(struct leaf *l);

/* Once all parts are known. */
void part_set_roles(struct tree *t);

void part_fini(struct part *p);

#endif
