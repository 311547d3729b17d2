/* SPDX-License-Identifier: MIT */
/* conf.c: check the configuration against itself, derive the rest */

#include "conf/conf.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/trace.h"

#define LABEL_MAX 100
#define HOUR 3600
#define DAY (24 * HOUR)

static const struct conf defaults = {
    .smtp = "[::]:1025",
    .listen = "[::]:8025",
    .max_messages = 500,
    .max_message_size = 50,
    .max_recipients = 100,
    .command_timeout = 300,
    .data_timeout = 600,
    .handshake_timeout = 30,
    .max_errors = 20,
    .max_junk = 100,
    .max_auth_failures = 3,
    .max_session_messages = 10000,
    .max_connections = 1000,
    .max_connections_per_source = 500,
    .idle_exit = 60,
};

enum option_verdict
conf_read(struct conf *c, int argc, char **argv, int *operand,
    struct buf *notices, struct buf *why)
{
	enum option_verdict verdict;

	*c = defaults;
	verdict = option_read_environment(&conf_table, c, notices, why);
	if (verdict != OPTION_OK)
		return verdict;
	return option_read_flags(
	    &conf_table, c, argc, argv, operand, notices, why);
}

void
conf_fini(struct conf *c)
{
	free(c->maildir_path);
	free(c->state_folder);
	free(c->host);
	free(c->app);
	address_fini(&c->smtp_address);
	address_fini(&c->smtps_address);
	address_fini(&c->web_address);
	free(c->web_path);
	free(c->index_folder);
	pattern_free(c->allowed);
}

static bool
is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* Returns the owned folder for our state; never NULL. */
static char *
find_state_folder(void)
{
	const char *given = getenv("STATE_DIRECTORY");
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (is_set(given)) {
		struct str rest = str_of(given), first = str_cut(&rest, ':');

		return mem_dup(first.p, first.n);
	}
	if (is_set(xdg) && xdg[0] == '/')
		return mem_format("%s/mailpit", xdg);
	if (!is_set(home) && (pw = getpwuid(geteuid())) != NULL)
		home = pw->pw_dir;
	if (is_set(home) && home[0] == '/' && home[1] != '\0')
		return mem_format("%s/.local/state/mailpit", home);
	return mem_dups("/var/lib/mailpit");
}

/* --database FILE: the Maildir beside it; in it, if it is a folder. */
static char *
beside(const char *file)
{
	struct str s = str_of(file);
	size_t slash = s.n;
	struct stat st;

	if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		return mem_format("%s/Maildir", file);
	while (slash > 0 && s.p[slash - 1] != '/')
		slash--;
	if (slash == 0)
		return mem_dups("Maildir");
	return mem_format("%.*sMaildir", (int)slash, s.p);
}

static bool
settle_store(struct conf *c, struct buf *why)
{
	struct str database = str_of(c->database);

	c->state_folder = find_state_folder();
	if (str_ibegins(database, STR("http://")) ||
	    str_ibegins(database, STR("https://"))) {
		buf_addf(why, "[db] a remote database is not supported: %s",
		    c->database);
		return false;
	}
	if (database.n > PATH_MAX) {
		buf_adds(why, "[db] the path of --database is too long");
		return false;
	}
	if (is_set(c->maildir))
		c->maildir_path = mem_dups(c->maildir);
	else if (database.n > 0)
		c->maildir_path = beside(c->database);
	else
		c->maildir_path = mem_format("%s/Maildir", c->state_folder);
	return true;
}

/* "12h" or "3d" */
static bool
settle_age(struct conf *c, struct buf *why)
{
	struct str s = str_of(c->max_age);
	uint64_t number;
	char unit;

	if (s.n == 0)
		return true;
	unit = s.p[s.n - 1];
	if ((unit != 'h' && unit != 'd') ||
	    !str_u64(str_make(s.p, s.n - 1), &number) ||
	    number > (uint64_t)INT32_MAX) {
		buf_addf(why,
		    "max-age must be either <int>h for hours or <int>d for "
		    "days: %s",
		    c->max_age);
		return false;
	}
	c->max_age_seconds = (int64_t)number * (unit == 'h' ? HOUR : DAY);
	return true;
}

/* Runs of blanks become one; nothing that could break a reply line. */
static bool
settle_label(struct conf *c, struct buf *why)
{
	struct buf label = BUF_INIT;
	struct str rest = str_of(c->label), word;

	while ((word = str_word(&rest)).n > 0) {
		if (label.len > 0)
			buf_addc(&label, ' ');
		buf_add_str(&label, word);
	}
	for (size_t i = 0; i < label.len; i++)
		if (chr_control(label.data[i]) || label.len > LABEL_MAX) {
			buf_addf(why,
			    "label: more than %d octets, or control octets",
			    LABEL_MAX);
			buf_fini(&label);
			return false;
		}
	c->app = label.len > 0 ? mem_format("Mailpit (%s)", label.data)
			       : mem_dups("Mailpit");
	buf_fini(&label);
	return true;
}

