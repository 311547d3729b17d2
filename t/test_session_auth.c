/* SPDX-License-Identifier: MIT */
/* test_session_auth.c: the dialogue behind AUTH */

#include "talk.h"

#include "base/codec.h"
#include "support.h"

/* \0joe\0secret, \0joe\0wrong; joe, secret, wrong */
#define GOOD "AGpvZQBzZWNyZXQ="
#define BAD "AGpvZQB3cm9uZw=="
#define JOE "am9l"
#define SECRET "c2VjcmV0"
#define WRONG "d3Jvbmc="

static void
set_clear(struct talk *t)
{
	t->config.auth = t->config.require_auth = true;
	t->config.auth_insecure = true;
}

static void
set_tls(struct talk *t)
{
	t->config.auth = t->config.require_auth = true;
	t->config.starttls = t->config.require_tls = true;
}

/* Under TLS, and without it optional. */
static void
set_optional_tls(struct talk *t)
{
	t->config.auth = t->config.starttls = true;
}

static void
set_implicit(struct talk *t)
{
	set_tls(t);
	t->implicit_tls = true;
}

static void
set_any(struct talk *t)
{
	t->config.auth = t->config.auth_insecure = true;
	t->others = SESSION_AUTH_ACCEPTED;
}

static void
set_broken(struct talk *t)
{
	set_clear(t);
	t->others = SESSION_AUTH_UNAVAILABLE;
}

