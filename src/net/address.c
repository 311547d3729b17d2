/* SPDX-License-Identifier: MIT */
/* address.c: parse, bind and connect; name the peer */

#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"

#define BACKLOG 1024

void
address_fini(struct address *a)
{
	free(a->host);
	free(a->port);
	free(a->path);
	*a = (struct address){.local = false};
}

static bool
parse_mode(struct str s, mode_t *mode)
{
	*mode = 0;
	if (s.n < 3 || s.n > 4)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return false;
		*mode = *mode << 3 | (mode_t)(s.p[i] - '0');
	}
	return *mode <= 0777;
}

static size_t
last_colon(struct str s)
{
	size_t at = s.n;

	while (at > 0 && s.p[at - 1] != ':')
		at--;
	return at == 0 ? s.n : at - 1;
}

static bool
parse_local(struct address *a, struct str s)
{
	size_t colon = last_colon(s);
	struct sockaddr_un un;

	if (colon == s.n || colon == 0 || colon >= sizeof(un.sun_path) ||
	    !parse_mode(str_skip(s, colon + 1), &a->mode))
		return false;
	a->local = true;
	a->path = mem_dup(s.p, colon);
	return true;
}

bool
address_parse(struct address *a, const char *text)
{
	struct str s = str_of(text), host, port;
	size_t colon = last_colon(s);
	uint64_t number;

	*a = (struct address){.local = false};
	if (str_begins(s, STR("unix:")))
		return parse_local(a, str_skip(s, 5));
	if (colon == s.n)
		return false;
	host = str_make(s.p, colon);
	port = str_skip(s, colon + 1);
	if (!str_u64(port, &number) || number > 65535)
		return false;
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_make(host.p + 1, host.n - 2);
	else if (str_find(host, ':') != host.n)
		return false;
	a->host = mem_dup(host.p, host.n);
	a->port = mem_dup(port.p, port.n);
	return true;
}

static void
fill_local(const struct address *a, struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, a->path, strlen(a->path));
}

/* Nobody answers there any more, so the file may go. */
static bool
clear_stale(
    const struct address *a, const struct sockaddr_un *un, struct buf *why)
{
	struct stat st;
	int fd, rc;

	if (lstat(a->path, &st) != 0)
		return true;
	if (!S_ISSOCK(st.st_mode)) {
		buf_addf(why, "%s exists and is no socket", a->path);
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc =
	    fd < 0 ? -1 : connect(fd, (const struct sockaddr *)un, sizeof(*un));
	if (rc == 0 || errno != ECONNREFUSED) {
		buf_addf(why, "socket already in use: %s", a->path);
		close(fd);
		return false;
	}
	close(fd);
	unlink(a->path);
	return true;
}

static size_t
listen_local(
    const struct address *a, int sockets[ADDRESS_SOCKETS_MAX], struct buf *why)
{
	struct sockaddr_un un;
	mode_t before;
	int fd, rc;

	fill_local(a, &un);
	if (!clear_stale(a, &un, why))
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The file never has more rights than asked for, not for a moment. */
	before = umask(~a->mode & 0777);
	rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&un, sizeof(un));
	umask(before);
	if (rc != 0 || listen(fd, BACKLOG) != 0) {
		buf_addf(why, "listen %s: %s", a->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return 0;
	}
	sockets[0] = fd;
	return 1;
}

void
address_unbind(const struct address *a)
{
	if (a->local)
		unlink(a->path);
}

static int
bind_one(const struct addrinfo *ai, bool dual)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, only = dual ? 0 : 1, saved;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static struct addrinfo *
resolve(const struct address *a, int family, int flags, struct buf *why)
{
	struct addrinfo hints = {
	    .ai_family = family,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = flags | AI_NUMERICSERV,
	};
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(
	    a->host[0] != '\0' ? a->host : NULL, a->port, &hints, &list);

	if (rc == 0)
		return list;
	if (why != NULL)
		buf_addf(why, "%s:%s: %s", a->host, a->port, gai_strerror(rc));
	return NULL;
}

/* All addresses with one socket; without IPv6 in the kernel, all of IPv4. */
static size_t
listen_all(
    const struct address *a, int sockets[ADDRESS_SOCKETS_MAX], struct buf *why)
{
	static const int families[] = {AF_INET6, AF_INET};

	for (size_t i = 0; i < 2; i++) {
		struct addrinfo *ai = resolve(a, families[i], AI_PASSIVE, NULL);
		int fd = ai == NULL ? -1 : bind_one(ai, true);
		int error = errno;

		if (ai != NULL)
			freeaddrinfo(ai);
		if (fd >= 0) {
			sockets[0] = fd;
			return 1;
		}
		if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)
			continue;
		buf_addf(why, "listen [::]:%s: %s", a->port, strerror(error));
		return 0;
	}
	buf_addf(why, "listen :%s: no address to listen on", a->port);
	return 0;
}

