/* SPDX-License-Identifier: MIT */
/* test_calendar.c: the events of a text/calendar part */
#include <criterion/criterion.h>

#include "web/calendar.h"

static const char planning[] =
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
    "SUMMARY:Sprint\\, round\r\n  two\\nsecond line\r\n"
    "DTSTART;TZID=\"Europe/Berlin\":20261203T090000\r\n"
    "DTEND:20261203T100000Z\r\nRRULE:FREQ=WEEKLY\r\n"
    "ORGANIZER;CN=\"Lee: Ann\":mailto:ann@example.com\r\n"
    "ATTENDEE:mailto:bob@example.com\r\nATTENDEE;CN=Eve:mailto:e@x\r\n"
    "BEGIN:VALARM\r\nDESCRIPTION:alarm\r\nEND:VALARM\r\n"
    "END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\n"
    "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:cut off\r\n";

static bool
is(const struct buf *b, const char *text)
{
	return str_eq(buf_str(b), str_of(text));
}

Test(calendar, an_event_is_read_with_folds_escapes_and_parameters)
{
	struct str rest = str_of(planning);
	struct calendar_event e;

	cr_assert(calendar_next(&rest, &e));
	cr_expect(is(&e.summary, "Sprint, round two\nsecond line"), "%s",
	    e.summary.data);
	cr_expect(
	    is(&e.start, "2026-12-03 09:00 Europe/Berlin"), "%s", e.start.data);
	cr_expect(is(&e.end, "2026-12-03 10:00 UTC"), "%s", e.end.data);
	cr_expect(is(&e.organizer, "Lee: Ann <ann@example.com>"), "%s",
	    e.organizer.data);
	cr_expect(is(&e.attendees, "bob@example.com\nEve <e@x>"), "%s",
	    e.attendees.data);
	cr_expect(is(&e.description, ""), "what an alarm says is its own");
	cr_expect(e.repeats, "it repeats");
	calendar_fini(&e);
}

Test(calendar, events_follow_one_another_and_a_cut_one_is_left_out)
{
	struct str rest = str_of(planning);
	struct calendar_event e;

	cr_assert(calendar_next(&rest, &e));
	calendar_fini(&e);
	cr_assert(calendar_next(&rest, &e));
	cr_expect(is(&e.start, "2027-01-01"), "%s", e.start.data);
	calendar_fini(&e);
	cr_expect_not(calendar_next(&rest, &e));
}

Test(calendar, texts_and_lists_have_a_maximum)
{
	struct buf text = BUF_INIT;
	struct calendar_event e;
	struct str rest;

	buf_adds(&text, "BEGIN:VEVENT\nSUMMARY:x");
	for (int i = 0; i < 2000; i++)
		buf_adds(&text, "\xc3\xa9");
	buf_adds(&text, "\n");
	for (int i = 0; i < 500; i++)
		buf_adds(&text, "ATTENDEE:mailto:a@x\n");
	buf_adds(&text, "END:VEVENT\n");
	rest = buf_str(&text);
	cr_assert(calendar_next(&rest, &e));
	cr_expect(e.summary.len > 0 && e.summary.len <= CALENDAR_TEXT);
	cr_expect(str_is_utf8(buf_str(&e.summary)), "cut between characters");
	cr_expect_eq(e.attendee_count, 500);
	cr_expect(e.attendees.len == CALENDAR_PEOPLE * 4 - 1);
	calendar_fini(&e);
	buf_fini(&text);
}
