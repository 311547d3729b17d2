/* SPDX-License-Identifier: MIT */
/* fuzz_smtp.c: any octets as what a client says, cut in two ways */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/envelope.h"
#include "smtp/session.h"

/*
 * The first three octets choose the configuration, the world around the
 * session, and how the rest is cut into pieces.
 */
#define CHOICES 3

enum {
	CONF_STARTTLS = 1 << 0,
	CONF_REQUIRE_TLS = 1 << 1,
	CONF_AUTH = 1 << 2,
	CONF_REQUIRE_AUTH = 1 << 3,
	CONF_AUTH_INSECURE = 1 << 4,
	CONF_STRICT_HEADERS = 1 << 5,
	CONF_FORBID_BARE_NEWLINE = 1 << 6,
	CONF_IGNORE_REJECTED = 1 << 7,
};

enum {
	WORLD_TLS = 1 << 0, /* from the first octet */
	WORLD_NO_TLS = 1 << 1, /* a handshake cannot begin */
	WORLD_ACCEPTS = 1 << 2, /* any password */
	WORLD_NO_AUTH = 1 << 3, /* nobody can say */
	WORLD_NO_BEGIN = 1 << 4, /* the store is full */
	WORLD_NO_COMMIT = 1 << 5,
	WORLD_NARROW = 1 << 6, /* small limits, a pattern for recipients */
	WORLD_NO_PEER = 1 << 7,
};

#define FINDINGS_MAX (64u * 1024)
#define EARLY "finding early-input "

