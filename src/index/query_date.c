/* SPDX-License-Identifier: MIT */
/* query_date.c: dates as people write them */

#include "index/query.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"

#define ZONES "/usr/share/zoneinfo/"
#define ZONE_MAX 64
#define TOKENS_MAX 24

/* A run of digits or of letters, or one other octet. */
struct token {
	char kind; /* '0': digits, 'a': letters, else the octet */
	struct str text;
	int value;
	bool blank; /* a blank was in front */
};

struct tokens {
	struct token at[TOKENS_MAX];
	size_t n, next;
};

/* A moment in the making; month and day from 1, offset in minutes. */
struct moment {
	int year, month, day, hour, minute, second, ms;
	bool has_offset;
	int offset;
};

static bool
split(struct str s, struct tokens *t)
{
	bool blank = false;

	*t = (struct tokens){.n = 0};
	while (s.n > 0) {
		struct token *k = &t->at[t->n];
		size_t n = 1;

		if (s.p[0] == ' ' || s.p[0] == '\t') {
			blank = true;
			s = str_skip(s, 1);
			continue;
		}
		if (t->n == TOKENS_MAX)
			return false;
		*k = (struct token){.kind = s.p[0], .blank = blank};
		if (chr_digit(s.p[0]) || chr_alpha(s.p[0])) {
			bool digits = chr_digit(s.p[0]);

			while (n < s.n &&
			       (digits ? chr_digit(s.p[n]) : chr_alpha(s.p[n])))
				n++;
			k->kind = digits ? '0' : 'a';
		}
		k->text = str_make(s.p, n);
		for (size_t i = 0; k->kind == '0' && i < n && i < 9; i++)
			k->value = k->value * 10 + (s.p[i] - '0');
		s = str_skip(s, n);
		blank = false;
		t->n++;
	}
	return t->n > 0;
}

static const struct token *
peek(const struct tokens *t, size_t ahead)
{
	static const struct token end = {.kind = '\0'};

	return t->next + ahead < t->n ? &t->at[t->next + ahead] : &end;
}

static bool
take_kind(struct tokens *t, char kind)
{
	if (peek(t, 0)->kind != kind)
		return false;
	t->next++;
	return true;
}

/* Digits of so many places. */
static bool
take_number(struct tokens *t, size_t least, size_t most, int *value)
{
	const struct token *k = peek(t, 0);

	if (k->kind != '0' || k->text.n < least || k->text.n > most)
		return false;
	*value = k->value;
	t->next++;
	return true;
}

static bool
take_word(struct tokens *t, struct str word)
{
	const struct token *k = peek(t, 0);

	if (k->kind != 'a' || !str_ieq(k->text, word))
		return false;
	t->next++;
	return true;
}

static bool
take_month(struct tokens *t, int *month)
{
	static const char *const names[] = {"january", "february", "march",
	    "april", "may", "june", "july", "august", "september", "october",
	    "november", "december"};
	const struct token *k = peek(t, 0);

	for (int i = 0; k->kind == 'a' && i < 12; i++) {
		struct str name = str_of(names[i]);

		if (!str_ieq(k->text, name) &&
		    !str_ieq(k->text, str_make(name.p, 3)) &&
		    !(i == 8 && str_ieq(k->text, STR("sept"))))
			continue;
		*month = i + 1;
		t->next++;
		return true;
	}
	return false;
}

static void
skip_weekday(struct tokens *t)
{
	static const char *const days[] = {"monday", "tuesday", "wednesday",
	    "thursday", "friday", "saturday", "sunday"};
	const struct token *k = peek(t, 0);

	for (size_t i = 0; k->kind == 'a' && i < 7; i++)
		if (str_ieq(k->text, str_of(days[i])) ||
		    str_ieq(k->text, str_make(days[i], 3))) {
			t->next++;
			(void)take_kind(t, ',');
			return;
		}
}

