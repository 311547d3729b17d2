/* SPDX-License-Identifier: MIT */
#ifndef WEB_CALENDAR_H
#define WEB_CALENDAR_H

/*
 * calendar: the events of a text/calendar part (RFC 5545), for people.
 *
 * Pure and forgiving: what does not parse is left out. At most CALENDAR_EVENTS
 * events with CALENDAR_PEOPLE attendees each are read; texts are cut at
 * CALENDAR_TEXT octets, between characters. The caller ends each event with
 * calendar_fini().
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

#define CALENDAR_EVENTS 10
#define CALENDAR_PEOPLE 20
#define CALENDAR_TEXT 1000

struct calendar_event {
	struct buf summary, location, description, status, url;
	struct buf start, end; /* "2026-01-02 10:00 UTC", "2026-01-02" */
	struct buf organizer; /* "Name <address>" or what there is */
	struct buf attendees; /* lines of the same form */
	size_t attendee_count; /* of all, also those left out */
	bool repeats;
};

/* The next event of *rest; false: there is none. */
bool calendar_next(struct str *rest, struct calendar_event *event);
void calendar_fini(struct calendar_event *event);

#endif
