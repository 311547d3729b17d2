/* SPDX-License-Identifier: MIT */
/* test_reply.c: the table of replies keeps RFC 5321 and RFC 3463 */

#include "smtp/reply.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct reply_words words = {
    .host = "mail.example.org",
    .app = "Mailpit (tests)",
    .max_size = 52428800,
};

static struct str
write_one(struct buf *out, size_t r, char separator, const char *argument)
{
	buf_reset(out);
	reply_write(out, (enum reply)r, separator, &words, argument);
	return buf_str(out);
}

/* RFC 5321 section 4.2: what may stand in each place of a code. */
static bool
is_code(const char *p)
{
	return p[0] >= '2' && p[0] <= '5' && p[1] >= '0' && p[1] <= '5' &&
	       chr_digit(p[2]);
}

/* The length of "class.subject.detail" with its blank, or 0. */
static size_t
enhanced_length(struct str s)
{
	size_t n = 0, dots = 0;

	while (n < s.n && (chr_digit(s.p[n]) || s.p[n] == '.'))
		dots += s.p[n++] == '.';
	return dots == 2 && n < s.n && s.p[n] == ' ' ? n + 1 : 0;
}

Test(reply, every_reply_is_one_well_formed_line)
{
	struct buf out = BUF_INIT;

	for (size_t r = 0; r < REPLY_COUNT; r++) {
		struct str line = write_one(&out, r, ' ', "argument");

		cr_assert_geq(line.n, 6, "reply %zu", r);
		cr_expect(is_code(line.p), "reply %zu: %s", r, line.p);
		cr_expect_eq(reply_code((enum reply)r), atoi(line.p));
		cr_expect_eq(line.p[3], ' ');
		cr_expect_leq(line.n, REPLY_LINE_MAX);
		cr_expect_eq(memcmp(line.p + line.n - 2, "\r\n", 2), 0);
		line.n -= 2;
		cr_expect(str_is_printable(line), "reply %zu: %s", r, line.p);
		cr_expect_eq(str_find(line, '%'), line.n, "%s", line.p);
		line = write_one(&out, r, '-', NULL);
		cr_expect_eq(line.p[3], '-', "reply %zu", r);
	}
	buf_fini(&out);
}

Test(reply, the_class_of_the_enhanced_code_is_that_of_the_code)
{
	static const enum reply without[] = {REPLY_BANNER, REPLY_HELO,
	    REPLY_HELO_NAMED, REPLY_AUTH_PLAIN, REPLY_AUTH_USER,
	    REPLY_AUTH_PASSWORD, REPLY_DATA};
	struct buf out = BUF_INIT;

	for (size_t r = 0; r < REPLY_COUNT; r++) {
		struct str line = write_one(&out, r, ' ', "argument");
		bool none = false;

		for (size_t i = 0; i < COUNT(without); i++)
			none = none || without[i] == (enum reply)r;
		line = str_skip(line, 4);
		if (none) {
			cr_expect_eq(enhanced_length(line), 0, "%s", out.data);
			continue;
		}
		cr_expect_neq(enhanced_length(line), 0, "%s", out.data);
		cr_expect_eq(line.p[0], out.data[0], "%s", out.data);
	}
	buf_fini(&out);
}

