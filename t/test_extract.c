/* SPDX-License-Identifier: MIT */
/* test_extract.c: links and one-time codes */

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "web/extract.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* All values, with a bar between them. */
static void
expect(const struct extract_found *all, size_t n, const char *text,
    const char *label)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_adds(&out, i > 0 ? "|" : "");
		buf_add_str(&out, all[i].value);
	}
	cr_expect_str_eq(out.data, text, "%s", label);
	buf_fini(&out);
}

Test(extract, links)
{
	static const struct {
		const char *text, *links;
	} cases[] = {
	    {"see https://a.example/x?y=1&z=2.", "https://a.example/x?y=1&z=2"},
	    {"(http://a.example/b)", "http://a.example/b"},
	    {"http://a.example/b_(c)", "http://a.example/b_(c)"},
	    {"<https://a.example/>", "https://a.example/"},
	    {"link ( https://a.example/ )", "https://a.example/"},
	    {"HTTPS://A.example", "HTTPS://A.example"},
	    {"xhttp://a.example", ""},
	    {"http:// nothing", ""},
	    {"ftp://a.example", ""},
	    {"http://a/1 http://a/2\nhttp://a/1", "http://a/1|http://a/2"},
	    {"\"http://a/1\",'http://a/2'", "http://a/1|http://a/2"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extract e = {.link_count = 0};

		extract_links(&e, str_of(cases[i].text));
		expect(e.links, e.link_count, cases[i].links, cases[i].text);
		extract_fini(&e);
	}
}

Test(extract, codes)
{
	static const struct {
		const char *subject, *text, *codes;
	} cases[] = {
	    {"", "Your code is 123456.", "123456"},
	    {"", "Your code:\n\n  4711\n", "4711"},
	    {"", "PIN: 0042", "0042"},
	    {"", "code 123 456 or 789-012", "123456|789012"},
	    {"", "verification code G-123456", "123456"},
	    {"", "Use code AB12CD to log in", "AB12CD"},
	    {"", "Ihr Code lautet 998877", "998877"},
	    {"Your login code", "Hello!\n\nfiller\nfiller\n\n246810\n",
		"246810"},
	    {"123456 is your code", "", "123456"},
	    {"", "We shipped order 123456", ""},
	    {"", "Our shopping hall has 123456 things", ""},
	    {"", "code: +491234567, $1234, 12.3456, 1234%", ""},
	    {"", "code in https://a.example/123456 only", ""},
	    {"", "code 123", ""},
	    {"", "code 123456789", ""},
	    {"", "the code word is SECRET", ""},
	    {"", "code 1234-5678-9012-3456", ""},
	    {"", "code abc123", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct extract e = {.link_count = 0};

		extract_codes(
		    &e, str_of(cases[i].subject), str_of(cases[i].text));
		expect(e.codes, e.code_count, cases[i].codes, cases[i].text);
		extract_fini(&e);
	}
}

Test(extract, the_context_is_the_line)
{
	struct extract e = {.link_count = 0};

	extract_codes(&e, STR(""), STR("x\r\n  Your code is 1234 now \r\ny"));
	cr_assert_eq(e.code_count, 1);
	cr_expect(str_eq(e.codes[0].context, STR("Your code is 1234 now")));
	extract_fini(&e);
}

Test(extract, many_codes_and_links_are_bounded)
{
	struct buf text = BUF_INIT;
	struct extract e = {.link_count = 0};

	for (size_t i = 0; i < 100000; i++)
		buf_addf(&text, "code %03zu-%03zu %zu http://a/%zu\n",
		    i / 1000 % 1000, i % 1000, 100000 + i, i);
	extract_links(&e, buf_str(&text));
	extract_codes(&e, STR(""), buf_str(&text));
	cr_expect_eq(e.link_count, EXTRACT_LINKS_MAX);
	cr_expect_eq(e.code_count, EXTRACT_CODES_MAX);
	for (size_t i = 0; i < e.code_count; i++)
		cr_expect_eq(e.codes[i].value.n, 6);
	extract_fini(&e);
	buf_fini(&text);
}
