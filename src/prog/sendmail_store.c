/* SPDX-License-Identifier: MIT */
/* sendmail_store.c: into a Maildir, without a server */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/maildir.h"
#include "mail/side.h"
#include "mail/trace.h"
#include "prog/sendmail.h"
#include "smtp/content.h"

#define CHUNK 65536
#define FINDINGS_MAX 65536

static void
write_content(void *ctx, const void *p, size_t n)
{
	struct delivery *d = ctx;

	delivery_write(d, p, n);
}

static bool
needs_utf8(struct str sender, const struct mailboxes *to)
{
	bool utf8 = str_has_8bit(sender);

	for (size_t i = 0; i < to->count; i++)
		utf8 |= str_has_8bit(str_of(to->items[i]));
	return utf8;
}

static void
write_trace(struct delivery *d, const struct sendmail_options *o,
    const struct mailboxes *to)
{
	struct buf block = BUF_INIT;
	struct trace t = {
	    .reverse_path = buf_str(&o->sender),
	    .recipients = to->items,
	    .recipient_count = to->count,
	    .helo = str_of(o->host),
	    .utf8 = needs_utf8(buf_str(&o->sender), to),
	    .host = o->host,
	    .id = delivery_id(d),
	    .time = time(NULL),
	};

	trace_write(&block, &t);
	delivery_write(d, block.data, block.len);
	buf_fini(&block);
}

/* Runs the message through the rules that SMTP content has. */
static void
write_message(struct delivery *d, const struct sendmail_message *m,
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
	while ((n = read(m->fd, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR))
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

static int
deliver(struct maildir *maildir, const struct sendmail_options *o,
    const struct sendmail_message *m, const struct mailboxes *to,
    struct buf *why)
{
	struct buf findings = BUF_INIT_MAX(FINDINGS_MAX);
	struct delivery d;
	char id[ID_SIZE];
	int rc = -1;

	if (delivery_begin(&d, maildir) != 0) {
		buf_addf(why, "%s: %s", o->maildir, strerror(errno));
		return EX_TEMPFAIL;
	}
	memcpy(id, delivery_id(&d), sizeof(id));
	write_trace(&d, o, to);
	write_message(&d, m, &findings, why);
	if (why->len > 0)
		delivery_abort(&d);
	else if (findings.len > 0 &&
		 side_write_findings(maildir, id, buf_str(&findings)) != 0) {
		buf_addf(why, "%s: %s", o->maildir, strerror(errno));
		delivery_abort(&d);
	} else if ((rc = delivery_commit(&d)) != 0) {
		buf_addf(why, "%s: %s", o->maildir, strerror(errno));
		side_remove_findings(maildir, id);
	}
	buf_fini(&findings);
	return rc == 0 ? 0 : EX_TEMPFAIL;
}

int
sendmail_store(const struct sendmail_options *o,
    const struct sendmail_message *m, const struct mailboxes *to,
    struct buf *why)
{
	struct maildir maildir;
	int status;

	if (maildir_open(&maildir, o->maildir, MAILDIR_CREATE) != 0) {
		buf_addf(why, "%s: %s", o->maildir, strerror(errno));
		return EX_CANTCREAT;
	}
	status = deliver(&maildir, o, m, to, why);
	maildir_close(&maildir);
	return status;
}
