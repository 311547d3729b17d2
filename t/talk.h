/* SPDX-License-Identifier: MIT */
#ifndef T_TALK_H
#define T_TALK_H

/*
 * talk: a client, a clock and a store around the SMTP engine.
 *
 * A talk drives a session as its pump does, with all that the client says cut
 * into pieces in one of several ways: a dialogue must have the same replies
 * and store the same octets however it is cut. The store keeps messages in
 * memory, and fails when and how it is told; the clock stands still unless a
 * test moves it or the session asks for a pause. Each test_session_*.c has
 * its own copy of these functions, so they are all static.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "smtp/session.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define EHLO "EHLO client.example\r\n"
#define MAIL "MAIL FROM:<a@example.org>\r\n"
#define RCPT "RCPT TO:<b@example.com>\r\n"
#define HEADER "From: a\r\nDate: d\r\n\r\n"
#define STORED "From: a\nDate: d\n\n"
#define DOT "\r\n.\r\n"

#define MAILS_MAX 64

/* Pieces of 1 to step octets, by chance if there is a seed; 0: in one. */
struct cut {
	size_t step;
	unsigned seed;
};

static const struct cut cuts[] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {5, 1},
    {9, 2}, {30, 3}, {100, 4}, {1000, 5}};

struct mail {
	struct buf text;
	char *findings;
};

struct talk {
	/* set between talk_init() and talk_open() */
	struct session_config config;
	const char *peer;
	bool implicit_tls;
	/* these may change at any time */
	bool no_tls; /* a handshake cannot begin */
	enum session_auth others; /* verdict on all but joe, secret */
	int fail_begin, fail_commit; /* errno; 0: no failure */
	int64_t now;
	struct cut cut;

	/* results */
	struct session *session;
	struct buf out; /* all replies since talk_forget() */
	struct mail mails[MAILS_MAX];
	size_t count;
	size_t begun, aborted; /* of the store */
	size_t logins;
	int64_t paused; /* milliseconds */

	/* private */
	unsigned dice;
	bool storing;
	struct buf writing;
	char id[24];
};

static inline bool
talk_tls_available(void *ctx)
{
	return !((struct talk *)ctx)->no_tls;
}

static inline enum session_auth
talk_authenticate(void *ctx, struct str user, struct str password)
{
	struct talk *t = ctx;

	t->logins++;
	if (str_eq(user, STR("joe")) && str_eq(password, STR("secret")))
		return SESSION_AUTH_ACCEPTED;
	return t->others;
}

static inline const char *
talk_begin(void *ctx)
{
	struct talk *t = ctx;

	cr_assert_not(t->storing, "a message was begun inside another");
	if (t->fail_begin != 0) {
		errno = t->fail_begin;
		return NULL;
	}
	t->storing = true;
	t->begun++;
	snprintf(t->id, sizeof(t->id), "ID%020zu", t->begun);
	return t->id;
}

static inline void
talk_write(void *ctx, const void *p, size_t n)
{
	struct talk *t = ctx;

	cr_assert(t->storing, "octets for no message");
	buf_add(&t->writing, p, n);
}

static inline int
talk_commit(void *ctx, struct str findings)
{
	struct talk *t = ctx;

	cr_assert(t->storing, "the end of no message");
	t->storing = false;
	if (t->fail_commit != 0) {
		buf_reset(&t->writing);
		errno = t->fail_commit;
		return -1;
	}
	cr_assert_lt(t->count, MAILS_MAX);
	t->mails[t->count].text = t->writing;
	t->mails[t->count++].findings = mem_dup(findings.p, findings.n);
	t->writing = (struct buf)BUF_INIT;
	return 0;
}

static inline void
talk_abort(void *ctx)
{
	struct talk *t = ctx;

	cr_assert(t->storing, "no message to drop");
	t->storing = false;
	t->aborted++;
	buf_reset(&t->writing);
}

static const struct session_ops talk_ops = {
    .tls_available = talk_tls_available,
    .authenticate = talk_authenticate,
    .store_begin = talk_begin,
    .store_write = talk_write,
    .store_commit = talk_commit,
    .store_abort = talk_abort,
};

