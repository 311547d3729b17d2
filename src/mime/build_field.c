/* SPDX-License-Identifier: MIT */
/* build_field.c: the header of a message that a client wants to send */

#include "mime/build_field.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/mem.h"
#include "mail/mailbox.h"
#include "mail/stamp.h"
#include "mime/utf8.h"

#define LINE_SOFT 76
#define WORD_OCTETS 45 /* of an encoded word, before base64 */
#define BARE_MAX 250 /* octets without a place to fold; a line may have 998 */

/* Fields on their way to be sorted. */
struct fields {
	struct field {
		struct buf name, value; /* value: encoded, maybe folded */
	} * items;
	size_t n;
};

static const char *const ours[] = {"To", "From", "Cc", "Bcc", "Reply-To",
    "Date", "Subject", "Content-Type", "Mime-Version",
    "Content-Transfer-Encoding"};

bool
build_field_allowed(struct str name, bool has_tags)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > 126 || name.p[i] == ':')
			return false;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (str_ieq(name, str_of(ours[i])))
			return false;
	return name.n > 0 && name.n <= BARE_MAX &&
	       !(has_tags && str_ieq(name, STR("X-Tags")));
}

/* Each word of the name begins with a capital letter. */
static void
add_canonical(struct buf *out, struct str name)
{
	bool first = true;

	for (size_t i = 0; i < name.n; i++) {
		char c = chr_lower(name.p[i]);

		if (first && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		buf_addc(out, c);
		first = name.p[i] == '-';
	}
}

static struct buf *
add_field(struct fields *all, struct str name)
{
	struct buf empty = BUF_INIT;

	all->items = mem_grow(all->items, all->n + 1, sizeof(*all->items));
	all->items[all->n] = (struct field){empty, empty};
	add_canonical(&all->items[all->n].name, name);
	return &all->items[all->n++].value;
}

/* It can stand as it is: no octet, and no length, that needs encoding. */
static bool
is_plain(struct str s)
{
	struct str rest = s;

	while (rest.n > 0)
		if (str_cut(&rest, ' ').n > BARE_MAX)
			return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > 126)
			return false;
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '=' && s.p[i + 1] == '?')
			return false;
	return true;
}

/* RFC 2047: as many words as it takes, cut between characters. */
static void
add_words(struct buf *out, struct str text)
{
	bool first = true;

	while (text.n > 0) {
		size_t n = utf8_floor(text, WORD_OCTETS);

		if (n == 0)
			n = text.n < WORD_OCTETS ? text.n : WORD_OCTETS;
		buf_adds(out, first ? "=?utf-8?B?" : "\r\n =?utf-8?B?");
		codec_base64_encode(out, str_make(text.p, n));
		buf_adds(out, "?=");
		text = str_skip(text, n);
		first = false;
	}
}

/* Words on lines of 76, where blanks allow it. */
static void
add_folded(struct buf *out, struct str text, size_t column)
{
	while (text.n > 0) {
		size_t n = 1 + str_find(str_skip(text, 1), ' ');

		if (column > 0 && column + n > LINE_SOFT && text.p[0] == ' ' &&
		    n > 1) {
			buf_adds(out, "\r\n");
			column = 0;
		}
		buf_add(out, text.p, n);
		column += n;
		text = str_skip(text, n);
	}
}

/* A text of one line: what is not plain ASCII is encoded. */
static void
add_text(struct buf *out, struct str text, size_t column)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < text.n; i++)
		buf_addc(&line, chr_control(text.p[i]) ? ' ' : text.p[i]);
	text = str_trim(buf_str(&line));
	if (is_plain(text))
		add_folded(out, text, column);
	else
		add_words(out, text);
	buf_fini(&line);
}

/* A display name: bare words, a quoted string, or encoded words. */
static void
add_name(struct buf *out, struct str name)
{
	bool bare = true;

	for (size_t i = 0; i < name.n; i++)
		if (!chr_alnum(name.p[i]) && name.p[i] != ' ')
			bare = false;
	/* Nothing folds a name that stands as it is. */
	bare = bare && name.n <= BARE_MAX;
	if (bare || name.n > BARE_MAX || !is_plain(name)) {
		if (bare)
			buf_add_str(out, name);
		else
			add_words(out, name);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, name.p[i]);
	}
	buf_addc(out, '"');
}

static void
add_mailbox(struct buf *out, struct str name, struct str address)
{
	name = str_trim(name);
	if (name.n > 0) {
		add_name(out, name);
		buf_addc(out, ' ');
	}
	buf_addc(out, '<');
	for (size_t i = 0; i < address.n; i++)
		if (!chr_control(address.p[i]) && address.p[i] != '<' &&
		    address.p[i] != '>')
			buf_addc(out, address.p[i]);
	buf_addc(out, '>');
}

static void
add_mailboxes(struct fields *all, struct str field, struct str list)
{
	struct str name, address;
	struct buf *out = NULL;

	while (mailbox_next(&list, &name, &address)) {
		if (out == NULL)
			out = add_field(all, field);
		else
			buf_adds(out, ",\r\n ");
		add_mailbox(out, name, address);
	}
}

static void
add_tags(struct fields *all, struct str tags)
{
	struct buf text = BUF_INIT;

	while (tags.n > 0) {
		if (text.len > 0)
			buf_adds(&text, ", ");
		buf_add_str(&text, str_cut(&tags, '\n'));
	}
	if (text.len > 0)
		add_text(add_field(all, STR("X-Tags")), buf_str(&text), 8);
	buf_fini(&text);
}

static int
by_name(const void *a, const void *b)
{
	const struct field *x = a, *y = b;

	return strcmp(x->name.data, y->name.data);
}

void
build_header(const struct build *b, struct buf *out)
{
	struct fields all = {0};
	struct str from_name = b->from_name;

	add_mailbox(add_field(&all, STR("From")), from_name, b->from_address);
	add_mailboxes(&all, STR("To"), b->to);
	add_mailboxes(&all, STR("Cc"), b->cc);
	add_mailboxes(&all, STR("Reply-To"), b->reply_to);
	add_text(add_field(&all, STR("Subject")), b->subject, 9);
	stamp_local(add_field(&all, STR("Date")), time(NULL));
	buf_adds(add_field(&all, STR("Mime-Version")), "1.0");
	add_tags(&all, b->tags);
	for (size_t i = 0; i < b->field_count; i++)
		if (build_field_allowed(b->fields[i].name, b->tags.n > 0))
			add_text(add_field(&all, b->fields[i].name),
			    b->fields[i].value, b->fields[i].name.n + 2);
	qsort(all.items, all.n, sizeof(*all.items), by_name);
	for (size_t i = 0; i < all.n; i++) {
		buf_add_str(out, buf_str(&all.items[i].name));
		buf_adds(out, ": ");
		buf_add_str(out, buf_str(&all.items[i].value));
		buf_adds(out, "\r\n");
		buf_fini(&all.items[i].name);
		buf_fini(&all.items[i].value);
	}
	free(all.items);
}
