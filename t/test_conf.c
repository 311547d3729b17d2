/* SPDX-License-Identifier: MIT */
/* test_conf.c: the whole configuration, and what contradicts itself */

#include "conf/conf.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "support.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define WORDS_MAX 16

static void
set_up(void)
{
	clearenv();
	cr_assert_eq(setenv("HOME", "/home/joe", 1), 0);
}

TestSuite(conf, .init = set_up);

struct got {
	struct conf conf;
	enum option_verdict verdict;
	bool settled;
	struct buf notices, why;
	char *argv[WORDS_MAX + 2];
};

/* Reads and settles words separated by blanks; '~' stands for a blank. */
static void
configure(struct got *g, const char *words)
{
	struct str rest = str_of(words), word;
	int argc = 1, operand;

	*g = (struct got){.notices = BUF_INIT, .why = BUF_INIT};
	g->argv[0] = mem_dups("mailpit");
	while ((word = str_word(&rest)).n > 0) {
		char *copy = mem_dup(word.p, word.n);

		for (char *p = copy; (p = strchr(p, '~')) != NULL;)
			*p = ' ';
		cr_assert_lt(argc, WORDS_MAX);
		g->argv[argc++] = copy;
	}
	g->verdict =
	    conf_read(&g->conf, argc, g->argv, &operand, &g->notices, &g->why);
	if (g->verdict == OPTION_OK)
		g->settled = conf_settle(&g->conf, &g->notices, &g->why);
}

static void
done(struct got *g)
{
	conf_fini(&g->conf);
	for (size_t i = 0; g->argv[i] != NULL; i++)
		free(g->argv[i]);
	buf_fini(&g->notices);
	buf_fini(&g->why);
}

Test(conf, defaults_are_mailpits)
{
	struct got g;

	configure(&g, "");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect_str_eq(g.notices.data, "");
	cr_expect_eq(g.conf.max_messages, 500);
	cr_expect_eq(g.conf.max_message_size, 50);
	cr_expect_eq(g.conf.max_recipients, 100);
	cr_expect_eq(g.conf.max_age_seconds, 0);
	cr_expect_eq(g.conf.command_timeout, 300);
	cr_expect_eq(g.conf.data_timeout, 600);
	cr_expect_eq(g.conf.handshake_timeout, 30);
	cr_expect_eq(g.conf.max_errors, 20);
	cr_expect_eq(g.conf.max_junk, 100);
	cr_expect_eq(g.conf.max_auth_failures, 3);
	cr_expect_eq(g.conf.max_session_messages, 10000);
	cr_expect_str_eq(g.conf.app, "Mailpit");
	cr_expect_str_eq(g.conf.smtp_address.port, "1025");
	cr_expect_not(g.conf.has_smtps);
	cr_expect_not(g.conf.tls || g.conf.auth || g.conf.credentials ||
		      g.conf.tls_forced);
	cr_expect_eq(g.conf.allowed, NULL);
	cr_expect_str_eq(
	    g.conf.maildir_path, "/home/joe/.local/state/mailpit/Maildir");
	done(&g);
}

#define PAIR "--smtp-tls-cert c.pem --smtp-tls-key k.pem "

