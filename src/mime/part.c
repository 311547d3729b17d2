/* SPDX-License-Identifier: MIT */
/* part.c: what the header of one part says of it */

#include "mime/part.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/head.h"
#include "mime/param.h"
#include "mime/words.h"

#define TYPE_LONGEST 127
#define VALUE_LONGEST 1024
#define BOUNDARY_LONGEST 1000

static const struct {
	struct str name;
	size_t offset;
} wanted[] = {
    {{"Content-Type", 12}, offsetof(struct part_fields, type)},
    {{"Content-Disposition", 19}, offsetof(struct part_fields, disposition)},
    {{"Content-Transfer-Encoding", 25}, offsetof(struct part_fields, transfer)},
    {{"Content-ID", 10}, offsetof(struct part_fields, id)},
    {{"Content-Description", 19}, offsetof(struct part_fields, description)},
};

void
part_take_field(struct part_fields *f, struct str name, struct str raw)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!str_ieq(name, wanted[i].name) || f->seen[i])
			continue;
		f->seen[i] = true;
		head_unfold((struct buf *)((char *)f + wanted[i].offset), raw);
	}
}

void
part_fields_fini(struct part_fields *f)
{
	buf_fini(&f->type);
	buf_fini(&f->disposition);
	buf_fini(&f->transfer);
	buf_fini(&f->id);
	buf_fini(&f->description);
}

static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_alnum(s.p[i]) &&
		    (s.p[i] == '\0' || strchr("!#$&^_.+-", s.p[i]) == NULL))
			return false;
	return s.n > 0;
}

/* token/token, or the bare "text" of old writers. */
static bool
take_type(struct leaf *l, struct str value)
{
	struct buf token = BUF_INIT;
	struct str rest, major;
	bool ok;

	param_token(&token, value);
	rest = buf_str(&token);
	major = str_trim(str_cut(&rest, '/'));
	if (str_eq(major, STR("text")) && rest.n == 0)
		rest = STR("plain");
	rest = str_trim(rest);
	ok = token.len <= TYPE_LONGEST && is_token(major) && is_token(rest);
	if (ok)
		l->part.type =
		    mem_format("%.*s/%.*s", STR_ARG(major), STR_ARG(rest));
	buf_fini(&token);
	return ok;
}

static void
take_disposition(struct leaf *l, struct str value)
{
	struct buf token = BUF_INIT;

	param_token(&token, value);
	if (token.len == 0)
		l->part.disposition = DISPOSITION_NONE;
	else if (str_eq(buf_str(&token), STR("inline")))
		l->part.disposition = DISPOSITION_INLINE;
	else /* RFC 2183 section 2.8: unknown ones too */
		l->part.disposition = DISPOSITION_ATTACHMENT;
	buf_fini(&token);
}

/* The owned text, cut at a character. */
static char *
own(struct buf *b)
{
	size_t n = b->len;

	if (n > VALUE_LONGEST) {
		n = VALUE_LONGEST;
		while (n > 0 && ((unsigned char)b->data[n] & 0xc0) == 0x80)
			n--;
	}
	buf_truncate(b, n);
	return buf_detach(b);
}

static char *
find_file_name(const struct part_fields *f)
{
	static const char *const names[] = {"name", "file"};
	struct buf out = BUF_INIT;

	param_get(&out, buf_str(&f->disposition), STR("filename"));
	for (size_t i = 0; out.len == 0 && i < 2; i++)
		param_get(&out, buf_str(&f->type), str_of(names[i]));
	return own(&out);
}

static char *
find_charset(const struct part_fields *f)
{
	struct buf out = BUF_INIT;
	struct str trimmed;

	param_get(&out, buf_str(&f->type), STR("charset"));
	trimmed = str_trim(buf_str(&out));
	for (size_t i = 0; i < out.len; i++)
		out.data[i] = chr_lower(out.data[i]);
	if (trimmed.n < out.len) {
		buf_consume(&out, (size_t)(trimmed.p - out.data));
		buf_truncate(&out, trimmed.n);
	}
	return own(&out);
}

