/* SPDX-License-Identifier: MIT */
/* cgi.c: the environment of RFC 3875 as a checked request */

#include "web/cgi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#define HEADER_MAX 16384
#define BODY_TIME 60000
#define READ_SIZE 65536

static const struct {
	struct str name;
	enum cgi_method method;
} methods[] = {
    {STR("GET"), CGI_GET},
    {STR("HEAD"), CGI_HEAD},
    {STR("POST"), CGI_POST},
    {STR("PUT"), CGI_PUT},
    {STR("DELETE"), CGI_DELETE},
    {STR("OPTIONS"), CGI_OPTIONS},
};

#define AT(member) offsetof(struct cgi, member)

static const struct {
	const char *variable;
	size_t offset;
} headers[] = {
    {"HTTP_HOST", AT(host)},
    {"HTTP_ORIGIN", AT(origin)},
    {"HTTP_SEC_FETCH_SITE", AT(fetch_site)},
    {"HTTP_AUTHORIZATION", AT(authorization)},
    {"HTTP_ACCEPT", AT(accept)},
    {"HTTP_COOKIE", AT(cookie)},
    {"CONTENT_TYPE", AT(content_type)},
    {"HTTP_CONTENT_ENCODING", AT(content_encoding)},
    {"HTTP_USER_AGENT", AT(user_agent)},
    {"HTTP_IF_NONE_MATCH", AT(if_none_match)},
    {"HTTP_UPGRADE", AT(upgrade)},
    {"HTTP_SEC_WEBSOCKET_KEY", AT(ws_key)},
    {"HTTP_SEC_WEBSOCKET_VERSION", AT(ws_version)},
    {"HTTP_SEC_WEBSOCKET_EXTENSIONS", AT(ws_extensions)},
    {"HTTP_LAST_EVENT_ID", AT(last_event_id)},
    {"REMOTE_USER", AT(remote_user)},
    {"REMOTE_ADDR", AT(remote_addr)},
    {"SERVER_ADDR", AT(server_addr)},
    {"QUERY_STRING", AT(query_string)},
};

static struct str
variable(const char *name)
{
	return str_of(getenv(name));
}

static int
hex_value(char c)
{
	if (chr_digit(c))
		return c - '0';
	c = chr_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Decodes in place what percent-encoding says, which never grows. Returns
 * false for a bad sequence, a NUL and what is not UTF-8.
 */
static bool
decode(char *p, size_t *n, bool plus)
{
	size_t to = 0;

	for (size_t i = 0; i < *n; i++) {
		char c = p[i];

		if (c == '+' && plus)
			c = ' ';
		else if (c == '%') {
			int high = i + 2 < *n ? hex_value(p[i + 1]) : -1;
			int low = i + 2 < *n ? hex_value(p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return false;
		p[to++] = c;
	}
	*n = to;
	return str_is_utf8(str_make(p, to));
}

/* Copies into the memory of the request, decoded. */
static bool
take(char **memory, struct str in, bool plus, struct str *out)
{
	size_t n = in.n;

	if (n > 0)
		memcpy(*memory, in.p, n);
	if (!decode(*memory, &n, plus))
		return false;
	*out = str_make(*memory, n);
	*memory += n;
	return true;
}

/* A segment that could mean another place, or hides something. */
static bool
is_bad_segment(struct str s)
{
	if (str_eq(s, STR(".")) || str_eq(s, STR("..")) || !str_is_utf8(s))
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '/' || chr_control(s.p[i]))
			return true;
	return false;
}

/*
 * Splits the path at its slashes into decoded segments and leaves the ones of
 * the webroot out.
 */
static enum cgi_verdict
read_path(
    struct cgi *c, struct str path, struct str root, bool coded, char **memory)
{
	struct str rest = str_skip(path, 1), base = str_skip(root, 1), segment;

	if (path.n == 0 || path.p[0] != '/')
		return CGI_OUTSIDE;
	for (size_t i = 1; i < path.n; i++)
		if (path.p[i] == '/' && path.p[i - 1] == '/')
			return CGI_BAD_PATH;
	c->folder = path.p[path.n - 1] == '/';
	if (c->folder && rest.n > 0)
		rest.n--;
	while (rest.n > 0) {
		segment = str_cut(&rest, '/');
		if (coded && !take(memory, segment, false, &segment))
			return CGI_BAD_PATH;
		if (is_bad_segment(segment))
			return CGI_BAD_PATH;
		if (base.n > 0) {
			if (!str_eq(str_cut(&base, '/'), segment))
				return CGI_OUTSIDE;
			continue;
		}
		if (c->segment_count == CGI_SEGMENTS_MAX)
			return CGI_BAD_PATH;
		c->segments[c->segment_count++] = segment;
	}
	if (base.n > 0)
		return CGI_OUTSIDE;
	if (c->segment_count == 0 && !c->folder)
		return CGI_NO_SLASH;
	return CGI_GOOD;
}

static bool
read_query(struct cgi *c, char **memory)
{
	struct str rest = c->query_string;

	while (rest.n > 0) {
		struct str value = str_cut(&rest, '&');
		struct str name = str_cut(&value, '=');
		struct cgi_parameter *p = &c->parameters[c->parameter_count];

		if (name.n == 0 && value.n == 0)
			continue;
		if (c->parameter_count == CGI_PARAMETERS_MAX ||
		    !take(memory, name, true, &p->name) ||
		    !take(memory, value, true, &p->value))
			return false;
		c->parameter_count++;
	}
	return true;
}

/* The octets that a Host and so our own sources in policies may have. */
static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_alnum(s.p[i]) && strchr(".-_:[]", s.p[i]) == NULL)
			return false;
	return s.n <= 255;
}

