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
};

extern const struct option_table conf_table;

/* Reads environment and flags; as option_read_flags(). */
enum option_verdict conf_read(struct conf *c, int argc, char **argv,
    int *operand, struct buf *notices, struct buf *why);

/* Returns false and a text when the configuration contradicts itself. */
bool conf_settle(struct conf *c, struct buf *notices, struct buf *why);

void conf_fini(struct conf *c);

/* The whole text of --help. */
void conf_help(struct buf *out);

#endif
