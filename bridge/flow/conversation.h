/*
 * conversation.h - whom a phone's message is for: by the number it was sent to, an address or a code
 * at the start of its text, a keyword, or whom the phone last talked with.
 */
#ifndef BRIDGE_CONVERSATION_H
#define BRIDGE_CONVERSATION_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/message/addr.h"

struct space;
struct table;
struct talk;
struct talks;
struct verdict;

enum { CONVERSATION_SUBJECT = 120, CONVERSATION_DOUBT = 7 * 24 * 60 * 60 * 1000 };

struct conversation {
	enum conversation_is {
		CONVERSATION_WITH,  /* `to` is who it is for */
		CONVERSATION_DOUBT_WHO, /* it may be for several: they must be asked for */
		CONVERSATION_NOBODY, /* there is nobody whom it could be for */
	} is;
	char to[ADDR_MAILBOX + 8];	    /* URI */
	const struct talk *talk;	    /* with that peer; NULL: there was none. Lent by talks */
	const char *text;		    /* what is left to say; lent by the text given */
	char subject[CONVERSATION_SUBJECT]; /* "(Subject)" behind an address; "": none. UTF-8 */
};

/* What is known of a phone's message. */
struct conversation_asked {
	const struct talks *talks; /* the phone's */
	const struct space *space; /* of the transport that brought it */
	struct table *inbound;	   /* service numbers and keywords, see trivium-tables(5); NULL: none */
	const char *called;	   /* the number it was sent to, as space_own() writes it */
	const char *text;	   /* UTF-8 */
	int64_t now;		   /* ms since 1970 */
};

/*
 * Find out what can be told without the phone's talks (a->talks is not looked at), as asking the queue
 * for them costs the phone's message a round more: 1 when they would change nothing, and c is as from
 * conversation_find(), but for c->talk, which is NULL; 0 when they must be asked for; -1 and *v (LATER)
 * when the table could not tell.
 */
int conversation_plain(
    const struct conversation_asked *a, struct conversation *c, struct verdict *v);
/* Find out. 0, or -1 and *v (LATER) when the table could not tell. */
int conversation_find(
    const struct conversation_asked *a, struct conversation *c, struct verdict *v);

#endif
