/* SPDX-License-Identifier: MIT */
/* test_jread.c: JSON from a client */

#include <criterion/criterion.h>

#include "web/jread.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct jread *
parse(struct str text)
{
	struct buf why = BUF_INIT;
	struct jread *j = jread_parse(text, &why);

	cr_expect_eq(j == NULL, why.len > 0, "%.*s", STR_ARG(text));
	cr_expect(str_is_utf8(buf_str(&why)));
	buf_fini(&why);
	return j;
}

Test(jread, what_is_not_one_object_is_refused)
{
	static const struct str bad[] = {STR(""), STR(" \n"), STR("{"),
	    STR("x"), STR("[]"), STR("1"), STR("null"), STR("\"a\""),
	    STR("{}x"), STR("{} {}"), STR("{\"a\":1,}"), STR("{'a':1}"),
	    STR("{\"a\":\"\xff\"}"), STR("{\"a\":\"\\u0000\"}"),
	    STR("{\"a\":\"b\0c\"}"), STR("{\"a\":\"\\ud800\"}"),
	    STR("{\"a\":NaN}"), STR("\xef\xbb\xbf{}")};

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect_null(parse(bad[i]), "case %zu", i);
}

Test(jread, depth_and_number_of_values_are_bounded)
{
	static const struct {
		size_t depth;
		bool good;
	} cases[] = {{31, true}, {32, false}, {1000000, false}};
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct jread *j;

		buf_reset(&text);
		buf_adds(&text, "{\"[[[\\\"\":");
		for (size_t d = 0; d < cases[i].depth; d++)
			buf_addc(&text, '[');
		for (size_t d = 0; d < cases[i].depth; d++)
			buf_addc(&text, ']');
		buf_addc(&text, '}');
		j = parse(buf_str(&text));
		cr_expect_eq(j != NULL, cases[i].good, "%zu", cases[i].depth);
		jread_free(j);
	}
	buf_reset(&text);
	buf_adds(&text, "{\"a\":[0");
	for (size_t i = 0; i < 1000000; i++)
		buf_adds(&text, ",0");
	buf_adds(&text, "]}");
	cr_expect_null(parse(buf_str(&text)));
	buf_fini(&text);
}

Test(jread, names_ignore_case_and_null_is_absent)
{
	struct jread *j = parse(STR("{\"READ\":true,\"search\":\"x\","
				    "\"ids\":null,\"Search\":\"y\"}"));
	const struct jvalue *root = jread_root(j);

	cr_expect(jread_bool(j, root, "Read", false));
	cr_expect(str_eq(jread_string(j, root, "Search"), STR("y")));
	cr_expect_null(jread_array(j, root, "IDs"));
	cr_expect(jread_bool(j, root, "Absent", true));
	cr_expect_null(jread_error(j));
	jread_free(j);
}

Test(jread, a_wrong_type_is_an_error_that_stays)
{
	static const char *const texts[] = {"{\"a\":\"yes\"}", "{\"b\":1}",
	    "{\"c\":\"x\"}", "{\"c\":[1]}", "{\"c\":{}}", "{\"d\":[]}",
	    "{\"e\":{\"k\":1}}"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct jread *j = parse(str_of(texts[i]));
		const struct jvalue *root = jread_root(j), *list, *map;
		struct str name, value;
		void *cursor = NULL;

		jread_bool(j, root, "a", false);
		jread_string(j, root, "b");
		list = jread_array(j, root, "c");
		for (size_t k = 0; k < jread_count(list); k++)
			jread_item_string(j, list, k);
		jread_object(j, root, "d");
		map = jread_object(j, root, "e");
		while (jread_next_member(j, map, &cursor, &name, &value))
			continue;
		cr_expect_not_null(jread_error(j), "%s", texts[i]);
		jread_free(j);
	}
}

Test(jread, lists_and_maps_are_walked)
{
	struct jread *j =
	    parse(STR("{\"l\":[\"a\",\"b\"],\"o\":[{\"x\":\"1\"}],"
		      "\"m\":{\"k\":\"v\",\"n\":null}}"));
	const struct jvalue *root = jread_root(j);
	const struct jvalue *l = jread_array(j, root, "l");
	const struct jvalue *o = jread_array(j, root, "o");
	const struct jvalue *m = jread_object(j, root, "m");
	struct str name, value;
	void *cursor = NULL;
	size_t n = 0;

	cr_expect_eq(jread_count(l), 2);
	cr_expect(str_eq(jread_item_string(j, l, 1), STR("b")));
	cr_expect(str_eq(jread_string(j, jread_item(j, o, 0), "x"), STR("1")));
	while (jread_next_member(j, m, &cursor, &name, &value))
		n += name.n + value.n;
	cr_expect_eq(n, 3);
	cr_expect_eq(jread_count(NULL), 0);
	cr_expect_null(jread_error(j));
	jread_free(j);
}

Test(jread, unknown_members_can_be_told)
{
	static const char *const names[] = {"IDs", NULL};
	struct jread *j = parse(STR("{\"ids\":[]}"));

	cr_expect(jread_only(j, jread_root(j), names));
	jread_free(j);
	j = parse(STR("{\"IDs\":[],\"Search\":\"x\"}"));
	cr_expect_not(jread_only(j, jread_root(j), names));
	jread_free(j);
}
