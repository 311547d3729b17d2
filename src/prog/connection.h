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
#include "conf/secrets.h"
#include "mail/id.h"
#include "mail/maildir.h"
#include "net/confine.h"
#include "net/address.h"
#include "net/tls.h"
#include "smtp/session.h"

/* What all connections have in common. */
struct service {
	const struct conf *conf;
	struct session_config session;
	struct secrets secrets;
	struct tls_server *tls; /* NULL: no certificate is configured */
	struct confine *confine; /* what a serving process enters */
};

/* Derives it from a settled configuration; nothing is loaded yet. */
void
service_init(struct service *service, const struct conf *conf, bool tickets);
void service_fini(struct service *service);

struct connection_end {
	int in, out; /* descriptors, stay open */
	bool implicit_tls; /* the handshake comes before the banner */
	char peer[ADDRESS_TEXT_MAX]; /* empty: no internet address */
};

/*
 * Prepares the confinement; reads_secrets for a process that loads its own
 * certificate and passwords later. False: it is required and not to be had,
 * logged.
 */
bool service_prepare_confinement(struct service *service, bool reads_secrets);

/* Enters it. False: it is required and was refused, logged. */
bool service_confine(const struct service *service);

/* Serves it to the end. What the peer does is never a failure. */
void
connection_serve(struct service *service, const struct connection_end *end);

/* Says one last reply (a 421) without blocking, for those not served. */
void connection_refuse(const struct conf *conf, int fd, enum reply r);

#endif
