/* SPDX-License-Identifier: MIT */
/* query.c: the search language, read into terms */

#include "index/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MS_MAX INT64_MAX

struct parsing {
	struct query *q;
	struct str zone;
	struct buf *why;
};

enum verdict {
	TAKEN,
	PLAIN, /* no filter after all: ordinary text */
	WRONG, /* why says it */
};

static const struct {
	const char *name;
	enum query_field field;
	bool may_be_exact;
} prefixes[] = {
    {"from:", QUERY_FROM, true},
    {"to:", QUERY_TO, true},
    {"cc:", QUERY_CC, true},
    {"bcc:", QUERY_BCC, true},
    {"reply-to:", QUERY_REPLY_TO, true},
    {"addressed:", QUERY_ADDRESSED, true},
    {"subject:", QUERY_SUBJECT, false},
    {"message-id:", QUERY_MESSAGE_ID, false},
    {"tag:", QUERY_TAG, false},
};

static const struct {
	const char *word;
	enum query_field field;
	bool negated;
} flags[] = {
    {"is:read", QUERY_READ, false},
    {"is:unread", QUERY_READ, true},
    {"is:tagged", QUERY_TAGGED, false},
    {"has:attachment", QUERY_ATTACHMENT, false},
    {"has:attachments", QUERY_ATTACHMENT, false},
    {"has:inline", QUERY_INLINE, false},
    {"has:inlines", QUERY_INLINE, false},
};

static struct query_term *
add_term(struct parsing *p, enum query_field field, bool negated)
{
	struct query *q = p->q;
	struct query_term *t;

	q->terms = mem_grow(q->terms, q->count + 1, sizeof(*q->terms));
	t = &q->terms[q->count++];
	*t = (struct query_term){.field = field, .negated = negated};
	q->ends[q->alternatives - 1] = q->count;
	return t;
}

/* Runs of blanks and control characters become one blank; folded. */
static void
squeeze(struct buf *out, struct str s, const char *also)
{
	struct buf plain = BUF_INIT;
	bool blank = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == ' ' || chr_control(c) || strchr(also, c) != NULL) {
			blank = plain.len > 0;
			continue;
		}
		if (blank)
			buf_addc(&plain, ' ');
		buf_addc(&plain, c);
		blank = false;
	}
	query_fold(out, buf_str(&plain));
	buf_fini(&plain);
}

/* As it is written, blank by blank: what is compared has them all. */
static void
keep_blanks(struct buf *out, struct str s)
{
	struct buf plain = BUF_INIT;

	for (size_t i = 0; i < s.n; i++)
		buf_addc(&plain, chr_control(s.p[i]) ? ' ' : s.p[i]);
	query_fold(out, str_trim(buf_str(&plain)));
	buf_fini(&plain);
}

/* What is written <in brackets> is meant without them. */
static struct str
without_brackets(struct str s)
{
	s = str_trim(s);
	if (s.n > 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return str_make(s.p + 1, s.n - 2);
	return s;
}

static void
add_text(struct parsing *p, enum query_field field, struct str value,
    bool negated, bool exact)
{
	/* The search text has blanks for these (HTTP API, section 5.11). */
	const char *also = field == QUERY_TEXT ? "><\",;()" : "";
	struct buf folded = BUF_INIT;
	struct query_term *t;

	if (field == QUERY_SUBJECT)
		keep_blanks(&folded, value);
	else
		squeeze(&folded,
		    field == QUERY_TEXT ? value : without_brackets(value),
		    also);
	if (folded.len > 0) {
		t = add_term(p, field, negated);
		t->exact = exact;
		t->value = buf_detach(&folded);
	}
	buf_fini(&folded);
}

static enum verdict
take_prefix(struct parsing *p, struct str word, bool negated)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct str name = str_of(prefixes[i].name);
		struct str value = str_skip(word, name.n);
		bool exact;

		if (!str_ibegins(word, name))
			continue;
		exact = prefixes[i].may_be_exact && str_begins(value, STR("="));
		if (exact)
			value = str_skip(value, 1);
		add_text(p, prefixes[i].field, value, negated, exact);
		return TAKEN;
	}
	return PLAIN;
}

