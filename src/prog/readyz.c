/* SPDX-License-Identifier: MIT */
/* readyz.c: is a server up? for health checks and scripts that wait for one */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "net/address.h"
#include "net/stream.h"
#include "prog/subcommand.h"

#define EXIT_NOT_READY 1
#define PAUSE_MS 200
#define ATTEMPT_MS 5000
#define TIMEOUT_MS_MAX (INT64_C(86400) * 1000)
#define REPLY_MAX 4096

struct readyz {
	bool help, wait, smtp_tls, https;
	const char *smtp, *listen, *webroot, *ui_cert, *timeout;
	int64_t timeout_ms;
	char *web_path;
};

/* One server to ask. */
struct peer {
	const char *where; /* as given */
	struct address address;
	bool tls;
	/* Asks over a connection; false with errno, EPROTO: another answered */
	bool (*ask)(const struct readyz *r, struct stream *s, int64_t deadline);
	const char *other; /* how EPROTO is said */
};

#define AT(member) offsetof(struct readyz, member)

static const struct option_row rows[] = {
    {.name = "help",
	.letter = 'h',
	.kind = OPTION_BOOL,
	.offset = AT(help),
	.help = "show this text",
	.group = "Options"},
    {.name = "smtp",
	.letter = 's',
	.env = "MP_SMTP_BIND_ADDR",
	.kind = OPTION_TEXT,
	.offset = AT(smtp),
	.argument = "ADDR",
	.help = "where SMTP is ([::]:1025, if neither is given)",
	.group = "Options"},
    {.name = "smtp-require-tls",
	.env = "MP_SMTP_REQUIRE_TLS",
	.kind = OPTION_BOOL,
	.offset = AT(smtp_tls),
	.help = "SMTP has TLS from the first octet",
	.group = "Options"},
    {.name = "listen",
	.letter = 'l',
	.env = "MP_UI_BIND_ADDR",
	.kind = OPTION_TEXT,
	.offset = AT(listen),
	.argument = "ADDR",
	.help = "where pages and API are; none: nowhere",
	.group = "Options"},
    {.name = "webroot",
	.env = "MP_WEBROOT",
	.kind = OPTION_TEXT,
	.offset = AT(webroot),
	.argument = "PATH",
	.help = "path of the pages (/)",
	.group = "Options"},
    {.name = "https",
	.kind = OPTION_BOOL,
	.offset = AT(https),
	.help = "pages and API have TLS",
	.group = "Options"},
    {.env = "MP_UI_TLS_CERT",
	.kind = OPTION_TEXT,
	.offset = AT(ui_cert),
	.argument = "FILE",
	.help = "the same, if it is set",
	.group = "Options"},
    {.name = "timeout",
	.kind = OPTION_TEXT,
	.offset = AT(timeout),
	.argument = "TIME",
	.help = "as 30s or 1m30s (30s)",
	.group = "Options"},
    {.name = "wait",
	.kind = OPTION_BOOL,
	.offset = AT(wait),
	.help = "try until it is up or the time is over",
	.group = "Options"},
};

static const struct option_table table = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

/* "30s", "1m30s", "500ms"; a number alone is seconds. At most a day. */
static bool
parse_time(struct str s, int64_t *ms)
{
	static const struct {
		struct str name;
		int64_t ms;
	} units[] = {{STR("ms"), 1}, {STR("s"), 1000}, {STR("m"), 60000},
	    {STR("h"), 3600000}, {STR(""), 1000}};
	int64_t sum = 0;

	if (s.n == 0)
		return false;
	while (s.n > 0) {
		size_t digits = 0, letters = 0, unit = 0;
		uint64_t number;

		while (digits < s.n && chr_digit(s.p[digits]))
			digits++;
		while (
		    digits + letters < s.n && chr_alpha(s.p[digits + letters]))
			letters++;
		while (
		    unit < sizeof(units) / sizeof(units[0]) &&
		    !str_eq(units[unit].name, str_make(s.p + digits, letters)))
			unit++;
		if (unit == sizeof(units) / sizeof(units[0]) ||
		    !str_u64(str_make(s.p, digits), &number) ||
		    number > (uint64_t)TIMEOUT_MS_MAX)
			return false;
		sum += (int64_t)number * units[unit].ms;
		if (sum > TIMEOUT_MS_MAX)
			return false;
		s = str_skip(s, digits + letters);
	}
	*ms = sum;
	return true;
}

