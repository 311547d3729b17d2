/* SPDX-License-Identifier: MIT */
/* test_addr.c: what is an address of the envelope, and what is odd about it */

#include "mail/addr.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* mailbox NULL: as given between the brackets */
static const struct {
	const char *in;
	const char *mailbox, *rest;
	unsigned oddities;
} accepted[] = {
    {"<>", "", "", 0},
    {"<> SIZE=1", "", "SIZE=1", 0},
    {"<a@b>", "a@b", "", 0},
    {"<a@localhost>", "a@localhost", "", 0},
    {"<a@b.c> X Y=1", "a@b.c", "X Y=1", 0},
    {"<a@b.c>\tX", "a@b.c", "X", 0},
    {"<a@b.c>   ", "a@b.c", "", 0},
    {" <a@b.c>", "a@b.c", "", ADDR_ODD_SPACE},
    {"\t <a@b.c>", "a@b.c", "", ADDR_ODD_SPACE},
    {"<a.b+c=d/e@f-g.h>", "a.b+c=d/e@f-g.h", "", 0},
    {"<!#$%&'*+-/=?^_`{|}~@b>", "!#$%&'*+-/=?^_`{|}~@b", "", 0},
    {"<a@1.2.3.4>", "a@1.2.3.4", "", 0},
    {"<\"\"@b>", "\"\"@b", "", 0},
    {"<\"a b\"@c.d>", "\"a b\"@c.d", "", 0},
    {"<\"a@b\"@c.d>", "\"a@b\"@c.d", "", 0},
    {"<\"a>b\"@c.d> Z", "\"a>b\"@c.d", "Z", 0},
    {"<\"<\"@c.d>", "\"<\"@c.d", "", 0},
    {"<\"a\\\"b\"@c.d>", "\"a\\\"b\"@c.d", "", 0},
    {"<\"a\\\\\"@c.d>", "\"a\\\\\"@c.d", "", 0},
    {"<a@[192.0.2.1]>", "a@[192.0.2.1]", "", 0},
    {"<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "", 0},
    {"<a@[ipv6:::ffff:192.0.2.1]>", "a@[ipv6:::ffff:192.0.2.1]", "", 0},
    {"<a@[::1]>", "a@[::1]", "", ADDR_ODD_LITERAL},
    {"<a@[x-tag:content]>", "a@[x-tag:content]", "", 0},
    {"<a@b_c.d>", "a@b_c.d", "", ADDR_ODD_DOMAIN},
    {"<a@*.d>", "a@*.d", "", ADDR_ODD_DOMAIN},
    {"<a@-b.d>", "a@-b.d", "", ADDR_ODD_DOMAIN},
    {"<a@b-.d>", "a@b-.d", "", ADDR_ODD_DOMAIN},
    {"<j\xc3\xb6@b.c>", "j\xc3\xb6@b.c", "", ADDR_IS_UTF8},
    {"<a@b\xc3\xbc.de>", "a@b\xc3\xbc.de", "", ADDR_IS_UTF8},
    {"<\"\xe2\x98\x83\"@b.c>", "\"\xe2\x98\x83\"@b.c", "", ADDR_IS_UTF8},
    {"<postmaster>", "postmaster", "", 0},
    {"<PostMaster> A=b", "PostMaster", "A=b", 0},
    {"<@one:a@b>", "a@b", "", ADDR_ODD_ROUTE},
    {"<@one.x,@two.y:a@b>", "a@b", "", ADDR_ODD_ROUTE},
    {" <@o_e:a@b-.c>", "a@b-.c", "",
	ADDR_ODD_SPACE | ADDR_ODD_ROUTE | ADDR_ODD_DOMAIN},
};

Test(addr, what_is_accepted_and_what_is_odd_about_it)
{
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct addr_path path;

		cr_expect_eq(addr_parse_path(str_of(accepted[i].in), &path),
		    ADDR_OK, "%s", accepted[i].in);
		cr_expect(str_eq(path.mailbox, str_of(accepted[i].mailbox)),
		    "%s: %.*s", accepted[i].in, STR_ARG(path.mailbox));
		cr_expect(str_eq(path.rest, str_of(accepted[i].rest)),
		    "%s: rest %.*s", accepted[i].in, STR_ARG(path.rest));
		cr_expect_eq(path.oddities, accepted[i].oddities, "%s: %x",
		    accepted[i].in, path.oddities);
	}
}

