/* SPDX-License-Identifier: MIT */
/* api_json.c: addresses, times and summaries as JSON */

#include <time.h>

#include "mail/mailbox.h"
#include "web/api.h"

void
api_json(struct web *w)
{
	out_begin(&w->out, 200, "application/json", OUT_API);
}

void
api_bool(struct out *o, bool b)
{
	out_adds(o, b ? "true" : "false");
}

/* RFC 3339: no zero at the end of a fraction, Z for no offset. */
static void
put_time(struct out *o, int64_t seconds, int ms, long offset)
{
	time_t local = (time_t)(seconds + offset);
	char sign = offset < 0 ? '-' : '+';
	char fraction[8] = "";
	struct tm tm;

	if (gmtime_r(&local, &tm) == NULL || tm.tm_year < -1900 ||
	    tm.tm_year > 8099)
		tm = (struct tm){.tm_mday = 1, .tm_year = 70};
	if (ms > 0) {
		size_t n = 4;

		fraction[0] = '.';
		fraction[1] = (char)('0' + ms / 100);
		fraction[2] = (char)('0' + ms / 10 % 10);
		fraction[3] = (char)('0' + ms % 10);
		while (fraction[n - 1] == '0')
			fraction[--n] = '\0';
	}
	out_addf(o, "\"%04d-%02d-%02dT%02d:%02d:%02d%s", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    fraction);
	if (offset < 0)
		offset = -offset;
	if (offset == 0)
		out_adds(o, "Z\"");
	else
		out_addf(o, "%c%02ld:%02ld\"", sign, offset / 3600,
		    offset / 60 % 60);
}

void
api_time(struct out *o, int64_t ms)
{
	int64_t fraction = ms % 1000, seconds = ms / 1000;
	struct tm tm;
	time_t t;

	if (fraction < 0) {
		fraction += 1000;
		seconds--;
	}
	t = (time_t)seconds;
	if (localtime_r(&t, &tm) == NULL)
		tm.tm_gmtoff = 0;
	put_time(o, seconds, (int)fraction, tm.tm_gmtoff / 60 * 60);
}

void
api_date(struct out *o, int64_t seconds, int offset)
{
	put_time(o, seconds, 0, offset * 60L);
}

void
api_mailbox(struct out *o, struct str name, struct str address)
{
	out_adds(o, "{\"Name\":");
	out_json(o, name);
	out_adds(o, ",\"Address\":");
	out_json(o, address);
	out_adds(o, "}");
}

void
api_from(struct out *o, struct str list)
{
	struct str name = STR(""), address = STR("");

	mailbox_next(&list, &name, &address);
	api_mailbox(o, name, address);
}

void
api_mailboxes(struct out *o, struct str list)
{
	struct str name, address;
	const char *comma = "";

	out_adds(o, "[");
	for (; mailbox_next(&list, &name, &address); comma = ",") {
		out_adds(o, comma);
		api_mailbox(o, name, address);
	}
	out_adds(o, "]");
}

void
api_lines(struct out *o, struct str lines)
{
	const char *comma = "";

	out_adds(o, "[");
	for (; lines.n > 0; comma = ",") {
		out_adds(o, comma);
		out_json(o, str_cut(&lines, '\n'));
	}
	out_adds(o, "]");
}

void
api_member(struct out *o, const char *name, struct str value)
{
	out_addf(o, ",\"%s\":", name);
	out_json(o, value);
}

void
api_addresses(struct out *o, const char *name, struct str list)
{
	out_addf(o, ",\"%s\":", name);
	api_mailboxes(o, list);
}

void
api_summary(struct out *o, const struct index_row *row)
{
	out_adds(o, "{\"ID\":");
	out_json(o, str_of(row->id));
	api_member(o, "MessageID", row->message_id);
	out_adds(o, ",\"Read\":");
	api_bool(o, row->read);
	out_adds(o, ",\"From\":");
	api_from(o, row->from);
	api_addresses(o, "To", row->to);
	api_addresses(o, "Cc", row->cc);
	api_addresses(o, "Bcc", row->bcc);
	api_addresses(o, "ReplyTo", row->reply_to);
	api_member(o, "Subject", row->subject);
	out_adds(o, ",\"Created\":");
	api_time(o, row->created);
	api_member(o, "Username", row->username);
	out_adds(o, ",\"Tags\":");
	api_lines(o, row->tags);
	out_addf(o, ",\"Size\":%llu,\"Attachments\":%llu,\"Snippet\":",
	    (unsigned long long)row->size,
	    (unsigned long long)row->attachments);
	out_json(o, row->snippet);
	out_adds(o, "}");
}
