/*
 * wire.h - libcurl on the loop: what HTTP and SMTP out have in common. For http.c and smtp.c only,
 * which know libcurl too; so its handles are void pointers here and its codes int.
 */
#ifndef BRIDGE_WIRE_H
#define BRIDGE_WIRE_H

#include <stdbool.h>

struct loop;
struct networks;
struct wire;

/* Start libcurl, once for the whole process; whoever makes handles calls it before. Any thread. */
void wire_begin(void);
/*
 * Run transfers on the loop and keep at most max_idle connections open between them. on_end(arg,
 * code) is called for each when it is over, already taken off: arg is its CURLOPT_PRIVATE, code a
 * CURLcode. For wire_free().
 */
struct wire *wire_new(struct loop *l, long max_idle, void (*on_end)(void *arg, int code));
/* From now on connect to no address in these networks (lent). Before the first transfer. */
void wire_avoid(struct wire *w, const struct networks *n);
/* Close the connections. No transfer may be under way any more. Accepts NULL. */
void wire_free(struct wire *w);
/* Start the transfer that the CURL * says, from the loop: even a bad URL is told by on_end, later. */
void wire_start(struct wire *w, void *easy);
/* Take a transfer off before its end; on_end is not called for it. */
void wire_stop(struct wire *w, void *easy);
/* Is the CURLcode one that says that the other side could not prove who it is, or no common TLS? */
bool wire_is_tls(int code);

#endif