/* Clients and scripts look for these. */
static const struct {
	enum reply reply;
	const char *argument;
	const char *line;
} fixed[] = {
    {REPLY_BANNER, NULL,
	"220 mail.example.org Mailpit (tests) ESMTP Service ready\r\n"},
    {REPLY_TLS_READY, NULL, "220 2.0.0 Ready to start TLS\r\n"},
    {REPLY_BYE, NULL,
	"221 2.0.0 mail.example.org Mailpit (tests) ESMTP Service closing "
	"transmission channel\r\n"},
    {REPLY_AUTH_OK, NULL, "235 2.7.0 Authentication successful\r\n"},
    {REPLY_HELO_NAMED, "x.example",
	"250 mail.example.org greets x.example\r\n"},
    {REPLY_OK, NULL, "250 2.0.0 Ok\r\n"},
    {REPLY_MAIL_OK, NULL, "250 2.1.0 Ok\r\n"},
    {REPLY_RCPT_OK, NULL, "250 2.1.5 Ok\r\n"},
    {REPLY_QUEUED, "5FmbNYvF2kBhXaEhU6AfTq",
	"250 2.0.0 Ok: queued as 5FmbNYvF2kBhXaEhU6AfTq\r\n"},
    {REPLY_DROPPED, NULL, "250 2.0.0 Ok: queued\r\n"},
    {REPLY_AUTH_PLAIN, NULL, "334 \r\n"},
    {REPLY_AUTH_USER, NULL, "334 VXNlcm5hbWU6\r\n"},
    {REPLY_AUTH_PASSWORD, NULL, "334 UGFzc3dvcmQ6\r\n"},
    {REPLY_DATA, NULL, "354 Start mail input; end with <CR><LF>.<CR><LF>\r\n"},
    {REPLY_TIMEOUT, NULL,
	"421 4.4.2 mail.example.org Mailpit (tests) ESMTP Service closing "
	"transmission channel after timeout exceeded\r\n"},
    {REPLY_TOO_MANY_RECIPIENTS, NULL, "452 4.5.3 Too many recipients\r\n"},
    {REPLY_LINE_TOO_LONG, NULL, "500 5.5.2 Line too long\r\n"},
    {REPLY_UNKNOWN_COMMAND, NULL,
	"500 5.5.2 Syntax error, command unrecognized\r\n"},
    {REPLY_BAD_SIZE, NULL,
	"501 5.5.4 Syntax error in parameters or arguments (invalid SIZE "
	"parameter)\r\n"},
    {REPLY_NOT_IMPLEMENTED, NULL, "502 5.5.1 Command not implemented\r\n"},
    {REPLY_HELO_FIRST, "MAIL",
	"503 5.5.1 Bad sequence of commands (HELO/EHLO required before "
	"MAIL)\r\n"},
    {REPLY_RCPT_FIRST, "DATA",
	"503 5.5.1 Bad sequence of commands (MAIL & RCPT required before "
	"DATA)\r\n"},
    {REPLY_TLS_FIRST, NULL,
	"530 5.7.0 Must issue a STARTTLS command first\r\n"},
    {REPLY_AUTH_FIRST, NULL, "530 5.7.0 Authentication required\r\n"},
    {REPLY_AUTH_REFUSED, NULL,
	"535 5.7.8 Authentication credentials invalid\r\n"},
    {REPLY_RECIPIENT_REFUSED, NULL,
	"550 5.1.0 Requested action not taken: mailbox unavailable\r\n"},
    {REPLY_TOO_LARGE, NULL,
	"552 5.3.4 Requested mail action aborted: exceeded storage allocation "
	"(52428800)\r\n"},
    {REPLY_BAD_ADDRESS, NULL,
	"553 5.1.3 The address is not a valid RFC 5321 address\r\n"},
};

Test(reply, the_texts_that_mailpit_has_are_mailpits)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < COUNT(fixed); i++) {
		write_one(&out, fixed[i].reply, ' ', fixed[i].argument);
		cr_expect_str_eq(out.data, fixed[i].line);
	}
	buf_fini(&out);
}

Test(reply, a_long_line_is_cut_and_still_ends)
{
	char name[2000];
	struct reply_words wide = {.host = name, .app = name};
	struct buf out = BUF_INIT;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t r = 0; r < REPLY_COUNT; r++) {
		buf_reset(&out);
		reply_write(&out, (enum reply)r, ' ', &wide, name);
		cr_expect_leq(out.len, REPLY_LINE_MAX, "reply %zu", r);
		cr_expect_str_eq(out.data + out.len - 2, "\r\n");
		cr_expect_eq(strchr(out.data, '\n'), out.data + out.len - 1);
	}
	buf_fini(&out);
}

Test(reply, an_argument_is_never_taken_for_a_place_to_fill)
{
	struct buf out = BUF_INIT;

	write_one(&out, REPLY_HELO_NAMED, ' ', "%h%s%n%%");
	cr_expect_str_eq(out.data, "250 mail.example.org greets %h%s%n%%\r\n");
	buf_fini(&out);
}

Test(reply, replies_are_appended)
{
	struct buf out = BUF_INIT;

	reply_write(&out, REPLY_OK, '-', &words, NULL);
	reply_write(&out, REPLY_OK, ' ', &words, NULL);
	cr_expect_str_eq(out.data, "250-2.0.0 Ok\r\n250 2.0.0 Ok\r\n");
	buf_fini(&out);
}

Test(reply, the_stores_errno_is_always_temporary)
{
	static const struct {
		int error;
		enum reply reply;
	} rows[] = {{ENOSPC, REPLY_NO_SPACE}, {EFBIG, REPLY_NO_SPACE},
	    {EDQUOT, REPLY_MAILBOX_FULL}, {EIO, REPLY_DELIVERY_FAILED},
	    {EACCES, REPLY_DELIVERY_FAILED}, {EROFS, REPLY_DELIVERY_FAILED},
	    {ENOENT, REPLY_DELIVERY_FAILED}, {0, REPLY_DELIVERY_FAILED}};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_eq(reply_for_errno(rows[i].error), rows[i].reply,
		    "%s", strerror(rows[i].error));
	for (int error = 0; error < 200; error++)
		cr_expect_eq(
		    reply_code(reply_for_errno(error)) / 100, 4, "%d", error);
}
