/* SPDX-License-Identifier: MIT */
/* passwd.c: read a password list and verify against it */

#include "net/passwd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <crypt.h>

#include "base/codec.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/digest.h"
#include "net/passwd_form.h"

/* Nothing that crypt(3) returns for a hash is shorter than this. */
#define CRYPT_RESULT_MIN 13

struct entry {
	struct str user;
	struct form form;
};

/* All slices point into text. */
struct passwd {
	char *text;
	size_t size;
	struct entry *entries;
	size_t count, room;
	size_t decoy; /* what an unknown user is checked against, or count */
};

static bool
is_user(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ':' || chr_control(s.p[i]))
			return false;
	return s.n > 0;
}

static struct entry *
new_entry(struct passwd *list)
{
	if (list->count == list->room) {
		list->room = list->room == 0 ? 16 : list->room * 2;
		list->entries = mem_grow(
		    list->entries, list->room, sizeof(list->entries[0]));
	}
	return &list->entries[list->count++];
}

/* What is wrong with a line before its secret is looked at; or NULL. */
static const char *
fault_of(struct str line, struct str user)
{
	for (size_t i = 0; i < line.n; i++)
		if (chr_control(line.p[i]))
			return "control character";
	if (user.n == line.n)
		return "no ':' between user and password";
	if (user.n == 0)
		return "no user in front of ':'";
	if (user.p[user.n - 1] == ' ')
		return "blank in front of ':'";
	return NULL;
}

static bool
add_entry(struct passwd *list, struct str line, struct buf *why)
{
	struct str rest = line;
	struct str user = str_cut(&rest, ':');
	const char *fault = fault_of(line, user);
	struct entry *entry;

	if (fault != NULL) {
		buf_adds(why, fault);
		return false;
	}
	entry = new_entry(list);
	entry->user = user;
	return form_read(&entry->form, rest, why);
}

/*
 * The last entry that is not locked. Lists are mostly of one form, and then
 * its check takes as long as that of any other user.
 */
static void
choose_decoy(struct passwd *list)
{
	list->decoy = list->count;
	for (size_t i = list->count; i > 0; i--)
		if (list->entries[i - 1].form.check != FORM_LOCKED) {
			list->decoy = i - 1;
			return;
		}
}

/* Takes text. */
static struct passwd *
new_list(char *text, size_t size)
{
	struct passwd *list = mem_new(sizeof(*list));

	list->text = text;
	list->size = size;
	return list;
}

/* Returns the list, or ends it when it is bad or holds nothing. */
static struct passwd *
finish(struct passwd *list, bool good, const char *name, struct buf *why)
{
	if (good && list->count == 0) {
		buf_addf(why, "%s: no user in it", name);
		good = false;
	}
	if (!good) {
		passwd_free(list);
		return NULL;
	}
	choose_decoy(list);
	return list;
}

struct passwd *
passwd_load(const char *path, struct buf *why)
{
	struct str rest, mark = STR("\xef\xbb\xbf");
	size_t size, number = 0;
	char *text = io_read_file(path, PASSWD_FILE_MAX, &size);
	struct buf fault = BUF_INIT;
	struct passwd *list;
	bool good = true;

	if (text == NULL) {
		buf_addf(why, "%s: %s", path,
		    errno == EINVAL ? "Not a regular file" : strerror(errno));
		return NULL;
	}
	list = new_list(text, size);
	rest = str_make(text, size);
	if (str_begins(rest, mark)) /* editors may put it at the start */
		rest = str_skip(rest, mark.n);
	for (; good && rest.n > 0; number++) {
		struct str line = str_trim_crlf(str_cut(&rest, '\n'));

		if (line.n > 0 && line.p[0] != '#')
			good = add_entry(list, line, &fault);
	}
	if (!good)
		buf_addf(why, "%s:%zu: %s", path, number, fault.data);
	buf_fini(&fault);
	return finish(list, good, path, why);
}

struct passwd *
passwd_parse_list(struct str text, const char *name, struct buf *why)
{
	struct passwd *list = new_list(mem_dup(text.p, text.n), text.n);
	struct str word, rest = str_make(list->text, text.n);
	struct buf fault = BUF_INIT;
	size_t number = 0;
	bool good = true;

	for (; good && (word = str_word(&rest)).n > 0; number++)
		good = add_entry(list, word, &fault);
	if (!good)
		buf_addf(why, "%s: entry %zu: %s", name, number, fault.data);
	buf_fini(&fault);
	return finish(list, good, name, why);
}

void
passwd_free(struct passwd *list)
{
	if (list == NULL)
		return;
	explicit_bzero(list->text, list->size);
	free(list->text);
	free(list->entries);
	free(list);
}