static size_t
listen_named(
    const struct address *a, int sockets[ADDRESS_SOCKETS_MAX], struct buf *why)
{
	struct addrinfo *list = resolve(a, AF_UNSPEC, AI_PASSIVE, why);
	size_t n = 0;

	for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		int fd = n < ADDRESS_SOCKETS_MAX ? bind_one(ai, false) : -1;

		if (fd >= 0) {
			sockets[n++] = fd;
			continue;
		}
		/* A name may have an address that this host lacks. */
		if (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)
			continue;
		buf_addf(
		    why, "listen %s:%s: %s", a->host, a->port, strerror(errno));
		break;
	}
	if (list != NULL)
		freeaddrinfo(list);
	if (n == 0 && why->len == 0)
		buf_addf(why, "listen %s:%s: no such address here", a->host,
		    a->port);
	if (why->len == 0)
		return n;
	while (n > 0)
		close(sockets[--n]);
	return 0;
}

size_t
address_listen(
    const struct address *a, int sockets[ADDRESS_SOCKETS_MAX], struct buf *why)
{
	if (a->local)
		return listen_local(a, sockets, why);
	if (a->host[0] == '\0')
		return listen_all(a, sockets, why);
	/* "[::]" takes IPv4 as well, as Mailpit does. */
	if (strcmp(a->host, "::") == 0) {
		struct address all = {.host = a->host + 2, .port = a->port};

		return listen_all(&all, sockets, why);
	}
	return listen_named(a, sockets, why);
}

static int
connect_one(int family, const struct sockaddr *sa, socklen_t n, int timeout_ms)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t size = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, sa, n) == 0)
		return fd;
	if (errno == EINPROGRESS &&
	    io_wait(fd, POLLOUT, io_now() + timeout_ms) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0) {
		if (error == 0)
			return fd;
		errno = error;
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
address_connect(const struct address *a, int timeout_ms)
{
	struct addrinfo *list;
	struct sockaddr_un un;
	int fd = -1;

	if (a->local) {
		fill_local(a, &un);
		return connect_one(
		    AF_UNIX, (struct sockaddr *)&un, sizeof(un), timeout_ms);
	}
	list = resolve(a, AF_UNSPEC, 0, NULL);
	if (list == NULL) {
		errno = EHOSTUNREACH;
		return -1;
	}
	for (struct addrinfo *ai = list; ai != NULL && fd < 0; ai = ai->ai_next)
		fd = connect_one(
		    ai->ai_family, ai->ai_addr, ai->ai_addrlen, timeout_ms);
	freeaddrinfo(list);
	return fd;
}

static bool
print_address(int family, const void *address, char text[ADDRESS_TEXT_MAX])
{
	static const unsigned char mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const unsigned char *octets = address;

	if (family == AF_INET6 && memcmp(octets, mapped, 12) == 0)
		return inet_ntop(AF_INET, octets + 12, text,
			   ADDRESS_TEXT_MAX) != NULL;
	return inet_ntop(family, address, text, ADDRESS_TEXT_MAX) != NULL;
}

bool
address_of_peer(int fd, char text[ADDRESS_TEXT_MAX])
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage any;
	} peer;
	socklen_t n = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	if (getpeername(fd, &peer.sa, &n) != 0)
		return false;
	if (peer.sa.sa_family == AF_INET)
		return print_address(AF_INET, &peer.in.sin_addr, text);
	if (peer.sa.sa_family == AF_INET6)
		return print_address(AF_INET6, &peer.in6.sin6_addr, text);
	return false;
}

bool
address_from_text(const char *s, char text[ADDRESS_TEXT_MAX])
{
	unsigned char octets[16];

	if (s == NULL)
		return false;
	if (inet_pton(AF_INET, s, octets) == 1)
		return print_address(AF_INET, octets, text);
	if (inet_pton(AF_INET6, s, octets) == 1)
		return print_address(AF_INET6, octets, text);
	return false;
}
