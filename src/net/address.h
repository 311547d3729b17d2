/* SPDX-License-Identifier: MIT */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

/*
 * address: where to listen, and who has connected.
 *
 * Forms: "HOST:PORT", "[IPV6]:PORT", ":PORT" (all addresses), and
 * "unix:PATH:MODE" with MODE in three or four octal digits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

#define ADDRESS_SOCKETS_MAX 8
#define ADDRESS_TEXT_MAX 64

struct address {
	bool local; /* AF_UNIX */
	char *host; /* owned; "" means all addresses */
	char *port; /* owned */
	char *path; /* owned */
	mode_t mode;
};

/* Has one of the forms above; the text is not resolved. */
bool address_parse(struct address *a, const char *text);
void address_fini(struct address *a);

/*
 * Binds and listens: one socket, or one per address of a name. A socket file
 * that nobody answers on is replaced; any other file is left alone. Returns
 * how many sockets[] were filled, or 0 and a text in *why.
 */
size_t address_listen(
    const struct address *a, int sockets[ADDRESS_SOCKETS_MAX], struct buf *why);

/* Removes the file of a Unix socket that was bound. */
void address_unbind(const struct address *a);

/* Connects to it, to the first that answers. Returns a socket or -1. */
int address_connect(const struct address *a, int timeout_ms);

/*
 * The peer of a connected socket in numbers ("192.0.2.1", an IPv4 address also
 * where it is mapped into IPv6). False: it has no internet address.
 */
bool address_of_peer(int fd, char text[ADDRESS_TEXT_MAX]);

/* Copies text if it is an IPv4 or IPv6 address in numbers. */
bool address_from_text(const char *s, char text[ADDRESS_TEXT_MAX]);

#endif
