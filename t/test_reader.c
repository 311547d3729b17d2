/* SPDX-License-Identifier: MIT */
/* test_reader.c: listing, opening, marking and deleting, while others do */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/reader.h"
#include "support.h"

#define ID "0123456789ABCDEFGHIJab"
#define NAME "1795476417.M000042P1Q1R" ID ".h,S=3,W=4"

static struct reader r;

static bool
there(const char *path)
{
	char *whole = support_path(path);
	bool found = access(whole, F_OK) == 0;

	free(whole);
	return found;
}

static void
plant(const char *path)
{
	free(support_file(path, "x\n\n"));
}

static void
set_up(void)
{
	char *path = support_path("M");
	struct maildir m;

	cr_assert_eq(maildir_open(&m, path, MAILDIR_CREATE), 0);
	maildir_close(&m);
	cr_assert_eq(reader_open(&r, path), 0);
	free(path);
}

static void
tear_down(void)
{
	reader_close(&r);
}

TestSuite(reader, .init = set_up, .fini = tear_down);

Test(reader, an_id_is_that_of_the_name_or_derived_from_it)
{
	struct maildir_name name;
	char id[ID_SIZE], other[ID_SIZE];

	maildir_parse_name(STR(NAME ":2,S"), &name);
	reader_id(&name, id);
	cr_assert_str_eq(id, ID);
	maildir_parse_name(STR("1.2_3.host"), &name);
	reader_id(&name, id);
	cr_assert(id_is_valid(str_of(id)));
	cr_assert_str_eq(id, "1rLrTBbw789A2L1Ww546TF");
	maildir_parse_name(STR("1.2_3.host:2,S"), &name);
	reader_id(&name, other);
	cr_assert_str_eq(id, other);
	maildir_parse_name(STR("1.2_4.host"), &name);
	reader_id(&name, other);
	cr_assert_str_neq(id, other);
}

static bool
count(void *arg, struct str name)
{
	size_t *n = arg;

	cr_assert_neq(name.p[0], '.');
	(*n)++;
	return true;
}

Test(reader, a_listing_has_the_regular_files)
{
	char *link = support_path("M/new/link"), *pipe, *folder;
	size_t n = 0;

	plant("M/new/" NAME);
	plant("M/new/foreign");
	plant("M/new/.hidden");
	pipe = support_path("M/new/pipe");
	folder = support_path("M/new/folder");
	cr_assert_eq(symlink("foreign", link), 0);
	cr_assert_eq(mkfifo(pipe, 0600), 0);
	cr_assert_eq(mkdir(folder, 0700), 0);
	cr_assert_eq(reader_list(r.new, count, &n), 0);
	cr_assert_eq(n, 2);
	free(link);
	free(pipe);
	free(folder);
}

Test(reader, a_message_is_found_under_whatever_flags)
{
	static const char *const places[] = {"new/" NAME, "new/" NAME ":2,",
	    "cur/" NAME ":2,S", "cur/" NAME ":2,DFS", "cur/" NAME ":1,x",
	    "cur/" NAME};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = mem_format("M/%s", places[i]);
		char *whole = support_path(path);
		struct buf name = BUF_INIT;
		struct stat st;
		bool in_new;
		int fd;

		plant(path);
		fd = reader_open_message(&r, STR(NAME ":2,T"), true, &st);
		cr_assert_geq(fd, 0, "%s", places[i]);
		cr_assert_eq(st.st_size, 3);
		close(fd);
		cr_assert_eq(reader_find(&r, STR(NAME), &name, &in_new), 0);
		cr_assert_str_eq(name.data, places[i] + 4);
		cr_assert_eq(in_new, places[i][0] == 'n');
		cr_assert_eq(unlink(whole), 0);
		buf_fini(&name);
		free(whole);
		free(path);
	}
}

