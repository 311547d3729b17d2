/* SPDX-License-Identifier: MIT */
/* test_tag.c: names of tags and sorted lists of them */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "mail/tag.h"

Test(tag, a_name_is_cleaned)
{
	static const struct {
		const char *raw, *clean;
	} cases[] = {
	    {"  x!!y  ", "x y"},
	    {"plain", "plain"},
	    {"a-b_c.d@e", "a-b_c.d@e"},
	    {"\tA \n B\r", "A B"},
	    {"caf\xc3\xa9 noir", "caf noir"},
	    {"", ""},
	    {" ,;: ", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT;
		bool some = tag_clean(&out, str_of(cases[i].raw));

		cr_assert_str_eq(out.data, cases[i].clean, "case %zu", i);
		cr_assert_eq(some, cases[i].clean[0] != '\0', "case %zu", i);
		buf_fini(&out);
	}
}

Test(tag, a_long_name_is_cut_and_ends_in_no_blank)
{
	for (size_t n = 97; n <= 104; n++) {
		char raw[128];
		struct buf out = BUF_INIT;

		memset(raw, 'a', sizeof(raw));
		raw[n] = ' ';
		cr_assert(tag_clean(&out, str_make(raw, sizeof(raw))));
		cr_assert_leq(out.len, TAG_MAX);
		cr_assert_geq(out.len, TAG_MAX - 1);
		cr_assert_eq(out.data[out.len - 1], 'a', "%zu", n);
		buf_fini(&out);
	}
}

Test(tag, a_list_is_sorted_ignoring_case_and_has_none_twice)
{
	struct buf list = BUF_INIT;

	tag_add(&list, STR("mid"));
	tag_add(&list, STR("Zed"));
	tag_add(&list, STR("alpha"));
	tag_add(&list, STR("MID"));
	tag_add(&list, STR("Beta"));
	tag_add(&list, STR("mid 2"));
	cr_assert_str_eq(list.data, "alpha\nBeta\nmid\nmid 2\nZed\n");
	buf_fini(&list);
}

Test(tag, commas_separate_and_empty_ones_are_dropped)
{
	struct buf list = BUF_INIT;

	tag_add_commas(&list, STR("b, a,,!!, B ,c d"));
	cr_assert_str_eq(list.data, "a\nb\nc d\n");
	buf_fini(&list);
}

Test(tag, a_list_has_a_limit)
{
	struct buf list = BUF_INIT;
	struct str rest, name;
	size_t count = 0;

	for (int i = 0; i < 2 * TAGS_MAX; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "t%d", i);
		tag_add(&list, str_of(text));
	}
	rest = buf_str(&list);
	while (tag_next(&rest, &name))
		count++;
	cr_assert_eq(count, TAGS_MAX);
	buf_fini(&list);
}

Test(tag, membership_is_of_whole_names)
{
	struct str list = STR("alpha\nBeta two\n");

	cr_assert(tag_has(list, STR("ALPHA")));
	cr_assert(tag_has(list, STR("beta TWO")));
	cr_assert_not(tag_has(list, STR("beta")));
	cr_assert_not(tag_has(STR(""), STR("x")));
}

Test(tag, the_colour_depends_on_the_name_alone)
{
	cr_assert_eq(tag_hue(STR("Alpha")), tag_hue(STR("aLPHA")));
	cr_assert_neq(tag_hue(STR("alpha")), tag_hue(STR("beta")));
	cr_assert_lt(tag_hue(STR("")), 360);
}
