/* SPDX-License-Identifier: MIT */
/* submit.c: into the Maildir without a dialogue */

#include "smtp/submit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/side.h"
#include "smtp/content.h"

#define CHUNK 65536
#define FINDINGS_MAX 65536

static void
write_content(void *ctx, const void *p, size_t n)
{
	struct delivery *d = ctx;

	delivery_write(d, p, n);
}

static void
write_trace(struct delivery *d, struct trace *t)
{
	struct buf block = BUF_INIT;

	t->id = delivery_id(d);
	trace_write(&block, t);
	delivery_write(d, block.data, block.len);
	buf_fini(&block);
}

/* Runs the message through the rules that SMTP content has. */
static void
write_message(struct delivery *d, submit_read *more, void *ctx,
    struct buf *findings, struct buf *why)
{
	struct content content;
	struct data data;
	char *chunk = mem_new(CHUNK);
	ssize_t n;
	bool ended;

	data_begin(&data, DATA_CHUNK);
	content_begin(&content, write_content, d);
	content.repair_header = true;
	/* There was no dialogue to announce anything in. */
	content.utf8_announced = content.body_8bit_announced = true;
	while ((n = more(ctx, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			(void)data_feed(&data, chunk, (size_t)n, &ended,
			    &content_sink, &content);
	if (n < 0)
		buf_addf(why, "cannot read the message: %s", strerror(errno));
	data_finish(&data, &content_sink, &content);
	content_finish(&content);
	findings_write(findings, &content.findings);
	content_fini(&content);
	free(chunk);
}

int
submit_message(struct maildir *maildir, struct trace *t, submit_read *more,
    void *ctx, char id[ID_SIZE], struct buf *why)
{
	struct buf findings = BUF_INIT_MAX(FINDINGS_MAX);
	struct delivery d;
	int rc = -1;

	if (delivery_begin(&d, maildir) != 0) {
		buf_adds(why, strerror(errno));
		return -1;
	}
	memcpy(id, delivery_id(&d), ID_SIZE);
	write_trace(&d, t);
	write_message(&d, more, ctx, &findings, why);
	if (why->len > 0)
		delivery_abort(&d);
	else if ((rc = side_commit(maildir, &d, buf_str(&findings))) != 0)
		buf_adds(why, strerror(errno));
	buf_fini(&findings);
	return rc;
}
