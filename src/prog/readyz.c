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
#include "conf/option.h"
#include "net/address.h"
#include "prog/subcommand.h"

#define EXIT_NOT_READY 1
#define PAUSE_MS 200
#define ATTEMPT_MS 5000
#define TIMEOUT_MS_MAX (INT64_C(86400) * 1000)
#define REPLY_MAX 4096

struct readyz {
	bool help, wait, implicit_tls;
	const char *smtp, *timeout;
	struct address address;
	int64_t timeout_ms;
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
	.help = "where the server listens ([::]:1025)",
	.group = "Options"},
    {.name = "smtp-require-tls",
	.env = "MP_SMTP_REQUIRE_TLS",
	.kind = OPTION_BOOL,
	.offset = AT(implicit_tls),
	.help = "implicit TLS: it is enough to connect",
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
    {.name = "listen",
	.letter = 'l',
	.env = "MP_UI_BIND_ADDR",
	.kind = OPTION_TEXT,
	.state = OPTION_ELSEWHERE},
    {.name = "webroot",
	.env = "MP_WEBROOT",
	.kind = OPTION_TEXT,
	.state = OPTION_ELSEWHERE},
    {.name = "https", .kind = OPTION_BOOL, .state = OPTION_NOT_YET},
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

static enum option_verdict
settle(struct readyz *r, struct buf *why)
{
	if (!parse_time(str_of(r->timeout), &r->timeout_ms)) {
		buf_addf(why, "--timeout: \"%s\" is no time such as 30s",
		    r->timeout);
		return OPTION_USAGE;
	}
	if (!address_parse(&r->address, r->smtp)) {
		buf_addf(why,
		    "--smtp should be in the format of <ip>:<port> or "
		    "unix:<path>:<mode>: %s",
		    r->smtp);
		return OPTION_CONFIG;
	}
	aim_at_loopback(&r->address);
	return OPTION_OK;
}

/* Reads the first line of a reply; false with errno. */
static bool
read_line(int fd, struct buf *line, int64_t deadline)
{
	char octets[512];

	buf_reset(line);
	while (str_find(buf_str(line), '\n') == line->len) {
		ssize_t n = -1;

		if (io_wait(fd, POLLIN, deadline) != 0)
			return false;
		n = io_read_now(fd, octets, sizeof(octets));
		if (n < 0 && errno == EAGAIN)
			continue;
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

/* Takes leave, so that the server's log shows no broken session. */
static void
say_quit(int fd, struct buf *line, int64_t deadline)
{
	static const char quit[] = "QUIT\r\n";

	if (io_write_now(fd, quit, sizeof(quit) - 1) > 0)
		(void)read_line(fd, line, deadline);
}

/* One attempt; false with errno, EPROTO: something else answered. */
static bool
is_ready(const struct readyz *r, int64_t deadline)
{
	struct buf line = BUF_INIT_MAX(REPLY_MAX);
	int64_t left = deadline - io_now();
	int fd = address_connect(&r->address, (int)(left > 0 ? left : 0));
	int error = 0;

	if (fd < 0)
		return false;
	/* Behind implicit TLS no banner comes before a handshake. */
	if (!r->implicit_tls) {
		if (!read_line(fd, &line, deadline))
			error = errno;
		else if (!str_begins(buf_str(&line), STR("220")))
			error = EPROTO;
		else
			say_quit(fd, &line, deadline);
	}
	buf_fini(&line);
	close(fd);
	errno = error;
	return error == 0;
}

static int
look(const struct readyz *r)
{
	int64_t deadline = io_now() + r->timeout_ms;

	for (;;) {
		int64_t attempt = io_now() + ATTEMPT_MS;
		int error;

		if (!r->wait || attempt > deadline)
			attempt = deadline;
		if (is_ready(r, attempt))
			return 0;
		error = errno;
		attempt = io_now() + PAUSE_MS;
		if (!r->wait || attempt >= deadline) {
			log_error("[readyz] %s: %s", r->smtp,
			    error == EPROTO ? "no SMTP banner"
					    : strerror(error));
			return EXIT_NOT_READY;
		}
		(void)io_wait(-1, 0, attempt);
	}
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
	struct readyz r = {.smtp = "[::]:1025", .timeout = "30s"};
	struct buf why = BUF_INIT;
	int status = configure(&r, argc, argv, &why);

	if (status != 0)
		log_error("[readyz] %s", why.data);
	else if (r.help)
		status = show_help();
	else
		status = look(&r);
	buf_fini(&why);
	address_fini(&r.address);
	return status;
}
