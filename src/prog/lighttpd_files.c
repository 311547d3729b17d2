/* SPDX-License-Identifier: MIT */
/* lighttpd_files.c: the configuration of the web server, and of its CGI */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/cert.h"
#include "prog/lighttpd.h"

#define MIB 1024
#define BODY_KIB (5 * MIB) /* of the API, but for send */
#define DEPTH 16 /* descriptors that removing a folder may take */

static const char conf_name[] = "lighttpd.conf", env_name[] = "mailpit.env";

/* --- lighttpd.conf --- */

/* As a string of lighttpd's configuration; false: it cannot be one. */
static bool
add_quoted(struct buf *out, const char *text)
{
	if (strpbrk(text, "\"\\$\r\n") != NULL) {
		log_error("[ui] lighttpd cannot be given the path %s", text);
		return false;
	}
	buf_addf(out, "\"%s\"", text);
	return true;
}

/* The owned path of what holds the certificate, or the key. */
static char *
pem_path(const struct secret_pair *pair, const char *name, struct buf *why)
{
	char *path;

	if (secret_pair_is_self_signed(pair))
		return cert_self_signed_file(
		    str_skip(str_of(pair->chain), strlen("sans:")),
		    pair->folder, why);
	path = realpath(name, NULL);
	if (path == NULL)
		buf_addf(why, "%s: %s", name, strerror(errno));
	return path;
}

/* The pair is tried first: renewal writes two files, one after the other. */
static bool
add_tls(struct lighttpd *l, struct buf *out)
{
	struct buf why = BUF_INIT;
	struct cert *cert = secret_pair_load(&l->pair, &why);
	char *chain = NULL, *key = NULL;
	bool ok = cert != NULL &&
		  (chain = pem_path(&l->pair, l->pair.chain, &why)) != NULL &&
		  (key = pem_path(&l->pair, l->pair.key, &why)) != NULL;

	if (!ok)
		log_error("[ui] %s", why.data);
	else {
		if (l->pair.expires < time(NULL))
			log_warning("[ui] the certificate %s has expired",
			    l->pair.chain);
		buf_adds(out, "server.modules += (\"mod_openssl\")\n"
			      "ssl.engine = \"enable\"\nssl.pemfile = ");
		ok = add_quoted(out, chain);
		buf_adds(out, "\nssl.privkey = ");
		ok = ok && add_quoted(out, key);
		buf_addc(out, '\n');
	}
	cert_free(cert);
	free(chain);
	free(key);
	buf_fini(&why);
	return ok;
}

/* KiB; "send" may bring a whole message, in base64 and within JSON. */
static int64_t
largest_request(const struct conf *c)
{
	int64_t kib = c->max_message_size * MIB * 2 + BODY_KIB;

	return c->max_message_size == 0 ? 0 : kib;
}

static bool
write_conf(struct lighttpd *l, struct buf *out)
{
	bool ok;

	buf_adds(out, "server.systemd-socket-activation = \"enable\"\n"
		      "server.document-root = ");
	ok = add_quoted(out, l->folder);
	buf_adds(out, "\nserver.modules = (\"mod_alias\", \"mod_setenv\", "
		      "\"mod_cgi\")\nserver.tag = \"\"\n"
		      "server.range-requests = \"disable\"\n"
		      "server.http-parseopts = (\"url-ctrls-reject\" =>"
		      " \"disable\")\n"
		      "server.stream-response-body = 1\n"
		      "server.max-connections = 400\n"
		      "server.feature-flags = ("
		      "\"server.graceful-shutdown-timeout\" => 60)\n"
		      "server.max-read-idle = 60\n"
		      "server.max-write-idle = 360\n");
	buf_addf(out, "server.max-request-size = %lld\n",
	    (long long)largest_request(l->conf));
	buf_adds(out, "alias.url = (\"\" => ");
	ok = ok && add_quoted(out, l->cgi);
	buf_adds(out, ")\ncgi.assign = (\"mailpit.cgi\" => \"\")\n"
		      "cgi.execute-x-only = \"enable\"\n"
		      "cgi.upgrade = \"enable\"\n"
		      "setenv.add-environment = (\"MP_ENV_FILE\" => ");
	ok = ok && add_quoted(out, l->folder);
	buf_addf(out, " + \"/%s\")\n", env_name);
	return ok && (!l->conf->web_tls || add_tls(l, out));
}

