/* SPDX-License-Identifier: MIT */
/* test_session_findings.c: what was odd, and the line of a session */

#include "talk.h"

#define DATA "DATA\r\n" HEADER ".\r\n"

/* Each is one dialogue without pauses, as people pipe them. */
static const struct dialogue dialogues[] = {
    {"nothing", STR(EHLO MAIL RCPT DATA), "250 250 250 354 250",
	STR("[" STORED "]"), "[]", false, NULL},
    {"names that are none",
	STR("EHLO a b\r\nHELO\r\nEHLO <x>\r\n" MAIL RCPT DATA),
	"250 250 250 250 250 354 250", STR("[" STORED "]"), "[helo-name 3]",
	false, NULL},
    {"an address literal and a single label are names",
	STR("EHLO [127.0.0.1]\r\nHELO localhost\r\n" MAIL RCPT DATA),
	"250 250 250 250 354 250", STR("[" STORED "]"), "[]", false, NULL},
    {"paths",
	STR(EHLO "MAIL FROM: <a@b>\r\nRCPT TO:<@r:b@c>\r\nRCPT TO:<a@_b>\r\n"
		 "RCPT TO: <a@[::1]>\r\n" DATA),
	"250 250 250 250 250 354 250", STR("[" STORED "]"),
	"[path-space 2, path-route 1, path-domain 1, path-literal 1]", false,
	NULL},
    {"a long local part",
	STR(EHLO MAIL "RCPT TO:<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "aaaaaaaaaaaaaaaaaaaaa@b>\r\n" DATA),
	"250 250 250 354 250", STR("[" STORED "]"), "[path-length 1]", false,
	NULL},
    {"UTF-8 without its parameter",
	STR(EHLO "MAIL FROM:<j\xc3\xb6@b>\r\nRCPT TO:<b@\xc3\xbc>\r\n" DATA),
	"250 250 250 354 250", STR("[" STORED "]"), "[utf8-unannounced 2]",
	false, NULL},
    {"UTF-8 with its parameter",
	STR(EHLO "MAIL FROM:<j\xc3\xb6@b> SMTPUTF8\r\nRCPT TO:<b@\xc3\xbc>"
		 "\r\nDATA\r\nFrom: \xc3\xb6\r\nDate: d\r\n\r\n.\r\n"),
	"250 250 250 354 250", STR("[From: \xc3\xb6\nDate: d\n\n]"), "[]",
	false, NULL},
    {"8-bit with its parameter",
	STR(EHLO "MAIL FROM:<a@b> BODY=8BITMIME\r\n" RCPT "DATA\r\n" HEADER
		 "\xc3\xb6" DOT),
	"250 250 250 354 250", STR("[" STORED "\xc3\xb6\n]"), "[]", false,
	NULL},
    {"8-bit without",
	STR(EHLO "MAIL FROM:<a@b> BODY=7BIT\r\n" RCPT "DATA\r\n" HEADER
		 "\xc3\xb6\r\n\xff" DOT),
	"250 250 250 354 250", STR("[" STORED "\xc3\xb6\n\xff\n]"),
	"[8bit-body 2]", false, NULL},
    {"what is odd about one message is not about the next",
	STR(EHLO
	    "MAIL FROM: <a@b> X=1\r\nRCPT TO:<b@c> Y\r\n" DATA MAIL RCPT DATA),
	"250 250 250 354 250 250 250 354 250", STR("[" STORED "][" STORED "]"),
	"[path-space 1, unknown-parameter 2, param MAIL X=1, "
	"param RCPT <b@c> Y][]",
	false, NULL},
    {"what is odd about the session is about all its messages",
	STR("EHLO a b\n" MAIL RCPT DATA MAIL RCPT DATA),
	"250 250 250 354 250 250 250 354 250", STR("[" STORED "][" STORED "]"),
	"[lf-command 1, helo-name 1][lf-command 1, helo-name 1]", false, NULL},
    {"RSET forgets what was odd about the transaction",
	STR(EHLO "MAIL FROM: <a@b> X=1\r\nRSET\r\n" MAIL RCPT DATA),
	"250 250 250 250 250 354 250", STR("[" STORED "]"), "[]", false, NULL},
    {"a MAIL that takes another's place does so, too",
	STR(EHLO "MAIL FROM: <a@b> X=1\r\n" MAIL RCPT DATA),
	"250 250 250 250 354 250", STR("[" STORED "]"), "[]", false, NULL},
    {"more than SIZE has announced",
	STR(EHLO "MAIL FROM:<a@b> SIZE=19\r\n" RCPT DATA),
	"250 250 250 354 250", STR("[" STORED "]"), "[size-mismatch 1]", false,
	NULL},
    {"as much as SIZE has announced",
	STR(EHLO "MAIL FROM:<a@b> SIZE=20\r\n" RCPT DATA),
	"250 250 250 354 250", STR("[" STORED "]"), "[]", false, NULL},
    {"SIZE=0 announces nothing",
	STR(EHLO "MAIL FROM:<a@b> SIZE=0\r\n" RCPT DATA), "250 250 250 354 250",
	STR("[" STORED "]"), "[]", false, NULL},
};

Test(session_findings, what_is_odd_is_counted_and_accepted)
{
	for (size_t i = 0; i < COUNT(dialogues); i++)
		talk_hold(&dialogues[i]);
}

Test(session_findings, lines_have_the_documented_form)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, "EHLO a b\r\n");
	talk_says(&t, "MAIL FROM: <a@b> ENVID=QQ314159\r\n");
	talk_says(&t, "RCPT TO:<\"x> y\"@c> NOTIFY=SUCCESS,FAILURE\r\n");
	talk_says(&t, "RCPT TO:<j\xc3\xb6@c> X=\"\\\xc3\xb6\r\n");
	talk_says(&t, "DATA\r\n");
	talk_says(&t, HEADER "a\nb\nc" DOT);
	cr_assert_eq(t.count, 1);
	cr_expect_str_eq(t.mails[0].findings,
	    "finding helo-name 1 the name in HELO or EHLO is no domain and no "
	    "address literal\n"
	    "finding path-space 1 blanks between the colon and the address\n"
	    "finding utf8-unannounced 1 a UTF-8 address without the parameter "
	    "SMTPUTF8\n"
	    "finding unknown-parameter 1 a MAIL or RCPT parameter that was "
	    "not offered\n"
	    "finding bare-lf 2 LF without CR in the message\n"
	    "param MAIL ENVID=QQ314159\n"
	    "param RCPT <\"x> y\"@c> NOTIFY=SUCCESS,FAILURE\n"
	    "param RCPT <j\xc3\xb6@c> X=\\x22\\x5c\\xc3\\xb6\n");
	talk_close(&t);
}

