/* SPDX-License-Identifier: MIT */
/* cgi.c: mailpit.cgi, one request of a web server (RFC 3875) */

#include "prog/cgi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/side.h"
#include "net/address.h"
#include "prog/index_conf.h"
#include "prog/sibling.h"
#include "smtp/submit.h"

#define MIB (UINT64_C(1024) * 1024)
#define MEMORY_BASE (768 * MIB)
#define MEMORY_PER_MESSAGE 10
#define CPU_SECONDS 300
/* Milliseconds; in that time some ten thousand messages are read. */
#define INDEX_PATIENCE 10000

/* The sanitizers reserve more addresses than any limit would leave them. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static struct web web;
static struct conf conf;

/* What is said when no more can be. */
static void
last_word(void)
{
	static const char text[] = "Status: 500 Internal Server Error\r\n"
				   "Content-Type: text/plain\r\n"
				   "Content-Length: 0\r\n\r\n";

	if (!web.out.head_written)
		(void)io_write_file(STDOUT_FILENO, text, sizeof(text) - 1);
}

static void
limit(uint64_t max_message)
{
	struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS};
	rlim_t octets =
	    (rlim_t)(MEMORY_BASE + max_message * MEMORY_PER_MESSAGE);
	struct rlimit memory = {octets, octets};

	setrlimit(RLIMIT_CPU, &cpu);
	if (!SANITIZED && max_message != 0)
		setrlimit(RLIMIT_AS, &memory);
}

static void
confine(void *arg)
{
	cgi_confine(arg, web.settings.thumb);
}

/* All that reads mail of the Maildir opens the index first. */
static struct index *
open_index(void *arg, struct buf *why)
{
	struct index *x = index_conf_open(arg, INDEX_PATIENCE, why);

	if (x != NULL)
		confine(arg);
	return x;
}

static ssize_t
read_octets(void *ctx, char *p, size_t n)
{
	struct str *rest = ctx;

	if (n > rest->n)
		n = rest->n;
	if (n > 0)
		memcpy(p, rest->p, n);
	*rest = str_skip(*rest, n);
	return (ssize_t)n;
}

/* The session log is where all that was accepted is counted. */
static void
log_session(
    struct maildir *maildir, const char *peer, struct str user, size_t octets)
{
	struct buf line = BUF_INIT;
	char id[ID_SIZE];

	id_fresh(id);
	buf_addf(
	    &line, "time=%lld session=%s peer=", (long long)time(NULL), id);
	codec_word_encode(&line, str_of(peer != NULL ? peer : "local"));
	buf_adds(&line, " helo=- tls=- user=");
	codec_word_encode(&line, user);
	buf_addf(&line, " messages=1 bytes=%zu rejected=0 ignored=0 end=quit",
	    octets);
	if (side_log_session(maildir, buf_str(&line)) != 0)
		log_warning("[cgi] no session line in %s: %s",
		    conf.maildir_path, strerror(errno));
	buf_fini(&line);
}

static int
deliver(void *arg, struct str reverse_path, const struct str *recipients,
    size_t n, struct str user, struct str octets, char id[ID_SIZE])
{
	const struct conf *c = arg;
	char **names = mem_new((n + 1) * sizeof(*names));
	/* Of a Unix socket the server may say its path. */
	char text[ADDRESS_TEXT_MAX];
	const char *peer =
	    address_from_text(web.cgi.remote_addr.p, text) ? text : NULL;
	struct trace t = {
	    .reverse_path = reverse_path,
	    .recipients = names,
	    .recipient_count = n,
	    .address = peer,
	    .esmtp = user.n > 0,
	    .utf8 = str_has_8bit(reverse_path),
	    .user = user,
	    .authenticated = user.n > 0,
	    .host = c->host,
	    .time = time(NULL),
	};
	struct buf why = BUF_INIT;
	struct maildir maildir;
	struct str rest = octets;
	int rc = -1;

	for (size_t i = 0; i < n; i++) {
		names[i] = mem_dup(recipients[i].p, recipients[i].n);
		t.utf8 |= str_has_8bit(recipients[i]);
	}
	if (maildir_open(&maildir, c->maildir_path,
		c->no_fsync ? MAILDIR_NO_SYNC : 0) != 0)
		buf_adds(&why, strerror(errno));
	else {
		rc = submit_message(&maildir, &t, read_octets, &rest, id, &why);
		if (rc == 0)
			log_session(&maildir, peer, user, octets.n);
		maildir_close(&maildir);
	}
	if (rc != 0)
		log_error("[cgi] Maildir %s: %s", c->maildir_path, why.data);
	buf_fini(&why);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc;
}

