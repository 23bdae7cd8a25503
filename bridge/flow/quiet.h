/*
 * quiet.h - quiet hours: until when a message to a phone is to wait.
 */
#ifndef BRIDGE_QUIET_H
#define BRIDGE_QUIET_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/store/policy.h"

struct zones;

/*
 * When quiet hours end at the phone, seconds since 1970; 0 when there are none now. zone: where it is,
 * "" when only its number says it: then it is quiet there as long as it is in any of the main zones
 * of its country, or by this machine's clock when the country is not known. words: "07:00 in
 * Europe/Berlin", for people.
 */
int64_t quiet_until(struct zones *z, struct policy_hours quiet, const char *zone, const char *number,
    int64_t now, char *words, size_t room);

#endif
