/* SPDX-License-Identifier: MIT */
/* test_side.c: findings and the session log */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/side.h"
#include "support.h"

#define ID "0123456789ABCDEFGHIJab"

static int syncs, sync_error;
static size_t write_at_most; /* of the next write; 0: all */

/* Stand in for the C library's. */
ssize_t
write(int fd, const void *p, size_t n)
{
	if (write_at_most != 0 && n > write_at_most)
		n = write_at_most;
	write_at_most = 0;
	return syscall(SYS_write, fd, p, n);
}

int
fsync(int fd)
{
	(void)fd;
	syncs++;
	errno = sync_error;
	return sync_error == 0 ? 0 : -1;
}

static struct maildir m;
static char *path, *findings, *sessions;

static void
set_up(void)
{
	path = support_path("Maildir");
	findings = support_path("Maildir/mailpit/findings");
	cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
	sessions = mem_format("%s/mailpit/sessions.%s", path, m.host);
	syncs = 0;
}

static void
tear_down(void)
{
	maildir_close(&m);
	free(sessions);
	free(findings);
	free(path);
}

TestSuite(side, .init = set_up, .fini = tear_down);

static void
assert_file(const char *file, const char *expected)
{
	char *text = support_read(file);

	cr_assert_str_eq(text, expected);
	free(text);
}

Test(side, findings_are_durable_when_the_call_returns)
{
	char *file;

	cr_assert_eq(side_write_findings(&m, ID, STR("finding nul 1 x\n")), 0);
	cr_assert_eq(syncs, 2, "the file and its folder");
	file = support_only(findings);
	cr_assert_str_eq(strrchr(file, '/') + 1, ID);
	assert_file(file, "finding nul 1 x\n");
	free(file);
}

Test(side, findings_are_not_synced_when_told_so)
{
	maildir_close(&m);
	cr_assert_eq(maildir_open(&m, path, MAILDIR_NO_SYNC), 0);
	cr_assert_eq(side_write_findings(&m, ID, STR("x\n")), 0);
	cr_assert_eq(syncs, 0);
}

Test(side, findings_are_never_replaced)
{
	char *file;

	cr_assert_eq(side_write_findings(&m, ID, STR("first\n")), 0);
	cr_assert_eq(side_write_findings(&m, ID, STR("second\n")), -1);
	cr_assert_eq(errno, EEXIST);
	file = support_only(findings);
	assert_file(file, "first\n");
	free(file);
}

Test(side, findings_that_cannot_be_written_are_not_there)
{
	struct rlimit limit = {4, 4};

	sync_error = EIO;
	cr_assert_eq(side_write_findings(&m, ID, STR("x\n")), -1);
	cr_assert_eq(errno, EIO);
	cr_assert_eq(support_count(findings), 0);
	sync_error = 0;
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(side_write_findings(&m, ID, STR("too long\n")), -1);
	cr_assert_eq(errno, EFBIG);
	cr_assert_eq(support_count(findings), 0);
}

Test(side, findings_can_be_taken_back)
{
	cr_assert_eq(side_write_findings(&m, ID, STR("x\n")), 0);
	side_remove_findings(&m, ID);
	cr_assert_eq(support_count(findings), 0);
	side_remove_findings(&m, ID);
}

/* A delivery with findings; ends in what side_commit() says. */
static int
commit(struct delivery *d, char id[ID_SIZE])
{
	cr_assert_eq(delivery_begin(d, &m), 0);
	memcpy(id, delivery_id(d), ID_SIZE);
	delivery_write(d, "x\n", 2);
	return side_commit(&m, d, STR("finding nul 1 x\n"));
}

static size_t
count(const char *folder)
{
	char *whole = mem_format("%s/%s", path, folder);
	size_t n = support_count(whole);

	free(whole);
	return n;
}

Test(side, a_message_comes_with_its_findings)
{
	struct delivery d;
	char id[ID_SIZE], *file;

	cr_assert_eq(commit(&d, id), 0);
	file = support_only(findings);
	cr_assert_str_eq(strrchr(file, '/') + 1, id);
	assert_file(file, "finding nul 1 x\n");
	cr_assert_eq(count("new"), 1);
	free(file);
	cr_assert_eq(delivery_begin(&d, &m), 0);
	cr_assert_eq(side_commit(&m, &d, STR("")), 0);
	cr_assert_eq(support_count(findings), 1, "none, no file");
	cr_assert_eq(count("new"), 2);
}

Test(side, without_its_findings_there_is_no_message)
{
	struct delivery d;
	char id[ID_SIZE];

	sync_error = EIO;
	cr_assert_eq(commit(&d, id), -1);
	cr_assert_eq(errno, EIO);
	cr_assert_eq(count("tmp") + count("new"), 0);
	cr_assert_eq(support_count(findings), 0);
}

