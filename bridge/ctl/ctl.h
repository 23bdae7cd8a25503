/*
 * ctl.h - the commands of triviumctl. Each is called with the words behind its name (ends in NULL,
 * as many as its row in triviumctl.c allows), prints for people, and returns what the program exits
 * with: 0 or a code of sysexits(3), or 1 where triviumctl(8) says so.
 */
#ifndef BRIDGE_CTL_H
#define BRIDGE_CTL_H

#include <stdbool.h>

#include "bridge/message/addr.h"
#include "bridge/message/content.h"
#include "bridge/store/settings.h"

struct conf;
struct section;
struct http_caller;
struct transport_driver;

enum {
	CTL_NO = 1, /* the answer is no: nothing changed, not ours, refused */
};

/* triviumctl as it was called, and what a command has made of that so far. */
struct ctl {
	const char *file;        /* -c FILE; else the default. Lent by argv */
	const char *socket;      /* -s SOCKET; NULL: as the configuration says. Lent by argv */
	const char *command;     /* its name, for messages */
	bool json;		 /* --json: a line of JSON for each thing listed */
	struct conf *conf;       /* NULL until ctl_configure() */
	struct addr_rules rules; /* filled by ctl_configure(), like what follows */
	struct content_settings content;
	struct bridge_settings bridge;
	struct tables_settings tables;
	struct http_caller *http; /* NULL until something was asked */
};

/* Read the configuration, unless that is done. 0, or EX_CONFIG when its errors are printed. */
int ctl_configure(struct ctl *c);

/* A transport as the configuration has it. Lent by c->conf. */
struct ctl_transport {
	const char *kind;                      /* "sdp", "im" */
	const char *where;                     /* "FILE:LINE" */
	const struct section *section;
	const struct transport_driver *driver; /* NULL: there is none of that name */
};
/* The transport of that name; false: there is none. After ctl_configure(). */
bool ctl_transport(const struct ctl *c, const char *name, struct ctl_transport *t);
/* The MSG_* kinds that it carries as it is set up. */
unsigned ctl_carries(const struct ctl_transport *t);
/* Print "triviumctl: COMMAND: …" to stderr, made safe for a terminal. Returns code. */
int ctl_error(const struct ctl *c, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Asking the daemon: list.c show.c order.c transport.c consent.c users.c forget.c doctor.c */
int ctl_queue(struct ctl *c, char **words);
int ctl_show(struct ctl *c, char **words);
int ctl_order(struct ctl *c, char **words); /* retry, hold, release, cancel, as c->command says */
int ctl_transports(struct ctl *c, char **words);
int ctl_probe(struct ctl *c, char **words);
int ctl_backup(struct ctl *c, char **words);
int ctl_consent(struct ctl *c, char **words);
int ctl_users(struct ctl *c, char **words);
int ctl_forget(struct ctl *c, char **words);
int ctl_doctor(struct ctl *c, char **words);
/* By themselves: map.c preview.c segments.c trace.c */
int ctl_map(struct ctl *c, char **words);
int ctl_preview(struct ctl *c, char **words);
int ctl_segments(struct ctl *c, char **words);
int ctl_trace(struct ctl *c, char **words);

#endif
