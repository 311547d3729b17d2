/* SPDX-License-Identifier: MIT */
/* prune.c: remove what is beyond the limits, left over or orphaned */

#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/reader.h"
#include "mail/scan.h"
#include "mail/side.h"

#define STALE_AGE ((int64_t)36 * 3600)
#define TRASH_AGE ((int64_t)3600)
#define SESSIONS_MAX (1024 * 1024)

/* Folders of files that are named after messages. */
static const char *const sides[] = {"findings", "tags"};

static int
scan_below(
    struct scan *l, int side, const char *name, enum scan_by by, int *folder)
{
	*folder =
	    openat(side, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *folder < 0 ? -1 : scan_folder(l, *folder, by);
}

static int
by_age(const void *pa, const void *pb)
{
	const struct scan_entry *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Removes one file; one that is gone already is neither counted nor wrong. */
static int
remove_entry(const struct scan_entry *e, uint64_t *count)
{
	if (unlinkat(e->folder, e->name, 0) == 0)
		(*count)++;
	else if (errno != ENOENT)
		return -1;
	return 0;
}

/* Removes what is older than the age, as far as that is possible. */
static int
remove_old(const struct scan *l, int64_t now, int64_t age, uint64_t *count)
{
	int error = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].time < now - age &&
		    remove_entry(&l->items[i], count) != 0)
			error = errno;
	errno = error;
	return error == 0 ? 0 : -1;
}

static struct str
unique_of(const struct scan_entry *e)
{
	struct maildir_name name;

	maildir_parse_name(str_of(e->name), &name);
	return name.unique;
}

/* A message that a MUA renamed while we read was seen twice: it is one. */
static void
drop_doubles(struct scan *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct scan_entry e = l->items[i];

		if (i + 1 < l->n &&
		    str_eq(unique_of(&e), unique_of(&l->items[i + 1])))
			free(e.name);
		else
			l->items[kept++] = e;
	}
	l->n = kept;
}

/* All messages, oldest first. */
static int
scan_messages(struct scan *l, struct maildir *m)
{
	if (scan_folder(l, m->new, SCAN_BY_NAME) != 0 ||
	    scan_folder(l, m->cur, SCAN_BY_NAME) != 0)
		return -1;
	if (l->n > 1)
		qsort(l->items, l->n, sizeof(*l->items), by_age);
	drop_doubles(l);
	return 0;
}

/* Removes a message and, if it was still there, its side file. */
static int
remove_message(struct maildir *m, const struct scan_entry *e, uint64_t *count)
{
	struct maildir_name name;
	uint64_t before = *count;

	if (remove_entry(e, count) != 0)
		return -1;
	maildir_parse_name(str_of(e->name), &name);
	if (*count > before && name.id.n == ID_LENGTH) {
		char id[ID_SIZE] = "";

		memcpy(id, name.id.p, ID_LENGTH);
		side_remove_findings(m, id);
		side_remove_tags(m, id);
	}
	return 0;
}

static int
prune_messages(struct maildir *m, const struct maildir_limits *limits,
    int64_t now, uint64_t *count)
{
	struct scan l = {0};
	size_t excess = 0;
	int rc;

	if (limits->max_messages == 0 && limits->max_age == 0)
		return 0;
	rc = scan_messages(&l, m);
	if (limits->max_messages != 0 && l.n > limits->max_messages)
		excess = l.n - (size_t)limits->max_messages;
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		bool old = limits->max_age != 0 &&
			   l.items[i].time < now - limits->max_age;

		if (i >= excess && !old)
			break;
		rc = remove_message(m, &l.items[i], count);
	}
	scan_fini(&l);
	return rc;
}

static int
prune_tmp(struct maildir *m, int64_t now, uint64_t *count)
{
	struct scan l = {0};
	int rc = scan_folder(&l, m->tmp, SCAN_BY_WRITE);

	if (rc == 0 && remove_old(&l, now, STALE_AGE, count) != 0)
		rc = -1;
	scan_fini(&l);
	return rc;
}

static int
prune_trash(struct maildir *m, int64_t now)
{
	struct scan l = {0};
	uint64_t count = 0;
	int folder;
	int rc = scan_below(&l, m->side, "trash", SCAN_BY_MOVE, &folder);

	if (rc == 0 && remove_old(&l, now, TRASH_AGE, &count) != 0)
		rc = -1;
	scan_fini(&l);
	if (folder >= 0)
		close(folder);
	return rc;
}

