/*
 * child.h - a process of ours that does one job which may go wrong: it is given bytes on its standard
 * input, writes others to its standard output, and is killed when it takes too long.
 */
#ifndef BRIDGE_CHILD_H
#define BRIDGE_CHILD_H

#include <stddef.h>
#include <stdint.h>

struct child;
struct loop;
struct verdict;

struct child_job {
	const char *path;    /* of the program */
	char *const *argv;   /* as for execv(3) */
	const char *input;   /* lent until the end */
	size_t len;
	size_t most;	     /* bytes that it may write */
	int64_t ms;	     /* how long it may take */
	/* Once, from the loop: the process is gone. out: what it wrote, lent for the call. why: "" it
	 * closed its output; otherwise how it ended, in words, and out is not all of it. */
	void (*on_end)(void *arg, const char *out, size_t len, const char *why);
	void *arg;
};

/* Start it, with nothing of ours open, no signal blocked, and no environment but TRIVIUM_FAULT. A child,
 * yours until on_end; NULL and *v (LATER 4.3.0) when no process can be made. */
struct child *child_start(struct loop *l, const struct child_job *job, struct verdict *v);
/* Kill it; on_end is not called. Accepts NULL. */
void child_stop(struct child *c);

/* The path of a program of ours that is not for people: beside the one that runs, above it, or in
 * ../libexec/trivium. Writes a path even when there is none, for child_start() to complain about. */
void child_path(const char *name, char *path, size_t size);

#endif
