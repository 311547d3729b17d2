/* SPDX-License-Identifier: MIT */
/* test_mime_addrlist.c: address lists of header fields, and dates */

#include <criterion/criterion.h>

#include "mime/addrlist.h"
#include "mime/date.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(addrlist, lists_are_read)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", ""},
	    {"a@b.c", "\ta@b.c\n"},
	    {"<a@b.c>", "\ta@b.c\n"},
	    {"Joe <a@b.c>", "Joe\ta@b.c\n"},
	    {"Joe Q. Public <a@b.c>", "Joe Q. Public\ta@b.c\n"},
	    {"\"Public, Joe\" <a@b.c>", "Public, Joe\ta@b.c\n"},
	    {"\"a \\\"b\\\"\" <a@b.c>", "a \"b\"\ta@b.c\n"},
	    {"a@b.c (Joe)", "Joe\ta@b.c\n"},
	    {"Joe (comment) <a@b.c>", "Joe\ta@b.c\n"},
	    {"=?utf-8?q?J=C3=B6e=2C?= <a@b.c>", "Jöe,\ta@b.c\n"},
	    {"\"=?utf-8?q?J=C3=B6e?=\" <a@b.c>", "Jöe\ta@b.c\n"},
	    {"=?utf-8?q?a?= =?utf-8?q?b?= <a@b.c>", "ab\ta@b.c\n"},
	    {"Jöe <jöe@bücher.example>", "Jöe\tjöe@bücher.example\n"},
	    {"a@b.c, d@e.f", "\ta@b.c\n\td@e.f\n"},
	    {", a@b.c,, d@e.f,", "\ta@b.c\n\td@e.f\n"},
	    {"joe@x.y <a@b.c>", "joe@x.y\ta@b.c\n"},
	    {"G: a@b.c, d@e.f;", "\ta@b.c\n\td@e.f\n"},
	    {"G: a@b.c;, d@e.f", "\ta@b.c\n\td@e.f\n"},
	    {"G: a@b.c; d@e.f", "\ta@b.c\n\td@e.f\n"},
	    {"undisclosed-recipients:;", ""},
	    {"undisclosed-recipients: ;", ""},
	    {"\"a b\"@c.d", "\ta b@c.d\n"},
	    {"a@[192.0.2.1]", "\ta@[192.0.2.1]\n"},
	    {"<@r.s,@t.u:a@b.c>", "\ta@b.c\n"},
	    {"a @ b.c", "\ta@b.c\n"},
	    {"a@b.c d@e.f", "\ta@b.c\n\td@e.f\n"},
	    {"Joe <a@b.c> Bob <d@e.f>", "Joe\ta@b.c\nBob\td@e.f\n"},
	    {"a@b.c; d@e.f", "\ta@b.c\n\td@e.f\n"},
	    {"a..b@c.d", "\ta..b@c.d\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf list = BUF_INIT;

		cr_expect(addrlist_parse(&list, str_of(cases[i].in)), "%s",
		    cases[i].in);
		cr_expect_str_eq(list.data, cases[i].out, "%s: \"%s\"",
		    cases[i].in, list.data);
		buf_fini(&list);
	}
}

Test(addrlist, what_does_not_parse_gives_nothing_at_all)
{
	static const char *const cases[] = {"joe", "a@b.c, joe", "<>", "Joe <",
	    "Joe <a@b.c", "Joe <a>", "@b.c", "a@", "((((", "a@b.c (",
	    "\"open <a@b.c>", "a@b.c, \"", "a@[1.2", "<<a@b.c>>", "a: b: c;",
	    ")", "<@r.s a@b.c>", "a@b.c, x y z"};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf list = BUF_INIT;

		buf_adds(&list, "before");
		cr_expect_not(
		    addrlist_parse(&list, str_of(cases[i])), "%s", cases[i]);
		cr_expect_str_eq(list.data, "before", "%s", cases[i]);
		buf_fini(&list);
	}
}

Test(date, forms_of_rfc_5322_and_older_ones_are_read)
{
	static const struct {
		const char *in;
		int64_t seconds;
		int offset;
	} cases[] = {
	    {"Thu, 1 Jan 1970 00:00:00 +0000", 0, 0},
	    {"Mon, 23 Nov 2026 23:26:57 +0000", 1795476417, 0},
	    {"Mon, 23 Nov 2026 23:26:57 +0130", 1795471017, 90},
	    {"23 Nov 2026 23:26:57 -0500", 1795494417, -300},
	    {"Mon, 23 Nov 2026 23:26 +0000", 1795476360, 0},
	    {"Mon, 23 Nov 2026 23:26:57 GMT", 1795476417, 0},
	    {"Mon, 23 Nov 2026 23:26:57 EST", 1795494417, -300},
	    {"Mon, 23 Nov 2026 23:26:57 X", 1795476417, 0},
	    {"Mon, 23 Nov 2026 23:26:57", 1795476417, 0},
	    {"Mon, 23 Nov 2026 23:26:57 +0000 (UTC)", 1795476417, 0},
	    {"Mon (x), 23 (y) Nov 2026 23:26:57 +0000", 1795476417, 0},
	    {"Mon, 23 November 2026 23:26:57 +0000", 1795476417, 0},
	    {"Mon, 23 Nov 26 23:26:57 +0000", 1795476417, 0},
	    {"Mon, 23 Nov 126 23:26:57 +0000", 1795476417, 0},
	    {"Mon Nov 23 23:26:57 2026", 1795476417, 0},
	    {"Monday, 23-Nov-26 23:26:57 GMT", 1795476417, 0},
	    {"23-Nov-2026 23:26:57 +0000", 1795476417, 0},
	    {"Mon, 23 Nov 2026 23:26:57 +00:00", 1795476417, 0},
	    {"Mon, 23 Nov 2026 23:26:57.123 +0000", 1795476417, 0},
	    {"29 Feb 2024 00:00:00 +0000", 1709164800, 0},
	    {"31 Dec 1969 23:59:59 +0000", -1, 0},
	    {"30 Jun 2015 23:59:60 +0000", 1435708800, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t seconds = -99;
		int offset = -99;

		cr_expect(date_parse(str_of(cases[i].in), &seconds, &offset),
		    "%s", cases[i].in);
		cr_expect_eq(seconds, cases[i].seconds, "%s: %lld", cases[i].in,
		    (long long)seconds);
		cr_expect_eq(
		    offset, cases[i].offset, "%s: %d", cases[i].in, offset);
	}
}

Test(date, what_is_no_date_is_refused)
{
	static const char *const cases[] = {"", "yesterday", "23 Nov",
	    "23 Foo 2026 10:00 +0000", "32 Nov 2026 10:00 +0000",
	    "0 Nov 2026 10:00 +0000", "31 Nov 2026 10:00 +0000",
	    "29 Feb 2023 10:00 +0000", "23 Nov 2026 24:00 +0000",
	    "23 Nov 2026 10:60 +0000", "23 Nov 2026 10:00:61 +0000",
	    "23 Nov 2026 10:00 +9999", "23 Nov 99999 10:00 +0000", "((((",
	    "Mon, ((((", "23 Nov 2026"};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t seconds = 7;
		int offset = 7;

		cr_expect_not(date_parse(str_of(cases[i]), &seconds, &offset),
		    "%s", cases[i]);
		cr_expect(seconds == 7 && offset == 7, "%s", cases[i]);
	}
}
