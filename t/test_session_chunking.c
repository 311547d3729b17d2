/* SPDX-License-Identifier: MIT */
/* test_session_chunking.c: BDAT (RFC 3030) */

#include "talk.h"

#define OPEN EHLO MAIL RCPT
#define CODES "250 250 250"

static void
set_forbid(struct talk *t)
{
	t->config.forbid_bare_newline = true;
}

static void
set_small(struct talk *t)
{
	t->config.max_message_size = 20;
}

static void
set_login(struct talk *t)
{
	t->config.require_auth = t->config.auth = true;
	t->config.auth_insecure = true;
}

static const struct dialogue dialogues[] = {
    {"one chunk", STR(OPEN "BDAT 24 LAST\r\n" HEADER "bo\r\nQUIT\r\n"),
	CODES " 250/2.0.0 221", STR("[" STORED "bo\n]"), "[]", true, NULL},
    {"one chunk without a line end",
	STR(OPEN "bdat 21 last\r\n" HEADER "QNOOP\r\n"), CODES " 250 250",
	STR("[" STORED "Q]"), "[]", false, NULL},
    {"several chunks, cut anywhere",
	STR(OPEN "BDAT 8\r\nFrom: a\rBDAT 1\r\n\nBDAT 0\r\n"
		 "BDAT 11 LAST\r\nDate: d\r\n\r\n" MAIL),
	CODES " 250 250 250 250 250", STR("[" STORED "]"), "[]", false, NULL},
    {"the last chunk may be empty",
	STR(OPEN "BDAT 18\r\nFrom: a\r\nDate: d\r\nBDAT 0 LAST\r\nNOOP\r\n"),
	CODES " 250 250 250", STR("[From: a\nDate: d\n]"), "[]", false, NULL},
    {"nothing at all", STR(OPEN "BDAT 0 LAST\r\nNOOP\r\n"), CODES " 250 250",
	STR("[\n]"), "[no-headers 1, no-from 1, no-date 1]", false, NULL},
    {"a header without an end", STR(OPEN "BDAT 7 LAST\r\nFrom: aNOOP\r\n"),
	CODES " 250 250", STR("[From: a]"), "[no-date 1]", false, NULL},
    {"a CR held back at the end",
	STR(OPEN "BDAT 24 LAST\r\n" HEADER "x\ry\rNOOP\r\n"), CODES " 250 250",
	STR("[" STORED "x\ry\r]"), "[bare-cr 2]", false, NULL},
    {"dots are nothing special",
	STR(OPEN "BDAT 34 LAST\r\n" HEADER "..a\r\n.\r\n.b\n.\n.NOOP\r\n"),
	CODES " 250 250", STR("[" STORED "..a\n.\n.b\n.\n.]"), "[bare-lf 2]",
	false, NULL},
    {"commands inside are content",
	STR(OPEN "BDAT 52 LAST\r\n" HEADER
		 "RSET\r\nQUIT\r\nBDAT 9 LAST\r\nDATA\r\nX"
		 "NOOP\r\n"),
	CODES " 250 250", STR("[" STORED "RSET\nQUIT\nBDAT 9 LAST\nDATA\nX]"),
	"[]", false, NULL},
    {"octets of all kinds",
	STR(OPEN "BDAT 26 LAST\r\n" HEADER "\0\xff\xfe\0\n\rNOOP\r\n"),
	CODES " 250 250", STR("[" STORED "\0\xff\xfe\0\n\r]"),
	"[bare-lf 1, bare-cr 1, nul 2, 8bit-body 1]", false, NULL},
    {"chunks in an LF dialogue have CR LF all the same",
	STR("EHLO x\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nBDAT 20 LAST\n" HEADER
	    "NOOP\n"),
	CODES " 250 250", STR("[" STORED "]"), "[lf-command 4]", false, NULL},
    {"a bare LF is refused if so configured, behind the last chunk",
	STR(OPEN "BDAT 20\r\n" HEADER "BDAT 3 LAST\r\na\nbNOOP\r\n"),
	CODES " 250 550/5.5.2 250", STR(""), NULL, false, set_forbid},
    {"a bare CR at the end, too",
	STR(OPEN "BDAT 21 LAST\r\n" HEADER "\rNOOP\r\n"),
	CODES " 550/5.5.2 250", STR(""), NULL, false, set_forbid},
    {"only BDAT, RSET and EHLO can follow a chunk",
	STR(OPEN "BDAT 2\r\nX:" MAIL RCPT "DATA\r\nSTARTTLS\r\nNOOP\r\n"
		 "BDAT 1 LAST\r\ny"),
	CODES " 250 503/5.5.1 503/5.5.1 503/5.5.1 502 250 250", STR("[X:y]"),
	NULL, false, NULL},
    {"RSET drops the chunks",
	STR(OPEN "BDAT 2\r\nX:RSET\r\nBDAT 1 LAST\r\nyNOOP\r\n"),
	CODES " 250 250 503 250", STR(""), NULL, false, NULL},
    {"EHLO drops the chunks", STR(OPEN "BDAT 2\r\nX:" EHLO "BDAT 0 LAST\r\n"),
	CODES " 250 250 503", STR(""), NULL, false, NULL},
    {"QUIT drops the chunks", STR(OPEN "BDAT 2\r\nX:QUIT\r\n"),
	CODES " 250 221", STR(""), NULL, true, NULL},
    {"a refused chunk is read, not obeyed",
	STR(EHLO "BDAT 26 LAST\r\nMAIL FROM:<x@y>\r\nQUIT\r\n\r\nx" MAIL),
	"250 503/5.5.1 250", STR(""), NULL, false, NULL},
    {"a chunk before EHLO is read, not obeyed",
	STR("BDAT 6\r\nQUIT\r\n" EHLO "BDAT 6 LAST\r\nQUIT\r\n"),
	"503/5.5.1 250 503/5.5.1", STR(""), NULL, false, NULL},
    {"a chunk before a login is read, not obeyed",
	STR(EHLO "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), "250 530/5.7.0 250",
	STR(""), NULL, false, set_login},
    {"a refused chunk of nothing", STR(EHLO "BDAT 0 LAST\r\nNOOP\r\n"),
	"250 503 250", STR(""), NULL, false, NULL},
    {"DATA does not follow a chunk, nor a chunk DATA",
	STR(OPEN "DATA\r\n" HEADER "BDAT 3 LAST\r\nabc" DOT "BDAT 2\r\nX:"),
	CODES " 354 250 503", STR("[" STORED "BDAT 3 LAST\nabc\n]"), NULL,
	false, NULL},
    {"a chunk that is too large ends the transaction behind it",
	STR(OPEN "BDAT 21\r\n" HEADER "xBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"),
	CODES " 552/5.3.4 503 250", STR(""), NULL, false, set_small},
    {"chunks that are too large together do as well",
	STR(OPEN "BDAT 20\r\n" HEADER "BDAT 1\r\nxBDAT 2 LAST\r\nyzNOOP\r\n"),
	CODES " 250 552/5.3.4 503 250", STR(""), NULL, false, set_small},
    {"what fits exactly is stored",
	STR(OPEN "BDAT 20\r\n" HEADER "BDAT 0 LAST\r\nNOOP\r\n"),
	CODES " 250 250 250", STR("[" STORED "]"), "[]", false, set_small},
    {"two messages",
	STR(OPEN "BDAT 3 LAST\r\nX:y" MAIL RCPT "BDAT 3 LAST\r\nX:zQUIT\r\n"),
	CODES " 250 250 250 250 221", STR("[X:y][X:z]"), NULL, true, NULL},
    {"a size may have leading zeros and 20 digits",
	STR(OPEN "BDAT 00000000000000000003 LAST\r\nX:yNOOP\r\n"),
	CODES " 250 250", STR("[X:y]"), NULL, false, NULL},
};

Test(session_chunking, chunks_are_counted_and_nothing_else)
{
	for (size_t i = 0; i < COUNT(dialogues); i++)
		talk_hold(&dialogues[i]);
}

/* How long such a chunk is, nobody knows: the session is over. */
static const char *const malformed[] = {"BDAT", "BDAT LAST", "BDAT x",
    "BDAT -1", "BDAT +1", "BDAT 1x", "BDAT 0x1", "BDAT 1 LAS", "BDAT 1 LAST x",
    "BDAT 1 1", "BDAT 1 LAST LAST", "BDAT 1,LAST", "BDAT 18446744073709551616",
    "BDAT 99999999999999999999", "BDAT 000000000000000000003", "BDAT 1.0"};

Test(session_chunking, a_malformed_size_ends_the_session)
{
	static const char *const before[] = {
	    "", EHLO, OPEN, OPEN "BDAT 3\r\nX:y"};

	for (size_t i = 0; i < COUNT(malformed); i++)
		for (size_t k = 0; k < COUNT(before); k++) {
			char *line =
			    mem_format("%s\r\nQUIT\r\n" OPEN, malformed[i]);
			struct talk t;

			talk_init(&t);
			talk_open(&t);
			talk_says(&t, before[k]);
			talk_forget(&t);
			talk_says(&t, line);
			talk_expect(&t, "501/5.5.4", malformed[i]);
			cr_expect(talk_is_closed(&t), "%s", malformed[i]);
			cr_expect_eq(t.count, 0);
			talk_close(&t);
			free(line);
		}
}

Test(session_chunking, what_cannot_follow_a_chunk_is_told_why)
{
	static const char *const lines[] = {
	    MAIL, RCPT, "DATA\r\n", "STARTTLS\r\n", "AUTH LOGIN\r\n"};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct talk t;

		talk_init(&t);
		t.config.starttls = true;
		t.config.auth = t.config.auth_insecure = true;
		talk_open(&t);
		talk_says(&t, OPEN "BDAT 2\r\nX:");
		talk_forget(&t);
		talk_says(&t, lines[i]);
		cr_expect_str_eq(t.out.data,
		    "503 5.5.1 Bad sequence of commands (BDAT in progress, "
		    "only BDAT or RSET can follow)\r\n",
		    "%s", lines[i]);
		talk_close(&t);
	}
}

