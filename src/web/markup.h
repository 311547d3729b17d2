/* SPDX-License-Identifier: MIT */
#ifndef WEB_MARKUP_H
#define WEB_MARKUP_H

/*
 * markup: source and text of mail as HTML of ours that shows it.
 *
 * Everything from mail is escaped; what is added are spans with classes of
 * the style sheet, and links. Input is UTF-8; time is linear in it.
 */

#include <stdbool.h>

#include "base/str.h"
#include "web/out.h"

/* HTML source, with classes for tags, names, values and comments. */
void markup_source(struct out *o, struct str html);

/* Plain text; http, https, ftp and mailto addresses and www. become links. */
void markup_text(struct out *o, struct str text);

/* Whether the HTML wants images, style sheets or fonts from elsewhere. */
bool markup_is_remote(struct str html);

#endif
