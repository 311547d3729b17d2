/* SPDX-License-Identifier: MIT */
/* retention.c: prune the Maildir as --max and --max-age say */

#include "prog/retention.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "prog/subcommand.h"

bool
retention_has_limits(const struct conf *c)
{
	return c->max_messages > 0 || c->max_age_seconds > 0;
}

int
retention_apply(const struct conf *c, struct maildir_pruned *done)
{
	struct maildir_limits limits = {
	    .max_messages = (uint64_t)c->max_messages,
	    .max_age = c->max_age_seconds,
	};
	struct maildir m;
	int rc;

	if (maildir_open(&m, c->maildir_path, 0) != 0) {
		log_error("[prune] %s: %s", c->maildir_path, strerror(errno));
		return EX_CANTCREAT;
	}
	rc = maildir_prune(&m, &limits, done);
	if (rc != 0)
		log_error("[prune] %s: %s", c->maildir_path, strerror(errno));
	maildir_close(&m);
	return rc == 0 ? 0 : EX_TEMPFAIL;
}

static int
prune(const struct conf *c)
{
	struct maildir_pruned done;
	int status = retention_apply(c, &done);

	if (status != EX_CANTCREAT)
		log_info("[prune] removed %llu messages, %llu stale files, "
			 "%llu side files",
		    (unsigned long long)done.messages,
		    (unsigned long long)done.temporary,
		    (unsigned long long)done.orphans);
	return status;
}

int
prune_main(int argc, char **argv)
{
	struct buf notices = BUF_INIT, why = BUF_INIT;
	enum option_verdict verdict;
	struct conf c;
	int operand, status;

	verdict = conf_read(&c, argc, argv, &operand, &notices, &why);
	if (verdict == OPTION_OK && operand < argc) {
		buf_addf(&why, "prune takes no operand: %s", argv[operand]);
		verdict = OPTION_USAGE;
	}
	if (verdict == OPTION_OK && !conf_settle(&c, &notices, &why))
		verdict = OPTION_CONFIG;
	if (verdict != OPTION_OK) {
		log_error("[prune] %s", why.data);
		status = verdict == OPTION_USAGE ? EX_USAGE : EX_CONFIG;
	} else if (c.help) {
		printf("usage: mailpit prune [--maildir DIR] [--max N] "
		       "[--max-age AGE]\n");
		status = 0;
	} else {
		conf_start_log(&c);
		status = prune(&c);
	}
	buf_fini(&notices);
	buf_fini(&why);
	conf_fini(&c);
	return status;
}
