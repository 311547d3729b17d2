/* SPDX-License-Identifier: MIT */
#ifndef MIME_ADDRLIST_H
#define MIME_ADDRLIST_H

/*
 * addrlist: address lists of header fields (RFC 5322 section 3.4) as lists of
 * mailboxes (mail/mailbox.h).
 *
 * Groups are flattened, names decoded (also inside quotes), "a@b (Name)" is
 * understood. Nesting is counted, not recursed; time is linear.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Appends the mailboxes of an unfolded value. A list that does not parse is
 * read once more with commas supplied between its addresses; if that fails
 * too, nothing is appended and false returned. An empty list is none of that.
 */
bool addrlist_parse(struct buf *list, struct str value);

#endif
