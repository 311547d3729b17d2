/* SPDX-License-Identifier: MIT */
#ifndef NET_LANDLOCK_H
#define NET_LANDLOCK_H

/*
 * landlock: what this process, and all that it starts, may do with files from
 * now on, by the rules of landlock(7); nothing but what is named. Where the
 * kernel can, no TCP connection is made or accepted any more either, and no
 * process outside gets a signal.
 *
 * A rule follows the inode: a file that was replaced by rename(2) since
 * landlock_enter() is another one.
 */

#define LANDLOCK_PATHS_MAX 8

struct landlock_paths {
	const char *folders[LANDLOCK_PATHS_MAX]; /* read and written */
	const char *databases[LANDLOCK_PATHS_MAX]; /* truncated, too */
	/* Read; of a folder, all files in it. */
	const char *files[LANDLOCK_PATHS_MAX];
	/* Folders: read, and what is in them run. */
	const char *programs[LANDLOCK_PATHS_MAX];
};

/* The version of the kernel's; 0: none that will do. */
int landlock_abi(void);

/*
 * Enters, for good; no_new_privs is set already. abi 0: does nothing. NULLs
 * are skipped, and what is not there needs no rule. Returns 0, or -1 with
 * errno.
 */
int landlock_enter(int abi, const struct landlock_paths *paths);

#endif
