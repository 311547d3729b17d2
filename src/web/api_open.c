/* SPDX-License-Identifier: MIT */
/* api_open.c: find the message that a path names, and read its file */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/api.h"

/* Our own block may be that much beyond the largest message. */
#define FILE_SLACK (64u * 1024 * 1024)
#define MESSAGE_SEGMENT 3

bool
api_is_latest(struct str name)
{
	return str_eq(name, STR("latest"));
}

void
api_not_found(struct web *w, enum api_missing text, bool latest)
{
	if (text == API_MISSING_PAGE && !latest) {
		out_error(&w->out, 404, "404 page not found");
		return;
	}
	out_begin(&w->out, 404, "text/plain; charset=utf-8", OUT_API);
	out_adds(&w->out, "Message not found");
}

static enum index_found
find_latest(struct web *w, struct api_message *m)
{
	enum index_found found = INDEX_NONE;
	bool given;
	struct query *q = api_query(w, &given);

	if (given && q == NULL)
		return INDEX_NONE;
	if (api_wait(w, q))
		found = index_find(w->index, NULL, q, &m->memory, &m->row);
	query_free(q);
	return found;
}

bool
api_find(struct web *w, struct str name, enum api_missing text,
    struct api_message *m)
{
	bool latest = api_is_latest(name);
	enum index_found found = INDEX_NONE;
	char id[ID_SIZE];

	memset(m, 0, sizeof(*m));
	m->memory = (struct buf)BUF_INIT;
	if (web_index(w) == NULL)
		return false;
	if (latest)
		found = find_latest(w, m);
	else if (id_is_valid(name)) {
		memcpy(id, name.p, name.n);
		id[name.n] = '\0';
		found = index_find(w->index, id, NULL, &m->memory, &m->row);
	}
	if (found == INDEX_FOUND)
		return true;
	if (!w->out.begun && found == INDEX_NONE)
		api_not_found(w, text, latest);
	api_failed(w);
	api_release_message(m);
	return false;
}

/* Returns 0, or -1 with errno. */
static int
read_file(int fd, struct api_message *m)
{
	size_t have = 0;

	while (have < m->size) {
		ssize_t n = read(fd, m->octets + have, m->size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	m->size = have;
	return 0;
}

bool
api_open(struct web *w, enum api_missing text, struct api_message *m)
{
	uint64_t max = w->settings.max_message;
	struct stat st;
	int fd = reader_open_message(
	    index_reader(w->index), m->row.name, m->row.in_new, &st);
	int rc = -1;

	if (fd >= 0 && max != 0 && (uint64_t)st.st_size > max + FILE_SLACK) {
		out_error(&w->out, 400,
		    "The message is larger than this server reads.");
	} else if (fd >= 0) {
		m->size = (size_t)st.st_size;
		m->octets = mem_new(m->size + 1);
		rc = read_file(fd, m);
	}
	if (rc != 0 && !w->out.begun) {
		if (errno != ENOENT)
			log_error(
			    "[web] message %s: %s", m->row.id, strerror(errno));
		api_not_found(w, text, false);
	}
	if (fd >= 0)
		close(fd);
	if (rc != 0)
		api_release_message(m);
	return rc == 0;
}

void
api_parse(struct api_message *m)
{
	m->message = message_new(m->octets, m->size, m->row.id);
	m->octets = NULL;
}

bool
api_take(struct web *w, struct api_message *m)
{
	if (!api_find(
		w, w->cgi.segments[MESSAGE_SEGMENT], API_MISSING_PAGE, m) ||
	    !api_open(w, API_MISSING_PAGE, m))
		return false;
	api_parse(m);
	return true;
}

void
api_release_message(struct api_message *m)
{
	message_free(m->message);
	free(m->octets);
	buf_fini(&m->memory);
	m->message = NULL;
	m->octets = NULL;
}

void
api_mark_read(struct web *w, struct api_message *m)
{
	char ids[1][ID_SIZE];
	struct index_set set = {.count = 1};
	struct index_changed done;

	/* Asking for the head alone is not reading. */
	if (m->row.read || w->cgi.head)
		return;
	memcpy(ids[0], m->row.id, ID_SIZE);
	set.ids = (const char(*)[ID_SIZE])ids;
	(void)index_mark(w->index, &set, true, &done);
}