/* Mailpit's texts, so far as there is one. */
static const struct {
	const char *words, *why;
} contradictions[] = {
    {"--smtp-tls-cert c.pem",
	"[smtp] you must provide both an SMTP TLS certificate and a key"},
    {"--smtp-tls-key k.pem",
	"[smtp] you must provide both an SMTP TLS certificate and a key"},
    {"--smtp-require-tls",
	"[smtp] TLS cannot be required without an SMTP TLS certificate and "
	"key"},
    {"--smtp-require-starttls",
	"[smtp] STARTTLS cannot be required without an SMTP TLS certificate "
	"and key"},
    {"--smtps :465", "[smtp] --smtps needs an SMTP TLS certificate and key"},
    {PAIR "--smtp-require-tls --smtp-auth-allow-insecure",
	"[smtp] TLS cannot be required with --smtp-auth-allow-insecure"},
    {PAIR "--smtp-require-starttls --smtp-auth-allow-insecure",
	"[smtp] TLS cannot be required with --smtp-auth-allow-insecure"},
    {PAIR "--smtp-require-starttls --smtp-require-tls",
	"[smtp] TLS & STARTTLS cannot be required together"},
    {PAIR "--smtp-auth-file f --smtp-auth-accept-any",
	"[smtp] authentication cannot use both credentials and "
	"--smtp-auth-accept-any"},
    {"--smtp-auth-file f",
	"[smtp] authentication requires STARTTLS or TLS encryption, run with "
	"`--smtp-auth-allow-insecure` to allow insecure authentication"},
    {"--smtp-auth-accept-any",
	"[smtp] authentication requires STARTTLS or TLS encryption, run with "
	"`--smtp-auth-allow-insecure` to allow insecure authentication"},
    {"--max-age 5",
	"max-age must be either <int>h for hours or <int>d for days: 5"},
    {"--max-age h", "max-age must be either"},
    {"--max-age -5d", "max-age must be either"},
    {"--max-age 5D", "max-age must be either"},
    {"--max-age 5w", "max-age must be either"},
    {"--max-age 5~d", "max-age must be either"},
    {"--max-age 99999999999999999999d", "max-age must be either"},
    {"--smtp 1025", "[smtp] bind should be in the format of <ip>:<port>"},
    {"--smtp unix:/tmp/x:999", "[smtp] bind should be in the format of"},
    {"--smtp unix:/tmp/x", "[smtp] bind should be in the format of"},
    {"--smtps x " PAIR, "[smtps] bind should be in the format of"},
    {"--smtp-allowed-recipients (",
	"[smtp] failed to compile smtp-allowed-recipients regexp: "},
    {"--database http://host:4001",
	"[db] a remote database is not supported: http://host:4001"},
    {"-d HTTPS://host", "[db] a remote database is not supported"},
    {"--label a\x01z", "label"},
};

Test(conf, what_contradicts_itself_is_refused_with_its_reason)
{
	for (size_t i = 0; i < COUNT(contradictions); i++) {
		struct got g;

		configure(&g, contradictions[i].words);
		cr_assert_eq(g.verdict, OPTION_OK, "%s: %s",
		    contradictions[i].words, g.why.data);
		cr_expect_not(g.settled, "%s", contradictions[i].words);
		cr_expect(
		    str_begins(buf_str(&g.why), str_of(contradictions[i].why)),
		    "%s: %s", contradictions[i].words, g.why.data);
		done(&g);
	}
}

/* What is configured, and what a server does then. */
static const struct {
	const char *words;
	const char *list; /* MP_SMTP_AUTH */
	bool tls, auth, credentials, forced;
} combinations[] = {
    {"", NULL, false, false, false, false},
    {PAIR, NULL, true, false, false, false},
    {PAIR "--smtp-require-starttls", NULL, true, false, false, true},
    {PAIR "--smtp-require-tls", NULL, true, false, false, true},
    {PAIR "--smtps :465", NULL, true, false, false, false},
    {"--smtp-auth-allow-insecure", NULL, false, false, false, false},
    {"--smtp-auth-file f --smtp-auth-allow-insecure", NULL, false, true, true,
	false},
    {"--smtp-auth-accept-any --smtp-auth-allow-insecure", NULL, false, true,
	false, false},
    {"--smtp-auth-allow-insecure", "joe:secret", false, true, true, false},
    {PAIR "--smtp-auth-file f", NULL, true, true, true, true},
    {PAIR, "joe:secret", true, true, true, true},
    {PAIR "--smtp-auth-file f --smtp-auth-allow-insecure", NULL, true, true,
	true, false},
    {PAIR "--smtp-auth-accept-any", NULL, true, true, false, false},
    {PAIR "--smtp-auth-file f --smtp-require-tls", NULL, true, true, true,
	true},
};

