/* SPDX-License-Identifier: MIT */
/* test_data.c: one end of the data per dialogue, however it is split */

#include "smtp/data.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ALL SIZE_MAX

static const char *const mode_names[] = {"CRLF", "LF", "CHUNK"};

/* What the sink got, written out again, and how many lines of which kind. */
struct heard {
	struct buf content;
	size_t ends[3], bare_crs;
};

static void
on_text(void *ctx, const char *p, size_t n)
{
	struct heard *h = ctx;

	cr_assert_neq(n, 0);
	cr_assert_eq(memchr(p, '\r', n), NULL);
	cr_assert_eq(memchr(p, '\n', n), NULL);
	buf_add(&h->content, p, n);
}

static void
on_bare_cr(void *ctx)
{
	struct heard *h = ctx;

	h->bare_crs++;
	buf_addc(&h->content, '\r');
}

static void
on_line_end(void *ctx, enum data_line_end how)
{
	struct heard *h = ctx;

	h->ends[how]++;
	buf_adds(&h->content, how == DATA_END_CRLF ? "\r\n" : "\n");
}

static const struct data_sink sink = {on_text, on_bare_cr, on_line_end};

/* Feeds pieces of at most step octets; returns how many were taken. */
static size_t
hear(struct heard *h, enum data_mode mode, struct str in, size_t step,
    bool *ended)
{
	struct data d;
	size_t at = 0;

	*h = (struct heard){.content = BUF_INIT};
	*ended = false;
	data_begin(&d, mode);
	while (at < in.n && !*ended) {
		size_t n = in.n - at < step ? in.n - at : step;
		size_t taken = data_feed(&d, in.p + at, n, ended, &sink, h);

		cr_assert(*ended || taken == n);
		at += taken;
	}
	if (mode == DATA_CHUNK)
		data_finish(&d, &sink, h);
	return at;
}

/*
 * The rule once more, in other words: behind a line end in front, the data
 * ends at the first E.E, and of each line one leading dot is dropped. Returns
 * the octets up to the end, or 0 when there is none.
 */
static size_t
expected(struct buf *content, enum data_mode mode, struct str in)
{
	struct str end = mode == DATA_CRLF ? STR("\r\n") : STR("\n");
	bool at_begin = mode != DATA_CHUNK;

	for (size_t i = 0; i < in.n; i++) {
		struct str rest = str_skip(in, i);

		if (at_begin && rest.p[0] == '.') {
			if (str_begins(str_skip(rest, 1), end))
				return i + 1 + end.n;
			at_begin = false;
			continue;
		}
		at_begin = mode != DATA_CHUNK && i + 1 >= end.n &&
			   str_eq(str_make(rest.p + 1 - end.n, end.n), end);
		buf_addc(content, rest.p[0]);
	}
	return 0;
}

static void
compare(enum data_mode mode, struct str in, size_t step)
{
	struct buf content = BUF_INIT;
	size_t length = expected(&content, mode, in);
	struct heard h;
	bool ended;
	size_t taken = hear(&h, mode, in, step, &ended);

	cr_expect_eq(ended, length != 0, "%s \"%.*s\" in steps of %zu",
	    mode_names[mode], STR_ARG(in), step);
	cr_expect_eq(taken, ended ? length : in.n);
	if (ended)
		cr_expect(str_eq(buf_str(&h.content), buf_str(&content)),
		    "%s \"%.*s\"", mode_names[mode], STR_ARG(in));
	buf_fini(&content);
	buf_fini(&h.content);
}

