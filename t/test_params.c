/* SPDX-License-Identifier: MIT */
/* test_params.c: the parameters of MAIL and RCPT */

#include "talk.h"

#define KEEP EHLO MAIL

/* What follows the path of MAIL, its reply, and the lines it leaves. */
static const struct {
	const char *given, *code, *params;
} of_mail[] = {
    {"", "250", ""},
    {" ", "250", ""},
    {" SIZE=0", "250", ""},
    {" SIZE=1", "250", ""},
    {" size=999", "250", ""},
    {" SIZE=1000", "250", ""},
    {" SIZE=1001", "552/5.3.4", NULL},
    {" SIZE=18446744073709551615", "552/5.3.4", NULL},
    {" SIZE=18446744073709551616", "552/5.3.4", NULL},
    {" SIZE=99999999999999999999", "552/5.3.4", NULL},
    {" SIZE=00000000000000001000", "250", ""},
    {" SIZE=000000000000000000001", "501/5.5.4", NULL},
    {" SIZE=100000000000000000000", "501/5.5.4", NULL},
    {" SIZE=", "501/5.5.4", NULL},
    {" SIZE", "501/5.5.4", NULL},
    {" SIZE=-5", "501/5.5.4", NULL},
    {" SIZE=+5", "501/5.5.4", NULL},
    {" SIZE=5x", "501/5.5.4", NULL},
    {" SIZE=0x5", "501/5.5.4", NULL},
    {" SIZE=5 SIZE=5", "501/5.5.4", NULL},
    {" BODY=7BIT", "250", ""},
    {" body=8bitmime", "250", ""},
    {" BODY=8BITMIME BODY=7BIT", "501/5.5.4", NULL},
    {" SMTPUTF8", "250", ""},
    {" smtputf8", "250", ""},
    {" SMTPUTF8=yes", "501/5.5.4", NULL},
    {" SMTPUTF8 SMTPUTF8", "501/5.5.4", NULL},
    {" RET=FULL", "250", "param MAIL RET=FULL"},
    {" RET=hdrs", "250", "param MAIL RET=hdrs"},
    {" RET=NONE", "501/5.5.4", NULL},
    {" RET", "501/5.5.4", NULL},
    {" ENVID=QQ+2B31", "250", "param MAIL ENVID=QQ+2B31"},
    {" ENVID=", "501/5.5.4", NULL},
    {" ENVID=a+b", "501/5.5.4", NULL},
    {" ENVID=a+2b", "501/5.5.4", NULL},
    {" ENVID=\xc3\xb6", "501/5.5.4", NULL},
    {" AUTH=<>", "250", "param MAIL AUTH=<>"},
    {" AUTH=e+3Dmc2@example.com", "250", "param MAIL AUTH=e+3Dmc2@example.com"},
    {" AUTH=a=b", "501/5.5.4", NULL},
    {" AUTH", "501/5.5.4", NULL},
    {"\tSIZE=5\tBODY=7BIT", "250", ""},
    {" SIZE=5 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x AUTH=y", "250",
	"param MAIL RET=FULL, param MAIL ENVID=x, param MAIL AUTH=y"},
    {" FOO", "250", "unknown-parameter 1, param MAIL FOO"},
    {" FOO=bar FOO=baz", "250",
	"unknown-parameter 2, param MAIL FOO=bar, param MAIL FOO=baz"},
    {" BODY=BINARYMIME", "250", NULL},
    {" NOTIFY=NEVER", "250", "unknown-parameter 1, param MAIL NOTIFY=NEVER"},
    {" X-Y=a=b=c", "250", "unknown-parameter 1, param MAIL X-Y=a=b=c"},
    {" =x", "501/5.5.4", NULL},
    {" -X", "501/5.5.4", NULL},
    {" X_Y=1", "501/5.5.4", NULL},
    {" <x@y>", "501/5.5.4", NULL},
    {" \xc3\xb6=1", "501/5.5.4", NULL},
};

/* Completes the message; its findings and parameters are these. */
static void
expect_params(struct talk *t, const char *params, const char *label)
{
	struct buf found = BUF_INIT;

	talk_says(t, "DATA\r\nFrom: a\r\nDate: d\r\n.\r\n");
	cr_assert_eq(t->count, 1, "%s", label);
	mail_findings(&t->mails[0], &found);
	if (params != NULL)
		cr_expect(strstr(found.data, params) != NULL &&
			      (params[0] != '\0' ||
				  strstr(found.data, "param") == NULL),
		    "%s: %s", label, found.data);
	buf_fini(&found);
}

