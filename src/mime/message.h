/* SPDX-License-Identifier: MIT */
#ifndef MIME_MESSAGE_H
#define MIME_MESSAGE_H

/*
 * message: one stored message as a tree of parts and the fields people read.
 *
 * Part numbers, fields and texts follow Mailpit (its HTTP API, section 5), so
 * that clients find the same; where its rule loses something we keep it.
 * Whatever the octets are, opening succeeds: what is beyond the limits (depth
 * 100, 10,000 parts, 256 KiB and 1,000 fields of headers) is shown as opaque
 * text and the message is marked truncated. Time is linear in the size. All
 * text that comes out is valid UTF-8; charset names of the message choose from
 * a fixed list and nothing else.
 *
 * The message owns everything that its functions lend, until message_free().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum disposition {
	DISPOSITION_NONE,
	DISPOSITION_INLINE,
	DISPOSITION_ATTACHMENT,
};

/* What a part is for those who list parts. */
enum part_role {
	PART_CONTAINER, /* multipart/ *: cannot be fetched */
	PART_BODY, /* text/plain or text/html without a disposition */
	PART_ATTACHMENT, /* set A: disposition attachment, or octet-stream */
	PART_INLINE, /* set B: disposition inline */
	PART_OTHER, /* set C: neither, and no text body */
};

struct part {
	char *id; /* "1.2"; "0": the whole message is one part */
	char *type; /* "image/png": lower case, token/token, never empty */
	char *charset; /* as declared, lower case; "" */
	char *file_name; /* decoded; "" (no falling back) */
	char *content_id; /* without <>, URL-decoded; "" */
	char *description; /* decoded Content-Description; "" */
	enum disposition disposition;
	enum part_role role;
	unsigned depth; /* 0: the root */
	size_t parent; /* index of the container; itself for the root */
	bool is_message; /* message/rfc822: message_open_nested() */
	bool signed_or_sealed; /* a part of S/MIME or PGP */
	bool truncated; /* beyond a limit: opaque */
};

struct message;

/*
 * Takes owned octets of a stored message (LF or CRLF); id is that of its file
 * name, which lets our own block be told from the client's.
 */
struct message *message_new(char *octets, size_t n, const char *id);
void message_free(struct message *m);

/* An attached message/rfc822, opened like a message; owned by the caller. */
struct message *
message_open_nested(const struct message *m, const struct part *part);

/* A limit was hit somewhere; a text for people says which, else "". */
const char *message_note(const struct message *m);

/* The fields. Lists are those of mail/mailbox.h; texts are decoded. */
struct message_fields {
	struct str from; /* one mailbox or none */
	struct str to, cc, bcc, reply_to; /* bcc: also from the envelope */
	struct str return_path; /* from our block, else the field, else From */
	struct str subject;
	struct str message_id; /* without <>; "ID@mailpit" where it has none */
	struct str username; /* who authenticated; from our block */
	struct str tags_header; /* lines (mail/tag.h): X-Tags */
	struct str tags_plus; /* the same: user+tag@ in From, To, Cc, Bcc */
	bool has_date;
	int64_t date; /* seconds */
	int date_offset; /* minutes east of UTC, as written */
	struct str list_unsubscribe, list_unsubscribe_post; /* raw, unfolded */
	bool has_list_unsubscribe;
};
const struct message_fields *message_fields(const struct message *m);

/* All header fields as they came, in order, with our block on top. */
struct header_field {
	struct str name, value; /* value unfolded (one blank), not decoded */
};
size_t message_header_count(const struct message *m);
struct header_field message_header(const struct message *m, size_t i);
/* The value with encoded words decoded, appended. */
void message_decode_header(struct buf *out, struct str value);

/* The parts, depth first; the root is 0. */
size_t message_part_count(const struct message *m);
const struct part *message_part(const struct message *m, size_t i);
/* By its number; NULL: no such part, or a container. */
const struct part *message_find_part(const struct message *m, struct str id);

/*
 * Appends the decoded content of a leaf; text parts are converted to UTF-8.
 * Line ends are those that the message had on the wire (CRLF).
 */
void message_part_content(
    const struct message *m, const struct part *part, struct buf *out);

/* The size of that, and without converting or holding it. */
uint64_t message_part_size(const struct message *m, const struct part *part);

/* The two bodies (section 5.5); empty if there is none. Owned by m. */
struct str message_html(struct message *m);
struct str message_plain(struct message *m); /* as it came; may be empty */
struct str message_text(struct message *m); /* plain, else made from HTML */

/* At most 200 octets and "..." (section 5.8). */
struct str message_snippet(struct message *m);

/* What plain words search (section 5.11), lower-cased. */
struct str message_search_text(struct message *m);

size_t message_attachments(const struct message *m); /* size of set A */
size_t message_inlines(const struct message *m); /* size of set B */

/*
 * The HTML with embedded images resolved: for each use of cid:ID in an
 * attribute or in CSS url(), prefix + part number takes its place.
 */
void
message_html_linked(struct message *m, const char *prefix, struct buf *out);

/* List-Unsubscribe (section 5.9): links as lines, errors as one text. */
void message_unsubscribe(
    const struct message *m, struct buf *links, struct buf *errors);

#endif
