/* SPDX-License-Identifier: MIT */
#ifndef BASE_IO_H
#define BASE_IO_H

/*
 * io: descriptors, deadlines and durable files.
 *
 * Deadlines are absolute milliseconds of the monotonic clock, so that a slow
 * peer cannot renew them; IO_FOREVER never comes. The flags of a descriptor
 * are never changed, because its other holders would see it: reads and writes
 * that must not block use MSG_DONTWAIT, or poll first where it is no socket.
 * Signals that io_catch_stop() names are taken only inside io_wait().
 *
 * Failure is -1 with errno; ETIMEDOUT and EINTR (asked to stop) as io_wait
 * says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IO_FOREVER INT64_MAX

/* The monotonic clock in milliseconds. */
int64_t io_now(void);

/*
 * From now on SIGTERM, SIGINT and SIGHUP are blocked but in io_wait(), which
 * then returns -1 with EINTR (INT and HUP stay ignored where they were);
 * SIGPIPE and SIGXFSZ are ignored for good.
 */
void io_catch_stop(void);

/* A stop signal came; takes one that is pending. */
bool io_stopping(void);

/*
 * Waits until fd is ready for events (POLLIN, POLLOUT), hung up or in error.
 * Returns 0; -1 with ETIMEDOUT at the deadline, EINTR when asked to stop.
 * fd -1 only waits.
 */
int io_wait(int fd, short events, int64_t deadline);

/*
 * The same for several descriptors, for a process with children: returns 0
 * also when a child has ended (after io_catch_children()), and revents says
 * what is ready.
 */
struct pollfd;
int io_wait_any(struct pollfd *fds, size_t n, int64_t deadline);

/* SIGCHLD from now on ends io_wait_any(). After io_catch_stop(). */
void io_catch_children(void);

/* There is input (or an end) to read right now. */
bool io_has_input(int fd);

/* Read or write what is possible without blocking, else -1 with EAGAIN. */
ssize_t io_read_now(int fd, void *p, size_t n);
ssize_t io_write_now(int fd, const void *p, size_t n);

/* Writes all to a file, however often that takes. Returns 0 or -1. */
int io_write_file(int fd, const void *p, size_t n);

/* close() whose error is seen and whose EINTR is none. Returns 0 or -1. */
int io_close(int fd);

/*
 * Opens /dev/null for those of 0, 1, 2 that are closed, so that no file of
 * ours ever gets one of these numbers. Returns 0 or -1.
 */
int io_open_standard(void);

/* Both are the same open file or socket. */
bool io_same_file(int a, int b);

/*
 * Reads a regular file of at most max octets. Returns owned octets with a NUL
 * behind them and their number in *n; NULL with errno (EFBIG: larger than max,
 * EISDIR: a folder, EINVAL: not a regular file).
 */
char *io_read_file(const char *path, size_t max, size_t *n);

/* mkdir -p. Returns 0 (also when it was there) or -1. */
int io_make_path(const char *path, mode_t mode);

#endif
