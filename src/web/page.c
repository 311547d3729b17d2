/* SPDX-License-Identifier: MIT */
/* page.c: the place, the preferences, and which path is which page */
#include "web/page.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "web/guard.h"
#include "web/route.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT_DEFAULT 50
#define START_MAX 1000000000

static const uint64_t limits[] = {25, 50, 100, 200};

bool
page_limit_is_valid(uint64_t limit)
{
	for (size_t i = 0; i < COUNT(limits); i++)
		if (limits[i] == limit)
			return true;
	return false;
}

bool
page_zone_is_valid(struct str name)
{
	if (name.n == 0 || name.n > 60 || !chr_alpha(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!chr_alnum(c) && c != '/' && c != '_' && c != '-' &&
		    c != '+')
			return false;
	}
	return true;
}

static void
keep_zone(char zone[64], struct str value)
{
	if (!page_zone_is_valid(value))
		return;
	memcpy(zone, value.p, value.n);
	zone[value.n] = '\0';
}

static void
read_preference(struct page_preferences *to, struct str key, struct str value)
{
	uint64_t limit;

	if (str_eq(key, STR("theme")) &&
	    (str_eq(value, STR("light")) || str_eq(value, STR("dark")))) {
		memcpy(to->theme, value.p, value.n);
		to->theme[value.n] = '\0';
	} else if (str_eq(key, STR("zone"))) {
		keep_zone(to->zone, value);
	} else if (str_eq(key, STR("browser"))) {
		keep_zone(to->browser_zone, value);
	} else if (str_eq(key, STR("limit"))) {
		if (str_u64(value, &limit) && page_limit_is_valid(limit))
			to->limit = limit;
	} else if (str_eq(key, STR("colors"))) {
		to->plain_tags = str_eq(value, STR("off"));
	} else if (str_eq(key, STR("questions"))) {
		to->no_questions = str_eq(value, STR("off"));
	} else if (str_eq(key, STR("keys"))) {
		to->no_keys = str_eq(value, STR("off"));
	} else if (str_eq(key, STR("notify"))) {
		to->notify = str_eq(value, STR("on"));
	}
}

static void
read_preferences(struct page_preferences *to, struct str cookies)
{
	*to = (struct page_preferences){.limit = LIMIT_DEFAULT};
	memcpy(to->theme, "auto", 5);
	while (cookies.n > 0) {
		struct str value = str_trim(str_cut(&cookies, ';'));
		struct str name = str_cut(&value, '=');

		if (!str_eq(name, STR(PAGE_COOKIE)))
			continue;
		while (value.n > 0) {
			struct str rest = str_cut(&value, '|');
			struct str key = str_cut(&rest, ':');

			read_preference(to, key, rest);
		}
	}
}

void
page_cookie(const struct page *p, struct buf *out)
{
	const struct page_preferences *as = &p->preferences;

	buf_addf(out, PAGE_COOKIE "=theme:%s|limit:%u", as->theme,
	    (unsigned)as->limit);
	if (as->zone[0])
		buf_addf(out, "|zone:%s", as->zone);
	if (as->browser_zone[0])
		buf_addf(out, "|browser:%s", as->browser_zone);
	buf_addf(out, "%s%s%s%s; Path=%s; Max-Age=31536000; SameSite=Lax",
	    as->plain_tags ? "|colors:off" : "",
	    as->no_questions ? "|questions:off" : "",
	    as->no_keys ? "|keys:off" : "", as->notify ? "|notify:on" : "",
	    p->w->settings.webroot);
}

/* Times of the pages are those of the person who looks at them. */
static const char *
settle_zone(const struct page_preferences *from)
{
	const char *zone = from->zone[0] ? from->zone : from->browser_zone;

	if (zone[0])
		setenv("TZ", zone, 1);
	tzset();
	return zone;
}

bool
page_field(const struct page *p, const char *name, struct buf *value)
{
	struct str rest = buf_str(&p->w->cgi.body);
	struct buf key = BUF_INIT;
	bool found = false;

	while (!found && cgi_form_next(&rest, &key, value))
		found = str_eq(buf_str(&key), str_of(name)) &&
			str_is_utf8(buf_str(value));
	if (!found)
		buf_reset(value);
	buf_fini(&key);
	return found;
}

/* The place stands in the URL, or in the fields of a form. */
static struct str
place_field(struct page *p, const char *name, struct buf *memory)
{
	if (p->w->cgi.method == CGI_POST)
		page_field(p, name, memory);
	else
		buf_add_str(memory, cgi_parameter(&p->w->cgi, name, NULL));
	return buf_str(memory);
}

