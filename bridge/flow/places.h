/*
 * places.h - whether what the configuration names is there and can be used: addresses to listen on,
 * sockets' folders, certificates with their keys, folders of the state. For `triviumd -n`: a start finds
 * out by itself, one mistake at a time.
 */
#ifndef BRIDGE_PLACES_H
#define BRIDGE_PLACES_H

#include <stdio.h>

struct bridge_settings;
struct conf;
struct daemon_settings;

/*
 * Look at all of it, and become the user of the settings first, when this is root: for good. Each error
 * goes to errors as one line "FILE:LINE: key "…": message". An address on which somebody listens is
 * none as long as a triviumd answers at `submit` or `control`, since it may be that one's. 0, or -1 when
 * there was any error.
 */
int places_check(const struct conf *c, const struct daemon_settings *d, const struct bridge_settings *b,
    const char *queue, FILE *errors);

#endif
