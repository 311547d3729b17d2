/* SPDX-License-Identifier: MIT */
#ifndef NET_CONFINE_H
#define NET_CONFINE_H

/*
 * confine: the process gives up what it does not need, before the first octet
 * of the peer is parsed.
 *
 * Landlock (only the named folders may be written, only the named files read),
 * seccomp (no new sockets, processes or programs), capabilities, resource
 * limits, no new privileges. All of it takes microseconds and no mount
 * namespace. What is costly is prepared once by confine_new(), in the parent
 * if there is one; confine_enter() then works in the child.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/landlock.h"

struct confine_plan {
	struct landlock_paths paths;
	uint64_t file_size; /* octets; 0: no limit */
};

struct confine;

/*
 * Prepares it, and says in *missing, one word each, what this kernel lacks:
 * "landlock", "seccomp". Returns an owned value, also when something is
 * missing.
 */
struct confine *
confine_new(const struct confine_plan *plan, struct buf *missing);
void confine_free(struct confine *c);

/*
 * Confines this process for good; what is missing is left out. Returns 0, or
 * -1 with errno when the kernel refused what it should have.
 */
int confine_enter(const struct confine *c);

#endif
