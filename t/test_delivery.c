/* SPDX-License-Identifier: MIT */
/* test_delivery.c: all of a message in new/, or nothing of it anywhere */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/maildir.h"
#include "support.h"

/*
 * The functions below stand in for the C library's: they write down in which
 * order they were called, and fail where a test says so.
 */
static char calls[64];
static size_t call_count;
static int fsync_file_error, fsync_folder_error, rename_error, link_error;
static bool clock_stopped;
static int equal_randoms; /* so many times all octets are 7 */

static void
note(char what)
{
	if (call_count < sizeof(calls) - 1)
		calls[call_count++] = what;
}

static int
result(int error)
{
	errno = error;
	return error == 0 ? 0 : -1;
}

int
fsync(int fd)
{
	struct stat st;

	cr_assert_eq(fstat(fd, &st), 0);
	note(S_ISDIR(st.st_mode) ? 'D' : 'F');
	return result(
	    S_ISDIR(st.st_mode) ? fsync_folder_error : fsync_file_error);
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	note('R');
	if (rename_error != 0)
		return result(rename_error);
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	note('L');
	if (link_error != 0)
		return result(link_error);
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (clock_stopped && id == CLOCK_REALTIME) {
		*ts = (struct timespec){1700000000, 42000};
		return 0;
	}
	return (int)syscall(SYS_clock_gettime, id, ts);
}

ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	if (equal_randoms > 0) {
		equal_randoms--;
		memset(p, 7, n);
		return (ssize_t)n;
	}
	return syscall(SYS_getrandom, p, n, flags);
}

static struct maildir m;
static char *path;

static void
set_up(void)
{
	path = support_path("Maildir");
	cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
	memset(calls, 0, sizeof(calls));
	call_count = 0;
}

static void
tear_down(void)
{
	maildir_close(&m);
	free(path);
}

TestSuite(delivery, .init = set_up, .fini = tear_down);

static size_t
count(const char *folder)
{
	char *f = mem_format("%s/%s", path, folder);
	size_t n = support_count(f);

	free(f);
	return n;
}

static char *
only(const char *folder)
{
	char *f = mem_format("%s/%s", path, folder);
	char *file = support_only(f);

	free(f);
	return file;
}

static int
deliver(struct str text)
{
	struct delivery d;

	if (delivery_begin(&d, &m) != 0)
		return -1;
	delivery_write(&d, text.p, text.n);
	return delivery_commit(&d);
}

static void
assert_lost(int error)
{
	cr_assert_eq(errno, error, "%s", strerror(errno));
	cr_assert_eq(count("tmp"), 0);
	cr_assert_eq(count("new"), 0);
}

Test(delivery, it_syncs_before_it_shows_and_before_it_counts)
{
	cr_assert_eq(deliver(STR("Subject: x\n\nhello\n")), 0);
	cr_assert_str_eq(calls, "FRD");
	cr_assert_eq(count("tmp"), 0);
	cr_assert_eq(count("new"), 1);
}

Test(delivery, it_syncs_nothing_when_told_not_to)
{
	maildir_close(&m);
	cr_assert_eq(maildir_open(&m, path, MAILDIR_NO_SYNC), 0);
	cr_assert_eq(deliver(STR("hello\n")), 0);
	cr_assert_str_eq(calls, "R");
}

Test(delivery, the_name_tells_id_and_sizes)
{
	static const struct {
		const char *label;
		struct str text;
		uint64_t size, vsize;
	} cases[] = {
	    {"empty", {"", 0}, 0, 0},
	    {"one line", {"a\n", 2}, 2, 3},
	    {"no final newline", {"a\nb", 3}, 3, 4},
	    {"only newlines", {"\n\n\n", 3}, 3, 6},
	    {"NULs", {"\0\n\0", 3}, 3, 4},
	    {"a CR stays", {"a\rb\n", 4}, 4, 5},
	    {"a CR before LF", {"a\r\nb\n", 5}, 5, UINT64_MAX},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct delivery d;
		struct maildir_name n;
		char id[ID_SIZE];
		char *file;
		struct stat st;

		cr_assert_eq(delivery_begin(&d, &m), 0);
		memcpy(id, delivery_id(&d), ID_SIZE);
		for (size_t k = 0; k < cases[i].text.n; k++)
			delivery_write(&d, cases[i].text.p + k, 1);
		cr_assert_eq(delivery_commit(&d), 0);
		file = only("new");
		maildir_parse_name(str_of(strrchr(file, '/') + 1), &n);
		cr_expect(str_eq(n.id, str_of(id)), "%s", cases[i].label);
		cr_expect_eq(n.size, cases[i].size, "%s", cases[i].label);
		cr_expect_eq(n.vsize, cases[i].vsize, "%s", cases[i].label);
		cr_assert_eq(stat(file, &st), 0);
		cr_expect_eq(
		    (uint64_t)st.st_size, cases[i].size, "%s", cases[i].label);
		cr_assert_eq(unlink(file), 0);
		free(file);
	}
}