/* Adds the messages that exist; what is in the trash may still come back. */
static int
scan_living(struct scan *l, struct maildir *m)
{
	int trash = -1, rc = -1;

	if (scan_folder(l, m->new, SCAN_BY_NAME) == 0 &&
	    scan_folder(l, m->cur, SCAN_BY_NAME) == 0)
		rc = scan_below(l, m->side, "trash", SCAN_BY_NAME, &trash);
	if (trash >= 0)
		close(trash);
	return rc;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ID_SIZE);
}

/*
 * Drops from the candidates those whose message is in the list. A copy of a
 * message goes by the ID that is derived from its name.
 */
static void
spare_living(struct scan *candidates, const struct scan *living)
{
	char(*ids)[ID_SIZE] = mem_grow(NULL, living->n + 1, 2 * ID_SIZE);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < living->n; i++) {
		struct maildir_name name;

		maildir_parse_name(str_of(living->items[i].name), &name);
		reader_id(&name, ids[n++]);
		if (name.id.n == ID_LENGTH)
			reader_derive_id(name.unique, ids[n++]);
	}
	qsort(ids, n, ID_SIZE, compare_ids);
	for (size_t i = 0; i < candidates->n; i++) {
		struct scan_entry e = candidates->items[i];

		if (bsearch(e.name, ids, n, ID_SIZE, compare_ids) != NULL)
			free(e.name);
		else
			candidates->items[kept++] = e;
	}
	candidates->n = kept;
	free(ids);
}

/* Drops what is too young to judge, or not named after a message. */
static void
spare_young(struct scan *candidates, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->n; i++) {
		struct scan_entry e = candidates->items[i];

		if (e.time < now - STALE_AGE && id_is_valid(str_of(e.name)))
			candidates->items[kept++] = e;
		else
			free(e.name);
	}
	candidates->n = kept;
}

/*
 * A young side file may belong to a delivery under way. An old one may belong
 * to a message that a MUA renamed while we read the folder, which can hide it
 * from readdir(), so what looks orphaned is looked up a second time.
 */
static int
prune_orphans(struct maildir *m, const char *name, int64_t now, uint64_t *count)
{
	struct scan candidates = {0};
	int folder;
	int rc = scan_below(&candidates, m->side, name, SCAN_BY_WRITE, &folder);

	spare_young(&candidates, now);
	for (int pass = 0; pass < 2 && rc == 0 && candidates.n > 0; pass++) {
		struct scan living = {0};

		rc = scan_living(&living, m);
		if (rc == 0)
			spare_living(&candidates, &living);
		scan_fini(&living);
	}
	for (size_t i = 0; rc == 0 && i < candidates.n; i++)
		rc = remove_entry(&candidates.items[i], count);
	scan_fini(&candidates);
	if (folder >= 0)
		close(folder);
	return rc;
}

static int
rotate_sessions(struct maildir *m)
{
	char now[sizeof("sessions.") + sizeof(m->host)];
	char old[sizeof(now) + 2];
	struct stat st;

	(void)snprintf(now, sizeof(now), "sessions.%s", m->host);
	(void)snprintf(old, sizeof(old), "%s.1", now);
	if (!scan_is_file(m->side, now, &st) || st.st_size <= SESSIONS_MAX)
		return 0;
	if (renameat(m->side, now, m->side, old) != 0 && errno != ENOENT)
		return -1;
	return 0;
}

int
maildir_prune(struct maildir *m, const struct maildir_limits *limits,
    struct maildir_pruned *done)
{
	struct timespec now;
	int error = 0;

	*done = (struct maildir_pruned){0};
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		bug("no clock");
	/* Each step is worth doing even if another one cannot be done. */
	if (prune_messages(m, limits, now.tv_sec, &done->messages) != 0)
		error = errno;
	if (prune_tmp(m, now.tv_sec, &done->temporary) != 0 && error == 0)
		error = errno;
	if (prune_trash(m, now.tv_sec) != 0 && error == 0)
		error = errno;
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		if (prune_orphans(m, sides[i], now.tv_sec, &done->orphans) !=
			0 &&
		    error == 0)
			error = errno;
	if (rotate_sessions(m) != 0 && error == 0)
		error = errno;
	errno = error;
	return error == 0 ? 0 : -1;
}
