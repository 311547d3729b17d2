/* SPDX-License-Identifier: MIT */
/* reader_change.c: mark, delete and restore messages, write their tags */

#include "mail/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#define SIDE_MAX ((size_t)1 << 20)

/* A message on its way from one name to another. */
struct change {
	const struct reader *r;
	int to; /* folder; -1: only away */
	struct buf target;
	bool seen;
};

static int
folder_of(const struct reader *r, bool in_new)
{
	return in_new ? r->new : r->cur;
}

/*
 * Does something to a message under its present name: under the one that the
 * caller saw, and if it is not there any more, under the one it has now.
 */
static int
with_message(const struct reader *r, struct str hint, bool in_new,
    int (*act)(struct change *c, struct str name, bool in_new),
    struct change *c)
{
	struct maildir_name parsed;
	struct buf name = BUF_INIT;
	int rc = -1, saved;

	errno = ENOENT;
	if (hint.n > 0 && hint.n <= MAILDIR_NAME_MAX && hint.p[0] != '.' &&
	    memchr(hint.p, '/', hint.n) == NULL &&
	    memchr(hint.p, '\0', hint.n) == NULL) {
		buf_add_str(&name, hint);
		rc = act(c, buf_str(&name), in_new);
	}
	maildir_parse_name(hint, &parsed);
	for (int tries = 0; tries < 3 && rc != 0 && errno == ENOENT; tries++) {
		if (reader_find(r, parsed.unique, &name, &in_new) != 0)
			break;
		rc = act(c, buf_str(&name), in_new);
	}
	saved = errno;
	buf_fini(&name);
	errno = saved;
	return rc;
}

/* The name with S among the flags or not, flags in ASCII order, none twice. */
static void
add_marked(struct buf *out, struct str name, bool seen)
{
	struct maildir_name parsed;
	bool has[128] = {false};

	maildir_parse_name(name, &parsed);
	for (size_t i = 0; i < parsed.flags.n; i++)
		if (chr_alpha(parsed.flags.p[i]))
			has[(unsigned char)parsed.flags.p[i]] = true;
	has['S'] = seen;
	buf_add_str(out, parsed.unique);
	buf_adds(out, ":2,");
	for (int c = 'A'; c <= 'z'; c++)
		if (has[c])
			buf_addc(out, (char)c);
}

static bool
is_seen(struct str name)
{
	struct maildir_name parsed;

	maildir_parse_name(name, &parsed);
	return str_find(parsed.flags, 'S') != parsed.flags.n;
}

/* Names here come from a buf: a NUL stands behind them. */
static int
move(struct change *c, struct str name, bool in_new)
{
	return renameat(folder_of(c->r, in_new), name.p, c->to, c->target.data);
}

static int
act_mark(struct change *c, struct str name, bool in_new)
{
	buf_reset(&c->target);
	if (is_seen(name) == c->seen && (!in_new || !c->seen)) {
		buf_add_str(&c->target, name);
		c->to = folder_of(c->r, in_new);
		return faccessat(c->to, name.p, F_OK, AT_SYMLINK_NOFOLLOW);
	}
	add_marked(&c->target, name, c->seen);
	c->to = c->r->cur;
	return move(c, name, in_new);
}

int
reader_mark(const struct reader *r, struct str hint, bool in_new, bool seen,
    struct buf *name)
{
	struct change c = {.r = r, .target = BUF_INIT, .seen = seen};
	int rc = with_message(r, hint, in_new, act_mark, &c);
	int saved = errno;

	if (rc == 0) {
		buf_reset(name);
		buf_add_str(name, buf_str(&c.target));
	}
	buf_fini(&c.target);
	errno = saved;
	return rc;
}

static int
act_delete(struct change *c, struct str name, bool in_new)
{
	return unlinkat(folder_of(c->r, in_new), name.p, 0);
}

int
reader_delete(const struct reader *r, struct str hint, bool in_new)
{
	struct change c = {.r = r, .target = BUF_INIT};
	struct maildir_name parsed;
	char id[ID_SIZE];

	if (with_message(r, hint, in_new, act_delete, &c) != 0)
		return -1;
	maildir_parse_name(hint, &parsed);
	reader_id(&parsed, id);
	if (r->tags >= 0)
		(void)unlinkat(r->tags, id, 0);
	return 0;
}

