/* SPDX-License-Identifier: MIT */
/* proof.c: the key of this cache, and proofs made with it */

#include "web/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/io.h"
#include "base/mem.h"
#include "mail/id.h"

#define BLOCK 64
#define PROOFS "proofs"

/* Puts a whole new file at path; replace: also over one that is there. */
static int
put_file(const char *path, const void *p, size_t n, bool replace)
{
	char id[ID_SIZE], *temporary;
	int fd, rc = -1, saved;

	id_fresh(id);
	temporary = mem_format("%s.%s", path, id);
	fd = open(temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		goto out;
	rc = io_write_file(fd, p, n);
	if (io_close(fd) != 0)
		rc = -1;
	if (rc == 0)
		rc = replace ? rename(temporary, path) : link(temporary, path);
	saved = errno;
	if (rc != 0 || !replace)
		unlink(temporary);
	errno = saved;
out:
	saved = errno;
	free(temporary);
	errno = saved;
	return rc;
}

static int
read_key(const char *path, unsigned char key[PROOF_KEY_SIZE])
{
	size_t n;
	char *octets = io_read_file(path, PROOF_KEY_SIZE, &n);

	if (octets == NULL)
		return -1;
	if (n != PROOF_KEY_SIZE) {
		free(octets);
		errno = EINVAL;
		return -1;
	}
	memcpy(key, octets, n);
	explicit_bzero(octets, n);
	free(octets);
	return 0;
}

int
proof_key(const char *folder, unsigned char key[PROOF_KEY_SIZE])
{
	char *path = mem_format("%s/secret", folder);
	int rc = read_key(path, key);

	/* One that a crash left short is as good as none. */
	if (rc != 0 && errno == EINVAL && unlink(path) == 0)
		errno = ENOENT;
	if (rc != 0 && errno == ENOENT && io_make_path(folder, 0700) == 0) {
		if (getrandom(key, PROOF_KEY_SIZE, 0) != PROOF_KEY_SIZE)
			die("no randomness");
		rc = put_file(path, key, PROOF_KEY_SIZE, false);
		if (rc != 0 && errno == EEXIST)
			rc = read_key(path, key);
	}
	free(path);
	return rc;
}

/* SHA-256 of the key, mixed with an octet, and of what follows. */
static void
keyed(const unsigned char key[PROOF_KEY_SIZE], unsigned char pad,
    struct str text, unsigned char out[DIGEST_SHA256_SIZE])
{
	struct buf all = BUF_INIT;

	for (size_t i = 0; i < BLOCK; i++)
		buf_addc(&all, (char)((i < PROOF_KEY_SIZE ? key[i] : 0) ^ pad));
	buf_add_str(&all, text);
	digest_sha256(buf_str(&all), out);
	buf_wipe(&all);
	buf_fini(&all);
}

void
proof_make(const unsigned char key[PROOF_KEY_SIZE], const struct str *parts,
    size_t n, char proof[PROOF_SIZE])
{
	unsigned char inner[DIGEST_SHA256_SIZE], outer[DIGEST_SHA256_SIZE];
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_addf(&text, "%zu:", parts[i].n);
		buf_add_str(&text, parts[i]);
	}
	keyed(key, 0x36, buf_str(&text), inner);
	keyed(key, 0x5c, str_make((const char *)inner, sizeof(inner)), outer);
	buf_wipe(&text);
	codec_hex_encode(
	    &text, str_make((const char *)outer, sizeof(outer)), '\0');
	memcpy(proof, text.data, PROOF_SIZE);
	buf_fini(&text);
	explicit_bzero(inner, sizeof(inner));
}

bool
proof_same(struct str a, struct str b)
{
	unsigned char different = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		different |= (unsigned char)(a.p[i] ^ b.p[i]);
	return different == 0;
}

bool
proof_known(const char *folder, const char *name, const char *proof)
{
	char *path = mem_format("%s/" PROOFS "/%s", folder, name);
	size_t n = 0;
	char *octets = io_read_file(path, PROOF_SIZE, &n);
	bool same =
	    octets != NULL && proof_same(str_make(octets, n), str_of(proof));

	free(octets);
	free(path);
	return same;
}

void
proof_keep(const char *folder, const char *name, const char *proof)
{
	char *proofs = mem_format("%s/" PROOFS, folder);
	char *path = mem_format("%s/%s", proofs, name);

	if (io_make_path(proofs, 0700) == 0)
		(void)put_file(path, proof, strlen(proof), true);
	free(path);
	free(proofs);
}
