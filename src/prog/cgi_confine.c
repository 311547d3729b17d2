/* SPDX-License-Identifier: MIT */
/* cgi_confine.c: mailpit.cgi keeps to the Maildir before it reads mail */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/landlock.h"
#include "prog/cgi.h"

/* The sanitizers' own reports need more than we would leave them. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Data of libraries: character sets, time zones, what loads pictures. */
#define DATA "/usr", "/etc/ld.so.cache", "/etc/localtime"
/* The dynamic linker counts as run, and its libraries are read. */
#define LIBRARIES "/lib", "/lib64", "/nix/store", "/gnu/store"

void
cgi_confine(const struct conf *c, const char *thumb)
{
	const char *slash = thumb == NULL ? NULL : strrchr(thumb, '/');
	char *own =
	    slash == NULL ? NULL : mem_dup(thumb, (size_t)(slash - thumb) + 1);
	const struct landlock_paths paths = {
	    .folders = {c->maildir_path},
	    .databases = {c->index_folder},
	    .files = {DATA, "/dev/null", "/dev/urandom", "/proc/self/statm"},
	    .programs = {LIBRARIES, own},
	};

	if (!SANITIZED && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
			      landlock_enter(landlock_abi(), &paths) != 0))
		log_warning("[cgi] not confined: %s", strerror(errno));
	free(own);
}
