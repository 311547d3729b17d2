/* SPDX-License-Identifier: MIT */
#ifndef PROG_CGI_H
#define PROG_CGI_H

/*
 * cgi: the parts of mailpit.cgi, which answers one request and ends.
 *
 * A web server hands it no settings of ours, so it reads them from the file
 * that MP_ENV_FILE names, or from /etc/mailpit/mailpit.env if that is there
 * and may be read. A variable that the server did set wins.
 */

#include <stdbool.h>

#include "conf/conf.h"
#include "web/web.h"

/* False: the file that was named cannot be read; logged. */
bool cgi_read_env_file(void);

/*
 * From now on this process, and the thumbnailer that it may start, read and
 * write the Maildir and the index and nothing else, and make no connection.
 * Called before mail is read, with the index open if it is needed; where the
 * kernel has no Landlock it does nothing, and what it refuses is logged.
 */
void cgi_confine(const struct conf *c, const char *thumb);

/*
 * As web.h asks of the program; the argument is a struct conf *.
 *
 * A password that was right is remembered in a proof beside the index, so that
 * a hash that is costly on purpose is not paid for with each request. The
 * proof holds as long as the whole list of passwords stays as it is.
 */
enum web_login
cgi_login(void *conf, bool send, struct str user, struct str password);

#endif
