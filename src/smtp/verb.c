/* SPDX-License-Identifier: MIT */
/* verb.c: the table of commands, and one handler for each */

#include <inttypes.h>

#include "base/log.h"
#include "mail/addr.h"
#include "smtp/engine.h"

enum flag {
	NO_ARGUMENT = 1 << 0,
	LAST_IN_GROUP = 1 << 1, /* RFC 2920: the client must wait here */
	JUNK = 1 << 2, /* counted, because it brings no mail */
	NEEDS_TLS = 1 << 3, /* if the configuration asks for it */
	NEEDS_AUTH = 1 << 4,
	OWN_CHECKS = 1 << 5, /* the handler asks refusal() itself */
};

struct verb {
	struct str name;
	void (*handle)(struct session *s, struct str argument);
	unsigned phases;
	unsigned flags;
	enum reply wrong_phase;
	const char *wrong_argument;
};

static const struct verb *find_verb(struct str name);

/* What stands in the way of a command here; REPLY_OK: nothing. */
static enum reply
refusal(const struct session *s, const struct verb *v, struct str argument)
{
	if ((v->flags & NO_ARGUMENT) != 0 && argument.n != 0)
		return REPLY_NO_ARGUMENT;
	if ((v->flags & NEEDS_TLS) != 0 && s->config->require_tls &&
	    !s->tls_active)
		return REPLY_TLS_FIRST;
	if ((v->flags & NEEDS_AUTH) != 0 && s->config->require_auth &&
	    !s->authenticated)
		return REPLY_AUTH_FIRST;
	if ((v->phases & s->phase) != 0)
		return REPLY_OK;
	if (s->phase == PHASE_GREET)
		return REPLY_HELO_FIRST;
	if (s->phase == PHASE_BDAT)
		return REPLY_CHUNKS_OPEN;
	return v->wrong_phase;
}

static void
set_helo(struct session *s, struct str name)
{
	transaction_reset(s);
	buf_reset(&s->helo);
	if (addr_is_domain(name))
		buf_add_str(&s->helo, name);
	else
		finding_note(&s->findings, FINDING_HELO_NAME);
	s->phase = PHASE_READY;
}

static void
greet_back(struct session *s, bool more)
{
	enum reply r = s->helo.len > 0 ? REPLY_HELO_NAMED : REPLY_HELO;

	if (more)
		session_reply_part(s, r, s->helo.data);
	else
		session_reply_arg(s, r, s->helo.data);
}

static void
helo(struct session *s, struct str argument)
{
	set_helo(s, argument);
	s->esmtp = false;
	greet_back(s, false);
}

static void
ehlo(struct session *s, struct str argument)
{
	set_helo(s, argument);
	s->esmtp = true;
	greet_back(s, true);
	buf_addf(
	    &s->out, "250-SIZE %" PRIu64 "\r\n", s->config->max_message_size);
	if (s->config->starttls && !s->tls_active)
		buf_adds(&s->out, "250-STARTTLS\r\n");
	if (auth_is_offered(s))
		buf_adds(&s->out, "250-AUTH PLAIN LOGIN\r\n");
	buf_adds(&s->out, "250-ENHANCEDSTATUSCODES\r\n"
			  "250-8BITMIME\r\n"
			  "250-PIPELINING\r\n"
			  "250-CHUNKING\r\n"
			  "250-DSN\r\n"
			  "250 SMTPUTF8\r\n");
}

static void
starttls(struct session *s, struct str argument)
{
	(void)argument;
	if (s->tls_active) {
		session_reply(s, REPLY_TLS_TWICE);
	} else if (!s->config->starttls) {
		session_reply(s, REPLY_NOT_IMPLEMENTED);
	} else if (s->phase == PHASE_MAIL || s->phase == PHASE_RCPT) {
		session_reply_arg(s, REPLY_AUTH_IN_MAIL, "STARTTLS");
	} else if (s->phase == PHASE_BDAT) {
		session_reply(s, REPLY_CHUNKS_OPEN);
	} else if (s->phase == PHASE_GREET) {
		session_reply_arg(s, REPLY_HELO_FIRST, "STARTTLS");
	} else if (!s->ops->tls_available(s->ctx)) {
		/* No handshake follows, so what comes behind is said in clear,
		 * in whatever pieces it arrives. */
		session_reply(s, REPLY_TLS_UNAVAILABLE);
	} else if (s->more_input) {
		session_close(s, REPLY_INJECTION);
	} else {
		s->tls_reply = s->out.len;
		session_reply(s, REPLY_TLS_READY);
		s->next = SESSION_TLS;
	}
}

