/* SPDX-License-Identifier: MIT */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

/*
 * option: one table feeds the environment, the command line and --help.
 *
 * A row fills one member of a caller's struct: bool, int64_t or const char *
 * (which borrows from argv or the environment). The environment is read first,
 * so a flag wins over a variable, and a variable over its older name. An empty
 * variable is as good as none. Numbers and boolean words are strict.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum option_kind {
	OPTION_BOOL,
	OPTION_NUMBER,
	OPTION_TEXT,
};

enum option_state {
	OPTION_WORKS,
	OPTION_MEANINGLESS, /* accepted with a notice; help says why */
	OPTION_NOT_YET, /* refused by name */
	OPTION_ELSEWHERE, /* as OPTION_NOT_YET, but a variable is no error */
	OPTION_RENAMED, /* an older name; help is the newer one */
};

struct option_row {
	const char *name; /* without dashes; NULL: only a variable */
	char letter; /* 0: none */
	const char *env; /* NULL: only a flag; "MP_X_*": all of them */
	enum option_kind kind;
	enum option_state state;
	size_t offset; /* of the member */
	int64_t min, max; /* of a number */
	const char *argument; /* what --help calls it */
	const char *help;
	const char *group; /* heading in --help */
};

struct option_table {
	const struct option_row *rows;
	size_t count;
};

/* Exit statuses of sysexits.h that a verdict stands for. */
enum option_verdict {
	OPTION_OK,
	OPTION_USAGE, /* the command line is wrong */
	OPTION_CONFIG, /* the environment is wrong */
};

/*
 * Reads variables, then flags. *operand is the index of the first operand.
 * *why says what is wrong; *notices holds lines for people, each with its LF,
 * also when all is well.
 */
enum option_verdict option_read_environment(const struct option_table *table,
    void *target, struct buf *notices, struct buf *why);
enum option_verdict
option_read_flags(const struct option_table *table, void *target, int argc,
    char **argv, int *operand, struct buf *notices, struct buf *why);

/*
 * Appends NAME="VALUE" lines for every member that has a variable and a value,
 * so that another program reads the same. False: a value holds a line end,
 * which no such file can carry; *why names it.
 */
bool option_write_environment(const struct option_table *table,
    const void *target, struct buf *out, struct buf *why);

/* Appends the option part of --help. */
void option_help(const struct option_table *table, struct buf *out);

#endif
