/*
 * zones.h - what time it is where a phone is: time zones of the system's database (tzdata), and those
 * of the country that a number belongs to.
 */
#ifndef BRIDGE_ZONES_H
#define BRIDGE_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZONE_NAME = 48, ZONES_MOST = 4 };

struct zones; /* those read so far */

/* For zones_free(). */
struct zones *zones_new(void);
/* Accepts NULL. */
void zones_free(struct zones *z);
/* Has it the form of a zone's name, "Europe/Berlin"? It cannot lead out of the database's folder. */
bool zone_is_name(const char *name);
/*
 * Seconds that clocks there are ahead of UTC at that time (seconds since 1970). name NULL, or a zone
 * that the system does not know: this machine's zone. Read from the disk once.
 */
long zones_offset(struct zones *z, const char *name, int64_t at);
/* Does the system know that zone? */
bool zones_know(struct zones *z, const char *name);
/*
 * The zones where most people live who have numbers like "+12025550100": their names (static) into
 * names. How many; 0 when the country is not in the table.
 */
size_t zones_of_number(const char *number, const char *names[ZONES_MOST]);
/* How many digits of the number are the code of its country, as far as that table tells; 0: unknown. */
size_t zones_code(const char *number);

#endif
