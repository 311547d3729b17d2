/* SPDX-License-Identifier: MIT */
/* test_cert.c: certificates from files, and those we make ourselves */

#include "net/cert.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "pem.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DAY 86400

/* "sha256 Fingerprint=AB:CD:..." of openssl, as cert_fingerprint() has it. */
static void
assert_fingerprint(const struct cert *c, const char *path)
{
	char *output = support_path("fingerprint");
	const char *const argv[] = {"openssl", "x509", "-in", path, "-noout",
	    "-fingerprint", "-sha256", NULL};
	struct buf ours = BUF_INIT;
	struct str line;
	char *theirs;

	pem_run(output, argv);
	theirs = support_read(output);
	line = str_trim_crlf(str_of(theirs));
	str_cut(&line, '=');
	cert_fingerprint(c, &ours);
	cr_expect(str_ieq(buf_str(&ours), line), "%s", ours.data);
	cr_expect_eq(ours.len, 95);
	buf_fini(&ours);
	free(theirs);
	free(output);
}

static struct cert *
load(const char *chain, const char *key)
{
	struct buf why = BUF_INIT;
	struct cert *c = cert_load(chain, key, &why);

	cr_assert_neq(c, NULL, "%s", why.data);
	cr_expect_eq(why.len, 0);
	buf_fini(&why);
	return c;
}

Test(cert, keys_of_all_kinds_work)
{
	static const char *const kinds[] = {
	    "rsa:2048", "prime256v1", "secp384r1", "ed25519"};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct pem p = pem_make("one", kinds[i], "100");
		struct cert *c = load(p.cert, p.key);
		int64_t left = cert_expires(c) - (int64_t)time(NULL);

		cr_expect(left > 99 * DAY && left <= 100 * DAY, "%s: %ld",
		    kinds[i], (long)left);
		cr_expect_neq(cert_credentials(c), NULL);
		assert_fingerprint(c, p.cert);
		cert_free(c);
		pem_fini(&p);
	}
}

Test(cert, one_file_may_hold_both)
{
	struct pem p = pem_make("one", "prime256v1", "100");
	char *both = pem_join("both", p.key, p.cert);
	char *other = pem_join("other", p.cert, p.key);

	cert_free(load(both, both));
	cert_free(load(other, other));
	cert_free(load(both, other));
	free(both);
	free(other);
	pem_fini(&p);
}

/* Makes leaf.crt, signed by ca; returns its pair. */
static struct pem
make_leaf(const struct pem *ca)
{
	struct pem p = {pem_path("leaf", ".crt"), pem_path("leaf", ".key")};
	char *request = support_path("leaf.csr"), *log = support_path("log");
	const char *const ask[] = {"openssl", "req", "-new", "-nodes",
	    "-newkey", "rsa:2048", "-subj", "/CN=leaf", "-keyout", p.key,
	    "-out", request, NULL};
	const char *const sign[] = {"openssl", "x509", "-req", "-in", request,
	    "-CA", ca->cert, "-CAkey", ca->key, "-set_serial", "7", "-days",
	    "50", "-out", p.cert, NULL};

	pem_run(log, ask);
	pem_run(log, sign);
	free(request);
	free(log);
	return p;
}

static void
assert_refused(const char *chain, const char *key, const char *text)
{
	struct buf why = BUF_INIT;

	cr_expect_eq(cert_load(chain, key, &why), NULL, "%s", text);
	cr_expect_neq(strstr(why.data, text), NULL, "%s: %s", text, why.data);
	buf_fini(&why);
}

Test(cert, a_file_may_hold_more_certificates_than_a_chain_has)
{
	struct pem p = pem_make("one", "prime256v1", "100");
	struct pem stranger = pem_make("stranger", "prime256v1", "100");
	char *bundle = pem_join("bundle", p.cert, stranger.cert);
	struct cert *c;

	for (size_t i = 0; i < 4; i++) {
		char *more = pem_join("more", bundle, bundle);

		cr_assert_eq(rename(more, bundle), 0);
		free(more);
	}
	c = load(bundle, p.key);
	assert_fingerprint(c, p.cert);
	cert_free(c);
	free(bundle);
	pem_fini(&p);
	pem_fini(&stranger);
}

Test(cert, a_chain_begins_with_the_certificate_of_the_key)
{
	struct pem ca = pem_make("ca", "prime256v1", "100");
	struct pem leaf = make_leaf(&ca);
	struct pem stranger = pem_make("stranger", "prime256v1", "100");
	char *chain = pem_join("chain", leaf.cert, ca.cert);
	char *longer = pem_join("longer", leaf.cert, stranger.cert);
	char *reversed = pem_join("reversed", ca.cert, leaf.cert);
	const char *const good[] = {leaf.cert, chain, longer};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct cert *c = load(good[i], leaf.key);

		assert_fingerprint(c, leaf.cert);
		cert_free(c);
	}
	assert_refused(reversed, leaf.key, "does not match the certificate");
	free(chain);
	free(longer);
	free(reversed);
	pem_fini(&ca);
	pem_fini(&leaf);
	pem_fini(&stranger);
}

