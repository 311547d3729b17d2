/* SPDX-License-Identifier: MIT */
/* html_render.c: text out of elements */

#include "mime/html_render.h"

#include "mime/html_element.h"
#include "mime/utf8.h"

#define QUOTE_COLUMNS 74
#define QUOTES_MAX 8
#define RULE_MAX 200

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The start of the innermost text that is still open. */
static size_t
start_of(const struct render *r)
{
	size_t n = r->depth < RENDER_FRAMES ? r->depth : RENDER_FRAMES;

	return n == 0 ? 0 : r->frames[n - 1].start;
}

static void
owe_breaks(struct render *r, unsigned n)
{
	if (!r->bullet && r->breaks < n)
		r->breaks = n;
}

/* Pays what is owed; nothing is, where nothing stands above. */
static void
settle(struct render *r)
{
	struct str above = str_skip(buf_str(&r->out), start_of(r));
	unsigned there = 0;

	while (there < above.n && above.p[above.n - 1 - there] == '\n')
		there++;
	if (there < above.n) {
		for (; there < r->breaks; there++)
			buf_addc(&r->out, '\n');
		if (there == 0 && r->space && !r->bullet)
			buf_addc(&r->out, ' ');
	}
	r->breaks = 0;
	r->space = false;
	r->bullet = false;
}

static void
add_word(struct render *r, struct str word)
{
	settle(r);
	buf_add_str(&r->out, word);
}

static void
add_verbatim(struct render *r, struct str text)
{
	if (text.n > 0)
		settle(r);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r')
			buf_addc(&r->out, text.p[i]);
}

/* The length of a blank: ASCII's, or the one that does not break. */
static size_t
space_length(struct str s)
{
	if (is_space(s.p[0]))
		return 1;
	return s.n > 1 && s.p[0] == '\xc2' && s.p[1] == '\xa0' ? 2 : 0;
}

void
render_text(struct render *r, struct str text)
{
	if (r->skipped > 0)
		return;
	if (r->kind == RENDER_TEXT && r->pre > 0) {
		add_verbatim(r, text);
		return;
	}
	while (text.n > 0) {
		size_t n = space_length(text);
		size_t word = 0;

		if (n > 0) {
			r->space = true;
			text = str_skip(text, n);
			continue;
		}
		while (word < text.n && space_length(str_skip(text, word)) == 0)
			word++;
		add_word(r, str_make(text.p, word));
		text = str_skip(text, word);
	}
}

static struct render_frame *
push(struct render *r, const struct html_element *e)
{
	struct render_frame *f;

	if (r->depth >= RENDER_FRAMES) {
		r->depth++;
		return NULL;
	}
	/* What is owed is owed in front of the frame. */
	settle(r);
	f = &r->frames[r->depth++];
	*f = (struct render_frame){e, r->out.len, BUF_INIT, BUF_INIT, 0};
	return f;
}

/* Takes the frame off; NULL: it was one too many. */
static struct render_frame *
pop(struct render *r, const struct html_element *e)
{
	if (r->depth == 0)
		return NULL;
	if (r->depth > RENDER_FRAMES) {
		r->depth--;
		return NULL;
	}
	if (r->frames[r->depth - 1].element != e)
		return NULL;
	return &r->frames[--r->depth];
}

static void
drop(struct render_frame *f)
{
	buf_fini(&f->href);
	buf_fini(&f->alt);
}

/* The characters of the longest line. */
static size_t
width(struct str text)
{
	size_t most = 0;

	while (text.n > 0) {
		size_t n = utf8_count(str_cut(&text, '\n'));

		if (n > most)
			most = n;
	}
	return most < RULE_MAX ? most : RULE_MAX;
}

static void
add_rule(struct buf *out, char c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, c);
}

/* Takes the text behind start off again; it is owned by *text. */
static void
take_back(struct render *r, size_t start, struct buf *text)
{
	buf_add_str(text, str_skip(buf_str(&r->out), start));
	buf_truncate(&r->out, start);
}

