/* SPDX-License-Identifier: MIT */
#ifndef MIME_INTERNAL_H
#define MIME_INTERNAL_H

/*
 * internal: what the files behind message.h share: message.c (life, fields as
 * they came, parts), fields.c (fields as people read them), decode.c (decoded
 * parts), texts.c (bodies, and what is made from them), linked.c (embedded
 * images).
 */

#include "mail/envelope.h"
#include "mime/message.h"
#include "mime/tree.h"

/* A text that is made when it is first asked for. */
struct made {
	struct buf text;
	bool done;
};

struct message {
	char *octets;
	size_t n;
	char *id;
	struct envelope envelope;
	struct tree tree;

	struct header_field *headers;
	size_t header_count;
	size_t own_headers; /* how many of them are our block's */
	struct buf header_text; /* their octets */

	struct message_fields fields;
	char **owned; /* texts of fields */
	size_t owned_count;

	struct made html, plain, text, snippet, search;
	const char *note;
};

/* The client's first field of that name, as it came; empty: none. */
struct str message_field(const struct message *m, struct str name);

/* Fills in m->fields. */
void fields_read(struct message *m);

/* The leaf behind a part of the message. */
const struct leaf *message_leaf(const struct part *part);

/* Decodes a leaf; text becomes UTF-8. */
void content_read(const struct leaf *l, struct sink to);

#endif
