/* SPDX-License-Identifier: MIT */
/* api_send.c: a message out of JSON, delivered like one that came by SMTP */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "mail/addr.h"
#include "mail/mailbox.h"
#include "mail/tag.h"
#include "mime/build.h"
#include "web/api.h"

#define BODY_MAX (UINT64_C(1024) * 1024 * 1024) /* where there is no limit */
#define RECIPIENTS_MAX 10000
#define FIELDS_MAX 1000
#define ATTACHMENTS_MAX 1000

struct sending {
	struct web *w;
	struct jread *j;
	struct build build;
	struct buf to, cc, reply_to, tags;
	struct str *recipients;
	size_t recipient_count;
	struct build_field *fields;
	struct build_attachment *attachments;
	struct buf *contents; /* of the attachments */
	char message_id[ID_SIZE + 16]; /* if none was given */
	struct buf error;
};

static void
fail(struct web *w, int status, struct str text)
{
	out_begin(&w->out, status, "application/json", OUT_API);
	out_adds(&w->out, "{\"Error\":");
	out_json(&w->out, text);
	out_adds(&w->out, "}\n");
}

/* An address that may stand in a block of ours and in a header. */
static bool
is_address(struct str s)
{
	struct addr_path parsed;
	struct buf path = BUF_INIT;
	bool ok;

	buf_addc(&path, '<');
	buf_add_str(&path, s);
	buf_addc(&path, '>');
	/* All of it is the mailbox: no route, no parameter, no null path. */
	ok = str_is_utf8(s) && str_find(s, '@') < s.n &&
	     addr_parse_path(buf_str(&path), &parsed) == ADDR_OK &&
	     parsed.rest.n == 0 && parsed.mailbox.n == s.n;
	buf_fini(&path);
	return ok;
}

/* The sender may be anything that breaks no line and no bracket. */
static bool
is_sender(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (chr_control(s.p[i]) || strchr(" <>", s.p[i]) != NULL)
			return false;
	return s.n > 0 && s.n <= ADDR_PATH_MAX && str_is_utf8(s);
}

static void
add_recipient(struct sending *s, struct str address)
{
	s->recipients = mem_grow(
	    s->recipients, s->recipient_count + 1, sizeof(*s->recipients));
	s->recipients[s->recipient_count++] = address;
}

/* One array of {"Name", "Email"}; list gets them, and the envelope may. */
static bool
read_addresses(struct sending *s, const char *name, const char *label,
    struct buf *list, bool envelope)
{
	const struct jvalue *array = jread_array(s->j, jread_root(s->j), name);

	for (size_t i = 0; i < jread_count(array); i++) {
		const struct jvalue *item = jread_item(s->j, array, i);
		struct str address = jread_string(s->j, item, "Email");

		if (jread_error(s->j) != NULL)
			return false;
		if (!is_address(address) ||
		    s->recipient_count >= RECIPIENTS_MAX) {
			buf_addf(&s->error, "invalid %s address: ", label);
			buf_add_str(&s->error, address);
			return false;
		}
		mailbox_add(list, jread_string(s->j, item, "Name"), address);
		if (envelope)
			add_recipient(s, address);
	}
	return true;
}

static bool
read_bcc(struct sending *s)
{
	const struct jvalue *array = jread_array(s->j, jread_root(s->j), "Bcc");

	for (size_t i = 0; i < jread_count(array); i++) {
		struct str address = jread_item_string(s->j, array, i);

		if (jread_error(s->j) != NULL)
			return false;
		if (!is_address(address) ||
		    s->recipient_count >= RECIPIENTS_MAX) {
			buf_adds(&s->error, "invalid Bcc address: ");
			buf_add_str(&s->error, address);
			return false;
		}
		add_recipient(s, address);
	}
	return true;
}

static void
read_tags(struct sending *s)
{
	const struct jvalue *array =
	    jread_array(s->j, jread_root(s->j), "Tags");
	struct buf name = BUF_INIT;

	for (size_t i = 0; i < jread_count(array); i++) {
		buf_reset(&name);
		if (tag_clean(&name, jread_item_string(s->j, array, i)))
			tag_add(&s->tags, buf_str(&name));
	}
	buf_fini(&name);
	s->build.tags = buf_str(&s->tags);
}

