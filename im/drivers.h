/*
 * drivers.h - the drivers of im/, each in the file of its name; drivers.c lists them.
 */
#ifndef IM_DRIVERS_H
#define IM_DRIVERS_H

struct transport_driver;

extern const struct transport_driver im_xmpp; /* an external component of an XMPP server */

#endif
