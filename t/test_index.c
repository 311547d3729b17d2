/* SPDX-License-Identifier: MIT */
/* test_index.c: what callers of the index rely on; see e2e_index.py too */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "index/index.h"
#include "mail/tag.h"
#include "support.h"

static char *maildir, *folder;
static struct index_options options;
static struct index *x;
static int number;

static void
open_index(void)
{
	struct buf why = BUF_INIT;

	x = index_open(&options, &why);
	cr_assert_not_null(x, "%s", why.data);
	buf_fini(&why);
}

static void
set_up(void)
{
	struct maildir m;

	maildir = support_path("M");
	folder = support_path("deep/index");
	cr_assert_eq(maildir_open(&m, maildir, MAILDIR_CREATE), 0);
	maildir_close(&m);
	options = (struct index_options){.folder = folder,
	    .maildir = maildir,
	    .tags_from_header = true,
	    .tags_from_plus = true};
	number = 0;
	open_index();
}

static void
tear_down(void)
{
	index_close(x);
	free(maildir);
	free(folder);
}

TestSuite(index, .init = set_up, .fini = tear_down);

/* Delivers; the ID is that of the number. */
static void
add(const char *text, char id[ID_SIZE])
{
	char *name;

	number++;
	(void)snprintf(id, ID_SIZE, "1%021d", number);
	name = mem_format("M/new/%d.M%06dP1Q1R%s.h,S=%zu,W=%zu",
	    1795000000 + number, number, id, strlen(text), strlen(text));
	free(support_file(name, text));
	free(name);
}

struct seen {
	size_t count;
	uint64_t total;
	struct index_counts *counts;
	char first[ID_SIZE];
	size_t most;
};

static bool
see(void *arg, const struct index_row *row)
{
	struct seen *s = arg;

	s->total = s->counts->total;
	if (s->count == 0)
		memcpy(s->first, row->id, ID_SIZE);
	cr_assert(id_is_valid(str_of(row->id)));
	return ++s->count != s->most;
}

static struct seen
list(const struct query *q, uint64_t start, uint64_t limit, size_t most)
{
	const struct index_page page = {.start = start, .limit = limit};
	struct index_counts counts;
	struct seen s = {.counts = &counts, .most = most};

	cr_assert_eq(index_list(x, q, &page, &counts, see, &s), 0);
	s.total = counts.total;
	s.counts = NULL;
	return s;
}

Test(index, the_counts_are_there_when_the_first_row_comes)
{
	const struct index_page page = {.limit = UINT64_MAX};
	struct index_counts counts = {.total = 99};
	struct seen s = {.counts = &counts};
	char id[ID_SIZE];

	add("Subject: a\n\n", id);
	add("Subject: b\n\n", id);
	cr_assert_eq(index_list(x, NULL, &page, &counts, see, &s), 0);
	cr_assert_eq(s.total, 2);
	cr_assert_eq(s.count, 2);
	cr_assert_str_eq(s.first, id);
	cr_assert_eq(counts.unread, 2);
	cr_assert_eq(counts.matches, 2);
}

Test(index, a_list_ends_when_the_caller_has_enough)
{
	char id[ID_SIZE];

	for (int i = 0; i < 10; i++)
		add("Subject: a\n\n", id);
	cr_assert_eq(list(NULL, 0, 10, 3).count, 3);
	cr_assert_eq(list(NULL, 8, 10, 0).count, 2);
	cr_assert_eq(list(NULL, UINT64_MAX, UINT64_MAX, 0).count, 0);
	cr_assert_eq(list(NULL, 0, 0, 0).count, 0);
	cr_assert_eq(list(NULL, 0, 0, 0).total, 10);
}

Test(index, a_found_row_lives_in_the_memory_of_the_caller)
{
	struct buf memory = BUF_INIT;
	struct index_row row;
	char id[ID_SIZE], other[ID_SIZE];

	add("From: Joe <joe@x>\nSubject: one\nX-Tags: b, a\n\nbody", id);
	add("Subject: two\n\n", other);
	cr_assert_eq(index_find(x, id, NULL, &memory, &row), INDEX_FOUND);
	cr_assert_eq(list(NULL, 0, 10, 0).count, 2);
	cr_assert(str_eq(row.subject, STR("one")));
	cr_assert(str_eq(row.from, STR("Joe\tjoe@x\n")));
	cr_assert(str_eq(row.tags, STR("a\nb\n")));
	cr_assert(str_eq(row.snippet, STR("body")));
	cr_assert(row.in_new);
	cr_assert_not(row.read);
	cr_assert_eq(row.created, INT64_C(1795000001000));
	buf_reset(&memory);
	cr_assert_eq(index_find(x, NULL, NULL, &memory, &row), INDEX_FOUND);
	cr_assert_str_eq(row.id, other);
	cr_assert_eq(index_find(x, "x", NULL, &memory, &row), INDEX_NONE);
	buf_fini(&memory);
}

