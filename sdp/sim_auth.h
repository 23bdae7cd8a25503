/*
 * sim_auth.h - who calls: HTTP Basic (RFC 7617), Huawei's RequestSOAPHeader, and WS-Security's
 * UsernameToken with a digest (OASIS WSS UsernameToken Profile 1.0, section 3.1).
 */
#ifndef SDP_SIM_AUTH_H
#define SDP_SIM_AUTH_H

#include <stdbool.h>
#include <stddef.h>

struct sim_settings;
struct xml;

enum { SIM_DIGEST = 33 }; /* room for MD5 in hexadecimal and NUL */

/* Whether the Authorization header (NULL: none) is right; true when none is asked for. */
bool sim_auth_basic(const struct sim_settings *set, const char *authorization);
/* MD5(a + b + c) in lower-case hexadecimal. */
void sim_auth_md5(const char *a, const char *b, const char *c, char out[SIM_DIGEST]);
/*
 * Whether the SOAP header (NULL: there is none) proves what the settings ask for. 0, or -1 with the
 * id for the fault ("SVC0901", "FailedAuthentication") in *id and a sentence in why.
 */
int sim_auth_header(const struct sim_settings *set, const struct xml *header, const char **id,
    char *why, size_t room);

#endif
