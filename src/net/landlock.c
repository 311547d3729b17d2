/* SPDX-License-Identifier: MIT */
/* landlock.c: rules of the kernel for files and more */

#include "net/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first ABI with REFER: without it nothing moves from tmp/ to new/. */
#define LANDLOCK_ABI_MIN 2

/* linux/landlock.h of Debian 12 ends before these. */
#define FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_TCP 3ULL /* bind and connect, ABI 4 */
#define SCOPE_ALL 3ULL /* abstract sockets and signals, ABI 6 */

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                               \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |      \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |        \
	    LANDLOCK_ACCESS_FS_REFER)

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < LANDLOCK_ABI_MIN ? 0 : (int)abi;
}

static uint64_t
fs_rights(int abi)
{
	uint64_t all =
	    FS_READ | FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE |
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

	if (abi >= 3)
		all |= FS_TRUNCATE;
	if (abi >= 5)
		all |= FS_IOCTL_DEV;
	return all;
}

/* A path that is not there needs no right. */
static int
allow_path(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights};
	int rc;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	/* What is not there, or not ours to open, needs no rule. */
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES
			   ? 0
			   : -1;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return rc;
}

static int
allow_paths(int ruleset, const char *const paths[], uint64_t rights)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LANDLOCK_PATHS_MAX; i++)
		if (paths[i] != NULL)
			rc = allow_path(ruleset, paths[i], rights);
	return rc;
}

int
landlock_enter(int abi, const struct landlock_paths *paths)
{
	/* What a later ABI added stands behind what an earlier one knows. */
	struct {
		uint64_t fs, net, scoped;
	} attr = {.fs = fs_rights(abi), .net = NET_TCP, .scoped = SCOPE_ALL};
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	int ruleset, rc;

	if (abi == 0)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return -1;
	rc = allow_paths(ruleset, paths->folders, FS_READ | FS_WRITE);
	if (rc == 0)
		rc = allow_paths(ruleset, paths->databases,
		    FS_READ | FS_WRITE | (abi >= 3 ? FS_TRUNCATE : 0));
	if (rc == 0)
		rc = allow_paths(
		    ruleset, paths->files, LANDLOCK_ACCESS_FS_READ_FILE);
	if (rc == 0)
		rc = allow_paths(ruleset, paths->programs,
		    FS_READ | LANDLOCK_ACCESS_FS_EXECUTE);
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	return rc;
}
