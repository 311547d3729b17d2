/* SPDX-License-Identifier: MIT */
/* test_secrets.c: certificate and passwords as they are in the files now */

#include "conf/secrets.h"

#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "pem.h"

static char *log_path;

static void
set_up(void)
{
	log_path = support_path("log");
	cr_assert_eq(log_to_file(log_path), 0);
}

static void
tear_down(void)
{
	free(log_path);
}

TestSuite(secrets, .init = set_up, .fini = tear_down);

/* Puts a file in the place of another, as renewal does. */
static void
replace(const char *from, const char *to)
{
	char *text = support_read(from), *path = support_file("fresh", text);

	cr_assert_eq(rename(path, to), 0);
	free(text);
	free(path);
}

static void
overwrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_neq(f, NULL);
	cr_assert_geq(fputs(text, f), 0);
	cr_assert_eq(fclose(f), 0);
}

static void
assert_logged(const char *text)
{
	char *log = support_read(log_path);

	cr_expect_neq(strstr(log, text), NULL, "%s not in:\n%s", text, log);
	free(log);
	cr_assert_eq(truncate(log_path, 0), 0);
}

static void
assert_silent(void)
{
	char *log = support_read(log_path);

	cr_expect_str_eq(log, "");
	free(log);
}

/* A configuration with its files. */
struct place {
	struct conf conf;
	struct secrets secrets;
	struct pem a, b; /* two pairs to choose from */
	char *cert, *key, *passwd;
};

static void
place_init(struct place *p)
{
	*p = (struct place){.conf = {.tls = false}};
	p->a = pem_make("a", "prime256v1", "100");
	p->b = pem_make("b", "prime256v1", "90");
	p->cert = support_file("cert.pem", "");
	p->key = support_file("key.pem", "");
	p->passwd = support_file("passwd", "joe:secret\n");
	replace(p->a.cert, p->cert);
	replace(p->a.key, p->key);
	p->conf.tls_cert = p->cert;
	p->conf.tls_key = p->key;
	p->conf.auth_file = p->passwd;
	p->conf.tls = p->conf.credentials = true;
	secrets_init(&p->secrets, &p->conf);
}

static void
place_fini(struct place *p)
{
	secrets_fini(&p->secrets);
	pem_fini(&p->a);
	pem_fini(&p->b);
	free(p->cert);
	free(p->key);
	free(p->passwd);
}

static enum passwd_verdict
try(struct place *p, const char *password)
{
	const struct passwd *list = secrets_passwd(&p->secrets);

	if (list == NULL)
		return PASSWD_UNAVAILABLE;
	return passwd_verify(list, STR("joe"), str_of(password));
}

static void
assert_loads(struct place *p)
{
	struct buf why = BUF_INIT;

	cr_assert(secrets_load(&p->secrets, &why), "%s", why.data);
	buf_fini(&why);
}

Test(secrets, what_is_configured_is_loaded_and_nothing_else)
{
	struct place p;

	place_init(&p);
	assert_loads(&p);
	cr_expect_neq(secrets_cert(&p.secrets), NULL);
	cr_expect_eq(try(&p, "secret"), PASSWD_ACCEPTED);
	secrets_fini(&p.secrets);
	p.conf.tls = p.conf.credentials = false;
	assert_loads(&p);
	cr_expect_eq(secrets_cert(&p.secrets), NULL);
	cr_expect_eq(secrets_passwd(&p.secrets), NULL);
	assert_silent();
	place_fini(&p);
}

Test(secrets, what_does_not_load_is_named_at_start)
{
	struct buf why = BUF_INIT;
	struct place p;

	place_init(&p);
	replace(p.b.key, p.key);
	cr_expect_not(secrets_load(&p.secrets, &why));
	cr_expect_neq(strstr(why.data, p.key), NULL, "%s", why.data);
	buf_reset(&why);
	secrets_fini(&p.secrets);
	replace(p.a.key, p.key);
	overwrite(p.passwd, "joe:$nonsense$x\n");
	cr_expect_not(secrets_load(&p.secrets, &why));
	cr_expect_neq(strstr(why.data, p.passwd), NULL, "%s", why.data);
	cr_expect_neq(strstr(why.data, ":1: "), NULL, "%s", why.data);
	cr_expect_eq(strstr(why.data, "nonsense"), NULL, "%s", why.data);
	buf_fini(&why);
	place_fini(&p);
}

