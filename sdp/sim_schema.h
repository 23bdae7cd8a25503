/*
 * sim_schema.h - is an operation written as its schema says? Order, number, namespace and kind of
 * its elements; the values are the caller's to judge.
 *
 * The schemas of Parlay X are small and alike: an operation is a sequence of parts in the
 * interface's own namespace, and what stands inside a part is a sequence of elements in no
 * namespace, since only the outer schema says elementFormDefault="qualified".
 */
#ifndef SDP_SIM_SCHEMA_H
#define SDP_SIM_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct xml;

struct sim_part {
	const char *name;              /* NULL ends a table */
	bool optional;                 /* minOccurs="0" */
	bool many;                     /* maxOccurs="unbounded" */
	const struct sim_part *inside; /* its children; NULL: text only */
};

extern const struct sim_part sim_send_parts[];   /* of sendSms */
extern const struct sim_part sim_status_parts[]; /* of getSmsDeliveryStatus, and of an MMS's */
extern const struct sim_part sim_received_parts[];	   /* of getReceivedSms */
extern const struct sim_part sim_start_parts[];		   /* of startSmsNotification */
extern const struct sim_part sim_stop_parts[];		   /* of stopSmsNotification, and of MMS's */
extern const struct sim_part sim_send_message_parts[];	   /* of sendMessage */
extern const struct sim_part sim_received_messages_parts[]; /* of getReceivedMessages */
extern const struct sim_part sim_get_message_parts[];	   /* of getMessage and getMessageURIs */
extern const struct sim_part sim_start_message_parts[];	   /* of startMessageNotification */

/*
 * Whether the children of operation are parts, those in namespace ns. 0, or -1 with the name of the
 * part at fault in *part (lent by the table or by operation) and a sentence in why.
 */
int sim_schema_check(const struct xml *operation, const struct sim_part *parts, const char *ns,
    const char **part, char *why, size_t room);

#endif