static void
auth(struct session *s, struct str argument)
{
	bool in_mail = s->phase == PHASE_MAIL || s->phase == PHASE_RCPT;

	if (!s->config->auth)
		session_reply(s, REPLY_NOT_IMPLEMENTED);
	else if (!s->tls_active && !s->config->auth_insecure)
		session_reply(s, REPLY_TLS_FIRST);
	else if (s->authenticated)
		session_reply(s, REPLY_AUTH_TWICE);
	else if (in_mail)
		session_reply_arg(s, REPLY_AUTH_IN_MAIL, "AUTH");
	else if (s->phase == PHASE_BDAT)
		session_reply(s, REPLY_CHUNKS_OPEN);
	else if (s->phase == PHASE_GREET || !s->esmtp)
		session_reply_arg(s, REPLY_HELO_FIRST, "AUTH");
	else
		auth_begin(s, argument);
}

static const struct {
	unsigned oddity;
	enum finding finding;
} oddities[] = {
    {ADDR_ODD_SPACE, FINDING_PATH_SPACE},
    {ADDR_ODD_ROUTE, FINDING_PATH_ROUTE},
    {ADDR_ODD_LENGTH, FINDING_PATH_LENGTH},
    {ADDR_ODD_DOMAIN, FINDING_PATH_DOMAIN},
    {ADDR_ODD_LITERAL, FINDING_PATH_LITERAL},
};

static void
note_oddities(struct session *s, const struct addr_path *path)
{
	for (size_t i = 0; i < sizeof(oddities) / sizeof(oddities[0]); i++)
		if ((path->oddities & oddities[i].oddity) != 0)
			finding_note(&s->tx.findings, oddities[i].finding);
	if ((path->oddities & ADDR_IS_UTF8) != 0 && !s->tx.utf8)
		finding_note(&s->tx.findings, FINDING_UTF8_UNANNOUNCED);
}

/* Parses "FROM:<path>" or "TO:<path>"; false after the reply was sent. */
static bool
take_path(struct session *s, struct str argument, struct str keyword,
    enum reply syntax, struct addr_path *path)
{
	enum addr_verdict verdict = ADDR_SYNTAX;

	if (str_ibegins(argument, keyword))
		verdict = addr_parse_path(str_skip(argument, keyword.n), path);
	switch (verdict) {
	case ADDR_OK:
		return true;
	case ADDR_TOO_LONG:
		session_reply(s, REPLY_ADDRESS_TOO_LONG);
		return false;
	case ADDR_INVALID:
		session_reply(s, REPLY_BAD_ADDRESS);
		return false;
	default:
		session_reply(s, syntax);
		return false;
	}
}

static void
mail(struct session *s, struct str argument)
{
	struct addr_path path;

	/* Whatever comes of this one, an earlier reverse-path is gone. */
	transaction_reset(s);
	if (s->messages >= s->config->max_messages) {
		session_close(s, REPLY_TOO_MANY_MESSAGES);
		return;
	}
	if (!take_path(s, argument, STR("FROM:"), REPLY_BAD_FROM, &path))
		return;
	if (addr_is_postmaster(path.mailbox)) {
		session_reply(s, REPLY_BAD_ADDRESS);
		return;
	}
	if (!params_mail(s, path.rest)) {
		transaction_reset(s);
		return;
	}
	note_oddities(s, &path);
	buf_add_str(&s->tx.reverse_path, path.mailbox);
	s->phase = PHASE_MAIL;
	session_reply(s, REPLY_MAIL_OK);
}