Test(session_findings, many_parameters_do_not_grow_without_end)
{
	struct buf line = BUF_INIT;
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, EHLO MAIL);
	buf_adds(&line, "RCPT TO:<b@c>");
	for (size_t i = 0; i < 400; i++)
		buf_addf(&line, " X%zu", i % 10);
	buf_adds(&line, "\r\n");
	for (size_t i = 0; i < 100; i++)
		talk_says(&t, line.data);
	talk_forget(&t);
	talk_says(&t, DATA);
	talk_expect(&t, "354 250", "flood");
	cr_assert_eq(t.count, 1);
	cr_expect_lt(strlen(t.mails[0].findings), 70000);
	cr_expect_neq(
	    strstr(t.mails[0].findings, "finding unknown-parameter 40000 "),
	    NULL);
	/* Whole lines, to the last. */
	cr_expect_eq(
	    t.mails[0].findings[strlen(t.mails[0].findings) - 1], '\n');
	buf_fini(&line);
	talk_close(&t);
}

/* What comes with a command whose reply a client must wait for. */
static const struct {
	const char *label;
	const char *said[6];
	size_t early;
} turns[] = {
    {"group by group",
	{EHLO, MAIL RCPT "DATA\r\n", HEADER ".\r\n" MAIL RCPT "RSET\r\n",
	    MAIL RCPT "DATA\r\n", HEADER ".\r\nQUIT\r\n"},
	0},
    {"line by line", {EHLO, MAIL, RCPT, "DATA\r\n", HEADER ".\r\n"}, 0},
    {"chunks", {EHLO, MAIL RCPT "BDAT 20 LAST\r\n" HEADER "QUIT\r\n"}, 0},
    {"all at once", {EHLO MAIL RCPT "DATA\r\n" HEADER ".\r\nQUIT\r\n"}, 2},
    {"behind EHLO", {EHLO MAIL, RCPT "DATA\r\n", HEADER ".\r\n"}, 1},
    {"behind HELO", {"HELO x\r\n" MAIL, RCPT "DATA\r\n", HEADER ".\r\n"}, 1},
    {"behind DATA", {EHLO, MAIL RCPT "DATA\r\n" HEADER ".\r\n"}, 1},
    {"behind NOOP", {EHLO, "NOOP\r\n" MAIL, RCPT "DATA\r\n", HEADER ".\r\n"},
	1},
    {"behind VRFY", {EHLO, "VRFY x\r\n" MAIL, RCPT "DATA\r\n", HEADER ".\r\n"},
	1},
    {"behind AUTH",
	{EHLO, "AUTH LOGIN\r\nam9l\r\nc2VjcmV0\r\n", MAIL RCPT "DATA\r\n",
	    HEADER ".\r\n"},
	1},
};

