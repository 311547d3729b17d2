/* SPDX-License-Identifier: MIT */
/* stream.c: octets to and from the peer, with deadlines */

#include "net/stream.h"

#include <errno.h>
#include <poll.h>

#include "base/io.h"

static int
wait_for(struct stream *s, short events, int64_t deadline)
{
	if (s->tls != NULL)
		events = tls_wants(s->tls);
	return io_wait(events == POLLOUT ? s->out : s->in, events, deadline);
}

ssize_t
stream_read(struct stream *s, void *p, size_t n, int64_t deadline)
{
	for (;;) {
		ssize_t got = s->tls != NULL ? tls_read(s->tls, p, n)
					     : io_read_now(s->in, p, n);

		if (got >= 0 || errno != EAGAIN)
			return got;
		/* Records without content must not keep us here for ever. */
		if (io_now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (wait_for(s, POLLIN, deadline) != 0)
			return -1;
	}
}

int
stream_write(struct stream *s, const void *p, size_t n, int64_t deadline)
{
	const char *at = p;

	while (n > 0) {
		ssize_t put = s->tls != NULL ? tls_write(s->tls, at, n)
					     : io_write_now(s->out, at, n);

		/* GnuTLS speaks of another record than ours: never so. */
		if (put > 0 && (size_t)put > n) {
			errno = EPROTO;
			return -1;
		}
		if (put > 0) {
			at += put;
			n -= (size_t)put;
		} else if (put < 0 && errno != EAGAIN) {
			return -1;
		} else if (wait_for(s, POLLOUT, deadline) != 0) {
			return -1;
		}
	}
	return 0;
}

bool
stream_has_input(const struct stream *s)
{
	if (s->tls != NULL && tls_pending(s->tls))
		return true;
	return io_has_input(s->in);
}
