/* SPDX-License-Identifier: MIT */
#ifndef MAIL_SCAN_H
#define MAIL_SCAN_H

/*
 * scan: the regular files of a folder, with the time each of them tells.
 *
 * Names that begin with a dot are left out, as maildir(5) asks; so is all that
 * is no regular file. A file that another process renames meanwhile may be
 * missing, or be there under both names: readdir(3) promises nothing else.
 *
 * Functions return 0, or -1 with errno. The names are owned by the scan.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Where the time of a file comes from. */
enum scan_by {
	SCAN_BY_NAME, /* the unique name, else the mtime: messages */
	SCAN_BY_WRITE, /* the mtime */
	SCAN_BY_MOVE, /* the ctime, which a rename renews */
};

struct scan_entry {
	char *name;
	int folder; /* borrowed; where the name was seen */
	int64_t time;
};

struct scan {
	struct scan_entry *items;
	size_t n, cap;
};

/* Adds the files of the folder to the scan; what was added before stays. */
int scan_folder(struct scan *l, int folder, enum scan_by by);

void scan_fini(struct scan *l);

/* Whether a regular file is there (a link is none); how it is, in *st. */
bool scan_is_file(int folder, const char *name, struct stat *st);

#endif
