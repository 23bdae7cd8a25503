/*
 * report.h - what a network says became of a message that it took, in one set of words for all
 * networks. The queue keeps it (queue_report() in queue.h).
 */
#ifndef BRIDGE_REPORT_H
#define BRIDGE_REPORT_H

enum report_is {
	REPORT_DELIVERED, /* on the phone, in the mailbox, in the client: final */
	REPORT_FAILED,	  /* given up: final */
	REPORT_RELAYED,	  /* handed on to where no more will be heard of it: final, unless more is heard */
	REPORT_WAITING,	  /* still on its way: changes nothing but the history */
};

/* Strings are UTF-8, one line. */
struct report {
	/* Of which message: our correlator, else the network's own identifier. NULL: not said. */
	const char *correlator, *request;
	/* The transport whose network says so: about another one's messages it says nothing. NULL: any. */
	const char *transport;
	/* The recipient as a URI, "tel:+8613800138000"; NULL: not said, and the correlator is enough. A
	 * report whose recipient is not the message's is no report about it. */
	const char *address;
	enum report_is is;
	const char *dsn;  /* enhanced status code, RFC 3463: "2.1.5", "5.1.1" */
	const char *code; /* the network's own word: "DeliveryImpossible", "smtp; 550 5.1.1 …" */
	const char *text; /* a sentence for people; "" when there is none */
};

#endif
