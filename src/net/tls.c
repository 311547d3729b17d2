/* SPDX-License-Identifier: MIT */
/* tls.c: handshake and transport, by GnuTLS */

#include "net/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/mem.h"

/*
 * Forward secrecy and authenticated encryption only, our order. Tickets are
 * switched on per server, where one process holds their key.
 */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:"
    "+ECDHE-RSA:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:"
    "-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE";

struct tls_server {
	gnutls_priority_t priority;
	bool tickets;
	gnutls_datum_t ticket_key;
};

struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t own; /* of a client; NULL: a server */
	int in, out;
	int reason; /* the last GnuTLS error */
};

struct tls_server *
tls_server_new(bool tickets)
{
	struct tls_server *server = mem_new(sizeof(*server));
	const char *at = "";

	cert_prepare();
	server->tickets = tickets;
	if (gnutls_priority_init(&server->priority, priorities, &at) != 0)
		bug("TLS priorities at \"%s\"", at);
	if (tickets &&
	    gnutls_session_ticket_key_generate(&server->ticket_key) != 0)
		die("no TLS ticket key");
	return server;
}

void
tls_server_free(struct tls_server *server)
{
	if (server == NULL)
		return;
	gnutls_priority_deinit(server->priority);
	if (server->ticket_key.data != NULL)
		explicit_bzero(
		    server->ticket_key.data, server->ticket_key.size);
	gnutls_free(server->ticket_key.data);
	free(server);
}

static ssize_t
pull(gnutls_transport_ptr_t ctx, void *p, size_t n)
{
	struct tls *t = ctx;
	ssize_t got = io_read_now(t->in, p, n);

	if (got < 0)
		gnutls_transport_set_errno(t->session, errno);
	return got;
}

static ssize_t
push(gnutls_transport_ptr_t ctx, const void *p, size_t n)
{
	struct tls *t = ctx;
	ssize_t put = io_write_now(t->out, p, n);

	if (put < 0)
		gnutls_transport_set_errno(t->session, errno);
	return put;
}

static int
pull_timeout(gnutls_transport_ptr_t ctx, unsigned ms)
{
	struct tls *t = ctx;

	/* Deadlines are ours; GnuTLS only asks whether there is input. */
	(void)ms;
	return io_has_input(t->in) ? 1 : 0;
}

static void
attach(struct tls *t, int in, int out)
{
	t->in = in;
	t->out = out;
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, pull);
	gnutls_transport_set_push_function(t->session, push);
	gnutls_transport_set_pull_timeout_function(t->session, pull_timeout);
}

struct tls *
tls_new(struct tls_server *server, const struct cert *cert, int in, int out)
{
	static unsigned char smtp[] = "smtp";
	static const gnutls_datum_t alpn = {smtp, 4};
	static const int on = 1;
	struct tls *t = mem_new(sizeof(*t));
	unsigned flags = GNUTLS_SERVER | GNUTLS_NONBLOCK;

	if (!server->tickets)
		flags |= GNUTLS_NO_TICKETS;
	/*
	 * A handshake and the tickets behind it are several records. Without
	 * this, the last ones wait for the peer's delayed acknowledgement.
	 * What is no TCP socket has no such delay.
	 */
	(void)setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (gnutls_init(&t->session, flags) != 0 ||
	    gnutls_priority_set(t->session, server->priority) != 0 ||
	    gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE,
		cert_credentials(cert)) != 0 ||
	    gnutls_alpn_set_protocols(
		t->session, &alpn, 1, GNUTLS_ALPN_MANDATORY) != 0)
		die("no TLS session");
	if (server->tickets && gnutls_session_ticket_enable_server(
				   t->session, &server->ticket_key) != 0)
		die("no TLS tickets");
	gnutls_certificate_server_set_request(t->session, GNUTLS_CERT_IGNORE);
	attach(t, in, out);
	return t;
}

struct tls *
tls_client_new(int fd)
{
	struct tls *t = mem_new(sizeof(*t));

	cert_prepare();
	if (gnutls_certificate_allocate_credentials(&t->own) != 0 ||
	    gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK) != 0 ||
	    gnutls_set_default_priority(t->session) != 0 ||
	    gnutls_credentials_set(
		t->session, GNUTLS_CRD_CERTIFICATE, t->own) != 0)
		die("no TLS session");
	attach(t, fd, fd);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	gnutls_deinit(t->session);
	if (t->own != NULL)
		gnutls_certificate_free_credentials(t->own);
	free(t);
}

/* Returns -1 and sets errno for a GnuTLS code. */
static int
fail(struct tls *t, int code)
{
	t->reason = code;
	errno = code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED ? EAGAIN
								       : EPROTO;
	return -1;
}

short
tls_wants(const struct tls *t)
{
	return gnutls_record_get_direction(t->session) == 1 ? POLLOUT : POLLIN;
}

int
tls_handshake(struct tls *t, int64_t deadline)
{
	for (;;) {
		int code = gnutls_handshake(t->session);
		short wants;

		if (code == 0)
			return 0;
		/* Also time spent without waiting counts. */
		if (gnutls_error_is_fatal(code)) {
			gnutls_alert_send_appropriate(t->session, code);
			return fail(t, code);
		}
		t->reason = code;
		wants = tls_wants(t);
		if (io_now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (code != GNUTLS_E_AGAIN)
			continue;
		if (io_wait(wants == POLLOUT ? t->out : t->in, wants,
			deadline) != 0)
			return -1;
	}
}

const char *
tls_reason(const struct tls *t)
{
	return gnutls_strerror(t->reason);
}

ssize_t
tls_read(struct tls *t, void *p, size_t n)
{
	ssize_t got = gnutls_record_recv(t->session, p, n);

	/* The peer is told, so that it does not wait for the handshake. */
	if (got == GNUTLS_E_REHANDSHAKE)
		gnutls_alert_send(
		    t->session, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
	return got >= 0 ? got : fail(t, (int)got);
}

ssize_t
tls_write(struct tls *t, const void *p, size_t n)
{
	ssize_t put = gnutls_record_send(t->session, p, n);

	return put >= 0 ? put : fail(t, (int)put);
}

bool
tls_pending(const struct tls *t)
{
	return gnutls_record_check_pending(t->session) > 0;
}

void
tls_close(struct tls *t)
{
	gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

const char *
tls_version(const struct tls *t)
{
	return gnutls_protocol_get_name(
	    gnutls_protocol_get_version(t->session));
}

const char *
tls_cipher(const struct tls *t)
{
	return gnutls_cipher_get_name(gnutls_cipher_get(t->session));
}