static const struct dialogue dialogues[] = {
    {"PLAIN at once", STR(EHLO "AUTH PLAIN " GOOD "\r\n" MAIL),
	"250 235/2.7.0 250", STR(""), NULL, false, set_clear},
    {"PLAIN behind a prompt", STR(EHLO "auth plain\r\n" GOOD "\r\n" MAIL),
	"250 334 235 250", STR(""), NULL, false, set_clear},
    {"LOGIN", STR(EHLO "AUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n" MAIL),
	"250 334 334 235 250", STR(""), NULL, false, set_clear},
    {"LOGIN with a name", STR(EHLO "AUTH LOGIN " JOE "\r\n" SECRET "\r\n"),
	"250 334 235", STR(""), NULL, false, set_clear},
    {"blanks around", STR(EHLO " AUTH\tPLAIN   " GOOD " \r\n"), "250 235",
	STR(""), NULL, false, set_clear},
    {"in TLS", STR(EHLO "AUTH PLAIN " GOOD "\r\n" MAIL), "250 235 250", STR(""),
	NULL, false, set_implicit},
    {"the authorisation name may be the user's",
	STR(EHLO "AUTH PLAIN am9lAGpvZQBzZWNyZXQ=\r\n"), "250 235", STR(""),
	NULL, false, set_clear},
    {"and no other", STR(EHLO "AUTH PLAIN cm9vdABqb2UAc2VjcmV0\r\n" MAIL),
	"250 535/5.7.8 530", STR(""), NULL, false, set_clear},
    {"wrong passwords, then the right one",
	STR(EHLO "AUTH PLAIN " BAD "\r\nAUTH LOGIN " JOE "\r\n" WRONG
		 "\r\nAUTH PLAIN " GOOD "\r\n" MAIL),
	"250 535/5.7.8 334 535/5.7.8 235 250", STR(""), NULL, false, set_clear},
    {"three failures end the session",
	STR(EHLO "AUTH PLAIN " BAD "\r\nAUTH PLAIN " BAD "\r\nAUTH PLAIN " BAD
		 "\r\nNOOP\r\n"),
	"250 535 535 421/4.7.0", STR(""), NULL, true, set_clear},
    {"a broken password file refuses for now",
	STR(EHLO "AUTH PLAIN " BAD "\r\n" MAIL), "250 454/4.7.0 530", STR(""),
	NULL, false, set_broken},
    {"without a login no mail",
	STR(EHLO MAIL RCPT "DATA\r\nBDAT 3\r\nX:yRSET\r\nNOOP\r\nVRFY x\r\n"),
	"250 530/5.7.0 530 530 530 250 250 502", STR(""), NULL, false,
	set_clear},
    {"a login is not wanted twice",
	STR(EHLO "AUTH PLAIN " GOOD "\r\nAUTH PLAIN " GOOD "\r\n" EHLO
		 "AUTH PLAIN\r\n"),
	"250 235 503/5.5.1 250 503/5.5.1", STR(""), NULL, false, set_clear},
    {"not in a transaction",
	STR(EHLO MAIL "AUTH PLAIN " GOOD "\r\n" RCPT "AUTH PLAIN " GOOD
		      "\r\nDATA\r\n" HEADER ".\r\n"),
	"250 250 503/5.5.1 250 503/5.5.1 354 250", STR("[" STORED "]"), "[]",
	false, set_any},
    {"not without a greeting", STR("AUTH PLAIN " GOOD "\r\n" EHLO),
	"503/5.5.1 250", STR(""), NULL, false, set_clear},
    {"not behind HELO", STR("HELO x\r\nAUTH PLAIN " GOOD "\r\n"),
	"250 503/5.5.1", STR(""), NULL, false, set_clear},
    {"not without TLS", STR(EHLO "AUTH PLAIN " GOOD "\r\n" MAIL),
	"250 530/5.7.0 530", STR(""), NULL, false, set_tls},
    {"not without TLS where that is optional",
	STR(EHLO "AUTH PLAIN " GOOD "\r\n" MAIL), "250 530/5.7.0 250", STR(""),
	NULL, false, set_optional_tls},
    {"not where there are no passwords", STR(EHLO "AUTH PLAIN " GOOD "\r\n"),
	"250 502/5.5.1", STR(""), NULL, false, NULL},
    {"other mechanisms",
	STR(EHLO "AUTH\r\nAUTH CRAM-MD5\r\nAUTH XOAUTH2 x\r\nAUTH "
		 "PLAINER\r\nAUTH EXTERNAL =\r\n"),
	"250 501/5.5.4 504/5.5.4 504 504 504", STR(""), NULL, false, set_clear},
    {"what is no base64",
	STR(EHLO "AUTH PLAIN !\r\nAUTH PLAIN AGpvZQBzZWNyZXQ\r\n"
		 "AUTH PLAIN AGpv ZQBzZWNyZXQ=\r\nAUTH PLAIN " GOOD " x\r\n"
		 "AUTH PLAIN\r\n " GOOD "\r\nAUTH PLAIN\r\n" GOOD " \r\n"
		 "AUTH PLAIN AGpvZQBzZWNyZXR=\r\n"),
	"250 501/5.5.2 501/5.5.2 501/5.5.2 501/5.5.2 334 501/5.5.2 334 "
	"501/5.5.2 501/5.5.2",
	STR(""), NULL, false, set_clear},
    {"what is no PLAIN message",
	/* "", "joe", "\0joe", "\0joe\0secret\0" */
	STR(EHLO "AUTH PLAIN =\r\nAUTH PLAIN\r\n\r\nAUTH PLAIN am9l\r\n"
		 "AUTH PLAIN AGpvZQ==\r\nAUTH PLAIN AGpvZQBzZWNyZXQA\r\n"),
	"250 501/5.5.2 334 501/5.5.2 501/5.5.2 501/5.5.2 501/5.5.2", STR(""),
	NULL, false, set_clear},
    {"LOGIN with nothing is a wrong password", STR(EHLO "AUTH LOGIN =\r\n\r\n"),
	"250 334 535", STR(""), NULL, false, set_clear},
    {"a star takes it back",
	STR(EHLO "AUTH PLAIN\r\n*\r\nAUTH LOGIN\r\n*\r\nAUTH LOGIN " JOE
		 "\r\n*\r\nNOOP\r\n"),
	"250 334 501/5.7.0 334 501/5.7.0 334 501/5.7.0 250", STR(""), NULL,
	false, set_clear},
    {"a star at once is no base64", STR(EHLO "AUTH PLAIN *\r\n"),
	"250 501/5.5.2", STR(""), NULL, false, set_clear},
    {"commands amid the dialogue are answers to it",
	STR(EHLO "AUTH PLAIN\r\nQUIT\r\nAUTH LOGIN\r\nRSET\r\n*\r\nNOOP\r\n"),
	"250 334 501 334 334 501 250", STR(""), NULL, false, set_clear},
    {"a NUL amid the dialogue ends the session",
	STR(EHLO "AUTH LOGIN\r\n\0\r\nNOOP\r\n"), "250 334 500/5.5.2", STR(""),
	NULL, true, set_clear},
    {"where all are accepted nobody must log in",
	STR(EHLO MAIL "RSET\r\nAUTH PLAIN cm9vdAB4AHk=\r\n" MAIL),
	"250 250 250 235 250", STR(""), NULL, false, set_any},
    {"where all are accepted even nobody is",
	STR(EHLO "AUTH LOGIN =\r\n\r\nNOOP\r\n"), "250 334 235 250", STR(""),
	NULL, false, set_any},
};

Test(session_auth, the_dialogue_of_each_mechanism)
{
	for (size_t i = 0; i < COUNT(dialogues); i++)
		talk_hold(&dialogues[i]);
}

