/* SPDX-License-Identifier: MIT */
#ifndef SCRIPTS_SOAK_SENDER_H
#define SCRIPTS_SOAK_SENDER_H

/*
 * soak-sender: one of many threads that send until all numbers are taken.
 *
 * A sender throws dice for the way it connects, for whether one message or
 * many come with the connection, DATA or BDAT, one command at a time or all at
 * once, and how it leaves. A message's number settles its content (see
 * soak-message.h).
 *
 * Every message that got its 250 is a line of the ledger:
 *
 *     NUMBER ID SIZE SHA-256
 *
 * with the ID of the reply, and size and digest of what must lie in the store
 * behind our own header block. Any other reply ends the run: all senders stop,
 * and why says the first reason.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/buf.h"
#include "net/address.h"
#include "smtp-client.h"
#include "soak-message.h"

#define WAYS_MAX 32
#define OWED_MAX 16

/* How a connection is made. */
struct way {
	const char *name;
	struct address address;
	bool smtps, starttls, auth;
	atomic_uint_fast64_t sessions, messages;
};

/* What all senders share. */
struct soak {
	/* Set before the threads start. */
	uint64_t messages, seed;
	struct way ways[WAYS_MAX];
	size_t way_count;
	struct buf auth; /* the AUTH command, or empty */
	gnutls_certificate_credentials_t cred;

	atomic_uint_fast64_t next; /* the first number not yet taken */
	atomic_bool failed;

	pthread_mutex_t lock; /* for what follows */
	FILE *ledger;
	uint64_t sent, octets;
	struct buf why; /* what went wrong first */
};

struct sender {
	struct soak *soak;
	uint64_t index;
	struct dice dice;
	struct client client;
	struct way *way;
	bool grouped; /* commands go out together (RFC 2920) */
	struct buf out;
	const char *owed[OWED_MAX]; /* codes of replies not yet read */
	size_t owed_count;
};

void sender_init(struct sender *s, struct soak *soak, uint64_t index);
void sender_fini(struct sender *s);

/* The thread; its argument is a struct sender. */
void *sender_work(void *arg);

#endif
