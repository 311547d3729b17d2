/* SPDX-License-Identifier: MIT */
/* test_query.c: the search language, term by term */

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/query.h"

static const char *const fields[] = {[QUERY_TEXT] = "text",
    [QUERY_FROM] = "from",
    [QUERY_TO] = "to",
    [QUERY_CC] = "cc",
    [QUERY_BCC] = "bcc",
    [QUERY_REPLY_TO] = "reply",
    [QUERY_ADDRESSED] = "addressed",
    [QUERY_SUBJECT] = "subject",
    [QUERY_MESSAGE_ID] = "id",
    [QUERY_TAG] = "tag",
    [QUERY_HEADER] = "header",
    [QUERY_READ] = "read",
    [QUERY_TAGGED] = "tagged",
    [QUERY_ATTACHMENT] = "attachment",
    [QUERY_INLINE] = "inline",
    [QUERY_CREATED] = "created",
    [QUERY_SIZE] = "size"};

static void
add_limit(struct buf *out, int64_t limit)
{
	if (limit != INT64_MIN && limit != INT64_MAX)
		buf_addf(out, "%" PRId64, limit);
}

/* "field(value) !field(value) | ..." */
static void
print(struct buf *out, const struct query *q)
{
	size_t at = 0;

	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->terms[i];

		if (i == q->ends[at]) {
			buf_adds(out, " |");
			at++;
		}
		buf_addf(out, "%s%s%s%s", i == 0 ? "" : " ",
		    t->negated ? "!" : "", fields[t->field],
		    t->exact ? "=" : "");
		if (t->name != NULL)
			buf_addf(out, "<%s>", t->name);
		if (t->value != NULL)
			buf_addf(out, "(%s)", t->value);
		if (t->field == QUERY_CREATED || t->field == QUERY_SIZE) {
			buf_addc(out, '[');
			add_limit(out, t->low);
			buf_adds(out, "..");
			add_limit(out, t->high);
			buf_addc(out, ']');
		}
	}
}

static void
assert_query(const char *text, const char *expected)
{
	struct buf why = BUF_INIT, out = BUF_INIT;
	struct query *q = query_parse(str_of(text), STR("UTC"), &why);

	cr_assert_eq(q == NULL, why.len > 0, "%s", text);
	if (q == NULL) {
		cr_assert_null(expected, "%s: %s", text, why.data);
	} else {
		print(&out, q);
		cr_assert_not_null(expected, "%s: %s", text, out.data);
		cr_assert_str_eq(out.data, expected, "%s: %s", text, out.data);
		cr_assert_eq(q->ends[q->alternatives - 1], q->count);
	}
	query_free(q);
	buf_fini(&why);
	buf_fini(&out);
}

Test(query, terms_are_read)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
	    {"word", "text(word)"},
	    {"two words", "text(two) text(words)"},
	    {"\"a phrase\"", "text(a phrase)"},
	    {"subject:\"a b\"", "subject(a b)"},
	    {"\"subject:a b\"", "subject(a b)"},
	    {"!\"a b\"", "!text(a b)"},
	    {"\"-word\"", "!text(word)"},
	    {"\"open quote", "text(open quote)"},
	    {"-x", "!text(x)"},
	    {"-", "text(-)"},
	    {"!", "text(!)"},
	    {"FROM:Joe", "from(joe)"},
	    {"from:=Joe@Example.com", "from=(joe@example.com)"},
	    {"to:a cc:b bcc:c reply-to:d addressed:e",
		"to(a) cc(b) bcc(c) reply(d) addressed(e)"},
	    {"addressed:=x@y", "addressed=(x@y)"},
	    {"to:\"Bob, Jr\"", "to(bob, jr)"},
	    {"to:<a@b>", "to(a@b)"},
	    {"subject:H\xc3\x89LLO", "subject(h\xc3\xa9llo)"},
	    {"subject:\"a, (b)\"", "subject(a, (b))"},
	    {"subject:=x", "subject(=x)"},
	    {"subject:\" a  B\tc\"", "subject(a  b c)"},
	    {"subject:\" \t\"", NULL},
	    {"\"header:X=a  B\"", "header<x>(a  b)"},
	    {"from:\"a  b\"", "from(a b)"},
	    {"message-id:<m@x>", "id(m@x)"},
	    {"tag:Foo", "tag(foo)"},
	    {"is:read IS:UNREAD !is:read", "read !read !read"},
	    {"!is:unread", "read"},
	    {"is:tagged !is:tagged", "tagged !tagged"},
	    {"has:attachment has:attachments", "attachment attachment"},
	    {"has:inline -has:inlines", "inline !inline"},
	    {"is:foo has:x from", "text(is:foo) text(has:x) text(from)"},
	    {"a;b,(c)<d>", "text(a b c d)"},
	    {"a\tb", "text(a b)"},
	    {"to: word", "text(word)"},
	    {"\",\" word", "text(word)"},
	    {"header:X-Mailer=Foo", "header<x-mailer>(foo)"},
	    {"header:\"X=a B\"", "header<x>(a b)"},
	    {"!header:X-Y", "!header<x-y>()"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_query(cases[i].text, cases[i].expected);
}

