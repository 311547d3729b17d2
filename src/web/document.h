/* SPDX-License-Identifier: MIT */
#ifndef WEB_DOCUMENT_H
#define WEB_DOCUMENT_H

/*
 * document: the HTML of a message as a document of its own.
 *
 * What keeps it from running and fetching anything is its policy (web/out.h)
 * alone. Two things are beyond any policy, and are changed here, in the name
 * of a tag and nowhere else: where links open, and the connections that
 * browsers make ahead of what the policy forbids, for <link> and for frames
 * (which no policy of ours ever lets in).
 */

#include <stdbool.h>

#include "base/str.h"
#include "mime/message.h"
#include "web/out.h"
#include "web/web.h"

struct document {
	bool leave; /* links open outside of the frame, and tell nobody */
	bool remote; /* remote content was asked for: <link> stays */
};

/* Writes html behind a head that has begun. */
void document_put(struct out *o, struct str html, const struct document *how);

/*
 * Answers with the HTML of a message. images: the path that the part IDs of its
 * images are added to; its folder is their source in the policy.
 */
void document_answer(struct web *w, struct message *m, const char *images,
    const struct document *how);

#endif
