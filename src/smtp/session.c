/* SPDX-License-Identifier: MIT */
/* session.c: lines in, replies out, and when a session ends */

#include "smtp/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/mem.h"
#include "smtp/engine.h"

/* The slowest sender of a message that is waited for: octets a second. */
#define SLOWEST 500

struct session *
session_new(const struct session_config *config, const struct session_ops *ops,
    void *ctx, const char *peer, const char *id)
{
	struct session *s = mem_new(sizeof(*s));

	*s = (struct session){
	    .config = config,
	    .ops = ops,
	    .ctx = ctx,
	    .peer = peer,
	    .id = id,
	    .phase = PHASE_GREET,
	    .input = INPUT_COMMAND,
	    .next = SESSION_INPUT,
	    .how = SESSION_END_ERROR,
	    .helo = BUF_INIT,
	    .user = BUF_INIT,
	    .line = BUF_INIT_MAX(AUTH_LINE_MAX),
	    .out = BUF_INIT,
	    .sasl = {.user = BUF_INIT_MAX(AUTH_LINE_MAX)},
	};
	transaction_reset(s);
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	transaction_reset(s);
	for (size_t i = 0; i < s->reply_count; i++)
		free(s->replies[i]);
	buf_wipe(&s->line);
	buf_wipe(&s->sasl.user);
	buf_fini(&s->tx.reverse_path);
	buf_fini(&s->tx.parameters);
	buf_fini(&s->line);
	buf_fini(&s->sasl.user);
	buf_fini(&s->helo);
	buf_fini(&s->user);
	buf_fini(&s->out);
	free(s);
}

enum session_next
session_next(const struct session *s)
{
	return s->next;
}

struct buf *
session_output(struct session *s)
{
	return &s->out;
}

bool
session_is_idle(const struct session *s)
{
	return s->input == INPUT_COMMAND && !s->tx.receiving &&
	       s->line.len == 0;
}

/* The client got the protocol wrong; a refusal of something lawful is none. */
static bool
counts_as_error(int code)
{
	return (code >= 500 && code <= 504) || code == 530 || code == 553 ||
	       code == 554;
}

/* What the client was refused, for the log and the session line. */
static void
keep_reply(struct session *s, struct str line)
{
	line = str_trim_crlf(line);
	log_warning("[smtpd] response (%s) %.*s",
	    s->peer != NULL ? s->peer : "local", STR_ARG(line));
	if (s->reply_count < REPLIES_KEPT)
		s->replies[s->reply_count++] = mem_dup(line.p, line.n);
}

static void
write_reply(
    struct session *s, enum reply r, char separator, const char *argument)
{
	struct reply_words words = {
	    .host = s->config->host,
	    .app = s->config->app,
	    .max_size = s->config->max_message_size,
	};
	size_t before = s->out.len;
	struct str line;

	reply_write(&s->out, r, separator, &words, argument);
	line = str_skip(buf_str(&s->out), before);
	if (reply_code(r) >= 400)
		keep_reply(s, line);
	else
		log_debug("[smtpd] response (%s) %.*s",
		    s->peer != NULL ? s->peer : "local",
		    STR_ARG(str_trim_crlf(line)));
}

void
session_reply_part(struct session *s, enum reply r, const char *argument)
{
	write_reply(s, r, '-', argument);
}

void
session_reply_arg(struct session *s, enum reply r, const char *argument)
{
	if (counts_as_error(reply_code(r)) &&
	    ++s->errors >= s->config->max_errors) {
		session_close(s, REPLY_TOO_MANY_ERRORS);
		return;
	}
	write_reply(s, r, ' ', argument);
}

void
session_reply(struct session *s, enum reply r)
{
	session_reply_arg(s, r, NULL);
}

void
session_close(struct session *s, enum reply r)
{
	write_reply(s, r, ' ', NULL);
	s->next = SESSION_CLOSE;
}