static void
close_heading(struct render *r, const struct render_frame *f)
{
	const struct html_element *e = f->element;
	struct buf text = BUF_INIT;
	size_t n;

	take_back(r, f->start, &text);
	n = width(buf_str(&text));
	if (n > 0 && e->above != '\0') {
		add_rule(&r->out, e->above, n);
		buf_addc(&r->out, '\n');
	}
	buf_add_str(&r->out, buf_str(&text));
	if (n > 0 && e->below != '\0') {
		buf_addc(&r->out, '\n');
		add_rule(&r->out, e->below, n);
	}
	buf_fini(&text);
}

static void
close_link(struct render *r, const struct render_frame *f)
{
	struct str href = str_trim_crlf(buf_str(&f->href)), text;

	if (r->out.len == f->start && f->images == 1 && f->alt.len > 0)
		add_word(r, str_trim(buf_str(&f->alt)));
	if (str_ibegins(href, STR("mailto:")))
		href = str_skip(href, 7);
	text = str_skip(buf_str(&r->out), f->start);
	if (href.n == 0 || str_eq(href, text))
		return;
	if (r->out.len > 0 && !is_space(r->out.data[r->out.len - 1]))
		buf_addc(&r->out, ' ');
	buf_adds(&r->out, "( ");
	buf_add_str(&r->out, href);
	buf_adds(&r->out, " )");
}

/* One line of a quotation, wrapped at blanks. */
static void
quote_line(struct buf *out, struct str line)
{
	size_t column = 0;

	buf_addc(out, '>');
	/* A line that is quoted already is not wrapped a second time. */
	if (line.n > 0 && line.p[0] == '>') {
		buf_addc(out, ' ');
		buf_add_str(out, line);
		line.n = 0;
	}
	while (line.n > 0) {
		struct str word = str_cut(&line, ' ');
		size_t n = utf8_count(word);

		if (column > 0 && column + 1 + n > QUOTE_COLUMNS) {
			buf_adds(out, "\n>");
			column = 0;
		}
		buf_addc(out, ' ');
		buf_add_str(out, word);
		column += n + (column > 0);
	}
	buf_addc(out, '\n');
}

static void
close_quote(struct render *r, const struct render_frame *f)
{
	struct buf text = BUF_INIT;
	struct str rest;

	take_back(r, f->start, &text);
	rest = buf_str(&text);
	while (rest.n > 0)
		quote_line(&r->out, str_cut(&rest, '\n'));
	if (text.len > 0)
		buf_truncate(&r->out, r->out.len - 1);
	buf_fini(&text);
}

static void
close_bold(struct render *r, const struct render_frame *f)
{
	/* The asterisk in front stands already; nothing needs none. */
	if (r->out.len > f->start)
		buf_addc(&r->out, '*');
	else
		buf_truncate(&r->out, f->start - 1);
}

static void
see_image(struct render *r, struct str alt)
{
	struct render_frame *f = r->depth > 0 && r->depth <= RENDER_FRAMES
				     ? &r->frames[r->depth - 1]
				     : NULL;

	if (f == NULL || f->element->shape != SHAPE_LINK)
		return;
	f->images++;
	buf_reset(&f->alt);
	buf_add_str(&f->alt, alt);
}

static void
open_framed(struct render *r, const struct html_element *e, struct str href)
{
	struct render_frame *f;

	owe_breaks(r, e->breaks);
	if (e->shape == SHAPE_QUOTE && ++r->quotes > QUOTES_MAX)
		return;
	f = push(r, e);
	if (f != NULL)
		buf_add_str(&f->href, href);
	if (f != NULL && e->shape == SHAPE_BOLD) {
		buf_addc(&r->out, '*');
		f->start++;
	}
}

