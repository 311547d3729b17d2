/* SPDX-License-Identifier: MIT */
#ifndef PROG_SERVICE_H
#define PROG_SERVICE_H

/*
 * service: what all connections have in common.
 *
 * It borrows the configuration and owns the rest. A process that forks has one
 * for all its children, which enter the confinement each for itself; a process
 * for one connection has its own.
 */

#include <stdbool.h>

#include "conf/conf.h"
#include "conf/secrets.h"
#include "net/confine.h"
#include "net/tls.h"
#include "smtp/session.h"

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

/*
 * Prepares the confinement; reads_secrets for a process that loads its own
 * certificate and passwords later. False: it is required and not to be had,
 * logged.
 */
bool service_prepare_confinement(struct service *service, bool reads_secrets);

/* Enters it. False: it is required and was refused, logged. */
bool service_confine(const struct service *service);

#endif
