/* SPDX-License-Identifier: MIT */
/* reply.c: the table of replies */

#include "smtp/reply.h"

#include <errno.h>
#include <inttypes.h>

#define SEQUENCE "Bad sequence of commands "
#define ARGUMENTS "Syntax error in parameters or arguments "

static const struct {
	int code;
	const char *enhanced; /* RFC 3463; NULL: none */
	const char *text;
} replies[REPLY_COUNT] = {
    [REPLY_BANNER] = {220, NULL, "%h %a ESMTP Service ready"},
    [REPLY_TLS_READY] = {220, "2.0.0", "Ready to start TLS"},
    [REPLY_BYE] = {221, "2.0.0",
	"%h %a ESMTP Service closing transmission channel"},
    [REPLY_AUTH_OK] = {235, "2.7.0", "Authentication successful"},
    [REPLY_HELO] = {250, NULL, "%h"},
    [REPLY_HELO_NAMED] = {250, NULL, "%h greets %s"},
    [REPLY_OK] = {250, "2.0.0", "Ok"},
    [REPLY_MAIL_OK] = {250, "2.1.0", "Ok"},
    [REPLY_RCPT_OK] = {250, "2.1.5", "Ok"},
    [REPLY_CHUNK_OK] = {250, "2.0.0", "%s octets received"},
    [REPLY_QUEUED] = {250, "2.0.0", "Ok: queued as %s"},
    [REPLY_DROPPED] = {250, "2.0.0", "Ok: queued"},
    [REPLY_AUTH_PLAIN] = {334, NULL, ""},
    [REPLY_AUTH_USER] = {334, NULL, "VXNlcm5hbWU6"},
    [REPLY_AUTH_PASSWORD] = {334, NULL, "UGFzc3dvcmQ6"},
    [REPLY_DATA] = {354, NULL, "Start mail input; end with <CR><LF>.<CR><LF>"},
    [REPLY_STOPPING] = {421, "4.3.2", "%h %a ESMTP Service shutting down"},
    [REPLY_BROKEN] = {421, "4.3.5", "%h %a ESMTP Service is misconfigured"},
    [REPLY_TOO_MANY_CONNECTIONS] = {421, "4.7.0", "%h Too many connections"},
    [REPLY_TIMEOUT] = {421, "4.4.2",
	"%h %a ESMTP Service closing transmission channel after timeout "
	"exceeded"},
    [REPLY_TOO_MANY_ERRORS] = {421, "4.7.0", "%h Too many errors"},
    [REPLY_TOO_MANY_COMMANDS] = {421, "4.7.0",
	"%h Too many commands without mail"},
    [REPLY_TOO_MANY_MESSAGES] = {421, "4.7.0",
	"%h Too many messages in one session"},
    [REPLY_TOO_MANY_LOGINS] = {421, "4.7.0",
	"%h Too many failed authentications"},
    [REPLY_NOT_SMTP] = {421, "4.7.0", "%h This is SMTP, and that is not"},
    [REPLY_DELIVERY_FAILED] = {451, "4.3.0",
	"Requested action aborted: local error in processing"},
    [REPLY_RECIPIENT_DOUBT] = {451, "4.3.0",
	"Requested action aborted: recipient could not be checked"},
    [REPLY_NO_SPACE] = {452, "4.3.1",
	"Requested action not taken: insufficient system storage"},
    [REPLY_MAILBOX_FULL] = {452, "4.2.2",
	"Requested action not taken: mailbox full"},
    [REPLY_TOO_MANY_RECIPIENTS] = {452, "4.5.3", "Too many recipients"},
    [REPLY_TLS_UNAVAILABLE] = {454, "4.7.0",
	"TLS not available due to temporary reason"},
    [REPLY_AUTH_UNAVAILABLE] = {454, "4.7.0",
	"Temporary authentication failure"},
    [REPLY_UNKNOWN_COMMAND] = {500, "5.5.2",
	"Syntax error, command unrecognized"},
    [REPLY_LINE_TOO_LONG] = {500, "5.5.2", "Line too long"},
    [REPLY_AUTH_LINE_TOO_LONG] = {500, "5.5.6",
	"Authentication exchange line is too long"},
    [REPLY_BAD_OCTETS] = {500, "5.5.2", "CR or NUL inside a command line"},
    [REPLY_CONTROL_OCTETS] = {500, "5.5.2",
	"Control octets inside a command line"},
    [REPLY_NO_ARGUMENT] = {501, "5.5.2",
	"Syntax error (no parameters allowed)"},
    [REPLY_AUTH_BASE64] = {501, "5.5.2", "Syntax error (unable to decode)"},
    [REPLY_AUTH_PARSE] = {501, "5.5.2", "Syntax error (unable to parse)"},
    [REPLY_AUTH_CANCELLED] = {501, "5.7.0", "Authentication cancelled"},
    [REPLY_AUTH_ARGUMENT] = {501, "5.5.4",
	"Malformed AUTH input (argument required)"},
    [REPLY_BAD_FROM] = {501, "5.5.4", ARGUMENTS "(invalid FROM parameter)"},
    [REPLY_BAD_TO] = {501, "5.5.4", ARGUMENTS "(invalid TO parameter)"},
    [REPLY_BAD_SIZE] = {501, "5.5.4", ARGUMENTS "(invalid SIZE parameter)"},
    [REPLY_BAD_PARAMETER] = {501, "5.5.4", ARGUMENTS "(invalid %s parameter)"},
    [REPLY_BAD_CHUNK] = {501, "5.5.4", ARGUMENTS "(invalid chunk size)"},
    [REPLY_NOT_IMPLEMENTED] = {502, "5.5.1", "Command not implemented"},
    [REPLY_HELO_FIRST] = {503, "5.5.1",
	SEQUENCE "(HELO/EHLO required before %s)"},
    [REPLY_RSET_FIRST] = {503, "5.5.1",
	SEQUENCE "(RSET/HELO/EHLO required before MAIL)"},
    [REPLY_MAIL_FIRST] = {503, "5.5.1", SEQUENCE "(MAIL required before RCPT)"},
    [REPLY_RCPT_FIRST] = {503, "5.5.1",
	SEQUENCE "(MAIL & RCPT required before %s)"},
    [REPLY_CHUNKS_OPEN] = {503, "5.5.1",
	SEQUENCE "(BDAT in progress, only BDAT or RSET can follow)"},
    [REPLY_TLS_TWICE] = {503, "5.5.1", SEQUENCE "(TLS already in use)"},
    [REPLY_AUTH_TWICE] = {503, "5.5.1",
	SEQUENCE "(already authenticated for this session)"},
    [REPLY_AUTH_IN_MAIL] = {503, "5.5.1",
	SEQUENCE "(%s not permitted during mail transaction)"},
    [REPLY_AUTH_MECHANISM] = {504, "5.5.4", "Unrecognized authentication type"},
    [REPLY_TLS_FIRST] = {530, "5.7.0", "Must issue a STARTTLS command first"},
    [REPLY_AUTH_FIRST] = {530, "5.7.0", "Authentication required"},
    [REPLY_AUTH_REFUSED] = {535, "5.7.8", "Authentication credentials invalid"},
    [REPLY_RECIPIENT_REFUSED] = {550, "5.1.0",
	"Requested action not taken: mailbox unavailable"},
    [REPLY_BARE_NEWLINE] = {550, "5.5.2",
	"Bare CR or LF in the message is forbidden here"},
    [REPLY_TOO_LARGE] = {552, "5.3.4",
	"Requested mail action aborted: exceeded storage allocation (%n)"},
    [REPLY_ADDRESS_TOO_LONG] = {553, "5.1.3", "The address is too long"},
    [REPLY_BAD_ADDRESS] = {553, "5.1.3",
	"The address is not a valid RFC 5321 address"},
    [REPLY_INJECTION] = {554, "5.5.1",
	"Input behind STARTTLS, closing transmission channel"},
};

