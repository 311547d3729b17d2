/* SPDX-License-Identifier: MIT */
/* cert.c: load a certificate and its key, or make a self-signed pair */

#include "net/cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/io.h"
#include "base/mem.h"

#define PEM_MAX (1u * 1024 * 1024)
#define DAY 86400
#define LIFE (365 * DAY)
#define RENEW_BEFORE (30 * DAY)

struct cert {
	gnutls_certificate_credentials_t credentials;
	gnutls_x509_crt_t *chain;
	unsigned chain_length;
	gnutls_x509_privkey_t key;
};

/*
 * GnuTLS would prepare itself whenever the program starts. That took an eighth
 * of the work of a process for one connection, most of which have no TLS.
 */
GNUTLS_SKIP_GLOBAL_INIT

void
cert_prepare(void)
{
	static bool prepared;

	if (!prepared && gnutls_global_init() != 0)
		die("GnuTLS does not work here");
	prepared = true;
}

void
cert_free(struct cert *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->chain_length; i++)
		gnutls_x509_crt_deinit(c->chain[i]);
	gnutls_free(c->chain);
	if (c->key != NULL)
		gnutls_x509_privkey_deinit(c->key);
	if (c->credentials != NULL)
		gnutls_certificate_free_credentials(c->credentials);
	free(c);
}

void *
cert_credentials(const struct cert *c)
{
	return c->credentials;
}

int64_t
cert_expires(const struct cert *c)
{
	return (int64_t)gnutls_x509_crt_get_expiration_time(c->chain[0]);
}

void
cert_fingerprint(const struct cert *c, struct buf *out)
{
	unsigned char digest[32];
	size_t n = sizeof(digest);

	if (gnutls_x509_crt_get_fingerprint(
		c->chain[0], GNUTLS_DIG_SHA256, digest, &n) == 0)
		codec_hex_encode(out, str_make((const char *)digest, n), ':');
}

static bool
read_pem(
    const char *path, const char *what, gnutls_datum_t *out, struct buf *why)
{
	size_t n;
	char *data = io_read_file(path, PEM_MAX, &n);

	if (data == NULL) {
		buf_addf(why, "TLS %s not found or readable: %s: %s", what,
		    path, strerror(errno));
		return false;
	}
	*out = (gnutls_datum_t){(unsigned char *)data, (unsigned)n};
	return true;
}

static void
wipe_pem(gnutls_datum_t *pem)
{
	if (pem->data != NULL)
		explicit_bzero(pem->data, pem->size);
	free(pem->data);
}

static bool
import_chain(struct cert *c, const char *path, const gnutls_datum_t *pem,
    struct buf *why)
{
	int rc = gnutls_x509_crt_list_import2(&c->chain, &c->chain_length, pem,
	    GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);

	/* So many cannot be brought into order: the file's order counts. */
	if (rc == GNUTLS_E_UNIMPLEMENTED_FEATURE)
		rc = gnutls_x509_crt_list_import2(
		    &c->chain, &c->chain_length, pem, GNUTLS_X509_FMT_PEM, 0);
	if (rc >= 0 && c->chain_length > 0)
		return true;
	c->chain_length = 0;
	buf_addf(why, "no usable TLS certificate in %s: %s", path,
	    gnutls_strerror(rc));
	return false;
}

static bool
import_key(struct cert *c, const char *path, const gnutls_datum_t *pem,
    struct buf *why)
{
	int rc = gnutls_x509_privkey_init(&c->key);

	if (rc == 0)
		rc = gnutls_x509_privkey_import2(
		    c->key, pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc == 0)
		return true;
	if (rc == GNUTLS_E_DECRYPTION_FAILED)
		buf_addf(why, "the TLS key in %s is encrypted", path);
	else
		buf_addf(why, "no usable TLS key in %s: %s", path,
		    gnutls_strerror(rc));
	return false;
}

static bool
assemble(struct cert *c, const char *chain_path, const char *key_path,
    struct buf *why)
{
	int rc = gnutls_certificate_allocate_credentials(&c->credentials);

	if (rc == 0)
		rc = gnutls_certificate_set_x509_key(
		    c->credentials, c->chain, (int)c->chain_length, c->key);
	if (rc >= 0)
		return true;
	if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		buf_addf(why,
		    "the TLS key %s does not match the certificate %s",
		    key_path, chain_path);
	else
		buf_addf(why, "%s with %s: %s", chain_path, key_path,
		    gnutls_strerror(rc));
	return false;
}

