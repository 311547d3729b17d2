/* SPDX-License-Identifier: MIT */
#ifndef PROG_SUBCOMMAND_H
#define PROG_SUBCOMMAND_H

/*
 * subcommand: what mailpit does when its first word, or its own name, says so.
 *
 * Each main gets argv with its own name first and returns an exit status.
 */

struct subcommand {
	const char *name;
	int (*main)(int argc, char **argv);
	int skip; /* words in front of its own name */
};

/* NULL: there is none, mailpit is the server or filter itself. */
const struct subcommand *subcommand_find(int argc, char **argv);

int index_main(int argc, char **argv);
int prune_main(int argc, char **argv);
int readyz_main(int argc, char **argv);
int sendmail_main(int argc, char **argv);
int version_main(int argc, char **argv);

#endif
