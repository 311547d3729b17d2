/* SPDX-License-Identifier: MIT */
#ifndef MIME_BUILD_FIELD_H
#define MIME_BUILD_FIELD_H

/*
 * build_field: header fields, encoded, folded and in order; for build.c.
 */

#include "mime/build.h"

/* All fields but those of the body; each line ends in CRLF. */
void build_header(const struct build *b, struct buf *out);

#endif
