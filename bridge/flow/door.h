/*
 * door.h - the submit socket's other side: takes what the milter brings (see message/door.h).
 */
#ifndef BRIDGE_FLOW_DOOR_H
#define BRIDGE_FLOW_DOOR_H

#include <stddef.h>

struct bridge_settings;
struct door;
struct intake;
struct loop;
struct verdict;

/* May the door be where the settings say, by all that must be set with it? 0; -1 and *v (NEVER). */
int door_check(const struct bridge_settings *b, struct verdict *v);
/* Where that is: "unix:/path", "host:port". Lent by the settings. */
const char *door_where(const struct bridge_settings *b);
/* Open the door where the settings (lent) say: "unix:/path", mode 0660; or "https://host:port", for
 * those who know the secret. The intake is lent; it may be filled in until door_serve(), before which
 * every request is answered "later". For door_close(); NULL and *v. */
struct door *door_open(struct loop *l, const struct bridge_settings *b, const struct intake *in,
    struct verdict *v);
/* From now on answer by the intake. */
void door_serve(struct door *d);
/* Read its certificate anew, see httpd_renew(); 0 where it listens nowhere, too. */
int door_renew(struct door *d, struct verdict *v);
/* Let nobody new in; who is in is still answered. */
void door_quiesce(struct door *d);
/* How many wait for an answer. */
size_t door_waiting(const struct door *d);
/* Close it, and remove the socket. Accepts NULL. */
void door_close(struct door *d);

#endif