static const struct session_tls talk_tls = {"TLS1.3", "AES-256-GCM"};

/* What a server without any option would have. */
static inline void
talk_init(struct talk *t)
{
	/* Lines are still made, so that the sanitizers see it. */
	log_set_level(LOG_LEVEL_DEBUG);
	cr_assert_eq(log_to_file("/dev/null"), 0);
	*t = (struct talk){
	    .config = {.host = "mail.example.org",
		.app = "Mailpit",
		.max_message_size = 50 << 20,
		.max_recipients = 100,
		.max_errors = 20,
		.max_junk = 100,
		.max_auth_failures = 3,
		.max_messages = 10000,
		.command_timeout = 300000,
		.data_timeout = 600000},
	    .peer = "192.0.2.1",
	    .others = SESSION_AUTH_REFUSED,
	    .now = 1000000,
	    .out = BUF_INIT,
	    .writing = BUF_INIT,
	};
}

/* Moves the replies that are due to t->out. */
static inline void
talk_flush(struct talk *t)
{
	struct buf *out = session_output(t->session);

	buf_add_str(&t->out, buf_str(out));
	buf_reset(out);
}

static inline void
talk_forget(struct talk *t)
{
	buf_reset(&t->out);
}

/* Begins the session; its banner is checked here, once and for all. */
static inline void
talk_open(struct talk *t)
{
	t->session =
	    session_new(&t->config, &talk_ops, t, t->peer, "the-session");
	if (t->implicit_tls)
		session_tls_implicit(t->session, talk_tls);
	session_greet(t->session, false, t->now);
	talk_flush(t);
	cr_assert_str_eq(t->out.data,
	    "220 mail.example.org Mailpit ESMTP Service ready\r\n");
	talk_forget(t);
}

static inline void
talk_close(struct talk *t)
{
	session_free(t->session);
	cr_assert_not(t->storing, "a message was left unfinished");
	for (size_t i = 0; i < t->count; i++) {
		buf_fini(&t->mails[i].text);
		free(t->mails[i].findings);
	}
	buf_fini(&t->out);
	buf_fini(&t->writing);
}

/* rest is what the client has sent and the session has not taken. */
static inline void
talk_react(struct talk *t, struct str rest)
{
	int64_t until;

	switch (session_next(t->session)) {
	case SESSION_PAUSE:
		until = session_deadline(t->session);
		t->paused += until - t->now;
		t->now = until;
		session_resume(t->session, t->now);
		break;
	case SESSION_TLS:
		if (rest.n > 0) {
			session_tls_injected(t->session);
			break;
		}
		talk_flush(t);
		session_tls_started(t->session, talk_tls, t->now);
		break;
	default:
		break;
	}
}

static inline size_t
talk_piece(struct talk *t, size_t n)
{
	size_t piece = t->cut.step;

	if (t->cut.seed != 0) {
		t->dice = (t->dice + t->cut.seed) * 1103515245u + 12345u;
		piece = 1 + (t->dice >> 8) % t->cut.step;
	}
	return piece == 0 || piece > n ? n : piece;
}

/* The client says all this without waiting; replies pile up in t->out. */
static inline void
talk_say(struct talk *t, struct str in)
{
	while (in.n > 0 && session_next(t->session) != SESSION_CLOSE) {
		size_t n = talk_piece(t, in.n);
		size_t taken = session_feed(t->session, in.p, n, t->now);

		cr_assert(
		    taken == n || session_next(t->session) != SESSION_INPUT);
		in = str_skip(in, taken);
		talk_react(t, in);
	}
	talk_flush(t);
}

static inline void
talk_says(struct talk *t, const char *in)
{
	talk_say(t, str_of(in));
}

static inline bool
talk_is_closed(const struct talk *t)
{
	return session_next(t->session) == SESSION_CLOSE;
}

