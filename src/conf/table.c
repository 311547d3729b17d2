/* SPDX-License-Identifier: MIT */
/* table.c: every option and variable there is, in the order of --help */

#include <stddef.h>

#include "conf/conf.h"

#define AT(member) offsetof(struct conf, member)
#define ANY INT64_MAX
#define MANY 1000000000
#define DAY 86400

/* Shorthands for what most rows have in common. */
#define BOOL(n, l, e, m, h)                                                    \
	{                                                                      \
		.name = n, .letter = l, .env = e, .kind = OPTION_BOOL,         \
		.offset = AT(m), .help = h, .group = GROUP                     \
	}
#define TEXT(n, l, e, m, a, h)                                                 \
	{                                                                      \
		.name = n, .letter = l, .env = e, .kind = OPTION_TEXT,         \
		.offset = AT(m), .argument = a, .help = h, .group = GROUP      \
	}
#define NUMBER(n, l, e, m, lo, hi, h)                                          \
	{                                                                      \
		.name = n, .letter = l, .env = e, .kind = OPTION_NUMBER,       \
		.offset = AT(m), .min = lo, .max = hi, .argument = "N",        \
		.help = h, .group = GROUP                                      \
	}
#define WITHOUT(n, e, k, why)                                                  \
	{                                                                      \
		.name = n, .env = e, .kind = k, .state = OPTION_MEANINGLESS,   \
		.help = why                                                    \
	}
#define NOT_YET(n, l, e, k)                                                    \
	{                                                                      \
		.name = n, .letter = l, .env = e, .kind = k,                   \
		.state = OPTION_NOT_YET                                        \
	}
#define WEB(n, l, e, k)                                                        \
	{                                                                      \
		.name = n, .letter = l, .env = e, .kind = k,                   \
		.state = OPTION_ELSEWHERE                                      \
	}
#define RENAMED(n, e, to)                                                      \
	{                                                                      \
		.name = n, .env = e, .state = OPTION_RENAMED, .help = to       \
	}

