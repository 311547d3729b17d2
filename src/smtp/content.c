/* SPDX-License-Identifier: MIT */
/* content.c: what is written to the store, and what was odd about it */

#include "smtp/content.h"

#include <string.h>

#define LINE_MAX_RFC 998

enum place {
	FIRST_LINE,
	HEADER,
	BODY,
};

/* A header line, as far as it was read. */
enum shape {
	EMPTY, /* nothing yet */
	NAME, /* octets of a field name */
	NAME_BLANK, /* blanks behind a name (RFC 5322 section 4.5) */
	FIELD, /* name and colon */
	CONTINUATION, /* begins with a blank */
	OTHER, /* no header field */
};

void
content_begin(struct content *c, content_write *write, void *ctx)
{
	*c = (struct content){
	    .write = write,
	    .ctx = ctx,
	    .place = FIRST_LINE,
	    .shape = EMPTY,
	    .name = BUF_INIT_MAX(CONTENT_NAME_MAX),
	};
}

void
content_fini(struct content *c)
{
	buf_fini(&c->name);
}

static void
put(struct content *c, const void *p, size_t n)
{
	if (n != 0 && !c->oversized)
		c->write(c->ctx, p, n);
}

static enum shape
shape_after(enum shape shape, char ch)
{
	bool blank = ch == ' ' || ch == '\t';

	switch (shape) {
	case EMPTY:
		if (blank)
			return CONTINUATION;
		return ch == ':' || chr_control(ch) ? OTHER : NAME;
	case NAME:
		if (ch == ':')
			return FIELD;
		if (blank)
			return NAME_BLANK;
		return chr_control(ch) ? OTHER : NAME;
	case NAME_BLANK:
		if (ch == ':')
			return FIELD;
		return blank ? NAME_BLANK : OTHER;
	default:
		return shape;
	}
}

static bool
is_undecided(int shape)
{
	return shape == EMPTY || shape == NAME || shape == NAME_BLANK;
}

/* The first line turned out to be no header field: all is body. */
static void
close_own_block(struct content *c)
{
	finding_note(&c->findings, FINDING_NO_HEADERS);
	put(c, "\n", 1);
	c->place = BODY;
}

static void
note_field(struct content *c)
{
	struct str name = buf_str(&c->name);

	name = str_trim(str_cut(&name, ':'));
	if (str_ieq(name, STR("From")))
		c->saw_from = true;
	else if (str_ieq(name, STR("Date")))
		c->saw_date = true;
}

/* The shape of the line is known, or never will be: let its octets go. */
static void
decide(struct content *c)
{
	if (is_undecided(c->shape))
		c->shape = OTHER;
	if (c->place == FIRST_LINE && c->shape != FIELD)
		close_own_block(c);
	else if (c->shape == FIELD)
		note_field(c);
	else if (c->shape == OTHER)
		finding_note(&c->findings, FINDING_BAD_HEADER);
	put(c, c->name.data, c->name.len);
	buf_reset(&c->name);
}

/* Octets of a header line; returns how many were taken to decide on it. */
static size_t
scan_name(struct content *c, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_undecided(c->shape)) {
		if (c->name.len == CONTENT_NAME_MAX) {
			decide(c);
			return i;
		}
		c->shape = (int)shape_after((enum shape)c->shape, p[i]);
		buf_addc(&c->name, p[i]);
		i++;
		if (!is_undecided(c->shape))
			decide(c);
	}
	return i;
}

static void
put_text(struct content *c, const char *p, size_t n)
{
	size_t taken = 0;

	if (c->place != BODY)
		taken = scan_name(c, p, n);
	put(c, p + taken, n - taken);
}

static void
release_cr(struct content *c)
{
	if (!c->held_cr)
		return;
	c->held_cr = false;
	finding_note(&c->findings, FINDING_BARE_CR);
	c->line_length++;
	put_text(c, "\r", 1);
}

/* Counts octets of the dialogue; the first one too many ends the writing. */
static void
grow(struct content *c, size_t n)
{
	c->size = n > UINT64_MAX - c->size ? UINT64_MAX : c->size + n;
	if (c->max != 0 && c->size > c->max)
		c->oversized = true;
}

static void
count_nuls(struct content *c, const char *p, size_t n)
{
	const char *hit;

	while (n > 0 && (hit = memchr(p, '\0', n)) != NULL) {
		finding_note(&c->findings, FINDING_NUL);
		n -= (size_t)(hit + 1 - p);
		p = hit + 1;
	}
}

static void
on_text(void *ctx, const char *p, size_t n)
{
	struct content *c = ctx;

	release_cr(c);
	grow(c, n);
	count_nuls(c, p, n);
	if (!c->line_8bit)
		c->line_8bit = str_has_8bit(str_make(p, n));
	c->line_length += n;
	put_text(c, p, n);
}

static void
on_bare_cr(void *ctx)
{
	struct content *c = ctx;

	release_cr(c);
	grow(c, 1);
	c->held_cr = true;
}

static void
note_line(struct content *c)
{
	if (c->line_length > LINE_MAX_RFC)
		finding_note(&c->findings, FINDING_LONG_LINE);
	if (c->line_8bit && c->place != BODY && !c->utf8_announced)
		finding_note(&c->findings, FINDING_8BIT_HEADER);
	if (c->line_8bit && c->place == BODY && !c->body_8bit_announced)
		finding_note(&c->findings, FINDING_8BIT_BODY);
	c->line_length = 0;
	c->line_8bit = false;
}

/* A line of the header is complete. */
static void
end_header_line(struct content *c)
{
	if (c->shape == EMPTY) {
		c->place = BODY;
		return;
	}
	if (is_undecided(c->shape))
		decide(c);
	if (c->place == FIRST_LINE)
		c->place = HEADER;
	c->shape = EMPTY;
}

static void
on_line_end(void *ctx, enum data_line_end how)
{
	struct content *c = ctx;

	grow(c, how == DATA_END_CRLF ? 2 : 1);
	if (how == DATA_END_BARE_LF)
		finding_note(&c->findings, FINDING_BARE_LF);
	/* What is no header is not repaired like one. */
	if (c->place == FIRST_LINE && is_undecided(c->shape))
		decide(c);
	if (c->held_cr && c->repair_header && c->place != BODY &&
	    how == DATA_END_CRLF) {
		c->held_cr = false;
		finding_note(&c->findings, FINDING_CR_CR_LF);
	}
	release_cr(c);
	note_line(c);
	if (c->place != BODY)
		end_header_line(c);
	put(c, "\n", 1);
}

const struct data_sink content_sink = {
    .text = on_text,
    .bare_cr = on_bare_cr,
    .line_end = on_line_end,
};

void
content_finish(struct content *c)
{
	release_cr(c);
	if (c->place == FIRST_LINE && c->shape == EMPTY)
		close_own_block(c);
	else if (c->place != BODY && is_undecided(c->shape) &&
		 c->shape != EMPTY)
		decide(c);
	if (c->line_length > 0)
		note_line(c);
	if (!c->saw_from)
		finding_note(&c->findings, FINDING_NO_FROM);
	if (!c->saw_date)
		finding_note(&c->findings, FINDING_NO_DATE);
}
