/* SPDX-License-Identifier: MIT */
/* linked.c: HTML whose embedded images lead to the parts that they are */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/html_tag.h"
#include "mime/internal.h"
#include "mime/words.h"

/* A content ID of mail is no longer than this. */
#define CID_LONGEST 1024

struct linker {
	const struct part **parts; /* by content ID */
	size_t n;
	const char *prefix;
	struct buf *out;
};

static int
compare(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] != '\0' && chr_lower(a[i]) == chr_lower(b[i]))
		i++;
	return (unsigned char)chr_lower(a[i]) - (unsigned char)chr_lower(b[i]);
}

/* Of two parts with one ID the first is meant. */
static int
by_content_id(const void *a, const void *b)
{
	const struct part *const *x = a, *const *y = b;
	int d = compare((*x)->content_id, (*y)->content_id);

	return d != 0 ? d : (*x > *y) - (*x < *y);
}

static void
list_parts(struct linker *l, const struct message *m)
{
	l->parts = mem_grow(NULL, m->tree.n + 1, sizeof(*l->parts));
	for (size_t i = 0; i < m->tree.n; i++) {
		const struct part *p = &m->tree.leaves[i].part;

		if (p->role != PART_CONTAINER && p->role != PART_BODY &&
		    p->content_id[0] != '\0')
			l->parts[l->n++] = p;
	}
	qsort(l->parts, l->n, sizeof(*l->parts), by_content_id);
}

/* The first of those that are not less. */
static const struct part *
find_part(const struct linker *l, const char *id)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(l->parts[middle]->content_id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < l->n && compare(l->parts[low]->content_id, id) == 0)
		return l->parts[low];
	return NULL;
}

/* "&amp;" is what an ID in an attribute can need; URLs escape the rest. */
static void
add_unescaped(struct buf *out, struct str id)
{
	struct buf plain = BUF_INIT;

	while (id.n > 0) {
		if (str_ibegins(id, STR("&amp;"))) {
			buf_addc(&plain, '&');
			id = str_skip(id, 5);
		} else {
			buf_addc(&plain, id.p[0]);
			id = str_skip(id, 1);
		}
	}
	words_unescape_percent(out, buf_str(&plain));
	buf_fini(&plain);
}

/* Writes the link for what follows "cid:"; false: there is no such part. */
static bool
add_link(struct linker *l, struct str id)
{
	struct buf plain = BUF_INIT;
	const struct part *p;

	if (id.n == 0 || id.n > CID_LONGEST)
		return false;
	add_unescaped(&plain, id);
	p = find_part(l, plain.data);
	buf_fini(&plain);
	if (p == NULL)
		return false;
	buf_adds(l->out, l->prefix);
	buf_adds(l->out, p->id);
	return true;
}

static size_t
id_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && n <= CID_LONGEST && (unsigned char)s.p[n] > ' ') {
		if (str_ibegins(str_skip(s, n), STR("&amp;")))
			n += 4;
		else if (strchr("\"'<>()|\\,;", s.p[n]) != NULL)
			break;
		n++;
	}
	return n;
}

/* Copies a value or a style sheet; each cid: behind what opens it is linked. */
static void
copy_linked(struct linker *l, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i + 4 < s.n; i++) {
		struct str id;

		if (s.p[i] != 'c' && s.p[i] != 'C')
			continue;
		if (!str_ibegins(str_skip(s, i), STR("cid:")) ||
		    (i > 0 && (chr_alnum(s.p[i - 1]) || s.p[i - 1] == '/')))
			continue;
		id = str_skip(s, i + 4);
		id.n = id_length(id);
		buf_add(l->out, s.p + from, i - from);
		from = i;
		if (add_link(l, id))
			from = i + 4 + id.n;
		i += 3 + id.n;
	}
	buf_add(l->out, s.p + from, s.n - from);
}

/* Names of tags and attributes stay; only values are looked at. */
static void
copy_tag(struct linker *l, const struct html_piece *piece)
{
	struct str rest = piece->attributes, name, value;
	const char *from = piece->all.p;

	while (html_attribute(&rest, &name, &value)) {
		if (value.n == 0)
			continue;
		buf_add(l->out, from, (size_t)(value.p - from));
		copy_linked(l, value);
		from = value.p + value.n;
	}
	buf_add(l->out, from, (size_t)(piece->all.p + piece->all.n - from));
}

void
message_html_linked(struct message *m, const char *prefix, struct buf *out)
{
	struct linker l = {.prefix = prefix, .out = out};
	struct html_cutter c = {.rest = message_html(m)};
	struct html_piece piece;

	list_parts(&l, m);
	while (html_cut(&c, &piece)) {
		if (l.n > 0 && piece.kind == HTML_OPEN)
			copy_tag(&l, &piece);
		else if (l.n > 0 && piece.kind == HTML_RAW &&
			 str_ieq(piece.name, STR("style")))
			copy_linked(&l, piece.all);
		else
			buf_add_str(out, piece.all);
	}
	free(l.parts);
}
