/* SPDX-License-Identifier: MIT */
#ifndef MIME_PARAM_H
#define MIME_PARAM_H

/*
 * param: values with parameters, as of Content-Type (RFC 2045, RFC 2231).
 *
 * Values must be unfolded (mime/head.h). Comments are passed over wherever
 * they may stand; a missing quote, blanks in a bare value and a missing
 * semicolon's neighbour are forgiven. Time is linear. Results are appended,
 * as UTF-8 on one line.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* What stands before the first semicolon, lower case, without comments. */
void param_token(struct buf *out, struct str value);

/*
 * The parameter of that name, decoded: RFC 2231 with continuations, else RFC
 * 2047 as many write it. Returns false if there is none.
 */
bool param_get(struct buf *out, struct str value, struct str name);

#endif
