/* SPDX-License-Identifier: MIT */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

/*
 * digest: MD5, SHA-1 and SHA-256, and apr1, which crypt(3) does not know.
 *
 * MD5 and SHA-1 serve the hashes that people already have in their password
 * files, and the checksums of attachments. Nothing here fails, allocates or
 * keeps anything; what was computed on the way is wiped.
 */

#include <stdbool.h>

#include "base/str.h"

#define DIGEST_MD5_SIZE 16
#define DIGEST_SHA1_SIZE 20
#define DIGEST_SHA256_SIZE 32
#define DIGEST_APR1_SIZE 22

/* The value of a digit of crypt(5), . / 0-9 A-Z a-z; -1: it is none. */
int digest_digit(char c);

/* Nothing but such digits. */
bool digest_is_digits(struct str s);

/* RFC 1321. */
void digest_md5(struct str s, unsigned char out[DIGEST_MD5_SIZE]);

/* SHA-1 of head and tail, one behind the other (RFC 3174). */
void digest_sha1(
    struct str head, struct str tail, unsigned char out[DIGEST_SHA1_SIZE]);

/* FIPS 180-4. */
void digest_sha256(struct str s, unsigned char out[DIGEST_SHA256_SIZE]);

/*
 * The hash part of "$apr1$salt$hash": md5crypt with a prefix of its own, as
 * htpasswd -m writes it. The salt has 1 to 8 octets. No NUL is written.
 */
void
digest_apr1(struct str password, struct str salt, char out[DIGEST_APR1_SIZE]);

#endif
