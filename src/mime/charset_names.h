/* SPDX-License-Identifier: MIT */
#ifndef MIME_CHARSET_NAMES_H
#define MIME_CHARSET_NAMES_H

/* charset_names: the table behind charset; for charset.c only. */

#include <stddef.h>

enum charset_kind {
	CHARSET_UTF8,
	CHARSET_WINDOWS_1252, /* also ASCII and ISO-8859-1, as browsers do */
	CHARSET_ICONV,
};

struct charset {
	const char *name; /* for people */
	enum charset_kind kind;
	const char *iconv; /* the C library's name */
	size_t unit; /* octets passed over where nothing can be read */
	const char *aliases; /* lower case, each between blanks */
};

extern const struct charset charset_rows[];
extern const size_t charset_row_count;

#endif
