/*
 * msg.h - a message as it walks through the rooms: one arena, its parties as URIs, its text in UTF-8.
 */
#ifndef BRIDGE_MSG_H
#define BRIDGE_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct space;
struct style;
struct verdict;

enum {
	MSG_ID = 27,		    /* 26 characters and NUL */
	MSG_MAX_RCPTS = 1000,	    /* as Postfix's smtpd_recipient_limit */
	MSG_MAX_TEXT = 64 * 1024,   /* bytes of UTF-8 kept of a message's text */
	MSG_MAX_FULL = 256 * 1024, /* bytes of UTF-8 kept of the whole readable text */
	MSG_MAX_HEAD = 16 * 1024,  /* bytes kept of a mail's header */
	MSG_MAX_PARTS = 32,	   /* of whatever kind */
	MSG_LEFT = 380,		   /* bytes kept of the names of attachments that are left out */
	MSG_MAX_MEDIA = 8 << 20,	/* bytes of all parts together */
	MSG_MAX_FORMATTED = 10 << 20,	/* bytes of the longest msg_format() */
};

/* Which kinds a transport carries. */
enum msg_how {
	MSG_NOWHERE = 0,
	MSG_SMS = 1,
	MSG_MMS = 2,
	MSG_PHONE = MSG_SMS | MSG_MMS, /* by content */
	MSG_IM = 4,
	MSG_MAIL = 8,
	MSG_BOUNCE = 16, /* a mail server's report about a mail that we made: no transport's, see report.h */
};

/* "sms", "phone", … as in the routes table and in log lines. */
const char *msg_how_name(enum msg_how how);

/* A picture, a sound, … that goes with a message, in the order in which it is to be shown. */
struct msg_part {
	const char *type; /* "image/jpeg", lower case, without parameters */
	const char *name; /* a safe file name in UTF-8; NULL: none */
	const char *bytes;
	size_t len;
};

/* How its sender is known; bits. */
enum msg_auth {
	AUTH_SASL = 1, /* a login at the mail server */
	AUTH_IP = 2,   /* a client of the configured networks, or a process of the mail server's host */
	AUTH_DKIM = 4, /* a valid signature of the sender's domain */
	AUTH_SPF = 8,
	AUTH_DMARC = 16,
	AUTH_IM = 32,	 /* the IM server says so */
	AUTH_PHONE = 64, /* the platform says so */
};

/* One recipient of a message. Strings may be NULL where unknown. */
struct msg_rcpt {
	const char *given; /* as the envelope has it, without <> */
	const char *to;	   /* URI: "tel:+8613800138000"; filled in by routing */
	const char *transport; /* name of an sdp or im section; filled in by routing */
	enum msg_how how;
	const char *notify; /* DSN NOTIFY= as given, RFC 3461 4.1 */
	const char *orcpt;  /* DSN ORCPT= as given, RFC 3461 4.2 */
	const char *style;  /* for a phone: what its route says of style.h, in words; filled in by routing */
	/* For a phone: the number it sees as the sender, chosen so that its answer finds the way back;
	 * filled in by the queue. NULL: the transport's own. */
	const char *sender;
	const struct style *shaping; /* its platform's style, which `style` changes; lent, not part of msg_format() */
	unsigned cut; /* characters of the text that it will not be shown; not part of msg_format() */
	const char *left; /* names of the attachments that it will not be shown, on one line; NULL: none. Likewise */
	bool whole; /* it can read all of the mail, on IM or at a link: the whole text and every attachment
		     * are wanted. Filled in before the mail is read; likewise */
	const struct space *space; /* the numbers it may be, see space.h; lent, not part of msg_format() */
	/* By which a repeated submission is recognised; made by intake(), not part of msg_format(). */
	unsigned char key[32];
	unsigned char instead[32]; /* the key of what it stands for, see msg.instead_of; made with key */
	int64_t key_ms; /* ms that the key counts, when less than the history is kept; 0: as long as that */
	/* Policy lets it wait until then (ms since 1970; 0: not), for that reason. Not formatted. */
	int64_t not_before;
	const char *waits_for;
	const char *held_for; /* an administrator must release it, for that reason; NULL: not. Not formatted */
	int64_t fold_ms; /* so long the same text to it is folded into one, see storm.h; 0: never */
};

