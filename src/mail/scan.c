/* SPDX-License-Identifier: MIT */
/* scan.c: read a folder of 100,000 files without looking at each */

#include "mail/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/maildir.h"

static void
add(struct scan *l, const char *name, int folder, int64_t when)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 256 : l->cap * 2;
		l->items = mem_grow(l->items, l->cap, sizeof(*l->items));
	}
	l->items[l->n++] = (struct scan_entry){mem_dups(name), folder, when};
}

void
scan_fini(struct scan *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].name);
	free(l->items);
	*l = (struct scan){0};
}

bool
scan_is_file(int folder, const char *name, struct stat *st)
{
	return fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st->st_mode);
}

/*
 * The time of one entry; false when it is no regular file, or gone. Where name
 * and type tell enough there is no stat: a Maildir may hold 100,000 files.
 */
static bool
time_of(int folder, const struct dirent *e, enum scan_by by, int64_t *when)
{
	struct maildir_name name;
	struct stat st;

	if (e->d_type != DT_REG && e->d_type != DT_UNKNOWN)
		return false;
	maildir_parse_name(str_of(e->d_name), &name);
	*when = name.time;
	if (by == SCAN_BY_NAME && name.time >= 0 && e->d_type == DT_REG)
		return true;
	if (!scan_is_file(folder, e->d_name, &st))
		return false;
	if (by != SCAN_BY_NAME || name.time < 0)
		*when = by == SCAN_BY_MOVE ? st.st_ctime : st.st_mtime;
	return true;
}

int
scan_folder(struct scan *l, int folder, enum scan_by by)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int error;

	if (d == NULL) {
		error = errno;
		if (fd >= 0)
			close(fd);
		errno = error;
		return -1;
	}
	while (errno = 0, (e = readdir(d)) != NULL) {
		int64_t when;

		if (e->d_name[0] != '.' && time_of(folder, e, by, &when))
			add(l, e->d_name, folder, when);
	}
	error = errno;
	closedir(d);
	errno = error;
	return error == 0 ? 0 : -1;
}
