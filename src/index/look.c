/* SPDX-License-Identifier: MIT */
/* look.c: whether the folders are as they were when they were read */

#include "index/inside.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

#define WHOLE_SECONDS INT64_C(2000000000)

static int64_t
nanoseconds(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		bug("no clock");
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int
inside_look(struct index *x, struct look *k)
{
	k->now = nanoseconds(CLOCK_REALTIME_COARSE);
	k->ticks = nanoseconds(CLOCK_BOOTTIME);
	if (reader_stamp(&x->reader, &k->stamp) == 0)
		return 0;
	log_error("[index] %s: %s", x->o.maildir, strerror(errno));
	return -1;
}

static int64_t
changed_at(const struct look *k, int folder)
{
	return k->stamp.seconds[folder] * 1000000000 +
	       k->stamp.nanoseconds[folder];
}

/* A file system that keeps whole seconds only needs more than one of them. */
static int64_t
grain_of(const struct index *x, const struct look *k, int folder)
{
	return k->stamp.nanoseconds[folder] == 0 && x->grain < WHOLE_SECONDS
		   ? WHOLE_SECONDS
		   : x->grain;
}

/*
 * Nothing can have changed between two looks. Equal times say so only if the
 * clock had left that time behind at the first look; of a clock that is not
 * ours nobody can tell.
 */
bool
inside_is_still(const struct index *x, const struct look *before,
    const struct look *after, int folder)
{
	return before->stamp.inode[folder] == after->stamp.inode[folder] &&
	       changed_at(before, folder) == changed_at(after, folder) &&
	       (x->remote || changed_at(before, folder) < before->now);
}

/* What the index knows of a folder: see the table of that name. */
struct memory {
	bool same; /* the stamp is the one that was read last */
	int64_t scanned, seen, looked;
};

static struct memory
recall(struct index *x, const struct look *k, int folder)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT scanned, seen, looked FROM folder"
	    " WHERE folder = ? AND inode = ? AND changed = ?");
	struct memory m = {false, 0, 0, 0};

	db_int(s, 1, folder);
	db_int(s, 2, (int64_t)k->stamp.inode[folder]);
	db_int(s, 3, changed_at(k, folder));
	if (db_step(s))
		m = (struct memory){
		    true, db_get_int(s, 0), db_get_int(s, 1), db_get_int(s, 2)};
	db_done(s);
	return m;
}

/*
 * Whether a folder may hold something else than when it was read. A time that
 * was as young as the reading itself proves nothing: the folder may have been
 * changed again within the same tick of its clock. Here the clock is ours: the
 * time must have been over when the reading began. Elsewhere clocks may differ
 * by any amount: the stamp must have been seen by us long enough before.
 */
bool
inside_has_changed(struct index *x, const struct look *k, int folder)
{
	struct memory m = recall(x, k, folder);
	int64_t grain = grain_of(x, k, folder);

	if (!m.same)
		return true;
	return x->remote ? m.looked - m.seen < grain
			 : changed_at(k, folder) >= m.scanned - grain;
}

/* The folder was read after this look. */
void
inside_has_read(struct index *x, const struct look *k, int folder)
{
	struct memory m = recall(x, k, folder);
	struct db_statement *s = db_statement(
	    x->db, "INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?, ?, ?)");

	db_int(s, 1, folder);
	db_int(s, 2, (int64_t)k->stamp.inode[folder]);
	db_int(s, 3, changed_at(k, folder));
	db_int(s, 4, k->now);
	/* Since when: by a clock that began anew it may be longer. */
	db_int(s, 5, m.same && m.seen <= k->ticks ? m.seen : k->ticks);
	db_int(s, 6, k->ticks);
	db_go(s);
}

/* Until the clock that stamps files has ticked. */
void
inside_wait_tick(void)
{
	static const struct timespec tick = {.tv_nsec = 4000000};

	(void)nanosleep(&tick, NULL);
}