Test(index, what_decides_its_content_makes_it_anew)
{
	struct buf tags = BUF_INIT;
	char id[ID_SIZE];

	add("To: a+plus@x\nX-Tags: from header\n\n", id);
	cr_assert_eq(index_tags(x, true, &tags), 0);
	cr_assert_str_eq(tags.data, "1\tfrom header\n1\tplus\n");
	index_close(x);
	options.tags_from_header = false;
	options.tags_title_case = true;
	open_index();
	buf_reset(&tags);
	cr_assert_eq(index_tags(x, true, &tags), 0);
	cr_assert_str_eq(tags.data, "1\tPlus\n");
	buf_fini(&tags);
}

Test(index, tags_that_nobody_waits_for_are_those_of_the_newest)
{
	struct buf tags = BUF_INIT;
	char id[ID_SIZE];

	add("X-Tags: oldest\n\n", id);
	for (int i = 0; i < 400; i++)
		add("Subject: a\n\n", id);
	add("X-Tags: newest\n\n", id);
	cr_assert_eq(index_tags(x, false, &tags), 0);
	cr_assert_str_eq(tags.data, "1\tnewest\n");
	buf_reset(&tags);
	cr_assert_eq(index_tags(x, true, &tags), 0);
	cr_assert_str_eq(tags.data, "1\tnewest\n1\toldest\n");
	buf_reset(&tags);
	add("X-Tags: now\n\n", id);
	cr_assert_eq(index_tags(x, false, &tags), 0);
	cr_assert_str_eq(tags.data, "1\tnewest\n1\tnow\n1\toldest\n");
	buf_fini(&tags);
}

Test(index, the_folder_and_the_file_are_for_their_owner_only)
{
	char *file = mem_format("%s/index.db", folder);
	struct stat st;

	cr_assert_eq(stat(folder, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0700);
	cr_assert_eq(stat(file, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_gt(index_size(x), 0);
	free(file);
}

Test(index, what_cannot_be_opened_says_why)
{
	struct index_options o = options;
	struct buf why = BUF_INIT;
	char *file = support_file("file", "x");

	o.maildir = "/nowhere/at/all";
	cr_assert_null(index_open(&o, &why));
	cr_assert_not_null(strstr(why.data, "/nowhere/at/all"));
	buf_reset(&why);
	o = options;
	o.folder = file;
	cr_assert_null(index_open(&o, &why));
	cr_assert_gt(why.len, 0);
	buf_fini(&why);
	free(file);
}

struct told {
	enum index_event last;
	size_t count;
};

static bool
hear(void *arg, const struct index_happening *h)
{
	struct told *t = arg;

	t->last = h->event;
	t->count++;
	return true;
}

Test(index, much_at_once_is_one_event)
{
	const struct index_set all = {.all = true};
	struct index_changed done;
	struct told told = {.count = 0};
	char id[ID_SIZE];
	uint64_t last;

	for (int i = 0; i < 300; i++)
		add("Subject: a\n\n", id);
	cr_assert_eq(index_follow(x), 0);
	cr_assert_eq(index_last_event(x, &last), 0);
	cr_assert_eq(index_mark(x, &all, true, &done), 0);
	cr_assert_eq(done.changed, 300);
	cr_assert_eq(index_events(x, last, hear, &told), 0);
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.last, INDEX_EVENT_RELOAD);
	cr_assert_eq(index_last_event(x, &last), 0);
	told.count = 0;
	cr_assert_eq(index_events(x, last, hear, &told), 0);
	cr_assert_eq(told.count, 0);
	cr_assert_eq(index_delete(x, &all, &done), 0);
	cr_assert_eq(done.changed, 300);
	cr_assert_eq(index_events(x, last, hear, &told), 0);
	cr_assert_eq(told.last, INDEX_EVENT_TRUNCATE);
	cr_assert_eq(index_deleted(x, 0), 300);
	told.count = 0;
	cr_assert_eq(index_events(x, last + 1000000, hear, &told), 0);
	cr_assert_eq(told.last, INDEX_EVENT_RELOAD);
	cr_assert_eq(told.count, 1);
}

Test(index, only_who_deletes_everything_is_told_that_everything_went)
{
	const struct index_set all = {.all = true};
	struct index_changed done;
	struct told told = {.count = 0};
	char ids[1][ID_SIZE];
	const struct index_set one = {
	    .ids = (const char(*)[ID_SIZE])ids, .count = 1};
	uint64_t last;

	add("Subject: the last\n\n", ids[0]);
	cr_assert_eq(index_follow(x), 0);
	cr_assert_eq(index_last_event(x, &last), 0);
	cr_assert_eq(index_delete(x, &one, &done), 0);
	cr_assert_eq(index_events(x, last, hear, &told), 0);
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.last, INDEX_EVENT_DELETE);
	cr_assert_eq(index_last_event(x, &last), 0);
	told.count = 0;
	cr_assert_eq(index_mark(x, &all, true, &done), 0);
	cr_assert_eq(index_delete(x, &one, &done), 0);
	cr_assert_eq(index_events(x, last, hear, &told), 0);
	cr_assert_eq(told.count, 0);
	/* Who waits for the word is told, although there was nothing. */
	cr_assert_eq(index_delete(x, &all, &done), 0);
	cr_assert_eq(done.changed, 0);
	cr_assert_eq(index_events(x, last, hear, &told), 0);
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.last, INDEX_EVENT_TRUNCATE);
}

