/* SPDX-License-Identifier: MIT */
/* test_session_limits.c: sizes, numbers and times; memory stays flat */

#include <sys/resource.h>

#include "talk.h"

#define OPEN EHLO MAIL RCPT

/* Before, then n times a fill, then after, in one dialogue. */
static void
say_filled(
    struct talk *t, const char *before, char fill, size_t n, const char *after)
{
	struct buf said = BUF_INIT;

	buf_adds(&said, before);
	for (size_t i = 0; i < n; i++)
		buf_addc(&said, fill);
	buf_adds(&said, after);
	talk_say(t, buf_str(&said));
	buf_fini(&said);
}

/* A line of so many octets, its line end included, and what it gets. */
static const struct {
	const char *before, *after;
	size_t length;
	const char *code;
} lines[] = {
    {"NOOP ", "\r\n", 512, "250"},
    {"NOOP ", "\r\n", 2047, "250"},
    {"NOOP ", "\r\n", 2048, "250"},
    {"NOOP ", "\n", 2048, "250"},
    {"NOOP ", "\r\n", 2049, "500/5.5.2"},
    {"NOOP ", "\n", 2049, "500/5.5.2"},
    {"NOOP ", "\r\n", 12290, "500/5.5.2"},
    {"NOOP ", "\r\n", 12291, "500/5.5.2"},
    {"NOOP ", "\r\n", 1000000, "500/5.5.2"},
    {"", "\r\n", 2048, "500/5.5.2"},
    {"", "\r\n", 1000000, "500/5.5.2"},
    {"AUTH PLAIN ", "\r\n", 2049, "501/5.5.2"},
    {"AUTH PLAIN ", "\r\n", 12289, "501/5.5.2"},
    {"AUTH PLAIN ", "\r\n", 12290, "501/5.5.2"},
    {"AUTH PLAIN ", "\r\n", 12291, "500/5.5.6"},
    {" AUTH\tPLAIN ", "\r\n", 12290, "501/5.5.2"},
    {"AUTH PLAIN ", "\r\n", 1000000, "500/5.5.6"},
    {"AUTH PLAIN\r\n", "\r\n", 12290, "501/5.5.2"},
    {"AUTH PLAIN\r\n", "\r\n", 12291, "500/5.5.6"},
    {"AUTH LOGIN\r\n", "\r\n", 1000000, "500/5.5.6"},
    {"AUTHORISE ", "\r\n", 2049, "500/5.5.2"},
};

Test(session_limits, a_line_that_is_too_long_gets_one_reply)
{
	for (size_t i = 0; i < COUNT(lines); i++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			const char *lf = strchr(lines[i].before, '\n');
			size_t begun =
			    strlen(lf == NULL ? lines[i].before : lf + 1);
			char *codes = mem_format("250 %s%s 250",
			    lf == NULL ? "" : "334 ", lines[i].code);
			struct talk t;

			talk_init(&t);
			t.cut = cuts[k];
			t.config.auth = t.config.auth_insecure = true;
			talk_open(&t);
			talk_says(&t, EHLO);
			/* "%" is in no alphabet */
			say_filled(&t, lines[i].before, '%',
			    lines[i].length - begun - strlen(lines[i].after),
			    lines[i].after);
			talk_says(&t, "NOOP\r\n");
			talk_expect(&t, codes, lines[i].before);
			talk_close(&t);
			free(codes);
		}
}

Test(session_limits, commands_in_a_line_that_is_too_long_are_not_run)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, OPEN);
	say_filled(&t, "X", ' ', 2100, "RSET\r\n");
	say_filled(&t, "NOOP", ' ', 13000, "RSET\r\nDATA\r\n");
	talk_expect(&t, "250 250 250 500 500 354", "long");
	talk_close(&t);
}

