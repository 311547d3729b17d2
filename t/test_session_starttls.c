/* SPDX-License-Identifier: MIT */
/* test_session_starttls.c: what is left of a session after STARTTLS */

#include "talk.h"

#define GOOD "AGpvZQBzZWNyZXQ="

static void
set_tls(struct talk *t)
{
	t->config.starttls = true;
	t->config.auth = true;
}

static void
set_insecure(struct talk *t)
{
	set_tls(t);
	t->config.auth_insecure = true;
}

static void
set_implicit(struct talk *t)
{
	set_tls(t);
	t->implicit_tls = true;
}

static void
set_implicit_only(struct talk *t)
{
	t->config.require_tls = true;
	t->implicit_tls = true;
}

static void
set_unavailable(struct talk *t)
{
	set_tls(t);
	t->no_tls = true;
}

/* In these, STARTTLS is refused, so what follows is in the same clear. */
static const struct dialogue refused[] = {
    {"no certificate", STR(EHLO "STARTTLS\r\n" MAIL), "250 502/5.5.1 250",
	STR(""), NULL, false, NULL},
    {"an argument", STR(EHLO "STARTTLS now\r\n" MAIL), "250 501/5.5.2 250",
	STR(""), NULL, false, set_tls},
    {"no greeting", STR("STARTTLS\r\n" EHLO), "503/5.5.1 250", STR(""), NULL,
	false, set_tls},
    {"in a transaction",
	STR(EHLO MAIL "STARTTLS\r\n" RCPT "STARTTLS\r\nDATA\r\n" HEADER
		      ".\r\n"),
	"250 250 503/5.5.1 250 503/5.5.1 354 250", STR("[" STORED "]"), "[]",
	false, set_tls},
    {"as content", STR(EHLO MAIL RCPT "DATA\r\n" HEADER "STARTTLS\r\nQUIT" DOT),
	"250 250 250 354 250", STR("[" STORED "STARTTLS\nQUIT\n]"), "[]", false,
	set_tls},
    {"in a chunk", STR(EHLO MAIL RCPT "BDAT 12 LAST\r\nX:\r\nSTARTTLSNOOP\r\n"),
	"250 250 250 250 250", STR("[X:\nSTARTTLS]"), NULL, false, set_tls},
    {"amid AUTH", STR(EHLO "AUTH LOGIN\r\nSTARTTLS\r\n*\r\nNOOP\r\n"),
	"250 334 334 501 250", STR(""), NULL, false, set_insecure},
    {"in TLS from the first octet", STR(EHLO "STARTTLS\r\n" MAIL),
	"250 503/5.5.1 250", STR(""), NULL, false, set_implicit},
    {"in TLS without STARTTLS anywhere", STR(EHLO "STARTTLS\r\n" MAIL),
	"250 503/5.5.1 250", STR(""), NULL, false, set_implicit_only},
};

Test(session_starttls, where_it_has_no_place_it_changes_nothing)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		talk_hold(&refused[i]);
}

Test(session_starttls, an_unusable_certificate_is_told_and_mail_goes_on)
{
	struct talk t;

	talk_init(&t);
	set_unavailable(&t);
	talk_open(&t);
	talk_says(&t, EHLO);
	talk_says(&t, "STARTTLS\r\n");
	talk_says(&t, MAIL RCPT "DATA\r\n" HEADER ".\r\n");
	talk_expect(&t, "250 454/4.7.0 250 250 354 250", "unavailable");
	t.no_tls = false;
	talk_says(&t, "STARTTLS\r\n");
	talk_expect(&t, "220", "available again");
	talk_close(&t);
}

/* No handshake begins, so it makes no difference in which pieces it comes. */
Test(session_starttls, what_comes_with_a_refused_starttls_is_said_in_clear)
{
	struct talk t;

	talk_init(&t);
	set_unavailable(&t);
	talk_open(&t);
	talk_says(&t, EHLO);
	talk_says(&t, "STARTTLS\r\nNOOP\r\n");
	talk_expect(&t, "250 454/4.7.0 250", "unavailable, all at once");
	talk_close(&t);
}

/* Whatever comes with STARTTLS was not said inside TLS. */
static const char *const injected[] = {"STARTTLS\r\nRSET\r\n", "STARTTLS\r\nQ",
    "STARTTLS\r\n\n", "STARTTLS\n\n", ("STARTTLS\r\n" EHLO),
    "starttls \r\n\x16\x03\x01", "NOOP\r\nSTARTTLS\r\nNOOP\r\n"};

