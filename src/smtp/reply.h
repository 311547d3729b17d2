/* SPDX-License-Identifier: MIT */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

/*
 * reply: every reply as one row of one table.
 *
 * Codes and texts are Mailpit's where Mailpit has one. Texts never repeat
 * what the client sent. %h stands for the own host name, %a for the program's
 * name with its label, %s for the argument, %n for the message size limit.
 */

#include <stdint.h>

#include "base/buf.h"

#define REPLY_LINE_MAX 512

enum reply {
	REPLY_BANNER,
	REPLY_TLS_READY,
	REPLY_BYE,
	REPLY_AUTH_OK,
	REPLY_HELO,
	REPLY_HELO_NAMED,
	REPLY_OK,
	REPLY_MAIL_OK,
	REPLY_RCPT_OK,
	REPLY_CHUNK_OK,
	REPLY_QUEUED,
	REPLY_DROPPED,
	REPLY_AUTH_PLAIN,
	REPLY_AUTH_USER,
	REPLY_AUTH_PASSWORD,
	REPLY_DATA,
	REPLY_STOPPING,
	REPLY_BROKEN,
	REPLY_TOO_MANY_CONNECTIONS,
	REPLY_TIMEOUT,
	REPLY_TOO_MANY_ERRORS,
	REPLY_TOO_MANY_COMMANDS,
	REPLY_TOO_MANY_MESSAGES,
	REPLY_TOO_MANY_LOGINS,
	REPLY_NOT_SMTP,
	REPLY_DELIVERY_FAILED,
	REPLY_RECIPIENT_DOUBT,
	REPLY_NO_SPACE,
	REPLY_MAILBOX_FULL,
	REPLY_TOO_MANY_RECIPIENTS,
	REPLY_TLS_UNAVAILABLE,
	REPLY_AUTH_UNAVAILABLE,
	REPLY_UNKNOWN_COMMAND,
	REPLY_LINE_TOO_LONG,
	REPLY_AUTH_LINE_TOO_LONG,
	REPLY_BAD_OCTETS,
	REPLY_CONTROL_OCTETS,
	REPLY_NO_ARGUMENT,
	REPLY_AUTH_BASE64,
	REPLY_AUTH_PARSE,
	REPLY_AUTH_CANCELLED,
	REPLY_AUTH_ARGUMENT,
	REPLY_BAD_FROM,
	REPLY_BAD_TO,
	REPLY_BAD_SIZE,
	REPLY_BAD_PARAMETER,
	REPLY_BAD_CHUNK,
	REPLY_NOT_IMPLEMENTED,
	REPLY_HELO_FIRST,
	REPLY_RSET_FIRST,
	REPLY_MAIL_FIRST,
	REPLY_RCPT_FIRST,
	REPLY_CHUNKS_OPEN,
	REPLY_TLS_TWICE,
	REPLY_AUTH_TWICE,
	REPLY_AUTH_IN_MAIL,
	REPLY_AUTH_MECHANISM,
	REPLY_TLS_FIRST,
	REPLY_AUTH_FIRST,
	REPLY_AUTH_REFUSED,
	REPLY_RECIPIENT_REFUSED,
	REPLY_BARE_NEWLINE,
	REPLY_TOO_LARGE,
	REPLY_ADDRESS_TOO_LONG,
	REPLY_BAD_ADDRESS,
	REPLY_INJECTION,
	REPLY_COUNT,
};

struct reply_words {
	const char *host, *app;
	uint64_t max_size;
};

/* The three-digit code. */
int reply_code(enum reply r);

/*
 * Appends the reply as one line with CRLF, cut at REPLY_LINE_MAX; separator is
 * ' ', or '-' when further lines follow. argument may be NULL.
 */
void reply_write(struct buf *out, enum reply r, char separator,
    const struct reply_words *words, const char *argument);

/* What the store's errno means to the client (RFC 3463). */
enum reply reply_for_errno(int error);

#endif
