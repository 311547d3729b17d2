/* SPDX-License-Identifier: MIT */
/* test_conf_web.c: what concerns pages and API in the configuration */

#include "conf/conf.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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

TestSuite(conf_web, .init = set_up);

struct got {
	struct conf conf;
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
	cr_assert_eq(
	    conf_read(&g->conf, argc, g->argv, &operand, &g->notices, &g->why),
	    OPTION_OK, "%s: %s", words, g->why.data);
	cr_assert(conf_settle(&g->conf, &g->notices, &g->why), "%s: %s", words,
	    g->why.data);
	g->settled = conf_settle_web(&g->conf, &g->notices, &g->why);
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

Test(conf_web, defaults_are_mailpits)
{
	struct got g;

	configure(&g, "");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect_str_eq(g.notices.data, "");
	cr_expect(g.conf.web);
	cr_expect_str_eq(g.conf.web_address.host, "::");
	cr_expect_str_eq(g.conf.web_address.port, "8025");
	cr_expect_str_eq(g.conf.web_path, "/");
	cr_expect_not(g.conf.web_tls || g.conf.ui_login || g.conf.send_login ||
		      g.conf.send_auth_accept_any || g.conf.block_remote ||
		      g.conf.hide_delete_all);
	cr_expect(g.conf.tags_from_plus && g.conf.tags_from_header);
	done(&g);
}

#define PAIR "--ui-tls-cert c.pem --ui-tls-key k.pem "

static const struct {
	const char *words, *why;
} contradictions[] = {
    {"--ui-tls-cert c.pem",
	"[ui] you must provide both a UI TLS certificate and a key"},
    {"--ui-tls-key k.pem",
	"[ui] you must provide both a UI TLS certificate and a key"},
    {"--send-api-auth-file f --send-api-auth-accept-any",
	"[ui] the send API cannot use both credentials and "
	"--send-api-auth-accept-any"},
    {"--listen 8025", "[ui] bind should be in the format of <ip>:<port>"},
    {"--listen unix:/tmp/x:999", "[ui] bind should be in the format of"},
    {"-l unix:/tmp/x", "[ui] bind should be in the format of"},
    {"--listen nowhere", "[ui] bind should be in the format of"},
    {"--webroot /a~b", "invalid characters in the webroot"},
    {"--webroot /a/../b", "invalid characters in the webroot"},
    {"--webroot .", "invalid characters in the webroot"},
    {"--webroot /a%2Fb", "invalid characters in the webroot"},
    {"--webroot /a\"b", "invalid characters in the webroot"},
    {"--webroot /a?b", "invalid characters in the webroot"},
    {"--webroot /caf\xc3\xa9", "invalid characters in the webroot"},
    {"--tags-disable tags", "[tags] invalid tags-disable value"},
    {"--tags-disable x-tags,all", "[tags] invalid tags-disable value"},
    {"--api-cors a\x0a", "[cors] --api-cors holds a line end"},
};

Test(conf_web, what_contradicts_itself_is_refused_with_its_reason)
{
	for (size_t i = 0; i < COUNT(contradictions); i++) {
		struct got g;

		if (strchr(contradictions[i].words, '\n') != NULL) {
			setenv("MP_API_CORS", "http://a\nhttp://b", 1);
			configure(&g, "");
		} else
			configure(&g, contradictions[i].words);
		cr_expect_not(g.settled, "%s", contradictions[i].words);
		cr_expect(
		    str_begins(buf_str(&g.why), str_of(contradictions[i].why)),
		    "%s: %s", contradictions[i].words, g.why.data);
		done(&g);
	}
}

Test(conf_web, a_webroot_begins_and_ends_with_a_slash)
{
	static const struct {
		const char *given, *path;
	} rows[] = {{"", "/"}, {"/", "/"}, {"//", "/"}, {"mail", "/mail/"},
	    {"/mail", "/mail/"}, {"mail/", "/mail/"}, {"/a//b/", "/a/b/"},
	    {"/A-1_2.3@x", "/A-1_2.3@x/"}, {"/...", "/.../"}};
	char *longest = mem_new(257), *path;

	for (size_t i = 0; i < COUNT(rows); i++) {
		path = conf_web_path(rows[i].given);
		cr_expect_str_eq(path, rows[i].path, "%s", rows[i].given);
		free(path);
	}
	memset(longest, 'a', 255);
	path = conf_web_path(longest);
	cr_expect_neq(path, NULL);
	free(path);
	longest[255] = 'a';
	cr_expect_eq(conf_web_path(longest), NULL);
	free(longest);
}

Test(conf_web, where_it_listens)
{
	struct got g;

	configure(&g, "--listen none");
	cr_assert(g.settled);
	cr_expect_not(g.conf.web);
	done(&g);
	configure(&g, "-l unix:/run/web.sock:0660");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect(g.conf.web && g.conf.web_address.local);
	cr_expect_eq(g.conf.web_address.mode, 0660);
	done(&g);
	setenv("MP_UI_BIND_ADDR", "127.0.0.1:80", 1);
	configure(&g, "");
	cr_expect_str_eq(g.conf.web_address.port, "80");
	done(&g);
}

static const struct {
	const char *words;
	const char *ui, *send; /* MP_UI_AUTH, MP_SEND_API_AUTH */
	bool tls, ui_login, send_login, warned;
} combinations[] = {
    {"", NULL, NULL, false, false, false, false},
    {PAIR, NULL, NULL, true, false, false, false},
    {"--ui-auth-file f", NULL, NULL, false, true, false, true},
    {"", "joe:secret", NULL, false, true, false, true},
    {PAIR, "joe:secret", NULL, true, true, false, false},
    {"--listen none --ui-auth-file f", NULL, NULL, false, true, false, false},
    {"--send-api-auth-file f", NULL, NULL, false, false, true, false},
    {"", NULL, "joe:secret", false, false, true, false},
    {"--send-api-auth-accept-any", "joe:secret", NULL, false, true, false,
	true},
};

Test(conf_web, what_is_asked_for)
{
	for (size_t i = 0; i < COUNT(combinations); i++) {
		struct got g;

		set_up();
		if (combinations[i].ui != NULL)
			setenv("MP_UI_AUTH", combinations[i].ui, 1);
		if (combinations[i].send != NULL)
			setenv("MP_SEND_API_AUTH", combinations[i].send, 1);
		configure(&g, combinations[i].words);
		cr_assert(g.settled, "%zu: %s", i, g.why.data);
		cr_expect_eq(g.conf.web_tls, combinations[i].tls, "%zu", i);
		cr_expect_eq(
		    g.conf.ui_login, combinations[i].ui_login, "%zu", i);
		cr_expect_eq(
		    g.conf.send_login, combinations[i].send_login, "%zu", i);
		cr_expect_eq(
		    strstr(g.notices.data, "passwords travel in clear") != NULL,
		    combinations[i].warned, "%zu: %s", i, g.notices.data);
		done(&g);
	}
}

Test(conf_web, the_older_names_of_the_certificate_work)
{
	struct got g;

	configure(&g, "--ui-ssl-cert c.pem --ui-ssl-key=k.pem");
	cr_assert(g.settled, "%s", g.why.data);
	cr_expect(g.conf.web_tls);
	cr_expect_str_eq(g.conf.ui_tls_cert, "c.pem");
	cr_expect_str_eq(g.notices.data,
	    "--ui-ssl-cert is now called --ui-tls-cert\n"
	    "--ui-ssl-key is now called --ui-tls-key\n");
	done(&g);
	setenv("MP_UI_SSL_CERT", "c.pem", 1);
	setenv("MP_UI_SSL_KEY", "k.pem", 1);
	configure(&g, "");
	cr_expect(g.conf.web_tls);
	done(&g);
}

Test(conf_web, which_tags_are_derived)
{
	static const struct {
		const char *words;
		bool plus, header;
	} rows[] = {{"", true, true}, {"--tags-disable x-tags", true, false},
	    {"--tags-disable plus-addresses", false, true},
	    {"--tags-disable plus-addresses,x-tags", false, false},
	    {"--tags-disable X-Tags,~,Plus-Addresses", false, false}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct got g;

		configure(&g, rows[i].words);
		cr_assert(g.settled, "%s", g.why.data);
		cr_expect_eq(g.conf.tags_from_plus, rows[i].plus, "%zu", i);
		cr_expect_eq(g.conf.tags_from_header, rows[i].header, "%zu", i);
		done(&g);
	}
}

static bool
ends_with_16_hex(const char *path, const char *head)
{
	struct str rest = str_skip(str_of(path), strlen(head));

	if (!str_begins(str_of(path), str_of(head)) || rest.n != 16)
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if (strchr("0123456789abcdef", rest.p[i]) == NULL)
			return false;
	return true;
}

Test(conf_web, where_the_index_is)
{
	static const struct {
		const char *words, *name, *value;
		const char *path; /* with a digest behind it if it ends in / */
	} rows[] = {
	    {"--index-dir /i", "CACHE_DIRECTORY", "/c", "/i"},
	    {"--index-dir i", NULL, NULL, "i"},
	    {"", "MP_INDEX_DIR", "/i", "/i"},
	    {"", "CACHE_DIRECTORY", "/c", "/c"},
	    {"", "CACHE_DIRECTORY", "/c:/d", "/c"},
	    {"", "XDG_CACHE_HOME", "/x", "/x/mailpit/"},
	    {"", "XDG_CACHE_HOME", "x", "/home/joe/.cache/mailpit/"},
	    {"", NULL, NULL, "/home/joe/.cache/mailpit/"},
	    {"", "HOME", "/", "/var/cache/mailpit-web"},
	};
	struct got a, b, c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path = rows[i].path;
		struct got g;

		set_up();
		if (rows[i].name != NULL)
			setenv(rows[i].name, rows[i].value, 1);
		configure(&g, rows[i].words);
		cr_assert(g.settled, "%s", g.why.data);
		cr_expect(path[strlen(path) - 1] == '/'
			      ? ends_with_16_hex(g.conf.index_folder, path)
			      : strcmp(g.conf.index_folder, path) == 0,
		    "row %zu: %s", i, g.conf.index_folder);
		done(&g);
	}
	/* Each Maildir has its own, whatever its path is written like. */
	set_up();
	configure(&a, "--maildir /tmp");
	configure(&b, "--maildir /tmp/../tmp");
	configure(&c, "--maildir /var");
	cr_expect_str_eq(a.conf.index_folder, b.conf.index_folder);
	cr_expect_str_neq(a.conf.index_folder, c.conf.index_folder);
	done(&a);
	done(&b);
	done(&c);
}