Test(session_starttls, what_comes_with_it_ends_the_session)
{
	for (size_t i = 0; i < COUNT(injected); i++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			bool noop = injected[i][0] == 'N';
			struct talk t;

			talk_init(&t);
			t.cut = cuts[k];
			set_tls(&t);
			talk_open(&t);
			talk_says(&t, EHLO);
			talk_forget(&t);
			talk_says(&t, injected[i]);
			talk_expect(&t, noop ? "250 554" : "554", injected[i]);
			cr_expect(talk_is_closed(&t));
			talk_close(&t);
		}
}

Test(session_starttls, replies_to_what_came_before_it_are_not_lost)
{
	for (size_t k = 0; k < COUNT(cuts); k++) {
		struct talk t;

		talk_init(&t);
		t.cut = cuts[k];
		set_tls(&t);
		talk_open(&t);
		talk_says(&t, EHLO "NOOP\r\nSTARTTLS\r\nMAIL FROM:<a@b>\r\n");
		talk_expect(&t, "250 250 554", "injection");
		cr_expect(talk_is_closed(&t));
		talk_close(&t);
	}
}

/* What is said in clear, then STARTTLS, then this in TLS. */
static const struct {
	const char *label, *clear, *tls, *codes;
} forgotten[] = {
    {"the greeting", EHLO, MAIL, "503/5.5.1"},
    {"the greeting, for STARTTLS", EHLO, "STARTTLS\r\n", "503/5.5.1"},
    {"the greeting, for AUTH", EHLO, "AUTH PLAIN " GOOD "\r\n", "503"},
    {"the login", EHLO "AUTH PLAIN " GOOD "\r\n",
	EHLO "AUTH PLAIN " GOOD "\r\n", "250 235"},
    {"the transaction", EHLO MAIL RCPT "RSET\r\n", EHLO RCPT "DATA\r\n",
	"250 503 503"},
    {"not that there is TLS", EHLO, EHLO "STARTTLS\r\n", "250 503"},
};

Test(session_starttls, everything_said_in_clear_is_forgotten)
{
	for (size_t i = 0; i < COUNT(forgotten); i++) {
		struct talk t;

		talk_init(&t);
		set_insecure(&t);
		talk_open(&t);
		talk_says(&t, forgotten[i].clear);
		talk_forget(&t);
		talk_says(&t, "STARTTLS\r\n");
		talk_expect(&t, "220/2.0.0", forgotten[i].label);
		talk_says(&t, forgotten[i].tls);
		talk_expect(&t, forgotten[i].codes, forgotten[i].label);
		talk_close(&t);
	}
}

Test(session_starttls, a_message_shows_nothing_said_in_clear)
{
	struct talk t;

	talk_init(&t);
	set_insecure(&t);
	talk_open(&t);
	talk_says(&t, "EHLO clear.example\nNOOP\nAUTH PLAIN " GOOD "\n");
	talk_says(&t, "STARTTLS\r\n");
	talk_forget(&t);
	talk_says(&t, "EHLO tls.example\r\n");
	cr_expect_eq(strstr(t.out.data, "STARTTLS"), NULL, "%s", t.out.data);
	talk_says(&t, MAIL RCPT);
	talk_says(&t, "DATA\r\n");
	talk_says(&t, HEADER ".\r\n");
	cr_assert_eq(t.count, 1);
	cr_expect_neq(strstr(t.mails[0].text.data,
			  "from tls.example ([192.0.2.1])\n"
			  "\t(TLS1.3:AES-256-GCM)\n"
			  "\tby mail.example.org (Mailpit) with ESMTPS\n"),
	    NULL, "%s", t.mails[0].text.data);
	cr_expect_str_eq(t.mails[0].findings, "");
	talk_close(&t);
}

Test(session_starttls, errors_in_clear_still_count)
{
	struct talk t;

	talk_init(&t);
	set_tls(&t);
	t.config.max_errors = 3;
	talk_open(&t);
	talk_says(&t, EHLO "X\r\nY\r\n");
	talk_says(&t, "STARTTLS\r\n");
	talk_says(&t, EHLO "Z\r\n");
	talk_expect(&t, "250 500 500 220 250 421", "errors");
	talk_close(&t);
}

Test(session_starttls, the_time_for_a_command_begins_anew)
{
	struct talk t;

	talk_init(&t);
	set_tls(&t);
	talk_open(&t);
	talk_says(&t, EHLO);
	cr_assert_eq(session_feed(t.session, "STARTTLS\r\n", 10, t.now), 10);
	cr_assert_eq(session_next(t.session), SESSION_TLS);
	cr_expect_eq(session_feed(t.session, "X", 1, t.now), 0);
	session_tls_started(t.session, talk_tls, t.now + 5000);
	cr_expect_eq(session_next(t.session), SESSION_INPUT);
	cr_expect_eq(session_deadline(t.session), t.now + 5000 + 300000);
	talk_close(&t);
}
