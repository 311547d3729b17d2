/* SPDX-License-Identifier: MIT */
/* fields.c: header fields as people read them */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/mailbox.h"
#include "mail/tag.h"
#include "mime/addrlist.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/internal.h"
#include "mime/words.h"

/* Addresses to look recipients up in. */
struct known {
	struct str *items;
	size_t n;
};

/* The message keeps the text of the buf, which is empty afterwards. */
static struct str
keep(struct message *m, struct buf *text)
{
	size_t n = text->len;

	m->owned = mem_grow(m->owned, m->owned_count + 1, sizeof(*m->owned));
	m->owned[m->owned_count] = buf_detach(text);
	return str_make(m->owned[m->owned_count++], n);
}

static struct str
decoded(struct message *m, struct str name)
{
	struct buf out = BUF_INIT;

	words_decode(&out, message_field(m, name));
	return keep(m, &out);
}

static void
add_list(const struct message *m, struct str name, struct buf *list)
{
	addrlist_parse(list, message_field(m, name));
}

static struct str
address_list(struct message *m, struct str name)
{
	struct buf list = BUF_INIT;

	add_list(m, name, &list);
	return keep(m, &list);
}

/* One mailbox; what is none is shown as a name. */
static struct str
read_from(struct message *m)
{
	struct str value = message_field(m, STR("From")), rest, name, address;
	struct buf list = BUF_INIT, one = BUF_INIT;

	addrlist_parse(&list, value);
	rest = buf_str(&list);
	if (mailbox_next(&rest, &name, &address)) {
		mailbox_add(&one, name, address);
	} else if (value.n > 0) {
		buf_reset(&list);
		words_decode(&list, value);
		mailbox_add(&one, str_trim(buf_str(&list)), STR(""));
	}
	buf_fini(&list);
	return keep(m, &one);
}

static int
by_address(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;

	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)chr_lower(x->p[i]) -
			(unsigned char)chr_lower(y->p[i]);

		if (d != 0)
			return d;
	}
	return (x->n > y->n) - (x->n < y->n);
}

static void
know(struct known *k, struct str list)
{
	struct str name, address;

	k->items =
	    mem_grow(k->items, k->n + mailbox_count(list) + 1, sizeof(list));
	while (mailbox_next(&list, &name, &address))
		k->items[k->n++] = address;
}

/* Appends as UTF-8: what stands in a file may be anything. */
static void
add_utf8(struct buf *out, struct str s)
{
	if (str_is_utf8(s))
		buf_add_str(out, s);
	else
		charset_convert(out, s, STR(""));
}

static void
add_recipient(struct buf *list, struct str recipient)
{
	struct buf text = BUF_INIT;

	add_utf8(&text, recipient);
	mailbox_add(list, STR(""), buf_str(&text));
	buf_fini(&text);
}

/* As a field is read: without the quotes that the local part may have. */
static struct str
unquoted(struct str recipient, struct buf *text)
{
	size_t i = 1;

	if (recipient.n == 0 || recipient.p[0] != '"')
		return recipient;
	buf_reset(text);
	for (; i < recipient.n && recipient.p[i] != '"'; i++) {
		if (recipient.p[i] == '\\' && i + 1 < recipient.n)
			i++;
		buf_addc(text, recipient.p[i]);
	}
	buf_add_str(text, str_skip(recipient, i + 1));
	return buf_str(text);
}

/* The field's own, then the recipients that no field shows. */
static struct str
read_bcc(struct message *m)
{
	struct str rest = m->envelope.recipients, recipient;
	struct buf bcc = BUF_INIT, own = BUF_INIT, text = BUF_INIT;
	struct known k = {0};

	add_list(m, STR("Bcc"), &bcc);
	buf_add_str(&own, buf_str(&bcc));
	know(&k, m->fields.to);
	know(&k, m->fields.cc);
	know(&k, buf_str(&own));
	qsort(k.items, k.n, sizeof(*k.items), by_address);
	while (envelope_recipient(&rest, &recipient)) {
		recipient = unquoted(recipient, &text);
		if (bsearch(&recipient, k.items, k.n, sizeof(*k.items),
			by_address) == NULL)
			add_recipient(&bcc, recipient);
	}
	free(k.items);
	buf_fini(&own);
	buf_fini(&text);
	return keep(m, &bcc);
}