/* A server that listens on all addresses answers on the loopback. */
static void
aim_at_loopback(struct address *a)
{
	static const struct {
		const char *host, *loopback;
	} wildcards[] = {{"::", ""}, {"0.0.0.0", "127.0.0.1"}};

	for (size_t i = 0; i < sizeof(wildcards) / sizeof(wildcards[0]); i++)
		if (!a->local && strcmp(a->host, wildcards[i].host) == 0) {
			free(a->host);
			a->host = mem_dups(wildcards[i].loopback);
			return;
		}
}

static bool
is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static enum option_verdict
settle(struct readyz *r, struct buf *why)
{
	if (!parse_time(str_of(r->timeout), &r->timeout_ms)) {
		buf_addf(why, "--timeout: \"%s\" is no time such as 30s",
		    r->timeout);
		return OPTION_USAGE;
	}
	r->web_path = conf_web_path(r->webroot);
	if (r->web_path == NULL) {
		buf_addf(
		    why, "invalid characters in the webroot: %s", r->webroot);
		return OPTION_CONFIG;
	}
	r->https |= is_set(r->ui_cert);
	if (str_ieq(str_of(r->listen), STR("none")))
		r->listen = NULL;
	/* What is named is looked at; without a name, SMTP is. */
	if (!is_set(r->smtp) && !is_set(r->listen))
		r->smtp = "[::]:1025";
	return OPTION_OK;
}

static bool
aim(struct peer *p, const char *option, struct buf *why)
{
	if (address_parse(&p->address, p->where)) {
		aim_at_loopback(&p->address);
		return true;
	}
	buf_addf(why,
	    "%s should be in the format of <ip>:<port> or "
	    "unix:<path>:<mode>: %s",
	    option, p->where);
	return false;
}

/* Reads one line; false with errno. */
static bool
read_line(struct stream *s, struct buf *line, int64_t deadline)
{
	char octets[512];

	buf_reset(line);
	while (str_find(buf_str(line), '\n') == line->len) {
		ssize_t n = stream_read(s, octets, sizeof(octets), deadline);

		if (n <= 0) {
			errno = n == 0 ? ECONNRESET : errno;
			return false;
		}
		buf_add(line, octets, (size_t)n);
		if (line->over) {
			errno = EPROTO;
			return false;
		}
	}
	return true;
}

static bool
ask_smtp(const struct readyz *r, struct stream *s, int64_t deadline)
{
	static const char quit[] = "QUIT\r\n";
	struct buf line = BUF_INIT_MAX(REPLY_MAX);
	bool ok = read_line(s, &line, deadline);
	int error = errno;

	(void)r;
	if (ok && !str_begins(buf_str(&line), STR("220"))) {
		ok = false;
		error = EPROTO;
	}
	/* Takes leave, so that the server's log shows no broken session. */
	if (ok && stream_write(s, quit, sizeof(quit) - 1, deadline) == 0)
		(void)read_line(s, &line, deadline);
	buf_fini(&line);
	errno = error;
	return ok;
}

/* "HTTP/1.1 200 OK" */
static bool
is_good(struct str status)
{
	struct str version = str_cut(&status, ' ');

	return str_begins(version, STR("HTTP/1.")) &&
	       str_begins(status, STR("200"));
}

static bool
ask_http(const struct readyz *r, struct stream *s, int64_t deadline)
{
	char *request = mem_format("GET %sreadyz HTTP/1.1\r\n"
				   "Host: localhost\r\nConnection: close\r\n"
				   "\r\n",
	    r->web_path);
	struct buf line = BUF_INIT_MAX(REPLY_MAX);
	bool ok = stream_write(s, request, strlen(request), deadline) == 0 &&
		  read_line(s, &line, deadline);
	int error = errno;

	if (ok && !is_good(buf_str(&line))) {
		ok = false;
		error = EPROTO;
	}
	buf_fini(&line);
	free(request);
	errno = error;
	return ok;
}

