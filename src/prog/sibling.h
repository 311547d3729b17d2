/* SPDX-License-Identifier: MIT */
#ifndef PROG_SIBLING_H
#define PROG_SIBLING_H

/*
 * sibling: where the other programs of ours are, seen from the one that runs.
 */

/*
 * The owned path of one: beside this one in the build, in ../libexec/mailpit/
 * when installed; NULL: it is in neither place.
 */
char *sibling_path(const char *program);

#endif
