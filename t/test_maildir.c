/* SPDX-License-Identifier: MIT */
/* test_maildir.c: opening a Maildir, and what names say */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/maildir.h"
#include "support.h"

#define NONE UINT64_MAX

static const char *const folders[] = {"tmp", "new", "cur", "mailpit",
    "mailpit/findings", "mailpit/trash", "mailpit/tags"};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static const char *host_name;
static int syncs;

/* Stand in for the C library's. */
int
gethostname(char *name, size_t n)
{
	if (host_name == NULL) {
		errno = EPERM;
		return -1;
	}
	(void)snprintf(name, n, "%s", host_name);
	return 0;
}

int
syncfs(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(lstat(path, &st), 0, "%s", path);
	return st.st_mode & 07777;
}

static void
assert_folders(const char *path, mode_t mode, const char *label)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		char *folder = mem_format("%s/%s", path, folders[i]);

		cr_expect_eq(mode_of(folder), mode, "%s: %s has %o", label,
		    folders[i], (unsigned)mode_of(folder));
		free(folder);
	}
}

static void
assert_refused(const char *path, unsigned flags, int error)
{
	struct maildir m;

	errno = 0;
	cr_assert_eq(maildir_open(&m, path, flags), -1);
	cr_assert_eq(errno, error, "%s", strerror(errno));
	cr_assert_eq(m.dir, -1);
	cr_assert_eq(m.tmp, -1);
	cr_assert_eq(m.new, -1);
	cr_assert_eq(m.cur, -1);
	cr_assert_eq(m.side, -1);
}

Test(maildir, a_missing_one_is_not_made_unasked)
{
	char *path = support_path("Maildir");

	assert_refused(path, 0, ENOENT);
	cr_assert_eq(access(path, F_OK), -1);
	free(path);
}

Test(maildir, it_is_made_with_its_parents_for_its_owner_alone)
{
	char *path = support_path("a/b/Maildir");
	struct maildir m;

	cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
	cr_assert_eq(mode_of(path), 0700);
	assert_folders(path, 0700, "made");
	cr_assert_eq(m.mode, 0600);
	cr_assert_gt(syncs, 0);
	maildir_close(&m);
	cr_assert_eq(m.dir, -1);

	syncs = 0;
	cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
	cr_assert_eq(syncs, 0, "nothing was made, yet it synced");
	maildir_close(&m);
	free(path);
}

Test(maildir, modes_follow_the_folder_and_not_the_umask)
{
	static const struct {
		const char *label;
		mode_t mode, file;
	} cases[] = {
	    {"private", 0700, 0600},
	    {"shared", 02770, 0660},
	    {"group may read", 0750, 0640},
	    {"others never", 0755, 0640},
	};
	static const mode_t umasks[] = {0, 022, 077, 0177};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t k = 0; k < 4; k++) {
			char *name = mem_format("M%zu.%zu", i, k);
			char *path = support_path(name);
			struct maildir m;

			cr_assert_eq(mkdir(path, 0700), 0);
			cr_assert_eq(chmod(path, cases[i].mode), 0);
			umask(umasks[k]);
			cr_assert_eq(maildir_open(&m, path, 0), 0);
			umask(022);
			assert_folders(path, cases[i].mode, cases[i].label);
			cr_expect_eq(
			    m.mode, cases[i].file, "%s", cases[i].label);
			maildir_close(&m);
			free(path);
			free(name);
		}
	}
}

Test(maildir, folders_that_are_there_keep_their_mode)
{
	char *path = support_path("Maildir");
	char *tmp = support_path("Maildir/tmp");
	struct maildir m;

	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(mkdir(tmp, 0750), 0);
	cr_assert_eq(chmod(tmp, 0750), 0);
	cr_assert_eq(maildir_open(&m, path, 0), 0);
	cr_assert_eq(mode_of(tmp), 0750);
	maildir_close(&m);
	free(tmp);
	free(path);
}

Test(maildir, a_file_is_no_maildir)
{
	char *path = support_file("Maildir", "");

	assert_refused(path, 0, ENOTDIR);
	assert_refused(path, MAILDIR_CREATE, ENOTDIR);
	free(path);
}

