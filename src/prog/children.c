/* SPDX-License-Identifier: MIT */
/* children.c: count, reap and stop the processes of connections */

#include "prog/children.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

void
children_fini(struct children *c)
{
	free(c->list);
	*c = (struct children){.list = NULL};
}

size_t
children_from(const struct children *c, const char *source)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->list[i].source, source) == 0)
			n++;
	return n;
}

void
children_reserve(struct children *c)
{
	if (c->count < c->room)
		return;
	c->room = c->room == 0 ? 16 : c->room * 2;
	c->list = mem_grow(c->list, c->room, sizeof(*c->list));
}

void
children_add(struct children *c, pid_t pid, const char *source)
{
	struct child *child = &c->list[c->count++];

	child->pid = pid;
	memcpy(child->source, source, sizeof(child->source));
}

static void
forget(struct children *c, pid_t pid)
{
	if (pid == c->helper) {
		c->helper = 0;
		return;
	}
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].pid == pid) {
			c->list[i] = c->list[--c->count];
			return;
		}
	if (c->other != NULL)
		c->other(c->arg, pid);
}

void
children_reap(struct children *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (WIFSIGNALED(status))
			log_error("[smtpd] process %ld died by signal %d",
			    (long)pid, WTERMSIG(status));
		forget(c, pid);
	}
}

static void
signal_all(const struct children *c, int signo)
{
	for (size_t i = 0; i < c->count; i++)
		kill(c->list[i].pid, signo);
	if (c->helper > 0)
		kill(c->helper, signo);
}

void
children_stop(struct children *c, int patience)
{
	int64_t deadline = io_now() + patience;

	signal_all(c, SIGTERM);
	while ((c->count > 0 || c->helper > 0) && io_now() < deadline) {
		poll(NULL, 0, 10);
		children_reap(c);
	}
	signal_all(c, SIGKILL);
}
