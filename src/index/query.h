/* SPDX-License-Identifier: MIT */
#ifndef INDEX_QUERY_H
#define INDEX_QUERY_H

/*
 * query: the search language, parsed into terms. Pure.
 *
 * Mailpit's language (HTTP API, section 9), and of ours: "a OR b" between
 * terms (OR in capitals; it binds less tightly than the AND of standing side
 * by side), to:=a@b for exact addresses (also from:= cc:= bcc:= reply-to:=
 * addressed:=), header:NAME=VALUE, and larger units (g). What cannot be
 * understood (a bad date, a query without any term) is an error with a text,
 * never a query that matches everything.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define QUERY_MAX 4096 /* octets */
#define QUERY_TERMS_MAX 64

enum query_field {
	QUERY_TEXT, /* anywhere */
	QUERY_FROM,
	QUERY_TO,
	QUERY_CC,
	QUERY_BCC,
	QUERY_REPLY_TO,
	QUERY_ADDRESSED, /* any of these five */
	QUERY_SUBJECT,
	QUERY_MESSAGE_ID,
	QUERY_TAG,
	QUERY_HEADER, /* name, value */
	QUERY_READ,
	QUERY_TAGGED,
	QUERY_ATTACHMENT,
	QUERY_INLINE,
	QUERY_CREATED, /* low..high, milliseconds, inclusive */
	QUERY_SIZE, /* low..high, octets, inclusive */
};

struct query_term {
	enum query_field field;
	bool negated;
	bool exact; /* := */
	char *name; /* of a header; else NULL */
	char *value; /* owned UTF-8, folded to lower case; or NULL */
	int64_t low, high;
};

/* Alternatives of terms that must all match. */
struct query {
	struct query_term *terms;
	size_t count;
	size_t *ends; /* of each alternative, in terms */
	size_t alternatives;
};

/*
 * Parses; zone is an IANA name for dates without one (empty: the machine's).
 * Returns an owned query, or NULL and a text for people.
 */
struct query *query_parse(struct str text, struct str zone, struct buf *why);
void query_free(struct query *q);

/* A date in one of the forms of section 9.4; milliseconds. */
bool query_date(struct str text, struct str zone, int64_t *ms);

/* Appends in lower case by Unicode rules: queries and texts are compared so. */
void query_fold(struct buf *out, struct str utf8);

#endif
