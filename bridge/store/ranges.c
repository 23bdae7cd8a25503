/*
 * ranges.c - numbers that cost more than a message should: premium services and satellite networks, by
 * the ITU's list of assigned codes (E.164) and the national numbering plans. No list of this kind is
 * complete; it is a net below the policy's own prefixes.
 */
#include <string.h>

#include "bridge/store/policy.h"

static const struct range {
	const char *prefix, *what;
} ranges[] = {
	/* Codes of no country. */
	{ "+870", "satellite" },
	{ "+878", "premium" },
	{ "+881", "satellite" },
	{ "+882", "satellite" },
	{ "+883", "satellite" },
	{ "+888", "premium" },
	{ "+979", "premium" },
	{ "+991", "premium" },
	/* National premium services. */
	{ "+1900", "premium" },
	{ "+1976", "premium" },
	{ "+3090", "premium" },
	{ "+31900", "premium" },
	{ "+31906", "premium" },
	{ "+31909", "premium" },
	{ "+3290", "premium" },
	{ "+3389", "premium" },
	{ "+34803", "premium" },
	{ "+34806", "premium" },
	{ "+34807", "premium" },
	{ "+34905", "premium" },
	{ "+351760", "premium" },
	{ "+35315", "premium" },
	{ "+358600", "premium" },
	{ "+358700", "premium" },
	{ "+3690", "premium" },
	{ "+38090", "premium" },
	{ "+39892", "premium" },
	{ "+39899", "premium" },
	{ "+41900", "premium" },
	{ "+41901", "premium" },
	{ "+41906", "premium" },
	{ "+42090", "premium" },
	{ "+421900", "premium" },
	{ "+43900", "premium" },
	{ "+43901", "premium" },
	{ "+43930", "premium" },
	{ "+43931", "premium" },
	{ "+449", "premium" },
	{ "+4590", "premium" },
	{ "+46900", "premium" },
	{ "+46939", "premium" },
	{ "+46944", "premium" },
	{ "+47829", "premium" },
	{ "+4870", "premium" },
	{ "+49137", "premium" },
	{ "+49190", "premium" },
	{ "+49900", "premium" },
	{ "+61190", "premium" },
	{ "+64900", "premium" },
	{ "+651900", "premium" },
	{ "+7809", "premium" },
	{ "+81990", "premium" },
	{ "+852900", "premium" },
	{ "+90900", "premium" },
};

const char *
ranges_find(const char *number, size_t *len)
{
	const struct range *best = NULL;

	*len = 0;
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		size_t n = strlen(ranges[i].prefix);

		if (n > *len && strncmp(number, ranges[i].prefix, n) == 0) {
			best = &ranges[i];
			*len = n;
		}
	}
	return best ? best->what : NULL;
}
