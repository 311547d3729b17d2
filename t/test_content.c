/* SPDX-License-Identifier: MIT */
/* test_content.c: what is stored, and what was odd about it */

#include "smtp/content.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define CLEAN "From: a\nDate: d\n"
#define CLEAN_IN "From: a\r\nDate: d\r\n"

static void
collect(void *ctx, const void *p, size_t n)
{
	buf_add(ctx, p, n);
}

struct flags {
	bool strict, utf8, body_8bit;
	uint64_t max;
};

/* "code count" per finding, separated by blanks. */
static void
short_findings(struct buf *out, const struct findings *f)
{
	struct buf text = BUF_INIT;
	struct str rest;

	findings_write(&text, f);
	rest = buf_str(&text);
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n'), code, count;

		cr_assert(str_eq(str_cut(&line, ' '), STR("finding")));
		code = str_cut(&line, ' ');
		count = str_cut(&line, ' ');
		buf_addf(out, "%s%.*s %.*s", out->len > 0 ? " " : "",
		    STR_ARG(code), STR_ARG(count));
	}
	buf_fini(&text);
}

/* Feeds the content in pieces of step octets, as a chunk or up to ".". */
static void
store(struct content *c, struct buf *out, enum data_mode mode,
    struct flags flags, struct str in, size_t step)
{
	struct data d;
	bool ended = false;

	data_begin(&d, mode);
	content_begin(c, collect, out);
	c->repair_header = !flags.strict;
	c->utf8_announced = flags.utf8;
	c->body_8bit_announced = flags.body_8bit;
	c->max = flags.max;
	for (size_t at = 0; at < in.n && !ended; at += step)
		data_feed(&d, in.p + at, in.n - at < step ? in.n - at : step,
		    &ended, &content_sink, c);
	data_finish(&d, &content_sink, c);
	content_finish(c);
}

struct row {
	struct str in;
	struct str stored;
	const char *findings;
	struct flags flags;
};

static void
check(const struct row *row, size_t i, enum data_mode mode)
{
	for (size_t step = 1; step < 5; step++) {
		struct content c;
		struct buf out = BUF_INIT, found = BUF_INIT;

		store(&c, &out, mode, row->flags, row->in, step);
		short_findings(&found, &c.findings);
		cr_expect(str_eq(buf_str(&out), row->stored),
		    "row %zu in steps of %zu: \"%s\"", i, step, out.data);
		cr_expect_str_eq(found.data, row->findings,
		    "row %zu in steps of %zu: %s", i, step, found.data);
		cr_expect_eq(c.size, row->in.n, "row %zu", i);
		content_fini(&c);
		buf_fini(&out);
		buf_fini(&found);
	}
}

#define NONE "no-from 1 no-date 1"
#define PLAIN                                                                  \
	{                                                                      \
		.max = 0                                                       \
	}

