/* SPDX-License-Identifier: MIT */
/* test_trace.c: the closed block on top of a message */

#include "mail/trace.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static char one[] = "one@example.com", two[] = "two@example.com";
static char *const recipients[] = {one, two};

static struct trace
plain(void)
{
	return (struct trace){
	    .reverse_path = STR("a@example.org"),
	    .recipients = recipients,
	    .recipient_count = 1,
	    .helo = STR("client.example"),
	    .address = "192.0.2.1",
	    .esmtp = true,
	    .host = "mail.example.org",
	    .id = "1i5ZpUhIB9kG0nN3oDSxhT",
	    .time = 1795476417,
	};
}

static void
assert_block(const struct trace *t, const char *expected)
{
	struct buf out = BUF_INIT;

	trace_write(&out, t);
	cr_assert_str_eq(out.data, expected);
	buf_fini(&out);
}

Test(trace, a_plain_message_has_four_fields)
{
	struct trace t = plain();

	assert_block(&t, "Return-Path: <a@example.org>\n"
			 "Delivered-To: one@example.com\n"
			 "Received: from client.example ([192.0.2.1])\n"
			 "\tby mail.example.org (Mailpit) with ESMTP\n"
			 "\tid 1i5ZpUhIB9kG0nN3oDSxhT; "
			 "Mon, 23 Nov 2026 23:26:57 +0000\n");
}

Test(trace, all_there_is_to_say)
{
	struct trace t = plain();

	t.recipient_count = 2;
	t.tls_version = "TLS1.3";
	t.tls_cipher = "AES-256-GCM";
	t.user = STR("joe");
	t.authenticated = true;
	t.address = "2001:db8::1";
	t.utf8 = true;
	t.time = 0;
	assert_block(&t, "Return-Path: <a@example.org>\n"
			 "Delivered-To: one@example.com\n"
			 "Delivered-To: two@example.com\n"
			 "Received: from client.example ([IPv6:2001:db8::1])\n"
			 "\t(TLS1.3:AES-256-GCM auth=joe)\n"
			 "\tby mail.example.org (Mailpit) with UTF8SMTPSA\n"
			 "\tid 1i5ZpUhIB9kG0nN3oDSxhT; "
			 "Thu, 1 Jan 1970 00:00:00 +0000\n");
}

Test(trace, nothing_there_is_to_say)
{
	struct trace t = plain();

	t.reverse_path = STR("");
	t.helo = STR("");
	t.address = NULL;
	t.esmtp = false;
	t.time = 951827696;
	assert_block(&t, "Return-Path: <>\n"
			 "Delivered-To: one@example.com\n"
			 "Received: from unknown ([local])\n"
			 "\tby mail.example.org (Mailpit) with SMTP\n"
			 "\tid 1i5ZpUhIB9kG0nN3oDSxhT; "
			 "Tue, 29 Feb 2000 12:34:56 +0000\n");
}

Test(trace, a_user_without_tls_stands_alone)
{
	struct trace t = plain();

	t.user = STR("joe doe");
	t.authenticated = true;
	assert_block(&t, "Return-Path: <a@example.org>\n"
			 "Delivered-To: one@example.com\n"
			 "Received: from client.example ([192.0.2.1])\n"
			 "\t(auth=joe+20doe)\n"
			 "\tby mail.example.org (Mailpit) with ESMTPA\n"
			 "\tid 1i5ZpUhIB9kG0nN3oDSxhT; "
			 "Mon, 23 Nov 2026 23:26:57 +0000\n");
}

Test(trace, the_protocol_says_tls_and_user_exactly_when_they_are_there)
{
	static const struct {
		bool esmtp, utf8, tls, user;
		const char *protocol;
	} rows[] = {
	    {false, false, false, false, "SMTP"},
	    {true, false, false, false, "ESMTP"},
	    {true, false, true, false, "ESMTPS"},
	    {true, false, false, true, "ESMTPA"},
	    {true, false, true, true, "ESMTPSA"},
	    {true, true, false, false, "UTF8SMTP"},
	    {true, true, true, false, "UTF8SMTPS"},
	    {true, true, false, true, "UTF8SMTPA"},
	    {true, true, true, true, "UTF8SMTPSA"},
	    {false, false, true, false, "ESMTPS"},
	    {false, false, false, true, "ESMTPA"},
	    {false, false, true, true, "ESMTPSA"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trace t = plain();

		t.esmtp = rows[i].esmtp;
		t.utf8 = rows[i].utf8;
		t.tls_version = rows[i].tls ? "TLS1.2" : NULL;
		t.tls_cipher = "AES-128-GCM";
		t.authenticated = rows[i].user;
		t.user = STR("u");
		cr_expect_str_eq(
		    trace_protocol(&t), rows[i].protocol, "row %zu", i);
	}
}

Test(trace, whatever_the_peer_says_the_block_stays_closed)
{
	static const struct str said[] = {STR("x\nX-Forged: y"),
	    STR("x\r\nReturn-Path: <z>"), STR("a) (b"), STR("a b"), STR("\0"),
	    STR("b\xc3\xbc.de"), STR("(comment"), STR("\"quoted"),
	    STR("x\n\tid 0000000000000000000000; never")};

	for (size_t i = 0; i < COUNT(said); i++) {
		struct trace t = plain();
		struct buf out = BUF_INIT, same = BUF_INIT;

		t.helo = STR("");
		trace_write(&same, &t);
		t.helo = said[i];
		trace_write(&out, &t);
		cr_expect_str_eq(out.data, same.data, "row %zu", i);
		buf_fini(&out);
		buf_fini(&same);
	}
}

Test(trace, whatever_the_users_name_the_comment_stays_closed)
{
	static const struct {
		struct str name;
		const char *written;
	} rows[] = {
	    {STR("a)b"), "a+29b"},
	    {STR("a(b"), "a+28b"},
	    {STR("a\\b"), "a+5Cb"},
	    {STR("a\"b"), "a+22b"},
	    {STR("a\nb"), "a+0Ab"},
	    {STR("a\0b"), "a+00b"},
	    {STR("a+b=c"), "a+2Bb+3Dc"},
	    {STR("j\xc3\xb6"), "j+C3+B6"},
	    {STR(""), ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trace t = plain();
		struct buf out = BUF_INIT, line = BUF_INIT;
		struct str rest, word;

		t.user = rows[i].name;
		t.authenticated = true;
		trace_write(&out, &t);
		buf_addf(&line, "\t(auth=%s)", rows[i].written);
		rest = buf_str(&out);
		for (size_t k = 0; k < 3; k++)
			str_cut(&rest, '\n');
		word = str_cut(&rest, '\n');
		cr_expect(str_eq(word, buf_str(&line)), "row %zu: %.*s", i,
		    STR_ARG(word));
		buf_fini(&out);
		buf_fini(&line);
	}
}

Test(trace, the_date_is_english_and_utc_everywhere)
{
	struct trace t = plain();
	struct buf here = BUF_INIT, there = BUF_INIT;

	trace_write(&here, &t);
	cr_assert_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
	cr_assert_eq(setenv("LC_ALL", "de_DE.UTF-8", 1), 0);
	setlocale(LC_ALL, "");
	trace_write(&there, &t);
	cr_expect_str_eq(there.data, here.data);
	buf_fini(&here);
	buf_fini(&there);
}
