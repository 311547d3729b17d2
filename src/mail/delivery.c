/* SPDX-License-Identifier: MIT */
/* delivery.c: write, sync, then show: one message into a Maildir */

#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#define PENDING_MAX 65536
#define NAME_TRIES 16

static void
fail(struct delivery *d)
{
	if (d->error == 0)
		d->error = errno;
}

/*
 * Time, process, count and ID: one of them alone would do, together they hold
 * also with equal process numbers and a clock that stands still. The
 * microseconds have six digits, so names sort as the messages came.
 */
static void
make_name(struct delivery *d, uint64_t count)
{
	struct timespec now;
	int n;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		bug("no clock");
	id_fresh(d->id);
	n = snprintf(d->name, sizeof(d->name),
	    "%lld.M%06ldP%ldQ%" PRIu64 "R%s.%s", (long long)now.tv_sec,
	    now.tv_nsec / 1000, (long)getpid(), count, d->id, d->maildir->host);
	if (n < 0 || (size_t)n >= sizeof(d->name))
		bug("unique name too long");
}

int
delivery_begin(struct delivery *d, struct maildir *m)
{
	static uint64_t count;

	*d = (struct delivery){
	    .maildir = m, .fd = -1, .pending = BUF_INIT_MAX(PENDING_MAX)};
	count++;
	for (int i = 0; i < NAME_TRIES && d->fd < 0; i++) {
		make_name(d, count);
		d->fd = maildir_create_file(m, m->tmp, d->name);
		if (d->fd < 0 && errno != EEXIST)
			break;
	}
	if (d->fd >= 0)
		return 0;
	d->maildir = NULL;
	return -1;
}

const char *
delivery_id(const struct delivery *d)
{
	return d->id;
}

int
delivery_error(const struct delivery *d)
{
	return d->error;
}

static void
count_line_ends(struct delivery *d, const char *start, size_t n)
{
	const char *p = start, *end = start + n;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if ((p > start ? p[-1] : d->last) == '\r')
			d->cr_lf = true;
		d->line_ends++;
		p++;
	}
	d->last = end[-1];
}

static void
flush(struct delivery *d)
{
	if (d->error == 0 &&
	    io_write_file(d->fd, d->pending.data, d->pending.len) != 0)
		fail(d);
	buf_reset(&d->pending);
}

void
delivery_write(struct delivery *d, const void *p, size_t n)
{
	if (d->maildir == NULL || d->error != 0 || n == 0)
		return;
	d->size += n;
	count_line_ends(d, p, n);
	if (n > PENDING_MAX - d->pending.len)
		flush(d);
	if (n <= PENDING_MAX)
		buf_add(&d->pending, p, n);
	else if (d->error == 0 && io_write_file(d->fd, p, n) != 0)
		fail(d);
}

/* Not every file system can rename without replacing; all can link. */
static int
move_to_new(const struct delivery *d, const char *name)
{
	const struct maildir *m = d->maildir;

	if (renameat2(m->tmp, d->name, m->new, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(m->tmp, d->name, m->new, name, 0) != 0)
		return -1;
	(void)unlinkat(m->tmp, d->name, 0);
	return 0;
}

/*
 * To the programs that W= is for, CR LF is one line end already. They would
 * call our length wrong and rename the file, so such a message has none.
 */
static void
make_final_name(const struct delivery *d, char name[MAILDIR_NAME_MAX + 1])
{
	static const size_t size = MAILDIR_NAME_MAX + 1;
	int n = d->cr_lf
		    ? snprintf(name, size, "%s,S=%" PRIu64, d->name, d->size)
		    : snprintf(name, size, "%s,S=%" PRIu64 ",W=%" PRIu64,
			  d->name, d->size, d->size + d->line_ends);

	if (n < 0 || (size_t)n >= size)
		bug("unique name too long");
}

/* Shows the finished file; a name in new/ that is not durable goes again. */
static void
show(struct delivery *d)
{
	const struct maildir *m = d->maildir;
	char name[MAILDIR_NAME_MAX + 1];

	make_final_name(d, name);
	if (move_to_new(d, name) != 0) {
		fail(d);
	} else if (m->sync && fsync(m->new) != 0) {
		fail(d);
		(void)unlinkat(m->new, name, 0);
	}
}

int
delivery_commit(struct delivery *d)
{
	int error;

	if (d->maildir == NULL) {
		errno = EINVAL;
		return -1;
	}
	flush(d);
	/* A second fsync() may say yes to octets that the first one lost. */
	if (d->error == 0 && d->maildir->sync && fsync(d->fd) != 0)
		fail(d);
	if (io_close(d->fd) != 0)
		fail(d);
	d->fd = -1;
	if (d->error == 0)
		show(d);
	error = d->error;
	if (error != 0)
		(void)unlinkat(d->maildir->tmp, d->name, 0);
	buf_fini(&d->pending);
	d->maildir = NULL;
	errno = error;
	return error == 0 ? 0 : -1;
}

void
delivery_abort(struct delivery *d)
{
	if (d->maildir == NULL)
		return;
	(void)close(d->fd);
	d->fd = -1;
	(void)unlinkat(d->maildir->tmp, d->name, 0);
	buf_fini(&d->pending);
	d->maildir = NULL;
}
