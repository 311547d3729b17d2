/* SPDX-License-Identifier: MIT */
/* maildir.c: the folders of a Maildir and what its file names say */

#include "mail/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define NO_MEMBER SIZE_MAX

/* A parent stands before what is in it. */
static const struct {
	const char *name;
	size_t member; /* where its descriptor is kept */
	bool written; /* no message without the right to write here */
} folders[] = {
    {"tmp", offsetof(struct maildir, tmp), true},
    {"new", offsetof(struct maildir, new), true},
    {"cur", offsetof(struct maildir, cur), false},
    {"mailpit", offsetof(struct maildir, side), true},
    {"mailpit/findings", NO_MEMBER, true},
    {"mailpit/trash", NO_MEMBER, false},
    {"mailpit/tags", NO_MEMBER, false},
};

/*
 * What root makes in somebody's Maildir belongs to that somebody, who could
 * not use it otherwise.
 */
static int
give_to_owner(const struct maildir *m, int fd)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	return fstat(m->dir, &st) != 0 ? -1 : fchown(fd, st.st_uid, st.st_gid);
}

/*
 * Opens a folder below the Maildir and makes it first if it is missing. A
 * symbolic link is not followed: in a Maildir that several people may write
 * to, it could lead anywhere.
 */
static int
open_folder(const struct maildir *m, const char *name, mode_t mode, bool *made)
{
	static const int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(m->dir, name, how);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(m->dir, name, mode) != 0)
		return errno == EEXIST ? openat(m->dir, name, how) : -1;
	*made = true;
	fd = openat(m->dir, name, how);
	if (fd >= 0 && (give_to_owner(m, fd) != 0 || fchmod(fd, mode) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

int
maildir_make_folder(const struct maildir *m, const char *name)
{
	bool made = false;
	struct stat st;

	return fstat(m->dir, &st) != 0
		   ? -1
		   : open_folder(m, name, st.st_mode & 02777, &made);
}

/* Opens all folders; those made are durable before a message depends on it. */
static int
open_folders(struct maildir *m, mode_t mode, bool made)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *name = folders[i].name;
		int fd = open_folder(m, name, mode, &made);

		if (fd < 0)
			return -1;
		if (folders[i].member == NO_MEMBER)
			close(fd);
		else
			*(int *)(void *)((char *)m + folders[i].member) = fd;
		if (folders[i].written &&
		    faccessat(m->dir, name, W_OK | X_OK, AT_EACCESS) != 0)
			return -1;
	}
	return made && m->sync ? syncfs(m->dir) : 0;
}

static bool
host_needs_escape(char c)
{
	return c == '/' || c == ':' || c == ',' || c == '\\' || c == ' ' ||
	       chr_control(c) || (unsigned char)c > 127;
}

/* maildir(5): / and : would break the name; our sizes follow a comma. */
static void
set_host(struct maildir *m)
{
	char host[256] = "";
	size_t len = 0;

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		(void)snprintf(host, sizeof(host), "localhost");
	for (const char *p = host; *p != '\0'; p++) {
		size_t left = sizeof(m->host) - len;

		if (left <= 4)
			break;
		if (host_needs_escape(*p))
			len += (size_t)snprintf(m->host + len, left, "\\%03o",
			    (unsigned)(unsigned char)*p);
		else
			m->host[len++] = *p;
	}
	m->host[len] = '\0';
}

int
maildir_open(struct maildir *m, const char *path, unsigned flags)
{
	static const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	bool made = false;
	struct stat st;
	int saved;

	*m = (struct maildir){-1, -1, -1, -1, -1, .mode = 0600};
	m->sync = (flags & MAILDIR_NO_SYNC) == 0;
	set_host(m);
	m->dir = open(path, how);
	if (m->dir < 0 && errno == ENOENT && (flags & MAILDIR_CREATE) != 0) {
		if (io_make_path(path, 0700) != 0)
			return -1;
		made = true;
		m->dir = open(path, how);
	}
	if (m->dir < 0)
		return -1;
	if (fstat(m->dir, &st) == 0) {
		m->mode = 0600 | (st.st_mode & 0060);
		if (open_folders(m, st.st_mode & 02777, made) == 0)
			return 0;
	}
	saved = errno;
	maildir_close(m);
	errno = saved;
	return -1;
}

void
maildir_close(struct maildir *m)
{
	int *const all[] = {&m->dir, &m->tmp, &m->new, &m->cur, &m->side};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (*all[i] >= 0)
			close(*all[i]);
		*all[i] = -1;
	}
}

int
maildir_create_file(const struct maildir *m, int folder, const char *name)
{
	int fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int saved;

	if (fd < 0 || (give_to_owner(m, fd) == 0 && fchmod(fd, m->mode) == 0))
		return fd;
	saved = errno;
	close(fd);
	(void)unlinkat(folder, name, 0);
	errno = saved;
	return -1;
}

/* Takes a letter and its digits off the front. */
static bool
skip_number(struct str *s, char letter)
{
	size_t n = 1;

	if (s->n == 0 || s->p[0] != letter)
		return false;
	while (n < s->n && chr_digit(s->p[n]))
		n++;
	*s = str_skip(*s, n);
	return n > 1;
}

/* Other programs write an R too, so all of our form must be there. */
static struct str
find_id(struct str middle)
{
	if (skip_number(&middle, 'M') && skip_number(&middle, 'P') &&
	    skip_number(&middle, 'Q') && str_begins(middle, STR("R")) &&
	    id_is_valid(str_skip(middle, 1)))
		return str_skip(middle, 1);
	return STR("");
}

static void
find_size(struct str field, const char *key, uint64_t *size)
{
	if (str_begins(field, str_of(key)))
		(void)str_u64(str_skip(field, strlen(key)), size);
}

void
maildir_parse_name(struct str name, struct maildir_name *out)
{
	struct str rest = name, base, fields;
	uint64_t seconds;

	*out = (struct maildir_name){.time = -1,
	    .id = STR(""),
	    .size = UINT64_MAX,
	    .vsize = UINT64_MAX,
	    .flags = STR("")};
	out->unique = str_cut(&rest, ':');
	if (str_begins(rest, STR("2,")))
		out->flags = str_skip(rest, 2);
	fields = out->unique;
	base = str_cut(&fields, ',');
	while (fields.n > 0) {
		struct str field = str_cut(&fields, ',');

		find_size(field, "S=", &out->size);
		find_size(field, "W=", &out->vsize);
	}
	if (str_find(base, '.') == base.n)
		return;
	if (str_u64(str_cut(&base, '.'), &seconds) && seconds <= INT64_MAX)
		out->time = (int64_t)seconds;
	if (out->time >= 0)
		out->id = find_id(str_cut(&base, '.'));
}