/* Without brackets; a plus stays one. */
static char *
find_content_id(const struct part_fields *f)
{
	struct str id = str_trim(buf_str(&f->id));
	struct buf octets = BUF_INIT, out = BUF_INIT;

	while (id.n > 0 && (id.p[0] == '<' || id.p[0] == ' '))
		id = str_skip(id, 1);
	while (id.n > 0 && (id.p[id.n - 1] == '>' || id.p[id.n - 1] == ' '))
		id.n--;
	words_unescape_percent(&octets, id);
	head_unfold(&out, buf_str(&octets));
	buf_fini(&octets);
	return own(&out);
}

static bool
is_of(const char *type, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(type, *list) == 0)
			return true;
	return false;
}

void
part_settle(struct leaf *l, const struct part_fields *f, bool digest)
{
	static const char *const crypto[] = {"multipart/signed",
	    "multipart/encrypted", "application/pkcs7-mime",
	    "application/x-pkcs7-mime", "application/pkcs7-signature",
	    "application/x-pkcs7-signature", "application/pgp-encrypted",
	    "application/pgp-signature", "application/pgp-keys", NULL};
	static const char *const messages[] = {
	    "message/rfc822", "message/global", "message/news", NULL};
	struct part *p = &l->part;
	struct buf token = BUF_INIT, text = BUF_INIT;

	take_disposition(l, buf_str(&f->disposition));
	p->file_name = find_file_name(f);
	l->has_type = take_type(l, buf_str(&f->type));
	if (!l->has_type) {
		bool file =
		    p->disposition == DISPOSITION_ATTACHMENT && f->type.len > 0;

		p->type = mem_dups(digest ? "message/rfc822"
				   : file ? "application/octet-stream"
					  : "text/plain");
	}
	p->charset = find_charset(f);
	p->content_id = find_content_id(f);
	words_decode(&text, buf_str(&f->description));
	p->description = own(&text);
	param_token(&token, buf_str(&f->transfer));
	l->transfer = gmime_transfer(buf_str(&token));
	p->is_message = is_of(p->type, messages);
	p->signed_or_sealed = is_of(p->type, crypto);
	param_get(&text, buf_str(&f->type), STR("boundary"));
	if (strncmp(p->type, "multipart/", 10) == 0 &&
	    str_trim(buf_str(&text)).n > 0 && text.len <= BOUNDARY_LONGEST)
		l->boundary = buf_detach(&text);
	else if (strncmp(p->type, "multipart/", 10) == 0)
		part_make_text(l);
	buf_fini(&text);
	buf_fini(&token);
}

bool
part_boundary(struct leaf *l, struct buf *boundary)
{
	if (l->boundary == NULL)
		return false;
	buf_adds(boundary, "--");
	buf_add_str(boundary, str_trim(str_of(l->boundary)));
	free(l->boundary);
	l->boundary = NULL;
	return true;
}

void
part_make_text(struct leaf *l)
{
	free(l->part.type);
	l->part.type = mem_dups("text/plain");
	l->part.signed_or_sealed = false;
	free(l->boundary);
	l->boundary = NULL;
}

void
part_make_opaque(struct leaf *l)
{
	char **texts[] = {&l->part.charset, &l->part.file_name,
	    &l->part.content_id, &l->part.description};

	part_make_text(l);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(*texts[i]);
		*texts[i] = mem_dups("");
	}
	l->part.disposition = DISPOSITION_NONE;
	l->part.is_message = false;
	l->part.truncated = true;
	l->transfer = TRANSFER_PLAIN;
}

static bool
is_body_type(const struct part *p)
{
	return strcmp(p->type, "text/plain") == 0 ||
	       strcmp(p->type, "text/html") == 0;
}

static enum part_role
role_of(const struct tree *t, const struct part *p)
{
	bool alone = t->n == 1;

	if (strncmp(p->type, "multipart/", 10) == 0)
		return PART_CONTAINER;
	if (p->disposition == DISPOSITION_ATTACHMENT ||
	    strcmp(p->type, "application/octet-stream") == 0)
		return PART_ATTACHMENT;
	/* A message that is one file is its own attachment. */
	if (alone && !is_body_type(p))
		return PART_ATTACHMENT;
	if (p->disposition == DISPOSITION_INLINE)
		return PART_INLINE;
	return is_body_type(p) ? PART_BODY : PART_OTHER;
}

void
part_set_roles(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->leaves[i].part.role = role_of(t, &t->leaves[i].part);
}

void
part_fini(struct part *p)
{
	free(p->id);
	free(p->type);
	free(p->charset);
	free(p->file_name);
	free(p->content_id);
	free(p->description);
}
