/* SPDX-License-Identifier: MIT */
/* test_io.c: deadlines, descriptors and files */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "support.h"

static size_t write_at_most; /* of each write; 0: all */
static int write_interruptions;
static int close_error;

/* Stand in for the C library's. */
ssize_t
write(int fd, const void *p, size_t n)
{
	if (write_interruptions > 0) {
		write_interruptions--;
		errno = EINTR;
		return -1;
	}
	if (write_at_most != 0 && n > write_at_most)
		n = write_at_most;
	return syscall(SYS_write, fd, p, n);
}

int
close(int fd)
{
	int rc = (int)syscall(SYS_close, fd);

	if (close_error != 0) {
		errno = close_error;
		close_error = 0;
		return -1;
	}
	return rc;
}

static void
make_pair(int fds[2])
{
	cr_assert_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
}

static void
make_pipe(int fds[2])
{
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
}

Test(io, the_clock_goes_on)
{
	int64_t then = io_now();

	cr_assert_gt(then, 0);
	usleep(20000);
	cr_assert_geq(io_now() - then, 20);
}

Test(io, a_wait_ends_at_its_deadline)
{
	int64_t start = io_now();
	int fds[2];

	make_pair(fds);
	cr_assert_eq(io_wait(fds[0], POLLIN, start + 60), -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert_geq(io_now() - start, 60);
	cr_assert_eq(io_wait(-1, 0, io_now() + 5), -1);
	cr_assert_eq(errno, ETIMEDOUT);
}

Test(io, a_deadline_that_is_past_still_looks)
{
	int fds[2];

	make_pair(fds);
	cr_assert_eq(io_wait(fds[0], POLLIN, io_now() - 1000), -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert_eq(write(fds[1], "x", 1), 1);
	cr_assert_eq(io_wait(fds[0], POLLIN, io_now() - 1000), 0);
}

Test(io, a_wait_ends_with_input_or_the_end_of_it)
{
	int fds[2];

	make_pair(fds);
	cr_assert_not(io_has_input(fds[0]));
	cr_assert_eq(write(fds[1], "x", 1), 1);
	cr_assert(io_has_input(fds[0]));
	cr_assert_eq(io_wait(fds[0], POLLIN, IO_FOREVER), 0);
	cr_assert_eq(io_wait(fds[0], POLLOUT, IO_FOREVER), 0);
	make_pair(fds);
	cr_assert_eq(close(fds[1]), 0);
	cr_assert_eq(io_wait(fds[0], POLLIN, IO_FOREVER), 0);
}

/* Stops itself by a signal; returns the number of the step that failed. */
static int
stop_while_waiting(int signo, const int fds[2])
{
	io_catch_stop();
	if (io_stopping())
		return 1;
	raise(signo);
	if (io_wait(fds[0], POLLIN, IO_FOREVER) != -1 || errno != EINTR)
		return 2;
	if (!io_stopping())
		return 3;
	/* It stays so, even with input. */
	if (write(fds[1], "x", 1) != 1 ||
	    io_wait(fds[0], POLLIN, IO_FOREVER) != -1)
		return 4;
	return 0;
}

/* A peer that always has something to say does not hide the signal. */
static int
stop_while_busy(int signo, const int fds[2])
{
	io_catch_stop();
	if (write(fds[1], "x", 1) != 1)
		return 1;
	raise(signo);
	return io_stopping() ? 0 : 2;
}

Test(io, a_stop_signal_is_noticed_waiting_or_busy, .timeout = 20)
{
	static int (*const ways[])(int, const int[2]) = {
	    stop_while_waiting, stop_while_busy};
	static const int stops[] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < 6; i++) {
		int fds[2], status;
		pid_t pid;

		make_pair(fds);
		pid = fork();
		cr_assert_geq(pid, 0);
		if (pid == 0)
			_exit(ways[i % 2](stops[i / 2], fds));
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert_eq(status, 0, "signal %d, way %zu: %x", stops[i / 2],
		    i % 2, (unsigned)status);
	}
}

Test(io, of_several_descriptors_it_says_which_are_ready)
{
	struct pollfd polls[2] = {{.events = POLLIN}, {.events = POLLIN}};
	int a[2], b[2];

	make_pair(a);
	make_pair(b);
	polls[0].fd = a[0];
	polls[1].fd = b[0];
	cr_assert_eq(io_wait_any(polls, 2, io_now() + 20), -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert_eq(write(b[1], "x", 1), 1);
	cr_assert_eq(io_wait_any(polls, 2, IO_FOREVER), 0);
	cr_assert_eq(polls[0].revents, 0);
	cr_assert_eq(polls[1].revents, POLLIN);
}

Test(io, a_child_that_ends_ends_the_wait_for_any, .timeout = 20)
{
	struct pollfd one = {.events = POLLIN, .revents = POLLIN};
	int fds[2];

	make_pair(fds);
	one.fd = fds[0];
	io_catch_stop();
	io_catch_children();
	if (fork() == 0)
		_exit(0);
	cr_assert_eq(io_wait_any(&one, 1, IO_FOREVER), 0);
	cr_assert_eq(one.revents, 0);
	cr_assert_gt(wait(NULL), 0);
	raise(SIGTERM);
	cr_assert_eq(io_wait_any(&one, 1, IO_FOREVER), -1);
	cr_assert_eq(errno, EINTR);
}

static volatile sig_atomic_t alarms;

static void
count_alarm(int signo)
{
	(void)signo;
	alarms++;
}

Test(io, another_signal_does_not_end_a_wait, .timeout = 20)
{
	struct itimerval every = {{0, 20000}, {0, 20000}};
	struct sigaction sa = {.sa_handler = count_alarm};
	int64_t start = io_now();

	cr_assert_eq(sigaction(SIGALRM, &sa, NULL), 0);
	cr_assert_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
	cr_assert_eq(io_wait(-1, 0, start + 200), -1);
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert_geq(io_now() - start, 200);
	cr_assert_gt(alarms, 0);
}

Test(io, a_gone_reader_and_a_full_quota_are_errors_and_no_signals)
{
	struct rlimit limit = {4, 4};
	char *path = support_path("file");
	int fds[2], fd;

	io_catch_stop();
	make_pipe(fds);
	cr_assert_eq(close(fds[0]), 0);
	cr_assert_eq(io_write_now(fds[1], "x", 1), -1);
	cr_assert_eq(errno, EPIPE);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(io_write_file(fd, "12345", 5), -1);
	cr_assert_eq(errno, EFBIG);
	free(path);
}

Test(io, reading_never_blocks, .timeout = 20)
{
	void (*const makers[])(int[2]) = {make_pair, make_pipe};

	for (size_t i = 0; i < 2; i++) {
		char octets[8];
		int fds[2];

		makers[i](fds);
		cr_assert_eq(io_read_now(fds[0], octets, 8), -1);
		cr_assert_eq(errno, EAGAIN);
		cr_assert_eq(write(fds[1], "abc", 3), 3);
		cr_assert_eq(io_read_now(fds[0], octets, 8), 3);
		cr_assert_eq(memcmp(octets, "abc", 3), 0);
		cr_assert_eq(close(fds[1]), 0);
		cr_assert_eq(io_read_now(fds[0], octets, 8), 0);
		cr_assert_eq(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	}
}

Test(io, writing_never_blocks, .timeout = 20)
{
	void (*const makers[])(int[2]) = {make_pair, make_pipe};
	static const char block[65536];

	for (size_t i = 0; i < 2; i++) {
		size_t taken = 0, given = 0;
		ssize_t n;
		int fds[2];
		char octets[4096];

		makers[i](fds);
		while ((n = io_write_now(fds[1], block, sizeof(block))) > 0)
			taken += (size_t)n;
		cr_assert_eq(n, -1);
		cr_assert_eq(errno, EAGAIN);
		cr_assert_gt(taken, 4096);
		while ((n = io_read_now(fds[0], octets, sizeof(octets))) > 0)
			given += (size_t)n;
		cr_assert_eq(given, taken);
		cr_assert_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	}
}

Test(io, a_file_gets_all_however_often_that_takes)
{
	static const size_t steps[] = {1, 7, 4096};

	for (size_t i = 0; i < 3; i++) {
		char *path = support_path("file");
		char *text = mem_grow(NULL, 10001, 1), *back;
		int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

		cr_assert_geq(fd, 0);
		for (size_t k = 0; k < 10000; k++)
			text[k] = (char)('a' + k % 26);
		text[10000] = '\0';
		write_at_most = steps[i];
		write_interruptions = 3;
		cr_assert_eq(io_write_file(fd, text, 10000), 0);
		write_at_most = 0;
		cr_assert_eq(write_interruptions, 0);
		cr_assert_eq(io_close(fd), 0);
		back = support_read(path);
		cr_assert_str_eq(back, text);
		free(back);
		free(text);
		free(path);
	}
}

Test(io, an_error_of_write_is_seen)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(io_write_file(fd, "x", 1), -1);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(io_write_file(fd, "", 0), 0);
}

Test(io, an_error_of_close_is_seen_and_an_interruption_is_none)
{
	cr_assert_eq(io_close(-1), -1);
	cr_assert_eq(errno, EBADF);
	close_error = EIO;
	cr_assert_eq(io_close(dup(2)), -1);
	cr_assert_eq(errno, EIO);
	close_error = EINTR;
	cr_assert_eq(io_close(dup(2)), 0);
}

Test(io, the_standard_descriptors_are_always_open)
{
	for (int missing = 0; missing < 8; missing++) {
		pid_t pid = fork();
		int status;

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			for (int fd = 0; fd < 3; fd++)
				if ((missing >> fd & 1) != 0)
					close(fd);
			if (io_open_standard() != 0)
				_exit(1);
			for (int fd = 0; fd < 3; fd++)
				if (fcntl(fd, F_GETFD) != 0)
					_exit(2);
			_exit(0);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert_eq(
		    status, 0, "case %d: %x", missing, (unsigned)status);
	}
}

Test(io, two_descriptors_of_one_file_are_known)
{
	int a[2], b[2];
	int copy;

	make_pair(a);
	make_pair(b);
	copy = dup(a[0]);
	cr_assert(io_same_file(a[0], copy));
	cr_assert_not(io_same_file(a[0], a[1]));
	cr_assert_not(io_same_file(a[0], b[0]));
	cr_assert_not(io_same_file(-1, -1));
}

Test(io, a_file_is_read_up_to_its_limit)
{
	static const size_t sizes[] = {
	    0, 1, 65534, 65535, 65536, 65537, 200000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i], n = 4711;
		char *text = mem_grow(NULL, size + 1, 1);
		char *path, *back;

		memset(text, 'x', size);
		text[size] = '\0';
		path = support_file("file", text);
		back = io_read_file(path, size, &n);
		cr_assert_not_null(back, "%zu", size);
		cr_assert_eq(n, size);
		cr_assert_str_eq(back, text);
		free(back);
		back = io_read_file(path, size + 100000, &n);
		cr_assert_not_null(back, "%zu", size);
		cr_assert_eq(n, size);
		free(back);
		if (size > 0) {
			cr_assert_null(io_read_file(path, size - 1, &n));
			cr_assert_eq(errno, EFBIG, "%zu", size);
		}
		free(text);
		free(path);
	}
}

Test(io, only_regular_files_are_read, .timeout = 20)
{
	char *folder = support_path(".");
	char *missing = support_path("missing");
	char *pipe_path = support_path("pipe");
	size_t n;

	cr_assert_null(io_read_file(missing, 100, &n));
	cr_assert_eq(errno, ENOENT);
	cr_assert_null(io_read_file(folder, 100, &n));
	cr_assert_eq(errno, EISDIR);
	cr_assert_eq(mkfifo(pipe_path, 0600), 0);
	cr_assert_null(io_read_file(pipe_path, 100, &n));
	cr_assert_eq(errno, EINVAL);
	cr_assert_null(io_read_file("/dev/zero", 100, &n));
	cr_assert_eq(errno, EINVAL);
	free(pipe_path);
	free(missing);
	free(folder);
}

Test(io, a_path_is_made_with_its_parents)
{
	static const struct {
		const char *label, *path, *made;
	} cases[] = {
	    {"one", "one", "one"},
	    {"several", "a/b/c", "a/b/c"},
	    {"partly there", "a/b/d", "a/b/d"},
	    {"there", "a/b", "a/b"},
	    {"doubled slashes", "a//e", "a/e"},
	    {"slash at the end", "f/", "f"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = support_path(cases[i].path);
		char *made = support_path(cases[i].made);
		struct stat st;

		cr_expect_eq(io_make_path(path, 0700), 0, "%s", cases[i].label);
		cr_expect_eq(stat(made, &st), 0, "%s", cases[i].label);
		cr_expect(S_ISDIR(st.st_mode), "%s", cases[i].label);
		free(made);
		free(path);
	}
}

Test(io, a_path_through_a_file_is_not_made)
{
	char *file = support_file("file", "");
	char *path = support_path("file/below");

	cr_assert_eq(io_make_path(path, 0700), -1);
	cr_assert_eq(errno, ENOTDIR);
	free(path);
	free(file);
}
