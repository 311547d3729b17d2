/* SPDX-License-Identifier: MIT */
/* test_proof.c: the key beside the index, and what is proved with it */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support.h"
#include "web/proof.h"

Test(proof, the_key_is_made_once_and_nobody_elses)
{
	unsigned char one[PROOF_KEY_SIZE], two[PROOF_KEY_SIZE];
	char *folder = support_path("a/b"), *file;
	struct stat st;

	cr_assert_eq(proof_key(folder, one), 0);
	cr_assert_eq(proof_key(folder, two), 0);
	cr_expect_eq(memcmp(one, two, sizeof(one)), 0);
	file = mem_format("%s/secret", folder);
	cr_assert_eq(stat(file, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	cr_expect_eq(support_count(folder), 1);
	/* One that was cut short is made anew. */
	cr_assert_eq(truncate(file, 3), 0);
	cr_assert_eq(proof_key(folder, two), 0);
	cr_expect_neq(memcmp(one, two, sizeof(one)), 0);
	free(file);
	free(folder);
}

Test(proof, is_an_hmac_over_parts_with_their_lengths)
{
	unsigned char key[PROOF_KEY_SIZE];
	char one[PROOF_SIZE], two[PROOF_SIZE];

	memset(key, 0x0b, sizeof(key));
	/* printf '2:Hi5:There' | openssl dgst -sha256 -mac HMAC -macopt
	 * hexkey:0b... (32 times) */
	proof_make(key, (struct str[]){STR("Hi"), STR("There")}, 2, one);
	cr_expect_str_eq(one,
	    "ffdb6caa6ba67285e2988e56d8f94363ac663c051db4c5ba39c89da29686649c");
	proof_make(key, (struct str[]){STR("Hi5:There")}, 1, two);
	cr_expect_str_neq(one, two);
	proof_make(key, (struct str[]){STR("HiT"), STR("here")}, 2, two);
	cr_expect_str_neq(one, two);
	key[0] ^= 1;
	proof_make(key, (struct str[]){STR("Hi"), STR("There")}, 2, two);
	cr_expect_str_neq(one, two);
}

Test(proof, what_was_kept_is_known_until_it_is_replaced)
{
	char *folder = support_path("cache");
	unsigned char key[PROOF_KEY_SIZE];

	cr_assert_eq(proof_key(folder, key), 0);
	cr_expect_not(proof_known(folder, "name", "one"));
	proof_keep(folder, "name", "one");
	cr_expect(proof_known(folder, "name", "one"));
	cr_expect_not(proof_known(folder, "name", "two"));
	proof_keep(folder, "name", "two");
	cr_expect(proof_known(folder, "name", "two"));
	cr_expect_not(proof_known(folder, "name", "one"));
	free(folder);
}

Test(proof, same_compares_all)
{
	cr_expect(proof_same(STR("abc"), STR("abc")));
	cr_expect_not(proof_same(STR("abc"), STR("abd")));
	cr_expect_not(proof_same(STR("abc"), STR("ab")));
	cr_expect(proof_same(STR(""), STR("")));
}
