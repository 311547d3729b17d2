/* SPDX-License-Identifier: MIT */
/* secret_list.c: which passwords are configured for what */

#include "conf/secret_list.h"

struct secret_list
secret_list_of(const struct conf *c, enum secret_use use)
{
	const struct secret_list lists[] = {
	    [SECRET_SMTP] = {c->auth_file, c->auth_list, "MP_SMTP_AUTH"},
	    [SECRET_UI] = {c->ui_auth_file, c->ui_auth_list, "MP_UI_AUTH"},
	    [SECRET_SEND] = {c->send_auth_file, c->send_auth_list,
		"MP_SEND_API_AUTH"},
	};

	return lists[use];
}

bool
secret_list_is_file(const struct secret_list *list)
{
	return list->file != NULL && list->file[0] != '\0';
}

struct passwd *
secret_list_load(const struct secret_list *list, struct buf *why)
{
	if (secret_list_is_file(list))
		return passwd_load(list->file, why);
	return passwd_parse_list(str_of(list->entries), list->variable, why);
}
