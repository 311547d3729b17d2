/* SPDX-License-Identifier: MIT */
/* test_passwd_form.c: shapes and costs of secrets, at and beyond the edge */

#include "net/passwd_form.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define BEHIND " is written behind {PLAIN})"
#define UNKNOWN                                                                \
	"unknown password form (a password that begins with $ or {" BEHIND
#define NEITHER                                                                \
	"neither locked nor a password (a password that begins with ! or "     \
	"*" BEHIND
#define H22 "9xy1btjgzLYfb7hivXtC//"
#define H31 "as3ArvEqKc1cRxQCSpO.wH3gbkbdtpa"
#define H43 "Szkb53037NZR0Z/h5zFeJYvmjWFS3lSl.4/6PSFVJm3"
#define H86 H43 H43

/* The whole text is compared: nothing of the secret is in it. */
static const struct {
	const char *secret;
	const char *text;
} refused[] = {
    {"", "empty password"},
    {" secret", "blank behind ':' (a password that begins with a blank" BEHIND},
    {"{PLAIN}", "malformed {PLAIN} password"},
    {"!secret", NEITHER},
    {"*secret", NEITHER},
    {"!!x$", NEITHER},
    {"$", UNKNOWN},
    {"{", UNKNOWN},
    {"$secret", UNKNOWN},
    {"{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=", UNKNOWN},
    {"{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==", UNKNOWN},
    {"{plain}secret", UNKNOWN},
    {"{CRYPT}$1$saltsalt$" H22, UNKNOWN},
    {"$2$05$" H22 H31, UNKNOWN},
    {"$2z$05$" H22 H31, UNKNOWN},
    {"$8$x$y", UNKNOWN},
    {"$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", UNKNOWN},
    {"$APR1$saltsalt$" H22, UNKNOWN},
    {"{SHA}", "malformed {SHA} password"},
    {"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ", "malformed {SHA} password"},
    {"{SHA}5en6G6MezRroT3XKqkdPOmY_BfQ=", "malformed {SHA} password"},
    {"{SHA}5en6G6MezRroT3XKqkdPOmY/BfR=", "malformed {SHA} password"},
    {"{SHA}5en6G6MezRroT3XKqkdPOmY/", "malformed {SHA} password"},
    {"{SHA}+RFhsab2AfzZ0VfEdyknXtUT06RhYmNk", "malformed {SHA} password"},
    {"{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "malformed {SSHA} password"},
    {"{SSHA}KLsEYf3sB0oEwZ+uQh+7XDdpmaMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4O"
     "WFiY2RlZng=",
	"malformed {SSHA} password"},
    {"$apr1$saltsalt", "malformed apr1 password"},
    {"$apr1$$" H22, "malformed apr1 password"},
    {"$apr1$saltsalt9$" H22, "malformed apr1 password"},
    {"$apr1$saltsalt$" H22 "x", "malformed apr1 password"},
    {"$apr1$sa lt$" H22, "malformed apr1 password"},
    {"$1$$" H22, "malformed md5crypt password"},
    {"$1$saltsalt9$" H22, "malformed md5crypt password"},
    {"$1$saltsalt$" H22 "x", "malformed md5crypt password"},
    {"$1$saltsalt$!xy1btjgzLYfb7hivXtC//", "malformed md5crypt password"},
    {"$1$salt!alt$" H22, "malformed md5crypt password"},
    {"$1$salt\xc3\xa4$" H22, "malformed md5crypt password"},
    {"$2b$03$" H22 H31, "malformed bcrypt password"},
    {"$2b$5$" H22 H31, "malformed bcrypt password"},
    {"$2b$005$" H22 H31, "malformed bcrypt password"},
    {"$2b$+5$" H22 H31, "malformed bcrypt password"},
    {"$2b$05$" H22 H31 "x", "malformed bcrypt password"},
    {"$2b$05$" H22 "$" H31, "malformed bcrypt password"},
    {"$2y$15$" H22 H31,
	"too costly bcrypt password, the most is 14 (logarithm of rounds)"},
    {"$2a$31$" H22 H31,
	"too costly bcrypt password, the most is 14 (logarithm of rounds)"},
    {"$3$", "malformed NT password"},
    {"$3$$878d8014606cda29677a44efa1353fc", "malformed NT password"},
    {"$3$$878D8014606CDA29677A44EFA1353FC7", "malformed NT password"},
    {"$3$$878d8014606cda29677a44efa1353fc70", "malformed NT password"},
    {"$5$" H43, "malformed sha256crypt password"},
    {"$5$$" H43, "malformed sha256crypt password"},
    {"$5$abcdefghijklmnopq$" H43, "malformed sha256crypt password"},
    {"$5$rounds=600001$salt$" H43,
	"too costly sha256crypt password, the most is 600000 (rounds)"},
    {"$6$salt$" H43, "malformed sha512crypt password"},
    {"$6$rounds=abc$salt$" H86, "malformed sha512crypt password"},
    {"$6$rounds=$salt$" H86, "malformed sha512crypt password"},
    {"$6$rounds=5000", "malformed sha512crypt password"},
    {"$6$rounds=5000$" H86, "malformed sha512crypt password"},
    {"$6$rounds=999$salt$" H86, "malformed sha512crypt password"},
    {"$6$rounds=05000$salt$" H86, "malformed sha512crypt password"},
    {"$6$rounds=+5000$salt$" H86, "malformed sha512crypt password"},
    {"$6$rounds=99999999999999999999999$salt$" H86,
	"malformed sha512crypt password"},
    {"$6$rounds=1000001$salt$" H86,
	"too costly sha512crypt password, the most is 1000000 (rounds)"},
    {"$6$rounds=999999999$salt$" H86,
	"too costly sha512crypt password, the most is 1000000 (rounds)"},
    {"$7$CU..../....$" H43, "malformed scrypt password"},
    {"$7$.U..../....salt$" H43, "malformed scrypt password"},
    {"$7$/U..../....salt$" H43, "malformed scrypt password"},
    {"$7$C...../....salt$" H43, "malformed scrypt password"},
    {"$7$CU.........salt$" H43, "malformed scrypt password"},
    {"$7$CU...!/....salt$" H43, "malformed scrypt password"},
    {"$7$FU..../....salt$" H43,
	"too costly scrypt password, the most is 2097152 (N * r * p)"},
    {"$7$CU...zzzzzzsalt$" H43,
	"too costly scrypt password, the most is 2097152 (N * r * p)"},
    {"$7$zU..../....salt$" H43,
	"too costly scrypt password, the most is 2097152 (N * r * p)"},
    {"$y$", "malformed yescrypt password"},
    {"$y$j9T$$" H43, "malformed yescrypt password"},
    {"$y$j9T$salt$" H43 "x", "malformed yescrypt password"},
    {"$y$j9T$salts$" H43, "malformed yescrypt password"},
    {"$y$j9T$saltzz$" H43, "malformed yescrypt password"},
    {"$y$j.T$salt$" H43, "malformed yescrypt password"},
    {"$y$j05./$salt$" H43, "malformed yescrypt password"},
    {"$y$.9T$salt$" H43, "malformed yescrypt password"},
    {"$y$j9$salt$" H43, "malformed yescrypt password"},
    {"$y$j9T.$salt$" H43, "malformed yescrypt password"},
    {"$y$j9T1.$salt$" H43, "malformed yescrypt password"},
    {"$y$j9T..x$salt$" H43, "malformed yescrypt password"},
    {"$y$jET$salt$" H43,
	"too costly yescrypt password, the most is 2097152 (N * r * p)"},
    {"$y$jD5.1$salt$" H43,
	"too costly yescrypt password, the most is 2097152 (N * r * p)"},
    {"$y$jDT/.$salt$" H43,
	"too costly yescrypt password, the most is 2097152 (N * r * p)"},
    {"$y$j9z....$salt$" H43, "malformed yescrypt password"},
    {"$y$j9zzzzzz$salt$" H43,
	"too costly yescrypt password, the most is 2097152 (N * r * p)"},
    {"$gy$jFT$salt$" H43,
	"too costly gost-yescrypt password, the most is 2097152 (N * r * p)"},
    {"$sha1$0$salt$ji8ESnkwjcTjo4hThodnLYyi.3yG",
	"malformed sha1crypt password"},
    {"$sha1$01$salt$ji8ESnkwjcTjo4hThodnLYyi.3yG",
	"malformed sha1crypt password"},
    {"$sha1$9$salt$ji8ESnkwjcTjo4hThodnLYyi.3y",
	"malformed sha1crypt password"},
    {"$sha1$1000001$salt$ji8ESnkwjcTjo4hThodnLYyi.3yG",
	"too costly sha1crypt password, the most is 1000000 (rounds)"},
    {"$md5", "malformed SunMD5 password"},
    {"$md5$$" H22, "malformed SunMD5 password"},
    {"$md5x$salt$" H22, "malformed SunMD5 password"},
    {"$md5$salt$$$" H22, "malformed SunMD5 password"},
    {"$md5,rounds=0$salt$$" H22, "malformed SunMD5 password"},
    {"$md5,rounds=4294963200$salt$$" H22,
	"too costly SunMD5 password, the most is 1000000 (rounds)"},
};

Test(passwd_form, every_refusal_says_what_is_wrong_and_no_secret)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct buf why = BUF_INIT;
		struct form form;

		cr_expect_not(form_read(&form, str_of(refused[i].secret), &why),
		    "%s", refused[i].secret);
		cr_expect_str_eq(why.data, refused[i].text, "%s: %s",
		    refused[i].secret, why.data);
		buf_fini(&why);
	}
}