static long
peak_kib(void)
{
	struct rusage usage;

	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

Test(session_limits, a_path_may_have_1024_octets)
{
	for (size_t n = 1024; n <= 1025; n++) {
		struct talk t;

		talk_init(&t);
		talk_open(&t);
		talk_says(&t, EHLO);
		talk_forget(&t);
		say_filled(&t, "MAIL FROM:<", 'x', n - 2, "@b>\r\n");
		talk_says(&t, MAIL);
		say_filled(&t, "RCPT TO:<", 'x', n - 2, "@b>\r\n");
		talk_expect(&t,
		    n == 1024 ? "250 250 250" : "553/5.1.3 250 553/5.1.3",
		    "path");
		talk_close(&t);
	}
}

/* Nothing grows with what a client sends. */
Test(session_limits, memory_stays_flat_whatever_is_sent)
{
	static const char *const before[] = {"", "AUTH PLAIN ", OPEN "DATA\r\n",
	    OPEN "DATA\r\nX: ", OPEN "DATA\r\n" HEADER,
	    OPEN "BDAT 48000000\r\n", EHLO "BDAT 48000000\r\n"};
	size_t n = 1 << 16;
	char *octets = mem_new(n);

	memset(octets, 'x', n);
	for (size_t i = 0; i < COUNT(before); i++) {
		struct talk t;
		long peak;

		talk_init(&t);
		t.config.auth = t.config.auth_insecure = true;
		t.config.max_message_size = 1000;
		talk_open(&t);
		talk_says(&t, before[i]);
		talk_say(&t, str_make(octets, n));
		peak = peak_kib();
		for (size_t k = 0; k < 700; k++)
			talk_say(&t, str_make(octets, n));
		cr_expect_leq(peak_kib() - peak, 1024, "%s", before[i]);
		cr_expect_leq(t.writing.len, n);
		talk_close(&t);
	}
	free(octets);
}

static const struct {
	const char *label, *said;
	uint64_t limit;
	size_t fill;
	const char *codes;
	size_t stored;
} sizes[] = {
    {"below", OPEN "DATA\r\nX:", 100, 95, "354 250/2.0.0", 1},
    {"exactly", OPEN "DATA\r\nX:", 100, 96, "354 250/2.0.0", 1},
    {"one more", OPEN "DATA\r\nX:", 100, 97, "354 552/5.3.4", 0},
    {"far above", OPEN "DATA\r\nX:", 100, 1000000, "354 552/5.3.4", 0},
    {"no limit", OPEN "DATA\r\nX:", 0, 1000000, "354 250/2.0.0", 1},
    {"a dot that is removed does not count", OPEN "DATA\r\n.X:", 100, 96,
	"354 250/2.0.0", 1},
};

Test(session_limits, a_message_that_is_too_large_is_read_to_its_end)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			char *codes =
			    mem_format("250 250 250 %s 503 250 250 250 354 250",
				sizes[i].codes);
			struct talk t;

			talk_init(&t);
			t.cut = cuts[k];
			t.config.max_message_size = sizes[i].limit;
			talk_open(&t);
			say_filled(&t, sizes[i].said, 'x', sizes[i].fill,
			    DOT "DATA\r\n" EHLO MAIL RCPT "DATA\r\n" HEADER
				".\r\n");
			talk_expect(&t, codes, sizes[i].label);
			cr_expect_eq(
			    t.count, sizes[i].stored + 1, "%s", sizes[i].label);
			cr_expect_eq(t.aborted, 1 - sizes[i].stored, "%s",
			    sizes[i].label);
			talk_close(&t);
			free(codes);
		}
}

Test(session_limits, commands_in_a_message_that_is_too_large_are_not_run)
{
	for (size_t k = 0; k < COUNT(cuts); k++) {
		struct talk t;

		talk_init(&t);
		t.cut = cuts[k];
		t.config.max_message_size = 30;
		talk_open(&t);
		talk_says(&t,
		    OPEN "DATA\r\n" HEADER "0123456789x\r\nRSET\r\n" MAIL RCPT
			 "DATA\r\nforged\r\n..\r\n\n.\nQUIT" DOT "NOOP\r\n");
		talk_expect(&t, "250 250 250 354 552 250", "too large");
		cr_expect_eq(t.count, 0);
		talk_close(&t);
	}
}