Test(maildir, a_dangling_link_is_no_maildir)
{
	char *path = support_path("Maildir");

	cr_assert_eq(symlink("nowhere", path), 0);
	assert_refused(path, 0, ENOENT);
	assert_refused(path, MAILDIR_CREATE, ENOENT);
	free(path);
}

Test(maildir, a_link_to_a_maildir_is_followed)
{
	char *target = support_path("target");
	char *path = support_path("Maildir");
	struct maildir m;

	cr_assert_eq(mkdir(target, 0700), 0);
	cr_assert_eq(symlink(target, path), 0);
	cr_assert_eq(maildir_open(&m, path, 0), 0);
	assert_folders(target, 0700, "target");
	maildir_close(&m);
	free(path);
	free(target);
}

Test(maildir, every_folder_must_be_a_real_folder)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		char *name = mem_format("M%zu", i);
		char *path = support_path(name);
		char *folder = mem_format("%s/%s", path, folders[i]);
		struct maildir m;
		int fd;

		cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
		maildir_close(&m);
		if (i != 3) { /* mailpit/ has folders in it */
			cr_assert_eq(rmdir(folder), 0);
			fd = open(folder, O_CREAT | O_WRONLY, 0600);
			cr_assert_geq(fd, 0);
			close(fd);
			assert_refused(path, 0, ENOTDIR);
			cr_assert_eq(unlink(folder), 0);
			cr_assert_eq(symlink("/tmp", folder), 0);
			assert_refused(path, 0, ENOTDIR);
		}
		free(folder);
		free(path);
		free(name);
	}
}

Test(maildir, it_is_told_at_once_that_nothing_can_be_written)
{
	static const char *const needed[] = {
	    "tmp", "new", "mailpit", "mailpit/findings"};
	char *top = support_path(".");
	char *path = support_path("Maildir");
	struct maildir m;

	cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
	maildir_close(&m);
	/* Nothing is forbidden to root. */
	if (geteuid() == 0) {
		cr_assert_eq(chmod(top, 0755), 0);
		cr_assert_eq(chmod(path, 0755), 0);
		for (size_t i = 0; i < FOLDERS; i++) {
			char *f = mem_format("%s/%s", path, folders[i]);

			cr_assert_eq(chown(f, 65534, 65534), 0);
			free(f);
		}
		cr_assert_eq(seteuid(65534), 0);
	}
	cr_assert_eq(maildir_open(&m, path, 0), 0, "%s", strerror(errno));
	maildir_close(&m);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		char *f = mem_format("%s/%s", path, needed[i]);

		cr_assert_eq(chmod(f, 0500), 0);
		assert_refused(path, 0, EACCES);
		cr_assert_eq(chmod(f, 0700), 0);
		free(f);
	}
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
	free(path);
	free(top);
}

Test(maildir, the_host_is_escaped_so_that_names_stay_whole)
{
	static const struct {
		const char *label, *host, *expected;
	} cases[] = {
	    {"plain", "dev.example.org", "dev.example.org"},
	    {"slash and colon", "a/b:c", "a\\057b\\072c"},
	    {"comma", "a,S=1", "a\\054S=1"},
	    {"control octets", "a\n\x7f", "a\\012\\177"},
	    {"blank, 8-bit, backslash", " \xe4\\", "\\040\\344\\134"},
	    {"leading dot", ".a", ".a"},
	    {"empty", "", "localhost"},
	    {"unknown", NULL, "localhost"},
	};
	char *path = support_path("Maildir");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct maildir m;

		host_name = cases[i].host;
		cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
		cr_expect_str_eq(
		    m.host, cases[i].expected, "%s", cases[i].label);
		maildir_close(&m);
	}
	free(path);
}

Test(maildir, a_long_host_is_cut_between_its_characters)
{
	char *path = support_path("Maildir");
	char host[201];
	struct maildir m;

	memset(host, ':', 200);
	host[200] = '\0';
	for (size_t i = 0; i < 4; i++) {
		host_name = host + i;
		host[i] = 'x'; /* moves the escapes by one each time */
		cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
		cr_expect_gt(strlen(m.host), 100);
		cr_expect_eq((strlen(m.host) - 1) % 4, 0, "%s", m.host);
		maildir_close(&m);
		host[i] = ':';
	}
	free(path);
}

