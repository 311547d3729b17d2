/* SPDX-License-Identifier: MIT */
/* secrets.c: load certificate and passwords, notice that they changed */

#include "conf/secrets.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"

#define SANS STR("sans:")
#define RENEW_BEFORE (30 * 86400)

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

static bool
is_self_signed(const struct conf *c)
{
	return str_begins(str_of(c->tls_cert), SANS) ||
	       str_begins(str_of(c->tls_key), SANS);
}

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

static bool
same_stamp(const struct secret_stamp *a, const struct secret_stamp *b)
{
	return a->exists == b->exists && a->device == b->device &&
	       a->inode == b->inode && a->size == b->size &&
	       a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns &&
	       a->ctime_s == b->ctime_s && a->ctime_ns == b->ctime_ns;
}

static struct cert *
self_signed(const struct conf *c, struct buf *why)
{
	struct str names = str_of(c->tls_cert);

	if (!str_eq(names, str_of(c->tls_key))) {
		buf_addf(why,
		    "[smtp] certificate and key must name the same hosts: "
		    "%s, %s",
		    c->tls_cert, c->tls_key);
		return NULL;
	}
	return cert_self_signed(str_skip(names, SANS.n), c->state_folder, why);
}

/* Takes the certificate's state as it is now, good or bad. */
static bool
load_cert(struct secrets *s, struct buf *why)
{
	const struct conf *c = s->conf;
	struct cert *fresh;

	s->cert_tried = true;
	/* Stamps first: a change while we read is seen the next time. */
	s->chain_stamp = stamp_of(c->tls_cert);
	s->key_stamp = stamp_of(c->tls_key);
	fresh = is_self_signed(c) ? self_signed(c, why)
				  : cert_load(c->tls_cert, c->tls_key, why);
	if (fresh == NULL)
		return false;
	if (cert_expires(fresh) < time(NULL))
		log_warning(
		    "[tls] the certificate %s has expired", c->tls_cert);
	cert_free(s->cert);
	s->cert = fresh;
	return true;
}

static bool
load_passwd(struct secrets *s, struct buf *why)
{
	const struct conf *c = s->conf;
	bool from_file = c->auth_file != NULL && c->auth_file[0] != '\0';

	s->passwd_tried = true;
	s->passwd_stamp = stamp_of(from_file ? c->auth_file : NULL);
	passwd_free(s->passwd);
	s->passwd = from_file ? passwd_load(c->auth_file, why)
			      : passwd_parse_list(
				    str_of(c->auth_list), "MP_SMTP_AUTH", why);
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

static bool
cert_changed(const struct secrets *s)
{
	const struct conf *c = s->conf;
	struct secret_stamp chain, key;

	if (is_self_signed(c))
		return s->cert != NULL &&
		       cert_expires(s->cert) - time(NULL) < RENEW_BEFORE;
	chain = stamp_of(c->tls_cert);
	key = stamp_of(c->tls_key);
	return !same_stamp(&chain, &s->chain_stamp) ||
	       !same_stamp(&key, &s->key_stamp);
}

static bool
passwd_changed(const struct secrets *s)
{
	struct secret_stamp now = stamp_of(s->conf->auth_file);

	return !same_stamp(&now, &s->passwd_stamp);
}

void
secrets_refresh(struct secrets *s)
{
	struct buf why = BUF_INIT;

	if (s->conf->tls && cert_changed(s)) {
		if (load_cert(s, &why))
			log_info("[tls] certificate loaded again");
		else
			complain("the last good certificate stays", &why);
	}
	if (s->conf->credentials && passwd_changed(s)) {
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
