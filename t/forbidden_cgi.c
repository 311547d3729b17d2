/* SPDX-License-Identifier: MIT */
/* forbidden_cgi.c: a library that misbehaves inside mailpit.cgi */

/*
 * Preloaded, it waits until the index is closed, when the mail has been read
 * and the answer is made. Then it tries what a process that was taken over by
 * a message might try, below the folder FORBIDDEN_TOP and at the TCP port
 * FORBIDDEN_PORT, and writes "forbidden: ACT: OK" or the name of the error for
 * each on stderr.
 */

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int sqlite3_close_v2(void *db);

static void
say(const char *act, int error)
{
	fprintf(stderr, "forbidden: %s: %s\n", act,
	    error == 0 ? "OK" : strerrorname_np(error));
}

static void
try_open(const char *act, const char *name, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("FORBIDDEN_TOP"), name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	say(act, fd < 0 ? errno : 0);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && (flags & O_CREAT) != 0)
		unlink(path);
}

static void
try_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(getenv("FORBIDDEN_PORT"))),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	say("connect",
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : errno);
	close(fd);
}

static void
try_shell(void)
{
	char name[] = "sh", option[] = "-c", nothing[] = ":";
	char *argv[] = {name, option, nothing, NULL};
	pid_t pid;

	say("run a shell",
	    posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, argv + 3));
}

int
sqlite3_close_v2(void *db)
{
	int (*next)(void *) =
	    (int (*)(void *))dlsym(RTLD_NEXT, "sqlite3_close_v2");

	try_open("read another file", "secret", O_RDONLY);
	try_open("change another file", "secret", O_WRONLY);
	try_open("make a file elsewhere", "made", O_WRONLY | O_CREAT);
	try_open("read the passwords", "passwd", O_RDONLY);
	try_open("make a file in the Maildir", "Maildir/tmp/made",
	    O_WRONLY | O_CREAT);
	try_connect();
	try_shell();
	return next(db);
}
