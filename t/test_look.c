/* SPDX-License-Identifier: MIT */
/* test_look.c: when the time of a folder proves that it is as it was */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "index/inside.h"
#include "mail/maildir.h"
#include "support.h"

#define MS INT64_C(1000000)
#define NOW (INT64_C(1795000000000) * MS)

static char *maildir, *folder;
static struct index *x;

static void
set_up(void)
{
	struct buf why = BUF_INIT;
	struct maildir m;
	struct index_options options;

	maildir = support_path("M");
	folder = support_path("index");
	cr_assert_eq(maildir_open(&m, maildir, MAILDIR_CREATE), 0);
	maildir_close(&m);
	options = (struct index_options){.folder = folder, .maildir = maildir};
	x = index_open(&options, &why);
	cr_assert_not_null(x, "%s", why.data);
	buf_fini(&why);
}

static void
tear_down(void)
{
	index_close(x);
	free(maildir);
	free(folder);
}

TestSuite(look, .init = set_up, .fini = tear_down);

/* A look at a folder that was changed at a time. */
static struct look
look_at(int64_t changed, int64_t now, int64_t ticks)
{
	struct look k = {.now = now, .ticks = ticks};

	for (int i = 0; i < INSIDE_FOLDERS; i++) {
		k.stamp.inode[i] = 7;
		k.stamp.seconds[i] = changed / (1000 * MS);
		k.stamp.nanoseconds[i] = changed % (1000 * MS);
	}
	return k;
}

Test(look, a_time_as_young_as_the_reading_proves_nothing)
{
	static const struct {
		const char *label;
		int64_t changed;
		bool proves;
	} rows[] = {
	    {"long before", NOW - 5000 * MS + 1, true},
	    {"before, by more than the grain", NOW - 21 * MS, true},
	    {"within the grain", NOW - 19 * MS, false},
	    {"the same tick", NOW + 1, false},
	    {"the clock was put back", NOW + 60000 * MS + 1, false},
	    {"whole seconds, within them", NOW - 1000 * MS, false},
	    {"whole seconds, long before", NOW - 3000 * MS, true},
	};

	x->remote = false;
	x->grain = 20 * MS;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct look k = look_at(rows[i].changed, NOW, 9);

		inside_has_read(x, &k, INSIDE_CUR);
		/* However much later it is asked. */
		k.now += 600000 * MS;
		cr_expect_eq(inside_has_changed(x, &k, INSIDE_CUR),
		    !rows[i].proves, "%s", rows[i].label);
	}
}

Test(look, another_time_or_folder_is_a_change)
{
	struct look k = look_at(NOW - 5001 * MS, NOW, 9), other;

	cr_expect(inside_has_changed(x, &k, INSIDE_NEW));
	inside_has_read(x, &k, INSIDE_NEW);
	cr_expect_not(inside_has_changed(x, &k, INSIDE_NEW));
	cr_expect(inside_has_changed(x, &k, INSIDE_CUR));
	other = look_at(NOW - 5002 * MS, NOW, 9);
	cr_expect(inside_has_changed(x, &other, INSIDE_NEW));
	other = k;
	other.stamp.inode[INSIDE_NEW]++;
	cr_expect(inside_has_changed(x, &other, INSIDE_NEW));
}

/* Its clock may be wrong by hours: only how long we saw the time counts. */
Test(look, of_another_clock_a_time_must_have_been_seen_before)
{
	struct look k = look_at(NOW - 7200000 * MS + 1, NOW, 100 * MS);

	x->remote = true;
	x->grain = 2000 * MS;
	inside_has_read(x, &k, INSIDE_NEW);
	cr_expect(inside_has_changed(x, &k, INSIDE_NEW));
	k.ticks = 2000 * MS;
	inside_has_read(x, &k, INSIDE_NEW);
	cr_expect(inside_has_changed(x, &k, INSIDE_NEW));
	k.ticks = 2101 * MS;
	inside_has_read(x, &k, INSIDE_NEW);
	cr_expect_not(inside_has_changed(x, &k, INSIDE_NEW));
	/* Another time begins anew. */
	k = look_at(NOW - 7100000 * MS + 1, NOW, 2200 * MS);
	inside_has_read(x, &k, INSIDE_NEW);
	cr_expect(inside_has_changed(x, &k, INSIDE_NEW));
	/* So does a clock that began anew, until it has gone as far. */
	k.ticks = 5 * MS;
	inside_has_read(x, &k, INSIDE_NEW);
	cr_expect(inside_has_changed(x, &k, INSIDE_NEW));
}

Test(look, equal_times_are_still_only_when_they_were_over)
{
	struct look before = look_at(NOW - 1, NOW, 0), after;

	x->remote = false;
	after = before;
	cr_expect(inside_is_still(x, &before, &after, INSIDE_CUR));
	before.now = NOW - 1;
	cr_expect_not(inside_is_still(x, &before, &after, INSIDE_CUR));
	after = look_at(NOW, NOW + 1, 0);
	before.now = NOW;
	cr_expect_not(inside_is_still(x, &before, &after, INSIDE_CUR));
}