Test(index, what_one_may_not_change_is_counted_as_refused)
{
	static const char *const readable[] = {
	    "M/cur", "M/mailpit", "M/mailpit/tags"};
	const struct index_set all = {.all = true};
	struct index_changed done;
	char *new = support_path("M/new"), *top = support_path(".");
	char *deep = support_path("deep");
	char id[ID_SIZE];

	add("Subject: a\n\n", id);
	cr_assert_eq(index_follow(x), 0);
	cr_assert_eq(chmod(new, 0555), 0);
	if (geteuid() == 0) {
		/* Nothing is forbidden to root. */
		char *file = mem_format("%s/index.db", folder);
		char *wal = mem_format("%s/index.db-wal", folder);
		char *shm = mem_format("%s/index.db-shm", folder);
		char *lock = mem_format("%s/index.lock", folder);
		const char *const all_of_it[] = {folder, file, wal, shm, lock};

		cr_assert_eq(chmod(top, 0755), 0);
		cr_assert_eq(chmod(maildir, 0755), 0);
		cr_assert_eq(chmod(deep, 0755), 0);
		for (size_t i = 0; i < 3; i++) {
			char *path = support_path(readable[i]);

			cr_assert_eq(chmod(path, 0755), 0);
			free(path);
		}
		for (size_t i = 0; i < 5; i++)
			(void)!chown(all_of_it[i], 65534, 65534);
		cr_assert_eq(seteuid(65534), 0);
		free(file);
		free(wal);
		free(shm);
		free(lock);
	}
	cr_assert_eq(index_delete(x, &all, &done), 0);
	cr_assert_eq(done.refused, 1);
	cr_assert_eq(done.changed, 0);
	cr_assert_eq(index_mark(x, &all, true, &done), 0);
	cr_assert_eq(done.refused, 1);
	cr_assert_eq(list(NULL, 0, 10, 0).count, 1);
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(chmod(new, 0700), 0);
	cr_assert_eq(index_delete(x, &all, &done), 0);
	cr_assert_eq(done.changed, 1);
	free(new);
	free(top);
	free(deep);
}

Test(index, a_full_text_that_is_mostly_dead_is_made_anew)
{
	struct buf why = BUF_INIT;
	struct query *q = query_parse(STR("needle"), STR("UTC"), &why);
	const struct index_set most = {.query = q};
	struct index_changed done;
	char id[ID_SIZE];

	cr_assert_not_null(q);
	for (int i = 0; i < 2100; i++)
		add("Subject: a\n\nneedle in a stack of hay\n", id);
	add("Subject: a\n\nhay\n", id);
	cr_assert_eq(index_build(x), 0);
	cr_assert_eq(index_delete(x, &most, &done), 0);
	cr_assert_eq(done.changed, 2100);
	cr_assert_eq(index_build(x), 0);
	cr_assert_eq(list(q, 0, 10, 0).count, 0);
	query_free(q);
	q = query_parse(STR("hay subject:\"a\""), STR("UTC"), &why);
	cr_assert_eq(list(q, 0, 10, 0).count, 1);
	query_free(q);
	buf_fini(&why);
}
