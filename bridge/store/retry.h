/*
 * retry.h - waiting times.
 */
#ifndef BRIDGE_RETRY_H
#define BRIDGE_RETRY_H

#include <stdint.h>

#include "bridge/base/conf.h"


/* The section `retry` of the configuration; all in milliseconds. */
struct retry {
	long first;	  /* wait after a message's first temporary failure; doubles each time */
	long most;	  /* the longest wait */
	long probe_first; /* wait before a transport that failed is probed; doubles each time */
	long probe_most;  /* the longest */
	long lifetime;	  /* a message not sent by then has expired */
};
extern const struct setting retry_rows[];

/* The wait in ms after the n-th failure (from 1): first * 2^(n-1), at most `most`, give or take a
 * fifth at random, so that what failed together does not come back together. */
int64_t retry_wait(long first, long most, unsigned n);

#endif