Test(session_limits, recipients_beyond_their_number_are_told_so)
{
	static const struct {
		size_t most, tried;
	} rows[] = {{1, 2}, {2, 5}, {100, 101}, {100, 100}, {100, 250}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct talk t;
		char *text, *at;
		size_t n = 0;

		talk_init(&t);
		t.config.max_recipients = rows[i].most;
		t.config.max_errors = 2;
		talk_open(&t);
		talk_says(&t, EHLO MAIL);
		talk_forget(&t);
		for (size_t k = 0; k < rows[i].tried; k++) {
			talk_says(&t, RCPT);
			talk_expect(&t,
			    k < rows[i].most ? "250/2.1.5" : "452/4.5.3",
			    "recipient");
		}
		talk_says(&t, "DATA\r\n" HEADER ".\r\n");
		talk_expect(&t, "354 250", "DATA");
		cr_assert_eq(t.count, 1);
		text = t.mails[0].text.data;
		while ((at = strstr(text, "\nDelivered-To: ")) != NULL) {
			n++;
			text = at + 1;
		}
		cr_expect_eq(n, rows[i].tried < rows[i].most ? rows[i].tried
							     : rows[i].most);
		talk_close(&t);
	}
}

/* The commands that end a session when there are too many of them. */
static const struct {
	const char *label, *said;
	unsigned limit; /* of errors and of junk */
	size_t before; /* replies before the 421 */
} floods[] = {
    {"unknown commands", "X\r\n", 20, 19},
    {"wrong order", "DATA\r\n", 20, 19},
    {"wrong addresses", "MAIL FROM:<x@>\r\n", 20, 19},
    {"long lines", NULL, 20, 19},
    {"just one", "X\r\n", 1, 0},
    {"RSET", "RSET\r\n", 100, 99},
    {"NOOP", "NOOP\r\n", 100, 99},
    {"EHLO", EHLO, 100, 99},
    {"refused chunks", "BDAT 1\r\nx", 20, 19},
    {"VRFY", "VRFY x\r\n", 20, 19},
};

static void
flood(size_t row, const struct cut *cut)
{
	struct talk t;
	size_t lines_seen = 0;

	talk_init(&t);
	t.cut = *cut;
	t.config.max_errors = floods[row].limit;
	t.config.max_junk = floods[row].limit;
	talk_open(&t);
	for (size_t i = 0; i < 200 && !talk_is_closed(&t); i++) {
		talk_forget(&t);
		if (floods[row].said != NULL)
			talk_says(&t, floods[row].said);
		else
			say_filled(&t, "", 'x', 3000, "\r\n");
		lines_seen++;
	}
	talk_expect(&t, "421/4.7.0", floods[row].label);
	cr_expect_eq(lines_seen, floods[row].before + 1, "%s: %zu",
	    floods[row].label, lines_seen);
	talk_close(&t);
}

Test(session_limits, too_many_errors_or_idle_commands_end_the_session)
{
	for (size_t i = 0; i < COUNT(floods); i++)
		for (size_t k = 0; k < COUNT(cuts); k += 3)
			flood(i, &cuts[k]);
}

Test(session_limits, mail_is_no_idle_command)
{
	struct talk t;

	talk_init(&t);
	t.config.max_junk = 5;
	talk_open(&t);
	talk_says(&t, EHLO);
	for (size_t i = 0; i < 20; i++) {
		talk_forget(&t);
		talk_says(&t, "RSET\r\nNOOP\r\nRSET\r\n" MAIL RCPT
			      "DATA\r\n" HEADER ".\r\n");
		talk_expect(&t, "250 250 250 250 250 354 250", "mail");
	}
	talk_close(&t);
}

Test(session_limits, lawful_refusals_are_no_errors)
{
	struct talk t;

	talk_init(&t);
	t.config.max_errors = 2;
	t.config.max_message_size = 10;
	talk_open(&t);
	talk_says(&t, EHLO "MAIL FROM:<a@b> SIZE=11\r\n"
			   "MAIL FROM:<a@b> SIZE=11\r\n"
			   "MAIL FROM:<a@b> SIZE=11\r\n" MAIL RCPT
			   "DATA\r\n" HEADER ".\r\n");
	talk_expect(&t, "250 552 552 552 250 250 354 552", "refusals");
	talk_close(&t);
}