int
reply_code(enum reply r)
{
	return replies[r].code;
}

static void
expand(struct buf *line, char what, const struct reply_words *words,
    const char *argument)
{
	switch (what) {
	case 'h':
		buf_adds(line, words->host);
		break;
	case 'a':
		buf_adds(line, words->app);
		break;
	case 'n':
		buf_addf(line, "%" PRIu64, words->max_size);
		break;
	default:
		buf_adds(line, argument != NULL ? argument : "");
		break;
	}
}

void
reply_write(struct buf *out, enum reply r, char separator,
    const struct reply_words *words, const char *argument)
{
	struct buf line = BUF_INIT;

	buf_addf(&line, "%d%c", replies[r].code, separator);
	if (replies[r].enhanced != NULL)
		buf_addf(&line, "%s ", replies[r].enhanced);
	for (const char *p = replies[r].text; *p != '\0'; p++) {
		if (*p == '%')
			expand(&line, *++p, words, argument);
		else
			buf_addc(&line, *p);
	}
	buf_add(out, line.data,
	    line.len > REPLY_LINE_MAX - 2 ? REPLY_LINE_MAX - 2 : line.len);
	buf_adds(out, "\r\n");
	buf_fini(&line);
}

enum reply
reply_for_errno(int error)
{
	switch (error) {
	case ENOSPC:
	case EFBIG:
		return REPLY_NO_SPACE;
	case EDQUOT:
		return REPLY_MAILBOX_FULL;
	default:
		return REPLY_DELIVERY_FAILED;
	}
}