Test(params, of_mail)
{
	for (size_t i = 0; i < COUNT(of_mail); i++) {
		char *line =
		    mem_format("MAIL FROM:<a@b>%s\r\n", of_mail[i].given);
		struct talk t;

		talk_init(&t);
		t.config.max_message_size = 1000;
		talk_open(&t);
		talk_says(&t, EHLO);
		talk_forget(&t);
		talk_says(&t, line);
		talk_expect(&t, of_mail[i].code, of_mail[i].given);
		talk_says(&t, RCPT);
		if (of_mail[i].code[0] == '2') {
			talk_expect(&t, "250", of_mail[i].given);
			expect_params(&t, of_mail[i].params, of_mail[i].given);
		} else {
			talk_expect(&t, "503", of_mail[i].given);
		}
		talk_close(&t);
		free(line);
	}
}

static const struct {
	const char *given, *code, *params;
} of_rcpt[] = {
    {"", "250", ""},
    {" NOTIFY=NEVER", "250", "param RCPT <b@c> NOTIFY=NEVER"},
    {" notify=never", "250", "param RCPT <b@c> notify=never"},
    {" NOTIFY=SUCCESS", "250", "param RCPT <b@c> NOTIFY=SUCCESS"},
    {" NOTIFY=SUCCESS,FAILURE,DELAY", "250",
	"param RCPT <b@c> NOTIFY=SUCCESS,FAILURE,DELAY"},
    {" NOTIFY=NEVER,SUCCESS", "501/5.5.4", NULL},
    {" NOTIFY=SUCCESS,NEVER", "501/5.5.4", NULL},
    {" NOTIFY=SUCCESS,", "501/5.5.4", NULL},
    {" NOTIFY=,SUCCESS", "501/5.5.4", NULL},
    {" NOTIFY=SUCCESS,,DELAY", "501/5.5.4", NULL},
    {" NOTIFY=NEVER,", "501/5.5.4", NULL},
    {" NOTIFY=", "501/5.5.4", NULL},
    {" NOTIFY", "501/5.5.4", NULL},
    {" NOTIFY=ALWAYS", "501/5.5.4", NULL},
    {" NOTIFY=DELAY NOTIFY=DELAY", "501/5.5.4", NULL},
    {" ORCPT=rfc822;b@c", "250", "param RCPT <b@c> ORCPT=rfc822;b@c"},
    {" ORCPT=utf-8;\xc3\xb6@c", "250",
	"param RCPT <b@c> ORCPT=utf-8;\\xc3\\xb6@c"},
    {" ORCPT=rfc822", "501/5.5.4", NULL},
    {" ORCPT=;b@c", "501/5.5.4", NULL},
    {" ORCPT=rfc822;", "501/5.5.4", NULL},
    {" ORCPT=utf-8;\xff", "501/5.5.4", NULL},
    {" SIZE=5", "250", "unknown-parameter 1, param RCPT <b@c> SIZE=5"},
    {" FOO BAR=1", "250",
	"unknown-parameter 2, param RCPT <b@c> FOO, "
	"param RCPT <b@c> BAR=1"},
    {" NOTIFY=DELAY FOO", "250",
	"unknown-parameter 1, param RCPT <b@c> NOTIFY=DELAY, "
	"param RCPT <b@c> FOO"},
    {" =", "501/5.5.4", NULL},
};

Test(params, of_rcpt)
{
	for (size_t i = 0; i < COUNT(of_rcpt); i++) {
		char *line =
		    mem_format("RCPT TO:<b@c>%s\r\n", of_rcpt[i].given);
		struct talk t;

		talk_init(&t);
		talk_open(&t);
		talk_says(&t, KEEP);
		talk_forget(&t);
		talk_says(&t, line);
		talk_expect(&t, of_rcpt[i].code, of_rcpt[i].given);
		/* A refused one leaves nothing, and is no recipient. */
		if (of_rcpt[i].code[0] != '2') {
			talk_says(&t, "DATA\r\n" RCPT);
			talk_expect(&t, "503 250", of_rcpt[i].given);
			expect_params(&t, "", of_rcpt[i].given);
		} else {
			expect_params(&t, of_rcpt[i].params, of_rcpt[i].given);
		}
		talk_close(&t);
		free(line);
	}
}

Test(params, without_a_limit_any_size_that_is_a_number_passes)
{
	static const struct {
		const char *given, *code;
	} rows[] = {
	    {"SIZE=0", "250"},
	    {"SIZE=18446744073709551615", "250"},
	    {"SIZE=18446744073709551616", "501/5.5.4"},
	    {"SIZE=1x", "501/5.5.4"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *line =
		    mem_format("MAIL FROM:<a@b> %s\r\n", rows[i].given);
		struct talk t;

		talk_init(&t);
		t.config.max_message_size = 0;
		talk_open(&t);
		talk_says(&t, EHLO);
		talk_forget(&t);
		talk_says(&t, line);
		talk_expect(&t, rows[i].code, rows[i].given);
		talk_close(&t);
		free(line);
	}
}
