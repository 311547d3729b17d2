/* SPDX-License-Identifier: MIT */
/* transaction.c: one message, from its first recipient to its verdict */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/trace.h"
#include "smtp/engine.h"

void
transaction_reset(struct session *s)
{
	struct transaction *tx = &s->tx;

	if (tx->storing)
		s->ops->store_abort(s->ctx);
	if (tx->receiving)
		content_fini(&tx->content);
	for (size_t i = 0; i < tx->recipient_count; i++)
		free(tx->recipients[i]);
	free(tx->recipients);
	buf_fini(&tx->reverse_path);
	buf_fini(&tx->parameters);
	*tx = (struct transaction){
	    .reverse_path = BUF_INIT,
	    .parameters = BUF_INIT_MAX(FINDINGS_TEXT_MAX / 2),
	};
	if (s->phase != PHASE_GREET)
		s->phase = PHASE_READY;
}

void
transaction_add_recipient(struct session *s, struct str mailbox)
{
	struct transaction *tx = &s->tx;

	tx->recipients = mem_grow(
	    tx->recipients, tx->recipient_count + 1, sizeof(*tx->recipients));
	tx->recipients[tx->recipient_count++] = mem_dup(mailbox.p, mailbox.n);
}

static void
write_content(void *ctx, const void *p, size_t n)
{
	struct session *s = ctx;

	if (s->tx.storing)
		s->ops->store_write(s->ctx, p, n);
}

static void
write_trace(struct session *s)
{
	struct buf block = BUF_INIT;
	struct trace t = {
	    .reverse_path = buf_str(&s->tx.reverse_path),
	    .recipients = s->tx.recipients,
	    .recipient_count = s->tx.recipient_count,
	    .helo = buf_str(&s->helo),
	    .address = s->peer,
	    .esmtp = s->esmtp,
	    .utf8 = s->tx.utf8,
	    .tls_version = s->tls_active ? s->tls.version : NULL,
	    .tls_cipher = s->tls.cipher,
	    .user = buf_str(&s->user),
	    .authenticated = s->authenticated,
	    .host = s->config->host,
	    .id = s->tx.id,
	    .time = time(NULL),
	};

	trace_write(&block, &t);
	s->ops->store_write(s->ctx, block.data, block.len);
	buf_fini(&block);
}

static void
begin_store(struct session *s)
{
	const char *id = s->ops->store_begin(s->ctx);

	if (id == NULL) {
		s->tx.store_error = errno;
		return;
	}
	s->tx.storing = true;
	for (size_t i = 0; i < sizeof(s->tx.id) - 1 && id[i] != '\0'; i++)
		s->tx.id[i] = id[i];
	write_trace(s);
}

void
transaction_receive(struct session *s, enum data_mode mode)
{
	struct transaction *tx = &s->tx;

	if (tx->receiving)
		return;
	tx->receiving = true;
	s->data_begun = s->now;
	s->data_octets = 0;
	data_begin(&tx->data, mode);
	content_begin(&tx->content, write_content, s);
	tx->content.repair_header = !s->config->strict_headers;
	tx->content.utf8_announced = tx->utf8;
	tx->content.body_8bit_announced = tx->body_8bit;
	tx->content.max = s->config->max_message_size;
	if (tx->recipient_count > 0)
		begin_store(s);
}

/* Nothing will come of it: give the disk its space back before the end. */
static void
drop_oversized(struct session *s)
{
	if (!s->tx.content.oversized || !s->tx.storing)
		return;
	s->ops->store_abort(s->ctx);
	s->tx.storing = false;
}

size_t
transaction_feed(struct session *s, const char *p, size_t n)
{
	bool ended;
	size_t taken;

	taken =
	    data_feed(&s->tx.data, p, n, &ended, &content_sink, &s->tx.content);
	s->data_octets += taken;
	drop_oversized(s);
	if (ended) {
		s->more_input = taken < n;
		transaction_finish(s);
	}
	return taken;
}

static void
findings_text(struct session *s, struct buf *out)
{
	struct findings all = s->findings;
	struct transaction *tx = &s->tx;

	if (tx->size_announced != 0 && tx->content.size > tx->size_announced)
		finding_note(&tx->findings, FINDING_SIZE_MISMATCH);
	findings_merge(&all, &tx->findings);
	findings_merge(&all, &tx->content.findings);
	findings_write(out, &all);
	buf_add_str(out, buf_str(&tx->parameters));
}

static void
log_message(struct session *s, const char *reply)
{
	struct transaction *tx = &s->tx;
	struct buf to = BUF_INIT_MAX(600);

	for (size_t i = 0; i < tx->recipient_count; i++)
		buf_addf(&to, "%s<%s>", i > 0 ? "," : "", tx->recipients[i]);
	log_info("[smtpd] message id=%s peer=%s tls=%s%s%s user=%.100s "
		 "from=<%.300s> to=%s%s size=%" PRIu64 " reply=%s",
	    tx->id[0] != '\0' ? tx->id : "-",
	    s->peer != NULL ? s->peer : "local",
	    s->tls_active ? s->tls.version : "no", s->tls_active ? ":" : "",
	    s->tls_active ? s->tls.cipher : "",
	    s->authenticated ? s->user.data : "-", tx->reverse_path.data,
	    to.data, to.over ? ",..." : "", tx->content.size, reply);
	buf_fini(&to);
}

static bool
has_bare_newline(const struct session *s)
{
	const struct findings *f = &s->tx.content.findings;

	return f->count[FINDING_BARE_LF] != 0 ||
	       f->count[FINDING_BARE_CR] != 0 ||
	       f->count[FINDING_CR_CR_LF] != 0;
}

/* Tries to make the message safe. Returns what to say. */
static enum reply
commit(struct session *s)
{
	struct buf findings = BUF_INIT_MAX(FINDINGS_TEXT_MAX);
	int rc;

	if (!s->tx.storing)
		return reply_for_errno(s->tx.store_error);
	findings_text(s, &findings);
	rc = s->ops->store_commit(s->ctx, buf_str(&findings));
	s->tx.store_error = errno;
	s->tx.storing = false;
	buf_fini(&findings);
	if (rc == 0)
		return REPLY_QUEUED;
	log_error("[smtpd] cannot store message %s: %s", s->tx.id,
	    strerror(s->tx.store_error));
	return reply_for_errno(s->tx.store_error);
}

static enum reply
verdict(struct session *s)
{
	if (s->tx.content.oversized)
		return REPLY_TOO_LARGE;
	if (s->config->forbid_bare_newline && has_bare_newline(s))
		return REPLY_BARE_NEWLINE;
	if (s->tx.recipient_count == 0)
		return REPLY_DROPPED;
	return commit(s);
}

void
transaction_finish(struct session *s)
{
	enum reply r;
	char code[4] = "250";
	int number;

	content_finish(&s->tx.content);
	r = verdict(s);
	number = reply_code(r);
	for (int i = 2; i >= 0; i--, number /= 10)
		code[i] = (char)('0' + number % 10);
	log_message(s, code);
	if (r == REPLY_QUEUED) {
		s->messages++;
		s->octets += s->tx.content.size;
		s->junk = 0;
	} else if (r == REPLY_DROPPED) {
		s->ignored++;
	} else {
		s->rejected++;
	}
	session_reply_arg(s, r, s->tx.id);
	transaction_reset(s);
	s->input = INPUT_COMMAND;
	s->line_begun = s->now;
}