/* What becomes of a well-formed recipient; the reply is its verdict. */
static enum reply
judge_recipient(struct session *s, struct str mailbox)
{
	enum pattern_verdict verdict = PATTERN_MATCHES;

	if (s->tx.recipient_count >= s->config->max_recipients)
		return REPLY_TOO_MANY_RECIPIENTS;
	if (s->config->allowed_recipients != NULL)
		verdict = pattern_match(s->config->allowed_recipients, mailbox);
	if (verdict == PATTERN_GAVE_UP)
		return REPLY_RECIPIENT_DOUBT;
	if (verdict == PATTERN_MATCHES) {
		transaction_add_recipient(s, mailbox);
		return REPLY_RCPT_OK;
	}
	s->rejected++;
	log_warning("[smtpd] rejected message to %.*s from %s (%s)",
	    STR_ARG(mailbox), s->tx.reverse_path.data,
	    s->peer != NULL ? s->peer : "local");
	if (!s->config->ignore_rejected_recipients)
		return REPLY_RECIPIENT_REFUSED;
	s->tx.dropped++;
	return REPLY_RCPT_OK;
}

static void
rcpt(struct session *s, struct str argument)
{
	struct findings before = s->tx.findings;
	size_t parameters = s->tx.parameters.len;
	struct addr_path path;
	enum reply r;

	if (!take_path(s, argument, STR("TO:"), REPLY_BAD_TO, &path))
		return;
	if (path.mailbox.n == 0) {
		session_reply(s, REPLY_BAD_TO);
		return;
	}
	note_oddities(s, &path);
	if (params_rcpt(s, path.mailbox, path.rest)) {
		r = judge_recipient(s, path.mailbox);
		session_reply(s, r);
		if (r == REPLY_RCPT_OK) {
			s->phase = PHASE_RCPT;
			return;
		}
	}
	/* Nothing that was odd about it belongs to the message. */
	s->tx.findings = before;
	buf_truncate(&s->tx.parameters, parameters);
}

static void
data(struct session *s, struct str argument)
{
	(void)argument;
	session_reply(s, REPLY_DATA);
	transaction_receive(s, s->line_lf ? DATA_LF : DATA_CRLF);
	s->input = INPUT_DATA;
}

/* "size" or "size LAST"; false: it cannot be told how long the chunk is. */
static bool
parse_chunk(struct session *s, struct str argument)
{
	struct str size = str_word(&argument);
	struct str last = str_word(&argument);

	s->chunk_last = str_ieq(last, STR("LAST"));
	if (!s->chunk_last && last.n != 0)
		return false;
	return str_trim(argument).n == 0 && str_u64(size, &s->chunk_left);
}

/*
 * The octets of a chunk follow the command whatever becomes of it, so its
 * size is found out first, and a refused chunk is read before the reply.
 */
static void
bdat(struct session *s, struct str argument)
{
	enum reply r = refusal(s, find_verb(STR("BDAT")), STR(""));

	if (!parse_chunk(s, argument)) {
		session_close(s, REPLY_BAD_CHUNK);
		return;
	}
	s->chunk_refusal = r == REPLY_OK ? REPLY_CHUNK_OK : r;
	if (r == REPLY_OK) {
		transaction_receive(s, DATA_CHUNK);
		s->phase = PHASE_BDAT;
	} else {
		s->data_begun = s->now;
		s->data_octets = 0;
	}
	s->input = INPUT_CHUNK;
	if (s->chunk_left == 0)
		verb_chunk_end(s);
}

void
verb_chunk_end(struct session *s)
{
	s->input = INPUT_COMMAND;
	s->line_begun = s->now;
	if (s->chunk_refusal != REPLY_CHUNK_OK) {
		session_reply_arg(s, s->chunk_refusal, "BDAT");
	} else if (s->chunk_last || s->tx.content.oversized) {
		data_finish(&s->tx.data, &content_sink, &s->tx.content);
		transaction_finish(s);
	} else {
		struct buf octets = BUF_INIT;

		buf_addf(&octets, "%" PRIu64, s->data_octets);
		session_reply_arg(s, REPLY_CHUNK_OK, octets.data);
		buf_fini(&octets);
	}
}

static void
rset(struct session *s, struct str argument)
{
	(void)argument;
	transaction_reset(s);
	session_reply(s, REPLY_OK);
}

static void
noop(struct session *s, struct str argument)
{
	(void)argument;
	session_reply(s, REPLY_OK);
}

static void
not_implemented(struct session *s, struct str argument)
{
	(void)argument;
	session_reply(s, REPLY_NOT_IMPLEMENTED);
}