size_t
passwd_count(const struct passwd *list)
{
	return list->count;
}

/* The time depends on what was given and not on the secret. */
static bool
is_same(struct str secret, struct str given)
{
	unsigned diff = secret.n != given.n;

	for (size_t i = 0; secret.n > 0 && i < given.n; i++)
		diff |= (unsigned char)(secret.p[i % secret.n] ^ given.p[i]);
	return diff == 0;
}

static bool
check_sha1(const struct form *form, struct str password)
{
	struct buf raw = BUF_INIT_MAX(DIGEST_SHA1_SIZE + FORM_SSHA_SALT_MAX);
	unsigned char sum[DIGEST_SHA1_SIZE];
	bool same = false;

	if (codec_base64_decode(&raw, form->hash) &&
	    raw.len >= DIGEST_SHA1_SIZE) {
		struct str salt = str_skip(buf_str(&raw), DIGEST_SHA1_SIZE);

		digest_sha1(password, salt, sum);
		same = is_same(str_make(raw.data, DIGEST_SHA1_SIZE),
		    str_make((const char *)sum, sizeof(sum)));
	}
	explicit_bzero(sum, sizeof(sum));
	buf_wipe(&raw);
	buf_fini(&raw);
	return same;
}

static bool
check_apr1(const struct form *form, struct str password)
{
	char sum[DIGEST_APR1_SIZE];
	bool same;

	digest_apr1(password, form->salt, sum);
	same = is_same(form->hash, str_make(sum, sizeof(sum)));
	explicit_bzero(sum, sizeof(sum));
	return same;
}

/*
 * Only the end is compared, the hash itself: what stands in front of it was
 * the setting, and bcrypt gives back the unused bits of its salt as zeros.
 */
static enum passwd_verdict
judge(struct str result, const struct form *form)
{
	if (result.n < CRYPT_RESULT_MIN || result.n < form->hash.n ||
	    result.p[0] == '*')
		return PASSWD_REFUSED;
	result = str_skip(result, result.n - form->hash.n);
	return is_same(form->hash, result) ? PASSWD_ACCEPTED : PASSWD_REFUSED;
}

/*
 * The setting was found good when the list was read. A memory-hard hash that
 * fails all the same lacks memory; libxcrypt says EINVAL for that, too.
 */
static enum passwd_verdict
check_crypt(const struct form *form, struct str password)
{
	enum passwd_verdict verdict = PASSWD_REFUSED;
	struct crypt_data *data = mem_new(sizeof(*data));
	const char *result;

	if (form->text.n < sizeof(data->setting) &&
	    password.n < sizeof(data->input)) {
		memcpy(data->setting, form->text.p, form->text.n);
		memcpy(data->input, password.p, password.n);
		errno = 0;
		result = crypt_rn(
		    data->input, data->setting, data, (int)sizeof(*data));
		if (result != NULL)
			verdict = judge(str_of(result), form);
		else if (errno == ENOMEM || form->memory_hard)
			verdict = PASSWD_UNAVAILABLE;
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return verdict;
}

static enum passwd_verdict
check(const struct form *form, struct str password)
{
	bool same = false;

	switch (form->check) {
	case FORM_CRYPT:
		return check_crypt(form, password);
	case FORM_PLAIN:
		same = is_same(form->hash, password);
		break;
	case FORM_SHA1:
		same = check_sha1(form, password);
		break;
	case FORM_APR1:
		same = check_apr1(form, password);
		break;
	case FORM_LOCKED:
		break;
	}
	return same ? PASSWD_ACCEPTED : PASSWD_REFUSED;
}

static const struct entry *
find_last(const struct passwd *list, struct str user)
{
	for (size_t i = list->count; i > 0; i--)
		if (str_eq(list->entries[i - 1].user, user))
			return &list->entries[i - 1];
	return NULL;
}

enum passwd_verdict
passwd_verify(const struct passwd *list, struct str user, struct str password)
{
	const struct entry *entry;
	enum passwd_verdict verdict;

	if (!is_user(user) || password.n == 0 ||
	    password.n > FORM_PASSWORD_MAX ||
	    str_find(password, '\0') < password.n)
		return PASSWD_REFUSED;
	entry = find_last(list, user);
	if (entry != NULL && entry->form.check != FORM_LOCKED)
		return check(&entry->form, password);
	if (list->decoy == list->count)
		return PASSWD_REFUSED;
	verdict = check(&list->entries[list->decoy].form, password);
	return verdict == PASSWD_UNAVAILABLE ? verdict : PASSWD_REFUSED;
}
