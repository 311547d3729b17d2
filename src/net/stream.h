/* SPDX-License-Identifier: MIT */
#ifndef NET_STREAM_H
#define NET_STREAM_H

/*
 * stream: octets to and from the peer, in clear or through TLS.
 *
 * Reads and writes end at an absolute deadline (base/io). Returns -1 with
 * ETIMEDOUT, EINTR (asked to stop), EPROTO (TLS), or what the system said.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/tls.h"

struct stream {
	int in, out; /* may be the same; not owned */
	struct tls *tls; /* borrowed; NULL: in clear */
};

/* At least one octet, unless 0: the peer has ended. */
ssize_t stream_read(struct stream *s, void *p, size_t n, int64_t deadline);

/* All of it, or -1. */
int stream_write(struct stream *s, const void *p, size_t n, int64_t deadline);

/* Something can be read at once. */
bool stream_has_input(const struct stream *s);

#endif