Test(session_limits, messages_beyond_their_number_end_the_session)
{
	struct talk t;

	talk_init(&t);
	t.config.max_messages = 2;
	talk_open(&t);
	talk_says(&t, OPEN "DATA\r\n" HEADER ".\r\n" MAIL RCPT
			   "BDAT 20 LAST\r\n" HEADER MAIL "NOOP\r\n");
	talk_expect(&t, "250 250 250 354 250 250 250 250 421/4.7.0", "third");
	cr_expect(talk_is_closed(&t));
	cr_expect_eq(t.count, 2);
	talk_close(&t);
}

/* The deadline, as milliseconds behind the last octet fed. */
static int64_t
patience(const struct talk *t)
{
	return session_deadline(t->session) - t->now;
}

Test(session_limits, a_slow_line_does_not_renew_its_time)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	cr_expect_eq(patience(&t), 300000);
	for (size_t i = 0; i < 100; i++) {
		t.now += 1500;
		talk_says(&t, "X");
	}
	cr_expect_eq(patience(&t), 300000 - 150000);
	talk_says(&t, "\r\n");
	cr_expect_eq(patience(&t), 300000);
	talk_close(&t);
}

Test(session_limits, a_message_has_its_time_and_one_second_for_500_octets)
{
	char octets[5000];
	struct talk t;

	memset(octets, 'x', sizeof(octets));
	talk_init(&t);
	talk_open(&t);
	talk_says(&t, OPEN);
	t.now += 100000;
	talk_says(&t, "DATA\r\n");
	cr_expect_eq(patience(&t), 600000);
	t.now += 1000;
	talk_say(&t, str_make(octets, 499));
	cr_expect_eq(patience(&t), 600000 - 1000);
	talk_say(&t, str_make(octets, 1));
	cr_expect_eq(patience(&t), 600000 - 1000 + 1000);
	talk_say(&t, str_make(octets, 5000));
	cr_expect_eq(patience(&t), 600000 - 1000 + 11000);
	t.now += 5000;
	talk_says(&t, DOT);
	cr_expect_eq(patience(&t), 300000);
	talk_close(&t);
}

Test(session_limits, time_for_chunks_runs_on_between_them)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, OPEN);
	talk_says(&t, "BDAT 2\r\nX:");
	/* Between two chunks a command is waited for as well. */
	cr_expect_eq(patience(&t), 300000);
	t.now += 299000;
	talk_says(&t, "BDAT 1\r\n");
	cr_expect_eq(patience(&t), 600000 - 299000);
	talk_says(&t, "y");
	cr_expect_eq(patience(&t), 300000);
	t.now += 200000;
	talk_says(&t, "BDAT 0\r\n");
	cr_expect_eq(patience(&t), 600000 - 499000);
	talk_says(&t, "BDAT 0 LAST\r\n");
	cr_expect_eq(patience(&t), 300000);
	talk_close(&t);
}

Test(session_limits, a_refused_chunk_has_the_time_of_a_message)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, EHLO);
	t.now += 250000;
	talk_says(&t, "BDAT 100000\r\n");
	cr_expect_eq(patience(&t), 600000);
	say_filled(&t, "", 'x', 50000, "");
	cr_expect_eq(patience(&t), 700000);
	say_filled(&t, "", 'x', 50000, "");
	cr_expect_eq(patience(&t), 300000);
	talk_close(&t);
}

Test(session_limits, time_that_is_over_is_told)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	session_end(t.session, SESSION_END_TIMEOUT);
	talk_flush(&t);
	cr_expect_str_eq(t.out.data,
	    "421 4.4.2 mail.example.org Mailpit ESMTP Service closing "
	    "transmission channel after timeout exceeded\r\n");
	cr_expect_eq(session_feed(t.session, "NOOP\r\n", 6, t.now), 0);
	talk_close(&t);
}