static enum verdict
take_flag(struct parsing *p, struct str word, bool negated)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (str_ieq(word, str_of(flags[i].word))) {
			(void)add_term(
			    p, flags[i].field, flags[i].negated != negated);
			return TAKEN;
		}
	return PLAIN;
}

/* header:NAME=VALUE; without a value: there is such a field. */
static enum verdict
take_header(struct parsing *p, struct str word, bool negated)
{
	struct buf name = BUF_INIT, value = BUF_INIT;
	struct query_term *t;
	struct str rest;

	if (!str_ibegins(word, STR("header:")))
		return PLAIN;
	rest = str_skip(word, 7);
	squeeze(&name, str_cut(&rest, '='), "");
	keep_blanks(&value, rest);
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= 32 || name.data[i] == 127 ||
		    name.data[i] == ':')
			buf_reset(&name);
	if (name.len == 0) {
		buf_addf(p->why, "not the name of a header field: %.*s",
		    STR_ARG(word));
		buf_fini(&name);
		buf_fini(&value);
		return WRONG;
	}
	t = add_term(p, QUERY_HEADER, negated);
	t->name = buf_detach(&name);
	t->value = buf_detach(&value);
	return TAKEN;
}

/* A negated limit looks to the other side, and both sides hold the limit. */
static enum verdict
take_date(struct parsing *p, struct str word, bool negated)
{
	bool after = str_ibegins(word, STR("after:"));
	struct query_term *t;
	struct str value;
	int64_t ms;

	if (!after && !str_ibegins(word, STR("before:")))
		return PLAIN;
	value = str_trim(str_skip(word, after ? 6 : 7));
	if (value.n == 0)
		return TAKEN;
	if (!query_date(value, p->zone, &ms)) {
		buf_addf(p->why, "not a date: %.*s", STR_ARG(value));
		return WRONG;
	}
	t = add_term(p, QUERY_CREATED, false);
	t->low = after != negated ? ms : INT64_MIN;
	t->high = after != negated ? MS_MAX : ms;
	return TAKEN;
}

/* Digits, a fraction, and a unit of 1024s; returns false for all else. */
static bool
parse_size(struct str s, int64_t *size)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = {{"", 1.0}, {"b", 1.0}, {"k", 1024.0}, {"kb", 1024.0},
	    {"m", 1048576.0}, {"mb", 1048576.0}, {"g", 1073741824.0},
	    {"gb", 1073741824.0}};
	double value = 0, place = 1;
	size_t i = 0;

	if (s.n == 0 || !chr_digit(s.p[0]))
		return false;
	for (; i < s.n && i < 15 && chr_digit(s.p[i]); i++)
		value = value * 10 + (s.p[i] - '0');
	if (i + 1 < s.n && s.p[i] == '.' && chr_digit(s.p[i + 1]))
		for (i++; i < s.n && chr_digit(s.p[i]); i++) {
			place /= 10;
			value += place * (s.p[i] - '0');
		}
	s = str_trim(str_skip(s, i));
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
		if (str_ieq(s, str_of(units[u].name))) {
			value *= units[u].factor;
			*size = value < 9e18 ? (int64_t)value : INT64_MAX - 1;
			return true;
		}
	return false;
}

static enum verdict
take_size(struct parsing *p, struct str word, bool negated)
{
	bool larger = str_ibegins(word, STR("larger:"));
	struct query_term *t;
	struct str value;
	int64_t size;

	if (!larger && !str_ibegins(word, STR("smaller:")))
		return PLAIN;
	value = str_trim(str_skip(word, larger ? 7 : 8));
	if (value.n == 0)
		return TAKEN;
	if (!parse_size(value, &size)) {
		buf_addf(p->why, "not a size: %.*s", STR_ARG(value));
		return WRONG;
	}
	t = add_term(p, QUERY_SIZE, false);
	t->low = larger != negated ? size + 1 : INT64_MIN;
	t->high = larger != negated ? INT64_MAX : size - 1;
	return TAKEN;
}

