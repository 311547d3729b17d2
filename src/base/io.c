/* SPDX-License-Identifier: MIT */
/* io.c: wait with a deadline, read and write without blocking */

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

static volatile sig_atomic_t stop_seen;
static sigset_t wait_mask;
static bool wait_mask_set;

int64_t
io_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		bug("no monotonic clock");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
note_stop(int signo)
{
	(void)signo;
	stop_seen = 1;
}

void
io_catch_stop(void)
{
	static const int stops[] = {SIGTERM, SIGINT, SIGHUP};
	struct sigaction sa;
	sigset_t block;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);
	sa.sa_handler = note_stop;
	sigemptyset(&block);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct sigaction before;

		/* nohup(1) and the shell's "&" have chosen to ignore some. */
		if (stops[i] != SIGTERM &&
		    sigaction(stops[i], NULL, &before) == 0 &&
		    before.sa_handler == SIG_IGN)
			continue;
		sigaction(stops[i], &sa, NULL);
		sigaddset(&block, stops[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &wait_mask);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigdelset(&wait_mask, stops[i]);
	wait_mask_set = true;
}

static void
wake(int signo)
{
	(void)signo;
}

void
io_catch_children(void)
{
	struct sigaction sa;
	sigset_t block;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = wake;
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigdelset(&wait_mask, SIGCHLD);
}

bool
io_stopping(void)
{
	static const struct timespec at_once = {0, 0};

	if (!stop_seen && wait_mask_set)
		ppoll(NULL, 0, &at_once, &wait_mask);
	return stop_seen != 0;
}

/* One ppoll() up to the deadline; 0: time is up, -1: as ppoll says. */
static int
poll_once(struct pollfd *fds, size_t n, int64_t deadline)
{
	int64_t left = deadline == IO_FOREVER ? 0 : deadline - io_now();
	struct timespec ts = {.tv_sec = 0};

	if (stop_seen) {
		errno = EINTR;
		return -1;
	}
	if (left > 0) {
		ts.tv_sec = (time_t)(left / 1000);
		ts.tv_nsec = (long)(left % 1000) * 1000000;
	}
	return ppoll(fds, n, deadline == IO_FOREVER ? NULL : &ts,
	    wait_mask_set ? &wait_mask : NULL);
}

int
io_wait(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	int n;

	do
		n = poll_once(&pfd, 1, deadline);
	while (n < 0 && errno == EINTR && !stop_seen);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

int
io_wait_any(struct pollfd *fds, size_t n, int64_t deadline)
{
	int got = poll_once(fds, n, deadline);

	if (got < 0 && errno == EINTR && !stop_seen) {
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
		return 0;
	}
	if (got == 0)
		errno = ETIMEDOUT;
	return got > 0 ? 0 : -1;
}

static bool
ready(int fd, short events)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	int n;

	do
		n = poll(&pfd, 1, 0);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

bool
io_has_input(int fd)
{
	return ready(fd, POLLIN);
}

ssize_t
io_read_now(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = recv(fd, p, n, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got >= 0 || errno != ENOTSOCK)
		return got;
	if (!ready(fd, POLLIN)) {
		errno = EAGAIN;
		return -1;
	}
	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t
io_write_now(int fd, const void *p, size_t n)
{
	ssize_t put;

	do
		put = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	if (put >= 0 || errno != ENOTSOCK)
		return put;
	if (!ready(fd, POLLOUT)) {
		errno = EAGAIN;
		return -1;
	}
	/* A pipe that polls writable takes PIPE_BUF octets at once. */
	if (n > PIPE_BUF)
		n = PIPE_BUF;
	do
		put = write(fd, p, n);
	while (put < 0 && errno == EINTR);
	return put;
}

int
io_write_file(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		if (put == 0) {
			errno = ENOSPC;
			return -1;
		}
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int
io_close(int fd)
{
	/* On Linux the descriptor is gone even after EINTR. */
	if (close(fd) != 0 && errno != EINTR)
		return -1;
	return 0;
}

int
io_open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is this one. */
		if (open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			return -1;
	}
	return 0;
}

bool
io_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* Reads until the end or one octet beyond max. */
static char *
slurp(int fd, size_t max, size_t *n)
{
	size_t cap = max < 65536 ? max + 1 : 65536, len = 0;
	char *data = mem_grow(NULL, cap + 1, 1);

	for (;;) {
		ssize_t got;

		if (len == cap) {
			if (len > max) {
				errno = EFBIG;
				break;
			}
			cap = cap > max / 2 ? max + 1 : cap * 2;
			data = mem_grow(data, cap + 1, 1);
		}
		got = read(fd, data + len, cap - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		if (got == 0) {
			data[len] = '\0';
			*n = len;
			return data;
		}
		len += (size_t)got;
	}
	explicit_bzero(data, cap + 1);
	free(data);
	return NULL;
}

char *
io_read_file(const char *path, size_t max, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char *data = NULL;
	int saved;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		goto out;
	}
	data = slurp(fd, max, n);
out:
	saved = errno;
	close(fd);
	errno = saved;
	return data;
}

int
io_make_path(const char *path, mode_t mode)
{
	char *copy = mem_dups(path);
	int rc = 0;

	for (char *p = copy + 1; rc == 0; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) != 0 && errno != EEXIST)
			rc = -1;
		*p = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return rc;
}
