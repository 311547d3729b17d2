/* SPDX-License-Identifier: MIT */
/* test_cgi.c: the request out of the environment */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"
#include "web/cgi.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct cgi c;

static enum cgi_verdict
ask(const char *uri, const char *webroot)
{
	const char *query = strchr(uri, '?');

	clearenv();
	setenv("REQUEST_METHOD", "GET", 1);
	setenv("REQUEST_URI", uri, 1);
	setenv("QUERY_STRING", query == NULL ? "" : query + 1, 1);
	cgi_fini(&c);
	return cgi_read(&c, webroot);
}

Test(cgi, the_path_is_split_before_it_is_decoded)
{
	static const struct {
		const char *uri, *webroot;
		enum cgi_verdict verdict;
		size_t segments;
		bool folder;
		const char *last;
	} cases[] = {
	    {"/", "/", CGI_GOOD, 0, true, NULL},
	    {"/?start=1", "/", CGI_GOOD, 0, true, NULL},
	    {"/api/v1/info", "/", CGI_GOOD, 3, false, "info"},
	    {"/api/v1/", "/", CGI_GOOD, 2, true, "v1"},
	    {"/%61pi/v1/%69nfo", "/", CGI_GOOD, 3, false, "info"},
	    {"/tags/a%20b+c", "/", CGI_GOOD, 2, false, "a b+c"},
	    {"http://h:1/api?x=/y", "/", CGI_GOOD, 1, false, "api"},
	    {"/mail/api", "/mail/", CGI_GOOD, 1, false, "api"},
	    {"/m%61il/api", "/mail/", CGI_GOOD, 1, false, "api"},
	    {"/a/b/", "/a/b/", CGI_GOOD, 0, true, NULL},
	    {"/a/b", "/a/b/", CGI_NO_SLASH, 0, false, NULL},
	    {"/mail", "/mail/", CGI_NO_SLASH, 0, false, NULL},
	    {"/Mail/api", "/mail/", CGI_OUTSIDE, 0, false, NULL},
	    {"/", "/mail/", CGI_OUTSIDE, 0, false, NULL},
	    {"/a", "/a/b/", CGI_OUTSIDE, 0, false, NULL},
	    {"*", "/", CGI_OUTSIDE, 0, false, NULL},
	    {"//", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api//v1", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/v1//", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/./v1", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/..", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/%2e%2e/x", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/a%2fb", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/a%00b", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/a%0d%0ab", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/%ff", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/%4", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/api/%zz", "/", CGI_BAD_PATH, 0, false, NULL},
	    {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "/", CGI_BAD_PATH, 0,
		false, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert_eq(ask(cases[i].uri, cases[i].webroot),
		    cases[i].verdict, "%s", cases[i].uri);
		if (cases[i].verdict != CGI_GOOD)
			continue;
		cr_assert_eq(
		    c.segment_count, cases[i].segments, "%s", cases[i].uri);
		cr_expect_eq(c.folder, cases[i].folder, "%s", cases[i].uri);
		if (cases[i].last != NULL)
			cr_expect(str_eq(c.segments[c.segment_count - 1],
				      str_of(cases[i].last)),
			    "%s", cases[i].uri);
	}
	cgi_fini(&c);
}

Test(cgi, without_a_uri_the_path_info_counts_and_is_decoded_already)
{
	clearenv();
	setenv("REQUEST_METHOD", "GET", 1);
	setenv("PATH_INFO", "/api/v1/tags/50%", 1);
	cr_assert_eq(cgi_read(&c, "/mail/"), CGI_GOOD);
	cr_assert_eq(c.segment_count, 4);
	cr_expect(str_eq(c.segments[3], STR("50%")));
	cgi_fini(&c);
}

Test(cgi, parameters_are_decoded_as_forms_are)
{
	bool has;

	cr_assert_eq(
	    ask("/s?query=a+b%2Bc&limit=7&&x&limit=8&big=99999999999999999999"
		"&neg=-1",
		"/"),
	    CGI_GOOD);
	cr_expect(
	    str_eq(cgi_parameter(&c, "query", &has), STR("a b+c")) && has);
	cr_expect(cgi_parameter(&c, "x", &has).n == 0 && has);
	cr_expect(cgi_parameter(&c, "none", &has).n == 0 && !has);
	cr_expect_eq(cgi_number(&c, "limit", 1), 7);
	cr_expect_eq(cgi_number(&c, "none", 1), 1);
	cr_expect_eq(cgi_number(&c, "neg", 1), 1);
	cr_expect_eq(cgi_number(&c, "big", 1), 1);
	cgi_fini(&c);
}

Test(cgi, what_cannot_be_decoded_is_refused_not_guessed)
{
	static const char *const bad[] = {
	    "/s?query=%zz", "/s?query=%ff", "/s?query=%00", "/s?%f=1"};
	struct buf many = BUF_INIT;

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect_eq(ask(bad[i], "/"), CGI_BAD_REQUEST, "%s", bad[i]);
	buf_adds(&many, "/s?");
	for (size_t i = 0; i <= CGI_PARAMETERS_MAX; i++)
		buf_adds(&many, "a=1&");
	cr_expect_eq(ask(many.data, "/"), CGI_BAD_REQUEST);
	buf_reset(&many);
	for (size_t i = 0; i <= CGI_TARGET_MAX; i++)
		buf_addc(&many, '/');
	cr_expect_eq(ask(many.data, "/"), CGI_TOO_LONG);
	buf_fini(&many);
	cgi_fini(&c);
}

Test(cgi, lengths_and_hosts_are_strict)
{
	static const char *const lengths[] = {
	    "-1", "+1", " 1", "0x10", "1e3", "99999999999999999999"};
	static const char *const hosts[] = {
	    "a b", "a;b", "a,b", "a/b", "a'b", "a%41", "\xc3\xbc"};

	for (size_t i = 0; i < COUNT(lengths); i++) {
		clearenv();
		setenv("REQUEST_METHOD", "POST", 1);
		setenv("REQUEST_URI", "/", 1);
		setenv("CONTENT_LENGTH", lengths[i], 1);
		cr_expect_eq(
		    cgi_read(&c, "/"), CGI_BAD_REQUEST, "%s", lengths[i]);
		cgi_fini(&c);
	}
	for (size_t i = 0; i < COUNT(hosts); i++) {
		clearenv();
		setenv("REQUEST_METHOD", "GET", 1);
		setenv("REQUEST_URI", "/", 1);
		setenv("HTTP_HOST", hosts[i], 1);
		cr_expect_eq(
		    cgi_read(&c, "/"), CGI_BAD_REQUEST, "%s", hosts[i]);
		cgi_fini(&c);
	}
}

Test(cgi, an_origin_without_a_value_is_one)
{
	cr_assert_eq(ask("/", "/"), CGI_GOOD);
	cr_expect_not(c.has_origin);
	setenv("HTTP_ORIGIN", "", 1);
	cgi_fini(&c);
	cr_assert_eq(cgi_read(&c, "/"), CGI_GOOD);
	cr_expect(c.has_origin);
	cgi_fini(&c);
}

Test(cgi, methods)
{
	static const struct {
		const char *name;
		enum cgi_method method;
		bool head;
	} cases[] = {
	    {"GET", CGI_GET, false},
	    {"HEAD", CGI_GET, true},
	    {"DELETE", CGI_DELETE, false},
	    {"delete", CGI_OTHER, false},
	    {"TRACE", CGI_OTHER, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		clearenv();
		setenv("REQUEST_METHOD", cases[i].name, 1);
		setenv("REQUEST_URI", "/", 1);
		setenv("HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE", 1);
		cr_expect_eq(cgi_read(&c, "/"), CGI_GOOD);
		cr_expect_eq(c.method, cases[i].method, "%s", cases[i].name);
		cr_expect_eq(c.head, cases[i].head, "%s", cases[i].name);
		cgi_fini(&c);
	}
}

static enum cgi_body
send(const char *length, const char *type, const char *encoding,
    const char *octets, uint64_t max)
{
	char *path = support_file("body", octets);
	int fd = open(path, O_RDONLY);

	free(path);
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	clearenv();
	setenv("REQUEST_METHOD", "PUT", 1);
	setenv("REQUEST_URI", "/", 1);
	if (length != NULL)
		setenv("CONTENT_LENGTH", length, 1);
	if (type != NULL)
		setenv("CONTENT_TYPE", type, 1);
	if (encoding != NULL)
		setenv("HTTP_CONTENT_ENCODING", encoding, 1);
	cgi_fini(&c);
	cr_assert_eq(cgi_read(&c, "/"), CGI_GOOD);
	return cgi_read_body(&c, max);
}

Test(cgi, a_body_is_what_its_length_says)
{
	cr_expect_eq(send("5", "x", NULL, "hello, world", 100), CGI_BODY_READ);
	cr_expect(str_eq(buf_str(&c.body), STR("hello")));
	cr_expect_eq(send("50", "x", NULL, "short", 100), CGI_BODY_SHORT);
	cr_expect_eq(send("5", "x", NULL, "hello", 4), CGI_BODY_TOO_LARGE);
	cr_expect_eq(
	    send("4294967296", "x", NULL, "hello", 100), CGI_BODY_TOO_LARGE);
	cr_expect_eq(send("0", "x", NULL, "hello", 100), CGI_BODY_NONE);
	cr_expect_eq(send(NULL, NULL, NULL, "hello", 100), CGI_BODY_NONE);
	cr_expect_eq(
	    send(NULL, "x", NULL, "hello", 100), CGI_BODY_LENGTH_REQUIRED);
	cr_expect_eq(send("5", "x", "gzip", "hello", 100), CGI_BODY_ENCODED);
	cr_expect_eq(send("5", "x", "identity", "hello", 9), CGI_BODY_READ);
	cgi_fini(&c);
}

Test(cgi, a_form_comes_field_by_field)
{
	struct buf name = BUF_INIT, value = BUF_INIT;
	struct str rest = STR("a=1+2&&b%3d=%C3%BC&c");

	cr_assert(cgi_form_next(&rest, &name, &value));
	cr_expect_str_eq(name.data, "a");
	cr_expect_str_eq(value.data, "1 2");
	cr_assert(cgi_form_next(&rest, &name, &value));
	cr_expect_str_eq(name.data, "b=");
	cr_expect_str_eq(value.data, "\xc3\xbc");
	cr_assert(cgi_form_next(&rest, &name, &value));
	cr_expect_str_eq(name.data, "c");
	cr_expect_str_eq(value.data, "");
	cr_expect_not(cgi_form_next(&rest, &name, &value));
	cr_expect_eq(rest.n, 0);
	rest = STR("a=%4");
	cr_expect_not(cgi_form_next(&rest, &name, &value));
	cr_expect_neq(rest.n, 0, "what is bad is left");
	buf_fini(&name);
	buf_fini(&value);
}
