/* SPDX-License-Identifier: MIT */
/* fuzz_mime.c: any octets as a message; everything is asked of it */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/mailbox.h"
#include "mime/html.h"
#include "mime/message.h"

/* That of the seed with a block of ours. */
#define ID "1i5ZpUhIB9kG0nN3oDSxhT"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
text(struct str s)
{
	if (!str_is_utf8(s))
		abort();
}

static void
list(struct str mailboxes)
{
	struct str name, address;

	text(mailboxes);
	while (mailbox_next(&mailboxes, &name, &address)) {
		text(name);
		text(address);
	}
}

static void
fields(const struct message *m)
{
	const struct message_fields *f = message_fields(m);
	struct buf links = BUF_INIT, errors = BUF_INIT;
	const struct str texts[] = {f->return_path, f->subject, f->message_id,
	    f->username, f->tags_header, f->tags_plus, f->list_unsubscribe,
	    f->list_unsubscribe_post};
	const struct str lists[] = {f->from, f->to, f->cc, f->bcc, f->reply_to};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		text(texts[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		list(lists[i]);
	message_unsubscribe(m, &links, &errors);
	text(buf_str(&links));
	text(buf_str(&errors));
	buf_fini(&links);
	buf_fini(&errors);
}

static void
headers(const struct message *m)
{
	for (size_t i = 0; i < message_header_count(m); i++) {
		struct header_field h = message_header(m, i);
		struct buf decoded = BUF_INIT;

		message_decode_header(&decoded, h.value);
		text(h.name);
		text(h.value);
		text(buf_str(&decoded));
		buf_fini(&decoded);
	}
}

static void ask(struct message *m, unsigned depth);

static void
part(const struct message *m, const struct part *p, unsigned depth)
{
	struct buf octets = BUF_INIT;

	text(str_of(p->id));
	text(str_of(p->type));
	text(str_of(p->charset));
	text(str_of(p->file_name));
	text(str_of(p->content_id));
	text(str_of(p->description));
	message_part_content(m, p, &octets);
	if (octets.len != message_part_size(m, p))
		abort();
	if (strncmp(p->type, "text/", 5) == 0)
		text(buf_str(&octets));
	buf_fini(&octets);
	if (p->role != PART_CONTAINER &&
	    message_find_part(m, str_of(p->id)) != p)
		abort();
	if (p->is_message && depth < 3) {
		struct message *nested = message_open_nested(m, p);

		ask(nested, depth + 1);
		message_free(nested);
	}
}

static void
ask(struct message *m, unsigned depth)
{
	struct buf linked = BUF_INIT;

	fields(m);
	headers(m);
	for (size_t i = 0; i < message_part_count(m); i++)
		part(m, message_part(m, i), depth);
	text(message_html(m));
	text(message_plain(m));
	text(message_text(m));
	text(message_snippet(m));
	if (message_snippet(m).n > 203)
		abort();
	text(message_search_text(m));
	message_html_linked(m, "part/", &linked);
	text(buf_str(&linked));
	buf_fini(&linked);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct message *m = message_new(mem_dup(data, n), n, ID);

	ask(m, 0);
	message_free(m);
	return 0;
}
