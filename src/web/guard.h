/* SPDX-License-Identifier: MIT */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H

/*
 * guard: what every request must pass, in this order, before its handler.
 *
 * Host (when bound to loopback or names are configured), Origin and
 * Sec-Fetch-Site, login, and the token of a form. There is one guard and
 * no path around it. A refusal has been answered when it returns false.
 *
 * A page with forms needs <meta name="referrer" content="same-origin">: under
 * the no-referrer of our headers browsers post forms with "Origin: null",
 * which is refused.
 */

#include <stdbool.h>

#include "web/route.h"
#include "web/web.h"

/* route NULL: nothing answers this request, which only the checked may hear. */
bool guard_request(struct web *w, const struct route *route);

/*
 * The token that forms carry in a field called "token": made from a secret
 * beside the index and the user. Appends it. A row with ROUTE_FORM is called
 * with the body read (w->cgi.body), a form that can be decoded as a whole.
 */
void guard_token(struct web *w, struct buf *out);

#endif
