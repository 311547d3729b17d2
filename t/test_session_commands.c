/* SPDX-License-Identifier: MIT */
/* test_session_commands.c: every command in every phase; lines */

#include "talk.h"

enum at {
	GREET,
	READY,
	IN_MAIL,
	IN_RCPT,
	IN_BDAT,
	PHASES,
};

static const char *const ways[PHASES] = {
    [GREET] = "",
    [READY] = EHLO,
    [IN_MAIL] = EHLO MAIL,
    [IN_RCPT] = EHLO MAIL RCPT,
    [IN_BDAT] = EHLO MAIL RCPT "BDAT 3\r\nX:y",
};

static void
set_all(struct talk *t)
{
	t->config.starttls = true;
	t->config.auth = true;
	t->config.auth_insecure = true;
}

/* What a command gets in GREET, READY, MAIL, RCPT and amid chunks. */
static const struct {
	const char *line;
	const char *codes[PHASES];
} matrix[] = {
    {"EHLO x.example", {"250", "250", "250", "250", "250"}},
    {"HELO x.example", {"250", "250", "250", "250", "250"}},
    {"MAIL FROM:<c@d>",
	{"503/5.5.1", "250/2.1.0", "250/2.1.0", "503/5.5.1", "503/5.5.1"}},
    {"RCPT TO:<c@d>",
	{"503/5.5.1", "503/5.5.1", "250/2.1.5", "250/2.1.5", "503/5.5.1"}},
    {"DATA", {"503/5.5.1", "503/5.5.1", "503/5.5.1", "354", "503/5.5.1"}},
    {"BDAT 0",
	{"503/5.5.1", "503/5.5.1", "503/5.5.1", "250/2.0.0", "250/2.0.0"}},
    {"RSET", {"250/2.0.0", "250/2.0.0", "250/2.0.0", "250/2.0.0", "250/2.0.0"}},
    {"NOOP", {"250/2.0.0", "250/2.0.0", "250/2.0.0", "250/2.0.0", "250/2.0.0"}},
    {"NOOP with words",
	{"250/2.0.0", "250/2.0.0", "250/2.0.0", "250/2.0.0", "250/2.0.0"}},
    {"VRFY joe",
	{"502/5.5.1", "502/5.5.1", "502/5.5.1", "502/5.5.1", "502/5.5.1"}},
    {"EXPN list",
	{"502/5.5.1", "502/5.5.1", "502/5.5.1", "502/5.5.1", "502/5.5.1"}},
    {"HELP", {"502/5.5.1", "502/5.5.1", "502/5.5.1", "502/5.5.1", "502/5.5.1"}},
    {"QUIT", {"221/2.0.0", "221/2.0.0", "221/2.0.0", "221/2.0.0", "221/2.0.0"}},
    {"STARTTLS",
	{"503/5.5.1", "220/2.0.0", "503/5.5.1", "503/5.5.1", "503/5.5.1"}},
    {"AUTH PLAIN AGpvZQBzZWNyZXQ=",
	{"503/5.5.1", "235/2.7.0", "503/5.5.1", "503/5.5.1", "503/5.5.1"}},
    {"AUTH LOGIN", {"503/5.5.1", "334", "503/5.5.1", "503/5.5.1", "503/5.5.1"}},
    {"DATA now",
	{"501/5.5.2", "501/5.5.2", "501/5.5.2", "501/5.5.2", "501/5.5.2"}},
    {"STARTTLS now",
	{"501/5.5.2", "501/5.5.2", "501/5.5.2", "501/5.5.2", "501/5.5.2"}},
    {"XCLIENT x",
	{"500/5.5.2", "500/5.5.2", "500/5.5.2", "500/5.5.2", "500/5.5.2"}},
    {"ETRN x",
	{"500/5.5.2", "500/5.5.2", "500/5.5.2", "500/5.5.2", "500/5.5.2"}},
    {"", {"500/5.5.2", "500/5.5.2", "500/5.5.2", "500/5.5.2", "500/5.5.2"}},
};

Test(session_commands, every_command_in_every_phase)
{
	for (size_t i = 0; i < COUNT(matrix); i++)
		for (size_t at = 0; at < PHASES; at++) {
			char *line = mem_format("%s\r\n", matrix[i].line);
			struct talk t;

			talk_init(&t);
			set_all(&t);
			talk_open(&t);
			talk_says(&t, ways[at]);
			talk_forget(&t);
			talk_says(&t, line);
			talk_expect(&t, matrix[i].codes[at], matrix[i].line);
			talk_close(&t);
			free(line);
		}
}

/* What DATA gets after each command, which tells the phase. */
static const struct {
	const char *line;
	const char *codes[PHASES];
} after[] = {
    {"EHLO x", {"503", "503", "503", "503", "503"}},
    {"HELO x", {"503", "503", "503", "503", "503"}},
    {"RSET", {"503", "503", "503", "503", "503"}},
    {"NOOP", {"503", "503", "503", "354", "503"}},
    {"VRFY joe", {"503", "503", "503", "354", "503"}},
    {"HELP", {"503", "503", "503", "354", "503"}},
    {"NONSENSE", {"503", "503", "503", "354", "503"}},
    {"STARTTLS now", {"503", "503", "503", "354", "503"}},
    {"AUTH LOGIN x", {"503", "503", "503", "354", "503"}},
    {"MAIL FROM:<c@d>", {"503", "503", "503", "354", "503"}},
    {"RCPT TO:<c@d>", {"503", "503", "354", "354", "503"}},
    {"RCPT TO:<>", {"503", "503", "503", "354", "503"}},
};

