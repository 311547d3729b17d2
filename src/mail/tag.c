/* SPDX-License-Identifier: MIT */
/* tag.c: clean names, sorted lists of them, and their colours */

#include "mail/tag.h"

#include <stdint.h>
#include <string.h>

static bool
is_allowed(char c)
{
	return chr_alnum(c) || (c != '\0' && strchr("-_.@", c) != NULL);
}

bool
tag_clean(struct buf *out, struct str raw)
{
	size_t start = out->len;
	bool blank = false;

	for (size_t i = 0; i < raw.n; i++) {
		size_t length = out->len - start;

		if (!is_allowed(raw.p[i])) {
			blank = length > 0;
			continue;
		}
		if (length + (blank ? 2 : 1) > TAG_MAX)
			break;
		if (blank)
			buf_addc(out, ' ');
		buf_addc(out, raw.p[i]);
		blank = false;
	}
	return out->len > start;
}

/* As qsort() wants it, ignoring ASCII case. */
static int
compare(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int left = (unsigned char)chr_lower(a.p[i]);
		int right = (unsigned char)chr_lower(b.p[i]);

		if (left != right)
			return left - right;
	}
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static void
insert(struct buf *list, size_t at, struct str name)
{
	size_t behind = list->len - at;

	buf_add_str(list, name);
	buf_addc(list, '\n');
	if (behind == 0 || list->over)
		return;
	/* The name and its line end have pushed nothing: make room now. */
	memmove(list->data + at + name.n + 1, list->data + at, behind);
	memcpy(list->data + at, name.p, name.n);
	list->data[at + name.n] = '\n';
}

void
tag_add(struct buf *list, struct str name)
{
	struct str rest = buf_str(list), next;
	size_t at = 0, count = 0, place = list->len;
	bool placed = false;

	while (tag_next(&rest, &next)) {
		int order = compare(name, next);

		if (order == 0)
			return;
		if (order < 0 && !placed) {
			place = at;
			placed = true;
		}
		at = list->len - rest.n;
		count++;
	}
	if (count < TAGS_MAX && name.n > 0)
		insert(list, place, name);
}

void
tag_add_commas(struct buf *list, struct str names)
{
	struct buf name = BUF_INIT;

	while (names.n > 0) {
		buf_reset(&name);
		if (tag_clean(&name, str_cut(&names, ',')))
			tag_add(list, buf_str(&name));
	}
	buf_fini(&name);
}

bool
tag_next(struct str *rest, struct str *name)
{
	if (rest->n == 0)
		return false;
	*name = str_cut(rest, '\n');
	return true;
}

bool
tag_has(struct str list, struct str name)
{
	struct str next;

	while (tag_next(&list, &next))
		if (str_ieq(next, name))
			return true;
	return false;
}

unsigned
tag_hue(struct str name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < name.n; i++) {
		hash ^= (unsigned char)chr_lower(name.p[i]);
		hash *= 16777619u;
	}
	return hash % 360;
}
