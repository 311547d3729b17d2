/* SPDX-License-Identifier: MIT */
/* date.c: times of header fields */

#include "mime/date.h"

#include <string.h>

struct stamp {
	unsigned day, month, hour, minute, second;
	int64_t year;
	int offset;
};

/* Named zones of RFC 5322 section 4.3; all others say nothing: UTC. */
static const struct {
	char name[5];
	int offset;
} zones[] = {
    {"EST", -300},
    {"EDT", -240},
    {"CST", -360},
    {"CDT", -300},
    {"MST", -420},
    {"MDT", -360},
    {"PST", -480},
    {"PDT", -420},
    {"CET", 60},
    {"CEST", 120},
    {"BST", 60},
    {"JST", 540},
};

int64_t
date_days(int64_t year, unsigned month, unsigned day)
{
	/* Years begin in March, so that the odd day is the last one. */
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
	    (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day -
	    1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static void
skip_comment(struct str *s)
{
	size_t depth = 0, i = 0;

	for (; i < s->n; i++) {
		if (s->p[i] == '\\')
			i++;
		else if (s->p[i] == '(')
			depth++;
		else if (s->p[i] == ')' && --depth == 0)
			break;
	}
	*s = str_skip(*s, i + 1);
}

/* The next word: blanks, commas and comments part words, '-' if told. */
static struct str
next_word(struct str *s, bool dash)
{
	struct str word;

	for (;;) {
		if (s->n > 0 && s->p[0] == '(')
			skip_comment(s);
		else if (s->n > 0 && strchr(" \t,", s->p[0]) != NULL)
			*s = str_skip(*s, 1);
		else if (s->n > 0 && dash && s->p[0] == '-')
			*s = str_skip(*s, 1);
		else
			break;
	}
	word = str_make(s->p, 0);
	while (word.n < s->n && s->p[word.n] != '\0' &&
	       strchr(" \t,(", s->p[word.n]) == NULL &&
	       !(dash && s->p[word.n] == '-'))
		word.n++;
	*s = str_skip(*s, word.n);
	return word;
}

static bool
read_number(struct str word, size_t most, unsigned max, unsigned *value)
{
	uint64_t n;

	if (word.n == 0 || word.n > most || !str_u64(word, &n) || n > max)
		return false;
	*value = (unsigned)n;
	return true;
}

static bool
read_month(struct str word, unsigned *month)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (unsigned i = 0; word.n >= 3 && i < 12; i++)
		if (str_ieq(str_make(word.p, 3), str_make(names + 3 * i, 3))) {
			*month = i + 1;
			return true;
		}
	return false;
}

/* RFC 5322 section 4.3: years of two and three digits. */
static bool
read_year(struct str word, int64_t *year)
{
	unsigned n;

	if (word.n < 2 || !read_number(word, 4, 9999, &n))
		return false;
	if (word.n == 2)
		n += n < 50 ? 2000 : 1900;
	else if (word.n == 3)
		n += 1900;
	*year = n;
	return true;
}

static bool
read_time(struct str word, struct stamp *t)
{
	struct str hour = str_cut(&word, ':'), minute = str_cut(&word, ':');
	struct str second = str_cut(&word, '.');

	t->second = 0;
	return read_number(hour, 2, 23, &t->hour) &&
	       read_number(minute, 2, 59, &t->minute) &&
	       (second.n == 0 || read_number(second, 2, 60, &t->second));
}

static bool
read_zone(struct str word, int *offset)
{
	unsigned n;

	*offset = 0;
	if (word.n >= 5 && (word.p[0] == '+' || word.p[0] == '-')) {
		struct str digits = str_make(word.p + 1, word.n - 1);
		char plain[4];

		if (digits.n == 5 && digits.p[2] == ':') {
			memcpy(plain, digits.p, 2);
			memcpy(plain + 2, digits.p + 3, 2);
			digits = str_make(plain, 4);
		}
		if (!read_number(digits, 4, 9959, &n) || n % 100 > 59)
			return false;
		*offset = (int)(n / 100 * 60 + n % 100);
		if (word.p[0] == '-')
			*offset = -*offset;
		return true;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (str_ieq(word, str_of(zones[i].name)))
			*offset = zones[i].offset;
	return true;
}

static unsigned
days_in(int64_t year, unsigned month)
{
	return (unsigned)(date_days(month == 12 ? year + 1 : year,
			      month == 12 ? 1 : month + 1, 1) -
			  date_days(year, month, 1));
}

/* The parts in the order of RFC 5322, or in that of asctime(3). */
static bool
read_parts(struct str s, struct stamp *t)
{
	struct str word = next_word(&s, false);

	/* A day's name, which nothing follows but the day. */
	if (word.n > 0 && chr_alpha(word.p[0]))
		word = next_word(&s, true);
	if (read_month(word, &t->month))
		return read_number(next_word(&s, false), 2, 31, &t->day) &&
		       read_time(next_word(&s, false), t) &&
		       read_year(next_word(&s, false), &t->year) &&
		       read_zone(next_word(&s, false), &t->offset);
	if (str_find(word, '-') < word.n) {
		struct str rest = word;

		word = str_cut(&rest, '-');
		return read_number(word, 2, 31, &t->day) &&
		       read_month(str_cut(&rest, '-'), &t->month) &&
		       read_year(rest, &t->year) &&
		       read_time(next_word(&s, false), t) &&
		       read_zone(next_word(&s, false), &t->offset);
	}
	return read_number(word, 2, 31, &t->day) &&
	       read_month(next_word(&s, true), &t->month) &&
	       read_year(next_word(&s, true), &t->year) &&
	       read_time(next_word(&s, false), t) &&
	       read_zone(next_word(&s, false), &t->offset);
}

bool
date_parse(struct str value, int64_t *seconds, int *offset)
{
	struct stamp t = {0};

	if (!read_parts(value, &t) || t.day == 0 ||
	    t.day > days_in(t.year, t.month))
		return false;
	*seconds = date_days(t.year, t.month, t.day) * 86400 +
		   (int64_t)t.hour * 3600 + (int64_t)t.minute * 60 + t.second -
		   (int64_t)t.offset * 60;
	*offset = t.offset;
	return true;
}
