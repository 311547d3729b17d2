/* SPDX-License-Identifier: MIT */
/* html.c: HTML mail as text, by libxml2 */

#include "mime/html.h"

#include <string.h>

#include <libxml/HTMLparser.h>

#include "base/mem.h"
#include "mime/html_element.h"
#include "mime/html_render.h"
#include "mime/html_tag.h"

#define DEPTH_MAX 200
#define VALUE_MAX 8192
#define TEXT_PIECE 4096

/*
 * The parser looks through its open elements at each end tag and through all
 * attributes at each attribute, and holds what it cannot end. So it is handed
 * only tags that mean something here, with the two attributes we read, and no
 * more of them inside each other than DEPTH_MAX; scripts, styles and comments
 * never reach it. That keeps its time linear and its memory small.
 */
struct feed {
	struct html_cutter cutter;
	struct str text; /* what is left of a text */
	struct buf ready; /* handed out next */
	size_t handed;
	htmlParserCtxtPtr parser;
	struct render render;
	size_t depth; /* elements that the parser has open */
	size_t open[HTML_ELEMENTS]; /* tags handed over and not yet ended */
};

static void
add_plain(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		/* A '<' that stands alone is not the parser's business. */
		if (c == '<')
			buf_adds(out, "&lt;");
		else if (chr_control(c) && c != '\n' && c != '\t')
			buf_addc(out, ' ');
		else
			buf_addc(out, c);
	}
}

static void
add_attribute(struct buf *out, const struct html_piece *piece, const char *name)
{
	struct str value = html_attribute_of(piece, str_of(name));

	if (value.n == 0 || value.n > VALUE_MAX)
		return;
	buf_addf(out, " %s=\"", name);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '"')
			buf_adds(out, "&quot;");
		else
			buf_addc(
			    out, chr_control(value.p[i]) ? ' ' : value.p[i]);
	buf_addc(out, '"');
}

static void
add_tag(struct feed *f, const struct html_piece *piece)
{
	struct buf *out = &f->ready;
	int known = html_element_number(piece->name);

	if (known < 0)
		return;
	/* Too deep: what follows is read as if it had no tags. */
	if (f->depth > DEPTH_MAX) {
		buf_addc(out, ' ');
		return;
	}
	/* An end without a beginning would be looked for in vain. */
	if (piece->kind == HTML_OPEN)
		f->open[known]++;
	else if (f->open[known] > 0)
		f->open[known]--;
	else
		return;
	buf_adds(out, piece->kind == HTML_CLOSE ? "</" : "<");
	buf_add_str(out, piece->name);
	if (piece->kind == HTML_OPEN && str_ieq(piece->name, STR("a")))
		add_attribute(out, piece, "href");
	if (piece->kind == HTML_OPEN && str_ieq(piece->name, STR("img")))
		add_attribute(out, piece, "alt");
	buf_addc(out, '>');
}

/* Makes the next octets ready; false at the end. */
static bool
prepare(struct feed *f)
{
	struct html_piece piece;

	f->handed = 0;
	buf_reset(&f->ready);
	while (f->ready.len < TEXT_PIECE) {
		size_t n = f->text.n < TEXT_PIECE ? f->text.n : TEXT_PIECE;

		if (n > 0) {
			add_plain(&f->ready, str_make(f->text.p, n));
			f->text = str_skip(f->text, n);
		} else if (!html_cut(&f->cutter, &piece)) {
			break;
		} else if (piece.kind == HTML_TEXT) {
			f->text = piece.all;
		} else if (piece.kind == HTML_OPEN ||
			   piece.kind == HTML_CLOSE) {
			add_tag(f, &piece);
		}
	}
	return f->ready.len > 0;
}

static int
read_more(void *context, char *out, int room)
{
	struct feed *f = context;
	size_t n;

	if (f->handed == f->ready.len && !prepare(f))
		return 0;
	n = f->ready.len - f->handed;
	if (n > (size_t)room)
		n = (size_t)room;
	memcpy(out, f->ready.data + f->handed, n);
	f->handed += n;
	return (int)n;
}