Test(query, or_binds_less_than_standing_side_by_side)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
	    {"a OR b", "text(a) | text(b)"},
	    {"a b OR c d OR e", "text(a) text(b) | text(c) text(d) | text(e)"},
	    {"a or b", "text(a) text(or) text(b)"},
	    {"a \"OR\" b", "text(a) text(or) text(b)"},
	    {"OR", "text(or)"},
	    {"OR a", "text(or) text(a)"},
	    {"a OR", "text(a) text(or)"},
	    {"a OR OR b", "text(a) | text(or) text(b)"},
	    {"a OR \",\"", "text(a)"},
	    {"\",\" OR a", "text(a)"},
	    {"a OR \",\" OR b", "text(a) | text(b)"},
	    {"from:x OR -tag:y", "from(x) | !tag(y)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_query(cases[i].text, cases[i].expected);
}

Test(query, sizes_have_units)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
	    {"larger:10", "size[11..]"},
	    {"smaller:10", "size[..9]"},
	    {"!larger:10", "size[..9]"},
	    {"!smaller:10", "size[11..]"},
	    {"larger:1k", "size[1025..]"},
	    {"larger:1KB", "size[1025..]"},
	    {"larger:1.5M", "size[1572865..]"},
	    {"larger:\"2 mb\"", "size[2097153..]"},
	    {"larger:1g", "size[1073741825..]"},
	    {"larger:1gb", "size[1073741825..]"},
	    {"larger:0", "size[1..]"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_query(cases[i].text, cases[i].expected);
}

Test(query, dates_limit_what_was_created)
{
	assert_query("after:2024-04-01", "created[1711929600000..]");
	assert_query("before:2024-04-01", "created[..1711929600000]");
	assert_query("!after:2024-04-01", "created[..1711929600000]");
	assert_query("-before:2024-04-01", "created[1711929600000..]");
	assert_query("after:\"2024-04-01 13:05\"", "created[1711976700000..]");
}

Test(query, what_cannot_be_understood_matches_nothing)
{
	static const char *const texts[] = {"", " ", "\"\"", "\"<>\"",
	    "to:", "after:", "before:garbage", "a before:garbage",
	    "after:13/04/2024", "larger:abc", "smaller:1x", "larger:-1", "\xff",
	    "header:", "header:=x", "\"header:a b=c\"", "a OR after:x"};
	char *many = mem_new(QUERY_MAX + 2);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_query(texts[i], NULL);
	memset(many, 'a', QUERY_MAX + 1);
	assert_query(many, NULL);
	for (size_t i = 1; i < 2 * QUERY_TERMS_MAX + 2; i += 2)
		many[i] = ' ';
	many[2 * QUERY_TERMS_MAX + 1] = '\0';
	assert_query(many, NULL);
	free(many);
}

