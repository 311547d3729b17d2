/* SPDX-License-Identifier: MIT */
/* confine.c: seccomp, capabilities and limits */

#include "net/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

/* The sanitizers' own reports need more than we would leave them. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Descriptors: the standard ones, the store's, one message, a few to spare. */
#define DESCRIPTORS 32
#define CPU_SECONDS 7200

struct confine {
	struct confine_plan plan;
	int abi; /* of Landlock; 0: none to be had */
	struct sock_filter *code; /* owned; NULL: no seccomp */
	unsigned short length;
};

/* What a session of SMTP with TLS, passwords and a Maildir calls. */
static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write),
    SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(readv), SCMP_SYS(writev),
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(ppoll), SCMP_SYS(poll),
    SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(close), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
    SCMP_SYS(fsync), SCMP_SYS(syncfs), SCMP_SYS(fchmod), SCMP_SYS(fchown),
    SCMP_SYS(renameat2), SCMP_SYS(renameat), SCMP_SYS(rename), SCMP_SYS(link),
    SCMP_SYS(linkat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(access), SCMP_SYS(lseek), SCMP_SYS(getdents64), SCMP_SYS(fcntl),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(mmap), SCMP_SYS(munmap),
    SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo),
    SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

/* The BPF program that libseccomp makes of the list. */
static bool
compile(struct confine *c, scmp_filter_ctx ctx)
{
	int fd = memfd_create("mailpit-seccomp", MFD_CLOEXEC);
	bool ok = false;
	off_t size;

	if (fd < 0)
		return false;
	if (seccomp_export_bpf(ctx, fd) != 0)
		goto out;
	size = lseek(fd, 0, SEEK_END);
	if (size <= 0 || size > (off_t)(BPF_MAXINSNS * sizeof(*c->code)))
		goto out;
	c->code = mem_new((size_t)size);
	c->length = (unsigned short)((size_t)size / sizeof(*c->code));
	ok = pread(fd, c->code, (size_t)size, 0) == size;
out:
	close(fd);
	return ok;
}

static bool
prepare_seccomp(struct confine *c)
{
	/* Forbidden calls fail; a library that tries one has a way on. */
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool ok = ctx != NULL;

	/* A tree: the kernel tries it on every call there is at each load. */
	ok = ok && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
	for (size_t i = 0; ok && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	ok = ok && compile(c, ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (!ok) {
		free(c->code);
		c->code = NULL;
	}
	return ok;
}

static void
say(struct buf *missing, const char *word)
{
	buf_addf(missing, "%s%s", missing->len > 0 ? " " : "", word);
}

struct confine *
confine_new(const struct confine_plan *plan, struct buf *missing)
{
	struct confine *c = mem_new(sizeof(*c));

	c->plan = *plan;
	if (!SANITIZED)
		c->abi = landlock_abi();
	if (c->abi == 0)
		say(missing, "landlock");
	if (SANITIZED || !prepare_seccomp(c))
		say(missing, "seccomp");
	return c;
}

void
confine_free(struct confine *c)
{
	if (c == NULL)
		return;
	free(c->code);
	free(c);
}

static int
limit(int what, uint64_t value)
{
	struct rlimit now, wanted = {value, value};

	/* Never more than what the administrator has left us. */
	if (getrlimit((__rlimit_resource_t)what, &now) != 0)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
		return 0;
	return setrlimit((__rlimit_resource_t)what, &wanted);
}

static int
enter_limits(const struct confine *c)
{
	uint64_t file = c->plan.file_size;

	if (limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_NPROC, 0) != 0 ||
	    limit(RLIMIT_NOFILE, DESCRIPTORS) != 0 ||
	    limit(RLIMIT_CPU, CPU_SECONDS) != 0)
		return -1;
	return file == 0 ? 0 : limit(RLIMIT_FSIZE, file);
}

/* Root keeps what it takes to deliver into somebody's Maildir, no more. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	uint32_t keep =
	    geteuid() != 0
		? 0
		: 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER;

	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &header, data) != 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		data[i].effective &= i == 0 ? keep : 0;
		data[i].permitted &= i == 0 ? keep : 0;
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, data);
}

static int
enter_seccomp(const struct confine *c)
{
	struct sock_fprog program = {.len = c->length, .filter = c->code};

	if (c->code == NULL)
		return 0;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int
confine_enter(const struct confine *c)
{
	/* Siblings share the uid: none may look into another. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    enter_limits(c) != 0 ||
	    landlock_enter(c->abi, &c->plan.paths) != 0 ||
	    drop_capabilities() != 0)
		return -1;
	return enter_seccomp(c);
}