Test(secrets, they_load_when_they_are_needed)
{
	struct place p;

	place_init(&p);
	cr_expect_neq(secrets_cert(&p.secrets), NULL);
	cr_expect_eq(secrets_cert(&p.secrets), secrets_cert(&p.secrets));
	cr_expect_eq(try(&p, "secret"), PASSWD_ACCEPTED);
	cr_expect_eq(try(&p, "wrong"), PASSWD_REFUSED);
	assert_silent();
	place_fini(&p);
}

Test(secrets, without_a_change_nothing_is_loaded_again)
{
	const struct cert *cert;
	const struct passwd *list;
	struct place p;

	place_init(&p);
	assert_loads(&p);
	cert = secrets_cert(&p.secrets);
	list = secrets_passwd(&p.secrets);
	for (size_t i = 0; i < 10; i++)
		secrets_refresh(&p.secrets);
	cr_expect_eq(secrets_cert(&p.secrets), cert);
	cr_expect_eq(secrets_passwd(&p.secrets), list);
	assert_silent();
	place_fini(&p);
}

Test(secrets, a_renewed_pair_is_used_once_both_files_are_there)
{
	int64_t old, now;
	struct place p;

	place_init(&p);
	assert_loads(&p);
	old = cert_expires(secrets_cert(&p.secrets));
	replace(p.b.cert, p.cert);
	secrets_refresh(&p.secrets);
	/* Half of it is no pair: the last good one stays. */
	cr_assert_neq(secrets_cert(&p.secrets), NULL);
	cr_expect_eq(cert_expires(secrets_cert(&p.secrets)), old);
	assert_logged("the last good certificate stays");
	/* It is not tried again, and not logged again, until it changes. */
	secrets_refresh(&p.secrets);
	assert_silent();
	replace(p.b.key, p.key);
	secrets_refresh(&p.secrets);
	now = cert_expires(secrets_cert(&p.secrets));
	cr_expect_lt(now, old);
	assert_logged("certificate loaded again");
	place_fini(&p);
}

Test(secrets, a_pair_that_vanishes_stays_and_comes_back)
{
	struct place p;

	place_init(&p);
	assert_loads(&p);
	cr_assert_eq(unlink(p.key), 0);
	secrets_refresh(&p.secrets);
	cr_expect_neq(secrets_cert(&p.secrets), NULL);
	assert_logged(p.key);
	replace(p.a.key, p.key);
	secrets_refresh(&p.secrets);
	cr_expect_neq(secrets_cert(&p.secrets), NULL);
	assert_logged("certificate loaded again");
	place_fini(&p);
}

Test(secrets, a_pair_that_never_worked_is_tried_when_it_changes)
{
	struct place p;

	place_init(&p);
	overwrite(p.cert, "junk\n");
	cr_expect_eq(secrets_cert(&p.secrets), NULL);
	assert_logged("TLS is not available");
	/* Once per change is enough. */
	cr_expect_eq(secrets_cert(&p.secrets), NULL);
	assert_silent();
	replace(p.a.cert, p.cert);
	secrets_refresh(&p.secrets);
	cr_expect_neq(secrets_cert(&p.secrets), NULL);
	place_fini(&p);
}

Test(secrets, passwords_that_never_worked_let_nobody_in)
{
	struct place p;

	place_init(&p);
	overwrite(p.passwd, "joe:$nonsense$x\n");
	cr_expect_eq(try(&p, "$nonsense$x"), PASSWD_UNAVAILABLE);
	assert_logged("nobody can log in");
	cr_expect_eq(try(&p, "secret"), PASSWD_UNAVAILABLE);
	assert_silent();
	overwrite(p.passwd, "joe:secret\n");
	secrets_refresh(&p.secrets);
	cr_expect_eq(try(&p, "secret"), PASSWD_ACCEPTED);
	place_fini(&p);
}

/* Made as if 200 days ago, for 100 days. */
static struct pem
make_expired(void)
{
	struct pem p = {
	    support_path("expired.crt"), support_path("expired.key")};
	char *log = support_path("expired.log");
	const char *const argv[] = {"faketime", "-f", "-200d", "openssl", "req",
	    "-x509", "-nodes", "-newkey", "ed25519", "-subj", "/CN=localhost",
	    "-days", "100", "-keyout", p.key, "-out", p.cert, NULL};

	pem_run(log, argv);
	free(log);
	return p;
}

