/* SPDX-License-Identifier: MIT */
/* decode.c: a leaf's octets, decoded and as UTF-8, without holding them */

#include <string.h>

#include "mime/charset.h"
#include "mime/html.h"
#include "mime/internal.h"

/* A charset that HTML names for itself must stand here. */
#define META_OCTETS 4096

struct look {
	struct charset_survey survey;
	char first[META_OCTETS];
	size_t n;
};

static void
put_look(void *arg, const char *p, size_t n)
{
	struct look *l = arg;
	size_t room = sizeof(l->first) - l->n;

	charset_look(&l->survey, p, n);
	if (n > room)
		n = room;
	if (n > 0)
		memcpy(l->first + l->n, p, n);
	l->n += n;
}

static void
put_reader(void *arg, const char *p, size_t n)
{
	charset_feed(arg, p, n);
}

/* Returns the reader, which counted what it could not read. */
static struct charset_reader
read_as(const struct leaf *l, const struct charset *row, struct sink to)
{
	struct charset_reader r;

	charset_begin(&r, row, to);
	gmime_decode(l->transfer, l->content, (struct sink){put_reader, &r});
	charset_end(&r);
	return r;
}

/* Looks at all of it first: labels are often missing or wrong. */
static const struct charset *
choose(const struct leaf *l)
{
	struct look look = {.n = 0};
	struct str label = str_of(l->part.charset);
	const struct charset *row;
	uint64_t ignored = 0;

	gmime_decode(l->transfer, l->content, (struct sink){put_look, &look});
	charset_look_end(&look.survey);
	if (label.n == 0 && strcmp(l->part.type, "text/html") == 0)
		label = html_meta_charset(str_make(look.first, look.n));
	row = charset_choose(label, &look.survey);
	if (look.survey.bad == 0 && look.survey.multi > 0 &&
	    row != charset_utf8()) {
		struct charset_reader r =
		    read_as(l, row, sink_to_count(&ignored));

		if (charset_was_wrong(&look.survey, &r))
			row = charset_utf8();
	}
	return row;
}

void
content_read(const struct leaf *l, struct sink to)
{
	if (l->part.role == PART_CONTAINER)
		return;
	if (strncmp(l->part.type, "text/", 5) != 0)
		gmime_decode(l->transfer, l->content, to);
	else
		read_as(l, choose(l), to);
}

void
message_part_content(
    const struct message *m, const struct part *part, struct buf *out)
{
	(void)m;
	content_read(message_leaf(part), sink_to_buf(out));
}

uint64_t
message_part_size(const struct message *m, const struct part *part)
{
	uint64_t size = 0;

	(void)m;
	content_read(message_leaf(part), sink_to_count(&size));
	return size;
}
