/*
 * fault.h - places where a test can make things go wrong. Compiled in always, so that what is tested
 * is what runs; off unless the environment says otherwise, and then each costs a branch.
 */
#ifndef BRIDGE_FAULT_H
#define BRIDGE_FAULT_H

#include <stdbool.h>

/*
 * Pass the place called name. The environment variable TRIVIUM_FAULT, "NAME=ACTION[,NAME=ACTION]",
 * says what happens there: "kill" the process ends as by SIGKILL, "sleep:MS" it waits, "fail" true
 * is returned and the caller acts as if the thing had gone wrong; ACTION@N: only the N-th time (from
 * 1) that the place is passed. Returns false when nothing was asked for. Any thread.
 */
bool fault(const char *name);

#endif
