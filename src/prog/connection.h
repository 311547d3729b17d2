/* SPDX-License-Identifier: MIT */
#ifndef PROG_CONNECTION_H
#define PROG_CONNECTION_H

/*
 * connection: the pump between one peer and the SMTP engine.
 *
 * Reads, feeds, writes, keeps the deadlines, runs the handshake, and has the
 * Maildir and the passwords done for the engine. One process serves one
 * connection with it.
 */

#include <stdbool.h>

#include "conf/conf.h"
#include "net/address.h"
#include "prog/service.h"
#include "smtp/reply.h"

struct connection_end {
	int in, out; /* descriptors, stay open */
	bool implicit_tls; /* the handshake comes before the banner */
	char peer[ADDRESS_TEXT_MAX]; /* empty: no internet address */
};

/* Serves it to the end. What the peer does is never a failure. */
void
connection_serve(struct service *service, const struct connection_end *end);

/* Says one last reply (a 421) without blocking, for those not served. */
void connection_refuse(const struct conf *conf, int fd, enum reply r);

#endif
