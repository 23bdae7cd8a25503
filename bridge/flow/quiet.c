/*
 * quiet.c - quiet hours: until when a message to a phone is to wait.
 */
#include "bridge/flow/quiet.h"

#include <stdio.h>

#include "bridge/store/zones.h"

enum { DAY = 24 * 60 * 60, ROUNDS = 8 };

/* The end of the quiet time that holds in one zone at that time; 0: none does. */
static int64_t
end_in(struct zones *z, struct policy_hours quiet, const char *zone, int64_t at)
{
	long offset = zones_offset(z, zone, at);
	int64_t second = ((at + offset) % DAY + DAY) % DAY, end;

	if (!policy_within(quiet, (unsigned)(second / 60)))
		return 0;
	end = at + ((int64_t)quiet.until * 60 - second + DAY) % DAY;
	/* Clocks that change in that night do so before its end. */
	end -= zones_offset(z, zone, end) - offset;
	return end > at ? end : at + 1;
}

/* What clocks show there then. */
static void
say(struct zones *z, const char *zone, int64_t at, char *words, size_t room)
{
	int64_t second = ((at + zones_offset(z, zone, at)) % DAY + DAY) % DAY;

	snprintf(words, room, "%02d:%02d%s%s", (int)(second / 3600), (int)(second / 60 % 60),
	    zone ? " in " : " here", zone ? zone : "");
}

int64_t
quiet_until(struct zones *z, struct policy_hours quiet, const char *zone, const char *number,
    int64_t now, char *words, size_t room)
{
	const char *names[ZONES_MOST] = { NULL }, *last = NULL;
	int64_t at = now, end;
	size_t n = 1;

	if (quiet.from == quiet.until)
		return 0;
	if (*zone)
		names[0] = zone;
	else if ((n = zones_of_number(number, names)) == 0)
		n = 1;
	/* The end in one zone may lie within another's quiet time, so all are asked again. */
	for (int round = 0; round < ROUNDS; round++) {
		int64_t was = at;

		for (size_t i = 0; i < n; i++) {
			if ((end = end_in(z, quiet, names[i], at)) > at) {
				at = end;
				last = names[i];
			}
		}
		if (at == was)
			break;
	}
	if (at == now)
		return 0;
	say(z, last, at, words, room);
	return at;
}
