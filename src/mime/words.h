/* SPDX-License-Identifier: MIT */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

/*
 * words: encoded words in header fields (RFC 2047), both ways.
 *
 * Decoding is lenient: inside other text, with blanks inside, of any length.
 * Words that touch are joined before their charset is read, because many
 * writers cut between the octets of a character. What cannot be decoded stays
 * as it is. The result is one line of UTF-8 without control characters.
 */

#include "base/buf.h"
#include "base/str.h"

/* The value must be unfolded (mime/head.h). Appends. */
void words_decode(struct buf *out, struct str value);

/* Appends percent-encoded octets decoded, as far as they are well-formed. */
void words_unescape_percent(struct buf *out, struct str s);

#endif
