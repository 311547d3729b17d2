/* SPDX-License-Identifier: MIT */
#ifndef PROG_LISTENERS_H
#define PROG_LISTENERS_H

/*
 * listeners: the sockets a server accepts on: bound by itself, or handed over
 * by systemd or inetd.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

#define LISTENERS_MAX (2 * ADDRESS_SOCKETS_MAX)

struct listeners {
	struct pollfd fds[LISTENERS_MAX];
	bool implicit_tls[LISTENERS_MAX];
	size_t count;
	bool ours; /* bound by us: socket files go when we go */
};

/* Binds what the configuration names. False: nothing is bound, logged. */
bool listeners_bind(struct listeners *l, const struct conf *conf);

/* Takes what was handed over. False: one of them does not fit, logged. */
bool listeners_take(struct listeners *l, const struct conf *conf);

/* In a child: they are its parent's. */
void listeners_forget(struct listeners *l);

/* Closes them all. */
void listeners_close(struct listeners *l, const struct conf *conf);

#endif
