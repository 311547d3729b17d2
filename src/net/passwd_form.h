/* SPDX-License-Identifier: MIT */
#ifndef NET_PASSWD_FORM_H
#define NET_PASSWD_FORM_H

/*
 * passwd_form: which form a secret of the password file has.
 *
 * Recognises a secret and checks all of its shape (prefix, parameters, salt,
 * length and digits of the hash) and its cost, so that nothing is left that
 * could go wrong when a password is verified. Nothing is hashed here.
 *
 * The slices of the result borrow the secret. Errors are texts for people,
 * appended to a buf, which never hold any part of the secret.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Octets of a password; libxcrypt takes no more. */
#define FORM_PASSWORD_MAX 511

/* Octets of salt behind the digest of {SSHA}. */
#define FORM_SSHA_SALT_MAX 32

enum form_check {
	FORM_LOCKED, /* nobody gets in */
	FORM_PLAIN, /* hash is the password itself */
	FORM_SHA1, /* hash is base64 of the digest and the salt, if any */
	FORM_APR1, /* salt and hash as digest_apr1 has them */
	FORM_CRYPT, /* text is crypt's setting, hash ends its result */
};

struct form {
	enum form_check check;
	struct str text;
	struct str salt;
	struct str hash;
	bool memory_hard;
};

/* Returns false and says in *why what is wrong with the secret. */
bool form_read(struct form *form, struct str secret, struct buf *why);

#endif
