/*
 * drivers.c - which kinds of SDP there are. A new one is a file in this folder and a line here.
 */
#include "sdp/drivers.h"

#include <stddef.h>

#include "bridge/flow/transport.h"

const struct transport_driver *const sdp_drivers[] = {
	&sdp_loopback,
	&sdp_parlayx,
	NULL,
};
