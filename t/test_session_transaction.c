/* SPDX-License-Identifier: MIT */
/* test_session_transaction.c: one message from MAIL to its verdict */

#include "talk.h"

#define OPEN EHLO MAIL RCPT "DATA\r\n"
#define CODES "250 250 250 354"

static void
set_forbid(struct talk *t)
{
	t->config.forbid_bare_newline = true;
}

static void
set_strict(struct talk *t)
{
	t->config.strict_headers = true;
}

static const struct dialogue dialogues[] = {
    {"a plain message", STR(OPEN HEADER "body" DOT "QUIT\r\n"),
	CODES " 250/2.0.0 221", STR("[" STORED "body\n]"), "[]", true, NULL},
    {"two in one group, the second right behind the dot",
	STR(OPEN HEADER "one" DOT MAIL RCPT "DATA\r\n" HEADER "two" DOT),
	CODES " 250 250 250 354 250", STR("[" STORED "one\n][" STORED "two\n]"),
	"[][]", false, NULL},
    {"dots", STR(OPEN HEADER "..\r\n...\r\n.a\r\na.\r\n..a\r\n" DOT),
	CODES " 250", STR("[" STORED ".\n..\na\na.\n.a\n\n]"), "[]", false,
	NULL},
    {"a dot on the very first line", STR(OPEN ".From: a\r\nDate: d\r\n" DOT),
	CODES " 250", STR("[From: a\nDate: d\n\n]"), "[]", false, NULL},
    {"an empty message", STR(OPEN ".\r\nNOOP\r\n"), CODES " 250 250",
	STR("[\n]"), "[no-headers 1, no-from 1, no-date 1]", false, NULL},
    {"nothing but an empty line", STR(OPEN "\r\n.\r\n"), CODES " 250",
	STR("[\n\n]"), "[no-headers 1, no-from 1, no-date 1]", false, NULL},
    {"a first line that would extend our block",
	STR(OPEN " for <x@y>\r\n" HEADER ".\r\n"), CODES " 250",
	STR("[\n for <x@y>\n" STORED "]"),
	"[no-headers 1, no-from 1, no-date 1]", false, NULL},
    {"a forged block of ours is the client's",
	STR(OPEN "Return-Path: <z>\r\nDelivered-To: z\r\n" HEADER ".\r\n"),
	CODES " 250", STR("[Return-Path: <z>\nDelivered-To: z\n" STORED "]"),
	"[]", false, NULL},
    {"commands inside are content",
	STR(OPEN HEADER "RSET\r\nQUIT\r\nSTARTTLS\r\nMAIL FROM:<x@y>" DOT),
	CODES " 250",
	STR("[" STORED "RSET\nQUIT\nSTARTTLS\nMAIL FROM:<x@y>\n]"), "[]", false,
	NULL},
    {"octets of all kinds", STR(OPEN HEADER "\0\xff\xfe\x80 \t \r\n\0" DOT),
	CODES " 250", STR("[" STORED "\0\xff\xfe\x80 \t \n\0\n]"),
	"[nul 2, 8bit-body 1]", false, NULL},
    {"an LF dialogue",
	STR("EHLO x\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n"
	    "From: a\nDate: d\n\n..b\n.\nQUIT\n"),
	CODES " 250 221", STR("[" STORED ".b\n]"), "[lf-command 4]", true,
	NULL},
    {"in an LF dialogue no CR LF ends it",
	STR("EHLO x\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n"
	    "From: a\nDate: d\n\n\r\n.\r\nb\r\n..\r\n\n.\n"),
	CODES " 250", STR("[" STORED "\n\nb\n.\n\n]"), "[lf-command 4]", false,
	NULL},
    {"the line of DATA decides",
	STR("EHLO x\nMAIL FROM:<a@b>\n"
	    "RCPT TO:<c@d>\nDATA\r\n" HEADER "a\n.\nb" DOT),
	CODES " 250", STR("[" STORED "a\n.\nb\n]"), "[lf-command 3, bare-lf 2]",
	false, NULL},
    {"and the other way round",
	STR(EHLO MAIL RCPT "DATA\nFrom: a\nDate: d\n\na" DOT "b\n.\n"),
	CODES " 250", STR("[" STORED "a\n\nb\n]"), "[lf-command 1]", false,
	NULL},
    {"a bare LF is refused if so configured, behind the true end",
	STR(OPEN HEADER "a\n.\r\nMAIL FROM:<x@y>\r\n" DOT "NOOP\r\n"),
	CODES " 550/5.5.2 250", STR(""), NULL, false, set_forbid},
    {"a bare CR is refused if so configured",
	STR(OPEN HEADER "a\rb" DOT "NOOP\r\n"), CODES " 550/5.5.2 250", STR(""),
	NULL, false, set_forbid},
    {"CR CR LF is refused if so configured",
	STR(OPEN "From: a\r\r\n" DOT "NOOP\r\n"), CODES " 550/5.5.2 250",
	STR(""), NULL, false, set_forbid},
    {"a clean message passes there", STR(OPEN HEADER "a" DOT), CODES " 250",
	STR("[" STORED "a\n]"), "[]", false, set_forbid},
    {"a clean LF dialogue passes there",
	STR("EHLO x\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\nFrom: a\n\n.\n"),
	CODES " 250", STR("[From: a\n\n]"), "[lf-command 4, no-date 1]", false,
	set_forbid},
    {"CR CR LF in headers is repaired",
	STR(OPEN "From: a\r\r\nDate: d\r\r\n\r\r\nb\r\r\n.\r\n"), CODES " 250",
	STR("[" STORED "b\r\n]"), "[bare-cr 1, cr-cr-lf 3]", false, NULL},
    {"and is not with strict headers",
	STR(OPEN "From: a\r\r\nDate: d\r\r\n\r\n.\r\n"), CODES " 250",
	STR("[From: a\r\nDate: d\r\n\n]"), "[bare-cr 2]", false, set_strict},
    {"a second MAIL takes the place of the first",
	STR(EHLO MAIL "MAIL FROM:<c@d>\r\n" RCPT "DATA\r\n" HEADER ".\r\n"),
	"250 250 250 250 354 250", STR("[" STORED "]"), "[]", false, NULL},
    {"a MAIL that fails takes the first one with it",
	STR(EHLO MAIL "MAIL FROM:<c@>\r\n" RCPT "DATA\r\n"),
	"250 250 553/5.1.3 503 503", STR(""), NULL, false, NULL},
    {"MAIL behind RCPT changes nothing",
	STR(EHLO MAIL RCPT MAIL "DATA\r\n" HEADER ".\r\n"),
	"250 250 250 503/5.5.1 354 250", STR("[" STORED "]"), "[]", false,
	NULL},
    {"the transaction is over behind the dot",
	STR(OPEN HEADER ".\r\nDATA\r\n" RCPT), CODES " 250 503 503",
	STR("[" STORED "]"), "[]", false, NULL},
    {"the null path sends, but gets nothing",
	STR(EHLO "MAIL FROM:<>\r\nRCPT TO:<>\r\n" RCPT "DATA\r\n" HEADER
		 ".\r\n"),
	"250 250 501/5.5.4 250 354 250", STR("[" STORED "]"), "[]", false,
	NULL},
    {"postmaster gets, but sends nothing",
	STR(EHLO "MAIL FROM:<postmaster>\r\n" MAIL
		 "RCPT TO:<Postmaster>\r\nDATA\r\n" HEADER ".\r\n"),
	"250 553/5.1.3 250 250 354 250", STR("[" STORED "]"), "[]", false,
	NULL},
    {"wrong paths",
	STR(EHLO MAIL "RCPT TO:<u@c>,<v@c>\r\nRCPT TO:u@c\r\n"
		      "RCPT TO:<u>\r\nRCPT TO:<u@c>x\r\nRCPT\r\n"
		      "RCPT FROM:<u@c>\r\nRCPT TO:<@a,:u@c>\r\n"),
	"250 250 501/5.5.4 501/5.5.4 553/5.1.3 501/5.5.4 501/5.5.4 "
	"501/5.5.4 553/5.1.3",
	STR(""), NULL, false, NULL},
    {"HELO is enough", STR("HELO x\r\n" MAIL RCPT "DATA\r\n" HEADER ".\r\n"),
	CODES " 250", STR("[" STORED "]"), "[]", false, NULL},
};

