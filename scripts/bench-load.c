/* SPDX-License-Identifier: MIT */
/* bench-load.c: send mail as fast as it is taken, and measure that */

/*
 * The client behaves as most libraries do: one command at a time, the reply
 * read and checked before the next, no pipelining, a full TLS handshake per
 * connection, certificates not verified. Any reply that is not the expected
 * one, and any octet behind it, ends the run with an error, so a number is
 * only ever printed for mail that was accepted.
 *
 * The store loop writes the same number of octets into files without any SMTP;
 * it is what the file system allows at best.
 *
 * A run ends when its count is reached or its time is over. Sessions that are
 * open by then finish their message and say QUIT. When a peer hangs for
 * GRACE_MS beyond that, the process ends with an error.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#define REPLY_MAX 8192
#define GRACE_MS 20000

/* The options; up to NUMBERS they take a number. */
enum {
	CONNECTIONS,
	MESSAGES,
	PARALLEL,
	SIZE,
	MILLISECONDS,
	SYNC,
	NUMBERS,
	STARTTLS = NUMBERS,
	AUTH,
	STORE_LOOP,
	OPTIONS,
};

/* What SYNC makes durable. */
enum {
	SYNC_NOTHING,
	SYNC_FILE,
	SYNC_FOLDER, /* the file, and after the rename the folder */
};

static const struct {
	const char *name;
	uint64_t min, max, preset;
} numbers[NUMBERS] = {
    [CONNECTIONS] = {"connections", 1, 10000000, 1000},
    [MESSAGES] = {"messages-per-connection", 1, 10000000, 1},
    [PARALLEL] = {"parallel", 1, 256, 4},
    [SIZE] = {"size", 256, 50u << 20, 2048},
    [MILLISECONDS] = {"milliseconds", 1, 600000, 60000},
    [SYNC] = {"sync", SYNC_NOTHING, SYNC_FOLDER, SYNC_FOLDER},
};

struct samples {
	uint32_t *us;
	size_t n, cap;
};

/* What all threads share. */
struct run {
	/* Set before the threads start. */
	uint64_t number[NUMBERS];
	bool (*job)(struct run *run);
	struct sockaddr_in peer;
	bool starttls;
	struct buf auth; /* the AUTH command, or empty */
	gnutls_certificate_credentials_t cred;
	const char *store;
	int tmp, new; /* folders in it */
	struct buf message;
	int64_t end; /* in microseconds, see now_us() */

	atomic_uint_fast64_t started, files;
	atomic_bool failed;

	pthread_mutex_t lock; /* for what follows */
	struct samples messages, connections;
	struct buf why; /* what went wrong first */
};

struct client {
	struct run *run;
	int fd;
	gnutls_session_t tls; /* NULL: clear text */
	struct buf in;
};

static int64_t
now_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		bug("no monotonic clock");
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static bool
is_over(struct run *run)
{
	return atomic_load(&run->failed) || now_us() >= run->end;
}

/* Notes the time since start. */
static void
sample(struct run *run, struct samples *s, int64_t start)
{
	int64_t us = now_us() - start;

	pthread_mutex_lock(&run->lock);
	if (s->n == s->cap) {
		s->cap = s->cap != 0 ? s->cap * 2 : 4096;
		s->us = mem_grow(s->us, s->cap, sizeof(s->us[0]));
	}
	s->us[s->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	pthread_mutex_unlock(&run->lock);
}

/* Always returns false, so that callers can return it. */
static bool
fail(struct run *run, struct str what, const char *why)
{
	pthread_mutex_lock(&run->lock);
	if (run->why.len == 0)
		buf_addf(&run->why, "%.*s: %s", STR_ARG(what), why);
	pthread_mutex_unlock(&run->lock);
	return false;
}

static bool
client_send(struct client *c, struct str s)
{
	while (s.n > 0) {
		ssize_t n;

		if (c->tls != NULL)
			n = gnutls_record_send(c->tls, s.p, s.n);
		else
			n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);
		if (n >= 0)
			s = str_skip(s, (size_t)n);
		else if (c->tls == NULL && errno != EINTR)
			return fail(c->run, STR("send"), strerror(errno));
		else if (c->tls != NULL && gnutls_error_is_fatal((int)n))
			return fail(
			    c->run, STR("send"), gnutls_strerror((int)n));
	}
	return true;
}

