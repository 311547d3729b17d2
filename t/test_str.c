/* SPDX-License-Identifier: MIT */
/* test_str.c: slices and character classes */

#include <criterion/criterion.h>
#include <string.h>

#include "base/str.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
expect_eq(struct str got, const char *expected, const char *label)
{
	cr_expect(
	    str_eq(got, str_of(expected)), "%s: \"%.*s\"", label, STR_ARG(got));
}

Test(str, nothing_is_an_empty_slice)
{
	cr_assert_eq(str_of(NULL).n, 0);
	cr_assert(str_eq(str_of(NULL), STR("")));
	cr_assert(str_ieq(str_of(NULL), STR("")));
	cr_assert(str_begins(STR("x"), str_of(NULL)));
	cr_assert_eq(str_find(str_of(NULL), 'x'), 0);
	cr_assert_eq(str_skip(str_of(NULL), 3).n, 0);
	cr_assert_eq(str_trim(str_of(NULL)).n, 0);
	cr_assert(str_is_utf8(str_of(NULL)));
}

Test(str, equality_counts_all_octets)
{
	cr_expect(str_eq(STR("a\0b"), STR("a\0b")));
	cr_expect_not(str_eq(STR("a\0b"), STR("a\0c")));
	cr_expect_not(str_eq(STR("a"), STR("ab")));
	cr_expect_not(str_eq(STR("a"), STR("A")));
}

Test(str, case_is_folded_for_ascii_only)
{
	cr_expect(str_ieq(STR("Mail From"), STR("mAIL fROM")));
	cr_expect_not(str_ieq(STR("a"), STR("b")));
	cr_expect_not(str_ieq(STR("a"), STR("aa")));
	cr_expect_not(str_ieq(STR("@"), STR("`")));
	cr_expect_not(str_ieq(STR("["), STR("{")));
	cr_expect_not(str_ieq(STR("\xc4"), STR("\xe4")), "A and a, umlaut");
}

Test(str, heads_are_found)
{
	cr_expect(str_begins(STR("abc"), STR("ab")));
	cr_expect(str_begins(STR("abc"), STR("abc")));
	cr_expect_not(str_begins(STR("abc"), STR("abcd")));
	cr_expect_not(str_begins(STR("abc"), STR("AB")));
	cr_expect(str_ibegins(STR("abc"), STR("AB")));
	cr_expect_not(str_ibegins(STR("ab"), STR("ABC")));
}

Test(str, the_place_of_a_character)
{
	cr_expect_eq(str_find(STR("abcb"), 'b'), 1);
	cr_expect_eq(str_find(STR("abc"), 'x'), 3);
	cr_expect_eq(str_find(STR("a\0b"), '\0'), 1);
}

Test(str, a_skip_never_goes_beyond_the_end)
{
	expect_eq(str_skip(STR("abc"), 0), "abc", "0");
	expect_eq(str_skip(STR("abc"), 2), "c", "2");
	expect_eq(str_skip(STR("abc"), 3), "", "3");
	expect_eq(str_skip(STR("abc"), SIZE_MAX), "", "all");
}

Test(str, blanks_are_trimmed_at_both_ends)
{
	expect_eq(str_trim(STR(" \t a b\t ")), "a b", "blanks");
	expect_eq(str_trim(STR(" \t ")), "", "only blanks");
	expect_eq(str_trim(STR("a\r\n")), "a\r\n", "line ends stay");
	expect_eq(str_trim_crlf(STR("\r\n a\r\n")), "a", "line ends go");
	cr_expect_eq(str_trim(STR(" \0 ")).n, 1, "a NUL is no blank");
}

Test(str, cutting_takes_one_part_after_the_other)
{
	struct str rest = STR("a,,b");

	expect_eq(str_cut(&rest, ','), "a", "first");
	expect_eq(str_cut(&rest, ','), "", "second");
	expect_eq(rest, "b", "rest");
	expect_eq(str_cut(&rest, ','), "b", "third");
	cr_expect_eq(rest.n, 0);
	expect_eq(str_cut(&rest, ','), "", "no more");
}