struct cert *
cert_load(const char *chain_path, const char *key_path, struct buf *why)
{
	struct cert *c = mem_new(sizeof(*c));
	gnutls_datum_t chain = {NULL, 0}, key = {NULL, 0};
	bool ok;

	cert_prepare();
	ok = read_pem(chain_path, "certificate", &chain, why) &&
	     read_pem(key_path, "key", &key, why) &&
	     import_chain(c, chain_path, &chain, why) &&
	     import_key(c, key_path, &key, why) &&
	     assemble(c, chain_path, key_path, why);
	wipe_pem(&chain);
	wipe_pem(&key);
	if (ok)
		return c;
	cert_free(c);
	return NULL;
}

static int
add_name(gnutls_x509_crt_t crt, struct str name)
{
	unsigned char address[16];
	char *text = mem_dup(name.p, name.n);
	int rc;

	if (inet_pton(AF_INET, text, address) == 1)
		rc = gnutls_x509_crt_set_subject_alt_name(
		    crt, GNUTLS_SAN_IPADDRESS, address, 4, GNUTLS_FSAN_APPEND);
	else if (inet_pton(AF_INET6, text, address) == 1)
		rc = gnutls_x509_crt_set_subject_alt_name(
		    crt, GNUTLS_SAN_IPADDRESS, address, 16, GNUTLS_FSAN_APPEND);
	else
		rc = gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_DNSNAME, text, (unsigned)name.n,
		    GNUTLS_FSAN_APPEND);
	free(text);
	return rc;
}

static int
add_names(gnutls_x509_crt_t crt, struct str names)
{
	struct str rest = names, first = str_cut(&rest, ',');
	int rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
	    0, first.p, (unsigned)(first.n > 64 ? 64 : first.n));

	while (rc >= 0 && names.n > 0)
		rc = add_name(crt, str_cut(&names, ','));
	return rc;
}

/* One step of making a certificate; the first failure ends it. */
#define STEP(call)                                                             \
	do {                                                                   \
		rc = (call);                                                   \
		if (rc < 0)                                                    \
			return rc;                                             \
	} while (0)

