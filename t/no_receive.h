/*
 * no_receive.h - receive.h for a test of a driver to which nothing comes: without the rest of the bridge.
 */
#ifndef T_NO_RECEIVE_H
#define T_NO_RECEIVE_H

#include <stdlib.h>

#include "bridge/flow/receive.h"

const struct addr_rules *
receive_rules(const struct receive *in)
{
	(void)in;
	return NULL;
}

void
receive_message(struct receive *in, struct transport *t, struct msg *m,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	(void)in;
	(void)t;
	(void)m;
	(void)on_taken;
	(void)arg;
	abort();
}

void
receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	(void)in;
	(void)t;
	(void)r;
	(void)on_taken;
	(void)arg;
	abort();
}

#endif