Test(query, dates_come_in_many_forms)
{
	/* 1711929600 is 2024-04-01T00:00:00Z */
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
	    {"2024/04/01", 1711929600000},
	    {"2024-04-01", 1711929600000},
	    {"2024-4-1", 1711929600000},
	    {"2024.04.01", 1711929600000},
	    {"20240401", 1711929600000},
	    {"2024-04", 1711929600000},
	    {"2024", 1704067200000},
	    {"01/04/2024", 1704326400000},
	    {"1/4/24", 1704326400000},
	    {"2024-04-01 13:05", 1711976700000},
	    {"2024-04-01 13:05:06", 1711976706000},
	    {"2024-04-01T13:05:06", 1711976706000},
	    {"2024-04-01T13:05:06Z", 1711976706000},
	    {"2024-04-01T13:05:06.123Z", 1711976706123},
	    {"2024-04-01T13:05:06.1Z", 1711976706100},
	    {"2024-04-01T13:05:06.123456789+00:00", 1711976706123},
	    {"2024-04-01T13:05:06+05:00", 1711958706000},
	    {"2024-04-01T13:05:06-0530", 1711996506000},
	    {"2024-04-01 1:05 pm", 1711976700000},
	    {"2024-04-01 1:05pm", 1711976700000},
	    {"2024-04-01 12:05 am", 1711929900000},
	    {"1 april 2024", 1711929600000},
	    {"1 Apr 2024", 1711929600000},
	    {"apr 1, 2024", 1711929600000},
	    {"april 1, 2024", 1711929600000},
	    {"Mon, 01 Apr 2024 13:05:06 +0000", 1711976706000},
	    {"Mon, 1 Apr 2024 13:05:06 +0000 (UTC)", 1711976706000},
	    {"1 Apr 24 13:05 GMT", 1711976700000},
	    {"1711929600", 1711929600000},
	    {"1711929600123", 1711929600123},
	    {"2024-02-29", 1709164800000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -1;

		cr_expect(query_date(str_of(cases[i].text), STR("UTC"), &ms),
		    "%s", cases[i].text);
		cr_expect_eq(
		    ms, cases[i].ms, "%s: %" PRId64, cases[i].text, ms);
	}
}

Test(query, what_is_no_date_is_refused)
{
	static const char *const texts[] = {"", "13/04/2024", "2024/13/01",
	    "2024-02-30", "2023-02-29", "1", "12", "123", "today", "1d",
	    "2024-04-01 25:00", "2024-04-01 13:61", "2024-04-01x",
	    "2024-04-01 13:05 zz", "april", "99 april 2024", "2024-04-01T",
	    "1/2/3/4/5/6/7/8/9/1/2/3/4/5/6/7/8/9", "2024--01"};
	int64_t ms;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_expect_not(query_date(str_of(texts[i]), STR("UTC"), &ms),
		    "%s", texts[i]);
}

Test(query, a_zone_is_a_name_and_never_a_path)
{
	static const struct {
		const char *zone;
		int64_t ms;
	} cases[] = {
	    {"UTC", 1711929600000},
	    {"Pacific/Auckland", 1711882800000},
	    {"America/New_York", 1711944000000},
	    {"", 1711926000000},
	    {"No/Such", 1711926000000},
	    {"../../../etc/passwd", 1711926000000},
	    {"/usr/share/zoneinfo/UTC", 1711926000000},
	    {"UTC\n", 1711926000000},
	    {"America", 1711926000000},
	};

	/* The machine's: one hour east of UTC. */
	cr_assert_eq(setenv("TZ", "ABC-1", 1), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 0;

		cr_assert(
		    query_date(STR("2024-04-01"), str_of(cases[i].zone), &ms));
		cr_expect_eq(
		    ms, cases[i].ms, "%s: %" PRId64, cases[i].zone, ms);
		cr_assert_str_eq(getenv("TZ"), "ABC-1");
	}
}

Test(query, folding_is_of_all_letters)
{
	struct buf out = BUF_INIT;

	query_fold(&out, STR("ABC \xc3\x89\xc3\x96 \xce\xa3 \xd0\x96 \xf0\x90"
			     "\x90\x80 \xff 1"));
	cr_assert_str_eq(out.data, "abc \xc3\xa9\xc3\xb6 \xcf\x83 \xd0\xb6 "
				   "\xf0\x90\x90\xa8 \xff 1");
	buf_fini(&out);
}