/* "250/2.1.0 354 ...": the codes of each reply in t->out. */
static inline void
talk_codes(const struct talk *t, struct buf *codes)
{
	struct str rest = buf_str(&t->out);

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n'), text, word;

		cr_assert(line.n >= 5 && line.p[line.n - 1] == '\r',
		    "no reply line: %.*s", STR_ARG(line));
		if (line.p[3] != ' ')
			continue;
		buf_addf(codes, "%s%.3s", codes->len > 0 ? " " : "", line.p);
		text = str_skip(line, 4);
		word = str_word(&text);
		if (str_find(word, '.') == 1)
			buf_addf(codes, "/%.*s", STR_ARG(word));
	}
}

/* A code that is expected without its enhanced code stands for any. */
static inline bool
codes_match(struct str got, struct str expected)
{
	while (got.n > 0 || expected.n > 0) {
		struct str word = str_word(&got), mask = str_word(&expected);

		if (str_find(mask, '/') == mask.n)
			word = str_cut(&word, '/');
		if (!str_eq(word, mask))
			return false;
	}
	return true;
}

/* The replies since talk_forget() have these codes; then forgets them. */
static inline void
talk_expect(struct talk *t, const char *codes, const char *label)
{
	struct buf got = BUF_INIT;

	talk_codes(t, &got);
	cr_expect(codes_match(buf_str(&got), str_of(codes)),
	    "%s, cut %zu/%u:\n%s instead of\n%s", label, t->cut.step,
	    t->cut.seed, got.data, codes);
	buf_fini(&got);
	talk_forget(t);
}

/* The message behind our own block. */
static inline struct str
mail_content(const struct mail *m)
{
	struct str rest = buf_str(&m->text);

	while (rest.n > 0)
		if (str_begins(str_cut(&rest, '\n'), STR("\tid ")))
			break;
	return rest;
}

/* "code count, ..., param ..." without what depends on the pieces. */
static inline void
mail_findings(const struct mail *m, struct buf *out)
{
	struct str rest = str_of(m->findings);

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n'), word = line;

		if (str_begins(line, STR("finding early-input ")))
			continue;
		if (out->len > 0)
			buf_adds(out, ", ");
		if (!str_begins(line, STR("finding "))) {
			buf_add_str(out, line);
			continue;
		}
		str_cut(&word, ' ');
		buf_add_str(out, str_cut(&word, ' '));
		buf_addc(out, ' ');
		buf_add_str(out, str_cut(&word, ' '));
	}
}

struct dialogue {
	const char *label;
	struct str said;
	const char *codes;
	struct str stored; /* "[content][content]" */
	const char *findings; /* "[findings][findings]"; NULL: any */
	bool closed;
	void (*set)(struct talk *t);
};

static inline void
talk_compare(struct talk *t, const struct dialogue *d)
{
	struct buf stored = BUF_INIT, findings = BUF_INIT;

	talk_expect(t, d->codes, d->label);
	cr_expect_eq(talk_is_closed(t), d->closed, "%s, cut %zu/%u", d->label,
	    t->cut.step, t->cut.seed);
	for (size_t i = 0; i < t->count; i++) {
		struct buf found = BUF_INIT;

		buf_addc(&stored, '[');
		buf_add_str(&stored, mail_content(&t->mails[i]));
		buf_addc(&stored, ']');
		mail_findings(&t->mails[i], &found);
		buf_addf(&findings, "[%s]", found.data);
		buf_fini(&found);
	}
	cr_expect(str_eq(buf_str(&stored), d->stored),
	    "%s, cut %zu/%u: stored %s", d->label, t->cut.step, t->cut.seed,
	    stored.data);
	if (d->findings != NULL)
		cr_expect_str_eq(findings.data, d->findings,
		    "%s, cut %zu/%u: %s", d->label, t->cut.step, t->cut.seed,
		    findings.data);
	buf_fini(&stored);
	buf_fini(&findings);
}

/* One dialogue, cut in every way. */
static inline void
talk_hold(const struct dialogue *d)
{
	for (size_t i = 0; i < COUNT(cuts); i++) {
		struct talk t;

		talk_init(&t);
		t.cut = cuts[i];
		if (d->set != NULL)
			d->set(&t);
		talk_open(&t);
		talk_say(&t, d->said);
		talk_compare(&t, d);
		talk_close(&t);
	}
}

#endif
