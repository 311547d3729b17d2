/* SPDX-License-Identifier: MIT */
/* tree.c: the parts of a message in one pass over its lines */

#include "mime/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/head.h"
#include "mime/part.h"

#define NOTE_DEPTH "more than 100 parts inside each other"
#define NOTE_PARTS "more than 10,000 parts"
#define NOTE_HEAD "more than 1,000 header fields or 256 KiB of them"

/* An open container. */
struct level {
	struct buf boundary; /* with its two dashes */
	size_t leaf;
	unsigned children;
	bool digest;
};

struct reader {
	struct tree *tree;
	struct str text; /* all of it */
	size_t at; /* the line that is looked at */
	struct level levels[TREE_DEPTH];
	size_t depth; /* levels that are open */
	size_t open; /* the leaf that lines belong to */
	bool has_open;
};

/* A line that is a boundary. */
struct hit {
	size_t level;
	size_t line, next; /* where it begins, where the next line does */
	bool closes;
};

static struct str
line_at(const struct reader *r, size_t at)
{
	struct str rest = str_skip(r->text, at);

	return str_cut(&rest, '\n');
}

/* Compares with every open container, innermost first. */
static bool
is_boundary(const struct reader *r, size_t at, struct hit *hit)
{
	struct str line = line_at(r, at);

	if (!str_begins(line, STR("--")))
		return false;
	hit->line = at;
	hit->next = at + line.n + (at + line.n < r->text.n);
	line = str_trim_crlf(line);
	for (size_t i = r->depth; i-- > 0;) {
		struct str own = buf_str(&r->levels[i].boundary), tail;

		if (!str_begins(line, own))
			continue;
		tail = str_skip(line, own.n);
		hit->level = i;
		hit->closes = str_eq(tail, STR("--"));
		if (tail.n == 0 || hit->closes)
			return true;
	}
	return false;
}

static bool
find_boundary(const struct reader *r, struct hit *hit)
{
	size_t at = r->at;

	while (at < r->text.n) {
		const char *p = r->text.p + at, *next;

		if (is_boundary(r, at, hit))
			return true;
		next = memmem(p, r->text.n - at, "\n--", 3);
		if (next == NULL)
			return false;
		at = (size_t)(next + 1 - r->text.p);
	}
	return false;
}

/* The content ends in front of the line end that the boundary owns. */
static void
set_content(struct reader *r, struct leaf *l, size_t end)
{
	size_t begin = (size_t)(l->content.p - r->text.p);

	if (end > begin && end < r->text.n && r->text.p[end - 1] == '\n')
		end--;
	if (end > begin && end < r->text.n && r->text.p[end] == '\n' &&
	    r->text.p[end - 1] == '\r')
		end--;
	l->content.n = end > begin ? end - begin : 0;
}

static void
close_open(struct reader *r, size_t end)
{
	if (r->has_open)
		set_content(r, &r->tree->leaves[r->open], end);
	r->has_open = false;
}

static bool
is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_control(s.p[i]) && s.p[i] != ' ')
			return false;
	return true;
}

/* A container that turns out to hold no part is a text. */
static void
pop_to(struct reader *r, size_t depth, size_t end)
{
	while (r->depth > depth) {
		struct level *level = &r->levels[--r->depth];
		struct leaf *l = &r->tree->leaves[level->leaf];

		if (level->children == 0) {
			set_content(r, l, end);
			if (!is_blank(l->content))
				part_make_text(l);
		}
		buf_fini(&level->boundary);
	}
}

static void
note(struct tree *t, const char *text)
{
	if (t->note[0] == '\0')
		t->note = text;
}

static struct leaf *
add_leaf(struct tree *t)
{
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 8 : t->cap * 2;
		t->leaves = mem_grow(t->leaves, t->cap, sizeof(*t->leaves));
	}
	memset(&t->leaves[t->n], 0, sizeof(*t->leaves));
	return &t->leaves[t->n++];
}

