/* SPDX-License-Identifier: MIT */
/* sibling.c: find another program of ours */

#include "prog/sibling.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

char *
sibling_path(const char *program)
{
	static const char *const places[] = {"", "../libexec/mailpit/"};
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	int length = n < 0 ? 0 : (int)n;

	while (length > 0 && own[length - 1] != '/')
		length--;
	for (size_t i = 0; length > 0 && i < 2; i++) {
		char *path =
		    mem_format("%.*s%s%s", length, own, places[i], program);

		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}