Test(reader, names_that_are_paths_or_no_files_are_not_opened)
{
	static const char *const names[] = {"../../etc/passwd", ".", "..", "",
	    "a/b", "../new/there", "folder/there", ".hidden", "link", "pipe"};
	char *link = support_path("M/cur/link"), *pipe, *folder;
	struct stat st;

	pipe = support_path("M/cur/pipe");
	folder = support_path("M/cur/folder");
	cr_assert_eq(mkdir(folder, 0700), 0);
	plant("M/cur/folder/there");
	plant("M/new/there");
	plant("M/cur/.hidden");
	cr_assert_eq(symlink("/etc/passwd", link), 0);
	cr_assert_eq(mkfifo(pipe, 0600), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		errno = 0;
		cr_assert_eq(
		    reader_open_message(&r, str_of(names[i]), false, &st), -1);
		cr_assert_eq(errno, ENOENT, "%s", names[i]);
	}
	free(link);
	free(pipe);
	free(folder);
}

Test(reader, folders_that_are_links_are_not_followed)
{
	char *path = support_path("M"), *tags = support_path("M/mailpit/tags");
	char *cur = support_path("M/cur"), *elsewhere = support_path("away");
	struct reader other;

	cr_assert_eq(rename(tags, elsewhere), 0);
	cr_assert_eq(symlink("../../away", tags), 0);
	cr_assert_eq(reader_open(&other, path), 0);
	cr_expect_eq(other.tags, -1);
	cr_expect_geq(other.findings, 0);
	reader_close(&other);
	cr_assert_eq(rmdir(cur), 0);
	cr_assert_eq(symlink("../away", cur), 0);
	cr_expect_eq(reader_open(&other, path), -1);
	free(path);
	free(tags);
	free(cur);
	free(elsewhere);
}

