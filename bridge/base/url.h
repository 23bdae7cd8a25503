/*
 * url.h - URLs, as far as a configuration's are looked at before they are used.
 */
#ifndef BRIDGE_URL_H
#define BRIDGE_URL_H

#include <stdbool.h>

/* Is the text a whole URL (RFC 3986), of the one or the other scheme ("http", "https"), with a host, and with a
 * port that there is where it has one? */
bool url_is(const char *text, const char *scheme, const char *other);

#endif
