/* SPDX-License-Identifier: MIT */
/* sendmail.c: hand a message to an SMTP server, as sendmail(8) would */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "prog/sendmail.h"

#define REPLY_MAX 1000

/* What libcurl hands back to its callbacks. */
struct transfer {
	int fd;
	struct buf refusal; /* the last 4xx or 5xx line */
};

static size_t
read_message(char *p, size_t size, size_t count, void *ctx)
{
	const struct transfer *t = ctx;
	ssize_t n;

	do
		n = read(t->fd, p, size * count);
	while (n < 0 && errno == EINTR);
	return n < 0 ? CURL_READFUNC_ABORT : (size_t)n;
}

static size_t
keep_refusal(char *p, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	struct str line = str_trim_crlf(str_make(p, size * count));

	/* A refusal is followed by the reply to our QUIT. */
	if (line.n > 0 && (line.p[0] == '4' || line.p[0] == '5')) {
		buf_reset(&t->refusal);
		buf_add_str(&t->refusal, line);
	}
	return size * count;
}

/* smtp://HOST:PORT/NAME, where NAME is what EHLO says. */
static CURLU *
make_url(const struct sendmail_options *o)
{
	const struct address *a = &o->address;
	bool named = !a->local && a->host[0] != '\0';
	bool ipv6 = named && strchr(a->host, ':') != NULL;
	char *host =
	    mem_format(ipv6 ? "[%s]" : "%s", named ? a->host : "localhost");
	char *path = mem_format("/%s", o->host);
	CURLU *url = curl_url();
	bool ok = url != NULL &&
		  curl_url_set(url, CURLUPART_SCHEME, "smtp", 0) == CURLUE_OK &&
		  curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
		  curl_url_set(url, CURLUPART_PATH, path, 0) == CURLUE_OK &&
		  (a->local || curl_url_set(url, CURLUPART_PORT, a->port, 0) ==
				   CURLUE_OK);

	free(host);
	free(path);
	if (ok)
		return url;
	curl_url_cleanup(url);
	return NULL;
}

/* How: encrypted if offered, unverified as Mailpit's, never with a password. */
static const struct {
	CURLoption option;
	long value;
} numbers[] = {
    {CURLOPT_USE_SSL, CURLUSESSL_TRY},
    {CURLOPT_SSL_VERIFYPEER, 0},
    {CURLOPT_SSL_VERIFYHOST, 0},
    {CURLOPT_UPLOAD, 1},
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_CONNECTTIMEOUT, 30},
    {CURLOPT_SERVER_RESPONSE_TIMEOUT, 300},
    /* Less than one octet a second for five minutes is a stall. */
    {CURLOPT_LOW_SPEED_LIMIT, 1},
    {CURLOPT_LOW_SPEED_TIME, 300},
};

static bool
set_pointer(CURL *curl, CURLoption option, const void *value)
{
	return curl_easy_setopt(curl, option, value) == CURLE_OK;
}

static bool
configure(CURL *curl, CURLU *url, const struct sendmail_options *o)
{
	const struct address *a = &o->address;
	long verbose = o->verbose ? 1 : 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (curl_easy_setopt(
			curl, numbers[i].option, numbers[i].value) != CURLE_OK)
			return false;
	/* Variables such as ALL_PROXY are for others. */
	return set_pointer(curl, CURLOPT_PROXY, "") &&
	       curl_easy_setopt(curl, CURLOPT_CURLU, url) == CURLE_OK &&
	       set_pointer(
		   curl, CURLOPT_UNIX_SOCKET_PATH, a->local ? a->path : NULL) &&
	       set_pointer(curl, CURLOPT_MAIL_FROM, o->sender.data) &&
	       curl_easy_setopt(curl, CURLOPT_VERBOSE, verbose) == CURLE_OK;
}

static bool
attach(CURL *curl, const struct sendmail_message *m, struct curl_slist *to,
    struct transfer *t, char error[CURL_ERROR_SIZE])
{
	curl_off_t size = (curl_off_t)m->size;
	CURLcode rc = curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);

	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, size);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_message);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_READDATA, t);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(
		    curl, CURLOPT_HEADERFUNCTION, keep_refusal);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	return rc == CURLE_OK;
}

/* What the server said for good is 69; all else may go better later. */
static int
judge(CURL *curl, CURLcode rc, const struct transfer *t, const char *error,
    struct buf *why)
{
	long code = 0;