Test(reader, marking_moves_and_keeps_the_other_flags)
{
	static const struct {
		const char *before, *hint;
		bool in_new, seen;
		const char *after;
	} cases[] = {
	    {"new/" NAME, NAME, true, true, "cur/" NAME ":2,S"},
	    {"new/" NAME, NAME, true, false, "new/" NAME},
	    {"cur/" NAME ":2,FT", NAME ":2,FT", false, true,
		"cur/" NAME ":2,FST"},
	    {"cur/" NAME ":2,FS", NAME ":2,FS", false, false,
		"cur/" NAME ":2,F"},
	    {"cur/" NAME ":2,S", NAME ":2,S", false, true, "cur/" NAME ":2,S"},
	    {"cur/" NAME ":2,R", NAME, true, true, "cur/" NAME ":2,RS"},
	    {"cur/" NAME, NAME, false, true, "cur/" NAME ":2,S"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *before = mem_format("M/%s", cases[i].before);
		char *after = mem_format("M/%s", cases[i].after);
		char *whole = support_path(after);
		struct buf name = BUF_INIT;

		plant(before);
		cr_assert_eq(reader_mark(&r, str_of(cases[i].hint),
				 cases[i].in_new, cases[i].seen, &name),
		    0, "case %zu", i);
		cr_assert(there(after), "case %zu: %s", i, name.data);
		cr_assert_str_eq(name.data, cases[i].after + 4);
		cr_assert_eq(unlink(whole), 0);
		buf_fini(&name);
		free(before);
		free(after);
		free(whole);
	}
}

Test(reader, what_is_gone_is_enoent)
{
	struct buf name = BUF_INIT;
	struct stat st;
	bool in_new;

	cr_assert_eq(reader_open_message(&r, STR(NAME), true, &st), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(reader_mark(&r, STR(NAME), true, true, &name), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(reader_delete(&r, STR(NAME), true), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(reader_trash(&r, STR(NAME), true), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(reader_restore(&r, STR(NAME)), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(reader_find(&r, STR(NAME), &name, &in_new), -1);
	cr_assert_eq(errno, ENOENT);
	buf_fini(&name);
}

Test(reader, deleting_takes_the_tags_along)
{
	plant("M/cur/" NAME ":2,PS");
	plant("M/mailpit/tags/" ID);
	cr_assert_eq(reader_delete(&r, STR(NAME), true), 0);
	cr_assert_not(there("M/cur/" NAME ":2,PS"));
	cr_assert_not(there("M/mailpit/tags/" ID));
}

Test(reader, the_trash_gives_back_what_it_got)
{
	char *trash = support_path("M/mailpit/trash");

	plant("M/new/" NAME);
	plant("M/mailpit/tags/" ID);
	reader_close(&r);
	cr_assert_eq(rmdir(trash), 0);
	free(trash);
	trash = support_path("M");
	cr_assert_eq(reader_open(&r, trash), 0);
	cr_assert_eq(reader_trash(&r, STR(NAME), true), 0);
	cr_assert(there("M/mailpit/trash/" NAME));
	cr_assert(there("M/mailpit/tags/" ID));
	cr_assert_eq(reader_restore(&r, STR(NAME)), 0);
	cr_assert(there("M/cur/" NAME ":2,"));
	cr_assert_eq(reader_trash(&r, STR(NAME ":2,"), false), 0);
	cr_assert_eq(reader_restore(&r, STR(NAME)), 0);
	cr_assert(there("M/cur/" NAME ":2,"));
	free(trash);
}

Test(reader, tags_are_written_as_a_whole)
{
	struct buf out = BUF_INIT;
	char *tmp = support_path("M/tmp"), *tags;

	cr_assert_eq(reader_side(r.tags, ID, &out), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(reader_write_tags(&r, ID, STR("a\nb\n")), 0);
	cr_assert_eq(reader_side(r.tags, ID, &out), 0);
	cr_assert_str_eq(out.data, "a\nb\n");
	buf_reset(&out);
	cr_assert_eq(reader_write_tags(&r, ID, STR("")), 0);
	cr_assert_eq(reader_side(r.tags, ID, &out), 0);
	cr_assert_str_eq(out.data, "\n");
	cr_assert_eq(support_count(tmp), 0);
	cr_assert_eq(reader_write_tags(&r, "../x", STR("a\n")), -1);
	cr_assert_eq(errno, EINVAL);
	tags = support_path("M/mailpit/tags");
	cr_assert_eq(support_count(tags), 1);
	buf_fini(&out);
	free(tmp);
	free(tags);
}

Test(reader, a_side_file_is_a_small_regular_file)
{
	struct buf out = BUF_INIT;
	char *link = support_path("M/mailpit/tags/" ID);
	char *path = support_path("M/mailpit/tags/1123456789ABCDEFGHIJab");
	int fd;

	cr_assert_eq(symlink("/etc/passwd", link), 0);
	cr_assert_eq(reader_side(r.tags, ID, &out), -1);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, (1 << 20) + 1), 0);
	close(fd);
	cr_assert_eq(reader_side(r.tags, "1123456789ABCDEFGHIJab", &out), -1);
	cr_assert_eq(errno, EFBIG);
	buf_fini(&out);
	free(link);
	free(path);
}

Test(reader, the_stamp_shows_changes)
{
	struct reader_stamp a, b;

	cr_assert_eq(reader_stamp(&r, &a), 0);
	cr_assert_eq(reader_stamp(&r, &b), 0);
	cr_assert_arr_eq(&a, &b, sizeof(a));
	(void)usleep(30000);
	plant("M/new/" NAME);
	cr_assert_eq(reader_stamp(&r, &b), 0);
	cr_assert(memcmp(&a, &b, sizeof(a)) != 0);
	(void)usleep(30000);
	cr_assert_eq(reader_write_tags(&r, ID, STR("a\n")), 0);
	cr_assert_eq(reader_stamp(&r, &a), 0);
	cr_assert(memcmp(&a, &b, sizeof(a)) != 0);
}
