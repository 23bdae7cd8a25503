/*
 * sim_mms.h - sendMessage, and what MMS have in them.
 */
#ifndef SDP_SIM_MMS_H
#define SDP_SIM_MMS_H

struct sim_call;

/* sendMessage, as sim_call_send(). */
int sim_call_send_message(struct sim_call *c);

#endif
