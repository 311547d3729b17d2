/* SPDX-License-Identifier: MIT */
/* jread.c: JSON from a client, by jansson */

#include "web/jread.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DEPTH_MAX 32
#define VALUES_MAX 200000

/* A struct jvalue is a json_t by another name; it is never defined. */
struct jread {
	json_t *root;
	char *error; /* the first; NULL: none */
};

static const json_t *
plain(const struct jvalue *v)
{
	return (const json_t *)v;
}

static const struct jvalue *
veiled(const json_t *v)
{
	return (const struct jvalue *)v;
}

/*
 * The parser calls itself for what is nested and keeps each value in memory of
 * its own, so what is too deep or too much must be found before. Brackets and
 * commas within strings do not count.
 */
static bool
is_too_much(struct str text)
{
	size_t depth = 0, values = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (c == '[' || c == '{' || c == ',')
			values++;
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
		if (depth > DEPTH_MAX || values > VALUES_MAX)
			return true;
	}
	return false;
}

struct jread *
jread_parse(struct str text, struct buf *why)
{
	struct jread *j;
	json_error_t error;
	json_t *root;

	if (str_trim_crlf(text).n == 0) {
		buf_adds(why, "EOF");
		return NULL;
	}
	if (is_too_much(text)) {
		buf_adds(why, "the JSON is too deep or holds too many values");
		return NULL;
	}
	/* Without JSON_ALLOW_NUL a NUL in a string is an error. */
	root = json_loadb(text.p, text.n, 0, &error);
	if (root == NULL) {
		/* The parser's own text may quote octets of the client. */
		if (json_error_code(&error) ==
		    json_error_premature_end_of_input)
			buf_adds(why, "unexpected EOF");
		else
			buf_addf(
			    why, "invalid JSON at octet %d", error.position);
		return NULL;
	}
	if (!json_is_object(root)) {
		buf_adds(why, "the JSON value is not an object");
		json_decref(root);
		return NULL;
	}
	j = mem_new(sizeof(*j));
	j->root = root;
	return j;
}

void
jread_free(struct jread *j)
{
	if (j == NULL)
		return;
	json_decref(j->root);
	free(j->error);
	free(j);
}

const char *
jread_error(const struct jread *j)
{
	return j->error;
}

const struct jvalue *
jread_root(struct jread *j)
{
	return veiled(j->root);
}

static void
complain(struct jread *j, const char *name, const char *wanted)
{
	if (j->error == NULL)
		j->error =
		    mem_format("invalid JSON: %s is not %s", name, wanted);
}

/* NULL: absent, or null. */
static json_t *
find(const struct jvalue *object, const char *name)
{
	/* The iteration does not change it, though its type says so. */
	union {
		const json_t *in;
		json_t *out;
	} o = {.in = plain(object)};
	json_t *found = NULL;

	if (object == NULL)
		return NULL;
	for (void *at = json_object_iter(o.out); at != NULL;
	     at = json_object_iter_next(o.out, at))
		if (str_ieq(str_of(json_object_iter_key(at)), str_of(name)))
			found = json_object_iter_value(at);
	return json_is_null(found) ? NULL : found;
}

bool
jread_bool(struct jread *j, const struct jvalue *object, const char *name,
    bool otherwise)
{
	const json_t *v = find(object, name);

	if (v == NULL)
		return otherwise;
	if (!json_is_boolean(v))
		complain(j, name, "a boolean");
	return json_is_true(v);
}

static struct str
text_of(struct jread *j, const json_t *v, const char *name)
{
	if (v == NULL || json_is_null(v))
		return STR("");
	if (!json_is_string(v)) {
		complain(j, name, "a string");
		return STR("");
	}
	return str_make(json_string_value(v), json_string_length(v));
}

struct str
jread_string(struct jread *j, const struct jvalue *object, const char *name)
{
	return text_of(j, find(object, name), name);
}

const struct jvalue *
jread_object(struct jread *j, const struct jvalue *object, const char *name)
{
	const json_t *v = find(object, name);

	if (v == NULL || json_is_object(v))
		return veiled(v);
	complain(j, name, "an object");
	return NULL;
}

const struct jvalue *
jread_array(struct jread *j, const struct jvalue *object, const char *name)
{
	const json_t *v = find(object, name);

	if (v == NULL || json_is_array(v))
		return veiled(v);
	complain(j, name, "an array");
	return NULL;
}

size_t
jread_count(const struct jvalue *array)
{
	return array == NULL ? 0 : json_array_size(plain(array));
}

const struct jvalue *
jread_item(struct jread *j, const struct jvalue *array, size_t i)
{
	const json_t *v = json_array_get(plain(array), i);

	if (json_is_object(v))
		return veiled(v);
	complain(j, "an entry", "an object");
	return NULL;
}

struct str
jread_item_string(struct jread *j, const struct jvalue *array, size_t i)
{
	const json_t *v = json_array_get(plain(array), i);

	if (!json_is_string(v))
		complain(j, "an entry", "a string");
	return json_is_string(v) ? text_of(j, v, "") : STR("");
}

bool
jread_next_member(struct jread *j, const struct jvalue *object, void **cursor,
    struct str *name, struct str *value)
{
	union {
		const json_t *in;
		json_t *out;
	} o = {.in = plain(object)};

	if (object == NULL)
		return false;
	*cursor = *cursor == NULL ? json_object_iter(o.out)
				  : json_object_iter_next(o.out, *cursor);
	if (*cursor == NULL)
		return false;
	*name = str_of(json_object_iter_key(*cursor));
	*value =
	    text_of(j, json_object_iter_value(*cursor), "a member's value");
	return true;
}

bool
jread_only(
    struct jread *j, const struct jvalue *object, const char *const *names)
{
	union {
		const json_t *in;
		json_t *out;
	} o = {.in = plain(object)};

	(void)j;
	for (void *at = json_object_iter(o.out); at != NULL;
	     at = json_object_iter_next(o.out, at)) {
		struct str key = str_of(json_object_iter_key(at));
		size_t i = 0;

		while (names[i] != NULL && !str_ieq(key, str_of(names[i])))
			i++;
		if (names[i] == NULL)
			return false;
	}
	return true;
}
