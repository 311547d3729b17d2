/* SPDX-License-Identifier: MIT */
/* test_passwd.c: every form of the password file, and every refusal */

#include "net/passwd.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "support.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ODD "p\xc3\xa4: ss:w\xc3\xb6rd \xe2\x98\x83"

/*
 * Hashes of "secret", made by htpasswd, mkpasswd and openssl passwd; {SSHA},
 * $7$ with p = 2 and $sha1$ by the libraries of Python and Perl. The last
 * ones, from crypt(3), are yescrypt with p, with t, and with both.
 */
static const char *const secrets[] = {
    "secret",
    "{PLAIN}secret",
    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "{SSHA}+RFhsab2AfzZ0VfEdyknXtUT06RhYmNk",
    "{SSHA}/oZVgUPAvVKPZJoVO9wyuPqQMBxz",
    "{SSHA}KLsEYf3sB0oEwZ+uQh+7XDdpmaMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFi"
    "Y2RlZg==",
    "$apr1$8sGIkD.z$yBzHSuKH0NZjE.xFzsRx1/",
    "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0",
    "$1$saltsalt$9xy1btjgzLYfb7hivXtC//",
    "$1$R/s9DZ2S$3bUlFsw.06MGb/ToJcreI.",
    "$2y$05$ZzpFzMNNOCy5RSf9Y7Dw0e2txId2GikDbk6SEpsStisAsXJIQgJvi",
    "$2x$05$ZzpFzMNNOCy5RSf9Y7Dw0e2txId2GikDbk6SEpsStisAsXJIQgJvi",
    "$2b$05$rjNtoPrZ9/5/55o9fawGn.as3ArvEqKc1cRxQCSpO.wH3gbkbdtpa",
    "$2a$05$PHE8Lij3Z4yCTsu7yAGRY.B.41B6HdWXEPUrlS7jnel.yCHW0hBVW",
    "$3$$878d8014606cda29677a44efa1353fc7",
    "$5$x$u/w5rkS/ZkEW8w7w0VcSy915tS82tDWKB5Ee9giohyD",
    "$5$R4MsVc1Nk/M2UXnT$Szkb53037NZR0Z/h5zFeJYvmjWFS3lSl.4/6PSFVJm3",
    "$5$rounds=1000$mUkcgJ0F6NvF5Zgj$ZL4.47d3lIZd37dyA4q1Fy9v464Hz54H61hORH"
    "izRn6",
    "$6$abcdefghijklmnop$J/AWykHqo2Tx5UtavGnFc3ytI33la50JpzLTarSWVhkIXK6wOj"
    "NwwZjsrIw2UgmrER2EKrSHCeQyAINEEXAk1/",
    "$6$rounds=12345$n0BuCm1HIXH.toK2$iqrNISDriZIk/yMXKEPbdkIqBjWc8B6y6jRh1"
    "QdlxjaKKGj52x288fBmcc4lEVILVaIF7bqKUXUUDetDfvwfG.",
    "$7$CU..../....L6RLTZLC9ADfniBLk8hQv.$SYp0eSbxeGWZaNcU.KshWed/u0TAZCOxI"
    "Of9yRedo/8",
    "$7$86....0....saltsalt$xMQDpnpLBMnkRoRKSoOnWmbvZMXKIwW2/Ny.nd6BHZ6",
    "$sha1$1000$abcdefgh$ji8ESnkwjcTjo4hThodnLYyi.3yG",
    "$md5,rounds=52909$8U1hSvO1$$BwlMC/7DbVaXymSF7KHDf.",
    "$y$j9T$.hmlHRrbfGsiNUdCbGfPH1$1k2iFRet1kOkQfLYDVLsiwGjcGeGGM5DuJBOiwaT"
    "a8/",
    "$y$j75$s3nUf/zW7MxTSqkeOW/b61$I3tur9LiAtrt1P6l9imHE6yDf3eOfwnNfbqQErM6"
    "Yr/",
    "$gy$j9T$igqlLD2qlGZLBDAw5uXnq1$U7FGfC92x7tVy36zzLVDZMw10dn7qw/jvZAhwww"
    "IjO4",
    "$md5,rounds=10$saltsalt$XSE4S.npuhDzYIGyzT3ac0",
    "$y$j75..$saltsalt$HCpQJnpd.I8.RogFyqDpCSkZ7JEwqcUcZ9nAR9CzR97",
    "$gy$j75./$saltsalt$9KTYnjva4Vi27nnLOibOxXcJxFPpBQD7DcK4WQ2PWE0",
    "$y$j75/.$saltsalt$PQb7XuCpw75n45lVpgrLil8PTckSmleu9er.GvSFa3B",
    "$y$j750..$saltsalt$By21BNESnUz1oRFQQxozq4tVOFG/T4dRqRZrVZg0/34",
};

