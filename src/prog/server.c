/* SPDX-License-Identifier: MIT */
/* server.c: listen and fork */

#include "prog/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "net/sd.h"
#include "prog/children.h"
#include "prog/connection.h"
#include "prog/lighttpd.h"
#include "prog/listeners.h"
#include "prog/retention.h"

#define BACK_OFF 200 /* ms, when the system has no more to give */
#define STOP_PATIENCE 10000 /* ms for the children to end */
#define PRUNE_INTERVAL 60000 /* ms */
#define STATUS_INTERVAL 1000 /* ms */

struct server {
	struct service *service;
	struct listeners listeners;
	struct children children;
	struct lighttpd *web; /* NULL: no pages */
	bool web_ended; /* by itself */
	uint64_t served;
	int64_t next_prune;
	int64_t idle_since; /* while no child is there */
	int64_t next_status;
	uint64_t told; /* what the last status said */
};

static const char *
mode_text(const struct conf *c)
{
	if (c->require_tls)
		return "SSL/TLS required";
	if (!c->tls)
		return "no encryption";
	return c->tls_forced ? "STARTTLS required" : "STARTTLS optional";
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

static void
turn_away(const struct server *s, int fd, bool implicit_tls, enum reply r)
{
	if (!implicit_tls)
		connection_refuse(s->service->conf, fd, r);
}

/*
 * Not exit(): what libraries would tidy up is a copy of the parent's memory,
 * and making that copy took a quarter of a connection's time. Sanitizers look
 * for leaks at exit.
 */
static _Noreturn void
end_child(int status)
{
#ifdef __SANITIZE_ADDRESS__
	exit(status);
#else
	_exit(status);
#endif
}

static void
forget_sockets(struct server *s)
{
	listeners_forget(&s->listeners);
	if (s->web != NULL)
		lighttpd_forget(s->web);
}

static _Noreturn void
be_child(struct server *s, int fd, bool implicit_tls, const char *source)
{
	struct connection_end end = {
	    .in = fd,
	    .out = fd,
	    .implicit_tls = implicit_tls,
	};

	forget_sockets(s);
	if (!service_confine(s->service)) {
		turn_away(s, fd, implicit_tls, REPLY_BROKEN);
		end_child(EX_CONFIG);
	}
	memcpy(end.peer, source, sizeof(end.peer));
	connection_serve(s->service, &end);
	close(fd);
	end_child(0);
}

static bool
has_room(const struct server *s, const char *source)
{
	const struct conf *c = s->service->conf;

	return s->children.count < (size_t)c->max_connections &&
	       children_from(&s->children, source) <
		   (size_t)c->max_connections_per_source;
}

static void
serve(struct server *s, int fd, bool implicit_tls)
{
	char source[ADDRESS_TEXT_MAX] = "";
	pid_t pid;

	if (!address_of_peer(fd, source))
		source[0] = '\0';
	if (!has_room(s, source)) {
		log_warning("[smtpd] too many connections: refused %s",
		    source[0] != '\0' ? source : "local");
		turn_away(s, fd, implicit_tls, REPLY_TOO_MANY_CONNECTIONS);
		return;
	}
	secrets_refresh(&s->service->secrets);
	children_reserve(&s->children);
	pid = fork();
	if (pid == 0)
		be_child(s, fd, implicit_tls, source);
	if (pid < 0) {
		log_error("[smtpd] cannot fork: %s", strerror(errno));
		turn_away(s, fd, implicit_tls, REPLY_TOO_MANY_CONNECTIONS);
		return;
	}
	children_add(&s->children, pid, source);
	s->served++;
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
	int fd = accept4(s->listeners.fds[i].fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		serve(s, fd, s->listeners.implicit_tls[i]);
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

static _Noreturn void
be_pruner(struct server *s)
{
	struct maildir_pruned done;

	forget_sockets(s);
	if (retention_apply(s->service->conf, &done) == 0 && done.messages > 0)
		log_info("[prune] removed %llu messages",
		    (unsigned long long)done.messages);
	end_child(0);
}

static void
prune_if_due(struct server *s)
{
	pid_t pid;

	if (s->children.helper != 0 || io_now() < s->next_prune)
		return;
	s->next_prune = io_now() + PRUNE_INTERVAL;
	pid = fork();
	if (pid == 0)
		be_pruner(s);
	s->children.helper = pid > 0 ? pid : 0;
}

/* --- life --- */

/* Nobody is served, and that for as long as --idle-exit allows. */
static int64_t
idle_end(const struct server *s)
{
	int64_t seconds = s->service->conf->idle_exit;

	if (seconds == 0 || s->listeners.ours || s->children.count > 0)
		return IO_FOREVER;
	return s->idle_since + seconds * 1000;
}

/* A change is told at once, or a second after the last one. */
static void
tell_status(struct server *s)
{
	uint64_t now = s->served * 2 + s->children.count;

	if (now == s->told || io_now() < s->next_status)
		return;
	sd_tell("STATUS=%zu connections, %llu served so far", s->children.count,
	    (unsigned long long)s->served);
	s->told = now;
	s->next_status = io_now() + STATUS_INTERVAL;
}

static void
loop(struct server *s)
{
	s->idle_since = io_now();
	while (!io_stopping()) {
		int64_t end, wake;
		int rc;

		if (s->children.count > 0)
			s->idle_since = io_now();
		/*
		 * Before waiting: the signal of a child that ended may have
		 * been taken already, and would not end the wait.
		 */
		children_reap(&s->children);
		if (s->web_ended) {
			log_error("[ui] the web server has ended");
			return;
		}
		prune_if_due(s);
		tell_status(s);
		end = idle_end(s);
		wake = end < s->next_prune ? end : s->next_prune;
		if (s->web != NULL && lighttpd_refresh(s->web) < wake)
			wake = s->web->next_look;
		rc = io_wait_any(s->listeners.fds, s->listeners.count, wake);
		if (rc != 0 && io_now() >= end) {
			log_info("[smtpd] idle, ending");
			return;
		}
		for (size_t i = 0; rc == 0 && i < s->listeners.count; i++)
			if (s->listeners.fds[i].revents != 0)
				accept_one(s, i);
	}
	log_info("[smtpd] got a stop signal, shutting down");
}

static void
announce(const struct server *s)
{
	const struct conf *c = s->service->conf;

	if (!s->listeners.ours)
		log_info("[smtpd] serving %zu sockets that were handed over "
			 "(%s)",
		    s->listeners.count, mode_text(c));
	else
		log_info("[smtpd] starting on %s (%s)", c->smtp, mode_text(c));
	if (s->listeners.ours && c->has_smtps)
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
	if (s->web != NULL)
		log_info("[ui] starting on %s, path %s%s", c->listen,
		    c->web_path, c->web_tls ? " (HTTPS)" : "");
}

static void
other_ended(void *arg, pid_t pid)
{
	struct server *s = arg;

	if (lighttpd_ended(s->web, pid))
		s->web_ended = true;
}

/* Sockets first, as whoever we are; then all else as the Maildir's owner. */
static bool
start_ours(struct server *s)
{
	const struct conf *c = s->service->conf;

	if (!listeners_bind(&s->listeners, c) ||
	    (s->web != NULL && !lighttpd_bind(s->web)) || !take_owner(c) ||
	    (s->web != NULL && !lighttpd_start(s->web)))
		return false;
	if (s->web != NULL) {
		s->children.other = other_ended;
		s->children.arg = s;
	}
	return true;
}

int
server_run(struct service *service, bool handed_over)
{
	const struct conf *c = service->conf;
	struct server s = {.service = service, .next_prune = IO_FOREVER};
	struct lighttpd web;
	bool ready;

	if (!handed_over && c->web) {
		if (!lighttpd_find(&web, c))
			return EX_UNAVAILABLE;
		s.web = &web;
	}

	io_catch_stop();
	io_catch_children();
	ready = handed_over ? listeners_take(&s.listeners, c) : start_ours(&s);
	if (ready) {
		announce(&s);
		/* Where systemd starts us, its timer prunes. */
		if (!handed_over && retention_has_limits(c))
			s.next_prune = io_now() + PRUNE_INTERVAL;
		sd_tell("READY=1");
		loop(&s);
		sd_tell("STOPPING=1");
	}
	listeners_close(&s.listeners, c);
	s.children.other = NULL;
	if (s.web != NULL)
		lighttpd_stop(s.web, STOP_PATIENCE);
	children_stop(&s.children, STOP_PATIENCE);
	children_fini(&s.children);
	if (s.web_ended)
		return EX_UNAVAILABLE;
	return ready ? 0 : EX_CONFIG;
}