Test(session_findings, talking_out_of_turn_is_served_and_said)
{
	for (size_t i = 0; i < COUNT(turns); i++) {
		struct talk t;
		char *expected = mem_format(
		    "finding early-input %zu the client spoke before it was "
		    "its turn\n",
		    turns[i].early);

		talk_init(&t);
		t.config.auth = t.config.auth_insecure = true;
		talk_open(&t);
		for (size_t k = 0; k < 6 && turns[i].said[k] != NULL; k++)
			talk_says(&t, turns[i].said[k]);
		cr_assert_geq(t.count, 1, "%s", turns[i].label);
		cr_expect_str_eq(t.mails[t.count - 1].findings,
		    turns[i].early > 0 ? expected : "", "%s: %s",
		    turns[i].label, t.mails[t.count - 1].findings);
		talk_close(&t);
		free(expected);
	}
}

Test(session_findings, talking_before_the_banner_is_said)
{
	struct talk t;

	talk_init(&t);
	t.session = session_new(&t.config, &talk_ops, &t, NULL, "x");
	session_greet(t.session, true, t.now);
	talk_says(&t, EHLO);
	talk_says(&t, MAIL RCPT "DATA\r\n");
	talk_says(&t, HEADER ".\r\n");
	cr_assert_eq(t.count, 1);
	cr_expect_neq(
	    strstr(t.mails[0].findings, "finding early-input 1 "), NULL);
	talk_close(&t);
}

static void
end_by_itself(struct talk *t)
{
	cr_expect(talk_is_closed(t));
}

static void
end_of_input(struct talk *t)
{
	session_end(t->session, SESSION_END_EOF);
}

static void
end_of_time(struct talk *t)
{
	session_end(t->session, SESSION_END_TIMEOUT);
}

static void
end_of_program(struct talk *t)
{
	session_end(t->session, SESSION_END_STOP);
}