/* Other passwords than "secret", from the same tools. */
static const struct {
	const char *label;
	char fill; /* the password is len times this, or text */
	size_t len;
	const char *text;
	const char *secret;
} odd[] = {
    {"one, apr1", 'a', 1, NULL, "$apr1$US/xBMz.$6ulPfuG0QAJQ/3REqMHO.1"},
    {"one, bcrypt", 'a', 1, NULL,
	"$2b$05$GiXC4WoMWp7r/rcQylYCue1OEmmXGu4DS3/6sRV7F2UC5nIlw9pOq"},
    {"one, yescrypt", 'a', 1, NULL,
	"$y$j75$sFpC7tdCGpa.EIF2pZNKe.$QWFuF2p1o5KaLgmEYN4FNKI6F3pFmIl4qxeUBlF"
	"WCS."},
    {"apr1 of 1", 'q', 1, NULL, "$apr1$sa1.t/Zz$IDFKM3dDCDYwm1BYvrB9p/"},
    {"apr1 of 15", 'q', 15, NULL, "$apr1$sa1.t/Zz$IcmiA43ejTh.bb0QXUaje."},
    {"apr1 of 16", 'q', 16, NULL, "$apr1$sa1.t/Zz$ZTee6//09ahwu8amZJ1JZ1"},
    {"apr1 of 17", 'q', 17, NULL, "$apr1$sa1.t/Zz$xrnCcurAld.o/Zhoq.OYu/"},
    {"apr1 of 32", 'q', 32, NULL, "$apr1$sa1.t/Zz$kh.gaRVC.tSoXUShfxVIZ1"},
    {"apr1 of 33", 'q', 33, NULL, "$apr1$sa1.t/Zz$bb.UzdZMcFIo42HsrsGop."},
    {"apr1 of 200", 'q', 200, NULL, "$apr1$sa1.t/Zz$pST47qwdbiISeQcYVel8S."},
    {"511, sha1", 'x', 511, NULL, "{SHA}SLD8m4UVwdvMi3gRr/r6Zd+kY6k="},
    {"511, md5crypt", 'x', 511, NULL, "$1$7zxGQRKD$SffpKL5q2S7qNs3wcQWUG1"},
    {"511, sha512crypt", 'x', 511, NULL,
	"$6$rounds=1000$SKgUaGuW0LAdKqTM$UF/bHhgWDe2jc6KUTWy0B4rw6GIDfYqFsdyK."
	"U7uM7DBABv3aRU8EKvYE0JJx2Y/xf9UXJh1y9.EHd3cehEfM."},
    {"511, yescrypt", 'x', 511, NULL,
	"$y$j75$CdkLNKd0L02oi/oq5UMK.1$ttpedYxCoHuU/YmigfcWIlM93SoVR6n7LvxoJ.f"
	"i2C6"},
    {"odd, plain", 0, 0, ODD, ODD},
    {"odd, {PLAIN}", 0, 0, ODD, "{PLAIN}" ODD},
    {"odd, sha1", 0, 0, ODD, "{SHA}HhM74wn5Bmih+E0TeFVVYdPpi70="},
    {"odd, apr1", 0, 0, ODD, "$apr1$JuyuawgE$z1CKliq8xHrGLURf5OqJq."},
    {"odd, md5crypt", 0, 0, ODD, "$1$ab$acV59r9xHs..6O928p66s/"},
    {"odd, bcrypt", 0, 0, ODD,
	"$2y$04$M/qA45r5nB.DBoa1Ffkc3OU4qhXlaJxzboLMii3s0PaJqb7LP8XHS"},
    {"odd, sha256crypt", 0, 0, ODD,
	"$5$rounds=1000$4Z.lf8CGRp94XV5r$ZzrGpezUokxz6Z9cfY6MS.ygnFLWNrjBgCggK"
	"zB2N//"},
    {"dollar", 0, 0, "$6$no hash", "{PLAIN}$6$no hash"},
    {"brace", 0, 0, "{SHA}", "{PLAIN}{SHA}"},
    {"twice", 0, 0, "{PLAIN}x", "{PLAIN}{PLAIN}x"},
    {"exclamation mark", 0, 0, "!x", "{PLAIN}!x"},
    {"star", 0, 0, "*", "{PLAIN}*"},
    {"blank", 0, 0, " x", "{PLAIN} x"},
    {"inside", 0, 0, "a!*${}#b", "a!*${}#b"},
    {"number sign", 0, 0, "#x", "#x"},
    {"colon", 0, 0, ":", ":"},
    {"equals sign", 0, 0, "=", "="},
    {"DES crypt is plain", 0, 0, "y8Go8sxwk1E6g", "y8Go8sxwk1E6g"},
    {"BSDi crypt is plain", 0, 0, "_J9..abcdTZ/33djMPto",
	"_J9..abcdTZ/33djMPto"},
};

