/* SPDX-License-Identifier: MIT */
#ifndef MAIL_STAMP_H
#define MAIL_STAMP_H

/*
 * stamp: a time as header fields have it (RFC 5322 section 3.3), with names in
 * English whatever the locale. A time that has no date is a bug.
 */

#include <time.h>

#include "base/buf.h"

/* In UTC, the day of the month without a leading zero. */
void stamp_utc(struct buf *out, time_t when);

/* In the zone of this process, the day of the month in two digits. */
void stamp_local(struct buf *out, time_t when);

#endif
