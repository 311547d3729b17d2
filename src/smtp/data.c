/* SPDX-License-Identifier: MIT */
/* data.c: the machine that finds the end of the data */

#include "smtp/data.h"

/*
 * The table of DATA_CRLF; "emit" hands the octet over, and a CR held back in
 * CR or DOT_CR is a bare CR once something else than LF follows.
 *
 *          CR            LF                 .            other
 * BOL      CR            bare LF, TEXT      DOT (dropped)  emit, TEXT
 * TEXT     CR            bare LF, TEXT      emit         emit
 * CR       bare CR, CR   line end, BOL      bare CR, emit, TEXT (both)
 * DOT      DOT_CR        bare LF, TEXT      emit, TEXT   emit, TEXT
 * DOT_CR   bare CR, CR   END OF DATA        bare CR, emit, TEXT (both)
 *
 * DATA_LF is the same with LF as the line end: BOL follows every LF, and
 * DOT + LF is the end. A CR there is held back all the same, so that CR LF
 * is written as one line end, but it has no say in where the data ends.
 */
enum state {
	BOL,
	TEXT,
	CR,
	DOT,
	DOT_CR,
	END,
};

void
data_begin(struct data *d, enum data_mode mode)
{
	d->mode = mode;
	d->state = mode == DATA_CHUNK ? TEXT : BOL;
}

/* What an LF means in each mode and state. */
static enum state
take_lf(struct data *d, const struct data_sink *sink, void *ctx)
{
	bool after_cr = d->state == CR || d->state == DOT_CR;

	if (d->mode == DATA_CRLF && d->state == DOT_CR)
		return END;
	if (d->mode == DATA_LF && d->state == DOT)
		return END;
	sink->line_end(ctx, after_cr		 ? DATA_END_CRLF
			    : d->mode == DATA_LF ? DATA_END_LF
						 : DATA_END_BARE_LF);
	if (d->mode == DATA_CHUNK)
		return TEXT;
	return d->mode == DATA_LF || after_cr ? BOL : TEXT;
}

static enum state
take_cr(struct data *d, const struct data_sink *sink, void *ctx)
{
	if (d->state == CR || d->state == DOT_CR)
		sink->bare_cr(ctx);
	return d->state == DOT ? DOT_CR : CR;
}

/* Returns how many of the n octets, none of them CR or LF, are dropped. */
static size_t
take_text(struct data *d, char first, const struct data_sink *sink, void *ctx)
{
	if (d->state == CR || d->state == DOT_CR)
		sink->bare_cr(ctx);
	if (d->state == BOL && first == '.') {
		d->state = DOT;
		return 1;
	}
	d->state = TEXT;
	return 0;
}

/*
 * The number of octets before the first CR or LF. One pass: two memchr() over
 * the same octets again and again would make many short runs quadratic.
 */
static size_t
plain_length(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '\r' && p[i] != '\n')
		i++;
	return i;
}

size_t
data_feed(struct data *d, const char *p, size_t n, bool *ended,
    const struct data_sink *sink, void *ctx)
{
	size_t i = 0;

	*ended = false;
	while (i < n && d->state != END) {
		size_t run;

		if (p[i] == '\n') {
			d->state = (int)take_lf(d, sink, ctx);
			i++;
			continue;
		}
		if (p[i] == '\r') {
			d->state = (int)take_cr(d, sink, ctx);
			i++;
			continue;
		}
		if (take_text(d, p[i], sink, ctx) != 0) {
			i++;
			continue;
		}
		run = plain_length(p + i, n - i);
		sink->text(ctx, p + i, run);
		i += run;
	}
	*ended = d->state == (int)END;
	return i;
}

void
data_finish(struct data *d, const struct data_sink *sink, void *ctx)
{
	if (d->state == CR || d->state == DOT_CR)
		sink->bare_cr(ctx);
	d->state = END;
}
