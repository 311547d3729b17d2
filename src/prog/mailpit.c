/* SPDX-License-Identifier: MIT */
/* mailpit.c: look at what we were handed, and be that program */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/maildir.h"
#include "net/sd.h"
#include "prog/connection.h"
#include "prog/server.h"
#include "prog/service.h"
#include "prog/subcommand.h"

/* What the peer gets to hear when a process for one connection cannot work. */
static struct conf conf;
static int dying_peer = -1;

static void
last_word(void)
{
	if (dying_peer >= 0 && conf.host != NULL)
		connection_refuse(&conf, dying_peer, REPLY_STOPPING);
}

static bool
is_socket(int fd)
{
	int type;
	socklen_t n = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
}

/*
 * Under inetd, stderr is the peer, or the socket that listens for peers: a log
 * line there would be a reply, or lost.
 */
static void
log_away_from_peer(bool connected)
{
	bool peer = io_same_file(STDERR_FILENO, STDIN_FILENO) ||
		    (connected && io_same_file(STDERR_FILENO, STDOUT_FILENO));

	if (!peer || (!is_socket(STDERR_FILENO) && isatty(STDERR_FILENO)))
		return;
	if (access("/dev/log", F_OK) == 0)
		log_to_syslog("mailpit");
	else
		log_to_nowhere();
}

/* Asked before the options are read, whose errors must not go to the peer. */
static bool
is_inetd(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--inetd") == 0)
			return true;
	return false;
}

static void
log_notices(struct buf *notices)
{
	struct str rest = buf_str(notices);

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');

		log_warning("%.*s", STR_ARG(line));
	}
	buf_fini(notices);
}

/* Reads and settles the configuration. Returns an exit status, 0 for fine. */
static int
configure(int argc, char **argv, enum sd_handed handed, struct buf *notices,
    struct buf *why)
{
	enum option_verdict verdict;
	bool pages;
	int operand;

	verdict = conf_read(&conf, argc, argv, &operand, notices, why);
	if (verdict == OPTION_OK && operand < argc) {
		buf_addf(why, "unknown command \"%s\" for \"mailpit\"",
		    argv[operand]);
		verdict = OPTION_USAGE;
	}
	conf_start_log(&conf);
	if (verdict == OPTION_USAGE)
		return EX_USAGE;
	if (verdict == OPTION_CONFIG)
		return EX_CONFIG;
	if (conf.help)
		return 0;
	/* Only stand-alone has to do with the pages; conf.web says so. */
	pages = handed == SD_NOTHING && !conf.inetd;
	return conf_settle(&conf, notices, why) &&
		       (!pages || conf_settle_web(&conf, notices, why))
		   ? 0
		   : EX_CONFIG;
}

static bool
load_secrets(struct service *service)
{
	struct buf why = BUF_INIT;
	bool ok = secrets_load(&service->secrets, &why);

	if (!ok)
		log_error("[smtp] %s", why.data);
	else if (conf.web && !secrets_check_web(&conf, &why)) {
		log_error("[ui] %s", why.data);
		ok = false;
	}
	buf_fini(&why);
	return ok;
}

static bool
try_maildir(unsigned flags)
{
	struct maildir m;

	if (maildir_open(&m, conf.maildir_path, flags) != 0) {
		log_error("[db] cannot write to the Maildir %s: %s",
		    conf.maildir_path, strerror(errno));
		return false;
	}
	maildir_close(&m);
	return true;
}

/* The Maildir is not there, but stand-alone could make it. */
static bool
could_be_made(const char *path)
{
	char *parent = mem_dups(path);
	bool writable = false;
	char *slash;

	while (!writable && (slash = strrchr(parent, '/')) != NULL) {
		*slash = '\0';
		writable =
		    access(slash == parent ? "/" : parent, W_OK | X_OK) == 0;
		if (!writable && errno != ENOENT)
			break;
	}
	if (strchr(path, '/') == NULL)
		writable = access(".", W_OK | X_OK) == 0;
	free(parent);
	return writable;
}

static void
announce_self_signed(const struct service *service)
{
	struct buf hex = BUF_INIT;

	if (service->secrets.cert == NULL ||
	    !str_begins(str_of(conf.tls_cert), STR("sans:")))
		return;
	cert_fingerprint(service->secrets.cert, &hex);
	log_info("[tls] self-signed certificate for %s, SHA-256 %s",
	    conf.tls_cert + strlen("sans:"), hex.data);
	buf_fini(&hex);
}