/* In a chunk, so that the row shows all octets of the dialogue. */
static const struct row rows[] = {
    {STR(CLEAN_IN "\r\nbody\r\n"), STR(CLEAN "\nbody\n"), "", PLAIN},
    {STR(CLEAN_IN), STR(CLEAN), "", PLAIN},
    {STR(CLEAN_IN "\r\n"), STR(CLEAN "\n"), "", PLAIN},
    {STR(CLEAN_IN "\r\nno end"), STR(CLEAN "\nno end"), "", PLAIN},
    {STR("FROM : a\r\ndate\t: d\r\n\r\n"), STR("FROM : a\ndate\t: d\n\n"), "",
	PLAIN},
    {STR("Subject: x"), STR("Subject: x"), NONE, PLAIN},
    {STR("Subject"), STR("\nSubject"), "no-headers 1 " NONE, PLAIN},
    {STR(""), STR("\n"), "no-headers 1 " NONE, PLAIN},
    /* what follows our block must not become part of it */
    {STR("\r\nbody"), STR("\n\nbody"), "no-headers 1 " NONE, PLAIN},
    {STR(" folded\r\nFrom: a\r\n"), STR("\n folded\nFrom: a\n"),
	"no-headers 1 " NONE, PLAIN},
    {STR("\tfolded"), STR("\n\tfolded"), "no-headers 1 " NONE, PLAIN},
    {STR("Hello\r\n"), STR("\nHello\n"), "no-headers 1 " NONE, PLAIN},
    {STR("Hello you\r\nFrom: a\r\n"), STR("\nHello you\nFrom: a\n"),
	"no-headers 1 " NONE, PLAIN},
    {STR(": x\r\n"), STR("\n: x\n"), "no-headers 1 " NONE, PLAIN},
    {STR("From a@b Mon Nov 23\r\nFrom: a\r\n"),
	STR("\nFrom a@b Mon Nov 23\nFrom: a\n"), "no-headers 1 " NONE, PLAIN},
    {STR("\x01x: y\r\n"), STR("\n\x01x: y\n"), "no-headers 1 " NONE, PLAIN},
    {STR("\0x: y\r\n"), STR("\n\0x: y\n"), "nul 1 no-headers 1 " NONE, PLAIN},
    {STR("\nFrom: a\r\n"), STR("\n\nFrom: a\n"), "bare-lf 1 no-headers 1 " NONE,
	PLAIN},
    {STR("\rFrom: a\r\n"), STR("\n\rFrom: a\n"), "bare-cr 1 no-headers 1 " NONE,
	PLAIN},
    {STR("\r"), STR("\n\r"), "bare-cr 1 no-headers 1 " NONE, PLAIN},
    /* later header lines */
    {STR(CLEAN_IN "Hello\r\n folded\r\nX: y\r\n\r\n"),
	STR(CLEAN "Hello\n folded\nX: y\n\n"), "bad-header 1", PLAIN},
    {STR(CLEAN_IN "no colon\r\nnone\r\n: x"), STR(CLEAN "no colon\nnone\n: x"),
	"bad-header 3", PLAIN},
    {STR(CLEAN_IN " folded\r\n\tfolded\r\n"), STR(CLEAN " folded\n\tfolded\n"),
	"", PLAIN},
    {STR("X: y\r\n\r\n" CLEAN_IN), STR("X: y\n\n" CLEAN), NONE, PLAIN},
    {STR("Fro: a\r\nDated: d\r\n"), STR("Fro: a\nDated: d\n"), NONE, PLAIN},
    /* line ends that are none of the dialogue */
    {STR(CLEAN_IN "\r\na\nb\n\nc\r\n"), STR(CLEAN "\na\nb\n\nc\n"), "bare-lf 3",
	PLAIN},
    {STR("From: a\nDate: d\n\nb"), STR(CLEAN "\nb"), "bare-lf 3", PLAIN},
    {STR(CLEAN_IN "\r\na\rb\r\r\r\nc\r"), STR(CLEAN "\na\rb\r\r\nc\r"),
	"bare-cr 4", PLAIN},
    {STR(CLEAN_IN "X: a\rb\r\n"), STR(CLEAN "X: a\rb\n"), "bare-cr 1", PLAIN},
    {STR(CLEAN_IN "\r\na\0\0b\0"), STR(CLEAN "\na\0\0b\0"), "nul 3", PLAIN},
    /* the one repair there is */
    {STR("From: a\r\r\nDate: d\r\r\n\r\r\nb\r\r\n"), STR(CLEAN "\nb\r\n"),
	"bare-cr 1 cr-cr-lf 3", PLAIN},
    {STR("\r\r\nb\r\r\n"), STR("\n\r\nb\r\n"), "bare-cr 2 no-headers 1 " NONE,
	PLAIN},
    {STR("From: a\r\r\r\nDate: d\r\n"), STR("From: a\r\nDate: d\n"),
	"bare-cr 1 cr-cr-lf 1", PLAIN},
    {STR("From: a\r\n \r\r\nDate: d\r\n"), STR("From: a\n \nDate: d\n"),
	"cr-cr-lf 1", PLAIN},
    {STR("Hello\r\r\n"), STR("\nHello\r\n"), "bare-cr 1 no-headers 1 " NONE,
	PLAIN},
    {STR("Hello you\r\r\n"), STR("\nHello you\r\n"),
	"bare-cr 1 no-headers 1 " NONE, PLAIN},
    {STR("From: a\r\r\nDate: d\r\r\n\r\r\nb\r\r\n"),
	STR("From: a\r\nDate: d\r\n\r\nb\r\n"), "bare-cr 4 bad-header 2",
	{.strict = true}},
    {STR("\r\r\nb"), STR("\n\r\nb"), "bare-cr 1 no-headers 1 " NONE,
	{.strict = true}},
    /* 8-bit lines */
    {STR("From: \xc3\xa4\r\nDate: d\r\n\r\n\xc3\xa4\r\nb\r\n\xff"),
	STR("From: \xc3\xa4\nDate: d\n\n\xc3\xa4\nb\n\xff"),
	"8bit-header 1 8bit-body 2", PLAIN},
    {STR("From: \xc3\xa4\r\nDate: d\r\n\r\n\xc3\xa4\r\n"),
	STR("From: \xc3\xa4\nDate: d\n\n\xc3\xa4\n"), "8bit-body 1",
	{.utf8 = true}},
    {STR("From: \xc3\xa4\r\nDate: d\r\n\r\n\xc3\xa4\r\n"),
	STR("From: \xc3\xa4\nDate: d\n\n\xc3\xa4\n"), "8bit-header 1",
	{.body_8bit = true}},
    {STR("Gr\xc3\xbc\xc3\x9f"
	 "e\r\n"),
	STR("\nGr\xc3\xbc\xc3\x9f"
	    "e\n"),
	"8bit-body 1 no-headers 1 " NONE, PLAIN},
    {STR("Gr\xc3\xbc\xc3\x9f"
	 "e"),
	STR("\nGr\xc3\xbc\xc3\x9f"
	    "e"),
	"8bit-body 1 no-headers 1 " NONE, PLAIN},
    {STR("Gr\xc3\xbc\xc3\x9f"
	 "e dich\r\n"),
	STR("\nGr\xc3\xbc\xc3\x9f"
	    "e dich\n"),
	"8bit-body 1 no-headers 1 " NONE, PLAIN},
    /* trailing blanks and dots are content */
    {STR(CLEAN_IN "X: a \t \r\n\r\n \r\n.\r\n..\r\n"),
	STR(CLEAN "X: a \t \n\n \n.\n..\n"), "", PLAIN},
};

