/* SPDX-License-Identifier: MIT */
/* cgi_login.c: passwords, whose cost is not paid with each request */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/secret_list.h"
#include "prog/cgi.h"
#include "web/proof.h"

/* The digest of all of it, which tells whether it changed. */
static bool
fingerprint(
    const struct secret_list *list, unsigned char out[DIGEST_SHA256_SIZE])
{
	char *octets;
	size_t n;

	if (!secret_list_is_file(list)) {
		digest_sha256(str_of(list->entries), out);
		return true;
	}
	octets = io_read_file(list->file, PASSWD_FILE_MAX, &n);
	if (octets == NULL) {
		log_error("[auth] %s: %s", list->file, strerror(errno));
		return false;
	}
	digest_sha256(str_make(octets, n), out);
	explicit_bzero(octets, n);
	free(octets);
	return true;
}

static enum web_login
verify(const struct secret_list *list, struct str user, struct str password)
{
	static const enum web_login meanings[] = {
	    [PASSWD_ACCEPTED] = WEB_LOGIN_ACCEPTED,
	    [PASSWD_REFUSED] = WEB_LOGIN_REFUSED,
	    [PASSWD_UNAVAILABLE] = WEB_LOGIN_UNAVAILABLE,
	};
	enum passwd_verdict verdict = PASSWD_UNAVAILABLE;
	struct buf why = BUF_INIT;
	struct passwd *passwd = secret_list_load(list, &why);

	if (passwd == NULL)
		log_error("[auth] %s; nobody can log in", why.data);
	else
		verdict = passwd_verify(passwd, user, password);
	passwd_free(passwd);
	buf_fini(&why);
	return meanings[verdict];
}

enum web_login
cgi_login(void *arg, bool send, struct str user, struct str password)
{
	const struct conf *conf = arg;
	struct secret_list list =
	    secret_list_of(conf, send ? SECRET_SEND : SECRET_UI);
	unsigned char key[PROOF_KEY_SIZE] = {0};
	unsigned char digest[DIGEST_SHA256_SIZE];
	char name[PROOF_SIZE], proof[PROOF_SIZE];
	enum web_login verdict;
	bool keyed;

	if (!fingerprint(&list, digest))
		return WEB_LOGIN_UNAVAILABLE;
	keyed = proof_key(conf->index_folder, key) == 0;
	if (!keyed)
		log_warning(
		    "[auth] %s: %s", conf->index_folder, strerror(errno));
	proof_make(key, (struct str[]){str_of(list.variable), user}, 2, name);
	proof_make(key,
	    (struct str[]){str_of(list.variable), user, password,
		str_make((const char *)digest, sizeof(digest))},
	    4, proof);
	if (keyed && proof_known(conf->index_folder, name, proof))
		verdict = WEB_LOGIN_ACCEPTED;
	else {
		verdict = verify(&list, user, password);
		if (keyed && verdict == WEB_LOGIN_ACCEPTED)
			proof_keep(conf->index_folder, name, proof);
	}
	explicit_bzero(key, sizeof(key));
	return verdict;
}
