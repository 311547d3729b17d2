/* SPDX-License-Identifier: MIT */
#ifndef MIME_GMIME_H
#define MIME_GMIME_H

/*
 * gmime: what we take from GMime and the GLib below it.
 *
 * Only the transfer encodings and the character tables: they work without
 * g_mime_init(), and in constant memory. The tree of parts and the fields are
 * read by our own code, because there limits must hold while reading, and
 * because names of charsets in mail must not choose code to run.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "mime/sink.h"

enum transfer {
	TRANSFER_PLAIN, /* 7bit, 8bit, binary, and what nobody knows */
	TRANSFER_BASE64,
	TRANSFER_QUOTED,
	TRANSFER_UU,
};

/* Of a Content-Transfer-Encoding. */
enum transfer gmime_transfer(struct str name);

/*
 * Decodes all of it. Junk inside is passed over, padding may be missing. A
 * line end that the encoding leaves to the wire comes out as CRLF.
 */
void gmime_decode(enum transfer t, struct str encoded, struct sink to);

/* Quoted-printable for a text body, which comes back octet for octet. */
void gmime_quote(struct str text, struct buf *out);

/* Unicode's simple lower case, and whether a reader sees anything. */
uint32_t gmime_lower(uint32_t c);
bool gmime_is_visible(uint32_t c);

#endif
