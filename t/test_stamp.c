/* SPDX-License-Identifier: MIT */
/* test_stamp.c: times for header fields */

#include "mail/stamp.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define WHEN 1793751417 /* 2026-11-04 00:16:57 UTC, a Wednesday */

Test(stamp, utc_has_no_zone_and_no_zero_in_front)
{
	struct buf out = BUF_INIT;

	cr_assert_eq(setenv("TZ", "XYZ-5:30", 1), 0);
	tzset();
	stamp_utc(&out, WHEN);
	cr_expect_str_eq(out.data, "Wed, 4 Nov 2026 00:16:57 +0000");
	buf_fini(&out);
}

Test(stamp, the_zone_is_that_of_the_process)
{
	static const struct {
		const char *zone, *text;
	} rows[] = {
	    {"UTC0", "Wed, 04 Nov 2026 00:16:57 +0000"},
	    {"XYZ-5:30", "Wed, 04 Nov 2026 05:46:57 +0530"},
	    {"XYZ+3:30", "Tue, 03 Nov 2026 20:46:57 -0330"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		cr_assert_eq(setenv("TZ", rows[i].zone, 1), 0);
		tzset();
		stamp_local(&out, WHEN);
		cr_expect_str_eq(out.data, rows[i].text, "%s", rows[i].zone);
		buf_fini(&out);
	}
}
