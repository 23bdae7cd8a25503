/*
 * fault.c - places where a test can make things go wrong.
 */
#include "bridge/base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/log.h"

enum { FAULTS = 8 };

static struct fault {
	char name[64], action[32];
	unsigned at; /* 0: each time */
	atomic_uint passed;
} faults[FAULTS];
static unsigned nfaults;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
read_environment(void)
{
	const char *p = getenv("TRIVIUM_FAULT");

	while (p && *p && nfaults < FAULTS) {
		struct fault *f = &faults[nfaults];

		if (sscanf(p, "%63[^=]=%31[^,@]@%u", f->name, f->action, &f->at) >= 2) {
			log_warn("a test asks for \"%s\" at %s", f->action, f->name);
			nfaults++;
		}
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
}

static bool
act(const char *action)
{
	long ms;

	if (strcmp(action, "kill") == 0)
		raise(SIGKILL);
	if (sscanf(action, "sleep:%ld", &ms) == 1)
		usleep((useconds_t)ms * 1000);
	return strcmp(action, "fail") == 0;
}

bool
fault(const char *name)
{
	pthread_once(&once, read_environment);
	for (unsigned i = 0; i < nfaults; i++) {
		unsigned n;

		if (strcmp(faults[i].name, name) != 0)
			continue;
		n = ++faults[i].passed;
		if (faults[i].at == 0 || faults[i].at == n)
			return act(faults[i].action);
	}
	return false;
}
