/* SPDX-License-Identifier: MIT */
/* fuzz_passwd.c: any octets as a password list, as a file, and as a secret */

#include <crypt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/passwd.h"
#include "net/passwd_blocks.h"
#include "net/passwd_form.h"

/* What one hash may cost here; the bounds of the program are far higher. */
#define ROUNDS_MAX 2000
#define BLOCKS_MOST 4096
/* How many users of one list are checked. */
#define USERS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
few_rounds(struct str number)
{
	uint64_t rounds;

	return str_u64(number, &rounds) && rounds <= ROUNDS_MAX;
}

/* Whether what stands behind "rounds=" is small; nothing there is the usual. */
static bool
few_named_rounds(struct str text, struct str mark)
{
	if (!str_begins(text, mark))
		return true;
	text = str_skip(text, mark.n);
	return few_rounds(str_cut(&text, '$'));
}

/* A hash of this text, which was found good, is computed in no time. */
static bool
is_cheap(struct str text)
{
	struct str rest = str_skip(text, 1), prefix = str_cut(&rest, '$');
	struct blocks blocks;

	if (str_eq(prefix, STR("7")))
		return blocks_take_scrypt(&blocks, &rest) &&
		       blocks_fit(&blocks, BLOCKS_MOST);
	if (str_eq(prefix, STR("y")) || str_eq(prefix, STR("gy")))
		return blocks_read_yescrypt(&blocks, str_cut(&rest, '$')) &&
		       blocks_fit(&blocks, BLOCKS_MOST);
	if (str_begins(prefix, STR("2")))
		return str_begins(rest, STR("04$"));
	if (str_eq(prefix, STR("sha1")))
		return few_rounds(str_cut(&rest, '$'));
	if (str_begins(prefix, STR("md5")))
		return few_named_rounds(prefix, STR("md5,rounds="));
	return few_named_rounds(rest, STR("rounds="));
}

/* libxcrypt makes a hash of the same shape from every setting we let in. */
static void
ask_crypt(const struct form *form)
{
	struct crypt_data *data;
	char *setting;
	const char *result;

	if (form->check != FORM_CRYPT || !is_cheap(form->text))
		return;
	data = mem_new(sizeof(*data));
	setting = mem_dup(form->text.p, form->text.n);
	result = crypt_rn("secret", setting, data, (int)sizeof(*data));
	must(result != NULL && result[0] != '*');
	must(strlen(result) == form->text.n);
	free(setting);
	free(data);
}

static bool
lies_in(struct str part, struct str whole)
{
	return part.n == 0 ||
	       (part.p >= whole.p && part.n <= whole.n &&
		   (size_t)(part.p - whole.p) <= whole.n - part.n);
}

static void
ask_secret(struct str secret)
{
	struct form form;
	struct buf why = BUF_INIT;

	must(form_read(&form, secret, &why) == (why.len == 0));
	must(str_is_printable(buf_str(&why)));
	if (why.len == 0) {
		must(lies_in(form.hash, secret) && lies_in(form.salt, secret));
		ask_crypt(&form);
	}
	buf_fini(&why);
}

/* Checking any user of the list costs next to nothing. */
static bool
is_quick(struct str text)
{
	while (text.n > 0) {
		struct str line = str_trim_crlf(str_cut(&text, '\n'));
		struct buf why = BUF_INIT;
		struct form form;

		str_cut(&line, ':');
		if (form_read(&form, line, &why) && form.check == FORM_CRYPT) {
			buf_fini(&why);
			return false;
		}
		buf_fini(&why);
	}
	return true;
}

/* The last line of that user. */
static struct str
last_secret(struct str text, struct str user)
{
	struct str secret = STR("");

	while (text.n > 0) {
		struct str line = str_trim_crlf(str_cut(&text, '\n'));

		if (line.n > 0 && line.p[0] != '#' &&
		    str_eq(str_cut(&line, ':'), user))
			secret = line;
	}
	return secret;
}

/* One line of a good file: who knows the last plain secret gets in. */
static void
ask_user(const struct passwd *list, struct str text, struct str line)
{
	struct str user = str_cut(&line, ':');
	struct str secret = last_secret(text, user);
	struct buf why = BUF_INIT;
	struct form form;
	enum passwd_verdict verdict;

	must(form_read(&form, secret, &why));
	buf_fini(&why);
	if (form.check == FORM_PLAIN) {
		verdict = passwd_verify(list, user, form.hash);
		must(verdict == PASSWD_ACCEPTED);
		form.hash.n--;
	}
	must(passwd_verify(list, user, form.hash) == PASSWD_REFUSED);
	must(passwd_verify(list, user, STR("")) == PASSWD_REFUSED);
}

/* Nobody else gets in. */
static void
ask_list(const struct passwd *list, struct str text)
{
	struct str rest = text;
	size_t users = 0;

	must(passwd_count(list) > 0 && passwd_count(list) <= text.n);
	if (!is_quick(text))
		return;
	must(passwd_verify(list, STR("no:user"), STR("x")) == PASSWD_REFUSED);
	while (rest.n > 0 && users++ < USERS_MAX) {
		struct str line = str_trim_crlf(str_cut(&rest, '\n'));

		if (line.n > 0 && line.p[0] != '#')
			ask_user(list, text, line);
	}
}

static void
ask_file(struct str text)
{
	struct str mark = STR("\xef\xbb\xbf");
	int fd = memfd_create("passwd", MFD_CLOEXEC);
	char *path = mem_format("/proc/self/fd/%d", fd);
	struct buf why = BUF_INIT;
	struct passwd *list;

	must(fd >= 0);
	must(write(fd, text.p, text.n) == (ssize_t)text.n);
	list = passwd_load(path, &why);
	must((list == NULL) == (why.len > 0));
	must(str_begins(buf_str(&why), str_of(list == NULL ? path : "")));
	must(str_is_printable(buf_str(&why)));
	if (list != NULL)
		ask_list(list,
		    str_begins(text, mark) ? str_skip(text, mark.n) : text);
	passwd_free(list);
	buf_fini(&why);
	free(path);
	close(fd);
}

static void
ask_words(struct str text)
{
	struct buf why = BUF_INIT;
	struct passwd *list = passwd_parse_list(text, "MP_SMTP_AUTH", &why);
	struct str word, user, last = STR("");
	size_t words = 0;

	must((list == NULL) == (why.len > 0));
	must(str_is_printable(buf_str(&why)));
	while (list != NULL && (word = str_word(&text)).n > 0) {
		user = str_cut(&word, ':');
		last = user;
		words++;
	}
	must(list == NULL || (passwd_count(list) == words && last.n > 0));
	passwd_free(list);
	buf_fini(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = str_make((const char *)data, n), secret = text;

	ask_file(text);
	ask_words(text);
	secret = str_trim_crlf(str_cut(&secret, '\n'));
	str_cut(&secret, ':');
	ask_secret(secret);
	return 0;
}