/* Loads one text as a file; fails the test when it is refused. */
static struct passwd *
load(const char *text)
{
	char *path = support_file("passwd", text);
	struct buf why = BUF_INIT;
	struct passwd *list = passwd_load(path, &why);

	cr_assert_not_null(list, "%s", why.data);
	cr_assert_eq(why.len, 0, "no text without an error");
	free(path);
	return list;
}

/* A file of one user, u. Returns NULL when it is refused. */
static struct passwd *
load_secret(const char *secret)
{
	char *line = mem_format("u:%s\n", secret);
	char *path = support_file("passwd", line);
	struct buf why = BUF_INIT;
	struct passwd *list = passwd_load(path, &why);

	cr_assert((list == NULL) == (why.len != 0), "%s", secret);
	buf_fini(&why);
	free(path);
	free(line);
	return list;
}

static enum passwd_verdict
verify(const struct passwd *list, const char *user, const char *password)
{
	return passwd_verify(list, str_of(user), str_of(password));
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

Test(passwd, every_form_lets_the_right_password_in)
{
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct passwd *list = load_secret(secrets[i]);

		cr_assert_not_null(list, "%s", secrets[i]);
		cr_assert_eq(passwd_count(list), 1);
		cr_expect_eq(verify(list, "u", "secret"), PASSWD_ACCEPTED, "%s",
		    secrets[i]);
		passwd_free(list);
	}
}

Test(passwd, every_form_keeps_other_passwords_and_users_out)
{
	static const char *const wrong[] = {"", "secre", "secrets", "Secret",
	    "tecret", " secret", "secret ", "secret\n"};

	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct passwd *list = load_secret(secrets[i]);

		for (size_t k = 0; k < COUNT(wrong); k++)
			cr_expect_eq(verify(list, "u", wrong[k]),
			    PASSWD_REFUSED, "%s: %s", secrets[i], wrong[k]);
		cr_expect_eq(verify(list, "v", "secret"), PASSWD_REFUSED, "%s",
		    secrets[i]);
		if (strcmp(secrets[i], "secret") != 0)
			cr_expect_eq(verify(list, "u", secrets[i]),
			    PASSWD_REFUSED, "%s is its password", secrets[i]);
		passwd_free(list);
	}
}

