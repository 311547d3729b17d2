/* SPDX-License-Identifier: MIT */
#ifndef CONF_SECRETS_H
#define CONF_SECRETS_H

/*
 * secrets: the certificate and the passwords, as they are in the files now.
 *
 * A renewed file takes effect at the next connection. A process for one
 * connection loads what it needs when it needs it; a process that forks calls
 * secrets_refresh() before each fork, which looks whether a file has changed.
 *
 * A certificate pair that does not load leaves the last good one in place
 * (renewal writes two files, one after the other). A password file that does
 * not load lets nobody in until it is whole.
 */

#include "conf/conf.h"
#include "net/cert.h"
#include "net/passwd.h"

/* What tells one state of a file from another. */
struct secret_stamp {
	bool exists;
	uint64_t device, inode;
	int64_t size, mtime_s, mtime_ns, ctime_s, ctime_ns;
};

struct secrets {
	const struct conf *conf;
	struct cert *cert; /* NULL: none that works */
	struct passwd *passwd; /* NULL: none that works */
	struct secret_stamp chain_stamp, key_stamp, passwd_stamp;
	bool cert_tried, passwd_tried;
};

void secrets_init(struct secrets *s, const struct conf *conf);
void secrets_fini(struct secrets *s);

/*
 * Loads all that is configured. Returns false and a text when something does
 * not load; used before listening and by --check. Warnings go to the log.
 */
bool secrets_load(struct secrets *s, struct buf *why);

/* Loads again what has changed; failures go to the log. */
void secrets_refresh(struct secrets *s);

/* The current ones, loaded now if they were not yet; NULL: none that works. */
const struct cert *secrets_cert(struct secrets *s);
const struct passwd *secrets_passwd(struct secrets *s);

#endif
