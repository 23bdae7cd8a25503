/*
 * sim_soap.h - the platform's services and their operations (ETSI ES 202 391-4 and -5, ES 202 504),
 * strictly as their WSDL has them.
 */
#ifndef SDP_SIM_SOAP_H
#define SDP_SIM_SOAP_H

#include <stdbool.h>

#include "sdp/sim.h"

/* Answer a request, now or later, if it is for one of the services; else false. */
bool sim_soap(struct sim *sim, struct httpd_request *r);
/* The version of a service that has that name ("v2_2"; "": the oldest), or NULL. */
const struct sim_version *sim_version_named(enum sim_service service, const char *name);

#endif