/* A folder of mailpit/ to work in; both are made if missing. */
static int
open_side(const struct reader *r, const char *name)
{
	struct maildir m = {.dir = r->dir};
	int side = maildir_make_folder(&m, "mailpit");

	if (side < 0)
		return -1;
	close(side);
	return maildir_make_folder(&m, name);
}

static int
act_trash(struct change *c, struct str name, bool in_new)
{
	buf_reset(&c->target);
	buf_add_str(&c->target, name);
	return move(c, name, in_new);
}

int
reader_trash(const struct reader *r, struct str hint, bool in_new)
{
	struct change c = {.r = r, .target = BUF_INIT};
	int rc, saved;

	c.to = open_side(r, "mailpit/trash");
	if (c.to < 0)
		return -1;
	rc = with_message(r, hint, in_new, act_trash, &c);
	saved = errno;
	close(c.to);
	buf_fini(&c.target);
	errno = saved;
	return rc;
}

struct restoring {
	struct str unique;
	struct buf name;
};

static bool
is_that(void *arg, struct str name)
{
	struct restoring *s = arg;
	struct maildir_name parsed;

	maildir_parse_name(name, &parsed);
	if (!str_eq(parsed.unique, s->unique))
		return true;
	buf_add_str(&s->name, name);
	return false;
}

int
reader_restore(const struct reader *r, struct str unique)
{
	struct restoring s = {unique, BUF_INIT};
	struct buf target = BUF_INIT;
	int folder, rc = -1, saved;

	folder = open_side(r, "mailpit/trash");
	if (folder >= 0 && reader_list(folder, is_that, &s) == 0) {
		errno = ENOENT;
		if (s.name.len > 0) {
			add_marked(&target, buf_str(&s.name),
			    is_seen(buf_str(&s.name)));
			rc = renameat(folder, s.name.data, r->cur, target.data);
		}
	}
	saved = errno;
	if (folder >= 0)
		close(folder);
	buf_fini(&s.name);
	buf_fini(&target);
	errno = saved;
	return rc;
}

int
reader_side(int folder, const char *id, struct buf *out)
{
	struct stat st;
	char part[8192];
	size_t start = out->len;
	ssize_t got = -1;
	int fd = -1, saved;

	errno = ENOENT;
	if (folder >= 0 && id_is_valid(str_of(id)))
		fd = openat(folder, id,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while ((got = read(fd, part, sizeof(part))) > 0 &&
		       out->len - start + (size_t)got <= SIDE_MAX)
			buf_add(out, part, (size_t)got);
	else
		errno = ENOENT;
	saved = got > 0 ? EFBIG : errno;
	close(fd);
	errno = saved;
	return got == 0 ? 0 : -1;
}

static int
write_tags(struct reader *r, const char *id, struct str text, int tmp)
{
	struct maildir m = {.dir = r->dir, .mode = r->mode};
	char fresh[ID_SIZE];
	char *name;
	int fd, rc = -1, saved;

	id_fresh(fresh);
	name = mem_format("tags.%s", fresh);
	fd = maildir_create_file(&m, tmp, name);
	if (fd >= 0) {
		rc = io_write_file(fd, text.p, text.n);
		rc = io_close(fd) != 0 ? -1 : rc;
		if (rc == 0)
			rc = renameat(tmp, name, r->tags, id);
		saved = errno;
		if (rc != 0)
			(void)unlinkat(tmp, name, 0);
		errno = saved;
	}
	saved = errno;
	free(name);
	errno = saved;
	return rc;
}

int
reader_write_tags(struct reader *r, const char *id, struct str text)
{
	int tmp, rc, saved;

	if (!id_is_valid(str_of(id))) {
		errno = EINVAL;
		return -1;
	}
	if (r->tags < 0)
		r->tags = open_side(r, "mailpit/tags");
	tmp = r->tags < 0
		  ? -1
		  : openat(r->dir, "tmp",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tmp < 0)
		return -1;
	rc = write_tags(r, id, text.n > 0 ? text : STR("\n"), tmp);
	saved = errno;
	close(tmp);
	errno = saved;
	return rc;
}
