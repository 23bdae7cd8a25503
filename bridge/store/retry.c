/*
 * retry.c - waiting times.
 */
#include "bridge/store/retry.h"

#include <stddef.h>
#include <stdlib.h>

const struct setting retry_rows[] = {
	{ "first", CONF_TIME, offsetof(struct retry, first), "30 s", "10 ms", "1 d",
	    "wait after a message's first temporary failure; it doubles each time" },
	{ "most", CONF_TIME, offsetof(struct retry, most), "1 h", "10 ms", "7 d",
	    "the longest wait between two tries of a message" },
	{ "probe_first", CONF_TIME, offsetof(struct retry, probe_first), "5 s", "10 ms", "1 d",
	    "wait before a transport that failed is tried again; it doubles each time" },
	{ "probe_most", CONF_TIME, offsetof(struct retry, probe_most), "2 m", "10 ms", "1 d",
	    "the longest wait between two probes of a transport" },
	{ "lifetime", CONF_TIME, offsetof(struct retry, lifetime), "1 d", "1 s", "30 d",
	    "a message that could not be sent by then has expired" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

int64_t
retry_wait(long first, long most, unsigned n)
{
	int64_t wait = first;

	while (n-- > 1 && wait < most)
		wait *= 2;
	if (wait > most)
		wait = most;
	/* Give or take a fifth; random(3) is good enough to spread things. */
	return wait - wait / 5 + (int64_t)random() % (2 * (wait / 5) + 1);
}
