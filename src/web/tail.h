/* SPDX-License-Identifier: MIT */
#ifndef WEB_TAIL_H
#define WEB_TAIL_H

/*
 * tail: the lines that are added to the session logs, of all hosts.
 *
 * Begins at their ends. A log that was rotated is read from its beginning.
 */

#include <stdbool.h>

#include "base/str.h"
#include "mail/reader.h"

struct tail;

struct tail *tail_new(const struct reader *r);
void tail_free(struct tail *t);

/* Calls each() for every new whole line; each() returns false to end. */
void
tail_read(struct tail *t, bool (*each)(void *arg, struct str line), void *arg);

#endif