static const struct option_row rows[] = {
#define GROUP "General"
    BOOL("help", 'h', NULL, help, "show this text"),
    BOOL("check", 0, NULL, check, "check the configuration and exit (0 or 78)"),
    BOOL("inetd", 0, NULL, inetd, "speak SMTP on stdin and stdout"),
    TEXT("label", 0, "MP_LABEL", label, "TEXT", "name this instance"),
    TEXT("log-file", 0, "MP_LOG_FILE", log_file, "FILE",
	"append the log to FILE"),
    BOOL("quiet", 'q', "MP_QUIET", quiet, "log errors only"),
    BOOL("verbose", 'v', "MP_VERBOSE", verbose, "log the dialogue as well"),
#undef GROUP
#define GROUP "Store"
    TEXT("maildir", 0, "MP_MAILDIR", maildir, "DIR", "the Maildir"),
    TEXT("database", 'd', "MP_DATABASE", database, "FILE",
	"put the Maildir beside FILE"),
    BOOL("no-fsync", 0, "MP_NO_FSYNC", no_fsync,
	"do not wait for the disk: faster, a crash may lose mail"),
    NUMBER("max", 'm', "MP_MAX_MESSAGES", max_messages, 0, ANY,
	"messages to keep, 0: all (500)"),
    TEXT("max-age", 0, "MP_MAX_AGE", max_age, "AGE",
	"age to keep, as 12h or 3d"),
    NUMBER("max-message-size", 0, "MP_MAX_MESSAGE_SIZE", max_message_size, 0,
	1 << 20, "largest message in MiB, 0: no limit (50)"),
#undef GROUP
#define GROUP "Listening"
    TEXT("smtp", 's', "MP_SMTP_BIND_ADDR", smtp, "ADDR",
	"HOST:PORT or unix:PATH:MODE ([::]:1025)"),
    TEXT("smtps", 0, "MP_SMTPS_BIND_ADDR", smtps, "ADDR",
	"implicit TLS as well, on this address"),
    NUMBER("max-connections", 0, "MP_MAX_CONNECTIONS", max_connections, 1,
	1000000, "connections at a time (1000)"),
    NUMBER("max-connections-per-source", 0, "MP_MAX_CONNECTIONS_PER_SOURCE",
	max_connections_per_source, 1, 1000000,
	"connections at a time from one address (500)"),
    NUMBER("idle-exit", 0, "MP_IDLE_EXIT", idle_exit, 0, DAY,
	"on a handed-over socket: end after N idle seconds, 0: never (60)"),
    BOOL("require-confinement", 0, "MP_REQUIRE_CONFINEMENT",
	require_confinement, "refuse to work without Landlock and seccomp"),
#undef GROUP
#define GROUP "TLS"
    TEXT("smtp-tls-cert", 0, "MP_SMTP_TLS_CERT", tls_cert, "FILE",
	"PEM certificate chain, or sans:NAME,..."),
    TEXT("smtp-tls-key", 0, "MP_SMTP_TLS_KEY", tls_key, "FILE",
	"PEM key, or sans:NAME,..."),
    BOOL("smtp-require-starttls", 0, "MP_SMTP_REQUIRE_STARTTLS",
	require_starttls, "no mail before STARTTLS"),
    BOOL("smtp-require-tls", 0, "MP_SMTP_REQUIRE_TLS", require_tls,
	"implicit TLS, no STARTTLS"),
#undef GROUP
#define GROUP "Authentication"
    TEXT("smtp-auth-file", 0, "MP_SMTP_AUTH_FILE", auth_file, "FILE",
	"password file, mailpit-passwd(5)"),
    TEXT(NULL, 0, "MP_SMTP_AUTH", auth_list, "LIST",
	"password entries, separated by blanks"),
    BOOL("smtp-auth-accept-any", 0, "MP_SMTP_AUTH_ACCEPT_ANY", auth_accept_any,
	"accept every user and password"),
    BOOL("smtp-auth-allow-insecure", 0, "MP_SMTP_AUTH_ALLOW_INSECURE",
	auth_allow_insecure, "allow AUTH without TLS"),
#undef GROUP
#define GROUP "Messages"
    NUMBER("smtp-max-recipients", 0, "MP_SMTP_MAX_RECIPIENTS", max_recipients,
	0, 10000, "recipients of one message, 0: 100 (100)"),
    TEXT("smtp-allowed-recipients", 0, "MP_SMTP_ALLOWED_RECIPIENTS",
	allowed_recipients, "REGEX", "accept only these recipients"),
    BOOL("smtp-ignore-rejected-recipients", 0,
	"MP_SMTP_IGNORE_REJECTED_RECIPIENTS", ignore_rejected_recipients,
	"accept the others in words, and drop them"),
    BOOL("smtp-strict-rfc-headers", 0, "MP_SMTP_STRICT_RFC_HEADERS",
	strict_headers, "do not repair CR CR LF in headers"),
    BOOL("smtp-forbid-bare-newline", 0, "MP_SMTP_FORBID_BARE_NEWLINE",
	forbid_bare_newline, "refuse messages with a bare CR or LF"),
#undef GROUP
#define GROUP "Limits of a session"
    NUMBER("smtp-command-timeout", 0, "MP_SMTP_COMMAND_TIMEOUT",
	command_timeout, 1, DAY, "seconds for a command line (300)"),
    NUMBER("smtp-data-timeout", 0, "MP_SMTP_DATA_TIMEOUT", data_timeout, 1, DAY,
	"seconds for a message, and 1 for every 500 octets (600)"),
    NUMBER("smtp-handshake-timeout", 0, "MP_SMTP_HANDSHAKE_TIMEOUT",
	handshake_timeout, 1, DAY, "seconds for a TLS handshake (30)"),
    NUMBER("smtp-max-errors", 0, "MP_SMTP_MAX_ERRORS", max_errors, 1, MANY,
	"errors that end a session (20)"),
    NUMBER("smtp-max-junk", 0, "MP_SMTP_MAX_JUNK", max_junk, 1, MANY,
	"commands without mail that end a session (100)"),
    NUMBER("smtp-max-auth-failures", 0, "MP_SMTP_MAX_AUTH_FAILURES",
	max_auth_failures, 1, MANY, "failed AUTHs that end a session (3)"),
    NUMBER("smtp-max-messages", 0, "MP_SMTP_MAX_MESSAGES", max_session_messages,
	1, MANY, "messages in a session (10000)"),
#undef GROUP
#define GROUP "Web pages and API"
    TEXT("listen", 'l', "MP_UI_BIND_ADDR", listen, "ADDR",
	"HOST:PORT, unix:PATH:MODE or none ([::]:8025)"),
    TEXT("webroot", 0, "MP_WEBROOT", webroot, "PATH", "path of the pages (/)"),
    TEXT("ui-hosts", 0, "MP_UI_HOSTS", ui_hosts, "LIST",
	"further host names that requests may be for"),
    TEXT("ui-tls-cert", 0, "MP_UI_TLS_CERT", ui_tls_cert, "FILE",
	"PEM certificate chain for HTTPS, or sans:NAME,..."),
    TEXT("ui-tls-key", 0, "MP_UI_TLS_KEY", ui_tls_key, "FILE",
	"PEM key for HTTPS, or sans:NAME,..."),
    TEXT("ui-auth-file", 0, "MP_UI_AUTH_FILE", ui_auth_file, "FILE",
	"password file for pages and API, mailpit-passwd(5)"),
    TEXT(NULL, 0, "MP_UI_AUTH", ui_auth_list, "LIST",
	"password entries for pages and API, separated by blanks"),
    TEXT("send-api-auth-file", 0, "MP_SEND_API_AUTH_FILE", send_auth_file,
	"FILE", "password file for the API's send alone"),
    TEXT(NULL, 0, "MP_SEND_API_AUTH", send_auth_list, "LIST",
	"password entries for the API's send alone"),
    BOOL("send-api-auth-accept-any", 0, "MP_SEND_API_AUTH_ACCEPT_ANY",
	send_auth_accept_any, "the API's send needs no password"),
    TEXT("api-cors", 0, "MP_API_CORS", api_cors, "LIST",
	"origins that may use the API from a browser"),
    BOOL("block-remote-css-and-fonts", 0, "MP_BLOCK_REMOTE_CSS_AND_FONTS",
	block_remote, "never load remote style sheets and fonts of mail"),
    BOOL("hide-delete-all-button", 0, "MP_HIDE_DELETE_ALL_BUTTON",
	hide_delete_all, "no \"Delete all\" in the pages"),
    TEXT("index-dir", 0, "MP_INDEX_DIR", index_dir, "DIR",
	"folder of the index, a cache"),
    BOOL("use-message-dates", 0, "MP_USE_MESSAGE_DATES", use_message_dates,
	"sort by the Date of messages, not by when they came"),
    BOOL("ignore-duplicate-ids", 0, "MP_IGNORE_DUPLICATE_IDS",
	ignore_duplicate_ids, "show only the first with a Message-ID"),
    TEXT("tags-disable", 0, "MP_TAGS_DISABLE", tags_disable, "LIST",
	"no tags from plus-addresses, x-tags"),
    BOOL("tags-title-case", 0, "MP_TAGS_TITLE_CASE", tags_title_case,
	"Title Case for tags of plus-addresses and X-Tags"),
    BOOL("tags-username", 0, "MP_TAGS_USERNAME", tags_username,
	"a tag with the authenticated user"),
#undef GROUP

    WITHOUT("compression", "MP_COMPRESSION", OPTION_TEXT,
	"a Maildir is not compressed"),
    WITHOUT("disable-wal", "MP_DISABLE_WAL", OPTION_BOOL,
	"the store is no database"),
    WITHOUT("disable-auto-vacuum", "MP_DISABLE_AUTO_VACUUM", OPTION_BOOL,
	"the store is no database"),
    WITHOUT("disable-version-check", "MP_DISABLE_VERSION_CHECK", OPTION_BOOL,
	"no program here asks for newer versions"),
    WITHOUT("disable-http-compression", "MP_DISABLE_HTTP_COMPRESSION",
	OPTION_BOOL, "compressing is the web server's work"),
    WITHOUT("smtp-disable-rdns", "MP_SMTP_DISABLE_RDNS", OPTION_BOOL,
	"names of clients are never looked up"),
    WITHOUT("disable-html-check", "MP_DISABLE_HTML_CHECK", OPTION_BOOL,
	"it has none in Mailpit either"),

    NOT_YET("tenant-id", 0, "MP_TENANT_ID", OPTION_TEXT),
    NOT_YET("smtp-relay-config", 0, NULL, OPTION_TEXT),
    NOT_YET("smtp-relay-all", 0, "MP_SMTP_RELAY_ALL", OPTION_BOOL),
    NOT_YET("smtp-relay-matching", 0, NULL, OPTION_TEXT),
    NOT_YET(NULL, 0, "MP_SMTP_RELAY_*", OPTION_TEXT),
    NOT_YET("smtp-forward-config", 0, NULL, OPTION_TEXT),
    NOT_YET(NULL, 0, "MP_SMTP_FORWARD_*", OPTION_TEXT),
    NOT_YET("enable-chaos", 0, "MP_ENABLE_CHAOS", OPTION_BOOL),
    NOT_YET("chaos-triggers", 0, "MP_CHAOS_TRIGGERS", OPTION_TEXT),
    NOT_YET("pop3", 0, "MP_POP3_BIND_ADDR", OPTION_TEXT),
    NOT_YET("pop3-auth-file", 0, "MP_POP3_AUTH_FILE", OPTION_TEXT),
    NOT_YET(NULL, 0, "MP_POP3_AUTH", OPTION_TEXT),
    NOT_YET("pop3-tls-cert", 0, "MP_POP3_TLS_CERT", OPTION_TEXT),
    NOT_YET("pop3-tls-key", 0, "MP_POP3_TLS_KEY", OPTION_TEXT),
    NOT_YET("tag", 't', "MP_TAG", OPTION_TEXT),
    NOT_YET("tags-config", 0, "MP_TAGS_CONFIG", OPTION_TEXT),
    NOT_YET("webhook-url", 0, "MP_WEBHOOK_URL", OPTION_TEXT),
    NOT_YET("webhook-limit", 0, "MP_WEBHOOK_LIMIT", OPTION_TEXT),
    NOT_YET("webhook-delay", 0, "MP_WEBHOOK_DELAY", OPTION_TEXT),
    NOT_YET("enable-prometheus", 0, "MP_ENABLE_PROMETHEUS", OPTION_BOOL),
    NOT_YET(NULL, 0, "MP_DEMO_MODE", OPTION_BOOL),

    WEB("allow-internal-http-requests", 0, "MP_ALLOW_INTERNAL_HTTP_REQUESTS",
	OPTION_BOOL),
    WEB("disable-link-check-rate-limit", 0, "MP_DISABLE_LINK_CHECK_RATE_LIMIT",
	OPTION_BOOL),
    WEB("enable-spamassassin", 0, "MP_ENABLE_SPAMASSASSIN", OPTION_TEXT),
    WEB("allow-untrusted-tls", 0, "MP_ALLOW_UNTRUSTED_TLS", OPTION_BOOL),
    WEB(NULL, 0, "MP_SENDMAIL_*", OPTION_TEXT),

    RENAMED("smtp-ssl-cert", "MP_SMTP_SSL_CERT", "smtp-tls-cert"),
    RENAMED("smtp-ssl-key", "MP_SMTP_SSL_KEY", "smtp-tls-key"),
    RENAMED(
	"smtp-tls-required", "MP_SMTP_TLS_REQUIRED", "smtp-require-starttls"),
    RENAMED("ui-ssl-cert", "MP_UI_SSL_CERT", "ui-tls-cert"),
    RENAMED("ui-ssl-key", "MP_UI_SSL_KEY", "ui-tls-key"),
    RENAMED(NULL, "MP_STRICT_RFC_HEADERS", "smtp-strict-rfc-headers"),
    RENAMED("db-file", "MP_DATA_FILE", "database"),
};

const struct option_table conf_table = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};
