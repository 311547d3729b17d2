/* SPDX-License-Identifier: MIT */
/* support.c: temporary folders and files for the unit tests */

#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

static char *folder;
static pid_t owner;

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
clean_up(void)
{
	if (folder != NULL && owner == getpid())
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
fail(const char *what, const char *path)
{
	fprintf(stderr, "%s %s: %s\n", what, path, strerror(errno));
	abort();
}

char *
support_path(const char *name)
{
	if (folder == NULL || owner != getpid()) {
		const char *base = getenv("TMPDIR");

		folder = mem_format(
		    "%s/mailpit-test.XXXXXX", base != NULL ? base : "/tmp");
		if (mkdtemp(folder) == NULL)
			fail("mkdtemp", folder);
		owner = getpid();
		atexit(clean_up);
	}
	return mem_format("%s/%s", folder, name);
}

char *
support_file(const char *name, const char *text)
{
	char *path = support_path(name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		fail("write", path);
	return path;
}

char *
support_read(const char *path)
{
	size_t n;
	char *data = io_read_file(path, 256u << 20, &n);

	if (data == NULL)
		fail("read", path);
	return data;
}

size_t
support_count(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	if (d == NULL)
		fail("opendir", path);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			n++;
	closedir(d);
	return n;
}

char *
support_only(const char *path)
{
	DIR *d = opendir(path);
	char *only = NULL;

	if (d == NULL)
		fail("opendir", path);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (only != NULL)
			fail("more than one entry in", path);
		only = mem_format("%s/%s", path, e->d_name);
	}
	closedir(d);
	if (only == NULL)
		fail("no entry in", path);
	return only;
}
