/* SPDX-License-Identifier: MIT */
#ifndef MIME_BUILD_H
#define MIME_BUILD_H

/*
 * build: make a message out of what a client of the API wants to send.
 *
 * The result is 7-bit clean, with CRLF line ends; names and texts are UTF-8
 * and get encoded (RFC 2047, RFC 2231), texts so that they come back octet for
 * octet. No value can add a line of its own.
 * The structure follows Mailpit (HTTP API, section 10).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct build_attachment {
	struct str content, file_name;
	struct str type; /* empty: application/octet-stream by content */
	struct str content_id; /* not empty: an inline part */
};

struct build_field {
	struct str name, value;
};

struct build {
	struct str from_name, from_address;
	struct str to, cc, reply_to; /* mail/mailbox.h */
	struct str subject, text, html;
	struct str tags; /* lines; they become X-Tags */
	const struct build_field *fields; /* further ones */
	size_t field_count;
	const struct build_attachment *attachments;
	size_t attachment_count;
};

/* A field of that name may be given (it is none of ours, and well formed). */
bool build_field_allowed(struct str name, bool has_tags);

void build_message(const struct build *b, struct buf *out);

#endif
