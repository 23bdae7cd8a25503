/*
 * drivers.c - which kinds of IM server there are. A new one is a file in this folder and a line here.
 */
#include "im/drivers.h"

#include <stddef.h>

#include "bridge/flow/transport.h"

const struct transport_driver *const im_drivers[] = {
	&im_xmpp,
	NULL,
};
