/*
 * sim_action.h - what the platform can do wrong on purpose, and how that is written.
 */
#ifndef SDP_SIM_ACTION_H
#define SDP_SIM_ACTION_H

#include <stdbool.h>

#include "sdp/sim_fault.h"
#include "sdp/sim_state.h"

/* What becomes of the answer to sendSms. */
enum sim_act {
	SIM_ACT_NONE,     /* the right answer */
	SIM_ACT_FAULT,    /* a SOAP fault: action.fault */
	SIM_ACT_HTTP,     /* a bare HTTP status: action.number */
	SIM_ACT_SLOW,     /* the right answer after action.number milliseconds */
	SIM_ACT_HANG,     /* none, and the connection stays open */
	SIM_ACT_RESET,    /* none, and the connection is closed */
	SIM_ACT_GARBAGE,  /* 200 with a page of HTML */
	SIM_ACT_TRUNCATE, /* the first half of the right answer, then the connection is closed */
	SIM_ACT_ENDLESS,  /* a chunked body that ends only after 100 MB */
	SIM_ACT_HUGE,     /* 50 MB with a Content-Length */
	SIM_ACT_DOCTYPE,  /* entities that grow to gigabytes ("billion laughs") */
	SIM_ACT_DEEP,     /* 10,000 elements, each in the one before */
	SIM_ACT_WRONGNS,  /* the right answer in a namespace of nobody */
	SIM_ACT_EMPTY,    /* the right answer, but no request identifier in it */
	SIM_ACT_LATIN1,   /* the right answer, written in ISO-8859-1 */
	SIM_ACT_RECEIPT,  /* the right answer; the receipt is another: action.report, status */
};

/* What becomes of the receipt. */
enum sim_report {
	SIM_REPORT_USUAL, /* one, with action.status */
	SIM_REPORT_NEVER, /* none, though one was asked for */
	SIM_REPORT_EARLY, /* one, before the answer to sendSms */
	SIM_REPORT_TWICE, /* the same two times */
	SIM_REPORT_LATE,  /* one, half a minute later than usual */
	SIM_REPORT_BARE,  /* one whose address has neither "tel:" nor plus */
};

struct sim_action {
	enum sim_act act;
	bool accept;      /* the message is taken nevertheless */
	long number;      /* HTTP status or milliseconds */
	long retry_after; /* seconds in Retry-After; -1: none */
	char fault[8];    /* "SVC0001" */
	enum sim_report report;
	char status[SIM_STATUS];              /* for SIM_REPORT_USUAL */
	char *variables[SIM_FAULT_VARIABLES]; /* of the fault, ends in NULL; none: the usual ones */
	char text[64];                        /* as it was written: "fault:SVC0001" */
};

/*
 * Read "fault:SVC0001", "hang-accept" and so on into *a. Returns 0, or -1 when that is no action.
 * a->variables is left empty.
 */
int sim_action_parse(const char *text, struct sim_action *a);

#endif
