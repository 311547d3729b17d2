/* SPDX-License-Identifier: MIT */
#ifndef NET_PASSWD_H
#define NET_PASSWD_H

/*
 * passwd: the password file and its verifier, one for SMTP and for the web.
 *
 * The syntax is documented in mailpit-passwd(5). A file is good as a whole or
 * not at all: a line that cannot be parsed, an unknown form, hash parameters
 * above the table of costs, or no entry at all make loading fail with a text
 * that names file and line. The text never holds any part of a secret.
 *
 * Secrets are wiped when the list is freed. Verifying does the work of one
 * hash whether the user exists or not, and compares in constant time. Of two
 * entries for one user the later one counts.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

#define PASSWD_FILE_MAX (16u * 1024 * 1024)

struct passwd; /* a loaded list, immutable */

enum passwd_verdict {
	PASSWD_ACCEPTED,
	PASSWD_REFUSED,
	PASSWD_UNAVAILABLE, /* the hash could not be computed (memory) */
};

/*
 * Reads a file. Returns an owned list; or NULL and a text for people in *why,
 * such as "/etc/mailpit/passwd:3: unknown password form".
 */
struct passwd *passwd_load(const char *path, struct buf *why);

/*
 * Reads entries separated by blanks, as MP_SMTP_AUTH has them; name is what
 * errors call it ("MP_SMTP_AUTH: entry 2: ..."). '#' is no comment here.
 */
struct passwd *
passwd_parse_list(struct str text, const char *name, struct buf *why);

void passwd_free(struct passwd *list);

/* The number of entries, repeated and locked ones too. */
size_t passwd_count(const struct passwd *list);

/*
 * Refused as well: a NUL in user or password, an empty password or one longer
 * than 511 octets, an empty user, one with ':' or a control character, and a
 * locked user.
 */
enum passwd_verdict
passwd_verify(const struct passwd *list, struct str user, struct str password);

#endif
