/* SPDX-License-Identifier: MIT */
/* log.c: format, escape and write one line per event */

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum target {
	TARGET_FD,
	TARGET_SYSLOG,
	TARGET_NOWHERE,
};

static const struct {
	const char *name;
	int priority;
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", LOG_ERR},
    [LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
    [LOG_LEVEL_INFO] = {"info", LOG_INFO},
    [LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};

static enum log_level max_level = LOG_LEVEL_INFO;
static enum target target = TARGET_FD;
static int target_fd = STDERR_FILENO;
static const char *session_id;

void
log_set_level(enum log_level level)
{
	max_level = level;
}

bool
log_wants(enum log_level level)
{
	return level <= max_level;
}

void
log_set_session(const char *id)
{
	session_id = id;
}

int
log_to_file(const char *path)
{
	int fd = open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd < 0)
		return -1;
	if (target == TARGET_FD && target_fd != STDERR_FILENO)
		close(target_fd);
	target = TARGET_FD;
	target_fd = fd;
	return 0;
}

void
log_to_syslog(const char *name)
{
	openlog(name, LOG_PID | LOG_NDELAY, LOG_MAIL);
	target = TARGET_SYSLOG;
}

int
log_descriptor(void)
{
	return target == TARGET_FD ? target_fd : STDERR_FILENO;
}

void
log_to_nowhere(void)
{
	target = TARGET_NOWHERE;
}

/* A line in the making; what does not fit is dropped. */
struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

static void
line_raw(struct line *l, const char *s)
{
	for (; *s != '\0' && l->len < sizeof(l->text) - 3; s++)
		l->text[l->len++] = *s;
}

static void
line_escaped(struct line *l, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (l->len >= sizeof(l->text) - 8)
			return;
		if (c >= 32 && c < 127 && c != '"' && c != '\\') {
			l->text[l->len++] = (char)c;
			continue;
		}
		l->text[l->len++] = '\\';
		if (c == '"' || c == '\\') {
			l->text[l->len++] = (char)c;
			continue;
		}
		l->text[l->len++] = 'x';
		l->text[l->len++] = hex[c >> 4];
		l->text[l->len++] = hex[c & 15];
	}
}

static void
line_body(struct line *l, const char *text)
{
	if (session_id != NULL) {
		line_raw(l, "session=\"");
		line_escaped(l, session_id);
		line_raw(l, "\" ");
	}
	line_raw(l, "msg=\"");
	line_escaped(l, text);
	l->text[l->len++] = '"';
}

static void
line_head(struct line *l, enum log_level level)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y/%m/%d %H:%M:%S", &tm) == 0)
		stamp[0] = '\0';
	line_raw(l, "time=\"");
	line_raw(l, stamp);
	line_raw(l, "\" level=");
	line_raw(l, levels[level].name);
	line_raw(l, " ");
}

__attribute__((format(printf, 2, 0))) static void
emit(enum log_level level, const char *fmt, va_list ap)
{
	struct line line = {.len = 0};
	char text[LOG_LINE_MAX];
	int saved = errno;

	if (level > max_level || target == TARGET_NOWHERE)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	if (target == TARGET_FD)
		line_head(&line, level);
	line_body(&line, text);
	if (target == TARGET_SYSLOG) {
		line.text[line.len] = '\0';
		syslog(levels[level].priority, "%s", line.text);
	} else {
		line.text[line.len++] = '\n';
		/* One write: lines of several processes do not mingle. */
		if (write(target_fd, line.text, line.len) < 0)
			errno = saved;
	}
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
}

void
log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LEVEL_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LEVEL_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}