/* Appends what comes to the input. */
static bool
client_receive(struct client *c)
{
	const char *why = "the peer closed the connection";
	char chunk[2048];
	ssize_t n;

	for (;;) {
		if (c->tls != NULL)
			n = gnutls_record_recv(c->tls, chunk, sizeof(chunk));
		else
			n = recv(c->fd, chunk, sizeof(chunk), 0);
		if (n >= 0)
			break;
		why =
		    c->tls != NULL ? gnutls_strerror((int)n) : strerror(errno);
		if (c->tls != NULL ? gnutls_error_is_fatal((int)n) != 0
				   : errno != EINTR)
			break;
	}
	if (n <= 0)
		return fail(c->run, STR("receive"), why);
	buf_add(&c->in, chunk, (size_t)n);
	return !c->in.over || fail(c->run, STR("receive"), "too much");
}

/*
 * Reads one reply with this code and nothing behind it. All its lines but the
 * last have '-' behind the code (RFC 5321 section 4.2.1).
 */
static bool
client_expect(struct client *c, struct str what, struct str code)
{
	bool more = true;

	while (more) {
		struct str rest = buf_str(&c->in), line;

		if (str_find(rest, '\n') == rest.n) {
			if (!client_receive(c))
				return false;
			continue;
		}
		line = str_cut(&rest, '\n');
		if (line.n < 5 || line.p[line.n - 1] != '\r' ||
		    !str_begins(line, code) ||
		    (line.p[3] != ' ' && line.p[3] != '-'))
			return fail(c->run, what, c->in.data);
		more = line.p[3] == '-';
		buf_consume(&c->in, c->in.len - rest.n);
	}
	if (c->in.len != 0)
		return fail(c->run, what, "the peer talks out of turn");
	return true;
}

static bool
client_ask(struct client *c, struct str command, struct str code)
{
	struct str rest = command, verb = str_word(&rest);

	return client_send(c, command) && client_expect(c, verb, code);
}

static bool
client_connect(struct client *c)
{
	const struct sockaddr_in *peer = &c->run->peer;
	const int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (const struct sockaddr *)peer, sizeof(*peer)) != 0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		return fail(c->run, STR("connect"), strerror(errno));
	return true;
}

static bool
client_start_tls(struct client *c)
{
	int rc;

	if (!client_ask(c, STR("STARTTLS\r\n"), STR("220")))
		return false;
	rc = gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	if (rc == 0)
		rc = gnutls_set_default_priority(c->tls);
	if (rc == 0)
		rc = gnutls_credentials_set(
		    c->tls, GNUTLS_CRD_CERTIFICATE, c->run->cred);
	if (rc == 0) {
		gnutls_transport_set_int(c->tls, c->fd);
		do
			rc = gnutls_handshake(c->tls);
		while (rc < 0 && !gnutls_error_is_fatal(rc));
	}
	if (rc != 0)
		return fail(c->run, STR("TLS"), gnutls_strerror(rc));
	return client_ask(c, STR("EHLO localhost\r\n"), STR("250"));
}

static bool
client_open(struct client *c)
{
	struct run *run = c->run;

	return client_connect(c) &&
	       client_expect(c, STR("greeting"), STR("220")) &&
	       client_ask(c, STR("EHLO localhost\r\n"), STR("250")) &&
	       (!run->starttls || client_start_tls(c)) &&
	       (run->auth.len == 0 ||
		   client_ask(c, buf_str(&run->auth), STR("235")));
}

static void
client_close(struct client *c)
{
	if (c->tls != NULL) {
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(c->tls);
	}
	if (c->fd >= 0)
		close(c->fd);
	buf_fini(&c->in);
}

static bool
send_message(struct client *c)
{
	int64_t start = now_us();

	if (!client_ask(c, STR("MAIL FROM:<a@example.com>\r\n"), STR("250")) ||
	    !client_ask(c, STR("RCPT TO:<b@example.com>\r\n"), STR("250")) ||
	    !client_ask(c, STR("DATA\r\n"), STR("354")) ||
	    !client_send(c, buf_str(&c->run->message)) ||
	    !client_expect(c, STR("message"), STR("250")))
		return false;
	sample(c->run, &c->run->messages, start);
	return true;
}

