/*
 * callback.h - platforms that call: who may bring something for which transport, and to whom it goes.
 *
 * The path is /sdp/SECTION, then the section's secret if it has one (or the secret comes in the
 * field Authorization), then whatever the driver told its platform.
 */
#ifndef BRIDGE_CALLBACK_H
#define BRIDGE_CALLBACK_H

#include "bridge/base/conf.h"

struct callbacks;
struct httpd_request;
struct loop;
struct transport;
struct verdict;

#define CALLBACK_PREFIX "/sdp/"

/* The rows that every sdp section has besides its driver's and the pump's. */
struct callback_settings {
	const char *secret; /* "": none */
	const char *from;   /* networks as in networks.h; "": with a secret anyone, else this host */
};
extern const struct setting callback_rows[];

/* Nobody may call yet. For callbacks_free(). */
struct callbacks *callbacks_new(void);
/* Accepts NULL. */
void callbacks_free(struct callbacks *c);
/* From now on t (lent) may be called by those whom the settings (lent) name. 0, or -1 and *v (NEVER
 * 5.3.5: the list of networks is none). */
int callbacks_add(struct callbacks *c, struct transport *t, const struct callback_settings *s,
    struct verdict *v);
/* Is that address (as httpd_peer() says it) one from which some transport may be called? c is a struct
 * callbacks *, so that this can be given to listener_know(). Where anyone may call who knows a secret,
 * an address is known by its first call. */
bool callbacks_know(void *c, const char *peer);
/*
 * A request to what follows the prefix; c is a struct callbacks *, so that this can be given to
 * listener_add(). It goes to the transport's called(), or is answered 401 (the secret is wrong or
 * missing), 403 (the address is none of the list) or 404 (no such transport), and logged then.
 */
void callbacks_called(void *c, struct httpd_request *r, const char *rest);

#endif
