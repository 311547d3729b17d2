/* SPDX-License-Identifier: MIT */
#ifndef MIME_DATE_H
#define MIME_DATE_H

/*
 * date: times of header fields (RFC 5322 section 3.3 and the obsolete forms
 * of section 4.3), and asctime's form.
 *
 * Comments are passed over; the day's name is not checked. Pure functions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Reads seconds since 1970 and the offset in minutes east of UTC. Returns
 * false if it is no date; then nothing is set.
 */
bool date_parse(struct str value, int64_t *seconds, int *offset);

/* Days since 1970 of a day in the Gregorian calendar. */
int64_t date_days(int64_t year, unsigned month, unsigned day);

#endif
