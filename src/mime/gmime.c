/* SPDX-License-Identifier: MIT */
/* gmime.c: transfer encodings and character tables, from GMime and GLib */

#include "mime/gmime.h"

#include <string.h>

#include <gmime/gmime.h>

#include "base/mem.h"

#define CHUNK 4096

/* One decoder, with the octets that wait for it. */
struct decoder {
	GMimeEncoding gmime;
	bool plain;
	struct sink to;
	size_t n;
	char waiting[CHUNK];
};

enum transfer
gmime_transfer(struct str name)
{
	static const struct {
		struct str name;
		enum transfer t;
	} names[] = {
	    {{"base64", 6}, TRANSFER_BASE64},
	    {{"quoted-printable", 16}, TRANSFER_QUOTED},
	    {{"quoted-printeable", 17}, TRANSFER_QUOTED},
	    {{"x-uuencode", 10}, TRANSFER_UU},
	    {{"uuencode", 8}, TRANSFER_UU},
	    {{"x-uue", 5}, TRANSFER_UU},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (str_ieq(name, names[i].name))
			return names[i].t;
	return TRANSFER_PLAIN;
}

static void
begin(struct decoder *d, enum transfer t, struct sink to)
{
	static const GMimeContentEncoding encodings[] = {
	    [TRANSFER_PLAIN] = GMIME_CONTENT_ENCODING_BINARY,
	    [TRANSFER_BASE64] = GMIME_CONTENT_ENCODING_BASE64,
	    [TRANSFER_QUOTED] = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
	    [TRANSFER_UU] = GMIME_CONTENT_ENCODING_UUENCODE,
	};

	g_mime_encoding_init_decode(&d->gmime, encodings[t]);
	d->plain = t == TRANSFER_PLAIN;
	d->to = to;
	d->n = 0;
}

static void
flush(struct decoder *d)
{
	/* What one step held back may come with the next one's. */
	char decoded[CHUNK + 64];

	if (d->plain) {
		sink_put(d->to, d->waiting, d->n);
	} else if (d->n > 0) {
		size_t n =
		    g_mime_encoding_step(&d->gmime, d->waiting, d->n, decoded);

		if (n > sizeof(decoded))
			bug("more decoded than there was");
		sink_put(d->to, decoded, n);
	}
	d->n = 0;
}

static void
feed(struct decoder *d, struct str s)
{
	while (s.n > 0) {
		size_t n = CHUNK - d->n < s.n ? CHUNK - d->n : s.n;

		memcpy(d->waiting + d->n, s.p, n);
		d->n += n;
		s = str_skip(s, n);
		if (d->n == CHUNK)
			flush(d);
	}
}

static void
finish(struct decoder *d)
{
	char last[64];

	flush(d);
	if (!d->plain)
		sink_put(
		    d->to, last, g_mime_encoding_flush(&d->gmime, "", 0, last));
}

/* Feeds line by line; each line that was ended gets CRLF. */
static void
feed_lines(struct decoder *d, struct str text, bool trim)
{
	while (text.n > 0) {
		size_t at = str_find(text, '\n');
		bool ended = at < text.n;
		struct str line = str_cut(&text, '\n');

		if (ended && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		while (
		    trim && ended && line.n > 0 &&
		    (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
			line.n--;
		feed(d, line);
		if (ended)
			feed(d, STR("\r\n"));
	}
}

/* What lies behind the line "begin 644 name"; false if there is none. */
static bool
skip_begin(struct str *text)
{
	struct str rest = *text;

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');

		if (str_begins(line, STR("begin "))) {
			*text = rest;
			return true;
		}
	}
	return false;
}

void
gmime_decode(enum transfer t, struct str encoded, struct sink to)
{
	struct decoder d;

	if (t == TRANSFER_UU && !skip_begin(&encoded))
		t = TRANSFER_PLAIN;
	begin(&d, t, to);
	switch (t) {
	case TRANSFER_PLAIN:
		feed_lines(&d, encoded, false);
		break;
	case TRANSFER_QUOTED:
		/* RFC 2045 section 6.7 (3): blanks at the end are no content */
		feed_lines(&d, encoded, true);
		break;
	case TRANSFER_BASE64:
		feed(&d, encoded);
		/* Completes a group that was cut; none is completed by it. */
		feed(&d, STR("==="));
		break;
	case TRANSFER_UU:
		d.gmime.state = GMIME_UUDECODE_STATE_BEGIN;
		feed(&d, encoded);
		break;
	}
	finish(&d);
}

/* GMime writes LF; the wire wants CRLF. */
static void
add_wired(struct buf *out, const char *p, size_t n)
{
	struct str s = {p, n};

	while (s.n > 0) {
		bool ended = str_find(s, '\n') < s.n;

		buf_add_str(out, str_cut(&s, '\n'));
		if (ended)
			buf_adds(out, "\r\n");
	}
}

/*
 * Ends a line with what would become CRLF on the way: it is written out, and
 * the line goes on behind a soft break, within the 76 columns of RFC 2045.
 */
static void
add_bare_end(GMimeEncoding *e, char *coded, struct buf *out)
{
	size_t column = 0;

	add_wired(out, coded, g_mime_encoding_flush(e, "", 0, coded));
	while (column < out->len && out->data[out->len - 1 - column] != '\n')
		column++;
	buf_adds(out, column > 76 - 4 ? "=\r\n=0A=\r\n" : "=0A=\r\n");
	g_mime_encoding_reset(e);
}

void
gmime_quote(struct str text, struct buf *out)
{
	GMimeEncoding e;
	char coded[CHUNK * 4];

	g_mime_encoding_init_encode(&e, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	while (text.n > 0) {
		bool ended = str_find(text, '\n') < text.n;
		struct str line = str_cut(&text, '\n');
		bool wired = ended && line.n > 0 && line.p[line.n - 1] == '\r';

		if (wired)
			line.n--;
		while (line.n > 0) {
			size_t n = line.n < CHUNK ? line.n : CHUNK;

			add_wired(out, coded,
			    g_mime_encoding_step(&e, line.p, n, coded));
			line = str_skip(line, n);
		}
		if (wired)
			add_wired(out, coded,
			    g_mime_encoding_step(&e, "\n", 1, coded));
		else if (ended)
			add_bare_end(&e, coded, out);
	}
	add_wired(out, coded, g_mime_encoding_flush(&e, "", 0, coded));
}

uint32_t
gmime_lower(uint32_t c)
{
	return g_unichar_tolower(c);
}

bool
gmime_is_visible(uint32_t c)
{
	switch (g_unichar_type(c)) {
	case G_UNICODE_CONTROL:
	case G_UNICODE_FORMAT:
	case G_UNICODE_UNASSIGNED:
	case G_UNICODE_PRIVATE_USE:
	case G_UNICODE_SURROGATE:
	case G_UNICODE_LINE_SEPARATOR:
	case G_UNICODE_PARAGRAPH_SEPARATOR:
	case G_UNICODE_SPACE_SEPARATOR:
		return false;
	default:
		return true;
	}
}
