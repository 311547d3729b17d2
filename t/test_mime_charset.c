/* SPDX-License-Identifier: MIT */
/* test_mime_charset.c: octets of any charset to UTF-8 */

#include <criterion/criterion.h>
#include <string.h>

#include "mime/charset.h"
#include "mime/utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define S(lit)                                                                 \
	{                                                                      \
		lit, sizeof(lit) - 1                                           \
	}

Test(charset, labels_are_followed_where_they_can_be)
{
	static const struct {
		const char *label;
		struct str in, out;
	} cases[] = {
	    {"utf-8", S("\xc3\xbc"), S("ü")},
	    {"UTF8", S("\xc3\xbc"), S("ü")},
	    {"us-ascii", S("plain"), S("plain")},
	    {"us-ascii", S("\xc3\xbc"), S("ü")},
	    {"us-ascii", S("\xfc"), S("ü")},
	    {"iso-8859-1", S("\xfc\x80"), S("ü€")},
	    {"iso-8859-1", S("\xc3\xbc"), S("Ã¼")},
	    {"windows-1252", S("\x93x\x94"), S("“x”")},
	    {"iso-8859-2", S("\xb1"), S("ą")},
	    {"iso-8859-15", S("\xa4"), S("€")},
	    {"koi8-r", S("\xd0\xd2"), S("пр")},
	    {"windows-1251", S("\xef\xf0"), S("пр")},
	    {"shift_jis", S("\x82\xa0"), S("あ")},
	    {"euc-jp", S("\xa4\xa2"), S("あ")},
	    {"iso-2022-jp", S("\x1b$B$\"\x1b(B"), S("あ")},
	    {"gb2312", S("\xc4\xe3"), S("你")},
	    {"gb18030", S("\xc4\xe3"), S("你")},
	    {"big5", S("\xa7\x41"), S("你")},
	    {"euc-kr", S("\xb0\xa1"), S("가")},
	    {"ks_c_5601-1987", S("\xb0\xa1"), S("가")},
	    {"utf-7", S("+AOk-"), S("é")},
	    {"utf-16be", S("\x00\xfc"), S("ü")},
	    {"utf-16le", S("\xfc\x00"), S("ü")},
	    {"utf-16", S("\xff\xfe\xfc\x00"), S("ü")},
	    {"", S("\xc3\xbc"), S("ü")},
	    {"", S("\xfc"), S("ü")},
	    {"", S("\x1b$B$\"\x1b(B"), S("あ")},
	    {"no-such-charset", S("\xc3\xbc"), S("ü")},
	    {"no-such-charset", S("\xfc"), S("ü")},
	    {"../../../tmp/x", S("\xfc"), S("ü")},
	    {"utf-8//translit", S("\xfc"), S("ü")},
	    {"iso-8859-1 utf-8", S("\xfc"), S("ü")},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		charset_convert(&out, cases[i].in, str_of(cases[i].label));
		cr_expect(str_eq(buf_str(&out), cases[i].out),
		    "%zu: %s: \"%s\"", i, cases[i].label, out.data);
		buf_fini(&out);
	}
}

Test(charset, what_is_mislabelled_is_read_as_what_it_is)
{
	static const struct {
		const char *what, *label;
		struct str in, out;
	} cases[] = {
	    {"windows-1252 called UTF-8", "utf-8", S("\xfc\xe4"), S("üä")},
	    {"UTF-8 called Shift_JIS", "shift_jis", S("\xc3\xbc\xff ü"),
		S("ﾃｼ� ﾃｼ")},
	    {"UTF-8 called EUC-JP", "euc-jp", S("€uro"), S("€uro")},
	    {"cut UTF-8", "utf-8", S("üä\xc3"), S("üä�")},
	    {"cut UTF-8 without a label", "", S("üä\xc3"), S("üä�")},
	    {"a damaged octet", "utf-8", S("ü\xff ä"), S("ü� ä")},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		charset_convert(&out, cases[i].in, str_of(cases[i].label));
		cr_expect(str_eq(buf_str(&out), cases[i].out), "%s: \"%s\"",
		    cases[i].what, out.data);
		buf_fini(&out);
	}
}

