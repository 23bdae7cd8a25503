/*
 * icap.h - answers of an ICAP server (RFC 3507), read from a conversation.
 */
#ifndef BRIDGE_ICAP_H
#define BRIDGE_ICAP_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/store/scan.h"

struct dial;

enum { ICAP_LINE = 8192 };

/* The head of an answer. */
struct icap_head {
	int status;           /* 100, 200, 204, … */
	bool respmod, reqmod; /* Methods has it */
	long preview;         /* Preview; -1: none */
	long ttl;             /* Options-TTL, s; -1: none */
	long header;          /* bytes of the encapsulated header, which comes before the body */
	bool is_response;     /* an HTTP response is encapsulated */
	bool has_body;
	char found[SCAN_NAME]; /* what a header says was found; "": none does */
};

/* Read a head, to its empty line. 0, or -1 and *v (LATER). */
int icap_head(struct dial *d, struct icap_head *h, struct verdict *v);
/* Is the answer's encapsulated body the file's bytes again? Reads up to where that is certain. 1
 * yes, 0 no, -1 and *v (LATER). */
int icap_same(struct dial *d, const struct icap_head *h, int fd, size_t len, struct verdict *v);

#endif
