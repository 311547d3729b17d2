/* SPDX-License-Identifier: MIT */
#ifndef WEB_WEB_H
#define WEB_WEB_H

/*
 * web: what one request works with.
 *
 * The program fills in a struct web and calls web_serve() once. Handlers get
 * it and write their answer through out.h; they know nothing of CGI, sockets
 * or the configuration's names. What they cannot do by themselves (checking a
 * password, delivering a message) are functions that the program fills in.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "index/index.h"
#include "mail/id.h"
#include "web/cgi.h"
#include "web/out.h"

enum web_login {
	WEB_LOGIN_REFUSED,
	WEB_LOGIN_ACCEPTED,
	WEB_LOGIN_UNAVAILABLE, /* 503: the list does not load, or no memory */
};

struct web_settings {
	const char *webroot; /* begins and ends with '/' */
	const char *label; /* "" if none */
	const char *version, *maildir;
	const char *cors; /* MP_API_CORS as given; "" */
	const char *hosts; /* further names for Host, separated by blanks */
	const char *cache; /* folder of the index */
	const char *thumb; /* program that makes thumbnails; NULL: none */
	bool loopback; /* bound to loopback only: Host is checked */
	bool host_unknown; /* nobody said where we are bound: ask the server */
	bool ui_login; /* a password is needed for all but livez, readyz */
	bool send_login; /* send has users of its own */
	bool send_any; /* send needs no password */
	bool hide_delete_all, block_remote, ignore_duplicate_ids;
	uint64_t max_message; /* octets, 0: no limit */
};

struct web {
	struct web_settings settings;
	struct cgi cgi;
	struct out out;
	struct index *index; /* NULL until web_index() */
	struct str user; /* who logged in; empty: nobody */
	struct buf credentials; /* of the user; wiped at the end */

	/* Of the program. arg is its own. */
	void *arg;
	enum web_login (*login)(
	    void *arg, bool send, struct str user, struct str password);
	/* Opens the index; NULL with a text. */
	struct index *(*open_index)(void *arg, struct buf *why);
	/* Gives up what only open_index() needs, which does so by itself. */
	void (*confine)(void *arg);
	/* Delivers CRLF octets; returns 0 and the ID, or -1 with errno. */
	int (*deliver)(void *arg, struct str reverse_path,
	    const struct str *recipients, size_t n, struct str user,
	    struct str octets, char id[ID_SIZE]);
};

/* Checks, routes and answers the request. w is zeroed but for the above. */
void web_serve(struct web *w);

/*
 * The body of a request, at most max octets, into w->cgi.body (empty if there
 * is none). False: it was refused, and that is answered.
 */
bool web_read_body(struct web *w, uint64_t max);

/* The index, opened now if it was not; NULL after a 503 was answered. */
struct index *web_index(struct web *w);
/*
 * It could not answer only because it is being built: appends what to tell the
 * user, and says in the head when to ask again; the answer is 503.
 */
bool web_is_building(struct web *w, struct buf *text);

#endif