/* The same text in pieces of any size gives the same. */
static void
in_pieces(struct str in, const char *label, size_t piece, struct buf *out)
{
	struct charset_survey s = {0};
	struct charset_reader r;

	for (size_t i = 0; i < in.n; i += piece)
		charset_look(&s, in.p + i, in.n - i < piece ? in.n - i : piece);
	charset_look_end(&s);
	charset_begin(&r, charset_choose(str_of(label), &s), sink_to_buf(out));
	for (size_t i = 0; i < in.n; i += piece)
		charset_feed(&r, in.p + i, in.n - i < piece ? in.n - i : piece);
	charset_end(&r);
}

Test(charset, pieces_of_any_size_give_the_same)
{
	static const struct {
		const char *label;
		struct str in;
	} cases[] = {
	    {"utf-8", S("aü€😀\xff\xf0\x9f b\xc3")},
	    {"", S("aü€😀 b")},
	    {"shift_jis", S("a\x82\xa0\x81 b\x82")},
	    {"iso-2022-jp", S("a\x1b$B$\"$$\x1b(B b")},
	    {"gb18030", S("a\xc4\xe3\x81\x30\x81\x30\xff b")},
	    {"utf-16le", S("a\0\x3d\xd8\0\xdez\0\x3d\xd8z")},
	    {"utf-7", S("a+AOkA6Q-b+")},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece < 9; piece++) {
			struct buf whole = BUF_INIT, out = BUF_INIT;

			in_pieces(cases[i].in, cases[i].label, 1000, &whole);
			in_pieces(cases[i].in, cases[i].label, piece, &out);
			cr_expect(str_eq(buf_str(&out), buf_str(&whole)),
			    "%s in pieces of %zu: \"%s\"", cases[i].label,
			    piece, out.data);
			buf_fini(&whole);
			buf_fini(&out);
		}
}

Test(charset, any_octets_give_utf8)
{
	static const char *const labels[] = {"", "utf-8", "iso-8859-1",
	    "iso-8859-8", "windows-1255", "windows-1258", "shift_jis", "euc-jp",
	    "iso-2022-jp", "iso-2022-kr", "gb18030", "big5", "euc-kr", "utf-7",
	    "utf-16", "utf-16le", "utf-32", "utf-32be"};
	unsigned seed = 1;
	char in[700];

	for (int round = 0; round < 300; round++) {
		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1103515245u + 12345u;
			in[i] = (char)(seed >> 16);
			if (round % 3 == 0)
				in[i] = (char)(in[i] & 0x7f);
		}
		for (size_t i = 0; i < COUNT(labels); i++) {
			struct buf out = BUF_INIT;

			charset_convert(
			    &out, str_make(in, sizeof(in)), str_of(labels[i]));
			cr_assert(str_is_utf8(buf_str(&out)), "%s, round %d",
			    labels[i], round);
			buf_fini(&out);
		}
	}
}

Test(utf8, every_scalar_value_goes_both_ways)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		char octets[UTF8_MAX];
		struct str s;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		s = str_make(octets, utf8_write(octets, c));
		cr_assert(str_is_utf8(s), "%x", c);
		cr_assert_eq(utf8_next(&s), c);
		cr_assert_eq(s.n, 0);
	}
}

Test(utf8, what_is_not_well_formed_is_one_replacement_each)
{
	static const struct {
		struct str in;
		size_t characters;
	} cases[] = {
	    {S("\xff"), 1},
	    {S("\xc0\x80"), 2},
	    {S("\xe0\x80\x80"), 3},
	    {S("\xed\xa0\x80"), 3},
	    {S("\xf4\x90\x80\x80"), 4},
	    {S("\xf0\x9f\x98"), 1},
	    {S("\xf0\x9f\x98x"), 2},
	    {S("\xe2\x82"), 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str s = cases[i].in;
		size_t n = 0;

		for (; s.n > 0; n++)
			utf8_next(&s);
		cr_expect_eq(n, cases[i].characters, "%zu: %zu", i, n);
	}
}
