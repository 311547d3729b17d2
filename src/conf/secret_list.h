/* SPDX-License-Identifier: MIT */
#ifndef CONF_SECRET_LIST_H
#define CONF_SECRET_LIST_H

/*
 * secret_list: the passwords for SMTP, for the pages, and for sending through
 * the API, each from a file or from a variable. Certificates are in secrets.h,
 * so that who has none does not link GnuTLS.
 */

#include "conf/conf.h"
#include "net/passwd.h"

/* Passwords: a file, or else entries with blanks between them. */
struct secret_list {
	const char *file, *entries; /* borrowed; NULL and "" are none */
	const char *variable; /* that holds the entries */
};

enum secret_use {
	SECRET_SMTP,
	SECRET_UI,
	SECRET_SEND, /* those who may only send through the API */
};

/* Which list that is; borrows from conf. */
struct secret_list secret_list_of(const struct conf *conf, enum secret_use use);

bool secret_list_is_file(const struct secret_list *list);

/* Loads it; as passwd.h. */
struct passwd *
secret_list_load(const struct secret_list *list, struct buf *why);

#endif
