/* SPDX-License-Identifier: MIT */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

/*
 * addr: the address grammar of the envelope (RFC 5321 section 4.1.2, with
 * UTF-8 as in RFC 6531 section 3.3).
 *
 * Pure functions; results borrow from the input. More is accepted than the
 * grammar allows where real clients send it and nobody is harmed; each such
 * liberty is reported as an oddity, so that it can become a finding.
 */

#include <stdbool.h>

#include "base/str.h"

#define ADDR_PATH_MAX 1024

enum addr_verdict {
	ADDR_OK,
	ADDR_SYNTAX, /* no path in brackets, or something glued to it */
	ADDR_INVALID, /* a path, but no mailbox of RFC 5321 */
	ADDR_TOO_LONG, /* above ADDR_PATH_MAX */
};

enum addr_oddity {
	ADDR_ODD_SPACE = 1 << 0, /* blanks after the colon */
	ADDR_ODD_ROUTE = 1 << 1, /* a source route, dropped */
	ADDR_ODD_LENGTH = 1 << 2, /* above 64, 255 or 256 octets */
	ADDR_ODD_DOMAIN = 1 << 3, /* '_', '*', or '-' at an end */
	ADDR_ODD_LITERAL = 1 << 4, /* [::1] without IPv6: */
	ADDR_IS_UTF8 = 1 << 5, /* not ASCII: needs SMTPUTF8 */
};

struct addr_path {
	struct str mailbox; /* without brackets and route; empty for <> */
	struct str rest; /* what follows the path: parameters */
	unsigned oddities;
};

/*
 * Parses what follows "FROM:" or "TO:": blanks, a path in brackets, then a
 * blank or the end. The null path <> and <postmaster> without a domain are
 * valid here; whether they may stand is the caller's question.
 */
enum addr_verdict addr_parse_path(struct str in, struct addr_path *out);

/* The mailbox is "postmaster" (RFC 5321 section 4.5.1). */
bool addr_is_postmaster(struct str mailbox);

/* A domain name, or an address literal in brackets (for HELO and EHLO). */
bool addr_is_domain(struct str s);

#endif