Test(data, every_short_sequence_ends_where_the_rule_says)
{
	static const char alphabet[] = {'\r', '\n', '.', 'a'};

	for (size_t n = 1; n <= 7; n++)
		for (size_t code = 0; code < (size_t)1 << 2 * n; code++) {
			char in[16];

			for (size_t i = 0; i < n; i++)
				in[i] = alphabet[code >> 2 * i & 3];
			/* An end behind it, so that contents are compared. */
			memcpy(in + n, "\r\n.\r\n", 5);
			compare(DATA_CRLF, str_make(in, n + 5), ALL);
			compare(DATA_CRLF, str_make(in, n + 5), 1);
			memcpy(in + n, "\n.\n", 3);
			compare(DATA_LF, str_make(in, n + 3), ALL);
			compare(DATA_LF, str_make(in, n + 3), 1);
		}
}

Test(data, chunks_are_content_octet_for_octet)
{
	static const struct str rows[] = {STR(""), STR("."), STR(".\r\n"),
	    STR("\r\n.\r\n"), STR("\n.\n"), STR("..\r\n.a"), STR("\r"),
	    STR("\r\r\n\r"), STR("a\0b\r\n"), STR("\n\n\r\r\n")};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t step = 1; step < 4; step++) {
			struct heard h;
			bool ended;

			hear(&h, DATA_CHUNK, rows[i], step, &ended);
			cr_expect_not(ended, "row %zu", i);
			cr_expect(str_eq(buf_str(&h.content), rows[i]),
			    "row %zu in steps of %zu", i, step);
			buf_fini(&h.content);
		}
}

/* What has been taken for an end somewhere, and is none. */
static const struct {
	struct str in;
	bool ends[3]; /* in CRLF, LF, CHUNK */
} tricks[] = {
    {STR("\r\n.\r\n"), {true, false, false}},
    {STR("\n.\n"), {false, true, false}},
    {STR("\n.\r\n"), {false, false, false}},
    {STR("\r\n.\n"), {false, true, false}},
    {STR("\r.\r"), {false, false, false}},
    {STR("\r.\r\n"), {false, false, false}},
    {STR("\r.\n"), {false, false, false}},
    {STR("\r\n.\r"), {false, false, false}},
    {STR("\n.\r"), {false, false, false}},
    {STR("\n\n.\r\n"), {false, false, false}},
    {STR("\r\r\n.\r\n"), {true, false, false}},
    {STR("\r\n.\r\r\n"), {false, false, false}},
    {STR("\n\r.\r\n"), {false, false, false}},
    {STR("\r\n..\r\n"), {false, false, false}},
    {STR("\r\n. \r\n"), {false, false, false}},
    {STR("\r\n.\0\r\n"), {false, false, false}},
    {STR("\r\n\0.\r\n"), {false, false, false}},
    {STR("\r\0\n.\r\n"), {false, false, false}},
    {STR("\r\n.\r\0\n"), {false, false, false}},
    {STR("\x0b.\x0b"), {false, false, false}},
    {STR("\xc2\x85.\xc2\x85"), {false, false, false}},
    {STR("\x8d\x8a.\x8d\x8a"), {false, false, false}},
};

Test(data, no_mixture_ends_a_message)
{
	for (size_t i = 0; i < COUNT(tricks); i++)
		for (size_t mode = 0; mode < 3; mode++)
			for (size_t step = 1; step < 8; step++) {
				struct buf in = BUF_INIT;
				struct heard h;
				bool ended;

				buf_adds(&in, "a");
				buf_add_str(&in, tricks[i].in);
				buf_adds(&in, "RSET");
				hear(&h, (enum data_mode)mode, buf_str(&in),
				    step, &ended);
				cr_expect_eq(ended, tricks[i].ends[mode],
				    "row %zu, %s, steps of %zu", i,
				    mode_names[mode], step);
				buf_fini(&h.content);
				buf_fini(&in);
			}
}

static const struct {
	enum data_mode mode;
	const char *in;
	size_t crlf, lf, bare_lf, bare_cr;
} counted[] = {
    {DATA_CRLF, "a\r\nb\nc\rd\r\r\n", 2, 0, 1, 2},
    {DATA_CRLF, "\n\r\n\r\r\r\n", 2, 0, 1, 2},
    {DATA_CRLF, ".\n.\r.\r\r\n", 1, 0, 1, 2},
    {DATA_LF, "a\r\nb\nc\rd\r\r\n", 2, 1, 0, 2},
    {DATA_LF, ".\r\n.\ra\n", 1, 1, 0, 1},
    {DATA_CHUNK, "a\r\nb\nc\rd\r", 1, 0, 1, 2},
};