/* Two digits are of this century up to 68, as everywhere. */
static bool
take_year(struct tokens *t, int *year)
{
	if (take_number(t, 4, 4, year))
		return true;
	if (!take_number(t, 2, 2, year))
		return false;
	*year += *year < 69 ? 2000 : 1900;
	return true;
}

/* 2024-04-01, 2024/4/1, 2024.04.01, 20240401, 2024-04, 2024 */
static bool
year_first(struct tokens *t, struct moment *m)
{
	int all;
	char mark;

	if (take_number(t, 8, 8, &all)) {
		m->year = all / 10000;
		m->month = all / 100 % 100;
		m->day = all % 100;
		return true;
	}
	if (!take_number(t, 4, 4, &m->year))
		return false;
	mark = peek(t, 0)->kind;
	if (mark == '\0')
		return true;
	if (strchr("-/.", mark) == NULL)
		return false;
	t->next++;
	if (!take_number(t, 1, 2, &m->month))
		return false;
	if (!take_kind(t, mark))
		return t->next == t->n;
	return take_number(t, 1, 2, &m->day);
}

/* 01/04/2024 is January the 4th; so is 1/4/24. */
static bool
month_first(struct tokens *t, struct moment *m)
{
	return take_number(t, 1, 2, &m->month) && take_kind(t, '/') &&
	       take_number(t, 1, 2, &m->day) && take_kind(t, '/') &&
	       take_year(t, &m->year);
}

/* "1 april 2024", "Mon, 01-Apr-2024" */
static bool
day_first(struct tokens *t, struct moment *m)
{
	skip_weekday(t);
	if (!take_number(t, 1, 2, &m->day))
		return false;
	(void)take_kind(t, '-');
	if (!take_month(t, &m->month))
		return false;
	(void)(take_kind(t, '-') || take_kind(t, ','));
	return take_year(t, &m->year);
}

/* "apr 1, 2024", "april 1 2024" */
static bool
name_first(struct tokens *t, struct moment *m)
{
	skip_weekday(t);
	if (!take_month(t, &m->month) || !take_number(t, 1, 2, &m->day))
		return false;
	(void)take_kind(t, ',');
	return take_number(t, 4, 4, &m->year);
}

static bool
take_clock(struct tokens *t, struct moment *m)
{
	const struct token *k;

	if (!take_number(t, 1, 2, &m->hour) || !take_kind(t, ':') ||
	    !take_number(t, 2, 2, &m->minute))
		return false;
	if (take_kind(t, ':') && !take_number(t, 2, 2, &m->second))
		return false;
	k = peek(t, 1);
	if (peek(t, 0)->kind == '.' && k->kind == '0') {
		for (size_t i = 0; i < 3; i++)
			m->ms = m->ms * 10 +
				(i < k->text.n ? k->text.p[i] - '0' : 0);
		t->next += 2;
	}
	if (m->hour >= 1 && m->hour <= 12 && take_word(t, STR("pm")))
		m->hour = m->hour % 12 + 12;
	else if (m->hour >= 1 && m->hour <= 12 && take_word(t, STR("am")))
		m->hour %= 12;
	return true;
}

/* "+05:00", "-0700", "+05", Z, UTC, GMT, and the zones of RFC 5322. */
static bool
take_offset(struct tokens *t, struct moment *m)
{
	static const struct {
		const char *name;
		int hours;
	} names[] = {{"z", 0}, {"utc", 0}, {"gmt", 0}, {"ut", 0}, {"est", -5},
	    {"edt", -4}, {"cst", -6}, {"cdt", -5}, {"mst", -7}, {"mdt", -6},
	    {"pst", -8}, {"pdt", -7}};
	int sign = peek(t, 0)->kind == '-' ? -1 : 1, hours, minutes = 0;

	m->has_offset = true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (take_word(t, str_of(names[i].name))) {
			m->offset = names[i].hours * 60;
			return true;
		}
	if (!take_kind(t, '+') && !take_kind(t, '-'))
		return false;
	if (take_number(t, 4, 4, &hours)) {
		minutes = hours % 100;
		hours /= 100;
	} else if (!take_number(t, 2, 2, &hours) ||
		   (take_kind(t, ':') && !take_number(t, 2, 2, &minutes))) {
		return false;
	}
	m->offset = sign * (hours * 60 + minutes);
	return hours < 24 && minutes < 60;
}