/* An RSA key in the older and the newer form, with a passphrase. */
static char *
encrypted_key(const char *from, bool old)
{
	char *path = support_path(old ? "old.key" : "new.key");
	char *log = support_path("log");
	const char *const argv[] = {"openssl", "rsa", "-in", from, "-aes128",
	    "-passout", "pass:secret", "-out", path,
	    old ? "-traditional" : NULL, NULL};

	pem_run(log, argv);
	free(log);
	return path;
}

Test(cert, what_cannot_be_used_is_refused_and_named)
{
	struct pem a = pem_make("a", "rsa:2048", "100");
	struct pem b = pem_make("b", "prime256v1", "100");
	char *old = encrypted_key(a.key, true);
	char *new = encrypted_key(a.key, false);
	char *junk = support_file("junk", "no certificate\n");
	char *empty = support_file("empty", "");
	char *missing = support_path("missing");
	char *folder = support_path("folder");
	char *cut = support_read(a.cert);
	char *half;

	cr_assert_eq(mkdir(folder, 0700), 0);
	cut[strlen(cut) / 2] = '\0';
	half = support_file("half", cut);
	assert_refused(a.cert, b.key, "does not match the certificate");
	assert_refused(b.cert, a.key, "does not match the certificate");
	assert_refused(a.cert, old, "is encrypted");
	assert_refused(a.cert, new, "is encrypted");
	assert_refused(a.cert, missing, missing);
	assert_refused(missing, a.key, missing);
	assert_refused(folder, a.key, folder);
	assert_refused(junk, a.key, junk);
	assert_refused(a.cert, junk, junk);
	assert_refused(empty, a.key, empty);
	assert_refused(a.cert, empty, empty);
	assert_refused(half, a.key, half);
	assert_refused(a.key, a.key, "no usable TLS certificate");
	assert_refused(a.cert, a.cert, "no usable TLS key");
	free(old);
	free(new);
	free(junk);
	free(empty);
	free(missing);
	free(folder);
	free(cut);
	free(half);
	pem_fini(&a);
	pem_fini(&b);
}

static struct cert *
make_self_signed(const char *names, const char *folder)
{
	struct buf why = BUF_INIT;
	struct cert *c = cert_self_signed(str_of(names), folder, &why);

	cr_assert_neq(c, NULL, "%s: %s", names, why.data);
	cr_expect_eq(why.len, 0);
	buf_fini(&why);
	return c;
}

