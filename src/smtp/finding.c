/* SPDX-License-Identifier: MIT */
/* finding.c: the table of oddities and their text form */

#include "smtp/finding.h"

#include <inttypes.h>

static const struct {
	const char *code;
	const char *text;
} findings[FINDING_COUNT] = {
    [FINDING_EARLY_INPUT] = {"early-input",
	"the client spoke before it was its turn"},
    [FINDING_LF_COMMAND] = {"lf-command", "a command line ended in a bare LF"},
    [FINDING_HELO_NAME] = {"helo-name",
	"the name in HELO or EHLO is no domain and no address literal"},
    [FINDING_PATH_SPACE] = {"path-space",
	"blanks between the colon and the address"},
    [FINDING_PATH_ROUTE] = {"path-route", "a source route, which was dropped"},
    [FINDING_PATH_LENGTH] = {"path-length",
	"an address longer than 64, 255 or 256 octets allow"},
    [FINDING_PATH_DOMAIN] = {"path-domain",
	"a domain with '_', '*' or a hyphen at an end"},
    [FINDING_PATH_LITERAL] = {"path-literal",
	"an IPv6 address literal without its IPv6: tag"},
    [FINDING_UTF8_UNANNOUNCED] = {"utf8-unannounced",
	"a UTF-8 address without the parameter SMTPUTF8"},
    [FINDING_UNKNOWN_PARAMETER] = {"unknown-parameter",
	"a MAIL or RCPT parameter that was not offered"},
    [FINDING_SIZE_MISMATCH] = {"size-mismatch",
	"more octets came than SIZE had announced"},
    [FINDING_BARE_LF] = {"bare-lf", "LF without CR in the message"},
    [FINDING_BARE_CR] = {"bare-cr", "CR without LF in the message"},
    [FINDING_CR_CR_LF] = {"cr-cr-lf", "CR CR LF in the header"},
    [FINDING_NUL] = {"nul", "NUL octets in the message"},
    [FINDING_LONG_LINE] = {"long-line", "lines longer than 998 octets"},
    [FINDING_8BIT_HEADER] = {"8bit-header",
	"8-bit header lines without the parameter SMTPUTF8"},
    [FINDING_8BIT_BODY] = {"8bit-body",
	"8-bit body lines without BODY=8BITMIME"},
    [FINDING_NO_HEADERS] = {"no-headers",
	"the message does not begin with a header field"},
    [FINDING_BAD_HEADER] = {"bad-header",
	"header lines that are no header fields"},
    [FINDING_NO_FROM] = {"no-from", "there is no From field"},
    [FINDING_NO_DATE] = {"no-date", "there is no Date field"},
};

void
finding_note(struct findings *f, enum finding what)
{
	if (f->count[what] < UINT64_MAX)
		f->count[what]++;
}

void
findings_merge(struct findings *f, const struct findings *more)
{
	for (size_t i = 0; i < FINDING_COUNT; i++)
		if (f->count[i] <= UINT64_MAX - more->count[i])
			f->count[i] += more->count[i];
}

void
findings_write(struct buf *out, const struct findings *f)
{
	for (size_t i = 0; i < FINDING_COUNT; i++)
		if (f->count[i] != 0)
			buf_addf(out, "finding %s %" PRIu64 " %s\n",
			    findings[i].code, f->count[i], findings[i].text);
}