Test(conf, passwords_force_tls_unless_that_is_switched_off)
{
	for (size_t i = 0; i < COUNT(combinations); i++) {
		struct got g;

		set_up();
		if (combinations[i].list != NULL)
			setenv("MP_SMTP_AUTH", combinations[i].list, 1);
		configure(&g, combinations[i].words);
		cr_assert(g.settled, "%zu: %s", i, g.why.data);
		cr_expect_eq(g.conf.tls, combinations[i].tls, "%zu", i);
		cr_expect_eq(g.conf.auth, combinations[i].auth, "%zu", i);
		cr_expect_eq(
		    g.conf.credentials, combinations[i].credentials, "%zu", i);
		cr_expect_eq(
		    g.conf.tls_forced, combinations[i].forced, "%zu", i);
		done(&g);
	}
}

Test(conf, ages_are_hours_or_days)
{
	static const struct {
		const char *words;
		int64_t seconds;
	} rows[] = {{"--max-age 1h", 3600}, {"--max-age 12h", 43200},
	    {"--max-age 3d", 259200}, {"--max-age 0d", 0},
	    {"--max-age 36500d", (int64_t)36500 * 86400}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct got g;

		configure(&g, rows[i].words);
		cr_assert(g.settled, "%s", g.why.data);
		cr_expect_eq(g.conf.max_age_seconds, rows[i].seconds, "%s",
		    rows[i].words);
		done(&g);
	}
}

Test(conf, a_label_is_one_line_of_single_blanks)
{
	static const struct {
		const char *words, *app;
	} rows[] = {
	    {"--label one", "Mailpit (one)"},
	    {"--label ~one~~~two~", "Mailpit (one two)"},
	    {"--label ~~", "Mailpit"},
	    {"--label=", "Mailpit"},
	};
	char words[200] = "--label ";
	struct got g;

	for (size_t i = 0; i < COUNT(rows); i++) {
		configure(&g, rows[i].words);
		cr_assert(g.settled, "%s", g.why.data);
		cr_expect_str_eq(g.conf.app, rows[i].app);
		done(&g);
	}
	for (size_t n = 100; n <= 101; n++) {
		memset(words + 8, 'x', n);
		words[8 + n] = '\0';
		configure(&g, words);
		cr_expect_eq(g.settled, n == 100, "%zu: %s", n, g.why.data);
		done(&g);
	}
}

Test(conf, without_a_home_the_users_own_is_found)
{
	struct got g;

	cr_assert_eq(unsetenv("HOME"), 0);
	cr_assert_eq(setenv("PATH", "/bin", 1), 0);
	configure(&g, "");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect_eq(g.conf.maildir_path[0], '/');
	cr_expect_neq(strstr(g.conf.maildir_path, "mailpit/Maildir"), NULL);
	done(&g);
}

Test(conf, a_path_of_any_length_is_refused)
{
	struct buf words = BUF_INIT;
	struct got g;

	buf_adds(&words, "--database /");
	for (size_t i = 0; i < 100000; i++)
		buf_addc(&words, 'x');
	configure(&g, words.data);
	cr_expect_not(g.settled);
	cr_expect_str_eq(g.why.data, "[db] the path of --database is too long");
	done(&g);
	buf_fini(&words);
}

Test(conf, where_the_maildir_is)
{
	char *folder = support_path("folder");
	char *in_folder = mem_format("--database %s", folder);
	char *found = mem_format("%s/Maildir", folder);
	const struct {
		const char *words, *name, *value, *path;
	} rows[] = {
	    {"--maildir /m", NULL, NULL, "/m"},
	    {"--maildir m --database /x/y.db", NULL, NULL, "m"},
	    {"--database /x/y.db", NULL, NULL, "/x/Maildir"},
	    {"--database /y.db", NULL, NULL, "/Maildir"},
	    {"--database y.db", NULL, NULL, "Maildir"},
	    {"-d x/y.db", NULL, NULL, "x/Maildir"},
	    {in_folder, NULL, NULL, found},
	    {"", "STATE_DIRECTORY", "/var/lib/mp", "/var/lib/mp/Maildir"},
	    {"", "STATE_DIRECTORY", "/a:/b", "/a/Maildir"},
	    {"", "XDG_STATE_HOME", "/s", "/s/mailpit/Maildir"},
	    {"", "XDG_STATE_HOME", "relative",
		"/home/joe/.local/state/mailpit/Maildir"},
	    {"", "HOME", "/", "/var/lib/mailpit/Maildir"},
	    {"", "HOME", "relative", "/var/lib/mailpit/Maildir"},
	};

	cr_assert_eq(mkdir(folder, 0700), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct got g;

		set_up();
		if (rows[i].name != NULL)
			setenv(rows[i].name, rows[i].value, 1);
		configure(&g, rows[i].words);
		cr_assert(g.settled, "%s", g.why.data);
		cr_expect_str_eq(g.conf.maildir_path, rows[i].path,
		    "row %zu: %s", i, g.conf.maildir_path);
		done(&g);
	}
	free(folder);
	free(in_folder);
	free(found);
}

