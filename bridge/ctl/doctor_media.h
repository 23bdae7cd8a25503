/*
 * doctor_media.h - whether pictures can be made fit for an MMS on this machine.
 */
#ifndef BRIDGE_CTL_DOCTOR_MEDIA_H
#define BRIDGE_CTL_DOCTOR_MEDIA_H

#include <stdbool.h>
#include <stddef.h>

struct conf;

/* Does any platform of the configuration take MMS? */
bool doctor_media_wanted(const struct conf *c);
/* Have a small picture made fit, as the daemon would. 0, or -1 and why not. */
int doctor_media_check(char *why, size_t size);

#endif
