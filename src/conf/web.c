/* SPDX-License-Identifier: MIT */
/* web.c: what concerns the pages and the API in the configuration */

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/mem.h"
#include "conf/conf.h"

#define WEBROOT_MAX 255

static bool
is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool
settle_listen(struct conf *c, struct buf *why)
{
	c->web = !str_ieq(str_of(c->listen), STR("none"));
	if (!c->web || address_parse(&c->web_address, c->listen))
		return true;
	buf_addf(why,
	    "[ui] bind should be in the format of <ip>:<port>, "
	    "unix:<path>:<mode> or none (--listen): %s",
	    c->listen);
	return false;
}

char *
conf_web_path(const char *webroot)
{
	struct str rest = str_of(webroot);
	struct buf path = BUF_INIT;
	bool good = rest.n <= WEBROOT_MAX;

	buf_addc(&path, '/');
	while (good && rest.n > 0) {
		struct str segment = str_cut(&rest, '/');

		if (segment.n == 0)
			continue;
		for (size_t i = 0; i < segment.n; i++)
			if (!chr_alnum(segment.p[i]) &&
			    strchr("-_.@", segment.p[i]) == NULL)
				good = false;
		if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
			good = false;
		buf_add_str(&path, segment);
		buf_addc(&path, '/');
	}
	if (good)
		return buf_detach(&path);
	buf_fini(&path);
	return NULL;
}

static bool
settle_webroot(struct conf *c, struct buf *why)
{
	c->web_path = conf_web_path(c->webroot);
	if (c->web_path == NULL)
		buf_addf(why,
		    "invalid characters in the webroot (letters, digits and "
		    "/-_.@ are valid): %.*s",
		    WEBROOT_MAX, c->webroot);
	return c->web_path != NULL;
}

static bool
settle_web_security(struct conf *c, struct buf *why)
{
	bool cert = is_set(c->ui_tls_cert), key = is_set(c->ui_tls_key);
	const char *text = NULL;

	c->web_tls = cert && key;
	c->ui_login = is_set(c->ui_auth_file) || is_set(c->ui_auth_list);
	c->send_login = is_set(c->send_auth_file) || is_set(c->send_auth_list);
	if (cert != key)
		text = "you must provide both a UI TLS certificate and a key "
		       "(--ui-tls-cert, --ui-tls-key)";
	else if (c->send_login && c->send_auth_accept_any)
		text = "the send API cannot use both credentials and "
		       "--send-api-auth-accept-any";
	if (text != NULL)
		buf_addf(why, "[ui] %s", text);
	return text == NULL;
}

static bool
settle_tags(struct conf *c, struct buf *why)
{
	struct str rest = str_of(c->tags_disable);

	c->tags_from_plus = c->tags_from_header = true;
	while (rest.n > 0) {
		struct str word = str_trim(str_cut(&rest, ','));

		if (str_ieq(word, STR("plus-addresses")))
			c->tags_from_plus = false;
		else if (str_ieq(word, STR("x-tags")))
			c->tags_from_header = false;
		else if (word.n > 0) {
			buf_addf(why,
			    "[tags] invalid tags-disable value (plus-addresses "
			    "and x-tags are valid): %.*s",
			    STR_ARG(word));
			return false;
		}
	}
	return true;
}

/* Each Maildir has an index of its own below the user's caches. */
static char *
index_below(const char *caches, const char *maildir)
{
	unsigned char digest[DIGEST_SHA256_SIZE];
	char *real = realpath(maildir, NULL);
	struct buf path = BUF_INIT;

	digest_sha256(str_of(real != NULL ? real : maildir), digest);
	buf_addf(&path, "%s/mailpit/", caches);
	codec_hex_encode(&path, str_make((const char *)digest, 8), '\0');
	free(real);
	return buf_detach(&path);
}

static char *
find_index_folder(const struct conf *c)
{
	const char *given = getenv("CACHE_DIRECTORY");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *caches, *folder;
	struct passwd *pw;

	if (is_set(c->index_dir))
		return mem_dups(c->index_dir);
	if (is_set(given)) {
		struct str rest = str_of(given), first = str_cut(&rest, ':');

		return mem_dup(first.p, first.n);
	}
	if (is_set(xdg) && xdg[0] == '/')
		return index_below(xdg, c->maildir_path);
	if (!is_set(home) && (pw = getpwuid(geteuid())) != NULL)
		home = pw->pw_dir;
	if (!is_set(home) || home[0] != '/' || home[1] == '\0')
		return mem_dups("/var/cache/mailpit-web");
	caches = mem_format("%s/.cache", home);
	folder = index_below(caches, c->maildir_path);
	free(caches);
	return folder;
}

bool
conf_settle_web(struct conf *c, struct buf *notices, struct buf *why)
{
	if (is_set(c->api_cors) && strpbrk(c->api_cors, "\r\n") != NULL) {
		buf_adds(why, "[cors] --api-cors holds a line end");
		return false;
	}
	if (!settle_listen(c, why) || !settle_webroot(c, why) ||
	    !settle_web_security(c, why) || !settle_tags(c, why))
		return false;
	if (c->web && c->ui_login && !c->web_tls)
		buf_adds(notices,
		    "[ui] passwords travel in clear without --ui-tls-cert and "
		    "--ui-tls-key\n");
	c->index_folder = find_index_folder(c);
	return true;
}
