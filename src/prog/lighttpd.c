/* SPDX-License-Identifier: MIT */
/* lighttpd.c: start a web server for mailpit.cgi, and end it */

#include "prog/lighttpd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "prog/sibling.h"

#define LOOK_INTERVAL 2000 /* ms between looks at the certificate */
#define INDEXER_NICE 10
#define FIRST_SOCKET 3 /* SD_LISTEN_FDS_START */

/* --- what is there --- */

static char *
find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *all = mem_format("%s:/usr/local/sbin:/usr/sbin:/sbin",
	    path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	struct str rest = str_of(all);
	char *found = NULL;

	while (found == NULL && rest.n > 0) {
		struct str folder = str_cut(&rest, ':');
		char *file = mem_format("%.*s/%s", STR_ARG(folder), name);

		if (folder.n > 0 && access(file, X_OK) == 0)
			found = file;
		else
			free(file);
	}
	free(all);
	return found;
}

static void
free_paths(struct lighttpd *l)
{
	free(l->program);
	free(l->cgi);
	free(l->index);
	l->program = l->cgi = l->index = NULL;
}

bool
lighttpd_find(struct lighttpd *l, const struct conf *conf)
{
	*l = (struct lighttpd){
	    .conf = conf,
	    .pair = {.chain = conf->ui_tls_cert,
		.key = conf->ui_tls_key,
		.folder = conf->state_folder},
	};
	l->program = find_program("lighttpd");
	l->cgi = sibling_path("mailpit.cgi");
	l->index = sibling_path("mailpit-index");
	if (l->program == NULL)
		log_error("[ui] the pages need the program lighttpd (Debian: "
			  "lighttpd); --listen none does without pages");
	else if (l->cgi == NULL || l->index == NULL)
		log_error("[ui] %s is not beside this program; "
			  "--listen none does without pages",
		    l->cgi == NULL ? "mailpit.cgi" : "mailpit-index");
	else
		return true;
	free_paths(l);
	return false;
}

bool
lighttpd_bind(struct lighttpd *l)
{
	struct buf why = BUF_INIT;

	l->uid = geteuid();
	l->socket_count =
	    address_listen(&l->conf->web_address, l->sockets, &why);
	if (l->socket_count == 0)
		log_error("[ui] %s", why.data);
	buf_fini(&why);
	return l->socket_count > 0;
}

/* --- its life --- */

/* Its log is ours, and it runs as if nobody had touched the signals. */
static void
settle_child(void)
{
	sigset_t none;

	/* A group of its own, with those that it starts. */
	setpgid(0, 0);
	/* It would outlive us if we were killed. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(log_descriptor(), STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}

/* Hands the sockets over as sd_listen_fds(3) has it. */
static _Noreturn void
be_lighttpd(const struct lighttpd *l)
{
	char *conf = lighttpd_conf_path(l);
	char *argv[] = {l->program, (char[]){"-D"}, (char[]){"-f"}, conf, NULL};
	int high[ADDRESS_SOCKETS_MAX];
	char number[32];

	settle_child();
	/* Out of the way of the numbers they get. */
	for (size_t i = 0; i < l->socket_count; i++)
		high[i] = fcntl(l->sockets[i], F_DUPFD_CLOEXEC,
		    FIRST_SOCKET + ADDRESS_SOCKETS_MAX);
	for (size_t i = 0; i < l->socket_count; i++)
		if (high[i] < 0 || dup2(high[i], FIRST_SOCKET + (int)i) < 0)
			_exit(127);
	snprintf(number, sizeof(number), "%zu", l->socket_count);
	setenv("LISTEN_FDS", number, 1);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("LISTEN_PID", number, 1);
	execv(l->program, argv);
	_exit(127);
}

/* What lighttpd says of its configuration, before it is to serve with it. */
static bool
is_accepted(const struct lighttpd *l)
{
	char *conf = lighttpd_conf_path(l);
	char *argv[] = {
	    l->program, (char[]){"-tt"}, (char[]){"-f"}, conf, NULL};
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		settle_child();
		execv(l->program, argv);
		_exit(127);
	}
	free(conf);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		log_error("[ui] lighttpd does not start");
	return status == 0;
}

/* A line NAME=VALUE or NAME="VALUE". */
static void
set_variable(struct str line)
{
	struct str value = line, name = str_cut(&value, '=');
	char *n = mem_dup(name.p, name.n), *v;

	if (value.n >= 2 && value.p[0] == '"')
		value = str_make(value.p + 1, value.n - 2);
	v = mem_dup(value.p, value.n);
	setenv(n, v, 1);
	free(n);
	free(v);
}

