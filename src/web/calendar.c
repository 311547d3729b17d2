/* SPDX-License-Identifier: MIT */
/* calendar.c: the events of a text/calendar part, for people */
#include "web/calendar.h"

#include <string.h>

#define LINE_MAX_OCTETS 8192

/* One content line, its folds undone (RFC 5545 section 3.1). */
static bool
next_line(struct str *rest, struct buf *line)
{
	buf_reset(line);
	if (rest->n == 0)
		return false;
	do {
		struct str s = str_cut(rest, '\n');

		if (s.n > 0 && s.p[s.n - 1] == '\r')
			s.n--;
		if (line->len > 0)
			s = str_skip(s, 1);
		if (line->len + s.n <= LINE_MAX_OCTETS)
			buf_add_str(line, s);
	} while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t') &&
		 line->len > 0);
	return true;
}

/* "NAME;A=b;C="d":value" to its three parts. */
static void
split(struct str line, struct str *name, struct str *parameters,
    struct str *value)
{
	bool quoted = false;
	size_t colon = 0, semicolon = line.n;

	while (colon < line.n && (quoted || line.p[colon] != ':')) {
		if (line.p[colon] == '"')
			quoted = !quoted;
		else if (line.p[colon] == ';' && !quoted && semicolon == line.n)
			semicolon = colon;
		colon++;
	}
	*value = str_skip(line, colon + 1);
	if (semicolon > colon)
		semicolon = colon;
	*name = str_make(line.p, semicolon);
	*parameters = semicolon < colon ? str_make(line.p + semicolon + 1,
					      colon - semicolon - 1)
					: STR("");
}

static struct str
parameter(struct str all, struct str wanted)
{
	while (all.n > 0) {
		struct str value = str_cut(&all, ';');
		struct str name = str_cut(&value, '=');

		if (!str_ieq(name, wanted))
			continue;
		if (value.n >= 2 && value.p[0] == '"')
			value = str_make(value.p + 1, value.n - 2);
		return value;
	}
	return STR("");
}

/* TEXT with its escapes undone (section 3.3.11), cut. */
static void
keep_text(struct buf *to, struct str value)
{
	buf_reset(to);
	for (size_t i = 0; i < value.n && to->len < CALENDAR_TEXT; i++) {
		char c = value.p[i];

		if (c == '\\' && i + 1 < value.n) {
			c = value.p[++i];
			if (c == 'n' || c == 'N')
				c = '\n';
		}
		buf_addc(to, c);
	}
	/* No half of a character is left at the end. */
	while (to->len > 0 && !str_is_utf8(buf_str(to)) &&
	       to->len + 4 > CALENDAR_TEXT)
		buf_truncate(to, to->len - 1);
	if (!str_is_utf8(buf_str(to)))
		buf_reset(to);
}

static bool
are_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_digit(s.p[i]))
			return false;
	return true;
}

/* DATE or DATE-TIME (sections 3.3.4 and 3.3.5). */
static void
keep_time(struct buf *to, struct str parameters, struct str v)
{
	struct str zone = parameter(parameters, STR("TZID"));

	buf_reset(to);
	if (v.n < 8 || !are_digits(str_make(v.p, 8)))
		return;
	buf_addf(to, "%.4s-%.2s-%.2s", v.p, v.p + 4, v.p + 6);
	if (v.n < 15 || v.p[8] != 'T' || !are_digits(str_make(v.p + 9, 6)))
		return;
	buf_addf(to, " %.2s:%.2s", v.p + 9, v.p + 11);
	if (v.n > 15 && v.p[15] == 'Z') {
		buf_adds(to, " UTC");
	} else if (zone.n > 0 && zone.n < 80 && str_is_utf8(zone)) {
		buf_addc(to, ' ');
		buf_add_str(to, zone);
	}
}

static void
add_person(struct buf *to, struct str parameters, struct str value)
{
	struct str name = parameter(parameters, STR("CN"));

	if (str_ibegins(value, STR("mailto:")))
		value = str_skip(value, 7);
	if (name.n + value.n > CALENDAR_TEXT || !str_is_utf8(name) ||
	    !str_is_utf8(value))
		return;
	if (to->len > 0)
		buf_addc(to, '\n');
	buf_add_str(to, name);
	if (name.n == 0 || str_eq(name, value)) {
		buf_add_str(to, name.n ? STR("") : value);
		return;
	}
	buf_adds(to, " <");
	buf_add_str(to, value);
	buf_addc(to, '>');
}

static void
take(struct calendar_event *e, struct str name, struct str parameters,
    struct str value)
{
	const struct {
		struct str name;
		struct buf *to;
	} texts[] = {
	    {STR("SUMMARY"), &e->summary},
	    {STR("LOCATION"), &e->location},
	    {STR("DESCRIPTION"), &e->description},
	    {STR("STATUS"), &e->status},
	    {STR("URL"), &e->url},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (str_ieq(name, texts[i].name))
			keep_text(texts[i].to, value);
	if (str_ieq(name, STR("DTSTART"))) {
		keep_time(&e->start, parameters, value);
	} else if (str_ieq(name, STR("DTEND"))) {
		keep_time(&e->end, parameters, value);
	} else if (str_ieq(name, STR("RRULE"))) {
		e->repeats = true;
	} else if (str_ieq(name, STR("ORGANIZER"))) {
		buf_reset(&e->organizer);
		add_person(&e->organizer, parameters, value);
	} else if (str_ieq(name, STR("ATTENDEE"))) {
		if (e->attendee_count++ < CALENDAR_PEOPLE)
			add_person(&e->attendees, parameters, value);
	}
}

/* What lies within an event, as an alarm, is not of the event. */
bool
calendar_next(struct str *rest, struct calendar_event *e)
{
	struct buf line = BUF_INIT;
	struct str name, parameters, value;
	int depth = 0;
	bool complete = false;

	*e = (struct calendar_event){0};
	e->summary = e->location = e->description = (struct buf)BUF_INIT;
	e->status = e->url = e->start = e->end = (struct buf)BUF_INIT;
	e->organizer = e->attendees = (struct buf)BUF_INIT;
	while (!complete && next_line(rest, &line)) {
		split(buf_str(&line), &name, &parameters, &value);
		if (str_ieq(name, STR("BEGIN"))) {
			if (depth > 0 || str_ieq(value, STR("VEVENT")))
				depth++;
		} else if (str_ieq(name, STR("END"))) {
			complete = depth == 1;
			depth -= depth > 0;
		} else if (depth == 1) {
			take(e, name, parameters, value);
		}
	}
	buf_fini(&line);
	if (!complete)
		calendar_fini(e);
	return complete;
}

void
calendar_fini(struct calendar_event *e)
{
	buf_fini(&e->summary);
	buf_fini(&e->location);
	buf_fini(&e->description);
	buf_fini(&e->status);
	buf_fini(&e->url);
	buf_fini(&e->start);
	buf_fini(&e->end);
	buf_fini(&e->organizer);
	buf_fini(&e->attendees);
}
