/* SPDX-License-Identifier: MIT */
/* server.c: listen and fork */

#include "prog/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#define LISTENERS_MAX (2 * ADDRESS_SOCKETS_MAX)
#define BACK_OFF 200 /* ms, when the system has no more to give */
#define STOP_PATIENCE 10000 /* ms for the children to end */
#define PRUNE_INTERVAL 60000 /* ms */

struct child {
	pid_t pid;
	char source[ADDRESS_TEXT_MAX]; /* empty for local peers */
};

struct server {
	struct service *service;
	struct pollfd listeners[LISTENERS_MAX];
	bool implicit_tls[LISTENERS_MAX];
	size_t listener_count;
	struct child *children;
	size_t child_count;
	pid_t pruner;
	int64_t next_prune;
};

/* --- binding --- */

static const char *
mode_text(const struct conf *c)
{
	if (c->require_tls)
		return "SSL/TLS required";
	if (!c->tls)
		return "no encryption";
	return c->tls_forced ? "STARTTLS required" : "STARTTLS optional";
}

static bool
bind_address(struct server *s, const struct address *a, bool implicit_tls,
    struct buf *why)
{
	int sockets[ADDRESS_SOCKETS_MAX];
	size_t n = address_listen(a, sockets, why);

	for (size_t i = 0; i < n; i++) {
		s->listeners[s->listener_count] =
		    (struct pollfd){.fd = sockets[i], .events = POLLIN};
		s->implicit_tls[s->listener_count++] = implicit_tls;
	}
	return n > 0;
}

static void
unbind(struct server *s)
{
	const struct conf *c = s->service->conf;

	for (size_t i = 0; i < s->listener_count; i++)
		close(s->listeners[i].fd);
	if (s->listener_count == 0)
		return;
	address_unbind(&c->smtp_address);
	if (c->has_smtps)
		address_unbind(&c->smtps_address);
}

static bool
bind_all(struct server *s)
{
	const struct conf *c = s->service->conf;
	struct buf why = BUF_INIT;
	bool ok;

	ok = bind_address(s, &c->smtp_address, c->require_tls, &why) &&
	     (!c->has_smtps || bind_address(s, &c->smtps_address, true, &why));
	if (!ok)
		log_error("[smtpd] %s", why.data);
	buf_fini(&why);
	return ok;
}

/* --- whose mail it is --- */

/* Started as root, serves as the owner of the Maildir. */
static bool
take_owner(const struct conf *c)
{
	struct stat st;
	struct passwd *pw;

	if (geteuid() != 0 || stat(c->maildir_path, &st) != 0 || st.st_uid == 0)
		return true;
	pw = getpwuid(st.st_uid);
	if ((pw != NULL ? initgroups(pw->pw_name, st.st_gid)
			: setgroups(0, NULL)) != 0 ||
	    setgid(st.st_gid) != 0 || setuid(st.st_uid) != 0) {
		log_error("[smtpd] cannot become the owner of %s: %s",
		    c->maildir_path, strerror(errno));
		return false;
	}
	log_info("[smtpd] serving as uid %u, the owner of %s",
	    (unsigned)st.st_uid, c->maildir_path);
	if (faccessat(AT_FDCWD, c->maildir_path, W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	log_error("[smtpd] its owner cannot write to the Maildir %s: %s",
	    c->maildir_path, strerror(errno));
	return false;
}

/* --- children --- */

static size_t
count_source(const struct server *s, const char *source)
{
	size_t n = 0;

	for (size_t i = 0; i < s->child_count; i++)
		if (strcmp(s->children[i].source, source) == 0)
			n++;
	return n;
}

static void
reap(struct server *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->pruner)
			s->pruner = 0;
		if (WIFSIGNALED(status))
			log_error("[smtpd] process %ld died by signal %d",
			    (long)pid, WTERMSIG(status));
		for (size_t i = 0; i < s->child_count; i++)
			if (s->children[i].pid == pid) {
				s->children[i] = s->children[--s->child_count];
				break;
			}
	}
}

static _Noreturn void
be_child(struct server *s, int fd, bool implicit_tls, const char *source)
{
	struct connection_end end = {
	    .in = fd,
	    .out = fd,
	    .implicit_tls = implicit_tls,
	};

	/* Siblings share the uid: none may look into another. */
	prctl(PR_SET_DUMPABLE, 0);
	for (size_t i = 0; i < s->listener_count; i++)
		close(s->listeners[i].fd);
	memcpy(end.peer, source, sizeof(end.peer));
	connection_serve(s->service, &end);
	close(fd);
	exit(0);
}