Test(delivery, in_tmp_the_name_has_no_sizes_and_no_leading_dot)
{
	struct delivery d;
	struct maildir_name n;
	char *file;

	cr_assert_eq(delivery_begin(&d, &m), 0);
	file = only("tmp");
	maildir_parse_name(str_of(strrchr(file, '/') + 1), &n);
	cr_assert(str_eq(n.id, str_of(delivery_id(&d))));
	cr_assert_eq(n.size, UINT64_MAX);
	cr_assert_eq(n.vsize, UINT64_MAX);
	cr_assert(chr_digit(strrchr(file, '/')[1]));
	delivery_abort(&d);
	free(file);
}

Test(delivery, a_large_message_arrives_octet_for_octet)
{
	static const size_t steps[] = {1, 1000, 65535, 65536, 65537, 300000};
	enum {
		SIZE = 700001
	};
	char *text = mem_grow(NULL, SIZE, 1);

	for (size_t i = 0; i < SIZE; i++)
		text[i] = (char)(i * 31 % 251);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct delivery d;
		char *file, *back;

		cr_assert_eq(delivery_begin(&d, &m), 0);
		for (size_t at = 0; at < SIZE; at += steps[i])
			delivery_write(&d, text + at,
			    SIZE - at < steps[i] ? SIZE - at : steps[i]);
		cr_assert_eq(delivery_error(&d), 0);
		cr_assert_eq(delivery_commit(&d), 0);
		file = only("new");
		back = support_read(file);
		cr_assert_eq(
		    memcmp(back, text, SIZE), 0, "steps of %zu", steps[i]);
		cr_assert_eq(unlink(file), 0);
		free(back);
		free(file);
	}
	free(text);
}

Test(delivery, file_modes_follow_the_maildir)
{
	static const mode_t modes[][2] = {
	    {0700, 0600}, {02770, 0660}, {0750, 0640}};

	for (size_t i = 0; i < 3; i++) {
		struct stat st;
		char *file;

		maildir_close(&m);
		cr_assert_eq(chmod(path, modes[i][0]), 0);
		cr_assert_eq(maildir_open(&m, path, 0), 0);
		umask(077);
		cr_assert_eq(deliver(STR("x\n")), 0);
		umask(0);
		file = only("new");
		cr_assert_eq(stat(file, &st), 0);
		cr_expect_eq(st.st_mode & 07777, modes[i][1], "%o",
		    (unsigned)modes[i][0]);
		cr_assert_eq(unlink(file), 0);
		free(file);
	}
}

Test(delivery, what_is_aborted_leaves_nothing)
{
	struct delivery d;

	cr_assert_eq(delivery_begin(&d, &m), 0);
	delivery_write(&d, "x\n", 2);
	cr_assert_eq(count("tmp"), 1);
	delivery_abort(&d);
	cr_assert_eq(count("tmp"), 0);
	cr_assert_eq(count("new"), 0);
	delivery_abort(&d);
	delivery_write(&d, "x\n", 2);
	cr_assert_eq(delivery_commit(&d), -1);
	cr_assert_eq(count("new"), 0);
	cr_assert_str_eq(calls, "");
}

Test(delivery, a_failed_sync_of_the_file_is_final)
{
	fsync_file_error = EIO;
	cr_assert_eq(deliver(STR("x\n")), -1);
	assert_lost(EIO);
	cr_assert_str_eq(calls, "F");
	fsync_file_error = 0;
	cr_assert_eq(deliver(STR("x\n")), 0);
	cr_assert_eq(count("new"), 1);
}

Test(delivery, a_failed_sync_of_the_folder_takes_the_message_back)
{
	fsync_folder_error = EIO;
	cr_assert_eq(deliver(STR("x\n")), -1);
	assert_lost(EIO);
	cr_assert_str_eq(calls, "FRD");
}

Test(delivery, it_links_where_rename_cannot_spare_what_is_there)
{
	static const int errors[] = {EINVAL, ENOSYS};

	for (size_t i = 0; i < 2; i++) {
		rename_error = errors[i];
		cr_assert_eq(deliver(STR("x\n")), 0);
		cr_assert_eq(count("tmp"), 0);
		cr_assert_eq(count("new"), i + 1);
	}
	cr_assert_str_eq(calls, "FRLDFRLD");
}

Test(delivery, a_failed_rename_or_link_leaves_nothing)
{
	rename_error = EACCES;
	cr_assert_eq(deliver(STR("x\n")), -1);
	assert_lost(EACCES);
	rename_error = EINVAL;
	link_error = EPERM;
	cr_assert_eq(deliver(STR("x\n")), -1);
	assert_lost(EPERM);
	cr_assert_str_eq(calls, "FRFRL");
}

