/* SPDX-License-Identifier: MIT */
/* smtp-client.c: say commands and check replies, in clear and inside TLS */

#include "smtp-client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/io.h"

/* Always returns false, so that callers can return it. */
static bool
fail(struct client *c, const char *what, const char *why)
{
	if (c->why.len == 0)
		buf_addf(&c->why, "%s: %s", what, why);
	return false;
}

/* Waits if that is what a code of GnuTLS asks for. */
static bool
wait_tls(struct client *c, const char *what, int code, int64_t deadline)
{
	short events =
	    gnutls_record_get_direction(c->tls) == 1 ? POLLOUT : POLLIN;

	if (code == GNUTLS_E_INTERRUPTED)
		return true;
	if (code != GNUTLS_E_AGAIN) {
		/* Some codes are no error: a ticket came, for one. */
		return !gnutls_error_is_fatal(code) ||
		       fail(c, what, gnutls_strerror(code));
	}
	return io_wait(c->fd, events, deadline) == 0 ||
	       fail(c, what, strerror(errno));
}

static bool
wait_clear(struct client *c, const char *what, short events, int64_t deadline)
{
	return (errno == EAGAIN && io_wait(c->fd, events, deadline) == 0) ||
	       fail(c, what, strerror(errno));
}

bool
client_connect(struct client *c, const struct address *peer)
{
	c->fd = address_connect(peer, CLIENT_PATIENCE);
	return c->fd >= 0 || fail(c, "connect", strerror(errno));
}

bool
client_handshake(struct client *c, gnutls_certificate_credentials_t cred)
{
	int64_t deadline = io_now() + CLIENT_PATIENCE;
	int code;

	/* What was said in clear is no part of the TLS session. */
	if (c->in.len != 0)
		return fail(c, "TLS", "octets before the handshake");
	code = gnutls_init(
	    &c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (code == 0)
		code = gnutls_set_default_priority(c->tls);
	if (code == 0)
		code = gnutls_credentials_set(
		    c->tls, GNUTLS_CRD_CERTIFICATE, cred);
	if (code != 0)
		return fail(c, "TLS", gnutls_strerror(code));
	gnutls_transport_set_int(c->tls, c->fd);
	while ((code = gnutls_handshake(c->tls)) != 0)
		if (!wait_tls(c, "TLS", code, deadline))
			return false;
	return true;
}

bool
client_send(struct client *c, struct str octets)
{
	int64_t deadline = io_now() + CLIENT_PATIENCE;

	while (octets.n > 0) {
		ssize_t n = c->tls != NULL
				? gnutls_record_send(c->tls, octets.p, octets.n)
				: io_write_now(c->fd, octets.p, octets.n);

		if (n >= 0)
			octets = str_skip(octets, (size_t)n);
		else if (!(c->tls != NULL
				 ? wait_tls(c, "send", (int)n, deadline)
				 : wait_clear(c, "send", POLLOUT, deadline)))
			return false;
	}
	return true;
}

/* Appends what comes to the input. */
static bool
receive(struct client *c)
{
	int64_t deadline = io_now() + CLIENT_PATIENCE;
	char chunk[2048];

	for (;;) {
		ssize_t n =
		    c->tls != NULL
			? gnutls_record_recv(c->tls, chunk, sizeof(chunk))
			: io_read_now(c->fd, chunk, sizeof(chunk));

		if (n == 0)
			return fail(c, "receive", "the peer closed");
		if (n > 0) {
			buf_add(&c->in, chunk, (size_t)n);
			return !c->in.over || fail(c, "receive", "too much");
		}
		if (!(c->tls != NULL
			    ? wait_tls(c, "receive", (int)n, deadline)
			    : wait_clear(c, "receive", POLLIN, deadline)))
			return false;
	}
}

bool
client_expect(struct client *c, const char *code)
{
	bool more = true;

	/* All lines of a reply but the last have '-' behind the code. */
	while (more) {
		struct str rest = buf_str(&c->in), line;

		if (str_find(rest, '\n') == rest.n) {
			if (!receive(c))
				return false;
			continue;
		}
		line = str_cut(&rest, '\n');
		buf_reset(&c->line);
		buf_add(&c->line, line.p, line.n);
		buf_consume(&c->in, c->in.len - rest.n);
		line = buf_str(&c->line);
		if (line.n < 5 || line.p[line.n - 1] != '\r' ||
		    !str_begins(line, str_of(code)) ||
		    (line.p[3] != ' ' && line.p[3] != '-'))
			return fail(c, code, c->line.data);
		more = line.p[3] == '-';
		buf_truncate(&c->line, line.n - 1);
	}
	return true;
}

bool
client_ask(struct client *c, const char *command, const char *code)
{
	return client_send(c, str_of(command)) && client_expect(c, code);
}

void
client_fini(struct client *c)
{
	if (c->tls != NULL) {
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(c->tls);
	}
	if (c->fd >= 0)
		close(c->fd);
	buf_fini(&c->in);
	buf_fini(&c->line);
	buf_fini(&c->why);
	*c = (struct client)CLIENT_INIT;
}

bool
client_auth_plain(struct buf *command, const char *text)
{
	struct str password = str_of(text);
	struct str user = str_cut(&password, ':');
	struct buf plain = BUF_INIT;

	buf_addf(&plain, "%c%.*s%c%s", 0, STR_ARG(user), 0, password.p);
	buf_reset(command);
	buf_adds(command, "AUTH PLAIN ");
	codec_base64_encode(command, buf_str(&plain));
	buf_adds(command, "\r\n");
	buf_fini(&plain);
	return user.n > 0 && password.n > 0;
}
