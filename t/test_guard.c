/* SPDX-License-Identifier: MIT */
/* test_guard.c: who and what passes before anything is answered */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/codec.h"
#include "support.h"
#include "web/guard.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct web w;
static char *cache;
static const struct route api = {.method = CGI_GET, .flags = ROUTE_API};
static const struct route live = {.method = CGI_GET, .flags = ROUTE_LIVE};
static const struct route part = {
    .method = CGI_GET, .flags = ROUTE_API | ROUTE_PART};
static const struct route open_ = {.method = CGI_GET, .flags = ROUTE_OPEN};
static const struct route send_ = {
    .method = CGI_POST, .flags = ROUTE_API | ROUTE_SEND};
static const struct route form = {.method = CGI_POST, .flags = ROUTE_FORM};

/* joe for the pages, sam for sending. */
static enum web_login
login(void *arg, bool send, struct str user, struct str password)
{
	(void)arg;
	if (str_eq(user, STR("broken")))
		return WEB_LOGIN_UNAVAILABLE;
	return str_eq(user, send ? STR("sam") : STR("joe")) &&
		       str_eq(password, STR("a:b"))
		   ? WEB_LOGIN_ACCEPTED
		   : WEB_LOGIN_REFUSED;
}

static void
reset(enum cgi_method method)
{
	free(cache);
	cache = support_path("cache");
	buf_fini(&w.credentials);
	out_fini(&w.out);
	memset(&w, 0, sizeof(w));
	w.credentials = w.cgi.body = (struct buf)BUF_INIT;
	out_init(&w.out, memfd_create("out", 0));
	w.login = login;
	w.settings = (struct web_settings){
	    .webroot = "/", .cors = "", .hosts = "", .cache = cache};
	w.cgi.method = method;
	w.cgi.segments[0] = STR("api");
	w.cgi.segment_count = 1;
	w.cgi.host = STR("localhost:8025");
}

static int
status(void)
{
	const char *at = strstr(w.out.fields.data, "Status: ");

	return at == NULL ? 200 : atoi(at + strlen("Status: "));
}

static int
check(const struct route *route)
{
	bool passed = guard_request(&w, route);
	int said = status();

	cr_expect_eq(passed, said == 200);
	close(w.out.fd);
	return said;
}

static void
give(const char *credentials)
{
	static struct buf text = BUF_INIT;

	buf_reset(&text);
	buf_adds(&text, "Basic ");
	codec_base64_encode(&text, str_of(credentials));
	w.cgi.authorization = buf_str(&text);
}

