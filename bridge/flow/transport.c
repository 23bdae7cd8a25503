/*
 * transport.c - what all plugs into networks have in common.
 */
#include "bridge/flow/transport.h"

#include <string.h>

const struct transport_driver *
transport_driver_find(const struct transport_driver *const *drivers, const char *name)
{
	for (; *drivers; drivers++)
		if (strcmp((*drivers)->name, name) == 0)
			return *drivers;
	return NULL;
}
