/* SPDX-License-Identifier: MIT */
/* out.c: the head of an answer with its policies, and the body behind it */

#include "web/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

#define ENOUGH 32768

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

#define NO_STORE "no-store"
#define IMMUTABLE "public, max-age=31536000, immutable"

static const struct {
	const char *policy; /* NULL: made by mail_policy() */
	const char *cache;
} kinds[] = {
    [OUT_PAGE] = {"default-src 'none'; script-src 'self'; style-src 'self'; "
		  "img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
		  "form-action 'self'; manifest-src 'self'; base-uri 'none'; "
		  "frame-ancestors 'self'",
	NO_STORE},
    [OUT_API] = {"default-src 'none'; base-uri 'none'; form-action 'none'; "
		 "frame-ancestors 'self'",
	NO_STORE},
    [OUT_PART] = {"default-src 'none'; sandbox", NO_STORE},
    [OUT_MAIL_HTML] = {NULL, NO_STORE},
    [OUT_MAIL_HTML_REMOTE] = {NULL, NO_STORE},
    [OUT_ASSET] = {"default-src 'none'; base-uri 'none'; form-action 'none'; "
		   "frame-ancestors 'self'",
	IMMUTABLE},
    [OUT_WORKER] = {"default-src 'none'; connect-src 'self'; base-uri 'none'; "
		    "form-action 'none'; frame-ancestors 'self'",
	IMMUTABLE},
    [OUT_STREAM] = {"default-src 'none'; frame-ancestors 'self'", NO_STORE},
};

void
out_init(struct out *o, int fd)
{
	memset(o, 0, sizeof(*o));
	o->fd = fd;
	o->buf = o->fields = (struct buf)BUF_INIT;
}

void
out_hold(struct out *o)
{
	out_init(o, -1);
	o->begun = o->head_written = o->hold = true;
}

void
out_fini(struct out *o)
{
	buf_fini(&o->buf);
	buf_fini(&o->fields);
}

/* The only function that writes a line of the head. */
static void
field(struct out *o, const char *name, struct str value)
{
	if (o->begun && o->head_written)
		bug("a header behind the head: %s", name);
	for (size_t i = 0; i < value.n; i++)
		if (chr_control(value.p[i]))
			bug("a control character in the header %s", name);
	buf_addf(&o->fields, "%s: ", name);
	buf_add_str(&o->fields, value);
	buf_adds(&o->fields, "\r\n");
}

static void
fields(struct out *o, const char *name, const char *value)
{
	field(o, name, str_of(value));
}

void
out_header(struct out *o, const char *name, struct str value)
{
	field(o, name, value);
}

/*
 * HTML mail: a document without an origin, without scripts and without any
 * source but the images of its own message. 'self' would be all of our pages,
 * so the place of the images is written out.
 */
static void
mail_policy(struct out *o, bool remote, struct buf *policy)
{
	bool styles = remote && !o->block_remote;

	buf_adds(policy, "sandbox allow-popups allow-popups-to-escape-sandbox; "
			 "default-src 'none'; img-src data:");
	if (o->images != NULL)
		buf_addf(policy, " %s", o->images);
	buf_addf(policy,
	    "%s; style-src 'unsafe-inline'%s; %sform-action 'none'; "
	    "base-uri 'none'; frame-ancestors 'self'",
	    remote ? " https:" : "", styles ? " https:" : "",
	    styles ? "font-src data: https:; " : "");
}

static void
cors(struct out *o)
{
	if (!o->cors)
		return;
	fields(o, "Vary", "Origin");
	if (o->cors_origin == NULL)
		return;
	fields(o, "Access-Control-Allow-Origin", o->cors_origin);
	fields(o, "Access-Control-Allow-Methods",
	    "GET, POST, DELETE, PUT, OPTIONS");
	fields(o, "Access-Control-Allow-Headers", "*");
}

static const char *
reason_of(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	bug("no reason phrase for %d", status);
}

void
out_begin(
    struct out *o, int status, const char *content_type, enum out_kind kind)
{
	struct buf text = BUF_INIT;
	bool image =
	    kind == OUT_PART && str_begins(str_of(content_type), STR("image/"));

	if (o->begun)
		bug("an answer begins twice");
	o->status = status;
	buf_addf(&text, "%d %s", status, reason_of(status));
	fields(o, "Status", text.data);
	buf_reset(&text);
	if (content_type != NULL)
		fields(o, "Content-Type", content_type);
	if (kinds[kind].policy == NULL)
		mail_policy(o, kind == OUT_MAIL_HTML_REMOTE, &text);
	else
		buf_adds(&text, kinds[kind].policy);
	fields(o, "Content-Security-Policy", text.data);
	fields(o, "X-Content-Type-Options", "nosniff");
	fields(o, "Referrer-Policy", "no-referrer");
	fields(o, "X-Frame-Options", "SAMEORIGIN");
	/* Names in links are not looked up before somebody follows them. */
	fields(o, "X-DNS-Prefetch-Control", "off");
	/* Who opens a page of ours in a window cannot count its frames. */
	if (kind == OUT_PAGE)
		fields(o, "Cross-Origin-Opener-Policy", "same-origin");
	/* The frame of a message has no origin, and shows these. */
	fields(o, "Cross-Origin-Resource-Policy",
	    image ? "cross-origin" : "same-origin");
	fields(o, "Cache-Control", kinds[kind].cache);
	cors(o);
	buf_fini(&text);
	o->begun = true;
}

static void
write_out(struct out *o, struct buf *b)
{
	if (!o->failed && b->len > 0 &&
	    io_write_file(o->fd, b->data, b->len) != 0)
		o->failed = true;
	buf_reset(b);
}

bool
out_flush(struct out *o)
{
	if (o->begun && !o->head_written) {
		buf_adds(&o->fields, "\r\n");
		buf_add_str(&o->fields, buf_str(&o->buf));
		buf_reset(&o->buf);
		write_out(o, &o->fields);
		o->head_written = true;
	}
	write_out(o, &o->buf);
	return !o->failed;
}

void
out_end(struct out *o)
{
	/* The whole body is known: all of it is here, or only counted. */
	if (o->begun && !o->head_written) {
		char number[24];

		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)o->length);
		fields(o, "Content-Length", number);
	}
	out_flush(o);
}

void
out_add(struct out *o, struct str s)
{
	if (!o->begun)
		bug("a body without a head");
	o->length += s.n;
	if (o->head || o->failed)
		return;
	buf_add_str(&o->buf, s);
	if (o->buf.len >= ENOUGH && !o->hold)
		out_flush(o);
}

void
out_adds(struct out *o, const char *s)
{
	out_add(o, str_of(s));
}

void
out_addf(struct out *o, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	out_add(o, str_make(text, (size_t)n));
	free(text);
}

void
out_ok(struct out *o)
{
	out_begin(o, 200, "text/plain", OUT_API);
	out_adds(o, "ok");
}

void
out_error(struct out *o, int status, const char *text)
{
	out_begin(o, status, "text/plain", OUT_API);
	out_adds(o, text);
}

void
out_redirect(struct out *o, int status, struct str location)
{
	if (location.n == 0 || location.p[0] != '/' ||
	    (location.n > 1 && location.p[1] == '/'))
		bug("a redirection to another place");
	field(o, "Location", location);
	out_begin(o, status, "text/plain", OUT_API);
}
