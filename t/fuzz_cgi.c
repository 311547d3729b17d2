/* SPDX-License-Identifier: MIT */
/* fuzz_cgi.c: requests of any octets: target, forms, JSON, extraction */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "web/cgi.h"
#include "web/extract.h"
#include "web/frames.h"
#include "web/jread.h"
#include "web/out.h"
#include "web/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Variables end at a NUL, as they do in a real environment. */
static void
set(const char *name, struct str value)
{
	char *text = mem_dup(value.p, value.n);

	setenv(name, text, 1);
	free(text);
}

static void
ask(struct str target, struct str host)
{
	struct str rest = target, path = str_cut(&rest, '?');
	struct cgi c;

	set("REQUEST_METHOD", STR("GET"));
	set("REQUEST_URI", target);
	set("QUERY_STRING", rest);
	set("PATH_INFO", path);
	set("HTTP_HOST", host);
	if (cgi_read(&c, "/a/b/") == CGI_GOOD) {
		(void)route_find(&c);
		for (size_t i = 0; i < c.segment_count; i++)
			if (!str_is_utf8(c.segments[i]) ||
			    str_find(c.segments[i], '/') < c.segments[i].n)
				abort();
		for (size_t i = 0; i < c.parameter_count; i++)
			if (!str_is_utf8(c.parameters[i].value))
				abort();
	}
	cgi_fini(&c);
}

static void
read_form(struct str text)
{
	struct buf name = BUF_INIT, value = BUF_INIT;

	while (cgi_form_next(&text, &name, &value))
		if (!str_is_utf8(buf_str(&value)))
			abort();
	buf_fini(&name);
	buf_fini(&value);
}

static void
read_json(struct str text)
{
	struct buf why = BUF_INIT;
	struct jread *j = jread_parse(text, &why);
	struct str name, value;
	void *cursor = NULL;

	if (j != NULL) {
		const struct jvalue *root = jread_root(j);
		const struct jvalue *list = jread_array(j, root, "IDs");

		for (size_t i = 0; i < jread_count(list); i++)
			if (!str_is_utf8(jread_item_string(j, list, i)))
				abort();
		list = jread_array(j, root, "To");
		for (size_t i = 0; i < jread_count(list); i++)
			(void)jread_string(j, jread_item(j, list, i), "Email");
		while (jread_next_member(j, root, &cursor, &name, &value))
			if (!str_is_utf8(name) || !str_is_utf8(value))
				abort();
	} else if (!str_is_utf8(buf_str(&why)))
		abort();
	jread_free(j);
	buf_fini(&why);
}

/* Whatever goes in, what comes out is UTF-8 without a bare bracket. */
static void
write_out(struct str text)
{
	struct out o;

	out_hold(&o);
	out_text(&o, text);
	if (!str_is_utf8(buf_str(&o.buf)) ||
	    str_find(buf_str(&o.buf), '<') < o.buf.len)
		abort();
	out_json(&o, text);
	out_url(&o, text);
	if (!str_is_utf8(buf_str(&o.buf)))
		abort();
	out_fini(&o);
	out_init(&o, -1);
	out_disposition(&o, "inline", text);
	if (!str_is_printable(str_make(o.fields.data, o.fields.len - 2)))
		abort();
	out_fini(&o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str all = str_make((const char *)p, n), rest = all;
	struct str target = str_cut(&rest, '\n');
	struct str host = str_cut(&rest, '\n');
	struct extract e = {.link_count = 0};
	struct buf accept = BUF_INIT;

	ask(target, host);
	(void)frames_accept(host, &accept);
	buf_fini(&accept);
	read_form(rest);
	read_json(rest);
	write_out(rest);
	extract_links(&e, rest);
	extract_codes(&e, target, rest);
	extract_fini(&e);
	return 0;
}