struct msg {
	struct arena *arena; /* all that hangs on the message lives here */
	char id[MSG_ID];     /* "" until msg_new_id() */
	const char *mta_id;  /* the mail server's queue id; NULL: unknown */
	const char *from;    /* URI "mailto:alice@example.com"; "mailto:" for the null sender */
	const char *client;  /* "192.0.2.1": who brought it; NULL: unknown */
	const char *login;   /* SASL login of who brought it; NULL: none */
	long auth;	     /* enum msg_auth: what proves who sent it */
	/* Who its quotas are, and how many segments it costs each recipient; made by authorise.h, not
	 * formatted. NULL: they are not counted. */
	const char *payer;
	long cost;
	bool ours; /* we wrote it ourselves: it needs nobody's leave. Not formatted */
	const char *message_id; /* Message-ID as its sender wrote it, with <>; NULL: none */
	const char *date;	/* Date field as written; NULL: none */
	const char *digest;	/* hex SHA-256 of the body as received; NULL: none */
	const char *envid, *ret; /* DSN ENVID= and RET= as given; NULL: none */
	const char *subject;	/* decoded, UTF-8, one line; NULL: none */
	const char *name;	/* the sender's, as a person reads it, UTF-8, one line; NULL: unknown */
	const char *in_reply_to, *references; /* as in the fields of those names; NULL: none */
	bool automatic;		/* no person wrote it: it must not be answered (RFC 3834) */
	bool urgent;		/* its header says so (X-Priority, Importance, Priority) */
	/* By what a message from a phone or an IM user is known when its network brings it again: any
	 * text, the network's own identifier in it. Not formatted. NULL: by its own words and dates. */
	const char *once;
	int64_t once_ms;	/* ms that `once` counts; 0: as long as the history is kept */
	/* Of our own answer in place of a phone's message: that message's `once` and `once_ms`. What was
	 * taken before and only came again is not answered. Not formatted. NULL: it stands for none. */
	const char *instead_of;
	int64_t instead_ms;
	const char *via;	/* the transport that brought it; NULL: the mail server did */
	const char *called;	/* the number of ours that the phone wrote to; NULL: none */
	/* The Message-ID it bears when it goes out as mail, which is ours to give; filled in by intake. */
	const char *mail_id;
	/* From an IM user to a mailbox: what follows it within so many ms is put behind it, on a line of
	 * its own, and goes as one mail. Not formatted. */
	int64_t gather_ms;
	const char *also; /* Message-IDs, parted by blanks, of what was put behind it; NULL: none. Of a report:
			   * likewise of the message that it is about */
	bool fills_segment;	/* from a phone: its text just fills a segment, so more may follow. Not formatted */
	/* A report, which we make: the id of the message that it is about, NULL in any other message;
	 * what became of that: "delivered", "relayed", "delayed" or "failed"; and for mail the fields of
	 * a message/delivery-status (RFC 3464), NULL: none. `text` says it for people. */
	const char *about, *action, *report;
	/* Where its whole text and attachments can be read for a time; filled in by intake; NULL: nowhere.
	 * The last three are not formatted. */
	const char *link;
	const char *link_token; /* by which that is found */
	int64_t link_until;	/* seconds since 1970 */
	size_t link_parts;	/* parts that go with it alone, behind nparts of them */
	const char *head;	/* header of the mail it came as, for a report's third part; NULL: none */
	const char *text;	/* what a phone shows: UTF-8, "" when there is none */
	const char *full;	/* the whole readable text, for mail and IM; NULL: `text` is */
	long size;		/* bytes of the mail as received */
	int64_t arrived;	/* seconds since 1970 */
	struct msg_rcpt *rcpts;
	size_t nrcpts;
	struct msg_part *parts; /* pictures, sound and video; behind them nfiles files of other kinds */
	size_t nparts;
	size_t nfiles;	  /* which IM and links show, and phones do not */
	const char *left; /* names of attachments that are not among the parts, on one line; NULL: none */
};

/* An empty message with its own arena, for msg_free(). */
struct msg *msg_new(void);
/* Frees the message and all that hangs on it. Accepts NULL. */
void msg_free(struct msg *m);
/* Add a recipient; `given` is copied into the arena (NULL becomes ""). Returns it, lent until the
 * next one is added, since the rows may move then; or NULL when there are MSG_MAX_RCPTS already. */
struct msg_rcpt *msg_add_rcpt(struct msg *m, const char *given);

/* Add a part; all is copied into the arena (name may be NULL). Returns it, lent, or NULL when there
 * are MSG_MAX_PARTS already. */
struct msg_part *msg_add_part(struct msg *m, const char *type, const char *name, const char *bytes,
    size_t len);
/* The same for a file of another kind. Parts that are added later stand before it. */
struct msg_part *msg_add_file(struct msg *m, const char *type, const char *name, const char *bytes,
    size_t len);
/* Append a name to the line *names (NULL: there is none yet) in the message's arena, ", " between; one
 * that makes it longer than MSG_LEFT bytes becomes an ellipsis, and those behind it nothing. */
void msg_leave_out(struct msg *m, const char **names, const char *name);

/*
 * Make an id: 26 characters of Crockford's base 32, 48 bits of time in milliseconds and 80 random
 * bits. Ids cannot be guessed, and those of one process sort in the order they were made. Any thread.
 */
void msg_new_id(char id[MSG_ID]);
/* The milliseconds since 1970 in an id; -1 when it is not one. */
int64_t msg_id_time(const char *id);

/*
 * The message as bytes, for the submit socket and for the disk: fields "name=LENGTH:bytes\n", each
 * recipient's fields behind a field "rcpt", whose bytes are `given`, each part's behind "part", its
 * type. What is NULL is left out. The
 * form of one version is read by every later one. Cannot fail but by out's maximum (out->over).
 */
void msg_format(const struct msg *m, struct buf *out);
/*
 * Read what msg_format() wrote. A message, for msg_free(), or NULL and *v (NEVER 5.6.0, names the
 * field and its byte offset; 5.3.4 for more than MSG_MAX_FORMATTED bytes). Every length is checked;
 * unknown fields are passed over; a known one may stand once and hold no NUL. A message read has
 * `from` and `text` and each recipient `given`: these are never NULL.
 */
struct msg *msg_parse(const char *bytes, size_t len, struct verdict *v);

#endif
