/* SPDX-License-Identifier: MIT */
#ifndef NET_TLS_H
#define NET_TLS_H

/*
 * tls: sessions over a pair of descriptors (RFC 8446, RFC 5246).
 *
 * TLS 1.2 and 1.3 with ECDHE and AEAD only. Nothing blocks: what cannot go on
 * says EAGAIN, and tls_wants() which event to wait for. Below a session the
 * descriptors must not be touched. A peer that renegotiates, or whose stream
 * ends without close_notify, is an error (EPROTO), never an end of data.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/cert.h"

struct tls_server; /* what sessions share: priorities, ticket key */
struct tls; /* one session */

/*
 * With tickets, sessions resume; the key lives in this process and those it
 * forks, and nowhere else.
 */
struct tls_server *tls_server_new(bool tickets);
void tls_server_free(struct tls_server *server);

/* Borrows server and cert for the session's life; descriptors stay open. */
struct tls *
tls_new(struct tls_server *server, const struct cert *cert, int in, int out);
void tls_free(struct tls *t);

/*
 * The client's side over one descriptor, for asking a server of ours whether
 * it is up: its certificate is not verified.
 */
struct tls *tls_client_new(int fd);

/*
 * Runs the whole handshake until deadline. Returns 0; or -1 with ETIMEDOUT,
 * EINTR (asked to stop) or EPROTO, and then tls_reason() says more.
 */
int tls_handshake(struct tls *t, int64_t deadline);

const char *tls_reason(const struct tls *t);

/* 0 is the peer's orderly end; -1 with EAGAIN or EPROTO. */
ssize_t tls_read(struct tls *t, void *p, size_t n);
ssize_t tls_write(struct tls *t, const void *p, size_t n);

/* POLLIN or POLLOUT: what the last EAGAIN waits for. */
short tls_wants(const struct tls *t);

/* Octets can be read without waiting. */
bool tls_pending(const struct tls *t);

/* Sends close_notify if that is possible at once. */
void tls_close(struct tls *t);

/* Such as "TLS1.3" and "AES-256-GCM"; valid as long as the session. */
const char *tls_version(const struct tls *t);
const char *tls_cipher(const struct tls *t);

#endif