#define ID "0123456789ABCDEFGHIJab"

Test(maildir, names_of_all_programs_are_understood)
{
	static const struct {
		const char *name;
		int64_t time;
		const char *id;
		uint64_t size, vsize;
		const char *flags, *unique;
	} cases[] = {
	    {"1700000000.M000005P7Q1R" ID ".h.example,S=10,W=12:2,S",
		1700000000, ID, 10, 12, "S",
		"1700000000.M000005P7Q1R" ID ".h.example,S=10,W=12"},
	    {"1700000000.M5P7Q1R" ID ".h", 1700000000, ID, NONE, NONE, "",
		"1700000000.M5P7Q1R" ID ".h"},
	    {"1.M5P7Q1R" ID ".a\\054S=3,W=2,S=1:2,", 1, ID, 1, 2, "",
		"1.M5P7Q1R" ID ".a\\054S=3,W=2,S=1"},
	    /* not ours, though they look like it */
	    {"1.M5P7Q1R8" ID ".h", 1, "", NONE, NONE, "", "1.M5P7Q1R8" ID ".h"},
	    {"1.M5P7R" ID ".h", 1, "", NONE, NONE, "", "1.M5P7R" ID ".h"},
	    {"1.MP7Q1R" ID ".h", 1, "", NONE, NONE, "", "1.MP7Q1R" ID ".h"},
	    {"1.M5P7Q1R" ID "x.h", 1, "", NONE, NONE, "", "1.M5P7Q1R" ID "x.h"},
	    {"x.M5P7Q1R" ID ".h", -1, "", NONE, NONE, "", "x.M5P7Q1R" ID ".h"},
	    /* maildrop, imapd and their kin */
	    {"1700000001.M12P3V00000000000FE01I00ABCDEF_0.mx,S=1234:2,RS",
		1700000001, "", 1234, NONE, "RS",
		"1700000001.M12P3V00000000000FE01I00ABCDEF_0.mx,S=1234"},
	    {"1700000002.M12P3.mx,S=7,W=8:2,", 1700000002, "", 7, 8, "",
		"1700000002.M12P3.mx,S=7,W=8"},
	    {"1700000003.4711.host", 1700000003, "", NONE, NONE, "",
		"1700000003.4711.host"},
	    {"1700000003.4711_0.host:2,FRS", 1700000003, "", NONE, NONE, "FRS",
		"1700000003.4711_0.host"},
	    {"1700000004.R99887766554433221100.host:2,S", 1700000004, "", NONE,
		NONE, "S", "1700000004.R99887766554433221100.host"},
	    /* nearly nothing to understand */
	    {"1700000000", -1, "", NONE, NONE, "", "1700000000"},
	    {"", -1, "", NONE, NONE, "", ""},
	    {":2,S", -1, "", NONE, NONE, "S", ""},
	    {"letter.txt", -1, "", NONE, NONE, "", "letter.txt"},
	    {"99999999999999999999.1.h", -1, "", NONE, NONE, "",
		"99999999999999999999.1.h"},
	    {"9223372036854775808.1.h", -1, "", NONE, NONE, "",
		"9223372036854775808.1.h"},
	    {"-1.1.h", -1, "", NONE, NONE, "", "-1.1.h"},
	    {"1.1.h,S=,W=x,S=-1", 1, "", NONE, NONE, "", "1.1.h,S=,W=x,S=-1"},
	    {"1.1.h:1,abc", 1, "", NONE, NONE, "", "1.1.h"},
	    {"1.1.h:2", 1, "", NONE, NONE, "", "1.1.h"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct maildir_name n;
		const char *name = cases[i].name;

		maildir_parse_name(str_of(name), &n);
		cr_expect_eq(n.time, cases[i].time, "%s", name);
		cr_expect(str_eq(n.id, str_of(cases[i].id)), "%s", name);
		cr_expect_eq(n.size, cases[i].size, "%s", name);
		cr_expect_eq(n.vsize, cases[i].vsize, "%s", name);
		cr_expect(str_eq(n.flags, str_of(cases[i].flags)), "%s", name);
		cr_expect(
		    str_eq(n.unique, str_of(cases[i].unique)), "%s", name);
	}
}
