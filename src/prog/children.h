/* SPDX-License-Identifier: MIT */
#ifndef PROG_CHILDREN_H
#define PROG_CHILDREN_H

/*
 * children: the processes that serve one connection each, and where their
 * peers come from, so that no source takes all places.
 *
 * Every process that ends is reaped here, also one that is not ours, as the
 * first process of a container must.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "net/address.h"

struct child {
	pid_t pid;
	char source[ADDRESS_TEXT_MAX]; /* empty for local peers */
};

struct children {
	struct child *list; /* owned */
	size_t count, room;
	pid_t helper; /* a process of ours that serves nobody; 0: none */
	/* Told of every other process that ended; may be NULL. */
	void (*other)(void *arg, pid_t pid);
	void *arg;
};

void children_fini(struct children *c);

/* How many are served from this source. */
size_t children_from(const struct children *c, const char *source);

/* Makes sure that children_add() cannot fail; call it before fork(). */
void children_reserve(struct children *c);
void children_add(struct children *c, pid_t pid, const char *source);

/* Takes leave of all that have ended; logs those that died by a signal. */
void children_reap(struct children *c);

/*
 * Asks all to stop, waits for patience milliseconds at most, then ends those
 * that are left.
 */
void children_stop(struct children *c, int patience);

#endif