Test(passwd, odd_passwords_work_in_every_way_they_can_be_written)
{
	for (size_t i = 0; i < COUNT(odd); i++) {
		char password[512] = "";
		struct passwd *list = load_secret(odd[i].secret);

		if (odd[i].text == NULL)
			memset(password, odd[i].fill, odd[i].len);
		else
			snprintf(password, sizeof(password), "%s", odd[i].text);
		cr_assert_not_null(list, "%s", odd[i].label);
		cr_expect_eq(verify(list, "u", password), PASSWD_ACCEPTED, "%s",
		    odd[i].label);
		password[0] ^= 1;
		cr_expect_eq(verify(list, "u", password), PASSWD_REFUSED, "%s",
		    odd[i].label);
		passwd_free(list);
	}
}

Test(passwd, a_plain_password_has_one_to_511_octets)
{
	static const size_t lengths[] = {1, 2, 72, 73, 255, 256, 510, 511};
	char text[513] = "";

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct passwd *list;

		memset(text, 'x', lengths[i]);
		text[lengths[i]] = '\0';
		list = load_secret(text);
		cr_assert_not_null(list, "%zu", lengths[i]);
		cr_expect_eq(verify(list, "u", text), PASSWD_ACCEPTED, "%zu",
		    lengths[i]);
		text[lengths[i]] = 'x';
		text[lengths[i] + 1] = '\0';
		cr_expect_eq(
		    verify(list, "u", text), PASSWD_REFUSED, "%zu", lengths[i]);
		passwd_free(list);
	}
	memset(text, 'x', 512);
	cr_expect_null(load_secret(text), "512 octets");
}

/* {SHA} of 512 times x would match, were it not for the length. */
Test(passwd, a_password_of_512_octets_is_refused_whatever_the_form)
{
	struct passwd *list = load_secret("{SHA}jViCDGZyqPFo17U+cHuBdd5zRas=");
	char text[513] = "";

	memset(text, 'x', 512);
	cr_expect_eq(verify(list, "u", text), PASSWD_REFUSED);
	passwd_free(list);
}

Test(passwd, a_nul_is_refused_in_user_and_password)
{
	struct passwd *list = load("u:secret\n");

	cr_expect_eq(
	    passwd_verify(list, STR("u"), STR("secret\0")), PASSWD_REFUSED);
	cr_expect_eq(
	    passwd_verify(list, STR("u"), STR("\0secret")), PASSWD_REFUSED);
	cr_expect_eq(
	    passwd_verify(list, STR("u\0"), STR("secret")), PASSWD_REFUSED);
	cr_expect_eq(
	    passwd_verify(list, STR("u:"), STR("secret")), PASSWD_REFUSED);
	cr_expect_eq(
	    passwd_verify(list, STR("u\n"), STR("secret")), PASSWD_REFUSED);
	cr_expect_eq(
	    passwd_verify(list, STR(""), STR("secret")), PASSWD_REFUSED);
	passwd_free(list);
	list = load("u:$1$saltsalt$9xy1btjgzLYfb7hivXtC//\n");
	cr_expect_eq(passwd_verify(list, STR("u"), STR("secret\0x")),
	    PASSWD_REFUSED, "crypt would see secret only");
	passwd_free(list);
}

Test(passwd, a_file_may_have_comments_blanks_crlf_and_no_final_newline)
{
	struct passwd *list = load("\xef\xbb\xbf# users: x\r\n\r\n  \t \n"
				   "\t # a : b\n"
				   " alice:in wonder land\t \r\n"
				   "b b@example.org:b:c\r\n"
				   "\xc3\xa4:utf8");

	cr_expect_eq(passwd_count(list), 3);
	cr_expect_eq(verify(list, "alice", "in wonder land"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "Alice", "in wonder land"), PASSWD_REFUSED);
	cr_expect_eq(verify(list, "b b@example.org", "b:c"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "\xc3\xa4", "utf8"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "# users", "x"), PASSWD_REFUSED);
	passwd_free(list);
	list = load("\xef\xbb\xbfu:p");
	cr_expect_eq(verify(list, "u", "p"), PASSWD_ACCEPTED);
	passwd_free(list);
}

