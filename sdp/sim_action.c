/*
 * sim_action.c - reading actions: "fault:SVC0001", "hang-accept", "receipt:DeliveryImpossible".
 */
#include "sdp/sim_action.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The actions. One whose name ends in a colon has an argument. All but faults and receipts can be
 * followed by "-accept". */
static const struct {
	const char *name;
	enum sim_act act;
	bool accept;
} actions[] = {
	{ "fault:", SIM_ACT_FAULT, false },
	{ "http:", SIM_ACT_HTTP, false },
	{ "slow:", SIM_ACT_SLOW, true },
	{ "hang", SIM_ACT_HANG, false },
	{ "reset", SIM_ACT_RESET, false },
	{ "garbage", SIM_ACT_GARBAGE, false },
	{ "truncate", SIM_ACT_TRUNCATE, true },
	{ "endless", SIM_ACT_ENDLESS, false },
	{ "huge", SIM_ACT_HUGE, false },
	{ "doctype", SIM_ACT_DOCTYPE, false },
	{ "deep", SIM_ACT_DEEP, false },
	{ "wrongns", SIM_ACT_WRONGNS, true },
	{ "emptyresult", SIM_ACT_EMPTY, true },
	{ "charset:latin1", SIM_ACT_LATIN1, true },
	{ "receipt:", SIM_ACT_RECEIPT, true },
};

/* A whole number from min to max, and nothing behind it. */
static int
parse_number(const char *text, long min, long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *out >= min && *out <= max ? 0 : -1;
}

static int
parse_receipt(const char *text, struct sim_action *a)
{
	static const char *const words[] = { [SIM_REPORT_NEVER] = "never",
		[SIM_REPORT_EARLY] = "early",
		[SIM_REPORT_TWICE] = "twice",
		[SIM_REPORT_LATE] = "late",
		[SIM_REPORT_BARE] = "bare" };
	unsigned i;

	snprintf(a->status, sizeof a->status, "DeliveredToTerminal");
	for (i = SIM_REPORT_NEVER; i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i]) == 0) {
			a->report = (enum sim_report)i;
			return 0;
		}
	/* Any other word is the status itself: platforms are known to invent their own. */
	if (*text == '\0' || strlen(text) >= sizeof a->status)
		return -1;
	a->report = SIM_REPORT_USUAL;
	snprintf(a->status, sizeof a->status, "%s", text);
	return 0;
}

/* What stands behind the colon, if the action has one. */
static int
parse_argument(const char *text, struct sim_action *a)
{
	if (a->act == SIM_ACT_RECEIPT)
		return parse_receipt(text, a);
	if (a->act == SIM_ACT_FAULT) {
		if (!sim_fault_is_id(text))
			return -1;
		snprintf(a->fault, sizeof a->fault, "%s", text);
		return 0;
	}
	if (a->act == SIM_ACT_HTTP)
		return parse_number(text, 200, 599, &a->number);
	if (a->act == SIM_ACT_SLOW)
		return parse_number(text, 0, 3600 * 1000, &a->number);
	return *text ? -1 : 0;
}

int
sim_action_parse(const char *text, struct sim_action *a)
{
	static const char suffix[] = "-accept";
	char word[sizeof a->text];
	size_t len = strlen(text), i;
	bool accept = false;

	memset(a, 0, sizeof *a);
	a->retry_after = -1;
	if (len >= sizeof word)
		return -1;
	snprintf(a->text, sizeof a->text, "%s", text);
	memcpy(word, text, len + 1);
	if (len > strlen(suffix) && strcmp(word + len - strlen(suffix), suffix) == 0) {
		word[len - strlen(suffix)] = '\0';
		accept = true;
	}
	for (i = 0; i < sizeof actions / sizeof *actions; i++) {
		size_t n = strlen(actions[i].name);

		if (strncmp(word, actions[i].name, n) != 0)
			continue;
		a->act = actions[i].act;
		a->accept = accept || actions[i].accept;
		if (accept && (a->act == SIM_ACT_FAULT || a->act == SIM_ACT_RECEIPT))
			return -1;
		return parse_argument(word + n, a);
	}
	return -1;
}