/* Reads the header at r->at, and leaves r->at where the body begins. */
static void
read_head(struct reader *r, struct leaf *l, bool digest)
{
	struct part_fields fields = PART_FIELDS_INIT;
	struct str rest = str_skip(r->text, r->at), name, raw;
	struct hit hit;
	size_t count = 0, octets = 0;

	/* An empty part has no header, and its end may look like a field. */
	while (!is_boundary(r, r->text.n - rest.n, &hit) &&
	       head_next(&rest, &name, &raw)) {
		octets += name.n + raw.n;
		if (++count <= HEAD_FIELDS && octets <= HEAD_OCTETS)
			part_take_field(&fields, name, raw);
		else
			note(r->tree, NOTE_HEAD);
	}
	l->part.truncated = count > HEAD_FIELDS || octets > HEAD_OCTETS;
	r->at = r->text.n - rest.n;
	part_settle(l, &fields, digest);
	part_fields_fini(&fields);
}

static void
name_part(struct reader *r, struct leaf *l)
{
	struct level *up;
	const char *prefix;

	if (r->depth == 0) {
		l->part.id = mem_dups("0");
		return;
	}
	up = &r->levels[r->depth - 1];
	prefix = r->tree->leaves[up->leaf].part.id;
	l->part.parent = up->leaf;
	l->part.depth = (unsigned)r->depth;
	up->children++;
	if (r->depth == 1) {
		l->part.id = mem_format("%u", up->children);
		return;
	}
	/* A container's own number ends in ".0", its children's do not. */
	l->part.id = mem_format(
	    "%.*s.%u", (int)(strlen(prefix) - 2), prefix, up->children);
}

static void
open_container(struct reader *r, size_t index, struct buf *boundary)
{
	struct level *level = &r->levels[r->depth];
	struct part *part = &r->tree->leaves[index].part;
	char *id = part->id;

	if (r->depth > 0) {
		part->id = mem_format("%s.0", id);
		free(id);
	}
	*level = (struct level){
	    .boundary = *boundary,
	    .leaf = index,
	    .digest = strcmp(part->type, "multipart/digest") == 0,
	};
	*boundary = (struct buf)BUF_INIT;
	r->depth++;
}

/* Begins a part at r->at; false: it takes all the rest, as text. */
static bool
begin_part(struct reader *r)
{
	bool digest = r->depth > 0 && r->levels[r->depth - 1].digest;
	struct leaf *l = add_leaf(r->tree);
	struct buf boundary = BUF_INIT;
	size_t index = r->tree->n - 1;
	bool last = r->tree->n == TREE_PARTS;

	name_part(r, l);
	if (last) {
		part_make_opaque(l);
		note(r->tree, NOTE_PARTS);
	} else {
		read_head(r, l, digest);
	}
	l->content = str_make(r->text.p + r->at, r->text.n - r->at);
	if (last || !part_boundary(l, &boundary)) {
		r->open = index;
		r->has_open = true;
	} else if (r->depth < TREE_DEPTH) {
		open_container(r, index, &boundary);
	} else {
		part_make_opaque(l);
		note(r->tree, NOTE_DEPTH);
		r->open = index;
		r->has_open = true;
	}
	buf_fini(&boundary);
	return !last;
}

void
tree_read(struct tree *t, struct str text)
{
	struct reader r = {.tree = t, .text = text};
	struct hit hit;

	*t = (struct tree){.note = ""};
	if (text.p == NULL)
		r.text = STR("");
	begin_part(&r);
	while (find_boundary(&r, &hit)) {
		close_open(&r, hit.line);
		pop_to(&r, hit.level + !hit.closes, hit.line);
		r.at = hit.next;
		if (!hit.closes && !begin_part(&r))
			break;
	}
	close_open(&r, r.text.n);
	pop_to(&r, 0, r.text.n);
	part_set_roles(t);
}

void
tree_fini(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		part_fini(&t->leaves[i].part);
	free(t->leaves);
	*t = (struct tree){.note = ""};
}
