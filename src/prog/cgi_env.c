/* SPDX-License-Identifier: MIT */
/* cgi_env.c: settings from the environment file, where a server hands none */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "prog/cgi.h"

#define FILE_NAME "/etc/mailpit/mailpit.env"
#define FILE_MAX (1024 * 1024)

/* What may be set beside MP_*: nothing that is about the request. */
static const char *const names[] = {"TZ", "HOME", "CACHE_DIRECTORY",
    "STATE_DIRECTORY", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"};

static bool
is_ours(struct str name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	if (!str_begins(name, STR("MP_")))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!chr_alnum(name.p[i]) && name.p[i] != '_')
			return false;
	return true;
}

static void
take_line(struct str line)
{
	struct str value = str_trim_crlf(line), name = str_cut(&value, '=');
	char *n, *v;

	name = str_trim(name);
	value = str_trim(value);
	if (!is_ours(name) || memchr(line.p, '\0', line.n) != NULL)
		return;
	if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
	    value.p[value.n - 1] == value.p[0])
		value = str_make(value.p + 1, value.n - 2);
	n = mem_dup(name.p, name.n);
	v = mem_dup(value.p, value.n);
	/* What the server has set wins; within the file the last one does. */
	setenv(n, v, 1);
	free(n);
	free(v);
}

/* The names of the lines that count, so that they are settled first. */
static bool
is_given(struct str line)
{
	struct str rest = str_trim_crlf(line);
	struct str name = str_trim(str_cut(&rest, '='));
	char *n = mem_dup(name.p, name.n);
	bool given = getenv(n) != NULL;

	free(n);
	return given;
}

bool
cgi_read_env_file(void)
{
	const char *given = getenv("MP_ENV_FILE");
	const char *path =
	    given != NULL && given[0] != '\0' ? given : FILE_NAME;
	struct buf wanted = BUF_INIT;
	struct str rest;
	size_t n;
	char *text;

	if (strcmp(path, "/dev/null") == 0)
		return true;
	text = io_read_file(path, FILE_MAX, &n);
	if (text == NULL) {
		if (path != given && (errno == ENOENT || errno == EACCES))
			return true;
		log_error("[cgi] %s: %s", path, strerror(errno));
		return false;
	}
	rest = str_make(text, n);
	while (rest.n > 0) {
		struct str line = str_trim(str_cut(&rest, '\n'));

		if (line.n > 0 && line.p[0] != '#' && line.p[0] != ';' &&
		    !is_given(line)) {
			buf_add_str(&wanted, line);
			buf_addc(&wanted, '\n');
		}
	}
	rest = buf_str(&wanted);
	while (rest.n > 0)
		take_line(str_cut(&rest, '\n'));
	buf_wipe(&wanted);
	buf_fini(&wanted);
	explicit_bzero(text, n);
	free(text);
	return true;
}
