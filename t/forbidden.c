/* SPDX-License-Identifier: MIT */
/* forbidden.c: a library that misbehaves inside the process that loads it */

/*
 * Preloaded, it waits until the process reads the line "NOOP forbidden". Then
 * it tries once what a session that was taken over might try, writes one line
 * on stderr for each act, "forbidden: ACT: OK" or the name of the error, and
 * lets the process go on. What it made is removed, and so are "victim" and
 * "other-victim" in the state folder if that works. The paths are those of the
 * Debian package: this is for scripts/systemd-bed only. As root it does
 * nothing, because there is no one to stop it.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define STATE "/var/lib/mailpit"
#define MAILDIR STATE "/Maildir"
#define CONF "/etc/mailpit"
#define VICTIM STATE "/victim"
#define OTHER_VICTIM STATE "/other-victim"
#define MADE STATE "/forbidden"
#define MADE_IN_MAILDIR MAILDIR "/forbidden"

static const char trigger[] = "NOOP forbidden\r\n";

/* --- files --- */

static const char *const readable[] = {
    "/",
    "/etc/passwd",
    "/etc/ld.so.cache",
    "/usr/bin/mailpit",
    "/proc/self/environ",
    "/proc/self/mem",
    "/proc/self/status",
    "/proc/1/status",
    "/dev/zero",
    STATE,
    VICTIM,
    MAILDIR "/../victim",
    CONF "/mailpit.env",
    CONF "/passwd",
    CONF "/smtp.crt",
    CONF "/smtp.key",
};

static const char *const writable[] = {
    "/tmp/forbidden",
    "/var/tmp/forbidden",
    "/dev/shm/forbidden",
    "/dev/null",
    MADE,
    MAILDIR "/../forbidden",
    VICTIM,
    CONF "/passwd",
    CONF "/smtp.key",
    MAILDIR "/tmp/forbidden",
};

/* --- other calls --- */

static const struct sockaddr_un journal = {
    .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
static unsigned long long fork_anew[8] = {[4] = SIGCHLD};
static int ends[2];
static struct rlimit none;
static char octet, ring[256], name[] = "true";
static struct iovec here = {&octet, 1};
static char *argv[] = {name, NULL}, *envp[] = {NULL};

#define P(pointer) ((intptr_t)(pointer))
#define PAGE 4096
#define ALL_RIGHTS (PROT_READ | PROT_WRITE | PROT_EXEC)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static const struct {
	const char *label;
	long number;
	intptr_t args[6];
} calls[] = {
    {"make a folder", SYS_mkdirat, {AT_FDCWD, P(MADE), 0700}},
    {"make a symbolic link", SYS_symlinkat,
	{P("/etc/passwd"), AT_FDCWD, P(MADE_IN_MAILDIR)}},
    {"make a fifo", SYS_mknodat,
	{AT_FDCWD, P(MADE_IN_MAILDIR), S_IFIFO | 0600}},
    {"link a file into the Maildir", SYS_linkat,
	{AT_FDCWD, P(VICTIM), AT_FDCWD, P(MADE_IN_MAILDIR)}},
    {"change the mode of a file", SYS_fchmodat, {AT_FDCWD, P(VICTIM), 0666}},
    {"cut a file short", SYS_truncate, {P(VICTIM), 0}},
    {"move a file into the Maildir", SYS_renameat2,
	{AT_FDCWD, P(OTHER_VICTIM), AT_FDCWD, P(MADE_IN_MAILDIR)}},
    {"remove a file", SYS_unlinkat, {AT_FDCWD, P(VICTIM)}},
    {"change the folder", SYS_chdir, {P("/")}},
    {"change the root", SYS_chroot, {P("/")}},
    {"mount", SYS_mount, {P("none"), P("/"), P("no-such-type")}},

    {"TCP socket", SYS_socket, {AF_INET, SOCK_STREAM}},
    {"TCP socket of IPv6", SYS_socket, {AF_INET6, SOCK_STREAM}},
    {"UDP socket", SYS_socket, {AF_INET, SOCK_DGRAM}},
    {"Unix socket", SYS_socket, {AF_UNIX, SOCK_STREAM}},
    {"netlink socket", SYS_socket, {AF_NETLINK, SOCK_RAW}},
    {"pair of sockets", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, P(ends)}},
    {"connect", SYS_connect, {0, P(&journal), sizeof(journal)}},
    {"bind", SYS_bind, {0, P(&journal), sizeof(journal)}},
    {"listen", SYS_listen, {0, 1}},
    {"accept", SYS_accept4, {0, 0, 0, SOCK_NONBLOCK}},

    {"fork", SYS_clone, {SIGCHLD}},
    {"fork by clone3", SYS_clone3, {P(fork_anew), sizeof(fork_anew)}},
    {"trace another", SYS_ptrace, {PTRACE_SEIZE, 1}},
    {"signal its group", SYS_kill, {0, 0}},
    {"signal another", SYS_kill, {1, 0}},
    {"read another's memory", SYS_process_vm_readv,
	{1, P(&here), 1, P(&here), 1}},
    {"become root", SYS_setuid, {0}},
    {"new namespace", SYS_unshare, {CLONE_NEWUTS}},
    {"set a limit", SYS_prlimit64, {0, RLIMIT_CORE, P(&none)}},
    {"become dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}},
    {"change the personality", SYS_personality, {0xffffffff}},

    {"memory to write and run", SYS_mmap, {0, PAGE, ALL_RIGHTS, ANONYMOUS, -1}},
    {"file in memory", SYS_memfd_create, {P("forbidden")}},
    {"io_uring", SYS_io_uring_setup, {1, P(ring)}},
    {"bpf", SYS_bpf, {0}},
    {"perf events", SYS_perf_event_open, {0, 0, -1, -1}},

    /* It ends the process where it works, so it comes last. */
    {"run a program", SYS_execve, {P("/bin/true"), P(argv), P(envp)}},
};

/* --- when --- */

static void
tell(const char *verb, const char *what, long rc)
{
	dprintf(STDERR_FILENO, "forbidden: %s%s: %s\n", verb, what,
	    rc >= 0 ? "OK" : strerrorname_np(errno));
}

static long
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && strstr(path, "/forbidden") != NULL)
		unlink(path);
	return fd;
}

static void
try_call(size_t i)
{
	const intptr_t *a = calls[i].args;
	pid_t self = getpid();
	long rc = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);

	if (getpid() != self)
		_exit(0);
	tell("", calls[i].label, rc);
	unlink(MADE_IN_MAILDIR);
	rmdir(MADE);
}

static void
misbehave(void)
{
	if (geteuid() == 0)
		return;
	for (size_t i = 0; i < COUNT(readable); i++)
		tell("read ", readable[i],
		    try_open(readable[i], O_RDONLY | O_NONBLOCK));
	for (size_t i = 0; i < COUNT(writable); i++)
		tell("write ", writable[i],
		    try_open(writable[i], O_WRONLY | O_CREAT));
	for (size_t i = 0; i < COUNT(calls); i++)
		try_call(i);
}

static ssize_t
look_at(const void *p, ssize_t n)
{
	static bool over;
	int saved = errno;

	if (n > 0 && !over && memmem(p, (size_t)n, trigger, strlen(trigger))) {
		over = true;
		misbehave();
	}
	errno = saved;
	return n;
}

/* In place of the C library's. */
ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	return look_at(p, syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL));
}

ssize_t
read(int fd, void *p, size_t n)
{
	return look_at(p, syscall(SYS_read, fd, p, n));
}