	if (rc == CURLE_OK)
		return 0;
	if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code) !=
		CURLE_OK ||
	    code < 400) {
		buf_adds(
		    why, error[0] != '\0' ? error : curl_easy_strerror(rc));
		return EX_TEMPFAIL;
	}
	buf_addf(
	    why, "the server refused: %.*s", STR_ARG(buf_str(&t->refusal)));
	return code < 500 ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

/* An owned copy as libcurl wants it. */
static struct curl_slist *
list_of(const struct mailboxes *to)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < to->count; i++) {
		struct curl_slist *longer =
		    curl_slist_append(list, to->items[i]);

		if (longer == NULL)
			die("out of memory");
		list = longer;
	}
	return list;
}

static int
submit(const struct sendmail_options *o, const struct sendmail_message *m,
    const struct mailboxes *to, struct buf *why)
{
	struct transfer t = {.fd = m->fd, .refusal = BUF_INIT_MAX(REPLY_MAX)};
	char error[CURL_ERROR_SIZE] = "";
	struct curl_slist *list = list_of(to);
	CURLU *url = make_url(o);
	CURL *curl = curl_easy_init();
	int status = EX_USAGE;

	if (url == NULL)
		buf_addf(why, "-S: no host name: %s", o->server);
	else if (curl == NULL || !configure(curl, url, o) ||
		 !attach(curl, m, list, &t, error)) {
		buf_adds(why, "libcurl does not do what it should");
		status = EX_SOFTWARE;
	} else {
		CURLcode rc = curl_easy_perform(curl);

		status = judge(curl, rc, &t, error, why);
	}
	curl_easy_cleanup(curl);
	curl_url_cleanup(url);
	curl_slist_free_all(list);
	buf_fini(&t.refusal);
	return status;
}

/* Arguments first; the header when it is asked for, or without arguments. */
static int
find_recipients(const struct sendmail_options *o,
    const struct sendmail_message *m, struct mailboxes *to, struct buf *why)
{
	bool resent = m->resent_to.len > 0;

	for (size_t i = 0; i < o->operands.count; i++)
		if (!mailboxes_add(
			to, str_of(o->operands.items[i]), o->host, why))
			return EX_DATAERR;
	if ((o->from_header || to->count == 0) &&
	    !mailboxes_add(
		to, buf_str(resent ? &m->resent_to : &m->to), o->host, why))
		return EX_DATAERR;
	if (to->count > 0)
		return 0;
	buf_adds(why, "no recipients, neither as arguments nor in To, Cc or "
		      "Bcc");
	return EX_DATAERR;
}

static int
send_message(const struct sendmail_options *o, struct buf *why)
{
	struct mailboxes to = {.items = NULL};
	struct sendmail_message m;
	int status = sendmail_message_read(&m, STDIN_FILENO, o, why);

	if (status == 0)
		status = find_recipients(o, &m, &to, why);
	if (status == 0 && o->maildir != NULL)
		status = sendmail_store(o, &m, &to, why);
	else if (status == 0)
		status = submit(o, &m, &to, why);
	mailboxes_fini(&to);
	sendmail_message_fini(&m);
	return status;
}

static int
show_help(void)
{
	struct buf text = BUF_INIT;
	int rc;

	sendmail_options_help(&text);
	rc = io_write_file(STDOUT_FILENO, text.data, text.len);
	buf_fini(&text);
	return rc == 0 ? 0 : EX_IOERR;
}

static int
run(const struct sendmail_options *o, struct buf *why)
{
	switch (o->mode) {
	case SENDMAIL_HELP:
		return show_help();
	case SENDMAIL_QUEUE:
		return 0;
	case SENDMAIL_DIALOGUE:
		return sendmail_dialogue(o, why);
	default:
		return send_message(o, why);
	}
}

int
main(int argc, char **argv)
{
	struct sendmail_options o;
	struct buf why = BUF_INIT;
	int status;

	if (io_open_standard() != 0)
		return EX_OSERR;
	/* A peer or a disk that is gone is an error to report, not an end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die("libcurl does not start");
	tzset();
	status = sendmail_options_read(&o, argc, argv, &why);
	if (status == 0)
		status = run(&o, &why);
	if (status != 0)
		log_error("[sendmail] %s", why.data);
	sendmail_options_fini(&o);
	buf_fini(&why);
	curl_global_cleanup();
	return status;
}
