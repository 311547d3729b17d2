/* SPDX-License-Identifier: MIT */
#ifndef SMTP_SUBMIT_H
#define SMTP_SUBMIT_H

/*
 * submit: store a message that came without a dialogue.
 *
 * The octets go through the rules that the content of a dialogue has (line
 * ends, findings, our own block on top) and into the Maildir as a delivery.
 */

#include "base/buf.h"
#include "mail/id.h"
#include "mail/maildir.h"
#include "mail/trace.h"

/* The next octets, at most n; 0: the end, -1: errno. EINTR is tried again. */
typedef ssize_t submit_read(void *ctx, char *p, size_t n);

/*
 * Stores it; t->id is filled in here. Returns 0 and the ID, or -1 with a text.
 */
int submit_message(struct maildir *maildir, struct trace *t, submit_read *more,
    void *ctx, char id[ID_SIZE], struct buf *why);

#endif
