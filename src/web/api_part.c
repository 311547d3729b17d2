/* SPDX-License-Identifier: MIT */
/* api_part.c: the content of a part, and a small picture of it */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/api.h"
#include "web/asset.h"

#define PART_SEGMENT 5
#define PART_ID_MAX 32
#define THUMB_TIME 10000
#define THUMB_MAX (1024u * 1024)

/*
 * The types that may be named. Only what a browser shows without running or
 * fetching anything may be shown in place, everything else is a download.
 */
static const struct {
	const char *type;
	bool in_place;
} types[] = {
    {"image/png", true},
    {"image/jpeg", true},
    {"image/gif", true},
    {"image/webp", true},
    {"image/avif", true},
    {"image/apng", true},
    {"image/bmp", true},
    {"image/tiff", true},
    {"image/x-icon", true},
    {"image/vnd.microsoft.icon", true},
    {"image/heic", true},
    {"image/jpg", true},
    {"text/plain", true},
    {"audio/mpeg", true},
    {"audio/ogg", true},
    {"audio/wav", true},
    {"audio/x-wav", true},
    {"audio/mp4", true},
    {"audio/webm", true},
    {"audio/flac", true},
    {"video/mp4", true},
    {"video/ogg", true},
    {"video/webm", true},
    {"video/quicktime", true},
    {"image/svg+xml", false},
    {"application/pdf", false},
    {"application/json", false},
    {"application/ics", false},
    {"application/zip", false},
    {"application/gzip", false},
    {"application/x-gzip", false},
    {"application/x-tar", false},
    {"application/x-7z-compressed", false},
    {"application/x-zip-compressed", false},
    {"application/msword", false},
    {"application/rtf", false},
    {"application/xml", false},
    {"application/xhtml+xml", false},
    {"application/javascript", false},
    {"application/pgp-signature", false},
    {"application/pgp-keys", false},
    {"application/pgp-encrypted", false},
    {"application/pkcs7-signature", false},
    {"application/pkcs7-mime", false},
    {"application/x-pkcs7-signature", false},
    {"application/x-pkcs7-mime", false},
    {"application/vnd.ms-excel", false},
    {"application/vnd.ms-powerpoint", false},
    {"application/vnd.oasis.opendocument.text", false},
    {"application/vnd.oasis.opendocument.spreadsheet", false},
    {"application/vnd.oasis.opendocument.presentation", false},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml."
     "document",
	false},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	false},
    {"application/vnd.openxmlformats-officedocument.presentationml."
     "presentation",
	false},
    {"text/calendar", false},
    {"text/css", false},
    {"text/csv", false},
    {"text/html", false},
    {"text/javascript", false},
    {"text/markdown", false},
    {"text/rfc822-headers", false},
    {"text/vcard", false},
    {"text/x-vcard", false},
    {"text/xml", false},
    {"message/rfc822", false},
    {"message/delivery-status", false},
    {"message/disposition-notification", false},
    {"message/partial", false},
};

/* One of the table, so that nothing of the message gets into a header. */
static const char *
type_of(const struct part *part, bool *in_place)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, part->type) == 0) {
			*in_place = types[i].in_place;
			return types[i].type;
		}
	*in_place = false;
	return "application/octet-stream";
}

static bool
is_part_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!chr_digit(s.p[i]) && s.p[i] != '.')
			return false;
	return s.n > 0 && s.n <= PART_ID_MAX;
}

static struct str
name_of(const struct part *part)
{
	return str_of(
	    part->file_name[0] != '\0' ? part->file_name : part->content_id);
}

/* NULL: there is no such part that can be fetched; not answered. */
static const struct part *
find_part(struct web *w, const struct api_message *m)
{
	struct str id = w->cgi.segments[PART_SEGMENT];
	const struct part *part =
	    is_part_id(id) ? message_find_part(m->message, id) : NULL;

	return part == NULL || part->role == PART_CONTAINER ||
		       part->role == PART_BODY
		   ? NULL
		   : part;
}

