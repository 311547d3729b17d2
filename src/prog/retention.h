/* SPDX-License-Identifier: MIT */
#ifndef PROG_RETENTION_H
#define PROG_RETENTION_H

/*
 * retention: what --max and --max-age ask for, done now and again by the
 * server, or once by mailpit prune.
 */

#include <stdbool.h>

#include "conf/conf.h"
#include "mail/maildir.h"

/* There is a limit at all. */
bool retention_has_limits(const struct conf *c);

/*
 * Prunes the Maildir. Returns 0 or an exit status, logged. *done is filled
 * unless that is EX_CANTCREAT: the Maildir cannot be opened.
 */
int retention_apply(const struct conf *c, struct maildir_pruned *done);

#endif