static bool
take_word(struct parsing *p, struct str word)
{
	static enum verdict (*const kinds[])(
	    struct parsing * p, struct str word, bool negated) = {
	    take_prefix, take_flag, take_header, take_date, take_size};
	bool negated = false;

	word = str_trim(word);
	if (word.n >= 2 && (word.p[0] == '-' || word.p[0] == '!')) {
		negated = true;
		word = str_trim(str_skip(word, 1));
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum verdict v = kinds[i](p, word, negated);

		if (v != PLAIN)
			return v == TAKEN;
	}
	add_text(p, QUERY_TEXT, word, negated, false);
	return true;
}

/*
 * Cuts the next word off: quotes may open anywhere, keep blanks together and
 * are dropped. Returns false at the end.
 */
static bool
next_word(struct str *rest, struct buf *word, bool *quoted)
{
	bool open = false;
	size_t i = 0;

	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = str_skip(*rest, 1);
	if (rest->n == 0)
		return false;
	buf_reset(word);
	*quoted = false;
	for (; i < rest->n && (open || rest->p[i] != ' '); i++) {
		if (rest->p[i] == '"') {
			open = !open;
			*quoted = true;
		} else {
			buf_addc(word, rest->p[i]);
		}
	}
	*rest = str_skip(*rest, i);
	return true;
}

static void
begin_alternative(struct parsing *p)
{
	struct query *q = p->q;

	/* One that came to nothing is filled again. */
	if (q->alternatives > 0 &&
	    q->ends[q->alternatives - 1] ==
		(q->alternatives > 1 ? q->ends[q->alternatives - 2] : 0))
		return;
	q->ends = mem_grow(q->ends, q->alternatives + 1, sizeof(*q->ends));
	q->ends[q->alternatives++] = q->count;
}

static bool
read_words(struct parsing *p, struct str text)
{
	struct buf word = BUF_INIT;
	bool quoted, sound = true, behind_term = false;

	begin_alternative(p);
	while (sound && next_word(&text, &word, &quoted)) {
		struct str left = str_trim(text);

		/* Between terms it is the operator, elsewhere a word. */
		if (!quoted && str_eq(buf_str(&word), STR("OR")) &&
		    behind_term && left.n > 0) {
			begin_alternative(p);
			behind_term = false;
			continue;
		}
		behind_term = true;
		sound = take_word(p, buf_str(&word));
		if (sound && p->q->count > QUERY_TERMS_MAX) {
			buf_addf(p->why, "more than %d terms", QUERY_TERMS_MAX);
			sound = false;
		}
	}
	buf_fini(&word);
	return sound;
}

/* The last alternative may have come to nothing, too. */
static void
drop_empty_end(struct query *q)
{
	if (q->alternatives > 1 &&
	    q->ends[q->alternatives - 1] == q->ends[q->alternatives - 2])
		q->alternatives--;
}

struct query *
query_parse(struct str text, struct str zone, struct buf *why)
{
	struct parsing p = {.zone = zone, .why = why};
	bool sound = false;

	p.q = mem_new(sizeof(*p.q));
	if (text.n > QUERY_MAX)
		buf_addf(why, "a query of more than %d octets", QUERY_MAX);
	else if (!str_is_utf8(text))
		buf_adds(why, "the query is not UTF-8");
	else
		sound = read_words(&p, text);
	drop_empty_end(p.q);
	if (sound && p.q->count == 0) {
		buf_adds(why, "no search query");
		sound = false;
	}
	if (sound)
		return p.q;
	query_free(p.q);
	return NULL;
}

void
query_free(struct query *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->count; i++) {
		free(q->terms[i].name);
		free(q->terms[i].value);
	}
	free(q->terms);
	free(q->ends);
	free(q);
}
