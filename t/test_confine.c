/* SPDX-License-Identifier: MIT */
/* test_confine.c: what a confined process cannot do, and what it still can */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/maildir.h"
#include "net/confine.h"
#include "support.h"

#define FILE_SIZE 100000

/* What a child says by its exit status, beside an errno. */
#define DONE 0
#define NO_CONFINEMENT 200
#define SKIPPED 201

static char *maildir, *secret, *certificate, *outside;

/* The sanitizers need calls that are taken away, so it is left out there. */
static bool
confinement_is_whole(void)
{
#ifdef __SANITIZE_ADDRESS__
	return false;
#else
	struct confine_plan plan = {.paths.folders = {"/"}};
	struct buf missing = BUF_INIT;
	struct confine *c = confine_new(&plan, &missing);
	bool whole = missing.len == 0;

	confine_free(c);
	buf_fini(&missing);
	return whole;
#endif
}

static void
prepare(void)
{
	maildir = support_path("Maildir");
	outside = support_path("outside");
	secret = support_file("secret", "not for you\n");
	certificate = support_file("certificate", "for you\n");
	cr_assert_eq(mkdir(maildir, 0700), 0);
	cr_assert_eq(mkdir(outside, 0700), 0);
}

static void
clean(void)
{
	free(maildir);
	free(secret);
	free(certificate);
	free(outside);
}

TestSuite(confine, .init = prepare, .fini = clean);

static int
result(int rc)
{
	return rc < 0 ? errno : DONE;
}

/* Runs a function in a confined child; returns 0 or the errno that it met. */
static int
confined(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct confine_plan plan = {
		    .paths.folders = {maildir},
		    .paths.files = {certificate},
		    .file_size = FILE_SIZE,
		};
		struct buf missing = BUF_INIT;
		struct confine *c = confine_new(&plan, &missing);

		signal(SIGXFSZ, SIG_IGN);
		_exit(confine_enter(c) == 0 ? act() : NO_CONFINEMENT);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	cr_assert_neq(WEXITSTATUS(status), NO_CONFINEMENT);
	return WEXITSTATUS(status);
}

/* --- what must fail --- */

static int
read_a_secret(void)
{
	return result(open(secret, O_RDONLY));
}

