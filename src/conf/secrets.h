/* SPDX-License-Identifier: MIT */
#ifndef CONF_SECRETS_H
#define CONF_SECRETS_H

/*
 * secrets: certificates and passwords, as they are in the files now.
 *
 * A renewed file takes effect at the next connection. A process for one
 * connection loads what it needs when it needs it; a process that forks calls
 * secrets_refresh() before each fork, which looks whether a file has changed.
 *
 * A certificate pair that does not load leaves the last good one in place
 * (renewal writes two files, one after the other). A password file that does
 * not load lets nobody in until it is whole.
 *
 * struct secrets is what SMTP works with. Pages and API have a certificate and
 * passwords of their own, which other programs use; here they are checked.
 */

#include "conf/secret_list.h"
#include "net/cert.h"

/* What tells one state of a file from another. */
struct secret_stamp {
	bool exists;
	uint64_t device, inode;
	int64_t size, mtime_s, mtime_ns, ctime_s, ctime_ns;
};

/* A certificate and its key: two files, or sans:NAMES twice. */
struct secret_pair {
	const char *chain, *key; /* as configured, borrowed */
	const char *folder; /* of self-signed ones, borrowed */
	struct secret_stamp chain_stamp, key_stamp; /* at the last attempt */
	int64_t expires; /* of the last one that loaded; 0: none did */
};

/* Takes the pair's state as it is now. Returns NULL and a text if it is bad. */
struct cert *secret_pair_load(struct secret_pair *pair, struct buf *why);

/* It changed since, or a self-signed one is to be renewed. */
bool secret_pair_changed(const struct secret_pair *pair);

bool secret_pair_is_self_signed(const struct secret_pair *pair);

/*
 * Whether all that pages and API are configured with loads; false and a text
 * otherwise. Used before listening and by --check.
 */
bool secrets_check_web(const struct conf *conf, struct buf *why);

struct secrets {
	const struct conf *conf;
	struct cert *cert; /* NULL: none that works */
	struct passwd *passwd; /* NULL: none that works */
	struct secret_pair pair;
	struct secret_stamp passwd_stamp;
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
