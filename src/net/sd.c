/* SPDX-License-Identifier: MIT */
/* sd.c: socket activation, by libsystemd */

#include "net/sd.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

static bool
is_named(int fd)
{
	struct sockaddr_storage own;
	socklen_t n = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &n) != 0)
		return false;
	return own.ss_family != AF_UNIX ||
	       n > offsetof(struct sockaddr_un, sun_path);
}

static bool
has_peer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t n = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &n) == 0;
}

enum sd_handed
sd_what(void)
{
	if (sd_is_socket(0, AF_UNSPEC, SOCK_STREAM, 1) > 0)
		return SD_LISTENING;
	/* A peer that is gone already still makes this a connection. */
	if (sd_is_socket(0, AF_UNSPEC, SOCK_STREAM, 0) > 0 && is_named(0) &&
	    (has_peer(0) || sd_is_socket(0, AF_UNIX, SOCK_STREAM, 0) <= 0))
		return SD_CONNECTED;
	/* A connection handed over as stdin is in LISTEN_FDS as well. */
	if (sd_listen_fds(0) > 0)
		return SD_LISTENING;
	return SD_NOTHING;
}