static int
fill_in(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, struct str names)
{
	static const char organisation[] = "mailpit self-signed certificate";
	unsigned char serial[16], id[20];
	size_t id_size = sizeof(id);
	time_t now = time(NULL);
	int rc;

	STEP(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)));
	serial[0] = (serial[0] & 0x7f) | 0x40;
	STEP(gnutls_x509_crt_set_version(crt, 3));
	STEP(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)));
	STEP(gnutls_x509_crt_set_activation_time(crt, now - 3600));
	STEP(gnutls_x509_crt_set_expiration_time(crt, now + LIFE));
	STEP(add_names(crt, names));
	STEP(gnutls_x509_crt_set_dn_by_oid(crt,
	    GNUTLS_OID_X520_ORGANIZATION_NAME, 0, organisation,
	    sizeof(organisation) - 1));
	STEP(gnutls_x509_crt_set_key(crt, key));
	STEP(gnutls_x509_crt_set_basic_constraints(crt, 0, -1));
	STEP(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
	STEP(gnutls_x509_crt_set_key_purpose_oid(
	    crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
	STEP(gnutls_x509_crt_get_key_id(
	    crt, GNUTLS_KEYID_USE_SHA1, id, &id_size));
	STEP(gnutls_x509_crt_set_subject_key_id(crt, id, id_size));
	STEP(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
	return 0;
}

static int
make_pair(struct str names, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
    gnutls_datum_t *chain_pem, gnutls_datum_t *key_pem)
{
	int rc;

	STEP(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	STEP(fill_in(crt, key, names));
	STEP(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, chain_pem));
	STEP(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, key_pem));
	return 0;
}

/* Appends certificate and key in PEM to *pem; returns a GnuTLS code. */
static int
generate(struct str names, struct buf *pem)
{
	gnutls_datum_t chain_pem = {NULL, 0}, key_pem = {NULL, 0};
	gnutls_x509_crt_t crt = NULL;
	gnutls_x509_privkey_t key = NULL;
	int rc = gnutls_x509_crt_init(&crt);

	if (rc == 0)
		rc = gnutls_x509_privkey_init(&key);
	if (rc == 0)
		rc = make_pair(names, crt, key, &chain_pem, &key_pem);
	if (rc == 0) {
		buf_add(pem, chain_pem.data, chain_pem.size);
		buf_add(pem, key_pem.data, key_pem.size);
	}
	if (key_pem.data != NULL)
		explicit_bzero(key_pem.data, key_pem.size);
	gnutls_free(chain_pem.data);
	gnutls_free(key_pem.data);
	if (crt != NULL)
		gnutls_x509_crt_deinit(crt);
	if (key != NULL)
		gnutls_x509_privkey_deinit(key);
	return rc;
}

/*
 * Puts the file in place: by link(2) where there is none, so that of several
 * processes one wins and all read the same; by rename(2) to renew.
 */
static int
install(const char *path, const struct buf *pem, bool renew)
{
	char *temporary = mem_format("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC);
	int rc = -1, saved;

	if (fd < 0)
		goto out;
	rc = io_write_file(fd, pem->data, pem->len);
	if (rc == 0)
		rc = fsync(fd);
	if (io_close(fd) != 0)
		rc = -1;
	if (rc == 0 && renew)
		rc = rename(temporary, path);
	else if (rc == 0 && link(temporary, path) != 0 && errno != EEXIST)
		rc = -1;
	saved = errno;
	unlink(temporary);
	errno = saved;
out:
	free(temporary);
	return rc;
}

/* lower case, trimmed, each name once, in the given order */
static void
normalise(struct str names, struct buf *out)
{
	while (names.n > 0) {
		struct str name = str_trim(str_cut(&names, ','));
		struct str have = buf_str(out);
		bool known = name.n == 0;

		while (!known && have.n > 0)
			known = str_ieq(str_cut(&have, ','), name);
		if (known)
			continue;
		if (out->len > 0)
			buf_addc(out, ',');
		for (size_t i = 0; i < name.n; i++)
			buf_addc(out, chr_lower(name.p[i]));
	}
}

static char *
self_signed_path(struct str names, const char *folder)
{
	struct buf hex = BUF_INIT;
	unsigned char digest[32];
	char *path;

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, names.p, names.n, digest) != 0)
		bug("no SHA-256");
	codec_hex_encode(&hex, str_make((const char *)digest, 12), '\0');
	path = mem_format("%s/sans-%s.pem", folder, hex.data);
	buf_fini(&hex);
	return path;
}

/* Makes the file at path; false with *why. */
static bool
make_file(struct str names, const char *path, bool renew, struct buf *why)
{
	struct buf pem = BUF_INIT;
	int rc = generate(names, &pem);

	if (rc != 0)
		buf_addf(why, "cannot make a certificate for %.*s: %s",
		    STR_ARG(names), gnutls_strerror(rc));
	else if (install(path, &pem, renew) != 0)
		buf_addf(why, "cannot write the certificate %s: %s", path,
		    strerror(errno));
	buf_wipe(&pem);
	buf_fini(&pem);
	return why->len == 0;
}

/* The certificate, made if need be, and in *path where it is. */
static struct cert *
self_signed(struct str names, const char *folder, char **path, struct buf *why)
{
	struct buf list = BUF_INIT, quiet = BUF_INIT;
	struct cert *c = NULL;
	bool exists;

	*path = NULL;
	cert_prepare();
	normalise(names, &list);
	if (list.len == 0) {
		buf_adds(why, "sans: needs at least one name");
		goto out;
	}
	if (io_make_path(folder, 0700) != 0) {
		buf_addf(why, "cannot make the folder %s: %s", folder,
		    strerror(errno));
		goto out;
	}
	*path = self_signed_path(buf_str(&list), folder);
	exists = access(*path, F_OK) == 0;
	if (exists)
		c = cert_load(*path, *path, &quiet);
	if (c != NULL && cert_expires(c) - time(NULL) < RENEW_BEFORE) {
		cert_free(c);
		c = NULL;
	}
	if (c == NULL && make_file(buf_str(&list), *path, exists, why))
		c = cert_load(*path, *path, why);
out:
	buf_fini(&list);
	buf_fini(&quiet);
	return c;
}

struct cert *
cert_self_signed(struct str names, const char *folder, struct buf *why)
{
	char *path;
	struct cert *c = self_signed(names, folder, &path, why);

	free(path);
	return c;
}

char *
cert_self_signed_file(struct str names, const char *folder, struct buf *why)
{
	char *path;
	struct cert *c = self_signed(names, folder, &path, why);

	if (c == NULL) {
		free(path);
		path = NULL;
	}
	cert_free(c);
	return path;
}