void
session_tls_implicit(struct session *s, struct session_tls tls)
{
	s->tls_active = true;
	s->tls = tls;
}

void
session_greet(struct session *s, bool early, int64_t now)
{
	s->now = now;
	s->line_begun = now;
	if (early)
		finding_note(&s->findings, FINDING_EARLY_INPUT);
	session_reply(s, REPLY_BANNER);
}

void
session_tls_started(struct session *s, struct session_tls tls, int64_t now)
{
	s->now = now;
	s->line_begun = now;
	s->phase = PHASE_GREET;
	s->esmtp = false;
	s->authenticated = false;
	s->findings = (struct findings){0};
	transaction_reset(s);
	buf_reset(&s->helo);
	buf_reset(&s->user);
	session_tls_implicit(s, tls);
	s->next = SESSION_INPUT;
}

void
session_tls_injected(struct session *s)
{
	buf_truncate(&s->out, s->tls_reply);
	session_close(s, REPLY_INJECTION);
}

void
session_resume(struct session *s, int64_t now)
{
	s->now = now;
	s->line_begun = now;
	s->next = s->after_pause;
}

int64_t
session_deadline(const struct session *s)
{
	int64_t line = s->line_begun + s->config->command_timeout;
	uint64_t grace = s->data_octets / SLOWEST * 1000;
	int64_t message;

	if (s->next == SESSION_PAUSE)
		return s->pause_until;
	if (s->input != INPUT_DATA && s->input != INPUT_CHUNK &&
	    !s->tx.receiving)
		return line;
	if (grace > INT32_MAX)
		grace = INT32_MAX;
	message = s->data_begun + s->config->data_timeout + (int64_t)grace;
	/* Between two chunks both clocks run. */
	if (s->input == INPUT_COMMAND && line < message)
		return line;
	return message;
}

void
session_end(struct session *s, enum session_end how)
{
	transaction_reset(s);
	s->how = how;
	buf_reset(&s->out);
	if (how == SESSION_END_TIMEOUT)
		session_close(s, REPLY_TIMEOUT);
	else if (how == SESSION_END_STOP)
		session_close(s, REPLY_STOPPING);
	s->next = SESSION_CLOSE;
}

static struct str
first_word(struct str line)
{
	return str_word(&line);
}

/*
 * Passwords are behind AUTH and in the lines of its dialogue. When AUTH is
 * refused, these lines may come all the same and look like commands.
 */
static void
log_command(const struct session *s, struct str line)
{
	struct str verb = first_word(line);

	if (s->input == INPUT_AUTH)
		line = STR("(hidden)");
	else if (str_ieq(verb, STR("AUTH")) || !verb_is_known(verb))
		line = STR("AUTH or an unknown command (hidden)");
	log_debug("[smtpd] received (%s) %.*s",
	    s->peer != NULL ? s->peer : "local", STR_ARG(line));
}

static bool
has_octet_below(struct str line, char least)
{
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < (unsigned char)least &&
		    line.p[i] != '\t')
			return true;
	return false;
}

/* A complete line without its line end. */
static void
take_line(struct session *s, struct str line)
{
	bool bad =
	    str_find(line, '\r') != line.n || str_find(line, '\0') != line.n;

	if (s->line_lf)
		finding_note(&s->findings, FINDING_LF_COMMAND);
	log_command(s, line);
	if (bad)
		session_close(s, REPLY_BAD_OCTETS);
	else if (s->input == INPUT_AUTH)
		auth_line(s, line);
	else if (has_octet_below(line, ' ') || str_find(line, 127) != line.n)
		session_reply(s, REPLY_CONTROL_OCTETS);
	else
		verb_dispatch(s, line);
}

static bool
is_auth_line(const struct session *s)
{
	return s->input == INPUT_AUTH ||
	       str_ieq(first_word(buf_str(&s->line)), STR("AUTH"));
}