Test(secrets, an_expired_certificate_is_used_and_said)
{
	struct pem expired = make_expired();
	struct place p;

	place_init(&p);
	p.conf.tls_cert = expired.cert;
	p.conf.tls_key = expired.key;
	assert_loads(&p);
	cr_assert_neq(secrets_cert(&p.secrets), NULL);
	cr_expect_lt(
	    cert_expires(secrets_cert(&p.secrets)), (int64_t)time(NULL));
	assert_logged("has expired");
	place_fini(&p);
	pem_fini(&expired);
}

Test(secrets, changed_passwords_count_at_once)
{
	struct place p;

	place_init(&p);
	assert_loads(&p);
	overwrite(p.passwd, "joe:another\n");
	secrets_refresh(&p.secrets);
	cr_expect_eq(try(&p, "secret"), PASSWD_REFUSED);
	cr_expect_eq(try(&p, "another"), PASSWD_ACCEPTED);
	assert_logged("passwords loaded again");
	place_fini(&p);
}

Test(secrets, a_change_in_place_of_the_same_length_is_seen)
{
	struct place p;

	place_init(&p);
	assert_loads(&p);
	/* Longer than the grain of the file system's clock. */
	usleep(50000);
	overwrite(p.passwd, "joe:tecres\n");
	secrets_refresh(&p.secrets);
	cr_expect_eq(try(&p, "tecres"), PASSWD_ACCEPTED);
	cr_expect_eq(try(&p, "secret"), PASSWD_REFUSED);
	place_fini(&p);
}

Test(secrets, while_the_password_file_is_broken_nobody_gets_in)
{
	static const char *const broken[] = {
	    "", "# nobody\n", "joe\n", "joe:secret\nx:$9$y\n", "joe:\n"};
	struct place p;

	place_init(&p);
	assert_loads(&p);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		overwrite(p.passwd, broken[i]);
		secrets_refresh(&p.secrets);
		cr_expect_eq(try(&p, "secret"), PASSWD_UNAVAILABLE, "%zu", i);
		assert_logged("nobody can log in");
		overwrite(p.passwd, "joe:secret\n");
		secrets_refresh(&p.secrets);
		cr_expect_eq(try(&p, "secret"), PASSWD_ACCEPTED, "%zu", i);
		assert_logged("passwords loaded again");
	}
	cr_assert_eq(unlink(p.passwd), 0);
	secrets_refresh(&p.secrets);
	cr_expect_eq(try(&p, "secret"), PASSWD_UNAVAILABLE);
	assert_logged(p.passwd);
	place_fini(&p);
}

Test(secrets, passwords_from_the_environment_need_no_file)
{
	struct place p;

	place_init(&p);
	p.conf.auth_file = NULL;
	p.conf.auth_list = "joe:one joe:two";
	assert_loads(&p);
	secrets_refresh(&p.secrets);
	cr_expect_eq(try(&p, "two"), PASSWD_ACCEPTED);
	cr_expect_eq(try(&p, "one"), PASSWD_REFUSED);
	assert_silent();
	place_fini(&p);
}

Test(secrets, the_file_wins_over_the_environment)
{
	struct place p;

	place_init(&p);
	p.conf.auth_list = "joe:list";
	assert_loads(&p);
	cr_expect_eq(try(&p, "secret"), PASSWD_ACCEPTED);
	cr_expect_eq(try(&p, "list"), PASSWD_REFUSED);
	place_fini(&p);
}

Test(secrets, self_signed_ones_are_made_in_the_state_folder)
{
	char *folder = support_path("state");
	struct place p;

	place_init(&p);
	p.conf.tls_cert = p.conf.tls_key = "sans:a.b,c.d";
	p.conf.state_folder = folder;
	assert_loads(&p);
	cr_expect_neq(secrets_cert(&p.secrets), NULL);
	cr_expect_eq(support_count(folder), 1);
	secrets_refresh(&p.secrets);
	cr_expect_eq(support_count(folder), 1);
	assert_silent();
	place_fini(&p);
	free(folder);
}

