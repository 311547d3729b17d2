/* SPDX-License-Identifier: MIT */
/* params.c: MAIL and RCPT parameters (RFC 1870, 3461, 4954, 6152, 6531) */

#include "base/codec.h"
#include "smtp/engine.h"

enum command {
	OF_MAIL = 1,
	OF_RCPT = 2,
};

/* Returns REPLY_OK, or why the value cannot stand. */
typedef enum reply check(struct session *s, struct str value);

static enum reply
check_size(struct session *s, struct str value)
{
	uint64_t max = s->config->max_message_size;
	uint64_t size = UINT64_MAX;

	if (value.n == 0 || value.n > 20)
		return REPLY_BAD_SIZE;
	for (size_t i = 0; i < value.n; i++)
		if (!chr_digit(value.p[i]))
			return REPLY_BAD_SIZE;
	/* 20 digits may be more than 64 bits hold: then it is too large. */
	if (!str_u64(value, &size) && max == 0)
		return REPLY_BAD_SIZE;
	s->tx.size_announced = size;
	return max != 0 && size > max ? REPLY_TOO_LARGE : REPLY_OK;
}

static enum reply
check_body(struct session *s, struct str value)
{
	if (str_ieq(value, STR("8BITMIME")))
		s->tx.body_8bit = true;
	else if (!str_ieq(value, STR("7BIT")))
		finding_note(&s->tx.findings, FINDING_UNKNOWN_PARAMETER);
	return REPLY_OK;
}

static enum reply
check_utf8(struct session *s, struct str value)
{
	s->tx.utf8 = true;
	return value.n == 0 ? REPLY_OK : REPLY_BAD_PARAMETER;
}

static enum reply
check_ret(struct session *s, struct str value)
{
	(void)s;
	return str_ieq(value, STR("FULL")) || str_ieq(value, STR("HDRS"))
		   ? REPLY_OK
		   : REPLY_BAD_PARAMETER;
}

static enum reply
check_xtext(struct session *s, struct str value)
{
	(void)s;
	return value.n > 0 && codec_is_xtext(value) ? REPLY_OK
						    : REPLY_BAD_PARAMETER;
}

static enum reply
check_notify(struct session *s, struct str value)
{
	bool alone = str_find(value, ',') == value.n;

	(void)s;
	if (alone && str_ieq(value, STR("NEVER")))
		return REPLY_OK;
	if (value.n == 0 || value.p[value.n - 1] == ',')
		return REPLY_BAD_PARAMETER;
	while (value.n > 0) {
		struct str word = str_cut(&value, ',');

		if (!str_ieq(word, STR("SUCCESS")) &&
		    !str_ieq(word, STR("FAILURE")) &&
		    !str_ieq(word, STR("DELAY")))
			return REPLY_BAD_PARAMETER;
	}
	return REPLY_OK;
}

static enum reply
check_orcpt(struct session *s, struct str value)
{
	size_t semicolon = str_find(value, ';');

	(void)s;
	if (semicolon == 0 || semicolon + 1 >= value.n)
		return REPLY_BAD_PARAMETER;
	/* RFC 6533 section 3 allows UTF-8 behind "utf-8;". */
	return str_is_utf8(value) ? REPLY_OK : REPLY_BAD_PARAMETER;
}

static const struct {
	struct str name;
	const char *text;
	unsigned of;
	check *check;
	bool record; /* goes into the findings file: nobody else keeps it */
} known[] = {
    {STR("SIZE"), "SIZE", OF_MAIL, check_size, false},
    {STR("BODY"), "BODY", OF_MAIL, check_body, false},
    {STR("SMTPUTF8"), "SMTPUTF8", OF_MAIL, check_utf8, false},
    {STR("AUTH"), "AUTH", OF_MAIL, check_xtext, true},
    {STR("RET"), "RET", OF_MAIL, check_ret, true},
    {STR("ENVID"), "ENVID", OF_MAIL, check_xtext, true},
    {STR("NOTIFY"), "NOTIFY", OF_RCPT, check_notify, true},
    {STR("ORCPT"), "ORCPT", OF_RCPT, check_orcpt, true},
};

#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

/* "param MAIL KEY=VALUE" or "param RCPT <address> KEY=VALUE" */
static void
record(struct session *s, unsigned of, struct str recipient, struct str word)
{
	struct buf line = BUF_INIT;

	buf_adds(&line, of == OF_MAIL ? "param MAIL " : "param RCPT <");
	if (of == OF_RCPT) {
		buf_add_str(&line, recipient);
		buf_adds(&line, "> ");
	}
	codec_word_encode(&line, word);
	buf_addc(&line, '\n');
	buf_add_str(&s->tx.parameters, buf_str(&line));
	buf_fini(&line);
}

/* esmtp-keyword of RFC 5321 section 4.1.2 */
static bool
is_keyword(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_alnum(s.p[i]) && (s.p[i] != '-' || i == 0))
			return false;
	return s.n > 0;
}

static size_t
find_known(struct str key, unsigned of)
{
	size_t i = 0;

	while (i < KNOWN_COUNT &&
	       ((known[i].of & of) == 0 || !str_ieq(known[i].name, key)))
		i++;
	return i;
}

static bool
params_check(
    struct session *s, unsigned of, struct str recipient, struct str parameters)
{
	unsigned seen = 0;

	for (;;) {
		struct str word = str_word(&parameters);
		struct str value = word, key = str_cut(&value, '=');
		size_t row = find_known(key, of);
		enum reply r;

		if (word.n == 0)
			return true;
		if (!is_keyword(key)) {
			session_reply(
			    s, of == OF_MAIL ? REPLY_BAD_FROM : REPLY_BAD_TO);
			return false;
		}
		if (row == KNOWN_COUNT) {
			finding_note(
			    &s->tx.findings, FINDING_UNKNOWN_PARAMETER);
			record(s, of, recipient, word);
			continue;
		}
		r = (seen & 1u << row) != 0 ? REPLY_BAD_PARAMETER
					    : known[row].check(s, value);
		if (r != REPLY_OK) {
			session_reply_arg(s, r, known[row].text);
			return false;
		}
		seen |= 1u << row;
		if (known[row].record)
			record(s, of, recipient, word);
	}
}

bool
params_mail(struct session *s, struct str parameters)
{
	return params_check(s, OF_MAIL, STR(""), parameters);
}

bool
params_rcpt(struct session *s, struct str recipient, struct str parameters)
{
	return params_check(s, OF_RCPT, recipient, parameters);
}
