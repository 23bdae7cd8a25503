/*
 * sim_web.h - the page with the handsets, and the JSON that it and tests live on.
 */
#ifndef SDP_SIM_WEB_H
#define SDP_SIM_WEB_H

struct httpd_request;
struct sim;

/* Answer any request: it goes to sim_soap() when it is for the service. */
void sim_web(struct sim *sim, struct httpd_request *r);

#endif