/* The time between an attempt and its answer; secret: joe's password. */
static const struct {
	const char *label, *said;
	int64_t paused;
	size_t logins;
} pauses[] = {
    {"right", "AUTH PLAIN " GOOD "\r\n", 0, 1},
    {"wrong", "AUTH PLAIN " BAD "\r\n", 1000, 1},
    {"wrong by LOGIN", "AUTH LOGIN\r\n" JOE "\r\n" WRONG "\r\n", 1000, 1},
    {"unknown user", "AUTH PLAIN AGphbmUAc2VjcmV0\r\n", 1000, 1},
    {"empty user", "AUTH PLAIN AABzZWNyZXQ=\r\n", 1000, 1},
    {"another's name", "AUTH PLAIN cm9vdABqb2UAc2VjcmV0\r\n", 1000, 0},
    {"malformed", "AUTH PLAIN !\r\n", 0, 0},
    {"taken back", "AUTH LOGIN\r\n" JOE "\r\n*\r\n", 0, 0},
    {"the third",
	"AUTH PLAIN " BAD "\r\nAUTH PLAIN " BAD "\r\nAUTH PLAIN " BAD "\r\n",
	3000, 3},
};

Test(session_auth, a_failure_is_answered_one_second_later)
{
	for (size_t i = 0; i < COUNT(pauses); i++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			struct talk t;

			talk_init(&t);
			t.cut = cuts[k];
			set_clear(&t);
			talk_open(&t);
			talk_says(&t, EHLO);
			talk_says(&t, pauses[i].said);
			cr_expect_eq(t.paused, pauses[i].paused, "%s: %ld",
			    pauses[i].label, (long)t.paused);
			cr_expect_eq(
			    t.logins, pauses[i].logins, "%s", pauses[i].label);
			talk_close(&t);
		}
}

Test(session_auth, nothing_is_taken_during_the_pause)
{
	static const char said[] = "AUTH PLAIN " BAD "\r\nNOOP\r\n";
	struct talk t;
	size_t taken;

	talk_init(&t);
	set_clear(&t);
	talk_open(&t);
	talk_says(&t, EHLO);
	taken = session_feed(t.session, said, sizeof(said) - 1, t.now);
	cr_expect_eq(taken, sizeof(said) - 1 - 6);
	cr_assert_eq(session_next(t.session), SESSION_PAUSE);
	cr_expect_eq(session_deadline(t.session), t.now + 1000);
	cr_expect_eq(session_feed(t.session, "NOOP\r\n", 6, t.now), 0);
	session_resume(t.session, t.now + 1000);
	cr_expect_eq(session_next(t.session), SESSION_INPUT);
	/* The time for the next command begins behind the pause. */
	cr_expect_eq(session_deadline(t.session), t.now + 1000 + 300000);
	talk_close(&t);
}

Test(session_auth, replies_tell_nothing_about_the_user)
{
	static const char *const wrong[] = {"AUTH PLAIN " BAD "\r\n",
	    "AUTH PLAIN AGphbmUAc2VjcmV0\r\n", "AUTH PLAIN AABzZWNyZXQ=\r\n",
	    "AUTH PLAIN cm9vdABqb2UAc2VjcmV0\r\n"};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct talk t;

		talk_init(&t);
		set_clear(&t);
		talk_open(&t);
		talk_says(&t, EHLO);
		talk_forget(&t);
		talk_says(&t, wrong[i]);
		cr_expect_str_eq(t.out.data,
		    "535 5.7.8 Authentication credentials invalid\r\n");
		talk_close(&t);
	}
}

/* A PLAIN message with user and password of these lengths; owned. */
static char *
plain_line(size_t user, size_t password, const char *before)
{
	struct buf message = BUF_INIT, line = BUF_INIT;

	buf_addc(&message, '\0');
	for (size_t i = 0; i < user; i++)
		buf_addc(&message, 'u');
	buf_addc(&message, '\0');
	for (size_t i = 0; i < password; i++)
		buf_addc(&message, 'p');
	buf_adds(&line, before);
	codec_base64_encode(&line, buf_str(&message));
	buf_adds(&line, "\r\n");
	buf_fini(&message);
	return buf_detach(&line);
}

Test(session_auth, any_name_and_password_that_fit_reach_the_verifier)
{
	static const struct {
		size_t user, password;
		size_t logins;
	} rows[] = {{1, 1, 1}, {1, 511, 1}, {255, 511, 1}, {1024, 511, 1},
	    {1025, 1, 0}, {1, 5000, 1}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *line =
		    plain_line(rows[i].user, rows[i].password, "AUTH PLAIN ");
		struct talk t;

		talk_init(&t);
		set_clear(&t);
		talk_open(&t);
		talk_says(&t, EHLO);
		talk_forget(&t);
		talk_says(&t, line);
		talk_expect(&t, "535", "lengths");
		cr_expect_eq(t.logins, rows[i].logins, "%zu, %zu", rows[i].user,
		    rows[i].password);
		cr_expect_eq(t.paused, 1000);
		talk_close(&t);
		free(line);
	}
}

