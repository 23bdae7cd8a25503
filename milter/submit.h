/*
 * submit.h - the client of the bridge's submit socket (see bridge/message/door.h).
 */
#ifndef MILTER_SUBMIT_H
#define MILTER_SUBMIT_H

#include <stdbool.h>

#include "bridge/message/msg.h"

struct bridge_settings;
struct submit; /* any thread may use it */
struct verdict;

/* Reach the bridge where the settings say ("unix:/path"; or "https://host:port", trusting ca_file
 * (NULL or "": the system's) and proving to be the milter by the secret), and wait at most wait_ms
 * for a message to be taken. Nothing is connected yet. For submit_close(); NULL and *v (NEVER) when
 * the settings do not do. */
struct submit *submit_open(const struct bridge_settings *b, const char *ca_file, long wait_ms,
    struct verdict *v);
/* Accepts NULL. */
void submit_close(struct submit *s);

/* Would the bridge take this message (one recipient, no text yet)? 0, and *whole says whether the
 * recipient can read all of it; or -1 and *v: NEVER with the bridge's reason, LATER also when the bridge
 * cannot be asked. */
int submit_ask(struct submit *s, const struct msg *m, bool *whole, struct verdict *v);

/*
 * Hand the message over. on_wait(arg) is called about each second meanwhile. 0: it is on the
 * bridge's disk, by the id put into id, and *repeated says whether all of it had come before. -1
 * and *v: it is not, and will not be: the bridge was told until when it might.
 */
int submit(struct submit *s, const struct msg *m, void (*on_wait)(void *arg), void *arg,
    char id[MSG_ID], bool *repeated, struct verdict *v);

#endif