Test(session_transaction, one_message_is_one_message_however_it_comes)
{
	for (size_t i = 0; i < COUNT(dialogues); i++)
		talk_hold(&dialogues[i]);
}

/* What others have taken for the end, and a message that it would forge. */
static const struct str ends[] = {STR("\n.\n"), STR("\n.\r\n"), STR("\r\n.\n"),
    STR("\r.\r"), STR("\r.\r\n"), STR("\r.\n"), STR("\r\n.\r"),
    STR("\n\n.\r\n"), STR("\r\n.\r\r\n"), STR("\n.\r"), STR("\n\r.\r\n"),
    STR("\r\n\0.\r\n"), STR("\r\n.\0\r\n"), STR("\0\n.\r\n"), STR("\n.\n\n"),
    STR("\r\n.\n\r\n")};

Test(session_transaction, nothing_in_a_message_becomes_a_second_one)
{
	for (size_t i = 0; i < COUNT(ends); i++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			struct buf said = BUF_INIT;
			struct talk t;

			buf_adds(&said, OPEN HEADER "one");
			buf_add_str(&said, ends[i]);
			buf_adds(&said,
			    "MAIL FROM:<admin@x>\r\n" RCPT
			    "DATA\r\nSubject: forged" DOT "QUIT\r\n");
			talk_init(&t);
			t.cut = cuts[k];
			talk_open(&t);
			talk_say(&t, buf_str(&said));
			talk_expect(&t, CODES " 250 221", "smuggling");
			cr_expect_eq(t.count, 1, "end %zu", i);
			cr_expect_neq(strstr(t.mails[0].text.data +
						 t.mails[0].text.len - 20,
					  "forged\n"),
			    NULL, "end %zu", i);
			talk_close(&t);
			buf_fini(&said);
		}
}

