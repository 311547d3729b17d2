/* SPDX-License-Identifier: MIT */
/* id.c: numbers in base 62 */

#include "mail/id.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/mem.h"

static const char digits[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void
fill_random(unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("no random numbers for a message ID");
		p += got;
		n -= (size_t)got;
	}
}

/* Divides the big-endian number by 62 and returns the remainder. */
static unsigned
divide(unsigned char number[ID_OCTETS])
{
	unsigned rest = 0;

	for (size_t i = 0; i < ID_OCTETS; i++) {
		unsigned part = rest << 8 | number[i];

		number[i] = (unsigned char)(part / 62);
		rest = part % 62;
	}
	return rest;
}

void
id_of_number(char id[ID_SIZE], unsigned char number[ID_OCTETS])
{
	for (size_t i = ID_LENGTH; i > 0; i--)
		id[i - 1] = digits[divide(number)];
	id[ID_LENGTH] = '\0';
}

void
id_fresh(char id[ID_SIZE])
{
	unsigned char number[ID_OCTETS];

	fill_random(number, sizeof(number));
	/* RFC 4122 section 4.4: the bits of version and variant. */
	number[6] = (unsigned char)((number[6] & 0x0f) | 0x40);
	number[8] = (unsigned char)((number[8] & 0x3f) | 0x80);
	id_of_number(id, number);
}

bool
id_is_valid(struct str s)
{
	if (s.n != ID_LENGTH || s.p[0] < '0' || s.p[0] > '7')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!chr_alnum(s.p[i]))
			return false;
	return true;
}