/* --- the environment file --- */

/* Paths that the CGI, which runs elsewhere, can use. */
static char *
absolute(const char *path)
{
	char here[PATH_MAX];

	if (path == NULL || path[0] == '\0' || path[0] == '/' ||
	    getcwd(here, sizeof(here)) == NULL)
		return mem_dups(path);
	return mem_format("%s/%s", here, path);
}

/*
 * The caches of the user who has started us are not for the owner of the
 * Maildir, whom we are now: then the index lives as long as we do.
 */
static char *
index_folder(const struct lighttpd *l)
{
	const struct conf *c = l->conf;

	if (l->uid == geteuid() || (c->index_dir != NULL && *c->index_dir))
		return absolute(c->index_folder);
	return mem_format("%s/index", l->folder);
}

/* All settings but what SMTP alone has to do with and is secret. */
bool
lighttpd_settings(const struct lighttpd *l, struct buf *out)
{
	struct conf c = *l->conf;
	char *maildir = absolute(c.maildir_path);
	char *index = index_folder(l);
	char *ui = absolute(c.ui_auth_file), *send = absolute(c.send_auth_file);
	struct buf why = BUF_INIT;
	bool ok;

	c.maildir = maildir;
	c.index_dir = index;
	c.ui_auth_file = ui;
	c.send_auth_file = send;
	c.database = c.log_file = c.auth_list = NULL;
	ok = option_write_environment(&conf_table, &c, out, &why);
	if (!ok)
		log_error("[ui] %s", why.data);
	buf_fini(&why);
	free(maildir);
	free(index);
	free(ui);
	free(send);
	return ok;
}

/* --- the folder --- */

static bool
put_file(const struct lighttpd *l, const char *name, const struct buf *text)
{
	char *path = mem_format("%s/%s", l->folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && io_write_file(fd, text->data, text->len) == 0;

	if (fd >= 0 && io_close(fd) != 0)
		ok = false;
	if (!ok)
		log_error("[ui] %s: %s", path, strerror(errno));
	free(path);
	return ok;
}

bool
lighttpd_make_folder(struct lighttpd *l)
{
	const char *places[] = {
	    getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp"};
	size_t last = sizeof(places) / sizeof(places[0]) - 1, i = 0;

	while (i < last && (places[i] == NULL || places[i][0] != '/' ||
			       access(places[i], W_OK | X_OK) != 0))
		i++;
	l->folder = mem_format("%s/mailpit.XXXXXX", places[i]);
	if (mkdtemp(l->folder) != NULL)
		return true;
	log_error("[ui] %s: %s", l->folder, strerror(errno));
	free(l->folder);
	l->folder = NULL;
	return false;
}

bool
lighttpd_write_files(struct lighttpd *l)
{
	struct buf conf = BUF_INIT, env = BUF_INIT;
	bool ok = write_conf(l, &conf) && lighttpd_settings(l, &env) &&
		  put_file(l, conf_name, &conf) && put_file(l, env_name, &env);

	buf_wipe(&env);
	buf_fini(&env);
	buf_fini(&conf);
	return ok;
}

char *
lighttpd_conf_path(const struct lighttpd *l)
{
	return mem_format("%s/%s", l->folder, conf_name);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (remove(path) != 0)
		log_warning("[ui] %s: %s", path, strerror(errno));
	return 0;
}

void
lighttpd_remove_files(struct lighttpd *l)
{
	if (l->folder == NULL)
		return;
	nftw(l->folder, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(l->folder);
	l->folder = NULL;
}
