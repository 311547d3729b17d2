/* SPDX-License-Identifier: MIT */
/* extract.c: links and one-time codes in a text */

#include "web/extract.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LINK_MAX 4096
#define CONTEXT_MAX 400
#define DIGITS_MIN 4
#define DIGITS_MAX 8
#define MIXED_MIN 5
#define MIXED_MAX 10
#define LINES_BEFORE 2
#define JOINED_MAX (EXTRACT_CODES_MAX * 32)

/* Words that announce a code, in lower case; beginnings of words. */
static const char *const words[] = {"code", "otp", "pin", "passcode",
    "password", "verif", "token", "one-time", "2fa", "mfa", "kode", "codigo",
    "c\u00f3digo", "codice", "kod", "passwort", "einmal", "tan",
    "\u9a8c\u8bc1\u7801", "\u043a\u043e\u0434", "\u30b3\u30fc\u30c9"};

void
extract_fini(struct extract *e)
{
	free(e->links);
	free(e->codes);
	buf_fini(&e->joined);
	memset(e, 0, sizeof(*e));
}

static void
add(struct extract_found **all, size_t *count, size_t max, struct str value,
    struct str context)
{
	if (*count == max)
		return;
	for (size_t i = 0; i < *count; i++)
		if (str_eq((*all)[i].value, value))
			return;
	*all = mem_grow(*all, *count + 1, sizeof(**all));
	context = str_trim_crlf(context);
	if (context.n > CONTEXT_MAX) {
		/* Not within a character. */
		context.n = CONTEXT_MAX;
		while (context.n > 0 &&
		       ((unsigned char)context.p[context.n] & 0xc0) == 0x80)
			context.n--;
	}
	(*all)[(*count)++] = (struct extract_found){value, context};
}

/* --- links --- */

struct str
extract_trim(struct str url, const char *marks)
{
	size_t open = 0, closed = 0;

	for (size_t i = 0; i < url.n; i++) {
		open += url.p[i] == '(';
		closed += url.p[i] == ')';
	}
	while (url.n > 0) {
		char c = url.p[url.n - 1];

		if (c == ')' && closed > open)
			closed--;
		else if (strchr(marks, c) == NULL || c == '\0')
			break;
		url.n--;
	}
	return url;
}

static size_t
link_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] > 32 &&
	       strchr("<>\"\\^`{|}", s.p[n]) == NULL)
		n++;
	return n;
}

static struct str
scheme_of(struct str s)
{
	if (str_ibegins(s, STR("https://")))
		return STR("https://");
	return str_ibegins(s, STR("http://")) ? STR("http://") : STR("");
}

void
extract_links(struct extract *e, struct str text)
{
	while (text.n > 0) {
		struct str line = str_cut(&text, '\n');
		size_t at = 0;

		while (at < line.n) {
			struct str rest = str_skip(line, at), url;
			size_t scheme = scheme_of(rest).n;
			bool inside = at > 0 && chr_alnum(line.p[at - 1]);

			if (scheme == 0 || inside) {
				at++;
				continue;
			}
			url = str_make(rest.p, link_length(rest));
			at += url.n;
			url = extract_trim(url, ".,;:!?'*_");
			if (url.n > scheme && url.n <= LINK_MAX)
				add(&e->links, &e->link_count,
				    EXTRACT_LINKS_MAX, url, line);
		}
	}
}

/* --- codes --- */

/* One of the words begins somewhere where a word begins. */
static bool
announces(struct str line)
{
	bool before = false;

	for (size_t i = 0; i < line.n; i++) {
		struct str rest = str_skip(line, i);

		for (size_t w = 0;
		     !before && w < sizeof(words) / sizeof(words[0]); w++)
			if (str_ibegins(rest, str_of(words[w])))
				return true;
		/* "tan" is in "important", "pin" in "shopping". */
		before = chr_alpha(line.p[i]);
	}
	return false;
}

static bool
is_token(char c)
{
	return chr_alnum(c) || (unsigned char)c >= 0x80;
}

/* What may not stand right before or behind a code: it is something else. */
static bool
is_glued(struct str line, size_t at, size_t end)
{
	char before = at > 0 ? line.p[at - 1] : ' ';
	char behind = end < line.n ? line.p[end] : ' ';
	char next = end + 1 < line.n ? line.p[end + 1] : ' ';

	return is_token(before) || strchr("+#$/@=&?%_.", before) != NULL ||
	       is_token(behind) || strchr("%/@=&_", behind) != NULL ||
	       (strchr(".,:", behind) != NULL && chr_digit(next)) ||
	       ((before == ',' || before == ':') && at > 1 &&
		   chr_digit(line.p[at - 2]));
}