/* A job is one connection with at least one message. */
static bool
run_session(struct run *run)
{
	struct client c = {.run = run, .fd = -1, .in = BUF_INIT_MAX(REPLY_MAX)};
	int64_t start = now_us();
	bool ok = client_open(&c);

	for (uint64_t i = 0; ok && i < run->number[MESSAGES]; i++)
		if (i == 0 || !is_over(run))
			ok = send_message(&c);
	ok = ok && client_ask(&c, STR("QUIT\r\n"), STR("221"));
	client_close(&c);
	if (ok)
		sample(run, &run->connections, start);
	return ok;
}

/* A job is one file. What fails stays there: it ends the run. */
static bool
run_store(struct run *run)
{
	const uint64_t sync = run->number[SYNC];
	int64_t start = now_us();
	char name[64];
	int fd;

	/* Unique over the runs, whose files may all stay. */
	snprintf(name, sizeof(name), "%jd.%jd.%ju", (intmax_t)getpid(),
	    (intmax_t)run->end, (uintmax_t)atomic_fetch_add(&run->files, 1));
	fd = openat(
	    run->tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 ||
	    io_write_file(fd, run->message.data, run->number[SIZE]) != 0 ||
	    (sync >= SYNC_FILE && fsync(fd) != 0) || io_close(fd) != 0 ||
	    renameat(run->tmp, name, run->new, name) != 0 ||
	    (sync >= SYNC_FOLDER && fsync(run->new) != 0))
		return fail(run, STR("store"), strerror(errno));
	sample(run, &run->messages, start);
	return true;
}

