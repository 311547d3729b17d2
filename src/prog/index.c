/* SPDX-License-Identifier: MIT */
/* index.c: build the index of the pages and the API ahead of questions */

#include <stdio.h>
#include <sysexits.h>

#include "base/log.h"
#include "prog/index_conf.h"

static bool
skip_row(void *arg, const struct index_row *row)
{
	(void)arg;
	(void)row;
	return false;
}

static int
build(struct index *x)
{
	const struct index_page none = {.limit = 0};
	struct index_counts counts;

	if (index_build(x) != 0 ||
	    index_list(x, NULL, &none, &counts, skip_row, NULL) != 0)
		return EX_TEMPFAIL;
	log_info("[index] %llu messages, %llu unread, %llu octets",
	    (unsigned long long)counts.total, (unsigned long long)counts.unread,
	    (unsigned long long)index_size(x));
	return 0;
}

static int
open_and_build(const struct conf *c)
{
	struct buf why = BUF_INIT;
	struct index *x = index_conf_open(c, 0, &why);
	int status = EX_CANTCREAT;

	if (x == NULL)
		log_error("[index] %s", why.data);
	else
		status = build(x);
	index_close(x);
	buf_fini(&why);
	return status;
}

int
main(int argc, char **argv)
{
	struct buf notices = BUF_INIT, why = BUF_INIT;
	enum option_verdict verdict;
	struct conf c;
	int operand, status = 0;

	verdict = conf_read(&c, argc, argv, &operand, &notices, &why);
	if (verdict == OPTION_OK && operand < argc) {
		buf_addf(&why, "index takes no operand: %s", argv[operand]);
		verdict = OPTION_USAGE;
	}
	if (verdict == OPTION_OK && !c.help &&
	    (!conf_settle(&c, &notices, &why) ||
		!conf_settle_web(&c, &notices, &why)))
		verdict = OPTION_CONFIG;
	if (verdict != OPTION_OK) {
		log_error("[index] %s", why.data);
		status = verdict == OPTION_USAGE ? EX_USAGE : EX_CONFIG;
	} else if (c.help) {
		printf("usage: mailpit index [--maildir DIR] [--index-dir DIR] "
		       "[--quiet]\n");
	} else {
		conf_start_log(&c);
		status = open_and_build(&c);
	}
	buf_fini(&notices);
	buf_fini(&why);
	conf_fini(&c);
	return status;
}