Test(passwd, a_later_line_wins)
{
	struct passwd *list = load("u:one\nv:two\nu:{PLAIN}three\nw:!\n");

	cr_expect_eq(passwd_count(list), 4);
	cr_expect_eq(verify(list, "u", "three"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "u", "one"), PASSWD_REFUSED);
	cr_expect_eq(verify(list, "v", "two"), PASSWD_ACCEPTED);
	passwd_free(list);
	list = load("u:one\nu:!$1$saltsalt$9xy1btjgzLYfb7hivXtC//\n");
	cr_expect_eq(verify(list, "u", "one"), PASSWD_REFUSED, "locked later");
	passwd_free(list);
}

Test(passwd, a_locked_user_never_gets_in)
{
	static const char *const locked[] = {"!", "*", "!!", "!*",
	    "!$1$saltsalt$9xy1btjgzLYfb7hivXtC//",
	    "*{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "!$y$anything"};

	for (size_t i = 0; i < COUNT(locked); i++) {
		char *text = mem_format("v:x\nu:%s\n", locked[i]);
		struct passwd *list = load(text);

		cr_expect_eq(verify(list, "u", "secret"), PASSWD_REFUSED, "%s",
		    locked[i]);
		cr_expect_eq(verify(list, "u", locked[i]), PASSWD_REFUSED, "%s",
		    locked[i]);
		cr_expect_eq(verify(list, "u", "x"), PASSWD_REFUSED,
		    "%s: the password of another", locked[i]);
		cr_expect_eq(verify(list, "v", "x"), PASSWD_ACCEPTED);
		passwd_free(list);
		list = load(strchr(text, '\n') + 1);
		cr_expect_eq(verify(list, "u", "secret"), PASSWD_REFUSED,
		    "%s: nobody else there", locked[i]);
		passwd_free(list);
		free(text);
	}
}

#define H22 "9xy1btjgzLYfb7hivXtC//"
#define H31 "as3ArvEqKc1cRxQCSpO.wH3gbkbdtpa"
#define H86                                                                    \
	"9xy1btjgzLYfb7hivXtC//9xy1btjgzLYfb7hivXtC/"                          \
	"9xy1btjgzLYfb7hivXtC//9xy1btjgzLYfb7hivXtC/"

/* The whole text is compared: nothing of the line is in it. */
static const struct {
	const char *line;
	const char *text;
} refused[] = {
    {"nobody", "no ':' between user and password"},
    {":secret", "no user in front of ':'"},
    {":", "no user in front of ':'"},
    {"u:", "empty password"},
    {"u: ", "empty password"},
    {"u :secret", "blank in front of ':'"},
    {"u\x01:secret", "control character"},
    {"u:sec\tret", "control character"},
    {"u:sec\rret", "control character"},
    {"u:sec\x7fret", "control character"},
    {"u:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ", "malformed {SHA} password"},
    {"u:$1$saltsalt$9xy1btjgzLYfb7hivXtC/", "malformed md5crypt password"},
};

Test(passwd, every_refusal_names_file_and_line_and_no_secret)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		char *text = mem_format(
		    "# one\r\n\r\na:b\n%s\nu:later\n", refused[i].line);
		char *path = support_file("passwd", text);
		char *expected = mem_format("%s:4: %s", path, refused[i].text);
		struct buf why = BUF_INIT;

		cr_expect_null(passwd_load(path, &why), "%s", refused[i].line);
		cr_expect_str_eq(
		    why.data, expected, "%s: %s", refused[i].line, why.data);
		buf_fini(&why);
		free(expected);
		free(path);
		free(text);
	}
}

