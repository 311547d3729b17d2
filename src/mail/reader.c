/* SPDX-License-Identifier: MIT */
/* reader.c: open a Maildir, list it, and find a message in it */

#include "mail/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "mail/scan.h"

static const struct {
	const char *name;
	size_t member;
	bool needed;
} folders[] = {
    {"new", offsetof(struct reader, new), true},
    {"cur", offsetof(struct reader, cur), true},
    {"mailpit", offsetof(struct reader, side), false},
    {"mailpit/trash", offsetof(struct reader, trash), false},
    {"mailpit/tags", offsetof(struct reader, tags), false},
    {"mailpit/findings", offsetof(struct reader, findings), false},
};

#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static int *
member(struct reader *r, size_t i)
{
	return (int *)(void *)((char *)r + folders[i].member);
}

int
reader_open(struct reader *r, const char *path)
{
	struct stat st;
	int saved;

	*r = (struct reader){-1, -1, -1, -1, -1, -1, -1, .mode = 0600};
	r->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0)
		return -1;
	if (fstat(r->dir, &st) == 0)
		r->mode = 0600 | (st.st_mode & 0060);
	for (size_t i = 0; i < FOLDERS; i++) {
		int fd = openat(r->dir, folders[i].name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		*member(r, i) = fd;
		if (fd < 0 && folders[i].needed) {
			saved = errno;
			reader_close(r);
			errno = saved;
			return -1;
		}
	}
	return 0;
}

void
reader_close(struct reader *r)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		if (*member(r, i) >= 0)
			close(*member(r, i));
		*member(r, i) = -1;
	}
	if (r->dir >= 0)
		close(r->dir);
	r->dir = -1;
}

void
reader_derive_id(struct str unique, char id[ID_SIZE])
{
	unsigned char sum[DIGEST_SHA256_SIZE];

	digest_sha256(unique, sum);
	sum[0] &= 0x7f; /* ours to choose: 127 bits are enough */
	id_of_number(id, sum);
}

void
reader_id(const struct maildir_name *name, char id[ID_SIZE])
{
	if (name->id.n != ID_LENGTH) {
		reader_derive_id(name->unique, id);
		return;
	}
	memcpy(id, name->id.p, ID_LENGTH);
	id[ID_LENGTH] = '\0';
}

/* Where the directory does not tell the type, the file does. */
static bool
is_message(int folder, const struct dirent *e)
{
	struct stat st;

	return e->d_name[0] != '.' &&
	       (e->d_type == DT_REG ||
		   (e->d_type == DT_UNKNOWN &&
		       scan_is_file(folder, e->d_name, &st)));
}

int
reader_list(int folder, bool (*each)(void *arg, struct str name), void *arg)
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
	while (errno = 0, (e = readdir(d)) != NULL)
		if (is_message(folder, e) && !each(arg, str_of(e->d_name)))
			break;
	error = e == NULL ? errno : 0;
	closedir(d);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* A name that was seen in a folder, as a C string; nothing else is one. */
static bool
copy_name(char out[MAILDIR_NAME_MAX + 1], struct str name)
{
	if (name.n == 0 || name.n > MAILDIR_NAME_MAX || name.p[0] == '.' ||
	    memchr(name.p, '/', name.n) != NULL ||
	    memchr(name.p, '\0', name.n) != NULL) {
		errno = ENOENT;
		return false;
	}
	memcpy(out, name.p, name.n);
	out[name.n] = '\0';
	return true;
}

struct search {
	struct str unique;
	struct buf *name;
	bool found;
};

static bool
compare_unique(void *arg, struct str name)
{
	struct search *s = arg;

	if (!str_begins(name, s->unique) ||
	    (name.n > s->unique.n && name.p[s->unique.n] != ':'))
		return true;
	buf_reset(s->name);
	buf_add_str(s->name, name);
	s->found = true;
	return false;
}

/* What programs call most messages; saves reading a large folder. */
static bool
guess(const struct reader *r, struct str unique, struct buf *name, bool *in_new)
{
	static const struct {
		const char *info;
		bool in_new;
	} guesses[] = {{":2,S", false}, {"", true}, {":2,", false},
	    {":2,RS", false}, {":2,ST", false}, {":2,FS", false}};
	char file[MAILDIR_NAME_MAX + 1];
	struct stat st;

	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		buf_reset(name);
		buf_add_str(name, unique);
		buf_adds(name, guesses[i].info);
		*in_new = guesses[i].in_new;
		if (copy_name(file, buf_str(name)) &&
		    scan_is_file(*in_new ? r->new : r->cur, file, &st))
			return true;
	}
	return false;
}

int
reader_find(
    const struct reader *r, struct str unique, struct buf *name, bool *in_new)
{
	struct search s = {.unique = unique, .name = name};
	char file[MAILDIR_NAME_MAX + 1];

	if (!copy_name(file, unique))
		return -1;
	if (guess(r, unique, name, in_new))
		return 0;
	/* A rename during the listing may hide the file, hence twice. */
	for (int pass = 0; pass < 2 && !r->hurried; pass++) {
		*in_new = false;
		if (reader_list(r->cur, compare_unique, &s) != 0)
			return -1;
		if (s.found)
			return 0;
		*in_new = true;
		if (reader_list(r->new, compare_unique, &s) != 0)
			return -1;
		if (s.found || guess(r, unique, name, in_new))
			return 0;
	}
	errno = ENOENT;
	return -1;
}

static int
open_regular(int folder, struct str name, struct stat *st)
{
	char file[MAILDIR_NAME_MAX + 1];
	int fd;

	if (!copy_name(file, name))
		return -1;
	/* Not even opened unless it is a file: a FIFO would notice. */
	if (fstatat(folder, file, st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	fd = !S_ISREG(st->st_mode) ? -1
				   : openat(folder, file,
					 O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					     O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	if (fd < 0 && S_ISREG(st->st_mode))
		return -1;
	if (fd >= 0)
		close(fd);
	errno = ENOENT;
	return -1;
}

int
reader_open_message(
    const struct reader *r, struct str hint, bool in_new, struct stat *st)
{
	struct maildir_name parsed;
	struct buf name = BUF_INIT;
	int fd = open_regular(in_new ? r->new : r->cur, hint, st);
	int saved;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	maildir_parse_name(hint, &parsed);
	/* It may be renamed again while we look. */
	for (int tries = 0; tries < 3 && fd < 0 && errno == ENOENT; tries++) {
		if (reader_find(r, parsed.unique, &name, &in_new) != 0)
			break;
		fd = open_regular(in_new ? r->new : r->cur, buf_str(&name), st);
	}
	saved = errno;
	buf_fini(&name);
	errno = saved;
	return fd;
}

/* Opened anew, because then a network file system asks its server. */
static int
stamp_folder(int folder, struct reader_stamp *stamp, size_t i)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool known = fd >= 0 && fstat(fd, &st) == 0;
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	if (!known)
		return -1;
	stamp->inode[i] = (uint64_t)st.st_ino;
	stamp->seconds[i] = (int64_t)st.st_mtim.tv_sec;
	stamp->nanoseconds[i] = (int64_t)st.st_mtim.tv_nsec;
	return 0;
}

int
reader_stamp(const struct reader *r, struct reader_stamp *stamp)
{
	*stamp = (struct reader_stamp){.inode = {0}};
	if (stamp_folder(r->new, stamp, 0) != 0 ||
	    stamp_folder(r->cur, stamp, 1) != 0)
		return -1;
	return r->tags < 0 ? 0 : stamp_folder(r->tags, stamp, 2);
}
