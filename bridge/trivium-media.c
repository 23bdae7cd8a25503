/*
 * trivium-media.c - fits one picture for an MMS: `trivium-media WIDTH BYTES`, the picture on standard
 * input, "LENGTH\n" and the fitted one on standard output, or "-" and a reason. Started by fit.c, one
 * for each picture.
 *
 * Decoders of pictures are where strangers' bytes have done most harm. So this process has nothing to
 * lose: no file is open but those two, none can be opened, no connection made, no program started,
 * and memory and time are limited. What it cannot do it dies of, and the picture stays behind. Where it
 * cannot be locked in so, it looks at nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/fault.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/message/picture.h"

enum {
	MEMORY = 1 << 30, /* bytes: a picture of 50 million pixels decoded, and its coefficients */
	SECONDS = 15,	  /* of a processor */
	MOST_BYTES = 10 << 20,
	MOST_WIDTH = 10000,
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* They need more memory than there is, and calls that nobody else does. */
static const char *
lock_in(void)
{
	return NULL;
}
#else

/* 0, or -1. What was less before stays: no process may have more than it was given. */
static int
limit(int what, rlim_t most)
{
	struct rlimit l;

	if (getrlimit(what, &l) < 0)
		return -1;
	if (l.rlim_max == RLIM_INFINITY || l.rlim_max > most)
		l.rlim_max = most;
	if (l.rlim_cur == RLIM_INFINITY || l.rlim_cur > l.rlim_max)
		l.rlim_cur = l.rlim_max;
	return setrlimit(what, &l);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (__u32)(field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

/* Only what computing needs. HEIF's decoder makes threads: clone(2) is for these alone, and clone3(2),
 * whose arguments a filter cannot see, is said not to exist. */
static int
filter_calls(void)
{
	static struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0), ANSWER(SECCOMP_RET_KILL_PROCESS),
		LOAD(offsetof(struct seccomp_data, nr)),
		ALLOW(read), ALLOW(write), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect),
		ALLOW(brk), ALLOW(madvise), ALLOW(futex), ALLOW(exit), ALLOW(exit_group), ALLOW(rt_sigaction),
		ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(getpid), ALLOW(gettid), ALLOW(tgkill),
		ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep), ALLOW(getrandom), ALLOW(lseek),
		ALLOW(fstat), ALLOW(newfstatat), ALLOW(close), ALLOW(set_robust_list), ALLOW(rseq),
		ALLOW(sched_yield), ALLOW(sched_getaffinity), ALLOW(sysinfo), ALLOW(sigaltstack),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1), ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		LOAD(offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = { sizeof code / sizeof *code, code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
/* Nobody has written down yet how calls are told apart on this kind of machine. */
static int
filter_calls(void)
{
	errno = ENOTSUP;
	return -1;
}
#endif

/* NULL, or what could not be done; errno says why. */
static const char *
lock_in(void)
{
	if (limit(RLIMIT_AS, MEMORY) < 0 || limit(RLIMIT_CPU, SECONDS) < 0 ||
	    limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_FSIZE, 0) < 0 ||
	    limit(RLIMIT_NOFILE, STDERR_FILENO + 1) < 0)
		return "its limits cannot be set";
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return "it cannot be tied to its parent";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || filter_calls() < 0)
		return "its system calls cannot be filtered";
	return NULL;
}
#endif

static int
write_all(const char *bytes, size_t len)
{
	for (ssize_t n; len; bytes += n, len -= (size_t)n)
		if ((n = write(STDOUT_FILENO, bytes, len)) < 0)
			return EX_IOERR;
	return EX_OK;
}

/* 0, or an exit code. */
static int
read_all(struct buf *in)
{
	char piece[64 * 1024];
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof piece)) > 0)
		if (buf_add(in, piece, (size_t)n) < 0)
			return EX_DATAERR;
	return n < 0 ? EX_IOERR : EX_OK;
}

static int
fit(const struct buf *in, const struct picture_limits *limits)
{
	struct verdict v;
	struct buf out;
	const char *type;
	char head[512];
	int rc;

	buf_init(&out, limits->bytes + MSG_MAX_MEDIA);
	if (fault("media_decode"))
		abort();
	if (picture_fit(buf_str(in), in->len, limits, &out, &type, &v) < 0) {
		buf_reset(&out);
		snprintf(head, sizeof head, "-%s\n", v.text);
	} else {
		snprintf(head, sizeof head, "%zu\n", out.len);
	}
	rc = write_all(head, strlen(head));
	if (rc == 0)
		rc = write_all(buf_str(&out), out.len);
	buf_free(&out);
	return rc;
}

/* Say why not, errno with it. The picture is thrown away as it comes: who is sending it would not hear of
 * that otherwise. */
static int
refuse(const char *wrong)
{
	char head[200], piece[4096];

	snprintf(head, sizeof head, "-not looked at: %s (%s)\n", wrong, strerror(errno));
	while (read(STDIN_FILENO, piece, sizeof piece) > 0)
		;
	return write_all(head, strlen(head)) == EX_OK ? EX_UNAVAILABLE : EX_IOERR;
}

/* A number from 1 to most; 0: it is none. */
static long
number(const char *word, long most)
{
	char *end;
	long n = strtol(word, &end, 10);

	return *end || n < 1 || n > most ? 0 : n;
}

int
main(int argc, char **argv)
{
	long width = argc == 3 ? number(argv[1], MOST_WIDTH) : 0;
	long bytes = argc == 3 ? number(argv[2], MOST_BYTES) : 0;
	const struct picture_limits limits = { (unsigned)width, (size_t)bytes };
	const char *wrong;
	struct buf in;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), rc;

	if (!width || !bytes) {
		fprintf(stderr, "usage: trivium-media WIDTH BYTES <PICTURE\n");
		return EX_USAGE;
	}
#ifndef __SANITIZE_ADDRESS__
	/* Libraries complain there of strangers' pictures. */
	if (null >= 0)
		dup2(null, STDERR_FILENO);
#endif
	if (null >= 0)
		close(null);
	if ((wrong = lock_in()) != NULL)
		return refuse(wrong);
	buf_init(&in, MSG_MAX_MEDIA);
	rc = read_all(&in);
	if (rc == 0)
		rc = fit(&in, &limits);
	buf_free(&in);
	return rc;
}