struct client {
	unsigned world, dice;
	bool cut;
	size_t said; /* octets */
	struct session_config config;
	int64_t now;
	struct session *session;
	struct buf out; /* all replies */
	struct buf mail; /* all that was stored, without our own block */
	struct buf writing;
	bool storing;
	unsigned begun;
	char id[24];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
tls_available(void *ctx)
{
	return (((struct client *)ctx)->world & WORLD_NO_TLS) == 0;
}

static enum session_auth
authenticate(void *ctx, struct str user, struct str password)
{
	unsigned world = ((struct client *)ctx)->world;

	if ((world & WORLD_NO_AUTH) != 0)
		return SESSION_AUTH_UNAVAILABLE;
	if ((world & WORLD_ACCEPTS) != 0)
		return SESSION_AUTH_ACCEPTED;
	return str_eq(user, STR("joe")) && str_eq(password, STR("secret"))
		   ? SESSION_AUTH_ACCEPTED
		   : SESSION_AUTH_REFUSED;
}

static const char *
store_begin(void *ctx)
{
	struct client *c = ctx;

	must(!c->storing);
	if ((c->world & WORLD_NO_BEGIN) != 0) {
		errno = ENOSPC;
		return NULL;
	}
	c->storing = true;
	snprintf(c->id, sizeof(c->id), "1%021u", ++c->begun);
	return c->id;
}

static void
store_write(void *ctx, const void *p, size_t n)
{
	struct client *c = ctx;

	must(c->storing);
	buf_add(&c->writing, p, n);
}

/* Lines of text; those that depend on the pieces are left out. */
static void
keep_findings(struct client *c, struct str text)
{
	must(text.n <= FINDINGS_MAX && str_is_utf8(text));
	while (text.n > 0) {
		size_t end = str_find(text, '\n');
		struct str line = str_cut(&text, '\n');

		must(end == line.n && (text.n > 0 || line.p[line.n] == '\n'));
		for (size_t i = 0; i < line.n; i++)
			must(!chr_control(line.p[i]));
		if (str_begins(line, STR(EARLY)))
			continue;
		buf_add_str(&c->mail, line);
		buf_addc(&c->mail, '\n');
	}
}

/* Our own block is whole, and nothing the client said gets into it. */
static void
keep_message(struct client *c)
{
	struct str text = buf_str(&c->writing), rest, address;
	struct envelope e;
	size_t recipients = 0;

	must(envelope_read(text, str_of(c->id), &e));
	rest = e.recipients;
	while (envelope_recipient(&rest, &address)) {
		must(address.n > 0 && str_is_utf8(address));
		recipients++;
	}
	must(recipients > 0 && recipients <= c->config.max_recipients);
	must(str_is_utf8(e.reverse_path));
	/* Line ends only shrink; an empty line may come in front. */
	must(text.n - e.block <= c->said + 1);
	buf_addf(&c->mail, "from %.*s\n", STR_ARG(e.reverse_path));
	buf_add_str(&c->mail, e.recipients);
	buf_add_str(&c->mail, str_skip(text, e.block));
}

static int
store_commit(void *ctx, struct str findings)
{
	struct client *c = ctx;

	must(c->storing);
	c->storing = false;
	keep_message(c);
	keep_findings(c, findings);
	buf_reset(&c->writing);
	if ((c->world & WORLD_NO_COMMIT) != 0) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static void
store_abort(void *ctx)
{
	struct client *c = ctx;

	must(c->storing);
	c->storing = false;
	buf_reset(&c->writing);
}

static const struct session_ops ops = {
    .tls_available = tls_available,
    .authenticate = authenticate,
    .store_begin = store_begin,
    .store_write = store_write,
    .store_commit = store_commit,
    .store_abort = store_abort,
};

static const struct session_tls tls = {"TLS1.3", "AES-256-GCM"};

/* The recipients that narrow limits allow. */
static const struct pattern *
allowed(void)
{
	static struct pattern *p;
	struct buf why = BUF_INIT;

	if (p == NULL)
		p = pattern_new("^b@example\\.(com|org)$", &why);
	buf_fini(&why);
	return p;
}

static void
configure(struct client *c, unsigned conf)
{
	bool narrow = (c->world & WORLD_NARROW) != 0;

	c->config = (struct session_config){
	    .host = "mail.example.org",
	    .app = "Mailpit",
	    .max_message_size = narrow ? 64 : 50 << 20,
	    .max_recipients = narrow ? 2 : 100,
	    .allowed_recipients = narrow ? allowed() : NULL,
	    .ignore_rejected_recipients = (conf & CONF_IGNORE_REJECTED) != 0,
	    .starttls = (conf & CONF_STARTTLS) != 0,
	    .require_tls = (conf & CONF_REQUIRE_TLS) != 0,
	    .auth = (conf & CONF_AUTH) != 0,
	    .require_auth = (conf & CONF_REQUIRE_AUTH) != 0,
	    .auth_insecure = (conf & CONF_AUTH_INSECURE) != 0,
	    .strict_headers = (conf & CONF_STRICT_HEADERS) != 0,
	    .forbid_bare_newline = (conf & CONF_FORBID_BARE_NEWLINE) != 0,
	    .max_errors = narrow ? 4 : 20,
	    .max_junk = narrow ? 5 : 100,
	    .max_auth_failures = 3,
	    .max_messages = narrow ? 2 : 10000,
	    .command_timeout = 300000,
	    .data_timeout = 600000,
	};
}

/* Moves the replies on; they are bounded by what was said meanwhile. */
static void
flush(struct client *c, size_t said)
{
	struct buf *out = session_output(c->session);

	must(out->len <= (said + 1) * REPLY_LINE_MAX);
	buf_add_str(&c->out, buf_str(out));
	buf_reset(out);
}

static void
react(struct client *c, struct str rest)
{
	switch (session_next(c->session)) {
	case SESSION_INPUT:
		must(session_deadline(c->session) > c->now);
		break;
	case SESSION_PAUSE:
		must(session_deadline(c->session) > c->now);
		c->now = session_deadline(c->session);
		session_resume(c->session, c->now);
		break;
	case SESSION_TLS:
		if (rest.n > 0) {
			session_tls_injected(c->session);
			break;
		}
		flush(c, 1);
		session_tls_started(c->session, tls, c->now);
		break;
	case SESSION_CLOSE:
		break;
	}
}

static size_t
piece(struct client *c, size_t n)
{
	size_t most;

	if (!c->cut)
		return n;
	c->dice = c->dice * 1103515245u + 12345u;
	most = (size_t)1 << (c->dice >> 28);
	most = 1 + (c->dice >> 8) % most;
	return most < n ? most : n;
}

static void
say(struct client *c, struct str said)
{
	size_t all = said.n;

	while (said.n > 0 && session_next(c->session) != SESSION_CLOSE) {
		size_t n = piece(c, said.n);
		size_t taken = session_feed(c->session, said.p, n, c->now);

		must(taken <= n);
		must(taken == n || session_next(c->session) != SESSION_INPUT);
		said = str_skip(said, taken);
		react(c, said);
		if (c->cut)
			flush(c, taken);
	}
	flush(c, all);
}

/* Lines of RFC 5321 section 4.2, of which the last ends a reply. */
static size_t
check_replies(struct str out)
{
	size_t count = 0;
	bool more = false;
	const char *code = NULL;

	while (out.n > 0) {
		size_t end = str_find(out, '\n');
		struct str line = str_cut(&out, '\n');

		must(end == line.n && line.n < REPLY_LINE_MAX && line.n >= 5);
		must(line.p[--line.n] == '\r' && str_is_printable(line));
		must(line.p[0] >= '2' && line.p[0] <= '5');
		must(chr_digit(line.p[1]) && chr_digit(line.p[2]));
		must(line.p[3] == ' ' || line.p[3] == '-');
		must(!more || memcmp(code, line.p, 3) == 0);
		code = line.p;
		more = line.p[3] == '-';
		count += more ? 0 : 1;
	}
	must(!more);
	return count;
}

static void
end(struct client *c)
{
	struct buf line = BUF_INIT;

	if (session_next(c->session) != SESSION_CLOSE) {
		session_end(c->session, c->dice % 3 == 0   ? SESSION_END_EOF
					: c->dice % 3 == 1 ? SESSION_END_TIMEOUT
							   : SESSION_END_STOP);
		must(session_next(c->session) == SESSION_CLOSE);
		check_replies(buf_str(session_output(c->session)));
	}
	session_summary(c->session, &line);
	must(str_is_printable(buf_str(&line)));
	buf_fini(&line);
	session_free(c->session);
	must(!c->storing);
}

static void
converse(struct client *c, const uint8_t *choices, struct str said, bool cut)
{
	*c = (struct client){
	    .world = choices[1],
	    .dice = choices[2],
	    .cut = cut,
	    .said = said.n,
	    .now = 1000000,
	    .out = BUF_INIT,
	    .mail = BUF_INIT,
	    .writing = BUF_INIT,
	};
	configure(c, choices[0]);
	c->session = session_new(&c->config, &ops, c,
	    (c->world & WORLD_NO_PEER) != 0 ? NULL : "2001:db8::1", "fuzz");
	if ((c->world & WORLD_TLS) != 0)
		session_tls_implicit(c->session, tls);
	session_greet(c->session, false, c->now);
	say(c, said);
	end(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct client whole, pieces;
	struct str said;
	size_t lines = 0;

	if (n < CHOICES)
		return 0;
	/* Lines are still made, so that the sanitizers see it. */
	log_set_level(LOG_LEVEL_DEBUG);
	log_to_nowhere();
	said = str_make((const char *)data + CHOICES, n - CHOICES);
	for (size_t i = 0; i < said.n; i++)
		lines += said.p[i] == '\n' ? 1 : 0;
	converse(&whole, data, said, false);
	converse(&pieces, data, said, true);
	/* A banner, a reply to each line, and one because of a closed door. */
	must(check_replies(buf_str(&whole.out)) <= lines + 2);
	must(str_eq(buf_str(&whole.out), buf_str(&pieces.out)));
	must(str_eq(buf_str(&whole.mail), buf_str(&pieces.mail)));
	buf_fini(&whole.out);
	buf_fini(&whole.mail);
	buf_fini(&whole.writing);
	buf_fini(&pieces.out);
	buf_fini(&pieces.mail);
	buf_fini(&pieces.writing);
	return 0;
}
