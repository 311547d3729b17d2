/* SPDX-License-Identifier: MIT */
/* listeners.c: bind sockets, or take those that were handed over */

#include "prog/listeners.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/sd.h"

/*
 * A connection may be gone, or taken by another process, between poll and
 * accept; waiting for the next one would leave the other sockets alone.
 */
static void
add(struct listeners *l, int fd, bool implicit_tls)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	l->fds[l->count] = (struct pollfd){.fd = fd, .events = POLLIN};
	l->implicit_tls[l->count++] = implicit_tls;
}

static bool
bind_address(struct listeners *l, const struct address *a, bool implicit_tls,
    struct buf *why)
{
	int sockets[ADDRESS_SOCKETS_MAX];
	size_t n = address_listen(a, sockets, why);

	for (size_t i = 0; i < n; i++)
		add(l, sockets[i], implicit_tls);
	return n > 0;
}

bool
listeners_bind(struct listeners *l, const struct conf *conf)
{
	struct buf why = BUF_INIT;
	bool ok;

	*l = (struct listeners){.ours = true};
	ok = bind_address(l, &conf->smtp_address, conf->require_tls, &why) &&
	     (!conf->has_smtps ||
		 bind_address(l, &conf->smtps_address, true, &why));
	if (!ok) {
		log_error("[smtpd] %s", why.data);
		listeners_close(l, conf);
	}
	buf_fini(&why);
	return ok;
}

bool
listeners_take(struct listeners *l, const struct conf *conf)
{
	struct sd_listener handed[LISTENERS_MAX];
	size_t n = sd_listeners(handed, LISTENERS_MAX);

	*l = (struct listeners){.ours = false};
	for (size_t i = 0; i < n; i++) {
		bool implicit_tls = handed[i].smtps || conf->require_tls;

		if (implicit_tls && !conf->tls) {
			log_error("[smtps] a socket for implicit TLS was "
				  "handed over, but there is no certificate "
				  "(--smtp-tls-cert, --smtp-tls-key)");
			return false;
		}
		add(l, handed[i].fd, implicit_tls);
	}
	if (n == 0)
		log_error("[smtpd] no listening socket was handed over");
	return n > 0;
}

void
listeners_forget(struct listeners *l)
{
	for (size_t i = 0; i < l->count; i++)
		close(l->fds[i].fd);
	l->count = 0;
}

void
listeners_close(struct listeners *l, const struct conf *conf)
{
	bool bound = l->ours && l->count > 0;

	listeners_forget(l);
	if (!bound)
		return;
	address_unbind(&conf->smtp_address);
	if (conf->has_smtps)
		address_unbind(&conf->smtps_address);
}
