/* SPDX-License-Identifier: MIT */
/* message.c: one stored message, its header fields and its parts */

#include "mime/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/head.h"
#include "mime/internal.h"
#include "mime/words.h"

/* Where a field lies while the text that holds it may still move. */
struct place {
	size_t name, name_n, value, value_n;
};

struct places {
	struct place *items;
	size_t n, cap;
};

static void
add_place(struct places *all, struct buf *text, struct str name, struct str raw)
{
	struct place *p;

	if (all->n == all->cap) {
		all->cap = all->cap == 0 ? 32 : all->cap * 2;
		all->items =
		    mem_grow(all->items, all->cap, sizeof(*all->items));
	}
	p = &all->items[all->n++];
	p->name = text->len;
	p->name_n = name.n;
	buf_add_str(text, name);
	p->value = text->len;
	head_unfold(text, raw);
	p->value_n = text->len - p->value;
}

/* max 0: our own block, which is as long as it has recipients. */
static void
read_fields(struct message *m, struct places *all, struct str text, size_t max)
{
	struct str name, raw;
	size_t octets = 0, n = 0;

	while (head_next(&text, &name, &raw)) {
		octets += name.n + raw.n;
		if (max > 0 && (++n > max || octets > HEAD_OCTETS))
			break;
		add_place(all, &m->header_text, name, raw);
	}
}

static void
read_headers(struct message *m)
{
	struct places all = {0};
	struct str text = {m->octets, m->n};

	read_fields(m, &all, str_make(text.p, m->envelope.block), 0);
	m->own_headers = all.n;
	read_fields(m, &all, str_skip(text, m->envelope.head), HEAD_FIELDS);
	m->headers = mem_new((all.n + 1) * sizeof(*m->headers));
	m->header_count = all.n;
	for (size_t i = 0; i < all.n; i++) {
		const char *p = m->header_text.data;
		const struct place *at = &all.items[i];

		m->headers[i].name = str_make(p + at->name, at->name_n);
		m->headers[i].value = str_make(p + at->value, at->value_n);
	}
	free(all.items);
}

struct message *
message_new(char *octets, size_t n, const char *id)
{
	struct message *m = mem_new(sizeof(*m));
	struct buf empty = BUF_INIT;

	m->octets = octets;
	m->n = n;
	m->id = mem_dups(id == NULL ? "" : id);
	m->header_text = m->html.text = m->plain.text = m->text.text =
	    m->snippet.text = m->search.text = empty;
	envelope_read(str_make(octets, n), str_of(m->id), &m->envelope);
	tree_read(&m->tree, str_skip(str_make(octets, n), m->envelope.head));
	m->note = m->tree.note;
	read_headers(m);
	fields_read(m);
	return m;
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->owned_count; i++)
		free(m->owned[i]);
	free(m->owned);
	free(m->headers);
	buf_fini(&m->header_text);
	buf_fini(&m->html.text);
	buf_fini(&m->plain.text);
	buf_fini(&m->text.text);
	buf_fini(&m->snippet.text);
	buf_fini(&m->search.text);
	tree_fini(&m->tree);
	free(m->id);
	free(m->octets);
	free(m);
}

struct message *
message_open_nested(const struct message *m, const struct part *part)
{
	struct buf octets = BUF_INIT;
	size_t n;

	message_part_content(m, part, &octets);
	n = octets.len;
	return message_new(buf_detach(&octets), n, "");
}

const char *
message_note(const struct message *m)
{
	return m->note;
}

struct str
message_field(const struct message *m, struct str name)
{
	for (size_t i = m->own_headers; i < m->header_count; i++)
		if (str_ieq(m->headers[i].name, name))
			return m->headers[i].value;
	return STR("");
}

const struct message_fields *
message_fields(const struct message *m)
{
	return &m->fields;
}

size_t
message_header_count(const struct message *m)
{
	return m->header_count;
}

struct header_field
message_header(const struct message *m, size_t i)
{
	return m->headers[i];
}

void
message_decode_header(struct buf *out, struct str value)
{
	words_decode(out, value);
}

const struct leaf *
message_leaf(const struct part *part)
{
	/* Every part is the first member of its leaf. */
	return (const struct leaf *)part;
}

size_t
message_part_count(const struct message *m)
{
	return m->tree.n;
}

const struct part *
message_part(const struct message *m, size_t i)
{
	return &m->tree.leaves[i].part;
}

const struct part *
message_find_part(const struct message *m, struct str id)
{
	for (size_t i = 0; i < m->tree.n; i++) {
		const struct part *p = &m->tree.leaves[i].part;

		if (p->role != PART_CONTAINER && str_eq(str_of(p->id), id))
			return p;
	}
	return NULL;
}

static size_t
count_role(const struct message *m, enum part_role role)
{
	size_t n = 0;

	for (size_t i = 0; i < m->tree.n; i++)
		n += m->tree.leaves[i].part.role == role;
	return n;
}

size_t
message_attachments(const struct message *m)
{
	return count_role(m, PART_ATTACHMENT);
}

size_t
message_inlines(const struct message *m)
{
	return count_role(m, PART_INLINE);
}