Test(data, line_ends_and_what_is_none_are_told_apart)
{
	for (size_t i = 0; i < COUNT(counted); i++)
		for (size_t step = 1; step < 5; step++) {
			struct heard h;
			bool ended;

			hear(&h, counted[i].mode, str_of(counted[i].in), step,
			    &ended);
			cr_expect_eq(h.ends[DATA_END_CRLF], counted[i].crlf,
			    "row %zu: CRLF", i);
			cr_expect_eq(h.ends[DATA_END_LF], counted[i].lf,
			    "row %zu: LF", i);
			cr_expect_eq(h.ends[DATA_END_BARE_LF],
			    counted[i].bare_lf, "row %zu: bare LF", i);
			cr_expect_eq(h.bare_crs, counted[i].bare_cr,
			    "row %zu: bare CR", i);
			buf_fini(&h.content);
		}
}

Test(data, nothing_behind_the_end_is_taken)
{
	static const struct {
		enum data_mode mode;
		const char *in;
		size_t taken;
	} rows[] = {
	    {DATA_CRLF, ".\r\nQUIT\r\n", 3},
	    {DATA_CRLF, "a\r\n.\r\n.\r\n", 6},
	    {DATA_LF, ".\n.\n", 2},
	    {DATA_LF, "\n.\n\n", 3},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t step = 1; step < 12; step++) {
			struct heard h;
			bool ended;

			cr_expect_eq(hear(&h, rows[i].mode, str_of(rows[i].in),
					 step, &ended),
			    rows[i].taken, "row %zu", i);
			cr_expect(ended, "row %zu", i);
			buf_fini(&h.content);
		}
}

Test(data, random_octets_end_where_the_rule_says)
{
	static const char octets[] = "\r\r\n\n\n..aZ";

	for (unsigned seed = 1; seed <= 200; seed++) {
		unsigned state = seed;
		char in[600];

		for (size_t i = 0; i < sizeof(in); i++) {
			state = state * 1103515245u + 12345u;
			in[i] = octets[(state >> 16) % sizeof(octets)];
		}
		for (size_t mode = 0; mode < 2; mode++)
			for (size_t step = 1; step < 1000; step *= 3)
				compare((enum data_mode)mode,
				    str_make(in, sizeof(in)), step);
	}
}

static void
ignore_text(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
}

static void
ignore_cr(void *ctx)
{
	(void)ctx;
}

static void
ignore_end(void *ctx, enum data_line_end how)
{
	(void)ctx;
	(void)how;
}

Test(data, time_is_linear_whatever_the_line_ends)
{
	static const struct data_sink none = {
	    ignore_text, ignore_cr, ignore_end};
	static const struct str units[] = {STR("a\r"), STR("a\n"), STR("a\r\n"),
	    STR("a"), STR("\r"), STR("\n"), STR(".\r\n"), STR("a\r\r\n")};
	size_t n = (size_t)4 << 20;
	char *in = malloc(n);

	cr_assert_neq(in, NULL);
	for (size_t i = 0; i < COUNT(units); i++)
		for (size_t mode = 0; mode < 3; mode++) {
			clock_t begun = clock();
			struct data d;
			bool ended;

			for (size_t k = 0; k < n; k++)
				in[k] = units[i].p[k % units[i].n];
			data_begin(&d, (enum data_mode)mode);
			data_feed(&d, in, n, &ended, &none, NULL);
			cr_expect_lt(clock() - begun, 2 * CLOCKS_PER_SEC,
			    "row %zu, %s", i, mode_names[mode]);
		}
	free(in);
}