static bool
same_cert(const struct cert *a, const struct cert *b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	bool same;

	cert_fingerprint(a, &x);
	cert_fingerprint(b, &y);
	same = str_eq(buf_str(&x), buf_str(&y));
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

/* What openssl says about the only certificate in a folder; owned. */
static char *
describe(const char *folder)
{
	char *path = support_only(folder), *output = support_path("text");
	const char *const argv[] = {
	    "openssl", "x509", "-in", path, "-noout", "-text", NULL};
	char *text;

	pem_run(output, argv);
	text = support_read(output);
	free(path);
	free(output);
	return text;
}

Test(cert, a_self_signed_one_is_for_its_names)
{
	char *folder = support_path("deep/folder");
	struct cert *c = make_self_signed(
	    "mail.example,*.dev,192.0.2.1,2001:db8::1", folder);
	int64_t left = cert_expires(c) - (int64_t)time(NULL);
	char *path = support_only(folder), *text = describe(folder);
	struct stat st;

	cr_expect(left > 364 * DAY && left <= 365 * DAY);
	cr_expect_neq(
	    strstr(text, "DNS:mail.example, DNS:*.dev, IP Address:192.0.2.1, "
			 "IP Address:2001:DB8:0:0:0:0:0:1"),
	    NULL, "%s", text);
	cr_expect_neq(strstr(text, "CN = mail.example"), NULL, "%s", text);
	cr_expect_neq(strstr(text, "prime256v1"), NULL, "%s", text);
	cr_expect_neq(strstr(text, "CA:FALSE"), NULL, "%s", text);
	cr_expect_neq(strstr(text, "TLS Web Server"), NULL, "%s", text);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_assert_eq(stat(folder, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
	cert_free(c);
	free(path);
	free(text);
	free(folder);
}

Test(cert, a_self_signed_one_is_made_once)
{
	static const struct {
		const char *names;
		size_t files;
	} rows[] = {{"a.b,c.d", 1}, {"a.b,c.d", 1}, {"A.B,c.D", 1},
	    {" a.b , c.d ", 1}, {"a.b,c.d,a.b,", 1}, {",a.b,,c.d", 1},
	    {"a.b", 2}, {"c.d,a.b", 3}};
	char *folder = support_path("folder");
	struct cert *first = make_self_signed(rows[0].names, folder);

	umask(0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cert *c = make_self_signed(rows[i].names, folder);

		cr_expect_eq(
		    support_count(folder), rows[i].files, "%s", rows[i].names);
		cr_expect_eq(same_cert(c, first), rows[i].files == 1, "%s",
		    rows[i].names);
		cert_free(c);
	}
	cert_free(first);
	free(folder);
}

Test(cert, a_self_signed_one_is_renewed_near_its_end)
{
	static const struct {
		const char *days;
		bool renewed;
	} rows[] = {{"1", true}, {"29", true}, {"31", false}, {"200", false}};
	char *folder = support_path("folder");

	cert_free(make_self_signed("a.b", folder));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pem p = pem_make("soon", "prime256v1", rows[i].days);
		char *both = pem_join("both", p.cert, p.key);
		char *path = support_only(folder);
		struct cert *soon = load(both, both), *c;

		cr_assert_eq(rename(both, path), 0);
		c = make_self_signed("a.b", folder);
		cr_expect_neq(
		    same_cert(c, soon), rows[i].renewed, "%s", rows[i].days);
		cr_expect_eq(support_count(folder), 1);
		cert_free(soon);
		cert_free(c);
		free(both);
		free(path);
		pem_fini(&p);
	}
	free(folder);
}

Test(cert, a_broken_self_signed_one_is_made_anew)
{
	static const char *const contents[] = {"", "junk\n",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
	char *folder = support_path("folder");

	cert_free(make_self_signed("a.b", folder));
	for (size_t i = 0; i < COUNT(contents); i++) {
		char *path = support_only(folder);
		char *broken = support_file("broken", contents[i]);
		struct stat st;

		cr_assert_eq(rename(broken, path), 0);
		cert_free(make_self_signed("a.b", folder));
		cr_assert_eq(stat(path, &st), 0);
		cr_expect_eq(st.st_mode & 07777, 0600);
		cr_expect_eq(support_count(folder), 1);
		free(path);
		free(broken);
	}
	free(folder);
}

Test(cert, what_a_crashed_process_left_does_not_matter)
{
	char *folder = support_path("folder"), *path, *left;
	FILE *f;

	cert_free(make_self_signed("a.b", folder));
	path = support_only(folder);
	left = mem_format("%s.%ld", path, (long)getpid());
	f = fopen(left, "w");
	cr_assert_neq(f, NULL);
	fclose(f);
	cr_assert_eq(unlink(path), 0);
	cert_free(make_self_signed("a.b", folder));
	free(path);
	free(left);
	free(folder);
}

Test(cert, a_self_signed_one_needs_names_and_a_folder)
{
	static const char *const none[] = {"", ",", " , ,"};
	char *folder = support_path("folder");
	char *file = support_file("file", ""), *below;
	struct buf why = BUF_INIT;

	for (size_t i = 0; i < COUNT(none); i++) {
		cr_expect_eq(
		    cert_self_signed(str_of(none[i]), folder, &why), NULL);
		cr_expect_str_eq(why.data, "sans: needs at least one name");
		buf_reset(&why);
	}
	cr_expect_eq(cert_self_signed(STR("a.b"), file, &why), NULL);
	cr_expect_neq(strstr(why.data, file), NULL, "%s", why.data);
	buf_reset(&why);
	below = mem_format("%s/below", file);
	cr_expect_eq(cert_self_signed(STR("a.b"), below, &why), NULL);
	cr_expect_neq(strstr(why.data, below), NULL, "%s", why.data);
	buf_fini(&why);
	free(below);
	free(folder);
	free(file);
}

/* All begin when the pipe closes, and write their fingerprints. */
static void
race(const char *folder, int begin, int result)
{
	struct buf mine = BUF_INIT, why = BUF_INIT;
	struct cert *c;
	char go;

	if (read(begin, &go, 1) != 0)
		_exit(2);
	c = cert_self_signed(STR("a.b,c.d"), folder, &why);
	if (c == NULL)
		_exit(4);
	cert_fingerprint(c, &mine);
	if (write(result, mine.data, mine.len) != 95)
		_exit(3);
	cert_free(c);
	buf_fini(&mine);
	_exit(0);
}

Test(cert, of_many_at_once_all_get_the_same)
{
	char *folder = support_path("folder");
	char first[95], next[95];
	int begin[2], result[2];
	size_t racers = 8;

	cr_assert_eq(pipe(begin), 0);
	cr_assert_eq(pipe(result), 0);
	for (size_t i = 0; i < racers; i++) {
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			close(begin[1]);
			race(folder, begin[0], result[1]);
		}
	}
	close(begin[1]);
	close(result[1]);
	cr_assert_eq(read(result[0], first, 95), 95);
	for (size_t i = 1; i < racers; i++) {
		cr_assert_eq(read(result[0], next, 95), 95);
		cr_expect_arr_eq(next, first, 95);
	}
	for (size_t i = 0; i < racers; i++) {
		int status;

		cr_assert_gt(wait(&status), 0);
		cr_expect_eq(status, 0);
	}
	cr_expect_eq(support_count(folder), 1);
	free(folder);
}
