/* SPDX-License-Identifier: MIT */
/* test_prune.c: what retention removes, and what it must leave alone */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/maildir.h"
#include "support.h"

#define HOUR ((time_t)3600)
#define ID_HEAD "0123456789ABCDEFGHIJ"

static time_t offset; /* what the clock of this process is ahead */

/* Stands in for the C library's. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (id == CLOCK_REALTIME)
		ts->tv_sec += offset;
	return rc;
}

static struct maildir m;
static char *path;
static struct maildir_pruned done;
static const struct maildir_limits no_limits;

static void
set_up(void)
{
	path = support_path("Maildir");
	cr_assert_eq(
	    maildir_open(&m, path, MAILDIR_CREATE | MAILDIR_NO_SYNC), 0);
}

static void
tear_down(void)
{
	maildir_close(&m);
	free(path);
}

TestSuite(prune, .init = set_up, .fini = tear_down);

/* Makes a file that was last written to so many seconds ago. */
static void
plant(const char *name, time_t age)
{
	struct timespec times[2] = {
	    {.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
	int fd = openat(m.dir, name, O_CREAT | O_EXCL | O_WRONLY, 0600);

	cr_assert_geq(fd, 0, "%s: %s", name, strerror(errno));
	cr_assert_eq(futimens(fd, times), 0);
	close(fd);
}

/* A message that says itself how old it is; its file is new. */
static void
plant_message(const char *folder, time_t age, const char *tail)
{
	char *name = mem_format(
	    "%s/%lld.%s", folder, (long long)(time(NULL) - age), tail);

	plant(name, 0);
	free(name);
}

static bool
there(const char *name)
{
	struct stat st;

	return fstatat(m.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static size_t
count(const char *folder)
{
	char *f = mem_format("%s/%s", path, folder);
	size_t n = support_count(f);

	free(f);
	return n;
}

/* Whether a file whose name has this tail is in the folder. */
static bool
has(const char *folder, time_t age, const char *tail)
{
	bool found = false;

	/* The clock may have gone on by a second or two since it was made. */
	for (time_t late = 0; late < 5 && !found; late++) {
		char *name = mem_format("%s/%lld.%s", folder,
		    (long long)(time(NULL) - age - late), tail);

		found = there(name);
		free(name);
	}
	return found;
}

static void
prune(uint64_t max_messages, int64_t max_age)
{
	struct maildir_limits limits = {max_messages, max_age};

	cr_assert_eq(
	    maildir_prune(&m, &limits, &done), 0, "%s", strerror(errno));
}

Test(prune, without_limits_every_message_stays)
{
	plant_message("new", 1000000, "a.h");
	plant_message("cur", 2000000, "b.h:2,S");
	prune(0, 0);
	cr_assert_eq(done.messages, 0);
	cr_assert_eq(count("new") + count("cur"), 2);
}

Test(prune, the_oldest_go_first_wherever_they_are)
{
	plant_message("new", 500, "oldest.h");
	plant_message("cur", 400, "old.h:2,S");
	plant_message("new", 300, "middle.h");
	plant_message("cur", 200, "young.h:2,");
	plant_message("new", 100, "youngest.h");
	prune(3, 0);
	cr_assert_eq(done.messages, 2);
	cr_assert_not(has("new", 500, "oldest.h"));
	cr_assert_not(has("cur", 400, "old.h:2,S"));
	cr_assert(has("new", 300, "middle.h"));
	cr_assert(has("cur", 200, "young.h:2,"));
	cr_assert(has("new", 100, "youngest.h"));
	prune(3, 0);
	cr_assert_eq(done.messages, 0);
}

Test(prune, within_a_second_the_name_decides)
{
	plant("new/1700000000.M000009P5Q1.h", 0);
	plant("new/1700000000.M000010P5Q1.h", 0);
	plant("new/1700000000.M999999P5Q1.h", 0);
	prune(2, 0);
	cr_assert_not(there("new/1700000000.M000009P5Q1.h"));
	cr_assert_eq(count("new"), 2);
}

Test(prune, the_age_is_that_of_the_name)
{
	plant_message("new", 7200, "old.h");
	plant_message("cur", 7200, "other.h:2,S");
	plant_message("cur", 3000, "young.h:2,S");
	prune(0, 3600);
	cr_assert_eq(done.messages, 2);
	cr_assert_eq(count("new"), 0);
	cr_assert(has("cur", 3000, "young.h:2,S"));
}

Test(prune, without_a_time_in_the_name_the_file_tells)
{
	plant("new/by-hand", 7200);
	plant("new/by-hand-too", 10);
	prune(0, 3600);
	cr_assert_eq(done.messages, 1);
	cr_assert_not(there("new/by-hand"));
	cr_assert(there("new/by-hand-too"));
}

Test(prune, both_limits_hold_at_once)
{
	plant_message("new", 7200, "a.h");
	plant_message("new", 30, "b.h");
	plant_message("new", 20, "c.h");
	prune(1, 3600);
	cr_assert_eq(done.messages, 2);
	cr_assert(has("new", 20, "c.h"));
}

Test(prune, a_message_seen_under_two_names_counts_once)
{
	plant("new/1700000000.a.h", 0);
	plant("cur/1700000000.a.h:2,S", 0);
	plant("cur/1700000001.b.h:2,S", 0);
	prune(2, 0);
	cr_assert_eq(done.messages, 0);
}

Test(prune, what_is_no_message_is_left_alone)
{
	plant("new/.hidden", 1000000);
	cr_assert_eq(mkdirat(m.new, "1.folder.h", 0700), 0);
	cr_assert_eq(symlinkat("/etc/passwd", m.new, "1.link.h"), 0);
	cr_assert_eq(mkfifoat(m.cur, "1.pipe.h:2,S", 0600), 0);
	plant_message("new", 10, "a.h");
	prune(1, 3600);
	cr_assert_eq(done.messages, 0);
	cr_assert_eq(count("new"), 4);
	cr_assert_eq(count("cur"), 1);
}

Test(prune, only_stale_regular_files_leave_tmp)
{
	plant("tmp/stale", 36 * HOUR + 60);
	plant("tmp/1.old-name.h", 36 * HOUR - 60);
	plant("tmp/young", 0);
	cr_assert_eq(mkdirat(m.tmp, "folder", 0700), 0);
	cr_assert_eq(symlinkat("x", m.tmp, "link"), 0);
	prune(0, 0);
	cr_assert_eq(done.temporary, 1);
	cr_assert_not(there("tmp/stale"));
	offset = 37 * HOUR;
	prune(0, 0);
	cr_assert_eq(done.temporary, 2);
	cr_assert(there("tmp/folder"));
	cr_assert(there("tmp/link"));
}

Test(prune, only_old_side_files_without_a_message_are_orphans)
{
	static const struct {
		const char *label, *side, *message;
		time_t age;
		bool stays;
	} cases[] = {
	    {"in new", ID_HEAD "aa", "new/1.M1P1Q1R" ID_HEAD "aa.h,S=0,W=0",
		40 * HOUR, true},
	    {"in cur", ID_HEAD "bb", "cur/1.M1P1Q1R" ID_HEAD "bb.h,S=0,W=0:2,S",
		40 * HOUR, true},
	    {"in the trash", ID_HEAD "cc",
		"mailpit/trash/1.M1P1Q1R" ID_HEAD "cc.h,S=0,W=0:2,S", 40 * HOUR,
		true},
	    {"under way", ID_HEAD "dd", NULL, 35 * HOUR, true},
	    {"gone", ID_HEAD "ee", NULL, 37 * HOUR, false},
	    {"another's file", "README", NULL, 37 * HOUR, true},
	};
	size_t n = sizeof(cases) / sizeof(cases[0]);

	for (size_t i = 0; i < n; i++) {
		char *side = mem_format("mailpit/findings/%s", cases[i].side);

		plant(side, cases[i].age);
		if (cases[i].message != NULL)
			plant(cases[i].message, 0);
		free(side);
	}
	prune(0, 0);
	cr_assert_eq(done.orphans, 1);
	for (size_t i = 0; i < n; i++) {
		char *side = mem_format("mailpit/findings/%s", cases[i].side);

		cr_expect_eq(there(side), cases[i].stays, "%s", cases[i].label);
		free(side);
	}
}

Test(prune, tags_stay_as_long_as_their_message_also_of_another_program)
{
	/* The ID is derived from the name. */
	plant("cur/1.2_3.host:2,S", 40 * HOUR);
	plant("mailpit/tags/1rLrTBbw789A2L1Ww546TF", 40 * HOUR);
	plant("mailpit/tags/" ID_HEAD "ee", 40 * HOUR);
	plant("mailpit/tags/" ID_HEAD "ff", 0);
	prune(0, 0);
	cr_assert_eq(done.orphans, 1);
	cr_assert(there("mailpit/tags/1rLrTBbw789A2L1Ww546TF"));
	cr_assert_not(there("mailpit/tags/" ID_HEAD "ee"));
	cr_assert(there("mailpit/tags/" ID_HEAD "ff"));
}

Test(prune, the_side_file_goes_with_its_message)
{
	plant("new/1.M1P1Q1R" ID_HEAD "aa.h", 0);
	plant("new/2.M1P1Q1R" ID_HEAD "bb.h", 0);
	plant("mailpit/findings/" ID_HEAD "aa", 0);
	plant("mailpit/findings/" ID_HEAD "bb", 0);
	plant("mailpit/tags/" ID_HEAD "aa", 0);
	plant("mailpit/tags/" ID_HEAD "bb", 0);
	prune(1, 0);
	cr_assert_eq(done.messages, 1);
	cr_assert_eq(done.orphans, 0);
	cr_assert_not(there("mailpit/findings/" ID_HEAD "aa"));
	cr_assert_not(there("mailpit/tags/" ID_HEAD "aa"));
	cr_assert(there("mailpit/tags/" ID_HEAD "bb"));
	cr_assert(there("mailpit/findings/" ID_HEAD "bb"));
}

Test(prune, the_trash_is_kept_for_an_hour_after_the_move)
{
	/* Written to a year ago, but moved here just now. */
	plant("mailpit/trash/1.a.h:2,S", 365 * 24 * HOUR);
	prune(0, 0);
	cr_assert(there("mailpit/trash/1.a.h:2,S"));
	offset = HOUR - 60;
	prune(0, 0);
	cr_assert(there("mailpit/trash/1.a.h:2,S"));
	offset = HOUR + 60;
	prune(0, 0);
	cr_assert_not(there("mailpit/trash/1.a.h:2,S"));
	cr_assert_eq(done.messages, 0);
}

Test(prune, a_long_session_log_is_rotated)
{
	char *log = mem_format("mailpit/sessions.%s", m.host);
	char *old = mem_format("%s.1", log);
	struct stat st;
	int fd;

	plant(log, 0);
	plant(old, 0);
	plant("mailpit/sessions.other-host", 0);
	fd = openat(m.dir, log, O_WRONLY);
	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, 1024 * 1024), 0);
	prune(0, 0);
	cr_assert(there(log));
	cr_assert_eq(ftruncate(fd, 1024 * 1024 + 1), 0);
	close(fd);
	prune(0, 0);
	cr_assert_not(there(log));
	cr_assert_eq(fstatat(m.dir, old, &st, 0), 0);
	cr_assert_eq(st.st_size, 1024 * 1024 + 1);
	cr_assert(there("mailpit/sessions.other-host"));
	prune(0, 0);
	cr_assert(there(old));
	free(old);
	free(log);
}

Test(prune, a_step_that_fails_does_not_hold_up_the_others)
{
	plant("tmp/stale", 37 * HOUR);
	cr_assert_eq(unlinkat(m.side, "trash", AT_REMOVEDIR), 0);
	errno = 0;
	cr_assert_eq(maildir_prune(&m, &no_limits, &done), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(done.temporary, 1);
}
