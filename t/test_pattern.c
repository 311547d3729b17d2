/* SPDX-License-Identifier: MIT */
/* test_pattern.c: regular expressions over addresses */

#include "mail/pattern.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *expression, *address;
	enum pattern_verdict verdict;
} rows[] = {
    {"@example\\.com$", "a@example.com", PATTERN_MATCHES},
    {"@example\\.com$", "a@example.org", PATTERN_DIFFERS},
    {"@example\\.com$", "a@exampleXcom", PATTERN_DIFFERS},
    /* unanchored, case-sensitive */
    {"ex", "a@example.com", PATTERN_MATCHES},
    {"EX", "a@example.com", PATTERN_DIFFERS},
    {"(?i)EX", "a@example.com", PATTERN_MATCHES},
    {"^a@", "ba@example.com", PATTERN_DIFFERS},
    {"^(alice|bob)\\+[a-z0-9]+@", "bob+7@x", PATTERN_MATCHES},
    {"^(?P<user>\\w+)@\\pL+$",
	"j\xc3\xb6"
	"e@x",
	PATTERN_DIFFERS},
    {"^.@x$", "\xc3\xb6@x", PATTERN_MATCHES},
    {"", "a@x", PATTERN_MATCHES},
    {"", "", PATTERN_MATCHES},
    {".", "", PATTERN_DIFFERS},
    {"^[[:alpha:]]+@x$", "abc@x", PATTERN_MATCHES},
};

Test(pattern, perls_syntax_as_mailpit_users_write_it)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf why = BUF_INIT;
		struct pattern *p = pattern_new(rows[i].expression, &why);

		cr_assert_neq(p, NULL, "%s: %s", rows[i].expression, why.data);
		cr_expect_eq(pattern_match(p, str_of(rows[i].address)),
		    rows[i].verdict, "%s %s", rows[i].expression,
		    rows[i].address);
		pattern_free(p);
		buf_fini(&why);
	}
}

Test(pattern, a_broken_expression_is_refused_with_its_place)
{
	static const struct {
		const char *expression, *place;
	} broken[] = {
	    {"a(", "at offset 2 of \"a(\""},
	    {"[a", "at offset 2 of \"[a\""},
	    {"*", "at offset 0 of \"*\""},
	    {"a\xff", "of \"a\xff\""},
	    {"(?P<x", "of \"(?P<x\""},
	};

	for (size_t i = 0; i < COUNT(broken); i++) {
		struct buf why = BUF_INIT;

		cr_expect_eq(pattern_new(broken[i].expression, &why), NULL);
		cr_expect_neq(strstr(why.data, broken[i].place), NULL, "%s: %s",
		    broken[i].expression, why.data);
		buf_fini(&why);
	}
}

Test(pattern, an_unlucky_expression_gives_up_soon)
{
	static const char *const unlucky[] = {
	    "^(a|aa)+$", "^(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"};
	char subject[1024];

	memset(subject, 'a', sizeof(subject));
	subject[sizeof(subject) - 1] = '!';
	for (size_t i = 0; i < COUNT(unlucky); i++) {
		struct buf why = BUF_INIT;
		struct pattern *p = pattern_new(unlucky[i], &why);
		clock_t begun = clock();

		cr_assert_neq(p, NULL, "%s", why.data);
		cr_expect_eq(
		    pattern_match(p, str_make(subject, sizeof(subject))),
		    PATTERN_GAVE_UP, "%s", unlucky[i]);
		cr_expect_lt(
		    clock() - begun, CLOCKS_PER_SEC / 4, "%s", unlucky[i]);
		pattern_free(p);
		buf_fini(&why);
	}
}

Test(pattern, what_is_no_utf8_is_never_a_match)
{
	struct buf why = BUF_INIT;
	struct pattern *p = pattern_new("a", &why);

	cr_assert_neq(p, NULL);
	cr_expect_neq(pattern_match(p, STR("a\xff")), PATTERN_MATCHES);
	pattern_free(p);
	buf_fini(&why);
}

Test(pattern, one_pattern_serves_many_addresses)
{
	struct buf why = BUF_INIT;
	struct pattern *p = pattern_new("^(.)(.)@", &why);

	cr_assert_neq(p, NULL);
	for (size_t i = 0; i < 1000; i++) {
		cr_assert_eq(pattern_match(p, STR("ab@c")), PATTERN_MATCHES);
		cr_assert_eq(pattern_match(p, STR("a@c")), PATTERN_DIFFERS);
	}
	pattern_free(p);
	pattern_free(NULL);
	buf_fini(&why);
}
