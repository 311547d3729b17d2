/* SPDX-License-Identifier: MIT */
/* test_codec.c: base64, hex, xtext and visible words */

#include <criterion/criterion.h>
#include <string.h>

#include "base/codec.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
expect_out(struct buf *out, struct str expected, const char *label)
{
	cr_expect(
	    str_eq(buf_str(out), expected), "%s: \"%s\"", label, out->data);
	buf_fini(out);
}

Test(codec, base64_of_rfc_4648_goes_both_ways)
{
	static const struct {
		struct str plain, coded;
	} cases[] = {
	    {{"", 0}, {"", 0}},
	    {{"f", 1}, {"Zg==", 4}},
	    {{"fo", 2}, {"Zm8=", 4}},
	    {{"foo", 3}, {"Zm9v", 4}},
	    {{"foob", 4}, {"Zm9vYg==", 8}},
	    {{"fooba", 5}, {"Zm9vYmE=", 8}},
	    {{"foobar", 6}, {"Zm9vYmFy", 8}},
	    {{"\0u\0p", 4}, {"AHUAcA==", 8}},
	    {{"\xff\xef\xbe", 3}, {"/+++", 4}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		codec_base64_encode(&out, cases[i].plain);
		expect_out(&out, cases[i].coded, cases[i].coded.p);
		cr_expect(codec_base64_decode(&out, cases[i].coded), "%s",
		    cases[i].coded.p);
		expect_out(&out, cases[i].plain, cases[i].coded.p);
	}
}

Test(codec, all_octets_survive_base64)
{
	struct buf out = BUF_INIT, back = BUF_INIT;
	char all[256];

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	for (size_t n = 0; n <= sizeof(all); n++) {
		buf_reset(&out);
		buf_reset(&back);
		codec_base64_encode(&out, str_make(all, n));
		cr_assert(codec_base64_decode(&back, buf_str(&out)));
		cr_assert(str_eq(buf_str(&back), str_make(all, n)));
	}
	buf_fini(&back);
	buf_fini(&out);
}

Test(codec, base64_that_is_not_strict_is_refused)
{
	static const struct {
		const char *label, *text;
	} cases[] = {
	    {"one character", "Z"},
	    {"no padding", "Zg"},
	    {"half the padding", "Zg="},
	    {"padding alone", "===="},
	    {"three of padding", "Z==="},
	    {"padding inside", "Zg==Zg=="},
	    {"padding in front", "=Zg="},
	    {"padding too much", "Zm9v===="},
	    {"blank", "Zm9 "},
	    {"leading blank", " Zm9"},
	    {"line end", "Zm9v\r\n"},
	    {"other alphabet", "Zm9-"},
	    {"stray bits of two", "Zh=="},
	    {"stray bits of four", "Zm9="},
	    {"8-bit", "Zm9\xe4"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		cr_expect_not(codec_base64_decode(&out, str_of(cases[i].text)),
		    "%s", cases[i].label);
		buf_fini(&out);
	}
	cr_expect_not(
	    codec_base64_decode(&(struct buf)BUF_INIT, STR("Zm9\0")), "NUL");
}

Test(codec, hex_is_lower_case)
{
	struct buf out = BUF_INIT;

	codec_hex_encode(&out, STR("\x00\xab\x0f"), '\0');
	expect_out(&out, STR("00ab0f"), "plain");
	codec_hex_encode(&out, STR("\x00\xab\x0f"), ':');
	expect_out(&out, STR("00:ab:0f"), "separated");
	codec_hex_encode(&out, STR(""), ':');
	expect_out(&out, STR(""), "empty");
}

Test(codec, xtext_hides_what_a_comment_cannot_hold)
{
	static const struct {
		struct str plain, coded;
	} cases[] = {
	    {{"joe@example.org", 15}, {"joe@example.org", 15}},
	    {{"a+b=c", 5}, {"a+2Bb+3Dc", 9}},
	    {{"a b", 3}, {"a+20b", 5}},
	    {{"(\\)\"", 4}, {"+28+5C+29+22", 12}},
	    {{"\r\n\0", 3}, {"+0D+0A+00", 9}},
	    {{"\x7f\xff", 2}, {"+7F+FF", 6}},
	    {{"", 0}, {"", 0}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		codec_xtext_encode(&out, cases[i].plain);
		cr_expect(codec_is_xtext(buf_str(&out)), "%s", out.data);
		expect_out(&out, cases[i].coded, cases[i].coded.p);
	}
}

Test(codec, xtext_is_recognized_strictly)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
	    {"", true},
	    {"abc", true},
	    {"+2B", true},
	    {"a+00b", true},
	    {"rfc822;a@b", true},
	    {"+", false},
	    {"+2", false},
	    {"a+2", false},
	    {"+2b", false},
	    {"+zz", false},
	    {"+2G", false},
	    {"a=b", false},
	    {"a b", false},
	    {"a\t", false},
	    {"\x7f", false},
	    {"\xc3\xa4", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(codec_is_xtext(str_of(cases[i].text)),
		    cases[i].valid, "'%s'", cases[i].text);
	cr_expect_not(codec_is_xtext(STR("+2\0")));
	cr_expect_not(codec_is_xtext(STR("\0")));
}

Test(codec, words_are_visible_and_one)
{
	static const struct {
		struct str plain;
		const char *word, *quoted;
	} cases[] = {
	    {{"mail.example", 12}, "mail.example", "mail.example"},
	    {{"", 0}, "-", ""},
	    {{"a b", 3}, "a\\x20b", "a b"},
	    {{"\"\\", 2}, "\\x22\\x5c", "\\x22\\x5c"},
	    {{"\0\n\x1b\x7f", 4}, "\\x00\\x0a\\x1b\\x7f",
		"\\x00\\x0a\\x1b\\x7f"},
	    {{"\xc3\xa4", 2}, "\\xc3\\xa4", "\\xc3\\xa4"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		codec_word_encode(&out, cases[i].plain);
		expect_out(&out, str_of(cases[i].word), cases[i].word);
		codec_quoted_encode(&out, cases[i].plain);
		expect_out(&out, str_of(cases[i].quoted), cases[i].quoted);
	}
}
