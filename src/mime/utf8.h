/* SPDX-License-Identifier: MIT */
#ifndef MIME_UTF8_H
#define MIME_UTF8_H

/*
 * utf8: characters out of octets and back (RFC 3629).
 *
 * Reading never fails: what is not well-formed is read as U+FFFD, one for each
 * longest beginning of a sequence, as Unicode recommends.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define UTF8_MAX 4
#define UTF8_REPLACEMENT 0xfffdU

/* Cuts one character out of *rest, which is not empty. */
uint32_t utf8_next(struct str *rest);

/* Writes one; U+FFFD for what is no scalar value. Returns its length. */
size_t utf8_write(char out[UTF8_MAX], uint32_t c);
void utf8_add(struct buf *out, uint32_t c);

/* How many octets of the first n are whole characters of s. */
size_t utf8_floor(struct str s, size_t n);

/* How many characters there are. */
size_t utf8_count(struct str s);

#endif
