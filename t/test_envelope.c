/* SPDX-License-Identifier: MIT */
/* test_envelope.c: what trace_write() wrote is read, nothing else */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/envelope.h"
#include "mail/trace.h"

#define ID "0123456789ABCDEFGHIJab"
#define BLOCK                                                                  \
	"Return-Path: <a@example.org>\n"                                       \
	"Delivered-To: one@example.com\n"                                      \
	"Received: from client.example ([192.0.2.1])\n"                        \
	"\tby mail.example.org (Mailpit) with ESMTP\n"                         \
	"\tid " ID "; Mon, 23 Nov 2026 23:26:57 +0000\n"

static char one[] = "one@example.com", two[] = "\"a>b\"@example.com";

Test(envelope, everything_that_was_written_is_read_again)
{
	static const struct {
		const char *label, *from, *tls, *user, *address;
	} cases[] = {
	    {"plain", "a@example.org", NULL, NULL, "192.0.2.1"},
	    {"null path", "", NULL, NULL, "2001:db8::1"},
	    {"TLS", "a@example.org", "TLS1.3", NULL, NULL},
	    {"user", "a@example.org", NULL, "joe", "192.0.2.1"},
	    {"both", "\">\"@x", "TLS1.2", "a (b)\\ \"c+d=\xc3\xa9", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *recipients[] = {one, two};
		struct trace t = {.reverse_path = str_of(cases[i].from),
		    .recipients = recipients,
		    .recipient_count = 2,
		    .helo = STR("client.example"),
		    .address = cases[i].address,
		    .esmtp = true,
		    .tls_version = cases[i].tls,
		    .tls_cipher = "AES-256-GCM",
		    .user = str_of(cases[i].user),
		    .authenticated = cases[i].user != NULL,
		    .host = "mail.example.org",
		    .id = ID,
		    .time = 1795476417};
		struct buf message = BUF_INIT, user = BUF_INIT;
		struct envelope e;
		struct str rest, address;
		size_t block;

		trace_write(&message, &t);
		block = message.len;
		buf_adds(&message, "Subject: x\n\nDelivered-To: no@x\n");
		cr_assert(envelope_read(buf_str(&message), STR(ID), &e), "%s",
		    cases[i].label);
		cr_assert_eq(e.block, block);
		cr_assert_eq(e.head, block);
		cr_assert(str_eq(e.reverse_path, str_of(cases[i].from)));
		rest = e.recipients;
		cr_assert(envelope_recipient(&rest, &address));
		cr_assert(str_eq(address, str_of(one)));
		cr_assert(envelope_recipient(&rest, &address));
		cr_assert(str_eq(address, str_of(two)));
		cr_assert_not(envelope_recipient(&rest, &address));
		cr_assert_eq(e.tls.n > 0, cases[i].tls != NULL);
		envelope_user(&e, &user);
		cr_assert(str_eq(buf_str(&user), str_of(cases[i].user)), "%s",
		    cases[i].label);
		buf_fini(&message);
		buf_fini(&user);
	}
}

Test(envelope, the_empty_line_behind_a_lone_block_is_ours)
{
	struct envelope e;

	cr_assert(envelope_read(STR(BLOCK "\nno header"), STR(ID), &e));
	cr_assert_eq(e.block, strlen(BLOCK));
	cr_assert_eq(e.head, strlen(BLOCK) + 1);
	cr_assert(envelope_read(STR(BLOCK), STR(ID), &e));
	cr_assert_eq(e.head, strlen(BLOCK));
}

Test(envelope, a_block_that_is_not_exactly_ours_proves_nothing)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
	    {"Return-Path: <a", "Return-path: <a"},
	    {"Return-Path: <a", "X: y\nReturn-Path: <a"},
	    {"org>\n", "org>\r\n"},
	    {"org>\n", "org> \n"},
	    {"Delivered-To: one@example.com\n", ""},
	    {"Delivered-To: one@example.com\n", "Delivered-To: \n"},
	    {"one@", "o\x01ne@"},
	    {"Received:", "received:"},
	    {"([192.0.2.1])", "(192.0.2.1)"},
	    {"\tby", " by"},
	    {"(Mailpit)", "(Postfix)"},
	    {"\tid " ID, "\tid 1123456789ABCDEFGHIJab"},
	    {"; Mon", " Mon"},
	    {"+0000\n", "+0000"},
	    {"])\n\tby", "])\n\t()\n\tby"},
	    {"])\n\tby", "])\n\t(auth=a b)\n\tby"},
	    {"])\n\tby", "])\n\t(auth=+4)\n\tby"},
	    {"])\n\tby", "])\n\t(x)\n\tby"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *hit = strstr(BLOCK, cases[i].from);
		char *text;
		struct envelope e;

		cr_assert_not_null(hit, "case %zu", i);
		text = mem_format("%.*s%s%s", (int)(hit - BLOCK), BLOCK,
		    cases[i].to, hit + strlen(cases[i].from));
		cr_assert_not(
		    envelope_read(str_of(text), STR(ID), &e), "case %zu", i);
		cr_assert_eq(e.head, 0);
		cr_assert_eq(e.recipients.n, 0);
		free(text);
	}
}

Test(envelope, a_cut_block_or_a_name_without_an_id_is_none)
{
	struct envelope e;

	for (size_t n = 0; n < strlen(BLOCK); n++)
		cr_assert_not(
		    envelope_read(str_make(BLOCK, n), STR(ID), &e), "%zu", n);
	cr_assert_not(envelope_read(STR(BLOCK), STR(""), &e));
}
