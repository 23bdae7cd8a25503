/*
 * bounce.h - what a mail that came back to a return path of ours says: a delivery status notification
 * (RFC 3464), or what older and other mail servers write in its place; or an automatic answer.
 */
#ifndef BRIDGE_BOUNCE_H
#define BRIDGE_BOUNCE_H

struct verdict;

enum bounce_is {
	BOUNCE_FAILED,
	BOUNCE_DELAYED,	  /* it is still tried */
	BOUNCE_DELIVERED,
	BOUNCE_RELAYED,	  /* handed on to a server that sends no reports */
	BOUNCE_AUTOMATIC, /* an automatic answer, a receipt of reading, a complaint: no report at all */
	BOUNCE_NONE,	  /* nothing says that a program wrote it */
};

enum { BOUNCE_TEXT = 300 };

struct bounce {
	enum bounce_is is;
	char dsn[12];		/* enhanced status code; 5.0.0 or 4.0.0 where the mail says none */
	char code[BOUNCE_TEXT]; /* "smtp; 550 5.1.1 …" as in Diagnostic-Code; "" when there is none */
	char text[BOUNCE_TEXT]; /* the line that tells most, UTF-8, without controls; "" when none does */
};

/* "failed", "delayed", … as in Action (RFC 3464 2.3.3); "automatic", "none". */
const char *bounce_word(enum bounce_is is);
/*
 * Read the mail in the file open at fd (from offset 0). sender: its envelope sender, "" for the null
 * one. Memory stays bounded. 0 and *b, or -1 and *v (LATER: the file cannot be read).
 */
int bounce_read(int fd, const char *sender, struct bounce *b, struct verdict *v);

#endif
