/* SPDX-License-Identifier: MIT */
/* test_buf.c: growable octets and their limit */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* What the header promises of every buf at any time. */
static void
assert_sound(const struct buf *b)
{
	cr_assert_not_null(b->data);
	cr_assert_eq(b->data[b->len], '\0');
	cr_assert(b->cap == 0 || b->len < b->cap);
	cr_assert(b->max == 0 || b->len <= b->max);
}

Test(buf, an_empty_one_is_an_empty_string)
{
	struct buf b = BUF_INIT;

	assert_sound(&b);
	cr_assert_eq(buf_str(&b).n, 0);
	buf_add(&b, NULL, 0);
	buf_adds(&b, "");
	buf_addf(&b, "%s", "");
	cr_assert_eq(b.cap, 0, "nothing needs no memory");
	buf_fini(&b);
}

Test(buf, what_is_added_is_there_in_order)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "one");
	buf_addc(&b, ' ');
	buf_add_str(&b, STR("two"));
	buf_addf(&b, " %s=%d", "three", 3);
	buf_add(&b, "\0x", 2);
	assert_sound(&b);
	cr_assert(str_eq(buf_str(&b), STR("one two three=3\0x")));
	buf_fini(&b);
	cr_assert_eq(b.len, 0);
	assert_sound(&b);
}

Test(buf, it_grows_as_far_as_needed)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_addc(&b, (char)(i % 251));
	assert_sound(&b);
	cr_assert_eq(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		cr_assert_eq(b.data[i], (char)(i % 251));
	buf_fini(&b);
}

Test(buf, a_formatted_text_may_be_long)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%5000d|%s", 7, "end");
	cr_assert_eq(b.len, 5004);
	cr_assert_str_eq(b.data + 4999, "7|end");
	buf_fini(&b);
}

Test(buf, what_goes_beyond_the_limit_is_dropped_whole_and_noted)
{
	struct buf b = BUF_INIT_MAX(10);

	buf_adds(&b, "01234567");
	cr_assert_not(b.over);
	buf_adds(&b, "abc");
	cr_assert(b.over);
	cr_assert_str_eq(b.data, "01234567");
	buf_addf(&b, "%d", 123);
	cr_assert_str_eq(b.data, "01234567");
	buf_adds(&b, "89");
	cr_assert_str_eq(b.data, "0123456789", "what fits is taken");
	cr_assert(b.over, "the flag stays");
	buf_addc(&b, 'x');
	cr_assert_eq(b.len, 10);
	assert_sound(&b);
	buf_fini(&b);
}

Test(buf, the_limit_itself_fits)
{
	for (size_t max = 1; max < 300; max++) {
		struct buf b = BUF_INIT_MAX(max);

		for (size_t i = 0; i < max; i++)
			buf_addc(&b, 'x');
		cr_assert_not(b.over, "%zu", max);
		cr_assert_eq(b.len, max);
		cr_assert_leq(b.cap, max + 1);
		buf_addc(&b, 'x');
		cr_assert(b.over, "%zu", max);
		buf_fini(&b);
	}
}

Test(buf, a_reset_forgets_contents_and_flag)
{
	struct buf b = BUF_INIT_MAX(4);

	buf_adds(&b, "abcd");
	buf_adds(&b, "e");
	buf_reset(&b);
	cr_assert_not(b.over);
	cr_assert_eq(b.len, 0);
	assert_sound(&b);
	buf_adds(&b, "wxyz");
	cr_assert_str_eq(b.data, "wxyz");
	buf_fini(&b);
}

Test(buf, a_wipe_overwrites_what_was_there)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "secret");
	buf_wipe(&b);
	cr_assert_eq(b.len, 0);
	for (size_t i = 0; i < b.cap; i++)
		cr_assert_eq(b.data[i], '\0');
	buf_fini(&b);
	buf_wipe(&b);
	assert_sound(&b);
}

Test(buf, consuming_drops_the_front)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "onetwo");
	buf_consume(&b, 0);
	cr_assert_str_eq(b.data, "onetwo");
	buf_consume(&b, 3);
	cr_assert_str_eq(b.data, "two");
	buf_consume(&b, 3);
	cr_assert_eq(b.len, 0);
	assert_sound(&b);
	buf_consume(&b, 0);
	buf_fini(&b);
}

Test(buf, consuming_too_much_is_a_bug, .exit_code = 70)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "x");
	buf_consume(&b, 2);
}

Test(buf, detaching_hands_the_octets_over)
{
	struct buf b = BUF_INIT_MAX(100);
	char *s;

	buf_adds(&b, "mine");
	s = buf_detach(&b);
	cr_assert_str_eq(s, "mine");
	free(s);
	assert_sound(&b);
	cr_assert_eq(b.max, 100);
	s = buf_detach(&b);
	cr_assert_str_eq(s, "");
	free(s);
	buf_adds(&b, "again");
	cr_assert_str_eq(b.data, "again");
	buf_fini(&b);
}

Test(buf, the_shared_empty_string_is_never_written)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	buf_reset(&a);
	buf_wipe(&a);
	buf_adds(&a, "x");
	cr_assert_str_eq(b.data, "");
	cr_assert_neq(a.data, b.data);
	buf_fini(&a);
}