Test(secrets, a_self_signed_one_is_renewed_near_its_end)
{
	char *folder = support_path("state"), *both, *path;
	struct pem soon = pem_make("soon", "prime256v1", "20");
	struct place p;

	place_init(&p);
	p.conf.tls_cert = p.conf.tls_key = "sans:a.b";
	p.conf.state_folder = folder;
	assert_loads(&p);
	/* As if it had been loaded a year ago. */
	both = pem_join("both", soon.cert, soon.key);
	path = support_only(folder);
	cr_assert_eq(rename(both, path), 0);
	cert_free(p.secrets.cert);
	p.secrets.cert = cert_load(path, path, &(struct buf)BUF_INIT);
	cr_assert_neq(p.secrets.cert, NULL);
	p.secrets.pair.expires = cert_expires(p.secrets.cert);
	secrets_refresh(&p.secrets);
	cr_expect_gt(cert_expires(secrets_cert(&p.secrets)),
	    (int64_t)time(NULL) + 300 * 86400);
	assert_logged("certificate loaded again");
	place_fini(&p);
	pem_fini(&soon);
	free(folder);
	free(both);
	free(path);
}

Test(secrets, self_signed_ones_need_the_same_names_twice)
{
	static const struct {
		const char *cert, *key, *text;
	} rows[] = {{"sans:a.b", "sans:c.d", "must name the same hosts"},
	    {"sans:a.b", "/k.pem", "must name the same hosts"},
	    {"/c.pem", "sans:a.b", "must name the same hosts"},
	    {"sans:", "sans:", "needs at least one name"}};
	char *folder = support_path("state");
	struct place p;

	place_init(&p);
	p.conf.state_folder = folder;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf why = BUF_INIT;

		p.conf.tls_cert = rows[i].cert;
		p.conf.tls_key = rows[i].key;
		cr_expect_not(secrets_load(&p.secrets, &why));
		cr_expect_neq(
		    strstr(why.data, rows[i].text), NULL, "%s", why.data);
		secrets_fini(&p.secrets);
		buf_fini(&why);
	}
	place_fini(&p);
	free(folder);
}

/* What pages and API are configured with, and whether it may serve. */
Test(secrets, those_of_the_pages_are_checked)
{
	char *folder = support_path("state");
	char *broken = support_file("broken", "joe:$nonsense$x\n");
	struct place p;
	struct conf *c = &p.conf;

	place_init(&p);
	c->state_folder = folder;
	const struct {
		const char *cert, *key, *ui_file, *ui_list, *send_file;
		const char *text; /* NULL: all is well */
	} rows[] = {
	    {NULL, NULL, NULL, NULL, NULL, NULL},
	    {p.cert, p.key, p.passwd, NULL, p.passwd, NULL},
	    {"sans:a.b", "sans:a.b", "", "joe:secret", NULL, NULL},
	    {p.cert, p.b.key, NULL, NULL, NULL, p.b.key},
	    {"sans:a.b", "sans:c.d", NULL, NULL, NULL, "the same hosts"},
	    {p.cert, "/none", NULL, NULL, NULL, "/none"},
	    {NULL, NULL, "/none", NULL, NULL, "/none"},
	    {NULL, NULL, broken, "joe:secret", NULL, ":1: "},
	    {NULL, NULL, NULL, "joe", NULL, "MP_UI_AUTH"},
	    {NULL, NULL, p.passwd, NULL, broken, ":1: "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf why = BUF_INIT;

		c->ui_tls_cert = rows[i].cert;
		c->ui_tls_key = rows[i].key;
		c->web_tls = rows[i].cert != NULL;
		c->ui_auth_file = rows[i].ui_file;
		c->ui_auth_list = rows[i].ui_list;
		c->ui_login =
		    rows[i].ui_file != NULL || rows[i].ui_list != NULL;
		c->send_auth_file = rows[i].send_file;
		c->send_login = rows[i].send_file != NULL;
		cr_expect_eq(secrets_check_web(c, &why), rows[i].text == NULL,
		    "row %zu: %s", i, why.data);
		if (rows[i].text != NULL)
			cr_expect_neq(strstr(why.data, rows[i].text), NULL,
			    "row %zu: %s", i, why.data);
		cr_expect_eq(strstr(why.data, "nonsense"), NULL);
		buf_fini(&why);
	}
	assert_silent();
	place_fini(&p);
	free(folder);
	free(broken);
}