static int
read_end(void *context)
{
	(void)context;
	return 0;
}

static struct str
name_of(const xmlChar *name)
{
	return str_of((const char *)name);
}

static void
on_open(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct feed *f = context;
	struct str href = STR(""), alt = STR("");

	for (size_t i = 0; attributes != NULL && attributes[i] != NULL;
	     i += 2) {
		struct str value = STR("");

		if (attributes[i + 1] != NULL)
			value = name_of(attributes[i + 1]);
		if (str_eq(name_of(attributes[i]), STR("href")))
			href = value;
		else if (str_eq(name_of(attributes[i]), STR("alt")))
			alt = value;
	}
	f->depth++;
	render_open(&f->render, name_of(name), href, alt);
}

static void
on_close(void *context, const xmlChar *name)
{
	struct feed *f = context;

	f->depth -= f->depth > 0;
	render_close(&f->render, name_of(name));
}

static void
on_text(void *context, const xmlChar *text, int n)
{
	struct feed *f = context;

	if (n > 0)
		render_text(
		    &f->render, str_make((const char *)text, (size_t)n));
}

static void
read_html(struct str html, enum render_kind kind, struct buf *out)
{
	struct feed f = {.cutter = {.rest = html},
	    .ready = BUF_INIT,
	    .render = {.kind = kind, .out = BUF_INIT}};
	htmlSAXHandler handler = {
	    .startElement = on_open,
	    .endElement = on_close,
	    .characters = on_text,
	    .cdataBlock = on_text,
	    .ignorableWhitespace = on_text,
	};

	if (html.n == 0)
		return;
	f.parser = htmlNewParserCtxt();
	if (f.parser == NULL)
		die("out of memory");
	*f.parser->sax = handler;
	f.parser->userData = &f;
	htmlCtxtReadIO(f.parser, read_more, read_end, &f, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
		HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	if (f.parser->myDoc != NULL)
		xmlFreeDoc(f.parser->myDoc);
	htmlFreeParserCtxt(f.parser);
	render_end(&f.render, out);
	buf_fini(&f.ready);
}

void
html_to_text(struct str html, struct buf *out)
{
	read_html(html, RENDER_TEXT, out);
}

void
html_to_line(struct str html, struct buf *out)
{
	read_html(html, RENDER_LINE, out);
}

void
html_to_search(struct str html, struct buf *out)
{
	read_html(html, RENDER_SEARCH, out);
}

/* Of "text/html; charset=x" what follows the equals sign. */
static struct str
charset_in(struct str content)
{
	for (; content.n > 0; content = str_skip(content, 1)) {
		struct str s;

		if (!str_ibegins(content, STR("charset")))
			continue;
		s = str_trim_crlf(str_skip(content, 7));
		if (s.n == 0 || s.p[0] != '=')
			continue;
		s = str_trim_crlf(str_skip(s, 1));
		if (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\''))
			s = str_skip(s, 1);
		content = s;
		for (s.n = 0; s.n < content.n; s.n++)
			if (strchr(" ;\"'\t\r\n", content.p[s.n]) != NULL)
				break;
		return s;
	}
	return STR("");
}

struct str
html_meta_charset(struct str html)
{
	struct html_cutter c = {.rest = html};
	struct html_piece piece;

	while (html_cut(&c, &piece)) {
		struct str found;

		if (piece.kind != HTML_OPEN ||
		    !str_ieq(piece.name, STR("meta")))
			continue;
		found =
		    str_trim_crlf(html_attribute_of(&piece, STR("charset")));
		if (found.n == 0 &&
		    str_ieq(html_attribute_of(&piece, STR("http-equiv")),
			STR("content-type")))
			found = charset_in(
			    html_attribute_of(&piece, STR("content")));
		if (found.n > 0)
			return found;
	}
	return STR("");
}
