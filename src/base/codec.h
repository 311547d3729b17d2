/* SPDX-License-Identifier: MIT */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

/*
 * codec: base64, hex, xtext, and one visible word.
 *
 * Pure functions that append to a buf; the input is never changed. Decoders
 * return false for anything that is not strictly well-formed; what they had
 * appended by then stays.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* RFC 4648 section 4, strict: full padding, no blanks, no stray bits. */
bool codec_base64_decode(struct buf *out, struct str in);
void codec_base64_encode(struct buf *out, struct str in);

/* Lower-case hexadecimal; separator '\0' means none. */
void codec_hex_encode(struct buf *out, struct str in, char separator);

/*
 * RFC 3461 section 4 xtext. The encoder also hides ( ) \ and ", so that the
 * result can stand inside a comment of a mail header.
 */
void codec_xtext_encode(struct buf *out, struct str in);
bool codec_is_xtext(struct str in);

/*
 * One visible word for a key=value line: blanks, quotes, backslashes and all
 * that is not printable ASCII become \xHH; nothing at all becomes "-".
 */
void codec_word_encode(struct buf *out, struct str in);

/* As codec_word_encode, but blanks stay: for text between double quotes. */
void codec_quoted_encode(struct buf *out, struct str in);

#endif