/* "(UTC)" behind a date of a mail header. */
static void
skip_comment(struct tokens *t)
{
	if (take_kind(t, '('))
		while (t->next < t->n && !take_kind(t, ')'))
			t->next++;
}

static bool
take_rest(struct tokens *t, struct moment *m)
{
	if (t->next == t->n)
		return true;
	(void)(take_word(t, STR("T")) || take_kind(t, ','));
	(void)take_word(t, STR("at"));
	if (!take_clock(t, m))
		return false;
	if (t->next < t->n && !take_offset(t, m))
		return false;
	skip_comment(t);
	return t->next == t->n;
}

static bool
is_sound(const struct moment *m)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y = m->year, leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

	return m->month >= 1 && m->month <= 12 && m->day >= 1 &&
	       m->day <= days[m->month - 1] + (m->month == 2 ? leap : 0) &&
	       m->hour <= 23 && m->minute <= 59 && m->second <= 60;
}

/* A name of the client never becomes a path but below that folder. */
static bool
is_zone(struct str zone)
{
	char path[sizeof(ZONES) + ZONE_MAX] = ZONES;
	struct stat st;

	if (zone.n == 0 || zone.n > ZONE_MAX || !chr_alpha(zone.p[0]))
		return false;
	for (size_t i = 0; i < zone.n; i++)
		if (!chr_alnum(zone.p[i]) &&
		    (zone.p[i] == '\0' || strchr("_+-/", zone.p[i]) == NULL))
			return false;
	memcpy(path + strlen(ZONES), zone.p, zone.n);
	path[strlen(ZONES) + zone.n] = '\0';
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Local time of the zone, or of the machine, to seconds. */
static time_t
local_seconds(struct tm *tm, struct str zone)
{
	const char *was = getenv("TZ");
	char *before = mem_dups(was), *name;
	time_t seconds;

	tm->tm_isdst = -1;
	if (!is_zone(zone)) {
		free(before);
		return mktime(tm);
	}
	name = mem_format(":" ZONES "%.*s", STR_ARG(zone));
	(void)setenv("TZ", name, 1);
	tzset();
	seconds = mktime(tm);
	if (before != NULL)
		(void)setenv("TZ", before, 1);
	else
		(void)unsetenv("TZ");
	tzset();
	free(before);
	free(name);
	return seconds;
}

static bool
to_ms(const struct moment *m, struct str zone, int64_t *ms)
{
	struct tm tm = {.tm_year = m->year - 1900,
	    .tm_mon = m->month - 1,
	    .tm_mday = m->day,
	    .tm_hour = m->hour,
	    .tm_min = m->minute,
	    .tm_sec = m->second};
	int64_t seconds;

	if (!is_sound(m))
		return false;
	seconds = m->has_offset ? timegm(&tm) - m->offset * 60
				: local_seconds(&tm, zone);
	*ms = seconds * 1000 + m->ms;
	return true;
}

/* Ten digits are seconds since 1970, thirteen are milliseconds. */
static bool
is_unix_time(struct str s, int64_t *ms)
{
	uint64_t value;

	if ((s.n != 10 && s.n != 13) || !str_u64(s, &value))
		return false;
	*ms = (int64_t)(s.n == 10 ? value * 1000 : value);
	return true;
}

bool
query_date(struct str text, struct str zone, int64_t *ms)
{
	static bool (*const forms[])(struct tokens * t, struct moment * m) = {
	    year_first, month_first, day_first, name_first};
	struct tokens t;

	text = str_trim(text);
	if (is_unix_time(text, ms))
		return true;
	if (!split(text, &t))
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct moment m = {.month = 1, .day = 1};

		t.next = 0;
		if (forms[i](&t, &m) && take_rest(&t, &m))
			return to_ms(&m, zone, ms);
	}
	return false;
}
