/* SPDX-License-Identifier: MIT */
/* passwd_blocks.c: read what a scrypt or yescrypt hash would cost */

#include "net/passwd_blocks.h"

#include "base/digest.h"

/* libxcrypt wants N to be 4 at least; in yescrypt, for each of the p shares. */
#define LOG_N_MIN 2

/* Takes n digits, the lowest first, off the front of *rest. */
static bool
take_fixed(struct str *rest, size_t n, uint64_t *value)
{
	uint64_t sum = 0;

	if (rest->n < n || !digest_is_digits(str_make(rest->p, n)))
		return false;
	for (size_t i = n; i > 0; i--)
		sum = sum << 6 | (uint64_t)digest_digit(rest->p[i - 1]);
	*rest = str_skip(*rest, n);
	*value = sum;
	return true;
}

/* N is one digit, r and p are five each. */
bool
blocks_take_scrypt(struct blocks *b, struct str *rest)
{
	b->times = 1;
	return take_fixed(rest, 1, &b->log_n) && take_fixed(rest, 5, &b->r) &&
	       take_fixed(rest, 5, &b->p) && b->log_n >= LOG_N_MIN &&
	       b->r > 0 && b->p > 0;
}

/*
 * Takes a number in yescrypt's variable length off the front of *rest. The
 * first digit says how many follow, the highest of them first, and takes part
 * in the value; each length counts on where the one before it ends, and the
 * shortest begins at min.
 */
static bool
take_number(struct str *rest, uint64_t min, uint64_t *value)
{
	static const int first[] = {0, 48, 56, 60, 62, 63, 64};
	uint64_t sum = min;
	size_t more = 0;
	int lead;

	if (rest->n == 0 || (lead = digest_digit(rest->p[0])) < 0)
		return false;
	for (; lead >= first[more + 1]; more++)
		sum += (uint64_t)(first[more + 1] - first[more]) << 6 * more;
	sum += (uint64_t)(lead - first[more]) << 6 * more;
	*rest = str_skip(*rest, 1);
	if (rest->n < more || !digest_is_digits(str_make(rest->p, more)))
		return false;
	for (size_t i = 0; i < more; i++)
		sum += (uint64_t)digest_digit(rest->p[i]) << 6 * (more - 1 - i);
	*rest = str_skip(*rest, more);
	*value = sum;
	return sum <= UINT32_MAX;
}

/*
 * The flavour (j, the only one that crypt(3) writes), N and r; if there is
 * more, a number whose bits say what else is told: 1 is p, 2 is t, and what
 * the others stand for cannot be computed here.
 */
bool
blocks_read_yescrypt(struct blocks *b, struct str params)
{
	uint64_t told = 0, t = 0;

	*b = (struct blocks){.p = 1};
	if (!str_begins(params, STR("j")))
		return false;
	params = str_skip(params, 1);
	if (!take_number(&params, 1, &b->log_n) ||
	    !take_number(&params, 1, &b->r))
		return false;
	if (params.n != 0 && !take_number(&params, 1, &told))
		return false;
	if (told > 3 || ((told & 1) != 0 && !take_number(&params, 2, &b->p)) ||
	    ((told & 2) != 0 && !take_number(&params, 1, &t)))
		return false;
	b->times = t + 1;
	return params.n == 0 && b->log_n >= LOG_N_MIN && b->log_n <= 63 &&
	       b->p <= UINT64_C(1) << (b->log_n - LOG_N_MIN);
}

bool
blocks_fit(const struct blocks *b, uint64_t most)
{
	uint64_t room = b->log_n > 63 ? 0 : most >> b->log_n;

	return b->r <= room && b->p <= room / b->r &&
	       b->times <= room / (b->r * b->p);
}
