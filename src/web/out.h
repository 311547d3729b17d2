/* SPDX-License-Identifier: MIT */
#ifndef WEB_OUT_H
#define WEB_OUT_H

/*
 * out: the answer, headers first and then the body, on stdout.
 *
 * out_begin() writes the header block with what every answer carries: the
 * Content-Security-Policy of its kind, nosniff, Referrer-Policy, X-Frame-
 * Options, Cross-Origin-Resource-Policy, Cache-Control. Header values with a
 * CR, LF or NUL are a bug and end the process before anything is written.
 * Errors of writing are sticky: the client is gone, and further output is
 * dropped. A HEAD request gets headers only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Which policy and caching an answer gets. */
enum out_kind {
	OUT_PAGE, /* HTML of ours */
	OUT_API, /* JSON and plain text */
	OUT_PART, /* octets from mail: sandbox, no sources at all */
	OUT_MAIL_HTML, /* HTML mail for the frame; images of the message */
	OUT_MAIL_HTML_REMOTE, /* the same, remote images asked for */
	OUT_ASSET, /* ours, under a hashed URL: immutable */
	OUT_WORKER, /* the one that is a worker, and connects to us */
	OUT_STREAM, /* server-sent events */
};

struct out {
	int fd;
	int status; /* of the answer; 0: not begun */
	bool head; /* drop the body */
	bool begun, failed;
	bool hold; /* keep everything in buf: out_hold() */
	const char *cors_origin; /* what the guard allowed; NULL: no CORS */
	bool cors;
	bool block_remote; /* no remote style sheets and fonts */
	const char *images; /* where a frame may have its images from */
	bool head_written;
	uint64_t length; /* of the body so far */
	struct buf buf; /* not yet written */
	struct buf fields; /* the head */
};

void out_init(struct out *o, int fd);
/* One that writes nothing: a body for another purpose, collected in buf. */
void out_hold(struct out *o);
void out_fini(struct out *o);

/* A further header, before out_begin(). */
void out_header(struct out *o, const char *name, struct str value);

/* Content-Disposition for a file name from anywhere (RFC 6266). */
void out_disposition(struct out *o, const char *type, struct str file_name);

/* status: 200, 404, ...; the reason phrase is found in a table. */
void out_begin(
    struct out *o, int status, const char *content_type, enum out_kind kind);

/* The body. */
void out_add(struct out *o, struct str s);
void out_adds(struct out *o, const char *s);
void out_addf(struct out *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Escaped for the place where it goes. */
void out_text(struct out *o, struct str s); /* HTML text */
void out_attribute(struct out *o, struct str s); /* in double quotes */
void out_url(struct out *o, struct str s); /* one URL component */
void out_json(struct out *o, struct str s); /* a JSON string with quotes */

/* Writes what is buffered; false: the client is gone. */
bool out_flush(struct out *o);

/* The answer is complete: writes the rest, with its length where it is known.
 */
void out_end(struct out *o);

/* Whole answers. */
void out_ok(struct out *o); /* "ok" */
void out_error(struct out *o, int status, const char *text);
void out_redirect(struct out *o, int status, struct str location);

#endif