static bool
open_store(struct run *run)
{
	int dir = open(run->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	run->tmp = openat(dir, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run->new = openat(dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && run->tmp >= 0 && run->new >= 0;
}

static void *
work(void *arg)
{
	struct run *run = arg;

	while (!is_over(run) &&
	       atomic_fetch_add(&run->started, 1) < run->number[CONNECTIONS])
		if (!run->job(run))
			atomic_store(&run->failed, true);
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
print_samples(const char *what, const struct samples *s, double seconds)
{
	static const size_t percents[] = {50, 90, 99, 100};

	printf("%ss %zu\n%ss_per_second %.1f\n", what, s->n, what,
	    (double)s->n / seconds);
	if (s->n == 0)
		return;
	qsort(s->us, s->n, sizeof(s->us[0]), by_value);
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		/* The nearest rank, counted from 1. */
		size_t rank = (s->n * percents[i] + 99) / 100;

		printf("%s_ms_p%zu %.3f\n", what, percents[i],
		    s->us[rank - 1] / 1000.0);
	}
}

/* Runs the threads to their end and returns the seconds that took. */
static double
run_threads(struct run *run)
{
	size_t n = run->number[PARALLEL];
	pthread_t *threads = mem_grow(NULL, n, sizeof(threads[0]));
	int64_t start = now_us();
	struct timespec limit;

	run->end = start + (int64_t)run->number[MILLISECONDS] * 1000;
	limit = (struct timespec){
	    .tv_sec = (time_t)((run->end / 1000 + GRACE_MS) / 1000)};
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, run) != 0)
			die("cannot start a thread");
	for (size_t i = 0; i < n; i++)
		if (pthread_clockjoin_np(
			threads[i], NULL, CLOCK_MONOTONIC, &limit) != 0)
			die("the peer hangs");
	free(threads);
	return (double)(now_us() - start) / 1e6;
}

/* Returns the exit status. */
static int
measure(struct run *run)
{
	double seconds = run_threads(run);

	if (run->why.len != 0) {
		log_error("%s", run->why.data);
		return EX_PROTOCOL;
	}
	printf("seconds %.3f\n", seconds);
	print_samples("message", &run->messages, seconds);
	print_samples("connection", &run->connections, seconds);
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

/* A message of exactly size octets, and the dot that ends it. */
static void
make_message(struct buf *out, size_t size)
{
	buf_adds(out, "From: A <a@example.com>\r\nTo: b@example.com\r\n"
		      "Subject: a message of the benchmark\r\n"
		      "Date: Thu, 01 Jan 2026 12:00:00 +0000\r\n"
		      "Message-ID: <bench@example.com>\r\n\r\n");
	while (out->len + 2 < size) {
		size_t left = size - 2 - out->len;

		for (size_t i = 0; i < 72 && left > 0; i++, left--)
			buf_addc(out, (char)('a' + i % 26));
		if (left > 2)
			buf_adds(out, "\r\n");
	}
	buf_adds(out, "\r\n.\r\n");
}

/* RFC 4616 section 2, without an authorization identity. */
static bool
set_auth(struct run *run, const char *text)
{
	struct str password = str_of(text);
	struct str user = str_cut(&password, ':');
	struct buf plain = BUF_INIT;

	buf_addf(&plain, "%c%.*s%c%s", 0, STR_ARG(user), 0, password.p);
	buf_reset(&run->auth);
	buf_adds(&run->auth, "AUTH PLAIN ");
	codec_base64_encode(&run->auth, buf_str(&plain));
	buf_adds(&run->auth, "\r\n");
	buf_fini(&plain);
	return user.n > 0 && password.n > 0;
}

/* HOST:PORT, where HOST is an IPv4 address. */
static bool
set_peer(struct run *run, const char *text)
{
	struct str port = str_of(text), cut = str_cut(&port, ':');
	char *host = mem_dup(cut.p, cut.n);
	uint64_t number;
	bool ok = inet_pton(AF_INET, host, &run->peer.sin_addr) == 1 &&
		  str_u64(port, &number) && number > 0 && number <= UINT16_MAX;

	if (ok) {
		run->peer.sin_family = AF_INET;
		run->peer.sin_port = htons((uint16_t)number);
	}
	free(host);
	return ok;
}

_Noreturn static void
usage(void)
{
	fputs("usage: bench-load [--starttls] [--auth USER:PASSWORD] [LIMITS]"
	      " HOST:PORT\n"
	      "       bench-load --store-loop DIR [LIMITS]\n",
	    stderr);
	for (size_t i = 0; i < NUMBERS; i++)
		fprintf(stderr, "  --%s N\t%ju to %ju, else %ju\n",
		    numbers[i].name, (uintmax_t)numbers[i].min,
		    (uintmax_t)numbers[i].max, (uintmax_t)numbers[i].preset);
	exit(EX_USAGE);
}

static bool
set_option(struct run *run, int option, const char *value)
{
	switch (option) {
	case STARTTLS:
		run->starttls = true;
		return true;
	case AUTH:
		return set_auth(run, value);
	case STORE_LOOP:
		run->job = run_store;
		run->store = value;
		return true;
	default:
		return option >= 0 && option < NUMBERS &&
		       str_u64(str_of(value), &run->number[option]) &&
		       run->number[option] >= numbers[option].min &&
		       run->number[option] <= numbers[option].max;
	}
}

static void
set_options(struct run *run, int argc, char **argv)
{
	struct option table[OPTIONS + 1] = {
	    [STARTTLS] = {"starttls", no_argument, NULL, STARTTLS},
	    [AUTH] = {"auth", required_argument, NULL, AUTH},
	    [STORE_LOOP] = {"store-loop", required_argument, NULL, STORE_LOOP},
	};
	int option;

	for (int i = 0; i < NUMBERS; i++) {
		table[i] = (struct option){
		    numbers[i].name, required_argument, NULL, i};
		run->number[i] = numbers[i].preset;
	}
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1)
		if (!set_option(run, option, optarg))
			usage();
	if (run->store != NULL
		? optind != argc
		: optind != argc - 1 || !set_peer(run, argv[optind]))
		usage();
}

int
main(int argc, char **argv)
{
	struct run run = {
	    .job = run_session,
	    .auth = BUF_INIT,
	    .message = BUF_INIT,
	    .why = BUF_INIT,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	};
	int rc;

	set_options(&run, argc, argv);
	make_message(&run.message, run.number[SIZE]);
	if (run.store != NULL && !open_store(&run))
		die("%s: no tmp/ and new/ in it", run.store);
	if (gnutls_certificate_allocate_credentials(&run.cred) != 0)
		die("TLS is not available");
	rc = measure(&run);
	gnutls_certificate_free_credentials(run.cred);
	free(run.messages.us);
	free(run.connections.us);
	buf_fini(&run.auth);
	buf_fini(&run.message);
	buf_fini(&run.why);
	return rc;
}