static void
read_place(struct page *p)
{
	struct buf number = BUF_INIT;

	p->q = str_trim(place_field(p, "q", &p->memory));
	if (!str_is_utf8(p->q))
		p->q = STR("");
	if (!str_u64(place_field(p, "start", &number), &p->start) ||
	    p->start > START_MAX)
		p->start = 0;
	buf_reset(&number);
	if (!str_u64(place_field(p, "limit", &number), &p->limit) ||
	    !page_limit_is_valid(p->limit))
		p->limit = p->preferences.limit;
	buf_fini(&number);
}

bool
page_count(struct page *p)
{
	struct index_page none = {.limit = 0};

	if (index_list(p->w->index, p->query, &none, &p->counts, NULL, NULL) ==
	    0)
		return true;
	p->counts = (struct index_counts){0};
	return false;
}

bool
page_init(struct page *p, struct web *w)
{
	const char *zone;

	*p = (struct page){.w = w, .out = &w->out};
	p->why = p->tags = p->token = p->memory = (struct buf)BUF_INIT;
	p->now = time(NULL);
	read_preferences(&p->preferences, w->cgi.cookie);
	zone = settle_zone(&p->preferences);
	if (!web_index(w))
		return false;
	read_place(p);
	if (p->q.n > 0)
		p->query = query_parse(p->q, str_of(zone), &p->why);
	guard_token(w, &p->token);
	if (index_tags(w->index, false, &p->tags) == 0)
		return true;
	page_failed(p);
	page_fini(p);
	return false;
}

void
page_fini(struct page *p)
{
	query_free(p->query);
	buf_fini(&p->memory);
	buf_fini(&p->why);
	buf_fini(&p->tags);
	buf_fini(&p->token);
}

/* What the path does not say of the place, as a query string. */
static void
add_place(const struct page *p, uint64_t start, struct buf *out)
{
	char separator = memchr(out->data, '?', out->len) ? '&' : '?';

	if (p->q.n > 0) {
		buf_addc(out, separator);
		buf_adds(out, "q=");
		piece_url(out, p->q);
		separator = '&';
	}
	if (start > 0) {
		buf_addf(
		    out, "%cstart=%llu", separator, (unsigned long long)start);
		separator = '&';
	}
	if (p->limit != p->preferences.limit)
		buf_addf(out, "%climit=%llu", separator,
		    (unsigned long long)p->limit);
}

void
page_list_url(const struct page *p, uint64_t start, struct buf *out)
{
	buf_adds(out, p->w->settings.webroot);
	if (p->q.n > 0)
		buf_adds(out, "search");
	add_place(p, start, out);
}

void
page_url(const struct page *p, const char *path, struct buf *out)
{
	buf_adds(out, p->w->settings.webroot);
	buf_adds(out, path);
	add_place(p, p->start, out);
}

void
page_form_fields(const struct page *p)
{
	PUT(p->out, H("<input type=\"hidden\" name=\"token\" value=\""),
	    TB(&p->token), H("\">"));
	if (p->q.n > 0)
		PUT(p->out, H("<input type=\"hidden\" name=\"q\" value=\""),
		    T(p->q), H("\">"));
	if (p->start > 0)
		PUT(p->out, H("<input type=\"hidden\" name=\"start\" value=\""),
		    N(p->start), H("\">"));
	if (p->limit != p->preferences.limit)
		PUT(p->out, H("<input type=\"hidden\" name=\"limit\" value=\""),
		    N(p->limit), H("\">"));
}

static const struct route rows[] = {
    {CGI_GET, "", 0, page_list},
    {CGI_GET, "search", 0, page_list},
    {CGI_GET, "view/*", 0, page_view},
    {CGI_GET, "inner/*/*.html", 0, page_inner_html},
    {CGI_GET, "inner/*/*", ROUTE_PART, page_inner_part},
    {CGI_GET, "confirm", 0, page_confirm},
    {CGI_GET, "settings", 0, page_settings},
    {CGI_GET, "tags", 0, page_tags},
    {CGI_GET, "help", 0, page_help},
    {CGI_GET, "about", 0, page_about},
    {CGI_POST, "do/mark", ROUTE_FORM, page_do_mark},
    {CGI_POST, "do/delete", ROUTE_FORM, page_do_delete},
    {CGI_POST, "do/selected", ROUTE_FORM, page_do_selected},
    {CGI_POST, "do/undo", ROUTE_FORM, page_do_undo},
    {CGI_POST, "do/tag", ROUTE_FORM, page_do_tag},
    {CGI_POST, "do/tags", ROUTE_FORM, page_do_tag_names},
    {CGI_POST, "do/settings", ROUTE_FORM, page_save_settings},
};

const struct route_table page_routes = {rows, COUNT(rows)};
