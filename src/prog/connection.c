/* SPDX-License-Identifier: MIT */
/* connection.c: between one peer and the SMTP engine */

#include "prog/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/side.h"
#include "net/stream.h"

#define INPUT_SIZE 65536
#define OUTPUT_ENOUGH 16384
#define LINGER_TIME 2000
#define LINGER_OCTETS (1024 * 1024)

struct connection {
	struct service *service;
	const struct connection_end *end;
	struct stream stream;
	struct session *session;
	struct maildir maildir;
	bool maildir_open;
	bool unwritable; /* the peer takes nothing any more */
	struct delivery delivery;
	char id[ID_SIZE];
	char *input;
	size_t have, at; /* octets in input, and those the engine took */
	size_t most; /* octets ever in it; the rest is never touched */
};

static bool
tls_available(void *ctx)
{
	struct connection *c = ctx;

	return secrets_cert(&c->service->secrets) != NULL;
}

static enum session_auth
authenticate(void *ctx, struct str user, struct str password)
{
	static const enum session_auth meanings[] = {
	    [PASSWD_ACCEPTED] = SESSION_AUTH_ACCEPTED,
	    [PASSWD_REFUSED] = SESSION_AUTH_REFUSED,
	    [PASSWD_UNAVAILABLE] = SESSION_AUTH_UNAVAILABLE,
	};
	struct connection *c = ctx;
	const struct passwd *list;

	if (c->service->conf->auth_accept_any)
		return SESSION_AUTH_ACCEPTED;
	list = secrets_passwd(&c->service->secrets);
	if (list == NULL)
		return SESSION_AUTH_UNAVAILABLE;
	return meanings[passwd_verify(list, user, password)];
}

/* Opens the Maildir if it is not open; a missing one may come back. */
static int
open_maildir(struct connection *c)
{
	const struct conf *conf = c->service->conf;

	if (c->maildir_open)
		return 0;
	if (maildir_open(&c->maildir, conf->maildir_path,
		conf->no_fsync ? MAILDIR_NO_SYNC : 0) != 0)
		return -1;
	c->maildir_open = true;
	return 0;
}

static void
close_maildir(struct connection *c)
{
	if (c->maildir_open)
		maildir_close(&c->maildir);
	c->maildir_open = false;
}

static const char *
store_begin(void *ctx)
{
	struct connection *c = ctx;

	if (open_maildir(c) != 0) {
		log_error("[smtpd] Maildir %s: %s",
		    c->service->conf->maildir_path, strerror(errno));
		return NULL;
	}
	if (delivery_begin(&c->delivery, &c->maildir) == 0)
		return delivery_id(&c->delivery);
	log_error("[smtpd] Maildir %s: %s", c->service->conf->maildir_path,
	    strerror(errno));
	/* Its folders may be gone: the next message looks again. */
	close_maildir(c);
	return NULL;
}

static void
store_write(void *ctx, const void *p, size_t n)
{
	struct connection *c = ctx;

	delivery_write(&c->delivery, p, n);
}

static void
store_abort(void *ctx)
{
	struct connection *c = ctx;

	delivery_abort(&c->delivery);
}

static int
store_commit(void *ctx, struct str findings)
{
	struct connection *c = ctx;
	int saved;

	if (side_commit(&c->maildir, &c->delivery, findings) == 0)
		return 0;
	saved = errno;
	close_maildir(c);
	errno = saved;
	return -1;
}

static const struct session_ops ops = {
    .tls_available = tls_available,
    .authenticate = authenticate,
    .store_begin = store_begin,
    .store_write = store_write,
    .store_commit = store_commit,
    .store_abort = store_abort,
};

/* Writes the replies that are due. Returns 0 or -1. */
static int
flush(struct connection *c)
{
	struct buf *out = session_output(c->session);
	int rc = 0;

	if (out->len == 0)
		return 0;
	/*
	 * A write that failed may have sent a part. What is said then is no
	 * reply any more, and inside TLS the record that was begun would have
	 * to be finished with the octets it was begun with.
	 */
	if (!c->unwritable)
		rc = stream_write(&c->stream, out->data, out->len,
		    io_now() + c->service->session.command_timeout);
	if (rc != 0)
		c->unwritable = true;
	buf_reset(out);
	return rc;
}

/* The connection broke, or its time is over. */
static void
lose(struct connection *c)
{
	enum session_end how = SESSION_END_ERROR;

	if (errno == ETIMEDOUT)
		how = SESSION_END_TIMEOUT;
	else if (errno == EINTR)
		how = SESSION_END_STOP;
	else if (errno == 0 || errno == ECONNRESET || errno == EPIPE)
		how = SESSION_END_EOF;
	/* Many clients leave TLS without a word; between messages, let them. */
	else if (errno == EPROTO && session_is_idle(c->session))
		how = SESSION_END_EOF;
	else
		log_warning("[smtpd] connection lost: %s",
		    errno == EPROTO && c->stream.tls != NULL
			? tls_reason(c->stream.tls)
			: strerror(errno));
	session_end(c->session, how);
}

/* Only what was ever filled needs wiping, and a page that was not is free. */
static void
note_input(struct connection *c, size_t n)
{
	if (n > c->most)
		c->most = n;
}