Test(passwd, a_cut_or_changed_secret_is_never_accepted)
{
	for (size_t i = 1; i < COUNT(secrets); i++) {
		char *secret = mem_dups(secrets[i]);
		size_t n = strlen(secret);
		struct passwd *list;

		secret[n - 2] = secret[n - 2] == 'a' ? 'b' : 'a';
		list = load_secret(secret);
		if (list != NULL)
			cr_expect_eq(verify(list, "u", "secret"),
			    PASSWD_REFUSED, "%s", secret);
		passwd_free(list);
		for (n = strlen(secrets[i]); n-- > 0;) {
			memcpy(secret, secrets[i], n);
			secret[n] = '\0';
			list = load_secret(secret);
			if (list != NULL)
				cr_expect_eq(verify(list, "u", "secret"),
				    PASSWD_REFUSED, "%s", secret);
			passwd_free(list);
		}
		free(secret);
	}
}

Test(passwd, the_unused_bits_of_a_bcrypt_salt_do_not_matter)
{
	struct passwd *list = load_secret("$2y$05$ZzpFzMNNOCy5RSf9Y7Dw0f2txId2G"
					  "ikDbk6SEpsStisAsXJIQgJvi");

	cr_expect_eq(verify(list, "u", "secret"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "u", "secrets"), PASSWD_REFUSED);
	passwd_free(list);
}

static void
expect_unreadable(const char *path, const char *text)
{
	char *expected = mem_format("%s: %s", path, text);
	struct buf why = BUF_INIT;

	cr_expect_null(passwd_load(path, &why), "%s", text);
	cr_expect_str_eq(why.data, expected, "%s", why.data);
	buf_fini(&why);
	free(expected);
}

Test(passwd, a_file_that_is_missing_empty_or_no_file_is_refused)
{
	static const char *const empty[] = {"", "\n", " \r\n\t\n",
	    "# only\n#u:x", "\xef\xbb\xbf", "\xef\xbb\xbf\n"};
	char *path = support_path("missing");

	expect_unreadable(path, "No such file or directory");
	free(path);
	path = support_path(".");
	expect_unreadable(path, "Is a directory");
	free(path);
	expect_unreadable("/dev/null", "Not a regular file");
	for (size_t i = 0; i < COUNT(empty); i++) {
		path = support_file("empty", empty[i]);
		expect_unreadable(path, "no user in it");
		free(path);
	}
}

Test(passwd, a_file_has_at_most_16_mib)
{
	char *path = support_file("big", "u:secret\n#");
	struct buf why = BUF_INIT;
	struct passwd *list;

	cr_assert_eq(truncate(path, PASSWD_FILE_MAX), 0);
	list = passwd_load(path, &why);
	cr_expect_not_null(list, "%s", why.data);
	passwd_free(list);
	cr_assert_eq(truncate(path, PASSWD_FILE_MAX + 1), 0);
	expect_unreadable(path, "File too large");
	free(path);
}

Test(passwd, a_nul_in_a_line_is_a_control_character)
{
	char *path = support_file("nul", "u:se");
	char *expected = mem_format("%s:1: control character", path);
	struct buf why = BUF_INIT;

	cr_assert_eq(truncate(path, 5), 0);
	cr_expect_null(passwd_load(path, &why));
	cr_expect_str_eq(why.data, expected);
	buf_fini(&why);
	free(expected);
	free(path);
}