Test(content, what_comes_is_stored_and_what_is_odd_is_said)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i], i, DATA_CHUNK);
}

static const struct row lf_rows[] = {
    {STR("From: a\nDate: d\n\nb\n"), STR(CLEAN "\nb\n"), "", PLAIN},
    {STR("From: a\r\nDate: d\r\n\r\nb\r\n"), STR(CLEAN "\nb\n"), "", PLAIN},
    {STR("From: a\nDate: d\n\na\rb\n"), STR(CLEAN "\na\rb\n"), "bare-cr 1",
	PLAIN},
    {STR("From: a\r\r\nDate: d\n"), STR(CLEAN), "cr-cr-lf 1", PLAIN},
};

Test(content, in_an_lf_dialogue_lf_is_nothing_odd)
{
	for (size_t i = 0; i < COUNT(lf_rows); i++)
		check(&lf_rows[i], i, DATA_LF);
}

Test(content, lines_beyond_998_octets_are_odd)
{
	static const size_t lengths[] = {997, 998, 999, 5000};

	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t in_body = 0; in_body < 2; in_body++) {
			struct content c;
			struct buf in = BUF_INIT, out = BUF_INIT;
			struct flags flags = PLAIN;

			buf_adds(&in, in_body == 1 ? "X: y\r\n\r\n" : "X:");
			for (size_t k = in_body == 1 ? 0 : 2; k < lengths[i];
			     k++)
				buf_addc(&in, 'x');
			buf_adds(&in, "\r\nshort\r\n");
			store(&c, &out, DATA_CHUNK, flags, buf_str(&in), 77);
			cr_expect_eq(c.findings.count[FINDING_LONG_LINE],
			    lengths[i] > 998 ? 1 : 0, "%zu", lengths[i]);
			content_fini(&c);
			buf_fini(&in);
			buf_fini(&out);
		}
}

