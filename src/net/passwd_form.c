/* SPDX-License-Identifier: MIT */
/* passwd_form.c: the forms of a secret, their shapes and their costs */

#include "net/passwd_form.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "net/passwd_blocks.h"

/*
 * The bounds of cost are meant to keep one check of the longest password near
 * two seconds on a small host: the SHA forms work up to sixteen times as long
 * for 511 octets as for eight, and the peer chooses the password. Memory-hard
 * forms are held to 256 MiB (N * r * p blocks of 128 octets).
 */
#define BCRYPT_COST_MAX 14
#define SHA256_ROUNDS_MAX 600000
#define SHA512_ROUNDS_MAX 1000000
#define SHA1_ROUNDS_MAX 1000000
#define SUNMD5_ROUNDS_MAX 1000000
#define BLOCKS_MAX (256u * 1024 * 1024 / 128)

enum fault {
	FINE,
	MALFORMED,
	COSTLY,
};

struct row {
	struct str prefix;
	const char *name;
	enum form_check check;
	/* Fills salt and hash from what follows the prefix. */
	enum fault (*scan)(const struct row *, struct str, struct form *);
	size_t salt_max;
	size_t hash_len;
	uint64_t cost_min, cost_max;
	const char *cost_unit;
};

/* Visible characters, but for those that crypt(5) never lets into a hash. */
static bool
is_salt(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    strchr("$:;*!\\", s.p[i]) != NULL)
			return false;
	return true;
}

static enum fault
check_cost(const struct row *row, struct str number)
{
	uint64_t cost;

	if (!str_u64(number, &cost) || cost < row->cost_min)
		return MALFORMED;
	return cost > row->cost_max ? COSTLY : FINE;
}

/* A count of rounds; with a leading zero crypt would not give it back. */
static enum fault
check_rounds(const struct row *row, struct str number)
{
	if (str_begins(number, STR("0")))
		return MALFORMED;
	return check_cost(row, number);
}

/* salt$hash */
static enum fault
scan_salted(const struct row *row, struct str rest, struct form *form)
{
	form->salt = str_cut(&rest, '$');
	form->hash = rest;
	if (form->salt.n == 0 || form->salt.n > row->salt_max ||
	    !is_salt(form->salt))
		return MALFORMED;
	if (rest.n != row->hash_len || !digest_is_digits(rest))
		return MALFORMED;
	return FINE;
}

/* The same, and the salt is made of digits too. */
static enum fault
scan_digits(const struct row *row, struct str rest, struct form *form)
{
	enum fault fault = scan_salted(row, rest, form);

	if (fault == FINE && !digest_is_digits(form->salt))
		fault = MALFORMED;
	return fault;
}

/* [rounds=N$]salt$hash */
static enum fault
scan_sha2(const struct row *row, struct str rest, struct form *form)
{
	struct str mark = STR("rounds=");
	enum fault fault = FINE;

	if (str_begins(rest, mark)) {
		rest = str_skip(rest, mark.n);
		fault = check_rounds(row, str_cut(&rest, '$'));
	}
	return fault != FINE ? fault : scan_salted(row, rest, form);
}

/* N$salt$hash */
static enum fault
scan_sha1crypt(const struct row *row, struct str rest, struct form *form)
{
	enum fault fault = check_rounds(row, str_cut(&rest, '$'));

	return fault != FINE ? fault : scan_digits(row, rest, form);
}

/* [,rounds=N]$salt$[$]hash; one $ or two make different hashes. */
static enum fault
scan_sunmd5(const struct row *row, struct str rest, struct form *form)
{
	struct str mark = STR(",rounds=");
	struct str head = str_cut(&rest, '$');
	size_t at = str_find(rest, '$');
	enum fault fault = head.n == 0 ? FINE : MALFORMED;

	if (str_begins(head, mark))
		fault = check_rounds(row, str_skip(head, mark.n));
	if (fault != FINE)
		return fault;
	form->salt = str_make(rest.p, at);
	form->hash = str_skip(rest, at + 1);
	if (str_begins(form->hash, STR("$")))
		form->hash = str_skip(form->hash, 1);
	if (at == 0 || at > row->salt_max || !digest_is_digits(form->salt) ||
	    form->hash.n != row->hash_len || !digest_is_digits(form->hash))
		return MALFORMED;
	return FINE;
}

