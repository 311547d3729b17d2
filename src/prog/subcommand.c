/* SPDX-License-Identifier: MIT */
/* subcommand.c: find it, and the small ones themselves */

#include "prog/subcommand.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "mail/maildir.h"

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

static int
prune(const struct conf *c)
{
	struct maildir_limits limits = {
	    .max_messages = (uint64_t)c->max_messages,
	    .max_age = c->max_age_seconds,
	};
	struct maildir_pruned done;
	struct maildir m;
	int rc;

	if (maildir_open(&m, c->maildir_path, 0) != 0) {
		log_error("[prune] %s: %s", c->maildir_path, strerror(errno));
		return EX_CANTCREAT;
	}
	rc = maildir_prune(&m, &limits, &done);
	if (rc != 0)
		log_error("[prune] %s: %s", c->maildir_path, strerror(errno));
	maildir_close(&m);
	log_info("[prune] removed %llu messages, %llu stale files, %llu side "
		 "files",
	    (unsigned long long)done.messages,
	    (unsigned long long)done.temporary,
	    (unsigned long long)done.orphans);
	return rc == 0 ? 0 : EX_TEMPFAIL;
}

int
prune_main(int argc, char **argv)
{
	struct buf notices = BUF_INIT, why = BUF_INIT;
	enum option_verdict verdict;
	struct conf c;
	int operand, status;

	verdict = conf_read(&c, argc, argv, &operand, &notices, &why);
	if (verdict == OPTION_OK && operand < argc) {
		buf_addf(&why, "prune takes no operand: %s", argv[operand]);
		verdict = OPTION_USAGE;
	}
	if (verdict == OPTION_OK && !conf_settle(&c, &notices, &why))
		verdict = OPTION_CONFIG;
	if (verdict != OPTION_OK) {
		log_error("[prune] %s", why.data);
		status = verdict == OPTION_USAGE ? EX_USAGE : EX_CONFIG;
	} else if (c.help) {
		printf("usage: mailpit prune [--maildir DIR] [--max N] "
		       "[--max-age AGE]\n");
		status = 0;
	} else {
		if (c.quiet)
			log_set_level(LOG_LEVEL_ERROR);
		status = prune(&c);
	}
	buf_fini(&notices);
	buf_fini(&why);
	conf_fini(&c);
	return status;
}

char *
subcommand_sibling(const char *program)
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

/* Programs of their own, for what they link. */
static int
become(const char *program, char **argv)
{
	char *path = subcommand_sibling(program);

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
