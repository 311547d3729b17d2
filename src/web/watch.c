/* SPDX-License-Identifier: MIT */
/* watch.c: notice that the Maildir may have changed */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "web/events.h"

/* Other hosts' changes raise no event here. */
#define LOOK_INTERVAL 2000

struct watch {
	const struct reader *reader;
	struct reader_stamp stamp;
	int inotify; /* -1: only looking */
	int64_t look; /* when to look again */
};

static void
add(const struct watch *w, int folder)
{
	char path[64];

	if (folder < 0 || w->inotify < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	(void)inotify_add_watch(w->inotify, path,
	    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
		IN_ONLYDIR);
}

struct watch *
watch_new(const struct reader *r)
{
	struct watch *w = mem_new(sizeof(*w));

	w->reader = r;
	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	add(w, r->new);
	add(w, r->cur);
	add(w, r->tags);
	add(w, r->side);
	(void)reader_stamp(r, &w->stamp);
	w->look = io_now() + LOOK_INTERVAL;
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->inotify >= 0)
		close(w->inotify);
	free(w);
}

/* Forgets what happened; that something did is enough. */
static bool
drain(const struct watch *w)
{
	char events[4096];
	bool any = false;

	while (w->inotify >= 0 && read(w->inotify, events, sizeof(events)) > 0)
		any = true;
	return any;
}

static bool
stamp_changed(struct watch *w)
{
	struct reader_stamp now;

	w->look = io_now() + LOOK_INTERVAL;
	memset(&now, 0, sizeof(now));
	if (reader_stamp(w->reader, &now) != 0)
		return false;
	if (memcmp(&now, &w->stamp, sizeof(now)) == 0)
		return false;
	w->stamp = now;
	return true;
}

bool
watch_wait(struct watch *w, int fd, int64_t deadline)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = w->inotify, .events = POLLIN},
		    {.fd = fd, .events = POLLIN}, {.fd = STDOUT_FILENO}};
		int64_t until = deadline < w->look ? deadline : w->look;
		int rc = io_wait_any(fds, 3, until);

		if (rc != 0 && errno != ETIMEDOUT)
			return false;
		if (drain(w)) {
			(void)stamp_changed(w);
			return true;
		}
		if (rc == 0 && (fds[1].revents != 0 || fds[2].revents != 0))
			return false;
		if (io_now() >= w->look && stamp_changed(w))
			return true;
		if (io_now() >= deadline)
			return false;
	}
}

bool
watch_is_alone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) > 0;
}