static void
serve(struct server *s, int fd, bool implicit_tls)
{
	char source[ADDRESS_TEXT_MAX] = "";
	const struct conf *c = s->service->conf;
	pid_t pid;

	if (!address_of_peer(fd, source))
		source[0] = '\0';
	if (s->child_count >= (size_t)c->max_connections ||
	    count_source(s, source) >= (size_t)c->max_connections_per_source) {
		log_warning("[smtpd] too many connections: refused %s",
		    source[0] != '\0' ? source : "local");
		if (!implicit_tls)
			connection_refuse(c, fd, REPLY_TOO_MANY_CONNECTIONS);
		return;
	}
	secrets_refresh(&s->service->secrets);
	s->children =
	    mem_grow(s->children, s->child_count + 1, sizeof(*s->children));
	pid = fork();
	if (pid == 0)
		be_child(s, fd, implicit_tls, source);
	if (pid < 0) {
		log_error("[smtpd] cannot fork: %s", strerror(errno));
		if (!implicit_tls)
			connection_refuse(c, fd, REPLY_TOO_MANY_CONNECTIONS);
		return;
	}
	s->children[s->child_count].pid = pid;
	memcpy(s->children[s->child_count++].source, source, sizeof(source));
}

/* What accept(2) says when only this one connection is at fault. */
static bool
is_passing(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED ||
	       error == EPROTO || error == EPERM;
}

static void
accept_one(struct server *s, size_t i)
{
	int fd = accept4(s->listeners[i].fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		serve(s, fd, s->implicit_tls[i]);
		close(fd);
		return;
	}
	if (is_passing(errno))
		return;
	/* No descriptors, no memory: others end, and then it goes on. */
	log_warning("[smtpd] accept: %s, waiting", strerror(errno));
	io_wait(-1, 0, io_now() + BACK_OFF);
}

/* --- retention --- */

static bool
has_limits(const struct conf *c)
{
	return c->max_messages > 0 || c->max_age_seconds > 0;
}

static _Noreturn void
be_pruner(const struct conf *c)
{
	struct maildir_limits limits = {
	    .max_messages = (uint64_t)c->max_messages,
	    .max_age = c->max_age_seconds,
	};
	struct maildir_pruned done;
	struct maildir m;

	if (maildir_open(&m, c->maildir_path, 0) != 0 ||
	    maildir_prune(&m, &limits, &done) != 0)
		log_error("[prune] %s: %s", c->maildir_path, strerror(errno));
	else if (done.messages > 0)
		log_info("[prune] removed %llu messages",
		    (unsigned long long)done.messages);
	exit(0);
}

static void
prune_if_due(struct server *s)
{
	if (s->pruner != 0 || io_now() < s->next_prune)
		return;
	s->next_prune = io_now() + PRUNE_INTERVAL;
	s->pruner = fork();
	if (s->pruner == 0)
		be_pruner(s->service->conf);
	if (s->pruner < 0)
		s->pruner = 0;
}

/* --- life --- */

static void
loop(struct server *s)
{
	while (!io_stopping()) {
		int rc =
		    io_wait_any(s->listeners, s->listener_count, s->next_prune);

		reap(s);
		prune_if_due(s);
		if (rc != 0)
			continue;
		for (size_t i = 0; i < s->listener_count; i++)
			if (s->listeners[i].revents != 0)
				accept_one(s, i);
	}
}

/* Each session gets the signal too and says 421 where it still can. */
static void
stop_children(struct server *s)
{
	int64_t deadline = io_now() + STOP_PATIENCE;

	for (size_t i = 0; i < s->child_count; i++)
		kill(s->children[i].pid, SIGTERM);
	while (s->child_count > 0 && io_now() < deadline) {
		poll(NULL, 0, 10);
		reap(s);
	}
	for (size_t i = 0; i < s->child_count; i++)
		kill(s->children[i].pid, SIGKILL);
}

static void
announce(const struct conf *c)
{
	log_info("[smtpd] starting on %s (%s)", c->smtp, mode_text(c));
	if (c->has_smtps)
		log_info("[smtpd] starting on %s (SSL/TLS required)", c->smtps);
	if (c->credentials)
		log_info("[smtpd] enabling login authentication%s",
		    c->auth_allow_insecure ? " (insecure)" : "");
	if (c->auth_accept_any)
		log_info("[smtpd] enabling any authentication%s",
		    c->auth_allow_insecure ? " (insecure)" : "");
	if (c->allowed != NULL)
		log_info("[smtp] only allowing recipients matching regexp: %s",
		    c->allowed_recipients);
	log_info("[smtpd] the Maildir is %s", c->maildir_path);
	log_info("[ui] only SMTP is up: the web page is not there yet");
}

int
server_run(struct service *service)
{
	struct server s = {.service = service};
	int status = EX_CONFIG;

	io_catch_stop();
	io_catch_children();
	if (bind_all(&s) && take_owner(service->conf)) {
		announce(service->conf);
		s.next_prune = has_limits(service->conf)
				   ? io_now() + PRUNE_INTERVAL
				   : IO_FOREVER;
		loop(&s);
		log_info("[smtpd] got a stop signal, shutting down");
		status = 0;
	}
	unbind(&s);
	stop_children(&s);
	free(s.children);
	return status;
}
