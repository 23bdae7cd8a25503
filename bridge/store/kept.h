/*
 * kept.h - what users have changed themselves, as lines of text that can be read by people, moved to
 * another machine, and shown as evidence:
 *
 *	binding via=xmpp im=juliet@im.example.org tel=+4915550100 since=2026-11-25T10:00:00Z tell=no
 *	consent tel=+4915550100 number=10690123 from=* wants=no since=2026-11-25T10:00:00Z said=STOP
 *
 * from is an URI, or * for whoever writes by that number; wants=yes: again.
 */
#ifndef BRIDGE_KEPT_H
#define BRIDGE_KEPT_H

#include "bridge/store/binding.h"
#include "bridge/store/consent.h"

struct buf;
struct verdict;

enum {
	KEPT_FIELD = ADDR_MAILBOX + 8, /* room for any of its strings, an URI being the longest */
	KEPT_LINE = 2048,	       /* and for a line */
};

/* A line that was read. Only one of the two is there. */
struct kept {
	bool is_binding;
	struct binding binding;
	struct consent consent;
	char phone[KEPT_FIELD], strings[3][KEPT_FIELD]; /* what they point to */
};

/* Append a line, with its end. */
void kept_binding(const struct binding *b, struct buf *out);
void kept_consent(const struct consent *d, struct buf *out);
/* Read a line (without its end). 0; or -1 and *v (NEVER 5.3.5): what is wrong with it. */
int kept_parse(const char *line, struct kept *k, struct verdict *v);

#endif
