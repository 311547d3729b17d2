/* SPDX-License-Identifier: MIT */
/* auth.c: the dialogue behind AUTH (RFC 4954, RFC 4616, LOGIN) */

#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "smtp/engine.h"

/*
 * A failure is answered this long after the attempt, so that the time tells
 * nothing about the user's name and guessing is slow.
 */
#define FAILURE_PAUSE 1000

bool
auth_is_offered(const struct session *s)
{
	return s->config->auth && !s->authenticated &&
	       (s->tls_active || s->config->auth_insecure);
}

static void
leave(struct session *s)
{
	buf_wipe(&s->sasl.user);
	s->input = INPUT_COMMAND;
}

static void
fail(struct session *s, enum reply r)
{
	leave(s);
	session_reply(s, r);
}

static void
fail_slowly(struct session *s, enum reply r)
{
	leave(s);
	if (++s->auth_failures >= s->config->max_auth_failures)
		session_close(s, REPLY_TOO_MANY_LOGINS);
	else
		session_reply(s, r);
	s->after_pause = s->next;
	s->next = SESSION_PAUSE;
	s->pause_until = s->now + FAILURE_PAUSE;
}

static void
attempt(struct session *s, const char *mechanism, struct str user,
    struct str password)
{
	enum session_auth verdict = SESSION_AUTH_REFUSED;

	if (user.n <= USER_MAX)
		verdict = s->ops->authenticate(s->ctx, user, password);
	switch (verdict) {
	case SESSION_AUTH_ACCEPTED:
		buf_reset(&s->user);
		buf_add_str(&s->user, user);
		s->authenticated = true;
		log_debug(
		    "[smtpd] %s login of %.100s", mechanism, s->user.data);
		leave(s);
		session_reply(s, REPLY_AUTH_OK);
		break;
	case SESSION_AUTH_REFUSED:
		log_warning("[smtpd] refused %s login of \"%.*s\" from %s",
		    mechanism, (int)(user.n > 100 ? 100 : user.n), user.p,
		    s->peer != NULL ? s->peer : "local");
		fail_slowly(s, REPLY_AUTH_REFUSED);
		break;
	case SESSION_AUTH_UNAVAILABLE:
		fail_slowly(s, REPLY_AUTH_UNAVAILABLE);
		break;
	}
}

/* authorisation name NUL user NUL password */
static void
take_plain(struct session *s, struct str message)
{
	struct str rest = message, authorise, user;

	authorise = str_cut(&rest, '\0');
	if (authorise.n == message.n || str_find(rest, '\0') == rest.n) {
		fail(s, REPLY_AUTH_PARSE);
		return;
	}
	user = str_cut(&rest, '\0');
	if (str_find(rest, '\0') != rest.n) {
		fail(s, REPLY_AUTH_PARSE);
		return;
	}
	/* Where users are checked, nobody acts in another one's name. */
	if (s->config->require_auth && authorise.n != 0 &&
	    !str_eq(authorise, user)) {
		fail_slowly(s, REPLY_AUTH_REFUSED);
		return;
	}
	attempt(s, "PLAIN", user, rest);
}

static void
take_decoded(struct session *s, struct str message)
{
	switch (s->sasl.step) {
	case SASL_PLAIN:
		take_plain(s, message);
		break;
	case SASL_LOGIN_USER:
		buf_wipe(&s->sasl.user);
		buf_add_str(&s->sasl.user, message);
		s->sasl.step = SASL_LOGIN_PASSWORD;
		session_reply(s, REPLY_AUTH_PASSWORD);
		break;
	case SASL_LOGIN_PASSWORD:
		attempt(s, "LOGIN", buf_str(&s->sasl.user), message);
		break;
	}
}

static void
take_base64(struct session *s, struct str word)
{
	struct buf decoded = BUF_INIT_MAX(AUTH_LINE_MAX);

	if (codec_base64_decode(&decoded, word))
		take_decoded(s, buf_str(&decoded));
	else
		fail(s, REPLY_AUTH_BASE64);
	buf_wipe(&decoded);
	buf_fini(&decoded);
}

void
auth_line(struct session *s, struct str line)
{
	if (str_eq(line, STR("*")))
		fail(s, REPLY_AUTH_CANCELLED);
	else
		take_base64(s, line);
}

void
auth_begin(struct session *s, struct str argument)
{
	struct str mechanism = str_word(&argument);
	struct str initial = str_trim(argument);
	bool plain = str_ieq(mechanism, STR("PLAIN"));

	if (mechanism.n == 0) {
		session_reply(s, REPLY_AUTH_ARGUMENT);
		return;
	}
	if (!plain && !str_ieq(mechanism, STR("LOGIN"))) {
		session_reply(s, REPLY_AUTH_MECHANISM);
		return;
	}
	s->input = INPUT_AUTH;
	s->sasl.step = plain ? SASL_PLAIN : SASL_LOGIN_USER;
	if (initial.n == 0)
		session_reply(s, plain ? REPLY_AUTH_PLAIN : REPLY_AUTH_USER);
	else if (str_eq(initial, STR("=")))
		take_decoded(s, STR(""));
	else
		take_base64(s, initial);
}
