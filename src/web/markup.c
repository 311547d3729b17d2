/* SPDX-License-Identifier: MIT */
/* markup.c: source and text of mail as HTML of ours that shows it */
#include "web/markup.h"

#include <string.h>

#include "web/extract.h"
#include "web/piece.h"

#define LOOK_BACK 400

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_name(char c)
{
	return chr_alnum(c) || c == '-' || c == ':' || c == '_' || c == '.';
}

/* The first place of a text at or after from; s.n if there is none. */
static size_t
find(struct str s, size_t from, struct str what)
{
	const char *at =
	    from < s.n ? memmem(s.p + from, s.n - from, what.p, what.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

static void
span(struct out *o, const char *class, struct str s)
{
	if (s.n > 0)
		PUT(o, H("<span class=\""), TS(class), H("\">"), T(s),
		    H("</span>"));
}

static struct str
slice(struct str s, size_t from, size_t to)
{
	return str_make(s.p + from, to - from);
}

/* One attribute's value, in quotes or not; returns where it ends. */
static size_t
value(struct out *o, struct str s, size_t i)
{
	size_t end = i;

	if (i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
		end = i + 1;
		while (end < s.n && s.p[end] != s.p[i])
			end++;
		if (end < s.n)
			end++;
	} else {
		while (end < s.n && !is_blank(s.p[end]) && s.p[end] != '>')
			end++;
	}
	span(o, "s-value", slice(s, i, end));
	return end;
}

/* A tag from its '<' on; returns what is behind its '>'. */
static size_t
tag(struct out *o, struct str s, size_t i)
{
	size_t end = i + 1;

	if (end < s.n && s.p[end] == '/')
		end++;
	while (end < s.n && is_name(s.p[end]))
		end++;
	span(o, "s-tag", slice(s, i, end));
	while (end < s.n && s.p[end] != '>') {
		size_t from = end;

		if (s.p[end] == '=') {
			out_adds(o, "=");
			end++;
			while (end < s.n && is_blank(s.p[end]))
				end++;
			out_text(o, slice(s, from + 1, end));
			end = value(o, s, end);
		} else if (is_name(s.p[end])) {
			while (end < s.n && is_name(s.p[end]))
				end++;
			span(o, "s-name", slice(s, from, end));
		} else {
			out_text(o, slice(s, from, ++end));
		}
	}
	if (end < s.n)
		span(o, "s-tag", slice(s, end, end + 1));
	return end < s.n ? end + 1 : end;
}

/* What style and script hold is no markup. */
static struct str
raw_end(struct str name)
{
	if (str_ibegins(name, STR("<style")))
		return STR("</style");
	if (str_ibegins(name, STR("<script")))
		return STR("</script");
	return STR("");
}

void
markup_source(struct out *o, struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t end = find(s, i, STR("<"));
		struct str until;

		out_text(o, slice(s, i, end));
		i = end;
		if (i == s.n)
			break;
		if (str_begins(str_skip(s, i), STR("<!"))) {
			bool comment = str_begins(str_skip(s, i), STR("<!--"));

			end = comment ? find(s, i + 4, STR("-->"))
				      : find(s, i, STR(">"));
			end += comment ? 3 : 1;
			end = end > s.n ? s.n : end;
			span(o, comment ? "s-comment" : "s-tag",
			    slice(s, i, end));
			i = end;
			continue;
		}
		if (i + 1 == s.n ||
		    (!chr_alpha(s.p[i + 1]) && s.p[i + 1] != '/')) {
			out_text(o, slice(s, i, i + 1));
			i++;
			continue;
		}
		until = raw_end(str_skip(s, i));
		i = tag(o, s, i);
		if (until.n > 0) {
			end = find(s, i, until);
			span(o, "s-raw", slice(s, i, end));
			i = end;
		}
	}
}

/* --- Text ------------------------------------------------------------- */

static const struct {
	struct str begin;
	const char *before; /* what the link has in front of it */
} schemes[] = {
    {STR("https://"), ""},
    {STR("http://"), ""},
    {STR("ftp://"), ""},
    {STR("mailto:"), ""},
    {STR("www."), "https://"},
};

static bool
ends_link(char c)
{
	return is_blank(c) || c == '<' || c == '>' || c == '"' || c == '\0';
}

/* The length of a link that begins here, or 0. */
static size_t
link_length(struct str s, size_t *scheme)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!str_ibegins(s, schemes[i].begin))
			continue;
		while (n < s.n && !ends_link(s.p[n]))
			n++;
		n = extract_trim(str_make(s.p, n), ".,;:!?'*]}").n;
		*scheme = i;
		return n > schemes[i].begin.n ? n : 0;
	}
	return 0;
}

void
markup_text(struct out *o, struct str s)
{
	size_t from = 0, i = 0, scheme = 0;

	while (i < s.n) {
		bool word = i == 0 || !chr_alnum(s.p[i - 1]);
		size_t n = word ? link_length(str_skip(s, i), &scheme) : 0;

		if (n == 0) {
			i++;
			continue;
		}
		out_text(o, slice(s, from, i));
		PUT(o,
		    H("<a rel=\"noopener noreferrer\" target=\"_blank\" "
		      "href=\""),
		    TS(schemes[scheme].before), T(slice(s, i, i + n)), H("\">"),
		    T(slice(s, i, i + n)), H("</a>"));
		i += n;
		from = i;
	}
	out_text(o, slice(s, from, s.n));
}

/* --- Remote content ----------------------------------------------------- */

/* The word in front of position i, over quotes, blanks, '=' and '('. */
static struct str
word_before(struct str s, size_t i)
{
	size_t end;

	while (i > 0 && (is_blank(s.p[i - 1]) || strchr("\"'=(", s.p[i - 1])))
		i--;
	end = i;
	while (i > 0 && chr_alnum(s.p[i - 1]) && end - i < 16)
		i--;
	return slice(s, i, end);
}

/* The tag around position i is <link>. */
static bool
in_link_element(struct str s, size_t i)
{
	size_t back = i > LOOK_BACK ? i - LOOK_BACK : 0;

	while (i > back && s.p[i] != '<')
		i--;
	return str_ibegins(str_skip(s, i), STR("<link"));
}

bool
markup_is_remote(struct str s)
{
	static const struct str words[] = {STR("src"), STR("srcset"),
	    STR("background"), STR("poster"), STR("url"), STR("import")};

	for (size_t i = find(s, 0, STR("//")); i < s.n;
	     i = find(s, i + 2, STR("//"))) {
		size_t at = i;
		struct str word;

		if (at >= 6 && str_ibegins(slice(s, at - 6, at), STR("https:")))
			at -= 6;
		else if (at >= 5 &&
			 str_ibegins(slice(s, at - 5, at), STR("http:")))
			at -= 5;
		word = word_before(s, at);
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (str_ieq(word, words[w]))
				return true;
		if (str_ieq(word, STR("href")) && in_link_element(s, at))
			return true;
	}
	return false;
}
