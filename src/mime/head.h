/* SPDX-License-Identifier: MIT */
#ifndef MIME_HEAD_H
#define MIME_HEAD_H

/*
 * head: header fields out of octets (RFC 5322 section 2.2, and what is seen).
 *
 * Slices borrow. A line that is no field ends the header: it and what follows
 * is body, so that nothing is lost. Lines may end in LF or CRLF.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Cuts the next field out of *rest; the value still has its folds. Returns
 * false at the end of the header; then *rest is the body (behind the empty
 * line, if there is one).
 */
bool head_next(struct str *rest, struct str *name, struct str *raw);

/*
 * Appends the value on one line: each fold is one blank, control characters
 * but the tab are blanks, UTF-8 (what is not is read as windows-1252). Not
 * decoded.
 */
void head_unfold(struct buf *out, struct str raw);

#endif