Test(passwd_form, the_dearest_of_each_form_is_still_taken)
{
	static const char *const dear[] = {"$2y$14$" H22 H31,
	    "$5$rounds=600000$salt$" H43, "$6$rounds=1000000$salt$" H86,
	    "$7$EU..../....salt$" H43, "$y$jDT$salt$" H43,
	    "$gy$jD5.0$salt$" H43, "$y$jCT/.$salt$" H43,
	    "$sha1$1000000$salt$ji8ESnkwjcTjo4hThodnLYyi.3yG",
	    "$md5,rounds=1000000$salt$" H22};

	for (size_t i = 0; i < COUNT(dear); i++) {
		struct buf why = BUF_INIT;
		struct form form;

		cr_expect(form_read(&form, str_of(dear[i]), &why), "%s: %s",
		    dear[i], why.data);
		cr_expect_eq(form.check, FORM_CRYPT, "%s", dear[i]);
		buf_fini(&why);
	}
}

Test(passwd_form, the_hash_is_what_follows_the_salt)
{
	static const struct {
		const char *secret, *salt, *hash;
		enum form_check check;
	} rows[] = {
	    {"x:$1$y", "", "x:$1$y", FORM_PLAIN},
	    {"{PLAIN}$", "", "$", FORM_PLAIN},
	    {"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "",
		"5en6G6MezRroT3XKqkdPOmY/BfQ=", FORM_SHA1},
	    {"$apr1$salt$" H22, "salt", H22, FORM_APR1},
	    {"$1$s$" H22, "s", H22, FORM_CRYPT},
	    {"$2y$05$" H22 H31, H22, H31, FORM_CRYPT},
	    {"$6$rounds=1000$salt$" H86, "salt", H86, FORM_CRYPT},
	    {"$md5$salt$$" H22, "salt", H22, FORM_CRYPT},
	    {"$md5,rounds=1$salt$" H22, "salt", H22, FORM_CRYPT},
	    {"$7$CU..../....salt$" H43, "salt", H43, FORM_CRYPT},
	    {"$y$j75.1$salt$" H43, "salt", H43, FORM_CRYPT},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf why = BUF_INIT;
		struct form form;

		cr_assert(form_read(&form, str_of(rows[i].secret), &why),
		    "%s: %s", rows[i].secret, why.data);
		cr_expect_eq(form.check, rows[i].check, "%s", rows[i].secret);
		cr_expect(str_eq(form.salt, str_of(rows[i].salt)), "%s",
		    rows[i].secret);
		cr_expect(str_eq(form.hash, str_of(rows[i].hash)), "%s",
		    rows[i].secret);
		buf_fini(&why);
	}
}

Test(passwd_form, a_plain_password_has_at_most_511_octets)
{
	char text[512 + 7 + 1] = "{PLAIN}";
	struct buf why = BUF_INIT;
	struct form form;

	memset(text + 7, 'x', 512);
	cr_expect(form_read(&form, str_make(text + 7, 511), &why));
	cr_expect(form_read(&form, str_make(text, 511 + 7), &why));
	cr_expect_eq(why.len, 0);
	cr_expect_not(form_read(&form, str_make(text + 7, 512), &why));
	cr_expect_str_eq(why.data, "password longer than 511 octets");
	buf_reset(&why);
	cr_expect_not(form_read(&form, str_make(text, 512 + 7), &why));
	cr_expect_str_eq(why.data, "malformed {PLAIN} password");
	buf_fini(&why);
}
