/*
 * policy.h - the policy table: what a sender may, by address, class, domain and default.
 *
 * Keys: an address (alice@example.com, juliet@im.example.org), a class of the users table, @domain, "+"
 * (any phone that writes), "*" (everybody). A value is words KEY=VALUE. Each key counts as the first
 * of these rows says it that has it; what no row says has the preset.
 */
#ifndef BRIDGE_POLICY_H
#define BRIDGE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message/msg.h"

struct table;
struct verdict;

/* So many in that time; count 0: no limit. */
struct policy_rate {
	unsigned count;
	int64_t ms;
};

/* Minutes of the day, "22:00-07:00"; from == until: never. */
struct policy_hours {
	unsigned from, until;
};

/* Nothing, all, or what its header says is urgent. */
enum policy_urgent { URGENT_NO, URGENT_YES, URGENT_HEADER };

enum { POLICY_LISTS = 2048 };

struct policy {
	const char *allow, *deny; /* prefixes of numbers or domains, parted by commas; "": none */
	struct policy_rate rate, rate_to, rate_pair; /* of the sender, to one recipient, of the pair */
	long daily, monthly;	 /* messages; 0: no limit */
	long daily_segments, monthly_segments;
	long size;     /* bytes of a mail; 0: no limit of its own */
	long segments; /* of an SMS; 0: the transport's */
	long rcpts;    /* recipients of one message; 0: no limit of its own */
	bool mms;
	enum policy_urgent urgent;  /* what quiet hours do not hold */
	unsigned auth;		    /* enum msg_auth: any of these suffices */
	struct policy_hours hours;  /* when it may be sent at all, in our own zone; never: always */
	struct policy_hours quiet;  /* when it is held, in the recipient's zone; never: none */
	int64_t fold;		    /* ms in which the same text to the same phone is one; 0: never */
	char lists[POLICY_LISTS];   /* what allow and deny lie in */
};

/*
 * Read the policy for a sender. address: "alice@example.com", "+8613800138000"; class: of the users
 * table, "" or NULL: none. 0, or -1 and *v (LATER 4.3.5: a row is wrong, names it; 4.3.0: the table
 * could not tell). table NULL: the presets.
 */
int policy_find(struct table *table, const char *address, const char *class, struct policy *p,
    struct verdict *v);
/* The rows that policy_find() reads, the first to count first: row(arg, key, value), lent. 0, or -1 and *v as
 * above. */
int policy_rows(struct table *table, const char *address, const char *class,
    void (*row)(void *arg, const char *key, const char *value), void *arg, struct verdict *v);
/* Check a key and a value, as `triviumctl map policy` does. 0, or -1 and *v (NEVER). */
int policy_check(const char *key, const char *value, struct verdict *v);

/*
 * May a message go to that number ("+8613800138000")? The longest prefix of allow and deny decides,
 * then the ranges of premium and satellite numbers, which are denied, then: numbers of our own country
 * are allowed, others not, unless own is "", which knows no own country. 0, or -1 and *v (NEVER 5.7.1,
 * says why not).
 */
int policy_number(const struct policy *p, const char *number, const char *own, struct verdict *v);
/* The words for evidence: "sasl ip". Room for 64 bytes. */
void policy_auth_words(unsigned evidence, char out[64]);
/* Is the minute of the day within the hours? */
bool policy_within(struct policy_hours h, unsigned minute);

/* What the range is that holds the number and is denied unless allowed by name: "premium",
 * "satellite"; NULL: none. *len: digits of its prefix and the "+". */
const char *ranges_find(const char *number, size_t *len);

#endif
