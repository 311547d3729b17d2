/* SPDX-License-Identifier: MIT */
/* guard.c: Host, Origin, login and token, before anything is answered */

#include "web/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "web/proof.h"

#define AUTHORIZATION_MAX 4096

/* The next entry of a list with blanks or commas between its entries. */
static struct str
next_entry(struct str *rest)
{
	struct str entry;
	size_t n = 0;

	while (rest->n > 0 && strchr(" \t,", rest->p[0]) != NULL)
		*rest = str_skip(*rest, 1);
	while (n < rest->n && strchr(" \t,", rest->p[n]) == NULL)
		n++;
	entry = str_make(rest->p, n);
	*rest = str_skip(*rest, n);
	return entry;
}

static struct str
without_scheme(struct str s)
{
	static const struct str schemes[] = {STR("http://"), STR("https://")};

	for (size_t i = 0; i < 2; i++)
		if (str_ibegins(s, schemes[i]))
			return str_skip(s, schemes[i].n);
	return s;
}

/* host:80 of http and host:443 of https are host. */
static struct str
without_default_port(struct str host, bool https)
{
	struct str port = https ? STR(":443") : STR(":80");

	if (host.n > port.n && str_eq(str_skip(host, host.n - port.n), port))
		host.n -= port.n;
	return host;
}