static const struct {
	const char *in;
	enum addr_verdict verdict;
} refused[] = {
    {"", ADDR_SYNTAX},
    {" ", ADDR_SYNTAX},
    {"a@b", ADDR_SYNTAX},
    {"<", ADDR_SYNTAX},
    {"<a@b", ADDR_SYNTAX},
    {"a@b>", ADDR_SYNTAX},
    {"x<a@b>", ADDR_SYNTAX},
    {"<<a@b>>", ADDR_SYNTAX},
    {"<a<@b>", ADDR_SYNTAX},
    {"<a@b>x", ADDR_SYNTAX},
    {"<a@b>,<c@d>", ADDR_SYNTAX},
    {"<a@b><c@d>", ADDR_SYNTAX},
    {"<\"a>@b", ADDR_SYNTAX},
    {"<\"a\\\">@b", ADDR_SYNTAX},
    {"<\"a\\>\"@b\\", ADDR_SYNTAX},
    {"<\"ab>", ADDR_SYNTAX},
    {"<a@b\rX: y>", ADDR_SYNTAX},
    {"<a@b\nX: y>", ADDR_SYNTAX},
    {"<a@b> X\x01", ADDR_SYNTAX},
    {"<a\x7f@b>", ADDR_SYNTAX},
    {"<a>", ADDR_INVALID},
    {"<postmaster2>", ADDR_INVALID},
    {"<a@>", ADDR_INVALID},
    {"<@>", ADDR_INVALID},
    {"<@b>", ADDR_INVALID},
    {"<@b:>", ADDR_INVALID},
    {"<a@b@c>", ADDR_INVALID},
    {"<a@@b>", ADDR_INVALID},
    {"<a..b@c>", ADDR_INVALID},
    {"<.a@c>", ADDR_INVALID},
    {"<a.@c>", ADDR_INVALID},
    {"<a@.b>", ADDR_INVALID},
    {"<a@b.>", ADDR_INVALID},
    {"<a@b..c>", ADDR_INVALID},
    {"<a b@c>", ADDR_INVALID},
    {"<a\tb@c>", ADDR_INVALID},
    {"<a@b c>", ADDR_INVALID},
    {"< a@b>", ADDR_INVALID},
    {"<a@b >", ADDR_INVALID},
    {"<a@b,c@d>", ADDR_INVALID},
    {"<a;b@c>", ADDR_INVALID},
    {"<(x)a@b>", ADDR_INVALID},
    {"<a@b(x)>", ADDR_INVALID},
    {"<g:a@b;>", ADDR_INVALID},
    {"<\\a@b>", ADDR_INVALID},
    {"<\"a\"b@c>", ADDR_INVALID},
    {"<a\"b\"@c>", ADDR_INVALID},
    {"<\"a\"\"b\"@c>", ADDR_INVALID},
    {"<\"a\tb\"@c>", ADDR_INVALID},
    {"<a@b/c>", ADDR_INVALID},
    {"<a@[]>", ADDR_INVALID},
    {"<a@[1.2.3.4>", ADDR_INVALID},
    {"<a@[300.1.1.1]>", ADDR_INVALID},
    {"<a@[1.2.3]>", ADDR_INVALID},
    {"<a@[foo]>", ADDR_INVALID},
    {"<a@[IPv6:1.2.3.4]>", ADDR_INVALID},
    {"<a@[IPv6:]>", ADDR_INVALID},
    {"<a@[IPv6:::1%lo]>", ADDR_INVALID},
    {"<a@[:x]>", ADDR_INVALID},
    {"<a@[x-:y]>", ADDR_INVALID},
    {"<a@[x:y z]>", ADDR_INVALID},
    {"<a@[x:[y]]>", ADDR_INVALID},
    {"<a@[1.2.3.4].c>", ADDR_INVALID},
    {"<\xff@b>", ADDR_INVALID},
    {"<a@\xc3>", ADDR_INVALID},
    {"<\xed\xa0\x80@b>", ADDR_INVALID},
    {"<@one>", ADDR_INVALID},
    {"<@one,two:a@b>", ADDR_INVALID},
    {"<@one@two:a@b>", ADDR_INVALID},
    {"<@one,@:a@b>", ADDR_INVALID},
    {"<@one,:a@b>", ADDR_INVALID},
    {"<@,@one:a@b>", ADDR_INVALID},
    {"<one:a@b>", ADDR_INVALID},
};

