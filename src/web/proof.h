/* SPDX-License-Identifier: MIT */
#ifndef WEB_PROOF_H
#define WEB_PROOF_H

/*
 * proof: a random key beside the index, and proofs that are made with it.
 *
 * The key is a 0600 file of 32 octets, made when it is first asked for; of two
 * processes that make it at the same time one wins, and both use that one. A
 * proof is an HMAC-SHA-256 (RFC 2104) in hexadecimal over parts, each with its
 * length in front, so that no two lists of parts are alike.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define PROOF_KEY_SIZE 32
#define PROOF_SIZE 65

/* Returns 0, or -1 with errno. The folder is made (0700) if it is missing. */
int proof_key(const char *folder, unsigned char key[PROOF_KEY_SIZE]);

void proof_make(const unsigned char key[PROOF_KEY_SIZE],
    const struct str *parts, size_t n, char proof[PROOF_SIZE]);

/* In a time that does not depend on where they differ. */
bool proof_same(struct str a, struct str b);

/*
 * Keeps a proof under a name (both of proof_make()) in the folder proofs/
 * beside the key, or tells whether it is what lies there. Keeping is no more
 * than an attempt: what was not kept is proved again the long way.
 */
bool proof_known(const char *folder, const char *name, const char *proof);
void proof_keep(const char *folder, const char *name, const char *proof);

#endif
