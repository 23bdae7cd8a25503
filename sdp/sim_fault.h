/*
 * sim_fault.h - what the platform says when it says no: SOAP 1.1 faults (section 4.4) with a Parlay
 * X ServiceException or PolicyException in them (ETSI ES 202 391-1).
 */
#ifndef SDP_SIM_FAULT_H
#define SDP_SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { SIM_FAULT_VARIABLES = 4 };

struct sim_fault {
	const char
	    *id; /* "SVC0002", "POL0904"; or, without a detail, "Client", "VersionMismatch" */
	const char *reason; /* a sentence for people, added to faultstring; NULL: none */
	const char
	    *variables[SIM_FAULT_VARIABLES]; /* %1 and so on, ends in NULL; none: the usual ones */
};

/* Whether id has the form of a Parlay X fault: SVC or POL and four digits. */
bool sim_fault_is_id(const char *id);
/* The text that goes with a fault's id, with %1 and so on in it; a general one for unknown ids. */
const char *sim_fault_text(const char *id);
/*
 * Write the envelope with the fault. common is the namespace of the exceptions. bare_code: the
 * faultcode is the id itself, as Huawei's platforms have it, instead of "Server".
 */
void sim_fault_write(
    struct buf *out, const struct sim_fault *f, const char *common, bool bare_code);

#endif
