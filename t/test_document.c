/* SPDX-License-Identifier: MIT */
/* test_document.c: what of a mail's HTML is changed, and what is not */

#include <criterion/criterion.h>

#include "web/document.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AWAY " target=\"_blank\" rel=\"noreferrer noopener\""
#define A "<a" AWAY
#define L "<basefont"

static void
expect(const char *html, struct document how, const char *wanted)
{
	struct out o;

	out_hold(&o);
	document_put(&o, str_of(html), &how);
	cr_expect(str_eq(buf_str(&o.buf), str_of(wanted)), "%s gives %.*s",
	    html, STR_ARG(buf_str(&o.buf)));
	out_fini(&o);
}

Test(document, links_leave_the_frame)
{
	static const char *const cases[][2] = {
	    {"<a href=x>y</a>", A " href=x>y</a>"},
	    {"<A\thref=x>", "<a"
			    " target=\"_blank\" rel=\"noreferrer "
			    "noopener\"\thref=x>"},
	    {"<a target=_top>", A " target=_top>"},
	    {"<area rel=opener href=x>", "<area" AWAY " rel=opener href=x>"},
	    {"<a/href=x><a>", A "/href=x>" A ">"},
	    {"<abbr><areas><b>", "<abbr><areas><b>"},
	    {"< a><<a ><a", "< a><" A " ><a"},
	    {"", ""},
	    {"no tag at all <", "no tag at all <"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		expect(cases[i][0], (struct document){true, true}, cases[i][1]);
		expect(
		    cases[i][0], (struct document){false, true}, cases[i][0]);
	}
}

Test(document, nothing_is_announced_before_remote_content_is_asked_for)
{
	static const char *const cases[][2] = {
	    {"<link rel=preconnect href=//x>", L " rel=preconnect href=//x>"},
	    {"<link/rel=stylesheet>", L "/rel=stylesheet>"},
	    {"<link\nrel='preload dns-prefetch'>",
		L "\nrel='preload dns-prefetch'>"},
	    {"<link><linker></link>", L "><linker></link>"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		expect(
		    cases[i][0], (struct document){true, false}, cases[i][1]);
		expect(
		    cases[i][0], (struct document){false, true}, cases[i][0]);
	}
	expect("<LINK rel=x>", (struct document){0}, "<basefont rel=x>");
}

Test(document, frames_are_never_there)
{
	static const char *const cases[][2] = {
	    {"<iframe src=//x></iframe>", "<noembed src=//x></noembed>"},
	    {"<IFRAME/srcdoc='<link >'>x</Iframe >",
		"<noembed/srcdoc='<link >'>x</noembed >"},
	    {"<frameset><frame src=//x></frameset>",
		"<frameset><basefont src=//x></frameset>"},
	    {"<iframes></iframes>", "<iframes></iframes>"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(
		    cases[i][0], (struct document){false, true}, cases[i][1]);
}
