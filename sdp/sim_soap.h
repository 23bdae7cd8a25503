/*
 * sim_soap.h - the service at SIM_PATH: sendSms and getSmsDeliveryStatus (ETSI ES 202 391-4 and ES
 * 202 504-4, section 8.1), strictly as their WSDL has them.
 */
#ifndef SDP_SIM_SOAP_H
#define SDP_SIM_SOAP_H

struct httpd_request;
struct sim;

/* Answer a request to the service, now or later. */
void sim_soap(struct sim *sim, struct httpd_request *r);

#endif
