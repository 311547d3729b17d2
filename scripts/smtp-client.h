/* SPDX-License-Identifier: MIT */
#ifndef SCRIPTS_SMTP_CLIENT_H
#define SCRIPTS_SMTP_CLIENT_H

/*
 * smtp-client: the sending side of one connection, for load generators.
 *
 * It checks every reply (RFC 5321 section 4.2) and verifies no certificate.
 * Functions return false when the peer or the system said something else than
 * was wanted; the first such thing is told in why, and the connection is of no
 * use any more. Nothing waits for longer than CLIENT_PATIENCE milliseconds.
 */

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "base/str.h"
#include "net/address.h"

#define CLIENT_PATIENCE 60000
#define CLIENT_REPLY_MAX 8192

struct client {
	int fd; /* -1: not connected */
	gnutls_session_t tls; /* NULL: in clear */
	struct buf in; /* what came, and was not yet asked for */
	struct buf line; /* the last line of the last reply, CRLF removed */
	struct buf why;
};

#define CLIENT_INIT                                                            \
	{                                                                      \
		.fd = -1, .in = BUF_INIT_MAX(CLIENT_REPLY_MAX),                \
		.line = BUF_INIT, .why = BUF_INIT                              \
	}

bool client_connect(struct client *c, const struct address *peer);

/* Makes the handshake; borrows the credentials until client_fini(). */
bool client_handshake(struct client *c, gnutls_certificate_credentials_t cred);

bool client_send(struct client *c, struct str octets);

/* Reads one reply, which must have this code. */
bool client_expect(struct client *c, const char *code);

/* Sends a command, which brings its CRLF along, and reads its reply. */
bool client_ask(struct client *c, const char *command, const char *code);

/* Closes; inside TLS with its notice first. */
void client_fini(struct client *c);

/*
 * Appends the AUTH PLAIN command (RFC 4616 section 2) for "USER:PASSWORD".
 * False: the text has not both.
 */
bool client_auth_plain(struct buf *command, const char *text);

#endif
