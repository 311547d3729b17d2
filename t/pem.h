/* SPDX-License-Identifier: MIT */
#ifndef T_PEM_H
#define T_PEM_H

/*
 * pem: certificates and keys for tests, made by openssl(1).
 *
 * Paths are owned by the caller and lie in the test's temporary folder. Like
 * those of talk.h, the functions are static: each test has its own.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "support.h"

struct pem {
	char *cert, *key;
};

/* Runs a program with its output in a file; it must succeed. */
static inline void
pem_run(const char *output, const char *const *argv)
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		union {
			const char *const *in;
			char *const *out;
		} words = {.in = argv};
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(126);
		execvp(words.out[0], words.out);
		_exit(127);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (status != 0) {
		char *said = support_read(output);

		cr_assert_fail("%s %s: %s", argv[0], argv[1], said);
	}
}

static inline char *
pem_path(const char *name, const char *suffix)
{
	char *file = mem_format("%s%s", name, suffix);
	char *path = support_path(file);

	free(file);
	return path;
}

/* kind is what openssl takes: rsa:2048, ed25519, or the name of a curve. */
static inline struct pem
pem_make(const char *name, const char *kind, const char *days)
{
	bool is_curve = strchr(kind, ':') == NULL && strcmp(kind, "ed25519");
	char *option = mem_format("ec_paramgen_curve:%s", kind);
	char *log = pem_path(name, ".log");
	struct pem p = {pem_path(name, ".crt"), pem_path(name, ".key")};
	const char *const argv[] = {"openssl", "req", "-x509", "-nodes",
	    "-subj", "/CN=localhost", "-days", days, "-keyout", p.key, "-out",
	    p.cert, "-newkey", is_curve ? "ec" : kind,
	    is_curve ? "-pkeyopt" : NULL, option, NULL};

	pem_run(log, argv);
	free(option);
	free(log);
	return p;
}

static inline void
pem_fini(struct pem *p)
{
	free(p->cert);
	free(p->key);
}

/* The contents of one file and of another behind it, in a new one. */
static inline char *
pem_join(const char *name, const char *first, const char *second)
{
	char *a = support_read(first), *b = support_read(second);
	char *both = mem_format("%s%s", a, b);
	char *path = support_file(name, both);

	free(a);
	free(b);
	free(both);
	return path;
}

#endif
