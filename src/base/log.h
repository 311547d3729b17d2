/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * log: one line per event, whatever is in it.
 *
 * Lines look as Mailpit's do: time="2026/11/23 10:15:00" level=info msg="...".
 * They go to stderr, to a file, or to syslog (where stderr is the peer).
 * Everything that is not printable ASCII, and the quote and the backslash, is
 * written as \xHH, so a value sent by a peer can neither end the line nor
 * reach a terminal; a line is cut at LOG_LINE_MAX octets. Callers format
 * peers' values without care. Passwords never come here.
 *
 * No function fails: what cannot be logged is lost. errno is preserved.
 */

#include <stdbool.h>

#define LOG_LINE_MAX 2048

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Lines above this level are dropped; LOG_LEVEL_INFO at start. */
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);

/* What stands in front of every msg= as session="ID"; borrowed; NULL: none. */
void log_set_session(const char *id);

/*
 * Appends to the file at path (mode 0640) from now on.
 * Returns 0, or -1 with errno and goes on as before.
 */
int log_to_file(const char *path);

/* From now on to /dev/log under this name. */
void log_to_syslog(const char *name);

/* Where lines go, for a program that we start; stderr if that is no file. */
int log_descriptor(void);

/* From now on nowhere at all: stderr is the peer and there is no /dev/log. */
void log_to_nowhere(void);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
