/*
 * alarm.h - the message that load.c and bare.c send, so that they compare.
 */
#ifndef T_ALARM_H
#define T_ALARM_H

#include <stdio.h>

#include "bridge/base/buf.h"
#include "sdp/soap.h"

#define ALARM_SUBJECT "alarm"
#define ALARM_TEXT                                                                                 \
	"The pump in hall 3 has stopped; its pressure is 0.4 bar. Please look at it and call the control room on 4711."

/* Append the request that sends that text to a number ("tel:+49…"). */
static inline void
alarm_soap(const char *to, const char *text, struct buf *body)
{
	static const struct soap_style style = { .version = SOAP_2_2, .sender = "tel:10690123",
		.callback = "", .username = "", .password = "", .spid = "", .service_id = "",
		.fa = "", .interface_name = "SmsNotification" };
	struct soap_moment now = { 0 };

	soap_send_sms(&style, &now, to, text, NULL, body);
}

/* The same of the n-th alarm, whose number no other has. */
static inline void
alarm_soap_nth(long n, struct buf *body)
{
	char to[32];

	snprintf(to, sizeof to, "tel:+4915%08ld", n);
	alarm_soap(to, ALARM_SUBJECT "\n" ALARM_TEXT, body);
}

#endif
