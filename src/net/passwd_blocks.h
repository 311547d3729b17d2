/* SPDX-License-Identifier: MIT */
#ifndef NET_PASSWD_BLOCKS_H
#define NET_PASSWD_BLOCKS_H

/*
 * passwd_blocks: the cost parameters inside scrypt and yescrypt hashes.
 *
 * Pure functions over borrowed slices. scrypt (RFC 7914) fills N * r blocks
 * of 128 octets, p times over; yescrypt can do more rounds on the same memory.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct blocks {
	uint64_t log_n; /* N is two to the power of this */
	uint64_t r;
	uint64_t p;
	uint64_t times; /* 1, and yescrypt's t */
};

/*
 * Takes the parameters of a $7$ hash off the front of *rest. Returns false
 * when they are malformed or such that no hash can be computed.
 */
bool blocks_take_scrypt(struct blocks *b, struct str *rest);

/* The same for all that stands between the first two $ of $y$ and $gy$. */
bool blocks_read_yescrypt(struct blocks *b, struct str params);

/* N * r * p * times is at most so many blocks. */
bool blocks_fit(const struct blocks *b, uint64_t most);

#endif
