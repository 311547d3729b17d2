/* SPDX-License-Identifier: MIT */
#ifndef T_SUPPORT_H
#define T_SUPPORT_H

/*
 * support: what the unit tests share.
 *
 * Everything lies below one temporary folder per test process, which is
 * removed when the process ends. Failures abort the test.
 */

#include <stddef.h>

#include "base/str.h"

/* An owned path below the temporary folder; the file is not made. */
char *support_path(const char *name);

/* Writes a file there and returns its owned path. */
char *support_file(const char *name, const char *text);

/* Reads a whole file; owned, NUL-terminated. */
char *support_read(const char *path);

/* The number of entries in a folder, without . and .. */
size_t support_count(const char *folder);

/* The only entry of a folder, as an owned path. */
char *support_only(const char *folder);

#endif