/* Stand-alone, or the wait form on a socket that was handed over. */
static int
serve_all(bool handed_over)
{
	struct service service;
	int status = EX_CONFIG;

	service_init(&service, &conf, true);
	if (load_secrets(&service) &&
	    try_maildir(handed_over ? 0 : MAILDIR_CREATE) &&
	    service_prepare_confinement(&service, false)) {
		announce_self_signed(&service);
		status = server_run(&service, handed_over);
	}
	service_fini(&service);
	return status;
}

static int
check(void)
{
	struct service service;
	bool ok;

	service_init(&service, &conf, false);
	ok = load_secrets(&service) &&
	     service_prepare_confinement(&service, false);
	/* A process for one connection never makes a Maildir. */
	if (conf.inetd ||
	    faccessat(AT_FDCWD, conf.maildir_path, F_OK, AT_SYMLINK_NOFOLLOW) ==
		0 ||
	    !could_be_made(conf.maildir_path))
		ok = try_maildir(0) && ok;
	service_fini(&service);
	if (ok)
		log_info("[conf] the configuration is good");
	return ok ? 0 : EX_CONFIG;
}

static void
name_peer(char peer[ADDRESS_TEXT_MAX])
{
	peer[0] = '\0';
	/* The words of a super-server count only where there is no socket. */
	if (address_of_peer(STDIN_FILENO, peer) || is_socket(STDIN_FILENO))
		return;
	if (!address_from_text(getenv("REMOTE_ADDR"), peer) &&
	    !address_from_text(getenv("TCPREMOTEIP"), peer))
		peer[0] = '\0';
}

/* Serves the connection on stdin and stdout. */
static int
filter(void)
{
	struct connection_end end = {
	    .in = STDIN_FILENO,
	    .out = STDOUT_FILENO,
	    .implicit_tls = conf.require_tls,
	};
	struct service service;
	bool confined;

	io_catch_stop();
	dying_peer = end.out;
	if (!try_maildir(0)) {
		connection_refuse(&conf, end.out, REPLY_BROKEN);
		return EX_CONFIG;
	}
	name_peer(end.peer);
	service_init(&service, &conf, false);
	confined = service_prepare_confinement(&service, true) &&
		   service_confine(&service);
	if (confined)
		connection_serve(&service, &end);
	else
		connection_refuse(&conf, end.out, REPLY_BROKEN);
	service_fini(&service);
	return confined ? 0 : EX_CONFIG;
}

/* A process for one connection that cannot be configured says so. */
static void
refuse_filter(void)
{
	static char localhost[] = "localhost", app[] = "Mailpit";
	struct conf words = {.host = localhost, .app = app};

	connection_refuse(
	    conf.host != NULL && conf.app != NULL ? &conf : &words,
	    STDOUT_FILENO, REPLY_BROKEN);
}

static int
help(void)
{
	struct buf text = BUF_INIT;
	int rc;

	conf_help(&text);
	rc = io_write_file(STDOUT_FILENO, text.data, text.len);
	buf_fini(&text);
	return rc == 0 ? 0 : EX_IOERR;
}

static int
run(int argc, char **argv, enum sd_handed handed)
{
	struct buf notices = BUF_INIT, why = BUF_INIT;
	int status = configure(argc, argv, handed, &notices, &why);
	bool one = conf.inetd || handed == SD_CONNECTED;

	if (one && log_wants(LOG_LEVEL_DEBUG))
		log_notices(&notices);
	else if (!one && !conf.help)
		log_notices(&notices);
	buf_fini(&notices);
	if (status != 0)
		log_error("%s", why.data);
	buf_fini(&why);
	if (status != 0 && one && !conf.check)
		refuse_filter();
	if (status == EX_USAGE && !one)
		fprintf(stderr, "See mailpit --help.\n");
	if (status != 0)
		return status;
	if (conf.help)
		return help();
	if (conf.check)
		return check();
	if (one)
		return filter();
	return serve_all(handed == SD_LISTENING);
}

int
main(int argc, char **argv)
{
	static const struct rlimit none = {0, 0};
	const struct subcommand *sub;
	enum sd_handed handed;
	int status;

	if (io_open_standard() != 0)
		return EX_OSERR;
	/* Passwords pass through our memory: it never goes to disk. */
	setrlimit(RLIMIT_CORE, &none);
	tzset();
	sub = subcommand_find(argc, argv);
	if (sub != NULL)
		return sub->main(argc - sub->skip, argv + sub->skip);
	handed = sd_what();
	if (handed != SD_NOTHING || is_inetd(argc, argv))
		log_away_from_peer(handed != SD_LISTENING);
	mem_on_death(last_word);
	status = run(argc, argv, handed);
	conf_fini(&conf);
	return status;
}
