/* SPDX-License-Identifier: MIT */
/* test_id.c: the form of message IDs */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mail/id.h"

#define FRESH 1000

static int fixed_octet = -1; /* what getrandom() gives; -1: what it likes */
static int interruptions;

/* Stands in for the C library's. */
ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	if (interruptions > 0) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	if (fixed_octet >= 0) {
		memset(p, fixed_octet, n);
		return (ssize_t)n;
	}
	return syscall(SYS_getrandom, p, n, flags);
}

Test(id, a_fresh_one_is_valid)
{
	for (int i = 0; i < FRESH; i++) {
		char id[ID_SIZE];

		id_fresh(id);
		cr_assert_eq(strlen(id), ID_LENGTH);
		cr_assert(id_is_valid(str_of(id)), "%s", id);
	}
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

Test(id, fresh_ones_differ)
{
	static char ids[FRESH][ID_SIZE];

	for (int i = 0; i < FRESH; i++)
		id_fresh(ids[i]);
	qsort(ids, FRESH, ID_SIZE, compare);
	for (int i = 1; i < FRESH; i++)
		cr_assert_str_neq(ids[i - 1], ids[i]);
}

/*
 * The expected texts are the UUIDs 00000000-0000-4000-8000-000000000000 and
 * ffffffff-ffff-4fff-bfff-ffffffffffff in base 62.
 */
Test(id, it_is_a_version_4_uuid_in_base_62)
{
	char id[ID_SIZE];

	fixed_octet = 0x00;
	id_fresh(id);
	cr_assert_str_eq(id, "000000001VgEh72lXvTXkG");
	fixed_octet = 0xff;
	id_fresh(id);
	cr_assert_str_eq(id, "7n42DGM5PW9UTFKxP3NWYh");
}

Test(id, an_interrupted_call_is_repeated)
{
	char id[ID_SIZE];

	interruptions = 3;
	id_fresh(id);
	cr_assert_eq(interruptions, 0);
	cr_assert(id_is_valid(str_of(id)));
}

Test(id, only_the_exact_form_is_valid)
{
	static const struct {
		const char *label, *text;
		bool valid;
	} cases[] = {
	    {"zero", "0000000000000000000000", true},
	    {"letters of both cases", "7AZaz09AZaz09AZaz09AZa", true},
	    {"more than 128 bits", "8000000000000000000000", false},
	    {"begins with a letter", "A000000000000000000000", false},
	    {"one too short", "000000000000000000000", false},
	    {"one too long", "00000000000000000000000", false},
	    {"empty", "", false},
	    {"hyphen", "0000000000-00000000000", false},
	    {"slash", "0000000000/00000000000", false},
	    {"dots", "0000000000..0000000000", false},
	    {"8-bit",
		"0000000000\xe4"
		"00000000000",
		false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(id_is_valid(str_of(cases[i].text)), cases[i].valid,
		    "%s", cases[i].label);
	cr_expect_not(
	    id_is_valid(str_make("000000000000000000000\0", 22)), "NUL in it");
}
