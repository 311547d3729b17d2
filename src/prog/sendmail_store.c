/* SPDX-License-Identifier: MIT */
/* sendmail_store.c: into a Maildir, without a server */

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "mail/maildir.h"
#include "mail/trace.h"
#include "prog/sendmail.h"
#include "smtp/submit.h"

static bool
needs_utf8(struct str sender, const struct mailboxes *to)
{
	bool utf8 = str_has_8bit(sender);

	for (size_t i = 0; i < to->count; i++)
		utf8 |= str_has_8bit(str_of(to->items[i]));
	return utf8;
}

static ssize_t
read_message(void *ctx, char *p, size_t n)
{
	const struct sendmail_message *m = ctx;

	return read(m->fd, p, n);
}

static int
deliver(struct maildir *maildir, const struct sendmail_options *o,
    const struct sendmail_message *m, const struct mailboxes *to,
    struct buf *why)
{
	struct sendmail_message message = *m;
	struct buf reason = BUF_INIT;
	struct trace t = {
	    .reverse_path = buf_str(&o->sender),
	    .recipients = to->items,
	    .recipient_count = to->count,
	    .helo = str_of(o->host),
	    .utf8 = needs_utf8(buf_str(&o->sender), to),
	    .host = o->host,
	    .time = time(NULL),
	};
	char id[ID_SIZE];
	int rc =
	    submit_message(maildir, &t, read_message, &message, id, &reason);

	if (rc != 0)
		buf_addf(why, "%s: %s", o->maildir, reason.data);
	buf_fini(&reason);
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