static bool
settle_addresses(struct conf *c, struct buf *why)
{
	if (!address_parse(&c->smtp_address, c->smtp)) {
		buf_addf(why,
		    "[smtp] bind should be in the format of <ip>:<port> or "
		    "unix:<path>:<mode>: %s",
		    c->smtp);
		return false;
	}
	c->has_smtps = is_set(c->smtps);
	if (c->has_smtps && !address_parse(&c->smtps_address, c->smtps)) {
		buf_addf(why,
		    "[smtps] bind should be in the format of <ip>:<port> or "
		    "unix:<path>:<mode>: %s",
		    c->smtps);
		return false;
	}
	return true;
}

/* What contradicts what; the first that is true is reported. */
static bool
settle_security(struct conf *c, struct buf *why)
{
	bool cert = is_set(c->tls_cert), key = is_set(c->tls_key);
	const char *text = NULL;

	c->tls = cert && key;
	c->credentials = is_set(c->auth_file) || is_set(c->auth_list);
	c->auth = c->credentials || c->auth_accept_any;
	if (cert != key)
		text = "you must provide both an SMTP TLS certificate and a "
		       "key (--smtp-tls-cert, --smtp-tls-key)";
	else if (c->require_tls && !c->tls)
		text = "TLS cannot be required without an SMTP TLS certificate "
		       "and key (--smtp-require-tls)";
	else if (c->require_starttls && !c->tls)
		text = "STARTTLS cannot be required without an SMTP TLS "
		       "certificate and key (--smtp-require-starttls)";
	else if (c->has_smtps && !c->tls)
		text = "--smtps needs an SMTP TLS certificate and key";
	else if ((c->require_tls || c->require_starttls) &&
		 c->auth_allow_insecure)
		text = "TLS cannot be required with --smtp-auth-allow-insecure";
	else if (c->require_tls && c->require_starttls)
		text = "TLS & STARTTLS cannot be required together "
		       "(--smtp-require-tls, --smtp-require-starttls)";
	else if (c->credentials && c->auth_accept_any)
		text = "authentication cannot use both credentials and "
		       "--smtp-auth-accept-any";
	else if (c->auth && !c->tls && !c->auth_allow_insecure)
		text = "authentication requires STARTTLS or TLS encryption, "
		       "run with `--smtp-auth-allow-insecure` to allow "
		       "insecure authentication";
	if (text != NULL)
		buf_addf(why, "[smtp] %s", text);
	/* A password is never asked for where it would travel in clear. */
	c->tls_forced = c->require_starttls || c->require_tls ||
			(c->credentials && !c->auth_allow_insecure);
	return text == NULL;
}

static bool
settle_recipients(struct conf *c, struct buf *notices, struct buf *why)
{
	struct buf reason = BUF_INIT;

	if (c->max_recipients == 0)
		c->max_recipients = defaults.max_recipients;
	if (c->ignore_rejected_recipients && !is_set(c->allowed_recipients))
		buf_adds(notices,
		    "[smtp] ignoring rejected recipients has no effect "
		    "without setting smtp-allowed-recipients\n");
	if (!is_set(c->allowed_recipients))
		return true;
	c->allowed = pattern_new(c->allowed_recipients, &reason);
	if (c->allowed == NULL)
		buf_addf(why,
		    "[smtp] failed to compile smtp-allowed-recipients regexp: "
		    "%s",
		    reason.data);
	buf_fini(&reason);
	return c->allowed != NULL;
}

bool
conf_settle(struct conf *c, struct buf *notices, struct buf *why)
{
	c->host = trace_own_host();
	if (c->max_message_size == 0)
		buf_adds(notices,
		    "[smtpd] no message limit set, this is not recommended "
		    "for network-reachable listeners\n");
	return settle_age(c, why) && settle_label(c, why) &&
	       settle_addresses(c, why) && settle_security(c, why) &&
	       settle_recipients(c, notices, why) && settle_store(c, why);
}

void
conf_start_log(const struct conf *c)
{
	if (c->verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	else if (c->quiet)
		log_set_level(LOG_LEVEL_ERROR);
	if (is_set(c->log_file) && log_to_file(c->log_file) != 0)
		log_error("[log] cannot append to %s: %s", c->log_file,
		    strerror(errno));
}

void
conf_help(struct buf *out)
{
	buf_adds(out,
	    "mailpit " MAILPIT_VERSION ": catches mail in a Maildir\n"
	    "\n"
	    "usage: mailpit [options]             listen, or serve the "
	    "connection on stdin\n"
	    "       mailpit --check [options]     check the configuration\n"
	    "       mailpit sendmail [options] [recipient ...]\n"
	    "       mailpit prune [options]       apply --max and --max-age\n"
	    "       mailpit readyz [options]      is a server up?\n"
	    "       mailpit version\n"
	    "\n"
	    "An option with a variable behind it can be set by either; a "
	    "flag wins.\n");
	option_help(&conf_table, out);
	buf_adds(out, "\nExit status: 0 fine, 64 usage, 75 try again, "
		      "78 configuration. See mailpit(8).\n");
}