Test(session_auth, the_user_stands_in_the_block_and_in_the_session_line)
{
	struct buf line = BUF_INIT;
	struct talk t;

	talk_init(&t);
	set_any(&t);
	t.implicit_tls = true;
	talk_open(&t);
	/* "joe)\nX" */
	talk_says(&t, EHLO "AUTH LOGIN am9lKQpY\r\n" SECRET "\r\n" MAIL RCPT
			   "DATA\r\n" HEADER ".\r\n");
	cr_assert_eq(t.count, 1);
	cr_expect_neq(strstr(t.mails[0].text.data,
			  "\n\t(TLS1.3:AES-256-GCM auth=joe+29+0AX)\n"
			  "\tby mail.example.org (Mailpit) with ESMTPSA\n"),
	    NULL, "%s", t.mails[0].text.data);
	session_summary(t.session, &line);
	cr_expect_neq(strstr(line.data, " tls=TLS1.3 user=joe)\\x0aX "), NULL,
	    "%s", line.data);
	buf_fini(&line);
	talk_close(&t);
}

/* Whatever comes of it, joe's password is in none of our outputs. */
static const struct {
	void (*set)(struct talk *t);
	const char *said;
} leaks[] = {
    {set_clear, EHLO "AUTH PLAIN " GOOD "\r\n" MAIL},
    {set_clear, EHLO "AUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n"},
    {set_clear, EHLO " AUTH PLAIN " GOOD "\r\n"},
    {set_clear, EHLO "\tauth\tPLAIN\t" GOOD "\r\n"},
    {set_clear, EHLO "AUTH PLAIN " GOOD " " GOOD "\r\n"},
    {set_clear, EHLO "AUTH PLAIN cm9vdABqb2UAc2VjcmV0\r\n"},
    {set_clear, EHLO "AUTH PLAIN AGphbmUAc2VjcmV0\r\n"},
    {set_clear, EHLO "AUTH PLAIN\r\nAGpvZQBzZWNyZXQ\r\n"},
    {set_clear, EHLO "AUTH PLAIN\r\n AUTH PLAIN " GOOD "\r\n"},
    {set_clear, EHLO "AUTH LOGIN\r\n" JOE "\r\nsecret\r\n"},
    {set_clear, EHLO "AUTHPLAIN " GOOD "\r\n"},
    {set_clear, EHLO GOOD "\r\nsecret\r\n" SECRET "\r\n"},
    {set_clear,
	"AUTH PLAIN " GOOD "\r\nAUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n"},
    {set_clear, EHLO "AUTH CRAM-MD5\r\n" SECRET "\r\n"},
    {set_clear, EHLO "AUTH LOGIN\x01\r\n" JOE "\r\n" SECRET "\r\n"},
    {set_tls, EHLO "AUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n"},
    {set_tls, EHLO "AUTH PLAIN " GOOD "\r\n"},
    {NULL, EHLO "AUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n"},
    {NULL, EHLO MAIL "AUTH PLAIN\r\n" GOOD "\r\n"},
    {set_broken, EHLO "AUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n"},
    {set_any, EHLO "AUTH LOGIN\r\n" JOE "\r\n" SECRET "\r\n"},
};

static const char *const secrets[] = {
    "secret", SECRET, GOOD, "AGpvZQBzZWNyZXQ", "c2VjcmV0", "AGphbmUA"};

Test(session_auth, no_password_gets_into_the_log_or_the_session_line)
{
	for (size_t i = 0; i < COUNT(leaks); i++) {
		char *path = support_file("log", "");
		struct buf line = BUF_INIT;
		struct talk t;
		char *text;

		talk_init(&t);
		if (leaks[i].set != NULL)
			leaks[i].set(&t);
		cr_assert_eq(log_to_file(path), 0);
		log_set_level(LOG_LEVEL_DEBUG);
		talk_open(&t);
		talk_says(&t, leaks[i].said);
		session_summary(t.session, &line);
		text = support_read(path);
		cr_expect_gt(strlen(text), 0);
		for (size_t k = 0; k < COUNT(secrets); k++) {
			cr_expect_eq(strstr(text, secrets[k]), NULL,
			    "row %zu: %s in %s", i, secrets[k], text);
			cr_expect_eq(strstr(line.data, secrets[k]), NULL,
			    "row %zu: %s", i, line.data);
			cr_expect_eq(strstr(t.out.data, secrets[k]), NULL);
		}
		talk_close(&t);
		buf_fini(&line);
		free(text);
		free(path);
	}
}