Test(session_transaction, three_mixtures_end_no_lf_dialogue)
{
	static const struct str mixtures[] = {
	    STR("\r\n.\r\n"), STR("\n.\r\n"), STR("\r.\r"), STR("\r.\n")};

	for (size_t i = 0; i < COUNT(mixtures); i++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			struct talk t;

			talk_init(&t);
			t.cut = cuts[k];
			talk_open(&t);
			talk_says(&t, EHLO MAIL RCPT "DATA\nX: y\n\nz");
			talk_say(&t, mixtures[i]);
			talk_says(&t, "QUIT\n.\nQUIT\n");
			talk_expect(&t, CODES " 250 221", "mixture");
			cr_expect_eq(t.count, 1, "mixture %zu", i);
			talk_close(&t);
		}
}

Test(session_transaction, the_envelope_stands_on_top)
{
	struct talk t;
	struct str rest, date;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, EHLO "MAIL FROM:<j\xc3\xb6@b> SMTPUTF8\r\n" RCPT
			   "RCPT TO:<\"x y\"@d>\r\nRCPT TO:<@r:b@example.com>"
			   "\r\nDATA\r\n" HEADER ".\r\n");
	talk_expect(&t, "250 250 250 250 250 354 250", "envelope");
	cr_assert_eq(t.count, 1);
	rest = buf_str(&t.mails[0].text);
	cr_expect(str_begins(
	    rest, STR("Return-Path: <j\xc3\xb6@b>\n"
		      "Delivered-To: b@example.com\n"
		      "Delivered-To: \"x y\"@d\n"
		      "Delivered-To: b@example.com\n"
		      "Received: from client.example ([192.0.2.1])\n"
		      "\tby mail.example.org (Mailpit) with UTF8SMTP\n"
		      "\tid ID00000000000000000001; ")));
	for (size_t i = 0; i < 6; i++)
		str_cut(&rest, '\n');
	date = str_cut(&rest, '\n');
	cr_expect(str_eq(str_skip(date, date.n - 6), STR(" +0000")));
	cr_expect(str_eq(rest, STR(STORED)));
	talk_close(&t);
}