void
api_part(struct web *w)
{
	const struct part *part;
	struct buf content = BUF_INIT;
	struct api_message m;
	const char *type;
	bool in_place;

	if (!api_take(w, &m))
		return;
	part = find_part(w, &m);
	if (part == NULL) {
		api_not_found(w, API_MISSING_PAGE, false);
	} else {
		type = type_of(part, &in_place);
		out_disposition(
		    &w->out, in_place ? "inline" : "attachment", name_of(part));
		out_begin(&w->out, 200, type, OUT_PART);
		message_part_content(m.message, part, &content);
		out_add(&w->out, buf_str(&content));
		buf_fini(&content);
	}
	api_release_message(&m);
}

/* --- thumbnails --- */

/* Starts the program; its ends of the pipes are in fds. Returns 0 or -1. */
static int
start(const char *program, int fds[2], pid_t *pid)
{
	char *argv[] = {NULL, NULL}, *env[] = {NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2], rc;

	if (pipe2(in, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return -1;
	}
	argv[0] = mem_dups(program);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	rc = posix_spawn(pid, program, &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	free(argv[0]);
	close(in[0]);
	close(out[1]);
	fds[0] = in[1];
	fds[1] = out[0];
	if (rc == 0)
		return 0;
	close(fds[0]);
	close(fds[1]);
	errno = rc;
	return -1;
}

/* Feeds one end and empties the other, until that ends or time is up. */
static void
exchange(int to, int from, struct str octets, struct buf *result)
{
	int64_t deadline = io_now() + THUMB_TIME;
	char chunk[16384];

	fcntl(to, F_SETFL, O_NONBLOCK);
	while (!result->over) {
		struct pollfd fds[] = {
		    {.fd = octets.n > 0 ? to : -1, .events = POLLOUT},
		    {.fd = from, .events = POLLIN}};
		ssize_t n;

		if (octets.n == 0 && to >= 0) {
			close(to);
			to = -1;
		}
		if (io_wait_any(fds, 2, deadline) != 0)
			break;
		if (fds[0].revents != 0) {
			n = write(to, octets.p, octets.n);
			/* It may have seen enough. */
			octets = n > 0 ? str_skip(octets, (size_t)n)
				 : n < 0 && errno == EAGAIN ? octets
							    : STR("");
		}
		if (fds[1].revents == 0)
			continue;
		n = read(from, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		buf_add(result, chunk, (size_t)n);
	}
	if (to >= 0)
		close(to);
}

/* True: result is a JPEG. */
static bool
make_thumb(const char *program, struct str octets, struct buf *result)
{
	int fds[2], status = -1;
	pid_t pid;

	if (program == NULL) {
		log_error("[web] there is no mailpit-thumb");
		return false;
	}
	if (start(program, fds, &pid) != 0) {
		log_error("[web] %s: %s", program, strerror(errno));
		return false;
	}
	exchange(fds[0], fds[1], octets, result);
	close(fds[1]);
	/* It is over, or has had its time. */
	if (result->len == 0 || result->over)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && !result->over &&
	       str_begins(buf_str(result), STR("\xff\xd8"));
}

static void
put_thumb(struct web *w, const struct api_message *m, const struct part *part)
{
	struct buf content = BUF_INIT, result = BUF_INIT_MAX(THUMB_MAX);
	const struct asset *white = asset_find(STR("white.jpg"));
	struct str picture = STR("");

	if (white != NULL)
		picture = str_make((const char *)white->data, white->size);
	if (str_begins(str_of(part->type), STR("image/"))) {
		message_part_content(m->message, part, &content);
		if (make_thumb(w->settings.thumb, buf_str(&content), &result))
			picture = buf_str(&result);
	}
	out_disposition(&w->out, "inline", name_of(part));
	out_begin(&w->out, 200, "image/jpeg", OUT_PART);
	out_add(&w->out, picture);
	buf_fini(&content);
	buf_fini(&result);
}

void
api_thumb(struct web *w)
{
	const struct part *part;
	struct api_message m;

	if (!api_take(w, &m))
		return;
	part = find_part(w, &m);
	if (part != NULL)
		put_thumb(w, &m, part);
	else
		api_not_found(w, API_MISSING_PAGE, false);
	api_release_message(&m);
}