/* What stand-alone hands to mailpit.cgi must mean the same there. */
Test(conf_web, another_program_reads_the_same)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct str rest;
	struct got g, other;

	configure(&g,
	    "--maildir /m --label a~\"b'~c --webroot mail --max 7 -v "
	    "--hide-delete-all-button --tags-disable x-tags --listen :80");
	cr_assert(g.settled, "%s", g.why.data);
	cr_assert(option_write_environment(&conf_table, &g.conf, &text, &why));
	set_up();
	rest = buf_str(&text);
	while (rest.n > 0) {
		struct str value = str_cut(&rest, '\n');
		struct str name = str_cut(&value, '=');
		char *n = mem_dup(name.p, name.n), *v;

		if (value.n > 0 && value.p[0] == '"')
			value = str_make(value.p + 1, value.n - 2);
		v = mem_dup(value.p, value.n);
		setenv(n, v, 1);
		free(n);
		free(v);
	}
	configure(&other, "");
	cr_assert(other.settled, "%s", other.why.data);
	cr_expect_str_eq(other.notices.data, "");
	cr_expect_str_eq(other.conf.app, g.conf.app);
	cr_expect_str_eq(other.conf.maildir_path, "/m");
	cr_expect_str_eq(other.conf.web_path, "/mail/");
	cr_expect_str_eq(other.conf.web_address.port, "80");
	cr_expect_eq(other.conf.max_messages, 7);
	cr_expect(other.conf.verbose && other.conf.hide_delete_all);
	cr_expect_not(other.conf.quiet || other.conf.tags_from_header);
	buf_fini(&text);
	buf_fini(&why);
	done(&g);
	done(&other);
}
