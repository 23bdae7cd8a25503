/*
 * fault.h - what each error of the wire means: whose failure it is, and whether it may pass.
 *
 * The table is a text, etc/parlayx.errors, shipped and also built in; `errors` in an sdp section
 * names a file of the same form, whose lines add to the built-in ones and replace those of the same
 * key.
 */
#ifndef SDP_FAULT_H
#define SDP_FAULT_H

#include <stdbool.h>

#include "bridge/store/report.h"

struct verdict;

enum fault_class {
	FAULT_TRANSPORT, /* the platform's or the account's: pause, count no try */
	FAULT_RETRY,	 /* the message's, and may pass */
	FAULT_FINAL,	 /* the message's, and stays */
	FAULT_UNKNOWN,	 /* it may have been sent */
	FAULT_ACCEPTED,	 /* our correlator is known already: after an unknown outcome it was sent */
	FAULT_NORECEIPT, /* refused for its receiptRequest alone */
	/* Of delivery statuses, "status/WORD", which may be final besides: */
	FAULT_DELIVERED, /* it is on the phone */
	FAULT_RELAYED,	 /* it was handed on, and no more may be heard of it */
	FAULT_WAITING,	 /* it is still on its way */
};

struct fault {
	const char *key;  /* "SVC0004", "POL0001/123", "http/503", "connect", "status/…", … */
	enum fault_class class;
	const char *dsn;  /* enhanced status code, RFC 3463 */
	const char *text; /* one sentence for people, without a full stop */
};

struct faults;

/*
 * The built-in table with the lines of the file at path over it; path "" or NULL: the built-in one.
 * For fault_free(). NULL and *v (NEVER, "FILE:LINE: …") when the file cannot be read or a line is
 * wrong.
 */
struct faults *fault_table(const char *path, struct verdict *v);
/* Accepts NULL. */
void fault_free(struct faults *f);
/*
 * The row for an error: "KEY/VARIABLE", else KEY, else for "http/NNN" the row "http/Nxx", else
 * "default". Letter case does not matter. variable: the fault's %1, or NULL. Never NULL; lent by
 * the table.
 */
const struct fault *fault_find(const struct faults *f, const char *key, const char *variable);
/*
 * Fill *v from a row. again: the send before this one had an unknown outcome and the same
 * correlator. said: what the other side wrote, for people; "" when nothing. Returns 0 or -1 as
 * done(), later(), … do.
 */
int fault_verdict(const struct fault *f, bool again, const char *said, struct verdict *v);
/* What a row says of a message, where a delivery status was looked up. */
enum report_is fault_report(const struct fault *f);

#endif
