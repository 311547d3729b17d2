/* SPDX-License-Identifier: MIT */
/* api_message.c: one message: its fields and texts, headers, source */

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/mem.h"
#include "web/api.h"

#define DEPTH_MAX 100
#define MESSAGE_SEGMENT 3

static void
put_unsubscribe(struct out *o, const struct message *m)
{
	const struct message_fields *f = message_fields(m);
	struct buf links = BUF_INIT, errors = BUF_INIT;

	if (f->has_list_unsubscribe)
		message_unsubscribe(m, &links, &errors);
	out_adds(o, ",\"ListUnsubscribe\":{\"Header\":");
	out_json(o, f->list_unsubscribe);
	out_adds(o, ",\"Links\":");
	api_lines(o, buf_str(&links));
	api_member(o, "Errors", buf_str(&errors));
	api_member(o, "HeaderPost",
	    f->has_list_unsubscribe ? f->list_unsubscribe_post : STR(""));
	out_adds(o, "}");
	buf_fini(&links);
	buf_fini(&errors);
}

static void
put_digest(struct out *o, const char *name, const unsigned char *p, size_t n)
{
	struct buf hex = BUF_INIT;

	codec_hex_encode(&hex, str_make((const char *)p, n), '\0');
	out_addf(o, "\"%s\":\"%s\"", name, hex.data);
	buf_fini(&hex);
}

static void
put_part(struct out *o, const struct message *m, const struct part *part)
{
	unsigned char md5[DIGEST_MD5_SIZE], sha1[DIGEST_SHA1_SIZE];
	unsigned char sha256[DIGEST_SHA256_SIZE];
	struct buf content = BUF_INIT;
	struct str octets;

	message_part_content(m, part, &content);
	octets = buf_str(&content);
	digest_md5(octets, md5);
	digest_sha1(octets, STR(""), sha1);
	digest_sha256(octets, sha256);
	out_addf(o, "{\"PartID\":\"%s\"", part->id);
	api_member(o, "FileName",
	    str_of(part->file_name[0] != '\0' ? part->file_name
					      : part->content_id));
	api_member(o, "ContentType", str_of(part->type));
	api_member(o, "ContentID", str_of(part->content_id));
	out_addf(o, ",\"Size\":%zu,\"Checksums\":{", octets.n);
	put_digest(o, "MD5", md5, sizeof(md5));
	out_adds(o, ",");
	put_digest(o, "SHA1", sha1, sizeof(sha1));
	out_adds(o, ",");
	put_digest(o, "SHA256", sha256, sizeof(sha256));
	out_adds(o, "}}");
	buf_fini(&content);
}

/*
 * What has a name or a Content-ID, and what would else be seen nowhere: all
 * but the texts that are the message itself.
 */
static bool
is_listed(const struct part *part)
{
	return part->role == PART_ATTACHMENT || part->file_name[0] != '\0' ||
	       part->content_id[0] != '\0' ||
	       (strcmp(part->type, "text/plain") != 0 &&
		   strcmp(part->type, "text/html") != 0);
}

/* Those of one role, level by level. */
static void
put_role(struct out *o, const struct message *m, enum part_role role,
    const char **comma)
{
	size_t count = message_part_count(m);

	for (unsigned depth = 0; depth <= DEPTH_MAX; depth++)
		for (size_t i = 0; i < count && !o->failed; i++) {
			const struct part *part = message_part(m, i);

			if (part->role != role || part->depth != depth ||
			    !is_listed(part))
				continue;
			out_adds(o, *comma);
			put_part(o, m, part);
			*comma = ",";
		}
}

static void
put_parts(struct out *o, const struct message *m)
{
	const char *comma = "";

	out_adds(o, ",\"Inline\":[");
	put_role(o, m, PART_INLINE, &comma);
	put_role(o, m, PART_OTHER, &comma);
	comma = "";
	out_adds(o, "],\"Attachments\":[");
	put_role(o, m, PART_ATTACHMENT, &comma);
	out_adds(o, "]");
}