/* Takes what there is to take. Returns 0; -1 when the connection is over. */
static int
take_input(struct connection *c)
{
	int64_t deadline;
	ssize_t got;

	if (c->at < c->have) {
		c->at += session_feed(
		    c->session, c->input + c->at, c->have - c->at, io_now());
		/* What comes before a pause or a handshake waits for it. */
		if (session_next(c->session) != SESSION_INPUT ||
		    session_output(c->session)->len <= OUTPUT_ENOUGH)
			return 0;
		return flush(c);
	}
	/* Only now: replies to a group of commands leave together. */
	if (flush(c) != 0)
		return -1;
	if (io_stopping()) {
		errno = EINTR;
		return -1;
	}
	deadline = session_deadline(c->session);
	/* Octets that are always there already must not renew the time. */
	if (io_now() >= deadline) {
		errno = ETIMEDOUT;
		return -1;
	}
	got = stream_read(&c->stream, c->input, INPUT_SIZE, deadline);
	if (got < 0)
		return -1;
	c->at = 0;
	c->have = (size_t)got;
	note_input(c, c->have);
	errno = 0;
	return got == 0 ? -1 : 0;
}

/* Returns 0 and the session's facts, or -1. */
static int
handshake(struct connection *c, struct session_tls *facts)
{
	const struct cert *cert = secrets_cert(&c->service->secrets);
	struct tls *tls;

	if (cert == NULL) {
		errno = EPROTO;
		return -1;
	}
	tls = tls_new(c->service->tls, cert, c->stream.in, c->stream.out);
	c->stream.tls = tls;
	if (tls_handshake(tls,
		io_now() + c->service->conf->handshake_timeout * 1000) != 0) {
		log_warning("[smtpd] TLS handshake with %s failed: %s",
		    c->end->peer[0] != '\0' ? c->end->peer : "local",
		    errno == EPROTO ? tls_reason(tls) : strerror(errno));
		return -1;
	}
	*facts = (struct session_tls){tls_version(tls), tls_cipher(tls)};
	return 0;
}

/* STARTTLS was accepted. Returns 0; -1 when the connection is over. */
static int
start_tls(struct connection *c)
{
	struct session_tls facts;

	/* Whatever came before our 220 was not said inside TLS. */
	if (c->at < c->have || stream_has_input(&c->stream)) {
		session_tls_injected(c->session);
		return 0;
	}
	if (flush(c) != 0)
		return -1;
	c->at = c->have = 0;
	if (handshake(c, &facts) != 0) {
		/* Not a word in clear any more. */
		session_end(c->session, SESSION_END_ERROR);
		buf_reset(session_output(c->session));
		return 0;
	}
	session_tls_started(c->session, facts, io_now());
	return 0;
}

static int
pause_for(struct connection *c)
{
	io_wait(-1, 0, session_deadline(c->session));
	if (io_stopping()) {
		errno = EINTR;
		return -1;
	}
	session_resume(c->session, io_now());
	return 0;
}

static void
converse(struct connection *c)
{
	for (;;) {
		int rc = 0;

		switch (session_next(c->session)) {
		case SESSION_INPUT:
			rc = take_input(c);
			break;
		case SESSION_TLS:
			rc = start_tls(c);
			break;
		case SESSION_PAUSE:
			rc = pause_for(c);
			break;
		case SESSION_CLOSE:
			flush(c);
			return;
		}
		if (rc != 0)
			lose(c);
	}
}

/*
 * Closing a socket with unread input resets the connection, and the peer may
 * lose our last reply: so read a little more, and forget it.
 */
static void
linger(struct connection *c)
{
	int64_t deadline = io_now() + LINGER_TIME;
	size_t total = 0;

	if (shutdown(c->stream.out, SHUT_WR) != 0)
		return;
	while (total < LINGER_OCTETS) {
		ssize_t got = io_read_now(c->stream.in, c->input, INPUT_SIZE);

		if (got > 0) {
			total += (size_t)got;
			note_input(c, (size_t)got);
		} else if (got == 0 || errno != EAGAIN ||
			   io_wait(c->stream.in, POLLIN, deadline) != 0)
			return;
	}
}

static void
log_session(struct connection *c)
{
	struct buf line = BUF_INIT;

	session_summary(c->session, &line);
	if (open_maildir(c) != 0 ||
	    side_log_session(&c->maildir, buf_str(&line)) != 0)
		log_warning("[smtpd] no session line in %s: %s",
		    c->service->conf->maildir_path, strerror(errno));
	log_debug("[smtpd] session ended: %s", line.data);
	buf_fini(&line);
}

/* Returns whether there is a conversation to be had. */
static bool
begin(struct connection *c)
{
	struct session_tls facts;
	bool early;

	if (c->end->implicit_tls) {
		if (handshake(c, &facts) != 0)
			return false;
		session_tls_implicit(c->session, facts);
	}
	early = c->stream.tls == NULL && stream_has_input(&c->stream);
	session_greet(c->session, early, io_now());
	return true;
}

void
connection_serve(struct service *service, const struct connection_end *end)
{
	struct connection c = {
	    .service = service,
	    .end = end,
	    .stream = {.in = end->in, .out = end->out},
	    .input = mem_grow(NULL, INPUT_SIZE, 1),
	};

	id_fresh(c.id);
	log_set_session(c.id);
	c.session = session_new(&service->session, &ops, &c,
	    end->peer[0] != '\0' ? end->peer : NULL, c.id);
	if (begin(&c)) {
		converse(&c);
		if (c.stream.tls != NULL)
			tls_close(c.stream.tls);
		linger(&c);
	}
	log_session(&c);
	session_free(c.session);
	close_maildir(&c);
	tls_free(c.stream.tls);
	explicit_bzero(c.input, c.most);
	free(c.input);
	log_set_session(NULL);
}

void
connection_refuse(const struct conf *conf, int fd, enum reply r)
{
	struct reply_words words = {.host = conf->host, .app = conf->app};
	struct buf out = BUF_INIT;
	ssize_t put;

	reply_write(&out, r, ' ', &words, NULL);
	put = io_write_now(fd, out.data, out.len);
	if (put < 0)
		log_debug("[smtpd] peer not told: %s", strerror(errno));
	buf_fini(&out);
}