Test(session_commands, a_refused_command_changes_nothing)
{
	for (size_t i = 0; i < COUNT(after); i++)
		for (size_t at = 0; at < PHASES; at++) {
			char *line = mem_format("%s\r\n", after[i].line);
			struct talk t;

			talk_init(&t);
			set_all(&t);
			talk_open(&t);
			talk_says(&t, ways[at]);
			talk_says(&t, line);
			talk_forget(&t);
			talk_says(&t, "DATA\r\n");
			talk_expect(&t, after[i].codes[at], after[i].line);
			talk_close(&t);
			free(line);
		}
}

static const struct dialogue dialogues[] = {
    {"case and blanks do not matter",
	STR("ehlo x\r\nmAiL from:<a@b>\r\n  RCPT\t to:<c@d>  \r\nrset \r\n"
	    "\tnoop\t\r\nquit\r\n"),
	"250 250 250 250 250 221", STR(""), NULL, true, NULL},
    {"an LF alone ends a command", STR("EHLO x\nNOOP\nQUIT\n"), "250 250 221",
	STR(""), NULL, true, NULL},
    {"a verb ends at a blank",
	STR("EHLO x\r\nMAILFROM:<a@b>\r\nMAIL\r\nMAIL FROM\r\nMAIL TO:<a@b>\r\n"
	    "MAIL FROM :<a@b>\r\nMAIL xFROM:<a@b>\r\n"),
	"250 500 501 501 501 501 501", STR(""), NULL, false, NULL},
    {"an empty line is a command unknown", STR("\r\n\n \r\n"), "500 500 500",
	STR(""), NULL, false, NULL},
    {"a CR inside a line ends the session",
	STR("EHLO x\r\nMAIL FROM:<a\rX: y@z>\r\n" RCPT), "250 500/5.5.2",
	STR(""), NULL, true, NULL},
    {"a CR at the end of a line ends the session", STR("NOOP\r\r\nNOOP\r\n"),
	"500/5.5.2", STR(""), NULL, true, NULL},
    {"a NUL inside a line ends the session", STR("NOOP \0\r\nNOOP\r\n"),
	"500/5.5.2", STR(""), NULL, true, NULL},
    {"other control octets are refused",
	STR("EHLO x\r\nNOOP \x01\r\nNOOP \x1b[0m\r\nNOOP \x7f\r\nNOOP\tx\r\n"),
	"250 500/5.5.2 500/5.5.2 500/5.5.2 250/2.0.0", STR(""), NULL, false,
	NULL},
    {"a browser is sent away",
	STR("POST / HTTP/1.1\r\nHost: x\r\n\r\n" EHLO MAIL RCPT "DATA\r\n"),
	"421/4.7.0", STR(""), NULL, true, NULL},
    {"a browser in the middle is sent away",
	STR(EHLO MAIL RCPT "get / HTTP/1.1\r\nDATA\r\n" HEADER DOT),
	"250 250 250 421", STR(""), NULL, true, NULL},
    {"a header line is sent away", STR("Subject: x\r\n" EHLO), "421", STR(""),
	NULL, true, NULL},
    {"a proxy is sent away", STR("CONNECT mail:25 HTTP/1.0\r\n"), "421",
	STR(""), NULL, true, NULL},
    {"another HTTP is sent away", STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	"421", STR(""), NULL, true, NULL},
    {"a TLS handshake is sent away before its end",
	STR("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), "421", STR(""),
	NULL, true, NULL},
    {"a TLS handshake with a line end in it", STR("\x16\x03\n\x01\r\nNOOP\r\n"),
	"421", STR(""), NULL, true, NULL},
    {"QUIT ends the session and what follows is not read",
	STR("QUIT\r\nEHLO x\r\n"), "221", STR(""), NULL, true, NULL},
    {"QUIT in a transaction stores nothing", STR(EHLO MAIL RCPT "QUIT\r\n"),
	"250 250 250 221", STR(""), NULL, true, NULL},
};

Test(session_commands, lines_are_taken_apart_however_they_come)
{
	for (size_t i = 0; i < COUNT(dialogues); i++)
		talk_hold(&dialogues[i]);
}

static const struct {
	const char *line, *reply;
} greetings[] = {
    {"HELO client.example", "250 mail.example.org greets client.example\r\n"},
    {"HELO [192.0.2.7]", "250 mail.example.org greets [192.0.2.7]\r\n"},
    {"HELO", "250 mail.example.org\r\n"},
    {"HELO a b", "250 mail.example.org\r\n"},
    {"HELO <script>", "250 mail.example.org\r\n"},
    {"HELO b\xc3\xbc.example", "250 mail.example.org\r\n"},
    {"HELO x\"y", "250 mail.example.org\r\n"},
};

Test(session_commands, a_greeting_repeats_only_a_valid_name)
{
	for (size_t i = 0; i < COUNT(greetings); i++) {
		char *line = mem_format("%s\r\n", greetings[i].line);
		struct talk t;

		talk_init(&t);
		talk_open(&t);
		talk_says(&t, line);
		cr_expect_str_eq(t.out.data, greetings[i].reply, "%s: %s",
		    greetings[i].line, t.out.data);
		talk_close(&t);
		free(line);
	}
}

/* Whatever a client says, no reply says it back. */
Test(session_commands, no_reply_repeats_what_the_client_said)
{
	static const char *const lines[] = {"MARKER", "VRFY MARKER",
	    "HELP MARKER", "EHLO MARKER MARKER", "MAIL MARKER",
	    "MAIL FROM:<MARKER>", "MAIL FROM:<MARKER@x> MARKER=1 =",
	    "MAIL FROM:<MARKER@x> SIZE=MARKER", "MAIL FROM:<a@MARKER>",
	    "RCPT TO:<MARKER>", "RCPT TO:<MARKER@x> NOTIFY=MARKER",
	    "RCPT TO:<MARKER@x>", "DATA MARKER", "STARTTLS MARKER",
	    "AUTH MARKER", "AUTH PLAIN MARKER", "NOOP MARKER", "RSET MARKER",
	    "BDAT MARKER"};
	struct talk t;

	talk_init(&t);
	set_all(&t);
	t.others = SESSION_AUTH_REFUSED;
	talk_open(&t);
	for (size_t i = 0; i < COUNT(lines); i++) {
		char *line = mem_format("%s\r\n", lines[i]);

		talk_says(&t, line);
		cr_expect_gt(t.out.len, 0, "%s", lines[i]);
		cr_expect_eq(strstr(t.out.data, "MARKER"), NULL, "%s: %s",
		    lines[i], t.out.data);
		talk_forget(&t);
		free(line);
	}
	talk_close(&t);
}

static const struct {
	const char *label;
	bool starttls, tls, auth, insecure, limited;
	const char *lines;
} offers[] = {
    {"nothing", false, false, false, false, true, "SIZE 52428800\r\n"},
    {"no limit", false, false, false, false, false, "SIZE 0\r\n"},
    {"STARTTLS", true, false, false, false, true,
	"SIZE 52428800\r\n250-STARTTLS\r\n"},
    {"in TLS", true, true, false, false, true, "SIZE 52428800\r\n"},
    {"AUTH needs TLS", true, false, true, false, true,
	"SIZE 52428800\r\n250-STARTTLS\r\n"},
    {"AUTH in TLS", true, true, true, false, true,
	"SIZE 52428800\r\n250-AUTH PLAIN LOGIN\r\n"},
    {"AUTH in clear", false, false, true, true, true,
	"SIZE 52428800\r\n250-AUTH PLAIN LOGIN\r\n"},
    {"STARTTLS and AUTH", true, false, true, true, true,
	"SIZE 52428800\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n"},
};

Test(session_commands, ehlo_offers_what_works_here_and_nothing_else)
{
	for (size_t i = 0; i < COUNT(offers); i++) {
		char *reply = mem_format(
		    "250-mail.example.org greets client.example\r\n250-%s"
		    "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
		    "250-PIPELINING\r\n250-CHUNKING\r\n250-DSN\r\n"
		    "250 SMTPUTF8\r\n",
		    offers[i].lines);
		struct talk t;

		talk_init(&t);
		t.config.starttls = offers[i].starttls;
		t.config.auth = offers[i].auth;
		t.config.auth_insecure = offers[i].insecure;
		t.implicit_tls = offers[i].tls;
		if (!offers[i].limited)
			t.config.max_message_size = 0;
		talk_open(&t);
		talk_says(&t, EHLO);
		cr_expect_str_eq(
		    t.out.data, reply, "%s:\n%s", offers[i].label, t.out.data);
		talk_close(&t);
		free(reply);
	}
}

static void
set_require_tls(struct talk *t)
{
	t->config.starttls = t->config.require_tls = true;
	t->config.auth = t->config.require_auth = true;
}

/* RFC 3207 section 4: only these four are for clear text. */
static const struct dialogue tls_first = {"mail only in TLS",
    STR("HELO x\r\n" EHLO MAIL RCPT "DATA\r\nRSET\r\nAUTH PLAIN x\r\n"
	"VRFY x\r\nEXPN x\r\nHELP\r\nBDAT 2\r\nxxNOOP\r\nQUIT\r\n"),
    "530/5.7.0 250 530/5.7.0 530/5.7.0 530/5.7.0 530/5.7.0 530/5.7.0 "
    "530/5.7.0 530/5.7.0 530/5.7.0 530/5.7.0 250/2.0.0 221/2.0.0",
    STR(""), NULL, true, set_require_tls};

Test(session_commands, where_tls_is_required_all_else_is_refused)
{
	talk_hold(&tls_first);
}
