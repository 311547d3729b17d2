/* SPDX-License-Identifier: MIT */
#ifndef WEB_FRAMES_H
#define WEB_FRAMES_H

/*
 * frames: the server's side of a websocket (RFC 6455), by libwslay.
 *
 * The handshake is over when it begins. What the client says is read and
 * forgotten, but its pings are answered and its close ends it. Errors are
 * sticky: once it failed, nothing is sent any more.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

struct frames;

/* Borrows both descriptors. */
struct frames *frames_new(int in, int out);
void frames_free(struct frames *f);

/* Each returns false when the connection is over. */
bool frames_send(struct frames *f, struct str text);
bool frames_ping(struct frames *f);
bool frames_receive(struct frames *f); /* when there is input */

/*
 * What a key of the client is answered with (appended); false: it is none.
 */
bool frames_accept(struct str key, struct buf *out);

#endif
