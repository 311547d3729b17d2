/* SPDX-License-Identifier: MIT */
#ifndef WEB_CGI_H
#define WEB_CGI_H

/*
 * cgi: the request, as RFC 3875 hands it over, read only and checked.
 *
 * The path is taken from REQUEST_URI (PATH_INFO where there is none), split at
 * '/' and decoded segment by segment; there is no other path than this one. A
 * doubled slash, a dot segment, a NUL, bad percent-encoding or invalid UTF-8
 * make it bad (CGI_BAD_PATH). The query string is decoded as forms are ('+' is
 * a blank). The argument vector is never looked at.
 *
 * All slices are owned by the cgi. Everything has a maximum.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define CGI_SEGMENTS_MAX 16
#define CGI_PARAMETERS_MAX 256
#define CGI_TARGET_MAX 16384
#define CGI_BODY_MAX (5u * 1024 * 1024)

enum cgi_method {
	CGI_GET,
	CGI_HEAD,
	CGI_POST,
	CGI_PUT,
	CGI_DELETE,
	CGI_OPTIONS,
	CGI_OTHER,
};

enum cgi_verdict {
	CGI_GOOD,
	CGI_BAD_PATH, /* 404 */
	CGI_BAD_REQUEST, /* 400 */
	CGI_TOO_LONG, /* 414 */
	CGI_OUTSIDE, /* not below the webroot: 404 */
	CGI_NO_SLASH, /* the webroot without its final slash: redirect */
};

struct cgi_parameter {
	struct str name, value; /* decoded */
};

struct cgi {
	enum cgi_method method;
	bool head; /* method is GET then, and no body is sent */
	bool https;
	struct str segments[CGI_SEGMENTS_MAX]; /* below the webroot, decoded */
	size_t segment_count;
	bool folder; /* the path ended with '/' */
	struct str query_string; /* as it came */
	struct cgi_parameter parameters[CGI_PARAMETERS_MAX];
	size_t parameter_count;
	bool has_length;
	uint64_t length;
	bool chunked; /* a body without a length */
	/* Headers, empty if absent. */
	struct str host, origin, fetch_site, authorization, accept, cookie;
	struct str content_type, content_encoding, user_agent, if_none_match;
	struct str upgrade, ws_key, ws_version, ws_extensions, last_event_id;
	struct str remote_user, remote_addr, server_addr;
	bool has_origin;
	char *memory; /* of the decoded slices */
	bool body_read;
	struct buf body;
};

/* Reads the environment. webroot begins and ends with '/'. */
enum cgi_verdict cgi_read(struct cgi *c, const char *webroot);
void cgi_fini(struct cgi *c);

/* The value of the first parameter of that name; has (may be NULL) says
 * whether there is one. */
struct str cgi_parameter(const struct cgi *c, const char *name, bool *has);

/* A parameter that is a strict number, else `otherwise`. */
uint64_t cgi_number(const struct cgi *c, const char *name, uint64_t otherwise);

enum cgi_body {
	CGI_BODY_READ,
	CGI_BODY_NONE, /* no Content-Length, or zero */
	CGI_BODY_TOO_LARGE, /* 413; nothing was read */
	CGI_BODY_SHORT, /* 400 */
	CGI_BODY_LENGTH_REQUIRED, /* 411: a type but no length */
	CGI_BODY_ENCODED, /* 415 */
};
/* Reads the body from stdin, once; at most max octets. */
enum cgi_body cgi_read_body(struct cgi *c, uint64_t max);

/*
 * The fields of a form body (application/x-www-form-urlencoded), one by one,
 * decoded. Returns false at the end, or at what cannot be decoded (then *rest
 * is not empty). The guard has seen to it that all of a form can be decoded.
 */
bool cgi_form_next(struct str *rest, struct buf *name, struct buf *value);

#endif
