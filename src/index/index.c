/* SPDX-License-Identifier: MIT */
/* index.c: open it, follow the Maildir, take everything in */

#include "index/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/mem.h"

struct index *
index_open(const struct index_options *o, struct buf *why)
{
	struct index *x = mem_new(sizeof(*x));

	x->o = *o;
	x->o.folder = mem_dups(o->folder);
	x->o.maildir = mem_dups(o->maildir);
	x->reader = (struct reader){-1, -1, -1, -1, -1, -1, -1, .mode = 0600};
	if (reader_open(&x->reader, o->maildir) != 0)
		buf_addf(why, "%s: %s", o->maildir, strerror(errno));
	else if (io_make_path(o->folder, 0700) != 0)
		buf_addf(why, "%s: %s", o->folder, strerror(errno));
	else if (inside_open(x) != 0)
		buf_addf(why, "%s: cannot make an index", o->folder);
	else
		return x;
	index_close(x);
	return NULL;
}

void
index_close(struct index *x)
{
	if (x == NULL)
		return;
	inside_close(x);
	reader_close(&x->reader);
	free((char *)(uintptr_t)x->o.folder);
	free((char *)(uintptr_t)x->o.maildir);
	free(x);
}

struct reader *
index_reader(struct index *x)
{
	return &x->reader;
}

static int
follow(struct index *x, void *arg)
{
	(void)arg;
	return inside_follow(x);
}

int
index_follow(struct index *x)
{
	return inside_attempt(x, follow, NULL, NULL);
}

bool
index_is_building(struct index *x, uint64_t *done, uint64_t *all)
{
	int64_t missing, n;

	*done = *all = 0;
	if (!x->building || x->db == NULL)
		return false;
	missing =
	    db_number(x->db, "SELECT count(*) FROM message WHERE known = 0");
	n = db_number(x->db, "SELECT count(*) FROM message");
	if (n > 0 && missing <= n) {
		*done = (uint64_t)(n - missing);
		*all = (uint64_t)n;
	}
	return true;
}

static int
build(struct index *x, void *arg)
{
	(void)arg;
	return inside_follow(x) != 0 || inside_take_all(x) != 0 ||
		       inside_tidy(x) != 0
		   ? -1
		   : 0;
}

int
index_build(struct index *x)
{
	return inside_attempt(x, build, NULL, NULL);
}

uint64_t
index_size(struct index *x)
{
	struct stat st;

	return stat(x->path, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size
							 : 0;
}
