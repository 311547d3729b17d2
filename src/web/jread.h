/* SPDX-License-Identifier: MIT */
#ifndef WEB_JREAD_H
#define WEB_JREAD_H

/*
 * jread: JSON that came from a client, by jansson, and strictly.
 *
 * Depth at most 32, valid UTF-8, no NUL, no text behind the value, else NULL
 * and a text for people. Member names are matched ignoring ASCII case (the
 * last one wins), null is as good as absent, unknown members are ignored
 * unless the caller asks (jread_only). A wrong type sets an error that names
 * the member; errors are sticky and read once at the end.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct jread; /* a document */
struct jvalue; /* borrowed from it; NULL: absent */

struct jread *jread_parse(struct str text, struct buf *why);
void jread_free(struct jread *j);
/* The first error of the getters, or NULL. */
const char *jread_error(const struct jread *j);

/* The root, which must be an object. */
const struct jvalue *jread_root(struct jread *j);

/* Members of an object (NULL or absent object: nothing, no error). */
bool jread_bool(struct jread *j, const struct jvalue *object, const char *name,
    bool otherwise);
struct str
jread_string(struct jread *j, const struct jvalue *object, const char *name);
const struct jvalue *
jread_object(struct jread *j, const struct jvalue *object, const char *name);
const struct jvalue *
jread_array(struct jread *j, const struct jvalue *object, const char *name);

/* Arrays. */
size_t jread_count(const struct jvalue *array);
const struct jvalue *
jread_item(struct jread *j, const struct jvalue *array, size_t i);
struct str
jread_item_string(struct jread *j, const struct jvalue *array, size_t i);

/* All members of an object whose values are strings. */
bool jread_next_member(struct jread *j, const struct jvalue *object,
    void **cursor, struct str *name, struct str *value);

/* Whether an object has no members but these (NULL-terminated). */
bool jread_only(
    struct jread *j, const struct jvalue *object, const char *const *names);

#endif