Test(session_transaction, nothing_of_one_envelope_is_in_the_next)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t,
	    EHLO "MAIL FROM:<one@a> SMTPUTF8 ENVID=x\r\n"
		 "RCPT TO:<one@b> NOTIFY=NEVER\r\nDATA\r\n" HEADER ".\r\n"
		 "MAIL FROM:<two@a>\r\nRCPT TO:<two@b>\r\nRSET\r\n"
		 "MAIL FROM:<three@a>\r\nRCPT TO:<three@b>\r\n"
		 "DATA\r\n" HEADER ".\r\n");
	cr_assert_eq(t.count, 2);
	cr_expect_eq(strstr(t.mails[1].text.data, "one@"), NULL);
	cr_expect_eq(strstr(t.mails[1].text.data, "two@"), NULL);
	cr_expect_eq(strstr(t.mails[1].text.data, "UTF8"), NULL);
	cr_expect_neq(strstr(t.mails[1].text.data, "<three@a>"), NULL);
	cr_expect_neq(strstr(t.mails[0].text.data, "UTF8SMTP\n"), NULL);
	cr_expect_neq(strstr(t.mails[0].findings, "ENVID=x"), NULL);
	cr_expect_eq(strstr(t.mails[1].findings, "ENVID"), NULL);
	talk_close(&t);
}

/* errno of the store, and what the client is told */
static const struct {
	int error;
	const char *code;
} failures[] = {
    {ENOSPC, "452/4.3.1"},
    {EFBIG, "452/4.3.1"},
    {EDQUOT, "452/4.2.2"},
    {EIO, "451/4.3.0"},
    {ENOENT, "451/4.3.0"},
    {EACCES, "451/4.3.0"},
    {EROFS, "451/4.3.0"},
    {ENOTDIR, "451/4.3.0"},
    {EXDEV, "451/4.3.0"},
    {EMFILE, "451/4.3.0"},
    {EEXIST, "451/4.3.0"},
    {ELOOP, "451/4.3.0"},
};

static void
fail_once(struct talk *t, int *where, size_t row, bool chunks)
{
	char *codes = mem_format("250/2.1.0 250/2.1.5 %s%s",
	    chunks ? "" : "354 ", failures[row].code);

	*where = failures[row].error;
	talk_says(t, MAIL RCPT);
	talk_says(t, chunks ? "BDAT 14 LAST\r\nX: y\r\n\r\nRSET\r\n"
			    : "DATA\r\nX: y\r\n\r\nRSET" DOT);
	talk_expect(t, codes, strerror(failures[row].error));
	*where = 0;
	free(codes);
	/* No transaction is left, and the next message is as good as any. */
	talk_says(
	    t, "DATA\r\nRCPT TO:<c@d>\r\n" MAIL RCPT "DATA\r\n" HEADER ".\r\n");
	talk_expect(t, "503 503 250 250 354 250", "after a failure");
}

Test(session_transaction, a_failing_store_is_told_once_and_the_session_goes_on)
{
	for (size_t row = 0; row < COUNT(failures); row++)
		for (size_t k = 0; k < COUNT(cuts); k++) {
			struct talk t;

			talk_init(&t);
			t.cut = cuts[k];
			talk_open(&t);
			talk_says(&t, EHLO);
			talk_forget(&t);
			fail_once(&t, &t.fail_begin, row, false);
			fail_once(&t, &t.fail_commit, row, false);
			fail_once(&t, &t.fail_begin, row, true);
			fail_once(&t, &t.fail_commit, row, true);
			cr_expect_eq(t.count, 4);
			talk_close(&t);
		}
}

Test(session_transaction, what_is_left_unfinished_is_dropped)
{
	static const enum session_end ways[] = {SESSION_END_EOF,
	    SESSION_END_TIMEOUT, SESSION_END_ERROR, SESSION_END_STOP};
	static const char *const left[] = {OPEN HEADER "half", OPEN,
	    OPEN HEADER "\r\n.\r", OPEN HEADER "\r\n.",
	    EHLO MAIL RCPT "BDAT 10 LAST\r\nX: y",
	    EHLO MAIL RCPT "BDAT 4\r\nX: y"};
	static const char *const last[] = {"", "421/4.4.2", "", "421/4.3.2"};

	for (size_t i = 0; i < COUNT(ways); i++)
		for (size_t k = 0; k < COUNT(left); k++) {
			struct talk t;

			talk_init(&t);
			talk_open(&t);
			talk_says(&t, left[k]);
			talk_forget(&t);
			session_end(t.session, ways[i]);
			talk_flush(&t);
			talk_expect(&t, last[i], left[k]);
			cr_expect(talk_is_closed(&t));
			cr_expect_eq(t.count, 0);
			cr_expect_eq(t.aborted, 1);
			talk_close(&t);
		}
}