static void
plant(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/*
 * Stops the clock and returns the name that the delivery with this number
 * gets if the random numbers are equal too; its ID in id.
 */
static char *
freeze(char id[ID_SIZE], unsigned number, const char *sizes)
{
	equal_randoms = 1;
	id_fresh(id);
	clock_stopped = true;
	return mem_format("1700000000.M000042P%ldQ%uR%s.%s%s", (long)getpid(),
	    number, id, m.host, sizes);
}

Test(delivery, a_name_that_is_taken_in_tmp_is_not_touched)
{
	char id[ID_SIZE], *name, *file;
	struct delivery d;

	name = freeze(id, 1, "");
	plant(m.tmp, name, "theirs");
	equal_randoms = 3;
	cr_assert_eq(delivery_begin(&d, &m), 0);
	cr_assert_eq(equal_randoms, 0);
	cr_assert_eq(count("tmp"), 2);
	cr_assert_str_neq(delivery_id(&d), id);
	delivery_abort(&d);
	file = only("tmp");
	cr_assert_str_eq(strrchr(file, '/') + 1, name);
	free(file);
	free(name);
}

Test(delivery, it_gives_up_when_every_name_is_taken)
{
	char id[ID_SIZE], *name;
	struct delivery d;

	name = freeze(id, 1, "");
	plant(m.tmp, name, "theirs");
	equal_randoms = 1000;
	cr_assert_eq(delivery_begin(&d, &m), -1);
	cr_assert_eq(errno, EEXIST);
	cr_assert_gt(equal_randoms, 900);
	delivery_abort(&d);
	cr_assert_eq(count("tmp"), 1);
	free(name);
}

Test(delivery, nothing_in_new_is_ever_replaced)
{
	static const int rename_errors[] = {0, EINVAL};

	for (unsigned i = 0; i < 2; i++) {
		char id[ID_SIZE], *name, *file, *text;

		name = freeze(id, i + 1, ",S=2,W=3");
		plant(m.new, name, "theirs");
		rename_error = rename_errors[i];
		equal_randoms = 1;
		cr_assert_eq(deliver(STR("x\n")), -1);
		cr_assert_eq(errno, EEXIST);
		cr_assert_eq(count("tmp"), 0);
		file = only("new");
		text = support_read(file);
		cr_assert_str_eq(text, "theirs");
		cr_assert_eq(unlink(file), 0);
		free(text);
		free(file);
		free(name);
	}
}

Test(delivery, a_stopped_clock_and_equal_random_numbers_still_give_new_names)
{
	clock_stopped = true;
	equal_randoms = 50;
	for (size_t i = 0; i < 50; i++)
		cr_assert_eq(deliver(STR("x\n")), 0);
	cr_assert_eq(count("new"), 50);
}

Test(delivery, a_thousand_messages_have_a_thousand_names)
{
	for (size_t i = 0; i < 1000; i++)
		cr_assert_eq(deliver(STR("x\n")), 0);
	cr_assert_eq(count("new"), 1000);
}

Test(delivery, a_file_size_limit_is_an_error_and_sticks)
{
	struct rlimit limit = {100000, 100000};
	struct delivery d;
	char block[4096];

	memset(block, 'x', sizeof(block));
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(delivery_begin(&d, &m), 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (size_t i = 0; i < 100; i++)
		delivery_write(&d, block, sizeof(block));
	cr_assert_eq(delivery_error(&d), EFBIG);
	cr_assert_eq(delivery_commit(&d), -1);
	assert_lost(EFBIG);
	cr_assert_str_eq(calls, "");
	cr_assert_eq(deliver(STR("small\n")), 0);
	cr_assert_eq(count("new"), 1);
}

Test(delivery, an_error_of_the_last_write_is_seen_by_commit)
{
	struct rlimit limit = {10, 10};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(deliver(STR("more than ten octets\n")), -1);
	assert_lost(EFBIG);
	cr_assert_str_eq(calls, "");
}

Test(delivery, a_folder_that_is_gone_is_an_error)
{
	struct delivery d;

	cr_assert_eq(delivery_begin(&d, &m), 0);
	delivery_write(&d, "x\n", 2);
	cr_assert_eq(unlinkat(m.dir, "new", AT_REMOVEDIR), 0);
	cr_assert_eq(delivery_commit(&d), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(count("tmp"), 0);
	cr_assert_eq(unlinkat(m.dir, "tmp", AT_REMOVEDIR), 0);
	cr_assert_eq(delivery_begin(&d, &m), -1);
	cr_assert_eq(errno, ENOENT);
}

Test(delivery, a_maildir_that_is_renamed_meanwhile_does_no_harm)
{
	char *elsewhere = support_path("elsewhere");
	char *there = support_path("elsewhere/new");
	struct delivery d;

	cr_assert_eq(delivery_begin(&d, &m), 0);
	delivery_write(&d, "x\n", 2);
	cr_assert_eq(rename(path, elsewhere), 0);
	cr_assert_eq(delivery_commit(&d), 0);
	cr_assert_eq(support_count(there), 1);
	free(there);
	free(elsewhere);
}
