/* SPDX-License-Identifier: MIT */
#ifndef MAIL_SESSIONS_H
#define MAIL_SESSIONS_H

/*
 * sessions: read mailpit/sessions.<host>, written by side_log_session().
 *
 * All hosts' files are read, the rotated ones too. Lines that do not parse are
 * skipped. Time is linear in the files; memory is one line.
 */

#include <stdint.h>

#include "base/str.h"
#include "mail/reader.h"

struct session_totals {
	uint64_t accepted, bytes, rejected, ignored;
	int64_t since; /* the earliest time seen, 0: none */
};

/* One line, borrowed; reply is the quoted text of each, decoded. */
struct session_line {
	int64_t time;
	struct str session, peer, user, end;
	uint64_t messages, bytes, rejected, ignored;
	struct str replies; /* the rest of the line: reply="..." ... */
};

/* Returns false if it does not parse. */
bool session_parse(struct str line, struct session_line *out);

/* The next 4xx or 5xx text of s->replies, decoded into out. */
bool session_reply(struct str *rest, struct buf *out);

/* Sums up what ended at or after `from` (seconds). Returns 0 or -1. */
int sessions_total(
    const struct reader *r, int64_t from, struct session_totals *out);

#endif
