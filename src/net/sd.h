/* SPDX-License-Identifier: MIT */
#ifndef NET_SD_H
#define NET_SD_H

/*
 * sd: what the process was handed by its super-server, and what it tells it
 * (sd_listen_fds(3), sd_notify(3), inetd(8)).
 */

#include <stdbool.h>
#include <stddef.h>

enum sd_handed {
	SD_NOTHING, /* a terminal, a file, a pipe, an unnamed socket pair */
	SD_CONNECTED, /* stdin is a connection */
	SD_LISTENING, /* stdin or a descriptor behind 2 listens */
};

struct sd_listener {
	int fd;
	bool smtps; /* FileDescriptorName=smtps */
};

/*
 * An AF_UNIX stdin counts as a connection only if its own end has a name:
 * some programs give their children unnamed socket pairs as stdin.
 */
enum sd_handed sd_what(void);

/*
 * Fills in the listening sockets of LISTEN_FDS, or stdin if that listens.
 * Returns how many; what does not listen is passed over.
 */
size_t sd_listeners(struct sd_listener *out, size_t max);

/* Tells the service manager, if there is one: "READY=1", "STATUS=...". */
void sd_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