/* The line behind "time=... session=the-session peer=192.0.2.1 ". */
static const struct {
	const char *said;
	void (*end)(struct talk *t);
	const char *line;
} summaries[] = {
    {"", end_of_input,
	"helo=- tls=- user=- messages=0 bytes=0 rejected=0 ignored=0 "
	"end=eof"},
    {"EHLO a.b\r\nQUIT\r\n", end_by_itself,
	"helo=a.b tls=- user=- messages=0 bytes=0 rejected=0 ignored=0 "
	"end=quit"},
    {"EHLO a b\r\nQUIT\r\n", end_by_itself,
	"helo=- tls=- user=- messages=0 bytes=0 rejected=0 ignored=0 "
	"end=quit"},
    {EHLO MAIL RCPT DATA MAIL RCPT "BDAT 20 LAST\r\n" HEADER, end_of_input,
	"helo=client.example tls=- user=- messages=2 bytes=40 rejected=0 "
	"ignored=0 end=eof"},
    {EHLO MAIL RCPT "DATA\r\nX: too large, that is, for this server" DOT,
	end_of_time,
	"helo=client.example tls=- user=- messages=0 bytes=0 rejected=1 "
	"ignored=0 end=timeout reply=\"552 5.3.4 Requested mail action "
	"aborted: exceeded storage allocation (30)\" reply=\"421 4.4.2 "
	"mail.example.org Mailpit ESMTP Service closing transmission channel "
	"after timeout exceeded\""},
    {"GET / HTTP/1.0\r\n", end_by_itself,
	"helo=- tls=- user=- messages=0 bytes=0 rejected=0 ignored=0 "
	"end=error reply=\"421 4.7.0 mail.example.org This is SMTP, and that "
	"is not\""},
    {"a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nj\r\n", end_of_program,
	"helo=- tls=- user=- messages=0 bytes=0 rejected=0 ignored=0 end=stop"
#define U " reply=\"500 5.5.2 Syntax error, command unrecognized\""
	U U U U U U U U},
};

Test(session_findings, the_session_line_has_the_documented_form)
{
	for (size_t i = 0; i < COUNT(summaries); i++) {
		struct buf line = BUF_INIT;
		struct str rest, word;
		uint64_t when;
		struct talk t;

		talk_init(&t);
		t.config.max_message_size = 30;
		talk_open(&t);
		talk_says(&t, summaries[i].said);
		summaries[i].end(&t);
		session_summary(t.session, &line);
		rest = buf_str(&line);
		word = str_cut(&rest, ' ');
		cr_expect(str_begins(word, STR("time=")));
		cr_expect(str_u64(str_skip(word, 5), &when));
		word = STR("session=the-session peer=192.0.2.1 ");
		cr_expect(str_begins(rest, word), "%s", line.data);
		rest = str_skip(rest, word.n);
		cr_expect(str_eq(rest, str_of(summaries[i].line)),
		    "row %zu: %.*s", i, STR_ARG(rest));
		buf_fini(&line);
		talk_close(&t);
	}
}

/* Dropped recipients were refused, whatever the client was told. */
static const struct {
	bool ignore;
	const char *said, *counts;
} refusals[] = {
    {false, MAIL RCPT "RCPT TO:<x@no>\r\n" DATA,
	" messages=1 bytes=20 rejected=1 ignored=0 "},
    {true, MAIL RCPT "RCPT TO:<x@no>\r\n" DATA,
	" messages=1 bytes=20 rejected=1 ignored=0 "},
    {true, MAIL "RCPT TO:<x@no>\r\nRCPT TO:<y@no>\r\n" DATA,
	" messages=0 bytes=0 rejected=2 ignored=1 "},
};

Test(session_findings, refused_and_dropped_recipients_are_counted)
{
	struct buf why = BUF_INIT;
	struct pattern *p = pattern_new("@example\\.com$", &why);

	cr_assert_neq(p, NULL);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct buf line = BUF_INIT;
		struct talk t;

		talk_init(&t);
		t.peer = NULL;
		t.config.allowed_recipients = p;
		t.config.ignore_rejected_recipients = refusals[i].ignore;
		talk_open(&t);
		talk_says(&t, EHLO);
		talk_says(&t, refusals[i].said);
		session_summary(t.session, &line);
		cr_expect_neq(strstr(line.data, " peer=local "), NULL);
		cr_expect_neq(strstr(line.data, refusals[i].counts), NULL,
		    "row %zu: %s", i, line.data);
		talk_close(&t);
		buf_fini(&line);
	}
	pattern_free(p);
	buf_fini(&why);
}