/* The line buffer holds a line with its LF, or as much as fits of one. */
static void
end_line(struct session *s)
{
	bool auth = is_auth_line(s);
	struct str line = buf_str(&s->line);

	if (s->line_over || (!auth && line.n > COMMAND_LINE_MAX)) {
		if (s->input == INPUT_AUTH)
			s->input = INPUT_COMMAND;
		session_reply(
		    s, auth ? REPLY_AUTH_LINE_TOO_LONG : REPLY_LINE_TOO_LONG);
	} else {
		line.n--;
		s->line_lf = line.n == 0 || line.p[line.n - 1] != '\r';
		if (!s->line_lf)
			line.n--;
		take_line(s, line);
	}
	buf_wipe(&s->line);
	s->line_over = false;
	s->line_begun = s->now;
}

/* The first octets of a TLS record: somebody expects implicit TLS here. */
static bool
is_tls_hello(const struct session *s)
{
	return s->line.len >= 2 && s->line.data[0] == 0x16 &&
	       s->line.data[1] == 0x03;
}

static size_t
feed_line(struct session *s, const char *p, size_t n)
{
	size_t length = str_find(str_make(p, n), '\n');
	bool complete = length < n;
	size_t room = AUTH_LINE_MAX - s->line.len;
	size_t take = complete ? length + 1 : n;

	if (take > room)
		s->line_over = true;
	buf_add(&s->line, p, take > room ? room : take);
	s->more_input = take < n;
	if (s->input == INPUT_COMMAND && is_tls_hello(s)) {
		log_warning("[smtpd] a TLS handshake came without STARTTLS");
		session_close(s, REPLY_NOT_SMTP);
	} else if (complete) {
		end_line(s);
	}
	return take;
}

static size_t
feed_chunk(struct session *s, const char *p, size_t n)
{
	if (n > s->chunk_left)
		n = (size_t)s->chunk_left;
	if (s->chunk_refusal == REPLY_CHUNK_OK)
		transaction_feed(s, p, n);
	else
		s->data_octets += n;
	s->chunk_left -= n;
	if (s->chunk_left == 0)
		verb_chunk_end(s);
	return n;
}

size_t
session_feed(struct session *s, const char *p, size_t n, int64_t now)
{
	size_t i = 0;

	s->now = now;
	while (i < n && s->next == SESSION_INPUT) {
		if (s->input == INPUT_DATA)
			i += transaction_feed(s, p + i, n - i);
		else if (s->input == INPUT_CHUNK)
			i += feed_chunk(s, p + i, n - i);
		else
			i += feed_line(s, p + i, n - i);
	}
	return i;
}

static void
add_word(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, " %s=", key);
	codec_word_encode(out, str_of(value));
}

void
session_summary(const struct session *s, struct buf *out)
{
	static const char *const ends[] = {
	    [SESSION_END_QUIT] = "quit",
	    [SESSION_END_EOF] = "eof",
	    [SESSION_END_TIMEOUT] = "timeout",
	    [SESSION_END_ERROR] = "error",
	    [SESSION_END_STOP] = "stop",
	};

	buf_addf(out, "time=%lld", (long long)time(NULL));
	add_word(out, "session", s->id);
	add_word(out, "peer", s->peer != NULL ? s->peer : "local");
	add_word(out, "helo", s->helo.data);
	add_word(out, "tls", s->tls_active ? s->tls.version : NULL);
	buf_adds(out, " user=");
	codec_word_encode(out, s->authenticated ? buf_str(&s->user) : STR(""));
	buf_addf(out,
	    " messages=%" PRIu64 " bytes=%" PRIu64 " rejected=%" PRIu64
	    " ignored=%" PRIu64 " end=%s",
	    s->messages, s->octets, s->rejected, s->ignored, ends[s->how]);
	for (size_t i = 0; i < s->reply_count; i++) {
		buf_adds(out, " reply=\"");
		codec_quoted_encode(out, str_of(s->replies[i]));
		buf_addc(out, '"');
	}
}