static void
open_in_text(struct render *r, const struct html_element *e, struct str href,
    struct str alt)
{
	switch (e->shape) {
	case SHAPE_BREAK:
		if (!r->bullet && r->breaks < 2)
			r->breaks++;
		break;
	case SHAPE_CELL:
		r->space = true;
		break;
	case SHAPE_ITEM:
		owe_breaks(r, e->breaks);
		settle(r);
		buf_adds(&r->out, "* ");
		r->bullet = true;
		break;
	case SHAPE_IMAGE:
		see_image(r, alt);
		break;
	case SHAPE_BOLD:
	case SHAPE_HEADING:
	case SHAPE_LINK:
	case SHAPE_QUOTE:
		open_framed(r, e, href);
		break;
	case SHAPE_PRE:
	case SHAPE_BLOCK:
	case SHAPE_SKIP:
	case SHAPE_ASIDE:
		owe_breaks(r, e->breaks);
		break;
	}
}

static void
close_framed(struct render *r, const struct html_element *e)
{
	struct render_frame *f;

	if (e->shape == SHAPE_QUOTE && r->quotes-- > QUOTES_MAX)
		return;
	f = pop(r, e);
	if (f == NULL)
		return;
	if (e->shape == SHAPE_BOLD)
		close_bold(r, f);
	else if (e->shape == SHAPE_HEADING)
		close_heading(r, f);
	else if (e->shape == SHAPE_LINK)
		close_link(r, f);
	else
		close_quote(r, f);
	drop(f);
}

static bool
is_skipped(const struct render *r, const struct html_element *e)
{
	return e->shape == SHAPE_SKIP ||
	       (e->shape == SHAPE_ASIDE && r->kind != RENDER_TEXT);
}

void
render_open(struct render *r, struct str name, struct str href, struct str alt)
{
	const struct html_element *e = html_element(name);

	if (e == NULL)
		return;
	r->pre += e->shape == SHAPE_PRE && r->skipped == 0;
	if (is_skipped(r, e))
		r->skipped++;
	if (r->skipped > 0)
		return;
	if (r->kind == RENDER_TEXT) {
		open_in_text(r, e, href, alt);
		return;
	}
	/* In one line a paragraph that opens parts words too. */
	if (e->spaced)
		r->space = true;
	if (r->kind == RENDER_SEARCH && e->shape == SHAPE_LINK) {
		struct render_frame *f = push(r, e);

		if (f != NULL && str_ibegins(href, STR("http")))
			buf_add_str(&f->href, href);
	}
}

static void
close_in_line(struct render *r, const struct html_element *e)
{
	struct render_frame *f;

	r->space |= e->spaced;
	if (r->kind != RENDER_SEARCH || e->shape != SHAPE_LINK)
		return;
	f = pop(r, e);
	if (f == NULL)
		return;
	if (f->href.len > 0) {
		r->space = true;
		add_word(r, str_trim_crlf(buf_str(&f->href)));
		r->space = true;
	}
	drop(f);
}

void
render_close(struct render *r, struct str name)
{
	const struct html_element *e = html_element(name);

	if (e == NULL)
		return;
	if (is_skipped(r, e)) {
		r->skipped -= r->skipped > 0;
		return;
	}
	if (r->skipped > 0)
		return;
	if (r->kind != RENDER_TEXT) {
		close_in_line(r, e);
		return;
	}
	r->pre -= e->shape == SHAPE_PRE && r->pre > 0;
	if (e->shape == SHAPE_BOLD || e->shape == SHAPE_HEADING ||
	    e->shape == SHAPE_LINK || e->shape == SHAPE_QUOTE)
		close_framed(r, e);
	if (e->shape != SHAPE_BREAK) {
		/* An item without text has no bullet to stand behind. */
		r->bullet = false;
		owe_breaks(r, e->breaks);
	}
}

/* Blanks at ends of lines, and what stands around it all. */
void
render_end(struct render *r, struct buf *out)
{
	struct str rest = str_trim_crlf(buf_str(&r->out));

	while (r->depth > RENDER_FRAMES)
		r->depth--;
	while (r->depth > 0)
		drop(&r->frames[--r->depth]);
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');

		while (line.n > 0 && is_space(line.p[line.n - 1]))
			line.n--;
		buf_add_str(out, line);
		if (rest.n > 0)
			buf_addc(out, '\n');
	}
	buf_fini(&r->out);
}
