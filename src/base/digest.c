/* SPDX-License-Identifier: MIT */
/* digest.c: MD5, SHA-1, SHA-256, and apr1 for old password files */

#include "base/digest.h"

#include <stdint.h>
#include <string.h>

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#define APR1_ROUNDS 1000

static const char digits[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const struct str apr1_prefix = {"$apr1$", 6};

int
digest_digit(char c)
{
	const char *hit = c == '\0' ? NULL : strchr(digits, c);

	return hit == NULL ? -1 : (int)(hit - digits);
}

bool
digest_is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (digest_digit(s.p[i]) < 0)
			return false;
	return true;
}

void
digest_md5(struct str s, unsigned char out[DIGEST_MD5_SIZE])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, s.n, (const uint8_t *)s.p);
	md5_digest(&ctx, DIGEST_MD5_SIZE, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

void
digest_sha256(struct str s, unsigned char out[DIGEST_SHA256_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, s.n, (const uint8_t *)s.p);
	sha256_digest(&ctx, DIGEST_SHA256_SIZE, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

void
digest_sha1(
    struct str head, struct str tail, unsigned char out[DIGEST_SHA1_SIZE])
{
	struct sha1_ctx ctx;

	sha1_init(&ctx);
	sha1_update(&ctx, head.n, (const uint8_t *)head.p);
	sha1_update(&ctx, tail.n, (const uint8_t *)tail.p);
	sha1_digest(&ctx, DIGEST_SHA1_SIZE, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

static void
md5_add(struct md5_ctx *ctx, struct str s)
{
	md5_update(ctx, s.n, (const uint8_t *)s.p);
}

/* The digest from which the rounds start. */
static void
apr1_start(struct str password, struct str salt, uint8_t sum[MD5_DIGEST_SIZE])
{
	static const uint8_t zero;
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_add(&ctx, password);
	md5_add(&ctx, salt);
	md5_add(&ctx, password);
	md5_digest(&ctx, MD5_DIGEST_SIZE, sum);

	md5_init(&ctx);
	md5_add(&ctx, password);
	md5_add(&ctx, apr1_prefix);
	md5_add(&ctx, salt);
	for (size_t left = password.n; left > 0;) {
		size_t n = left < MD5_DIGEST_SIZE ? left : MD5_DIGEST_SIZE;

		md5_update(&ctx, n, sum);
		left -= n;
	}
	/* The length, bit by bit: a NUL for 1, the first octet for 0. */
	for (size_t bits = password.n; bits > 0; bits >>= 1)
		md5_update(&ctx, 1,
		    (bits & 1) != 0 ? &zero : (const uint8_t *)password.p);
	md5_digest(&ctx, MD5_DIGEST_SIZE, sum);
	explicit_bzero(&ctx, sizeof(ctx));
}

static void
apr1_round(unsigned round, struct str password, struct str salt,
    uint8_t sum[MD5_DIGEST_SIZE])
{
	struct str last = str_make((const char *)sum, MD5_DIGEST_SIZE);
	bool odd = round % 2 != 0;
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_add(&ctx, odd ? password : last);
	if (round % 3 != 0)
		md5_add(&ctx, salt);
	if (round % 7 != 0)
		md5_add(&ctx, password);
	md5_add(&ctx, odd ? last : password);
	md5_digest(&ctx, MD5_DIGEST_SIZE, sum);
	explicit_bzero(&ctx, sizeof(ctx));
}

/* Writes the lowest bits first, six of them for each digit. */
static char *
put_digits(char *out, uint32_t bits, size_t n)
{
	for (; n > 0; n--, bits >>= 6)
		*out++ = digits[bits & 63];
	return out;
}

void
digest_apr1(struct str password, struct str salt, char out[DIGEST_APR1_SIZE])
{
	/* Which octets go together, the highest first. */
	static const uint8_t group[5][3] = {
	    {0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};
	uint8_t sum[MD5_DIGEST_SIZE];

	apr1_start(password, salt, sum);
	for (unsigned round = 0; round < APR1_ROUNDS; round++)
		apr1_round(round, password, salt, sum);
	for (size_t i = 0; i < 5; i++)
		out = put_digits(out,
		    (uint32_t)sum[group[i][0]] << 16 |
			(uint32_t)sum[group[i][1]] << 8 | sum[group[i][2]],
		    4);
	put_digits(out, sum[11], 2);
	explicit_bzero(sum, sizeof(sum));
}