static bool
is_literal(struct str host)
{
	unsigned char address[16];
	char text[64];

	if (host.n == 0 || host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

/* Host without its port, and without brackets. */
static struct str
host_name(struct str host)
{
	if (host.n > 0 && host.p[0] == '[') {
		host = str_skip(host, 1);
		host.n = str_find(host, ']');
	} else
		host.n = str_find(host, ':');
	return host;
}

static bool
is_loopback(struct str address)
{
	return str_begins(address, STR("127.")) ||
	       str_eq(address, STR("::1")) ||
	       str_ibegins(address, STR("::ffff:127."));
}

/*
 * A name with dots that points to us may be one of somebody who wants our
 * visitor's browser to believe so (DNS rebinding); Origin agrees with it then.
 */
static bool
host_passes(const struct web *w)
{
	const struct web_settings *s = &w->settings;
	struct str name = host_name(w->cgi.host), rest = str_of(s->hosts),
		   entry;
	bool checked = s->loopback || rest.n > 0 ||
		       (s->host_unknown && is_loopback(w->cgi.server_addr));

	if (!checked || w->cgi.host.n == 0 || is_literal(name) ||
	    str_find(name, '.') == name.n)
		return true;
	while ((entry = next_entry(&rest)).n > 0)
		if (str_ieq(host_name(without_scheme(entry)), name))
			return true;
	return false;
}

static bool
origin_is_own(const struct web *w)
{
	bool https = str_ibegins(w->cgi.origin, STR("https://"));
	struct str origin = without_scheme(w->cgi.origin);

	return origin.n < w->cgi.origin.n && w->cgi.host.n > 0 &&
	       str_ieq(without_default_port(origin, https),
		   without_default_port(w->cgi.host, https));
}

/* "*" opens the door to everybody, so it counts only where all may come in. */
static bool
origin_is_listed(const struct web *w)
{
	struct str origin = without_scheme(w->cgi.origin), entry;
	struct str rest = str_of(w->settings.cors);
	bool scheme = origin.n < w->cgi.origin.n;

	while (scheme && (entry = next_entry(&rest)).n > 0)
		if (str_eq(entry, STR("*"))
			? !w->settings.ui_login
			: str_ieq(without_scheme(entry), origin))
			return true;
	return false;
}

/*
 * Streams, and what waits until a search finds something: when an answer comes
 * tells what is here, even to a page that may not read it.
 */
static bool
is_live(const struct web *w, const struct route *route)
{
	bool waits;

	cgi_parameter(&w->cgi, "wait", &waits);
	return waits || (route != NULL && (route->flags & ROUTE_LIVE) != 0);
}

static bool
origin_passes(struct web *w, const struct route *route)
{
	const struct cgi *c = &w->cgi;
	bool safe = (c->method == CGI_GET || c->method == CGI_OPTIONS) &&
		    !is_live(w, route);
	bool listed = c->has_origin && origin_is_listed(w);
	bool foreign = c->has_origin && !listed && !origin_is_own(w);
	/* Browsers say "null" for the pictures in a message's frame. */
	bool framed = safe && route != NULL &&
		      (route->flags & ROUTE_PART) != 0 &&
		      str_eq(c->origin, STR("null"));
	bool api =
	    c->segment_count > 0 && (str_eq(c->segments[0], STR("api")) ||
					str_eq(c->segments[0], STR("view")));

	w->out.cors = api && w->settings.cors[0] != '\0';
	if (foreign && !framed)
		return false;
	if (!safe && !listed && c->fetch_site.n > 0 &&
	    !str_eq(c->fetch_site, STR("same-origin")) &&
	    !str_eq(c->fetch_site, STR("none")))
		return false;
	if (c->has_origin && !foreign)
		w->out.cors_origin = c->origin.p;
	return true;
}

static bool
is_user_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (chr_control(s.p[i]))
			return false;
	return s.n > 0 && str_is_utf8(s);
}

/* Basic credentials (RFC 7617), decoded into the memory of w. */
static bool
read_credentials(struct web *w, struct str *user, struct str *password)
{
	struct str rest = str_trim(w->cgi.authorization);
	struct str scheme = str_cut(&rest, ' ');

	*user = *password = STR("");
	if (!str_ieq(scheme, STR("Basic")) || rest.n > AUTHORIZATION_MAX ||
	    !codec_base64_decode(&w->credentials, str_trim(rest)))
		return false;
	rest = buf_str(&w->credentials);
	if (str_find(rest, ':') == rest.n)
		return false;
	*user = str_cut(&rest, ':');
	*password = rest;
	return is_user_name(*user);
}

static enum web_login
log_in(struct web *w, const struct route *route)
{
	bool send = route != NULL && (route->flags & ROUTE_SEND) != 0;
	const struct web_settings *s = &w->settings;
	struct str user, password;
	bool given = read_credentials(w, &user, &password);
	bool needed =
	    send ? s->send_login || (s->ui_login && !s->send_any) : s->ui_login;
	enum web_login verdict;

	if (!needed) {
		/* What is sent carries the name that was given. */
		if (send && given)
			w->user = user;
		return WEB_LOGIN_ACCEPTED;
	}
	if (!given)
		return WEB_LOGIN_REFUSED;
	verdict = w->login(w->arg, send && s->send_login, user, password);
	if (verdict == WEB_LOGIN_ACCEPTED)
		w->user = user;
	return verdict;
}

static bool
login_passes(struct web *w, const struct route *route)
{
	/* Browsers ask first, and without a password. */
	if ((route != NULL && (route->flags & ROUTE_OPEN) != 0) ||
	    (w->cgi.method == CGI_OPTIONS && w->out.cors))
		return true;
	switch (log_in(w, route)) {
	case WEB_LOGIN_ACCEPTED:
		return true;
	case WEB_LOGIN_UNAVAILABLE:
		out_error(&w->out, 503, "Passwords cannot be checked now.\n");
		return false;
	case WEB_LOGIN_REFUSED:
		break;
	}
	out_header(&w->out, "WWW-Authenticate", STR("Basic realm=\"Login\""));
	out_error(&w->out, 401, "Unauthorized.\n");
	return false;
}

static bool
make_token(struct web *w, char token[PROOF_SIZE])
{
	struct str parts[] = {STR("form"), w->user};
	unsigned char key[PROOF_KEY_SIZE];

	if (proof_key(w->settings.cache, key) != 0) {
		log_error(
		    "[web] %s/secret: %s", w->settings.cache, strerror(errno));
		return false;
	}
	proof_make(key, parts, 2, token);
	explicit_bzero(key, sizeof(key));
	return true;
}

void
guard_token(struct web *w, struct buf *out)
{
	char token[PROOF_SIZE];

	if (make_token(w, token))
		buf_adds(out, token);
}

/* The whole form can be decoded, and holds the token. */
static int
form_status(struct web *w)
{
	struct buf name = BUF_INIT, value = BUF_INIT;
	struct str rest = buf_str(&w->cgi.body), expected;
	char token[PROOF_SIZE];
	bool found = false;

	if (!make_token(w, token))
		return 503;
	expected = str_of(token);
	while (cgi_form_next(&rest, &name, &value))
		if (str_eq(buf_str(&name), STR("token")) &&
		    proof_same(buf_str(&value), expected))
			found = true;
	buf_fini(&name);
	buf_fini(&value);
	if (rest.n > 0)
		return 400;
	return found ? 200 : 403;
}

static bool
form_passes(struct web *w)
{
	struct str type = w->cgi.content_type;
	int status;

	type.n = str_find(type, ';');
	if (!web_read_body(w, CGI_BODY_MAX))
		return false;
	if (!str_ieq(str_trim(type), STR("application/x-www-form-urlencoded")))
		status = 415;
	else
		status = form_status(w);
	if (status == 200)
		return true;
	out_error(&w->out, status,
	    status == 403 ? "This form is out of date: go back and reload.\n"
			  : "This form cannot be read.\n");
	return false;
}

bool
guard_request(struct web *w, const struct route *route)
{
	if (!host_passes(w)) {
		out_error(&w->out, 403,
		    "This name is not known here; allow it with --ui-hosts "
		    "(MP_UI_HOSTS).\n");
		return false;
	}
	if (!origin_passes(w, route)) {
		out_begin(&w->out, 403, "text/plain; charset=utf-8", OUT_API);
		out_adds(&w->out, "Blocked due to CORS violation\n");
		return false;
	}
	return login_passes(w, route) &&
	       (route == NULL || (route->flags & ROUTE_FORM) == 0 ||
		   form_passes(w));
}