Test(passwd, a_list_is_split_at_blanks)
{
	struct buf why = BUF_INIT;
	struct passwd *list = passwd_parse_list(STR(" a:b\t#c:d:e\r\nu:"
						    "{SHA}5en6G6MezRroT3XKqkdP"
						    "OmY/BfQ=  a:f "),
	    "MP_SMTP_AUTH", &why);

	cr_assert_not_null(list, "%s", why.data);
	cr_expect_eq(passwd_count(list), 4);
	cr_expect_eq(verify(list, "a", "f"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "a", "b"), PASSWD_REFUSED);
	cr_expect_eq(verify(list, "#c", "d:e"), PASSWD_ACCEPTED);
	cr_expect_eq(verify(list, "u", "secret"), PASSWD_ACCEPTED);
	passwd_free(list);
}

Test(passwd, a_bad_list_names_the_entry_and_no_secret)
{
	static const struct {
		const char *list;
		const char *text;
	} rows[] = {
	    {"", "MP_SMTP_AUTH: no user in it"},
	    {" \t\n", "MP_SMTP_AUTH: no user in it"},
	    {"a:b hidden",
		"MP_SMTP_AUTH: entry 2: no ':' between user and password"},
	    {"a:b c:d e:", "MP_SMTP_AUTH: entry 3: empty password"},
	    {":hidden", "MP_SMTP_AUTH: entry 1: no user in front of ':'"},
	    {"a:$1$hidden",
		"MP_SMTP_AUTH: entry 1: malformed md5crypt password"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf why = BUF_INIT;

		cr_expect_null(passwd_parse_list(
				   str_of(rows[i].list), "MP_SMTP_AUTH", &why),
		    "%s", rows[i].list);
		cr_expect_str_eq(why.data, rows[i].text, "%s", why.data);
		buf_fini(&why);
	}
}

Test(passwd, a_hundred_thousand_users_load_fast)
{
	struct buf text = BUF_INIT;
	struct passwd *list;
	char *path;
	double start, spent;

	for (int i = 0; i < 100000; i++)
		buf_addf(&text, "user%d:$6$abcdefghijklmnop$" H86 "\n", i);
	buf_adds(&text, "user5:p\n");
	path = support_file("many", text.data);
	start = cpu_seconds();
	list = passwd_load(path, &text);
	spent = cpu_seconds() - start;
	cr_assert_not_null(list);
	cr_expect_eq(passwd_count(list), 100001);
	cr_expect_eq(verify(list, "user5", "p"), PASSWD_ACCEPTED);
	cr_expect(spent < 1, "%.2f s", spent);
	passwd_free(list);
	buf_fini(&text);
	free(path);
}

/* bcrypt of cost 10 takes some 50 ms: the hash drowns all else. */
Test(passwd, an_unknown_or_locked_user_costs_one_hash_too)
{
	static const char *const users[] = {"u", "unknown", "locked"};
	struct passwd *list = load("locked:!\nu:$2y$10$" H22 H31 "\n");
	double spent[COUNT(users)];

	for (size_t i = 0; i < COUNT(users); i++) {
		double start = cpu_seconds();

		cr_expect_eq(verify(list, users[i], "x"), PASSWD_REFUSED);
		spent[i] = cpu_seconds() - start;
		cr_expect(spent[i] > spent[0] / 2 && spent[i] < spent[0] * 2,
		    "%s: %.3f s, known: %.3f s", users[i], spent[i], spent[0]);
	}
	passwd_free(list);
}

/* yescrypt as mkpasswd makes it needs 16 MiB, and there are 8. */
Test(passwd, without_memory_for_the_hash_it_is_unavailable)
{
	struct passwd *list = load_secret("$y$j9T$.hmlHRrbfGsiNUdCbGfPH1$1k2iFR"
					  "et1kOkQfLYDVLsiwGjcGeGGM5DuJBOiwaTa8"
					  "/");
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;
	struct rlimit limit;

	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	limit.rlim_cur = limit.rlim_max =
	    pages * (unsigned long)getpagesize() + (8u << 20);
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	cr_expect_eq(verify(list, "u", "secret"), PASSWD_UNAVAILABLE);
	cr_expect_eq(verify(list, "unknown", "secret"), PASSWD_UNAVAILABLE);
	passwd_free(list);
}
