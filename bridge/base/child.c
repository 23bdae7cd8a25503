/*
 * child.c - one socket is the child's input and output. The end of its output is its end: it is
 * killed then, and waited for, which takes no time. So whoever needs to know that all of it came
 * has the child say how much that is.
 */
#include "bridge/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum { PIECE = 64 * 1024 };

struct child {
	struct child_job job;
	pid_t pid;
	int fd;
	struct watch *watch;
	struct loop *loop;
	struct timer timer;
	size_t sent;
	struct buf out;
};

static void
bury(struct child *c)
{
	loop_unwatch(c->watch);
	timer_clear(c->loop, &c->timer);
	close(c->fd);
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void
end(struct child *c, const char *why)
{
	bury(c);
	c->job.on_end(c->job.arg, buf_str(&c->out), c->out.len, why);
	buf_free(&c->out);
	free(c);
}

void
child_stop(struct child *c)
{
	if (!c)
		return;
	bury(c);
	buf_free(&c->out);
	free(c);
}

static void
on_time(void *arg)
{
	end(arg, "it took too long");
}

/* Give it more of its input. Once it has all, or wants no more, only its output is waited for. */
static void
feed(struct child *c)
{
	ssize_t n = send(c->fd, c->job.input + c->sent, c->job.len - c->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->sent += n < 0 ? 0 : (size_t)n;
	if (n >= 0 && c->sent < c->job.len)
		return;
	shutdown(c->fd, SHUT_WR);
	loop_rewatch(c->watch, EPOLLIN);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct child *c = arg;
	char piece[PIECE];
	ssize_t n;

	if (events & EPOLLOUT)
		feed(c);
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	n = recv(c->fd, piece, sizeof piece, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		end(c, n < 0 ? strerror(errno) : "");
	else if (buf_add(&c->out, piece, (size_t)n) < 0)
		end(c, "it wrote too much");
}

/* 0, or an errno. */
static int
spawn(struct child *c, int theirs)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	const char *faults = getenv("TRIVIUM_FAULT");
	char fault[1024];
	char *env[] = { faults ? fault : NULL, NULL };
	sigset_t none, all;
	int error;

	snprintf(fault, sizeof fault, "TRIVIUM_FAULT=%s", faults ? faults : "");
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, theirs, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, theirs, STDOUT_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	error = posix_spawn(&c->pid, c->job.path, &files, &attributes, c->job.argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

struct child *
child_start(struct loop *l, const struct child_job *job, struct verdict *v)
{
	struct child *c;
	int fds[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		later(v, "4.3.0", "start %s: %s", job->path, strerror(errno));
		return NULL;
	}
	c = xcalloc(1, sizeof *c);
	c->job = *job;
	c->loop = l;
	c->fd = fds[0];
	error = spawn(c, fds[1]);
	close(fds[1]);
	if (error) {
		close(c->fd);
		free(c);
		later(v, "4.3.0", "start %s: %s", job->path, strerror(error));
		return NULL;
	}
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	buf_init(&c->out, job->most);
	c->watch = loop_watch(l, c->fd, EPOLLIN | EPOLLOUT, on_ready, c);
	timer_set(l, &c->timer, job->ms, on_time, c);
	return c;
}

void
child_path(const char *name, char *path, size_t size)
{
	static const char *const places[] = { "", "../", "../libexec/trivium/" };
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own);

	while (n > 0 && own[n - 1] != '/')
		n--;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, size, "%.*s%s%s", n > 0 ? (int)n : 0, own, places[i], name);
		if (access(path, X_OK) == 0)
			return;
	}
}
