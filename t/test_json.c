/* SPDX-License-Identifier: MIT */
/* test_json.c: values as the API writes them */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#include "web/api.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct out o;

static void
expect(const char *text, const char *label)
{
	cr_expect_str_eq(o.buf.data, text, "%s: %s", label, o.buf.data);
	out_fini(&o);
}

static void
in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

Test(json, created_is_in_the_zone_of_the_machine)
{
	static const struct {
		const char *zone;
		int64_t ms;
		const char *text;
	} cases[] = {
	    {"UTC0", 1700000000000, "\"2023-11-14T22:13:20Z\""},
	    {"UTC0", 1700000000120, "\"2023-11-14T22:13:20.12Z\""},
	    {"UTC0", 1700000000007, "\"2023-11-14T22:13:20.007Z\""},
	    {"UTC0", 1700000000900, "\"2023-11-14T22:13:20.9Z\""},
	    {"NZDT-13", 1700000000120, "\"2023-11-15T11:13:20.12+13:00\""},
	    {"NST3:30", 1700000000000, "\"2023-11-14T18:43:20-03:30\""},
	    {"UTC0", 0, "\"1970-01-01T00:00:00Z\""},
	    {"UTC0", -1, "\"1969-12-31T23:59:59.999Z\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		in_zone(cases[i].zone);
		out_hold(&o);
		api_time(&o, cases[i].ms);
		expect(cases[i].text, cases[i].zone);
	}
}

Test(json, date_keeps_the_offset_that_was_written)
{
	static const struct {
		int64_t seconds;
		int offset;
		const char *text;
	} cases[] = {
	    {1700000000, 0, "\"2023-11-14T22:13:20Z\""},
	    {1700000000, 60, "\"2023-11-14T23:13:20+01:00\""},
	    {1700000000, -570, "\"2023-11-14T12:43:20-09:30\""},
	    {INT64_MAX, 0, "\"1970-01-01T00:00:00Z\""},
	    {INT64_MIN, 60, "\"1970-01-01T00:00:00+01:00\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		out_hold(&o);
		api_date(&o, cases[i].seconds, cases[i].offset);
		expect(cases[i].text, "date");
	}
}

Test(json, addresses)
{
	out_hold(&o);
	api_mailboxes(&o, STR("A \"B\"\ta@b\n\tc@d\n"));
	expect("[{\"Name\":\"A \\\"B\\\"\",\"Address\":\"a@b\"},"
	       "{\"Name\":\"\",\"Address\":\"c@d\"}]",
	    "list");
	out_hold(&o);
	api_mailboxes(&o, STR(""));
	expect("[]", "none");
	out_hold(&o);
	api_from(&o, STR(""));
	expect("{\"Name\":\"\",\"Address\":\"\"}", "no sender");
}

Test(json, a_summary_has_fifteen_members_in_their_order)
{
	struct index_row row = {
	    .id = "0000000000000000000001",
	    .created = 1700000000000,
	    .size = 5000000000,
	    .attachments = 2,
	    .to = STR("\tb@b\n"),
	    .subject = STR("S"),
	    .message_id = STR("m@x"),
	    .username = STR("u"),
	    .snippet = STR("s<"),
	    .tags = STR("a\nb\n"),
	};

	in_zone("UTC0");
	out_hold(&o);
	api_summary(&o, &row);
	expect("{\"ID\":\"0000000000000000000001\",\"MessageID\":\"m@x\","
	       "\"Read\":false,\"From\":{\"Name\":\"\",\"Address\":\"\"},"
	       "\"To\":[{\"Name\":\"\",\"Address\":\"b@b\"}],\"Cc\":[],"
	       "\"Bcc\":[],\"ReplyTo\":[],\"Subject\":\"S\","
	       "\"Created\":\"2023-11-14T22:13:20Z\",\"Username\":\"u\","
	       "\"Tags\":[\"a\",\"b\"],\"Size\":5000000000,"
	       "\"Attachments\":2,\"Snippet\":\"s\\u003c\"}",
	    "summary");
}

Test(json, before_becomes_part_of_every_alternative)
{
	struct buf why = BUF_INIT;
	struct query *q = query_parse(STR("a b OR c"), STR(""), &why);

	cr_assert_not_null(q, "%s", why.data);
	cr_assert_eq(q->alternatives, 2);
	q = api_query_before(q, 1000);
	cr_expect_eq(q->count, 5);
	cr_expect_eq(q->ends[0], 3);
	cr_expect_eq(q->ends[1], 5);
	cr_expect_eq(q->terms[2].field, QUERY_CREATED);
	cr_expect_eq(q->terms[4].high, 999);
	query_free(q);
	q = api_query_before(NULL, 5);
	cr_expect_eq(q->count, 1);
	cr_expect_eq(q->alternatives, 1);
	query_free(q);
	buf_fini(&why);
}