static void
put_message(struct out *o, struct api_message *m)
{
	const struct message_fields *f = message_fields(m->message);

	out_adds(o, "{\"ID\":");
	out_json(o, str_of(m->row.id));
	api_member(o, "MessageID", f->message_id);
	out_adds(o, ",\"From\":");
	api_from(o, f->from);
	api_addresses(o, "To", f->to);
	api_addresses(o, "Cc", f->cc);
	api_addresses(o, "Bcc", f->bcc);
	api_addresses(o, "ReplyTo", f->reply_to);
	api_member(o, "ReturnPath", f->return_path);
	api_member(o, "Subject", f->subject);
	put_unsubscribe(o, m->message);
	out_adds(o, ",\"Date\":");
	if (f->has_date)
		api_date(o, f->date, f->date_offset);
	else
		api_time(o, m->row.created);
	out_adds(o, ",\"Tags\":");
	api_lines(o, m->row.tags);
	api_member(o, "Username", f->username);
	api_member(o, "Text", message_text(m->message));
	api_member(o, "HTML", message_html(m->message));
	out_addf(o, ",\"Size\":%llu", (unsigned long long)m->row.size);
	put_parts(o, m->message);
	out_adds(o, "}\n");
}

void
api_message(struct web *w)
{
	struct api_message m;

	if (!api_take(w, &m))
		return;
	api_mark_read(w, &m);
	api_json(w);
	put_message(&w->out, &m);
	api_release_message(&m);
}

/* --- headers --- */

struct header {
	char *name; /* canonical */
	struct str value;
	size_t order;
};

/* Message-Id, Mime-Version, Dkim-Signature. */
static char *
canonical(struct str name)
{
	char *out = mem_dup(name.p, name.n);
	bool first = true;

	for (size_t i = 0; i < name.n; i++) {
		char lower = chr_lower(out[i]);

		out[i] = first && lower >= 'a' && lower <= 'z'
			     ? (char)(lower - 'a' + 'A')
			     : lower;
		first = out[i] == '-';
	}
	return out;
}

static int
compare(const void *a, const void *b)
{
	const struct header *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order
			  : (x->order > y->order) - (x->order < y->order);
}

void
api_headers(struct web *w)
{
	struct out *o = &w->out;
	struct header *headers;
	struct api_message m;
	size_t count;

	if (!api_take(w, &m))
		return;
	count = message_header_count(m.message);
	headers = mem_new((count + 1) * sizeof(*headers));
	for (size_t i = 0; i < count; i++) {
		struct header_field f = message_header(m.message, i);

		headers[i] = (struct header){canonical(f.name), f.value, i};
	}
	qsort(headers, count, sizeof(*headers), compare);
	api_json(w);
	out_adds(o, "{");
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(headers[i - 1].name, headers[i].name) == 0)
			out_adds(o, ",");
		else {
			out_adds(o, i > 0 ? "]," : "");
			out_json(o, str_of(headers[i].name));
			out_adds(o, ":[");
		}
		out_json(o, headers[i].value);
	}
	out_adds(o, count > 0 ? "]}\n" : "}\n");
	for (size_t i = 0; i < count; i++)
		free(headers[i].name);
	free(headers);
	api_release_message(&m);
}

/* --- raw --- */

/* A file of another program may have CRLF already. */
static bool
has_crlf(const struct api_message *m)
{
	struct maildir_name name;
	struct str octets = str_make(m->octets, m->size);
	size_t lf = str_find(octets, '\n');

	maildir_parse_name(m->row.name, &name);
	return name.vsize == UINT64_MAX && lf > 0 && lf < octets.n &&
	       octets.p[lf - 1] == '\r';
}

static void
put_source(struct out *o, const struct api_message *m)
{
	struct str rest = str_make(m->octets, m->size);
	bool ready = has_crlf(m);

	while (rest.n > 0 && !o->failed) {
		size_t lf = ready ? rest.n : str_find(rest, '\n');

		out_add(o, str_make(rest.p, lf));
		if (lf < rest.n)
			out_adds(o, "\r\n");
		rest = str_skip(rest, lf + 1);
	}
}

void
api_raw(struct web *w)
{
	struct str name = w->cgi.segments[MESSAGE_SEGMENT];
	struct api_message m;
	char file[ID_SIZE + 4];

	if (!api_find(w, name, API_MISSING_PAGE, &m) ||
	    !api_open(w, API_MISSING_PAGE, &m))
		return;
	if (str_eq(cgi_parameter(&w->cgi, "dl", NULL), STR("1"))) {
		memcpy(file, m.row.id, ID_LENGTH);
		memcpy(file + ID_LENGTH, ".eml", 5);
		out_disposition(&w->out, "attachment", str_of(file));
	}
	out_begin(&w->out, 200, "text/plain; charset=utf-8", OUT_PART);
	put_source(&w->out, &m);
	api_release_message(&m);
}
