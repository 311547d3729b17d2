/* SPDX-License-Identifier: MIT */
/* texts.c: the bodies, and what lists and searches make of them */

#include <string.h>

#include "mime/gmime.h"
#include "mime/html.h"
#include "mime/internal.h"
#include "mime/utf8.h"
#include "mime/words.h"

#define SNIPPET_OCTETS 200

static bool
is_body(const struct part *p, const char *type)
{
	return p->role != PART_CONTAINER &&
	       p->disposition != DISPOSITION_ATTACHMENT &&
	       strcmp(p->type, type) == 0;
}

struct str
message_html(struct message *m)
{
	struct made *made = &m->html;

	for (size_t i = 0; !made->done && i < m->tree.n; i++) {
		const struct leaf *l = &m->tree.leaves[i];

		if (!is_body(&l->part, "text/html"))
			continue;
		content_read(l, sink_to_buf(&made->text));
		break;
	}
	made->done = true;
	return buf_str(&made->text);
}

/* Of alternatives the nearest to the root counts, else all texts do. */
static void
read_plain(const struct message *m, struct buf *out)
{
	const struct leaf *leaves = m->tree.leaves, *best = NULL;
	bool any = false;
	bool choose = strcmp(leaves[0].part.type, "multipart/alternative") == 0;

	for (size_t i = 0; i < m->tree.n; i++) {
		if (!is_body(&leaves[i].part, "text/plain"))
			continue;
		if (best == NULL || leaves[i].part.depth < best->part.depth)
			best = &leaves[i];
		if (choose)
			continue;
		if (any)
			buf_adds(out, "\n--\n");
		any = true;
		content_read(&leaves[i], sink_to_buf(out));
	}
	if (choose && best != NULL)
		content_read(best, sink_to_buf(out));
}

struct str
message_plain(struct message *m)
{
	if (!m->plain.done)
		read_plain(m, &m->plain.text);
	m->plain.done = true;
	return buf_str(&m->plain.text);
}

struct str
message_text(struct message *m)
{
	struct str plain = message_plain(m);

	if (plain.n > 0)
		return plain;
	if (!m->text.done)
		html_to_text(message_html(m), &m->text.text);
	m->text.done = true;
	return buf_str(&m->text.text);
}

/* Appends on one line, cut: as much as a list shows. */
static void
add_snippet(struct buf *out, struct str text)
{
	struct str whole;

	/* One word more than fits tells that something was cut. */
	while (text.n > 0 && out->len <= SNIPPET_OCTETS) {
		uint32_t c = utf8_next(&text);

		if (gmime_is_visible(c) && c != 0xfeff)
			utf8_add(out, c);
		else if (out->len > 0 && out->data[out->len - 1] != ' ')
			buf_addc(out, ' ');
	}
	whole = buf_str(out);
	if (whole.n > SNIPPET_OCTETS && whole.p[whole.n - 1] == ' ') {
		bool more = false;

		/* Only blanks behind the last word are no reason to cut. */
		while (text.n > 0 && !more)
			more = gmime_is_visible(utf8_next(&text));
		if (!more)
			buf_truncate(out, whole.n - 1);
	}
	if (out->len > SNIPPET_OCTETS) {
		buf_truncate(out, utf8_floor(buf_str(out), SNIPPET_OCTETS));
		buf_adds(out, "...");
	} else if (out->len > 0 && out->data[out->len - 1] == ' ') {
		buf_truncate(out, out->len - 1);
	}
}

struct str
message_snippet(struct message *m)
{
	struct str html = message_html(m);
	struct buf line = BUF_INIT;

	if (m->snippet.done)
		return buf_str(&m->snippet.text);
	if (html.n > 0)
		html_to_line(html, &line);
	add_snippet(
	    &m->snippet.text, html.n > 0 ? buf_str(&line) : message_plain(m));
	buf_fini(&line);
	m->snippet.done = true;
	return buf_str(&m->snippet.text);
}

/* Lower case, and what parts words is one blank. */
static void
add_searchable(struct buf *out, struct str text)
{
	while (text.n > 0) {
		uint32_t c = utf8_next(&text);

		if (c == 0xfeff || c <= ' ' || c == 127 ||
		    (c < 128 && strchr("><\",;()", (int)c) != NULL)) {
			if (out->len > 0 && out->data[out->len - 1] != ' ')
				buf_addc(out, ' ');
		} else {
			utf8_add(out, gmime_lower(c));
		}
	}
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		buf_addc(out, ' ');
}

static void
add_fields(const struct message *m, struct buf *out)
{
	static const struct str names[] = {{"From", 4}, {"Subject", 7},
	    {"To", 2}, {"Cc", 2}, {"Bcc", 3}, {"Reply-To", 8}};
	struct str recipients = m->fields.bcc;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf text = BUF_INIT;

		words_decode(&text, message_field(m, names[i]));
		add_searchable(out, buf_str(&text));
		buf_fini(&text);
	}
	add_searchable(out, recipients);
	add_searchable(out, m->fields.return_path);
}

struct str
message_search_text(struct message *m)
{
	struct buf *out = &m->search.text, body = BUF_INIT;

	if (m->search.done)
		return buf_str(out);
	m->search.done = true;
	add_fields(m, out);
	html_to_search(message_html(m), &body);
	add_searchable(out, body.len > 0 ? buf_str(&body) : message_plain(m));
	buf_fini(&body);
	for (size_t i = 0; i < m->tree.n; i++) {
		const struct part *p = &m->tree.leaves[i].part;

		if (p->role == PART_ATTACHMENT)
			add_searchable(out, str_of(p->file_name));
	}
	if (out->len > 0 && out->data[out->len - 1] == ' ')
		buf_truncate(out, out->len - 1);
	return buf_str(out);
}
