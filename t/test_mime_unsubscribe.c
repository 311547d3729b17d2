/* SPDX-License-Identifier: MIT */
/* test_mime_unsubscribe.c: what List-Unsubscribe offers */

#include <criterion/criterion.h>

#include "base/mem.h"
#include "mime/message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(unsubscribe, links_and_errors_are_told_apart)
{
	static const struct {
		const char *in, *links, *errors;
	} cases[] = {
	    {"<https://x.y/u>", "https://x.y/u\n", ""},
	    {"<mailto:a@b.c>, <https://x.y/u>", "mailto:a@b.c\nhttps://x.y/u\n",
		""},
	    {"(how to) <mailto:a@b.c> (or (so))", "mailto:a@b.c\n", ""},
	    {"<https://x.y/(u)>", "https://x.y/(u)\n", ""},
	    {"<HTTP://x.y/>", "HTTP://x.y/\n", ""},
	    {"mailto:a@b.c", "",
		"\"mailto:a@b.c\" no valid unsubscribe links found"},
	    {"", "", "\"\" no valid unsubscribe links found"},
	    {"x <mailto:a@b.c>", "",
		"\"x <mailto:a@b.c>\" should be enclosed in <>"},
	    {"<a>,<b>,<c>", "",
		"\"<a>,<b>,<c>\" should include a maximum of one email and "
		"one HTTP link"},
	    {"<mailto:a@b.c> or <https://x.y>", "",
		"\"<mailto:a@b.c> or <https://x.y>\" <> should be split with "
		"a comma and optional spaces"},
	    {"<mailto:a@b.c> <https://x.y>", "",
		"\"<mailto:a@b.c> <https://x.y>\" <> should be split with a "
		"comma and optional spaces"},
	    {"<mailto:a b@c.d>", "",
		"\"mailto:a b@c.d\" should not contain spaces"},
	    {"<mailto:a@b.c>, <mailto:d@e.f>", "mailto:a@b.c\n",
		"\"mailto:d@e.f\" should only contain one mailto:"},
	    {"<http://a>, <https://b>", "http://a\n",
		"\"https://b\" should only contain one HTTP link"},
	    {"<ftp://a>, <MAILTO:a@b.c>", "",
		"\"ftp://a\" should start with either http(s):// or mailto:, "
		"\"MAILTO:a@b.c\" should start with either http(s):// or "
		"mailto:"},
	    {"<https://>", "",
		"\"https://\" should start with either http(s):// or "
		"mailto:"},
	    {"<https://x/%zz>", "",
		"\"https://x/%zz\" has an invalid URL escape"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf text = BUF_INIT, links = BUF_INIT, errors = BUF_INIT;
		struct message *m;
		size_t n;

		buf_addf(&text, "List-Unsubscribe: %s\n\n", cases[i].in);
		n = text.len;
		m = message_new(buf_detach(&text), n, "");
		message_unsubscribe(m, &links, &errors);
		cr_expect_str_eq(links.data, cases[i].links, "%s: %s",
		    cases[i].in, links.data);
		cr_expect_str_eq(errors.data, cases[i].errors, "%s: %s",
		    cases[i].in, errors.data);
		cr_expect(message_fields(m)->has_list_unsubscribe);
		buf_fini(&links);
		buf_fini(&errors);
		message_free(m);
	}
}

Test(unsubscribe, without_the_field_nothing_is_said)
{
	struct buf links = BUF_INIT, errors = BUF_INIT;
	struct message *m = message_new(mem_dups("A: b\n\n"), 6, "");

	message_unsubscribe(m, &links, &errors);
	cr_expect_eq(links.len + errors.len, 0);
	cr_expect_not(message_fields(m)->has_list_unsubscribe);
	message_free(m);
}
