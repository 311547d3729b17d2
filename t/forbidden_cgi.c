/* SPDX-License-Identifier: MIT */
/* forbidden_cgi.c: a library that misbehaves inside what reads mail */

/*
 * Preloaded, it waits until the process is about to end, when the mail has
 * been read and the answer is made; where FORBIDDEN_READ is set, until it reads
 * its standard input. Then it tries what a process that was
 * taken over by a message might try, below the folder FORBIDDEN_TOP and at the
 * TCP port FORBIDDEN_PORT, and writes "forbidden: ACT: OK" or the name of the
 * error for each on stderr. What it made is removed.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define INSIDE "Maildir/tmp/made"

static const struct {
	const char *act, *path;
	int flags;
} opened[] = {
    {"read another file", "secret", O_RDONLY},
    {"change another file", "secret", O_WRONLY},
    {"cut another file short", "secret", O_WRONLY | O_TRUNC},
    {"make a file elsewhere", "made", O_WRONLY | O_CREAT},
    {"read a file by way of the Maildir", "Maildir/../secret", O_RDONLY},
    {"read a file by a link in the Maildir", "Maildir/link", O_RDONLY},
    {"read the folder around", "", O_RDONLY | O_DIRECTORY},
    {"read the passwords", "passwd", O_RDONLY},
    {"read the users", "/etc/passwd", O_RDONLY},
    {"read its environment", "/proc/self/environ", O_RDONLY},
    {"read its parent's environment", "/proc/%d/environ", O_RDONLY},
    {"make a file in the Maildir", INSIDE, O_WRONLY | O_CREAT},
    {"make a file beside the index", "index/made", O_WRONLY | O_CREAT},
};

static void
say(const char *act, int rc)
{
	dprintf(STDERR_FILENO, "forbidden: %s: %s\n", act,
	    rc >= 0 ? "OK" : strerrorname_np(errno));
}

/* Below FORBIDDEN_TOP, unless it is of the whole machine. */
static void
place(char path[4096], const char *name)
{
	if (strcmp(name, "/proc/%d/environ") == 0)
		snprintf(path, 4096, "/proc/%d/environ", (int)getppid());
	else if (name[0] == '/')
		snprintf(path, 4096, "%s", name);
	else
		snprintf(path, 4096, "%s/%s", getenv("FORBIDDEN_TOP"), name);
}

static void
try_open(size_t i)
{
	char path[4096];
	int fd;

	place(path, opened[i].path);
	fd = open(path, opened[i].flags | O_CLOEXEC, 0600);
	say(opened[i].act, fd);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && (opened[i].flags & O_CREAT) != 0)
		unlink(path);
}

/* What was made in the Maildir is carried out, and what is outside, in. */
static void
try_names(void)
{
	char inside[4096], outside[4096], secret[4096];

	place(inside, INSIDE);
	place(outside, "made");
	place(secret, "secret");
	close(open(inside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	say("move a file out of the Maildir", rename(inside, outside));
	rename(outside, inside);
	unlink(inside);
	say("link a file into the Maildir", link(secret, inside));
	unlink(inside);
	say("make a symbolic link in the Maildir", symlink(secret, inside));
	unlink(inside);
	say("make a folder elsewhere", mkdir(outside, 0700));
	rmdir(outside);
	say("remove another file", unlink(secret));
}

static void
try_sockets(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(getenv("FORBIDDEN_PORT"))),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	say("connect", connect(fd, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	say("wait for connections",
	    bind(fd, (struct sockaddr *)&any, sizeof(any)));
	close(fd);
}

static void
try_processes(void)
{
	char inside[4096], name[] = "sh", option[] = "-c", nothing[] = ":";
	char *argv[] = {name, option, nothing, NULL};
	pid_t pid;

	say("signal another process", kill(getppid(), 0));
	errno = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, argv + 3);
	say("run a shell", errno == 0 ? 0 : -1);
	place(inside, INSIDE);
	close(open(inside, O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
	errno = posix_spawn(&pid, inside, NULL, NULL, argv, argv + 3);
	/* An empty file is no program, but it was let through. */
	say("run a file of the Maildir",
	    errno == 0 || errno == ENOEXEC ? 0 : -1);
	unlink(inside);
}

static void
misbehave(void)
{
	static bool over;

	if (over || getenv("FORBIDDEN_TOP") == NULL)
		return;
	over = true;
	for (size_t i = 0; i < COUNT(opened); i++)
		try_open(i);
	try_names();
	try_sockets();
	try_processes();
}

__attribute__((destructor)) static void
at_the_end(void)
{
	misbehave();
}

/* In place of the C library's. */
ssize_t
read(int fd, void *p, size_t n)
{
	if (fd == STDIN_FILENO && getenv("FORBIDDEN_READ") != NULL)
		misbehave();
	return syscall(SYS_read, fd, p, n);
}