static bool
read_fields(struct sending *s)
{
	const struct jvalue *object =
	    jread_object(s->j, jread_root(s->j), "Headers");
	bool tagged = s->build.tags.n > 0;
	struct str name, value;
	void *cursor = NULL;
	size_t n = 0;
	bool identified = false;

	s->fields = mem_new((FIELDS_MAX + 1) * sizeof(*s->fields));
	while (jread_next_member(s->j, object, &cursor, &name, &value)) {
		if (n == FIELDS_MAX || !build_field_allowed(name, tagged)) {
			buf_adds(&s->error, "cannot overwrite header: \"");
			buf_add_str(&s->error, name);
			buf_addc(&s->error, '"');
			return false;
		}
		identified |= str_ieq(name, STR("Message-ID"));
		s->fields[n++] = (struct build_field){name, value};
	}
	if (!identified) {
		char id[ID_SIZE];

		id_fresh(id);
		snprintf(
		    s->message_id, sizeof(s->message_id), "<%s@mailpit>", id);
		s->fields[n++] = (struct build_field){
		    STR("Message-ID"), str_of(s->message_id)};
	}
	s->build.fields = s->fields;
	s->build.field_count = n;
	return true;
}

/* Data URLs have the content behind a comma; lines may be broken. */
static bool
decode(struct str text, struct buf *out)
{
	struct buf plain = BUF_INIT;
	bool ok;

	for (size_t i = text.n; i > 0; i--)
		if (text.p[i - 1] == ',') {
			text = str_skip(text, i);
			break;
		}
	while (text.n > 0) {
		struct str line = str_cut(&text, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		buf_add_str(&plain, line);
	}
	ok = codec_base64_decode(out, buf_str(&plain));
	buf_fini(&plain);
	return ok;
}

static bool
read_attachments(struct sending *s)
{
	const struct jvalue *array =
	    jread_array(s->j, jread_root(s->j), "Attachments");
	size_t n = jread_count(array);

	if (n > ATTACHMENTS_MAX) {
		buf_adds(&s->error, "too many attachments");
		return false;
	}
	s->attachments = mem_new((n + 1) * sizeof(*s->attachments));
	s->contents = mem_new((n + 1) * sizeof(*s->contents));
	for (size_t i = 0; i < n; i++) {
		const struct jvalue *item = jread_item(s->j, array, i);
		struct build_attachment *a = &s->attachments[i];

		s->contents[i] = (struct buf)BUF_INIT;
		s->build.attachment_count = i + 1;
		a->file_name = jread_string(s->j, item, "Filename");
		a->type = jread_string(s->j, item, "ContentType");
		a->content_id = jread_string(s->j, item, "ContentID");
		if (!decode(
			jread_string(s->j, item, "Content"), &s->contents[i])) {
			buf_adds(
			    &s->error, "error decoding base64 attachment \"");
			buf_add_str(&s->error, a->file_name);
			buf_adds(&s->error, "\": illegal base64 data");
			return false;
		}
		a->content = buf_str(&s->contents[i]);
	}
	s->build.attachments = s->attachments;
	return true;
}

/* In Mailpit's order, so that the same mistake gets the same text. */
static bool
read_message(struct sending *s)
{
	const struct jvalue *root = jread_root(s->j);
	const struct jvalue *from = jread_object(s->j, root, "From");

	s->build.from_name = jread_string(s->j, from, "Name");
	s->build.from_address = jread_string(s->j, from, "Email");
	s->build.subject = jread_string(s->j, root, "Subject");
	s->build.text = jread_string(s->j, root, "Text");
	s->build.html = jread_string(s->j, root, "HTML");
	read_tags(s);
	if (jread_error(s->j) != NULL ||
	    !read_addresses(s, "To", "To", &s->to, true) ||
	    !read_addresses(s, "Cc", "Cc", &s->cc, true) || !read_bcc(s) ||
	    !read_addresses(s, "ReplyTo", "Reply-To", &s->reply_to, false) ||
	    !read_fields(s) || !read_attachments(s) ||
	    jread_error(s->j) != NULL)
		return false;
	s->build.to = buf_str(&s->to);
	s->build.cc = buf_str(&s->cc);
	s->build.reply_to = buf_str(&s->reply_to);
	if (s->build.from_address.n == 0)
		buf_adds(&s->error, "error building message: from not set");
	else if (!is_sender(s->build.from_address)) {
		buf_adds(&s->error, "invalid From address: ");
		buf_add_str(&s->error, s->build.from_address);
	} else if (s->recipient_count == 0)
		buf_adds(&s->error,
		    "error building message: no recipients (to, cc, bcc) set");
	return s->error.len == 0;
}

/* An earlier message with its Message-ID is shown in its place. */
static bool
is_hidden(struct web *w, const char *id)
{
	struct buf memory = BUF_INIT;
	struct index_row row;
	bool hidden = w->index != NULL && index_find(w->index, id, NULL,
					      &memory, &row) == INDEX_NONE;

	buf_fini(&memory);
	return hidden;
}

static void
deliver(struct sending *s)
{
	struct web *w = s->w;
	struct buf octets = BUF_INIT;
	char id[ID_SIZE];

	build_message(&s->build, &octets);
	if (w->settings.max_message != 0 &&
	    octets.len > w->settings.max_message)
		fail(w, 413, STR("http: request body too large"));
	else if (w->deliver(w->arg, s->build.from_address, s->recipients,
		     s->recipient_count, w->user, buf_str(&octets), id) != 0)
		fail(w, 500, STR("the message could not be stored"));
	else {
		api_json(w);
		out_addf(
		    &w->out, "{\"ID\":\"%s\"}\n", is_hidden(w, id) ? "" : id);
	}
	buf_fini(&octets);
}

static void
release(struct sending *s)
{
	for (size_t i = 0; i < s->build.attachment_count; i++)
		buf_fini(&s->contents[i]);
	buf_fini(&s->to);
	buf_fini(&s->cc);
	buf_fini(&s->reply_to);
	buf_fini(&s->tags);
	buf_fini(&s->error);
	free(s->recipients);
	free(s->fields);
	free(s->attachments);
	free(s->contents);
	jread_free(s->j);
}

static bool
take_body(struct web *w)
{
	uint64_t max = w->settings.max_message;

	switch (cgi_read_body(&w->cgi, max != 0 ? max : BODY_MAX)) {
	case CGI_BODY_READ:
	case CGI_BODY_NONE:
		return true;
	case CGI_BODY_TOO_LARGE:
		fail(w, 413, STR("http: request body too large"));
		break;
	case CGI_BODY_SHORT:
		fail(w, 400, STR("unexpected EOF"));
		break;
	case CGI_BODY_LENGTH_REQUIRED:
		fail(w, 411, STR("Length Required"));
		break;
	case CGI_BODY_ENCODED:
		fail(w, 415, STR("Content-Encoding is not supported"));
		break;
	}
	return false;
}

/*
 * Opens what will be needed, before anything is read that a client sent. The
 * message is stored, whatever is wrong with the index.
 */
static void
prepare(struct web *w)
{
	struct buf why = BUF_INIT;

	if (w->settings.ignore_duplicate_ids)
		w->index = w->open_index(w->arg, &why);
	if (w->index == NULL)
		w->confine(w->arg);
	buf_fini(&why);
}

void
api_send(struct web *w)
{
	struct sending s = {.w = w,
	    .to = BUF_INIT,
	    .cc = BUF_INIT,
	    .reply_to = BUF_INIT,
	    .tags = BUF_INIT,
	    .error = BUF_INIT};

	if (!take_body(w))
		return;
	prepare(w);
	s.j = jread_parse(buf_str(&w->cgi.body), &s.error);
	/* The document has all of it now; twice is enough. */
	buf_fini(&w->cgi.body);
	if (s.j == NULL)
		fail(w, 400, buf_str(&s.error));
	else if (read_message(&s))
		deliver(&s);
	else
		fail(w, 400,
		    s.error.len > 0 ? buf_str(&s.error)
				    : str_of(jread_error(s.j)));
	release(&s);
}