Test(str, words_are_what_is_between_blanks)
{
	struct str rest = STR("  one\ttwo\r\n three ");

	expect_eq(str_word(&rest), "one", "first");
	expect_eq(str_word(&rest), "two", "second");
	expect_eq(str_word(&rest), "three", "third");
	expect_eq(str_word(&rest), "", "no more");
	expect_eq(str_word(&rest), "", "still no more");
}

Test(str, numbers_are_strict)
{
	static const struct {
		const char *text;
		bool valid;
		uint64_t value;
	} cases[] = {
	    {"0", true, 0},
	    {"00000000000000000007", true, 7},
	    {"18446744073709551615", true, UINT64_MAX},
	    {"18446744073709551616", false, 0},
	    {"99999999999999999999", false, 0},
	    {"000000000000000000001", false, 0},
	    {"", false, 0},
	    {"+1", false, 0},
	    {"-1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"0x1", false, 0},
	    {"1e3", false, 0},
	    {"1.0", false, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = 4711;
		uint64_t expected = cases[i].valid ? cases[i].value : 4711;

		cr_expect_eq(str_u64(str_of(cases[i].text), &value),
		    cases[i].valid, "'%s'", cases[i].text);
		cr_expect_eq(value, expected, "'%s'", cases[i].text);
	}
}

Test(str, utf8_is_what_rfc_3629_says)
{
	static const struct {
		const char *label, *text;
		bool valid;
	} cases[] = {
	    {"ASCII", "abc", true},
	    {"two octets", "\xc3\xa4", true},
	    {"first of two", "\xc2\x80", true},
	    {"three octets", "\xe2\x82\xac", true},
	    {"first of three", "\xe0\xa0\x80", true},
	    {"last before the surrogates", "\xed\x9f\xbf", true},
	    {"four octets", "\xf0\x9f\x98\x80", true},
	    {"first of four", "\xf0\x90\x80\x80", true},
	    {"the last character", "\xf4\x8f\xbf\xbf", true},
	    {"Latin 1", "\xe4", false},
	    {"continuation alone", "\x80", false},
	    {"overlong slash", "\xc0\xaf", false},
	    {"overlong of two", "\xc1\xbf", false},
	    {"overlong of three", "\xe0\x9f\xbf", false},
	    {"overlong of four", "\xf0\x8f\xbf\xbf", false},
	    {"surrogate", "\xed\xa0\x80", false},
	    {"beyond the last", "\xf4\x90\x80\x80", false},
	    {"five octets", "\xf8\x88\x80\x80\x80", false},
	    {"cut after one of two", "a\xc3", false},
	    {"cut after two of three", "\xe2\x82", false},
	    {"cut after three of four", "\xf0\x9f\x98", false},
	    {"third octet wrong", "\xe2\x82z", false},
	    {"fourth octet wrong", "\xf0\x9f\x98z", false},
	    {"FF", "\xff", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(str_is_utf8(str_of(cases[i].text)), cases[i].valid,
		    "%s", cases[i].label);
	cr_expect(str_is_utf8(STR("a\0b")), "NUL");
}

Test(str, printable_is_32_to_126)
{
	for (int c = 0; c < 256; c++) {
		char octet = (char)c;
		struct str s = str_make(&octet, 1);

		cr_expect_eq(str_is_printable(s), c >= 32 && c <= 126, "%d", c);
		cr_expect_eq(str_has_8bit(s), c > 127, "%d", c);
	}
	cr_expect(str_is_printable(STR("")));
	cr_expect_not(str_is_printable(STR("ok\n")));
	cr_expect(str_has_8bit(STR("ok\xff")));
}

Test(str, classes_are_those_of_the_c_locale)
{
	for (int c = 0; c < 256; c++) {
		bool upper = c >= 'A' && c <= 'Z';
		bool lower = c >= 'a' && c <= 'z';
		bool digit = c >= '0' && c <= '9';

		cr_expect_eq(chr_alpha((char)c), upper || lower, "%d", c);
		cr_expect_eq(chr_digit((char)c), digit, "%d", c);
		cr_expect_eq(
		    chr_alnum((char)c), upper || lower || digit, "%d", c);
		cr_expect_eq(chr_control((char)c), c < 32 || c == 127, "%d", c);
		cr_expect_eq(
		    chr_lower((char)c), (char)(upper ? c + 32 : c), "%d", c);
	}
}
