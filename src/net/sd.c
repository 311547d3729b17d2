/* SPDX-License-Identifier: MIT */
/* sd.c: socket activation and notices, by libsystemd */

#include "net/sd.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static bool
is_listening(int fd)
{
	return sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0;
}

size_t
sd_listeners(struct sd_listener *out, size_t max)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names);
	size_t count = 0;

	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		const char *name = names != NULL ? names[i] : "";

		if (!is_listening(fd) || count == max)
			continue;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		out[count++] = (struct sd_listener){
		    .fd = fd, .smtps = strcmp(name, "smtps") == 0};
	}
	for (int i = 0; i < n && names != NULL; i++)
		free(names[i]);
	free(names);
	if (count == 0 && max > 0 && is_listening(0))
		out[count++] = (struct sd_listener){.fd = 0, .smtps = false};
	return count;
}

void
sd_tell(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) > 0)
		sd_notify(0, text);
	va_end(ap);
}
