/* SPDX-License-Identifier: MIT */
/* sd.c: socket activation and notices, by libsystemd */

/*
 * The library and the six that it brings along are loaded only when systemd
 * says in the environment that it wants to be talked to. A process for one
 * connection never needs them, and loading them was an eighth of its work; a
 * parent without them has less to copy at each fork.
 */

#include "net/sd.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"

/* A function of the library, which stays loaded; NULL: not to be had. */
static void *
library(const char *function)
{
	static void *loaded;

	if (loaded == NULL)
		loaded = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (loaded == NULL) {
		log_error("[systemd] %s", dlerror());
		return NULL;
	}
	return dlsym(loaded, function);
}

static int
listen_fds(char ***names)
{
	__typeof__(&sd_listen_fds_with_names) take;

	if (getenv("LISTEN_FDS") == NULL)
		return 0;
	take = (__typeof__(take))library("sd_listen_fds_with_names");
	return take == NULL ? 0 : take(0, names);
}

/* A socket for streams that listens, or one that does not. */
static bool
is_stream(int fd, bool listening)
{
	int type, state;
	socklen_t n = sizeof(type), m = sizeof(state);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &state, &m) == 0 &&
	       type == SOCK_STREAM && (state != 0) == listening;
}

static bool
is_unix(int fd)
{
	int family;
	socklen_t n = sizeof(family);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &n) == 0 &&
	       family == AF_UNIX;
}

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
	if (is_stream(0, true))
		return SD_LISTENING;
	/* A peer that is gone already still makes this a connection. */
	if (is_stream(0, false) && is_named(0) && (has_peer(0) || !is_unix(0)))
		return SD_CONNECTED;
	/* A connection handed over as stdin is in LISTEN_FDS as well. */
	if (listen_fds(NULL) > 0)
		return SD_LISTENING;
	return SD_NOTHING;
}

size_t
sd_listeners(struct sd_listener *out, size_t max)
{
	char **names = NULL;
	int n = listen_fds(&names);
	size_t count = 0;

	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		const char *name = names != NULL ? names[i] : "";

		if (!is_stream(fd, true) || count == max)
			continue;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		out[count++] = (struct sd_listener){
		    .fd = fd, .smtps = strcmp(name, "smtps") == 0};
	}
	for (int i = 0; i < n && names != NULL; i++)
		free(names[i]);
	free(names);
	if (count == 0 && max > 0 && is_stream(0, true))
		out[count++] = (struct sd_listener){.fd = 0, .smtps = false};
	return count;
}

void
sd_tell(const char *fmt, ...)
{
	__typeof__(&sd_notify) tell;
	char text[512];
	va_list ap;
	int n;

	if (getenv("NOTIFY_SOCKET") == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tell = (__typeof__(tell))library("sd_notify");
	if (n > 0 && tell != NULL)
		tell(0, text);
}