static bool
read_headers(struct cgi *c)
{
	struct str length = variable("CONTENT_LENGTH");
	struct str https = variable("HTTPS");

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct str s = variable(headers[i].variable);

		if (s.n > HEADER_MAX)
			return false;
		memcpy((char *)c + headers[i].offset, &s, sizeof(s));
	}
	c->has_origin = getenv("HTTP_ORIGIN") != NULL;
	c->https = str_ieq(https, STR("on")) || str_eq(https, STR("1")) ||
		   str_ieq(variable("REQUEST_SCHEME"), STR("https"));
	c->chunked = variable("HTTP_TRANSFER_ENCODING").n > 0;
	c->has_length = length.n > 0;
	return (length.n == 0 || str_u64(length, &c->length)) &&
	       is_host(c->host);
}

static bool
read_method(struct cgi *c)
{
	struct str name = variable("REQUEST_METHOD");

	c->method = CGI_OTHER;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_eq(methods[i].name, name))
			c->method = methods[i].method;
	c->head = c->method == CGI_HEAD;
	if (c->head)
		c->method = CGI_GET;
	return name.n > 0;
}

/* http://host/path, as proxies get it, is /path. */
static struct str
without_host(struct str uri)
{
	static const struct str schemes[] = {STR("http://"), STR("https://")};

	for (size_t i = 0; i < 2; i++)
		if (str_ibegins(uri, schemes[i])) {
			uri = str_skip(uri, schemes[i].n);
			return str_skip(uri, str_find(uri, '/'));
		}
	return uri;
}

enum cgi_verdict
cgi_read(struct cgi *c, const char *webroot)
{
	struct str uri = variable("REQUEST_URI"), root = str_of(webroot), path;
	bool coded = uri.n > 0;
	enum cgi_verdict verdict;
	char *memory;

	memset(c, 0, sizeof(*c));
	c->body = (struct buf)BUF_INIT;
	if (!read_method(c))
		return CGI_BAD_REQUEST;
	if (uri.n > CGI_TARGET_MAX || variable("QUERY_STRING").n > HEADER_MAX)
		return CGI_TOO_LONG;
	if (!read_headers(c))
		return CGI_BAD_REQUEST;
	path = without_host(uri);
	path.n = str_find(path, '?');
	/* PATH_INFO is what follows our own address, decoded. */
	if (!coded) {
		path = variable("PATH_INFO");
		root = STR("/");
	}
	if (path.n > CGI_TARGET_MAX)
		return CGI_TOO_LONG;
	c->memory = memory = mem_new(path.n + c->query_string.n + 1);
	verdict = read_path(c, path, root, coded, &memory);
	if (verdict == CGI_GOOD && !read_query(c, &memory))
		verdict = CGI_BAD_REQUEST;
	return verdict;
}

void
cgi_fini(struct cgi *c)
{
	free(c->memory);
	buf_fini(&c->body);
}

struct str
cgi_parameter(const struct cgi *c, const char *name, bool *has)
{
	for (size_t i = 0; i < c->parameter_count; i++)
		if (str_eq(c->parameters[i].name, str_of(name))) {
			if (has != NULL)
				*has = true;
			return c->parameters[i].value;
		}
	if (has != NULL)
		*has = false;
	return STR("");
}

uint64_t
cgi_number(const struct cgi *c, const char *name, uint64_t otherwise)
{
	uint64_t value = otherwise;

	str_u64(cgi_parameter(c, name, NULL), &value);
	return value;
}

enum cgi_body
cgi_read_body(struct cgi *c, uint64_t max)
{
	int64_t deadline = io_now() + BODY_TIME;
	char *octets;

	if (c->body_read)
		return CGI_BODY_READ;
	if (c->content_encoding.n > 0 &&
	    !str_ieq(c->content_encoding, STR("identity")))
		return CGI_BODY_ENCODED;
	if (!c->has_length)
		return c->content_type.n > 0 || c->chunked
			   ? CGI_BODY_LENGTH_REQUIRED
			   : CGI_BODY_NONE;
	if (c->length == 0)
		return CGI_BODY_NONE;
	if (c->length > max)
		return CGI_BODY_TOO_LARGE;
	octets = mem_new(READ_SIZE);
	while (c->body.len < c->length) {
		uint64_t left = c->length - c->body.len;
		ssize_t n = -1;

		if (io_wait(STDIN_FILENO, POLLIN, deadline) == 0)
			n = read(STDIN_FILENO, octets,
			    left < READ_SIZE ? (size_t)left : READ_SIZE);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			break;
		buf_add(&c->body, octets, (size_t)n);
	}
	free(octets);
	c->body_read = c->body.len == c->length;
	return c->body_read ? CGI_BODY_READ : CGI_BODY_SHORT;
}

static bool
take_field(struct buf *out, struct str raw)
{
	size_t n = raw.n;

	buf_reset(out);
	buf_add_str(out, raw);
	if (n > 0 && !decode(out->data, &n, true))
		return false;
	buf_truncate(out, n);
	return true;
}

bool
cgi_form_next(struct str *rest, struct buf *name, struct buf *value)
{
	struct str before = *rest, field;

	do {
		if (rest->n == 0)
			return false;
		before = *rest;
		field = str_cut(rest, '&');
	} while (field.n == 0);
	if (take_field(name, str_cut(&field, '=')) && take_field(value, field))
		return true;
	*rest = before;
	return false;
}