struct shape {
	size_t digits, capitals, others;
};

static size_t
measure(struct str s, struct shape *shape)
{
	size_t n = 0;

	memset(shape, 0, sizeof(*shape));
	for (; n < s.n && is_token(s.p[n]); n++) {
		char c = s.p[n];

		shape->digits += chr_digit(c);
		shape->capitals += c >= 'A' && c <= 'Z';
		shape->others += !chr_digit(c) && (c < 'A' || c > 'Z');
	}
	return n;
}

static bool
is_code(const struct shape *s)
{
	size_t n = s->digits + s->capitals;

	if (s->others > 0 || s->digits == 0)
		return false;
	return s->capitals == 0 ? n >= DIGITS_MIN && n <= DIGITS_MAX
				: n >= MIXED_MIN && n <= MIXED_MAX;
}

/* "123 456" and "123-456"; returns the octets of both groups, or 0. */
static size_t
pair_length(struct str s, size_t first, const struct shape *one)
{
	struct shape two;
	size_t second;

	if (first + 1 >= s.n || (s.p[first] != ' ' && s.p[first] != '-'))
		return 0;
	second = measure(str_skip(s, first + 1), &two);
	if (one->others > 0 || one->capitals > 0 || two.others > 0 ||
	    two.capitals > 0 || first != second || first < 3 || first > 4)
		return 0;
	return first + 1 + second;
}

/* "G-123456": a letter in front of the digits. */
static bool
is_prefix(struct str line, size_t at)
{
	return at >= 2 && line.p[at - 1] == '-' && chr_alpha(line.p[at - 2]) &&
	       (at == 2 || !is_token(line.p[at - 3]));
}

static void
find_codes(struct extract *e, struct str line)
{
	size_t at = 0;

	while (at < line.n && e->code_count < EXTRACT_CODES_MAX &&
	       e->joined.len < JOINED_MAX - 2 * DIGITS_MAX) {
		struct str rest = str_skip(line, at);
		struct shape shape;
		size_t n, pair;
		bool dashed =
		    at > 0 && line.p[at - 1] == '-' && !is_prefix(line, at);

		/* A link is no place for a code to be read from. */
		if (scheme_of(rest).n > 0) {
			at += link_length(rest);
			continue;
		}
		n = measure(rest, &shape);
		if (n == 0) {
			at++;
			continue;
		}
		pair = pair_length(rest, n, &shape);
		if (pair > 0 && !dashed &&
		    (at + pair >= line.n || line.p[at + pair] != '-') &&
		    !is_glued(line, at, at + pair)) {
			size_t from = e->joined.len;

			buf_add(&e->joined, rest.p, n);
			buf_add(&e->joined, rest.p + n + 1, pair - n - 1);
			add(&e->codes, &e->code_count, EXTRACT_CODES_MAX,
			    str_make(e->joined.data + from, pair - 1), line);
			n = pair;
		} else if (is_code(&shape) && !dashed &&
			   (at + n >= line.n || line.p[at + n] != '-') &&
			   !is_glued(line, at, at + n))
			add(&e->codes, &e->code_count, EXTRACT_CODES_MAX,
			    str_make(rest.p, n), line);
		at += n;
	}
}

/* Nothing but one word, as codes stand in HTML mail. */
static bool
stands_alone(struct str line)
{
	struct str rest = str_trim_crlf(line);

	return rest.n > 0 && rest.n <= 2 * MIXED_MAX;
}

void
extract_codes(struct extract *e, struct str subject, struct str text)
{
	bool titled = announces(subject);
	size_t since = LINES_BEFORE + 1;

	if (e->joined.cap == 0) {
		e->joined = (struct buf)BUF_INIT;
		/* Slices of it are kept, so it must not move. */
		for (size_t i = 0; i < JOINED_MAX; i++)
			buf_addc(&e->joined, ' ');
		buf_reset(&e->joined);
	}
	if (titled)
		find_codes(e, subject);
	while (text.n > 0 && e->code_count < EXTRACT_CODES_MAX) {
		struct str line = str_cut(&text, '\n');

		if (str_trim_crlf(line).n == 0)
			continue;
		since = announces(line) ? 0 : since + 1;
		if (since <= LINES_BEFORE || (titled && stands_alone(line)))
			find_codes(e, line);
	}
}
