/* SPDX-License-Identifier: MIT */
/* stamp.c: times for header fields */

#include "mail/stamp.h"

#include <stdlib.h>

#include "base/mem.h"

static void
add(struct buf *out, const struct tm *tm, int day_digits)
{
	static const char *const days[] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	long minutes = tm->tm_gmtoff / 60;

	buf_addf(out, "%s, %0*d %s %04d %02d:%02d:%02d %c%02ld%02ld",
	    days[tm->tm_wday], day_digits, tm->tm_mday, months[tm->tm_mon],
	    tm->tm_year + 1900, tm->tm_hour, tm->tm_min, tm->tm_sec,
	    minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
}

void
stamp_utc(struct buf *out, time_t when)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		bug("no date for %lld", (long long)when);
	add(out, &tm, 1);
}

void
stamp_local(struct buf *out, time_t when)
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL)
		bug("no date for %lld", (long long)when);
	add(out, &tm, 2);
}