Test(addr, what_is_refused_and_as_what)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct addr_path path;

		cr_expect_eq(addr_parse_path(str_of(refused[i].in), &path),
		    refused[i].verdict, "%s", refused[i].in);
	}
}

Test(addr, a_nul_is_never_part_of_an_address)
{
	static const struct str rows[] = {STR("<a\0@b>"), STR("<a@b\0>"),
	    STR("<a@[1.2.3.4\0]>"), STR("<a@b> X\0"), STR("\0<a@b>")};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr_path path;

		cr_expect_eq(
		    addr_parse_path(rows[i], &path), ADDR_SYNTAX, "row %zu", i);
	}
}

/* "<" local octets, "@", domain octets, ">"; owned */
static char *
path_of(size_t local, size_t domain)
{
	char *path = mem_new(local + domain + 4);

	path[0] = '<';
	memset(path + 1, 'l', local);
	path[1 + local] = '@';
	memset(path + 2 + local, 'd', domain);
	path[2 + local + domain] = '>';
	return path;
}

Test(addr, lengths_beyond_the_standard_are_odd_and_beyond_ours_refused)
{
	static const struct {
		size_t local, domain;
		enum addr_verdict verdict;
		unsigned oddities;
	} rows[] = {
	    {64, 1, ADDR_OK, 0},
	    {65, 1, ADDR_OK, ADDR_ODD_LENGTH},
	    /* with brackets and "@" the path has 256 octets, then 257 */
	    {64, 189, ADDR_OK, 0},
	    {64, 190, ADDR_OK, ADDR_ODD_LENGTH},
	    {1, 252, ADDR_OK, 0},
	    {1, 255, ADDR_OK, ADDR_ODD_LENGTH},
	    {1, 256, ADDR_OK, ADDR_ODD_LENGTH},
	    {512, 511, ADDR_OK, ADDR_ODD_LENGTH},
	    {512, 512, ADDR_TOO_LONG, 0},
	    {1022, 1, ADDR_OK, ADDR_ODD_LENGTH},
	    {1023, 1, ADDR_TOO_LONG, 0},
	    {100000, 100000, ADDR_TOO_LONG, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *in = path_of(rows[i].local, rows[i].domain);
		struct addr_path path;

		cr_expect_eq(addr_parse_path(str_of(in), &path),
		    rows[i].verdict, "%zu@%zu", rows[i].local, rows[i].domain);
		cr_expect_eq(path.oddities, rows[i].oddities, "%zu@%zu",
		    rows[i].local, rows[i].domain);
		free(in);
	}
}

Test(addr, a_path_of_nothing_but_quotes_takes_linear_time)
{
	static const char fills[] = {'"', '\\', '<', ',', '@', '.', '('};

	for (size_t i = 0; i < COUNT(fills); i++) {
		size_t n = 1 << 20;
		char *in = mem_new(n + 2);
		struct addr_path path;

		memset(in, fills[i], n);
		in[0] = '<';
		in[n] = '>';
		cr_expect_neq(addr_parse_path(str_of(in), &path), ADDR_OK, "%c",
		    fills[i]);
		free(in);
	}
}

Test(addr, only_postmaster_needs_no_domain)
{
	cr_expect(addr_is_postmaster(STR("postmaster")));
	cr_expect(addr_is_postmaster(STR("POSTMASTER")));
	cr_expect_not(addr_is_postmaster(STR("postmaster@b")));
	cr_expect_not(addr_is_postmaster(STR("postmaste")));
	cr_expect_not(addr_is_postmaster(STR("")));
}

Test(addr, a_greeting_names_a_domain_or_an_address)
{
	static const char *const good[] = {"localhost", "a.b", "A-1.example",
	    "[127.0.0.1]", "[IPv6:::1]", "[::1]", "my_host", "1.2.3.4"};
	static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "a b",
	    "a@b", "(a)", "a;b", "[", "]", "[]", "[x]", "[1.2.3.4", "1.2.3.4]",
	    "a\rb", "b\xc3\xbc.de", "a\"b", "<a>", "a\\b"};
	char long_name[300];

	for (size_t i = 0; i < COUNT(good); i++)
		cr_expect(addr_is_domain(str_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect_not(addr_is_domain(str_of(bad[i])), "%s", bad[i]);
	memset(long_name, 'a', sizeof(long_name));
	cr_expect(addr_is_domain(str_make(long_name, 255)));
	cr_expect_not(addr_is_domain(str_make(long_name, 256)));
}