static const struct {
	const char *words, *name, *value;
	const char *notices;
} noticed[] = {
    {"--max-message-size 0", NULL, NULL,
	"[smtpd] no message limit set, this is not recommended for "
	"network-reachable listeners\n"},
    {"--smtp-ignore-rejected-recipients", NULL, NULL,
	"[smtp] ignoring rejected recipients has no effect without setting "
	"smtp-allowed-recipients\n"},
    {"--smtp-ignore-rejected-recipients --smtp-allowed-recipients x", NULL,
	NULL, ""},
    {"--compression 2", NULL, NULL,
	"--compression has no effect here: a Maildir is not compressed\n"},
    {"", "MP_SMTP_DISABLE_RDNS", "true",
	"MP_SMTP_DISABLE_RDNS has no effect here: names of clients are never "
	"looked up\n"},
    {"", "MP_SMTP_MAX_RECIPIENT", "5",
	"MP_SMTP_MAX_RECIPIENT: no such variable is known\n"},
    {"", "MP_DATA_FILE", "/x/y.db", "MP_DATA_FILE is now called MP_DATABASE\n"},
    {"--db-file /x/y.db", NULL, NULL, "--db-file is now called --database\n"},
    {"", "MP_UI_BIND_ADDR", "[::]:8025", ""},
    {"", "MP_UI_SSL_CERT", "c.pem",
	"MP_UI_SSL_CERT is now called MP_UI_TLS_CERT\n"},
    {"", "MP_SENDMAIL_FROM", "a@b", ""},
    {"", "MP_WEBROOT", "/mail", ""},
    {"", "MP_SMTP_RELAY_ALL", "false", ""},
    {"", "MP_ENABLE_PROMETHEUS", "false", ""},
    {"", "MP_ENABLE_CHAOS", "false", ""},
};

Test(conf, what_is_odd_but_harmless_is_said)
{
	for (size_t i = 0; i < COUNT(noticed); i++) {
		struct got g;

		set_up();
		if (noticed[i].name != NULL)
			setenv(noticed[i].name, noticed[i].value, 1);
		configure(&g, noticed[i].words);
		cr_assert(g.settled, "%zu: %s", i, g.why.data);
		cr_expect_str_eq(g.notices.data, noticed[i].notices,
		    "row %zu: %s", i, g.notices.data);
		done(&g);
	}
}

/* All that Mailpit has and we do not: never silently dropped. */
static const char *const not_yet[] = {"--tenant-id x", "--smtp-relay-config f",
    "--smtp-relay-all", "--smtp-relay-matching x", "--smtp-forward-config f",
    "--enable-chaos", "--chaos-triggers x", "--pop3 :1110",
    "--pop3-auth-file f", "--pop3-tls-cert c", "--pop3-tls-key k", "--tag x",
    "-t x", "--tags-config f", "--webhook-url http://x", "--webhook-limit 1",
    "--webhook-delay 1"};

static const char *const not_yet_variables[] = {"MP_TENANT_ID",
    "MP_SMTP_RELAY_CONFIG", "MP_SMTP_RELAY_HOST", "MP_SMTP_RELAY_MATCHING",
    "MP_SMTP_FORWARD_CONFIG", "MP_SMTP_FORWARD_TO", "MP_CHAOS_TRIGGERS",
    "MP_POP3_AUTH_FILE", "MP_POP3_AUTH", "MP_POP3_TLS_CERT", "MP_TAG",
    "MP_TAGS_CONFIG", "MP_WEBHOOK_URL"};

