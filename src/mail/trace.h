/* SPDX-License-Identifier: MIT */
#ifndef MAIL_TRACE_H
#define MAIL_TRACE_H

/*
 * trace: the closed block of header fields that we put on top of a message.
 *
 * Return-Path, one Delivered-To per recipient, Received with the message ID
 * last (RFC 5321 section 4.4, RFC 3848). Only validated values go in: what
 * the peer said of itself must be a domain or it is written as "unknown", a
 * user name is encoded (xtext). The API reads the envelope from this block
 * and from nothing else. Lines end in LF.
 */

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/str.h"

struct trace {
	struct str reverse_path; /* without brackets; empty: null */
	char *const *recipients;
	size_t recipient_count;
	struct str helo; /* as said; empty: nothing said */
	const char *address; /* of the peer; NULL: it has none */
	bool esmtp, utf8;
	const char *tls_version; /* NULL: no TLS */
	const char *tls_cipher;
	struct str user; /* meaningful if authenticated */
	bool authenticated;
	const char *host;
	const char *id;
	time_t time;
};

/* The "with" protocol: SMTP, ESMTP, ESMTPSA, UTF8SMTPS, ... */
const char *trace_protocol(const struct trace *t);

/*
 * This machine's name, owned; "localhost" where that is no domain, so that it
 * is fit for the block and for replies.
 */
char *trace_own_host(void);

/* Appends the block; the empty line behind the headers is not part of it. */
void trace_write(struct buf *out, const struct trace *t);

#endif
