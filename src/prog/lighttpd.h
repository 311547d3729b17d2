/* SPDX-License-Identifier: MIT */
#ifndef PROG_LIGHTTPD_H
#define PROG_LIGHTTPD_H

/*
 * lighttpd: the web server of a stand-alone mailpit.
 *
 * We bind its sockets, write its configuration and the environment file of
 * mailpit.cgi into a private folder, and start it as a child that takes the
 * sockets over as from systemd. So an address in use is our error, before
 * anything is served, and a changed certificate means a second lighttpd on the
 * same sockets while the first one finishes what it serves. Beside it
 * mailpit-index runs once, so that what was in the Maildir before us is indexed
 * while people look at the first page.
 *
 * Functions return false after they have logged why.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "conf/secrets.h"
#include "net/address.h"

struct lighttpd {
	const struct conf *conf;
	int sockets[ADDRESS_SOCKETS_MAX];
	size_t socket_count;
	uid_t uid; /* of who has bound them */
	char *program, *cgi, *index; /* paths, owned */
	char *folder; /* of its files; NULL: none was made */
	struct secret_pair pair; /* as it was written last */
	int64_t next_look; /* at the pair */
	pid_t pid; /* 0: it does not run */
	pid_t old; /* the one before, finishing; 0: none */
	pid_t indexer; /* 0: it has ended */
};

/* Finds the programs; false names what is missing. */
bool lighttpd_find(struct lighttpd *l, const struct conf *conf);

/* Binds, as whoever we are then. */
bool lighttpd_bind(struct lighttpd *l);

/* Writes the files and starts both, as whoever we are now. */
bool lighttpd_start(struct lighttpd *l);

/*
 * Starts anew when the certificate has changed. Returns when it wants to be
 * called again (io.h), IO_FOREVER where there is nothing to look at.
 */
int64_t lighttpd_refresh(struct lighttpd *l);

/* A child of ours has ended; true if the web server was it. */
bool lighttpd_ended(struct lighttpd *l, pid_t pid);

/* In a child: closes the sockets. */
void lighttpd_forget(struct lighttpd *l);

/* Ends it, waits at most patience milliseconds, removes its files. */
void lighttpd_stop(struct lighttpd *l, int patience);

/*
 * Its files: made in a folder of their own; written, also again; removed. The
 * path of the configuration is owned by the caller.
 */
bool lighttpd_make_folder(struct lighttpd *l);
bool lighttpd_write_files(struct lighttpd *l);
/* The settings of mailpit.cgi and mailpit-index, as lines NAME=VALUE. */
bool lighttpd_settings(const struct lighttpd *l, struct buf *out);
char *lighttpd_conf_path(const struct lighttpd *l);
void lighttpd_remove_files(struct lighttpd *l);

#endif
