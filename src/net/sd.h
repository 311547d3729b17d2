/* SPDX-License-Identifier: MIT */
#ifndef NET_SD_H
#define NET_SD_H

/*
 * sd: what the process was handed by its super-server.
 */

enum sd_handed {
	SD_NOTHING, /* a terminal, a file, a pipe, an unnamed socket pair */
	SD_CONNECTED, /* stdin is a connection */
	SD_LISTENING, /* stdin or a descriptor behind 2 listens */
};

/*
 * An AF_UNIX stdin counts as a connection only if its own end has a name:
 * some programs give their children unnamed socket pairs as stdin.
 */
enum sd_handed sd_what(void);

#endif
