/* SPDX-License-Identifier: MIT */
/* tail.c: follow the session logs */

#include "web/tail.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define LOGS_MAX 256
#define PREFIX "sessions."
#define READ_MAX 65536 /* of one log at a time */

struct log {
	char *name;
	ino_t inode;
	off_t at;
};

struct tail {
	const struct reader *reader;
	struct log logs[LOGS_MAX];
	size_t count;
	bool begun;
};

/* The log of that name; one that is not known yet begins where it is said. */
static struct log *
find(struct tail *t, const char *name, const struct stat *st)
{
	struct log *l;

	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->logs[i].name, name) == 0)
			return &t->logs[i];
	if (t->count == LOGS_MAX)
		return NULL;
	l = &t->logs[t->count++];
	l->name = mem_dups(name);
	l->inode = st->st_ino;
	l->at = t->begun ? 0 : st->st_size;
	return l;
}

/* Takes the whole lines behind the place; returns false when told to end. */
static bool
read_lines(int fd, struct log *l, bool (*each)(void *, struct str), void *arg)
{
	char *octets = mem_new(READ_MAX);
	ssize_t n = pread(fd, octets, READ_MAX, l->at);
	struct str rest = str_make(octets, n > 0 ? (size_t)n : 0);
	bool more = true;

	while (more && str_find(rest, '\n') < rest.n) {
		struct str line = str_cut(&rest, '\n');

		l->at += (off_t)line.n + 1;
		more = each(arg, line);
	}
	/* No line is as long as that. */
	if (rest.n == READ_MAX)
		l->at += READ_MAX;
	free(octets);
	return more;
}

static bool
look_at(struct tail *t, const char *name, bool (*each)(void *, struct str),
    void *arg)
{
	int fd = openat(t->reader->side, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool more = true;
	struct stat st;
	struct log *l;

	if (fd < 0)
		return true;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (l = find(t, name, &st)) != NULL) {
		if (l->inode != st.st_ino || st.st_size < l->at) {
			l->inode = st.st_ino;
			l->at = 0;
		}
		if (t->begun && st.st_size > l->at)
			more = read_lines(fd, l, each, arg);
	}
	close(fd);
	return more;
}

/* What was rotated away was read before. */
static bool
is_current(const char *name)
{
	size_t n = strlen(name);

	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
	       (n < 2 || strcmp(name + n - 2, ".1") != 0);
}

void
tail_read(struct tail *t, bool (*each)(void *arg, struct str line), void *arg)
{
	int copy = t->reader->side < 0
		       ? -1
		       : openat(t->reader->side, ".",
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	bool more = true;

	if (dir == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while (more && (e = readdir(dir)) != NULL)
		if (is_current(e->d_name))
			more = look_at(t, e->d_name, each, arg);
	closedir(dir);
}

struct tail *
tail_new(const struct reader *r)
{
	struct tail *t = mem_new(sizeof(*t));

	t->reader = r;
	/* Only notes where the logs end. */
	tail_read(t, NULL, NULL);
	t->begun = true;
	return t;
}

void
tail_free(struct tail *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->logs[i].name);
	free(t);
}
