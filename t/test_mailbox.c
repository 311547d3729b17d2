/* SPDX-License-Identifier: MIT */
/* test_mailbox.c: names and addresses packed into lines */

#include <criterion/criterion.h>
#include <string.h>

#include "mail/mailbox.h"

Test(mailbox, what_was_added_comes_out_in_order)
{
	struct buf list = BUF_INIT;
	struct str rest, name, address;

	mailbox_add(&list, STR("Joe"), STR("joe@example.com"));
	mailbox_add(&list, STR(""), STR("b@example.com"));
	mailbox_add(&list, STR("only a name"), STR(""));
	cr_assert_eq(mailbox_count(buf_str(&list)), 3);
	rest = buf_str(&list);
	cr_assert(mailbox_next(&rest, &name, &address));
	cr_assert(str_eq(name, STR("Joe")));
	cr_assert(str_eq(address, STR("joe@example.com")));
	cr_assert(mailbox_next(&rest, &name, &address));
	cr_assert_eq(name.n, 0);
	cr_assert(str_eq(address, STR("b@example.com")));
	cr_assert(mailbox_next(&rest, &name, &address));
	cr_assert(str_eq(name, STR("only a name")));
	cr_assert_eq(address.n, 0);
	cr_assert_not(mailbox_next(&rest, &name, &address));
	buf_fini(&list);
}

Test(mailbox, control_characters_become_blanks)
{
	static const struct {
		const char *name, *address, *line;
	} cases[] = {
	    {"a\tb", "c@d", "a b\tc@d\n"},
	    {"a\nb\r", "c\n@d", "a b \tc @d\n"},
	    {"\x7f\x01", "x", "  \tx\n"},
	    {"caf\xc3\xa9\xc2\x85z", "x", "caf\xc3\xa9 z\tx\n"},
	    {"\xc2\xa0", "x", "\xc2\xa0\tx\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf list = BUF_INIT;

		mailbox_add(
		    &list, str_of(cases[i].name), str_of(cases[i].address));
		cr_assert_str_eq(list.data, cases[i].line, "case %zu", i);
		buf_fini(&list);
	}
}

Test(mailbox, an_empty_list_has_none)
{
	struct str rest = STR(""), name, address;

	cr_assert_eq(mailbox_count(rest), 0);
	cr_assert_not(mailbox_next(&rest, &name, &address));
}