Test(content, a_field_name_of_any_length_is_stored_whole)
{
	static const size_t lengths[] = {998, 999, 1000, 1001, 1002, 100000};

	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t step = 1; step < 2000; step *= 7) {
			struct content c;
			struct buf in = BUF_INIT, out = BUF_INIT;
			struct flags flags = PLAIN;
			struct str stored;

			for (size_t k = 0; k < lengths[i]; k++)
				buf_addc(&in, 'n');
			buf_adds(&in, ":v");
			store(&c, &out, DATA_CHUNK, flags, buf_str(&in), step);
			stored = buf_str(&out);
			/* A name that is too long is no field: block closed. */
			if (c.findings.count[FINDING_NO_HEADERS] != 0) {
				cr_expect_gt(lengths[i], 998);
				cr_expect_eq(stored.p[0], '\n');
				stored = str_skip(stored, 1);
			}
			cr_expect(
			    str_eq(stored, buf_str(&in)), "%zu", lengths[i]);
			content_fini(&c);
			buf_fini(&in);
			buf_fini(&out);
		}
}

Test(content, beyond_its_limit_nothing_is_passed_on)
{
	static const struct {
		uint64_t max;
		bool oversized;
	} limits[] = {{0, false}, {1, true}, {29, true}, {30, false},
	    {31, false}, {UINT64_MAX, false}};
	struct str in = STR(CLEAN_IN "\r\nbody:\n..\r.");

	cr_assert_eq(in.n, 30);
	for (size_t i = 0; i < COUNT(limits); i++)
		for (size_t step = 1; step < 40; step += 6) {
			struct content c;
			struct buf out = BUF_INIT;
			struct flags flags = {.max = limits[i].max};

			store(&c, &out, DATA_CHUNK, flags, in, step);
			cr_expect_eq(c.oversized, limits[i].oversized,
			    "limit %lu", (unsigned long)limits[i].max);
			cr_expect_eq(c.size, in.n);
			if (c.oversized)
				cr_expect_leq(out.len, limits[i].max + 1);
			else
				cr_expect_eq(out.len, in.n - 3);
			content_fini(&c);
			buf_fini(&out);
		}
}

static void
drop(void *ctx, const void *p, size_t n)
{
	(void)p;
	*(size_t *)ctx += n;
}

Test(content, time_is_linear_in_lines_and_octets)
{
	static const struct str units[] = {STR("a\n"), STR("a\r\n"), STR("a\r"),
	    STR("\0"), STR("\r\r\n"), STR("a: b\r\n"), STR(" \r\n"),
	    STR("\xc3\xa4"), STR("a")};
	size_t n = (size_t)4 << 20;
	char *in = mem_new(n);

	for (size_t i = 0; i < COUNT(units); i++) {
		clock_t begun = clock();
		size_t passed = 0;
		struct content c;
		struct data d;
		bool ended;

		for (size_t k = 0; k < n; k++)
			in[k] = units[i].p[k % units[i].n];
		content_begin(&c, drop, &passed);
		data_begin(&d, DATA_CHUNK);
		data_feed(&d, in, n, &ended, &content_sink, &c);
		data_finish(&d, &content_sink, &c);
		content_finish(&c);
		cr_expect_eq(c.size, n);
		cr_expect_gt(passed, n / 4, "row %zu", i);
		cr_expect_lt(clock() - begun, 3 * CLOCKS_PER_SEC, "row %zu", i);
		content_fini(&c);
	}
	free(in);
}