Test(conf, what_is_not_there_yet_is_refused_by_name)
{
	for (size_t i = 0; i < COUNT(not_yet); i++) {
		struct str rest = str_of(not_yet[i]), name = str_word(&rest);
		struct buf why = BUF_INIT;
		struct got g;

		configure(&g, not_yet[i]);
		buf_add_str(&why, name);
		buf_adds(&why, " is not there yet");
		cr_expect_eq(g.verdict, OPTION_USAGE, "%s", not_yet[i]);
		cr_expect_str_eq(g.why.data, why.data);
		buf_fini(&why);
		done(&g);
	}
	for (size_t i = 0; i < COUNT(not_yet_variables); i++) {
		struct got g;

		set_up();
		setenv(not_yet_variables[i], "x", 1);
		configure(&g, "");
		cr_expect_eq(
		    g.verdict, OPTION_CONFIG, "%s", not_yet_variables[i]);
		cr_expect(
		    str_begins(buf_str(&g.why), str_of(not_yet_variables[i])));
		done(&g);
	}
}

Test(conf, the_four_oldest_names_of_certificates_work)
{
	struct got g;

	setenv("MP_SMTP_SSL_CERT", "c.pem", 1);
	setenv("MP_SMTP_SSL_KEY", "k.pem", 1);
	configure(&g, "");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect(g.conf.tls);
	cr_expect_str_eq(g.conf.tls_cert, "c.pem");
	cr_expect_str_eq(g.conf.tls_key, "k.pem");
	done(&g);
	set_up();
	configure(&g, "--smtp-ssl-cert c.pem --smtp-ssl-key=k.pem");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect(g.conf.tls);
	cr_expect_str_eq(g.notices.data,
	    "--smtp-ssl-cert is now called --smtp-tls-cert\n"
	    "--smtp-ssl-key is now called --smtp-tls-key\n");
	done(&g);
}

Test(conf, numbers_are_strict)
{
	static const char *const bad[] = {"--max abc", "--max -1",
	    "--max-message-size -1", "--max-message-size 1048577",
	    "--max-message-size 1.5", "--smtp-max-recipients -1",
	    "--smtp-max-recipients 10001", "--smtp-max-errors 0",
	    "--smtp-command-timeout 0", "--max-connections 0"};
	struct got g;

	for (size_t i = 0; i < COUNT(bad); i++) {
		configure(&g, bad[i]);
		cr_expect_eq(g.verdict, OPTION_USAGE, "%s", bad[i]);
		done(&g);
	}
	setenv("MP_MAX_MESSAGES", "abc", 1);
	configure(&g, "");
	cr_expect_eq(g.verdict, OPTION_CONFIG);
	done(&g);
	set_up();
	configure(&g, "--smtp-max-recipients 0");
	cr_assert(g.settled);
	cr_expect_eq(g.conf.max_recipients, 100);
	done(&g);
}

Test(conf, help_names_every_option)
{
	struct buf out = BUF_INIT;

	conf_help(&out);
	for (size_t i = 0; i < conf_table.count; i++) {
		const struct option_row *row = &conf_table.rows[i];
		char *name = row->name != NULL ? mem_format("--%s", row->name)
					       : mem_dups(row->env);

		cr_expect_neq(strstr(out.data, name), NULL, "%s", name);
		free(name);
	}
	buf_fini(&out);
}

Test(conf, the_table_is_sound)
{
	for (size_t i = 0; i < conf_table.count; i++) {
		const struct option_row *a = &conf_table.rows[i];

		cr_expect(a->name != NULL || a->env != NULL);
		for (size_t k = i + 1; k < conf_table.count; k++) {
			const struct option_row *b = &conf_table.rows[k];

			cr_expect_not(a->name != NULL && b->name != NULL &&
					  strcmp(a->name, b->name) == 0,
			    "%s twice", a->name);
			cr_expect_not(a->env != NULL && b->env != NULL &&
					  strcmp(a->env, b->env) == 0,
			    "%s twice", a->env);
			cr_expect_not(a->letter != 0 && a->letter == b->letter,
			    "-%c twice", a->letter);
		}
	}
}