/* NN$ and 22 digits of salt and 31 of hash without anything between. */
static enum fault
scan_bcrypt(const struct row *row, struct str rest, struct form *form)
{
	struct str number = str_cut(&rest, '$');
	enum fault fault = number.n == 2 ? check_cost(row, number) : MALFORMED;

	if (fault != FINE)
		return fault;
	if (rest.n != row->salt_max + row->hash_len || !digest_is_digits(rest))
		return MALFORMED;
	form->salt = str_make(rest.p, row->salt_max);
	form->hash = str_skip(rest, row->salt_max);
	return FINE;
}

/* $ and 32 lower-case hexadecimal digits; this form has no salt. */
static enum fault
scan_nt(const struct row *row, struct str rest, struct form *form)
{
	if (!str_begins(rest, STR("$")))
		return MALFORMED;
	form->hash = str_skip(rest, 1);
	if (form->hash.n != row->hash_len)
		return MALFORMED;
	for (size_t i = 0; i < form->hash.n; i++)
		if (form->hash.p[i] == '\0' ||
		    strchr("0123456789abcdef", form->hash.p[i]) == NULL)
			return MALFORMED;
	return FINE;
}

/* parameters without an end, then salt$hash */
static enum fault
scan_scrypt(const struct row *row, struct str rest, struct form *form)
{
	struct blocks blocks;

	form->memory_hard = true;
	if (!blocks_take_scrypt(&blocks, &rest))
		return MALFORMED;
	if (!blocks_fit(&blocks, row->cost_max))
		return COSTLY;
	return scan_digits(row, rest, form);
}

/* yescrypt's salt is whole octets, the lowest bits first, no bit left over. */
static bool
is_whole_octets(struct str s)
{
	static const int last_below[] = {64, 0, 4, 16};

	return s.n > 0 && digest_digit(s.p[s.n - 1]) < last_below[s.n % 4];
}

/* parameters$salt$hash */
static enum fault
scan_yescrypt(const struct row *row, struct str rest, struct form *form)
{
	struct blocks blocks;
	enum fault fault;

	form->memory_hard = true;
	if (!blocks_read_yescrypt(&blocks, str_cut(&rest, '$')))
		return MALFORMED;
	if (!blocks_fit(&blocks, row->cost_max))
		return COSTLY;
	fault = scan_digits(row, rest, form);
	if (fault == FINE && !is_whole_octets(form->salt))
		fault = MALFORMED;
	return fault;
}

static enum fault
scan_plain(const struct row *row, struct str rest, struct form *form)
{
	(void)row;
	form->hash = rest;
	return rest.n == 0 || rest.n > FORM_PASSWORD_MAX ? MALFORMED : FINE;
}

/* base64 of a digest and, where the form has one, of a salt behind it */
static enum fault
scan_sha1(const struct row *row, struct str rest, struct form *form)
{
	struct buf raw = BUF_INIT_MAX(DIGEST_SHA1_SIZE + FORM_SSHA_SALT_MAX);
	size_t least = DIGEST_SHA1_SIZE + (row->salt_max > 0 ? 1 : 0);
	bool good = codec_base64_decode(&raw, rest) && !raw.over &&
		    raw.len >= least &&
		    raw.len <= DIGEST_SHA1_SIZE + row->salt_max;

	form->hash = rest;
	buf_wipe(&raw);
	buf_fini(&raw);
	return good ? FINE : MALFORMED;
}

/* clang-format off */
#define PREFIX(lit) {"" lit, sizeof(lit) - 1}
#define CRYPT(lit, title, scanner, salt, hash) \
	.prefix = PREFIX(lit), .name = (title), .check = FORM_CRYPT, \
	.scan = (scanner), .salt_max = (salt), .hash_len = (hash)
#define COST(least, most, unit) \
	.cost_min = (least), .cost_max = (most), .cost_unit = (unit)
#define BCRYPT_COST COST(4, BCRYPT_COST_MAX, "logarithm of rounds")
#define BLOCKS_COST COST(0, BLOCKS_MAX, "N * r * p")

