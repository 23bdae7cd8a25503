/*
 * sim_web_phone.h - the addresses for what phones write, and for the pictures on them.
 */
#ifndef SDP_SIM_WEB_PHONE_H
#define SDP_SIM_WEB_PHONE_H

struct httpd_request;
struct sim;

/* GET: what phones wrote, behind message `after`. */
void sim_web_written(struct sim *sim, struct httpd_request *r);
/* POST: a phone writes. */
void sim_web_write(struct sim *sim, struct httpd_request *r);
/* GET: picture or sound i of message n, or of `own` of a phone. */
void sim_web_media(struct sim *sim, struct httpd_request *r);

#endif