/* One attempt; false with errno. */
static bool
is_ready(const struct readyz *r, const struct peer *p, int64_t deadline)
{
	int64_t left = deadline - io_now();
	int fd = address_connect(&p->address, (int)(left > 0 ? left : 0));
	struct stream s = {.in = fd, .out = fd};
	bool ok;
	int error;

	if (fd < 0)
		return false;
	if (p->tls)
		s.tls = tls_client_new(fd);
	ok = (s.tls == NULL || tls_handshake(s.tls, deadline) == 0) &&
	     p->ask(r, &s, deadline);
	error = errno;
	if (ok && s.tls != NULL)
		tls_close(s.tls);
	tls_free(s.tls);
	close(fd);
	errno = error;
	return ok;
}

static int
look_at(const struct readyz *r, const struct peer *p, int64_t deadline)
{
	for (;;) {
		int64_t attempt = io_now() + ATTEMPT_MS;
		int error;

		if (!r->wait || attempt > deadline)
			attempt = deadline;
		if (is_ready(r, p, attempt))
			return 0;
		error = errno;
		attempt = io_now() + PAUSE_MS;
		if (!r->wait || attempt >= deadline) {
			log_error("[readyz] %s: %s", p->where,
			    error == EPROTO ? p->other : strerror(error));
			return EXIT_NOT_READY;
		}
		(void)io_wait(-1, 0, attempt);
	}
}

static int
look(const struct readyz *r)
{
	struct peer smtp = {
	    r->smtp, {.local = false}, r->smtp_tls, ask_smtp, "no SMTP banner"};
	struct peer web = {r->listen, {.local = false}, r->https, ask_http,
	    "the pages are not ready"};
	int64_t deadline = io_now() + r->timeout_ms;
	struct buf why = BUF_INIT;
	int status = 0;

	if (is_set(r->smtp) && !aim(&smtp, "--smtp", &why))
		status = EX_CONFIG;
	else if (is_set(r->listen) && !aim(&web, "--listen", &why))
		status = EX_CONFIG;
	if (status != 0)
		log_error("[readyz] %s", why.data);
	if (status == 0 && is_set(r->smtp))
		status = look_at(r, &smtp, deadline);
	if (status == 0 && is_set(r->listen))
		status = look_at(r, &web, deadline);
	address_fini(&smtp.address);
	address_fini(&web.address);
	buf_fini(&why);
	return status;
}

static int
show_help(void)
{
	struct buf text = BUF_INIT;
	int rc;

	buf_adds(&text, "usage: mailpit readyz [options]\n");
	option_help(&table, &text);
	buf_adds(&text, "\nExit status: 0 ready, 1 not ready, 64 usage, "
			"78 configuration.\n");
	rc = io_write_file(STDOUT_FILENO, text.data, text.len);
	buf_fini(&text);
	return rc == 0 ? 0 : EX_IOERR;
}

/*
 * What the variables are wrong about in other programs' eyes is not for a
 * health check to tell, so the notices are dropped.
 */
static int
configure(struct readyz *r, int argc, char **argv, struct buf *why)
{
	struct buf notices = BUF_INIT;
	int operand = argc;
	enum option_verdict verdict;

	verdict = option_read_environment(&table, r, &notices, why);
	if (verdict == OPTION_OK)
		verdict = option_read_flags(
		    &table, r, argc, argv, &operand, &notices, why);
	buf_fini(&notices);
	if (verdict == OPTION_OK && operand < argc) {
		buf_addf(why, "readyz takes no operand: %s", argv[operand]);
		verdict = OPTION_USAGE;
	}
	if (verdict == OPTION_OK && !r->help)
		verdict = settle(r, why);
	if (verdict == OPTION_OK)
		return 0;
	return verdict == OPTION_USAGE ? EX_USAGE : EX_CONFIG;
}

int
readyz_main(int argc, char **argv)
{
	struct readyz r = {.timeout = "30s"};
	struct buf why = BUF_INIT;
	int status = configure(&r, argc, argv, &why);

	if (status != 0)
		log_error("[readyz] %s", why.data);
	else if (r.help)
		status = show_help();
	else
		status = look(&r);
	buf_fini(&why);
	free(r.web_path);
	return status;
}
