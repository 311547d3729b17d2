/* SPDX-License-Identifier: MIT */
/* side.c: findings of a message, and the log of sessions */

#include "mail/side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"

static int
open_below(const struct maildir *m, const char *name)
{
	return openat(
	    m->side, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
write_file(struct maildir *m, int folder, const char *id, struct str text)
{
	int fd = maildir_create_file(m, folder, id);
	int error = 0;

	if (fd < 0)
		return -1;
	if (io_write_file(fd, text.p, text.n) != 0 ||
	    (m->sync && fsync(fd) != 0))
		error = errno;
	if (io_close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && m->sync && fsync(folder) != 0)
		error = errno;
	if (error == 0)
		return 0;
	(void)unlinkat(folder, id, 0);
	errno = error;
	return -1;
}

int
side_write_findings(struct maildir *m, const char *id, struct str text)
{
	int folder, rc, saved;

	if (!id_is_valid(str_of(id))) {
		errno = EINVAL;
		return -1;
	}
	folder = open_below(m, "findings");
	if (folder < 0)
		return -1;
	rc = write_file(m, folder, id, text);
	saved = errno;
	close(folder);
	errno = saved;
	return rc;
}

static void
remove_below(const struct maildir *m, const char *name, const char *id)
{
	int folder = id_is_valid(str_of(id)) ? open_below(m, name) : -1;

	if (folder < 0)
		return;
	(void)unlinkat(folder, id, 0);
	close(folder);
}

void
side_remove_findings(struct maildir *m, const char *id)
{
	remove_below(m, "findings", id);
}

int
side_commit(struct maildir *m, struct delivery *d, struct str findings)
{
	char id[ID_SIZE];
	int saved;

	memcpy(id, delivery_id(d), sizeof(id));
	if (findings.n > 0 && side_write_findings(m, id, findings) != 0) {
		saved = errno;
		delivery_abort(d);
		errno = saved;
		return -1;
	}
	if (delivery_commit(d) == 0)
		return 0;
	saved = errno;
	side_remove_findings(m, id);
	errno = saved;
	return -1;
}

void
side_remove_tags(struct maildir *m, const char *id)
{
	remove_below(m, "tags", id);
}

/* Opens the log of this host; only who makes it may set its mode. */
static int
open_sessions(struct maildir *m)
{
	static const int how = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
			       O_NOCTTY | O_CLOEXEC;
	char name[sizeof("sessions.") + sizeof(m->host)];
	int fd;

	(void)snprintf(name, sizeof(name), "sessions.%s", m->host);
	fd = openat(m->side, name, how);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = maildir_create_file(m, m->side, name);
	if (fd < 0 && errno != EEXIST)
		return -1;
	if (fd >= 0)
		close(fd);
	return openat(m->side, name, how);
}

static int
append(int fd, struct str text)
{
	struct stat st;
	ssize_t put;

	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	do
		put = write(fd, text.p, text.n);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return -1;
	if ((size_t)put == text.n)
		return 0;
	/* End the torn line, so that it cannot spoil the next one. */
	put = write(fd, "\n", 1);
	errno = put < 0 ? errno : ENOSPC;
	return -1;
}

int
side_log_session(struct maildir *m, struct str line)
{
	struct buf text = BUF_INIT;
	int fd, rc, saved;

	if (str_find(line, '\n') != line.n) {
		errno = EINVAL;
		return -1;
	}
	fd = open_sessions(m);
	if (fd < 0)
		return -1;
	buf_add_str(&text, line);
	buf_addc(&text, '\n');
	rc = append(fd, buf_str(&text));
	saved = errno;
	close(fd);
	buf_fini(&text);
	errno = saved;
	return rc;
}
