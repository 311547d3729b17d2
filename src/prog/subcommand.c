/* SPDX-License-Identifier: MIT */
/* subcommand.c: find it, and the small ones themselves */

#include "prog/subcommand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "prog/sibling.h"

static const struct subcommand subcommands[] = {
    {"index", index_main, 1},
    {"prune", prune_main, 1},
    {"readyz", readyz_main, 1},
    {"sendmail", sendmail_main, 1},
    {"version", version_main, 1},
};

/* Called through a link named sendmail (or newsendmail, Sendmail, ...). */
static const struct subcommand as_sendmail = {"sendmail", sendmail_main, 0};

static bool
is_sendmail_name(const char *path)
{
	struct str name = str_of(path);

	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/') {
			name = str_skip(name, i);
			break;
		}
	while (name.n >= 4) {
		if (str_ibegins(name, STR("send")))
			return true;
		name = str_skip(name, 1);
	}
	return false;
}

const struct subcommand *
subcommand_find(int argc, char **argv)
{
	if (argc > 0 && is_sendmail_name(argv[0]))
		return &as_sendmail;
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]);
	     i++)
		if (argc > 1 && strcmp(argv[1], subcommands[i].name) == 0)
			return &subcommands[i];
	return NULL;
}

int
version_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("mailpit " MAILPIT_VERSION "\n");
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

/* Programs of their own, for what they link. */
static int
become(const char *program, char **argv)
{
	char *path = sibling_path(program);

	if (path != NULL)
		execv(path, argv);
	else
		errno = ENOENT;
	log_error("[%s] cannot run %s: %s", argv[0], program, strerror(errno));
	free(path);
	return EX_UNAVAILABLE;
}

int
sendmail_main(int argc, char **argv)
{
	(void)argc;
	return become("mailpit-sendmail", argv);
}

int
index_main(int argc, char **argv)
{
	(void)argc;
	return become("mailpit-index", argv);
}
