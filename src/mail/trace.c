/* SPDX-License-Identifier: MIT */
/* trace.c: the header block on top of a stored message */

#include "mail/trace.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/mem.h"
#include "mail/addr.h"
#include "mail/stamp.h"

static const char *const protocols[2][2][2] = {
    /* [utf8][tls][authenticated] */
    {{"ESMTP", "ESMTPA"}, {"ESMTPS", "ESMTPSA"}},
    {{"UTF8SMTP", "UTF8SMTPA"}, {"UTF8SMTPS", "UTF8SMTPSA"}},
};

const char *
trace_protocol(const struct trace *t)
{
	bool tls = t->tls_version != NULL;

	if (!t->esmtp && !tls && !t->authenticated && !t->utf8)
		return "SMTP";
	return protocols[t->utf8][tls][t->authenticated];
}

char *
trace_own_host(void)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 ||
	    !addr_is_domain(str_of(name)) || name[0] == '[')
		return mem_dups("localhost");
	return mem_dups(name);
}

static void
add_peer(struct buf *out, const struct trace *t)
{
	buf_adds(out, "Received: from ");
	if (addr_is_domain(t->helo))
		buf_add_str(out, t->helo);
	else
		buf_adds(out, "unknown");
	if (t->address == NULL)
		buf_adds(out, " ([local])\n");
	else
		buf_addf(out, " ([%s%s])\n",
		    strchr(t->address, ':') != NULL ? "IPv6:" : "", t->address);
}

static void
add_security(struct buf *out, const struct trace *t)
{
	if (t->tls_version == NULL && !t->authenticated)
		return;
	buf_adds(out, "\t(");
	if (t->tls_version != NULL)
		buf_addf(out, "%s:%s", t->tls_version, t->tls_cipher);
	if (t->authenticated) {
		buf_adds(out, t->tls_version != NULL ? " auth=" : "auth=");
		codec_xtext_encode(out, t->user);
	}
	buf_adds(out, ")\n");
}

void
trace_write(struct buf *out, const struct trace *t)
{
	buf_adds(out, "Return-Path: <");
	buf_add_str(out, t->reverse_path);
	buf_adds(out, ">\n");
	for (size_t i = 0; i < t->recipient_count; i++) {
		buf_adds(out, "Delivered-To: ");
		buf_adds(out, t->recipients[i]);
		buf_addc(out, '\n');
	}
	add_peer(out, t);
	add_security(out, t);
	buf_addf(out, "\tby %s (Mailpit) with %s\n\tid %s; ", t->host,
	    trace_protocol(t), t->id);
	stamp_utc(out, t->time);
	buf_addc(out, '\n');
}