/* Without brackets; the sender's address where there is none. */
static struct str
read_return_path(struct message *m)
{
	struct str path = STR(""), from = m->fields.from, name;
	struct buf own = BUF_INIT;

	if (m->envelope.block > 0) {
		add_utf8(&own, m->envelope.reverse_path);
		path = keep(m, &own);
	} else {
		path = str_trim(message_field(m, STR("Return-Path")));
		while (path.n > 0 && path.p[0] == '<')
			path = str_skip(path, 1);
		while (path.n > 0 && path.p[path.n - 1] == '>')
			path.n--;
	}
	if (path.n == 0 && !mailbox_next(&from, &name, &path))
		path = STR("");
	return path;
}

static struct str
read_message_id(struct message *m)
{
	struct str id = str_trim(decoded(m, STR("Message-ID")));
	struct buf made = BUF_INIT;

	while (id.n > 0 && id.p[0] == '<')
		id = str_skip(id, 1);
	while (id.n > 0 && id.p[id.n - 1] == '>')
		id.n--;
	if (id.n > 0 || m->id[0] == '\0')
		return id;
	buf_addf(&made, "%s@mailpit", m->id);
	return keep(m, &made);
}

static struct str
read_username(struct message *m)
{
	struct buf user = BUF_INIT, text = BUF_INIT;

	/* What a client logged in with need not be UTF-8, nor one line. */
	envelope_user(&m->envelope, &user);
	add_utf8(&text, buf_str(&user));
	for (size_t i = 0; i < text.len; i++)
		if (chr_control(text.data[i]))
			text.data[i] = ' ';
	buf_fini(&user);
	return keep(m, &text);
}

static void
add_plus_tags(struct buf *tags, struct str list)
{
	struct str name, address, tag;

	while (mailbox_next(&list, &name, &address)) {
		address.n = str_find(address, '@');
		str_cut(&address, '+');
		while (address.n > 0) {
			struct buf clean = BUF_INIT;

			tag = str_cut(&address, '+');
			if (tag_clean(&clean, tag))
				tag_add(tags, buf_str(&clean));
			buf_fini(&clean);
		}
	}
}

static void
read_tags(struct message *m)
{
	struct message_fields *f = &m->fields;
	struct buf header = BUF_INIT, plus = BUF_INIT;

	tag_add_commas(&header, decoded(m, STR("X-Tags")));
	add_plus_tags(&plus, f->from);
	add_plus_tags(&plus, f->to);
	add_plus_tags(&plus, f->cc);
	add_plus_tags(&plus, f->bcc);
	f->tags_header = keep(m, &header);
	f->tags_plus = keep(m, &plus);
}

static bool
has_field(const struct message *m, struct str name)
{
	for (size_t i = m->own_headers; i < m->header_count; i++)
		if (str_ieq(m->headers[i].name, name))
			return true;
	return false;
}

void
fields_read(struct message *m)
{
	struct message_fields *f = &m->fields;

	f->from = read_from(m);
	f->to = address_list(m, STR("To"));
	f->cc = address_list(m, STR("Cc"));
	f->reply_to = address_list(m, STR("Reply-To"));
	f->bcc = read_bcc(m);
	f->return_path = read_return_path(m);
	f->subject = decoded(m, STR("Subject"));
	f->message_id = read_message_id(m);
	f->username = read_username(m);
	read_tags(m);
	f->has_date = date_parse(
	    message_field(m, STR("Date")), &f->date, &f->date_offset);
	f->has_list_unsubscribe = has_field(m, STR("List-Unsubscribe"));
	f->list_unsubscribe = message_field(m, STR("List-Unsubscribe"));
	f->list_unsubscribe_post =
	    message_field(m, STR("List-Unsubscribe-Post"));
}
