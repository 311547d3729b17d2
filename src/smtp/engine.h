/* SPDX-License-Identifier: MIT */
#ifndef SMTP_ENGINE_H
#define SMTP_ENGINE_H

/*
 * engine: what the files of the SMTP engine share; private to src/smtp.
 *
 * session.c      lines in, dispatch, life and death
 * verb.c         one handler per command
 * auth.c         the dialogue behind AUTH
 * params.c       MAIL and RCPT parameters
 * transaction.c  one message: envelope, content, verdict
 *
 * struct session lives as long as the connection, struct transaction as long
 * as one message; transaction_reset() is the one way to end it.
 */

#include "smtp/content.h"
#include "smtp/data.h"
#include "smtp/finding.h"
#include "smtp/session.h"

#define COMMAND_LINE_MAX 2048
#define AUTH_LINE_MAX 12290
#define FINDINGS_TEXT_MAX (64u * 1024)
#define REPLIES_KEPT 8
#define USER_MAX 1024

/* A mask, so that a table row can name several. */
enum phase {
	PHASE_GREET = 1 << 0, /* nothing said yet */
	PHASE_READY = 1 << 1,
	PHASE_MAIL = 1 << 2, /* a reverse-path stands */
	PHASE_RCPT = 1 << 3, /* at least one recipient stands */
	PHASE_BDAT = 1 << 4, /* chunks came, the last did not */
};
#define PHASE_ANY 31u

/* What the next input octets are. */
enum input {
	INPUT_COMMAND,
	INPUT_AUTH,
	INPUT_DATA,
	INPUT_CHUNK,
};

struct transaction {
	struct buf reverse_path;
	char **recipients;
	size_t recipient_count;
	size_t dropped; /* recipients accepted only in words */
	bool utf8, body_8bit;
	uint64_t size_announced;
	struct findings findings;
	struct buf parameters; /* lines for the findings file */

	bool receiving; /* content was begun */
	bool storing; /* the store was begun */
	int store_error;
	struct data data;
	struct content content;
	char id[32];
};

/* The dialogue behind AUTH. */
struct sasl {
	enum {
		SASL_PLAIN,
		SASL_LOGIN_USER,
		SASL_LOGIN_PASSWORD
	} step;
	struct buf user; /* of LOGIN */
};

struct session {
	const struct session_config *config;
	const struct session_ops *ops;
	void *ctx;
	const char *peer, *id;

	enum phase phase;
	enum input input;
	enum session_next next, after_pause;
	enum session_end how;
	bool esmtp;
	struct buf helo;
	bool tls_active;
	struct session_tls tls;
	bool authenticated;
	struct buf user;
	struct sasl sasl;

	int64_t now; /* as the pump last said */
	int64_t line_begun; /* since when a command is waited for */
	int64_t pause_until;
	size_t tls_reply; /* where the 220 of STARTTLS begins in out */

	struct buf line; /* the command line in the making */
	bool line_over;
	bool line_lf; /* the last line ended in a bare LF */
	bool more_input; /* octets follow the line at hand */

	int64_t data_begun; /* message, or refused chunk */
	uint64_t data_octets; /* received since then */
	uint64_t chunk_left;
	bool chunk_last;
	enum reply chunk_refusal; /* REPLY_CHUNK_OK: it is content */
	const char *chunk_argument;

	struct transaction tx;
	struct findings findings; /* of the session, for all its messages */
	struct buf out;

	unsigned errors, junk, auth_failures;
	uint64_t messages, octets, rejected, ignored;
	char *replies[REPLIES_KEPT];
	size_t reply_count;
};

/* Queues a reply; 4xx and 5xx are logged, kept and counted as errors. */
void session_reply(struct session *s, enum reply r);
void session_reply_arg(struct session *s, enum reply r, const char *argument);

/* As session_reply_arg, as a line that others follow. */
void session_reply_part(struct session *s, enum reply r, const char *argument);

/* Queues the reply, which is a 421 or says why, and closes. */
void session_close(struct session *s, enum reply r);

/* verb.c: finds the row, checks what the row says, calls the handler. */
void verb_dispatch(struct session *s, struct str line);

/* The verb has a row of its own. */
bool verb_is_known(struct str name);

/* A chunk was read in full: its reply, and what follows from it. */
void verb_chunk_end(struct session *s);

/* auth.c */
void auth_begin(struct session *s, struct str argument);
void auth_line(struct session *s, struct str line);
bool auth_is_offered(const struct session *s);

/* params.c: false after the reply was sent. */
bool params_mail(struct session *s, struct str parameters);
bool
params_rcpt(struct session *s, struct str recipient, struct str parameters);

/* transaction.c */
void transaction_reset(struct session *s);
void transaction_add_recipient(struct session *s, struct str mailbox);
void transaction_receive(struct session *s, enum data_mode mode);
/* Content octets; returns how many were taken. */
size_t transaction_feed(struct session *s, const char *p, size_t n);
/* The true end of the message: verdict, reply, reset. */
void transaction_finish(struct session *s);

#endif
