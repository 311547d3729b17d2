/* SPDX-License-Identifier: MIT */
#ifndef NET_CERT_H
#define NET_CERT_H

/*
 * cert: a certificate chain with its key, from PEM files or self-signed.
 *
 * Loading checks that the key belongs to the first certificate; names and
 * dates are not checked, but cert_expires() tells. Encrypted keys are not
 * supported. RSA, ECDSA and Ed25519 keys work.
 *
 * Constructors return NULL and a text for people in *why, which names the
 * file at fault.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Prepares GnuTLS, which nothing may call before. All constructors here and
 * in net/tls do so; more than once does no harm.
 */
void cert_prepare(void);

struct cert; /* immutable, may serve any number of sessions */

/* Both paths may name the same file. */
struct cert *
cert_load(const char *chain_path, const char *key_path, struct buf *why);

/*
 * The self-signed ECDSA certificate for names (comma list), from folder; made
 * there (mode 0600, in place at once or not at all) if it is missing or ends
 * within 30 days. Several processes may do so at the same time.
 */
struct cert *
cert_self_signed(struct str names, const char *folder, struct buf *why);

/*
 * The same, for a program that reads the file itself: its owned path, which
 * holds the chain and the key.
 */
char *
cert_self_signed_file(struct str names, const char *folder, struct buf *why);

void cert_free(struct cert *c);

/* When the first certificate ends, in seconds since 1970. */
int64_t cert_expires(const struct cert *c);

/* Appends the SHA-256 fingerprint of the first certificate: "ab:cd:..." */
void cert_fingerprint(const struct cert *c, struct buf *out);

/* For net/tls only: the gnutls_certificate_credentials_t. */
void *cert_credentials(const struct cert *c);

#endif