static bool
configure(void)
{
	static char name[] = "mailpit.cgi";
	char *argv[] = {name, NULL};
	struct buf notices = BUF_INIT, why = BUF_INIT;
	int operand;
	bool ok;

	ok = cgi_read_env_file() &&
	     conf_read(&conf, 1, argv, &operand, &notices, &why) == OPTION_OK &&
	     conf_settle(&conf, &notices, &why) &&
	     conf_settle_web(&conf, &notices, &why);
	if (ok)
		conf_start_log(&conf);
	if (why.len > 0)
		log_error("[cgi] %s", why.data);
	buf_fini(&notices);
	buf_fini(&why);
	return ok;
}

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static bool
is_loopback(const char *host)
{
	struct str s = str_of(host);

	return str_begins(s, STR("127.")) || str_eq(s, STR("::1")) ||
	       str_ieq(s, STR("localhost"));
}

static void
settle(char *thumb)
{
	bool bound = conf.web && getenv("MP_UI_BIND_ADDR") != NULL;

	web.settings = (struct web_settings){
	    .webroot = conf.web_path,
	    .label = or_empty(conf.label),
	    .version = MAILPIT_VERSION,
	    .maildir = conf.maildir_path,
	    .cors = or_empty(conf.api_cors),
	    .hosts = or_empty(conf.ui_hosts),
	    .cache = conf.index_folder,
	    .thumb = thumb,
	    .loopback = bound && !conf.web_address.local &&
			is_loopback(conf.web_address.host),
	    .host_unknown = !bound,
	    .ui_login = conf.ui_login,
	    .send_login = conf.send_login,
	    .send_any = conf.send_auth_accept_any,
	    .hide_delete_all = conf.hide_delete_all,
	    .block_remote = conf.block_remote,
	    .ignore_duplicate_ids = conf.ignore_duplicate_ids,
	    .max_message = (uint64_t)conf.max_message_size * MIB,
	};
	web.arg = &conf;
	web.login = cgi_login;
	web.open_index = open_index;
	web.confine = confine;
	web.deliver = deliver;
}

/* For --verbose; the peer's words are escaped by the log. */
static void
log_request(void)
{
	const char *method = getenv("REQUEST_METHOD");
	const char *target = getenv("REQUEST_URI");
	const char *peer = getenv("REMOTE_ADDR");

	log_debug("[http] %s %s: %d, to %s", or_empty(method), or_empty(target),
	    web.out.status, or_empty(peer));
}

int
main(void)
{
	static const struct rlimit none = {0, 0};
	char *thumb;

	if (io_open_standard() != 0)
		return EX_OSERR;
	/* Passwords pass through our memory: it never goes to disk. */
	setrlimit(RLIMIT_CORE, &none);
	tzset();
	if (getenv("REQUEST_METHOD") == NULL) {
		fprintf(stderr, "mailpit.cgi is started by a web server; see "
				"mailpit.cgi(8).\n");
		return EX_USAGE;
	}
	io_catch_stop();
	out_init(&web.out, STDOUT_FILENO);
	mem_on_death(last_word);
	if (!configure()) {
		last_word();
		conf_fini(&conf);
		return EX_CONFIG;
	}
	thumb = sibling_path("mailpit-thumb");
	settle(thumb);
	limit(web.settings.max_message);
	web_serve(&web);
	log_request();
	index_close(web.index);
	cgi_fini(&web.cgi);
	out_fini(&web.out);
	conf_fini(&conf);
	free(thumb);
	return 0;
}
