/* SPDX-License-Identifier: MIT */
#ifndef MIME_SINK_H
#define MIME_SINK_H

/*
 * sink: where decoded octets go, piece by piece.
 *
 * What decodes knows neither how much comes nor who wants it, so that a size
 * can be told without holding the octets. A piece is borrowed for the call.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct sink {
	void (*put)(void *arg, const char *p, size_t n);
	void *arg;
};

/* Appends to the buf. */
struct sink sink_to_buf(struct buf *out);

/* Adds up the octets. */
struct sink sink_to_count(uint64_t *count);

void sink_put(struct sink to, const char *p, size_t n);

/* As UTF-8; what is no Unicode scalar value becomes U+FFFD. */
void sink_put_char(struct sink to, uint32_t c);

#endif