static void
quit(struct session *s, struct str argument)
{
	(void)argument;
	transaction_reset(s);
	s->how = SESSION_END_QUIT;
	session_close(s, REPLY_BYE);
}

static void
unknown(struct session *s, struct str argument)
{
	(void)argument;
	session_reply(s, REPLY_UNKNOWN_COMMAND);
}

#define MAIL_FLAGS (NEEDS_TLS | NEEDS_AUTH)

static const struct verb verbs[] = {
    {STR("EHLO"), ehlo, PHASE_ANY, LAST_IN_GROUP | JUNK, 0, NULL},
    {STR("HELO"), helo, PHASE_ANY, LAST_IN_GROUP | JUNK | NEEDS_TLS, 0, NULL},
    {STR("MAIL"), mail, PHASE_READY | PHASE_MAIL, MAIL_FLAGS, REPLY_RSET_FIRST,
	"MAIL"},
    {STR("RCPT"), rcpt, PHASE_MAIL | PHASE_RCPT, MAIL_FLAGS, REPLY_MAIL_FIRST,
	"RCPT"},
    {STR("DATA"), data, PHASE_RCPT, MAIL_FLAGS | NO_ARGUMENT | LAST_IN_GROUP,
	REPLY_RCPT_FIRST, "DATA"},
    {STR("BDAT"), bdat, PHASE_RCPT | PHASE_BDAT, MAIL_FLAGS | OWN_CHECKS,
	REPLY_RCPT_FIRST, "BDAT"},
    {STR("STARTTLS"), starttls, PHASE_ANY, NO_ARGUMENT, 0, NULL},
    {STR("AUTH"), auth, PHASE_ANY, NEEDS_TLS | LAST_IN_GROUP, 0, NULL},
    {STR("RSET"), rset, PHASE_ANY, NEEDS_TLS | JUNK, 0, NULL},
    {STR("NOOP"), noop, PHASE_ANY, LAST_IN_GROUP | JUNK, 0, NULL},
    {STR("VRFY"), not_implemented, PHASE_ANY, NEEDS_TLS | LAST_IN_GROUP | JUNK,
	0, NULL},
    {STR("EXPN"), not_implemented, PHASE_ANY, NEEDS_TLS | LAST_IN_GROUP | JUNK,
	0, NULL},
    {STR("HELP"), not_implemented, PHASE_ANY, NEEDS_TLS | JUNK, 0, NULL},
    {STR("QUIT"), quit, PHASE_ANY, LAST_IN_GROUP, 0, NULL},
    {STR(""), unknown, PHASE_ANY, 0, 0, NULL}, /* matches everything */
};

static const struct verb *
find_verb(struct str name)
{
	const struct verb *v = verbs;

	while (v->name.n != 0 && !str_ieq(v->name, name))
		v++;
	return v;
}

bool
verb_is_known(struct str name)
{
	return find_verb(name)->name.n != 0;
}

/* The words of protocols that are not SMTP (a browser, a proxy). */
static bool
is_foreign(struct str word)
{
	static const struct str methods[] = {STR("GET"), STR("HEAD"),
	    STR("POST"), STR("PUT"), STR("DELETE"), STR("OPTIONS"),
	    STR("CONNECT"), STR("TRACE"), STR("PATCH"), STR("PRI")};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_ieq(word, methods[i]))
			return true;
	return word.n > 1 && word.p[word.n - 1] == ':';
}

void
verb_dispatch(struct session *s, struct str line)
{
	struct str rest = line, word = str_word(&rest);
	struct str argument = str_trim(rest);
	const struct verb *v = find_verb(word);
	enum reply r = REPLY_OK;

	if (is_foreign(word)) {
		session_close(s, REPLY_NOT_SMTP);
		return;
	}
	if ((v->flags & JUNK) != 0 && ++s->junk >= s->config->max_junk) {
		session_close(s, REPLY_TOO_MANY_COMMANDS);
		return;
	}
	if ((v->flags & LAST_IN_GROUP) != 0 && s->more_input)
		finding_note(&s->findings, FINDING_EARLY_INPUT);
	if ((v->flags & OWN_CHECKS) == 0)
		r = refusal(s, v, argument);
	if (r == REPLY_OK)
		v->handle(s, argument);
	else
		session_reply_arg(s, r, v->wrong_argument);
}
