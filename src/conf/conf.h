/* SPDX-License-Identifier: MIT */
#ifndef CONF_CONF_H
#define CONF_CONF_H

/*
 * conf: the configuration of all programs, under Mailpit's names.
 *
 * conf_read() fills the struct from the environment and the flags,
 * conf_settle() checks what can be checked without touching the system and
 * derives the rest. Text members borrow from argv and the environment; the
 * derived ones are owned by the struct.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/option.h"
#include "mail/pattern.h"
#include "net/address.h"

struct conf {
	/* as given */
	bool help, check, inetd, quiet, verbose, no_fsync;
	const char *database, *maildir, *label, *log_file;
	int64_t max_messages, max_message_size;
	const char *max_age;
	const char *smtp, *smtps;
	const char *tls_cert, *tls_key;
	bool require_starttls, require_tls;
	const char *auth_file, *auth_list;
	bool auth_accept_any, auth_allow_insecure;
	bool strict_headers, forbid_bare_newline;
	int64_t max_recipients;
	const char *allowed_recipients;
	bool ignore_rejected_recipients;
	int64_t command_timeout, data_timeout, handshake_timeout;
	int64_t max_errors, max_junk, max_auth_failures;
	int64_t max_session_messages;
	bool require_confinement;
	int64_t max_connections, max_connections_per_source, idle_exit;
	const char *listen, *webroot, *ui_hosts, *ui_tls_cert, *ui_tls_key;
	const char *ui_auth_file, *ui_auth_list;
	const char *send_auth_file, *send_auth_list;
	bool send_auth_accept_any;
	const char *api_cors;
	bool block_remote, hide_delete_all;
	const char *index_dir;
	bool use_message_dates, ignore_duplicate_ids;
	const char *tags_disable;
	bool tags_title_case, tags_username;

	/* derived by conf_settle(), owned */
	char *maildir_path;
	char *state_folder; /* for self-signed certificates */
	char *host; /* this machine's name, fit for SMTP */
	char *app; /* "Mailpit" or "Mailpit (LABEL)" */
	int64_t max_age_seconds; /* 0: no limit */
	struct address smtp_address, smtps_address;
	bool has_smtps;
	struct pattern *allowed; /* NULL: all recipients */
	bool tls; /* there is a certificate */
	bool credentials; /* a password file or list */
	bool auth; /* AUTH works at all */
	bool tls_forced; /* mail only under TLS */

	/* derived by conf_settle_web(), owned */
	bool web; /* there are pages at all: not --listen none */
	struct address web_address;
	char *web_path; /* the webroot, begins and ends with '/' */
	char *index_folder;
	bool web_tls, ui_login, send_login;
	bool tags_from_plus, tags_from_header;
};

extern const struct option_table conf_table;

/* Reads environment and flags; as option_read_flags(). */
enum option_verdict conf_read(struct conf *c, int argc, char **argv,
    int *operand, struct buf *notices, struct buf *why);

/* Returns false and a text when the configuration contradicts itself. */
bool conf_settle(struct conf *c, struct buf *notices, struct buf *why);

/*
 * The same for the pages and the API, after conf_settle(): for those programs
 * that have to do with them, so that the others neither pay nor fail for it.
 */
bool conf_settle_web(struct conf *c, struct buf *notices, struct buf *why);

/*
 * The owned path of a webroot, which begins and ends with '/': "mail" and
 * "/mail/" are the same, "" is "/". NULL: it holds what no webroot may.
 */
char *conf_web_path(const char *webroot);

void conf_fini(struct conf *c);

/* Sets the level of the log and, when one is named, its file. */
void conf_start_log(const struct conf *c);

/* The whole text of --help. */
void conf_help(struct buf *out);

#endif