static int
read_the_passwords_of_the_host(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int
list_the_root(void)
{
	return result(open("/", O_RDONLY | O_DIRECTORY));
}

static int
read_another_process(void)
{
	return result(open("/proc/1/status", O_RDONLY));
}

static int
write_outside(void)
{
	char *path = mem_format("%s/file", outside);

	return result(open(path, O_WRONLY | O_CREAT, 0600));
}

static int
write_what_may_be_read(void)
{
	return result(open(certificate, O_WRONLY));
}

static int
climb_out(void)
{
	char *path = mem_format("%s/../outside/file", maildir);

	return result(open(path, O_WRONLY | O_CREAT, 0600));
}

static int
make_a_folder_outside(void)
{
	char *path = mem_format("%s/folder", outside);

	return result(mkdir(path, 0700));
}

static int
move_out(void)
{
	char *from = mem_format("%s/from", maildir);
	char *to = mem_format("%s/to", outside);
	int fd = open(from, O_WRONLY | O_CREAT, 0600);

	return fd < 0 ? SKIPPED : result(rename(from, to));
}

static int
link_in(void)
{
	char *to = mem_format("%s/stolen", maildir);

	return result(link(secret, to));
}

static int
link_by_name(void)
{
	char *path = mem_format("%s/link", maildir);

	return result(symlink(secret, path));
}

static int
make_a_fifo(void)
{
	char *path = mem_format("%s/fifo", maildir);

	return result(mkfifo(path, 0600));
}

static int
remove_outside(void)
{
	return result(unlink(secret));
}

static int
open_a_tcp_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
open_a_unix_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
make_a_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int
run_a_program(void)
{
	char *argv[] = {NULL, NULL};
	char *envp[] = {NULL};

	argv[0] = mem_dups("/bin/true");
	return result(execve(argv[0], argv, envp));
}

static int
signal_another(void)
{
	return result(kill(getppid(), 0));
}

static int
trace_another(void)
{
	return result((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int
take_privileges(void)
{
	return result(setuid(0));
}

static int
raise_a_limit(void)
{
	struct rlimit more = {64, 64};

	return result(setrlimit(RLIMIT_NOFILE, &more));
}

static int
leave_the_folder(void)
{
	return result(chdir("/"));
}

static int
write_too_much(void)
{
	char *path = mem_format("%s/large", maildir);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	char block[4096] = "";
	ssize_t put = 0;

	for (int i = 0; put >= 0 && i <= FILE_SIZE / 4096; i++)
		put = write(fd, block, sizeof(block));
	/* The call that meets the limit is short, the next one fails. */
	return put < 0 ? errno : result((int)write(fd, block, 1));
}

static int
open_many_files(void)
{
	for (int i = 0; i < 64; i++)
		if (open(certificate, O_RDONLY) < 0)
			return errno;
	return DONE;
}

struct act {
	const char *label;
	int (*act)(void);
	int error, or ; /* what it must meet, or 0: it must work */
};

static void
try_all(const struct act *rows, size_t count)
{
	if (!confinement_is_whole())
		cr_skip_test("no Landlock or seccomp here");
	for (size_t i = 0; i < count; i++) {
		int met = confined(rows[i].act);

		cr_expect(met == rows[i].error || met == rows[i].or, "%s: %s",
		    rows[i].label, strerror(met));
	}
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(confine, files_that_were_not_given_cannot_be_read)
{
	static const struct act rows[] = {
	    {"a file beside", read_a_secret, EACCES, EPERM},
	    {"/etc/passwd", read_the_passwords_of_the_host, EACCES, EPERM},
	    {"the root folder", list_the_root, EACCES, EPERM},
	    {"/proc/1", read_another_process, EACCES, EPERM},
	    {"a link to a file beside", link_in, EACCES, EXDEV},
	    {"a symbolic link", link_by_name, EPERM, EACCES},
	};

	try_all(rows, COUNT(rows));
}

Test(confine, nothing_outside_the_maildir_can_be_written)
{
	static const struct act rows[] = {
	    {"a new file", write_outside, EACCES, EPERM},
	    {"a readable file", write_what_may_be_read, EACCES, EPERM},
	    {"a path through the Maildir", climb_out, EACCES, EPERM},
	    {"a new folder", make_a_folder_outside, EACCES, EPERM},
	    {"a file moved there", move_out, EACCES, EXDEV},
	    {"a file removed there", remove_outside, EACCES, EPERM},
	    {"a fifo in the Maildir", make_a_fifo, EPERM, EACCES},
	};

	try_all(rows, COUNT(rows));
}

Test(confine, no_socket_no_process_no_program)
{
	static const struct act rows[] = {
	    {"a TCP socket", open_a_tcp_socket, EPERM, EACCES},
	    {"a Unix socket", open_a_unix_socket, EPERM, EACCES},
	    {"fork", make_a_process, EPERM, EAGAIN},
	    {"execve", run_a_program, EPERM, EACCES},
	    {"kill", signal_another, EPERM, EACCES},
	    {"ptrace", trace_another, EPERM, EACCES},
	    {"setuid", take_privileges, EPERM, EACCES},
	    {"setrlimit", raise_a_limit, EPERM, EACCES},
	    {"chdir", leave_the_folder, EPERM, EACCES},
	};

	try_all(rows, COUNT(rows));
}

Test(confine, files_and_descriptors_have_a_limit)
{
	static const struct act rows[] = {
	    {"a large file", write_too_much, EFBIG, EFBIG},
	    {"many descriptors", open_many_files, EMFILE, EMFILE},
	};

	try_all(rows, COUNT(rows));
}

/* --- what must work --- */

static int
read_what_was_given(void)
{
	return result(open(certificate, O_RDONLY));
}

static int
deliver(void)
{
	struct delivery d;
	struct maildir m;

	if (maildir_open(&m, maildir, 0) != 0 || delivery_begin(&d, &m) != 0)
		return errno;
	delivery_write(&d, "Subject: confined\n\nText.\n", 25);
	if (delivery_commit(&d) != 0)
		return errno;
	maildir_close(&m);
	return DONE;
}

static int
give_up_a_delivery(void)
{
	struct delivery d;
	struct maildir m;

	if (maildir_open(&m, maildir, 0) != 0 || delivery_begin(&d, &m) != 0)
		return errno;
	delivery_abort(&d);
	maildir_close(&m);
	return DONE;
}

static int
get_memory(void)
{
	char *p = mem_new(64u << 20);

	memset(p, 1, 64u << 20);
	free(p);
	return DONE;
}

static int
name_the_status(void)
{
	if (prctl(PR_GET_DUMPABLE) >= 0)
		return SKIPPED; /* the filter should have refused it */
	return errno;
}

Test(confine, a_delivery_works_in_confinement)
{
	static const struct act rows[] = {
	    {"reading what was given", read_what_was_given, 0, 0},
	    {"a delivery", deliver, 0, 0},
	    {"a delivery given up", give_up_a_delivery, 0, 0},
	    {"memory", get_memory, 0, 0},
	    {"prctl", name_the_status, EPERM, EPERM},
	};
	char *new, *tmp;

	try_all(rows, COUNT(rows));
	new = mem_format("%s/new", maildir);
	tmp = mem_format("%s/tmp", maildir);
	cr_expect_eq(support_count(new), 1);
	cr_expect_eq(support_count(tmp), 0);
	free(new);
	free(tmp);
}

/* Without confinement all of it is possible: the tests above can fail. */
Test(confine, unconfined_the_same_acts_succeed)
{
	static int (*const acts[])(void) = {read_a_secret,
	    read_the_passwords_of_the_host, list_the_root, write_outside,
	    write_what_may_be_read, climb_out, make_a_folder_outside, link_in,
	    move_out, link_by_name, make_a_fifo, open_a_tcp_socket,
	    open_a_unix_socket, make_a_process, signal_another, raise_a_limit,
	    leave_the_folder, open_many_files, remove_outside};

	for (size_t i = 0; i < COUNT(acts); i++) {
		pid_t pid = fork();
		int status;

		cr_assert_geq(pid, 0);
		if (pid == 0)
			_exit(acts[i]());
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_expect_eq(
		    status, 0, "act %zu: %s", i, strerror(WEXITSTATUS(status)));
	}
}

/* The line of /proc/self/status that begins so, as a number. */
static unsigned long long
status_of(FILE *f, const char *name)
{
	char line[256];
	size_t n = strlen(name);

	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, n) == 0)
			return strtoull(line + n, NULL, 16);
	return ~0ull;
}

static FILE *own_status;

static int
look_at_itself(void)
{
	if (status_of(own_status, "NoNewPrivs:\t") != 1)
		return 1;
	if (status_of(own_status, "Seccomp:\t") != 2)
		return 2;
	/* Of root's only those for the owner's files are left. */
	return (status_of(own_status, "CapEff:\t") & ~0xbull) != 0 ? 3 : DONE;
}

Test(confine, the_kernel_confirms_it)
{
	pid_t pid;
	int status;

	if (!confinement_is_whole())
		cr_skip_test("no Landlock or seccomp here");
	/* Opened by the one it tells of, and before /proc is out of reach. */
	pid = fork();
	if (pid == 0) {
		struct confine_plan plan = {.paths.folders = {maildir}};
		struct buf missing = BUF_INIT;
		struct confine *c = confine_new(&plan, &missing);

		own_status = fopen("/proc/self/status", "r");
		if (own_status == NULL || confine_enter(c) != 0)
			_exit(NO_CONFINEMENT);
		_exit(look_at_itself());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0, "%d", WEXITSTATUS(status));
}