Test(session_transaction, a_dropped_session_leaves_nothing_behind)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, OPEN HEADER "half");
	session_free(t.session);
	cr_expect_eq(t.aborted, 1);
	cr_expect_eq(t.count, 0);
	t.session = NULL;
	talk_close(&t);
}

Test(session_transaction, a_session_is_idle_between_messages)
{
	static const struct {
		const char *said;
		bool idle;
	} rows[] = {{"", true}, {"NO", false}, {EHLO, true}, {EHLO MAIL, true},
	    {OPEN, false}, {OPEN HEADER, false}, {OPEN HEADER ".\r\n", true},
	    {EHLO MAIL RCPT "BDAT 3\r\nX:y", false},
	    {EHLO MAIL RCPT "BDAT 3 LAST\r\nX:y", true}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct talk t;

		talk_init(&t);
		talk_open(&t);
		talk_says(&t, rows[i].said);
		cr_expect_eq(
		    session_is_idle(t.session), rows[i].idle, "row %zu", i);
		talk_close(&t);
	}
}

static struct pattern *allowed;

static void
set_allowed(struct talk *t)
{
	t->config.allowed_recipients = allowed;
}

static void
set_ignored(struct talk *t)
{
	t->config.allowed_recipients = allowed;
	t->config.ignore_rejected_recipients = true;
}

static const struct dialogue recipients[] = {
    {"others are refused, the rest stands",
	STR(EHLO MAIL RCPT "RCPT TO:<x@no>\r\nDATA\r\n" HEADER ".\r\n"),
	"250 250 250 550/5.1.0 354 250", STR("[" STORED "]"), "[]", false,
	set_allowed},
    {"what is odd about a refused recipient is not said",
	STR(EHLO MAIL "RCPT TO:<@r:x_@no_> X=1 NOTIFY=NEVER\r\n"
		      "RCPT TO:<y@example.com> Y=2 NOTIFY=x\r\n" RCPT
		      "DATA\r\n" HEADER ".\r\n"),
	"250 250 550 501 250 354 250", STR("[" STORED "]"), "[]", false,
	set_allowed},
    {"nobody is left", STR(EHLO MAIL "RCPT TO:<x@no>\r\nDATA\r\n" RCPT),
	"250 250 550 503 250", STR(""), NULL, false, set_allowed},
    {"others are dropped, the rest stands",
	STR(EHLO MAIL RCPT "RCPT TO:<x@no>\r\nDATA\r\n" HEADER ".\r\n"),
	"250 250 250 250/2.1.5 354 250", STR("[" STORED "]"), "[]", false,
	set_ignored},
    {"a message for nobody is dropped",
	STR(EHLO MAIL "RCPT TO:<x@no>\r\nDATA\r\n" HEADER ".\r\nDATA\r\n" MAIL
		      "RCPT TO:<x@no>\r\nBDAT 4 LAST\r\nX:yz" MAIL),
	"250 250 250/2.1.5 354 250/2.0.0 503 250 250 250/2.0.0 250", STR(""),
	NULL, false, set_ignored},
};

static const struct dialogue doubt = {"too hard to tell",
    STR(EHLO MAIL "RCPT TO:<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b>\r\n"
		  "RCPT TO:<b@c>\r\n"),
    "250 250 451/4.3.0 550", STR(""), NULL, false, set_allowed};

Test(session_transaction, recipients_are_chosen_by_the_administrator)
{
	struct buf why = BUF_INIT;

	allowed = pattern_new("@example\\.com$", &why);
	cr_assert_neq(allowed, NULL);
	for (size_t i = 0; i < COUNT(recipients); i++)
		talk_hold(&recipients[i]);
	pattern_free(allowed);
	allowed = pattern_new("^(a+)+$", &why);
	cr_assert_neq(allowed, NULL);
	talk_hold(&doubt);
	pattern_free(allowed);
	buf_fini(&why);
}
