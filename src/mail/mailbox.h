/* SPDX-License-Identifier: MIT */
#ifndef MAIL_MAILBOX_H
#define MAIL_MAILBOX_H

/*
 * mailbox: display names with addresses, packed into one text.
 *
 * One line per mailbox: "NAME TAB ADDRESS LF". Both are UTF-8 without control
 * characters, either may be empty. It is how addresses lie in the index and
 * what pages and answers read them from, one by one, without a copy.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* Appends one; control characters become blanks. */
void mailbox_add(struct buf *list, struct str name, struct str address);

/* The next one, borrowing from the list; false at the end. */
bool mailbox_next(struct str *rest, struct str *name, struct str *address);

/* How many there are. */
size_t mailbox_count(struct str list);

#endif