Test(guard, names_that_may_be_somebody_elses_are_refused_on_loopback)
{
	static const struct {
		const char *host;
		bool passes;
	} cases[] = {
	    {"localhost:8025", true},
	    {"LocalHost", true},
	    {"127.0.0.1:8025", true},
	    {"[::1]:8025", true},
	    {"192.0.2.7", true},
	    {"mailpit", true},
	    {"ok.example:8025", true},
	    {"OTHER.example", true},
	    {"", true},
	    {"evil.example", false},
	    {"evil.example:8025", false},
	    {"localhost.evil.example", false},
	    {"ok.example.evil.example", false},
	    {"127.0.0.1.evil.example", false},
	    {"127.1", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		reset(CGI_GET);
		w.settings.loopback = true;
		w.settings.hosts = "ok.example, other.example";
		w.cgi.host = str_of(cases[i].host);
		cr_expect_eq(check(&api), cases[i].passes ? 200 : 403, "%s",
		    cases[i].host);
	}
	reset(CGI_GET);
	w.settings.loopback = true;
	w.cgi.host = STR("evil.example");
	cr_expect_eq(check(&api), 403, "on loopback");
	reset(CGI_GET);
	w.settings.hosts = "ok.example";
	w.cgi.host = STR("evil.example");
	cr_expect_eq(check(&api), 403, "names are listed");
	reset(CGI_GET);
	w.cgi.host = STR("evil.example");
	cr_expect_eq(check(&api), 200, "not on loopback");
	reset(CGI_GET);
	w.settings.host_unknown = true;
	w.cgi.server_addr = STR("127.0.0.1");
	w.cgi.host = STR("evil.example");
	cr_expect_eq(check(&open_), 403, "the server says it is loopback");
}

Test(guard, origins)
{
	static const struct {
		enum cgi_method method;
		const struct route *route;
		const char *origin, *site, *cors;
		int status;
	} cases[] = {
	    {CGI_GET, &api, NULL, NULL, "", 200},
	    {CGI_DELETE, &api, NULL, NULL, "", 200},
	    {CGI_DELETE, &api, "http://localhost:8025", NULL, "", 200},
	    {CGI_DELETE, &api, "https://LOCALHOST:8025", NULL, "", 200},
	    {CGI_DELETE, &api, "http://localhost:8026", NULL, "", 403},
	    {CGI_DELETE, &api, "http://localhost", NULL, "", 403},
	    {CGI_DELETE, &api, "localhost:8025", NULL, "", 403},
	    {CGI_DELETE, &api, "null", NULL, "", 403},
	    {CGI_DELETE, &api, "null", NULL, "*", 403},
	    {CGI_DELETE, &api, "", NULL, "", 403},
	    {CGI_GET, &api, "http://evil.example", NULL, "", 403},
	    {CGI_GET, NULL, "http://evil.example", NULL, "", 403},
	    {CGI_GET, &api, "null", NULL, "", 403},
	    {CGI_GET, &live, "null", NULL, "", 403},
	    {CGI_GET, &part, "null", NULL, "", 200},
	    {CGI_GET, &part, "null", NULL, "a.example", 200},
	    {CGI_GET, &part, "http://evil.example", NULL, "", 403},
	    {CGI_DELETE, &part, "null", NULL, "", 403},
	    {CGI_OPTIONS, NULL, "http://evil.example", NULL, "", 403},
	    {CGI_DELETE, &api, NULL, "same-origin", "", 200},
	    {CGI_DELETE, &api, NULL, "none", "", 200},
	    {CGI_DELETE, &api, NULL, "same-site", "", 403},
	    {CGI_DELETE, &api, NULL, "cross-site", "", 403},
	    {CGI_DELETE, &api, "http://localhost:8025", "cross-site", "", 403},
	    {CGI_GET, &api, NULL, "cross-site", "", 200},
	    {CGI_GET, &live, NULL, "cross-site", "", 403},
	    {CGI_GET, &live, "http://evil.example", NULL, "", 403},
	    {CGI_DELETE, &api, "http://a.example", "cross-site",
		"b.example a.example", 200},
	    {CGI_DELETE, &api, "http://a.example", NULL, "http://a.example",
		200},
	    {CGI_DELETE, &api, "http://a.example:1", NULL, "a.example", 403},
	    {CGI_DELETE, &api, "http://a.example", NULL, "*", 200},
	    {CGI_DELETE, &api, "http://a.example", NULL, "*.example", 403},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		reset(cases[i].method);
		w.settings.cors = cases[i].cors;
		w.cgi.has_origin = cases[i].origin != NULL;
		w.cgi.origin = str_of(cases[i].origin);
		w.cgi.fetch_site = str_of(cases[i].site);
		cr_expect_eq(
		    check(cases[i].route), cases[i].status, "case %zu", i);
		/* Who passes may read, but for a frame without an origin. */
		cr_expect_eq(w.out.cors_origin != NULL,
		    cases[i].status == 200 && cases[i].origin != NULL &&
			strcmp(cases[i].origin, "null") != 0,
		    "case %zu", i);
	}
}

Test(guard, waiting_for_a_search_is_listening)
{
	static const struct {
		const char *origin, *site, *cors;
		int status;
	} cases[] = {
	    {NULL, NULL, "", 200},
	    {NULL, "same-origin", "", 200},
	    {NULL, "none", "", 200},
	    {NULL, "cross-site", "", 403},
	    {NULL, "same-site", "", 403},
	    {"http://a.example", "cross-site", "", 403},
	    {"http://a.example", "cross-site", "a.example", 200},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		reset(CGI_GET);
		w.settings.cors = cases[i].cors;
		w.cgi.has_origin = cases[i].origin != NULL;
		w.cgi.origin = str_of(cases[i].origin);
		w.cgi.fetch_site = str_of(cases[i].site);
		w.cgi.parameters[0] =
		    (struct cgi_parameter){STR("wait"), STR("1")};
		w.cgi.parameter_count = 1;
		cr_expect_eq(check(&api), cases[i].status, "case %zu", i);
	}
}

Test(guard, the_default_port_is_the_same_origin)
{
	reset(CGI_DELETE);
	w.cgi.has_origin = true;
	w.cgi.origin = STR("https://mail.example");
	w.cgi.host = STR("mail.example:443");
	cr_expect_eq(check(&api), 200);
	reset(CGI_DELETE);
	w.cgi.has_origin = true;
	w.cgi.origin = STR("http://mail.example");
	w.cgi.host = STR("mail.example:443");
	cr_expect_eq(check(&api), 403);
}

Test(guard, a_star_admits_nobody_where_a_password_is_needed)
{
	reset(CGI_DELETE);
	w.settings.cors = "*";
	w.settings.ui_login = true;
	w.cgi.has_origin = true;
	w.cgi.origin = STR("http://a.example");
	give("joe:a:b");
	cr_expect_eq(check(&api), 403);
}

Test(guard, logins)
{
	static const struct {
		const struct route *route;
		const char *credentials;
		bool ui, send, any;
		int status;
		const char *user;
	} cases[] = {
	    {&api, NULL, false, false, false, 200, ""},
	    {&api, "joe:wrong", false, false, false, 200, ""},
	    {&api, NULL, true, false, false, 401, ""},
	    {NULL, NULL, true, false, false, 401, ""},
	    {&live, NULL, true, false, false, 401, ""},
	    {&open_, NULL, true, false, false, 200, ""},
	    {&api, "joe:a:b", true, false, false, 200, "joe"},
	    {&api, "joe:x", true, false, false, 401, ""},
	    {&api, "joe", true, false, false, 401, ""},
	    {&api, ":a:b", true, false, false, 401, ""},
	    {&api, "broken:a:b", true, false, false, 503, ""},
	    {&api, "sam:a:b", true, true, false, 401, ""},
	    {&send_, "sam:a:b", true, true, false, 200, "sam"},
	    {&send_, "joe:a:b", true, true, false, 401, ""},
	    {&send_, "joe:a:b", true, false, false, 200, "joe"},
	    {&send_, NULL, true, false, true, 200, ""},
	    {&send_, NULL, true, false, false, 401, ""},
	    {&send_, NULL, false, true, false, 401, ""},
	    {&send_, "ann:x", true, false, true, 200, "ann"},
	    {&send_, "ann:x", false, false, false, 200, "ann"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		reset(CGI_GET);
		w.settings.ui_login = cases[i].ui;
		w.settings.send_login = cases[i].send;
		w.settings.send_any = cases[i].any;
		if (cases[i].credentials != NULL)
			give(cases[i].credentials);
		cr_expect_eq(
		    check(cases[i].route), cases[i].status, "case %zu", i);
		cr_expect(str_eq(w.user, str_of(cases[i].user)), "case %zu", i);
	}
}

Test(guard, other_words_for_a_user_count_for_nothing)
{
	static const char *const headers[] = {"Bearer am9lOmE6Yg==", "Basic",
	    "Basic !!!", "Basic am9lOmE6Yg", "Digest username=joe"};

	for (size_t i = 0; i < COUNT(headers); i++) {
		reset(CGI_GET);
		w.settings.ui_login = true;
		w.cgi.remote_user = STR("joe");
		w.cgi.authorization = str_of(headers[i]);
		cr_expect_eq(check(&api), 401, "%s", headers[i]);
	}
}

Test(guard, a_preflight_needs_no_password_where_origins_are_listed)
{
	reset(CGI_OPTIONS);
	w.settings.ui_login = true;
	cr_expect_eq(check(NULL), 401);
	reset(CGI_OPTIONS);
	w.settings.ui_login = true;
	w.settings.cors = "a.example";
	w.cgi.has_origin = true;
	w.cgi.origin = STR("http://a.example");
	cr_expect_eq(check(NULL), 200);
}

static int
post(const char *type, const char *body)
{
	int status;

	reset(CGI_POST);
	w.cgi.content_type = str_of(type);
	buf_adds(&w.cgi.body, body);
	w.cgi.body_read = true;
	w.cgi.has_length = true;
	status = check(&form);
	buf_fini(&w.cgi.body);
	return status;
}

Test(guard, a_form_needs_its_token)
{
	static const char type[] = "application/x-www-form-urlencoded";
	struct buf token = BUF_INIT, body = BUF_INIT;

	reset(CGI_GET);
	guard_token(&w, &token);
	cr_assert_eq(token.len, 64);
	buf_addf(&body, "a=1&token=%s", token.data);
	cr_expect_eq(post(type, body.data), 200);
	cr_expect_eq(post("text/plain", body.data), 415);
	cr_expect_eq(post(type, "a=1"), 403);
	cr_expect_eq(post(type, "token="), 403);
	buf_adds(&body, "&b=%zz");
	cr_expect_eq(post(type, body.data), 400);
	token.data[0] = token.data[0] == '0' ? '1' : '0';
	buf_reset(&body);
	buf_addf(&body, "token=%s", token.data);
	cr_expect_eq(post(type, body.data), 403);
	buf_fini(&token);
	buf_fini(&body);
}

Test(guard, tokens_of_two_users_differ)
{
	struct buf one = BUF_INIT, two = BUF_INIT;

	reset(CGI_GET);
	w.user = STR("joe");
	guard_token(&w, &one);
	w.user = STR("sam");
	guard_token(&w, &two);
	cr_expect_str_neq(one.data, two.data);
	buf_fini(&one);
	buf_fini(&two);
}