static _Noreturn void
be_indexer(const struct lighttpd *l)
{
	char *argv[] = {l->index, (char[]){"--quiet"}, NULL};
	struct buf lines = BUF_INIT;
	struct str rest;

	settle_child();
	(void)setpriority(PRIO_PROCESS, 0, INDEXER_NICE);
	if (lighttpd_settings(l, &lines)) {
		rest = buf_str(&lines);
		while (rest.n > 0)
			set_variable(str_cut(&rest, '\n'));
		execv(l->index, argv);
	}
	_exit(127);
}

static pid_t
launch(const struct lighttpd *l, void (*be)(const struct lighttpd *l))
{
	pid_t pid = fork();

	if (pid == 0)
		be(l);
	if (pid < 0) {
		log_error("[ui] cannot fork: %s", strerror(errno));
		return 0;
	}
	/* Both of us say so, as nobody knows who comes first. */
	setpgid(pid, pid);
	return pid;
}

/* The owner of the Maildir, whom we are now, must be able to read them. */
static bool
can_read_secrets(const struct conf *c)
{
	struct buf why = BUF_INIT;
	bool ok = secrets_check_web(c, &why);

	if (!ok)
		log_error("[ui] %s", why.data);
	buf_fini(&why);
	return ok;
}

bool
lighttpd_start(struct lighttpd *l)
{
	if (!can_read_secrets(l->conf) || !lighttpd_make_folder(l) ||
	    !lighttpd_write_files(l) || !is_accepted(l))
		return false;
	l->pid = launch(l, be_lighttpd);
	l->indexer = launch(l, be_indexer);
	l->next_look = l->conf->web_tls ? io_now() + LOOK_INTERVAL : IO_FOREVER;
	return l->pid > 0;
}

/* A second one takes the sockets; the first finishes what it serves. */
static void
replace(struct lighttpd *l)
{
	pid_t fresh;

	if (!lighttpd_write_files(l) || !is_accepted(l) ||
	    (fresh = launch(l, be_lighttpd)) == 0) {
		log_warning("[ui] the last good certificate stays");
		return;
	}
	if (l->old > 0)
		kill(-l->old, SIGTERM);
	l->old = l->pid;
	l->pid = fresh;
	kill(l->old, SIGINT);
	log_info("[ui] certificate loaded again");
}

int64_t
lighttpd_refresh(struct lighttpd *l)
{
	if (l->pid == 0 || io_now() < l->next_look)
		return l->pid == 0 ? IO_FOREVER : l->next_look;
	l->next_look = io_now() + LOOK_INTERVAL;
	if (secret_pair_changed(&l->pair))
		replace(l);
	return l->next_look;
}

bool
lighttpd_ended(struct lighttpd *l, pid_t pid)
{
	if (pid == l->indexer)
		l->indexer = 0;
	if (pid == 0 || (pid != l->pid && pid != l->old))
		return false;
	/* What it had started has nobody to answer to any more. */
	kill(-pid, SIGTERM);
	if (pid == l->old) {
		l->old = 0;
		return false;
	}
	l->pid = 0;
	return true;
}

void
lighttpd_forget(struct lighttpd *l)
{
	for (size_t i = 0; i < l->socket_count; i++)
		close(l->sockets[i]);
	l->socket_count = 0;
}

/* Waits for one process; true when it is gone, and what it started, too. */
static bool
gone(pid_t *pid)
{
	if (*pid > 0 && waitpid(*pid, NULL, WNOHANG) != 0) {
		kill(-*pid, SIGTERM);
		*pid = 0;
	}
	return *pid == 0;
}

void
lighttpd_stop(struct lighttpd *l, int patience)
{
	int64_t deadline = io_now() + patience;
	pid_t *pids[] = {&l->pid, &l->old, &l->indexer};
	const size_t count = sizeof(pids) / sizeof(pids[0]);

	for (size_t i = 0; i < count; i++)
		if (*pids[i] > 0)
			kill(*pids[i], SIGTERM);
	for (;;) {
		bool all = true;

		for (size_t i = 0; i < count; i++)
			all = gone(pids[i]) && all;
		if (all || io_now() >= deadline)
			break;
		poll(NULL, 0, 10);
	}
	for (size_t i = 0; i < count; i++)
		if (*pids[i] > 0)
			kill(-*pids[i], SIGKILL);
	if (l->socket_count > 0)
		address_unbind(&l->conf->web_address);
	lighttpd_forget(l);
	lighttpd_remove_files(l);
	free_paths(l);
}
