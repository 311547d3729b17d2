/* SPDX-License-Identifier: MIT */
/* addr.c: the address grammar of the envelope */

#include "mail/addr.h"

#include <arpa/inet.h>
#include <string.h>

#define LOCAL_MAX 64
#define DOMAIN_MAX 255
#define PATH_MAX_RFC 256

static bool
is_8bit(char c)
{
	return (unsigned char)c > 127;
}

/* RFC 5321 atext, and UTF-8. */
static bool
is_atext(char c)
{
	return chr_alnum(c) || is_8bit(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* The length of a quoted string at the start of s, 0 when there is none. */
static size_t
quoted_length(struct str s)
{
	if (s.n == 0 || s.p[0] != '"')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
		if (i >= s.n || chr_control(s.p[i]))
			return 0;
	}
	return 0;
}

/* The length of a dot-string at the start of s, 0 when there is none. */
static size_t
dot_string_length(struct str s)
{
	bool want_atom = true;
	size_t n = 0;

	for (; n < s.n; n++) {
		if (s.p[n] == '.' && want_atom)
			return 0;
		if (s.p[n] != '.' && !is_atext(s.p[n]))
			break;
		want_atom = s.p[n] == '.';
	}
	return want_atom ? 0 : n;
}

static size_t
local_part_length(struct str s)
{
	size_t n = quoted_length(s);

	return n != 0 ? n : dot_string_length(s);
}

static bool
is_ip(int family, struct str s)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, address) == 1;
}

/* What stands between the brackets of an address literal. */
static bool
is_literal(struct str s, unsigned *oddities)
{
	size_t colon = str_find(s, ':');

	if (is_ip(AF_INET, s))
		return true;
	if (str_ibegins(s, STR("IPv6:")))
		return is_ip(AF_INET6, str_skip(s, 5));
	if (is_ip(AF_INET6, s)) {
		*oddities |= ADDR_ODD_LITERAL;
		return true;
	}
	/* General-address-literal: a tag, a colon, dcontent */
	if (colon == 0 || colon + 1 >= s.n || !chr_alnum(s.p[colon - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (i < colon && !chr_alnum(c) && c != '-')
			return false;
		if (c < 33 || c > 126 || c == '[' || c == ']' || c == '\\')
			return false;
	}
	return true;
}

static bool
is_label(struct str s, unsigned *oddities)
{
	if (s.n == 0)
		return false;
	if (s.p[0] == '-' || s.p[s.n - 1] == '-')
		*oddities |= ADDR_ODD_DOMAIN;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '_' || c == '*')
			*oddities |= ADDR_ODD_DOMAIN;
		else if (!chr_alnum(c) && c != '-' && !is_8bit(c))
			return false;
	}
	return true;
}

static bool
check_domain(struct str s, unsigned *oddities)
{
	if (s.n == 0)
		return false;
	if (s.p[0] == '[')
		return s.p[s.n - 1] == ']' && s.n > 2 &&
		       is_literal(str_make(s.p + 1, s.n - 2), oddities);
	for (;;) {
		bool last = str_find(s, '.') == s.n;

		if (!is_label(str_cut(&s, '.'), oddities))
			return false;
		if (last)
			return true;
	}
}

bool
addr_is_domain(struct str s)
{
	unsigned oddities = 0;

	return s.n <= DOMAIN_MAX && !str_has_8bit(s) &&
	       check_domain(s, &oddities);
}

bool
addr_is_postmaster(struct str mailbox)
{
	return str_ieq(mailbox, STR("postmaster"));
}

/* The position of the '>' that ends the path; s.n when there is none. */
static size_t
path_end(struct str s)
{
	bool quoted = false;

	for (size_t i = 1; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] == '>')
			return i;
		else if (!quoted && s.p[i] == '<')
			break;
	}
	return s.n;
}

/* Drops "@one,@two:" in front of the mailbox; RFC 5321 appendix C. */
static bool
drop_route(struct str *s, unsigned *oddities)
{
	struct str route;

	if (s->n == 0 || s->p[0] != '@')
		return true;
	if (str_find(*s, ':') == s->n)
		return false;
	route = str_cut(s, ':');
	*oddities |= ADDR_ODD_ROUTE;
	if (route.p[route.n - 1] == ',')
		return false;
	while (route.n > 0) {
		struct str hop = str_cut(&route, ',');

		if (hop.n < 2 || hop.p[0] != '@' ||
		    !check_domain(str_skip(hop, 1), oddities))
			return false;
	}
	return true;
}

static enum addr_verdict
check_mailbox(struct str mailbox, unsigned *oddities)
{
	size_t local = local_part_length(mailbox);
	struct str domain;

	if (!str_is_utf8(mailbox) || local == 0)
		return ADDR_INVALID;
	if (str_has_8bit(mailbox))
		*oddities |= ADDR_IS_UTF8;
	if (local == mailbox.n)
		return addr_is_postmaster(mailbox) ? ADDR_OK : ADDR_INVALID;
	if (mailbox.p[local] != '@')
		return ADDR_INVALID;
	domain = str_skip(mailbox, local + 1);
	if (local > LOCAL_MAX || domain.n > DOMAIN_MAX ||
	    mailbox.n + 2 > PATH_MAX_RFC)
		*oddities |= ADDR_ODD_LENGTH;
	return check_domain(domain, oddities) ? ADDR_OK : ADDR_INVALID;
}

enum addr_verdict
addr_parse_path(struct str in, struct addr_path *out)
{
	struct str s = str_trim(in);
	size_t end;

	*out = (struct addr_path){.mailbox = STR(""), .rest = STR("")};
	if (s.p != in.p)
		out->oddities |= ADDR_ODD_SPACE;
	if (s.n == 0 || s.p[0] != '<')
		return ADDR_SYNTAX;
	end = path_end(s);
	if (end == s.n)
		return ADDR_SYNTAX;
	for (size_t i = 0; i < s.n; i++)
		if (chr_control(s.p[i]) && s.p[i] != '\t')
			return ADDR_SYNTAX;
	if (end + 1 < s.n && s.p[end + 1] != ' ' && s.p[end + 1] != '\t')
		return ADDR_SYNTAX;
	out->mailbox = str_make(s.p + 1, end - 1);
	out->rest = str_trim(str_skip(s, end + 1));
	if (out->mailbox.n > ADDR_PATH_MAX)
		return ADDR_TOO_LONG;
	if (out->mailbox.n == 0)
		return ADDR_OK;
	if (!drop_route(&out->mailbox, &out->oddities))
		return ADDR_INVALID;
	return check_mailbox(out->mailbox, &out->oddities);
}
