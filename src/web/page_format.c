/* SPDX-License-Identifier: MIT */
/* page_format.c: numbers, sizes, times and tags as people read them */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mail/tag.h"
#include "web/page.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* One decimal at most, and a unit by 1024. */
void
page_size(struct buf *out, uint64_t octets)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	uint64_t scale = 1;
	size_t unit = 0;

	while (octets / scale >= 1024 && unit + 1 < COUNT(units)) {
		scale *= 1024;
		unit++;
	}
	uint64_t whole = octets / scale;
	uint64_t tenth = octets % scale * 10 / scale;

	if (unit == 0 || whole >= 100 || tenth == 0)
		buf_addf(out, "%" PRIu64 " %s", whole, units[unit]);
	else
		buf_addf(out, "%" PRIu64 ".%" PRIu64 " %s", whole, tenth,
		    units[unit]);
}

void
page_number(struct buf *out, uint64_t n)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buf_addc(out, ',');
		buf_addc(out, digits[i]);
	}
}

void
page_date(int64_t seconds, char text[PAGE_DATE_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	text[0] = '\0';
	if (localtime_r(&t, &tm) && strftime(text, PAGE_DATE_SIZE,
					"%a, %-d %b %Y, %H:%M:%S %Z", &tm) == 0)
		text[0] = '\0';
}

/* The script refreshes these with the same words. */
static void
relative(struct buf *out, int64_t now, int64_t seconds, const struct tm *tm)
{
	int64_t age = now - seconds;
	char text[PAGE_DATE_SIZE];
	struct tm today = {0};
	time_t t = (time_t)now;

	if (age > -MINUTE && age < MINUTE) {
		buf_adds(out, "now");
	} else if (age >= MINUTE && age < HOUR) {
		buf_addf(out, "%d min", (int)(age / MINUTE));
	} else if (age >= HOUR && age < DAY) {
		buf_addf(out, "%d h", (int)(age / HOUR));
	} else if (age >= DAY && age < 7 * DAY) {
		buf_addf(out, "%d d", (int)(age / DAY));
	} else {
		bool this_year =
		    localtime_r(&t, &today) && today.tm_year == tm->tm_year;

		if (strftime(text, sizeof(text),
			this_year ? "%-d %b" : "%Y-%m-%d", tm) > 0)
			buf_adds(out, text);
	}
}

void
page_time(struct page *p, int64_t seconds, bool is_relative)
{
	time_t t = (time_t)seconds;
	char utc[PAGE_DATE_SIZE], date[PAGE_DATE_SIZE];
	struct buf shown = BUF_INIT;
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	page_date(seconds, date);
	if (localtime_r(&t, &tm) && is_relative)
		relative(&shown, p->now, seconds, &tm);
	else
		buf_adds(&shown, date);
	PUT(p->out, H("<time datetime=\""), TS(utc), H("\" title=\""), TS(date),
	    H("\""));
	if (is_relative)
		out_adds(p->out, " data-age");
	PUT(p->out, H(">"), TB(&shown), H("</time>"));
	buf_fini(&shown);
}

void
page_tag_class(const struct page *p, struct str name, struct buf *out)
{
	if (p->preferences.plain_tags)
		buf_adds(out, "hue-none");
	else
		buf_addf(out, "hue-%u", tag_hue(name) / 10 % 36);
}

/* Names with blanks need quotes. */
void
page_tag_word(struct buf *out, struct str name)
{
	const char *quote = str_find(name, ' ') < name.n ? "\"" : "";

	buf_addf(out, "tag:%s%.*s%s", quote, STR_ARG(name), quote);
}

void
page_tag(struct page *p, struct str name)
{
	struct buf class = BUF_INIT, search = BUF_INIT;

	page_tag_class(p, name, &class);
	page_tag_word(&search, name);
	PUT(p->out, H("<a class=\"tag "), TB(&class), H("\" href=\""),
	    TS(p->w->settings.webroot), H("search?q="), U(buf_str(&search)),
	    H("\" dir=\"auto\">"), T(name), H("</a>"));
	buf_fini(&class);
	buf_fini(&search);
}
