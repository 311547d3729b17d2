/* SPDX-License-Identifier: MIT */
/* sendmail_dialogue.c: -bs, the caller speaks SMTP with the server itself */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "prog/sendmail.h"

#define PENDING_MAX 65536
#define CONNECT_MS 30000
#define LAST_WORDS_MS 30000

/* One direction. */
struct flow {
	int from, to;
	struct buf pending;
	bool ended; /* nothing more comes */
};

enum {
	TO_SERVER,
	TO_CALLER,
};

static bool
wants_input(const struct flow *f)
{
	return !f->ended && f->pending.len == 0;
}

/* Returns 0, or -1 with errno when the flow is broken. */
static int
take(struct flow *f)
{
	char octets[PENDING_MAX];
	ssize_t n = io_read_now(f->from, octets, sizeof(octets));

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return -1;
	f->ended = n == 0;
	buf_add(&f->pending, octets, (size_t)n);
	return 0;
}

static int
give(struct flow *f)
{
	ssize_t n = io_write_now(f->to, f->pending.data, f->pending.len);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return -1;
	buf_consume(&f->pending, (size_t)n);
	return 0;
}

/* Waits for what can be done, and does it. */
static int
step(struct flow flows[2], int64_t deadline)
{
	struct pollfd fds[4];

	for (int i = 0; i < 2; i++) {
		const struct flow *f = &flows[i];

		fds[i] = (struct pollfd){
		    .fd = wants_input(f) ? f->from : -1, .events = POLLIN};
		fds[2 + i] = (struct pollfd){
		    .fd = f->pending.len > 0 ? f->to : -1, .events = POLLOUT};
	}
	if (io_wait_any(fds, 4, deadline) != 0)
		return -1;
	for (int i = 0; i < 2; i++)
		if ((fds[i].revents != 0 && take(&flows[i]) != 0) ||
		    (fds[2 + i].revents != 0 && give(&flows[i]) != 0))
			return -1;
	return 0;
}

static int
pump(int fd)
{
	struct flow flows[] = {
	    [TO_SERVER] = {.from = STDIN_FILENO,
		.to = fd,
		.pending = BUF_INIT_MAX(PENDING_MAX)},
	    [TO_CALLER] = {.from = fd,
		.to = STDOUT_FILENO,
		.pending = BUF_INIT_MAX(PENDING_MAX)},
	};
	int64_t deadline = IO_FOREVER;
	int rc = 0, saved;

	/* The server closes after QUIT, or when it has heard our end. */
	while (rc == 0 &&
	       (!flows[TO_CALLER].ended || flows[TO_CALLER].pending.len > 0)) {
		rc = step(flows, deadline);
		if (flows[TO_SERVER].ended &&
		    flows[TO_SERVER].pending.len == 0 &&
		    deadline == IO_FOREVER) {
			shutdown(fd, SHUT_WR);
			deadline = io_now() + LAST_WORDS_MS;
		}
	}
	saved = errno;
	buf_fini(&flows[TO_SERVER].pending);
	buf_fini(&flows[TO_CALLER].pending);
	errno = saved;
	return rc;
}

int
sendmail_dialogue(const struct sendmail_options *o, struct buf *why)
{
	int fd = address_connect(&o->address, CONNECT_MS);
	int rc;

	if (fd < 0) {
		buf_addf(why, "%s: %s", o->server, strerror(errno));
		return EX_TEMPFAIL;
	}
	rc = pump(fd);
	if (rc != 0)
		buf_addf(why, "%s: %s", o->server, strerror(errno));
	(void)close(fd);
	return rc == 0 ? 0 : EX_TEMPFAIL;
}
