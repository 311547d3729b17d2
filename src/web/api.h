/* SPDX-License-Identifier: MIT */
#ifndef WEB_API_H
#define WEB_API_H

/*
 * api: what the handlers of the API have in common.
 *
 * Handlers are called by web_serve() with everything checked that the guard
 * checks, and write one answer. Functions that return false, NULL or anything
 * but success have answered already.
 */

#include <stdbool.h>
#include <stdint.h>

#include "index/index.h"
#include "index/query.h"
#include "mime/message.h"
#include "web/jread.h"
#include "web/web.h"

#define API_IDS_MAX 10000
#define API_ID_LENGTH_MAX 64
#define API_WAIT_MAX 300 /* seconds */

/* api_json.c: values as the API writes them. */
void api_json(struct web *w); /* head of a JSON answer */
void api_bool(struct out *o, bool b);
/* Milliseconds, in this machine's zone. */
void api_time(struct out *o, int64_t ms);
/* Seconds, with an offset in minutes. */
void api_date(struct out *o, int64_t seconds, int offset);
void api_mailbox(struct out *o, struct str name, struct str address);
void api_mailboxes(struct out *o, struct str list); /* an array */
void api_from(struct out *o, struct str list); /* its first, or empty */
void api_lines(struct out *o, struct str lines); /* an array of strings */
/* A further member of an object. */
void api_member(struct out *o, const char *name, struct str value);
void api_addresses(struct out *o, const char *name, struct str list);
void api_summary(struct out *o, const struct index_row *row);

/* api_common.c: the request. */

/* A failure of the index: logged there, answered here. */
void api_failed(struct web *w);
/* The JSON object of the body; NULL: answered. */
struct jread *api_body(struct web *w);
/* Whether all getters were content; else 400. */
bool api_body_ends(struct web *w, struct jread *j);
/* The parameter `query`; NULL with *given false: there is none. */
struct query *api_query(struct web *w, bool *given);
struct query *api_parse_query(struct web *w, struct str text);
/* Leaves only what was created before; q NULL: of everything. */
struct query *api_query_before(struct query *q, int64_t before);
/* Waits as wait=SECONDS says, until the query (NULL: all) finds something. */
bool api_wait(struct web *w, const struct query *query);
/* IDs that may be known; false: answered. Owned. */
struct api_ids {
	char (*ids)[ID_SIZE];
	size_t count; /* those that can be IDs at all */
	size_t given;
};
bool api_ids(struct web *w, struct jread *j, const struct jvalue *array,
    struct api_ids *out);
/* Answers ok, or what was in the way. */
void api_changed(struct web *w, int rc, const struct index_changed *done);

/* api_open.c: the message that a path names. */
struct api_message {
	struct index_row row;
	struct buf memory; /* of the row */
	char *octets; /* of the file; NULL once the message has them */
	size_t size;
	struct message *message; /* NULL until api_parse() */
};
enum api_missing {
	API_MISSING_PAGE, /* "404 page not found" */
	API_MISSING_MESSAGE, /* "Message not found" */
};
/* Finds it; name is an ID, or latest with query, tz and wait. */
bool api_find(struct web *w, struct str name, enum api_missing text,
    struct api_message *m);
/* Reads its file; gone meanwhile: as not found. */
bool api_open(struct web *w, enum api_missing text, struct api_message *m);
void api_parse(struct api_message *m);
/* All of that for segment 3 of the path, as api/v1/message/ID. */
bool api_take(struct web *w, struct api_message *m);
void api_release_message(struct api_message *m);
void api_not_found(struct web *w, enum api_missing text, bool latest);
/* The message was looked at. */
void api_mark_read(struct web *w, struct api_message *m);
bool api_is_latest(struct str name);

/* The handlers, by file. */
void api_livez(struct web *w);
void api_readyz(struct web *w);
void api_info(struct web *w);
void api_webui(struct web *w);
void api_chaos(struct web *w);
void api_swagger(struct web *w);
void api_calls(struct web *w);
void api_messages(struct web *w);
void api_search(struct web *w);
void api_set_read(struct web *w);
void api_delete(struct web *w);
void api_delete_search(struct web *w);
void api_tags(struct web *w);
void api_set_tags(struct web *w);
void api_rename_tag(struct web *w);
void api_delete_tag(struct web *w);
void api_message(struct web *w);
void api_headers(struct web *w);
void api_raw(struct web *w);
void api_part(struct web *w);
void api_thumb(struct web *w);
void api_release(struct web *w);
void api_extract(struct web *w);
void api_findings(struct web *w);
void api_send(struct web *w);

#endif
