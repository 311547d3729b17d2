/* SPDX-License-Identifier: MIT */
/* test_mime_words.c: encoded words, folded fields, parameters */

#include <criterion/criterion.h>

#include "base/mem.h"
#include "mime/head.h"
#include "mime/param.h"
#include "mime/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(words, encoded_words_are_decoded)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", ""},
	    {"plain = text?", "plain = text?"},
	    {"=?utf-8?q?=C3=BC?=", "ü"},
	    {"=?UTF-8?B?w7w=?=", "ü"},
	    {"=?utf-8?b?w7w?=", "ü"},
	    {"=?iso-8859-1?q?a=FCb_c?=", "aüb c"},
	    {"=?iso-8859-1*de?q?=FC?=", "ü"},
	    {"=?koi8-r?B?0NI=?=", "пр"},
	    {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
	    {"=?utf-8?q?a?=  \t =?utf-8?q?b?=", "ab"},
	    {"=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
	    {"=?utf-8?q?a?=x=?utf-8?q?b?=", "axb"},
	    {"x =?utf-8?q?a?=", "x a"},
	    {"=?utf-8?q?a?= x", "a x"},
	    {"=?utf-8?q?a?= ", "a "},
	    {"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"},
	    {"=?utf-8?q?=C3?= =?iso-8859-1?q?=FC?=", "Ãü"},
	    {"=?utf-8?q?two words?=", "two words"},
	    {"=?utf-8?q?=0D=0ABcc: x?=", "  Bcc: x"},
	    {"=?unknown?q?=FC?=", "ü"},
	    {"=?unknown?q?=C3=BC?=", "ü"},
	    {"=?utf-8?q?open", "=?utf-8?q?open"},
	    {"=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
	    {"=?utf-8?qq?abc?=", "=?utf-8?qq?abc?="},
	    {"=?", "=?"},
	    {"=?=?=?=", "=?=?=?="},
	    {"=?utf-8?q?=ZZ=C?=", "=ZZ=C"},
	    {"ü =?utf-8?q?a?=", "ü a"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		words_decode(&out, str_of(cases[i].in));
		cr_expect_str_eq(out.data, cases[i].out, "%s: \"%s\"",
		    cases[i].in, out.data);
		buf_fini(&out);
	}
}

Test(words, percent_is_undone_where_it_is_well_formed)
{
	struct buf out = BUF_INIT;

	words_unescape_percent(&out, STR("a%20b%zz%c3%bc+%4"));
	cr_expect_str_eq(out.data, "a b%zzü+%4");
	buf_fini(&out);
}

Test(head, fields_are_cut_and_the_body_is_found)
{
	static const struct {
		const char *label, *in, *fields, *body;
	} cases[] = {
	    {"plain", "A: b\nC: d\n\nbody", "A=b|C=d|", "body"},
	    {"CRLF", "A: b\r\nC: d\r\n\r\nbody", "A=b|C=d|", "body"},
	    {"folds", "A: b\n c\n\td\n\nbody", "A=b c d|", "body"},
	    {"fold alone", "A:\n b\n\nbody", "A=b|", "body"},
	    {"blank before colon", "A : b\n\nbody", "A=b|", "body"},
	    {"no blank", "A:b\n\nbody", "A=b|", "body"},
	    {"no value", "A:\n\nbody", "A=|", "body"},
	    {"no body", "A: b\n", "A=b|", ""},
	    {"no end", "A: b", "A=b|", ""},
	    {"no fields", "\nbody", "", "body"},
	    {"nothing", "", "", ""},
	    {"body at once", "no field\nbody", "", "no field\nbody"},
	    {"no empty line", "A: b\nno field\nbody", "A=b|", "no field\nbody"},
	    {"no name", ": b\nbody", "", ": b\nbody"},
	    {"mailbox line", "From x Mon\nA: b\n\nbody", "A=b|", "body"},
	    {"fold of nothing", " x\nA: b\n\nbody", "A=b|", "body"},
	    {"blank line inside", "A: b\n \n c\nD: e\n\nbody", "A=b c|D=e|",
		"body"},
	    {"control", "A: b\001c\rd\n\nbody", "A=b c d|", "body"},
	    {"tab", "A: b\tc\n\nbody", "A=b\tc|", "body"},
	    {"8-bit", "A: \xfc\n\nbody", "A=ü|", "body"},
	    {"UTF-8", "A: ü\n\nbody", "A=ü|", "body"},
	    {"8-bit name", "\xfc: b\n", "", "\xfc: b\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str rest = str_of(cases[i].in), name, raw;
		struct buf out = BUF_INIT;

		while (head_next(&rest, &name, &raw)) {
			buf_add_str(&out, name);
			buf_addc(&out, '=');
			head_unfold(&out, raw);
			buf_addc(&out, '|');
		}
		cr_expect_str_eq(out.data, cases[i].fields, "%s: \"%s\"",
		    cases[i].label, out.data);
		cr_expect(str_eq(rest, str_of(cases[i].body)), "%s: \"%.*s\"",
		    cases[i].label, STR_ARG(rest));
		buf_fini(&out);
	}
}

Test(param, values_are_found_in_every_form)
{
	static const struct {
		const char *in, *name, *out; /* out NULL: there is none */
	} cases[] = {
	    {"text/plain; charset=utf-8", "charset", "utf-8"},
	    {"text/plain; CHARSET=\"utf-8\"", "charset", "utf-8"},
	    {"text/plain;charset = utf-8 ;x=y", "charset", "utf-8"},
	    {"text/plain (a; b=c); charset=utf-8", "charset", "utf-8"},
	    {"text/plain; charset=utf-8 (common)", "charset", "utf-8"},
	    {"text/plain", "charset", NULL},
	    {"text/plain; charset", "charset", NULL},
	    {"text/plain; xcharset=a", "charset", NULL},
	    {"text/plain; charsetx=a", "charset", NULL},
	    {"a/b; name=", "name", ""},
	    {"a/b; name=my file.txt; x=y", "name", "my file.txt"},
	    {"a/b; name=report(1).pdf", "name", "report(1).pdf"},
	    {"a/b; name=\"a;b\"", "name", "a;b"},
	    {"a/b; name=\"a\\\"b\"", "name", "a\"b"},
	    {"a/b; name=\"C:\\dir\\file\"", "name", "C:\\dir\\file"},
	    {"a/b; name=\"open", "name", "open"},
	    {"a/b; name=\"a\" ; name=\"b\"", "name", "a"},
	    {"a/b; ;; name=a", "name", "a"},
	    {"a/b; \"junk\"; name=a", "name", "a"},
	    {"a/b; =x; name=a", "name", "a"},
	    {"a/b; name=\"=?utf-8?q?=C3=BC?=.txt\"", "name", "ü.txt"},
	    {"a/b; name==?utf-8?q?=C3=BC?=", "name", "ü"},
	    {"a/b; name*=utf-8''%c3%bc.txt", "name", "ü.txt"},
	    {"a/b; name*=iso-8859-1'de'%fc", "name", "ü"},
	    {"a/b; name*=''%c3%bc", "name", "ü"},
	    {"a/b; name*=plain%20text", "name", "plain text"},
	    {"a/b; name=x; name*=utf-8''y", "name", "y"},
	    {"a/b; name*0=a; name*1=b", "name", "ab"},
	    {"a/b; name*1=b; name*0=a", "name", "ab"},
	    {"a/b; name*0*=utf-8''%c3; name*1*=%bc; name*2=\"%20\"", "name",
		"ü%20"},
	    {"a/b; name*0=a; name*2=c", "name", "a"},
	    {"a/b; name*1=b", "name", NULL},
	    {"a/b; name*99999999999999999999=b; name*x=c", "name", NULL},
	    {"a/b; name*=utf-8''a%0D%0Ab", "name", "a  b"},
	    {"((((", "name", NULL},
	    {"a/b; ((((", "name", NULL},
	    {"a/b; name=((((", "name", ""},
	    {";", "name", NULL},
	    {"", "name", NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;
		bool there =
		    param_get(&out, str_of(cases[i].in), str_of(cases[i].name));

		cr_expect_eq(there, cases[i].out != NULL, "%s", cases[i].in);
		cr_expect_str_eq(out.data,
		    cases[i].out == NULL ? "" : cases[i].out, "%s: \"%s\"",
		    cases[i].in, out.data);
		buf_fini(&out);
	}
}

Test(param, the_token_is_lower_case_without_comments)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"Text/HTML; x", "text/html"},
	    {" (c) Attachment (d)", "attachment"},
	    {"inline", "inline"},
	    {"", ""},
	    {";x=y", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT;

		param_token(&out, str_of(cases[i].in));
		cr_expect_str_eq(out.data, cases[i].out, "%s", cases[i].in);
		buf_fini(&out);
	}
}
