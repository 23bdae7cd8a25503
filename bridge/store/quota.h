/*
 * quota.h - how much each sender has sent today and this month, by messages and segments.
 *
 * The book is on the loop's thread, so that asking costs nothing and counting is exact whoever sends
 * at the same time. What is counted is written with the message it is counted for, in one transaction,
 * and read back at the next start. Days and months are those of the machine's zone.
 */
#ifndef BRIDGE_QUOTA_H
#define BRIDGE_QUOTA_H

#include <stddef.h>
#include <stdint.h>

struct quotas;
struct shelf;
struct verdict;

struct quota_sum {
	int64_t messages, segments;
};

struct quota_used {
	struct quota_sum day, month;
};

/* An empty book. For quotas_free(). */
struct quotas *quotas_new(void);
/* Accepts NULL. */
void quotas_free(struct quotas *q);
/* What `who` has used by now (seconds since 1970). */
struct quota_used quotas_used(struct quotas *q, const char *who, int64_t now);
/* Count more; negative numbers take back what was counted and then not sent. */
void quotas_count(struct quotas *q, const char *who, int64_t now, int64_t messages, int64_t segments);

/* Forget one, in whatever letter case. */
void quotas_forget(struct quotas *q, const char *who);

enum { QUOTA_PERIOD = 12 }; /* room for "20261125" or "202611" */

/* One line of the book as it is stored. */
struct quota_line {
	char period[QUOTA_PERIOD];
	char *who;
	struct quota_sum sum;
};
/* Put a stored line into the book, when its period is not over by now. */
void quotas_restore(struct quotas *q, const struct quota_line *line, int64_t now);

/* On the queue's writer thread, in its transaction. */

/* Add to what is stored of `who`. 0, or -1 and *v (LATER). */
int quota_charge(struct shelf *s, const char *who, int64_t now, int64_t messages, int64_t segments,
    struct verdict *v);
/* All that is stored: *lines (each with its `who`, to be freed) and their number; what belongs to
 * periods that are over is deleted. 0, or -1 and *v (LATER). */
int quota_read(struct shelf *s, int64_t now, struct quota_line **lines, size_t *n, struct verdict *v);

/* Forget what is stored of `who`. How many lines that were, or -1 and *v (LATER). */
int quota_forget(struct shelf *s, const char *who, struct verdict *v);

#endif
