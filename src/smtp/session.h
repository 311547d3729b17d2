/* SPDX-License-Identifier: MIT */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

/*
 * session: the SMTP engine (RFC 5321 and the extensions that EHLO offers).
 *
 * Octets in, reply octets out, and one value that says what comes next. It
 * reads no descriptor, knows no clock but the one it is handed, and reaches
 * passwords, TLS and the store through the functions of session_ops. One
 * session lives as long as one connection.
 *
 * The pump around it does: write out what session_output() holds, then act on
 * session_next(). All memory is bounded by constants and by the limits of
 * session_config. Nothing here fails but by replies to the peer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/pattern.h"
#include "smtp/reply.h"

/* Borrowed by the session for all its life, shared by any number of them. */
struct session_config {
	const char *host, *app; /* for replies; app with the label */
	uint64_t max_message_size; /* octets; 0: no limit */
	size_t max_recipients;
	const struct pattern *allowed_recipients; /* NULL: all */
	bool ignore_rejected_recipients;
	bool starttls; /* there is a certificate */
	bool require_tls; /* for everything to do with mail */
	bool auth, require_auth;
	bool auth_insecure; /* AUTH without TLS */
	bool strict_headers; /* no repair of CR CR LF */
	bool forbid_bare_newline;
	unsigned max_errors, max_junk, max_auth_failures, max_messages;
	int64_t command_timeout, data_timeout; /* milliseconds */
};

enum session_auth {
	SESSION_AUTH_ACCEPTED,
	SESSION_AUTH_REFUSED,
	SESSION_AUTH_UNAVAILABLE,
};

/* What the engine has done for it; ctx comes first everywhere. */
struct session_ops {
	/* A TLS handshake could begin now. */
	bool (*tls_available)(void *ctx);

	enum session_auth (*authenticate)(
	    void *ctx, struct str user, struct str password);

	/*
	 * Begins storing a message. Returns its ID, valid until store_commit
	 * or store_abort, or NULL with errno.
	 */
	const char *(*store_begin)(void *ctx);
	/* Errors are sticky until store_commit. */
	void (*store_write)(void *ctx, const void *p, size_t n);
	/* 0: the message and its findings are safe. -1 with errno: gone. */
	int (*store_commit)(void *ctx, struct str findings);
	void (*store_abort)(void *ctx);
};

struct session_tls {
	const char *version, *cipher; /* borrowed for the session's life */
};

enum session_next {
	SESSION_INPUT, /* feed it */
	SESSION_TLS, /* flush, handshake, then session_tls_started() */
	SESSION_PAUSE, /* wait until session_deadline(), session_resume() */
	SESSION_CLOSE, /* flush, close */
};

/* How a session came to its end, for the session line. */
enum session_end {
	SESSION_END_QUIT,
	SESSION_END_EOF,
	SESSION_END_TIMEOUT,
	SESSION_END_ERROR,
	SESSION_END_STOP,
};

struct session;

/*
 * Begins a session. peer is the address in printable form or NULL; id names
 * the session in logs. Both are borrowed for its life.
 */
struct session *session_new(const struct session_config *config,
    const struct session_ops *ops, void *ctx, const char *peer, const char *id);

/* Drops an unfinished message and releases everything. */
void session_free(struct session *s);

/* TLS stands from the first octet (implicit TLS). Before session_greet(). */
void session_tls_implicit(struct session *s, struct session_tls tls);

/* Queues the banner; early: the client has already sent something. */
void session_greet(struct session *s, bool early, int64_t now);

/*
 * Takes octets and returns how many; fewer than n only when session_next() is
 * no longer SESSION_INPUT. What was not taken must be fed again later, but
 * must be thrown away after SESSION_TLS and SESSION_CLOSE.
 */
size_t session_feed(struct session *s, const char *p, size_t n, int64_t now);

enum session_next session_next(const struct session *s);

/* When the patience with the client, or the pause, is over. */
int64_t session_deadline(const struct session *s);

/* Replies to be written; the pump consumes what it wrote. */
struct buf *session_output(struct session *s);

/*
 * The handshake is done. All that the client said before is forgotten.
 */
void
session_tls_started(struct session *s, struct session_tls tls, int64_t now);

/* Clear octets came behind STARTTLS: 554 and close, instead of the 220. */
void session_tls_injected(struct session *s);

void session_resume(struct session *s, int64_t now);

/*
 * The connection is over: an unfinished message is dropped; for a timeout and
 * a stop a 421 is queued, to be written if the peer still takes it.
 */
void session_end(struct session *s, enum session_end how);

/* Between commands and messages: an end here loses nothing. */
bool session_is_idle(const struct session *s);

/* Appends the line for the session log (maildir-layout/README.md). */
void session_summary(const struct session *s, struct buf *out);

#endif
