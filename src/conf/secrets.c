/* SPDX-License-Identifier: MIT */
/* secrets.c: load certificates and passwords, notice that they changed */

#include "conf/secrets.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"

#define SANS STR("sans:")
#define RENEW_BEFORE (30 * 86400)

/* --- one file --- */

static struct secret_stamp
stamp_of(const char *path)
{
	struct secret_stamp stamp;
	struct stat st;

	memset(&stamp, 0, sizeof(stamp));
	if (path == NULL || stat(path, &st) != 0)
		return stamp;
	stamp.exists = true;
	stamp.device = st.st_dev;
	stamp.inode = st.st_ino;
	stamp.size = st.st_size;
	stamp.mtime_s = st.st_mtim.tv_sec;
	stamp.mtime_ns = st.st_mtim.tv_nsec;
	stamp.ctime_s = st.st_ctim.tv_sec;
	stamp.ctime_ns = st.st_ctim.tv_nsec;
	return stamp;
}

/* The file is still as it was. */
static bool
is_as(const char *path, const struct secret_stamp *then)
{
	struct secret_stamp now = stamp_of(path);

	return now.exists == then->exists && now.device == then->device &&
	       now.inode == then->inode && now.size == then->size &&
	       now.mtime_s == then->mtime_s && now.mtime_ns == then->mtime_ns &&
	       now.ctime_s == then->ctime_s && now.ctime_ns == then->ctime_ns;
}

/* --- a certificate and its key --- */

bool
secret_pair_is_self_signed(const struct secret_pair *pair)
{
	return str_begins(str_of(pair->chain), SANS) ||
	       str_begins(str_of(pair->key), SANS);
}

static struct cert *
self_signed(const struct secret_pair *pair, struct buf *why)
{
	struct str names = str_of(pair->chain);

	if (!str_eq(names, str_of(pair->key))) {
		buf_addf(why,
		    "certificate and key must name the same hosts: %s, %s",
		    pair->chain, pair->key);
		return NULL;
	}
	return cert_self_signed(str_skip(names, SANS.n), pair->folder, why);
}

struct cert *
secret_pair_load(struct secret_pair *pair, struct buf *why)
{
	struct cert *fresh;

	/* Stamps first: a change while we read is seen the next time. */
	pair->chain_stamp = stamp_of(pair->chain);
	pair->key_stamp = stamp_of(pair->key);
	fresh = secret_pair_is_self_signed(pair)
		    ? self_signed(pair, why)
		    : cert_load(pair->chain, pair->key, why);
	if (fresh != NULL)
		pair->expires = cert_expires(fresh);
	return fresh;
}

bool
secret_pair_changed(const struct secret_pair *pair)
{
	if (secret_pair_is_self_signed(pair))
		return pair->expires != 0 &&
		       pair->expires - time(NULL) < RENEW_BEFORE;
	return !is_as(pair->chain, &pair->chain_stamp) ||
	       !is_as(pair->key, &pair->key_stamp);
}

/* --- those of pages and API --- */

static bool
list_loads(const struct conf *c, enum secret_use use, struct buf *why)
{
	struct secret_list list = secret_list_of(c, use);
	struct passwd *passwd = secret_list_load(&list, why);

	passwd_free(passwd);
	return passwd != NULL;
}

bool
secrets_check_web(const struct conf *c, struct buf *why)
{
	struct secret_pair pair = {
	    .chain = c->ui_tls_cert,
	    .key = c->ui_tls_key,
	    .folder = c->state_folder,
	};
	struct cert *cert = c->web_tls ? secret_pair_load(&pair, why) : NULL;

	cert_free(cert);
	return (!c->web_tls || cert != NULL) &&
	       (!c->ui_login || list_loads(c, SECRET_UI, why)) &&
	       (!c->send_login || list_loads(c, SECRET_SEND, why));
}

/* --- those of SMTP --- */

void
secrets_init(struct secrets *s, const struct conf *conf)
{
	*s = (struct secrets){.conf = conf};
}

void
secrets_fini(struct secrets *s)
{
	cert_free(s->cert);
	passwd_free(s->passwd);
	secrets_init(s, s->conf);
}

/* Takes the certificate's state as it is now, good or bad. */
static bool
load_cert(struct secrets *s, struct buf *why)
{
	const struct conf *c = s->conf;
	struct cert *fresh;

	s->cert_tried = true;
	s->pair.chain = c->tls_cert;
	s->pair.key = c->tls_key;
	s->pair.folder = c->state_folder;
	fresh = secret_pair_load(&s->pair, why);
	if (fresh == NULL)
		return false;
	if (s->pair.expires < time(NULL))
		log_warning(
		    "[tls] the certificate %s has expired", c->tls_cert);
	cert_free(s->cert);
	s->cert = fresh;
	return true;
}

static bool
load_passwd(struct secrets *s, struct buf *why)
{
	struct secret_list list = secret_list_of(s->conf, SECRET_SMTP);

	s->passwd_tried = true;
	s->passwd_stamp =
	    stamp_of(secret_list_is_file(&list) ? list.file : NULL);
	passwd_free(s->passwd);
	s->passwd = secret_list_load(&list, why);
	return s->passwd != NULL;
}

bool
secrets_load(struct secrets *s, struct buf *why)
{
	if (s->conf->tls && !load_cert(s, why))
		return false;
	return !s->conf->credentials || load_passwd(s, why);
}

static void
complain(const char *consequence, struct buf *why)
{
	log_error("%s; %s", why->data, consequence);
	buf_fini(why);
}

void
secrets_refresh(struct secrets *s)
{
	struct buf why = BUF_INIT;

	if (s->conf->tls && (!s->cert_tried || secret_pair_changed(&s->pair))) {
		if (load_cert(s, &why))
			log_info("[tls] certificate loaded again");
		else
			complain("the last good certificate stays", &why);
	}
	if (s->conf->credentials &&
	    !is_as(s->conf->auth_file, &s->passwd_stamp)) {
		if (load_passwd(s, &why))
			log_info("[smtpd] passwords loaded again");
		else
			complain("nobody can log in", &why);
	}
}

const struct cert *
secrets_cert(struct secrets *s)
{
	struct buf why = BUF_INIT;

	if (s->conf->tls && !s->cert_tried && !load_cert(s, &why))
		complain("TLS is not available", &why);
	return s->cert;
}

const struct passwd *
secrets_passwd(struct secrets *s)
{
	struct buf why = BUF_INIT;

	if (s->conf->credentials && !s->passwd_tried && !load_passwd(s, &why))
		complain("nobody can log in", &why);
	return s->passwd;
}