Test(session_chunking, the_largest_size_does_not_overflow)
{
	static const char *const sizes[] = {"BDAT 18446744073709551615\r\n",
	    "BDAT 18446744073709551615 LAST"
	    "\r\n"};
	char *octets = mem_new(1 << 20);

	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < 2; k++) {
			struct talk t;

			talk_init(&t);
			t.config.max_message_size = 1000;
			talk_open(&t);
			talk_says(&t, k == 0 ? OPEN : EHLO);
			talk_forget(&t);
			talk_says(&t, sizes[i]);
			talk_say(&t, str_make(octets, 1 << 20));
			cr_expect_eq(t.out.len, 0, "%s", t.out.data);
			cr_expect_not(talk_is_closed(&t));
			cr_expect_eq(t.count, 0);
			/* What is too large is given up early. */
			cr_expect_eq(t.aborted, k == 0 ? 1 : 0);
			talk_close(&t);
		}
	free(octets);
}

Test(session_chunking, a_group_of_chunks_is_nothing_early)
{
	struct talk t;

	talk_init(&t);
	talk_open(&t);
	talk_says(&t, EHLO);
	talk_says(&t, MAIL RCPT "BDAT 10\r\nFrom: a\r\nDBDAT 10 LAST\r\n"
				"ate: d\r\n\r\n" MAIL RCPT
				"BDAT 20 LAST\r\n" HEADER "RSET\r\n");
	talk_expect(&t, "250 250 250 250 250 250 250 250 250", "group");
	cr_assert_eq(t.count, 2);
	cr_expect_str_eq(t.mails[0].findings, "");
	cr_expect_str_eq(t.mails[1].findings, "");
	talk_close(&t);
}
