/*
 * drivers.h - the drivers of sdp/, each in the file of its name; drivers.c lists them.
 */
#ifndef SDP_DRIVERS_H
#define SDP_DRIVERS_H

struct transport_driver;

extern const struct transport_driver sdp_loopback; /* to try the rest without a platform */
extern const struct transport_driver sdp_parlayx;  /* Parlay X 2 and 3, SOAP */

#endif