static const struct row rows[] = {
	{.prefix = PREFIX("{PLAIN}"), .name = "{PLAIN}", .check = FORM_PLAIN,
	    .scan = scan_plain},
	{.prefix = PREFIX("{SHA}"), .name = "{SHA}", .check = FORM_SHA1,
	    .scan = scan_sha1},
	{.prefix = PREFIX("{SSHA}"), .name = "{SSHA}", .check = FORM_SHA1,
	    .scan = scan_sha1, .salt_max = FORM_SSHA_SALT_MAX},
	{.prefix = PREFIX("$apr1$"), .name = "apr1", .check = FORM_APR1,
	    .scan = scan_salted, .salt_max = 8, .hash_len = DIGEST_APR1_SIZE},
	{CRYPT("$1$", "md5crypt", scan_salted, 8, 22)},
	{CRYPT("$2a$", "bcrypt", scan_bcrypt, 22, 31), BCRYPT_COST},
	{CRYPT("$2b$", "bcrypt", scan_bcrypt, 22, 31), BCRYPT_COST},
	{CRYPT("$2x$", "bcrypt", scan_bcrypt, 22, 31), BCRYPT_COST},
	{CRYPT("$2y$", "bcrypt", scan_bcrypt, 22, 31), BCRYPT_COST},
	{CRYPT("$3$", "NT", scan_nt, 0, 32)},
	{CRYPT("$5$", "sha256crypt", scan_sha2, 16, 43),
	    COST(1000, SHA256_ROUNDS_MAX, "rounds")},
	{CRYPT("$6$", "sha512crypt", scan_sha2, 16, 86),
	    COST(1000, SHA512_ROUNDS_MAX, "rounds")},
	{CRYPT("$7$", "scrypt", scan_scrypt, 86, 43), BLOCKS_COST},
	{CRYPT("$y$", "yescrypt", scan_yescrypt, 86, 43), BLOCKS_COST},
	{CRYPT("$gy$", "gost-yescrypt", scan_yescrypt, 86, 43), BLOCKS_COST},
	{CRYPT("$sha1$", "sha1crypt", scan_sha1crypt, 64, 28),
	    COST(1, SHA1_ROUNDS_MAX, "rounds")},
	{CRYPT("$md5", "SunMD5", scan_sunmd5, 16, 22),
	    COST(1, SUNMD5_ROUNDS_MAX, "rounds")},
};
/* clang-format on */

static bool
read_prefixed(struct form *form, struct str secret, struct buf *why)
{
	const struct row *row = NULL;
	enum fault fault;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_begins(secret, rows[i].prefix))
			row = &rows[i];
	if (row == NULL) {
		buf_adds(why, "unknown password form (a password that begins "
			      "with $ or { is written behind {PLAIN})");
		return false;
	}
	form->check = row->check;
	form->text = secret;
	fault = row->scan(row, str_skip(secret, row->prefix.n), form);
	if (fault == MALFORMED)
		buf_addf(why, "malformed %s password", row->name);
	else if (fault == COSTLY)
		buf_addf(why,
		    "too costly %s password, the most is %" PRIu64 " (%s)",
		    row->name, row->cost_max, row->cost_unit);
	return fault == FINE;
}

/*
 * What tools and people put there to lock a user: ! or *, or such in front of
 * the hash. Any other text behind them may be meant as a password, so that
 * nobody can tell whether it should let in.
 */
static bool
read_locked(struct form *form, struct str secret, struct buf *why)
{
	while (str_begins(secret, STR("!")) || str_begins(secret, STR("*")))
		secret = str_skip(secret, 1);
	if (secret.n == 0 || secret.p[0] == '$' || secret.p[0] == '{') {
		form->check = FORM_LOCKED;
		return true;
	}
	buf_adds(why, "neither locked nor a password (a password that begins "
		      "with ! or * is written behind {PLAIN})");
	return false;
}

bool
form_read(struct form *form, struct str secret, struct buf *why)
{
	*form = (struct form){.check = FORM_PLAIN, .hash = secret};
	if (secret.n == 0) {
		buf_adds(why, "empty password");
		return false;
	}
	if (secret.p[0] == ' ') {
		buf_adds(why, "blank behind ':' (a password that begins with "
			      "a blank is written behind {PLAIN})");
		return false;
	}
	if (secret.p[0] == '!' || secret.p[0] == '*')
		return read_locked(form, secret, why);
	if (secret.p[0] == '$' || secret.p[0] == '{')
		return read_prefixed(form, secret, why);
	if (secret.n > FORM_PASSWORD_MAX) {
		buf_addf(
		    why, "password longer than %d octets", FORM_PASSWORD_MAX);
		return false;
	}
	return true;
}