Test(side, without_its_message_there_are_no_findings)
{
	char *new = mem_format("%s/new", path);
	struct delivery d;
	char id[ID_SIZE];

	/* The folder is held open, but nothing can be made in it. */
	cr_assert_eq(rmdir(new), 0);
	cr_assert_eq(commit(&d, id), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(count("tmp"), 0);
	cr_assert_eq(support_count(findings), 0);
	free(new);
}

Test(side, only_an_id_names_findings)
{
	static const char *const names[] = {
	    "", "x", "../trash/x", ID "x", "../../new/0123456789AB"};
	char *victim = support_file("Maildir/mailpit/x", "");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		errno = 0;
		cr_expect_eq(side_write_findings(&m, names[i], STR("x\n")), -1,
		    "%s", names[i]);
		cr_expect_eq(errno, EINVAL, "%s", names[i]);
	}
	side_remove_findings(&m, "../x");
	cr_expect_eq(access(victim, F_OK), 0);
	cr_expect_eq(support_count(findings), 0);
	free(victim);
}

Test(side, sessions_are_appended_line_by_line)
{
	cr_assert_eq(side_log_session(&m, STR("time=1 session=a")), 0);
	cr_assert_eq(side_log_session(&m, STR("time=2 session=b")), 0);
	assert_file(sessions, "time=1 session=a\ntime=2 session=b\n");
}

Test(side, a_line_with_a_newline_is_refused)
{
	cr_assert_eq(side_log_session(&m, STR("time=1\ntime=2")), -1);
	cr_assert_eq(errno, EINVAL);
	cr_assert_eq(access(sessions, F_OK), -1);
}

Test(side, modes_follow_the_maildir)
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
		cr_assert_eq(side_write_findings(&m, ID, STR("x\n")), 0);
		cr_assert_eq(side_log_session(&m, STR("x")), 0);
		umask(0);
		file = support_only(findings);
		cr_assert_eq(stat(file, &st), 0);
		cr_expect_eq(st.st_mode & 07777, modes[i][1]);
		cr_assert_eq(stat(sessions, &st), 0);
		cr_expect_eq(st.st_mode & 07777, modes[i][1]);
		cr_assert_eq(unlink(file), 0);
		cr_assert_eq(unlink(sessions), 0);
		free(file);
	}
}

Test(side, sessions_go_into_a_regular_file_only)
{
	char *elsewhere = support_file("elsewhere", "");

	cr_assert_eq(symlink(elsewhere, sessions), 0);
	cr_assert_eq(side_log_session(&m, STR("x")), -1);
	assert_file(elsewhere, "");
	cr_assert_eq(unlink(sessions), 0);
	/* Nobody reads this pipe: opening it must not wait. */
	cr_assert_eq(mkfifo(sessions, 0600), 0);
	cr_assert_eq(side_log_session(&m, STR("x")), -1);
	cr_assert_eq(unlink(sessions), 0);
	cr_assert_eq(mkdir(sessions, 0700), 0);
	cr_assert_eq(side_log_session(&m, STR("x")), -1);
	free(elsewhere);
}

Test(side, a_line_that_the_disk_cuts_short_is_ended)
{
	write_at_most = 4;
	cr_assert_eq(side_log_session(&m, STR("0123456789")), -1);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(side_log_session(&m, STR("0123456789")), 0);
	assert_file(sessions, "0123\n0123456789\n");
}

Test(side, a_full_disk_is_an_error)
{
	struct rlimit limit = {11, 11};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(side_log_session(&m, STR("0123456789")), 0);
	cr_assert_eq(side_log_session(&m, STR("0123456789")), -1);
	cr_assert_eq(errno, EFBIG);
	assert_file(sessions, "0123456789\n");
}

Test(side, lines_of_many_processes_stay_whole)
{
	enum {
		WRITERS = 4,
		LINES = 200,
		LENGTH = 500
	};
	char line[LENGTH];
	char *text;
	size_t seen = 0;

	for (int w = 0; w < WRITERS; w++) {
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (pid > 0)
			continue;
		memset(line, 'a' + w, LENGTH);
		for (int i = 0; i < LINES; i++)
			if (side_log_session(&m, str_make(line, LENGTH)) != 0)
				_exit(1);
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;

		cr_assert_gt(wait(&status), 0);
		cr_assert_eq(status, 0);
	}
	text = support_read(sessions);
	for (const char *p = text; *p != '\0'; p += LENGTH + 1, seen++) {
		memset(line, *p, LENGTH);
		cr_assert_eq(memcmp(p, line, LENGTH), 0, "line %zu", seen);
		cr_assert_eq(p[LENGTH], '\n', "line %zu", seen);
	}
	cr_assert_eq(seen, WRITERS * LINES);
	free(text);
}
