/* SPDX-License-Identifier: MIT */
#ifndef WEB_EVENTS_H
#define WEB_EVENTS_H

/*
 * events: follow the Maildir and tell a client what happens.
 *
 * Two forms of the same: Server-Sent Events for our pages, and Mailpit's
 * websocket (/api/events) for its clients. Following is inotify on new/, cur/,
 * tags/ and the session logs, and a stat of both folders every 2 seconds.
 */

#include <stdbool.h>
#include <stdint.h>

#include "index/index.h"

struct watch; /* inotify, and the stat beside it */

/* Never NULL; where inotify fails only the stat is left. */
struct watch *watch_new(const struct reader *r);
void watch_free(struct watch *w);

/*
 * Waits until something may have changed, or fd (-1: none) is readable, or
 * nobody reads our answer any more, or the deadline (io.h). Returns true if
 * something may have changed.
 */
bool watch_wait(struct watch *w, int fd, int64_t deadline);

/*
 * The web server has closed the other end of our answer, as it does when it
 * is stopped: without this a stream would go on until its next line.
 */
bool watch_is_alone(void);

#endif
